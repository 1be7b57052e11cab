"""What witnesses added to a checkpoint: kept beside it, and put together with it where it is handed out.

The checkpoint itself stays as it was signed. Of each witness the newest line counts, by the time that it states; lines
that cannot be read are passed over, because nobody could check them.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from archive.errors import InputError
from archive.log.checkpoint import with_signatures
from archive.log.note import SIGNATURES_MAX, NoteSignature, VerifierKey, parse_note, parse_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable

_TIME_BYTES: Final = 8


def stated_time(signature: NoteSignature) -> int:
    """Give the time that a cosignature states, in seconds since 1970; nothing of it is checked here."""
    return int.from_bytes(signature.blob[:_TIME_BYTES])


def newest_of(key: VerifierKey, rows: Iterable[tuple[int, bytes]]) -> tuple[int, NoteSignature] | None:
    """Give the newest line of a key, with the size of the checkpoint that it was added to; None if there is none."""
    found: tuple[int, NoteSignature] | None = None
    for size, line in rows:
        with contextlib.suppress(InputError):
            for signature in parse_signatures(line):
                if signature.by(key) and (found is None or stated_time(found[1]) < stated_time(signature)):
                    found = size, signature
    return found


def with_cosignatures(checkpoint: bytes, lines: Iterable[bytes]) -> bytes:
    """Give a checkpoint with what witnesses added to it, as far as a note takes it.

    Raises:
        InputError: It is no checkpoint.
    """
    note = parse_note(checkpoint, what="checkpoint")
    own = {(signature.name, signature.id) for signature in note.signatures}
    newest: dict[tuple[str, bytes], NoteSignature] = {}
    for line in lines:
        with contextlib.suppress(InputError):
            for signature in parse_signatures(line):
                key = (signature.name, signature.id)
                if key not in own and (key not in newest or stated_time(newest[key]) < stated_time(signature)):
                    newest[key] = signature
    kept = tuple(newest.values())[: SIGNATURES_MAX - len(note.signatures)]
    return with_signatures(checkpoint, kept) if kept else checkpoint
