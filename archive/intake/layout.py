"""Where things stand in the text of a command file: what is too costly to be parsed, and the lines for messages.

The parsers give values without their places, and the one for TOML does work that grows with the square of a dotted
key and memory that is a hundred times a long number. So the text is looked at twice more, by one pattern that knows
strings and comments: before parsing, to refuse such shapes, and after a fault was found, to name its line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from archive.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KEY_PARTS_MAX: Final = 32
# Every dot of a key makes a table, and a record of what may still be written in it: some 400 bytes for two.
KEY_DOTS_MAX: Final = 250_000
WORD_LENGTH_MAX: Final = 1_000

# An open string reaches as far as it can, so that no text is looked at twice; the possessive quantifiers (`*+`) keep
# a long one from costing memory for every character.
_MULTILINE: Final = r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+(?:"{3,5}|\\?\Z)' r"|'''(?:[^']++|'{1,2}(?!'))*+(?:'{3,5}|\Z)"
_QUOTED: Final = r'"(?:[^"\\\n]++|\\.)*+"?' r"|'[^'\n]*+'?"
_COMMENT: Final = r"\#[^\n]*+"
_STRING: Final = re.compile(_QUOTED, re.DOTALL)

_PART: Final = rf"(?:{_QUOTED}|[A-Za-z0-9_+:-]++)"
_WORDS: Final = re.compile(rf"{_MULTILINE}|{_COMMENT}|(?P<word>{_PART}(?P<dots>[ \t]*+\.[ \t]*+{_PART})*+)", re.DOTALL)
_HEADERS: Final = re.compile(
    rf"{_MULTILINE}|{_COMMENT}|{_QUOTED}|^[ \t]*(\[\[[ \t]*commands[ \t]*\]\])", re.DOTALL | re.MULTILINE
)
_TOML: Final = re.compile(
    rf"(?P<text>{_MULTILINE}|{_QUOTED})|{_COMMENT}|(?P<word>[A-Za-z0-9_-]++)|(?P<mark>[\[\]{{}}=,\n])", re.DOTALL
)
_JSON: Final = re.compile(r'(?P<text>"(?:[^"\\]++|\\.)*+")|(?P<word>[A-Za-z0-9_.+-]++)|(?P<mark>[\[\]{}:,])', re.DOTALL)


def refuse_costly(text: str, name: str) -> None:
    """Refuse TOML that costs its parser far more than its size, before it is parsed.

    Raises:
        InputError: A key with more than 32 parts, more than 250,000 dots in keys, or a word of over 1,000 characters
            outside of quotes (a number of that length, mostly).
    """
    dots = 0
    for found in _WORDS.finditer(text):
        word = found["word"]
        if word is None or (found["dots"] is None and len(word) <= WORD_LENGTH_MAX):
            continue
        bare = _STRING.sub("", word)
        count = bare.count(".")
        dots += count
        if count >= KEY_PARTS_MAX:
            what = f"a key of {count + 1} dotted parts, expected at most {KEY_PARTS_MAX}"
        elif max(map(len, bare.split("."))) > WORD_LENGTH_MAX:
            what = f"a word of more than {WORD_LENGTH_MAX} characters outside of quotes, expected text in quotes"
        elif dots > KEY_DOTS_MAX:
            what = f"more than {KEY_DOTS_MAX} dots in keys, expected fewer; write a file of this size as JSON lines"
        else:
            continue
        raise InputError(f"{name}: line {text.count(chr(10), 0, found.start()) + 1}: found {what}")


def command_lines(text: str) -> tuple[int, ...]:
    """Give the lines on which the commands of a TOML file begin; strings and comments that quote one do not count."""
    starts = (part.start(1) for part in _HEADERS.finditer(text) if part[1])
    return tuple(_lines(text, starts))


def lines_of(text: str, paths: Iterable[str], *, toml: bool) -> dict[str, int]:
    """Give the line of each field: that of its key, or of the closest table around it that is written in the file.

    Args:
        text: A file that was parsed without a fault.
        paths: The fields, such as `commands[2].data.items[0].item`.
        toml: Whether it is TOML; JSON otherwise.

    Returns:
        The lines, from 1; a field that stands in nothing that is written is not in it.
    """
    around = {path: (path, *_around(path)) for path in paths}
    wanted = {place for places in around.values() for place in places}
    offsets: dict[str, int] = {}
    for path, offset in _Walk(toml=toml).places(text):
        if path in wanted:
            offsets.setdefault(path, offset)
    written = sorted(offsets, key=lambda path: offsets[path])
    line_of = dict(zip(written, _lines(text, (offsets[path] for path in written)), strict=True))
    closest = {path: next((line_of[p] for p in places if p in line_of), None) for path, places in around.items()}
    return {path: line for path, line in closest.items() if line is not None}


def _around(path: str) -> Iterator[str]:
    """Give the paths of all that a field stands in, the closest first."""
    while cut := max(path.rfind("."), path.rfind("["), 0):
        path = path[:cut]
        yield path


def _lines(text: str, offsets: Iterable[int]) -> Iterator[int]:
    """Turn ascending offsets into lines."""
    line, counted = 1, 0
    for offset in offsets:
        line += text.count("\n", counted, offset)
        counted = offset
        yield line


class _Walk:
    """Goes through the tokens of a valid file and keeps the path of what is being read."""

    def __init__(self, *, toml: bool) -> None:
        self._toml = toml
        self._here = ""  # the path of the value that is being read
        self._levels: list[tuple[str, int | None]] = []  # the open tables and lists: path, and place in a list
        self._is_value = not toml
        self._key: list[str] = []
        self._key_start = 0
        self._table = ""  # what the header above stands for
        self._headers: dict[str, int] = {}  # the place reached in each array of tables

    def places(self, text: str) -> Iterator[tuple[str, int]]:
        """Give the path of every key and every entry of a list, with its offset."""
        header = closing = 0
        is_first = False  # whether the next token begins an entry of a list
        for token in (_TOML if self._toml else _JSON).finditer(text):
            mark = token["mark"]
            if mark is None and token.lastgroup is None:
                continue
            if is_first and mark not in ("]", "\n"):
                is_first = False
                yield self._here, token.start()
            if header:
                if mark == "[":
                    header += 1
                elif mark == "]":
                    closing += 1
                else:
                    self._key.append(_bare(token[0]))
                if header == closing:
                    path = self._enter(is_list=header > 1)
                    if header > 1:  # the list itself, where its first entry begins
                        yield path.rpartition("[")[0], self._key_start
                    yield path, self._key_start
                    header = closing = 0
            elif self._is_value:
                is_first = self._value(mark) or is_first
            elif mark is None:
                if not self._key:
                    self._key_start = token.start()
                self._key.append(_bare(token[0]))
            elif mark in "=:":
                for path in self._assign():
                    yield path, self._key_start
            elif mark == "[":
                header, self._key_start = 1, token.start()
            elif mark == "}":
                self._close()

    def _value(self, mark: str | None) -> bool:
        """Take a token of a value; says whether an entry of a list begins after it."""
        match mark:
            case "{":
                self._levels.append((self._here, None))
                self._is_value = False
            case "[":
                self._levels.append((self._here, 0))
                self._here = f"{self._here}[0]"
                return True
            case "]" | "}":
                self._close()
            case ",":
                path, place = self._levels[-1]
                if place is None:
                    self._is_value = False
                else:
                    self._levels[-1] = (path, place + 1)
                    self._here = f"{path}[{place + 1}]"
                    return True
            case "\n" if not self._levels:
                self._is_value = False
            case _:
                pass
        return False

    def _close(self) -> None:
        self._here, _ = self._levels.pop()
        self._is_value = True

    def _assign(self) -> Iterator[str]:
        """Take the key before the value that begins; a dotted one stands for a table in each of its parts."""
        self._here = self._levels[-1][0] if self._levels else self._table
        for part in self._key:
            self._here = f"{self._here}.{part}" if self._here else part
            yield self._here
        self._key = []
        self._is_value = True

    def _enter(self, *, is_list: bool) -> str:
        """Take a header; gives what it stands for."""
        path = ""
        for index, part in enumerate(self._key):
            path = f"{path}.{part}" if path else part
            if is_list and index == len(self._key) - 1:
                self._headers[path] = self._headers.get(path, -1) + 1
            if path in self._headers:
                path = f"{path}[{self._headers[path]}]"
        self._key = []
        self._table = path
        return path


def _bare(part: str) -> str:
    """Give a part of a key without its quotes."""
    return part[1:-1] if part[0] in "\"'" else part
