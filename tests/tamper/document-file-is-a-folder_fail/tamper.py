from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    path = t.folder / "documents" / t.busy.large[:2] / t.busy.large
    path.unlink()
    path.mkdir()
