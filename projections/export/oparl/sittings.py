"""Meetings with their agenda and what came of it (OParl: Meeting, AgendaItem, Location)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.meeting import Meeting, items
from domain.resolution import Resolution
from domain.values import WITHHELD, When, stated
from domain.vocabulary import Certainty, MinutesKind, Publicity
from projections.export.oparl.desk import Collected
from projections.export.oparl.documents import of_annex, of_item, of_minutes, of_resolution
from projections.export.oparl.papers import consultation_url
from projections.export.oparl.sheet import Sheet, Tree, code
from projections.export.oparl.thing import Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.events import BallotHeld, ItemCalled
    from domain.meeting import Item
    from domain.stream import Fact
    from projections.export.oparl.desk import Desk
    from projections.export.oparl.documents import Attachment

_PUBLIC: Final = {Publicity.PUBLIC: True, Publicity.NON_PUBLIC: False}
_MINUTES: Final = {MinutesKind.RESULTS: "resultsProtocol", MinutesKind.VERBATIM: "verbatimProtocol"}
_COUNTS: Final = {
    "stimmberechtigt": "entitled",
    "anwesend": "present",
    "ja": "yes",
    "nein": "no",
    "enthaltung": "abstain",
    "ungueltig": "invalid",
    "nichtAbgegeben": "not_cast",
    "ausgeschlossen": "excluded",
}
_CLOCKED: Final = len("2021-12-08T")


def items_of(state: Meeting) -> tuple[Item, ...]:
    """Give the items of a meeting that are shown: those on the agenda, and those that no agenda names at all."""
    return tuple(item for item in items(state) if item.is_on_agenda or item.entry is None)


def attachments(desk: Desk, stream: str) -> tuple[Attachment, ...]:
    """Give every document of a meeting."""
    state = desk.public.state(stream, Meeting)
    if state is None:
        return ()
    found = [one for _, one in of_minutes(state)]
    found += [of_annex(annex) for annex in state.annexes]
    for item in items_of(state):
        found += of_item(item)
    for _, resolution in _resolutions(desk, stream):
        found += of_resolution(resolution)
    return tuple(found)


def meeting(desk: Desk, stream: str) -> Iterator[Thing]:
    """Give a meeting with its agenda; who was there and who voted how are not in it."""
    state = desk.public.state(stream, Meeting)
    if state is None:
        return
    bodies = desk.public.bodies_of(stream)
    url = desk.url(stream)
    sheet = desk.sheet(stream, "Meeting")
    convened = state.convened.event if state.convened is not None else None
    if convened is not None:
        sheet.say("name", convened.name)
        sheet.more("nummer", convened.number)
        sheet.more("oeffentlichkeit", code(convened.publicity))
        sheet.more("wahlperiode", desk.term_url(convened.term, bodies))
    sheet.instant("start", state.starts_at, "beginn")
    sheet.instant("end", state.ends_at, "ende")
    sheet.say("cancelled", True if state.cancelled is not None else None)
    sheet.say("organization", desk.urls(state.organs))
    location = _location(desk, sheet, stream, state, bodies)
    collected = Collected(desk, bodies)
    shown = items_of(state)
    keys = {item.key for item in shown}
    own = tuple(of_annex(a) for a in state.annexes if stated(a.attached.event.item) not in keys)
    others: list[Attachment] = []
    for kind, one in of_minutes(state):
        name = _MINUTES.get(kind) if kind is not None else None
        if name is None or not sheet.is_free(name) or desk.documents.file(one) is None:
            others.append(one)
        else:
            sheet.say(name, collected.file(one, meeting=url))
    others += [one for under, made in _resolutions(desk, stream) if under not in keys for one in of_resolution(made)]
    sheet.say("auxiliaryFile", collected.files((*own, *others), meeting=url))
    sheet.more("nichtVorliegend", desk.documents.not_there(attachments(desk, stream)))
    things = [_item(desk, stream, item, index, collected, bodies) for index, item in enumerate(shown)]
    sheet.say("agendaItem", [thing.tree for thing in things])
    resolved = _resolutions(desk, stream)
    for _, resolution in resolved:
        sheet.rests_on(*desk.public.records(resolution.stream))
        sheet.changed_at([desk.public.touched(resolution.stream)])
    # What was resolved in camera and announced later belongs to an item that nobody sees.
    sheet.more("beschluss", [_resolution(desk, one) for under, one in resolved if under not in keys])
    sheet.more("abstimmung", [_ballot(fact) for fact in state.ballots if stated(fact.event.item) not in keys])
    yield Thing(kind="Meeting", path=desk.addresses.stream(stream), tree=sheet.tree(), bodies=bodies)
    yield from things
    yield from location
    yield from collected.alone


def _location(desk: Desk, sheet: Sheet, stream: str, state: Meeting, bodies: tuple[str, ...]) -> list[Thing]:
    if state.place is WITHHELD:
        sheet.say("location", WITHHELD)
    place = stated(state.place)
    if place is None:
        return []
    moved = next((fact.record for fact in reversed(state.moves) if stated(fact.event.place) is not None), None)
    path = desk.addresses.inner("Location", stream)
    inner = Sheet("Location", desk.addresses.url(path), desk.public)
    inner.rests_on(moved or (state.convened.record if state.convened is not None else None))
    inner.say("description", place)
    tree = inner.tree()
    sheet.say("location", tree)
    return [Thing(kind="Location", path=path, tree={**tree, "meetings": [desk.url(stream)]}, bodies=bodies)]


# -- items ----------------------------------------------------------------------------------------


def _item(desk: Desk, stream: str, item: Item, index: int, collected: Collected, bodies: tuple[str, ...]) -> Thing:
    path = desk.addresses.inner("AgendaItem", stream, item.key)
    url = desk.addresses.url(path)
    sheet = Sheet("AgendaItem", url, desk.public)
    records = [fact.record for fact in item.calls]
    records += [fact.record for fact in item.outcomes]
    records += [fact.record for fact in item.ballots]
    records += [annex.attached.record for annex in item.annexes]
    sheet.rests_on(item.set_by.record if item.set_by is not None else None, *records)
    sheet.say("meeting", desk.url(stream))
    # Required: where no agenda gives an item its place, it is the one that it has in this list.
    sheet.say("order", item.entry.order if item.entry is not None else index)
    sheet.say("name", item.title)
    if item.entry is not None:
        sheet.say("number", item.entry.number)
        sheet.say("public", _PUBLIC.get(item.entry.publicity))
        sheet.say("consultation", consultation_url(desk, item.entry.proposal, item.entry.consultation))
        sheet.more("drucksache", desk.one_url(item.entry.proposal))
        sheet.more("fassung", item.entry.version)
    else:
        sheet.more("ohneTagesordnung", True)  # noqa: FBT003  # a value like any other
    sheet.more("oeffentlichkeit", code(item.publicity_held))
    sheet.say("start", _called_at(item.calls))
    outcome = item.outcomes[-1].event if item.outcomes else None
    if outcome is not None:
        sheet.word("result", outcome.outcome_literal, stated(outcome.outcome))
        sheet.more("ergebnis", code(outcome.outcome))
        sheet.more("mehrheit", code(outcome.majority))
        sheet.more("empfehlung", outcome.recommended_text)
    sheet.more("abstimmung", [_ballot(fact) for fact in item.ballots])
    _resolved(desk, sheet, stream, item, collected, url)
    sheet.say("auxiliaryFile", collected.files(of_item(item), agendaItem=url))
    return Thing(kind="AgendaItem", path=path, tree=sheet.tree(), bodies=bodies)


def _called_at(calls: Iterable[Fact[ItemCalled]]) -> str | None:
    """Give when an item was called, where the source states the moment."""
    for fact in calls:
        when = fact.record.occurred
        if isinstance(when, When) and when.certainty is Certainty.STATED and isinstance(when.at, str):
            return when.at if len(when.at) > _CLOCKED else None
    return None


def _resolutions(desk: Desk, stream: str) -> list[tuple[str | None, Resolution]]:
    """Give the resolutions made in a meeting, each with the item under which it was made."""
    found = (desk.public.state(key, Resolution) for key in desk.notes.get("resolution", stream))
    return [(_made_under(state), state) for state in found if state is not None]


def _made_under(state: Resolution) -> str | None:
    made_by = stated(state.made.event.made_by) if state.made is not None else None
    item = made_by.item if made_by is not None else None
    return item if isinstance(item, str) else None


def _resolved(desk: Desk, sheet: Sheet, stream: str, item: Item, collected: Collected, url: str) -> None:
    """Say what was resolved; OParl has room for one text and one file, so the rest stands apart."""
    every = [state for under, state in _resolutions(desk, stream) if under == item.key]
    for state in every:
        sheet.rests_on(*desk.public.records(state.stream))
    texts = [text for state in every if (text := stated(state.text)) is not None]
    sheet.say("resolutionText", texts[0] if len(texts) == 1 else None)
    files = [one for state in every for one in of_resolution(state)]
    trees = [tree for one in files if (tree := collected.file(one, agendaItem=url)) is not None]
    sheet.say("resolutionFile", trees[0] if trees else None)
    sheet.more("beschluss", [_resolution(desk, state) for state in every])


def _resolution(desk: Desk, state: Resolution) -> Tree:
    made = state.made.event if state.made is not None else None
    tree = {
        "strom": state.stream,
        "nummer": stated(state.number),
        "gegenstand": stated(state.subject),
        "text": stated(state.text),
        "sinn": code(made.sense) if made is not None else None,
        "form": code(made.legal_form) if made is not None else None,
        "fassung": stated(made.version) if made is not None else None,
        "vermutlichWieFassung": stated(made.presumed_as) if made is not None else None,
        "ereignisse": sorted(record.position for record in desk.public.records(state.stream)),
    }
    return {name: value for name, value in tree.items() if value is not None}


def _ballot(fact: Fact[BallotHeld]) -> Tree:
    """Give a ballot in counts: neither names nor the persons who stood for election."""
    event, tally = fact.event, stated(fact.event.tally)
    tree: Tree = {
        "position": fact.record.position,
        "frage": stated(event.question),
        "verfahren": code(event.method),
        "festgestellt": code(event.declared),
        "wortlaut": stated(event.tally_literal),
        "mehrheit": code(event.majority),
    }
    tree |= {word: stated(getattr(tally, name)) for word, name in _COUNTS.items()} if tally is not None else {}
    return {name: value for name, value in tree.items() if value is not None}
