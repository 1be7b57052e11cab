"""Which findings are there in what an intake touched? Counted by code, by replay of those streams and no others."""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, Final

from domain import findings, streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.archive import Archive
    from domain.stream import State

# States kept at hand: a meeting is asked for by every proposal that came before it.
_STATES_MAX: Final = 2_000


def lookup(archive: Archive) -> Callable[[str], State | None]:
    """Give the states of streams, replayed once as long as they are at hand."""

    @functools.lru_cache(maxsize=_STATES_MAX)
    def state_of(stream: str) -> State | None:
        return streams.replay(stream.partition(":")[0], archive.history(stream))

    return state_of


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
    state_of = lookup(archive)
    for done, stream in enumerate(touched, start=1):
        state = state_of(stream)
        if state is not None:
            found = findings.of_stream(state, archive.history(stream), state_of, exists=archive.exists)
            counts.update(finding.code for finding in found)
        if done % 200 == 0:
            tell(done, len(touched))
    if any(stream.startswith("proposal:") for stream in touched):
        counts["DUPLICATE_REFERENCE"] += _duplicates(archive)
    return {code: count for code, count in sorted(counts.items()) if count}


def _duplicates(archive: Archive) -> int:
    """Count the numbers that several proposals bear."""
    proposals = (streams.replay("proposal", archive.history(stream)) for stream in archive.streams("proposal"))
    return len(findings.of_register(state for state in proposals if state is not None))
