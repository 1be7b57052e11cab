from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.tampering import Tampering


def tamper(t: Tampering) -> None:
    position = t.position("ballot-held")
    data = dict(t.parts(position)[1]["data"])
    t.write(position, payload={"data": {**data, "tally": {"no": 23, "yes": 25}}})
