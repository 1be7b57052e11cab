"""What follows from the entries of a meeting: its agenda as held, who was there, ballots with their checks, minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import vocabulary as v
from domain.body import Body
from domain.events import BallotHeld
from domain.meeting import Item, Meeting, items, minutes
from domain.organ import Organ
from domain.values import WITHHELD, Vote, When, stated
from projections import life
from projections.ballot_checks import changes_until, check_of_opening, check_of_outcome, checks_of, rules_of
from projections.deliberations import named
from projections.export.xml import kinds
from projections.export.xml.content_parts import COUNT, NUMBER, annexes, check, standing
from projections.export.xml.kinds import BOOLEAN, INNER, PERSON, REFERENCE, TEXT, Kind
from projections.export.xml.writing import Citing, add, boolean
from projections.meetings_presence import presence, stages, was_invited
from projections.shapes import Knowledge, Known

if TYPE_CHECKING:
    from lxml import etree

    from domain.events import OutcomeDeclared
    from domain.stream import Fact, RecordedEvent
    from projections.export.xml.writing import Writer

OUTCOME = kinds.of(v.Outcome)
PUBLICITY = kinds.of(v.Publicity)
PART = kinds.of(v.Part)
WHEN = kinds.of(When)
QUORUM = kinds.of(v.QuorumState)
DECLARED = kinds.of(v.Declared)
MINUTES = kinds.of(v.MinutesKind)
TALLY = next(one.kind for one in kinds.fields(BallotHeld) if one.name == "tally")
VOTES = Kind(f"Liste.{kinds.of(Vote).xsd}", "list", inner=kinds.of(Vote))


def write(writer: Writer, made: etree._Element, state: Meeting) -> None:
    """Write what follows from the entries of a meeting."""
    _standing(writer, made, state)
    _quorum(writer, made, state)
    for item in items(state):
        _item(writer, made, state, item)
    for fact in state.ballots:
        _ballot(writer, made, state, fact)
    with_ballot = {_about(fact) for fact in state.ballots}
    for outcome in state.outcomes:
        if not stated(outcome.event.ballots) and _about(outcome) not in with_ballot:
            _outcome(writer, made, state, outcome)
    _minutes(writer, made, state)
    annexes(writer, made, state.annexes)


def _about(fact: Fact[BallotHeld] | Fact[OutcomeDeclared]) -> str | None:
    """Give what a ballot or outcome is about: the item, else the proposal that it names."""
    return stated(fact.event.item) or named(fact)


def _standing(writer: Writer, made: etree._Element, state: Meeting) -> None:
    teller = Citing(writer.past)
    teller.take(*state.openings, *state.closings, *state.calls, *state.ballots, *state.outcomes)
    teller.take(state.convened, state.cancelled)
    standing(writer, made, life.standing_of_meeting(state, writer.past), teller.cited())


def _rests(writer: Writer, state: Meeting, *records: RecordedEvent, item: object = None) -> tuple[int, ...]:
    """Give what a check looks at: the event, who was there, the organ's seats, and the rules of that day."""
    teller = Citing(writer.past)
    for record in records:
        teller.use(record)
    teller.take(state.convened, *state.openings, *changes_until(state, records[0]))
    teller.take(*(fact for fact in state.exclusions if item is not None and fact.event.item == item))
    for organ in state.organs:
        whole = writer.past.whole_state(organ)
        if isinstance(whole, Organ):
            teller.take(whole.registered, *whole.changes)
    body = stated(state.convened.event.body) if state.convened is not None else None
    whole_body = writer.past.whole_state(body) if body is not None else None
    names = rules_of(writer.past, state).names
    adopted = whole_body.rule_sets if isinstance(whole_body, Body) else ()
    teller.take(*(fact for fact in adopted if stated(fact.event.name) in names))
    return teller.cited()


def _quorum(writer: Writer, made: etree._Element, state: Meeting) -> None:
    teller = Citing(writer.past)
    for fact in state.openings:
        positions = _rests(writer, state, fact.record)
        line = add(made, "beschlussfaehigkeit")
        writer.rests_on(line, (fact.record.position,))
        writer.known(line, "teil", teller.field(fact, "part"), PART)
        writer.known(line, "beschlussfaehigkeit", teller.field(fact, "quorum"), QUORUM)
        check(writer, line, check_of_opening(writer.past, state, fact), positions)


def _item(writer: Writer, made: etree._Element, state: Meeting, item: Item) -> None:
    teller = Citing(writer.past)
    entry, set_by = item.entry, item.set_by
    there = presence(teller, state, item)
    teller.take(*item.calls, *item.exclusions, *item.motions, *item.ballots, *item.outcomes, *item.attendance)
    teller.take(set_by, *item.publicity, *(annex.attached for annex in item.annexes))
    line = add(made, "punkt", kennung=item.key)
    writer.rests_on(line, teller.cited())
    if entry is not None and set_by is not None:
        record = set_by.record
        writer.value(line, "nummer", entry.number, TEXT, record=record, path="data.items")
        writer.value(line, "titel", item.title, TEXT, record=record, path="data.titles")
        writer.value(line, "teil", set_by.event.part, PART, record=record, path="data.part")
        writer.value(line, "vorlage", entry.proposal, REFERENCE, record=record, path="data.items")
        writer.value(line, "fassung", entry.version, NUMBER, record=record, path="data.items")
    invited = was_invited(state, item)
    if invited is not None:
        add(line, "geladen", boolean(invited))
    for stage in stages(state, item.key):
        writer.code(line, "standDerTagesordnung", stage)
    add(line, "aufDerTagesordnung", boolean(item.is_on_agenda))
    if item.calls:
        call = item.calls[-1].record
        writer.value(line, "aufgerufenAm", call.occurred, WHEN, record=call, path="occurred")
    if entry is not None and set_by is not None:
        writer.value(
            line, "oeffentlichkeitGeladen", entry.publicity, PUBLICITY, record=set_by.record, path="data.items"
        )
    if item.calls:
        writer.known(line, "oeffentlichkeitGehalten", teller.field(item.calls[-1], "publicity"), PUBLICITY)
    writer.known(line, "anwesende", there.present, COUNT)
    writer.known(line, "stimmberechtigte", there.entitled, COUNT)
    for exclusion in item.exclusions:
        writer.known(line, "ausgeschlossen", teller.field(exclusion, "person"), PERSON)
    for outcome in item.outcomes:
        writer.known(line, "ergebnis", teller.field(outcome, "outcome"), OUTCOME)
    for ballot in item.ballots:
        writer.known(line, "abstimmung", teller.field(ballot, "ballot"), INNER)


def _ballot(writer: Writer, made: etree._Element, state: Meeting, fact: Fact[BallotHeld]) -> None:
    event, record, teller = fact.event, fact.record, Citing(writer.past)
    positions = _rests(writer, state, record, item=stated(event.item))
    line = add(made, "abstimmung", kennung=event.ballot if event.ballot is not WITHHELD else None)
    writer.rests_on(line, positions)
    writer.known(line, "punkt", teller.field(fact, "item"), INNER)
    writer.value(line, "stimmenzahlen", event.tally, TALLY, record=record, path="data.tally")
    writer.value(line, "stimmen", event.votes, VOTES, record=record, path="data.votes")
    writer.known(line, "verkuendet", teller.field(fact, "declared"), DECLARED)
    for one in checks_of(writer.past, state, fact):
        check(writer, line, one, positions)


def _outcome(writer: Writer, made: etree._Element, state: Meeting, fact: Fact[OutcomeDeclared]) -> None:
    teller = Citing(writer.past)
    positions = _rests(writer, state, fact.record, item=stated(fact.event.item))
    line = add(made, "ergebnisprobe")
    writer.rests_on(line, (fact.record.position,))
    writer.known(line, "punkt", teller.field(fact, "item"), INNER)
    writer.known(line, "ergebnis", teller.field(fact, "outcome"), OUTCOME)
    check(writer, line, check_of_outcome(writer.past, state, fact), positions)


def _minutes(writer: Writer, made: etree._Element, state: Meeting) -> None:
    for one in minutes(state):
        teller = Citing(writer.past)
        teller.take(*one.filed, *one.presented, *one.objections, *one.signed)
        line = add(made, "niederschrift")
        positions = teller.cited()
        writer.rests_on(line, positions)
        writer.value(line, "art", one.kind, MINUTES, at=positions[0])
        writer.value(line, "teil", one.part, PART, at=positions[0])
        writer.value(line, "fassung", one.version, NUMBER, at=positions[0])
        newest = one.filed[-1] if one.filed else None
        told = None
        if newest is not None:
            told = teller.document(newest.event.document, newest.record, "data.document", held=newest.event.held)
        is_held = Known(state=Knowledge.STATED, value=told is not None and told.state is Knowledge.STATED)
        if told is not None and told.state in {Knowledge.WITHHELD, Knowledge.ERASED}:
            is_held = Known(state=told.state, erased_by=told.erased_by)
        writer.known(line, "liegtVor", is_held, BOOLEAN, at=positions[0])
        if told is not None and told.digest is not None:
            add(line, "hashwert", told.digest)
        add(line, "unterzeichnet", boolean(bool(one.signed)))
