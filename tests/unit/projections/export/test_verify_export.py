"""Verifying an export with what was kept: pins, older and newer checkpoints, lines under minutes, receipts."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from msgspec import convert
from support.excerpts import Register
from support.exports import DAY, checked, checkpointed, exported, findings
from support.xdomea import complete, meetings_of, vorlage

from archive.errors import InputError
from archive.log.head import parse_head
from archive.log.line import Line, format_line
from archive.log.note import parse_note
from archive.verify import Verdict, line_evidence, read_evidence
from projections.export import pdf, xdomea
from projections.export.checking import Form, form_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.archives import Made

    from archive.verify import Evidence


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    """Three checkpoints: over 5 events, over 6, over 8; the proposal has 5, 7 and 8, another one 6."""
    register = Register(tmp_path_factory.mktemp("register") / "r").registered().sealed()
    register.registered(register.new("proposal"), reference="0013").sealed()
    return register.revised().revised(version=3).sealed()


@pytest.fixture(scope="module")
def path(register: Register, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(register.made, tmp_path_factory.mktemp("one") / "one.xml", "0012").path


def notes(register: Register) -> dict[int, bytes]:
    with register.made.open() as archive:
        return dict(archive.recorder.checkpoints())


def line(register: Register, size: int) -> Evidence:
    head = parse_head(parse_note(notes(register)[size]).text)
    return line_evidence(format_line(Line(register=register.id[:8], size=head.size, day=DAY, root=head.root)))


def kept(register: Register, size: int, *, own: bool = False) -> Evidence:
    return read_evidence(notes(register)[size], name=f"checkpoint-{size}", own=own)


def test_without_a_pin_it_is_not_proved_whose_it_is(register: Register, path: Path) -> None:
    report = checked(path, None)
    assert (report.verdict, findings(report)) == (Verdict.INDETERMINATE, {(1, "ROOT_NOT_PINNED")})
    assert checked(path, register.anchor).verdict is Verdict.PASSED


def test_with_the_pin_of_another_register_it_fails(path: Path) -> None:
    assert (1, "ANCHOR_DIFFERS") in findings(checked(path, "0" * 64))


@pytest.mark.parametrize("size", [5, 8])
def test_what_a_covered_checkpoint_says_is_held_against_it(size: int, register: Register, path: Path) -> None:
    for evidence in (kept(register, size), line(register, size)):
        report = checked(path, register.anchor, evidence)
        assert (report.verdict, findings(report)) == (Verdict.PASSED, set())
        assert report.rests_on.reach == size


def test_of_a_checkpoint_that_is_not_covered_nothing_is_proved(register: Register, path: Path) -> None:
    for evidence in (kept(register, 6), line(register, 6)):
        report = checked(path, register.anchor, evidence)
        assert (report.verdict, findings(report)) == (Verdict.INDETERMINATE, {(5, "SIZE_NOT_PROVED")})


def test_of_the_whole_register_every_size_is_proved(register: Register, tmp_path: Path) -> None:
    whole = exported(register.made, tmp_path / "all.xml").path
    for size in (5, 6, 8):
        assert findings(checked(whole, register.anchor, kept(register, size), line(register, size))) == set()


def test_an_export_older_than_what_is_known_says_so(tmp_path: Path) -> None:
    register = Register(tmp_path / "register").registered().sealed()
    path = exported(register.made, tmp_path / "one.xml", "0012").path
    register.revised().sealed()
    newer = next(size for size in notes(register) if size > 5)
    report = checked(path, register.anchor, kept(register, newer))
    assert (report.verdict, findings(report)) == (Verdict.INDETERMINATE, {(5, "OLDER_THAN_KNOWN")})
    # The memory of the machine knows of what was recorded since; that is no fault of the export.
    own = checked(path, register.anchor, kept(register, newer, own=True))
    assert own.verdict is Verdict.PASSED
    assert "OLDER_THAN_KNOWN" in {f.code for s in own.steps for f in s.findings}


def test_a_fork_is_seen_by_what_was_kept(register: Register, path: Path, tmp_path: Path) -> None:
    other = Register(tmp_path / "other").registered(subject="Anderes").sealed()
    other.revised().sealed()
    assert other.id == register.id
    report = checked(path, None, line(other, 5))
    assert (5, "FORKED") in findings(report)
    assert report.verdict is Verdict.FAILED


# -- what kind of thing lies there ----------------------------------------------------------------


def test_what_lies_there_is_told_by_its_beginning(path: Path, register: Register, tmp_path: Path) -> None:
    package = exported(register.made, tmp_path / "package", "0012", form="package").path
    (tmp_path / "text").write_bytes(b"RATSBUCH")
    assert form_of(path) is Form.XML
    assert form_of(package) is Form.PACKAGE
    assert form_of(register.made.folder) is None
    assert form_of(tmp_path / "text") is None
    assert form_of(tmp_path / "nothing") is None
    with pytest.raises(InputError, match="neither an archive nor an export"):
        checked(tmp_path / "text", None)


# -- containers -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Made:
    made = complete(tmp_path_factory.mktemp("filed"))
    checkpointed(made)
    return made


def anchor_of(made: Made) -> str:
    with made.open() as archive:
        return archive.register.anchor_hex


ORDERS = [
    {"version": "4.0.0"},
    {"version": "3.1.0"},
    {"version": "3.0.0"},
    {"by": "meeting"},
    {"proposed": "archive"},
    {"process": "0b8ae5ba-1c55-4d0b-8b0c-1f4a3a0d9a12"},
]


def container_of(made: Made, target: Path, *refs: str, **order: str) -> Path:
    """Export a container, and give the file."""
    done = exported(made, target, *(refs or ("0640",)), form="xdomea", order=convert(order, xdomea.Order))
    (path,) = done.path.iterdir()
    return path


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_container_passes_whatever_was_ordered(order: dict[str, str], filed: Made, tmp_path: Path) -> None:
    path = container_of(filed, tmp_path / "out", **order)
    report = checked(path, anchor_of(filed))
    assert (report.verdict, findings(report)) == (Verdict.PASSED, set())
    assert [step.step for step in report.steps] == list(range(10))


def test_a_container_about_several_records_passes(filed: Made, tmp_path: Path) -> None:
    with filed.open() as archive:
        proposal = vorlage(archive)
        meetings = meetings_of(archive, proposal)
    for number, refs in enumerate(((proposal, *meetings), (*meetings, proposal), meetings)):
        path = container_of(filed, tmp_path / f"out-{number}", *refs)
        report = checked(path, anchor_of(filed))
        assert (refs, report.verdict, findings(report)) == (refs, Verdict.PASSED, set())


def test_a_container_made_without_pdf_passes_where_there_is_pdf(
    filed: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    path = container_of(filed, tmp_path / "out")
    monkeypatch.undo()
    assert findings(checked(path, anchor_of(filed))) == set()


def test_a_container_with_pdf_is_not_proved_where_there_is_none(
    filed: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = container_of(filed, tmp_path / "out")
    monkeypatch.setattr(pdf, "available", lambda: False)
    report = checked(path, anchor_of(filed))
    assert report.verdict is not Verdict.PASSED
    assert (9, "RENDERING_NOT_COMPARED") in findings(report)


def changed(path: Path, ending: str, old: bytes, new: bytes) -> Path:
    """Change the file with an ending in a container."""
    with zipfile.ZipFile(path) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    name = next(name for name in sorted(files) if name.endswith(ending) and old in files[name])
    files[name] = files[name].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as archive:
        for each, data in files.items():
            archive.writestr(each, data)
    return path


@pytest.mark.parametrize(
    ("ending", "old", "new", "expected"),
    [
        ("_0503_1.xml", b"Integrationskonzeptes", b"Desintegrationskonzeptes", {(9, "FILE_DIFFERS")}),
        (".pdf", b"%PDF-1.7", b"%PDF-1.4", {(0, "HASH_DIFFERS"), (9, "FILE_DIFFERS")}),
        (".xsd", b"XRatsbuch", b"YRatsbuch", {(0, "HASH_DIFFERS"), (9, "FILE_DIFFERS")}),
    ],
)
def test_what_was_changed_in_a_container_is_named(
    ending: str, old: bytes, new: bytes, expected: set[tuple[int, str]], filed: Made, tmp_path: Path
) -> None:
    path = changed(container_of(filed, tmp_path / "out"), ending, old, new)
    report = checked(path, anchor_of(filed))
    assert report.verdict is Verdict.FAILED
    assert findings(report) & expected


def test_a_container_without_evidence_proves_nothing(filed: Made, tmp_path: Path) -> None:
    offer = container_of(filed, tmp_path / "offer", message="0501", proposed="archive")
    assert (0, "EXTRACT_MISSING") in findings(checked(offer, anchor_of(filed)))


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"\x00" * 5000])
def test_what_is_no_zip_after_all_is_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "0b8ae5ba-1c55-4d0b-8b0c-1f4a3a0d9a11_0503_1.zip"
    path.write_bytes(data)
    report = checked(path, None)
    assert report.verdict is Verdict.FAILED
    assert {step for step, _ in findings(report)} == {0}


# -- bodies that are named ------------------------------------------------------------------------


def test_a_body_that_was_never_registered_is_no_deviation_and_leaves_a_doubt_in_an_extract(tmp_path: Path) -> None:
    register = Register(tmp_path / "register")
    register.registered(body=register.new("body")).sealed()
    whole = exported(register.made, tmp_path / "all.xml").path
    assert findings(checked(whole, register.anchor)) == set()
    one = exported(register.made, tmp_path / "one.xml", "0012").path
    report = checked(one, register.anchor)
    assert (report.verdict, findings(report)) == (Verdict.INDETERMINATE, {(0, "STREAM_MISSING")})
