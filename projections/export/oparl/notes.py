"""What has to be remembered between objects: kept in a private file that goes when it is closed, not in memory.

SQLite makes such a file by itself, without a name, and only where it outgrows a small cache.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from archive.store.sqlite import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_PRIVATE: Final = ""
_CALLED: Final = Path("the export's temporary file")


class Notes:
    """Values under keys, several a key, in the order in which they were noted."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(_PRIVATE, isolation_level=None)
        self._connection.execute("CREATE TABLE notes (kind TEXT, key TEXT, value TEXT)")
        self._connection.execute("CREATE INDEX by_key ON notes (kind, key)")
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.closing(self._connection):
            self._connection.execute("ROLLBACK")

    def put(self, kind: str, key: str, value: str) -> None:
        """Note a value.

        Raises:
            StorageError: The disk does not take it.
        """
        with translated(_CALLED):
            self._connection.execute("INSERT INTO notes VALUES (?, ?, ?)", (kind, key, value))

    def get(self, kind: str, key: str) -> tuple[str, ...]:
        """Give the values noted under a key."""
        statement = "SELECT value FROM notes WHERE kind=? AND key=? ORDER BY rowid"
        with translated(_CALLED):
            return tuple(value for (value,) in self._connection.execute(statement, (kind, key)))

    def each(self, kind: str, key: str) -> Iterator[str]:
        """Give the values noted under a key one after the other, however many they are.

        Raises:
            StorageError: The file cannot be read.
        """
        statement = "SELECT value FROM notes WHERE kind=? AND key=? ORDER BY rowid"
        with translated(_CALLED):
            cursor = self._connection.execute(statement, (kind, key))
        while True:
            with translated(_CALLED):
                row = cursor.fetchone()
            if row is None:
                return
            yield row[0]
