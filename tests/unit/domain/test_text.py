from __future__ import annotations

import re

import pytest
from msgspec import Raw, structs
from support.council import statement, stream
from support.shared import shared_data

from domain import text
from domain import vocabulary as v
from domain.errors import RuleError
from domain.events import DocumentAttached, OrganRegistered, ProposalRegistered, RecordCorrected
from domain.values import Document, Source

PROPOSAL = stream("proposal")


def proposal(subject: str) -> ProposalRegistered:
    return ProposalRegistered(body=stream("body"), kind=v.ProposalKind.RESOLUTION_PROPOSAL, version=1, subject=subject)


@pytest.mark.parametrize("char", ["\x00", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\ufffe", "\uffff", "\udabc"])
def test_a_character_that_no_export_could_carry_is_refused_with_field_and_code_point(char: str) -> None:
    message = (
        f"proposal-registered/1: field /data/subject: found U+{ord(char):04X} at character 3, "
        "expected no character that XML cannot hold"
    )
    with pytest.raises(RuleError, match=f"^{re.escape(message)}$") as caught:
        text.decide_text(statement(PROPOSAL, proposal(f"ab{char}cd")))
    assert caught.value.hint == "leave the character out; a document keeps its bytes as they are"


@pytest.mark.parametrize("char", ["\t", "\n", "\r", "\x7f", "\x85", "\u2028", "\ufffd", "\\b", "\\u0001", "\U0001f600"])
def test_other_characters_are_kept(char: str) -> None:
    text.decide_text(statement(PROPOSAL, proposal(f"ab{char}cd")))


def test_nested_records_and_the_envelope_are_looked_at() -> None:
    event = DocumentAttached(label="Anlage 1", held=False, document=Document(held=False, title="a\x02"))
    with pytest.raises(RuleError, match=r"field /data/document/title: found U\+0002 at character 2,"):
        text.decide_text(statement(PROPOSAL, event))
    source = Source(grade=v.Grade.COPY, quote="\x03")
    with pytest.raises(RuleError, match=r"field /sources/0/quote: found U\+0003 at character 1,"):
        text.decide_text(statement(PROPOSAL, proposal("x"), sources=(source,)))


@pytest.mark.parametrize(
    "raw", [b'"a\\u0001"', b'{"a":["\\u001F"]}', b'"\\ufffe"', b'"\\uFFFF"', b'"\\ud800"', b'{"\\u0001":1}']
)
@pytest.mark.parametrize("field", ["old", "new"])
def test_corrected_values_are_looked_at_whatever_way_they_are_escaped(raw: bytes, field: str) -> None:
    event = RecordCorrected(target=1, path="/data/subject", kind=v.CorrectionKind.CLERICAL, reason="x")
    event = structs.replace(event, **{field: Raw(raw)})
    with pytest.raises(RuleError, match=rf"^record-corrected/1: field /data/{field}.*: found U\+[0-9A-F]{{4}} at "):
        text.decide_text(statement(PROPOSAL, event))


def test_an_escaped_pair_of_surrogates_in_a_corrected_value_is_one_character() -> None:
    event = RecordCorrected(
        target=1, path="/data/subject", new=Raw(b'"\\ud83d\\ude00"'), kind=v.CorrectionKind.CLERICAL, reason="x"
    )
    text.decide_text(statement(PROPOSAL, event))


def test_a_text_of_64_kib_is_kept_and_one_byte_more_is_refused() -> None:
    text.decide_text(statement(PROPOSAL, proposal("ü" * 32768)))
    message = "proposal-registered/1: field /data/subject: found a text of 65537 bytes, expected at most 65536"
    with pytest.raises(RuleError, match=f"^{message}$") as caught:
        text.decide_text(statement(PROPOSAL, proposal("ü" * 32768 + "x")))
    assert caught.value.hint == "record it as a document and refer to it"


def test_many_short_texts_may_be_long_together() -> None:
    event = OrganRegistered(body=stream("body"), name="x" * 60_000, kind=v.OrganKind.COUNCIL, kind_literal="y" * 60_000)
    text.decide_text(statement(stream("organ"), event))


def test_controls_are_named_and_white_space_only_in_titles() -> None:
    assert text.controls("a\x7f\u00ad\u202e\tb", title=False) == ("U+007F", "U+00AD", "U+202E")
    assert text.controls("a\tb\n", title=True) == ("U+0009", "U+000A")
    assert text.controls("Ärztehaus – „Neubau“", title=True) == ()


def test_din_91379_agrees_with_the_published_pattern_on_every_single_character() -> None:
    schema = shared_data("xdomea", "schemas", "4.0.0", "din-norm-91379-datatypes.xsd").read_text("utf-8")
    pattern = re.findall('<xs:pattern value="([^"]*)"', schema)[4]
    pattern = re.sub("&#x([0-9A-Fa-f]+);", lambda match: f"\\U{int(match[1], 16):08x}", pattern)
    published = re.compile(pattern)
    combining = {*range(0x300, 0x370)}
    for code in range(1, 0x3000):
        if code not in combining:
            assert (not text.outside_din_91379(chr(code))) is bool(published.fullmatch(chr(code))), f"U+{code:04X}"


@pytest.mark.parametrize(
    ("name", "outside"), [("Łukasz Ğ. Ñandú-O’Neill", ()), ("A\u2013B \u4e2d", ("U+2013", "U+4E2D"))]
)
def test_characters_outside_din_91379_are_named(name: str, outside: tuple[str, ...]) -> None:
    assert text.outside_din_91379(name) == outside


# -- texts that show nothing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "nothing", ["", " ", "   ", "\t\r\n", "\xa0", "\u200b\u2003", "\u3164", "\ufeff", "\u202e", "\u2800"]
)
def test_a_text_without_a_visible_character_is_refused(nothing: str) -> None:
    message = (
        "proposal-registered/1: field /data/subject: found a text without a visible character, "
        "expected one that says something"
    )
    with pytest.raises(RuleError) as caught:
        text.decide_text(statement(PROPOSAL, proposal(nothing)))
    assert caught.value.message == message
    assert caught.value.hint == "leave the field out, or record it as left blank (null) where the form has it"


@pytest.mark.parametrize("something", [".", " - ", "0", "\u2026", "\ufffd", "\u4e2d", "\U0001f600", "\xa0x"])
def test_a_text_with_one_visible_character_is_kept_as_it_came(something: str) -> None:
    text.decide_text(statement(PROPOSAL, proposal(something)))


def test_empty_texts_are_found_in_nested_records_and_corrected_values() -> None:
    with pytest.raises(RuleError, match=r"field /sources/0/quote: found a text without a visible character,"):
        text.decide_text(statement(PROPOSAL, proposal("x"), sources=(Source(grade=v.Grade.COPY, quote=" "),)))
    event = RecordCorrected(target=1, path="/data/subject", new=Raw(b'""'), kind=v.CorrectionKind.CLERICAL, reason="x")
    with pytest.raises(RuleError, match=r"field /data/new: found a text without a visible character,"):
        text.decide_text(statement(PROPOSAL, event))


def test_what_counts_as_seen_is_fixed_and_covers_white_space_of_unicode() -> None:
    blank = [chr(code) for code in range(0x11_0000) if chr(code).isspace()]
    assert not any(text.is_visible(char) for char in blank)
    assert all(text.is_visible(chr(code)) for code in range(0x21, 0x7F))
