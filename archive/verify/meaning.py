"""Step 8 over streams: every event valid, every stream evolves, the refusing rules hold.

A signer can write past the rules of recording; here they are asked again, over what is stored and nothing else.
A rule that cannot be judged because content was erased or withheld is passed over: the erasure is on record, and
step 6 says whether anything is missing without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from archive.archive import ERASED_SIZE
from archive.disclosure import read, split
from archive.erasure import documents_of
from archive.errors import InputError
from archive.token import open_event, parse
from archive.verify.context import context_of
from archive.verify.report import Ledger, Step
from domain import streams as domain_streams
from domain.errors import RuleError, WithheldError
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.store.sqlite import StoredRow
    from archive.verify.source import Source
    from domain.stream import RecordedEvent


class Mention(Struct, frozen=True, array_like=True):
    """A field that says a document is held."""

    digest: str | None
    size: int | None
    event: str
    path: str


class MeaningResult(Struct, frozen=True):
    """What a share of the streams gave."""

    step: Step
    mentions: tuple[Mention, ...]


def _open(row: StoredRow) -> RecordedEvent | None:
    """Open a row as far as it can be; what is wrong with token or disclosures is another step's to say."""
    try:
        token = parse(row.state)
        disclosed = {d.digest: d for d in map(read, split(row.disclosed))}
    except InputError:
        return None
    return open_event(token, [disclosed[d] for d in token.digests if d in disclosed], position=row.position)


def _history(source: Source, stream: str, *, below: int) -> tuple[RecordedEvent, ...]:
    found: list[RecordedEvent] = []
    for row in source.stream_rows(stream):
        if row.position < below and len(row.state) != ERASED_SIZE:
            try:
                record = _open(row)
            except InputError:
                continue
            if record is not None:
                found.append(record)
    return tuple(found)


def check_streams(source: Source, names: Sequence[str], size: int) -> MeaningResult:
    """Check every event of some streams, in order."""
    ledger = Ledger(8)
    mentions: list[Mention] = []
    closed = context_of(source, size).closed
    for stream in names:
        records: list[RecordedEvent] = []
        for row in source.stream_rows(stream):
            if len(row.state) == ERASED_SIZE:
                continue
            ledger.checked += 1
            place = f"position {row.position}"
            try:
                record = _open(row)
            except InputError as error:
                ledger.failed("EVENT_INVALID", place=place, found=error.message, expected="fields as the type has them")
                continue
            if record is None:
                continue
            _decide(ledger, source, record, records, closed=closed)
            records.append(record)
            mentions += [
                Mention(stated(document.digest), stated(document.size), record.id, path)
                for path, document in documents_of(record)
                if document.held
            ]
        try:
            domain_streams.replay(stream.partition(":")[0], records)
        except RuleError as error:
            ledger.failed("STREAM_DOES_NOT_EVOLVE", place=stream, found=error.message, expected="a state")
    return MeaningResult(step=ledger.result(), mentions=tuple(mentions))


def _decide(
    ledger: Ledger,
    source: Source,
    record: RecordedEvent,
    before: list[RecordedEvent],
    *,
    closed: tuple[int, str] | None,
) -> None:
    def others(kind: str) -> Iterator[tuple[RecordedEvent, ...]]:
        for name in source.streams():
            if name.startswith(kind + ":") and name != record.stream:
                yield _history(source, name, below=record.position)

    try:
        domain_streams.decide(
            record,
            role=record.by.role,
            seq=record.seq - 1,
            closed=closed[1] if closed is not None and closed[0] < record.position else None,
            history=lambda: tuple(before),
            others=others,
        )
    except WithheldError:
        return
    except RuleError as error:
        ledger.failed(
            "RULE_BROKEN", place=f"position {record.position}", found=error.message, expected="what recording allows"
        )
