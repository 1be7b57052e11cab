"""Checkpoints: what the log vouches for, signed; and what others add to it.

A checkpoint is a signed note over a tree head. Our own carry two signatures of the log, by separate keys whose name
is the origin: Ed25519 (0x01), which every reader of such logs understands, and ML-DSA-44 (0x06), which holds when
Ed25519 no longer does. Our verifier demands both; others need only the first.

The bytes of a checkpoint are kept as they were signed. Adding cosignatures adds lines and touches nothing else.

Source: C2SP tlog-checkpoint, signed-note, tlog-cosignature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from archive.errors import EvidenceError, InputError, IntegrityError
from archive.log.cosignature import cosign, verify_cosignature
from archive.log.head import TreeHead, parse_head
from archive.log.note import (
    NoteSignature,
    SignatureType,
    SigningKey,
    VerifierKey,
    check_signature,
    encode_note,
    parse_note,
    parse_vkey,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Verified(Struct, frozen=True, kw_only=True):
    """A signature that was checked.

    Attributes:
        key: Whose it is.
        timestamp: The time that a cosignature states, in seconds since 1970; None where it states none.
    """

    key: VerifierKey
    timestamp: int | None


class Checkpoint(Struct, frozen=True, kw_only=True):
    """A checkpoint that was opened: the signatures named here verify.

    Attributes:
        head: What it states.
        data: The bytes as received.
        verified: The signatures of keys that the caller knew, in the order of their lines.
    """

    head: TreeHead
    data: bytes
    verified: tuple[Verified, ...]


class LogKeys(Struct, frozen=True, kw_only=True):
    """The two public keys of a log of ours; made by `log_keys`, which checks that they belong together."""

    ed25519: VerifierKey
    mldsa44: VerifierKey

    @property
    def origin(self) -> str:
        """The origin of the log, which is the name of both keys."""
        return self.ed25519.name

    @property
    def both(self) -> tuple[VerifierKey, VerifierKey]:
        """The keys in the order of their lines."""
        return self.ed25519, self.mldsa44


def log_keys(ed25519: VerifierKey | str, mldsa44: VerifierKey | str) -> LogKeys:
    """Give the keys of a log of ours, from verifier keys or their text.

    Raises:
        InputError: A key is malformed or of the wrong type, or their names differ.
    """
    first = parse_vkey(ed25519) if isinstance(ed25519, str) else ed25519
    second = parse_vkey(mldsa44) if isinstance(mldsa44, str) else mldsa44
    for key, kind in ((first, SignatureType.ED25519), (second, SignatureType.COSIGNATURE_MLDSA44)):
        if key.type is not kind:
            msg = f"log key {key.label}: found signature type {key.type:#04x}, expected {kind:#04x}"
            raise InputError(msg)
    if first.name != second.name:
        msg = f"log keys: found the names {first.name} and {second.name}, expected the same origin"
        raise InputError(msg)
    return LogKeys(ed25519=first, mldsa44=second)


def sign_checkpoint(head: TreeHead, *, ed25519: SigningKey, mldsa44: SigningKey, timestamp: int) -> bytes:
    """Sign a tree head with both keys of the log and give the checkpoint.

    Whoever calls this has checked that the head extends every head that was signed before.

    Args:
        head: What is vouched for; without extension lines.
        ed25519: The log's key of type 0x01.
        mldsa44: The log's key of type 0x06.
        timestamp: Seconds since 1970, UTC, for the second signature.

    Raises:
        InputError: The keys are not those of this origin, or the head cannot be a text.
    """
    keys = log_keys(ed25519.verifier, mldsa44.verifier)
    if keys.origin != head.origin or head.extensions:
        msg = f"checkpoint: found origin {head.origin!a}, expected {keys.origin!a}, and no extension lines"
        raise InputError(msg)
    # A head that nobody could read is not signed.
    parse_head(head.text)
    return encode_note(head.text, (ed25519.sign(head.text), cosign(head, mldsa44, timestamp=timestamp)))


def open_checkpoint(
    data: bytes, verifiers: Iterable[VerifierKey], *, require: Iterable[VerifierKey] = (), what: str = "checkpoint"
) -> Checkpoint:
    """Read a checkpoint and check the signatures of every key that is known.

    Signatures of unknown keys are passed over; one of a known key that does not verify refuses the whole.

    Args:
        data: The checkpoint.
        verifiers: The keys that are known: of the log, of witnesses.
        require: Keys (known by this too) whose signatures have to be there.
        what: What it is, for messages.

    Raises:
        InputError: It is not a checkpoint.
        IntegrityError: A signature of a known key does not verify.
        EvidenceError: A required signature is missing, or none is of a known key.
    """
    note = parse_note(data, what=what)
    head = parse_head(note.text, what=what)
    required = tuple(require)
    known = {(key.name, key.id): key for key in (*verifiers, *required)}
    verified: list[Verified] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is None:
            continue
        note.of(key, what)
        verified.append(_verify(signature, key, head, note.text, what))
    have = {entry.key for entry in verified}
    missing = [key.label for key in required if key not in have]
    if missing or not verified:
        expected = f"one of {', '.join(missing)}" if missing else "one of a known key"
        found = ", ".join(f"{signature.name}+{signature.id.hex()}" for signature in note.signatures)
        msg = f"{what}: found signatures of {found}, expected {expected} too"
        raise EvidenceError(msg, hint="a checkpoint counts only with the signatures of its log")
    return Checkpoint(head=head, data=data, verified=tuple(verified))


def _verify(signature: NoteSignature, key: VerifierKey, head: TreeHead, text: bytes, what: str) -> Verified:
    if key.type is SignatureType.ED25519:
        check_signature(key, signature.blob, text, what)
        return Verified(key=key, timestamp=None)
    timestamp = verify_cosignature(signature, key, head, what=what)
    return Verified(key=key, timestamp=timestamp or None)


def open_own(
    data: bytes, keys: LogKeys, *, witnesses: Iterable[VerifierKey] = (), what: str = "checkpoint"
) -> Checkpoint:
    """Read a checkpoint of a log of ours: both signatures, its origin, no extension lines.

    Raises:
        InputError: It is not a checkpoint, or has extension lines.
        IntegrityError: A signature of a known key does not verify.
        EvidenceError: A signature of the log is missing, or it is of another log.
    """
    checkpoint = open_checkpoint(data, witnesses, require=keys.both, what=what)
    # Signed is signed: a head of another origin under our keys is a forgery or a mistake of ours, never ours to use.
    if checkpoint.head.origin != keys.origin:
        msg = f"{what}: found origin {checkpoint.head.origin!a}, expected {keys.origin!a}"
        raise IntegrityError(msg)
    if checkpoint.head.extensions:
        msg = f"{what}: found {len(checkpoint.head.extensions)} extension lines, expected none"
        raise InputError(msg)
    return checkpoint


def with_signatures(data: bytes, signatures: Sequence[NoteSignature]) -> bytes:
    """Give a checkpoint with cosignatures added; a line of the same key gives way to the newer one.

    Raises:
        InputError: It is not a checkpoint, or too many lines come together.
    """
    note = parse_note(data, what="checkpoint")
    new = {(signature.name, signature.id) for signature in signatures}
    kept = [signature for signature in note.signatures if (signature.name, signature.id) not in new]
    return encode_note(note.text, (*kept, *signatures))


def only_signatures(data: bytes, keys: Iterable[VerifierKey]) -> bytes:
    """Give a checkpoint with the lines of these keys alone, as a witness is sent it.

    Raises:
        InputError: It is not a checkpoint, or has no line of these keys.
    """
    note = parse_note(data, what="checkpoint")
    known = {(key.name, key.id) for key in keys}
    return encode_note(note.text, [s for s in note.signatures if (s.name, s.id) in known])
