"""Spreading the work over processes: each writes its part of the rows into a file, and they are copied in order."""

from __future__ import annotations

import contextlib
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from msgspec import Struct

from archive.archive import Archive, Means
from archive.errors import StorageError
from projections.projecting.file import connect, in_one, new_file
from projections.projecting.folding import Failure, compute_into, erasures_of, fold_into, told_erased
from projections.projecting.rows import columns_of
from projections.views import VIEWS
from projections.views.computed import COMPUTED, Reading
from projections.views.table import Teller

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from projections.views.computed import Computed
    from projections.views.table import Table, View

T = TypeVar("T")

# Streams that another process is given at once.
STREAMS_A_JOB: Final = 2_000


class Job(Struct, frozen=True, kw_only=True):
    """What another process is told besides its streams.

    Attributes:
        folder: The archive's folder.
        size: Up to which position to read.
        built: The file in which the views of streams stand, once they do.
        part: The file to write rows into, without indexes.
        views: Names of the views.
    """

    folder: Path
    size: int
    built: Path
    part: Path
    views: tuple[str, ...]


class Spread:
    """Spreads streams over processes: each part's rows are written into a file, and copied from there in order.

    Args:
        executor: The processes.
        archive: The archive.
        size: Up to which position to read.
        built: The file that is built, whose name ends in `-` and the number of this process.
        views: The views.
    """

    def __init__(
        self, executor: Executor, archive: Archive, size: int, built: Path, views: Sequence[View | Computed]
    ) -> None:
        self._executor = executor
        self._folder, self._size, self._built = archive.folder, size, built
        self._views = tuple(view.name for view in views)

    def over(
        self,
        connection: sqlite3.Connection,
        work: Callable[[Job, tuple[T, ...]], dict[str, Failure]],
        parts: Sequence[tuple[T, ...]],
        tables: Sequence[Table],
    ) -> Iterator[dict[str, Failure]]:
        """Have the parts done, and give of each which view failed at what, once its rows are copied.

        Raises:
            StorageError: One of the processes is gone.
        """
        jobs = [self._job(place) for place in range(len(parts))]
        try:
            for job, failures in zip(jobs, self._executor.map(work, jobs, parts), strict=True):
                _copy(connection, job.part, tables)
                job.part.unlink()
                yield failures
        except BrokenExecutor as error:
            msg = "views: a process that made a part of them ended before it was done"
            hint = "the record is untouched; see whether there was memory left, and try again"
            raise StorageError(msg, hint=hint) from error

    def _job(self, place: int) -> Job:
        head, _, process = self._built.name.rpartition("-")
        return Job(
            folder=self._folder,
            size=self._size,
            built=self._built,
            part=self._built.with_name(f"{head}-{place}-{process}"),
            views=self._views,
        )


def can_spread(views: Sequence[View | Computed], streams: int) -> bool:
    """Say whether there is enough to do for several processes; those know the views by name, and so only ours."""
    return streams >= 2 * STREAMS_A_JOB and {*VIEWS, *COMPUTED}.issuperset(views)


def _copy(connection: sqlite3.Connection, part: Path, tables: Sequence[Table]) -> None:
    """Copy the rows of tables from a file: SQLite does it without looking into them."""
    connection.execute("ATTACH ? AS part", (str(part),))
    statements = []
    for table in tables:
        columns = ", ".join(columns_of(table))
        into, what = (f" ({columns})", columns) if table.first_number is not None else ("", "*")
        statements.append(f"INSERT INTO main.{table.name}{into} SELECT {what} FROM part.{table.name}")  # noqa: S608
    in_one(connection, statements)
    connection.execute("DETACH part")


def fold_part(job: Job, streams: tuple[str, ...]) -> dict[str, Failure]:
    """Fold some streams in another process."""
    views = [view for view in VIEWS if view.name in job.views]
    with _archive_of(job) as archive, contextlib.closing(new_file(job.part, views)) as connection:
        return fold_into(connection, archive, views, streams, size=job.size)


def compute_part(job: Job, parts: tuple[tuple[str, ...], ...]) -> dict[str, Failure]:
    """Compute the rows of some streams in another process."""
    computed = [one for one in COMPUTED if one.name in job.views]
    with (
        _archive_of(job) as archive,
        contextlib.closing(connect(job.built, mode="ro")) as built,
        contextlib.closing(new_file(job.part, computed)) as connection,
    ):
        reading = Reading(archive, job.size, built, Teller(told_erased(erasures_of(archive))))
        connection.execute("BEGIN")
        failures = compute_into(connection, reading, computed, parts)
        connection.execute("COMMIT")
        return failures


def _archive_of(job: Job) -> Archive:
    """Open the archive to read it: rows follow from what is recorded, and from no clock and no chance."""
    return Archive.open(job.folder, means=Means(clock=_nothing, random=_nothing))


def _nothing(*_: object) -> NoReturn:
    msg = "views follow from what is recorded alone"
    raise RuntimeError(msg)


def gathered(parts: Iterable[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Give parts together that are of about as many streams as a job has."""
    some: list[tuple[str, ...]] = []
    for part in parts:
        some.append(part)
        if sum(map(len, some)) >= STREAMS_A_JOB:
            yield tuple(some)
            some = []
    if some:
        yield tuple(some)
