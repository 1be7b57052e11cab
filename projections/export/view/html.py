"""HTML as a tree that is written out strictly: whatever is not an element is text, and text is escaped.

No text of the record can become markup, leave its attribute, lead anywhere outside of the export, or play tricks on the
reader: characters that would be obeyed or hidden are shown by their number. The elements and attributes that a page
may have are named here; scripts, frames, forms and whatever loads something are not among them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_VOID: Final = frozenset({"br", "meta", "wbr"})
_TAGS: Final = _VOID | frozenset(
    {
        *("html", "head", "title", "style", "body", "header", "main", "footer", "nav", "section", "article", "div"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "ol", "ul", "li", "dl", "dt", "dd", "blockquote", "pre"),
        *("a", "span", "strong", "em", "code", "ins", "del", "time", "small", "abbr"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("svg", "g", "rect", "line", "text", "desc"),
    }
)
_ATTRIBUTES: Final = frozenset(
    {
        *("id", "class", "lang", "title", "href", "datetime", "scope", "colspan", "tabindex", "role", "start"),
        *("charset", "content", "http-equiv", "name", "viewbox", "x", "y", "x1", "y1", "x2", "y2", "width", "height"),
        *("aria-label", "aria-labelledby", "aria-hidden", "download", "value"),
    }
)
# A place on a page of the view, or a document of the same package; nothing else.
_HREF: Final = re.compile(r"(?:(?:\.\./dokumente/)?[A-Za-z0-9_][A-Za-z0-9._-]*)?(?:#[A-Za-z0-9_-]+)?\Z")
_SPELLED: Final = {"class_": "class", "http_equiv": "http-equiv", "viewbox": "viewBox"}
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_NONCHARACTER: Final = 0xFFFE
_PLANE: Final = 0xFFFF
_ARABIC_FORMS: Final = range(0xFDD0, 0xFDF0)
_PLAIN: Final = re.compile(r"[ -~À-ÖØ-öø-ÿ–—„“”…€§\n]*\Z")
_CHARACTER: Final = re.compile(r"(\[U\+[0-9A-F]{4,6}\])")
# Between paragraphs of a text.
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n\s*")


class Element:
    """An element with its attributes and what stands in it."""

    __slots__ = ("attributes", "children", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], children: tuple[object, ...]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children = children


def el(tag: str, *children: object, **attributes: str | int | bool | None) -> Element:
    """Make an element.

    Args:
        tag: Its name; only those that a page may have.
        children: Texts, elements, None, and lists of them.
        attributes: Its attributes: `class_` is written `class`, `_` is written `-`. None leaves one out.

    Raises:
        ValueError: A page may not have such an element or attribute, or may not lead there.
    """
    if tag not in _TAGS:
        raise ValueError(f"element {tag!r}: expected one that a page may have")
    written: dict[str, str] = {}
    for key, value in attributes.items():
        if value is None:
            continue
        name = _SPELLED.get(key, key.replace("_", "-"))
        if name.lower() not in _ATTRIBUTES:
            raise ValueError(f"attribute {name!r} of {tag!r}: expected one that a page may have")
        text = str(value)
        if name == "href" and (not text or not _HREF.fullmatch(text)):
            raise ValueError(f"href {text!r}: expected a place inside the export")
        written[name] = text
    return Element(tag, written, children)


def visible(text: str) -> str:
    """Make visible what a browser would obey, hide, or turn around: control, format and separator characters.

    Line feeds stay, a carriage return before one is dropped, a tab is a space. A soft hyphen, a joiner and a mark of
    direction are shown too: what a reader cannot see must not make two texts differ.
    """
    if _PLAIN.match(text):
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def _shown(char: str) -> str:
    if char == "\n":
        return char
    if char == "\t":
        return " "
    code = ord(char)
    is_none = code & _PLANE >= _NONCHARACTER or code in _ARABIC_FORMS
    return f"[U+{code:04X}]" if is_none or unicodedata.category(char) in _HIDDEN else char


def escaped(text: str) -> str:
    """Escape a text for content and for attributes in quotation marks."""
    return text.translate(_ENTITIES)


def paragraphs(text: str, **attributes: str | None) -> list[Element]:
    """Give a text as paragraphs, its line breaks kept."""
    parts = [part.strip("\n") for part in _BLANK_LINES.split(text.replace("\r\n", "\n")) if part.strip()]
    return [el("p", lines(part), **attributes) for part in parts]


def lines(text: str) -> list[object]:
    """Give a text with its line breaks."""
    found: list[object] = []
    for number, line in enumerate(text.split("\n")):
        found += [el("br"), line] if number else [line]
    return found


def joined(parts: Iterable[object], between: str = ", ") -> list[object]:
    """Put parts in a row; None and empty texts are left out."""
    found: list[object] = []
    for part in parts:
        if part is None or part in ("", []):
            continue
        found += [between, part] if found else [part]
    return found


def text_of(node: object) -> str:
    """Give the bare text of a node, for titles and descriptions."""
    if node is None:
        return ""
    if isinstance(node, str):
        return node
    if isinstance(node, Element):
        return "".join(map(text_of, node.children))
    if isinstance(node, Iterable):
        return "".join(map(text_of, node))
    raise TypeError(f"node {type(node).__name__}: expected a text, an element, or several")


def document(root: Element) -> bytes:
    """Write a whole page."""
    out: list[str] = ["<!DOCTYPE html>\n"]
    _write(root, out)
    out.append("\n")
    return "".join(out).encode()


def written(node: object) -> str:
    """Write a node."""
    out: list[str] = []
    _write(node, out)
    return "".join(out)


def _write(node: object, out: list[str]) -> None:
    if node is None:
        return
    if isinstance(node, str):
        _write_text(node, out)
    elif isinstance(node, Element):
        _write_element(node, out)
    elif isinstance(node, Iterable):
        for one in node:
            _write(one, out)
    else:
        raise TypeError(f"node {type(node).__name__}: expected a text, an element, or several")


def _write_text(text: str, out: list[str]) -> None:
    shown = visible(text)
    if shown == text:
        out.append(escaped(text))
        return
    for place, part in enumerate(_CHARACTER.split(shown)):
        out.append(f'<span class="zeichen">{part}</span>' if place % 2 else escaped(part))


def _write_element(element: Element, out: list[str]) -> None:
    tag = element.tag
    out.append(f"<{tag}")
    out += [f' {name}="{escaped(visible(value))}"' for name, value in element.attributes.items()]
    out.append(">")
    if tag in _VOID:
        return
    if tag == "style":
        # The style sheet is ours and is written as it is: its digest is in the page's policy.
        out += [str(child) for child in element.children]
    else:
        for child in element.children:
            _write(child, out)
    out.append(f"</{tag}>")
    if tag in _BLOCKS:
        out.append("\n")


# A line each, so that two pages can be compared line by line.
_BLOCKS: Final = frozenset(
    {
        *("head", "title", "style", "header", "main", "footer", "nav", "section", "article", "div", "h1", "h2", "h3"),
        *(
            "h4",
            "h5",
            "h6",
            "p",
            "ol",
            "ul",
            "li",
            "dl",
            "dt",
            "dd",
            "blockquote",
            "pre",
            "table",
            "caption",
            "tr",
            "svg",
        ),
    }
)
