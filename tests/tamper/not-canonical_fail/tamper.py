from __future__ import annotations

from typing import TYPE_CHECKING

from archive.disclosure import base64url_decode

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("ballot-held")
    new = t.append_like(position, signer=t.signer(t.busy.clerk), by=t.by(t.busy.clerk))
    payload = base64url_decode(t.state(new).split(b".")[1], what="payload")
    t.write(new, raw=payload.replace(b'":', b'": ', 1), signer=t.signer(t.busy.clerk))
