"""What does not fit together, or is not there, about a resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import vocabulary as v
from domain.dates import day_after, is_before
from domain.findings.codes import Finding, found
from domain.resolution import Resolution, Step, StepKind, timeline
from domain.values import Validity, When, stated

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITH_TEXT: Final = frozenset({v.ResolutionSense.APPROVING, v.ResolutionSense.PARTLY})


def of_resolution(state: Resolution) -> Iterator[Finding]:
    """Give the findings of a resolution."""
    yield from _trials(state)
    if state.made is None:
        return
    event, place = state.made.event, state.made.id
    if event.sense in _WITH_TEXT and event.text is UNSET:
        presumed = stated(event.presumed_as)
        yield found(
            "ADOPTED_TEXT_NOT_HELD",
            place,
            text="the wording that was adopted is not held"
            + (f"; it is presumed to be version {presumed} of the proposal" if presumed is not None else ""),
            presumed_as=presumed,
        )
    if isinstance(event.validity, Validity) and event.validity.stated_in is v.TextPart.REASONS:
        yield found(
            "VALIDITY_ONLY_IN_REASONS",
            place,
            text="how long it is to hold stands in the reasons; the text that was decided does not say so",
            duration=stated(event.validity.duration),
            ends=stated(event.validity.ends),
        )
    made_on, begins = _at(state.made.record.occurred), _at(event.effective_from)
    if made_on is not None and begins is not None and is_before(begins, made_on):
        yield found(
            "EFFECT_BEFORE_DECISION",
            place,
            text=f"it takes effect on {begins} and was made on {made_on}",
            effective_from=begins,
            made=made_on,
        )


def _at(when: object) -> str | None:
    return stated(when.at) if isinstance(when, When) else None


def _trials(state: Resolution) -> Iterator[Finding]:
    steps = timeline(state)
    begins = next((_at(step.when) for step in steps if step.kind is StepKind.BEGINS), None)
    decisions = [step for step in steps if _is_decision(step, begins)]
    for step in steps:
        end = _at(step.when)
        if step.kind is not StepKind.TRIAL_ENDS or end is None:
            continue
        days = [(day, decision.told_by) for decision in decisions if (day := _at(decision.when)) is not None]
        if all(is_before(end, day) for day, _ in days):
            later = min(days, default=None)
            yield found(
                "TRIAL_ENDED_WITHOUT_DECISION",
                step.told_by,
                *((later[1],) if later else ()),
                text=f"the trial ended on {end}, and no decision about it by then is recorded"
                + (f"; the next is of {later[0]}" if later else ""),
                since=day_after(end),
                ended=end,
                next=later[0] if later else None,
            )


def _is_decision(step: Step, begins: str | None) -> bool:
    """Whether a step is a decision about the trial: any stated change of status but its own coming into force."""
    if step.kind is not StepKind.STATUS or step.basis is v.Basis.INFERRED:
        return False
    day = _at(step.when)
    is_start = step.status is v.ResolutionStatus.IN_FORCE and (
        begins is None or day is None or not is_before(begins, day)
    )
    return not is_start
