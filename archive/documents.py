"""Documents, kept once by their content (SHA-512): small ones in the database, larger ones as files.

A small document shares the transaction of the event that names it. A larger one is written before: to a
temporary file, synced, renamed, its folder synced; so an acknowledged event never names a document that is not
on disk. What a crash leaves behind is a surplus file, which verification names and nothing else minds.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from typing import TYPE_CHECKING, BinaryIO, Final

from archive.errors import InputError, IntegrityError, StorageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from archive.batch import NewDocument
    from archive.store.sqlite import Transaction

INLINE_SIZE_MAX: Final = 64 * 2**10
DOCUMENT_SIZE_MAX: Final = 4 * 2**30
_CHUNK: Final = 2**20
DIGEST: Final = re.compile(r"[0-9a-f]{128}\Z")
TEMPORARY_SUFFIX: Final = ".part"


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
            StorageError: The disk does not take it.
        """
        row = transaction.cursor.execute("SELECT 1 FROM documents WHERE digest=?", (document.digest_hex,)).fetchone()
        if row is not None and (document.size <= INLINE_SIZE_MAX or self.path(document.digest_hex).exists()):
            return False
        if document.size <= INLINE_SIZE_MAX:
            with _reading(document.path) as source:
                content = source.read(INLINE_SIZE_MAX + 1)
            _same(document, hashlib.sha512(content).hexdigest())
            transaction.cursor.execute(
                "INSERT INTO documents VALUES (?,?,?)", (document.digest_hex, len(content), content)
            )
            return False
        written = self._write_file(document)
        if row is None:
            transaction.cursor.execute("INSERT INTO documents VALUES (?,?,NULL)", (document.digest_hex, document.size))
        return written and row is None

    def _write_file(self, document: NewDocument) -> bool:
        if document.size > DOCUMENT_SIZE_MAX:
            msg = f"document {document.path.name}: {document.size} bytes, at most {DOCUMENT_SIZE_MAX} are allowed"
            raise InputError(msg)
        target = self.path(document.digest_hex)
        if target.exists():
            return False
        part = target.with_name(target.name + TEMPORARY_SUFFIX)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
            hasher = hashlib.sha512()
            with _reading(document.path) as source, part.open("wb") as copy:
                while chunk := source.read(_CHUNK):
                    hasher.update(chunk)
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
            _same(document, hasher.hexdigest())
            part.rename(target)
            sync_folder(target.parent)
        except OSError as error:
            msg = f"document {document.path.name}: cannot be stored at {target}: {error.strerror}"
            raise StorageError(msg, hint="nothing was recorded; make room and record again") from error
        finally:
            part.unlink(missing_ok=True)
        return True

    def open(self, connection: sqlite3.Connection, digest: str) -> Iterator[bytes] | None:
        """Give a document's bytes in chunks as they lie there, unchecked; None if it is not there."""
        row = connection.execute("SELECT content FROM documents WHERE digest=?", (digest,)).fetchone()
        if row is None:
            return None
        if row[0] is not None:
            return iter((row[0],))
        path = self.path(digest)
        return _chunks(path) if path.exists() else None

    def read(self, connection: sqlite3.Connection, digest: str) -> bytes | None:
        """Give a document whole, checked against its digest; None if it is not there.

        Raises:
            IntegrityError: The bytes are not those of the digest.
        """
        chunks = self.open(connection, digest)
        if chunks is None:
            return None
        content = b"".join(chunks)
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
            yield from (path for path in sorted(self.folder.rglob("*")) if not path.is_dir())


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as handle:
            yield handle
    except FileNotFoundError as error:
        msg = f"document {path.name}: it is no longer there"
        raise InputError(msg) from error


def _same(document: NewDocument, digest: str) -> None:
    if digest != document.digest_hex:
        msg = f"document {document.path.name}: it changed while it was being recorded"
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
