"""What follows from the entries of a proposal: its versions in full, where it stands, its way through the organs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import vocabulary as v
from projections import life, proposals
from projections.export.xml import kinds, names
from projections.export.xml.content_parts import NUMBER, annexes, ballot_id, document, positions_of, standing
from projections.export.xml.kinds import BOOLEAN, DATE, INNER, TEXT, Kind
from projections.export.xml.writing import Citing, add
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from lxml import etree

    from domain.proposal import Proposal, Version
    from projections.deliberations import Deliberations
    from projections.export.xml.writing import Writer
    from projections.shapes import ConsultationLine

OUTCOME = kinds.of(v.Outcome)
ROLE = kinds.of(v.ConsultationRole)
PUBLICITY = kinds.of(v.Publicity)


def write(writer: Writer, made: etree._Element, state: Proposal, deliberations: Deliberations) -> None:
    """Write what follows from the entries of a proposal."""
    for version in state.versions:
        _version(writer, made, state, version)
    _not_held(writer, made, state)
    _standing(writer, made, state, deliberations)
    for line in proposals.consultations(Citing(writer.past), state, deliberations):
        _consultation(writer, made, line)
    _links(writer, made, state.stream)
    for resolution in deliberations.resolutions(state.stream):
        first = resolution.made or resolution.urgent[0] if resolution.made or resolution.urgent else None
        position = str(first.record.position) if first is not None else None
        writer.reference(made, "ergangenerBeschluss", resolution.stream, beruhtAuf=position)
    annexes(writer, made, state.annexes)


def _version(writer: Writer, made: etree._Element, state: Proposal, version: Version) -> None:
    """Write a version in full; what it inherits names the entry and the version that it is from."""
    own = version.told_by
    teller = Citing(writer.past)
    teller.use(own.record)
    for origin in version.origins.values():
        record = writer.past.record(origin)
        if record is not None:
            teller.use(record)
    line = add(made, "vorlagenfassung")
    writer.rests_on(line, teller.cited())
    writer.value(line, "fassung", version.number, NUMBER, record=own.record, path="data.version")
    told = teller.document(own.event.document, own.record, "data.document")
    if told.state is not Knowledge.NOT_MENTIONED:
        document(writer, line, told, own.id)
    numbers = {one.told_by.id: one.number for one in state.versions}
    for field in kinds.VERSION:
        stated_by = version.origins.get(field.name)
        record = writer.past.record(stated_by) if stated_by is not None else None
        if record is None:
            continue
        number = numbers.get(record.id)
        inherited = str(number) if record.id != own.id and isinstance(number, int) else None
        writer.value(
            line,
            names.field(field.name).element,
            getattr(version, field.name),
            field.kind,
            record=record,
            path=f"data.{field.name}",
            beruhtAuf=str(record.position),
            ausFassung=inherited,
        )


def _not_held(writer: Writer, made: etree._Element, state: Proposal) -> None:
    """Write the versions that are known of only because a later number is."""
    counted = sorted({version.told_by.record.position for version in state.versions})
    for line in proposals.versions(Citing(writer.past), state):
        first = line.number.value
        if line.state is Knowledge.NOT_HELD and line.event is None and isinstance(first, int):
            gap = add(made, "fehlendeFassung")
            writer.rests_on(gap, counted)
            add(gap, "von", str(first))
            add(gap, "bis", str(line.last if line.last is not None else first))


def _standing(writer: Writer, made: etree._Element, state: Proposal, deliberations: Deliberations) -> None:
    """Write where it stands, with everything that was looked at to say so."""
    teller = Citing(writer.past)
    teller.take(state.registered, *(planned.plans[-1] for planned in state.consultations), *state.withdrawals)
    for treatment in deliberations.of(state.stream):
        teller.take(*treatment.outcomes, *treatment.ballots, *(set_by for _, set_by in treatment.entries))
    for resolution in deliberations.resolutions(state.stream):
        teller.take(resolution.made, *resolution.urgent)
    standing(writer, made, life.standing_of_proposal(state, deliberations), teller.cited())


def _consultation(writer: Writer, made: etree._Element, line: ConsultationLine) -> None:
    step = add(made, "beratung")
    positions = positions_of(writer, line)
    writer.rests_on(step, positions)
    if line.id is not None:
        add(step, "kennung", line.id)
    _organ(writer, step, line)
    for name, known, kind in (
        ("vorgesehenAm", line.planned_on, DATE),
        ("rolle", line.role, ROLE),
        ("oeffentlichkeit", line.publicity, PUBLICITY),
        ("statusWortlaut", line.status, TEXT),
        ("hierWirdEntschieden", line.authoritative, BOOLEAN),
    ):
        writer.known(step, name, known, kind)
    if line.dropped_by is not None and (position := writer.position(line.dropped_by)) is not None:
        add(step, "entfallenDurch", beruhtAuf=str(position))
    if line.meeting is not None:
        writer.reference(step, "sitzung", line.meeting)
    writer.known(step, "getagtAm", line.met_on, DATE)
    writer.known(step, "fassung", line.text, NUMBER, at=min(positions, default=None))
    for outcome in line.outcomes:
        writer.known(step, "ergebnis", outcome.outcome, OUTCOME)
    for ballot in line.ballots:
        writer.known(step, "abstimmung", ballot_id(writer, ballot.event), INNER)


def _organ(writer: Writer, step: etree._Element, line: ConsultationLine) -> None:
    """Write the organ: as a reference where it is recorded, else in the words of the source."""
    value = line.organ.value
    if isinstance(value, str) and not value.startswith("organ:"):
        writer.known(step, "gremiumWortlaut", line.organ, TEXT)
    else:
        writer.known(step, "gremium", line.organ, Kind("VerweisType", "reference"))


def _links(writer: Writer, made: etree._Element, stream: str) -> None:
    """Write the relations that it states, and those that others state to it."""
    for line in proposals.links(Citing(writer.past), stream):
        record = writer.past.record(line.event)
        if record is None:
            continue
        link = add(made, "bezug", richtung="hierher" if line.incoming else "vonHier")
        writer.rests_on(link, positions_of(writer, line))
        for name, field in (("bezug", "relation"), ("grundlage", "basis")):
            kind = next(one.kind for one in kinds.fields(type(record.event)) if one.name == field)
            writer.value(link, name, getattr(record.event, field), kind, record=record, path=f"data.{field}")
        if line.incoming:
            writer.reference(link, "andererGegenstand", line.other)
        else:
            other = getattr(record.event, "other")  # noqa: B009  # the line is of an event that has it
            writer.value(link, "andererGegenstand", other, kinds.REFERENCE, record=record, path="data.other")
        writer.known(link, "bemerkung", line.note, TEXT)
