"""Files of an export, by names that every file system, ZIP reader and receiving tool takes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from msgspec import Struct

from archive.stable_ids import stable_uuid

__all__ = ["ExportFile", "document_name", "ending", "stable_uuid"]

# What a receiving archive expects by media type; everything else keeps the original's ending where that is plain.
_ENDINGS: Final = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/html": "html",
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
}
_ENDING: Final = re.compile(r"\.([A-Za-z0-9]{1,8})\Z")
_FALLBACK: Final = "bin"
_PLAIN: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_SLUG_MAX: Final = 60


class ExportFile(Struct, frozen=True, kw_only=True):
    """A file of an export.

    Attributes:
        name: Its path in the export, with `/`; letters, digits, `_`, `-` and `.` alone.
        data: Its bytes.
    """

    name: str
    data: bytes


def slug(text: str) -> str:
    """Give a text as a name of a file may be: letters, digits and `-`, with umlauts written out."""
    plain = "".join(_PLAIN.get(c, c) for c in text.lower())
    return (
        re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()).strip("-")[
            :_SLUG_MAX
        ]
        or "auszug"
    )


def ending(media_type: str | None, title: str | None) -> str:
    """Give the ending of a document's file: by its media type, else by its title, else `bin`."""
    known = _ENDINGS.get((media_type or "").partition(";")[0].strip().lower())
    if known is not None:
        return known
    found = _ENDING.search(title or "")
    return found[1].lower() if found is not None else _FALLBACK


def document_name(register: str, digest: str, *, media_type: str | None, title: str | None) -> str:
    """Give the name of the file of a held document.

    Args:
        register: UUID of the register.
        digest: SHA-512 of its bytes, hex.
        media_type: As the event states it.
        title: As the event states it; only its ending is used.
    """
    return f"{stable_uuid(register, 'document', digest)}.{ending(media_type, title)}"
