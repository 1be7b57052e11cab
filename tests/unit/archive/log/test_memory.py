from __future__ import annotations

import stat
import threading
from typing import TYPE_CHECKING

import pytest
from support.records import MemoryRecord, content

from archive.errors import IntegrityError, StorageError
from archive.log.memory import REMOVE_HINT, Memory

if TYPE_CHECKING:
    from pathlib import Path

    from archive.log.head import TreeHead

RECORD = MemoryRecord(40)


def extends(head: TreeHead) -> None:
    """Believe what this record has."""
    if head.root != RECORD.root(head.size):
        msg = "a fork"
        raise IntegrityError(msg)


def test_memory_holds_the_newest_checkpoint_byte_for_byte(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "ratsbuch" / "register")
    assert memory.read() is None
    assert memory.keep(RECORD.signed(7), extends=extends)
    assert memory.keep(RECORD.signed(12), extends=extends)
    assert memory.read() == RECORD.signed(12).data
    assert content(tmp_path) == {"state/ratsbuch/register": RECORD.signed(12).data}


def test_memory_is_for_its_owner_alone(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "register")
    memory.keep(RECORD.signed(7), extends=extends)
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(memory.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("size", [3, 12])
def test_memory_is_never_lowered(size: int, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "register")
    memory.keep(RECORD.signed(12), extends=extends)
    assert not memory.keep(RECORD.signed(size, timestamp=1_795_439_999), extends=extends)
    assert memory.read() == RECORD.signed(12).data


@pytest.mark.parametrize("size", [12, 20])
def test_a_fork_does_not_replace_what_is_remembered(size: int, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "register")
    other = MemoryRecord(12, story="other").signed()
    memory.keep(other, extends=extends)
    with pytest.raises(IntegrityError, match=r"\Aa fork\Z"):
        memory.keep(RECORD.signed(size), extends=extends)
    assert memory.read() == other.data


def test_what_is_no_checkpoint_is_not_overwritten(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "register")
    memory.path.write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        memory.keep(RECORD.signed(7), extends=extends)
    assert caught.value.message == f"{memory.path}: found no empty line between text and signatures"
    assert caught.value.hint == REMOVE_HINT
    assert memory.read() == b""


def test_racing_writers_leave_the_largest(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "register")
    checkpoints = [RECORD.signed(size) for size in range(1, 41)]
    start = threading.Barrier(4)

    def race(own: int) -> None:
        start.wait()
        for checkpoint in checkpoints[own::4]:
            memory.keep(checkpoint, extends=extends)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.read() == RECORD.signed(40).data
    assert content(tmp_path) == {"register": RECORD.signed(40).data}


def test_an_unreadable_memory_is_an_error_and_not_a_missing_one(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "register")
    memory.path.mkdir()
    with pytest.raises(StorageError) as caught:
        memory.read()
    assert caught.value.message == f"{memory.path}: found a directory, expected a regular file"
