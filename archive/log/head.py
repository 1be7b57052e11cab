"""What a checkpoint states: of which log, how many entries, and the root over them.

Source: C2SP tlog-checkpoint, section "Note text".
"""

from __future__ import annotations

import base64
from typing import Final

from msgspec import Struct

from archive.errors import InputError
from archive.log.merkle import RootHash
from archive.log.note import NOTE_BYTES_MAX, decode_decimal, decode_hash, decode_text

_LINES_MIN: Final = 3


class TreeHead(Struct, frozen=True, kw_only=True):
    """The text of a checkpoint.

    Attributes:
        origin: The identity of the log.
        size: How many entries.
        root: The root over them.
        extensions: Further lines; our own logs write none, as nobody can audit them.
    """

    origin: str
    size: int
    root: RootHash
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> bytes:
        """The signed bytes."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines).encode()


def parse_head(text: bytes, *, what: str = "checkpoint") -> TreeHead:
    """Read the text of a checkpoint.

    Raises:
        InputError: It is not one in every byte.
    """
    *lines, rest = decode_text(text, what, bytes_max=NOTE_BYTES_MAX).split("\n")
    if rest:
        msg = f"{what}: found a last line without newline"
        raise InputError(msg)
    if len(lines) < _LINES_MIN:
        msg = f"{what}: found {len(lines)} lines, expected origin, size and root"
        raise InputError(msg)
    for number, line in enumerate(lines, start=1):
        if not line:
            msg = f"{what}: line {number}: found an empty line"
            raise InputError(msg)
    origin, size, root, *extensions = lines
    return TreeHead(
        origin=origin,
        size=decode_decimal(size, f"{what}: line 2: size"),
        root=RootHash(decode_hash(root, f"{what}: line 3: root")),
        extensions=tuple(extensions),
    )
