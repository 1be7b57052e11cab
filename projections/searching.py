"""Finding things by words, with the views.

The full-text index knows what was recorded, whoever may see it and whenever it happened. So it only says what may fit:
every text is held against the record itself, for this reader and this horizon, before anything follows from it. What
is shown, in which order, and whether there is more, must not depend on a text that the reader may not see.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import shown
from domain.values import stated
from projections.timetravel import Placement
from projections.views.record import IS_BLOCKED
from projections.views.search import (
    KINDS,
    QUERY_WORDS_MAX,
    STREAM_OF_NUMBER,
    fold,
    numbers_in,
    numbers_of,
    query,
    stream_of,
)
from projections.views.table import json

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
    """A text in the index that has a word: its number, the event that states it, which text it is, and it itself."""

    number: int
    event: str
    field: str
    folded: str


class Candidate(Struct, frozen=True):
    """A stream that may fit, with the texts that have each word, whoever may see them."""

    stream: str
    of_words: tuple[tuple[Hit, ...], ...]


def candidates(views: Views, words: str, kind: str, *, position: int | None = None) -> Iterator[tuple[Candidate, ...]]:
    """Give the streams of a kind in whose texts all words begin a word, in parts, those recorded last first.

    A word that many have gives thousands, so a part is looked up when it is asked for; the first is of as many as tell
    what is shown and whether there is more. Texts that a correction replaced are among them: whether the correction
    counts is the reader's matter.

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
    each = tuple(dict.fromkeys(wanted.split(" ")))
    parts = _having(views, each[0], kind) if len(each) == 1 else _having_all(views, each, kind)
    return (_candidates(views, each, part, position) for part in parts)


# By when the stream began, which no text of it has a say in; and no query stays open while things are read, which would
# keep others from writing.
_NEWEST: Final = (
    f"SELECT DISTINCT {STREAM_OF_NUMBER} FROM words_index "  # noqa: S608  # ours
    "WHERE words_index MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
)
_EVERY: Final = (
    f"SELECT DISTINCT {STREAM_OF_NUMBER} FROM words_index "  # noqa: S608  # ours
    "WHERE words_index MATCH ? AND rowid >= ? AND rowid < ?"
)
_TEXTS: Final = (
    "SELECT rowid FROM words_index WHERE words_index MATCH ? AND rowid >= ? AND rowid < ? "  # noqa: S608  # ours
    f"AND {STREAM_OF_NUMBER} IN (SELECT value FROM json_each(?)) ORDER BY rowid"
)
_HITS: Final = (
    "SELECT rowid, event, field, folded, stream, from_position FROM words "
    "WHERE rowid IN (SELECT value FROM json_each(?))"
)


def _having(views: Views, word: str, kind: str) -> Iterator[list[int]]:
    """Give the streams of a kind that have a word, by what the numbers of their texts have in common, falling."""
    first, end = numbers_of(kind)
    while part := [stream for (stream,) in views.connection.execute(_NEWEST, (word, first, end, THINGS_MAX + 1))]:
        yield part
        end, _ = numbers_in(part[-1])


def _having_all(views: Views, words: tuple[str, ...], kind: str) -> Iterator[list[int]]:
    """Give the same for several words, each of which has to stand in some text of the stream."""
    having = ({stream for (stream,) in views.connection.execute(_EVERY, (word, *numbers_of(kind)))} for word in words)
    every = sorted(functools.reduce(operator.and_, having), reverse=True)
    return (every[start : start + THINGS_MAX + 1] for start in range(0, len(every), THINGS_MAX + 1))


def _candidates(
    views: Views, words: tuple[str, ...], streams: Sequence[int], position: int | None
) -> tuple[Candidate, ...]:
    """Look up the texts of some streams, which stand in falling order, that have each word."""
    (first, _), (_, end) = numbers_in(streams[-1]), numbers_in(streams[0])
    read = views.connection.execute
    having = [[number for (number,) in read(_TEXTS, (word, first, end, json(streams))).fetchall()] for word in words]
    named: dict[int, str] = {}
    hits: dict[int, Hit] = {}
    every = sorted({number for numbers in having for number in numbers})
    for number, event, field, folded, stream, since in read(_HITS, (json(every),)).fetchall():
        named[stream_of(number)] = stream
        if position is None or since <= position:
            hits[number] = Hit(number, event, field, folded)
    found: dict[int, list[list[Hit]]] = {stream: [[] for _ in words] for stream in streams}
    for place, numbers in enumerate(having):
        for number in numbers:
            if number in hits:
                found[stream_of(number)][place].append(hits[number])
    return tuple(Candidate(named[stream], tuple(map(tuple, of_words))) for stream, of_words in found.items())


def found_in(candidate: Candidate, past: Past) -> tuple[str, ...]:
    """Give the texts that have the words for this reader; none where one of the words stands in no such text."""
    stands: dict[int, bool] = {}
    fields: dict[int, str] = {}
    for hits in candidate.of_words:
        for hit in hits:
            if hit.number not in stands:
                stands[hit.number] = _stands(hit, past)
        seen = {hit.number: hit.field for hit in hits if stands[hit.number]}
        if not seen:
            return ()
        fields |= seen
    return tuple(dict.fromkeys(fields[number] for number in sorted(fields)))


def _stands(hit: Hit, past: Past) -> bool:
    """Say whether a text of the index is one that this reader is shown."""
    record = past.record(hit.event)
    if record is None or past.place(record) is Placement.LATER:
        return False
    return any(fold(text) == hit.folded for text in _texts(record.event, hit.field))


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
