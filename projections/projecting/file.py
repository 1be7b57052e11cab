"""The views' file itself: opening it, making a new one, and putting that in the old one's place."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from archive.errors import StorageError
from projections.projecting.schema import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from projections.views.computed import Computed
    from projections.views.table import View

PAGE_SIZE: Final = 8192
LOCK_TIMEOUT_SECONDS: Final = 30
_STATEMENTS_KEPT: Final = 512


def connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Open a file that is there."""
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


def new_file(path: Path, views: Sequence[View | Computed]) -> sqlite3.Connection:
    """Make a file that is not synced, with the tables of some views and no index yet."""
    connection = sqlite3.connect(str(path), isolation_level=None, cached_statements=_STATEMENTS_KEPT)
    for setting in (f"page_size={PAGE_SIZE}", "journal_mode=OFF", "synchronous=OFF", "cache_size=-65536"):
        connection.execute(f"PRAGMA {setting}")
    in_one(connection, (table.create() for view in views for table in tables_of(view)))
    return connection


def in_one(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    """Run statements in one transaction."""
    connection.execute("BEGIN")
    for statement in statements:
        connection.execute(statement.strip())
    connection.execute("COMMIT")


def exchange(new: Path, path: Path) -> None:
    """Put the new file in the old one's place.

    The old file's lock is held meanwhile: nobody writes into it then, and a journal that an interrupted writer left is
    applied to it and not to the new one.
    """
    with contextlib.ExitStack() as stack:
        if path.exists():
            try:
                old = stack.enter_context(contextlib.closing(connect(path)))
                old.execute("BEGIN EXCLUSIVE")
            except sqlite3.DatabaseError as error:
                if is_locked(error):
                    raise locked(path) from error
                # Damaged: there is nothing in it that could be lost.
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        new.replace(path)


def sweep(path: Path) -> None:
    """Take away what rebuilds of a file left that were killed."""
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


def is_no_room(error: sqlite3.DatabaseError) -> bool:
    """Say whether the error is one of the place and not of the file."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    places = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    return code & 0xFF in places


def is_locked(error: Exception) -> bool:
    """Say whether another process holds the file."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def locked(path: Path) -> StorageError:
    """Make the error that says that another process holds the file."""
    msg = f"{path}: locked by another process for over {LOCK_TIMEOUT_SECONDS} seconds"
    return StorageError(msg, hint="wait until the other command is done and try again")
