"""What is handed in to be taken in, read from disk: regular files alone, and never more of one than was asked for.

A pipe without anybody at its other end would keep the program waiting for ever, and a device has no end.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from archive.errors import InputError, StorageError
from archive.log import files

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path


def read(path: Path, *, bytes_max: int) -> bytes:
    """Give a file's bytes; of one that is larger than it may be one byte more, by which its reader knows.

    Raises:
        InputError: It is not there, is no regular file, or cannot be read.
    """
    try:
        found = files.read(path, bytes_max=bytes_max, what=path.name)
    except StorageError as error:
        raise InputError(error.message, hint=error.hint) from error
    if found is None:
        raise InputError(f"{path.name}: cannot be read: No such file or directory")
    return found


def opened(path: Path) -> BufferedReader:
    """Open a regular file.

    Raises:
        InputError: It is no regular file.
        OSError: It cannot be opened.
    """
    # A pipe is not waited for, whatever came there after somebody looked.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError(
            f"{path.name}: found no regular file, expected one",
            hint="what comes out of a pipe or a device is saved to a file first",
        )
    return os.fdopen(descriptor, "rb")
