from __future__ import annotations

import shutil
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest
from support.archives import Clock, Made, batch, new_archive, statement
from support.logs import ORIGIN, signing_key
from support.records import SIGNER, MemoryRecord, content, flip

from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.keys import LOG_ED25519, LOG_MLDSA44
from archive.log import signing
from archive.log.checkpoint import open_own
from archive.log.folder import LogFolder
from archive.log.memory import Memory
from archive.log.merkle import leaf_hashes, root_hash
from archive.log.note import SignatureType
from archive.log.opening import State
from archive.log.proof import parse_proof, verify_receipt
from archive.log.receipts import give_receipt, receipt_name
from archive.log.signing import LogSigner, next_step, read_log_signer, ready_to_record
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from pathlib import Path

    from archive.archive import Archive


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A register with its four first events."""
    return new_archive(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def made(pristine: Made, tmp_path: Path) -> Made:
    """A copy to record in."""
    return pristine.copy(tmp_path)


def signer_of(archive: Archive, made: Made) -> LogSigner:
    return read_log_signer(made.key_folder(), archive.log_keys_at(archive.size))


def record(archive: Archive, made: Made, count: int = 1) -> None:
    """Record organs of the body."""
    body = archive.streams("body")[0]
    new = (
        statement(
            f"organ:{made.means.uuid7()}",
            e.OrganRegistered(body=body, name=f"Ausschuss {archive.size} {number}", kind=v.OrganKind.COUNCIL),
        )
        for number in range(count)
    )
    archive.record(batch(*new), signer=made.signer())


# -- the checkpoint of a command ------------------------------------------------------------------


def test_checkpoint_is_over_all_events_in_all_three_places(made: Made, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "register")
    with made.open() as archive:
        record(archive, made, 3)
        done = archive.checkpoint(signer_of(archive, made), memory=memory)
        entries = [entry for _, entry in archive.entries()]
        assert done.checkpoint.head.origin == archive.register.origin
        assert done.checkpoint.head.size == archive.size == 7
        assert done.checkpoint.head.root == root_hash(leaf_hashes(entries))
        assert (done.new, done.problems) == (True, ())
        assert [time for key in done.checkpoint.verified if (time := key.timestamp)] == [int(made.means.clock())]
        assert list(archive.recorder.checkpoints()) == [(7, done.checkpoint.data)]
        assert archive.newest_checkpoint() == archive.log_folder.checkpoint() == memory.read() == done.checkpoint.data
        assert list(archive.log_folder.compare(archive, 7)) == []


def test_without_new_events_nothing_is_signed(made: Made) -> None:
    with made.open() as archive:
        signer = signer_of(archive, made)
        first = archive.checkpoint(signer)
        again = archive.checkpoint(signer)
        assert (again.new, again.checkpoint.data) == (False, first.checkpoint.data)
        assert len(list(archive.recorder.checkpoints())) == 1


def test_every_command_adds_a_checkpoint_and_none_goes(made: Made) -> None:
    with made.open() as archive:
        signer = signer_of(archive, made)
        kept = []
        for count in (1, 5, 300, 1):
            record(archive, made, count)
            kept.append(archive.checkpoint(signer).checkpoint)
        rows = list(archive.recorder.checkpoints())
        assert rows == [(c.head.size, c.data) for c in kept]
        assert [size for size, _ in rows] == [5, 10, 310, 311]
        assert [size for size, _ in archive.recorder.checkpoints(after=10)] == [310, 311]
        assert list(archive.log_folder.compare(archive, 311)) == []


def test_events_of_a_process_that_died_before_its_checkpoint_get_one_from_the_next(made: Made) -> None:
    with made.open() as archive:
        archive.checkpoint(signer_of(archive, made))
        record(archive, made, 2)
    with made.open() as archive:
        assert ready_to_record(archive, archive.log_folder, None).state is State.OK
        record(archive, made)
        assert archive.checkpoint(signer_of(archive, made)).checkpoint.head.size == 7


def test_an_erased_token_keeps_its_leaf(made: Made) -> None:
    with made.open() as archive:
        record(archive, made)
        done = archive.checkpoint(signer_of(archive, made))
        entry = next(entry for position, entry in archive.entries(after=2, until=3))
        db = sqlite3.connect(made.folder / "record.db")
        db.execute("INSERT INTO erasing VALUES ('token', 3, '')")
        db.execute("UPDATE stored_events SET state=? WHERE rowid=3", (entry,))
        db.commit()
        db.close()
        assert [position for position, _ in archive.entries()] == [1, 2, 3, 4, 5]
        assert root_hash(leaf_hashes([value for _, value in archive.entries()])) == done.checkpoint.head.root


def test_a_gap_is_named_and_nothing_is_signed(made: Made) -> None:
    with made.open() as archive:
        record(archive, made, 2)
        db = sqlite3.connect(made.folder / "record.db")
        db.execute("DROP TRIGGER stored_events_no_delete")
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute("DELETE FROM stored_events WHERE rowid=5")
        db.commit()
        db.close()
        with pytest.raises(IntegrityError) as caught:
            archive.checkpoint(signer_of(archive, made))
        assert caught.value.message.startswith("position 5: found no event, ")
        assert list(archive.recorder.checkpoints()) == []


def test_two_processes_that_record_at_once_make_one_log(made: Made, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "register")
    start = threading.Barrier(2)
    failed: list[str] = []

    def work() -> None:
        with made.open() as archive:
            signer = signer_of(archive, made)
            start.wait()
            for _ in range(8):
                ready_to_record(archive, archive.log_folder, memory).require_recordable()
                record(archive, made)
                done = archive.checkpoint(signer, memory=memory)
                failed.extend(done.problems)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with made.open() as archive:
        assert archive.size == 20
        sizes = [size for size, _ in archive.recorder.checkpoints()]
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == 20
        assert ready_to_record(archive, archive.log_folder, memory).details == ()
        assert archive.newest_checkpoint() == archive.log_folder.checkpoint() == memory.read()
        assert list(archive.log_folder.compare(archive, 20)) == []


# -- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE checkpoints SET note=x'00'", "checkpoints are never changed"),
        ("DELETE FROM checkpoints", "checkpoints are never deleted"),
        ("INSERT INTO checkpoints VALUES (4, x'00')", "checkpoints only grow, up to the last event"),
        ("INSERT OR REPLACE INTO checkpoints VALUES (4, x'00')", "checkpoints only grow, up to the last event"),
        ("INSERT INTO checkpoints VALUES (3, x'00')", "checkpoints only grow, up to the last event"),
        ("INSERT INTO checkpoints VALUES (6, x'00')", "checkpoints only grow, up to the last event"),
        ("INSERT INTO checkpoints (note) VALUES (x'00')", "checkpoints only grow, up to the last event"),
        ("INSERT INTO checkpoints VALUES (5, 'text')", "cannot store TEXT value in BLOB column checkpoints.note"),
    ],
)
def test_checkpoints_are_kept_for_good(statement: str, message: str, made: Made) -> None:
    with made.open() as archive:
        archive.checkpoint(signer_of(archive, made))
        record(archive, made)
        db = sqlite3.connect(made.folder / "record.db")
        with pytest.raises(sqlite3.IntegrityError) as caught:
            db.execute(statement)
        assert str(caught.value) == message
        db.close()


# -- keys -----------------------------------------------------------------------------------------


def test_keys_that_are_not_in_force_do_not_sign(made: Made) -> None:
    with made.open() as archive:
        with pytest.raises(StorageError) as caught:
            archive.checkpoint(SIGNER)
        wanted = archive.log_keys_at(4).ed25519.label
        assert caught.value.message == (
            f"log key: found {SIGNER.ed25519.verifier.label}, expected {wanted}, which the register has in force"
        )
        assert archive.newest_checkpoint() is None
        assert not archive.log_folder.path.exists()


def test_key_folder_of_another_register_is_refused(made: Made, tmp_path: Path) -> None:
    other = new_archive(tmp_path / "other", seed=2)
    with made.open() as archive, pytest.raises(StorageError, match=r"\Alog key: found .*, which the register has in"):
        read_log_signer(other.key_folder(), archive.log_keys_at(4))


@pytest.mark.parametrize("name", [LOG_ED25519, LOG_MLDSA44])
def test_missing_and_mixed_up_key_files_are_named(name: str, made: Made) -> None:
    path = made.keys / f"{name}.key.pem"
    with made.open() as archive:
        keys = archive.log_keys_at(4)
    shutil.copy(made.keys / "root.key.pem", path)
    with pytest.raises(StorageError) as caught:
        read_log_signer(made.key_folder(), keys)
    assert caught.value.message == f"key file {path}: found a key of another kind, expected {name}"
    path.unlink()
    with pytest.raises(StorageError) as caught:
        read_log_signer(made.key_folder(), keys)
    assert caught.value.message == f"key file {path}: not found"


def test_private_keys_are_not_shown() -> None:
    assert repr(SIGNER) == f"LogSigner({SIGNER.ed25519.verifier.label}, {SIGNER.mldsa44.verifier.label})"


def test_checkpoints_before_a_change_of_keys_are_read_with_the_old_ones(made: Made) -> None:
    with made.open() as archive:
        old = signer_of(archive, made)
        first = archive.checkpoint(old).checkpoint
        origin = archive.register.origin
        new = LogSigner(
            ed25519=signing_key(origin, SignatureType.ED25519), mldsa44=signing_key(origin, SignatureType(6))
        )
        changed = e.LogKeyChanged(
            log_ed25519=new.ed25519.verifier.vkey,
            log_mldsa44=new.mldsa44.verifier.vkey,
            reason=v.RevocationReason.KEY_REPLACED,
        )
        stream = f"register:{archive.register.id}"
        archive.append([(statement(stream, changed), v.Role.ROOT, made.root(archive.register.id))])
        assert ready_to_record(archive, archive.log_folder, None).state is State.OK
        with pytest.raises(StorageError, match=r"\Alog key: found "):
            archive.checkpoint(old)
        second = archive.checkpoint(new).checkpoint
        assert open_own(second.data, archive.log_keys_at(5)).head.size == 5
        assert open_own(first.data, archive.log_keys_at(4)).head.size == 4
        assert ready_to_record(archive, archive.log_folder, None).state is State.OK


# -- rolled back for real -------------------------------------------------------------------------


def test_an_old_copy_of_the_archive_is_noticed_by_the_memory(made: Made, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "register")
    with made.open() as archive:
        archive.checkpoint(signer_of(archive, made), memory=memory)
    old = made.copy(tmp_path / "old")
    with made.open() as archive:
        record(archive, made)
        archive.checkpoint(signer_of(archive, made), memory=memory)
    with old.open() as archive:
        with pytest.raises(StorageError, match=r"\Athe archive was rolled back: .*: found 4 events in the archive, "):
            ready_to_record(archive, archive.log_folder, memory)
        # Whoever records all the same gets nothing signed over it.
        record(archive, old, 2)
        with pytest.raises(StorageError, match=r"\Athe archive is a fork of what its log vouched for: root of the"):
            archive.checkpoint(signer_of(archive, old), memory=memory)
        assert [size for size, _ in archive.recorder.checkpoints()] == [4]
        # Reading goes on.
        assert len(archive.history(f"register:{archive.register.id}")) == 2


# -- what stands beside the record ----------------------------------------------------------------


def test_a_cache_that_cannot_be_written_is_a_problem_and_no_failure(made: Made, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "register")
    (made.folder / "log").write_bytes(b"")
    memory.path.parent.write_bytes(b"")
    with made.open() as archive:
        done = archive.checkpoint(signer_of(archive, made), memory=memory)
        assert done.problems == (
            f"the cache of the log was not brought up to date: {made.folder / 'log'}: cannot be made: File exists",
            f"the memory outside was not brought up to date: {memory.path.parent}: cannot be made: File exists",
        )
        assert archive.newest_checkpoint() == done.checkpoint.data
        (made.folder / "log").unlink()
        memory.path.parent.unlink()
        again = archive.checkpoint(signer_of(archive, made), memory=memory)
        assert (again.new, again.problems) == (False, ())
        assert archive.log_folder.checkpoint() == memory.read() == done.checkpoint.data


def test_more_files_than_are_kept_are_made_a_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = MemoryRecord(1000), MemoryRecord(1000)
    one.sign(LogFolder(tmp_path / "one"))
    monkeypatch.setattr(signing, "KEPT_ENTRIES_MAX", 100)
    other.sign(LogFolder(tmp_path / "other"))
    files = content(tmp_path)
    assert len(files) == 2 * 10
    assert all(
        data == files[name.replace("one", "other")]
        for name, data in files.items()
        if name.startswith("one") and "checkpoint" not in name
    )


def test_a_cache_that_moved_on_meanwhile_is_left_alone(tmp_path: Path) -> None:
    record, log = MemoryRecord(10), LogFolder(tmp_path)
    step = next_step(record, log, None, SIGNER, timestamp=1)
    record.add(5)
    record.sign(log)
    before = content(tmp_path)
    assert signing.settle(record, log, None, step).problems == ()
    assert content(tmp_path) == before


# -- receipts -------------------------------------------------------------------------------------


def test_receipt_proves_the_event_and_carries_its_entry(made: Made) -> None:
    with made.open() as archive:
        record(archive, made, 300)
        archive.checkpoint(signer_of(archive, made))
        keys = archive.log_keys_at(archive.size)
        for position in (1, 2, 256, 257, 304):
            receipt = archive.receipt(position)
            proof = parse_proof(receipt.data)
            assert proof.index == position - 1
            assert proof.extra == next(entry for _, entry in archive.entries(after=position - 1))
            assert verify_receipt(proof, keys).head.size == 304
            row = archive.recorder.row(position)
            assert row is not None
            name = f"{row.stream.replace(':', '-')}-{row.originator_version}.tlog-proof"
            assert receipt.name == name


def test_receipts_do_not_depend_on_the_cache(made: Made) -> None:
    with made.open() as archive:
        record(archive, made, 300)
        archive.checkpoint(signer_of(archive, made))
        positions = (1, 100, 257, 304)
        wanted = [archive.receipt(position) for position in positions]
        flip(archive.log_folder.path / "tile/0/000", 40)
        flip(archive.log_folder.path / "tile/1/000.p/1", 3)
        (archive.log_folder.path / "tile/0/001.p/48").write_bytes(b"")
        assert [archive.receipt(position) for position in positions] == wanted
        shutil.rmtree(archive.log_folder.path)
        assert [archive.receipt(position) for position in positions] == wanted


def test_an_event_that_nothing_vouches_for_gets_no_receipt(made: Made) -> None:
    with made.open() as archive:
        with pytest.raises(EvidenceError) as caught:
            archive.receipt(4)
        assert caught.value.message == f"{made.folder}: no checkpoint yet, so nothing vouches for position 4"
        archive.checkpoint(signer_of(archive, made))
        record(archive, made)
        with pytest.raises(EvidenceError) as caught:
            archive.receipt(5)
        assert caught.value.message == (
            "position 5: the newest checkpoint is over 4 events, so nothing vouches for it yet"
        )
        for position in (-1, 0, 6):
            with pytest.raises(InputError, match=rf"\Aposition {position}: there is no such event\Z"):
                archive.receipt(position)


def test_a_changed_event_gets_no_receipt(tmp_path: Path) -> None:
    record, log = MemoryRecord(300), LogFolder(tmp_path)
    checkpoint = record.sign(log).checkpoint
    record.positions[5] = bytes(64)
    with pytest.raises(IntegrityError) as caught:
        give_receipt(record, log, checkpoint, 5)
    assert caught.value.message == "position 5: the events do not have the root of the checkpoint over 300 events"
    assert parse_proof(give_receipt(record, log, checkpoint, 6)).index == 5


@pytest.mark.parametrize(
    "stream", ["../x", "proposal:../../x", "proposal:", "organ:0190a000-0000-7000-8000-00000000000"]
)
def test_a_stream_that_is_none_never_becomes_a_file_name(stream: str) -> None:
    with pytest.raises(IntegrityError, match=r"found a name that no stream has, expected kind:<uuid>\Z"):
        receipt_name(stream, 1)


def test_a_table_with_a_foreign_checkpoint_gives_no_receipt(made: Made) -> None:
    with made.open() as archive:
        db = sqlite3.connect(made.folder / "record.db")
        db.execute("INSERT INTO checkpoints VALUES (4, ?)", (MemoryRecord(4).signed().data,))
        db.commit()
        db.close()
        with pytest.raises(EvidenceError, match=r"newest checkpoint: found signatures of "):
            archive.receipt(1)
        assert archive.register.origin != ORIGIN


def test_the_clock_of_a_checkpoint_is_the_archives(tmp_path: Path) -> None:
    clock = Clock(1_800_000_000)
    made = new_archive(tmp_path, clock=clock)
    with made.open() as archive:
        clock.tick(7)
        times = [key.timestamp for key in archive.checkpoint(signer_of(archive, made)).checkpoint.verified]
        assert times == [None, 1_800_000_007]
