"""The tree as static files: C2SP tlog-tiles, height 8, with entry bundles.

A tile holds 256 consecutive hashes of one level; level 0 are leaf hashes, and each hash of level 1 is the root over a
full tile of level 0. The last tile of a level is partial and has its own path, so that no file is ever changed. An
entry bundle holds the 256 entries of a tile of level 0.

`Edge` builds them while the log grows and holds one partial tile a level, whatever the size of the log. `TileTree`
hashes ranges out of them, reading a handful of tiles for a proof. Neither touches a file: paths and bytes come out
(bundles first, then tiles, the order in which they have to be written), and bytes come in through a reader.

Source: C2SP tlog-tiles, sections "Merkle Tree" and "Log entries".
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError, IntegrityError
from archive.log import merkle
from archive.log.merkle import HASH_BYTES, Frontier, RootHash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    # Gives the bytes of a tile by its level, index and width; of a bundle where the level is `ENTRIES`.
    Reader = Callable[[int, int, int], bytes]

WIDTH: Final = 256
TILE_BYTES: Final = WIDTH * HASH_BYTES
HEIGHT: Final = 8
LEVEL_MAX: Final = 63
ENTRY_BYTES_MAX: Final = 65_535
# The `level` of entry bundles, which have a path and a width as tiles do, but no level.
ENTRIES: Final = -1
CHECKPOINT_PATH: Final = "checkpoint"

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class Tile(Struct, frozen=True, order=True):
    """One tile or entry bundle.

    Attributes:
        level: From 0, leaves; `ENTRIES` for an entry bundle.
        index: Place in the level, from 0.
        width: How many hashes or entries it holds, 1 to 256; below 256 it is partial.
    """

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies, below the prefix of the log."""
        groups = [self.index % 1000]
        rest = self.index // 1000
        while rest:
            groups.append(rest % 1000)
            rest //= 1000
        folders = "".join(f"x{group:03}/" for group in reversed(groups[1:]))
        kind = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{kind}/{folders}{groups[0]:03}{partial}"

    @property
    def full(self) -> Tile:
        """The full tile that comes to stand in place of this partial one."""
        return Tile(self.level, self.index)


def parse_path(path: str) -> Tile:
    """Read the path of a tile or bundle.

    Raises:
        InputError: It is none, or not written the one way it has to be.
    """
    match = _PATH.fullmatch(path)
    if match is not None:
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        tile = Tile(level, int(re.sub("[x/]", "", match["index"])), int(match["width"] or WIDTH))
        # Writing it again finds leading zero groups and a partial width of 256.
        if level <= LEVEL_MAX and tile.path == path:
            return tile
    msg = f"tile path: found {path[:80]!r}, expected tile/<level or entries>/<index>[.p/<width>]"
    raise InputError(msg, hint="index 1234067 is written x001/x234/067")


# -- which tiles a tree has -----------------------------------------------------------------------


def width_of(level: int, index: int, size: int) -> int:
    """Give how wide this tile is in a tree of `size`; 0 where it does not exist."""
    return max(0, min(WIDTH, (size >> HEIGHT * max(level, 0)) - index * WIDTH))


def levels_of(size: int) -> range:
    """Give the levels that a tree of `size` has tiles in."""
    return range((max(size.bit_length(), 1) - 1) // HEIGHT + 1 if size else 0)


def tiles_of(size: int, *, old: int = 0) -> Iterator[Tile]:
    """Give the bundles and tiles of a tree of `size` that a tree of `old` leaves did not have.

    Bundles come first, then the tiles from level 0 up: the order in which they have to be written. The partial tiles
    of the old size are not among them; where a checkpoint was published for it, they have to stay.
    """
    for level in (ENTRIES, *levels_of(size)):
        first = (old >> HEIGHT * max(level, 0)) // WIDTH
        last = (size >> HEIGHT * max(level, 0)) // WIDTH
        for index in range(first, last + 1):
            width = width_of(level, index, size)
            if width and width != width_of(level, index, old):
                yield Tile(level, index, width)


# -- entry bundles --------------------------------------------------------------------------------


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Give the bytes of an entry bundle.

    Raises:
        InputError: There are no entries or over 256, or one is longer than 65,535 bytes.
    """
    if not 1 <= len(entries) <= WIDTH:
        msg = f"entry bundle: found {len(entries)} entries, expected 1 to {WIDTH}"
        raise InputError(msg)
    return _prefixed(entries)


def _prefixed(entries: Sequence[bytes]) -> bytes:
    sizes = set(map(len, entries))
    _check_sizes(sizes)
    if len(sizes) == 1:
        # Entries of our own are of one length, so one join does it.
        prefix = struct.pack(">H", sizes.pop())
        return prefix + prefix.join(entries)
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def _check_sizes(sizes: set[int]) -> None:
    if max(sizes) > ENTRY_BYTES_MAX:
        msg = f"entry: found {max(sizes)} bytes, expected at most {ENTRY_BYTES_MAX}"
        raise InputError(msg)


def parse_bundle(data: bytes, *, width: int = WIDTH) -> tuple[bytes, ...]:
    """Read the entries of a bundle.

    Args:
        data: The bytes of the file.
        width: How many entries its path promises.

    Raises:
        InputError: It is cut off, or holds another number of entries.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        if len(entries) == width:
            msg = f"entry bundle: found {len(data) - at} bytes after entry {width - 1}, expected none"
            raise InputError(msg)
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if end > len(data) or at + 2 > len(data):
            found, expected = len(data) - at, max(end - at, 2)
            msg = f"entry bundle: entry {len(entries)} is cut off: found {found} bytes, expected {expected}"
            raise InputError(msg)
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != width:
        msg = f"entry bundle: found {len(entries)} entries, expected {width}"
        raise InputError(msg)
    return tuple(entries)


def check_tile(tile: Tile, data: bytes) -> None:
    """Refuse bytes that are not as long as the tile is wide.

    Raises:
        IntegrityError: They are not.
    """
    expected = tile.width * HASH_BYTES
    if len(data) != expected:
        msg = f"{tile.path}: found {len(data)} bytes, expected {expected}"
        raise IntegrityError(msg, hint="tiles are rebuilt from the events with `ratsbuch log rebuild`")


# -- building -------------------------------------------------------------------------------------


class Edge:
    """The right edge of the tiles while a log grows.

    Memory: one partial tile a level and one partial bundle, whatever the size of the log; and one batch.

    Attributes:
        size: Entries so far.
    """

    __slots__ = ("_bundle", "_frontier", "_tails")

    def __init__(self) -> None:
        self._frontier = Frontier()
        # The entries since the last full bundle; by level, the hashes since the last full tile.
        self._bundle: list[bytes] = []
        self._tails: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """Entries so far."""
        return self._frontier.size

    @classmethod
    def load(cls, size: int, read: Reader) -> Edge:
        """Take up a log where it ends.

        Args:
            size: Entries so far.
            read: Gives the bytes of a tile, or of a bundle (level `ENTRIES`); asked only for the partial ones of this
                size.

        Raises:
            IntegrityError: A partial tile is of the wrong length, or its bundle holds other entries.

        The caller has checked `root()` against a checkpoint before anything is appended.
        """
        edge = cls()
        nodes: list[bytes] = []
        for level in reversed(levels_of(size)):
            index, width = divmod(size >> HEIGHT * level, WIDTH)
            if not width:
                continue
            tile = Tile(level, index, width)
            data = read(tile.level, tile.index, tile.width)
            check_tile(tile, data)
            edge._tails[level] = data
            nodes += _full_nodes(data)
        edge._frontier = Frontier(size, nodes)
        if size % WIDTH:
            bundle = Tile(ENTRIES, size // WIDTH, size % WIDTH)
            edge._bundle = list(parse_bundle(read(bundle.level, bundle.index, bundle.width), width=bundle.width))
            if b"".join(merkle.leaf_hashes(edge._bundle)) != edge._tails[0]:
                tile = Tile(0, bundle.index, bundle.width)
                msg = f"{bundle.path}: its entries do not hash to {tile.path}"
                raise IntegrityError(msg, hint="tiles are rebuilt from the events with `ratsbuch log rebuild`")
        return edge

    def root(self) -> RootHash:
        """Give the root of the tree so far."""
        return self._frontier.root()

    def append(self, entries: Sequence[bytes]) -> Iterator[tuple[Tile, bytes]]:
        """Append a batch and give the bundles and tiles that became full by it, bundles first.

        Raises:
            InputError: An entry is longer than 65,535 bytes; nothing was appended.
        """
        done: list[tuple[Tile, bytes]] = []
        if not entries:
            return iter(done)
        _check_sizes(set(map(len, entries)))
        size = self.size
        # 1. Bundles. The last batch's rest comes first, so that every slice is one bundle.
        waiting = [*self._bundle, *entries]
        whole = len(waiting) - len(waiting) % WIDTH
        first = size // WIDTH
        done += [
            (Tile(ENTRIES, first + number), _prefixed(waiting[at : at + WIDTH]))
            for number, at in enumerate(range(0, whole, WIDTH))
        ]
        self._bundle = waiting[whole:]
        # 2. Tiles. The frontier hashes every node there is exactly once; those of every eighth level are the tiles'.
        for level, nodes in self._frontier.rise(merkle.leaf_hashes(entries)):
            if level % HEIGHT:
                continue
            data = self._tails.get(level // HEIGHT, b"") + b"".join(nodes)
            whole = len(data) - len(data) % TILE_BYTES
            first = (size >> level) // WIDTH
            done += [
                (Tile(level // HEIGHT, first + number), data[at : at + TILE_BYTES])
                for number, at in enumerate(range(0, whole, TILE_BYTES))
            ]
            self._tails[level // HEIGHT] = data[whole:]
        return iter(done)

    def partial(self) -> Iterator[tuple[Tile, bytes]]:
        """Give the partial bundle and tiles of the size reached; needed for every size that gets a checkpoint."""
        size = self.size
        if self._bundle:
            yield Tile(ENTRIES, size // WIDTH, len(self._bundle)), _prefixed(self._bundle)
        for level in sorted(self._tails):
            if data := self._tails[level]:
                yield Tile(level, (size >> HEIGHT * level) // WIDTH, len(data) // HASH_BYTES), data


def _hashes(data: bytes) -> list[bytes]:
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def _full_nodes(data: bytes) -> list[bytes]:
    """Give the roots of the full subtrees over the hashes of a tile, from left to right."""
    tail = Frontier()
    tail.extend(_hashes(data))
    return list(tail.nodes)


# -- hashes and proofs from tiles -----------------------------------------------------------------


class TileTree:
    """A tree of one size, read from tiles.

    Each tile is read once and checked for its length; that its hashes belong together is shown by what is made of
    them: `root` against a checkpoint, a proof by verifying it.

    Args:
        size: Entries of the tree.
        read: Gives the bytes of tile (level, index, width).
    """

    __slots__ = ("_nodes", "_read", "size")

    def __init__(self, size: int, read: Reader) -> None:
        self.size = size
        self._read = read
        # By tile: its hashes, and above them the nodes that were hashed out of them.
        self._nodes: dict[tuple[int, int], list[list[bytes]]] = {}

    def leaf(self, index: int) -> merkle.LeafHash:
        """Give one leaf hash.

        Raises:
            InputError: The tree has no such leaf.
        """
        if not 0 <= index < self.size:
            msg = f"leaf: found index {index}, expected one below the tree size {self.size}"
            raise InputError(msg)
        return merkle.LeafHash(self._node(0, index))

    def root(self) -> RootHash:
        """Give the root; reads the right edge only."""
        if not self.size:
            return merkle.EMPTY_ROOT
        return RootHash(self.range_hash(0, self.size))

    def range_hash(self, start: int, end: int) -> bytes:
        """Give the root over the leaves of a subtree; see `merkle.is_subtree`."""
        nodes: list[bytes] = []
        for level in reversed(range((end - start).bit_length())):
            if (end - start) >> level & 1:
                # The full subtrees follow each other, so each begins where the higher bits end.
                at = start + ((end - start) >> level + 1 << level + 1)
                nodes.append(self._node(level, at >> level))
        return merkle.fold(nodes)

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """Give the inclusion proof of the leaf at `index`.

        Raises:
            InputError: The tree has no such leaf.
        """
        return merkle.prove(merkle.inclusion_ranges(index, self.size), self.range_hash)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """Give the proof that this tree extends that of `old` leaves; empty from 0.

        Raises:
            InputError: The old tree is larger than this one.
        """
        return merkle.prove(merkle.consistency_ranges(old, self.size), self.range_hash)

    def _node(self, level: int, index: int) -> bytes:
        """Give the root over the full subtree of 2^level leaves at `index`."""
        tile_level, rise = divmod(level, HEIGHT)
        tile_index, place = divmod(index << rise, WIDTH)
        key = (tile_level, tile_index)
        if key not in self._nodes:
            tile = Tile(tile_level, tile_index, width_of(tile_level, tile_index, self.size))
            data = self._read(tile.level, tile.index, tile.width)
            check_tile(tile, data)
            self._nodes[key] = [_hashes(data)]
        rows = self._nodes[key]
        while len(rows) <= rise:
            rows.append(merkle.pair_up(rows[-1]))
        return rows[rise][place >> rise]


def inclusion_proof(index: int, size: int, read: Reader) -> tuple[bytes, ...]:
    """Give an inclusion proof from tiles; reads the tiles over the leaf and the right edge, O(log n).

    Raises:
        InputError: The tree has no such leaf.
        IntegrityError: A tile is of the wrong length.
    """
    return TileTree(size, read).inclusion(index)


def consistency_proof(old: int, size: int, read: Reader) -> tuple[bytes, ...]:
    """Give a consistency proof from tiles; reads the old and the new right edge, O(log n).

    Raises:
        InputError: The old tree is larger than the new one.
        IntegrityError: A tile is of the wrong length.
    """
    return TileTree(size, read).consistency(old)
