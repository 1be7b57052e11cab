"""A body: a district or municipality with its rules and terms (de: Körperschaft)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.events import BodyChanged, BodyRegistered, RuleSetAdopted, TermOpened
from domain.stream import Fact, Keeps, RecordedEvent, State, advance, newest

if TYPE_CHECKING:
    from domain.values import Identifier, Said


class Body(State, frozen=True, kw_only=True):
    """A body as its events tell it.

    Attributes:
        registered: How it was entered.
        changes: What changed since, oldest first.
        rule_sets: The sets of rules adopted, in order of recording, whatever day they hold from.
        terms: The terms of office; recorded again under the same id, the newest holds.
    """

    registered: Fact[BodyRegistered] | None = None
    changes: tuple[Fact[BodyChanged], ...] = ()
    rule_sets: tuple[Fact[RuleSetAdopted], ...] = ()
    terms: tuple[Fact[TermOpened], ...] = ()

    @property
    def name(self) -> Said[str]:
        """The name it bears now."""
        changed = newest(self.changes, "name")
        if changed is not None:
            return changed.event.name
        return self.registered.event.name if self.registered else UNSET

    @property
    def ids(self) -> Said[tuple[Identifier, ...]]:
        """Its official numbers, as last stated."""
        changed = newest(self.changes, "ids")
        if changed is not None:
            return changed.event.ids
        return self.registered.event.ids if self.registered else UNSET

    @property
    def archive_of_record(self) -> Said[str]:
        """The archive that takes over its records."""
        changed = newest(self.changes, "archive_of_record")
        if changed is not None:
            return changed.event.archive_of_record
        return self.registered.event.archive_of_record if self.registered else UNSET


_KEEPS: Final[Keeps] = MappingProxyType(
    {BodyRegistered: "registered", BodyChanged: "changes", RuleSetAdopted: "rule_sets", TermOpened: "terms"}
)


def evolve(state: Body | None, record: RecordedEvent) -> Body:
    """Apply one event; the first enters the body."""
    return advance(state or Body(stream=record.stream), record, _KEEPS)
