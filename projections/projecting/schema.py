"""What stands in the views' file: its marks, and the statements that make its tables, indexes and triggers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from projections.views.record import EVENTS, MENTIONS, RECORD_VIEW
from projections.views.search import CREATE_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from projections.views.computed import Computed
    from projections.views.table import Table, View

APPLICATION_ID: Final = 0x52425677  # "RBVw"
FILE_VERSION: Final = 2
META: Final = (
    """
CREATE TABLE register (  -- of which register this is the view
  id TEXT NOT NULL,  -- UUID
  anchor TEXT NOT NULL  -- SHA-256 of token 1, hex
)""",
    """
CREATE TABLE views (  -- how far each view has read
  view TEXT PRIMARY KEY,  -- its name
  version INTEGER NOT NULL,  -- of its tables and rows
  position INTEGER NOT NULL,  -- the position of the last event it has read
  tip TEXT NOT NULL,  -- by what the record is known again there: its event, and the checkpoint before it; hex
  failed TEXT  -- what it could not read, and why; NULL: nothing
) WITHOUT ROWID""",
)

_CREATES: Final = re.compile(r"\s*CREATE (?:VIRTUAL )?(?:TABLE|INDEX|TRIGGER) (\w+)")


def tables_of(view: View | Computed) -> tuple[Table, ...]:
    """Give the tables of a view; the audit trail is with the view of the record itself."""
    return (*view.tables, EVENTS, MENTIONS) if view is RECORD_VIEW else view.tables


def indexes(view: View | Computed) -> tuple[str, ...]:
    """Give the statements that make the indexes of a view, and what goes with them."""
    every = [statement for table in tables_of(view) for statement in table.create_indexes()]
    return (*every, *CREATE_INDEX) if any(t.name == "words" for t in view.tables) else tuple(every)


def statements(views: Sequence[View | Computed]) -> Iterator[tuple[str, str]]:
    """Give the statements that make tables, indexes and triggers, each with the name of what it makes."""
    every = [*META, *(table.create() for view in views for table in tables_of(view))]
    every += [statement for view in views for statement in indexes(view)]
    for statement in every:
        made = _CREATES.match(statement)
        if made is not None:
            yield made[1], statement.strip()
