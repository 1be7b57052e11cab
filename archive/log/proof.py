"""Receipts (de: Eintragungsnachweis): one file that proves that a digest stands at this index of the log.

A receipt holds the index, the inclusion proof and the checkpoint it leads to; nothing else is needed to check it. Our
receipts carry the entry itself as `extra`, so that the file alone says what it proves; `extra` is not signed by anyone,
it counts because the proof leads from it.

With the token, a receipt proves that this event is in the record: the entry is the SHA-512 of the token.

Source: C2SP tlog-proof.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import EvidenceError, InputError
from archive.log.checkpoint import Checkpoint, LogKeys, open_own
from archive.log.merkle import ENTRY_BYTES, PROOF_HASHES_MAX, leaf_hash, verify_inclusion
from archive.log.note import NOTE_BYTES_MAX, decode_base64, decode_decimal, decode_hash, decode_text, parse_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archive.log.note import VerifierKey

SUFFIX: Final = ".tlog-proof"
EXTRA_BYTES_MAX: Final = 64 * 2**10
PROOF_BYTES_MAX: Final = NOTE_BYTES_MAX + 2 * EXTRA_BYTES_MAX + 64 * PROOF_HASHES_MAX
PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"


class Proof(Struct, frozen=True, kw_only=True):
    """A receipt as it was read; nothing is verified yet.

    Attributes:
        index: Place of the entry in the log, from 0; the event's position is one more.
        hashes: The inclusion proof, from the leaf's sibling up.
        checkpoint: The checkpoint, byte for byte.
        extra: What the issuer put in beside; not authenticated by anything.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def encode_proof(proof: Proof) -> bytes:
    """Give the bytes of a receipt."""
    lines = [PROOF_HEADER]
    if proof.extra:
        lines.append(f"extra {base64.b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.index}")
    lines += [base64.b64encode(value).decode() for value in proof.hashes]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def parse_proof(data: bytes, *, what: str = "receipt") -> Proof:
    """Read a receipt.

    Raises:
        InputError: It is not one in every byte, or too large.
    """
    text = decode_text(data, what, bytes_max=PROOF_BYTES_MAX)
    # No line of the proof is empty, so the first empty line ends it; the checkpoint brings its own.
    above, separator, _ = text.partition("\n\n")
    if not separator:
        msg = f"{what}: found no empty line between proof and checkpoint"
        raise InputError(msg)
    lines = above.split("\n")
    if lines[0] != PROOF_HEADER:
        msg = f"{what}: line 1: found {lines[0][:64]!a}, expected {PROOF_HEADER!a}"
        raise InputError(msg)
    at = 1
    extra: bytes | None = None
    if lines[at:] and lines[at].startswith("extra "):
        extra = decode_base64(lines[at].removeprefix("extra "), f"{what}: line {at + 1}: extra")
        if not 1 <= len(extra) <= EXTRA_BYTES_MAX:
            msg = f"{what}: line {at + 1}: extra: found {len(extra)} bytes, expected 1 to {EXTRA_BYTES_MAX}"
            raise InputError(msg)
        at += 1
    if not lines[at:] or not lines[at].startswith("index "):
        found = f"{lines[at][:64]!a}" if lines[at:] else "the end"
        msg = f"{what}: line {at + 1}: found {found}, expected index and a number"
        raise InputError(msg)
    index = decode_decimal(lines[at].removeprefix("index "), f"{what}: line {at + 1}: index")
    hashes = lines[at + 1 :]
    if len(hashes) > PROOF_HASHES_MAX:
        msg = f"{what}: found {len(hashes)} hashes, expected at most {PROOF_HASHES_MAX}"
        raise InputError(msg)
    checkpoint = data[len(above.encode()) + 2 :]
    parse_note(checkpoint, what=f"{what}: checkpoint")
    return Proof(
        index=index,
        hashes=tuple(decode_hash(line, f"{what}: line {at + 2 + n}: hash") for n, line in enumerate(hashes)),
        checkpoint=checkpoint,
        extra=extra,
    )


def receipt(entry: bytes, index: int, hashes: Iterable[bytes], checkpoint: bytes) -> bytes:
    """Give the bytes of a receipt of ours, which carries its entry."""
    return encode_proof(Proof(index=index, hashes=tuple(hashes), checkpoint=checkpoint, extra=entry))


def receipt_entry(proof: Proof, *, what: str = "receipt") -> bytes:
    """Give the entry that a receipt of ours says it is about; to be believed only once the receipt is verified.

    Raises:
        EvidenceError: It carries none: it is not a receipt of ours, or cut down to the bare proof.
    """
    if proof.extra is None or len(proof.extra) != ENTRY_BYTES:
        found = "none" if proof.extra is None else f"{len(proof.extra)} bytes"
        msg = f"{what}: extra: found {found}, expected the entry of {ENTRY_BYTES} bytes"
        raise EvidenceError(msg, hint="check it together with the token of the event")
    return proof.extra


def verify_receipt(
    proof: Proof,
    keys: LogKeys,
    *,
    entry: bytes | None = None,
    witnesses: Iterable[VerifierKey] = (),
    what: str = "receipt",
) -> Checkpoint:
    """Check a receipt of a log of ours and give the checkpoint it leads to.

    Args:
        proof: The receipt.
        keys: The keys of the log.
        entry: The SHA-512 of the token that is asked about; without it the receipt's own entry is taken.
        witnesses: Witnesses whose cosignatures are checked too.
        what: What it is, for messages.

    Raises:
        InputError: Index and proof do not fit the checkpoint's size, or it has extension lines.
        IntegrityError: A signature does not verify, or the proof does not lead from the entry to the root.
        EvidenceError: A signature of the log is missing, or no entry is at hand.
    """
    return verify_proof(
        proof,
        receipt_entry(proof, what=what) if entry is None else entry,
        lambda data: open_own(data, keys, witnesses=witnesses, what=f"{what}: checkpoint"),
    )


def verify_proof(proof: Proof, entry: bytes, opened: Callable[[bytes], Checkpoint]) -> Checkpoint:
    """Check a proof of any log and give the checkpoint it leads to.

    Args:
        proof: The proof.
        entry: What is to be proved to stand at its index.
        opened: Opens a checkpoint, and raises unless its signatures are what the caller wants.

    Raises:
        InputError: Index and proof do not fit the checkpoint's size.
        IntegrityError: The proof does not lead from the entry to the root.
    """
    checkpoint = opened(proof.checkpoint)
    verify_inclusion(proof.index, checkpoint.head.size, leaf_hash(entry), proof.hashes, checkpoint.head.root)
    return checkpoint
