"""A replica gives back what was lost, byte for byte, and nothing that was changed or erased."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from support.archives import Busy, batch, busy_archive, pin_of, statement
from support.tampering import respell

from archive.errors import InputError, IntegrityError
from archive.log.memory import Memory
from archive.log.signing import read_log_signer
from archive.repair import Repaired, repair
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import values as x

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Repaired(events=0, disclosures=0, documents=0, command_files=0, checkpoints=0, size=0)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    """A register with a bit of everything, under a checkpoint."""
    busy = busy_archive(tmp_path_factory.mktemp("sealed"))
    with busy.made.open() as archive:
        archive.checkpoint(read_log_signer(busy.made.key_folder(), archive.log_keys_at(archive.size)))
    return busy


@pytest.fixture
def busy(sealed: Busy, tmp_path: Path) -> Busy:
    return structs.replace(sealed, made=sealed.made.copy(tmp_path))


@pytest.fixture
def replica(busy: Busy, tmp_path: Path) -> Path:
    folder = tmp_path / "replica"
    shutil.copytree(busy.made.folder, folder)
    return folder


def execute(folder: Path, *statements: str, parameters: tuple[object, ...] = ()) -> None:
    """Do what only somebody does who drops the triggers."""
    with sqlite3.connect(folder / "record.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            sql = db.execute("SELECT sql FROM sqlite_master WHERE name=?", (name,)).fetchone()[0]
            db.execute(f"DROP TRIGGER {name}")
            dropped.append(sql)
        for statement in statements:
            db.execute(statement, parameters if "?" in statement else ())
        for sql in dropped:
            db.execute(sql)
        dropped.clear()
    db.close()


dropped: list[str] = []


def repaired(busy: Busy, replica: Path) -> Repaired:
    return repair(busy.made.folder, replica, means=busy.made.means, pin=pin_of(busy.anchor))


def passes(busy: Busy) -> None:
    source = ArchiveSource(busy.made.folder)
    try:
        report = verify(source, pin=pin_of(busy.anchor))
    finally:
        source.close()
    assert [f for s in report.steps for f in s.findings if f.verdict is not Verdict.PASSED] == []


def test_nothing_is_missing(busy: Busy, replica: Path) -> None:
    size = 16
    assert repaired(busy, replica) == structs.replace(NOTHING, size=size)


def test_tail_comes_back(busy: Busy, replica: Path) -> None:
    execute(
        busy.made.folder,
        "DELETE FROM disclosures WHERE position > 12",
        "DELETE FROM stored_events WHERE rowid > 12",
        "DELETE FROM command_files WHERE first_position > 12",
        "DELETE FROM checkpoints",
    )
    done = repaired(busy, replica)
    assert (done.events, done.checkpoints, done.size) == (4, 1, 16)
    passes(busy)


def test_middle_comes_back_at_its_positions(busy: Busy, replica: Path) -> None:
    execute(
        busy.made.folder,
        "DELETE FROM disclosures WHERE position BETWEEN 8 AND 9",
        "DELETE FROM stored_events WHERE rowid BETWEEN 8 AND 9",
    )
    assert repaired(busy, replica).events == 2
    passes(busy)


def test_disclosures_and_documents_come_back(busy: Busy, replica: Path) -> None:
    execute(
        busy.made.folder,
        "DELETE FROM disclosures WHERE position = 10",
        "DELETE FROM documents WHERE digest = ?",
        parameters=(busy.small,),
    )
    (busy.made.folder / "documents" / busy.large[:2] / busy.large).unlink()
    done = repaired(busy, replica)
    assert (done.events, done.disclosures, done.documents) == (0, 1, 2)
    passes(busy)


def test_disclosure_that_is_missing_from_a_row_comes_back_into_it(busy: Busy, replica: Path) -> None:
    with busy.made.open() as archive:
        position = next(r.position for r in archive.history(busy.proposal) if r.seq == 1)
        row = archive.recorder.row(position)
        assert row is not None
        left = b"~" + row.disclosed.split(b"~", 2)[2]
    update = "UPDATE disclosures SET disclosed=? WHERE position=?"
    execute(busy.made.folder, update, parameters=(left.decode(), position))
    assert repaired(busy, replica).disclosures == 1
    passes(busy)


def test_what_was_erased_since_does_not_come_back(busy: Busy, replica: Path) -> None:
    from archive.erasure import erase, parse_target  # noqa: PLC0415  # only here

    with busy.made.open() as archive:
        for target in (f"{busy.proposal}#1/data.subject", f"document:{busy.proposal}#1/data.document"):
            erase(archive, parse_target(target, archive), ground="Art. 17 DSGVO", signer=busy.made.signer())
    with pytest.raises(IntegrityError, match="the replica ends before it, so it is older than the archive"):
        repaired(busy, replica)
    shutil.rmtree(replica)
    shutil.copytree(busy.made.folder, replica)
    assert repaired(busy, replica) == structs.replace(NOTHING, size=18)
    passes(busy)


def test_events_that_differ_are_not_chosen_between(busy: Busy, replica: Path) -> None:
    state = sqlite3.connect(busy.made.folder / "record.db").execute("SELECT state FROM stored_events WHERE rowid=9")
    changed = respell(bytes(state.fetchone()[0]), 40)
    execute(busy.made.folder, "UPDATE stored_events SET state=? WHERE rowid=9", parameters=(changed,))
    with pytest.raises(IntegrityError, match="position 9: the archive and the replica have different events"):
        repaired(busy, replica)


def test_replica_that_does_not_verify_is_refused(busy: Busy, replica: Path) -> None:
    execute(replica, "DELETE FROM disclosures WHERE position = 10")
    with pytest.raises(IntegrityError, match="the replica does not verify: position 10: DISCLOSURE_MISSING"):
        repaired(busy, replica)


def test_archive_itself_is_no_replica(busy: Busy) -> None:
    with pytest.raises(InputError, match="found the archive itself, expected another copy of it"):
        repaired(busy, busy.made.folder)


def test_events_of_a_fork_are_not_taken_for_what_was_lost(busy: Busy, tmp_path: Path) -> None:
    fork = busy.made.copy(tmp_path / "fork")
    memory = Memory(tmp_path / "state" / "memory")
    for made, seen in ((fork, None), (busy.made, memory)):
        with made.open() as archive:
            event = e.DocumentAttached(label=f"Anlage {made is fork}", held=False, document=x.Document(held=False))
            archive.record(batch(statement(busy.proposal, event)), signer=made.signer())
            signer = read_log_signer(made.key_folder(), archive.log_keys_at(archive.size))
            archive.checkpoint(signer, memory=seen)
    execute(
        busy.made.folder,
        "DELETE FROM disclosures WHERE position = 17",
        "DELETE FROM stored_events WHERE rowid = 17",
        "DELETE FROM checkpoints WHERE size = 17",
    )
    shutil.rmtree(busy.made.folder / "log")
    with pytest.raises(IntegrityError, match="the first 17 events with those of the replica do not have the root"):
        repair(busy.made.folder, fork.folder, means=busy.made.means, pin=pin_of(busy.anchor), memory=memory)
    with busy.made.open() as archive:
        assert archive.size == 16


def test_checkpoints_come_back_between_those_that_are_left(busy: Busy, tmp_path: Path) -> None:
    with busy.made.open() as archive:
        event = e.DocumentAttached(label="Anlage 2", held=False, document=x.Document(held=False))
        archive.record(batch(statement(busy.proposal, event)), signer=busy.made.signer())
        archive.checkpoint(read_log_signer(busy.made.key_folder(), archive.log_keys_at(archive.size)))
    replica = tmp_path / "replica"
    shutil.copytree(busy.made.folder, replica)
    execute(busy.made.folder, "DELETE FROM checkpoints WHERE size = 16")
    assert repaired(busy, replica).checkpoints == 1
    passes(busy)
