"""Whether what an excerpt leaves out is what its terms let be left out.

Which field a digest stands for nobody can tell who has only the digest. What can be told: whether the recipient may see
the event, and whether its type has a personal field at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.archive import ERASED_SIZE, read_row
from archive.errors import InputError, IntegrityError
from archive.excerpt.release import PERSONAL, SEES, party_fields
from archive.excerpt.terms import Audience, Reason
from archive.verify.source import ArchiveSource
from domain import register
from domain.events import CATALOGUE, RecordCorrected, VisibilityChanged
from domain.stream import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archive.excerpt.kept import Excerpt
    from archive.excerpt.terms import Terms
    from archive.store.sqlite import StoredRow
    from domain.stream import RecordedEvent


def unfit(excerpt: Excerpt, terms: Terms) -> Iterator[tuple[int, str, str]]:
    """Give what is left out and should not be: the position, what was found, and what is expected."""
    counts = excerpt.counts()
    if not counts["disclosures"] and not counts["events"]:
        return
    changes = _changes(excerpt)
    for entry in excerpt.entries():
        position = entry.row.position
        if entry.reason == Reason.BLOCKED and terms.with_blocked:
            yield position, "the log entry of a blocked event", "the event: what is blocked is given"
        record = _read(entry.row) if entry.omitted else None
        if record is None:
            continue
        expected = _expected(record, terms, changes)
        for digest, reason in entry.omitted:
            if reason != expected:
                wanted = "given, on these terms" if expected is None else f"left out as {expected}"
                yield position, f"the disclosure to {digest} left out as {reason}", wanted


def _expected(
    record: RecordedEvent, terms: Terms, changes: Mapping[str, tuple[Fact[VisibilityChanged], ...]]
) -> Reason | None:
    """Say for what reason disclosures of an event may be left out; None where there is none."""
    if register.visibility_of(record, changes, on=terms.day) not in SEES[terms.audience]:
        return Reason.NON_PUBLIC
    row = CATALOGUE[record.event.TYPE]
    has_personal = (
        isinstance(record.event, RecordCorrected) or PERSONAL in row.fields.values() or bool(party_fields(row.cls))
    )
    return Reason.PERSONAL if has_personal and terms.audience is not Audience.ARCHIVE else None


def _changes(excerpt: Excerpt) -> dict[str, tuple[Fact[VisibilityChanged], ...]]:
    """Give the changes of visibility in an excerpt by what they name, oldest first."""
    found: dict[str, tuple[Fact[VisibilityChanged], ...]] = {}
    source = ArchiveSource(excerpt.folder)
    try:
        for stream in source.streams("register"):
            for row in source.stream_rows(stream):
                record = _read(row)
                event = None if record is None else record.event
                if record is not None and isinstance(event, VisibilityChanged) and isinstance(event.target, str):
                    found[event.target] = (*found.get(event.target, ()), Fact(event=event, record=record))
    finally:
        source.close()
    return found


def _read(row: StoredRow) -> RecordedEvent | None:
    """Read an event; None where it cannot be read, which the steps of the procedure name."""
    try:
        return None if len(row.state) == ERASED_SIZE else read_row(row)
    except (InputError, IntegrityError):
        return None
