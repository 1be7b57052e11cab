"""Row 6b: what the log costs a command that records one event, and does that grow with the archive?

Two archives, of 10,000 and of a million events, side by side in one process: an event is recorded in each in turn, and
what follows is timed by parts: `opening` (the check that every command begins with), `checkpoint` (signed, in the
table, `log/` and memory brought up to it), `receipt`, and `publish` of the one new event, durable. The large archive's
time over the small one's is the result; recording itself stands beside it for comparison.

The events below are rows of random bytes, because the log hashes tokens and does not read them. Making `log/` anew from
a million of them, with the first `publish`, is timed once; peak memory is that of processes that do nothing else.
"""

from __future__ import annotations

import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive.archive import DATABASE, Archive
from archive.keys import KeyFolder
from archive.log.checkpoint import open_own
from archive.log.folder import publish
from archive.log.memory import Memory
from archive.log.signing import LogSigner, read_log_signer, ready_to_record, rebuild
from benchmarks.measuring import options, timed
from benchmarks.synthetic import alone, means, new_archive, statements

if TYPE_CHECKING:
    from archive.keys import Signer

SMALL, LARGE = 10_000, 1_000_000
ROUNDS: Final = 101
TOKEN_BYTES: Final = 300
_PART: Final = 10_000


def fill(folder: Path, size: int) -> tuple[Archive, Signer]:
    """Give an archive with that many rows."""
    folder.mkdir()
    archive, signer = new_archive(folder)
    begun = archive.size
    rng = random.Random(size)
    # A recording time is looked for in the last token's header.
    header = next(archive.recorder.raw(after=begun - 1))[1].partition(b".")[0] + b"."
    db = sqlite3.connect(folder / "archive" / DATABASE, isolation_level=None)
    db.execute("PRAGMA synchronous=OFF")
    for at in range(begun + 1, size + 1, _PART):
        positions = range(at, min(at + _PART, size + 1))
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO stored_events VALUES (?,?,?,?,?)",
            (
                (
                    at,
                    f"organ:{uuid.UUID(int=rng.getrandbits(128))}",
                    1,
                    "organ-registered/1",
                    header + rng.randbytes(TOKEN_BYTES),
                )
                for at in positions
            ),
        )
        db.execute("COMMIT")
    db.close()
    return archive, signer


class Measured:
    """One archive and the times of its rounds."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.archive, self.signer = fill(folder, size)
        self.log_signer = log_signer_of(folder, self.archive)
        self.memory = Memory(folder / "memory")
        self.new = iter(statements(10 * ROUNDS, seed=size))
        self.times: dict[str, list[float]] = {}

    def first(self) -> None:
        """Sign over everything and publish it."""
        self.time("first_checkpoint", lambda: self.archive.checkpoint(self.log_signer, memory=self.memory))
        self.time("first_publish", self.publish)
        self.time("rebuild", lambda: rebuild(self.archive, self.archive.log_folder, self.memory))

    def round(self) -> None:
        """Record one event, as a command does."""
        archive, memory = self.archive, self.memory
        statement = next(self.new)
        self.time("opening", lambda: ready_to_record(archive, archive.log_folder, memory))
        self.time("record", lambda: archive.record(alone(statement), signer=self.signer))
        self.time("checkpoint", lambda: archive.checkpoint(self.log_signer, memory=memory))
        self.time("receipt", lambda: archive.receipt(archive.size // 2))
        self.time("publish", self.publish)

    def publish(self) -> None:
        """Publish the newest checkpoint."""
        archive = self.archive
        data = archive.newest_checkpoint()
        keys = archive.log_keys_at(archive.size)
        if data is not None:
            publish(archive, archive.log_folder, self.folder / "web", open_own(data, keys), keys)

    def time(self, name: str, work: object) -> None:
        """Time a piece of work."""
        self.times.setdefault(name, []).append(timed(work))  # type: ignore[arg-type]  # it is a function

    def median(self, name: str) -> float:
        """Give the median in milliseconds."""
        return round(1e3 * statistics.median(self.times[name]), 3)


def log_signer_of(folder: Path, archive: Archive) -> LogSigner:
    """Read the keys that sign checkpoints."""
    keys = KeyFolder(folder / "keys", passphrase=None, random=means().random)
    return read_log_signer(keys, archive.log_keys_at(archive.size))


def probe(folder: Path, what: str) -> None:
    """Do one thing in a process of its own, and print its peak memory in KiB."""
    with Archive(folder / "archive", means=means()) as archive:
        if what == "rebuild":
            rebuild(archive, archive.log_folder, None)
        else:
            ready_to_record(archive, archive.log_folder, None)
            archive.checkpoint(log_signer_of(folder, archive))
    print(_peak_kib())


def _peak_kib() -> int:
    # Where there is /proc: the other figure begins with what the process had that started this one.
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peak_mib(folder: Path, what: str) -> float:
    """Give the peak memory of a process that does one thing."""
    command = [sys.executable, "-m", "benchmarks.row_6b_checkpoint", "--probe", str(folder), what]
    return round(int(subprocess.run(command, capture_output=True, check=True, text=True).stdout) / 1024, 1)


def measure(sizes: tuple[int, int], rounds: int) -> dict[str, object]:
    """Measure both archives in turns."""
    with tempfile.TemporaryDirectory() as name:
        both = [Measured(Path(name) / str(size), size) for size in sizes]
        for one in both:
            one.first()
        for _ in range(rounds):
            for one in both:
                one.round()
        small, large = both
        result: dict[str, object] = {"events": list(sizes), "rounds": rounds}
        for part in ("opening", "checkpoint", "receipt", "publish", "record"):
            result[f"{part}_milliseconds"] = [small.median(part), large.median(part)]
            result[f"{part}_ratio"] = round(large.median(part) / small.median(part), 3)
        for part in ("first_checkpoint", "first_publish", "rebuild"):
            result[f"{part}_milliseconds"] = [small.median(part), large.median(part)]
        for one in both:
            one.archive.close()
        for what in ("checkpoint", "rebuild"):
            result[f"{what}_peak_mebibytes"] = [peak_mib(one.folder, what) for one in both]
    return result


def main() -> None:
    """Run the row."""
    parser = options(__doc__)
    parser.add_argument("--probe", nargs=2, metavar=("FOLDER", "WHAT"), help="used by the script itself")
    chosen = parser.parse_args()
    if chosen.probe:
        probe(Path(chosen.probe[0]), chosen.probe[1])
        return
    sizes, rounds = ((1_000, 20_000), 5) if chosen.quick else ((SMALL, LARGE), ROUNDS)
    result = measure(sizes, rounds)
    if chosen.json:
        print(json.dumps({"format": "ratsbuch-benchmark/1", "row_6b": result}))
        return
    for name, value in result.items():
        print(f"row 6b  {name:32} {value}")


if __name__ == "__main__":
    main()
