"""Every write, fsync and rename of the log's files fails once, is cut short, or is the last thing a process does.

A good run is traced first; then it is done again as often as there were calls, and another one of them fails each
time. Whatever failed, what a reader finds is the old log or the new one, and doing it again completes it.
"""

from __future__ import annotations

import contextlib
import copy
import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import Struct
from support.archives import new_archive
from support.logs import KEYS
from support.records import MemoryRecord, content, flip

from archive.errors import StorageError
from archive.log import files
from archive.log.folder import LogFolder, publish
from archive.log.head import parse_head
from archive.log.memory import Memory
from archive.log.note import parse_note
from archive.log.opening import State, check_opening
from archive.log.signing import read_log_signer, ready_to_record, rebuild

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.log.sequencer import Record

pytestmark = pytest.mark.fault

# What changes a file or a folder, or brings it to disk.
CALLS: Final = ("open", "write", "fchmod", "fsync", "replace", "mkdir", "chmod", "unlink", "rmdir")
HOWS: Final = ("EIO", "ENOSPC", "killed", "killed halfway")


class KilledError(BaseException):
    """Stands for the end of the process: nobody can catch it and tidy up."""


class Disk:
    """The operating system, as `files` sees it: traces what changes something, and lets one call fail."""

    def __init__(self, *, fail: int | None = None, how: str = "EIO") -> None:
        self.trace: list[tuple[str, str]] = []
        self._fail = fail
        self._how = how
        self._paths: dict[int, str] = {}

    def __getattr__(self, name: str) -> object:
        real: Callable[..., object] = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments: object, **named: object) -> object:
            first = arguments[0]
            if name == "open" and not int(str(arguments[1])) & os.O_CREAT:
                descriptor = real(*arguments, **named)
                self._paths[int(str(descriptor))] = str(first)
                return descriptor
            where = self._paths.get(first, "?") if isinstance(first, int) else str(first)
            self.trace.append((name, str(arguments[1]) if name == "replace" else where))
            if len(self.trace) - 1 == self._fail:
                self._break(name, arguments)
            # Whether it was asked for is what counts; a disk that is really made to wait makes only the test wait.
            result = None if name == "fsync" else real(*arguments, **named)
            if name == "open":
                self._paths[int(str(result))] = where
            return result

        return call

    def _break(self, name: str, arguments: tuple[object, ...]) -> None:
        if name == "write":
            # Some of it gets there all the same.
            data = memoryview(arguments[1])  # type: ignore[arg-type]  # what `files` writes
            os.write(int(str(arguments[0])), data[: len(data) // 2])
        if self._how == "killed":
            raise KilledError
        if self._how == "killed halfway":
            if name not in {"write", "open"}:
                with contextlib.suppress(OSError):
                    getattr(os, name)(*arguments)
            raise KilledError
        raise OSError(getattr(errno, self._how), os.strerror(getattr(errno, self._how)))


class World(Struct, frozen=True):
    """A record of 250 events with cache, memory and published log, and ten events more that nothing vouches for."""

    folder: Path
    record: MemoryRecord
    log: LogFolder
    memory: Memory
    web: Path

    @property
    def published(self) -> LogFolder:
        return LogFolder(self.web, public=True)

    def sign(self) -> None:
        """End a recording command; what could not be written beside the record is an error here."""
        done = self.record.sign(self.log, self.memory)
        if done.problems:
            raise StorageError(done.problems[0])

    def publish(self) -> None:
        """Publish the newest checkpoint."""
        publish(self.record, self.log, self.web, self.record.signed(), KEYS)

    def rebuild(self) -> None:
        """Make the cache anew."""
        rebuild(self.record, self.log, self.memory)


def world(folder: Path, *, begun: bool) -> World:
    made = World(
        folder=folder,
        record=MemoryRecord(250),
        log=LogFolder(folder / "log"),
        memory=Memory(folder / "state" / "register"),
        web=folder / "web",
    )
    if begun:
        made.sign()
        made.publish()
    made.record.add(10)
    return made


def damaged(folder: Path) -> World:
    """Give a world whose cache is at 260 events, and damaged where opening does not look."""
    made = world(folder, begun=True)
    made.sign()
    flip(made.log.path / "tile/0/000", 7)
    (made.log.path / "tile/entries/000").unlink()
    (made.log.path / "tile/0/007").write_bytes(b"?")
    return made


def damaged_web(folder: Path) -> World:
    """Give a world whose published log is at 250 events, and damaged."""
    made = world(folder, begun=True)
    flip(made.web / "tile/0/000.p/250", 7)
    (made.web / "tile/entries/000.p/250").unlink()
    return made


WORKS: Final[dict[str, tuple[Callable[[Path], World], Callable[[World], None]]]] = {
    "first checkpoint": (lambda folder: world(folder, begun=False), World.sign),
    "next checkpoint": (lambda folder: world(folder, begun=True), World.sign),
    "rebuild": (damaged, World.rebuild),
    "first publish": (lambda folder: world(folder, begun=False), World.publish),
    "next publish": (lambda folder: world(folder, begun=True), World.publish),
    "publish over damage": (damaged_web, World.publish),
}


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "os", Disk())


def copied(made: World, folder: Path) -> World:
    """Give a copy of a world in another folder."""
    if made.folder.exists():
        shutil.copytree(made.folder, folder)
    log, memory, web = (folder / path.relative_to(made.folder) for path in (made.log.path, made.memory.path, made.web))
    return World(folder=folder, record=copy.deepcopy(made.record), log=LogFolder(log), memory=Memory(memory), web=web)


def run(name: str, made: World, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> BaseException | None:
    """Do the work on this disk, and give what it failed with."""
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", disk)
        try:
            WORKS[name][1](made)
        except (StorageError, KilledError) as error:
            return error
    return None


def require_whole(log: LogFolder, record: Record) -> int:
    """See that a log's checkpoint is whole, if there is one, and that all it needs is there; give its size."""
    data = log.checkpoint()
    if data is None:
        return 0
    assert log.standing(record) is not None
    size = parse_head(parse_note(data).text).size
    differences = [d for d in log.compare(record, size) if not d.expected.startswith("none in a log of ")]
    assert differences == []
    return size


def finish(made: World) -> dict[str, bytes]:
    """Do all of it undisturbed, grow once more so that everything is tidied up, and give what lies there then."""
    assert ready_to_record(made.record, made.log, made.memory).state in {State.OK, State.FRESH}
    made.sign()
    made.publish()
    made.record.add(1)
    made.sign()
    made.publish()
    for log in (made.log, made.published):
        assert list(log.compare(made.record, 261)) == []
    assert check_opening(made.record, made.log, made.memory).details == ()
    return {
        name: data
        for name, data in content(made.folder).items()
        # Signed twice is signed differently; which one it is was compared above.
        if Path(name).name not in {"checkpoint", "register"}
    }


@pytest.mark.parametrize("hows", [("EIO", "killed halfway"), pytest.param(HOWS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", WORKS)
def test_every_call_fails_once_and_the_next_run_completes_it(
    name: str, hows: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, work = WORKS[name]
    prepared, good = prepare(tmp_path / "prepared"), Disk()
    undisturbed = copied(prepared, tmp_path / "good")
    assert run(name, undisturbed, good, monkeypatch) is None
    calls = {call for call, _ in good.trace}
    assert {"open", "write", "replace"} <= calls
    assert ("fsync" in calls) == (name != "rebuild")
    published = content(undisturbed.web)
    wanted = finish(undisturbed)
    for fail, how in ((fail, how) for fail in range(len(good.trace)) for how in hows):
        call, path = good.trace[fail]
        where = f"{how} at {call} {path.removeprefix(str(tmp_path / 'good'))} (call {fail})"
        made = copied(prepared, tmp_path / "bad")
        failure = run(name, made, Disk(fail=fail, how=how), monkeypatch)
        # A part file that cannot be tidied up is no reason to fail, and everything else is said.
        assert failure is not None, where
        if how in {"EIO", "ENOSPC"}:
            assert isinstance(failure, StorageError), where
            assert os.strerror(getattr(errno, how)) in failure.message, where
        if name == "rebuild":
            assert made.log.standing(made.record) is not None, where
        else:
            assert require_whole(made.log, made.record) in {0, 250, 260}, where
        if name != "publish over damage":  # that it is not whole is what is being mended
            assert require_whole(made.published, made.record) in {0, 250, 260}, where
        remembered = made.memory.read()
        assert remembered is None or remembered in made.record.table.values(), where
        opened = check_opening(made.record, made.log, made.memory)
        assert opened.state in {State.OK, State.UNCHECKED, State.FRESH}, where
        if work in {World.rebuild, World.publish}:
            work(made)
            assert content(made.web) == published, where
        assert finish(made) == wanted, where
        shutil.rmtree(made.folder)


@pytest.mark.parametrize("name", ["first publish", "next publish", "publish over damage"])
def test_everything_is_on_disk_before_the_published_checkpoint_is_replaced(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, made = Disk(), WORKS[name][0](tmp_path)
    run(name, made, disk, monkeypatch)
    web = str(made.web)
    at = disk.trace.index(("replace", f"{web}/checkpoint"))
    before, after = disk.trace[:at], disk.trace[at + 1 :]
    renamed = [place for place, (call, _) in enumerate(before) if call == "replace"]
    assert renamed
    for place in renamed:
        # The content is on disk before it gets its name, ...
        last_write = max(n for n in range(place) if before[n] == ("write", f"{web}/.part"))
        assert ("fsync", f"{web}/.part") in before[last_write:place]
        # ... and the name, and those of the folders above it, before the checkpoint.
        parent = Path(before[place][1]).parent
        for folder in (parent, *(p for p in parent.parents if p.is_relative_to(web))):
            assert ("fsync", str(folder)) in before[place:]
    assert {call for call, _ in before} & {"unlink", "rmdir"} == set()
    if name == "publish over damage":
        bundle, tile = (before.index(("replace", f"{web}/tile/{kind}/000.p/250")) for kind in ("entries", "0"))
        assert bundle < tile
    assert after[0] == ("fsync", web)
    if name == "first publish":
        assert ("fsync", str(made.web.parent)) in after
    else:
        assert ("unlink", f"{web}/tile/0/000.p/250") in after


def test_the_memory_is_on_disk_before_and_after_its_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, made = Disk(), world(tmp_path, begun=True)
    run("next checkpoint", made, disk, monkeypatch)
    path, part = str(made.memory.path), f"{made.memory.path}.part"
    at = disk.trace.index(("replace", path))
    assert disk.trace[at - 1] == ("fsync", part)
    assert disk.trace[at + 1] == ("fsync", str(made.memory.path.parent))


def test_the_cache_costs_no_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, made = Disk(), world(tmp_path, begun=True)
    run("next checkpoint", made, disk, monkeypatch)
    assert [path for call, path in disk.trace if call == "fsync" and path.startswith(str(made.log.path))] == []


# -- kill -9 --------------------------------------------------------------------------------------

# Where the process ends: after the events are on disk, before the checkpoint is; after the checkpoint is, before
# `log/` has it; between `log/` and the memory.
_SCRIPT: Final = """
import os, signal, sys
from pathlib import Path

from archive.archive import Archive, Means
from archive.keys import KeyFolder
from archive.log import signing
from archive.log.memory import Memory
from archive.log.signing import read_log_signer
from support.archives import OPENED_AT, batch, statement
from domain import events as e
from domain import vocabulary as v
from domain.vocabulary import SignatureAlgorithm

point, folder, keys, state, person = sys.argv[1:]
means = Means(clock=lambda: OPENED_AT, random=os.urandom)
key_folder = KeyFolder(Path(keys), passphrase=None, random=os.urandom)

def end(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

with Archive.open(Path(folder), means=means) as archive:
    signer = read_log_signer(key_folder, archive.log_keys_at(archive.size))
    organ = e.OrganRegistered(body=archive.streams("body")[0], name="Kreistag", kind=v.OrganKind.COUNCIL)
    new = batch(statement(f"organ:{means.uuid7()}", organ))
    by = key_folder.read_signer(person, person=person, algorithm=SignatureAlgorithm.ES256)
    archive.record(new, signer=by)
    if point == "before the checkpoint":
        end()
    elif point == "inside its transaction":
        from archive.store.sqlite import Transaction
        add = Transaction.add_checkpoint
        Transaction.add_checkpoint = lambda *arguments: (add(*arguments), end())
    elif point == "before the cache":
        signing.settle = end
    else:
        signing.remember = end
    archive.checkpoint(signer, memory=Memory(Path(state)))
"""


@pytest.mark.parametrize(
    ("point", "signed", "cached"),
    [
        ("before the checkpoint", 4, 4),
        ("inside its transaction", 4, 4),
        ("before the cache", 5, 4),
        ("before the memory", 5, 5),
    ],
)
def test_a_killed_process_loses_nothing_and_the_next_command_signs(
    point: str, signed: int, cached: int, tmp_path: Path
) -> None:
    made = new_archive(tmp_path)
    memory = Memory(tmp_path / "state" / "register")
    with made.open() as archive:
        signer = read_log_signer(made.key_folder(), archive.log_keys_at(4))
        archive.checkpoint(signer, memory=memory)
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, point, made.folder, made.keys, memory.path, made.person],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with made.open() as archive:
        log = archive.log_folder
        assert archive.size == 5
        assert [size for size, _ in archive.recorder.checkpoints()] == sorted({4, signed})
        assert require_whole(log, archive) == cached
        assert memory.read() == next(note for size, note in archive.recorder.checkpoints() if size == 4)
        assert ready_to_record(archive, log, memory).state is State.OK
        last = archive.checkpoint(signer, memory=memory)
        assert (last.checkpoint.head.size, last.new) == (5, signed == 4)
        assert archive.newest_checkpoint() == log.checkpoint() == memory.read() == last.checkpoint.data
        assert list(log.compare(archive, 5)) == []
