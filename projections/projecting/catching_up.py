"""Catching up: what got events is folded anew, its rows are exchanged, and what follows from it is computed anew."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from archive.errors import IntegrityError
from projections.projecting.building import tip_of
from projections.projecting.folding import IS_BEHIND, Failure, Stream, rows_of, said
from projections.projecting.rows import replace
from projections.views.computed import NEEDED, Changes, Reading, affected, every

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archive.archive import Archive
    from domain.stream import RecordedEvent
    from projections.views.computed import Computed
    from projections.views.table import Teller, View

# Streams that got events are read once for all views as long as they are few; what is beyond is read by each.
_EVENTS_KEPT: Final = 20_000


class Kept:
    """Streams read once for all views, as long as there is room for them.

    Args:
        archive: The archive.
        until: The highest position to read.
    """

    def __init__(self, archive: Archive, until: int) -> None:
        self._archive, self._until = archive, until
        self._kept: dict[str, Stream] = {}
        self._room = _EVENTS_KEPT

    def read(self, stream: str) -> Stream:
        """Read a stream, or give what was read of it."""
        found = self._kept.get(stream)
        if found is None:
            found = Stream(self._archive, stream, self._until)
            if len(found.signed) <= self._room:
                self._room -= len(found.signed)
                self._kept[stream] = found
        return found

    def records(self, stream: str) -> tuple[RecordedEvent, ...] | None:
        """Give the events of a stream that was read already; None for any other."""
        found = self._kept.get(stream)
        return tuple(record for record, _ in found.signed) if found is not None else None


def catch_up(
    connection: sqlite3.Connection,
    archive: Archive,
    views: Sequence[View],
    computed: Sequence[Computed],
    *,
    read: Mapping[str, int],
    size: int,
    teller: Teller,
    progress: Callable[[int, int], None] | None,
) -> tuple[int, dict[str, Failure]]:
    """Bring views up to date in a transaction that was begun.

    Args:
        connection: The file.
        archive: The archive.
        views: The views of streams.
        computed: The views that follow from several streams.
        read: Up to which position each view has read.
        size: Up to which position to read.
        teller: Turns values into cells.
        progress: Is told how many streams are done, and of how many.

    Returns:
        How many streams were folded, and which view failed at what.
    """
    kept, tip = Kept(archive, size), tip_of(archive, size)
    touched = {after: archive.touched(after=after) for after in set(read.values())}
    failures: dict[str, Failure] = {}
    folded: set[str] = set()
    for view in [view for view in views if read[view.name] < size]:
        streams = [stream for stream in touched[read[view.name]] if stream.partition(":")[0] in view.kinds]
        with _attempting(connection, view, size, tip, failures) as attempt:
            for done, stream in enumerate(streams, start=1):
                attempt.stream = stream
                for table, rows in rows_of(view, kept.read(stream), teller).items():
                    replace(connection, table, stream, rows)
                teller.forget()
                folded.add(stream)
                if progress is not None:
                    progress(done, len(streams))
    # One reading for all of them: what one has read is at hand for the next.
    reading = Reading(archive, size, connection, teller, known=kept.records)
    lacking = [name for name in NEEDED if name in failures]
    for one in [one for one in computed if read[one.name] < size]:
        after = read[one.name]
        if lacking:
            _fail(connection, Failure(one.name, lacking[0], IS_BEHIND), failures)
            continue
        with _attempting(connection, one, size, tip, failures) as attempt:
            changes = Changes(reading, after, touched[after])
            for part in affected(one, changes) if after > 0 else every(archive, reading):
                reading.take(part)
                for stream in [stream for stream in part if stream.partition(":")[0] in one.kinds]:
                    attempt.stream = stream
                    replace(connection, one.table, stream, [*one.rows(reading, stream)])
    return len(folded), failures


class _Attempt:
    """A view being brought up to date, and what it is at: a stream, or the view itself before the first one."""

    def __init__(self, view: str) -> None:
        self.stream = view


@contextlib.contextmanager
def _attempting(
    connection: sqlite3.Connection, view: View | Computed, size: int, tip: str, failures: dict[str, Failure]
) -> Iterator[_Attempt]:
    """Bring a view up to date or leave it as it was, with what it could not read: the other views go on."""
    attempt = _Attempt(view.name)
    connection.execute("SAVEPOINT one_view")
    try:
        yield attempt
    except IntegrityError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is
        connection.execute("ROLLBACK TO one_view")
        _fail(connection, Failure(view.name, attempt.stream, said(error)), failures)
    else:
        connection.execute("UPDATE views SET position=?, tip=?, failed=NULL WHERE view=?", (size, tip, view.name))
    connection.execute("RELEASE one_view")


def _fail(connection: sqlite3.Connection, failure: Failure, failures: dict[str, Failure]) -> None:
    failures[failure.view] = failure
    connection.execute("UPDATE views SET failed=? WHERE view=?", (f"{failure.stream}: {failure.why}", failure.view))
