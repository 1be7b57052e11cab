"""What came of looking at a source: what it showed, what was recorded, and what is odd."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field


class Unreadable(Struct, frozen=True):
    """Something that a source showed and that could not be read as an object: where, and why."""

    place: str
    reason: str


class Summary(Struct, kw_only=True):
    """The counts of one run.

    Attributes:
        system: The address of the system.
        retrieved_at: The moment of this look.
        is_dated: Whether the source showed it at that moment; else it is only known that it did by then.
        unfinished_since: When a run over this system began that was broken off; None where none was.
        shown: How many objects the source showed, by kind.
        changes: How many objects were found new, changed, gone, marked deleted, or unchanged.
        events: How many events were recorded, by type.
        findings: How many findings there are in the streams that were touched, by code; None where nobody looked.
        unmapped: Literals that no mapping knows, by list and literal, with how often they were met.
        repeated: How often the source showed an object twice, in two forms.
        left_out: What is in the documents alone, and why, with how often.
        unreadable: What could not be read as an object; the first hundred.
        unreadable_count: All of them.
        is_complete: Whether the source was read to its end as a complete listing.
        losses_looked_for_at: When a live source was last read so, on this computer: only then what is missing is
            looked for. None where that is not known, and for a dump.
        requests: How many requests were made.
    """

    system: str
    retrieved_at: str
    is_dated: bool = True
    unfinished_since: str | None = None
    shown: dict[str, int] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    findings: dict[str, int] | None = None
    unmapped: dict[str, dict[str, int]] = field(default_factory=dict)
    repeated: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: list[Unreadable] = field(default_factory=list)
    unreadable_count: int = 0
    is_complete: bool = False
    losses_looked_for_at: str | None = None
    requests: int = 0

    def cannot_read(self, place: str, reason: str) -> None:
        """Note something that could not be read."""
        self.unreadable_count += 1
        if len(self.unreadable) < 100:  # noqa: PLR2004  # enough to see what is wrong
            self.unreadable.append(Unreadable(place, reason))

    @property
    def recorded(self) -> int:
        """How many events were recorded."""
        return sum(self.events.values())
