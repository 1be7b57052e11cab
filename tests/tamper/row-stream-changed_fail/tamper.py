from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("record-corrected")
    other = "proposal:00000000-0000-4000-8000-00000000dead"
    t.db.execute("UPDATE stored_events SET originator_id=? WHERE rowid=?", (other, position))
