from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("proposal-revised")
    t.db.execute(
        "INSERT INTO stored_events SELECT -1, originator_id, 99, topic, state FROM stored_events WHERE rowid=?",
        (position,),
    )
