"""The human text of `release`: facts by who may see them and why, closure periods, persons, the offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.pages import MARKS, hidden_mark
from projections.release_closure import OFFICE, PUBLISHED
from projections.release_shapes import NOT_DETERMINABLE
from projections.shapes import Knowledge
from projections.text import WIDTH, Page, frame, known_text
from projections.wording import code_text, counted, cut, date_text, dated_text, day_text, visibility_text

if TYPE_CHECKING:
    from projections.release_shapes import (
        ChangeLine,
        FactLine,
        Group,
        OfferLine,
        PeriodLine,
        PersonLine,
        Release,
        ReleaseDocument,
    )

_HEADINGS: Final = {"public": "public", "non_public": "not public", "blocked": "blocked"}
_SUMMARY: Final = 160  # characters of what a fact says; `history` has all of it


def release_text(found: Release, *, width: int = WIDTH) -> str:
    """Give what may be told of a release, on one page."""
    page = Page(width, found.events)
    frame(page, found.register, found.horizon)
    page.line(f"{found.title}{hidden_mark(found.visibility)}", hang=2)
    page.line(f"{found.stream}, as marked on {date_text(found.day)}", hang=2)
    page.line("Nothing is decided here: marks and provisions are given as they are on record.", hang=2)
    page.line(
        "This page is for the office: a line may call a thing by a title that is not public.",
        hang=2,
    )
    for line in found.erased:
        page.line(f"{line.event} erased {day_text(line.erased_at)}", hang=2)
    for group in found.groups:
        _group(page, found, group)
    _documents(page, found)
    _closure(page, found)
    _persons(page, found)
    _offers(page, found)
    _apart(page, found)
    page.blank()
    page.line(f"{found.closing}.")
    page.blank()
    page.line(MARKS)
    return page.text()


# -- who may see it -------------------------------------------------------------------------------


def _group(page: Page, found: Release, group: Group) -> None:
    is_blocked = group.visibility == "blocked"
    if not group.facts and not (is_blocked and found.blocked):
        return
    name = f"{_HEADINGS[group.visibility]} ({visibility_text(group.visibility)})"
    page.heading(f"{name}: {counted(len(group.facts), 'fact')}")
    if is_blocked and found.blocked:
        page.line(f"{counted(found.blocked, 'blocked event')} not shown (gesperrt)", hang=2)
    whys: dict[tuple[tuple[str, bool, str], ...], list[FactLine]] = {}
    for fact in group.facts:
        whys.setdefault(tuple((one.event, one.ended, one.was) for one in fact.changes), []).append(fact)
    for facts in whys.values():
        _why(page, facts)
        for fact in facts:
            focus = ", the event asked for" if fact.event == found.focus else ""
            stream = "" if fact.relation == "own" else f" ({fact.relation})"
            text = f"{dated_text(fact.occurred)} {fact.label}{stream}{focus}: {cut(fact.summary, _SUMMARY)}"
            page.line(text, indent=2, hang=4, mark=page.mark(fact.event))


def _why(page: Page, facts: list[FactLine]) -> None:
    changes = facts[0].changes
    if not changes:
        page.line(f"marked so when recorded ({len(facts)}):")
        return
    for change in changes:
        page.line(f"{_change(change)} ({len(facts)}):", hang=2, mark=page.mark(change.event))


def _change(change: ChangeLine) -> str:
    parts = [f"since {dated_text(change.occurred)}, no longer {visibility_text(change.was)}"]
    if change.ended and change.until is not None:
        parts = [f"{visibility_text(change.becomes)} until {date_text(change.until)}, which is over"]
    elif change.until is not None:
        parts.append(f"until {date_text(change.until)}")
    parts.append(f"on the ground of {known_text(change.legal_basis)}")
    if change.reason.state is not Knowledge.NOT_MENTIONED:
        parts.append(f"reason: {known_text(change.reason)}")
    return ", ".join(parts)


def _documents(page: Page, found: Release) -> None:
    if not found.documents:
        return
    page.heading("documents and annexes")
    for visibility in _HEADINGS:
        lines = [one for one in found.documents if one.visibility == visibility]
        if lines:
            page.line(f"{visibility_text(visibility)} ({len(lines)}):")
        for one in lines:
            page.line(_document(one), indent=2, hang=4, mark=page.mark(one.event))


def _document(one: ReleaseDocument) -> str:
    document = one.document
    title = f" {document.title}" if document.title is not None else ""
    state = "held" if document.state is Knowledge.STATED else code_text(document.state)
    kind = ", rests on it" if one.is_source else ""
    return f"{one.label}:{title or ' untitled'}, {state}{kind}"


# -- closure periods ------------------------------------------------------------------------------


def _closure(page: Page, found: Release) -> None:
    line = found.closure
    page.heading("general closure end (allgemeine Schutzfrist)")
    page.line(f"not decidable ({line.sentence})", hang=2)
    if not line.periods:
        return
    page.line("The days below are information, not a verdict.")
    if line.taken_over is None:
        page.line(
            "A closure period is one of archival material: that an archive took this over is not on record.", hang=2
        )
    else:
        page.line("An archive took it over.", mark=page.mark(line.taken_over))
    page.line(
        f"{counted(line.public_from_the_start, 'fact')} marked public when recorded: none, if meant for publication "
        f"from the start ({PUBLISHED}, source not read)",
        hang=2,
    )
    if line.released_later:
        page.line(f"{counted(line.released_later, 'fact')} released later: as for what is not public", hang=2)
    rest = f"{counted(line.not_public, 'fact')} not public" if line.not_public else "for what is not public"
    page.line(f"{rest}: whether it is under a duty of secrecy is not on record, so both periods are given", hang=2)
    if line.origin_on is not None:
        page.line(
            f"origin: last substantive event, {date_text(line.origin_on)}",
            indent=2,
            hang=2,
            mark=page.mark(line.origin_event),
        )
    if found.blocked:
        page.line("blocked events are not looked at: the origin may be a later day", indent=2, hang=2)
    for period in line.periods:
        _period(page, period, indent=2)


def _period(page: Page, period: PeriodLine, *, indent: int) -> None:
    day = date_text(period.on) if period.on is not None else f"no day: {period.why_no_day}"
    page.line(f"{period.says}: {day}", indent=indent, hang=2)
    for line in period.computation:
        page.line(line, indent=indent + 2, hang=2)
    if period.on is None:
        page.line(period.rule.citation, indent=indent + 2, hang=2)


def _persons(page: Page, found: Release) -> None:
    page.heading("personal data (personenbezogen)")
    rule = found.personal_rule
    if rule is not None:
        page.line(
            "10 years after death, 100 after birth, 60 after the origin, if the record is about a person by its "
            f"purpose or main content, which is not on record ({rule.citation}, source not read)",
            hang=2,
        )
        page.line(f"office holders in office are mostly exempt ({OFFICE}, source not read)", hang=2)
    else:
        page.line("no provision on record for this body", hang=2)
    if not found.persons:
        page.line("nobody is named by key or under a document in what is shown", hang=2)
    open_ones = [one for one in found.persons if one.says == NOT_DETERMINABLE]
    for one in found.persons:
        if one.says != NOT_DETERMINABLE and one.period is not None:
            page.line(f"{_name(one)}: personenbezogen, as information", hang=2)
            _period(page, one.period, indent=2)
    if open_ones:
        page.line(f"{NOT_DETERMINABLE} ({counted(len(open_ones), 'person')}):", hang=2)
        named = [one for one in open_ones if one.name is not None]
        for seen in ("also in what is public", "only in what is not public"):
            names = [_name(one) for one in named if ("public" in one.visibilities) == (seen[0] == "a")]
            if names:
                page.line(f"named {seen}: {', '.join(names)}", indent=2, hang=2)
        hidden = sum(one.name_state in {Knowledge.WITHHELD, Knowledge.ERASED} for one in open_ones)
        bare = len(open_ones) - len(named) - hidden
        if hidden:
            page.line(f"{counted(hidden, 'person')} whose name is withheld or erased", indent=2, hang=2)
        if bare:
            page.line(f"{counted(bare, 'person')} known by a key alone", indent=2, hang=2)
    if found.hidden_fields:
        page.line(f"{counted(found.hidden_fields, 'field')} for persons withheld or erased", hang=2)
    page.line("Names inside texts and documents are not looked for.")


def _name(one: PersonLine) -> str:
    name = one.name if one.name is not None else "somebody whose name is not shown"
    return f"{name} (office holder)" if one.office_holder.value is True else name


# -- the archive ----------------------------------------------------------------------------------


def _offers(page: Page, found: Release) -> None:
    page.heading("offer to the archive (Anbietung)")
    for one in found.offers:
        _offer(page, one)


def _offer(page: Page, one: OfferLine) -> None:
    due = one.due
    mark = page.mark(due.events[0] if due.events else None)
    page.line(one.title, hang=4)
    where = due.archive or "archive of the body not recorded"
    if due.on is None:
        page.line(f"{due.says}: no day: {due.why_no_day}; {where}", indent=2, hang=2, mark=mark)
    else:
        page.line(f"{due.says} {date_text(due.on)} ({due.basis}), {where}", indent=2, hang=2, mark=mark)
    for line in due.computation:
        page.line(line, indent=4, hang=2)
    if due.settled is not None:
        page.line(f"settled: {due.settled}", indent=4, hang=2)


def _apart(page: Page, found: Release) -> None:
    if found.apart and found.horizon.as_of is not None:
        page.heading(f"neither in nor out as of {date_text(found.horizon.as_of)}")
        for line in found.apart:
            page.line(f"{dated_text(line.occurred)}: {line.summary}", indent=2, hang=2, mark=page.mark(line.event))
    if found.later:
        page.blank()
        page.line(f"{counted(found.later, 'fact')} happened later than that")
