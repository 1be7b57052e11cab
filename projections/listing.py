"""Lists: what there is of a kind, where it stands, and what last came of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import nearest, shown
from domain.body import Body
from domain.dates import first_day, last_day
from domain.events import ExternalActRecorded
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.values import STREAM_KINDS, When, stated
from projections import life, searching
from projections.deliberations import Deliberations, met_on
from projections.findings_filters import check_dates
from projections.neighbours import neighbours
from projections.parts import erasures, visibility_of_stream
from projections.proposals import version_field
from projections.refs import lookup, resolve
from projections.resolutions import readings
from projections.shapes import Filters, Knowledge, Known, Listing, Row
from projections.teller import NOT_MENTIONED, Teller
from projections.timetravel import Past, Placement, horizon
from projections.wording import code_text, when_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.archive import Archive
    from domain.stream import RecordedEvent, State
    from projections.projector import Views
    from projections.searching import Candidate
    from projections.timetravel import Horizon

# Streams that nobody looks for by name or date are listed by their title alone.
DEFAULT_KIND: Final = "proposal"


class _Narrowed(Struct, frozen=True):
    """What a list is narrowed to."""

    organs: frozenset[str] | None
    state: str | None
    date_from: str | None
    date_to: str | None

    def row(self, row: Row, organs: frozenset[str]) -> Row | None:
        """Give a row that fits, set apart where its date does not tell; None where it does not fit."""
        if self.organs is not None and not self.organs & organs:
            return None
        if self.state is not None and self.state not in (row.state, row.outcome.value):
            return None
        if row.apart is not None:
            return row
        where = _is_within(row, self.date_from, self.date_to)
        if where is None:
            return msgspec.structs.replace(row, apart=_why(row))
        return row if where else None


def listing(  # noqa: PLR0913  # each is an option of the command
    archive: Archive,
    *,
    kind: str | None = None,
    organ: str | None = None,
    state: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
    search: str | None = None,
    views: Views | None = None,
) -> Listing:
    """Give what there is of a kind, by date, then number.

    Args:
        archive: The archive.
        kind: A kind of stream; proposals where none is named.
        organ: Only what an organ has to do with: its name, its id or a look-up.
        state: Only what stands there: a state, a status of a resolution, or an outcome.
        date_from: Only what is dated this day or later; a month or year counts from its first day.
        date_to: Only what is dated this day or earlier; a month or year counts to its last day.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt), which are for archives; else they are only counted.
        search: Only what has these words in its texts; needs the views. Of more than `searching.THINGS_MAX` things that
            fit, those recorded last are given, and it is said.
        views: The views, up to date.

    Returns:
        The rows; those whose date is unknown, or not exact enough for the question, stand apart, and so does what is
        left of streams whose tokens were erased.

    Raises:
        InputError: An unknown kind, organ or state, a date that is none, or an end before its beginning.
    """
    wanted = kind or DEFAULT_KIND
    _check_code(wanted, STREAM_KINDS, what="kind")
    looked_at = horizon(archive, as_of=as_of, as_recorded=as_recorded)
    if state is not None:
        _check_code(state, life.STATES, what="state")
    check_dates(date_from=date_from, date_to=date_to)
    seeks = search is not None and views is not None
    # A search reads what it finds; besides that, what names and filters need.
    named = frozenset({*archive.streams("body"), *(archive.streams("organ") if organ is not None else ())})
    past = Past(archive, looked_at, with_blocked=with_blocked, among=named if seeks else None)
    teller = Teller(past)
    organs = _organs(teller, organ) if organ is not None else None
    narrowed = _Narrowed(organs, state, date_from, date_to)
    more = False
    if search is not None and views is not None:
        every = searching.candidates(views, search, wanted, position=looked_at.position)
        fitting = _found(archive, views, every, looked_at, narrowed, with_blocked=with_blocked)
        found = list(itertools.islice(fitting, searching.THINGS_MAX + 1))
        more = len(found) > searching.THINGS_MAX
        found = found[: searching.THINGS_MAX]
        blocked = searching.blocked_count(views, past)
    else:
        found = list(_fitting(teller, past.streams(wanted), narrowed))
        blocked = past.blocked_count()
    return Listing(
        register=teller.register(),
        horizon=teller.horizon(),
        filters=Filters(
            kind=wanted,
            organ=organ,
            organs=tuple(sorted(map(teller.name, organs))) if organs is not None else (),
            state=state,
            date_from=date_from,
            date_to=date_to,
            search=search,
            more=more,
        ),
        rows=tuple(sorted((row for row in found if row.apart is None), key=_order)),
        apart=tuple(sorted((row for row in found if row.apart is not None), key=_order)),
        bodies=tuple(map(teller.body_name, teller.bodies())),
        erased=tuple(line for stream in past.erased_streams(wanted) for line in erasures(past, stream)),
        blocked=blocked,
    )


def _fitting(teller: Teller, streams: Iterable[str], narrowed: _Narrowed) -> Iterator[Row]:
    """Give the rows of those of some streams that fit."""
    deliberations = Deliberations(teller.past)
    for stream in streams:
        found = _row(teller, deliberations, stream)
        row = narrowed.row(*found) if found is not None else None
        if row is not None:
            yield row


def _found(
    archive: Archive,
    views: Views,
    every: tuple[Candidate, ...],
    looked_at: Horizon,
    narrowed: _Narrowed,
    *,
    with_blocked: bool,
) -> Iterator[Row]:
    """Give the rows of what was found and fits, reading only as much as is asked for."""
    for start in range(0, len(every), searching.THINGS_MAX):
        some = every[start : start + searching.THINGS_MAX]
        among = neighbours(archive, views, [one.stream for one in some], listed=True)
        past = Past(archive, looked_at, with_blocked=with_blocked, among=among)
        fields = {one.stream: searching.found_in(views, one, past) for one in some}
        for row in _fitting(Teller(past), (stream for stream, texts in fields.items() if texts), narrowed):
            yield msgspec.structs.replace(row, found_in=fields[row.stream])


# -- filters --------------------------------------------------------------------------------------


def _check_code(value: str, allowed: tuple[str, ...], *, what: str) -> None:
    if value not in allowed:
        raise InputError(
            f"{what}: found {shown(value)}, expected one of {', '.join(allowed)}", hint=nearest(value, allowed)
        )


def _organs(teller: Teller, text: str) -> frozenset[str]:
    """Give the organs that a name or reference means; organs of several bodies may bear the same name.

    A name may be given with that of the body, as lists show it: `Kreistag (Musterkreis)`.
    """
    if text.startswith("organ:"):
        return frozenset({resolve(teller, text).stream})
    past = teller.past
    found = frozenset(stream for stream in lookup(past, "organ", {"name": text}) if past.exists(stream))
    found = found or frozenset(stream for stream in past.streams("organ") if teller.name(stream) == text)
    if not found:
        names = tuple(sorted({teller.name(stream) for stream in past.streams("organ")}))
        states = (past.whole_state(stream) for stream in past.streams("organ"))
        named = (stated(one.name) for one in states if isinstance(one, Organ))
        bare = tuple(sorted({name for name in named if name is not None}))
        raise InputError(
            f"organ: found {shown(text)}, expected one of {', '.join(names) or 'none recorded'}",
            hint=" ".join(filter(None, (nearest(text, bare), "`ratsbuch list --kind organ` shows all"))),
        )
    return found


def _is_within(row: Row, date_from: str | None, date_to: str | None) -> bool | None:
    """Say whether a row's date lies between two days; None where that cannot be told."""
    if date_from is None and date_to is None:
        return True
    if not isinstance(row.date.value, str):
        return None
    first, last = first_day(row.date.value), last_day(row.date.value)
    low = first_day(date_from) if date_from is not None else first
    high = last_day(date_to) if date_to is not None else last
    if last < low or first > high:
        return False
    return True if first >= low and last <= high else None


def _why(row: Row) -> str:
    return "undated" if row.date.value is None else "straddles"


def _order(row: Row) -> tuple[bool, str, str]:
    """By date, then number; what has neither stays in the order of recording."""
    date, number = row.date.value, row.number.value
    return date is None, str(date or ""), str(number or "")


# -- rows -----------------------------------------------------------------------------------------


def _row(teller: Teller, deliberations: Deliberations, stream: str) -> tuple[Row, frozenset[str]] | None:
    """Give the row of a stream, and the organs that it has to do with; None where all of it happened later.

    A stream whose opening cannot be placed is set apart: whether it was there by then is what cannot be told.
    """
    past = teller.past
    opened = past.effective(stream)[0]
    where = past.place(opened)
    state = past.state(stream)
    if where in {Placement.STRADDLES, Placement.UNDATED}:
        # What happened later is no part of it: only the opening is taken in besides what had happened by then.
        state = past.state_from(opened)
        if state is None:
            return None
        row, organs = _row_of(teller, deliberations, state, opened)
        return msgspec.structs.replace(row, apart=where.value), organs
    return _row_of(teller, deliberations, state, opened) if state is not None else None


def _row_of(
    teller: Teller, deliberations: Deliberations, state: State, opened: RecordedEvent
) -> tuple[Row, frozenset[str]]:
    row, organs = _own_row(teller, deliberations, state, opened)
    owner = _body(teller, state)
    visibility = visibility_of_stream(teller.past, opened.stream)
    return msgspec.structs.replace(
        row, body=teller.body_name(owner) if owner is not None else None, visibility=visibility
    ), organs


def _body(teller: Teller, state: State) -> str | None:
    """Give the body that something belongs to, as far as that is stated."""
    match state:
        case Proposal():
            return stated(state.registered.event.body) if state.registered is not None else None
        case Meeting():
            return stated(state.convened.event.body) if state.convened is not None else None
        case Organ():
            return stated(state.body)
        case Group():
            return stated(state.registered.event.body) if state.registered is not None else None
        case Resolution():
            made_by = stated(state.made.event.made_by) if state.made is not None else None
            organ = stated(made_by.organ) if made_by is not None else None
            by = teller.past.whole_state(organ) if organ is not None else None
            decided = stated(state.proposal)
            about = by if by is not None or decided is None else teller.past.whole_state(decided)
            return _body(teller, about) if isinstance(about, Organ | Proposal) else None
        case _:
            return None


def _own_row(
    teller: Teller, deliberations: Deliberations, state: State, opened: RecordedEvent
) -> tuple[Row, frozenset[str]]:
    match state:
        case Proposal():
            return _proposal(teller, deliberations, state, opened)
        case Meeting():
            return _meeting(teller, state, opened)
        case Resolution():
            return _resolution(teller, state, opened)
        case Organ() | Group() | Body():
            streams = frozenset({state.stream}) if isinstance(state, Organ) else frozenset[str]()
            return _plain(teller, opened), streams
        case _:
            return _plain(teller, opened), frozenset()


def _plain(teller: Teller, opened: RecordedEvent) -> Row:
    return Row(
        stream=opened.stream,
        number=NOT_MENTIONED,
        date=_day(teller, opened),
        subject=Known(state=Knowledge.STATED, value=teller.title(opened.stream), event=teller.use(opened)),
        state=None,
        outcome=NOT_MENTIONED,
        outcome_on=None,
        outcome_by=None,
        organs=(),
    )


def _day(teller: Teller, record: RecordedEvent) -> Known:
    """Give the day on which an event happened; not mentioned where only a range or nothing is known."""
    occurred = record.occurred
    if not isinstance(occurred, When):
        return teller.known(occurred, record, "occurred")
    at = stated(occurred.at)
    if at is None:
        return NOT_MENTIONED
    return teller.known(at, record, "occurred", inferred=occurred.certainty != "stated")


def _proposal(
    teller: Teller, deliberations: Deliberations, state: Proposal, opened: RecordedEvent
) -> tuple[Row, frozenset[str]]:
    date = version_field(teller, state.current, "document_date")
    last = life.last_outcome(state.stream, deliberations)
    organs = {stated(one.plan.organ) for one in state.consultations}
    for treatment in deliberations.of(state.stream):
        organs |= set(deliberations.organs(treatment.meeting))
    for made in deliberations.resolutions(state.stream):
        made_by = stated(made.made.event.made_by) if made.made is not None else None
        organs.add(stated(made_by.organ) if made_by is not None else None)
    named = frozenset(organ for organ in organs if organ is not None)
    return Row(
        stream=state.stream,
        number=version_field(teller, state.current, "reference"),
        date=date if date.value is not None else _day(teller, opened),
        subject=version_field(teller, state.current, "subject"),
        state=life.state_of_proposal(state, deliberations).value,
        outcome=teller.field(last.fact, "outcome", say=code_text) if last is not None else NOT_MENTIONED,
        outcome_on=deliberations.met_on(last.treatment) if last is not None else None,
        outcome_by=teller.names(deliberations.organs(last.treatment.meeting)) if last is not None else None,
        organs=tuple(sorted(teller.name(organ) for organ in named)),
    ), named


def _meeting(teller: Teller, state: Meeting, opened: RecordedEvent) -> tuple[Row, frozenset[str]]:
    convened = state.convened
    day = met_on(teller.past, state, (*state.outcomes, *state.ballots))
    return Row(
        stream=state.stream,
        number=teller.field(convened, "number") if convened is not None else NOT_MENTIONED,
        date=teller.known(day, opened, "data.starts_at") if day is not None else NOT_MENTIONED,
        subject=Known(state=Knowledge.STATED, value=teller.names(state.organs) or "organ not known"),
        state=life.state_of_meeting(state).value,
        outcome=NOT_MENTIONED,
        outcome_on=None,
        outcome_by=None,
        organs=tuple(teller.name(organ) for organ in state.organs),
    ), frozenset(state.organs)


def _afterwards(teller: Teller, stream: str) -> tuple[str, ...]:
    """Give what was done about a resolution: acts of reviews that name it, and its being decided anew."""
    past = teller.past
    found = [
        _act(act.event) if isinstance(act.event, ExternalActRecorded) else _REVIEWED[act.event.TYPE]
        for review in past.states("review", Review)
        for act in review.acts
        if stream in (stated(act.event.resolutions) or ())
    ]
    for other in past.states("resolution", Resolution):
        if other.made is not None and stream in (stated(other.made.event.re_decides) or ()):
            day = when_text(other.made.record.occurred)
            found.append(f"decided anew {day}".rstrip())
    return tuple(dict.fromkeys(found))


def _act(event: ExternalActRecorded) -> str:
    act, authority = stated(event.act), stated(event.authority_name)
    return " of ".join(part for part in (code_text(act or "act"), authority) if part)


_REVIEWED: Final = {"objection-raised/1": "objected to", "review-submitted/1": "submitted to the supervisor"}


def _resolution(teller: Teller, state: Resolution, opened: RecordedEvent) -> tuple[Row, frozenset[str]]:
    made = state.made
    made_by = stated(made.event.made_by) if made is not None else None
    organ = stated(made_by.organ) if made_by is not None else None
    day = teller.past.day
    standing = life.state_of_resolution(state, day=day)
    allowed = readings(state, day=day)
    return Row(
        stream=state.stream,
        number=teller.field(made, "number") if made is not None else NOT_MENTIONED,
        date=_day(teller, opened),
        subject=Known(state=Knowledge.STATED, value=teller.title(state.stream), event=teller.use(opened)),
        state=standing.state.value,
        state_basis=Knowledge.INFERRED if standing.is_inferred else Knowledge.STATED,
        readings=allowed if len(allowed) > 1 else (),
        afterwards=_afterwards(teller, state.stream),
        outcome=teller.field(made, "sense", say=code_text) if made is not None else NOT_MENTIONED,
        outcome_on=None,
        outcome_by=teller.name(organ) if organ is not None else None,
        organs=(teller.name(organ),) if organ is not None else (),
    ), frozenset({organ} if organ is not None else ())
