"""A person behind a key (de: Person).

Elsewhere people are keys only. What is known of one stands in this stream and is personal throughout, so that it
can be withheld or destroyed without touching a ballot.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.events import PersonKnown
from domain.stream import Fact, Keeps, RecordedEvent, State, advance

if TYPE_CHECKING:
    from domain.values import Said


class Person(State, frozen=True, kw_only=True):
    """What is known of a person; each entry replaces the one before it, and none disappears."""

    known: tuple[Fact[PersonKnown], ...] = ()

    @property
    def key(self) -> str:
        """The key by which other streams name the person."""
        return self.stream.partition(":")[2]

    @property
    def name(self) -> Said[str]:
        """The name as last recorded."""
        return self.known[-1].event.name if self.known else UNSET

    @property
    def office(self) -> Said[str]:
        """The office as last recorded."""
        return self.known[-1].event.office if self.known else UNSET


_KEEPS: Final[Keeps] = MappingProxyType({PersonKnown: "known"})


def evolve(state: Person | None, record: RecordedEvent) -> Person:
    """Apply one event; the first makes the person known."""
    return advance(state or Person(stream=record.stream), record, _KEEPS)
