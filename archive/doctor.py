"""Is the installation whole, and is the archive where and how it should be?

It finds accidents: a package that overwrote another, a folder that others can write, a trigger that a tool dropped,
a clock that is wrong. It runs inside what it examines, so it finds no attacker who changed it, and says nothing about
what was recorded: that is what verification is for.

One thing it does: what an interrupted erasure left undone is finished.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import platform
import sqlite3
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.backends.openssl import backend
from msgspec import Struct

from archive import directory, erasure
from archive.archive import CLOCK_BEHIND_SECONDS_MAX, DATABASE, Archive, Means
from archive.errors import IntegrityError, StorageError
from archive.keys import ROOT
from archive.pin import read_pin
from archive.store.sqlite import schema_differences, translated
from domain.errors import RatsbuchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from archive.keys import KeyFolder

DISTRIBUTION: Final = "ratsbuch"
IMPORT_NAMES: Final = ("archive", "cli", "domain", "projections", "schemas")
PYTHON_MIN: Final = (3, 11)
# STRICT tables came with it.
SQLITE_MIN: Final = (3, 37)
WAL_BYTES_MAX: Final = 64 * 2**20
_SYNCHRONOUS_FULL: Final = 2
_OTHERS: Final = 0o077
_OTHERS_WRITE: Final = 0o022


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(Struct, frozen=True, kw_only=True):
    """What one check found.

    Attributes:
        name: What was looked at.
        level: How it ended.
        found: What was found.
        hint: The way out, where there is one.
        altered: Whether a failure means that something was changed, and not that it is missing or out of reach.
    """

    name: str
    level: Level
    found: str
    hint: str | None = None
    altered: bool = False


def worst(checks: Sequence[Check]) -> Level:
    """Give the worst level of several checks; ok for none."""
    return max((check.level for check in checks), key=list(Level).index, default=Level.OK)


def _ok(name: str, found: str) -> Check:
    return Check(name=name, level=Level.OK, found=found)


def _warn(name: str, found: str, hint: str | None = None) -> Check:
    return Check(name=name, level=Level.WARN, found=found, hint=hint)


def _fail(name: str, found: str, hint: str | None = None, *, altered: bool = False) -> Check:
    return Check(name=name, level=Level.FAIL, found=found, hint=hint, altered=altered)


def examine(
    folder: Path | None, *, means: Means, keys: Callable[[str], KeyFolder], pin: Callable[[str], Path]
) -> Iterator[Check]:
    """Give the checks, one after the other.

    Args:
        folder: The archive; None to look at the installation alone.
        means: Clock and random source.
        keys: Gives the key folder of a register, by its UUID.
        pin: Gives where its pin lies.
    """
    yield from _versions()
    yield _installation()
    yield _names()
    if folder is None:
        yield _warn("archive", "none here", "name one with -C DIR")
        return
    try:
        with Archive.open(folder, means=means) as archive:
            yield from _archive(archive)
            yield from _keys(keys(archive.register.id))
            yield _pin(archive, pin(archive.register.id))
    except RatsbuchError as error:
        yield _fail("archive", error.message, error.hint, altered=isinstance(error, IntegrityError))


# -- the installation -----------------------------------------------------------------------------


def _versions() -> Iterator[Check]:
    python = f"{platform.python_version()} ({platform.system()} {platform.machine()})"
    if sys.version_info[:2] >= PYTHON_MIN:
        yield _ok("python", python)
    else:
        yield _fail("python", python, "Python 3.11 or newer is needed")
    if sqlite3.sqlite_version_info[:2] >= SQLITE_MIN:
        yield _ok("sqlite", sqlite3.sqlite_version)
    else:
        yield _fail("sqlite", sqlite3.sqlite_version, "SQLite 3.37 or newer is needed; it comes with Python")
    yield _ok("openssl", backend.openssl_version_text())


def _installation() -> Check:
    """Hold the installed files against the digests that the wheel brought along."""
    name = "installation"
    try:
        distribution = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return _warn(name, "not installed: the files are run from where they lie, and nothing is compared")
    url = json.loads(distribution.read_text("direct_url.json") or "{}")
    if url.get("dir_info", {}).get("editable"):
        return _ok(name, f"{distribution.version}, editable: the files of a working copy, nothing to compare them with")
    files = [file for file in distribution.files or () if file.hash is not None]
    changed = [str(file) for file in files if not _is_whole(file)]
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""  # noqa: PLR2004  # a line holds three names
        return _fail(
            name,
            f"{len(changed)} of {len(files)} files are missing or changed: {', '.join(changed[:3])}{more}",
            "install it anew, in an environment of its own",
            altered=True,
        )
    return _ok(name, f"{distribution.version}, {len(files)} files as in the wheel")


def _is_whole(file: importlib.metadata.PackagePath) -> bool:
    assert file.hash is not None  # noqa: S101  # for the type checker: the caller looked
    try:
        digest = hashlib.new(file.hash.mode, file.read_binary()).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value


def _names() -> Check:
    """Look for other distributions that bring modules of our names; installers overwrite files without a word."""
    owners = importlib.metadata.packages_distributions()
    found = [f"{name} by {other}" for name in IMPORT_NAMES for other in set(owners.get(name, ())) - {DISTRIBUTION}]
    if found:
        hint = "install Ratsbuch in an environment of its own"
        return _fail("import names", f"also provided: {', '.join(sorted(found))}", hint, altered=True)
    return _ok("import names", "no other package provides " + ", ".join(IMPORT_NAMES))


# -- the archive ----------------------------------------------------------------------------------


def _archive(archive: Archive) -> Iterator[Check]:
    register = archive.register
    yield _ok("archive", f"{archive.folder}, register {register.id}, {archive.size} events")
    yield _mode("archive folder", archive.folder)
    yield from _database(archive)
    yield from _unfinished(archive)
    yield _lookups(archive)
    yield _clock(archive)


def _mode(name: str, path: Path) -> Check:
    mode = path.stat().st_mode & 0o777
    if mode & _OTHERS_WRITE:
        return _fail(name, f"{path}: others may write ({mode:o})", f"chmod go-w {path}")
    if mode & _OTHERS:
        return _warn(name, f"{path}: others may read ({mode:o})", f"chmod go-rwx {path}")
    return _ok(name, f"only its owner may read and write ({mode:o})")


def _database(archive: Archive) -> Iterator[Check]:
    connection = archive.connection
    with translated(archive.folder / DATABASE):
        differences = schema_differences(connection)
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if differences:
        hint = "nobody but Ratsbuch may change the database; run `ratsbuch verify`"
        yield _fail("schema", "; ".join(sorted(differences)), hint, altered=True)
    else:
        yield _ok("schema", "tables, indexes and triggers as made")
    if (journal, synchronous) == ("wal", _SYNCHRONOUS_FULL):
        yield _ok("durability", "write-ahead log, synchronous=FULL")
    else:
        yield _fail(
            "durability",
            f"journal_mode={journal}, synchronous={synchronous}, expected wal and {_SYNCHRONOUS_FULL}",
            'sqlite3 record.db "PRAGMA journal_mode=WAL"',
            altered=True,
        )


def _unfinished(archive: Archive) -> Iterator[Check]:
    """Finish what an interrupted erasure left, and say how large the write-ahead log is after that."""
    files = erasure.finish(archive)
    if files:
        yield _warn("documents", f"{len(files)} files of an interrupted erasure were deleted")
    wal = archive.folder / f"{DATABASE}-wal"
    size = wal.stat().st_size if wal.exists() else 0
    if size > WAL_BYTES_MAX:
        yield _warn("write-ahead log", f"{size} bytes", "a reader keeps it open: end other Ratsbuch processes")
    elif size:
        yield _warn("write-ahead log", f"{size} bytes: a reader keeps it open", "what was erased may still be in it")
    else:
        yield _ok("write-ahead log", "empty")


def _lookups(archive: Archive) -> Check:
    """Compare the look-up index with the events; it is derived, so what differs is made anew."""
    streams = [(stream, archive.history(stream)) for kind in directory.KEYS for stream in archive.streams(kind)]
    different = directory.differences(archive.connection, streams)
    if not different:
        return _ok("look-ups", "the index is that of the events")
    histories = dict(streams)
    with archive.recorder.writing() as transaction:
        for stream in different:
            directory.rewrite_keys(transaction, stream, histories.get(stream, ()))
    return _fail(
        "look-ups",
        f"the index of {len(different)} streams was not that of their events, such as {different[0]}; made anew",
        "nobody but Ratsbuch may change the database; run `ratsbuch verify`",
        altered=True,
    )


def _clock(archive: Archive) -> Check:
    last = next((r.recorded_at for r in archive.events_between(after=archive.size - 1)), archive.register.opened_at)
    ahead = last - archive.means.clock()
    if ahead > CLOCK_BEHIND_SECONDS_MAX:
        return _fail("clock", f"{ahead:.0f} seconds behind the last recording: nothing can be recorded", "set it right")
    if ahead > 1:
        return _warn("clock", f"{ahead:.0f} seconds behind the last recording", "set it right")
    return _ok("clock", "not behind the last recording")


# -- keys and pin ---------------------------------------------------------------------------------


def _keys(folder: KeyFolder) -> Iterator[Check]:
    if not folder.path.is_dir():
        yield _warn("keys", f"{folder.path}: not there; nothing can be recorded with it", "name it with --keys DIR")
        return
    yield _mode("key folder", folder.path)
    keys = sorted(folder.path.glob("*.key.pem"))
    open_to_others = [path.name for path in keys if path.stat().st_mode & _OTHERS]
    if open_to_others:
        hint = f"chmod 600 {folder.path}/*.key.pem"
        yield _fail("keys", f"others may read {', '.join(open_to_others)}", hint)
    elif not folder.encrypted and keys:
        yield _warn("keys", f"{len(keys)} keys, no passphrase", "whoever can read the files can sign")
    else:
        yield _ok("keys", f"{len(keys)} keys, under a passphrase")
    if folder.has(ROOT):
        yield _warn("root key", "it lies in the key folder", "take root.key.pem and root.cert.pem offline")
    else:
        yield _ok("root key", "not in the key folder")


def _pin(archive: Archive, path: Path) -> Check:
    try:
        pin = read_pin(path)
    except StorageError as error:
        return _fail("pin", error.message, error.hint)
    anchor = archive.register.anchor_hex
    if pin is None or pin.anchor_hex is None:
        return _warn("pin", f"{path}: no pin", "without one `verify` cannot tell this register from another")
    if pin.anchor_hex != anchor:
        found = f"anchor {anchor}, {path} has {pin.anchor_hex}"
        return _fail("pin", found, "this is not the register that was pinned", altered=True)
    return _ok("pin", f"{path} has this register's anchor")
