"""Values as xdomea takes them: whole days, and words for what is not known."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import values as x
from domain.values import When, stated
from projections.export import german
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.stream import RecordedEvent
    from projections.teller import Teller

_DAY_LENGTH: Final = len("2021-12-08")


def day_of(value: object) -> str | None:
    """Give the day of a date; None for anything less exact, which an `xs:date` cannot hold."""
    if isinstance(value, str) and len(value) >= _DAY_LENGTH:
        return value[:_DAY_LENGTH]
    return None


def happened_on(record: RecordedEvent) -> str | None:
    """Give the day on which something happened; None where it is not known to the day."""
    return day_of(stated(record.occurred.at)) if isinstance(record.occurred, When) else None


def said(teller: Teller, record: RecordedEvent, name: str, *, say: Callable[[object], str] | None = None) -> str | None:
    """Give a field of an event in words, or in what way it is not known; None where it is not mentioned."""
    value = getattr(record.event, name)
    known = teller.field(record, name)
    if known.state is Knowledge.NOT_MENTIONED:
        return None
    if value is None or value is x.WITHHELD:
        return german.nothing(known.state)
    return say(value) if say is not None else str(value)


def joined(*parts: str | None, by: str = ", ") -> str:
    """Join what there is."""
    return by.join(part for part in parts if part)


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


def tally(value: object) -> str | None:
    """Give the counts of a ballot that are stated; what is left blank is said to be blank, and is no zero."""
    if value is x.WITHHELD:
        return "Stimmenzahlen vorenthalten"
    if not isinstance(value, x.Tally):
        return None
    found = []
    for name, word in _COUNTS:
        count = getattr(value, name)
        if count is None:
            found.append(f"{word}: leer gelassen")
        elif count is not UNSET:
            found.append(f"{word}: {count}")
    rest = stated(value.rest_as)
    return joined(*found, f"übrige Stimmen: {german.code(rest)}" if rest is not None else None) or None


def coded(value: object) -> str:
    """Give the word of a code; of one that is withheld, that it is."""
    return german.code(value) if isinstance(value, StrEnum) else "vorenthalten"
