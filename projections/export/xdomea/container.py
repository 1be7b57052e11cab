"""A flat ZIP file, written so that the same entries give the same bytes everywhere.

Entries are stored, not packed: what a packer makes of the same bytes changes with its version, and PDF files are packed
already. All names are marked as UTF-8, which not every writer can be made to do.

Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from archive.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONTAINER_SIZE_MAX: Final = 2**31
ENTRIES_MAX: Final = 60_000

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_VERSION: Final = 20
_MADE_BY_UNIX: Final = 3 << 8 | _VERSION
_UTF_8: Final = 1 << 11
_STORED: Final = 0
_MIDNIGHT: Final = 0
_NEW_YEAR_1980: Final = 1 << 5 | 1
_FILE_RW: Final = 0o100644 << 16


def packed(entries: Mapping[str, Callable[[], bytes]]) -> bytes:
    """Give a ZIP file of entries, sorted by name.

    Args:
        entries: What gives the bytes of each, by name.

    Raises:
        InputError: It is more than a plain ZIP file can hold, or than we write.
    """
    if len(entries) > ENTRIES_MAX:
        raise InputError(
            f"container: found {len(entries)} files, expected at most {ENTRIES_MAX}", hint="hand over fewer records"
        )
    out, central = bytearray(), bytearray()
    for name, load in sorted(entries.items()):
        data, encoded, offset = load(), name.encode(), len(out)
        if offset + len(data) > CONTAINER_SIZE_MAX:
            raise InputError(
                f"container: more than {CONTAINER_SIZE_MAX} bytes with {name}", hint="hand over fewer records"
            )
        common = (_UTF_8, _STORED, _MIDNIGHT, _NEW_YEAR_1980, zlib.crc32(data), len(data), len(data), len(encoded), 0)
        out += _LOCAL.pack(b"PK\x03\x04", _VERSION, *common) + encoded + data
        central += _CENTRAL.pack(b"PK\x01\x02", _MADE_BY_UNIX, _VERSION, *common, 0, 0, 0, _FILE_RW, offset)
        central += encoded
    end = _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(central), len(out), 0)
    return bytes(out + central + end)
