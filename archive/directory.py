"""Look-ups: which stream a name, a number or a day means.

The index holds plain fields only, is derivable from the events, and is no evidence. Names of persons are not
in it: a person is found by reading the person streams, so that an erased name leaves nothing behind here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import events as e
from domain.stream import effective
from domain.values import When

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archive.store.sqlite import Transaction
    from domain.stream import RecordedEvent

# The keys that each kind of stream can be looked up by. A key that is itself the name of a kind takes a
# stream id, or the name by which that stream is found.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "body": ("name", "id"),
    "organ": ("name", "body"),
    "group": ("name", "body"),
    "person": ("name",),
    "proposal": ("reference", "body", "consultation"),
    "meeting": ("organ", "on", "number", "body"),
    "resolution": ("number", "proposal", "meeting", "organ", "on"),
    "review": ("resolution", "reference"),
    "custody": ("file_reference", "object"),
    "source": ("system", "recorded_in"),
}
# What a bare name stands for, where a key wants a stream.
NAMED_BY: Final[Mapping[str, tuple[str, str]]] = {
    "body": ("body", "name"),
    "organ": ("organ", "name"),
    "proposal": ("proposal", "reference"),
    "resolution": ("resolution", "number"),
}
# Which fields of which events give keys: the key and the field, or the field inside a field.
_KEYED: Final[Mapping[type[e.Event], tuple[tuple[str, str], ...]]] = {
    e.BodyRegistered: (("name", "name"), ("id", "ids.value")),
    e.BodyChanged: (("name", "name"), ("id", "ids.value")),
    e.OrganRegistered: (("name", "name"), ("body", "body")),
    e.OrganChanged: (("name", "name"),),
    e.GroupRegistered: (("name", "name"), ("body", "body")),
    e.GroupChanged: (("name", "name"),),
    e.ProposalRegistered: (("reference", "reference"), ("body", "body")),
    e.ProposalRevised: (("reference", "reference"),),
    e.ConsultationPlanned: (("consultation", "consultation"),),
    e.MeetingConvened: (("body", "body"), ("number", "number"), ("on", "starts_at"), ("organ", "organs")),
    e.MeetingMoved: (("on", "starts_at"),),
    e.ResolutionMade: (
        ("number", "number"),
        ("proposal", "proposal"),
        ("meeting", "made_by.meeting"),
        ("organ", "made_by.organ"),
    ),
    e.ObjectionRaised: (("resolution", "resolutions"),),
    e.ReviewSubmitted: (("resolution", "resolutions"), ("reference", "reference")),
    e.ExternalActRecorded: (("resolution", "resolutions"), ("reference", "reference")),
    e.Filed: (("file_reference", "file_reference"), ("object", "objects")),
    e.SourceObserved: (("system", "system"), ("recorded_in", "recorded_in")),
}


def is_keyed(event: e.Event) -> bool:
    """Say whether an event can add keys to its stream."""
    return type(event) in _KEYED


def keys_of(history: Iterable[RecordedEvent]) -> Iterator[tuple[str, str]]:
    """Give the keys of a stream from its effective events: pairs of field and value, with repetitions.

    A former name, number or day stays a key, because that is how older papers refer to it; what was corrected
    does not, because it never held.
    """
    for record in history:
        for key, path in _KEYED.get(type(record.event), ()):
            for text in _texts(record.event, path.split(".")):
                # Which object of a source a person is, is personal: it stands in the person's stream and in no index.
                if not text.startswith("person:"):
                    yield key, text[:10] if key == "on" else text
        # The day of a resolution stands in no field of its own: it is when it was made.
        if isinstance(record.event, e.ResolutionMade) and isinstance(record.occurred, When):
            for text in _texts(record.occurred.at, []):
                yield "on", text[:10]


def _texts(value: object, path: Sequence[str]) -> Iterator[str]:
    """Give the texts at a path, of every member of a list; nothing where nothing is stated or it is withheld."""
    if isinstance(value, tuple):
        for item in value:
            yield from _texts(item, path)
    elif path:
        yield from _texts(getattr(value, path[0], None), path[1:])
    elif isinstance(value, str):
        yield value


def rows_of(stream: str, keys: Iterable[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Give the index rows of a stream's keys, each once."""
    kind = stream.partition(":")[0]
    return [(kind, field, value, stream) for field, value in dict.fromkeys(keys)]


def write_rows(transaction: Transaction, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Add rows to the index."""
    if rows:
        transaction.cursor.executemany("INSERT OR IGNORE INTO lookups VALUES (?,?,?,?)", rows)


def rewrite_keys(transaction: Transaction, stream: str, history: Sequence[RecordedEvent]) -> None:
    """Make a stream's keys anew from its events, after a correction or an erasure."""
    transaction.cursor.execute("DELETE FROM lookups WHERE stream=?", (stream,))
    write_rows(transaction, rows_of(stream, keys_of(effective(history))))


def search(connection: sqlite3.Connection, kind: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Give the streams of a kind that have all the keys, in the order of their ids."""
    statement = " INTERSECT ".join(["SELECT stream FROM lookups WHERE kind=? AND field=? AND value=?"] * len(keys))
    parameters = [part for field, value in keys.items() for part in (kind, field, value)]
    return tuple(row[0] for row in connection.execute(statement + " ORDER BY 1", parameters))


def shared(connection: sqlite3.Connection, kind: str, field: str) -> tuple[str, ...]:
    """Give the streams of a kind that have a key which another one has too, in the order of their ids."""
    statement = (
        "SELECT DISTINCT stream FROM lookups WHERE kind=? AND field=? AND value IN "
        "(SELECT value FROM lookups WHERE kind=? AND field=? GROUP BY value HAVING count(*) > 1) ORDER BY 1"
    )
    return tuple(row[0] for row in connection.execute(statement, (kind, field, kind, field)))


def inner_ids(history: Iterable[RecordedEvent], kind: str, key: str) -> tuple[str, ...]:
    """Give the ids that a number or name means inside a stream: items, ballots, motions, consultations, terms, holds.

    Agenda items go by their printed number, terms by number or name, all others by the order in which they were
    first recorded, from 1.
    """
    ordered: dict[str, None] = {}
    named: dict[str, None] = {}
    for record in history:
        event = record.event
        match kind, event:
            case "item", e.AgendaSet() if isinstance(event.items, tuple):
                named |= {item.item: None for item in event.items if item.number == key}
            case "term", e.TermOpened() if key in (str(event.number), event.name):
                named[str(event.term)] = None
            case "ballot", e.BallotHeld():
                ordered[str(event.ballot)] = None
            case "motion", e.MotionMoved():
                ordered[str(event.motion)] = None
            case "consultation", e.ConsultationPlanned():
                ordered[str(event.consultation)] = None
            case "hold", e.HoldPlaced():
                ordered[str(event.hold)] = None
            case _:
                pass
    if kind in ("item", "term"):
        return tuple(named)
    return tuple(ordered_id for number, ordered_id in enumerate(ordered, start=1) if str(number) == key)


def differences(connection: sqlite3.Connection, streams: Iterable[tuple[str, Sequence[RecordedEvent]]]) -> list[str]:
    """Name the streams whose keys in the index are not those of their events.

    Args:
        connection: Reads the index.
        streams: Every stream with its events as first recorded.
    """
    found: dict[str, set[tuple[str, str, str, str]]] = {}
    for row in connection.execute("SELECT kind, field, value, stream FROM lookups"):
        found.setdefault(row[3], set()).add(tuple(row))
    different = [
        stream
        for stream, history in streams
        if found.pop(stream, set()) != set(rows_of(stream, keys_of(effective(history))))
    ]
    return [*different, *found]
