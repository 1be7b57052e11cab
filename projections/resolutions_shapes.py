"""What `resolutions` gives, as it stands in JSON. Names are added, never changed; nothing in here is computed."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from projections.shapes import (
    ApartLine,
    ErasureLine,
    HorizonLine,
    Knowledge,
    Provenance,
    RegisterLine,
    ResolutionLine,
    RuleLine,
    Shape,
)

RESOLUTIONS_FORMAT: Final = "ratsbuch-resolutions/1"


class DueKind(StrEnum):
    """What falls due.

    `ends` and `trial_ends` are days on which a validity or a trial (de: Erprobung) runs out, the last day inclusive;
    `review` is a clause that foresees a review; `implementation` a day by which something was to be carried out;
    `retention` the end of a retention period (de: Aufbewahrungsfrist); `offer` the day by which the record must be
    offered to the archive (de: Anbietung), `appraisal` the day by which the archive has to decide, and `act` a day
    that an objection or an authority set.
    """

    ENDS = "ends"
    TRIAL_ENDS = "trial_ends"
    REVIEW = "review"
    IMPLEMENTATION = "implementation"
    RETENTION = "retention"
    OFFER = "offer"
    APPRAISAL = "appraisal"
    ACT = "act"


class DueLine(Shape, frozen=True, kw_only=True):
    """Something that falls due (de: Frist), on what it rests, and how its day was found.

    Attributes:
        kind: What it is.
        says: The same in words.
        on: The day, as exactly as it is recorded; None where none follows from what is recorded.
        basis: Whether the day is `stated` or `inferred`; where there is none, whether the matter itself is.
        why_no_day: Why there is no day; None where there is one.
        literal: The words of the source for it.
        computation: How the day was computed, line by line; empty where it is stated.
        provisions: The provisions that the computation follows.
        rules: The rules of the body that it rests on, and whether their source was read.
        archive: The archive that it concerns.
        note: What stands in its way, such as a hold.
        settled: What settled it, in words; None where nothing recorded did.
        days: Days from the reader's day to its last day, negative where that lies before.
        events: The events that it is from.
    """

    kind: DueKind
    says: str
    on: str | None
    basis: str
    why_no_day: str | None = None
    literal: str | None = None
    computation: tuple[str, ...] = ()
    provisions: tuple[str, ...] = ()
    rules: tuple[RuleLine, ...] = ()
    archive: str | None = None
    note: str | None = None
    settled: str | None = None
    days: int | None = None
    events: tuple[str, ...] = ()


class ResolutionEntry(Shape, frozen=True, kw_only=True):
    """A resolution (de: Beschluss) with where it stands and what falls due.

    Attributes:
        state: Its newest status, or `made`.
        state_basis: Whether that is stated or inferred.
        readings: What the record allows to have held on the day asked about, or on the reader's day.
        line: Its text, timeline, publications, and what reviews did about it.
        due: What falls due, by day; what has no day stands last.
        apart: Why it could not be told whether it belongs into the list; None where it does. `no_day`: what falls due
            has no day, and `due` is that; `facts_apart`: only facts that cannot be placed may put it there.
        facts_apart: Facts about it that are neither in nor out as of the day asked for; but for `readings` nothing
            above rests on them.
    """

    stream: str
    title: str
    body: str | None
    visibility: str | None
    state: str | None
    state_basis: Knowledge
    readings: tuple[str, ...]
    line: ResolutionLine
    due: tuple[DueLine, ...]
    apart: str | None = None
    facts_apart: tuple[ApartLine, ...] = ()


class ResolutionFilters(Shape, frozen=True, kw_only=True):
    """What the list was narrowed to.

    Attributes:
        organs: All organs that the name given for `organ` matched.
        in_force_on: The day on which it may have been in force.
        due_within: The period asked for, as it was written.
        due_from: The reader's day, from which the period counts.
        due_until: The last day of the period.
    """

    organ: str | None = None
    organs: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    in_force_on: str | None = None
    due_within: str | None = None
    due_from: str | None = None
    due_until: str | None = None


class Resolutions(Shape, frozen=True, kw_only=True):
    """The resolutions, by the day on which they were made.

    Attributes:
        day: The reader's day: the one asked for, that of the moment asked for, or today.
        apart: Those of which it cannot be told whether they belong into the list.
        left_out: How many others there are, which the question for a day in force, or for a period, left out.
        overdue: How many days that fell due before the reader's day have nothing on record that settled them.
    """

    format: str = RESOLUTIONS_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    day: str
    filters: ResolutionFilters
    resolutions: tuple[ResolutionEntry, ...]
    apart: tuple[ResolutionEntry, ...]
    left_out: int
    overdue: int
    bodies: tuple[str, ...] = ()
    erased: tuple[ErasureLine, ...] = ()
    blocked: int = 0
    events: tuple[Provenance, ...] = ()
