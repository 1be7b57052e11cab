"""Findings of a stream (de: Befunde), computed and noted, as a part of its element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.events import DiscrepancyNoted
from domain.values import stated
from projections.export import german
from projections.export.detected import detected, is_noted
from projections.export.xml.code_lists import FINDINGS
from projections.export.xml.writing import Citing, add, boolean

if TYPE_CHECKING:
    from lxml import etree

    from domain.findings import Finding
    from projections.export.xml.writing import Writer


def findings(writer: Writer, made: etree._Element, stream: str) -> None:
    """Write the findings that had come to pass by the day of the terms, and where none could be computed, why not."""
    found = detected(writer.edition, writer.past, stream)
    if found.hidden and writer.past.state(stream) is not None:
        writer.rests_on(add(made, "befundeNichtErmittelt"), found.hidden)
    for one in found.findings:
        _finding(writer, made, one)


def _finding(writer: Writer, made: etree._Element, finding: Finding) -> None:
    teller = Citing(writer.past)
    for place in finding.places:
        record = writer.past.record(place)
        if record is not None:
            teller.use(record)
    line = add(made, "befund", festgestellt=boolean(is_noted(finding)))
    writer.rests_on(line, teller.cited())
    writer.listed(line, "befundcode", FINDINGS, finding.code)
    add(line, "satz", german.finding(finding.code))
    add(line, "erlaeuterung", finding.text, sprache="en")
    for detail in finding.details:
        add(add(line, "einzelheit", name=detail.name), "wert", detail.value)
    if finding.since is not None:
        add(line, "seit", finding.since)
    writer.code(line, "status", finding.status)
    if finding.explained_by is None:
        return
    position = writer.position(finding.explained_by)
    if position is not None:
        add(line, "erklaertDurch", beruhtAuf=str(position))
    note = writer.past.record(finding.explained_by)
    event = note.event if note is not None else None
    assessment = stated(event.assessment) if isinstance(event, DiscrepancyNoted) else None
    if assessment is not None:
        add(line, "einschaetzung", assessment)
