"""Erasing content for good while tokens, proofs and positions stay (de: Löschung von Inhalten).

An erasure is first an event: `content-erased/1` names what goes and on what legal ground. Only then is it
removed: the disclosure from its row, the document from table or folder, as a last resort the token down to its
log entry. The write-ahead log is emptied afterwards, because deleted text survives in it.

What is out of reach (backups, packages that were handed over, the source system, paper) is listed, not passed
over. Verification accepts a gap exactly where an erasure names it.
"""

from __future__ import annotations

import datetime
import functools
import re
import typing
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Struct

from archive import directory
from archive.archive import ERASED_SIZE, Archive, Recorded, read_row
from archive.disclosure import Disclosure, digest_of, read, split
from archive.documents import INLINE_SIZE_MAX
from archive.errors import InputError, StorageError
from archive.store.sqlite import StoredRow
from archive.token import Token, entry_of, match, parse
from domain.events import ContentErased, Event, Transferred
from domain.stream import RecordedEvent, Statement
from domain.values import WITHHELD, Document, ErasureTarget, When
from domain.vocabulary import Certainty, ErasureKind, Role, Visibility

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from archive.keys import Signer
    from archive.store.sqlite import Transaction

_TARGET: Final = re.compile(
    r"(?:(?P<kind>disclosure|document|token):)?"
    r"(?P<stream>[a-z]+:[0-9a-f-]{36})(?:#(?P<seq>[1-9][0-9]{0,9}))?(?:/(?P<path>[a-z_.]+(?:/[a-z0-9_]+)*))?\Z"
)
REMAINING: Final = (
    "backups and replicas of this archive made before the erasure",
    "packages and exports that were handed out before the erasure",
    "the command files and documents that were recorded from, where they lie outside the archive",
    "the council information system or paper that the record was taken from",
    "blocks of the storage device that the file system has freed but not overwritten",
)


class Erasures:
    """What the register's `content-erased` events name; a gap anywhere else is a loss."""

    def __init__(self) -> None:
        self._disclosures: dict[str, set[str]] = {}
        self._documents: set[tuple[str, str]] = set()
        self._tokens: dict[str, int] = {}

    def apply(self, record: RecordedEvent) -> None:
        """Take in an event; those that erase nothing are passed over."""
        event = record.event
        if not isinstance(event, ContentErased) or event.targets is WITHHELD:
            return
        for target in event.targets:
            if target.kind is ErasureKind.DISCLOSURE and isinstance(target.digest, str):
                self._disclosures.setdefault(target.event, set()).add(target.digest)
            elif target.kind is ErasureKind.DOCUMENT and isinstance(target.path, str):
                self._documents.add((target.event, target.path))
            elif target.kind is ErasureKind.TOKEN:
                self._tokens[target.event] = record.position

    def disclosures(self, event_id: str) -> frozenset[str]:
        """Give the digests of the disclosures of an event that were erased."""
        return frozenset(self._disclosures.get(event_id, ()))

    def has_document(self, event_id: str, path: str) -> bool:
        """Say whether the document that a field names was erased."""
        return (event_id, path) in self._documents

    def has_token(self, event_id: str, *, after: int) -> bool:
        """Say whether a token was erased by an event at a higher position."""
        return self._tokens.get(event_id, 0) > after


class Erased(Struct, frozen=True, kw_only=True):
    """What an erasure did.

    Attributes:
        recorded: The event that names it; None for a rehearsal, which removed nothing.
        targets: What was removed.
        remaining: What could not be reached, in words.
    """

    recorded: Recorded | None
    targets: tuple[ErasureTarget, ...]
    remaining: tuple[str, ...]


class _RehearsedError(Exception):
    """Leaves the transaction of a rehearsal."""


class _Row(Struct, frozen=True, kw_only=True):
    """A stored row, its token and its disclosures by path."""

    row: StoredRow
    token: Token
    disclosures: dict[str, Disclosure]

    @property
    def id(self) -> str:
        return f"{self.row.stream}#{self.row.originator_version}"


def _holds_documents(hint: object) -> bool:
    """Say whether a value of a type can be or hold a document."""
    if hint is Document:
        return True
    if isinstance(hint, type) and issubclass(hint, Struct):
        return "document" in hint.__struct_fields__
    return any(_holds_documents(part) for part in typing.get_args(hint))


@functools.cache
def _document_fields(cls: type[Event]) -> tuple[str, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(name for name in cls.__struct_fields__ if _holds_documents(hints[name]))


def _documents_in(value: object, path: str) -> Iterator[tuple[str, Document]]:
    """Give the documents in a field: one, a list of them, or records that each name one."""
    if isinstance(value, Document):
        yield path, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _documents_in(item, f"{path}/{index}")
    else:
        inner = getattr(value, "document", None)
        if isinstance(inner, Document):
            yield f"{path}/document", inner


def documents_of(record: RecordedEvent) -> Iterator[tuple[str, Document]]:
    """Give the documents that an event names, each with the path of its field.

    A path is written `data.document` or `sources/0/document`.
    """
    for name in _document_fields(type(record.event)):
        yield from _documents_in(getattr(record.event, name), f"data.{name}")
    if isinstance(record.sources, tuple):
        yield from _documents_in(record.sources, "sources")


def _read(row: StoredRow) -> _Row:
    token = parse(row.state, type_name=row.topic)
    return _Row(row=row, token=token, disclosures=match(token, map(read, split(row.disclosed))))


def parse_target(text: str, archive: Archive) -> tuple[ErasureTarget, ...]:
    """Read what a person names for erasure.

    `EVENT/PATH` is one disclosure (`proposal:<uuid>#3/data.reasons`), `EVENT` all disclosures of an event,
    `STREAM` all of a stream (a person's, say), `document:EVENT/PATH` the document that a field names,
    `token:EVENT` the token down to its log entry.

    Raises:
        InputError: Not such a name, or nothing there to erase.
    """
    found = _TARGET.match(text)
    if found is None:
        msg = f"erase: found {text!r}, expected EVENT/PATH, EVENT, STREAM, document:EVENT/PATH or token:EVENT"
        raise InputError(msg, hint="an event is written stream#seq, as `ratsbuch history` shows it")
    stream, seq, path = found["stream"], found["seq"], found["path"]
    kind = ErasureKind(found["kind"] or ErasureKind.DISCLOSURE)
    rows = [
        row
        for row in archive.recorder.select_events(stream)
        if isinstance(row, StoredRow) and (seq is None or row.originator_version == int(seq))
    ]
    if not rows:
        msg = f"erase: {text}: there is no such {'event' if seq else 'stream'}"
        raise InputError(msg)
    if kind is not ErasureKind.DISCLOSURE and (seq is None or (kind is ErasureKind.DOCUMENT) != (path is not None)):
        msg = f"erase: {text}: expected {'document:EVENT/PATH' if kind is ErasureKind.DOCUMENT else 'token:EVENT'}"
        raise InputError(msg)
    if kind is ErasureKind.TOKEN:
        return (ErasureTarget(kind=kind, event=f"{stream}#{seq}"),)
    targets: list[ErasureTarget] = []
    for row in rows:
        if len(row.state) == ERASED_SIZE:
            continue
        opened = _read(row)
        for name, disclosure in sorted(opened.disclosures.items()):
            if kind is ErasureKind.DOCUMENT:
                continue
            if path is None or name == path:
                targets.append(ErasureTarget(kind=kind, event=opened.id, path=name, digest=disclosure.digest))
        if kind is ErasureKind.DOCUMENT:
            targets += [
                ErasureTarget(kind=kind, event=opened.id, path=name)
                for name, document in documents_of(read_row(row))
                if name == path and document.held
            ]
    if not targets:
        hidden = ", ".join(
            sorted({name for row in rows if len(row.state) != ERASED_SIZE for name in _read(row).disclosures})
        )
        msg = f"erase: {text}: nothing there to erase"
        raise InputError(
            msg, hint=f"there are {hidden}" if hidden else "everything that could be erased is gone already"
        )
    return tuple(targets)


def erase(
    archive: Archive,
    targets: Sequence[ErasureTarget],
    *,
    ground: str,
    signer: Signer,
    ordered_by: str | None = None,
    archive_consented: bool | None = None,
    dry_run: bool = False,
) -> Erased:
    """Record an erasure and remove what it names.

    Event and removal share one transaction, so there is no moment in which content is gone and no event says why.
    Files are deleted after it; if that is interrupted, verification names the files, and `finish` deletes them.

    Args:
        archive: The archive.
        targets: What goes; further events that name the same document are added.
        ground: The legal ground, in words.
        signer: A registrar's key.
        ordered_by: Who ordered it.
        archive_consented: Whether the archive of record agreed; None where that was not asked.
        dry_run: Do everything but keep it.

    Returns:
        What was removed and what is out of reach.

    Raises:
        InputError: A target is not there.
        RuleError: The signer is no registrar.
        StorageError: A reader is in the way of emptying the write-ahead log, or a file cannot be deleted.
    """
    every = _with_other_mentions(archive, targets)
    remaining = (*REMAINING, *_handed_over(archive, every))
    event = ContentErased(
        targets=every,
        legal_ground=ground,
        ordered_by=UNSET if ordered_by is None else ordered_by,
        archive_consented=UNSET if archive_consented is None else archive_consented,
        copies_remaining=remaining,
    )
    now = archive.means.clock()
    statement = Statement(
        stream=f"register:{archive.register.id}",
        event=event,
        occurred=_instant(now),
        visibility=Visibility.PUBLIC,
    )

    def remove(transaction: Transaction) -> None:
        _remove(archive, transaction, every)
        if dry_run:
            raise _RehearsedError

    try:
        recorded = archive.append([(statement, Role.REGISTRAR, signer)], within=remove)
    except _RehearsedError:
        return Erased(recorded=None, targets=every, remaining=remaining)
    _remove_files(archive)
    # Text that was deleted from the database lives on in its write-ahead log until that is emptied.
    if not archive.recorder.datastore.truncate_wal():
        msg = (
            f"{archive.folder}: the erased content is gone from the record, but a reader keeps the write-ahead log open"
        )
        raise StorageError(msg, hint="end other Ratsbuch processes and run `ratsbuch doctor`, which empties it")
    return Erased(recorded=recorded, targets=every, remaining=remaining)


def _instant(seconds: float) -> When:
    at = datetime.datetime.fromtimestamp(int(seconds), tz=datetime.UTC).isoformat().replace("+00:00", "Z")
    return When(at=at, certainty=Certainty.STATED)


def _rows(archive: Archive, target: ErasureTarget) -> StoredRow:
    stream, _, seq = target.event.partition("#")
    for row in archive.recorder.select_events(stream, gt=int(seq) - 1, lte=int(seq)):
        if isinstance(row, StoredRow):
            return row
    msg = f"erase: {target.event}: there is no such event"
    raise InputError(msg)


def _document_digest(archive: Archive, target: ErasureTarget) -> str:
    row = _rows(archive, target)
    found = dict(documents_of(read_row(row))).get(str(target.path)) if len(row.state) != ERASED_SIZE else None
    if found is None or not isinstance(found.digest, str):
        msg = f"erase: {target.event}/{target.path}: names no document that is held"
        raise InputError(msg)
    return found.digest


def _with_other_mentions(archive: Archive, targets: Sequence[ErasureTarget]) -> tuple[ErasureTarget, ...]:
    """Add every other event that names the same documents, so that none of them looks like a loss afterwards.

    A document goes before the field that names it: were the field erased alone, nobody could tell any more which
    document was meant.
    """
    wanted = {_document_digest(archive, t) for t in targets if t.kind is ErasureKind.DOCUMENT}
    given = {(t.kind, t.event, t.path) for t in targets}
    more: list[ErasureTarget] = []
    if wanted:
        for record in archive.events_between():
            more += [
                ErasureTarget(kind=ErasureKind.DOCUMENT, event=record.id, path=path)
                for path, document in documents_of(record)
                if document.digest in wanted and (ErasureKind.DOCUMENT, record.id, path) not in given
            ]
    return tuple(sorted((*targets, *more), key=lambda t: (t.kind is not ErasureKind.DOCUMENT, t.event, str(t.path))))


def _handed_over(archive: Archive, targets: Iterable[ErasureTarget]) -> Iterator[str]:
    """Name the handovers on record that may have carried the content away."""
    streams = {target.event.partition("#")[0] for target in targets}
    for stream in archive.streams("custody"):
        history = archive.history(stream)
        objects = {o for r in history for o in getattr(r.event, "objects", ()) if isinstance(o, str)}
        for record in history:
            if isinstance(record.event, Transferred) and streams & objects:
                yield f"what was handed over to {record.event.archive} ({record.id})"


def _remove(archive: Archive, transaction: Transaction, targets: Sequence[ErasureTarget]) -> None:
    """Remove what the targets name, inside the transaction.

    What lies in files is noted in `erasing` until the files are gone, so that an interrupted erasure can be finished
    and no other file is ever taken for one that has to go.
    """
    cursor = transaction.cursor
    # Freed pages are overwritten with zeros instead of being left as they were.
    cursor.execute("PRAGMA secure_delete=ON")
    streams: set[str] = set()
    digests = {_document_digest(archive, t) for t in targets if t.kind is ErasureKind.DOCUMENT}
    for target in targets:
        row = _rows(archive, target)
        streams.add(row.stream)
        if target.kind is ErasureKind.DISCLOSURE:
            _remove_disclosure(cursor, row, target)
        elif target.kind is ErasureKind.TOKEN:
            if len(row.state) == ERASED_SIZE:
                msg = f"erase: {target.event}: was erased before"
                raise InputError(msg)
            for encoded in split(row.disclosed):
                _strike(cursor, row.position, encoded.decode())
            cursor.execute("INSERT INTO erasing VALUES ('token', ?, ?)", (row.position, row.topic))
            cursor.execute("UPDATE stored_events SET state=? WHERE rowid=?", (entry_of(row.state), row.position))
    files: list[str] = []
    for digest in sorted(digests):
        found = cursor.execute("SELECT size, content IS NULL FROM documents WHERE digest=?", (digest,)).fetchone()
        if found is None:
            continue
        cursor.execute("INSERT INTO erasing VALUES ('document', NULL, ?)", (digest,))
        cursor.execute("DELETE FROM documents WHERE digest=?", (digest,))
        if found[1] or found[0] > INLINE_SIZE_MAX:
            files.append(digest)
    cursor.execute("DELETE FROM erasing WHERE kind <> 'file'")
    cursor.executemany("INSERT INTO erasing VALUES ('file', NULL, ?)", [(digest,) for digest in files])
    # The look-up index may hold what was erased from events that are not public.
    for stream in streams:
        left = [read_row(row) for row in transaction.rows(stream) if len(row.state) != ERASED_SIZE]
        directory.rewrite_keys(transaction, stream, left)


def _remove_disclosure(cursor: sqlite3.Cursor, row: StoredRow, target: ErasureTarget) -> None:
    for encoded in split(row.disclosed):
        if digest_of(encoded) == target.digest:
            _strike(cursor, row.position, encoded.decode())
            return
    msg = f"erase: {target.event}/{target.path}: was erased before"
    raise InputError(msg)


def _strike(cursor: sqlite3.Cursor, position: int, encoded: str) -> None:
    cursor.execute("INSERT INTO erasing VALUES ('disclosure', ?, ?)", (position, encoded))
    cursor.execute(
        "UPDATE disclosures SET disclosed = replace(disclosed, '~' || ? || '~', '~') WHERE position=?",
        (encoded, position),
    )


def finish(archive: Archive) -> tuple[str, ...]:
    """Do what an interrupted erasure left undone: empty the write-ahead log, delete the files it noted.

    Returns:
        The digests of the documents whose files were deleted.
    """
    digests = _remove_files(archive)
    archive.recorder.datastore.truncate_wal()
    return digests


def _remove_files(archive: Archive) -> tuple[str, ...]:
    """Delete the files that erasures noted, and the notes; a file that lies there and is not noted is kept.

    The same content may have been recorded anew since; then it has a row again, and its file stays.
    """
    if archive.connection.execute("SELECT 1 FROM erasing LIMIT 1").fetchone() is None:
        return ()
    with archive.recorder.writing() as transaction:
        noted = transaction.cursor.execute(
            "SELECT key FROM erasing WHERE kind = 'file' AND key NOT IN (SELECT digest FROM documents) ORDER BY key"
        ).fetchall()
        digests = tuple(str(row[0]) for row in noted)
        for digest in digests:
            archive.documents.remove_file(digest)
        transaction.cursor.execute("DELETE FROM erasing")
    return digests
