"""A source that lies in files: a folder of JSON, a tar of one, JSON lines.

A file holds one object, a list of objects, or a page of a list (`data`). What is read is bounded file by file and as
a whole; an archive with a link, a device, a path that leads out of it, or more in it than a real one has is refused
before anything of it is recorded. Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import contextlib
import gzip
import lzma
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Final, Self, cast

import msgspec

from archive.errors import InputError
from archive.intake.oparl.canonical import OBJECT_BYTES_MAX, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from archive.intake.oparl.canonical import Json

FILE_BYTES_MAX: Final = 64 * 2**20
TOTAL_BYTES_MAX: Final = 16 * 2**30
FILES_MAX: Final = 5_000_000
# Headers of long names and extended attributes are read whole by whoever reads a tar.
_HEADER_BYTES_MAX: Final = 64 * 2**10
_CHUNK: Final = 64 * 2**10
_TARS: Final = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")
_LINES: Final = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".jsonl.xz", ".ndjson.xz")


def read_dump(path: Path, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    """Read every object of a dump.

    Args:
        path: A folder, a tar (also .gz, .xz), JSON lines (likewise) or one JSON file.
        take: Gets each object with its place.
        complain: Gets the place of what is no JSON or too large, and why.

    Raises:
        InputError: There is no such file, it is of another kind, or an archive that is refused.
    """
    name = path.name.lower()
    if path.is_dir():
        _folder(path, take, complain)
    elif not path.is_file():
        msg = f"{path}: not found, expected a folder, a tar, JSON lines or an address"
        raise InputError(msg)
    elif name.endswith(_TARS):
        _tar(path, take, complain)
    elif name.endswith(_LINES):
        _lines(path, take, complain)
    elif name.endswith(".json"):
        with path.open("rb") as handle:
            _file(handle, path.name, take, complain)
    else:
        msg = f"{path}: found {path.suffix or 'no suffix'}, expected a folder, {', '.join((*_TARS, *_LINES, '.json'))}"
        raise InputError(msg)


def _folder(folder: Path, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    budget = _Budget(str(folder))
    for path in _files_in(folder):
        place = path.relative_to(folder).as_posix()
        with contextlib.ExitStack() as stack:
            try:
                handle = stack.enter_context(path.open("rb"))
                budget.take(path.stat().st_size)
            except OSError as error:
                complain(place, f"{place}: cannot be read: {error.strerror}")
                continue
            _file(handle, place, take, complain)


def _files_in(folder: Path) -> Iterator[Path]:
    """Give the JSON files under a folder; what a link leads to is not in it."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _files_in(path)
        elif path.suffix.lower() == ".json":
            yield path


class _Budget:
    """How much of a dump may still be read."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bytes, self._files = 0, 0

    def take(self, size: int) -> None:
        self._bytes += size
        self._files += 1
        if self._bytes > TOTAL_BYTES_MAX or self._files > FILES_MAX:
            msg = f"{self._what}: found more than {TOTAL_BYTES_MAX} bytes or {FILES_MAX} files, expected at most that"
            raise InputError(msg, hint="nothing was recorded; split the dump")


def _file(
    handle: IO[bytes], place: str, take: Callable[[Json, str], None], complain: Callable[[str, str], None]
) -> None:
    raw = handle.read(FILE_BYTES_MAX + 1)
    if len(raw) > FILE_BYTES_MAX:
        complain(place, f"{place}: found more than {FILE_BYTES_MAX} bytes, expected a file of at most that")
        return
    _text(raw, place, take, complain)


class _Page(msgspec.Struct):
    """A page of a list; what is no page has no `data`, or an `id`."""

    data: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_PAGE: Final = msgspec.json.Decoder(_Page)


def _entries(raw: bytes) -> list[msgspec.Raw] | None:
    """Give the objects of a list or a page, each still as text, so that memory holds one of them; None for no list."""
    try:
        if raw.lstrip()[:1] == b"[":
            return _LIST.decode(raw)
        page = _PAGE.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # whoever reads it as one object says what is wrong with it
    return page.data if isinstance(page.data, list) and page.id is msgspec.UNSET else None


def _text(raw: bytes, place: str, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    entries = _entries(raw)
    if entries is None:
        _object(raw, place, take, complain)
        return
    for number, entry in enumerate(entries, start=1):
        _object(memoryview(entry), f"{place}: object {number}", take, complain)


def _object(
    raw: bytes | memoryview, place: str, take: Callable[[Json, str], None], complain: Callable[[str, str], None]
) -> None:
    if len(raw) > OBJECT_BYTES_MAX:
        complain(place, f"{place}: found {len(raw)} bytes, expected an object of at most {OBJECT_BYTES_MAX}")
        return
    try:
        tree = decode(raw, what=place)
    except InputError as error:
        complain(place, error.message)
    else:
        take(tree, place)


# -- compressed and packed ------------------------------------------------------------------------


class _Bounded:
    """A stream of which no more is read than a budget allows."""

    def __init__(self, inner: IO[bytes], what: str) -> None:
        self._inner = inner
        self._what = what
        self._count = 0

    def read(self, size: int) -> bytes:
        try:
            data = self._inner.read(size)
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            msg = f"{self._what}: cannot be unpacked: {error}"
            raise InputError(msg, hint="nothing was recorded; fetch the file again") from error
        self._count += len(data)
        if self._count > TOTAL_BYTES_MAX:
            msg = f"{self._what}: unpacks to more than {TOTAL_BYTES_MAX} bytes, expected at most that"
            raise InputError(msg, hint="nothing was recorded; split the dump")
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.close()


def _opened(path: Path) -> _Bounded:
    name = path.name.lower()
    inner: IO[bytes]
    if name.endswith(("gz", "tgz")):
        inner = cast("IO[bytes]", gzip.GzipFile(path, "rb"))
    elif name.endswith("xz"):
        # How much memory unpacking takes is the file's to say, so it is bounded.
        inner = cast("IO[bytes]", _Xz(path))
    else:
        inner = path.open("rb")
    return _Bounded(inner, path.name)


_XZ_MEMORY_MAX: Final = 128 * 2**20


class _Xz:
    """An xz file, unpacked piece by piece in bounded memory."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._unpacker = lzma.LZMADecompressor(memlimit=_XZ_MEMORY_MAX)

    def read(self, size: int) -> bytes:
        found = b""
        while not found:
            if self._unpacker.eof:
                # Between streams stand zeros, and behind the last.
                rest = self._unpacker.unused_data.lstrip(b"\0")
                while not rest and (data := self._file.read(_CHUNK)):
                    rest = data.lstrip(b"\0")
                if not rest:
                    return b""
                self._unpacker = lzma.LZMADecompressor(memlimit=_XZ_MEMORY_MAX)
            else:
                rest = self._file.read(_CHUNK) if self._unpacker.needs_input else b""
                if self._unpacker.needs_input and not rest:
                    msg = "it ends too early"
                    raise EOFError(msg)
            found = self._unpacker.decompress(rest, size)
        return found

    def close(self) -> None:
        self._file.close()


class _Member(tarfile.TarInfo):
    """A member of a tar whose own headers are bounded: the library reads them whole, whatever size they claim."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        member = super().frombuf(buf, encoding, errors)
        if member.type in _HEADERS and member.size > _HEADER_BYTES_MAX:
            msg = f"tar: found a header of {member.size} bytes, expected at most {_HEADER_BYTES_MAX}"
            raise InputError(msg, hint="nothing was recorded; this is no dump of a council information system")
        return member


_HEADERS: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def _tar(path: Path, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    budget = _Budget(path.name)
    try:
        with (
            _opened(path) as stream,
            tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|", tarinfo=_Member, errorlevel=2) as tar,
        ):
            for member in tar:
                # The library keeps every member that it passed; a large tar would keep them all.
                tar.members = []  # type: ignore[attr-defined]  # the attribute is documented, the stub lacks it
                _check_member(member, path.name)
                if not member.isreg() or not member.name.lower().endswith(".json"):
                    continue
                budget.take(member.size)
                handle = tar.extractfile(member)
                if member.size > FILE_BYTES_MAX or handle is None:
                    complain(
                        member.name,
                        f"{member.name}: found {member.size} bytes, expected a file of at most {FILE_BYTES_MAX}",
                    )
                    continue
                _text(handle.read(member.size), member.name, take, complain)
    except (tarfile.TarError, EOFError) as error:
        msg = f"{path.name}: is no whole tar: {error}"
        raise InputError(msg, hint="nothing was recorded; fetch the file again") from error


def _check_member(member: tarfile.TarInfo, name: str) -> None:
    """Refuse a whole archive for one member that no dump has: whoever made it meant something else with it."""
    parts = PurePosixPath(member.name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in member.name:
        msg = f"{name}: member {member.name[:80]!a} leads out of the archive"
    elif member.issym() or member.islnk():
        msg = f"{name}: member {member.name[:80]!a} is a link"
    elif not (member.isreg() or member.isdir()):
        msg = f"{name}: member {member.name[:80]!a} is neither a file nor a folder"
    elif member.size > TOTAL_BYTES_MAX:
        msg = f"{name}: member {member.name[:80]!a} claims {member.size} bytes, at most {TOTAL_BYTES_MAX} are read"
    else:
        return
    raise InputError(msg, hint="nothing was recorded; make an archive of plain files")


def _lines(path: Path, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    with _opened(path) as stream:
        rest, number, is_cut = b"", 0, False
        while True:
            data = stream.read(_CHUNK)
            *lines, rest = (rest + data).split(b"\n") if data else (rest, b"")
            for line in lines:
                number += 1
                if is_cut:
                    is_cut = False
                elif line.strip():
                    _text(line, f"{path.name}: line {number}", take, complain)
            if not data:
                return
            if len(rest) > OBJECT_BYTES_MAX:
                if not is_cut:
                    place = f"{path.name}: line {number + 1}"
                    complain(place, f"{place}: found more than {OBJECT_BYTES_MAX} bytes, expected one object")
                rest, is_cut = b"", True
