"""`rebuild`, `list --search` and step 9 of `verify`: the views on the command line."""

from __future__ import annotations

import concurrent.futures
import os
import sqlite3
from typing import NoReturn

import pytest
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

import cli

SECOND = (
    PROPOSAL.replace("@p0012", "@p0013")
    .replace('"0012"', '"0013"')
    .replace('subject = "Nahverkehrsplan"', 'subject = "Müllgebühren"')
    .replace("Der Kreistag beschließt den Nahverkehrsplan.", "Die Gebührensatzung wird geändert.")
)
BLOCKED = SECOND.replace("@p0013", "@p0014").replace('"0013"', '"0014"').replace('"public"', '"blocked"')


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL + SECOND))
    return terminal


def test_rebuild_says_what_it_made(told: Terminal) -> None:
    printed = told.ok("rebuild")
    assert printed.startswith(f"{told.archive / 'views.db'}: ")
    document = told.json("rebuild")
    assert document["format"] == "ratsbuch-rebuild/1"
    assert (document["position"], document["failures"]) == (document["position"], [])
    assert document["rows"] > document["position"] > 0
    with sqlite3.connect(told.archive / "views.db") as db:
        assert db.execute("SELECT reference FROM proposals ORDER BY 1").fetchall() == [("0012",), ("0013",)]
    db.close()


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("nahverkehr", ["0012"]),
        ("NAHVERKEHRSPLAN beschließt", ["0012"]),
        ("Nahverkehrsplan BESCHLIESST", ["0012"]),
        ("muell", ["0013"]),
        ("Müll gebühr", ["0013"]),
        ("0013", ["0013"]),
        ("beispiel", ["0012", "0013"]),
        ("nahverkehr gebuehr", []),
        ("verkehrsplan", []),
    ],
)
def test_words_are_found_however_they_are_spelled(told: Terminal, words: str, numbers: list[str]) -> None:
    document = told.json("list", "--search", words)
    assert [row["number"]["value"] for row in document["rows"]] == numbers


def test_list_says_where_the_words_were_found(told: Terminal) -> None:
    printed = told.ok("list", "--search", "nahverkehr")
    assert '1 proposal, search "nahverkehr"' in printed
    assert "found in subject, operative text" in printed


def test_search_is_narrowed_by_the_other_options(told: Terminal) -> None:
    assert "0 proposals" in told.ok("list", "--search", "nahverkehr", "--to", "2020")
    assert "1 organ" in told.ok("list", "--search", "kreis", "--kind", "organ")


def test_search_sees_what_was_recorded_last(told: Terminal) -> None:
    told.ok("list", "--search", "nahverkehr")
    told.ok("record", told.write(SECOND.replace("@p0013", "@p0015").replace('"0013"', '"0015"'), "more.toml"))
    assert "2 proposals" in told.ok("list", "--search", "müllgebühren")


def test_words_of_blocked_events_are_found_only_with_them(told: Terminal) -> None:
    told.ok("record", told.write(BLOCKED, "blocked.toml"))
    assert "1 proposal," in told.ok("list", "--search", "müllgebühren")
    assert "2 proposals," in told.ok("list", "--search", "müllgebühren", "--with-blocked")


def test_search_honours_what_had_been_recorded(told: Terminal) -> None:
    recorded_at = told.json("show", "0012")["events"][-1]["recorded_at"]
    document = told.json("list", "--search", "nahverkehr", "--as-recorded", recorded_at)
    assert len(document["rows"]) == 1
    document = told.json("list", "--search", "nahverkehr", "--as-of", "2020-01-01")
    assert document["rows"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--search", "§ -"), 'search: found "§ -", expected at least one word of letters or digits'),
        (("--search", "x", "--kind", "source"), 'search: found kind "source", expected one of proposal'),
    ],
)
def test_search_that_means_nothing_is_refused(told: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = told.run("list", *arguments)
    assert result.exit_code == 6  # input not valid
    assert says in complaints(result)[0]


def test_words_of_the_query_language_are_words(told: Terminal) -> None:
    assert "0 proposals" in told.ok("list", "--search", 'nahverkehr OR "müll* NOT NEAR(')


def test_verify_compares_the_views_where_there_are_any(told: Terminal) -> None:
    assert not any(step["step"] == 9 for step in told.json("verify")["steps"])
    told.ok("rebuild")
    step = next(step for step in told.json("verify")["steps"] if step["step"] == 9)
    assert (step["name"], step["verdict"], step["findings"]) == ("views", "passed", [])
    assert step["checked"] > 0


def test_verify_finds_views_that_show_something_else(told: Terminal) -> None:
    told.ok("rebuild")
    with sqlite3.connect(told.archive / "views.db") as db:
        db.execute("UPDATE versions SET operative_text = 'Etwas anderes.' WHERE reference = '0012'")
    db.close()
    result = told.run("verify")
    assert result.exit_code == 4  # altered
    assert "VIEWS_DIFFER" in result.stdout
    assert "failed: the views show something else than the record; what was recorded was not found altered" in (
        result.stdout
    )
    assert "table versions" in result.stdout
    told.ok("rebuild")
    assert told.run("verify").exit_code == 0


def test_verify_says_that_views_of_a_large_register_were_not_compared(
    told: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.check.EVENTS_MAX", 3)
    told.ok("rebuild")
    step = next(step for step in told.json("verify")["steps"] if step["step"] == 9)
    assert [finding["code"] for finding in step["findings"]] == ["VIEWS_NOT_COMPARED"]
    step = next(step for step in told.json("verify", "--full")["steps"] if step["step"] == 9)
    assert step["findings"] == []


def test_views_of_a_record_that_cannot_be_read_are_not_compared(told: Terminal) -> None:
    told.ok("rebuild")
    told.execute("UPDATE stored_events SET state = X'00' WHERE rowid = 6")
    result = told.run("verify")
    assert result.exit_code == 4  # altered
    assert "VIEWS_NOT_COMPARABLE" in result.stdout


def test_verify_takes_no_offence_at_views_that_are_behind(told: Terminal) -> None:
    told.ok("rebuild")
    told.ok("record", told.write(SECOND.replace("@p0013", "@p0015").replace('"0013"', '"0015"'), "more.toml"))
    assert told.run("verify").exit_code == 0


def test_damaged_page_is_made_good_by_the_search_that_meets_it(told: Terminal) -> None:
    told.ok("rebuild")
    path = told.archive / "views.db"
    with sqlite3.connect(path) as db:
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name='words_index_data'").fetchone()[0]
    db.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 8192 : root * 8192] = b"\xa5" * 8192
    path.write_bytes(content)
    result = told.run("list", "--search", "nahverkehr")
    assert result.exit_code == 0
    assert "1 proposal, " in result.stdout
    assert "the views are made anew" in result.stderr
    assert told.ok("list", "--search", "nahverkehr")


def test_small_register_is_rebuilt_without_other_processes(told: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beginning processes takes longer than rebuilding what is small."""

    def begun(*arguments: object, **more: object) -> NoReturn:
        message = f"processes were begun: {arguments}, {more}"
        raise AssertionError(message)

    before = told.json("rebuild")
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", begun)
    assert told.json("rebuild") == before
    # Where there is more to do they are begun, or the test would say nothing.
    monkeypatch.setattr(cli, "EVENTS_A_PROCESS_MIN", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert "processes were begun: (2, " in told.run("rebuild").stderr
