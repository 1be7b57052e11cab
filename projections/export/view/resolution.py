"""Resolutions with what became of them, and reviews with every act; no act is weighed against another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import vocabulary as v
from domain.resolution import Resolution, StepKind
from domain.review import Review
from domain.values import stated
from projections import life, parts, resolutions
from projections.export import german
from projections.export.view.desk import anchor, definitions, heading, section, tag
from projections.export.view.events import content
from projections.export.view.html import el, joined, paragraphs
from projections.export.view.proposal import annex
from projections.export.view.values import conditions
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.export.view.desk import Desk
    from projections.export.view.html import Element
    from projections.shapes import ActLine, ResolutionLine, StepLine

_GONE: Final = "enthält der Auszug keinen lesbaren Eintrag: Er ist gesperrt, gelöscht oder fehlt."
_ONLY_REASONS: Final = "laut Begründung vorgesehen bis"


def resolution(desk: Desk, stream: str, *, level: int) -> Element:
    """Tell of a resolution."""
    state = desk.past.state(stream)
    if not isinstance(state, Resolution):
        gone = el("p", f"Zu diesem Beschluss {_GONE}")
        return el("section", heading(level, desk.title(stream)), gone, id=anchor(stream))
    line = resolutions.resolution(desk.teller, state)
    standing = life.state_of_resolution(state, day=desk.edition.terms.day)
    return el(
        "section",
        heading(level, desk.title(stream)),
        el(
            "p",
            "Stand am ",
            desk.date(desk.edition.terms.day),
            ": ",
            tag(german.code(standing.state), "stand"),
            [" ", tag("erschlossen")] if standing.basis is Knowledge.INFERRED else None,
        ),
        definitions(_rows(desk, line, state), class_="angaben"),
        _wording(desk, line, level=level + 1),
        _steps(desk, line, state, level=level + 1),
        _facts(desk, "Ausfertigung, Bekanntmachung, Umsetzung", _afterwards(state), level=level + 1),
        _acts(desk, line.acts, level=level + 1),
        _annexes(desk, line, level=level + 1),
        id=anchor(stream),
        class_="beschluss",
    )


def _rows(desk: Desk, line: ResolutionLine, state: Resolution) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("Beschluss-Nr.", desk.known(line.number)),
        ("Gefasst", desk.dated(line.made_on)),
        ("Gremium", desk.known(line.organ, lambda value: desk.title(str(value)))),
        ("Sinn", desk.known(line.sense, lambda value: german.code(v.ResolutionSense(str(value))))),
        ("Rechtsform", desk.known(line.legal_form, lambda value: german.code(v.LegalForm(str(value))))),
    ]
    if line.meeting is not None:
        rows.append(("Sitzung", desk.link(line.meeting)))
    if line.proposal is not None:
        rows.append(("Vorlage", desk.link(line.proposal)))
    if line.version.state is not Knowledge.NOT_MENTIONED:
        rows.append(("Beschlossene Fassung", desk.known(line.version)))
    made = stated(state.made.event.conditions) if state.made is not None else None
    if line.conditions.state is not Knowledge.NOT_MENTIONED:
        told = desk.known(line.conditions, lambda _: conditions(made or ()))
        rows.append(("Bedingungen", told))
    if line.re_decides:
        rows.append(("Entscheidet neu über", joined(desk.link(one) for one in line.re_decides)))
    if line.followed_event is not None:
        rows.append(("Spätere Entscheidung", desk.link(line.followed_event.partition("#")[0])))
    return rows


def _wording(desk: Desk, line: ResolutionLine, *, level: int) -> Element:
    known = line.text
    if isinstance(known.value, str):
        return section(
            level,
            ["Wortlaut ", desk.mark(known.event)],
            el("div", paragraphs(known.value), class_="text"),
            look="langtext",
        )
    presumed = None
    if line.presumed_as.value is not None:
        presumed = el("p", f"Vermutlich folgt er Fassung {line.presumed_as.value} der Vorlage. Belegt ist das nicht.")
    return section(
        level, "Wortlaut", el("p", "Der beschlossene Wortlaut: ", desk.known(known, mark=False), "."), presumed
    )


def _steps(desk: Desk, line: ResolutionLine, state: Resolution, *, level: int) -> Element | None:
    if not line.timeline:
        return None
    items = [el("li", _step(desk, step, state)) for step in line.timeline]
    several = None
    if len(line.readings) > 1:
        several = el(
            "p",
            "Zum Stichtag lassen die Einträge mehr als eine Lesart zu. Keine davon wird hier vorgezogen.",
            class_="hinweis",
        )
    return section(level, "Geltung", el("ol", items, class_="schritte"), several)


def _step(desk: Desk, step: StepLine, state: Resolution) -> list[object]:
    kind = StepKind(step.kind)
    if kind is StepKind.STATUS and step.status is not None:
        word = german.code(v.ResolutionStatus(step.status))
    elif kind is StepKind.ENDS and _is_only_in_reasons(state):
        word = _ONLY_REASONS
    else:
        word = german.code(kind)
    is_told = step.date.certainty == v.Certainty.INFERRED
    basis = tag(german.code(v.Basis(step.basis))) if step.basis != v.Basis.STATED and not is_told else None
    return joined([desk.dated(step.date), ["– ", word], basis, desk.mark(step.event)], " ")


def _is_only_in_reasons(state: Resolution) -> bool:
    limit = stated(state.made.event.validity) if state.made is not None else None
    return limit is not None and limit.stated_in is v.TextPart.REASONS


def _afterwards(state: Resolution) -> list[str]:
    records = [
        *(fact.record for fact in state.engrossments),
        *(fact.record for fact in state.publications),
        *(fact.record for fact in state.implementation),
    ]
    return [record.id for record in sorted(records, key=lambda record: record.position)]


def _facts(desk: Desk, title: str, events: Iterable[str], *, level: int) -> Element | None:
    items = []
    for event_id in events:
        record = desk.past.record(event_id)
        if record is None:
            continue
        items.append(el("li", joined([desk.dated(desk.teller.occurred(record)), _said(desk, event_id)], " ")))
    return section(level, title, el("ul", items)) if items else None


def _said(desk: Desk, event_id: str) -> list[object]:
    record = desk.past.record(event_id)
    if record is None:
        return []
    told = joined(([label, ": ", value] for label, value in content(desk, record)), "; ")
    return [german.event(record.event.TYPE), [": ", told] if told else None, " ", desk.mark(event_id)]


def _annexes(desk: Desk, line: ResolutionLine, *, level: int) -> Element | None:
    if not line.annexes:
        return None
    items = [el("li", annex(desk, one)) for one in line.annexes]
    return section(level, "Anlagen des Beschlusses", el("ul", items, class_="karten"))


# -- reviews --------------------------------------------------------------------------------------


def _acts(desk: Desk, acts: Iterable[ActLine], *, level: int) -> Element | None:
    items = [
        el(
            "li",
            joined([desk.dated(act.occurred), german.event(act.type)], " "),
            [" (", desk.link(act.event.partition("#")[0], "Rechtskontrolle"), ")"],
            " ",
            desk.mark(act.event),
        )
        for act in acts
    ]
    return section(level, "Rechtskontrolle", el("ol", items)) if items else None


def review(desk: Desk, stream: str, *, level: int) -> Element:
    """Tell of a review: every act in order of recording."""
    state = desk.past.state(stream)
    if not isinstance(state, Review):
        gone = el("p", f"Zu dieser Rechtskontrolle {_GONE}")
        return el("section", heading(level, "Rechtskontrolle"), gone, id=anchor(stream))
    items = [
        el("li", joined([desk.dated(act.occurred), _said(desk, act.event)], " "))
        for act in parts.acts(desk.teller, (state,))
    ]
    named = [el("li", desk.link(one)) for one in state.resolutions]
    return el(
        "section",
        heading(
            level,
            f"Rechtskontrolle zu {len(named)} Beschlüssen" if len(named) != 1 else "Rechtskontrolle zu einem Beschluss",
        ),
        el("ul", named),
        el("p", "Die Akte stehen nebeneinander; keiner wird gegen einen anderen abgewogen."),
        el("ol", items, class_="schritte"),
        id=anchor(stream),
    )
