"""A resolution: its text or what it is presumed to be, and what became of it (de: Beschluss).

Nothing here says that a resolution is in force. `timeline` puts next to each other what the events state and what
follows from them, each step with its basis; two readings that contradict each other both stand there.
"""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct

from domain import vocabulary as v
from domain.annex import Annex, annexes_after
from domain.dates import end_of_period, first_day
from domain.events import (
    ImplementationReported,
    ResolutionEngrossed,
    ResolutionMade,
    ResolutionPublished,
    ResolutionStatusChanged,
    UrgentDecisionTaken,
)
from domain.stream import Fact, Keeps, RecordedEvent, State, advance, newest
from domain.values import Condition, Said, Validity, When, stated

if TYPE_CHECKING:
    from collections.abc import Iterator


class Resolution(State, frozen=True, kw_only=True):
    """A resolution as its events tell it.

    Attributes:
        made: How it was made; None for an urgent decision, and where that event is not here.
        urgent: The urgent decision, and what was added to it later.
        engrossments: Engrossments (de: Ausfertigung).
        publications: Publications and announcements.
        statuses: Changes of its legal status, stated and inferred.
        implementation: How far it was carried out, apart from its legal status.
        annexes: Annexes attached to it.
    """

    made: Fact[ResolutionMade] | None = None
    urgent: tuple[Fact[UrgentDecisionTaken], ...] = ()
    engrossments: tuple[Fact[ResolutionEngrossed], ...] = ()
    publications: tuple[Fact[ResolutionPublished], ...] = ()
    statuses: tuple[Fact[ResolutionStatusChanged], ...] = ()
    implementation: tuple[Fact[ImplementationReported], ...] = ()
    annexes: tuple[Annex, ...] = ()

    @property
    def number(self) -> Said[str]:
        """The number it bears (de: Beschluss-Nr.)."""
        if self.made is not None:
            return self.made.event.number
        fact = newest(self.urgent, "number")
        return fact.event.number if fact else UNSET

    @property
    def subject(self) -> Said[str]:
        """What it is about."""
        if self.made is not None:
            return self.made.event.subject
        fact = newest(self.urgent, "subject")
        return fact.event.subject if fact else UNSET

    @property
    def text(self) -> Said[str]:
        """The wording as it was made; not mentioned where it is not held (then see `made.event.presumed_as`)."""
        if self.made is not None:
            return self.made.event.text
        fact = newest(self.urgent, "text")
        return fact.event.text if fact else UNSET

    @property
    def proposal(self) -> Said[str]:
        """The proposal that it decides."""
        if self.made is not None:
            return self.made.event.proposal
        fact = newest(self.urgent, "proposal")
        return fact.event.proposal if fact else UNSET


_KEEPS: Final[Keeps] = MappingProxyType(
    {
        ResolutionMade: "made",
        UrgentDecisionTaken: "urgent",
        ResolutionEngrossed: "engrossments",
        ResolutionPublished: "publications",
        ResolutionStatusChanged: "statuses",
        ImplementationReported: "implementation",
    }
)


def evolve(state: Resolution | None, record: RecordedEvent) -> Resolution:
    """Apply one event; the first says how the resolution was made."""
    state = advance(state or Resolution(stream=record.stream), record, _KEEPS)
    annexes = annexes_after(state.annexes, record)
    return state if annexes is state.annexes else msgspec.structs.replace(state, annexes=annexes)


# -- what became of it ----------------------------------------------------------------------------


class StepKind(enum.StrEnum):
    """What a step of the timeline is: a status, or a day on which something runs out by its own terms."""

    MADE = "made"
    BEGINS = "begins"
    STATUS = "status"
    TRIAL_ENDS = "trial_ends"
    ENDS = "ends"


class Step(Struct, frozen=True, kw_only=True):
    """One step of what became of a resolution.

    Attributes:
        kind: What it is.
        status: The status, for `StepKind.STATUS`.
        when: The date as stated or inferred; its certainty says which.
        basis: On what the step rests. `inferred` is what follows from the text; nobody stated it.
        told_by: The id of the event that it is from.
    """

    kind: StepKind
    status: v.ResolutionStatus | None = None
    when: When
    basis: v.Basis
    told_by: str


def timeline(state: Resolution) -> tuple[Step, ...]:
    """Give all that is stated or follows about validity, in order of date; steps without a date come last.

    An end of a trial or of a validity is the last day, inclusive.
    """
    steps = [*_of_making(state), *_of_statuses(state)]
    return tuple(sorted(steps, key=lambda step: _order(step.when)))


def _order(when: When) -> tuple[bool, str]:
    day = stated(when.at) or stated(when.not_before)
    return day is None, first_day(day).isoformat() if day else ""


def _of_statuses(state: Resolution) -> Iterator[Step]:
    for fact in state.statuses:
        becomes, effective, basis = fact.event.becomes, fact.event.effective, fact.event.basis
        if isinstance(becomes, v.ResolutionStatus) and isinstance(effective, When) and isinstance(basis, v.Basis):
            yield Step(kind=StepKind.STATUS, status=becomes, when=effective, basis=basis, told_by=fact.id)


def _of_making(state: Resolution) -> Iterator[Step]:
    fact = state.made
    if fact is None:
        return
    event = fact.event
    if isinstance(fact.record.occurred, When):
        yield Step(kind=StepKind.MADE, when=fact.record.occurred, basis=_basis(fact.record.occurred), told_by=fact.id)
    begins = event.effective_from if isinstance(event.effective_from, When) else None
    if begins is not None:
        yield Step(kind=StepKind.BEGINS, when=begins, basis=_basis(begins), told_by=fact.id)
    if isinstance(event.effective_until, When):
        yield Step(kind=StepKind.ENDS, when=event.effective_until, basis=_basis(event.effective_until), told_by=fact.id)
    starts_on = stated(begins.at) if begins is not None else None
    for condition in stated(event.conditions) or ():
        if condition.kind == v.ConditionKind.TRIAL:
            ends = _end(condition, starts_on)
            if ends is not None:
                yield Step(kind=StepKind.TRIAL_ENDS, when=ends, basis=_basis(ends), told_by=fact.id)
    if isinstance(event.validity, Validity):
        ends = _end(event.validity, stated(event.validity.begins) or starts_on)
        if ends is not None:
            # What stands only in the reasons was not decided: it is intended, and no more than inferred.
            decided = event.validity.stated_in == v.TextPart.OPERATIVE_TEXT
            basis = _basis(ends) if decided else v.Basis.INFERRED
            yield Step(kind=StepKind.ENDS, when=ends, basis=basis, told_by=fact.id)


def _basis(when: When) -> v.Basis:
    return v.Basis.STATED if when.certainty is v.Certainty.STATED else v.Basis.INFERRED


def _end(limit: Condition | Validity, starts_on: str | None) -> When | None:
    """Give the last day of a trial or validity, as stated or counted; None where neither is possible."""
    ends = stated(limit.ends)
    if ends is not None:
        return When(at=ends, certainty=v.Certainty.STATED)
    duration = stated(limit.duration)
    counted = end_of_period(starts_on, duration) if duration is not None and starts_on is not None else None
    return When(at=counted, certainty=v.Certainty.INFERRED) if counted is not None else None
