from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from archive.disclosure import (
    EMPTY_ROW,
    ROW_SIZE_MAX,
    SALT_SIZE,
    DisclosureError,
    base64url_decode,
    base64url_encode,
    canonical,
    digest_of,
    join,
    make,
    read,
    refuse_characters,
    refuse_values,
    require_canonical,
    split,
)
from archive.errors import InputError

SALT = bytes(range(SALT_SIZE))


# -- base64url ------------------------------------------------------------------------------------


def test_every_byte_string_has_one_spelling() -> None:
    for data in (b"", b"\x00", b"\xff\xff", b"\xfb\xef\xbe", bytes(range(256))):
        text = base64url_encode(data)
        assert text == base64.urlsafe_b64encode(data).rstrip(b"=")
        assert base64url_decode(text, what="x") == data


def test_of_all_texts_of_two_and_three_characters_those_without_unused_bits_are_read() -> None:
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for head, bits in ((b"A", 16), (b"AA", 4)):
        read_ones = []
        for last in alphabet:
            text = head + bytes([last])
            try:
                data = base64url_decode(text, what="x")
            except InputError:
                continue
            assert base64url_encode(data) == text
            read_ones.append(last)
        assert len(read_ones) == 64 // bits


@pytest.mark.parametrize(
    "text", [b"A", b"AAAAA", b"AA=", b"AA==", b"A+", b"A/", b"A ", b"AA\n", b"\xc3\xa4", b"AB", b"AAB"]
)
def test_other_spellings_are_refused(text: bytes) -> None:
    with pytest.raises(InputError, match=r"^header: not canonical base64url$"):
        base64url_decode(text, what="header")


# -- canonical form and characters ----------------------------------------------------------------


def test_canonical_form_sorts_names_by_code_unit_and_writes_no_space() -> None:
    assert canonical({"b": 1, "a": [True, None, -5], "_": 'ä\n"\\/\u2028'}) == (
        '{"_":"ä\\n\\"\\\\/\u2028","a":[true,null,-5],"b":1}'.encode()
    )


@pytest.mark.parametrize(
    "raw",
    [b'"\\u0001"', b'"\\b"', b'"\\f"', b'"a\\\\\\u001b"', "\ufffe".encode(), "x\uffff".encode()],
)
def test_character_that_no_export_could_carry_is_found(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"^here: a character that no export could carry at byte \d$"):
        refuse_characters(raw, what="here")


@pytest.mark.parametrize(
    "raw", [b'"\\\\u0001"', b'"\\\\b"', b'"\\t\\n\\r"', b'"\\\\\\\\f"', "\ufffd\ufdd0\x7f\x85".encode()]
)
def test_character_that_only_looks_so_is_left_alone(raw: bytes) -> None:
    refuse_characters(raw, what="here")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (1.0, "a number with a fraction or exponent; decimals are text"),
        (2**53, "the integer 9007199254740992 is outside -(2^53-1) to 2^53-1"),
        (-(2**53), "the integer -9007199254740992 is outside -(2^53-1) to 2^53-1"),
        ({"ä": 1}, "the name 'ä' is not ASCII"),
        ([{"_sd": []}], "the name '_sd' is reserved (RFC 9901)"),
        ([{"_sd_alg": ""}], "the name '_sd_alg' is reserved (RFC 9901)"),
        ([{"...": ""}], "the name '...' is reserved (RFC 9901)"),
    ],
)
def test_value_that_not_every_reader_takes_alike_is_refused(value: object, fault: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(f'here: {fault}')}$"):
        refuse_values(value, what="here")


def test_largest_and_smallest_integer_and_the_deepest_nesting_are_taken() -> None:
    deepest: object = "x"
    for _ in range(31):
        deepest = [deepest]

    refuse_values([2**53 - 1, -(2**53) + 1, True, None, "ä"], what="here")
    refuse_values(deepest, what="here")
    with pytest.raises(InputError, match=r"^here: nested deeper than 32 levels$"):
        refuse_values([deepest], what="here")


def test_json_that_would_exhaust_the_stack_is_refused() -> None:
    with pytest.raises(InputError, match=r"^here: nested deeper than 32 levels$"):
        require_canonical(b"[" * 100_000 + b"]" * 100_000, what="here")


@pytest.mark.parametrize(
    "raw", [b'{"b":1,"a":1}', b'{"a":1,"a":1}', b"[1, 2]", b"-0", b'"\\/"', b'"\\u00e4"', b" 1", b"1\n"]
)
def test_other_spelling_of_a_value_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"^here: not in canonical form \(RFC 8785\)$"):
        require_canonical(raw, what="here")


# -- one disclosure -------------------------------------------------------------------------------


def test_disclosure_is_salt_name_and_value_and_its_digest_is_over_the_text() -> None:
    disclosure = make("votes", b'["yes"]', salt=SALT)

    assert json.loads(base64url_decode(disclosure.encoded, what="x")) == ["AAECAwQFBgcICQoLDA0ODw", "votes", ["yes"]]
    assert disclosure.digest == base64url_encode(hashlib.sha256(disclosure.encoded).digest()).decode()
    assert disclosure.digest == digest_of(disclosure.encoded)
    assert read(disclosure.encoded) == disclosure


def test_same_value_under_another_salt_has_another_digest() -> None:
    assert make("votes", b"[]", salt=SALT).digest != make("votes", b"[]", salt=SALT[::-1]).digest


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (b"[]", "DISCLOSURE_ARRAY: expected an array of salt, name and value: Expected `array` of length 3"),
        (b'["AAECAwQFBgcICQoLDA0O","n",1]', "DISCLOSURE_SALT: disclosure of 'n': the salt has 15 bytes, expected 16"),
        (b'["AA=","n",1]', "DISCLOSURE_SALT: disclosure of 'n': salt: not canonical base64url"),
        (
            b'["AAECAwQFBgcICQoLDA0ODw","n", 1]',
            "DISCLOSURE_NOT_CANONICAL: disclosure of 'n': not in canonical form (RFC 8785)",
        ),
        (
            b'["AAECAwQFBgcICQoLDA0ODw","n",1e3]',
            "DISCLOSURE_NOT_CANONICAL: disclosure of 'n': a number with a fraction or exponent; decimals are text",
        ),
        (
            b'["AAECAwQFBgcICQoLDA0ODw","n","\\u0007"]',
            "DISCLOSURE_CHARACTER: disclosure of 'n': a character that no export could carry at byte 31",
        ),
    ],
)
def test_disclosure_that_is_none_is_refused_by_a_named_rule(array: bytes, message: str) -> None:
    with pytest.raises(DisclosureError, match=f"^{re.escape(message)}$"):
        read(base64url_encode(array))


def test_spelling_of_the_base64url_is_part_of_a_disclosure() -> None:
    with pytest.raises(DisclosureError, match=r"^DISCLOSURE_BASE64URL: disclosure: not canonical base64url$"):
        read(make("votes", b"[]", salt=SALT).encoded + b"=")


def test_disclosure_that_would_exhaust_the_stack_is_refused() -> None:
    array = b'["AAECAwQFBgcICQoLDA0ODw","n",' + b"[" * 100_000 + b"]" * 100_000 + b"]"

    with pytest.raises(
        DisclosureError, match=r"^DISCLOSURE_NOT_CANONICAL: disclosure.*: nested deeper than 32 levels$"
    ):
        read(base64url_encode(array))


# -- rows -----------------------------------------------------------------------------------------


def test_row_is_the_tail_of_the_combined_form() -> None:
    first, second = make("a", b"1", salt=SALT), make("b", b"2", salt=SALT)

    row = join((first, second))

    assert row == b"~" + first.encoded + b"~" + second.encoded + b"~"
    assert split(row) == (first.encoded, second.encoded)
    assert join(()) == EMPTY_ROW
    assert split(EMPTY_ROW) == ()


@pytest.mark.parametrize("row", [b"", b"a", b"~a", b"a~", b"~~", b"~a~~b~", b"~~a~", b"~a~~"])
def test_row_of_another_form_is_refused(row: bytes) -> None:
    with pytest.raises(DisclosureError, match=r"^DISCLOSURE_ROW: expected ~d1~d2~, each part not empty$"):
        split(row)


def test_largest_row_is_split_and_one_byte_more_is_not() -> None:
    assert split(b"~" + b"A" * (ROW_SIZE_MAX - 2) + b"~") == (b"A" * (ROW_SIZE_MAX - 2),)
    message = f"DISCLOSURE_ROW: {ROW_SIZE_MAX + 1} bytes, at most {ROW_SIZE_MAX} are allowed"
    with pytest.raises(DisclosureError, match=f"^{message}$"):
        split(b"~" + b"A" * (ROW_SIZE_MAX - 1) + b"~")
