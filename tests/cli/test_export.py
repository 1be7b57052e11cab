"""`ratsbuch export`, and `verify` and `repair` with what it made: what is printed, and with which exit code."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.exports import replace, reseal
from support.terminal import ORGAN, PROPOSAL, complaints

from archive.archive import Archive, Means
from archive.keys import KeyFolder
from archive.log.memory import Memory
from projections.forgery import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.terminal import Terminal

ROOT = Path(__file__).parents[2]
DOCUMENT = [
    "format",
    "kind",
    "path",
    "audience",
    "ground",
    "files",
    "events",
    "size",
    "withheld",
    "digest",
    "missing",
    "missing_glyphs",
]
PROPOSAL_2 = PROPOSAL.replace("0012", "0013").replace("@p0012", "@p0013")


@pytest.fixture
def recorded(terminal: Terminal) -> Terminal:
    """An archive with two proposals, under a checkpoint."""
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL + PROPOSAL_2))
    return terminal


def out(terminal: Terminal, name: str) -> Path:
    return terminal.folder / name


def made(terminal: Terminal, *arguments: object, name: str = "out", form: str = "package") -> Path:
    """Export, without what takes long; gives the path."""
    without = ["--without", "pdf", "--without", "ansicht", "--without", "xdomea"] if form == "package" else []
    target = out(terminal, name)
    terminal.ok("export", *arguments, "--format", form, *without, "-o", target)
    return target


# -- export ---------------------------------------------------------------------------------------


def test_it_says_what_was_made_for_whom_and_how_to_check_it(recorded: Terminal) -> None:
    target = out(recorded, "one.xml")
    printed = recorded.ok("export", "0012", "--format", "xml", "-o", target).splitlines()
    assert printed[0] == f"exported   {target}: XML (XRatsbuch), 1 file"
    assert printed[1] == "audience   archive"
    assert printed[2] == "events     5 of 7, under the checkpoint over 7"
    assert printed[3] == "left out   nothing"
    assert printed[4].startswith("digest     ")
    assert printed[6] == f"check it   ratsbuch verify {target}"


def test_json_has_exactly_the_fields_of_the_contract(recorded: Terminal) -> None:
    target = out(recorded, "public.xml")
    document = recorded.json("export", "0012", "--format", "xml", "--audience", "public", "-o", target)
    assert list(document) == DOCUMENT
    assert document["format"] == "ratsbuch-export/1"
    assert (document["kind"], document["audience"], document["ground"]) == ("xml", "public", None)
    assert (document["files"], document["events"], document["size"]) == (1, 5, 7)
    assert document["withheld"]["disclosures"] > 0
    assert len(document["digest"]) == 128


def test_without_a_name_it_lies_in_the_current_folder(recorded: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    here = recorded.folder / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    recorded.ok("export", "0012", "--format", "xml")
    assert [path.name for path in here.iterdir()] == ["ratsbuch-vorlage-0012.xml"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--format", "xml"), 2, "name what is to be exported, or give --all"),
        (("0012", "--all", "--format", "xml"), 2, "name what is to be exported, or give --all"),
        (("0012",), 2, "--format"),
        (("0012", "--format", "word"), 2, "word"),
        (("9999", "--format", "xml"), 6, "9999"),
        (("001", "--format", "xml"), 6, "001"),
        (("0012", "--format", "xml", "--with-blocked", "--audience", "public"), 6, "gesperrt"),
        (("0012", "--format", "xml", "--audience", "participant"), 6, "--on-ground"),
        (("--all", "--format", "oparl"), 6, "--base-url"),
        (("0012", "--format", "xdomea"), 6, "mandatory metadata are not recorded"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_lies_there(
    arguments: tuple[str, ...], code: int, said: str, recorded: Terminal
) -> None:
    before = sorted(recorded.folder.iterdir())
    result = recorded.run("export", *arguments, "-o", out(recorded, "out"))
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert sorted(recorded.folder.iterdir()) == before


def test_an_existing_target_is_a_matter_of_storage(recorded: Terminal) -> None:
    target = out(recorded, "one.xml")
    target.write_bytes(b"mine")
    result = recorded.run("export", "0012", "--format", "xml", "-o", target)
    assert result.exit_code == 7
    assert "exists already" in complaints(result)[0]
    assert target.read_bytes() == b"mine"


def test_without_a_checkpoint_there_is_no_evidence(recorded: Terminal) -> None:
    recorded.execute("DELETE FROM checkpoints")
    shutil.rmtree(recorded.archive / "log", ignore_errors=True)
    result = recorded.run("export", "0012", "--format", "xml", "-o", out(recorded, "one.xml"))
    assert result.exit_code != 0
    assert not out(recorded, "one.xml").exists()


@pytest.mark.parametrize("proposed", ["archive", "dispose"])
def test_every_proposal_to_the_archive_is_one_that_an_order_knows(proposed: str, recorded: Terminal) -> None:
    arguments = ("0012", "--format", "xdomea", "--message", "0501", "--propose", proposed)
    result = recorded.run("export", *arguments, "-o", out(recorded, "out"))
    # The proposal is none of what is missing.
    assert (result.exit_code, "mandatory metadata are not recorded" in result.output) == (6, True)
    assert "Bewertungsvorschlag" not in result.output


def test_what_is_missing_for_xdomea_is_a_warning_beside_a_package(recorded: Terminal) -> None:
    result = recorded.run("export", "0012", "--format", "package", "--without", "pdf", "-o", out(recorded, "out"))
    assert result.exit_code == 0
    assert any("no xdomea container" in line for line in complaints(result))
    assert not (out(recorded, "out") / "data" / "xdomea").exists()


STOPPED = """
import os, sys
from projections.export import exporting
from projections.export.xml import message
write = message.write
def waiting(edition, excerpt, out, **more):
    write(edition, excerpt, out, **more)
    out.flush()
    print("writing", flush=True)
    sys.stdin.read()
message.write = waiting
import cli
cli.main(["export", "0012", "--format", "xml", "-o", sys.argv[1]])
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_export_leaves_nothing_under_the_final_name(how: signal.Signals, recorded: Terminal) -> None:
    folder = recorded.folder / "target"
    folder.mkdir()
    environment = {**os.environ, "RATSBUCH_ARCHIVE": str(recorded.archive), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, folder / "one.xml"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(how)
        process.wait(timeout=60)
    left = [path.name for path in folder.iterdir()]
    assert "one.xml" not in left
    assert all(name.startswith(".one.xml.") and name.endswith(".unfinished") for name in left)
    recorded.ok("export", "0012", "--format", "xml", "-o", folder / "one.xml")


# -- verify ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["xml", "package"])
def test_verify_with_a_pin_without_one_and_after_a_change(form: str, recorded: Terminal) -> None:
    path = made(recorded, "0012", form=form)
    printed = recorded.ok("verify", path)
    assert "events     5 of 7" in printed
    document = path if form == "xml" else path / "data/xml/auszug.xml"
    text = document.read_text()
    replace(document, "Die Begründung nennt Frau Beispiel.", "Die Begründung nennt Herrn Beispiel.")
    if form == "package":
        reseal(path)
    assert recorded.run("verify", path).exit_code == 4
    document.write_text(text)
    if form == "package":
        reseal(path)
    recorded.pin.unlink()
    shutil.rmtree(os.environ["XDG_STATE_HOME"])
    result = recorded.run("verify", path)
    assert (result.exit_code, "ROOT_NOT_PINNED" in result.stdout) == (3, True)


def test_verify_needs_no_archive(recorded: Terminal) -> None:
    path = made(recorded, "0012", form="xml")
    shutil.rmtree(recorded.archive)
    assert recorded.run("verify", path).exit_code == 0
    assert recorded.json("verify", path)["verdict"] == "passed"


def no_export(path: Path) -> None:
    path.write_bytes(b"RATSBUCH")


def empty_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(("make", "codes"), [(no_export, {4, 6, 7}), (empty_folder, {4, 6, 7}), (lambda _: None, {7})])
def test_what_is_neither_archive_nor_export_is_named(
    make: Callable[[Path], None], codes: set[int], recorded: Terminal
) -> None:
    path = out(recorded, "other")
    make(path)
    result = recorded.run("verify", path)
    assert result.exit_code in codes
    assert "Traceback" not in result.output
    assert result.output


def test_verify_with_require_memory(recorded: Terminal) -> None:
    path = made(recorded, "0012", form="xml")
    assert recorded.run("verify", path, "--require-memory").exit_code == 3
    assert recorded.run("verify", path, "--require-memory", "--against", path).exit_code in {0, 3}


def test_verify_of_an_archive_against_an_export_of_it(recorded: Terminal) -> None:
    path = made(recorded, "0012")
    recorded.ok("verify", "--against", path)


def test_after_an_administrators_rewrite_the_export_names_event_and_value(recorded: Terminal) -> None:
    path = made(recorded, "0012")
    means = Means(clock=time.time, random=os.urandom)
    memory = Path(os.environ["XDG_STATE_HOME"]) / "ratsbuch" / recorded.register
    assert memory.is_file()
    rewrite(
        recorded.archive,
        {"Frau Beispiel": "Frau Muster"},
        keys=KeyFolder(recorded.keys, passphrase=None, random=means.random),
        memory=Memory(memory),
        means=means,
    )
    recorded.ok("rebuild")
    recorded.ok("verify", "--full")
    result = recorded.run("verify", "--against", path)
    assert result.exit_code == 4
    assert "EVENT_DIFFERS" in result.stdout
    assert "data.reasons" in result.stdout
    assert "Die Begründung nennt Frau Muster." in result.stdout
    assert "Die Begründung nennt Frau Beispiel., as in out" in result.stdout
    assert recorded.run("verify", path).exit_code == 4


# -- repair ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["xml", "package"])
def test_repair_puts_back_what_was_deleted_and_verify_passes(form: str, recorded: Terminal) -> None:
    path = made(recorded, "0012", form=form)
    before = recorded.state()
    recorded.execute("DELETE FROM stored_events WHERE rowid = 6")
    recorded.execute("DELETE FROM disclosures WHERE position = 6")
    assert recorded.run("verify").exit_code == 4
    assert "put back   1 event" in recorded.ok("repair", "--from", path)
    assert recorded.state() == before
    recorded.ok("verify", "--full")


def test_repair_from_what_is_no_export_does_nothing(recorded: Terminal) -> None:
    path = out(recorded, "other.xml")
    path.write_text("<a/>")
    before = recorded.state()
    assert recorded.run("repair", "--from", path).exit_code == 6
    assert recorded.state() == before


def test_repair_from_a_changed_export_does_nothing(recorded: Terminal) -> None:
    path = made(recorded, "0012", form="xml")
    recorded.execute("DELETE FROM stored_events WHERE rowid = 6")
    text = path.read_text()
    at = text.rindex("<xrb:pfadHashwert>") + len("<xrb:pfadHashwert>")
    path.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
    before = recorded.state()
    assert recorded.run("repair", "--from", path).exit_code == 4
    assert recorded.state() == before


def test_an_export_leaves_the_archive_alone(recorded: Terminal) -> None:
    before = recorded.state()
    made(recorded, "--all", form="xml", name="all.xml")
    made(recorded, "0012")
    assert recorded.state() == before
    with sqlite3.connect(recorded.archive / "record.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    with Archive.open(recorded.archive, means=Means(clock=time.time, random=os.urandom)) as archive:
        assert archive.size == 7
