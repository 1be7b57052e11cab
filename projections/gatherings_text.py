"""The human text of `meetings`: date, organ and state, then a line or two an item, then the minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import vocabulary as v
from projections.meetings_presence import presence_words
from projections.pages import (
    MARKS,
    check_words,
    counts,
    dates_filter,
    headline,
    hidden_mark,
    not_shown,
    organ_filter,
)
from projections.shapes import Knowledge
from projections.text import WIDTH, Page, frame, known_text, standing_words
from projections.unplaced_text import facts_apart
from projections.wording import code_text, counted, date_text, dated_text

if TYPE_CHECKING:
    from projections.gatherings_shapes import ActEntry, ItemEntry, MeetingEntry, Meetings, MinutesEntry, PartEntry
    from projections.shapes import CheckLine, Dated, DocumentLine, HorizonLine

_CLOCK: Final = slice(11, 16)
_INSTANT: Final = len("2023-03-29T17:00Z")
_ACTS: Final = {"filed": "filed", "presented": "presented", "objection": "objection", "signed": "signed"}


def meetings_text(found: Meetings, *, width: int = WIDTH) -> str:
    """Give the meetings, one block each."""
    page = Page(width, found.events)
    frame(page, found.register, found.horizon)
    filters = found.filters
    narrowed = [organ_filter(filters.organ, filters.organs), dates_filter(filters.date_from, filters.date_to)]
    headline(page, counted(len(found.meetings), "meeting"), found.bodies, narrowed)
    not_shown(page, found.erased, found.blocked)
    for entry in found.meetings:
        _meeting(page, entry, found.horizon)
    if found.apart:
        page.heading("cannot be placed: undated, or not exact enough for the question")
        for entry in found.apart:
            _meeting(page, entry, found.horizon)
    facts_apart(page, found.horizon, ((one.title, one.facts_apart) for one in (*found.meetings, *found.apart)))
    page.blank()
    page.line(MARKS)
    return page.text()


def _meeting(page: Page, entry: MeetingEntry, horizon: HorizonLine) -> None:
    # Of a day asked for it is only known what is certain by then: what is not stands below.
    by_then = "" if horizon.as_of is None else " for certain by then" if entry.facts_apart else " by then"
    page.blank()
    day = known_text(entry.date, date=True) if entry.date.value is not None else "undated"
    organs = ", ".join(entry.organs) or f"organ {code_text(entry.organs_state)}"
    number = f" {known_text(entry.number)}" if entry.number.value is not None else ""
    event = entry.number.event or entry.date.event
    standing = standing_words(entry.state or "", entry.state_basis)
    page.line(
        f"{day}  {organs}: Sitzung{number}, {standing}{hidden_mark(entry.visibility)}", hang=4, mark=page.mark(event)
    )
    if entry.number.value is None:
        page.line(entry.stream, indent=4)
    if entry.cancelled is not None:
        page.line(f"cancelled: {known_text(entry.cancelled)}", indent=4, hang=2, mark=page.mark(entry.cancelled.event))
    for moved in entry.moved:
        page.line(f"moved: {known_text(moved)}", indent=4, hang=2, mark=page.mark(moved.event))
    if entry.parts or entry.publicity.value is not None:
        words = [known_text(entry.publicity)] if entry.publicity.value is not None else []
        page.line("; ".join([*words, *map(_part, entry.parts)]), indent=4, hang=2)
    for decided in entry.publicity_decided:
        page.line(f"the public: {known_text(decided)}", indent=4, hang=2, mark=page.mark(decided.event))
    _quorum(page, entry, by_then)
    for item in entry.items:
        _item(page, item, by_then)
    if not entry.items:
        page.line(f"no agenda item, ballot or outcome recorded{by_then}", indent=4)
    for minutes in entry.minutes:
        _minutes(page, minutes)
    if not entry.minutes and entry.state == "held":
        page.line(f"minutes not held: none are recorded{by_then}", indent=4)


def _part(part: PartEntry) -> str:
    times = [f"{word} {_time(when)}" for word, when in (("opened", part.opened), ("closed", part.closed)) if when]
    items = [counted(part.items, "item")] if part.items else []
    return f"{code_text(v.Part(part.part))}{': ' if items or times else ''}{', '.join([*items, *times])}"


def _time(when: Dated) -> str:
    """Write the time of day where there is one, else the day."""
    return when.at[_CLOCK] if when.at is not None and len(when.at) >= _INSTANT else dated_text(when)


def _quorum(page: Page, entry: MeetingEntry, by_then: str) -> None:
    if not entry.quorum and entry.state == "held":
        page.line(f"quorum not held: no opening is recorded{by_then}", indent=4)
    for line in entry.quorum:
        said = ", ".join(
            f"{code_text(field.name.removesuffix('_count'))} {known_text(field.known)}" for field in line.counts
        )
        words = f"quorum: {known_text(line.quorum)}{f'; {said}' if said else ''}; Rechenprobe {_verdict(line.check)}"
        page.line(words, indent=4, hang=2, mark=page.mark(line.event))


def _verdict(check: CheckLine) -> str:
    """Give the verdict alone where it agrees, else with its reason."""
    return code_text(check.verdict) if check.verdict == "agrees" else check_words(check)


def _item(page: Page, item: ItemEntry, by_then: str) -> None:
    number = f"TOP {known_text(item.number)}" if item.number.value is not None else "without an agenda item"
    title = item.proposal_title or "no title"
    if item.title.state is not Knowledge.NOT_MENTIONED:
        title = known_text(item.title)
    held = item.publicity_held if item.publicity_held.value is not None else item.publicity_set
    notes = [known_text(held)] if item.id is not None and held.value is not None else []
    notes += ["taken off the agenda"] if item.id is not None and not item.on_agenda else []
    notes += ["not in the invitation"] if item.invited is False else []
    notes += [f"called {_time(item.called_at)}"] if item.called_at is not None else []
    event = item.title.event or item.number.event
    noted = f" ({', '.join(notes)})" if notes else ""
    page.line(f"{number}  {title}{noted}", indent=4, hang=4, mark=page.mark(event))
    for outcome, tally in zip(item.outcomes, item.tallies, strict=True):
        literal = f' "{outcome.literal}"' if outcome.literal else ""
        said = f", {counts(tally)}" if any(field.known.value is not None for field in tally) else ""
        page.line(f"{known_text(outcome)}{literal}{said}", indent=8, hang=2, mark=page.mark(outcome.event))
    if item.id is not None and not item.outcomes:
        page.line(f"no outcome recorded{by_then}", indent=8)
    ballots = counted(len(item.ballots), "ballot") if item.ballots else f"no ballot recorded{by_then}"
    marks = " ".join(filter(None, map(page.mark, item.ballots)))
    checks = "; ".join(map(_verdict, item.checks))
    if item.ballots or item.outcomes:
        page.line(f"{ballots}{f', Rechenprobe: {checks}' if checks else ''}", indent=8, hang=2, mark=marks)
    there = presence_words(item.presence)
    if there is not None:
        page.line(there, indent=8, hang=2)


def _minutes(page: Page, one: MinutesEntry) -> None:
    part = code_text(v.Part(one.part)) if one.part in set(v.Part) else one.part
    page.line(f"Niederschrift, {part}, version {one.version}: {_document(one.document)}", indent=4, hang=2)
    for act in one.acts:
        page.line(_act(act), indent=8, hang=2, mark=page.mark(act.event))


def _document(document: DocumentLine) -> str:
    return "held" if document.state is Knowledge.STATED else code_text(document.state)


def _act(act: ActEntry) -> str:
    more = f", {code_text(act.decision)}" if act.decision is not None else ""
    more += f", objections until {date_text(act.objections_until)}" if act.objections_until is not None else ""
    return f"{_ACTS[act.act]} {dated_text(act.date)}{more}"
