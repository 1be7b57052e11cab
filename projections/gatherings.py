"""What `meetings` gives: each meeting with its items and what came of them, who was there, and its minutes.

`show` gives one meeting with everything that is recorded of it; here is what can be set side by side. What is recorded
and names no agenda item stands as an item without an id, so that no outcome is lost to the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from domain import events as e
from domain import streams
from domain import vocabulary as v
from domain.meeting import Item, Meeting, agenda, items, minutes
from domain.stream import Fact
from domain.values import WITHHELD, stated
from projections import life
from projections.ballot_checks import check_of_outcome, checks_of
from projections.changes import summary
from projections.deliberations import named
from projections.gatherings_shapes import (
    ActEntry,
    ItemEntry,
    MeetingEntry,
    MeetingFilters,
    Meetings,
    MinutesEntry,
    PartEntry,
    PresenceLine,
)
from projections.listing import listing
from projections.meetings_presence import presence, stages, was_invited
from projections.neighbours import neighbours
from projections.parts import event_line, quorum
from projections.shapes import DocumentLine, Knowledge, Row
from projections.teller import NOT_MENTIONED, Teller
from projections.timetravel import Past, horizon
from projections.unplaced import Unplaced
from projections.wording import code_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.archive import Archive
    from domain.meeting import Minutes
    from projections.projector import Views
    from projections.shapes import CheckLine, Dated, Known


def meetings_of(
    archive: Archive,
    *,
    organ: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
    views: Views | None = None,
) -> Meetings:
    """Give the meetings, by date.

    Args:
        archive: The archive.
        organ: Only those of an organ: its name, its id or a look-up.
        date_from: Only those on this day or later; a month or year counts from its first day.
        date_to: Only those on this day or earlier; a month or year counts to its last day.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt).
        views: The views, up to date: with them only what has to do with these meetings is read.

    Returns:
        The meetings; those whose date is unknown, or not exact enough for the question, stand apart.

    Raises:
        InputError: An unknown organ, or a date that is none.
    """
    found = listing(
        archive,
        kind="meeting",
        organ=organ,
        date_from=date_from,
        date_to=date_to,
        as_of=as_of,
        as_recorded=as_recorded,
        with_blocked=with_blocked,
        views=views,
    )
    among = None
    if views is not None:
        among = neighbours(archive, views, [row.stream for row in (*found.rows, *found.apart)], listed=True)
    looked_at = horizon(archive, as_of=as_of, as_recorded=as_recorded)
    teller = Teller(Past(archive, looked_at, with_blocked=with_blocked, among=among))
    unplaced = Unplaced(teller)
    return Meetings(
        register=teller.register(),
        horizon=teller.horizon(),
        filters=MeetingFilters(organ=organ, organs=found.filters.organs, date_from=date_from, date_to=date_to),
        meetings=tuple(_entries(teller, found.rows, unplaced)),
        apart=tuple(_entries(teller, found.apart, unplaced)),
        bodies=found.bodies,
        erased=found.erased,
        blocked=found.blocked,
        events=teller.events(),
    )


def _entries(teller: Teller, rows: Iterable[Row], unplaced: Unplaced) -> Iterator[MeetingEntry]:
    for row in rows:
        state = teller.past.state(row.stream)
        if state is None:
            # Nothing of it counts as of the day asked for: all that is said is that it was called, which has no place.
            state = streams.replay("meeting", teller.past.effective(row.stream)[:1])
        if isinstance(state, Meeting):
            yield _meeting(teller, state, row, unplaced)


def _meeting(teller: Teller, state: Meeting, row: Row, unplaced: Unplaced) -> MeetingEntry:
    convened = state.convened
    called = teller.past.effective(state.stream)[0].id
    standing = life.standing_of_meeting(state, teller.past)

    def as_called(name: str) -> Known:
        moved = next((fact for fact in reversed(state.moves) if getattr(fact.event, name) is not UNSET), None)
        if moved is not None:
            return teller.field(moved, name)
        return teller.field(convened, name) if convened is not None else NOT_MENTIONED

    return MeetingEntry(
        stream=state.stream,
        title=teller.title(state.stream),
        number=row.number,
        date=as_called("starts_at") if stated(state.starts_at) is not None else row.date,
        place=as_called("place"),
        organs=row.organs,
        organs_state=row.organs_state,
        body=row.body,
        visibility=row.visibility,
        state=standing.state.value,
        state_basis=standing.basis,
        publicity=teller.field(convened, "publicity", say=code_text) if convened is not None else NOT_MENTIONED,
        invited_on=teller.field(convened, "invited_on") if convened is not None else NOT_MENTIONED,
        parts=tuple(_parts(teller, state)),
        publicity_decided=tuple(event_line(teller, fact) for fact in state.publicity),
        quorum=quorum(teller, state),
        items=(*(_item(teller, state, item) for item in items(state)), *_without_item(teller, state)),
        minutes=tuple(_minutes(teller, one) for one in minutes(state)),
        cancelled=event_line(teller, state.cancelled) if state.cancelled is not None else None,
        moved=tuple(event_line(teller, fact) for fact in state.moves),
        apart=row.apart,
        facts_apart=unplaced.of(state.stream, but=called if row.apart is not None else None),
    )


def _parts(teller: Teller, state: Meeting) -> Iterator[PartEntry]:
    """Give the parts that an agenda, an opening, a closing or minutes name."""
    for part in v.Part:
        holding = agenda(state, part)
        opened = [fact for fact in state.openings if fact.event.part is part]
        closed = [fact for fact in state.closings if fact.event.part is part]
        filed = any(fact.event.part is part for fact in state.minutes_filed)
        if holding is None and not (opened or closed or filed):
            continue
        yield PartEntry(
            part=part.value,
            items=len(stated(holding.event.items) or ()) if holding is not None else 0,
            opened=_when(teller, opened[-1]) if opened else None,
            closed=_when(teller, closed[-1]) if closed else None,
        )


def _when(teller: Teller, fact: Fact[e.MeetingOpened] | Fact[e.MeetingClosed] | Fact[e.ItemCalled]) -> Dated:
    teller.use(fact.record)
    return teller.occurred(fact.record)


# -- items ----------------------------------------------------------------------------------------


def _item(teller: Teller, state: Meeting, item: Item) -> ItemEntry:
    entry, set_by = item.entry, item.set_by
    proposal = stated(entry.proposal) if entry is not None else None
    call = item.calls[-1] if item.calls else None

    def of_entry(name: str) -> Known:
        if entry is None or set_by is None:
            return NOT_MENTIONED
        return teller.known(getattr(entry, name), set_by.record, "data.items", say=code_text)

    return ItemEntry(
        id=item.key,
        number=of_entry("number"),
        title=teller.known(item.title, set_by.record, "data.titles") if set_by is not None else NOT_MENTIONED,
        part=str(set_by.event.part) if set_by is not None and set_by.event.part is not WITHHELD else None,
        proposal=proposal,
        proposal_title=teller.title(proposal) if proposal is not None else None,
        version=of_entry("version"),
        invited=was_invited(state, item),
        stages=tuple(stage.value for stage in stages(state, item.key)),
        on_agenda=item.is_on_agenda,
        called_at=_when(teller, call) if call is not None else None,
        publicity_set=of_entry("publicity"),
        publicity_held=teller.field(call, "publicity", say=code_text) if call is not None else NOT_MENTIONED,
        outcomes=tuple(_outcome(teller, fact) for fact in item.outcomes),
        tallies=tuple(teller.tally(fact.event.tally, fact.record) for fact in item.outcomes),
        ballots=tuple(teller.use(fact.record) for fact in item.ballots),
        checks=tuple(_checks(teller, state, item.ballots, item.outcomes)),
        presence=presence(teller, state, item),
    )


def _without_item(teller: Teller, state: Meeting) -> Iterator[ItemEntry]:
    """Give what names no agenda item, by the proposal that it names."""
    ballots = [fact for fact in state.ballots if stated(fact.event.item) is None]
    outcomes = [fact for fact in state.outcomes if stated(fact.event.item) is None]
    for proposal in dict.fromkeys([*map(named, outcomes), *map(named, ballots)]):
        of_it = [fact for fact in ballots if named(fact) == proposal]
        came = [fact for fact in outcomes if named(fact) == proposal]
        yield ItemEntry(
            id=None,
            number=NOT_MENTIONED,
            title=NOT_MENTIONED,
            part=None,
            proposal=proposal,
            proposal_title=teller.title(proposal) if proposal is not None else None,
            version=NOT_MENTIONED,
            invited=None,
            stages=(),
            on_agenda=False,
            called_at=None,
            publicity_set=NOT_MENTIONED,
            publicity_held=NOT_MENTIONED,
            outcomes=tuple(_outcome(teller, fact) for fact in came),
            tallies=tuple(teller.tally(fact.event.tally, fact.record) for fact in came),
            ballots=tuple(teller.use(fact.record) for fact in of_it),
            checks=tuple(_checks(teller, state, of_it, came)),
            presence=PresenceLine(present=NOT_MENTIONED, entitled=NOT_MENTIONED),
        )


def _outcome(teller: Teller, fact: Fact[e.OutcomeDeclared]) -> Known:
    return teller.field(fact, "outcome", say=code_text)


def _checks(
    teller: Teller,
    state: Meeting,
    ballots: Iterable[Fact[e.BallotHeld]],
    outcomes: Iterable[Fact[e.OutcomeDeclared]],
) -> Iterator[CheckLine]:
    """Give the check of each ballot's result; without a ballot on record, that of each outcome."""
    held = tuple(ballots)
    for ballot in held:
        yield checks_of(teller.past, state, ballot)[0]
    if not held:
        for outcome in outcomes:
            yield check_of_outcome(teller.past, state, outcome)


# -- minutes --------------------------------------------------------------------------------------


def _minutes(teller: Teller, one: Minutes) -> MinutesEntry:
    newest = one.filed[-1] if one.filed else None
    acts = [
        *(_act(teller, "filed", fact) for fact in one.filed),
        *(_act(teller, "presented", fact) for fact in one.presented),
        *(_act(teller, "objection", fact) for fact in one.objections),
        *(_act(teller, "signed", fact) for fact in one.signed),
    ]
    return MinutesEntry(
        kind=str(one.kind) if one.kind is not WITHHELD else "withheld",
        part=str(one.part) if one.part is not WITHHELD else "withheld",
        version=str(one.version) if one.version is not WITHHELD else "withheld",
        document=(
            teller.document(newest.event.document, newest.record, "data.document", held=newest.event.held)
            if newest is not None
            else DocumentLine(state=Knowledge.NOT_HELD)
        ),
        acts=tuple(entry for _, entry in sorted(acts, key=lambda pair: pair[0])),
    )


_MinutesFact = Fact[e.MinutesFiled] | Fact[e.MinutesPresented] | Fact[e.MinutesSigned] | Fact[e.MinutesObjectionHandled]


def _act(teller: Teller, act: str, fact: _MinutesFact) -> tuple[int, ActEntry]:
    """Give what was done to minutes, with its place in the register."""
    event = fact.event
    decision = stated(event.decision) if isinstance(event, e.MinutesObjectionHandled) else None
    until = stated(event.objections_until) if isinstance(event, e.MinutesPresented) else None
    return fact.record.position, ActEntry(
        act=act,
        says=summary(teller, fact.record),
        date=teller.occurred(fact.record),
        decision=decision.value if decision is not None else None,
        objections_until=until,
        event=teller.use(fact.record),
    )
