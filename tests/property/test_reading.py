"""Laws of reading: whatever was recorded can be shown, whole or with holes, at any horizon, within the width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.memory import MemoryArchive
from support.strategies import histories, withheld

from domain.values import STREAM_KINDS
from projections.account import history, listing, show
from projections.listing_text import listing_text
from projections.shapes import Knowledge, Known
from projections.text import account_text, display_width, history_text
from projections.timetravel import moment

if TYPE_CHECKING:
    from domain.stream import RecordedEvent


@st.composite
def registers(draw: st.DrawFn) -> MemoryArchive:
    """Give a register of a few streams that name each other, of which this reader may lack disclosures."""
    records: list[RecordedEvent] = []
    for kind in draw(st.lists(st.sampled_from(STREAM_KINDS), min_size=1, max_size=4)):
        stream = draw(histories(kind, max_size=4))
        if stream[0].stream not in {record.stream for record in records}:
            records += stream
    holes = draw(st.booleans())
    placed = [replace(record, recorded_at=1_795_430_000 + n) for n, record in enumerate(records)]
    return MemoryArchive([draw(withheld(record)) for record in placed] if holes else placed)


@given(registers(), st.none() | st.dates().map(lambda day: day.isoformat()), st.data())
def test_everything_recorded_can_be_read_and_fits_the_page(
    archive: MemoryArchive, as_of: str | None, data: st.DataObject
) -> None:
    position = data.draw(st.none() | st.integers(1, archive.size))
    as_recorded = moment(archive.records[position - 1].recorded_at) if position is not None else None
    reader = archive.archive()
    streams = dict.fromkeys(record.stream for record in archive.records[: position or archive.size])
    texts = []
    for stream in streams:
        account = show(reader, stream, as_of=as_of, as_recorded=as_recorded)
        told = history(reader, stream, as_of=as_of, as_recorded=as_recorded)
        assert msgspec.json.decode(msgspec.json.encode(account))["stream"] == stream
        texts += [account_text(account), history_text(told)]
        listed = listing(reader, kind=stream.partition(":")[0], as_of=as_of, as_recorded=as_recorded)
        texts.append(listing_text(listed))
        # What is asked for as of no day at all is all there.
        if as_of is None:
            assert not listed.apart
            whole = history(reader, stream, as_recorded=as_recorded, with_blocked=True)
            own = [entry.seq for entry in whole.entries if entry.relation == "own"]
            assert own == [record.seq for record in archive.history(stream, until=position)]
            # Unless they are asked for, blocked events are only counted.
            assert not any(entry.told.visibility == "blocked" for entry in told.entries if entry.told is not None)
            assert len(told.entries) + told.blocked == len(whole.entries)
    for text in texts:
        assert max(map(display_width, text.split("\n"))) <= 80
        assert [char for char in text if char != "\n" and not char.isprintable()] == [], repr(text)


@given(registers())
def test_a_value_is_given_exactly_where_it_is_stated_or_inferred(archive: MemoryArchive) -> None:
    for stream in dict.fromkeys(record.stream for record in archive.records):
        account = show(archive.archive(), stream)
        events = {one.event for one in account.events}
        for known in _every(account):
            has_value = known.state in {Knowledge.STATED, Knowledge.INFERRED, Knowledge.STATED_AS_NONE}
            assert (known.value is not None) == has_value
            assert known.event is None or known.event in events


def _every(value: object) -> list[Known]:
    if isinstance(value, Known):
        return [value]
    if isinstance(value, msgspec.Struct):
        return [one for name in value.__struct_fields__ for one in _every(getattr(value, name))]
    if isinstance(value, tuple):
        return [one for item in value for one in _every(item)]
    return []
