"""The memory outside: the newest known checkpoint of a register, in a file that is no part of the archive.

An archive that is put back from an old copy is consistent in itself; only what remembers a later state can tell. The
file holds that checkpoint byte for byte. It is replaced by one that was found to extend it, and never by less: what
would take it back is exactly what it is there to notice.

Where the file lies is the caller's business; it should be on another disk than the archive, or at least in no backup
that is put back together with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.errors import InputError, StorageError
from archive.log import files
from archive.log.head import TreeHead, parse_head
from archive.log.note import NOTE_BYTES_MAX, parse_note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.log.checkpoint import Checkpoint

REMOVE_HINT: Final = (
    "the memory of the newest checkpoint is damaged; find out why, and only then remove the file: without it nobody "
    "notices that the archive was put back to an older state"
)
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


class Memory:
    """The memory of one register.

    Args:
        path: The file; need not be there.
    """

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"Memory({str(self.path)!r})"

    def read(self) -> bytes | None:
        """Give the checkpoint that is remembered; None if there is none.

        Raises:
            StorageError: The file cannot be read.
        """
        return files.read(self.path, bytes_max=NOTE_BYTES_MAX)

    def keep(self, checkpoint: Checkpoint, *, extends: Callable[[TreeHead], None]) -> bool:
        """Remember a checkpoint, unless a larger one is remembered.

        Args:
            checkpoint: One of the log, checked.
            extends: Raises unless the checkpoint extends what is remembered; asked under the lock, because another
                process may have put in what the caller has not seen.

        Returns:
            Whether it is remembered now and was not before.

        Raises:
            IntegrityError: `extends` found a fork; what was remembered stays.
            StorageError: The disk does not take it, or what lies there is no checkpoint; it stays.
        """
        files.make_folder(self.path.parent, mode=_FOLDER_MODE)
        with files.locked(self.path.with_name(self.path.name + ".lock"), mode=_FILE_MODE):
            data = self.read()
            if data is not None:
                head = self._head(data)
                if head.size > checkpoint.head.size:
                    return False
                extends(head)
                if head.size == checkpoint.head.size:
                    return False
            part = self.path.with_name(self.path.name + ".part")
            files.write(self.path, checkpoint.data, part=part, durable=True, mode=_FILE_MODE)
            files.sync(self.path.parent)
            if data is None:
                # The folder itself may be new.
                files.sync(self.path.parent.parent)
        return True

    def _head(self, data: bytes) -> TreeHead:
        what = str(self.path)
        try:
            return parse_head(parse_note(data, what=what).text, what=what)
        except InputError as error:
            raise StorageError(error.message, hint=REMOVE_HINT) from error
