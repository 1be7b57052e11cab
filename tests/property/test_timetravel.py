"""Laws of time travel: a past state is the replay of the prefix, and no fact is lost between in, out and apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.memory import MemoryArchive
from support.strategies import histories, withheld

from domain import streams
from domain.events import DiscrepancyNoted, RecordCorrected
from projections.timetravel import Horizon, Past, Placement

if TYPE_CHECKING:
    from domain.stream import RecordedEvent

days = st.dates().map(lambda day: day.isoformat())


@st.composite
def registers(draw: st.DrawFn) -> tuple[RecordedEvent, ...]:
    """Give two streams of a register, their events mixed as they may have been recorded."""
    first, second = draw(histories()), draw(histories())
    if first[0].stream == second[0].stream:
        return first
    mixed: list[RecordedEvent] = []
    left, right = list(first), list(second)
    while left or right:
        source = left if left and (not right or draw(st.booleans())) else right
        mixed.append(replace(source.pop(0), position=len(mixed) + 1))
    return tuple(mixed)


@given(registers(), st.data())
def test_state_as_recorded_equals_replay_of_the_prefix(records: tuple[RecordedEvent, ...], data: st.DataObject) -> None:
    archive = MemoryArchive(records)
    position = data.draw(st.integers(1, len(records)))
    past = Past(archive.archive(), Horizon(None, position), with_blocked=True)
    for stream in {record.stream for record in records}:
        prefix = [record for record in archive.records[:position] if record.stream == stream]
        assert past.state(stream) == streams.replay(stream.partition(":")[0], prefix)
        assert past.exists(stream) == bool(prefix)


@given(registers(), st.data())
def test_loading_all_at_once_changes_no_state(records: tuple[RecordedEvent, ...], data: st.DataObject) -> None:
    archive = MemoryArchive(records)
    horizon = Horizon(data.draw(st.none() | days), data.draw(st.none() | st.integers(1, len(records))))
    one_by_one, loaded = Past(archive.archive(), horizon), Past(archive.archive(), horizon)
    loaded.load()
    for stream in {record.stream for record in records}:
        assert one_by_one.state(stream) == loaded.state(stream)
        assert one_by_one.apart(stream) == loaded.apart(stream)


@given(histories(), days, st.data())
def test_every_fact_is_in_or_out_or_apart(history: tuple[RecordedEvent, ...], day: str, data: st.DataObject) -> None:
    records = [data.draw(withheld(record)) if data.draw(st.booleans()) else record for record in history]
    past = Past(MemoryArchive(records).archive(), Horizon(day, None), with_blocked=True)
    stream = history[0].stream
    inside = {record.seq for record in past.history(stream)}
    apart = {one.record.seq for one in past.apart(stream)}
    later = {record.seq for record in past.later(stream)}
    assert sorted([*inside, *apart, *later]) == [record.seq for record in history]
    for record in past.effective(stream):
        if isinstance(record.event, RecordCorrected | DiscrepancyNoted):
            assert record.seq in inside


@given(histories(), days, days)
def test_what_had_happened_by_a_day_had_happened_by_every_later_one(
    history: tuple[RecordedEvent, ...], one: str, other: str
) -> None:
    earlier, later = sorted([one, other])
    archive = MemoryArchive(history).archive()
    stream = history[0].stream
    before = {record.seq for record in Past(archive, Horizon(earlier, None)).history(stream)}
    after = Past(archive, Horizon(later, None))
    assert before <= {record.seq for record in after.history(stream)}
    # And what was out for certain by the later day was out by the earlier one.
    assert {record.seq for record in after.later(stream)} <= {
        record.seq for record in Past(archive, Horizon(earlier, None)).later(stream)
    }


@given(histories(), days)
def test_placement_by_then_means_state_of_those_events_alone(history: tuple[RecordedEvent, ...], day: str) -> None:
    past = Past(MemoryArchive(history).archive(), Horizon(day, None))
    stream = history[0].stream
    kept = [r for r in past.recorded(stream) if past.place(past.record(r.id) or r) is Placement.BY_THEN]
    if all(isinstance(record.event, RecordCorrected | DiscrepancyNoted) for record in kept):
        kept = []  # what is said about facts that do not count is no fact
    assert past.state(stream) == streams.replay(stream.partition(":")[0], kept)
