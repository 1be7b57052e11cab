"""What belongs together stays one word: dates, amounts, references to law, file numbers, hyphenated words."""

from __future__ import annotations

import pytest

from projections.compare.words import tokens, units


@pytest.mark.parametrize(
    "whole",
    [
        "08.12.2021",
        "8. 12. 2021",
        "2021-12-08",
        "2021-12-08T17:00:00+01:00",
        "8. Dezember 2021",
        "1. Januar",
        "1.234,56",
        "1.234,56 EUR",
        "400.000 Euro",
        "1,5 Mio. Euro",
        "5 %",
        "-10 EUR",
        "€ 12,50",
        "17:05",
        "§ 48 Abs. 2 SächsLKrO",
        "§ 48 Abs. 2 Satz 1 Nr. 3 SächsGemO",
        "§§ 187 Abs. 2, 188 Abs. 2 BGB",
        "§§ 187(2), 188(2) BGB",
        "§ 3 Abs. 2",
        "Art. 17 DSGVO",
        "§ 22 SGB XII",
        "12/2023",
        "022.31-4/21",
        "1 BvR 16/13",
        "2022–2026",
        "Umwelt-Ausschuss",
        "z.B.",
        "U\u0308bersicht",
        "Donau\u00addampfschiff",
    ],
)
def test_word_of_a_paper_is_one_token(whole: str) -> None:
    assert whole in tokens(f"nach {whole} folgt")


def test_shared_second_part_keeps_its_hyphen() -> None:
    assert tokens("Bau- und Umweltausschuss")[0] == "Bau-"


def test_count_after_a_reference_is_no_part_of_it() -> None:
    assert tokens("nach § 5, 12 Stimmen")[2] == "§ 5"


def test_full_stop_behind_a_date_is_a_token_of_its_own() -> None:
    assert tokens("bis 31.12.2028.")[-2:] == ["31.12.2028", "."]


def test_space_at_the_beginning_has_no_word() -> None:
    assert units("  a b\n") == [("", "  "), ("a", " "), ("b", "\n")]
