"""Code lists. A code is what Ratsbuch computes with; the words of the source are always kept beside it.

The lists are closed: a code that is not here is refused, and `other` with its literal is the way to record
what no code fits. Codes are never removed and never change their meaning, because they are signed.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who may record (de: Rolle); says nothing about who could state the fact."""

    ROOT = "root"
    REGISTRAR = "registrar"
    CLERK = "clerk"
    ARCHIVIST = "archivist"
    IMPORTER = "importer"
    LEGAL = "legal"


class Visibility(StrEnum):
    """Who may see an event: `blocked` (de: gesperrt) is for archives, on an explicit option only."""

    PUBLIC = "public"
    NON_PUBLIC = "non_public"
    BLOCKED = "blocked"


class Certainty(StrEnum):
    """Whether a date is stated by the source, inferred, or unknown."""

    STATED = "stated"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """The grade of a source.

    In German: Urschrift, Ausfertigung, beglaubigte Abschrift, Kopie, führendes System, Bericht, mündlich.
    """

    ORIGINAL = "original"
    ENGROSSMENT = "engrossment"
    CERTIFIED_COPY = "certified_copy"
    COPY = "copy"
    SYSTEM_OF_RECORD = "system_of_record"
    SECONDARY = "secondary"
    ORAL = "oral"


class Function(StrEnum):
    """In what function somebody could state a fact.

    `executive` is the Landrat or Bürgermeister as head of administration.
    """

    CHAIR = "chair"
    EXECUTIVE = "executive"
    SECRETARY = "secretary"
    MEMBER = "member"
    OFFICE = "office"
    SUPERVISOR = "supervisor"
    COURT = "court"
    ARCHIVE = "archive"
    SOURCE = "source"


class BodyKind(StrEnum):
    """The kind of a body (de: Körperschaft)."""

    LANDKREIS = "landkreis"
    GEMEINDE = "gemeinde"
    OTHER = "other"


class IdentifierScheme(StrEnum):
    """Official numbering schemes: Kreisschlüssel, Gemeindeschlüssel, Amtlicher Regionalschlüssel, Behördenkennung."""

    KREISSCHLUESSEL = "kreisschluessel"
    GEMEINDESCHLUESSEL = "gemeindeschluessel"
    REGIONALSCHLUESSEL = "regionalschluessel"
    BEHOERDENKENNUNG = "behoerdenkennung"
    OTHER = "other"


class SignatureAlgorithm(StrEnum):
    """The algorithm fixed at a signer's enrolment (JOSE names)."""

    ES256 = "ES256"
    ES384 = "ES384"
    PS256 = "PS256"


class RevocationReason(StrEnum):
    """Why a signer may no longer record."""

    LEFT = "left"
    KEY_REPLACED = "key_replaced"
    KEY_LOST = "key_lost"
    KEY_COMPROMISED = "key_compromised"


class ErasureKind(StrEnum):
    """What is erased: a disclosure, a document, or a token down to its log entry (last resort)."""

    DISCLOSURE = "disclosure"
    DOCUMENT = "document"
    TOKEN = "token"  # noqa: S105  # a kind of thing, no secret


class OrganKind(StrEnum):
    """The kind of an organ (de: Gremium)."""

    COUNCIL = "council"
    DECIDING_COMMITTEE = "deciding_committee"
    ADVISORY_COMMITTEE = "advisory_committee"
    ADVISORY_BOARD = "advisory_board"
    LOCAL_COUNCIL = "local_council"
    OTHER = "other"


class GroupKind(StrEnum):
    """The kind of a group (de: Fraktion, Gruppe, Wählervereinigung)."""

    PARLIAMENTARY_GROUP = "parliamentary_group"
    LOOSE_GROUP = "loose_group"
    OTHER = "other"


class MembershipFunction(StrEnum):
    """A member's function in an organ or group."""

    CHAIR = "chair"
    DEPUTY_CHAIR = "deputy_chair"
    MEMBER = "member"
    SUBSTITUTE = "substitute"
    EXPERT = "expert"
    SECRETARY = "secretary"
    NONE = "none"


class ProposalKind(StrEnum):
    """The kind of a proposal (de: Vorlagenart)."""

    RESOLUTION_PROPOSAL = "resolution_proposal"
    INFORMATION = "information"
    MOTION = "motion"
    AMENDMENT = "amendment"
    INQUIRY = "inquiry"
    STATEMENT = "statement"
    BUDGET = "budget"
    REPORT = "report"
    OTHER = "other"


class TextPart(StrEnum):
    """A part of a proposal's text."""

    SUBJECT = "subject"
    OPERATIVE_TEXT = "operative_text"
    REASONS = "reasons"
    FINANCIAL_IMPACT = "financial_impact"
    LEGAL_BASIS = "legal_basis"
    OTHER = "other"


class FinancialImpact(StrEnum):
    """Whether a proposal states financial effects; `none` is the statement "keine", not a gap."""

    NONE = "none"
    STATED = "stated"


class LegalBasisKind(StrEnum):
    """What is named as legal basis."""

    STATUTE = "statute"
    BY_LAW = "by_law"
    CONTRACT = "contract"
    PROGRAMME = "programme"
    RESOLUTION = "resolution"
    OTHER = "other"


class RevisionMode(StrEnum):
    """How a proposal was revised: Neufassung, Austauschseite, Ergänzungsvorlage, erneute Vorlage.

    `as_shown` is what a source shows changed without saying how it came about.
    """

    FULL = "full"
    PAGES = "pages"
    SUPPLEMENT = "supplement"
    REISSUE = "reissue"
    AS_SHOWN = "as_shown"


class RevisionCause(StrEnum):
    """What made a revision necessary."""

    MOTION = "motion"
    BALLOT = "ballot"
    ADMINISTRATION = "administration"
    UNKNOWN = "unknown"


class EndorsementSense(StrEnum):
    """The sense of a co-signature (de: Mitzeichnung)."""

    CONSENT = "consent"
    RESERVATION = "reservation"
    REFUSAL = "refusal"


class SignatureForm(StrEnum):
    """What was seen of a signature; a printed name is none."""

    PRINTED_NAME = "printed_name"
    INK = "ink"
    QUALIFIED = "qualified"
    SEAL = "seal"
    UNKNOWN = "unknown"


class Publicity(StrEnum):
    """Whether an item or meeting is public."""

    PUBLIC = "public"
    NON_PUBLIC = "non_public"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Part(StrEnum):
    """The public or the non-public part of a meeting's agenda, presence or minutes."""

    PUBLIC = "public"
    NON_PUBLIC = "non_public"
    WHOLE = "whole"


class ConsultationRole(StrEnum):
    """What an organ is to do with a proposal (de: Beratungsstatus)."""

    HEARING = "hearing"
    PRELIMINARY = "preliminary"
    DELIBERATION = "deliberation"
    DECISION = "decision"
    INFORMATION = "information"
    STATEMENT = "statement"
    EXECUTIVE_APPROVAL = "executive_approval"
    RESERVED_DECISION = "reserved_decision"
    UNKNOWN = "unknown"
    OTHER = "other"


class Relation(StrEnum):
    """How a proposal or resolution relates to another one."""

    AMENDS = "amends"
    ANSWERS = "answers"
    CONTINUES = "continues"
    REPLACES = "replaces"
    REPEALS = "repeals"
    DUPLICATES = "duplicates"
    REPORTS_ON = "reports_on"
    BELONGS_TO = "belongs_to"


class Basis(StrEnum):
    """On what a relation or status rests."""

    STATED = "stated"
    INFERRED = "inferred"
    SOURCE_FIELD = "source_field"


class AgendaStage(StrEnum):
    """At which stage an agenda was set."""

    INVITATION = "invitation"
    SUPPLEMENT = "supplement"
    OPENING = "opening"
    IN_SESSION = "in_session"
    AS_SHOWN = "as_shown"


class HandedOut(StrEnum):
    """When the members got a paper: with the invitation, later, or only at the table (de: Tischvorlage)."""

    WITH_INVITATION = "with_invitation"
    LATER = "later"
    AT_TABLE = "at_table"
    UNKNOWN = "unknown"


class QuorumState(StrEnum):
    """What was said about the quorum (de: Beschlussfähigkeit) at the opening."""

    ESTABLISHED = "established"
    PRESUMED = "presumed"
    NOT_ESTABLISHED = "not_established"


class QuorumBasis(StrEnum):
    """On which rule the quorum was taken to rest."""

    HALF = "half"
    QUARTER = "quarter"
    SECOND_MEETING = "second_meeting"
    CHAIR_INSTEAD = "chair_instead"


class AttendanceChange(StrEnum):
    """A member comes or goes during a meeting."""

    JOINS = "joins"
    LEAVES = "leaves"


class PublicityChange(StrEnum):
    """The public is excluded or admitted again."""

    EXCLUDED = "excluded"
    RESTORED = "restored"


class MotionKind(StrEnum):
    """The kind of a motion: Änderungsantrag, Geschäftsordnungsantrag, oral motion, other."""

    AMENDMENT = "amendment"
    PROCEDURE = "procedure"
    ORAL = "oral"
    OTHER = "other"


class BallotMethod(StrEnum):
    """How a ballot was taken."""

    SHOW_OF_HANDS = "show_of_hands"
    ELECTRONIC = "electronic"
    ROLL_CALL = "roll_call"
    SECRET = "secret"  # noqa: S105  # a method of voting, no secret
    NO_OBJECTION = "no_objection"
    ELECTION_BY_BALLOT_PAPER = "election_by_ballot_paper"
    LOT = "lot"
    NOT_STATED = "not_stated"


class SeatsMethod(StrEnum):
    """How seats were allotted after an election."""

    DHONDT = "dhondt"
    SAINTE_LAGUE = "sainte_lague"
    HARE_NIEMEYER = "hare_niemeyer"
    MOST_VOTES = "most_votes"
    OTHER = "other"


class Choice(StrEnum):
    """A member's choice. `not_cast` and `absent` stay apart where the source keeps them apart."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"
    INVALID = "invalid"
    NOT_CAST = "not_cast"
    EXCLUDED = "excluded"
    ABSENT = "absent"


class Declared(StrEnum):
    """The result that the chair declared."""

    PASSED = "passed"
    FAILED = "failed"
    TIE = "tie"
    ELECTED = "elected"
    NOT_ELECTED = "not_elected"


class Majority(StrEnum):
    """How a result was called; an attribute beside the outcome."""

    UNANIMOUS = "unanimous"
    MAJORITY = "majority"
    NOT_STATED = "not_stated"


class MajorityRule(StrEnum):
    """Which majority a ballot needed."""

    SIMPLE = "simple"
    QUALIFIED = "qualified"


class MajorityBase(StrEnum):
    """Of what a share is taken."""

    VOTES = "votes"
    VOTES_WITH_ABSTENTIONS = "votes_with_abstentions"
    PRESENT = "present"
    ENTITLED_PRESENT = "entitled_present"
    MEMBERS = "members"
    ENTITLED_MEMBERS = "entitled_members"


class Outcome(StrEnum):
    """What came of a deliberation (de: Beratungsergebnis); neither the ballot nor the resolution."""

    ADOPTED = "adopted"
    ADOPTED_AMENDED = "adopted_amended"
    PARTLY_ADOPTED = "partly_adopted"
    REJECTED = "rejected"
    REJECTED_TIE = "rejected_tie"
    RECOMMENDED = "recommended"
    RECOMMENDED_AMENDED = "recommended_amended"
    NOT_RECOMMENDED = "not_recommended"
    NOTED = "noted"
    NOTED_AGREED = "noted_agreed"
    POSTPONED = "postponed"
    DEFERRED = "deferred"
    REFERRED = "referred"
    RETURNED_TO_ADMINISTRATION = "returned_to_administration"
    REMOVED_FROM_AGENDA = "removed_from_agenda"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"
    SUPERSEDED = "superseded"
    ELECTED = "elected"
    SPLIT_VOTE = "split_vote"
    NO_VOTE = "no_vote"
    NO_RESULT = "no_result"
    NOT_BEFORE_THE_BODY = "not_before_the_body"
    URGENT_DECISION = "urgent_decision"
    STATEMENT_GIVEN = "statement_given"
    OTHER = "other"


class MinutesKind(StrEnum):
    """The kind of minutes (de: Niederschrift): results, verbatim, or an extract."""

    RESULTS = "results"
    VERBATIM = "verbatim"
    EXTRACT = "extract"


class MinutesPresentation(StrEnum):
    """How minutes were put before the organ; deadlines hang on it."""

    NOTICE = "notice"
    APPROVAL = "approval"


class ObjectionDecision(StrEnum):
    """What became of an objection to minutes (de: Einwendung)."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ResolutionSense(StrEnum):
    """The sense of a resolution; a rejection is a resolution too."""

    APPROVING = "approving"
    REJECTING = "rejecting"
    ELECTED = "elected"
    PARTLY = "partly"


class LegalForm(StrEnum):
    """The legal form of a resolution: Satzung, schlichter Beschluss, Wahl, Empfehlung."""

    BY_LAW = "by_law"
    PLAIN = "plain"
    ELECTION = "election"
    RECOMMENDATION = "recommendation"


class DecisionPath(StrEnum):
    """How a resolution came about."""

    ORGAN = "organ"
    URGENT_DECISION = "urgent_decision"
    AUTHORITY = "authority"
    REFERENDUM = "referendum"


class ConditionKind(StrEnum):
    """The kind of a condition of a resolution."""

    TRIAL = "trial"
    FUNDING = "funding"
    APPROVAL = "approval"
    OTHER = "other"


class ResolutionStatus(StrEnum):
    """What a resolution's legal status changed to."""

    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REVIEWED = "reviewed"
    EXPIRED = "expired"
    REPEALED = "repealed"
    SUPERSEDED = "superseded"
    VOID = "void"
    SETTLED = "settled"


class StatusCause(StrEnum):
    """By what the status changed."""

    RESOLUTION = "resolution"
    OBJECTION = "objection"
    AUTHORITY = "authority"
    COURT = "court"
    LAPSE = "lapse"
    OWN_TEXT = "own_text"


class ImplementationStatus(StrEnum):
    """How far a resolution was carried out; apart from its legal status."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    NOT_DONE = "not_done"


class ObjectionKind(StrEnum):
    """Whether the chair had to object (unlawful) or could (detrimental)."""

    MUST = "must"
    MAY = "may"
    NOT_STATED = "not_stated"


class ExternalAct(StrEnum):
    """An act of an authority or court about a resolution."""

    APPROVAL = "approval"
    OBJECTION = "objection"
    ORDER = "order"
    SUBSTITUTE_DECISION = "substitute_decision"
    JUDGMENT = "judgment"
    INJUNCTION = "injunction"
    NOTICE = "notice"


class AppraisalDecision(StrEnum):
    """The archive's decision on what was offered (de: Bewertung)."""

    ARCHIVE = "archive"
    SAMPLE = "sample"
    DISPOSE = "dispose"


class DestructionBasis(StrEnum):
    """On what a destruction rests."""

    APPRAISED = "appraised"
    DECISION_PERIOD_ELAPSED = "decision_period_elapsed"
    RECEIVED = "received"


class SourceChange(StrEnum):
    """What an observation of a source object found."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    TOMBSTONE = "tombstone"


class CorrectionKind(StrEnum):
    """Why a recorded field was wrong."""

    CLERICAL = "clerical"
    FACTUAL = "factual"
    LEGAL = "legal"


class DiscrepancyStatus(StrEnum):
    """What is said about a discrepancy (de: Unstimmigkeit)."""

    OPEN = "open"
    EXPLAINED = "explained"
    RESOLVED = "resolved"


class RuleTopic(StrEnum):
    """What a rule of a rule set is about."""

    QUORUM = "quorum"
    QUORUM_BIAS = "quorum_bias"
    QUORUM_SECOND_MEETING = "quorum_second_meeting"
    QUORUM_CHAIR_INSTEAD = "quorum_chair_instead"
    MAJORITY = "majority"
    ABSTENTIONS = "abstentions"
    TIE = "tie"
    QUALIFIED_MAJORITY = "qualified_majority"
    ELECTION_MAJORITY = "election_majority"
    ELECTION_SECOND_ROUND = "election_second_round"
    ELECTION_TIE = "election_tie"
    SECRET_BALLOT = "secret_ballot"  # noqa: S105  # a method of voting, no secret
    NO_OBJECTION = "no_objection"
    CHAIR_VOTE = "chair_vote"
    CHAIR_CASTING_VOTE = "chair_casting_vote"
    CONVENING = "convening"
    PUBLICITY = "publicity"
    BIAS = "bias"
    MINUTES_SIGNERS = "minutes_signers"
    MINUTES_NOTICE = "minutes_notice"
    MINUTES_OBJECTION = "minutes_objection"
    URGENT_DECISION = "urgent_decision"
    OBJECTION = "objection"
    OBJECTION_DEADLINE = "objection_deadline"
    OBJECTION_NEW_MEETING = "objection_new_meeting"
    PUBLICATION = "publication"
    OFFER_TO_ARCHIVE = "offer_to_archive"
    APPRAISAL_DEADLINE = "appraisal_deadline"


class RuleValue(StrEnum):
    """The content of a rule that is neither a share nor a number."""

    IGNORED = "ignored"
    COUNT_AS_NO = "count_as_no"
    COUNT_AS_CAST = "count_as_cast"
    REJECTED = "rejected"
    CHAIR_DECIDES = "chair_decides"
    LOT = "lot"
    NEW_ROUND = "new_round"
    MORE_YES_THAN_NO = "more_yes_than_no"
    MOST_VOTES = "most_votes"
    VOTES = "votes"
    DOES_NOT_VOTE = "does_not_vote"
    CASTING_VOTE = "casting_vote"
    NO_CASTING_VOTE = "no_casting_vote"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    ON_REQUEST = "on_request"
    ON_IMPORTANT_GROUND = "on_important_ground"
    UNLESS_NOBODY_OBJECTS = "unless_nobody_objects"
    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"
    SUSPENSIVE = "suspensive"
    CHAIR_TWO_MEMBERS_SECRETARY = "chair_two_members_secretary"
    CHAIR_SECRETARY = "chair_secretary"
    DECIDED_BY_THE_ORGAN = "decided_by_the_organ"
    AS_DESCRIBED = "as_described"
