"""What somebody kept outside of the archive: a checkpoint, a receipt, a line under the minutes.

Each says that the log had a certain root at a certain size. The archive itself can be made anew by whoever holds all
its keys; what is kept outside cannot, and that is the whole of what step 5 rests on.
"""

from __future__ import annotations

import contextlib
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError, IntegrityError
from archive.log.checkpoint import Checkpoint, with_signatures
from archive.log.cosigned import newest_of
from archive.log.head import parse_head
from archive.log.line import WORD, Line, parse_line
from archive.log.note import NOTE_BYTES_MAX, NoteSignature, parse_note
from archive.log.proof import PROOF_HEADER, Proof, parse_proof

if TYPE_CHECKING:
    from archive.log.policy import Policy
    from archive.verify.source import Source

EVIDENCE_BYTES_MAX: Final = 2 * NOTE_BYTES_MAX


class Kind(StrEnum):
    """What kind of evidence it is.

    `own` is the memory file, which the archive's own user can rewrite; `cosigned` a checkpoint of the archive itself,
    which counts only by what witnesses added to it.
    """

    OWN = "own"
    COSIGNED = "cosigned"
    CHECKPOINT = "checkpoint"
    RECEIPT = "receipt"
    LINE = "line"


class Evidence(Struct, frozen=True, kw_only=True):
    """Something kept outside, read but not yet believed.

    Attributes:
        kind: What it is.
        name: What to call it: a file's name, or the line itself.
        size: How many events the log had.
        root: The root over them.
        note: The checkpoint as it was signed; None for a line, which carries no signature.
        line: The line.
        proof: The receipt.
    """

    kind: Kind
    name: str
    size: int
    root: bytes
    note: bytes | None = None
    line: Line | None = None
    proof: Proof | None = None


class Weighed(Struct, frozen=True, kw_only=True):
    """Evidence that holds: the log it speaks of is a prefix of this one.

    Attributes:
        evidence: What was kept.
        checkpoint: The checkpoint opened; None for a line.
        witnesses: Witnesses of the verifier's policy that cosigned it.
    """

    evidence: Evidence
    checkpoint: Checkpoint | None
    witnesses: tuple[str, ...]


def line_evidence(text: str) -> Evidence:
    """Read a line as it stands under the minutes, typed in.

    Raises:
        InputError: It is none; a typing error is named by its group.
    """
    line = parse_line(text.strip())
    return Evidence(kind=Kind.LINE, name=f"line of {line.day}", size=line.size, root=line.root, line=line)


def cosigned(source: Source, policy: Policy | None) -> tuple[Evidence, ...]:
    """Give the checkpoints of a source that witnesses of a policy cosigned: the newest of each witness.

    Nothing is checked yet; what cannot be read is passed over, because it proves nothing to anybody.
    """
    lines: dict[int, list[NoteSignature]] = {}
    found: list[Evidence] = []
    with contextlib.suppress(IntegrityError):  # a damaged database: whoever reads all of it says so
        for witness in policy.witnesses if policy is not None else ():
            newest = newest_of(witness.key, source.cosigned(witness.key.label))
            if newest is not None:
                lines.setdefault(newest[0], []).append(newest[1])
        for size, note in source.checkpoints() if lines else ():
            with contextlib.suppress(InputError):
                if size in lines:
                    data = with_signatures(note, lines[size])
                    head = parse_head(parse_note(data).text)
                    name = f"checkpoint {size}, cosigned"
                    found.append(Evidence(kind=Kind.COSIGNED, name=name, size=head.size, root=head.root, note=data))
    return tuple(found)


def read_evidence(data: bytes, *, name: str, own: bool = False) -> Evidence:
    """Read evidence, telling by its first line what it is.

    Args:
        data: A checkpoint, a receipt (tlog-proof), or a line as it stands under the minutes.
        name: What to call it in the report.
        own: Whether it is the memory file of the archive's own user.

    Raises:
        InputError: It is none of these, or damaged; a line with a typing error names the group.
    """
    if len(data) > EVIDENCE_BYTES_MAX:
        msg = f"{name}: found over {EVIDENCE_BYTES_MAX} bytes, expected a checkpoint, a receipt or a line"
        raise InputError(msg, hint="name the file that was kept; no evidence is as large")
    if data.startswith(PROOF_HEADER.encode()):
        proof = parse_proof(data, what=name)
        head = parse_head(parse_note(proof.checkpoint, what=name).text, what=name)
        return Evidence(
            kind=Kind.RECEIPT, name=name, size=head.size, root=head.root, note=proof.checkpoint, proof=proof
        )
    first = data[:64].lstrip()
    if first[: len(WORD)].upper() == WORD.encode():
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            msg = f"{name}: found a line that is not UTF-8"
            raise InputError(msg) from error
        line = parse_line(text.strip())
        return Evidence(kind=Kind.LINE, name=name, size=line.size, root=line.root, line=line)
    try:
        head = parse_head(parse_note(data, what=name).text, what=name)
    except InputError as error:
        raise InputError(error.message, hint="give a checkpoint, a receipt, or a line that begins RATSBUCH") from error
    return Evidence(kind=Kind.OWN if own else Kind.CHECKPOINT, name=name, size=head.size, root=head.root, note=data)
