"""`ratsbuch diff`: the command, its answer on the demo register, and what it refuses."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from support.demo import demo_archive
from support.terminal import PROPOSAL, Terminal, complaints

from projections.compare.shapes import DIFF_FORMAT
from projections.text import display_width

ROOT = Path(__file__).parents[2]
REVISION = """
[[commands]]
type = "proposal-revised/1"
stream = "proposal:{reference=0012}"
role = "clerk"
visibility = "public"
occurred = { at = "2026-11-09", certainty = "stated" }
[commands.data]
version = 2
mode = "pages"
operative_text = "Der Kreistag beschließt den Nahverkehrsplan bis zum 31.12.2030."
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Somebody with the demo register."""
    folder = tmp_path_factory.mktemp("demo")
    return Terminal(demo_archive(folder).folder, folder)


def rows(printed: str) -> list[str]:
    """Give the lines with single spaces, without the marks that say where each is from."""
    return [" ".join(line.partition("  [")[0].split()) for line in printed.splitlines()]


def test_musterkreis_shows_what_the_committee_changed(demo: Terminal) -> None:
    printed = demo.ok("diff", "12/2023")
    lines = rows(printed)
    assert "old version 1 of 13.02.2023" in lines
    assert "new version 2 of 10.03.2023, revision (pages), because of a" in lines
    assert "2. Die Verwaltung setzt es bis zum [-31.12.2028-]{+31.12.2026+} um. {+Sie+}" in lines
    assert "{+berichtet dem Kreistag jährlich.+}" in lines
    assert "(paragraph 1 unchanged)" in lines
    assert "Anlage 1 unchanged, held (Radverkehrskonzept)" in lines
    assert max(map(display_width, printed.splitlines())) <= 80
    assert "\x1b" not in printed


def test_days_name_the_versions_that_held(demo: Terminal) -> None:
    lines = rows(demo.ok("diff", "12/2023", "2023-03-06", "2023-03-29"))
    assert "old version 1 (as of 06.03.2023) of 13.02.2023" in lines
    assert "new version 2 (as of 29.03.2023) of 10.03.2023, revision" in lines


def test_version_1_of_0640_is_not_held_and_not_compared(demo: Terminal) -> None:
    lines = rows(demo.ok("diff", "0640"))
    assert "old version 1, not held" in lines
    assert "new version 2 of 23.11.2021" in lines
    assert "Version 1 is not held: nothing of it can be compared, and nothing is said of" in lines


def test_json_gives_pieces_that_make_both_texts(demo: Terminal) -> None:
    document = demo.json("diff", "12/2023", "1", "2")
    assert document["format"] == DIFF_FORMAT
    field = next(one for one in document["fields"] if one["name"] == "operative_text")
    assert field["change"] == "changed"
    assert [(block["kind"], block["old"], block["new"]) for block in field["blocks"]] == [
        ("same", 1, 1),
        ("changed", 2, 2),
        ("same", 3, 3),
    ]
    pieces = [piece for block in field["blocks"] for piece in block["pieces"]]
    assert "".join(piece["text"] for piece in pieces if piece["op"] != "insert") == field["old"]["value"]
    assert "".join(piece["text"] for piece in pieces if piece["op"] != "delete") == field["new"]["value"]
    assert document["document"]["change"] == "changed"
    assert [annex["change"] for annex in document["annexes"]] == ["same"]


def test_as_recorded_takes_the_later_version_away(demo: Terminal) -> None:
    version = next(one for one in demo.json("diff", "12/2023")["events"] if one["type"] == "proposal-revised/1")
    before = f"{version['recorded_at'][:10]}T00:00:00Z"
    result = demo.run("diff", "12/2023", "--as-recorded", before)
    assert (result.exit_code, "found one version of" in complaints(result)[0]) == (6, True)


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        (("12/2023", "7"), "found 7, but Vorlage 12/2023", "2 versions: 1 (13.02.2023), 2 (10.03.2023)"),
        (("12/2023", "gestern"), 'found "gestern", expected a number or a day', "2 versions"),
        (("12/2023", "2023-02-30"), 'found "2023-02-30"', None),
        (("12/2023", "2020-01-01"), "by the end of 01.01.2020", "number 1: 13.02.2023"),
        (("13/2023",), "found one version of Vorlage 13/2023", "1 version: 1 (20.02.2023)"),
        (("0640", "3"), "has no version of that number", "2 versions: 1 (not held), 2 (23.11.2021)"),
        (("5/2023",), "which is Beschluss 5/2023", "ratsbuch history resolution:"),
        (("meeting:{number=1/2023}",), "which is Sitzung 1/2023", "ratsbuch history meeting:"),
        (("meeting:{number=2/2023}",), "which matches 2", "one of these may be meant"),
        (("12/202",), "which is no Vorlagen-Nr.", "one of these may be meant"),
        (("12/2023", "--as-of", "2023-02-30"), "as-of", None),
    ],
)
def test_what_is_not_there_is_refused_with_6(
    demo: Terminal, arguments: tuple[str, ...], says: str, hint: str | None
) -> None:
    result = demo.run("diff", *arguments)
    assert (result.exit_code, result.stdout) == (6, ""), result.output
    error, *hints = complaints(result)
    assert error.startswith("ratsbuch: error: ")
    assert says in error
    assert hint is None or hint in hints[0]


@pytest.mark.parametrize("arguments", [(), ("12/2023", "1", "2", "3"), ("12/2023", "--nonsense")])
def test_wrong_usage_exits_with_2(demo: Terminal, arguments: tuple[str, ...]) -> None:
    assert demo.run("diff", *arguments).exit_code == 2


def test_blocked_version_needs_the_explicit_option(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL))
    terminal.ok("record", terminal.write(REVISION.replace('"public"', '"blocked"'), "later.toml"))
    assert terminal.run("diff", "0012").exit_code == 6
    assert "31.12.2030" not in terminal.run("diff", "0012").output
    assert "31.12.2030" in terminal.ok("diff", "0012", "--with-blocked")


def test_erased_text_is_said_to_be_erased_and_not_compared(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL))
    terminal.ok("record", terminal.write(REVISION, "later.toml"))
    stream = terminal.json("show", "0012")["stream"]
    terminal.run("erase", f"{stream}#1/data.operative_text", "--ground", "Art. 17 DSGVO")
    printed = " ".join(terminal.ok("diff", "0012").split())
    assert "not comparable Beschlussvorschlag: old erased (by register" in printed
    field = next(one for one in terminal.json("diff", "0012")["fields"] if one["name"] == "operative_text")
    assert (field["change"], field["old"]["state"], field["blocks"]) == ("not_comparable", "erased", [])


@pytest.mark.parametrize(
    ("settings", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_a_terminal_that_wants_them(
    demo: Terminal,
    settings: dict[str, str],
    coloured: bool,  # noqa: FBT001  # a case
) -> None:
    printed = on_a_terminal(demo, "diff", "12/2023", settings=settings)
    assert ("\x1b[31m[-31.12.2028-]\x1b[0m\x1b[32m{+31.12.2026+}\x1b[0m" in printed) is coloured
    assert ("\x1b" in printed) is coloured


def on_a_terminal(somebody: Terminal, *arguments: str, settings: dict[str, str]) -> str:
    """Give a command in a process of its own whose output goes to a terminal; give what it printed there."""
    keep = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM"}}
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", "import cli; cli.main()", *arguments],
            env=keep | {"RATSBUCH_ARCHIVE": str(somebody.archive)} | settings,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
        )
    finally:
        os.close(theirs)
    found = b""
    with contextlib.suppress(OSError):  # so a terminal says that the other side has gone
        while part := os.read(ours, 65_536):
            found += part
    os.close(ours)
    _, complained = process.communicate(timeout=60)
    assert (process.returncode, complained) == (0, b"")
    return found.decode()
