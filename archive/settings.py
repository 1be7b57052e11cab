"""`ratsbuch.toml`: which register an archive folder holds. No secrets, and nothing that evidence rests on.

The names in it are for people and tools; what the register is stands in token 1, and opening compares the two.
"""

from __future__ import annotations

import json
import os
import tomllib
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "ratsbuch.toml"
SIZE_MAX: Final = 64 * 2**10
FORMAT: Final = "ratsbuch-archive/1"
BACKEND: Final = "sqlite"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `ratsbuch.toml` says.

    Attributes:
        format: Version of the folder's layout.
        register: UUID of the register.
        name: Its name.
        origin: Origin line of its log's checkpoints.
        backend: Which store holds the events.
        policy: Path of a C2SP tlog-policy with witnesses, relative to the folder.
    """

    format: str
    register: str
    name: str
    origin: str
    backend: str
    policy: str | None = None


def write(folder: Path, settings: Settings) -> None:
    """Write the file of a new archive."""
    values = msgspec.to_builtins(settings)
    # A JSON string is a TOML basic string, but for U+007F, which JSON leaves as it is.
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for name, value in values.items()
        if value is not None
    ]
    with (folder / FILE_NAME).open("xb") as handle:
        handle.write("\n".join([*lines, ""]).encode())
        handle.flush()
        os.fsync(handle.fileno())


def read(folder: Path) -> Settings:
    """Read the file.

    Raises:
        StorageError: Not there (so the folder is no archive), not TOML, or of another version.
    """
    path = folder / FILE_NAME
    try:
        with path.open("rb") as handle:
            data = handle.read(SIZE_MAX + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = f"{folder}: not an archive: it has no {FILE_NAME}"
        raise StorageError(msg, hint="name the archive with -C DIR, or open one with `ratsbuch init DIR`") from error
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise StorageError(msg) from error
    try:
        if len(data) > SIZE_MAX:
            msg = f"over {SIZE_MAX} bytes"
            raise ValueError(msg)
        settings = msgspec.convert(tomllib.loads(data.decode()), Settings)
    except (ValueError, msgspec.ValidationError, RecursionError) as error:
        msg = f"{path}: not valid: {error}"
        raise StorageError(msg, hint="restore it from a copy; it holds no evidence") from error
    if settings.format != FORMAT:
        msg = f"{path}: found format {settings.format!r}, expected {FORMAT!r}"
        raise StorageError(msg, hint="open it with the version of Ratsbuch that wrote it, or a newer one")
    if settings.backend != BACKEND:
        msg = f"{path}: found backend {settings.backend!r}, expected {BACKEND!r}"
        raise StorageError(msg, hint="open it with the version of Ratsbuch that wrote it, or a newer one")
    return settings
