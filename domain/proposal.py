"""A proposal: its versions, its way through the organs, its annexes (de: Vorlage, Drucksache).

A version says itself only what changed. Here every version is spelled out, and `origins` names for each field the
event that stated it, so that a reader can tell who brought which words in.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import vocabulary as v
from domain.annex import Annex, annexes_after
from domain.events import (
    ConsultationDropped,
    ConsultationPlanned,
    ProposalEndorsed,
    ProposalRegistered,
    ProposalRevised,
    ProposalsLinked,
    ProposalWithdrawn,
)
from domain.stream import Fact, Keeps, RecordedEvent, State, advance
from domain.values import Document, LegalBasis, Party, Said, Signatory, Validity, VoteForm, Withheld, stated


class Version(Struct, frozen=True, kw_only=True):
    """One version of a proposal, spelled out.

    Attributes:
        number: Its number among all versions known of, held or not.
        told_by: The event that stated it.
        base: The number of the version that fields not mentioned are taken from; None where there is none, or it is
            not recorded.
        origins: For each field with anything but "not mentioned", the id of the event that stated it.
    """

    number: int | Withheld
    told_by: Fact[ProposalRegistered] | Fact[ProposalRevised]
    base: int | Withheld | None
    origins: Mapping[str, str]
    kind: Said[v.ProposalKind] = UNSET
    kind_literal: Said[str] = UNSET
    reference: Said[str] = UNSET
    document_date: Said[str] = UNSET
    document_date_literal: Said[str] = UNSET
    subject: Said[str] = UNSET
    submitters: Said[tuple[Party, ...]] = UNSET
    operative_text: Said[str] = UNSET
    reasons: Said[str] = UNSET
    financial_impact: Said[v.FinancialImpact] = UNSET
    financial_impact_literal: Said[str] = UNSET
    product_account: Said[str] = UNSET
    legal_basis: Said[tuple[LegalBasis, ...]] = UNSET
    consulted: Said[tuple[Party, ...]] = UNSET
    signatories: Said[tuple[Signatory, ...]] = UNSET
    effective_from: Said[str] = UNSET
    effective_from_literal: Said[str] = UNSET
    validity: Said[Validity] = UNSET
    validity_literal: Said[str] = UNSET
    review_clause: Said[str] = UNSET
    vote_form: Said[VoteForm] = UNSET
    vote_form_literal: Said[str] = UNSET
    document: Said[Document] = UNSET


# The fields of a version, which registration and revision have in common; and those that a revision leaves as
# they are even where it replaces the whole text.
FIELDS: Final = tuple(name for name in Version.__struct_fields__ if name in ProposalRevised.__struct_fields__)
_IDENTITY: Final = frozenset({"kind", "kind_literal", "reference"})
_WHOLE: Final = frozenset({v.RevisionMode.FULL, v.RevisionMode.REISSUE})


class Consultation(Struct, frozen=True, kw_only=True):
    """A consultation (de: Beratung) with every plan that was made of it, oldest first.

    `dropped` is the event by which the plan in force fell away; planned again, it holds again.
    """

    plans: tuple[Fact[ConsultationPlanned], ...]
    dropped: Fact[ConsultationDropped] | None = None

    @property
    def plan(self) -> ConsultationPlanned:
        """The plan as it stands."""
        return self.plans[-1].event

    @property
    def id(self) -> str | Withheld:
        """Its id inside the proposal."""
        return self.plan.consultation


class Proposal(State, frozen=True, kw_only=True):
    """A proposal as its events tell it.

    Attributes:
        registered: How it was brought in.
        versions: Its versions in order of recording, which need not be that of their numbers.
        consultations: Its way through the organs (de: Beratungsfolge), in order of first planning.
        drops: Consultations that fell away, whether a plan of them is recorded or not.
        annexes: Annexes, held or not, those taken back included.
        links: Relations to other proposals and resolutions.
        endorsements: Co-signatures.
        withdrawals: Withdrawals; a proposal withdrawn may still be taken up, which is no contradiction here.
    """

    registered: Fact[ProposalRegistered] | None = None
    versions: tuple[Version, ...] = ()
    consultations: tuple[Consultation, ...] = ()
    drops: tuple[Fact[ConsultationDropped], ...] = ()
    annexes: tuple[Annex, ...] = ()
    links: tuple[Fact[ProposalsLinked], ...] = ()
    endorsements: tuple[Fact[ProposalEndorsed], ...] = ()
    withdrawals: tuple[Fact[ProposalWithdrawn], ...] = ()

    @property
    def body(self) -> str | UnsetType | Withheld:
        """The body before which it came."""
        return self.registered.event.body if self.registered else UNSET

    @property
    def term(self) -> str | UnsetType | Withheld:
        """The term in which it came."""
        return self.registered.event.term if self.registered else UNSET

    @property
    def current(self) -> Version | None:
        """The version with the highest number; of two with the same, the one recorded last."""
        best: Version | None = None
        for version in self.versions:
            if best is None or _number(version) >= _number(best):
                best = version
        return best

    @property
    def reference(self) -> Said[str]:
        """The number it bears (de: Vorlagen-Nr.); text, leading zeros count."""
        return self.current.reference if self.current else UNSET

    @property
    def subject(self) -> Said[str]:
        """The subject of the newest version."""
        return self.current.subject if self.current else UNSET

    def version(self, number: int) -> Version | None:
        """Give a version by its number, the one recorded last; None where it is not recorded."""
        return next((version for version in reversed(self.versions) if version.number == number), None)

    def consultation(self, key: str) -> Consultation | None:
        """Give a consultation by its id."""
        return next((consultation for consultation in self.consultations if consultation.id == key), None)


def _number(version: Version) -> int:
    """Give the number to order by; one that is withheld goes before all."""
    return version.number if isinstance(version.number, int) else 0


# -- evolve ---------------------------------------------------------------------------------------

_KEEPS: Final[Keeps] = MappingProxyType(
    {
        ProposalRegistered: "registered",
        ConsultationDropped: "drops",
        ProposalsLinked: "links",
        ProposalEndorsed: "endorsements",
        ProposalWithdrawn: "withdrawals",
    }
)


def evolve(state: Proposal | None, record: RecordedEvent) -> Proposal:
    """Apply one event; the first brings the proposal in."""
    state = advance(state or Proposal(stream=record.stream), record, _KEEPS)
    replace = msgspec.structs.replace
    match record.event:
        case ProposalRegistered() as event:
            version = _spell_out(Fact(event=event, record=record), base=None)
            return replace(state, versions=(*state.versions, version))
        case ProposalRevised() as event:
            version = _spell_out(Fact(event=event, record=record), base=_base(state, event))
            return replace(state, versions=(*state.versions, version))
        case ConsultationPlanned() as event:
            return replace(state, consultations=_plan(state.consultations, Fact(event=event, record=record)))
        case ConsultationDropped() as event:
            return replace(state, consultations=_drop(state.consultations, Fact(event=event, record=record)))
        case _:
            return replace(state, annexes=annexes_after(state.annexes, record))


def _base(state: Proposal, event: ProposalRevised) -> Version | None:
    """Give the version that a revision builds on: the one it names, else the one recorded before it."""
    if event.base_version is UNSET:
        return state.versions[-1] if state.versions else None
    number = stated(event.base_version)
    return state.version(number) if number is not None else None


def _spell_out(told_by: Fact[ProposalRegistered] | Fact[ProposalRevised], base: Version | None) -> Version:
    event = told_by.event
    whole = isinstance(event, ProposalRevised) and stated(event.mode) in _WHOLE
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    event_id = told_by.id
    for name in FIELDS:
        value = getattr(event, name)
        if value is not UNSET:
            values[name], origins[name] = value, event_id
        elif base is not None and name in base.origins and (name in _IDENTITY or not whole):
            # The words for a code go with the code: where that is stated anew, old words would belie it.
            if name.endswith("_literal") and origins.get(name.removesuffix("_literal")) == event_id:
                continue
            values[name], origins[name] = getattr(base, name), base.origins[name]
    number = base.number if base is not None else None
    return Version(number=event.version, told_by=told_by, base=number, origins=MappingProxyType(origins), **values)


def _plan(found: tuple[Consultation, ...], fact: Fact[ConsultationPlanned]) -> tuple[Consultation, ...]:
    key = stated(fact.event.consultation)
    for index, consultation in enumerate(found):
        if key is not None and consultation.id == key:
            return (*found[:index], Consultation(plans=(*consultation.plans, fact)), *found[index + 1 :])
    return (*found, Consultation(plans=(fact,)))


def _drop(found: tuple[Consultation, ...], fact: Fact[ConsultationDropped]) -> tuple[Consultation, ...]:
    key = stated(fact.event.consultation)
    return tuple(
        msgspec.structs.replace(consultation, dropped=fact)
        if key is not None and consultation.id == key
        else consultation
        for consultation in found
    )
