"""Findings of a stream (de: Befunde), computed and noted, as a part of its element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.events import DiscrepancyNoted
from domain.findings import of_register, of_stream
from domain.proposal import Proposal
from domain.source import Source
from domain.values import stated
from projections.export import german
from projections.export.xml.code_lists import FINDINGS
from projections.export.xml.writing import Citing, add, boolean
from projections.source_findings import with_results_lost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from domain.findings import Finding
    from domain.stream import State
    from projections.export.xml.writing import Writer


def findings(writer: Writer, made: etree._Element, stream: str, *, hidden: tuple[int, ...]) -> None:
    """Write the findings that had come to pass by the day of the terms.

    Args:
        writer: Writes.
        made: The stream's element.
        stream: The stream.
        hidden: The positions of the stream of which nothing is told. A detector says nothing about what it cannot
            see: where something is hidden, what seems to be missing may stand there, and nothing is computed.
    """
    state = writer.past.state(stream)
    if state is None:
        return
    found = tuple(_found(writer, stream, state))
    if hidden:
        writer.rests_on(add(made, "befundeNichtErmittelt"), hidden)
        found = tuple(one for one in found if _is_noted(one))
    for one in found:
        if one.since is None or one.since <= writer.past.day:
            _finding(writer, made, one)


def _found(writer: Writer, stream: str, state: State) -> Iterator[Finding]:
    past = writer.past
    if isinstance(state, Source):
        state = with_results_lost(past.archive, state, ask=past.state)
    # An excerpt holds some streams of many: that something is not in it says nothing about the record.
    exists = past.exists if writer.edition.terms.whole else _yes
    yield from of_stream(state, past.history(stream), past.state, exists=exists)
    if isinstance(state, Proposal):
        for one in of_register(past.states("proposal", Proposal)):
            if any(place.startswith(f"{stream}#") for place in one.places):
                yield one


def _yes(_: str) -> bool:
    return True


def _is_noted(finding: Finding) -> bool:
    """Say whether a person stated it and no detector sees it."""
    return finding.explained_by is not None and finding.explained_by in finding.places


def _finding(writer: Writer, made: etree._Element, finding: Finding) -> None:
    teller = Citing(writer.past)
    for place in finding.places:
        record = writer.past.record(place)
        if record is not None:
            teller.use(record)
    line = add(made, "befund", festgestellt=boolean(_is_noted(finding)))
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
