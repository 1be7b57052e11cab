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
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from archive.archive import VIEWS as VIEWS_FILE
from archive.errors import StorageError
from projections.projecting.building import Building, tip_of
from projections.projecting.catching_up import catch_up
from projections.projecting.comparing import compared, faults_of_index
from projections.projecting.file import connect, exchange, is_locked, is_no_room, locked, sweep
from projections.projecting.folding import Failure, erasures_of, told_erased
from projections.projecting.schema import APPLICATION_ID, FILE_VERSION, statements, tables_of
from projections.views import VIEWS
from projections.views.computed import COMPUTED, NEEDED
from projections.views.table import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from archive.archive import Archive
    from projections.views.computed import Computed
    from projections.views.table import View

__all__ = ("Failure", "Updated", "Views", "tables_of")


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
            self._connection = connect(self.path)
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
            if is_locked(error):
                raise locked(self.path) from error
            return "it was damaged"
        if any(position > self._archive.size for position, _ in read):
            return "the record was rolled back"
        is_ours = all(tip == tip_of(self._archive, position) for position, tip in read)
        return None if is_ours else "it was of another continuation of this register"

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
        if found != dict(statements(self._every)):
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
        erasures = erasures_of(self._archive)
        if began and any(min(began) < erasure.position <= size for erasure in erasures):
            # Exchanged rows would leave what they held in free pages and in the full-text index.
            return self.rebuild(progress=progress, why="content was erased")
        try:
            with self._writing() as connection:
                streams, failures = catch_up(
                    connection,
                    self._archive,
                    self._views,
                    self._computed,
                    read=read,
                    size=size,
                    teller=Teller(told_erased(erasures)),
                    progress=progress,
                )
        except _DamagedError:
            return self.rebuild(progress=progress, why="it was damaged")
        return Updated(position=size, streams=streams, failures=tuple(failures.values()))

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
            if is_locked(error):
                raise locked(self.path) from error
            if not is_no_room(error):
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
            sweep(self.path)
            new.unlink(missing_ok=True)
            building = Building(self._archive, new, self._views, self._computed, progress=progress, executor=executor)
            failures = building.build()
            exchange(new, self.path)
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
        return Updated(position=building.size, streams=len(building.streams), rebuilt=why, failures=failures)

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
                if isinstance(error, sqlite3.DatabaseError) and is_locked(error):
                    raise locked(self.path) from error
                if not isinstance(error, OSError) and not is_no_room(error):
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
            failures = Building(self._archive, beside, self._views, self._computed, progress=progress).build()
            named = dict.fromkeys((*updated.failures, *failures))
            yield from (f"view {one.view}: {one.stream}: {one.why}" for one in named)
            left_out = {one.view for one in named}
            if any(table.name == "words" for view in self._views for table in view.tables):
                yield from faults_of_index(copied.connection)
            yield from compared(copied.connection, beside, [v for v in self._every if v.name not in left_out])
