"""The account of a meeting: invitation, quorum, agenda as set and as held, minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.meeting import Item, Meeting, items
from domain.values import stated
from projections import parts
from projections.deliberations import named
from projections.shapes import Field, ItemLine, Known, Section
from projections.teller import NOT_MENTIONED
from projections.wording import code_text

if TYPE_CHECKING:
    from projections.teller import Teller, Told

HEAD: Final = (
    "organs",
    "number",
    "name",
    "starts_at",
    "ends_at",
    "place",
    "publicity",
    "invited_on",
    "papers_sent_at",
    "notice_rule",
    "announced",
)
# What was moved holds in place of what the invitation said.
_MOVED: Final = ("starts_at", "ends_at", "place")
_SECTIONS: Final = (("moves", "moved"), ("publicity", "publicity decided"), ("closings", "closed"))


def head(teller: Teller, state: Meeting) -> tuple[Field, ...]:
    """Give when, where and how a meeting was called."""
    found = []
    for name in HEAD:
        fact: Told | None = state.convened
        if name in _MOVED:
            moved = (move for move in reversed(state.moves) if getattr(move.event, name) is not UNSET)
            fact = next(moved, fact)
        say = (lambda organs: teller.names(organs) if isinstance(organs, tuple) else None) if name == "organs" else None
        found.append(Field(name=name, known=teller.field(fact, name, say=say) if fact is not None else NOT_MENTIONED))
    return tuple(found)


def agenda(teller: Teller, state: Meeting) -> tuple[ItemLine, ...]:
    """Give the items in the order of the agenda, with what happened under each."""
    return (*(_item(teller, state, item) for item in items(state)), *_without_item(teller, state))


def _item(teller: Teller, state: Meeting, item: Item) -> ItemLine:
    entry, set_by = item.entry, item.set_by
    proposal = stated(entry.proposal) if entry is not None else None

    def of_entry(name: str) -> Known:
        if entry is None or set_by is None:
            return NOT_MENTIONED
        return teller.known(getattr(entry, name), set_by.record, "data.items", say=code_text)

    return ItemLine(
        id=item.key,
        number=of_entry("number"),
        title=teller.known(item.title, set_by.record, "data.titles") if set_by is not None else NOT_MENTIONED,
        on_agenda=item.is_on_agenda,
        publicity_set=of_entry("publicity"),
        publicity_held=teller.field(item.calls[-1], "publicity", say=code_text) if item.calls else NOT_MENTIONED,
        proposal=proposal,
        proposal_title=teller.title(proposal) if proposal is not None else None,
        version=of_entry("version"),
        papers=tuple(
            f"{paper.label}{_version(paper.version)}, handed out: {code_text(paper.handed_out)}"
            for paper in item.papers
        ),
        excluded=tuple(parts.exclusion(teller, fact) for fact in item.exclusions),
        attendance=tuple(parts.event_line(teller, fact) for fact in item.attendance),
        motions=tuple(parts.motion(teller, fact) for fact in item.motions),
        ballots=tuple(parts.ballot(teller, state, fact) for fact in item.ballots),
        outcomes=tuple(parts.outcome(teller, fact) for fact in item.outcomes),
    )


def _without_item(teller: Teller, state: Meeting) -> tuple[ItemLine, ...]:
    """Give what names no agenda item, by the proposal that it names."""
    all_motions = [fact for fact in state.motions if stated(fact.event.item) is None]
    all_ballots = [fact for fact in state.ballots if stated(fact.event.item) is None]
    all_outcomes = [fact for fact in state.outcomes if stated(fact.event.item) is None]
    lines = []
    for proposal in dict.fromkeys([*map(named, all_outcomes), *map(named, all_ballots), *map(named, all_motions)]):
        motions = [fact for fact in all_motions if named(fact) == proposal]
        ballots = [fact for fact in all_ballots if named(fact) == proposal]
        outcomes = [fact for fact in all_outcomes if named(fact) == proposal]
        lines.append(
            ItemLine(
                id=None,
                number=NOT_MENTIONED,
                title=NOT_MENTIONED,
                on_agenda=False,
                publicity_set=NOT_MENTIONED,
                publicity_held=NOT_MENTIONED,
                proposal=proposal,
                proposal_title=teller.title(proposal) if proposal is not None else None,
                version=NOT_MENTIONED,
                papers=(),
                excluded=(),
                attendance=(),
                motions=tuple(parts.motion(teller, fact) for fact in motions),
                ballots=tuple(parts.ballot(teller, state, fact) for fact in ballots),
                outcomes=tuple(parts.outcome(teller, fact) for fact in outcomes),
            )
        )
    return tuple(lines)


def _version(number: object) -> str:
    return f" (version {number})" if isinstance(number, int) else ""


def sections(teller: Teller, state: Meeting) -> tuple[Section, ...]:
    """Give what belongs to the meeting as a whole, and what names no item."""
    found = [
        Section(name=title, lines=tuple(parts.event_line(teller, fact) for fact in getattr(state, name)))
        for name, title in _SECTIONS
    ]
    if state.cancelled is not None:
        found.insert(0, Section(name="cancelled", lines=(parts.event_line(teller, state.cancelled),)))
    return tuple(section for section in found if section.lines)
