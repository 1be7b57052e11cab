from __future__ import annotations

import pytest
from support.logs import entries, tile_files
from support.records import MemoryRecord

from archive.errors import IntegrityError
from archive.log import merkle, sequencer
from archive.log.merkle import EMPTY_ROOT
from archive.log.sequencer import RootDiffersError, batches, grow, join, piece, range_hashes, roots_at
from archive.log.tiles import Edge


@pytest.mark.parametrize(
    ("missing", "named"),
    [([1], "position 1"), ([7, 8, 9], "positions 7 to 9"), ([20], "position 20"), ([19, 20], "positions 19 to 20")],
)
def test_a_gap_stops_the_sequencer_and_is_named(missing: list[int], named: str) -> None:
    record = MemoryRecord(20)
    for position in missing:
        del record.positions[position]
    edge = Edge()
    with pytest.raises(IntegrityError) as caught:
        list(grow(edge, record, 20))
    message = f"{named}: found no event, expected one at every position; the log stops here"
    assert caught.value.message == message
    assert caught.value.hint == "run `ratsbuch verify`, and put the missing events back from a replica"
    assert edge.size == 0


def test_batches_are_bounded_whatever_the_size() -> None:
    record = MemoryRecord(2 * sequencer.BATCH + 3)
    assert [len(batch) for batch in batches(record, after=0, until=record.size)] == [4096, 4096, 3]
    assert list(batches(record, after=5, until=5)) == []


@pytest.mark.parametrize("stop", [1, 255, 256, 257, 511, 700])
def test_growing_may_stop_and_start_anywhere_and_gives_the_same_files(stop: int) -> None:
    record, edge = MemoryRecord(700), Edge()
    files = dict(grow(edge, record, stop))
    assert edge.root() == record.root(stop)
    files.update(grow(edge, record, 700))
    files.update(edge.partial())
    assert files == tile_files([record.positions[position] for position in range(1, 701)])


def test_growing_checks_the_roots_that_were_vouched_for_on_the_way() -> None:
    record = MemoryRecord(700)
    heads = [record.signed(size).head for size in (300, 300, 512, 700)]
    list(grow(Edge(), record, 700, heads=heads))
    record.positions[299] = entries(1)[0]
    with pytest.raises(RootDiffersError) as caught:
        list(grow(Edge(), record, 700, heads=heads))
    assert caught.value.head == heads[0]
    assert caught.value.found == record.root(300)
    assert caught.value.message == (
        f"root of the first 300 events: computed {record.root(300).hex()}, "
        f"a checkpoint of the log has {heads[0].root.hex()}"
    )


def test_a_root_beyond_or_before_the_growth_is_not_asked_for() -> None:
    record = MemoryRecord(20)
    false = MemoryRecord(20, story="other")
    edge = Edge()
    list(grow(edge, record, 10, heads=[false.signed(11).head]))
    list(grow(edge, record, 20, heads=[false.signed(9).head]))
    assert edge.root() == record.root()


def test_roots_are_computed_in_one_pass_in_any_order() -> None:
    record = MemoryRecord(300)
    sizes = [300, 1, 256, 7, 0]
    assert list(roots_at(record, sizes)) == [
        (size, record.root(size) if size else EMPTY_ROOT) for size in sorted(sizes)
    ]
    assert record.read == 300


def test_range_hashes_are_those_of_the_leaves_in_memory() -> None:
    record = MemoryRecord(300)
    leaves = merkle.leaf_hashes([record.positions[position] for position in range(1, 301)])
    ranges = merkle.inclusion_ranges(77, 300)
    assert range_hashes(record, ranges) == merkle.prove(ranges, merkle.range_hash(leaves))


@pytest.mark.parametrize("step", [256, 512])
def test_pieces_of_several_processes_join_to_the_roots_of_all_sizes(step: int) -> None:
    record = MemoryRecord(700)
    values = [record.positions[position] for position in range(1, 701)]
    sizes = range(1, 701)
    pieces = [
        piece(merkle.leaf_hashes(values[at : at + step]), after=at, sizes=sizes) for at in range(0, len(values), step)
    ]
    assert list(join(pieces)) == list(roots_at(record, sizes))
    tiles = [node for part in pieces for node in part.tiles]
    assert tiles == merkle.subtree_roots(merkle.leaf_hashes(values), level=8)


def test_a_piece_gives_only_the_sizes_inside_it() -> None:
    part = piece(merkle.leaf_hashes(entries(300))[256:], after=256, sizes=[256, 257, 300, 301])
    assert [size for size, _ in part.at] == [257, 300]
    assert part.until == 300
