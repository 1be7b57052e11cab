"""An archive in memory, for reading: events go in as they stand in the record, whatever a reader lacks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from archive.archive import Archive, Means, RegisterInfo
from archive.directory import keys_of
from domain.stream import RecordedEvent, Statement, effective
from domain.values import Recorder
from domain.vocabulary import BodyKind, Role
from support.archives import Clock
from support.council import CLERK, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

RECORDED_AT = 1_795_430_000


class MemoryArchive:
    """The reading side of `archive.archive.Archive` over events kept in a list; positions follow the list."""

    def __init__(self, records: Iterable[RecordedEvent] = (), *, example: bool = False) -> None:
        self.records: list[RecordedEvent] = []
        self.means = Means(clock=Clock(RECORDED_AT + 1_000_000), random=bytes)
        self.register = RegisterInfo(
            id=key(9_999),
            name="Musterkreis",
            kind=BodyKind.LANDKREIS,
            example=example,
            origin="musterkreis.invalid",
            anchor_hex="00" * 32,
            opened_at=RECORDED_AT,
        )
        for record in records:
            self.records.append(replace(record, position=len(self.records) + 1))

    def add(self, statement: Statement, *, role: Role = Role.CLERK) -> RecordedEvent:
        """Record a statement, a minute after the one before it."""
        record = RecordedEvent(
            **{name: getattr(statement, name) for name in Statement.__struct_fields__},
            seq=len(self.history(statement.stream)) + 1,
            position=self.size + 1,
            txn=key(1),
            recorded_at=RECORDED_AT + 60 * (self.size + 1),
            by=Recorder(person=CLERK, role=role),
        )
        self.records.append(record)
        return record

    def archive(self) -> Archive:
        """Give it as what it stands for."""
        return cast("Archive", self)

    # -- the reading side -------------------------------------------------------------------------

    @property
    def size(self) -> int:
        return len(self.records)

    def history(self, stream: str, *, until: int | None = None) -> tuple[RecordedEvent, ...]:
        return tuple(r for r in self.events_between(until=until) if r.stream == stream)

    def positions(self, stream: str) -> dict[int, int]:
        return {r.seq: r.position for r in self.history(stream)}

    def exists(self, stream: str) -> bool:
        return any(r.stream == stream for r in self.records)

    def streams(self, kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.stream for r in self.records if r.stream.startswith(f"{kind}:")))

    def events_between(self, *, after: int = 0, until: int | None = None) -> Iterator[RecordedEvent]:
        return (r for r in self.records if r.position > after and (until is None or r.position <= until))

    def position_at(self, seconds: float) -> int:
        return max((r.position for r in self.records if r.recorded_at <= seconds), default=0)

    def find(self, kind: str, keys: Mapping[str, str]) -> tuple[str, ...]:
        found = []
        for stream in self.streams(kind):
            here = set(keys_of(effective(self.history(stream))))
            if all(pair in here for pair in keys.items()):
                found.append(stream)
        return tuple(sorted(found))
