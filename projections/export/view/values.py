"""Any recorded value in German words: codes, dates, people, documents, and records of these."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct

from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD, stated
from projections.export import german
from projections.export.view.html import joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.export.view.desk import Desk

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_STREAM: Final = re.compile(rf"[a-z]+:{_UUID}\Z")
_EVENT: Final = re.compile(rf"[a-z]+:{_UUID}#\d+\Z")
_KEY: Final = re.compile(rf"{_UUID}\Z")
_DATE: Final = re.compile(r"\d{4}-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?)?\Z")
_PERIOD: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?\Z")
_UNITS: Final = (("Jahr", "Jahre"), ("Monat", "Monate"), ("Woche", "Wochen"), ("Tag", "Tage"))
_TEXT_MAX: Final = 600
# More of a list than this is counted, not told: what it says stands where it belongs.
_LIST_MAX: Final = 200
# Ids that only hold the record together, and say nothing to people.
INNER: Final = frozenset({"ballot", "ballots", "motion", "consultation", "hold", "item", "source_id"})
COUNTS: Final = ("yes", "no", "abstain", "invalid", "not_cast", "entitled", "present", "excluded")
COUNT_WORDS: Final = {
    "yes": "dafür",
    "no": "dagegen",
    "abstain": "Enthaltungen",
    "invalid": "ungültig",
    "not_cast": "nicht abgegeben",
    "entitled": "stimmberechtigt",
    "present": "anwesend",
    "excluded": "ausgeschlossen",
}


def words(desk: Desk, value: object) -> object:  # noqa: C901, PLR0911, PLR0912  # one answer a kind of value
    """Give a value in words, with links to what it names."""
    match value:
        case None:
            return "leer gelassen"
        case bool():
            return "ja" if value else "nein"
        case StrEnum():
            return german.code(value)
        case str():
            return _text(desk, value)
        case int():
            return str(value)
        case msgspec.Raw():
            return words(desk, msgspec.json.decode(value))
        case x.When():
            return german.when(value)
        case x.Tally():
            return tally(value)
        case x.Party():
            return party(desk, value)
        case x.Signatory():
            return signatory(desk, value)
        case x.LegalBasis():
            return f"{value.literal} ({german.code(value.kind)})"
        case x.Document():
            return f"{stated(value.title) or 'ohne Titel'} ({'liegt vor' if value.held else 'liegt nicht vor'})"
        case x.Vote():
            return vote(desk, value)
        case x.Source():
            return source(value)
        case x.FactReference():
            return _place(desk, value)
        case Struct():
            return _fields(desk, [(name, getattr(value, name)) for name in value.__struct_fields__])
        case dict():
            return _fields(desk, list(value.items()))
        case tuple() | list():
            return _several(desk, value)
        case _ if value is WITHHELD:
            return "vorenthalten"
    return str(value)


def _several(desk: Desk, values: Iterable[object]) -> object:
    every = list(values)
    if not every:
        return "keine"
    shown = joined((words(desk, one) for one in every[:_LIST_MAX]), "; ")
    return [shown, f"; und {len(every) - _LIST_MAX} weitere"] if len(every) > _LIST_MAX else shown


def _fields(desk: Desk, fields: list[tuple[str, object]]) -> object:
    parts = []
    for name, value in fields:
        if value is UNSET or name in INNER:
            continue
        try:
            label = german.field(name)
        except LookupError:
            # A correction may quote a value that no longer is a record of ours.
            label = name
        parts.append([f"{label}: ", words(desk, value)])
    return joined(parts, ", ")


def _text(desk: Desk, text: str) -> object:
    if _STREAM.match(text):
        return desk.link(text)
    if _EVENT.match(text):
        return desk.event(text)
    if _KEY.match(text):
        return desk.person(text) if desk.past.exists(f"person:{text}") else f"Nr. {text[-12:]}"
    if _DATE.match(text):
        return desk.date(text)
    if _PERIOD.match(text) and text != "P":
        return period(text)
    return cut(text, _TEXT_MAX)


def _place(desk: Desk, value: x.FactReference) -> object:
    return [desk.event(value.event), f" ({field_of(value.path)})"]


def field_of(path: str) -> str:
    """Give what the field is called that a path leads to; its further steps stay as they are."""
    _, part, *rest = path.split("/")
    name = rest.pop(0) if part == "data" and rest else part
    return " / ".join([german.field(name), *rest])


def cut(text: str, length: int) -> str:
    """Give the beginning of a text, and say how much was left out."""
    if len(text) <= length:
        return text
    return f"{text[:length].rstrip()} … (gekürzt, {len(text)} Zeichen; der volle Wortlaut steht im Eintrag)"


def period(duration: str) -> str:
    """Write a period such as P5Y in words: 5 Jahre."""
    found = _PERIOD.match(duration)
    if found is None:
        return duration
    numbers = [(int(number), unit) for number, unit in zip(found.groups(), _UNITS, strict=True) if number is not None]
    return " ".join(f"{number} {one if number == 1 else many}" for number, (one, many) in numbers) or duration


def party(desk: Desk, value: x.Party) -> object:
    """Give what somebody who submits, moves or is consulted is called."""
    literal, office, person = stated(value.literal), stated(value.office), stated(value.person)
    if literal is not None:
        return literal
    names: list[object] = [desk.person(person)] if person is not None else []
    names += [desk.link(ref) for ref in (value.group, value.organ, value.body) if isinstance(ref, str)]
    names += [office] if office else []
    return joined(names) or "nicht genannt"


def signatory(desk: Desk, value: x.Signatory) -> str:
    """Give a name under a document: who, in what office, and what was seen of a signature."""
    person, literal = stated(value.person), stated(value.literal)
    who = literal or (desk.person(person) if person is not None else "ohne Namen")
    parts = [who]
    if value.office is None:
        parts.append("Amtsbezeichnung leer gelassen")
    elif isinstance(value.office, str):
        parts.append(value.office)
    elif isinstance(value.function, v.Function):
        parts.append(german.code(value.function))
    else:
        parts.append("ohne Amtsbezeichnung")
    parts.append(german.code(value.form))
    signed = stated(value.signed_on)
    if signed is not None:
        parts.append(f"am {german.date(signed)}")
    return ", ".join(parts)


def vote(desk: Desk, value: x.Vote) -> str:
    """Give how a member or a group voted."""
    count, option = stated(value.count), stated(value.option)
    parts = [f"{voter(desk, value)}: {german.code(value.choice)}"]
    if option is not None:
        parts.append(f"für {option}")
    if count is not None:
        parts.append(f"{count} Stimmen" if count != 1 else "1 Stimme")
    return ", ".join(parts)


def voter(desk: Desk, value: x.Vote) -> str:
    """Give who voted."""
    person, group = stated(value.person), stated(value.group)
    names = [desk.person(person)] if person is not None else []
    names += [desk.title(group)] if group is not None else []
    return ", ".join(names) or "nicht genannt"


def source(value: x.Source) -> str:
    """Give what an event rests on."""
    document = stated(value.document)
    parts = [
        stated(value.citation),
        stated(document.title) if document is not None else None,
        stated(value.locator),
        f"„{quote}“" if (quote := stated(value.quote)) is not None else None,
        f"Fundort {place}" if (place := stated(value.whereabouts)) is not None else None,
    ]
    return f"{german.code(value.grade)}: {', '.join(part for part in parts if part) or 'nicht näher bezeichnet'}"


def tally(value: x.Tally) -> str:
    """Give the counts of a ballot in one sentence; what is left blank or not mentioned is no zero."""
    parts = []
    for name in COUNTS:
        count = getattr(value, name)
        if isinstance(count, int):
            parts.append(counted(name, count))
        elif count is None:
            parts.append(f"{COUNT_WORDS[name]} leer gelassen")
    rest = stated(value.rest_as)
    if rest is not None:
        parts.append(f"alle übrigen: {german.code(rest)}")
    return ", ".join(parts) or "keine Zahl"


def counted(name: str, count: int) -> str:
    """Write a count with its word: 24 dafür, 1 Enthaltung."""
    word = "Enthaltung" if name == "abstain" and count == 1 else COUNT_WORDS[name]
    return f"{count} {word}"


def validity(value: object) -> str:
    """Say how long something is meant to hold, and where that stands."""
    if not isinstance(value, x.Validity):
        return str(value)
    begins, duration, ends = stated(value.begins), stated(value.duration), stated(value.ends)
    parts = [
        f"ab {german.date(begins)}" if begins is not None else None,
        period(duration) if duration is not None else None,
        f"bis {german.date(ends)}" if ends is not None else None,
    ]
    place = german.code(value.stated_in)
    return f"{', '.join(part for part in parts if part) or 'ohne Zeitraum'} (steht in: {place})"


def conditions(values: Iterable[x.Condition]) -> str:
    """Give the conditions of a resolution."""
    found = []
    for one in values:
        duration, ends = stated(one.duration), stated(one.ends)
        parts = [german.code(one.kind)]
        parts += [period(duration)] if duration is not None else []
        parts += [f"bis {german.date(ends)}"] if ends is not None else []
        found.append(", ".join(parts))
    return "; ".join(found)


def choice(value: str) -> str:
    """Give the word of a choice."""
    return german.code(v.Choice(value))
