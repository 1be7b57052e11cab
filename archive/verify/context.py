"""What the checks of single events need to know about the whole: keys over the positions, and erasures."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from archive.archive import ERASED_SIZE
from archive.disclosure import Disclosure, DisclosureError, read, split
from archive.erasure import Erasures
from archive.errors import InputError, IntegrityError
from archive.token import open_event, parse
from archive.trust import TRUST_TYPES, Trust
from domain.events import ContentErased, RegisterClosed

if TYPE_CHECKING:
    from archive.store.sqlite import StoredRow
    from archive.verify.source import Source
    from domain.stream import RecordedEvent


def open_row(row: StoredRow) -> RecordedEvent:
    """Read an event with those of its disclosures that are there and its own; the others count as withheld.

    Raises:
        InputError: The token, or the value of a field, is not valid.
    """
    token = parse(row.state)
    disclosed: dict[str, Disclosure] = {}
    with contextlib.suppress(DisclosureError):
        for encoded in split(row.disclosed):
            with contextlib.suppress(DisclosureError):
                disclosure = read(encoded)
                disclosed[disclosure.digest] = disclosure
    return open_event(token, [disclosed[d] for d in token.digests if d in disclosed], position=row.position)


class Context:
    """Keys and erasures as the register's own stream states them, and the register's UUID as its first row does.

    Rows that cannot be read are left out here; the steps name them.
    """

    def __init__(self, source: Source) -> None:
        self.trust = Trust()
        self.erasures = Erasures()
        self.register: str | None = None
        self.closed: tuple[int, str] | None = None
        try:
            first = next(iter(source.rows(after=0, until=1)), None)
            if first is None or not first.stream.startswith("register:"):
                return
            rows = source.stream_rows(first.stream)
        except IntegrityError:
            return
        self.register = first.stream.partition(":")[2]
        for row in rows:
            if len(row.state) == ERASED_SIZE or row.topic not in TRUST_TYPES | {ContentErased.TYPE}:
                continue
            try:
                record = open_row(row)
                self.trust.apply(record)
            except InputError:
                continue
            self.erasures.apply(record)
            if isinstance(record.event, RegisterClosed) and self.closed is None:
                self.closed = (record.position, record.id)


@functools.lru_cache(maxsize=2)
def context_of(source: Source, run: str) -> Context:  # noqa: ARG001  # tells one verification from the next
    """Give the context of a source, made once a process and verification: what was read before may have changed."""
    return Context(source)
