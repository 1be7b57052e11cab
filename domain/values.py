"""Values that every fact is made of: ids, dated facts, sources, documents, and the four kinds of nothing.

A reader of a council record has to keep four things apart, and so does every field here:

* `UNSET`: the source does not mention it;
* `None`: the form has the field and it was left blank;
* a value: it was stated, and "keine" is a value too;
* `WITHHELD`: it was recorded, but this reader does not hold the disclosure.

`stated` is the one question that most code asks: is there a value to work with.

Nested records declare their fields in alphabetical order, because the canonical form of a token sorts
names (RFC 8785) and records are encoded in declaration order; a test holds this.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar, Union

from msgspec import UNSET, Meta, Struct, UnsetType

from domain import vocabulary as v

T = TypeVar("T")


class Withheld(enum.Enum):
    """A field that was recorded and is not in this reader's hands."""

    WITHHELD = "withheld"


WITHHELD: Final = Withheld.WITHHELD

# The kind of a field stands in its annotation, so that the catalogue, the token writer and the reader
# cannot disagree about it. For a type checker each of the three may turn out withheld.
if TYPE_CHECKING:
    Plain = Union[T, Literal[Withheld.WITHHELD]]  # noqa: UP007  # an alias over a type variable
    Text = Union[T, Literal[Withheld.WITHHELD]]  # noqa: UP007  # an alias over a type variable
    Personal = Union[T, Literal[Withheld.WITHHELD]]  # noqa: UP007  # an alias over a type variable
else:
    Plain = Annotated[T, Meta(extra={"kind": "plain"})]
    Text = Annotated[T, Meta(extra={"kind": "text"})]
    Personal = Annotated[T, Meta(extra={"kind": "personal"})]

# A value of a state, or one of the four kinds of nothing.
Said = Union[T, None, UnsetType, Withheld]  # noqa: UP007  # same


def stated(value: T | None | UnsetType | Withheld) -> T | None:
    """Give the stated value, or None when it is not mentioned, left blank or withheld."""
    if value is UNSET or value is WITHHELD:
        return None
    return value


# -- ids and references ---------------------------------------------------------------------------

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
STREAM_KINDS: Final = (
    "register",
    "body",
    "organ",
    "group",
    "person",
    "proposal",
    "meeting",
    "resolution",
    "review",
    "custody",
    "source",
)


def _stream(what: str, *kinds: str) -> Meta:
    """Describe a reference to a stream; `refs` is what the reader of command files resolves aliases by."""
    return Meta(
        pattern=f"^(?:{'|'.join(kinds)}):{_UUID}\\Z",
        extra={
            "refs": kinds,
            "expects": f"{what}, written {kinds[0]}:<uuid>, {kinds[0]}:@alias or {kinds[0]}:{{look-up}}",
        },
    )


def _inner(what: str, kind: str) -> Meta:
    """Describe an id that is used inside streams; `inner` is its kind, as in the path `<stream>/item/8`."""
    return Meta(
        pattern=f"^{_UUID}\\Z",
        extra={"refs": ("@",), "inner": kind, "expects": f"{what}, written <uuid>, @alias or <stream>/{kind}/<key>"},
    )


StreamId = Annotated[str, _stream("a stream", *STREAM_KINDS)]
BodyId = Annotated[str, _stream("a body (Körperschaft)", "body")]
OrganId = Annotated[str, _stream("an organ (Gremium)", "organ")]
GroupId = Annotated[str, _stream("a group (Fraktion)", "group")]
ProposalId = Annotated[str, _stream("a proposal (Vorlage)", "proposal")]
MeetingId = Annotated[str, _stream("a meeting (Sitzung)", "meeting")]
ResolutionId = Annotated[str, _stream("a resolution (Beschluss)", "resolution")]
ReviewId = Annotated[str, _stream("a review (Rechtskontrolle)", "review")]
ProposalOrResolutionId = Annotated[str, _stream("a proposal or a resolution", "proposal", "resolution")]
RegisterId = Annotated[str, _stream("a register", "register")]
# A person is named by a random key; the name itself is a personal field of the person's own stream.
PersonKey = Annotated[
    str,
    Meta(
        pattern=f"^{_UUID}\\Z",
        extra={"refs": ("person",), "expects": "a person key, written <uuid>, @alias or person:{look-up}"},
    ),
]
ItemId = Annotated[str, _inner("an agenda item", "item")]
BallotId = Annotated[str, _inner("a ballot", "ballot")]
MotionId = Annotated[str, _inner("a motion", "motion")]
ConsultationId = Annotated[str, _inner("a consultation", "consultation")]
TermId = Annotated[str, _inner("a term (Wahlperiode)", "term")]
HoldId = Annotated[str, _inner("a hold", "hold")]
_EVENT = f"(?:{'|'.join(STREAM_KINDS)}):{_UUID}#[1-9][0-9]{{0,9}}"
EventId = Annotated[
    str,
    Meta(pattern=f"^{_EVENT}\\Z", extra={"refs": (*STREAM_KINDS, "#"), "expects": "an event, written stream#seq"}),
]
StreamOrEventId = Annotated[
    str,
    Meta(
        pattern=f"^(?:{'|'.join(STREAM_KINDS)}):{_UUID}(?:#[1-9][0-9]{{0,9}})?\\Z",
        extra={"refs": (*STREAM_KINDS, "#"), "expects": "a stream, or an event written stream#seq"},
    ),
]

# Paths stand in the clear in public events, so they can hold names of fields and places in lists, and nothing else.
Path = Annotated[
    str,
    Meta(
        pattern="^/(?:occurred|known|authority|sources|data)(?:/[a-z0-9_]{1,64}){0,16}\\Z",
        extra={"expects": "a JSON Pointer into occurred, known, authority, sources or data (RFC 6901)"},
    ),
]
ErasurePath = Annotated[
    str,
    Meta(
        pattern="^(?:data\\.[a-z0-9_]{1,64}|occurred|known|authority|sources)(?:/[a-z0-9_]{1,64}){0,16}\\Z",
        extra={"expects": "a withheld field as `hides` names it, such as data.votes, or a document's place in one"},
    ),
]

# -- dates ----------------------------------------------------------------------------------------

# The pattern knows month lengths and leap years, and that the calendar has no year 0, so that a date that is none
# cannot be a value at all.
_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)"
)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_INSTANT = f"{_DAY}T{_CLOCK}"

Date = Annotated[
    str,
    Meta(
        pattern=f"^(?:{_YEAR}|{_YEAR}-(?:0[1-9]|1[0-2])|{_DAY}|{_INSTANT})\\Z",
        extra={"date": True, "expects": "a date: YYYY, YYYY-MM, YYYY-MM-DD or an instant with offset (RFC 3339)"},
    ),
]
Day = Annotated[str, Meta(pattern=f"^{_DAY}\\Z", extra={"date": True, "expects": "a day, written YYYY-MM-DD"})]
Instant = Annotated[
    str,
    Meta(
        pattern=f"^{_INSTANT}\\Z",
        extra={"date": True, "expects": "an instant with offset, written YYYY-MM-DDThh:mm:ss+hh:mm (RFC 3339)"},
    ),
]
# ISO 8601 period in whole years, months, weeks or days; nothing shorter has a meaning for a resolution.
Duration = Annotated[
    str,
    Meta(
        pattern="^P(?=[0-9])(?:[0-9]{1,4}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,5}W)?(?:[0-9]{1,6}D)?\\Z",
        extra={"expects": "a period of years, months, weeks or days (ISO 8601, such as P5Y)"},
    ),
]
# A share of votes or members. Text, because the canonical form knows no fractions.
Share = Annotated[
    str,
    Meta(
        pattern="^[1-9][0-9]{0,5}/[1-9][0-9]{0,5}\\Z", extra={"expects": "a share, written as a fraction such as 2/3"}
    ),
]
Count = Annotated[int, Meta(ge=0, le=1_000_000, extra={"expects": "a count from 0 to 1000000"})]
Number = Annotated[int, Meta(ge=1, le=1_000_000, extra={"expects": "a number from 1 to 1000000"})]
DigestB64 = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_-]{43}\\Z",
        extra={"expects": "a SHA-256 digest, base64url without padding (43 characters)"},
    ),
]
Sha512Hex = Annotated[
    str, Meta(pattern="^[0-9a-f]{128}\\Z", extra={"expects": "a SHA-512 digest, 128 lower-case hexadecimal digits"})
]
Base64 = Annotated[
    str,
    Meta(
        pattern="^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\\Z",
        extra={"expects": "base64 with padding (RFC 4648, section 4)"},
    ),
]

# The key of an option stands in the clear beside its votes, while the candidate's name is personal: no name fits in.
OptionKey = Annotated[
    str,
    Meta(
        pattern="^[A-Z0-9]{1,3}\\Z", extra={"expects": "the key of an option, up to three capitals or digits such as A"}
    ),
]


class Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the nested records: frozen, named arguments only, unknown fields refused."""


class When(Value, frozen=True, kw_only=True):
    """A dated fact: when something happened, as exactly as it is known and no more exactly.

    The form of each date is its precision. Dates are never converted to another offset. The members of one When must
    not contradict each other (`domain.dates.decide_dates`); where a source does, that stands in different fields.

    Attributes:
        at: The date or instant, or the beginning where `until` is given.
        certainty: Whether the source says so, it was inferred, or nobody knows.
        not_after: The latest it can have been.
        not_before: The earliest it can have been.
        until: The end, where it lasted.
    """

    at: Date | UnsetType = UNSET
    certainty: v.Certainty
    not_after: Date | UnsetType = UNSET
    not_before: Date | UnsetType = UNSET
    until: Date | UnsetType = UNSET


class Authority(Value, frozen=True, kw_only=True):
    """Who could state the fact; not who recorded it."""

    function: v.Function | UnsetType = UNSET
    organ: OrganId | UnsetType = UNSET
    person: PersonKey | UnsetType = UNSET


class Recorder(Value, frozen=True, kw_only=True):
    """Who recorded an event: the holder of the signing certificate and the role acted in.

    For the root key the person is the register's own UUID.
    """

    person: PersonKey
    role: v.Role


class Document(Value, frozen=True, kw_only=True):
    """A document by its content; `held` says whether the archive had it when the event was recorded.

    A document that is only referred to has `held = false` and, mostly, no digest.
    """

    digest: Sha512Hex | UnsetType = UNSET
    held: bool
    media_type: str | UnsetType = UNSET
    pages: Number | UnsetType = UNSET
    pronom: str | UnsetType = UNSET
    size: Annotated[int, Meta(ge=0, le=2**53 - 1)] | UnsetType = UNSET
    title: str | UnsetType = UNSET


class Source(Value, frozen=True, kw_only=True):
    """What a statement rests on: a document or citation, the place in it, the literal words, and their grade.

    `whereabouts` is the file reference or shelfmark of a paper original.
    """

    citation: str | UnsetType = UNSET
    document: Document | UnsetType = UNSET
    grade: v.Grade
    locator: str | UnsetType = UNSET
    quote: str | UnsetType = UNSET
    whereabouts: str | UnsetType = UNSET


class Party(Value, frozen=True, kw_only=True):
    """Somebody who submits, moves or is consulted: an organisation, a group, a person, or only a literal."""

    body: BodyId | UnsetType = UNSET
    group: GroupId | UnsetType = UNSET
    literal: str | UnsetType = UNSET
    office: str | UnsetType = UNSET
    organ: OrganId | UnsetType = UNSET
    person: PersonKey | UnsetType = UNSET


class Signatory(Value, frozen=True, kw_only=True):
    """A name under a document. A printed name is no signature: `form` says what was seen.

    `office` is what stands beside the name; None where the form has the place and it was left blank.
    """

    form: v.SignatureForm
    function: v.Function | UnsetType = UNSET
    literal: str | UnsetType = UNSET
    office: str | None | UnsetType = UNSET
    person: PersonKey | UnsetType = UNSET
    signed_on: Date | UnsetType = UNSET


class Identifier(Value, frozen=True, kw_only=True):
    """An official number of a body, such as the Kreisschlüssel or the Behördenkennung."""

    scheme: v.IdentifierScheme
    value: str


class LegalBasis(Value, frozen=True, kw_only=True):
    """What a proposal names as its legal basis; a programme is no norm, and is kept as what it is."""

    as_of: Date | UnsetType = UNSET
    kind: v.LegalBasisKind
    literal: str


class VoteForm(Value, frozen=True, kw_only=True):
    """The vote table printed on a proposal; None is an empty cell, which is not a zero."""

    abstain: Count | None | UnsetType = UNSET
    entitled: Count | None | UnsetType = UNSET
    no: Count | None | UnsetType = UNSET
    yes: Count | None | UnsetType = UNSET


class Validity(Value, frozen=True, kw_only=True):
    """How long something is meant to hold, and in which part of the text that stands."""

    begins: Date | UnsetType = UNSET
    duration: Duration | UnsetType = UNSET
    ends: Date | UnsetType = UNSET
    stated_in: v.TextPart


class Condition(Value, frozen=True, kw_only=True):
    """A condition of a resolution, such as a trial period."""

    duration: Duration | UnsetType = UNSET
    ends: Date | UnsetType = UNSET
    kind: v.ConditionKind


class Because(Value, frozen=True, kw_only=True):
    """Why a proposal was revised: on a motion, after a ballot, or by the administration itself."""

    ballot: BallotId | UnsetType = UNSET
    cause: v.RevisionCause
    meeting: MeetingId | UnsetType = UNSET
    motion: MotionId | UnsetType = UNSET


class AgendaItem(Value, frozen=True, kw_only=True):
    """An agenda item (Tagesordnungspunkt) as set: it names the proposal and the version to be taken up."""

    consultation: ConsultationId | UnsetType = UNSET
    item: ItemId
    number: str | None | UnsetType = UNSET
    order: Annotated[int, Meta(ge=0, le=100_000)]
    proposal: ProposalId | UnsetType = UNSET
    publicity: v.Publicity
    version: Number | UnsetType = UNSET


class ItemTitle(Value, frozen=True, kw_only=True):
    """The title of an agenda item; apart from the item, because titles are text and may have to be withheld."""

    item: ItemId
    title: str


class PaperHandedOut(Value, frozen=True, kw_only=True):
    """A paper for an agenda item, and when the members got it.

    `proposal` and `version` where the paper is a proposal of its own, such as an amendment laid on the table.
    """

    at: Date | UnsetType = UNSET
    document: Document | UnsetType = UNSET
    handed_out: v.HandedOut
    item: ItemId
    label: str
    proposal: ProposalId | UnsetType = UNSET
    version: Number | UnsetType = UNSET


class BallotTarget(Value, frozen=True, kw_only=True):
    """What was voted on: a version of a proposal, a motion, or a numbered point of either."""

    motion: MotionId | UnsetType = UNSET
    point: str | UnsetType = UNSET
    proposal: ProposalId | UnsetType = UNSET
    version: Number | UnsetType = UNSET


class Tally(Value, frozen=True, kw_only=True):
    """The counts of a ballot (Stimmenzahlen), each only as far as stated.

    `rest_as` keeps minutes such as "zwei Nein-Stimmen, ansonsten Zustimmung": those not counted voted so.
    """

    abstain: Count | None | UnsetType = UNSET
    entitled: Count | None | UnsetType = UNSET
    excluded: Count | None | UnsetType = UNSET
    invalid: Count | None | UnsetType = UNSET
    no: Count | None | UnsetType = UNSET
    not_cast: Count | None | UnsetType = UNSET
    present: Count | None | UnsetType = UNSET
    rest_as: v.Choice | UnsetType = UNSET
    yes: Count | None | UnsetType = UNSET


class RequiredMajority(Value, frozen=True, kw_only=True):
    """The majority that the ballot needed; `share` and `of` only for a qualified one."""

    kind: v.MajorityRule
    of: v.MajorityBase | UnsetType = UNSET
    share: Share | UnsetType = UNSET


class Option(Value, frozen=True, kw_only=True):
    """What could be chosen where it was not yes or no: a candidate, a group's list or a variant."""

    group: GroupId | UnsetType = UNSET
    key: OptionKey
    label: str | UnsetType = UNSET
    person: PersonKey | UnsetType = UNSET


class OptionCount(Value, frozen=True, kw_only=True):
    """The votes for one option."""

    key: OptionKey
    seats: Count | UnsetType = UNSET
    votes: Count


class Vote(Value, frozen=True, kw_only=True):
    """One member's or one group's vote; `count` only for a group that voted with several members."""

    choice: v.Choice
    count: Count | UnsetType = UNSET
    group: GroupId | UnsetType = UNSET
    option: OptionKey | UnsetType = UNSET
    person: PersonKey | UnsetType = UNSET


class Absence(Value, frozen=True, kw_only=True):
    """A member who was not there, and the reason as far as it was stated."""

    excused: bool | UnsetType = UNSET
    person: PersonKey
    reason: str | UnsetType = UNSET


class Announcement(Value, frozen=True, kw_only=True):
    """Where and when something was made public."""

    medium: str
    on: Date | UnsetType = UNSET


class MadeBy(Value, frozen=True, kw_only=True):
    """How a resolution came about: an organ's ballot, an urgent decision, an authority, a referendum."""

    ballot: BallotId | UnsetType = UNSET
    item: ItemId | UnsetType = UNSET
    kind: v.DecisionPath
    meeting: MeetingId | UnsetType = UNSET
    organ: OrganId | UnsetType = UNSET


class ErasureTarget(Value, frozen=True, kw_only=True):
    """What an erasure removes: one disclosure, the document a field names, or a token down to its log entry.

    `digest` is the SHA-256 of the disclosure (base64url) and stands only with `disclosure`: it is in the clear
    in the token already. The digest of a document is not repeated here, because it may itself confirm a guess.
    """

    digest: DigestB64 | UnsetType = UNSET
    event: EventId
    kind: v.ErasureKind
    path: ErasurePath | UnsetType = UNSET


class FactReference(Value, frozen=True, kw_only=True):
    """A field of an event that a discrepancy is about."""

    event: EventId
    path: Path


class Predecessor(Value, frozen=True, kw_only=True):
    """The register that this one continues, and the last checkpoint that was seen of it."""

    checkpoint: str | UnsetType = UNSET
    origin: str
    register: RegisterId


class Rule(Value, frozen=True, kw_only=True):
    """One rule of a rule set with its legal source.

    Attributes:
        citation: Paragraph, sentence and name of the law, by-law or procedural order.
        of: What the share is taken of.
        read: Whether the source itself was read; a check never rests on a rule that was not.
        share: The share required, a fraction.
        topic: What the rule is about.
        value: The rule's code where a share says nothing (see `domain.rules`).
    """

    citation: str
    number: Count | UnsetType = UNSET
    of: v.MajorityBase | UnsetType = UNSET
    read: bool
    share: Share | UnsetType = UNSET
    strict: bool | UnsetType = UNSET
    topic: v.RuleTopic
    value: v.RuleValue | UnsetType = UNSET
