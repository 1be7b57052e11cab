"""Folding: what the rows of a stream are, and those that follow from several; and what cannot be read.

A view that cannot read something stays where it was, and names the event; the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import IntegrityError
from domain import events as e
from domain.values import stated
from domain.vocabulary import ErasureKind
from projections.projecting.rows import insert
from projections.projecting.schema import tables_of
from projections.views.record import EVENTS, MENTIONS, RECORD_VIEW, event_row, mention_rows
from projections.views.table import Teller
from projections.views.timeline import UnreadableError, steps, timeline

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from archive.archive import Archive
    from domain.stream import RecordedEvent
    from projections.views.computed import Computed, Reading
    from projections.views.table import Row, Table, View

# Streams folded in one transaction; so many events are at most read again after an interruption.
STREAMS_A_BATCH: Final = 500
IS_BEHIND: Final = "this view follows from that one, which is behind"


class Failure(Struct, frozen=True):
    """A view that could not read a stream: it stays where it was, and the others go on.

    Attributes:
        view: Its name.
        stream: The stream; for a view that follows from others, the name of one that is itself behind.
        why: The error, in words.
    """

    view: str
    stream: str
    why: str


class Stream:
    """A stream, read once for all views: its events with the keys they were signed under, and its states."""

    def __init__(self, archive: Archive, stream: str, until: int) -> None:
        self.name = stream
        self.signed = archive.history_with_keys(stream, until=until)
        self.steps = steps(stream, [record for record, _ in self.signed])


def rows_of(view: View, read: Stream, teller: Teller) -> dict[Table, list[Row]]:
    """Give the rows of a view for a stream, by table; the tables of which it has none are there too."""
    named = {table.name: table for table in tables_of(view)}
    found: dict[Table, list[Row]] = {table: [] for table in named.values()}
    for name, rows in timeline(view, read.name, read.steps, teller):
        found[named[name]] += rows
    if view is RECORD_VIEW:
        found[EVENTS] = [(read.name, r.position, None, *event_row(r, key, teller)) for r, key in read.signed]
        found[MENTIONS] = [
            (read.name, r.position, None, *row) for r, _ in read.signed for row in mention_rows(r, teller)
        ]
    for table, some in found.items():
        if some and table.first_number is not None:
            first = table.first_number(read.name.partition(":")[0], read.signed[0][0].position)
            found[table] = [(first + place, *row) for place, row in enumerate(some)]
    return found


def erasures_of(archive: Archive) -> tuple[RecordedEvent, ...]:
    """Give the erasures of a register."""
    history = archive.history(f"register:{archive.register.id}")
    return tuple(record for record in history if isinstance(record.event, e.ContentErased))


def told_erased(erasures: Sequence[RecordedEvent]) -> Callable[[RecordedEvent, str], bool]:
    """Make the function that says whether what an event stated at a path was erased."""
    erased: set[tuple[str, str | None]] = set()
    for record in erasures:
        event = record.event
        assert isinstance(event, e.ContentErased)  # noqa: S101  # for the type checker: nothing else is handed in
        for target in stated(event.targets) or ():
            if target.kind is not ErasureKind.DOCUMENT:
                erased.add((target.event, stated(target.path)))

    def is_erased(record: RecordedEvent, path: str) -> bool:
        return (record.id, path) in erased or any(
            (f"{record.stream}#{seq}", "data.new") in erased for seq in record.corrected_by
        )

    return is_erased


def said(error: Exception) -> str:
    """Say in words what could not be read."""
    return str(error) if isinstance(error, UnreadableError) else f"{type(error).__name__}: {error}"


def fold_into(
    connection: sqlite3.Connection,
    archive: Archive,
    views: Sequence[View],
    streams: Sequence[str],
    *,
    size: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Failure]:
    """Fold some streams for all views, and give which view failed at what."""
    teller = Teller(told_erased(erasures_of(archive)))
    failures: dict[str, Failure] = {}
    pending: dict[Table, list[Row]] = {}
    connection.execute("BEGIN")
    for done, stream in enumerate(streams, start=1):
        kind = stream.partition(":")[0]
        read = Stream(archive, stream, size)
        for view in views:
            if kind not in view.kinds or view.name in failures:
                continue
            try:
                found = rows_of(view, read, teller)
            except Exception as error:  # noqa: BLE001  # whatever it is, the other views go on
                failures[view.name] = Failure(view.name, stream, said(error))
                continue
            for table, new in found.items():
                pending.setdefault(table, []).extend(new)
        teller.forget()
        if done % STREAMS_A_BATCH == 0 or done == len(streams):
            for table, waiting in pending.items():
                insert(connection, table, waiting)
            pending.clear()
            if progress is not None:
                progress(done, len(streams))
    connection.execute("COMMIT")
    return failures


def compute_into(
    connection: sqlite3.Connection,
    reading: Reading,
    computed: Sequence[Computed],
    parts: Iterable[tuple[str, ...]],
    *,
    total: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Failure]:
    """Compute the rows of some streams, which come in parts, and give which view failed at what."""
    failures: dict[str, Failure] = {}
    done = 0
    for part in parts:
        reading.take(part)
        for view in computed:
            if view.name in failures:
                continue
            stream = part[0]
            rows: list[Row] = []
            try:
                for stream in [one for one in part if one.partition(":")[0] in view.kinds]:
                    rows += view.rows(reading, stream)
            except IntegrityError:
                raise
            except Exception as error:  # noqa: BLE001  # whatever it is, the other views go on
                failures[view.name] = Failure(view.name, stream, said(error))
                continue
            insert(connection, view.table, rows)
        done += len(part)
        if progress is not None:
            progress(done, total)
    return failures
