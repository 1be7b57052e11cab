"""What follows from the entries of a resolution: where it stands, its timeline, and what reviews did about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.resolution import timeline
from domain.review import Review
from domain.values import When
from projections import life, parts
from projections.export.xml import kinds
from projections.export.xml.content_parts import annexes, positions_of, standing
from projections.export.xml.kinds import BOOLEAN, TEXT
from projections.export.xml.writing import Citing, add
from projections.resolutions import may_be_in_force, resolution
from projections.shapes import Knowledge, Known

if TYPE_CHECKING:
    from lxml import etree

    from domain.resolution import Resolution
    from projections.export.xml.writing import Writer

WHEN = kinds.of(When)


def write(writer: Writer, made: etree._Element, state: Resolution) -> None:
    """Write what follows from the entries of a resolution."""
    past, day = writer.past, writer.past.day
    teller = Citing(past)
    teller.take(state.made, *state.urgent, *state.statuses)
    positions = teller.cited()
    standing(writer, made, life.state_of_resolution(state, day=day), positions)
    line = resolution(Citing(past), state)
    if positions:
        writer.known(made, "wortlautDesBeschlusses", line.text, TEXT, at=positions[0])
    for step in timeline(state):
        record = past.record(step.told_by)
        if record is None:
            continue
        told = Citing(past)
        told.use(record)
        stage = add(made, "abschnitt")
        writer.rests_on(stage, told.cited())
        writer.code(stage, "abschnitt", step.kind)
        if step.status is not None:
            writer.code(stage, "rechtsstand", step.status)
        writer.value(stage, "zeit", step.when, WHEN)
        writer.code(stage, "grundlage", step.basis)
    if positions:
        holds = add(made, "gueltigkeit")
        writer.rests_on(holds, positions)
        add(holds, "stichtag", day)
        answer = may_be_in_force(state, day=day)
        known = Known(state=Knowledge.STATED if answer is not None else Knowledge.LEFT_BLANK, value=answer)
        writer.known(holds, "kannGelten", known, BOOLEAN, at=positions[0])
    for act in parts.acts(Citing(past), past.states("review", Review), about=state.stream):
        told_act = add(made, "kontrollakt")
        writer.rests_on(told_act, positions_of(writer, act))
        writer.reference(told_act, "rechtskontrolle", act.event.partition("#")[0])
        writer.known(told_act, "wortlaut", act.text, TEXT)
    annexes(writer, made, state.annexes)
