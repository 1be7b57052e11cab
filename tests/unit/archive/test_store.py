"""The embedded store: append-only by triggers, durable by pragmas, and every fault of the database in our own words."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import threading
import types
import unittest
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from eventsourcing.persistence import IntegrityError as RecorderIntegrityError
from eventsourcing.persistence import StoredEvent
from support.archives import Busy, batch, pin_of, statement

from archive.errors import IntegrityError, StorageError
from archive.store import sqlite as store
from archive.store.sqlite import Datastore, Recorder, connect, create_database, schema_differences, translated
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WITHDRAWN: Final = e.ProposalWithdrawn(reason="erledigt")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for locks as good as not at all."""
    monkeypatch.setattr(store, "LOCK_TIMEOUT_SECONDS", 0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty database."""
    create_database(tmp_path / "record.db")
    return tmp_path / "record.db"


@pytest.fixture
def recorder(path: Path) -> Iterator[Recorder]:
    """A recorder over it."""
    made = Recorder(Datastore(path))
    yield made
    made.datastore.close()


def stored(*places: int, stream: str = "proposal:a") -> list[StoredEvent]:
    return [StoredEvent(originator_id=stream, originator_version=n, topic="t/1", state=b"%d" % n) for n in places]


def plain(busy: Busy) -> sqlite3.Connection:
    """Open the database as any tool would, with nothing set."""
    return sqlite3.connect(busy.made.folder / "record.db", isolation_level=None)


# -- append-only ---------------------------------------------------------------------------------

REFUSED: Final = {
    "event deleted": ("DELETE FROM stored_events WHERE rowid=5", "events are never deleted"),
    "event changed": ("UPDATE stored_events SET state=x'00' WHERE rowid=5", "events are never changed"),
    "event made an entry": ("UPDATE stored_events SET state=zeroblob(64) WHERE rowid=5", "events are never changed"),
    "event renumbered": ("UPDATE stored_events SET rowid=99 WHERE rowid=5", "events are never changed"),
    "event replaced": (
        "INSERT OR REPLACE INTO stored_events SELECT * FROM stored_events WHERE rowid=5",
        "events are never changed",
    ),
    "event replaced by its place in the stream": (
        "INSERT OR REPLACE INTO stored_events SELECT 99, originator_id, 1, 't', x'00' FROM stored_events WHERE rowid=1",
        "events are never changed",
    ),
    "event upserted": (
        "INSERT INTO stored_events SELECT * FROM stored_events WHERE rowid=5 ON CONFLICT DO UPDATE SET state=x'00'",
        "events are never changed",
    ),
    "disclosures deleted": ("DELETE FROM disclosures", "disclosures go only by an erasure"),
    "disclosures changed": ("UPDATE disclosures SET disclosed='~'", "disclosures go only by an erasure"),
    "disclosures replaced": (
        "INSERT OR REPLACE INTO disclosures SELECT position, '~' FROM disclosures",
        "disclosures go only by an erasure",
    ),
    "disclosures upserted": (
        "INSERT INTO disclosures SELECT * FROM disclosures WHERE true ON CONFLICT DO UPDATE SET disclosed='~'",
        "disclosures go only by an erasure",
    ),
    "document deleted": ("DELETE FROM documents", "documents go only by an erasure"),
    "document changed": ("UPDATE documents SET content=x'00'", "documents are never changed"),
    "document replaced": (
        "INSERT OR REPLACE INTO documents SELECT digest, 1, x'00' FROM documents",
        "documents are never changed",
    ),
    "command file deleted": ("DELETE FROM command_files", "command files are never deleted"),
    "command file changed": ("UPDATE command_files SET digest='0'", "command files are never changed"),
    "command file replaced": (
        "INSERT OR REPLACE INTO command_files SELECT txn, '0', 1, 1 FROM command_files",
        "command files are never changed",
    ),
}


@pytest.mark.parametrize("change", REFUSED)
def test_change_is_refused_whatever_tool_makes_it(busy: Busy, change: str) -> None:
    order, message = REFUSED[change]
    own = connect(busy.made.folder / "record.db", writable=True)
    for connection in (plain(busy), own):
        before = list(connection.iterdump())
        with pytest.raises(sqlite3.IntegrityError) as caught:
            connection.execute(order)
        assert str(caught.value) == message
        assert list(connection.iterdump()) == before
        connection.close()


def test_note_of_an_erasure_lets_go_only_what_it_names(busy: Busy) -> None:
    db = plain(busy)
    position, row = db.execute("SELECT position, disclosed FROM disclosures WHERE disclosed LIKE '~%~%~'").fetchone()
    one, other = row.split("~")[1:3]
    db.execute("INSERT INTO erasing VALUES ('disclosure', ?, ?)", (position, one))
    for wrong in ("~", row.replace(f"~{other}~", "~"), row.replace(f"~{one}~", "~") + "x~"):
        with pytest.raises(sqlite3.IntegrityError, match="disclosures go only by an erasure"):
            db.execute("UPDATE disclosures SET disclosed=? WHERE position=?", (wrong, position))
    with pytest.raises(sqlite3.IntegrityError, match="disclosures go only by an erasure"):
        db.execute("UPDATE disclosures SET disclosed=? WHERE position<>?", (row.replace(f"~{one}~", "~"), position))
    with pytest.raises(sqlite3.IntegrityError, match="documents go only by an erasure"):
        db.execute("DELETE FROM documents")
    db.execute("INSERT INTO erasing VALUES ('token', 8, '')")
    with pytest.raises(sqlite3.IntegrityError, match="events are never changed"):
        db.execute("UPDATE stored_events SET state=zeroblob(64) WHERE rowid=9")
    with pytest.raises(sqlite3.IntegrityError, match="events are never changed"):
        db.execute("UPDATE stored_events SET state=zeroblob(65) WHERE rowid=8")
    with pytest.raises(sqlite3.IntegrityError, match="events are never changed"):
        db.execute("UPDATE stored_events SET state=zeroblob(64), topic='x' WHERE rowid=8")
    db.close()


def test_position_is_never_given_twice_even_if_the_tail_was_deleted(path: Path, recorder: Recorder) -> None:
    recorder.insert_events(stored(1, 2, 3))
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("DROP TRIGGER stored_events_no_delete")
    db.execute("DELETE FROM stored_events WHERE rowid=3")
    db.execute(
        "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES ('x:a', 1, 't', x'')"
    )
    assert db.execute("SELECT rowid FROM stored_events ORDER BY 1").fetchall() == [(1,), (2,), (4,)]
    db.close()


# -- durable -------------------------------------------------------------------------------------


def test_every_connection_has_what_durability_and_safety_rest_on(path: Path, recorder: Recorder) -> None:
    expected: dict[str, object] = {"synchronous": 2, "recursive_triggers": 1, "foreign_keys": 1, "trusted_schema": 0}
    expected |= {"journal_mode": "wal", "page_size": 8192, "application_id": 0x52427563, "user_version": 1}
    seen: list[sqlite3.Connection] = []
    thread = threading.Thread(target=lambda: seen.append(recorder.datastore.reader()))
    thread.start()
    thread.join()
    seen.append(recorder.datastore.reader())
    assert seen[0] is not seen[1], "each thread reads by a connection of its own"
    with recorder.writing() as transaction:
        seen.append(transaction.cursor.connection)
    for connection in seen:
        assert {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in expected} == expected


def test_reader_cannot_write(recorder: Recorder) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        recorder.datastore.reader().execute("INSERT INTO erasing VALUES ('x', 1, 'x')")


def test_transaction_that_fails_leaves_nothing(recorder: Recorder) -> None:
    def broken() -> None:
        with recorder.writing() as transaction:
            recorder.insert_events(stored(1, 2), transaction=transaction)
            assert transaction.size == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert (recorder.size(), list(recorder.rows())) == (0, [])
    assert recorder.insert_events(stored(1)) == [1]


def test_rows_come_in_order_and_in_parts(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_CHUNK", 3)
    monkeypatch.setattr(store, "_ROWS_A_STATEMENT", 4)
    assert recorder.insert_events(stored(*range(1, 11))) == list(range(1, 11))
    assert [row.position for row in recorder.rows()] == list(range(1, 11))
    assert [row.position for row in recorder.rows(after=2, until=8)] == [3, 4, 5, 6, 7, 8]
    assert list(recorder.raw(after=8)) == [(9, b"9"), (10, b"10")]
    assert [r.originator_version for r in recorder.select_events("proposal:a", gt=2, lte=9, desc=True, limit=2)] == [
        9,
        8,
    ]
    recorder.insert_events(stored(1, stream="organ:a"))
    assert recorder.streams("proposal") == ("proposal:a",)
    assert recorder.streams("organ") == ("organ:a",)
    assert recorder.streams("org") == ()


def test_same_place_twice_is_what_the_library_calls_an_integrity_error(recorder: Recorder) -> None:
    recorder.insert_events(stored(1, 2))
    with pytest.raises(RecorderIntegrityError):
        recorder.insert_events(stored(3, 2))
    assert recorder.size() == 2


def join(before: frozenset[threading.Thread]) -> None:
    """Wait for the threads that were started since."""
    for thread in threading.enumerate():
        if thread not in before and thread is not threading.current_thread():
            thread.join(30)


def test_recorder_passes_the_cases_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Their module imports a cipher that needs another package; no case that applies here uses it.
    cipher = types.ModuleType("eventsourcing.cipher")
    cipher.AESCipher = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "eventsourcing.cipher", cipher)
    from eventsourcing.tests import persistence as cases  # noqa: PLC0415  # after the line above

    class Ours(cases.ApplicationRecorderTestCase[Recorder]):
        made = 0

        def create_recorder(self) -> Recorder:
            Ours.made += 1
            create_database(tmp_path / f"{Ours.made}.db")
            recorder = Recorder(Datastore(tmp_path / f"{Ours.made}.db"))
            self.addCleanup(recorder.datastore.close)
            # The case leaves a thread behind that reads; a connection closed under it takes the process along.
            self.addCleanup(join, frozenset(threading.enumerate()))
            return recorder

        def new_originator_id(self) -> str:
            return f"proposal:{super().new_originator_id()}"

    result = unittest.TestResult()
    unittest.TestSuite([Ours("test_insert_select"), Ours("test_concurrent_no_conflicts")]).run(result)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])


def test_closing_does_not_take_a_connection_from_under_a_thread_that_reads(recorder: Recorder) -> None:
    recorder.insert_events(stored(*range(1, 200)))
    begun, errors = threading.Event(), []

    def read() -> None:
        try:
            for _ in range(300):
                rows = recorder.raw()
                next(rows)
                begun.set()
                list(rows)
        except (StorageError, IntegrityError, sqlite3.Error) as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait(timeout=30)
    recorder.datastore.close()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert errors == []
    recorder.datastore.close()


# -- faults, in our words ------------------------------------------------------------------------


def test_locked_database_says_so_and_nothing_is_recorded(busy: Busy) -> None:
    other = plain(busy)
    other.execute("BEGIN IMMEDIATE")
    with busy.made.open() as archive:
        with pytest.raises(StorageError) as caught:
            archive.record(batch(statement(busy.proposal, WITHDRAWN)), signer=busy.made.signer())
        path = busy.made.folder / "record.db"
        assert caught.value.message == f"{path}: locked by another process for over 0.01 seconds"
        assert caught.value.hint == "wait until the other recording is done and try again"
        assert len(archive.history(busy.proposal)) == 4, "reading goes on"
        other.execute("ROLLBACK")
        assert archive.record(batch(statement(busy.proposal, WITHDRAWN)), signer=busy.made.signer()).size == 17
    other.close()


def test_full_disk_says_so_and_nothing_is_recorded(busy: Busy) -> None:
    long = e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, reasons="x" * 60_000)
    with busy.made.open() as archive:
        with archive.recorder.writing() as transaction:
            connection = transaction.cursor.connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        before = list(plain(busy).iterdump())
        with pytest.raises(StorageError) as caught:
            archive.record(batch(statement(busy.proposal, long)), signer=busy.made.signer())
        says = "the disk is full; nothing of this was recorded, and what was recorded before stays"
        assert caught.value.message == f"{busy.made.folder / 'record.db'}: {says}"
        assert caught.value.hint == "make room and record again; the same file twice records nothing twice"
        assert list(plain(busy).iterdump()) == before
        connection.execute("PRAGMA max_page_count=1000000")
        assert archive.record(batch(statement(busy.proposal, long)), signer=busy.made.signer()).size == 17


def damaged(busy: Busy, content: bytes) -> Path:
    path = busy.made.folder / "record.db"
    path.write_bytes(content)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a database of ours: found application_id 0, expected 1380087139"),
        (b"SQLite format 3", "not a database"),
        (b"something else altogether" * 500, "not a database"),
    ],
    ids=["empty", "cut off in its first line", "another file"],
)
def test_file_that_is_no_database_of_ours_is_refused(busy: Busy, content: bytes, message: str) -> None:
    path = damaged(busy, content)
    with pytest.raises(StorageError) as caught:
        busy.made.open()
    assert caught.value.message == f"{path}: {message}"
    assert caught.value.hint == "the file was replaced or truncated; restore it from a replica"
    assert path.read_bytes() == content


def test_database_of_another_program_is_refused(busy: Busy) -> None:
    path = damaged(busy, b"")
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE bookmarks (url)")
    db.execute("PRAGMA user_version=1")
    db.commit()
    db.close()
    with pytest.raises(StorageError, match="not a database of ours: found application_id 0, expected 1380087139"):
        busy.made.open()


def test_schema_of_another_version_is_refused(busy: Busy) -> None:
    db = plain(busy)
    db.execute("PRAGMA user_version=2")
    db.close()
    with pytest.raises(StorageError) as caught:
        busy.made.open()
    assert caught.value.message == f"{busy.made.folder / 'record.db'}: found schema version 2, expected 1"
    assert caught.value.hint == "open it with the version of Ratsbuch that wrote it, or a newer one"


def test_truncated_database_is_damage(busy: Busy) -> None:
    path = busy.made.folder / "record.db"
    damaged(busy, path.read_bytes()[: 8192 * 3])
    with pytest.raises(IntegrityError) as caught, busy.made.open() as archive:
        list(archive.events_between())
    assert caught.value.message == f"{path}: the database is damaged: database disk image is malformed"
    assert caught.value.hint == "run `ratsbuch verify`, and restore the damaged part from a replica"


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("DROP TABLE lookups", "no such table: lookups"),
        ("ALTER TABLE lookups RENAME COLUMN value TO v", "no such column: value"),
    ],
)
def test_table_that_is_missing_or_changed_is_damage(busy: Busy, order: str, message: str) -> None:
    db = plain(busy)
    db.execute(order)
    db.close()
    with busy.made.open() as archive, pytest.raises(IntegrityError) as caught:
        archive.find("proposal", {"reference": "0012a"})
    assert caught.value.message == f"{busy.made.folder / 'record.db'}: the database is damaged: {message}"


def test_text_that_is_none_is_damage(busy: Busy) -> None:
    db = plain(busy)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute("UPDATE stored_events SET topic=CAST(x'ff' AS TEXT) WHERE rowid=5")
    db.close()
    with busy.made.open() as archive, pytest.raises(IntegrityError, match="damaged: Could not decode to UTF-8 column"):
        list(archive.events_between())


def test_fault_of_the_program_is_not_dressed_up(path: Path, recorder: Recorder) -> None:
    nested = pytest.raises(sqlite3.OperationalError, match="cannot start a transaction within a transaction")
    with nested, recorder.writing(), recorder.writing():
        pytest.fail("a transaction inside a transaction")
    with pytest.raises(sqlite3.ProgrammingError), translated(path):
        recorder.datastore.reader().execute("SELECT ?", ())


def test_message_that_speaks_of_a_name_is_judged_by_its_code(path: Path, recorder: Recorder) -> None:
    """A stream may be called "full" or "locked"; the words of a message decide nothing."""
    with translated(path), recorder.writing() as transaction:
        transaction.cursor.execute("CREATE TABLE full_locked_malformed (a UNIQUE)")
        transaction.cursor.execute("INSERT INTO full_locked_malformed VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError, match="full_locked_malformed"), recorder.writing() as transaction:
        transaction.cursor.execute("INSERT INTO full_locked_malformed VALUES (1)")


def test_database_is_not_made_over_another(path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        create_database(path)
    assert caught.value.message == f"{path}: exists already"


def test_database_in_a_folder_that_is_not_there_cannot_be_made(tmp_path: Path) -> None:
    path = tmp_path / "fort" / "record.db"
    with pytest.raises(StorageError) as caught:
        create_database(path)
    assert caught.value.message == f"{path}: cannot be opened or written: unable to open database file"


def test_difference_of_the_schema_is_named(busy: Busy) -> None:
    db = plain(busy)
    assert schema_differences(db) == ()
    db.execute("DROP TRIGGER disclosures_no_update")
    db.execute("CREATE TRIGGER ours AFTER INSERT ON erasing BEGIN SELECT 1; END")
    db.execute("DROP INDEX lookups_stream")
    db.execute("CREATE INDEX lookups_stream ON lookups (stream, kind)")
    assert sorted(schema_differences(db)) == [
        "index lookups_stream was changed",
        "trigger disclosures_no_update is missing",
        "trigger ours is not ours",
    ]
    db.close()


# -- an archive that cannot be written to --------------------------------------------------------


def as_nobody(work: Callable[[], bool]) -> bool:
    """Ask something in a child without the rights of root, who may write everywhere."""
    child = os.fork()
    if child == 0:
        answer = False
        try:
            if os.geteuid() == 0:
                os.setgid(65_534)
                os.setuid(65_534)
            answer = work()
        finally:
            os._exit(0 if answer else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that others can come to; the test's own belongs to its user alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("log", [None, b""], ids=["closed", "with an empty log"])
def test_archive_that_cannot_be_written_to_is_read_and_verified(
    busy: Busy, open_to_all: Path, log: bytes | None
) -> None:
    made = busy.made.copy(open_to_all)
    folder = made.folder
    for suffix in ("-wal", "-shm"):
        (folder / f"record.db{suffix}").unlink(missing_ok=True)
    if log is not None:
        (folder / "record.db-wal").write_bytes(log)
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)

    def reads() -> bool:
        report = verify(ArchiveSource(folder), pin=pin_of(busy.anchor))
        with made.open() as archive:
            return report.verdict is Verdict.PASSED and len(archive.history(busy.proposal)) == 4

    assert as_nobody(reads)
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
