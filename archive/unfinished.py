"""What is left of a run over a source that was broken off, and how the next one finds it.

Two things lie outside the archive until a run is done. The folder in which it puts aside what the source showed is
removed with the run; where a run was killed, the next one removes it, which tells by a lock that nobody works there
any more. And a note says where the run began and which words had no code, so that the next run can tell what one
without interruption would have told. The note is a convenience: without it, what is recorded is the same.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FOLDER: Final = "ratsbuch-intake-"
_NOTE_BYTES_MAX: Final = 16 * 2**20
# A note is written with each transaction, so it may not grow with what a source makes up.
_LITERALS_MAX: Final = 1_000
_LITERAL_CHARACTERS_MAX: Final = 500

# -- the folder -----------------------------------------------------------------------------------


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """Give an empty folder for what does not fit into memory; those of runs that were killed are removed first.

    Raises:
        StorageError: It cannot be made.
    """
    home = Path(tempfile.gettempdir())
    _sweep(home)
    folder, lock = _locked_folder(home)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder(home: Path) -> tuple[Path, int]:
    while True:
        try:
            folder = Path(tempfile.mkdtemp(prefix=_FOLDER, dir=home))
        except OSError as error:
            msg = f"{home}: no folder can be made in it: {error.strerror}"
            raise StorageError(msg, hint="make room in the folder for temporary files, or set TMPDIR") from error
        # Whoever sweeps between these two lines takes it for one that nobody needs: then there is another one.
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.fstat(lock).st_nlink and folder.is_dir():
                return folder, lock
            os.close(lock)


def _sweep(home: Path) -> None:
    """Remove one's own folders that no living process has locked; what cannot be removed is left."""
    with contextlib.suppress(OSError):
        for folder in home.glob(f"{_FOLDER}*"):
            with contextlib.suppress(OSError):
                found = folder.lstat()
                if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                    continue
                lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
                finally:
                    os.close(lock)


# -- the note -------------------------------------------------------------------------------------

Words = Counter[tuple[str, str]]


class _Note(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is noted of a run before each of its transactions.

    Attributes:
        began: When it began.
        after: The position after which it recorded.
        size: The position after which the transaction that was under way records.
        before: The words without a code, of what was recorded before that transaction.
        with_it: The same, with those of that transaction.
    """

    began: str
    after: int
    size: int
    before: tuple[tuple[str, str, int], ...]
    with_it: tuple[tuple[str, str, int], ...]


class Unfinished:
    """The note of a run over one system.

    Args:
        folder: Where notes lie, outside the archive.
        register: The register's id.

    Attributes:
        since: When the run began that was broken off; None where none was.
        after: The position after which that run recorded, or this one where none was broken off.
        words: The words without a code that it met in what it recorded.
    """

    def __init__(self, folder: Path, register: str) -> None:
        self._folder = folder
        self._register = register
        self._path: Path | None = None
        self._began = ""
        self._before: Words = Counter()
        self.since: str | None = None
        self.after = 0
        self.words: Words = Counter()

    def open(self, system: str, *, moment: str, size: int) -> None:
        """Read what is noted of a system.

        Args:
            system: Its address.
            moment: When this run begins.
            size: The position after which it records.
        """
        name = hashlib.sha256(system.encode()).hexdigest()[:16]
        self._path = self._folder / f"{self._register}.{name}.unfinished"
        self._began, self.after = moment, size
        note = _read(self._path)
        if note is not None and note.after <= size:
            self.since = self._began = note.began
            self.after = note.after
            # A transaction is there in whole or not: the archive tells whether it came to its end.
            self.words = _counted(note.with_it if size > note.size else note.before)
        self._before = Counter(self.words)

    def note(self, *, size: int, words: Words) -> None:
        """Note a transaction before it is recorded.

        Args:
            size: The position after which it records.
            words: The words without a code that this run met, with those of the transaction.

        Raises:
            StorageError: The note cannot be written.
        """
        if self._path is None:
            return
        with_it = self.words + words
        note = _Note(
            began=self._began, after=self.after, size=size, before=_listed(self._before), with_it=_listed(with_it)
        )
        part = self._path.with_name(self._path.name + ".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.touch(mode=0o600)
            part.write_bytes(msgspec.json.encode(note))
            part.replace(self._path)
        except OSError as error:
            msg = f"{self._path}: cannot be written: {error.strerror}"
            raise StorageError(msg, hint="what was recorded before stays recorded; make room and go on") from error
        self._before = with_it

    def done(self) -> None:
        """Forget the note: the run came to its end, and what came of it is told."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def _read(path: Path) -> _Note | None:
    try:
        with path.open("rb") as handle:
            return msgspec.json.decode(handle.read(_NOTE_BYTES_MAX), type=_Note)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _listed(words: Mapping[tuple[str, str], int]) -> tuple[tuple[str, str, int], ...]:
    found = [(table, text, n) for (table, text), n in words.items() if len(text) <= _LITERAL_CHARACTERS_MAX]
    return tuple(found[:_LITERALS_MAX])


def _counted(words: tuple[tuple[str, str, int], ...]) -> Words:
    return Counter({(table, literal): count for table, literal, count in words})
