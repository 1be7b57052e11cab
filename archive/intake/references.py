"""How command files name streams, persons, events and the ids inside streams, and what those names resolve to.

    proposal:0190…-…                                  a stream by its id
    proposal:@p0640                                   one that was opened earlier in the same file
    proposal:{reference=0640, body=Erzgebirgskreis}   a look-up that must match exactly one stream
    @top8                                             an id inside a stream, made earlier in the same file
    meeting:{organ=Kreistag, on=2021-12-08}/item/8    one that stands in a stream already
    ./item/8                                          the same, in the command's own stream
    proposal:{reference=0640}#2                       an event: stream and place in it

A look-up searches what is recorded; what the file itself opens is named by its alias. Nothing here guesses: no
match and several matches are both errors that list the candidates.
"""

from __future__ import annotations

import difflib
import itertools
import re
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from archive.directory import KEYS
from archive.errors import InputError
from domain import events as e
from domain.values import STREAM_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Register(Protocol):
    """The register that is being recorded in."""

    @property
    def id(self) -> str:
        """Its UUID."""
        ...


class Directory(Protocol):
    """What is recorded already, as far as names need it; an open archive is one."""

    @property
    def register(self) -> Register:
        """The register itself."""
        ...

    def streams(self, kind: str, /) -> tuple[str, ...]:
        """Give the ids of all streams of a kind."""
        ...

    def find(self, kind: str, keys: Mapping[str, str], /) -> tuple[str, ...]:
        """Give the ids of the streams of a kind that fit all keys (`archive.directory.KEYS`).

        A key that names a kind of stream is given the id of such a stream, or the name it goes by.
        """
        ...

    def inner(self, stream: str, kind: str, key: str, /) -> tuple[str, ...]:
        """Give the UUIDs that `<stream>/<kind>/<key>` stands for.

        Items go by their number, terms by their number or name, all others by the order in which they were first
        recorded in the stream, from 1.
        """
        ...


# A look-up that names no key at all means the only stream of its kind.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {kind: KEYS.get(kind, ()) for kind in STREAM_KINDS}
_NAMING: Final = frozenset(STREAM_KINDS) | {"object"}

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID_ONLY: Final = re.compile(f"{_UUID}\\Z")
_ALIAS = "@[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
_ALIAS_ONLY: Final = re.compile(f"{_ALIAS}\\Z")
_STREAM: Final = re.compile(f"(?P<kind>{'|'.join(STREAM_KINDS)}):(?:(?P<uuid>{_UUID})|(?P<alias>{_ALIAS})|(?={{))")
_KEY: Final = re.compile(r"\s*([a-z_]+)\s*=\s*")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"\s*')
_PATH: Final = re.compile(r"/([a-z]+)/(.+)\Z", re.DOTALL)
_SEQ: Final = re.compile(r"#([1-9][0-9]{0,9})\Z")
_NESTED_MAX: Final = 4
_CANDIDATES_SHOWN: Final = 5


class _Alias(Struct, frozen=True):
    kind: str
    id: str


class _Stream(Struct, frozen=True, kw_only=True):
    """A stream as written, and where in the text that ended."""

    kind: str
    uuid: str | None = None
    alias: str | None = None
    keys: tuple[tuple[str, str | _Stream], ...] = ()
    text: str
    end: int


def shown(value: str) -> str:
    """Put a text between quotes for a message, shortened, with nothing in it that a terminal would obey."""
    cut = value if len(value) <= 80 else f"{value[:77]}..."  # noqa: PLR2004  # one line of a message
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut) + '"'


def nearest(word: str, words: Sequence[str]) -> str | None:
    """Give the hint that names the most similar of `words`, if one is similar."""
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean {shown(close[0])}?" if close else None


def stream_of(text: str, *, directory: Directory, kinds: tuple[str, ...] = STREAM_KINDS) -> str:
    """Give the stream id that a reference stands for, outside a command file (no aliases).

    Raises:
        InputError: It is none, or does not match exactly one stream of these kinds.
    """
    return References(directory).stream(text, kinds)


class References:
    """What the names of one command file stand for: its own aliases first, then what is recorded."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._aliases: dict[str, _Alias] = {}
        self._inner: dict[tuple[str, str], dict[str, set[str]]] = {}
        self._order: dict[tuple[str, str], list[str]] = {}
        self._found: dict[str, str] = {}

    # -- what the file makes itself -------------------------------------------------------------

    def open(self, alias: str, kind: str, uuid: str) -> str:
        """Give a new stream its alias and id.

        Raises:
            InputError: The alias is not well formed, or taken.
        """
        self._check_alias(alias)
        if alias in self._aliases:
            raise InputError(
                f"found {shown(alias)}, which stands for {self._aliases[alias].id} already",
                hint="choose another alias; each opens one stream",
            )
        self._aliases[alias] = _Alias(kind, f"{kind}:{uuid}")
        return f"{kind}:{uuid}"

    def define(self, text: str, kind: str, own: str | None, new_id: Callable[[str], str]) -> str:
        """Give the id inside a stream that stands in its defining field; an alias not used before makes a new one.

        Raises:
            InputError: The text is no such id.
        """
        if text.startswith("@") and text not in self._aliases:
            self._check_alias(text)
            self._aliases[text] = _Alias(kind, new_id(kind))
        return self.inner(text, kind, own)

    def note(self, stream: str, event: e.Event) -> None:
        """Remember which ids an event of this file made in its stream, so that later paths find them."""
        match event:
            case e.AgendaSet(items=tuple() as items):
                for item in items:
                    self._remember(stream, "item", item.item, item.number)
            case e.BallotHeld(ballot=str() as ballot):
                self._remember(stream, "ballot", ballot)
            case e.MotionMoved(motion=str() as motion):
                self._remember(stream, "motion", motion)
            case e.ConsultationPlanned(consultation=str() as consultation):
                self._remember(stream, "consultation", consultation)
            case e.HoldPlaced(hold=str() as hold):
                self._remember(stream, "hold", hold)
            case e.TermOpened(term=str() as term):
                self._remember(stream, "term", term, event.name, event.number)
            case _:
                pass

    def _remember(self, stream: str, kind: str, uuid: str, *keys: object) -> None:
        order = self._order.setdefault((stream, kind), [])
        if uuid not in order:
            order.append(uuid)
        for key in keys:
            if isinstance(key, str | int):
                self._inner.setdefault((stream, kind), {}).setdefault(str(key), set()).add(uuid)

    def _check_alias(self, alias: str) -> None:
        if not _ALIAS_ONLY.match(alias):
            raise InputError(
                f"found {shown(alias)}, expected an alias: @ and up to 64 of A-Z, a-z, 0-9, _ and -, such as @p0640"
            )

    def _alias(self, alias: str, kind: str) -> str:
        found = self._aliases.get(alias)
        if found is None:
            known = ", ".join(self._aliases) or "none"
            raise InputError(
                f"found {shown(alias)}, which nothing earlier in this file made; its aliases so far: {known}",
                hint=nearest(alias, tuple(self._aliases)),
            )
        if found.kind != kind:
            raise InputError(f"found {shown(alias)}, which stands for a {found.kind}, expected a {kind}")
        return found.id

    # -- what the fields of a command hold ------------------------------------------------------

    def stream(self, text: str, kinds: tuple[str, ...], own: str | None = None) -> str:
        """Give the stream id that `text` stands for; `.` is the command's own stream.

        Raises:
            InputError: It is no reference, of another kind, or does not match exactly one stream.
        """
        stream, end = self._leading(text, own)
        if end != len(text):
            raise InputError(f"found {shown(text)}, expected a stream alone, without {shown(text[end:])}")
        return _of_kind(stream, kinds, text)

    def person(self, text: str) -> str:
        """Give the person key that `text` stands for.

        Raises:
            InputError: It is no person key, or does not match exactly one person.
        """
        if _UUID_ONLY.match(text):
            return text
        full = f"person:{text}" if text.startswith("@") else text
        return self.stream(full, ("person",)).partition(":")[2]

    def event(self, text: str, kinds: tuple[str, ...], own: str | None) -> str:
        """Give the event id (`<stream>#<seq>`) that `text` stands for, or the stream id where it names no event.

        Raises:
            InputError: It is no such reference.
        """
        stream, end = self._leading(text, own)
        if end != len(text) and not _SEQ.match(text, end):
            raise InputError(f"found {shown(text)}, expected an event, written <stream>#<seq>, such as {stream}#1")
        return _of_kind(stream, kinds, text) + text[end:]

    def inner(self, text: str, kind: str, own: str | None) -> str:
        """Give the id inside a stream that `text` stands for.

        Raises:
            InputError: It is no such id, or does not match exactly one.
        """
        if _UUID_ONLY.match(text):
            return text
        if text.startswith("@"):
            return self._alias(text, kind)
        stream, end = self._leading(text, own)
        path = _PATH.match(text, end)
        if path is None or path[1] != kind:
            raise InputError(f"found {shown(text)}, expected <uuid>, @alias or a path such as {stream}/{kind}/1")
        found = sorted(self._inner_of(stream, kind, path[2]))
        if len(found) != 1:
            what = f"matches {len(found)} of them: {', '.join(found)}" if found else "matches none"
            raise InputError(f"found {shown(text)}, which {what}; expected exactly one {kind} in {stream}")
        return found[0]

    def _inner_of(self, stream: str, kind: str, key: str) -> set[str]:
        """Give what a path stands for: recorded, or stated earlier in this file."""
        found = set(self._directory.inner(stream, kind, key)) | self._inner.get((stream, kind), {}).get(key, set())
        order = self._order.get((stream, kind), [])
        if found or kind in ("item", "term") or not order or not key.isdecimal():
            return found
        # Those of this file are counted on from the recorded ones, of which there are as many as have an ordinal.
        recorded = next(n for n in itertools.count() if not self._directory.inner(stream, kind, str(n + 1)))
        old = {u for n in range(recorded) for u in self._directory.inner(stream, kind, str(n + 1))}
        fresh = [uuid for uuid in order if uuid not in old]
        index = int(key) - recorded - 1
        return {fresh[index]} if 0 <= index < len(fresh) else set()

    def _leading(self, text: str, own: str | None) -> tuple[str, int]:
        """Give the stream that `text` begins with, and where that ends."""
        if text.startswith(("./", ".#")) or text == ".":
            if own is None:
                raise InputError(f"found {shown(text)}, but there is no stream of its own here")
            return own, 1
        written = _read_stream(text)
        return self._resolve(written), written.end

    # -- look-ups ---------------------------------------------------------------------------------

    def _resolve(self, written: _Stream) -> str:
        if written.uuid is not None:
            return f"{written.kind}:{written.uuid}"
        if written.alias is not None:
            return self._alias(written.alias, written.kind)
        if written.text not in self._found:
            self._found[written.text] = self._look_up(written.kind, written.keys, written.text)
        return self._found[written.text]

    def _look_up(self, kind: str, pairs: tuple[tuple[str, str | _Stream], ...], text: str) -> str:
        if kind == "register":
            return f"register:{self._directory.register.id}"
        keys = {key: self._resolve(value) if isinstance(value, _Stream) else value for key, value in pairs}
        found = self._directory.find(kind, keys) if keys else self._directory.streams(kind)
        if len(found) == 1:
            return found[0]
        if found:
            unused = [key for key in _KEYS[kind] if key not in keys]
            raise InputError(
                f"found {shown(text)}, which matches {_listed(found)}; expected exactly one {kind}",
                hint=f"add {' or '.join(unused)}, or write the id" if unused else "write the id of the one meant",
            )
        less = [{k: val for k, val in keys.items() if k != left_out} for left_out in keys]
        near = tuple(dict.fromkeys(n for some in less if some for n in self._directory.find(kind, some)))
        raise InputError(
            f"found {shown(text)}, which matches nothing recorded; expected exactly one {kind}",
            hint=f"with one key less it matches {_listed(near)}" if near else "what this file opens goes by its alias",
        )


def _listed(ids: Sequence[str]) -> str:
    more = len(ids) - _CANDIDATES_SHOWN
    return f"{len(ids)}: {', '.join(ids[:_CANDIDATES_SHOWN])}" + (f" and {more} more" if more > 0 else "")


def _of_kind(stream: str, kinds: tuple[str, ...], text: str) -> str:
    if stream.partition(":")[0] not in kinds:
        raise InputError(f"found {shown(text)}, expected a reference of kind {' or '.join(kinds)}")
    return stream


# -- the notation ---------------------------------------------------------------------------------


def _read_stream(text: str, start: int = 0, depth: int = 0) -> _Stream:
    """Read a stream reference from `start` on; what follows it is the caller's."""
    match = _STREAM.match(text, start)
    if match is None:
        raise InputError(
            f"found {shown(text)}, expected <kind>:<uuid>, <kind>:@alias or <kind>:{{look-up}}",
            hint=_notation_hint(text[start:]),
        )
    if match["uuid"] or match["alias"]:
        end = match.end()
        return _Stream(kind=match["kind"], uuid=match["uuid"], alias=match["alias"], text=text[start:end], end=end)
    if depth == _NESTED_MAX:
        raise InputError(f"found {shown(text)}, expected at most {_NESTED_MAX} look-ups inside each other")
    keys, end = _read_keys(text, match.end() + 1, match["kind"], depth)
    return _Stream(kind=match["kind"], keys=keys, text=text[start:end], end=end)


def _notation_hint(text: str) -> str | None:
    kind, colon, _ = text.partition(":")
    if text.startswith("@"):
        return f"write the kind before the alias, such as proposal:{text}"
    return nearest(kind, STREAM_KINDS) if colon and kind not in STREAM_KINDS else None


def _read_keys(text: str, start: int, kind: str, depth: int) -> tuple[tuple[tuple[str, str | _Stream], ...], int]:
    """Read `key=value, key=value}`; gives the pairs and where the text goes on."""
    keys: dict[str, str | _Stream] = {}
    end = start
    while True:
        if not keys and text[end:].lstrip().startswith("}"):
            return (), text.index("}", end) + 1
        match = _KEY.match(text, end)
        if match is None:
            raise InputError(f"found {shown(text)}, expected key=value at {shown(text[end:])}")
        key = match[1]
        if key not in _KEYS[kind]:
            raise InputError(
                f"found {shown(text)}, with the unknown key {shown(key)}; "
                f"a look-up of kind {kind} has {', '.join(_KEYS[kind]) or 'no keys'}",
                hint=nearest(key, _KEYS[kind]),
            )
        if key in keys:
            raise InputError(f"found {shown(text)}, with the key {shown(key)} twice")
        keys[key], end = _read_value(text, match.end(), key, depth)
        closing = text[end : end + 1]
        end += 1
        if closing == "}":
            return tuple(keys.items()), end
        if closing != ",":
            raise InputError(f"found {shown(text)}, expected a comma or a closing brace after the value of {key}")


def _read_value(text: str, start: int, key: str, depth: int) -> tuple[str | _Stream, int]:
    """Read one value: in double quotes, a reference where the key names a stream, or all up to a comma or brace."""
    quoted = _QUOTED.match(text, start)
    if quoted:
        return re.sub(r"\\(.)", r"\1", quoted[1]), quoted.end()
    if key in _NAMING and _STREAM.match(text, start):
        nested = _read_stream(text, start, depth + 1)
        return nested, len(text) - len(text[nested.end :].lstrip())
    end = next((i for i in range(start, len(text)) if text[i] in ',{}"'), len(text))
    value = text[start:end].strip()
    if not value:
        raise InputError(
            f"found {shown(text)}, expected a value after {key}=",
            hint="put a value with commas, braces or quotes into double quotes",
        )
    return value, end
