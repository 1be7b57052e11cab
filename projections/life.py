"""Where things stand: the state of a proposal, meeting or resolution, computed from its events.

    proposal    registered -> planned -> on_agenda -> deliberated -> decided; withdrawn
    meeting     convened -> held; cancelled
    resolution  made -> in_force, suspended ... (the newest status, whatever it rests on)

A proposal counts as decided where a resolution was made from it, or where an organ that was to decide came to a
final outcome. What it was decided to, `adopted` or `rejected` or `noted`, is the outcome beside it. Nothing is ever
refused because of a state, and a proposal decided may be taken up again.

A state is stated where an event says it: a resolution was made, the meeting was opened. It is inferred where it only
follows: that a meeting took place because a ballot was held there, that an outcome decided because nobody calls the
organ advisory. As of a day it is inferred too where only an inferred date puts it before that day.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import events as e
from domain import vocabulary as v
from domain.dates import is_before
from domain.resolution import timeline
from domain.stream import Fact
from domain.values import When, stated
from projections.deliberations import Treatment
from projections.shapes import Knowledge
from projections.timetravel import Placement, placement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.meeting import Meeting
    from domain.proposal import Proposal
    from domain.resolution import Resolution
    from projections.deliberations import Deliberations
    from projections.teller import Told
    from projections.timetravel import Past


class LifeState(StrEnum):
    """Where a thing stands, besides the statuses of a resolution (`domain.vocabulary.ResolutionStatus`)."""

    REGISTERED = "registered"
    PLANNED = "planned"
    ON_AGENDA = "on_agenda"
    DELIBERATED = "deliberated"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    CONVENED = "convened"
    HELD = "held"
    CANCELLED = "cancelled"
    MADE = "made"


_FINAL: Final = frozenset(
    {
        v.Outcome.ADOPTED,
        v.Outcome.ADOPTED_AMENDED,
        v.Outcome.PARTLY_ADOPTED,
        v.Outcome.REJECTED,
        v.Outcome.REJECTED_TIE,
        v.Outcome.NOTED,
        v.Outcome.NOTED_AGREED,
        v.Outcome.SETTLED,
        v.Outcome.SUPERSEDED,
        v.Outcome.ELECTED,
        v.Outcome.SPLIT_VOTE,
        v.Outcome.NO_VOTE,
        v.Outcome.URGENT_DECISION,
        v.Outcome.STATEMENT_GIVEN,
    }
)


class LastOutcome(Struct, frozen=True, kw_only=True):
    """The newest outcome of a proposal by the day of its meeting, and where that was."""

    fact: Fact[e.OutcomeDeclared]
    treatment: Treatment

    @property
    def facts(self) -> tuple[Fact[e.OutcomeDeclared] | Fact[e.BallotHeld], ...]:
        """The facts from which the day of that meeting is taken where nothing else says it."""
        return (*self.treatment.outcomes, *self.treatment.ballots)


def last_outcome(proposal: str, deliberations: Deliberations) -> LastOutcome | None:
    """Give the outcome of the latest meeting; of two in one meeting, the one recorded last."""
    for treatment in reversed(deliberations.of(proposal)):
        if treatment.outcomes:
            return LastOutcome(fact=treatment.outcomes[-1], treatment=treatment)
    return None


class Standing(Struct, frozen=True):
    """Where a thing stands, and whether somebody stated that or it only follows."""

    state: LifeState | v.ResolutionStatus
    is_inferred: bool

    @property
    def basis(self) -> Knowledge:
        """The same as it stands in answers."""
        return Knowledge.INFERRED if self.is_inferred else Knowledge.STATED


def state_of_proposal(proposal: Proposal, deliberations: Deliberations) -> LifeState | v.ResolutionStatus:
    """Say where a proposal stands."""
    return standing_of_proposal(proposal, deliberations).state


def standing_of_proposal(proposal: Proposal, deliberations: Deliberations) -> Standing:
    """Say where a proposal stands, and whether that is stated."""
    treatments = deliberations.of(proposal.stream)
    past = deliberations.past
    withdrawal = _withdrawal(proposal, treatments, deliberations)
    if withdrawal is not None:
        return _standing(past, LifeState.WITHDRAWN, (withdrawal,))
    resolutions = deliberations.resolutions(proposal.stream)
    if resolutions:
        made: list[Told] = [one.made for one in resolutions if one.made is not None]
        for one in resolutions:
            made += one.urgent
        return _standing(past, LifeState.DECIDED, made)
    final = tuple(decisive(proposal, deliberations))
    if final:
        # One outcome of which all is stated is enough.
        found = [_standing(past, LifeState.DECIDED, facts, follows=follows) for facts, follows in final]
        return min(found, key=lambda one: one.is_inferred)
    dealt: list[Told] = []
    for treatment in treatments:
        dealt += [*treatment.outcomes, *treatment.ballots]
    if dealt:
        return _standing(past, LifeState.DELIBERATED, dealt)
    if any(item.is_on_agenda for treatment in treatments for item in treatment.items):
        return _standing(past, LifeState.ON_AGENDA, [fact for one in treatments for _, fact in one.entries])
    planned = [one.plans[-1] for one in proposal.consultations if one.dropped is None]
    if planned:
        return _standing(past, LifeState.PLANNED, planned)
    return _standing(past, LifeState.REGISTERED, [proposal.registered] if proposal.registered is not None else [])


def _standing(past: Past, state: LifeState, facts: Sequence[Told], *, follows: bool = False) -> Standing:
    """Give a state with what it rests on: any one of some facts, and whether it follows only.

    Whether it stood so by the day asked for depends on the dates of those facts.
    """
    certain = [
        fact
        for fact in facts
        if isinstance(fact.record.occurred, When) and fact.record.occurred.certainty is not v.Certainty.INFERRED
    ]
    return Standing(state, follows or (past.horizon.as_of is not None and bool(facts) and not certain))


def decisive(
    proposal: Proposal, deliberations: Deliberations
) -> Iterator[tuple[tuple[Fact[e.OutcomeDeclared], ...], bool]]:
    """Give the final outcomes of each organ that was to decide, and whether that it was only follows.

    It is stated where the plan calls the organ deciding, and plan or meeting name each other.
    """
    for key, some in deliberations.by_consultation(proposal).items():
        consultation = proposal.consultation(key) if key is not None else None
        for treatment in some:
            final = tuple(fact for fact in treatment.outcomes if fact.event.outcome in _FINAL)
            if final and deliberations.decides(treatment, consultation):
                named = consultation is not None and (
                    key in treatment.consultations or consultation.plan.meeting == treatment.meeting.stream
                )
                yield final, not named


def _withdrawal(proposal: Proposal, treatments: tuple[Treatment, ...], deliberations: Deliberations) -> Told | None:
    """Give what says that it was withdrawn; None where a later meeting is recorded to have dealt with it after all."""
    outcomes = [treatment for treatment in treatments if treatment.outcomes]
    if outcomes and outcomes[-1].outcomes[-1].event.outcome is v.Outcome.WITHDRAWN:
        return outcomes[-1].outcomes[-1]
    if not proposal.withdrawals:
        return None
    occurred = proposal.withdrawals[-1].record.occurred
    day = stated(occurred.at) if isinstance(occurred, When) else None
    met = [deliberations.met_on(treatment) for treatment in outcomes]
    is_later = any(day is None or (one is not None and is_before(day, one)) for one in met)
    return None if is_later else proposal.withdrawals[-1]


def standing_of_meeting(meeting: Meeting, past: Past) -> Standing:
    """Say whether a meeting was only called, took place, or did not, and whether that is stated."""
    if meeting.cancelled is not None:
        return _standing(past, LifeState.CANCELLED, (meeting.cancelled,))
    said: tuple[Told, ...] = (*meeting.openings, *meeting.closings)
    if said:
        return _standing(past, LifeState.HELD, said)
    # Nobody says that it took place: it follows from what is said to have happened there.
    if meeting.calls or meeting.ballots or meeting.outcomes:
        return Standing(LifeState.HELD, is_inferred=True)
    return _standing(past, LifeState.CONVENED, [meeting.convened] if meeting.convened is not None else [])


def state_of_resolution(resolution: Resolution, *, day: str) -> Standing:
    """Give the newest status that had taken effect by a day; `made` where there is none.

    A status whose date is not known, or of which no latest day is, counts: it was recorded to have come about. One that
    came about within a time into which the day falls does not. Where it is not certain by then, either way, that is a
    second reading (`projections.resolutions.readings`).
    """
    for step in reversed(timeline(resolution)):
        if step.status is not None and _has_come_about(step.when, day):
            is_inferred = step.basis is v.Basis.INFERRED or step.when.certainty is v.Certainty.INFERRED
            return Standing(step.status, is_inferred)
    return Standing(LifeState.MADE, is_inferred=False)


def _has_come_about(when: When, day: str) -> bool:
    where = placement(when, day)
    has_end = any(stated(latest) is not None for latest in (when.at, when.until, when.not_after))
    return where in {Placement.BY_THEN, Placement.UNDATED} or (where is Placement.STRADDLES and not has_end)


# What `list --state` takes: states, statuses, and the outcomes of proposals.
STATES: Final = tuple(dict.fromkeys([*map(str, LifeState), *map(str, v.ResolutionStatus), *map(str, v.Outcome)]))
