"""`ratsbuch meetings` and `ratsbuch ballots` on the demo register: exit codes, formats, and the options as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.demo import demo_archive
from support.terminal import Terminal, complaints

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_archive(tmp_path_factory.mktemp("demo")).folder


@pytest.fixture
def demo(register: Path, tmp_path: Path, home: Path) -> Terminal:
    return Terminal(register, tmp_path)


def test_meetings_lists_items_presence_and_minutes(demo: Terminal) -> None:
    arguments = ("meetings", "--organ", "Kreistag (Musterkreis)", "--from", "2023-03", "--to", "2023-03")
    printed = " ".join(demo.run(*arguments).stdout.split())
    for said in (
        "1 meeting (register of 2 bodies), organ Kreistag (Musterkreis), from 03.2023 to 03.2023",
        "Sitzung 1/2023, held",
        "47 present, 46 entitled; Clara Distel joins, then present: 47",
        "Niederschrift, öffentlicher Teil, version 2: held",
    ):
        assert said in printed


def test_show_gives_agenda_and_presence_of_a_meeting(demo: Terminal) -> None:
    printed = demo.run("show", "meeting:{number=1/2023}").stdout
    assert "AGENDA AS SET AND AS HELD" in printed
    assert "PRESENCE AT EACH ITEM" in printed


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("13/2023", "--check", "contradicts"), 1),
        (("13/2023", "--check", "agrees"), 0),
        (("--organ", "Kreistag (Musterkreis)", "--check", "agrees"), 5),
        (("--from", "2024"), 0),
    ],
)
def test_ballots_takes_a_reference_and_narrows(demo: Terminal, arguments: tuple[str, ...], count: int) -> None:
    assert len(demo.json("ballots", *arguments)["ballots"]) == count


def test_ballots_prints_count_verdict_and_provision(demo: Terminal) -> None:
    printed = " ".join(demo.run("ballots", "13/2023").stdout.split())
    assert "Rechenprobe: contradicts: failed was declared, but from the count follows: passed" in printed
    assert "§ 11 Abs. 1 Satz 1 Hauptsatzung Musterkreis (erfunden)" in printed


@pytest.mark.parametrize(
    ("command", "form"),
    # `ratsbuch-ballots/1` is the head of the files that `intake ballots` reads.
    [("meetings", "ratsbuch-meetings/1"), ("ballots", "ratsbuch-ballots-list/1")],
)
def test_json_names_its_format_and_the_horizon(demo: Terminal, command: str, form: str) -> None:
    recorded_at = demo.json("history", "12/2023")["entries"][-1]["told"]["recorded_at"]
    document = demo.json(command, "--as-of", "2023-03-29", "--as-recorded", recorded_at)
    assert document["format"] == form
    assert document["horizon"]["as_of"] == "2023-03-29"
    assert document["horizon"]["as_recorded"] == recorded_at


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("meetings", "--organ", "Kreistg"), 'organ: found "Kreistg", expected one of Ausschuss für Bau und Umwelt'),
        (("meetings", "--to", "gestern"), 'to: found "gestern", expected a date: YYYY, YYYY-MM or YYYY-MM-DD'),
        (("ballots", "--check", "agree"), 'check: found "agree", expected one of agrees, contradicts, not_decidable'),
        (("ballots", "person:{name=Lena Linde}"), "which is of kind person: it has no ballots"),
        (("ballots", "0815"), "which is no Vorlagen-Nr. or Beschluss-Nr. on record"),
        (("ballots", "--as-recorded", "1999-01-01T00:00:00Z"), "nothing was recorded by then"),
    ],
)
def test_what_is_not_there_is_refused_with_6(demo: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = demo.run(*arguments)
    assert result.exit_code == 6, result.output
    assert any(line.startswith("ratsbuch: error: ") and says in line for line in complaints(result))


def test_blocked_events_are_counted_and_shown_on_explicit_option_only(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(BLOCKED))
    for command in ("meetings", "ballots", "resolutions"):
        hidden, all_of_it = terminal.ok(command), terminal.ok(command, "--with-blocked")
        assert "3 blocked events not shown (gesperrt)" in hidden
        assert "blocked" not in all_of_it
    assert "Geheimes" not in terminal.ok("ballots")
    assert "Geheimes" in terminal.ok("ballots", "--with-blocked")
    assert "Geheimes" not in terminal.ok("resolutions")
    assert "Geheimes" in terminal.ok("resolutions", "--with-blocked")


def test_characters_that_steer_a_terminal_are_escaped(terminal: Terminal) -> None:
    steering = BLOCKED.replace('visibility = "blocked"', 'visibility = "public"').replace(
        "Geheimes", "Ge\\u202Eheim\\u009B"
    )
    terminal.ok("record", terminal.write(steering))
    for arguments in (("meetings",), ("ballots",), ("resolutions",), ("ballots", "--json"), ("resolutions", "--json")):
        assert not {"\u202e", "\x9b"} & set(terminal.ok(*arguments))


BLOCKED = """
[[commands]]
type = "meeting-convened/1"
new = "@sitzung"
role = "clerk"
visibility = "blocked"
occurred = { at = "2026-11-02", certainty = "stated" }
[commands.data]
body = "body:{}"
organs = []
starts_at = "2026-11-02"

[[commands]]
type = "ballot-held/1"
stream = "meeting:@sitzung"
role = "clerk"
visibility = "blocked"
occurred = { at = "2026-11-02", certainty = "stated" }
[commands.data]
ballot = "@abstimmung"
method = "show_of_hands"
question = "Geheimes?"
tally = { yes = 3, no = 1 }

[[commands]]
type = "resolution-made/1"
new = "@beschluss"
role = "clerk"
visibility = "blocked"
occurred = { at = "2026-11-02", certainty = "stated" }
[commands.data]
sense = "approving"
subject = "Geheimes"
made_by = { kind = "organ", meeting = "meeting:@sitzung", ballot = "@abstimmung" }
"""
