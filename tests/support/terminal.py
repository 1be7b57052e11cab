"""The command line for tests: an archive that `init` opened, and a way to give it commands."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from pathlib import Path
from typing import Any, Final, cast

from click.testing import CliRunner, Result
from msgspec import Struct

import cli

HEAD: Final = 'format = "ratsbuch-commands/1"\n'
ORGAN: Final = """
[[commands]]
type = "organ-registered/1"
new = "@kreistag"
role = "clerk"
visibility = "public"
occurred = { certainty = "unknown" }
[commands.data]
body = "body:{}"
name = "Kreistag"
kind = "council"
decides = true
"""
PROPOSAL: Final = """
[[commands]]
type = "proposal-registered/1"
new = "@p0012"
role = "clerk"
visibility = "public"
occurred = { at = "2026-11-02", certainty = "stated" }
[commands.data]
body = "body:{}"
kind = "resolution_proposal"
reference = "0012"
version = 1
subject = "Nahverkehrsplan"
operative_text = "Der Kreistag beschließt den Nahverkehrsplan."
reasons = "Die Begründung nennt Frau Beispiel."
"""


class State(Struct, frozen=True):
    """What lies in `record.db` and beside it; equal for two moments between which nothing was written."""

    events: int
    command_files: int
    documents: int
    files: tuple[str, ...]
    digest: str


class Terminal(Struct, frozen=True):
    """Somebody at a terminal, with an archive.

    Attributes:
        archive: The archive, opened with `init`.
        folder: Where command files are written.
    """

    archive: Path
    folder: Path

    def run(self, *arguments: object, stdin: str | bytes | None = None) -> Result:
        """Give a command; RATSBUCH_ARCHIVE names the archive."""
        environment = {"RATSBUCH_ARCHIVE": str(self.archive), "COLUMNS": "100"}
        return CliRunner().invoke(cli.main, [str(a) for a in arguments], input=stdin, env=environment)

    def ok(self, *arguments: object, stdin: str | bytes | None = None) -> str:
        """Give a command that has to succeed; give what it printed."""
        result = self.run(*arguments, stdin=stdin)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        return result.stdout

    def json(self, *arguments: object) -> dict[str, Any]:
        """Give a command with --json; give the document that it printed."""
        return cast("dict[str, Any]", json.loads(self.run(*arguments, "--json").stdout))

    def write(self, text: str, name: str = "commands.toml", *, head: str = HEAD) -> Path:
        """Write a command file."""
        path = self.folder / name
        path.write_text(head + text, encoding="utf-8")
        return path

    @property
    def register(self) -> str:
        """The register's UUID, as the settings have it."""
        line = (self.archive / "ratsbuch.toml").read_text(encoding="utf-8").splitlines()[1]
        return line.partition('"')[2].rstrip('"')

    @property
    def pin(self) -> Path:
        """Where the pin lies."""
        return Path(os.environ["XDG_CONFIG_HOME"]) / "ratsbuch" / "trust" / f"{self.register}.policy"

    @property
    def keys(self) -> Path:
        """Where the keys lie."""
        return Path(os.environ["XDG_DATA_HOME"]) / "ratsbuch" / "keys" / self.register

    def state(self) -> State:
        """Look at what is stored."""
        with sqlite3.connect(self.archive / "record.db") as connection:
            counts = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  # names of ours
                for table in ("stored_events", "command_files", "documents")
            ]
            rows = connection.execute("SELECT rowid, state FROM stored_events ORDER BY rowid").fetchall()
        connection.close()
        files = tuple(sorted(str(p.relative_to(self.archive)) for p in (self.archive / "documents").rglob("*")))
        return State(counts[0], counts[1], counts[2], files, hashlib.sha256(repr(rows).encode()).hexdigest())

    def execute(self, statement: str, *parameters: object) -> None:
        """Change the database as somebody would who takes its triggers out of the way."""
        with sqlite3.connect(self.archive / "record.db") as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute(statement, parameters)
            for _, again in triggers:
                connection.execute(again)
        connection.close()


def complaints(result: Result) -> list[str]:
    """Give the lines on stderr."""
    return result.stderr.splitlines()
