"""An organ: the council or a committee, with its members (de: Gremium)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from msgspec import UNSET

from domain import vocabulary as v
from domain.dates import is_before
from domain.events import MembershipChanged, OrganChanged, OrganRegistered
from domain.stream import Fact, Keeps, RecordedEvent, State, advance, newest
from domain.values import Said, stated

ADVISORY: frozenset[v.OrganKind] = frozenset({v.OrganKind.ADVISORY_COMMITTEE, v.OrganKind.ADVISORY_BOARD})


class Organ(State, frozen=True, kw_only=True):
    """An organ as its events tell it; what changed stands in `changes`, oldest first."""

    registered: Fact[OrganRegistered] | None = None
    changes: tuple[Fact[OrganChanged], ...] = ()
    memberships: tuple[Fact[MembershipChanged], ...] = ()

    @property
    def body(self) -> Said[str]:
        """The body it belongs to."""
        return self.registered.event.body if self.registered else UNSET

    @property
    def name(self) -> Said[str]:
        """The name it bears now."""
        changed = newest(self.changes, "name")
        if changed is not None:
            return changed.event.name
        return self.registered.event.name if self.registered else UNSET

    @property
    def kind(self) -> Said[v.OrganKind]:
        """Its kind, as last stated."""
        changed = newest(self.changes, "kind")
        if changed is not None:
            return changed.event.kind
        return self.registered.event.kind if self.registered else UNSET

    @property
    def seats(self) -> Said[int]:
        """The number of its members by law, as last stated."""
        changed = newest(self.changes, "seats")
        if changed is not None:
            return changed.event.seats
        return self.registered.event.seats if self.registered else UNSET

    @property
    def decides(self) -> Said[bool]:
        """Whether it decides or only advises, where that was stated."""
        changed = newest(self.changes, "decides")
        if changed is not None:
            return changed.event.decides
        return self.registered.event.decides if self.registered else UNSET

    @property
    def only_advises(self) -> bool:
        """Whether it is known to advise only: said so, or of a kind that never decides."""
        decides = stated(self.decides)
        return not decides if decides is not None else stated(self.kind) in ADVISORY


_KEEPS: Final[Keeps] = MappingProxyType(
    {OrganRegistered: "registered", OrganChanged: "changes", MembershipChanged: "memberships"}
)


def evolve(state: Organ | None, record: RecordedEvent) -> Organ:
    """Apply one event; the first enters the organ."""
    return advance(state or Organ(stream=record.stream), record, _KEEPS)


def members_on(facts: tuple[Fact[MembershipChanged], ...], day: str) -> tuple[Fact[MembershipChanged], ...]:
    """Give the memberships that held on a day, for each person the newest recorded one, in order of recording.

    A membership whose beginning or end is not stated is taken as open on that side; `none` ends it.
    """
    newest_of: dict[str, Fact[MembershipChanged]] = {}
    for fact in facts:
        person = stated(fact.event.person)
        begins, ends = stated(fact.event.begins), stated(fact.event.ends)
        if person is None or (begins is not None and is_before(day, begins)):
            continue
        newest_of.pop(person, None)
        ended = ends is not None and is_before(ends, day)
        if not ended and fact.event.function != v.MembershipFunction.NONE:
            newest_of[person] = fact
    return tuple(newest_of.values())
