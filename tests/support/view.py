"""Pages of the view as tests look at them: made from an archive on terms, and read by an HTML parser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from lxml import html

from archive.excerpt import Terms
from projections.export.edition import Edition
from projections.export.view import files
from support.memory import MemoryArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from archive.archive import Archive
    from projections.export.view import Proof

DAY: Final = "2026-11-24"
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")


class PagesArchive(MemoryArchive):
    """An archive in memory that an edition can be made of; it carries no documents."""

    def document(self, _: str) -> bytes | None:
        return None

    def exists(self, stream: str) -> bool:
        return bool(self.history(stream))


def edition_of(archive: Archive, *subjects: str, with_blocked: bool = False) -> Edition:
    """Give an edition about some streams; about everything where none is named."""
    terms = Terms(day=DAY, version="0.1.0", subjects=subjects, whole=not subjects, with_blocked=with_blocked)
    return Edition(archive, terms)


def pages(archive: Archive, *subjects: str, proof: Proof | None = None) -> dict[str, bytes]:
    """Give the pages by name."""
    return {file.name: file.data for file in files(edition_of(archive, *subjects), proof=proof)}


def page(archive: Archive, *subjects: str, proof: Proof | None = None) -> HtmlElement:
    """Give the one page about some streams, parsed."""
    made = pages(archive, *subjects, proof=proof)
    assert list(made) == ["index.html"]
    return parsed(made["index.html"])


def parsed(data: bytes) -> HtmlElement:
    """Parse a page."""
    return html.document_fromstring(data, parser=html.HTMLParser(encoding="utf-8"))


def words(node: HtmlElement) -> str:
    """Give the text of a node on one line."""
    return " ".join(str(node.text_content()).split())


def ids(root: HtmlElement) -> list[str]:
    """Give the ids of a page, in order."""
    return cast("list[str]", root.xpath("//@id"))


def hrefs(root: HtmlElement) -> list[str]:
    """Give where a page leads, in order."""
    return cast("list[str]", root.xpath(".//a/@href"))


def levels(root: HtmlElement) -> list[int]:
    """Give the levels of the headings, in order."""
    return [HEADINGS.index(str(node.tag)) + 1 for node in root.iter(*HEADINGS)]


def part(root: HtmlElement, heading: str) -> HtmlElement:
    """Give the section under a heading that begins with some words; fail where there is none."""
    for node in root.iter(*HEADINGS):
        if words(node).startswith(heading):
            return cast("HtmlElement", node.getparent())
    raise AssertionError(f"no heading {heading!r}: {[words(node) for node in root.iter(*HEADINGS)]}")


def rows(node: HtmlElement) -> Iterator[tuple[str, str]]:
    """Give the terms of the lists in a node, with what is said to each."""
    for pair in node.xpath(".//dl/div"):
        yield words(pair.find("dt")), words(pair.find("dd"))


def cells(table: HtmlElement) -> list[list[str]]:
    """Give the cells of a table, row by row."""
    return [[words(cell) for cell in row.iter("th", "td")] for row in table.iter("tr")]


def marks(text: str) -> list[str]:
    """Give the characters that a page shows by their number."""
    return re.findall(r"\[U\+[0-9A-F]+\]", text)
