"""Comparing: where a file of views is another than the one built beside it, in words."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from projections.projecting.file import is_no_room
from projections.projecting.schema import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from projections.views.computed import Computed
    from projections.views.table import View


def compared(connection: sqlite3.Connection, beside: Path, views: Sequence[View | Computed]) -> Iterator[str]:
    """Say where the tables of some views are not those of another file.

    Args:
        connection: The file.
        beside: The other one.
        views: The views that both could read.
    """
    connection.execute("ATTACH ? AS rebuilt", (str(beside),))
    try:
        for table in [table.name for view in views for table in tables_of(view)]:
            for side, one, other in (("too many", "main", "rebuilt"), ("missing", "rebuilt", "main")):
                found = connection.execute(
                    f"SELECT count(*), min(stream) FROM "  # noqa: S608  # names of ours
                    f"(SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table})"
                ).fetchone()
                if found[0]:
                    yield f"table {table}: {found[0]} rows {side}, the first of {found[1]}"
            # Sets were compared; a row that stands there twice is found by counting.
            counts = connection.execute(
                f"SELECT (SELECT count(*) FROM main.{table}), (SELECT count(*) FROM rebuilt.{table})"  # noqa: S608
            ).fetchone()
            if counts[0] != counts[1]:
                yield f"table {table}: {counts[0]} rows, expected {counts[1]}"
    finally:
        connection.execute("DETACH rebuilt")


def faults_of_index(connection: sqlite3.Connection) -> Iterator[str]:
    """Say where the full-text index is not that of its texts."""
    try:
        connection.execute("INSERT INTO words_index (words_index, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if is_no_room(error):
            raise
        yield f"full-text index: {error}"
