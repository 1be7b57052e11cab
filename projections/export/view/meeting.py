"""A meeting: when and where, who was able to decide, the agenda as held, the minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import events as e
from domain import vocabulary as v
from domain.meeting import Meeting
from projections import life, meetings, parts
from projections.export import gaps, german
from projections.export.view import ballots
from projections.export.view.desk import anchor, definitions, heading, not_given, nothing, section, tag
from projections.export.view.html import el, joined
from projections.export.view.proposal import annex
from projections.export.view.values import words
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from projections.export.view.desk import Desk
    from projections.export.view.html import Element
    from projections.shapes import Field, ItemLine, MinutesLine

_SILENT: Final = frozenset({"name", "ends_at", "papers_sent_at", "notice_rule", "announced", "invited_on"})
_DATES: Final = frozenset({"starts_at", "ends_at", "invited_on", "papers_sent_at"})


def meeting(desk: Desk, stream: str, *, level: int, whole: bool) -> Element:
    """Tell of a meeting.

    Args:
        desk: The page.
        stream: The meeting.
        level: Of its heading.
        whole: Whether its agenda is told too, or only the frame of what was dealt with.
    """
    state = desk.past.state(stream)
    if not isinstance(state, Meeting):
        gone = el(
            "p", "Zu dieser Sitzung enthält der Auszug keinen lesbaren Eintrag: Er ist gesperrt, gelöscht oder fehlt."
        )
        return el("section", heading(level, desk.title(stream)), gone, id=anchor(stream))
    standing = life.standing_of_meeting(state, desk.past)
    visibility = parts.visibility_of_stream(desk.past, stream)
    rows = [
        (german.field(field.name), _head(desk, state, field))
        for field in meetings.head(desk.teller, state)
        if field.known.state is not Knowledge.NOT_MENTIONED or field.name not in _SILENT
    ]
    return el(
        "section",
        heading(
            level,
            desk.title(stream),
            [" ", tag("Eintrag nichtöffentlich", "zu")] if visibility == v.Visibility.NON_PUBLIC else None,
        ),
        el(
            "p",
            "Stand: ",
            tag(german.code(standing.state), "stand"),
            [" ", tag("erschlossen")] if standing.basis is Knowledge.INFERRED else None,
        ),
        definitions(rows, class_="angaben"),
        [ballots.quorum(desk, line, level=level + 1) for line in parts.quorum(desk.teller, state)],
        _agenda(desk, state, level=level + 1) if whole else None,
        _minutes(desk, state, level=level + 1),
        _annexes(desk, state, level=level + 1) if whole else None,
        id=anchor(stream),
        class_="sitzung",
    )


def _head(desk: Desk, state: Meeting, field: Field) -> object:
    if field.name in _DATES:
        return desk.known(field.known, desk.date, literal=False)
    if field.name == "publicity":
        return desk.known(field.known, lambda value: german.code(v.Publicity(str(value))))
    if field.name == "organs":
        return desk.known(field.known, lambda _: joined(desk.title(organ) for organ in state.organs))
    if field.name == "announced":
        event = state.convened.event if state.convened is not None else None
        return desk.known(field.known, lambda _: words(desk, event.announced) if event is not None else "")
    return desk.known(field.known)


# -- agenda ---------------------------------------------------------------------------------------


def _agenda(desk: Desk, state: Meeting, *, level: int) -> Element:
    items = [el("li", _item(desk, line, level=level + 1)) for line in meetings.agenda(desk.teller, state)]
    if not items:
        is_silent = gaps.could_say(desk.edition, desk.past, state.stream, gaps.AGENDAS)
        way = german.NOT_GIVEN if is_silent else "nicht eingetragen"
        return section(level, "Tagesordnung", el("p", f"Eine Tagesordnung ist {way}."))
    return section(level, "Tagesordnung und Verlauf", el("ul", items, class_="zeitleiste"))


def _item(desk: Desk, line: ItemLine, *, level: int) -> list[object]:
    number = f"TOP {line.number.value}" if line.number.value is not None else "Ohne Nummer"
    title = line.title.text if line.title.value is not None else None
    if title is None and line.proposal is not None:
        title = desk.title(line.proposal)
    held = line.publicity_held if line.publicity_held.value is not None else line.publicity_set
    is_closed = held.value == v.Publicity.NON_PUBLIC
    rows: list[tuple[str, object]] = []
    if line.proposal is not None:
        version = ["; Fassung ", desk.known(line.version, mark=False)] if line.version.value is not None else None
        rows.append(("Vorlage", [desk.link(line.proposal), version]))
    for label, known in (
        ("Öffentlichkeit vorgesehen", line.publicity_set),
        ("Öffentlichkeit tatsächlich", line.publicity_held),
    ):
        if known.state is not Knowledge.NOT_MENTIONED:
            rows.append((label, desk.known(known, lambda value: german.code(v.Publicity(str(value))))))
    if line.id is not None and not line.on_agenda:
        rows.append(("Tagesordnung", "von der Tagesordnung genommen oder in keiner genannt"))
    told: list[object] = [
        heading(
            level,
            number,
            ": ",
            title if title is not None else ["Titel ", nothing(line.title.state)],
            [" ", tag("nichtöffentlich", "zu")] if is_closed else None,
        ),
        definitions(rows),
    ]
    told += [ballots.exclusion(desk, one) for one in line.excluded]
    told += [ballots.motion(desk, one) for one in line.motions]
    numbers = range(1, len(line.ballots) + 1) if len(line.ballots) > 1 else [0] * len(line.ballots)
    for place, one in zip(numbers, line.ballots, strict=True):
        told.append(ballots.ballot(desk, one, place, level=level + 1))
    told += [ballots.outcome(desk, one, with_tally=not line.ballots) for one in line.outcomes]
    return told


# -- minutes --------------------------------------------------------------------------------------


def _minutes(desk: Desk, state: Meeting, *, level: int) -> Element:
    lines = parts.minutes_lines(desk.teller, state)
    if not lines:
        is_silent = gaps.could_say(desk.edition, desk.past, state.stream, gaps.MINUTES)
        way: object = ["ist ", not_given()] if is_silent else tag("liegt nicht vor", "fehlt")
        return section(level, "Niederschrift", el("p", "Eine Niederschrift ", way, "."))
    return section(level, "Niederschrift", el("ul", [el("li", _filed(desk, line)) for line in lines], class_="karten"))


def _filed(desk: Desk, line: MinutesLine) -> list[object]:
    acts = []
    names: list[str] = []
    for known in line.acts:
        record = desk.past.record(known.event) if known.event is not None else None
        if record is None:
            continue
        event = record.event
        if not names and isinstance(
            event, e.MinutesFiled | e.MinutesPresented | e.MinutesSigned | e.MinutesObjectionHandled
        ):
            names = [str(words(desk, event.kind)), str(words(desk, event.part))]
        acts.append(
            el("li", desk.dated(desk.teller.occurred(record)), " ", german.event(event.TYPE), " ", desk.mark(record.id))
        )
    number = line.version if line.version.isdigit() else german.nothing(Knowledge.WITHHELD)
    return [
        el("p", el("strong", joined([f"Fassung {number}", *names]))),
        desk.document(line.document),
        el("ul", acts) if acts else None,
    ]


def _annexes(desk: Desk, state: Meeting, *, level: int) -> Element | None:
    lines = parts.annexes(desk.teller, state.annexes)
    if not lines:
        return None
    return section(
        level, "Anlagen der Sitzung", el("ul", [el("li", annex(desk, line)) for line in lines], class_="karten")
    )
