from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("ballot-held")
    t.db.execute("DELETE FROM stored_events WHERE rowid=?", (position,))
    for row in range(position + 1, t.size() + 1):
        t.db.execute("UPDATE stored_events SET rowid=? WHERE rowid=?", (row - 1, row))
