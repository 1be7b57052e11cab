"""Rows in the views' file: written many at once, and exchanged where they are others."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from projections.views.table import Row, Table

_ROWS_A_STATEMENT: Final = 40


def insert(connection: sqlite3.Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, many a statement: per row that costs about half of `executemany`."""
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        part = rows[start : start + _ROWS_A_STATEMENT]
        connection.execute(_insertion(table, len(part)), [*itertools.chain.from_iterable(part)])


def columns_of(table: Table) -> tuple[str, ...]:
    """Give the columns that are written; the number of a row is one where SQLite does not count."""
    names = tuple(column.name for column in table.all_columns)
    return names if table.first_number is None else ("rowid", *names)


@functools.lru_cache(maxsize=4096)
def _insertion(table: Table, count: int) -> str:
    columns = columns_of(table)
    marks = "(" + ",".join("?" * len(columns)) + ")"
    return f"INSERT INTO {table.name} ({','.join(columns)}) VALUES " + ",".join([marks] * count)  # noqa: S608  # ours


def replace(connection: sqlite3.Connection, table: Table, stream: str, rows: Sequence[Row]) -> None:
    """Exchange the rows of a stream from the first that is another: most are as they were, and writing costs more.

    What follows after it is written anew too, so that rows stand in the order in which a rebuild would write them.
    """
    statement = f"SELECT rowid, * FROM {table.name} WHERE stream=? ORDER BY rowid"  # noqa: S608  # names of ours
    held = connection.execute(statement, (stream,)).fetchall()
    numbered = [row if table.first_number is not None else row[1:] for row in held]
    same = next((place for place, (a, b) in enumerate(zip(numbered, rows, strict=False)) if a != b), None)
    if same is None:
        same = min(len(held), len(rows))
    for row in held[same:]:
        connection.execute(f"DELETE FROM {table.name} WHERE rowid=?", (row[0],))  # noqa: S608  # names of ours
    insert(connection, table, rows[same:])
