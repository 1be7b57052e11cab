"""Whether what an excerpt leaves out is what its terms let be left out.

Which field a digest stands for nobody can tell who has only the digest. What can be told: whether the recipient may see
the event, and whether its type has a personal field at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.archive import ERASED_SIZE, read_row
from archive.errors import InputError, IntegrityError
from archive.excerpt.release import PERSONAL, Release, party_fields
from archive.excerpt.terms import Audience, Reason
from archive.verify.source import ArchiveSource
from domain.events import CATALOGUE, RecordCorrected, VisibilityChanged
from domain.stream import Fact
from domain.values import WITHHELD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.excerpt.kept import Excerpt
    from archive.excerpt.terms import Terms
    from archive.store.sqlite import StoredRow
    from domain.stream import RecordedEvent


def unfit(excerpt: Excerpt, terms: Terms) -> Iterator[tuple[int, str, str]]:
    """Give what is left out and should not be, and what is given and should not be, on the terms that are stated.

    Where a change of visibility is itself withheld nobody can tell what may be seen, and nothing is said of that.
    """
    changes, is_told = _changes(excerpt)
    types: dict[tuple[str, int], str] = {}
    release = Release(terms, changes, lambda stream, seq: types.get((stream, seq)))
    for entry in excerpt.entries():
        position, row = entry.row.position, entry.row
        if len(row.state) == ERASED_SIZE:
            if entry.reason not in {Reason.BLOCKED, Reason.ERASED}:
                yield position, f"the log entry of an event, left out as {entry.reason}", "its token"
            elif entry.reason == Reason.BLOCKED and terms.with_blocked:
                yield position, "the log entry of a blocked event", "the event: what is blocked is given"
            continue
        types[row.stream, row.originator_version] = row.topic
        try:
            released = release.of(row)
        except IntegrityError:
            continue  # what is wrong with it the steps of the procedure say
        if is_told and released.record is None:
            yield position, "a blocked event", "its log entry alone, on these terms"
            continue
        for one in released.omitted if is_told else ():
            yield position, f"the disclosure to {one.digest}", f"left out as {one.reason}, on these terms"
        if not entry.omitted or not is_told:
            continue
        expected = _expected(read_row(row), terms, release)
        for digest, reason in entry.omitted:
            if reason != expected:
                wanted = "given, on these terms" if expected is None else f"left out as {expected}"
                yield position, f"the disclosure to {digest} left out as {reason}", wanted


def _expected(record: RecordedEvent, terms: Terms, release: Release) -> Reason | None:
    """Say for what reason disclosures of an event may be left out; None where there is none."""
    if not release.is_seen(record):
        return Reason.NON_PUBLIC
    row = CATALOGUE[record.event.TYPE]
    has_personal = (
        isinstance(record.event, RecordCorrected) or PERSONAL in row.fields.values() or bool(party_fields(row.cls))
    )
    return Reason.PERSONAL if has_personal and terms.audience is not Audience.ARCHIVE else None


def _changes(excerpt: Excerpt) -> tuple[dict[str, tuple[Fact[VisibilityChanged], ...]], bool]:
    """Give the changes of visibility by what they name, oldest first, and whether all of them can be read."""
    is_told = True
    found: dict[str, tuple[Fact[VisibilityChanged], ...]] = {}
    source = ArchiveSource(excerpt.folder)
    try:
        for stream in source.streams("register"):
            for row in source.stream_rows(stream):
                record = _read(row)
                event = None if record is None else record.event
                if isinstance(event, VisibilityChanged) and WITHHELD in (event.target, event.becomes, event.was):
                    is_told = False
                elif record is not None and isinstance(event, VisibilityChanged) and isinstance(event.target, str):
                    found[event.target] = (*found.get(event.target, ()), Fact(event=event, record=record))
    finally:
        source.close()
    return found, is_told


def _read(row: StoredRow) -> RecordedEvent | None:
    """Read an event; None where it cannot be read, which the steps of the procedure name."""
    try:
        return None if len(row.state) == ERASED_SIZE else read_row(row)
    except (InputError, IntegrityError):
        return None
