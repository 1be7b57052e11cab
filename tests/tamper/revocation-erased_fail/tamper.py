from __future__ import annotations

from typing import TYPE_CHECKING

from archive.token import entry_of

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("signer-revoked")
    payload = t.parts(position)[1]
    erasure = t.position("content-erased")
    data = {**dict(t.parts(erasure)[1]["data"])}
    data["targets"] = [{"event": f"{payload['sub']}#{payload['seq']}", "kind": "token"}]
    t.append_like(erasure, signer=t.signer(), by=t.by(role="registrar"), data=data)
    t.set_state(position, entry_of(t.state(position)))
