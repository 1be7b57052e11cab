"""What meetings did with a proposal: which of their facts are about it, and to which consultation they belong.

A meeting names a proposal in its agenda, in a ballot, in a motion or in an outcome; what happened under an item
that names it belongs to it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Struct

from domain import events as e
from domain import vocabulary as v
from domain.meeting import Item, Meeting, items
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.stream import Fact
from domain.values import AgendaItem, When, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from domain.proposal import Consultation
    from projections.timetravel import Past

# What can name a proposal itself.
_Naming = Fact[e.OutcomeDeclared] | Fact[e.BallotHeld] | Fact[e.MotionMoved]


class Treatment(Struct, frozen=True, kw_only=True):
    """What one meeting did with one proposal.

    Attributes:
        meeting: The meeting's state.
        items: The agenda items that name the proposal.
        outcomes: What came of it, in order of recording; likewise the following.
    """

    meeting: Meeting
    items: tuple[Item, ...]
    outcomes: tuple[Fact[e.OutcomeDeclared], ...]
    ballots: tuple[Fact[e.BallotHeld], ...]
    motions: tuple[Fact[e.MotionMoved], ...]
    exclusions: tuple[Fact[e.MemberExcluded], ...]

    @property
    def entries(self) -> tuple[tuple[AgendaItem, Fact[e.AgendaSet]], ...]:
        """How the agenda names it, with the event that set it."""
        return tuple((item.entry, item.set_by) for item in self.items if item.entry and item.set_by)

    @property
    def consultations(self) -> tuple[str, ...]:
        """The consultations that the meeting names for it."""
        named = [fact.event.consultation for fact in self.outcomes] + [entry.consultation for entry, _ in self.entries]
        return tuple(dict.fromkeys(key for key in map(stated, named) if key is not None))


class Deliberations:
    """All treatments and resolutions of a register at a horizon, by proposal."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self._treatments: dict[str, list[Treatment]] = {}
        for meeting in past.states("meeting", Meeting):
            for proposal, treatment in treatments(meeting):
                self._treatments.setdefault(proposal, []).append(treatment)
        self._resolutions: dict[str, list[Resolution]] = {}
        for resolution in past.states("resolution", Resolution):
            decided = stated(resolution.proposal)
            if decided is not None:
                self._resolutions.setdefault(decided, []).append(resolution)

    def of(self, proposal: str) -> tuple[Treatment, ...]:
        """Give the treatments of a proposal, by the day of the meeting; those without a day come last."""
        found = self._treatments.get(proposal, [])
        return tuple(sorted(found, key=lambda one: ((day := self.met_on(one)) is None, day or "")))

    def resolutions(self, proposal: str) -> tuple[Resolution, ...]:
        """Give the resolutions made from a proposal, in order of recording."""
        return tuple(self._resolutions.get(proposal, ()))

    def has_dealt_with(self, proposal: str) -> bool:
        """Say whether a meeting did something with a proposal by then, or a resolution was made from it."""
        return bool(self._treatments.get(proposal) or self._resolutions.get(proposal))

    def met_on(self, treatment: Treatment) -> str | None:
        """Give the day of a meeting: as last set, else the day on which something is said to have happened there."""
        return met_on(self.past, treatment.meeting, (*treatment.outcomes, *treatment.ballots))

    def organs(self, meeting: Meeting) -> tuple[str, ...]:
        """Give the organs of a meeting."""
        whole = self.past.whole_state(meeting.stream)
        return whole.organs if isinstance(whole, Meeting) else meeting.organs

    def decides(self, treatment: Treatment, consultation: Consultation | None) -> bool:
        """Say whether a treatment was to decide: as planned, else unless the organ is known to advise only."""
        if consultation is not None:
            authoritative = stated(consultation.plan.authoritative)
            role = stated(consultation.plan.role)
            return authoritative if authoritative is not None else role in DECIDING
        organs = [self.past.whole_state(organ) for organ in self.organs(treatment.meeting)]
        return not (organs and all(isinstance(organ, Organ) and organ.only_advises for organ in organs))

    def by_consultation(self, proposal: Proposal) -> Mapping[str | None, tuple[Treatment, ...]]:
        """Give the treatments of a proposal by the consultation they belong to, None for those that no plan foresaw.

        They belong together where the meeting names the consultation, or the plan the meeting; else where organ
        and day are the same.
        """
        found: dict[str | None, list[Treatment]] = {}
        for treatment in self.of(proposal.stream):
            found.setdefault(self._belongs(proposal, treatment), []).append(treatment)
        return {key: tuple(some) for key, some in found.items()}

    def _belongs(self, proposal: Proposal, treatment: Treatment) -> str | None:
        known = {str(one.id): one for one in proposal.consultations}
        for key in treatment.consultations:
            if key in known:
                return key
        day, organs = self.met_on(treatment), self.organs(treatment.meeting)
        for key, one in known.items():
            if one.plan.meeting == treatment.meeting.stream:
                return key
        for key, one in known.items():
            planned = stated(one.plan.planned_on)
            if one.plan.meeting is UNSET and one.plan.organ in organs and planned and day and planned[:10] == day[:10]:
                return key
        return None


def opened_later(past: Past, stream: str) -> Proposal | None:
    """Give a proposal of which no fact of its own counts as of the day asked for, though others say what was done.

    A meeting may have dealt with a matter before it was brought in, or before the day that is recorded for that.
    """
    if past.horizon.as_of is None or not stream.startswith("proposal:") or not past.effective(stream):
        return None
    found = Deliberations(past)
    return Proposal(stream=stream) if found.has_dealt_with(stream) else None


DECIDING: Final = frozenset({v.ConsultationRole.DECISION, v.ConsultationRole.RESERVED_DECISION})


def met_on(past: Past, meeting: Meeting, facts: Iterable[Fact[e.OutcomeDeclared] | Fact[e.BallotHeld]]) -> str | None:
    """Give the day of a meeting, see `Deliberations.met_on`."""
    whole = past.whole_state(meeting.stream)
    starts = stated(whole.starts_at) if isinstance(whole, Meeting) else None
    if starts is not None:
        return starts
    days = (stated(fact.record.occurred.at) for fact in facts if isinstance(fact.record.occurred, When))
    return next(filter(None, days), None)


def treatments(meeting: Meeting) -> tuple[tuple[str, Treatment], ...]:
    """Give what a meeting did, by proposal, in the order of its agenda."""
    every = items(meeting)
    by_key = {item.key: _proposals_of(item) for item in every}
    proposals = dict.fromkeys(name for named in by_key.values() for name in named)
    loose: tuple[_Naming, ...] = (*meeting.outcomes, *meeting.ballots, *meeting.motions)
    proposals |= dict.fromkeys(name for name in map(named, loose) if name is not None)
    return tuple((name, _treatment(meeting, name, every, by_key)) for name in proposals)


def _treatment(
    meeting: Meeting, proposal: str, every: tuple[Item, ...], by_key: Mapping[str, tuple[str, ...]]
) -> Treatment:
    mine = {key for key, named in by_key.items() if proposal in named}

    def is_mine(fact: _Naming) -> bool:
        own = named(fact)
        return own == proposal if own is not None else stated(fact.event.item) in mine

    outcomes = tuple(fact for fact in meeting.outcomes if is_mine(fact))
    counted = {key for fact in outcomes for key in stated(fact.event.ballots) or ()}
    return Treatment(
        meeting=meeting,
        items=tuple(item for item in every if item.key in mine),
        outcomes=outcomes,
        ballots=tuple(fact for fact in meeting.ballots if is_mine(fact) or fact.event.ballot in counted),
        motions=tuple(fact for fact in meeting.motions if is_mine(fact)),
        exclusions=tuple(fact for fact in meeting.exclusions if stated(fact.event.item) in mine),
    )


def named(fact: _Naming) -> str | None:
    """Give the proposal that a fact names itself."""
    event = fact.event
    if isinstance(event, e.OutcomeDeclared):
        return stated(event.proposal)
    target = stated(event.target)
    return stated(target.proposal) if target is not None else None


def _proposals_of(item: Item) -> tuple[str, ...]:
    """Give the proposals that an item is about."""
    found = [stated(item.entry.proposal) if item.entry is not None else None]
    facts: tuple[_Naming, ...] = (*item.outcomes, *item.ballots, *item.motions)
    found += [named(fact) for fact in facts]
    return tuple(dict.fromkeys(name for name in found if name is not None))
