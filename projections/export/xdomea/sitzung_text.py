"""What is recorded of a meeting as lines of plain text: the invitation, and who was there.

A receiving tool keeps files and little else; so what no file of the meeting says is written out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.values import When, stated
from projections.export import german
from projections.export.xdomea.values import date, happened, joined, names, person, quoted, said, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain import events as e
    from domain.meeting import Meeting
    from domain.stream import Fact, RecordedEvent
    from projections.teller import Teller


# -- invitation -----------------------------------------------------------------------------------


def meeting_lines(teller: Teller, convened: RecordedEvent, state: Meeting) -> list[str]:
    """Give which meeting it is, and what was changed of that."""
    found = [f"Gremium: {', '.join(german.title(teller, organ) for organ in state.organs)}"] if state.organs else []
    found += _labelled(
        ("Sitzungsnummer", said(teller, convened, "number")),
        ("Bezeichnung", said(teller, convened, "name")),
        ("Beginn", said(teller, convened, "starts_at", say=date)),
        ("Ende", said(teller, convened, "ends_at", say=date)),
        ("Ort", said(teller, convened, "place")),
        ("Öffentlichkeit", said(teller, convened, "publicity")),
    )
    for moved in state.moves:
        changes = (
            joined("verlegt auf", said(teller, moved.record, "starts_at", say=date), by=" "),
            said(teller, moved.record, "place"),
            quoted(said(teller, moved.record, "reason")),
        )
        found.append(joined(*changes))
    if state.cancelled is not None:
        found.append(joined("abgesagt", quoted(said(teller, state.cancelled.record, "reason")), by=": "))
    return found


def invitation_lines(teller: Teller, convened: RecordedEvent) -> list[str]:
    """Give how and when it was called; nothing where nothing is known of an invitation."""
    # That an invitation is dated by the event itself is something known of it; a mere limit is not.
    is_dated = isinstance(convened.occurred, When) and stated(convened.occurred.at) is not None
    return _labelled(
        ("Einberufen", happened(teller, convened) if is_dated else None),
        ("Eingeladen am", said(teller, convened, "invited_on", say=date)),
        ("Unterlagen versandt am", said(teller, convened, "papers_sent_at", say=date)),
        ("Ladungsfrist", said(teller, convened, "notice_rule")),
        ("Zugang", said(teller, convened, "receipt")),
        ("Bekannt gemacht", said(teller, convened, "announced", say=_announced)),
    )


def _labelled(*lines: tuple[str, str | None]) -> list[str]:
    return [f"{label}: {value}" for label, value in lines if value]


def _announced(value: object) -> str:
    announcements = value if isinstance(value, tuple) else ()
    return "; ".join(
        joined(one.medium, german.date(one.on) if isinstance(one.on, str) else None) for one in announcements
    )


# -- presence -------------------------------------------------------------------------------------


def presence_lines(teller: Teller, state: Meeting) -> list[str]:
    """Give who was there, who came and went, and who was excluded; names as far as this reader may have them."""

    def named(key: object) -> str:
        return person(teller, str(key))

    lines = [line for opening in state.openings for line in _opening(teller, opening)]
    lines += [
        joined(
            happened(teller, change.record),
            joined(said(teller, change.record, "person", say=named), told(teller, change.record, "change"), by=" "),
            *_labelled(("danach anwesend", said(teller, change.record, "present_count"))),
        )
        for change in state.attendance
    ]
    lines += [
        joined(
            happened(teller, excluded.record),
            f"befangen: {said(teller, excluded.record, 'person', say=named)}",
            said(teller, excluded.record, "legal_basis"),
        )
        for excluded in state.exclusions
    ]
    return lines


def _opening(teller: Teller, opening: Fact[e.MeetingOpened]) -> Iterator[str]:
    record = opening.record

    def named(keys: object) -> str:
        return names(teller, keys) if isinstance(keys, tuple) else person(teller, str(keys))

    yield f"Eröffnet: {happened(teller, record)} ({told(teller, record, 'part')})"
    yield from _labelled(
        ("Vorsitz", said(teller, record, "presiding", say=named)),
        ("Schriftführung", said(teller, record, "secretary", say=named)),
        ("Anwesend", said(teller, record, "present", say=named)),
        ("Abwesend", said(teller, record, "absent", say=lambda value: _absent(teller, value))),
        ("Beschlussfähigkeit", said(teller, record, "quorum")),
        ("Wortlaut", said(teller, record, "quorum_literal")),
        ("Mitglieder nach Gesetz", said(teller, record, "members_by_law")),
        ("Mitglieder im Amt", said(teller, record, "members_in_office")),
        ("anwesend", said(teller, record, "present_count")),
        ("stimmberechtigt", said(teller, record, "entitled_count")),
    )


def _absent(teller: Teller, value: object) -> str:
    absences = value if isinstance(value, tuple) else ()
    return "; ".join(
        joined(
            person(teller, one.person),
            "entschuldigt" if one.excused is True else "unentschuldigt" if one.excused is False else None,
            stated(one.reason),
        )
        for one in absences
    )
