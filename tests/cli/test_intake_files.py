"""`ratsbuch intake vorlage`, `ballots` and `table`: proposed, recorded, recorded once."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import papers
from support.terminal import ORGAN, Terminal, complaints

from domain import vocabulary as v

if TYPE_CHECKING:
    from typing import Any

DOCUMENT = Path(__file__).parents[2] / "docs" / "intake.md"


@pytest.fixture
def vorlage(terminal: Terminal) -> Path:
    path = terminal.folder / "vorlage.txt"
    path.write_text(papers.paper(date="Datum: 31.02.2023"), encoding="utf-8")
    return path


def test_commands_are_printed_and_nothing_is_recorded(terminal: Terminal, vorlage: Path) -> None:
    before = terminal.state()
    result = terminal.run("intake", "vorlage", vorlage, "--role", "clerk")
    assert (result.exit_code, terminal.state()) == (0, before)
    assert tomllib.loads(result.stdout)["role"] == "clerk"
    said = "ratsbuch: note: Datum (Zeile 5, Zeichen 46–55): found '31.02.2023', expected a day such as 23.11.2021"
    assert said in complaints(result)


def test_printed_commands_are_recorded_with_the_document(terminal: Terminal, vorlage: Path) -> None:
    printed = terminal.run("intake", "vorlage", vorlage, "--role", "clerk").stdout
    file = terminal.write(printed, "0042.toml", head="")
    assert terminal.json("record", file, "--document", vorlage)["files"][0]["already"] is False
    assert '"0042"' in terminal.run("show", "0042", "--json").stdout


def test_nobody_has_to_name_the_role(terminal: Terminal, vorlage: Path) -> None:
    printed = terminal.run("intake", "vorlage", vorlage).stdout
    assert tomllib.loads(printed)["role"] == "clerk"
    file = terminal.write(printed, "0042.toml", head="")
    rehearsal = terminal.json("record", file, "--document", vorlage, "--dry-run")["files"][0]
    applied = terminal.json("intake", "vorlage", vorlage, "--apply")["recorded"]
    assert [event["type"] for event in applied["events"]] == [event["type"] for event in rehearsal["events"]]
    assert '"role":"clerk"' in terminal.run("show", "0042", "--json").stdout.replace(" ", "")


def test_a_key_that_is_no_clerks_records_in_its_own_role(terminal: Terminal, vorlage: Path) -> None:
    key = terminal.json("keys", "enrol", "--role", "archivist")
    told = terminal.json("intake", "vorlage", vorlage, "--apply", "--signer", key["person"])
    assert (told["recorded"]["already"], "role" in tomllib.loads(told["commands"])) == (False, False)
    assert '"role":"archivist"' in terminal.run("show", "0042", "--json").stdout.replace(" ", "")


def test_apply_records_once(terminal: Terminal, vorlage: Path) -> None:
    arguments = ("intake", "vorlage", vorlage, "--apply", "--role", "archivist")
    rehearsal = terminal.json(*arguments, "--dry-run")
    assert (rehearsal["dry_run"], rehearsal["recorded"]["already"], terminal.state().events) == (True, False, 4)
    first, again = terminal.json(*arguments), terminal.json(*arguments)
    assert (first["recorded"]["already"], again["recorded"]["already"]) == (False, True)
    assert first["recorded"]["events"] == again["recorded"]["events"]
    assert first["recorded"]["root"] == again["recorded"]["root"]
    assert first["document"]["name"] == "vorlage.txt"
    assert {"reference", "subject", "operative_text"} <= {field["name"] for field in first["fields"]}
    assert terminal.run("verify").exit_code == 0


def test_paper_that_is_none_is_refused(terminal: Terminal) -> None:
    path = terminal.folder / "brief.txt"
    path.write_text("Guten Tag\n", encoding="utf-8")
    before = terminal.state()
    result = terminal.run("intake", "vorlage", path, "--apply", "--role", "clerk")
    assert (result.exit_code, terminal.state()) == (6, before)
    assert complaints(result)[0].startswith("ratsbuch: error: brief.txt: found none of the labels of a Vorlage")


@pytest.mark.checkout
def test_every_code_of_the_ballots_format_stands_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text[text.index("## Roll-calls") : text.index("## Lists of resolutions")]
    kinds = (v.Declared, v.Majority, v.BallotMethod, v.Choice, v.Visibility, v.MajorityRule, v.MajorityBase)
    for kind in kinds:
        assert [code for code in kind if f"`{code}`" not in section] == [], kind.__name__


# -- the examples of the document -----------------------------------------------------------------------


def example(language: str) -> str:
    match = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    return match[1]


@pytest.mark.checkout
def test_ballots_of_the_document_are_recorded_once_with_findings(terminal: Terminal) -> None:
    path = terminal.folder / "ballots.jsonl"
    path.write_text(example("json"), encoding="utf-8")
    rehearsal = terminal.json("intake", "ballots", path, "--dry-run")
    assert (rehearsal["ballots"], terminal.state().events) == (2, 4)
    first, again = terminal.json("intake", "ballots", path), terminal.json("intake", "ballots", path)
    assert first["events"] == {
        "ballot-held/1": 2,
        "group-registered/1": 2,
        "meeting-convened/1": 1,
        "organ-registered/1": 1,
        "person-known/1": 3,
    }
    assert (first["already"], again["already"], again["events"]) == (0, 2, {})
    # One yes, two no, declared passed.
    assert first["findings"] == {"OUTCOME_CONTRADICTS_TALLY": 1}
    assert first["size"] == again["size"] == 13


@pytest.mark.checkout
def test_table_of_the_document_is_recorded_once(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ORGAN))
    mapping, rows = terminal.folder / "map.toml", terminal.folder / "liste.csv"
    mapping.write_text(example("toml"), encoding="utf-8")
    rows.write_text("Nr.;Datum;Betreff;Ergebnis\n1;1992;Nahverkehr;angenommen\n", encoding="utf-8")
    arguments = ("intake", "table", rows, "--map", mapping)
    printed = terminal.ok(*arguments).splitlines()
    assert printed[:2] == ["1 rows, 0 recorded before: 1 event recorded", "      1  resolution-made/1"]
    assert terminal.ok(*arguments).splitlines()[0] == "1 rows, 1 recorded before: 0 events recorded"


def test_file_that_breaks_off_keeps_what_it_recorded(terminal: Terminal) -> None:
    head = {"format": "ratsbuch-ballots/1", "system": "https://ris.example.org", "grade": "secondary"}
    ballot: dict[str, Any] = {"id": "1", "meeting": {"organ": "Kreistag", "on": "2023-03-29"}, "method": "roll_call"}
    person = {"name": "Anna Muster"}
    votes = [[{"person": person | {"id": str(n)}, "choice": "yes"}] for n in (1, 2)]
    lines = [
        head | {"visibility": "public"},
        ballot | {"votes": votes[0]},
        ballot | {"id": "2", "votes": votes[1]},
        ballot | {"id": "3", "votes": [{"person": person, "choice": "yes"}]},
    ]
    path = terminal.folder / "ballots.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    result = terminal.run("intake", "ballots", path)
    assert result.exit_code == 6
    assert complaints(result)[0] == (
        "ratsbuch: error: ballots.jsonl: line 4: found the name of 2 persons that are recorded, expected that of one"
    )
    assert result.stdout.splitlines()[0] == "2 ballots, 0 recorded before: 6 events recorded"
    assert "checkpoint 10 events, root " in result.stdout
    assert terminal.run("verify").exit_code == 0


def test_list_with_a_fault_records_nothing(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ORGAN))
    mapping, rows = terminal.folder / "map.toml", terminal.folder / "liste.csv"
    mapping.write_text(
        'format = "ratsbuch-table/1"\nlist = "l"\ncitation = "L"\nkey = ["Nr."]\n[columns."Nr."]\nfield = "number"\n'
        '[columns.Ergebnis]\nfield = "sense"\n[constant]\norgan = "Kreistag"\nvisibility = "public"\n',
        encoding="utf-8",
    )
    rows.write_text("Nr.;Ergebnis\n1;approving\n2;vertagt\n", encoding="utf-8")
    before = terminal.state()
    result = terminal.run("intake", "table", rows, "--map", mapping)
    assert (result.exit_code, terminal.state()) == (6, before)
    assert complaints(result)[0] == (
        'ratsbuch: error: liste.csv: row 2 (line 3): column "Ergebnis": found "vertagt", expected a code'
    )
