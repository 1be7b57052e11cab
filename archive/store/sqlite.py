"""The embedded store: one SQLite file in WAL mode, every acknowledged event on disk.

`record.db` holds the events (append-only), their disclosures, small documents, which command file gave which
events, the checkpoints of the log, and a derivable index for look-ups. The recorder is the event-sourcing
library's own, changed in four places: positions are given explicitly and gapless; a write transaction begins at
once (a deferred one that reads first cannot be upgraded under concurrency and fails as "locked"); one writer
connection stays open; and rows come back with position and disclosures.

Triggers refuse changes. They stop mistakes and tools, not an administrator, who can drop them; that is what
the log and the verification are for.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

from eventsourcing.persistence import IntegrityError as RecorderIntegrityError
from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from eventsourcing.sqlite import SQLiteFactory as LibraryFactory
from msgspec import Struct

from archive.disclosure import EMPTY_ROW
from archive.errors import IntegrityError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from eventsourcing.persistence import StoredEvent
    from eventsourcing.utils import Environment

SCHEMA_VERSION: Final = 1
APPLICATION_ID: Final = 0x52427563  # "RBuc", so that `file` and a reader of the header can tell what this is
PAGE_SIZE: Final = 8192
LOCK_TIMEOUT_SECONDS: Final = 30
_CHUNK: Final = 2000
_ROWS_A_STATEMENT: Final = 250

# `rowid` must have this very name, because the library selects it; AUTOINCREMENT keeps a position from being
# given twice even if somebody deletes the tail and appends anew.
_SCHEMA: Final = """
CREATE TABLE stored_events (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT,  -- position in the register, from 1, gapless
    originator_id TEXT NOT NULL,              -- stream, kind:<uuid>
    originator_version INTEGER NOT NULL,      -- place in the stream, from 1 (seq)
    topic TEXT NOT NULL,                      -- type name from the closed catalogue
    state BLOB NOT NULL,                      -- the token, byte for byte; 64 bytes where it was erased
    UNIQUE (originator_id, originator_version)
) STRICT;
CREATE TABLE disclosures (
    position INTEGER PRIMARY KEY REFERENCES stored_events(rowid),
    disclosed TEXT NOT NULL                   -- ~d1~d2~ as in SD-JWT's combined form
) STRICT;
CREATE TABLE documents (
    digest TEXT PRIMARY KEY,                  -- SHA-512, lower-case hex
    size INTEGER NOT NULL,                    -- bytes
    content BLOB                              -- up to 64 KiB; NULL: a file under documents/
) STRICT, WITHOUT ROWID;
CREATE TABLE command_files (
    txn TEXT PRIMARY KEY,                     -- UUID of the command file
    digest TEXT NOT NULL,                     -- SHA-256 of its bytes, lower-case hex
    first_position INTEGER NOT NULL,
    event_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX command_files_digest ON command_files (digest);
CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY CHECK (size > 0),  -- how many events it is over
    note BLOB NOT NULL                        -- as it was signed, byte for byte; never made again
) STRICT;
CREATE TABLE cosignatures (                   -- what witnesses added to a checkpoint, which stays as signed
    size INTEGER NOT NULL REFERENCES checkpoints(size),
    key TEXT NOT NULL,                        -- the witness's key: its name, a plus and its id
    line BLOB NOT NULL,                       -- the signature line, byte for byte
    PRIMARY KEY (size, key, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX cosignatures_key ON cosignatures (key, size);
CREATE TABLE lookups (                        -- derivable; see archive/directory.py
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    stream TEXT NOT NULL,
    PRIMARY KEY (kind, field, value, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX lookups_stream ON lookups (stream);
CREATE TABLE erasing (                        -- what an erasure is about to remove; empty when it is done
    kind TEXT NOT NULL,                       -- disclosure, document, token, restored; after the commit: file, traces
    position INTEGER,
    key TEXT NOT NULL                         -- disclosure, digest of the document, type, position of the erasure
) STRICT;

-- INSERT OR REPLACE fires no trigger for the row it deletes, unless the connection asked for that; so it is refused
-- where it begins.
CREATE TRIGGER stored_events_no_replace BEFORE INSERT ON stored_events
WHEN EXISTS (SELECT 1 FROM stored_events WHERE rowid = NEW.rowid)
  OR EXISTS (
    SELECT 1 FROM stored_events
    WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version
)
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER stored_events_no_delete BEFORE DELETE ON stored_events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER stored_events_no_update BEFORE UPDATE ON stored_events
WHEN NOT (
    length(NEW.state) = 64 AND length(OLD.state) > 64
    AND NEW.rowid = OLD.rowid AND NEW.originator_id = OLD.originator_id
    AND NEW.originator_version = OLD.originator_version AND NEW.topic = OLD.topic
    AND EXISTS (SELECT 1 FROM erasing WHERE kind = 'token' AND position = OLD.rowid)
)
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER disclosures_no_replace BEFORE INSERT ON disclosures
WHEN EXISTS (SELECT 1 FROM disclosures WHERE position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'disclosures go only by an erasure'); END;
CREATE TRIGGER disclosures_no_delete BEFORE DELETE ON disclosures
BEGIN SELECT RAISE(ABORT, 'disclosures go only by an erasure'); END;
CREATE TRIGGER disclosures_no_update BEFORE UPDATE ON disclosures
WHEN NOT EXISTS (
    SELECT 1 FROM erasing
    WHERE kind = 'disclosure' AND position = OLD.position AND NEW.position = OLD.position
      AND instr(OLD.disclosed, '~' || key || '~') > 0
      AND NEW.disclosed = replace(OLD.disclosed, '~' || key || '~', '~')
) AND NOT EXISTS (
    SELECT 1 FROM erasing WHERE kind = 'restored' AND position = OLD.position AND key = NEW.disclosed
      AND NEW.position = OLD.position
)
BEGIN SELECT RAISE(ABORT, 'disclosures go only by an erasure'); END;
CREATE TRIGGER documents_no_replace BEFORE INSERT ON documents
WHEN EXISTS (SELECT 1 FROM documents WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'documents are never changed'); END;
CREATE TRIGGER documents_no_update BEFORE UPDATE ON documents
BEGIN SELECT RAISE(ABORT, 'documents are never changed'); END;
CREATE TRIGGER documents_no_delete BEFORE DELETE ON documents
WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE kind = 'document' AND key = OLD.digest)
BEGIN SELECT RAISE(ABORT, 'documents go only by an erasure'); END;
CREATE TRIGGER command_files_no_replace BEFORE INSERT ON command_files
WHEN EXISTS (SELECT 1 FROM command_files WHERE txn = NEW.txn)
BEGIN SELECT RAISE(ABORT, 'command files are never changed'); END;
CREATE TRIGGER command_files_no_update BEFORE UPDATE ON command_files
BEGIN SELECT RAISE(ABORT, 'command files are never changed'); END;
CREATE TRIGGER command_files_no_delete BEFORE DELETE ON command_files
BEGIN SELECT RAISE(ABORT, 'command files are never deleted'); END;
CREATE TRIGGER checkpoints_grow BEFORE INSERT ON checkpoints
WHEN NEW.size > (SELECT coalesce(max(rowid), 0) FROM stored_events)
  OR EXISTS (SELECT 1 FROM checkpoints WHERE size = NEW.size)
  OR (
    NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoints)
    AND NOT EXISTS (SELECT 1 FROM erasing WHERE kind = 'restored' AND position = NEW.size AND key = 'checkpoint')
  )
BEGIN SELECT RAISE(ABORT, 'checkpoints only grow, up to the last event'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;
CREATE TRIGGER cosignatures_no_update BEFORE UPDATE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'cosignatures are never changed'); END;
CREATE TRIGGER cosignatures_no_delete BEFORE DELETE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'cosignatures are never deleted'); END;
"""


class StoredRow(Struct, frozen=True, kw_only=True):
    """A row of the table as the library's recorders and mappers take it, with position and disclosures besides.

    It has the attributes of the library's own `StoredEvent` and is made in a fifth of the time, which every reader of
    a whole register notices.
    """

    position: int
    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    disclosed: bytes

    @property
    def stream(self) -> str:
        """The stream."""
        return self.originator_id


class CommandFileRow(Struct, frozen=True, kw_only=True):
    """Which events a command file gave; `digest` is the SHA-256 of its bytes in hex."""

    txn: str
    digest: str
    first_position: int
    event_count: int


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the database's errors into ours, once and here.

    Raises:
        StorageError: Locked, full, not readable, not a database.
        IntegrityError: The file is damaged.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        # The names in a damaged schema stand in the database's own message.
        raise damaged(path, "its schema is not text") from error
    except (sqlite3.Error, PersistenceError) as error:
        text = str(error)
        # The library wraps the database's error; its own code tells apart what texts with names from the data cannot.
        code = getattr(error, "sqlite_errorcode", getattr(error.__cause__, "sqlite_errorcode", sqlite3.SQLITE_ERROR))
        match code & 0xFF:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                msg = f"{path}: locked by another process for over {LOCK_TIMEOUT_SECONDS} seconds"
                raise StorageError(msg, hint="wait until the other recording is done and try again") from error
            case sqlite3.SQLITE_NOTADB:
                msg = f"{path}: not a database"
                raise StorageError(msg, hint=_REPLACED) from error
            case sqlite3.SQLITE_FULL:
                # The command may have recorded other files before, each in whole.
                msg = f"{path}: the disk is full; nothing of this was recorded, and what was recorded before stays"
                hint = "make room and record again; the same file twice records nothing twice"
                raise StorageError(msg, hint=hint) from error
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_PERM:
                msg = f"{path}: cannot be opened or written: {text}"
                hint = "see who owns archive folder and files, and whether the disk is sound"
                raise StorageError(msg, hint=hint) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_TOOBIG | sqlite3.SQLITE_FORMAT:
                raise damaged(path, text) from error
            case sqlite3.SQLITE_ERROR if text == "no such table: stored_events":
                msg = f"{path}: not a database of ours: {text}"
                raise StorageError(msg, hint=_REPLACED) from error
            case sqlite3.SQLITE_ERROR if _IS_DAMAGE.match(text):
                raise damaged(path, text.partition(" with text ")[0]) from error
        raise


_REPLACED: Final = "the file was replaced or truncated; restore it from a replica"
# What SQLite says when tables are not as they were made, or hold what they cannot hold.
_IS_DAMAGE: Final = re.compile("no such (table|column|index)|table \\w+ has |unsupported file format|Could not decode")


def damaged(path: Path, text: str) -> IntegrityError:
    """Give the error for a database that does not hold what it should, and the way out."""
    msg = f"{path}: the database is damaged: {text}"
    return IntegrityError(msg, hint="run `ratsbuch verify`, and restore the damaged part from a replica")


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """Open a connection with everything set explicitly that durability and safety rest on.

    An archive on a medium or in a folder that cannot be written to is read as it lies there: SQLite would not open a
    database in WAL mode whose side files it cannot make. With a write-ahead log beside it that would leave out what
    is in the log, so then SQLite decides.
    """
    mode = "rw" if writable else "ro"
    if not writable and not os.access(path.parent, os.W_OK) and not _has_wal(path):
        mode += "&immutable=1"
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=LOCK_TIMEOUT_SECONDS,
    )
    # A build of SQLite may default to NORMAL in WAL mode, which loses acknowledged events on power failure;
    # without recursive_triggers INSERT OR REPLACE deletes a row past its delete trigger.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA recursive_triggers=ON")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def _has_wal(path: Path) -> bool:
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except OSError:
        return False


def create_database(path: Path) -> None:
    """Make an empty `record.db`.

    Raises:
        StorageError: The file is there already or cannot be made.
    """
    with translated(path):
        if path.exists():
            msg = f"{path}: exists already"
            raise StorageError(msg)
        connection = sqlite3.connect(str(path), isolation_level=None)
        try:
            connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.executescript(_SCHEMA)
        finally:
            connection.close()


def schema_differences(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Give the tables, indexes and triggers that are missing, differ from ours or are not ours, in words.

    The tables in which SQLite keeps its own statistics (ANALYZE) say nothing about the record and are passed over.
    """
    statement = (
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT GLOB 'sqlite_stat*' ORDER BY 1"
    )
    with contextlib.closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(_SCHEMA)
        expected = dict(fresh.execute(statement))
    found = dict(connection.execute(statement))
    return (
        *(f"{name} is missing" for name in expected.keys() - found.keys()),
        *(f"{name} is not ours" for name in found.keys() - expected.keys()),
        *(f"{name} was changed" for name in expected.keys() & found.keys() if expected[name] != found[name]),
    )


class Transaction:
    """A write transaction that holds the lock; everything in it is on disk together or not at all.

    Attributes:
        cursor: Runs statements inside the transaction.
        size: How many events there are (the highest position), before what this transaction adds.
    """

    def __init__(self, cursor: sqlite3.Cursor, size: int) -> None:
        self.cursor = cursor
        self.size = size

    def head(self, stream: str) -> tuple[int, bytes] | None:
        """Give the last `seq` of a stream and its stored bytes, or None for a stream that does not exist."""
        row = self.cursor.execute(
            "SELECT originator_version, state FROM stored_events WHERE originator_id=? "
            "ORDER BY originator_version DESC LIMIT 1",
            (stream,),
        ).fetchone()
        return (row[0], row[1]) if row else None

    def state(self, position: int) -> bytes | None:
        """Give the stored bytes at a position."""
        row = self.cursor.execute("SELECT state FROM stored_events WHERE rowid=?", (position,)).fetchone()
        return row[0] if row else None

    def rows(self, stream: str) -> list[StoredRow]:
        """Give a stream's rows as they are inside the transaction."""
        found = self.cursor.execute(_SELECT + "WHERE originator_id=? ORDER BY originator_version", (stream,))
        return [_row(r) for r in found.fetchall()]

    def command_file(self, txn: str, digest: str) -> CommandFileRow | None:
        """Give what was recorded before from a command file of that id, or of the same bytes."""
        row = self.cursor.execute(
            "SELECT txn, digest, first_position, event_count FROM command_files WHERE txn=? OR digest=? "
            "ORDER BY txn=? DESC LIMIT 1",
            (txn, digest, txn),
        ).fetchone()
        return CommandFileRow(txn=row[0], digest=row[1], first_position=row[2], event_count=row[3]) if row else None

    def add_command_file(self, row: CommandFileRow) -> None:
        """Note what a command file gave, so that the same file again records nothing."""
        self.cursor.execute(
            "INSERT INTO command_files VALUES (?,?,?,?)", (row.txn, row.digest, row.first_position, row.event_count)
        )

    # What a replica gives back: the same bytes at the same places. The triggers let nothing be overwritten by it.

    def restore_event(self, row: StoredRow) -> None:
        """Put an event back at its position."""
        self.cursor.execute(
            "INSERT INTO stored_events VALUES (?,?,?,?,?)",
            (row.position, row.originator_id, row.originator_version, row.topic, row.state),
        )
        self.size = max(self.size, row.position)

    def restore_disclosures(self, position: int, disclosed: bytes) -> None:
        """Put the disclosures of an event back, in the place of those that are left."""
        text = disclosed.decode()
        cursor = self.cursor
        if cursor.execute("SELECT 1 FROM disclosures WHERE position=?", (position,)).fetchone() is None:
            cursor.execute("INSERT INTO disclosures VALUES (?,?)", (position, text))
            return
        cursor.execute("INSERT INTO erasing VALUES ('restored', ?, ?)", (position, text))
        cursor.execute("UPDATE disclosures SET disclosed=? WHERE position=?", (text, position))
        cursor.execute("DELETE FROM erasing WHERE kind = 'restored'")

    def restore_document(self, digest: str, content: bytes) -> None:
        """Put a small document back."""
        self.cursor.execute("INSERT INTO documents VALUES (?,?,?)", (digest, len(content), content))

    def restore_command_file(self, row: CommandFileRow) -> bool:
        """Put the row of a command file back; False if it is there."""
        if self.cursor.execute("SELECT 1 FROM command_files WHERE txn=?", (row.txn,)).fetchone() is not None:
            return False
        self.add_command_file(row)
        return True

    def restore_checkpoint(self, size: int, note: bytes) -> None:
        """Put a checkpoint back, also one over fewer events than the newest."""
        self.cursor.execute("INSERT INTO erasing VALUES ('restored', ?, 'checkpoint')", (size,))
        self.cursor.execute("INSERT INTO checkpoints VALUES (?,?)", (size, note))
        self.cursor.execute("DELETE FROM erasing WHERE kind = 'restored'")

    def states(self, *, after: int, until: int) -> list[bytes]:
        """Give stored bytes in order of position, as they are inside the transaction."""
        found = self.cursor.execute(
            "SELECT state FROM stored_events WHERE rowid>? AND rowid<=? ORDER BY rowid", (after, until)
        )
        return [row[0] for row in found.fetchall()]

    def add_checkpoint(self, size: int, note: bytes) -> None:
        """Keep a checkpoint over the first `size` events for good."""
        self.cursor.execute("INSERT INTO checkpoints VALUES (?,?)", (size, note))

    def add_cosignature(self, size: int, key: str, line: bytes) -> None:
        """Keep what a witness's key added to a checkpoint; the same line again adds nothing."""
        known = "SELECT 1 FROM cosignatures WHERE size=? AND key=? AND line=?"
        if self.cursor.execute(known, (size, key, line)).fetchone() is None:
            self.cursor.execute("INSERT INTO cosignatures VALUES (?,?,?)", (size, key, line))


class Datastore(SQLiteDatastore):
    """Connections to one `record.db`: a writer that stays open, and a reader for each thread.

    Attributes:
        lock: Held by the thread that writes; the database's own lock keeps other connections and processes out.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(db_name=str(path), originator_id_type="text")
        self.path = path
        self.lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._readers = threading.local()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []

    def reader(self) -> sqlite3.Connection:
        """Give this thread's connection for reading."""
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = connect(self.path, writable=False)
            self._readers.connection = connection
            with self.lock:
                self._open.append((threading.current_thread(), connection))
        return connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """Hold the write lock; commit at the end, roll back on any exception."""
        with self.lock, translated(self.path):
            if self._writer is None:
                self._writer = connect(self.path, writable=True)
            cursor = self._writer.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                if self._writer.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            try:
                cursor.execute("COMMIT")
            except sqlite3.Error:
                if self._writer.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()

    def truncate_wal(self) -> bool:
        """Copy the write-ahead log into the database and empty it; False if a reader is in the way."""
        with self.lock, translated(self.path):
            if self._writer is None:
                self._writer = connect(self.path, writable=True)
            busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def rebuild(self) -> None:
        """Write the whole database anew, so that no page keeps a copy of what was deleted.

        Overwriting freed space is not enough: where SQLite moves rows between pages, copies stay behind in the unused
        middle of a page, which it never overwrites.
        """
        with self.lock, translated(self.path):
            if self._writer is None:
                self._writer = connect(self.path, writable=True)
            self._writer.execute("VACUUM")

    def close(self) -> None:
        """Close every connection.

        One that another thread may be reading with at this moment is only let go of: closed under its hands it would
        take the process with it. It closes itself when that thread has done with it.
        """
        with getattr(self, "lock", contextlib.nullcontext()):
            for thread, connection in getattr(self, "_open", ()):
                if thread is threading.current_thread() or not thread.is_alive():
                    connection.close()
            writer = getattr(self, "_writer", None)
            if writer is not None:
                writer.close()
                self._writer = None
            self._open = []
            self._readers = threading.local()
        super().close()


class Recorder(SQLiteApplicationRecorder):
    """The library's recorder over our table; see the module for what is different."""

    datastore: Datastore

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a write transaction."""
        with self.datastore.writing() as cursor:
            row = cursor.execute("SELECT max(rowid) FROM stored_events").fetchone()
            yield Transaction(cursor, row[0] or 0)

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        transaction: Transaction | None = None,
        **kwargs: Any,  # noqa: ANN401  # the library's signature
    ) -> Sequence[int]:
        """Append events, in the caller's transaction or in one of their own.

        Returns:
            Their positions.
        """
        if transaction is None:
            with self.writing() as own:
                return self.insert_events(stored_events, transaction=own, **kwargs)
        first = transaction.size + 1
        rows = [
            (first + i, s.originator_id, s.originator_version, s.topic, s.state) for i, s in enumerate(stored_events)
        ]
        try:
            _insert(transaction.cursor, "stored_events", 5, rows)
        except sqlite3.IntegrityError as error:
            raise RecorderIntegrityError(str(error)) from error  # what the library's recorders raise
        disclosed = [
            (first + i, row.decode())
            for i, s in enumerate(stored_events)
            if len(row := getattr(s, "disclosed", EMPTY_ROW)) > len(EMPTY_ROW)
        ]
        _insert(transaction.cursor, "disclosures", 2, disclosed)
        transaction.size += len(rows)
        return list(range(first, first + len(rows)))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read the events of a stream, in order, with positions and disclosures."""
        statement = _SELECT + "WHERE originator_id=? AND originator_version>? AND originator_version<=? "
        statement += "ORDER BY originator_version " + ("DESC " if desc else "ASC ") + "LIMIT ?"
        parameters = (str(originator_id), gt or 0, 2**62 if lte is None else lte, -1 if limit is None else limit)
        with translated(self.datastore.path):
            return cast("list[StoredEvent]", [_row(r) for r in self.datastore.reader().execute(statement, parameters)])

    def rows(self, *, after: int = 0, until: int | None = None) -> Iterator[StoredRow]:
        """Read rows in order of position, in chunks, so that no transaction stays open meanwhile."""
        last = 2**62 if until is None else until
        while True:
            with translated(self.datastore.path):
                chunk = (
                    self.datastore.reader()
                    .execute(_SELECT + "WHERE rowid>? AND rowid<=? ORDER BY rowid LIMIT ?", (after, last, _CHUNK))
                    .fetchall()
                )
            if not chunk:
                return
            yield from map(_row, chunk)
            after = self._further(chunk[-1][0], after)

    def raw(self, *, after: int = 0, until: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Read positions and stored bytes only, in order; the fast way for hashing."""
        last = 2**62 if until is None else until
        while True:
            with translated(self.datastore.path):
                chunk = (
                    self.datastore.reader()
                    .execute(
                        "SELECT rowid, state FROM stored_events WHERE rowid>? AND rowid<=? ORDER BY rowid LIMIT ?",
                        (after, last, _CHUNK),
                    )
                    .fetchall()
                )
            if not chunk:
                return
            yield from chunk
            after = self._further(chunk[-1][0], after)

    def _further(self, last: int, after: int) -> int:
        """Give where the next chunk begins; pages out of order would lead back, and around for ever."""
        if last <= after:
            raise damaged(self.datastore.path, f"row {last} was found above {after}")
        return last

    def checkpoints(self, *, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """Read sizes and notes of the checkpoints over more than `after` events, in order."""
        while True:
            with translated(self.datastore.path):
                chunk = (
                    self.datastore.reader()
                    .execute("SELECT size, note FROM checkpoints WHERE size>? ORDER BY size LIMIT ?", (after, _CHUNK))
                    .fetchall()
                )
            if not chunk:
                return
            yield from chunk
            after = self._further(chunk[-1][0], after)

    def newest_checkpoint(self) -> bytes | None:
        """Read the checkpoint over the most events."""
        with translated(self.datastore.path):
            found = (
                self.datastore.reader().execute("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
            )
        return found[0] if found else None

    def checkpoint_below(self, position: int) -> bytes | None:
        """Read the newest checkpoint over fewer events than a position."""
        statement = "SELECT note FROM checkpoints WHERE size<? ORDER BY size DESC LIMIT 1"
        with translated(self.datastore.path):
            found = self.datastore.reader().execute(statement, (position,)).fetchone()
        return found[0] if found else None

    def cosignatures(self, size: int) -> tuple[bytes, ...]:
        """Read what witnesses added to the checkpoint over that many events."""
        with translated(self.datastore.path):
            found = self.datastore.reader().execute(
                "SELECT line FROM cosignatures WHERE size=? ORDER BY key, line LIMIT ?", (size, _CHUNK)
            )
            return tuple(r[0] for r in found)

    def cosigned(self, key: str) -> tuple[tuple[int, bytes], ...]:
        """Read what a witness's key added to the newest checkpoint that it cosigned: the size, and each line."""
        with translated(self.datastore.path):
            return tuple(
                self.datastore.reader()
                .execute(
                    "SELECT size, line FROM cosignatures WHERE key=:key "
                    "AND size = (SELECT max(size) FROM cosignatures WHERE key=:key) LIMIT :most",
                    {"key": key, "most": _CHUNK},
                )
                .fetchall()
            )

    def row(self, position: int) -> StoredRow | None:
        """Read one row."""
        with translated(self.datastore.path):
            found = self.datastore.reader().execute(_SELECT + "WHERE rowid=?", (position,)).fetchone()
        return _row(found) if found else None

    def size(self) -> int:
        """Give the highest position, 0 for none."""
        with translated(self.datastore.path):
            found = self.datastore.reader().execute("SELECT max(rowid) FROM stored_events").fetchone()
        return found[0] or 0

    def touched(self, after: int) -> tuple[str, ...]:
        """Give the streams that got events after a position."""
        # By the rows themselves: the index of streams would be read whole for the sake of the order.
        statement = "SELECT DISTINCT originator_id FROM stored_events NOT INDEXED WHERE rowid > ? ORDER BY 1"
        with translated(self.datastore.path):
            return tuple(r[0] for r in self.datastore.reader().execute(statement, (after,)))

    def newest_position(self, stream: str) -> int | None:
        """Give the position of a stream's newest event; None if it has none."""
        statement = "SELECT rowid FROM stored_events WHERE originator_id=? ORDER BY originator_version DESC LIMIT 1"
        with translated(self.datastore.path):
            row = self.datastore.reader().execute(statement, (stream,)).fetchone()
        return row[0] if row else None

    def first_position(self, txn: str) -> int | None:
        """Give the position of the first event that a command file gave; None if none is known by that txn."""
        statement = "SELECT first_position FROM command_files WHERE txn=?"
        with translated(self.datastore.path):
            row = self.datastore.reader().execute(statement, (txn,)).fetchone()
        return row[0] if row else None

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind in the order of their first events."""
        with translated(self.datastore.path):
            found = self.datastore.reader().execute(
                # ";" is the character after ":", so this is a range over the index and reads no other stream.
                "SELECT originator_id FROM stored_events "
                "WHERE originator_id >= ? AND originator_id < ? AND originator_version = 1 ORDER BY rowid",
                (kind + ":", kind + ";"),
            )
            return tuple(r[0] for r in found)


_SELECT: Final = (
    # As bytes: disclosures are ASCII, and what is not is for their reader to name.
    "SELECT rowid, originator_id, originator_version, topic, state, CAST(disclosed AS BLOB) "
    "FROM stored_events LEFT JOIN disclosures ON position=rowid "
)


def _row(row: tuple[int, str, int, str, bytes, bytes | None]) -> StoredRow:
    position, stream, seq, topic, state, disclosed = row
    if (type(stream), type(seq), type(topic), type(state)) != _ROW_TYPES:
        # The table is STRICT, so nothing but damage, or a hand in the file, brings another type in.
        msg = f"position {position}: its row does not hold texts, a number and bytes"
        raise IntegrityError(msg, hint="run `ratsbuch verify`, and restore the damaged part from a replica")
    return StoredRow(
        position=position,
        originator_id=stream,
        originator_version=seq,
        topic=topic,
        state=state,
        disclosed=EMPTY_ROW if disclosed is None else disclosed,
    )


_ROW_TYPES: Final = (str, int, str, bytes)


def _insert(cursor: sqlite3.Cursor, table: str, width: int, rows: list[tuple[Any, ...]]) -> None:
    """Insert rows, many a statement: per row that costs about half of `executemany`."""
    marks = "(" + ",".join("?" * width) + ")"
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        part = rows[start : start + _ROWS_A_STATEMENT]
        statement = f"INSERT INTO {table} VALUES " + ",".join([marks] * len(part))  # noqa: S608  # names of ours
        cursor.execute(statement, [value for row in part for value in row])


class Factory(LibraryFactory):
    """Makes the recorder without looking into the environment, which could name code to import."""

    def __init__(self, env: Environment, path: Path) -> None:
        super().__init__(env)
        self.datastore = Datastore(path)

    def application_recorder(self) -> Recorder:
        """Make the recorder; the tables are there already."""
        return Recorder(self.datastore)

    def close(self) -> None:
        """Close every connection."""
        self.datastore.close()
