"""What `ballots` gives: every ballot with its counts, its votes and what follows from them (de: Rechenprobe).

A check stands beside what was declared and changes nothing. It gives a verdict only on rules whose source was read;
on any other it is not decidable, and says which rule it was. An outcome of which no ballot is recorded is listed
apart: nothing follows from a count that is not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import nearest, shown
from domain import events as e
from domain import vocabulary as v
from domain.meeting import Item, Meeting, items
from domain.resolution import Resolution
from domain.rules import Verdict
from domain.stream import Fact
from domain.values import stated
from projections import parts
from projections.ballot_checks import check_of_outcome, verdict_of
from projections.ballots_shapes import (
    BallotEntry,
    BallotFilters,
    Ballots,
    ChoiceLine,
    OutcomeEntry,
    PlaceLine,
    VerdictCount,
)
from projections.deliberations import met_on, named, treatments
from projections.listing import listing
from projections.neighbours import neighbours
from projections.reader import reader
from projections.teller import NOT_MENTIONED, Teller
from projections.timetravel import Past, horizon
from projections.wording import code_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.archive import Archive
    from domain.stream import RecordedEvent, State
    from domain.values import Vote
    from projections.projector import Views
    from projections.refs import Meant
    from projections.shapes import Known, Row

CHECKS: Final = tuple(map(str, Verdict))
_Either = Fact[e.BallotHeld] | Fact[e.OutcomeDeclared]


def ballots_of(  # noqa: PLR0913  # each is an option of the command
    archive: Archive,
    ref: str | None = None,
    *,
    organ: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    check: str | None = None,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
    views: Views | None = None,
) -> Ballots:
    """Give the ballots, by the date of the meeting.

    Args:
        archive: The archive.
        ref: Only those about a proposal or resolution, of a meeting or organ, or the one that an event is.
        organ: Only those of an organ: its name, its id or a look-up.
        date_from: Only those of meetings on this day or later; a month or year counts from its first day.
        date_to: Only those of meetings on this day or earlier; a month or year counts to its last day.
        check: Only those with this verdict: `agrees`, `contradicts` or `not_decidable`.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt).
        views: The views, up to date: with them only what has to do with what was asked for is read.

    Raises:
        InputError: An unknown reference, organ or verdict, a reference to what has no ballots, or a date that is none.
    """
    looked_at = horizon(archive, as_of=as_of, as_recorded=as_recorded)
    if check is not None and check not in CHECKS:
        raise InputError(
            f"check: found {shown(check)}, expected one of {', '.join(CHECKS)}", hint=nearest(check, CHECKS)
        )
    meant, meetings = None, None
    if ref is not None:
        teller, meant = reader(archive, ref, looked_at, with_blocked=with_blocked, views=views)
        meetings = teller.past.streams("meeting") if views is not None else None
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
        only=meetings,
    )
    among = None
    if views is not None:
        told = [row.stream for row in (*found.rows, *found.apart)]
        among = neighbours(archive, views, (*told, *((meant.stream,) if meant is not None else ())), listed=True)
    past = Past(archive, looked_at, with_blocked=with_blocked, among=among)
    teller = Teller(past)
    asked = _asked(teller, str(ref), meant, past.state) if meant is not None else None
    # Of what is neither in nor out the same is asked without regard to the day: by it, nothing is about anything.
    asked_apart = asked
    if meant is not None and looked_at.as_of is not None:
        asked_apart = _asked(teller, str(ref), meant, past.whole_state)
    entries: list[BallotEntry] = []
    without: list[OutcomeEntry] = []
    # A meeting that cannot be placed may have ballots that can; but whether it lies between two days is not known.
    is_dated = date_from is not None or date_to is not None
    rows = found.rows if is_dated else (*found.rows, *found.apart)
    for row in rows:
        state = past.state(row.stream)
        if isinstance(state, Meeting):
            of_meeting = _OfMeeting(teller, state, row, asked.takes if asked is not None else None)
            entries += of_meeting.ballots()
            without += of_meeting.without_ballot()
    counted = Counter((one.verdict, _reason(one)) for one in entries)
    return Ballots(
        register=teller.register(),
        horizon=teller.horizon(),
        filters=BallotFilters(
            ref=ref,
            title=asked.title if asked is not None else None,
            organ=organ,
            organs=found.filters.organs,
            date_from=date_from,
            date_to=date_to,
            check=check,
        ),
        ballots=tuple(one for one in entries if check in {None, one.verdict}),
        without_ballot=tuple(one for one in without if check in {None, one.verdict}),
        counts=tuple(
            VerdictCount(verdict=verdict, reason=reason, ballots=count)
            for (verdict, reason), count in sorted(counted.items())
        ),
        apart=tuple(
            line
            for line in parts.apart_lines(teller, (row.stream for row in rows))
            if (record := past.record(line.event)) is not None
            and isinstance(record.event, e.BallotHeld | e.OutcomeDeclared)
            and _is_asked(past, asked_apart, record)
        ),
        unplaced=tuple(teller.title(row.stream) for row in found.apart) if is_dated else (),
        bodies=found.bodies,
        erased=found.erased,
        blocked=found.blocked,
        events=teller.events(),
    )


def _is_asked(past: Past, asked: _Asked | None, record: RecordedEvent) -> bool:
    """Say whether a fact that is neither in nor out belongs to what was asked for."""
    meeting = past.whole_state(record.stream)
    return asked is None or (isinstance(meeting, Meeting) and asked.takes(meeting, record.id))


def _reason(entry: BallotEntry) -> str:
    """Give the reason of the check that the verdict is from."""
    return next(one.reason for one in entry.ballot.checks if one.verdict == entry.verdict)


# -- what was asked for ---------------------------------------------------------------------------


class _Asked(Struct, frozen=True):
    """What a reference means: what it is called, and which facts of a meeting, by their ids, belong to it."""

    title: str
    takes: Callable[[Meeting, str], bool]


def _asked(teller: Teller, ref: str, meant: Meant, state_of: Callable[[str], State | None]) -> _Asked:
    past, stream = teller.past, meant.stream
    title = teller.title(stream)
    if meant.event is not None:
        record = past.record(meant.event)
        if record is None or not isinstance(record.event, e.BallotHeld | e.OutcomeDeclared):
            what = record.event.TYPE if record is not None else "an event that is not shown"
            raise InputError(
                f"found {shown(ref)}, which is {what}, expected a ballot",
                hint=f"all ballots of it: ratsbuch ballots {stream}",
            )
        return _Asked(title, lambda _, fact: fact == meant.event)
    match stream.partition(":")[0]:
        case "meeting":
            return _Asked(title, lambda meeting, _: meeting.stream == stream)
        case "proposal":
            about = _about(past, stream, state_of)
            return _Asked(title, lambda _, fact: fact in about)
        case "resolution":
            own = _of_resolution(past, stream, state_of)
            return _Asked(title, lambda _, fact: fact in own)
        case "organ":
            return _Asked(title, lambda meeting, _: stream in meeting.organs)
        case kind:
            raise InputError(
                f"found {shown(ref)}, which is of kind {kind}: it has no ballots",
                hint="expected a proposal, meeting, resolution or organ, or the event of a ballot",
            )


def _about(past: Past, proposal: str, state_of: Callable[[str], State | None]) -> frozenset[str]:
    """Give the ballots and outcomes about a proposal."""
    meetings = (state for stream in past.streams("meeting") if isinstance(state := state_of(stream), Meeting))
    found = [one for meeting in meetings for name, one in treatments(meeting) if name == proposal]
    ballots = [fact.id for one in found for fact in one.ballots]
    return frozenset([*ballots, *(fact.id for one in found for fact in one.outcomes)])


def _of_resolution(past: Past, stream: str, state_of: Callable[[str], State | None]) -> frozenset[str]:
    """Give the ballot that a resolution names; without one, what its meeting did with its item or proposal."""
    state = state_of(stream)
    made = state.made if isinstance(state, Resolution) else None
    made_by = stated(made.event.made_by) if made is not None else None
    meeting = state_of(made_by.meeting) if made_by is not None and isinstance(made_by.meeting, str) else None
    if made_by is None or not isinstance(meeting, Meeting):
        return frozenset()
    ballot = meeting.ballot(made_by.ballot) if isinstance(made_by.ballot, str) else None
    if ballot is not None:
        return frozenset({ballot.id})
    item = stated(made_by.item)
    proposal = stated(made.event.proposal) if made is not None else None
    about = _about(past, proposal, state_of) if proposal is not None else frozenset[str]()
    facts: tuple[_Either, ...] = (*meeting.ballots, *meeting.outcomes)
    return frozenset(
        fact.id for fact in facts if (item is not None and stated(fact.event.item) == item) or fact.id in about
    )


# -- one meeting ----------------------------------------------------------------------------------


class _OfMeeting:
    """The ballots and outcomes of one meeting; its agenda is put together once."""

    def __init__(self, teller: Teller, state: Meeting, row: Row, takes: Callable[[Meeting, str], bool] | None) -> None:
        self._teller = teller
        self._state = state
        self._row = row
        self._takes = takes
        self._items = {item.key: item for item in items(state)}
        self._met_on = met_on(teller.past, state, (*state.outcomes, *state.ballots))

    def ballots(self) -> Iterator[BallotEntry]:
        """Give the ballots in order of recording."""
        for fact in self._state.ballots:
            if self._takes is not None and not self._takes(self._state, fact.id):
                continue
            line = parts.ballot(self._teller, self._state, fact)
            yield BallotEntry(
                verdict=verdict_of(line.checks),
                visibility=self._teller.past.visibility(fact.record).value,
                place=self._place(fact),
                ballot=line,
                sums=sums(fact.event),
                outcomes=tuple(
                    self._teller.field(outcome, "outcome", say=code_text) for outcome in self._outcomes_of(fact)
                ),
            )

    def without_ballot(self) -> Iterator[OutcomeEntry]:
        """Give the outcomes of which no ballot is recorded."""
        decided = {outcome.id for ballot in self._state.ballots for outcome in self._outcomes_of(ballot)}
        for fact in self._state.outcomes:
            if fact.id in decided or (self._takes is not None and not self._takes(self._state, fact.id)):
                continue
            check = check_of_outcome(self._teller.past, self._state, fact)
            yield OutcomeEntry(
                verdict=check.verdict,
                visibility=self._teller.past.visibility(fact.record).value,
                place=self._place(fact),
                outcome=parts.outcome(self._teller, fact),
                check=check,
            )

    def _outcomes_of(self, ballot: Fact[e.BallotHeld]) -> Iterator[Fact[e.OutcomeDeclared]]:
        """Give the outcomes that name a ballot; those that name none, by agenda item, else by proposal."""
        item, about = stated(ballot.event.item), named(ballot)
        for fact in self._state.outcomes:
            keys = stated(fact.event.ballots)
            if keys:
                belongs = ballot.event.ballot in keys
            elif item is not None and stated(fact.event.item) is not None:
                belongs = stated(fact.event.item) == item
            else:
                belongs = about is not None and named(fact) == about
            if belongs:
                yield fact

    def _place(self, fact: _Either) -> PlaceLine:
        teller, row = self._teller, self._row
        key = stated(fact.event.item)
        item = self._items.get(key) if key is not None else None
        about = named(fact) or self._proposal_of(item)
        return PlaceLine(
            meeting=self._state.stream,
            meeting_title=teller.title(self._state.stream),
            meeting_number=row.number,
            met_on=self._met_on,
            organs=row.organs,
            organs_state=row.organs_state,
            body=row.body,
            item=key,
            item_number=self._of_entry(item, "number"),
            item_title=(
                teller.known(item.title, item.set_by.record, "data.titles")
                if item is not None and item.set_by is not None
                else NOT_MENTIONED
            ),
            proposal=about,
            proposal_title=teller.title(about) if about is not None else None,
        )

    def _of_entry(self, item: Item | None, name: str) -> Known:
        if item is None or item.entry is None or item.set_by is None:
            return NOT_MENTIONED
        return self._teller.known(getattr(item.entry, name), item.set_by.record, "data.items")

    @staticmethod
    def _proposal_of(item: Item | None) -> str | None:
        return stated(item.entry.proposal) if item is not None and item.entry is not None else None


# -- votes by name or group -----------------------------------------------------------------------

_COUNTED: Final = (
    v.Choice.YES,
    v.Choice.NO,
    v.Choice.ABSTAIN,
    v.Choice.INVALID,
    v.Choice.NOT_CAST,
    v.Choice.EXCLUDED,
    v.Choice.ABSENT,
)


def sums(ballot: e.BallotHeld) -> tuple[ChoiceLine, ...]:
    """Give the votes recorded by name or group, added up by choice, beside the counts; a check judges them."""
    votes = stated(ballot.votes)
    if not votes:
        return ()
    tally = stated(ballot.tally)
    lines = []
    for choice in _COUNTED:
        mine = [vote for vote in votes if vote.choice is choice and stated(vote.option) is None]
        counted = stated(getattr(tally, choice.value, None)) if tally is not None else None
        if mine or (counted is not None and choice in {v.Choice.YES, v.Choice.NO, v.Choice.ABSTAIN}):
            lines.append(ChoiceLine(choice=choice.value, recorded=_added(mine), counted=counted))
    for option in stated(ballot.option_counts) or ():
        mine = [vote for vote in votes if vote.option == option.key]
        if mine:
            lines.append(ChoiceLine(choice=f"option {option.key}", recorded=_added(mine), counted=option.votes))
    return tuple(lines)


def _added(votes: Iterable[Vote]) -> int | None:
    """Add up votes; None where a group's vote does not say how many voted."""
    total = 0
    for vote in votes:
        size = 1 if stated(vote.person) is not None else stated(vote.count)
        if size is None:
            return None
        total += size
    return total
