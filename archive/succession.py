"""A register that continues another one, whose log can no longer be grown (de: Nachfolgeregister).

Nothing is ever signed again over a gap. Where events are lost for good, or two copies of a record differ and nothing
tells which is right, the log ends, and a new register with an origin of its own names the old one and the last
checkpoint that anybody has of it. What is still there of the old record stays readable and verifiable as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from archive import settings
from archive.archive import Archive
from archive.errors import InputError, IntegrityError, StorageError
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.log.opening import check_opening
from domain.values import Predecessor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.archive import Means
    from archive.log.memory import Memory


def predecessor_of(folder: Path, *, means: Means, memory: Callable[[str], Memory | None]) -> Predecessor:
    """Say what a new register names of the one that it continues.

    Args:
        folder: The old archive, in whatever state; if it cannot be opened at all, `ratsbuch.toml` says what it was.
        means: Clock and random source.
        memory: Gives the memory outside for the register's UUID.

    Returns:
        The old register with the newest checkpoint that counts of table, `log/` and memory, if there is any.

    Raises:
        StorageError: The folder is no archive.
    """
    named = settings.read(folder)
    note: str | None = None
    origin = named.origin
    try:
        with Archive.open(folder, means=means) as archive:
            origin = archive.register.origin
            newest = check_opening(archive, archive.log_folder, memory(named.register)).newest
            note = None if newest is None else newest.checkpoint.data.decode()
    except (IntegrityError, StorageError):
        # Too damaged to say more than its settings do. What the memory holds is taken only if it is a checkpoint of
        # this log by its own words; its signatures can be checked by whoever has the old genesis.
        note = _remembered(memory(named.register), origin)
    return Predecessor(register=f"register:{named.register}", origin=origin, checkpoint=UNSET if note is None else note)


def _remembered(memory: Memory | None, origin: str) -> str | None:
    """Give what the memory holds, if it is a checkpoint of that origin; None otherwise."""
    try:
        data = None if memory is None else memory.read()
        if data is None or parse_head(parse_note(data).text).origin != origin:
            return None
    except (InputError, StorageError):
        return None
    return data.decode()
