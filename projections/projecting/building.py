"""Building: every stream is folded once into a new file, and after that what follows from several is computed.

Rows come first, indexes afterwards, and one sync at the end; streams that are done need no memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from archive.archive import ERASED_SIZE
from archive.token import entry_of
from domain.values import STREAM_KINDS
from projections.projecting import spreading
from projections.projecting.file import in_one, new_file
from projections.projecting.folding import IS_BEHIND, Failure, compute_into, erasures_of, fold_into, told_erased
from projections.projecting.schema import APPLICATION_ID, FILE_VERSION, META, indexes, tables_of
from projections.projecting.spreading import Spread, compute_part, fold_part, gathered
from projections.views.computed import NEEDED, Reading, every
from projections.views.table import Teller

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from archive.archive import Archive
    from projections.views.computed import Computed
    from projections.views.table import View


def tip_of(archive: Archive, position: int) -> str:
    """Give by what the record is known again up to a position: its event there, and the checkpoint before it.

    A checkpoint names everything below it. That of the position itself does not count: it comes after the event.
    """
    row = archive.recorder.row(position) if position else None
    state = b"" if row is None else row.state
    entry = state if len(state) == ERASED_SIZE else entry_of(state)
    return hashlib.sha256(entry + (archive.recorder.checkpoint_below(position) or b"")).hexdigest()


class Building:
    """A file that is being built.

    Args:
        archive: The archive.
        path: The file to make; where work is spread its name ends in `-` and the number of this process.
        views: The views of streams.
        computed: The views that follow from several streams.
        progress: Is told how many streams are done, and of how many.
        executor: Does parts of the work where there is enough of it.
    """

    def __init__(
        self,
        archive: Archive,
        path: Path,
        views: Sequence[View],
        computed: Sequence[Computed],
        *,
        progress: Callable[[int, int], None] | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._archive, self._path = archive, path
        self._views, self._computed = tuple(views), tuple(computed)
        self._every: tuple[View | Computed, ...] = (*self._views, *self._computed)
        self._progress = progress
        self.size = archive.size
        self.streams = tuple(stream for kind in STREAM_KINDS for stream in archive.streams(kind))
        self._spread = (
            Spread(executor, archive, self.size, path, self._every)
            if executor is not None and spreading.can_spread(self._every, len(self.streams))
            else None
        )

    def build(self) -> tuple[Failure, ...]:
        """Make the file, and give the views that could not be made."""
        register = self._archive.register
        with contextlib.closing(new_file(self._path, self._every)) as connection:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={FILE_VERSION}")
            connection.execute("BEGIN")
            for statement in META:
                connection.execute(statement.strip())
            connection.execute("INSERT INTO register VALUES (?,?)", (register.id, register.anchor_hex))
            connection.execute("COMMIT")
            failures = self._fold_all(connection)
            in_one(connection, (statement for view in self._views for statement in indexes(view)))
            # Who names whom is looked up by those indexes.
            self._compute_all(connection, failures)
            in_one(connection, (statement for one in self._computed for statement in indexes(one)))
            connection.execute("BEGIN")
            self._note(connection, failures)
            connection.execute("COMMIT")
        with self._path.open("rb") as handle:
            os.fsync(handle.fileno())
        return tuple(failures.values())

    def _fold_all(self, connection: sqlite3.Connection) -> dict[str, Failure]:
        """Fold every stream."""
        streams, progress = self.streams, self._progress
        if self._spread is None:
            return fold_into(connection, self._archive, self._views, streams, size=self.size, progress=progress)
        failures: dict[str, Failure] = {}
        at_once = spreading.STREAMS_A_JOB
        parts = [streams[start : start + at_once] for start in range(0, len(streams), at_once)]
        tables = [table for view in self._views for table in tables_of(view)]
        for done, found in enumerate(self._spread.over(connection, fold_part, parts, tables), start=1):
            failures = found | failures
            if progress is not None:
                progress(min(done * at_once, len(streams)), len(streams))
        return failures

    def _compute_all(self, connection: sqlite3.Connection, failures: dict[str, Failure]) -> None:
        """Compute what follows from several streams, all of it in one pass, so that each is read about once."""
        lacking = [name for name in NEEDED if name in failures]
        if lacking or not self._computed:
            failures |= {one.name: Failure(one.name, lacking[0], IS_BEHIND) for one in self._computed}
            return
        archive, progress, total = self._archive, self._progress, len(self.streams)
        reading = Reading(archive, self.size, connection, Teller(told_erased(erasures_of(archive))))
        if self._spread is None:
            connection.execute("BEGIN")
            parts = every(archive, reading)
            failures |= compute_into(connection, reading, self._computed, parts, total=total, progress=progress)
            connection.execute("COMMIT")
            return
        jobs = [*gathered(every(archive, reading))]
        tables = [one.table for one in self._computed]
        done = 0
        for job, found in zip(jobs, self._spread.over(connection, compute_part, jobs, tables), strict=True):
            for failure in found.values():
                failures.setdefault(failure.view, failure)
            done += sum(map(len, job))
            if progress is not None:
                progress(done, total)

    def _note(self, connection: sqlite3.Connection, failures: dict[str, Failure]) -> None:
        """Note how far each view has read; one that failed has read nothing and holds nothing."""
        for each in self._every:
            failed = failures.get(each.name)
            text = f"{failed.stream}: {failed.why}" if failed is not None else None
            position = 0 if failed is not None else self.size
            row = (each.name, each.version, position, tip_of(self._archive, position), text)
            connection.execute("INSERT INTO views VALUES (?,?,?,?,?)", row)
            if failed is not None:
                for table in tables_of(each):
                    connection.execute(f"DELETE FROM {table.name}")  # noqa: S608  # names of ours
