"""The container of a message: a flat ZIP file with the message in it, looked at before anything of it is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE_BYTES_MAX: Final = 16 * 2**20
MESSAGE_BYTES_MAX: Final = 8 * 2**20
MEMBERS_MAX: Final = 64
RATIO_MAX: Final = 200
# Text that says the same of thousands of records is packed to a small part of itself.
RATIO_FROM_BYTES: Final = 2**20
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_NAME: Final = re.compile(r"[^/\\:\x00-\x1f\x7f]{1,200}\Z")
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1


class Opened(Struct, frozen=True, kw_only=True):
    """A message as it lay in its file.

    Attributes:
        name: The name of the message's own file.
        data: Its bytes.
        beside: The names of what else lay in the container; an answer carries nothing but the message.
    """

    name: str
    data: bytes
    beside: tuple[str, ...] = ()


def open_container(source: bytes, name: str) -> Opened:
    """Give the message that a file is, or that its container holds.

    Args:
        source: The bytes of the file, `FILE_BYTES_MAX` and one more at most.
        name: Its base name.

    Raises:
        InputError: It is too large, no whole container, or not one that holds one message and nothing unsafe.
    """
    if len(source) > FILE_BYTES_MAX:
        raise InputError(f"{name}: found more than {FILE_BYTES_MAX} bytes, expected at most 16 MiB in an answer")
    if not source.startswith((_ZIP, _EMPTY_ZIP)):
        if len(source) > MESSAGE_BYTES_MAX:
            raise InputError(f"{name}: found {len(source)} bytes, expected at most 8 MiB in a message")
        return Opened(name=name, data=source)
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            member = _message_of(archive.infolist(), name)
            with archive.open(member) as file:
                data = file.read(MESSAGE_BYTES_MAX + 1)
                # Reading on to the end is what compares the checksum; there is nothing more where the size is true.
                if len(data) != member.file_size or file.read(1):
                    raise InputError(f"{name}: {shown(member.filename)}: found another size than the container states")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise InputError(f"{name}: is no whole ZIP file", hint="it is damaged; get it anew") from error
    beside = tuple(sorted(one.filename for one in archive.infolist() if one is not member))
    return Opened(name=member.filename, data=data, beside=beside)


def _message_of(members: Sequence[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    """Look at every entry of a container; give the one that is the message."""
    if len(members) > MEMBERS_MAX:
        raise InputError(f"{name}: found {len(members)} files in it, expected at most {MEMBERS_MAX}")
    seen: set[str] = set()
    for member in members:
        # The reader of ZIP files cuts a name at its first NUL; what stands in the file is looked at.
        if not _NAME.match(member.orig_filename) or member.filename in {".", ".."} or member.is_dir():
            raise InputError(
                f"{name}: found the entry {shown(member.orig_filename)}, expected plain file names: a container is flat"
            )
        if member.filename.casefold() in seen:
            raise InputError(f"{name}: found the entry {shown(member.filename)} twice, expected each name once")
        seen.add(member.filename.casefold())
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            raise InputError(f"{name}: {shown(member.filename)}: is encrypted or packed in a way that is not read")
        is_bomb = member.file_size > max(RATIO_FROM_BYTES, RATIO_MAX * member.compress_size)
        if member.file_size > MESSAGE_BYTES_MAX or is_bomb:
            raise InputError(
                f"{name}: {shown(member.filename)}: found {member.file_size} bytes packed into {member.compress_size}, "
                f"expected at most 8 MiB and {RATIO_MAX} times its packed size"
            )
    messages = [member for member in members if member.filename.lower().endswith(".xml")]
    if len(messages) != 1:
        raise InputError(
            f"{name}: found {len(messages)} XML files in it, expected exactly one: the message",
            hint="unpack it and give the message itself" if messages else None,
        )
    return messages[0]
