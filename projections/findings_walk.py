"""A register read stream by stream and forgotten again, for views that look at all of it.

`Past` keeps what it read, which suits a reader of one thing. Whoever asks something of every stream would hold the
whole register, so here what was read is let go once it grows too large. The answers are the same.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from domain.values import STREAM_KINDS
from projections.timetravel import NOW, Horizon, Past

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.archive import Archive
    from domain.stream import RecordedEvent

# About 90 MB; a meeting is asked for by each of the proposals that came before it, so that less would cost time.
EVENTS_MAX: Final = 50_000
# Few, and named by nearly every line.
_KEPT: Final = frozenset({"register", "body", "organ", "group"})


class Walk(Past):
    """A register as it stands for one reader, in bounded memory.

    Args:
        archive: The archive.
        horizon: Up to where to look.
        with_blocked: Whether this reader sees blocked events.
    """

    def __init__(self, archive: Archive, horizon: Horizon = NOW, *, with_blocked: bool = False) -> None:
        super().__init__(archive, horizon, with_blocked=with_blocked)
        self._held = 0
        self._near: frozenset[str] | None = None

    def recorded(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give a stream as first recorded, up to the position looked at."""
        if stream not in self._recorded:
            if self._held > EVENTS_MAX:
                self._forget()
            records = super().recorded(stream)
            self._held += len(records)
            return records
        return super().recorded(stream)

    def _forget(self) -> None:
        for kept in (self._recorded, self._effective, self._states, self._all_states):
            for stream in [one for one in kept if one.partition(":")[0] not in _KEPT]:
                del kept[stream]
        self._held = sum(map(len, self._recorded.values()))

    def each(self, kind: str) -> Iterator[str]:
        """Give the streams of a kind of which there is something to show, in the order of their first events."""
        return (stream for stream in self.archive.streams(kind) if self.recorded(stream))

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the same at once; where only some are looked for, those of them."""
        if self._near is None:
            return tuple(self.each(kind))
        found = [one for one in self._near if one.partition(":")[0] == kind and self.recorded(one)]
        return tuple(sorted(found, key=lambda one: self.recorded(one)[0].position))

    @contextmanager
    def near(self, streams: Iterable[str]) -> Iterator[None]:
        """Look for streams by kind only among some of them, which are all that has to do with a thing."""
        self._near = frozenset(streams)
        try:
            yield
        finally:
            self._near = None

    def blocked_count(self) -> int:
        """Give how many events of the register are blocked and left out."""
        if self.with_blocked:
            return 0
        for kind in STREAM_KINDS:
            for stream in self.archive.streams(kind):
                if stream not in self._blocked:
                    self.recorded(stream)
        return sum(map(len, self._blocked.values()))

    def unblocked(self) -> Walk:
        """Give the same with all blocked events: to tell what is missing from what is left out, never to show it."""
        return Walk(self.archive, self.horizon, with_blocked=True)
