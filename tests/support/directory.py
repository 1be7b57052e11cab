"""A register in memory: what look-ups of command files find, with the same index and the same rules as the archive."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from archive.directory import inner_ids, keys_of
from domain import streams
from domain import vocabulary as v
from domain.events import CATALOGUE, BodyRegistered, PersonKnown
from domain.stream import RecordedEvent, Statement, effective
from domain.values import Recorder, When

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archive.batch import Batch

REGISTER = "0190a000-0000-7000-8000-000000000001"
BODY = "body:0190a000-0000-7000-8000-000000000002"
_PERSON = "0190a000-0000-7000-8000-000000000003"


class _Register:
    id = REGISTER


class MemoryDirectory:
    """Implements `archive.intake.references.Directory` over histories kept in memory."""

    def __init__(self) -> None:
        self.histories: dict[str, list[RecordedEvent]] = {}
        self.register = _Register()
        self._positions = itertools.count(1)

    def streams(self, kind: str, /) -> tuple[str, ...]:
        return tuple(stream for stream in self.histories if stream.startswith(f"{kind}:"))

    def find(self, kind: str, keys: Mapping[str, str], /) -> tuple[str, ...]:
        return tuple(stream for stream in self.streams(kind) if self._fits(stream, keys))

    def inner(self, stream: str, kind: str, key: str, /) -> tuple[str, ...]:
        return inner_ids(effective(self.histories.get(stream, [])), kind, key)

    def history(self, stream: str, /) -> tuple[RecordedEvent, ...]:
        return tuple(self.histories.get(stream, ()))

    def _fits(self, stream: str, keys: Mapping[str, str]) -> bool:
        history = effective(self.histories[stream])
        if stream.startswith("person:"):
            return any(
                isinstance(r.event, PersonKnown) and keys["name"] in (r.event.name, r.event.office) for r in history
            )
        own = set(keys_of(history))
        named = {"body": "name", "organ": "name", "proposal": "reference", "resolution": "number"}
        for key, value in keys.items():
            meant = {value}
            if key in named and ":" not in value:
                meant = set(self.find(key, {named[key]: value}))
            if not any((key, each) in own for each in meant):
                return False
        return True

    def record(self, batch: Batch) -> tuple[RecordedEvent, ...]:
        """Record a batch as the archive would: every refusing rule is held, and nothing else happens."""
        return tuple(self.add(command.statement, command.role) for command in batch.commands)

    def add(self, statement: Statement, role: v.Role | None = None) -> RecordedEvent:
        history = self.histories.get(statement.stream, [])
        role = role or min(CATALOGUE[statement.event.TYPE].roles[statement.kind])
        streams.decide(
            statement,
            role=role,
            seq=len(history),
            closed=None,
            history=lambda: history,
            others=lambda kind: [h for s, h in self.histories.items() if s.startswith(kind) and s != statement.stream],
        )
        position = next(self._positions)
        record = RecordedEvent(
            **{name: getattr(statement, name) for name in Statement.__struct_fields__},
            seq=len(history) + 1,
            position=position,
            txn=REGISTER,
            recorded_at=1_790_000_000 + position,
            by=Recorder(person=_PERSON, role=role),
        )
        self.histories.setdefault(statement.stream, []).append(record)
        return record


def opened(name: str = "Musterkreis") -> MemoryDirectory:
    """Give a directory with the one body that `init` enters; the register's own stream is left out."""
    directory = MemoryDirectory()
    directory.add(
        Statement(
            stream=BODY,
            event=BodyRegistered(name=name, kind=v.BodyKind.LANDKREIS),
            occurred=When(certainty=v.Certainty.UNKNOWN),
            visibility=v.Visibility.PUBLIC,
        ),
        v.Role.REGISTRAR,
    )
    return directory


def counter() -> Callable[[str], str]:
    """Give a source of ids that are all different and always the same."""
    numbers = itertools.count(1)
    return lambda _kind: f"0190b000-0000-7000-8000-{next(numbers):012x}"
