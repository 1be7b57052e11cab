from __future__ import annotations

from datetime import date

import pytest

from domain.dates import day_after, end_of_period, first_day, is_before, last_day


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2021-02", date(2021, 2, 1), date(2021, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021-11-23", date(2021, 11, 23), date(2021, 11, 23)),
        ("2021-11-23T23:30:00+01:00", date(2021, 11, 23), date(2021, 11, 23)),
        ("0000", date.min, date(1, 12, 31)),
    ],
)
def test_a_date_means_a_span_of_days(value: str, first: date, last: date) -> None:
    assert (first_day(value), last_day(value)) == (first, last)


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ("2021-11-22", "2021-11-23", True),
        ("2021-11-23", "2021-11-23", False),
        ("2021-11", "2021-11-23", False),
        ("2021-10", "2021-11-23", True),
        ("2021", "2022", True),
        ("2021-11-23T10:00:00+01:00", "2021-11-23T09:30:00+00:00", True),
        ("2021-11-23T10:00:00+01:00", "2021-11-23T08:59:00+00:00", False),
        ("2021-11-23T23:00:00.123456789Z", "2021-11-23", False),
        ("0000-01-01T00:00:00Z", "0000-01-02T00:00:00Z", False),
    ],
)
def test_before_is_said_only_where_it_is_certain(earlier: str, later: str, *, expected: bool) -> None:
    assert is_before(earlier, later) is expected


@pytest.mark.parametrize(
    ("begins", "duration", "ends"),
    [
        ("2022-01-01", "P5Y", "2026-12-31"),
        ("2017-07-01", "P2Y", "2019-06-30"),
        ("2021-12-08", "P1M", "2022-01-07"),
        ("2021-01-31", "P1M", "2021-02-28"),
        ("2024-01-30", "P1M", "2024-02-29"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2021-11-22", "P1W", "2021-11-28"),
        ("2021-11-22", "P1D", "2021-11-22"),
        ("2021-11-01", "P1D", "2021-11-01"),
        ("2021-11-22T18:00:00+01:00", "P7D", "2021-11-28"),
    ],
)
def test_a_period_counts_its_first_day(begins: str, duration: str, ends: str) -> None:
    assert end_of_period(begins, duration) == ends


@pytest.mark.parametrize(("begins", "duration"), [("2022", "P5Y"), ("2022-01", "P5Y"), ("2022-01-01", "P9999Y")])
def test_a_period_without_an_exact_end_has_none(begins: str, duration: str) -> None:
    assert end_of_period(begins, duration) is None


def test_the_calendar_ends() -> None:
    assert day_after("9999-12-31") is None
    assert day_after("2019-06") == "2019-07-01"
