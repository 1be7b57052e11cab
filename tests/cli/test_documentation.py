"""`docs/cli.md` says what the commands take, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).parents[2]
EVERYWHERE = {"-C", "--keys", "--json", "--debug", "-h", "--help", "--version"}


def commands(group: click.Group = cli.main, path: str = "ratsbuch") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


@pytest.fixture(scope="module")
def text() -> str:
    """Give the document; it is read only where it is, because this file is collected for the wheel as well."""
    return (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def section(text: str, name: str) -> str:
    """Give the section of a command; options that a chapter's beginning explains for all count too."""
    match = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert match is not None, f"docs/cli.md has no section for {name}"
    return match[1]


COMMANDS = dict(commands())


def flags(command: click.Command) -> set[str]:
    return {flag for p in command.params if isinstance(p, click.Option) for flag in p.opts} - EVERYWHERE


@pytest.mark.parametrize("name", COMMANDS)
def test_section_has_exactly_the_options_of_the_command(text: str, name: str) -> None:
    documented = set(re.findall(r"(?<![\w-])(?:--[a-z][a-z-]*|-[a-z](?![\w-]))", section(text, name))) - EVERYWHERE
    assert documented == flags(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_section_has_every_choice_and_argument(text: str, name: str) -> None:
    part = section(text, name)
    for parameter in COMMANDS[name].params:
        if isinstance(parameter.type, click.Choice):
            assert [choice for choice in parameter.type.choices if choice not in part] == []
        if isinstance(parameter, click.Argument):
            assert parameter.make_metavar(click.Context(COMMANDS[name])).strip("[]").rstrip(".") in part


def test_every_section_is_a_command(text: str) -> None:
    assert set(re.findall(r"^### `(ratsbuch .*)`$", text, re.MULTILINE)) == set(COMMANDS)


def test_options_of_every_command_are_documented_once(text: str) -> None:
    shared = text.partition("## What holds for every command")[2].partition("\n## ")[0]
    assert [flag for flag in EVERYWHERE if f"`{flag}" not in shared] == []


def test_every_json_format_is_named(text: str) -> None:
    source = (ROOT / "cli.py").read_text(encoding="utf-8")
    formats = set(re.findall(r"ratsbuch-[a-z-]+/1", source))
    for path in (ROOT / "projections").rglob("*.py"):
        formats |= set(re.findall(r'FORMAT: Final = "(ratsbuch-[a-z-]+/1)"', path.read_text(encoding="utf-8")))
    assert set(re.findall(r"\(`(ratsbuch-[a-z-]+/1)`\)", text)) == formats


def test_every_exit_code_is_in_the_table(text: str) -> None:
    table = text.partition("## Exit codes")[2].partition("\n## ")[0]
    documented = {int(code) for code in re.findall(r"^\| (\d) \|", table, re.MULTILINE)}
    assert documented == {0, 2, cli.EXIT_FAILURE, *(code for _, code in cli.EXIT_CODES)}
