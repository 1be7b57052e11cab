"""How detectors ask about other streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from domain.stream import State

# Gives the state of another stream, or None where there is no such stream. What a detector asked for is what its
# findings depend on; whoever keeps findings up to date may write the calls down.
Lookup = Callable[[str], State | None]

T = TypeVar("T", bound=State)


def ask(lookup: Lookup, stream: str | None, wanted: type[T]) -> T | None:
    """Give the state of a stream where it exists and is of the kind wanted."""
    state = lookup(stream) if stream is not None else None
    return state if isinstance(state, wanted) else None
