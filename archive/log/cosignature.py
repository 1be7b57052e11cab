"""Cosignatures: a witness (de: Gegenprüfstelle) states that it saw this log grow to this size, and when.

Two kinds: Ed25519 (0x04) signs the checkpoint's text with the time in front; ML-DSA-44 (0x06) signs a structure that
names cosigner and log and stands against quantum computers too. The log uses the second for its own second signature.

Source: C2SP tlog-cosignature.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from archive.errors import InputError
from archive.log.note import INTEGER_MAX, NAME_BYTES_MAX, NoteSignature, SignatureType, check_signature

if TYPE_CHECKING:
    from archive.log.head import TreeHead
    from archive.log.note import SigningKey, VerifierKey

_TIME_BYTES: Final = 8
_LABEL: Final = b"subtree/v1\n\x00"


def ed25519_message(head: TreeHead, timestamp: int) -> bytes:
    """Give what an Ed25519 cosigner signs: two lines, then the text of the checkpoint with its extension lines."""
    return b"cosignature/v1\ntime %d\n" % timestamp + head.text


def mldsa44_message(head: TreeHead, timestamp: int, cosigner: str) -> bytes:
    """Give what an ML-DSA-44 cosigner signs: label, cosigner, time, log, first leaf, end, root.

    Extension lines are not covered by it.

    Raises:
        InputError: A name is longer than the structure can hold.
    """
    return b"".join(
        (
            _LABEL,
            _short_string(cosigner, "cosigner"),
            struct.pack(">Q", timestamp),
            _short_string(head.origin, "origin"),
            struct.pack(">QQ", 0, head.size),
            head.root,
        )
    )


def _short_string(text: str, what: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= NAME_BYTES_MAX:
        msg = f"ML-DSA-44 cosignature: found {what} of {len(data)} bytes, expected 1 to {NAME_BYTES_MAX}"
        raise InputError(msg)
    return bytes([len(data)]) + data


def _message(head: TreeHead, timestamp: int, key: VerifierKey) -> bytes:
    if key.type is SignatureType.COSIGNATURE_ED25519:
        return ed25519_message(head, timestamp)
    if key.type is SignatureType.COSIGNATURE_MLDSA44:
        return mldsa44_message(head, timestamp, key.name)
    msg = f"cosignature: found key {key.label} of type {key.type:#04x}, expected 0x04 or 0x06"
    raise InputError(msg)


def cosign(head: TreeHead, key: SigningKey, *, timestamp: int) -> NoteSignature:
    """Cosign a tree head; whoever calls this has checked that it is consistent with all that the key signed before.

    Args:
        head: What is cosigned.
        key: Of type 0x04 or 0x06.
        timestamp: Seconds since 1970, UTC. With 0 an ML-DSA-44 cosigner states nothing about the time.

    Raises:
        InputError: The key is of another type, the time out of range, or a name too long.
    """
    if not 0 <= timestamp <= INTEGER_MAX:
        msg = f"cosignature: found time {timestamp}, expected 0 to {INTEGER_MAX}"
        raise InputError(msg)
    return key.sign(_message(head, timestamp, key.verifier), timestamp=timestamp)


def verify_cosignature(signature: NoteSignature, key: VerifierKey, head: TreeHead, *, what: str = "checkpoint") -> int:
    """Check a cosignature and give its time, in seconds since 1970; 0 means that it states none.

    Whether a time in the future is believed is the caller's business.

    Raises:
        InputError: It is of the wrong length, or its time out of range.
        IntegrityError: It does not verify.
    """
    if len(signature.blob) != key.type.signature_bytes:
        found, expected = len(signature.blob), key.type.signature_bytes
        msg = f"{what}: cosignature of {key.label}: found {found} bytes, expected {expected}"
        raise InputError(msg)
    timestamp = int.from_bytes(signature.blob[:_TIME_BYTES])
    if timestamp > INTEGER_MAX:
        msg = f"{what}: cosignature of {key.label}: found time {timestamp}, expected at most {INTEGER_MAX}"
        raise InputError(msg)
    check_signature(key, signature.blob[_TIME_BYTES:], _message(head, timestamp, key), what)
    return timestamp
