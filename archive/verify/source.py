"""What is verified: rows, documents and tables, read as they lie there.

A source must be cheap to pickle, because ranges of it are checked in several processes; it opens what it needs
where it is used.
"""

from __future__ import annotations

from pathlib import Path  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from archive import settings
from archive.archive import DATABASE, DOCUMENTS
from archive.documents import DIGEST, Documents
from archive.errors import StorageError
from archive.store.sqlite import CommandFileRow, Datastore, Recorder, StoredRow, translated

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN: dict[Path, Recorder] = {}


class Source(Protocol):
    """What the procedure reads; hashable, because what is known about a whole source is kept."""

    def __hash__(self) -> int:
        """Give the same for the same source."""

    @property
    def target(self) -> str:
        """What is verified, for the report."""

    @property
    def complete(self) -> bool:
        """Whether nothing may be missing (an archive), or what is left out is listed (a package)."""

    def claimed_register(self) -> str | None:
        """Give the UUID by which the source names its register outside the tokens, if it does."""

    def size(self) -> int:
        """Give the highest position."""

    def rows(self, *, after: int, until: int) -> Iterator[StoredRow]:
        """Read rows in order of position."""

    def stream_rows(self, stream: str) -> tuple[StoredRow, ...]:
        """Read a stream's rows in order."""

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind."""

    def faults(self) -> Iterator[str]:
        """Name what is wrong with the store itself, such as an index that disagrees with its table."""

    def command_files(self) -> Iterator[CommandFileRow]:
        """Read which command file gave which events, by position."""

    def stray_disclosures(self) -> tuple[int, ...]:
        """Give positions that have disclosures and no event."""

    def documents(self) -> Iterator[tuple[str, int]]:
        """Give digest and noted size of every document that is said to be there."""

    def document(self, digest: str) -> Iterator[bytes] | None:
        """Give a document's bytes as they lie there; None if it is not there."""

    def strays(self) -> Iterator[str]:
        """Name files among the documents that are no document of the table."""


class ArchiveSource(Struct, frozen=True):
    """An archive folder as a source; needs neither keys nor a valid `ratsbuch.toml`."""

    folder: Path

    @property
    def target(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def complete(self) -> bool:
        """An archive leaves nothing out."""
        return True

    def claimed_register(self) -> str | None:
        """Give what `ratsbuch.toml` says."""
        return settings.read(self.folder).register

    @property
    def _recorder(self) -> Recorder:
        path = self.folder / DATABASE
        recorder = _OPEN.get(path)
        if recorder is None:
            if not path.is_file():
                msg = f"{path}: not found"
                raise StorageError(msg, hint="name an archive, or restore it from a replica")
            recorder = _OPEN[path] = Recorder(Datastore(path))
        return recorder

    def close(self) -> None:
        """Close what this process opened of it."""
        recorder = _OPEN.pop(self.folder / DATABASE, None)
        if recorder is not None:
            recorder.datastore.close()

    def size(self) -> int:
        """Give the highest position."""
        return self._recorder.size()

    def rows(self, *, after: int, until: int) -> Iterator[StoredRow]:
        """Read rows in order of position."""
        return self._recorder.rows(after=after, until=until)

    def stream_rows(self, stream: str) -> tuple[StoredRow, ...]:
        """Read a stream's rows in order."""
        return tuple(row for row in self._recorder.select_events(stream) if isinstance(row, StoredRow))

    def _select(self, statement: str) -> list[tuple[object, ...]]:
        recorder = self._recorder
        with translated(recorder.datastore.path):
            return recorder.datastore.reader().execute(statement).fetchall()

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind."""
        return self._recorder.streams(kind)

    def faults(self) -> Iterator[str]:
        """Name what SQLite finds wrong: pages, and indexes that disagree with their tables."""
        yield from (str(r[0]) for r in self._select("PRAGMA integrity_check(100)") if r[0] != "ok")

    def command_files(self) -> Iterator[CommandFileRow]:
        """Read which command file gave which events, by position."""
        for txn, digest, first, count in self._select(
            "SELECT txn, digest, first_position, event_count FROM command_files ORDER BY first_position"
        ):
            yield CommandFileRow(
                txn=str(txn), digest=str(digest), first_position=int(str(first)), event_count=int(str(count))
            )

    def stray_disclosures(self) -> tuple[int, ...]:
        """Give positions that have disclosures and no event."""
        found = self._select(
            "SELECT position FROM disclosures WHERE position NOT IN (SELECT rowid FROM stored_events) ORDER BY 1"
        )
        return tuple(int(str(r[0])) for r in found)

    def documents(self) -> Iterator[tuple[str, int]]:
        """Give digest and noted size of every document in the table."""
        for digest, size in self._select("SELECT digest, size FROM documents ORDER BY 1"):
            yield str(digest), int(str(size))

    def document(self, digest: str) -> Iterator[bytes] | None:
        """Give a document's bytes as they lie there; None if it is not there."""
        recorder = self._recorder
        if not DIGEST.match(digest):
            return None
        with translated(recorder.datastore.path):
            return Documents(self.folder / DOCUMENTS).open(recorder.datastore.reader(), digest)

    def strays(self) -> Iterator[str]:
        """Name files under `documents/` that the table does not know."""
        known = {digest for digest, _ in self.documents()}
        documents = Documents(self.folder / DOCUMENTS)
        for path in documents.files():
            if path.name not in known or path != documents.path(path.name):
                yield str(path.relative_to(self.folder))
