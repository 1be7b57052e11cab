from __future__ import annotations

import base64

import pytest
from support.logs import ED25519, ORIGIN, VECTORS, signing_key

from archive.errors import InputError, IntegrityError
from archive.log import note
from archive.log.note import SignatureType

# C2SP signed-note, section "Verifier keys".
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
CAPITALS = EXAMPLE_KEY.replace("530d903a", "530D903A")
TEXT = b"a text\n\nwith an empty line\n"
NOTE = note.encode_note(TEXT, [note.sign_note(TEXT, ED25519)])


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        note.parse_note(data)
    return caught.value.message


def test_the_example_of_the_specification_verifies() -> None:
    key = note.parse_vkey(EXAMPLE_KEY)
    parsed = note.parse_note((VECTORS / "signed_note_example.txt").read_bytes())
    assert (key.name, key.id.hex(), key.vkey) == ("example.com/foo", "530d903a", EXAMPLE_KEY)
    assert parsed.text == b"This is an example message.\n"
    note.verify_note(parsed, key)


def test_the_last_empty_line_separates_text_and_signatures() -> None:
    parsed = note.parse_note(NOTE)
    assert parsed.text == TEXT
    note.verify_note(parsed, ED25519.verifier)


def test_a_changed_text_fails() -> None:
    with pytest.raises(IntegrityError) as caught:
        note.verify_note(note.parse_note(b"A" + NOTE[1:]), ED25519.verifier)
    assert caught.value.message == f"note: the signature of {ED25519.verifier.label} does not verify"


def test_a_key_of_the_same_name_and_another_id_is_another_key() -> None:
    other = signing_key(ORIGIN, SignatureType.ED25519, "other").verifier
    with pytest.raises(InputError) as caught:
        note.verify_note(note.parse_note(NOTE), other)
    assert caught.value.message == f"note: found no signature of {other.label}"


def test_two_lines_of_one_key_are_refused() -> None:
    signature = note.sign_note(TEXT, ED25519)
    parsed = note.parse_note(note.encode_note(TEXT, [signature, signature]))
    with pytest.raises(InputError) as caught:
        note.verify_note(parsed, ED25519.verifier)
    assert caught.value.message == f"note: found 2 signature lines of {ED25519.verifier.label}, expected one"


def test_sixteen_signatures_of_post_quantum_size_are_taken() -> None:
    lines = "".join(f"\u2014 n{i} {base64.b64encode(bytes(5000)).decode()}\n" for i in range(16))
    assert len(note.parse_note(b"t\n\n" + lines.encode()).signatures) == 16


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "note: found no empty line between text and signatures"),
        (b"t\n", "note: found no empty line between text and signatures"),
        (b"\n\n\xe2\x80\x94 n AAAAAAE=\n", "note: found no empty line between text and signatures"),
        (b"t\n\n", "note: found nothing, expected signature lines that end in newline"),
        (
            b"t\n\n\xe2\x80\x94 n AAAAAAE=",
            "note: found '\\u2014 n AAAAAAE=' at the end, expected signature lines that end in newline",
        ),
        (
            b"t\r\n\n\xe2\x80\x94 n AAAAAAE=\n",
            "note: found control character U+000D at character 1, expected only newlines",
        ),
        (
            b"t\t\n\n\xe2\x80\x94 n AAAAAAE=\n",
            "note: found control character U+0009 at character 1, expected only newlines",
        ),
        (b"t\x00\n\n", "note: found control character U+0000 at character 1, expected only newlines"),
        (b"t\xff\n\n", "note: found byte 0xff at offset 1, expected UTF-8"),
        (b"t" * (256 * 1024 + 1), "note: found 262145 bytes, expected at most 262144"),
        (
            b"t\n\n" + b"\xe2\x80\x94 n AAAAAAE=\n" * 65,
            "note: found 65 signature lines, expected at most 64",
        ),
        (
            b"t\n\n- n AAAAAE=\n",
            "note: signature line 1: found '- n AAAAAE=', expected an em dash, a space, a key name, a space and base64",
        ),
        (
            b"t\n\n\xe2\x80\x94 n\n",
            "note: signature line 1: found '\\u2014 n', expected an em dash, a space, a key name, a space and base64",
        ),
        (
            b"t\n\n\xe2\x80\x94  AAAAAAE=\n",
            "note: signature line 1: found an empty name, expected a key name without spaces and plus",
        ),
        (
            b"t\n\n\xe2\x80\x94 a+b AAAAAAE=\n",
            "note: signature line 1: found U+002B in 'a+b', expected a key name without spaces and plus",
        ),
        (
            "t\n\n\u2014 a\u2003b AAAAAAE=\n".encode(),
            "note: signature line 1: found U+2003 in 'a\\u2003b', expected a key name without spaces and plus",
        ),
        (b"t\n\n\xe2\x80\x94 n  AAAAAAE=\n", "note: signature line 1: found ' AAAAAAE=', expected canonical base64"),
        (b"t\n\n\xe2\x80\x94 n AAAAAAE= \n", "note: signature line 1: found 'AAAAAAE= ', expected canonical base64"),
        (b"t\n\n\xe2\x80\x94 n AAAAAAF=\n", "note: signature line 1: found 'AAAAAAF=', expected canonical base64"),
        (b"t\n\n\xe2\x80\x94 n AAAAAAE\n", "note: signature line 1: found 'AAAAAAE', expected canonical base64"),
        (b"t\n\n\xe2\x80\x94 n AAAA_-E=\n", "note: signature line 1: found 'AAAA_-E=', expected canonical base64"),
        (
            b"t\n\n\xe2\x80\x94 n AAAAAA==\n",
            "note: signature line 1: found 4 bytes, expected a key id of 4 bytes and a signature",
        ),
    ],
)
def test_what_is_not_a_note_in_every_byte_is_refused(data: bytes, message: str) -> None:
    assert refusal(data) == message


def test_a_truncated_note_is_refused_or_loses_whole_lines() -> None:
    for end in range(len(NOTE)):
        assert refusal(NOTE[:end])


def test_a_text_without_newline_cannot_be_signed() -> None:
    with pytest.raises(InputError):
        note.encode_note(b"text", [note.sign_note(b"text", ED25519)])


def test_a_text_that_ends_in_an_empty_line_can_be_signed() -> None:
    text = b"text\n\n"
    assert note.parse_note(note.encode_note(text, [note.sign_note(text, ED25519)])).text == text


@pytest.mark.parametrize(
    ("vkey", "message"),
    [
        ("", "verifier key: found '', expected <name>+<8 hex digits>+<base64>"),
        (
            EXAMPLE_KEY + "\n",
            f"verifier key: found '{EXAMPLE_KEY[:61]}...', expected <name>+<8 hex digits>+<base64>",
        ),
        (
            CAPITALS,
            f"verifier key: found '{CAPITALS[:61]}...', expected <name>+<8 hex digits>+<base64>",
        ),
        (
            EXAMPLE_KEY.replace("530d903a", "530d903b"),
            "verifier key example.com/foo: found id 530d903b, expected 530d903a for this name and key",
        ),
        (
            EXAMPLE_KEY.replace("Aeky", "Aekz"),
            "verifier key example.com/foo: found id 530d903a, expected cb406d01 for this name and key",
        ),
        ("n+00000000+AQ==", "verifier key n: found a public key of 0 bytes, expected 32"),
        ("n+00000000+Ag==", "verifier key 'n': found signature type 0x02, expected one of 0x01, 0x04, 0x06"),
        ("n+00000000+AR==", "verifier key 'n': found 'AR==', expected canonical base64"),
        ("+00000000+AQ==", "verifier key: found an empty name, expected a key name without spaces and plus"),
        ("a b+00000000+AQ==", "verifier key: found U+0020 in 'a b', expected a key name without spaces and plus"),
        ("é" * 128 + "+00000000+AQ==", "verifier key: found a key name of 256 bytes, expected at most 255"),
    ],
)
def test_a_verifier_key_that_is_none_is_refused(vkey: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        note.parse_vkey(vkey)
    assert caught.value.message == message


@pytest.mark.parametrize("kind", list(SignatureType))
def test_a_verifier_key_survives_its_text_form(kind: SignatureType) -> None:
    key = signing_key("name.example/x", kind).verifier
    assert note.parse_vkey(key.vkey) == key


def test_one_key_under_another_type_has_another_id() -> None:
    ids = {
        signing_key("n", kind, "one secret").verifier.id
        for kind in (SignatureType.ED25519, SignatureType.COSIGNATURE_ED25519)
    }
    assert len(ids) == 2


@pytest.mark.parametrize("text", ["", "00", "01", "+1", "-1", "1 ", "0x1", "1e3", "٣", str(2**63), "1" * 30])
def test_a_number_has_one_spelling(text: str) -> None:
    with pytest.raises(InputError) as caught:
        note.decode_decimal(text, "size")
    assert caught.value.message == (f"size: found {text!a}, expected a decimal number below 2^63 without leading zeros")


def test_the_largest_number_is_taken() -> None:
    assert (note.decode_decimal("0", "size"), note.decode_decimal(str(2**63 - 1), "size")) == (0, 2**63 - 1)
