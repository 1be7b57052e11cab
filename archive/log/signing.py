"""The next checkpoint: signed only over a record that was found to extend everything its log vouched for before.

Its steps, all but the last under the lock of the record, so that nothing is recorded in between:

1. hold the record against the newest checkpoints that are known (`opening`); refuse if it is behind or forked
2. hold the signing keys against the keys in force
3. grow the log in memory from its right edge in `log/`, or from the events where that is not sound
4. sign, and put it into the table
5. then bring `log/` and the memory outside up to it; whatever fails here is made up for by the next recording

If a process dies after recording and before step 4, the next recording command signs for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from msgspec import Struct, structs

from archive.errors import StorageError
from archive.keys import LOG_ED25519, LOG_MLDSA44
from archive.log.checkpoint import Checkpoint, LogKeys, open_own, sign_checkpoint
from archive.log.folder import Growth, LogFolder
from archive.log.head import TreeHead
from archive.log.note import SignatureType, SigningKey
from archive.log.opening import Detail, Opened, Place, State, check_opening, fork_error, open_log, remember
from archive.log.sequencer import RootDiffersError, grow
from archive.log.tiles import Edge, Tile

if TYPE_CHECKING:
    from archive.keys import KeyFolder
    from archive.log.memory import Memory
    from archive.log.sequencer import Record

# The files of so many entries (6.5 MB) are kept from hashing to writing; of more they are made a second time.
KEPT_ENTRIES_MAX: Final = 65_536


class LogSigner(Struct, frozen=True, kw_only=True):
    """The two keys that sign checkpoints."""

    ed25519: SigningKey
    mldsa44: SigningKey

    def __repr__(self) -> str:
        return f"LogSigner({self.ed25519.verifier.label}, {self.mldsa44.verifier.label})"

    def require(self, keys: LogKeys) -> None:
        """Refuse to sign with keys that are not in force.

        Raises:
            StorageError: They are others.
        """
        for mine, wanted in ((self.ed25519.verifier, keys.ed25519), (self.mldsa44.verifier, keys.mldsa44)):
            if mine != wanted:
                msg = f"log key: found {mine.label}, expected {wanted.label}, which the register has in force"
                raise StorageError(msg, hint="name the register's key folder with --keys, or put its log keys back")


class Checkpointed(Struct, frozen=True, kw_only=True):
    """What a recording command ends with.

    Attributes:
        checkpoint: The newest; its bytes are in the table.
        new: Whether it was signed now.
        problems: What could not be written beside the record; the next recording tries it again.
    """

    checkpoint: Checkpoint
    new: bool
    problems: tuple[str, ...] = ()


class Step(Struct, frozen=True, kw_only=True):
    """A checkpoint, still to be put into the table if it is new, with the log grown to it."""

    checkpoint: Checkpoint
    new: bool
    growth: Growth | None


def read_log_signer(folder: KeyFolder, keys: LogKeys) -> LogSigner:
    """Read the keys that sign checkpoints from a key folder.

    Args:
        folder: The register's key folder.
        keys: The keys in force.

    Raises:
        StorageError: A key is missing, cannot be read, or is not the one in force.
    """
    first, second = folder.read_key(LOG_ED25519), folder.read_key(LOG_MLDSA44)
    for name, key, kind in (
        (LOG_ED25519, first, ed25519.Ed25519PrivateKey),
        (LOG_MLDSA44, second, mldsa.MLDSA44PrivateKey),
    ):
        if not isinstance(key, kind):
            msg = f"key file {folder.path / name}.key.pem: found a key of another kind, expected {name}"
            raise StorageError(msg)
    signer = LogSigner(
        ed25519=SigningKey(name=keys.origin, type=SignatureType.ED25519, private=first),  # type: ignore[arg-type]  # above
        mldsa44=SigningKey(name=keys.origin, type=SignatureType.COSIGNATURE_MLDSA44, private=second),  # type: ignore[arg-type]  # above
    )
    signer.require(keys)
    return signer


def grown(record: Record, folder: LogFolder, opened: Opened, until: int) -> Growth:
    """Grow the log in memory from the sound edge of its cache, or from nothing, past every known checkpoint.

    Raises:
        StorageError: The record does not have the root of a known checkpoint.
        IntegrityError: A position is missing.
    """
    cache = opened.cache
    edge = None if cache is None else folder.edge(cache.head)
    if edge is None or cache is None:
        edge, base = Edge(), _lying(folder)
    else:
        base = cache.data
    old = edge.size
    keep = until - old <= KEPT_ENTRIES_MAX
    files: list[tuple[Tile, bytes]] = []
    try:
        growing = grow(edge, record, until, heads=[k.checkpoint.head for k in opened.known])
        files.extend(item for item in growing if keep)
    except RootDiffersError as error:
        raise fork_error(error) from error
    return Growth(base=base, old=old, edge=edge, files=tuple(files) if keep else None)


def _lying(folder: LogFolder) -> bytes | None:
    try:
        return folder.checkpoint()
    except StorageError:
        return None


def next_step(record: Record, folder: LogFolder, memory: Memory | None, signer: LogSigner, *, timestamp: int) -> Step:
    """Give the checkpoint over the record as it is, newly signed unless the table has it (steps 1 to 4).

    The caller holds the record's write lock, and puts a new one into the table before letting go of it.

    Raises:
        StorageError: The record is behind or forked, a known checkpoint does not count, or the keys are not in force.
        IntegrityError: A position is missing.
    """
    # 1
    opened = check_opening(record, folder, memory)
    opened.require_recordable()
    size = opened.size
    table = next((k.checkpoint for k in opened.known if k.place is Place.TABLE), None)
    if table is not None and table.head.size == size:
        # Where opening could not compare the roots, that is made up for now: before anything is written anywhere.
        growth = None if opened.state is State.OK else grown(record, folder, opened, size)
        return Step(checkpoint=table, new=False, growth=growth)
    # 2
    keys = record.log_keys_at(size)
    signer.require(keys)
    # 3
    growth = grown(record, folder, opened, size)
    # 4
    head = TreeHead(origin=keys.origin, size=size, root=growth.edge.root())
    data = sign_checkpoint(head, ed25519=signer.ed25519, mldsa44=signer.mldsa44, timestamp=timestamp)
    # What nobody could open must not be the newest for good.
    checkpoint = open_own(data, keys, what="the new checkpoint")
    return Step(checkpoint=checkpoint, new=True, growth=growth)


def settle(record: Record, folder: LogFolder, memory: Memory | None, step: Step) -> Checkpointed:
    """Bring the cache and the memory outside up to a checkpoint that is in the table (step 5).

    Raises:
        IntegrityError: The record does not have the root of what is remembered, or lost events meanwhile.
    """
    problems: list[str] = []
    try:
        folder.update(record, step.checkpoint, growth=step.growth)
    except StorageError as error:
        problems.append(f"the cache of the log was not brought up to date: {error.message}")
    if memory is not None:
        try:
            remember(record, folder, memory, step.checkpoint)
        except StorageError as error:
            problems.append(f"the memory outside was not brought up to date: {error.message}")
    return Checkpointed(checkpoint=step.checkpoint, new=step.new, problems=tuple(problems))


def ready_to_record(record: Record, folder: LogFolder, memory: Memory | None) -> Opened:
    """See that a record can be added to, and make its cache anew if that is all that is wrong.

    Raises:
        StorageError: The record is behind or forked, or a known checkpoint does not count.
        IntegrityError: A position is missing.
    """
    opened = open_log(record, folder, memory)
    opened.require_recordable()
    newest = opened.newest
    if opened.state is not State.UNCHECKED or newest is None:
        return opened
    growth = grown(record, folder, opened, newest.checkpoint.head.size)
    try:
        folder.update(record, newest.checkpoint, growth=growth)
    except StorageError as error:
        # The roots were compared, and that is what counts here.
        detail = Detail(
            code="CACHE_NOT_WRITTEN", where=str(folder.path), found=error.message, expected="the newest checkpoint"
        )
        return structs.replace(opened, state=State.OK, details=(*opened.details, detail))
    opened = open_log(record, folder, memory)
    opened.require_recordable()
    return opened


def rebuild(record: Record, folder: LogFolder, memory: Memory | None) -> Checkpoint:
    """Make the cache anew, whatever state it is in: the same events give the same bytes.

    Returns:
        The newest known checkpoint, which stands in it now.

    Raises:
        StorageError: The record is behind or forked, a known checkpoint does not count, there is none yet, or the disk
            does not take it.
        IntegrityError: A position is missing.
    """
    opened = check_opening(record, folder, memory)
    opened.require_recordable()
    newest = opened.newest
    if newest is None:
        msg = f"{folder.path}: the archive has no checkpoint yet, so there is nothing to make"
        raise StorageError(msg, hint="the next recording command signs one")
    try:
        folder.rebuild(record, newest.checkpoint, heads=[k.checkpoint.head for k in opened.known])
    except RootDiffersError as error:
        raise fork_error(error) from error
    return newest.checkpoint
