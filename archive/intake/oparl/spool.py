"""What a source showed in one run, put aside on disk before anything of it is recorded.

Reading comes first and whole: a source that breaks off, or an archive that is refused, has recorded nothing. Then
the objects come out in one order (what others build on first, then by id), whatever order the source had; so the
result does not depend on it, and memory on the largest object alone.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final, Self

from msgspec import Struct

from archive.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_SCHEMA: Final = """
CREATE TABLE objects (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    rank INTEGER NOT NULL,
    stamp REAL NOT NULL,      -- when the source says that it changed last
    digest BLOB NOT NULL,     -- SHA-256 of the form that is kept
    dropped TEXT NOT NULL,    -- names of the contact data that were dropped
    about_persons INTEGER NOT NULL,
    content BLOB              -- NULL where nothing is new about it
) STRICT;
CREATE TABLE papers (consultation TEXT PRIMARY KEY, paper TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE named (
    part TEXT NOT NULL,
    whole TEXT NOT NULL,
    kind TEXT NOT NULL,        -- of the whole
    was_before INTEGER NOT NULL, -- whether an earlier run showed that
    PRIMARY KEY (part, was_before, whole)
) STRICT, WITHOUT ROWID;
"""


class Shown(Struct, frozen=True, kw_only=True):
    """An object as a source showed it; `content` is the form that is kept."""

    id: str
    kind: str
    digest: bytes
    dropped: tuple[str, ...]
    about_persons: bool
    content: bytes


class Spool:
    """The objects of one run, in a database of its own that is thrown away.

    Args:
        path: Where; the folder is the caller's.

    Attributes:
        repeated: How often the source showed an object again in another form in the same run.
    """

    def __init__(self, path: Path) -> None:
        self.repeated = 0
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-16384")
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        """Use it as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; the caller removes the file."""
        self._db.close()

    def put(self, shown: Shown, *, rank: int, stamp: float, is_new: bool) -> None:
        """Put an object aside.

        Of two forms of the same object the one with the later stamp counts, and of two with the same stamp the one
        with the higher digest: which of them the source showed first must not matter.

        Args:
            shown: The object.
            rank: Its place among the kinds.
            stamp: When the source says it changed last.
            is_new: Whether the record does not have it in this form.

        Raises:
            StorageError: There is no room.
        """
        row = (
            shown.id,
            shown.kind,
            rank,
            stamp,
            shown.digest,
            ",".join(shown.dropped),
            shown.about_persons,
            shown.content if is_new else None,
        )
        try:
            if self._db.execute("INSERT OR IGNORE INTO objects VALUES (?,?,?,?,?,?,?,?)", row).rowcount:
                return
            before = self._db.execute("SELECT stamp, digest FROM objects WHERE id=?", (shown.id,)).fetchone()
            if before[1] == shown.digest:
                return
            self.repeated += 1
            if (stamp, shown.digest) > tuple(before):
                self._db.execute("REPLACE INTO objects VALUES (?,?,?,?,?,?,?,?)", row)
        except sqlite3.Error as error:
            raise self._full(error) from error

    def link(self, consultation: str, paper: str) -> None:
        """Note which paper a consultation is about; of two, the first by its id."""
        try:
            self._db.execute(
                "INSERT INTO papers VALUES (?,?) ON CONFLICT DO UPDATE SET paper=min(paper, excluded.paper)",
                (consultation, paper),
            )
        except sqlite3.Error as error:
            raise self._full(error) from error

    def name(self, part: str, whole: str, kind: str, *, before: bool = False) -> None:
        """Note that an object names another one that belongs into it.

        Args:
            part: What is named.
            whole: What names it.
            kind: The kind of that.
            before: Whether an earlier run showed it.
        """
        try:
            self._db.execute("INSERT OR IGNORE INTO named VALUES (?,?,?,?)", (part, whole, kind, before))
        except sqlite3.Error as error:
            raise self._full(error) from error

    def named_by(self, part: str, *, before: bool = False) -> list[tuple[str, str]]:
        """Give what names a part, by id, each with its kind.

        Args:
            part: What is named.
            before: Whether also in earlier runs; what this run shows itself counts as it is now.
        """
        query = "SELECT whole, kind FROM named WHERE part=? AND was_before=0"
        if before:
            query += (
                " UNION SELECT whole, kind FROM named WHERE part=? AND was_before=1"
                " AND NOT EXISTS (SELECT 1 FROM objects WHERE id=whole)"
            )
        return sorted(self._db.execute(query, (part, part) if before else (part,)).fetchall())

    def _full(self, error: sqlite3.Error) -> StorageError:
        msg = f"{self._path}: what the source showed cannot be put aside: {error}"
        return StorageError(msg, hint="nothing was recorded; make room in the folder for temporary files")

    def paper_of(self, consultation: str) -> str | None:
        """Give the paper that a consultation is about, as far as this run says."""
        row = self._db.execute("SELECT paper FROM papers WHERE consultation=?", (consultation,)).fetchone()
        return row[0] if row else None

    def has(self, key: str) -> bool:
        """Say whether the source showed an object."""
        return self._db.execute("SELECT 1 FROM objects WHERE id=?", (key,)).fetchone() is not None

    def content(self, key: str) -> bytes | None:
        """Give an object as this run showed it; None where it did not, or where the record has it so."""
        row = self._db.execute("SELECT content FROM objects WHERE id=?", (key,)).fetchone()
        return row[0] if row else None

    def counts(self) -> dict[str, int]:
        """Give how many objects of each kind were shown."""
        return dict(self._db.execute("SELECT kind, count(*) FROM objects GROUP BY kind ORDER BY kind"))

    def new_count(self) -> int:
        """Give how many objects there is something new about."""
        count: int = self._db.execute("SELECT count(*) FROM objects WHERE content IS NOT NULL").fetchone()[0]
        return count

    def new(self) -> Iterator[Shown]:
        """Give the objects there is something new about, in the one order."""
        self._db.execute("CREATE INDEX IF NOT EXISTS objects_order ON objects (rank, id) WHERE content IS NOT NULL")
        rows = self._db.execute(
            "SELECT id, kind, digest, dropped, about_persons, content FROM objects "
            "WHERE content IS NOT NULL ORDER BY rank, id"
        )
        for key, kind, digest, dropped, about_persons, content in rows:
            yield Shown(
                id=key,
                kind=kind,
                digest=digest,
                dropped=tuple(filter(None, dropped.split(","))),
                about_persons=bool(about_persons),
                content=content,
            )
