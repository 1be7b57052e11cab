"""A bar chart as plain SVG: as wide as there is room, readable without colours, with its words beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from projections.export.view.html import el, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.export.view.html import Element

_WIDTH: Final = 360
_LABEL: Final = 112  # up to here the labels stand
_ROOM: Final = 48  # right of the longest bar, for its number
_ROW: Final = 30
_BAR: Final = 20
_BASE: Final = 15  # from the top of a bar to the line that its words stand on
_LABEL_MAX: Final = 15


class Bar(Struct, frozen=True, kw_only=True):
    """A bar: its label, its number, and the class that gives it its colour."""

    label: str
    count: int
    look: str


def chart(bars: Sequence[Bar], *, key: str, title: str, description: str) -> Element:
    """Draw bars.

    Args:
        bars: The bars, from the top.
        key: What the ids of its title and description begin with.
        title: What it shows.
        description: The same in a sentence with all its numbers.
    """
    most = max([bar.count for bar in bars] + [1])
    height = _ROW * len(bars) + 4
    rows = [_row(bar, 2 + _ROW * place, most) for place, bar in enumerate(bars)]
    return el(
        "svg",
        el("title", title, id=f"{key}-t"),
        el("desc", description, id=f"{key}-d"),
        el("line", class_="achse", x1=_LABEL, y1=0, x2=_LABEL, y2=height),
        rows,
        role="img",
        aria_labelledby=f"{key}-t {key}-d",
        class_="diagramm",
        viewbox=f"0 0 {_WIDTH} {height}",
    )


def _row(bar: Bar, top: int, most: int) -> Element:
    # Whole numbers only: how a fraction is written must not depend on anything.
    wide = (_WIDTH - _LABEL - _ROOM) * bar.count // most
    label = visible(bar.label)
    short = label if len(label) <= _LABEL_MAX else f"{label[: _LABEL_MAX - 1]}…"
    return el(
        "g",
        el("text", short, class_="name", x=_LABEL - 8, y=top + _BASE),
        el("rect", class_=bar.look, x=_LABEL, y=top, width=max(wide, 1 if bar.count else 0), height=_BAR),
        el("text", str(bar.count), class_="zahl", x=_LABEL + wide + 8, y=top + _BASE),
    )
