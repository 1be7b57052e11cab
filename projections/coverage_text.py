"""The human text of coverage: one table an organ, the numbers, and what none of it proves."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from projections.findings_page import LISTED_MAX, Sheet, blocked_line, narrowed, right
from projections.text import WIDTH, frame
from projections.wording import KINDS, counted, cut, date_text

if TYPE_CHECKING:
    from projections.coverage import Counts, Coverage, NumberRow

# Column, heading in two lines, width.
_COLUMNS: Final = (
    ("meetings", "meet-", "ings", 5),
    ("without_agenda", "without", "agenda", 8),
    ("items", "", "items", 6),
    ("items_without_outcome", "without", "outcome", 8),
    ("outcomes", "out-", "comes", 6),
    ("outcomes_without_minutes", "without", "minutes", 8),
    ("proposals", "pro-", "posals", 7),
    ("versions_not_held", "version", "missing", 8),
    ("annexes", "", "annexes", 8),
    ("annexes_not_held", "not", "held", 5),
    ("resolutions", "resol-", "utions", 7),
)
_YEAR: Final = 4
_RANGES_SHOWN: Final = 240  # characters of what is missing in a series; JSON has all


def coverage_text(answer: Coverage, *, width: int = WIDTH) -> str:
    """Write the answer for people."""
    page = Sheet(width)
    frame(page, answer.register, answer.horizon)
    filters = answer.filters
    asked = narrowed(
        (
            ("organ", filters.organ),
            ("from", filters.date_from and date_text(filters.date_from)),
            ("to", filters.date_to and date_text(filters.date_to)),
        )
    )
    page.line(", ".join(part for part in (f"coverage on {date_text(answer.day)}", asked) if part), hang=2)
    for text in answer.says:
        page.line(text, hang=2)
    blocked_line(page, answer.blocked)
    for _, group in groupby(answer.rows, key=lambda row: row.organ):
        rows = tuple(group)
        page.heading(rows[0].name or "of no organ on record")
        _head(page)
        for row in rows:
            _row(page, str(row.year) if row.year is not None else "-", row.counts)
    page.heading("in all, each once")
    _head(page)
    _row(page, "all", answer.totals)
    _besides(page, answer.totals)
    _numbers(page, answer)
    if answer.apart:
        page.heading("cannot be placed: undated, or not exact enough for the question")
        for stream, title in list(zip(answer.apart, answer.apart_titles, strict=True))[:LISTED_MAX]:
            page.line(title, hang=2)
            page.line(stream, indent=2)
        if len(answer.apart) > LISTED_MAX:
            page.line(f"and {len(answer.apart) - LISTED_MAX} more; `--json` names all")
    return page.text()


def _head(page: Sheet) -> None:
    page.row(_left(""), *(right(upper, size) for _, upper, _, size in _COLUMNS))
    page.row(_left("year"), *(right(lower, size) for _, _, lower, size in _COLUMNS))


def _row(page: Sheet, year: str, counts: Counts) -> None:
    page.row(_left(year), *(right(getattr(counts, name), size) for name, _, _, size in _COLUMNS))


def _left(text: str) -> str:
    return text + " " * (_YEAR - len(text))


def _besides(page: Sheet, totals: Counts) -> None:
    """Say what has no column."""
    said = []
    if totals.cancelled or totals.to_come:
        said.append(f"of the meetings {totals.cancelled} cancelled, {totals.to_come} to come")
    said.append(f"{counted(totals.minutes, 'version')} of minutes known of, {totals.minutes_not_held} of them not held")
    said.append(f"{counted(totals.resolutions, 'resolution')}, {totals.texts_not_held} carried without their wording")
    page.line("; ".join(said), hang=2)


def _numbers(page: Sheet, answer: Coverage) -> None:
    if not answer.numbers and not answer.unread:
        return
    page.heading("numbers")
    if answer.filters.organ is not None:
        page.line("Numbers of proposals belong to a body: those of all organs count.", hang=2)
    for (kind, body, organ, scheme), group in groupby(
        answer.numbers, key=lambda row: (row.kind, row.body, row.organ, row.scheme)
    ):
        rows = tuple(group)
        whose = ", ".join(part for part in (body, organ) if part) or "body not known"
        page.line(f"{KINDS[kind]}, {whose}: read as {scheme}, such as {rows[0].example}", hang=2)
        for row in rows:
            _run(page, row)
    for unread in answer.unread:
        some = ", ".join(unread.numbers[:LISTED_MAX])
        more = f" and {len(unread.numbers) - LISTED_MAX} more" if len(unread.numbers) > LISTED_MAX else ""
        page.line(
            f"{KINDS[unread.kind]}, {unread.body or 'body not known'}: read by no scheme: {some}{more}",
            hang=2,
        )


def _run(page: Sheet, row: NumberRow) -> None:
    period = f"{row.period}: " if row.period else ""
    span = str(row.first) if row.first == row.last else f"{row.first} to {row.last}"
    if row.why_not is not None:
        gaps = f"no gap is claimed: {row.why_not}"
    elif row.missing_count:
        gaps = f"{row.missing_count} missing: {cut(', '.join(row.missing), _RANGES_SHOWN)}"
    else:
        gaps = "none missing in between"
    page.line(f"{period}{span}, {row.held} held, {gaps}", indent=2, hang=2)
    if row.only_suffixed:
        page.line(f"held with a suffix only: {cut(', '.join(row.only_suffixed), _RANGES_SHOWN)}", indent=4, hang=2)
