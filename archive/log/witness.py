"""Asking a witness (de: Gegenprüfstelle) for its cosignature: the client of C2SP tlog-witness, and the wire form.

A witness remembers the newest checkpoint of a log and cosigns only what extends it. The request says from which size
the log grows, proves that it does, and carries the checkpoint with the log's own signatures and no others.

A witness is asked, not believed. What it answers counts once its cosignature over this very checkpoint verifies; a
witness that stalls, lies or answers garbage costs a bounded time and changes nothing. Where it says that it knows
another log under our name, that is not proof either, but the one thing that must not be overlooked:
`WitnessContradictionError`.

Source: C2SP tlog-witness, section "add-checkpoint"; tlog-cosignature.
"""

from __future__ import annotations

import base64
import hashlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.client import Answer, Request, split_url
from archive.errors import InputError, IntegrityError, ServiceError
from archive.log.checkpoint import Verified, only_signatures, open_own
from archive.log.cosignature import verify_cosignature
from archive.log.note import (
    Note,
    NoteSignature,
    decode_decimal,
    decode_hash,
    decode_text,
    parse_note,
    parse_signatures,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from archive.client import Transport
    from archive.log.checkpoint import LogKeys
    from archive.log.head import TreeHead
    from archive.log.note import VerifierKey

PATH: Final = "add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
REQUEST_TYPE: Final = "text/plain; charset=utf-8"
# 63 lines of proof, and the 16 signatures of up to 5 kB each that every reader of notes takes.
REQUEST_BYTES_MAX: Final = 128 * 2**10
ANSWER_BYTES_MAX: Final = 64 * 2**10
PROOF_LINES_MAX: Final = 63
# The first request, one from the size that the witness names, and one more if somebody else pushed in between.
ATTEMPTS_MAX: Final = 3
_SIZE: Final = re.compile(rb"[0-9]{1,19}\n?")


class WitnessContradictionError(ServiceError):
    """A witness says that it saw another log under this name: longer than ours, or with other entries.

    Either the log was rolled back or forked, or the witness is wrong. What it holds is signed by the log, and decides.
    """


class WitnessState(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a log remembers about a witness, so that the next request begins where the last one ended.

    Nothing rests on it: a lost or wrong one costs one more request.

    Attributes:
        url: The witness.
        size: The size that it cosigned last.
        cosigned_at: When, as it states; in seconds since 1970.
    """

    url: str
    size: int
    cosigned_at: int


class Pushed(Struct, frozen=True, kw_only=True):
    """A witness has cosigned: what it added to the checkpoint.

    Attributes:
        url: The witness.
        size: The size it cosigned.
        signatures: The lines of its known keys, verified; `with_signatures` adds them to the checkpoint.
        verified: Whose they are and the times that they state, in the same order.
        forgot: It named a smaller size than it had cosigned before: it lost its memory, and its word is worth less.
    """

    url: str
    size: int
    signatures: tuple[NoteSignature, ...]
    verified: tuple[Verified, ...]
    forgot: bool

    @property
    def state(self) -> WitnessState:
        """What to remember for the next time."""
        times = [entry.timestamp or 0 for entry in self.verified]
        return WitnessState(url=self.url, size=self.size, cosigned_at=max(times))


# -- the wire form --------------------------------------------------------------------------------


class Submission(Struct, frozen=True, kw_only=True):
    """The body of a request as it was read; nothing is verified yet.

    Attributes:
        old: The size that the proof starts from.
        proof: The consistency proof.
        checkpoint: The checkpoint, byte for byte.
        note: The same, taken apart.
    """

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    note: Note


def encode_submission(old: int, proof: Iterable[bytes], checkpoint: bytes) -> bytes:
    """Give the body of a request.

    Raises:
        InputError: The proof is longer than a witness takes.
    """
    lines = [f"old {old}", *(base64.b64encode(value).decode() for value in proof)]
    if len(lines) > 1 + PROOF_LINES_MAX:
        msg = f"consistency proof: found {len(lines) - 1} hashes, expected at most {PROOF_LINES_MAX}"
        raise InputError(msg)
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + checkpoint


def parse_submission(data: bytes, *, what: str = "request") -> Submission:
    """Read the body of a request.

    Raises:
        InputError: It is not one in every byte, or too large.
    """
    if len(data) > REQUEST_BYTES_MAX:
        msg = f"{what}: found more than {REQUEST_BYTES_MAX} bytes"
        raise InputError(msg)
    # No line of the proof is empty, so the first empty line ends it; the checkpoint brings its own.
    above, separator, checkpoint = data.partition(b"\n\n")
    if not separator:
        msg = f"{what}: found no empty line between proof and checkpoint"
        raise InputError(msg)
    first, *hashes = decode_text(above, what, bytes_max=REQUEST_BYTES_MAX).split("\n")
    if not first.startswith("old "):
        msg = f"{what}: line 1: found {first[:64]!a}, expected old and a size"
        raise InputError(msg)
    if len(hashes) > PROOF_LINES_MAX:
        msg = f"{what}: found {len(hashes)} hashes, expected at most {PROOF_LINES_MAX}"
        raise InputError(msg)
    return Submission(
        old=decode_decimal(first.removeprefix("old "), f"{what}: line 1: old"),
        proof=tuple(decode_hash(line, f"{what}: line {number}: hash") for number, line in enumerate(hashes, start=2)),
        checkpoint=checkpoint,
        note=parse_note(checkpoint, what=f"{what}: checkpoint"),
    )


def origin_digest(origin: str) -> str:
    """Give the name under which a witness shows the newest checkpoint of a log: `<prefix>/<this>/checkpoint`."""
    return hashlib.sha256(origin.encode()).hexdigest()


# -- the client -----------------------------------------------------------------------------------


class _Push:
    """One push: the words for messages and the judgement of answers."""

    def __init__(self, url: str, head: TreeHead, witness: Sequence[VerifierKey]) -> None:
        self.url = url
        self.head = head
        self.witness = witness
        self.what = f"witness {url}"

    def contradicts(self, found: str) -> WitnessContradictionError:
        held = f"{self.url}/{origin_digest(self.head.origin)}/checkpoint"
        return WitnessContradictionError(
            f"{self.what}: found {found}, expected that it takes our checkpoint of size {self.head.size}",
            hint=f"fetch what it holds, usually at {held}, and check it: `ratsbuch verify --against FILE`;"
            " if it bears the log's signatures, the log was rolled back or forked",
        )

    def cosigned(self, answer: Answer) -> list[tuple[NoteSignature, Verified]]:
        """Give the cosignatures of known keys."""
        if not answer.complete:
            msg = f"{self.what}: found more than {ANSWER_BYTES_MAX} bytes, expected a few signature lines"
            raise ServiceError(msg, hint="tell its operator; nothing was changed here")
        what = f"{self.what}: answer"
        try:
            lines = parse_signatures(answer.body, what=what)
            known = [(line, key) for line in lines for key in self.witness if line.by(key)]
            if len({key for _, key in known}) != len(known):
                msg = f"{what}: found several signature lines of one key, expected one"
                raise InputError(msg)
            cosignatures = [(line, key, verify_cosignature(line, key, self.head, what=what)) for line, key in known]
        except (InputError, IntegrityError) as error:
            raise ServiceError(error.message, hint="tell its operator; nothing was changed here") from error
        if not cosignatures:
            found = ", ".join(f"{line.name[:80]!a}+{line.id.hex()}" for line in lines)
            msg = f"{what}: found signatures of {found}, expected one of {self.labels}"
            raise ServiceError(msg, hint="compare the witness's key in the policy with the one it publishes")
        for _, key, timestamp in cosignatures:
            if timestamp == 0:
                msg = f"{what}: cosignature of {key.label}: found no time, expected one"
                raise ServiceError(msg, hint="tell its operator; nothing was changed here")
        return [(line, Verified(key=key, timestamp=timestamp)) for line, key, timestamp in cosignatures]

    @property
    def labels(self) -> str:
        return ", ".join(key.label for key in self.witness)

    def conflict(self, answer: Answer, old: int) -> int:
        """Give the size that the witness says it knows."""
        size_type = answer.content_type.partition(";")[0].strip().lower() == SIZE_TYPE
        if not size_type and not _SIZE.fullmatch(answer.body):
            # The specification has one other reason for this status: the same size with another root.
            raise self.contradicts(f"status 409 ({_excerpt(answer)}), which says that our root is not the one it knows")
        try:
            size = decode_decimal(decode_text(answer.body, self.what, bytes_max=32).removesuffix("\n"), self.what)
        except InputError as error:
            msg = f"{self.what}: found status 409 with {_excerpt(answer)}, expected a size"
            raise ServiceError(msg, hint="tell its operator; nothing was changed here") from error
        if size > self.head.size:
            raise self.contradicts(f"that it has seen a later checkpoint, of size {size}")
        if size == old:
            raise self.contradicts(f"that it refuses although it knows the size {old} that our proof starts from")
        return size

    def refused(self, answer: Answer) -> ServiceError:
        status, head = answer.status, self.head
        if status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return self.contradicts(f"status 422 ({_excerpt(answer)}), which says that our log does not extend its own")
        found = f"{self.what}: found status {status} ({_excerpt(answer)}), expected 200"
        if status == HTTPStatus.BAD_REQUEST:
            return ServiceError(
                f"{found}: it takes the request for malformed", hint="its software may be older or newer"
            )
        if status == HTTPStatus.FORBIDDEN:
            hint = "give its operator the log's keys: log.vkey and log-mldsa44.vkey of `ratsbuch log publish`"
            return ServiceError(f"{found}: it knows {head.origin!a}, but not our key", hint=hint)
        if status == HTTPStatus.NOT_FOUND:
            hint = "check the address; if it is right, ask its operator to take in the log's keys"
            return ServiceError(f"{found}: it does not know the log {head.origin!a}", hint=hint)
        if 300 <= status < 400:  # noqa: PLR2004  # the class of redirects
            msg = f"{found}: it points to {answer.location[:200]!a}, which is not followed"
            return ServiceError(msg, hint="if the witness has moved, its operator tells the new address")
        return ServiceError(found, hint="try again later; nothing was changed here")


def _excerpt(answer: Answer) -> str:
    """Give the beginning of a foreign body for a message, escaped."""
    return ascii(answer.body[:80].decode("utf-8", "replace").strip())


def push(
    url: str,
    checkpoint: bytes,
    *,
    log: LogKeys,
    witness: Sequence[VerifierKey],
    last_size: int,
    prove: Callable[[int, int], Sequence[bytes]],
    transport: Transport,
) -> Pushed:
    """Ask a witness to cosign a checkpoint of ours, and give its cosignatures.

    Args:
        url: The witness's submission prefix.
        checkpoint: With both signatures of the log; of other lines nothing is sent.
        log: The keys of the log.
        witness: The keys of the witness; one cosignature of a known key is enough, lines of other keys are ignored.
        last_size: The size that it cosigned last, as far as is known (`WitnessState`); 0 where nothing is.
        prove: Gives the consistency proof from a size to another; not asked where there is nothing to prove.
        transport: Makes one request, in bounded time; it is called at most `ATTEMPTS_MAX` times.

    Raises:
        InputError: The address is none, or what was handed in is not a checkpoint.
        IntegrityError, EvidenceError: The checkpoint is not one of ours; nothing was sent.
        WitnessContradictionError: The witness says that it saw another log under this name.
        ServiceError: The witness failed, refused or lied.
    """
    prefix = url.rstrip("/")
    split_url(prefix)
    head = open_own(checkpoint, log).head
    own = only_signatures(checkpoint, log.both)
    ask = _Push(prefix, head, witness)
    old = min(last_size, head.size)
    forgot = False
    for _ in range(ATTEMPTS_MAX):
        proof = prove(old, head.size) if 0 < old < head.size else ()
        body = encode_submission(old, proof, own)
        request = Request(
            url=f"{prefix}/{PATH}", body=body, content_type=REQUEST_TYPE, answer_bytes_max=ANSWER_BYTES_MAX
        )
        answer = transport(request)
        if answer.status == HTTPStatus.OK:
            pairs = ask.cosigned(answer)
            return Pushed(
                url=prefix,
                size=head.size,
                signatures=tuple(line for line, _ in pairs),
                verified=tuple(verified for _, verified in pairs),
                forgot=forgot,
            )
        if answer.status != HTTPStatus.CONFLICT:
            raise ask.refused(answer)
        old = ask.conflict(answer, old)
        forgot = forgot or old < last_size
    msg = f"{ask.what}: found another size in each of {ATTEMPTS_MAX} answers, the last {old}, expected the one it knows"
    raise ServiceError(msg, hint="try again later; another site of this log may be pushing too")
