"""Numbers of Vorlagen and resolutions: which scheme they follow, and which are not held."""

from __future__ import annotations

import pytest

from projections.coverage_numbers import Numbered, Run, ranges, series


def runs(*numbers: str, year: int | None = 2023) -> tuple[Run, ...]:
    return series([Numbered(number, year) for number in numbers]).runs


@pytest.mark.parametrize(
    ("numbers", "scheme", "period", "missing"),
    [
        (("0640", "0641", "0643"), "n", "", (642,)),
        (("5/2023", "6/2023", "8/2023"), "n/yyyy", "2023", (7,)),
        (("2023/122", "2023/123", "2023/125"), "yyyy/n", "2023", (124,)),
        (("BV-0031/23", "BV-0032/23", "BV-0034/23"), "BV-n/yy", "2023", (33,)),
        (("DHH/2023/0001", "DHH/2023/0002", "DHH/2023/0004"), "DHH/yyyy/n", "2023", (3,)),
        (("23/07", "23/08", "23/10"), "yy/n", "2023", (9,)),
        (("9", "10", "12"), "n", "", (11,)),
    ],
)
def test_gap_is_found_by_the_scheme_that_is_evident(
    numbers: tuple[str, ...], scheme: str, period: str, missing: tuple[int, ...]
) -> None:
    (run,) = runs(*numbers)
    assert (run.scheme, run.period, run.missing, run.why_not) == (scheme, period, missing, None)


def test_nothing_is_claimed_below_the_first_and_above_the_last() -> None:
    (run,) = runs("12/2023", "13/2023", "14/2023")
    assert (run.first, run.last, run.held, run.missing) == (12, 14, 3, ())


def test_suffix_says_that_the_number_was_given() -> None:
    (run,) = runs("2023/0001", "2023/0002/1", "2023/0004", "2023/0004/2")
    assert (run.missing, run.only_suffixed) == ((3,), (2,))


def test_year_that_the_dates_refute_is_a_suffix() -> None:
    (run,) = runs("0640/12", "0641", "0643")
    assert (run.scheme, run.missing, run.only_suffixed) == ("n", (642,), (640,))


def test_two_digits_that_no_date_tells_to_be_a_year_are_not_read() -> None:
    found = series([Numbered(number, None) for number in ("0001/19", "0002/19", "0003/20")])
    assert (found.runs, found.unread) == ((), ("0001/19", "0002/19", "0003/20"))


def test_ambiguous_number_is_read_as_the_others_with_dates_are() -> None:
    numbers = [Numbered(f"{n:02}/08", 2008) for n in (7, 9, 10, 11)]
    (run,) = series([*numbers, Numbered("08/08", None)]).runs
    assert (run.scheme, run.period, run.missing) == ("n/yy", "2008", ())


def test_years_have_runs_of_their_own() -> None:
    numbers = [Numbered(f"{n}/{year}", year) for year in (2022, 2023) for n in (1, 3)]
    assert [(run.period, run.missing) for run in series(numbers).runs] == [("2022", (2,)), ("2023", (2,))]


def test_terms_begin_numbers_anew() -> None:
    numbers = [Numbered(f"{n:04}", 2020, term) for term in ("6. WP", "7. WP") for n in (1, 2, 4)]
    assert [(run.period, run.missing) for run in series(numbers).runs] == [("6. WP", (3,)), ("7. WP", (3,))]


def test_series_that_is_mostly_gaps_claims_none() -> None:
    (run,) = runs("16057", "16059", "32667")
    assert run.missing == ()
    assert run.why_not == "fewer than half of the numbers are held: others may bear them"


def test_two_numbers_are_no_series() -> None:
    (run,) = runs("0640", "0642")
    assert (run.missing, run.why_not) == ((), "too few numbers to tell a scheme")


def test_prefixes_that_interlock_share_one_count() -> None:
    (run,) = runs("BV-1/23", "IV-2/23", "BV-3/23", "BV-5/23")
    assert (run.scheme, run.missing) == ("[BV-|IV-]n/yy", (4,))


def test_prefixes_that_bear_the_same_number_count_for_themselves() -> None:
    found = runs("BV-1/23", "BV-2/23", "BV-4/23", "IV-1/23", "IV-2/23", "IV-3/23")
    assert [(run.scheme, run.missing) for run in found] == [("BV-n/yy", (3,)), ("IV-n/yy", ())]


@pytest.mark.parametrize("number", ["ohne", "A-B", "12345678", "§"])
def test_what_is_no_number_is_named(number: str) -> None:
    assert series([Numbered(number, 2023)]).unread == (number,)


def test_ranges_draw_together_what_follows_each_other() -> None:
    assert ranges([7, 3, 5, 6]) == ("3", "5-7")
