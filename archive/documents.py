"""Documents, kept once by their content (SHA-512): small ones in the database, larger ones as files.

A small document shares the transaction of the event that names it. A larger one is written before: to a
temporary file, synced, renamed, its folder synced; so an acknowledged event never names a document that is not
on disk. What a crash leaves behind is a surplus file, which verification names and nothing else minds.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import re
import typing
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Raw, Struct

from archive.errors import InputError, IntegrityError, StorageError
from domain.errors import RuleError
from domain.events import RecordCorrected
from domain.stream import effective, patch, pointer
from domain.values import WITHHELD, Document, Withheld

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from archive.batch import NewDocument
    from archive.store.sqlite import Transaction
    from domain.events import Event
    from domain.stream import RecordedEvent, Statement

INLINE_SIZE_MAX: Final = 64 * 2**10
DOCUMENT_SIZE_MAX: Final = 4 * 2**30
_CHUNK: Final = 2**20
DIGEST: Final = re.compile(r"[0-9a-f]{128}\Z")
TEMPORARY_SUFFIX: Final = ".part"


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


def documents_of(record: Statement) -> Iterator[tuple[str, Document]]:
    """Give the documents that an event names, each with the path of its field.

    A path is written `data.document` or `sources/0/document`.
    """
    for name in _document_fields(type(record.event)):
        yield from _documents_in(getattr(record.event, name), f"data.{name}")
    if isinstance(record.sources, tuple):
        yield from _documents_in(record.sources, "sources")


def documents_named(
    record: Statement, history: Callable[[], Sequence[RecordedEvent]]
) -> Iterator[tuple[str, Document]]:
    """Give the documents that an event names, each with the path of its field.

    Those that only the new value of a correction names are among them: its path is `data.new`, and from there on as in
    the field that is corrected (`data.new/0/document`).

    Args:
        record: The event.
        history: Gives the events before it in its stream, as first recorded; asked only for a correction.
    """
    yield from documents_of(record)
    event = record.event
    if (
        isinstance(event, RecordCorrected)
        and not isinstance(event.target, Withheld)
        and not isinstance(event.path, Withheld)
        and isinstance(event.new, Raw)
    ):
        yield from _documents_put(event, event.target, event.path, event.new, history())


def _documents_put(
    event: RecordCorrected, target: int, path: str, new: Raw, before: Sequence[RecordedEvent]
) -> Iterator[tuple[str, Document]]:
    """Give the documents that a correction puts into the event that it corrects."""
    section, *rest = pointer(path)
    name = "/".join((f"data.{rest[0]}", *rest[1:]) if section == "data" and rest else (section, *rest))
    try:
        corrected = patch(next(r for r in effective(before) if r.seq == target), event)
    except (RuleError, StopIteration):  # step 8 of the verification names a correction that does not fit
        corrected = None
    holder: object = corrected if section != "data" or corrected is None else corrected.event
    if corrected is None or getattr(holder, rest[0] if section == "data" and rest else section, WITHHELD) is WITHHELD:
        # What it corrects was erased, so that only its own words tell what they are.
        yield from _documents_shaped(msgspec.json.decode(new), "data.new")
        return
    for at, document in documents_of(corrected):
        if f"{at}/".startswith(f"{name}/"):
            yield f"data.new{at[len(name) :]}", document
        elif name in {f"{at}/digest", f"{at}/held"}:
            # Only by this one word it is another document, or one that is said to be there; its size is yet to be put
            # right, perhaps.
            yield "data.new", msgspec.structs.replace(document, size=UNSET)


def _documents_shaped(value: object, path: str) -> Iterator[tuple[str, Document]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _documents_shaped(item, f"{path}/{index}")
    elif isinstance(value, dict):
        try:
            yield path, msgspec.convert(value, Document)
        except msgspec.ValidationError:
            if "document" in value:
                yield from _documents_shaped(value["document"], f"{path}/document")


class Documents:
    """The documents of one archive.

    Args:
        folder: `documents/` of the archive.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Give where a document of that digest lies, if it lies in a file."""
        if not DIGEST.match(digest):
            msg = f"document {digest!r}: not a SHA-512 digest in lower-case hex"
            raise InputError(msg)
        return self.folder / digest[:2] / digest

    def put(self, transaction: Transaction, document: NewDocument) -> bool:
        """Store a document unless it is there.

        Returns:
            Whether a file was written that has to go again if the transaction is taken back.

        Raises:
            InputError: The file is not what it was when it was read first, or over 4 GiB.
            StorageError: The disk does not take it, or something else stands in its place.
            IntegrityError: A file with other bytes stands in its place.
        """
        row = transaction.cursor.execute("SELECT 1 FROM documents WHERE digest=?", (document.digest_hex,)).fetchone()
        if document.size <= INLINE_SIZE_MAX:
            if row is None:
                transaction.cursor.execute(
                    "INSERT INTO documents VALUES (?,?,?)",
                    (document.digest_hex, document.size, b"".join(_contents(document))),
                )
            return False
        written = self._write_file(document)
        if row is not None:
            return False
        try:
            transaction.cursor.execute("INSERT INTO documents VALUES (?,?,NULL)", (document.digest_hex, document.size))
        except BaseException:
            if written:
                self.remove_file(document.digest_hex)
            raise
        return written

    def size(self, transaction: Transaction, digest: str) -> int | None:
        """Give the size of a document that is held, inside a write transaction; None for one that is not."""
        statement = "SELECT size, content IS NULL FROM documents WHERE digest=?"
        row = transaction.cursor.execute(statement, (digest,)).fetchone()
        return None if row is None or (row[1] and not self.path(digest).is_file()) else int(row[0])

    def _write_file(self, document: NewDocument) -> bool:
        if document.size > DOCUMENT_SIZE_MAX:
            msg = f"document {document.path.name}: {document.size} bytes, at most {DOCUMENT_SIZE_MAX} are allowed"
            raise InputError(msg)
        target = self.path(document.digest_hex)
        part = target.with_name(target.name + TEMPORARY_SUFFIX)
        made: Path | None = None
        try:
            if self._is_in_place(target, document.digest_hex):
                return False
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
            part.unlink(missing_ok=True)  # what a crash left; nobody else writes while the lock is held
            with part.open("xb") as copy:  # never through a link that somebody put there
                made = part
                for chunk in _contents(document):
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
            made = part.rename(target)
            sync_folder(target.parent)
        except BaseException as error:
            if made is not None:
                with contextlib.suppress(OSError):
                    made.unlink()
            if not isinstance(error, OSError):
                raise
            msg = f"document {document.path.name}: cannot be stored at {target}: {error.strerror}"
            raise StorageError(msg, hint="nothing was recorded; make room and record again") from error
        return True

    def _is_in_place(self, target: Path, digest: str) -> bool:
        """Say whether a document's file is there, whole and on disk, as an interrupted recording may leave it."""
        if target.parent.is_symlink() or target.is_symlink() or (target.exists() and not target.is_file()):
            msg = f"document {digest[:16]}..: what lies at {target} is not a file of this archive"
            raise StorageError(msg, hint="nothing was recorded; find out who put it there, and move it away")
        if not target.exists():
            return False
        hasher = hashlib.sha512()
        with target.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                hasher.update(chunk)
            os.fsync(handle.fileno())
        if hasher.hexdigest() != digest:
            msg = f"document {digest[:16]}..: the file in its place has other bytes: {target}"
            raise IntegrityError(
                msg, hint="nothing was recorded; run `ratsbuch verify`, move the file away and record again"
            )
        sync_folder(target.parent)
        return True

    def open(self, connection: sqlite3.Connection, digest: str) -> Iterator[bytes] | None:
        """Give a document's bytes in chunks as they lie there, unchecked; None if it is not there.

        Raises:
            IntegrityError: The table has something else than bytes in their place.
        """
        # The type is asked apart, because a text that is none would fail before it could be named.
        statement = "SELECT typeof(content), CAST(content AS BLOB) FROM documents WHERE digest=?"
        row = connection.execute(statement, (digest,)).fetchone()
        if row is None:
            return None
        kind, content = row
        if kind == "blob":
            return iter((content,))
        if kind != "null":
            # The table is STRICT, so nothing but damage, or a hand in the file, brings another type in.
            msg = f"document {digest[:16]}..: its row holds no bytes, but a value of type {kind}"
            raise IntegrityError(msg, hint="run `ratsbuch verify`, and restore the document from a replica")
        path = self.path(digest)
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            pass  # it is there and cannot be looked at, as reading it will say
        return _chunks(path)

    def read(self, connection: sqlite3.Connection, digest: str) -> bytes | None:
        """Give a document whole, checked against its digest; None if it is not there.

        Raises:
            IntegrityError: The bytes are not those of the digest.
            StorageError: Its file cannot be read.
        """
        chunks = self.open(connection, digest)
        if chunks is None:
            return None
        try:
            content = b"".join(chunks)
        except OSError as error:
            msg = f"document {digest[:16]}..: its file cannot be read: {error.strerror}"
            raise StorageError(msg) from error
        found = hashlib.sha512(content).hexdigest()
        if found != digest:
            msg = f"document {digest[:16]}..: its bytes were changed: found SHA-512 {found[:16]}.."
            raise IntegrityError(msg, hint="run `ratsbuch verify`, and restore the document from a replica")
        return content

    def remove_file(self, digest: str) -> bool:
        """Delete the file of an erased document; False if there was none."""
        path = self.path(digest)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            msg = f"document {digest[:16]}..: its file cannot be deleted: {error.strerror}"
            raise StorageError(msg, hint="delete the file by hand; `ratsbuch verify` names it until then") from error
        sync_folder(path.parent)
        return True

    def files(self) -> Iterator[Path]:
        """Give every file under `documents/`, whatever its name."""
        if self.folder.is_dir():
            yield from (p for p in sorted(self.folder.rglob("*")) if p.is_symlink() or not p.is_dir())


def _contents(document: NewDocument) -> Iterator[bytes]:
    """Read what is to be stored, in chunks, and see in the end that it is what it was when it was read first."""
    name, size, hasher = document.path.name, 0, hashlib.sha512()
    try:
        with document.path.open("rb") if document.content is None else io.BytesIO(document.content) as handle:
            while size <= document.size and (chunk := handle.read(_CHUNK)):
                hasher.update(chunk)
                size += len(chunk)
                yield chunk
    except FileNotFoundError as error:
        msg = f"document {name}: it is no longer there"
        raise InputError(msg) from error
    except OSError as error:
        msg = f"document {name}: cannot be read: {error.strerror}"
        raise InputError(msg) from error
    if (size, hasher.hexdigest()) != (document.size, document.digest_hex):
        msg = f"document {name}: it changed while it was being recorded"
        raise InputError(msg, hint="nothing was recorded; record again when nobody writes to it")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            yield chunk


def sync_folder(folder: Path) -> None:
    """Make a rename or a new name in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
