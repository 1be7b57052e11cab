"""`repair`, `init --successor-of`, `verify --full` and `erase --despite-hold`, as a user calls them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

from support.terminal import Terminal, complaints

from archive.disclosure import base64url_decode

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """format = "ratsbuch-commands/1"
role = "clerk"
visibility = "public"
"""
PROPOSAL = """
[[commands]]
type = "proposal-registered/1"
new = "@p"
occurred = { at = "2021-11-23", certainty = "stated" }
[commands.data]
body = "body:{}"
kind = "motion"
reference = "0640"
version = 1
subject = "Radweg"
"""


def replica_of(terminal: Terminal, tmp_path: Path) -> Path:
    folder = tmp_path / "replica"
    shutil.copytree(terminal.archive, folder)
    return folder


def test_lost_events_come_back_and_exit_is_0(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("record", terminal.write(PROPOSAL, head=HEAD))
    replica = replica_of(terminal, tmp_path)
    for statement in (
        "DELETE FROM disclosures WHERE position = 5",
        "DELETE FROM stored_events WHERE rowid = 5",
        "DELETE FROM command_files",
        "DELETE FROM checkpoints WHERE size = 5",
    ):
        terminal.execute(statement)
    assert terminal.run("verify").exit_code == 4
    done = json.loads(terminal.ok("repair", "--from", replica, "--json"))
    assert done == {
        "format": "ratsbuch-repair/1",
        "events": 1,
        "disclosures": 1,
        "documents": 0,
        "command_files": 1,
        "checkpoints": 1,
        "size": 5,
    }
    assert terminal.run("verify").exit_code == 0
    assert "put back   0 events, disclosures of 0 events" in terminal.ok("repair", "--from", replica)


def test_repair_from_an_older_copy_exits_4(terminal: Terminal, tmp_path: Path) -> None:
    replica = replica_of(terminal, tmp_path)
    terminal.ok("record", terminal.write(PROPOSAL, head=HEAD))
    result = terminal.run("repair", "--from", replica)
    assert result.exit_code == 4
    assert complaints(result) == [
        "ratsbuch: error: position 5: the replica ends before it, so it is older than the archive",
        "ratsbuch: hint: repair from a newer copy",
    ]


def test_successor_names_the_register_it_continues(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("record", terminal.write(PROPOSAL, head=HEAD))
    old = terminal.ok("log", "checkpoint")
    new = tmp_path / "successor"
    options = ("--name", "Musterkreis", "--kind", "landkreis", "--rules", "sn-landkreis", "--keys", tmp_path / "keys2")
    assert terminal.run("init", new, *options, "--successor-of", terminal.archive).exit_code == 0
    with sqlite3.connect(new / "record.db") as db:
        (state,) = db.execute("SELECT state FROM stored_events WHERE rowid=1").fetchone()
    db.close()
    genesis = base64url_decode(state.split(b".")[1], what="genesis").decode()
    assert f'"register":"register:{terminal.register}"' in genesis
    assert json.dumps(old, ensure_ascii=False) in genesis, "the last checkpoint, word for word"


def test_successor_of_no_archive_exits_7(terminal: Terminal, tmp_path: Path) -> None:
    options = ("--name", "Musterkreis", "--kind", "landkreis", "--rules", "sn-landkreis")
    result = terminal.run("init", tmp_path / "new", *options, "--successor-of", tmp_path)
    assert result.exit_code == 7
    assert not (tmp_path / "new").exists()


def test_what_is_under_a_hold_is_not_erased_and_exits_5(terminal: Terminal) -> None:
    recorded = json.loads(terminal.ok("record", terminal.write(PROPOSAL, head=HEAD), "--json"))
    hold = """
[[commands]]
type = "filed/1"
new = "@akte"
occurred = { at = "2021-12-23", certainty = "stated" }
[commands.data]
objects = ["proposal:{reference=0640}"]
file_reference = "022.31/12"

[[commands]]
type = "hold-placed/1"
stream = "custody:@akte"
occurred = { at = "2021-12-24", certainty = "stated" }
[commands.data]
hold = "@sperre"
ground = "Klage"
"""
    terminal.ok("record", terminal.write(hold, head=HEAD.replace("clerk", "archivist")))
    target = recorded["files"][0]["events"][0]["id"] + "/data.subject"
    result = terminal.run("erase", target, "--ground", "Art. 17 DSGVO")
    assert result.exit_code == 5
    assert "is under a hold" in complaints(result)[0]
    terminal.ok("erase", target, "--ground", "Art. 17 DSGVO", "--despite-hold")
