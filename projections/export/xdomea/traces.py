"""The events of a record as lines for people (de: HistorienProtokollInformation).

They are a readable index of the log and no evidence: the tokens stand in the evidence file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw

from domain import events as e
from domain.vocabulary import Role
from projections.export import german
from projections.export.xdomea.model import Trace
from projections.export.xdomea.values import joined, person
from projections.timetravel import moment

if TYPE_CHECKING:
    from domain.stream import RecordedEvent
    from projections.teller import Teller

_DIGEST_SHOWN: Final = 16


def traces_of(teller: Teller, stream: str) -> tuple[Trace, ...]:
    """Give a line for every event of a stream, in order of recording, as it was first recorded."""
    past = teller.past
    found = [(record.seq, _trace(teller, record)) for record in past.recorded(stream)]
    found += [(seq, _erased(teller, stream, seq, by)) for seq, by in past.erased_tokens(stream).items()]
    return tuple(trace for _, trace in sorted(found, key=lambda pair: pair[0]))


def newest_of(teller: Teller, stream: str) -> int:
    """Give when the newest event of a stream was recorded, seconds since 1970; 0 where there is none to be seen."""
    return max((record.recorded_at for record in teller.past.recorded(stream)), default=0)


def _trace(teller: Teller, record: RecordedEvent) -> Trace:
    entry = next(digest for _, digest in teller.past.archive.entries(after=record.position - 1, until=record.position))
    event = record.event
    field, old, new = _corrected(event) if isinstance(event, e.RecordCorrected) else (None, None, None)
    return Trace(
        actor=german.code(record.by.role) if record.by.role is Role.ROOT else _actor(teller, record),
        recorded_at=moment(record.recorded_at),
        action=german.event(event.TYPE),
        note=joined(
            german.when(record.occurred),
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


def _corrected(event: e.RecordCorrected) -> tuple[str, str | None, str | None]:
    """Give what a correction is about, what stood there and what stands there now."""
    return f"Eintrag {event.target}, {event.path}", _plain(event.old), _plain(event.new)


def _plain(value: object) -> str | None:
    if not isinstance(value, Raw):
        return None
    found = msgspec.json.decode(value)
    return found if isinstance(found, str) else bytes(value).decode()
