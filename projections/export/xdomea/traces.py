"""The events of a record as lines for people (de: HistorienProtokollInformation).

They are a readable index of the log and no evidence: the tokens stand in the evidence file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw

from domain import events as e
from domain.values import WITHHELD
from domain.vocabulary import Role
from projections.export import german
from projections.export.xdomea.model import Trace
from projections.export.xdomea.values import happened, joined, missed, person, said
from projections.timetravel import moment

if TYPE_CHECKING:
    from domain.stream import RecordedEvent
    from projections.teller import Teller

_DIGEST_SHOWN: Final = 16


def traces_of(teller: Teller, stream: str) -> tuple[Trace, ...]:
    """Give a line for every event of a stream, in order of recording, as it was first recorded.

    An event that was erased, or that is not in the reader's hands, has a line too: that there is one is known.
    """
    past = teller.past
    found = {record.seq: _trace(teller, record) for record in past.recorded(stream)}
    found |= {seq: _erased(teller, stream, seq, by) for seq, by in past.erased_tokens(stream).items()}
    for seq, position in past.archive.positions(stream).items():
        if seq not in found:
            found[seq] = _not_given(teller, stream, seq, position)
    return tuple(found[seq] for seq in sorted(found))


def _trace(teller: Teller, record: RecordedEvent) -> Trace:
    entry = next(digest for _, digest in teller.past.archive.entries(after=record.position - 1, until=record.position))
    event = record.event
    field, old, new = _corrected(teller, record) if isinstance(event, e.RecordCorrected) else (None, None, None)
    return Trace(
        actor=german.code(record.by.role) if record.by.role is Role.ROOT else _actor(teller, record),
        recorded_at=moment(record.recorded_at),
        action=german.event(event.TYPE),
        note=joined(
            happened(teller, record),
            f"Eintrag {record.id}",
            f"Stelle {record.position}",
            f"SHA-512 {entry.hex()[:_DIGEST_SHOWN]}…",
            german.code(teller.past.visibility(record)),
        ),
        field=field,
        old=old,
        new=new,
    )


def _actor(teller: Teller, record: RecordedEvent) -> str:
    return f"{german.code(record.by.role)}: {person(teller, record.by.person)}"


def _erased(teller: Teller, stream: str, seq: int, by: str) -> Trace:
    return Trace(
        actor=german.code(Role.REGISTRAR),
        recorded_at=teller.past.erased_at(by),
        action="Eintrag gelöscht",
        note=f"Eintrag {stream}#{seq}, gelöscht durch {by}",
    )


def _not_given(teller: Teller, stream: str, seq: int, position: int) -> Trace:
    """Give the line of an event of which only the log entry is given; the form demands a moment, and it has none."""
    return Trace(
        actor="nicht gegeben",
        recorded_at=f"{teller.past.day}T00:00:00Z",
        action="Eintrag gesperrt",
        note=joined(
            f"Eintrag {stream}#{seq}",
            f"Stelle {position}",
            "in diesem Auszug nicht gegeben",
            "DatumUhrzeit ist der Tag des Auszugs, nicht der Erfassung",
        ),
    )


def _corrected(teller: Teller, record: RecordedEvent) -> tuple[str, str | None, str | None]:
    """Give what a correction is about, what stood there and what stands there now."""
    about = f"Eintrag {said(teller, record, 'target')}, {said(teller, record, 'path')}"
    return about, _plain(teller, record, "old"), _plain(teller, record, "new")


def _plain(teller: Teller, record: RecordedEvent, name: str) -> str | None:
    value = getattr(record.event, name)
    if value is WITHHELD:
        return missed(teller, record, name)
    if not isinstance(value, Raw):
        return None
    found = msgspec.json.decode(value)
    return found if isinstance(found, str) else bytes(value).decode()
