from __future__ import annotations

import base64
import struct

import pytest
from support.logs import ED25519, ORIGIN, TIME, VECTORS, WITNESS, WITNESS_MLDSA44

from archive.errors import InputError, IntegrityError
from archive.log.checkpoint import Verified, open_checkpoint
from archive.log.cosignature import cosign, ed25519_message, mldsa44_message, verify_cosignature
from archive.log.head import TreeHead
from archive.log.merkle import RootHash
from archive.log.note import NoteSignature, SigningKey, parse_vkey

HEAD = TreeHead(
    origin="example.com/behind-the-sofa",
    size=20_852_163,
    root=RootHash(base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")),
)
BOTH = [WITNESS, WITNESS_MLDSA44]


def test_the_ed25519_message_is_the_example_of_the_specification() -> None:
    assert ed25519_message(HEAD, 1_679_315_147) == (
        b"cosignature/v1\n"
        b"time 1679315147\n"
        b"example.com/behind-the-sofa\n"
        b"20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_the_mldsa44_message_is_the_structure_of_the_specification() -> None:
    assert mldsa44_message(HEAD, 7, "w.example") == (
        bytes.fromhex("737562747265652f76310a00")
        + b"\x09w.example"
        + struct.pack(">Q", 7)
        + b"\x1bexample.com/behind-the-sofa"
        + struct.pack(">Q", 0)
        + struct.pack(">Q", 20_852_163)
        + HEAD.root
    )


def test_only_the_ed25519_message_covers_extension_lines() -> None:
    extended = TreeHead(origin=HEAD.origin, size=HEAD.size, root=HEAD.root, extensions=("x",))
    assert ed25519_message(extended, 7) == ed25519_message(HEAD, 7) + b"x\n"
    assert mldsa44_message(extended, 7, "w") == mldsa44_message(HEAD, 7, "w")


def test_a_cosignature_of_another_implementation_verifies() -> None:
    key = parse_vkey((VECTORS / "foreign_mldsa44.vkey").read_text())
    opened = open_checkpoint((VECTORS / "foreign_mldsa44.txt").read_bytes(), [key])
    assert (opened.head.size, opened.verified) == (70, (Verified(key=key, timestamp=1_795_546_480),))


@pytest.mark.parametrize("key", BOTH, ids=["ed25519", "mldsa44"])
def test_a_cosignature_gives_its_time(key: SigningKey) -> None:
    signature = cosign(HEAD, key, timestamp=TIME)
    assert len(signature.blob) == {4: 72, 6: 2428}[key.type]
    assert verify_cosignature(signature, key.verifier, HEAD) == TIME


@pytest.mark.parametrize("key", BOTH, ids=["ed25519", "mldsa44"])
@pytest.mark.parametrize("changed", ["origin", "size", "root", "time"])
def test_a_cosignature_holds_for_one_head_and_time_only(key: SigningKey, changed: str) -> None:
    signature = cosign(HEAD, key, timestamp=TIME)
    head = {
        "origin": TreeHead(origin=ORIGIN, size=HEAD.size, root=HEAD.root),
        "size": TreeHead(origin=HEAD.origin, size=HEAD.size + 1, root=HEAD.root),
        "root": TreeHead(origin=HEAD.origin, size=HEAD.size, root=RootHash(bytes(32))),
    }.get(changed, HEAD)
    if changed == "time":
        blob = struct.pack(">Q", TIME + 1) + signature.blob[8:]
        signature = NoteSignature(name=signature.name, id=signature.id, blob=blob)
    with pytest.raises(IntegrityError) as caught:
        verify_cosignature(signature, key.verifier, head)
    assert caught.value.message == f"checkpoint: the signature of {key.verifier.label} does not verify"


def test_the_mldsa44_cosignature_commits_to_its_name() -> None:
    renamed = SigningKey(name="other.example/w", type=WITNESS_MLDSA44.type, private=WITNESS_MLDSA44.private)
    signature = cosign(HEAD, WITNESS_MLDSA44, timestamp=TIME)
    with pytest.raises(IntegrityError):
        verify_cosignature(signature, renamed.verifier, HEAD)


@pytest.mark.parametrize("key", BOTH, ids=["ed25519", "mldsa44"])
@pytest.mark.parametrize("cut", [-1, 1])
def test_a_cosignature_of_another_length_is_refused(key: SigningKey, cut: int) -> None:
    signature = cosign(HEAD, key, timestamp=TIME)
    blob = signature.blob[:-1] if cut < 0 else signature.blob + b"\x00"
    with pytest.raises(InputError) as caught:
        verify_cosignature(NoteSignature(name=key.name, id=signature.id, blob=blob), key.verifier, HEAD)
    size = key.type.signature_bytes
    assert caught.value.message == (
        f"checkpoint: cosignature of {key.verifier.label}: found {size + cut} bytes, expected {size}"
    )


def test_a_time_beyond_the_specification_is_refused() -> None:
    blob = struct.pack(">Q", 2**63) + bytes(64)
    with pytest.raises(InputError) as caught:
        verify_cosignature(NoteSignature(name=WITNESS.name, id=WITNESS.verifier.id, blob=blob), WITNESS.verifier, HEAD)
    assert caught.value.message == (
        f"checkpoint: cosignature of {WITNESS.verifier.label}: found time {2**63}, expected at most {2**63 - 1}"
    )
    for timestamp in (-1, 2**63):
        with pytest.raises(InputError):
            cosign(HEAD, WITNESS, timestamp=timestamp)


def test_a_log_key_does_not_cosign() -> None:
    with pytest.raises(InputError) as caught:
        cosign(HEAD, ED25519, timestamp=TIME)
    assert (
        caught.value.message == f"cosignature: found key {ED25519.verifier.label} of type 0x01, expected 0x04 or 0x06"
    )


def test_an_origin_too_long_for_the_structure_is_refused() -> None:
    head = TreeHead(origin="x" * 256, size=1, root=HEAD.root)
    with pytest.raises(InputError) as caught:
        cosign(head, WITNESS_MLDSA44, timestamp=TIME)
    assert caught.value.message == "ML-DSA-44 cosignature: found origin of 256 bytes, expected 1 to 255"
