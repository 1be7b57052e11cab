"""`ratsbuch doctor`: one line a check, and an exit code that says how bad it is."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest
from click.testing import CliRunner
from support.archives import Clock
from support.terminal import PROPOSAL, Terminal

import cli
from archive import doctor
from archive.archive import Means

if TYPE_CHECKING:
    from pathlib import Path


def checks(terminal: Terminal, *arguments: object) -> dict[str, dict[str, Any]]:
    document = terminal.json(*arguments, "doctor")
    rows = cast("list[dict[str, Any]]", document["checks"])
    assert (document["format"], {"ok", "warn", "fail"} >= {row["level"] for row in rows}) == ("ratsbuch-doctor/1", True)
    return {row["name"]: row for row in rows}


def test_archive_that_is_in_order_exits_0(terminal: Terminal) -> None:
    result = terminal.run("doctor")
    assert result.exit_code == 0, result.output
    levels = {name: row["level"] for name, row in checks(terminal).items()}
    assert {name for name, level in levels.items() if level == "ok"} >= {
        *("python", "sqlite", "openssl", "import names", "archive", "archive folder", "schema", "durability"),
        *("write-ahead log", "clock", "key folder", "pin"),
    }
    # What a fresh archive leaves to be done: a passphrase, and the root key offline.
    assert (levels["keys"], levels["root key"]) == ("warn", "warn")
    assert "ok    schema           tables, indexes and triggers as made" in result.stdout.splitlines()


def test_without_an_archive_the_installation_is_examined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.main, ["doctor"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines if "import names" not in line][:4] == [
        *("python", "sqlite", "openssl", "installation"),
    ]
    assert lines[-2:] == ["warn  archive          none here", "                       -> name one with -C DIR"]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DROP TRIGGER stored_events_no_update", "trigger stored_events_no_update is missing"),
        (
            "CREATE TRIGGER mine AFTER INSERT ON documents BEGIN SELECT 1; END",
            "trigger mine is not ours",
        ),
        ("ALTER TABLE lookups ADD COLUMN more TEXT", "table lookups was changed"),
    ],
)
def test_schema_that_was_changed_exits_4(terminal: Terminal, statement: str, found: str) -> None:
    connection = sqlite3.connect(terminal.archive / "record.db", isolation_level=None)
    connection.execute(statement)
    connection.close()
    assert terminal.run("doctor").exit_code == 4
    schema = checks(terminal)["schema"]
    assert (schema["level"], schema["found"], schema["altered"]) == ("fail", found, True)


def test_journal_that_is_no_longer_wal_exits_4(terminal: Terminal) -> None:
    connection = sqlite3.connect(terminal.archive / "record.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    assert terminal.run("doctor").exit_code == 4
    assert checks(terminal)["durability"]["found"].startswith("journal_mode=delete, synchronous=2, expected wal and 2")


@pytest.mark.parametrize(
    ("what", "mode", "name", "level", "exit_code"),
    [
        ("archive", 0o750, "archive folder", "warn", 0),
        ("archive", 0o770, "archive folder", "fail", 7),
        ("keys", 0o755, "key folder", "warn", 0),
        ("key", 0o640, "keys", "fail", 7),
    ],
)
def test_what_others_may_read_or_write_is_named(  # the modes and what they mean
    terminal: Terminal, what: str, mode: int, name: str, level: str, exit_code: int
) -> None:
    path = {"archive": terminal.archive, "keys": terminal.keys, "key": terminal.keys / "root.key.pem"}[what]
    path.chmod(mode)
    assert terminal.run("doctor").exit_code == exit_code
    assert checks(terminal)[name]["level"] == level


def test_clock_behind_the_last_recording_exits_7(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_means", lambda: Means(clock=Clock(0), random=bytes))
    assert terminal.run("doctor").exit_code == 7
    clock = checks(terminal)["clock"]
    assert clock["found"].endswith("seconds behind the last recording: nothing can be recorded")
    assert clock["hint"] == "set it right"


def test_pin_that_is_missing_or_another_registers_is_named(terminal: Terminal) -> None:
    text = terminal.pin.read_text(encoding="utf-8")
    terminal.pin.unlink()
    assert terminal.run("doctor").exit_code == 0
    assert checks(terminal)["pin"]["level"] == "warn"
    terminal.pin.write_text(text.replace("# anchor ", "# anchor " + "0" * 64 + "\n# was ", 1), encoding="utf-8")
    assert terminal.run("doctor").exit_code == 4
    assert checks(terminal)["pin"]["hint"] == "this is not the register that was pinned"


def test_archive_that_cannot_be_opened_exits_7(terminal: Terminal) -> None:
    (terminal.archive / "record.db").unlink()
    assert terminal.run("doctor").exit_code == 7
    assert checks(terminal)["archive"]["found"].endswith("record.db: not found; the archive is not complete")


def test_key_folder_that_is_not_there_is_a_warning(terminal: Terminal) -> None:
    assert checks(terminal, "--keys", terminal.folder / "nowhere")["keys"]["level"] == "warn"


def test_interrupted_erasure_is_finished(terminal: Terminal) -> None:
    document = terminal.folder / "large.txt"
    document.write_bytes(b"x" * 70_000)
    terminal.ok("record", terminal.write(PROPOSAL + 'document = { file = "large.txt" }\n'), "--document", document)
    (file,) = [path for path in (terminal.archive / "documents").rglob("*") if path.is_file()]
    assert "documents" not in checks(terminal)
    assert file.exists()
    terminal.execute("DELETE FROM documents")
    assert "documents" not in checks(terminal)
    assert file.exists(), "a row that was lost is no erasure"
    terminal.execute("INSERT INTO erasing VALUES ('file', NULL, ?)", file.name)
    assert checks(terminal)["documents"]["found"] == "1 files of an interrupted erasure were deleted"
    assert not file.exists()


# -- the installation -------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an installation of one file, found before the real one."""
    folder = tmp_path / "site"
    info = folder / "ratsbuch-9.dist-info"
    info.mkdir(parents=True)
    (folder / "some.py").write_bytes(b"pass\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"pass\n").digest()).rstrip(b"=").decode()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ratsbuch\nVersion: 9\n", encoding="utf-8")
    (info / "RECORD").write_text(f"some.py,sha256={digest},5\nratsbuch-9.dist-info/RECORD,,\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def installation() -> doctor.Check:
    found = doctor.examine(None, means=Means(clock=Clock(), random=bytes), keys=_unused, pin=_unused)
    return next(check for check in found if check.name == "installation")


def _unused(register: str) -> NoReturn:
    raise AssertionError(register)


def test_installation_is_held_against_its_record(installed: Path) -> None:
    assert installation() == doctor.Check(
        name="installation", level=doctor.Level.OK, found="9, 1 files as in the wheel"
    )


@pytest.mark.parametrize("content", [b"evil\n", None], ids=["changed", "missing"])
def test_installed_file_that_was_changed_is_named(installed: Path, content: bytes | None) -> None:
    (installed / "some.py").unlink()
    if content is not None:
        (installed / "some.py").write_bytes(content)
    check = installation()
    assert (check.level, check.altered) == (doctor.Level.FAIL, True)
    assert check.found == "1 of 1 files are missing or changed: some.py"


def test_editable_installation_says_so(installed: Path) -> None:
    url = '{"url": "file:///x", "dir_info": {"editable": true}}'
    (installed / "ratsbuch-9.dist-info" / "direct_url.json").write_text(url, encoding="utf-8")
    assert installation().found == "9, editable: the files of a working copy, nothing to compare them with"


def test_other_distribution_of_our_names_is_named(installed: Path) -> None:
    info = installed / "intruder-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1\n", encoding="utf-8")
    (info / "RECORD").write_text("domain/__init__.py,,\n", encoding="utf-8")
    (installed / "domain").mkdir()
    (installed / "domain" / "__init__.py").touch()
    found = doctor.examine(None, means=Means(clock=Clock(), random=bytes), keys=_unused, pin=_unused)
    check = next(check for check in found if check.name == "import names")
    assert (check.level, check.found) == (doctor.Level.FAIL, "also provided: domain by intruder")
