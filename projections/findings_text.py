"""The human text of the findings of a register: how many there are of each code, then each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.findings_page import LISTED_MAX, Sheet, blocked_line, narrowed, right, short
from projections.text import WIDTH, frame
from projections.wording import counted, date_text, day_text

if TYPE_CHECKING:
    from projections.findings import EventLine, Findings, FoundLine

_STATES: Final = ("open", "explained", "resolved")
_DATE: Final = 12


def findings_text(answer: Findings, *, width: int = WIDTH) -> str:
    """Write the answer for people; where no code was asked for, the first few of each."""
    page = Sheet(width)
    frame(page, answer.register, answer.horizon)
    filters = answer.filters
    asked = narrowed(
        (
            ("code", filters.code),
            ("state", filters.state),
            ("organ", filters.organ),
            ("from", filters.date_from and date_text(filters.date_from)),
            ("to", filters.date_to and date_text(filters.date_to)),
        )
    )
    states = ", ".join(f"{sum(getattr(one, state) for one in answer.counts)} {state}" for state in _STATES)
    total = f"{counted(len(answer.findings), 'finding')}: {states}"
    page.line(", ".join(part for part in (total, asked) if part), hang=2)
    blocked_line(page, answer.blocked)
    if answer.counts:
        page.blank()
        page.row("  count    open  explained  resolved")
    for one in answer.counts:
        numbers = f"{right(one.count, 7)} {right(one.open, 7)} {right(one.explained, 10)} {right(one.resolved, 9)}"
        page.entry(f"{numbers}  ", one.code)
    for one in answer.counts:
        page.heading(one.code)
        page.line(f"{one.label}. {one.sentence}")
        some = [line for line in answer.findings if line.code == one.code]
        listed = some if filters.code is not None else some[:LISTED_MAX]
        for line in listed:
            _finding(page, line)
        if len(some) > len(listed):
            page.line(f"and {len(some) - len(listed)} more: `ratsbuch findings --code {one.code}` gives all")
    if answer.apart:
        page.heading("cannot be placed: undated, or not exact enough for the question")
        for line in answer.apart if filters.code is not None else answer.apart[:LISTED_MAX]:
            _finding(page, line, code=True)
        if filters.code is None and len(answer.apart) > LISTED_MAX:
            page.line(f"and {len(answer.apart) - LISTED_MAX} more; `--json` names all")
    return page.text()


def _finding(page: Sheet, line: FoundLine, *, code: bool = False) -> None:
    date = day_text(line.date) if line.date is not None else "undated"
    lead = f"{line.code}: " if code else ""
    page.entry(f"{date}{' ' * (_DATE - len(date))}", f"{lead}{line.title}")
    page.line(line.text, indent=_DATE, hang=2)
    page.line(f"rests on {', '.join(map(_event, line.rests_on))}", indent=_DATE, hang=2)
    noted = " (noted by a person)" if line.noted else ""
    by = f", by {_event(line.explained_by)}" if line.explained_by is not None else ""
    said = f": {line.assessment}" if line.assessment is not None else ""
    page.line(f"{line.state}{by}{noted}{said}", indent=_DATE, hang=2)


def _event(one: EventLine) -> str:
    return f"{one.position} {one.label}" if one.position is not None else short(one.event)
