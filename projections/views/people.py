"""Bodies with their rules, organs, groups, memberships and people over time (de: Körperschaften, Gremien)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.organ import Organ
from domain.values import stated
from projections.views.table import (
    Part,
    Row,
    Table,
    Teller,
    View,
    day,
    flag,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.body import Body
    from domain.group import Group
    from domain.person import Person

BODIES: Final = Table(
    name="bodies",
    says="a body (Körperschaft), as last stated",
    columns=(
        text("name", "its name"),
        text("kind", "code of its kind"),
        text("ids", "JSON: its official numbers"),
        text("archive_of_record", "the archive that takes its records over"),
    ),
)
RULE_SETS: Final = Table(
    name="rule_sets",
    says="a set of rules that a body adopted",
    columns=(
        text("name", "its name"),
        text("preset", "the preset it was taken from"),
        text("organ", "the organ it is for; NULL: all"),
        text("valid_from", "from which day"),
        text("valid_until", "until which day"),
        number("rules", "how many rules"),
        number("read", "of how many the source itself was read"),
    ),
)
ORGANS: Final = Table(
    name="organs",
    says="an organ (Gremium) or group (Fraktion), as last stated",
    columns=(
        text("kind", "organ or group"),
        text("code", "code of its kind"),
        text("body", "the body it belongs to"),
        text("name", "its name"),
        flag("decides", "it decides, and does not only advise"),
        number("seats", "seats"),
        text("dissolved", "since when it is no more"),
    ),
    indexes=(("name",), ("body",)),
)
MEMBERSHIPS: Final = Table(
    name="memberships",
    says="a change of a membership of an organ or group",
    columns=(
        text("person", "person key"),
        text("group_id", "the group for which"),
        text("function", "code of the function"),
        text("function_literal", "the function in the words of the source"),
        flag("voting", "with a vote"),
        text("begins", "from when"),
        text("ends", "until when"),
    ),
    indexes=(("person",),),
)
PEOPLE: Final = Table(
    name="people",
    says="a person, as last stated",
    columns=(
        text("person", "person key"),
        text("name", "the name"),
        text("office", "the office"),
        flag("office_holder", "holds an office of the body"),
    ),
    indexes=(("person",), ("name",)),
)


def _bodies(state: Body, teller: Teller) -> Iterator[Row]:
    if state.registered is not None:
        told_by = state.changes[-1] if state.changes else state.registered
        values: dict[str, object] = {
            "name": state.name,
            "kind": state.registered.event.kind,
            "ids": state.ids,
            "archive_of_record": state.archive_of_record,
        }
        yield teller.row(BODIES, told_by.record, values)


def _rule_sets(state: Body, teller: Teller) -> Iterator[Row]:
    names = ("name", "preset", "organ", "valid_from", "valid_until")
    for fact in state.rule_sets:
        rules = stated(fact.event.rules)
        values: dict[str, object] = {name: getattr(fact.event, name) for name in names}
        values["rules"] = len(rules) if rules is not None else fact.event.rules
        values["read"] = sum(rule.read for rule in rules) if rules is not None else fact.event.rules
        yield teller.row(RULE_SETS, fact.record, values, paths={"read": "data.rules"})


def _organs(state: Organ | Group, teller: Teller) -> Iterator[Row]:
    if state.registered is None:
        return
    told_by = state.changes[-1] if state.changes else state.registered
    values: dict[str, object] = {"name": state.name, "dissolved": _dissolved(state)}
    if isinstance(state, Organ):
        values |= {"kind": "organ", "code": state.kind, "body": state.body}
        values |= {"decides": state.decides, "seats": state.seats}
    else:
        event = state.registered.event
        values |= {"kind": "group", "code": event.kind, "body": event.body}
    yield teller.row(ORGANS, told_by.record, values, paths={"code": "data.kind"})


def _dissolved(state: Organ | Group) -> object:
    named = [fact.event.dissolved for fact in state.changes if fact.event.dissolved is not UNSET]
    return day(named[-1]) if named else UNSET


def _memberships(state: Organ | Group, teller: Teller) -> Iterator[Row]:
    names = ("person", "function", "function_literal", "voting")
    for fact in state.memberships:
        values: dict[str, object] = {name: getattr(fact.event, name) for name in names}
        values |= {"group_id": fact.event.group, "begins": day(fact.event.begins), "ends": day(fact.event.ends)}
        yield teller.row(MEMBERSHIPS, fact.record, values, paths={"group_id": "data.group"})


def _people(state: Person, teller: Teller) -> Iterator[Row]:
    if state.known:
        fact = state.known[-1]
        values: dict[str, object] = {n: getattr(fact.event, n) for n in ("name", "office", "office_holder")}
        yield teller.row(PEOPLE, fact.record, values | {"person": state.key})


BODY_VIEW: Final = View(
    name="bodies",
    version=1,
    kinds=("body",),
    parts=(
        Part(table=BODIES, reads=("registered", "changes"), rows=_bodies),
        Part(table=RULE_SETS, reads=("rule_sets",), rows=_rule_sets),
    ),
)
ORGAN_VIEW: Final = View(
    name="organs",
    version=1,
    kinds=("organ", "group"),
    parts=(
        Part(table=ORGANS, reads=("registered", "changes"), rows=_organs),
        Part(table=MEMBERSHIPS, reads=("memberships",), rows=_memberships),
    ),
)
PERSON_VIEW: Final = View(
    name="people", version=1, kinds=("person",), parts=(Part(table=PEOPLE, reads=("known",), rows=_people),)
)
