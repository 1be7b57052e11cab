"""The pin: what a user believes about a register, kept outside every archive.

`init` writes it, `verify` holds the genesis against it. It is a C2SP tlog-policy file with the anchor as a comment
line, so that other tools read its keys and a verifier elsewhere can be given the very same file (`--trust`).
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

from archive.errors import StorageError
from archive.log import files
from archive.log.policy import POLICY_BYTES_MAX, Policy, parse_policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.verify.source import Source

SUFFIX: Final = ".policy"
# What a source says of itself becomes part of a path only if it is nothing but a UUID.
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def pin_path(folder: Path, register: str) -> Path:
    """Give where the pin of a register lies in the user's configuration."""
    return folder / (register + SUFFIX)


def write_pin(path: Path, *, name: str, anchor_hex: str, log_keys: Sequence[str]) -> None:
    """Write a new pin.

    Raises:
        StorageError: There is one already, or it cannot be written.
    """
    # A name may hold any character; in a comment line only a line break would do harm.
    title = " ".join(name.split())
    lines = [f"# {title}", f"# anchor {anchor_hex}", *(f"log {key}" for key in log_keys), "quorum none", ""]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            msg = f"{path}: exists already"
            raise StorageError(msg, hint="a pin is never overwritten; look at it and move it away by hand") from error
        try:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write("\n".join(lines).encode())
                handle.flush()
                os.fsync(handle.fileno())
        except OSError:
            path.unlink()  # half a pin would stand in the way of a whole one, and pins are never overwritten
            raise
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise StorageError(msg) from error


def require_pin(path: Path, *, anchor_hex: str) -> None:
    """See that a pin, if there is one, is of this very register; nothing is recorded in another one's place.

    Raises:
        StorageError: The pin has another anchor, or cannot be read.
        InputError: It is no policy file.
    """
    pin = read_pin(path)
    if pin is not None and pin.anchor_hex not in {None, anchor_hex}:
        msg = f"the archive's anchor is {anchor_hex}, {path} has {pin.anchor_hex}"
        raise StorageError(
            msg, hint="this is not the register that was pinned; run `ratsbuch verify` and ask who replaced it"
        )


def find_pin(folder: Path, source: Source) -> Policy | None:
    """Give the pin of the register that a source says it is, by its settings or by its first event.

    A source that was replaced by another register, but still goes by the old name, is held against the old pin.

    Raises:
        StorageError: A pin, or the source itself, cannot be read.
        InputError: The pin is no policy file.
    """
    pins = (read_pin(pin_path(folder, name)) for name in registers_of(source))
    return next((pin for pin in pins if pin is not None), None)


def registers_of(source: Source) -> tuple[str, ...]:
    """Give the UUIDs of the registers that a source says it is: by its settings, then by its first event."""
    names: list[str] = []
    with contextlib.suppress(StorageError):  # step 1 of the verification reports that
        names.append(source.claimed_register() or "")
    names += [row.stream.partition(":")[2] for row in source.rows(after=0, until=1)]
    return tuple(dict.fromkeys(name for name in names if _UUID.match(name)))


def read_pin(path: Path) -> Policy | None:
    """Read a pin or a trust file; None if there is none.

    Raises:
        StorageError: It cannot be read, or is no regular file.
        InputError: It is no policy file, or too large for one.
    """
    data = files.read(path, bytes_max=POLICY_BYTES_MAX)
    return None if data is None else parse_policy(data, what=str(path))
