"""Which characters a page cannot show as they are, and how it shows them instead.

A record may hold any character that XML can carry; no set of fonts has them all. What no font has, what leaves no
mark on paper and what steers the direction of text is written out as `[U+1F600]`: a reader sees that there is
something, and what, and a record is never unexportable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

Tree: TypeAlias = "str | int | bool | list[Tree] | dict[str, Tree] | None"

# Controls, joiners, direction marks, fillers, variation selectors, tags, private use, noncharacters, and the object
# replacement character, which stands for something that is not there. A fixed list, so that a later version of Unicode
# cannot change a page; TAB and line ends are layout and are dealt with in `lines`.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TAB: Final = "\u2003"  # an em space: a tab has no width of its own on a page


def code_point(character: str) -> str:
    """Name a character: U+1F600."""
    return f"U+{ord(character):04X}"


def lines(text: str) -> list[str]:
    """Split a text where it has line ends; of tabs a space is left."""
    return [line.replace("\t", _TAB) for line in _LINE_END.split(text)]


class Escaping:
    """Writes out what cannot be shown, and remembers what that was."""

    def __init__(self, unshown: AbstractSet[str] = frozenset()) -> None:
        """Begin.

        Args:
            unshown: Characters that no font has.
        """
        self._unshown = unshown
        self._pattern = re.compile(f"[{re.escape(''.join(sorted(unshown)))}]") if unshown else None
        self._found: set[str] = set()

    @property
    def found(self) -> tuple[str, ...]:
        """The characters written out so far, `U+XXXX`, in order of code point."""
        return tuple(code_point(character) for character in sorted(self._found))

    def text(self, text: str) -> str:
        """Give a text as a page can show it."""
        if text.isascii() and text.isprintable():
            return text
        shown = _UNSEEN.sub(self._write_out, text)
        return self._pattern.sub(self._write_out, shown) if self._pattern is not None else shown

    def tree(self, value: Tree) -> Tree:
        """Give data with every text in it as a page can show it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.tree(one) for one in value]
        if isinstance(value, dict):
            return {name: self.tree(one) for name, one in value.items()}
        return value

    def _write_out(self, found: re.Match[str]) -> str:
        self._found.add(found[0])
        return f"[{code_point(found[0])}]"
