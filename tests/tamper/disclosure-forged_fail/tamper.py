from __future__ import annotations

from typing import TYPE_CHECKING

from archive.disclosure import base64url_decode, base64url_encode

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("proposal-revised")
    old = t.disclosed(position).split("~")[1]
    text = base64url_decode(old.encode(), what="").replace("beschließt".encode(), b"verwirft")
    t.set_disclosed(position, t.disclosed(position).replace(old, base64url_encode(text).decode()))
