from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("ballot-held")
    t.append_like(position, signer=t.stranger(), by=t.by(t.busy.clerk))
