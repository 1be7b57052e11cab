"""How single values are worded for people: dates, codes, sizes.

Dates are written as German papers write them, and only as exactly as they were recorded. Codes are shown as they
are, with spaces: the words of the source stand beside them wherever there are any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.values import When, stated
from domain.vocabulary import Certainty

if TYPE_CHECKING:
    from projections.shapes import Dated

_YEAR, _MONTH, _DAY = 4, 7, 10  # lengths of the three forms; anything longer is an instant
_MINUTE: Final = 16
_OFFSET: Final = 6
KINDS: Final = {
    "register": "Ratsbuch",
    "body": "Körperschaft",
    "organ": "Gremium",
    "group": "Fraktion",
    "person": "Person",
    "proposal": "Vorlage",
    "meeting": "Sitzung",
    "resolution": "Beschluss",
    "review": "Rechtskontrolle",
    "custody": "Akte",
    "source": "Quelle",
}


def date_text(value: str) -> str:
    """Write a date of any precision: 2021, 11.2021, 23.11.2021, or 23.11.2021 17:00 +01:00."""
    if len(value) == _YEAR:
        return value
    if len(value) == _MONTH:
        return f"{value[5:7]}.{value[:4]}"
    day = f"{value[8:10]}.{value[5:7]}.{value[:4]}"
    if len(value) == _DAY:
        return day
    offset = "UTC" if value.endswith("Z") else value[-_OFFSET:]
    return f"{day} {value[11:_MINUTE]} {offset}"


def day_text(value: str) -> str:
    """Write a date without its time of day."""
    return date_text(value[:_DAY])


def range_text(
    *, at: str | None, until: str | None = None, not_before: str | None = None, not_after: str | None = None
) -> str:
    """Write a date with its range; empty where nothing is known."""
    parts = []
    if at is not None:
        parts.append(date_text(at) if until is None else f"{date_text(at)} to {date_text(until)}")
    if not_before is not None:
        parts.append(f"not before {date_text(not_before)}")
    if not_after is not None:
        parts.append(f"not after {date_text(not_after)}")
    return ", ".join(parts)


def dated_text(dated: Dated) -> str:
    """Write when something happened, with what is not stated about it."""
    text = range_text(at=dated.at, until=dated.until, not_before=dated.not_before, not_after=dated.not_after)
    if not text:
        return {"unknown": "date unknown", "stated": "no date", "inferred": "no date"}.get(
            dated.certainty, f"date {dated.certainty}"
        )
    return text if dated.certainty == Certainty.STATED or dated.at is None else f"{text} ({dated.certainty})"


def when_text(when: object) -> str:
    """Write a `When`; empty where it is withheld or says nothing."""
    if not isinstance(when, When):
        return ""
    return range_text(
        at=stated(when.at),
        until=stated(when.until),
        not_before=stated(when.not_before),
        not_after=stated(when.not_after),
    )


def code_text(code: object) -> str:
    """Write a code with spaces."""
    return str(code).replace("_", " ")


def cut(text: str, length: int) -> str:
    """Give the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"
