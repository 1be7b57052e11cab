"""Command files (TOML, JSON, JSON lines): read strictly, with every name resolved, into a batch.

A file is read in whole or refused in whole. All faults of a file are looked for, and each is named with command,
line, field, what was found and what is allowed. `docs/commands.md` describes the format for those who write it.

What this does not decide: whether the statements may be recorded. That is asked when they are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from archive.batch import Batch, Command, NewDocument
from archive.disclosure import INTEGER_MAX
from archive.errors import InputError
from archive.intake.fields import Field, Shape, fields_of, shape_of
from archive.intake.references import Directory, References, nearest, shown
from domain import values as x
from domain import vocabulary as v
from domain.events import CATALOGUE, EventType
from domain.stream import Sources, Statement, canonical
from domain.text import TEXT_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FORMAT: Final = "ratsbuch-commands/1"
SUFFIXES: Final = (".toml", ".json", ".jsonl")
FILE_BYTES_MAX: Final = 64 * 2**20
EVENTS_MAX: Final = 10_000
DEPTH_MAX: Final = 32
ERRORS_SHOWN: Final = 20

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
    """A file, taken apart but not checked: its head, and each command with its line, where that is known."""

    head: dict[str, Tree]
    commands: list[Tree]
    lines: tuple[int, ...] | None
    toml: bool = False


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
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}") from error


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
    taken = _taken(source, name, suffix)
    reader = _Reader(name, directory=directory, new_id=new_id, documents=documents)
    commands, file_id = reader.file(taken)
    return Batch(
        id=file_id,
        digest=hashlib.sha256(source).digest(),
        commands=commands,
        documents=tuple({doc.digest_hex: doc for doc in reader.documents.values()}.values()),
        name=name,
    )


def identify(source: bytes, name: str, *, suffix: str) -> tuple[str | None, bytes]:
    """Give a file's id and the SHA-256 of its bytes, with nothing resolved.

    A file that was recorded before is told by these two: its look-ups may match something else by now, and are not
    to be asked again.

    Raises:
        InputError: The file is no command file.
    """
    head = _taken(source, name, suffix).head
    file_id = head.get("id")
    return file_id if isinstance(file_id, str) and file_id else None, hashlib.sha256(source).digest()


# -- from bytes to tables -------------------------------------------------------------------------


def _taken(source: bytes, name: str, suffix: str) -> _Read:
    """Take a file apart."""
    if len(source) > FILE_BYTES_MAX:
        raise InputError(
            f"{name}: found more than {FILE_BYTES_MAX} bytes, expected at most 64 MiB",
            hint="split it into several files, or hand in long texts as documents",
        )
    text = _decoded(source, name)
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


def _too_deep(name: str, cause: RecursionError) -> NoReturn:
    raise InputError(f"{name}: found values nested too deeply, expected at most {DEPTH_MAX} levels") from cause


def _toml(text: str, name: str) -> _Read:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: is not valid TOML: {error}") from error
    except RecursionError as error:
        _too_deep(name, error)
    commands = _commands(tree, name)
    lines = _toml_lines(text)
    return _Read(tree, commands, lines if len(lines) == len(commands) else None, toml=True)


# A light index of the lines on which commands begin: strings and comments are skipped, so that one that quotes a
# command file does not shift it. `tomllib` has found the file valid before this looks at it. The possessive
# quantifiers (`*+`) keep a long string from costing memory for every character.
_TOML_PARTS: Final = re.compile(
    r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|^[ \t]*(\[\[[ \t]*commands[ \t]*\]\])",
    re.DOTALL | re.MULTILINE,
)


def _toml_lines(text: str) -> tuple[int, ...]:
    lines: list[int] = []
    line, counted = 1, 0
    for part in _TOML_PARTS.finditer(text):
        if part[1]:
            line += text.count("\n", counted, part.start(1))
            counted = part.start(1)
            lines.append(line)
    return tuple(lines)


def _json(text: str, name: str) -> _Read:
    tree = _json_value(text, name)
    if not isinstance(tree, dict):
        raise InputError(f"{name}: found {_found(tree)}, expected an object with format and commands")
    return _Read(tree, _commands(tree, name), None)


def _json_lines(text: str, name: str) -> _Read:
    rows = [(number, row) for number, row in enumerate(text.split("\n"), start=1) if row.strip()]
    if not rows:
        raise InputError(f"{name}: found nothing, expected a first line with format, then one command a line")
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
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {shown(twice)} stands twice in one object")
    return result


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


_READERS: Final = {".toml": _toml, ".json": _json, ".jsonl": _json_lines}


def _commands(tree: dict[str, Tree], name: str) -> list[Tree]:
    """Take the commands out of a file's tables."""
    commands = tree.pop("commands", None)
    if not isinstance(commands, list):
        raise InputError(f"{name}: commands: found {_found(commands)}, expected a list of commands")
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
        self._faults: list[tuple[str, str | None]] = []
        self._place = name
        self._own: str | None = None
        self.documents: dict[str, NewDocument] = {}

    def file(self, taken: _Read) -> tuple[tuple[Command, ...], str | None]:
        """Check head and commands.

        Raises:
            InputError: Anything in them is not valid.
        """
        try:
            head = self._head(_settled(taken.head, toml=taken.toml))
            trees = [_settled(tree, toml=taken.toml) for tree in taken.commands]
        except RecursionError as error:
            _too_deep(self._name, error)
        if not trees:
            raise InputError(f"{self._name}: commands: found none, expected at least one")
        commands: list[Command] = []
        for index, tree in enumerate(trees):
            line = f" (line {taken.lines[index]})" if taken.lines else ""
            self._place = f"{self._name}: command {index + 1}{line}"
            command = self._command(tree, head)
            if command is not None:
                commands.append(command)
        self._raise_faults()
        return tuple(commands), head.id

    def _head(self, tree: Tree) -> _Head:
        """Check what holds for the whole file; nothing else is looked at while that is wrong."""
        tree = tree if isinstance(tree, dict) else {}
        if tree.get("format") != FORMAT:
            found = _found(tree["format"]) if "format" in tree else "nothing"
            raise InputError(f"{self._name}: format: found {found}, expected {shown(FORMAT)}")
        checked = self._table(tree, fields_of(_File), "")
        if tree.get("id") == "":
            self._fault("id", 'found "", expected the id of the file, or no id')
        self._raise_faults()
        file_id = checked.get("id")
        defaults = {name: value for name, value in checked.items() if name not in ("format", "id")}
        return _Head(file_id if isinstance(file_id, str) else None, defaults)

    def _command(self, tree: Tree, head: _Head) -> Command | None:
        """Check one command; gives None where it has a fault."""
        before = len(self._faults)
        if not isinstance(tree, dict):
            self._fault("", f"found {_found(tree)}, expected a table with {', '.join(COMMAND_FIELDS)}")
            return None
        row = self._row(tree.get("type"))
        if row is None:
            return None
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
            place=self._place,
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
                hint=near or "docs/commands.md lists the types",
            )
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
        at = f"{self._place}: {path}" if path else self._place
        self._faults.append((f"{at}: {text}", hint))
        return _INVALID

    def _raise_faults(self) -> None:
        if not self._faults:
            return
        lines = [text for text, _ in self._faults[:ERRORS_SHOWN]]
        if len(self._faults) > ERRORS_SHOWN:
            lines.append(f"{self._name}: and {len(self._faults) - ERRORS_SHOWN} more")
        hints = dict.fromkeys(hint for _, hint in self._faults[:ERRORS_SHOWN] if hint)
        raise InputError("\n".join(lines), hint="\n".join(hints) or None)

    def _unknown(self, tree: dict[str, Tree], allowed: tuple[str, ...], path: str, what: str) -> None:
        for name in tree:
            if name not in allowed:
                self._fault(
                    _joined(path, name),
                    f"unknown field, expected for {what} one of {', '.join(allowed)}",
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
            return self._table(filled, shape.fields, path) if filled is not None else _INVALID
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
                return self._fault(path, fault)
        try:
            value = self._resolved(raw, shape) if isinstance(raw, str) else raw
        except InputError as error:
            return self._fault(path, error.message, hint=error.hint)
        try:
            msgspec.convert(value, shape.hint)
        except msgspec.ValidationError:
            return self._fault(path, f"found {_found(raw)}, expected {shape.expects}", hint=_hint(raw, shape))
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
        document = self.documents[name]
        return {key: value for key, value in raw.items() if key != "file"} | {
            "digest": document.digest_hex,
            "held": True,
            "media_type": media_type,
            "size": document.size,
        }


def _measured(path: Path, media_type: str) -> NewDocument:
    with path.open("rb") as file:
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


_GERMAN_DATE: Final = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})\Z")
_LOCAL_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?![0-9])")


def _hint(raw: Tree, shape: Shape) -> str | None:
    """Give the way out for the mistakes that are made most."""
    if shape.codes:
        return nearest(raw, shape.codes) if isinstance(raw, str) else None
    if shape.date and not isinstance(raw, str):
        return 'write it in quotes, an instant with its offset: "2021-12-08T17:00:00+01:00"'
    text = raw if shape.date and isinstance(raw, str) else ""
    if german := _GERMAN_DATE.match(text):
        return f"write {german[3]}-{int(german[2]):02}-{int(german[1]):02}, and the words of the source in the literal"
    if local := _LOCAL_TIME.match(text):
        whole = f"{local[1]}T{local[2]}{local[3] or ':00'}"
        return f"state the offset that held there: {whole}+01:00 in winter, {whole}+02:00 in summer (Germany)"
    return None
