"""The account of a meeting: invitation, quorum, agenda as set and as held, who was there at each item, minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.meeting import Item, Meeting, items
from domain.values import WITHHELD, stated
from projections import parts
from projections.deliberations import named
from projections.meetings_presence import presence, presence_words
from projections.shapes import Field, ItemLine, Knowledge, Known, Section
from projections.teller import NOT_MENTIONED
from projections.wording import code_text, when_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.events import AgendaSet
    from domain.stream import Fact
    from domain.values import AgendaItem
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
    """Give what belongs to the meeting as a whole: its agendas, who was there at each item, and what names no item."""
    found = [
        Section(name="agenda as set and as held", lines=(*_agendas_set(teller, state), *_as_held(teller, state))),
        Section(name="presence at each item", lines=tuple(_presences(teller, state))),
    ]
    found += [
        Section(name=title, lines=tuple(parts.event_line(teller, fact) for fact in getattr(state, name)))
        for name, title in _SECTIONS
    ]
    if state.cancelled is not None:
        found.insert(0, Section(name="cancelled", lines=(parts.event_line(teller, state.cancelled),)))
    return tuple(section for section in found if section.lines)


# -- agenda as set and as held --------------------------------------------------------------------


def _agendas_set(teller: Teller, state: Meeting) -> Iterator[Known]:
    """Give each agenda as it was set, and what it changed in the one before it of the same part."""
    before: dict[object, Fact[AgendaSet]] = {}
    for fact in state.agendas:
        event = fact.event
        words = [f"{_code(event.stage)}, {_code(event.part)}, version {_code(event.version)}"]
        words.append(_entries(stated(event.items)))
        earlier = before.get(event.part)
        if earlier is not None:
            words.append(_changed(earlier.event, event))
        before[event.part] = fact
        day = when_text(fact.record.occurred)
        text = "; ".join(words)
        yield Known(state=Knowledge.STATED, value=f"{day} {text}".lstrip(), event=teller.use(fact.record))


def _code(value: object) -> str:
    return "withheld" if value is WITHHELD else code_text(value)


def _entries(entries: tuple[AgendaItem, ...] | None) -> str:
    if entries is None:
        return "items withheld"
    ordered = sorted(entries, key=lambda entry: entry.order)
    return ", ".join(_top(entry) for entry in ordered) or "no item"


def _top(entry: AgendaItem) -> str:
    number = stated(entry.number)
    return f"TOP {number}" if number is not None else f"item {entry.order + 1} without a number"


def _changed(before: AgendaSet, after: AgendaSet) -> str:
    """Say what an agenda changed: items added, taken off, put elsewhere, or with another version of their paper."""
    old = {entry.item: entry for entry in stated(before.items) or ()}
    new = {entry.item: entry for entry in stated(after.items) or ()}
    both = [key for key in new if key in old]
    order = sorted(both, key=lambda key: old[key].order)
    was = {key: place for place, key in enumerate(order)}
    now = {key: place for place, key in enumerate(sorted(both, key=lambda key: new[key].order))}
    found = (
        ("added", [_top(new[key]) for key in new if key not in old]),
        ("taken off", [_top(old[key]) for key in old if key not in new]),
        ("put elsewhere", [_top(new[key]) for key in both if was[key] != now[key]]),
        ("another version", [_top(new[key]) for key in both if old[key].version != new[key].version]),
        ("public otherwise", [_top(new[key]) for key in both if old[key].publicity != new[key].publicity]),
    )
    said = [f"{what}: {', '.join(tops)}" for what, tops in found if tops]
    return "; ".join(said) or "the same items as before"


def _as_held(teller: Teller, state: Meeting) -> Iterator[Known]:
    """Give the items in the order in which they were called, and those that no event says were called."""
    every = items(state)
    names = {item.key: _name(item) for item in every}
    for call in state.calls:
        day = when_text(call.record.occurred)
        text = f"called: {names.get(str(call.event.item), 'an item')}, {_code(call.event.publicity)}"
        yield Known(state=Knowledge.STATED, value=f"{day} {text}".lstrip(), event=teller.use(call.record))
    missing = [names[item.key] for item in every if not item.calls and item.is_on_agenda]
    if missing and state.calls:
        yield Known(state=Knowledge.STATED, value=f"not recorded as called: {', '.join(missing)}")


def _name(item: Item) -> str:
    return _top(item.entry) if item.entry is not None else "an item that no agenda names"


def _presences(teller: Teller, state: Meeting) -> Iterator[Known]:
    """Give who was there at each item of which anything is recorded but the agenda."""
    for item in items(state):
        line = presence(teller, state, item)
        words = presence_words(line)
        if words is None:
            continue
        named_ = f"; by name: {', '.join(line.named)}" if line.named else ""
        others = (*(one.event for one in line.changes), *(one.event for one in line.excluded))
        event = line.present.event or next(iter(others), None)
        yield Known(state=Knowledge.STATED, value=f"{_name(item)}: {words}{named_}", event=event)
