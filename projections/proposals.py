"""The account of a proposal: what it says, what is held of it, its way through the organs, what was made from it."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import events as e
from domain import values as x
from domain.body import Body
from domain.dates import is_before
from domain.meeting import Meeting, minutes
from domain.proposal import FIELDS, Proposal, Version
from domain.values import WITHHELD, Said, VoteForm, stated
from projections import parts
from projections.ballot_checks import no_ballot
from projections.changes import because_text, signatory_text
from projections.resolutions import resolution
from projections.shapes import (
    ConsultationLine,
    DocumentLine,
    Field,
    Knowledge,
    Known,
    LinkLine,
    ResolutionLine,
    VersionLine,
)
from projections.teller import NOT_MENTIONED
from projections.wording import code_text, date_text, period_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.events import ProposalsLinked
    from domain.proposal import Consultation
    from domain.stream import Fact
    from projections.deliberations import Deliberations, Treatment
    from projections.teller import Teller, Told
    from projections.timetravel import Past

HEAD: Final = ("reference", "kind", "document_date", "subject", "submitters", "body", "term")
BODY: Final = (
    "operative_text",
    "reasons",
    "legal_basis",
    "consulted",
    "financial_impact",
    "product_account",
    "signatories",
    "effective_from",
    "validity",
    "review_clause",
)
VOTE_FORM: Final = ("entitled", "yes", "no", "abstain")


# -- what it says ---------------------------------------------------------------------------------


def head(teller: Teller, state: Proposal) -> tuple[Field, ...]:
    """Give what a proposal is, by its newest version."""
    found = []
    for name in HEAD:
        if name in {"body", "term"}:
            found.append(Field(name=name, known=_registered(teller, state, name)))
        else:
            found.append(Field(name=name, known=newest_field(teller, state, name)))
    return tuple(found)


def _registered(teller: Teller, state: Proposal, name: str) -> Known:
    if state.registered is None:
        return teller.absent(state.stream)
    event = state.registered.event
    if name == "body":
        inferred = event.body_basis == "inferred"
        return teller.field(state.registered, name, say=_namer(teller), inferred=inferred)
    return teller.field(state.registered, name, say=lambda key: _term_name(teller, event.body, key))


def _term_name(teller: Teller, owner: object, key: object) -> str | None:
    """Give the name of a term, or its number, where the body's stream says it."""
    body_state = teller.past.whole_state(owner) if isinstance(owner, str) else None
    terms = body_state.terms if isinstance(body_state, Body) else ()
    found = next((fact.event for fact in reversed(terms) if fact.event.term == key), None)
    name = stated(found.name) if found is not None else None
    number = stated(found.number) if found is not None else None
    return name or (str(number) if number is not None else None)


def _namer(teller: Teller) -> Callable[[object], str | None]:
    return lambda stream: teller.name(stream) if isinstance(stream, str) else None


def body(teller: Teller, state: Proposal) -> tuple[Field, ...]:
    """Give the texts and other fields of the newest version."""
    return tuple(Field(name=name, known=newest_field(teller, state, name)) for name in BODY)


def newest_field(teller: Teller, state: Proposal, name: str) -> Known:
    """Tell a field of the newest version; where no version shown states it, in what way that is not known."""
    known = version_field(teller, state.current, name)
    return teller.absent(state.stream) if known is NOT_MENTIONED else known


def version_field(teller: Teller, version: Version | None, name: str) -> Known:
    """Tell a field of a version by the event that stated it, which may be that of an earlier version."""
    if version is None or name not in version.origins:
        return NOT_MENTIONED
    record = teller.past.record(version.origins[name])
    if record is None:
        return NOT_MENTIONED
    literal = getattr(version, f"{name}_literal", UNSET)
    return teller.known(getattr(version, name), record, f"data.{name}", say=_sayers(teller).get(name), literal=literal)


def _sayers(teller: Teller) -> dict[str, Callable[[object], str | None]]:
    return {
        "kind": code_text,
        "submitters": teller.parties,
        "consulted": teller.parties,
        "legal_basis": _legal_basis,
        "signatories": lambda found: _signatories(teller, found),
        "validity": _validity,
        "financial_impact": lambda _: None,
    }


def _legal_basis(found: object) -> str | None:
    if not isinstance(found, tuple):
        return None
    return "; ".join(f"{one.literal} ({code_text(one.kind)})" for one in found if isinstance(one, x.LegalBasis))


def _signatories(teller: Teller, found: object) -> str | None:
    if not isinstance(found, tuple):
        return None
    return "; ".join(signatory_text(teller, one) for one in found if isinstance(one, x.Signatory))


def _validity(found: object) -> str | None:
    if not isinstance(found, x.Validity):
        return None
    begins, duration, ends = stated(found.begins), stated(found.duration), stated(found.ends)
    values = [
        f"from {date_text(begins)}" if begins is not None else None,
        period_text(duration) if duration is not None else None,
        f"until {date_text(ends)}" if ends is not None else None,
    ]
    return f"{', '.join(filter(None, values)) or 'no period'} (stated in: {code_text(found.stated_in)})"


def vote_form(teller: Teller, state: Proposal) -> tuple[tuple[Field, ...], str | None]:
    """Give the printed vote table cell by cell, with its headings; an empty cell is left blank, and no zero."""
    version = state.current
    if version is None or "vote_form" not in version.origins:
        return (), None
    record = teller.past.record(version.origins["vote_form"])
    form = version.vote_form
    if record is None:
        return (), None
    cells = tuple(
        Field(
            name=name,
            known=teller.known(getattr(form, name) if isinstance(form, VoteForm) else form, record, "data.vote_form"),
        )
        for name in VOTE_FORM
    )
    return cells, stated(version.vote_form_literal)


def versions(teller: Teller, state: Proposal) -> tuple[VersionLine, ...]:
    """Give the versions by number, those included that are known of only because a later number is."""
    lines = [_version(teller, version) for version in state.versions]
    numbers = sorted({version.number for version in state.versions if isinstance(version.number, int)})
    lines += [
        VersionLine(
            number=Known(state=Knowledge.INFERRED, value=before + 1),
            last=number - 1 if number - 1 > before + 1 else None,
            state=Knowledge.NOT_HELD,
            date=NOT_MENTIONED,
        )
        for before, number in itertools.pairwise((0, *numbers))
        if number - before > 1
    ]
    return tuple(sorted(lines, key=lambda line: line.number.value if isinstance(line.number.value, int) else 0))


def _version(teller: Teller, version: Version) -> VersionLine:
    fact = version.told_by
    event = fact.event
    revised = isinstance(event, e.ProposalRevised)
    because = stated(event.because_of) if isinstance(event, e.ProposalRevised) else None
    # A version counts as held where its text is recorded, be it here or in its document.
    return VersionLine(
        number=teller.known(version.number, fact.record, "data.version"),
        state=Knowledge.STATED,
        date=teller.field(fact, "document_date"),
        mode=code_text(event.mode) if isinstance(event, e.ProposalRevised) else None,
        because=because_text(teller, because) if because is not None else None,
        reason=teller.field(fact, "reason") if revised else None,
        document=_own_document(teller, fact),
        hidden=tuple(
            Field(name=name, known=teller.field(fact, name)) for name in FIELDS if getattr(event, name) is WITHHELD
        ),
        event=teller.use(fact.record),
    )


def _own_document(teller: Teller, fact: Fact[e.ProposalRegistered] | Fact[e.ProposalRevised]) -> DocumentLine | None:
    document = fact.event.document
    return teller.document(document, fact.record, "data.document") if document is not UNSET else None


# -- its way through the organs -------------------------------------------------------------------


def consultations(teller: Teller, state: Proposal, deliberations: Deliberations) -> tuple[ConsultationLine, ...]:
    """Give the Beratungsfolge: what was planned, and what is recorded of it; then what no plan foresaw."""
    belongs = deliberations.by_consultation(state)
    ordered = sorted(state.consultations, key=lambda one: (stated(one.plan.order) is None, stated(one.plan.order) or 0))
    lines = []
    for planned in ordered:
        treated = belongs.get(str(planned.id), ())
        lines += [_consultation(teller, state, planned, one, deliberations) for one in treated or (None,)]
    lines += [_consultation(teller, state, None, one, deliberations) for one in belongs.get(None, ())]
    return tuple(lines)


def _consultation(
    teller: Teller,
    state: Proposal,
    planned: Consultation | None,
    treatment: Treatment | None,
    deliberations: Deliberations,
) -> ConsultationLine:
    plan = planned.plans[-1] if planned is not None else None
    meeting = treatment.meeting if treatment is not None else None

    def of_plan(name: str, say: Callable[[object], str | None] | None = None) -> Known:
        return teller.field(plan, name, say=say) if plan is not None else NOT_MENTIONED

    organ = of_plan("organ", _namer(teller))
    if meeting is not None and organ.state is Knowledge.NOT_MENTIONED:
        organ = _organ(teller, meeting, deliberations)
    ballots = treatment.ballots if treatment is not None else ()
    return ConsultationLine(
        id=stated(plan.event.consultation) if plan is not None else None,
        organ=organ if organ.value is not None else of_plan("organ_literal"),
        planned_on=of_plan("planned_on"),
        role=of_plan("role", code_text),
        publicity=of_plan("publicity", code_text),
        status=of_plan("status_literal"),
        authoritative=of_plan("authoritative"),
        dropped_by=teller.use(planned.dropped.record) if planned is not None and planned.dropped is not None else None,
        event=teller.use(plan.record) if plan is not None else None,
        meeting=meeting.stream if meeting is not None else None,
        met_on=_met_on(teller, treatment, deliberations),
        meeting_number=(
            teller.field(meeting.convened, "number") if meeting is not None and meeting.convened else NOT_MENTIONED
        ),
        text=text_before(teller, state, treatment, deliberations) if treatment is not None else NOT_MENTIONED,
        outcomes=tuple(parts.outcome(teller, fact) for fact in treatment.outcomes) if treatment is not None else (),
        ballots=tuple(parts.ballot(teller, meeting, fact) for fact in ballots) if meeting is not None else (),
        motions=tuple(parts.motion(teller, fact) for fact in treatment.motions) if treatment is not None else (),
        quorum=parts.quorum(teller, meeting) if meeting is not None else (),
        excluded=tuple(parts.exclusion(teller, fact) for fact in treatment.exclusions) if treatment is not None else (),
        minutes=_minutes(teller, meeting) if meeting is not None else NOT_MENTIONED,
        checks_missing=no_ballot() if treatment is not None and treatment.outcomes and not ballots else None,
        uncertain=_uncertain(teller, plan, deliberations) if meeting is None and plan is not None else None,
    )


def _uncertain(teller: Teller, plan: Fact[e.ConsultationPlanned], deliberations: Deliberations) -> str | None:
    """Give the meeting that a plan means where it is recorded, but not certain to have been called by then."""
    past = teller.past
    if past.horizon.as_of is None:
        return None
    planned, organ = stated(plan.event.planned_on), stated(plan.event.organ)
    for stream in past.streams("meeting"):
        whole = past.whole_state(stream)
        if not isinstance(whole, Meeting) or past.state(stream) is not None or not past.apart(stream):
            continue
        starts = stated(whole.starts_at)
        is_same_day = planned is not None and starts is not None and planned[:10] == starts[:10]
        if plan.event.meeting == stream or (is_same_day and organ in deliberations.organs(whole)):
            return stream
    return None


def _organ(teller: Teller, meeting: Meeting, deliberations: Deliberations) -> Known:
    organs = deliberations.organs(meeting)
    record = meeting.convened.record if meeting.convened is not None else None
    if not organs or record is None:
        return NOT_MENTIONED
    return teller.known(organs[0], record, "data.organs", say=lambda _: teller.names(organs))


def _met_on(teller: Teller, treatment: Treatment | None, deliberations: Deliberations) -> Known:
    if treatment is None:
        return NOT_MENTIONED
    day = deliberations.met_on(treatment)
    facts: tuple[Told | None, ...] = (treatment.meeting.convened, *treatment.outcomes, *treatment.ballots)
    fact = next((one for one in facts if one is not None), None)
    return NOT_MENTIONED if day is None or fact is None else teller.known(day, fact.record, "data.starts_at")


def _minutes(teller: Teller, meeting: Meeting) -> Known:
    """Tell the newest version of the minutes; where none is recorded, none is held."""
    found = [one for one in minutes(meeting) if one.filed]
    if not found:
        return Known(state=Knowledge.NOT_HELD)
    newest = found[-1]
    fact = newest.filed[-1]
    held = parts.minutes_lines(teller, meeting)[-1].document.state
    signed = ", signed" if newest.signed else ""
    text = f"version {newest.version} ({code_text(newest.kind)}, {code_text(newest.part)}{signed})"
    return Known(state=held, value=text, event=teller.use(fact.record))


def text_before(teller: Teller, state: Proposal, treatment: Treatment, deliberations: Deliberations) -> Known:
    """Say which version lay before an organ.

    Stated: the agenda or the ballot names it. Inferred: a resolution made there is taken to follow it, or it is the
    newest one dated by that day. Not held: versions are recorded, and none of them is dated by then.
    """
    for entry, set_by in treatment.entries:
        if stated(entry.version) is not None:
            return teller.known(entry.version, set_by.record, "data.items")
    for fact in treatment.ballots:
        target = stated(fact.event.target)
        if target is not None and stated(target.version) is not None:
            return teller.known(target.version, fact.record, "data.target")
    for made in deliberations.resolutions(state.stream):
        found = _by_resolution(teller, made.made, treatment.meeting.stream)
        if found is not None:
            return found
    day = deliberations.met_on(treatment)
    if day is None or not state.versions:
        return NOT_MENTIONED
    dated = [version for version in state.versions if (date := _date(version)) is None or not is_before(day, date)]
    if not dated:
        return Known(state=Knowledge.NOT_HELD)
    newest = max(dated, key=lambda version: stated(version.number) or 0)
    return teller.known(newest.number, newest.told_by.record, "data.version", inferred=True)


def _by_resolution(teller: Teller, made: Fact[e.ResolutionMade] | None, meeting: str) -> Known | None:
    made_by = stated(made.event.made_by) if made is not None else None
    if made is None or made_by is None or made_by.meeting != meeting:
        return None
    for name in ("version", "presumed_as"):
        if stated(getattr(made.event, name)) is not None:
            return teller.field(made, name, inferred=True)
    return None


def _date(version: Version) -> str | None:
    """Give the date of a version: of its document, else of the event."""
    stated_date: Said[str] = version.told_by.event.document_date
    date = stated(stated_date)
    if date is not None:
        return date
    occurred = version.told_by.record.occurred
    return (stated(occurred.at) or stated(occurred.not_before)) if isinstance(occurred, x.When) else None


# -- what it is tied to ---------------------------------------------------------------------------


def links(teller: Teller, stream: str) -> tuple[LinkLine, ...]:
    """Give the relations that a proposal states, and those that other proposals state to it or to a resolution."""
    lines = []
    for holder, fact in _linked(teller.past).get(stream, ()):
        incoming = holder != stream
        shown = holder if incoming else stated(fact.event.other)
        lines.append(
            LinkLine(
                relation=code_text(fact.event.relation),
                basis=code_text(fact.event.basis),
                incoming=incoming,
                other=shown or "withheld",
                other_title=teller.title(shown) if shown is not None else "withheld",
                note=teller.field(fact, "note"),
                event=teller.use(fact.record),
            )
        )
    return tuple(lines)


# Of each reader the relations by what they are between: who tells of every proposal must not read all for each of them.
_LINKED: Final[weakref.WeakKeyDictionary[Past, dict[str, list[tuple[str, Fact[ProposalsLinked]]]]]] = (
    weakref.WeakKeyDictionary()
)


def _linked(past: Past) -> dict[str, list[tuple[str, Fact[ProposalsLinked]]]]:
    found = _LINKED.get(past)
    if found is None:
        found = _LINKED[past] = {}
        for holder in past.states("proposal", Proposal):
            for fact in holder.links:
                for stream in {holder.stream, stated(fact.event.other)} - {None}:
                    found.setdefault(str(stream), []).append((holder.stream, fact))
    return found


def made_from(teller: Teller, state: Proposal, deliberations: Deliberations) -> tuple[ResolutionLine, ...]:
    """Give the resolutions made from a proposal."""
    return tuple(resolution(teller, one) for one in deliberations.resolutions(state.stream))
