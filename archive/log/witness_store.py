"""What a witness remembers: of each log the newest checkpoint that it cosigned, in one SQLite file.

A witness is worth what its memory is worth. So a checkpoint is on disk before its cosignature leaves; deciding and
storing are one transaction, for any number of threads and processes; and a file that is missing is an error, never a
new beginning. A copy put back from a backup is as bad as a lost one: the witness would cosign a second continuation of
what it has seen. Then only a new key, and a new file, make an honest witness again.

The file is one file: a rollback journal instead of a write-ahead log costs a witness nothing and leaves no second
half that a copy could miss.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import Struct

from archive.errors import InputError, StorageError
from archive.log.head import TreeHead, parse_head
from archive.log.note import parse_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

APPLICATION_ID: Final = 0x52425769  # "RBWi", so that `file` and a reader of the header can tell what this is
SCHEMA_VERSION: Final = 1
LOCK_TIMEOUT_SECONDS: Final = 5.0

# The triggers stop mistakes and tools, not whoever holds the file; that is what a second witness is for.
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE latest (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    cosigned_at INTEGER NOT NULL,   -- seconds since 1970, as stated in the cosignature
    checkpoint BLOB NOT NULL        -- with the lines of the log and of the witness
) STRICT, WITHOUT ROWID;
CREATE TABLE forks (                -- the first proof that a log forked: two checkpoints of one size, both signed by it
    origin TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL,
    held BLOB NOT NULL,
    found BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER latest_only_grows BEFORE UPDATE ON latest
WHEN NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) OR NEW.origin <> OLD.origin
BEGIN SELECT RAISE(ABORT, 'a witness does not go back'); END;
CREATE TRIGGER latest_is_kept BEFORE DELETE ON latest
BEGIN SELECT RAISE(ABORT, 'a witness does not forget'); END;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
_KEEP: Final = """
INSERT INTO latest (origin, size, root, cosigned_at, checkpoint) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (origin) DO UPDATE
SET size = excluded.size, root = excluded.root, cosigned_at = excluded.cosigned_at, checkpoint = excluded.checkpoint
"""


class Held(Struct, frozen=True, kw_only=True):
    """The newest checkpoint of a log that was cosigned.

    Attributes:
        head: What it states.
        checkpoint: Its bytes, with the lines of the log and of the witness.
        cosigned_at: When, in seconds since 1970.
    """

    head: TreeHead
    checkpoint: bytes
    cosigned_at: int


class Fork(Struct, frozen=True, kw_only=True):
    """Proof that a log forked: two checkpoints of one size with different roots, both signed by the log."""

    held: bytes
    found: bytes
    seen_at: int


class WitnessStore:
    """The memory of a witness, opened; for any number of threads and processes.

    Args:
        path: The file; it is not made here (`create`).
        lock_timeout_seconds: How long to wait for another process.

    Raises:
        StorageError: The file is missing, unreadable or something else.
    """

    def __init__(self, path: Path, *, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> None:
        self._what = f"memory of the witness {path}"
        # Threads take turns: a witness is asked a few times an hour, and one connection keeps their order plain.
        self._lock = threading.Lock()
        with self._translated(), contextlib.ExitStack() as stack:
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=rw",
                uri=True,
                timeout=lock_timeout_seconds,
                isolation_level=None,
                check_same_thread=False,
            )
            stack.callback(self._connection.close)
            # EXTRA: also the removal of the journal, which is what commits, is on disk when COMMIT returns.
            self._connection.execute("PRAGMA synchronous = EXTRA")
            for pragma, expected in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
                (found,) = self._connection.execute(f"PRAGMA {pragma}").fetchone()
                if found != expected:
                    msg = f"{self._what}: found {pragma} {found}, expected {expected}"
                    raise StorageError(msg, hint="this is another file, or of another version of Ratsbuch")
            stack.pop_all()

    @staticmethod
    def create(path: Path) -> None:
        """Make the empty memory of a new witness.

        Raises:
            StorageError: There is a file already, or it cannot be written.
        """
        what = f"memory of the witness {path}"
        try:
            # Exclusively: two that begin at once must not share half a schema.
            path.touch(exist_ok=False)
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.executescript(_SCHEMA)
        except FileExistsError as error:
            msg = f"{what}: is there already"
            raise StorageError(msg, hint="open it; a witness keeps its memory as long as its key") from error
        except (OSError, sqlite3.Error) as error:
            msg = f"{what}: cannot be made: {error}"
            raise StorageError(msg) from error

    def close(self) -> None:
        """Close the file; a transaction that is under way ends first."""
        with self._lock:
            self._connection.close()

    def latest(self, origin: str) -> Held | None:
        """Give the newest checkpoint that was cosigned for a log.

        Raises:
            StorageError: It cannot be read, or the row contradicts itself.
        """
        with self._lock, self._translated():
            return self._latest(origin)

    def advance(self, origin: str, decide: Callable[[Held | None], Held]) -> Held:
        """Replace the newest checkpoint of a log; what is given back is on disk.

        Args:
            origin: The log.
            decide: Gives the successor of what is held, or raises to leave it. Nobody else writes meanwhile.

        Raises:
            StorageError: Nothing was kept: the file is locked, full, read-only or damaged.
        """
        with self._lock, self._translated(), self._transaction():
            new = decide(self._latest(origin))
            row = (origin, new.head.size, new.head.root, new.cosigned_at, new.checkpoint)
            self._connection.execute(_KEEP, row)
        return new

    def keep_fork(self, origin: str, fork: Fork) -> None:
        """Keep the proof that a log forked; the first one is enough.

        Raises:
            StorageError: It could not be kept.
        """
        with self._lock, self._translated():
            self._connection.execute(
                "INSERT INTO forks (origin, seen_at, held, found) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (origin, fork.seen_at, fork.held, fork.found),
            )

    def fork(self, origin: str) -> Fork | None:
        """Give the proof that a log forked, if one was seen.

        Raises:
            StorageError: It cannot be read.
        """
        with self._lock, self._translated():
            query = "SELECT held, found, seen_at FROM forks WHERE origin = ?"
            row = self._connection.execute(query, (origin,)).fetchone()
        return Fork(held=row[0], found=row[1], seen_at=row[2]) if row else None

    def _latest(self, origin: str) -> Held | None:
        query = "SELECT size, root, cosigned_at, checkpoint FROM latest WHERE origin = ?"
        row = self._connection.execute(query, (origin,)).fetchone()
        if row is None:
            return None
        size, root, cosigned_at, checkpoint = row
        try:
            head = parse_head(parse_note(checkpoint).text)
        except InputError as error:
            raise self._damaged(origin) from error
        if (head.origin, head.size, head.root) != (origin, size, root):
            raise self._damaged(origin)
        return Held(head=head, checkpoint=checkpoint, cosigned_at=cosigned_at)

    def _damaged(self, origin: str) -> StorageError:
        msg = f"{self._what}: log {origin!a}: the row is damaged: its checkpoint does not say what its columns say"
        return StorageError(msg, hint="a witness whose memory is damaged ends; begin anew with a new key and file")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        # At once: a transaction that reads first and is then upgraded would let two of them read the same.
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # After some failures SQLite has rolled back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            msg = f"{self._what}: {error}"
            raise StorageError(msg, hint="nothing was cosigned; check file, disk and rights") from error
