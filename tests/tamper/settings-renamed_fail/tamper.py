from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    path = t.folder / "ratsbuch.toml"
    path.write_text(path.read_text().replace(t.busy.register, "00000000-0000-4000-8000-00000000dead", 1))
