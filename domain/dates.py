"""Dates of any precision, compared and counted as the law counts.

A date is as exact as its form: `2021-11` is some day of that month. What is compared here is therefore a span
of days, and `is_before` says yes only where it holds for every day of either span. Nothing is ever converted
to another offset; only two instants are compared as instants.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import Final

_DURATION: Final = re.compile("P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?")
_YEAR, _MONTH, _DAY = 4, 7, 10  # lengths of the three forms; anything longer is an instant


def first_day(value: str) -> date:
    """Give the first day that a date can mean; an instant means the day on its own clock."""
    year = int(value[:4])
    if year < date.min.year:
        return date.min
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
    if len(earlier) > _DAY and len(later) > _DAY and date.min.year <= min(int(earlier[:4]), int(later[:4])):
        return datetime.fromisoformat(earlier) < datetime.fromisoformat(later)
    return last_day(earlier) < first_day(later)


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
