"""What holds for every command: options, errors, exit codes, start-up."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

import cli
from archive.archive import Archive
from archive.errors import EvidenceError, InputError, IntegrityError, ServiceError, StorageError
from domain.errors import ConflictError, RatsbuchError, RuleError, WithheldError


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let every command that opens an archive fail."""

    def broken(*_: object, **__: object) -> Archive:
        raise error

    monkeypatch.setattr(Archive, "open", broken)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (EvidenceError("x"), 3),
        (IntegrityError("x"), 4),
        (RuleError("x"), 5),
        (ConflictError("x"), 5),
        (WithheldError("x"), 5),
        (InputError("x"), 6),
        (StorageError("x"), 7),
        (ServiceError("x"), 8),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_class_of_error_has_its_exit_code(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, error: RatsbuchError, exit_code: int
) -> None:
    fail(monkeypatch, error)
    result = terminal.run("list")
    assert (result.exit_code, result.stdout, complaints(result)) == (exit_code, "", ["ratsbuch: error: x"])


def test_error_of_many_lines_is_an_error_on_every_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, InputError("one\ntwo\x1b", hint="three"))
    assert complaints(terminal.run("list")) == [
        "ratsbuch: error: one",
        "ratsbuch: error: two\\u001b",
        "ratsbuch: hint: three",
    ]


def test_unexpected_failure_exits_1_and_is_called_a_bug(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, ZeroDivisionError("division by zero"))
    result = terminal.run("list")
    assert result.exit_code == 1
    assert complaints(result) == [
        "ratsbuch: error: unexpected failure: ZeroDivisionError: division by zero (a bug)",
        "ratsbuch: hint: give the command again with --debug, and report what it prints",
    ]


def test_traceback_is_shown_with_debug_only(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, ZeroDivisionError())
    assert "Traceback (most recent call last)" in terminal.run("list", "--debug").stderr
    assert "Traceback (most recent call last)" in terminal.run("--debug", "list").stderr
    assert "Traceback" not in terminal.run("list").stderr


def test_interrupted_recording_keeps_what_is_done_and_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Archive.record
    done: list[int] = []

    def second_time(self: Archive, *arguments: object, **options: object) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return record(self, *arguments, **options)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(Archive, "record", second_time)
    result = terminal.run("record", terminal.write(ORGAN, "a.toml"), terminal.write(PROPOSAL, "b.toml"))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "a.toml: 1 event recorded"
    assert complaints(result) == [
        "ratsbuch: error: interrupted: what is printed above is done; the file after it is recorded in whole or not",
        "ratsbuch: hint: give the same command again; no file is recorded twice",
    ]
    assert terminal.state().events == 5
    monkeypatch.undo()


def test_interrupt_by_signal_exits_1(terminal: Terminal) -> None:
    code = (
        "import os, signal, sys, time; import cli; from archive.archive import Archive\n"
        # Whatever started the tests may have had it ignored, as a shell does for what runs in its background.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        # The signal may reach another thread first, and the main one a moment later.
        "Archive.open = lambda *a, **k: (os.kill(os.getpid(), signal.SIGINT), time.sleep(30))\n"
        "sys.argv = ['ratsbuch', '-C', sys.argv[1], 'list']; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, terminal.archive], cwd=root(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ratsbuch: error: interrupted: ")
    assert signal.getsignal(signal.SIGINT) is not None


def root() -> Path:
    """Give the folder that the packages are imported from."""
    return Path(str(cli.__file__)).parent


@pytest.mark.parametrize("arguments", [("nonsense",), ("list", "--nonsense"), ("show",), ("record",)])
def test_wrong_usage_exits_2(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    result = terminal.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")


# -- options ----------------------------------------------------------------------------------------


def test_archive_is_named_before_or_after_the_command_or_by_the_environment(terminal: Terminal) -> None:
    runner, folder = CliRunner(), str(terminal.archive)
    commands: list[tuple[list[str], dict[str, str]]] = [
        (["-C", folder, "keys", "list"], {}),
        (["keys", "list", "-C", folder], {}),
        (["keys", "list"], {"RATSBUCH_ARCHIVE": folder}),
        (["-C", "elsewhere", "keys", "list", "-C", folder], {"RATSBUCH_ARCHIVE": "nowhere"}),
    ]
    printed = {runner.invoke(cli.main, arguments, env=environment).stdout for arguments, environment in commands}
    assert len(printed) == 1
    assert printed != {""}


def test_archive_is_the_current_folder_unless_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(terminal.archive)
    assert CliRunner().invoke(cli.main, ["list"]).exit_code == 0
    monkeypatch.chdir(terminal.folder)
    assert CliRunner().invoke(cli.main, ["list"]).exit_code == 7


def test_one_run_leaves_nothing_to_the_next(terminal: Terminal) -> None:
    assert terminal.run("--json", "list").stdout.startswith("{")
    assert not terminal.run("list").stdout.startswith("{")


def test_json_may_stand_before_the_command(terminal: Terminal) -> None:
    assert terminal.run("--json", "list").stdout == terminal.run("list", "--json").stdout


def test_xdg_folders_that_are_relative_are_ignored(
    terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert cli._xdg("XDG_CONFIG_HOME", ".config") == home / ".config" / "ratsbuch"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert cli._xdg("XDG_CONFIG_HOME", ".config") == home / ".config" / "ratsbuch"


# -- start-up ---------------------------------------------------------------------------------------


def test_version_is_printed() -> None:
    result = CliRunner().invoke(cli.main, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"ratsbuch {cli.VERSION}\n")


@pytest.mark.checkout
def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == cli.VERSION


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = "import sys; import cli; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root(), capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    ours = [name for name in loaded if name.partition(".")[0] in {"archive", "cli", "domain", "projections", "schemas"}]
    assert ours == ["archive", "archive.errors", "cli", "domain", "domain.errors"]
    heavy = {"asyncio", "cryptography", "eventsourcing", "importlib.metadata", "json", "msgspec", "pathlib", "rich"}
    assert not heavy & set(loaded)


def test_every_command_has_help_with_a_sentence() -> None:
    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                walk(inner, (*path, name))
        result = CliRunner().invoke(cli.main, [*path, "--help"])
        assert result.exit_code == 0
        assert command.help, path
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, (path, parameter.name)

    walk(cli.main, ())
