"""A PDF as a test looks at it: read by a library that has nothing to do with the one that wrote it."""

from __future__ import annotations

import functools
import io
import re
from typing import TYPE_CHECKING, Any, Final

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1, stream_value

if TYPE_CHECKING:
    from collections.abc import Iterator

_FONT_FILES: Final = ("FontFile", "FontFile2", "FontFile3")


class Pdf:
    """A PDF."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._document = PDFDocument(PDFParser(io.BytesIO(data)))

    @property
    def catalog(self) -> dict[str, Any]:
        return self._document.catalog

    @property
    def info(self) -> dict[str, str]:
        """What the document says of itself: Title, Author, CreationDate."""
        return {name: _text(value) for name, value in self._document.info[0].items()}

    @property
    def language(self) -> str:
        return _text(self.catalog["Lang"])

    @functools.cached_property
    def claims(self) -> dict[str, str]:
        """The identifiers of the standards that it claims to keep, as its XMP metadata has them."""
        xmp = stream_value(self.catalog["Metadata"]).get_data().decode()
        return dict(re.findall(r"<(pdfaid:part|pdfaid:conformance|pdfuaid:part)>([^<]*)<", xmp))

    @functools.cached_property
    def tags(self) -> tuple[str, ...]:
        """The kinds of its structure elements, in reading order."""
        return tuple(_tags(self.catalog["StructTreeRoot"]))

    @functools.cached_property
    def fonts(self) -> dict[str, bool]:
        """Its fonts by name, each with whether it is embedded."""
        found = {}
        for number in self._document.xrefs[0].get_objids():
            for one in (self._document.getobj(number),):
                if isinstance(one, dict) and "FontDescriptor" in one:
                    descriptor = resolve1(one["FontDescriptor"])
                    found[one["BaseFont"].name] = any(name in descriptor for name in _FONT_FILES)
        return found

    @functools.cached_property
    def pages(self) -> tuple[str, ...]:
        """The words of each page in the order in which it is written, with single spaces."""
        document = pdfium.PdfDocument(self._data)
        return tuple(" ".join(page.get_textpage().get_text_range().split()) for page in document)

    @functools.cached_property
    def margins(self) -> tuple[float, float]:
        """How far its letters stay from the right and the lower edge of the page at least, in points."""
        right, lower = [], []
        for page in pdfium.PdfDocument(self._data):
            words = page.get_textpage()
            boxes = [words.get_charbox(index) for index in range(words.count_chars())]
            right.append(page.get_width() - max(box[2] for box in boxes))
            lower.append(min(box[1] for box in boxes))
        return min(right), min(lower)

    @property
    def text(self) -> str:
        """The words of all pages, with single spaces."""
        return " ".join(self.pages)


def _tags(node: object) -> Iterator[str]:
    node = resolve1(node)
    if isinstance(node, list):
        for one in node:
            yield from _tags(one)
    if isinstance(node, dict) and not isinstance(node, PDFStream):
        if "S" in node:
            yield node["S"].name
        yield from _tags(node.get("K"))


def _text(value: object) -> str:
    raw = resolve1(value)
    if not isinstance(raw, bytes):
        return str(raw)
    return raw.decode("utf-16") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")
