"""What reading gives: the documents behind `show`, `history` and `list`, as they stand in JSON.

Names are a contract: they are added, never changed. Codes are those of `domain.vocabulary`, dates are written as
they were recorded, and every value says in what way it is known. Nothing in here is computed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

SHOW_FORMAT: Final = "ratsbuch-show/1"
HISTORY_FORMAT: Final = "ratsbuch-history/1"
LIST_FORMAT: Final = "ratsbuch-list/1"


class Shape(Struct, frozen=True, kw_only=True):
    """Base of what is given to a reader."""


# -- single values --------------------------------------------------------------------------------


class Knowledge(StrEnum):
    """In what way a value is known, or not.

    `stated_as_none` is a statement ("keine"), `left_blank` an empty field of a form, `not_mentioned` neither.
    `withheld` was recorded and is not in this reader's hands, `erased` was recorded and destroyed, and `not_held`
    is known to exist or to have existed, but is not in the record.
    """

    STATED = "stated"
    INFERRED = "inferred"
    STATED_AS_NONE = "stated_as_none"
    LEFT_BLANK = "left_blank"
    NOT_MENTIONED = "not_mentioned"
    WITHHELD = "withheld"
    ERASED = "erased"
    NOT_HELD = "not_held"


class Known(Shape, frozen=True, kw_only=True):
    """A value with the way in which it is known.

    Attributes:
        state: The way.
        value: The value, where there is one: a code, a text, a count, a date, an id.
        shown: The value for people, where that differs, such as the name behind an id.
        literal: The words of the source for it.
        event: The event that states it; `Account.events` tells who recorded it, from what.
        erased_by: The event that erased it.
    """

    state: Knowledge
    value: str | int | bool | None = None
    shown: str | None = None
    literal: str | None = None
    event: str | None = None
    erased_by: str | None = None

    @property
    def text(self) -> str | None:
        """The value for people, None where there is none."""
        if self.shown is not None:
            return self.shown
        return None if self.value is None else str(self.value)


class Field(Shape, frozen=True, kw_only=True):
    """A named value; the name is that of the field in the catalogue."""

    name: str
    known: Known


class Dated(Shape, frozen=True, kw_only=True):
    """When something happened, as it was recorded.

    Attributes:
        certainty: `stated`, `inferred` or `unknown`; `withheld` or `erased` where a reader cannot see it.
        at: The date, or its beginning.
        until: Its end.
        not_before: The earliest it can have been.
        not_after: The latest it can have been.
        literal: The words of the source.
    """

    certainty: str
    at: str | None = None
    until: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    literal: str | None = None


class Source(Shape, frozen=True, kw_only=True):
    """What an event rests on."""

    grade: str
    citation: str | None = None
    document: str | None = None
    locator: str | None = None
    quote: str | None = None
    whereabouts: str | None = None


class Provenance(Shape, frozen=True, kw_only=True):
    """Where a value is from: the event, who recorded it, who could state it, on what it rests.

    Attributes:
        event: `stream#seq`.
        position: Place in the register.
        type: Type of the event.
        occurred: When it happened.
        recorded_at: When it was recorded, UTC.
        recorded_by: Who recorded it: the name, or the person key.
        role: In which role.
        stated_by: Who could state it, in words; None where that is not mentioned.
        sources: What it rests on; empty where nothing is mentioned.
        sources_state: `stated`, `not_mentioned`, `withheld` or `erased`.
        visibility: Who may see it, after all changes recorded.
        visibility_recorded: Who might see it when it was recorded.
        corrected_by: The events that put it right.
    """

    event: str
    position: int
    type: str
    occurred: Dated
    recorded_at: str
    recorded_by: str
    role: str
    stated_by: str | None
    sources: tuple[Source, ...]
    sources_state: Knowledge
    visibility: str
    visibility_recorded: str
    corrected_by: tuple[str, ...]


class RegisterLine(Shape, frozen=True, kw_only=True):
    """Whose record it is. `example` registers hold no official records."""

    id: str
    name: str
    example: bool
    anchor: str


class HorizonLine(Shape, frozen=True, kw_only=True):
    """Up to where was read.

    Attributes:
        as_of: The day by whose end facts had to have happened.
        as_recorded: The moment by which they had to be recorded.
        position: The highest position that was read.
        size: How many events the register has.
    """

    as_of: str | None
    as_recorded: str | None
    position: int
    size: int


class ApartLine(Shape, frozen=True, kw_only=True):
    """A fact that is neither in nor out as of the day asked for, and why: `undated` or `straddles`."""

    event: str
    why: str
    occurred: Dated
    summary: str


class FindingLine(Shape, frozen=True, kw_only=True):
    """A finding (de: Befund): something that does not fit together or is not there."""

    code: str
    label: str
    text: str
    events: tuple[str, ...]
    status: str
    explained_by: str | None = None
    assessment: str | None = None


# -- parts of an account --------------------------------------------------------------------------


class DocumentLine(Shape, frozen=True, kw_only=True):
    """A document: `state` is stated where it is held, else not_held, withheld or erased."""

    state: Knowledge
    title: str | None = None
    media_type: str | None = None
    size: int | None = None
    digest: str | None = None
    erased_by: str | None = None


class VersionLine(Shape, frozen=True, kw_only=True):
    """A version of a proposal; `state` is not_held for one that is only known of by its number.

    `last` is the highest number where the line stands for several versions that are not held, and `hidden` are the
    fields that the version itself stated and that cannot be shown.
    """

    number: Known
    state: Knowledge
    date: Known
    mode: str | None = None
    because: str | None = None
    reason: Known | None = None
    document: DocumentLine | None = None
    hidden: tuple[Field, ...] = ()
    last: int | None = None
    event: str | None = None


class AnnexLine(Shape, frozen=True, kw_only=True):
    """An annex (de: Anlage), held or not."""

    label: Known
    document: DocumentLine
    part_of_decision: Known
    version: Known
    withdrawn_by: str | None
    event: str


class RuleLine(Shape, frozen=True, kw_only=True):
    """A rule that a check looked at, and whether its source was read."""

    topic: str
    citation: str
    rests: str


class CheckLine(Shape, frozen=True, kw_only=True):
    """A check (de: Rechenprobe) beside what was declared: agrees, contradicts or not_decidable, and why."""

    subject: str
    verdict: str
    reason: str
    sentence: str
    computation: tuple[str, ...] = ()
    rules: tuple[RuleLine, ...] = ()


class VoteLine(Shape, frozen=True, kw_only=True):
    """How a member or a group voted."""

    who: str
    choice: str
    count: int | None = None


class OptionLine(Shape, frozen=True, kw_only=True):
    """A candidate or variant of a ballot with its votes."""

    key: str
    label: str | None
    votes: int | None
    chosen: bool


class BallotLine(Shape, frozen=True, kw_only=True):
    """A ballot with what was declared and whether that follows."""

    id: str
    occurred: Dated
    question: Known
    method: Known
    target: str | None
    target_version: Known
    target_motion: str | None
    chair_voted: Known
    tally: tuple[Field, ...]
    tally_literal: str | None
    declared: Known
    majority: Known
    votes: tuple[VoteLine, ...]
    votes_state: Knowledge
    options: tuple[OptionLine, ...]
    round: int | None
    lot: str | None
    checks: tuple[CheckLine, ...]
    event: str


class OutcomeLine(Shape, frozen=True, kw_only=True):
    """What came of a deliberation (de: Beratungsergebnis)."""

    outcome: Known
    majority: Known
    tally: tuple[Field, ...]
    occurred: Dated
    details: tuple[Field, ...]
    event: str


class MotionLine(Shape, frozen=True, kw_only=True):
    """A motion (de: Antrag) with who moved it and what became of it."""

    id: str
    kind: Known
    moved_by: Known
    text: Known
    event: str


class QuorumLine(Shape, frozen=True, kw_only=True):
    """What was said of the quorum (de: Beschlussfähigkeit), who was there, and whether it follows."""

    part: str
    quorum: Known
    presiding: Known
    counts: tuple[Field, ...]
    check: CheckLine
    event: str


class ExclusionLine(Shape, frozen=True, kw_only=True):
    """A member who was excluded from an item for bias (de: Befangenheit)."""

    person: Known
    legal_basis: Known
    reason: Known
    event: str


class ConsultationLine(Shape, frozen=True, kw_only=True):
    """A step of the Beratungsfolge: as it was planned, and what is recorded of it.

    Attributes:
        id: Id of the consultation; None where no plan names it.
        text: Which version lay before the organ, stated or inferred; not_held where it is none of those held.
        meeting: The meeting's stream, where one is recorded.
        quorum: What was said of the quorum; empty where nothing is recorded.
        checks_missing: Why there is no check, where an outcome has no ballot.
        uncertain: A meeting that this may be, but that is not certain to have been called by the day asked for.
    """

    id: str | None
    organ: Known
    planned_on: Known
    role: Known
    publicity: Known
    status: Known
    authoritative: Known
    dropped_by: str | None
    event: str | None
    meeting: str | None
    met_on: Known
    meeting_number: Known
    text: Known
    outcomes: tuple[OutcomeLine, ...]
    ballots: tuple[BallotLine, ...]
    motions: tuple[MotionLine, ...]
    quorum: tuple[QuorumLine, ...]
    excluded: tuple[ExclusionLine, ...]
    minutes: Known
    checks_missing: CheckLine | None
    uncertain: str | None = None


class LinkLine(Shape, frozen=True, kw_only=True):
    """A relation to another proposal or resolution; `incoming` where the other one states it."""

    relation: str
    basis: str
    incoming: bool
    other: str
    other_title: str
    note: Known
    event: str


class StepLine(Shape, frozen=True, kw_only=True):
    """A step of what became of a resolution.

    Attributes:
        kind: What it is (`domain.resolution.StepKind`).
        status: The status, where it is one.
        says: The same in words.
        date: When.
        basis: `stated`, `inferred` or `source_field`.
        event: The event that it is from.
    """

    kind: str
    status: str | None
    says: str
    date: Dated
    basis: str
    event: str


class ActLine(Shape, frozen=True, kw_only=True):
    """An act of a review (de: Rechtskontrolle): objection, submission, act of an authority or court.

    `text` is what it had as its effect, else its own words, else its reasons.
    """

    type: str
    says: str
    text: Known
    occurred: Dated
    resolutions: tuple[str, ...]
    event: str


class ResolutionLine(Shape, frozen=True, kw_only=True):
    """A resolution (de: Beschluss): a rejection is one too.

    Attributes:
        text: Its wording; not_held where only a version is named that it is taken to follow (`presumed_as`).
        timeline: What is stated and what follows about its validity; two readings may both stand there.
        readings: What the record allows to have held on `readings_on`, one line a reading; where no day was asked
            for, only if there is more than one.
        readings_on: The day of the readings; None where there are none.
        acts: What reviews did about it. No act is weighed against another.
        followed_by: The next decision on record by a resolution that decides it anew, or that was made from a proposal
            linked to it: its title. It is given whatever day was asked for.
        followed_event: The event that records it.
        followed_after: The day asked for, where that decision is not certain to have been made by then.
    """

    stream: str
    number: Known
    made_on: Dated
    organ: Known
    meeting: str | None
    sense: Known
    legal_form: Known
    subject: Known
    proposal: str | None
    proposal_title: str | None
    version: Known
    text: Known
    presumed_as: Known
    conditions: Known
    re_decides: tuple[str, ...]
    re_decides_titles: tuple[str, ...]
    timeline: tuple[StepLine, ...]
    readings: tuple[str, ...]
    engrossed: tuple[str, ...]
    published: tuple[Known, ...]
    implementation: tuple[Known, ...]
    acts: tuple[ActLine, ...]
    annexes: tuple[AnnexLine, ...]
    followed_by: str | None
    followed_event: str | None
    event: str
    readings_on: str | None = None
    followed_after: str | None = None


class ItemLine(Shape, frozen=True, kw_only=True):
    """An agenda item (de: TOP) with all that is recorded under it; without an id what names no item."""

    id: str | None
    number: Known
    title: Known
    on_agenda: bool
    publicity_set: Known
    publicity_held: Known
    proposal: str | None
    proposal_title: str | None
    version: Known
    papers: tuple[str, ...]
    excluded: tuple[ExclusionLine, ...]
    attendance: tuple[Known, ...]
    motions: tuple[MotionLine, ...]
    ballots: tuple[BallotLine, ...]
    outcomes: tuple[OutcomeLine, ...]


class MinutesLine(Shape, frozen=True, kw_only=True):
    """A version of the minutes (de: Niederschrift) and what was done to it, one line an act."""

    kind: str
    part: str
    version: str
    document: DocumentLine
    acts: tuple[Known, ...]


class Section(Shape, frozen=True, kw_only=True):
    """Facts of one kind, for streams that need no layout of their own; one line a fact."""

    name: str
    lines: tuple[Known, ...]


class ErasureLine(Shape, frozen=True, kw_only=True):
    """An event whose token was erased down to its log entry: by which event, and when that was recorded, UTC."""

    event: str
    erased_by: str
    erased_at: str


class Account(Shape, frozen=True, kw_only=True):
    """What is recorded about one thing, with the way in which each value is known.

    Attributes:
        ref: What was asked for.
        stream: What that is.
        kind: Its kind.
        title: What it is called.
        state: Where it stands (`projections.life`); None for kinds without a life.
        state_basis: Whether that is `stated` or `inferred`.
        visibility: Who may see its first event: `public`, `non_public` or `blocked`; None where there is none to show.
        focus: The event asked for, where an event was.
        is_empty: Whether nothing of it counts as of the day asked for.
        opened_later: Whether it was brought in later than that day, though something was done with it by then.
        head: The values that say what it is.
        body: Its texts and other fields.
        vote_form: The printed vote table, cell by cell; empty where the document has none.
        agenda: The items of a meeting.
        resolutions: The resolutions made from a proposal; the one shown; those that a review is about.
        sections: Everything else.
        apart: Facts that are neither in nor out as of the day asked for.
        later: How many facts happened later than that day.
        later_first: The first of those that are dated, in one line.
        erased: The events of this stream whose tokens were erased.
        erasures: The same, with what erased them and when.
        blocked: How many blocked events of it, and of other streams about it, are not shown.
        events: Where every value is from.
    """

    format: str = SHOW_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    ref: str
    stream: str
    kind: str
    title: str
    state: str | None = None
    state_basis: Knowledge = Knowledge.STATED
    visibility: str | None = None
    focus: str | None = None
    is_empty: bool = False
    opened_later: bool = False
    head: tuple[Field, ...] = ()
    versions: tuple[VersionLine, ...] = ()
    annexes: tuple[AnnexLine, ...] = ()
    body: tuple[Field, ...] = ()
    vote_form: tuple[Field, ...] = ()
    vote_form_literal: str | None = None
    consultations: tuple[ConsultationLine, ...] = ()
    links: tuple[LinkLine, ...] = ()
    resolutions: tuple[ResolutionLine, ...] = ()
    acts: tuple[ActLine, ...] = ()
    quorum: tuple[QuorumLine, ...] = ()
    agenda: tuple[ItemLine, ...] = ()
    minutes: tuple[MinutesLine, ...] = ()
    sections: tuple[Section, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    apart: tuple[ApartLine, ...] = ()
    later: int = 0
    later_first: str | None = None
    erased: tuple[str, ...] = ()
    erasures: tuple[ErasureLine, ...] = ()
    blocked: int = 0
    events: tuple[Provenance, ...] = ()


# -- history --------------------------------------------------------------------------------------


class CorrectionLine(Shape, frozen=True, kw_only=True):
    """What a correction changed; each side may be `not_mentioned`, withheld or erased."""

    target: str
    path: str
    kind: str
    old: Known
    new: Known
    reason: Known


class HiddenLine(Shape, frozen=True, kw_only=True):
    """A field that was recorded and cannot be shown: withheld, or erased by the event named."""

    path: str
    state: Knowledge
    erased_by: str | None = None


class Entry(Shape, frozen=True, kw_only=True):
    """One event of a history.

    Attributes:
        relation: `own`, or the kind of the other stream: `meeting`, `resolution`, `review`, `custody`, `register`.
        label: What the type is called in German.
        summary: What changed, in one line.
        told: When it happened, when and by whom it was recorded, who could state it, and on what it rests.
        hidden: What of it cannot be shown.
        erased_by: The event that erased the whole token; then nothing else is known of it.
        erased_at: When that was recorded, UTC.
        focus: Whether it is the event that was asked for.
    """

    relation: str
    stream: str
    seq: int
    label: str
    summary: str
    told: Provenance | None
    correction: CorrectionLine | None = None
    hidden: tuple[HiddenLine, ...] = ()
    erased_by: str | None = None
    erased_at: str | None = None
    focus: bool = False


class History(Shape, frozen=True, kw_only=True):
    """Every event of a stream, and those of other streams that refer to it, in order of recording.

    `blocked` is how many of them are blocked and not shown, `visibility` who may see the first.
    """

    format: str = HISTORY_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    ref: str
    stream: str
    kind: str
    title: str
    entries: tuple[Entry, ...]
    apart: tuple[ApartLine, ...]
    later: int
    blocked: int = 0
    visibility: str | None = None


# -- list -----------------------------------------------------------------------------------------


class Row(Shape, frozen=True, kw_only=True):
    """One thing in a list.

    Attributes:
        number: Its number (Vorlagen-Nr., Beschluss-Nr., Sitzungs-Nr.).
        date: The date of the document, or the day on which it happened; a range that is known instead is `shown`.
        subject: What it is about.
        state: Where it stands.
        state_basis: Whether that is `stated` or `inferred`.
        readings: What the record allows to have held, where it allows more than one thing.
        outcome: The last outcome, a code with its literal.
        outcome_on: When that was.
        outcome_day: The same in the way in which it is known; None without an outcome.
        document_date: Of a proposal whose own date is not known: in what way it is not. `date` is then the day on which
            its first event happened.
        outcome_by: Which organ.
        organs: The names of the organs it has to do with.
        organs_state: In what way the organs of a meeting are not known, where there are none; else `stated`.
        body: The name of its body.
        visibility: Who may see its first event.
        afterwards: What was done about a resolution: objected to, ordered, decided anew.
        apart: Why it could not be told whether it belongs into the list; None where it does.
        found_in: The texts that have the words looked for.
        facts_apart: Facts about it that are neither in nor out as of the day asked for; nothing above rests on them.
    """

    stream: str
    number: Known
    date: Known
    subject: Known
    state: str | None
    outcome: Known
    outcome_on: str | None
    outcome_by: str | None
    organs: tuple[str, ...]
    state_basis: Knowledge = Knowledge.STATED
    readings: tuple[str, ...] = ()
    body: str | None = None
    visibility: str | None = None
    afterwards: tuple[str, ...] = ()
    apart: str | None = None
    found_in: tuple[str, ...] = ()
    outcome_day: Known | None = None
    document_date: Known | None = None
    organs_state: Knowledge = Knowledge.STATED
    facts_apart: tuple[ApartLine, ...] = ()


class Filters(Shape, frozen=True, kw_only=True):
    """What a list was narrowed to; `organs` are all that the name given for `organ` matched.

    `more` says that more texts have the words of `search` than were looked at.
    """

    kind: str
    organ: str | None = None
    organs: tuple[str, ...] = ()
    state: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    search: str | None = None
    more: bool = False


class Listing(Shape, frozen=True, kw_only=True):
    """What there is of a kind, by date, then number; rows that could not be placed stand in `apart`.

    Attributes:
        bodies: The names of the bodies whose record the register is.
        erased: The events of those streams of the kind of which nothing else is left.
        blocked: How many blocked events of the register are not shown.
    """

    format: str = LIST_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    filters: Filters
    rows: tuple[Row, ...]
    apart: tuple[Row, ...]
    bodies: tuple[str, ...] = ()
    erased: tuple[ErasureLine, ...] = ()
    blocked: int = 0
