"""Laws of the views: what held at a position is what a replay from the first event to there gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.strategies import histories, withheld

from domain import streams
from projections.views import VIEWS
from projections.views.search import fold, query
from projections.views.table import Teller
from projections.views.timeline import steps, timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.stream import RecordedEvent
    from projections.views.table import Row, View


def teller() -> Teller:
    return Teller(lambda _record, _path: False)


def replayed(view: View, history: Sequence[RecordedEvent]) -> set[tuple[str, Row]]:
    """Give a view's rows from the first event on, as slowly and plainly as can be."""
    kind = history[0].stream.partition(":")[0]
    state = streams.replay(kind, history)
    return {
        (part.table.name, row)
        for part in view.parts
        if part.kinds is None or kind in part.kinds
        for row in part.rows(state, teller())
    }


@st.composite
def scattered(draw: st.DrawFn) -> tuple[RecordedEvent, ...]:
    """Give a stream as a reader has it: between other streams' events, and with fields withheld."""
    position, records = 0, []
    for record in draw(histories()):
        position += draw(st.integers(1, 3))
        seen = draw(withheld(record)) if draw(st.booleans()) else record
        records.append(replace(seen, position=position))
    return tuple(records)


@given(scattered())
def test_rows_at_a_position_are_those_of_a_replay_to_there(history: tuple[RecordedEvent, ...]) -> None:
    stream = history[0].stream
    taken = steps(stream, history)
    for view in VIEWS:
        if stream.partition(":")[0] not in view.kinds:
            continue
        made = [(name, row) for name, rows in timeline(view, stream, taken, teller()) for row in rows]
        assert all(row[0] == stream for _, row in made)
        for place, record in enumerate(history, start=1):
            held = {
                (name, row[3:])
                for name, row in made
                if row[1] <= record.position and (row[2] is None or row[2] > record.position)  # type: ignore[operator]
            }
            assert held == replayed(view, history[:place])


@given(scattered())
def test_no_row_holds_for_nothing_and_none_begins_twice(history: tuple[RecordedEvent, ...]) -> None:
    stream = history[0].stream
    positions = {record.position for record in history}
    for view in VIEWS:
        if stream.partition(":")[0] not in view.kinds:
            continue
        for _, rows in timeline(view, stream, steps(stream, history), teller()):
            every = list(rows)
            assert len(set(every)) == len(every)
            for row in every:
                assert row[1] in positions
                assert row[2] is None or (row[2] in positions and row[1] < row[2])


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_what_is_typed_is_never_an_operator(text: str) -> None:
    wanted = query(text)
    if wanted is not None:
        for word in wanted.split(" "):
            assert word.startswith('"')
            assert word.endswith('"*')
            assert word[1:-2].isalnum()
