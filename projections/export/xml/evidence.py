"""The evidence in an export: tokens, disclosures, keys, checkpoints and proofs, as elements.

Signed bytes stand in base64, never as text or in attributes: a parser may change line ends and white space of those,
and what was signed are bytes.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from lxml import etree

from archive.archive import ERASED_SIZE
from archive.disclosure import split
from archive.excerpt import Reason
from archive.keys import certificate_digest, certificate_key, public_key_bytes
from domain.events import LogKeyChanged, RegisterOpened, RootChanged, SignerEnrolled, SignerRevoked
from domain.vocabulary import SignatureAlgorithm
from projections.export.files import document_name
from projections.export.xml.schema import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from archive.excerpt import Excerpt
    from archive.excerpt.kept import Entry, KeptCheckpoint, KeptDocument
    from domain.stream import RecordedEvent

REASONS: Final = {
    Reason.NON_PUBLIC: "nichtOeffentlich",
    Reason.PERSONAL: "personenbezogen",
    Reason.BLOCKED: "gesperrt",
    Reason.ERASED: "geloescht",
}
# Why a document's bytes are not in the export.
DOCUMENT_REASONS: Final = {"only_in_package": "nurImPaket", "not_held": "liegtNichtVor"}
NSMAP: Final = {"xrb": NAMESPACE}
# What a line of base64 may hold; longer values are broken, so that people and tools can open the file.
_LINE: Final = 76


def tag(name: str) -> str:
    """Give the qualified name of an element."""
    return f"{{{NAMESPACE}}}{name}"


def made_piece(name: str) -> etree._Element:
    """Make a piece, with the prefix that it has in the document."""
    return etree.Element(tag(name), nsmap=NSMAP)


def child(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Append an element."""
    made = etree.SubElement(parent, tag(name), attributes)
    made.text = text
    return made


def base64_text(data: bytes) -> str:
    """Write bytes as base64, in lines."""
    text = base64.b64encode(data).decode()
    if len(text) <= _LINE:
        return text
    return "\n".join(["", *(text[at : at + _LINE] for at in range(0, len(text), _LINE)), ""])


def evidence(archive: Archive, excerpt: Excerpt) -> Iterator[etree._Element]:
    """Give the children of `nachweis`, one at a time.

    Args:
        archive: The excerpt, opened.
        excerpt: What stands beside its events.
    """
    register = archive.register
    checkpoints = excerpt.checkpoints()
    yield _leaf("ratsbuch", register.id)
    yield _leaf("anker", register.anchor_hex)
    yield _leaf("groesse", str(checkpoints[0].size))
    for checkpoint in checkpoints:
        yield _checkpoint(checkpoint)
    for stream, last in excerpt.ends():
        made = made_piece("strom")
        child(made, "kennung", stream)
        child(made, "letzteFolgenummer", str(last))
        yield made
    for entry in excerpt.entries():
        yield _entry(entry)
    history = archive.history(f"register:{register.id}")
    yield from _keys(history)
    for document in excerpt.documents():
        yield _document(register.id, document)


def _leaf(name: str, text: str) -> etree._Element:
    made = made_piece(name)
    made.text = text
    return made


def _checkpoint(checkpoint: KeptCheckpoint) -> etree._Element:
    made = made_piece("pruefpunkt")
    child(made, "groesse", str(checkpoint.size))
    child(made, "wortlaut", base64_text(checkpoint.note))
    if checkpoint.hashes:
        _hashes(child(made, "konsistenznachweis"), checkpoint.hashes)
    return made


def _hashes(parent: etree._Element, hashes: tuple[bytes, ...]) -> None:
    for one in hashes:
        child(parent, "pfadHashwert", base64.b64encode(one).decode())


def _entry(entry: Entry) -> etree._Element:
    row = entry.row
    made = made_piece("eintrag")
    child(made, "position", str(row.position))
    child(made, "strom", row.stream)
    child(made, "folgenummer", str(row.originator_version))
    if len(row.state) == ERASED_SIZE:
        reason = {} if entry.reason is None else {"grund": REASONS[Reason(entry.reason)]}
        child(made, "protokolleintrag", base64_text(row.state), **reason)
    else:
        child(made, "typ", row.topic)
        child(made, "wert", base64_text(row.state))
    for text in split(row.disclosed):
        child(made, "offenlegung", base64_text(text))
    for digest, reason_code in entry.omitted:
        omitted = child(made, "vorenthalten")
        child(omitted, "hashwert", digest)
        child(omitted, "grund", REASONS[Reason(reason_code)])
    if entry.proof:
        _hashes(child(made, "einschlussnachweis"), entry.proof)
    return made


def _keys(history: tuple[RecordedEvent, ...]) -> Iterator[etree._Element]:
    """Give the keys of the register, for readers without a program that reads tokens."""
    revoked = {
        str(record.event.certificate_digest): record.position
        for record in history
        if isinstance(record.event, SignerRevoked)
    }
    for record in history:
        event = record.event
        if isinstance(event, RegisterOpened | RootChanged):
            certificate = base64.b64decode(str(event.root_certificate))
            algorithm = SignatureAlgorithm(str(event.root_algorithm))
            made = _key(
                certificate_digest(certificate),
                algorithm,
                record.by.person,
                ("root",),
                base64.b64encode(public_key_bytes(certificate_key(certificate, algorithm))).decode(),
                str(event.root_certificate),
            )
            child(made, "gueltigAb", str(record.position))
            yield made
        elif isinstance(event, SignerEnrolled):
            digest = str(event.certificate_digest)
            made = _key(
                digest,
                str(event.algorithm),
                str(event.person),
                tuple(map(str, event.roles)) if isinstance(event.roles, tuple) else (),
                str(event.public_key),
                event.certificate if isinstance(event.certificate, str) else None,
            )
            child(made, "gueltigAb", str(record.position))
            if digest in revoked:
                child(made, "widerrufenAb", str(revoked[digest]))
            yield made
    for record in history:
        event = record.event
        if isinstance(event, RegisterOpened | LogKeyChanged):
            made = made_piece("protokollschluessel")
            child(made, "ed25519", str(event.log_ed25519))
            child(made, "mldsa44", str(event.log_mldsa44))
            child(made, "gueltigAb", str(record.position))
            yield made


def _key(  # each is a member of its own
    digest: str, algorithm: str, holder: str, roles: tuple[str, ...], public_key: str, certificate: str | None
) -> etree._Element:
    made = made_piece("schluessel")
    child(made, "kennung", digest)
    child(made, "verfahren", str(algorithm))
    child(made, "inhaber", holder)
    for role in roles:
        child(made, "rolle", role)
    child(made, "oeffentlicherSchluessel", base64_text(base64.b64decode(public_key)))
    if certificate is not None:
        child(made, "zertifikat", base64_text(base64.b64decode(certificate)))
    return made


def _document(register: str, document: KeptDocument) -> etree._Element:
    made = made_piece("dokument")
    child(made, "hashwert", document.digest)
    if document.size >= 0:
        child(made, "groesseBytes", str(document.size))
    if document.media_type is not None:
        child(made, "medientyp", document.media_type)
    if document.title is not None:
        child(made, "bezeichnung", document.title)
    if document.included:
        name = document_name(register, document.digest, media_type=document.media_type, title=document.title)
        child(made, "dateiname", name)
    child(made, "enthalten", "true" if document.included else "false")
    if document.reason is not None:
        child(made, "grund", DOCUMENT_REASONS[document.reason])
    return made
