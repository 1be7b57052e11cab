"""The head of a message and the message as a whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from lxml import etree

from projections.export.edition import PRODUCT
from projections.export.xdomea.codes import DVDV, MESSAGE_TYPES
from projections.export.xdomea.naming import MESSAGES, object_uuid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

    from projections.export.xdomea.dialect import Dialect
    from projections.export.xdomea.model import Case, Folder, Head, Party
    from projections.export.xdomea.objects import Builder

_HANDOVER: Final = "0503"


def message(builder: Builder, number: str, head: Head, found: Sequence[tuple[Case, Folder]], *, register: str) -> bytes:
    """Give a message, encoded.

    Args:
        builder: Writes the records.
        number: 0501 or 0503.
        head: What stands at its head.
        found: The records.
        register: UUID of the register.
    """
    dialect = builder.dialect
    root = dialect.root(f"{MESSAGES[number]}.{number}")
    if dialect.is_4:
        _head_of_4(dialect, root, number, head)
    else:
        _head_of_3(dialect, root, number, head)
    builder.records(root, found)
    if dialect.is_4:
        # A message that differs must not bear the UUID of another one, and one that is sent again bears the same.
        digest = hashlib.sha256(etree.tostring(root, method="c14n")).hexdigest()
        uuid = object_uuid(register, "nachricht", head.process, number, str(head.number), digest)
        root[0][0][0].text = uuid
    etree.indent(root, space=" ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _head_of_3(dialect: Dialect, root: Element, number: str, head: Head) -> None:
    put = dialect.put
    kopf = put(root, "Kopf")
    put(kopf, "ProzessID", head.process)
    dialect.put_code(kopf, "Nachrichtentyp", MESSAGE_TYPES[number])
    put(kopf, "Erstellungszeitpunkt", head.made_at)
    _contact(dialect, put(kopf, "Absender"), head.sender)
    _contact(dialect, put(kopf, "Empfaenger"), head.receiver)
    system = put(kopf, "SendendesSystem")
    put(system, "Produktname", PRODUCT)
    put(system, "Version", head.product_version)
    put(kopf, "Hinweis", head.note)
    _answers(dialect, kopf, number)


def _head_of_4(dialect: Dialect, root: Element, number: str, head: Head) -> None:
    put = dialect.put
    for name, value in (
        ("produkt", PRODUCT),
        ("produkthersteller", PRODUCT),
        ("produktversion", head.product_version),
        ("standard", "xdomea"),
        ("version", dialect.version),
    ):
        root.set(name, value)
    if head.is_test:
        root.set("test", "true")
    kopf = put(root, "nachrichtenkopf")
    identification = put(kopf, "identifikation.nachricht")
    # The type of these three comes from another standard, and they bear no namespace.
    etree.SubElement(identification, "nachrichtenUUID")
    kind = etree.SubElement(identification, "nachrichtentyp")
    code = MESSAGE_TYPES[number]
    kind.set("listURI", code.of.uri)
    kind.set("listVersionID", code.of.in_4)
    etree.SubElement(kind, "code").text = code.code
    etree.SubElement(kind, "name").text = code.name
    etree.SubElement(identification, "erstellungszeitpunkt").text = head.made_at
    _contact(dialect, put(kopf, "leser"), head.receiver)
    _contact(dialect, put(kopf, "autor"), head.sender)
    put(kopf, "ProzessID", head.process)
    put(kopf, "Hinweis", head.note)
    _answers(dialect, root, number)
    put(root, "LfdNrNachrichtProTyp", str(head.number))
    put(root, "GesamtanzahlNachrichtenProTyp", str(head.count))


def _answers(dialect: Dialect, parent: Element, number: str) -> None:
    """Ask for every answer there is: they are what custody records."""
    if number == _HANDOVER:
        # Lexically 1: libxml2 compares a fixed value by its letters.
        dialect.put(parent, "Importbestaetigung", "1")
        dialect.put(parent, "RueckmeldungArchivkennung", "1")
    dialect.put(parent, "Empfangsbestaetigung", "1")


def _contact(dialect: Dialect, contact: Element, party: Party) -> None:
    put = dialect.put
    if party.authority is not None:
        prefix, key = party.authority
        authority = put(contact, "Behoerdenkennung")
        if dialect.is_4:
            directory = put(authority, "verzeichnisdienst")
            directory.set("listURI", DVDV.of.uri)
            directory.set("listVersionID", DVDV.of.in_4)
            etree.SubElement(directory, "code").text = DVDV.code
            put(authority, "kennung", f"{prefix}:{key}")
        else:
            # Which list a key is from depends on its prefix, and no list of the prefixes is named by the standard.
            for name, value in (("Behoerdenschluessel", key), ("Praefix", prefix)):
                etree.SubElement(put(authority, name), "code").text = value
    put(put(contact, dialect.institution), "Name", party.name)
