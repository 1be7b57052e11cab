"""The views' file: brings `views.db` up to date with the record, rebuilds it, and compares it.

A view is brought up to date stream by stream: what got events since the view's position is folded anew, and its rows
are exchanged, in one transaction with the new position. So an interruption anywhere leaves the file as it was or as it
should be. A rebuild folds every stream once into a new file, which takes the old one's place when it is whole; it
needs no memory for the streams it has done.

After that come the views that follow from several streams (`projections.views.computed`): what they are is asked of
the record and of the tables that were just brought up to date, for the streams that are affected.

The file can be deleted at any time. What is damaged, of another version or of another register is made anew.
Rows say what readers of the whole record may see; whoever shows them leaves blocked events out (`events.visibility`
and the changes of it decide, see `domain.register`).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
import re
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Self, TypeVar

import msgspec
from msgspec import Struct

from archive.archive import ERASED_SIZE, Archive, Means
from archive.archive import VIEWS as VIEWS_FILE
from archive.errors import IntegrityError, StorageError
from archive.token import entry_of
from domain import events as e
from domain.values import STREAM_KINDS, stated
from domain.vocabulary import ErasureKind
from projections.views import VIEWS
from projections.views.computed import COMPUTED, NEEDED, Changes, Computed, Reading, affected, every
from projections.views.record import EVENTS, MENTIONS, RECORD_VIEW, event_row, mention_rows
from projections.views.search import CREATE_INDEX
from projections.views.table import Teller
from projections.views.timeline import UnreadableError, steps, timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from domain.stream import RecordedEvent
    from projections.views.table import Row, Table, View

T = TypeVar("T")

APPLICATION_ID: Final = 0x52425677  # "RBVw"
FILE_VERSION: Final = 2
PAGE_SIZE: Final = 8192
LOCK_TIMEOUT_SECONDS: Final = 30
# Streams folded in one transaction; so many events are at most read again after an interruption.
STREAMS_A_BATCH: Final = 500
# Streams that another process is given at once.
STREAMS_A_JOB: Final = 2_000
# Streams that got events are read once for all views as long as they are few; what is beyond is read by each.
_EVENTS_KEPT: Final = 20_000
_ROWS_A_STATEMENT: Final = 40
_STATEMENTS_KEPT: Final = 512
_META: Final = (
    """
CREATE TABLE register (  -- of which register this is the view
  id TEXT NOT NULL,  -- UUID
  anchor TEXT NOT NULL  -- SHA-256 of token 1, hex
)""",
    """
CREATE TABLE views (  -- how far each view has read
  view TEXT PRIMARY KEY,  -- its name
  version INTEGER NOT NULL,  -- of its tables and rows
  position INTEGER NOT NULL,  -- the position of the last event it has read
  tip TEXT NOT NULL,  -- by what the record is known again there: its event, and the checkpoint before it; hex
  failed TEXT  -- what it could not read, and why; NULL: nothing
) WITHOUT ROWID""",
)

_CREATES: Final = re.compile(r"\s*CREATE (?:VIRTUAL )?(?:TABLE|INDEX|TRIGGER) (\w+)")


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


class _DamagedError(Exception):
    """The file turned out to be damaged while it was written."""


class Updated(Struct, frozen=True, kw_only=True):
    """What an update did.

    Attributes:
        position: Up to which position the views stand.
        streams: How many streams were folded; those whose rows were computed anew because of them do not count.
        rebuilt: Why the file was made anew; None where it was not.
        failures: Views that could not be brought up to date.
    """

    position: int
    streams: int
    rebuilt: str | None = None
    failures: tuple[Failure, ...] = ()


class Views:
    """The views of an archive.

    Args:
        archive: The archive, open.
        path: The file; `views.db` in the archive's folder where it is not given.
        views: The views of streams to keep.
        computed: The views to keep that follow from several streams; none where those that they need are not
                kept.
    """

    def __init__(
        self,
        archive: Archive,
        path: Path | None = None,
        *,
        views: Sequence[View] = VIEWS,
        computed: Sequence[Computed] = COMPUTED,
    ) -> None:
        self._archive = archive
        self.path = path if path is not None else archive.folder / VIEWS_FILE
        self._views = tuple(views)
        kept = {view.name for view in self._views}
        self._computed = tuple(computed) if kept.issuperset(NEEDED) else ()
        self._connection: sqlite3.Connection | None = None
        # The number that SQLite gave to the schema when it was last found to be ours.
        self._our_schema: int | None = None

    # -- the file ---------------------------------------------------------------------------------

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection to the file, as it stands; call `update` before reading."""
        if self._connection is None:
            self._connection = _connect(self.path)
        return self._connection

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._our_schema = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _every(self) -> tuple[View | Computed, ...]:
        return (*self._views, *self._computed)

    def _unfit(self) -> str | None:
        """Say why the file cannot be gone on with; None where it can."""
        if not self.path.exists():
            return "there was none"
        try:
            connection = self.connection
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                return "it was no file of views"
            if connection.execute("PRAGMA user_version").fetchone()[0] != FILE_VERSION:
                return "it was of another version"
            differing = self._of_another() or self._differing()
            if differing is not None:
                return differing
            read = connection.execute("SELECT DISTINCT position, tip FROM views").fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if _is_locked(error):
                raise _locked(self.path) from error
            return "it was damaged"
        if any(position > self._archive.size for position, _ in read):
            return "the record was rolled back"
        is_ours = all(tip == self._tip(position) for position, tip in read)
        return None if is_ours else "it was of another continuation of this register"

    def _tip(self, position: int) -> str:
        """Give by what the record is known again up to a position: its event there, and the checkpoint before it.

        A checkpoint names everything below it. That of the position itself does not count: it comes after the event.
        """
        row = self._archive.recorder.row(position) if position else None
        state = b"" if row is None else row.state
        entry = state if len(state) == ERASED_SIZE else entry_of(state)
        return hashlib.sha256(entry + (self._archive.recorder.checkpoint_below(position) or b"")).hexdigest()

    def _of_another(self) -> str | None:
        found = self.connection.execute("SELECT id, anchor FROM register").fetchall()
        register = self._archive.register
        return None if found == [(register.id, register.anchor_hex)] else "it was of another register"

    def _differing(self) -> str | None:
        """Say what of the file is not as this version makes it; a new version of a view is an own reason."""
        connection = self.connection
        versions = dict(connection.execute("SELECT view, version FROM views").fetchall())
        new = [view.name for view in self._every if versions.get(view.name) != view.version]
        if new:
            return f"these views are new: {', '.join(new)}"
        schema = connection.execute("PRAGMA schema_version").fetchone()[0]
        if schema == self._our_schema:
            return None
        # Triggers of the full-text index run here, so nothing may be in the file that is not ours; the index's own
        # tables are SQLite's, as are those of its statistics.
        found = dict(
            connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL "
                "AND name NOT GLOB 'words_index_*' AND name NOT GLOB 'sqlite_stat*'"
            ).fetchall()
        )
        if found != dict(_statements(self._every)):
            return "its tables were changed"
        self._our_schema = schema
        return None

    # -- bringing up to date ----------------------------------------------------------------------

    def update(self, *, progress: Callable[[int, int], None] | None = None) -> Updated:
        """Bring every view up to the newest event.

        Args:
            progress: Is told how many streams are done, and of how many.

        Raises:
            StorageError: The file is locked for long, or cannot be written.
            IntegrityError: A row of the record is not what was recorded.
        """
        why = self._unfit()
        if why is not None:
            return self.rebuild(progress=progress, why=why)
        size = self._archive.size
        read = dict(self.connection.execute("SELECT view, position FROM views").fetchall())
        behind = [view for view in self._every if read[view.name] < size]
        if not behind:
            return Updated(position=size, streams=0)
        # A view that has read nothing holds nothing.
        began = [read[view.name] for view in behind if read[view.name] > 0]
        erasures = _erasures(self._archive)
        if began and any(min(began) < erasure.position <= size for erasure in erasures):
            # Exchanged rows would leave what they held in free pages and in the full-text index.
            return self.rebuild(progress=progress, why="content was erased")
        try:
            return self._catch_up(read, size, Teller(_is_erased(erasures)), progress)
        except _DamagedError:
            return self.rebuild(progress=progress, why="it was damaged")

    def _catch_up(
        self, read: dict[str, int], size: int, teller: Teller, progress: Callable[[int, int], None] | None
    ) -> Updated:
        kept = _Kept(self._archive, size)
        touched = {after: self._archive.touched(after=after) for after in set(read.values())}
        failures: dict[str, Failure] = {}
        folded: set[str] = set()
        tip = self._tip(size)
        with self._writing() as connection:
            for view in [view for view in self._views if read[view.name] < size]:
                streams = [s for s in touched[read[view.name]] if s.partition(":")[0] in view.kinds]
                with _attempt(connection, view, size, tip, failures) as attempt:
                    for done, stream in enumerate(streams, start=1):
                        attempt.stream = stream
                        self._fold(connection, view, kept.read(stream), teller)
                        folded.add(stream)
                        if progress is not None:
                            progress(done, len(streams))
            # One reading for all of them: what one has read is at hand for the next.
            reading = Reading(self._archive, size, connection, teller, known=kept.records)
            lacking = [name for name in NEEDED if name in failures]
            for one in [one for one in self._computed if read[one.name] < size]:
                after = read[one.name]
                if lacking:
                    _fail(connection, Failure(one.name, lacking[0], _IS_BEHIND), failures)
                    continue
                with _attempt(connection, one, size, tip, failures) as attempt:
                    changes = Changes(reading, after, touched[after])
                    for part in affected(one, changes) if after > 0 else every(self._archive, reading):
                        reading.take(part)
                        for stream in [s for s in part if s.partition(":")[0] in one.kinds]:
                            attempt.stream = stream
                            _replace(connection, one.table, stream, [*one.rows(reading, stream)])
        return Updated(position=size, streams=len(folded), failures=tuple(failures.values()))

    def _fold(self, connection: sqlite3.Connection, view: View, read: _Stream, teller: Teller) -> None:
        for table, rows in _rows(view, read, teller).items():
            _replace(connection, table, read.name, rows)
        teller.forget()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if _is_locked(error):
                raise _locked(self.path) from error
            if not _is_no_room(error):
                raise _DamagedError from error
            msg = f"{self.path}: cannot be written: {error}"
            raise StorageError(msg, hint="make room, or see who owns the archive's folder; nothing is lost") from error

    # -- from the beginning -----------------------------------------------------------------------

    def rebuild(
        self,
        *,
        progress: Callable[[int, int], None] | None = None,
        why: str = "it was asked for",
        executor: Executor | None = None,
    ) -> Updated:
        """Make the file anew from the events; the old one stays in use until the new one is whole.

        Args:
            progress: Is told how many streams are done, and of how many.
            why: What is told as the reason.
            executor: Does parts of the work where there is enough of it, in processes that see the archive's folder.

        Raises:
            StorageError: The file cannot be written.
            IntegrityError: A row of the record is not what was recorded.
        """
        self.close()
        new = self.path.with_name(f"{self.path.name}.new-{os.getpid()}")
        try:
            _sweep(self.path)
            new.unlink(missing_ok=True)
            size, streams, failures = self._build(new, progress, executor)
            _exchange(new, self.path)
        except sqlite3.DatabaseError as error:
            msg = f"{self.path}: cannot be written: {error}"
            raise StorageError(msg, hint="make room, or see who owns the archive's folder; nothing is lost") from error
        except OSError as error:
            msg = f"{self.path}: cannot be written: {error.strerror}"
            raise StorageError(msg, hint="make room, or see who owns the archive's folder; nothing is lost") from error
        finally:
            # Where nothing can be written there is nothing to take away either.
            with contextlib.suppress(OSError):
                for left in (new, *self.path.parent.glob(f"{self.path.name}.new-*-{os.getpid()}")):
                    left.unlink(missing_ok=True)
        return Updated(position=size, streams=streams, rebuilt=why, failures=failures)

    def _build(
        self, path: Path, progress: Callable[[int, int], None] | None, executor: Executor | None = None
    ) -> tuple[int, int, tuple[Failure, ...]]:
        """Fold every stream into a new file: rows first, indexes afterwards, one sync at the end."""
        size, register = self._archive.size, self._archive.register
        streams = [stream for kind in STREAM_KINDS for stream in self._archive.streams(kind)]
        spread = self._spread(path, size, executor if len(streams) >= 2 * STREAMS_A_JOB else None)
        with contextlib.closing(_new_file(path, self._every)) as connection:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={FILE_VERSION}")
            connection.execute("BEGIN")
            for statement in _META:
                connection.execute(statement.strip())
            connection.execute("INSERT INTO register VALUES (?,?)", (register.id, register.anchor_hex))
            connection.execute("COMMIT")
            failures = self._fold_all(connection, size, streams, spread, progress)
            _in_one(connection, (statement for view in self._views for statement in _indexes(view)))
            # Who names whom is looked up by those indexes.
            self._compute_all(connection, size, failures, spread, progress)
            _in_one(connection, (statement for one in self._computed for statement in _indexes(one)))
            connection.execute("BEGIN")
            for each in self._every:
                failed = failures.get(each.name)
                text = f"{failed.stream}: {failed.why}" if failed is not None else None
                position = 0 if failed is not None else size
                row = (each.name, each.version, position, self._tip(position), text)
                connection.execute("INSERT INTO views VALUES (?,?,?,?,?)", row)
                if failed is not None:
                    for table in tables_of(each):
                        connection.execute(f"DELETE FROM {table.name}")  # noqa: S608  # names of ours
            connection.execute("COMMIT")
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
        return size, len(streams), tuple(failures.values())

    def _spread(self, path: Path, size: int, executor: Executor | None) -> _Spread | None:
        """Give how work is spread over processes; None where it is not: others know the views by name only."""
        if executor is None or not {*VIEWS, *COMPUTED}.issuperset(self._every):
            return None
        job = _Job(
            folder=self._archive.folder,
            size=size,
            built=path,
            part=path.with_name(f"{self.path.name}.new-0-{os.getpid()}"),
            views=tuple(view.name for view in self._every),
        )
        return _Spread(executor, job)

    def _fold_all(
        self,
        connection: sqlite3.Connection,
        size: int,
        streams: Sequence[str],
        spread: _Spread | None,
        progress: Callable[[int, int], None] | None,
    ) -> dict[str, Failure]:
        """Fold every stream."""
        if spread is None:
            return _fold_into(connection, self._archive, self._views, streams, size=size, progress=progress)
        failures: dict[str, Failure] = {}
        parts = [tuple(streams[start : start + STREAMS_A_JOB]) for start in range(0, len(streams), STREAMS_A_JOB)]
        tables = [table for view in self._views for table in tables_of(view)]
        for done, found in enumerate(spread.over(connection, _fold_part, parts, tables), start=1):
            failures = found | failures
            if progress is not None:
                progress(min(done * STREAMS_A_JOB, len(streams)), len(streams))
        return failures

    def _compute_all(
        self,
        connection: sqlite3.Connection,
        size: int,
        failures: dict[str, Failure],
        spread: _Spread | None,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        """Compute what follows from several streams, all of it in one pass, so that each is read about once."""
        lacking = [name for name in NEEDED if name in failures]
        if lacking or not self._computed:
            failures |= {one.name: Failure(one.name, lacking[0], _IS_BEHIND) for one in self._computed}
            return
        total = sum(len(self._archive.streams(kind)) for kind in STREAM_KINDS)
        reading = Reading(self._archive, size, connection, Teller(_is_erased(_erasures(self._archive))))
        if spread is None:
            connection.execute("BEGIN")
            parts = every(self._archive, reading)
            failures |= _compute_into(connection, reading, self._computed, parts, total=total, progress=progress)
            connection.execute("COMMIT")
            return
        jobs = [*_gathered(every(self._archive, reading))]
        tables = [one.table for one in self._computed]
        done = 0
        for job, found in zip(jobs, spread.over(connection, _compute_part, jobs, tables), strict=True):
            for failure in found.values():
                failures.setdefault(failure.view, failure)
            done += sum(map(len, job))
            if progress is not None:
                progress(done, total)

    def rows(self) -> int:
        """Give how many rows the tables of the views have; 0 where the file cannot be read."""
        names = [table.name for view in self._every for table in tables_of(view)]
        try:
            return sum(
                int(self.connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])  # noqa: S608  # ours
                for name in names
            )
        except sqlite3.DatabaseError:
            return 0

    # -- comparing --------------------------------------------------------------------------------

    def differences(self, *, progress: Callable[[int, int], None] | None = None) -> Iterator[str]:
        """Rebuild the views beside the file, and say in words where it differs: verification's step 9.

        The file is left as it is. A copy of it is brought up to date and compared, because a view that is behind is
        no other than it should be.

        Raises:
            StorageError: There is no room for the copy, or the file is locked for long.
        """
        with tempfile.TemporaryDirectory(prefix="ratsbuch-views-") as name:
            try:
                yield from self._differences(Path(name), progress)
            except (sqlite3.DatabaseError, OSError) as error:
                if isinstance(error, sqlite3.DatabaseError) and _is_locked(error):
                    raise _locked(self.path) from error
                if not isinstance(error, OSError) and not _is_no_room(error):
                    yield f"{self.path.name}: damaged: {error}"
                    return
                msg = f"{name}: the views cannot be made here to be compared: {error}"
                raise StorageError(msg, hint="make room where temporary files lie (TMPDIR)") from error

    def _differences(self, folder: Path, progress: Callable[[int, int], None] | None) -> Iterator[str]:
        why = self._unfit()
        if why is not None:
            yield f"{self.path.name}: {why}"
            return
        faults = [str(row[0]) for row in self.connection.execute("PRAGMA integrity_check(100)") if row[0] != "ok"]
        yield from faults
        if faults:
            return
        path, beside = folder / self.path.name, folder / "rebuilt.db"
        with contextlib.closing(sqlite3.connect(str(path))) as copy:
            self.connection.backup(copy)
        with Views(self._archive, path, views=self._views, computed=self._computed) as copied:
            updated = copied.update()
            if updated.rebuilt is not None:
                yield f"{self.path.name}: {updated.rebuilt}"
                return
            _, _, failures = self._build(beside, progress)
            named = dict.fromkeys((*updated.failures, *failures))
            yield from (f"view {one.view}: {one.stream}: {one.why}" for one in named)
            left_out = {one.view for one in named}
            yield from copied._compared(beside, [v for v in self._every if v.name not in left_out])

    def _compared(self, beside: Path, views: Sequence[View | Computed]) -> Iterator[str]:
        connection = self.connection
        yield from self._faults()
        connection.execute("ATTACH ? AS rebuilt", (str(beside),))
        try:
            for table in [table.name for view in views for table in tables_of(view)]:
                for side, one, other in (("too many", "main", "rebuilt"), ("missing", "rebuilt", "main")):
                    found = connection.execute(
                        f"SELECT count(*), min(stream) FROM "  # noqa: S608  # names of ours
                        f"(SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table})"
                    ).fetchone()
                    if found[0]:
                        yield f"table {table}: {found[0]} rows {side}, the first of {found[1]}"
                # Sets were compared; a row that stands there twice is found by counting.
                counts = connection.execute(
                    f"SELECT (SELECT count(*) FROM main.{table}), (SELECT count(*) FROM rebuilt.{table})"  # noqa: S608
                ).fetchone()
                if counts[0] != counts[1]:
                    yield f"table {table}: {counts[0]} rows, expected {counts[1]}"
        finally:
            connection.execute("DETACH rebuilt")

    def _faults(self) -> Iterator[str]:
        """Say where the full-text index is not that of its texts."""
        if any(table.name == "words" for view in self._views for table in view.tables):
            try:
                self.connection.execute("INSERT INTO words_index (words_index, rank) VALUES ('integrity-check', 1)")
            except sqlite3.DatabaseError as error:
                if _is_no_room(error):
                    raise
                yield f"full-text index: {error}"


# -- making rows ----------------------------------------------------------------------------------


def _new_file(path: Path, views: Sequence[View | Computed]) -> sqlite3.Connection:
    """Make a file that is not synced, with the tables of some views and no index yet."""
    connection = sqlite3.connect(str(path), isolation_level=None, cached_statements=_STATEMENTS_KEPT)
    for setting in (f"page_size={PAGE_SIZE}", "journal_mode=OFF", "synchronous=OFF", "cache_size=-65536"):
        connection.execute(f"PRAGMA {setting}")
    _in_one(connection, (table.create() for view in views for table in tables_of(view)))
    return connection


def _in_one(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    connection.execute("BEGIN")
    for statement in statements:
        connection.execute(statement.strip())
    connection.execute("COMMIT")


def _fold_into(
    connection: sqlite3.Connection,
    archive: Archive,
    views: Sequence[View],
    streams: Sequence[str],
    *,
    size: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Failure]:
    """Fold some streams for all views, and give which view failed at what."""
    teller = Teller(_is_erased(_erasures(archive)))
    failures: dict[str, Failure] = {}
    pending: dict[Table, list[Row]] = {}
    connection.execute("BEGIN")
    for done, stream in enumerate(streams, start=1):
        kind = stream.partition(":")[0]
        read = _Stream(archive, stream, size)
        for view in views:
            if kind not in view.kinds or view.name in failures:
                continue
            try:
                found = _rows(view, read, teller)
            except Exception as error:  # noqa: BLE001  # whatever it is, the other views go on
                failures[view.name] = Failure(view.name, stream, _said(error))
                continue
            for table, new in found.items():
                pending.setdefault(table, []).extend(new)
        teller.forget()
        if done % STREAMS_A_BATCH == 0 or done == len(streams):
            for table, waiting in pending.items():
                _insert(connection, table, waiting)
            pending.clear()
            if progress is not None:
                progress(done, len(streams))
    connection.execute("COMMIT")
    return failures


def _compute_into(
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
                failures[view.name] = Failure(view.name, stream, _said(error))
                continue
            _insert(connection, view.table, rows)
        done += len(part)
        if progress is not None:
            progress(done, total)
    return failures


# -- in several processes -------------------------------------------------------------------------


class _Job(Struct, frozen=True, kw_only=True):
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


class _Spread:
    """Spreads streams over processes: each part's rows are written into a file, and copied from there in order.

    Args:
        executor: The processes.
        job: What all parts have in common.
    """

    def __init__(self, executor: Executor, job: _Job) -> None:
        self._executor, self._job = executor, job

    def over(
        self,
        connection: sqlite3.Connection,
        work: Callable[[_Job, tuple[T, ...]], dict[str, Failure]],
        parts: Sequence[tuple[T, ...]],
        tables: Sequence[Table],
    ) -> Iterator[dict[str, Failure]]:
        """Have the parts done, and give of each which view failed at what, once its rows are copied."""
        number, process = self._job.part.name.split("-")[-2:]
        head = self._job.part.name.removesuffix(f"-{number}-{process}")
        named = [self._job.part.with_name(f"{head}-{place}-{process}") for place in range(len(parts))]
        jobs = [msgspec.structs.replace(self._job, part=part) for part in named]
        for job, failures in zip(jobs, self._executor.map(work, jobs, parts), strict=True):
            _copy(connection, job.part, tables)
            job.part.unlink()
            yield failures


def _copy(connection: sqlite3.Connection, part: Path, tables: Sequence[Table]) -> None:
    """Copy the rows of tables from a file: SQLite does it without looking into them."""
    connection.execute("ATTACH ? AS part", (str(part),))
    statements = []
    for table in tables:
        columns = ", ".join(_columns(table))
        into, what = (f" ({columns})", columns) if table.first_number is not None else ("", "*")
        statements.append(f"INSERT INTO main.{table.name}{into} SELECT {what} FROM part.{table.name}")  # noqa: S608
    _in_one(connection, statements)
    connection.execute("DETACH part")


def _fold_part(job: _Job, streams: tuple[str, ...]) -> dict[str, Failure]:
    """Fold some streams in another process."""
    views = [view for view in VIEWS if view.name in job.views]
    with _archive_of(job) as archive, contextlib.closing(_new_file(job.part, views)) as connection:
        return _fold_into(connection, archive, views, streams, size=job.size)


def _compute_part(job: _Job, parts: tuple[tuple[str, ...], ...]) -> dict[str, Failure]:
    """Compute the rows of some streams in another process."""
    computed = [one for one in COMPUTED if one.name in job.views]
    with (
        _archive_of(job) as archive,
        contextlib.closing(_connect(job.built, mode="ro")) as built,
        contextlib.closing(_new_file(job.part, computed)) as connection,
    ):
        reading = Reading(archive, job.size, built, Teller(_is_erased(_erasures(archive))))
        connection.execute("BEGIN")
        failures = _compute_into(connection, reading, computed, parts)
        connection.execute("COMMIT")
        return failures


def _archive_of(job: _Job) -> Archive:
    """Open the archive to read it: rows follow from what is recorded, and from no clock and no chance."""
    return Archive.open(job.folder, means=Means(clock=_nothing, random=_nothing))


def _nothing(*_: object) -> NoReturn:
    msg = "views follow from what is recorded alone"
    raise RuntimeError(msg)


def _gathered(parts: Iterable[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Give parts together that are of about as many streams as a job has."""
    some: list[tuple[str, ...]] = []
    for part in parts:
        some.append(part)
        if sum(map(len, some)) >= STREAMS_A_JOB:
            yield tuple(some)
            some = []
    if some:
        yield tuple(some)


# -- parts ----------------------------------------------------------------------------------------


_IS_BEHIND: Final = "this view follows from that one, which is behind"


class _Attempt:
    """A view being brought up to date, and what it is at: a stream, or the view itself before the first one."""

    def __init__(self, view: str) -> None:
        self.stream = view


@contextlib.contextmanager
def _attempt(
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
        _fail(connection, Failure(view.name, attempt.stream, _said(error)), failures)
    else:
        connection.execute("UPDATE views SET position=?, tip=?, failed=NULL WHERE view=?", (size, tip, view.name))
    connection.execute("RELEASE one_view")


def _fail(connection: sqlite3.Connection, failure: Failure, failures: dict[str, Failure]) -> None:
    failures[failure.view] = failure
    connection.execute("UPDATE views SET failed=? WHERE view=?", (f"{failure.stream}: {failure.why}", failure.view))


class _Stream:
    """A stream, read once for all views: its events with the keys they were signed under, and its states."""

    def __init__(self, archive: Archive, stream: str, until: int) -> None:
        self.name = stream
        self.signed = archive.history_with_keys(stream, until=until)
        self.steps = steps(stream, [record for record, _ in self.signed])


class _Kept:
    """Streams read once for all views, as long as there is room for them.

    Args:
        archive: The archive.
        until: The highest position to read.
    """

    def __init__(self, archive: Archive, until: int) -> None:
        self._archive, self._until = archive, until
        self._kept: dict[str, _Stream] = {}
        self._room = _EVENTS_KEPT

    def read(self, stream: str) -> _Stream:
        """Read a stream, or give what was read of it."""
        found = self._kept.get(stream)
        if found is None:
            found = _Stream(self._archive, stream, self._until)
            if len(found.signed) <= self._room:
                self._room -= len(found.signed)
                self._kept[stream] = found
        return found

    def records(self, stream: str) -> tuple[RecordedEvent, ...] | None:
        """Give the events of a stream that was read already; None for any other."""
        found = self._kept.get(stream)
        return tuple(record for record, _ in found.signed) if found is not None else None


def _rows(view: View, read: _Stream, teller: Teller) -> dict[Table, list[Row]]:
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


def _erasures(archive: Archive) -> tuple[RecordedEvent, ...]:
    """Give the erasures of a register."""
    history = archive.history(f"register:{archive.register.id}")
    return tuple(record for record in history if isinstance(record.event, e.ContentErased))


def _is_erased(erasures: Sequence[RecordedEvent]) -> Callable[[RecordedEvent, str], bool]:
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


def tables_of(view: View | Computed) -> tuple[Table, ...]:
    """Give the tables of a view; the audit trail is with the view of the record itself."""
    return (*view.tables, EVENTS, MENTIONS) if view is RECORD_VIEW else view.tables


def _indexes(view: View | Computed) -> tuple[str, ...]:
    statements = [statement for table in tables_of(view) for statement in table.create_indexes()]
    return (*statements, *CREATE_INDEX) if any(t.name == "words" for t in view.tables) else tuple(statements)


def _statements(views: Sequence[View | Computed]) -> Iterator[tuple[str, str]]:
    """Give the statements that make tables, indexes and triggers, each with the name of what it makes."""
    every = [*_META, *(table.create() for view in views for table in tables_of(view))]
    every += [statement for view in views for statement in _indexes(view)]
    for statement in every:
        made = _CREATES.match(statement)
        if made is not None:
            yield made[1], statement.strip()


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, UnreadableError) else f"{type(error).__name__}: {error}"


def _insert(connection: sqlite3.Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, many a statement: per row that costs about half of `executemany`."""
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        part = rows[start : start + _ROWS_A_STATEMENT]
        connection.execute(_insertion(table, len(part)), [*itertools.chain.from_iterable(part)])


def _columns(table: Table) -> tuple[str, ...]:
    """Give the columns that are written; the number of a row is one where SQLite does not count."""
    names = tuple(column.name for column in table.all_columns)
    return names if table.first_number is None else ("rowid", *names)


@functools.lru_cache(maxsize=4096)
def _insertion(table: Table, count: int) -> str:
    columns = _columns(table)
    marks = "(" + ",".join("?" * len(columns)) + ")"
    return f"INSERT INTO {table.name} ({','.join(columns)}) VALUES " + ",".join([marks] * count)  # noqa: S608  # ours


def _replace(connection: sqlite3.Connection, table: Table, stream: str, rows: Sequence[Row]) -> None:
    """Exchange the rows of a stream from the first that is another: most are as they were, and writing costs more.

    What follows after it is written anew too, so that rows stand in the order in which a rebuild would write them.
    """
    statement = f"SELECT rowid, * FROM {table.name} WHERE stream=? ORDER BY rowid"  # noqa: S608  # names of ours
    held = connection.execute(statement, (stream,)).fetchall()
    numbered = [row if table.first_number is not None else row[1:] for row in held]
    same = next((place for place, (a, b) in enumerate(zip(numbered, rows, strict=False)) if a != b), None)
    if same is None:
        same = min(len(held), len(rows))
    for row in held[same:]:
        connection.execute(f"DELETE FROM {table.name} WHERE rowid=?", (row[0],))  # noqa: S608  # names of ours
    _insert(connection, table, rows[same:])


def _connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    connection = sqlite3.connect(
        path.resolve().as_uri() + f"?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=LOCK_TIMEOUT_SECONDS,
        cached_statements=_STATEMENTS_KEPT,
    )
    # What is lost on a power failure is made anew.
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _exchange(new: Path, path: Path) -> None:
    """Put the new file in the old one's place.

    The old file's lock is held meanwhile: nobody writes into it then, and a journal that an interrupted writer left is
    applied to it and not to the new one.
    """
    with contextlib.ExitStack() as stack:
        if path.exists():
            try:
                old = stack.enter_context(contextlib.closing(_connect(path)))
                old.execute("BEGIN EXCLUSIVE")
            except sqlite3.DatabaseError as error:
                if _is_locked(error):
                    raise _locked(path) from error
                # Damaged: there is nothing in it that could be lost.
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        new.replace(path)


def _sweep(path: Path) -> None:
    """Take away what rebuilds left that were killed."""
    for left in path.parent.glob(f"{path.name}.new-*"):
        process = left.name.rpartition("-")[2]
        if process.isdecimal() and int(process) != os.getpid() and not _is_alive(int(process)):
            left.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # Somebody else's; or no number that a process can have.
        return True
    return True


def _is_no_room(error: sqlite3.DatabaseError) -> bool:
    """Say whether the error is one of the place and not of the file."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    places = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    return code & 0xFF in places


def _is_locked(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _locked(path: Path) -> StorageError:
    msg = f"{path}: locked by another process for over {LOCK_TIMEOUT_SECONDS} seconds"
    return StorageError(msg, hint="wait until the other command is done and try again")
