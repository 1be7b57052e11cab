"""Values in German words, as a page says them: what is stated, what is inferred, and every kind of nothing."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
from msgspec import UNSET, Raw, Struct

from archive.documents import documents_of
from domain import values as x
from domain.values import WITHHELD, stated
from projections.export import german
from projections.export.pdf.glyphs import lines
from projections.shapes import Knowledge, Known
from projections.wording import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from domain.stream import RecordedEvent
    from projections.export.pdf.glyphs import Tree
    from projections.teller import Teller

Cell: TypeAlias = "dict[str, Tree]"

_SHORT: Final = 240
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY: Final = re.compile(rf"{_UUID}\Z")
_STREAM: Final = re.compile(rf"(?:{'|'.join(x.STREAM_KINDS)}):{_UUID}\Z")
_EVENT: Final = re.compile(rf"((?:{'|'.join(x.STREAM_KINDS)}):{_UUID})#([0-9]+)\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:T.*)?)?\Z")
_PERIOD: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?\Z")
_UNITS: Final = (("Jahr", "Jahre"), ("Monat", "Monate"), ("Woche", "Wochen"), ("Tag", "Tage"))
_PARAGRAPH: Final = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)+")
# Fields that hold a person key, and ids and digests that no reader follows on paper.
_PERSONS: Final = frozenset({"person", "presiding", "secretary", "declared_by", "substitute_for"})
_PATHS: Final = frozenset({"path", "paths"})
_IDS: Final = frozenset(
    {
        "ballot",
        "certificate",
        "consultation",
        "digest",
        "hold",
        "item",
        "log_ed25519",
        "log_mldsa44",
        "motion",
        "public_key",
        "register",
        "root_certificate",
        "rules",
        "settles",
        "term",
        "titles",
    }
)


# -- cells ----------------------------------------------------------------------------------------


def cell(text: str, *, note: str | None = None) -> Cell:
    """Give a text for a page: paragraphs of lines, and what is said about it."""
    return {"absaetze": [[*lines(one)] for one in _PARAGRAPH.split(text.strip("\r\n"))], "zusatz": note}


def nothing(knowledge: Knowledge, *, note: str | None = None) -> Cell:
    """Give the word for a kind of nothing."""
    return {"fehlt": german.nothing(knowledge), "zusatz": note}


def not_given() -> Cell:
    """Give the words for what an event may have said that this reader was not given."""
    return absent(german.NOT_GIVEN)


def absent(text: str) -> Cell:
    """Give words that stand in the place of a value."""
    return {"fehlt": text, "zusatz": None}


def said(known: Known, say: Callable[[Known], str | None] | None = None, *, note: str | None = None) -> Cell:
    """Give a value in words, or in what way there is none.

    Args:
        known: The value.
        say: Gives its words; None, or a result of None, takes it as it is.
        note: What else is said about it.
    """
    if known.state is Knowledge.INFERRED:
        note = "; ".join(filter(None, (german.nothing(known.state), note)))
    if known.value is None:
        words = f"im Wortlaut: „{known.literal}“" if known.literal else None
        return nothing(known.state, note="; ".join(filter(None, (words, note))) or None)
    text = say(known) if say is not None else None
    text = text if text is not None else str(known.value)
    if known.literal and _plain(known.literal) != _plain(text):
        note = "; ".join(filter(None, (f"im Wortlaut: „{' '.join(known.literal.split())}“", note)))
    return cell(text, note=note)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def code_of(kind: type[StrEnum]) -> Callable[[Known], str | None]:
    """Give what says the word of a code of a list."""
    return lambda known: german.code(str(known.value), of=kind)


def date_of(known: Known) -> str | None:
    """Give a date as German papers write it."""
    return german.date(str(known.value))


def stream_of(teller: Teller) -> Callable[[Known], str | None]:
    """Give what says the title of a stream that a value names."""
    return lambda known: title(teller, known.value) if isinstance(known.value, str) else None


# -- names ----------------------------------------------------------------------------------------


def title(teller: Teller, stream: str) -> str:
    """Give the title of a stream; anything else as it is."""
    return german.title(teller, stream) if _STREAM.match(stream) else stream


def person(teller: Teller, key: str) -> str:
    """Give the name behind a person key, or in what way it is not known."""
    known = teller.person_name(key)
    return known.text or f"Person {key[:8]} (Name {german.nameless(teller, key)})"


def event_name(teller: Teller, event_id: str) -> str:
    """Give an entry by its place in the register, as documents number them; one that is not there by its stream."""
    record = teller.past.record(event_id)
    if record is not None:
        return f"Nr. {record.position}"
    stream, _, seq = event_id.partition("#")
    return f"{german.title(teller, stream)}, Eintrag {seq}"


def party(teller: Teller, one: x.Party) -> str:
    """Give what somebody who submits, moves or is consulted is called."""
    literal, office = stated(one.literal), stated(one.office)
    if literal is not None:
        return literal
    names = [person(teller, one.person)] if isinstance(one.person, str) else []
    names += [title(teller, ref) for ref in (one.group, one.organ, one.body) if isinstance(ref, str)]
    return ", ".join([*names, *([office] if office else [])]) or "nicht benannt"


def signatory(teller: Teller, one: x.Signatory) -> str:
    """Give a name under a document, in what office it stands there, and what was seen of a signature."""
    name = stated(one.literal) or (person(teller, one.person) if isinstance(one.person, str) else "Name nicht erwähnt")
    office = "Amt leer gelassen" if one.office is None else stated(one.office) or "Amt nicht erwähnt"
    signed = stated(one.signed_on)
    day = f", am {german.date(signed)}" if signed is not None else ""
    return f"{name} ({office}): {german.code(one.form)}{day}"


def legal_basis(one: x.LegalBasis) -> str:
    """Give what a proposal names as its legal basis."""
    as_of = stated(one.as_of)
    return f"{one.literal} ({german.code(one.kind)}{f', Stand {german.date(as_of)}' if as_of else ''})"


def validity(one: x.Validity) -> str:
    """Give how long something is meant to hold, and where that stands."""
    begins, duration, ends = stated(one.begins), stated(one.duration), stated(one.ends)
    parts = [
        f"ab {german.date(begins)}" if begins is not None else None,
        period(duration) if duration is not None else None,
        f"bis {german.date(ends)}" if ends is not None else None,
    ]
    text = ", ".join(filter(None, parts)) or "ohne Zeitangabe"
    return f"{text} (steht in: {german.code(one.stated_in)})"


def period(duration: str) -> str:
    """Write a period such as P5Y in words; one that is written otherwise stays as it is."""
    found = _PERIOD.match(duration)
    if found is None:
        return duration
    pairs = zip(found.groups(), _UNITS, strict=True)
    return ", ".join(f"{int(n)} {one if int(n) == 1 else many}" for n, (one, many) in pairs if n) or duration


def document(one: x.Document, *, held: object = UNSET) -> str:
    """Give a document's title and whether it is held."""
    state = "liegt vor" if one.held and held is not False else "liegt nicht vor"
    return f"{stated(one.title) or 'Dokument ohne Titel'} ({state})"


# -- a whole event --------------------------------------------------------------------------------


def contents(teller: Teller, record: RecordedEvent) -> list[Tree]:
    """Give what an event says, field by field; long texts by their beginning, because they stand elsewhere."""
    event = record.event
    found: list[Tree] = []
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if value is UNSET or name in _IDS or (name.endswith("_literal") and _is_spoken(event, name)):
            continue
        if value is WITHHELD:
            gone = Knowledge.ERASED if teller.erased_by(record, f"data.{name}") else Knowledge.WITHHELD
            text = german.nothing(gone)
        else:
            text = plain(teller, name, value, record)
        if text:
            found.append([german.field(name), short(text)])
            literal = getattr(event, f"{name}_literal", UNSET)
            if isinstance(literal, str) and value is not WITHHELD and _plain(literal) != _plain(text):
                found.append([f"{german.field(name)} im Wortlaut", f"„{short(' '.join(literal.split()))}“"])
    return found


def titles(records: Iterable[RecordedEvent]) -> dict[str, str]:
    """Give what documents are called, by digest: an entry that rests on one often says no more than where in it."""
    found: dict[str, str] = {}
    for record in records:
        for _, named in documents_of(record):
            digest, called = stated(named.digest), stated(named.title)
            if digest is not None and called is not None:
                found.setdefault(digest, called)
    return found


def source(one: x.Source, titles: Mapping[str, str]) -> str:
    """Give what an entry rests on: its grade, and where what is stated stands."""
    called, quote, place = stated(one.document), stated(one.quote), stated(one.whereabouts)
    parts = [
        stated(one.citation),
        stated(called.title) or titles.get(stated(called.digest) or "") if called is not None else None,
        stated(one.locator),
        f"„{' '.join(quote.split())}“" if quote is not None else None,
        f"Fundort {place}" if place is not None else None,
    ]
    return f"{german.code(one.grade)}: {', '.join(filter(None, parts)) or 'nicht näher bezeichnet'}"


def sources(teller: Teller, record: RecordedEvent, titles: Mapping[str, str]) -> list[Tree]:
    """Give what an entry rests on, or in what way that is not known."""
    if record.sources is WITHHELD:
        gone = Knowledge.ERASED if teller.erased_by(record, "sources") else Knowledge.WITHHELD
        return [german.nothing(gone)]
    if not isinstance(record.sources, tuple) or not record.sources:
        return [german.nothing(Knowledge.NOT_MENTIONED)]
    return [short(source(one, titles)) for one in record.sources]


def short(text: str) -> str:
    """Give the beginning of a long text, on one line."""
    return cut(text, _SHORT)


def _is_spoken(event: Struct, name: str) -> bool:
    """Whether the field that this one gives the words of source for is stated itself."""
    return getattr(event, name.removesuffix("_literal"), UNSET) not in (UNSET, WITHHELD)


def plain(teller: Teller, name: str, value: object, record: RecordedEvent) -> str:  # noqa: PLR0911  # one a type
    """Give any value of an event in words; empty where there is nothing that a reader could use."""
    match value:
        case None:
            return german.nothing(Knowledge.LEFT_BLANK)
        case bool():
            return "ja" if value else "nein"
        case int():
            return str(value)
        case StrEnum():
            return german.code(value)
        case str():
            return _text(teller, name, value)
        case tuple() if name == "items":
            return str(len(value))
        case tuple():
            return "; ".join(filter(None, (plain(teller, name, one, record) for one in value)))
        case Raw():
            return _json(teller, name, msgspec.json.decode(value))
        case _:
            return _record(teller, value, record)


def _record(teller: Teller, value: object, record: RecordedEvent) -> str:  # noqa: PLR0911  # one a type
    match value:
        case x.When():
            return german.when(value)
        case x.Party():
            return party(teller, value)
        case x.Signatory():
            return signatory(teller, value)
        case x.LegalBasis():
            return legal_basis(value)
        case x.Validity():
            return validity(value)
        case x.FactReference():
            return f"{path(value.path)} in {event_name(teller, value.event)}"
        case x.Document():
            return document(value, held=getattr(record.event, "held", UNSET))
        case Struct():
            return _fields(teller, value, record)
        case _:
            return ""


def _fields(teller: Teller, value: Struct, record: RecordedEvent) -> str:
    parts = []
    for name in value.__struct_fields__:
        inner = getattr(value, name)
        if inner is UNSET or inner is WITHHELD or name in _IDS:
            continue
        text = plain(teller, name, inner, record)
        if text:
            label = german.field(name)
            # A title says itself that it is that of a Vorlage or Sitzung.
            parts.append(text if text.startswith(label) else f"{label} {text}")
    return ", ".join(parts)


def _text(teller: Teller, name: str, text: str) -> str:
    if _STREAM.match(text):
        return german.title(teller, text)
    named = _EVENT.match(text)
    if named is not None:
        return event_name(teller, text)
    if name in _PATHS:
        return path(text)
    if _KEY.match(text):
        is_person = name in _PERSONS or teller.past.exists(f"person:{text}")
        return person(teller, text) if is_person else ""
    if _PERIOD.match(text) and len(text) > 1:
        return period(text)
    return german.date(text) if _DATE.match(text) else text


def _json(teller: Teller, name: str, value: object) -> str:
    if value is None:
        return german.nothing(Knowledge.LEFT_BLANK)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    try:
        return german.code(value)
    except LookupError:  # no code, or one with several meanings
        return _text(teller, name, value)


def path(pointer: str) -> str:
    """Give the field that a JSON Pointer into an event names, in German where it has a name."""
    parts = pointer.strip("/").split("/")
    names = []
    for part in parts[1:] if parts[0] == "data" else parts:
        try:
            names.append(german.field(part))
        except LookupError:
            names.append(part)  # the place in a list
    return ", ".join(names)
