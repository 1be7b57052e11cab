"""What does not fit together in a proposal and its way through the organs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import vocabulary as v
from domain.annex import digest_of
from domain.dates import is_before
from domain.findings.codes import Finding, found
from domain.findings.lookup import Lookup, ask
from domain.meeting import Meeting
from domain.resolution import Resolution
from domain.values import Validity, VoteForm, When, stated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.proposal import Consultation, Proposal, Version

ADVISING: Final = frozenset({v.ConsultationRole.PRELIMINARY, v.ConsultationRole.HEARING, v.ConsultationRole.STATEMENT})
DECIDING: Final = frozenset({v.ConsultationRole.DECISION, v.ConsultationRole.RESERVED_DECISION})
_NO_NORM: Final = frozenset({v.LegalBasisKind.PROGRAMME, v.LegalBasisKind.CONTRACT, v.LegalBasisKind.RESOLUTION})
_ENDED: Final = frozenset(
    {
        v.ResolutionStatus.EXPIRED,
        v.ResolutionStatus.REPEALED,
        v.ResolutionStatus.SUPERSEDED,
        v.ResolutionStatus.VOID,
        v.ResolutionStatus.SETTLED,
    }
)
_PREDECESSOR: Final = frozenset({v.Relation.CONTINUES, v.Relation.REPLACES})
# Words by which a paper tells what an organ did; only asked where it names the organ in the same breath.
_RESULT_WORDS: Final = re.compile(
    "angenommen|abgelehnt|zugestimmt|beschlossen|empfohlen|einstimmig|mehrheitlich|vertagt", re.IGNORECASE
)


def of_proposal(state: Proposal, lookup: Lookup) -> Iterator[Finding]:
    """Give the findings of a proposal."""
    yield from _versions(state, lookup)
    yield from _consultations(state, lookup)
    yield from _predecessors(state, lookup)
    yield from printed_results(state)
    if state.current is not None:
        yield from _form(state.current)
        yield from _statements(state.current)


def consultation_day(consultation: Consultation, lookup: Lookup) -> str | None:
    """Give the day of a consultation: that of the meeting where it is recorded, else the day planned."""
    meeting = ask(lookup, stated(consultation.plan.meeting), Meeting)
    held_on = stated(meeting.starts_at) if meeting is not None else None
    return held_on if held_on is not None else stated(consultation.plan.planned_on)


def decides(consultation: Consultation) -> bool:
    """Whether a decision was to be taken there."""
    return stated(consultation.plan.role) in DECIDING or stated(consultation.plan.authoritative) is True


def _standing(state: Proposal) -> tuple[Consultation, ...]:
    return tuple(consultation for consultation in state.consultations if consultation.dropped is None)


# -- versions and dates ---------------------------------------------------------------------------


def _versions(state: Proposal, lookup: Lookup) -> Iterator[Finding]:
    numbered = {version.number: version for version in state.versions if isinstance(version.number, int)}
    if not numbered:
        return
    highest = numbered[max(numbered)]
    missing = [number for number in range(1, max(numbered)) if number not in numbered]
    if missing:
        yield found(
            "VERSION_NOT_HELD",
            highest.told_by.id,
            text=f"version {max(numbered)} is recorded, and {_numbers(missing)} before it is not",
            missing=_numbers(missing),
        )
    first = numbered[min(numbered)]
    dated = stated(first.document_date)
    for consultation in _standing(state):
        day = consultation_day(consultation, lookup)
        if dated is None or day is None or not is_before(day, dated):
            continue
        places = (first.origins.get("document_date", first.told_by.id), consultation.plans[-1].id)
        yield found(
            "DATE_AFTER_CONSULTATION",
            *places,
            text=f"the proposal is dated {dated}, and the consultation lies before it, on {day}",
            document_date=dated,
            consultation=day,
        )
        if not missing:
            # The numbering shows no gap, but what lay on that table was not the text that is held.
            yield found(
                "VERSION_NOT_HELD",
                *places,
                text=f"what the organ had before it on {day} is older than the oldest version held, of {dated}",
                consultation=day,
            )
    for version in state.versions:
        document = version.document
        if document is not UNSET and version.origins.get("document") == version.told_by.id:
            held = getattr(stated(document), "held", None)
            if held is False:
                yield found(
                    "VERSION_NOT_HELD",
                    version.told_by.id,
                    text=f"the document of version {version.number} is referred to and not held",
                    missing=version.number,
                )


def _numbers(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:10])
    return f"{'version' if len(numbers) == 1 else 'versions'} {shown}{' ...' if numbers[10:] else ''}"


def _consultations(state: Proposal, lookup: Lookup) -> Iterator[Finding]:
    standing = _standing(state)
    for consultation in standing:
        if stated(consultation.plan.role) is v.ConsultationRole.UNKNOWN:
            yield found(
                "UNKNOWN_ROLE", consultation.plans[-1].id, text="what the organ is to do is recorded as unknown"
            )
    days = [(consultation, consultation_day(consultation, lookup)) for consultation in standing]
    decisions = [(consultation, day) for consultation, day in days if day is not None and decides(consultation)]
    # A second round (postponed, consulted again, decided again) is no contradiction: only what lies after every
    # decision is.
    for consultation, day in days:
        if (
            day is not None
            and decisions
            and stated(consultation.plan.role) in ADVISING
            and all(is_before(decided, day) for _, decided in decisions)
        ):
            last, decided = decisions[-1]
            yield found(
                "CONSULTATION_AFTER_DECISION",
                consultation.plans[-1].id,
                last.plans[-1].id,
                text=f"the preliminary consultation lies on {day}, after the decision of {decided}",
                consultation=day,
                decision=decided,
            )


# -- what the paper says --------------------------------------------------------------------------


def _form(version: Version) -> Iterator[Finding]:
    form = version.vote_form
    if isinstance(form, VoteForm):
        cells = [getattr(form, name) for name in form.__struct_fields__]
        if None in cells and all(cell is None or cell is UNSET for cell in cells):
            yield found(
                "BLANK_FORM",
                version.origins["vote_form"],
                text="the vote table of the paper has its headings and no value",
                blank=cells.count(None),
            )


def _statements(version: Version) -> Iterator[Finding]:
    for basis in stated(version.legal_basis) or ():
        if basis.kind in _NO_NORM:
            yield found(
                "LEGAL_BASIS_IS_NO_NORM",
                version.origins["legal_basis"],
                text=f"the legal basis given is a {basis.kind}, not a statute or by-law",
                kind=basis.kind,
            )
    nameless = sum(
        stated(signatory.office) is None and stated(signatory.function) is None
        for signatory in stated(version.signatories) or ()
    )
    if nameless:
        yield found(
            "SIGNATORY_WITHOUT_OFFICE",
            version.origins["signatories"],
            text=f"{nameless} of the names under the paper stand{'s' if nameless == 1 else ''} there without an office",
            count=nameless,
        )
    validity = version.validity
    if isinstance(validity, Validity) and validity.stated_in is v.TextPart.REASONS:
        yield found(
            "VALIDITY_ONLY_IN_REASONS",
            version.origins["validity"],
            text="how long it is to hold stands in the reasons; the text to be decided does not say so",
            duration=stated(validity.duration),
            ends=stated(validity.ends),
        )


def printed_results(state: Proposal) -> Iterator[Finding]:
    """Give the results of non-public consultations that a public paper prints among those consulted."""
    hidden = {
        consultation.plan.organ: consultation
        for consultation in state.consultations
        if stated(consultation.plan.publicity) is v.Publicity.NON_PUBLIC and stated(consultation.plan.organ) is not None
    }
    for version in state.versions:
        if not is_public(version) or version.origins.get("consulted") != version.told_by.id:
            continue
        for party in stated(version.consulted) or ():
            literal = stated(party.literal)
            if party.organ in hidden and literal is not None and _RESULT_WORDS.search(literal):
                yield found(
                    "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER",
                    version.told_by.id,
                    hidden[party.organ].plans[-1].id,
                    text="the public paper prints what came of a consultation that was not public",
                    organ=party.organ,
                )


def is_public(version: Version) -> bool:
    """Whether the version was recorded as public."""
    return version.told_by.record.visibility is v.Visibility.PUBLIC


def names_paper(citation: object, document: object, state: Proposal) -> bool:
    """Whether a source is the paper itself: one of its documents, or a citation that has its number."""
    digest = digest_of(document)
    if digest is not None:
        documents = {digest_of(stated(version.document)) for version in state.versions}
        for version in state.versions:
            sources = version.told_by.record.sources
            if isinstance(sources, tuple):
                documents |= {digest_of(stated(source.document)) for source in sources}
        if digest in documents:
            return True
    reference = stated(state.reference)
    return (
        reference is not None
        and isinstance(citation, str)
        and re.search(rf"(?<!\w){re.escape(reference)}(?!\w)", citation) is not None
    )


# -- predecessors ---------------------------------------------------------------------------------


def _predecessors(state: Proposal, lookup: Lookup) -> Iterator[Finding]:
    repealed = {
        fact.event.other
        for fact in state.links
        if fact.event.relation is v.Relation.REPEALS and fact.event.basis is not v.Basis.INFERRED
    }
    for fact in state.links:
        other = stated(fact.event.other)
        if other is None or stated(fact.event.relation) not in _PREDECESSOR or other in repealed:
            continue
        predecessor = ask(lookup, other, Resolution)
        if predecessor is not None and not _end_is_stated(predecessor):
            yield found(
                "PREDECESSOR_END_NOT_STATED",
                fact.id,
                text="the proposal continues an earlier resolution, and nothing stated says when that one ends",
                predecessor=other,
            )


def _end_is_stated(state: Resolution) -> bool:
    if any(fact.event.becomes in _ENDED and fact.event.basis is not v.Basis.INFERRED for fact in state.statuses):
        return True
    if state.made is None:
        return False
    event = state.made.event
    until = event.effective_until
    if isinstance(until, When) and until.certainty is v.Certainty.STATED:
        return True
    return isinstance(event.validity, Validity) and event.validity.stated_in is v.TextPart.OPERATIVE_TEXT
