"""What `ballots` gives, as it stands in JSON. Names are added, never changed; nothing in here is computed.

The format bears the name of its command. A file that `intake ballots` reads calls itself by the same name and is
another thing: JSON lines with a head, not one document with a register.
"""

from __future__ import annotations

from typing import Final

from projections.shapes import (
    ApartLine,
    BallotLine,
    CheckLine,
    ErasureLine,
    HorizonLine,
    Knowledge,
    Known,
    OutcomeLine,
    Provenance,
    RegisterLine,
    Shape,
)

BALLOTS_FORMAT: Final = "ratsbuch-ballots-list/1"


class ChoiceLine(Shape, frozen=True, kw_only=True):
    """How many are recorded by name or by group with a choice, beside what was counted.

    Attributes:
        choice: The choice, or `option A` where candidates or variants stood.
        recorded: The votes recorded with it; None where a group's vote does not say how many voted.
        counted: The count that is declared for it; None where none is stated.
    """

    choice: str
    recorded: int | None
    counted: int | None


class PlaceLine(Shape, frozen=True, kw_only=True):
    """Where a ballot or outcome stands: meeting, agenda item, proposal.

    `organs_state` says in what way the organs are not known, where there are none.
    """

    meeting: str
    meeting_title: str
    meeting_number: Known
    met_on: str | None
    organs: tuple[str, ...]
    body: str | None
    item: str | None
    item_number: Known
    item_title: Known
    proposal: str | None
    proposal_title: str | None
    organs_state: Knowledge = Knowledge.STATED


class BallotEntry(Shape, frozen=True, kw_only=True):
    """A ballot (de: Abstimmung, Wahl) with what was declared and whether that follows.

    Attributes:
        verdict: `contradicts` where any of its checks does, else the verdict of its result's check.
        visibility: Who may see it.
        ballot: Its counts, votes and checks; the first check is that of the result.
        sums: The votes by name or group added up, beside the counts; empty where none are recorded.
        outcomes: What came of the item that it belongs to.
    """

    verdict: str
    visibility: str
    place: PlaceLine
    ballot: BallotLine
    sums: tuple[ChoiceLine, ...]
    outcomes: tuple[Known, ...]


class OutcomeEntry(Shape, frozen=True, kw_only=True):
    """An outcome of which no ballot is recorded, with what follows from the counts that stand with it, if any do."""

    verdict: str
    visibility: str
    place: PlaceLine
    outcome: OutcomeLine
    check: CheckLine


class VerdictCount(Shape, frozen=True, kw_only=True):
    """How many ballots came to a verdict, and for what reason (`domain.rules.Reason`)."""

    verdict: str
    reason: str
    ballots: int


class BallotFilters(Shape, frozen=True, kw_only=True):
    """What the list was narrowed to.

    Attributes:
        ref: The proposal, meeting, resolution, organ or ballot that was asked for.
        title: What that is called.
        organs: All organs that the name given for `organ` matched.
        check: The verdict asked for.
    """

    ref: str | None = None
    title: str | None = None
    organ: str | None = None
    organs: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    check: str | None = None


class Ballots(Shape, frozen=True, kw_only=True):
    """The ballots by meeting, in order of recording.

    Attributes:
        counts: How many came to which verdict, before `check` narrowed the list.
        without_ballot: Outcomes of which no ballot is recorded.
        apart: Ballots and outcomes that are neither in nor out as of the day asked for.
        unplaced: Titles of the meetings whose date is unknown or not exact enough for `from` and `to`: their ballots
            are not in the list.
    """

    format: str = BALLOTS_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    filters: BallotFilters
    ballots: tuple[BallotEntry, ...]
    without_ballot: tuple[OutcomeEntry, ...]
    counts: tuple[VerdictCount, ...]
    apart: tuple[ApartLine, ...]
    unplaced: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    erased: tuple[ErasureLine, ...] = ()
    blocked: int = 0
    events: tuple[Provenance, ...] = ()
