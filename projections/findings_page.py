"""What the pages of views over a whole register have in common: the head, the filters, columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.text import Page, blocked_line, display_width, escaped

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["LISTED_MAX", "Sheet", "blocked_line", "narrowed", "right", "short"]

LISTED_MAX: Final = 10  # of a kind, where everything is asked for; JSON has all


class Sheet(Page):
    """A page with columns, which keep their spaces."""

    def row(self, *columns: str) -> None:
        """Add a line of columns; none of them may come from a source."""
        self._lines.append("".join(columns))

    def entry(self, lead: str, text: str) -> None:
        """Add a text that may come from a source, wrapped beside a column."""
        first, *rest = self._fitted(escaped(text), lead, lead)
        self._lines += [lead + first, *(" " * display_width(lead) + line for line in rest)]


def narrowed(filters: Iterable[tuple[str, str | None]]) -> str:
    """Say what was asked for; empty where nothing was."""
    return ", ".join(f"{label} {value}" for label, value in filters if value)


def right(text: object, width: int) -> str:
    """Put a number at the right of its column."""
    words = str(text)
    return " " * max(0, width - display_width(words)) + words


def short(event: str) -> str:
    """Give an event id short enough for a line: kind, the end of the id, place."""
    stream, _, seq = event.partition("#")
    kind, _, key = stream.partition(":")
    return f"{kind} …{key[-6:]}#{seq}"
