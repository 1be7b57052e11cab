"""`ratsbuch release`: the command; what it says is tested with the projections."""

from __future__ import annotations

import pytest
from support.terminal import ORGAN, PROPOSAL, Terminal


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    """An archive with an organ and a proposal."""
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL))
    return terminal


def test_page_says_marks_closure_persons_offer_and_who_decides(told: Terminal) -> None:
    printed = told.ok("release", "0012")
    lines = printed.splitlines()
    headings = [line for line in lines if line.isupper() and not line.startswith(" ")]
    assert headings == [
        "PUBLIC (ÖFFENTLICH): 1 FACT",
        "GENERAL CLOSURE END (ALLGEMEINE SCHUTZFRIST)",
        "PERSONAL DATA (PERSONENBEZOGEN)",
        "OFFER TO THE ARCHIVE (ANBIETUNG)",
    ]
    assert "Freigabe entscheidet die Stelle." in lines
    assert max(map(len, lines)) <= 100


def test_json_has_its_format_and_decides_nothing(told: Terminal) -> None:
    document = told.json("release", "0012")
    assert document["format"] == "ratsbuch-release/1"
    assert document["closing"] == "Freigabe entscheidet die Stelle"
    assert document["closure"]["verdict"] == "not_decidable"
    assert [(one["visibility"], len(one["facts"])) for one in document["groups"]] == [
        ("public", 1),
        ("non_public", 0),
        ("blocked", 0),
    ]


def test_day_is_asked_about(told: Terminal) -> None:
    document = told.json("release", "0012", "--as-of", "2026-11-01")
    assert (document["groups"][0]["facts"], document["later"]) == ([], 1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("0013",), "0013"),
        (("organ:{name=Kreistag}",), "which is of kind organ"),
        (("0012", "--as-of", "gestern"), 'as-of: found "gestern"'),
    ],
)
def test_what_cannot_be_answered_is_refused(told: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = told.run("release", *arguments)
    assert (result.exit_code, result.stdout) == (6, "")
    assert says in result.stderr
