from __future__ import annotations

from datetime import date

import pytest
from msgspec import ValidationError, convert, structs
from support.council import statement, stream

from domain import vocabulary as v
from domain.dates import day_after, end_of_period, first_day, is_before, last_day
from domain.errors import RuleError
from domain.events import PersonKnown, ResolutionStatusChanged
from domain.streams import decide_alone
from domain.values import Date, When


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2021-02", date(2021, 2, 1), date(2021, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021-11-23", date(2021, 11, 23), date(2021, 11, 23)),
        ("2021-11-23T23:30:00+01:00", date(2021, 11, 23), date(2021, 11, 23)),
        ("0001", date.min, date(1, 12, 31)),
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
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", True),
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


# -- dates that contradict each other -------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ({"not_before": "2030", "not_after": "1990"}, "not_after: found 1990, which is before not_before (2030)"),
        ({"at": "2021-12-08", "until": "2021-12-07"}, "until: found 2021-12-07, which is before at (2021-12-08)"),
        ({"at": "2021", "not_before": "2022-03"}, "at: found 2021, which is before not_before (2022-03)"),
        ({"at": "2022", "not_after": "2021-12-31"}, "not_after: found 2021-12-31, which is before at (2022)"),
        ({"until": "2019", "not_before": "2020"}, "until: found 2019, which is before not_before (2020)"),
        (
            {"at": "2021-12-08T18:00:00+01:00", "until": "2021-12-08T16:59:59Z"},
            "until: found 2021-12-08T16:59:59Z, which is before at (2021-12-08T18:00:00+01:00)",
        ),
    ],
)
@pytest.mark.parametrize("member", ["occurred", "known"])
def test_dates_of_one_when_that_contradict_each_other_are_refused(
    dates: dict[str, str], message: str, member: str
) -> None:
    when = When(**dates, certainty=v.Certainty.INFERRED)
    event = PersonKnown(name="Anna Muster")
    found = structs.replace(statement(stream("person"), event), **{member: when})
    with pytest.raises(RuleError) as caught:
        decide_alone(found)
    assert caught.value.message == f"person-known/1: field /{member}/{message}"
    assert caught.value.hint == "state what one source says as one date; where sources differ, each has its field"


@pytest.mark.parametrize(
    "dates",
    [
        {"at": "2021-11", "not_before": "2021-11-23"},
        {"at": "2021", "not_after": "2021-02-01"},
        {"at": "2021-12-08", "until": "2021-12"},
        {"not_before": "2021", "not_after": "2021"},
        {"at": "2021-12-08T18:00:00+01:00", "until": "2021-12-08T17:00:00Z"},
        {"at": "0001", "until": "9999-12-31"},
        {},
    ],
)
def test_dates_that_can_all_be_true_are_kept(dates: dict[str, str]) -> None:
    when = When(**dates, certainty=v.Certainty.INFERRED)
    decide_alone(structs.replace(statement(stream("person"), PersonKnown(name="A")), occurred=when, known=when))


def test_a_when_inside_an_event_is_held_to_the_same() -> None:
    effective = When(at="2022", until="2021", certainty=v.Certainty.STATED)
    event = ResolutionStatusChanged(becomes=v.ResolutionStatus.REPEALED, effective=effective, basis=v.Basis.STATED)
    with pytest.raises(RuleError, match=r"^resolution-status-changed/1: field /data/effective/until: found 2021, "):
        decide_alone(statement(stream("resolution"), event))


@pytest.mark.parametrize(
    "value", ["0000", "0000-01", "0000-01-01", "0000-02-29", "0000-01-01T00:00:00Z", "2021-02-29", "1900-02-29"]
)
def test_a_date_that_is_none_is_no_value(value: str) -> None:
    with pytest.raises(ValidationError):
        convert(value, Date)


@pytest.mark.parametrize("value", ["0001", "0010-01", "0400-02-29", "1000-01-01", "2000-02-29", "2024-02-29T00:00:00Z"])
def test_every_year_from_1_on_has_dates(value: str) -> None:
    assert convert(value, Date) == value
