"""The export as pages to read in a browser: self-contained, without scripts, and never anything but what events say.

Promises: nothing is loaded and nothing leads out of the export; every text of the record is escaped; the same edition
and proof give the same bytes. What is not known is said to be so in words, never by an empty place or a colour.

May not come in: German words for codes (`projections.export.german` has them), scripts, fonts, pictures, and whatever
computes anew what `projections` already computes.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from domain.dates import first_day
from domain.proposal import Proposal
from domain.review import Review
from domain.values import When, stated
from projections.export import german
from projections.export.files import ExportFile
from projections.export.view import frame
from projections.export.view.desk import WORDS, Desk, Proof, anchor, heading, section
from projections.export.view.events import collect, history
from projections.export.view.findings import findings
from projections.export.view.html import el, written
from projections.export.view.meeting import meeting
from projections.export.view.proposal import proposal
from projections.export.view.resolution import resolution, review

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from projections.export.edition import Edition
    from projections.export.view.html import Element

__all__ = ["Proof", "files"]

INDEX: Final = "index.html"
# With more subjects than these each gets a page of its own.
ONE_PAGE_MAX: Final = 20
# The parts of a proposal that the head of its page points to.
_PLACES: Final = (
    ("beratungsfolge", "Beratungsfolge"),
    ("fassungen", "Fassungen"),
    ("anlagen", "Anlagen"),
    ("befunde", "Befunde"),
)
# So many titles are looked up at a time: what was read for them is let go then.
_TITLES: Final = 200
_WITHOUT_YEAR: Final = "ohne Jahr"


def files(edition: Edition, *, proof: Proof | None = None) -> Iterator[ExportFile]:
    """Give the pages of an edition, their names relative to `ansicht/`; the first is `index.html`.

    Args:
        edition: What is told.
        proof: What a package adds about its proof; None where there is no package around.
    """
    proof = proof or Proof()
    subjects = tuple(stream for kind in WORDS for stream in edition.subjects(kind))
    if len(subjects) <= ONE_PAGE_MAX:
        yield ExportFile(name=INDEX, data=_page(edition, proof, subjects, {}, INDEX))
        return
    pages = {stream: f"{anchor(stream)}.html" for stream in subjects}
    yield ExportFile(name=INDEX, data=_list(edition, proof, subjects, pages))
    for stream, name in pages.items():
        yield ExportFile(name=name, data=_page(edition, proof, (stream,), pages, name))


# -- a page of subjects ---------------------------------------------------------------------------


def _page(edition: Edition, proof: Proof, subjects: tuple[str, ...], pages: Mapping[str, str], name: str) -> bytes:
    desk = Desk(edition, proof, subjects, pages=pages, page=name)
    desk.entries = collect(desk)
    around = _around(desk)
    desk.anchors = {anchor(stream) for stream in (*subjects, *around)}
    single = len(subjects) == 1
    title = desk.title(subjects[0]) if single else f"Auszug mit {len(subjects)} Gegenständen"
    level = 1 if single else 2
    told = [_subject(desk, stream, level=level) for stream in subjects]
    contents = [] if single else [(anchor(stream), desk.title(stream)) for stream in subjects]
    if single:
        places = written(told)
        contents += [(key, label) for key, label in _PLACES if f' id="{key}"' in places]
    rest: list[Element] = []
    for kind, label in (("meeting", "Sitzungen"), ("resolution", "Beschlüsse"), ("review", "Rechtskontrolle")):
        mine = [stream for stream in around if stream.startswith(f"{kind}:")]
        if mine:
            key = f"teil-{WORDS[kind]}"
            parts = [_far(desk, stream, level=3) for stream in mine]
            rest.append(section(2, label, parts, key=key))
            contents.append((key, label))
    contents += [("verlauf", "Alle Einträge"), ("was-ist-das", "Was diese Seite ist"), ("pruefen", "Selbst prüfen")]
    content = [
        None if single else heading(1, title),
        None if subjects else el("p", "Dieser Auszug nennt keinen Gegenstand, der hier gezeigt werden kann."),
        told,
        rest,
        section(2, f"Alle Einträge ({len(desk.entries)})", _note(), history(desk), key="verlauf"),
        frame.about(edition, level=2),
        frame.checking(edition, proof, level=2),
    ]
    return frame.page(edition, title, content, contents=contents, back=bool(pages))


def _note() -> Element:
    return el(
        "p",
        "In der Reihenfolge, in der sie eingetragen wurden, und so, wie sie zuerst lauteten; eine Berichtigung ist ein "
        "eigener Eintrag.",
    )


def _around(desk: Desk) -> tuple[str, ...]:
    """Give the meetings, resolutions and reviews that have to do with the subjects and are not subjects themselves."""
    found = dict.fromkeys(event.partition("#")[0] for event in desk.entries)
    near: list[str] = []
    proposals = [stream for stream in desk.subjects if stream.startswith("proposal:")]
    meetings = {treatment.meeting.stream for one in proposals for treatment in desk.deliberations.of(one)}
    decided = {state.stream for one in proposals for state in desk.deliberations.resolutions(one)}
    decided |= {stream for stream in desk.subjects if stream.startswith("resolution:")}
    reviews = {state.stream for state in desk.past.states("review", Review) if decided & set(state.resolutions)}
    for stream in (*found, *sorted(meetings | decided | reviews)):
        if stream in meetings | decided | reviews and stream not in desk.subjects and stream not in near:
            near.append(stream)
    return tuple(near)


def _subject(desk: Desk, stream: str, *, level: int) -> Element:
    kind = stream.partition(":")[0]
    if kind == "proposal":
        return proposal(desk, stream, level=level)
    told = _far(desk, stream, level=level, whole=True)
    return el("article", told, findings(desk, stream, level=level + 1))


def _far(desk: Desk, stream: str, *, level: int, whole: bool = False) -> Element:
    match stream.partition(":")[0]:
        case "meeting":
            return meeting(desk, stream, level=level, whole=whole)
        case "resolution":
            return resolution(desk, stream, level=level)
        case _:
            return review(desk, stream, level=level)


# -- the list of many -----------------------------------------------------------------------------


def _list(edition: Edition, proof: Proof, subjects: tuple[str, ...], pages: Mapping[str, str]) -> bytes:
    """Write the list of all subjects, by kind and year."""
    parts: list[Element] = []
    contents: list[tuple[str, str]] = []
    for kind, word in WORDS.items():
        mine = tuple(stream for stream in subjects if stream.startswith(f"{kind}:"))
        if not mine:
            continue
        key = f"liste-{word}"
        label = f"{german.kind(kind)} ({len(mine)})"
        contents.append((key, label))
        rows = sorted(_rows(edition, proof, mine, pages), key=_newest)
        years = [
            section(3, year, el("ul", [el("li", link) for _, _, link in some]))
            for year, some in itertools.groupby(rows, key=lambda row: row[0])
        ]
        parts.append(section(2, label, years, key=key))
    contents += [("was-ist-das", "Was diese Seite ist"), ("pruefen", "Selbst prüfen")]
    title = f"Auszug mit {len(subjects)} Gegenständen"
    content = [heading(1, title), parts, frame.about(edition, level=2), frame.checking(edition, proof, level=2)]
    return frame.page(edition, title, content, contents=contents, back=False)


def _rows(
    edition: Edition, proof: Proof, mine: tuple[str, ...], pages: Mapping[str, str]
) -> Iterator[tuple[str, int, object]]:
    for start in range(0, len(mine), _TITLES):
        some = mine[start : start + _TITLES]
        desk = Desk(edition, proof, some, pages=pages, page=INDEX)
        for place, stream in enumerate(some, start):
            yield _year(desk, stream), place, desk.link(stream)


def _newest(row: tuple[str, int, object]) -> tuple[bool, int, int]:
    year, place, _ = row
    return (year == _WITHOUT_YEAR, -int(year) if year.isdigit() else 0, place)


def _year(desk: Desk, stream: str) -> str:
    """Give the year of a subject: of its document, else of its first event."""
    state = desk.past.state(stream)
    day = stated(state.current.document_date) if isinstance(state, Proposal) and state.current is not None else None
    if day is None:
        first = next(iter(desk.past.effective(stream)), None)
        occurred = first.occurred if first is not None else None
        day = stated(occurred.at) if isinstance(occurred, When) else None
    return f"{first_day(day).year:04d}" if day is not None else _WITHOUT_YEAR
