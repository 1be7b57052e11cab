from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("proposal-revised")
    t.set_disclosed(position, t.disclosed(position) + t.disclosed(position)[1:])
