from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.logs import ED25519, MLDSA44, ORIGIN, signing_key
from support.records import MemoryRecord, content, flip

from archive.errors import StorageError
from archive.log.checkpoint import sign_checkpoint
from archive.log.folder import LogFolder
from archive.log.head import TreeHead
from archive.log.memory import REMOVE_HINT, Memory
from archive.log.merkle import EMPTY_ROOT
from archive.log.note import SignatureType
from archive.log.opening import Opened, Place, State, check_opening, open_log, remember
from archive.log.signing import ready_to_record, rebuild

if TYPE_CHECKING:
    from pathlib import Path


class World:
    """A record with cache and memory, every checkpoint in all three places."""

    def __init__(self, folder: Path, *sizes: int) -> None:
        self.record = MemoryRecord()
        self.log = LogFolder(folder / "log")
        self.memory = Memory(folder / "state" / "register")
        self.grow(*sizes)

    def grow(self, *sizes: int) -> None:
        for size in sizes:
            self.record.add(size - self.record.size)
            assert self.record.sign(self.log, self.memory).problems == ()

    def check(self, *, memory: bool = True) -> Opened:
        return check_opening(self.record, self.log, self.memory if memory else None)

    def roll_back(self, size: int) -> None:
        """Put the record back to an old size, as an old copy of `record.db` does."""
        self.record.positions = {p: e for p, e in self.record.positions.items() if p <= size}
        self.record.table = {s: note for s, note in self.record.table.items() if s <= size}

    def rewrite(self, position: int, *, size: int | None = None) -> None:
        """Change an event and sign everything anew with the real keys, leaving `log/` and the memory as they are."""
        self.record.positions[position] = bytes(64)
        if size is not None:
            self.record.add(size - self.record.size, story="other")
        self.record.table = {self.record.size: self.record.signed().data}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, 250, 300)


def codes(opened: Opened) -> list[str]:
    return [detail.code for detail in opened.details]


def refusal(opened: Opened) -> str:
    with pytest.raises(StorageError) as caught:
        opened.require_recordable()
    return f"{caught.value.message} | {caught.value.hint}"


# -- good -----------------------------------------------------------------------------------------


def test_a_record_without_any_checkpoint_is_fresh(tmp_path: Path) -> None:
    opened = check_opening(MemoryRecord(4), LogFolder(tmp_path / "log"), Memory(tmp_path / "memory"))
    assert (opened.state, opened.size, opened.newest, opened.details) == (State.FRESH, 4, None, ())
    opened.require_recordable()


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 512, 700])
def test_a_record_that_holds_what_is_known_is_ok(size: int, tmp_path: Path) -> None:
    opened = World(tmp_path, size).check()
    assert (opened.state, opened.details) == (State.OK, ())
    assert opened.newest is not None
    assert (opened.newest.place, opened.newest.checkpoint.head.size) == (Place.TABLE, size)
    assert opened.cache is not None


def test_events_after_the_newest_checkpoint_are_growth(world: World) -> None:
    world.record.add(7)
    assert (world.check().state, world.check().size) == (State.OK, 307)


def test_opening_a_healthy_log_reads_one_event(world: World) -> None:
    world.record.read = 0
    world.check()
    assert world.record.read == 1


def test_an_older_memory_that_is_a_prefix_is_ok_and_brought_up_to_date(world: World) -> None:
    world.memory.path.write_bytes(world.record.table[250])
    assert world.check().state is State.OK
    assert open_log(world.record, world.log, world.memory).details == ()
    assert world.memory.read() == world.record.table[300]


def test_a_missing_row_is_no_rollback_while_the_events_are_there(world: World) -> None:
    del world.record.table[300]
    opened = world.check()
    assert opened.state is State.OK
    assert opened.newest is not None
    assert opened.newest.place is Place.CACHE


def test_an_unwritable_memory_keeps_nobody_from_reading(world: World) -> None:
    shutil.rmtree(world.memory.path.parent)
    world.memory.path.parent.write_bytes(b"")
    opened = open_log(world.record, world.log, world.memory)
    assert opened.state is State.OK
    assert [(d.code, d.found) for d in opened.details] == [
        ("MEMORY_NOT_WRITTEN", f"{world.memory.path.parent}: cannot be made: File exists")
    ]


# -- the cache ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "at"), [("checkpoint", 60), ("tile/0/001.p/44", 5), ("tile/0/001.p/44", 43 * 32), ("tile/1/000.p/1", 5)]
)
@pytest.mark.parametrize("how", ["flipped", "cut", "removed"])
def test_a_damaged_edge_of_the_cache_is_no_fork_and_is_mended(name: str, at: int, how: str, world: World) -> None:
    wanted = content(world.log.path)
    path = world.log.path / name
    flip(path, at) if how == "flipped" else path.write_bytes(path.read_bytes()[:at]) if how == "cut" else path.unlink()
    opened = world.check()
    assert opened.state is State.UNCHECKED
    assert codes(opened) == ["CACHE_MISSING" if (name, how) == ("checkpoint", "removed") else "CACHE_DAMAGED"]
    opened.require_recordable()
    assert ready_to_record(world.record, world.log, world.memory).state is State.OK
    files = content(world.log.path)
    assert {path: files[path] for path in wanted} == wanted


def test_a_missing_cache_is_made_by_the_next_recording_and_once(world: World) -> None:
    shutil.rmtree(world.log.path)
    assert codes(world.check()) == ["CACHE_MISSING"]
    assert ready_to_record(world.record, world.log, world.memory).state is State.OK
    world.record.read = 0
    assert ready_to_record(world.record, world.log, world.memory).state is State.OK
    assert world.record.read == 1


def test_a_cache_that_was_left_behind_is_brought_up_from_where_it_stands(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.log.path, tmp_path / "old")
    world.grow(310)
    shutil.rmtree(world.log.path)
    shutil.copytree(tmp_path / "old", world.log.path)
    opened = world.check()
    assert opened.state is State.UNCHECKED
    assert codes(opened) == ["CACHE_BEHIND", "CACHE_BEHIND"]
    world.record.read = 0
    assert ready_to_record(world.record, world.log, world.memory).state is State.OK
    # The ten that are new and the last one, before and after.
    assert world.record.read == 12


def test_a_cache_that_cannot_be_written_does_not_stop_a_checked_record(world: World) -> None:
    shutil.rmtree(world.log.path)
    world.log.path.write_bytes(b"")
    opened = ready_to_record(world.record, world.log, world.memory)
    assert opened.state is State.OK
    assert codes(opened) == ["CACHE_MISSING", "CACHE_NOT_WRITTEN"]


# -- rolled back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("remembered", ["all", "cache", "memory", "table"])
def test_a_record_that_was_rolled_back_is_refused(remembered: str, world: World) -> None:
    table = world.record.table
    world.roll_back(280)
    if remembered == "table":
        world.record.table = table
    if remembered in {"memory", "table"}:
        shutil.rmtree(world.log.path)
    if remembered in {"cache", "table"}:
        world.memory.path.unlink()
    opened = world.check()
    assert opened.state is State.BEHIND
    where = {"memory": str(world.memory.path), "table": "table checkpoints"}.get(
        remembered, str(world.log.path / "checkpoint")
    )
    assert refusal(opened) == (
        f"the archive was rolled back: {where}: found 280 events in the archive, "
        "expected at least 300, which its log vouched for | nothing is recorded on top; `ratsbuch verify` proves it, "
        "and its report is what to hand on; put the missing events back with `ratsbuch repair --from`, or continue "
        "in a new register with `ratsbuch init --successor-of`"
    )


def test_nothing_is_signed_or_written_over_a_rollback(world: World, tmp_path: Path) -> None:
    world.roll_back(280)
    before = content(tmp_path)
    for work in (
        lambda: world.record.sign(world.log, world.memory),
        lambda: ready_to_record(world.record, world.log, world.memory),
        lambda: rebuild(world.record, world.log, world.memory),
    ):
        with pytest.raises(StorageError, match=r"\Athe archive was rolled back: "):
            work()
    assert open_log(world.record, world.log, world.memory).state is State.BEHIND
    assert content(tmp_path) == before


def test_a_rollback_with_every_memory_lost_is_not_noticed(world: World) -> None:
    world.roll_back(280)
    shutil.rmtree(world.log.path)
    world.memory.path.unlink()
    assert world.check().state is State.UNCHECKED


# -- forks ----------------------------------------------------------------------------------------


def test_a_changed_last_event_is_a_fork(world: World) -> None:
    world.record.positions[300] = bytes(64)
    opened = world.check()
    assert opened.state is State.FORKED
    assert refusal(opened).startswith(
        "the archive is a fork of what its log vouched for: position 300: found another event, "
        "expected the one that the checkpoint over 300 events vouches for | "
    )
    del world.record.positions[300]
    world.record.positions[301] = bytes(64)
    assert refusal(world.check()).startswith(
        "the archive is a fork of what its log vouched for: position 300: found no event, "
    )


def test_a_rewritten_record_of_the_same_size_is_a_fork_against_the_memory(world: World) -> None:
    world.rewrite(5)
    shutil.rmtree(world.log.path)
    world.log.update(world.record, world.record.signed())
    opened = world.check()
    assert opened.state is State.FORKED
    assert [(d.code, d.where) for d in opened.details] == [("LOG_FORKED", str(world.memory.path))]
    assert world.check(memory=False).state is State.OK


def test_a_rewritten_and_longer_record_is_a_fork_against_the_smaller_memory(world: World) -> None:
    remembered = world.memory.read()
    world.rewrite(5, size=900)
    shutil.rmtree(world.log.path)
    world.log.update(world.record, world.record.signed())
    opened = open_log(world.record, world.log, world.memory)
    assert opened.state is State.FORKED
    assert world.memory.read() == remembered


def test_a_rewritten_record_is_a_fork_against_its_own_old_cache(world: World) -> None:
    world.rewrite(5, size=900)
    world.memory.path.unlink()
    # The cache is behind the new table, so the roots are compared when the cache is mended.
    assert world.check().state is State.UNCHECKED
    before = content(world.log.path)
    refused = pytest.raises(
        StorageError, match=r"\Athe archive is a fork of what its log vouched for: root of the first 900 events: "
    )
    with refused:
        ready_to_record(world.record, world.log, None)
    with refused:
        world.record.sign(world.log)
    world.record.add(1)
    with refused:
        world.record.sign(world.log)
    assert content(world.log.path) == before


def test_a_rewritten_record_without_cache_is_a_fork_when_the_cache_is_made(world: World) -> None:
    world.rewrite(5, size=900)
    shutil.rmtree(world.log.path)
    remembered = world.memory.read()
    for work in (ready_to_record, rebuild):
        with pytest.raises(
            StorageError, match=r"\Athe archive is a fork of what its log vouched for: root of the first 300 events: "
        ):
            work(world.record, world.log, world.memory)
    assert world.memory.read() == remembered
    assert content(world.log.path) == {}


def test_what_a_race_put_into_the_memory_is_checked_before_it_is_replaced(world: World) -> None:
    other = MemoryRecord(290, story="other").signed()
    world.memory.path.write_bytes(other.data)
    with pytest.raises(Exception, match=r"a fork: the archive has another root at the 290 events that are remembered"):
        remember(world.record, world.log, world.memory, world.record.signed())
    assert world.memory.read() == other.data


# -- checkpoints that do not count ----------------------------------------------------------------


def bad(kind: str, world: World) -> tuple[bytes, str]:
    good = world.record.table[300]
    head = world.record.signed().head
    if kind == "one signature":
        return b"".join(good.splitlines(keepends=True)[:-1]), "found signatures of "
    if kind == "other key":
        stranger = signing_key(ORIGIN, SignatureType.ED25519, "stranger")
        return sign_checkpoint(head, ed25519=stranger, mldsa44=MLDSA44, timestamp=1), "found signatures of "
    if kind == "other root":
        return good.replace(good.splitlines()[2], b"A" * 43 + b"="), "the signature of "
    if kind == "no events":
        nothing = TreeHead(origin=ORIGIN, size=0, root=EMPTY_ROOT)
        return sign_checkpoint(nothing, ed25519=ED25519, mldsa44=MLDSA44, timestamp=1), "found a checkpoint over no"
    return b"garbage\n", "found no empty line between text and signatures"


@pytest.mark.parametrize("kind", ["one signature", "other key", "other root", "no events", "garbage"])
@pytest.mark.parametrize("place", ["table", "memory"])
def test_a_checkpoint_that_does_not_count_is_refused(place: str, kind: str, world: World) -> None:
    data, why = bad(kind, world)
    if place == "table":
        world.record.table[300] = data
    else:
        world.memory.path.write_bytes(data)
    opened = world.check()
    assert opened.state is State.INVALID
    where = "table checkpoints" if place == "table" else str(world.memory.path)
    message = refusal(opened)
    assert message.startswith(f"a checkpoint does not count: {where}: found {where}: {why}")
    assert message.endswith(REMOVE_HINT)
    with pytest.raises(StorageError, match=r"\Aa checkpoint does not count: "):
        world.record.sign(world.log, world.memory)


@pytest.mark.parametrize("kind", ["one signature", "other key", "other root", "no events", "garbage"])
def test_the_same_in_the_cache_is_damage_that_is_mended(kind: str, world: World) -> None:
    wanted = content(world.log.path)
    (world.log.path / "checkpoint").write_bytes(bad(kind, world)[0])
    opened = world.check()
    assert (opened.state, codes(opened)) == (State.UNCHECKED, ["CACHE_DAMAGED"])
    assert ready_to_record(world.record, world.log, world.memory).state is State.OK
    assert content(world.log.path) == wanted


def test_an_unreadable_memory_is_not_taken_for_none(world: World) -> None:
    world.memory.path.unlink()
    world.memory.path.mkdir()
    with pytest.raises(StorageError) as caught:
        world.check()
    assert caught.value.message == f"{world.memory.path}: found a directory, expected a regular file"


# -- making the cache anew ------------------------------------------------------------------------


def test_rebuild_restores_the_checkpoint_from_the_table(world: World) -> None:
    shutil.rmtree(world.log.path)
    assert rebuild(world.record, world.log, world.memory).data == world.record.table[300]
    assert (world.log.path / "checkpoint").read_bytes() == world.record.table[300]
    assert world.check().state is State.OK


def test_there_is_nothing_to_rebuild_before_the_first_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        rebuild(MemoryRecord(4), LogFolder(tmp_path), None)
    assert caught.value.message == f"{tmp_path}: the archive has no checkpoint yet, so there is nothing to make"
