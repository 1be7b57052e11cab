from __future__ import annotations

from typing import TYPE_CHECKING

from support.tampering import respell

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("ballot-held")
    state = t.state(position)
    t.set_state(position, respell(state, len(state) - 20))
