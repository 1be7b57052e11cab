from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("record-corrected")
    data = t.parts(position)[1]["data"]
    assert isinstance(data, dict)
    t.append_like(position, signer=t.signer(t.busy.clerk), by=t.by(t.busy.clerk), data={**data, "path": "/data/colour"})
