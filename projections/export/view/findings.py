"""Findings (de: Befunde): what does not fit together and what is not there, with the events that they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import vocabulary as v
from domain.findings import CODES
from projections.export import german
from projections.export.detected import told
from projections.export.view.desk import place, section
from projections.export.view.html import el, joined, paragraphs
from projections.related import related

if TYPE_CHECKING:
    from domain.findings import Code
    from projections.export.view.desk import Desk
    from projections.export.view.html import Element
    from projections.shapes import FindingLine


def findings(desk: Desk, stream: str, *, level: int) -> Element:
    """Tell what does not fit together and what is not there (de: Befunde)."""
    about = [one.record for one in related(desk.past, stream)]
    own = desk.past.effective(stream)
    every = frozenset(record.id for record in (*own, *about))
    found = told(desk.edition, desk.teller, (stream, *(record.stream for record in about)), about=every)
    note = el(
        "p",
        "Befunde werden aus den Einträgen berechnet. Sie ändern nichts an ihnen und sind kein Vorwurf.",
        class_="neben",
    )
    unseen = None
    if found.unseen:
        named = joined(desk.link(one) for one in found.unseen)
        unseen = el("p", german.NO_FINDINGS_OF, ": ", named, ".", class_="hinweis")
    if not found.lines:
        none = el("p", "Es gibt keine Befunde.") if unseen is None else None
        return section(level, "Befunde", none, unseen, note)
    items = [el("li", _finding(desk, line)) for line in found.lines]
    return section(
        level,
        f"Befunde ({len(found.lines)})",
        note,
        unseen,
        el("ul", items, class_="karten befunde"),
        key=place(desk, "befunde"),
    )


def _finding(desk: Desk, line: FindingLine) -> list[object]:
    known: Code | None = CODES.get(line.code)
    words: list[object] = [
        el("p", el("strong", known.label if known is not None else line.label), " ", el("code", line.code)),
        el("p", german.finding(line.code)),
        el("p", "Beruht auf: ", joined(desk.event(event) for event in line.events), "."),
    ]
    if line.explained_by is not None:
        status = german.code(v.DiscrepancyStatus(line.status))
        words.append(el("p", "Von einer Person eingeschätzt (", status, "), ", desk.event(line.explained_by), ":"))
        if line.assessment is not None:
            words.append(el("blockquote", paragraphs(line.assessment)))
    return words
