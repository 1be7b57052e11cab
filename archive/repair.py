"""Putting back what an archive lost, from a replica: missing tokens verbatim at their positions, nothing else.

A replica is another copy of the same register's archive. It is verified first; then every event that both have must
be the same, byte for byte, because where they differ one of the two was changed, and choosing is not a program's
business. Nothing that is there is overwritten, nothing is signed again: after a repair the record has the root of
every checkpoint that is known (of its own table, of `log/`, of the memory outside, of the replica), or the repair is
undone.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from archive import directory
from archive.archive import DOCUMENTS, ERASED_SIZE, Archive, read_row
from archive.batch import NewDocument
from archive.disclosure import EMPTY_ROW, digest_of, split
from archive.documents import INLINE_SIZE_MAX, Documents, documents_named
from archive.erasure import Erasures
from archive.errors import InputError, IntegrityError, StorageError
from archive.log.head import parse_head
from archive.log.merkle import Frontier, leaf_hashes
from archive.log.note import parse_note
from archive.log.opening import check_opening
from archive.token import entry_of
from archive.verify import ArchiveSource, Verdict, verify
from archive.verify.meaning import read_history
from domain.events import ContentErased

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from archive.archive import Means
    from archive.excerpt import ExcerptSource
    from archive.log.memory import Memory
    from archive.log.policy import Policy
    from archive.store.sqlite import StoredRow, Transaction
    from archive.verify import Report


class Repaired(Struct, frozen=True, kw_only=True):
    """What was put back.

    Attributes:
        events: How many events.
        disclosures: How many events got disclosures back.
        documents: How many documents.
        command_files: How many rows that remember a command file.
        checkpoints: How many checkpoints.
        size: How many events the register has now.
    """

    events: int
    disclosures: int
    documents: int
    command_files: int
    checkpoints: int
    size: int


def repair(folder: Path, replica: Path, *, means: Means, pin: Policy | None, memory: Memory | None = None) -> Repaired:
    """Put back what is missing.

    Args:
        folder: The archive that lost something.
        replica: A copy of it that did not.
        means: Clock and random source.
        pin: What is believed about the register; the replica is verified with it.
        memory: The memory outside, which tells a replica from a fork of it.

    Raises:
        InputError: The two are the same folder, or of different registers.
        IntegrityError: The replica does not verify, or the two differ where both have something; nothing was done.
        StorageError: A document cannot be copied; nothing was done.
    """
    if folder.resolve() == replica.resolve():
        msg = f"{replica}: found the archive itself, expected another copy of it"
        raise InputError(msg)
    source = ArchiveSource(replica)
    try:
        _require_sound(verify(source, pin=pin))
        with Archive.open(folder, means=means) as archive:
            return _repaired(archive, source, memory)
    finally:
        source.close()


def repair_from(
    folder: Path, excerpt: ExcerptSource, *, means: Means, pin: Policy | None, memory: Memory | None = None
) -> Repaired:
    """Put back what is missing and an export has.

    An export has some streams and not others, and may withhold; so what it does not have says nothing.

    Args:
        folder: The archive that lost something.
        excerpt: The evidence of an export of the same register.
        means: Clock and random source.
        pin: What is believed about the register; the export is verified with it.
        memory: The memory outside.

    Raises:
        IntegrityError: The export does not verify, the two differ where both have something, or what would be put
            together does not have the root of a checkpoint that is known; nothing was done.
        StorageError: The disk does not take it; nothing was done.
    """
    _require_sound(verify(excerpt, pin=pin))
    with Archive.open(folder, means=means) as archive:
        return _repaired(archive, excerpt, memory)


def _require_sound(report: Report) -> None:
    if report.verdict is not Verdict.FAILED:
        return
    finding = next(f for step in report.steps for f in step.findings if f.verdict is Verdict.FAILED)
    msg = f"{report.target}: the replica does not verify: {finding.place}: {finding.code}"
    raise IntegrityError(msg, hint="repair from a copy that `ratsbuch verify` passes")


def _repaired(archive: Archive, source: ArchiveSource | ExcerptSource, memory: Memory | None) -> Repaired:
    known = check_opening(archive, archive.log_folder, memory).known
    with archive.recorder.writing() as transaction:
        missing = list(_missing(archive, source))
        erasures = _erasures(archive)
        for row in missing:
            transaction.restore_event(row)
        disclosures, gone = 0, set()
        for row in source.rows(after=0, until=source.size()):
            disclosures += _disclose(transaction, archive, row, erasures)
            if len(row.state) != ERASED_SIZE:
                record = read_row(row)
                before = functools.partial(read_history, source, record.stream, below=record.position)
                named = documents_named(record, before)
                gone |= {d.digest for path, d in named if erasures.has_document(record.id, path)}
        documents = sum(
            _document(archive, transaction, source, digest, size)
            for digest, size in source.documents()
            if digest not in gone
        )
        files = sum(transaction.restore_command_file(row) for row in source.command_files())
        own = dict(archive.recorder.checkpoints())
        checkpoints = [(n, note) for n, note in source.checkpoints() if n not in own]
        for size, note in checkpoints:
            transaction.restore_checkpoint(size, note)
        wanted = {k.checkpoint.head.size: k.checkpoint.head.root for k in known}
        for size, note in {**own, **dict(checkpoints)}.items():
            wanted.setdefault(size, parse_head(parse_note(note).text).root)
        _require_whole(transaction, wanted)
        _require_roots(transaction, wanted)
        for stream in sorted({row.stream for row in missing}):
            left = [read_row(row) for row in transaction.rows(stream) if len(row.state) != ERASED_SIZE]
            directory.rewrite_keys(transaction, stream, left)
    return Repaired(
        events=len(missing),
        disclosures=disclosures,
        documents=documents,
        command_files=files,
        checkpoints=len(checkpoints),
        size=archive.size,
    )


def _require_whole(transaction: Transaction, wanted: Mapping[int, bytes]) -> None:
    """Refuse to stop short of what the log vouched for.

    Raises:
        IntegrityError: Events would still be missing at the end.
    """
    known = max(wanted, default=0)
    if known > transaction.size:
        msg = f"the newest checkpoint is over {known} events, and with what was found there would be {transaction.size}"
        raise IntegrityError(
            msg, hint="nothing was put back; repair from a copy, or from an export of the whole register"
        )


def _require_roots(transaction: Transaction, wanted: Mapping[int, bytes]) -> None:
    """Refuse what was put together if it does not have the root of a checkpoint that is known.

    Raises:
        IntegrityError: It does not; what is missing here was taken from a fork.
    """
    frontier, last = Frontier(), 0
    for size in sorted(n for n in wanted if 0 < n <= transaction.size):
        states = transaction.states(after=last, until=size)
        frontier.extend(leaf_hashes([s if len(s) == ERASED_SIZE else entry_of(s) for s in states]))
        last = size
        if frontier.size != size or frontier.root() != wanted[size]:
            msg = f"the first {size} events with those of the replica do not have the root that a checkpoint has"
            raise IntegrityError(msg, hint="the replica is a fork; nothing was put back; repair from another copy")


def _missing(archive: Archive, source: ArchiveSource | ExcerptSource) -> Iterator[StoredRow]:
    """Give the rows that only the replica has; refuse if the two differ where both have one."""
    if not source.complete:
        yield from _missing_of_excerpt(archive, source)
        return
    own = archive.recorder.rows()
    mine = next(own, None)
    for theirs in source.rows(after=0, until=source.size()):
        if mine is None or mine.position > theirs.position:
            yield theirs
            continue
        same = (mine.stream, mine.originator_version, mine.topic) == (
            theirs.stream,
            theirs.originator_version,
            theirs.topic,
        )
        if not same or _entry(mine) != _entry(theirs):
            msg = f"position {mine.position}: the archive and the replica have different events"
            raise IntegrityError(
                msg,
                hint="one of them was changed; `ratsbuch verify --against` a line, checkpoint or receipt says which; "
                "if nothing tells, open a successor with `ratsbuch init --successor-of`",
            )
        mine = next(own, None)
    if mine is not None:
        msg = f"position {mine.position}: the replica ends before it, so it is older than the archive"
        raise IntegrityError(msg, hint="repair from a newer copy")


def _missing_of_excerpt(archive: Archive, source: ArchiveSource | ExcerptSource) -> Iterator[StoredRow]:
    """Give the rows that only an export has in whole; one that it withholds brings no token back."""
    for theirs in source.rows(after=0, until=source.size()):
        mine = archive.recorder.row(theirs.position)
        if mine is None:
            if len(theirs.state) != ERASED_SIZE:
                yield theirs
        elif mine.stream != theirs.stream or _entry(mine) != _entry(theirs):
            msg = f"position {theirs.position}: the archive and the export have different events"
            raise IntegrityError(
                msg, hint="one of them was changed; `ratsbuch verify --against` the export says what differs"
            )


def _entry(row: StoredRow) -> bytes:
    return row.state if len(row.state) == ERASED_SIZE else entry_of(row.state)


def _erasures(archive: Archive) -> Erasures:
    """What this archive has erased: that does not come back from a copy made before."""
    erasures = Erasures()
    for record in archive.history(f"register:{archive.settings.register}"):
        if isinstance(record.event, ContentErased):
            erasures.apply(record)
    return erasures


def _disclose(transaction: Transaction, archive: Archive, theirs: StoredRow, erasures: Erasures) -> bool:
    """Put back the disclosures of an event that are missing here and were not erased here."""
    mine = archive.recorder.row(theirs.position)
    if theirs.disclosed == EMPTY_ROW or (mine is not None and len(mine.state) == ERASED_SIZE):
        return False
    erased = erasures.disclosures(f"{theirs.stream}#{theirs.originator_version}")
    there = set(split(mine.disclosed)) if mine is not None else set()
    wanted = [text for text in split(theirs.disclosed) if digest_of(text) not in erased]
    if set(wanted) <= there:
        return False
    # An export may withhold what is there.
    wanted += [text for text in (split(mine.disclosed) if mine is not None else ()) if text not in wanted]
    transaction.restore_disclosures(theirs.position, b"~" + b"".join(text + b"~" for text in wanted))
    return True


def _document(
    archive: Archive, transaction: Transaction, source: ArchiveSource | ExcerptSource, digest: str, size: int
) -> bool:
    """Put back a document that is missing here."""
    if archive.document(digest) is not None:
        return False
    if size > INLINE_SIZE_MAX:
        path = Documents(source.folder / DOCUMENTS).path(digest)
        new = NewDocument(digest_hex=digest, size=size, media_type="application/octet-stream", path=path)
        archive.documents.put(transaction, new)
        return True
    content = b"".join(source.document(digest) or ())
    if hashlib.sha512(content).hexdigest() != digest:
        msg = f"document {digest[:16]}..: the replica does not hold its bytes"
        raise StorageError(msg)
    transaction.restore_document(digest, content)
    return True
