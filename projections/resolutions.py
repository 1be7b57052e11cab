"""The account of a resolution: its text or what it is presumed to be, its timeline, and what reviews did about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import vocabulary as v
from domain.dates import first_day, is_before
from domain.proposal import Proposal
from domain.resolution import Resolution, Step, StepKind, timeline
from domain.review import Review
from domain.values import Validity, When, stated
from projections.changes import summary
from projections.parts import acts, annexes
from projections.shapes import Dated, Knowledge, Known, ResolutionLine, StepLine
from projections.teller import NOT_MENTIONED
from projections.timetravel import Placement, placement
from projections.wording import code_text, date_text, range_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain import events as e
    from domain.stream import Fact, RecordedEvent
    from projections.teller import Teller, Told
    from projections.timetravel import Past

_ENDED: Final = frozenset(
    {
        v.ResolutionStatus.EXPIRED,
        v.ResolutionStatus.REPEALED,
        v.ResolutionStatus.SUPERSEDED,
        v.ResolutionStatus.VOID,
        v.ResolutionStatus.SETTLED,
    }
)
_FORCE: Final = _ENDED | {v.ResolutionStatus.IN_FORCE, v.ResolutionStatus.SUSPENDED, v.ResolutionStatus.RESUMED}
_IN_FORCE: Final = frozenset({v.ResolutionStatus.IN_FORCE, v.ResolutionStatus.RESUMED})
# What takes a matter further; an amendment or a report leaves it as it is.
_FOLLOWS: Final = frozenset({v.Relation.CONTINUES, v.Relation.REPLACES, v.Relation.REPEALS})
_REPLACES: Final = frozenset({v.Relation.REPLACES, v.Relation.REPEALS})
_CARRIED: Final = frozenset({v.ResolutionSense.APPROVING, v.ResolutionSense.PARTLY})
_ENDS: Final = frozenset({StepKind.ENDS, StepKind.TRIAL_ENDS})
_BY_THEN: Final = Placement.BY_THEN
_DAY_LENGTH: Final = len("2021-12-08")


def resolution(
    teller: Teller, state: Resolution, *, successions: Successions | None = None, on: str | None = None
) -> ResolutionLine:
    """Give a resolution; values that its making does not mention are not made up.

    Args:
        teller: Tells.
        state: The resolution.
        successions: What was decided later, where several resolutions are told of.
        on: A day that was asked for besides that of the reader, such as that of `--in-force-on`.
    """
    successions = successions or Successions(teller.past)
    reviews = teller.past.states("review", Review)
    first = state.made or state.urgent[0] if state.made or state.urgent else None
    made = state.made
    made_by = stated(made.event.made_by) if made is not None else None
    organ = stated(made_by.organ) if made_by is not None else None
    proposal = stated(state.proposal)
    again = (stated(made.event.re_decides) or ()) if made is not None else ()
    next_one = successions.following(state.stream)
    asked = on or teller.past.horizon.as_of
    is_later = next_one is not None and asked is not None and placement(next_one.occurred, asked) is not _BY_THEN
    day = teller.past.day
    found = every_reading(teller, state, successions, day=day)
    if teller.past.horizon.as_of is None and len(found) < 2:  # noqa: PLR2004  # one reading is what the timeline says
        found = ()
    return ResolutionLine(
        stream=state.stream,
        number=_own(teller, state, "number"),
        made_on=teller.occurred(first.record) if first is not None else Dated(certainty="unknown"),
        organ=(
            teller.known(organ, made.record, "data.made_by", say=lambda _: teller.name(organ))
            if made is not None and organ is not None
            else NOT_MENTIONED
        ),
        meeting=stated(made_by.meeting) if made_by is not None else None,
        sense=teller.field(made, "sense", say=code_text) if made is not None else NOT_MENTIONED,
        legal_form=teller.field(made, "legal_form", say=code_text) if made is not None else NOT_MENTIONED,
        subject=_own(teller, state, "subject"),
        proposal=proposal,
        proposal_title=teller.title(proposal) if proposal is not None else None,
        version=teller.field(made, "version") if made is not None else NOT_MENTIONED,
        text=_text(teller, state),
        presumed_as=teller.field(made, "presumed_as", inferred=True) if made is not None else NOT_MENTIONED,
        conditions=(teller.field(made, "conditions", say=lambda _: None) if made is not None else NOT_MENTIONED),
        re_decides=again,
        re_decides_titles=tuple(teller.title(one) for one in again),
        timeline=steps(teller, state),
        readings=found,
        readings_on=day if found else None,
        engrossed=tuple(teller.use(fact.record) for fact in state.engrossments),
        published=_lines(teller, state.publications),
        implementation=_lines(teller, state.implementation),
        acts=acts(teller, reviews, about=state.stream),
        annexes=annexes(teller, state.annexes),
        followed_by=teller.title(next_one.stream) if next_one is not None else None,
        followed_event=teller.use(next_one) if next_one is not None else None,
        followed_after=asked if is_later else None,
        event=teller.use(first.record) if first is not None else f"{state.stream}#1",
    )


def _own(teller: Teller, state: Resolution, name: str) -> Known:
    """Tell a field that resolutions and urgent decisions share."""
    if state.made is not None:
        return teller.field(state.made, name)
    fact = next((one for one in reversed(state.urgent) if getattr(one.event, name) is not UNSET), None)
    return teller.field(fact, name) if fact is not None else NOT_MENTIONED


def _text(teller: Teller, state: Resolution) -> Known:
    """Tell the wording. Where none is recorded it is not held: a resolution has one."""
    known = _own(teller, state, "text")
    if known.state is Knowledge.NOT_MENTIONED:
        return Known(state=Knowledge.NOT_HELD)
    return known


def _lines(teller: Teller, facts: Iterable[Told]) -> tuple[Known, ...]:
    return tuple(
        Known(
            state=Knowledge.STATED,
            value=" ".join(part for part in (_day(teller, fact), summary(teller, fact.record)) if part),
            event=teller.use(fact.record),
        )
        for fact in facts
    )


def _day(teller: Teller, fact: Told) -> str:
    dated = teller.occurred(fact.record)
    return range_text(at=dated.at, until=dated.until, not_before=dated.not_before, not_after=dated.not_after)


class Successions:
    """What was decided later about what resolutions had decided: by proposals that name them, and by deciding anew.

    Whenever it happened, of all that a register has; put together once for all resolutions that are told of.
    """

    def __init__(self, past: Past) -> None:
        self._past = past
        self._links: dict[str, list[tuple[str, Fact[e.ProposalsLinked]]]] = {}
        self._made: dict[str, list[str]] = {}
        self._anew: dict[str, list[str]] = {}
        for stream in past.streams("proposal"):
            proposal = past.whole_state(stream)
            for fact in proposal.links if isinstance(proposal, Proposal) else ():
                target = stated(fact.event.other)
                if target is not None and fact.event.relation in _FOLLOWS:
                    self._links.setdefault(target, []).append((stream, fact))
        for stream in past.streams("resolution"):
            made = self._making(stream)
            if made is None:
                continue
            proposal_of = stated(made.event.proposal)
            if proposal_of is not None:
                self._made.setdefault(proposal_of, []).append(stream)
            for target in stated(made.event.re_decides) or ():
                self._anew.setdefault(target, []).append(stream)

    def _making(self, stream: str) -> Fact[e.ResolutionMade] | None:
        state = self._past.whole_state(stream)
        return state.made if isinstance(state, Resolution) else None

    def following(self, stream: str) -> RecordedEvent | None:
        """Give the making of the next decision that has to do with a resolution, whenever it happened."""
        streams = [one for proposal, _ in self._links.get(stream, ()) for one in self._made.get(proposal, ())]
        found: list[tuple[str, int, RecordedEvent]] = []
        for other in dict.fromkeys((*streams, *self._anew.get(stream, ()))):
            made = self._making(other) if other != stream else None
            occurred = made.record.occurred if made is not None else None
            day = stated(occurred.at) if isinstance(occurred, When) else None
            if made is not None and day is not None:
                found.append((first_day(day).isoformat(), made.record.position, made.record))
        return min(found, key=lambda one: one[:2])[2] if found else None

    def replacing(self, stream: str, *, day: str) -> Iterator[tuple[Resolution, Step, Fact[e.ProposalsLinked] | None]]:
        """Give the resolutions that had taken the place of one by a day: since when, and the relation that says so."""
        named: dict[str, Fact[e.ProposalsLinked] | None] = dict.fromkeys(self._anew.get(stream, ()))
        for proposal, fact in self._links.get(stream, ()):
            if fact.event.relation in _REPLACES and self._past.place(fact.record) is Placement.BY_THEN:
                named |= dict.fromkeys(self._made.get(proposal, ()), fact)
        for other, by in named.items():
            state = self._past.state(other)
            if not isinstance(state, Resolution) or state.made is None or state.made.event.sense not in _CARRIED:
                continue
            every = timeline(state)
            begun = [step for step in every if _stands(step) is v.ResolutionStatus.IN_FORCE]
            since = next(iter((*begun, *every)), None)
            if since is not None and placement(since.when, day) is not Placement.LATER:
                yield state, since, by


# -- the timeline ---------------------------------------------------------------------------------


def steps(teller: Teller, state: Resolution) -> tuple[StepLine, ...]:
    """Give the steps of the timeline in words; what is said twice for a day is given once, as stated if it is."""
    found: dict[tuple[str, str | None, str], StepLine] = {}
    for step in timeline(state):
        record = teller.past.record(step.told_by)
        if record is None:
            continue
        dated = teller.dated(step.when, record, path="data.effective")
        line = StepLine(
            kind=step.kind.value,
            status=step.status.value if step.status is not None else None,
            says=says(step, state),
            date=dated,
            basis=step.basis.value,
            event=teller.use(record),
        )
        key = (line.kind, line.status, f"{dated.at} {dated.not_before} {dated.not_after}")
        if key not in found or (found[key].basis != "stated" and line.basis == "stated"):
            found[key] = line
    return tuple(found.values())


def says(step: Step, state: Resolution) -> str:
    """Say what a step is."""
    match step.kind:
        case StepKind.MADE:
            return "made"
        case StepKind.BEGINS:
            return "takes effect"
        case StepKind.TRIAL_ENDS:
            return "trial ends (Erprobung)"
        case StepKind.ENDS:
            return "laut Begründung vorgesehen bis" if _only_in_reasons(state) else "holds until"
        case StepKind.STATUS:
            return code_text(step.status)


def _only_in_reasons(state: Resolution) -> bool:
    validity = state.made.event.validity if state.made is not None else UNSET
    return isinstance(validity, Validity) and validity.stated_in is v.TextPart.REASONS


# -- what held on a day ---------------------------------------------------------------------------


def readings(state: Resolution, *, day: str, apart: tuple[Step, ...] = ()) -> tuple[str, ...]:
    """Give what the record allows to have held on a day, one sentence a reading.

    Nothing is weighed: where a period ran out and nobody is recorded to have decided about it, both stand there; and so
    does a status whose day is not recorded, or not exactly enough to say whether it had come about by then.

    Args:
        state: The resolution.
        day: The day.
        apart: Steps besides those of the state, told by events that are neither in nor out as of the reader's day.
    """
    every = timeline(state)
    current = _current(every, day)
    unplaced = (*_unplaced(every, day, current), *_other(apart, day, current))
    found = [_by_then(every, current, day, is_certain=not unplaced)]
    if current is not None and current.status not in _ENDED:
        found += _run_out(every, day)
    found += [_may_have(step, day, current, is_apart=step in apart) for step in unplaced]
    return tuple(dict.fromkeys(found))


def _by_then(every: tuple[Step, ...], current: Step | None, day: str, *, is_certain: bool) -> str:
    """Give the reading that goes by what had come about by a day for certain."""
    if current is not None:
        word = code_text(current.status) if current.status is not None else "in force"
        but = "and no later change is recorded by then"
        if not is_certain:
            but = "if what cannot be placed had not come about by then"
        return f"{word} since {step_when(current)} ({code_text(current.basis)}), {but}"
    begins = [step for step in every if step.kind is StepKind.BEGINS]
    ahead = [step for step in begins if placement(step.when, day) is Placement.LATER]
    if ahead:
        return f"not yet in force: takes effect {step_when(ahead[0])} ({code_text(ahead[0].basis)})"
    if begins:
        return f"not yet in force, if it took effect only after {date_text(day)}"
    if is_certain:
        return "nothing is recorded about whether it was in force"
    return "nothing is recorded for certain about whether it was in force by then"


def _run_out(every: tuple[Step, ...], day: str) -> Iterator[str]:
    """Give the readings that go by a period that ran out by its own terms, or may have."""
    for step in every:
        if step.kind not in _ENDS or (is_over := _is_over(step.when, day)) is False:
            continue
        what = "trial" if step.kind is StepKind.TRIAL_ENDS else "period"
        doubt = "" if is_over else f", if before {date_text(day)}"
        yield (
            f"ended: the {what} ran out {_on(step)} ({code_text(step.basis)}){doubt}, "
            "and no decision about it is recorded by then"
        )


def _is_over(when: When, day: str) -> bool | None:
    """Say whether a last day lies before another day; None where the record leaves that open."""
    at = stated(when.at)
    earliest, latest = at or stated(when.not_before), at or stated(when.not_after)
    if latest is not None and is_before(latest, day):
        return True
    return False if earliest is not None and first_day(earliest) >= first_day(day) else None


def _unplaced(every: tuple[Step, ...], day: str, current: Step | None) -> tuple[Step, ...]:
    """Give the steps that may have changed where it stood by a day, and may not.

    Their day is unknown or the one asked for lies within the time that is recorded; or that time began before the step
    that holds for certain, and which of the two came last is not recorded.
    """
    found = []
    for step in every:
        says = _stands(step)
        if says is None or (current is not None and says == _stands(current)):
            continue
        match placement(step.when, day):
            case Placement.STRADDLES | Placement.UNDATED:
                found.append(step)
            case Placement.BY_THEN if current is not None and _may_follow(step, current):
                found.append(step)
    return tuple(found)


def _other(apart: tuple[Step, ...], day: str, current: Step | None) -> tuple[Step, ...]:
    """Give those of the steps that stand apart which may have changed where it stood by a day."""
    stands = _stands(current) if current is not None else None
    return tuple(
        step
        for step in apart
        if _stands(step) not in {None, stands} and placement(step.when, day) is not Placement.LATER
    )


def statuses_apart(past: Past, stream: str) -> tuple[Step, ...]:
    """Give the statuses of a resolution whose events are neither in nor out as of the reader's day."""
    apart = {one.record.id for one in past.apart(stream)}
    whole = past.whole_state(stream) if apart else None
    every = timeline(whole) if isinstance(whole, Resolution) else ()
    return tuple(step for step in every if step.kind is StepKind.STATUS and step.told_by in apart)


def _stands(step: Step) -> v.ResolutionStatus | None:
    """Give where a step puts a resolution; None where it says nothing about that."""
    if step.kind is StepKind.BEGINS or step.status in _IN_FORCE:
        return v.ResolutionStatus.IN_FORCE
    return step.status if step.status in _FORCE else None


def _may_follow(step: Step, current: Step) -> bool:
    """Say whether an end whose day is a range may have come after what holds by its day."""
    latest, since = stated(step.when.not_after), stated(current.when.at) or stated(current.when.not_before)
    if step.status not in _ENDED or current.status in _ENDED or stated(step.when.at) is not None:
        return False
    return latest is not None and since is not None and is_before(since, latest)


def _may_have(step: Step, day: str, current: Step | None, *, is_apart: bool) -> str:
    """Give the reading that goes by a step that cannot be placed."""
    word = code_text(_stands(step))
    match Placement.UNDATED if is_apart else placement(step.when, day):
        case Placement.UNDATED:
            why = f"which cannot be placed: it may have come about by {date_text(day)}"
        case Placement.BY_THEN:
            since = step_when(current) if current is not None else ""
            why = f"and whether before or after {since} is not recorded"
        case _:
            why = f"and whether by {date_text(day)} is not recorded"
    at = stated(step.when.at)
    begins = at is not None and _stands(step) is v.ResolutionStatus.IN_FORCE
    when = f"since {step_when(step)}" if begins else _on(step)
    return f"{word} {when} ({code_text(step.basis)}), {why}"


def _on(step: Step) -> str:
    """Write when a step was as part of a sentence."""
    at = stated(step.when.at)
    if at is not None:
        return f"{'in' if len(at) < _DAY_LENGTH else 'on'} {step_when(step)}"
    return step_when(step) or "on a day not stated"


def every_reading(teller: Teller, state: Resolution, successions: Successions, *, day: str) -> tuple[str, ...]:
    """Give the same, and that something later took its place where that is nowhere said to have ended it."""
    found = readings(state, day=day, apart=statuses_apart(teller.past, state.stream))
    current = _current(timeline(state), day)
    if current is None or current.status in _ENDED:
        return found
    later = []
    for other, since, fact in successions.replacing(state.stream, day=day):
        title = teller.title(other.stream).partition(": ")[0]
        begins = step_when(since) or "on a day not stated"
        why = "it decides anew"
        if fact is not None:
            basis = fact.event.basis if isinstance(fact.event.basis, v.Basis) else Knowledge.WITHHELD
            named_by = teller.title(fact.record.stream).partition(": ")[0]
            why = f"{named_by} {code_text(fact.event.relation)} it ({code_text(basis)})"
        later.append(
            f"ended: replaced by {title}, which takes effect {begins} (inferred): {why}, and nobody is "
            "recorded to have said that it ended"
        )
    return tuple(dict.fromkeys((*found, *later)))


def may_be_in_force(state: Resolution, *, day: str, apart: tuple[Step, ...] = ()) -> bool | None:
    """Say whether one of the readings of a day is that it was in force; None where nothing is recorded about that."""
    every = timeline(state)
    current = _current(every, day)
    open_to = {_stands(step) for step in (*_unplaced(every, day, current), *_other(apart, day, current))}
    if v.ResolutionStatus.IN_FORCE in open_to:
        return True
    if current is None:
        return False if any(step.kind is StepKind.BEGINS for step in every) else None
    return _stands(current) is v.ResolutionStatus.IN_FORCE


def ended(state: Resolution) -> Step | None:
    """Give the step by which a resolution is recorded to have ended; None where none is, or it was resumed since."""
    status = [step for step in timeline(state) if step.kind is StepKind.STATUS and step.status in _FORCE]
    return status[-1] if status and status[-1].status in _ENDED else None


def _current(every: tuple[Step, ...], day: str) -> Step | None:
    """Give the step that says for certain where it stood on a day: the newest status, else that it took effect."""
    status = [s for s in every if s.kind is StepKind.STATUS and s.status in _FORCE and _is_by(s, day)]
    begun = [s for s in every if s.kind is StepKind.BEGINS and _is_by(s, day)]
    return status[-1] if status else begun[-1] if begun else None


def _is_by(step: Step, day: str) -> bool:
    return placement(step.when, day) is Placement.BY_THEN


def step_when(step: Step) -> str:
    """Write when a step was; empty where no day is recorded."""
    return range_text(
        at=stated(step.when.at), not_before=stated(step.when.not_before), not_after=stated(step.when.not_after)
    )
