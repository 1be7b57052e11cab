"""The human text for facts inside listed things that are neither in nor out as of the day asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.text import apart_words
from projections.wording import cut, date_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.shapes import ApartLine, HorizonLine
    from projections.text import Page

_TITLES_MAX: Final = 3
_TITLE_WIDTH: Final = 90


def facts_apart(page: Page, horizon: HorizonLine, things: Iterable[tuple[str, tuple[ApartLine, ...]]]) -> None:
    """List such facts, each once, with the things that it is about."""
    lines: dict[str, ApartLine] = {}
    titles: dict[str, list[str]] = {}
    for title, apart in things:
        for line in apart:
            lines[line.event] = line
            titles.setdefault(line.event, []).append(cut(title, _TITLE_WIDTH))
    if not lines or horizon.as_of is None:
        return
    page.heading(f"facts neither in nor out as of {date_text(horizon.as_of)}")
    for event, line in lines.items():
        page.line(apart_words(line), indent=2, hang=2, mark=page.mark(event))
        about = titles[event]
        more = f"; and {len(about) - _TITLES_MAX} more" if len(about) > _TITLES_MAX else ""
        page.line(f"about {'; '.join(about[:_TITLES_MAX])}{more}", indent=4, hang=2)
