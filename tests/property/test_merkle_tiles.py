from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.logs import entries, reader, tile_files

from archive.log import merkle
from archive.log.tiles import WIDTH, Edge, Tile, TileTree, parse_bundle, parse_path, tiles_of

ENTRIES = entries(1100)
LEAVES = merkle.leaf_hashes(ENTRIES)
EVERY = {size: tile_files(ENTRIES[:size]) for size in (1, 255, 256, 257, 700, 1100)}


@given(st.lists(st.tuples(st.integers(min_value=0, max_value=600), st.booleans()), max_size=6))
def test_in_whatever_steps_a_log_grows_its_files_are_the_same(steps: list[tuple[int, bool]]) -> None:
    edge, files, at = Edge(), dict[Tile, bytes](), 0
    for count, restart in steps:
        files.update(edge.append(ENTRIES[at : at + count]))
        at = min(at + count, len(ENTRIES))
        if restart:
            files.update(edge.partial())
            edge = Edge.load(at, reader(files))
    files.update(edge.partial())
    whole = tile_files(ENTRIES[:at])
    assert {tile: files[tile] for tile in whole} == whole
    assert edge.root() == merkle.root_hash(LEAVES[:at])


@given(st.sampled_from(sorted(EVERY)), st.data())
def test_proofs_from_tiles_are_the_proofs_from_leaves(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    tree = TileTree(size, reader(EVERY[size]))
    hash_of = merkle.range_hash(LEAVES)
    assert tree.root() == merkle.root_hash(LEAVES[:size])
    assert tree.leaf(index) == LEAVES[index]
    assert tree.inclusion(index) == merkle.prove(merkle.inclusion_ranges(index, size), hash_of)
    assert tree.consistency(index) == merkle.prove(merkle.consistency_ranges(index, size), hash_of)


@given(st.integers(min_value=0, max_value=2**40))
def test_a_log_has_tiles_as_the_specification_counts_them(size: int) -> None:
    size %= 70_000
    found = list(tiles_of(size))
    for level in range(4):
        full, rest = divmod(size // 256**level, WIDTH)
        expected = [Tile(level, index) for index in range(full)] + ([Tile(level, full, rest)] if rest else [])
        assert [tile for tile in found if tile.level == level] == expected
    assert [tile.path for tile in found] == list(dict.fromkeys(tile.path for tile in found))


@given(st.integers(min_value=0, max_value=3000), st.integers(min_value=0, max_value=3000))
def test_old_and_new_files_together_are_all_files(old: int, size: int) -> None:
    old, size = min(old, size), max(old, size)
    assert set(tiles_of(size)) <= set(tiles_of(old)) | set(tiles_of(size, old=old))


@given(st.integers(min_value=-1, max_value=63), st.integers(min_value=0, max_value=10**18 - 1), st.integers(1, WIDTH))
def test_reading_a_path_inverts_writing_it(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert parse_path(tile.path) == tile


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=WIDTH))
def test_reading_a_bundle_inverts_writing_it(values: list[bytes]) -> None:
    edge = Edge()
    files = dict([*edge.append(values), *edge.partial()])
    bundle = Tile(-1, 0, len(values))
    assert parse_bundle(files[bundle], width=len(values)) == tuple(values)
