"""`ratsbuch audit`: the command, and what it says of what was erased."""

from __future__ import annotations

from typing import Final

import pytest
from support.terminal import Terminal, complaints

PERSON: Final = """
[[commands]]
type = "person-known/1"
new = "@anna"
role = "clerk"
visibility = "public"
occurred = { certainty = "unknown" }
[commands.data]
name = "Anna Ahorn"
[[commands]]
type = "proposal-registered/1"
new = "@p0012"
role = "clerk"
visibility = "public"
occurred = { at = "2026-11-02", certainty = "stated" }
[commands.data]
body = "body:{}"
kind = "motion"
reference = "0012"
version = 1
submitters = [{ person = "@anna" }]
reasons = "Frau Ahorn begründet."
"""


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    """An archive with a person who brought a motion in."""
    terminal.ok("record", terminal.write(PERSON))
    return terminal


def test_trail_is_printed_by_command_file(told: Terminal) -> None:
    printed = told.ok("audit")
    assert "6 events" in printed
    assert "      6  Vorlage eingebracht: Vorlage 0012" in printed.splitlines()
    assert "(clerk)" in printed
    assert [entry["position"] for entry in told.json("audit", "--type", "person-known")["entries"]] == [5]


def test_json_has_its_format_and_the_key(told: Terminal) -> None:
    document = told.json("audit")
    assert document["format"] == "ratsbuch-audit/1"
    keys = {key["certificate_digest"] for key in told.json("keys", "list")["keys"]}
    assert {entry["key"] for entry in document["entries"]} == keys


def test_about_a_person_gives_what_names_the_key_and_apart_what_holds_the_name(told: Terminal) -> None:
    document = told.json("audit", "--about", "Anna Ahorn")
    assert [entry["position"] for entry in document["entries"]] == [5, 6]
    assert [entry["mentions"][0]["category"] for entry in document["maybe"]] == ["surname"]
    assert "NOT CONTAINED" in told.ok("audit", "--about", "Anna Ahorn")


def test_what_was_erased_is_said_and_that_nobody_can_tell_what_it_named(told: Terminal) -> None:
    person, motion = (told.json("audit")["entries"][place]["event"] for place in (4, 5))
    told.ok("erase", f"{person}/data.name", f"{motion}/data.submitters", "--ground", "Art. 17 DSGVO")
    assert told.run("audit", "--about", "Anna Ahorn").exit_code == 6
    document = told.json("audit", "--about", person.partition("#")[0])
    assert (document["about"]["names"], document["about"]["name_state"]) == ([], "erased")
    assert [(place["event"], place["path"], place["state"]) for place in document["about"]["hidden"]] == [
        (person, "data.name", "erased"),
        (motion, "data.submitters", "erased"),
    ]
    assert [entry["type"] for entry in document["entries"]] == ["person-known/1", "content-erased/1"]
    printed = told.ok("audit", "--about", person.partition("#")[0])
    assert "name erased by register" in printed
    assert "CANNOT BE TOLD: WHAT MAY HAVE NAMED THE PERSON" in printed


def test_token_that_was_erased_keeps_its_row_in_the_trail(told: Terminal) -> None:
    person = told.json("audit")["entries"][4]["event"]
    told.ok("erase", f"token:{person}", "--ground", "Art. 17 DSGVO")
    line = told.json("audit")["entries"][4]
    assert (line["position"], line["event"], line["recorded_at"]) == (5, person, None)
    assert line["erased_by"] == told.json("audit")["entries"][6]["event"]
    assert "nobody can tell any more who recorded it" in " ".join(told.ok("audit").split())
    about = told.json("audit", "--about", person.partition("#")[0])
    assert [one["event"] for one in about["about"]["erased"]] == [person]


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        (("--about", "Ahorn"), 'about: found "Ahorn", which is the name or office of no person', "one of these may be"),
        (("--by", "Cäsar Citrus"), 'by: found "Cäsar Citrus"', "`ratsbuch list --kind person`"),
        (("--type", "person-knwon"), 'type: found "person-knwon"', 'did you mean "person-known'),
        (("--from", "2026-02-30"), 'from: found "2026-02-30"', ""),
    ],
)
def test_what_cannot_be_asked_is_refused_with_6(
    told: Terminal, arguments: tuple[str, ...], says: str, hint: str
) -> None:
    result = told.run("audit", *arguments)
    assert result.exit_code == 6, result.output
    assert says in complaints(result)[0]
    assert hint in result.stderr
