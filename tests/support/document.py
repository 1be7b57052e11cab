"""Reading our own documents: sections, their tables, and the blocks in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def section(document: str, number: str) -> str:
    """Give the text under a heading, up to the next one of its level or above."""
    level = "#" * (number.count(".") + 2)
    name = re.escape(number) + ("" if "." in number else r"\.")
    match = re.search(rf"^{level} {name} .*?\n(.*?)(?=^#{{2,{len(level)}}} |\Z)", document, re.DOTALL | re.MULTILINE)
    assert match is not None, f"there is no section {number}"
    return match[1]


def rows(document: str, number: str) -> Iterator[list[str]]:
    """Give the cells of the tables of a section."""
    for line in section(document, number).splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def blocks(text: str) -> list[str]:
    """Give what stands in the code blocks of a text."""
    return re.findall(r"^```\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)


def codes(text: str) -> list[str]:
    """Give what a text has in code spans."""
    return re.findall(r"`([^`]+)`", text)
