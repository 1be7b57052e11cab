from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    data = dict(t.parts(1)[1]["data"])
    t.write(1, payload={"data": {**data, "name": "Anderer Kreis"}}, signer=t.root())
