from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    one, two = t.position("organ-registered"), t.position("meeting-convened")
    t.db.execute("UPDATE stored_events SET rowid=-1 WHERE rowid=?", (one,))
    t.db.execute("UPDATE stored_events SET rowid=? WHERE rowid=?", (one, two))
    t.db.execute("UPDATE stored_events SET rowid=? WHERE rowid=-1", (two,))
