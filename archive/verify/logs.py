"""Steps 4 and 5: the log over the record, and what is remembered of it outside.

4. positions gapless, entries and roots recomputed for every checkpoint, sizes grow, checkpoint signatures, tiles equal
5. outside memory, lines, checkpoints, receipts and cosignatures given are prefixes (rollback, fork)

Roots are computed from the stored bytes alone, in the same pass that reads the tokens; a checkpoint, a tile and a
memory are only ever held against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import EvidenceError, InputError, IntegrityError
from archive.log.checkpoint import Checkpoint, LogKeys, log_keys, open_own
from archive.log.head import TreeHead, parse_head
from archive.log.merkle import leaf_hash, verify_inclusion
from archive.log.note import parse_note
from archive.log.policy import NONE, satisfied
from archive.log.proof import receipt_entry
from archive.verify.evidence import Evidence, Kind, Weighed
from archive.verify.report import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archive.log.policy import Policy
    from archive.trust import Trust
    from archive.verify.report import Ledger
    from archive.verify.source import Source

_UNFIT: Final = (InputError, IntegrityError, EvidenceError)


class Kept(Struct, frozen=True, kw_only=True):
    """A checkpoint that the source keeps.

    Attributes:
        place: Where: `checkpoint 181` or the file.
        size: The size noted beside it.
        note: Its bytes.
        head: What it states; None where it cannot be read.
    """

    place: str
    size: int
    note: bytes
    head: TreeHead | None

    @property
    def stated(self) -> int | None:
        """The size that it states."""
        return None if self.head is None else self.head.size


def read_kept(source: Source) -> tuple[Kept, ...]:
    """Read the checkpoints of the table."""
    return tuple(
        Kept(place=f"checkpoint {size}", size=size, note=note, head=_head(note)) for size, note in source.checkpoints()
    )


def _head(note: bytes) -> TreeHead | None:
    try:
        return parse_head(parse_note(note).text)
    except InputError:
        return None


def wanted_sizes(kept: Iterable[Kept], evidence: Iterable[Evidence], *, size: int, before: int = 0) -> tuple[int, ...]:
    """Give the sizes whose roots have to be computed, rising; the whole record's among them."""
    asked = {k.stated for k in kept if k.stated is not None} | {e.size for e in evidence} | {size, before}
    return tuple(sorted(n for n in asked if 0 < n <= size))


def keys_at(trust: Trust, size: int) -> LogKeys:
    """Give the keys that sign checkpoints over that many events.

    Raises:
        InputError: The register names none, or what it names are none.
    """
    found = next((k for k in reversed(trust.log_keys) if k.since <= size), None)
    if found is None:
        msg = f"log keys at {size} events: the register names none"
        raise InputError(msg)
    return log_keys(found.ed25519, found.mldsa44)


# -- 4 --------------------------------------------------------------------------------------------


def check_log(  # the log and everything it is held against
    source: Source,
    trust: Trust,
    kept: Sequence[Kept],
    roots: Mapping[int, bytes],
    ledger: Ledger,
    *,
    size: int,
) -> None:
    """Hold every checkpoint against the recomputed roots, and what lies with the tiles against the table."""
    last = 0
    for each in kept:
        ledger.checked += 1
        _check_kept(each, trust, roots, ledger, size=size)
        if each.stated is not None:
            last = max(last, each.stated)
    if last < size:
        ledger.add(
            "NO_CHECKPOINT_YET",
            Verdict.PASSED,
            place=f"positions {last + 1} to {size}",
            found="events that no checkpoint is over",
            expected="the next recording command signs one",
        )
    published = source.published_checkpoint()
    if published is None:
        return
    ledger.checked += 1
    if all(published != each.note for each in kept):
        head = _head(published)
        ledger.failed(
            "CHECKPOINT_ROW_MISSING" if head is not None else "CHECKPOINT_INVALID",
            place="log/checkpoint",
            found="no readable checkpoint" if head is None else f"a checkpoint over {head.size} events",
            expected="one of the table's checkpoints",
        )


def _check_kept(each: Kept, trust: Trust, roots: Mapping[int, bytes], ledger: Ledger, *, size: int) -> None:
    try:
        head = parse_head(parse_note(each.note, what=each.place).text, what=each.place)
        checkpoint = open_own(each.note, keys_at(trust, head.size), what=each.place)
    except _UNFIT as error:
        ledger.failed(
            "CHECKPOINT_INVALID", place=each.place, found=error.message, expected="both signatures of the log"
        )
        return
    head = checkpoint.head
    if head.size != each.size:
        ledger.failed(
            "CHECKPOINT_ROW_DIFFERS", place=each.place, found=f"{each.size} noted", expected=f"{head.size} as signed"
        )
    if head.size > size:
        ledger.failed(
            "CHECKPOINT_BEYOND",
            place=each.place,
            found=f"{size} events in the record",
            expected=f"at least {head.size}, which the log vouched for",
        )
    elif roots.get(head.size) != head.root:
        ledger.failed(
            "CHECKPOINT_ROOT_DIFFERS",
            place=each.place,
            found=f"root {_shown(roots.get(head.size))} of the first {head.size} events",
            expected=f"{_shown(head.root)} as signed",
        )


def _shown(root: bytes | None) -> str:
    return "none" if root is None else f"{root.hex()[:16]}.."


# -- 5 --------------------------------------------------------------------------------------------


def weigh(  # what is held against what
    evidence: Sequence[Evidence],
    source: Source,
    trust: Trust,
    roots: Mapping[int, bytes],
    ledger: Ledger,
    *,
    size: int,
    policy: Policy | None,
    kept: Sequence[Kept] | None,
) -> tuple[Weighed, ...]:
    """Hold what was kept outside against the record, and give what holds.

    Args:
        evidence: What was kept outside.
        source: What is verified.
        trust: The log's keys.
        roots: The roots that the record has, by size.
        ledger: Step 5.
        size: The size of the record.
        policy: The witnesses that the verifier believes.
        kept: The checkpoints of the table; None where they could not be read, or need not be whole.
    """
    good: list[Weighed] = []
    for each in evidence:
        ledger.checked += 1
        checkpoint: Checkpoint | None = None
        if each.note is not None:
            checkpoint = _opened(each, trust, ledger, policy=policy)
            if checkpoint is None:
                continue
        elif not _same_register(each, trust, ledger):
            continue
        if not _is_prefix(each, source, roots, ledger, size=size) or not _is_receipt_of(each, source, ledger):
            continue
        # A line is signed by nobody, so it does not show that the log ever vouched for its size.
        if each.note is not None and each.kind is not Kind.COSIGNED:
            check_still_kept(each.name, each.size, each.root.hex(), kept, ledger)
        names = tuple(w.name for w in policy.witnesses) if policy is not None else ()
        keys = {w.key: w.name for w in policy.witnesses} if policy is not None else {}
        cosigned = {keys[v.key] for v in checkpoint.verified if v.key in keys} if checkpoint is not None else set()
        good.append(Weighed(evidence=each, checkpoint=checkpoint, witnesses=tuple(n for n in names if n in cosigned)))
    return tuple(good)


def _opened(each: Evidence, trust: Trust, ledger: Ledger, *, policy: Policy | None) -> Checkpoint | None:
    witnesses = [w.key for w in policy.witnesses] if policy is not None else []
    try:
        return open_own(each.note or b"", keys_at(trust, each.size), witnesses=witnesses, what=each.name)
    except EvidenceError as error:
        # Of another log, or without its signatures: it says nothing about this record, for or against.
        ledger.add(
            "EVIDENCE_OF_ANOTHER_LOG",
            Verdict.INDETERMINATE,
            place=each.name,
            found=error.message,
            expected="a checkpoint of this register's log",
        )
    except (InputError, IntegrityError) as error:
        ledger.failed("EVIDENCE_INVALID", place=each.name, found=error.message, expected="both signatures of the log")
    return None


def _same_register(each: Evidence, trust: Trust, ledger: Ledger) -> bool:
    if each.line is None or (trust.register or "").startswith(each.line.register):
        return True
    ledger.failed(
        "LINE_OF_ANOTHER_REGISTER",
        place=each.name,
        found=f"register {(trust.register or 'none')[:8]}",
        expected=f"{each.line.register} as in the line",
    )
    return False


def _is_prefix(each: Evidence, source: Source, roots: Mapping[int, bytes], ledger: Ledger, *, size: int) -> bool:
    if each.size > size and not source.complete:
        # A package is as old as its checkpoint; that the register has grown since says nothing against it.
        ledger.add(
            "OLDER_THAN_KNOWN",
            Verdict.INDETERMINATE if each.kind is not Kind.OWN else Verdict.PASSED,
            place=each.name,
            found=f"an export over {size} events, made before the {each.size} that are known",
            expected="a newer export, to see what was recorded since",
        )
        return False
    if each.size > size:
        ledger.failed(
            "ROLLED_BACK",
            place=each.name,
            found=f"{size} events in the record",
            expected=f"at least {each.size}: events that were recorded are gone",
        )
        return False
    if each.size and each.size not in roots and not source.gapless:
        # An extract proves a few sizes only; what it does not prove it does not contradict either.
        ledger.add(
            "SIZE_NOT_PROVED",
            Verdict.INDETERMINATE,
            place=each.name,
            found=f"no proof about the first {each.size} events; proved are {', '.join(map(str, sorted(roots)))}",
            expected="a consistency proof, or the register itself, to hold it against",
        )
        return False
    if each.size and roots.get(each.size) != each.root:
        ledger.failed(
            "FORKED",
            place=each.name,
            found=f"root {_shown(roots.get(each.size))} of the first {each.size} events",
            expected=f"{_shown(each.root)}: what was recorded up to then was changed",
        )
        return False
    return True


def is_kept(size: int, root_hex: str, kept: Sequence[Kept] | None) -> bool:
    """Say whether the table has a checkpoint over that size with that root.

    Cosignatures that were added to one, and when it was signed, make no difference.
    """
    return any(k.head is not None and (k.head.size, k.head.root.hex()) == (size, root_hex) for k in kept or ())


def check_still_kept(  # a checkpoint, and where it has to be
    place: str, size: int, root_hex: str, kept: Sequence[Kept] | None, ledger: Ledger
) -> None:
    """Name a checkpoint of this log, which the record keeps for good, where its table has it no more."""
    if kept is None or is_kept(size, root_hex, kept):
        return
    other = any(k.stated == size for k in kept)
    ledger.failed(
        "CHECKPOINT_NOT_KEPT",
        place=place,
        found=f"{'another' if other else 'no'} checkpoint over {size} events in the record",
        expected="the one that the log signed, which is kept for good",
    )


def _is_receipt_of(each: Evidence, source: Source, ledger: Ledger) -> bool:
    """Hold a receipt's own proof, and its entry against the event that stands at its place."""
    if each.proof is None:
        return True
    proof = each.proof
    try:
        entry = receipt_entry(proof, what=each.name)
        verify_inclusion(proof.index, each.size, leaf_hash(entry), proof.hashes, each.root)  # type: ignore[arg-type]  # 32 bytes, parsed
    except EvidenceError as error:
        ledger.add(
            "RECEIPT_WITHOUT_ENTRY",
            Verdict.INDETERMINATE,
            place=each.name,
            found=error.message,
            expected="a receipt that carries its entry",
        )
        return False
    except (InputError, IntegrityError) as error:
        ledger.failed(
            "RECEIPT_INVALID", place=each.name, found=error.message, expected="a proof that leads to the root"
        )
        return False
    found = source.entry(proof.index + 1)
    if found != entry:
        ledger.failed(
            "RECEIPT_DIFFERS",
            place=f"position {proof.index + 1}",
            found="another event" if found is not None else "no event",
            expected=f"the event that {each.name} is the receipt of",
        )
        return False
    return True


def memory_of(weighed: Sequence[Weighed], policy: Policy | None) -> tuple[str, int]:
    """Say in words what memory the verdict rests on, and how far it reaches that lies outside the user's own hands."""
    parts: list[str] = []
    # A checkpoint of the archive itself counts by a quorum of its witnesses alone.
    reach = max((w.evidence.size for w in weighed if w.evidence.kind not in {Kind.OWN, Kind.COSIGNED}), default=0)
    for each in weighed:
        what = each.evidence
        if what.kind is Kind.LINE and what.line is not None:
            parts.append(f"line of {what.line.day} (size {what.size})")
        elif what.kind is Kind.RECEIPT:
            parts.append(f"receipt (size {what.size})")
        elif what.kind is Kind.CHECKPOINT:
            parts.append(f"checkpoint (size {what.size})")
    vouched = None if policy is None else _vouched(weighed, policy)
    if vouched is not None:
        parts.insert(0, f"{vouched[0]} witness{'' if vouched[0] == 1 else 'es'} (size {vouched[1]})")
        reach = max(reach, vouched[1])
    if parts:
        return ", ".join(parts), reach
    own = max((w.evidence.size for w in weighed if w.evidence.kind is Kind.OWN), default=None)
    return ("none", 0) if own is None else (f"own (size {own})", 0)


def _vouched(weighed: Sequence[Weighed], policy: Policy) -> tuple[int, int] | None:
    """Give how many witnesses vouch, and for which size: the largest at which they are a quorum.

    Who cosigned a larger size has seen every smaller one.
    """
    newest: dict[str, int] = {}
    for each in weighed:
        for name in each.witnesses:
            newest[name] = max(newest.get(name, 0), each.evidence.size)
    for size in sorted(set(newest.values()), reverse=True) if policy.quorum != NONE else ():
        seen = {name for name, at in newest.items() if at >= size}
        if policy.quorum in satisfied(policy, seen):
            # A witness with keys of two types is two lines of the policy and one party.
            return len({w.key.name for w in policy.witnesses if w.name in seen}), size
    return None
