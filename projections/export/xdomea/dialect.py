"""How the versions of xdomea say the same: the switch that the builder asks, and the elements it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree
from msgspec import Struct

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from projections.export.xdomea.codes import Code

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
# The specification demands this prefix, and receiving tools know the format by it; a schema cannot.
PREFIX: Final = "xdomea"
SCHEMA: Final = "xdomea-Nachrichten-AussonderungDurchfuehren.xsd"


class Dialect(Struct, frozen=True, kw_only=True):
    """A version of xdomea, by what it calls things.

    Attributes:
        version: `4.0.0`, `3.1.0` or `3.0.0`; 3.1.0 differs from 3.0.0 in its namespace alone.
        uuid: The element of an object's UUID.
        appraisal: The element of the metadata for the archive.
        institution: The element of an institution in a contact.
        unit: The element of an organisational unit in a contact.
        is_4: Whether it is 4.0: Akten that are only context, hash values, documents wrapped once more, versions last.
    """

    version: str
    uuid: str
    appraisal: str
    institution: str
    unit: str
    is_4: bool

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return f"urn:xoev-de:xdomea:schema:{self.version}"

    def tag(self, name: str) -> str:
        """Give the tag of an element."""
        return f"{{{self.namespace}}}{name}"

    def root(self, name: str) -> Element:
        """Give the root of a message."""
        root = etree.Element(self.tag(name), nsmap={PREFIX: self.namespace, "xsi": _XSI})
        root.set(f"{{{_XSI}}}schemaLocation", f"{self.namespace} {SCHEMA}")
        return root

    def put(self, parent: Element, name: str, text: str | None = None) -> Element:
        """Append an element, with text or to be filled; free text is written as it is."""
        element = etree.SubElement(parent, self.tag(name))
        element.text = text
        return element

    def put_known(self, parent: Element, name: str, text: str | None) -> None:
        """Append an element where there is something to say."""
        if text:
            self.put(parent, name, text)

    def put_code(self, parent: Element, name: str, code: Code, *, named: bool = True) -> None:
        """Append a code with its list; the children of a code bear no namespace.

        Args:
            parent: Where to.
            name: The element.
            code: The code.
            named: Whether to give the list's description; not every type takes one.
        """
        element = self.put(parent, name)
        element.set("listURI", code.of.uri)
        element.set("listVersionID", code.of.in_4 if self.is_4 else code.of.in_3)
        etree.SubElement(element, "code").text = code.code
        if named:
            etree.SubElement(element, "name").text = code.name


_3: Final = {
    "uuid": "ID",
    "appraisal": "ArchivspezifischeMetadaten",
    "institution": "Institution",
    "unit": "Organisationseinheit",
}
DIALECTS: Final = {
    "3.0.0": Dialect(version="3.0.0", is_4=False, **_3),
    "3.1.0": Dialect(version="3.1.0", is_4=False, **_3),
    "4.0.0": Dialect(
        version="4.0.0",
        uuid="xdomeaUUID",
        appraisal="Aussonderungsmetadaten",
        institution="NameInstitution",
        unit="NameOrganisationseinheit",
        is_4=True,
    ),
}
