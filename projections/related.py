"""Which events of other streams have to do with a thing: they name it, or it is about them.

Of a meeting that dealt with a proposal everything counts but what stands under other items. Of a resolution made
from it everything counts, of a review every act that names one of these resolutions, and of any other stream what
names the thing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from domain import events as e
from domain.meeting import Meeting
from domain.resolution import Resolution
from domain.stream import RecordedEvent
from domain.text import strings
from domain.values import MadeBy, stated
from projections.deliberations import treatments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from projections.timetravel import Past


class Related(Struct, frozen=True):
    """An event of another stream, corrections applied; `relation` is the kind of that stream."""

    relation: str
    record: RecordedEvent


def related(past: Past, stream: str) -> tuple[Related, ...]:
    """Give the events of other streams that have to do with a stream, in order of position.

    All that was recorded by the position looked at is given, whenever it happened.
    """
    past.load()
    kind = stream.partition(":")[0]
    resolutions = _resolutions(past, stream) if kind in {"proposal", "resolution"} else frozenset()
    names = resolutions | {stream}
    found: list[Related] = []
    for other in past.loaded():
        if other == stream:
            continue
        relation = other.partition(":")[0]
        belongs = _rule(past, stream, other, relation, resolutions)
        records = past.effective(other)
        seqs = {record.seq for record in records if belongs(record) or _names(record, names)}
        seqs |= {record.seq for record in records if _corrects(record, seqs)}
        found += [Related(relation, record) for record in records if record.seq in seqs]
    return tuple(sorted(found, key=lambda one: one.record.position))


def blocked_about(past: Past, stream: str) -> int:
    """Give how many events of a stream, and of other streams that have to do with it, are blocked and left out."""
    if not past.blocked_count():
        return 0
    whole = past.unblocked()
    about = [one.record for one in related(whole, stream)]
    return len(past.blocked(stream)) + sum(record.seq in past.blocked(record.stream) for record in about)


def _resolutions(past: Past, stream: str) -> frozenset[str]:
    """Give the resolutions made from a proposal; a resolution itself."""
    if stream.startswith("resolution:"):
        return frozenset({stream})
    states = ((other, past.whole_state(other)) for other in past.streams("resolution"))
    return frozenset(
        other for other, state in states if isinstance(state, Resolution) and stated(state.proposal) == stream
    )


def _rule(
    past: Past, stream: str, other: str, relation: str, resolutions: frozenset[str]
) -> Callable[[RecordedEvent], bool]:
    """Give what makes an event of another stream belong, besides naming the thing."""
    if relation == "resolution":
        return lambda _: other in resolutions and other != stream
    if relation != "meeting":
        return lambda _: False
    meeting = past.whole_state(other)
    if not isinstance(meeting, Meeting):
        return lambda _: False
    if stream.startswith("proposal:"):
        return _of_meeting(meeting, stream)
    if stream.startswith("resolution:"):
        resolution = past.whole_state(stream)
        made = resolution.made if isinstance(resolution, Resolution) else None
        made_by = stated(made.event.made_by) if made is not None else None
        if made_by is not None and made_by.meeting == other:
            return _of_making(made_by)
    return lambda _: False


def _of_making(made_by: MadeBy) -> Callable[[RecordedEvent], bool]:
    """The ballot by which a resolution was made, and everything under its item."""
    ballot, item = stated(made_by.ballot), stated(made_by.item)

    def belongs(record: RecordedEvent) -> bool:
        if isinstance(record.event, e.BallotHeld) and ballot is not None and record.event.ballot == ballot:
            return True
        return item is not None and getattr(record.event, "item", None) == item

    return belongs


def _of_meeting(meeting: Meeting, proposal: str) -> Callable[[RecordedEvent], bool]:
    """Everything of a meeting that dealt with a proposal but what stands under other items."""
    treatment = next((one for name, one in treatments(meeting) if name == proposal), None)
    if treatment is None:
        return lambda _: False
    items = {item.key for item in treatment.items}
    facts = {fact.id for some in (treatment.outcomes, treatment.ballots, treatment.motions) for fact in some}

    def belongs(record: RecordedEvent) -> bool:
        event = record.event
        if isinstance(event, e.OutcomeDeclared | e.BallotHeld | e.MotionMoved):
            return record.id in facts
        if isinstance(event, e.AgendaSet):
            return any(entry.item in items for entry in stated(event.items) or ())
        if isinstance(event, e.RecordCorrected | e.DiscrepancyNoted | e.DocumentAttached | e.DocumentWithdrawn):
            return stated(getattr(event, "item", None)) in items
        item = stated(getattr(event, "item", None))
        return item is None or item in items

    return belongs


def _names(record: RecordedEvent, names: frozenset[str]) -> bool:
    """Whether an event names one of the streams, or an event in one."""
    return any(text in names or text.partition("#")[0] in names for text in _ids(record))


def _ids(record: RecordedEvent) -> Iterator[str]:
    return (text for _, text in strings(record.event, ""))


def _corrects(record: RecordedEvent, seqs: set[int]) -> bool:
    return isinstance(record.event, e.RecordCorrected) and stated(record.event.target) in seqs
