"""From the record to the log: a pure function of the event table, in batches, that can start anywhere.

Leaf index = position - 1, and positions are gapless; a gap stops everything, because a log that closed it up would
vouch for an order that nobody recorded. The entry of a position is the SHA-512 of its token, or the 64 bytes that
stand in its place where the token itself was erased.

Nothing here touches a file. For the record as a whole roots are computed in one pass (`roots_at`), and in parts by
several processes (`piece`, `join`): each hashes a range of its own and gives a few hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from archive.errors import IntegrityError
from archive.log import merkle
from archive.log.merkle import Frontier, RootHash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.log.checkpoint import LogKeys
    from archive.log.head import TreeHead
    from archive.log.merkle import LeafHash
    from archive.log.tiles import Edge, Tile

BATCH: Final = 4096
_TILE_LEVEL: Final = 8


class Record(Protocol):
    """What the log needs of the record it is made from."""

    @property
    def size(self) -> int:
        """How many events there are."""

    def entries(self, *, after: int = 0, until: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Read positions with their entries, in order, above `after` up to `until`."""

    def newest_checkpoint(self) -> bytes | None:
        """Give the newest checkpoint of the table, as it was signed."""

    def log_keys_at(self, size: int) -> LogKeys:
        """Give the keys that sign checkpoints of a size."""


class RootDiffersError(IntegrityError):
    """The events do not have the root that a checkpoint states.

    Attributes:
        head: What the checkpoint states.
        found: The root that was computed.
    """

    def __init__(self, head: TreeHead, found: RootHash) -> None:
        msg = f"root of the first {head.size} events: computed {found.hex()}, a checkpoint of the log has "
        super().__init__(msg + head.root.hex(), hint="run `ratsbuch verify`: events were changed after it was signed")
        self.head = head
        self.found = found


# -- entries --------------------------------------------------------------------------------------


def batches(record: Record, *, after: int, until: int) -> Iterator[list[bytes]]:
    """Read entries in order, some thousand at a time.

    Args:
        record: The record.
        after: The position before the first.
        until: The last position.

    Raises:
        IntegrityError: A position is missing.
    """
    batch: list[bytes] = []
    expected = after + 1
    for position, entry in record.entries(after=after, until=until):
        if position != expected:
            raise _gap(expected, position)
        expected += 1
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if expected <= until:
        raise _gap(expected, until + 1)
    if batch:
        yield batch


def _gap(expected: int, found: int) -> IntegrityError:
    missing = f"position {expected}" if found == expected + 1 else f"positions {expected} to {found - 1}"
    msg = f"{missing}: found no event, expected one at every position; the log stops here"
    return IntegrityError(msg, hint="run `ratsbuch verify`, and put the missing events back from a replica")


def grow(edge: Edge, record: Record, until: int, *, heads: Iterable[TreeHead] = ()) -> Iterator[tuple[Tile, bytes]]:
    """Append the record's entries to a log's right edge and give the bundles and tiles that become full by it.

    Args:
        edge: Where the log stands; grows up to `until`.
        record: The record.
        until: The last position.
        heads: What was vouched for at sizes between; the roots have to be these.

    Raises:
        IntegrityError: A position is missing.
        RootDiffersError: A root is another.
    """
    vouched: dict[int, list[TreeHead]] = {}
    for head in heads:
        if edge.size <= head.size <= until:
            vouched.setdefault(head.size, []).append(head)
    for stop in sorted({*vouched, until}):
        for batch in batches(record, after=edge.size, until=stop):
            yield from edge.append(batch)
        for head in vouched.get(stop, ()):
            require_root(head, edge.root())


def require_root(head: TreeHead, found: RootHash) -> None:
    """Refuse a root that is not the one vouched for.

    Raises:
        RootDiffersError: It is another.
    """
    if found != head.root:
        raise RootDiffersError(head, found)


# -- roots ----------------------------------------------------------------------------------------


def roots_at(record: Record, sizes: Iterable[int]) -> Iterator[tuple[int, RootHash]]:
    """Compute the roots of the record at some sizes, in one pass.

    Args:
        record: The record.
        sizes: In any order, none larger than the record.

    Returns:
        Sizes with their roots, rising.

    Raises:
        IntegrityError: A position is missing.
    """
    frontier = Frontier()
    for size in sorted(set(sizes)):
        for batch in batches(record, after=frontier.size, until=size):
            frontier.extend(merkle.leaf_hashes(batch))
        yield size, frontier.root()


def range_hashes(record: Record, ranges: Sequence[merkle.Range]) -> tuple[bytes, ...]:
    """Compute the roots over ranges of leaves from their entries, for a proof where there are no tiles.

    Raises:
        IntegrityError: A position is missing.
    """
    roots = []
    for start, end in ranges:
        frontier = Frontier()
        for batch in batches(record, after=start, until=end):
            frontier.extend(merkle.leaf_hashes(batch))
        roots.append(frontier.root())
    return tuple(roots)


class Piece(Struct, frozen=True, kw_only=True):
    """What one process makes of a range of entries, a few hashes for thousands of events.

    Attributes:
        after: The position before the first; a multiple of the range's size, rounded up to a power of two.
        until: The last position.
        nodes: The roots of the full subtrees that the range consists of, from left to right, largest first.
        at: The same for the parts of the range up to each size that was asked for, rising.
        tiles: The roots over each 256 leaves: the hashes of its part of the tiles of level 1.
    """

    after: int
    until: int
    nodes: tuple[bytes, ...]
    at: tuple[tuple[int, tuple[bytes, ...]], ...]
    tiles: tuple[bytes, ...]


def piece(leaves: Sequence[LeafHash], *, after: int, sizes: Iterable[int] = ()) -> Piece:
    """Hash a range.

    Args:
        leaves: The leaf hashes of the range, in order.
        after: The position before the first; ranges of 4096 begin at multiples of 4096.
        sizes: The sizes whose roots are wanted; those outside of the range are passed over.
    """
    until = after + len(leaves)
    frontier = Frontier()
    at: list[tuple[int, tuple[bytes, ...]]] = []
    for size in sorted({size for size in sizes if after < size <= until}):
        frontier.extend(leaves[frontier.size : size - after])
        at.append((size, frontier.nodes))
    frontier.extend(leaves[frontier.size :])
    return Piece(
        after=after,
        until=until,
        nodes=frontier.nodes,
        at=tuple(at),
        tiles=tuple(merkle.subtree_roots(leaves, level=_TILE_LEVEL)),
    )


def join(pieces: Iterable[Piece]) -> Iterator[tuple[int, RootHash]]:
    """Put the pieces of a record together and give the roots at all sizes that were asked of them, rising.

    Args:
        pieces: In order; each begins where the one before ends, and the first at 0.

    Raises:
        InputError: They do not fit together.
    """
    whole = Frontier()
    for part in pieces:
        for size, nodes in part.at:
            yield size, _extended(whole, size - part.after, nodes).root()
        whole = _extended(whole, part.until - part.after, part.nodes)


def _extended(frontier: Frontier, count: int, nodes: Sequence[bytes]) -> Frontier:
    """Give a frontier with the full subtrees appended that `count` leaves consist of."""
    longer = frontier.copy()
    levels = (level for level in reversed(range(count.bit_length())) if count >> level & 1)
    for level, node in zip(levels, nodes, strict=True):
        longer.extend((node,), level=level)
    return longer
