"""The Beratungsfolge of a proposal as a Geschäftsgang.

All steps are given: what was planned, and what took place without a plan. A receiving tool need not show them, so they
are never the only place where something is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain.meeting import Meeting
from domain.values import When, stated
from projections.export import german
from projections.export.xdomea.abstimmung import ballot_lines, outcome_line
from projections.export.xdomea.codes import STEPS
from projections.export.xdomea.model import Step
from projections.export.xdomea.values import date, day_of, folded, happened, happened_on, is_sure, joined, said, told
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.proposal import Consultation, Proposal
    from domain.stream import RecordedEvent
    from projections.deliberations import Deliberations, Treatment
    from projections.teller import Teller

# Whether a plan foresaw it cannot be said: it may be recorded and not given, or never have been recorded.
UNFORESEEN: Final = "beraten; kein hier gegebener Eintrag sieht das in einer Beratungsfolge vor"
_AHEAD, _OPEN, _DONE, _DROPPED = (STEPS[code] for code in ("001", "002", "003", "004"))


def steps_of(teller: Teller, deliberations: Deliberations, state: Proposal, *, day: str) -> tuple[Step, ...]:
    """Give the steps, as planned first, then what no plan that is given foresaw.

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
    planned = stated(plan.planned_on)
    due_on = day_of(planned)
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
    outcome = _outcome(teller, deliberations, treated)
    return Step(
        number=str(number),
        status=status,
        organ=german.title(teller, organ) if organ is not None else said(teller, record, "organ_literal") or "Gremium",
        ordered_on=ordered_on or moment(record.recorded_at)[:10],
        what=said(teller, record, "status_literal")
        or joined(told(teller, record, "role"), told(teller, record, "publicity")),
        due_on=due_on,
        note=joined(
            _ordered(teller, record),
            # What is less exact than a day the form does not take.
            f"vorgesehen: {said(teller, record, 'planned_on', say=date)}" if due_on is None and planned else None,
            f"entfallen: {_reason(teller, consultation)}" if consultation.dropped is not None else None,
            "ein Ergebnis ist nicht erfasst" if status is _OPEN else None,
            outcome.note,
            by="; ",
        )
        or None,
        done_on=outcome.done_on,
        result=outcome.result,
        remark=outcome.remark,
        version=outcome.version,
    )


def _ordered(teller: Teller, record: RecordedEvent) -> str | None:
    """Say what the date of an order is, where no source states it: the form demands one."""
    if happened_on(record) is None:
        return f"Datum der Verfügung: Tag der Erfassung, denn geplant wurde: {happened(teller, record)}"
    return None if is_sure(record) else f"Datum der Verfügung: {happened(teller, record)}"


def _reason(teller: Teller, consultation: Consultation) -> str:
    dropped = consultation.dropped
    return (said(teller, dropped.record, "reason") if dropped is not None else None) or "ohne Angabe von Gründen"


def _unforeseen(teller: Teller, deliberations: Deliberations, treatment: Treatment, *, number: int) -> Step:
    meeting = treatment.meeting
    named = [fact.record for fact in treatment.outcomes] + [fact.record for fact in treatment.ballots]
    named += [fact.record for fact in treatment.motions] + [fact.record for _, fact in treatment.entries]
    met_on = day_of(deliberations.met_on(treatment))
    recorded_on = moment(min(record.recorded_at for record in named))[:10]
    outcome = _outcome(teller, deliberations, (treatment,))
    what_day = "Tag der Behandlung" if met_on is not None else "Tag der Erfassung"
    return Step(
        number=str(number),
        status=_DONE if treatment.outcomes or treatment.ballots else _OPEN,
        organ=", ".join(german.title(teller, organ) for organ in deliberations.organs(meeting)) or "Gremium",
        ordered_on=met_on or recorded_on,
        what=UNFORESEEN,
        due_on=None,
        note=joined(
            f"eine Verfügung ist nicht gegeben; als ihr Datum steht hier der {what_day}", outcome.note, by="; "
        ),
        done_on=outcome.done_on,
        result=outcome.result,
        remark=outcome.remark,
        version=outcome.version,
    )


class _Outcome(Struct, frozen=True, kw_only=True):
    """What came of a step; without a day that the form takes the result stands in the note."""

    done_on: str | None = None
    result: str | None = None
    remark: str | None = None
    version: str | None = None
    note: str | None = None


def _outcome(teller: Teller, deliberations: Deliberations, treated: Sequence[Treatment]) -> _Outcome:
    """Give when an organ dealt with it and what came of it."""
    if not treated:
        return _Outcome()
    last = treated[-1]
    versions = [entry.version for entry, _ in last.entries]
    version = next((stated(number) for number in versions if stated(number) is not None), None)
    met_on = deliberations.met_on(last)
    done_on, day = day_of(met_on), _dealt_on(teller, deliberations, last)
    lines = [line for treatment in treated for line in _results(teller, treatment, is_one_of=len(treated) > 1)]
    result = "\n".join(map(folded, lines)) or None
    note = None
    if done_on is None:
        note = joined(f"behandelt: {day or 'Datum nicht erwähnt'}", result and f"Ergebnis:\n{result}", by="; ")
    return _Outcome(
        done_on=done_on,
        result=result if done_on is not None else None,
        remark=f"Datum: {day}" if done_on is not None and day is not None else None,
        version=str(version) if version is not None else None,
        note=note,
    )


def _dealt_on(teller: Teller, deliberations: Deliberations, treatment: Treatment) -> str | None:
    """Say when a meeting dealt with it where that is no day that its invitation states; None where it is one."""
    whole = teller.past.whole_state(treatment.meeting.stream)
    starts = stated(whole.starts_at) if isinstance(whole, Meeting) else None
    if starts is not None:
        return None if day_of(starts) is not None else german.date(starts)
    records = [fact.record for fact in treatment.outcomes] + [fact.record for fact in treatment.ballots]
    met_on = deliberations.met_on(treatment)
    for record in records:
        if isinstance(record.occurred, When) and stated(record.occurred.at) == met_on and met_on is not None:
            return None if is_sure(record) and day_of(met_on) is not None else happened(teller, record)
    return None


def _results(teller: Teller, treatment: Treatment, *, is_one_of: bool) -> Iterator[str]:
    if is_one_of:
        yield f"{german.title(teller, treatment.meeting.stream)}:"
    for outcome in treatment.outcomes:
        yield outcome_line(teller, outcome)
    for ballot in treatment.ballots:
        yield from ballot_lines(teller, ballot)
