"""The files of the log: the only place where they are read, written, renamed and removed.

What somebody names to be held against the log (evidence, a pin) is read here too: `read` takes nothing but a regular
file, and never more of it than was asked for, so that no pipe and no device keeps the program waiting or fills it.

Every file comes to be under another name and is renamed, so that a reader, and a process that is killed, sees the old
file or the new one and never half of one. Durable files are on disk before the rename, and their folders after it.

Which file is written when is the callers' business; here is how, and where the operating system's errors become ours.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from typing import TYPE_CHECKING, Final

from archive.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe (FIFO)"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


@contextlib.contextmanager
def _translated(path: Path | str, what: str) -> Iterator[None]:
    """Turn the operating system's errors into ours.

    Raises:
        StorageError: It did not do what was asked.
    """
    try:
        yield
    except OSError as error:
        hint = "make room and try again" if error.errno in _FULL else None
        msg = f"{path}: cannot be {what}: {error.strerror}"
        raise StorageError(msg, hint=hint) from error


def read(path: Path, *, bytes_max: int, what: str | None = None) -> bytes | None:
    """Give a regular file's bytes; None if nothing is there.

    Of a file that is larger than it can be, one byte more is given, by which its reader knows.

    Args:
        path: The file, or a link to it.
        bytes_max: How much of it is read.
        what: What to call it in an error; by default its path.

    Raises:
        StorageError: It cannot be read, or is no regular file.
    """
    what = str(path) if what is None else what
    with _translated(what, "read"):
        try:
            # Asked before it is opened, because opening a device can do something ...
            _require_regular(os.stat(path), what)  # noqa: PTH116  # everything here goes through one module
            # ... and again after it, because another thing may lie there by now; and a pipe must not be waited for.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            _require_regular(os.fstat(descriptor), what)
            data = b""
            while chunk := os.read(descriptor, bytes_max + 1 - len(data)):
                data += chunk
            return data
        finally:
            os.close(descriptor)


def _require_regular(found: os.stat_result, what: str) -> None:
    """Refuse what is no regular file: reading it may never end, and says something else the next time.

    Raises:
        StorageError: It is something else.
    """
    if stat.S_ISREG(found.st_mode):
        return
    kind = next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), "something else")
    msg = f"{what}: found {kind}, expected a regular file"
    raise StorageError(msg, hint="name a regular file; what comes out of a pipe or a device is saved to one first")


def write(path: Path, data: bytes, *, part: Path, durable: bool, mode: int | None = None) -> None:
    """Write a file, or replace it.

    Args:
        path: Its name.
        data: All of it.
        part: The name it has until it is complete, in the same file system; what lies there is overwritten.
        durable: Whether it is on disk before it gets its name. That the name is on disk takes `sync` of its folder.
        mode: Its permissions; None leaves them to the process.

    Raises:
        StorageError: The disk does not take it; the old file stands.
    """
    with _translated(path, "written"):
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode or 0o666)
            try:
                if mode is not None:
                    # The process's own mask must not decide what others may read.
                    os.fchmod(descriptor, mode)
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                if durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(part, path)  # noqa: PTH105  # everything here goes through one module, where faults are tried
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(part)  # noqa: PTH108  # as above
            raise


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, durably.

    Raises:
        StorageError: There is one of that name, or the disk does not take it; nothing stays behind.
    """
    part = path.with_name(f".{path.name}.part")
    with _translated(path, "written"):
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
            # A link, because it fails where the name is taken.
            os.link(part, path)
        finally:
            os.close(descriptor)
            os.unlink(part)  # noqa: PTH108  # as above
    sync(path.parent)


def make_folder(path: Path, *, mode: int | None = None) -> None:
    """Make a folder and those above it; one that is there stays as it is.

    Args:
        path: The folder.
        mode: The permissions of those that are made; None leaves them to the process.

    Raises:
        StorageError: It cannot be made.
    """
    with _translated(path, "made"):
        missing = [path]
        while missing:
            try:
                os.mkdir(missing[-1], mode or 0o777)  # noqa: PTH102  # as above
            except FileNotFoundError:
                missing.append(missing[-1].parent)
                continue
            except FileExistsError:
                if not missing[-1].is_dir():
                    raise
            else:
                if mode is not None:
                    os.chmod(missing[-1], mode)  # noqa: PTH101  # as above
            missing.pop()


def sync(folder: Path) -> None:
    """Bring the names in a folder to disk.

    Raises:
        StorageError: The disk does not take them.
    """
    with _translated(folder, "brought to disk"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file, if it is there.

    Raises:
        StorageError: It cannot be removed.
    """
    with _translated(path, "removed"), contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108  # as above


def remove_folder(path: Path) -> None:
    """Remove a folder, if it is there and nothing is in it.

    Raises:
        StorageError: It cannot be removed.
    """
    with _translated(path, "removed"):
        try:
            os.rmdir(path)  # noqa: PTH106  # as above
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise


def names(folder: Path) -> list[str]:
    """Give the names in a folder, sorted; none if it is not there.

    Raises:
        StorageError: It cannot be read.
    """
    with _translated(folder, "read"):
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208  # as above
        except (FileNotFoundError, NotADirectoryError):
            return []


@contextlib.contextmanager
def locked(path: Path, *, mode: int | None = None) -> Iterator[None]:
    """Hold a lock file, alone; wait for whoever holds it.

    It is of use to processes on one machine, and between threads too. Whatever ends the holder ends the lock; the file
    itself stays, because removing it would let two in.

    Raises:
        StorageError: It cannot be made or locked.
    """
    with _translated(path, "locked"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode or 0o666)
    try:
        with _translated(path, "locked"):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
