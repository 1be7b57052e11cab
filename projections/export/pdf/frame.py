"""What stands on every page and at the end of every document: whose record it is, and on what terms it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.values import WITHHELD, stated
from projections.export import german
from projections.export.edition import EXAMPLE, PRODUCT
from projections.export.pdf import words
from projections.shapes import Knowledge
from projections.timetravel import moment
from projections.wording import cut, without_example

if TYPE_CHECKING:
    from domain.stream import RecordedEvent
    from projections.export.edition import Edition
    from projections.export.pdf.glyphs import Tree
    from projections.shapes import DocumentLine
    from projections.teller import Teller

TITLE_LENGTH: Final = 300  # of a title; the whole text stands in the document
_NAME_LENGTH: Final = 60  # of a name that has to fit into the head of a page


def of(edition: Edition) -> dict[str, Tree]:
    """Give what every document bears."""
    terms, register = edition.terms, edition.register
    given: list[Tree] = [
        ["Register", f"{without_example(register.name)} ({register.id})"],
        ["Anker (SHA-256 des ersten Eintrags)", register.anchor_hex],
        ["Stand", f"{edition.size} Einträge"],
        ["Ausgegeben für", german.code(terms.audience)],
        ["Grund", terms.ground or german.nothing(Knowledge.NOT_MENTIONED)],
        ["Stichtag der Öffentlichkeit", german.date(terms.day)],
        ["Erzeugt mit", f"{PRODUCT} {terms.version}"],
    ]
    return {
        "register": cut(without_example(register.name), _NAME_LENGTH),
        "anker": register.anchor_hex,
        "beispiel": EXAMPLE if edition.is_example else None,
        "ausgabe": given,
    }


def author(edition: Edition) -> str:
    """Give whose document it is."""
    return cut(f"{PRODUCT}: {edition.register.name}", TITLE_LENGTH)


def original(line: DocumentLine) -> str:
    """Say whether a document is held."""
    if line.state is Knowledge.STATED:
        return "liegt vor"
    if line.state in {Knowledge.WITHHELD, Knowledge.ERASED}:
        return german.nothing(line.state)
    return "liegt nicht vor"


def entry(teller: Teller, record: RecordedEvent) -> Tree:
    """Give an entry as what something rests on: place, kind, when and in which role it was recorded, by whom stated."""
    return {
        "position": record.position,
        "ereignis": german.event(record.event.TYPE),
        "kennung": record.id,
        "datum": german.when(record.occurred),
        "eingetragen": german.date(moment(record.recorded_at)),
        "rolle": german.code(record.by.role),
        "aussage": stated_by(teller, record),
        "berichtigt": [words.event_name(teller, f"{record.stream}#{seq}") for seq in record.corrected_by],
    }


def stated_by(teller: Teller, record: RecordedEvent) -> str:
    """Say by whose authority an entry states what it does."""
    authority = record.authority
    if authority is WITHHELD:
        gone = Knowledge.ERASED if teller.erased_by(record, "authority") else Knowledge.WITHHELD
        return german.nothing(gone)
    known = stated(authority)
    if known is None:
        return german.nothing(Knowledge.NOT_MENTIONED)
    function, person, organ = stated(known.function), stated(known.person), stated(known.organ)
    parts = [
        german.code(function) if function is not None else None,
        words.person(teller, person) if person is not None else None,
        words.title(teller, organ) if organ is not None else None,
    ]
    return ", ".join(filter(None, parts)) or german.nothing(Knowledge.NOT_MENTIONED)
