"""The human text of the audit trail, and of what is recorded about a person.

Events that came with one command file from one source stand together under who recorded them, when and by which key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.findings_page import LISTED_MAX, Sheet, blocked_line, narrowed, right, short
from projections.shapes import Knowledge
from projections.text import WIDTH, frame
from projections.wording import code_text, counted, date_text, dated_text, day_text, visibility_text, without_example

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.audit import Audit, AuditLine
    from projections.audit_about import About

_KEY_SHOWN: Final = 12  # characters of a certificate's digest; `--signer` takes six
_NUMBER: Final = 7
# What a mention is called over a list.
_CATEGORIES: Final = {
    "person": "own stream",
    "full_name": "whole name",
    "surname": "surname only",
    "authority": "could state it",
}


def audit_text(answer: Audit, *, width: int = WIDTH) -> str:
    """Write the trail for people, one block a command file; with a person, one line an event."""
    page = Sheet(width)
    frame(page, answer.register, answer.horizon)
    filters = answer.filters
    asked = narrowed(
        (
            ("by", filters.by),
            ("about", filters.about),
            ("type", filters.type),
            ("from", filters.date_from),
            ("to", filters.date_to),
        )
    )
    page.line(", ".join(part for part in (counted(len(answer.entries), "event"), asked) if part), hang=2)
    if answer.about is None:
        blocked_line(page, answer.blocked)
        _trail(page, answer.entries)
        page.blank()
        page.line("Times and keys are what the tokens say; `ratsbuch verify` checks the signatures.", hang=2)
        return page.text()
    _person(page, answer.about)
    for line in answer.entries:
        _about(page, line)
    if answer.maybe:
        page.heading(f"may be about: {counted(len(answer.maybe), 'event')} whose texts hold the name")
        for line in answer.maybe:
            _about(page, line)
    _ending(page, answer.about)
    return page.text()


# -- the trail ------------------------------------------------------------------------------------


def _trail(page: Sheet, entries: Iterable[AuditLine]) -> None:
    last: tuple[object, ...] | None = None
    source = ""
    for line in entries:
        head = (line.recorded_at, line.person, line.role, line.key, line.txn)
        if head != last:
            last, source = head, ""
            page.blank()
            _head(page, line)
        page.entry(f"{right(line.position, _NUMBER)}  ", f"{line.label}: {without_example(line.title)}{_hidden(line)}")
        if line.recorded_at is not None and _sources(line) != source:
            source = _sources(line)
            page.line(f"Quelle {source}", indent=_NUMBER + 2, hang=2)


def _head(page: Sheet, line: AuditLine) -> None:
    if line.recorded_at is None:
        by = f" by {short(line.erased_by)}" if line.erased_by is not None else ""
        page.line(f"erased down to the log entry{by}: nobody can tell any more who recorded it", hang=2)
        return
    page.line(f"{date_text(line.recorded_at)}, {_recorder(line)} ({line.role})", hang=2, mark=_key(line))
    page.line(f"command file {line.txn}", indent=2, hang=2)


def _recorder(line: AuditLine) -> str:
    """Give the name of who recorded it; of a key only so much that a reader tells it from others."""
    return f"{str(line.person)[:8]}…" if line.recorded_by == line.person else str(line.recorded_by)


def _key(line: AuditLine) -> str:
    return f"key {line.key[:_KEY_SHOWN]}…" if line.key is not None else ""


def _sources(line: AuditLine) -> str:
    if not line.sources:
        return "not mentioned" if line.sources_state is Knowledge.NOT_MENTIONED else code_text(line.sources_state)
    found = []
    for source in line.sources:
        named = ", ".join(
            part for part in (source.citation, source.document, source.locator, source.whereabouts) if part
        )
        found.append(f"{code_text(source.grade)}: {named}" if named else code_text(source.grade))
    return "; ".join(found)


def _hidden(line: AuditLine) -> str:
    if line.visibility is None or line.visibility == "public":
        return ""
    return f" ({visibility_text(line.visibility)})"


# -- about a person -------------------------------------------------------------------------------


def _person(page: Sheet, about: About) -> None:
    page.blank()
    if about.names:
        former = f" (formerly {'; '.join(about.names[1:])})" if about.names[1:] else ""
        blocked = "; a newer name is blocked (gesperrt)" if about.name_blocked else ""
        page.line(f"{about.names[0]}{former}{blocked}", hang=2)
    elif about.name_blocked:
        page.line("name blocked (gesperrt); `--with-blocked` shows it", hang=2)
    elif about.name_state is Knowledge.ERASED:
        by = f" by {short(about.name_erased_by)}" if about.name_erased_by is not None else ""
        page.line(f"name erased{by}", hang=2)
    else:
        page.line(f"name {code_text(about.name_state)}", hang=2)
    page.line(about.person)
    page.line(about.law, hang=2)
    page.blank()
    for category, count in about.categories.items():
        page.entry(f"{right(count, _NUMBER)}  ", _CATEGORIES.get(category, code_text(category)))
    if about.recorder is not None:
        roles = ", ".join(f"{count} as {role}" for role, count in about.recorder.roles.items())
        page.entry(
            f"{right(about.recorder.events, _NUMBER)}  ",
            f"recorded by this person ({roles}), {day_text(about.recorder.first_at)} to "
            f"{day_text(about.recorder.last_at)}; `audit --by` lists them",
        )
    page.blank()


def _about(page: Sheet, line: AuditLine) -> None:
    if line.recorded_at is None:
        recorded = "token erased"
    else:
        happened = dated_text(line.occurred) if line.occurred is not None else ""
        recorded = f"{happened}; recorded {day_text(line.recorded_at)} by {_recorder(line)}"
    page.entry(f"{right(line.position, _NUMBER)}  ", f"{line.label}: {line.title}{_hidden(line)}")
    for one in line.mentions:
        category = _CATEGORIES.get(one.category, code_text(one.category))
        field = f" [{one.path.lstrip('/')}]" if one.category in {"full_name", "surname"} else ""
        page.line(f"{category}{field}: {one.says}", indent=_NUMBER + 2, hang=2)
    page.line(f"{recorded}; Quelle {_sources(line)}" if line.recorded_at else recorded, indent=_NUMBER + 2, hang=2)


def _ending(page: Sheet, about: About) -> None:
    if about.erased:
        page.heading("erased")
        for one in about.erased:
            page.line(
                f"{short(one.event)}: token erased by {short(one.erased_by)} on {day_text(one.erased_at)}", hang=2
            )
    if about.hidden:
        page.heading("cannot be told: what may have named the person")
        for place in about.hidden[:LISTED_MAX]:
            by = f" by {short(place.erased_by)}" if place.erased_by is not None else ""
            page.line(f"{short(place.event)} {place.path or 'whole token'}: {code_text(place.state)}{by}", hang=2)
        if len(about.hidden) > LISTED_MAX:
            page.line(f"and {len(about.hidden) - LISTED_MAX} more; `--json` names all")
    page.heading("not contained")
    if about.blocked:
        page.line(
            f"- {counted(about.blocked, 'blocked event')}, not looked through (gesperrt); `--with-blocked` does", hang=2
        )
    for text in about.not_contained:
        page.line(f"- {text}", hang=2)
