"""The parts that several kinds of streams share: annexes, checks, where things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from domain.rules import Reason, Rests, Subject, Verdict
from domain.vocabulary import Basis, ResolutionStatus, RuleTopic
from projections import parts
from projections.export import german
from projections.export.xml.kinds import BOOLEAN, TEXT, Kind
from projections.export.xml.schema import CODE_LIST_VERSION, code_list_uri
from projections.export.xml.writing import Citing, add
from projections.shapes import Knowledge, Known
from projections.teller import NOT_MENTIONED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml import etree

    from domain.annex import Annex
    from projections.export.xml.writing import Writer
    from projections.life import Standing
    from projections.shapes import CheckLine, DocumentLine

NUMBER = Kind("NummerType", "integer")
COUNT = Kind("AnzahlType", "integer")
_NAMING = frozenset({"event", "dropped_by", "withdrawn_by", "erased_by"})


def events_in(line: object) -> Iterator[str]:
    """Give the ids of the events that a line of an account names as what it is from."""
    if isinstance(line, Struct):
        for name in line.__struct_fields__:
            value = getattr(line, name)
            if name in _NAMING and isinstance(value, str):
                yield value
            else:
                yield from events_in(value)
    elif isinstance(line, tuple):
        for one in line:
            yield from events_in(one)


def positions_of(writer: Writer, line: object) -> set[int]:
    """Give the positions of the events that a line names, with the corrections that took part."""
    teller = Citing(writer.past)
    for event_id in events_in(line):
        record = writer.past.record(event_id)
        if record is not None:
            teller.use(record)
    return set(teller.cited())


def standing(writer: Writer, made: etree._Element, found: Standing, positions: Iterable[int]) -> None:
    """Write where something stands, and whether that is stated."""
    line = add(made, "standDesGegenstands")
    writer.rests_on(line, positions)
    name = "rechtsstand" if isinstance(found.state, ResolutionStatus) else "bearbeitungsstand"
    state = add(line, "stand", listURI=code_list_uri(name), listVersionID=CODE_LIST_VERSION)
    add(state, "code", found.state.value)
    add(state, "name", german.code(found.state))
    writer.code(line, "grundlage", Basis.INFERRED if found.is_inferred else Basis.STATED)


def check(writer: Writer, made: etree._Element, line: CheckLine, positions: Iterable[int]) -> None:
    """Write a check; its sentences are the program's own and English."""
    probe = add(made, "rechenprobe")
    writer.rests_on(probe, positions)
    writer.code(probe, "pruefgegenstand", Subject(line.subject))
    writer.code(probe, "pruefergebnis", Verdict(line.verdict))
    writer.code(probe, "pruefgrund", Reason(line.reason))
    add(probe, "erlaeuterung", line.sentence, sprache="en")
    for step in line.computation:
        add(probe, "rechnung", step, sprache="en")
    for used in line.rules:
        rule = add(probe, "regel")
        writer.code(rule, "regelungsgegenstand", RuleTopic(used.topic))
        add(rule, "fundstelle", used.citation)
        writer.code(rule, "fundstelleGelesen", Rests(used.rests))


def document(writer: Writer, made: etree._Element, line: DocumentLine, event: str | None) -> None:
    """Write whether a document is held, and what is known of it."""
    if line.state in {Knowledge.STATED, Knowledge.NOT_HELD}:
        is_held = Known(state=Knowledge.STATED, value=line.state is Knowledge.STATED, event=event)
    else:
        is_held = Known(state=line.state, event=event, erased_by=line.erased_by)
    writer.known(made, "liegtVor", is_held, BOOLEAN)
    for name, value in (
        ("titel", line.title),
        ("medientyp", line.media_type),
        ("groesseBytes", line.size),
        ("hashwert", line.digest),
    ):
        if value is not None:
            add(made, name, str(value))


def annexes(writer: Writer, made: etree._Element, found: Iterable[Annex]) -> None:
    """Write annexes, held or not, those taken back included."""
    for line in parts.annexes(Citing(writer.past), found):
        annex = add(made, "anlage")
        writer.rests_on(annex, positions_of(writer, line))
        writer.known(annex, "bezeichnung", line.label, TEXT)
        document(writer, annex, line.document, line.event)
        writer.known(annex, "bestandteilDesBeschlusses", line.part_of_decision, BOOLEAN)
        writer.known(annex, "fassung", line.version, NUMBER)
        if line.withdrawn_by is not None and (position := writer.position(line.withdrawn_by)) is not None:
            add(annex, "entferntDurch", beruhtAuf=str(position))


def ballot_id(writer: Writer, event_id: str) -> Known:
    """Tell the id of a ballot by the event that held it."""
    record = writer.past.record(event_id)
    return Citing(writer.past).field(record, "ballot") if record is not None else NOT_MENTIONED
