"""What is verified: rows, documents and tables, read as they lie there.

A source must be cheap to pickle, because ranges of it are checked in several processes; it opens what it needs
where it is used.
"""

from __future__ import annotations

import hashlib
from pathlib import Path  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from archive import settings
from archive.archive import DATABASE, DOCUMENTS, ERASED_SIZE
from archive.documents import DIGEST, Documents
from archive.errors import IntegrityError, StorageError
from archive.log.folder import FOLDER, LogFolder
from archive.store.sqlite import CommandFileRow, Datastore, Recorder, StoredRow, damaged, schema_differences, translated
from archive.token import entry_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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

    def blocks(self, length: int) -> Iterator[int]:
        """Give the multiples of a length above which, up to the next multiple, there is any row."""

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

    def entry(self, position: int) -> bytes | None:
        """Give the log entry of an event; None if there is none."""

    def head_before(self, stream: str, position: int) -> tuple[int, bytes] | None:
        """Give `seq` and log entry of the last event of a stream below a position; None if there is none."""

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Read the checkpoints that are kept, each with the size noted beside it, by size."""

    def cosigned(self, key: str) -> tuple[tuple[int, bytes], ...]:
        """Read what a witness's key added to the newest checkpoint that it cosigned: the size, and each line."""

    def published_checkpoint(self) -> bytes | None:
        """Give the checkpoint that lies with the tiles; None if there is none."""

    def tiles(self) -> LogFolder | None:
        """Give the tiles, where the source has any."""

    def stray_events(self) -> Iterator[tuple[int, str]]:
        """Give rows of events at positions below 1, where nobody who reads in order of position sees them."""

    def stray_disclosures(self) -> tuple[int, ...]:
        """Give positions that have disclosures and no event."""

    def documents(self) -> Iterator[tuple[str, int]]:
        """Give digest and noted size of every document that is said to be there."""

    def document(self, digest: str) -> Iterator[bytes] | None:
        """Give a document's bytes as they lie there; None if it is not there."""

    def strays(self) -> Iterator[str]:
        """Name files among the documents that are no document of the table."""

    # What only a source has that may leave something out.

    @property
    def gapless(self) -> bool:
        """Whether there is an event at every position, so that roots can be computed; else each has its proof."""

    def omitted(self, position: int) -> frozenset[str]:
        """Give the digests of the disclosures that are left out of an event, as the source lists them."""

    def is_entry_listed(self, position: int) -> bool:
        """Say whether the source lists that of an event only the log entry is given."""

    def document_list(self) -> Mapping[str, ListedDocument] | None:
        """Give what the source lists of documents that events name, by digest; None where it has no such list."""

    def proof(self, position: int) -> tuple[bytes, ...]:
        """Give the hashes that lead from an event to the newest checkpoint's root, where the source is not gapless."""

    def consistency(self) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
        """Give the sizes of older checkpoints, each with its proof to the newest, where the source is not gapless."""

    def ends(self) -> Mapping[str, int] | None:
        """Give the last place of each stream, as the source states it; None where it gives all there is."""

    def withheld(self) -> tuple[int, int, int]:
        """Give how many disclosures, events and documents are left out, as the source lists them."""


class ListedDocument(Struct, frozen=True, kw_only=True):
    """What a source that may leave something out lists of a document.

    Attributes:
        size: Bytes, as the first event states it that names it; None where it does not.
        media_type: Likewise.
        title: Likewise.
        missing: Why its bytes are not given; None where they are.
    """

    size: int | None
    media_type: str | None
    title: str | None
    missing: str | None


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

    def anchor(self) -> str | None:
        """Give the SHA-256 of token 1 as it lies there, hex; None if there is none."""
        row = next(iter(self.rows(after=0, until=1)), None)
        return None if row is None else hashlib.sha256(row.state).hexdigest()

    def close(self) -> None:
        """Close what this process opened of it."""
        recorder = _OPEN.pop(self.folder / DATABASE, None)
        if recorder is not None:
            recorder.datastore.close()

    def size(self) -> int:
        """Give the highest position."""
        return self._recorder.size()

    def blocks(self, length: int) -> Iterator[int]:
        """Give the multiples of a length above which, up to the next multiple, there is any row."""
        at = 0
        while True:
            ((position,),) = self._select("SELECT min(rowid) FROM stored_events WHERE rowid > ?", at)
            if not isinstance(position, int):
                return
            if position <= at:
                # Only where the pages are out of order; going on from there would come back here for ever.
                raise damaged(self.folder / DATABASE, f"row {position} was found above {at}")
            at = (position - 1) // length * length
            yield at
            at += length

    def rows(self, *, after: int, until: int) -> Iterator[StoredRow]:
        """Read rows in order of position."""
        return self._recorder.rows(after=after, until=until)

    def stream_rows(self, stream: str) -> tuple[StoredRow, ...]:
        """Read a stream's rows in order."""
        return tuple(row for row in self._recorder.select_events(stream) if isinstance(row, StoredRow))

    def _select(self, statement: str, *parameters: int) -> list[tuple[object, ...]]:
        recorder = self._recorder
        with translated(recorder.datastore.path):
            return recorder.datastore.reader().execute(statement, parameters).fetchall()

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind."""
        return self._recorder.streams(kind)

    def faults(self) -> Iterator[str]:
        """Name what SQLite finds wrong (pages, indexes that disagree with their tables), and tables that are not ours.

        A database is opened for reading here, and then SQLite passes over damage in what only writing needs. Its
        schema is therefore compared, too: a record that verifies is one that can be opened and added to.
        """
        yield from (str(r[0]) for r in self._select("PRAGMA integrity_check(100)") if r[0] != "ok")
        recorder = self._recorder
        with translated(recorder.datastore.path):
            yield from sorted(schema_differences(recorder.datastore.reader()))

    def command_files(self) -> Iterator[CommandFileRow]:
        """Read which command file gave which events, by position."""
        for txn, digest, first, count in self._select(
            "SELECT txn, digest, first_position, event_count FROM command_files ORDER BY first_position"
        ):
            if not isinstance(first, int) or not isinstance(count, int):
                msg = f"command file {txn}: its row does not hold numbers"
                raise IntegrityError(msg)
            yield CommandFileRow(txn=str(txn), digest=str(digest), first_position=first, event_count=count)

    def stray_events(self) -> Iterator[tuple[int, str]]:
        """Give rows of events at positions below 1, where nobody who reads in order of position sees them."""
        for position, stream, seq in self._select(
            "SELECT rowid, originator_id, originator_version FROM stored_events WHERE rowid < 1 ORDER BY 1"
        ):
            yield int(str(position)), f"{stream}#{seq}"

    def entry(self, position: int) -> bytes | None:
        """Give the log entry of an event; None if there is none."""
        return _entry(self._recorder.row(position))

    def head_before(self, stream: str, position: int) -> tuple[int, bytes] | None:
        """Give `seq` and log entry of the last event of a stream below a position; None if there is none."""
        rows = [row for row in self.stream_rows(stream) if row.position < position]
        last = max(rows, key=lambda row: row.position, default=None)
        return None if last is None else (last.originator_version, _entry(last) or b"")

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Read the checkpoints that are kept, each with the size noted beside it, by size."""
        for size, note in self._select("SELECT size, note FROM checkpoints ORDER BY size"):
            yield int(str(size)), note if isinstance(note, bytes) else b""

    def cosigned(self, key: str) -> tuple[tuple[int, bytes], ...]:
        """Read what a witness's key added to the newest checkpoint that it cosigned: the size, and each line."""
        return self._recorder.cosigned(key)

    def published_checkpoint(self) -> bytes | None:
        """Give the checkpoint that lies with the tiles; None if there is none."""
        return LogFolder(self.folder / FOLDER).checkpoint()

    def tiles(self) -> LogFolder | None:
        """Give the tiles, if `log/` is there: it can be missing, because it is made from the events."""
        folder = LogFolder(self.folder / FOLDER)
        return folder if folder.path.is_dir() else None

    def stray_disclosures(self) -> tuple[int, ...]:
        """Give positions that have disclosures and no event."""
        found = self._select(
            "SELECT position FROM disclosures WHERE position NOT IN (SELECT rowid FROM stored_events) ORDER BY 1"
        )
        return tuple(int(str(r[0])) for r in found)

    def documents(self) -> Iterator[tuple[str, int]]:
        """Give digest and noted size of every document in the table."""
        for digest, size in self._select("SELECT digest, size FROM documents ORDER BY 1"):
            yield str(digest), size if isinstance(size, int) else -1

    def document(self, digest: str) -> Iterator[bytes] | None:
        """Give a document's bytes as they lie there; None if it is not there."""
        recorder = self._recorder
        if not DIGEST.match(digest):
            return None
        with translated(recorder.datastore.path):
            return Documents(self.folder / DOCUMENTS).open(recorder.datastore.reader(), digest)

    def strays(self) -> Iterator[str]:
        """Name files under `documents/` that the table does not know."""
        known = {digest for digest, _ in self.documents() if DIGEST.match(digest)}
        documents = Documents(self.folder / DOCUMENTS)
        for path in documents.files():
            if path.name not in known or path != documents.path(path.name):
                yield str(path.relative_to(self.folder))

    @property
    def gapless(self) -> bool:
        """An archive has an event at every position; where one is missing, that is a finding."""
        return True

    def omitted(self, position: int) -> frozenset[str]:  # noqa: ARG002  # the protocol's
        """Give none: an archive leaves nothing out."""
        return frozenset()

    def is_entry_listed(self, position: int) -> bool:  # noqa: ARG002  # the protocol's
        """Say no: only an erasure explains a missing token."""
        return False

    def document_list(self) -> Mapping[str, ListedDocument] | None:
        """Give none: only an erasure explains a missing document."""
        return None

    def proof(self, position: int) -> tuple[bytes, ...]:  # noqa: ARG002  # the protocol's
        """Give none: roots are computed."""
        return ()

    def consistency(self) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
        """Give none: roots are computed."""
        return ()

    def ends(self) -> Mapping[str, int] | None:
        """Give none: every stream is there as far as it goes."""
        return None

    def withheld(self) -> tuple[int, int, int]:
        """An archive leaves nothing out."""
        return (0, 0, 0)


def _entry(row: StoredRow | None) -> bytes | None:
    if row is None:
        return None
    return row.state if len(row.state) == ERASED_SIZE else entry_of(row.state)
