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
from projections.wording import code_text, range_text

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
            begun = [step for step in timeline(state) if step.status in _IN_FORCE or step.kind is StepKind.BEGINS]
            since = begun[0] if begun else timeline(state)[0]
            if _is_by(since, day):
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
        key = (line.kind, line.status, f"{dated.at} {dated.not_before}")
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


def readings(state: Resolution, *, day: str) -> tuple[str, ...]:
    """Give what the record allows to have held on a day, one sentence a reading.

    Nothing is weighed: where a period ran out and nobody is recorded to have decided about it, both stand there.
    """
    every = timeline(state)
    current = _current(every, day)
    if current is None:
        ahead = [s for s in every if s.kind is StepKind.BEGINS]
        if ahead:
            return (f"not yet in force: takes effect {step_when(ahead[0])} ({code_text(ahead[0].basis)})",)
        return ("nothing is recorded about whether it was in force",)
    word = code_text(current.status) if current.status is not None else "in force"
    found = [f"{word} since {step_when(current)} ({code_text(current.basis)}), and no later change is recorded by then"]
    if current.status not in _ENDED:
        found += [
            f"ended: the {'trial' if s.kind is StepKind.TRIAL_ENDS else 'period'} ran out on {step_when(s)} "
            f"({code_text(s.basis)}), and no decision about it is recorded by then"
            for s in every
            if s.kind in _ENDS and (at := stated(s.when.at)) is not None and is_before(at, day)
        ]
    return tuple(dict.fromkeys(found))


def every_reading(teller: Teller, state: Resolution, successions: Successions, *, day: str) -> tuple[str, ...]:
    """Give the same, and that something later took its place where that is nowhere said to have ended it."""
    found = readings(state, day=day)
    current = _current(timeline(state), day)
    if current is None or current.status in _ENDED:
        return found
    later = []
    for other, since, fact in successions.replacing(state.stream, day=day):
        title = teller.title(other.stream).partition(": ")[0]
        why = "it decides anew"
        if fact is not None:
            basis = fact.event.basis if isinstance(fact.event.basis, v.Basis) else Knowledge.WITHHELD
            named_by = teller.title(fact.record.stream).partition(": ")[0]
            why = f"{named_by} {code_text(fact.event.relation)} it ({code_text(basis)})"
        later.append(
            f"ended: replaced by {title}, which takes effect {step_when(since)} (inferred): {why}, and nobody is "
            "recorded to have said that it ended"
        )
    return tuple(dict.fromkeys((*found, *later)))


def may_be_in_force(state: Resolution, *, day: str) -> bool | None:
    """Say whether one of the readings of a day is that it was in force; None where nothing is recorded about that."""
    every = timeline(state)
    current = _current(every, day)
    if current is None:
        return False if any(step.kind is StepKind.BEGINS for step in every) else None
    return current.kind is StepKind.BEGINS or current.status in _IN_FORCE


def ended(state: Resolution) -> Step | None:
    """Give the step by which a resolution is recorded to have ended; None where none is, or it was resumed since."""
    status = [step for step in timeline(state) if step.kind is StepKind.STATUS and step.status in _FORCE]
    return status[-1] if status and status[-1].status in _ENDED else None


def _current(every: tuple[Step, ...], day: str) -> Step | None:
    """Give the step that says where it stood on a day: the newest status, else that it took effect."""
    status = [s for s in every if s.kind is StepKind.STATUS and s.status in _FORCE and _is_by(s, day)]
    begun = [s for s in every if s.kind is StepKind.BEGINS and _is_by(s, day)]
    return status[-1] if status else begun[-1] if begun else None


def _is_by(step: Step, day: str) -> bool:
    at = stated(step.when.at) or stated(step.when.not_before)
    return at is not None and not is_before(day, at)


def step_when(step: Step) -> str:
    """Write when a step was."""
    return range_text(
        at=stated(step.when.at), not_before=stated(step.when.not_before), not_after=stated(step.when.not_after)
    )
