"""Giving out receipts (de: Eintragungsnachweis): the proof of one event against the newest checkpoint over it.

The proof comes out of the tiles where they are sound, and out of the events where they are not; it is checked before
it is given out, so that a damaged cache can never give out a receipt that proves nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.log import files, merkle
from archive.log.proof import PROOF_BYTES_MAX, SUFFIX, receipt
from archive.log.sequencer import range_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from archive.log.checkpoint import Checkpoint
    from archive.log.folder import LogFolder
    from archive.log.sequencer import Record

_STREAM: Final = re.compile(r"([a-z]{1,20}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")


class Receipt(Struct, frozen=True, kw_only=True):
    """A receipt as a file.

    Attributes:
        name: Its name, `<stream>-<seq>.tlog-proof` with `-` for `:`.
        data: Its bytes.
    """

    name: str
    data: bytes


def receipt_name(stream: str, seq: int) -> str:
    """Give the name of the file of an event's receipt.

    Raises:
        IntegrityError: The stream is not named as streams are; it comes out of a table and must not become a path.
    """
    match = _STREAM.match(stream)
    if match is None or seq < 1:
        msg = f"event {stream[:80]!a}#{seq}: found a name that no stream has, expected kind:<uuid>"
        raise IntegrityError(msg, hint="run `ratsbuch verify` to see what else was changed")
    return f"{match[1]}-{match[2]}-{seq}{SUFFIX}"


def write_receipts(folder: Path, receipts: Iterable[Receipt]) -> tuple[bool, ...]:
    """Write receipts as files; all names are looked at before anything is written.

    Returns:
        Of each whether it is new; one that lies there already, byte for byte, stays.

    Raises:
        StorageError: A file of that name holds something else, or the disk does not take it.
    """
    every = tuple(receipts)
    known = tuple(_lies_there(folder / given.name, given.data) for given in every)
    files.make_folder(folder)
    for new in (given for given, is_known in zip(every, known, strict=True) if not is_known):
        files.write_new(folder / new.name, new.data)
    return tuple(not is_known for is_known in known)


def _lies_there(path: Path, data: bytes) -> bool:
    found = files.read(path, bytes_max=PROOF_BYTES_MAX)
    if found is not None and found != data:
        msg = f"{path}: exists already and holds something else, such as a receipt against an earlier checkpoint"
        raise StorageError(msg, hint="nothing is overwritten; name another folder with -o")
    return found is not None


def give_receipt(record: Record, folder: LogFolder, checkpoint: Checkpoint, position: int) -> bytes:
    """Give the receipt of an event.

    Args:
        record: The record.
        folder: Its cache.
        checkpoint: The newest one.
        position: The event's.

    Raises:
        EvidenceError: No checkpoint is over the event yet.
        IntegrityError: The record does not have the checkpoint's root.
    """
    head = checkpoint.head
    if position > head.size:
        msg = f"position {position}: the newest checkpoint is over {head.size} events, so nothing vouches for it yet"
        raise EvidenceError(msg, hint="the next recording command signs one that does")
    index = position - 1
    entry = next((e for p, e in record.entries(after=index, until=position) if p == position), None)
    if entry is None:
        msg = f"position {position}: found no event, expected one at every position"
        raise IntegrityError(msg, hint="run `ratsbuch verify`, and put the missing event back from a replica")
    leaf = merkle.leaf_hash(entry)
    try:
        hashes = folder.tree(head.size).inclusion(index)
        merkle.verify_inclusion(index, head.size, leaf, hashes, head.root)
    except (InputError, IntegrityError, StorageError):
        # Either the tiles are not sound or the event was changed; the events themselves tell which.
        hashes = range_hashes(record, merkle.inclusion_ranges(index, head.size))
        try:
            merkle.verify_inclusion(index, head.size, leaf, hashes, head.root)
        except IntegrityError as error:
            msg = f"position {position}: the events do not have the root of the checkpoint over {head.size} events"
            raise IntegrityError(msg, hint="run `ratsbuch verify`: events were changed after it was signed") from error
    return receipt(entry, index, hashes, checkpoint.data)
