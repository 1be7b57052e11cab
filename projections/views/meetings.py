"""Meetings: agenda as set and as held, presence, ballots and votes, outcomes, minutes (de: Sitzungen)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import values as x
from domain import vocabulary as v
from domain.meeting import agenda, items, minutes
from domain.values import WITHHELD, stated
from projections.views.table import (
    HAPPENED,
    HAPPENED_PATHS,
    Part,
    Row,
    Table,
    Teller,
    View,
    flag,
    happened,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.events import AgendaSet, BallotHeld, MotionMoved, OutcomeDeclared
    from domain.meeting import Item, Meeting
    from domain.stream import Fact, RecordedEvent

MEETINGS: Final = Table(
    name="meetings",
    says="a meeting (Sitzung), as last convened and moved",
    columns=(
        text("body", "the body"),
        text("number", "its number, as printed"),
        text("name", "its name in the source"),
        text("organs", "JSON: the organs that meet"),
        text("starts_at", "when it begins"),
        text("ends_at", "when it ends"),
        text("place", "where"),
        text("publicity", "code of publicity"),
        text("invited_on", "the day of the invitation"),
        text("papers_sent_at", "when the papers were sent"),
        text("cancelled_by", "the event by which it was cancelled"),
    ),
    indexes=(("starts_at", "stream"), ("body",)),
)
MEETING_ORGANS: Final = Table(
    name="meeting_organs",
    says="an organ that meets in a meeting",
    columns=(text("organ", "the organ"),),
    # Whether an organ met in a meeting is found without going through all of its meetings.
    indexes=(("organ", "stream"),),
)
AGENDAS: Final = Table(
    name="agendas",
    says="an item of an agenda as it was set: every agenda, the invitation's and each later one",
    columns=(
        text("part", "code of the part of the meeting"),
        text("stage", "code of what the agenda was set for"),
        number("agenda_version", "the version of the agenda"),
        text("item", "the item's id"),
        text("number", "its number, as printed"),
        number("place", "its place, from 0"),
        text("title", "its title"),
        text("proposal", "the proposal to be taken up"),
        number("version", "the version of that proposal"),
        text("publicity", "code of publicity as set"),
        flag("holds", "this is the agenda that holds for its part"),
    ),
    indexes=(("proposal",), ("item",)),
)
ITEMS: Final = Table(
    name="items",
    says="an agenda item with what became of it (TOP, as held)",
    columns=(
        text("item", "its id"),
        text("number", "its number, as printed"),
        text("title", "its title"),
        text("proposal", "the proposal"),
        number("version", "the version of that proposal"),
        flag("on_agenda", "the agenda that holds names it"),
        text("publicity", "code of publicity as set"),
        text("publicity_held", "code of publicity as held; NULL: not recorded"),
        number("calls", "how often it was called"),
        number("ballots", "how many ballots were held under it"),
        number("outcomes", "how many outcomes were declared"),
    ),
    indexes=(("proposal",),),
)
PRESENCE: Final = Table(
    name="presence",
    says="who was there, came, went or was excluded, in the order in which it was recorded",
    columns=(
        text("part", "code of the part of the meeting"),
        text("item", "the agenda item under which it happened"),
        text("person", "person key"),
        text("what", "present, absent, excluded, or the code of the change"),
        flag("excused", "the absence was excused"),
        *HAPPENED,
    ),
    indexes=(("person",),),
)
BALLOTS: Final = Table(
    name="ballots",
    says="a ballot (Abstimmung, Wahl) as its count was stated; NULL is not zero",
    columns=(
        text("ballot", "its id"),
        text("item", "the agenda item"),
        text("proposal", "the proposal voted on"),
        number("version", "its version"),
        text("motion", "the motion voted on"),
        text("question", "the question put"),
        text("method", "code of the method"),
        number("yes", "votes for"),
        number("no", "votes against"),
        number("abstain", "abstentions"),
        number("invalid", "invalid votes"),
        number("not_cast", "votes not cast"),
        number("present", "members present"),
        number("entitled", "members entitled to vote"),
        number("excluded", "members excluded"),
        text("rest_as", "code of the vote of those not counted"),
        text("declared", "code of the result declared"),
        text("declared_literal", "the result in the words of the source"),
        text("required", "JSON: the majority stated to be required"),
        flag("chair_voted", "the chair voted"),
        text("option_counts", "JSON: votes for each option"),
        *HAPPENED,
    ),
    indexes=(("ballot",), ("proposal",), ("item",)),
)
VOTES: Final = Table(
    name="votes",
    says="how a person or a group voted, where that is stated",
    columns=(
        text("ballot", "the ballot"),
        text("person", "person key"),
        text("group_id", "the group (Fraktion)"),
        text("choice", "code of the vote"),
        text("option", "the option voted for"),
        number("votes", "how many votes of a group"),
    ),
    indexes=(("ballot",), ("person",)),
)
MOTIONS: Final = Table(
    name="motions",
    says="a motion (Antrag) moved in a meeting",
    columns=(
        text("motion", "its id"),
        text("item", "the agenda item"),
        text("proposal", "the proposal that it is itself, or changes"),
        number("version", "the version that it changes"),
        text("kind", "code of its kind"),
        text("text", "its words"),
        text("moved_by", "JSON: who moved it"),
        flag("adopted_by_administration", "the administration took it over"),
        *HAPPENED,
    ),
    indexes=(("motion",), ("proposal",)),
)
OUTCOMES: Final = Table(
    name="outcomes",
    says="an outcome declared (Beratungsergebnis)",
    columns=(
        text("item", "the agenda item"),
        text("proposal", "the proposal"),
        text("consultation", "the consultation it belongs to"),
        text("outcome", "code of the outcome"),
        text("outcome_literal", "the outcome in the words of the source"),
        text("ballots", "JSON: the ballots it rests on"),
        text("referred_to", "the organ it was referred to"),
        *HAPPENED,
    ),
    indexes=(("proposal",), ("item",), ("outcome",)),
)
MINUTES: Final = Table(
    name="minutes",
    says="a version of the minutes (Niederschrift)",
    columns=(
        text("kind", "code of the kind"),
        text("part", "code of the part of the meeting"),
        number("version", "its number"),
        number("filings", "how often it was filed; more than once: exchanged"),
        flag("held", "the archive had the document filed last; NULL: none was filed"),
        text("digest", "SHA-512 of it, hex"),
        text("presented_by", "the event by which it was presented"),
        text("signed_by", "the event by which it was signed"),
        number("objections", "objections raised or decided"),
    ),
    indexes=(("digest",),),
)


def _meetings(state: Meeting, teller: Teller) -> Iterator[Row]:
    convened = state.convened
    if convened is None:
        return
    names = ("body", "number", "name", "organs", "publicity", "invited_on", "papers_sent_at")
    values: dict[str, object] = {name: getattr(convened.event, name) for name in names}
    values |= {"starts_at": state.starts_at, "ends_at": state.ends_at, "place": state.place}
    values["cancelled_by"] = state.cancelled.id if state.cancelled is not None else UNSET
    moved = state.moves[-1].record if state.moves else convened.record
    yield teller.row(MEETINGS, convened.record, values, origins=dict.fromkeys(("starts_at", "ends_at", "place"), moved))


def _organs(state: Meeting, teller: Teller) -> Iterator[Row]:
    if state.convened is not None:
        for organ in state.organs:
            yield teller.row(MEETING_ORGANS, state.convened.record, {"organ": organ})


def _agendas(state: Meeting, teller: Teller) -> Iterator[Row]:
    def rows(fact: Fact[AgendaSet]) -> Iterator[Row]:
        event = fact.event
        holds = id(fact) in holding
        titles = {title.item: title.title for title in stated(event.titles) or ()}
        absent = WITHHELD if event.titles is WITHHELD else UNSET
        for entry in stated(event.items) or ():
            values: dict[str, object] = {
                "part": event.part,
                "stage": event.stage,
                "agenda_version": event.version,
                "item": entry.item,
                "number": entry.number,
                "place": entry.order,
                "title": titles.get(entry.item, absent),
                "proposal": entry.proposal,
                "version": entry.version,
                "publicity": entry.publicity,
                "holds": holds,
            }
            yield teller.row(AGENDAS, fact.record, values, paths={"title": "data.titles"})

    holding = {id(agenda(state, part)) for part in v.Part}
    for fact in state.agendas:
        yield from teller.once(AGENDAS, fact, rows, beside=id(fact) in holding)


def _items(state: Meeting, teller: Teller) -> Iterator[Row]:
    for item in items(state):
        under = (
            item.calls,
            item.publicity,
            item.attendance,
            item.exclusions,
            item.motions,
            item.ballots,
            item.outcomes,
        )
        records = [fact.record for facts in under for fact in facts]
        records += [annex.attached.record for annex in item.annexes]
        told_by = item.set_by.record if item.set_by is not None else records[0]
        values: dict[str, object] = {
            "item": item.key,
            "title": item.title,
            "on_agenda": item.is_on_agenda,
            "publicity_held": item.publicity_held or UNSET,
            "calls": len(item.calls),
            "ballots": len(item.ballots),
            "outcomes": len(item.outcomes),
        }
        if item.entry is not None:
            values |= {name: getattr(item.entry, name) for name in ("number", "proposal", "version", "publicity")}
        yield teller.row(ITEMS, told_by, values, paths={"title": "data.titles"})


def _first_under(item: Item) -> RecordedEvent:
    """Give the first event under an item that no agenda names."""
    under = (item.calls, item.publicity, item.attendance, item.exclusions, item.motions, item.ballots, item.outcomes)
    records = [fact.record for facts in under for fact in facts]
    records += [annex.attached.record for annex in item.annexes]
    return min(records, key=lambda record: record.seq)


def _presence(state: Meeting, teller: Teller) -> Iterator[Row]:
    rows: list[tuple[int, Row]] = []

    def add(record: RecordedEvent, path: str, **values: object) -> None:
        paths = {**HAPPENED_PATHS, "person": path}
        rows.append((record.seq, teller.row(PRESENCE, record, {**happened(record), **values}, paths=paths)))

    for opened in state.openings:
        part = opened.event.part
        for name, what in (("present", "present"), ("absent", "absent")):
            people = getattr(opened.event, name)
            if people is WITHHELD:
                add(opened.record, f"data.{name}", part=part, person=WITHHELD, what=what)
            for one in stated(people) or ():
                if isinstance(one, x.Absence):
                    add(opened.record, "data.absent", part=part, person=one.person, what=what, excused=one.excused)
                else:
                    add(opened.record, "data.present", part=part, person=one, what=what)
    for changed in state.attendance:
        event = changed.event
        add(changed.record, "data.person", item=event.item, person=event.person, what=event.change)
    for excluded in state.exclusions:
        event_ = excluded.event
        add(excluded.record, "data.person", item=event_.item, person=event_.person, what="excluded")
    rows.sort(key=lambda one: one[0])
    return (row for _, row in rows)


_COUNTS: Final = ("yes", "no", "abstain", "invalid", "not_cast", "present", "entitled", "excluded", "rest_as")
_BALLOT: Final = (
    "ballot",
    "item",
    "question",
    "method",
    "declared",
    "declared_literal",
    "required",
    "chair_voted",
    "option_counts",
)


def _ballots(state: Meeting, teller: Teller) -> Iterator[Row]:
    paths = dict.fromkeys(_COUNTS, "data.tally") | dict.fromkeys(("proposal", "version", "motion"), "data.target")

    def rows(fact: Fact[BallotHeld]) -> Iterator[Row]:
        event = fact.event
        values: dict[str, object] = {name: getattr(event, name) for name in _BALLOT}
        for field, names in (("tally", _COUNTS), ("target", ("proposal", "version", "motion"))):
            whole = getattr(event, field)
            for name in names:
                values[name] = getattr(whole, name) if isinstance(whole, x.Tally | x.BallotTarget) else whole
        values |= happened(fact.record)
        yield teller.row(BALLOTS, fact.record, values, paths=paths | HAPPENED_PATHS)

    for fact in state.ballots:
        yield from teller.once(BALLOTS, fact, rows)


def _votes(state: Meeting, teller: Teller) -> Iterator[Row]:
    def rows(fact: Fact[BallotHeld]) -> Iterator[Row]:
        for vote in stated(fact.event.votes) or ():
            values = {
                "ballot": fact.event.ballot,
                "person": vote.person,
                "group_id": vote.group,
                "choice": vote.choice,
                "option": vote.option,
                "votes": vote.count,
            }
            yield teller.row(VOTES, fact.record, values)

    for fact in state.ballots:
        yield from teller.once(VOTES, fact, rows)


def _motions(state: Meeting, teller: Teller) -> Iterator[Row]:
    names = ("motion", "item", "kind", "text", "moved_by", "adopted_by_administration")

    def rows(fact: Fact[MotionMoved]) -> Iterator[Row]:
        values: dict[str, object] = {name: getattr(fact.event, name) for name in names}
        target = stated(fact.event.target)
        own = fact.event.proposal
        values["proposal"] = own if own is not UNSET or target is None else target.proposal
        values["version"] = target.version if target is not None else UNSET
        yield teller.row(MOTIONS, fact.record, values | happened(fact.record), paths=HAPPENED_PATHS)

    for fact in state.motions:
        yield from teller.once(MOTIONS, fact, rows)


def _outcomes(state: Meeting, teller: Teller) -> Iterator[Row]:
    names = ("item", "proposal", "consultation", "outcome", "outcome_literal", "ballots", "referred_to")

    def rows(fact: Fact[OutcomeDeclared]) -> Iterator[Row]:
        values: dict[str, object] = {name: getattr(fact.event, name) for name in names}
        yield teller.row(OUTCOMES, fact.record, values | happened(fact.record), paths=HAPPENED_PATHS)

    for fact in state.outcomes:
        yield from teller.once(OUTCOMES, fact, rows)


def _minutes(state: Meeting, teller: Teller) -> Iterator[Row]:
    for one in minutes(state):
        filed = one.filed[-1] if one.filed else None
        records = [fact.record for facts in (one.filed, one.presented, one.signed, one.objections) for fact in facts]
        document = filed.event.document if filed is not None else UNSET
        digest = document.digest if isinstance(document, x.Document) else document
        values: dict[str, object] = {
            "kind": one.kind,
            "part": one.part,
            "version": one.version,
            "filings": len(one.filed),
            "held": filed.event.held if filed is not None else UNSET,
            "digest": digest,
            "presented_by": one.presented[-1].id if one.presented else UNSET,
            "signed_by": one.signed[-1].id if one.signed else UNSET,
            "objections": len(one.objections),
        }
        yield teller.row(
            MINUTES, records[0] if filed is None else filed.record, values, paths={"digest": "data.document"}
        )


_UNDER_ITEMS: Final = (
    "agendas",
    "calls",
    "publicity",
    "attendance",
    "exclusions",
    "motions",
    "ballots",
    "outcomes",
    "annexes",
)

MEETING_VIEW: Final = View(
    name="meetings",
    version=2,
    kinds=("meeting",),
    parts=(
        Part(table=MEETINGS, reads=("convened", "moves", "cancelled"), rows=_meetings),
        Part(table=MEETING_ORGANS, reads=("convened",), rows=_organs),
        Part(table=AGENDAS, reads=("agendas",), rows=_agendas),
        Part(table=ITEMS, reads=_UNDER_ITEMS, rows=_items),
        Part(table=PRESENCE, reads=("openings", "attendance", "exclusions"), rows=_presence),
        Part(table=MOTIONS, reads=("motions",), rows=_motions),
        Part(table=OUTCOMES, reads=("outcomes",), rows=_outcomes),
        Part(
            table=MINUTES,
            reads=("minutes_filed", "minutes_presented", "minutes_signed", "minutes_objections"),
            rows=_minutes,
        ),
    ),
)
BALLOT_VIEW: Final = View(
    name="ballots",
    version=1,
    kinds=("meeting",),
    parts=(
        Part(table=BALLOTS, reads=("ballots",), rows=_ballots),
        Part(table=VOTES, reads=("ballots",), rows=_votes),
    ),
)
