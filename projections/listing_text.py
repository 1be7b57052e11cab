"""The human text of lists: number, date, state with the last outcome, subject; what is not known says in what way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.intake.references import shown
from projections.listing_rows import OPENED_LATER
from projections.pages import dates_filter, headline, organ_filter
from projections.shapes import Knowledge
from projections.teller import NOT_MENTIONED
from projections.text import WIDTH, Page, blocked_line, frame, gone, known_text, marked, padded, standing_words
from projections.unplaced_text import facts_apart
from projections.wording import code_text, counted, day_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.shapes import Known, Listing, Row

_NUMBER_WIDTH: Final = 10
_NO_NUMBER: Final = "-"
_INFERRED: Final = "~"
# Things of the other kinds bear no numbers.
_NUMBERED: Final = frozenset({"proposal", "meeting", "resolution"})
_NOUNS: Final = {"body": ("body", "bodies"), "custody": ("file", "files")}


def listing_text(listing: Listing, *, width: int = WIDTH) -> str:
    """Give a list as a table: number, date, state with the last outcome, subject."""
    page = Page(width)
    frame(page, listing.register, listing.horizon)
    filters = listing.filters
    words = shown(filters.search) if filters.search is not None else None
    noun = _NOUNS.get(filters.kind, (filters.kind, None))
    named = (
        organ_filter(filters.organ, filters.organs),
        _state_filter(listing),
        dates_filter(filters.date_from, filters.date_to),
        f"search {words}{', the 200 recorded last' if filters.more else ''}" if words is not None else None,
    )
    headline(page, counted(len(listing.rows), *noun), listing.bodies, named)
    if listing.erased:
        streams = tuple(dict.fromkeys(line.event.partition("#")[0] for line in listing.erased))
        page.line(f"besides, {counted(len(streams), *noun)} of which nothing is left:", hang=2)
        for stream in streams:
            page.line(stream, indent=page.column)
        gone(page, listing.erased, 0)
    blocked_line(page, listing.blocked)
    several = len(listing.bodies) > 1
    page.blank()
    for row in listing.rows:
        _row(page, row, several=several)
    if listing.apart:
        later = [row for row in listing.apart if row.apart == OPENED_LATER]
        others = [row for row in listing.apart if row.apart != OPENED_LATER]
        for heading, rows in (
            ("cannot be placed: undated, or not exact enough for the question", others),
            ("brought in later, though something had been done with it by then", later),
        ):
            if rows:
                page.heading(heading)
            for row in rows:
                _row(page, row, several=several)
    facts_apart(page, listing.horizon, ((_title(row), row.facts_apart) for row in (*listing.rows, *listing.apart)))
    _legend(page, listing)
    return page.text()


def _legend(page: Page, listing: Listing) -> None:
    """Say what the two marks of the columns mean, where they stand."""
    rows = (*listing.rows, *listing.apart)
    says = []
    if listing.filters.kind in _NUMBERED and any(_number(row) == _NO_NUMBER for row in rows):
        says.append(f"{_NO_NUMBER} number not mentioned")
    if any(row.date.state is Knowledge.INFERRED for row in rows):
        says.append(f"{_INFERRED} date inferred")
    if says:
        page.blank()
        page.line("; ".join(says), hang=2)


def _state_filter(listing: Listing) -> str | None:
    """Give the state asked for, and of how many rows nobody stated it or it is one of several readings."""
    state = listing.filters.state
    if state is None:
        return None
    rows = (*listing.rows, *listing.apart)
    inferred = sum(row.state_basis is Knowledge.INFERRED and row.state == state for row in rows)
    contested = sum(bool(row.readings) and row.state == state for row in rows)
    doubts = [f"{inferred} inferred"] if inferred else []
    doubts += [f"{contested} with more than one reading"] if contested else []
    doubtful = f" ({', '.join(doubts)})" if doubts else ""
    return f"state {code_text(state)}{doubtful}"


def _title(row: Row) -> str:
    """Give what a thing is called where it is named beside its row."""
    number = f"{known_text(row.number)}: " if row.number.value is not None else ""
    named = known_text(row.subject) if row.subject.value is not None else row.stream
    return named if number.removesuffix(": ") in named and number else f"{number}{named}"


def _number(row: Row) -> str:
    return _NO_NUMBER if row.number.state is Knowledge.NOT_MENTIONED else _column(row.number)


def _column(known: Known) -> str:
    """Say a value in a column: where there is none, in what way it is not known."""
    return known_text(known) if known.value is not None else code_text(known.state)


def _date(row: Row) -> str:
    """Give the date column: the day, marked where it is inferred; else in what way it is not known."""
    if isinstance(row.date.value, str):
        return f"{_INFERRED if row.date.state is Knowledge.INFERRED else ' '}{day_text(row.date.value)}"
    if row.date.shown is not None:
        return " not exact"
    known = row.date if row.document_date is None or row.date is not NOT_MENTIONED else row.document_date
    return " undated" if known.state is Knowledge.NOT_MENTIONED else f" {code_text(known.state)}"


def _row(page: Page, row: Row, *, several: bool) -> None:
    words = _row_state(row)
    body = f"({row.body})" if several and row.body is not None else ""
    if body and not any(body in text for text in (words, known_text(row.subject))):
        words = f"{words} {body}".lstrip()
    page.line(words, label=f"{padded(_number(row), _NUMBER_WIDTH)}{_date(row)}")
    subject = known_text(row.subject)
    if row.subject.value is None:
        subject = f"subject {subject}"
    page.line(marked(subject, row.visibility), indent=page.column)
    for index, reading in enumerate(row.readings, start=1):
        page.line(f"{index}. {reading}", indent=page.column, hang=3)
    if row.number.value is None:
        page.line(row.stream, indent=page.column)
    if row.found_in:
        page.line(f"found in {', '.join(map(code_text, row.found_in))}", indent=page.column, hang=2)


def _row_state(row: Row) -> str:
    """Give where it stands, the last outcome, and what was done about it since."""
    state = standing_words(row.state, row.state_basis, len(row.readings)) if row.state is not None else ""
    return "; ".join(part for part in (f"{state}{_outcome(row)}", *row.afterwards, *_notes(row)) if part)


def _outcome(row: Row) -> str:
    """Say what last came of it, when and where; what of it is not known says in what way."""
    kind = row.stream.partition(":")[0]
    has_one = kind == "resolution" or row.outcome_day is not None or row.state == "decided"
    if not has_one:
        return ""
    noun = "sense" if kind == "resolution" else "outcome"
    words = known_text(row.outcome) if row.outcome.value is not None else f"{noun} {known_text(row.outcome)}"
    by = f", {row.outcome_by}" if row.outcome_by else ""
    if row.outcome_day is None:
        return f": {words}{by}"
    day = row.outcome_day
    doubt = " (inferred)" if day.state is Knowledge.INFERRED else ""
    when = f"{day_text(day.value)}{doubt}" if isinstance(day.value, str) else f"on a day {known_text(day)}"
    return f": {words} {when}{by}"


def _notes(row: Row) -> Iterator[str]:
    """Say what else is to be known of the date."""
    if row.date.shown is not None and row.date.value is None:
        yield known_text(row.date)
    if row.document_date is not None and row.date.value is not None:
        yield f"brought in that day, Datum {known_text(row.document_date)}"
