"""Tables: what a view declares, and how a stated value, or one of the kinds of nothing, becomes a cell."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Struct

from domain.stream import RecordedEvent
from domain.values import WITHHELD, When

T = TypeVar("T")
Cell = str | int | None
Row = tuple[Cell, ...]
ErasedBy = Callable[[RecordedEvent, str], bool]


class Column(Struct, frozen=True):
    """A column: its name, its type in SQLite, and what stands in it."""

    name: str
    kind: str
    says: str


def text(name: str, says: str) -> Column:
    """Declare a column of texts: ids, codes, dates as recorded, words."""
    return Column(name, "TEXT", says)


def number(name: str, says: str) -> Column:
    """Declare a column of whole numbers."""
    return Column(name, "INTEGER", says)


def flag(name: str, says: str) -> Column:
    """Declare a column of 1 and 0."""
    return Column(name, "INTEGER", f"1 or 0: {says}")


# Every table begins with the first and ends with the last two; one of streams has the positions besides.
STREAM: Final = text("stream", "the stream, kind:<uuid>")
FROM: Final = number("from_position", "the position of the event with which the row came to hold")
UNTIL: Final = number("until_position", "the position of the event with which it ceased to; NULL: it holds")
EVENT: Final = text("event", "the event that states it, stream#seq")
UNSTATED: Final = text(
    "unstated",
    'JSON: for columns that are NULL though the event mentions them, "left_blank", "withheld" or "erased"',
)


class Table(Struct, frozen=True, kw_only=True, eq=False):
    """A table of a view; each is itself and no other, so that it is looked up by what it is and not by what it says.

    Attributes:
        name: Its name.
        says: What one row is.
        columns: Its own columns; every table has those above besides.
        indexes: Columns to be found by, each index a tuple of names.
        has_past: Whether a row says between which positions it held; without that the table holds the present only.
        more_indexes: Indexes over expressions or some rows only: of each its name, and what stands after `ON`.
        first_number: Gives the number (rowid) of a stream's first row, from the stream's kind and the position of its
            first event, where rows are asked for in an order; without it SQLite counts.
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    has_past: bool = True
    more_indexes: tuple[tuple[str, str], ...] = ()
    first_number: Callable[[str, int], int] | None = None

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Every column in order."""
        positions = (FROM, UNTIL) if self.has_past else ()
        return (STREAM, *positions, *self.columns, EVENT, UNSTATED)

    def create(self) -> str:
        """Give the statement that makes it; the comments stay in the file, where any tool shows them."""
        *others, last = self.all_columns
        lines = [f"  {column.name} {column.kind},  -- {column.says}" for column in others]
        lines.append(f"  {last.name} {last.kind}  -- {last.says}")
        return "\n".join([f"CREATE TABLE {self.name} (  -- {self.says}", *lines, ")"])

    def create_indexes(self) -> tuple[str, ...]:
        """Give the statements that make its indexes."""
        wanted = (("stream",), *self.indexes)
        every = [(f"{self.name}_{'_'.join(names)}", f"{self.name} ({', '.join(names)})") for names in wanted]
        return tuple(f"CREATE INDEX {name} ON {over}" for name, over in (*every, *self.more_indexes))


class Teller:
    """Turns values into cells.

    Args:
        is_erased: Says whether what an event stated at a path was erased.
    """

    def __init__(self, is_erased: ErasedBy) -> None:
        self._is_erased = is_erased
        self._made: dict[tuple[str, int, object], tuple[object, tuple[Row, ...]]] = {}

    def once(
        self, table: Table, what: T, make: Callable[[T], Iterable[Row]], *, beside: object = None
    ) -> tuple[Row, ...]:
        """Give the rows of a fact, made once: a stream's states keep what an event does not touch as it was.

        Args:
            table: The table.
            what: What the rows are of; it is known again by being the very same object.
            make: Makes the rows.
            beside: What else the rows depend on.
        """
        key = (table.name, id(what), beside)
        found = self._made.get(key)
        if found is None:
            # Kept beside its rows, so that no other object can get its id meanwhile.
            found = self._made[key] = what, tuple(make(what))
        return found[1]

    def forget(self) -> None:
        """Forget what was made: the next stream has other facts."""
        self._made.clear()

    def row(
        self,
        table: Table,
        record: RecordedEvent,
        values: Mapping[str, object],
        *,
        paths: Mapping[str, str] | None = None,
        origins: Mapping[str, RecordedEvent] | None = None,
    ) -> Row:
        """Give a row of a table, without the stream and the positions.

        Args:
            table: The table.
            record: The event that states it.
            values: The value of each column; those not named are not mentioned.
            paths: Where in the event a column's value stands, where that is not `data.<column>`.
            origins: The event of a column, where it is another one.
        """
        cells: list[Any] = [*map(values.get, _names(table), _UNSETS)]
        unstated: dict[str, str] = {}
        for index, value in enumerate(cells):
            kind = type(value)
            if kind is str or kind is int:
                continue
            if value is UNSET:
                cells[index] = None
            elif kind is bool:
                cells[index] = int(value)
            elif value is None:
                unstated[table.columns[index].name] = "left_blank"
            elif value is WITHHELD:
                name = table.columns[index].name
                path = (paths or {}).get(name, f"data.{name}")
                told_by = (origins or {}).get(name, record)
                unstated[name] = "erased" if self._is_erased(told_by, path) else "withheld"
                cells[index] = None
            else:
                cells[index] = _plain(value)
        return (*cells, record.id, json(unstated) if unstated else None)


_UNSETS: Final = itertools.repeat(UNSET)


@functools.lru_cache(maxsize=1024)
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _plain(value: object) -> Cell:
    if isinstance(value, StrEnum):
        return value._value_
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return value
    return json(value)


def json(value: object) -> str:
    """Write a list or record as JSON, as SQLite's own functions read it."""
    return msgspec.json.encode(value, order="sorted").decode()


# -- dates ----------------------------------------------------------------------------------------

HAPPENED: Final = (
    text("happened", "when it happened, as exactly as it is known: YYYY, YYYY-MM, YYYY-MM-DD or an instant"),
    text("happened_until", "the end, where it lasted; or the latest it can have been"),
    text("happened_since", "the earliest it can have been, where no date is known"),
    text("certainty", "of that date: stated, inferred, unknown"),
)


def happened(record: RecordedEvent) -> dict[str, object]:
    """Give the cells of `HAPPENED`; withheld where the event's date is."""
    when = record.occurred
    if not isinstance(when, When):
        return {"happened": when, "certainty": when}
    until = when.until if when.until is not UNSET else when.not_after
    return {
        "happened": when.at,
        "happened_until": until,
        "happened_since": when.not_before,
        "certainty": when.certainty,
    }


def day(value: object) -> object:
    """Give the date of a dated value; any of the kinds of nothing stays what it is."""
    return value.at if isinstance(value, When) else value


HAPPENED_PATHS: Final = {"happened": "occurred", "certainty": "occurred"}


# -- views ----------------------------------------------------------------------------------------


class Part(Struct, frozen=True, kw_only=True, eq=False):
    """One table of a view, and how a state gives its rows.

    Attributes:
        table: The table.
        reads: The fields of the state that the rows depend on; as long as they are the same, so are the rows.
        rows: Gives the rows of a state.
        kinds: The kinds of streams that it reads; None for all of its view.
    """

    table: Table
    reads: tuple[str, ...]
    rows: Callable[[Any, Teller], Iterable[Row]]
    kinds: tuple[str, ...] | None = None


class View(Struct, frozen=True, kw_only=True, eq=False):
    """A group of tables that is filled, versioned and rebuilt together.

    Attributes:
        name: Its name.
        version: Raised with every change of its tables or rows; a file with another version rebuilds it.
        kinds: The kinds of streams that it reads.
        parts: Its tables.
    """

    name: str
    version: int
    kinds: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables, each once."""
        return tuple({part.table.name: part.table for part in self.parts}.values())
