"""Finding things by words, with the views.

The full-text index knows what was recorded, whoever may see it and whenever it happened. So it only says what may fit:
every text is held against the record itself, for this reader and this horizon, before anything follows from it. What
is shown, in which order, and whether there is more, must not depend on a text that the reader may not see.
"""

from __future__ import annotations

import bisect
import functools
import operator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import shown
from domain.values import stated
from projections.timetravel import Placement
from projections.views.record import IS_BLOCKED
from projections.views.search import KINDS, QUERY_WORDS_MAX, fold, numbers_in, numbers_of, query, stream_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.events import Event
    from projections.projector import Views
    from projections.timetravel import Past

# How many things are shown.
THINGS_MAX: Final = 200
# Which field of an event a text is from, where they are not called the same.
_FIELDS: Final = {"annex": "label", "motion": "text"}


class Hit(Struct, frozen=True):
    """A text in the index that has a word: its row, the event that states it, and which text it is."""

    row: int
    event: str
    field: str


class Candidate:
    """A stream that may fit. A word that many have gives thousands, so what is asked of few is read when it is asked.

    Args:
        views: The views, up to date.
        stream: What the numbers of its texts have in common.
        having: For each word the numbers of all texts that have it, rising.
        position: As recorded up to this position; None for all.
    """

    __slots__ = ("_having", "_position", "_stream", "_views")

    def __init__(self, views: Views, stream: int, having: tuple[Sequence[int], ...], position: int | None) -> None:
        self._views, self._stream, self._having, self._position = views, stream, having, position

    @property
    def stream(self) -> str:
        """The stream."""
        (stream,) = self._views.connection.execute(
            "SELECT stream FROM words WHERE rowid >= ? AND rowid < ? LIMIT 1", numbers_in(self._stream)
        ).fetchone()
        return str(stream)

    @property
    def of_words(self) -> tuple[tuple[Hit, ...], ...]:
        """For each word the texts that have it, whoever may see them."""
        return tuple(tuple(self._hits(numbers)) for numbers in self._having)

    def _hits(self, numbers: Sequence[int]) -> Iterator[Hit]:
        first, end = numbers_in(self._stream)
        for number in numbers[bisect.bisect_left(numbers, first) : bisect.bisect_left(numbers, end)]:
            event, field, since = self._views.connection.execute(
                "SELECT event, field, from_position FROM words WHERE rowid=?", (number,)
            ).fetchone()
            if self._position is None or since <= self._position:
                yield Hit(number, event, field)


def candidates(views: Views, words: str, kind: str, *, position: int | None = None) -> tuple[Candidate, ...]:
    """Give the streams of a kind in whose texts all words begin a word, those recorded last first.

    Texts that a correction replaced are among them: whether the correction counts is the reader's matter.

    Args:
        views: The views, up to date.
        words: What was typed.
        kind: The kind of stream.
        position: As recorded up to this position; None for all.

    Raises:
        InputError: No word in it, or a kind that has no texts.
    """
    wanted = query(words)
    if wanted is None:
        msg = f"search: found {shown(words)}, expected at least one word of letters or digits"
        raise InputError(msg, hint=f"up to {QUERY_WORDS_MAX} words are looked for; each may be the beginning of one")
    if kind not in KINDS:
        raise InputError(f"search: found kind {shown(kind)}, expected one of {', '.join(KINDS)}")
    having = tuple(_having(views, word, kind) for word in dict.fromkeys(wanted.split(" ")))
    streams = functools.reduce(operator.and_, (set(map(stream_of, numbers)) for numbers in having))
    # By when the stream began, which no text of it has a say in.
    return tuple(Candidate(views, stream, having, position) for stream in sorted(streams, reverse=True))


def _having(views: Views, word: str, kind: str) -> list[int]:
    """Give the numbers of all texts of a kind of stream that have a word, rising."""
    statement = "SELECT rowid FROM words_index WHERE words_index MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid"
    return [number for (number,) in views.connection.execute(statement, (word, *numbers_of(kind)))]


def found_in(views: Views, candidate: Candidate, past: Past) -> tuple[str, ...]:
    """Give the texts that have the words for this reader; none where one of the words stands in no such text."""
    stands: dict[int, bool] = {}
    fields: dict[int, str] = {}
    for hits in candidate.of_words:
        for hit in hits:
            if hit.row not in stands:
                stands[hit.row] = _stands(views, hit, past)
        seen = {hit.row: hit.field for hit in hits if stands[hit.row]}
        if not seen:
            return ()
        fields |= seen
    return tuple(dict.fromkeys(fields[row] for row in sorted(fields)))


def _stands(views: Views, hit: Hit, past: Past) -> bool:
    """Say whether a text of the index is one that this reader is shown."""
    record = past.record(hit.event)
    if record is None or past.place(record) is Placement.LATER:
        return False
    (folded,) = views.connection.execute("SELECT folded FROM words WHERE rowid=?", (hit.row,)).fetchone()
    return any(fold(text) == folded for text in _texts(record.event, hit.field))


def _texts(event: Event, field: str) -> Iterator[str]:
    if field == "title":
        yield from (one.title for one in stated(getattr(event, "titles", None)) or ())
    else:
        text = getattr(event, _FIELDS.get(field, field), None)
        if isinstance(text, str):
            yield text


def blocked_count(views: Views, past: Past) -> int:
    """Give how many events of the whole register are blocked and left out, reading only streams that may have some."""
    rows = views.connection.execute(f"SELECT DISTINCT stream FROM events WHERE {IS_BLOCKED}")  # noqa: S608  # ours
    streams = {stream for (stream,) in rows} | past.streams_of_changes()
    return sum(len(past.blocked(stream)) for stream in streams)
