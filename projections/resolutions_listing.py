"""What `resolutions` gives: where each stands, what the record allows to have held on a day, and what falls due.

    resolutions                          all, each with its timeline and what falls due
    resolutions --in-force-on DATE       those of which one reading is that they were in force on that day
    resolutions --due-within PERIOD      those of which something falls due from the reader's day on

A rejection is a resolution too, and is never in force. Nothing is weighed: where the record allows two readings of a
day, both are given.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from archive.errors import InputError
from archive.intake.references import shown
from domain import streams
from domain import values as x
from domain import vocabulary as v
from domain.dates import first_day, is_before
from domain.resolution import Resolution
from domain.values import When, stated
from projections import life
from projections.deadlines import body_of, deadlines
from projections.listing import listing
from projections.parts import visibility_of_stream
from projections.resolutions import Successions, every_reading, may_be_in_force, resolution, statuses_apart
from projections.resolutions_shapes import DueKind, DueLine, ResolutionEntry, ResolutionFilters, Resolutions
from projections.teller import Teller
from projections.timetravel import Past, horizon
from projections.unplaced import Unplaced

if TYPE_CHECKING:
    from archive.archive import Archive
    from projections.shapes import Row

_PERIOD: Final = re.compile(r"([0-9]{1,5})([dwmy])\Z")
_PERIOD_ISO: Final = re.compile(r"P([0-9]{1,5})([DWMY])\Z")
_EXPECTED: Final = "a period such as 90d, 12w, 3m or 1y (days, weeks, months, years)"
_DEAD: Final = v.ResolutionSense.REJECTING
# What somebody sets a day for: where none is recorded, it may fall due at any time. That nothing is filed is no such.
_DATED: Final = frozenset({DueKind.ENDS, DueKind.TRIAL_ENDS, DueKind.REVIEW, DueKind.IMPLEMENTATION, DueKind.ACT})


def resolutions_of(  # noqa: PLR0913  # each is an option of the command
    archive: Archive,
    *,
    organ: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    in_force_on: str | None = None,
    due_within: str | None = None,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
) -> Resolutions:
    """Give the resolutions, by the day on which they were made.

    Args:
        archive: The archive.
        organ: Only those of an organ: its name, its id or a look-up.
        date_from: Only those made this day or later; a month or year counts from its first day.
        date_to: Only those made this day or earlier; a month or year counts to its last day.
        in_force_on: Only those that may have been in force on this day, `YYYY-MM-DD`.
        due_within: Only those of which something falls due within this period (`90d`) from the reader's day on, both
            days included; what is settled does not count.
        as_of: Only what had happened by the end of this day, which is then the reader's day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt).

    Raises:
        InputError: An unknown organ, a date that is none, or no period.
    """
    past = Past(archive, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked)
    teller = Teller(past)
    successions = Successions(past)
    unplaced = Unplaced(teller)
    if in_force_on is not None:
        _check_day(in_force_on)
    until = end_of_window(past.day, due_within) if due_within is not None else None
    found = listing(
        archive,
        kind="resolution",
        organ=organ,
        date_from=date_from,
        date_to=date_to,
        as_of=as_of,
        as_recorded=as_recorded,
        with_blocked=with_blocked,
    )
    entries: list[ResolutionEntry] = []
    apart = [one for row in found.apart if (one := _entry(teller, row, successions, unplaced, in_force_on)) is not None]
    left_out, overdue = 0, 0
    for row in found.rows:
        state = past.state(row.stream)
        entry = _entry(teller, row, successions, unplaced, in_force_on)
        if entry is None or not isinstance(state, Resolution):
            continue
        overdue += sum(due.days is not None and due.days < 0 and due.settled is None for due in entry.due)
        if until is not None:
            due = tuple(one for one in entry.due if _is_due(one, past.day, until))
            endless = tuple(one for one in entry.due if one.on is None and one.settled is None and one.kind in _DATED)
            if endless:
                apart.append(msgspec.structs.replace(entry, due=endless, apart="no_day"))
            elif entry.facts_apart and not due:
                apart.append(msgspec.structs.replace(entry, due=(), apart="facts_apart"))
            if not due:
                left_out += not (endless or entry.facts_apart)
                continue
            entry = msgspec.structs.replace(entry, due=due)
        held = _held(past, state, in_force_on) if in_force_on is not None else True
        if held is None:
            apart.append(msgspec.structs.replace(entry, apart="nothing_recorded"))
        elif held:
            entries.append(entry)
        else:
            left_out += 1
    return Resolutions(
        register=teller.register(),
        horizon=teller.horizon(),
        day=past.day,
        filters=ResolutionFilters(
            organ=organ,
            organs=found.filters.organs,
            date_from=date_from,
            date_to=date_to,
            in_force_on=in_force_on,
            due_within=due_within,
            due_from=past.day if until is not None else None,
            due_until=until,
        ),
        resolutions=tuple(entries),
        apart=tuple(apart),
        left_out=left_out,
        overdue=overdue,
        bodies=found.bodies,
        erased=found.erased,
        blocked=found.blocked,
        events=teller.events(),
    )


def _check_day(text: str) -> None:
    try:
        msgspec.convert(text, x.Day)
    except msgspec.ValidationError as error:
        raise InputError(f"in-force-on: found {shown(text)}, expected a day, written YYYY-MM-DD") from error


def end_of_window(day: str, period: str) -> str:
    """Give the last day of a period that begins with a day.

    Args:
        day: The first day, `YYYY-MM-DD`.
        period: So many days, weeks, months or years: `90d`, `12w`, `3m`, `1y`, or the same in ISO 8601: `P90D`.

    Raises:
        InputError: It is no such period, or ends beyond the calendar.
    """
    found = _PERIOD.match(period) or _PERIOD_ISO.match(period)
    if found is None:
        hint = f'did you mean "{period}d"?' if re.fullmatch("[0-9]{1,5}", period) else None
        raise InputError(f"due-within: found {shown(period)}, expected {_EXPECTED}", hint=hint)
    number, unit = int(found[1]), found[2].lower()
    begins = first_day(day)
    try:
        if unit in {"d", "w"}:
            return (begins + timedelta(days=number * (7 if unit == "w" else 1))).isoformat()
        months = begins.year * 12 + begins.month - 1 + number * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        # A month that has no such day ends the period with its last one.
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(begins.day, last)).isoformat()
    except (OverflowError, ValueError) as error:
        raise InputError(f"due-within: found {shown(period)}, which from {day} on ends beyond the year 9999") from error


def _is_due(due: DueLine, day: str, until: str) -> bool:
    """Say whether something may fall due within a period; a date that is not exact to the day may."""
    if due.on is None or due.settled is not None:
        return False
    return not is_before(due.on, day) and not is_before(until, due.on)


def _held(past: Past, state: Resolution, day: str) -> bool | None:
    """Say whether a resolution may have been in force on a day; None where nothing is recorded about that."""
    made = state.made
    if made is not None and made.event.sense is _DEAD:
        return False
    occurred = made.record.occurred if made is not None else None
    at = (stated(occurred.at) or stated(occurred.not_before)) if isinstance(occurred, When) else None
    if at is not None and is_before(day, at):
        return False
    return may_be_in_force(state, day=day, apart=statuses_apart(past, state.stream))


def _entry(
    teller: Teller, row: Row, successions: Successions, unplaced: Unplaced, in_force_on: str | None
) -> ResolutionEntry | None:
    past = teller.past
    state = past.state(row.stream)
    if state is None:
        # Nothing of it counts as of the day asked for: how it was made cannot be placed, and is all that is said.
        state = streams.replay("resolution", past.effective(row.stream)[:1])
    if not isinstance(state, Resolution):
        return None
    opened = past.effective(row.stream)[0].id
    standing = life.state_of_resolution(state, day=past.day)
    owner = body_of(past, state)
    return ResolutionEntry(
        stream=state.stream,
        title=teller.title(state.stream),
        body=teller.body_name(owner) if owner is not None else None,
        visibility=visibility_of_stream(past, state.stream),
        state=standing.state.value,
        state_basis=standing.basis,
        readings=every_reading(teller, state, successions, day=in_force_on or past.day),
        line=resolution(teller, state, successions=successions, on=in_force_on),
        due=deadlines(teller, state),
        apart=row.apart,
        facts_apart=unplaced.of(state.stream, but=opened if row.apart is not None else None),
    )
