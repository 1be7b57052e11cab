"""What a dry run would have recorded so far, put aside on disk: later objects build on it, and the record lacks it.

A run that records looks what it stated before up in the record, and forgets it. One that only rehearses would find
nothing there, and would count less than the run that it stands for; and it may not keep everything in memory either.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final, Self

import msgspec
from msgspec import UNSET, Struct, UnsetType

from archive.errors import StorageError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

_SCHEMA: Final = """
CREATE TABLE statements (stream TEXT NOT NULL, type TEXT NOT NULL, event BLOB NOT NULL, rest BLOB NOT NULL) STRICT;
CREATE INDEX statements_stream ON statements (stream);
CREATE TABLE planned (consultation TEXT PRIMARY KEY, proposal TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""


class _Rest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement without its stream and its event."""

    occurred: x.When
    authority: x.Authority | UnsetType = UNSET
    sources: tuple[x.Source, ...] | UnsetType = UNSET
    visibility: v.Visibility


_REST: Final = msgspec.json.Decoder(_Rest)


class Rehearsal:
    """The statements of a dry run, in a database of its own that is thrown away.

    Args:
        path: Where; the folder is the caller's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
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

    def keep(self, statements: Sequence[Statement]) -> None:
        """Keep what would have been recorded.

        Raises:
            StorageError: There is no room.
        """
        encode = msgspec.json.encode
        rows: list[tuple[str, str, bytes, bytes]] = []
        plans: list[tuple[str, str]] = []
        for one in statements:
            rest = {"occurred": one.occurred, "authority": one.authority, "sources": one.sources}
            stated = {name: value for name, value in rest.items() if value is not UNSET}
            kept = encode({**stated, "visibility": one.visibility})
            rows.append((one.stream, one.event.TYPE, encode(one.event), kept))
            if isinstance(one.event, e.ConsultationPlanned):
                plans.append((str(one.event.consultation), one.stream))
        try:
            self._db.executemany("INSERT INTO statements VALUES (?,?,?,?)", rows)
            self._db.executemany("REPLACE INTO planned VALUES (?,?)", plans)
        except sqlite3.Error as error:
            msg = f"{self._path}: what would be recorded cannot be put aside: {error}"
            raise StorageError(msg, hint="nothing was recorded; make room in the folder for temporary files") from error

    def has(self, stream: str) -> bool:
        """Say whether something would have been recorded in a stream."""
        return self._db.execute("SELECT 1 FROM statements WHERE stream=? LIMIT 1", (stream,)).fetchone() is not None

    def statements(self, stream: str) -> tuple[Statement, ...]:
        """Give what would have been recorded in a stream."""
        return tuple(self._read(stream, "ORDER BY rowid"))

    def opening(self, stream: str) -> Statement | None:
        """Give the first statement that would have been recorded in a stream; None where there is none."""
        return next(self._read(stream, "ORDER BY rowid LIMIT 1"), None)

    def _read(self, stream: str, order: str) -> Iterator[Statement]:
        query = f"SELECT type, event, rest FROM statements WHERE stream=? {order}"  # noqa: S608  # two orders of ours
        for name, event, rest in self._db.execute(query, (stream,)).fetchall():
            read = _REST.decode(rest)
            yield Statement(
                stream=stream,
                event=msgspec.json.decode(event, type=e.CATALOGUE[name].cls),
                occurred=read.occurred,
                authority=read.authority,
                sources=read.sources,
                visibility=read.visibility,
            )

    def proposal_of(self, consultation: str) -> str | None:
        """Give the proposal that a consultation would belong to."""
        row = self._db.execute("SELECT proposal FROM planned WHERE consultation=?", (consultation,)).fetchone()
        return row[0] if row else None
