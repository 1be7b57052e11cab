"""What is recorded of a meeting as plain text: the invitation, the agenda as held, who was there.

A receiving tool keeps files and little else; so what no file of the meeting says is written out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import values as x
from domain.values import stated
from projections.export import german
from projections.export.xdomea.values import coded, joined, names, person, said, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain import events as e
    from domain.meeting import Item, Meeting
    from domain.stream import Fact, RecordedEvent
    from projections.teller import Teller


# -- invitation -----------------------------------------------------------------------------------


def invitation_text(teller: Teller, convened: RecordedEvent, state: Meeting) -> str:
    """Give how the meeting was called, and what was changed of that."""
    lines = [
        ("Gremium", ", ".join(german.title(teller, organ) for organ in state.organs) or None),
        ("Sitzungsnummer", said(teller, convened, "number")),
        ("Bezeichnung", said(teller, convened, "name")),
        ("Beginn", said(teller, convened, "starts_at", say=_date)),
        ("Ende", said(teller, convened, "ends_at", say=_date)),
        ("Ort", said(teller, convened, "place")),
        ("Öffentlichkeit", said(teller, convened, "publicity", say=coded)),
        ("Eingeladen am", said(teller, convened, "invited_on", say=_date)),
        ("Unterlagen versandt am", said(teller, convened, "papers_sent_at", say=_date)),
        ("Ladungsfrist", said(teller, convened, "notice_rule")),
        ("Zugang", said(teller, convened, "receipt")),
        ("Bekannt gemacht", said(teller, convened, "announced", say=_announced)),
    ]
    text = [f"{label}: {value}" for label, value in lines if value]
    for moved in state.moves:
        changes = (
            joined("verlegt auf", said(teller, moved.record, "starts_at", say=_date), by=" "),
            said(teller, moved.record, "place"),
            said(teller, moved.record, "reason"),
        )
        text.append(joined(*changes))
    if state.cancelled is not None:
        text.append(joined("abgesagt", said(teller, state.cancelled.record, "reason"), by=": "))
    return "\n".join(text)


def _date(value: object) -> str:
    return german.date(str(value))


def _announced(value: object) -> str:
    announcements = value if isinstance(value, tuple) else ()
    return "; ".join(
        joined(one.medium, german.date(one.on) if isinstance(one.on, str) else None) for one in announcements
    )


# -- agenda ---------------------------------------------------------------------------------------


def agenda_text(teller: Teller, found: Sequence[Item]) -> str:
    """Give agenda items as they were dealt with, in the order of the agenda."""
    return "\n".join(line for item in found for line in _item(teller, item))


def _item(teller: Teller, item: Item) -> Iterator[str]:
    entry = item.entry
    number = stated(entry.number) if entry is not None else None
    title = "Titel vorenthalten" if item.title is x.WITHHELD else stated(item.title)
    publicity = item.publicity_held or (entry.publicity if entry is not None else None)
    yield joined(
        f"TOP {number}" if number else "TOP ohne Nummer",
        title or "ohne Titel",
        german.code(publicity) if publicity is not None else None,
        None if item.is_on_agenda or entry is None else "von der Tagesordnung genommen",
    )
    proposal = stated(entry.proposal) if entry is not None else None
    if entry is not None and proposal is not None:
        version = stated(entry.version)
        yield joined(f"    {german.title(teller, proposal)}", f"Fassung {version}" if version is not None else None)
    for call in item.calls:
        yield f"    aufgerufen: {german.when(call.record.occurred)}"
    for decided in item.publicity:
        yield joined(f"    Öffentlichkeit {coded(decided.event.change)}", said(teller, decided.record, "ground"))
    for motion in item.motions:
        yield joined(f"    {coded(motion.event.kind)}", said(teller, motion.record, "text"), by=": ")
    for outcome in item.outcomes:
        yield joined(
            f"    Beratungsergebnis: {coded(outcome.event.outcome)}",
            tally(outcome.event.tally),
            said(teller, outcome.record, "outcome_literal"),
        )


# -- presence -------------------------------------------------------------------------------------


def presence_text(teller: Teller, state: Meeting) -> str:
    """Give who was there, who came and went, and who was excluded; names as far as this reader may have them."""
    lines = [line for opening in state.openings for line in _opening(teller, opening)]
    for change in state.attendance:
        who = said(teller, change.record, "person", say=lambda key: person(teller, str(key)))
        lines.append(
            joined(
                german.when(change.record.occurred),
                joined(who, coded(change.event.change), by=" "),
                _count("danach anwesend", change.event.present_count),
            )
        )
    for excluded in state.exclusions:
        who = said(teller, excluded.record, "person", say=lambda key: person(teller, str(key)))
        lines.append(
            joined(
                german.when(excluded.record.occurred),
                f"befangen: {who}",
                said(teller, excluded.record, "legal_basis"),
            )
        )
    return "\n".join(lines)


def _opening(teller: Teller, opening: Fact[e.MeetingOpened]) -> Iterator[str]:
    event, record = opening.event, opening.record

    def named(keys: object) -> str:
        return names(teller, keys) if isinstance(keys, tuple) else person(teller, str(keys))

    yield f"Eröffnet: {german.when(record.occurred)} ({coded(event.part)})"
    lines = [
        ("Vorsitz", said(teller, record, "presiding", say=named)),
        ("Schriftführung", said(teller, record, "secretary", say=named)),
        ("Anwesend", said(teller, record, "present", say=named)),
        ("Abwesend", said(teller, record, "absent", say=lambda value: _absent(teller, value))),
        ("Beschlussfähigkeit", said(teller, record, "quorum", say=coded)),
        ("Wortlaut", said(teller, record, "quorum_literal")),
    ]
    yield from (f"{label}: {value}" for label, value in lines if value)
    counts = (
        ("Mitglieder nach Gesetz", event.members_by_law),
        ("Mitglieder im Amt", event.members_in_office),
        ("anwesend", event.present_count),
        ("stimmberechtigt", event.entitled_count),
    )
    yield from filter(None, (_count(label, count) for label, count in counts))


def _count(label: str, count: object) -> str | None:
    if count is x.WITHHELD:
        return f"{label}: vorenthalten"
    return f"{label}: {count}" if isinstance(count, int) else None


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
