"""What organisations, persons, memberships and terms of a source say (OParl: Organization, Person, Membership ...).

Persons have random keys. Which key an object of the source got stands in the person's own stream, as personal data,
and nowhere else; so it goes when the person's data go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from archive.intake.oparl.mapping import OrganizationKind
from archive.intake.oparl.stating import on
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archive.intake.oparl.mapping import Vocabulary
    from archive.intake.oparl.objects import Membership, Organization, Person, Term
    from archive.intake.oparl.stating import Context, Known
    from domain.stream import Statement


def kind_of(words: Vocabulary, organization: Organization) -> OrganizationKind:
    """Give what an organisation is here: by its type, else its classification, else its name."""
    found: OrganizationKind | None = None
    for literal in (organization.classification, organization.kind):
        if literal:
            found = words.find("organization", OrganizationKind, literal)
            if found is not None and found is not OrganizationKind.OTHER:
                return found
    if organization.name:
        found = words.find("organization", OrganizationKind, organization.name, count=False) or found
    return found or OrganizationKind.OTHER


def state_organization(
    context: Context, organization: Organization, stream: str, kind: OrganizationKind
) -> list[Statement]:
    """State what an organisation says that was not said before.

    Args:
        context: The object.
        organization: What it says.
        stream: The organ or group.
        kind: What it is here.
    """
    before = context.known.shown(stream) if context.is_known else ()
    name = organization.name or context.url
    said: list[Statement] = []
    literal = organization.kind or organization.classification
    names = [getattr(s.event, "name", UNSET) for s in before]
    known = next((found for found in reversed(names) if isinstance(found, str)), None)
    began = on(organization.start, v.Certainty.STATED)
    if stream.startswith("group:"):
        if not before:
            registered = e.GroupRegistered(body=context.body, name=name, kind=v.GroupKind.PARLIAMENTARY_GROUP)
            said.append(context.say(stream, registered, "", occurred=began))
        elif known != name:
            said.append(context.say(stream, e.GroupChanged(name=name), "/name"))
        is_over = any(isinstance(s.event, e.GroupChanged) and s.event.dissolved is True for s in before)
        ended: e.Event = e.GroupChanged(dissolved=True)
    else:
        if not before:
            entered = e.OrganRegistered(body=context.body, name=name, kind=v.OrganKind(kind), kind_literal=literal)
            said.append(context.say(stream, entered, "", occurred=began))
        elif known != name:
            said.append(context.say(stream, e.OrganChanged(name=name), "/name"))
        is_over = any(isinstance(s.event, e.OrganChanged) and s.event.dissolved is True for s in before)
        ended = e.OrganChanged(dissolved=True)
    if organization.end is not UNSET and not is_over:
        said.append(context.say(stream, ended, "/endDate", occurred=on(organization.end, v.Certainty.STATED)))
    return said


def state_term(context: Context, term: Term) -> list[Statement]:
    """State what a term of office says that was not said before."""
    key = context.ids.inner("term", term.id)
    opened = e.TermOpened(term=key, name=term.name, begins=term.start, ends=term.end)
    before = context.known.shown(context.body)
    last = next((s.event for s in reversed(before) if isinstance(s.event, e.TermOpened) and s.event.term == key), None)
    if last == opened:
        return []
    return [context.say(context.body, opened, term.at, occurred=on(term.start, v.Certainty.STATED))]


# -- persons --------------------------------------------------------------------------------------


class Persons:
    """The keys of a source's persons.

    Args:
        known: What the record says.
        new_key: Gives a new random key.
    """

    def __init__(self, known: Known, new_key: Callable[[], str]) -> None:
        self._known = known
        self._new_key = new_key
        self._keys: dict[str, str] | None = None

    def _all(self) -> dict[str, str]:
        if self._keys is None:
            self._keys = {}
            for stream in self._known.record.streams("person"):
                for statement in self._known.shown(stream):
                    event = statement.event
                    if isinstance(event, e.PersonKnown) and isinstance(event.source_id, str):
                        self._keys[event.source_id] = stream.partition(":")[2]
        return self._keys

    def key(self, url: str) -> str | None:
        """Give the key of a person whom the source shows; None for one never met."""
        return self._all().get(url)

    def ids(self) -> tuple[str, ...]:
        """Give the ids of all persons met, in order."""
        return tuple(sorted(self._all()))

    def meet(self, context: Context, url: str, at: str) -> tuple[str, list[Statement]]:
        """Give the key of a person who is named, with what has to be stated if it is for the first time."""
        key = self.key(url)
        if key is not None:
            return key, []
        key = self._all()[url] = self._new_key()
        said = context.say(f"person:{key}", e.PersonKnown(source_id=url), at, visibility=v.Visibility.NON_PUBLIC)
        return key, [said]


def state_person(context: Context, person: Person, stream: str) -> list[Statement]:
    """State what a person's object says that was not said before, memberships apart."""
    known = e.PersonKnown(name=person.name, source_id=context.url)
    before = context.known.shown(stream)
    if before and before[-1].event == known:
        return []
    return [context.say(stream, known, "", visibility=v.Visibility.NON_PUBLIC)]


def state_membership(
    context: Context, membership: Membership, stream: str, person: str, before: Sequence[Statement]
) -> list[Statement]:
    """State a membership that was not stated before.

    Args:
        context: The object.
        membership: What it says.
        stream: The organ or group, which is recorded.
        person: The person's key.
        before: What the source showed of that organ or group.
    """
    function = v.MembershipFunction.MEMBER
    if membership.role is not UNSET:
        function = context.words.find("membership_function", v.MembershipFunction, membership.role) or function
    changed = e.MembershipChanged(
        person=person,
        function=function,
        function_literal=membership.role,
        voting=membership.voting,
        begins=membership.start,
        ends=membership.end,
    )
    if any(s.event == changed for s in before):
        return []
    occurred = on(membership.start, v.Certainty.STATED)
    return [context.say(stream, changed, membership.at, occurred=occurred, visibility=v.Visibility.NON_PUBLIC)]
