"""XML of others, read without entities and network, in bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from archive.errors import InputError
from archive.intake.references import shown

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MESSAGE_SIZE_MAX: Final = 256 * 2**20
TAGS_MAX: Final = 5_000_000
_ENTITY_HINT: Final = "a message needs no document type; ask for it without"
# Where a document type can stand: before the root, behind what may come before it.
_DOCTYPE: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)


class DtdError(InputError):
    """A document type was found; nothing of it was read."""


def parse(data: bytes, name: str) -> Element:
    """Give the root of an XML document.

    Args:
        data: The document.
        name: What to call it in an error.

    Raises:
        DtdError: It has a document type.
        InputError: It is too large, or no well-formed XML in an encoding that has ASCII in it.
    """
    if len(data) > MESSAGE_SIZE_MAX:
        raise InputError(f"{name}: found {len(data)} bytes, expected at most {MESSAGE_SIZE_MAX}")
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        # So the two looks at bytes below see what the parser will see: UTF-16 would hide a document type from them.
        raise InputError(f"{name}: found {shown(str(data[:16]))} at the beginning, expected XML in UTF-8")
    if _DOCTYPE.match(data):
        raise DtdError(f"{name}: found a document type (DTD), expected none", hint=_ENTITY_HINT)
    if data.count(b"<") > TAGS_MAX:
        raise InputError(f"{name}: found more than {TAGS_MAX} tags, expected fewer")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"{name}: found no well-formed XML: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise DtdError(f"{name}: found a document type (DTD), expected none", hint=_ENTITY_HINT)
    return root
