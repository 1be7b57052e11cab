from __future__ import annotations

import pytest
from support.logs import entries

from archive.errors import InputError, IntegrityError
from archive.log import merkle
from archive.log.merkle import EMPTY_ROOT, Frontier, LeafHash, RootHash

LEAVES = merkle.leaf_hashes(entries(20))


def root(size: int, start: int = 0) -> RootHash:
    return merkle.root_hash(LEAVES[start:size])


def inclusion(index: int, size: int) -> list[bytes]:
    return list(merkle.prove(merkle.inclusion_ranges(index, size), merkle.range_hash(LEAVES)))


def consistency(old: int, size: int) -> list[bytes]:
    return list(merkle.prove(merkle.consistency_ranges(old, size), merkle.range_hash(LEAVES)))


def test_bulk_leaf_hashes_are_the_single_ones() -> None:
    assert [merkle.leaf_hash(value) for value in entries(20)] == LEAVES


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root_hash([]) == EMPTY_ROOT
    assert Frontier().root() == EMPTY_ROOT


def test_the_example_tree_of_seven_has_the_proofs_of_the_specification() -> None:
    # C2SP merkle-tree, section "Example": the nodes are named a to l there.
    a, b, c, d, e, f, g = LEAVES[:7]
    h, i, j = merkle.node_hash(a, b), merkle.node_hash(c, d), merkle.node_hash(e, f)
    k, last = merkle.node_hash(h, i), merkle.node_hash(j, g)
    assert root(7) == merkle.node_hash(k, last)
    assert [inclusion(m, 7) for m in (0, 3, 4, 6)] == [[b, i, last], [c, h, last], [f, g, k], [j, k]]
    assert [consistency(m, 7) for m in (3, 4, 6)] == [[c, d, h, last], [last], [j, g, k]]


def test_a_frontier_goes_on_where_another_ended() -> None:
    first = Frontier()
    first.extend(LEAVES[:13])
    second = Frontier(first.size, first.nodes)
    second.extend(LEAVES[13:])
    assert (second.size, second.root()) == (20, root(20))


def test_trying_an_extension_on_a_copy_leaves_the_frontier_alone() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:5])
    trial = frontier.copy()
    trial.append(LEAVES[5])
    assert (frontier.size, frontier.root(), trial.root()) == (5, root(5), root(6))


def test_subtree_roots_of_several_workers_combine() -> None:
    first, second = merkle.subtree_roots(LEAVES[:8], level=2), merkle.subtree_roots(LEAVES[8:19], level=2)
    assert [*first, *second] == [merkle.root_hash(LEAVES[at : at + 4]) for at in range(0, 16, 4)]
    frontier = Frontier()
    frontier.extend(first, level=2)
    frontier.extend(second, level=2)
    frontier.extend(LEAVES[16:])
    assert frontier.root() == root(20)


def test_a_subtree_cannot_follow_where_it_cannot_begin() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:3])
    with pytest.raises(InputError) as caught:
        frontier.extend([root(4)], level=2)
    assert caught.value.message == "frontier: found size 3, expected a multiple of 4 to append at level 2"


def test_a_frontier_needs_one_node_for_each_bit_of_its_size() -> None:
    with pytest.raises(InputError) as caught:
        Frontier(5, [LEAVES[0]])
    assert caught.value.message == "frontier: found 1 nodes, expected 2 for size 5"


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_leaf_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(InputError) as caught:
        merkle.root_hash([LEAVES[0], LeafHash(bytes(length))])
    assert caught.value.message == f"frontier: node: found {length} bytes, expected 32"


def test_a_wrong_leaf_fails_with_both_roots() -> None:
    with pytest.raises(IntegrityError) as caught:
        merkle.verify_inclusion(5, 20, LEAVES[6], inclusion(5, 20), root(20))
    assert caught.value.message.startswith("inclusion proof: root of leaf 5 in 20 differs: computed ")


def test_a_proof_longer_than_the_tree_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        merkle.verify_inclusion(5, 7, LEAVES[5], [*inclusion(5, 7), bytes(32)], root(7))
    assert caught.value.message == "proof: found 4 hashes, expected 3 for leaves 5 to 6 of 7"


def test_a_proof_longer_than_any_tree_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(InputError) as caught:
        merkle.verify_inclusion(5, 7, LEAVES[5], [b""] * 65, root(7))
    assert caught.value.message == "proof: found 65 hashes, expected at most 64"


def test_a_hash_of_another_length_in_a_proof_is_refused() -> None:
    proof = inclusion(5, 7)
    proof[1] += b"\x00"
    with pytest.raises(InputError) as caught:
        merkle.verify_inclusion(5, 7, LEAVES[5], proof, root(7))
    assert caught.value.message == "proof: hash 1: found 33 bytes, expected 32"


@pytest.mark.parametrize("index", [-1, 7, 2**63])
def test_an_index_outside_of_the_tree_is_refused(index: int) -> None:
    with pytest.raises(InputError) as caught:
        merkle.verify_inclusion(index, 7, LEAVES[0], [], root(7))
    assert caught.value.message == f"inclusion proof: found index {index}, expected one below the tree size 7"


def test_nothing_is_included_in_the_empty_tree() -> None:
    with pytest.raises(InputError):
        merkle.verify_inclusion(0, 0, LEAVES[0], [], EMPTY_ROOT)


def test_a_rewritten_entry_breaks_consistency() -> None:
    other = merkle.leaf_hashes([b"rewritten", *entries(20)[1:]])
    proof = merkle.prove(merkle.consistency_ranges(13, 20), merkle.range_hash(other))
    with pytest.raises(IntegrityError) as caught:
        merkle.verify_consistency(13, 20, proof, root(13), merkle.root_hash(other))
    assert caught.value.message.startswith("consistency proof: root of leaves 0 to 13 differs: computed ")


def test_a_truncated_tree_is_no_extension() -> None:
    with pytest.raises(InputError) as caught:
        merkle.verify_consistency(13, 7, [], root(13), root(7))
    assert caught.value.message == "consistency proof: found old size 13, expected at most the new size 7"


def test_from_size_zero_nothing_can_be_proved() -> None:
    with pytest.raises(InputError) as caught:
        merkle.verify_consistency(0, 7, [], EMPTY_ROOT, root(7))
    assert caught.value.message == (
        "consistency proof: found old size 0, expected 1 to 7; from nothing nothing can be proved"
    )


def test_two_empty_trees_agree_only_on_the_empty_root() -> None:
    merkle.verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    for pair in ((root(1), EMPTY_ROOT), (EMPTY_ROOT, root(1)), (root(1), root(1))):
        with pytest.raises(IntegrityError):
            merkle.verify_consistency(0, 0, [], *pair)


def test_equal_sizes_want_equal_roots_and_no_proof() -> None:
    merkle.verify_consistency(7, 7, [], root(7), root(7))
    with pytest.raises(IntegrityError):
        merkle.verify_consistency(7, 7, [], root(7), root(8))
    with pytest.raises(InputError):
        merkle.verify_consistency(7, 7, [bytes(32)], root(7), root(7))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 13, True),
        (4, 8, True),
        (8, 13, True),
        (8, 8, True),
        (1, 3, False),
        (4, 9, False),
        (5, 4, False),
        (-4, 0, False),
    ],
)
def test_a_subtree_begins_at_a_multiple_of_its_size(start: int, end: int, expected: bool) -> None:  # noqa: FBT001
    assert merkle.is_subtree(start, end) is expected


def test_the_example_subtrees_of_the_draft_have_its_proofs() -> None:
    # draft-ietf-plants-merkle-tree-certs, sections 4.3.1 and 4.4.2.
    hash_of = merkle.range_hash(LEAVES)
    assert merkle.subtree_ranges(4, 8, 14) == [(0, 4), (8, 14)]
    assert merkle.subtree_ranges(8, 13, 14) == [(12, 13), (13, 14), (8, 12), (0, 8)]
    proof = merkle.prove([(11, 12), (8, 10), (12, 13)], hash_of)
    merkle.verify_subtree_inclusion(10, 8, 13, LEAVES[10], proof, root(13, 8))


def test_a_range_that_is_no_subtree_has_no_proof() -> None:
    with pytest.raises(InputError) as caught:
        merkle.verify_subtree(1, 3, 8, [], root(3, 1), root(8))
    assert caught.value.message == "proof: leaves 1 to 3 are no subtree"
