"""What `meetings` gives, as it stands in JSON. Names are added, never changed; nothing in here is computed."""

from __future__ import annotations

from typing import Final

from projections.shapes import (
    ApartLine,
    CheckLine,
    Dated,
    DocumentLine,
    ErasureLine,
    ExclusionLine,
    Field,
    HorizonLine,
    Knowledge,
    Known,
    Provenance,
    QuorumLine,
    RegisterLine,
    Shape,
)

MEETINGS_FORMAT: Final = "ratsbuch-meetings/1"


class PresenceLine(Shape, frozen=True, kw_only=True):
    """Who was there when an item was dealt with, as far as that is recorded.

    Attributes:
        present: Members present; inferred where it was said at the opening, or of an earlier item, and nobody is
            recorded to have come or gone since.
        entitled: Members present and entitled to vote, likewise.
        excluded: Those excluded for bias (de: Befangenheit).
        changes: Who came or went while the item was dealt with.
        named: Those present by name, where the opening names them: with who came, without who left; empty otherwise.
    """

    present: Known
    entitled: Known
    excluded: tuple[ExclusionLine, ...] = ()
    changes: tuple[Known, ...] = ()
    named: tuple[str, ...] = ()


class ItemEntry(Shape, frozen=True, kw_only=True):
    """An agenda item (de: TOP) with what came of it; without an id what names no item.

    Attributes:
        part: The part of the agenda that names it.
        invited: Whether the invitation names it; None where no invitation for its part is recorded.
        stages: The stages at which agendas name it, each once.
        on_agenda: Whether the agenda that holds names it.
        called_at: When it was called; None where that is not recorded.
        publicity_set: Whether it was to be public.
        publicity_held: Whether it was, as said on calling it.
        outcomes: What came of it: codes with their literals.
        tallies: The counts that stand with the outcomes.
        ballots: Its ballots, by event.
        checks: What came of the check of each ballot, or of each outcome that has none (de: Rechenprobe).
        presence: Who was there.
    """

    id: str | None
    number: Known
    title: Known
    part: str | None
    proposal: str | None
    proposal_title: str | None
    version: Known
    invited: bool | None
    stages: tuple[str, ...]
    on_agenda: bool
    called_at: Dated | None
    publicity_set: Known
    publicity_held: Known
    outcomes: tuple[Known, ...]
    tallies: tuple[tuple[Field, ...], ...]
    ballots: tuple[str, ...]
    checks: tuple[CheckLine, ...]
    presence: PresenceLine


class ActEntry(Shape, frozen=True, kw_only=True):
    """What was done to a version of the minutes, when, and what of it matters here.

    Attributes:
        act: `filed`, `presented`, `objection` or `signed`.
        says: The same in words.
        date: When.
        decision: What became of an objection: `pending`, `accepted`, `rejected`.
        objections_until: The last day for objections, where the presentation states one.
        event: The event that it is from.
    """

    act: str
    says: str
    date: Dated
    event: str
    decision: str | None = None
    objections_until: str | None = None


class MinutesEntry(Shape, frozen=True, kw_only=True):
    """A version of the minutes (de: Niederschrift) and what was done to it, in order of recording."""

    kind: str
    part: str
    version: str
    document: DocumentLine
    acts: tuple[ActEntry, ...]


class PartEntry(Shape, frozen=True, kw_only=True):
    """A part of a meeting: `public`, `non_public` or `whole`.

    Attributes:
        items: How many items the agenda that holds for it names.
        opened: When it was opened; None where that is not recorded.
        closed: When it was closed; None likewise.
    """

    part: str
    items: int
    opened: Dated | None
    closed: Dated | None


class MeetingEntry(Shape, frozen=True, kw_only=True):
    """A meeting (de: Sitzung).

    Attributes:
        state: `convened`, `held` or `cancelled`.
        organs_state: In what way the organs are not known, where there are none; else `stated`.
        state_basis: Whether that is `stated`, by an opening or closing, or `inferred` from what happened there.
        parts: Its public and non-public parts, as far as anything names them.
        publicity: Whether it was called as public, non-public or mixed.
        publicity_decided: Decisions to exclude the public or admit it again.
        quorum: What was said at the opening, who was there, and whether it follows.
        cancelled: Why it did not take place, where it did not.
        moved: Where and to when it was moved.
        apart: Why it could not be told whether it belongs into the list; None where it does.
        facts_apart: Facts of it that are neither in nor out as of the day asked for; nothing above rests on them.
    """

    stream: str
    title: str
    number: Known
    date: Known
    place: Known
    organs: tuple[str, ...]
    body: str | None
    visibility: str | None
    state: str | None
    publicity: Known
    invited_on: Known
    parts: tuple[PartEntry, ...]
    publicity_decided: tuple[Known, ...]
    quorum: tuple[QuorumLine, ...]
    items: tuple[ItemEntry, ...]
    minutes: tuple[MinutesEntry, ...]
    state_basis: Knowledge = Knowledge.STATED
    organs_state: Knowledge = Knowledge.STATED
    cancelled: Known | None = None
    moved: tuple[Known, ...] = ()
    apart: str | None = None
    facts_apart: tuple[ApartLine, ...] = ()


class MeetingFilters(Shape, frozen=True, kw_only=True):
    """What the list was narrowed to; `organs` are all that the name given for `organ` matched."""

    organ: str | None = None
    organs: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None


class Meetings(Shape, frozen=True, kw_only=True):
    """The meetings by date; those that could not be placed stand in `apart`."""

    format: str = MEETINGS_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    filters: MeetingFilters
    meetings: tuple[MeetingEntry, ...]
    apart: tuple[MeetingEntry, ...]
    bodies: tuple[str, ...] = ()
    erased: tuple[ErasureLine, ...] = ()
    blocked: int = 0
    events: tuple[Provenance, ...] = ()
