"""What the printed pages of lists have in common: whose record it is, up to where was read, what is not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.text import blocked_line, known_text, marked
from projections.wording import code_text, counted, date_text, day_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.shapes import CheckLine, ErasureLine, Field, Known
    from projections.text import Page

DATE_WIDTH: Final = 12
MARKS: Final = "[n grade]: the event that says it, the grade of its source; `history` says more"


def headline(page: Page, count: str, bodies: tuple[str, ...], filters: Iterable[str | None]) -> None:
    """Say how much there is, of how many bodies, and what it was narrowed to."""
    of = f" (register of {counted(len(bodies), 'body', 'bodies')})" if len(bodies) > 1 else ""
    page.line(", ".join([f"{count}{of}", *filter(None, filters)]), hang=2)


def organ_filter(organ: str | None, organs: tuple[str, ...]) -> str | None:
    """Say which organ was asked for; where its name is that of several, all of them."""
    if organ is None:
        return None
    several = f" (of {len(organs)} organs: {'; '.join(organs)})" if len(organs) > 1 else ""
    return f"organ {organ}{several}"


def dates_filter(date_from: str | None, date_to: str | None) -> str | None:
    """Say between which days was looked."""
    found = [f"from {date_text(date_from)}"] if date_from is not None else []
    found += [f"to {date_text(date_to)}"] if date_to is not None else []
    return " ".join(found) or None


def not_shown(page: Page, erased: Iterable[ErasureLine], blocked: int) -> None:
    """Say what is not shown: streams of which nothing is left, and blocked events, of which only the number is told."""
    lines = tuple(erased)
    if lines:
        streams = tuple(dict.fromkeys(line.event.partition("#")[0] for line in lines))
        days = ", ".join(dict.fromkeys(day_text(line.erased_at) for line in lines))
        page.line(f"besides, {counted(len(streams), 'stream')} of which nothing is left, erased {days}:", hang=2)
        for stream in streams:
            page.line(stream, indent=2)
    blocked_line(page, blocked)


def hidden_mark(visibility: str | None) -> str:
    """Give what is added to a heading that not everybody may see."""
    return marked("", visibility)


def day_or(known: Known, otherwise: str = "undated") -> str:
    """Write the day of a known date; else that there is none."""
    return day_text(known.value) if isinstance(known.value, str) else otherwise


def counts(tally: Iterable[Field]) -> str:
    """Say counts, first those that are stated, then those that are not."""
    fields = tuple(tally)
    found = [f"{field.known.text} {code_text(field.name)}" for field in fields if field.known.value is not None]
    missing: dict[str, list[str]] = {}
    for field in fields:
        if field.known.value is None:
            missing.setdefault(known_text(field.known), []).append(code_text(field.name))
    parts = [*([", ".join(found)] if found else []), *(f"{', '.join(n)} {s}" for s, n in missing.items())]
    return "; ".join(parts) or "no count mentioned"


def check_words(check: CheckLine) -> str:
    """Say what came of a check; where a rule was not read, that nothing follows from it."""
    unread = " (rule unchecked)" if check.reason == "rule_unchecked" else ""
    return f"{code_text(check.verdict)}{unread}: {check.sentence.removeprefix('rule unchecked: ')}"
