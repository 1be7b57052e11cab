from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position, end = t.position("proposal-registered"), t.size() + 1
    stream = t.db.execute("SELECT originator_id FROM stored_events WHERE rowid=?", (position,)).fetchone()[0]
    seq = t.db.execute("SELECT max(originator_version) FROM stored_events WHERE originator_id=?", (stream,)).fetchone()
    t.db.execute(
        "INSERT INTO stored_events VALUES (?,?,?,'proposal-registered/1',?)",
        (end, stream, seq[0] + 1, t.state(position)),
    )
    t.set_disclosed(end, t.disclosed(position))
