"""The words of the record: subjects, texts and names, to be found by `list --search`.

Words are compared folded: small letters, `ä` as `ae`, `ß` as `ss`, other accents dropped; so `Müller` and `MUELLER`
are one. Every word of a query is the beginning of a word, because German puts words together: `nahverkehr` finds
`Nahverkehrsplan`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from domain.stream import RecordedEvent
from domain.values import stated
from projections.views.table import Part, Row, Table, Teller, View, text

if TYPE_CHECKING:
    from domain.group import Group
    from domain.meeting import Meeting
    from domain.organ import Organ
    from domain.person import Person
    from domain.proposal import Proposal
    from domain.resolution import Resolution

# The number of a text says of which kind its stream is, when that began, and which of its texts it is. So the numbers
# alone, which the index gives, say which streams have a word and in which order they are shown.
KINDS: Final = ("proposal", "meeting", "resolution", "organ", "group", "person")
_KIND_BITS: Final = 58
_STREAM_BITS: Final = 24
# The same as `stream_of`, for statements about the index.
STREAM_OF_NUMBER: Final = f"rowid >> {_STREAM_BITS}"


def first_number(kind: str, began: int) -> int:
    """Give the number of the first text of a stream.

    Args:
        kind: Its kind.
        began: The position of its first event.
    """
    return KINDS.index(kind) << _KIND_BITS | began << _STREAM_BITS


def numbers_of(kind: str) -> tuple[int, int]:
    """Give between which numbers the texts of a kind of stream lie: from the first, and below the second."""
    place = KINDS.index(kind)
    return place << _KIND_BITS, (place + 1) << _KIND_BITS


def stream_of(number: int) -> int:
    """Give what all texts of a stream have in common; the higher, the later it began among those of its kind."""
    return number >> _STREAM_BITS


def numbers_in(stream: int) -> tuple[int, int]:
    """Give between which numbers the texts of a stream lie, from what they have in common."""
    return stream << _STREAM_BITS, (stream + 1) << _STREAM_BITS


WORDS: Final = Table(
    name="words",
    says="a text as it is searched, folded; the full-text index `words_index` is over it",
    columns=(text("field", "which text it is"), text("folded", "the text, folded")),
    first_number=first_number,
)
# The index is kept by triggers, so that no writer of the table can forget it.
CREATE_INDEX: Final = (
    """
CREATE VIRTUAL TABLE words_index USING fts5(
  folded, content='words', content_rowid='rowid', prefix='3 5', tokenize='unicode61 remove_diacritics 2'
)""",
    "INSERT INTO words_index (words_index) VALUES ('rebuild')",
    """
CREATE TRIGGER words_insert AFTER INSERT ON words BEGIN
  INSERT INTO words_index (rowid, folded) VALUES (NEW.rowid, NEW.folded);
END""",
    """
CREATE TRIGGER words_delete AFTER DELETE ON words BEGIN
  INSERT INTO words_index (words_index, rowid, folded) VALUES ('delete', OLD.rowid, OLD.folded);
END""",
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_WORD: Final = re.compile(r"[^\W_]+")
QUERY_WORDS_MAX: Final = 32


def fold(words: str) -> str:
    """Fold a text for comparing."""
    return unicodedata.normalize("NFC", words).casefold().translate(_UMLAUTS)


def query(words: str) -> str | None:
    """Give the full-text query for what somebody typed: all words, each as a beginning; None where there is none.

    Nothing that was typed is taken for an operator of the query language.
    """
    found = _WORD.findall(fold(words))[:QUERY_WORDS_MAX]
    return " ".join(f'"{word}"*' for word in found) or None


Found = Iterator[tuple[RecordedEvent, str, object]]


def _made(teller: Teller, record: RecordedEvent, field: str, words: str) -> tuple[Row]:
    return (teller.row(WORDS, record, {"field": field, "folded": fold(words)}),)


def _part(kind: str, reads: tuple[str, ...], texts: Callable[[Any], Found]) -> Part:
    """Make the part that holds the words of one kind of stream."""

    def rows(state: object, teller: Teller) -> Iterator[Row]:
        for record, field, words in texts(state):
            if isinstance(words, str) and words:
                make = functools.partial(_made, teller, record, field)
                yield from teller.once(WORDS, words, make, beside=(record.id, field))

    return Part(table=WORDS, reads=reads, rows=rows, kinds=(kind,))


def _of_versions(state: Proposal) -> Found:
    """Give the texts that a version brought itself; what it left as it was stands with the version it is from."""
    for version in state.versions:
        for name in ("reference", "subject", "operative_text", "reasons"):
            if version.origins.get(name) == version.told_by.id:
                yield version.told_by.record, name, getattr(version, name)


def _of_annexes(state: Proposal | Meeting | Resolution) -> Found:
    for annex in state.annexes:
        yield annex.attached.record, "annex", annex.attached.event.label


def _of_meeting(state: Meeting) -> Found:
    if state.convened is not None:
        yield state.convened.record, "name", state.convened.event.name
        yield state.convened.record, "number", state.convened.event.number


def _of_agendas(state: Meeting) -> Found:
    for fact in state.agendas:
        for title in stated(fact.event.titles) or ():
            yield fact.record, "title", title.title


def _of_ballots(state: Meeting) -> Found:
    for fact in state.ballots:
        yield fact.record, "question", fact.event.question


def _of_motions(state: Meeting) -> Found:
    for fact in state.motions:
        yield fact.record, "motion", fact.event.text


def _of_resolution(state: Resolution) -> Found:
    if state.made is not None:
        for name in ("number", "subject", "text"):
            yield state.made.record, name, getattr(state.made.event, name)
    for fact in state.urgent:
        for name in ("number", "subject", "text"):
            yield fact.record, name, getattr(fact.event, name)


def _of_name(state: Organ | Group) -> Found:
    if state.registered is not None:
        yield state.registered.record, "name", state.registered.event.name
    for fact in state.changes:
        yield fact.record, "name", fact.event.name


def _of_person(state: Person) -> Found:
    for fact in state.known:
        yield fact.record, "name", fact.event.name


SEARCH_VIEW: Final = View(
    name="search",
    version=1,
    kinds=KINDS,
    parts=(
        _part("proposal", ("versions",), _of_versions),
        *(_part(kind, ("annexes",), _of_annexes) for kind in ("proposal", "meeting", "resolution")),
        _part("meeting", ("convened",), _of_meeting),
        _part("meeting", ("agendas",), _of_agendas),
        _part("meeting", ("ballots",), _of_ballots),
        _part("meeting", ("motions",), _of_motions),
        _part("resolution", ("made", "urgent"), _of_resolution),
        *(_part(kind, ("registered", "changes"), _of_name) for kind in ("organ", "group")),
        _part("person", ("known",), _of_person),
    ),
)
