"""Statements, recorded events, corrections by path, and how a stream is replayed.

A command states something; once it is recorded it stands in a stream at a `seq`. Reading a stream applies
its corrections first and evolves then, so that a state never has to undo anything; the value as first stated
stays in the history.

The refusing rules that are the same for every stream stand here; those of one kind of stream stand in its own
module, and `domain.streams` calls both. Everything here is pure.

States are made of `Fact`s: the event as it holds now, beside the record that tells who stated it, when and on
what it rests. So whoever reads a state can name the event behind every value.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import vocabulary as v
from domain.errors import ConflictError, RuleError, WithheldError
from domain.events import CATALOGUE, DiscrepancyNoted, Event, RecordCorrected
from domain.values import WITHHELD, Authority, Recorder, Source, When, Withheld

if TYPE_CHECKING:
    from collections.abc import Sequence

Sources = tuple[Source, ...]
# The members of the envelope that a correction may touch, besides the event's own fields.
ENVELOPE: Final[dict[str, object]] = {"occurred": When, "known": When, "authority": Authority, "sources": Sources}
ARCHIVIST_NEVER: Final = frozenset({v.Grade.ORIGINAL})
IMPORTER_ONLY: Final = frozenset({v.Grade.SYSTEM_OF_RECORD, v.Grade.SECONDARY})


class Statement(Struct, frozen=True, kw_only=True):
    """What a command states about a stream: an event with when, by whose authority and on what it rests.

    A member may be `WITHHELD` only where it was read from tokens without their disclosures.
    """

    stream: str
    event: Event
    occurred: When | Withheld
    known: When | UnsetType | Withheld = UNSET
    authority: Authority | UnsetType | Withheld = UNSET
    sources: Sources | UnsetType | Withheld = UNSET
    visibility: v.Visibility

    @property
    def kind(self) -> str:
        """The kind of the stream."""
        return self.stream.partition(":")[0]


class RecordedEvent(Statement, frozen=True, kw_only=True):
    """A statement as it stands in the record.

    Attributes:
        seq: Place in the stream, from 1.
        position: Place in the register, from 1.
        txn: The command file it came with (a UUID).
        recorded_at: Seconds since 1970, UTC; by the recorder's own clock.
        by: Who recorded it and in which role; says nothing about who could state it.
        corrected_by: The `seq` of each correction applied, in order; empty as first recorded.
    """

    seq: int
    position: int
    txn: str
    recorded_at: int
    by: Recorder
    corrected_by: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """The identity of the event: stream and place in it."""
        return f"{self.stream}#{self.seq}"


# -- states ---------------------------------------------------------------------------------------

E = typing.TypeVar("E", bound=Event)


class Fact(Struct, typing.Generic[E], frozen=True, kw_only=True):
    """One event inside a state: `event` as it holds now, `record` with everything around it."""

    event: E
    record: RecordedEvent

    @property
    def id(self) -> str:
        """The identity of the event that states it."""
        return self.record.id


class State(Struct, frozen=True, kw_only=True):
    """What the events of a stream add up to; the base of the state of every kind of stream.

    Attributes:
        stream: The stream.
        size: The place of the newest event applied; the events are `stream#1` to `stream#size`.
        corrections: The corrections recorded; they are applied already.
        notes: Discrepancies that somebody stated or explained.
    """

    stream: str
    size: int = 0
    corrections: tuple[Fact[RecordCorrected], ...] = ()
    notes: tuple[Fact[DiscrepancyNoted], ...] = ()


S = typing.TypeVar("S", bound=State)
Keeps = Mapping[type[Event], str]
_ANY_STREAM: Final[Keeps] = MappingProxyType({RecordCorrected: "corrections", DiscrepancyNoted: "notes"})


def advance(state: S, record: RecordedEvent, keeps: Keeps) -> S:
    """Apply one event by keeping it as a fact, in the field of the state that is for events of its type.

    A field that holds a tuple keeps every such event in order of recording, any other field the newest. One
    table a state says it all, so that the cost of a long stream is the copying of pointers and nothing else.

    Args:
        state: The state so far.
        record: The event, corrections applied.
        keeps: The field for each type of event; types that are not in it only move the state on.
    """
    name = keeps.get(type(record.event)) or _ANY_STREAM.get(type(record.event))
    if name is None:
        return msgspec.structs.replace(state, size=record.seq)
    fact = Fact(event=record.event, record=record)
    held = getattr(state, name)
    kept = (*held, fact) if isinstance(held, tuple) else fact
    return msgspec.structs.replace(state, **{"size": record.seq, name: kept})


def newest(facts: Sequence[Fact[E]], name: str) -> Fact[E] | None:
    """Give the newest of some facts that mentions a field at all, be it blank or withheld."""
    for fact in reversed(facts):
        if getattr(fact.event, name) is not UNSET:
            return fact
    return None


# -- corrections ----------------------------------------------------------------------------------


def pointer(path: str) -> tuple[str, ...]:
    """Split a JSON Pointer into its unescaped parts.

    Source: RFC 6901, section 4.
    """
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])


@functools.cache
def field_types(cls: type[Event]) -> dict[str, object]:
    """Give the type of each field of an event class, for checking one field alone."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {name: hints[name] for name in cls.__struct_fields__}


def canonical(value: object) -> bytes:
    """Encode a value as RFC 8785 does for the values that events are made of (no floats, ASCII names)."""
    return msgspec.json.encode(value, order="sorted")


_ABSENT: Final = b""


def _effective(record: Statement, path: str) -> bytes:
    """Give the canonical form of what stands at `path` now; empty where nothing is mentioned."""
    section, *rest = pointer(path)
    value: object
    if section == "data":
        if not rest:
            msg = f"path {path}: names no field; a correction names one field, such as /data/subject"
            raise RuleError(msg)
        if rest[0] not in CATALOGUE[record.event.TYPE].fields:
            msg = f"path {path}: {record.event.TYPE} has no field {rest[0]!r}"
            raise RuleError(msg, hint=f"its fields are {', '.join(CATALOGUE[record.event.TYPE].fields)}")
        value = getattr(record.event, rest.pop(0))
    else:
        value = getattr(record, section)
    if value is WITHHELD:
        msg = f"path {path}: the field is withheld here, so its value cannot be compared"
        raise WithheldError(msg)
    if value is UNSET:
        return _ABSENT
    tree = msgspec.to_builtins(value)
    for part in rest:
        if isinstance(tree, dict):
            if part not in tree:
                return _ABSENT
            tree = tree[part]
        elif isinstance(tree, list | tuple) and part.isdecimal() and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            msg = f"path {path}: nothing stands at {part!r}"
            raise RuleError(msg)
    return canonical(tree)


def _put(tree: object, parts: Sequence[str], new: object, path: str) -> object:
    """Give a copy of `tree` with `new` at `parts`; UNSET takes a member away."""
    if not parts:
        return new
    head, rest = parts[0], parts[1:]
    if isinstance(tree, dict):
        inner = _put(tree.get(head, UNSET), rest, new, path)
        copy = {k: val for k, val in tree.items() if k != head}
        if inner is not UNSET:
            copy[head] = inner
        return copy
    if isinstance(tree, list | tuple) and head.isdecimal() and int(head) < len(tree):
        items = list(tree)
        inner = _put(items[int(head)], rest, new, path)
        if inner is UNSET:
            del items[int(head)]
        else:
            items[int(head)] = inner
        return items
    msg = f"path {path}: nothing stands at {head!r}"
    raise RuleError(msg)


R = typing.TypeVar("R", bound=Statement)


def patch(record: R, correction: RecordCorrected) -> R:
    """Apply a correction to the event it names.

    A reader who does not hold the new value, or not the field it lies in, gets `WITHHELD` in its place.

    Raises:
        RuleError: The corrected field would not be valid.
    """
    section, *rest = pointer(typing.cast("str", correction.path))
    target: Statement | Event = record.event if section == "data" else record
    if section == "data" and (not rest or rest[0] not in CATALOGUE[record.event.TYPE].fields):
        msg = f"path {correction.path}: {record.event.TYPE} has no such field"
        raise RuleError(msg)
    if isinstance(record.event, RecordCorrected):
        msg = "record-corrected/1: a correction is not itself corrected"
        raise RuleError(msg)
    name = rest.pop(0) if section == "data" else section
    current = getattr(target, name)
    value: object
    if correction.new is WITHHELD or (rest and current is WITHHELD):
        value = WITHHELD
    else:
        new: object = UNSET if correction.new is UNSET else msgspec.json.decode(correction.new)
        tree = UNSET if current is UNSET or current is WITHHELD else msgspec.to_builtins(current)
        value = _put(tree, rest, new, str(correction.path))
        if value is not UNSET:
            wanted = field_types(type(record.event))[name] if section == "data" else ENVELOPE[name]
            try:
                value = msgspec.convert(value, wanted)
            except msgspec.ValidationError as error:
                msg = f"path {correction.path}: the corrected value is not valid: {error}"
                raise RuleError(msg) from error
        elif target is record and name == "occurred":
            msg = "path /occurred: every event has it; correct it to certainty = unknown instead"
            raise RuleError(msg)
    if section == "data":
        if value is UNSET and name in _required(type(record.event)):
            msg = f"path {correction.path}: {record.event.TYPE} always has this field; it cannot be taken away"
            raise RuleError(msg)
        return msgspec.structs.replace(record, event=msgspec.structs.replace(record.event, **{name: value}))
    return msgspec.structs.replace(record, **{name: value})


@functools.cache
def _required(cls: type[Event]) -> frozenset[str]:
    return frozenset(f.name for f in msgspec.structs.fields(cls) if f.required)


def effective(history: Sequence[RecordedEvent]) -> tuple[RecordedEvent, ...]:
    """Apply the corrections of a stream to the events they name; the corrections themselves stay in place.

    A history may lack events (a package gives a blocked one as its log entry only), and a reader may lack what a
    correction says. A correction whose target is not here or not known changes nothing; one whose path is not
    known is named in `corrected_by`, so that the reader sees that something of the event was put right. Where a
    correction builds on another one that is not here or not readable, what the field holds now is not known, and
    it reads as `WITHHELD`.

    Raises:
        RuleError: A correction cannot be applied although nothing is missing: the stream breaks the rules.
    """
    records = list(history)
    is_whole = not history or (history[0].seq == 1 and history[-1].seq == len(history))
    for record in history:
        event = record.event
        if not isinstance(event, RecordCorrected):
            continue
        target, path = event.target, event.path
        is_whole = is_whole and target is not WITHHELD and path is not WITHHELD
        index = _place(records, target) if target is not WITHHELD else None
        if index is None:
            continue
        patched = records[index]
        if path is not WITHHELD:
            try:
                patched = patch(patched, event)
            except RuleError:
                if is_whole:
                    raise
                patched = _withhold(patched, path)
        records[index] = msgspec.structs.replace(patched, corrected_by=(*patched.corrected_by, record.seq))
    return tuple(records)


def _withhold(record: RecordedEvent, path: str) -> RecordedEvent:
    section, *rest = pointer(path)
    if section != "data":
        return msgspec.structs.replace(record, **{section: WITHHELD})
    if not rest or rest[0] not in record.event.__struct_fields__:
        return record
    return msgspec.structs.replace(record, event=msgspec.structs.replace(record.event, **{rest[0]: WITHHELD}))


def _place(records: Sequence[RecordedEvent], seq: int) -> int | None:
    """Find the event at a place of the stream; the index is `seq - 1` unless events before it are missing."""
    if seq <= len(records) and records[seq - 1].seq == seq:
        return seq - 1
    return next((index for index, record in enumerate(records) if record.seq == seq), None)


# -- what is refused in every stream --------------------------------------------------------------


def decide_place(statement: Statement, *, seq: int) -> None:
    """Refuse an event in a stream of another kind, before the stream is opened, or opening it twice."""
    row = CATALOGUE[statement.event.TYPE]
    if statement.kind not in row.streams:
        msg = f"{row.name}: found stream {statement.stream}, expected one of kind {', '.join(row.streams)}"
        raise RuleError(msg)
    if seq == 0 and not row.opens:
        openers = [r.name for r in CATALOGUE.values() if r.opens and statement.kind in r.streams]
        msg = f"{row.name}: stream {statement.stream} does not exist"
        raise RuleError(msg, hint=f"a stream of kind {statement.kind} is opened by {' or '.join(openers)}")
    if seq and row.opens and not row.repeats:
        msg = f"{row.name}: stream {statement.stream} exists already (it has {seq} events)"
        raise ConflictError(msg, hint="leave out `stream` and give `new` to open another one")


def decide_recorder(statement: Statement, *, role: v.Role) -> None:
    """Refuse a role that may not record this type, or sources of a grade the role cannot have."""
    row = CATALOGUE[statement.event.TYPE]
    allowed = row.roles[statement.kind]
    if role not in allowed:
        names = ", ".join(sorted(allowed))
        msg = f"{row.name}: found role {role}, expected {names}"
        raise RuleError(msg, hint="choose with --role, or let the root key enrol the person in that role")
    sources = statement.sources
    if isinstance(sources, tuple):
        for source in sources:
            if role is v.Role.ARCHIVIST and source.grade in ARCHIVIST_NEVER:
                msg = f"{row.name}: found a source of grade {source.grade} recorded as archivist"
                raise RuleError(msg, hint="in retrospect the grade is at best certified_copy or copy")
            if role is v.Role.IMPORTER and source.grade not in IMPORTER_ONLY:
                msg = f"{row.name}: found a source of grade {source.grade} recorded as importer"
                raise RuleError(msg, hint="what a source system shows has grade system_of_record or secondary")


def decide_correction(
    correction: RecordCorrected, history: Sequence[RecordedEvent], *, size: int | None = None
) -> RecordedEvent:
    """Refuse a correction of an event that is not there, whose `old` does not hold, or whose result is not valid.

    Args:
        correction: The correction.
        history: The stream so far, with corrections applied.
        size: How many events the stream has so far, those whose tokens were erased included; None for those of the
            history.

    Returns:
        The corrected event as it will read; the rules of its own stream have to hold for it too.

    Raises:
        RuleError: The target, the path or the result is not valid.
        ConflictError: `old` is not the effective value.
        WithheldError: What is to be compared is not in the reader's hands.
    """
    target, path, old = correction.target, correction.path, correction.old
    if target is WITHHELD or path is WITHHELD or old is WITHHELD or correction.new is WITHHELD:
        msg = "record-corrected/1: target, path, old or new is withheld here, so the correction cannot be judged"
        raise WithheldError(msg)
    if size is None:
        size = history[-1].seq if history else 0
    if target > size:
        msg = f"record-corrected/1: found target {target}, but the stream ends at {size}"
        raise RuleError(msg)
    index = _place(history, target)
    if index is None:
        msg = f"record-corrected/1: event {target} is not here, so the correction cannot be judged"
        raise WithheldError(msg)
    record = history[index]
    if isinstance(record.event, RecordCorrected):
        msg = f"record-corrected/1: event {target} is itself a correction"
        raise RuleError(msg, hint="correct the event that it corrected once more")
    found = _effective(record, path)
    expected = _ABSENT if old is UNSET else bytes(old)
    if found != expected:
        msg = (
            f"record-corrected/1: path {path} of event {target}: old is {_shown(expected)}, "
            f"but the effective value is {_shown(found)}"
        )
        raise ConflictError(msg, hint="look at it with `ratsbuch history` and state the value that holds now")
    return patch(record, correction)


def _shown(value: bytes) -> str:
    return value.decode() if value else "not mentioned"
