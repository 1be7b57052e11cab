"""Laws of coverage: its counts are those of a slow count of the events, and numbers that are held are never missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace
from support.memory import MemoryArchive
from support.strategies import histories

from domain import events as e
from domain.stream import effective
from domain.values import When, stated
from projections.coverage import coverage
from projections.coverage_numbers import Numbered, series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.stream import RecordedEvent

KINDS = ("meeting", "proposal", "resolution")


@st.composite
def registers(draw: st.DrawFn) -> MemoryArchive:
    """Give a register of some streams that name each other; two of the same id are one."""
    streams: dict[str, tuple[RecordedEvent, ...]] = {}
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3)):
        history = draw(histories(kind=kind))
        streams.setdefault(history[0].stream, history)
    records = [replace(record, position=1) for history in streams.values() for record in history]
    return MemoryArchive(records)


def slow(archive: MemoryArchive) -> dict[str, int]:
    """Count event by event, with none of the states and views."""
    found = dict.fromkeys(("meetings", "cancelled", "without_agenda", "items", "items_without_outcome", "outcomes"), 0)
    found |= dict.fromkeys(("proposals", "resolutions"), 0)
    today = dt.datetime.fromtimestamp(archive.means.clock(), tz=dt.UTC).date().isoformat()
    for stream in archive.streams("meeting"):
        records = effective(archive.history(stream))
        events = [record.event for record in records]
        found["meetings"] += 1
        outcomes = [event for event in events if isinstance(event, e.OutcomeDeclared)]
        found["outcomes"] += len(outcomes)
        # What is given another time after it was cancelled takes place after all.
        final = [event for event in events if isinstance(event, e.MeetingCancelled | e.MeetingMoved)][-1:]
        if any(isinstance(event, e.MeetingCancelled) for event in final):
            found["cancelled"] += 1
            continue
        if opening_day(records) > today:
            continue
        agendas = {event.part: event for event in events if isinstance(event, e.AgendaSet)}
        every = [event for event in events if isinstance(event, e.AgendaSet)]
        found["without_agenda"] += all(not event.items for event in every)
        # Of an item that several agendas name, the one recorded last says how it stands.
        last = {entry.item: event for event in every for entry in event.items}  # type: ignore[union-attr]
        entries = {
            entry.item: entry
            for event in every
            for entry in event.items  # type: ignore[union-attr]
            if last[entry.item] is event and event is agendas[event.part]
        }
        found["items"] += len(entries)
        under = {event.item for event in outcomes}
        loose = {event.proposal for event in outcomes if stated(event.item) is None}
        found["items_without_outcome"] += sum(
            item not in under and (stated(entry.proposal) is None or entry.proposal not in loose)
            for item, entry in entries.items()
        )
    found["proposals"] = len(archive.streams("proposal"))
    found["resolutions"] = len(archive.streams("resolution"))
    return found


def opening_day(records: Iterable[RecordedEvent]) -> str:
    """Give the first day that a meeting can have been on: as last set, else that of an outcome or ballot; empty."""
    every = list(records)
    days: list[object] = [
        r.event.starts_at for r in every if isinstance(r.event, e.MeetingMoved) and r.event.starts_at is not UNSET
    ]
    days = days[-1:] or [r.event.starts_at for r in every if isinstance(r.event, e.MeetingConvened)]
    if not any(isinstance(day, str) for day in days):
        for cls in (e.OutcomeDeclared, e.BallotHeld):
            days += [r.occurred.at for r in every if isinstance(r.event, cls) and isinstance(r.occurred, When)]
    day = next((text for text in days if isinstance(text, str)), "")
    return f"{day}-01-01"[:10] if len(day) == 4 else f"{day}-01"[:10] if len(day) == 7 else day[:10]


@given(registers())
def test_counts_are_those_of_a_slow_count(archive: MemoryArchive) -> None:
    totals = coverage(archive.archive(), with_blocked=True).totals
    counted = slow(archive)
    assert {name: getattr(totals, name) for name in counted} == counted


@given(registers())
def test_what_lacks_is_never_more_than_there_is(archive: MemoryArchive) -> None:
    shown = coverage(archive.archive())
    for counts in (shown.totals, *(row.counts for row in shown.rows)):
        assert counts.cancelled + counts.to_come + counts.without_agenda <= counts.meetings
        assert counts.items_without_outcome <= counts.items
        assert counts.outcomes_without_minutes <= counts.outcomes
        assert counts.annexes_not_held <= counts.annexes
        assert counts.minutes_not_held <= counts.minutes
        assert counts.texts_not_held <= counts.resolutions


numbers = st.one_of(
    st.integers(1, 40).map(str),
    st.integers(1, 40).map(lambda n: f"{n:04}"),
    st.builds("{}/{}".format, st.integers(1, 40), st.integers(2022, 2024)),
    st.builds("{}/{:04}".format, st.integers(2022, 2024), st.integers(1, 40)),
    st.builds("BV-{:03}/{}".format, st.integers(1, 40), st.integers(22, 24)),
    st.builds("{}/2023/{}".format, st.integers(1, 40), st.integers(1, 3)),
)


@given(st.lists(st.builds(Numbered, numbers, st.none() | st.integers(2022, 2024)), max_size=40))
def test_number_that_is_held_is_never_missing_and_every_gap_lies_in_between(some: list[Numbered]) -> None:
    found = series(some)
    for run in found.runs:
        assert all(run.first < count < run.last for count in run.missing)
        assert run.held + len(run.missing) == run.last - run.first + 1 or run.why_not is not None
        assert set(run.only_suffixed).isdisjoint(run.missing)
    assert sum(run.held for run in found.runs) + len(found.unread) <= len({one.number for one in some})


@given(st.sets(st.integers(1, 60), min_size=3), st.sampled_from(["{}/2023", "2023/{:04}", "BV-{:03}/23", "{:04}"]))
def test_gaps_of_an_evident_scheme_are_exactly_what_is_not_held(counts: set[int], written: str) -> None:
    (run,) = series([Numbered(written.format(count), 2023) for count in counts]).runs
    gaps = set(range(min(counts), max(counts) + 1)) - counts
    assert set(run.missing) == (gaps if run.why_not is None else set())
    assert (run.why_not is None) == (len(gaps) <= len(counts))
