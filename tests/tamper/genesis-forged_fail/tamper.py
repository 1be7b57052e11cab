from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    stranger = t.stranger()
    data = dict(t.parts(1)[1]["data"])
    certificate = base64.b64encode(stranger.certificate).decode()
    t.write(1, payload={"data": {**data, "root_certificate": certificate}}, signer=stranger)
