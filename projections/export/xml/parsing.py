"""Reading the document piece by piece: in bounded memory, without entities, document types and network.

A piece is a child of `nachweis` or `inhalt`, or one of the two heads. Each is held against the schema where it is read,
so that whoever uses a piece has one that is valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree
from msgspec import Struct

from archive.errors import InputError
from projections.export.xml.schema import NAMESPACE, validator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

ROOT: Final = "archivierung.RatsbuchAuszug.0101"
HEADS: Final = ("nachrichtenkopf", "auszug")
PARTS: Final = ("nachweis", "inhalt")
# What lies outside of elements and says something all the same; an own document has none of it.
STRAY: Final = "neither element nor text"
# One event has at most a token of 1 MiB with its disclosures and a proof; a meeting some ten thousand values.
PIECE_ELEMENTS_MAX: Final = 1_000_000
PIECE_BYTES_MAX: Final = 256 * 2**20
_PART_DEPTH: Final = 2
_PIECE_DEPTH: Final = 3


class StructureError(InputError):
    """The document is not built as the schema says.

    Attributes:
        code: Stable code of the finding.
        place: Where.
    """

    def __init__(self, code: str, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}, expected {expected}")
        self.code = code
        self.place = place
        self.found = found
        self.expected = expected


class Piece(Struct, frozen=True):
    """A piece of the document.

    Attributes:
        part: `nachweis`, `inhalt`, or empty for the root, a head, or what stands beside them.
        name: The element's name without its namespace; the root's for its attributes, `STRAY` for a comment or a
            processing instruction that stands between pieces.
        element: The element; gone when the next piece is asked for.
    """

    part: str
    name: str
    element: etree._Element


def local(element: etree._Element) -> str:
    """Give the name of an element of ours; with its namespace in braces where it is none."""
    name = str(element.tag)
    prefix = f"{{{NAMESPACE}}}"
    return name.removeprefix(prefix)


def key_of(element: etree._Element) -> str:
    """Say which piece it is: its name, and the position, id or digest by which it is told from others of its name."""
    name = local(element)
    kennung = element.get("kennung")
    if kennung is not None:
        return f"{name} {kennung}"
    for each in ("position", "kennung", "groesse", "hashwert"):
        found = element.findtext(f"{{{NAMESPACE}}}{each}")
        if found is not None:
            return f"{name} {found[:80]}"
    return name


def pieces(path: Path, *, is_checked: bool = True, until: str | None = None) -> Iterator[Piece]:
    """Read the pieces of a document in order.

    Args:
        path: The file.
        is_checked: Whether each piece is held against the schema.
        until: Stop where this part begins.

    Raises:
        StructureError: Not well-formed, with a document type or entities, or not built as the schema says.
    """
    schema = validator() if is_checked else None
    try:
        with path.open("rb") as handle:
            yield from _pieces(handle, schema, until)
    except etree.XMLSyntaxError as error:
        raise StructureError(
            "XML_NOT_WELL_FORMED", f"line {error.lineno}", str(error.msg), "a document that is XML"
        ) from error
    except OSError as error:
        msg = f"{path.name}: cannot be read: {error.strerror}"
        raise InputError(msg) from error


class _Counted:
    """A file that knows how much was read of it."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.count = 0

    def read(self, size: int) -> bytes:
        data = self._handle.read(size)
        self.count += len(data)
        return data


def _pieces(handle: BinaryIO, schema: etree.XMLSchema | None, until: str | None) -> Iterator[Piece]:
    source = _Counted(handle)
    context = etree.iterparse(
        source,
        events=("start", "end", "comment", "pi"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=False,
    )
    place = _Place()
    for event, element in context:
        if source.count - place.begun > PIECE_BYTES_MAX:
            raise StructureError(
                "XML_TOO_LARGE", place.name, f"over {PIECE_BYTES_MAX} bytes in one piece", "a piece of bounded size"
            )
        if event == "start":
            place.enter(element, read=source.count)
            if place.depth == 1:
                yield Piece("", ROOT, element)
            elif place.part == until and until is not None:
                return
        elif event in ("comment", "pi"):
            if place.is_between:
                yield Piece(place.part if place.depth > 1 else "", STRAY, element)
        elif place.leave(element):
            _check(element, schema)
            yield Piece("" if place.depth == 1 else place.part, local(element), element)
            element.clear(keep_tail=True)
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    if place.seen != [*HEADS, *PARTS]:
        raise StructureError("XML_INVALID", ROOT, ", ".join(place.seen) or "nothing", ", ".join((*HEADS, *PARTS)))


class _Place:
    """Where in the document its reader is, and what must not stand there."""

    def __init__(self) -> None:
        self.depth = 0
        self.part = ""
        self.seen: list[str] = []
        self.begun = 0
        self._count = 0

    @property
    def name(self) -> str:
        return self.part or ROOT

    @property
    def is_between(self) -> bool:
        """Whether it is beside pieces and in none."""
        return self.depth <= 1 or (self.depth == _PART_DEPTH and self.part in PARTS)

    def enter(self, element: etree._Element, *, read: int) -> None:
        self.depth += 1
        self._count += 1
        if self.depth == 1:
            _check_root(element)
        elif self.depth == _PART_DEPTH:
            self._count = 0
            self.part = local(element)
            _check_order(self.seen, self.part)
            _check_between(element, ROOT)
            if self.part in PARTS and element.attrib:
                raise StructureError("XML_INVALID", self.part, f"the attribute {element.keys()[0][:80]}", "none")
        elif self.depth == _PIECE_DEPTH and self.part in PARTS:
            self._count, self.begun = 0, read
            _check_between(element, self.part)
        if self._count > PIECE_ELEMENTS_MAX:
            raise StructureError(
                "XML_TOO_LARGE",
                self.name,
                f"over {PIECE_ELEMENTS_MAX} elements in one piece",
                "a piece of bounded size",
            )

    def leave(self, element: etree._Element) -> bool:
        """Go out of an element; says whether it was a piece."""
        self.depth -= 1
        if self.depth == 1 and self.part in HEADS:
            return True
        if self.depth == _PART_DEPTH and self.part in PARTS:
            return True
        if self.depth <= 1:
            _check_text(element[-1].tail if len(element) else element.text, self.part if self.depth == 1 else ROOT)
        return False


def _check_between(element: etree._Element, place: str) -> None:
    """Refuse text before an element, where there are elements alone."""
    before, parent = element.getprevious(), element.getparent()
    while before is not None:
        _check_text(before.tail, place)
        before = before.getprevious()
    _check_text(None if parent is None else parent.text, place)


def _check_text(text: str | None, place: str) -> None:
    if text is not None and text.strip():
        raise StructureError("XML_INVALID", place, f"the text {text.strip()[:80]!r} between elements", "elements alone")


def _check_root(element: etree._Element) -> None:
    info = element.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise StructureError("XML_FORBIDDEN", "the document's head", "a document type", "none, and no entities")
    if local(element) != ROOT:
        raise StructureError("XML_INVALID", "the root element", str(element.tag)[:200], f"{{{NAMESPACE}}}{ROOT}")


def _check_order(seen: list[str], name: str) -> None:
    expected = (*HEADS, *PARTS)
    if len(seen) == len(expected) or name != expected[len(seen)]:
        raise StructureError(
            "XML_INVALID", ROOT, name[:200], expected[len(seen)] if len(seen) < len(expected) else "no more"
        )
    seen.append(name)


def _check(element: etree._Element, schema: etree.XMLSchema | None) -> None:
    for inner in element.iter(etree.Entity):
        raise StructureError("XML_FORBIDDEN", key_of(element), f"the entity {inner.text!r}", "no entities")
    if schema is not None and not schema.validate(element):
        last = schema.error_log.last_error
        raise StructureError(
            "XML_INVALID",
            key_of(element),
            "not valid" if last is None else f"line {last.line}: {last.message[:300]}",
            "what the schema says",
        )
