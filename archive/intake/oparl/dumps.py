"""A source that lies in files: a folder of JSON, a tar of one, JSON lines.

A file holds one object, a list of objects, or a page of a list (`data`). What is read is bounded file by file and as
a whole; an archive with a link, a device, a path that leads out of it, or more in it than a real one has is refused
before anything of it is recorded, and so is one that is not whole. Nothing is ever unpacked to disk.

What is passed over although an object may stand in it is told: a listing with something left out is not complete.
"""

from __future__ import annotations

import gzip
import lzma
import os
import re
import stat
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Final, Self, cast

from archive.errors import InputError, StorageError
from archive.intake.oparl.canonical import OBJECT_BYTES_MAX, Unread, decode
from archive.intake.oparl.entries import entries, read
from archive.log import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from archive.intake.oparl.canonical import Json

FILE_BYTES_MAX: Final = 64 * 2**20
TOTAL_BYTES_MAX: Final = 16 * 2**30
FILES_MAX: Final = 5_000_000
FOLDERS_DEEP_MAX: Final = 64
# How much more may come out of a packed file than went in: lists of objects shrink to a twentieth, blanks to nothing.
RATIO_MAX: Final = 200
_RATIO_FROM: Final = 32 * 2**20
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
    elif not path.exists():
        msg = f"{path}: not found, expected a folder, a tar, JSON lines or an address"
        raise InputError(msg)
    elif not path.is_file():
        msg = f"{path}: found neither a file nor a folder, expected a folder, a tar or JSON lines"
        raise InputError(msg, hint="save what comes out of a pipe or a device to a file first")
    elif name.endswith(_TARS):
        _tar(path, take, complain)
    elif name.endswith(_LINES):
        _lines(path, take, complain)
    elif name.endswith(".json"):
        _whole(files.read(path, bytes_max=FILE_BYTES_MAX) or b"", path.name, take, complain)
    else:
        msg = f"{path}: found {path.suffix or 'no suffix'}, expected a folder, {', '.join((*_TARS, *_LINES, '.json'))}"
        raise InputError(msg)


def _folder(folder: Path, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    budget = _Budget(str(folder))
    for path in _files_in(folder, budget, complain):
        place = path.relative_to(folder).as_posix()
        try:
            # No more than one that is too large by one byte, and nothing that has no end.
            raw = files.read(path, bytes_max=FILE_BYTES_MAX, what=place)
        except StorageError as error:
            complain(place, error.message)
            continue
        if raw is None:
            complain(place, f"{place}: was there and is gone")
            continue
        budget.take(len(raw))
        _whole(raw, place, take, complain)


def _files_in(folder: Path, budget: _Budget, complain: Callable[[str, str], None]) -> Iterator[Path]:
    """Give the JSON files under a folder, in order; what a link leads to is not in it.

    Raises:
        InputError: Folders are nested deeper than those of any dump.
    """
    waiting = [(folder, 1)]
    while waiting:
        path, depth = waiting.pop()
        place = path.relative_to(folder).as_posix()
        try:
            kind = path.lstat().st_mode if depth > 1 else stat.S_IFDIR
            if stat.S_ISDIR(kind):
                if depth > FOLDERS_DEEP_MAX:
                    msg = f"{folder}: found folders more than {FOLDERS_DEEP_MAX} deep, expected at most that"
                    raise InputError(msg, hint="nothing was recorded; give the folder in which the objects lie")
                names = sorted(os.listdir(path), reverse=True)  # noqa: PTH208  # names are less than paths
                waiting += [(path / name, depth + 1) for name in names]
                budget.find(len(names))
                continue
        except OSError as error:
            complain(place, f"{place}: cannot be read: {error.strerror}")
            continue
        is_json = path.suffix.lower() == ".json"
        if stat.S_ISREG(kind) and is_json:
            yield path
        elif stat.S_ISLNK(kind):
            if is_json or path.is_dir() or _may_hold_objects(path.name):
                complain(place, f"{place}: is a link; what it leads to is not read")
        elif not stat.S_ISREG(kind):
            complain(place, f"{place}: is neither a file nor a folder and is not read")
        elif _may_hold_objects(path.name):
            complain(place, f"{place}: is not read: of a folder only files whose names end in .json are")


def _may_hold_objects(name: str) -> bool:
    """Say whether a file that is not read may hold objects, by its name: packed, JSON in another suit, or unnamed."""
    return _OBJECTS_LIKELY.search(name.lower()) is not None or not ("." in name or name.lower() in _ABOUT)


_OBJECTS_LIKELY: Final = re.compile(r"json|\.(?:tar|t?gz|t?xz|t?bz2?|zst|zip|7z|lz4|lzma|part)$")
# What lies beside objects and tells about them.
_ABOUT: Final = frozenset({"readme", "license", "copying", "changelog", "md5sums", "sha256sums", "sha512sums"})


class _Budget:
    """How much of a dump may still be read."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bytes, self._files, self._found = 0, 0, 0

    def find(self, count: int) -> None:
        """Count what lies in a folder, read or not."""
        self._found += count
        if self._found > FILES_MAX:
            msg = f"{self._what}: found more than {FILES_MAX} files and folders, expected at most that"
            raise InputError(msg, hint="nothing was recorded; split the dump")

    def take(self, size: int) -> None:
        """Count what is read."""
        self._bytes += size
        self._files += 1
        if self._bytes > TOTAL_BYTES_MAX or self._files > FILES_MAX:
            msg = f"{self._what}: found more than {TOTAL_BYTES_MAX} bytes or {FILES_MAX} files, expected at most that"
            raise InputError(msg, hint="nothing was recorded; split the dump")


def _whole(raw: bytes, place: str, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    if len(raw) > FILE_BYTES_MAX:
        complain(place, f"{place}: found more than {FILE_BYTES_MAX} bytes, expected a file of at most that")
        return
    _text(raw, place, take, complain)


def _text(raw: bytes, place: str, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    found = entries(raw)
    if found is None:
        _object(raw, place, take, complain)
        return
    for number, entry in enumerate(found, start=1):
        where = f"{place}: object {number}"
        tree = read(entry, what=where)
        if isinstance(tree, Unread):
            complain(where, tree.reason)
        else:
            take(tree, where)


def _object(raw: bytes, place: str, take: Callable[[Json, str], None], complain: Callable[[str, str], None]) -> None:
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
    """A stream of which no more is read than a budget allows, and nothing that so little cannot have held.

    Args:
        inner: What comes out.
        packed: What went in; None where that is the same.
        what: What to call it in an error.
    """

    def __init__(self, inner: IO[bytes], packed: IO[bytes] | None, what: str) -> None:
        self._inner = inner
        self._packed = packed
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
        if self._packed is not None and self._count > max(_RATIO_FROM, RATIO_MAX * self._packed.tell()):
            msg = f"{self._what}: unpacks to more than {RATIO_MAX} times its size, expected at most that"
            raise InputError(msg, hint="nothing was recorded; this is no dump of a council information system")
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.close()
        if self._packed is not None:
            self._packed.close()


def _opened(path: Path) -> _Bounded:
    name = path.name.lower()
    # A pipe that came there after the name was looked at is not waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    file: IO[bytes] = os.fdopen(descriptor, "rb")
    if name.endswith(("gz", "tgz")):
        return _Bounded(cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb")), file, path.name)
    if name.endswith("xz"):
        # How much memory unpacking takes is the file's to say, so it is bounded.
        return _Bounded(cast("IO[bytes]", _Xz(file)), file, path.name)
    return _Bounded(file, None, path.name)


_XZ_MEMORY_MAX: Final = 128 * 2**20


class _Xz:
    """An xz file, unpacked piece by piece in bounded memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
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
        try:
            member = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # the stub lacks it
            raise  # the end, as it has to be
        except tarfile.HeaderError as error:
            # The library takes these for the end as well, wherever something else stood before.
            msg = f"tar: is no whole tar: {error}"
            raise InputError(msg, hint="nothing was recorded; fetch the file again") from error
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
                if not member.isreg():
                    continue
                if not member.name.lower().endswith(".json"):
                    budget.find(1)
                    if _may_hold_objects(PurePosixPath(member.name).name):
                        place = member.name
                        complain(place, f"{place}: is not read: of a tar only files whose names end in .json are")
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
            _check_end(tar, path.name)
    except (tarfile.TarError, EOFError) as error:
        msg = f"{path.name}: is no whole tar: {error}"
        raise InputError(msg, hint="nothing was recorded; fetch the file again") from error


def _check_end(tar: tarfile.TarFile, name: str) -> None:
    """Refuse a tar that has not two empty blocks at its end, or has something behind them: it is not all of one.

    The first of the two is what ended the members.
    """
    rest = cast("IO[bytes]", tar.fileobj)
    count = 0
    while data := rest.read(_CHUNK):
        if data.strip(b"\0"):
            msg = f"{name}: is no whole tar: found something behind its end"
            raise InputError(msg, hint="nothing was recorded; give each archive by itself")
        count += len(data)
    if count < tarfile.BLOCKSIZE:
        msg = f"{name}: is no whole tar: it breaks off before its end"
        raise InputError(msg, hint="nothing was recorded; fetch the file again")


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
        number, held, size, is_cut = 1, list[bytes](), 0, False

        def end() -> None:
            nonlocal number, size, is_cut
            # Whoever reads a line at once would put it together again and again.
            if size and not is_cut and (line := b"".join(held)).strip():
                _text(line, f"{path.name}: line {number}", take, complain)
            held.clear()
            number, size, is_cut = number + 1, 0, False

        while data := stream.read(_CHUNK):
            first, *others = data.split(b"\n")
            for index, piece in enumerate((first, *others)):
                if index:
                    end()
                size += len(piece)
                if size <= OBJECT_BYTES_MAX:
                    held.append(piece)
                elif not is_cut:
                    is_cut = True
                    held.clear()
                    place = f"{path.name}: line {number}"
                    complain(place, f"{place}: found more than {OBJECT_BYTES_MAX} bytes, expected one object")
        end()
