"""A record in memory: entries, checkpoints and keys, without the event store; and what somebody may do to it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from archive.log import merkle
from archive.log.checkpoint import Checkpoint, open_own
from archive.log.signing import Checkpointed, LogSigner, next_step, settle
from support.logs import ED25519, KEYS, MLDSA44, checkpoint, entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.log.checkpoint import LogKeys
    from archive.log.folder import LogFolder
    from archive.log.memory import Memory

SIGNER = LogSigner(ed25519=ED25519, mldsa44=MLDSA44)


class MemoryRecord:
    """Implements `archive.log.sequencer.Record`.

    Attributes:
        positions: Entries by position; one may be taken out or changed.
        table: The checkpoints, by size.
        read: How many entries were read.
    """

    def __init__(self, size: int = 0, *, story: str = "") -> None:
        self.positions: dict[int, bytes] = {}
        self.table: dict[int, bytes] = {}
        self.read = 0
        self.add(size, story=story)

    def add(self, count: int, *, story: str = "") -> None:
        """Record that many events; another story gives other ones."""
        for _ in range(count):
            position = self.size + 1
            self.positions[position] = entry(position) if not story else entry(position)[:32] + story.encode().ljust(32)

    @property
    def size(self) -> int:
        return max(self.positions, default=0)

    def entries(self, *, after: int = 0, until: int | None = None) -> Iterator[tuple[int, bytes]]:
        last = self.size if until is None else min(until, self.size)
        for position in range(after + 1, last + 1):
            if position in self.positions:
                self.read += 1
                yield position, self.positions[position]

    def newest_checkpoint(self) -> bytes | None:
        return self.table[max(self.table)] if self.table else None

    def log_keys_at(self, _: int) -> LogKeys:
        return KEYS

    def root(self, size: int | None = None) -> merkle.RootHash:
        """Compute the root over the first entries, the plain way."""
        values = [self.positions[position] for position in range(1, (size or self.size) + 1)]
        return merkle.root_hash(merkle.leaf_hashes(values))

    def signed(self, size: int | None = None, *, timestamp: int = 1_795_430_000) -> Checkpoint:
        """Give a signed checkpoint over the first entries; it is not put into the table."""
        size = size or self.size
        return _signed(size, self.root(size), timestamp)

    def sign(self, folder: LogFolder, memory: Memory | None = None) -> Checkpointed:
        """Do what the archive does at the end of a recording command."""
        step = next_step(self, folder, memory, SIGNER, timestamp=1_795_430_000)
        if step.new:
            self.table[step.checkpoint.head.size] = step.checkpoint.data
        return settle(self, folder, memory, step)


@functools.cache
def _signed(size: int, root: merkle.RootHash, timestamp: int) -> Checkpoint:
    # ML-DSA signatures are never the same twice; the checkpoint of a record is.
    return open_own(checkpoint(size, root, timestamp=timestamp), KEYS)


def content(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder by its path, but for lock files."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock" and path.suffix != ".lock"
    }


def flip(path: Path, at: int = 0) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
