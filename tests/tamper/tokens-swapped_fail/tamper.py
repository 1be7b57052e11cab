from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    first, second = t.position("meeting-convened"), t.position("ballot-held")
    one, two = t.state(first), t.state(second)
    t.set_state(first, two)
    t.set_state(second, one)
