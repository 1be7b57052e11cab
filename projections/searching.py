"""Finding things by words, with the views.

The full-text index knows what was recorded, whoever may see it and whenever it happened. So it only says what may fit:
every text is held against the record itself, for this reader and this horizon, before anything follows from it. What
is shown, in which order, and whether there is more, must not depend on a text that the reader may not see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import shown
from domain.values import stated
from domain.vocabulary import Visibility
from projections.timetravel import Placement
from projections.views.search import QUERY_WORDS_MAX, fold, query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.events import Event
    from projections.projector import Views
    from projections.timetravel import Past

# How many things are shown.
THINGS_MAX: Final = 200
KINDS: Final = ("proposal", "meeting", "resolution", "organ", "group", "person")
# Which field of an event a text is from, where they are not called the same.
_FIELDS: Final = {"annex": "label", "motion": "text"}


class Hit(Struct, frozen=True):
    """A text in the index that has a word: its row, the event that states it, and which text it is."""

    row: int
    event: str
    field: str


class Candidate(Struct, frozen=True):
    """A stream that may fit, and for each word the texts that have it, whoever may see them."""

    stream: str
    of_words: tuple[tuple[Hit, ...], ...]


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
    of_words: list[dict[str, list[Hit]]] = []
    for word in dict.fromkeys(wanted.split(" ")):
        found: dict[str, list[Hit]] = {}
        for stream, hit in _hits(views, word, kind, position=position):
            if not of_words or stream in of_words[-1]:
                found.setdefault(stream, []).append(hit)
        of_words.append(found)
    every = [Candidate(stream, tuple(tuple(found[stream]) for found in of_words)) for stream in of_words[-1]]
    # By when the stream began, which no text of it has a say in.
    began = {one.stream: _began(views, one.stream) for one in every}
    return tuple(sorted(every, key=lambda one: (-began[one.stream], one.stream)))


def _hits(views: Views, word: str, kind: str, *, position: int | None) -> Iterator[tuple[str, Hit]]:
    rows = views.connection.execute(
        "SELECT stream, words.rowid, event, field FROM words_index JOIN words ON words.rowid = words_index.rowid "
        "WHERE words_index MATCH ?1 AND stream GLOB ?2 || ':*' AND (?3 IS NULL OR from_position <= ?3) "
        "ORDER BY words.rowid",
        (word, kind, position),
    )
    return ((stream, Hit(*rest)) for stream, *rest in rows)


def _began(views: Views, stream: str) -> int:
    (position,) = views.connection.execute("SELECT min(position) FROM events WHERE stream=?", (stream,)).fetchone()
    return int(position or 0)


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
    rows = views.connection.execute(
        "SELECT DISTINCT stream FROM events WHERE visibility=?", (Visibility.BLOCKED.value,)
    )
    streams = {stream for (stream,) in rows} | past.streams_of_changes()
    return sum(len(past.blocked(stream)) for stream in streams)
