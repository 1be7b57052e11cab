"""Every write, sync and rename of a document fails once: nothing is recorded, nothing half written, and again works."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import pytest
from support.archives import batch, document, held, new_archive, pin_of, statement

from archive import documents as module
from archive.errors import StorageError
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.archives import Made

    from archive.archive import Archive, Recorded
    from archive.batch import Batch

pytestmark = pytest.mark.fault
OPENING: Final = 4
PARTS: Final = ("mkdir", "unlink", "open", "write", "fsync", "rename", "sync_folder")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return new_archive(tmp_path_factory.mktemp("opened"))


@pytest.fixture
def made(opened: Made, tmp_path: Path) -> Made:
    return opened.copy(tmp_path)


class Failing:
    """Counts calls on document files, and lets the one at a given place fail.

    Args:
        fail_at: Which call fails; 0 for none.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, *, fail_at: int) -> None:
        self.calls: list[str] = []
        self._folder, self._fail_at = folder, fail_at
        for name in ("mkdir", "unlink", "rename"):
            monkeypatch.setattr(Path, name, self._on_path(name, getattr(Path, name)))
        monkeypatch.setattr(Path, "open", self._opening(Path.open))
        monkeypatch.setattr(module, "sync_folder", self._plain("sync_folder", module.sync_folder))
        monkeypatch.setattr(os, "fsync", self._plain("fsync", os.fsync))

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self._fail_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    def _is_inside(self, path: Path) -> bool:
        return path.is_relative_to(self._folder)

    def _on_path(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(path: Path, *args: object, **more: object) -> object:
            if self._is_inside(path):
                self._called(name)
            return real(path, *args, **more)

        return call

    def _opening(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(path: Path, *args: object, **more: object) -> object:
            if not self._is_inside(path):
                return real(path, *args, **more)
            self._called("open")
            return _Writing(real(path, *args, **more), self._called)

        return call

    def _plain(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> object:
            self._called(name)
            return real(*args)

        return call


class _Writing:
    """A file whose writing is counted."""

    def __init__(self, handle: object, called: Callable[[str], None]) -> None:
        self._handle, self._called = handle, called

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()  # type: ignore[attr-defined]  # a file

    def write(self, data: bytes) -> None:
        self._called("write")
        self._handle.write(data)  # type: ignore[attr-defined]  # a file

    def __getattr__(self, name: str) -> object:
        return getattr(self._handle, name)


def attaching(archive: Archive, folder: Path) -> Batch:
    """Give a batch with two large documents."""
    both = tuple(document(folder / f"{n}.txt", n.encode() * 70_000) for n in "ab")
    opening = statement(
        f"proposal:{archive.means.uuid7()}",
        e.ProposalRegistered(body=archive.streams("body")[0], kind=v.ProposalKind.MOTION, version=1),
    )
    attached = [
        statement(opening.stream, e.DocumentAttached(label=d.path.name, held=True, document=held(d))) for d in both
    ]
    return batch(opening, *attached, documents=both)


def files(made: Made) -> list[str]:
    return sorted(p.name for p in (made.folder / "documents").rglob("*") if p.is_file())


def record(made: Made, archive: Archive, new: Batch) -> Recorded:
    return archive.record(new, signer=made.signer())


def findings(made: Made) -> list[str]:
    """Verify, and give what was found besides."""
    with made.open() as archive:
        pin = pin_of(archive.register.anchor_hex)
    source = ArchiveSource(made.folder)
    try:
        report = verify(source, pin=pin)
    finally:
        source.close()
    assert report.verdict is Verdict.PASSED, report
    return [f.code for s in report.steps for f in s.findings if f.code != "NO_CHECKPOINT_YET"]


def test_every_step_of_writing_a_document_fails_once(
    opened: Made, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made.open() as archive:
        new = attaching(archive, tmp_path)
        with monkeypatch.context() as patch:
            counted = Failing(patch, made.folder / "documents", fail_at=0)
            record(made, archive, new)
    assert set(counted.calls) == set(PARTS)
    for fail_at in range(1, len(counted.calls) + 1):
        (tmp_path / str(fail_at)).mkdir()
        fresh = opened.copy(tmp_path / str(fail_at))
        with fresh.open() as archive:
            new = attaching(archive, tmp_path)
            with monkeypatch.context() as patch:
                failing = Failing(patch, fresh.folder / "documents", fail_at=fail_at)
                with pytest.raises(StorageError) as caught:
                    record(fresh, archive, new)
            assert caught.value.message.endswith(": No space left on device"), failing.calls
            assert caught.value.hint == "nothing was recorded; make room and record again"
            assert (archive.size, files(fresh)) == (OPENING, []), failing.calls
            assert record(fresh, archive, new).size == OPENING + 3
            assert files(fresh) == sorted(d.digest_hex for d in new.documents)
        assert findings(fresh) == []


def test_interruption_while_a_document_is_written_leaves_nothing(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with made.open() as archive:
        new = attaching(archive, tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", interrupted)
            with pytest.raises(KeyboardInterrupt):
                record(made, archive, new)
        assert (archive.size, files(made)) == (OPENING, [])
        record(made, archive, new)
    assert findings(made) == []


def test_database_that_is_full_takes_neither_events_nor_documents(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made.open() as archive:
        new = attaching(archive, tmp_path)
        with archive.recorder.writing() as transaction:
            connection = transaction.cursor.connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StorageError, match="the disk is full; nothing of this was recorded"):
            record(made, archive, new)
        assert (archive.size, files(made)) == (OPENING, [])
        connection.execute("PRAGMA max_page_count=1000000")
        record(made, archive, new)
    assert findings(made) == []
