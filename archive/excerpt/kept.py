"""An excerpt as it lies on disk, and as what is verified.

    record.db      the events and disclosures that the recipient may have, at their positions, with gaps between
    documents/     the documents that they name, as in every archive
    excerpt.db     what only an excerpt has: proofs, last places of streams, checkpoints, and what is left out

The folder is temporary: it is made for one export or one verification and goes with it, so nothing waits for the disk.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive import directory, settings
from archive.archive import DATABASE, DOCUMENTS, ERASED_SIZE, Archive, Means, read_row
from archive.disclosure import EMPTY_ROW
from archive.documents import INLINE_SIZE_MAX, Documents
from archive.errors import InputError, IntegrityError, StorageError
from archive.excerpt.terms import Reason
from archive.store.sqlite import StoredRow, Transaction, create_database, translated
from archive.verify.source import ArchiveSource, ListedDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from archive.excerpt.release import Omitted
    from archive.excerpt.terms import Terms
    from archive.log.folder import LogFolder
    from archive.store.sqlite import CommandFileRow
    from domain.stream import RecordedEvent

EXCERPT: Final = "excerpt.db"
_HASH_SIZE: Final = 32
_END_OF_DAY_SECONDS: Final = 86_399
_SCHEMA: Final = """
CREATE TABLE omitted (position INTEGER NOT NULL, digest TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (position, digest)) STRICT, WITHOUT ROWID;
CREATE TABLE entries (position INTEGER PRIMARY KEY, reason TEXT NOT NULL) STRICT;
CREATE TABLE proofs (position INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;
CREATE TABLE ends (stream TEXT PRIMARY KEY, last_seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note BLOB NOT NULL, hashes BLOB NOT NULL) STRICT;
CREATE TABLE documents (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, media_type TEXT, title TEXT,
    included INTEGER NOT NULL, reason TEXT) STRICT, WITHOUT ROWID;
"""


class KeptCheckpoint(Struct, frozen=True, kw_only=True):
    """A checkpoint of an excerpt.

    Attributes:
        size: How many events it is over.
        note: As it was signed.
        hashes: The proof that the newest is over the same events and more; empty for the newest itself.
    """

    size: int
    note: bytes
    hashes: tuple[bytes, ...]


class KeptDocument(Struct, frozen=True, kw_only=True):
    """A document that events of an excerpt name.

    Attributes:
        digest: SHA-512, hex.
        size: Bytes; -1 where no event states it and it is not included.
        media_type: As the first event has it that names it.
        title: Likewise.
        included: Whether its bytes are given.
        reason: Why not.
    """

    digest: str
    size: int
    media_type: str | None
    title: str | None
    included: bool
    reason: str | None


class Entry(Struct, frozen=True, kw_only=True):
    """An event of an excerpt with what stands beside it.

    Attributes:
        row: The row; its state is the token, or the log entry.
        reason: Why there is only the entry.
        omitted: Digests of the disclosures that are left out, with why.
        proof: The hashes that lead from it to the root of the newest checkpoint; empty where all events are given.
    """

    row: StoredRow
    reason: str | None
    omitted: tuple[tuple[str, str], ...]
    proof: tuple[bytes, ...]


def split_hashes(data: bytes) -> tuple[bytes, ...]:
    """Split hashes that stand side by side."""
    return tuple(data[at : at + _HASH_SIZE] for at in range(0, len(data), _HASH_SIZE))


class Excerpt:
    """An excerpt that is being made, or read.

    Use `Excerpt.create`, put everything in, and call `settle`; then it can be opened as an archive.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._connection = _connected(folder / EXCERPT)
        self._record: sqlite3.Connection | None = None
        self._cursor: sqlite3.Cursor | None = None

    @classmethod
    def create(cls, folder: Path, *, register: str) -> Excerpt:
        """Make an empty excerpt in a folder of its own.

        Args:
            folder: Empty, and the caller's to remove.
            register: UUID of the register, as the export names it.

        Raises:
            StorageError: The disk does not take it.
        """
        try:
            create_database(folder / DATABASE)
            settings.write(
                folder,
                settings.Settings(
                    format=settings.FORMAT, register=register, name="", origin="", backend=settings.BACKEND
                ),
            )
        except OSError as error:
            msg = f"{folder}: cannot be written: {error.strerror}"
            raise StorageError(msg, hint="make room in the folder for temporary files (TMPDIR)") from error
        excerpt = cls(folder)
        with translated(folder / EXCERPT):
            excerpt._connection.executescript(_SCHEMA)
            excerpt._connection.execute("BEGIN")
            excerpt._record = sqlite3.connect(str(folder / DATABASE), isolation_level=None)
            excerpt._record.execute("PRAGMA synchronous=OFF")
            excerpt._cursor = excerpt._record.cursor()
            excerpt._cursor.execute("BEGIN")
        return excerpt

    # -- putting in -------------------------------------------------------------------------------

    @property
    def _writing(self) -> sqlite3.Cursor:
        if self._cursor is None:
            msg = f"{self.folder}: the excerpt is settled"
            raise RuntimeError(msg)
        return self._cursor

    def add(
        self,
        row: StoredRow,
        *,
        reason: Reason | str | None = None,
        omitted: Iterable[Omitted | tuple[str, str]] = (),
        proof: tuple[bytes, ...] = (),
    ) -> None:
        """Put an event in.

        Raises:
            InputError: Its position, or its place in the stream, is taken.
        """
        cursor, position = self._writing, row.position
        try:
            with translated(self.folder / DATABASE):
                topic = "" if len(row.state) == ERASED_SIZE else row.topic
                cursor.execute(
                    "INSERT INTO stored_events VALUES (?,?,?,?,?)",
                    (position, row.originator_id, row.originator_version, topic, row.state),
                )
                if row.disclosed != EMPTY_ROW:
                    cursor.execute("INSERT INTO disclosures VALUES (?,?)", (position, row.disclosed.decode("latin-1")))
                put = self._connection.execute
                if reason is not None:
                    put("INSERT INTO entries VALUES (?,?)", (position, str(reason)))
                for one in omitted:
                    digest, why = one if isinstance(one, tuple) else (one.digest, one.reason)
                    put("INSERT INTO omitted VALUES (?,?,?)", (position, digest, str(why)))
                if proof:
                    put("INSERT INTO proofs VALUES (?,?)", (position, b"".join(proof)))
        except (StorageError, sqlite3.IntegrityError) as error:
            if not isinstance(error, sqlite3.IntegrityError) and not isinstance(
                error.__cause__, sqlite3.IntegrityError
            ):
                raise
            msg = f"position {position}: {row.originator_id}#{row.originator_version} stands there twice"
            raise InputError(msg) from error

    def end(self, stream: str, last_seq: int) -> None:
        """Note the last place of a stream."""
        self._put("INSERT INTO ends VALUES (?,?)", (stream, last_seq), what=stream)

    def checkpoint(self, size: int, note: bytes, hashes: tuple[bytes, ...]) -> None:
        """Put a checkpoint in."""
        self._put("INSERT INTO checkpoints VALUES (?,?,?)", (size, note, b"".join(hashes)), what=f"checkpoint {size}")

    def document(self, document: KeptDocument) -> None:
        """Note a document that an event names."""
        self._put(
            "INSERT INTO documents VALUES (?,?,?,?,?,?)",
            (
                document.digest,
                document.size,
                document.media_type,
                document.title,
                int(document.included),
                document.reason,
            ),
            what=f"document {document.digest[:16]}..",
        )

    def content(self, digest: str, path: Path) -> None:
        """Give the bytes of a document that lies in a file; nothing of them is checked here.

        Raises:
            StorageError: It cannot be read, or the disk does not take it.
        """
        size = path.stat().st_size
        content: bytes | None = None
        if size <= INLINE_SIZE_MAX:
            content = path.read_bytes()
        else:
            target = Documents(self.folder / DOCUMENTS).path(digest)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                # Only read, and checked where it is: a large file is not worth a copy for that.
                target.symlink_to(path.resolve())
            except FileExistsError:
                pass
            except OSError as error:
                msg = f"document {digest[:16]}..: cannot be put into {self.folder}: {error.strerror}"
                raise StorageError(msg, hint="make room in the folder for temporary files (TMPDIR)") from error
        with translated(self.folder / DATABASE):
            self._writing.execute("INSERT OR IGNORE INTO documents VALUES (?,?,?)", (digest, size, content))

    def history(self, stream: str, *, below: int) -> tuple[RecordedEvent, ...]:
        """Give the events of a stream that were put in so far and lie below a position, as their reader has them."""
        rows = Transaction(self._writing, 0).rows(stream)
        return tuple(_readable(row for row in rows if row.position < below))

    def inline(self, digest: str, content: bytes) -> None:
        """Give the bytes of a small document."""
        with translated(self.folder / DATABASE):
            self._writing.execute("INSERT OR IGNORE INTO documents VALUES (?,?,?)", (digest, len(content), content))

    def take(self, other: Excerpt, contents: Mapping[str, bytes]) -> None:
        """Take what another excerpt of the same register has and this one has not.

        Args:
            other: The other one.
            contents: The bytes of documents that it names, by digest.

        Raises:
            InputError: The two have different events at one position.
        """
        for entry in other.entries():
            row = entry.row
            there = self._writing.execute("SELECT state FROM stored_events WHERE rowid=?", (row.position,)).fetchone()
            if there is None:
                self.add(row, reason=entry.reason, omitted=entry.omitted, proof=entry.proof)
            elif there[0] != row.state:
                msg = f"position {row.position}: two extracts have different events there"
                raise InputError(msg)
        put = self._connection.execute
        for stream, last in other.ends():
            put("INSERT OR IGNORE INTO ends VALUES (?,?)", (stream, last))
        for checkpoint in other.checkpoints():
            put(
                "INSERT OR IGNORE INTO checkpoints VALUES (?,?,?)",
                (checkpoint.size, checkpoint.note, b"".join(checkpoint.hashes)),
            )
        for document in other.documents():
            content = contents.get(document.digest)
            if put("SELECT 1 FROM documents WHERE digest=?", (document.digest,)).fetchone() is None:
                self.document(document)
            is_there = self._writing.execute("SELECT 1 FROM documents WHERE digest=?", (document.digest,)).fetchone()
            if content is not None and is_there is None:
                self.inline(document.digest, content)

    def _put(self, statement: str, values: tuple[object, ...], *, what: str) -> None:
        try:
            with translated(self.folder / EXCERPT):
                self._connection.execute(statement, values)
        except (StorageError, sqlite3.IntegrityError) as error:
            if not isinstance(error, sqlite3.IntegrityError) and not isinstance(
                error.__cause__, sqlite3.IntegrityError
            ):
                raise
            msg = f"{what}: stands there twice"
            raise InputError(msg) from error

    def settle(self) -> None:
        """Make an end of putting in, and make the index of look-ups."""
        cursor = self._writing
        with translated(self.folder / DATABASE):
            transaction = Transaction(cursor, 0)
            streams = [
                name for (name,) in cursor.execute("SELECT DISTINCT originator_id FROM stored_events ORDER BY 1")
            ]
            for stream in streams:
                rows = transaction.rows(stream)
                directory.rewrite_keys(transaction, stream, _readable(rows))
            cursor.execute("COMMIT")
            cursor.close()
            if self._record is not None:
                self._record.close()
            self._record = self._cursor = None
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close what is open."""
        if self._record is not None:
            self._record.close()
            self._record = self._cursor = None
        self._connection.close()

    # -- reading ----------------------------------------------------------------------------------

    def open(self, terms: Terms) -> Archive:
        """Open the excerpt as an archive whose clock stands at the end of the day of its terms."""
        day = dt.datetime.fromisoformat(terms.day).replace(tzinfo=dt.UTC).timestamp() + _END_OF_DAY_SECONDS
        return Archive.open(self.folder, means=Means(clock=lambda: day, random=_no_chance))

    def entries(self) -> Iterator[Entry]:
        """Give every event with what stands beside it, in order of position."""
        source = ArchiveSource(self.folder)
        omitted = _groups(self._connection, "SELECT position, digest, reason FROM omitted ORDER BY 1, 2")
        reasons = _groups(self._connection, "SELECT position, reason FROM entries ORDER BY 1")
        proofs = _groups(self._connection, "SELECT position, hashes FROM proofs ORDER BY 1")
        try:
            for row in source.rows(after=0, until=2**62):
                at = row.position
                why, proof = reasons.of(at), proofs.of(at)
                yield Entry(
                    row=row,
                    reason=str(why[0][1]) if why else None,
                    omitted=tuple((str(d), str(r)) for _, d, r in omitted.of(at)),
                    proof=split_hashes(proof[0][1]) if proof and isinstance(proof[0][1], bytes) else (),
                )
        finally:
            source.close()

    def ends(self) -> Iterator[tuple[str, int]]:
        """Give every stream with its last place, in the order of their ids."""
        yield from self._connection.execute("SELECT stream, last_seq FROM ends ORDER BY 1")

    def checkpoints(self) -> tuple[KeptCheckpoint, ...]:
        """Give the checkpoints, the newest first."""
        found = self._connection.execute("SELECT size, note, hashes FROM checkpoints ORDER BY size DESC")
        return tuple(KeptCheckpoint(size=s, note=n, hashes=split_hashes(h)) for s, n, h in found)

    def documents(self) -> Iterator[KeptDocument]:
        """Give what is known of the documents that events name, by digest."""
        for digest, size, media_type, title, included, reason in self._connection.execute(
            "SELECT digest, size, media_type, title, included, reason FROM documents ORDER BY 1"
        ):
            yield KeptDocument(
                digest=digest, size=size, media_type=media_type, title=title, included=bool(included), reason=reason
            )

    def counts(self) -> Mapping[str, int]:
        """Give how much is left out: disclosures, events given as their entries, documents."""
        one = self._connection.execute
        return {
            "disclosures": one("SELECT count(*) FROM omitted").fetchone()[0],
            "events": one("SELECT count(*) FROM entries").fetchone()[0],
            "documents": one("SELECT count(*) FROM documents WHERE NOT included").fetchone()[0],
        }


def _readable(rows: Iterable[StoredRow]) -> list[RecordedEvent]:
    """Give the events of rows; what a reader cannot read gives no keys, and its step of the verification names it."""
    found = []
    for row in rows:
        if len(row.state) != ERASED_SIZE:
            try:
                found.append(read_row(row))
            except (InputError, IntegrityError):
                continue
    return found


class _Groups:
    """Rows of a query that is ordered by position, given position by position as the events are read."""

    def __init__(self, rows: Iterator[tuple[object, ...]]) -> None:
        self._rows = rows
        self._next: tuple[object, ...] | None = next(rows, None)

    def of(self, position: int) -> list[tuple[object, ...]]:
        found = []
        while self._next is not None and int(str(self._next[0])) <= position:
            if self._next[0] == position:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found


def _groups(connection: sqlite3.Connection, statement: str) -> _Groups:
    return _Groups(iter(connection.execute(statement)))


def _connected(path: Path) -> sqlite3.Connection:
    with translated(path):
        connection = sqlite3.connect(str(path), isolation_level=None)
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=OFF")
        return connection


def _no_chance(count: int) -> bytes:
    msg = f"an excerpt is only read: asked for {count} random bytes"
    raise RuntimeError(msg)


# -- as what is verified --------------------------------------------------------------------------

_OPEN: dict[Path, sqlite3.Connection] = {}


class ExcerptSource(ArchiveSource, frozen=True):
    """An excerpt as a source of the verification procedure.

    Attributes:
        name: What was verified, for the report.
        log_size: How many events the newest checkpoint is over.
    """

    name: str
    log_size: int

    @property
    def target(self) -> str:
        """What the excerpt was read from."""
        return self.name

    @property
    def complete(self) -> bool:
        """An excerpt may leave out what it lists."""
        return False

    @property
    def _kept(self) -> sqlite3.Connection:
        path = self.folder / EXCERPT
        connection = _OPEN.get(path)
        if connection is None:
            connection = _OPEN[path] = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        return connection

    def close(self) -> None:
        """Close what this process opened of it."""
        connection = _OPEN.pop(self.folder / EXCERPT, None)
        if connection is not None:
            connection.close()
        super().close()

    @property
    def gapless(self) -> bool:
        """Whether every position up to the checkpoint is there, and nothing but that: its root can be computed then.

        Where proofs are given they are looked at, too, so that none can stand there that says something else.
        """
        count, last = self._select("SELECT count(*), max(rowid) FROM stored_events")[0]
        if not count == last == self.log_size:
            return False
        one = self._kept.execute
        return (
            one("SELECT 1 FROM proofs LIMIT 1").fetchone() is None
            and one("SELECT 1 FROM checkpoints WHERE length(hashes) > 0 LIMIT 1").fetchone() is None
        )

    def size(self) -> int:
        """Give how many events the checkpoint is over, or the highest position where one lies above."""
        return max(self.log_size, super().size())

    def faults(self) -> Iterator[str]:
        """Name nothing: the database was made for this verification."""
        return iter(())

    def command_files(self) -> Iterator[CommandFileRow]:
        """Give none: which file gave which events is not handed out."""
        return iter(())

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Read the checkpoints, by size."""
        yield from self._kept.execute("SELECT size, note FROM checkpoints ORDER BY size").fetchall()

    def consistency(self) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
        """Give the sizes of the older checkpoints with their proofs to the newest."""
        found = self._kept.execute("SELECT size, hashes FROM checkpoints WHERE size < ? ORDER BY 1", (self.log_size,))
        return tuple((size, split_hashes(hashes)) for size, hashes in found.fetchall())

    def cosigned(self, key: str) -> tuple[tuple[int, bytes], ...]:  # noqa: ARG002  # the protocol's
        """Give none: what witnesses added stands in the checkpoint."""
        return ()

    def published_checkpoint(self) -> bytes | None:
        """Give none: there are no tiles."""
        return None

    def tiles(self) -> LogFolder | None:
        """Give none."""
        return None

    def strays(self) -> Iterator[str]:
        """Name nothing: surplus files are named where the package is read."""
        return iter(())

    def omitted(self, position: int) -> frozenset[str]:
        """Give the digests of the disclosures that are left out of an event, as listed."""
        found = self._kept.execute("SELECT digest FROM omitted WHERE position=?", (position,)).fetchall()
        return frozenset(digest for (digest,) in found)

    def is_entry_listed(self, position: int) -> bool:
        """Say whether it is listed that of an event only the entry is given; an erasure has to be an event itself."""
        statement = "SELECT 1 FROM entries WHERE position=? AND reason<>?"
        return self._kept.execute(statement, (position, str(Reason.ERASED))).fetchone() is not None

    def document_list(self) -> Mapping[str, ListedDocument]:
        """Give what is listed of documents, by digest."""
        found = self._kept.execute("SELECT digest, size, media_type, title, included, reason FROM documents")
        return {
            digest: ListedDocument(
                size=None if size < 0 else size,
                media_type=media_type,
                title=title,
                # Where no reason is given it has to be there.
                missing=None if included else reason,
            )
            for digest, size, media_type, title, included, reason in found.fetchall()
        }

    def proof(self, position: int) -> tuple[bytes, ...]:
        """Give the hashes that lead from an event to the newest checkpoint's root."""
        found = self._kept.execute("SELECT hashes FROM proofs WHERE position=?", (position,)).fetchone()
        return () if found is None else split_hashes(found[0])

    def ends(self) -> Mapping[str, int] | None:
        """Give the last place of each stream, as stated."""
        return dict(self._kept.execute("SELECT stream, last_seq FROM ends").fetchall())

    def withheld(self) -> tuple[int, int, int]:
        """Give how many disclosures, events and documents are left out, as listed."""
        one = self._kept.execute
        return (
            one("SELECT count(*) FROM omitted").fetchone()[0],
            one("SELECT count(*) FROM entries").fetchone()[0],
            one("SELECT count(*) FROM documents WHERE NOT included").fetchone()[0],
        )
