"""A meeting as a Vorgang: invitation, agenda as held, presence, minutes of each part apart, resolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import vocabulary as v
from domain.meeting import items, minutes
from domain.proposal import Proposal
from domain.values import stated
from projections.deliberations import treatments
from projections.export import german
from projections.export.xdomea.beschluss import resolution_paper
from projections.export.xdomea.cases import case_uuid
from projections.export.xdomea.desk import NOT_HELD
from projections.export.xdomea.model import Folder, Link, Paper, PaperVersion
from projections.export.xdomea.naming import object_uuid
from projections.export.xdomea.rechtskontrolle import review_papers
from projections.export.xdomea.sitzung_text import invitation_lines, meeting_lines, presence_lines
from projections.export.xdomea.tagesordnung import (
    agenda_lines,
    agendas,
    dealt_lines,
    is_public,
    loose_facts,
)
from projections.export.xdomea.traces import traces_of
from projections.export.xdomea.values import happened, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.meeting import Meeting, Minutes
    from domain.resolution import Resolution
    from domain.stream import RecordedEvent
    from projections.export.xdomea.desk import Desk


def meeting_folder(desk: Desk, state: Meeting, resolutions: Sequence[Resolution]) -> Folder:
    """Give what the Vorgang of a meeting holds.

    Args:
        desk: Makes the papers.
        state: The meeting.
        resolutions: What was decided in it.
    """
    teller, stream = desk.teller, state.stream
    return Folder(
        subject=german.title(teller, stream),
        mark=stated(state.convened.event.number) if state.convened is not None else None,
        kind="Sitzung",
        note="abgesagt" if state.cancelled is not None else None,
        papers=(
            *_invitation(desk, state),
            *_agendas(desk, state),
            *_presence(desk, state),
            *_minutes(desk, state),
            *(resolution_paper(desk, resolution) for resolution in resolutions),
            *review_papers(desk, resolutions, stream),
            *_annexes(desk, state),
            *desk.left(stream, kind="Sitzungsunterlage"),
        ),
        steps=(),
        route=object_uuid(desk.edition.register.id, "geschaeftsgang", stream),
        links=tuple(_links(desk, state)),
        traces=traces_of(teller, stream),
    )


def _invitation(desk: Desk, state: Meeting) -> Iterator[Paper]:
    """Give the invitation where something is known of one; else what is said of the meeting itself."""
    if state.convened is None:
        return
    lines = meeting_lines(desk.teller, state.convened.record, state)
    called = invitation_lines(desk.teller, state.convened.record)
    if called:
        yield desk.rendered(desk.uuid(state.stream, "einladung"), "Einladung", [*lines, *called])
    elif lines:
        yield desk.rendered(desk.uuid(state.stream, "angaben"), "Angaben zur Sitzung", lines)


def _agendas(desk: Desk, state: Meeting) -> Iterator[Paper]:
    """Give the agenda of each part, so that the public one can be given away without the other."""
    teller = desk.teller
    found = agendas(teller, items(state))
    for part, here in found.parts.items():
        if here:
            heads = found.heads if part is v.Part.PUBLIC else frozenset()
            yield desk.rendered(
                desk.uuid(state.stream, "tagesordnung", part.value),
                f"Tagesordnung, wie abgehandelt ({german.code(part)})",
                agenda_lines(teller, here, heads),
            )
    for is_so, mark, key in ((True, "", "ohne"), (False, " (nichtöffentlich)", "ohne-nichtoeffentlich")):
        loose = [item for item in found.loose if is_public(teller, item) is is_so]
        facts = loose_facts(teller, state, public=is_so)
        if loose or facts:
            lines = [*agenda_lines(teller, loose), *dealt_lines(teller, facts)]
            subject = f"Abgehandelt ohne Platz auf einer Tagesordnung{mark}"
            yield desk.rendered(desk.uuid(state.stream, "tagesordnung", key), subject, lines)


def _presence(desk: Desk, state: Meeting) -> Iterator[Paper]:
    if state.openings or state.attendance or state.exclusions:
        yield desk.rendered(desk.uuid(state.stream, "anwesenheit"), "Anwesenheit", presence_lines(desk.teller, state))


def _minutes(desk: Desk, state: Meeting) -> Iterator[Paper]:
    """Give the minutes, each kind and part a paper of its own: the non-public ones never share one with the others."""
    apart: dict[tuple[str, str], list[Minutes]] = {}
    for one in minutes(state):
        record = _first(one)
        apart.setdefault((told(desk.teller, record, "kind"), told(desk.teller, record, "part")), []).append(one)
    for (kind, part), some in apart.items():
        yield _minutes_paper(desk, state.stream, kind, part, some)


def _first(one: Minutes) -> RecordedEvent:
    """Give an event that names a version of the minutes; there is one, else there were no version."""
    some = (one.filed, one.presented, one.signed, one.objections)
    return next(fact.record for facts in some for fact in facts)


def _minutes_paper(desk: Desk, stream: str, kind: str, part: str, some: list[Minutes]) -> Paper:
    paper = desk.uuid(stream, "niederschrift", kind, part)
    versions: list[PaperVersion] = []
    notes: list[str] = []
    for one in some:
        number = told(desk.teller, _first(one), "version")
        lack = NOT_HELD
        found = False
        # A version that was filed again was exchanged before it was signed; what was exchanged is kept beside it.
        for place, fact in enumerate(one.filed, 1):
            name = number if place == len(one.filed) else f"{number} (ausgetauscht, Eintrag {fact.record.seq})"
            held = fact.event.held is True and desk.is_held(fact.event.document)
            found = found or held
            if not held:
                lack = desk.lack(fact.event.document, fact.record, held=fact.event.held)
            else:
                versions.extend(desk.version(paper, name, fact.event.document, fact.record))
        filed = ", ".join(happened(desk.teller, fact.record) for fact in one.filed)
        signed = ", ".join(happened(desk.teller, fact.record) for fact in one.signed)
        notes.append(
            f"Fassung {number}: "
            + ("liegt vor" if found else lack.rstrip("."))
            + (f", erstellt oder ausgetauscht: {filed}" if filed else "")
            + (f", Unterzeichnung erfasst: {signed}" if signed else "")
            + "."
        )
    return Paper(
        uuid=paper,
        subject=f"Niederschrift, {part} ({kind})",
        kind="Niederschrift",
        note=" ".join(notes) or None,
        versions=tuple(versions),
    )


def _annexes(desk: Desk, state: Meeting) -> Iterator[Paper]:
    for number, annex in enumerate(state.annexes, 1):
        _, paper = desk.annex(annex, number)
        yield paper


def _links(desk: Desk, state: Meeting) -> Iterator[Link]:
    """Name the proposals that were before the meeting, and the meeting that took its place."""
    teller, register = desk.teller, desk.edition.register.id
    for proposal, _ in treatments(state):
        decided = teller.past.whole_state(proposal)
        yield Link(
            uuid=case_uuid(register, proposal),
            mark=stated(decided.reference) if isinstance(decided, Proposal) else None,
            note=f"beraten wurde: {german.title(teller, proposal)}",
        )
    instead = stated(state.cancelled.event.instead) if state.cancelled is not None else None
    if instead is not None:
        yield Link(uuid=case_uuid(register, instead), mark=None, note=f"stattdessen: {german.title(teller, instead)}")
