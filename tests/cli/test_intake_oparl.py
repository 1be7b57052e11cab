"""`ratsbuch intake oparl` and `ratsbuch sources`: followed, told, followed again."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.oparl import SYSTEM, consultation, item, meeting, paper, thing, town, url, write
from support.oparl_server import Site, council, status
from support.terminal import complaints

from archive.intake.oparl import peers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.oparl import Object
    from support.terminal import Terminal


@pytest.fixture
def dump(terminal: Terminal) -> Path:
    return write(terminal.folder / "dump.jsonl", town())


@pytest.fixture
def site() -> Iterator[Site]:
    with council() as found:
        found.has([paper(n) for n in range(1, 8)])
        yield found


def test_a_dump_is_recorded_and_told(terminal: Terminal, dump: Path) -> None:
    text = terminal.ok("intake", "oparl", dump, "--system", SYSTEM + "/")
    assert f"system     {SYSTEM}\n" in text
    assert "changes    15 new, 1 tombstone\n" in text
    assert "events     43 events recorded\n" in text
    assert "      3  proposal-registered/1\n" in text
    assert "      1  finding MINUTES_NOT_HELD\n" in text
    assert "      1  outcome without a code: angehalten\n" in text
    assert re.search(r"checkpoint 47 events, root \S+\n\Z", text)
    assert terminal.run("verify").exit_code == 0
    assert "Vorlage 1" in terminal.ok("show", "001")


def test_a_second_run_says_that_there_is_nothing(terminal: Terminal, dump: Path) -> None:
    terminal.ok("intake", "oparl", dump, "--system", SYSTEM)
    before = terminal.state()
    text = terminal.ok("intake", "oparl", dump, "--system", SYSTEM)
    assert "changes    16 unchanged\nevents     nothing to record\n" in text
    assert terminal.state() == before


def test_the_same_as_json(terminal: Terminal, dump: Path) -> None:
    told = terminal.json("intake", "oparl", dump, "--system", SYSTEM)
    assert told["format"] == "ratsbuch-intake-oparl/1"
    assert (told["system"], told["shown"]["paper"], told["changes"]["new"]) == (SYSTEM, 4, 15)
    assert told["unmapped"] == {"outcome": {"angehalten": 1}, "paper_kind": {"Rundbrief": 1}}
    assert told["findings"]["MINUTES_NOT_HELD"] == 1
    assert (told["size"], told["unreadable"], told["is_complete"]) == (47, [], False)


def test_a_dry_run_keeps_nothing(terminal: Terminal, dump: Path) -> None:
    before = terminal.state()
    text = terminal.ok("intake", "oparl", dump, "--system", SYSTEM, "--dry-run")
    assert "would be recorded; nothing was\n" in text
    assert terminal.state() == before


def test_a_dump_without_system_is_wrong_usage(terminal: Terminal, dump: Path) -> None:
    result = terminal.run("intake", "oparl", dump)
    assert result.exit_code == 2
    assert "a dump does not say where it is from: give --system URL" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--system", "ris.example.org"), "--system 'ris.example.org': found no http:// or https:// in front"),
        (("--system", SYSTEM, "--map", "nowhere.toml"), "nowhere.toml: cannot be read: No such file or directory"),
    ],
)
def test_what_is_not_valid_exits_6(terminal: Terminal, dump: Path, options: tuple[str, ...], message: str) -> None:
    result = terminal.run("intake", "oparl", dump, *options)
    assert (result.exit_code, complaints(result)[0]) == (6, f"ratsbuch: error: {message}")
    assert terminal.state().events == 4


def test_what_cannot_be_read_is_a_warning(terminal: Terminal) -> None:
    path = terminal.folder / "dump.jsonl"
    path.write_text("{broken\n" + json.dumps(paper(1)) + "\n", encoding="utf-8")
    result = terminal.run("intake", "oparl", path, "--system", SYSTEM)
    assert result.exit_code == 0
    assert complaints(result)[0].startswith("ratsbuch: warning: dump.jsonl: line 1: is not valid JSON: ")


def test_what_a_source_says_cannot_steer_the_terminal(terminal: Terminal) -> None:
    path = write(terminal.folder / "dump.jsonl", [paper(1, paperType="\x1b[31mrot\u202e")])
    text = terminal.ok("intake", "oparl", path, "--system", SYSTEM)
    assert "\x1b" not in text
    assert "\u202e" not in text


# -- live -----------------------------------------------------------------------------------------


def test_a_live_source_is_followed_and_later_asked_for_changes_only(terminal: Terminal, site: Site) -> None:
    first = terminal.json("intake", "oparl", site.system, "--rate", 1000)
    assert (first["system"], first["shown"]["paper"], first["is_complete"]) == (site.system, 7, True)
    note = Path(os.environ["XDG_STATE_HOME"]) / "ratsbuch" / f"{terminal.register}.oparl"
    assert json.loads(note.read_text()) == {site.system: first["retrieved_at"]}
    site.asked.clear()
    again = terminal.json("intake", "oparl", site.system, "--rate", 1000)
    assert (again["events"], again["is_complete"]) == ({}, False)
    assert any("modified_since=" in path for path in site.asked)
    site.asked.clear()
    del site.objects[f"{site.system}/paper/3"]
    whole = terminal.json("intake", "oparl", site.system, "--rate", 1000, "--complete")
    assert whole["changes"]["gone"] == 1
    assert not any("modified_since=" in path for path in site.asked)


def test_a_note_that_is_damaged_means_that_everything_is_asked_for(terminal: Terminal, site: Site) -> None:
    terminal.run("intake", "oparl", site.system, "--rate", 1000)
    note = Path(os.environ["XDG_STATE_HOME"]) / "ratsbuch" / f"{terminal.register}.oparl"
    for damage in (b"{", b'{"%s": "yesterday"}' % site.system.encode(), b"\xff"):
        note.write_bytes(damage)
        assert terminal.json("intake", "oparl", site.system, "--rate", 1000)["is_complete"]


def test_a_source_that_fails_exits_8_and_leaves_the_record_as_it_was(terminal: Terminal, site: Site) -> None:
    site.fails("/oparl/list/paper", status(403), stays=True)
    before = terminal.state()
    result = terminal.run("intake", "oparl", site.system, "--rate", 1000)
    assert (result.exit_code, complaints(result)) == (
        8,
        [
            f"ratsbuch: error: source {site.system}/list/paper: found status 403, expected 200",
            "ratsbuch: hint: nothing was recorded; try again later",
        ],
    )
    assert terminal.state() == before


def test_files_are_fetched_on_request(terminal: Terminal, site: Site) -> None:
    site.has([paper(1, auxiliaryFile=[thing("File", 1, name="Anlage 1", downloadUrl=url("download", 1))])])
    site.fails("/oparl/download/1", status(200, b"%PDF-1.7"), stays=True)
    told = terminal.json("intake", "oparl", site.system, "--rate", 1000, "--files")
    assert "ANNEX_NOT_HELD" not in told["findings"]
    assert "/oparl/download/1" in site.asked
    assert terminal.run("verify").exit_code == 0


def test_a_name_that_leads_into_ones_own_network_exits_8(
    terminal: Terminal, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = iter(["public"] * 3)
    monkeypatch.setattr(peers, "place_of", lambda _: next(places, "loopback"))
    before = terminal.state()
    result = terminal.run("intake", "oparl", site.system, "--rate", 1000)
    assert (result.exit_code, complaints(result)) == (
        8,
        [
            "ratsbuch: error: source 127.0.0.1: leads to 127.0.0.1 (loopback), expected a public address as before",
            "ratsbuch: hint: nothing was sent there; run it again if the source moved, or tell who runs its names",
        ],
    )
    assert (terminal.state(), len(site.asked)) == (before, 3)


def test_files_have_to_lie_where_the_source_does(
    terminal: Terminal, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.has([paper(1, auxiliaryFile=[thing("File", 1, name="Anlage 1", downloadUrl=url("download", 1))])])
    site.fails("/oparl/download/1", status(200, b"%PDF-1.7"), stays=True)
    requests = terminal.json("intake", "oparl", site.system, "--rate", 1000)["requests"]
    # The connection for the first file is the first of its own client, and not the first of the run.
    places = iter(["public"] * requests)
    monkeypatch.setattr(peers, "place_of", lambda _: next(places, "private"))
    told = terminal.json("intake", "oparl", site.system, "--rate", 1000, "--complete", "--files")
    assert told["left_out"] == {"files at an address where the source does not lie": 1}
    assert "/oparl/download/1" not in site.asked


# -- sources --------------------------------------------------------------------------------------


def test_no_source_is_said(terminal: Terminal) -> None:
    assert terminal.ok("sources") == "no source was looked at yet\n"
    assert terminal.ok("sources", "--changed-after-decision") == (
        "no source changed or dropped anything after its decision\n"
    )


@pytest.fixture
def changed(terminal: Terminal) -> Terminal:
    """A paper whose date moved, and a meeting that lost an item, long after the meeting."""
    plan = [consultation(1, meeting=url("meeting", 1)), consultation(2, role="Vorberatung")]
    items = [item(1, result="vertagt"), item(2)]
    before = [paper(1, date="2021-11-01", consultation=plan), meeting(1, agendaItem=items)]
    after = [paper(1, date="2021-12-24", consultation=plan[:1]), meeting(1, agendaItem=items[:1])]
    for objects in (before, after):
        terminal.ok("intake", "oparl", write(terminal.folder / "dump.jsonl", objects), "--system", SYSTEM)
    return terminal


def test_what_each_source_showed_is_listed(changed: Terminal) -> None:
    told = changed.json("sources")
    (system,) = told["systems"]
    assert (told["format"], system["system"]) == ("ratsbuch-sources/1", SYSTEM)
    assert (system["objects"], system["gone"]) == ({"meeting": 1, "paper": 1}, 0)
    assert [sum(look["changes"].values()) for look in system["looks"]] in ([2, 2], [4])
    text = changed.ok("sources")
    assert text.startswith(f"{SYSTEM}\n        1  meeting\n        1  paper\n")


def test_what_changed_after_the_decision_is_listed_with_before_and_after(changed: Terminal) -> None:
    told = changed.json("sources", "--changed-after-decision")["changed_after_decision"]
    by_title = {change["title"]: change for change in told}
    assert set(by_title) == {"001 Vorlage 1", "Kreistag, 2021-12-08"}
    fields = {one["field"]: one for one in by_title["001 Vorlage 1"]["differences"]}
    assert (fields["date"]["before"], fields["date"]["after"]) == ("2021-11-01", "2021-12-24")
    assert fields["consultation"]["removed"] == ["Vorberatung"]
    assert by_title["001 Vorlage 1"]["decided"].startswith("2021-12-08")
    text = changed.ok("sources", "--changed-after-decision")
    assert "  date: 2021-11-01 -> 2021-12-24\n" in text
    assert "  agendaItem: 2 entries -> 1 entries\n    - 2 TOP 2\n" in text


def test_a_vanished_record_is_listed_with_what_it_said(changed: Terminal) -> None:
    shown = write(changed.folder / "dump.jsonl", [meeting(1, agendaItem=[item(1, result="vertagt")])])
    other = paper(2)
    changed.ok("intake", "oparl", write(changed.folder / "other.jsonl", [other]), "--system", SYSTEM)
    write(shown, [other, meeting(1, agendaItem=[item(1, result="vertagt")])])
    changed.ok("intake", "oparl", shown, "--system", SYSTEM, "--complete")
    told = changed.json("sources", "--changed-after-decision")["changed_after_decision"]
    (gone,) = (change for change in told if change["change"] == "gone")
    fields = {one["field"]: (one["before"], one["after"]) for one in gone["differences"]}
    assert fields["name"] == ("Vorlage 1", None)


def told_of(terminal: Terminal, title: str) -> list[dict[str, Any]]:
    told = terminal.json("sources", "--changed-after-decision")["changed_after_decision"]
    return [change for change in told if change["title"] == title]


def sees(terminal: Terminal, *objects: Object, complete: bool = False) -> dict[str, Any]:
    source = write(terminal.folder / "dump.jsonl", objects)
    return terminal.json("intake", "oparl", source, "--system", SYSTEM, *(["--complete"] if complete else []))


def test_a_record_that_was_gone_and_comes_back_is_listed_with_both(terminal: Terminal) -> None:
    decided = paper(1, consultation=[consultation(1, meeting=url("meeting", 1))])
    others = (paper(2), meeting(1))
    sees(terminal, decided, *others, complete=True)
    sees(terminal, *others, complete=True)
    back = sees(terminal, decided, *others, complete=True)
    assert back["findings"]["SOURCE_CHANGED_AFTER_DECISION"] == 2
    gone, again = told_of(terminal, "001 Vorlage 1")
    assert (gone["change"], again["change"]) == ("gone", "changed")
    assert {one["field"]: (one["before"], one["after"]) for one in gone["differences"]}["name"] == ("Vorlage 1", None)
    # It came back as it was: nothing differs but that it is there.
    there: dict[str, Any] = {"field": "id", "before": None, "after": url("paper", 1), "removed": [], "added": []}
    assert again["differences"] == [there]
    assert f"  id: not there -> {url('paper', 1)}\n" in terminal.ok("sources", "--changed-after-decision")
    assert sees(terminal, decided, *others, complete=True)["events"] == {}


def test_a_record_that_comes_back_otherwise_is_listed_with_what_differs(terminal: Terminal) -> None:
    decided = paper(1, consultation=[consultation(1, meeting=url("meeting", 1))])
    others = (paper(2), meeting(1))
    for shown in ((decided, *others), others, ({**decided, "name": "Anders"}, *others)):
        sees(terminal, *shown, complete=True)
    _, again = told_of(terminal, "001 Anders")
    fields = {one["field"]: (one["before"], one["after"]) for one in again["differences"]}
    assert fields == {"id": (None, url("paper", 1)), "name": ("Vorlage 1", "Anders")}


@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.parametrize(
    ("first", "then", "listed"),
    [
        ("einstimmig beschlossen", None, True),
        ("einstimmig beschlossen", "", True),
        ("einstimmig beschlossen", "abgelehnt", True),
        # A result that is filled in is what follows every meeting.
        (None, "einstimmig beschlossen", False),
        ("", "einstimmig beschlossen", False),
        ("vertagt", "vertagt", False),
    ],
)
def test_an_outcome_that_is_taken_back_or_replaced_is_listed(
    terminal: Terminal, first: str | None, then: str | None, *, embedded: bool, listed: bool
) -> None:
    def shown(result: str | None, modified: str) -> list[Object]:
        stated = {} if result is None else {"result": result}
        other = item(2, result="verwiesen")
        if embedded:
            return [meeting(1, agendaItem=[item(1, **stated), other], modified=modified)]
        return [meeting(1), item(1, meeting=url("meeting", 1), **stated, modified=modified)]

    sees(terminal, *shown(first, "2021-12-01T08:00:00+01:00"))
    found = sees(terminal, *shown(then, "2021-12-24T08:00:00+01:00"))["findings"]
    changes = told_of(terminal, "Kreistag, 2021-12-08")
    # The count at the end says what the list says.
    assert found.get("SOURCE_CHANGED_AFTER_DECISION", 0) == len(changes) == listed
    if listed:
        (difference,) = changes[0]["differences"]
        field = "agendaItem [1 TOP 1]/result" if embedded else "result"
        assert (difference["field"], difference["before"], difference["after"]) == (field, first, then)
