"""The log as a folder of static files: the archive's own cache (`log/`), and what `publish` writes for others.

Both hold the same: C2SP tlog-tiles with entry bundles, and `checkpoint`, which is replaced last. Up to there nothing
that an older checkpoint needs has changed, so whoever reads meanwhile reads a whole log. Both only move forward.

The cache is written without fsync, because everything in it can be made again from the events (`rebuild`); nothing in
it is believed that does not hash to a signed root. The published folder is on disk before its `checkpoint` is
replaced, and readable by all. Partial tiles stay until the full tile stands, as the specification wants it.

Source: C2SP tlog-tiles, sections "Merkle Tree", "Partial Tiles", "Log entries".
"""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.log import files, merkle
from archive.log.checkpoint import Checkpoint, LogKeys, open_own
from archive.log.head import TreeHead, parse_head
from archive.log.merkle import ENTRY_BYTES, HASH_BYTES, RootHash
from archive.log.note import NOTE_BYTES_MAX, parse_note
from archive.log.sequencer import Record, batches, grow, require_root, roots_at
from archive.log.tiles import (
    CHECKPOINT_PATH,
    ENTRIES,
    HEIGHT,
    WIDTH,
    Edge,
    Tile,
    TileTree,
    encode_bundle,
    levels_of,
    parse_path,
    tiles_of,
    width_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from archive.log.merkle import LeafHash

FOLDER: Final = "log"
VKEY: Final = "log.vkey"
VKEY_MLDSA44: Final = "log-mldsa44.vkey"
LOCK: Final = ".lock"
PART: Final = ".part"
_TILES: Final = "tile"
_OURS: Final = frozenset({LOCK, PART, _TILES, VKEY, VKEY_MLDSA44})
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
_VKEY_BYTES_MAX: Final = 4096
_BUNDLE_STEP: Final = 2 + ENTRY_BYTES
# What reading tiles can come to where they are missing, damaged or not readable.
_UNFIT: Final = (InputError, IntegrityError, StorageError)


class Growth(Struct, frozen=True, kw_only=True):
    """The log grown in memory, for the folder to take over.

    Attributes:
        base: The `checkpoint` of the folder that it was grown from; None where it was grown from nothing.
        old: The size it had.
        edge: Its right edge now.
        files: The bundles and tiles that became full; None if they were too many to keep.
    """

    base: bytes | None
    old: int
    edge: Edge
    files: tuple[tuple[Tile, bytes], ...] | None


class Difference(Struct, frozen=True, kw_only=True):
    """A file of the log that is not what the record makes of it."""

    path: str
    found: str
    expected: str


class Published(Struct, frozen=True, kw_only=True):
    """What `publish` did.

    Attributes:
        size: The size that is published now.
        before: The size that was published before; 0 where nothing was.
        damaged: The files of before that were not what they have to be, in the order in which they were written anew.
    """

    size: int
    before: int
    damaged: tuple[Difference, ...] = ()


class LogFolder:
    """A log in files.

    Args:
        path: The folder; need not be there.
        public: Whether it is for others: durable, and readable by all.
    """

    __slots__ = ("path", "public")

    def __init__(self, path: Path, *, public: bool = False) -> None:
        self.path = path
        self.public = public

    # -- reading ----------------------------------------------------------------------------------

    def checkpoint(self) -> bytes | None:
        """Give the checkpoint as it lies there; None if there is none.

        Raises:
            StorageError: It cannot be read.
        """
        return files.read(self.path / CHECKPOINT_PATH, bytes_max=NOTE_BYTES_MAX)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Give the bytes of a tile or bundle, a partial one out of the full one where that stands already.

        Raises:
            IntegrityError: It is not there.
            StorageError: It cannot be read.
        """
        tile = Tile(level, index, width)
        size = width * _step(tile)
        data = files.read(self.path / tile.path, bytes_max=size)
        if data is None and width < WIDTH:
            data = files.read(self.path / tile.full.path, bytes_max=size)
            if data is not None:
                data = data[:size]
        if data is None:
            msg = f"{self.path / tile.path}: found no file, expected {size} bytes"
            raise IntegrityError(msg, hint="tiles are rebuilt from the events with `ratsbuch log rebuild`")
        return data

    def tree(self, size: int) -> TileTree:
        """Give the tree of a size, read from the tiles."""
        return TileTree(size, self.tile)

    def edge(self, head: TreeHead) -> Edge | None:
        """Give the right edge at a size, if it has the root that is vouched for; None if anything is wrong with it."""
        try:
            edge = Edge.load(head.size, self.tile)
        except _UNFIT:
            return None
        return edge if edge.root() == head.root else None

    def standing(self, record: Record) -> Checkpoint | None:
        """Give the checkpoint, if it is one of this log; None if there is none, or it does not count."""
        try:
            data = self.checkpoint()
            if data is None:
                return None
            what = str(self.path / CHECKPOINT_PATH)
            head = parse_head(parse_note(data, what=what).text, what=what)
            return open_own(data, record.log_keys_at(head.size), what=what)
        except (*_UNFIT, EvidenceError):
            return None

    # -- writing ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        files.make_folder(self.path, mode=_FOLDER_MODE if self.public else None)
        with files.locked(self.path / LOCK):
            yield

    def update(self, record: Record, target: Checkpoint, *, growth: Growth | None = None) -> None:
        """Move the cache forward to a checkpoint; one that is there already, or further, stays.

        Args:
            record: The record.
            target: The checkpoint.
            growth: The log grown to it already, so that nothing is hashed twice.

        Raises:
            IntegrityError: A position is missing, or the record does not have the checkpoint's root.
            StorageError: The disk does not take it; the record is not touched by that.
        """
        with self._locked():
            if growth is not None and growth.files is not None and self.checkpoint() == growth.base:
                self._write(growth.files, growth.edge, target, old=growth.old)
                return
            standing = self.standing(record)
            if standing is not None and standing.head.size > target.head.size:
                return
            edge = None if standing is None else self.edge(standing.head)
            if edge is None and growth is None:
                self._rebuild(record, target, ())
                return
            # Whoever grew the log to the checkpoint has found its root; that need not be done once more.
            edge = edge or Edge()
            old = edge.size
            if old < target.head.size:
                self._write(grow(edge, record, target.head.size), edge, target, old=old)

    def rebuild(self, record: Record, target: Checkpoint, *, heads: Iterable[TreeHead] = ()) -> None:
        """Make the cache anew from the events; the same events give the same bytes.

        Nothing is overwritten before the record was found to have the root of the checkpoint: if it has not, the old
        tiles show which event was changed.

        Args:
            record: The record.
            target: The checkpoint that comes to stand in it.
            heads: What else the log vouched for; the record has to have these roots too.

        Raises:
            IntegrityError: A position is missing, or the record does not have a root.
            StorageError: The disk does not take it.
        """
        with self._locked():
            self._rebuild(record, target, heads)

    def _rebuild(self, record: Record, target: Checkpoint, heads: Iterable[TreeHead]) -> None:
        vouched = (target.head, *(head for head in heads if head.size <= target.head.size))
        roots = dict(roots_at(record, (head.size for head in vouched)))
        for head in vouched:
            require_root(head, roots[head.size])
        edge = Edge()
        self._write(grow(edge, record, target.head.size), edge, target, old=0)

    def _write(self, full: Iterable[tuple[Tile, bytes]], edge: Edge, target: Checkpoint, *, old: int) -> None:
        """Write what a log has gained since a size, the checkpoint last, and tidy up after it."""
        writer = _Writer(self)
        writer.tiles(full, old=old)
        writer.tiles(edge.partial(), old=old)
        require_root(target.head, edge.root())
        writer.checkpoint(target.data)
        if old:
            self.tidy_between(old, target.head.size)
        else:
            self._sweep(target.head.size)

    # -- tidying up -------------------------------------------------------------------------------

    def tidy(self, size: int) -> None:
        """Remove partial tiles whose full tile the published checkpoint has.

        Raises:
            StorageError: One cannot be removed.
        """
        folders = {
            (self.path / name).parent
            for name in self._walk()
            if (tile := _parsed(name)) is not None
            and tile.width < WIDTH
            and width_of(tile.level, tile.index, size) == WIDTH
        }
        for folder in sorted(folders):
            _remove_partials(folder)

    def tidy_between(self, old: int, size: int) -> None:
        """Do the same, looking only where the log has grown; and one place before, in case that was interrupted."""
        for level in (ENTRIES, *levels_of(size)):
            first, last = ((n >> HEIGHT * max(level, 0)) // WIDTH for n in (old, size))
            for index in range(max(first - 1, 0), last):
                _remove_partials((self.path / Tile(level, index, 1).path).parent)

    def _sweep(self, size: int) -> None:
        """Remove every tile that the tree of a size does not have, and what is no tile."""
        for name in tuple(self._walk()):
            tile = _parsed(name)
            if tile is None or width_of(tile.level, tile.index, size) != tile.width:
                files.remove(self.path / name)
                files.remove_folder((self.path / name).parent)

    def _walk(self, below: str = _TILES) -> Iterator[str]:
        """Give the path of every file below the tiles' folder, in order."""
        for name in files.names(self.path / below):
            path = f"{below}/{name}"
            if (self.path / path).is_dir():
                yield from self._walk(path)
            else:
                yield path

    # -- comparing --------------------------------------------------------------------------------

    def compare(self, record: Record, size: int) -> Iterator[Difference]:
        """Hold every tile and bundle against the record.

        Args:
            record: The record.
            size: The size of the log in the folder.

        Raises:
            IntegrityError: A position is missing.
            StorageError: A file cannot be read, which says nothing about what it holds.
        """
        roots: list[bytes] = []
        after = 0
        for batch in batches(record, after=0, until=size):
            leaves = merkle.leaf_hashes(batch)
            yield from self.compare_range(batch, leaves, after=after)
            roots += merkle.subtree_roots(leaves, level=HEIGHT)
            after += len(batch)
        yield from self.compare_above(roots)
        yield from self.compare_surplus(size)

    def compare_range(
        self, entries: Sequence[bytes], leaves: Sequence[LeafHash], *, after: int
    ) -> Iterator[Difference]:
        """Hold the bundles and the tiles of level 0 of a range against its entries; partial ones of old sizes too.

        Args:
            entries: The entries of the range; it ends at a multiple of 256 or where the log ends.
            leaves: Their leaf hashes.
            after: The position before the first, a multiple of 256.

        Raises:
            StorageError: A file cannot be read.
        """
        for at in range(0, len(entries), WIDTH):
            index = (after + at) // WIDTH
            part = entries[at : at + WIDTH]
            yield from self._compare(ENTRIES, index, encode_bundle(part), step=_BUNDLE_STEP)
            yield from self._compare(0, index, b"".join(leaves[at : at + WIDTH]), step=HASH_BYTES)

    def compare_above(self, roots: Sequence[bytes]) -> Iterator[Difference]:
        """Hold the tiles from level 1 up against the roots over each 256 leaves of the whole log.

        Raises:
            StorageError: A file cannot be read.
        """
        level, hashes = 1, list(roots)
        while hashes:
            for at in range(0, len(hashes), WIDTH):
                yield from self._compare(level, at // WIDTH, b"".join(hashes[at : at + WIDTH]), step=HASH_BYTES)
            hashes = merkle.subtree_roots([merkle.LeafHash(value) for value in hashes], level=HEIGHT)
            level += 1

    def compare_surplus(self, size: int) -> Iterator[Difference]:
        """Name the files that no log of a size has.

        Raises:
            StorageError: A folder cannot be read.
        """
        for name in self._walk():
            tile = _parsed(name)
            if tile is None or width_of(tile.level, tile.index, size) < tile.width:
                yield Difference(path=name, found="a file", expected=f"none in a log of {size} events")

    def _compare(self, level: int, index: int, expected: bytes, *, step: int) -> Iterator[Difference]:
        for tile, wanted in self.lying(Tile(level, index, len(expected) // step), expected):
            difference = self.difference(tile, wanted)
            if difference is not None:
                yield difference

    def lying(self, tile: Tile, data: bytes) -> Iterator[tuple[Tile, bytes]]:
        """Give a tile with its bytes, after those partial ones of older sizes that lie there still.

        Raises:
            StorageError: Their folder cannot be read.
        """
        folder = (self.path / Tile(tile.level, tile.index, 1).path).parent
        numbers = (int(name) for name in files.names(folder) if name.isascii() and name.isdecimal())
        for width in sorted({tile.width, *(number for number in numbers if 0 < number < tile.width)}):
            yield Tile(tile.level, tile.index, width), data[: width * _step(tile)]

    def difference(self, tile: Tile, wanted: bytes) -> Difference | None:
        """Say in what a file differs from what it has to hold; None where it does not.

        Raises:
            StorageError: It cannot be read, which says nothing about what it holds.
        """
        data = files.read(self.path / tile.path, bytes_max=len(wanted))
        if data == wanted:
            return None
        found, expected = _told(tile, data, wanted, step=_step(tile))
        return Difference(path=tile.path, found=found, expected=expected)


def _step(tile: Tile) -> int:
    return _BUNDLE_STEP if tile.level == ENTRIES else HASH_BYTES


def _told(tile: Tile, data: bytes | None, wanted: bytes, *, step: int) -> tuple[str, str]:
    """Say what a file holds in place of what it ought to hold."""
    if data is None or len(data) != len(wanted):
        longer = data is not None and len(data) > len(wanted)
        found = "no file" if data is None else "more bytes" if longer else f"{len(data)} bytes"
        return found, f"{len(wanted)} bytes"
    place = next(at for at in range(0, len(wanted), step) if data[at : at + step] != wanted[at : at + step]) // step
    each = 1 << HEIGHT * max(tile.level, 0)
    first = (tile.index * WIDTH + place) * each + 1
    where = f"position {first}" if each == 1 else f"positions {first} to {first + each - 1}"
    return f"another {'entry' if tile.level == ENTRIES else 'hash'} of {where}", "that of the record"


def _parsed(path: str) -> Tile | None:
    try:
        return parse_path(path)
    except InputError:
        return None


def _remove_partials(folder: Path) -> None:
    for name in files.names(folder):
        files.remove(folder / name)
    files.remove_folder(folder)


class _Writer:
    """Writes files of one log, whose lock the caller holds."""

    def __init__(self, folder: LogFolder) -> None:
        self._folder = folder
        self._there: set[Path] = {folder.path}
        # Folders whose names are not known to be on disk.
        self._touched: set[Path] = set()

    def put(self, name: str, data: bytes) -> None:
        """Write a file."""
        folder = self._folder
        path = folder.path / name
        parent = path.parent
        if parent not in self._there:
            files.make_folder(parent, mode=_FOLDER_MODE if folder.public else None)
            self._there.add(parent)
        self._touched.update((parent, *(p for p in parent.parents if p.is_relative_to(folder.path))))
        files.write(
            path,
            data,
            part=folder.path / PART,
            durable=folder.public,
            mode=_FILE_MODE if folder.public else None,
        )

    def tiles(self, tiles: Iterable[tuple[Tile, bytes]], *, old: int) -> None:
        """Write tiles, but for those that a log of `old` entries had already."""
        for tile, data in tiles:
            if width_of(tile.level, tile.index, old) != tile.width:
                self.put(tile.path, data)

    def checkpoint(self, data: bytes) -> None:
        """Replace the checkpoint, once everything it rests on is there."""
        self._sync()
        self.put(CHECKPOINT_PATH, data)
        self._sync()

    def _sync(self) -> None:
        if self._folder.public:
            # From the bottom up: a folder's name is of no use before what is in it.
            for path in sorted(self._touched, key=lambda path: (-len(path.parts), path)):
                files.sync(path)
        self._touched.clear()


# -- roots of smaller sizes -----------------------------------------------------------------------


def prefix_root(tree: TileTree, root: RootHash, size: int) -> RootHash | None:
    """Give the root of the first `size` entries, as the tiles of a tree with this root prove it.

    Returns:
        The root; None if the tiles are missing or do not hash to `root`, so that they prove nothing.
    """
    try:
        old = RootHash(tree.range_hash(0, size))
        merkle.verify_consistency(size, tree.size, tree.consistency(size), old, root)
    except _UNFIT:
        return None
    return old


def root_of(record: Record, folder: LogFolder, head: TreeHead, size: int) -> RootHash:
    """Give the root of the record's first `size` events, out of the tiles where they are sound, else out of the events.

    Args:
        record: The record.
        folder: Its cache.
        head: What is known to be the record's root, at `size` or above.
        size: From 1.

    Raises:
        IntegrityError: A position is missing.
    """
    if size == head.size:
        return head.root
    root = prefix_root(folder.tree(head.size), head.root, size)
    return next(roots_at(record, [size]))[1] if root is None else root


# -- publishing -----------------------------------------------------------------------------------


def publish(record: Record, log: LogFolder, path: Path, checkpoint: Checkpoint, keys: LogKeys) -> Published:
    """Write the log for others: everything is on disk before `checkpoint` is replaced.

    Only what is new is written. What was interrupted anywhere is completed by doing it again.

    Nothing that was published ever changes, so a file that is not what it was is damaged; it is written anew and named.
    To find that out:

    1. every published file is held byte for byte against the archive's own, which was made apart from it; a look at
       sizes or times would pass over a flipped bit. The partial ones at the right edge have to hash to the published
       checkpoint. This reads both folders (some 200 bytes an event), hashes no event and asks the record for none;
    2. only where that finds something, the events decide which of the two is right. Before anything is overwritten the
       whole record has to have the published root, for else the old tiles show which event was changed.

    Args:
        record: The record.
        log: Its cache, which makes the look at what was published before cheap.
        path: The folder to publish in; not there, empty, or published in before.
        checkpoint: The record's newest, with whatever cosignatures it has.
        keys: The log's keys in force.

    Raises:
        StorageError: The folder holds something else, the log of another register, a larger log or a fork of this one;
            or the disk does not take it.
        IntegrityError: A position is missing, or the record does not have the checkpoint's root.
    """
    folder = LogFolder(path, public=True)
    # Asked twice: in a folder that is not ours not even a lock file is left.
    _published(record, log, folder, checkpoint.head)
    with folder._locked():  # noqa: SLF001  # publishing is this module's
        published = _published(record, log, folder, checkpoint.head)
        old = 0 if published is None else published.head.size
        writer = _Writer(folder)
        # The keys first: from here on the folder says whose it is.
        for name, key in ((VKEY, keys.ed25519), (VKEY_MLDSA44, keys.mldsa44)):
            line = f"{key.vkey}\n".encode()
            if files.read(path / name, bytes_max=_VKEY_BYTES_MAX) != line:
                writer.put(name, line)
        data = checkpoint.data
        if published is not None and old == checkpoint.head.size and published.data.count(b"\n") > data.count(b"\n"):
            # Cosignatures that were published are not taken back.
            data = published.data
        edge, damaged = Edge(), list[Difference]()
        if published is not None:
            loaded = folder.edge(published.head)
            is_sound = loaded is not None and _is_alike(folder, log, loaded)
            edge = loaded if loaded and is_sound else _mend(record, writer, folder, published.head, damaged)
        begin = edge.size
        writer.tiles(grow(edge, record, checkpoint.head.size), old=begin)
        writer.tiles(edge.partial(), old=begin)
        require_root(checkpoint.head, edge.root())
        writer.checkpoint(data)
        if not old:
            files.sync(path.parent)
        if begin < checkpoint.head.size:
            folder.tidy_between(begin, checkpoint.head.size)
        else:
            # Nothing new: it may be there to complete what was interrupted, so it looks everywhere.
            folder.tidy(checkpoint.head.size)
    return Published(size=checkpoint.head.size, before=old, damaged=tuple(damaged))


def _is_alike(folder: LogFolder, log: LogFolder, edge: Edge) -> bool:
    """Say whether the tiles up to an edge, which itself has the published root, are those of the archive's cache."""
    if folder.path.resolve() == log.path.resolve():
        return False  # a file is no witness for itself
    known = itertools.chain(_full_tiles(log, edge.size), edge.partial())
    return all(
        data is not None and folder.difference(each, wanted) is None
        for tile, data in known
        for each, wanted in folder.lying(tile, data or b"")
    )


def _full_tiles(log: LogFolder, size: int) -> Iterator[tuple[Tile, bytes | None]]:
    """Give the full tiles of a size as they lie there; None for one that cannot be read."""
    for tile in tiles_of(size):
        if tile.width == WIDTH:
            try:
                yield tile, log.tile(tile.level, tile.index, tile.width)
            except (IntegrityError, StorageError):
                yield tile, None


def _mend(record: Record, writer: _Writer, folder: LogFolder, head: TreeHead, damaged: list[Difference]) -> Edge:
    """Write anew what was published and is damaged, bundles before tiles, and give the right edge.

    Raises:
        IntegrityError: A position is missing, or the record does not have the published root; nothing is written.
        StorageError: The disk does not take it, or a file cannot be read.
    """
    require_root(head, next(root for _, root in roots_at(record, [head.size])))
    edge = Edge()
    # What is partial is known when everything before it has been read: both are generators, one after the other.
    for tile, data in itertools.chain(grow(edge, record, head.size), edge.partial()):
        for each, wanted in folder.lying(tile, data):
            difference = folder.difference(each, wanted)
            if difference is not None:
                damaged.append(difference)
                writer.put(each.path, wanted)
    return edge


def _published(record: Record, log: LogFolder, folder: LogFolder, head: TreeHead) -> Checkpoint | None:
    """Give what was published before, and refuse a folder that is not this log's or is ahead of it."""
    where = folder.path
    data = folder.checkpoint()
    elsewhere = "choose another folder; nothing that was published is overwritten"
    if data is None:
        _require_free(folder, head.origin, elsewhere)
        return None
    what = str(where / CHECKPOINT_PATH)
    try:
        found = parse_head(parse_note(data, what=what).text, what=what)
    except InputError as error:
        msg = f"{error.message}; so this is no published log"
        raise StorageError(msg, hint=elsewhere) from error
    if found.origin != head.origin:
        msg = f"{where}: the log of another register: found origin {found.origin!a}, expected {head.origin!a}"
        raise StorageError(msg, hint=elsewhere)
    try:
        checkpoint = open_own(data, record.log_keys_at(found.size), what=what)
    except (InputError, IntegrityError, EvidenceError) as error:
        msg = f"{error.message}; so this is not a log that this register published"
        raise StorageError(msg, hint=elsewhere) from error
    if found.size > head.size:
        msg = f"{where}: {found.size} events are published, the newest checkpoint of the archive has {head.size}"
        raise StorageError(
            msg,
            hint=f"the archive was rolled back; keep the file, and prove it: `ratsbuch verify --against {what}`",
        )
    if found.size and root_of(record, log, head, found.size) != found.root:
        msg = f"{where}: a fork: the archive has another root at the {found.size} events that are published"
        raise StorageError(
            msg, hint=f"events were changed; keep the file, and prove it: `ratsbuch verify --against {what}`"
        )
    return checkpoint


def _require_free(folder: LogFolder, origin: str, elsewhere: str) -> None:
    """Refuse a folder that holds anything but what an interrupted first `publish` of this log leaves."""
    strange = [name for name in files.names(folder.path) if name not in _OURS]
    if strange:
        msg = f"{folder.path}: found {strange[0]!a} and no published log, expected an empty folder"
        raise StorageError(msg, hint=elsewhere)
    key = files.read(folder.path / VKEY, bytes_max=_VKEY_BYTES_MAX)
    if key is not None and key.split(b"+")[0] != origin.encode():
        name = key.split(b"+")[0].decode(errors="replace")
        msg = f"{folder.path}: the log of another register: found the key of {name!a}, expected that of {origin!a}"
        raise StorageError(msg, hint=elsewhere)
