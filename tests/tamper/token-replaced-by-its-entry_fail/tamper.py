from __future__ import annotations

from typing import TYPE_CHECKING

from archive.token import entry_of

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("proposal-revised")
    t.set_state(position, entry_of(t.state(position)))
