"""The timeline of a stream: which rows its events gave, from which position on, and until which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import streams
from domain.events import RecordCorrected
from projections.views.table import Row, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.stream import RecordedEvent, State
    from projections.views.table import Part, Teller, View


Steps = tuple[tuple[int, "State"], ...]


def steps(stream: str, history: Sequence[RecordedEvent]) -> Steps:
    """Give the states of a stream after each of its events, in order: what every view of it is made from."""
    return tuple(_states(stream.partition(":")[0], history))


def _states(kind: str, history: Sequence[RecordedEvent]) -> Iterator[tuple[int, State]]:
    """Give the state of a stream after each of its events, with the event's position.

    A correction reaches back, so what stood before it is replayed with the correction applied; any other event only
    moves the state on.
    """
    evolve = streams.EVOLVE[kind]
    state: State | None = None
    for place, record in enumerate(history, start=1):
        if isinstance(record.event, RecordCorrected):
            state = streams.replay(kind, history[:place])
            assert state is not None  # noqa: S101  # for the type checker: there is an event
        else:
            state = evolve(state, record)
        yield record.position, state


class UnreadableError(Exception):
    """A view cannot read a stream: after which of its events, and what came of it."""

    def __init__(self, seq: int, error: Exception) -> None:
        super().__init__(f"at event #{seq}: {type(error).__name__}: {error}")


class Held:
    """The rows of one table that a stream's states gave so far."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._before: State | None = None
        self._open: dict[Row, int] = {}
        self._closed: list[tuple[int, int, Row]] = []

    def take(self, position: int, state: State, teller: Teller) -> None:
        """Take the state after an event: rows that it gives no more end here, new ones begin."""
        if same(self._before, state, self._part.reads):
            return
        self._before = state
        rows = dict.fromkeys(self._part.rows(state, teller))
        for row in [row for row in self._open if row not in rows]:
            self._closed.append((self._open.pop(row), position, row))
        for row in rows:
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
    """
    kind = stream.partition(":")[0]
    for part in view.parts:
        if part.kinds is None or kind in part.kinds:
            held = Held(part)
            for position, state in taken:
                try:
                    held.take(position, state, teller)
                except Exception as error:
                    raise UnreadableError(state.size, error) from error
            yield part.table.name, held.rows(stream)
