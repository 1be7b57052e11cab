"""The handbook's two ways to the archive (section 12), played command by command as they are printed there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from support import answers
from support.terminal import ORGAN, PROPOSAL, Terminal

from archive.archive import Archive, Means
from archive.stable_ids import vorgang_uuid

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.checkout

HANDBOOK: Final = Path(__file__).parents[2] / "docs" / "betriebshandbuch.md"
BODY: Final = """
[[commands]]
type = "body-changed/1"
stream = "body:{}"
role = "registrar"
visibility = "public"
occurred = { certainty = "unknown" }
[commands.data]
ids = [{ scheme = "behoerdenkennung", value = "ags:14521000" }]
archive_of_record = "Kreisarchiv"
"""
FOUR, TWO, AFTER = "**In vier Schritten**", "**In zwei Schritten**", "**Danach.**"
FILING: Final = 3  # commands; the way of two steps has them in common


def printed(begins: str, ends: str) -> list[str]:
    """Give the commands that the handbook prints between two of its headings."""
    text = HANDBOOK.read_text(encoding="utf-8")
    text = text[text.index(begins) :]
    blocks = re.findall(r"^ *```\n(.*?)^ *```$", text[: text.index(ends)], re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


@pytest.fixture
def office(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """An office with what the handbook says must be there before: a proposal, and what a message needs of the body."""
    monkeypatch.chdir(terminal.folder)
    (terminal.folder / "MODELL.txt").write_text("Vorlagen des Kreistags: archivieren.\n", encoding="utf-8")
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL.replace("0012", "0640") + BODY))
    return terminal


def played(office: Terminal, commands: list[str]) -> Iterator[str]:
    """Give the commands as somebody would type them: with the process of the container, and an answer to it."""
    process = ""
    for line in commands:
        # Also in a package: offer and handover are of one process.
        found = {path.name[: len(answers.PROCESS)] for path in office.folder.rglob("*_050[13]_1.zip")}
        assert len(found) <= 1, found
        process = "".join(found)
        for answer in re.findall(r"ANTWORT-(\d{4})\.xml", line):
            uuid = vorgang_uuid(office.register, str(office.json("show", "0640")["stream"]))
            content = (
                answers.judged("4.0.0", **{uuid.replace("-", "_"): "A"})
                if answer == "0502"
                else answers.whole("4.0.0") + answers.imported("4.0.0", uuid, archive_id="KA 1")
            )
            message = answers.message(answer, content, process=process, origin=process)
            (office.folder / f"ANTWORT-{answer}.xml").write_bytes(message)
        yield line.replace("PROZESSID", process or "PROZESSID")


def events(office: Terminal) -> list[str]:
    with Archive.open(office.archive, means=Means(clock=lambda: 0, random=bytes)) as archive:
        (file,) = archive.streams("custody")
        return [record.event.TYPE for record in archive.history(file)]


WAY: Final = ["filed/1", "retention-set/1", "offered/1", "appraised/1", "transferred/1", "received/1", "destroyed/1"]


@pytest.mark.parametrize("steps", [4, 2])
def test_both_ways_of_the_handbook_go_through_as_they_are_printed(office: Terminal, steps: int) -> None:
    commands = printed(FOUR, TWO) if steps == 4 else [*printed(FOUR, TWO)[:FILING], *printed(TWO, AFTER)]
    commands += printed(AFTER, "**Was beim Empfänger gilt.**")
    assert len(commands) > FILING + steps
    for line in played(office, commands):
        program, *arguments = shlex.split(line)
        assert program == "ratsbuch"
        result = office.run(*arguments)
        assert result.exit_code == 0, f"{line}\n{result.output}"
    assert events(office) == WAY


def test_the_two_steps_without_an_offer_end_in_a_refusal(office: Terminal) -> None:
    """The rule stands, so the handbook has the offer in it: without, the last command is refused."""
    commands = [*printed(FOUR, TWO)[:FILING], *printed(TWO, AFTER), *printed(AFTER, "**Was beim Empfänger gilt.**")]
    without = [line for line in commands if "custody offer" not in line]
    assert len(without) == len(commands) - 1
    *before, last = [(line, office.run(*shlex.split(line)[1:])) for line in played(office, without)]
    assert {line: result.output for line, result in before if result.exit_code} == {}
    assert (last[1].exit_code, "found no offered/1" in last[1].output) == (5, True)
