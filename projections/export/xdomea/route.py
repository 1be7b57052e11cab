"""The Beratungsfolge of a proposal as a Geschäftsgang.

All steps are given: what was planned, and what took place without a plan. A receiving tool need not show them, so they
are never the only place where something is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.values import stated
from projections.export import german
from projections.export.xdomea.codes import STEPS
from projections.export.xdomea.model import Step
from projections.export.xdomea.values import coded, day_of, happened_on, joined, said, tally
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.proposal import Consultation, Proposal
    from projections.deliberations import Deliberations, Treatment
    from projections.teller import Teller

_AHEAD, _OPEN, _DONE, _DROPPED = (STEPS[code] for code in ("001", "002", "003", "004"))


def steps_of(teller: Teller, deliberations: Deliberations, state: Proposal, *, day: str) -> tuple[Step, ...]:
    """Give the steps, as planned first, then what no plan foresaw.

    Args:
        teller: Tells the values.
        deliberations: What meetings did.
        state: The proposal.
        day: The day of the export, by which a step lies ahead or not.
    """
    found = deliberations.by_consultation(state)
    steps: list[Step] = []
    for consultation in state.consultations:
        treated = found.get(str(consultation.id), ())
        steps.append(_planned(teller, deliberations, consultation, treated, number=len(steps) + 1, day=day))
    for treatment in found.get(None, ()):
        steps.append(_unforeseen(teller, deliberations, treatment, number=len(steps) + 1))
    return tuple(steps)


def _planned(
    teller: Teller,
    deliberations: Deliberations,
    consultation: Consultation,
    treated: Sequence[Treatment],
    *,
    number: int,
    day: str,
) -> Step:
    fact = consultation.plans[-1]
    plan, record = fact.event, fact.record
    due_on = day_of(stated(plan.planned_on))
    is_done = any(treatment.outcomes or treatment.ballots for treatment in treated)
    if consultation.dropped is not None:
        status = _DROPPED
    elif is_done:
        status = _DONE
    else:
        # Whether it took place is not recorded where the day has passed: the step is open, not done.
        status = _AHEAD if due_on is not None and due_on > day else _OPEN
    ordered_on = happened_on(record)
    organ = stated(plan.organ)
    return Step(
        number=str(number),
        status=status,
        organ=german.title(teller, organ) if organ is not None else said(teller, record, "organ_literal") or "Gremium",
        ordered_on=ordered_on or moment(record.recorded_at)[:10],
        what=said(teller, record, "status_literal") or joined(coded(plan.role), coded(plan.publicity)),
        due_on=due_on,
        note=joined(
            None if ordered_on else "Datum der Verfügung: Tag der Erfassung",
            f"entfallen: {_reason(teller, consultation)}" if consultation.dropped is not None else None,
            "ein Ergebnis ist nicht erfasst" if status is _OPEN else None,
            by="; ",
        )
        or None,
        **_outcome(teller, deliberations, treated),
    )


def _reason(teller: Teller, consultation: Consultation) -> str:
    dropped = consultation.dropped
    return (said(teller, dropped.record, "reason") if dropped is not None else None) or "ohne Angabe von Gründen"


def _unforeseen(teller: Teller, deliberations: Deliberations, treatment: Treatment, *, number: int) -> Step:
    meeting = treatment.meeting
    named = [fact.record for fact in treatment.outcomes] + [fact.record for fact in treatment.ballots]
    named += [fact.record for fact in treatment.motions] + [fact.record for _, fact in treatment.entries]
    met_on = day_of(deliberations.met_on(treatment))
    recorded_on = moment(min(record.recorded_at for record in named))[:10]
    return Step(
        number=str(number),
        status=_DONE if treatment.outcomes or treatment.ballots else _OPEN,
        organ=", ".join(german.title(teller, organ) for organ in deliberations.organs(meeting)) or "Gremium",
        ordered_on=met_on or recorded_on,
        what="beraten, in der Beratungsfolge nicht vorgesehen",
        due_on=met_on,
        note=None,
        **_outcome(teller, deliberations, (treatment,)),
    )


def _outcome(teller: Teller, deliberations: Deliberations, treated: Sequence[Treatment]) -> dict[str, str | None]:
    """Give when an organ dealt with it and what came of it, as fields of a step."""
    if not treated:
        return {"done_on": None, "result": None, "version": None}
    last = treated[-1]
    versions = [entry.version for entry, _ in last.entries]
    version = next((stated(number) for number in versions if stated(number) is not None), None)
    return {
        "done_on": day_of(deliberations.met_on(last)),
        "result": "\n".join(line for treatment in treated for line in _results(teller, treatment)) or None,
        "version": str(version) if version is not None else None,
    }


def _results(teller: Teller, treatment: Treatment) -> Iterator[str]:
    for outcome in treatment.outcomes:
        event = outcome.event
        majority = stated(event.majority)
        yield joined(
            f"Beratungsergebnis: {coded(event.outcome)}",
            german.code(majority) if majority is not None else None,
            tally(event.tally),
            _quoted(said(teller, outcome.record, "outcome_literal")),
        )
    for ballot in treatment.ballots:
        declared = stated(ballot.event.declared)
        yield joined(
            "Abstimmung",
            _quoted(said(teller, ballot.record, "question")),
            tally(ballot.event.tally),
            f"festgestellt: {german.code(declared)}" if declared is not None else None,
            _quoted(said(teller, ballot.record, "declared_literal")),
        )


def _quoted(text: str | None) -> str | None:
    return f"„{text}“" if text else None
