"""A message, read: which version and number, which process, which records, which files.

All messages of a process are read, of 3.0.0, 3.1.0 and 4.0.0, those of the archive too; what these decide is read where
it is recorded (`archive.intake.xdomea`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import shown
from projections.export.xdomea.naming import MESSAGES
from projections.export.xdomea.parsing import parse

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

VERSIONS: Final = ("3.0.0", "3.1.0", "4.0.0")
_ROOT: Final = re.compile(
    r"\{urn:xoev-de:xdomea:schema:([0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4})\}([A-Za-z]+\.[A-Za-z]+)\.([0-9]{4})\Z"
)
_RECORDS: Final = (
    "Akte",
    "Teilakte",
    "Vorgang",
    "Teilvorgang",
    "Dokument",
    "DokumentMitSchriftstueck",
    "Schriftstueck",
    "Anlage",
)
APPRAISABLE: Final = frozenset({"Akte", "Teilakte", "Vorgang", "Teilvorgang"})
# What an archive answers names records by their UUID alone.
_ANSWERED: Final = {"BewertetesObjekt": "ID", "BewertetesSGO": "xdomeaUUID", "AusgesondertesSGO": "IDSGO"}
_UNKNOWN: Final = "(unbekannt)"


class ReadObject(Struct, frozen=True, kw_only=True):
    """A record in a message.

    Attributes:
        kind: Akte, Vorgang, Dokument and so on, or the element by which an answer names it.
        uuid: Its UUID, as written.
        subject: Its Betreff.
        depth: How deep it lies; 1 is at the root.
        is_context: Whether it is there only to say where others belong; 3.x does not know that.
        is_described: Whether it has metadata for the archive.
    """

    kind: str
    uuid: str
    subject: str | None
    depth: int
    is_context: bool
    is_described: bool


class ReadFile(Struct, frozen=True, kw_only=True):
    """A file that a message names.

    Attributes:
        name: Its name in the container.
        document: The UUID of the document it belongs to.
        algorithm: The code of its hash value's algorithm.
        hash: Its hash value.
    """

    name: str
    document: str | None
    algorithm: str | None
    hash: str | None


class ReadMessage(Struct, frozen=True, kw_only=True):
    """A message.

    Attributes:
        version: The version of xdomea.
        number: The number of the message.
        process: The UUID of the process, as written.
        authority: The Behördenkennung of the sender, prefix and key joined by a colon.
        objects: The records, in the order of the message.
        files: The primary documents, in the order of the message.
    """

    version: str
    number: str
    process: str
    authority: str | None
    objects: tuple[ReadObject, ...]
    files: tuple[ReadFile, ...]


def read_message(data: bytes, *, name: str = "message") -> ReadMessage:
    """Read a message.

    Args:
        data: The message.
        name: What to call it in an error.

    Raises:
        InputError: It is no message of a process of appraisal and handover, or not of a version that is read here.
    """
    return message_of(parse(data, name), name=name)


def message_of(root: Element, *, name: str) -> ReadMessage:
    """Read a message from its root, see `read_message`."""
    found = _ROOT.match(root.tag)
    if found is None or found[1] not in VERSIONS:
        raise InputError(
            f"{name}: found {shown(str(root.tag))}, expected a message of xdomea {', '.join(VERSIONS)}",
            hint="other versions have other elements and are not read",
        )
    version, message, number = found.groups()
    if MESSAGES.get(number) != message:
        raise InputError(
            f"{name}: found {shown(f'{message}.{number}')}, expected one of {', '.join(MESSAGES.values())}"
        )
    reader = _Reader(root, f"{{urn:xoev-de:xdomea:schema:{version}}}")
    process = reader.text(root, "nachrichtenkopf/ProzessID" if version == "4.0.0" else "Kopf/ProzessID")
    if process is None:
        raise InputError(f"{name}: found no ProzessID, expected the UUID of the process")
    return ReadMessage(
        version=version,
        number=number,
        process=process,
        authority=reader.authority(),
        objects=reader.objects(),
        files=reader.files(),
    )


class _Reader:
    def __init__(self, root: Element, namespace: str) -> None:
        self.root = root
        self._namespace = namespace

    def _path(self, path: str) -> str:
        return "/".join(f"{self._namespace}{step}" for step in path.split("/"))

    def text(self, element: Element, path: str) -> str | None:
        """Give the text at a path of elements; None where there is none."""
        found = element.findtext(self._path(path))
        return found.strip() or None if found is not None else None

    def authority(self) -> str | None:
        known = self.text(self.root, "nachrichtenkopf/autor/Behoerdenkennung/kennung")
        if known is not None:
            return known
        sender = self.root.find(self._path("Kopf/Absender/Behoerdenkennung"))
        if sender is None:
            return None
        parts = [sender.findtext(f"{self._namespace}{name}/code") for name in ("Praefix", "Behoerdenschluessel")]
        return ":".join(part for part in parts if part) or None

    def uuid(self, record: Element) -> str | None:
        """Give the UUID of a record; None where the element is none."""
        return self.text(record, "Identifikation/xdomeaUUID") or self.text(record, "Identifikation/ID")

    def objects(self) -> tuple[ReadObject, ...]:
        found: list[ReadObject] = []
        self._records(self.root, 0, found)
        for element, uuid in _ANSWERED.items():
            for answered in self.root.iter(f"{self._namespace}{element}"):
                name = self.text(answered, uuid) or self.text(answered, "xdomeaUUID") or _UNKNOWN
                found.append(
                    ReadObject(kind=element, uuid=name, subject=None, depth=1, is_context=False, is_described=False)
                )
        return tuple(found)

    def _records(self, parent: Element, depth: int, found: list[ReadObject]) -> None:
        # The parser lets nothing nest deeper than 256, so this ends.
        for child in parent:
            kind = child.tag.rpartition("}")[2]
            is_record = kind in _RECORDS and child.find(self._path("Identifikation")) is not None
            if is_record:
                metadata = ("ArchivspezifischeMetadaten", "Aussonderungsmetadaten")
                found.append(
                    ReadObject(
                        kind=kind,
                        uuid=self.uuid(child) or _UNKNOWN,
                        subject=self.text(child, "AllgemeineMetadaten/Betreff"),
                        depth=depth + 1,
                        is_context=self.text(child, "Kontextobjekt") in {"1", "true"},
                        is_described=any(child.find(self._path(name)) is not None for name in metadata),
                    )
                )
            self._records(child, depth + is_record, found)

    def files(self) -> tuple[ReadFile, ...]:
        found = []
        for primary in self.root.iter(f"{self._namespace}Primaerdokument"):
            owner = next((one for one in primary.iterancestors() if self.uuid(one) is not None), None)
            algorithm = primary.find(self._path("Hash/Algorithmus"))
            found.append(
                ReadFile(
                    name=self.text(primary, "Dateiname") or _UNKNOWN,
                    document=self.uuid(owner) if owner is not None else None,
                    algorithm=algorithm.findtext("code") if algorithm is not None else None,
                    hash=self.text(primary, "Hash/Wert"),
                )
            )
        return tuple(found)
