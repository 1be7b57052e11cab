"""Steps 2, 3, 4, 6 and 8 over a range of positions: what one process checks and hands back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from archive.archive import ERASED_SIZE
from archive.disclosure import EMPTY_ROW, DisclosureError, base64url_encode, digest_of, read, split
from archive.errors import InputError, IntegrityError
from archive.log.folder import Difference
from archive.log.head import TreeHead
from archive.log.merkle import leaf_hash, leaf_hashes, verify_inclusion
from archive.log.sequencer import Piece, piece
from archive.token import Entry, Token, TokenError, check_signature, entry_of, match, parse, read_header
from archive.verify.context import context_of
from archive.verify.meaning import Meaning, Mention
from archive.verify.report import Ledger, Step, Verdict
from archive.verify.verified import RangeDigest
from domain.values import stated

if TYPE_CHECKING:
    from archive.disclosure import Disclosure
    from archive.log.merkle import LeafHash
    from archive.store.sqlite import StoredRow
    from archive.verify.context import Context
    from archive.verify.source import Source


class Edge(Struct, frozen=True, array_like=True):
    """The first and last event of a stream in a range.

    Attributes:
        stream: Its id.
        first_position: Position of the first.
        first_seq: Its `seq`.
        first_prev: Its `prev`, base64url; empty where it has none, None where it was erased and nobody can say.
        last_seq: `seq` of the last.
        last_entry: Log entry of the last.
    """

    stream: str
    first_position: int
    first_seq: int
    first_prev: str | None
    last_seq: int
    last_entry: bytes


class Run(Struct, frozen=True, array_like=True):
    """Events of one command file that stand together."""

    txn: str
    first_position: int
    count: int


class RangeResult(Struct, frozen=True):
    """What a range gave: findings, and its edges for the neighbour ranges."""

    after: int
    until: int
    tokens: Step
    streams: Step
    log: Step
    disclosures: Step
    meaning: Step
    mentions: tuple[Mention, ...]
    corrected: frozenset[str]
    piece: Piece
    differences: tuple[Difference, ...]
    edges: tuple[Edge, ...]
    runs: tuple[Run, ...]
    first_iat: int | None
    last_iat: int | None
    count: int
    digest: str
    known: bool

    @property
    def clean(self) -> bool:
        """Whether nothing at all was found in it."""
        return not any(s.findings for s in (self.tokens, self.streams, self.disclosures, self.meaning))


class _Range:
    def __init__(self, source: Source, context: Context) -> None:
        self.context = context
        self.source = source
        self.tokens, self.streams, self.disclosures, self.meant = Ledger(2), Ledger(3), Ledger(6), Ledger(8)
        self.log = Ledger(4)
        self.meaning = Meaning(source, context, self.meant)
        self.heads: dict[str, tuple[int, Entry]] = {}
        self.firsts: dict[str, tuple[int, int, str | None]] = {}
        self.runs: list[list[object]] = []
        self.entries: list[bytes] = []
        self.first_iat: int | None = None
        self.last_iat: int | None = None

    def check(self, row: StoredRow) -> None:
        place = f"position {row.position}"
        self.tokens.checked += 1
        self.streams.checked += 1
        if len(row.state) == ERASED_SIZE:
            self._erased(row, place)
            return
        token = self._token(row, place)
        if token is None:
            # The token says nothing that could be relied on; its stored bytes still are the link for the next.
            self._link(row, place, prev=None, entry=entry_of(row.state))
            return
        self._signature(token, row.position, place)
        payload = token.payload
        iat = token.header.iat
        if self.last_iat is not None and iat < self.last_iat:
            self.tokens.failed("RECORDING_TIME_FELL", place=place, found=str(iat), expected=f"{self.last_iat} or later")
        self.first_iat = iat if self.first_iat is None else self.first_iat
        self.last_iat = iat if self.last_iat is None else max(iat, self.last_iat)
        if (payload.sub, payload.seq) != (row.stream, row.originator_version):
            self.streams.failed(
                "ROW_DIFFERS",
                place=place,
                found=f"row of {row.stream}#{row.originator_version}",
                expected=f"{payload.sub}#{payload.seq} as in the token",
            )
        self._link(row, place, prev=stated(payload.prev) or "", entry=token.entry)
        self._run(payload.txn, row.position)
        self.meaning.check(token, self._disclosures(row, token, place), position=row.position)

    def _erased(self, row: StoredRow, place: str) -> None:
        event_id = f"{row.stream}#{row.originator_version}"
        # The register's own tokens say whose signature counts: with one of them gone, a revoked key could come back.
        if row.stream.startswith("register:") or not (
            self.context.erasures.has_token(event_id, after=row.position) or self.source.is_entry_listed(row.position)
        ):
            self.tokens.failed(
                "TOKEN_MISSING",
                place=place,
                found="a log entry in place of the token",
                expected="the token, or a later erasure",
            )
        self._link(row, place, prev=None, entry=Entry(row.state))
        if row.disclosed != EMPTY_ROW:
            self.disclosures.failed(
                "ERASED_STILL_THERE", place=place, found="disclosures of an erased token", expected="none"
            )

    def _token(self, row: StoredRow, place: str) -> Token | None:
        try:
            return parse(row.state, type_name=row.topic)
        except TokenError as error:
            failure = error
        try:
            token = parse(row.state)
        except TokenError:
            self.tokens.failed(
                failure.rule, place=place, found=failure.message, expected="a token as the format has it"
            )
            return None
        self.streams.failed(
            "ROW_DIFFERS",
            place=place,
            found=f"row of type {row.topic}",
            expected=f"{token.payload.type} as in the token",
        )
        return token

    def _signature(self, token: Token, position: int, place: str) -> None:
        trust = self.context.trust
        if token.payload.iss != f"urn:uuid:{self.context.register}":
            self.tokens.failed(
                "TOKEN_ISSUER",
                place=place,
                found=token.payload.iss,
                expected=f"urn:uuid:{self.context.register}, the register of position 1",
            )
        enrolment = trust.key_of(token.header.certificate_digest)
        if enrolment is not None:
            try:
                check_signature(token, enrolment.algorithm, enrolment.key)
            except TokenError as error:
                self.tokens.failed(
                    error.rule, place=place, found=error.message, expected="a signature by the certificate's key"
                )
        doubt = trust.judge(token, position)
        if doubt is not None:
            self.tokens.add(
                doubt.code,
                Verdict.FAILED if doubt.certain else Verdict.INDETERMINATE,
                place=place,
                found=doubt.found,
                expected=doubt.expected,
            )

    def _link(self, row: StoredRow, place: str, *, prev: str | None, entry: Entry) -> None:
        stream, seq = row.stream, row.originator_version
        self.entries.append(entry)
        head = self.heads.get(stream)
        if head is None:
            self.firsts[stream] = (row.position, seq, prev)
        else:
            check_link(self.streams, place, stream, seq=seq, prev=prev, head=head)
        self.heads[stream] = (seq, entry)

    def _run(self, txn: str, position: int) -> None:
        if self.runs and self.runs[-1][0] == txn:
            self.runs[-1][2] = position
        else:
            self.runs.append([txn, position, position])

    def _disclosures(self, row: StoredRow, token: Token, place: str) -> list[Disclosure]:
        """Check the disclosures beside a token, and give those that belong to it."""
        digests = token.digests
        if not digests and row.disclosed == EMPTY_ROW:
            return []
        self.disclosures.checked += len(digests)
        event_id = f"{token.payload.sub}#{token.payload.seq}"
        given = {} if row.disclosed == EMPTY_ROW else self._given(row, token, place)
        erased = self.context.erasures.disclosures(event_id)
        omitted = frozenset() if self.source.complete else self.source.omitted(row.position)
        for digest in sorted(omitted & given.keys()):
            self.disclosures.failed(
                "OMISSION_DIFFERS",
                place=place,
                found=f"the disclosure to {digest}, which is listed as left out",
                expected="what is listed as left out left out",
            )
        for digest in sorted(omitted - set(digests)):
            self.disclosures.failed(
                "OMISSION_DIFFERS",
                place=place,
                found=f"{digest} listed as left out",
                expected="a digest that the token has",
            )
        for digest in digests:
            if digest in given and digest in erased:
                self.disclosures.failed(
                    "ERASED_STILL_THERE", place=place, found=f"the disclosure to {digest}", expected="its erasure done"
                )
            elif digest not in given and digest not in erased and digest not in omitted:
                self.disclosures.failed(
                    "DISCLOSURE_MISSING",
                    place=place,
                    found=f"no disclosure to {digest}",
                    expected="the disclosure, or an erasure that names it"
                    + ("" if self.source.complete else ", or an omission that is listed"),
                )
        return [d for d in given.values() if d is not None]

    def _given(self, row: StoredRow, token: Token, place: str) -> dict[str, Disclosure | None]:
        """Give the disclosures that are there by digest; None for one that cannot be read or has a wrong name."""
        try:
            encoded = split(row.disclosed)
        except DisclosureError as error:
            self.disclosures.failed(error.rule, place=place, found=error.message, expected="~d1~d2~")
            return {}
        given: dict[str, Disclosure | None] = {}
        for text in encoded:
            digest = digest_of(text)
            if digest not in token.digests:
                self.disclosures.failed(
                    "DISCLOSURE_FOREIGN",
                    place=place,
                    found=f"a disclosure with digest {digest}",
                    expected="one that the token holds the digest of",
                )
            elif digest in given:
                self.disclosures.failed(
                    "DISCLOSURE_TWICE", place=place, found=f"the disclosure to {digest} twice", expected="once"
                )
            else:
                given[digest] = self._read(text, token, place)
        return given

    def _read(self, text: bytes, token: Token, place: str) -> Disclosure | None:
        try:
            disclosure = read(text)
            match(token, (disclosure,))
        except DisclosureError as error:
            self.disclosures.failed(
                error.rule, place=place, found=error.message, expected="salt, name and value as hides says"
            )
            return None
        return disclosure


def check_link(  # the two ends of a link
    ledger: Ledger, place: str, stream: str, *, seq: int, prev: str | None, head: tuple[int, bytes] | None
) -> None:
    """Hold an event against the one before it in its stream; `prev` is None where nobody can say."""
    last_seq, last_entry = head or (0, b"")
    if seq != last_seq + 1:
        ledger.failed("SEQ_GAP", place=place, found=f"{stream}#{seq}", expected=f"{stream}#{last_seq + 1}")
        return
    if prev is None:
        return
    expected = base64url_encode(last_entry).decode() if head else ""
    if prev != expected:
        ledger.failed(
            "PREV_DIFFERS",
            place=place,
            found=f"prev {prev[:16]}.." if prev else "no prev",
            expected=f"{expected[:16]}.., the entry of {stream}#{last_seq}" if expected else "none",
        )


def _prove(work: _Range, row: StoredRow, head: TreeHead | None) -> None:
    """Hold an event's own proof against the newest checkpoint, where roots cannot be computed."""
    work.log.checked += 1
    place = f"position {row.position}"
    try:
        if head is None:
            msg = "no checkpoint that can be read"
            raise InputError(msg)
        leaf = leaf_hash(work.entries[-1])
        verify_inclusion(row.position - 1, head.size, leaf, work.source.proof(row.position), head.root)
    except (InputError, IntegrityError) as error:
        work.log.failed(
            "INCLUSION_INVALID",
            place=place,
            found=error.message,
            expected="a proof that leads to the root of the newest checkpoint",
        )


class Task(Struct, frozen=True, kw_only=True):
    """What all ranges of one verification have in common.

    Attributes:
        run: Names the verification.
        sizes: The sizes whose roots are wanted, rising.
        log_size: How many events the tiles are over; 0 where there are none to compare.
        head: The newest checkpoint's, where each event has its own proof; None where roots are computed.
        gapless: Whether there has to be an event at every position.
        known: The digests of ranges that passed before, by the position before their first.
    """

    run: str
    sizes: tuple[int, ...] = ()
    log_size: int = 0
    head: TreeHead | None = None
    gapless: bool = True
    known: dict[int, str] = {}


def check_range(source: Source, after: int, until: int, task: Task) -> RangeResult:
    """Check the rows above `after` up to `until`; where they passed before and no byte is another, hash them only."""
    if after in task.known:
        hashed = _hash_range(source, after, until, task)
        if hashed is not None and hashed.digest == task.known[after]:
            return hashed
    work = _Range(source, context_of(source, task.run))
    digest = RangeDigest()
    expected = after + 1
    try:
        for row in source.rows(after=after, until=until):
            if task.gapless:
                check_gap(work.streams, expected, row.position)
            work.check(row)
            digest.row(row, work.entries[-1])
            if not task.gapless:
                _prove(work, row, task.head)
            expected = row.position + 1
    except IntegrityError as error:
        work.streams.failed(
            "STORE_DAMAGED", place=f"positions from {expected}", found=error.message, expected="readable rows"
        )
    else:
        if task.gapless:
            check_gap(work.streams, expected, until + 1)
    # Roots of what stands side by side only because something is left out between would be of another log.
    leaves = leaf_hashes(work.entries) if task.gapless else []
    return RangeResult(
        after=after,
        until=until,
        tokens=work.tokens.result(),
        streams=work.streams.result(),
        log=work.log.result(),
        disclosures=work.disclosures.result(),
        meaning=work.meant.result(),
        mentions=tuple(work.meaning.mentions),
        corrected=frozenset(work.meaning.corrected),
        piece=piece(leaves, after=after, sizes=task.sizes),
        differences=_differences(source, work.entries, leaves, after=after, log_size=task.log_size),
        edges=tuple(
            Edge(stream, position, seq, prev, *work.heads[stream])
            for stream, (position, seq, prev) in work.firsts.items()
        ),
        runs=tuple(Run(str(t), int(str(a)), int(str(b)) - int(str(a)) + 1) for t, a, b in work.runs),
        first_iat=work.first_iat,
        last_iat=work.last_iat,
        count=work.tokens.checked,
        digest=digest.result(),
        known=False,
    )


def _hash_range(source: Source, after: int, until: int, task: Task) -> RangeResult | None:
    """Hash a range without checking it; None if it cannot be read through."""
    digest, entries = RangeDigest(), []
    first = last = None
    try:
        for row in source.rows(after=after, until=until):
            entry = row.state if len(row.state) == ERASED_SIZE else entry_of(row.state)
            entries.append(entry)
            digest.row(row, entry)
            if len(row.state) != ERASED_SIZE:
                first, last = first or row, row
        first_iat, last_iat = (
            None if row is None else read_header(row.state.partition(b".")[0]).iat for row in (first, last)
        )
    except (IntegrityError, TokenError):
        return None
    steps = []
    for number in (2, 3, 4, 6, 8):
        ledger = Ledger(number)
        ledger.checked = 0 if number == 4 else len(entries)  # noqa: PLR2004  # the log is checked as a whole
        steps.append(ledger.result())
    leaves = leaf_hashes(entries)
    return RangeResult(
        after=after,
        until=until,
        tokens=steps[0],
        streams=steps[1],
        log=steps[2],
        disclosures=steps[3],
        meaning=steps[4],
        mentions=(),
        corrected=frozenset(),
        piece=piece(leaves, after=after, sizes=task.sizes),
        differences=_differences(source, entries, leaves, after=after, log_size=task.log_size),
        edges=(),
        runs=(),
        first_iat=first_iat,
        last_iat=last_iat,
        count=len(entries),
        digest=digest.result(),
        known=True,
    )


def check_gap(ledger: Ledger, expected: int, found: int) -> None:
    """Name the positions that are missing before the one found; none where it is the one expected."""
    if found == expected:
        return
    missing = f"position {expected}" if found == expected + 1 else f"positions {expected} to {found - 1}"
    ledger.failed("POSITION_GAP", place=missing, found="no event", expected="one event at every position")


def _differences(
    source: Source, entries: list[bytes], leaves: list[LeafHash], *, after: int, log_size: int
) -> tuple[Difference, ...]:
    """Hold the tiles of the range against its entries, as far as the tiles reach."""
    tiles, count = source.tiles(), min(len(entries), log_size - after)
    if tiles is None or count <= 0:
        return ()
    return tuple(tiles.compare_range(entries[:count], leaves[:count], after=after))
