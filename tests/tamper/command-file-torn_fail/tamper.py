from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("ballot-held")
    txn = "00000000-0000-4000-8000-00000000dead"
    t.write(position, payload={"txn": txn}, signer=t.signer(t.busy.revoked))
