"""The objects of a list or a page, each still as text: one that cannot be read takes none of the others with it.

What stands between the entries is all that is looked at: strings and brackets. So an entry may hold what no JSON
holds, or more levels than anybody can read, and still has a beginning and an end. Only where these cannot be told (a
string or a bracket that is never closed) the rest of the list is lost, and that is said.

Limits: each byte is looked at a fixed number of times, and nothing is kept but where the entry began.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import msgspec
from msgspec import Struct

from archive.errors import InputError
from archive.intake.oparl.canonical import OBJECT_BYTES_MAX, Unread, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.intake.oparl.canonical import Json, Tree

# A string that is never closed goes to the end, so that none is begun a second time inside of it.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_MARK: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
# An object that holds no other one is most of what there is, and passed over at once.
_FLAT: Final = re.compile(rb'\{(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+\}', re.DOTALL)
_BLANK: Final = re.compile(rb"[ \t\r\n]*+")
_SCALAR: Final = re.compile(rb'[^\s,\[\]{}"]++')
_MEMBERS_MAX: Final = 1_000  # of a page; a real one has half a dozen


class _Page(Struct):
    """A page of a list; what is no page has no `data`, or an `id`."""

    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_PAGE: Final = msgspec.json.Decoder(_Page)


def entries(raw: bytes) -> Iterator[memoryview | Unread] | None:
    """Give the entries of a list, or of a page that has one in `data`; None for what is neither.

    What comes out is not looked at; what says that the rest is lost comes last.
    """
    start = _blank(raw, 0)
    if raw[start : start + 1] == b"[":
        return _entries(raw, start)
    try:
        page = _PAGE.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _entries_of_broken(raw)
    if page.data is msgspec.UNSET or page.id is not msgspec.UNSET:
        return None
    data = bytes(page.data)
    start = _blank(data, 0)
    return _entries(data, start) if data[start : start + 1] == b"[" else None


def page_of(raw: bytes, *, what: str) -> tuple[Tree, list[Json | Unread]] | None:
    """Give a page without its list, and the list, with what cannot be read of it; None for what is no page at all.

    Its other members have to be whole, because they say where the list goes on.
    """
    members = _members(raw)
    if members is None or b'"data"' not in members or b'"id"' in members:
        return None
    start, end = members.pop(b'"data"')
    if raw[start : start + 1] != b"[":
        return None
    rest = b",".join(name + b":" + raw[at:to] for name, (at, to) in members.items())
    try:
        page = cast("Tree", decode(b"{" + rest + b"}", what=what))
    except InputError:
        return None
    found = enumerate(_entries(raw, start, end), start=1)
    return page, [read(entry, what=f"{what}: object {number}") for number, entry in found]


def read(entry: memoryview | Unread, *, what: str) -> Json | Unread:
    """Read one entry; what cannot be read says why."""
    if isinstance(entry, Unread):
        return Unread(f"{what}: {entry.reason}")
    if len(entry) > OBJECT_BYTES_MAX:
        return Unread(f"{what}: found {len(entry)} bytes, expected an object of at most {OBJECT_BYTES_MAX}")
    try:
        return decode(entry, what=what)
    except InputError as error:
        return Unread(error.message)


def _entries_of_broken(raw: bytes) -> Iterator[memoryview | Unread] | None:
    members = _members(raw)
    if members is None or b'"data"' not in members or b'"id"' in members:
        return None
    start, end = members[b'"data"']
    return _entries(raw, start, end) if raw[start : start + 1] == b"[" else None


def _entries(raw: bytes, start: int, end: int | None = None) -> Iterator[memoryview | Unread]:
    """Give the entries of the list that begins at `start`, and has to end where the text, or `end`, does."""
    view = memoryview(raw)
    at = _blank(raw, start + 1)
    if raw[at : at + 1] == b"]":
        at += 1
    else:
        while True:
            to = _end(raw, at)
            if to is None or to == at:
                yield Unread(_LOST)
                return
            yield view[at:to]
            at = _blank(raw, to)
            mark = raw[at : at + 1]
            at += 1
            if mark == b"]":
                break
            if mark != b",":
                yield Unread(_LOST)
                return
            at = _blank(raw, at)
    if _blank(raw, at) != (len(raw) if end is None else end):
        yield Unread("found something behind the end of the list, expected nothing more")


_LOST: Final = "where it ends cannot be told; what follows in the list is lost"


def _members(raw: bytes) -> dict[bytes, tuple[int, int]] | None:
    """Give where the values of an object's members begin and end, by name; None where that cannot be told."""
    at = _blank(raw, 0)
    if raw[at : at + 1] != b"{":
        return None
    found: dict[bytes, tuple[int, int]] = {}
    mark = b","
    while mark == b",":
        name = _STRING.match(raw, _blank(raw, at + 1))
        colon = _blank(raw, name.end()) if name is not None else 0
        if name is None or raw[colon : colon + 1] != b":" or name.group() in found or len(found) >= _MEMBERS_MAX:
            return None
        start = _blank(raw, colon + 1)
        end = _end(raw, start)
        if end is None or end == start:
            return None
        found[name.group()] = (start, end)
        at = _blank(raw, end)
        mark = raw[at : at + 1]
    return found if mark == b"}" and _blank(raw, at + 1) == len(raw) else None


def _end(raw: bytes, start: int) -> int | None:
    """Give where the value that begins at `start` ends; None where it does not."""
    first = raw[start : start + 1]
    if first == b'"':
        found = _STRING.match(raw, start)
        return found.end() if found is not None else None
    if first not in {b"{", b"["}:
        found = _SCALAR.match(raw, start)
        return found.end() if found is not None else None
    if first == b"{" and (found := _FLAT.match(raw, start)) is not None:
        return found.end()
    depth = 0
    for mark in _MARK.finditer(raw, start):
        sign = mark.group()
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
            if depth == 0:
                return mark.end()
    return None


_OPEN: Final = frozenset({b"{", b"["})
_CLOSE: Final = frozenset({b"}", b"]"})


def _blank(raw: bytes, at: int) -> int:
    found = _BLANK.match(raw, at)
    return found.end() if found is not None else at
