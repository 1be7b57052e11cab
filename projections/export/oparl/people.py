"""Bodies, organs, groups, and the people in them who hold public office.

OParl: Body, LegislativeTerm, Organization, Person, Membership.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.body import Body
from domain.group import Group
from domain.organ import Organ
from domain.person import Person
from domain.values import WITHHELD, When, stated
from domain.vocabulary import Certainty, GroupKind, IdentifierScheme, MembershipFunction
from projections.export.oparl.addresses import LISTS, SYSTEM
from projections.export.oparl.sheet import Sheet, code
from projections.export.oparl.thing import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.events import GroupChanged, MembershipChanged, OrganChanged, TermOpened
    from domain.stream import Fact, RecordedEvent
    from projections.export.oparl.desk import Desk

_COMMITTEE, _GROUP = "Gremium", "Fraktion"
_NUMBERS = {IdentifierScheme.GEMEINDESCHLUESSEL: "ags", IdentifierScheme.REGIONALSCHLUESSEL: "rgs"}


def body(desk: Desk, stream: str) -> Iterator[Thing]:
    """Give a body and its terms."""
    state = desk.public.state(stream, Body)
    if state is None:
        return
    sheet = desk.sheet(stream, "Body")
    registered = state.registered.event if state.registered is not None else None
    sheet.say("system", desk.addresses.url(SYSTEM))
    sheet.say("name", state.name)
    sheet.say("classification", registered.kind_literal if registered is not None else None)
    sheet.more("art", code(registered.kind) if registered is not None else None)
    sheet.more("land", registered.land if registered is not None else None)
    for one in stated(state.ids) or ():
        if one.scheme in _NUMBERS:
            sheet.say(_NUMBERS[one.scheme], one.value)
    others = [one for one in stated(state.ids) or () if one.scheme not in _NUMBERS]
    sheet.more("kennung", [{"schema": str(one.scheme), "wert": one.value} for one in others])
    for name in LISTS:
        sheet.say(name, desk.addresses.url(desk.addresses.listing(stream, name)))
    terms = [_term(desk, stream, fact) for fact in terms_of(state)]
    # Required, and so there even where there is none.
    tree = {**sheet.tree(), "legislativeTerm": [thing.tree for thing in terms]}
    yield Thing(kind="Body", path=desk.addresses.stream(stream), tree=tree, bodies=(stream,))
    for term in terms:
        yield Thing(kind=term.kind, path=term.path, tree={**term.tree, "body": desk.url(stream)}, bodies=(stream,))


def terms_of(state: Body) -> tuple[Fact[TermOpened], ...]:
    """Give the terms of a body; recorded again, the newest holds."""
    found = {key: fact for fact in state.terms if (key := stated(fact.event.term)) is not None}
    return tuple(found.values())


def _term(desk: Desk, stream: str, fact: Fact[TermOpened]) -> Thing:
    path = desk.addresses.inner("LegislativeTerm", stream, str(fact.event.term))
    sheet = Sheet("LegislativeTerm", desk.addresses.url(path), desk.public)
    sheet.rests_on(fact.record)
    sheet.say("name", fact.event.name)
    sheet.day("startDate", fact.event.begins, "beginn")
    sheet.day("endDate", fact.event.ends, "ende")
    sheet.more("nummer", fact.event.number)
    return Thing(kind="LegislativeTerm", path=path, tree=sheet.tree(), bodies=(stream,))


# -- organs and groups ----------------------------------------------------------------------------


def organization(desk: Desk, stream: str) -> Iterator[Thing]:
    """Give an organ or a group."""
    organ, group = desk.public.state(stream, Organ), desk.public.state(stream, Group)
    state = organ or group
    if state is None:
        return
    bodies = desk.public.bodies_of(stream)
    sheet = desk.sheet(stream, "Organization")
    sheet.say("body", next(iter(desk.urls(bodies)), None))
    sheet.say("name", state.name)
    if organ is not None:
        _of_organ(sheet, organ)
    elif group is not None:
        kind = stated(group.registered.event.kind) if group.registered is not None else None
        sheet.say("organizationType", _GROUP if kind is GroupKind.PARLIAMENTARY_GROUP else None)
        sheet.more("art", code(kind))
    registered = state.registered
    term = registered.event.term if registered is not None else None
    sheet.more("wahlperiode", desk.term_url(term, bodies))
    sheet.day("startDate", _stated_day(registered.record) if registered is not None else None, "gebildet")
    ended = _dissolved(state)
    sheet.day("endDate", _stated_day(ended), "aufgeloestAm")
    sheet.more("aufgeloest", True if ended is not None else None)
    sheet.say("membership", [_membership_url(desk, fact) for fact in memberships_of(desk, state)])
    yield Thing(kind="Organization", path=desk.addresses.stream(stream), tree=sheet.tree(), bodies=bodies)


def _of_organ(sheet: Sheet, organ: Organ) -> None:
    sheet.say("organizationType", _COMMITTEE)
    sheet.say("classification", organ.registered.event.kind_literal if organ.registered is not None else None)
    sheet.more("art", code(organ.kind))
    sheet.more("sitze", organ.seats)
    sheet.more("beschliesst", organ.decides)


def _dissolved(state: Organ | Group) -> RecordedEvent | None:
    """Give the event by which an organ or a group was dissolved."""
    changes: list[Fact[OrganChanged] | Fact[GroupChanged]] = [*state.changes]
    return next((fact.record for fact in reversed(changes) if fact.event.dissolved is True), None)


def _stated_day(record: RecordedEvent | None) -> object:
    """Give the day on which something happened, where the source states it."""
    when = record.occurred if record is not None else None
    return when.at if isinstance(when, When) and when.certainty is Certainty.STATED else None


# -- persons --------------------------------------------------------------------------------------


def memberships_of(desk: Desk, state: Organ | Group) -> Iterator[Fact[MembershipChanged]]:
    """Give the memberships of those who are shown; that somebody holds no function any more is none."""
    for fact in state.memberships:
        person = stated(fact.event.person)
        is_one = fact.event.function is not MembershipFunction.NONE and fact.event.function is not WITHHELD
        if is_one and person is not None and desk.public.is_given(f"person:{person}"):
            yield fact


def person(desk: Desk, stream: str) -> Iterator[Thing]:
    """Give a person who holds public office, with memberships; neither birth nor death, nor votes."""
    state = desk.public.state(stream, Person)
    if state is None:
        return
    sheet = desk.sheet(stream, "Person")
    sheet.say("name", state.name)
    sheet.say("status", [office] if (office := stated(state.office)) is not None else None)
    found: list[Thing] = []
    bodies: dict[str, None] = {}
    for place in dict.fromkeys(desk.notes.get("membership", stream)):
        owner = desk.public.state(place, Organ) or desk.public.state(place, Group)
        if owner is None:
            continue
        of = desk.public.bodies_of(place)
        bodies.update(dict.fromkeys(of))
        own = [fact for fact in memberships_of(desk, owner) if f"person:{fact.event.person}" == stream]
        every = [fact for fact in owner.memberships if f"person:{fact.event.person}" == stream]
        found += [_membership(desk, place, fact, is_last=fact is every[-1], bodies=of) for fact in own]
        for fact in own:
            sheet.rests_on(fact.record)
    sheet.say("membership", [thing.tree for thing in found])
    named = tuple(bodies) or desk.public.only_body()
    sheet.say("body", desk.url(named[0]) if len(named) == 1 else None)
    yield Thing(kind="Person", path=desk.addresses.stream(stream), tree=sheet.tree(), bodies=named)
    for one in found:
        yield Thing(kind=one.kind, path=one.path, tree={**one.tree, "person": desk.url(stream)}, bodies=one.bodies)


def _membership_path(desk: Desk, fact: Fact[MembershipChanged]) -> str:
    return desk.addresses.inner("Membership", fact.id)


def _membership_url(desk: Desk, fact: Fact[MembershipChanged]) -> str:
    return desk.addresses.url(_membership_path(desk, fact))


def _membership(
    desk: Desk, place: str, fact: Fact[MembershipChanged], *, is_last: bool, bodies: tuple[str, ...]
) -> Thing:
    path = _membership_path(desk, fact)
    event = fact.event
    sheet = Sheet("Membership", desk.addresses.url(path), desk.public)
    sheet.rests_on(fact.record)
    sheet.say("organization", desk.url(place))
    sheet.word("role", event.function_literal, stated(event.function))
    sheet.more("funktion", code(event.function))
    sheet.say("votingRight", event.voting)
    sheet.day("startDate", event.begins, "beginn")
    sheet.day("endDate", event.ends, "ende")
    # A later word on the same person and place holds instead, whether or not it says when this one ended.
    sheet.more("abgeloest", None if is_last else True)
    sheet.say("onBehalfOf", desk.one_url(event.group))
    return Thing(kind="Membership", path=path, tree=sheet.tree(), bodies=bodies)
