"""The closed catalogue of events (de: Einträge).

One class is one fact in the past tense; `TYPE` is its stored name and version. A published class never
changes: a new meaning is a new version. The annotation of each field says what it is:

* `Plain`: ids, references, codes, counts, dates, names of bodies, organs and groups; in the clear in a
  public event;
* `Text`: free text, literals, quotes, documents; always a disclosure;
* `Personal`: names of persons, and person keys in votes, presence and membership; always a disclosure.

`X | None | UnsetType` keeps left blank apart from not mentioned (see `domain.values`).

`CATALOGUE` at the end is the one table that says which types exist, in which streams they stand, which of
them open a stream, and which roles may record them.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from domain import values as x
from domain import vocabulary as v
from domain.values import Personal, Plain, Text


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every event may carry besides its own fields: the literal words for its two dates."""

    TYPE: ClassVar[str]
    occurred_literal: Text[str] | UnsetType = UNSET
    known_literal: Text[str] | UnsetType = UNSET


# -- register -------------------------------------------------------------------------------------


class RegisterOpened(Event, frozen=True, kw_only=True):
    """The register was opened: the genesis event, signed with the root key (de: Ratsbuch eröffnet)."""

    TYPE: ClassVar[str] = "register-opened/1"
    register: Plain[x.RegisterId]
    name: Plain[str]
    kind: Plain[v.BodyKind]
    example: Plain[bool]
    format_version: Plain[x.Number]
    origin: Plain[str]
    root_algorithm: Plain[v.SignatureAlgorithm]
    root_certificate: Plain[x.Base64]
    log_ed25519: Plain[str]
    log_mldsa44: Plain[str]
    predecessor: Plain[x.Predecessor] | UnsetType = UNSET


class RegisterClosed(Event, frozen=True, kw_only=True):
    """The register was closed (de: Ratsbuch geschlossen).

    What is recorded after it serves keeping, handing over and erasing alone (`domain.register.AFTER_CLOSING`).
    """

    TYPE: ClassVar[str] = "register-closed/1"
    successor: Plain[x.RegisterId] | UnsetType = UNSET
    last_checkpoint: Plain[str] | UnsetType = UNSET
    reason: Text[str] | UnsetType = UNSET


class RootChanged(Event, frozen=True, kw_only=True):
    """The root key was replaced; signed by the old root (de: Wurzelschlüssel gewechselt)."""

    TYPE: ClassVar[str] = "root-changed/1"
    root_algorithm: Plain[v.SignatureAlgorithm]
    root_certificate: Plain[x.Base64]
    reason: Plain[v.RevocationReason]


class LogKeyChanged(Event, frozen=True, kw_only=True):
    """The keys that sign checkpoints were replaced (de: Protokollschlüssel gewechselt)."""

    TYPE: ClassVar[str] = "log-key-changed/1"
    log_ed25519: Plain[str]
    log_mldsa44: Plain[str]
    reason: Plain[v.RevocationReason]


class SignerEnrolled(Event, frozen=True, kw_only=True):
    """A person's key was admitted for roles (de: Schlüssel zugelassen)."""

    TYPE: ClassVar[str] = "signer-enrolled/1"
    person: Plain[x.PersonKey]
    roles: Plain[Annotated[tuple[v.Role, ...], Meta(min_length=1, max_length=8)]]
    algorithm: Plain[v.SignatureAlgorithm]
    public_key: Plain[x.Base64]
    certificate_digest: Plain[x.DigestB64]
    certificate: Personal[x.Base64]


class SignerRevoked(Event, frozen=True, kw_only=True):
    """A key may no longer record (de: Schlüssel gesperrt).

    `compromised_since` is the moment from which the key's events are distrusted; absent where the key was
    never in other hands.
    """

    TYPE: ClassVar[str] = "signer-revoked/1"
    person: Plain[x.PersonKey]
    certificate_digest: Plain[x.DigestB64]
    reason: Plain[v.RevocationReason]
    compromised_since: Plain[x.Instant] | UnsetType = UNSET


class ContentErased(Event, frozen=True, kw_only=True):
    """Content was destroyed for good; tokens and proofs stay (de: Inhalt gelöscht)."""

    TYPE: ClassVar[str] = "content-erased/1"
    targets: Plain[Annotated[tuple[x.ErasureTarget, ...], Meta(min_length=1, max_length=10_000)]]
    legal_ground: Text[str]
    ordered_by: Text[str] | UnsetType = UNSET
    archive_consented: Plain[bool] | UnsetType = UNSET
    copies_remaining: Text[tuple[str, ...]] | UnsetType = UNSET


class VisibilityChanged(Event, frozen=True, kw_only=True):
    """What may be released changed; never the recorded bytes (de: Öffentlichkeit geändert).

    `target` is a stream or a single event. `was` is what was effective before.
    """

    TYPE: ClassVar[str] = "visibility-changed/1"
    target: Plain[x.StreamOrEventId]
    was: Plain[v.Visibility]
    becomes: Plain[v.Visibility]
    until: Plain[x.Date] | UnsetType = UNSET
    legal_basis: Text[str]
    reason: Text[str] | UnsetType = UNSET


# -- body -----------------------------------------------------------------------------------------


class BodyRegistered(Event, frozen=True, kw_only=True):
    """A body was entered (de: Körperschaft angelegt)."""

    TYPE: ClassVar[str] = "body-registered/1"
    name: Plain[str]
    kind: Plain[v.BodyKind]
    kind_literal: Text[str] | UnsetType = UNSET
    land: Plain[str] | UnsetType = UNSET
    ids: Plain[tuple[x.Identifier, ...]] | UnsetType = UNSET
    archive_of_record: Plain[str] | UnsetType = UNSET


class BodyChanged(Event, frozen=True, kw_only=True):
    """A body changed its name, its archive, or was merged (de: Körperschaft geändert)."""

    TYPE: ClassVar[str] = "body-changed/1"
    name: Plain[str] | UnsetType = UNSET
    ids: Plain[tuple[x.Identifier, ...]] | UnsetType = UNSET
    archive_of_record: Plain[str] | UnsetType = UNSET
    merged_into: Plain[x.BodyId] | UnsetType = UNSET
    successor_of: Plain[x.BodyId] | UnsetType = UNSET


class RuleSetAdopted(Event, frozen=True, kw_only=True):
    """A set of rules holds for a body from a day on (de: Regelwerk festgelegt)."""

    TYPE: ClassVar[str] = "rule-set-adopted/1"
    name: Plain[str]
    preset: Plain[str] | UnsetType = UNSET
    organ: Plain[x.OrganId] | UnsetType = UNSET
    valid_from: Plain[x.Date] | UnsetType = UNSET
    valid_until: Plain[x.Date] | UnsetType = UNSET
    rules: Plain[Annotated[tuple[x.Rule, ...], Meta(max_length=200)]]


class TermOpened(Event, frozen=True, kw_only=True):
    """A term of office began (de: Wahlperiode)."""

    TYPE: ClassVar[str] = "term-opened/1"
    term: Plain[x.TermId]
    name: Plain[str] | UnsetType = UNSET
    number: Plain[x.Number] | UnsetType = UNSET
    begins: Plain[x.Date] | UnsetType = UNSET
    ends: Plain[x.Date] | UnsetType = UNSET


# -- organ, group, person -------------------------------------------------------------------------


class OrganRegistered(Event, frozen=True, kw_only=True):
    """An organ was formed (de: Gremium gebildet)."""

    TYPE: ClassVar[str] = "organ-registered/1"
    body: Plain[x.BodyId]
    name: Plain[str]
    kind: Plain[v.OrganKind]
    kind_literal: Text[str] | UnsetType = UNSET
    decides: Plain[bool] | UnsetType = UNSET
    seats: Plain[x.Count] | UnsetType = UNSET
    term: Plain[x.TermId] | UnsetType = UNSET


class OrganChanged(Event, frozen=True, kw_only=True):
    """An organ changed its name, powers or size, or was dissolved (de: Gremium geändert)."""

    TYPE: ClassVar[str] = "organ-changed/1"
    name: Plain[str] | UnsetType = UNSET
    kind: Plain[v.OrganKind] | UnsetType = UNSET
    decides: Plain[bool] | UnsetType = UNSET
    seats: Plain[x.Count] | UnsetType = UNSET
    dissolved: Plain[bool] | UnsetType = UNSET
    successor: Plain[x.OrganId] | UnsetType = UNSET


class MembershipChanged(Event, frozen=True, kw_only=True):
    """A person's membership in an organ or group began, changed or ended (de: Mitgliedschaft geändert).

    `meeting` and `ballot` name the election where there was one.
    """

    TYPE: ClassVar[str] = "membership-changed/1"
    person: Personal[x.PersonKey]
    function: Plain[v.MembershipFunction]
    function_literal: Text[str] | UnsetType = UNSET
    voting: Plain[bool] | UnsetType = UNSET
    begins: Plain[x.Date] | UnsetType = UNSET
    ends: Plain[x.Date] | UnsetType = UNSET
    group: Plain[x.GroupId] | UnsetType = UNSET
    substitute_for: Personal[x.PersonKey] | UnsetType = UNSET
    meeting: Plain[x.MeetingId] | UnsetType = UNSET
    ballot: Plain[x.BallotId] | UnsetType = UNSET


class GroupRegistered(Event, frozen=True, kw_only=True):
    """A group was formed (de: Fraktion gebildet)."""

    TYPE: ClassVar[str] = "group-registered/1"
    body: Plain[x.BodyId]
    name: Plain[str]
    kind: Plain[v.GroupKind]
    term: Plain[x.TermId] | UnsetType = UNSET


class GroupChanged(Event, frozen=True, kw_only=True):
    """A group changed its name or was dissolved (de: Fraktion geändert)."""

    TYPE: ClassVar[str] = "group-changed/1"
    name: Plain[str] | UnsetType = UNSET
    dissolved: Plain[bool] | UnsetType = UNSET


class PersonKnown(Event, frozen=True, kw_only=True):
    """A person behind a key became known (de: Person erfasst). Recorded again, it replaces what was known."""

    TYPE: ClassVar[str] = "person-known/1"
    name: Personal[str] | UnsetType = UNSET
    born: Personal[x.Date] | UnsetType = UNSET
    died: Personal[x.Date] | UnsetType = UNSET
    office: Personal[str] | UnsetType = UNSET
    office_holder: Personal[bool] | UnsetType = UNSET
    source_id: Personal[str] | UnsetType = UNSET


# -- proposal -------------------------------------------------------------------------------------


class ProposalRegistered(Event, frozen=True, kw_only=True):
    """A proposal was brought in (de: Vorlage eingebracht).

    `body_basis` says whether the document names its body or the recorder inferred it. `version` counts all that
    are known of, held or not. `vote_form_literal` keeps the headings of the printed vote table.
    """

    TYPE: ClassVar[str] = "proposal-registered/1"
    body: Plain[x.BodyId]
    body_basis: Plain[v.Basis] | UnsetType = UNSET
    kind: Plain[v.ProposalKind]
    kind_literal: Text[str] | UnsetType = UNSET
    reference: Plain[str] | None | UnsetType = UNSET
    term: Plain[x.TermId] | UnsetType = UNSET
    version: Plain[x.Number]
    document_date: Plain[x.Date] | None | UnsetType = UNSET
    document_date_literal: Text[str] | UnsetType = UNSET
    subject: Text[str] | None | UnsetType = UNSET
    submitters: Text[tuple[x.Party, ...]] | None | UnsetType = UNSET
    operative_text: Text[str] | None | UnsetType = UNSET
    reasons: Text[str] | None | UnsetType = UNSET
    financial_impact: Plain[v.FinancialImpact] | None | UnsetType = UNSET
    financial_impact_literal: Text[str] | UnsetType = UNSET
    product_account: Text[str] | None | UnsetType = UNSET
    legal_basis: Text[tuple[x.LegalBasis, ...]] | None | UnsetType = UNSET
    consulted: Text[tuple[x.Party, ...]] | None | UnsetType = UNSET
    signatories: Personal[tuple[x.Signatory, ...]] | None | UnsetType = UNSET
    effective_from: Plain[x.Date] | None | UnsetType = UNSET
    effective_from_literal: Text[str] | UnsetType = UNSET
    validity: Plain[x.Validity] | None | UnsetType = UNSET
    validity_literal: Text[str] | UnsetType = UNSET
    review_clause: Text[str] | None | UnsetType = UNSET
    vote_form: Plain[x.VoteForm] | UnsetType = UNSET
    vote_form_literal: Text[str] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


class ProposalRevised(Event, frozen=True, kw_only=True):
    """A proposal got another version (de: Neufassung, Austauschseite, Ergänzungsvorlage).

    Fields that are not mentioned are as in `base_version`, unless the revision replaces the whole text.
    """

    TYPE: ClassVar[str] = "proposal-revised/1"
    version: Plain[x.Number]
    mode: Plain[v.RevisionMode]
    base_version: Plain[x.Number] | UnsetType = UNSET
    because_of: Plain[x.Because] | UnsetType = UNSET
    reason: Text[str] | UnsetType = UNSET
    pages: Text[str] | UnsetType = UNSET
    kind: Plain[v.ProposalKind] | UnsetType = UNSET
    kind_literal: Text[str] | UnsetType = UNSET
    reference: Plain[str] | None | UnsetType = UNSET
    document_date: Plain[x.Date] | None | UnsetType = UNSET
    document_date_literal: Text[str] | UnsetType = UNSET
    subject: Text[str] | None | UnsetType = UNSET
    submitters: Text[tuple[x.Party, ...]] | None | UnsetType = UNSET
    operative_text: Text[str] | None | UnsetType = UNSET
    reasons: Text[str] | None | UnsetType = UNSET
    financial_impact: Plain[v.FinancialImpact] | None | UnsetType = UNSET
    financial_impact_literal: Text[str] | UnsetType = UNSET
    product_account: Text[str] | None | UnsetType = UNSET
    legal_basis: Text[tuple[x.LegalBasis, ...]] | None | UnsetType = UNSET
    consulted: Text[tuple[x.Party, ...]] | None | UnsetType = UNSET
    signatories: Personal[tuple[x.Signatory, ...]] | None | UnsetType = UNSET
    effective_from: Plain[x.Date] | None | UnsetType = UNSET
    effective_from_literal: Text[str] | UnsetType = UNSET
    validity: Plain[x.Validity] | None | UnsetType = UNSET
    validity_literal: Text[str] | UnsetType = UNSET
    review_clause: Text[str] | None | UnsetType = UNSET
    vote_form: Plain[x.VoteForm] | UnsetType = UNSET
    vote_form_literal: Text[str] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


class ProposalEndorsed(Event, frozen=True, kw_only=True):
    """An office co-signed a proposal, or did not (de: Mitzeichnung)."""

    TYPE: ClassVar[str] = "proposal-endorsed/1"
    version: Plain[x.Number] | UnsetType = UNSET
    office: Text[str]
    sense: Plain[v.EndorsementSense]
    text: Text[str] | UnsetType = UNSET
    signatory: Personal[x.Signatory] | UnsetType = UNSET


class DocumentAttached(Event, frozen=True, kw_only=True):
    """An annex or another document belongs to it (de: Anlage beigefügt)."""

    TYPE: ClassVar[str] = "document-attached/1"
    label: Text[str]
    held: Plain[bool]
    document: Text[x.Document]
    part_of_decision: Plain[bool] | UnsetType = UNSET
    version: Plain[x.Number] | UnsetType = UNSET
    item: Plain[x.ItemId] | UnsetType = UNSET
    source_id: Text[str] | UnsetType = UNSET


class DocumentWithdrawn(Event, frozen=True, kw_only=True):
    """An annex was taken back or exchanged (de: Anlage entfernt, ersetzt)."""

    TYPE: ClassVar[str] = "document-withdrawn/1"
    label: Text[str]
    document: Text[x.Document] | UnsetType = UNSET
    replaced_by: Text[x.Document] | UnsetType = UNSET
    reason: Text[str] | UnsetType = UNSET
    source_id: Text[str] | UnsetType = UNSET


class ConsultationPlanned(Event, frozen=True, kw_only=True):
    """A consultation was planned (de: Beratung vorgesehen). Planned again under the same id, it replaces the plan."""

    TYPE: ClassVar[str] = "consultation-planned/1"
    consultation: Plain[x.ConsultationId]
    organ: Plain[x.OrganId] | UnsetType = UNSET
    organ_literal: Text[str] | UnsetType = UNSET
    planned_on: Plain[x.Date] | None | UnsetType = UNSET
    planned_on_literal: Text[str] | UnsetType = UNSET
    role: Plain[v.ConsultationRole]
    publicity: Plain[v.Publicity]
    status_literal: Text[str] | UnsetType = UNSET
    order: Plain[x.Count] | UnsetType = UNSET
    authoritative: Plain[bool] | UnsetType = UNSET
    meeting: Plain[x.MeetingId] | UnsetType = UNSET
    item: Plain[x.ItemId] | UnsetType = UNSET


class ConsultationDropped(Event, frozen=True, kw_only=True):
    """A planned consultation fell away (de: Beratung entfallen)."""

    TYPE: ClassVar[str] = "consultation-dropped/1"
    consultation: Plain[x.ConsultationId]
    reason: Text[str] | UnsetType = UNSET


class ProposalsLinked(Event, frozen=True, kw_only=True):
    """A proposal stands in a relation to another proposal or to a resolution (de: Bezug hergestellt)."""

    TYPE: ClassVar[str] = "proposals-linked/1"
    other: Plain[x.ProposalOrResolutionId]
    relation: Plain[v.Relation]
    basis: Plain[v.Basis]
    note: Text[str] | UnsetType = UNSET


class ProposalWithdrawn(Event, frozen=True, kw_only=True):
    """A proposal was withdrawn (de: Vorlage zurückgezogen)."""

    TYPE: ClassVar[str] = "proposal-withdrawn/1"
    withdrawn_by: Text[tuple[x.Party, ...]] | UnsetType = UNSET
    consultation: Plain[x.ConsultationId] | UnsetType = UNSET
    reason: Text[str] | UnsetType = UNSET


# -- meeting --------------------------------------------------------------------------------------


class MeetingConvened(Event, frozen=True, kw_only=True):
    """A meeting was called (de: Sitzung einberufen). `occurred` is the day of the invitation, where known."""

    TYPE: ClassVar[str] = "meeting-convened/1"
    body: Plain[x.BodyId]
    organs: Plain[Annotated[tuple[x.OrganId, ...], Meta(max_length=100)]]
    name: Text[str] | UnsetType = UNSET
    number: Plain[str] | None | UnsetType = UNSET
    starts_at: Plain[x.Date] | None | UnsetType = UNSET
    ends_at: Plain[x.Date] | None | UnsetType = UNSET
    place: Text[str] | None | UnsetType = UNSET
    publicity: Plain[v.Publicity] | UnsetType = UNSET
    term: Plain[x.TermId] | UnsetType = UNSET
    invited_on: Plain[x.Date] | None | UnsetType = UNSET
    papers_sent_at: Plain[x.Date] | None | UnsetType = UNSET
    receipt: Text[str] | UnsetType = UNSET
    notice_rule: Text[str] | UnsetType = UNSET
    announced: Text[tuple[x.Announcement, ...]] | UnsetType = UNSET


class MeetingMoved(Event, frozen=True, kw_only=True):
    """A meeting was moved (de: Sitzung verlegt)."""

    TYPE: ClassVar[str] = "meeting-moved/1"
    starts_at: Plain[x.Date] | UnsetType = UNSET
    ends_at: Plain[x.Date] | None | UnsetType = UNSET
    place: Text[str] | UnsetType = UNSET
    reason: Text[str] | UnsetType = UNSET


class MeetingCancelled(Event, frozen=True, kw_only=True):
    """A meeting did not take place (de: Sitzung abgesagt)."""

    TYPE: ClassVar[str] = "meeting-cancelled/1"
    reason: Text[str] | UnsetType = UNSET
    instead: Plain[x.MeetingId] | UnsetType = UNSET


class AgendaSet(Event, frozen=True, kw_only=True):
    """An agenda was set or changed (de: Tagesordnung festgestellt). The newest of each part holds."""

    TYPE: ClassVar[str] = "agenda-set/1"
    version: Plain[x.Number]
    stage: Plain[v.AgendaStage]
    part: Plain[v.Part]
    items: Plain[Annotated[tuple[x.AgendaItem, ...], Meta(max_length=2_000)]]
    titles: Text[tuple[x.ItemTitle, ...]] | UnsetType = UNSET
    papers: Text[tuple[x.PaperHandedOut, ...]] | UnsetType = UNSET


class MeetingOpened(Event, frozen=True, kw_only=True):
    """A meeting was opened and its quorum looked at (de: Eröffnung, Beschlussfähigkeit)."""

    TYPE: ClassVar[str] = "meeting-opened/1"
    part: Plain[v.Part]
    presiding: Personal[x.PersonKey] | UnsetType = UNSET
    secretary: Personal[x.PersonKey] | UnsetType = UNSET
    present: Personal[tuple[x.PersonKey, ...]] | UnsetType = UNSET
    absent: Personal[tuple[x.Absence, ...]] | UnsetType = UNSET
    members_by_law: Plain[x.Count] | UnsetType = UNSET
    members_in_office: Plain[x.Count] | UnsetType = UNSET
    present_count: Plain[x.Count] | UnsetType = UNSET
    entitled_count: Plain[x.Count] | UnsetType = UNSET
    quorum: Plain[v.QuorumState] | UnsetType = UNSET
    quorum_basis: Plain[v.QuorumBasis] | UnsetType = UNSET
    quorum_literal: Text[str] | UnsetType = UNSET
    duly_convened: Plain[bool] | UnsetType = UNSET


class ItemCalled(Event, frozen=True, kw_only=True):
    """An agenda item was called, with its publicity as held (de: TOP aufgerufen)."""

    TYPE: ClassVar[str] = "item-called/1"
    item: Plain[x.ItemId]
    publicity: Plain[v.Publicity]
    presiding: Personal[x.PersonKey] | UnsetType = UNSET


class PublicityDecided(Event, frozen=True, kw_only=True):
    """The public was excluded from an item or admitted again (de: Ausschluss der Öffentlichkeit)."""

    TYPE: ClassVar[str] = "publicity-changed/1"
    item: Plain[x.ItemId] | UnsetType = UNSET
    change: Plain[v.PublicityChange]
    ground: Text[str] | UnsetType = UNSET
    ballot: Plain[x.BallotId] | UnsetType = UNSET


class AttendanceChanged(Event, frozen=True, kw_only=True):
    """A member came or went during the meeting (de: kommt, geht)."""

    TYPE: ClassVar[str] = "attendance-changed/1"
    person: Personal[x.PersonKey]
    change: Plain[v.AttendanceChange]
    item: Plain[x.ItemId] | UnsetType = UNSET
    present_count: Plain[x.Count] | UnsetType = UNSET


class MemberExcluded(Event, frozen=True, kw_only=True):
    """A member was excluded from an item for bias (de: Befangenheit)."""

    TYPE: ClassVar[str] = "member-excluded/1"
    person: Personal[x.PersonKey]
    item: Plain[x.ItemId]
    declared_by: Personal[x.PersonKey] | UnsetType = UNSET
    legal_basis: Text[str] | UnsetType = UNSET
    reason: Personal[str] | UnsetType = UNSET
    left_room: Plain[bool] | UnsetType = UNSET
    disputed: Plain[bool] | UnsetType = UNSET
    ballot: Plain[x.BallotId] | UnsetType = UNSET


class MotionMoved(Event, frozen=True, kw_only=True):
    """A motion was moved (de: Änderungsantrag, Geschäftsordnungsantrag)."""

    TYPE: ClassVar[str] = "motion-moved/1"
    motion: Plain[x.MotionId]
    kind: Plain[v.MotionKind]
    kind_literal: Text[str] | UnsetType = UNSET
    item: Plain[x.ItemId] | UnsetType = UNSET
    moved_by: Text[tuple[x.Party, ...]] | UnsetType = UNSET
    target: Plain[x.BallotTarget] | UnsetType = UNSET
    text: Text[str] | UnsetType = UNSET
    proposal: Plain[x.ProposalId] | UnsetType = UNSET
    adopted_by_administration: Plain[bool] | UnsetType = UNSET


class BallotHeld(Event, frozen=True, kw_only=True):
    """A ballot or an election was held (de: Abstimmung, Wahl).

    `declared` is what the chair declared, whatever the counts say; `chosen` names the options declared elected or
    chosen, `lot` the one that was drawn, both by their keys. `votes_dropped` counts the choices by person that a
    source showed for a secret ballot: they were dropped before anything was hashed.
    """

    TYPE: ClassVar[str] = "ballot-held/1"
    ballot: Plain[x.BallotId]
    item: Plain[x.ItemId] | UnsetType = UNSET
    question: Text[str] | UnsetType = UNSET
    target: Plain[x.BallotTarget] | UnsetType = UNSET
    method: Plain[v.BallotMethod]
    method_literal: Text[str] | UnsetType = UNSET
    required: Plain[x.RequiredMajority] | UnsetType = UNSET
    tally: Plain[x.Tally] | UnsetType = UNSET
    tally_literal: Text[str] | UnsetType = UNSET
    options: Personal[tuple[x.Option, ...]] | UnsetType = UNSET
    option_counts: Plain[tuple[x.OptionCount, ...]] | UnsetType = UNSET
    round: Plain[x.Number] | UnsetType = UNSET
    chosen: Plain[tuple[x.OptionKey, ...]] | UnsetType = UNSET
    lot: Plain[x.OptionKey] | UnsetType = UNSET
    seats_method: Plain[v.SeatsMethod] | UnsetType = UNSET
    votes: Personal[tuple[x.Vote, ...]] | UnsetType = UNSET
    votes_dropped: Plain[x.Count] | UnsetType = UNSET
    chair_voted: Plain[bool] | UnsetType = UNSET
    declared: Plain[v.Declared] | UnsetType = UNSET
    declared_literal: Text[str] | UnsetType = UNSET
    majority: Plain[v.Majority] | UnsetType = UNSET
    repeats: Plain[x.BallotId] | UnsetType = UNSET


class OutcomeDeclared(Event, frozen=True, kw_only=True):
    """What came of a deliberation was declared (de: Beratungsergebnis).

    `settled_by` names what settled or superseded the proposal.
    """

    TYPE: ClassVar[str] = "outcome-declared/1"
    item: Plain[x.ItemId] | UnsetType = UNSET
    proposal: Plain[x.ProposalId] | UnsetType = UNSET
    consultation: Plain[x.ConsultationId] | UnsetType = UNSET
    outcome: Plain[v.Outcome]
    outcome_literal: Text[str] | UnsetType = UNSET
    majority: Plain[v.Majority] | UnsetType = UNSET
    tally: Plain[x.Tally] | UnsetType = UNSET
    ballots: Plain[tuple[x.BallotId, ...]] | UnsetType = UNSET
    recommended_text: Text[str] | UnsetType = UNSET
    referred_to: Plain[x.OrganId] | UnsetType = UNSET
    postponed_to: Plain[x.Date] | UnsetType = UNSET
    settled_by: Plain[x.ProposalOrResolutionId] | UnsetType = UNSET


class MinutesFiled(Event, frozen=True, kw_only=True):
    """Minutes were made or exchanged (de: Niederschrift erstellt, ausgetauscht)."""

    TYPE: ClassVar[str] = "minutes-filed/1"
    version: Plain[x.Number]
    kind: Plain[v.MinutesKind]
    part: Plain[v.Part]
    held: Plain[bool]
    document: Text[x.Document]
    replaces: Plain[x.Number] | UnsetType = UNSET
    source_id: Text[str] | UnsetType = UNSET


class MinutesPresented(Event, frozen=True, kw_only=True):
    """Minutes were put before the organ, for notice or for approval (de: Niederschrift vorgelegt).

    `ballot` is the one of `at_meeting` by which they were approved or not.
    """

    TYPE: ClassVar[str] = "minutes-presented/1"
    version: Plain[x.Number]
    kind: Plain[v.MinutesKind]
    part: Plain[v.Part]
    way: Plain[v.MinutesPresentation]
    at_meeting: Plain[x.MeetingId] | UnsetType = UNSET
    ballot: Plain[x.BallotId] | UnsetType = UNSET
    objections_until: Plain[x.Date] | UnsetType = UNSET


class MinutesSigned(Event, frozen=True, kw_only=True):
    """A version of the minutes was signed; it is never edited after that (de: Niederschrift unterzeichnet)."""

    TYPE: ClassVar[str] = "minutes-signed/1"
    version: Plain[x.Number]
    kind: Plain[v.MinutesKind]
    part: Plain[v.Part]
    document: Text[x.Document] | UnsetType = UNSET
    signatories: Personal[Annotated[tuple[x.Signatory, ...], Meta(min_length=1)]]


class MinutesObjectionHandled(Event, frozen=True, kw_only=True):
    """An objection to the minutes was raised or decided (de: Einwendung gegen die Niederschrift)."""

    TYPE: ClassVar[str] = "minutes-objection-handled/1"
    version: Plain[x.Number]
    kind: Plain[v.MinutesKind]
    part: Plain[v.Part]
    raised_by: Personal[tuple[x.Party, ...]] | UnsetType = UNSET
    text: Text[str] | UnsetType = UNSET
    decision: Plain[v.ObjectionDecision]
    at_meeting: Plain[x.MeetingId] | UnsetType = UNSET
    ballot: Plain[x.BallotId] | UnsetType = UNSET
    attached: Plain[bool] | UnsetType = UNSET


class MeetingClosed(Event, frozen=True, kw_only=True):
    """A meeting, or one part of it, was closed (de: Sitzung geschlossen)."""

    TYPE: ClassVar[str] = "meeting-closed/1"
    part: Plain[v.Part]


# -- resolution -----------------------------------------------------------------------------------


class ResolutionMade(Event, frozen=True, kw_only=True):
    """A resolution was made (de: Beschluss gefasst); a rejection is one too.

    `text` is the adopted wording where it is held; `presumed_as` names the proposal version that it is taken
    to follow where it is not. Never both.
    """

    TYPE: ClassVar[str] = "resolution-made/1"
    number: Plain[str] | None | UnsetType = UNSET
    sense: Plain[v.ResolutionSense]
    legal_form: Plain[v.LegalForm] | UnsetType = UNSET
    made_by: Plain[x.MadeBy]
    proposal: Plain[x.ProposalId] | UnsetType = UNSET
    version: Plain[x.Number] | UnsetType = UNSET
    subject: Text[str] | UnsetType = UNSET
    text: Text[str] | UnsetType = UNSET
    presumed_as: Plain[x.Number] | UnsetType = UNSET
    annexes: Text[tuple[x.Document, ...]] | UnsetType = UNSET
    re_decides: Plain[tuple[x.ResolutionId, ...]] | UnsetType = UNSET
    conditions: Plain[tuple[x.Condition, ...]] | UnsetType = UNSET
    conditions_literal: Text[str] | UnsetType = UNSET
    effective_from: Plain[x.When] | UnsetType = UNSET
    effective_until: Plain[x.When] | UnsetType = UNSET
    validity: Plain[x.Validity] | UnsetType = UNSET


class UrgentDecisionTaken(Event, frozen=True, kw_only=True):
    """The chair decided in an organ's place (de: Eilentscheidung).

    Recorded again, it adds what came later: the report to the organ, its ratification.
    """

    TYPE: ClassVar[str] = "urgent-decision-taken/1"
    number: Plain[str] | None | UnsetType = UNSET
    subject: Text[str] | UnsetType = UNSET
    office: Text[str] | UnsetType = UNSET
    reasons: Text[str] | UnsetType = UNSET
    legal_basis: Text[str] | UnsetType = UNSET
    text: Text[str] | UnsetType = UNSET
    proposal: Plain[x.ProposalId] | UnsetType = UNSET
    instead_of: Plain[x.OrganId] | UnsetType = UNSET
    reported_to: Plain[x.MeetingId] | UnsetType = UNSET
    ratified_by: Plain[x.BallotId] | UnsetType = UNSET


class ResolutionEngrossed(Event, frozen=True, kw_only=True):
    """A resolution was engrossed (de: ausgefertigt)."""

    TYPE: ClassVar[str] = "resolution-engrossed/1"
    signatories: Personal[tuple[x.Signatory, ...]] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


class ResolutionPublished(Event, frozen=True, kw_only=True):
    """A resolution was made public (de: öffentlich bekannt gemacht).

    `meeting` is the public one in which a resolution made in camera was announced (de: Bekanntgabe).
    """

    TYPE: ClassVar[str] = "resolution-published/1"
    medium: Text[str] | UnsetType = UNSET
    issue: Text[str] | UnsetType = UNSET
    meeting: Plain[x.MeetingId] | UnsetType = UNSET
    full_text: Plain[bool] | UnsetType = UNSET
    defect: Text[str] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


class ResolutionStatusChanged(Event, frozen=True, kw_only=True):
    """A resolution's legal status changed (de: Inkrafttreten, Aussetzung, Außerkrafttreten, Aufhebung).

    `superseded_by` is the resolution that superseded or repealed it; `review` the stream whose act had that effect.
    """

    TYPE: ClassVar[str] = "resolution-status-changed/1"
    becomes: Plain[v.ResolutionStatus]
    effective: Plain[x.When]
    cause: Plain[v.StatusCause] | UnsetType = UNSET
    basis: Plain[v.Basis]
    superseded_by: Plain[x.ResolutionId] | UnsetType = UNSET
    review: Plain[x.ReviewId] | UnsetType = UNSET
    reason: Text[str] | UnsetType = UNSET


class ImplementationReported(Event, frozen=True, kw_only=True):
    """It was reported how far a resolution was carried out (de: Umsetzungsstand)."""

    TYPE: ClassVar[str] = "implementation-reported/1"
    status: Plain[v.ImplementationStatus]
    report: Text[str] | UnsetType = UNSET
    due_on: Plain[x.Date] | UnsetType = UNSET


# -- review ---------------------------------------------------------------------------------------


class ObjectionRaised(Event, frozen=True, kw_only=True):
    """The chair objected to resolutions (de: Widerspruch des Landrats, des Bürgermeisters)."""

    TYPE: ClassVar[str] = "objection-raised/1"
    resolutions: Plain[Annotated[tuple[x.ResolutionId, ...], Meta(min_length=1, max_length=100)]]
    kind: Plain[v.ObjectionKind]
    legal_basis: Text[str] | UnsetType = UNSET
    reasons: Text[str] | UnsetType = UNSET
    suspensive: Plain[bool] | UnsetType = UNSET
    new_meeting_by: Plain[x.Date] | UnsetType = UNSET
    round: Plain[x.Number] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


class ReviewSubmitted(Event, frozen=True, kw_only=True):
    """Resolutions were put before an authority or court (de: der Rechtsaufsicht vorgelegt)."""

    TYPE: ClassVar[str] = "review-submitted/1"
    resolutions: Plain[Annotated[tuple[x.ResolutionId, ...], Meta(min_length=1, max_length=100)]]
    authority_name: Plain[str]
    reference: Plain[str] | UnsetType = UNSET
    legal_basis: Text[str] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


class ExternalActRecorded(Event, frozen=True, kw_only=True):
    """An authority or court acted on resolutions (de: Rechtsaufsicht, Gericht, Genehmigung)."""

    TYPE: ClassVar[str] = "external-act-recorded/1"
    resolutions: Plain[Annotated[tuple[x.ResolutionId, ...], Meta(min_length=1, max_length=100)]]
    authority_name: Plain[str]
    act: Plain[v.ExternalAct]
    reference: Plain[str] | UnsetType = UNSET
    deadline: Plain[x.Date] | UnsetType = UNSET
    immediately_enforceable: Plain[bool] | UnsetType = UNSET
    effect: Text[str] | UnsetType = UNSET
    text: Text[str] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


# -- custody --------------------------------------------------------------------------------------

Objects = Annotated[tuple[x.StreamId, ...], Meta(min_length=1, max_length=1_000)]


class Filed(Event, frozen=True, kw_only=True):
    """Records were filed (de: veraktet). `closed_on` is the day of the closing order (zdA)."""

    TYPE: ClassVar[str] = "filed/1"
    objects: Plain[Objects]
    file_reference: Plain[str]
    plan_unit: Plain[str] | UnsetType = UNSET
    responsible: Text[str] | UnsetType = UNSET
    title: Text[str] | UnsetType = UNSET
    opened_on: Plain[x.Date] | UnsetType = UNSET
    closed_on: Plain[x.Date] | UnsetType = UNSET
    retention_starts_on: Plain[x.Date] | UnsetType = UNSET


class RetentionSet(Event, frozen=True, kw_only=True):
    """A retention period was set (de: Aufbewahrungsfrist)."""

    TYPE: ClassVar[str] = "retention-set/1"
    objects: Plain[Objects] | UnsetType = UNSET
    years: Plain[x.Count] | UnsetType = UNSET
    permanent: Plain[bool] | UnsetType = UNSET
    starts_on: Plain[x.Date] | UnsetType = UNSET
    ends_on: Plain[x.Date] | UnsetType = UNSET
    schedule: Text[str] | UnsetType = UNSET


class HoldPlaced(Event, frozen=True, kw_only=True):
    """Nothing of it may be destroyed until further notice (de: Sperre gegen Vernichtung)."""

    TYPE: ClassVar[str] = "hold-placed/1"
    hold: Plain[x.HoldId]
    objects: Plain[Objects] | UnsetType = UNSET
    ground: Text[str]


class HoldLifted(Event, frozen=True, kw_only=True):
    """A hold ended (de: Sperre aufgehoben)."""

    TYPE: ClassVar[str] = "hold-lifted/1"
    hold: Plain[x.HoldId]
    reason: Text[str] | UnsetType = UNSET


class Offered(Event, frozen=True, kw_only=True):
    """Records were offered to the archive (de: angeboten)."""

    TYPE: ClassVar[str] = "offered/1"
    objects: Plain[Objects] | UnsetType = UNSET
    archive: Plain[str]
    message_id: Plain[str] | UnsetType = UNSET
    decision_due_on: Plain[x.Date] | UnsetType = UNSET
    package_digest: Text[x.Sha512Hex] | UnsetType = UNSET


class Appraised(Event, frozen=True, kw_only=True):
    """The archive decided what becomes of it (de: bewertet)."""

    TYPE: ClassVar[str] = "appraised/1"
    objects: Plain[Objects] | UnsetType = UNSET
    archive: Plain[str]
    decision: Plain[v.AppraisalDecision]
    message_id: Plain[str] | UnsetType = UNSET
    package_digest: Text[x.Sha512Hex] | UnsetType = UNSET
    reason: Text[str] | UnsetType = UNSET


class Transferred(Event, frozen=True, kw_only=True):
    """Records were handed over (de: abgegeben)."""

    TYPE: ClassVar[str] = "transferred/1"
    objects: Plain[Objects] | UnsetType = UNSET
    archive: Plain[str]
    message_id: Plain[str] | UnsetType = UNSET
    package_digest: Text[x.Sha512Hex] | UnsetType = UNSET


class Received(Event, frozen=True, kw_only=True):
    """The archive confirmed that it took them over (de: Übernahme bestätigt)."""

    TYPE: ClassVar[str] = "received/1"
    objects: Plain[Objects] | UnsetType = UNSET
    archive: Plain[str]
    message_id: Plain[str] | UnsetType = UNSET
    archive_ids: Plain[tuple[str, ...]] | UnsetType = UNSET
    complete: Plain[bool] | UnsetType = UNSET
    package_digest: Text[x.Sha512Hex] | UnsetType = UNSET


class Destroyed(Event, frozen=True, kw_only=True):
    """Records were destroyed with proof (de: vernichtet).

    `archive`, `message_id` and `package_digest` name the decision or the confirmation that it rests on.
    """

    TYPE: ClassVar[str] = "destroyed/1"
    objects: Plain[Objects] | UnsetType = UNSET
    basis: Plain[v.DestructionBasis]
    archive: Plain[str] | UnsetType = UNSET
    message_id: Plain[str] | UnsetType = UNSET
    package_digest: Text[x.Sha512Hex] | UnsetType = UNSET
    what: Text[str]
    protocol: Text[x.Document] | UnsetType = UNSET


# -- source ---------------------------------------------------------------------------------------


class SourceObserved(Event, frozen=True, kw_only=True):
    """What a source showed at a moment was looked at (de: Quelle abgerufen).

    `digest` is the SHA-256 of the object's RFC 8785 form after contact data were dropped. `recorded_in` names the
    stream that what the object says was recorded in.
    """

    TYPE: ClassVar[str] = "source-observed/1"
    system: Plain[str] | UnsetType = UNSET
    object_kind: Plain[str] | UnsetType = UNSET
    recorded_in: Plain[x.StreamId] | UnsetType = UNSET
    change: Plain[v.SourceChange]
    retrieved_at: Plain[x.Instant]
    url: Text[str]
    digest: Text[x.DigestB64] | UnsetType = UNSET
    fields_changed: Plain[tuple[str, ...]] | UnsetType = UNSET
    fields_dropped: Plain[tuple[str, ...]] | UnsetType = UNSET
    document: Text[x.Document] | UnsetType = UNSET


# -- any stream -----------------------------------------------------------------------------------


class RecordCorrected(Event, frozen=True, kw_only=True):
    """A recorded field was put right; what was decided stands (de: Berichtigung).

    `old` is the effective value; absent means not mentioned. `new` absent takes the field back to not mentioned.
    """

    TYPE: ClassVar[str] = "record-corrected/1"
    target: Plain[x.Number]
    path: Plain[x.Path]
    old: Text[Raw] | UnsetType = UNSET
    new: Text[Raw] | UnsetType = UNSET
    kind: Plain[v.CorrectionKind]
    reason: Text[str]


class DiscrepancyNoted(Event, frozen=True, kw_only=True):
    """A person stated or explained a discrepancy (de: Unstimmigkeit); detectors never write one."""

    TYPE: ClassVar[str] = "discrepancy-noted/1"
    code: Plain[Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]{2,63}\\Z", extra={"expects": "a finding code"})]]
    facts: Plain[Annotated[tuple[x.FactReference, ...], Meta(max_length=100)]] | UnsetType = UNSET
    status: Plain[v.DiscrepancyStatus]
    assessment: Text[str] | UnsetType = UNSET


# -- the catalogue --------------------------------------------------------------------------------

FieldKind = Literal["plain", "text", "personal"]


class EventType(Struct, frozen=True, kw_only=True):
    """One row of the catalogue.

    Attributes:
        name: Stored name and version.
        cls: The event class.
        streams: The kinds of stream it may stand in.
        opens: Whether it opens a stream; such a type stands at `seq` 1 and, unless `repeats`, nowhere else.
        repeats: Whether an opening type may stand again later in the stream.
        roles: Who may record it, by kind of stream.
        fields: The kind of every field, in the order of the names.
    """

    name: str
    cls: type[Event]
    streams: tuple[str, ...]
    opens: bool
    repeats: bool
    roles: Mapping[str, frozenset[v.Role]]
    fields: Mapping[str, FieldKind]


def _kinds(cls: type[Event]) -> dict[str, FieldKind]:
    """Read each field's kind from its annotation; a field without exactly one is a fault of the catalogue."""
    kinds: dict[str, FieldKind] = {}
    for name, hint in typing.get_type_hints(cls, include_extras=True).items():
        if typing.get_origin(hint) is ClassVar:
            continue
        found = {
            meta.extra["kind"]
            for part in (hint, *typing.get_args(hint))
            for meta in getattr(part, "__metadata__", ())
            if isinstance(meta, Meta) and meta.extra and "kind" in meta.extra
        }
        if len(found) != 1:
            msg = f"{cls.__name__}.{name}: exactly one of Plain, Text, Personal is expected, found {sorted(found)}"
            raise TypeError(msg)
        kinds[name] = found.pop()
    return dict(sorted(kinds.items()))


_R = v.Role
_SHOWN: Final = frozenset({_R.CLERK, _R.ARCHIVIST, _R.IMPORTER})
_KEPT: Final = frozenset({_R.CLERK, _R.ARCHIVIST})
_ROOT: Final = frozenset({_R.ROOT})
_REGISTRAR: Final = frozenset({_R.REGISTRAR})
_RULES: Final = frozenset({_R.CLERK, _R.LEGAL, _R.REGISTRAR})
_REVIEW: Final = frozenset({_R.CLERK, _R.LEGAL, _R.ARCHIVIST})
_CUSTODY: Final = frozenset({_R.ARCHIVIST})
_FILING: Final = frozenset({_R.ARCHIVIST, _R.CLERK})
_CORRECTION: Final = {k: frozenset({_R.CLERK}) for k in x.STREAM_KINDS} | {
    "register": _REGISTRAR,
    "custody": _CUSTODY,
}
_DISCREPANCY: Final = {k: frozenset({_R.CLERK, _R.ARCHIVIST, _R.LEGAL}) for k in x.STREAM_KINDS} | {
    "register": _REGISTRAR | frozenset({_R.ARCHIVIST}),
    "custody": _CUSTODY,
}
_DOCUMENTED: Final = ("proposal", "meeting", "resolution", "review")

_TABLE: Final[
    tuple[tuple[type[Event], tuple[str, ...], frozenset[v.Role] | dict[str, frozenset[v.Role]], str], ...]
] = (
    # class, streams, recording roles, "opens" | "opens again" | ""
    (RegisterOpened, ("register",), _ROOT, "opens"),
    (RegisterClosed, ("register",), _ROOT, ""),
    (RootChanged, ("register",), _ROOT, ""),
    (LogKeyChanged, ("register",), _ROOT, ""),
    (SignerEnrolled, ("register",), _ROOT, ""),
    (SignerRevoked, ("register",), _ROOT, ""),
    (ContentErased, ("register",), _REGISTRAR, ""),
    (VisibilityChanged, ("register",), _REGISTRAR, ""),
    (BodyRegistered, ("body",), _SHOWN | _REGISTRAR, "opens"),
    (BodyChanged, ("body",), _SHOWN | _REGISTRAR, ""),
    (RuleSetAdopted, ("body",), _RULES, ""),
    (TermOpened, ("body",), _SHOWN, ""),
    (OrganRegistered, ("organ",), _SHOWN, "opens"),
    (OrganChanged, ("organ",), _SHOWN, ""),
    (MembershipChanged, ("organ", "group"), _SHOWN, ""),
    (GroupRegistered, ("group",), _SHOWN, "opens"),
    (GroupChanged, ("group",), _SHOWN, ""),
    (PersonKnown, ("person",), _SHOWN, "opens again"),
    (ProposalRegistered, ("proposal",), _SHOWN, "opens"),
    (ProposalRevised, ("proposal",), _SHOWN, ""),
    (ProposalEndorsed, ("proposal",), _KEPT, ""),
    (DocumentAttached, _DOCUMENTED, _SHOWN, ""),
    (DocumentWithdrawn, _DOCUMENTED, _SHOWN, ""),
    (ConsultationPlanned, ("proposal",), _SHOWN, ""),
    (ConsultationDropped, ("proposal",), _SHOWN, ""),
    (ProposalsLinked, ("proposal",), _SHOWN, ""),
    (ProposalWithdrawn, ("proposal",), _SHOWN, ""),
    (MeetingConvened, ("meeting",), _SHOWN, "opens"),
    (MeetingMoved, ("meeting",), _SHOWN, ""),
    (MeetingCancelled, ("meeting",), _SHOWN, ""),
    (AgendaSet, ("meeting",), _SHOWN, ""),
    (MeetingOpened, ("meeting",), _KEPT, ""),
    (ItemCalled, ("meeting",), _KEPT, ""),
    (PublicityDecided, ("meeting",), _KEPT, ""),
    (AttendanceChanged, ("meeting",), _KEPT, ""),
    (MemberExcluded, ("meeting",), _KEPT, ""),
    (MotionMoved, ("meeting",), _SHOWN, ""),
    (BallotHeld, ("meeting",), _SHOWN, ""),
    (OutcomeDeclared, ("meeting",), _SHOWN, ""),
    (MinutesFiled, ("meeting",), _SHOWN, ""),
    (MinutesPresented, ("meeting",), _KEPT, ""),
    (MinutesSigned, ("meeting",), _KEPT, ""),
    (MinutesObjectionHandled, ("meeting",), _KEPT, ""),
    (MeetingClosed, ("meeting",), _KEPT, ""),
    (ResolutionMade, ("resolution",), _SHOWN, "opens"),
    (UrgentDecisionTaken, ("resolution",), _KEPT, "opens again"),
    (ResolutionEngrossed, ("resolution",), _KEPT, ""),
    (ResolutionPublished, ("resolution",), _KEPT, ""),
    (ResolutionStatusChanged, ("resolution",), _KEPT | frozenset({_R.LEGAL}), ""),
    (ImplementationReported, ("resolution",), _SHOWN, ""),
    (ObjectionRaised, ("review",), _REVIEW, "opens again"),
    (ReviewSubmitted, ("review",), _REVIEW, "opens again"),
    (ExternalActRecorded, ("review",), _REVIEW, "opens again"),
    (Filed, ("custody",), _FILING, "opens again"),
    (RetentionSet, ("custody",), _CUSTODY, ""),
    (HoldPlaced, ("custody",), _CUSTODY, ""),
    (HoldLifted, ("custody",), _CUSTODY, ""),
    (Offered, ("custody",), _CUSTODY, ""),
    (Appraised, ("custody",), _CUSTODY, ""),
    (Transferred, ("custody",), _CUSTODY, ""),
    (Received, ("custody",), _CUSTODY, ""),
    (Destroyed, ("custody",), _CUSTODY, ""),
    (SourceObserved, ("source",), frozenset({_R.IMPORTER, _R.CLERK}), "opens again"),
    (RecordCorrected, x.STREAM_KINDS, _CORRECTION, ""),
    (DiscrepancyNoted, x.STREAM_KINDS, _DISCREPANCY, ""),
)


def _catalogue() -> Mapping[str, EventType]:
    table: dict[str, EventType] = {}
    for cls, streams, roles, opening in _TABLE:
        table[cls.TYPE] = EventType(
            name=cls.TYPE,
            cls=cls,
            streams=streams,
            opens=bool(opening),
            repeats=opening == "opens again",
            roles=MappingProxyType({k: roles[k] if isinstance(roles, dict) else roles for k in streams}),
            fields=MappingProxyType(_kinds(cls)),
        )
    return MappingProxyType(table)


CATALOGUE: Final[Mapping[str, EventType]] = _catalogue()
