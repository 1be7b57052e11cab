from __future__ import annotations

import pytest
from support.logs import entries, reader, tile_files

from archive.errors import InputError, IntegrityError
from archive.log import merkle, tiles
from archive.log.tiles import ENTRIES, Edge, Tile, TileTree, parse_path

ENTRY = entries(600)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),  # the specification's example
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(1, 1000, 7), "tile/1/x001/000.p/7"),
        (Tile(63, 5, 255), "tile/63/005.p/255"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/300",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/-1/000",
        "tile/entries/../000",
        "/tile/0/000",
        "checkpoint",
        "",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_path(path)
    assert caught.value.message == f"tile path: found {path!r}, expected tile/<level or entries>/<index>[.p/<width>]"


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    counts: dict[tuple[int, int], int] = {}
    for tile in tiles.tiles_of(70_000):
        counts[tile.level, tile.width] = counts.get((tile.level, tile.width), 0) + 1
    hashes = {key: count for key, count in counts.items() if key[0] != ENTRIES}
    assert hashes == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}


def test_a_tree_of_256_has_a_full_tile_and_a_partial_one_above() -> None:
    assert [tile.path for tile in tiles.tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


def test_growth_names_only_new_files_bundles_first() -> None:
    paths = [tile.path for tile in tiles.tiles_of(700, old=300)]
    assert paths == [
        "tile/entries/001",
        "tile/entries/002.p/188",
        "tile/0/001",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
    ]


def test_an_empty_tree_has_no_files() -> None:
    assert list(tiles.tiles_of(0)) == []
    assert list(Edge().partial()) == []
    assert list(Edge().append([])) == []


def test_a_batch_gives_bundles_before_tiles_and_the_bytes_of_the_specification() -> None:
    edge = Edge()
    full = list(edge.append(ENTRY))
    assert [tile.path for tile, _ in full] == ["tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001"]
    files = {tile.path: data for tile, data in [*full, *edge.partial()]}
    leaves = merkle.leaf_hashes(ENTRY)
    assert files["tile/entries/001"] == b"".join(b"\x00\x40" + value for value in ENTRY[256:512])
    assert files["tile/entries/002.p/88"] == b"".join(b"\x00\x40" + value for value in ENTRY[512:])
    assert files["tile/0/001"] == b"".join(leaves[256:512])
    assert files["tile/0/002.p/88"] == b"".join(leaves[512:])
    assert files["tile/1/000.p/2"] == merkle.root_hash(leaves[:256]) + merkle.root_hash(leaves[256:512])
    assert edge.root() == merkle.root_hash(leaves)


def test_entries_of_several_lengths_make_one_bundle() -> None:
    values = [b"", b"a", b"b" * 65_535]
    data = tiles.encode_bundle(values)
    assert data == b"\x00\x00\x00\x01a\xff\xff" + values[2]
    assert tiles.parse_bundle(data, width=3) == tuple(values)


def test_an_entry_too_long_is_refused_and_nothing_is_appended() -> None:
    edge = Edge()
    with pytest.raises(InputError) as caught:
        edge.append([b"a", b"b" * 65_536])
    assert caught.value.message == "entry: found 65536 bytes, expected at most 65535"
    assert (edge.size, edge.root()) == (0, merkle.EMPTY_ROOT)


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_holds_1_to_256_entries(count: int) -> None:
    with pytest.raises(InputError) as caught:
        tiles.encode_bundle([b"a"] * count)
    assert caught.value.message == f"entry bundle: found {count} entries, expected 1 to 256"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "entry bundle: found 0 entries, expected 2"),
        (b"\x00\x01a", "entry bundle: found 1 entries, expected 2"),
        (b"\x00\x01a\x00", "entry bundle: entry 1 is cut off: found 1 bytes, expected 2"),
        (b"\x00\x01a\x00\x02b", "entry bundle: entry 1 is cut off: found 3 bytes, expected 4"),
        (b"\x00\x01a\x00\x01b\x00", "entry bundle: found 1 bytes after entry 1, expected none"),
    ],
)
def test_a_bundle_that_is_not_what_its_path_says_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        tiles.parse_bundle(data, width=2)
    assert caught.value.message == message


def test_a_log_is_taken_up_from_its_partial_files_alone() -> None:
    files = tile_files(ENTRY[:300])
    asked: list[str] = []

    def read(level: int, index: int, width: int) -> bytes:
        asked.append(Tile(level, index, width).path)
        return files[Tile(level, index, width)]

    edge = Edge.load(300, read)
    assert asked == ["tile/1/000.p/1", "tile/0/001.p/44", "tile/entries/001.p/44"]
    assert edge.root() == merkle.root_hash(merkle.leaf_hashes(ENTRY[:300]))


def test_a_partial_tile_of_the_wrong_length_is_found() -> None:
    files = tile_files(ENTRY[:300])
    files[Tile(0, 1, 44)] += b"\x00"
    with pytest.raises(IntegrityError) as caught:
        Edge.load(300, reader(files))
    assert caught.value.message == "tile/0/001.p/44: found 1409 bytes, expected 1408"


def test_a_bundle_with_other_entries_than_its_tile_is_found() -> None:
    files = tile_files(ENTRY[:300])
    files[Tile(ENTRIES, 1, 44)] = tiles.encode_bundle(ENTRY[:44])
    with pytest.raises(IntegrityError) as caught:
        Edge.load(300, reader(files))
    assert caught.value.message == "tile/entries/001.p/44: its entries do not hash to tile/0/001.p/44"


def test_a_flipped_bit_in_a_tile_changes_the_root() -> None:
    files = tile_files(ENTRY)
    damaged = dict(files)
    damaged[Tile(0, 2, 88)] = bytes([files[Tile(0, 2, 88)][0] ^ 1]) + files[Tile(0, 2, 88)][1:]
    roots = [TileTree(600, reader(f)).root() for f in (files, damaged)]
    assert roots[0] == merkle.root_hash(merkle.leaf_hashes(ENTRY))
    assert roots[0] != roots[1]


def test_a_proof_reads_a_handful_of_tiles_each_once() -> None:
    values = [b"%d" % number for number in range(70_000)]
    files = tile_files(values)
    asked: list[tuple[int, int, int]] = []

    def read(level: int, index: int, width: int) -> bytes:
        asked.append((level, index, width))
        return files[Tile(level, index, width)]

    proof = tiles.inclusion_proof(41_000, 70_000, read)
    assert sorted(asked) == [(0, 160, 256), (0, 273, 112), (1, 0, 256), (1, 1, 17)]
    root = TileTree(70_000, read).root()
    merkle.verify_inclusion(41_000, 70_000, merkle.leaf_hash(b"41000"), proof, root)
    asked.clear()
    proof = tiles.consistency_proof(41_000, 70_000, read)
    assert len(asked) == len(set(asked)) <= 6
    merkle.verify_consistency(41_000, 70_000, proof, TileTree(41_000, _prefix(files)).root(), root)


def _prefix(files: dict[Tile, bytes]) -> tiles.Reader:
    """Read the tiles of a smaller tree out of the full ones, as a client does when partial ones were cleared away."""

    def read(level: int, index: int, width: int) -> bytes:
        tile = next(tile for tile in files if (tile.level, tile.index) == (level, index))
        return files[tile][: width * 32]

    return read


def test_a_leaf_outside_of_the_tree_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        TileTree(3, lambda *_: b"").leaf(3)
    assert caught.value.message == "leaf: found index 3, expected one below the tree size 3"
