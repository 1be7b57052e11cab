"""Proposals with their way through the organs (OParl: Paper, Consultation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.proposal import Proposal
from domain.values import WITHHELD, stated
from domain.vocabulary import Publicity
from projections.export.oparl.desk import Collected
from projections.export.oparl.documents import of_annex, of_versions
from projections.export.oparl.sheet import Sheet, code
from projections.export.oparl.thing import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.proposal import Consultation, Version
    from projections.export.oparl.desk import Desk
    from projections.export.oparl.documents import Attachment


def attachments(desk: Desk, stream: str) -> tuple[Attachment, ...]:
    """Give every document of a proposal."""
    state = desk.public.state(stream, Proposal)
    return (*of_versions(state), *map(of_annex, state.annexes)) if state is not None else ()


def paper(desk: Desk, stream: str) -> Iterator[Thing]:
    """Give a proposal as its newest version has it, with its consultations and documents."""
    state = desk.public.state(stream, Proposal)
    if state is None:
        return
    bodies = desk.public.bodies_of(stream)
    url = desk.url(stream)
    sheet = desk.sheet(stream, "Paper")
    sheet.say("body", next(iter(desk.urls(bodies)), None))
    if state.current is not None:
        _version(desk, sheet, state.current)
    sheet.more("wahlperiode", desk.term_url(state.term, bodies))
    sheet.more("zurueckgezogen", True if state.withdrawals else None)
    others = [fact for fact in state.links if desk.public.is_given(fact.event.other)]
    sheet.say("relatedPaper", desk.urls(tuple(f.event.other for f in others if str(f.event.other) != stream)))
    sheet.more(
        "beziehung", [{"art": code(f.event.relation), "drucksache": desk.one_url(f.event.other)} for f in others]
    )
    collected = Collected(desk, bodies)
    versions, annexes = of_versions(state), tuple(map(of_annex, state.annexes))
    current = versions[0] if versions and "document" in (state.current.origins if state.current else {}) else None
    if current is not None:
        sheet.say("mainFile", collected.file(current, paper=url))
        versions = versions[1:]
    sheet.say("auxiliaryFile", collected.files((*annexes, *versions), paper=url))
    sheet.more("nichtVorliegend", desk.documents.not_there(attachments(desk, stream)))
    consultations = [_consultation(desk, stream, one, bodies) for one in _standing(state)]
    sheet.say("consultation", [thing.tree for thing in consultations])
    yield Thing(kind="Paper", path=desk.addresses.stream(stream), tree=sheet.tree(), bodies=bodies)
    yield from consultations
    yield from collected.alone


def _version(desk: Desk, sheet: Sheet, version: Version) -> None:
    sheet.say("name", version.subject)
    sheet.say("reference", version.reference)
    sheet.word("paperType", version.kind_literal, stated(version.kind))
    sheet.day("date", version.document_date, "datum")
    sheet.more("art", code(version.kind))
    sheet.more("fassung", version.number)
    sheet.more("beschlussvorschlag", version.operative_text)
    sheet.more("begruendung", version.reasons)
    if version.submitters is WITHHELD:
        sheet.say("originatorOrganization", WITHHELD)
    parties = stated(version.submitters) or ()
    sheet.say("originatorOrganization", desk.urls(tuple(p for one in parties for p in (one.organ, one.group))))
    sheet.say("originatorPerson", desk.urls(tuple(f"person:{p.person}" for p in parties if isinstance(p.person, str))))
    # What is only a literal may be anybody's name; an office is nobody's.
    offices = [one.office for one in parties if isinstance(one.office, str) and not isinstance(one.person, str)]
    sheet.more("einreichendeStelle", offices)


# -- consultations --------------------------------------------------------------------------------


def _standing(state: Proposal) -> tuple[Consultation, ...]:
    return tuple(one for one in state.consultations if one.dropped is None and isinstance(one.id, str))


def consultation_url(desk: Desk, proposal: object, key: object) -> str | None:
    """Give the address of a consultation; None where it is none that stands in a paper written before."""
    if not isinstance(proposal, str) or not isinstance(key, str):
        return None
    is_standing = desk.notes.get("consultation", f"{proposal}/{key}")
    return desk.inner_url("Consultation", proposal, key) if is_standing else None


def _consultation(desk: Desk, stream: str, one: Consultation, bodies: tuple[str, ...]) -> Thing:
    key = str(one.id)
    desk.notes.put("consultation", f"{stream}/{key}", stream)
    path = desk.addresses.inner("Consultation", stream, key)
    plan = one.plan
    sheet = Sheet("Consultation", desk.addresses.url(path), desk.public)
    sheet.rests_on(*(fact.record for fact in one.plans))
    sheet.say("paper", desk.url(stream))
    sheet.say("organization", desk.urls(plan.organ))
    sheet.say("authoritative", plan.authoritative)
    sheet.word("role", plan.status_literal, stated(plan.role))
    sheet.more("rolle", code(plan.role))
    publicity = stated(plan.publicity)
    sheet.more("oeffentlichkeit", code(publicity) if publicity is not Publicity.UNKNOWN else None)
    sheet.more("gremium", plan.organ_literal)
    sheet.more("vorgesehenAm", plan.planned_on)
    sheet.more("reihenfolge", plan.order)
    meeting, item = _where(desk, stream, key, plan.meeting, plan.item)
    sheet.say("meeting", desk.one_url(meeting))
    sheet.say("agendaItem", desk.inner_url("AgendaItem", meeting, item) if meeting and item else None)
    return Thing(kind="Consultation", path=path, tree=sheet.tree(), bodies=bodies)


def _where(desk: Desk, stream: str, key: str, meeting: object, item: object) -> tuple[str | None, str | None]:
    """Give the meeting and the item: as the plan says, else as the one agenda does that names the consultation."""
    named = dict.fromkeys(tuple(one.split(" ")) for one in desk.notes.get("agenda", f"{stream}/{key}"))
    if desk.public.is_given(meeting):
        at = str(meeting)
        if isinstance(item, str) and desk.notes.get("item", f"{at}/{item}"):
            return at, item
        here = [one for one in named if one[0] == at]
        return at, here[0][1] if len(here) == 1 else None
    if len(named) == 1 and stated(meeting) is None:
        ((at, found),) = named
        return at, found
    return None, None
