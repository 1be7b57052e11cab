"""Which findings are there in what an intake touched? Counted by code, by replay of those streams and no others."""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, Final

from domain import findings, streams
from domain.proposal import Proposal

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.archive import Archive
    from domain.stream import RecordedEvent, State

# Streams kept at hand: a meeting is asked for by every proposal that came before it.
_STREAMS_MAX: Final = 2_000


def lookup(archive: Archive) -> Callable[[str], State | None]:
    """Give the states of streams, replayed once as long as they are at hand."""
    read = _reader(archive)
    return lambda stream: read(stream)[0]


def _reader(archive: Archive) -> Callable[[str], tuple[State | None, tuple[RecordedEvent, ...]]]:
    @functools.lru_cache(maxsize=_STREAMS_MAX)
    def read(stream: str) -> tuple[State | None, tuple[RecordedEvent, ...]]:
        history = archive.history(stream)
        return streams.replay(stream.partition(":")[0], history), history

    return read


def count_findings(
    archive: Archive, *, after: int, tell: Callable[[int, int], None] = lambda *_: None
) -> dict[str, int]:
    """Count the findings of the streams that got events after a position, by code.

    Numbers that several proposals bear are counted over the whole register, because one stream alone shows none.

    Args:
        archive: The archive.
        after: The position.
        tell: Is told how many streams are done, and of how many.
    """
    counts: Counter[str] = Counter()
    touched = archive.touched(after=after)
    read = _reader(archive)
    exists = functools.lru_cache(maxsize=_STREAMS_MAX)(archive.exists)
    for done, stream in enumerate(touched, start=1):
        state, history = read(stream)
        if state is not None:
            found = findings.of_stream(state, history, lambda other: read(other)[0], exists=exists)
            counts.update(finding.code for finding in found)
        if done % 200 == 0:
            tell(done, len(touched))
    shared = (read(stream)[0] for stream in archive.shared("proposal", "reference"))
    counts["DUPLICATE_REFERENCE"] += len(findings.of_register(s for s in shared if isinstance(s, Proposal)))
    return {code: count for code, count in sorted(counts.items()) if count}
