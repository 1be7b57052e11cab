from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("proposal-revised")
    t.db.execute("UPDATE disclosures SET disclosed=CAST(x'7EFF417E' AS TEXT) WHERE position=?", (position,))
