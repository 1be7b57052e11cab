"""`ratsbuch intake xdomea`: an answer recorded once, from the message or its container, or refused whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import answers
from support.answers import PROCESS
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

from archive.stable_ids import vorgang_uuid

if TYPE_CHECKING:
    from pathlib import Path

ON = ("--file", "022.31", "--on", "2026-11-03")


@pytest.fixture
def offered(terminal: Terminal) -> Terminal:
    """An archive with a proposal that was filed and offered."""
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL))
    terminal.ok("custody", "file", "0012", *ON, "--visibility", "public")
    terminal.ok("custody", "offer", *ON, "--archive", "Kreisarchiv", "--message-id", PROCESS)
    return terminal


def uuid_of(terminal: Terminal) -> str:
    return vorgang_uuid(terminal.register, str(terminal.json("show", "0012")["stream"]))


def answer(terminal: Terminal, code: str = "A", **more: str) -> Path:
    content = answers.judged("4.0.0", **{uuid_of(terminal).replace("-", "_"): code})
    path = terminal.folder / f"{PROCESS}_0502_1.xml"
    path.write_bytes(answers.message("0502", content, **more))  # type: ignore[arg-type]
    return path


def test_an_answer_is_printed_and_recorded_once(offered: Terminal) -> None:
    path = answer(offered)
    before = offered.state()
    printed = offered.ok("intake", "xdomea", path, "--dry-run")
    assert "1 event would be recorded; nothing was" in printed
    assert offered.state() == before
    lines = offered.ok("intake", "xdomea", path).splitlines()
    assert lines[0] == f"message    0502 of 2026-03-02T10:15:00+01:00, xdomea 4.0.0, process {PROCESS}"
    assert lines[2] == f"{path.name}: 1 event recorded"
    assert lines[3].endswith("appraised/1")
    after = offered.state()
    assert "recorded before" in offered.ok("intake", "xdomea", path)
    assert offered.state() == after
    assert offered.run("verify").exit_code == 0


def test_json_has_the_message_and_what_came_of_it(offered: Terminal) -> None:
    document = offered.json("intake", "xdomea", answer(offered))
    assert document["format"] == "ratsbuch-intake-xdomea/1"
    assert document["message"]["number"] == "0502"
    assert document["message"]["test"] is False
    assert (document["left_open"], document["remarks"]) == ([], [])
    assert [event["type"] for event in document["recorded"]["events"]] == ["appraised/1"]
    assert document["files"] == [document["recorded"]["events"][0]["id"].partition("#")[0]]


def test_the_way_through_both_steps_by_commands_alone(offered: Terminal) -> None:
    offered.ok("intake", "xdomea", answer(offered))
    package = offered.folder / f"{PROCESS}_0503_1.zip"
    package.write_bytes(b"PK")
    offered.ok("custody", "transfer", package, *ON, "--message-id", PROCESS)
    content = answers.whole("4.0.0") + answers.imported("4.0.0", uuid_of(offered), archive_id="KA 1")
    container = offered.folder / f"{PROCESS}_0506_1.zip"
    container.write_bytes(answers.packed((f"{PROCESS}_0506_1.xml", answers.message("0506", content))))
    assert "received/1" in offered.ok("intake", "xdomea", container)
    destroyed = offered.run("custody", "destroy", *ON, "--basis", "received", "--what", "Handakte")
    assert destroyed.exit_code == 0, destroyed.output


def test_visibility_can_be_stated(offered: Terminal) -> None:
    offered.ok("intake", "xdomea", answer(offered), "--visibility", "blocked")
    assert offered.json("findings")["blocked"] == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"process": "33333333-3333-4333-8333-333333333333"}, "expected that of its name"),
        ({"test": "true"}, "says that it is a test"),
        ({"created": "gestern"}, 'found "gestern", expected a date and time'),
    ],
)
def test_what_does_not_fit_is_refused_with_6(offered: Terminal, more: dict[str, str], says: str) -> None:
    path = answer(offered, **more)
    before = offered.state()
    result = offered.run("intake", "xdomea", path)
    assert result.exit_code == 6, result.output
    assert says in complaints(result)[0]
    assert offered.state() == before


def test_whoever_is_no_archivist_is_refused_with_5(offered: Terminal) -> None:
    path = answer(offered)
    before = offered.state()
    assert offered.run("intake", "xdomea", path, "--role", "clerk").exit_code == 5
    assert offered.state() == before


def test_a_file_that_is_not_there_is_refused_with_6(offered: Terminal) -> None:
    assert offered.run("intake", "xdomea", offered.folder / "nichts.xml").exit_code == 6
