"""What opening an archive checks, in O(log n): does the record still hold all that its log vouched for?

What is known is the newest checkpoint in each of three places: the table in `record.db`, the cache `log/`, and the
memory outside of the archive. The steps:

1. read all three, and the size of the record last, so that a recording that goes on meanwhile looks like growth
2. check each one's two signatures by the log's keys in force at its size
3. count: the record is no smaller than the largest of them
4. last leaf and root: the tiles at the right edge of `log/` hash to its signed root, and its last leaf is that event
5. growth: each other checkpoint has the root that these tiles have at its size

Tiles are believed only as far as they hash to a signed root; so damage to them is told from a fork, and is no more
than a reason to make them anew. What was changed in the middle of the record does not show here: finding that takes
reading it all, which is `verify`.

A record that is behind or forked is read and verified, but nothing is added to it: everything that was signed on top
would have to be thrown away once the lost part is put back.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs

from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.log import merkle
from archive.log.checkpoint import Checkpoint, open_own
from archive.log.folder import LogFolder, prefix_root, root_of
from archive.log.head import parse_head
from archive.log.memory import REMOVE_HINT, Memory
from archive.log.note import parse_note
from archive.log.tiles import CHECKPOINT_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.log.head import TreeHead
    from archive.log.sequencer import Record, RootDiffersError

_UNFIT: Final = (InputError, IntegrityError, StorageError)


class State(StrEnum):
    """How the record stands to what its log vouched for."""

    FRESH = "fresh"
    """Nothing is known: a new register, or one without memory of any kind."""
    OK = "ok"
    """The record holds all that is known."""
    UNCHECKED = "unchecked"
    """`log/` is missing, behind or damaged, so that the roots were not compared; the next recording makes it anew."""
    BEHIND = "behind"
    """The record is smaller than a checkpoint: it was rolled back."""
    FORKED = "forked"
    """The record has another root, or another last event, than a checkpoint."""
    INVALID = "invalid"
    """A checkpoint in the table or in the memory is none, or is not signed by the log's keys."""


class Place(StrEnum):
    """Where a checkpoint is known from."""

    TABLE = "table"
    CACHE = "log"
    MEMORY = "memory"


class Known(Struct, frozen=True, kw_only=True):
    """A checkpoint that counts, with where it was found."""

    place: Place
    where: str
    checkpoint: Checkpoint


class Detail(Struct, frozen=True, kw_only=True):
    """What is not as it should be.

    Attributes:
        code: Stable.
        where: Which file, or which events.
        found: What is there.
        expected: What should be there.
    """

    code: str
    where: str
    found: str
    expected: str


class Opened(Struct, frozen=True, kw_only=True):
    """What opening found.

    Attributes:
        state: How the record stands.
        size: How many events it has.
        known: The checkpoints that count, the newest first.
        cache: That of `log/`, if its right edge is sound; what can be built on.
        details: What is not as it should be; `log/` may need to be made anew in any state.
    """

    state: State
    size: int
    known: tuple[Known, ...]
    cache: Checkpoint | None
    details: tuple[Detail, ...]

    @property
    def newest(self) -> Known | None:
        """The newest checkpoint that is known."""
        return self.known[0] if self.known else None

    def require_recordable(self) -> None:
        """Refuse to add to a record that does not hold what its log vouched for.

        Raises:
            StorageError: It is behind or forked, or a checkpoint does not count.
        """
        if self.state not in {State.BEHIND, State.FORKED, State.INVALID}:
            return
        detail = next(d for d in self.details if d.code in _REFUSING)
        msg = f"{_REFUSING[detail.code]}: {detail.where}: found {detail.found}, expected {detail.expected}"
        raise StorageError(msg, hint=_HINTS[self.state])


_REFUSING: Final = {
    "LOG_ROLLED_BACK": "the archive was rolled back",
    "LOG_FORKED": "the archive is a fork of what its log vouched for",
    "CHECKPOINT_INVALID": "a checkpoint does not count",
}
_PROVE: Final = "nothing is recorded on top; `ratsbuch verify` proves it, and its report is what to hand on"
_HINTS: Final = {
    State.BEHIND: f"{_PROVE}; put the missing events back with `ratsbuch repair --from`, or continue in a new register "
    "with `ratsbuch init --successor-of`",
    State.FORKED: f"{_PROVE}; keep both, the archive and the checkpoint that it contradicts, as they are",
    State.INVALID: f"{_PROVE}; if it is the memory file: {REMOVE_HINT}",
}


def check_opening(record: Record, folder: LogFolder, memory: Memory | None) -> Opened:
    """Hold a record against the newest checkpoints that are known of it.

    Args:
        record: The record.
        folder: Its cache.
        memory: The memory outside; None where there is none.

    Raises:
        StorageError: The memory cannot be read.
    """
    # 1, 2
    known: list[Known] = []
    details: list[Detail] = []
    for place, where, data in _places(record, folder, memory, details):
        try:
            # The three are the same bytes as a rule, and checking signatures is most of what opening costs.
            same = next((k.checkpoint for k in known if k.checkpoint.data == data), None)
            known.append(Known(place=place, where=where, checkpoint=same or _opened(record, where, data)))
        except (InputError, IntegrityError, EvidenceError) as error:
            code = "CACHE_DAMAGED" if place is Place.CACHE else "CHECKPOINT_INVALID"
            details.append(
                Detail(code=code, where=where, found=error.message, expected="a checkpoint with both signatures")
            )
    # The table first among equals: it is what the others are copies of.
    known.sort(key=lambda k: (-k.checkpoint.head.size, list(Place).index(k.place)))
    size = record.size
    # 3
    behind = list(_behind(known, size))
    details += behind
    # 4, 5
    cache = next((k.checkpoint for k in known if k.place is Place.CACHE), None)
    if known and cache is None and not any(d.code == "CACHE_DAMAGED" for d in details):
        details.append(
            Detail(code="CACHE_MISSING", where=str(folder.path), found="no checkpoint", expected="the newest one")
        )
    if cache is not None:
        cache = None if behind else _sound(record, folder, cache, known, details)
    return Opened(
        state=_state(known, cache, details), size=size, known=tuple(known), cache=cache, details=tuple(details)
    )


def _state(known: list[Known], cache: Checkpoint | None, details: list[Detail]) -> State:
    codes = {detail.code for detail in details}
    for code, state in (
        ("CHECKPOINT_INVALID", State.INVALID),
        ("LOG_ROLLED_BACK", State.BEHIND),
        ("LOG_FORKED", State.FORKED),
    ):
        if code in codes:
            return state
    if not known:
        return State.FRESH
    sound = cache is not None and cache.head.size >= known[0].checkpoint.head.size
    return State.OK if sound else State.UNCHECKED


def _places(
    record: Record, folder: LogFolder, memory: Memory | None, details: list[Detail]
) -> Iterator[tuple[Place, str, bytes]]:
    """Read the three places, the one that is written last first."""
    if memory is not None and (data := memory.read()) is not None:
        yield Place.MEMORY, str(memory.path), data
    where = str(folder.path / CHECKPOINT_PATH)
    try:
        data = folder.checkpoint()
    except StorageError as error:
        details.append(Detail(code="CACHE_DAMAGED", where=where, found=error.message, expected="a readable file"))
    else:
        if data is not None:
            yield Place.CACHE, where, data
    if (data := record.newest_checkpoint()) is not None:
        yield Place.TABLE, "table checkpoints", data


def _opened(record: Record, where: str, data: bytes) -> Checkpoint:
    head = parse_head(parse_note(data, what=where).text, what=where)
    if not head.size:
        msg = f"{where}: found a checkpoint over no events, expected one over at least the genesis"
        raise InputError(msg)
    return open_own(data, record.log_keys_at(head.size), what=where)


def _behind(known: list[Known], size: int) -> Iterator[Detail]:
    for each in known:
        if each.checkpoint.head.size > size:
            yield Detail(
                code="LOG_ROLLED_BACK",
                where=each.where,
                found=f"{size} events in the archive",
                expected=f"at least {each.checkpoint.head.size}, which its log vouched for",
            )


def _sound(
    record: Record, folder: LogFolder, cache: Checkpoint, known: list[Known], details: list[Detail]
) -> Checkpoint | None:
    """Check the right edge of the cache, and by it the last event and the other checkpoints (steps 4 and 5).

    Returns:
        The cache's checkpoint; None if its tiles do not hash to it.
    """
    head = cache.head
    tree = folder.tree(head.size)
    # 4
    try:
        leaf = tree.leaf(head.size - 1)
        merkle.verify_inclusion(head.size - 1, head.size, leaf, tree.inclusion(head.size - 1), head.root)
    except _UNFIT as error:
        details.append(
            Detail(
                code="CACHE_DAMAGED", where=str(folder.path), found=error.message, expected="tiles of its checkpoint"
            )
        )
        return None
    entry = next((entry for _, entry in record.entries(after=head.size - 1, until=head.size)), None)
    if entry is None or merkle.leaf_hash(entry) != leaf:
        details.append(
            Detail(
                code="LOG_FORKED",
                where=f"position {head.size}",
                found="no event" if entry is None else "another event",
                expected=f"the one that the checkpoint over {head.size} events vouches for",
            )
        )
    # 5
    for each in known:
        other = each.checkpoint.head
        if other.size > head.size:
            details.append(
                Detail(
                    code="CACHE_BEHIND",
                    where=str(folder.path),
                    found=f"{head.size} events",
                    expected=f"{other.size} as in {each.where}",
                )
            )
            continue
        root = head.root if other.size == head.size else prefix_root(tree, head.root, other.size)
        if root is None:
            details.append(
                Detail(
                    code="CACHE_DAMAGED",
                    where=str(folder.path),
                    found=f"tiles that do not prove the root of the first {other.size} events",
                    expected="tiles of its checkpoint",
                )
            )
            return None
        if root != other.root:
            details.append(_forked(each, cache))
    return cache


def _forked(known: Known, other: Checkpoint) -> Detail:
    """Give the detail for two checkpoints that are not of one growing log."""
    return Detail(
        code="LOG_FORKED",
        where=known.where,
        found=f"root {known.checkpoint.head.root.hex()} over {known.checkpoint.head.size} events",
        expected=f"the root that the record has there, which the checkpoint over {other.head.size} events vouches for",
    )


def fork_error(error: RootDiffersError) -> StorageError:
    """Give the refusal for a record that turned out not to have a root its log vouched for."""
    return StorageError(f"{_REFUSING['LOG_FORKED']}: {error.message}", hint=_HINTS[State.FORKED])


def open_log(record: Record, folder: LogFolder, memory: Memory | None) -> Opened:
    """Check as `check_opening` does, and remember what was found to hold.

    A memory that cannot be written is a detail, `MEMORY_NOT_WRITTEN`: who only reads is not kept from it.

    Raises:
        StorageError: The memory cannot be read.
    """
    opened = check_opening(record, folder, memory)
    newest = opened.newest
    if memory is None or newest is None or opened.state is not State.OK or newest.checkpoint.data == _read(opened):
        return opened
    try:
        remember(record, folder, memory, newest.checkpoint)
    except StorageError as error:
        detail = Detail(
            code="MEMORY_NOT_WRITTEN",
            where=str(memory.path),
            found=error.message,
            expected=f"the checkpoint over {newest.checkpoint.head.size} events",
        )
        return structs.replace(opened, details=(*opened.details, detail))
    return opened


def _read(opened: Opened) -> bytes | None:
    return next((k.checkpoint.data for k in opened.known if k.place is Place.MEMORY), None)


def remember(record: Record, folder: LogFolder, memory: Memory, checkpoint: Checkpoint) -> bool:
    """Put a checkpoint that the record holds into the memory outside.

    Returns:
        Whether it was not there before.

    Raises:
        IntegrityError: What is remembered is not of the same growing log.
        StorageError: The memory cannot be written.
    """

    def extends(head: TreeHead) -> None:
        if head.size and root_of(record, folder, checkpoint.head, head.size) != head.root:
            msg = f"{memory.path}: a fork: the archive has another root at the {head.size} events that are remembered"
            raise IntegrityError(msg, hint=_HINTS[State.FORKED])

    return memory.keep(checkpoint, extends=extends)
