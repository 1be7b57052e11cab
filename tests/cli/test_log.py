"""The log on the command line: how recording ends, what opening finds, receipts, `log` and `verify --against`."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.archives import OPENED_AT, Clock
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

import cli
from archive.archive import Means
from archive.log.proof import parse_proof
from archive.verify.evidence import EVIDENCE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

WITHDRAWN = """
[[commands]]
type = "proposal-withdrawn/1"
stream = "proposal:{reference=0012}"
role = "clerk"
visibility = "public"
occurred = { certainty = "unknown" }
"""
ROLLED_BACK = (
    "the archive was rolled back: {}: found {} events in the archive, expected at least {}, which its log vouched"
)

AGAIN = "when that is settled, the next recording command signs it; the same file again is one, and records nothing"
COMPARE = "compare it with the paper, group by group; capital or small letters, spaces and dashes do not matter"


def memory(terminal: Terminal) -> Path:
    return Path(os.environ["XDG_STATE_HOME"]) / "ratsbuch" / terminal.register


def checkpoints(terminal: Terminal) -> dict[int, bytes]:
    with sqlite3.connect(terminal.archive / "record.db") as connection:
        rows = connection.execute("SELECT size, note FROM checkpoints ORDER BY size").fetchall()
    connection.close()
    return dict(rows)


def findings(terminal: Terminal, *arguments: object) -> set[tuple[int, str, str]]:
    document = json.loads(terminal.run("verify", *arguments, "--json").stdout)
    return {(s["step"], f["code"], f["verdict"]) for s in document["steps"] for f in s["findings"]}


def put_back(terminal: Terminal, backup: Path) -> None:
    """Put an old copy of the archive in its place."""
    shutil.rmtree(terminal.archive)
    shutil.copytree(backup, terminal.archive)


@pytest.fixture
def backup(terminal: Terminal) -> Path:
    """A copy of the archive with a proposal, taken before another event was recorded."""
    terminal.ok("record", terminal.write(PROPOSAL, "proposal.toml"))
    copy = terminal.folder / "backup"
    shutil.copytree(terminal.archive, copy)
    terminal.ok("record", terminal.write(ORGAN, "organ.toml"))
    return copy


@pytest.fixture
def rolled_back(terminal: Terminal, backup: Path) -> Terminal:
    """An archive whose last event was taken away with an old copy; the memory outside has seen it."""
    put_back(terminal, backup)
    return terminal


# -- how recording ends -----------------------------------------------------------------------------


def test_recording_ends_with_a_checkpoint_over_all_events(terminal: Terminal) -> None:
    last = terminal.ok("record", terminal.write(ORGAN + PROPOSAL)).splitlines()[-1]
    root = terminal.json("verify")["root"]
    assert last == f"checkpoint 6 events, root {root}"
    note = checkpoints(terminal)[6]
    assert note.decode().splitlines()[1:3] == ["6", root]
    assert memory(terminal).read_bytes() == (terminal.archive / "log" / "checkpoint").read_bytes() == note


def test_json_of_recording_has_size_and_root(terminal: Terminal) -> None:
    document = terminal.json("record", terminal.write(ORGAN))
    assert (document["size"], document["root"], document["witnesses"]) == (5, terminal.json("verify")["root"], [])


def test_every_recording_command_ends_with_a_checkpoint(terminal: Terminal) -> None:
    assert list(checkpoints(terminal)) == [4]
    terminal.ok("record", terminal.write(PROPOSAL))
    event = terminal.json("show", "0012")["stream"] + "#1"
    assert "\ncheckpoint 6 events, root " in terminal.ok("erase", f"{event}/data.reasons", "--ground", "Art. 17 DSGVO")
    assert "\ncheckpoint 7 events, root " in terminal.run("keys", "enrol", "--role", "clerk").stdout
    person = terminal.json("keys", "list")["keys"][-1]["person"]
    assert "\ncheckpoint 8 events, root " in terminal.ok("keys", "revoke", person, "--reason", "left")
    assert list(checkpoints(terminal)) == [4, 5, 6, 7, 8]
    assert terminal.run("verify").exit_code == 0


def test_init_ends_with_a_checkpoint(tmp_path: Path, home: Path) -> None:
    terminal = Terminal(tmp_path / "new", tmp_path)
    options = ("--name", "Musterkreis", "--kind", "landkreis", "--rules", "sn-landkreis")
    document = terminal.json("init", terminal.archive, *options)
    assert document["size"] == 4
    assert len(base64.b64decode(document["root"])) == 32
    assert memory(terminal).read_bytes() == checkpoints(terminal)[4]


def test_dry_run_signs_nothing(terminal: Terminal) -> None:
    document = terminal.json("record", terminal.write(PROPOSAL), "--dry-run")
    assert (document["size"], document["root"], document["witnesses"]) == (None, None, [])
    assert "checkpoint" not in terminal.ok("keys", "enrol", "--role", "clerk", "--dry-run")
    assert list(checkpoints(terminal)) == [4]
    assert not memory(terminal).exists()


def test_file_before_a_bad_one_gets_its_checkpoint(terminal: Terminal) -> None:
    result = terminal.run("record", terminal.write(ORGAN, "a.toml"), terminal.write("[[commands]]\n", "bad.toml"))
    assert result.exit_code == 6
    assert result.stdout.splitlines()[-1].startswith("checkpoint 5 events, root ")
    assert list(checkpoints(terminal)) == [4, 5]


def test_file_that_is_refused_signs_nothing(terminal: Terminal) -> None:
    result = terminal.run("record", terminal.write("[[commands]]\n"))
    assert (result.exit_code, result.stdout) == (6, "")
    assert list(checkpoints(terminal)) == [4]


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_without_the_keys_of_the_log_the_events_stay_and_the_same_file_makes_the_checkpoint(
    terminal: Terminal, *, as_json: bool
) -> None:
    key, path = terminal.keys / "log-mldsa44.key.pem", terminal.write(ORGAN)
    shutil.move(key, terminal.folder / "kept")
    result = terminal.run("record", path, *(["--json"] if as_json else []))
    assert result.exit_code == 7
    assert complaints(result) == [
        f"ratsbuch: error: the events are recorded, their checkpoint is missing: key file {key}: not found",
        f"ratsbuch: hint: {AGAIN}",
    ]
    if as_json:
        document = json.loads(result.stdout)
        assert (document["files"][0]["size"], document["size"], document["root"]) == (5, None, None)
    else:
        assert result.stdout.splitlines()[0] == "commands.toml: 1 event recorded"
    assert terminal.state().events == 5
    assert list(checkpoints(terminal)) == [4]
    assert (4, "NO_CHECKPOINT_YET", "passed") in findings(terminal)
    shutil.move(terminal.folder / "kept", key)
    again = terminal.ok("record", path).splitlines()
    assert again[0] == "commands.toml: recorded before: 1 event; nothing was recorded now"
    assert again[-1].startswith("checkpoint 5 events, root ")
    assert list(checkpoints(terminal)) == [4, 5]


def test_keys_of_another_log_do_not_sign(terminal: Terminal) -> None:
    other = Terminal(terminal.folder / "other", terminal.folder)
    other.run("init", other.archive, "--name", "x", "--kind", "landkreis", "--rules", "sn-landkreis")
    for name in ("log-ed25519.key.pem", "log-mldsa44.key.pem"):
        shutil.copy(other.keys / name, terminal.keys / name)
    result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 7
    assert "their checkpoint is missing: log key: found " in complaints(result)[0]
    assert list(checkpoints(terminal)) == [4]


def test_cache_that_cannot_be_written_is_a_warning(terminal: Terminal) -> None:
    shutil.rmtree(terminal.archive / "log")
    (terminal.archive / "log").touch()
    result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("checkpoint 5 events, root ")
    (warning,) = complaints(result)
    assert warning.startswith("ratsbuch: warning: the cache of the log was not brought up to date: ")


def test_memory_that_cannot_be_written_is_a_warning(terminal: Terminal) -> None:
    Path(os.environ["XDG_STATE_HOME"]).write_text("no folder", encoding="utf-8")
    result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 0
    assert complaints(result)[0].startswith("ratsbuch: warning: the memory outside was not brought up to date: ")
    result = terminal.run("list")
    assert result.exit_code == 0
    assert complaints(result)[0].startswith("ratsbuch: warning: the newest checkpoint is not remembered: ")


# -- what opening finds -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("list",), ("show", "0012"), ("history", "0012"), ("keys", "list")])
def test_reading_a_rolled_back_archive_warns_in_one_line_and_goes_on(
    rolled_back: Terminal, command: tuple[str, ...]
) -> None:
    result = rolled_back.run(*command)
    assert result.exit_code == 0
    assert result.stdout
    (warning,) = complaints(result)
    assert warning.startswith(f"ratsbuch: warning: {ROLLED_BACK.format(memory(rolled_back), 5, 6)}")
    assert warning.endswith("; `ratsbuch verify` proves it")


@pytest.mark.parametrize(
    "command",
    [
        ("record", "again.toml"),
        ("record", "again.toml", "--dry-run"),
        ("erase", "position", "--ground", "x"),
        ("keys", "enrol", "--role", "clerk"),
        ("receipt", "0012"),
        ("log", "checkpoint"),
        ("log", "checkpoint", "--line"),
        ("log", "publish", "public"),
        ("log", "rebuild"),
        ("log", "witness", "http://127.0.0.1:1"),
    ],
    ids=" ".join,
)
def test_rolled_back_archive_is_added_to_by_nobody_and_hands_out_nothing(
    rolled_back: Terminal, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rolled_back.folder)
    rolled_back.write(ORGAN, "again.toml")
    before, remembered = rolled_back.state(), memory(rolled_back).read_bytes()
    result = rolled_back.run(*command)
    assert result.exit_code == 7
    error, hint = complaints(result)
    assert error.startswith(f"ratsbuch: error: {ROLLED_BACK.format(memory(rolled_back), 5, 6)}")
    assert hint.startswith("ratsbuch: hint: nothing is recorded on top; `ratsbuch verify` proves it")
    assert "`ratsbuch repair --from`" in hint
    assert (rolled_back.state(), memory(rolled_back).read_bytes()) == (before, remembered)
    assert not (rolled_back.folder / "public").exists()


def test_verify_of_a_rolled_back_archive_exits_4(rolled_back: Terminal) -> None:
    assert rolled_back.run("verify").exit_code == 4
    assert findings(rolled_back) == {(5, "ROLLED_BACK", "failed")}


def test_fork_is_refused_with_7_and_proved_by_verify(terminal: Terminal, backup: Path) -> None:
    seen = memory(terminal).read_bytes()
    put_back(terminal, backup)
    memory(terminal).unlink()
    terminal.ok("record", terminal.write(WITHDRAWN, "other.toml"))
    memory(terminal).write_bytes(seen)
    result = terminal.run("record", terminal.write(WITHDRAWN, "more.toml"))
    assert result.exit_code == 7
    assert complaints(result)[0].startswith("ratsbuch: error: the archive is a fork of what its log vouched for: ")
    assert terminal.run("verify").exit_code == 4
    assert findings(terminal) == {(5, "FORKED", "failed")}


def test_reading_brings_the_memory_up_to_date_and_never_lowers_it(terminal: Terminal, backup: Path) -> None:
    newest = memory(terminal).read_bytes()
    memory(terminal).unlink()
    terminal.ok("list")
    assert memory(terminal).read_bytes() == newest
    put_back(terminal, backup)
    terminal.run("list")
    assert memory(terminal).read_bytes() == newest


def test_memory_that_is_damaged_stops_recording_and_is_of_no_use_to_verify(terminal: Terminal) -> None:
    memory(terminal).parent.mkdir(parents=True)
    memory(terminal).write_text("no checkpoint\n", encoding="utf-8")
    result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 7
    assert complaints(result)[0].startswith("ratsbuch: error: a checkpoint does not count: ")
    assert "find out why, and only then remove the file" in complaints(result)[1]
    result = terminal.run("verify")
    assert result.exit_code == 3
    assert findings(terminal) == {(5, "MEMORY_DAMAGED", "indeterminate")}
    assert result.stdout.startswith("rests on   memory: none; ")


def test_line_in_the_memory_file_is_no_memory_from_outside(terminal: Terminal) -> None:
    line = terminal.ok("log", "checkpoint", "--line")
    memory(terminal).write_text(line, encoding="utf-8")
    result = terminal.run("verify", "--require-memory")
    assert result.exit_code == 3
    assert "found a line, expected a checkpoint" in result.stdout
    assert (5, "MEMORY_DAMAGED", "indeterminate") in findings(terminal)


def test_missing_cache_is_a_warning_and_made_anew_with_the_same_bytes(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL))

    def cache() -> dict[str, bytes]:
        folder = terminal.archive / "log"
        every = (p for p in folder.rglob("*") if p.is_file() and p.name != ".lock")
        return {str(p.relative_to(folder)): p.read_bytes() for p in every}

    before = cache()
    shutil.rmtree(terminal.archive / "log")
    (warning,) = complaints(terminal.run("list"))
    assert warning == (
        f"ratsbuch: warning: the log was not compared: {terminal.archive / 'log'}: found no checkpoint, "
        "expected the newest one; `ratsbuch log rebuild` makes its files anew"
    )
    printed = terminal.ok("log", "rebuild")
    assert printed == f"rebuilt    {terminal.archive / 'log'}, 6 events, root {terminal.json('verify')['root']}\n"
    assert cache().items() <= before.items()  # but for partial tiles of smaller sizes, which nobody needs any more
    document = terminal.json("log", "rebuild")
    assert set(document) == {"format", "directory", "size", "root"}
    assert (document["format"], document["size"]) == ("ratsbuch-log-rebuild/1", 6)


# -- verify --against -------------------------------------------------------------------------------


def test_line_typed_in_any_way_is_memory_from_outside(terminal: Terminal) -> None:
    line = terminal.ok("log", "checkpoint", "--line").strip()
    day = line.split(" / ")[2]
    for typed in (line, line.lower(), line.replace(" ", "").replace("RATSBUCH", ""), "\n".join(line.split())):
        result = terminal.run("verify", "--against", typed, "--require-memory")
        assert result.exit_code == 0, typed
        assert result.stdout.splitlines()[:4] == [
            f"rests on   memory: line of {day} (size 4); time: own clock",
            f"           (Erinnerung: Zeile vom {day} (Stand 4); Zeit: eigene Uhr)",
            "verdict    passed: shown to be unaltered",
            "           (unverändert nachgewiesen)",
        ]


def test_old_evidence_of_every_kind_holds_after_the_log_has_grown(terminal: Terminal) -> None:
    line = terminal.folder / "line.txt"
    line.write_text(terminal.ok("log", "checkpoint", "--line"), encoding="utf-8")
    note = terminal.folder / "note"
    note.write_text(terminal.ok("log", "checkpoint"), encoding="utf-8")
    terminal.ok("receipt", "3", "-o", terminal.folder / "receipts")
    (receipt,) = (terminal.folder / "receipts").iterdir()
    terminal.ok("record", terminal.write(ORGAN))
    arguments = [part for path in (line, note, receipt) for part in ("--against", path)]
    document = terminal.json("verify", *arguments, "--require-memory")
    day = line.read_text(encoding="utf-8").split(" / ")[2]
    assert document["verdict"] == "passed"
    assert document["rests_on"]["memory"] == f"line of {day} (size 4), checkpoint (size 4), receipt (size 4)"
    assert document["size"] == 5


def test_typing_error_is_named_by_its_group_and_exits_6(terminal: Terminal) -> None:
    line = terminal.ok("log", "checkpoint", "--line").strip()
    groups = line.split(" / ")[3].split()
    wrong = ("0" if groups[2][0] != "0" else "1") + groups[2][1:]
    result = terminal.run("verify", "--against", line.replace(f" {groups[2]} ", f" {wrong} ", 1))
    assert (result.exit_code, result.stdout) == (6, "")
    assert complaints(result) == [
        f"ratsbuch: error: line: group 3: found {wrong!r}, which does not fit the check group",
        f"ratsbuch: hint: {COMPARE}",
    ]


def test_text_that_is_neither_file_nor_line_exits_6(terminal: Terminal) -> None:
    result = terminal.run("verify", "--against", "nothing.checkpoint")
    assert result.exit_code == 6
    assert complaints(result)[0].startswith(
        "ratsbuch: error: --against nothing.checkpoint: no such file, and no line: line: found "
    )
    assert terminal.run("verify", "--against", "x" * 5000).exit_code == 6
    assert terminal.run("verify", "--against", "RATSBUCH").exit_code == 6


def test_file_that_is_no_evidence_exits_6_and_one_that_cannot_be_read_7(terminal: Terminal) -> None:
    result = terminal.run("verify", "--against", terminal.pin)
    assert result.exit_code == 6
    assert complaints(result)[1] == "ratsbuch: hint: give a checkpoint, a receipt, or a line that begins RATSBUCH"
    result = terminal.run("verify", "--against", terminal.folder)
    assert result.exit_code == 7
    assert complaints(result) == refusal(f"--against {terminal.folder}", "a directory")


def refusal(what: object, kind: str) -> list[str]:
    """Give what is said about something that is no regular file."""
    return [
        f"ratsbuch: error: {what}: found {kind}, expected a regular file",
        "ratsbuch: hint: name a regular file; what comes out of a pipe or a device is saved to one first",
    ]


@pytest.mark.parametrize("option", ["--against", "--trust"])
def test_pipe_or_device_is_no_evidence_and_no_pin(terminal: Terminal, option: str) -> None:
    pipe = terminal.folder / "pipe"
    os.mkfifo(pipe)
    for path, kind in ((pipe, "a pipe (FIFO)"), (Path("/dev/zero"), "a device")):
        result = terminal.run("verify", option, path)
        what = path if option == "--trust" else f"--against {path}"
        assert (result.exit_code, complaints(result)) == (7, refusal(what, kind))


def test_evidence_is_read_up_to_its_largest_size_and_no_further(terminal: Terminal) -> None:
    path = terminal.folder / "large"
    with path.open("wb") as file:
        file.truncate(2**40)
    result = terminal.run("verify", "--against", path)
    error, hint = complaints(result)
    wanted = f"{path}: found over {EVIDENCE_BYTES_MAX} bytes, expected a checkpoint, a receipt or a line"
    assert (result.exit_code, error) == (6, f"ratsbuch: error: {wanted}")
    assert hint == "ratsbuch: hint: name the file that was kept; no evidence is as large"


def test_pipe_in_place_of_the_memory_file_is_damaged_memory_and_nobody_waits_for_it(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL))
    memory(terminal).unlink()
    os.mkfifo(memory(terminal))
    assert findings(terminal) == {(5, "MEMORY_DAMAGED", "indeterminate")}
    result = terminal.run("record", terminal.write(ORGAN))
    assert (result.exit_code, complaints(result)) == (7, refusal(memory(terminal), "a pipe (FIFO)"))


def test_evidence_of_other_registers_speaks_against_nothing_here(terminal: Terminal) -> None:
    other = Terminal(terminal.folder / "other", terminal.folder)
    other.run("init", other.archive, "--name", "x", "--kind", "landkreis", "--rules", "sn-landkreis")
    line, note = other.ok("log", "checkpoint", "--line"), terminal.folder / "note"
    note.write_text(other.ok("log", "checkpoint"), encoding="utf-8")
    assert terminal.run("verify", "--against", line).exit_code == 4
    assert findings(terminal, "--against", line) == {(5, "LINE_OF_ANOTHER_REGISTER", "failed")}
    assert terminal.run("verify", "--against", note).exit_code == 3
    assert findings(terminal, "--against", note) == {(5, "EVIDENCE_OF_ANOTHER_LOG", "indeterminate")}


@pytest.mark.parametrize("kind", ["line", "checkpoint", "receipt"])
def test_lost_tail_is_proved_by_what_was_kept_even_without_the_memory_file(
    terminal: Terminal, backup: Path, kind: str
) -> None:
    kept = terminal.folder / "kept"
    if kind == "receipt":
        terminal.ok("receipt", "6", "-o", terminal.folder / "receipts")
        (path,) = (terminal.folder / "receipts").iterdir()
        shutil.move(path, kept)
    else:
        text = terminal.ok("log", "checkpoint", *(["--line"] if kind == "line" else []))
        kept.write_text(text, encoding="utf-8")
    put_back(terminal, backup)
    memory(terminal).unlink()
    assert terminal.run("verify").exit_code == 0
    assert terminal.run("verify", "--against", kept).exit_code == 4
    assert findings(terminal, "--against", kept) == {(5, "ROLLED_BACK", "failed")}


@pytest.mark.parametrize(
    ("change", "code", "verdict", "exit_code"),
    [
        (
            lambda lines: [line for line in lines if not line.startswith("extra ")],
            "RECEIPT_WITHOUT_ENTRY",
            "indeterminate",
            3,
        ),
        (
            lambda lines: ["index 1" if line.startswith("index ") else line for line in lines],
            "RECEIPT_INVALID",
            "failed",
            4,
        ),
    ],
)
def test_receipt_whose_proof_does_not_hold_is_no_evidence(
    terminal: Terminal, change: Callable[[list[str]], list[str]], code: str, verdict: str, exit_code: int
) -> None:
    terminal.ok("receipt", "3", "-o", terminal.folder / "receipts")
    (path,) = (terminal.folder / "receipts").iterdir()
    lines = path.read_text(encoding="utf-8").split("\n")
    assert change(lines) != lines
    path.write_text("\n".join(change(lines)), encoding="utf-8")
    assert terminal.run("verify", "--against", path).exit_code == exit_code
    assert (5, code, verdict) in findings(terminal, "--against", path)


# -- receipts ---------------------------------------------------------------------------------------


def test_receipts_of_a_thing_are_one_file_an_event(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL, "a.toml"), terminal.write(WITHDRAWN, "b.toml"))
    stream = terminal.json("show", "0012")["stream"]
    folder = terminal.folder / "receipts"
    names = [folder / f"{stream.replace(':', '-')}-{seq}.tlog-proof" for seq in (1, 2)]
    assert terminal.ok("receipt", "0012", "-o", folder).splitlines() == [f"      5  {names[0]}", f"      6  {names[1]}"]
    assert [parse_proof(name.read_bytes()).index for name in names] == [4, 5]
    assert sorted(folder.iterdir()) == names
    assert terminal.run("verify", "--against", names[0], "--against", names[1], "--require-memory").exit_code == 0


@pytest.mark.parametrize("named", ["{}#1", "5", "position:5", "proposal:{{reference=0012}}#1"])
def test_one_event_is_named_by_its_id_or_position(
    terminal: Terminal, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.ok("record", terminal.write(PROPOSAL, "a.toml"), terminal.write(WITHDRAWN, "b.toml"))
    monkeypatch.chdir(terminal.folder)
    stream = terminal.json("show", "0012")["stream"]
    document = terminal.json("receipt", named.format(stream))
    name = f"{stream.replace(':', '-')}-1.tlog-proof"
    assert set(document) == {"format", "size", "root", "receipts"}
    assert (document["format"], document["size"]) == ("ratsbuch-receipt/1", 6)
    assert document["receipts"] == [{"position": 5, "file": name, "new": True}]
    assert (terminal.folder / name).is_file()


def test_number_that_is_both_a_position_and_a_reference_is_not_guessed(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL.replace('"0012"', '"3"')))
    result = terminal.run("receipt", "3", "-o", terminal.folder / "receipts")
    assert result.exit_code == 6
    assert complaints(result)[0] == (
        'ratsbuch: error: found "3", which is a position and a number that something bears; expected one of them'
    )
    assert complaints(result)[1].startswith("ratsbuch: hint: position:3 is the event at that position, proposal:")
    assert "      3  " in terminal.ok("receipt", "position:3", "-o", terminal.folder / "receipts")


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("99", "position 99: there is no such event"),
        ("0099", 'found "0099", which is no Vorlagen-Nr. or Beschluss-Nr. on record'),
        ("proposal:{reference=0012}#7", "has 1 event"),
    ],
)
def test_receipt_of_an_unknown_event_exits_6_and_writes_nothing(terminal: Terminal, named: str, says: str) -> None:
    terminal.ok("record", terminal.write(PROPOSAL))
    result = terminal.run("receipt", named, "-o", terminal.folder / "receipts")
    assert result.exit_code == 6
    assert says in complaints(result)[0]
    assert not (terminal.folder / "receipts").exists()


def test_event_that_no_checkpoint_is_over_has_no_receipt_yet(terminal: Terminal) -> None:
    (terminal.keys / "log-ed25519.key.pem").unlink()
    terminal.run("record", terminal.write(PROPOSAL))
    result = terminal.run("receipt", "0012", "-o", terminal.folder / "receipts")
    assert result.exit_code == 3
    assert complaints(result) == [
        "ratsbuch: error: position 5: the newest checkpoint is over 4 events, so nothing vouches for it yet",
        "ratsbuch: hint: the next recording command signs one that does",
    ]


def test_receipt_is_never_overwritten_and_the_same_one_stays(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL))
    folder = terminal.folder / "receipts"
    terminal.ok("receipt", "0012", "-o", folder)
    (path,) = folder.iterdir()
    before = path.read_bytes()
    assert terminal.ok("receipt", "0012", "-o", folder).endswith("  (was there)\n")
    terminal.ok("record", terminal.write(WITHDRAWN, "b.toml"))
    result = terminal.run("receipt", "0012", "-o", folder)
    assert result.exit_code == 7
    assert complaints(result)[0] == (
        f"ratsbuch: error: {path}: exists already and holds something else, such as a receipt against an earlier "
        "checkpoint"
    )
    assert (path.read_bytes(), list(folder.iterdir())) == (before, [path])


def test_receipt_of_an_erased_token_is_given(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL, "a.toml"), terminal.write(WITHDRAWN, "b.toml"))
    stream = terminal.json("show", "0012")["stream"]
    terminal.ok("erase", f"token:{stream}#2", "--ground", "Art. 17 DSGVO")
    printed = terminal.ok("receipt", stream, "-o", terminal.folder / "receipts")
    assert [line.split()[0] for line in printed.splitlines()] == ["5", "6"]


# -- log checkpoint, log publish --------------------------------------------------------------------


def test_checkpoint_is_printed_as_it_was_signed(terminal: Terminal) -> None:
    note = checkpoints(terminal)[4].decode()
    assert terminal.ok("log", "checkpoint") == note
    document = terminal.json("log", "checkpoint")
    assert set(document) == {"format", "size", "root", "note", "line"}
    assert (document["format"], document["size"], document["note"]) == ("ratsbuch-log-checkpoint/1", 4, note)
    assert terminal.ok("log", "checkpoint", "--line") == document["line"] + "\n"


def test_line_bears_the_day_of_the_clock_on_the_wall(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_means", lambda: Means(clock=Clock(OPENED_AT), random=os.urandom))
    line = terminal.ok("log", "checkpoint", "--line")
    day = dt.datetime.fromtimestamp(OPENED_AT).astimezone().date()
    assert line.startswith(f"RATSBUCH {terminal.register[:8].upper()} / 4 / {day} / ")


def test_checkpoint_that_is_behind_the_record_says_so(terminal: Terminal) -> None:
    (terminal.keys / "log-ed25519.key.pem").unlink()
    terminal.run("record", terminal.write(PROPOSAL))
    result = terminal.run("log", "checkpoint")
    assert (result.exit_code, result.stdout.splitlines()[1]) == (0, "4")
    assert complaints(result) == [
        "ratsbuch: warning: 1 event recorded since; the next recording command signs a checkpoint over all"
    ]


def without_checkpoint(terminal: Terminal) -> None:
    terminal.execute("DELETE FROM checkpoints")
    shutil.rmtree(terminal.archive / "log")


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [
        (("log", "checkpoint"), 3),
        (("log", "publish", "public"), 3),
        (("receipt", "3"), 3),
        (("log", "rebuild"), 7),
    ],
    ids=["checkpoint", "publish", "receipt", "rebuild"],
)
def test_without_any_checkpoint_nothing_is_handed_out(
    terminal: Terminal, command: tuple[str, ...], exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(terminal.folder)
    without_checkpoint(terminal)
    result = terminal.run(*command)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert "no checkpoint yet" in complaints(result)[0]
    assert complaints(result)[1] == "ratsbuch: hint: the next recording command signs one"


def test_publish_writes_what_others_need_and_then_only_what_is_new(terminal: Terminal) -> None:
    public = terminal.folder / "public"
    root = terminal.json("verify")["root"]
    assert terminal.ok("log", "publish", public).splitlines() == [
        f"published  {public}, 4 events, root {root}",
        "before     nothing",
    ]
    assert {"checkpoint", "log.vkey", "log-mldsa44.vkey", "tile"} <= {path.name for path in public.iterdir()}
    assert (public / "checkpoint").read_bytes() == checkpoints(terminal)[4]
    pinned = terminal.pin.read_text(encoding="utf-8")
    assert all(f"log {(public / name).read_text().strip()}\n" in pinned for name in ("log.vkey", "log-mldsa44.vkey"))
    terminal.ok("record", terminal.write(ORGAN))
    document = terminal.json("log", "publish", public)
    assert set(document) == {"format", "directory", "before", "damaged", "size", "root"}
    assert (document["format"], document["before"], document["size"]) == ("ratsbuch-log-publish/1", 4, 5)
    assert document["damaged"] == []
    assert terminal.run("verify", "--against", public / "checkpoint", "--require-memory").exit_code == 0


def test_publish_says_what_was_damaged_and_writes_it_anew(terminal: Terminal) -> None:
    public = terminal.folder / "public"
    terminal.ok("log", "publish", public)
    tile, bundle = public / "tile/0/000.p/4", public / "tile/entries/000.p/4"
    sound = tile.read_bytes(), bundle.read_bytes()
    tile.write_bytes(sound[0][:-1])
    bundle.unlink()
    result = terminal.run("log", "publish", public)
    assert (result.exit_code, result.stdout.splitlines()[2:]) == (
        0,
        [
            "damaged    tile/entries/000.p/4: found no file, expected 264 bytes; written anew",
            "damaged    tile/0/000.p/4: found 127 bytes, expected 128 bytes; written anew",
        ],
    )
    assert complaints(result) == [f"ratsbuch: warning: {public}: what was published had been damaged; find out how"]
    assert (tile.read_bytes(), bundle.read_bytes()) == sound
    tile.write_bytes(bytes(128))
    found = {
        "path": "tile/0/000.p/4",
        "found": "another hash of position 1",
        "expected": "that of the record",
    }
    assert terminal.json("log", "publish", public)["damaged"] == [found]
    assert terminal.run("log", "publish", public).stderr == ""


def test_publish_into_a_folder_with_something_else_exits_7(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "photo.jpg").touch()
    result = terminal.run("log", "publish", folder)
    assert result.exit_code == 7
    assert complaints(result) == [
        f"ratsbuch: error: {folder}: found 'photo.jpg' and no published log, expected an empty folder",
        "ratsbuch: hint: choose another folder; nothing that was published is overwritten",
    ]
    assert [path.name for path in folder.iterdir()] == ["photo.jpg"]


def test_publish_over_the_log_of_another_register_exits_7(terminal: Terminal) -> None:
    other = Terminal(terminal.folder / "other", terminal.folder)
    other.run("init", other.archive, "--name", "x", "--kind", "landkreis", "--rules", "sn-landkreis")
    public = terminal.folder / "public"
    other.ok("log", "publish", public)
    before = (public / "checkpoint").read_bytes()
    result: Result = terminal.run("log", "publish", public)
    assert result.exit_code == 7
    assert "the log of another register: found origin " in complaints(result)[0]
    assert (public / "checkpoint").read_bytes() == before
