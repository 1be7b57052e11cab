"""Independent implementations have to accept what the log writes. They are looked up, not required."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from support.logs import ED25519, KEYS, checkpoint, entries, reader, tile_files

from archive.log import merkle
from archive.log.proof import parse_proof, receipt
from archive.log.tiles import TileTree

pytestmark = pytest.mark.interop

SIZE = 700
ENTRIES = entries(SIZE)
FILES = tile_files(ENTRIES)
TREE = TileTree(SIZE, reader(FILES))
CHECKPOINT = checkpoint(SIZE, TREE.root())


def library(name: str) -> Any:  # noqa: ANN401  # a module that need not be there
    return pytest.importorskip(name, reason=f"interop: {name} is not installed, so nothing independent was asked")


def test_pymerkle_computes_the_same_roots_and_accepts_our_growth() -> None:
    pymerkle = library("pymerkle")
    tree = pymerkle.InmemoryTree.init_from_entries(ENTRIES, algorithm="sha256")
    for size in (1, 2, 255, 256, 257, 513, SIZE):
        assert tree.get_root(size) == merkle.root_hash(merkle.leaf_hashes(ENTRIES[:size]))
    for old in (1, 2, 255, 256, 257, 513):
        proof = tree.prove_consistency(old, SIZE)
        pymerkle.verify_consistency(tree.get_root(old), tree.get_root(SIZE), proof)


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 698, 699])
def test_sigstore_accepts_our_receipts_and_no_other_entry(index: int) -> None:
    module = library("sigstore._internal.merkle")
    errors = library("sigstore.errors")
    proof = parse_proof(receipt(ENTRIES[index], index, TREE.inclusion(index), CHECKPOINT))

    def claim(body: bytes) -> Any:  # noqa: ANN401  # stands for an entry of its own
        inclusion = SimpleNamespace(
            log_index=proof.index, tree_size=SIZE, hashes=list(proof.hashes), root_hash=TREE.root()
        )
        return SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=inclusion, canonicalized_body=body))

    module.verify_merkle_inclusion(claim(ENTRIES[index]))
    with pytest.raises(errors.VerificationError):
        module.verify_merkle_inclusion(claim(ENTRIES[index - 1]))


def test_sigstore_reads_our_checkpoint_and_verifies_its_ed25519_line() -> None:
    module = library("sigstore._internal.rekor.checkpoint")
    signed = module.SignedCheckpoint.from_text(CHECKPOINT.decode())
    assert (signed.checkpoint.origin, signed.checkpoint.log_size) == (KEYS.origin, SIZE)
    assert signed.checkpoint.log_hash == TREE.root().hex()
    asked: list[bytes] = []

    def verify(*, key_id: bytes, signature: bytes, data: bytes) -> None:
        asked.append(key_id)
        ED25519.private.public_key().verify(signature, data)

    signed.signed_note.verify(SimpleNamespace(verify=verify), KEYS.ed25519.id)
    assert asked == [KEYS.ed25519.id]
    assert base64.b64decode(signed.signed_note.signatures[1].signature)[8:]
