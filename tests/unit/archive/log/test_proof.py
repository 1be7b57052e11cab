from __future__ import annotations

import base64

import pytest
from support.logs import KEYS, VECTORS, WITNESS, checkpoint, entries, entry, reader, tile_files

from archive.errors import EvidenceError, InputError, IntegrityError
from archive.log import merkle
from archive.log.checkpoint import log_keys, open_checkpoint, with_signatures
from archive.log.cosignature import cosign
from archive.log.head import TreeHead
from archive.log.proof import Proof, encode_proof, parse_proof, receipt, receipt_entry, verify_proof, verify_receipt
from archive.log.tiles import TileTree

SIZE = 300
FILES = tile_files(entries(SIZE))
TREE = TileTree(SIZE, reader(FILES))
CHECKPOINT = checkpoint(SIZE, TREE.root())
DATA = receipt(entry(41), 41, TREE.inclusion(41), CHECKPOINT)
PROOF = parse_proof(DATA)


def test_the_known_receipt_is_read_verified_and_written_again() -> None:
    data = (VECTORS / "receipt_41.tlog-proof").read_bytes()
    keys = log_keys((VECTORS / "log.vkey").read_text().strip(), (VECTORS / "log-mldsa44.vkey").read_text().strip())
    proof = parse_proof(data)
    assert (proof.index, proof.extra, encode_proof(proof)) == (41, entry(41), data)
    assert verify_receipt(proof, keys).head.size == 70


def test_the_layout_is_that_of_the_specification() -> None:
    lines = DATA.decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", f"extra {base64.b64encode(entry(41)).decode()}", "index 41"]
    assert [base64.b64decode(line) for line in lines[3:12]] == list(TREE.inclusion(41))
    assert "\n".join(lines[13:]).encode() == CHECKPOINT
    assert lines[12] == ""


def test_a_receipt_proves_its_own_entry_and_the_one_of_a_token() -> None:
    assert verify_receipt(PROOF, KEYS).head.size == SIZE
    assert verify_receipt(PROOF, KEYS, entry=entry(41)).head.root == TREE.root()


def test_a_receipt_does_not_prove_another_event() -> None:
    with pytest.raises(IntegrityError) as caught:
        verify_receipt(PROOF, KEYS, entry=entry(42))
    assert caught.value.message.startswith("inclusion proof: root of leaf 41 in 300 differs: computed ")


def test_an_extra_that_was_exchanged_is_found_because_the_proof_leads_from_it() -> None:
    forged = Proof(index=41, hashes=PROOF.hashes, checkpoint=PROOF.checkpoint, extra=entry(42))
    with pytest.raises(IntegrityError):
        verify_receipt(forged, KEYS)


def test_a_moved_index_is_found() -> None:
    moved = Proof(index=40, hashes=PROOF.hashes, checkpoint=PROOF.checkpoint, extra=PROOF.extra)
    with pytest.raises(IntegrityError):
        verify_receipt(moved, KEYS)


@pytest.mark.parametrize("extra", [None, b"short"])
def test_a_bare_proof_needs_the_entry(extra: bytes | None) -> None:
    bare = parse_proof(encode_proof(Proof(index=41, hashes=PROOF.hashes, checkpoint=CHECKPOINT, extra=extra)))
    with pytest.raises(EvidenceError) as caught:
        receipt_entry(bare)
    found = "none" if extra is None else "5 bytes"
    assert caught.value.message == f"receipt: extra: found {found}, expected the entry of 64 bytes"
    assert verify_receipt(bare, KEYS, entry=entry(41)).head.size == SIZE


def test_an_index_beyond_the_checkpoint_is_refused() -> None:
    beyond = Proof(index=SIZE, hashes=PROOF.hashes, checkpoint=CHECKPOINT, extra=PROOF.extra)
    with pytest.raises(InputError) as caught:
        verify_receipt(beyond, KEYS)
    assert caught.value.message == "inclusion proof: found index 300, expected one below the tree size 300"


def test_a_proof_longer_than_the_tree_is_refused() -> None:
    longer = Proof(index=41, hashes=(*PROOF.hashes, bytes(32)), checkpoint=CHECKPOINT, extra=PROOF.extra)
    with pytest.raises(InputError) as caught:
        verify_receipt(parse_proof(encode_proof(longer)), KEYS)
    assert caught.value.message == "proof: found 10 hashes, expected 9 for leaves 41 to 42 of 300"


def test_a_checkpoint_changed_inside_a_receipt_fails() -> None:
    with pytest.raises(IntegrityError):
        verify_receipt(parse_proof(DATA.replace(b"\n300\n", b"\n301\n")), KEYS)


def test_cosignatures_travel_with_a_receipt() -> None:
    head = TreeHead(origin=KEYS.origin, size=SIZE, root=TREE.root())
    cosigned = with_signatures(CHECKPOINT, [cosign(head, WITNESS, timestamp=5)])
    data = receipt(entry(41), 41, TREE.inclusion(41), cosigned)
    opened = verify_receipt(parse_proof(data), KEYS, witnesses=[WITNESS.verifier])
    assert [entry.timestamp for entry in opened.verified if entry.key == WITNESS.verifier] == [5]


def test_a_log_of_one_entry_has_a_receipt_without_hashes() -> None:
    root = merkle.root_hash(merkle.leaf_hashes([entry(0)]))
    proof = parse_proof(receipt(entry(0), 0, (), checkpoint(1, root)))
    assert proof.hashes == ()
    opened = verify_proof(proof, entry(0), lambda data: open_checkpoint(data, KEYS.both))
    assert opened.head.size == 1


HASH = base64.b64encode(bytes(32)).decode()
FIRST = "c2sp.org/tlog-proof@v1"


@pytest.mark.parametrize(
    ("above", "message"),
    [
        ("index 1", "receipt: line 1: found 'index 1', expected 'c2sp.org/tlog-proof@v1'"),
        (f"{FIRST} ", "receipt: line 1: found 'c2sp.org/tlog-proof@v1 ', expected 'c2sp.org/tlog-proof@v1'"),
        (FIRST, "receipt: line 2: found the end, expected index and a number"),
        (f"{FIRST}\n{HASH}", f"receipt: line 2: found '{HASH}', expected index and a number"),
        (f"{FIRST}\nextra AAAA", "receipt: line 3: found the end, expected index and a number"),
        (
            f"{FIRST}\nextra AAAA\nextra AAAA\nindex 1",
            "receipt: line 3: found 'extra AAAA', expected index and a number",
        ),
        (f"{FIRST}\nindex 1\nextra AAAA", "receipt: line 3: hash: found 'extra AAAA', expected canonical base64"),
        (f"{FIRST}\nindex 1\nindex 1", "receipt: line 3: hash: found 'index 1', expected canonical base64"),
        (f"{FIRST}\nextra \nindex 1", "receipt: line 2: extra: found 0 bytes, expected 1 to 65536"),
        (f"{FIRST}\nextra AAB=\nindex 1", "receipt: line 2: extra: found 'AAB=', expected canonical base64"),
        (
            f"{FIRST}\nindex 01",
            "receipt: line 2: index: found '01', expected a decimal number below 2^63 without leading zeros",
        ),
        (
            f"{FIRST}\nindex ",
            "receipt: line 2: index: found '', expected a decimal number below 2^63 without leading zeros",
        ),
        (f"{FIRST}\nindex 1\nAAAA", "receipt: line 3: hash: found 3 bytes, expected 32"),
        (f"{FIRST}\nindex 1\n{HASH}\n{HASH} ", f"receipt: line 4: hash: found '{HASH} ', expected canonical base64"),
        ("\n".join([FIRST, "index 1", *[HASH] * 65]), "receipt: found 65 hashes, expected at most 64"),
    ],
)
def test_what_is_not_a_receipt_in_every_byte_is_refused(above: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_proof(above.encode() + b"\n\n" + CHECKPOINT)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "receipt: found no empty line between proof and checkpoint"),
        (DATA[: DATA.index(b"\n\n")], "receipt: found no empty line between proof and checkpoint"),
        (DATA[: DATA.rindex(b"\n\n") + 1], "receipt: checkpoint: found no empty line between text and signatures"),
        (
            DATA.replace(b"\n", b"\r\n"),
            "receipt: found control character U+000D at character 22, expected only newlines",
        ),
        (DATA + bytes(2**20), f"receipt: found {len(DATA) + 2**20} bytes, expected at most 397312"),
    ],
)
def test_a_damaged_receipt_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_proof(data)
    assert caught.value.message == message


def test_a_receipt_cut_off_anywhere_is_refused() -> None:
    for end in range(0, len(DATA), 7):
        with pytest.raises(InputError):
            parse_proof(DATA[:end])
