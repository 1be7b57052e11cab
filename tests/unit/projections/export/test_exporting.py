"""Making an export: what was asked for, on terms that fit, and nothing half-written under the final name."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from support.excerpts import Register
from support.exports import checked, exported, findings, parsed

from archive.errors import EvidenceError, InputError, StorageError
from archive.excerpt import Audience
from archive.verify import Verdict
from projections.export import exporting
from projections.export.package import contents
from projections.export.package.contents import OPTIONAL
from projections.export.xml import message
from projections.export.xml.schema import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    from support.archives import Busy

N = f"{{{NAMESPACE}}}"


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("form", ["xml", "package", "pdf"])
def test_an_export_only_reads(form: str, sealed: Busy, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in sealed.made.folder.rglob("*") if path.is_file()}
    exported(sealed.made, tmp_path / "out", "0012a", form=form)  # type: ignore[arg-type]  # one of them
    after = {path: path.read_bytes() for path in sealed.made.folder.rglob("*") if path.is_file()}
    assert {p.name for p in before.keys() ^ after.keys()} <= {
        "views.db",
        "views.db-wal",
        "views.db-shm",
        "record.db-shm",
        "record.db-wal",
    }
    assert {p.name for p in before.keys() & after.keys() if before[p] != after[p]} <= {"views.db"}
    assert tree(tmp_path) >= {"out"}
    assert not [name for name in tree(tmp_path) if name.startswith(".")]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"with_blocked": True, "audience": Audience.PUBLIC}, "--with-blocked"),
        ({"with_blocked": True, "audience": Audience.PARTICIPANT, "ground": "§ 29"}, "--with-blocked"),
        ({"audience": Audience.PARTICIPANT}, "found no ground"),
        ({"audience": Audience.PARTICIPANT, "ground": "  "}, "--on-ground"),
        ({"form": "oparl"}, "--base-url"),
        ({"form": "oparl", "base_url": "https://ris.example", "audience": Audience.ARCHIVE}, "expected public"),
    ],
)
def test_terms_that_do_not_fit_are_refused_before_anything_is_made(
    wanted: dict[str, object], said: str, sealed: Busy, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        exported(sealed.made, tmp_path / "out", "0012a", **wanted)  # type: ignore[arg-type]  # what the table gives
    assert tree(tmp_path) == set()


@pytest.mark.parametrize("ref", ["9999", "person:00000000-0000-4000-8000-000000000000", "Kreistag"])
def test_what_matches_nothing_or_is_no_record_is_refused(ref: str, sealed: Busy, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        exported(sealed.made, tmp_path / "out.xml", ref)
    assert tree(tmp_path) == set()


def test_without_a_checkpoint_nothing_is_made(tmp_path: Path) -> None:
    register = Register(tmp_path / "register").registered()
    with pytest.raises(EvidenceError):
        exported(register.made, tmp_path / "out.xml")
    assert tree(tmp_path) == {"register", *(f"register/{name}" for name in tree(tmp_path / "register"))}


@pytest.mark.parametrize("form", ["xml", "package"])
@pytest.mark.parametrize("taken", ["file", "folder", "dangling link"])
def test_an_existing_target_is_never_overwritten(form: str, taken: str, sealed: Busy, tmp_path: Path) -> None:
    target = tmp_path / "out"
    match taken:
        case "file":
            target.write_bytes(b"mine")
        case "folder":
            target.mkdir()
        case _:
            target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="exists already"):
        exported(sealed.made, target, "0012a", form=form)  # type: ignore[arg-type]  # one of them
    assert tree(tmp_path) == {"out"}
    assert taken != "file" or target.read_bytes() == b"mine"


def test_a_target_that_came_up_meanwhile_is_not_overwritten(
    sealed: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = message.write

    def and_another(*args: object, **more: object) -> None:
        write(*args, **more)  # type: ignore[arg-type]  # as it is called
        (tmp_path / "out.xml").write_bytes(b"another's")

    monkeypatch.setattr(message, "write", and_another)
    with pytest.raises(StorageError, match="exists already"):
        exported(sealed.made, tmp_path / "out.xml", "0012a")
    assert (tmp_path / "out.xml").read_bytes() == b"another's"
    assert tree(tmp_path) == {"out.xml"}


def test_a_folder_that_is_not_there_is_named(sealed: Busy, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="its folder does not exist"):
        exported(sealed.made, tmp_path / "nowhere" / "out.xml", "0012a")


class Full:
    """A file on a disk that is full after some bytes."""

    def __init__(self, handle: object, room: int) -> None:
        self._handle = handle
        self._room = room

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._handle.write(data)  # type: ignore[attr-defined,no-any-return]  # a file

    def __getattr__(self, name: str) -> object:
        return getattr(self._handle, name)


@pytest.mark.parametrize("form", ["xml", "package"])
@pytest.mark.parametrize("room", [0, 5_000, 30_000])
def test_a_disk_that_fills_up_leaves_nothing(
    form: str, room: int, sealed: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = message.write

    def full(edition: object, excerpt: object, out: object, **more: object) -> None:
        write(edition, excerpt, Full(out, room), **more)  # type: ignore[arg-type]  # as it is called

    monkeypatch.setattr(message, "write", full)
    with pytest.raises(StorageError, match="No space left"):
        exported(sealed.made, tmp_path / "out", "0012a", form=form)  # type: ignore[arg-type]  # one of them
    assert tree(tmp_path) == set()


@pytest.mark.parametrize("number", [1, 5, 40, 90])
def test_a_disk_that_fills_up_at_any_file_of_a_package_leaves_nothing(
    number: int, sealed: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, count = os.fsync, 0

    def failing(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StorageError, match="No space left"):
        exported(sealed.made, tmp_path / "out", "0012a", form="package")
    assert tree(tmp_path) == set()


def test_an_interruption_leaves_nothing(sealed: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(contents, "info", interrupted)
    with pytest.raises(KeyboardInterrupt):
        exported(sealed.made, tmp_path / "out", "0012a", form="package")
    assert tree(tmp_path) == set()


def test_the_default_name_says_what_it_is(sealed: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = exported(sealed.made, None, "0012a")  # type: ignore[arg-type]  # by default
    every = exported(sealed.made, None)  # type: ignore[arg-type]  # by default
    assert one.path.name == "ratsbuch-vorlage-0012a.xml"
    assert every.path.name == f"ratsbuch-{sealed.register[:8]}.xml"
    assert {path.name for path in tmp_path.iterdir()} == {one.path.name, every.path.name}


def test_a_meeting_a_selection_and_the_whole_register(sealed: Busy, tmp_path: Path) -> None:
    meeting = exported(sealed.made, tmp_path / "meeting.xml", sealed.meeting)
    both = exported(sealed.made, tmp_path / "both.xml", "0012a", sealed.meeting, "0012a")
    every = exported(sealed.made, tmp_path / "all.xml")
    assert [e.text for e in parsed(both.path).getroot().findall(f"{N}auszug/{N}gegenstand")] == [
        sealed.proposal,
        sealed.meeting,
    ]
    assert meeting.events <= both.events <= every.events == every.size
    for done in (meeting, both, every):
        assert findings(checked(done.path, sealed.anchor)) == set()


@pytest.mark.parametrize("audience", list(Audience))
def test_what_is_said_of_an_export_is_what_its_evidence_has(audience: Audience, sealed: Busy, tmp_path: Path) -> None:
    done = exported(sealed.made, tmp_path / "one.xml", "0012a", audience=audience, ground="§ 29 VwVfG")
    root = parsed(done.path).getroot()
    assert done.events == len(root.findall(f"{N}nachweis/{N}eintrag"))
    assert done.withheld["disclosures"] == len(list(root.iter(f"{N}vorenthalten")))
    assert (done.withheld["disclosures"] > 0) is (audience is not Audience.ARCHIVE)
    report = checked(done.path, sealed.anchor)
    assert (report.verdict, report.events, report.size) == (Verdict.PASSED, done.events, done.size)


@pytest.mark.parametrize("left_out", OPTIONAL)
def test_parts_of_a_package_can_be_left_out(left_out: str, sealed: Busy, tmp_path: Path) -> None:
    wanted = exporting.wanted(
        "package",
        refs=("0012a",),
        audience="archive",
        ground=None,
        with_blocked=False,
        left_out=(left_out,),
        order={"version": "4.0.0", "message": "0503", "by": "proposal", "proposed": None, "process": None},
        base_url=None,
    )
    done = exported(sealed.made, tmp_path / "package", "0012a", form="package", contents=wanted.contents)
    there = {path.name for path in (done.path / "data").iterdir()}
    assert left_out not in there
    assert {"pdf", "ansicht"} - {left_out} <= there
    assert findings(checked(done.path, sealed.anchor)) == set()
