"""What `release` gives, as it stands in JSON. Names are added, never changed; nothing in here is computed."""

from __future__ import annotations

from typing import Final

from projections.resolutions_shapes import DueLine  # noqa: TC001  # msgspec reads it when a class is made
from projections.shapes import (
    ApartLine,
    Dated,
    DocumentLine,
    ErasureLine,
    HorizonLine,
    Knowledge,
    Known,
    Provenance,
    RegisterLine,
    RuleLine,
    Shape,
)

FORMAT: Final = "ratsbuch-release/1"
NOT_DETERMINABLE: Final = "personenbezogen: nicht bestimmbar"
CLOSING: Final = "Freigabe entscheidet die Stelle"


class ChangeLine(Shape, frozen=True, kw_only=True):
    """A change of who may see a fact (`visibility-changed`).

    Attributes:
        event: The event that changed it.
        occurred: Since when.
        was: Who might see it before.
        becomes: Who may see it by it.
        until: The last day that it counts; None where it has no end.
        ended: Whether that day lies before the reader's day: then it counts no more.
        legal_basis: On what ground.
        reason: Why.
    """

    event: str
    occurred: Dated
    was: str
    becomes: str
    until: str | None
    ended: bool
    legal_basis: Known
    reason: Known


class ReleaseDocument(Shape, frozen=True, kw_only=True):
    """A document or annex that a fact names.

    Attributes:
        label: What the record calls it.
        document: Whether it is held, and its content by digest.
        visibility: Who may see the fact that names it, and with it the document.
        is_source: Whether the fact rests on it, rather than having brought it in.
        event: The fact.
    """

    label: str
    document: DocumentLine
    visibility: str
    is_source: bool
    event: str


class FactLine(Shape, frozen=True, kw_only=True):
    """A fact and how it came to be marked as it is.

    Attributes:
        event: The event.
        relation: `own`, or the kind of the other stream that it stands in.
        type: Type of the event.
        label: The same in words.
        summary: What it says, in one line.
        occurred: When it happened.
        visibility_recorded: Who might see it when it was recorded.
        changes: What changed that since, oldest first.
    """

    event: str
    relation: str
    type: str
    label: str
    summary: str
    occurred: Dated
    visibility_recorded: str
    changes: tuple[ChangeLine, ...] = ()


class Group(Shape, frozen=True, kw_only=True):
    """The facts that the same people may see, in order of recording."""

    visibility: str
    facts: tuple[FactLine, ...]


class PeriodLine(Shape, frozen=True, kw_only=True):
    """A closure period (de: Schutzfrist) as information.

    Attributes:
        kind: `general`, `secrecy`, `death` or `birth`.
        says: What it is for, in words.
        years: How many years it takes.
        on: The day that it leads to; None where none follows.
        why_no_day: Why there is none.
        computation: How the day was computed, line by line.
        provisions: The provisions that the computation follows.
        rule: The provision that sets the period, and whether its text was read.
    """

    kind: str
    says: str
    years: int
    on: str | None
    why_no_day: str | None
    computation: tuple[str, ...]
    provisions: tuple[str, ...]
    rule: RuleLine


class Closure(Shape, frozen=True, kw_only=True):
    """What the record says of the general closure period.

    Attributes:
        verdict: Always `not_decidable`: nothing follows from a provision that was not read, or is not on record.
        reason: `rule_unchecked`, or `no_provision` where none is on record.
        sentence: The same in words.
        body: The body whose records these are.
        land: Its Land, as stated, or as its rules have it.
        origin_on: The day of the last substantive event.
        origin_event: That event, or the one for which there is no day.
        why_no_origin: Why there is no day.
        periods: The general period and that for secrets; empty where no provision is on record.
        public_from_the_start: How many of the public facts were marked so when they were recorded: for what was meant
            for publication from the start there is no period.
        released_later: How many of the public facts were released later.
        not_public: How many facts shown are not public, the blocked ones included.
        taken_over: The event by which an archive confirmed that it took the record over; None where none did.
    """

    verdict: str
    reason: str
    sentence: str
    body: str | None
    land: str | None
    origin_on: str | None
    origin_event: str | None
    why_no_origin: str | None
    periods: tuple[PeriodLine, ...]
    public_from_the_start: int
    released_later: int
    not_public: int
    taken_over: str | None = None


class PersonLine(Shape, frozen=True, kw_only=True):
    """A person who is named in the facts shown.

    Attributes:
        person: The person's stream; None where the name is withheld or erased, or there is only a name.
        name: The name; None where it is withheld, erased or not recorded.
        name_state: In what way it is known.
        born: The birth, as recorded.
        died: The death, as recorded.
        office_holder: Whether the person is recorded as an office holder (de: Amtsträger).
        period: The period that follows from death or birth; None where it cannot be determined.
        says: `personenbezogen: nicht bestimmbar`, or what the period is counted from.
        visibilities: Who may see the facts that name the person.
        events: These facts.
    """

    person: str | None
    name: str | None
    name_state: Knowledge
    born: Known
    died: Known
    office_holder: Known
    period: PeriodLine | None
    says: str
    visibilities: tuple[str, ...]
    events: tuple[str, ...]


class OfferLine(Shape, frozen=True, kw_only=True):
    """When a thing must be offered to the archive (de: Anbietung)."""

    stream: str
    title: str
    due: DueLine


class Release(Shape, frozen=True, kw_only=True):
    """What is marked public and why, and what is known of closure periods and of the offer. It decides nothing.

    Attributes:
        ref: What was asked for.
        stream: The thing.
        visibility: Who may see the first event of it that is shown.
        focus: The event that was asked for, where one was.
        day: The reader's day.
        groups: The facts by who may see them: `public`, `non_public`, `blocked`.
        documents: The documents and annexes that the facts name.
        closure: The general closure period.
        persons: Who is named in the facts shown.
        hidden_fields: How many fields that may name persons are withheld or erased.
        personal_rule: The provision on personal records, and whether its text was read; None where none is on record.
        offers: When the thing, and each resolution that it has, must be offered.
        closing: Who decides.
        apart: Facts that are neither in nor out as of the day asked for.
        later: How many facts happened later than that.
        erased: Events of the thing whose tokens were erased.
        blocked: How many blocked events are not shown.
    """

    format: str = FORMAT
    register: RegisterLine
    horizon: HorizonLine
    ref: str
    stream: str
    kind: str
    title: str
    visibility: str | None
    focus: str | None
    day: str
    groups: tuple[Group, ...]
    documents: tuple[ReleaseDocument, ...]
    closure: Closure
    persons: tuple[PersonLine, ...]
    hidden_fields: int
    personal_rule: RuleLine | None
    offers: tuple[OfferLine, ...]
    closing: str = CLOSING
    apart: tuple[ApartLine, ...] = ()
    later: int = 0
    erased: tuple[ErasureLine, ...] = ()
    blocked: int = 0
    events: tuple[Provenance, ...] = ()
