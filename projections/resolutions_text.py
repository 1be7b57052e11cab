"""The human text of `resolutions`: where each stands, and what falls due, with what that rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.pages import dates_filter, headline, hidden_mark, not_shown, organ_filter
from projections.resolutions_shapes import DueKind
from projections.shapes import Knowledge
from projections.text import WIDTH, Page, followed_words, frame, known_text, step_date
from projections.unplaced_text import facts_apart
from projections.wording import code_text, counted, date_text, dated_text

if TYPE_CHECKING:
    from projections.resolutions_shapes import DueLine, ResolutionEntry, Resolutions
    from projections.shapes import StepLine


def resolutions_text(found: Resolutions, *, width: int = WIDTH) -> str:
    """Give the resolutions, one block each; where a period was asked for, what falls due in it, by day."""
    page = Page(width, found.events)
    frame(page, found.register, found.horizon)
    _head(page, found)
    not_shown(page, found.erased, found.blocked)
    page.blank()
    if found.filters.due_within is not None:
        _due_first(page, found)
    else:
        for entry in found.resolutions:
            _entry(page, entry, found)
    _apart(page, found)
    facts_apart(page, found.horizon, ((one.title, one.facts_apart) for one in (*found.resolutions, *found.apart)))
    _end(page, found)
    return page.text()


def _head(page: Page, found: Resolutions) -> None:
    filters = found.filters
    narrowed = [organ_filter(filters.organ, filters.organs), dates_filter(filters.date_from, filters.date_to)]
    if filters.in_force_on is not None:
        narrowed.append(f"that may have been in force on {date_text(filters.in_force_on)}")
    if filters.due_within is None:
        headline(page, counted(len(found.resolutions), "resolution"), found.bodies, narrowed)
        return
    due = sum(len(entry.due) for entry in found.resolutions)
    of = f" of {counted(len(found.resolutions), 'resolution')}" if due else ""
    window = f"{date_text(found.day)} to {date_text(filters.due_until or '')} ({filters.due_within})"
    headline(page, f"{counted(due, 'deadline')}{of}", found.bodies, [window, *narrowed])


# -- by day ---------------------------------------------------------------------------------------


def _due_first(page: Page, found: Resolutions) -> None:
    every = [(due, entry) for entry in found.resolutions for due in entry.due]
    for due, entry in sorted(every, key=lambda pair: (pair[0].on or "", pair[1].stream)):
        left = f", in {counted(due.days, 'day')}" if due.days is not None and due.days > 0 else ""
        day = date_text(due.on) if due.on is not None else "no day"
        mark = " ".join(filter(None, map(page.mark, due.events)))
        page.line(f"{day}  {_due_words(due)}{left}", hang=12, mark=mark)
        page.line(f"{entry.title}{hidden_mark(entry.visibility)}", indent=12)
        page.line(_standing(entry), indent=12)
        _rests_on(page, due, indent=12)
        if entry.line.number.value is None:
            page.line(entry.stream, indent=12)
        page.blank()


def _due_words(due: DueLine) -> str:
    basis = "" if due.basis == "stated" else f" ({code_text(due.basis)})"
    archive = f", {due.archive}" if due.archive is not None else ""
    return f"{due.says}{basis}{archive}"


def _rests_on(page: Page, due: DueLine, *, indent: int) -> None:
    if due.literal is not None:
        page.line(f"„{due.literal}“", indent=indent, hang=2)
    for line in due.computation if due.settled is None else ():
        page.line(line, indent=indent, hang=2)
    for rule in due.rules:
        if rule.rests != "read" and due.why_no_day is None:
            page.line(f"rule unchecked: {rule.citation}", indent=indent, hang=2)
    if due.note is not None:
        page.line(due.note, indent=indent, hang=2)


# -- by resolution --------------------------------------------------------------------------------


def _entry(page: Page, entry: ResolutionEntry, found: Resolutions) -> None:
    line = entry.line
    number = known_text(line.number) if line.number.value is not None else "-"
    page.line(f"{number}  {dated_text(line.made_on)}  {_standing(entry)}", hang=4, mark=page.mark(line.event))
    page.line(f"{_subject(entry)}{hidden_mark(entry.visibility)}", indent=4)
    if line.number.value is None:
        page.line(entry.stream, indent=4)
    if found.filters.in_force_on is not None or len(entry.readings) > 1:
        for index, reading in enumerate(entry.readings, start=1):
            page.line(f"{index}. {reading}", indent=4, hang=3)
    if found.filters.in_force_on is not None:
        _next(page, entry)
        page.blank()
        return
    # What took effect by its own text is said once, where somebody recorded that it is in force.
    is_said = any(step.status == "in_force" for step in line.timeline)
    for step in line.timeline:
        if step.kind == "status" or (step.kind == "begins" and not is_said):
            page.line(_step(step), indent=4, hang=2, mark=page.mark(step.event))
    for one in (*line.published, *line.implementation):
        page.line(known_text(one), indent=4, hang=2, mark=page.mark(one.event))
    for act in line.acts:
        page.line(f"{dated_text(act.occurred)} {act.says}", indent=4, hang=2, mark=page.mark(act.event))
    _next(page, entry)
    for due in entry.due:
        _due(page, due)
    page.blank()


def _standing(entry: ResolutionEntry) -> str:
    doubts = ["inferred"] if entry.state_basis is Knowledge.INFERRED else []
    doubts += [counted(len(entry.readings), "reading")] if len(entry.readings) > 1 else []
    state = code_text(entry.state or "")
    stands = f"{state} ({'; '.join(doubts)})" if doubts else state
    return f"{stands}: {known_text(entry.line.sense)}, {known_text(entry.line.organ)}"


def _subject(entry: ResolutionEntry) -> str:
    return entry.title.partition(": ")[2] or entry.title


def _step(step: StepLine) -> str:
    basis = "" if step.basis == "stated" else f" ({code_text(step.basis)})"
    return f"{step.says} {step_date(step.date)}{basis}"


def _next(page: Page, entry: ResolutionEntry) -> None:
    line = entry.line
    if line.followed_by is not None:
        page.line(followed_words(line), indent=4, hang=2, mark=page.mark(line.followed_event))


def _due(page: Page, due: DueLine) -> None:
    mark = " ".join(filter(None, map(page.mark, due.events)))
    if due.on is None:
        page.line(f"{_due_words(due)}: {due.why_no_day}", indent=4, hang=2, mark=mark)
    else:
        settled = f"; {due.settled}" if due.settled is not None else ""
        page.line(f"{due.says} {date_text(due.on)}{_basis(due)}{settled}", indent=4, hang=2, mark=mark)
    _rests_on(page, due, indent=6)


def _basis(due: DueLine) -> str:
    basis = "" if due.basis == "stated" else f" ({code_text(due.basis)})"
    return f"{basis}, {due.archive}" if due.kind in {DueKind.OFFER, DueKind.APPRAISAL} and due.archive else basis


# -- the rest -------------------------------------------------------------------------------------


def _apart(page: Page, found: Resolutions) -> None:
    if not found.apart:
        return
    page.heading("cannot be placed")
    for entry in found.apart:
        why = {
            "nothing_recorded": "nothing is recorded about whether it was in force",
            "undated": "undated",
            "straddles": "its date is not exact enough for the question",
            "no_day": "; ".join(f"{_due_words(due)}: {due.why_no_day}" for due in entry.due),
            "facts_apart": "nothing falls due for certain, but facts about it cannot be placed",
        }.get(entry.apart or "", str(entry.apart))
        page.line(
            f"{entry.title}{hidden_mark(entry.visibility)}: {why}", indent=2, hang=2, mark=page.mark(entry.line.event)
        )


def _end(page: Page, found: Resolutions) -> None:
    page.blank()
    if found.left_out:
        others = counted(found.left_out, "other resolution")
        if found.filters.in_force_on is not None:
            why = "rejecting, made later, ended or not yet in force by what is recorded"
        else:
            why = "nothing recorded falls due in that time"
        page.line(f"{others} left out: {why}.")
    if found.overdue:
        day = date_text(found.day)
        page.line(f"{counted(found.overdue, 'deadline')} before {day} passed, and nothing on record settles it.")
    page.line("No act is weighed against another; what is inferred says on what it rests.")
