"""Where things stand: the state of a proposal, meeting or resolution, computed from its events.

    proposal    registered -> planned -> on_agenda -> deliberated -> decided; withdrawn
    meeting     convened -> held; cancelled
    resolution  made -> in_force, suspended ... (the newest status, whatever it rests on)

A proposal counts as decided where a resolution was made from it, or where an organ that was to decide came to a
final outcome. What it was decided to, `adopted` or `rejected` or `noted`, is the outcome beside it. Nothing is ever
refused because of a state, and a proposal decided may be taken up again.
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

if TYPE_CHECKING:
    from domain.meeting import Meeting
    from domain.proposal import Proposal
    from domain.resolution import Resolution
    from projections.deliberations import Deliberations


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


def last_outcome(proposal: str, deliberations: Deliberations) -> LastOutcome | None:
    """Give the outcome of the latest meeting; of two in one meeting, the one recorded last."""
    for treatment in reversed(deliberations.of(proposal)):
        if treatment.outcomes:
            return LastOutcome(fact=treatment.outcomes[-1], treatment=treatment)
    return None


def state_of_proposal(proposal: Proposal, deliberations: Deliberations) -> LifeState:
    """Say where a proposal stands."""
    treatments = deliberations.of(proposal.stream)
    if _is_withdrawn(proposal, treatments, deliberations):
        return LifeState.WITHDRAWN
    if deliberations.resolutions(proposal.stream):
        return LifeState.DECIDED
    belongs = deliberations.by_consultation(proposal)
    for key, some in belongs.items():
        consultation = proposal.consultation(key) if key is not None else None
        for treatment in some:
            final = any(fact.event.outcome in _FINAL for fact in treatment.outcomes)
            if final and deliberations.decides(treatment, consultation):
                return LifeState.DECIDED
    if any(treatment.outcomes or treatment.ballots for treatment in treatments):
        return LifeState.DELIBERATED
    if any(item.is_on_agenda for treatment in treatments for item in treatment.items):
        return LifeState.ON_AGENDA
    if any(one.dropped is None for one in proposal.consultations):
        return LifeState.PLANNED
    return LifeState.REGISTERED


def _is_withdrawn(proposal: Proposal, treatments: tuple[Treatment, ...], deliberations: Deliberations) -> bool:
    """Whether it was withdrawn, and no later meeting is recorded to have dealt with it all the same."""
    outcomes = [treatment for treatment in treatments if treatment.outcomes]
    if outcomes and outcomes[-1].outcomes[-1].event.outcome is v.Outcome.WITHDRAWN:
        return True
    if not proposal.withdrawals:
        return False
    occurred = proposal.withdrawals[-1].record.occurred
    day = stated(occurred.at) if isinstance(occurred, When) else None
    met = [deliberations.met_on(treatment) for treatment in outcomes]
    return not any(day is None or (one is not None and is_before(day, one)) for one in met)


def state_of_meeting(meeting: Meeting) -> LifeState:
    """Say whether a meeting was only called, took place, or did not."""
    if meeting.cancelled is not None:
        return LifeState.CANCELLED
    happened = (meeting.openings, meeting.calls, meeting.ballots, meeting.outcomes, meeting.closings)
    return LifeState.HELD if any(happened) else LifeState.CONVENED


class Standing(Struct, frozen=True):
    """Where a resolution stands, and whether somebody stated that or it only follows."""

    state: LifeState | v.ResolutionStatus
    is_inferred: bool


def state_of_resolution(resolution: Resolution, *, day: str) -> Standing:
    """Give the newest status that had taken effect by a day; `made` where there is none.

    A status whose date is not known counts: it was recorded to have come about.
    """
    for step in reversed(timeline(resolution)):
        at = stated(step.when.at) or stated(step.when.not_before)
        if step.status is not None and (at is None or not is_before(day, at)):
            is_inferred = step.basis is v.Basis.INFERRED or step.when.certainty is v.Certainty.INFERRED
            return Standing(step.status, is_inferred)
    return Standing(LifeState.MADE, is_inferred=False)


# What `list --state` takes: states, statuses, and the outcomes of proposals.
STATES: Final = tuple(dict.fromkeys([*map(str, LifeState), *map(str, v.ResolutionStatus), *map(str, v.Outcome)]))
