"""`ratsbuch verify`: what it prints, and with which exit code."""

from __future__ import annotations

import base64
import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

import cli
from archive.verify import procedure

if TYPE_CHECKING:
    from pathlib import Path

TOP = ["format", "verdict", "target", "rests_on", "events", "size", "root", "steps"]
STEP = ["step", "name", "verdict", "checked", "findings"]
FINDING = ["code", "verdict", "place", "found", "expected"]


def swap_last(terminal: Terminal, position: int) -> None:
    """Change one character of a signature."""
    terminal.execute(
        "UPDATE stored_events SET state = CAST(substr(state, 1, length(state) - 10) || "
        "CASE substr(state, -10, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(state, -9) AS BLOB) WHERE rowid = ?",
        position,
    )


def findings(terminal: Terminal, *arguments: object) -> set[tuple[int, str, str]]:
    """Give step, code and verdict of every finding."""
    document = json.loads(terminal.run("verify", *arguments, "--json").stdout)
    return {(s["step"], f["code"], f["verdict"]) for s in document["steps"] for f in s["findings"]}


def test_verify_of_a_pinned_archive_exits_0_and_claims_no_more_than_it_shows(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL))
    printed = terminal.ok("verify").splitlines()
    assert printed[:4] == [
        "rests on   memory: own (size 6); time: own clock",
        "           (Erinnerung: eigene (Stand 6); Zeit: eigene Uhr)",
        "verdict    passed: consistent in itself, not secured against replacement",
        "           (unverändert nachgewiesen: in sich stimmig, nicht gegen Austausch gesichert)",
    ]
    assert "events     6, positions 1 to 6" in printed
    steps = [line for line in printed if line.startswith("step ")]
    assert [line.split()[1] for line in steps] == list("123456789")
    assert [line.split()[1] for line in steps if "not looked at" in line] == ["9"]


def test_json_has_exactly_the_fields_of_the_contract(terminal: Terminal) -> None:
    swap_last(terminal, 3)
    result = terminal.run("verify", "--json")
    assert result.exit_code == 4
    document = json.loads(result.stdout)
    assert list(document) == TOP
    assert (document["format"], document["verdict"]) == ("ratsbuch-verify/1", "failed")
    assert document["rests_on"] == {"memory": "none", "time": "own clock"}
    assert (document["target"], document["events"], document["size"]) == (str(terminal.archive), 4, 4)
    assert len(base64.b64decode(document["root"])) == 32
    assert all(list(step) == STEP for step in document["steps"])
    found = [finding for step in document["steps"] for finding in step["findings"]]
    assert found
    assert all(list(finding) == FINDING for finding in found)


def test_verify_changed_byte_exits_4_and_names_step_code_and_place(terminal: Terminal) -> None:
    swap_last(terminal, 3)
    result = terminal.run("verify")
    assert result.exit_code == 4
    printed = result.stdout.splitlines()
    assert "verdict    failed: deviation found: the record is not what was recorded" in printed
    assert "           (Abweichung festgestellt)" in printed
    assert "step 2  TOKEN_SIGNATURE_INVALID  position 3  failed" in printed


def test_verify_stripped_disclosure_exits_4(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL))
    terminal.execute("DELETE FROM disclosures WHERE position = 5")
    assert terminal.run("verify").exit_code == 4
    assert (6, "DISCLOSURE_MISSING", "failed") in findings(terminal)


def test_verify_without_a_pin_exits_3(terminal: Terminal) -> None:
    terminal.pin.unlink()
    result = terminal.run("verify")
    assert result.exit_code == 3
    assert "verdict    indeterminate: not proved: nothing was found altered, but evidence is missing" in result.stdout
    assert "(nicht nachweisbar (es fehlt der Nachweis: ROOT_NOT_PINNED))" in result.stdout
    assert findings(terminal) == {(1, "ROOT_NOT_PINNED", "indeterminate")}


def test_verify_require_memory_without_memory_exits_3(terminal: Terminal) -> None:
    result = terminal.run("verify", "--require-memory")
    assert result.exit_code == 3
    assert findings(terminal, "--require-memory") == {(5, "MEMORY_MISSING", "indeterminate")}
    terminal.ok("list")  # from here on the user's own memory file knows the register
    assert terminal.run("verify", "--require-memory").exit_code == 3


def test_verify_require_memory_does_not_soften_a_deviation(terminal: Terminal) -> None:
    swap_last(terminal, 3)
    assert terminal.run("verify", "--require-memory").exit_code == 4


def test_verify_trust_takes_the_place_of_the_pin(terminal: Terminal) -> None:
    elsewhere = terminal.folder / "kept-elsewhere.policy"
    shutil.move(terminal.pin, elsewhere)
    assert terminal.run("verify", "--trust", elsewhere).exit_code == 0
    text = elsewhere.read_text(encoding="utf-8")
    elsewhere.write_text(text.replace("# anchor ", "# anchor " + "0" * 64 + "\n# was ", 1), encoding="utf-8")
    assert terminal.run("verify", "--trust", elsewhere).exit_code == 4
    assert findings(terminal, "--trust", elsewhere) == {(1, "ANCHOR_DIFFERS", "failed")}


@pytest.mark.parametrize(
    ("content", "exit_code", "says"),
    [
        (None, 7, "ratsbuch: error: trust file {}: not found"),
        ("quorum\n", 6, "ratsbuch: error: {}: line 1: found 0 items, expected quorum <name>"),
    ],
    ids=["missing", "no-policy"],
)
def test_trust_file_that_is_none_is_refused(terminal: Terminal, content: str | None, exit_code: int, says: str) -> None:
    path = terminal.folder / "trust.policy"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = terminal.run("verify", "--trust", path)
    assert (result.exit_code, complaints(result)[0]) == (exit_code, says.format(path))


def test_archive_replaced_under_the_old_name_exits_4(terminal: Terminal) -> None:
    other = Terminal(terminal.folder / "other", terminal.folder)
    other.run("init", other.archive, "--name", "Musterkreis", "--kind", "landkreis", "--rules", "sn-landkreis")
    settings = (terminal.archive / "ratsbuch.toml").read_text(encoding="utf-8")
    (other.archive / "ratsbuch.toml").write_text(settings, encoding="utf-8")
    result = terminal.run("verify", other.archive)
    assert result.exit_code == 4
    assert {(1, "ANCHOR_DIFFERS", "failed"), (1, "SETTINGS_DIFFER", "failed")} <= findings(terminal, other.archive)


def test_register_name_that_is_a_path_is_not_followed(terminal: Terminal) -> None:
    pins = terminal.pin.parent
    (pins.parent / "outside.policy").write_text(terminal.pin.read_text(encoding="utf-8"), encoding="utf-8")
    terminal.pin.unlink()
    settings = terminal.archive / "ratsbuch.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(f'"{terminal.register}"', '"../outside"', 1), encoding="utf-8")
    assert (1, "ROOT_NOT_PINNED", "indeterminate") in findings(terminal)


def test_verify_needs_neither_settings_nor_keys(terminal: Terminal) -> None:
    shutil.rmtree(os.environ["XDG_DATA_HOME"])
    (terminal.archive / "ratsbuch.toml").write_text("", encoding="utf-8")
    assert findings(terminal) == {(1, "SETTINGS_INVALID", "failed")}


def test_target_that_is_no_archive_exits_7(terminal: Terminal, tmp_path: Path) -> None:
    result = terminal.run("verify", tmp_path / "nowhere")
    assert result.exit_code == 7
    assert complaints(result) == [
        f"ratsbuch: error: {tmp_path / 'nowhere' / 'record.db'}: not found",
        "ratsbuch: hint: name an archive, or restore it from a replica",
    ]


def test_database_that_is_empty_exits_7(terminal: Terminal) -> None:
    for path in terminal.archive.glob("record.db*"):
        path.unlink()
    (terminal.archive / "record.db").touch()
    result = terminal.run("verify")
    assert result.exit_code == 7
    assert complaints(result)[0] == (
        f"ratsbuch: error: {terminal.archive / 'record.db'}: not a database of ours: no such table: stored_events"
    )


def test_several_processes_find_what_one_finds(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    organs = [ORGAN.replace("@kreistag", f"@o{n}").replace("Kreistag", f"Ausschuss {n}") for n in range(300)]
    terminal.ok("record", terminal.write("".join(organs)))
    swap_last(terminal, 3)
    alone = terminal.json("verify")
    monkeypatch.setattr(cli, "EVENTS_A_PROCESS_MIN", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(procedure, "RANGE_SIZE", 256)
    with cli._workers(4) as executor:
        assert executor is not None
    assert terminal.json("verify") == alone


def test_names_of_a_forged_archive_do_not_steer_the_terminal(terminal: Terminal) -> None:
    terminal.execute("UPDATE stored_events SET topic = ? WHERE rowid = 4", "\x1b[2J\u202egnp.exe")
    result = terminal.run("verify")
    assert result.exit_code == 4
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "\u202e" not in terminal.run("verify", "--json").stdout


def test_many_findings_are_cut_on_the_terminal_and_counted(terminal: Terminal) -> None:
    terminal.execute(
        "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
        "INSERT INTO disclosures SELECT i, '~' FROM n"
    )
    terminal.execute("PRAGMA user_version = 1")
    printed = terminal.run("verify").stdout.splitlines()
    assert sum("DISCLOSURE_WITHOUT_EVENT" in line for line in printed) == 20
    assert "step 6  and 11 more; --json has 31 of 31" in printed
