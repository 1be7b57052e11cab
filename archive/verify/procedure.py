"""The verification procedure, numbered; the numbers stand in the report.

1. register: genesis, anchor against the pin, what the source says of itself, certificates as enrolled
2. tokens: strict form, issuer, signature, signer enrolled in that role at that position, recording times
3. streams: positions and `seq` gapless, `prev`, events and command files whole, rows agree with their tokens
4. log: entries and roots recomputed for every checkpoint, sizes grow, checkpoint signatures, tiles equal
5. memory: outside memory, lines, checkpoints, receipts and cosignatures given are prefixes
6. disclosures: each digest has its disclosure or an earlier erasure; names agree with `hides`
7. documents: likewise, with digest and size; surplus files are named
8. meaning: every event valid, every stream evolves, the refusing rules hold

Steps 2, 3, 6, most of 4 and 8 are one pass over ranges of positions, which can be split over processes.
Keys and erasures are read first, from the register's own stream. They are believed nowhere: that stream is
verified like every other in step 2, and if it does not stand, nothing that rests on it is called passed.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import functools
import hashlib
import uuid
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct, structs

from archive.archive import ERASED_SIZE, FORMAT_VERSIONS, read_row
from archive.errors import InputError, IntegrityError, StorageError
from archive.keys import certificate_digest, certificate_key, public_key_bytes
from archive.log.folder import Difference
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.log.sequencer import Piece, join
from archive.verify.context import context_of
from archive.verify.excerpts import (
    check_document_list,
    check_ends,
    name_not_given,
    name_withheld,
    newest_head,
    proved_roots,
)
from archive.verify.logs import Kept, check_log, check_still_kept, is_kept, memory_of, read_kept, wanted_sizes, weigh
from archive.verify.meaning import Mention, check_evolution, read_history
from archive.verify.ranges import RangeResult, Run, Task, check_gap, check_link, check_range
from archive.verify.report import Finding, Ledger, Report, RestsOn, Verdict
from archive.verify.verified import FORMAT, PROCEDURE, TXN_BYTES, Verified, VerifiedRange, files_digests
from domain.events import RegisterOpened, SignerEnrolled
from domain.vocabulary import Role, SignatureAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from archive.erasure import Erasures
    from archive.log.policy import Policy
    from archive.trust import Trust
    from archive.verify.context import Context
    from archive.verify.evidence import Evidence, Weighed
    from archive.verify.source import ListedDocument, Source

# A multiple of 256, so that the log's tiles can be made from the same ranges.
RANGE_SIZE: Final = 4096
_FROM_FILE: Final = 5  # the txn of a command file with an id is a UUIDv5 of it
T = TypeVar("T")
A = TypeVar("A")


class _Whole(Struct, frozen=True, kw_only=True):
    """What the ranges gave, put together."""

    runs: tuple[Run, ...]
    count: int
    mentions: tuple[Mention, ...]
    corrected: frozenset[str]
    roots: dict[int, bytes]
    tile_roots: tuple[bytes, ...]
    differences: tuple[Difference, ...]
    ranges: tuple[VerifiedRange, ...]
    known: frozenset[int]

    def passed_before(self, position: int) -> bool:
        """Say whether an event lies in a range that passed before and was only hashed now."""
        return (position - 1) // RANGE_SIZE * RANGE_SIZE in self.known


def verify(
    source: Source,
    *,
    pin: Policy | None,
    evidence: Sequence[Evidence] = (),
    unreadable: Sequence[tuple[str, str]] = (),
    executor: Executor | None = None,
    before: Verified | None = None,
    keep: Callable[[Verified], None] | None = None,
    now: int = 0,
) -> Report:
    """Run the procedure.

    Args:
        source: What is verified.
        pin: What the verifier believes about the register and its witnesses; without its anchor step 1 is
            indeterminate.
        evidence: What was kept outside: the memory file, checkpoints, receipts, lines.
        unreadable: Memory that is there and cannot be read: its place, and why.
        executor: Checks parts in parallel; None checks everything in this process.
        before: What passed before; of ranges in which no byte is another the signatures are not checked again.
        keep: Is given what passed, for the next time.
        now: Seconds since 1970, noted in what is kept.

    Returns:
        The report; a bad archive never raises.

    Raises:
        StorageError: The source cannot be read at all, which says nothing about what was recorded.
    """
    register, tokens, streams, log, memory = Ledger(1), Ledger(2), Ledger(3), Ledger(4), Ledger(5)
    disclosures, documents, meaning = Ledger(6), Ledger(7), Ledger(8)
    size, run = 0, uuid.uuid4().hex
    ranges: list[tuple[int, int]] = []
    with _noting_damage(source, streams):
        size = source.size()
        # Only where there is something: one row far out must not make billions of empty ranges.
        ranges = [(at, min(at + RANGE_SIZE, size)) for at in source.blocks(RANGE_SIZE)]

    # 1
    genesis: RegisterOpened | None = None
    anchor: str | None = None
    with _noting_damage(source, streams):
        genesis, anchor = _check_register(source, pin, register)
        _check_certificates(source, genesis, register)

    # 2, 3, 6, and of 4 and 8 what can be done in parts
    kept: tuple[Kept, ...] = ()
    whole_table: tuple[Kept, ...] | None = None
    files: dict[int, str] = {}
    with _noting_damage(source, streams):
        kept = read_kept(source)
        whole_table = kept if source.complete else None
        files = files_digests(source.command_files(), range_size=RANGE_SIZE)
    trust = context_of(source, run).trust
    passed = _passed_before(before, whole_table, context_of(source, run), files, memory, size=size)
    task = Task(
        run=run,
        sizes=wanted_sizes(kept, evidence, size=size, before=0 if before is None else before.size),
        log_size=_log_size(source, size),
        head=None if source.gapless else newest_head(kept),
        gapless=source.gapless,
        known={after: r.digest for after, r in passed.items()},
    )
    results = _spread(executor, functools.partial(_range, source, task), ranges)
    whole = _merge(
        results,
        source,
        passed,
        files,
        tokens=tokens,
        streams=streams,
        log=log,
        disclosures=disclosures,
        meaning=meaning,
    )
    if not source.gapless:
        whole = structs.replace(whole, roots=proved_roots(source, kept, whole.roots, log))
    _name_passed_before(whole, before, tokens)
    _check_root_before(whole, before, whole_table, memory, size=size)
    with _noting_damage(source, streams):
        if source.complete:
            _check_command_files(source, whole, streams, size=size)
        else:
            check_ends(source, streams)
    with _noting_damage(source, streams):
        for fault in source.faults():
            streams.failed("STORE_DAMAGED", place=source.target, found=fault, expected="a sound database")
    with _noting_damage(source, streams):
        for position, event in source.stray_events():
            streams.failed(
                "POSITION_OUTSIDE", place=f"position {position}", found=event, expected="positions from 1 upwards"
            )
        for position in source.stray_disclosures():
            disclosures.failed(
                "DISCLOSURE_WITHOUT_EVENT",
                place=f"position {position}",
                found="disclosures",
                expected="an event to them",
            )

    # 4, the rest, and 5
    check_log(source, trust, kept, whole.roots, log, size=size)
    _check_tiles(source, whole, log, log_size=task.log_size)
    for place, why in unreadable:
        memory.add(
            "MEMORY_DAMAGED",
            Verdict.INDETERMINATE,
            place=place,
            found=why,
            expected="the newest checkpoint; find out who changed the file before it is removed",
        )
    weighed: tuple[Weighed, ...] = ()
    with _noting_damage(source, streams):
        weighed = weigh(evidence, source, trust, whole.roots, memory, size=size, policy=pin, kept=whole_table)
    words, reach = memory_of(weighed, pin)

    # 8, the rest
    with _noting_damage(source, streams):
        check_evolution(source, sorted(whole.corrected), size, meaning)

    if not source.complete:
        name_withheld(source, disclosures)

    # 7
    with _noting_damage(source, streams):
        _check_documents(source, whole.mentions, context_of(source, run).erasures, documents)

    unproved = {f.code for f in register.findings if f.verdict is not Verdict.PASSED} - {"ROOT_NOT_PINNED"}
    verdict = Verdict.worst(
        ledger.result().verdict for ledger in (tokens, streams, log, memory, disclosures, documents, meaning)
    )
    if keep is not None and verdict is Verdict.PASSED and not unproved and anchor is not None:
        passed_now = _kept(whole, kept, trust, anchor=anchor, now=now)
        if passed_now is not None:
            keep(passed_now)

    steps = tuple(
        ledger.result() for ledger in (register, tokens, streams, log, memory, disclosures, documents, meaning)
    )
    return Report(
        verdict=Verdict.worst(step.verdict for step in steps),
        target=source.target,
        register=str(genesis.register).partition(":")[2] if genesis else None,
        example=genesis is not None and genesis.example is True,
        rests_on=RestsOn(memory=words, time="own clock", reach=reach),
        events=whole.count,
        size=size,
        root=whole.roots.get(size),
        anchor=anchor,
        steps=steps,
    )


@contextlib.contextmanager
def _noting_damage(source: Source, ledger: Ledger) -> Iterator[None]:
    """Note a database that is damaged where it is read, once, and go on with what can be read elsewhere."""
    try:
        yield
    except IntegrityError as error:
        finding = Finding(
            code="STORE_DAMAGED",
            verdict=Verdict.FAILED,
            place=source.target,
            found=error.message,
            expected="a sound database",
        )
        if finding not in ledger.findings:
            ledger.take(finding)


def _spread(
    executor: Executor | None, work: Callable[[tuple[A, ...]], T], parts: Sequence[tuple[A, ...]]
) -> Iterable[T]:
    """Do the parts in order, in parallel where there is an executor and more than one part."""
    if executor is None or len(parts) < 2:  # noqa: PLR2004  # one part has nobody to share with
        return map(work, parts)
    return executor.map(work, parts)


def _range(source: Source, task: Task, bounds: tuple[int, ...]) -> RangeResult:
    return check_range(source, bounds[0], bounds[1], task)


# -- 1 --------------------------------------------------------------------------------------------


def _check_register(source: Source, pin: Policy | None, ledger: Ledger) -> tuple[RegisterOpened | None, str | None]:
    """Check the genesis, and the anchor against the pin."""
    ledger.checked = 1
    place = "position 1"
    row = next(iter(source.rows(after=0, until=1)), None)
    if row is None:
        ledger.failed("GENESIS_MISSING", place=place, found="no event", expected="the genesis")
        return None, None
    anchor = hashlib.sha256(row.state).hexdigest()
    try:
        record = read_row(row)
    except IntegrityError as error:
        ledger.failed("GENESIS_INVALID", place=place, found=error.message, expected="the genesis")
        return None, anchor
    event = record.event
    if not isinstance(event, RegisterOpened) or record.by.role is not Role.ROOT:
        ledger.failed(
            "GENESIS_INVALID", place=place, found=event.TYPE, expected=f"{RegisterOpened.TYPE} by the root key"
        )
        return None, anchor
    if record.stream != event.register:
        ledger.failed(
            "GENESIS_INVALID", place=place, found=record.stream, expected=f"{event.register} as it names itself"
        )
    if event.format_version not in FORMAT_VERSIONS:
        ledger.add(
            "FORMAT_VERSION_UNKNOWN",
            Verdict.INDETERMINATE,
            place=place,
            found=str(event.format_version),
            expected=", ".join(map(str, sorted(FORMAT_VERSIONS))),
        )
    try:
        claimed = source.claimed_register()
    except StorageError as error:
        ledger.failed("SETTINGS_INVALID", place=source.target, found=error.message, expected="the register's settings")
    else:
        if claimed is not None and f"register:{claimed}" != event.register:
            ledger.failed("SETTINGS_DIFFER", place=source.target, found=claimed, expected=str(event.register))
    if pin is None or pin.anchor_hex is None:
        ledger.add(
            "ROOT_NOT_PINNED",
            Verdict.INDETERMINATE,
            place=place,
            found=f"anchor {anchor}, which nothing confirms",
            expected="a pin with this anchor, kept outside the archive",
        )
    elif pin.anchor_hex != anchor:
        ledger.failed("ANCHOR_DIFFERS", place=place, found=f"anchor {anchor}", expected=f"{pin.anchor_hex} as pinned")
    return event, anchor


def _check_certificates(source: Source, genesis: RegisterOpened | None, ledger: Ledger) -> None:
    """Hold every signer's certificate, where it is disclosed, against the digest and the key that were enrolled."""
    if genesis is None:
        return
    for record in read_history(source, str(genesis.register), below=source.size() + 1):
        event = record.event
        if not isinstance(event, SignerEnrolled):
            continue
        if not isinstance(event.certificate, str):
            ledger.add(
                "CERTIFICATE_NOT_HELD",
                Verdict.PASSED,
                place=f"position {record.position}",
                found=f"no certificate {event.certificate_digest}",
                expected="the public key in the token is enough to verify; a certificate shows whose it is",
            )
            continue
        ledger.checked += 1
        certificate = base64.b64decode(event.certificate)
        digest, found = certificate_digest(certificate), None
        try:
            algorithm = SignatureAlgorithm(str(event.algorithm))
            found = base64.b64encode(public_key_bytes(certificate_key(certificate, algorithm))).decode()
        except InputError as error:
            problem = error.message
        else:
            problem = f"digest {digest}" if digest != event.certificate_digest else "another public key"
        if digest != event.certificate_digest or found != event.public_key:
            ledger.failed(
                "CERTIFICATE_DIFFERS",
                place=f"position {record.position}",
                found=problem,
                expected=f"the certificate {event.certificate_digest} with the key enrolled",
            )


# -- 4 --------------------------------------------------------------------------------------------


def _log_size(source: Source, size: int) -> int:
    """Give how many events the tiles are over, by the checkpoint that lies with them."""
    published = source.published_checkpoint() if source.tiles() is not None else None
    if published is None:
        return 0
    try:
        return min(parse_head(parse_note(published).text).size, size)
    except InputError:
        return 0


def _check_tiles(source: Source, whole: _Whole, ledger: Ledger, *, log_size: int) -> None:
    """Name the tiles that are not what the record makes of them: those above the lowest, and files too many."""
    tiles = source.tiles()
    if tiles is None or not log_size:
        return
    above = tiles.compare_above(whole.tile_roots[: log_size // 256])
    for difference in (*whole.differences, *above, *tiles.compare_surplus(log_size)):
        ledger.failed(
            "TILE_DIFFERS", place=f"log/{difference.path}", found=difference.found, expected=difference.expected
        )
    ledger.checked += len(whole.tile_roots)


# -- 2, 3, 6: putting ranges together ---------------------------------------------------------------


def _merge(  # noqa: PLR0913  # the ranges, and a ledger for each step that they are part of
    results: Iterable[RangeResult],
    source: Source,
    passed: Mapping[int, VerifiedRange],
    files: Mapping[int, str],
    *,
    tokens: Ledger,
    streams: Ledger,
    log: Ledger,
    disclosures: Ledger,
    meaning: Ledger,
) -> _Whole:
    """Put the ranges together, checking what lies between them."""
    heads: dict[str, tuple[int, bytes]] = {}
    runs: list[Run] = []
    together: list[tuple[bytes, int, str]] = []
    last_iat: int | None = None
    mentions: list[Mention] = []
    corrected: set[str] = set()
    pieces: list[Piece] = []
    differences: list[Difference] = []
    ranges: list[VerifiedRange] = []
    known: set[int] = set()
    count = until = 0
    for result in results:
        if source.gapless:
            check_gap(streams, until + 1, result.after + 1)
        until = result.until
        tokens.merge(result.tokens)
        streams.merge(result.streams)
        log.merge(result.log)
        disclosures.merge(result.disclosures)
        meaning.merge(result.meaning)
        named = passed[result.after].mentions if result.known else result.mentions
        mentions += named
        if result.known:
            known.add(result.after)
        if result.known:
            # Where in the range each begins is not remembered.
            txns = [(txn, result.after + 1, "positions from") for txn in _parts(passed[result.after].txns)]
        else:
            txns = [(_txn_bytes(run.txn), run.first_position, "position") for run in result.runs]
        together += txns[1:] if together and txns and together[-1][0] == txns[0][0] else txns
        if result.clean and result.until - result.after == RANGE_SIZE:
            ranges.append(
                VerifiedRange(
                    after=result.after,
                    digest=result.digest,
                    files=files.get(result.after, ""),
                    mentions=named,
                    txns=b"".join(txn for txn, *_ in txns),
                )
            )
        corrected |= result.corrected
        pieces.append(result.piece)
        differences += result.differences
        count += result.count
        for edge in result.edges:
            head = heads.get(edge.stream)
            if known:
                # The events before it may lie where nothing but bytes was read.
                head = source.head_before(edge.stream, edge.first_position)
            place = f"position {edge.first_position}"
            check_link(streams, place, edge.stream, seq=edge.first_seq, prev=edge.first_prev, head=head)
            heads[edge.stream] = (edge.last_seq, edge.last_entry)
        if last_iat is not None and result.first_iat is not None and result.first_iat < last_iat:
            tokens.failed(
                "RECORDING_TIME_FELL",
                place=f"positions from {result.after + 1}",
                found=str(result.first_iat),
                expected=f"{last_iat} or later",
            )
        if result.last_iat is not None:
            last_iat = result.last_iat if last_iat is None else max(last_iat, result.last_iat)
        for run in result.runs:
            if runs and runs[-1].txn == run.txn:
                first = runs[-1].first_position
                runs[-1] = Run(run.txn, first, run.first_position + run.count - first)
            else:
                runs.append(run)
    # Over all ranges, those too whose bytes alone were read now: what comes back may lie in either.
    seen: set[bytes] = set()
    for txn, position, word in together:
        if txn in seen:
            streams.failed(
                "TXN_NOT_CONTIGUOUS",
                place=f"{word} {position}",
                found=f"txn {uuid.UUID(bytes=txn)} once more",
                expected="the events of a command file side by side",
            )
        seen.add(txn)
    return _Whole(
        runs=tuple(runs),
        count=count,
        mentions=tuple(mentions),
        corrected=frozenset(corrected),
        roots=_roots(pieces),
        tile_roots=tuple(root for part in pieces for root in part.tiles),
        differences=tuple(differences),
        ranges=tuple(ranges),
        known=frozenset(known),
    )


def _txn_bytes(txn: str) -> bytes:
    return bytes.fromhex(txn.replace("-", ""))


def _parts(txns: bytes) -> Iterator[bytes]:
    return (txns[at : at + TXN_BYTES] for at in range(0, len(txns), TXN_BYTES))


def _passed_before(
    before: Verified | None,
    kept: Sequence[Kept] | None,
    context: Context,
    files: Mapping[int, str],
    ledger: Ledger,
    *,
    size: int,
) -> dict[int, VerifiedRange]:
    """Give the ranges whose signatures need not be checked again, unless a byte of them is another now.

    A log that is shorter than the checkpoint they lie below was changed below what was verified: that is a deviation,
    and everything is checked. An erasure or a compromise recorded since says something about events below; then
    everything is checked, too. That the root at the checkpoint is the same is held when it was computed.

    The checkpoint itself has to be in the table, where step 4 asks for the log's signatures: so whoever rewrites what
    was remembered needs the log's keys as well, to have forged signatures below it taken for verified.
    """
    if before is None:
        return {}
    if size < before.size:
        ledger.failed(
            "ROLLED_BACK",
            place="what was verified before",
            found=f"{size} events in the record",
            expected=f"at least {before.size}: events that were verified are gone",
        )
        return {}
    if before.distrusted != context.trust.distrusted() or context.erasures.newest > before.size:
        return {}
    if not is_kept(before.size, before.root, kept):
        return {}
    below = (r for r in before.ranges if r.after + RANGE_SIZE <= before.size)
    return {r.after: r for r in below if files.get(r.after, "") == r.files}


def _check_root_before(
    whole: _Whole, before: Verified | None, kept: Sequence[Kept] | None, ledger: Ledger, *, size: int
) -> None:
    """Hold the root at the checkpoint that was verified before: no token below it may ever become another."""
    if before is None or before.size > size:
        return
    ledger.checked += 1
    root = whole.roots.get(before.size)
    if root is None or root.hex() != before.root:
        ledger.failed(
            "FORKED",
            place="what was verified before",
            found=f"root {'none' if root is None else root.hex()[:16]}.. of the first {before.size} events",
            expected=f"{before.root[:16]}..: what was verified was changed since; --full shows where",
        )
    else:
        check_still_kept("what was verified before", before.size, before.root, kept, ledger)


def _name_passed_before(whole: _Whole, before: Verified | None, ledger: Ledger) -> None:
    if before is None or not whole.known:
        return
    day = datetime.datetime.fromtimestamp(before.at, tz=datetime.UTC).date().isoformat()
    ledger.add(
        "SIGNATURES_VERIFIED_BEFORE",
        Verdict.PASSED,
        place=f"{len(whole.known) * RANGE_SIZE} events below the checkpoint over {before.size}",
        found=f"the bytes whose signatures were verified on {day}; only these bytes were read again",
        expected="--full verifies every signature",
    )


def _kept(whole: _Whole, kept: Sequence[Kept], trust: Trust, *, anchor: str, now: int) -> Verified | None:
    """Give what passed, as far as a checkpoint is over it; None where that is not a single full range."""
    size = max((k.stated for k in kept if k.stated is not None and k.stated in whole.roots), default=0)
    ranges = tuple(r for r in whole.ranges if r.after + RANGE_SIZE <= size)
    if not ranges:
        return None
    return Verified(
        format=FORMAT,
        procedure=PROCEDURE,
        anchor=anchor,
        at=now,
        size=size,
        root=whole.roots[size].hex(),
        distrusted=trust.distrusted(),
        ranges=ranges,
    )


def _roots(pieces: Sequence[Piece]) -> dict[int, bytes]:
    """Give the roots at the sizes asked for; none from where positions are missing: they would be of another log."""
    whole: list[Piece] = []
    for part in pieces:
        if part.after != (whole[-1].until if whole else 0):
            break
        whole.append(part)
    return dict(join(whole))


def _check_command_files(source: Source, whole: _Whole, ledger: Ledger, *, size: int) -> None:
    """Hold the table of command files against the tokens; an erased token belongs to either side of it."""
    noted = {row.txn: row for row in source.command_files()}
    for run in whole.runs:
        row = noted.pop(run.txn, None)
        place = f"position {run.first_position}"
        if row is None:
            # Statements that came from no file have a random txn, and nothing remembers them.
            if uuid.UUID(run.txn).version == _FROM_FILE:
                ledger.failed("COMMAND_FILE_MISSING", place=place, found=f"no row for txn {run.txn}", expected="one")
        elif not (
            row.first_position <= run.first_position
            and run.first_position + run.count <= row.first_position + row.event_count
        ):
            ledger.failed(
                "COMMAND_FILE_DIFFERS",
                place=place,
                found=f"a row for {row.event_count} events from position {row.first_position}",
                expected=f"at least {run.count} from {run.first_position} as in the tokens",
            )
        elif row.event_count > run.count:
            _check_short_run(source, whole, row.first_position, row.event_count, run, ledger)
    for row in noted.values():
        if row.event_count < 1 or row.first_position < 1 or row.first_position + row.event_count - 1 > size:
            ledger.failed(
                "COMMAND_FILE_DIFFERS",
                place=f"position {row.first_position}",
                found=f"a row for {row.event_count} events of txn {row.txn}",
                expected=f"positions from 1 to {size}",
            )
            continue
        _check_short_run(
            source, whole, row.first_position, row.event_count, Run(row.txn, row.first_position, 0), ledger
        )


def _check_short_run(  # a row and the run it is held against
    source: Source, whole: _Whole, first: int, count: int, run: Run, ledger: Ledger
) -> None:
    """Accept a command file with fewer tokens than noted only where the others were erased, or passed before."""
    rows = source.rows(after=first - 1, until=first + count - 1)
    there = sum(1 for row in rows if len(row.state) != ERASED_SIZE and not whole.passed_before(row.position))
    if there > run.count:
        ledger.failed(
            "COMMAND_FILE_DIFFERS",
            place=f"position {first}",
            found=f"a row for {count} events of txn {run.txn}",
            expected=f"{run.count} as in the tokens",
        )


# -- 7 --------------------------------------------------------------------------------------------


def _check_documents(source: Source, mentions: Iterable[Mention], erasures: Erasures, ledger: Ledger) -> None:
    """Check every document that an event says is held: there, unaltered, of the stated size."""
    wanted: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.digest is None:
            ledger.add(
                "DOCUMENT_WITHOUT_DIGEST",
                Verdict.INDETERMINATE,
                place=f"{mention.event}/{mention.path}",
                found="a document that is said to be held, without a digest",
                expected="its SHA-512",
            )
        else:
            wanted.setdefault(mention.digest, []).append(mention)
    noted = dict(source.documents())
    listing = source.document_list()
    if listing is not None:
        check_document_list(source, listing, wanted, erasures, ledger)
    for digest, fields in sorted(wanted.items()):
        ledger.checked += 1
        _check_document(source, digest, fields, erasures, ledger, noted_size=noted.pop(digest, None), listing=listing)
    for digest in sorted(noted):
        ledger.add(
            "DOCUMENT_SURPLUS",
            Verdict.PASSED,
            place=f"document {digest[:16]}..",
            found="a document that no event at hand names",
            expected="nothing depends on it",
        )
    for path in source.strays():
        ledger.add("FILE_SURPLUS", Verdict.PASSED, place=path, found="a file that is no document", expected="none")


def _check_document(  # a document and everything that is said about it
    source: Source,
    digest: str,
    fields: Sequence[Mention],
    erasures: Erasures,
    ledger: Ledger,
    *,
    noted_size: int | None,
    listing: Mapping[str, ListedDocument] | None,
) -> None:
    place = f"document {digest[:16]}.."
    kept = [m for m in fields if not erasures.has_document(m.event, m.path)]
    try:
        chunks = source.document(digest)
    except IntegrityError as error:
        ledger.failed("DOCUMENT_UNREADABLE", place=place, found=error.message, expected="its bytes")
        return
    listed = None if listing is None else listing.get(digest)
    if chunks is None and listed is not None and listed.missing is not None:
        name_not_given(place, listed.missing, ledger)
        return
    if chunks is None:
        for mention in kept:
            ledger.failed(
                "DOCUMENT_MISSING",
                place=f"{mention.event}/{mention.path}",
                found=f"no {place}",
                expected="the document, or an erasure that names it",
            )
        return
    if not kept:
        ledger.failed("ERASED_STILL_THERE", place=place, found="the document", expected="its erasure done")
        return
    hasher, size = hashlib.sha512(), 0
    try:
        for chunk in chunks:
            hasher.update(chunk)
            size += len(chunk)
    except OSError as error:
        ledger.failed("DOCUMENT_UNREADABLE", place=place, found=str(error.strerror), expected="its bytes")
        return
    if hasher.hexdigest() != digest:
        ledger.failed(
            "DOCUMENT_CHANGED", place=place, found=f"SHA-512 {hasher.hexdigest()[:16]}..", expected=f"{digest[:16]}.."
        )
        return
    if noted_size is None or noted_size != size:
        ledger.failed(
            "DOCUMENT_ROW_DIFFERS",
            place=place,
            found=f"{noted_size} bytes noted in the table",
            expected=f"{size} bytes",
        )
    for mention in kept:
        if mention.size is not None and mention.size != size:
            ledger.failed(
                "DOCUMENT_SIZE_DIFFERS",
                place=f"{mention.event}/{mention.path}",
                found=f"{mention.size} bytes stated",
                expected=f"{size} bytes",
            )
