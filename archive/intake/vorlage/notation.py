"""Commands written as TOML that people read: one value a line, long texts over several, with comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from archive.intake.commands import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = "str | int | bool | None | list[Value] | dict[str, Value]"

_SHORT: Final = 100
_KEY: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_ESCAPED: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# What TOML does not let stand as it is, and what a terminal or an editor would not show as it is.
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Entry(Struct, frozen=True):
    """A field of a command with the comment that stands behind it; a value of None was left blank."""

    value: Value
    comment: str | None = None


class Written(Struct, frozen=True, kw_only=True):
    """A command to be written.

    Attributes:
        comments: Lines that stand before it.
        head: Its members besides sources and data.
        sources: What it rests on.
        data: The fields of its event.
    """

    comments: tuple[str, ...] = ()
    head: dict[str, Value]
    sources: tuple[dict[str, Value], ...]
    data: dict[str, Entry]


def written(comments: tuple[str, ...], head: dict[str, Value], commands: tuple[Written, ...]) -> str:
    """Give a command file.

    Args:
        comments: Lines at its beginning.
        head: Its members besides `format`.
        commands: In the order in which they are recorded.
    """
    lines = [*map(_comment, comments), "", f"format = {_text(FORMAT)}"]
    lines += [f"{key} = {_inline(value)}" for key, value in head.items()]
    for command in commands:
        lines += ["", *map(_comment, command.comments), "[[commands]]"]
        lines += [f"{key} = {_inline(value)}" for key, value in command.head.items()]
        lines += ["sources = [", *(f"    {_inline(source)}," for source in command.sources), "]"]
        lines.append("[commands.data]")
        for key, entry in command.data.items():
            behind = f" {_comment(entry.comment)}" if entry.comment else ""
            lines += _assigned(key, entry.value, behind)
    return "\n".join((*lines, ""))


def _comment(text: str) -> str:
    # A comment is one line: what the document says in it may not begin another one.
    return f"# {_UNSEEN.sub(' ', text)}".rstrip()


def _assigned(key: str, value: Value, behind: str) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield from [behind.strip()] if behind else ()
        yield f'{key} = """'
        yield _long(value) + '"""'
    elif isinstance(value, list) and len(_inline(value)) > _SHORT:
        yield f"{key} = [{behind}"
        yield from (f"    {_inline(item)}," for item in value)
        yield "]"
    else:
        yield f"{key} = {_inline(value)}{behind}"


def _inline(value: Value) -> str:
    match value:
        case None:
            return "{ blank = true }"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case dict():
            inside = ", ".join(f"{_name(key)} = {_inline(item)}" for key, item in value.items())
            return f"{{ {inside} }}" if inside else "{}"


def _name(key: str) -> str:
    return key if _KEY.match(key) else _text(key)


def _text(value: str) -> str:
    escaped = re.sub(r'["\\\n\t\r]', lambda c: _ESCAPED[c[0]], value)
    return f'"{_UNSEEN.sub(_number, escaped)}"'


def _long(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    return "\n".join(_UNSEEN.sub(_number, line) for line in escaped.split("\n"))


def _number(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
