"""From the document back to the excerpt: the terms, and the evidence as it stands there, byte for byte.

What is said in words is not read here; it is made again from the excerpt and compared (`comparing`).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.disclosure import EMPTY_ROW
from archive.errors import InputError, IntegrityError
from archive.excerpt import Excerpt, Terms
from archive.excerpt.kept import KeptDocument
from archive.store.sqlite import StoredRow
from projections.export.xml.evidence import DOCUMENT_REASONS, REASONS
from projections.export.xml.message import AUDIENCES
from projections.export.xml.parsing import StructureError, key_of, pieces
from projections.export.xml.schema import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lxml import etree

_AUDIENCES: Final = {word: audience for audience, word in AUDIENCES.items()}
_REASONS: Final = {word: reason for reason, word in REASONS.items()}
_DOCUMENT_REASONS: Final = {word: reason for reason, word in DOCUMENT_REASONS.items()}
_HASH_SIZE: Final = 32


class Read(Struct, frozen=True):
    """What was read of a document.

    Attributes:
        excerpt: The evidence.
        terms: The terms that it states.
        register: UUID of the register, as stated.
        anchor: The anchor, as stated.
        size: How many events the newest checkpoint is over, as stated.
    """

    excerpt: Excerpt
    terms: Terms
    register: str
    anchor: str
    size: int


def read(
    path: Path, folder: Path, *, contents: Callable[[str], Path | None], progress: Callable[[int], None] | None = None
) -> Read:
    """Read terms and evidence.

    Args:
        path: The document.
        folder: An empty folder for the excerpt; the caller's to remove.
        contents: Gives the file that holds a document of the export by its name; None where there is none.
        progress: Told how many pieces have been read.

    Raises:
        StructureError: It is not built as the schema says.
        StorageError: The disk does not take it.
    """
    reader = _Reader(folder, contents)
    try:
        for count, piece in enumerate(pieces(path, until="inhalt"), start=1):
            reader.take(piece.name, piece.element)
            if progress is not None:
                progress(count)
        return reader.result()
    except BaseException:
        reader.close()
        raise


def _text(element: etree._Element, name: str) -> str | None:
    found: str | None = element.findtext(f"{{{NAMESPACE}}}{name}")
    return found


def _wanted(element: etree._Element, name: str) -> str:
    found = _text(element, name)
    if found is None:
        raise StructureError("XML_INVALID", key_of(element), f"no {name}", f"a {name}")
    return found


def _number(element: etree._Element, name: str) -> int:
    text = _wanted(element, name)
    if len(text) > 10 or not text.isascii() or not text.isdigit():  # noqa: PLR2004  # positions are below 2^31
        raise StructureError("XML_INVALID", key_of(element), f"{name} {text[:40]!r}", "a number")
    return int(text)


def _bytes(element: etree._Element | None, where: str) -> bytes:
    """Read base64, however its lines are broken.

    What is given is checked by what is over it: signature, digest, log entry.
    """
    text = "" if element is None else "".join((element.text or "").split())
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise StructureError("XML_INVALID", where, str(error), "base64 with padding") from error


def _hashes(element: etree._Element | None, where: str) -> tuple[bytes, ...]:
    if element is None:
        return ()
    found = tuple(_bytes(each, where) for each in element.findall(f"{{{NAMESPACE}}}pfadHashwert"))
    if any(len(each) != _HASH_SIZE for each in found):
        raise StructureError("XML_INVALID", where, "a hash of another length", f"{_HASH_SIZE} bytes")
    return found


class _Reader:
    def __init__(self, folder: Path, contents: Callable[[str], Path | None]) -> None:
        self._folder = folder
        self._contents = contents
        self._excerpt: Excerpt | None = None
        self._terms: Terms | None = None
        self._version = ""
        self._facts: dict[str, str] = {}
        self._has_entry = False

    @property
    def excerpt(self) -> Excerpt:
        if self._excerpt is None:
            raise StructureError("XML_INVALID", "nachweis", "no ratsbuch before it", "ratsbuch, anker, groesse first")
        return self._excerpt

    def close(self) -> None:
        if self._excerpt is not None:
            self._excerpt.close()

    def take(self, name: str, element: etree._Element) -> None:
        match name:
            case "auszug":
                root = element.getparent()
                self._version = "" if root is None else root.get("produktversion", "")
                self._terms = self._read_terms(element)
            case "ratsbuch" | "anker" | "groesse":
                if name in self._facts:
                    raise StructureError("XML_INVALID", "nachweis", f"{name} twice", "each once")
                self._facts[name] = element.text or ""
                if name == "ratsbuch":
                    self._excerpt = Excerpt.create(self._folder, register=self._facts["ratsbuch"])
            case "pruefpunkt":
                where = key_of(element)
                self._noting(
                    where,
                    lambda: self.excerpt.checkpoint(
                        _number(element, "groesse"),
                        _bytes(element.find(f"{{{NAMESPACE}}}wortlaut"), where),
                        _hashes(element.find(f"{{{NAMESPACE}}}konsistenznachweis"), where),
                    ),
                )
            case "strom":
                self._noting(
                    key_of(element),
                    lambda: self.excerpt.end(_wanted(element, "kennung"), _number(element, "letzteFolgenummer")),
                )
            case "eintrag":
                self._has_entry = True
                self._noting(key_of(element), lambda: self._entry(element))
            case "dokument":
                self._noting(key_of(element), lambda: self._document(element))
            case _:
                # Heads and keys are made again from the tokens, and compared.
                pass

    def _noting(self, where: str, put: Callable[[], None]) -> None:
        try:
            put()
        except InputError as error:
            if isinstance(error, StructureError):
                raise
            raise StructureError("XML_INVALID", where, error.message, "each once") from error

    def _read_terms(self, element: etree._Element) -> Terms:
        return Terms(
            audience=_AUDIENCES[_wanted(element, "empfaengerkreis")],
            ground=_text(element, "grund"),
            with_blocked=_wanted(element, "mitGesperrtem") in {"true", "1"},
            whole=_wanted(element, "ganzesRegister") in {"true", "1"},
            subjects=tuple(each.text or "" for each in element.findall(f"{{{NAMESPACE}}}gegenstand")),
            day=_wanted(element, "stichtag"),
            version=self._version,
        )

    def _entry(self, element: etree._Element) -> None:
        where = key_of(element)
        value = element.find(f"{{{NAMESPACE}}}wert")
        bare = element.find(f"{{{NAMESPACE}}}protokolleintrag")
        reason = None if bare is None else bare.get("grund")
        disclosures = [_bytes(each, where) for each in element.findall(f"{{{NAMESPACE}}}offenlegung")]
        row = StoredRow(
            position=_number(element, "position"),
            originator_id=_wanted(element, "strom"),
            originator_version=_number(element, "folgenummer"),
            topic=_text(element, "typ") or "",
            state=_bytes(bare if value is None else value, where),
            disclosed=EMPTY_ROW + b"".join(text + b"~" for text in disclosures) if disclosures else EMPTY_ROW,
        )
        self.excerpt.add(
            row,
            reason=None if reason is None else _REASONS[reason],
            omitted=[
                (_wanted(each, "hashwert"), _REASONS[_wanted(each, "grund")])
                for each in element.findall(f"{{{NAMESPACE}}}vorenthalten")
            ],
            proof=_hashes(element.find(f"{{{NAMESPACE}}}einschlussnachweis"), where),
        )

    def _document(self, element: etree._Element) -> None:
        digest = _wanted(element, "hashwert")
        is_included = _wanted(element, "enthalten") in {"true", "1"}
        name, reason = _text(element, "dateiname"), _text(element, "grund")
        size = _number(element, "groesseBytes") if _text(element, "groesseBytes") is not None else -1
        self.excerpt.document(
            KeptDocument(
                digest=digest,
                size=size,
                media_type=_text(element, "medientyp"),
                title=_text(element, "bezeichnung"),
                included=is_included,
                reason=None if reason is None else _DOCUMENT_REASONS[reason],
            )
        )
        path = self._contents(name) if is_included and name is not None else None
        if path is not None:
            self.excerpt.content(digest, path)

    def result(self) -> Read:
        terms = self._terms
        if terms is None or {"ratsbuch", "anker", "groesse"} - self._facts.keys():
            raise StructureError("XML_INVALID", "nachweis", "no ratsbuch, anker or groesse", "ratsbuch, anker, groesse")
        if not self.excerpt.checkpoints() or not self._has_entry:
            raise StructureError("XML_INVALID", "nachweis", "no pruefpunkt or eintrag", "at least one of each")
        try:
            self.excerpt.settle()
        except IntegrityError as error:
            raise StructureError("XML_INVALID", "nachweis", error.message, "events of one register") from error
        size = self._facts["groesse"]
        return Read(
            excerpt=self.excerpt,
            terms=terms,
            register=self._facts["ratsbuch"],
            anchor=self._facts["anker"],
            size=int(size) if size.isdigit() else 0,
        )
