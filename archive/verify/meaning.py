"""Step 8: every event valid, every stream evolves, the refusing rules hold.

A signer can write past the rules of recording; here they are asked again, over what is stored and nothing else.
A rule that cannot be judged because content was erased or withheld is passed over: the erasure is on record, and
step 6 says whether anything is missing without one.

Most rules look at the event alone and are asked where its token is read anyway. What looks at the stream before
(corrections, minutes, destructions) reads that stream; and since applying events refuses nothing but a correction
that does not fit, the streams that hold corrections are the ones replayed.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from msgspec import Struct

from archive.archive import ERASED_SIZE
from archive.documents import documents_named
from archive.errors import InputError
from archive.token import open_event
from archive.verify.context import open_row
from domain import streams as domain_streams
from domain.errors import RuleError, WithheldError
from domain.events import RecordCorrected
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.disclosure import Disclosure
    from archive.token import Token
    from archive.verify.context import Context
    from archive.verify.report import Ledger
    from archive.verify.source import Source
    from domain.stream import RecordedEvent


class Mention(Struct, frozen=True, array_like=True):
    """A field that says a document is held."""

    digest: str | None
    size: int | None
    event: str
    path: str


def read_history(source: Source, stream: str, *, below: int) -> tuple[RecordedEvent, ...]:
    """Read a stream as far as it can be read; what is wrong with a row is said where the row is checked."""
    found: list[RecordedEvent] = []
    for row in source.stream_rows(stream):
        if row.position >= below or len(row.state) == ERASED_SIZE:
            continue
        try:
            found.append(open_row(row))
        except InputError:
            continue
    return tuple(found)


class Meaning:
    """Checks the events of a range, as their tokens are read."""

    def __init__(self, source: Source, context: Context, ledger: Ledger) -> None:
        self._source = source
        self._context = context
        self._ledger = ledger
        self.mentions: list[Mention] = []
        self.corrected: set[str] = set()

    def check(self, token: Token, disclosures: Sequence[Disclosure], *, position: int) -> None:
        """Check one event; `disclosures` are those at hand that belong to the token."""
        self._ledger.checked += 1
        try:
            record = open_event(token, disclosures, position=position)
        except InputError as error:
            self._ledger.failed(
                "EVENT_INVALID",
                place=f"position {position}",
                found=error.message,
                expected="fields as the type has them",
            )
            return
        self._decide(record)
        if isinstance(record.event, RecordCorrected):
            self.corrected.add(record.stream)
        before = functools.partial(read_history, self._source, record.stream, below=record.position)
        for path, document in documents_named(record, before):
            if document.held:
                self.mentions.append(Mention(stated(document.digest), stated(document.size), record.id, path))

    def _decide(self, record: RecordedEvent) -> None:
        closed = self._context.closed
        try:
            domain_streams.decide(
                record,
                role=record.by.role,
                seq=record.seq - 1,
                closed=closed[1] if closed is not None and closed[0] < record.position else None,
                history=lambda: read_history(self._source, record.stream, below=record.position),
                others=lambda kind: self._others(kind, record),
            )
        except WithheldError:
            return
        except RuleError as error:
            self._ledger.failed(
                "RULE_BROKEN",
                place=f"position {record.position}",
                found=error.message,
                expected="what recording allows",
            )

    def _others(self, kind: str, record: RecordedEvent) -> Iterator[tuple[RecordedEvent, ...]]:
        for name in self._source.streams(kind):
            if name != record.stream:
                yield read_history(self._source, name, below=record.position)


def check_evolution(source: Source, names: Sequence[str], size: int, ledger: Ledger) -> None:
    """Replay streams and name those that do not evolve."""
    for name in names:
        try:
            domain_streams.replay(name.partition(":")[0], read_history(source, name, below=size + 1))
        except RuleError as error:
            ledger.failed("STREAM_DOES_NOT_EVOLVE", place=name, found=error.message, expected="a state")
