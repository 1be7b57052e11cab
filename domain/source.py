"""One object of a source system, as it was seen over time (de: Quelle)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import vocabulary as v
from domain.events import SourceObserved
from domain.stream import Fact, Keeps, RecordedEvent, State, advance, newest

if TYPE_CHECKING:
    from domain.values import Said


class Source(State, frozen=True, kw_only=True):
    """What the source showed, oldest observation first."""

    observations: tuple[Fact[SourceObserved], ...] = ()

    @property
    def recorded_in(self) -> Said[str]:
        """The stream that what the object says was recorded in."""
        found = newest(self.observations, "recorded_in")
        return found.event.recorded_in if found else UNSET

    @property
    def url(self) -> Said[str]:
        """Where it was last looked at."""
        return self.observations[-1].event.url if self.observations else UNSET

    @property
    def is_gone(self) -> bool:
        """Whether the last look found it gone, or only a tombstone in its place."""
        return bool(self.observations) and self.observations[-1].event.change in GONE


GONE: frozenset[v.SourceChange] = frozenset({v.SourceChange.GONE, v.SourceChange.TOMBSTONE})


_KEEPS: Final[Keeps] = MappingProxyType({SourceObserved: "observations"})


def evolve(state: Source | None, record: RecordedEvent) -> Source:
    """Apply one event; the first is the first look."""
    return advance(state or Source(stream=record.stream), record, _KEEPS)
