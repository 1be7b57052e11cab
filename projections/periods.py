"""Periods counted as the law counts them: from a first day that counts, or after an event whose day does not."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from domain.dates import end_of_period, first_day
from projections.wording import date_text, period_text

_DAY: Final = len("2021-12-08")
_BEGINS: Final = "§ 187 Abs. 2 BGB"
_AFTER: Final = "§ 187 Abs. 1 BGB"
_ENDS: Final = {"days": "§ 188 Abs. 1 BGB", "other": "§ 188 Abs. 2 BGB", "short": "§ 188 Abs. 3 BGB"}
_DURATION: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?\Z")


class Period(Struct, frozen=True, kw_only=True):
    """The end of a period, with its computation and the provisions that it follows."""

    ends: str
    computation: tuple[str, ...]
    provisions: tuple[str, ...]


def from_first_day(begins: str, duration: str) -> Period | None:
    """Give the end of a period whose first day counts; None where the first day is not exact, or the end too late.

    Source: § 187(2), § 188(1) to (3) BGB.
    """
    ends = end_of_period(begins, duration)
    if ends is None:
        return None
    follows = _follows(duration)
    return Period(
        ends=ends,
        computation=(
            f"the first day, {date_text(begins[:_DAY])}, counts ({_BEGINS})",
            f"{period_text(duration)} from it on end with {date_text(ends)} ({follows})",
        ),
        provisions=(_BEGINS, follows),
    )


def after_event(day: str, duration: str) -> Period | None:
    """Give the end of a period that an event starts, whose own day does not count; None as for `from_first_day`.

    Source: § 187(1), § 188(1) to (3) BGB.
    """
    if len(day) < _DAY:
        return None
    ends = _later(first_day(day), duration)
    if ends is None:
        return None
    follows = _follows(duration)
    short = [] if ends.day == first_day(day).day or follows == _ENDS["days"] or "W" in duration else [_ENDS["short"]]
    return Period(
        ends=ends.isoformat(),
        computation=(
            f"the day of the event, {date_text(day[:_DAY])}, does not count ({_AFTER})",
            f"{period_text(duration)} later is {date_text(ends.isoformat())} ({', '.join([follows, *short])})",
        ),
        provisions=(_AFTER, follows, *short),
    )


def _follows(duration: str) -> str:
    return _ENDS["days" if re.fullmatch(r"P\d+D", duration) else "other"]


def _later(day: date, duration: str) -> date | None:
    """Give the day that bears the same number that many months later, or the last of a month that has no such day."""
    found = _DURATION.match(duration)
    if found is None:
        return None
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    year, month = divmod(day.year * 12 + day.month - 1 + years * 12 + months, 12)
    try:
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last)) + timedelta(weeks=weeks, days=days)
    except (OverflowError, ValueError):
        return None
