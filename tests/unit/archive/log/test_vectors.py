from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.logs import VECTORS
from support.shared import shared_data

from archive.errors import InputError, IntegrityError
from archive.log import merkle
from archive.log.merkle import LeafHash, RootHash

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = {"inclusion": 98, "consistency": 98, "subtreeinclusion": 204, "subtreeconsistency": 118}
ACCEPTED = {"inclusion": 6, "consistency": 6, "subtreeinclusion": 12, "subtreeconsistency": 12}


class Vector(msgspec.Struct, rename="camel"):
    """One file of transparency-dev/merkle; which members it has depends on its folder."""

    want_err: bool
    proof: list[bytes] | None
    leaf_idx: int = 0
    tree_size: int = 0
    start: int = 0
    end: int = 0
    size: int = 0
    size1: int = 0
    size2: int = 0
    leaf_hash: bytes = b""
    root: bytes = b""
    root1: bytes = b""
    root2: bytes = b""


def verify(kind: str, v: Vector) -> None:
    proof = v.proof or []
    match kind:
        case "inclusion":
            merkle.verify_inclusion(v.leaf_idx, v.tree_size, LeafHash(v.leaf_hash), proof, RootHash(v.root))
        case "consistency":
            merkle.verify_consistency(v.size1, v.size2, proof, RootHash(v.root1), RootHash(v.root2))
        case "subtreeinclusion":
            leaf = LeafHash(v.leaf_hash)
            merkle.verify_subtree_inclusion(v.leaf_idx, v.start, v.end, leaf, proof, RootHash(v.root))
        case _:
            merkle.verify_subtree(v.start, v.end, v.size, proof, RootHash(v.root1), RootHash(v.root2))


def refused(kind: str, path: Path) -> tuple[bool, bool]:
    vector = msgspec.json.decode(path.read_bytes(), type=Vector)
    try:
        verify(kind, vector)
    except (InputError, IntegrityError):
        return True, vector.want_err
    return False, vector.want_err


@pytest.mark.parametrize("kind", COUNTS)
def test_every_vector_of_transparency_dev_gets_its_verdict(kind: str) -> None:
    files = sorted(shared_data("merkle-vectors", kind).rglob("*.json"))
    verdicts = {path: refused(kind, path) for path in files}
    wrong = [path.relative_to(path.parents[1]) for path, (found, expected) in verdicts.items() if found != expected]
    assert (wrong, len(files)) == ([], COUNTS[kind])
    assert sum(not expected for _, expected in verdicts.values()) == ACCEPTED[kind]


# -- our own known answers, made without this package ---------------------------------------------


def test_roots_and_proofs_of_the_tree_of_70_are_the_known_ones() -> None:
    tree = json.loads((VECTORS / "tree_70_entries.json").read_text())
    leaves = merkle.leaf_hashes(bytes.fromhex(value) for value in tree["entries"])
    roots = [RootHash(base64.b64decode(value)) for value in tree["roots"]]
    hash_of = merkle.range_hash(leaves)
    assert [merkle.root_hash(leaves[:size]) for size in range(71)] == roots
    for case in tree["inclusion"]:
        index, size, proof = case["index"], case["size"], tuple(base64.b64decode(value) for value in case["proof"])
        assert merkle.prove(merkle.inclusion_ranges(index, size), hash_of) == proof
        merkle.verify_inclusion(index, size, leaves[index], proof, roots[size])
    for case in tree["consistency"]:
        old, size, proof = case["old"], case["size"], tuple(base64.b64decode(value) for value in case["proof"])
        assert merkle.prove(merkle.consistency_ranges(old, size), hash_of) == proof
        merkle.verify_consistency(old, size, proof, roots[old], roots[size])
