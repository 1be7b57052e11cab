"""`ratsbuch show`, `history` and `list`: the commands; what they say is tested with the projections."""

from __future__ import annotations

import pytest
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

NO_SUCH_NUMBER = "which is no Vorlagen-Nr. or Beschluss-Nr. on record, no stream, event or look-up"
NONE_TO_BE_SEEN = (
    "which is no Vorlagen-Nr. or Beschluss-Nr. that you may see on record (1 blocked event not shown (gesperrt)), "
    "no stream, event or look-up"
)


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    """An archive with an organ and a proposal."""
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL))
    return terminal


def test_show_prints_the_proposal(told: Terminal) -> None:
    printed = told.ok("show", "0012")
    assert "Nahverkehrsplan" in printed
    assert "Der Kreistag beschließt den Nahverkehrsplan." in printed


def test_history_prints_the_event(told: Terminal) -> None:
    assert "proposal-registered/1" in told.ok("history", "0012")


def test_list_lists_proposals_unless_told_otherwise(told: Terminal) -> None:
    assert "0012" in told.ok("list")
    organs = told.ok("list", "--kind", "organ")
    assert "Kreistag" in organs
    assert "0012" not in organs


@pytest.mark.parametrize(
    ("arguments", "form"),
    [
        (("show", "0012"), "ratsbuch-show/1"),
        (("history", "0012"), "ratsbuch-history/1"),
        (("list",), "ratsbuch-list/1"),
    ],
)
def test_json_names_its_format(told: Terminal, arguments: tuple[str, ...], form: str) -> None:
    assert told.json(*arguments)["format"] == form


def test_as_of_and_as_recorded_reach_the_projection(told: Terminal) -> None:
    recorded_at = told.json("show", "0012")["events"][-1]["recorded_at"]
    document = told.json("show", "0012", "--as-of", "2026-11-03", "--as-recorded", recorded_at)
    horizon = document["horizon"]
    assert (horizon["as_of"], horizon["as_recorded"]) == ("2026-11-03", recorded_at)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "0013"), "0013"),
        (("history", "proposal:{reference=0013}"), "which matches nothing"),
        (("show", "0012", "--as-of", "gestern"), 'as-of: found "gestern", expected a day, written YYYY-MM-DD'),
        (("list", "--kind", "vorlage"), "vorlage"),
        (("list", "--as-recorded", "1999-01-01T00:00:00Z"), "nothing was recorded by then"),
        (("list", "--as-recorded", "2999-01-01T00:00:00Z"), "expected a moment that has passed"),
        (("list", "--from", "2023-05", "--to", "2023-01"), "from: found 2023-05, which is after the end of the time"),
        (("meetings", "--from", "2023-05", "--to", "2023-01"), "from: found 2023-05, which is after the end"),
        (("ballots", "--from", "2023-05", "--to", "2023-01"), "from: found 2023-05, which is after the end"),
        (("resolutions", "--from", "2023-05", "--to", "2023-01"), "from: found 2023-05, which is after the end"),
    ],
)
def test_what_is_not_there_is_refused_with_6(told: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = told.run(*arguments)
    assert result.exit_code == 6, result.output
    assert complaints(result)[0].startswith("ratsbuch: error: ")
    assert says in complaints(result)[0]


def test_token_that_was_damaged_ends_reading_with_4(told: Terminal) -> None:
    told.execute("UPDATE stored_events SET state = CAST('x' || substr(state, 2) AS BLOB) WHERE rowid = 6")
    result = told.run("show", "0012")
    assert result.exit_code == 4
    warning, error, hint = complaints(result)
    assert warning.startswith("ratsbuch: warning: a checkpoint does not count: ")
    assert error.startswith("ratsbuch: error: position 6: ")
    assert hint == "ratsbuch: hint: run `ratsbuch verify` to see what else was changed"


def test_characters_that_steer_a_terminal_are_escaped_and_stay_in_the_record(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(PROPOSAL.replace("Nahverkehrsplan", "Nah\\u202Everkehrs\\u009Bplan")))
    for arguments in (("show", "0012"), ("show", "0012", "--json"), ("list",), ("history", "0012")):
        assert not {"\u202e", "\x9b"} & set(terminal.ok(*arguments))
    assert "Nah\u202everkehrs\x9bplan" in str(terminal.json("show", "0012")["title"])


def test_blocked_events_are_shown_on_explicit_option_only(terminal: Terminal) -> None:
    blocked = PROPOSAL.replace('visibility = "public"', 'visibility = "blocked"')
    terminal.ok("record", terminal.write(blocked))
    (row,) = terminal.json("list", "--with-blocked")["rows"]
    assert "Nahverkehrsplan" not in terminal.ok("show", row["stream"])
    assert "Nahverkehrsplan" in terminal.ok("show", "0012", "--with-blocked")
    assert "Nahverkehrsplan" not in terminal.ok("list")
    assert "Nahverkehrsplan" in terminal.ok("list", "--with-blocked")


def test_number_that_is_only_blocked_is_answered_as_one_that_nothing_bears(terminal: Terminal) -> None:
    blocked = PROPOSAL.replace('visibility = "public"', 'visibility = "blocked"').replace('"0012"', '"12/2023"')
    terminal.ok("record", terminal.write(blocked))
    for number in ("12/2023", "13/2023"):
        for command in ("show", "history", "receipt", "diff"):
            result = terminal.run(command, number)
            assert result.exit_code == 6
            assert complaints(result) == [
                f'ratsbuch: error: found "{number}", {NONE_TO_BE_SEEN}',
                "ratsbuch: hint: `ratsbuch list` shows what is recorded",
            ]


def test_number_that_is_only_blocked_is_a_position_like_any_other(terminal: Terminal) -> None:
    blocked = PROPOSAL.replace('visibility = "public"', 'visibility = "blocked"').replace('"0012"', '"2"')
    terminal.ok("record", terminal.write(blocked))
    assert terminal.run("receipt", "2", "-o", terminal.folder / "receipts").exit_code == 0
