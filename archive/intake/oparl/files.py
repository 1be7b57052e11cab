"""Fetching the files that objects refer to: bounded, streamed to disk, hashed, and continued where one broke off.

A file is fetched from the source's own host only. It is held by the SHA-512 of what came; what the source says about
it (a size, a digest) is kept as it was said. One that cannot be had stays referred to, and is counted.
"""

from __future__ import annotations

import hashlib
import re
from typing import IO, TYPE_CHECKING, Final

from archive.batch import NewDocument
from archive.client import Answer, Request
from archive.errors import ServiceError, StorageError
from archive.intake.oparl.peers import PeerError
from domain.values import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.intake.oparl.endpoint import Endpoint
    from archive.intake.oparl.objects import File
    from archive.intake.oparl.summary import Summary

FILE_BYTES_MAX: Final = 2 * 2**30
_CHUNK: Final = 2**20
_PARTIAL: Final = 206
_OK: Final = 200
_GONE: Final = frozenset({404, 410})
_UNSATISFIABLE: Final = 416
_FAILED: Final = "files that could not be fetched"
# Names the version that a part is of; a weak one does not promise the same bytes.
_STRONG: Final = re.compile('"[\x21\x23-\x7e]{1,200}"')


class Files:
    """The files of one source.

    Args:
        endpoint: Makes requests, to the source's host and no other.
        folder: Where files lie until they are recorded, and parts until they are whole; the caller's.
        summary: Where what could not be had is counted.
    """

    def __init__(self, endpoint: Endpoint, folder: Path, summary: Summary) -> None:
        self._endpoint = endpoint
        self._folder = folder
        self._summary = summary
        folder.mkdir(parents=True, exist_ok=True)

    def fetch(self, file: File, held: str | None = None) -> tuple[Document, NewDocument] | None:
        """Fetch a file; None where it cannot be had, which is counted, or where it is the one that is held.

        Args:
            file: The file.
            held: The digest of what is held of it, where only a stamp says that it changed. That it did not is noted
                beside the parts, so that it is asked for once; a note that is lost costs another request.

        Raises:
            StorageError: There is no room for it.
        """
        reason = "files without an address"
        if isinstance(file.url, str):
            if not self._endpoint.is_own(file.url):
                reason = "files on another host"
            else:
                path = self._folder / hashlib.sha256(file.url.encode()).hexdigest()
                note = self._note(file, held)
                if note is not None and note.exists():
                    return None
                try:
                    reason = self._download(file.url, path)
                except PeerError:
                    reason = "files at an address where the source does not lie"
                except ServiceError:
                    reason = _FAILED
                if not reason:
                    found = self._held(file, path)
                    if note is None or found[0].digest != held:
                        return found
                    path.unlink()
                    note.touch()
                    return None
        self._summary.left_out[reason] += 1
        return None

    def _note(self, file: File, held: str | None) -> Path | None:
        if held is None:
            return None
        described = "\n".join((str(file.url), *file.stamps, held))
        return self._folder / f"{hashlib.sha256(described.encode()).hexdigest()}.same"

    def _download(self, url: str, path: Path) -> str:
        """Fetch into a file; give what came in between, empty where nothing did."""
        part, tag = path.with_suffix(".part"), path.with_suffix(".etag")
        for _ in range(2):
            have = part.stat().st_size if part.is_file() and tag.is_file() else 0
            headers: tuple[tuple[str, str], ...] = ()
            if have:
                headers = (("Range", f"bytes={have}-"), ("If-Range", tag.read_text(encoding="ascii")))
            try:
                with part.open("ab") as handle:
                    request = Request(
                        url=url,
                        body=None,
                        answer_bytes_max=FILE_BYTES_MAX,
                        headers=headers,
                        sink=_sink(handle, tag, have),
                    )
                    answer = self._endpoint.answer(request)
            except OSError as error:
                msg = f"{part}: cannot be written: {error.strerror}"
                raise StorageError(msg, hint="what is recorded is whole; make room and run it again") from error
            if answer.status in {_OK, _PARTIAL}:
                if not answer.complete:
                    part.unlink()
                    return "files that are too large"
                tag.unlink(missing_ok=True)
                part.rename(path)
                return ""
            part.unlink()
            tag.unlink(missing_ok=True)
            if answer.status != _UNSATISFIABLE:
                return "files that are not there" if answer.status in _GONE else _FAILED
        return _FAILED

    def _held(self, file: File, path: Path) -> tuple[Document, NewDocument]:
        hasher, size = hashlib.sha512(), 0
        with path.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
        digest = hasher.hexdigest()
        if isinstance(file.digest, str) and file.digest != digest:
            self._summary.left_out["digests that a source states for a file with other bytes"] += 1
        media_type = file.media_type if isinstance(file.media_type, str) else "application/octet-stream"
        document = Document(digest=digest, held=True, media_type=media_type, size=size)
        return document, NewDocument(digest_hex=digest, size=size, media_type=media_type, path=path)


def _sink(handle: IO[bytes], tag: Path, have: int) -> Callable[[Answer], Callable[[bytes], object]]:
    """Take what comes behind what is there where it is a part of the same version, else from the beginning."""

    def begin(answer: Answer) -> Callable[[bytes], object]:
        stated = dict(answer.headers)
        is_rest = answer.status == _PARTIAL and stated.get("content-range", "").startswith(f"bytes {have}-")
        # An attempt before this one may have written more than it was asked to continue from.
        handle.truncate(have if is_rest else 0)
        version = stated.get("etag", "")
        if _STRONG.fullmatch(version):
            tag.write_text(version, encoding="ascii")
        else:
            tag.unlink(missing_ok=True)
        return handle.write

    return begin
