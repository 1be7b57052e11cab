"""Values as xdomea takes them: whole days, and words for what is not known."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import values as x
from domain.values import When, stated
from domain.vocabulary import Certainty
from projections.export import german
from projections.export.pdf.words import plain
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.stream import RecordedEvent
    from projections.teller import Teller

_DAY_LENGTH: Final = len("2021-12-08")
# All that an editor may show as the end of a line. No line of ours begins with what goes before the next one.
_LINE_END: Final = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_GOES_ON: Final = "\n        | "


# -- days -----------------------------------------------------------------------------------------


def day_of(value: object) -> str | None:
    """Give the day of a date; None for anything less exact, which an `xs:date` cannot hold."""
    if isinstance(value, str) and len(value) >= _DAY_LENGTH:
        return value[:_DAY_LENGTH]
    return None


def happened_on(record: RecordedEvent) -> str | None:
    """Give the day on which something happened; None where it is not known to the day."""
    return day_of(stated(record.occurred.at)) if isinstance(record.occurred, When) else None


def is_sure(record: RecordedEvent) -> bool:
    """Say whether the day on which something happened was stated, and neither inferred nor unknown."""
    return isinstance(record.occurred, When) and record.occurred.certainty is Certainty.STATED


def happened(teller: Teller, record: RecordedEvent) -> str:
    """Say when something happened, or in what way that is not known."""
    return german.when(teller.occurred(record))


# -- words ----------------------------------------------------------------------------------------


def said(teller: Teller, record: RecordedEvent, name: str, *, say: Callable[[object], str] | None = None) -> str | None:
    """Give a field of an event in words, or in what way it is not known; None where it is not mentioned."""
    value = getattr(record.event, name)
    known = teller.field(record, name)
    if known.state is Knowledge.NOT_MENTIONED:
        return None
    if value is None or value is x.WITHHELD:
        return german.nothing(known.state)
    if say is not None:
        return say(value)
    # What was written stays as it is; only codes, records and lists are put into words.
    return value if isinstance(value, str) and not isinstance(value, StrEnum) else plain(teller, name, value, record)


def told(teller: Teller, record: RecordedEvent, name: str) -> str:
    """Give a field of an event in words, or in what way it is not known, be it not mentioned."""
    return said(teller, record, name) or german.nothing(Knowledge.NOT_MENTIONED)


def missed(teller: Teller, record: RecordedEvent | None, name: str) -> str:
    """Say of a field that is not in the reader's hands whether it is withheld or was erased."""
    erased = record is not None and teller.erased_by(record, f"data.{name}") is not None
    return german.nothing(Knowledge.ERASED if erased else Knowledge.WITHHELD)


def date(value: object) -> str:
    """Write a date of any precision."""
    return german.date(str(value))


def joined(*parts: str | None, by: str = ", ") -> str:
    """Join what there is."""
    return by.join(part for part in parts if part)


def quoted(text: str | None) -> str | None:
    """Give words of a source as such."""
    return f"„{text}“" if text else None


def folded(line: str) -> str:
    """Give a line of a plain text so that nothing in it passes for a line of its own."""
    return _LINE_END.sub(_GOES_ON, line)


def one_line(text: str) -> str:
    """Give a text for a heading, without the ends of its lines."""
    return " ".join(text.split())


# -- people and counts ----------------------------------------------------------------------------


def person(teller: Teller, key: str) -> str:
    """Give what a person is called; the key alone where the export holds nothing of the person."""
    stream = f"person:{key}"
    return german.title(teller, stream) if teller.past.exists(stream) else f"Person {key}"


def names(teller: Teller, keys: tuple[str, ...]) -> str:
    """Give what several persons are called."""
    return "; ".join(person(teller, key) for key in keys)


_COUNTS: Final = (
    ("entitled", "stimmberechtigt"),
    ("present", "anwesend"),
    ("excluded", "befangen"),
    ("yes", "Ja"),
    ("no", "Nein"),
    ("abstain", "Enthaltung"),
    ("invalid", "ungültig"),
    ("not_cast", "nicht abgegeben"),
)


def tally(teller: Teller, record: RecordedEvent) -> str | None:
    """Give the counts of an event that are stated; what is left blank is said to be blank, and is no zero."""
    value = getattr(record.event, "tally", UNSET)
    if value is x.WITHHELD:
        return f"Stimmenzahlen {missed(teller, record, 'tally')}"
    if not isinstance(value, x.Tally):
        return None
    found = []
    for name, word in _COUNTS:
        count = getattr(value, name)
        if count is None:
            found.append(f"{word}: {german.nothing(Knowledge.LEFT_BLANK)}")
        elif count is not UNSET:
            found.append(f"{word}: {count}")
    rest = stated(value.rest_as)
    return joined(*found, f"übrige Stimmen: {german.code(rest)}" if rest is not None else None) or None
