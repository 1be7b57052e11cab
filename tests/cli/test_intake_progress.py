"""How far an intake is, told on a terminal and nowhere else: a real process, with a real terminal behind its stderr."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct
from support.oparl import SYSTEM, consultation, meeting, paper, url, write

import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.terminal import Terminal

    Command = Callable[[Terminal], tuple[object, ...]]

COUNT = 800
HEAD = {
    "format": "ratsbuch-ballots/1",
    "system": SYSTEM,
    "grade": "system_of_record",
    "visibility": "public",
}
MAP = """
format = "ratsbuch-table/1"
list = "beschlussbuch-1992"
citation = "Beschlussbuch des Kreistages 1992"
key = ["Nr."]
[columns."Nr."]
field = "number"
[columns.Betreff]
field = "subject"
[constant]
organ = "Kreistag"
sense = "approving"
visibility = "public"
"""
ORGAN = {"id": "0", "meeting": {"organ": "Kreistag", "on": "2023-03-29"}, "method": "not_stated"}
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Shown(Struct, frozen=True):
    """What a process wrote: its result, and what stood on the terminal, frame after frame."""

    stdout: str
    terminal: str


def at_a_terminal(terminal: Terminal, *arguments: object) -> Shown:
    """Run a command whose stderr is a terminal of 120 columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    program = "import sys, cli; sys.argv[0] = 'ratsbuch'; cli.main()"
    environment = {**os.environ, "RATSBUCH_ARCHIVE": str(terminal.archive), "TERM": "xterm-256color"}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    root = Path(str(cli.__file__)).parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=slave, text=True, env=environment) as done:
        os.close(slave)
        frames = bytearray()
        while piece := _read(master):
            frames += piece
        os.close(master)
        assert done.stdout is not None
        stdout = done.stdout.read()
    assert done.returncode == 0, frames.decode()
    return Shown(stdout, _CONTROL.sub("", frames.decode()))


def _read(master: int) -> bytes:
    try:
        return os.read(master, 2**16)
    except OSError:  # how Linux says that nobody has the other end any more
        return b""


def ballots(terminal: Terminal) -> tuple[object, ...]:
    """Give the command that records many ballots."""
    lines = [HEAD, *({**ORGAN, "id": str(number)} for number in range(COUNT))]
    return "intake", "ballots", write(terminal.folder / "ballots.jsonl", lines)


def table(terminal: Terminal) -> tuple[object, ...]:
    """Give the command that records a long list of resolutions."""
    organ = [HEAD, ORGAN]
    terminal.ok("intake", "ballots", write(terminal.folder / "organ.jsonl", organ))
    source = terminal.folder / "liste.csv"
    source.write_text("Nr.;Betreff\n" + "".join(f"{n};Sache {n}\n" for n in range(COUNT)), encoding="utf-8")
    return "intake", "table", source, "--map", terminal.write(MAP, "map.toml", head="")


def oparl(terminal: Terminal) -> tuple[object, ...]:
    """Give the command that follows a dump of some thousand events, which is several transactions."""
    plans = [[consultation(f"{n}-{m}", meeting=url("meeting", 1)) for m in range(6)] for n in range(COUNT)]
    objects = [meeting(1), *(paper(n, consultation=plan) for n, plan in enumerate(plans))]
    return "intake", "oparl", write(terminal.folder / "dump.jsonl", objects), "--system", SYSTEM


COMMANDS = pytest.mark.parametrize("command", [ballots, table, oparl], ids=["ballots", "table", "oparl"])


@COMMANDS
def test_a_terminal_shows_how_many_how_fast_and_how_long_yet(terminal: Terminal, command: Command) -> None:
    shown = at_a_terminal(terminal, *command(terminal))
    total = COUNT + 1 if command is oparl else COUNT
    frames = re.findall(rf"recording [^\r\n]*? (\d+)/{total}\b([^\r\n]*)", shown.terminal)
    done = [int(count) for count, _ in frames]
    # It moves, and never backwards; the last frame may come before the last object.
    assert 0 < max(done) <= total
    assert done == sorted(done)
    assert len(set(done)) > 2
    told = "".join(rest for _, rest in frames)
    assert re.search(r"\b[1-9]\d*/s\b", told), shown.terminal
    assert re.search(r"\b0:\d\d:\d\d\b", told), shown.terminal
    assert "recording" not in shown.stdout
    assert "events" in shown.stdout


@COMMANDS
def test_json_is_for_programs_and_has_nothing_beside_it(terminal: Terminal, command: Command) -> None:
    shown = at_a_terminal(terminal, *command(terminal), "--json")
    assert shown.terminal == ""
    assert json.loads(shown.stdout)["dry_run"] is False


@COMMANDS
def test_nothing_is_told_to_a_pipe(terminal: Terminal, command: Command) -> None:
    result = terminal.run(*command(terminal))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
