"""What falls due for a resolution: the end it was meant to have, reviews, retention, the offer to the archive.

Every day stands beside what it rests on: the field that states it, or the computation with its provisions. Where no
day follows, the reason is given instead; a period is never taken from anywhere but the record and the rules of the
body, and never from a rule whose source was not read.

When it must be offered to the archive is `projections.offering`'s matter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct

from domain import events as e
from domain import vocabulary as v
from domain.custody import Custody, covered, holds
from domain.dates import first_day, is_before, last_day
from domain.organ import Organ
from domain.proposal import Proposal, Version
from domain.resolution import Resolution, Step, StepKind, timeline
from domain.review import Review
from domain.stream import Fact, RecordedEvent
from domain.values import Condition, Validity, When, stated
from projections.offering import by_rule, is_substantive, offer, origin_of
from projections.periods import Period, from_first_day
from projections.resolutions import ended, says, step_when
from projections.resolutions_shapes import DueKind, DueLine
from projections.wording import code_text, date_text, period_text, when_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from projections.teller import Teller
    from projections.timetravel import Past

_DAY: Final = len("2021-12-08")
_STATED: Final = v.Basis.STATED.value
_INFERRED: Final = v.Basis.INFERRED.value
_DUE_KINDS: Final = {StepKind.ENDS: DueKind.ENDS, StepKind.TRIAL_ENDS: DueKind.TRIAL_ENDS}
# A rejection leaves nothing in force that could end or be reviewed.
_CARRIES: Final = frozenset({v.ResolutionSense.APPROVING, v.ResolutionSense.PARTLY})


def deadlines(teller: Teller, state: Resolution) -> tuple[DueLine, ...]:
    """Give what falls due for a resolution, by day; what has no day stands last."""
    found = [
        *_ends(teller, state),
        *_review(teller, state),
        *_implementation(teller, state),
        *_acts(teller, state),
        *_custody(teller, state),
        _offer(teller, state),
    ]
    today = first_day(teller.past.day)
    counted = (
        msgspec.structs.replace(due, days=None if due.on is None else (last_day(due.on) - today).days) for due in found
    )
    return tuple(sorted(counted, key=lambda due: (due.on is None, "" if due.on is None else last_day(due.on))))


# -- the end it was meant to have -----------------------------------------------------------------


class _Limit(Struct, frozen=True, kw_only=True):
    """A validity or trial as it is stated: by its last day, or by a period from a first day on."""

    kind: StepKind
    limit: Validity | Condition
    begins: str | None


def _ends(teller: Teller, state: Resolution) -> Iterator[DueLine]:
    limits = list(_limits(state))
    settled = _how_it_ended(teller.past, state)
    seen: dict[tuple[StepKind, str], Step] = {}
    for step in timeline(state):
        at = stated(step.when.at)
        if step.kind not in _DUE_KINDS:
            continue
        if at is None:
            yield _due_of_step(teller, state, step, on=None, period=None, settled=settled)
            continue
        key = (step.kind, at)
        if key not in seen or (seen[key].basis is not v.Basis.STATED and step.basis is v.Basis.STATED):
            seen[key] = step
    for (kind, at), step in seen.items():
        period = next((p for one in limits if one.kind is kind and (p := _period(one)) and p.ends == at[:_DAY]), None)
        yield _due_of_step(teller, state, step, on=at[:_DAY], period=period, settled=settled)
    for one in limits:
        if stated(one.limit.ends) is None and stated(one.limit.duration) is not None and _period(one) is None:
            yield _endless(teller, state, one, settled=settled)
    yield from _intended(teller, state, settled=settled)


def _how_it_ended(past: Past, state: Resolution) -> str | None:
    """Say how it is recorded to have ended by the reader's day, be that the end it was meant to have or another."""
    step = ended(state)
    at = (stated(step.when.at) or stated(step.when.not_before)) if step is not None else None
    if step is None or (at is not None and is_before(past.day, at)):
        return None
    return f"{code_text(step.status)} {step_when(step)}".rstrip()


def _due_of_step(
    teller: Teller, state: Resolution, step: Step, *, on: str | None, period: Period | None, settled: str | None
) -> DueLine:
    record = teller.past.record(step.told_by)
    is_stated = step.basis is v.Basis.STATED
    literal: str | None = None
    more: tuple[str, ...] = ()
    if step.kind is StepKind.TRIAL_ENDS and state.made is not None:
        literal = stated(state.made.event.conditions_literal)
    elif not is_stated and (version := _version(teller, state)) is not None:
        literal, more = stated(version.validity_literal), _told(teller, version, "validity")
    return DueLine(
        kind=_DUE_KINDS[step.kind],
        says=says(step, state),
        on=on,
        basis=step.basis.value,
        why_no_day=f"only {step_when(step) or 'an end without a date'} is recorded" if on is None else None,
        literal=literal,
        computation=period.computation if period is not None and not is_stated else (),
        provisions=period.provisions if period is not None and not is_stated else (),
        settled=settled,
        events=(*((teller.use(record),) if record is not None else ()), *more),
    )


def _limits(state: Resolution) -> Iterator[_Limit]:
    """Give the limits that the making of a resolution states."""
    if state.made is None:
        return
    event = state.made.event
    begins = stated(event.effective_from.at) if isinstance(event.effective_from, When) else None
    for condition in stated(event.conditions) or ():
        if condition.kind is v.ConditionKind.TRIAL:
            yield _Limit(kind=StepKind.TRIAL_ENDS, limit=condition, begins=begins)
    if isinstance(event.validity, Validity):
        yield _Limit(kind=StepKind.ENDS, limit=event.validity, begins=stated(event.validity.begins) or begins)


def _period(one: _Limit) -> Period | None:
    duration = stated(one.limit.duration)
    return from_first_day(one.begins, duration) if duration is not None and one.begins is not None else None


def _endless(teller: Teller, state: Resolution, one: _Limit, *, settled: str | None) -> DueLine:
    """Say that a period is stated whose first day is not."""
    assert state.made is not None  # noqa: S101  # for the type checker: the limit is from there
    begins = "not stated" if one.begins is None else f"stated as {date_text(one.begins)} only"
    return DueLine(
        kind=_DUE_KINDS[one.kind],
        says="trial ends (Erprobung)" if one.kind is StepKind.TRIAL_ENDS else "holds until",
        on=None,
        basis=_INFERRED,
        why_no_day=f"it is to hold for {period_text(str(one.limit.duration))}, and its first day is {begins}",
        settled=settled,
        events=(teller.use(state.made.record),),
    )


def _version(teller: Teller, state: Resolution) -> Version | None:
    """Give the version of the proposal that a resolution is recorded, or presumed, to follow."""
    proposal = stated(state.proposal)
    about = teller.past.state(proposal) if proposal is not None else None
    if not isinstance(about, Proposal) or state.made is None or state.made.event.sense not in _CARRIES:
        return None
    number = stated(state.made.event.version) or stated(state.made.event.presumed_as)
    return about.version(number) if number is not None else None


def _intended(teller: Teller, state: Resolution, *, settled: str | None) -> Iterator[DueLine]:
    """Give the end that the proposal intends, where the making of the resolution itself says nothing of one."""
    version = _version(teller, state)
    validity = stated(version.validity) if version is not None else None
    if version is None or validity is None or state.made is None:
        return
    made = state.made.event
    if made.validity is not UNSET or made.effective_until is not UNSET:
        return
    own = stated(made.effective_from.at) if isinstance(made.effective_from, When) else None
    begins = stated(validity.begins) or own or stated(version.effective_from)
    period = _period(_Limit(kind=StepKind.ENDS, limit=validity, begins=begins))
    on = stated(validity.ends) or (period.ends if period is not None else None)
    where = "Begründung" if validity.stated_in is v.TextPart.REASONS else "Vorlage"
    why = "the proposal states a period, and its first day is not exact" if begins else "no first day is stated"
    yield DueLine(
        kind=DueKind.ENDS,
        says=f"laut {where} vorgesehen bis",
        on=on,
        basis=_INFERRED,
        why_no_day=why if on is None else None,
        literal=stated(version.validity_literal),
        computation=period.computation if period is not None and stated(validity.ends) is None else (),
        provisions=period.provisions if period is not None and stated(validity.ends) is None else (),
        settled=settled,
        events=_told(teller, version, "validity"),
    )


def _told(teller: Teller, version: Version, name: str) -> tuple[str, ...]:
    record = teller.past.record(version.origins[name]) if name in version.origins else None
    return (teller.use(record),) if record is not None else ()


# -- what was to be looked at again, and to be done -----------------------------------------------


def _review(teller: Teller, state: Resolution) -> Iterator[DueLine]:
    version = _version(teller, state)
    clause = stated(version.review_clause) if version is not None else None
    if version is None or clause is None:
        return
    yield DueLine(
        kind=DueKind.REVIEW,
        says="Überprüfung",
        on=None,
        basis=_INFERRED if stated(state.text) is None else _STATED,
        why_no_day="the clause names no day" if not re.search(r"\d{4}", clause) else "the clause is not read for days",
        literal=clause,
        settled=_how_it_ended(teller.past, state),
        events=_told(teller, version, "review_clause"),
    )


def _implementation(teller: Teller, state: Resolution) -> Iterator[DueLine]:
    """Give the day by which it was to be carried out, as last reported."""
    due = next((fact for fact in reversed(state.implementation) if stated(fact.event.due_on) is not None), None)
    if due is None:
        return
    newest = state.implementation[-1]
    status = stated(newest.event.status)
    done = status is v.ImplementationStatus.DONE
    yield DueLine(
        kind=DueKind.IMPLEMENTATION,
        says="to be carried out by",
        on=stated(due.event.due_on),
        basis=_STATED,
        note=None if done or status is None else f"last reported as {code_text(status)}",
        settled=f"reported as done {when_text(newest.record.occurred)}".rstrip() if done else None,
        events=(teller.use(due.record),),
    )


def _acts(teller: Teller, state: Resolution) -> Iterator[DueLine]:
    """Give the days that an objection or an authority set."""
    anew = [
        other.made.record
        for other in teller.past.states("resolution", Resolution)
        if other.made is not None and state.stream in (stated(other.made.event.re_decides) or ())
    ]
    for review in teller.past.states("review", Review):
        for act in review.acts:
            if state.stream not in (stated(act.event.resolutions) or ()):
                continue
            if isinstance(act.event, e.ObjectionRaised) and (on := stated(act.event.new_meeting_by)) is not None:
                yield DueLine(
                    kind=DueKind.ACT,
                    says="new meeting after the objection by",
                    on=on,
                    basis=_STATED,
                    settled=f"decided anew {when_text(anew[0].occurred)}".rstrip() if anew else None,
                    events=(teller.use(act.record),),
                )
            if isinstance(act.event, e.ExternalActRecorded) and (on := stated(act.event.deadline)) is not None:
                by = stated(act.event.authority_name)
                yield DueLine(
                    kind=DueKind.ACT,
                    says=f"deadline set by {by}" if by else "deadline set by an authority",
                    on=on,
                    basis=_STATED,
                    events=(teller.use(act.record),),
                )


# -- retention and the archive --------------------------------------------------------------------


_Gone = Fact[e.Transferred] | Fact[e.Received] | Fact[e.Destroyed]


class _File(Struct, frozen=True, kw_only=True):
    """A file that a record was filed in, and what was done with the record there."""

    custody: Custody
    retention: Fact[e.RetentionSet] | None
    offer: Fact[e.Offered] | None
    appraisal: Fact[e.Appraised] | None
    gone: _Gone | None
    hold: Fact[e.HoldPlaced] | None


def _files(past: Past, stream: str) -> Iterator[_File]:
    for custody in past.states("custody", Custody):
        if stream not in custody.objects:
            continue
        retention = [fact for fact in custody.retention if stream in covered(custody, fact)]
        offers = [fact for fact in custody.offers if stream in covered(custody, fact)]
        appraisals = [fact for fact in custody.appraisals if stream in covered(custody, fact)]
        ends: tuple[_Gone, ...] = (*custody.transfers, *custody.receipts, *custody.destructions)
        gone = sorted(
            (fact for fact in ends if stream in covered(custody, fact)), key=lambda fact: fact.record.position
        )
        held = [hold.placed for hold in holds(custody) if hold.lifted is None and stream in hold.objects]
        yield _File(
            custody=custody,
            retention=retention[-1] if retention else None,
            offer=offers[-1] if offers else None,
            appraisal=appraisals[-1] if appraisals else None,
            gone=gone[0] if gone else None,
            hold=held[-1] if held else None,
        )


_GONE: Final = {e.Transferred: "handed over", e.Received: "taken over by the archive", e.Destroyed: "destroyed"}


def _custody(teller: Teller, state: Resolution) -> Iterator[DueLine]:
    files = tuple(_files(teller.past, state.stream))
    if not any(file.retention is not None for file in files):
        why = "it is not filed" if not files else "its file has no retention period"
        yield DueLine(
            kind=DueKind.RETENTION,
            says="Aufbewahrungsfrist",
            on=None,
            basis=_STATED,
            why_no_day=f"none is recorded: {why}",
        )
    for file in files:
        if file.retention is not None:
            yield _retention(teller, file, file.retention)
        if file.offer is not None:
            yield _appraisal(teller, state, file, file.offer)


def _retention(teller: Teller, file: _File, fact: Fact[e.RetentionSet]) -> DueLine:
    event = fact.event
    starts, years, on = stated(event.starts_on), stated(event.years), stated(event.ends_on)
    period = from_first_day(starts, f"P{years}Y") if on is None and starts is not None and years else None
    why = None
    if on is None and period is None:
        lacking = "neither its end nor an exact first day is stated"
        why = "kept for good (dauernd)" if event.permanent is True else lacking
    gone = file.gone
    return DueLine(
        kind=DueKind.RETENTION,
        says="kept until (Aufbewahrungsfrist)",
        on=on if on is not None else period.ends if period is not None else None,
        basis=_STATED if period is None else _INFERRED,
        why_no_day=why,
        literal=stated(event.schedule),
        computation=period.computation if period is not None else (),
        provisions=period.provisions if period is not None else (),
        note=f"under a hold since {when_text(file.hold.record.occurred)}" if file.hold is not None else None,
        settled=f"{_GONE[type(gone.event)]} {when_text(gone.record.occurred)}".rstrip() if gone is not None else None,
        events=(teller.use(fact.record),),
    )


def _appraisal(teller: Teller, state: Resolution, file: _File, offer: Fact[e.Offered]) -> DueLine:
    """Give the day by which the archive has to decide: as the offer states it, else by the rule."""
    on = stated(offer.event.decision_due_on)
    decided = file.appraisal
    plain = DueLine(
        kind=DueKind.APPRAISAL,
        says="archive decides by (Bewertung)",
        on=on,
        basis=_STATED,
        archive=stated(offer.event.archive),
        settled=f"appraised {when_text(decided.record.occurred)}".rstrip() if decided is not None else None,
        events=(teller.use(offer.record),),
    )
    if on is not None:
        return plain
    at = stated(offer.record.occurred.at) if isinstance(offer.record.occurred, When) else None
    return by_rule(
        teller.past,
        body_of(teller.past, state),
        plain,
        v.RuleTopic.APPRAISAL_DEADLINE,
        since=at,
        why_not="the day of the offer is not exact",
    )


def _offer(teller: Teller, state: Resolution) -> DueLine:
    offers = [file.offer for file in _files(teller.past, state.stream) if file.offer is not None]
    origin = origin_of(_substantive(teller.past, state))
    return offer(teller, owner=body_of(teller.past, state), problem=None, origin=origin, offers=offers)


def body_of(past: Past, state: Resolution) -> str | None:
    """Give the body of a resolution: that of the organ that made it, else that of the proposal."""
    made_by = stated(state.made.event.made_by) if state.made is not None else None
    urgent = [one for fact in state.urgent if (one := stated(fact.event.instead_of)) is not None]
    for stream in (stated(made_by.organ) if made_by is not None else None, *urgent):
        organ = past.whole_state(stream) if stream is not None else None
        if isinstance(organ, Organ) and (body := stated(organ.body)) is not None:
            return body
    proposal = stated(state.proposal)
    about = past.whole_state(proposal) if proposal is not None else None
    return stated(about.body) if isinstance(about, Proposal) else None


def _substantive(past: Past, state: Resolution) -> Iterable[RecordedEvent]:
    """Give the events of a resolution that count for its origin, and the acts of reviews that name it."""
    for record in past.effective(state.stream):
        if is_substantive(past, record):
            yield record
    for review in past.states("review", Review):
        for act in review.acts:
            if state.stream in (stated(act.event.resolutions) or ()):
                yield act.record
