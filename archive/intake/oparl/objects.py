"""What an OParl object says, read by name: tolerant of what is missing or odd, and of nothing else.

A field of another type than the specification gives it counts as not mentioned; the document keeps it as it came.
What is read goes into events, so every text has its characters looked at here: C0 controls that no export could
carry become U+FFFD, which a finding tells, and nothing else of a text is touched.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct, UnsetType

from archive.errors import InputError
from archive.intake.oparl.canonical import kind_of
from domain import vocabulary as v
from domain.text import REPLACEMENT, TEXT_BYTES_MAX
from domain.values import Date, Sha512Hex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.intake.oparl.canonical import Json, Tree

ID_CHARACTERS_MAX: Final = 2_000
# By OParl type: what it is called here. The rest is observed too, as `other`.
KINDS: Final = {
    "System": "system",
    "Body": "body",
    "LegislativeTerm": "term",
    "Organization": "organization",
    "Person": "person",
    "Membership": "membership",
    "Paper": "paper",
    "Meeting": "meeting",
    "AgendaItem": "agenda_item",
    "Consultation": "consultation",
    "File": "file",
    "Location": "location",
}
OTHER: Final = "other"
# What is looked at first: what others build on. Order inside a run then does not depend on the source.
RANKS: Final = {kind: rank for rank, kind in enumerate((*KINDS.values(), OTHER))}

_ID: Final = re.compile("[!-~\u00a1-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
# Encoded in JSON these would be escapes; most texts hold none, which one search shows.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NAIVE: Final = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,6})?)?)")
# A council meets where it lives; a local time without offset is meant there.
ZONE: Final = "Europe/Berlin"


class File(Struct, frozen=True, kw_only=True):
    """A file that an object refers to, and the place in the object where it does.

    Attributes:
        stamps: What is stated of when it changed, as it stands there.
        is_named_only: Whether nothing but its address stands there: what it is says an object of its own.
    """

    at: str
    id: str
    name: str | UnsetType
    file_name: str | UnsetType
    media_type: str | UnsetType
    size: int | UnsetType
    digest: str | UnsetType
    url: str | UnsetType
    stamps: tuple[str, ...] = ()
    is_named_only: bool = False


class Consultation(Struct, frozen=True, kw_only=True):
    """What an organ is to do with a paper."""

    at: str
    id: str
    paper: str | UnsetType
    meeting: str | UnsetType
    item: str | UnsetType
    organs: tuple[str, ...]
    role: str | UnsetType
    authoritative: bool | UnsetType
    files: tuple[File, ...] = ()


class Item(Struct, frozen=True, kw_only=True):
    """An agenda item; `order` is its place as stated, else as listed."""

    at: str
    id: str
    meeting: str | UnsetType
    number: str | None | UnsetType
    order: int
    name: str | UnsetType
    public: bool | UnsetType
    result: str | UnsetType
    consultation: str | UnsetType
    files: tuple[File, ...]


class Paper(Struct, frozen=True, kw_only=True):
    """A paper with what is embedded in it; `related` names other papers by the field that names them."""

    body: str | UnsetType
    name: str | UnsetType
    reference: str | UnsetType
    kind: str | UnsetType
    date: str | UnsetType
    date_literal: str | UnsetType
    files: tuple[File, ...]
    organizations: tuple[tuple[str, str], ...]
    persons: tuple[tuple[str, str], ...]
    consultations: tuple[Consultation, ...]
    related: tuple[tuple[str, str, str], ...]


class Meeting(Struct, frozen=True, kw_only=True):
    """A meeting with its agenda; `minutes` and `invitation` apart from the other files."""

    name: str | UnsetType
    start: str | UnsetType
    end: str | UnsetType
    place: str | UnsetType
    cancelled: bool
    organizations: tuple[str, ...]
    items: tuple[Item, ...]
    minutes: tuple[tuple[v.MinutesKind, File], ...]
    files: tuple[File, ...]


class Organization(Struct, frozen=True, kw_only=True):
    """An organisation; `kind` and `classification` are the source's words."""

    name: str | UnsetType
    kind: str | UnsetType
    classification: str | UnsetType
    start: str | UnsetType
    end: str | UnsetType


class Membership(Struct, frozen=True, kw_only=True):
    """A person's membership."""

    at: str
    person: str | UnsetType
    organization: str | UnsetType
    role: str | UnsetType
    voting: bool | UnsetType
    start: str | UnsetType
    end: str | UnsetType


class Person(Struct, frozen=True, kw_only=True):
    """A person, without what was dropped."""

    name: str | UnsetType
    memberships: tuple[Membership, ...]


class Term(Struct, frozen=True, kw_only=True):
    """A term of office."""

    at: str
    id: str
    name: str | UnsetType
    start: str | UnsetType
    end: str | UnsetType


# -- single fields --------------------------------------------------------------------------------


def object_id(tree: Tree, *, what: str) -> str:
    """Give an object's id.

    Raises:
        InputError: It has none that an address could be.
    """
    found = tree.get("id")
    if not isinstance(found, str) or not is_id(found):
        msg = f"{what}: found no id that is an address, expected one without spaces, up to {ID_CHARACTERS_MAX} long"
        raise InputError(msg)
    return found


def is_id(text: str) -> bool:
    """Say whether a text can be an object's id: an address has no spaces and no controls."""
    return len(text) <= ID_CHARACTERS_MAX and _ID.fullmatch(text) is not None


def clean(text: str) -> str:
    """Give a text with what no export could carry as U+FFFD."""
    return _FORBIDDEN.sub(REPLACEMENT, text)


def text(tree: Tree, name: str) -> str | UnsetType:
    """Give a text; too long a one stays in the document alone."""
    found = tree.get(name)
    if not isinstance(found, str) or (len(found) * 4 > TEXT_BYTES_MAX and len(found.encode()) > TEXT_BYTES_MAX):
        return UNSET
    return clean(found)


def named(tree: Tree, name: str) -> str | UnsetType:
    """Give a text that is not empty; an empty one is how some sources write "not mentioned"."""
    return text(tree, name) or UNSET


def _flag(tree: Tree, name: str) -> bool | UnsetType:
    found = tree.get(name)
    return found if isinstance(found, bool) else UNSET


def date(tree: Tree, name: str) -> str | UnsetType:
    """Give a date or an instant; a local time gets its zone, and what is no date is not mentioned."""
    found = tree.get(name)
    return _date(found) if isinstance(found, str) else UNSET


def _date(found: str) -> str | UnsetType:
    if _matches(found, Date):
        return found
    match = _NAIVE.fullmatch(found)
    if match is None:
        return UNSET
    try:
        local = datetime.fromisoformat(f"{match[1]}T{match[2]}").replace(tzinfo=ZoneInfo(ZONE))
    except ValueError:
        return UNSET
    placed = local.isoformat()
    return placed if _matches(placed, Date) else UNSET


def _matches(value: object, wanted: object) -> bool:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return False
    return True


def instant(tree: Tree, name: str) -> float:
    """Give a stamp as seconds, for comparing two forms of the same object; 0 where there is none."""
    found = tree.get(name)
    try:
        return datetime.fromisoformat(found).timestamp() if isinstance(found, str) else 0.0
    except (ValueError, OverflowError):
        return 0.0


def reference(value: Json) -> str | UnsetType:
    """Give the id that a value names: an address, or the object that stands in its place."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and is_id(found) else UNSET


def references(tree: Tree, name: str) -> Iterator[tuple[str, str]]:
    """Give the ids that a field names, one or a list, each with its place."""
    value = tree.get(name)
    if isinstance(value, list):
        for index, item in enumerate(value):
            found = reference(item)
            if found is not UNSET:
                yield found, f"/{name}/{index}"
    elif value is not None:
        found = reference(value)
        if found is not UNSET:
            yield found, f"/{name}"


def _objects(tree: Tree, name: str) -> Iterator[tuple[Tree, str]]:
    """Give the objects embedded in a field, one or a list, each with its place; those marked deleted are not there."""
    value = tree.get(name)
    if isinstance(value, dict):
        if not is_deleted(value):
            yield value, f"/{name}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict) and not is_deleted(item):
                yield item, f"/{name}/{index}"


# -- whole objects --------------------------------------------------------------------------------


def file_of(tree: Tree, key: str, at: str) -> File:
    """Read a file; one that is only named by its address has nothing else."""
    size, digest = tree.get("size"), tree.get("sha512Checksum")
    return File(
        at=at,
        id=key,
        name=named(tree, "name"),
        file_name=named(tree, "fileName"),
        media_type=named(tree, "mimeType"),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else UNSET,
        digest=digest if _matches(digest, Sha512Hex) and isinstance(digest, str) else UNSET,
        url=next((u for u in (named(tree, "downloadUrl"), named(tree, "accessUrl")) if u), UNSET),
        stamps=tuple(f"{one} {tree[one]}" for one in ("modified", "date") if isinstance(tree.get(one), str)),
    )


def _files(tree: Tree, name: str, at: str = "") -> Iterator[File]:
    value = tree.get(name)
    entries = enumerate(value) if isinstance(value, list) else ((None, value),)
    for index, entry in entries:
        place = f"{at}/{name}" if index is None else f"{at}/{name}/{index}"
        key = reference(entry)
        if key is UNSET or (isinstance(entry, dict) and is_deleted(entry)):
            continue
        if isinstance(entry, dict):
            yield file_of(entry, key, place)
        else:
            yield msgspec.structs.replace(file_of({}, key, place), is_named_only=True)


def consultation(tree: Tree, key: str, at: str = "") -> Consultation:
    """Read a consultation; some sources put files into it."""
    return Consultation(
        at=at,
        id=key,
        paper=reference(tree.get("paper")),
        meeting=reference(tree.get("meeting")),
        item=reference(tree.get("agendaItem")),
        organs=tuple(dict.fromkeys(found for found, _ in references(tree, "organization"))),
        role=named(tree, "role"),
        authoritative=_flag(tree, "authoritative"),
        files=tuple(_files(tree, "auxiliaryFile", at)),
    )


def item(tree: Tree, key: str, at: str = "", index: int = 0) -> Item:
    """Read an agenda item."""
    order = tree.get("order")
    number = text(tree, "number")
    files = (f for name in ("resolutionFile", "auxiliaryFile") for f in _files(tree, name, at))
    return Item(
        at=at,
        id=key,
        meeting=reference(tree.get("meeting")),
        # A field that is there and blank is another thing than one that is not there.
        number=None if number == "" else number,
        order=order if isinstance(order, int) and not isinstance(order, bool) and 0 <= order <= 100_000 else index,  # noqa: PLR2004  # as `AgendaItem.order`
        name=named(tree, "name"),
        public=_flag(tree, "public"),
        result=named(tree, "result"),
        consultation=reference(tree.get("consultation")),
        files=tuple(files),
    )


def _once(pairs: Iterator[tuple[Tree, str]]) -> Iterator[tuple[Tree, str, str]]:
    """Give embedded objects that have an id, each id once: some sources list the same one several times."""
    seen: set[str] = set()
    for tree, at in pairs:
        key = reference(tree)
        if key is not UNSET and key not in seen:
            seen.add(key)
            yield tree, key, at


_ORGANIZATIONS: Final = ("originatorOrganization", "underDirectionOf")
_RELATED: Final = ("relatedPaper", "superordinatedPaper", "subordinatedPaper")


def paper(tree: Tree) -> Paper:
    """Read a paper."""
    stated = tree.get("date")
    day = date(tree, "date")
    return Paper(
        body=reference(tree.get("body")),
        name=text(tree, "name"),
        reference=text(tree, "reference"),
        kind=named(tree, "paperType"),
        date=day,
        date_literal=clean(stated) if isinstance(stated, str) and stated and day != stated else UNSET,
        files=tuple(file for name in ("mainFile", "auxiliaryFile") for file in _files(tree, name)),
        organizations=tuple(found for name in _ORGANIZATIONS for found in references(tree, name)),
        persons=tuple(references(tree, "originatorPerson")),
        consultations=tuple(consultation(t, key, at) for t, key, at in _once(_objects(tree, "consultation"))),
        related=tuple((name, key, at) for name in _RELATED for key, at in references(tree, name)),
    )


_MINUTES: Final = (
    ("resultsProtocol", v.MinutesKind.RESULTS),
    ("verbatimProtocol", v.MinutesKind.VERBATIM),
)


def meeting(tree: Tree) -> Meeting:
    """Read a meeting."""
    place = tree.get("location")
    return Meeting(
        name=named(tree, "name"),
        start=date(tree, "start"),
        end=date(tree, "end"),
        place=_place(place) if isinstance(place, dict) else UNSET,
        cancelled=tree.get("cancelled") is True,
        organizations=tuple(dict.fromkeys(found for found, _ in references(tree, "organization"))),
        items=tuple(item(t, key, at, index) for index, (t, key, at) in enumerate(_once(_objects(tree, "agendaItem")))),
        minutes=tuple((kind, file) for name, kind in _MINUTES for file in _files(tree, name)),
        files=tuple(file for name in ("invitation", "auxiliaryFile") for file in _files(tree, name)),
    )


def _place(tree: Tree) -> str | UnsetType:
    parts = [found for name in ("room", "description") if (found := named(tree, name))]
    return ", ".join(parts) or UNSET


def organization(tree: Tree) -> Organization:
    """Read an organisation."""
    return Organization(
        name=named(tree, "name"),
        kind=named(tree, "organizationType"),
        classification=named(tree, "classification"),
        start=date(tree, "startDate"),
        end=date(tree, "endDate"),
    )


def membership(tree: Tree, at: str = "") -> Membership:
    """Read a membership."""
    return Membership(
        at=at,
        person=reference(tree.get("person")),
        organization=reference(tree.get("organization")),
        role=named(tree, "role"),
        voting=_flag(tree, "votingRight"),
        start=date(tree, "startDate"),
        end=date(tree, "endDate"),
    )


def person(tree: Tree) -> Person:
    """Read a person with the memberships embedded in it."""
    name = named(tree, "name") or " ".join(part for key in ("givenName", "familyName") if (part := named(tree, key)))
    return Person(name=name or UNSET, memberships=tuple(membership(t, at) for t, at in _objects(tree, "membership")))


def term(tree: Tree, key: str, at: str = "") -> Term:
    """Read a term."""
    return Term(at=at, id=key, name=named(tree, "name"), start=date(tree, "startDate"), end=date(tree, "endDate"))


def terms(tree: Tree) -> tuple[Term, ...]:
    """Read the terms that are embedded in a body."""
    return tuple(term(t, key, at) for t, key, at in _once(_objects(tree, "legislativeTerm")))


# What belongs into an object of a kind, and may be named there by its address alone.
_PARTS: Final = {
    "paper": ("mainFile", "auxiliaryFile", "consultation"),
    "meeting": ("agendaItem", "invitation", "resultsProtocol", "verbatimProtocol", "auxiliaryFile"),
    "agenda_item": ("resolutionFile", "auxiliaryFile"),
    "consultation": ("auxiliaryFile",),
}
_EMBEDDED: Final = {"consultation": "consultation", "agendaItem": "agenda_item"}


def parts_named(kind: str, tree: Tree) -> Iterator[tuple[str, str]]:
    """Give what an object only names although it belongs into it: address and field, what it embeds included."""
    for name in _PARTS.get(kind, ()):
        value = tree.get(name)
        for entry in value if isinstance(value, list) else (value,):
            if isinstance(entry, str):
                if is_id(entry):
                    yield entry, name
            elif isinstance(entry, dict) and name in _EMBEDDED and not is_deleted(entry):
                yield from parts_named(_EMBEDDED[name], entry)


def files_of(kind: str, tree: Tree) -> tuple[File, ...]:
    """Give every file that an object refers to, those of what it embeds included."""
    if kind == "agenda_item":
        return item(tree, str(tree.get("id"))).files
    if kind == "paper":
        found = paper(tree)
        return (*found.files, *(file for one in found.consultations for file in one.files))
    met = meeting(tree)
    return (*(file for _, file in met.minutes), *met.files, *(file for one in met.items for file in one.files))


def is_deleted(tree: Tree) -> bool:
    """Say whether the source marks the object as deleted."""
    return tree.get("deleted") is True


def kind(tree: Tree, *, listed: str = "") -> str:
    """Give the kind of an object as it is called here; asked before contact data are dropped, which can tell it.

    Args:
        tree: The object.
        listed: The kind of the list that it stands in, as it is called here; empty where it stands in none.
    """
    return KINDS.get(kind_of(tree, listed=oparl_type(listed)), OTHER)


def oparl_type(kind: str) -> str:
    """Give what OParl calls a kind; empty for none."""
    return _OPARL.get(kind, "")


_OPARL: Final = {kind: name for name, kind in KINDS.items()}


def name_of_change(name: str) -> str:
    """Give a field's name as it may stand in the clear: a source's own names are free text."""
    return name if _FIELD.fullmatch(name) else OTHER


_FIELD: Final = re.compile("[A-Za-z][A-Za-z0-9_:.-]{0,63}")


def changes(old: Json, new: Json) -> tuple[str, ...]:
    """Name the fields in which two forms of an object differ: `agendaItem/result`, each once, in order.

    Embedded objects are compared by their ids; one that came or went shows as the field that holds it.
    """
    found: set[str] = set()
    _compare(old, new, "", found)
    return tuple(sorted(found))


def _compare(old: Json, new: Json, path: str, found: set[str]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() | new.keys():
            if name not in old or name not in new:
                found.add(path + name_of_change(name))
            elif old[name] != new[name]:
                _compare(old[name], new[name], path + name_of_change(name) + "/", found)
        return
    before, after = _by_id(old), _by_id(new)
    if before is None or after is None:
        found.add(path.rstrip("/") or OTHER)
        return
    if list(before) != list(after):
        found.add(path.rstrip("/") or OTHER)
    for key in before.keys() & after.keys():
        if before[key] != after[key]:
            _compare(before[key], after[key], path, found)


def _by_id(value: Json) -> dict[str, Json] | None:
    """Give the objects of a list by their ids; None where it is no list of objects with ids."""
    if not isinstance(value, list):
        return None
    result: dict[str, Json] = {}
    for entry in value:
        key = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(key, str) or key in result:
            return None
        result[key] = entry
    return result
