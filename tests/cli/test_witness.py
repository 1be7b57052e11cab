"""Witnesses on the command line: asked by recording and by `log witness`, believed by `verify --trust`, and served."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.archives import Clock
from support.logs import TIME
from support.neighbour import Neighbour, log_vkeys, name_policy, neighbour, policy
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints
from support.witnesses import PATIENCE_SECONDS, misbehaving, until_cut

import cli
from archive.archive import Means
from archive.log.note import parse_vkey
from archive.log.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = 3600
UNREACHABLE = "service {}/add-checkpoint: cannot be reached: Connection refused"


@pytest.fixture
def beside(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neighbour]:
    """A witness that knows the terminal's log; both have the same time."""
    monkeypatch.setattr(cli, "_means", lambda: Means(clock=Clock(TIME + 2 * 10**8), random=os.urandom))
    with neighbour(terminal, tmp_path) as witness:
        witness.witness.now = TIME + 2 * 10**8
        yield witness


def nobody() -> str:
    """Give an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def anchor(terminal: Terminal) -> str:
    return parse_policy(terminal.pin.read_bytes()).anchor_hex or ""


def trust(terminal: Terminal, text: str) -> Path:
    path = terminal.folder / "trust.policy"
    path.write_text(text, encoding="utf-8")
    return path


def cosignatures(terminal: Terminal) -> list[int]:
    """Give the sizes of the checkpoints that anything was added to, one for each line."""
    with sqlite3.connect(terminal.archive / "record.db") as connection:
        rows = connection.execute("SELECT size FROM cosignatures ORDER BY size").fetchall()
    connection.close()
    return [size for (size,) in rows]


# -- recording --------------------------------------------------------------------------------------


def test_recording_asks_the_witnesses_of_the_archives_policy(terminal: Terminal, beside: Neighbour) -> None:
    name_policy(terminal, beside.policy())
    printed = terminal.ok("record", terminal.write(ORGAN, "a.toml")).splitlines()
    assert printed[-1] == f"witness    {beside.url}: cosigned 5 events"
    document = terminal.json("record", terminal.write(PROPOSAL, "b.toml"))
    assert document["witnesses"] == [
        {"url": beside.url, "size": 6, "cosigned_at": TIME + 2 * 10**8, "problem": None},
    ]
    assert cosignatures(terminal) == [5, 5, 6, 6]
    assert [line.split()[0] for line in beside.witness.reports] == ["cosigned", "cosigned"]


def test_rehearsal_asks_nobody_and_what_is_cosigned_is_not_asked_for_again(
    terminal: Terminal, beside: Neighbour
) -> None:
    name_policy(terminal, beside.policy())
    path = terminal.write(ORGAN)
    terminal.ok("record", path, "--dry-run")
    assert beside.witness.reports == []
    terminal.ok("record", path)
    assert terminal.ok("record", path).splitlines()[-1] == f"witness    {beside.url}: cosigned 5 events"
    assert len(beside.witness.reports) == 1


def test_witness_that_is_down_is_a_warning_with_the_age_of_its_last_cosignature(
    terminal: Terminal, beside: Neighbour
) -> None:
    url = nobody()
    name_policy(terminal, policy(url))
    result = terminal.run("record", terminal.write(ORGAN, "a.toml"))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("checkpoint 5 events, root ")
    assert complaints(result) == [
        f"ratsbuch: warning: {UNREACHABLE.format(url)}; it has cosigned nothing yet",
        "ratsbuch: hint: check the address and the network; nothing was changed here",
    ]
    name_policy(terminal, beside.policy())
    beside.witness.now -= 3 * HOUR
    terminal.ok("record", terminal.write(ORGAN, "a.toml"))
    name_policy(terminal, policy(url))
    result = terminal.run("record", terminal.write(PROPOSAL, "b.toml"))
    assert result.exit_code == 0
    assert complaints(result)[0].endswith("; its last cosignature is over 5 events and 3 hours old")
    document = terminal.json("record", terminal.write(PROPOSAL, "b.toml"))
    (witness,) = document["witnesses"]
    assert (witness["url"], witness["size"], witness["cosigned_at"]) == (url, 5, beside.witness.now)
    assert witness["problem"].endswith("cannot be reached: Connection refused")


def test_witness_that_stalls_is_waited_for_no_longer_than_the_bound(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "WITNESS_SECONDS_MAX", 0.2)
    with misbehaving(until_cut) as port:
        name_policy(terminal, policy(f"http://127.0.0.1:{port}"))
        result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 0
    assert terminal.state().events == 5
    assert complaints(result)[0].endswith("; it has cosigned nothing yet")


def test_witness_that_saw_more_is_a_warning_that_says_what_to_look_into(terminal: Terminal, beside: Neighbour) -> None:
    name_policy(terminal, beside.policy())
    shutil.copytree(terminal.archive, terminal.folder / "backup")
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL, "a.toml"))
    shutil.rmtree(terminal.archive)
    shutil.copytree(terminal.folder / "backup", terminal.archive)
    shutil.rmtree(os.environ["XDG_STATE_HOME"])
    result = terminal.run("record", terminal.write(ORGAN, "b.toml"))
    assert result.exit_code == 0
    warning, hint = complaints(result)
    assert "that it has seen a later checkpoint, of size 6" in warning
    assert "`ratsbuch verify --against FILE`" in hint
    result = terminal.run("log", "witness", beside.url)
    assert result.exit_code == 8
    assert "that it has seen a later checkpoint, of size 6" in complaints(result)[0]


def test_witness_that_lost_its_memory_is_named(terminal: Terminal, beside: Neighbour, tmp_path: Path) -> None:
    name_policy(terminal, beside.policy())
    terminal.ok("record", terminal.write(ORGAN))
    (tmp_path / "second").mkdir()
    with neighbour(terminal, tmp_path / "second") as forgetful:
        name_policy(terminal, forgetful.policy())
        result = terminal.run("log", "witness", forgetful.url)
        assert result.exit_code == 0
    assert complaints(result) == [
        f"ratsbuch: warning: witness {forgetful.url}: lost its memory: it named a smaller size than it had cosigned"
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "no witness was asked: policy {}: cannot be read: No such file or directory"),
        ("quorum\n", "no witness was asked: policy {}: line 1: found 0 items, expected quorum <name>"),
    ],
    ids=["missing", "no-policy"],
)
def test_policy_of_the_archive_that_is_none_is_a_warning(terminal: Terminal, text: str | None, says: str) -> None:
    name_policy(terminal, text or "")
    path = terminal.archive / "witnesses.policy"
    if text is None:
        path.unlink()
    result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 0
    assert complaints(result)[0] == f"ratsbuch: warning: {says.format(path)}"


# -- log witness ------------------------------------------------------------------------------------


def test_log_witness_asks_one_and_keeps_what_it_adds(terminal: Terminal, beside: Neighbour) -> None:
    path = trust(terminal, beside.policy())
    root = terminal.json("verify")["root"]
    assert terminal.ok("log", "witness", beside.url + "/", "--policy", path) == (
        f"witness    {beside.url}: cosigned 4 events, root {root}\n"
    )
    note = terminal.ok("log", "checkpoint")
    assert note.count("\n— nachbar.example/w1 ") == 2
    terminal.ok("log", "publish", terminal.folder / "public")
    assert (terminal.folder / "public" / "checkpoint").read_text(encoding="utf-8") == note
    document = terminal.json("log", "witness", beside.url, "--policy", path)
    assert document == {
        "format": "ratsbuch-log-witness/1",
        "url": beside.url,
        "cosigned_at": TIME + 2 * 10**8,
        "forgot": False,
        "size": 4,
        "root": root,
    }


def test_log_witness_of_one_that_is_down_exits_8_and_changes_nothing(terminal: Terminal) -> None:
    url = nobody()
    result = terminal.run("log", "witness", url, "--policy", trust(terminal, policy(url)))
    assert (result.exit_code, result.stdout) == (8, "")
    assert complaints(result)[0] == f"ratsbuch: error: {UNREACHABLE.format(url)}"
    assert cosignatures(terminal) == []


def test_log_witness_of_one_that_does_not_know_the_log_exits_8(terminal: Terminal, tmp_path: Path) -> None:
    other = Terminal(terminal.folder / "other", terminal.folder)
    other.run("init", other.archive, "--name", "x", "--kind", "landkreis", "--rules", "sn-landkreis")
    with neighbour(other, tmp_path) as stranger:
        result = terminal.run("log", "witness", stranger.url, "--policy", trust(terminal, stranger.policy()))
    assert result.exit_code == 8
    assert "it does not know the log" in complaints(result)[0]


def test_log_witness_wants_a_policy_that_knows_it(terminal: Terminal) -> None:
    result = terminal.run("log", "witness", "http://127.0.0.1:1")
    assert result.exit_code == 6
    assert complaints(result)[0].endswith("ratsbuch.toml names no policy, so the witness's keys are not known")
    path = trust(terminal, policy("http://127.0.0.1:2"))
    result = terminal.run("log", "witness", "http://127.0.0.1:1", "--policy", path)
    assert result.exit_code == 6
    found = "witness 'http://127.0.0.1:1': the policy has no witness at that address, only: http://127.0.0.1:2"
    assert complaints(result) == [
        f"ratsbuch: error: {found}",
        "ratsbuch: hint: add a line: witness NAME VKEY URL",
    ]
    assert terminal.run("log", "witness", "http://127.0.0.1:1", "--policy", path.with_name("no")).exit_code == 7


# -- verify -----------------------------------------------------------------------------------------


def test_quorum_of_cosignatures_is_memory_from_outside_up_to_its_size(terminal: Terminal, beside: Neighbour) -> None:
    name_policy(terminal, beside.policy())
    terminal.ok("record", terminal.write(ORGAN, "a.toml"))
    name_policy(terminal, policy(nobody()))
    terminal.run("record", terminal.write(PROPOSAL, "b.toml"))
    path = trust(terminal, beside.policy(anchor(terminal), quorum="beide"))
    document = terminal.json("verify", "--trust", path, "--require-memory")
    assert (document["verdict"], document["rests_on"]["memory"]) == (
        "passed",
        "1 witness (size 5)",
    )  # two keys, one party
    assert document["size"] == 6
    assert "(Erinnerung: 1 Gegenprüfstelle (Stand 5); " in terminal.ok("verify", "--trust", path)
    # Whoever does not name them in a trust file does not believe them.
    assert terminal.run("verify", "--require-memory").exit_code == 3


def test_cosignatures_short_of_the_quorum_are_no_memory(terminal: Terminal, beside: Neighbour) -> None:
    name_policy(terminal, beside.policy())
    terminal.ok("record", terminal.write(ORGAN))
    terminal.execute("DELETE FROM cosignatures WHERE length(line) > 1000")
    path = trust(terminal, beside.policy(anchor(terminal), quorum="beide"))
    assert terminal.run("verify", "--trust", path, "--require-memory").exit_code == 3
    path = trust(terminal, beside.policy(anchor(terminal), quorum="nachbar"))
    assert terminal.json("verify", "--trust", path)["rests_on"]["memory"] == "1 witness (size 5)"


def test_cosignature_that_was_forged_exits_4(terminal: Terminal, beside: Neighbour) -> None:
    name_policy(terminal, beside.policy())
    terminal.ok("record", terminal.write(ORGAN))
    terminal.execute(
        "UPDATE cosignatures SET line = CAST(substr(CAST(line AS TEXT), 1, 80) || "
        "CASE substr(CAST(line AS TEXT), 81, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(CAST(line AS TEXT), 82) "
        "AS BLOB)"
    )
    path = trust(terminal, beside.policy(anchor(terminal)))
    result = terminal.run("verify", "--trust", path)
    assert result.exit_code == 4
    assert "step 5  EVIDENCE_INVALID  checkpoint 5, cosigned  failed" in result.stdout


def test_cosignatures_are_never_changed_or_deleted(terminal: Terminal, beside: Neighbour) -> None:
    name_policy(terminal, beside.policy())
    terminal.ok("record", terminal.write(ORGAN))
    connection = sqlite3.connect(terminal.archive / "record.db")
    try:
        for statement in ("DELETE FROM cosignatures", "UPDATE cosignatures SET size = 4"):
            with pytest.raises(sqlite3.IntegrityError, match=r"cosignatures are never (deleted|changed)"):
                connection.execute(statement)
    finally:
        connection.close()


# -- serve-witness ----------------------------------------------------------------------------------


def made(terminal: Terminal) -> tuple[Path, Path]:
    """Make a witness; give its memory and its key folder."""
    state, keys = terminal.folder / "witness.db", terminal.folder / "witness-keys"
    result = terminal.run(
        "log", "serve-witness", "--init", "--name", "nachbar.example/w", "--state", state, "--keys", keys
    )
    assert result.exit_code == 0, result.output
    return state, keys


def test_init_makes_keys_and_memory_and_prints_lines_for_policies(terminal: Terminal) -> None:
    state, keys = terminal.folder / "witness.db", terminal.folder / "keys"
    options = ("--init", "--name", "nachbar.example/w", "--state", state, "--keys", keys)
    printed = terminal.run("log", "serve-witness", *options).stdout.splitlines()
    assert printed[:2] == [f"keys       {keys}", f"memory     {state}"]
    lines = [line.replace(" URL", " http://nachbar.example") for line in printed if line.startswith("witness ")]
    believed = parse_policy("\n".join([*lines, "quorum none", ""]).encode())
    assert [witness.key.name for witness in believed.witnesses] == ["nachbar.example/w"] * 2
    assert [witness.key.type for witness in believed.witnesses] == [0x04, 0x06]
    assert {path.name for path in keys.iterdir()} == {
        *("witness-ed25519.key.pem", "witness-ed25519.vkey", "witness-mldsa44.key.pem", "witness-mldsa44.vkey")
    }
    before = {path: path.read_bytes() for path in (state, *keys.iterdir())}
    result = terminal.run("log", "serve-witness", *options)
    assert result.exit_code == 7
    assert complaints(result)[-2] == f"ratsbuch: error: {state}: is there already"
    state.rename(terminal.folder / "moved")
    assert terminal.run("log", "serve-witness", *options).exit_code == 7
    assert not state.exists()  # old keys never get a new memory
    (terminal.folder / "moved").rename(state)
    assert {path: path.read_bytes() for path in before} == before


def test_init_in_json_goes_to_the_data_folder_by_default(terminal: Terminal) -> None:
    state = terminal.folder / "witness.db"
    document = terminal.json("log", "serve-witness", "--init", "--name", "nachbar.example/w", "--state", state)
    keys = Path(os.environ["XDG_DATA_HOME"]) / "ratsbuch" / "witness"
    assert set(document) == {"format", "name", "keys", "state", "vkeys"}
    assert (document["format"], document["keys"]) == ("ratsbuch-log-serve-witness/1", str(keys))
    assert [parse_vkey(vkey).name for vkey in document["vkeys"]] == ["nachbar.example/w"] * 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_served_witness_cosigns_and_ends_with_0_when_it_is_told_to(terminal: Terminal, number: signal.Signals) -> None:
    state, keys = made(terminal)
    logs = terminal.folder / "logs.policy"
    logs.write_text("".join(f"log {vkey}\n" for vkey in log_vkeys(terminal)) + "quorum none\n", encoding="utf-8")
    command = [sys.executable, "-c", "import cli; cli.main()", "log", "serve-witness", "--port", "0"]
    options = ["--state", str(state), "--policy", str(logs), "--keys", str(keys)]
    server = subprocess.Popen(
        [*command, *options],
        cwd=Path(str(cli.__file__)).parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        word, url = server.stdout.readline().split()
        assert word == "listening"
        lines = [f"witness w {(keys / 'witness-ed25519.vkey').read_text().strip()} {url}", "quorum w", ""]
        path = trust(terminal, "\n".join([f"# anchor {anchor(terminal)}", *lines]))
        printed = terminal.ok("log", "witness", url, "--policy", path)
        assert printed.startswith(f"witness    {url}: cosigned 4 events, root ")
        assert terminal.run("verify", "--trust", path, "--require-memory").exit_code == 0
        server.send_signal(number)
        _, reported = server.communicate(timeout=PATIENCE_SECONDS)
    finally:
        server.kill()
        server.communicate()
    assert server.returncode == 0
    assert reported == f"cosigned '{terminal.register}.ratsbuch.invalid' at size 4\n"


def test_serving_wants_a_policy_and_init_a_name(terminal: Terminal) -> None:
    for options, says in (((), "name the logs with --policy FILE"), (("--init",), "--init wants a --name")):
        result = terminal.run("log", "serve-witness", "--state", terminal.folder / "w.db", *options)
        assert result.exit_code == 2
        assert says in result.stderr


def test_serving_what_is_not_there_or_knows_no_log_is_refused(terminal: Terminal) -> None:
    state, keys = made(terminal)
    logs = trust(terminal, "quorum none\n")
    options = ("log", "serve-witness", "--policy", logs, "--port", "0")
    result = terminal.run(*options, "--state", state, "--keys", keys)
    assert result.exit_code == 6
    assert complaints(result)[0] == "ratsbuch: error: log key: found none, expected at least one"
    result = terminal.run(*options, "--state", state.with_name("none.db"), "--keys", keys)
    assert result.exit_code == 7
    assert complaints(result)[0].startswith("ratsbuch: error: memory of the witness ")
    result = terminal.run(*options, "--state", state, "--keys", terminal.folder / "no-keys")
    assert result.exit_code == 7
    assert complaints(result) == [
        f"ratsbuch: error: {terminal.folder / 'no-keys' / 'witness-ed25519.vkey'}: not found",
        "ratsbuch: hint: make a witness first: `ratsbuch log serve-witness --init`",
    ]
    vkey = keys / "witness-ed25519.vkey"
    vkey.write_text((keys / "witness-mldsa44.vkey").read_text(encoding="utf-8"), encoding="utf-8")
    result = terminal.run(*options, "--state", state, "--keys", keys)
    assert result.exit_code == 7
    assert complaints(result)[0] == f"ratsbuch: error: {vkey}: is not the verifier key of witness-ed25519.key.pem"
