"""An archive for every test of the command line, opened once and copied."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.terminal import Terminal

import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with keys and pin: `archive`, `data`, `config`."""
    folder = tmp_path_factory.mktemp("opened")
    arguments = ["init", str(folder / "archive"), "--name", "Musterkreis", "--kind", "landkreis"]
    environment = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    done = CliRunner().invoke(cli.main, [*arguments, "--rules", "sn-landkreis"], env=environment)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def terminal(opened: Path, tmp_path: Path, home: Path) -> Terminal:
    """Somebody with an archive of four events, its keys and its pin."""
    shutil.copytree(opened / "archive", tmp_path / "archive")
    for variable, name in (("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config")):
        shutil.copytree(opened / name, os.environ[variable])
    return Terminal(tmp_path / "archive", tmp_path)
