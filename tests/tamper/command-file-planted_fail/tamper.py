from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    txn = "00000000-0000-5000-8000-00000000dead"
    t.db.execute("INSERT INTO command_files VALUES (?,?,?,?)", (txn, "0" * 64, t.size() + 1, 1))
