"""The codes that are written, each with its official list; tests look all of them up in the lists themselves."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain.vocabulary import AppraisalDecision

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_XDOMEA: Final = "urn:xoev-de:xdomea:codeliste:"


class CodeList(Struct, frozen=True, kw_only=True):
    """A code list by its URI, and which version of it a version of xdomea takes."""

    uri: str
    in_3: str
    in_4: str


class Code(Struct, frozen=True, kw_only=True):
    """A code of a list; `name` is the list's own description of it."""

    of: CodeList
    code: str
    name: str


MESSAGE_TYPE: Final = CodeList(uri=f"{_OF_XDOMEA}nachrichtentyp", in_3="2.0", in_4="3.0")
DISPOSAL: Final = CodeList(uri=f"{_OF_XDOMEA}aussonderungsart", in_3="1.0", in_4="1.0")
PROPOSAL: Final = CodeList(uri=f"{_OF_XDOMEA}bewertungsvorschlag", in_3="1.0", in_4="1.0")
STEP_STATUS: Final = CodeList(uri=f"{_OF_XDOMEA}beteiligungsstatus", in_3="1.1", in_4="1.1")
OBJECT_TYPE: Final = CodeList(uri=f"{_OF_XDOMEA}schriftgutobjekttyp", in_3="1.0", in_4="1.0")
FILE_FORMAT: Final = CodeList(uri=f"{_OF_XDOMEA}dateiformat", in_3="1.0", in_4="2.0")
# Only 4.0 has these two.
HASH: Final = CodeList(
    uri="urn:xoev-de:kosit:codeliste:xta.serviceprofile.kryptographische-algorithmen", in_3="1.0.0", in_4="1.0.0"
)
DIRECTORY: Final = CodeList(uri="urn:xoev-de:kosit:codeliste:verzeichnisdienst", in_3="3", in_4="3")


def _table(of: CodeList, rows: Mapping[str, str]) -> Mapping[str, Code]:
    return MappingProxyType({code: Code(of=of, code=code, name=name) for code, name in rows.items()})


MESSAGE_TYPES: Final = _table(
    MESSAGE_TYPE, {"0501": "Aussonderung.Anbieteverzeichnis", "0503": "Aussonderung.Aussonderung"}
)
_DISPOSALS: Final = _table(
    DISPOSAL,
    {
        "A": "Das Schriftgutobjekt ist archivwürdig.",
        "B": "Das Schriftgutobjekt ist zum Bewerten markiert.",
        "V": "Das Schriftgutobjekt ist zum Vernichten markiert.",
    },
)
TO_BE_APPRAISED: Final = _DISPOSALS["B"]
# A sample is neither wanted as a whole nor to be destroyed as a whole: no code of the list says so.
DISPOSALS: Final[Mapping[AppraisalDecision, Code]] = MappingProxyType(
    {AppraisalDecision.ARCHIVE: _DISPOSALS["A"], AppraisalDecision.DISPOSE: _DISPOSALS["V"]}
)
_PROPOSALS: Final = _table(
    PROPOSAL, {"A": "Das Schriftgutobjekt ist archivwürdig.", "V": "Das Schriftgutobjekt ist zum Vernichten markiert."}
)
PROPOSALS: Final[Mapping[AppraisalDecision, Code]] = MappingProxyType(
    {AppraisalDecision.ARCHIVE: _PROPOSALS["A"], AppraisalDecision.DISPOSE: _PROPOSALS["V"]}
)
STEPS: Final = _table(
    STEP_STATUS,
    {
        "001": "Der Schritt liegt in der Zukunft.",
        "002": "Der Schritt ist aktuell.",
        "003": "Der Schritt ist abgeschlossen.",
        "004": (
            "Der Schritt wurde übersprungen, jedoch nicht aus dem Geschäftsgang gelöscht. Der Schritt wird im Verlauf "
            "des Geschäftsgangs nicht mehr angesprochen."
        ),
    },
)
CASE_TYPE: Final = Code(of=OBJECT_TYPE, code="003", name="Vorgang")
SHA_256: Final = Code(of=HASH, code="SHA-256", name="http://www.w3.org/2001/04/xmlenc#sha256")
DVDV: Final = Code(of=DIRECTORY, code="DVDV", name="Deutsches Verwaltungsdiensteverzeichnis")
_FORMATS: Final = _table(
    FILE_FORMAT,
    {
        "002": "csv - Comma Separated Values",
        "003": "doc - Microsoft Word for Windows Document",
        "008": "html - Hypertext Markup Language",
        "011": "jpg - JPEG File Interchange Format",
        "014": "ods - OpenDocument Spreadsheet Format",
        "015": "odt - OpenDocument Text Format",
        "018": "pdf - Portable Document Format",
        "019": "png - Portable Network Graphics",
        "022": "rtf - Rich Text Format",
        "023": "tif - Tagged Image File Format",
        "028": "xls - Binary Interchange File Format (BIFF) Worksheet",
        "030": "xml - eXtensible Markup Language",
        "031": "xsd - XML Schema Definition",
        "035": "docx - Office Open XML Text",
        "036": "xlsx - Office Open XML Spreadsheet",
        "037": "pptx - Office Open XML Presentation",
        "044": "pdf - Portable Document Format (Archival)",
        "045": "txt - Unicode Text File",
        "100": "Sonstiges",
    },
)
ARCHIVAL_PDF: Final = _FORMATS["044"]
OTHER_FORMAT: Final = _FORMATS["100"]
_BY_ENDING: Final = {
    code.name.partition(" ")[0]: code for code in _FORMATS.values() if code not in (ARCHIVAL_PDF, OTHER_FORMAT)
}


def format_of(ending: str) -> Code:
    """Give the code of a file's format by its ending; a PDF may be archival or not, and is taken for one that is not.

    What Ratsbuch renders itself is PDF/A, and is coded `ARCHIVAL_PDF` where it is written.
    """
    return _BY_ENDING.get(ending, OTHER_FORMAT)


# Every code that can be written, for the tests that look them up.
EVERY: Final = (
    *MESSAGE_TYPES.values(),
    *_DISPOSALS.values(),
    *_PROPOSALS.values(),
    *STEPS.values(),
    CASE_TYPE,
    *_FORMATS.values(),
)
