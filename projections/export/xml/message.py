"""The whole document: head, terms, evidence and what it says in words, written as a stream.

Every piece is held against the schema before it is written, so that what is released is valid, and memory does not
grow with the register: of a piece nothing is kept but the positions that may be referred to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from archive.excerpt import Audience
from projections.export.edition import EXAMPLE, PRODUCT
from projections.export.files import stable_uuid
from projections.export.xml import content
from projections.export.xml.evidence import child, evidence, made_piece, tag
from projections.export.xml.schema import (
    CODE_LIST_VERSION,
    NAMESPACE,
    SCHEMA_VERSION,
    STANDARD,
    code_list_uri,
    references,
    validator,
)
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from archive.excerpt import Excerpt
    from projections.export.edition import Edition

ROOT: Final = "archivierung.RatsbuchAuszug.0101"
MESSAGE: Final = "0101"
AUDIENCES: Final = {
    Audience.ARCHIVE: "archiv",
    Audience.PARTICIPANT: "beteiligte",
    Audience.PUBLIC: "oeffentlichkeit",
}
NOTE: Final = (
    "Orientiert an XÖV, nicht zertifiziert. Maßgeblich sind die signierten Einträge unter nachweis; was unter inhalt "
    "steht, folgt aus ihnen und lässt sich mit `ratsbuch verify` nachrechnen."
)
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_INDENT: Final = "  "
_BLOCK: Final = 1024


class InvalidDocumentError(Exception):
    """A piece of the document is not valid: a fault of the program, which must never reach a recipient."""


def write(
    edition: Edition,
    excerpt: Excerpt,
    out: BinaryIO,
    *,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the document.

    Args:
        edition: What is told.
        excerpt: The evidence that goes with it.
        out: Takes the bytes.
        progress: Told how many pieces have been written.

    Raises:
        InvalidDocumentError: A piece is not valid.
    """
    count = 0
    schema = validator()
    known = _Positions()

    def put(file: etree._IncrementalFileWriter, piece: etree._Element, *, level: int) -> None:
        nonlocal count
        if not schema.validate(piece):
            last = schema.error_log.last_error
            msg = f"{etree.QName(piece).localname}: {last.message if last is not None else 'not valid'}"
            raise InvalidDocumentError(msg)
        known.take(piece)
        etree.indent(piece, space=_INDENT, level=level)
        file.write("\n" + _INDENT * level)
        file.write(piece)
        count += 1
        if progress is not None:
            progress(count)

    attributes = {
        "produkt": PRODUCT,
        "produkthersteller": PRODUCT,
        "produktversion": edition.terms.version,
        "standard": STANDARD,
        "version": SCHEMA_VERSION,
    }
    if edition.is_example:
        attributes["test"] = "true"
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with file.element(tag(ROOT), attributes, nsmap={"xrb": NAMESPACE, "xsi": _XSI}):
            put(file, _head(edition, excerpt), level=1)
            put(file, _terms(edition), level=1)
            for name, pieces in (
                ("nachweis", evidence(edition.archive, excerpt)),
                ("inhalt", content.elements(edition)),
            ):
                file.write("\n" + _INDENT)
                with file.element(tag(name)):
                    for piece in pieces:
                        put(file, piece, level=2)
                    file.write("\n" + _INDENT)
            file.write("\n")
    out.write(b"\n")


class _Positions:
    """The positions in the evidence, a bit each; a piece alone cannot be asked whether what it refers to is there."""

    def __init__(self) -> None:
        # By blocks: how far positions go a document says itself, and so it must not be what memory is taken for.
        self._blocks: dict[int, int] = {}

    def take(self, piece: etree._Element) -> None:
        """Note the position of an event, and refuse a reference to one that is not in the evidence.

        Raises:
            InvalidDocumentError: There is such a reference.
        """
        if piece.tag == tag("eintrag"):
            position = int(piece.findtext(tag("position")) or 0)
            self._blocks[position // _BLOCK] = self._blocks.get(position // _BLOCK, 0) | 1 << position % _BLOCK
            return
        for position in references(piece):
            if not self._blocks.get(position // _BLOCK, 0) >> position % _BLOCK & 1:
                msg = f"{etree.QName(piece).localname}: rests on position {position}, which is not in the evidence"
                raise InvalidDocumentError(msg)


def message_uuid(edition: Edition, excerpt: Excerpt) -> str:
    """Give the UUID of the document: the same for the same state on the same terms, by the same version."""
    terms = edition.terms
    return stable_uuid(
        edition.register.id,
        "auszug",
        str(terms.audience),
        terms.ground or "",
        str(terms.with_blocked),
        str(terms.whole),
        terms.day,
        terms.version,
        str(excerpt.checkpoints()[0].size),
        *terms.subjects,
    )


def _head(edition: Edition, excerpt: Excerpt) -> etree._Element:
    made = made_piece("nachrichtenkopf")
    identification = child(made, "identifikation.nachricht")
    child(identification, "nachrichtenUUID", message_uuid(edition, excerpt))
    kind = child(
        identification, "nachrichtentyp", listURI=code_list_uri("nachrichtentyp"), listVersionID=CODE_LIST_VERSION
    )
    child(kind, "code", MESSAGE)
    child(identification, "erstellungszeitpunkt", moment(edition.recorded_until))
    author = child(made, "autor")
    child(author, "name", edition.register.name)
    child(author, "kennung", edition.register.id)
    child(made, "hinweis", f"{EXAMPLE}. {NOTE}" if edition.is_example else NOTE)
    return made


def _terms(edition: Edition) -> etree._Element:
    terms = edition.terms
    made = made_piece("auszug")
    child(made, "empfaengerkreis", AUDIENCES[terms.audience])
    if terms.ground is not None:
        child(made, "grund", terms.ground)
    child(made, "mitGesperrtem", "true" if terms.with_blocked else "false")
    child(made, "ganzesRegister", "true" if terms.whole else "false")
    child(made, "stichtag", terms.day)
    for subject in terms.subjects:
        child(made, "gegenstand", subject)
    return made
