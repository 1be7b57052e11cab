"""What was verified before, so that only bytes have to be read again and not every signature.

A verification that passed leaves, with the verifier and outside of the archive, a digest over every full range of
4,096 rows below a checkpoint: positions, columns, log entries, disclosures and command files. The next one reads and
hashes all of these bytes again, recomputes every root, and checks anew each range whose digest is another. It believes
no range at all where the log has another root at the checkpoint or has become shorter, or where an erasure or a
compromise was recorded since: what these say about events below is no byte of theirs.

The file is believed like any memory of the verifier's own. Whoever can rewrite it can keep this verifier from looking
for documents that ranges name; and whoever has the log's keys besides, from what is looked at in the same pass as
signatures (steps 2, 3, 6 and 8 of the ranges). Without these keys the checkpoint over the ranges cannot be made up.
`--full` does not look at the file.

It is replaced as a whole, by one verification at a time, so that two at once leave what one of them found.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.log import files
from archive.verify.meaning import Mention

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from archive.store.sqlite import CommandFileRow, StoredRow

FORMAT: Final = "ratsbuch-verified/1"
# Raised when the procedure checks more than before, so that nothing stays unchecked for having passed less.
PROCEDURE: Final = 3
FILE_BYTES_MAX: Final = 256 * 2**20
SUFFIX: Final = ".verified"
TXN_BYTES: Final = 16


class VerifiedRange(Struct, frozen=True, kw_only=True):
    """A full range in which nothing was found.

    Attributes:
        after: The position before its first.
        digest: SHA-256 over its rows, hex.
        files: SHA-256 over the command files that begin in it, hex.
        mentions: The fields in it that say a document is held; documents are looked for every time.
        txns: What its events were recorded in together, 16 bytes each, in order; none of them may come back elsewhere.
    """

    after: int
    digest: str
    files: str
    mentions: tuple[Mention, ...]
    txns: bytes


class Verified(Struct, frozen=True, kw_only=True):
    """What a verification left.

    Attributes:
        format: Version of the file.
        procedure: Version of the procedure.
        anchor: SHA-256 of token 1, hex.
        at: When, seconds since 1970, by the verifier's clock.
        size: The size of the checkpoint below which the ranges lie.
        root: Its root, hex: with another root at this size no range is believed, and the log was changed.
        distrusted: Keys with a stated compromise then; another one since makes old signatures doubtful anew.
        ranges: By position.
    """

    format: str
    procedure: int
    anchor: str
    at: int
    size: int
    root: str
    distrusted: tuple[tuple[str, float], ...]
    ranges: tuple[VerifiedRange, ...]


class RangeDigest:
    """The digest over the rows of a range, as they lie there."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def row(self, row: StoredRow, entry: bytes) -> None:
        """Take in a row; its token is taken in by its entry."""
        stream, topic = row.originator_id.encode(), row.topic.encode()
        # With every length, so that no two sets of rows run together into the same bytes.
        numbers = (row.position, row.originator_version, len(stream), len(topic), len(row.state), len(row.disclosed))
        self._hash.update(b"%d %d %d %d %d %d " % numbers + stream + topic + entry + row.disclosed)

    def result(self) -> str:
        """Give the digest, hex."""
        return self._hash.hexdigest()


def files_digests(rows: Iterable[CommandFileRow], *, range_size: int) -> dict[int, str]:
    """Give the digests over the command files that begin in each range, by the position before its first."""
    hashes: dict[int, hashlib._Hash] = {}
    for row in rows:
        after = (row.first_position - 1) // range_size * range_size
        text = f"{row.txn}\0{row.digest}\0{row.first_position}\0{row.event_count}\0"
        hashes.setdefault(after, hashlib.sha256()).update(text.encode())
    return {after: value.hexdigest() for after, value in hashes.items()}


def read_verified(path: Path, *, anchor: str | None) -> Verified | None:
    """Read what was verified before; None if there is nothing that can be built on.

    What cannot be read, is of another register or of an older procedure is passed over: then everything is checked,
    which is never wrong.

    Raises:
        StorageError: The file cannot be read.
    """
    data = files.read(path, bytes_max=FILE_BYTES_MAX)
    if data is None or len(data) > FILE_BYTES_MAX:
        return None
    try:
        found = msgspec.json.decode(data, type=Verified)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    fits = found.format == FORMAT and found.procedure == PROCEDURE and found.anchor == anchor
    return found if fits and not any(len(r.txns) % TXN_BYTES for r in found.ranges) else None


def write_verified(path: Path, verified: Verified) -> None:
    """Keep what was verified.

    Raises:
        StorageError: The disk does not take it; what was kept before stands.
    """
    files.make_folder(path.parent, mode=0o700)
    part = path.with_name(path.name + ".part")
    with files.locked(path.with_name(path.name + ".lock"), mode=0o600):
        files.write(path, msgspec.json.encode(verified), part=part, durable=True, mode=0o600)
