"""A group of members (de: Fraktion, Gruppe)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.events import GroupChanged, GroupRegistered, MembershipChanged
from domain.stream import Fact, Keeps, RecordedEvent, State, advance, newest

if TYPE_CHECKING:
    from domain.values import Said


class Group(State, frozen=True, kw_only=True):
    """A group as its events tell it. Who belongs to it on a day: `domain.organ.members_on(memberships, day)`."""

    registered: Fact[GroupRegistered] | None = None
    changes: tuple[Fact[GroupChanged], ...] = ()
    memberships: tuple[Fact[MembershipChanged], ...] = ()

    @property
    def name(self) -> Said[str]:
        """The name it bears now."""
        changed = newest(self.changes, "name")
        if changed is not None:
            return changed.event.name
        return self.registered.event.name if self.registered else UNSET


_KEEPS: Final[Keeps] = MappingProxyType(
    {GroupRegistered: "registered", GroupChanged: "changes", MembershipChanged: "memberships"}
)


def evolve(state: Group | None, record: RecordedEvent) -> Group:
    """Apply one event; the first enters the group."""
    return advance(state or Group(stream=record.stream), record, _KEEPS)
