"""`ratsbuch resolutions` on the demo register: exit codes, formats, and the options as they are written."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from support.demo import demo_archive
from support.terminal import Terminal, complaints

from projections.resolutions_shapes import DueKind


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_archive(tmp_path_factory.mktemp("demo")).folder


@pytest.fixture
def demo(register: Path, tmp_path: Path, home: Path) -> Terminal:
    return Terminal(register, tmp_path)


def test_due_within_lists_the_end_of_0640(demo: Terminal) -> None:
    printed = demo.run("resolutions", "--due-within", "90d", "--as-of", "2026-11-23").stdout
    assert "31.12.2026 laut Begründung vorgesehen bis (inferred), in 38 days" in printed
    assert "Fortschreibung des Integrationskonzeptes" in " ".join(printed.split())


def test_in_force_on_lists_both_readings(demo: Terminal) -> None:
    printed = " ".join(demo.run("resolutions", "--in-force-on", "2019-08-15").stdout.split())
    assert "1. in force since 01.07.2017 (stated)" in printed
    assert "2. ended: the trial ran out on 30.06.2019 (inferred)" in printed


def test_json_names_its_format_and_the_window(demo: Terminal) -> None:
    document = demo.json("resolutions", "--due-within", "90d", "--as-of", "2026-11-23")
    assert document["format"] == "ratsbuch-resolutions/1"
    assert document["filters"]["due_until"] == "2027-02-21"
    due = document["resolutions"][0]["due"][0]
    assert (due["kind"], due["on"], due["basis"]) == ("ends", "2026-12-31", "inferred")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--due-within", "90"), 'due-within: found "90", expected a period such as 90d, 12w, 3m or 1y'),
        (("--in-force-on", "15.08.2019"), 'in-force-on: found "15.08.2019", expected a day, written YYYY-MM-DD'),
        (
            ("--organ", "Kreistg"),
            'organ: found "Kreistg", expected one of Ausschuss für Bau und Umwelt (Musterkreis), ',
        ),
        (("--from", "2023-13"), 'from: found "2023-13", expected a date'),
        (("--as-of", "2021"), 'as-of: found "2021", expected a day'),
    ],
)
def test_what_is_no_option_value_is_refused_with_6(demo: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = demo.run("resolutions", *arguments)
    assert result.exit_code == 6, result.output
    assert any(line.startswith("ratsbuch: error: ") and says in line for line in complaints(result))


@pytest.mark.checkout
@pytest.mark.parametrize(
    ("command", "shapes", "root"),
    [
        ("meetings", "gatherings_shapes", "Meetings"),
        ("ballots", "ballots_shapes", "Ballots"),
        ("resolutions", "resolutions_shapes", "Resolutions"),
    ],
)
def test_documentation_names_format_and_fields(demo: Terminal, command: str, shapes: str, root: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    form = str(demo.json(command)["format"])
    assert f"JSON (`{form}`): the fields of `{root}` in `projections/{shapes}.py`." in text
    module = importlib.import_module(f"projections.{shapes}")
    assert getattr(module, f"{command.upper()}_FORMAT") == form
    assert hasattr(module, root)


@pytest.mark.checkout
def test_documentation_names_every_kind_that_falls_due(demo: Terminal) -> None:
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    table = text.partition("### `ratsbuch resolutions`")[2].partition("\n### ")[0]
    assert [kind for kind in DueKind if f"`{kind}`" not in table] == []
