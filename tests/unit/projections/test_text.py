"""The human text: nothing runs past the edge, and no character of a source reaches the terminal as more than itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.council import on, statement, stream
from support.memory import MemoryArchive

from domain import events as e
from domain import vocabulary as v
from projections.account import history, listing, show
from projections.listing_text import listing_text
from projections.shapes import Dated
from projections.text import account_text, display_width, escaped, history_text, wrapped
from projections.wording import WORDS, code_text, cut, date_text, dated_text, period_text

if TYPE_CHECKING:
    from enum import StrEnum

P, B = stream("proposal"), stream("body")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Radwege\tund\nÖPNV – „Takt“", "Radwege und\nÖPNV – „Takt“"),
        ("\x1b[2J", "<U+001B>[2J"),
        ("a\rb", "a<U+000D>b"),
        ("a\r\nb", "a\nb"),
        ("\u202eegdaR", "<U+202E>egdaR"),
        ("a\u00adb\u200bc\ufeff", "a<U+00AD>b<U+200B>c<U+FEFF>"),
        ("\u2028\u2029\u0085\u007f", "<U+2028><U+2029><U+0085><U+007F>"),
        ("\ue000", "<U+E000>"),
    ],
)
def test_characters_that_steer_a_terminal_are_made_visible(text: str, expected: str) -> None:
    assert escaped(text) == expected


@pytest.mark.parametrize(("text", "columns"), [("Straße", 6), ("cafe\u0301", 4), ("議会", 4), ("", 0), ("a\u20ddb", 2)])
def test_display_width(text: str, columns: int) -> None:
    assert display_width(text) == columns


def test_wrapping_keeps_words_whole_and_own_line_breaks() -> None:
    assert wrapped("eins zwei drei\n\nvier", 9) == ["eins zwei", "drei", "", "vier"]


def test_word_longer_than_a_line_is_broken() -> None:
    assert wrapped("議会議会議", 4) == ["議会", "議会", "議"]
    assert wrapped("ab " + "x" * 10, 6) == ["ab", "xxxxxx", "xxxx"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2021", "2021"),
        ("2021-11", "11.2021"),
        ("2021-11-23", "23.11.2021"),
        ("2021-12-08T17:05:00+01:00", "08.12.2021 17:05 +01:00"),
        ("2026-11-23T10:33:20Z", "23.11.2026 10:33 UTC"),
    ],
)
def test_date_is_written_as_exactly_as_it_is_known(value: str, text: str) -> None:
    assert date_text(value) == text


@pytest.mark.parametrize(
    ("dated", "text"),
    [
        (Dated(certainty="stated", at="2021-11-23"), "23.11.2021"),
        (Dated(certainty="inferred", at="2021-11-23"), "23.11.2021 (inferred)"),
        (Dated(certainty="unknown"), "date unknown"),
        (Dated(certainty="withheld"), "date withheld"),
        (
            Dated(certainty="unknown", not_before="2019", not_after="2021-11-23"),
            "not before 2019, not after 23.11.2021",
        ),
        (Dated(certainty="stated", at="2021-12-07", until="2021-12-08"), "07.12.2021 to 08.12.2021"),
    ],
)
def test_when_something_happened_is_worded(dated: Dated, text: str) -> None:
    assert dated_text(dated) == text


GERMAN = (
    v.Visibility,
    v.ProposalKind,
    v.TextPart,
    v.LegalBasisKind,
    v.LegalForm,
    v.Publicity,
    v.Part,
    v.ConsultationRole,
)


@pytest.mark.parametrize("codes", WORDS)
def test_code_list_with_words_of_its_own_has_one_for_every_code(codes: type[StrEnum]) -> None:
    assert set(WORDS[codes]) == set(codes)
    assert set(GERMAN) <= set(WORDS)


def test_code_reads_by_the_list_it_is_from() -> None:
    assert code_text(v.LegalBasisKind.BY_LAW) == "Satzung"
    assert code_text(v.Publicity.NON_PUBLIC) == "nichtöffentlich"
    assert code_text(v.Part.NON_PUBLIC) == "nichtöffentlicher Teil"
    assert code_text(v.Outcome.ADOPTED_AMENDED) == "adopted amended"


@pytest.mark.parametrize(
    ("period", "text"),
    [("P5Y", "5 years"), ("P1Y6M", "1 year 6 months"), ("P2W", "2 weeks"), ("P90D", "90 days"), ("P", "P"), ("5", "5")],
)
def test_period_is_written_in_words(period: str, text: str) -> None:
    assert period_text(period) == text


def test_heading_of_a_proposal_without_number_and_date_says_so_in_plain_words() -> None:
    archive = MemoryArchive()
    event = e.ProposalRegistered(body=B, kind=v.ProposalKind.RESOLUTION_PROPOSAL, version=1, subject="Radwege")
    archive.add(statement(P, event))
    account = show(archive.archive(), P)
    assert account.title == "Vorlage ohne Nummer: Radwege"
    assert account_text(account).splitlines()[2].startswith("Vorlage ohne Nummer (Beschlussvorlage), undated ")


def test_cut_text_says_that_it_was_cut() -> None:
    assert cut("eins  zwei\ndrei", 20) == "eins zwei drei"
    assert cut("eins zwei drei", 10) == "eins zwei…"


HOSTILE = "Radwege \x1b[31m\u202eegewdaR \u0085 " + "Donaudampfschifffahrtsgesellschaft" * 5 + " 議会議会" * 20


@pytest.fixture
def hostile() -> MemoryArchive:
    archive = MemoryArchive(example=True)
    event = e.ProposalRegistered(
        body=B,
        kind=v.ProposalKind.OTHER,
        kind_literal=HOSTILE,
        version=1,
        reference=HOSTILE,
        subject=HOSTILE,
        operative_text=HOSTILE,
        review_clause=HOSTILE,
    )
    archive.add(statement(P, event, occurred=on("2021-11-23")))
    return archive


@pytest.mark.parametrize("width", [80, 40, 120])
def test_hostile_text_stays_within_the_width_and_harmless(hostile: MemoryArchive, width: int) -> None:
    archive = hostile.archive()
    texts = (
        account_text(show(archive, P), width=width),
        history_text(history(archive, P), width=width),
        listing_text(listing(archive), width=width),
    )
    for text in texts:
        assert all(char == "\n" or char.isprintable() for char in text)
        assert max(map(display_width, text.split("\n"))) <= width
        assert "BEISPIEL (kein amtlicher Bestand)" in " ".join(text.split())
        assert "<U+202E>" in text
