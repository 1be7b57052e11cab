from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logs import KEYS, TIME, WITNESS, checkpoint, entries, entry, reader, tile_files

from archive.errors import EvidenceError, InputError, IntegrityError
from archive.log import merkle
from archive.log.checkpoint import open_own, with_signatures
from archive.log.cosignature import cosign
from archive.log.head import TreeHead, parse_head
from archive.log.note import parse_note, parse_signatures, parse_vkey
from archive.log.policy import parse_policy
from archive.log.proof import Proof, encode_proof, parse_proof, receipt, verify_receipt
from archive.log.tiles import TileTree, parse_bundle, parse_path

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 300
FILES = tile_files(entries(SIZE))
TREE = TileTree(SIZE, reader(FILES))
CHECKPOINT = checkpoint(SIZE, TREE.root())
COSIGNED = with_signatures(
    CHECKPOINT, [cosign(TreeHead(origin=KEYS.origin, size=SIZE, root=TREE.root()), WITNESS, timestamp=TIME)]
)
RECEIPT = receipt(entry(41), 41, TREE.inclusion(41), COSIGNED)
POLICY = "".join(
    [*(f"log {key.vkey}\n" for key in KEYS.both), f"witness w {WITNESS.verifier.vkey}\ngroup g any w\nquorum g\n"]
).encode()
REFUSED = (EvidenceError, InputError, IntegrityError)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Give the bytes with a few changed, removed, doubled or inserted."""
    result = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(result) - 1))
        end = draw(st.integers(at, min(len(result), at + 100)))
        match draw(st.sampled_from(["change", "remove", "double", "insert"])):
            case "change":
                result[at] ^= draw(st.integers(1, 255))
            case "remove":
                del result[at:end]
            case "double":
                result[at:at] = result[at:end]
            case _:
                result[at:at] = draw(st.sampled_from([b"\n", b" ", b"\x00", b"=", "\u2014".encode(), b"\xff"]))
        if not result:
            return b""
    return bytes(result)


@given(damaged(COSIGNED))
def test_a_damaged_checkpoint_never_opens_as_something_else(data: bytes) -> None:
    try:
        opened = open_own(data, KEYS, witnesses=[WITNESS.verifier])
    except REFUSED:
        return
    # Only the witness's line can go without breaking the log's own; and damage may have undone itself.
    assert opened.head == TreeHead(origin=KEYS.origin, size=SIZE, root=TREE.root())
    assert data.startswith(CHECKPOINT)


@given(damaged(RECEIPT))
def test_a_damaged_receipt_never_proves_another_entry(data: bytes) -> None:
    try:
        proof = parse_proof(data)
        verify_receipt(proof, KEYS, witnesses=[WITNESS.verifier])
    except REFUSED:
        return
    assert (proof.index, proof.extra) == (41, entry(41))
    assert CHECKPOINT in data


@given(damaged(POLICY))
def test_a_damaged_policy_is_read_or_refused(data: bytes) -> None:
    try:
        policy = parse_policy(data)
    except InputError:
        return
    assert {log.key for log in policy.logs} <= set(KEYS.both)
    assert {witness.key for witness in policy.witnesses} <= {WITNESS.verifier}


@pytest.mark.parametrize("parse", [parse_note, parse_signatures, parse_head, parse_proof, parse_policy, parse_bundle])
@given(data=st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_message(parse: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        parse(data)
    assert ": " in caught.value.message


@pytest.mark.parametrize("parse", [parse_vkey, parse_path])
@given(text=st.text(max_size=100))
def test_any_text_is_refused_with_a_message(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert ": " in caught.value.message


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=merkle.PROOF_HASHES_MAX),
    st.none() | st.binary(min_size=1, max_size=100),
)
def test_reading_a_receipt_inverts_writing_it(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    proof = Proof(index=index, hashes=tuple(hashes), checkpoint=CHECKPOINT, extra=extra)
    assert parse_proof(encode_proof(proof)) == proof
