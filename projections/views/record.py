"""What is said about the record itself: every event, corrections, discrepancies noted."""

from __future__ import annotations

import functools
import re
import typing
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Raw, Struct

from domain.text import strings
from domain.values import STREAM_KINDS
from domain.vocabulary import Visibility
from projections.timetravel import moment
from projections.views.table import (
    HAPPENED,
    HAPPENED_PATHS,
    Part,
    Row,
    Table,
    Teller,
    View,
    happened,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.events import Event
    from domain.stream import RecordedEvent, State

CORRECTIONS: Final = Table(
    name="corrections",
    says="a correction of something recorded (Berichtigung)",
    columns=(
        number("target", "the place in the stream of what is corrected"),
        text("path", "the field that is corrected"),
        text("kind", "code of the kind of correction"),
        text("reason", "why"),
    ),
)
NOTES: Final = Table(
    name="notes",
    says="a discrepancy that a person stated or explained (Unstimmigkeit)",
    columns=(
        text("code", "stable code of the discrepancy"),
        text("status", "code: stated, explained, resolved"),
        text("assessment", "words about it"),
        text("facts", "JSON: the fields of events that it is about"),
    ),
    indexes=(("code",),),
)


def _each(table: Table, field: str, *names: str) -> Callable[[State, Teller], Iterator[Row]]:
    """Make the function that gives a row for every fact in a field of a state."""

    def rows(state: State, teller: Teller) -> Iterator[Row]:
        for fact in getattr(state, field):
            record: RecordedEvent = fact.record
            yield teller.row(table, record, {name: getattr(fact.event, name) for name in names})

    return rows


RECORD_VIEW: Final = View(
    name="record",
    version=1,
    kinds=STREAM_KINDS,
    parts=(
        Part(
            table=CORRECTIONS,
            reads=("corrections",),
            rows=_each(CORRECTIONS, "corrections", "target", "path", "kind", "reason"),
        ),
        Part(table=NOTES, reads=("notes",), rows=_each(NOTES, "notes", "code", "status", "assessment", "facts")),
    ),
)

# -- the audit trail --------------------------------------------------------------------------------

# Blocked events are few, and every listing counts them.
IS_BLOCKED: Final = f"visibility = '{Visibility.BLOCKED.value}'"
EVENTS: Final = Table(
    name="events",
    says="an event (Eintrag): who recorded it, when, in which role, under which key, on what it rests",
    columns=(
        number("position", "its place in the register, from 1"),
        number("seq", "its place in the stream, from 1"),
        text("type", "its type"),
        text("txn", "the command file it came with"),
        text("recorded_at", "when it was recorded, UTC, by the recorder's own clock"),
        text("recorded_by", "person key of who recorded it; for the root key the register's id"),
        text("role", "code of the role in which"),
        text("key_digest", "SHA-256 of the certificate it was signed under, base64url"),
        text("authority", "JSON: who could state it"),
        text("visibility", "code: who might see it when it was recorded"),
        text("sources", "JSON: what it rests on"),
        *HAPPENED,
    ),
    indexes=(("position",), ("recorded_by",), ("type",), ("recorded_at",)),
    more_indexes=(("events_blocked", f"events (stream) WHERE {IS_BLOCKED}"),),
)
# Events recorded in one command have their time in common.
_moment: Final = functools.lru_cache(maxsize=256)(moment)


def event_row(record: RecordedEvent, key: str, teller: Teller) -> Row:
    """Give the row of an event as it was first recorded.

    Args:
        record: The event.
        key: The digest of the certificate that it was signed under.
        teller: Turns values into cells.
    """
    values: dict[str, object] = {
        "position": record.position,
        "seq": record.seq,
        "type": record.event.TYPE,
        "txn": record.txn,
        "recorded_at": _moment(record.recorded_at),
        "recorded_by": record.by.person,
        "role": record.by.role,
        "key_digest": key,
        "authority": record.authority,
        "visibility": record.visibility,
        "sources": record.sources,
    }
    return teller.row(EVENTS, record, values | happened(record), paths=_EVENT_PATHS)


_EVENT_PATHS: Final = {**HAPPENED_PATHS, "authority": "authority", "sources": "sources"}


# -- what names what --------------------------------------------------------------------------------

MENTIONS: Final = Table(
    name="mentions",
    says="a stream that an event of another stream names",
    columns=(text("target", "the stream that is named"),),
    indexes=(("target",),),
)
_ID: Final = re.compile(
    rf"((?:{'|'.join(STREAM_KINDS)}):[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}})(?:#[0-9]+)?"
)


def mention_rows(record: RecordedEvent, teller: Teller) -> Iterator[Row]:
    """Give a row for each stream that an event names, itself or by one of its events."""
    event = record.event
    named: dict[str, None] = {}
    for name in _naming_fields(type(event)):
        value = getattr(event, name)
        if value is UNSET:
            continue
        for words in (value,) if type(value) is str else (words for _, words in strings(value, "")):
            if (found := _ID.fullmatch(words)) is not None:
                named[found[1]] = None
    for target in named:
        if target != record.stream:
            yield teller.row(MENTIONS, record, {"target": target})


@functools.cache
def _naming_fields(cls: type[Event]) -> tuple[str, ...]:
    """Give the fields of a type in which an id can stand: references, records that hold some, and free JSON."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(name for name in cls.__struct_fields__ if _can_name(hints[name]))


def _can_name(hint: object) -> bool:
    if hint is Raw:
        return True
    if isinstance(hint, type) and issubclass(hint, Struct):
        return any(map(_can_name, typing.get_type_hints(hint, include_extras=True).values()))
    extras = (getattr(meta, "extra", None) for meta in getattr(hint, "__metadata__", ()))
    return any(extra and "refs" in extra for extra in extras) or any(map(_can_name, typing.get_args(hint)))
