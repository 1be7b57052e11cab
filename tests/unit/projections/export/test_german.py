"""German words: there is one for everything that can stand in a record, and it says the right thing."""

from __future__ import annotations

import enum

import pytest

import domain.rules.checks
from domain import values as x
from domain import vocabulary as v
from domain.events import CATALOGUE
from domain.findings import CODES
from domain.values import STREAM_KINDS, WITHHELD, When
from projections import life, resolutions_shapes, shapes
from projections.export import german, german_codes
from projections.timetravel import Placement

LISTS = [
    one
    for module in (v, domain.rules.checks, life, resolutions_shapes, shapes)
    for one in vars(module).values()
    # Where a fact stands to a day that was asked for is no code that any export has.
    if isinstance(one, type) and issubclass(one, enum.StrEnum) and one not in {enum.StrEnum, Placement}
]
NESTED = [one for one in vars(x).values() if isinstance(one, type) and issubclass(one, x.Value)]


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.__name__)
def test_every_code_has_a_german_word_and_no_word_is_without_a_code(one: type[enum.StrEnum]) -> None:
    words = [german.code(code) for code in one]
    assert len(words) == len(german_codes.CODES[one])
    # Two codes of a list are two things: one word for both would hide which of them is meant.
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("words", german_codes.CODES.values(), ids=[one.__name__ for one in german_codes.CODES])
def test_no_word_is_the_english_code_with_blanks(words: dict[str, str]) -> None:
    same = {code for code, word in words.items() if word == code.replace("_", " ")}
    assert same <= {"lot", "name"}


def test_every_event_field_and_kind_has_a_german_word() -> None:
    for row in CATALOGUE.values():
        assert german.event(row.name)
        for name in row.fields:
            assert german.field(name)
    for record in NESTED:
        for name in record.__struct_fields__:
            assert german.field(name)
    assert [german.kind(kind) for kind in STREAM_KINDS][5:8] == ["Vorlage", "Sitzung", "Beschluss"]


def test_every_finding_has_a_german_sentence_and_a_persons_own_code_one_too() -> None:
    sentences = [german.finding(code) for code in CODES]
    assert german.NOTED not in sentences
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)
    assert german.finding("EIGENER_CODE") == german.NOTED


def test_a_code_as_text_is_taken_where_all_lists_agree_and_refused_where_they_do_not() -> None:
    assert german.code("show_of_hands") == "offen durch Handzeichen"
    assert german.code("none", of=v.FinancialImpact) == "keine"
    with pytest.raises(LookupError, match="found 2 German words"):
        german.code("none")
    with pytest.raises(LookupError, match="found 0 German words"):
        german.code("no such code")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021", "2021"),
        ("2021-12", "12.2021"),
        ("2021-12-08", "08.12.2021"),
        ("2021-12-08T17:00:00+01:00", "08.12.2021, 17:00 Uhr (+01:00)"),
        ("2021-12-08T17:00:30Z", "08.12.2021, 17:00:30 Uhr (UTC)"),
        ("2021-12-08T17:00:00.5-02:30", "08.12.2021, 17:00:00.5 Uhr (-02:30)"),
    ],
)
def test_a_date_is_written_as_exactly_as_it_is_known(value: str, expected: str) -> None:
    assert german.date(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (When(at="2021-12-08", certainty=v.Certainty.STATED), "08.12.2021"),
        (When(at="2021-12", certainty=v.Certainty.INFERRED), "12.2021 (erschlossen)"),
        (When(certainty=v.Certainty.UNKNOWN), "Datum unbekannt"),
        (
            When(not_before="2021-11-23", not_after="2021-12-08", certainty=v.Certainty.UNKNOWN),
            "frühestens 23.11.2021, spätestens 08.12.2021 (unbekannt)",
        ),
        (When(at="2021", until="2022", certainty=v.Certainty.STATED), "2021 bis 2022"),
        (shapes.Dated(certainty="erased"), "Datum gelöscht"),
        (shapes.Dated(certainty="inferred", at="2021"), "2021 (erschlossen)"),
        (WITHHELD, "Datum vorenthalten"),
    ],
)
def test_when_something_happened_is_written_with_its_certainty(value: object, expected: str) -> None:
    assert german.when(value) == expected


def test_the_kinds_of_nothing_have_different_words() -> None:
    assert german.nothing(shapes.Knowledge.NOT_MENTIONED) == "nicht erwähnt"
    assert german.nothing(shapes.Knowledge.LEFT_BLANK) == "leer gelassen"
    assert german.nothing(shapes.Knowledge.WITHHELD) == "vorenthalten"
    assert german.nothing(shapes.Knowledge.ERASED) == "gelöscht"
