"""Arbitrary facts: events of every type of the catalogue, statements, and whole streams that the rules accept.

Everything is built from the annotations of the event classes, so that a new type or field is covered without a
word here. Ids come from a small pool besides random ones: histories in which events name each other are the
interesting ones.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import types
import typing
from typing import Annotated, Any

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from domain import streams
from domain import vocabulary as v
from domain.dates import contradiction
from domain.errors import RuleError
from domain.events import CATALOGUE, Event, RecordCorrected
from domain.stream import RecordedEvent, Sources, Statement, canonical, effective, field_types
from domain.text import is_visible
from domain.values import STREAM_KINDS, WITHHELD, Authority, Recorder, When

_POOL = tuple(f"00000000-0000-4000-8000-{number:012d}" for number in range(4))
# Raw values of corrections are spelled canonically, as the reader of command files spells them.
_JSON_MAX = 2**53 - 1


def uuids() -> st.SearchStrategy[str]:
    """Give an id in its only spelling, often one of a few."""
    return st.sampled_from(_POOL) | st.uuids().map(str)


def texts(*, max_size: int = 30) -> st.SearchStrategy[str]:
    """Give any text that an export could carry and that shows something."""
    return st.text(
        st.characters(
            exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r\x7f"
        ),
        min_size=1,
        max_size=max_size,
    ).filter(is_visible)


def json_values() -> st.SearchStrategy[Any]:
    """Give a JSON value whose canonical form is beyond doubt: no floats, ASCII names."""
    scalars = st.none() | st.booleans() | st.integers(-_JSON_MAX, _JSON_MAX) | texts()
    names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=5
    )


@functools.cache
def values(hint: object) -> st.SearchStrategy[Any]:
    """Give the values of a type as an event's field annotates it, UNSET and None included where it has them."""
    metas: list[Meta] = []
    while typing.get_origin(hint) is Annotated:
        hint, *extra = typing.get_args(hint)
        metas.extend(meta for meta in extra if isinstance(meta, Meta))
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return st.one_of(*(values(part) for part in typing.get_args(hint)))
    if hint is str:
        return _strings(metas)
    if hint is int:
        low = max((meta.ge for meta in metas if meta.ge is not None), default=-_JSON_MAX)
        high = min((meta.le for meta in metas if meta.le is not None), default=_JSON_MAX)
        return st.integers(int(low), int(high))
    if typing.get_origin(hint) is tuple:
        least = max((meta.min_length for meta in metas if meta.min_length is not None), default=0)
        return st.lists(values(typing.get_args(hint)[0]), min_size=least, max_size=least + 3).map(tuple)
    if typing.get_origin(hint) is typing.Literal:
        return st.sampled_from(typing.get_args(hint))
    return _plain(hint)


def _plain(hint: object) -> st.SearchStrategy[Any]:
    if hint is bool:
        return st.booleans()
    if hint is UnsetType:
        return st.just(UNSET)
    if hint in {None, type(None)}:
        return st.none()
    if hint is Raw:
        return json_values().map(lambda value: Raw(canonical(value)))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and issubclass(hint, Struct):
        return structs(hint)
    msg = f"no strategy for {hint!r}; teach this module the new type"
    raise TypeError(msg)


def _strings(metas: list[Meta]) -> st.SearchStrategy[str]:
    patterns = [meta.pattern for meta in metas if meta.pattern is not None]
    extra = {name: value for meta in metas if meta.extra for name, value in meta.extra.items()}
    if not patterns:
        return texts()
    refs = extra.get("refs")
    if refs is None:
        return st.from_regex(patterns[0].removeprefix("^").removesuffix("\\Z"), fullmatch=True).filter(is_visible)
    if refs in {("@",), ("person",)}:
        return uuids()
    kinds = [kind for kind in refs if kind != "#"]
    streams_ = st.builds("{}:{}".format, st.sampled_from(kinds), uuids())
    if "#" not in refs:
        return streams_
    numbered = st.builds("{}#{}".format, streams_, st.integers(1, 9))
    return numbered if "a stream, or" not in str(extra["expects"]) else streams_ | numbered


def structs(cls: type[Struct]) -> st.SearchStrategy[Any]:
    """Give records of a class, each field drawn from its annotation."""
    hints = typing.get_type_hints(cls, include_extras=True)
    built = st.builds(cls, **{name: values(hints[name]) for name in cls.__struct_fields__})
    return built.filter(_can_be_true)


def _can_be_true(value: object) -> bool:
    """Leave out dates that contradict each other."""
    return not isinstance(value, When) or contradiction(value) is None


def events(cls: type[Event] | None = None, *, kind: str | None = None) -> st.SearchStrategy[Event]:
    """Give events: of one class, of the types that a kind of stream may hold, or of the whole catalogue."""
    if cls is not None:
        return structs(cls)
    rows = [row for row in CATALOGUE.values() if kind is None or kind in row.streams]
    return st.sampled_from([row.cls for row in rows]).flatmap(structs)


@st.composite
def statements(
    draw: st.DrawFn, cls: type[Event] | None = None, *, kind: str | None = None, stream: str | None = None
) -> Statement:
    """Give a statement; its stream is of a kind in which the event may stand."""
    event = draw(events(cls, kind=kind))
    kinds = [kind] if kind is not None else list(CATALOGUE[event.TYPE].streams)
    return Statement(
        stream=stream or f"{draw(st.sampled_from(kinds))}:{draw(uuids())}",
        event=event,
        occurred=draw(structs(When)),
        known=draw(values(When | UnsetType)),
        authority=draw(values(Authority | UnsetType)),
        sources=draw(values(Sources | UnsetType)),
        visibility=draw(st.sampled_from(v.Visibility)),
    )


def recorded(statement: Statement, *, seq: int, role: v.Role, position: int | None = None) -> RecordedEvent:
    """Give the statement as it would stand in the record."""
    return RecordedEvent(
        **{name: getattr(statement, name) for name in Statement.__struct_fields__},
        seq=seq,
        position=seq if position is None else position,
        txn=_POOL[0],
        recorded_at=1_795_430_000 + seq,
        by=Recorder(person=_POOL[0], role=role),
    )


@st.composite
def corrections(draw: st.DrawFn, history: list[RecordedEvent]) -> RecordCorrected:
    """Give a correction of a field, or of something inside it: `old` holds, and `new` is valid there."""
    targets = [record for record in effective(history) if not isinstance(record.event, RecordCorrected)]
    target = draw(st.sampled_from(targets))
    name = draw(st.sampled_from(type(target.event).__struct_fields__))
    path = f"/data/{name}"
    old, new = (
        value if value is UNSET else msgspec.to_builtins(value)
        for value in (getattr(target.event, name), draw(values(field_types(type(target.event))[name])))
    )
    while draw(st.booleans()):
        if isinstance(old, dict) and isinstance(new, dict) and (old or new):
            part = draw(st.sampled_from(sorted({*old, *new})))
            old, new, path = old.get(part, UNSET), new.get(part, UNSET), f"{path}/{part}"
        elif isinstance(old, list | tuple) and isinstance(new, list | tuple) and old and new:
            index = draw(st.integers(0, len(old) - 1))
            old, new, path = old[index], new[0], f"{path}/{index}"
    return RecordCorrected(
        target=target.seq,
        path=path,
        old=UNSET if old is UNSET else Raw(canonical(old)),
        new=UNSET if new is UNSET else Raw(canonical(new)),
        kind=draw(st.sampled_from(v.CorrectionKind)),
        reason=draw(texts()),
    )


@st.composite
def histories(draw: st.DrawFn, kind: str | None = None, *, max_size: int = 8) -> tuple[RecordedEvent, ...]:
    """Give a stream as it could have been recorded: every event was let through by the refusing rules."""
    if kind is None:
        kind = draw(st.sampled_from(STREAM_KINDS))
    stream = f"{kind}:{draw(uuids())}"
    openers = [row.cls for row in CATALOGUE.values() if row.opens and kind in row.streams]
    later = [row.cls for row in CATALOGUE.values() if kind in row.streams and (not row.opens or row.repeats)]
    history: list[RecordedEvent] = []
    for _ in range(draw(st.integers(1, max_size))):
        cls = draw(st.sampled_from(later if history else openers))
        statement = draw(statements(cls, kind=kind, stream=stream))
        if cls is RecordCorrected:
            statement = msgspec.structs.replace(statement, event=draw(corrections(history)), sources=UNSET)
        role = draw(st.sampled_from(sorted(CATALOGUE[cls.TYPE].roles[kind])))
        with contextlib.suppress(RuleError):
            streams.decide(
                statement,
                role=role,
                seq=len(history),
                closed=None,
                history=functools.partial(tuple, history),
                others=lambda _kind: (),
            )
            history.append(recorded(statement, seq=len(history) + 1, role=role))
        if not history:
            # The opener was refused, by a grade that its role cannot have: without sources it never is.
            statement = msgspec.structs.replace(statement, sources=UNSET)
            history.append(recorded(statement, seq=1, role=role))
    return tuple(history)


@st.composite
def withheld(draw: st.DrawFn, record: RecordedEvent) -> RecordedEvent:
    """Give an event as a reader sees it who holds only some of its disclosures."""
    event = record.event
    fields = [name for name in event.__struct_fields__ if getattr(event, name) is not UNSET]
    hidden = draw(st.sets(st.sampled_from(fields))) if fields else set()
    envelope = [name for name in ("occurred", "known", "authority", "sources") if getattr(record, name) is not UNSET]
    hidden_envelope = draw(st.sets(st.sampled_from(envelope)))
    return msgspec.structs.replace(
        record,
        event=msgspec.structs.replace(event, **dict.fromkeys(hidden, WITHHELD)),
        **dict.fromkeys(hidden_envelope, WITHHELD),
    )
