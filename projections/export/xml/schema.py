"""The schema of the own XML: its namespace, its version, its files, and a validator that is built once.

A document may be checked as a whole, which also finds references into nothing, or piece by piece: every child of
`nachweis` and `inhalt` is a global element of the schema, and `references` gives what a whole check would look at.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD: Final = "XRatsbuch"
SCHEMA_VERSION: Final = "1.0.0"
NAMESPACE: Final = f"https://ratsbuch.invalid/schema/xratsbuch/{SCHEMA_VERSION}"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA_FILE: Final = f"xratsbuch-{SCHEMA_VERSION}.xsd"
CODE_LISTS_FOLDER: Final = "codelisten"
CODE_LIST_VERSION: Final = "1.0.0"
_CODE_LIST_BASE: Final = "https://ratsbuch.invalid/codeliste/"
# Attributes and elements that name a position of the evidence.
REFERRING_ATTRIBUTES: Final = ("beruhtAuf", "geloeschtDurch")
REFERRING_ELEMENTS: Final = ("beruhtAuf", "gueltigAb", "widerrufenAb")


def code_list_uri(name: str) -> str:
    """Give the canonical URI of a code list by its name."""
    return f"{_CODE_LIST_BASE}{name}"


def schema_bytes() -> bytes:
    """Give the schema as it is shipped."""
    return (resources.files("schemas") / SCHEMA_FILE).read_bytes()


def code_list_files() -> tuple[tuple[str, bytes], ...]:
    """Give the code lists as they are shipped, by file name, sorted."""
    folder = resources.files("schemas") / CODE_LISTS_FOLDER
    files = (entry for entry in folder.iterdir() if entry.name.endswith(".xml"))
    return tuple(sorted((entry.name, entry.read_bytes()) for entry in files))


@functools.cache
def validator() -> etree.XMLSchema:
    """Give the validator for the whole document, and for every piece of it."""
    # The schema is ours and imports nothing; the parser could not follow an import anyway.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.fromstring(schema_bytes(), parser))


def references(piece: etree._Element) -> Iterator[int]:
    """Give every position of the evidence that a valid piece names, in document order."""
    for element in piece.iter(f"{{{NAMESPACE}}}*"):
        for name in REFERRING_ATTRIBUTES:
            value = element.get(name)
            if value is not None:
                yield int(value)
        if etree.QName(element).localname in REFERRING_ELEMENTS and element.text:
            yield int(element.text)
