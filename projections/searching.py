"""Finding things by words, with the views.

The full-text index knows what was recorded, whoever may see it and whenever it happened. So every hit is looked at
once more in the record itself, for this reader and this horizon, before anything is shown of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import shown
from projections.timetravel import Placement
from projections.views.search import QUERY_WORDS_MAX, query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.projector import Views
    from projections.timetravel import Past

HITS_MAX: Final = 200
KINDS: Final = ("proposal", "meeting", "resolution", "organ", "group", "person")


class Hit(Struct, frozen=True):
    """A text that has the words: the stream, the event that states it, and which text it is."""

    stream: str
    event: str
    field: str


class Hits(Struct, frozen=True):
    """What was found, best first; `more` says whether there is more than was looked at."""

    hits: tuple[Hit, ...]
    more: bool

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams, best first."""
        return tuple(dict.fromkeys(hit.stream for hit in self.hits))


def search(views: Views, words: str, kind: str, *, position: int | None = None) -> Hits:
    """Find the streams of a kind in whose texts all words begin a word, best first.

    Words that are very frequent each may miss a thing that has them in different texts: of each word only the first
    hits are looked at, and `more` says so.

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
    found = dict.fromkeys(_hits(views, wanted, kind, position=position))
    every = wanted.split(" ")
    of_word: list[list[Hit]] = []
    if len(found) <= HITS_MAX and len(every) > 1:
        # Words that stand in different texts of a thing find it too, after those that have them all in one.
        of_word = [[*_hits(views, word, kind, position=position)] for word in every]
        streams = set.intersection(*({hit.stream for hit in hits} for hits in of_word))
        found |= dict.fromkeys(hit for hits in of_word for hit in hits if hit.stream in streams)
    hits = tuple(found)
    return Hits(hits[:HITS_MAX], len(hits) > HITS_MAX or any(len(one) > HITS_MAX for one in of_word))


def _hits(views: Views, wanted: str, kind: str, *, position: int | None) -> Iterator[Hit]:
    held = "until_position IS NULL" if position is None else "from_position <= ?3 AND ifnull(until_position > ?3, 1)"
    rows = views.connection.execute(
        "SELECT stream, event, field FROM words_index JOIN words ON words.rowid = words_index.rowid "  # noqa: S608
        f"WHERE words_index MATCH ?1 AND stream GLOB ?2 || ':*' AND {held} "
        f"ORDER BY words_index.rank, words.rowid LIMIT {HITS_MAX + 1}",
        (wanted, kind) if position is None else (wanted, kind, position),
    )
    return (Hit(*row) for row in rows)


def visible(hits: Hits, past: Past) -> dict[str, tuple[str, ...]]:
    """Give, for each stream that this reader may see a hit in, the texts that have the words."""
    found: dict[str, dict[str, None]] = {}
    for hit in hits.hits:
        record = past.record(hit.event)
        if record is not None and past.place(record) is not Placement.LATER:
            found.setdefault(hit.stream, {})[hit.field] = None
    return {stream: tuple(fields) for stream, fields in found.items()}
