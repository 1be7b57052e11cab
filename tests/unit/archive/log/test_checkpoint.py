from __future__ import annotations

import base64

import pytest
from support.logs import (
    ED25519,
    KEYS,
    MLDSA44,
    ORIGIN,
    TIME,
    VECTORS,
    WITNESS,
    WITNESS_MLDSA44,
    checkpoint,
    entries,
    signing_key,
)

from archive.errors import EvidenceError, InputError, IntegrityError
from archive.log import merkle
from archive.log.checkpoint import (
    log_keys,
    only_signatures,
    open_checkpoint,
    open_own,
    sign_checkpoint,
    with_signatures,
)
from archive.log.cosignature import cosign
from archive.log.head import TreeHead, parse_head
from archive.log.note import SignatureType, encode_note, parse_note, parse_vkey

ROOT = merkle.root_hash(merkle.leaf_hashes(entries(70)))
HEAD = TreeHead(origin=ORIGIN, size=70, root=ROOT)
DATA = checkpoint(70, ROOT)
B64 = base64.b64encode(ROOT).decode()


def test_the_known_checkpoint_opens_and_is_made_again() -> None:
    data = (VECTORS / "checkpoint_70.txt").read_bytes()
    keys = log_keys((VECTORS / "log.vkey").read_text().strip(), (VECTORS / "log-mldsa44.vkey").read_text().strip())
    witness = parse_vkey((VECTORS / "witness.vkey").read_text().strip())
    opened = open_own(data, keys, witnesses=[witness])
    assert opened.head == HEAD
    assert [(entry.key, entry.timestamp) for entry in opened.verified] == [
        (keys.ed25519, None),
        (keys.mldsa44, TIME),
        (witness, TIME + 1),
    ]
    # Ed25519 is deterministic, so its line is the same whoever writes it.
    signer = signing_key(ORIGIN, SignatureType.ED25519, "log ed25519")
    assert signer.verifier == keys.ed25519
    assert signer.sign(HEAD.text).line.encode() in data


def test_the_example_of_the_specification_is_read() -> None:
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = parse_head(text)
    assert (head.origin, head.size, head.extensions, head.text) == ("example.com/behind-the-sofa", 20_852_163, (), text)


def test_a_checkpoint_of_ours_has_two_lines_of_the_log() -> None:
    opened = open_own(DATA, KEYS)
    assert (opened.head, opened.data) == (HEAD, DATA)
    assert [entry.key for entry in opened.verified] == [KEYS.ed25519, KEYS.mldsa44]


@pytest.mark.parametrize("missing", [0, 1])
def test_our_verifier_demands_both_signatures_and_others_need_one(missing: int) -> None:
    note = parse_note(DATA)
    data = encode_note(note.text, [s for at, s in enumerate(note.signatures) if at != missing])
    with pytest.raises(EvidenceError) as caught:
        open_own(data, KEYS)
    have, lack = KEYS.both[1 - missing].label, KEYS.both[missing].label
    assert caught.value.message == f"checkpoint: found signatures of {have}, expected one of {lack} too"
    assert open_checkpoint(data, KEYS.both).head == HEAD


@pytest.mark.parametrize("line", [0, 1])
def test_a_flipped_bit_in_either_signature_fails(line: int) -> None:
    note = parse_note(DATA)
    signatures = list(note.signatures)
    blob = bytearray(signatures[line].blob)
    blob[-1] ^= 1
    signatures[line] = type(signatures[line])(name=ORIGIN, id=signatures[line].id, blob=bytes(blob))
    with pytest.raises(IntegrityError) as caught:
        open_own(encode_note(note.text, signatures), KEYS)
    assert caught.value.message == f"checkpoint: the signature of {KEYS.both[line].label} does not verify"


def test_a_changed_size_fails_both_signatures() -> None:
    for keys in ([KEYS.ed25519], [KEYS.mldsa44]):
        with pytest.raises(IntegrityError):
            open_checkpoint(DATA.replace(b"\n70\n", b"\n71\n"), keys)


def test_a_changed_time_fails() -> None:
    note = parse_note(DATA)
    ed25519, mldsa44 = note.signatures
    moved = type(mldsa44)(name=mldsa44.name, id=mldsa44.id, blob=(TIME + 1).to_bytes(8) + mldsa44.blob[8:])
    with pytest.raises(IntegrityError):
        open_own(encode_note(note.text, [ed25519, moved]), KEYS)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    stranger = signing_key(ORIGIN, SignatureType.ED25519, "stranger")
    data = with_signatures(DATA, [stranger.sign(b"something else\n")])
    assert open_own(data, KEYS).head == HEAD


def test_a_bad_signature_of_a_known_witness_refuses_the_whole() -> None:
    other = TreeHead(origin=ORIGIN, size=71, root=ROOT)
    data = with_signatures(DATA, [cosign(other, WITNESS, timestamp=TIME)])
    assert open_own(data, KEYS).head == HEAD
    with pytest.raises(IntegrityError):
        open_own(data, KEYS, witnesses=[WITNESS.verifier])


def test_a_second_line_of_a_known_key_is_refused() -> None:
    note = parse_note(DATA)
    data = encode_note(note.text, [*note.signatures, note.signatures[0]])
    with pytest.raises(InputError) as caught:
        open_own(data, KEYS)
    assert caught.value.message == f"checkpoint: found 2 signature lines of {KEYS.ed25519.label}, expected one"


def test_a_checkpoint_without_any_known_signature_proves_nothing() -> None:
    with pytest.raises(EvidenceError):
        open_checkpoint(DATA, [WITNESS.verifier])


def test_another_origin_under_the_keys_of_the_log_is_a_deviation() -> None:
    head = TreeHead(origin="other.example/log", size=70, root=ROOT)
    data = encode_note(head.text, [ED25519.sign(head.text), cosign(head, MLDSA44, timestamp=TIME)])
    with pytest.raises(IntegrityError) as caught:
        open_own(data, KEYS)
    assert caught.value.message == f"checkpoint: found origin 'other.example/log', expected '{ORIGIN}'"


def test_extension_lines_of_others_are_read_and_ours_have_none() -> None:
    head = TreeHead(origin=ORIGIN, size=70, root=ROOT, extensions=("x", "y"))
    data = encode_note(head.text, [ED25519.sign(head.text), cosign(head, MLDSA44, timestamp=TIME)])
    assert open_checkpoint(data, KEYS.both).head.extensions == ("x", "y")
    with pytest.raises(InputError) as caught:
        open_own(data, KEYS)
    assert caught.value.message == "checkpoint: found 2 extension lines, expected none"
    with pytest.raises(InputError):
        sign_checkpoint(head, ed25519=ED25519, mldsa44=MLDSA44, timestamp=TIME)


def test_the_empty_tree_has_a_checkpoint() -> None:
    assert open_own(checkpoint(0, merkle.EMPTY_ROOT), KEYS).head.size == 0


def test_keys_of_another_origin_do_not_sign() -> None:
    with pytest.raises(InputError):
        checkpoint(70, ROOT, origin="other.example/log")


def test_an_origin_that_would_break_the_text_is_not_signed() -> None:
    origin = "two\nlines"
    keys = [signing_key(ORIGIN, kind) for kind in (SignatureType.ED25519, SignatureType.COSIGNATURE_MLDSA44)]
    with pytest.raises(InputError):
        sign_checkpoint(TreeHead(origin=origin, size=1, root=ROOT), ed25519=keys[0], mldsa44=keys[1], timestamp=TIME)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "checkpoint: found 0 lines, expected origin, size and root"),
        (b"o\n1\n", "checkpoint: found 2 lines, expected origin, size and root"),
        (f"o\n1\n{B64}".encode(), "checkpoint: found a last line without newline"),
        (f"\n1\n{B64}\n".encode(), "checkpoint: line 1: found an empty line"),
        (f"o\n1\n{B64}\n\n".encode(), "checkpoint: line 4: found an empty line"),
        (
            f"o\n01\n{B64}\n".encode(),
            "checkpoint: line 2: size: found '01', expected a decimal number below 2^63 without leading zeros",
        ),
        (
            f"o\n{2**63}\n{B64}\n".encode(),
            f"checkpoint: line 2: size: found '{2**63}', expected a decimal number below 2^63 without leading zeros",
        ),
        (
            f"o\n{B64}\n1\n".encode(),
            f"checkpoint: line 2: size: found '{B64}', expected a decimal number below 2^63 without leading zeros",
        ),
        (b"o\n1\nAAAA\n", "checkpoint: line 3: root: found 3 bytes, expected 32"),
        (b"o\n1\n" + b"A" * 42 + b"B=\n", f"checkpoint: line 3: root: found '{'A' * 42}B=', expected canonical base64"),
        (f"o\n1\n{B64} \n".encode(), f"checkpoint: line 3: root: found '{B64} ', expected canonical base64"),
    ],
)
def test_what_is_not_a_tree_head_in_every_byte_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_head(text)
    assert caught.value.message == message


def test_a_newer_cosignature_takes_the_place_of_the_older() -> None:
    first = with_signatures(DATA, [cosign(HEAD, WITNESS, timestamp=TIME), cosign(HEAD, WITNESS_MLDSA44, timestamp=0)])
    second = with_signatures(first, [cosign(HEAD, WITNESS, timestamp=TIME + 60)])
    opened = open_own(second, KEYS, witnesses=[WITNESS.verifier, WITNESS_MLDSA44.verifier])
    assert [(entry.key.type, entry.timestamp) for entry in opened.verified[2:]] == [(6, None), (4, TIME + 60)]
    # What was signed stays byte for byte, and what a witness is sent is the log's own two lines.
    assert second.startswith(DATA)
    assert only_signatures(second, KEYS.both) == DATA


def test_a_witness_is_not_sent_a_checkpoint_without_the_log_s_lines() -> None:
    with pytest.raises(InputError):
        only_signatures(DATA, [WITNESS.verifier])


def test_keys_of_two_logs_are_no_pair() -> None:
    other = signing_key("other.example/log", SignatureType.COSIGNATURE_MLDSA44).verifier
    with pytest.raises(InputError) as caught:
        log_keys(KEYS.ed25519, other)
    assert caught.value.message == f"log keys: found the names {ORIGIN} and other.example/log, expected the same origin"
    with pytest.raises(InputError) as caught:
        log_keys(KEYS.mldsa44, KEYS.ed25519)
    assert caught.value.message == f"log key {KEYS.mldsa44.label}: found signature type 0x06, expected 0x01"
