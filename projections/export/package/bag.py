"""The bag: writing one, and reading one that may hold anything.

Names are letters, digits, `_`, `-`, `.` and `/` alone, so that they mean the same on every file system; a bag read may
hold no other. Everything is bounded and looked at before it is opened: no link, no device, no folder without end.

Source: RFC 8493, sections 2 and 3.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from typing import BinaryIO

VERSION_FILE: Final = "bagit.txt"
VERSION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha512.txt"
TAG_MANIFEST: Final = "tagmanifest-sha512.txt"
PAYLOAD: Final = "data"
FILES_MAX: Final = 1_000_000
DEPTH_MAX: Final = 8
MANIFEST_BYTES_MAX: Final = 256 * 2**20
INFO_BYTES_MAX: Final = 64 * 2**10
_CHUNK: Final = 2**20
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}){0,7}\Z")
_LINE: Final = re.compile(r"([0-9a-fA-F]{128})[ \t]+\*?(\S.*)\Z")
_TAG: Final = re.compile(r"([A-Za-z0-9-]{1,80}): ?(.*)\Z")


# -- writing --------------------------------------------------------------------------------------


class Bag:
    """A bag that is being written into an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._payload: dict[str, tuple[str, int]] = {}
        self._tags: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """Put a file into the payload."""
        with self._made(f"{PAYLOAD}/{name}") as handle:
            handle.write(data)
            _sync(handle)
        self._payload[f"{PAYLOAD}/{name}"] = hashlib.sha512(data).hexdigest(), len(data)

    def place(self, name: str) -> Path:
        """Give where a large payload file is to be written; `placed` has to follow."""
        path = self.folder / PAYLOAD / _checked(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def placed(self, name: str) -> None:
        """Take a payload file up that was written at its place."""
        path = self.place(name)
        self._payload[f"{PAYLOAD}/{name}"] = file_digest(path), path.stat().st_size

    def copy(self, name: str, path: Path) -> str:
        """Put a file into the payload that lies elsewhere, however large; gives the SHA-512 of what was put in, hex."""
        with path.open("rb") as source, self._made(f"{PAYLOAD}/{name}") as handle:
            shutil.copyfileobj(source, handle, _CHUNK)
            _sync(handle)
        self.placed(name)
        return self._payload[f"{PAYLOAD}/{name}"][0]

    def tag(self, name: str, data: bytes, *, is_program: bool = False) -> None:
        """Put a tag file in."""
        with self._made(name) as handle:
            handle.write(data)
            if is_program:
                os.fchmod(handle.fileno(), 0o755)
            _sync(handle)
        self._tags[name] = hashlib.sha512(data).hexdigest()

    def seal(self, info: Mapping[str, str]) -> None:
        """Write what tells of the bag, and the manifests; nothing may be added after it."""
        octets = sum(size for _, size in self._payload.values())
        every = {**info, "Payload-Oxum": f"{octets}.{len(self._payload)}"}
        self.tag(VERSION_FILE, VERSION)
        self.tag(INFO, "".join(f"{name}: {value}\n" for name, value in every.items()).encode())
        self.tag(MANIFEST, _manifest({name: digest for name, (digest, _) in self._payload.items()}))
        data = _manifest(self._tags)
        with self._made(TAG_MANIFEST) as handle:
            handle.write(data)
            _sync(handle)

    def _made(self, name: str) -> BinaryIO:
        path = self.folder / _checked(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


def _sync(handle: BinaryIO) -> None:
    handle.flush()
    os.fsync(handle.fileno())


def _checked(name: str) -> str:
    if not _NAME.match(name):
        msg = f"{name!r} is no name of a file in a bag"
        raise ValueError(msg)
    return name


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def file_digest(path: Path) -> str:
    """Give the SHA-512 of a file, hex."""
    hasher = hashlib.sha512()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


# -- reading --------------------------------------------------------------------------------------


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong with a bag: a code, the file, what is there and what should be."""

    code: str
    place: str
    found: str
    expected: str


def is_bag(path: Path) -> bool:
    """Say whether a folder looks like a bag."""
    return (path / VERSION_FILE).is_file()


def listing(folder: Path) -> tuple[dict[str, int], list[Fault]]:
    """Give every file of a folder with its size, and what must not be there; no link is followed.

    Raises:
        StorageError: A folder cannot be read.
    """
    files: dict[str, int] = {}
    faults: list[Fault] = []
    for path, is_dir, found in _walk(folder, faults):
        name = path.relative_to(folder).as_posix()
        if is_dir:
            continue
        if not stat.S_ISREG(found.st_mode):
            faults.append(
                Fault(code="BAG_INVALID", place=name[:200], found="a link or device", expected="a regular file")
            )
        elif not _NAME.match(name):
            faults.append(
                Fault(
                    code="BAG_INVALID",
                    place=ascii(name)[:200],
                    found="a name with other characters",
                    expected="letters, digits, `_`, `-` and `.`",
                )
            )
        else:
            files[name] = found.st_size
    return files, faults


def _walk(folder: Path, faults: list[Fault]) -> Iterator[tuple[Path, bool, os.stat_result]]:
    waiting = [(folder, 0)]
    count = 0
    while waiting:
        at, depth = waiting.pop()
        try:
            with os.scandir(at) as entries:
                for entry in entries:
                    count += 1
                    if count > FILES_MAX:
                        faults.append(
                            Fault(
                                code="BAG_INVALID",
                                place="the folder",
                                found=f"over {FILES_MAX} files",
                                expected="a bounded number",
                            )
                        )
                        return
                    found = entry.stat(follow_symlinks=False)
                    is_dir = stat.S_ISDIR(found.st_mode)
                    if is_dir and depth < DEPTH_MAX:
                        waiting.append((Path(entry.path), depth + 1))
                    elif is_dir:
                        faults.append(
                            Fault(
                                code="BAG_INVALID",
                                place=ascii(entry.name)[:200],
                                found=f"folders more than {DEPTH_MAX} deep",
                                expected="at most that",
                            )
                        )
                    yield Path(entry.path), is_dir, found
        except OSError as error:
            msg = f"{at}: cannot be read: {error.strerror}"
            raise StorageError(msg) from error


def read_small(folder: Path, name: str, *, bytes_max: int) -> bytes | None:
    """Read a tag file; None where there is none.

    Raises:
        InputError: It is larger than such a file is, or none: a link, a pipe, a folder.
        StorageError: It cannot be read.
    """
    path = folder / name
    try:
        # A pipe would have to be waited for, and a link leads out of the bag; neither is opened.
        if not stat.S_ISREG(path.lstat().st_mode):
            msg = f"{name}: found a link, folder or device, expected a file"
            raise InputError(msg)
        with path.open("rb") as handle:
            data = handle.read(bytes_max + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise StorageError(msg) from error
    if len(data) > bytes_max:
        msg = f"{name}: found over {bytes_max} bytes, expected a tag file"
        raise InputError(msg)
    return data


def with_oxum(info: bytes, octets: int, count: int) -> bytes:
    """Give `bag-info.txt` with another amount of payload."""
    lines = info.decode().split("\n")
    return "\n".join(
        f"Payload-Oxum: {octets}.{count}" if line.startswith("Payload-Oxum: ") else line for line in lines
    ).encode()


def info_of(folder: Path) -> dict[str, str]:
    """Read `bag-info.txt`; of a tag that stands there twice the first counts.

    Raises:
        InputError: It is not there, too large, or not text.
    """
    data = read_small(folder, INFO, bytes_max=INFO_BYTES_MAX)
    if data is None:
        msg = f"{INFO}: not found"
        raise InputError(msg, hint="name a package as `ratsbuch export` wrote it")
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        msg = f"{INFO}: not UTF-8"
        raise InputError(msg) from error
    found: dict[str, str] = {}
    for line in lines:
        match = _TAG.match(line)
        if match is not None:
            found.setdefault(match[1], match[2])
    return found


def faults_of(folder: Path) -> Iterator[Fault]:
    """Check a bag whole: its version, that the manifests name every file and no other, and every digest.

    Raises:
        StorageError: A file cannot be read.
    """
    files, faults = listing(folder)
    yield from faults
    yield from _collisions(files)
    try:
        version = read_small(folder, VERSION_FILE, bytes_max=INFO_BYTES_MAX)
    except InputError:
        version = None
    if version != VERSION:
        yield Fault(code="BAG_INVALID", place=VERSION_FILE, found="something else", expected="BagIt-Version 1.0, UTF-8")
    for manifest, is_tag in ((TAG_MANIFEST, True), (MANIFEST, False)):
        named = yield from _manifest_of(folder, manifest)
        if named is None:
            continue
        there = {name for name in files if name.startswith(f"{PAYLOAD}/") is not is_tag and name != TAG_MANIFEST}
        for name in sorted(named.keys() - there):
            yield Fault(code="BAG_FILE_MISSING", place=name[:200], found="no file", expected=f"as {manifest} names it")
        for name in sorted(there - named.keys()):
            yield Fault(code="BAG_FILE_SURPLUS", place=name, found="a file", expected=f"none that {manifest} lacks")
        for name in sorted(there & named.keys()):
            try:
                digest = file_digest(folder / name)
            except OSError as error:
                msg = f"{folder / name}: cannot be read: {error.strerror}"
                raise StorageError(msg) from error
            if digest != named[name]:
                yield Fault(
                    code="BAG_FILE_CHANGED",
                    place=name,
                    found=f"SHA-512 {digest[:16]}..",
                    expected=f"{named[name][:16]}.. as in {manifest}",
                )


def _collisions(files: Iterable[str]) -> Iterator[Fault]:
    """Name files that are one file where capitals are not told from small letters."""
    seen: dict[str, str] = {}
    for name in sorted(files):
        other = seen.setdefault(name.lower(), name)
        if other != name:
            yield Fault(
                code="BAG_INVALID", place=name, found=f"a name like {other}", expected="names that differ in letters"
            )


def _manifest_of(folder: Path, manifest: str) -> Generator[Fault, None, dict[str, str] | None]:
    """Read a manifest, naming what is wrong with it, and give the digests by name; None where there is none."""
    try:
        data = read_small(folder, manifest, bytes_max=MANIFEST_BYTES_MAX)
    except InputError as error:
        yield Fault(code="BAG_INVALID", place=manifest, found=error.message, expected="a manifest")
        return None
    if data is None:
        yield Fault(code="BAG_FILE_MISSING", place=manifest, found="no file", expected="a manifest of every file")
        return None
    named: dict[str, str] = {}
    *lines, rest = data.decode("utf-8", "replace").split("\n")
    if rest:
        lines.append(rest)
        yield Fault(code="BAG_INVALID", place=manifest, found="no end of the last line", expected="one")
    for number, line in enumerate(lines, start=1):
        match = _LINE.match(line)
        if match is None or not _NAME.match(match[2]) or match[2] in named:
            yield Fault(
                code="BAG_INVALID",
                place=f"{manifest}, line {number}",
                found=ascii(line)[:120],
                expected="a digest and a name, each name once",
            )
            continue
        named[match[2]] = match[1].lower()
    return named


def digest_of_package(folder: Path) -> str:
    """Give what stands for a package when it is handed over: the SHA-512 of its tag manifest, hex.

    Raises:
        InputError: There is none.
    """
    data = read_small(folder, TAG_MANIFEST, bytes_max=MANIFEST_BYTES_MAX)
    if data is None:
        msg = f"{folder}: has no {TAG_MANIFEST}"
        raise InputError(msg, hint="name a package as `ratsbuch export --format package` wrote it")
    return hashlib.sha512(data).hexdigest()


def names_of(files: Iterable[str]) -> frozenset[str]:
    """Give the payload's names without their folder."""
    return frozenset(name.removeprefix(f"{PAYLOAD}/") for name in files if name.startswith(f"{PAYLOAD}/"))
