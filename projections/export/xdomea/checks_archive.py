"""The container as a ZIP file: measured before it is opened, its entries looked at before any is read."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from projections.export.xdomea.parsing import MESSAGE_SIZE_MAX
from projections.export.xdomea.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTAINER_SIZE_MAX: Final = 4 * 2**30
ENTRIES_MAX: Final = 65_000
ENTRY_SIZE_MAX: Final = 2**30
NAME_LENGTH_MAX: Final = 200
RATIO_MAX: Final = 200
# Text that says the same of thousands of records packs well; what is small does no harm.
RATIO_FROM_SIZE: Final = 2**20
_LIST_SIZE_MAX: Final = 64 * 2**20
_CHUNK: Final = 2**20
_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\x05\x06"
_COMMENT_MAX: Final = 0xFFFF
_UTF_8: Final = 0x800
_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_LINK: Final = 0xA
_UNSAFE: Final = re.compile(r"\.\.|[\\:\x00-\x1f\x7f]|\A/|\A\s|\s\Z")


class Container:
    """An opened container whose entries may be read: flat, of bounded size, each name once."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = {info.filename: info for info in archive.infolist()}

    @property
    def names(self) -> frozenset[str]:
        """The names of the entries."""
        return frozenset(self._entries)

    def message(self, name: str) -> bytes | None:
        """Give the message; None where it is larger than a message may be."""
        if self._entries[name].file_size > MESSAGE_SIZE_MAX:
            return None
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give the bytes of an entry, piece by piece.

        Raises:
            DamagedError: They are not what the entry says.
        """
        try:
            with self._archive.open(self._entries[name]) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise DamagedError(str(error)) from error


class DamagedError(Exception):
    """An entry cannot be read to its end, or its check sum is another one."""


@contextlib.contextmanager
def open_container(name: str, source: bytes | Path, found: list[Problem]) -> Iterator[Container | None]:
    """Open a container; give None where its entries must not be read.

    Args:
        name: Its file name.
        source: Its bytes, or where it lies.
        found: Takes what is wrong with it.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(source.open("rb") if isinstance(source, Path) else io.BytesIO(source))
        size = file.seek(0, io.SEEK_END)
        found.extend(_measure(name, file, size))
        if found:
            yield None
            return
        file.seek(0)
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
            found.append(problem("ZIP_UNREADABLE", name, str(error)))
            yield None
            return
        found.extend(_look(archive))
        yield None if found else Container(archive)


def _measure(name: str, file: io.BufferedIOBase | io.BufferedReader, size: int) -> Iterator[Problem]:
    """Look at size and number of entries, before a reader takes the list of entries into memory."""
    if size == 0:
        yield problem("CONTAINER_EMPTY", name, "found no byte")
        return
    if size > CONTAINER_SIZE_MAX:
        yield problem("CONTAINER_TOO_LARGE", name, f"found {size} bytes, expected {CONTAINER_SIZE_MAX} at most")
        return
    file.seek(max(0, size - _END.size - _COMMENT_MAX))
    tail = file.read(_END.size + _COMMENT_MAX)
    place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        yield problem("ZIP_UNREADABLE", name, "found no end of a ZIP file")
        return
    count, listed = _END.unpack_from(tail, place)[4:6]
    # A reader takes the whole list into memory, however few entries it is said to have.
    if count > ENTRIES_MAX or listed > _LIST_SIZE_MAX:
        yield problem("ENTRIES_TOO_MANY", name, f"found {count} entries, expected {ENTRIES_MAX} at most")


def _look(archive: zipfile.ZipFile) -> Iterator[Problem]:
    """Look at every entry without reading any."""
    entries = archive.infolist()
    if len(entries) > ENTRIES_MAX:
        yield problem("ENTRIES_TOO_MANY", "", f"found {len(entries)} entries, expected {ENTRIES_MAX} at most")
        return
    total = sum(info.file_size for info in entries)
    if total > CONTAINER_SIZE_MAX:
        yield problem("CONTAINER_TOO_LARGE", "", f"found {total} bytes unpacked, expected {CONTAINER_SIZE_MAX} at most")
    names: set[str] = set()
    for info in entries:
        yield from _look_at(info)
        # File systems that know no case would let one entry take the place of the other.
        folded = info.filename.casefold()
        if folded in names:
            yield problem("ENTRY_NAMED_TWICE", info.filename, "found the name before")
        names.add(folded)


def _look_at(info: zipfile.ZipInfo) -> Iterator[Problem]:
    name = info.orig_filename
    if _UNSAFE.search(name) or not 0 < len(name) <= NAME_LENGTH_MAX:
        yield problem("ENTRY_NAME_UNSAFE", name[:NAME_LENGTH_MAX], "leads out of the folder, or is no plain name")
    elif "/" in name:
        yield problem("ENTRY_IN_FOLDER", name, "expected a flat container")
    if not name.isascii() and not info.flag_bits & _UTF_8:
        yield problem("ENTRY_NAME_ENCODING", name, "not ASCII and not marked as UTF-8")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS or info.external_attr >> 28 == _LINK:
        yield problem("ENTRY_NOT_PLAIN", name, "encrypted, a link, or packed in an unusual way")
    if info.file_size > ENTRY_SIZE_MAX:
        yield problem("ENTRY_TOO_LARGE", name, f"found {info.file_size} bytes, expected {ENTRY_SIZE_MAX} at most")
    elif info.file_size > RATIO_FROM_SIZE and info.file_size > RATIO_MAX * max(1, info.compress_size):
        yield problem(
            "ENTRY_PACKED_TOO_TIGHT", name, f"{info.compress_size} bytes unpack to {info.file_size}, like a zip bomb"
        )
