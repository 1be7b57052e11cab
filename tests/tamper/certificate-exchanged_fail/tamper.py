from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from archive.disclosure import make

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("signer-enrolled", last=True)
    certificate = base64.b64encode(t.stranger().certificate).decode()
    other = make("certificate", json.dumps(certificate).encode(), salt=b"0123456789abcdef")
    data = dict(t.parts(position)[1]["data"])
    new = t.append_like(position, signer=t.root(), data={**data, "_sd": [other.digest]})
    t.set_disclosed(new, f"~{other.encoded.decode()}~")
