"""The timeline of a stream: which rows its events gave, from which position on, and until which."""

from __future__ import annotations

import functools
import itertools
import operator
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from domain import streams
from domain.events import RecordCorrected
from domain.stream import RecordedEvent, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from projections.views.table import Part, Row, Teller, View


class Step(Struct, frozen=True):
    """The state of a stream after one of its events.

    Attributes:
        position: The event's position.
        state: The state.
        changed: The fields that are not the very objects they were before: an event leaves what it does not touch.
    """

    position: int
    state: State
    changed: tuple[str, ...]


Steps = tuple[Step, ...]


def steps(stream: str, history: Sequence[RecordedEvent]) -> Steps:
    """Give the states of a stream after each of its events, in order: what every view of it is made from."""
    return tuple(_states(stream.partition(":")[0], history))


def _states(kind: str, history: Sequence[RecordedEvent]) -> Iterator[Step]:
    """Give the state of a stream after each of its events, with the event's position.

    A correction reaches back, so what stood before it is replayed with the correction applied; any other event only
    moves the state on.
    """
    evolve = streams.EVOLVE[kind]
    state: State | None = None
    before: tuple[object, ...] | None = None
    for place, record in enumerate(history, start=1):
        if isinstance(record.event, RecordCorrected):
            state = streams.replay(kind, history[:place])
            assert state is not None  # noqa: S101  # for the type checker: there is an event
        else:
            state = evolve(state, record)
        names, values = state.__struct_fields__, msgspec.structs.astuple(state)
        if before is not None:
            names = tuple(itertools.compress(names, map(operator.is_not, values, before)))
        yield Step(record.position, state, names)
        before = values


class UnreadableError(Exception):
    """A view cannot read a stream: after which of its events, and what came of it."""

    def __init__(self, seq: int, error: Exception) -> None:
        super().__init__(f"at event #{seq}: {type(error).__name__}: {error}")


class Held:
    """The rows of one table that a stream's states gave so far."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._rows: tuple[Row, ...] = ()
        self._open: dict[Row, int] = {}
        self._closed: list[tuple[int, int, Row]] = []

    def take(self, position: int, state: State, teller: Teller) -> None:
        """Take the state after an event: rows that it gives no more end here, new ones begin."""
        before, self._rows = self._rows, tuple(self._part.rows(state, teller))
        more = self._rows[len(before) :]
        if self._rows[: len(before)] != before:
            more = self._rows
            rows = set(more)
            for row in [row for row in self._open if row not in rows]:
                self._closed.append((self._open.pop(row), position, row))
        for row in more:
            self._open.setdefault(row, position)

    def rows(self, stream: str) -> Iterator[Row]:
        """Give every row with stream and positions, in the order in which they began."""
        closed: list[tuple[int, int | None, Row]] = [*self._closed]
        held = [*closed, *((since, None, row) for row, since in self._open.items())]
        held.sort(key=lambda one: one[0])
        return ((stream, since, until, *row) for since, until, row in held)


def timeline(view: View, stream: str, taken: Steps, teller: Teller) -> Iterator[tuple[str, Iterator[Row]]]:
    """Give what a view holds of a stream: for each part the name of its table, and the rows.

    Args:
        view: The view.
        stream: The stream.
        taken: Its states (`steps`).
        teller: Turns values into cells.

    Raises:
        UnreadableError: A part failed, whatever the reason.
    """
    kind = stream.partition(":")[0]
    parts = tuple(Held(part) for part in _parts(view, kind))
    for step in taken:
        try:
            for index in _concerned(view, kind, step.changed):
                parts[index].take(step.position, step.state, teller)
        except Exception as error:
            raise UnreadableError(step.state.size, error) from error
    return ((part.table.name, held.rows(stream)) for part, held in zip(_parts(view, kind), parts, strict=True))


@functools.lru_cache(maxsize=256)
def _parts(view: View, kind: str) -> tuple[Part, ...]:
    """Give the parts of a view that read a kind of stream."""
    return tuple(part for part in view.parts if part.kinds is None or kind in part.kinds)


@functools.lru_cache(maxsize=4096)
def _concerned(view: View, kind: str, changed: tuple[str, ...]) -> tuple[int, ...]:
    """Give which of those parts depend on any of some fields, by their places."""
    return tuple(index for index, part in enumerate(_parts(view, kind)) if not set(changed).isdisjoint(part.reads))
