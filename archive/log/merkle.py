"""Merkle tree hashes and proofs over the log's entries, as RFC 9162 defines them.

The tree over `n` leaves is determined by `n` alone: the left part of every node is the largest full subtree. So a
proof needs no directions, only hashes, and a tree can be grown while holding one hash a level (`Frontier`).

Proofs are worked out in two steps that are kept apart: which ranges of leaves have to be hashed (`*_ranges`, pure
arithmetic), and what their hashes are (from leaves in memory, or from tiles). Verification is one
procedure for all kinds: a consistency proof is the proof of a subtree that starts at 0, an inclusion proof that of a
subtree with one leaf.

Verifying functions give nothing back and raise: `InputError` where what was handed in cannot be a proof at all,
`IntegrityError` where it is one and does not hold.

Source: RFC 9162, section 2.1; C2SP merkle-tree; for subtrees draft-ietf-plants-merkle-tree-certs, section 4.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final, NewType

from archive.errors import InputError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

LeafHash = NewType("LeafHash", bytes)
RootHash = NewType("RootHash", bytes)
# Leaves of the half-open interval from the first to the second number; what hashes them gives the root over them.
Range = tuple[int, int]

HASH_BYTES: Final = 32
ENTRY_BYTES: Final = 64
EMPTY_ROOT: Final = RootHash(hashlib.sha256(b"").digest())
# Sizes stay below 2^63, the largest that signed 64-bit readers can take; no proof is longer than the tree is high.
SIZE_MAX: Final = 2**63 - 1
PROOF_HASHES_MAX: Final = 64

# Copying a context that has taken in the prefix already saves the look-up of the algorithm and one concatenation:
# 8 to 10 % of a leaf or node, and hashing is most of what the log does.
_copy_leaf: Final = hashlib.sha256(b"\x00").copy
_copy_node: Final = hashlib.sha256(b"\x01").copy


# -- hashes ---------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> LeafHash:
    """Give the leaf hash of an entry."""
    return LeafHash(hashlib.sha256(b"\x00" + entry).digest())


def leaf_hashes(entries: Iterable[bytes]) -> list[LeafHash]:
    """Give the leaf hashes of many entries, in order."""
    # `update` gives None, so that `or` goes on to the digest; a statement of its own would cost the comprehension.
    return [
        context.update(entry) or LeafHash(context.digest())  # type: ignore[func-returns-value, redundant-expr]  # above
        for entry in entries
        for context in (_copy_leaf(),)
    ]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def pair_up(nodes: Sequence[bytes]) -> list[bytes]:
    """Give the nodes one level higher: each pair hashed, a last odd one left out."""
    return [
        # See `leaf_hashes`.
        context.update(left + right) or context.digest()  # type: ignore[func-returns-value, redundant-expr]  # above
        for left, right in zip(nodes[::2], nodes[1::2], strict=False)
        for context in (_copy_node(),)
    ]


def subtree_roots(leaves: Sequence[LeafHash], *, level: int) -> list[bytes]:
    """Give the roots over each 2^level leaves, in order; leaves that fill no subtree are left out.

    This is what one process hands to another: 32 bytes for a tile's worth of leaves, for `Frontier.extend`.
    """
    nodes: Sequence[bytes] = leaves
    for _ in range(level):
        nodes = pair_up(nodes)
    return list(nodes)


def root_hash(leaves: Sequence[LeafHash]) -> RootHash:
    """Compute the Merkle tree head over `leaves` in log order.

    Args:
        leaves: Leaf hashes, 32 bytes each; may be empty.

    Returns:
        The root; the hash of the empty string for no leaves.

    Raises:
        InputError: A leaf is not 32 bytes long.

    Source: RFC 9162, section 2.1.1.
    """
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def check_hash(value: bytes, what: str) -> None:
    """Refuse what cannot be a hash.

    Raises:
        InputError: It is not 32 bytes long.
    """
    if len(value) != HASH_BYTES:
        msg = f"{what}: found {len(value)} bytes, expected {HASH_BYTES}"
        raise InputError(msg)


# -- growing a tree -------------------------------------------------------------------------------


class Frontier:
    """The right edge of a tree: all that appending needs, at most one hash a level.

    Several processes can hash ranges of their own: each reduces an aligned range to the nodes of one level, and the
    frontier takes these in order (`extend(nodes, level=8)` for ranges that begin at multiples of 256).

    Args:
        size: Leaves so far.
        nodes: The roots of the full subtrees that make up the tree, from left to right, largest first.

    Raises:
        InputError: The number of nodes does not fit the size, or one is not 32 bytes long.
    """

    __slots__ = ("_nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
        if len(nodes) != len(levels):
            msg = f"frontier: found {len(nodes)} nodes, expected {len(levels)} for size {size}"
            raise InputError(msg)
        for node in nodes:
            check_hash(node, "frontier: node")
        self.size = size
        # By level; there is a node exactly where the size has a bit.
        self._nodes: dict[int, bytes] = dict(zip(levels, nodes, strict=True))

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, from left to right."""
        return tuple(self._nodes[level] for level in sorted(self._nodes, reverse=True))

    def copy(self) -> Frontier:
        """Give an independent copy, to try an extension on."""
        return Frontier(self.size, self.nodes)

    def append(self, leaf: LeafHash) -> None:
        """Append one leaf."""
        self.extend((leaf,))

    def extend(self, nodes: Sequence[bytes], *, level: int = 0) -> None:
        """Append leaves, or whole subtrees of 2^level leaves each.

        Raises:
            InputError: A node is not 32 bytes long, or the tree so far does not end where such a subtree can begin.
        """
        for _ in self.rise(nodes, level=level):
            pass

    def rise(self, nodes: Sequence[bytes], *, level: int = 0) -> Iterator[tuple[int, Sequence[bytes]]]:
        """Append as `extend` does, and give the new full nodes of every level, lowest first.

        The tree has grown only once all levels were taken.
        """
        if self.size & ((1 << level) - 1):
            msg = f"frontier: found size {self.size}, expected a multiple of {1 << level} to append at level {level}"
            raise InputError(msg)
        if not set(map(len, nodes)) <= {HASH_BYTES}:
            bad = next(node for node in nodes if len(node) != HASH_BYTES)
            check_hash(bad, "frontier: node")
        size = self.size + (len(nodes) << level)
        if size > SIZE_MAX:
            msg = f"frontier: found size {size}, expected at most {SIZE_MAX}"
            raise InputError(msg)
        # Level by level over the whole batch: the loop over nodes runs in one comprehension a level.
        while nodes:
            yield level, nodes
            waiting = self._nodes.pop(level, None)
            if waiting is not None:
                nodes = [waiting, *nodes]
            if len(nodes) & 1:
                self._nodes[level] = nodes[-1]
            nodes = pair_up(nodes)
            level += 1
        self.size = size

    def root(self) -> RootHash:
        """Give the root of the tree so far."""
        if not self._nodes:
            return EMPTY_ROOT
        return RootHash(fold(self.nodes))


def fold(nodes: Sequence[bytes]) -> bytes:
    """Give the root over full subtrees, from left to right, largest first; there is at least one."""
    root = nodes[-1]
    for node in reversed(nodes[:-1]):
        root = node_hash(node, root)
    return root


# -- which ranges a proof consists of -------------------------------------------------------------


def _split(start: int, end: int) -> int:
    """Give where the left part of a tree over this range ends: the largest power of two below its size."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def is_subtree(start: int, end: int) -> bool:
    """Tell whether the range can be proved to belong to a tree: it begins at a multiple of its size, rounded up.

    Source: draft-ietf-plants-merkle-tree-certs, section 4.1. The empty range is one too, and proves nothing.
    """
    if not 0 <= start <= end:
        return False
    return start == end or start % (1 << (end - start - 1).bit_length()) == 0


def subtree_ranges(start: int, end: int, size: int) -> list[Range]:
    """Give the ranges whose hashes prove that the leaves from `start` to `end` belong to the tree of `size`.

    Raises:
        InputError: There is no such proof.

    Source: draft-ietf-plants-merkle-tree-certs, section 4.4.1; for start 0 RFC 9162, section 2.1.4.1, for one leaf
    section 2.1.3.1.
    """
    _check_range(start, end, size)
    if start == end:
        return []
    low, high = 0, size
    outside: list[Range] = []
    known = True
    while (start, end) != (low, high):
        middle = _split(low, high)
        if end <= middle:
            outside.append((middle, high))
            high = middle
        elif middle <= start:
            outside.append((low, middle))
            low = middle
        else:
            # The range reaches over the middle, so it begins where the tree does; its left part is common to both.
            outside.append((low, middle))
            low = start = middle
            known = False
    if not known:
        outside.append((low, high))
    return outside[::-1]


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Give the ranges of an inclusion proof, from the leaf's sibling up.

    Raises:
        InputError: The tree has no such leaf.
    """
    _check_index(index, size)
    return subtree_ranges(index, index + 1, size)


def consistency_ranges(old: int, size: int) -> list[Range]:
    """Give the ranges of a consistency proof; none from size 0, as every tree extends the empty one.

    Raises:
        InputError: The old tree is larger than the new one.
    """
    return subtree_ranges(0, old, size)


def prove(ranges: Iterable[Range], hash_of: Callable[[int, int], bytes]) -> tuple[bytes, ...]:
    """Give the hashes of a proof.

    Args:
        ranges: What `inclusion_ranges` or `consistency_ranges` gave.
        hash_of: Gives the root over the leaves of a range.
    """
    return tuple(hash_of(start, end) for start, end in ranges)


def range_hash(leaves: Sequence[LeafHash]) -> Callable[[int, int], bytes]:
    """Give what hashes ranges of leaves that are in memory."""
    return lambda start, end: root_hash(leaves[start:end])


# -- verification ---------------------------------------------------------------------------------


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        msg = f"inclusion proof: found index {index}, expected one below the tree size {size}"
        raise InputError(msg)


def _check_range(start: int, end: int, size: int) -> None:
    if not 0 <= size <= SIZE_MAX:
        msg = f"proof: found tree size {size}, expected 0 to {SIZE_MAX}"
        raise InputError(msg)
    if end > size:
        msg = f"proof: found {end} leaves, expected at most the tree size {size}"
        raise InputError(msg)
    if not is_subtree(start, end):
        msg = f"proof: leaves {start} to {end} are no subtree"
        raise InputError(msg)


def _check_proof(proof: Sequence[bytes]) -> None:
    if len(proof) > PROOF_HASHES_MAX:
        msg = f"proof: found {len(proof)} hashes, expected at most {PROOF_HASHES_MAX}"
        raise InputError(msg)
    for number, value in enumerate(proof):
        check_hash(value, f"proof: hash {number}")


def _differs(what: str, found: bytes, expected: bytes) -> IntegrityError:
    shown, wanted = base64.b64encode(found).decode(), base64.b64encode(expected).decode()
    return IntegrityError(f"{what}: computed {shown}, expected {wanted}")


def root_from_subtree(start: int, end: int, size: int, node: bytes, proof: Sequence[bytes]) -> RootHash:
    """Give the root of the tree of `size` that a proof leads to, having checked that it leads from `node`.

    Args:
        start: First leaf of the subtree.
        end: One past its last leaf; larger than `start`.
        size: Leaves of the tree.
        node: The root over the subtree.
        proof: Hashes, from the bottom up.

    Raises:
        InputError: It is not a proof for these numbers: a hash of the wrong length, too many or too few of them.
        IntegrityError: The proof does not lead from `node`.

    Source: draft-ietf-plants-merkle-tree-certs, section 4.4.3; with start 0 RFC 9162, section 2.1.4.2.
    """
    _check_range(start, end, size)
    _check_proof(proof)
    expected = len(subtree_ranges(start, end, size))
    if len(proof) != expected:
        msg = f"proof: found {len(proof)} hashes, expected {expected} for leaves {start} to {end} of {size}"
        raise InputError(msg)
    if start == end:
        msg = f"proof: leaves {start} to {end} of {size} are none, so they lead to no root"
        raise InputError(msg)
    if proof:
        # Where nothing is hashed, roots are only compared; what goes into a hash has to have the length of one.
        check_hash(node, "proof: root of the subtree")
    # 1. Climb to where the subtree's own root, or its last full part, stands.
    first, last, end_of_tree = start, end - 1, size - 1
    while first != last and (last == end_of_tree or last & 1):
        first, last, end_of_tree = first >> 1, last >> 1, end_of_tree >> 1
    # 2. Take that as the beginning of both chains: to the subtree's root and to the tree's.
    rest = list(proof)
    if first == last:
        small = large = node
    else:
        small = large = rest.pop(0)
    # 3. Chain the hashes; the number of them was checked, so the top is reached exactly at the end.
    for value in rest:
        if last & 1 or last == end_of_tree:
            if first < last:
                small = node_hash(value, small)
            large = node_hash(value, large)
            while not last & 1:
                first, last, end_of_tree = first >> 1, last >> 1, end_of_tree >> 1
        else:
            large = node_hash(large, value)
        first, last, end_of_tree = first >> 1, last >> 1, end_of_tree >> 1
    # 4. The subtree first: a proof that does not lead from it says nothing about the tree.
    if small != node:
        what = f"consistency proof: root of leaves {start} to {end} differs"
        raise _differs(what, small, node)
    return RootHash(large)


def root_from_inclusion(index: int, size: int, leaf: LeafHash, proof: Sequence[bytes]) -> RootHash:
    """Give the root that an inclusion proof leads to from `leaf`.

    Raises:
        InputError: It is not a proof for this index and size.

    Source: RFC 9162, section 2.1.3.2.
    """
    _check_index(index, size)
    check_hash(leaf, "inclusion proof: leaf hash")
    return root_from_subtree(index, index + 1, size, leaf, proof)


def verify_inclusion(index: int, size: int, leaf: LeafHash, proof: Sequence[bytes], root: RootHash) -> None:
    """Check that `leaf` stands at `index` of the tree of `size` with this root.

    Raises:
        InputError: It is not a proof for this index and size.
        IntegrityError: The proof leads to another root.
    """
    found = root_from_inclusion(index, size, leaf, proof)
    if found != root:
        what = f"inclusion proof: root of leaf {index} in {size} differs"
        raise _differs(what, found, root)


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: RootHash, root: RootHash) -> None:
    """Check that the tree of `size` extends the tree of `old` leaves: nothing removed, nothing changed, same order.

    From size 0 nothing can be proved: a root of size 0 other than the empty one shows that the numbers are wrong, and
    the empty one is extended by every tree. Callers that begin at nothing do not ask.

    Raises:
        InputError: It is not a proof for these sizes; or the old tree is empty and the new one is not.
        IntegrityError: The roots are not those of one growing tree.
    """
    if old > size:
        msg = f"consistency proof: found old size {old}, expected at most the new size {size}"
        raise InputError(msg)
    if old == 0 != size:
        msg = f"consistency proof: found old size 0, expected 1 to {size}; from nothing nothing can be proved"
        raise InputError(msg)
    verify_subtree(0, old, size, proof, old_root, root)
    if size == 0 and root != EMPTY_ROOT:
        what = "consistency proof: root of size 0 differs"
        raise _differs(what, EMPTY_ROOT, root)


def verify_subtree(start: int, end: int, size: int, proof: Sequence[bytes], node: RootHash, root: RootHash) -> None:
    """Check that the subtree of the leaves from `start` to `end` with root `node` belongs to the tree of `size`.

    The empty subtree belongs to every tree; a success then says nothing about `root`.

    Raises:
        InputError: It is not a proof for these numbers.
        IntegrityError: The roots do not belong together.
    """
    _check_range(start, end, size)
    if start == end:
        if proof:
            msg = f"proof: found {len(proof)} hashes, expected 0 for leaves {start} to {end} of {size}"
            raise InputError(msg)
        if node != EMPTY_ROOT:
            what = f"consistency proof: root of leaves {start} to {end} differs"
            raise _differs(what, EMPTY_ROOT, node)
        return
    found = root_from_subtree(start, end, size, RootHash(node), proof)
    if found != root:
        what = f"consistency proof: root of size {size} differs"
        raise _differs(what, found, root)


def verify_subtree_inclusion(
    index: int, start: int, end: int, leaf: LeafHash, proof: Sequence[bytes], node: RootHash
) -> None:
    """Check that `leaf` stands at `index` (of the tree) in the subtree from `start` to `end` with root `node`.

    Raises:
        InputError: It is not a proof for these numbers.
        IntegrityError: The proof leads to another root.

    Source: draft-ietf-plants-merkle-tree-certs, section 4.3.3.
    """
    if not is_subtree(start, end) or end > SIZE_MAX:
        msg = f"proof: leaves {start} to {end} are no subtree"
        raise InputError(msg)
    if not start <= index < end:
        msg = f"inclusion proof: found index {index}, expected {start} to {end - 1}"
        raise InputError(msg)
    verify_inclusion(index - start, end - start, leaf, proof, node)
