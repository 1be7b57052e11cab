"""Taking in a file that gives many batches: each is recorded for itself, and what came of it is counted.

A run that breaks off keeps what it recorded; given again, the same file goes on where it was, because every batch knows
that it was recorded before.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.archive import Archive
    from archive.batch import Batch
    from archive.keys import Signer


class Progress(Struct, frozen=True):
    """How far a run is: what it is doing, how many are done, and of how many; 0 where that is not known."""

    doing: str
    done: int
    total: int


Tell = Callable[[Progress], None]


class Taking:
    """What a run recorded so far.

    Attributes:
        count: How many batches it came to.
        already: How many of them had been recorded before.
        events: The events that were recorded, by type.
    """

    def __init__(self) -> None:
        self.count = 0
        self.already = 0
        self.events: Counter[str] = Counter()

    def record(
        self,
        archive: Archive,
        batches: Iterable[Batch],
        *,
        signer: Signer,
        dry_run: bool,
        tell: Tell = lambda _: None,
    ) -> None:
        """Record batches one after the other; the next one is asked for when the last one is recorded.

        Args:
            archive: The archive.
            batches: What a file gives; one that knows how many there are says so (`__length_hint__`).
            signer: Whose key signs.
            dry_run: Do everything but keep it.
            tell: Is told how far it is, after each.

        Raises:
            RatsbuchError: One is refused; those before it stay recorded.
        """
        total = operator.length_hint(batches)
        for batch in batches:
            recorded = archive.record(batch, signer=signer, dry_run=dry_run)
            self.count += 1
            self.already += recorded.already
            if not recorded.already:
                self.events.update(event.type for event in recorded.events)
            tell(Progress("recording", self.count, total))
