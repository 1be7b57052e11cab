"""The packages that are imported are ours, complete, and nobody else's."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

NAMES = ("archive", "cli", "domain", "projections", "schemas")
PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))


def foreign_owners() -> dict[str, set[str]]:
    """Give the other distributions that claim one of our names; installers overwrite files without a word."""
    # An editable installation lists no packages, so ours may be absent; another one's must be.
    owners = importlib.metadata.packages_distributions()
    found = {name: set(owners.get(name, ())) - {"ratsbuch"} for name in NAMES}
    return {name: others for name, others in found.items() if others}


def test_no_other_distribution_claims_our_names() -> None:
    assert foreign_owners() == {}


def test_another_distribution_with_our_name_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "intruder-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n", encoding="utf-8")
    (info / "RECORD").write_text("domain/__init__.py,,\ncli.py,,\n", encoding="utf-8")
    # Files that are recorded but not there do not count.
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "__init__.py").touch()
    (tmp_path / "cli.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert foreign_owners() == {"domain": {"intruder"}, "cli": {"intruder"}}


@pytest.mark.parametrize("name", NAMES)
def test_all_names_come_from_one_place(name: str) -> None:
    def folder(module: str) -> Path:
        file = Path(str(importlib.import_module(module).__file__))
        return file.parent.parent if file.name == "__init__.py" else file.parent

    assert folder(name) == folder("archive")


def test_version_and_licence_are_those_of_pyproject() -> None:
    metadata = importlib.metadata.metadata("ratsbuch")
    project = PYPROJECT["project"]
    assert (metadata["Version"], metadata["License-Expression"]) == (project["version"], "EUPL-1.2")
    assert importlib.metadata.distribution("ratsbuch").read_text("licenses/LICENSE") or _editable()


def _editable() -> bool:
    return '"editable": true' in (importlib.metadata.distribution("ratsbuch").read_text("direct_url.json") or "")


def test_command_is_installed() -> None:
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="ratsbuch")
    assert entry.value == "cli:main"
    script = Path(sys.executable).with_name("ratsbuch")
    done = subprocess.run([script, "--version"], check=True, capture_output=True, text=True)
    assert PYPROJECT["project"]["version"] in done.stdout
    assert done.stderr == ""


def test_files_of_the_example_register_are_shipped() -> None:
    examples = importlib.resources.files("archive") / "examples"
    suffixes = {Path(item.name).suffix for item in examples.iterdir()}
    assert {".toml", ".txt"} <= suffixes


def test_schemas_are_shipped() -> None:
    assert (importlib.resources.files("schemas") / "README.md").is_file()
