"""The rows of lists: what each thing is called, when it was, where it stands, and in what way each of it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from domain.body import Body
from domain.events import ExternalActRecorded
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.values import When, stated
from projections import life
from projections.parts import met, visibility_of_stream
from projections.proposals import newest_field
from projections.resolutions import every_reading
from projections.shapes import Knowledge, Known, Row
from projections.teller import NOT_MENTIONED, Teller
from projections.timetravel import Placement
from projections.wording import code_text, range_text, when_text

if TYPE_CHECKING:
    from domain.stream import RecordedEvent, State
    from projections.deliberations import Deliberations
    from projections.resolutions import Successions

# Why a row stands apart of which no fact of its own counts as of the day asked for, but what others did with it.
OPENED_LATER: Final = "opened_later"


def row_of(
    teller: Teller, deliberations: Deliberations, successions: Successions, stream: str
) -> tuple[Row, frozenset[str]] | None:
    """Give the row of a stream, and the organs that it has to do with; None where all of it happened later.

    A proposal that was brought in later, though a meeting had dealt with it by then, is set apart, and so is a stream
    whose opening cannot be placed: whether it was there by then is what cannot be told.
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
        row, organs = _row_of(teller, deliberations, successions, state, opened)
        return msgspec.structs.replace(row, apart=where.value), organs
    if state is not None:
        return _row_of(teller, deliberations, successions, state, opened)
    if past.horizon.as_of is None or not (stream.startswith("proposal:") and deliberations.has_dealt_with(stream)):
        return None
    # What it is called is taken from its opening, though that came later: a row has to say what it is about.
    state = past.state_from(opened)
    if state is None:
        return None
    row, organs = _row_of(teller, deliberations, successions, state, opened)
    return msgspec.structs.replace(row, apart=OPENED_LATER), organs


def _row_of(
    teller: Teller, deliberations: Deliberations, successions: Successions, state: State, opened: RecordedEvent
) -> tuple[Row, frozenset[str]]:
    row, organs = _own_row(teller, deliberations, successions, state, opened)
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
    teller: Teller, deliberations: Deliberations, successions: Successions, state: State, opened: RecordedEvent
) -> tuple[Row, frozenset[str]]:
    match state:
        case Proposal():
            return _proposal(teller, deliberations, state, opened)
        case Meeting():
            return _meeting(teller, state)
        case Resolution():
            return _resolution(teller, successions, state, opened)
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
    """Give the day on which an event happened; where only a range is known it has no value, and the range is shown."""
    occurred = record.occurred
    if not isinstance(occurred, When):
        return teller.known(occurred, record, "occurred")
    at = stated(occurred.at)
    is_inferred = occurred.certainty != "stated"
    if at is not None:
        return teller.known(at, record, "occurred", inferred=is_inferred)
    between = range_text(at=None, not_before=stated(occurred.not_before), not_after=stated(occurred.not_after))
    if not between:
        return NOT_MENTIONED
    return Known(state=Knowledge.INFERRED if is_inferred else Knowledge.STATED, shown=between, event=teller.use(record))


def _proposal(
    teller: Teller, deliberations: Deliberations, state: Proposal, opened: RecordedEvent
) -> tuple[Row, frozenset[str]]:
    date = newest_field(teller, state, "document_date")
    last = life.last_outcome(state.stream, deliberations)
    standing = life.standing_of_proposal(state, deliberations)
    organs = {stated(one.plan.organ) for one in state.consultations}
    for treatment in deliberations.of(state.stream):
        organs |= set(deliberations.organs(treatment.meeting))
    for made in deliberations.resolutions(state.stream):
        made_by = stated(made.made.event.made_by) if made.made is not None else None
        organs.add(stated(made_by.organ) if made_by is not None else None)
    named = frozenset(organ for organ in organs if organ is not None)
    return Row(
        stream=state.stream,
        number=newest_field(teller, state, "reference"),
        date=date if date.value is not None else _day(teller, opened),
        document_date=date if date.value is None else None,
        subject=newest_field(teller, state, "subject"),
        state=standing.state.value,
        state_basis=standing.basis,
        outcome=teller.field(last.fact, "outcome", say=code_text) if last is not None else NOT_MENTIONED,
        outcome_on=deliberations.met_on(last.treatment) if last is not None else None,
        outcome_day=_day_of(teller, last) if last is not None else None,
        outcome_by=_organs_of(teller, last.treatment.meeting) if last is not None else None,
        organs=tuple(sorted(teller.name(organ) for organ in named)),
    ), named


def _day_of(teller: Teller, last: life.LastOutcome) -> Known:
    """Tell the day of the last outcome: that of its meeting, inferred where nobody said when it came about."""
    day = met(teller, last.treatment.meeting, last.facts)
    occurred = last.fact.record.occurred
    is_said = isinstance(occurred, When) and stated(occurred.at) is not None
    return day if is_said or day.value is None else msgspec.structs.replace(day, state=Knowledge.INFERRED)


def _meeting(teller: Teller, state: Meeting) -> tuple[Row, frozenset[str]]:
    convened = state.convened
    standing = life.standing_of_meeting(state, teller.past)
    return Row(
        stream=state.stream,
        number=teller.field(convened, "number") if convened is not None else teller.absent(state.stream),
        date=met(teller, state, (*state.outcomes, *state.ballots)),
        subject=Known(state=Knowledge.STATED, value=teller.organs_of(state)),
        state=standing.state.value,
        state_basis=standing.basis,
        outcome=NOT_MENTIONED,
        outcome_on=None,
        outcome_by=None,
        organs=tuple(teller.name(organ) for organ in state.organs),
        organs_state=Knowledge.STATED if state.organs else teller.absent(state.stream).state,
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


def _resolution(
    teller: Teller, successions: Successions, state: Resolution, opened: RecordedEvent
) -> tuple[Row, frozenset[str]]:
    made = state.made
    made_by = stated(made.event.made_by) if made is not None else None
    organ = stated(made_by.organ) if made_by is not None else None
    day = teller.past.day
    standing = life.state_of_resolution(state, day=day)
    allowed = every_reading(teller, state, successions, day=day)
    return Row(
        stream=state.stream,
        number=_of_making(teller, state, "number"),
        date=_day(teller, opened),
        subject=Known(state=Knowledge.STATED, value=teller.title(state.stream), event=teller.use(opened)),
        state=standing.state.value,
        state_basis=standing.basis,
        readings=allowed if len(allowed) > 1 else (),
        afterwards=_afterwards(teller, state.stream),
        outcome=_of_making(teller, state, "sense"),
        outcome_on=None,
        outcome_by=teller.name(organ) if organ is not None else None,
        organs=(teller.name(organ),) if organ is not None else (),
    ), frozenset({organ} if organ is not None else ())


def _of_making(teller: Teller, state: Resolution, name: str) -> Known:
    """Tell a field of how a resolution was made; where that is not shown, in what way it is not known."""
    if state.made is None:
        return NOT_MENTIONED if state.urgent else teller.absent(state.stream)
    return teller.field(state.made, name, say=code_text)


def _organs_of(teller: Teller, meeting: Meeting) -> str:
    """Give the organs of a meeting by the names that they have for this reader, whenever it was called."""
    whole = teller.past.whole_state(meeting.stream)
    return teller.organs_of(whole if isinstance(whole, Meeting) else meeting)
