"""Command files (TOML, JSON, JSON lines): read strictly, with every name resolved, into a batch.

A file is read in whole or refused in whole. All faults of a file are looked for, and each is named with command,
line, field, what was found and what is allowed. `docs/commands.md` describes the format for those who write it.

What this does not decide: whether the statements may be recorded. That is asked when they are.
"""

from __future__ import annotations

import collections
import datetime as dt
import difflib
import hashlib
import json
import re
import tomllib
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from archive.batch import Batch, Command, NewDocument
from archive.disclosure import INTEGER_MAX
from archive.errors import InputError
from archive.intake import regular
from archive.intake.fields import Field, Shape, fields_of, shape_of
from archive.intake.layout import command_lines, lines_of, refuse_costly
from archive.intake.references import Directory, References, nearest, shown
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.dates import contradiction
from domain.events import CATALOGUE, EventType
from domain.stream import Sources, Statement, canonical
from domain.text import TEXT_BYTES_MAX, is_visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FORMAT: Final = "ratsbuch-commands/1"
SUFFIXES: Final = (".toml", ".json", ".jsonl")
FILE_BYTES_MAX: Final = 64 * 2**20
EVENTS_MAX: Final = 10_000
DEPTH_MAX: Final = 32
ERRORS_SHOWN: Final = 20
NAMES_SHOWN: Final = 12

# What no command file records, each with the way it is recorded. The keys of the register are the root's own matter,
# and an event that says that content was erased is true only when the same command erases it.
_BY_ROOT: Final = "the commands `ratsbuch init` and `ratsbuch keys` record what opens a register and changes its keys"
ELSEWHERE: Final = MappingProxyType(
    {
        e.ContentErased.TYPE: "use `ratsbuch erase`, which removes what the event names",
        e.RegisterOpened.TYPE: _BY_ROOT,
        e.RegisterClosed.TYPE: _BY_ROOT,
        e.RootChanged.TYPE: _BY_ROOT,
        e.LogKeyChanged.TYPE: _BY_ROOT,
        e.SignerEnrolled.TYPE: _BY_ROOT,
        e.SignerRevoked.TYPE: _BY_ROOT,
    }
)

# What a document is, by its suffix; closed, because the media type is signed. Another one has to be stated.
MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".zip": "application/zip",
}

R = TypeVar("R")

# What a file may hold before it is checked: what both notations can write.
Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | int | float | bool | dt.date | dt.time | Raw | None"

# Refused before signing: C0 except TAB, LF and CR, the two noncharacters, and lone surrogates; no export could
# carry them.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_INVALID: Final = object()
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class _File(x.Value, frozen=True, kw_only=True):
    """The members of a file besides its commands; all but the first two hold for every command that has no own."""

    format: str
    id: str | UnsetType = UNSET
    role: v.Role | UnsetType = UNSET
    visibility: v.Visibility | UnsetType = UNSET
    authority: x.Authority | UnsetType = UNSET
    sources: Sources | UnsetType = UNSET


class _Envelope(x.Value, frozen=True, kw_only=True):
    """The members of a command besides its type, its stream and its data."""

    visibility: v.Visibility
    occurred: x.When
    known: x.When | UnsetType = UNSET
    authority: x.Authority | UnsetType = UNSET
    sources: Sources | UnsetType = UNSET
    expected_seq: x.Count | UnsetType = UNSET
    role: v.Role | UnsetType = UNSET


_STREAM: Final = shape_of(x.StreamId)
COMMAND_FIELDS: Final = ("type", "new", "stream", *_Envelope.__struct_fields__, "data")


class _Read(Struct, frozen=True):
    """A file, taken apart but not checked: its head, and each command with its line, where that is known.

    `text` is what the lines of fields are looked up in; in JSON lines a command and its fields have the same line.
    """

    head: dict[str, Tree]
    commands: list[Tree]
    lines: tuple[int, ...] | None
    text: str | None = None
    toml: bool = False


class _Fault(Struct, frozen=True):
    """What is wrong with a field of the head (no command) or of a command."""

    command: int | None
    path: str
    text: str
    hint: str | None


class _Head(Struct, frozen=True):
    """The head of a file, checked."""

    id: str | None
    defaults: dict[str, object]


def load(path: Path) -> bytes:
    """Give the bytes of a command file, bounded.

    Raises:
        InputError: Its suffix names no notation, or it cannot be read.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path.name}: found the suffix {shown(path.suffix)}, expected one of {', '.join(SUFFIXES)}")
    return regular.read(path, bytes_max=FILE_BYTES_MAX)


def read_path(
    path: Path, *, directory: Directory, new_id: Callable[[str], str], documents: Mapping[str, Path]
) -> Batch:
    """Read a command file from disk; see `read`.

    Raises:
        InputError: It cannot be read, is too large, or is not valid.
    """
    source = load(path)
    return read(source, path.name, directory=directory, new_id=new_id, documents=documents, suffix=path.suffix)


def read(
    source: bytes,
    name: str,
    *,
    directory: Directory,
    new_id: Callable[[str], str],
    documents: Mapping[str, Path],
    suffix: str,
) -> Batch:
    """Read a command file.

    Args:
        source: The bytes of the file.
        name: What to call it in messages.
        directory: What is recorded already, for look-ups.
        new_id: Gives a fresh UUID (lower case) for each stream and each id inside one, by its kind.
        documents: The documents handed in with the file, by base name.
        suffix: `.toml`, `.json` or `.jsonl`; empty to tell by the content (standard input).

    Returns:
        The commands in order, with all names resolved, and the documents they name.

    Raises:
        InputError: The file is not valid; one line for each fault found, up to twenty.
    """
    return read_unless_recorded(
        source,
        name,
        recorded=lambda _: None,
        directory=directory,
        new_id=new_id,
        documents=documents,
        suffix=suffix,
    )


def read_unless_recorded(
    source: bytes,
    name: str,
    *,
    recorded: Callable[[Batch], R | None],
    directory: Directory,
    new_id: Callable[[str], str],
    documents: Mapping[str, Path],
    suffix: str,
) -> Batch | R:
    """Read a command file, but first ask whether it was recorded before.

    The look-ups of such a file may match something else by now, or nothing, and its documents need not be handed in
    again: none of that is asked then.

    Args:
        source: The bytes of the file.
        name: What to call it in messages.
        recorded: Is given a batch with id, digest and name of the file and no commands; gives what was recorded, or
            None where nothing was.
        directory: As for `read`.
        new_id: As for `read`.
        documents: As for `read`.
        suffix: As for `read`.

    Returns:
        What `recorded` gave, or else the batch.

    Raises:
        InputError: As for `read`. Also whatever `recorded` raises.
    """
    taken = _taken(source, name, suffix)
    file_id = taken.head.get("id")
    digest = hashlib.sha256(source).digest()
    before = recorded(Batch(id=file_id if isinstance(file_id, str) else None, digest=digest, commands=(), name=name))
    if before is not None:
        return before
    reader = _Reader(name, directory=directory, new_id=new_id, documents=documents)
    commands, checked_id = reader.file(taken)
    return Batch(
        id=checked_id,
        digest=digest,
        commands=commands,
        documents=tuple({doc.digest_hex: doc for doc in reader.documents.values()}.values()),
        name=name,
    )


# -- from bytes to tables -------------------------------------------------------------------------


def _taken(source: bytes, name: str, suffix: str) -> _Read:
    """Take a file apart."""
    if len(source) > FILE_BYTES_MAX:
        raise InputError(
            f"{name}: found more than {FILE_BYTES_MAX} bytes, expected at most 64 MiB",
            hint="split it into several files, or hand in long texts as documents",
        )
    text = _decoded(source, name)
    if not text.strip():
        _empty(name, suffix)
    return _READERS[suffix or _sniffed(text)](text, name)


def _decoded(source: bytes, name: str) -> str:
    try:
        return source.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}: line {line}: found byte 0x{source[error.start]:02x}, expected UTF-8",
            hint="save the file as UTF-8",
        ) from error


def _sniffed(text: str) -> str:
    """Tell the notation by the beginning: TOML never begins with a brace, and JSON lines begin with a whole object."""
    if not text.lstrip().startswith("{"):
        return ".toml"
    try:
        first = json.loads(text.lstrip().partition("\n")[0])
    except (ValueError, RecursionError):
        return ".json"
    return ".json" if "commands" in first else ".jsonl"


def _empty(name: str, suffix: str) -> NoReturn:
    beginning = f'{{"format": "{FORMAT}"' if suffix.startswith(".json") else f'format = "{FORMAT}"'
    raise InputError(
        f"{name}: the file is empty, expected a command file, which begins with {beginning}",
        hint="`ratsbuch template TYPE` prints a command to fill in, and docs/commands.md describes the file",
    )


def _too_deep(name: str, cause: RecursionError) -> NoReturn:
    raise InputError(f"{name}: found values nested too deeply, expected at most {DEPTH_MAX} levels") from cause


def _toml(text: str, name: str) -> _Read:
    refuse_costly(text, name)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: is not valid TOML: {error}") from error
    except RecursionError as error:
        _too_deep(name, error)
    if not tree:
        _empty(name, ".toml")
    commands = _commands(tree, name, hint="each command begins with a line [[commands]]")
    lines = command_lines(text)
    return _Read(tree, commands, lines if len(lines) == len(commands) else None, text, toml=True)


def _json(text: str, name: str) -> _Read:
    tree = _json_value(text, name)
    if not isinstance(tree, dict):
        raise InputError(f"{name}: found {_found(tree)}, expected an object with format and commands")
    return _Read(tree, _commands(tree, name), None, text)


def _json_lines(text: str, name: str) -> _Read:
    rows = [(number, row) for number, row in enumerate(text.split("\n"), start=1) if row.strip()]
    if len(rows) - 1 > EVENTS_MAX:
        _too_many(len(rows) - 1, name)
    values = [_json_value(row, name, line=number) for number, row in rows]
    head = values[0]
    if not isinstance(head, dict) or "format" not in head or "commands" in head:
        raise InputError(
            f"{name}: line {rows[0][0]}: expected the head of the file, such as "
            f'{{"format": "{FORMAT}", "visibility": "public"}}, then one command a line'
        )
    return _Read(head, values[1:], tuple(number for number, _ in rows[1:]))


def _json_value(text: str, name: str, *, line: int | None = None) -> Tree:
    try:
        value: Tree = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        at = f"line {line or error.lineno}, column {error.colno}"
        raise InputError(f"{name}: {at}: is not valid JSON: {error.msg}") from error
    except ValueError as error:
        at = f"{name}: line {line}" if line else name
        raise InputError(f"{at}: is not valid JSON: {error}") from error
    except RecursionError as error:
        _too_deep(name, error)
    return value


def _object(pairs: list[tuple[str, Tree]]) -> Tree:
    """Build an object, and refuse a name that stands in it twice: whichever won, the other would be lost."""
    result = dict(pairs)
    if len(result) != len(pairs):
        counts = collections.Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise ValueError(f"the name {shown(twice)} stands twice in one object")
    return result


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


_READERS: Final = {".toml": _toml, ".json": _json, ".jsonl": _json_lines}


def _commands(tree: dict[str, Tree], name: str, *, hint: str | None = None) -> list[Tree]:
    """Take the commands out of a file's tables."""
    found = _found(tree["commands"]) if "commands" in tree else "nothing"
    commands = tree.pop("commands", None)
    if not isinstance(commands, list):
        raise InputError(f"{name}: commands: found {found}, expected a list of commands", hint=hint)
    if len(commands) > EVENTS_MAX:
        _too_many(len(commands), name)
    return commands


def _too_many(count: int, name: str) -> NoReturn:
    raise InputError(
        f"{name}: found {count} commands, expected at most {EVENTS_MAX} in a file", hint="split it into several files"
    )


def _settled(value: Tree, *, toml: bool, depth: int = 0) -> Tree:
    """Bring both notations to one: a TOML date becomes its text, and `{ blank = true }` the null that TOML lacks.

    Raises:
        RecursionError: It is nested too deeply.
    """
    if depth > DEPTH_MAX:
        raise RecursionError
    if isinstance(value, dict):
        if toml and value == {"blank": True}:
            return None
        return {key: _settled(item, toml=toml, depth=depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_settled(item, toml=toml, depth=depth + 1) for item in value]
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    return value


# -- from tables to statements --------------------------------------------------------------------


class _Reader:
    """Checks the commands of one file in order; faults are collected, so that all can be put right at once."""

    def __init__(
        self, name: str, *, directory: Directory, new_id: Callable[[str], str], documents: Mapping[str, Path]
    ) -> None:
        self._name = name
        self._names = References(directory)
        self._new_id = new_id
        self._handed_in = documents
        self._faults: list[_Fault] = []
        self._command_index: int | None = None
        self._type = ""
        self._own: str | None = None
        self.documents: dict[str, NewDocument] = {}

    def file(self, taken: _Read) -> tuple[tuple[Command, ...], str | None]:
        """Check head and commands.

        Raises:
            InputError: Anything in them is not valid.
        """
        try:
            head = self._head(_settled(taken.head, toml=taken.toml), taken)
            trees = [_settled(tree, toml=taken.toml) for tree in taken.commands]
        except RecursionError as error:
            _too_deep(self._name, error)
        if not trees:
            raise InputError(f"{self._name}: commands: found none, expected at least one")
        commands: list[Command] = []
        for index, tree in enumerate(trees):
            self._command_index = index
            command = self._command(tree, head, self._place(index, taken.lines[index] if taken.lines else None))
            if command is not None:
                commands.append(command)
        self._raise_faults(taken)
        return tuple(commands), head.id

    def _place(self, index: int | None, line: int | None) -> str:
        """Say where something stands: in the head of the file, or in a command."""
        if index is None:
            return f"{self._name}: line {line}" if line else self._name
        return f"{self._name}: command {index + 1}" + (f" (line {line})" if line else "")

    def _head(self, tree: Tree, taken: _Read) -> _Head:
        """Check what holds for the whole file; nothing else is looked at while that is wrong."""
        tree = tree if isinstance(tree, dict) else {}
        if tree.get("format") != FORMAT:
            found = _found(tree["format"]) if "format" in tree else "nothing"
            self._fault("format", f"found {found}, expected {shown(FORMAT)}")
            self._raise_faults(taken)
        checked = self._table(tree, fields_of(_File), "")
        self._raise_faults(taken)
        file_id = checked.get("id")
        defaults = {name: value for name, value in checked.items() if name not in ("format", "id")}
        return _Head(file_id if isinstance(file_id, str) else None, defaults)

    def _command(self, tree: Tree, head: _Head, place: str) -> Command | None:
        """Check one command; gives None where it has a fault."""
        before = len(self._faults)
        if not isinstance(tree, dict):
            self._fault("", f"found {_found(tree)}, expected a table with {', '.join(COMMAND_FIELDS)}")
            return None
        row = self._row(tree.get("type"))
        if row is None:
            return None
        self._type = row.name
        self._unknown(tree, COMMAND_FIELDS, "", "a command")
        self._own = self._stream(tree, row)
        fields = fields_of(_Envelope)
        own = {key: tree[key] for key in tree if key in fields}
        checked = head.defaults | self._table(own, fields, "", given=head.defaults)
        data = self._value(tree.get("data", {}), shape_of(row.cls), "data")
        if len(self._faults) > before or self._own is None:
            return None
        event = msgspec.convert(data, row.cls)
        self._names.note(self._own, event)
        envelope = msgspec.convert(checked, _Envelope)
        return Command(
            statement=Statement(
                stream=self._own,
                event=event,
                occurred=envelope.occurred,
                known=envelope.known,
                # An empty table or list takes the file's default away.
                authority=UNSET if envelope.authority == x.Authority() else envelope.authority,
                sources=envelope.sources or UNSET,
                visibility=envelope.visibility,
            ),
            role=None if envelope.role is UNSET else envelope.role,
            expected_seq=None if envelope.expected_seq is UNSET else envelope.expected_seq,
            place=place,
        )

    def _row(self, name: Tree | None) -> EventType | None:
        """Give the row of the catalogue that a command's type names."""
        row = CATALOGUE.get(name) if isinstance(name, str) else None
        if row is None:
            found = "missing" if name is None else f"found {_found(name)}"
            near = nearest(name, tuple(CATALOGUE)) if isinstance(name, str) else None
            self._fault(
                "type",
                f"{found}, expected the name and version of an event type, such as proposal-registered/1",
                hint=near or "`ratsbuch template --list` lists the types",
            )
        elif row.name in ELSEWHERE:
            self._fault("type", f"found {row.name}, which no command file can record", hint=ELSEWHERE[row.name])
            return None
        return row

    def _stream(self, tree: dict[str, Tree], row: EventType) -> str | None:
        """Give the stream that a command is about: a new one, or one that is named."""
        new, stream = tree.get("new"), tree.get("stream")
        if (new is None) == (stream is None):
            found = "missing" if new is None else "found both new and stream"
            wanted = "stream, or new to open one" if row.opens else "stream"
            self._fault("stream" if new is None else "new", f"{found}, expected {wanted}")
            return None
        if new is None:
            checked = self._value(stream, _STREAM, "stream")
            return checked if isinstance(checked, str) else None
        if not row.opens:
            self._fault("new", f"{row.name} opens no stream, expected stream")
            return None
        if not isinstance(new, str):
            self._fault("new", f"found {_found(new)}, expected an alias such as @p0640")
            return None
        try:
            return self._names.open(new, row.streams[0], self._new_id(row.streams[0]))
        except InputError as error:
            self._fault("new", error.message, hint=error.hint)
            return None

    # -- faults -----------------------------------------------------------------------------------

    def _fault(self, path: str, text: str, *, hint: str | None = None) -> object:
        """Take down a fault of the command at hand; gives what stands in place of the value."""
        self._faults.append(_Fault(self._command_index, path, text, hint))
        return _INVALID

    def _raise_faults(self, taken: _Read) -> None:
        """Refuse the file with all its faults.

        One fault has its hint apart. Of several each has its own in its line, or nobody could tell which is whose.
        """
        if not self._faults:
            return
        faults = self._faults[:ERRORS_SHOWN]
        lines = self._fault_lines(faults, taken)
        told = [
            ": ".join(filter(None, (self._place(fault.command, line), fault.path, fault.text)))
            for fault, line in zip(faults, lines, strict=True)
        ]
        if len(faults) == 1:
            raise InputError(told[0], hint=faults[0].hint)
        told = [f"{text} ({fault.hint})" if fault.hint else text for text, fault in zip(told, faults, strict=True)]
        if len(self._faults) > ERRORS_SHOWN:
            told.append(f"{self._name}: and {len(self._faults) - ERRORS_SHOWN} more")
        raise InputError("\n".join(told))

    @staticmethod
    def _fault_lines(faults: list[_Fault], taken: _Read) -> list[int | None]:
        """Give the line of each fault: that of its field, or of the closest table around it that is written."""
        if taken.text is None:
            return [taken.lines[f.command] if taken.lines and f.command is not None else None for f in faults]
        paths = [
            f.path if f.command is None else _joined(f"commands[{f.command}]", f.path) if f.path else "" for f in faults
        ]
        found = lines_of(taken.text, filter(None, paths), toml=taken.toml)
        return [found.get(path) for path in paths]

    def _one_of(self, names: Sequence[str], found: str) -> str:
        """Name what is allowed: all of it, or of a long list what is similar and where the rest stands."""
        if len(names) <= NAMES_SHOWN:
            return f"one of {', '.join(names)}"
        near = difflib.get_close_matches(found, names, n=3)
        such = f", such as {', '.join(near)}" if near else ""
        where = f"`ratsbuch template {self._type}`" if self._type else "docs/commands.md"
        return f"one of {len(names)}{such} ({where} shows all)"

    def _unknown(self, tree: dict[str, Tree], allowed: tuple[str, ...], path: str, what: str) -> None:
        for name in tree:
            if name not in allowed:
                self._fault(
                    _joined(path, name),
                    f"unknown field, expected for {what} {self._one_of(allowed, name)}",
                    hint=nearest(name, allowed),
                )

    # -- values -----------------------------------------------------------------------------------

    def _value(self, raw: Tree, shape: Shape, path: str) -> object:
        """Check one value and resolve what it names; gives what msgspec makes the record of."""
        if shape.form == "json":
            return self._any(raw, path)
        if raw is None:
            if shape.blank:
                return None
            return self._fault(
                path,
                f"found null (left blank), expected {shape.expects}",
                hint="leave a field out where the source does not mention it",
            )
        if shape.form == "value":
            return self._single(raw, shape, path)
        if shape.form == "table" and isinstance(raw, dict):
            filled = self._document(raw, path) if shape.cls is x.Document and "file" in raw else raw
            if filled is None:
                return _INVALID
            table = self._table(filled, shape.fields, path)
            return self._dated(table, path) if shape.cls is x.When else table
        return self._list(raw, shape, path)

    def _table(
        self, raw: dict[str, Tree], fields: Mapping[str, Field], path: str, *, given: Mapping[str, object] = _NOTHING
    ) -> dict[str, object]:
        """Check the fields of a table; those `given` elsewhere need not be stated in it."""
        self._unknown(raw, tuple(fields), path, "this table" if path else "the file")
        for field in fields.values():
            if field.required and field.name not in raw and field.name not in given:
                self._fault(_joined(path, field.name), f"missing, expected {field.shape.expects}")
        return {
            name: self._value(value, fields[name].shape, _joined(path, name))
            for name, value in raw.items()
            if name in fields
        }

    def _dated(self, table: dict[str, object], path: str) -> object:
        """Refuse dates that contradict each other."""
        if any(value is _INVALID for value in table.values()) or "certainty" not in table:
            return table
        wrong = contradiction(msgspec.convert(table, x.When))
        return table if wrong is None else self._fault(_joined(path, wrong[0]), wrong[1])

    def _list(self, raw: Tree, shape: Shape, path: str) -> object:
        if not isinstance(raw, list) or shape.items is None:
            return self._fault(path, f"found {_found(raw)}, expected {shape.expects}")
        if len(raw) < shape.length_min or (shape.length_max is not None and len(raw) > shape.length_max):
            most = "" if shape.length_max is None else f" and at most {shape.length_max}"
            return self._fault(path, f"found a list of {len(raw)}, expected at least {shape.length_min}{most}")
        return [self._value(item, shape.items, f"{path}[{index}]") for index, item in enumerate(raw)]

    def _single(self, raw: Tree, shape: Shape, path: str) -> object:
        if isinstance(raw, str):
            fault = _text_fault(raw)
            if fault:
                return self._fault(path, fault, hint=None if is_visible(raw) else _nothing_hint(shape))
        try:
            value = self._resolved(raw, shape) if isinstance(raw, str) else raw
        except InputError as error:
            return self._fault(path, error.message, hint=error.hint)
        try:
            msgspec.convert(value, shape.hint)
        except msgspec.ValidationError:
            expected = self._one_of(shape.codes, str(raw)) if shape.codes else shape.expects
            return self._fault(path, f"found {_found(raw)}, expected {expected}", hint=_hint(raw, shape))
        return value

    def _resolved(self, text: str, shape: Shape) -> str:
        """Give what a reference stands for; any other text as it is."""
        if shape.inner is not None:
            if shape.defines:
                return self._names.define(text, shape.inner, self._own, self._new_id)
            return self._names.inner(text, shape.inner, self._own)
        if shape.refs == ("person",):
            return self._names.person(text)
        if "#" in shape.refs:
            return self._names.event(text, tuple(kind for kind in shape.refs if kind != "#"), self._own)
        if shape.refs:
            return self._names.stream(text, shape.refs, self._own)
        return text

    def _any(self, raw: Tree, path: str) -> object:
        """Take any JSON value in its canonical form: what a correction says stood, or is to stand, in a field."""
        fault = _json_fault(raw)
        return self._fault(path, fault) if fault else Raw(canonical(raw))

    def _document(self, raw: dict[str, Tree], path: str) -> dict[str, Tree] | None:
        """Fill in what a document handed in is; gives None where that cannot be done.

        The file is found by its base name among those handed in. A name from data is never opened as a path.
        """
        name = raw["file"]
        at = _joined(path, "file")
        clash = [key for key in ("digest", "held", "size") if key in raw]
        if clash:
            self._fault(at, f"found beside {', '.join(clash)}, expected one or the other: file fills them in")
            return None
        if not isinstance(name, str) or name not in self._handed_in:
            handed_in = ", ".join(sorted(self._handed_in)) or "none"
            self._fault(
                at,
                f"found {_found(name)}, expected the base name of a document handed in ({handed_in})",
                hint=f"--document {PurePath(name).name if isinstance(name, str) else 'FILE'}",
            )
            return None
        stated_type = raw.get("media_type")
        media_type = stated_type if isinstance(stated_type, str) else MEDIA_TYPES.get(PurePath(name).suffix.lower())
        if media_type is None:
            self._fault(
                at,
                f"found the suffix {shown(PurePath(name).suffix)}, expected one of {', '.join(MEDIA_TYPES)}",
                hint="or state media_type beside file",
            )
            return None
        if name not in self.documents:
            try:
                self.documents[name] = _measured(self._handed_in[name], media_type)
            except OSError as error:
                self._fault(at, f"{shown(name)} cannot be read: {error.strerror}")
                return None
            except InputError as error:
                self._fault(at, error.message)
                return None
        document = self.documents[name]
        return {key: value for key, value in raw.items() if key != "file"} | {
            "digest": document.digest_hex,
            "held": True,
            "media_type": media_type,
            "size": document.size,
        }


def _measured(path: Path, media_type: str) -> NewDocument:
    with regular.opened(path) as file:
        digest = hashlib.file_digest(file, "sha512")
        return NewDocument(digest_hex=digest.hexdigest(), size=file.tell(), media_type=media_type, path=path)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _found(value: Tree) -> str:
    """Say what was found, short and safe to print."""
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return shown(value)
        case dict():
            return "a table"
        case list():
            return "a list"
        case dt.date() | dt.time():
            return f"the TOML date-time {value.isoformat()}"
        case _:
            return str(value)


def _text_fault(text: str) -> str | None:
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        return (
            f"found the character U+{ord(forbidden[0]):04X} at {forbidden.start() + 1}, "
            "expected none that no export could carry"
        )
    if not is_visible(text):
        return f"found {shown(text)}, a text without a visible character, expected one that says something"
    size = len(text.encode())
    if size > TEXT_BYTES_MAX:
        return f"found a text of {size} bytes, expected at most {TEXT_BYTES_MAX}; a longer one is a document"
    return None


def _json_fault(value: Tree) -> str | None:
    """Say what in a JSON value has no canonical form here."""
    match value:
        case str():
            return _text_fault(value)
        case None | bool():
            return None
        case int():
            return None if abs(value) <= INTEGER_MAX else f"found {value}, expected a number within 2^53-1"
        case dict():
            foreign = (f"found the name {shown(name)}, expected ASCII" for name in value if not name.isascii())
            return next(filter(None, (*foreign, *map(_json_fault, value.values()))), None)
        case list():
            return next(filter(None, map(_json_fault, value)), None)
    return f"found {_found(value)}, expected text, a whole number, true, false, a list or a table"


def _nothing_hint(shape: Shape) -> str:
    if shape.blank:
        return "write { blank = true } (in JSON null) where the form has the field and it was left blank"
    return "leave a field out where the source does not mention it"


_GERMAN_DATE: Final = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})\Z")
_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
# The last Sunday of March, at 02:00 local time (EU directives since the one of 1980, for 1981).
_SUMMER_TIME_SINCE: Final = 1981


def _hint(raw: Tree, shape: Shape) -> str | None:
    """Give the way out for the mistakes that are made most."""
    if shape.codes:
        return nearest(raw, shape.codes) if isinstance(raw, str) else None
    if shape.date and not isinstance(raw, str):
        return 'write it in quotes, an instant with its offset: "2021-12-08T17:00:00+01:00"'
    text = raw if shape.date and isinstance(raw, str) else ""
    if german := _GERMAN_DATE.match(text):
        return f"write {german[3]}-{int(german[2]):02}-{int(german[1]):02}, and the words of the source in the literal"
    if written := _DATE_TIME.match(text):
        whole = f"{written[1]}T{written[2]}{written[3] or ':00'}"
        return _time_hint(whole, has_offset=written[4] is not None)
    return None


def _time_hint(whole: str, *, has_offset: bool) -> str:
    """Give the way out for a date with a time that is no instant; `whole` is it without fraction and offset."""
    try:
        local = dt.datetime.fromisoformat(whole)
    except ValueError:
        return "there is no such day or time: hours go from 00 to 23, minutes and seconds from 00 to 59"
    if has_offset:
        return f"write it with T and seconds, and an offset of at most 23:59, such as {whole}+01:00"
    sunday = dt.date(local.year, 3, 31)
    sunday -= dt.timedelta(days=sunday.isoweekday() % 7)
    if local.date() == sunday and local.hour == 2 and local.year >= _SUMMER_TIME_SINCE:  # noqa: PLR2004  # from 02:00
        return "there was no such time in Germany: the clocks went from 02:00 to 03:00; state the day alone"
    return f"state the offset that held there: {whole}+01:00 in winter, {whole}+02:00 in summer (Germany)"
