"""Every statement of the database fails once, and its log is torn anywhere: the old state is there, or the new one."""

from __future__ import annotations

import random
import shutil
import sqlite3
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import structs
from support.archives import Busy, Made, batch, busy_archive, document, held, pin_of, statement

from archive.erasure import erase, finish, parse_target
from archive.errors import StorageError
from archive.store import sqlite as store
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.archive import Archive
    from archive.batch import Batch

pytestmark = pytest.mark.fault
BEFORE: Final = 16


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    return busy_archive(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def busy(pristine: Busy, tmp_path: Path) -> Busy:
    return copy_of(pristine, tmp_path / "busy")


def copy_of(busy: Busy, folder: Path) -> Busy:
    folder.mkdir()
    return structs.replace(busy, made=busy.made.copy(folder))


def passes(busy: Busy) -> None:
    """See that the register verifies, with nothing besides."""
    source = ArchiveSource(busy.made.folder)
    try:
        report = verify(source, pin=pin_of(busy.anchor))
    finally:
        source.close()
    assert report.verdict is Verdict.PASSED, report
    assert {f.code for s in report.steps for f in s.findings} <= {"NO_CHECKPOINT_YET"}, report


class Failing:
    """Counts the statements that a writer runs, and lets the one at a given place fail as a disk does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        self.fail_at = 0
        real = store.connect
        outer = self

        class Cursor(sqlite3.Cursor):
            def execute(self, sql: str, *more: object) -> sqlite3.Cursor:  # type: ignore[override]  # as it is called
                outer.run(sql)
                return super().execute(sql, *more)  # type: ignore[arg-type]  # passed on

            def executemany(self, sql: str, *more: object) -> sqlite3.Cursor:  # type: ignore[override]  # as it is called
                outer.run(sql)
                return super().executemany(sql, *more)  # type: ignore[arg-type]  # passed on

        class Connection(sqlite3.Connection):
            def cursor(self) -> Cursor:  # type: ignore[override]  # as it is called
                return super().cursor(Cursor)

            def execute(self, sql: str, *more: object) -> sqlite3.Cursor:
                if sql in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    outer.run(sql)
                return super().execute(sql, *more)  # type: ignore[arg-type]  # passed on

        def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
            if not writable:
                return real(path, writable=False)
            made = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Connection)
            made.execute("PRAGMA synchronous=FULL")
            made.execute("PRAGMA recursive_triggers=ON")
            made.execute("PRAGMA foreign_keys=ON")
            return made

        monkeypatch.setattr(store, "connect", connect)

    def run(self, sql: str) -> None:
        # What takes a transaction back is what follows a fault, not a fault of its own.
        if sql == "ROLLBACK":
            return
        self.statements.append(sql)
        if len(self.statements) == self.fail_at:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error


def everything(busy: Busy, folder: Path, number: int) -> Batch:
    """Give a batch that writes into every table."""
    small = document(folder / f"{number}.txt", b"klein %d" % number)
    large = document(folder / f"{number}.pdf", b"gross%d" % number * 20_000)
    opening = statement(
        f"proposal:{busy.made.means.uuid7()}",
        e.ProposalRegistered(body=busy.body, kind=v.ProposalKind.MOTION, version=1, reference=f"{number}"),
    )
    attached = [
        statement(opening.stream, e.DocumentAttached(label=d.path.name, held=True, document=held(d)))
        for d in (small, large)
    ]
    return batch(opening, *attached, name=f"{number}", documents=(small, large))


def files(busy: Busy) -> set[str]:
    return {p.name for p in (busy.made.folder / "documents").rglob("*") if p.is_file()}


def test_every_statement_of_recording_fails_once(busy: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = busy.made.signer()
    failing = Failing(monkeypatch)
    with busy.made.open() as archive:
        archive.record(everything(busy, tmp_path, 0), signer=signer)
        total = len(failing.statements)
        assert {"BEGIN IMMEDIATE", "COMMIT"} < set(failing.statements)
        for fail_at in range(1, total + 1):
            new, size, before = everything(busy, tmp_path, fail_at), archive.size, files(busy)
            failing.statements, failing.fail_at = [], fail_at
            with pytest.raises(StorageError) as caught:
                archive.record(new, signer=signer)
            assert caught.value.message == (
                f"{busy.made.folder / 'record.db'}: cannot be opened or written: disk I/O error"
            )
            statement_ = failing.statements[-1]
            failing.fail_at = 0
            assert archive.size == size, statement_
            # A file whose transaction was refused goes with it; only after a commit that fails it may stay.
            assert files(busy) == before or statement_ == "COMMIT"
            assert archive.record(new, signer=signer).size == size + 3, statement_
            assert archive.find("proposal", {"reference": str(fail_at)}) == (new.commands[0].statement.stream,)
    passes(busy)


def test_every_statement_of_an_erasure_fails_once(
    pristine: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing(monkeypatch)
    outcomes: set[bool] = set()

    def erasing(archive: Archive, busy: Busy) -> Callable[[], object]:
        names = (
            f"{busy.proposal}#1/data.subject",
            f"document:{busy.proposal}#1/data.document",
            f"document:{busy.proposal}#2/data.document",
            f"token:{busy.proposal}#3",
        )
        targets = tuple(target for name in names for target in parse_target(name, archive))
        return lambda: erase(archive, targets, ground="Art. 17 DSGVO", signer=busy.made.signer())

    whole = copy_of(pristine, tmp_path / "whole")
    with whole.made.open() as archive:
        erasing(archive, whole)()
        assert {"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} < set(failing.statements)
    passes(whole)
    for fail_at in range(1, len(failing.statements) + 1):
        busy = copy_of(pristine, tmp_path / str(fail_at))
        with busy.made.open() as archive:
            run = erasing(archive, busy)
            failing.statements, failing.fail_at = [], fail_at
            with pytest.raises(StorageError, match="disk I/O error"):
                run()
            failing.fail_at = 0
            is_recorded = archive.size == BEFORE + 1
            outcomes.add(is_recorded)
            if is_recorded:
                finish(archive)
            else:
                assert archive.document(busy.small) is not None, failing.statements
                assert archive.document(busy.large) is not None, failing.statements
                run()
            assert archive.document(busy.small) is archive.document(busy.large) is None
            assert archive.connection.execute("SELECT count(*) FROM erasing").fetchone() == (0,)
        assert files(busy) == set()
        passes(busy)
        shutil.rmtree(tmp_path / str(fail_at))
    assert outcomes == {False, True}


@pytest.mark.parametrize("points", [12, pytest.param(400, marks=pytest.mark.long)])
@pytest.mark.parametrize("how", ["torn", "overwritten"])
def test_log_that_was_torn_gives_a_state_that_there_was(
    busy: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, points: int
) -> None:
    """What a power failure leaves of the write-ahead log is some beginning of it; whole batches come back."""
    signer = busy.made.signer()
    with busy.made.open() as archive:
        for number in range(6):
            archive.record(everything(busy, tmp_path, number), signer=signer)
        shutil.copytree(busy.made.folder, tmp_path / "taken")
    wal = (tmp_path / "taken" / "record.db-wal").read_bytes()
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    sizes: set[int] = set()
    for point in range(points):
        folder = tmp_path / "torn"
        shutil.copytree(tmp_path / "taken", folder)
        place = chance.randrange(len(wal))
        rest = b"" if how == "torn" else chance.randbytes(len(wal) - place)
        (folder / "record.db-wal").write_bytes(wal[:place] + rest)
        (folder / "record.db-shm").unlink(missing_ok=True)
        torn = structs.replace(busy, made=Made(folder, busy.made.keys, busy.made.means, busy.made.person))
        with torn.made.open() as archive:
            where = f"seed {seed}, point {point}, {place} of {len(wal)} bytes"
            assert (archive.size - BEFORE) % 3 == 0, where
            assert [r.position for r in archive.events_between()] == list(range(1, archive.size + 1)), where
            sizes.add(archive.size)
            archive.record(everything(torn, tmp_path, 100 + point), signer=signer)
        source = ArchiveSource(folder)
        report = verify(source, pin=pin_of(busy.anchor))
        source.close()
        assert report.verdict is Verdict.PASSED, (where, report)
        shutil.rmtree(folder)
    assert len(sizes) > 2, sizes
