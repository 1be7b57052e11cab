from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("record-corrected")
    t.db.execute("UPDATE stored_events SET originator_version=9 WHERE rowid=?", (position,))
