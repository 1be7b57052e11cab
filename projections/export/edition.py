"""An edition: what one recipient gets to read, and on which terms.

An export is made in two steps. First an excerpt is made (`archive.excerpt`): an archive of its own that holds only
what the recipient may have. Everything that is written for people, in whatever format, is then a function of that
excerpt and of the terms, and of nothing else. Verification makes the excerpt again out of the export, and the documents
out of the excerpt, and compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.archive import ERASED_SIZE, read_row
from archive.errors import IntegrityError
from projections.neighbours import neighbours
from projections.teller import Teller
from projections.timetravel import Horizon, Past

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.archive import Archive, RegisterInfo
    from archive.excerpt import Terms
    from projections.projector import Views

PRODUCT: Final = "Ratsbuch"
EXAMPLE: Final = "BEISPIEL (kein amtlicher Bestand)"


class Edition:
    """What is told in an export.

    Args:
        archive: The excerpt, opened; its clock stands at the day of the terms. What is withheld is not in it.
        terms: What was asked for, by whom and on what ground.
        size: How many events of the register the newest checkpoint is over; None for those that are there.
        views: The excerpt's views where it is too large to be held in memory; None where it is read whole.
    """

    def __init__(self, archive: Archive, terms: Terms, *, views: Views | None = None, size: int | None = None) -> None:
        self.archive = archive
        self.terms = terms
        self.size = archive.size if size is None else size
        self._views = views
        # Blocked events that the recipient may not have are not in the excerpt; those that are may be told.
        self._whole = Past(archive, Horizon(None, None), with_blocked=True)

    @property
    def register(self) -> RegisterInfo:
        """Whose record it is."""
        return self.archive.register

    @property
    def is_example(self) -> bool:
        """Whether every document has to bear `EXAMPLE`."""
        return self.archive.register.example

    @property
    def recorded_until(self) -> int:
        """When the newest event was recorded that is given, in seconds since 1970.

        Raises:
            IntegrityError: There is none that can be read.
        """
        statement = "SELECT rowid FROM stored_events WHERE length(state) > ? ORDER BY rowid DESC LIMIT 1"
        found = self.archive.connection.execute(statement, (ERASED_SIZE,)).fetchone()
        row = None if found is None else self.archive.recorder.row(found[0])
        if row is None:
            msg = f"{self.archive.folder}: no event that can be read"
            raise IntegrityError(msg)
        return read_row(row).recorded_at

    def streams(self, kind: str) -> Iterator[str]:
        """Give the streams of a kind that the excerpt holds, in the order of their first events."""
        yield from self.archive.streams(kind)

    def subjects(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind that the export is about; all there are where it is about everything."""
        if self.terms.whole:
            return tuple(self.streams(kind))
        return tuple(stream for stream in self.terms.subjects if stream.startswith(f"{kind}:"))

    def past(self, *streams: str) -> Past:
        """Give the record as far as it is needed to tell of some streams; all of it where they are not named."""
        if self._views is None or not streams:
            return self._whole
        near = neighbours(self.archive, self._views, streams)
        return Past(self.archive, Horizon(None, None), with_blocked=True, among=near)

    def teller(self, *streams: str) -> Teller:
        """Give a teller over `past`."""
        return Teller(self.past(*streams))

    def document(self, digest: str) -> bytes | None:
        """Give a document's bytes, checked; None where the export does not carry it."""
        return self.archive.document(digest)

    def document_path(self, digest: str) -> Path | None:
        """Give where a large document lies, unread and unchecked; None where it is not given, or is a small one."""
        path = self.archive.documents.path(digest)
        return path if path.is_file() else None

    def missing(self, streams: frozenset[str]) -> frozenset[str]:
        """Give those of some streams that the excerpt does not hold: what names them leads out of the export."""
        return frozenset(stream for stream in streams if not self.archive.exists(stream))
