"""Laws that hold for every stream that the rules let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw, Struct
from support import strategies as arbitrary

from domain import findings, streams
from domain import vocabulary as v
from domain.custody import Custody, holds
from domain.dates import end_of_period, first_day, is_before, last_day
from domain.events import CATALOGUE, Event, RecordCorrected
from domain.meeting import Meeting, items, minutes
from domain.register import Register, signers, visibility_index, visibility_of
from domain.resolution import Resolution, timeline
from domain.stream import RecordedEvent, State, Statement, canonical, decide_correction, effective, field_types, pointer
from domain.text import decide_text
from domain.values import Date, Day, Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def look_at_everything(state: State, history: Sequence[RecordedEvent]) -> None:
    """Ask a state for whatever a reader may ask for."""
    for name in dir(type(state)):
        if isinstance(getattr(type(state), name), property):
            getattr(state, name)
    match state:
        case Meeting():
            items(state)
            minutes(state)
        case Resolution():
            timeline(state)
        case Custody():
            holds(state)
        case Register():
            signers(state)
            for record in history:
                visibility_of(record, visibility_index(state), on="2026-11-23")
    found = findings.of_stream(state, history, {state.stream: state}.get)
    assert {finding.code for finding in found if finding.explained_by is None} <= set(findings.CODES)


def facts(value: object) -> Iterator[RecordedEvent]:
    """Give every record that a state holds, however deep."""
    if isinstance(value, RecordedEvent):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from facts(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from facts(item)


@given(st.sampled_from(sorted(CATALOGUE)).flatmap(lambda name: arbitrary.events(CATALOGUE[name].cls)))
def test_arbitrary_events_are_valid_in_every_field(event: Event) -> None:
    if isinstance(event, RecordCorrected):
        return  # its values are free JSON, which has no Python spelling
    for name, hint in field_types(type(event)).items():
        value = getattr(event, name)
        if value is not UNSET:
            assert msgspec.convert(msgspec.to_builtins(value), hint) == value


@given(arbitrary.statements())
def test_what_an_export_can_carry_is_not_refused_for_its_characters(statement: Statement) -> None:
    decide_text(statement)


@given(arbitrary.histories())
def test_no_accepted_event_is_lost_and_none_makes_replay_fail(history: tuple[RecordedEvent, ...]) -> None:
    state = streams.replay(history[0].kind, history)
    assert state is not None
    assert state.size == len(history)
    assert {record.id for record in facts(state)} >= {record.id for record in history if _stays(record)}
    look_at_everything(state, history)


def _stays(record: RecordedEvent) -> bool:
    """Whether a state has to hold the event: all but those that a later one of their kind may replace."""
    replaced = {"meeting-cancelled/1", "register-closed/1", "document-withdrawn/1"}
    return record.event.TYPE not in replaced


@given(arbitrary.histories(), st.data())
def test_withheld_fields_never_make_replay_fail(history: tuple[RecordedEvent, ...], data: st.DataObject) -> None:
    seen = tuple(data.draw(arbitrary.withheld(record)) for record in history)
    state = streams.replay(seen[0].kind, seen)
    assert state is not None
    assert state.size == len(history)
    look_at_everything(state, seen)


@given(arbitrary.histories(), st.data())
def test_missing_events_never_make_replay_fail(history: tuple[RecordedEvent, ...], data: st.DataObject) -> None:
    here = data.draw(st.lists(st.booleans(), min_size=len(history), max_size=len(history)))
    seen = tuple(record for record, is_here in zip(history, here, strict=True) if is_here)
    state = streams.replay(history[0].kind, seen)
    assert (state is None) == (not seen)
    if state is not None:
        look_at_everything(state, seen)


@given(arbitrary.histories())
def test_a_stream_without_corrections_is_effective_as_recorded(history: tuple[RecordedEvent, ...]) -> None:
    plain = tuple(record for record in history if not isinstance(record.event, RecordCorrected))
    assert effective(plain) == plain


@given(arbitrary.histories(), st.data())
def test_correcting_and_correcting_back_gives_the_first_value(
    history: tuple[RecordedEvent, ...], data: st.DataObject
) -> None:
    there = data.draw(arbitrary.corrections(list(history)))
    back = msgspec.structs.replace(there, old=there.new, new=there.old)
    before = effective(history)
    target = int(str(there.target)) - 1
    corrected = decide_correction(there, before)
    name, *inside = pointer(str(there.path))[1:]
    shown = getattr(corrected.event, name)
    tree = UNSET if shown is UNSET else msgspec.to_builtins(shown)
    for part in inside:
        tree = tree.get(part, UNSET) if isinstance(tree, dict) else tree[int(part)]
    assert (UNSET if tree is UNSET else Raw(canonical(tree))) == there.new
    undone = decide_correction(back, (*before[:target], corrected, *before[target + 1 :]))
    assert undone == before[target]


@given(arbitrary.histories(), st.data())
def test_a_correction_changes_its_target_and_nothing_else(
    history: tuple[RecordedEvent, ...], data: st.DataObject
) -> None:
    correction = data.draw(arbitrary.corrections(list(history)))
    statement = Statement(
        stream=history[0].stream, event=correction, occurred=history[0].occurred, visibility=v.Visibility.PUBLIC
    )
    record = arbitrary.recorded(statement, seq=len(history) + 1, role=v.Role.CLERK)
    before, after = effective(history), effective((*history, record))
    target = int(str(correction.target)) - 1
    assert after[target].corrected_by == (*before[target].corrected_by, record.seq)
    assert after[:target] + after[target + 1 : -1] == before[:target] + before[target + 1 :]
    assert after[-1] == record


@given(arbitrary.values(Date), arbitrary.values(Date), arbitrary.values(Date))
def test_before_is_an_order_that_holds_for_every_day_meant(one: str, two: str, three: str) -> None:
    assert first_day(one) <= last_day(one)
    assert not is_before(one, one)
    assert not (is_before(one, two) and is_before(two, one))
    if len(one) == len(two) == len(three) == 10 and is_before(one, two) and is_before(two, three):
        assert is_before(one, three)


@given(arbitrary.values(Day), arbitrary.values(Duration))
def test_a_period_ends_on_or_after_its_eve(begins: str, duration: str) -> None:
    end = end_of_period(begins, duration)
    if end is not None:
        assert (first_day(end) - first_day(begins)).days >= -1
        assert end == end_of_period(begins, duration + "0D" if not duration.endswith("D") else duration)
