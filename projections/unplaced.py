"""Facts inside listed things that are neither in nor out as of the day asked for: lists name them beside each thing.

`show` gives such facts of one thing and of everything that has to do with it. A list gives those that its line would
rest on: the thing's own, and what meetings, resolutions and reviews say about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.meeting import Meeting
from domain.text import strings
from domain.values import stated
from projections.changes import LABELS, summary
from projections.deliberations import treatments
from projections.shapes import ApartLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from projections.teller import Teller
    from projections.timetravel import Apart, Past

# What is told of in a line is told of by these too; of everything else only its own facts count.
_TOLD_BY_OTHERS: Final = frozenset({"proposal", "resolution"})
_TELLING: Final = frozenset({"proposal", "meeting", "resolution", "review"})


class Unplaced:
    """The facts of a past that are neither in nor out as of its day, by what they are about; put together once."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._about: dict[str, list[Apart]] = {}
        past = teller.past
        if past.horizon.as_of is None:
            return
        past.load()
        for stream in past.loaded():
            apart = past.apart(stream)
            by_item = _by_item(past, stream) if apart else {}
            for one in apart:
                for name in dict.fromkeys(_names(one, by_item)):
                    self._about.setdefault(name, []).append(one)

    def of(self, stream: str, *, but: str | None = None) -> tuple[ApartLine, ...]:
        """Give the facts about a stream, in order of recording; without the one that sets the whole of it apart."""
        found = sorted(self._about.get(stream, ()), key=lambda one: one.record.position)
        return tuple(
            ApartLine(
                event=self._teller.use(one.record),
                why=one.placement.value,
                occurred=self._teller.occurred(one.record),
                summary=f"{LABELS[one.record.event.TYPE]}: {summary(self._teller, one.record)}",
            )
            for one in found
            if one.record.id != but
        )


def _by_item(past: Past, stream: str) -> Mapping[str, list[str]]:
    """Give the proposals of a meeting by the agenda items under which they stood, whenever that happened."""
    state = past.whole_state(stream) if stream.startswith("meeting:") else None
    found: dict[str, list[str]] = {}
    for proposal, treatment in treatments(state) if isinstance(state, Meeting) else ():
        for item in treatment.items:
            found.setdefault(item.key, []).append(proposal)
    return found


def _names(one: Apart, by_item: Mapping[str, list[str]]) -> Iterator[str]:
    """Give the streams that a fact is about."""
    record = one.record
    yield record.stream
    if record.kind not in _TELLING:
        return
    for _, text in strings(record.event, ""):
        kind, colon, _ = text.partition(":")
        if colon and kind in _TOLD_BY_OTHERS:
            yield text.partition("#")[0]
    yield from by_item.get(stated(getattr(record.event, "item", None)) or "", ())
