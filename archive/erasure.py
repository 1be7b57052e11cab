"""Erasing content for good while tokens, proofs and positions stay (de: Löschung von Inhalten).

An erasure is first an event: `content-erased/1` names what goes and on what legal ground. Only then is it
removed: the disclosure from its row, the document from table or folder, as a last resort the token down to its
log entry. The write-ahead log is emptied afterwards, because deleted text survives in it.

What is out of reach (backups, packages that were handed over, the source system, paper) is listed, not passed
over. Verification accepts a gap exactly where an erasure names it.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Struct

from archive import directory
from archive.archive import ERASED_SIZE, VIEWS, Archive, Recorded, read_row
from archive.disclosure import Disclosure, digest_of, read, split
from archive.documents import INLINE_SIZE_MAX, documents_named
from archive.errors import InputError, IntegrityError, StorageError
from archive.store.sqlite import StoredRow, translated
from archive.token import TOKEN_SIZE_MAX, Token, entry_of, match, parse
from domain.custody import Custody, covered, holds
from domain.errors import ConflictError, RuleError
from domain.events import ContentErased, RecordCorrected
from domain.stream import RecordedEvent, Statement, canonical, pointer
from domain.values import WITHHELD, ErasureTarget, When
from domain.vocabulary import Certainty, ErasureKind, Role, Visibility

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from archive.keys import Signer
    from archive.store.sqlite import Transaction
    from domain.values import Document

_TARGET: Final = re.compile(
    r"(?:(?P<kind>disclosure|document|token):)?"
    r"(?P<stream>[a-z]+:[0-9a-f-]{36})(?:#(?P<seq>[1-9][0-9]{0,9}))?(?:/(?P<path>[a-z_.]+(?:/[a-z0-9_]+)*))?\Z"
)
_ROOM_BYTES: Final = 8192
REMAINING: Final = (
    "backups and replicas of this archive made before the erasure",
    "packages and exports that were handed out before the erasure",
    "the command files and documents that were recorded from, where they lie outside the archive",
    "the council information system or paper that the record was taken from",
    "folders for temporary files of intakes that were killed, until the next one removes them",
    "blocks of the storage device that the file system has freed but not overwritten",
)


class Erasures:
    """What the register's `content-erased` events name; a gap anywhere else is a loss."""

    def __init__(self) -> None:
        self._disclosures: dict[str, set[str]] = {}
        self._documents: set[tuple[str, str]] = set()
        self._tokens: dict[str, int] = {}
        self.newest = 0  # position of the last erasure

    def apply(self, record: RecordedEvent) -> None:
        """Take in an event; those that erase nothing are passed over."""
        event = record.event
        if not isinstance(event, ContentErased) or event.targets is WITHHELD:
            return
        self.newest = max(self.newest, record.position)
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


def _documents_here(archive: Archive, record: RecordedEvent) -> Iterator[tuple[str, Document]]:
    return documents_named(record, lambda: archive.history(record.stream, until=record.position - 1))


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


def _read(row: StoredRow) -> _Row:
    try:
        token = parse(row.state, type_name=row.topic)
        return _Row(row=row, token=token, disclosures=match(token, map(read, split(row.disclosed))))
    except InputError as error:
        msg = f"position {row.position}: {error.message}"
        raise IntegrityError(msg, hint="run `ratsbuch verify` to see what else was changed") from error


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
                for name, document in _documents_here(archive, read_row(row))
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
    despite_hold: bool = False,
    dry_run: bool = False,
) -> Erased:
    """Record an erasure and remove what it names.

    Event and removal share one transaction, so there is no moment in which content is gone and no event says why.
    After it files are deleted and the database is written anew without traces; if that is interrupted, `finish`
    takes it up.

    Args:
        archive: The archive.
        targets: What goes; further events that name the same document are added.
        ground: The legal ground, in words.
        signer: A registrar's key.
        ordered_by: Who ordered it.
        archive_consented: Whether the archive of record agreed; None where that was not asked.
        despite_hold: Erase what a hold forbids to destroy, because a law demands it.
        dry_run: Do everything but keep it.

    Returns:
        What was removed and what is out of reach.

    Raises:
        InputError: A target is not there, or there are more than one event can name.
        RuleError: The signer is no registrar, or a document would be left that nothing names.
        ConflictError: A document was named once more while this was being prepared.
        StorageError: The erasure is recorded, but something is in the way of finishing it.
    """
    size = archive.size
    every = _with_other_mentions(archive, targets)
    _refuse_orphans(archive, every)
    if not despite_hold:
        _refuse_held(archive, every)
    remaining = (*REMAINING, *_corrections(archive, every), *_handed_over(archive, every))
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
        _remove(archive, transaction, every, after=size)
        if dry_run:
            raise _RehearsedError

    try:
        recorded = archive.append([(statement, Role.REGISTRAR, signer)], within=remove)
    except _RehearsedError:
        return Erased(recorded=None, targets=every, remaining=remaining)
    except InputError as error:
        if getattr(error.__cause__, "rule", None) == "TOKEN_SIZE":
            raise _too_many(every) from error
        raise
    try:
        _, is_wal_empty = _clean(archive)
    except StorageError as error:
        msg = f"{archive.folder}: the erasure is recorded, but not finished: {error.message}"
        raise StorageError(msg, hint="when that is settled, `ratsbuch doctor` finishes it") from error
    if not is_wal_empty:
        msg = (
            f"{archive.folder}: the erased content is gone from the record, but a reader keeps the write-ahead log open"
        )
        raise StorageError(msg, hint="end other Ratsbuch processes and run `ratsbuch doctor`, which empties it")
    return Erased(recorded=recorded, targets=every, remaining=remaining)


def _too_many(targets: Sequence[ErasureTarget]) -> InputError:
    """Say how many of these targets one event can name."""
    # The payload is base64url, and so a third longer in the token; beside the targets there is room for the header, the
    # longest signature, the other members and their digests.
    room = (TOKEN_SIZE_MAX - _ROOM_BYTES) * 3 // 4
    count = 0
    for target in targets:
        room -= len(canonical(target)) + 1
        if room < 0:
            break
        count += 1
    documents = sum(target.kind is ErasureKind.DOCUMENT for target in targets)
    msg = (
        f"erase: found {len(targets)} targets, expected at most {count} of these in one erasure: a token has at most "
        f"{TOKEN_SIZE_MAX} bytes"
    )
    if documents > count:
        hint = f"nothing was erased; {documents} of them are fields that name the documents, which go together"
    else:
        hint = f"nothing was erased; name what goes in several commands, of at most {count} targets each"
    return InputError(msg, hint=hint)


def _instant(seconds: float) -> When:
    at = datetime.datetime.fromtimestamp(int(seconds), tz=datetime.UTC).isoformat().replace("+00:00", "Z")
    return When(at=at, certainty=Certainty.STATED)


def _mentions(archive: Archive, event_id: str) -> dict[str, str]:
    """Give the digests of the documents that an event names, by the path of the field."""
    stream, _, seq = event_id.partition("#")
    for row in archive.recorder.select_events(stream, gt=int(seq) - 1, lte=int(seq)):
        if isinstance(row, StoredRow) and len(row.state) != ERASED_SIZE:
            named = _documents_here(archive, read_row(row))
            return {path: d.digest for path, d in named if isinstance(d.digest, str)}
    return {}


def _document_digest(archive: Archive, target: ErasureTarget) -> str:
    found = _mentions(archive, target.event).get(str(target.path))
    if found is None:
        msg = f"erase: {target.event}/{target.path}: names no document that is held"
        raise InputError(msg)
    return found


def _with_other_mentions(archive: Archive, targets: Sequence[ErasureTarget]) -> tuple[ErasureTarget, ...]:
    """Add every other event that names the same documents, so that none of them looks like a loss afterwards.

    A document goes before the field that names it: were the field erased alone, nobody could tell any more which
    document was meant.
    """
    wanted = {_document_digest(archive, t) for t in targets if t.kind is ErasureKind.DOCUMENT}
    given = dict.fromkeys(targets)
    if wanted:
        for event_id, path, digest in _all_mentions(archive):
            if digest in wanted:
                given[ErasureTarget(kind=ErasureKind.DOCUMENT, event=event_id, path=path)] = None
    return tuple(sorted(given, key=lambda t: (t.kind is not ErasureKind.DOCUMENT, t.event, str(t.path))))


def _all_mentions(archive: Archive, *, after: int = 0) -> Iterator[tuple[str, str, str]]:
    """Give event, path and digest of every field above a position that names a document."""
    for record in archive.events_between(after=after):
        for path, document in _documents_here(archive, record):
            if isinstance(document.digest, str):
                yield record.id, path, document.digest


def _goes(path: str, event_id: str, targets: Iterable[ErasureTarget]) -> bool:
    """Say whether the field that names a document goes itself, alone or with its token."""
    return any(
        target.event == event_id
        and (
            target.kind is ErasureKind.TOKEN
            or (target.kind is ErasureKind.DISCLOSURE and f"{path}/".startswith(f"{target.path}/"))
        )
        for target in targets
    )


def _refuse_orphans(archive: Archive, targets: Sequence[ErasureTarget]) -> None:
    """Refuse to erase the last field that names a document and to leave the document: nobody could name it any more."""
    going = {_document_digest(archive, t) for t in targets if t.kind is ErasureKind.DOCUMENT}
    losing: dict[str, str] = {}
    for event_id in sorted({t.event for t in targets if t.kind is not ErasureKind.DOCUMENT}):
        here = [t for t in targets if t.event == event_id]
        for path, digest in _mentions(archive, event_id).items():
            if digest not in going and _goes(path, event_id, here) and _is_noted(archive, digest):
                losing.setdefault(digest, f"{event_id}/{path}")
    if not losing:
        return
    for event_id, path, digest in _all_mentions(archive):
        if digest in losing and not _goes(path, event_id, targets):
            del losing[digest]
    for digest, place in sorted(losing.items()):
        msg = f"erase: nothing would name document {digest[:16]}.. any more, so nobody could erase it later"
        raise RuleError(msg, hint=f"name document:{place} too, or first record an event that names the document")


def _refuse_held(archive: Archive, targets: Iterable[ErasureTarget]) -> None:
    """Refuse to erase what a hold covers, until somebody says that the law goes before it."""
    streams = {target.event.partition("#")[0] for target in targets}
    for stream in archive.streams("custody"):
        state = archive.stream(stream)
        if not isinstance(state, Custody):
            continue
        for hold in holds(state):
            for name in sorted(streams & hold.objects) if hold.lifted is None else ():
                msg = f"erase: {name} is under a hold ({hold.placed.record.id}); nothing of it may be destroyed"
                raise RuleError(msg, hint="let the hold be lifted, or give --despite-hold where the law demands it")


def _is_noted(archive: Archive, digest: str) -> bool:
    with translated(archive.recorder.datastore.path):
        found = archive.connection.execute("SELECT 1 FROM documents WHERE digest=?", (digest,)).fetchone()
    return found is not None


def _corrections(archive: Archive, targets: Sequence[ErasureTarget]) -> Iterator[str]:
    """Name the corrections that hold former and later values of erased fields, unless they go too."""
    erased = {(t.event, t.path) for t in targets if t.kind is ErasureKind.DISCLOSURE}
    fields: dict[str, set[tuple[int, str]]] = {}
    for event_id, path in erased:
        stream, _, seq = event_id.partition("#")
        fields.setdefault(stream, set()).add((int(seq), str(path)))
    for stream in sorted(fields):
        for record in archive.history(stream):
            event = record.event
            if not isinstance(event, RecordCorrected) or event.target is WITHHELD or event.path is WITHHELD:
                continue
            section, *rest = pointer(event.path)
            if (event.target, f"data.{rest[0]}" if section == "data" and rest else section) not in fields[stream]:
                continue
            for name in ("old", "new"):
                value = getattr(event, name)
                if value is not UNSET and value is not WITHHELD and (record.id, f"data.{name}") not in erased:
                    yield f"the correction of an erased field in this archive: {record.id}/data.{name}"


def _handed_over(archive: Archive, targets: Iterable[ErasureTarget]) -> Iterator[str]:
    """Name the handovers on record that may have carried the content away."""
    streams = {target.event.partition("#")[0] for target in targets}
    for stream in archive.streams("custody"):
        state = archive.stream(stream)
        if not isinstance(state, Custody):
            continue
        for fact in state.transfers:
            if streams & covered(state, fact):
                yield f"what was handed over to {fact.event.archive} ({fact.record.id})"


def _remove(archive: Archive, transaction: Transaction, targets: Sequence[ErasureTarget], *, after: int) -> None:
    """Remove what the targets name, inside the transaction.

    What lies in files is noted in `erasing` until the files are gone, so that an interrupted erasure can be finished
    and no other file is ever taken for one that has to go.

    Args:
        archive: The archive.
        transaction: The transaction of the event that names the targets.
        targets: What goes.
        after: The position up to which the register was searched for what names the documents.
    """
    cursor = transaction.cursor
    # Freed pages are overwritten with zeros instead of being left as they were.
    cursor.execute("PRAGMA secure_delete=ON")
    digests = {_document_digest(archive, t) for t in targets if t.kind is ErasureKind.DOCUMENT}
    named = {(t.event, t.path) for t in targets if t.kind is ErasureKind.DOCUMENT}
    for event_id, path, digest in _all_mentions(archive, after=after):
        if digest in digests and (event_id, path) not in named:
            msg = f"erase: {event_id}/{path} names document {digest[:16]}.. too, and was recorded in between"
            raise ConflictError(msg, hint="nothing was erased; run the command again")
    streams = {target.event.partition("#")[0] for target in targets}
    rows = {f"{row.stream}#{row.originator_version}": row for name in streams for row in transaction.rows(name)}
    struck: set[bytes] = set()
    for target in targets:
        row = rows.get(target.event)
        if row is None:
            msg = f"erase: {target.event}: there is no such event"
            raise InputError(msg)
        if target.kind is ErasureKind.DISCLOSURE:
            _remove_disclosure(cursor, row, target, struck)
        elif target.kind is ErasureKind.TOKEN:
            if len(row.state) == ERASED_SIZE:
                msg = f"erase: {target.event}: was erased before"
                raise InputError(msg)
            for encoded in split(row.disclosed):
                _strike(cursor, row.position, encoded, struck)
            cursor.execute("INSERT INTO erasing VALUES ('token', ?, ?)", (row.position, row.topic))
            cursor.execute("UPDATE stored_events SET state=? WHERE rowid=?", (entry_of(row.state), row.position))
    files: list[str] = []
    for digest in sorted(digests):
        found = cursor.execute("SELECT size, content IS NULL FROM documents WHERE digest=?", (digest,)).fetchone()
        if found is None:
            msg = f"erase: document {digest[:16]}.. is not in the archive: it was erased before, or was never there"
            raise InputError(msg)
        cursor.execute("INSERT INTO erasing VALUES ('document', NULL, ?)", (digest,))
        cursor.execute("DELETE FROM documents WHERE digest=?", (digest,))
        if found[1] or found[0] > INLINE_SIZE_MAX:
            files.append(digest)
    cursor.execute("DELETE FROM erasing WHERE kind <> 'file'")
    cursor.execute("INSERT INTO erasing VALUES ('traces', NULL, ?)", (str(transaction.size),))
    cursor.executemany("INSERT INTO erasing VALUES ('file', NULL, ?)", [(digest,) for digest in files])
    # The look-up index may hold what was erased from events that are not public.
    for stream in streams:
        left = [read_row(row) for row in transaction.rows(stream) if len(row.state) != ERASED_SIZE]
        directory.rewrite_keys(transaction, stream, left)


def _remove_disclosure(cursor: sqlite3.Cursor, row: StoredRow, target: ErasureTarget, struck: set[bytes]) -> None:
    for encoded in split(row.disclosed):
        if digest_of(encoded) == target.digest:
            _strike(cursor, row.position, encoded, struck)
            return
    msg = f"erase: {target.event}/{target.path}: was erased before"
    raise InputError(msg)


def _strike(cursor: sqlite3.Cursor, position: int, encoded: bytes, struck: set[bytes]) -> None:
    """Take a disclosure out of its row, once: a target may name it alone and with its token."""
    if encoded in struck:
        return
    struck.add(encoded)
    text = encoded.decode()
    cursor.execute("INSERT INTO erasing VALUES ('disclosure', ?, ?)", (position, text))
    cursor.execute(
        "UPDATE disclosures SET disclosed = replace(disclosed, '~' || ? || '~', '~') WHERE position=?",
        (text, position),
    )


def finish(archive: Archive) -> tuple[str, ...]:
    """Do what an interrupted erasure left undone: delete the files it noted, wipe traces, empty the write-ahead log.

    Returns:
        The digests of the documents whose files were deleted.
    """
    digests, _ = _clean(archive)
    return digests


def _clean(archive: Archive) -> tuple[tuple[str, ...], bool]:
    """Delete files and traces that erasures noted, then the notes; say too whether the write-ahead log is empty.

    Text that was deleted from the database lives on in its write-ahead log until that is emptied, and in its pages
    until they are written anew.
    """
    datastore = archive.recorder.datastore
    digests: tuple[str, ...] = ()
    with translated(datastore.path):
        noted = datastore.reader().execute("SELECT key FROM erasing WHERE kind IN ('file', 'traces')").fetchall()
    if noted:
        digests = _remove_files(archive)
        _remove_views(archive)
        datastore.rebuild()
        # What another erasure notes meanwhile is its own to wipe.
        with archive.recorder.writing() as transaction:
            transaction.cursor.executemany("DELETE FROM erasing WHERE kind = 'traces' AND key = ?", noted)
    return digests, datastore.truncate_wal()


def _remove_views(archive: Archive) -> None:
    """Delete the views with what is left of making them: they repeat texts, and come back from what is recorded."""
    for path in archive.folder.glob(VIEWS + "*"):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            msg = f"{path}: cannot be deleted: {error.strerror}"
            hint = "the erasure is recorded; see who owns the folder and run `ratsbuch doctor`, which finishes it"
            raise StorageError(msg, hint=hint) from error


def _remove_files(archive: Archive) -> tuple[str, ...]:
    """Delete the files that erasures noted, and their notes; a file that lies there and is not noted is kept.

    The same content may have been recorded anew since; then it has a row again, and its file stays.
    """
    with archive.recorder.writing() as transaction:
        noted = transaction.cursor.execute(
            "SELECT key FROM erasing WHERE kind = 'file' AND key NOT IN (SELECT digest FROM documents) ORDER BY key"
        ).fetchall()
        digests = tuple(str(row[0]) for row in noted)
        for digest in digests:
            archive.documents.remove_file(digest)
        transaction.cursor.execute("DELETE FROM erasing WHERE kind = 'file'")
    return digests
