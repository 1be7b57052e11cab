"""A message of an archive, read: its head, and what it says about which record.

The structure of the answers is the same in 3.0.0 and 3.1.0 and has other names in 4.0.0. What is not needed here is
passed over; whoever wants it holds the message, which is kept with what rests on it.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, TypeVar

import msgspec
from msgspec import Struct

from archive.errors import InputError, StorageError
from archive.intake.references import shown
from archive.intake.xdomea.container import MESSAGE_BYTES_MAX
from domain import values as x
from domain.text import is_visible

if TYPE_CHECKING:
    from collections.abc import Iterator

J = TypeVar("J", "Judged", "Imported")

VERSIONS: Final = ("3.0.0", "3.1.0", "4.0.0")
NAMES: Final = {
    "0502": "Aussonderung.Bewertungsverzeichnis.0502",
    "0504": "Aussonderung.AnbietungEmpfangBestaetigen.0504",
    "0505": "Aussonderung.BewertungEmpfangBestaetigen.0505",
    "0506": "Aussonderung.AussonderungImportBestaetigen.0506",
    "0507": "Aussonderung.AussonderungEmpfangBestaetigen.0507",
}
OBJECTS_MAX: Final = 10_000
# Every element costs memory, however short it is written.
TAGS_MAX: Final = 400_000
DEPTH_MAX: Final = 32
_TEXT_MAX: Final = 1_000
_NAMESPACE: Final = re.compile(r"\{urn:xoev-de:xdomea:schema:([0-9.]{1,16})\}(.{1,200})\Z")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MOMENT: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?P<part>\.[0-9]{1,9})?[0-9]*"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
# Elements in which a message names natural persons, in one version or the other.
_PERSONAL: Final = frozenset({"Familienname", "Vorname", "NameAnsprechpartner", "erreichbarkeit", "Kommunikation"})


class Judged(Struct, frozen=True, kw_only=True):
    """What a Bewertungsverzeichnis says about a record: a code of the list, or a word of the archive's own."""

    id: str
    literal: str
    is_code: bool


class Imported(Struct, frozen=True, kw_only=True):
    """What a confirmation of import says about a record."""

    id: str
    succeeded: bool
    archive_id: str | None
    errors: tuple[str, ...]


class Message(Struct, frozen=True, kw_only=True):
    """An answer of an archive.

    Attributes:
        version: The version of xdomea.
        number: What kind of answer it is: `0502`, `0504`, `0505`, `0506`, `0507`.
        process: The process that it belongs to.
        id: Its own id; None before 4.0.0, which has none.
        origin: The id of the message that it answers; None before 4.0.0.
        created: When it was made: an instant, or a day where the message states no offset.
        sender: What the sender calls itself.
        part: Which of several messages of its kind it is.
        parts: Of how many.
        is_test: Whether it says of itself that it is a test.
        names_persons: Whether natural persons are named in it.
        judged: What a 0502 says.
        imported: What a 0506 says, record by record.
        succeeded: What a 0506 says about all of it; None where it says nothing.
        errors: What a 0506 says about what went wrong with all of it.
        remarks: What does not fit together in it and did not keep it from being read.
    """

    version: str
    number: str
    process: str
    id: str | None
    origin: str | None
    created: str
    sender: str | None
    part: int
    parts: int
    is_test: bool
    names_persons: bool
    judged: tuple[Judged, ...] = ()
    imported: tuple[Imported, ...] = ()
    succeeded: bool | None = None
    errors: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class _Element(Protocol):
    """What is used of an element."""

    tag: str
    text: str | None
    sourceline: int | None

    def __iter__(self) -> Iterator[_Element]:
        """Give its children."""
        ...

    def iter(self) -> Iterator[_Element]:
        """Give it and everything below it."""
        ...

    def get(self, key: str, /) -> str | None:
        """Give an attribute."""
        ...


def read_message(source: bytes, name: str) -> Message:
    """Read an answer.

    Args:
        source: The bytes of the message.
        name: Its base name.

    Raises:
        InputError: It is too large, no XML, no answer of an archive, of a version that is not read, or it lacks what
            an answer of its kind has to say.
        StorageError: What reads XML is not installed.
    """
    root = _parsed(source, name)
    found = _NAMESPACE.match(root.tag)
    number = root.tag[-4:]
    if found is None or found[2] not in NAMES.values():
        raise InputError(
            f"{name}: found a root element {shown(root.tag)}, expected an answer of an archive: "
            f"{', '.join(NAMES.values())}",
            hint="xdomea messages have the namespace urn:xoev-de:xdomea:schema: and their version",
        )
    if found[1] not in VERSIONS:
        raise InputError(f"{name}: found xdomea {found[1]}, expected one of {', '.join(VERSIONS)}")
    reader = _Reader(name, root, version=found[1], number=number)
    return reader.message()


def _parsed(source: bytes, name: str) -> _Element:
    try:
        from lxml import etree  # noqa: PLC0415  # heavy, and read only here
    except ImportError as error:
        raise StorageError(
            f"{name}: reading XML needs the package lxml, which is not installed", hint="install lxml"
        ) from error
    if len(source) > MESSAGE_BYTES_MAX:
        raise InputError(f"{name}: found more than {MESSAGE_BYTES_MAX} bytes, expected at most 8 MiB in a message")
    if b"\0" in source or b"<!DOCTYPE" in source or b"<!ENTITY" in source:
        raise InputError(
            f"{name}: found a document type declaration, or an encoding other than UTF-8",
            hint="no message of xdomea has one; get it anew from its sender",
        )
    if source.count(b"<") > TAGS_MAX:
        raise InputError(
            f"{name}: found more than {TAGS_MAX} tags, expected at most {OBJECTS_MAX} records in an answer"
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root: _Element = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name}: is no well-formed XML: {error}", hint="it is damaged; get it anew") from error
    # In an encoding of its own a declaration would not have been seen above.
    if root.getroottree().docinfo.internalDTD is not None:  # type: ignore[attr-defined]  # of lxml's own elements
        raise InputError(f"{name}: found a document type declaration, expected none")
    _require_flat(root, name)
    return root


def _require_flat(root: _Element, name: str) -> None:
    level = [root]
    for _ in range(DEPTH_MAX):
        level = [child for element in level for child in element]
        if not level:
            return
    raise InputError(f"{name}: found elements nested more than {DEPTH_MAX} deep, expected an answer of an archive")


class _Reader:
    """Reads one message."""

    def __init__(self, name: str, root: _Element, *, version: str, number: str) -> None:
        self._name = name
        self._root = root
        self._version = version
        self._number = number
        self._is_new = version == "4.0.0"
        self._remarks: list[str] = []

    def message(self) -> Message:
        """Give what it says."""
        head = self._one(self._root, "nachrichtenkopf" if self._is_new else "Kopf")
        own = self._one(head, "identifikation.nachricht") if self._is_new else head
        process = self._uuid(self._one(head, "ProzessID"))
        self._check_names(process)
        self._check_number(own)
        moment = self._one(own, "erstellungszeitpunkt" if self._is_new else "Erstellungszeitpunkt", bare=self._is_new)
        part, parts = self._parts()
        is_test = self._root.get("test") if self._is_new else None
        judged = map(self._judged, self._judged_elements()) if self._number == "0502" else ()
        imported = map(self._imported, self._imported_elements()) if self._number == "0506" else ()
        whole = self._maybe(self._root, "ErfolgOderMisserfolg") if self._number == "0506" and self._is_new else None
        return Message(
            version=self._version,
            number=self._number,
            process=process,
            id=self._uuid(self._one(own, "nachrichtenUUID", bare=True)) if self._is_new else None,
            origin=self._uuid(self._one(self._root, "UUIDUrsprungsnachricht")) if self._is_new else None,
            created=self._moment(moment),
            sender=self._sender(head),
            part=part,
            parts=parts,
            # A message that is a test in any writing is one: to take it for an answer is what must not happen.
            is_test=is_test is not None and is_test.strip().lower() not in {"", "false", "0"},
            names_persons=any(_local(element) in _PERSONAL for element in self._root.iter()),
            judged=self._once(tuple(judged)),
            imported=self._once(tuple(imported)),
            succeeded=self._boolean(self._one(whole, "Erfolgreich")) if whole is not None else None,
            errors=self._errors(whole) if whole is not None else (),
            remarks=tuple(self._remarks),
        )

    # -- the head ---------------------------------------------------------------------------------

    def _check_names(self, process: str) -> None:
        """Hold the process against the one that the file is named after, as its receivers do."""
        named = _UUID.search(self._name)
        if named is not None and named[0].lower() != process:
            raise InputError(
                f"{self._name}: found ProzessID {process}, expected that of its name",
                hint="the file was renamed, or belongs to another process; ask who sent it",
            )

    def _check_number(self, own: _Element) -> None:
        kind = self._maybe(own, "nachrichtentyp" if self._is_new else "Nachrichtentyp", bare=self._is_new)
        code = self._maybe(kind, "code", bare=True) if kind is not None else None
        stated = _text(code) if code is not None else ""
        if stated != self._number:
            self._remarks.append(f"its head says that it is a {stated or '(nothing)'}, and it is a {self._number}")

    def _parts(self) -> tuple[int, int]:
        if not self._is_new:
            return 1, 1
        part = self._number_of(self._one(self._root, "LfdNrNachrichtProTyp"))
        parts = self._number_of(self._one(self._root, "GesamtanzahlNachrichtenProTyp"))
        if part > parts:
            self._remarks.append(f"it says that it is number {part} of {parts}")
        return part, parts

    def _moment(self, element: _Element) -> str:
        """Give an instant where an offset is stated; without one only the day is certain."""
        found = _MOMENT.match(_text(element))
        if found is not None:
            whole = f"{found['day']}T{found['clock']}{found['part'] or ''}{found['zone'] or ''}"
            with contextlib.suppress(msgspec.ValidationError):  # there is no such day or time; it is refused below
                return msgspec.convert(whole if found["zone"] else found["day"], x.Instant if found["zone"] else x.Day)
        return self._refuse(element, "a date and time, such as 2026-03-02T10:15:00+01:00")

    def _sender(self, head: _Element) -> str | None:
        author = self._maybe(head, "autor" if self._is_new else "Absender")
        place = (
            self._maybe(author, "NameInstitution" if self._is_new else "Institution") if author is not None else None
        )
        named = self._maybe(place, "Name") if place is not None else None
        return self._line(named) if named is not None and _text(named) else None

    # -- what it says about records -----------------------------------------------------------------

    def _judged_elements(self) -> list[_Element]:
        return self._several("BewertetesSGO" if self._is_new else "BewertetesObjekt", at_least=1)

    def _judged(self, element: _Element) -> Judged:
        kind = self._one(element, "Aussonderungsart")
        listed = self._maybe(kind, "Aussonderungsart")
        literal = (
            self._one(listed, "code", bare=True)
            if listed is not None
            else self._one(kind, "AussonderungsartKonfigurierbar")
        )
        return Judged(
            id=self._uuid(self._one(element, "xdomeaUUID" if self._is_new else "ID")),
            literal=self._line(literal),
            is_code=listed is not None,
        )

    def _imported_elements(self) -> list[_Element]:
        return self._several("AusgesondertesSGO", at_least=0 if self._is_new else 1)

    def _imported(self, element: _Element) -> Imported:
        told = self._one(element, "ErfolgOderMisserfolg") if self._is_new else element
        archive_id = self._maybe(element, "Archivkennung")
        return Imported(
            id=self._uuid(self._one(element, "xdomeaUUID" if self._is_new else "IDSGO")),
            succeeded=self._boolean(self._one(told, "Erfolgreich")),
            archive_id=self._line(archive_id) if archive_id is not None and _text(archive_id) else None,
            errors=self._errors(told),
        )

    def _errors(self, element: _Element) -> tuple[str, ...]:
        """Give what is said of failures: in words, and by code with its name."""
        words = [_text(child) for child in self._children(element, "Fehlermeldung")]
        for listed in self._children(element, "FehlermeldungCode"):
            code, named = self._maybe(listed, "code", bare=True), self._maybe(listed, "name", bare=True)
            words.append(" ".join(_text(one) for one in (code, named) if one is not None))
        return tuple(word for word in words if is_visible(word))

    def _once(self, told: tuple[J, ...]) -> tuple[J, ...]:
        """Refuse to choose between two statements about one record."""
        seen: set[str] = set()
        for one in told:
            if one.id in seen:
                raise InputError(f"{self._name}: found record {one.id} twice, expected one statement about each record")
            seen.add(one.id)
        return told

    # -- elements -----------------------------------------------------------------------------------

    def _children(self, element: _Element, name: str, *, bare: bool = False) -> list[_Element]:
        tag = name if bare else f"{{urn:xoev-de:xdomea:schema:{self._version}}}{name}"
        return [child for child in element if child.tag == tag]

    def _maybe(self, element: _Element, name: str, *, bare: bool = False) -> _Element | None:
        found = self._children(element, name, bare=bare)
        if len(found) > 1:
            self._refuse(found[1], f"one element {name}")
        return found[0] if found else None

    def _one(self, element: _Element, name: str, *, bare: bool = False) -> _Element:
        found = self._maybe(element, name, bare=bare)
        if found is None:
            raise InputError(f"{self._place(element)}: found no element {name}, expected one")
        return found

    def _several(self, name: str, *, at_least: int) -> list[_Element]:
        found = self._children(self._root, name)
        if not at_least <= len(found) <= OBJECTS_MAX:
            raise InputError(f"{self._name}: found {len(found)} elements {name}, expected {at_least} to {OBJECTS_MAX}")
        return found

    def _uuid(self, element: _Element) -> str:
        if not _UUID.fullmatch(_text(element)):
            self._refuse(element, "a UUID")
        return _text(element).lower()

    def _boolean(self, element: _Element) -> bool:
        value = _BOOLEANS.get(_text(element))
        return value if value is not None else self._refuse(element, "true, false, 1 or 0")

    def _number_of(self, element: _Element) -> int:
        text = _text(element)
        if not re.fullmatch("0{0,9}[1-9][0-9]{0,5}", text):
            self._refuse(element, "a number from 1 on")
        return int(text)

    def _line(self, element: _Element) -> str:
        """Give a text as one line."""
        text = " ".join(_text(element).split())
        if not is_visible(text) or len(text) > _TEXT_MAX:
            self._refuse(element, f"a text of 1 to {_TEXT_MAX} characters")
        return text

    def _refuse(self, element: _Element, expected: str) -> NoReturn:
        raise InputError(f"{self._place(element)}: found {shown(_text(element))}, expected {expected}")

    def _place(self, element: _Element) -> str:
        return f"{self._name}: line {element.sourceline}: {_local(element)}"


def _text(element: _Element) -> str:
    return (element.text or "").strip()


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]
