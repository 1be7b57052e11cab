from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    t.db.execute("UPDATE documents SET content=? WHERE digest=?", (b"Vorlage\n", t.busy.small))
