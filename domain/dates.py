"""Dates of any precision, compared and counted as the law counts.

A date is as exact as its form: `2021-11` is some day of that month. What is compared here is therefore a span
of days, and `is_before` says yes only where it holds for every day of either span. Nothing is ever converted
to another offset; only two instants are compared as instants.
"""

from __future__ import annotations

import calendar
import functools
import re
import typing
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.errors import RuleError
from domain.values import When

if TYPE_CHECKING:
    from domain.events import Event
    from domain.stream import Statement

_DURATION: Final = re.compile("P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?")
_YEAR, _MONTH, _DAY = 4, 7, 10  # lengths of the three forms; anything longer is an instant


def first_day(value: str) -> date:
    """Give the first day that a date can mean; an instant means the day on its own clock."""
    year = int(value[:4])
    if len(value) == _YEAR:
        return date(year, 1, 1)
    if len(value) == _MONTH:
        return date(year, int(value[5:7]), 1)
    return date(year, int(value[5:7]), int(value[8:10]))


def last_day(value: str) -> date:
    """Give the last day that a date can mean; an instant means the day on its own clock."""
    first = first_day(value)
    if len(value) == _YEAR:
        return date(first.year, 12, 31)
    if len(value) == _MONTH:
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first


def is_before(earlier: str, later: str) -> bool:
    """Say whether one date lies before the other for certain, whatever its missing precision hides."""
    if len(earlier) > _DAY and len(later) > _DAY:
        return datetime.fromisoformat(earlier) < datetime.fromisoformat(later)
    return last_day(earlier) < first_day(later)


# Two members of a When, of which the first never lies before the second.
_IN_ORDER: Final = (
    ("not_after", "not_before"),
    ("until", "at"),
    ("at", "not_before"),
    ("until", "not_before"),
    ("not_after", "at"),
)


def contradiction(when: When) -> tuple[str, str] | None:
    """Say which member of a When cannot hold beside another one, and why; None where all can be true together.

    Only what is certain counts: `at` 2021-11 is not before `not_before` 2021-11-23.
    """
    for name, other in _IN_ORDER:
        value, bound = getattr(when, name), getattr(when, other)
        if value is not UNSET and bound is not UNSET and is_before(value, bound):
            return name, f"found {value}, which is before {other} ({bound})"
    return None


@functools.cache
def _dated(cls: type[Event]) -> tuple[str, ...]:
    """Name the fields of an event that can hold a When; most types have none, and this is asked for every event."""
    hints = typing.get_type_hints(cls)
    return tuple(name for name in cls.__struct_fields__ if When in (hints[name], *typing.get_args(hints[name])))


def decide_dates(statement: Statement) -> None:
    """Refuse dates that contradict each other within one When.

    Raises:
        RuleError: One lies for certain on the wrong side of another one.
    """
    event = statement.event
    fields: list[tuple[str, object]] = [("/occurred", statement.occurred), ("/known", statement.known)]
    fields += [(f"/data/{name}", getattr(event, name)) for name in _dated(type(event))]
    for path, value in fields:
        wrong = contradiction(value) if isinstance(value, When) else None
        if wrong is not None:
            name, why = wrong
            msg = f"{event.TYPE}: field {path}/{name}: {why}"
            raise RuleError(
                msg, hint="state what one source says as one date; where sources differ, each has its field"
            )


def end_of_period(begins: str, duration: str) -> str | None:
    """Give the last day of a period that counts its first day, such as five years from 1 January.

    Args:
        begins: The first day. A date that is not exact to the day gives no exact end.
        duration: Years, months, weeks and days (ISO 8601).

    Returns:
        `YYYY-MM-DD`, or None where `begins` is not exact enough or the end lies beyond the year 9999.

    Source: § 187(2), § 188(2) and (3) BGB.
    """
    match = _DURATION.fullmatch(duration)
    if match is None or len(begins) < _DAY:
        return None
    start = first_day(begins)
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    count = start.year * 12 + start.month - 1 + years * 12 + months
    year, month = divmod(count, 12)
    try:
        # The period ends with the day before the one that has the number of the first day; where the last
        # month has no such day, with its last day. Day 1 has its eve in the month before.
        if start.day == 1:
            end = date(year, month + 1, 1) - timedelta(days=1)
        else:
            end = date(year, month + 1, min(start.day - 1, calendar.monthrange(year, month + 1)[1]))
        return (end + timedelta(weeks=weeks, days=days)).isoformat()
    except (OverflowError, ValueError):
        return None


def day_after(value: str) -> str | None:
    """Give the day after the last day that a date can mean; None at the end of the calendar."""
    try:
        return (last_day(value) + timedelta(days=1)).isoformat()
    except OverflowError:
        return None
