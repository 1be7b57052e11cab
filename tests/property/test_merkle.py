from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logs import entries

from archive.errors import InputError, IntegrityError
from archive.log import merkle
from archive.log.merkle import Frontier, LeafHash, RootHash

LEAVES = merkle.leaf_hashes(entries(300))
SIZES = st.integers(min_value=1, max_value=len(LEAVES))


def naive_root(leaves: list[LeafHash]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return merkle.node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def root(size: int) -> RootHash:
    return merkle.root_hash(LEAVES[:size])


def consistency(old: int, size: int) -> tuple[bytes, ...]:
    return merkle.prove(merkle.consistency_ranges(old, size), merkle.range_hash(LEAVES))


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=12))
def test_in_whatever_batches_leaves_are_appended_the_root_is_the_recursive_one(batches: list[int]) -> None:
    frontier, at = Frontier(), 0
    for count in batches:
        frontier.extend(LEAVES[at : at + count])
        at += len(LEAVES[at : at + count])
    assert (frontier.size, frontier.root()) == (at, naive_root(LEAVES[:at]))
    assert len(frontier.nodes) == at.bit_count()


@given(SIZES, st.data())
def test_every_leaf_is_provable_and_no_other_is(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    other = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = merkle.prove(merkle.inclusion_ranges(index, size), merkle.range_hash(LEAVES))
    merkle.verify_inclusion(index, size, LEAVES[index], proof, root(size))
    if other != index:
        with pytest.raises((InputError, IntegrityError)):
            merkle.verify_inclusion(other, size, LEAVES[index], proof, root(size))
        with pytest.raises((InputError, IntegrityError)):
            merkle.verify_inclusion(index, size, LEAVES[other], proof, root(size))


@given(SIZES, st.data())
def test_every_earlier_tree_is_a_prefix_and_nothing_else_is(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(min_value=1, max_value=size))
    other = data.draw(st.integers(min_value=1, max_value=size))
    proof = consistency(old, size)
    merkle.verify_consistency(old, size, proof, root(old), root(size))
    if other != old:
        with pytest.raises((InputError, IntegrityError)):
            merkle.verify_consistency(old, size, proof, root(other), root(size))
        with pytest.raises((InputError, IntegrityError)):
            merkle.verify_consistency(other, size, proof, root(old), root(size))


@given(SIZES, st.data())
def test_any_flipped_bit_of_a_consistency_proof_is_found(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(min_value=1, max_value=size))
    proof = list(consistency(old, size))
    if not proof:
        return
    place = data.draw(st.integers(min_value=0, max_value=len(proof) - 1))
    bit = data.draw(st.integers(min_value=0, max_value=255))
    proof[place] = (int.from_bytes(proof[place]) ^ 1 << bit).to_bytes(32)
    with pytest.raises(IntegrityError):
        merkle.verify_consistency(old, size, proof, root(old), root(size))


@given(SIZES, st.data())
def test_every_subtree_belongs_to_its_tree(size: int, data: st.DataObject) -> None:
    level = data.draw(st.integers(min_value=0, max_value=(size - 1).bit_length()))
    start = data.draw(st.integers(min_value=0, max_value=(size - 1) >> level)) << level
    end = data.draw(st.integers(min_value=start + 1, max_value=min(size, start + (1 << level))))
    proof = merkle.prove(merkle.subtree_ranges(start, end, size), merkle.range_hash(LEAVES))
    merkle.verify_subtree(start, end, size, proof, merkle.root_hash(LEAVES[start:end]), root(size))
    if size > 1:
        with pytest.raises((InputError, IntegrityError)):
            merkle.verify_subtree(start, end, size, proof, RootHash(bytes(32)), root(size))


OTHER = RootHash(merkle.leaf_hash(b"a root that nobody can have a preimage of"))
HUGE = st.integers(min_value=1, max_value=merkle.SIZE_MAX)
ANY_PROOF = st.lists(st.binary(min_size=0, max_size=40), max_size=70)


@given(HUGE, HUGE, ANY_PROOF, st.binary(min_size=32, max_size=32))
def test_whatever_is_handed_in_as_a_proof_is_refused_in_bounded_time(
    old: int, size: int, proof: list[bytes], value: bytes
) -> None:
    with pytest.raises((InputError, IntegrityError)):
        merkle.verify_consistency(old, size, proof, RootHash(value), OTHER)
    with pytest.raises((InputError, IntegrityError)):
        merkle.verify_inclusion(old, size, LeafHash(value), proof, OTHER)


@given(HUGE, HUGE)
def test_no_proof_is_longer_than_the_tree_is_high(old: int, size: int) -> None:
    old, size = min(old, size), max(old, size)
    assert len(merkle.inclusion_ranges(old - 1, size)) <= (size - 1).bit_length()
    assert len(merkle.consistency_ranges(old, size)) <= (size - 1).bit_length() + 1
