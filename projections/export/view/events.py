"""The history: every event in order of position, what it says, who recorded and who stated it, and on what it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from domain import events as e
from domain import vocabulary as v
from domain.proposal import Proposal
from domain.values import WITHHELD, Authority, stated
from projections.export import german
from projections.export.gaps import gaps
from projections.export.view.desk import WORDS, definitions, nothing, tag
from projections.export.view.html import el, joined, text_of
from projections.export.view.values import INNER, field_of, source, words
from projections.related import related
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.events import Event
    from domain.stream import RecordedEvent
    from projections.export.view.desk import Desk

_KNOWN: Final = "Bekannt geworden"


def collect(desk: Desk) -> Mapping[str, int]:
    """Give the positions of all events of a page's subjects and of what has to do with them, in order."""
    found: dict[str, int] = {}
    for stream in desk.subjects:
        found |= {record.id: record.position for record in desk.past.effective(stream)}
        found |= {one.record.id: one.record.position for one in related(desk.past, stream)}
    return dict(sorted(found.items(), key=lambda one: one[1]))


def history(desk: Desk) -> list[object]:
    """Tell every event of the page, as it was first recorded; a correction is an event of its own."""
    firsts: dict[str, RecordedEvent] = {}
    for stream in dict.fromkeys(event.partition("#")[0] for event in desk.entries):
        firsts |= {record.id: record for record in desk.past.recorded(stream)}
    items = [el("li", _entry(desk, firsts[event]), id=f"eintrag-{place}") for event, place in desk.entries.items()]
    lost = [text for stream in _told_of(desk) for text in _lost(desk, stream)]
    return [
        el("ol", items, class_="verlauf"),
        el("ul", [el("li", text) for text in lost]) if lost else None,
    ]


def _told_of(desk: Desk) -> tuple[str, ...]:
    """Give the subjects, and the meetings that dealt with them or may have."""
    found = dict.fromkeys(desk.subjects)
    for stream in desk.subjects:
        state = desk.past.state(stream)
        if isinstance(state, Proposal):
            found |= dict.fromkeys(desk.silence(state).meetings)
    return tuple(found)


def _lost(desk: Desk, stream: str) -> list[object]:
    """Name the places of a stream of which nothing can be read, so that no gap passes for the whole."""
    erased = desk.past.erased_tokens(stream)
    texts: list[object] = []
    for gap in gaps(desk.edition, desk.past, stream):
        if f"{stream}#{gap.seq}" in desk.entries:
            continue
        what = f" ({german.event(gap.type)})" if gap.type is not None else ""
        head = [f"Eintrag {gap.seq} zu: ", desk.title(stream), what]
        if gap.seq in erased:
            texts.append([*head, " – gelöscht durch ", desk.event(erased[gap.seq])])
        elif gap.is_place:
            texts.append([*head, " – in diesem Auszug nicht enthalten"])
        else:
            texts.append([*head, f" – {german.nothing(gap.state)}"])
    return texts


def _entry(desk: Desk, record: RecordedEvent) -> list[object]:
    told = desk.teller.provenance(record)
    visibility = desk.past.visibility(record)
    corrected = next((one for one in desk.past.effective(record.stream) if one.seq == record.seq), record).corrected_by
    rows: list[tuple[str, object]] = [*content(desk, record), *_around(desk, record)]
    rows += [
        ("Geschehen", desk.dated(told.occurred)),
        (
            "Eingetragen",
            joined([desk.date(told.recorded_at), ["von ", desk.person(record.by.person)], german.code(record.by.role)]),
        ),
        ("Ausgesagt von", _authority(desk, record)),
        ("Quelle", _sources(desk, record)),
    ]
    if corrected:
        rows.append(("Berichtigt durch", joined(desk.event(f"{record.stream}#{seq}") for seq in corrected)))
    rows.append(("Kennung", el("code", record.id)))
    return [
        el(
            "p",
            el("span", f"Eintrag {record.position}", class_="nummer"),
            " ",
            el("strong", german.event(record.event.TYPE)),
            " ",
            tag(german.code(visibility), "zu") if visibility is not v.Visibility.PUBLIC else None,
        ),
        el("p", _about(desk, record), class_="neben"),
        definitions(rows),
    ]


def _about(desk: Desk, record: RecordedEvent) -> object:
    kind = record.stream.partition(":")[0]
    return desk.link(record.stream) if kind in WORDS else desk.title(record.stream)


def content(desk: Desk, record: RecordedEvent) -> list[tuple[str, object]]:
    """Give what an event states, field by field, in its own order."""
    event = record.event
    rows: list[tuple[str, object]] = []
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if _is_gone(value) or name in INNER or _is_beside(event, name):
            continue
        if isinstance(event, e.RecordCorrected) and name == "target":
            rows.append(("Berichtigt wird", desk.event(f"{record.stream}#{value}")))
            continue
        if isinstance(value, msgspec.Raw):
            rows.append((german.field(name), words(desk, msgspec.json.decode(value))))
            continue
        if isinstance(event, e.RecordCorrected) and name == "path":
            rows.append(("Feld", field_of(str(value))))
            continue
        if name == "order" and isinstance(value, int):
            rows.append((german.field(name), f"{value + 1}. Stelle"))
            continue
        told = words(desk, value)
        literal = stated(getattr(event, f"{name}_literal", UNSET))
        if literal is not None and literal != text_of(told):
            told = [told, " ", desk.quote(literal)]
        rows.append((german.field(name), told))
    return rows


def _is_beside(event: Event, name: str) -> bool:
    """Say whether a field is the words of a source that stand beside the value that they are for."""
    base = name.removesuffix("_literal")
    return base != name and (base == "occurred" or not _is_gone(getattr(event, base, UNSET)))


def _is_gone(value: object) -> bool:
    return value is UNSET or value is WITHHELD


def _around(desk: Desk, record: RecordedEvent) -> list[tuple[str, object]]:
    """Name what was recorded and cannot be shown here; and tell since when the fact was known."""
    rows: list[tuple[str, object]] = [
        (german.field(name), _gone(desk, record, f"data.{name}"))
        for name in record.event.__struct_fields__
        if getattr(record.event, name) is WITHHELD
    ]
    if record.known is WITHHELD:
        rows.append((_KNOWN, _gone(desk, record, "known")))
    elif record.known is not UNSET:
        rows.append((_KNOWN, words(desk, record.known)))
    return rows


def _gone(desk: Desk, record: RecordedEvent, path: str) -> object:
    by = desk.past.erased_by(record.id, path)
    if by is None:
        return nothing(Knowledge.WITHHELD)
    return [nothing(Knowledge.ERASED), " durch ", desk.event(by)]


def _authority(desk: Desk, record: RecordedEvent) -> object:
    authority = record.authority
    if authority is UNSET:
        return nothing(Knowledge.NOT_MENTIONED)
    if not isinstance(authority, Authority):
        return _gone(desk, record, "authority")
    function, person, organ = stated(authority.function), stated(authority.person), stated(authority.organ)
    return joined(
        [
            german.code(function) if function is not None else None,
            desk.person(person) if person is not None else None,
            desk.title(organ) if organ is not None else None,
        ]
    )


def _sources(desk: Desk, record: RecordedEvent) -> object:
    sources = record.sources
    if sources is UNSET or sources == ():
        return nothing(Knowledge.NOT_MENTIONED)
    if not isinstance(sources, tuple):
        return _gone(desk, record, "sources")
    return joined((source(one) for one in sources), "; ")
