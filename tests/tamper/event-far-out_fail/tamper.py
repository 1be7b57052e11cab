from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    t.db.execute("UPDATE stored_events SET rowid=? WHERE rowid=?", (2**62, t.size()))
