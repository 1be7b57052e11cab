"""`ratsbuch intake oparl` and `ratsbuch sources`: followed, told, followed again."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.oparl import SYSTEM, consultation, item, meeting, paper, thing, town, url, write
from support.oparl_server import Site, council, status
from support.terminal import complaints

import cli
from archive import following
from archive.archive import Archive
from archive.intake.oparl import peers
from archive.unfinished import Unfinished, working_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler

    from support.oparl import Object
    from support.terminal import Terminal

    from archive.archive import Recorded
    from archive.batch import Batch
    from archive.keys import Signer


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


def test_a_run_that_asks_for_changes_only_says_that_losses_were_not_looked_for(terminal: Terminal, site: Site) -> None:
    first = terminal.json("intake", "oparl", site.system, "--rate", 1000)
    assert first["losses_looked_for_at"] == first["retrieved_at"]
    again = terminal.ok("intake", "oparl", site.system, "--rate", 1000)
    line = f"losses     not looked for (last {first['retrieved_at']}); --complete looks for what is gone\n"
    assert line in again
    del site.objects[f"{site.system}/paper/3"]
    whole = terminal.ok("intake", "oparl", site.system, "--rate", 1000, "--complete")
    assert "1 gone" in whole
    assert "losses " not in whole


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
    for at, objects in (("2022-01-01T08:00:00+01:00", before), ("2022-01-02T08:00:00+01:00", after)):
        dump = write(terminal.folder / "dump.jsonl", objects)
        terminal.ok("intake", "oparl", dump, "--system", SYSTEM, "--retrieved-at", at)
    return terminal


def test_what_each_source_showed_is_listed(changed: Terminal) -> None:
    told = changed.json("sources")
    (system,) = told["systems"]
    assert (told["format"], system["system"]) == ("ratsbuch-sources/1", SYSTEM)
    assert (system["objects"], system["gone"]) == ({"meeting": 1, "paper": 1}, 0)
    assert [sum(look["changes"].values()) for look in system["looks"]] == [2, 2]
    assert [(look["retrieved_at"][:10], look["is_dated"]) for look in system["looks"]] == [
        ("2022-01-01", True),
        ("2022-01-02", True),
    ]
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
    at = "2022-01-03T08:00:00+01:00"
    changed.ok("intake", "oparl", shown, "--system", SYSTEM, "--complete", "--retrieved-at", at)
    told = changed.json("sources", "--changed-after-decision")["changed_after_decision"]
    (gone,) = (change for change in told if change["change"] == "gone")
    fields = {one["field"]: (one["before"], one["after"]) for one in gone["differences"]}
    assert fields["name"] == ("Vorlage 1", None)


def told_of(terminal: Terminal, title: str) -> list[dict[str, Any]]:
    told = terminal.json("sources", "--changed-after-decision")["changed_after_decision"]
    return [change for change in told if change["title"] == title]


_HOURS = itertools.count()


def sees(terminal: Terminal, *objects: Object, complete: bool = False, at: str | None = None) -> dict[str, Any]:
    source = write(terminal.folder / "dump.jsonl", objects)
    # By default each dump was made an hour after the one before it, all of them after the meeting.
    at = at or (datetime(2022, 1, 1, tzinfo=UTC) + timedelta(hours=next(_HOURS))).isoformat()
    options = ("--retrieved-at", at, *(["--complete"] if complete else []))
    return terminal.json("intake", "oparl", source, "--system", SYSTEM, *options)


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


# -- when a dump was made -------------------------------------------------------------------------


def moved(day: str) -> Object:
    return paper(1, date=day, consultation=[consultation(1, meeting=url("meeting", 1))])


def test_of_a_dump_whose_moment_is_not_stated_it_cannot_be_told_when_something_changed(terminal: Terminal) -> None:
    for objects in ([moved("2021-11-01"), meeting(1)], [moved("2021-12-24")]):
        # Two looks within one second are one.
        time.sleep(1.01 - time.time() % 1)
        source = write(terminal.folder / "dump.jsonl", objects)
        text = terminal.ok("intake", "oparl", source, "--system", SYSTEM)
        assert re.search(r"^made       by \S+Z at the latest; --retrieved-at says when$", text, re.MULTILINE)
    told = terminal.json("sources", "--changed-after-decision")
    (change,) = told["cannot_be_told"]
    assert (told["changed_after_decision"], change["earliest"], change["title"]) == ([], None, "001 Vorlage 1")
    text = terminal.ok("sources", "--changed-after-decision")
    assert text.startswith("it cannot be told whether these came before or after the decision:\n")
    assert "changed, nobody knows since when; decision of 2021-12-08: 001 Vorlage 1\n" in text
    assert "  date: 2021-11-01 -> 2021-12-24\n" in text
    assert "Z  at the latest: 1 changed" in terminal.ok("sources")
    assert "SOURCE_CHANGED_AFTER_DECISION" not in terminal.ok("findings")


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ("2021-12-09T08:00:00+01:00", "2021-12-10T08:00:00+01:00", "changed_after_decision"),
        # Read in the wrong order: the change lies between the two all the same.
        ("2021-12-10T08:00:00+01:00", "2021-12-09T08:00:00+01:00", "changed_after_decision"),
        ("2021-12-10T08:00:00+01:00", "2021-12-01T08:00:00+01:00", "cannot_be_told"),
        ("2021-12-01T08:00:00+01:00", "2021-12-10T08:00:00+01:00", "cannot_be_told"),
        ("2021-12-01T08:00:00+01:00", "2021-12-02T08:00:00+01:00", None),
    ],
)
def test_a_change_is_one_after_the_decision_where_both_looks_are(
    terminal: Terminal, first: str, second: str, where: str | None
) -> None:
    sees(terminal, moved("2021-11-01"), meeting(1), at=first)
    found = sees(terminal, moved("2021-11-02"), at=second)["findings"]
    told = terminal.json("sources", "--changed-after-decision")
    counts = {name: len(told[name]) for name in ("changed_after_decision", "cannot_be_told")}
    assert counts == {name: int(name == where) for name in counts}
    assert found.get("SOURCE_CHANGED_AFTER_DECISION", 0) == counts["changed_after_decision"]
    assert terminal.run("verify").exit_code == 0


@pytest.mark.parametrize("at", ["2022-01-01", "2022-02-30T08:00:00Z", "gestern", "2999-01-01T00:00:00Z"])
def test_a_moment_that_is_none_or_has_not_been_exits_6(terminal: Terminal, dump: Path, at: str) -> None:
    result = terminal.run("intake", "oparl", dump, "--system", SYSTEM, "--retrieved-at", at)
    assert (result.exit_code, terminal.state().events) == (6, 4)
    assert complaints(result)[0].startswith(f'ratsbuch: error: --retrieved-at: found "{at}", expected a moment ')


def test_a_live_source_is_looked_at_now(terminal: Terminal, site: Site) -> None:
    result = terminal.run("intake", "oparl", site.system, "--retrieved-at", "2022-01-01T00:00:00Z")
    assert (result.exit_code, "--retrieved-at is for dumps" in result.stderr) == (2, True)


# -- runs that were broken off --------------------------------------------------------------------


def test_a_run_that_goes_on_tells_what_the_broken_off_one_did_not(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = [
        paper(n, paperType="Rundbrief", date="2021-12-24", consultation=[consultation(n, meeting=url("meeting", 1))])
        for n in range(1, 7)
    ]
    source = write(terminal.folder / "dump.jsonl", [*objects, meeting(1)])
    command = ("intake", "oparl", source, "--system", SYSTEM)
    monkeypatch.setattr(following, "EVENTS_A_TRANSACTION", 4)
    record_many, calls = Archive.record_many, itertools.count()

    def broken(archive: Archive, batches: list[Batch], *, signer: Signer, dry_run: bool) -> tuple[Recorded, ...]:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return record_many(archive, batches, signer=signer, dry_run=dry_run)

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "record_many", broken)
        assert terminal.run(*command).exit_code == 1
    left = terminal.state().events
    assert left > 4
    told = terminal.json(*command)
    assert (terminal.state().events > left, told["unfinished_since"] is not None) == (True, True)
    assert told["unmapped"] == {"paper_kind": {"Rundbrief": 6}}
    assert told["findings"]["DATE_AFTER_CONSULTATION"] == 6
    again = terminal.json(*command)
    assert (again["unfinished_since"], again["unmapped"], again["findings"]) == (None, {}, {})
    assert not list((Path(os.environ["XDG_STATE_HOME"]) / "ratsbuch").glob("*.unfinished*"))


def test_a_run_over_what_was_broken_off_says_so(terminal: Terminal, dump: Path) -> None:
    left = Unfinished(Path(os.environ["XDG_STATE_HOME"]) / "ratsbuch", terminal.register)
    left.open(SYSTEM, moment="2022-01-01T00:00:00Z", size=terminal.state().events)
    left.note(size=terminal.state().events, words=Counter())
    text = terminal.ok("intake", "oparl", dump, "--system", SYSTEM)
    assert "unfinished a run that began at 2022-01-01T00:00:00Z; findings and words since then\n" in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_what_a_run_put_aside_does_not_outlast_it_or_the_next_one(
    terminal: Terminal, site: Site, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    asked, goes_on = threading.Event(), threading.Event()

    def hangs(_: BaseHTTPRequestHandler) -> None:
        asked.set()
        goes_on.wait(30)

    site.fails("/oparl/list/paper", hangs)
    environment = {**os.environ, "TMPDIR": str(folder), "RATSBUCH_ARCHIVE": str(terminal.archive)}
    program = "import sys, cli; sys.argv[0] = 'ratsbuch'; cli.main()"
    arguments = [sys.executable, "-c", program, "intake", "oparl", site.system]
    home = Path(str(cli.__file__)).parent
    with subprocess.Popen(arguments, cwd=home, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert asked.wait(30)
        assert len(list(folder.glob("ratsbuch-intake-*"))) == 1
        # Another run leaves alone what belongs to one that is under way.
        with working_folder_in(folder):
            assert len(list(folder.glob("ratsbuch-intake-*"))) == 2
        process.send_signal(number)
        goes_on.set()
        _, stderr = process.communicate(timeout=30)
    left = list(folder.glob("ratsbuch-intake-*"))
    if number is signal.SIGKILL:
        assert len(left) == 1
    else:
        assert (process.returncode, left) == (1, [])
        assert stderr.startswith("ratsbuch: error: interrupted")
    foreign = folder / "ratsbuch-intake-link"
    foreign.symlink_to(tmp_path)
    with working_folder_in(folder) as mine:
        assert set(folder.glob("ratsbuch-intake-*")) == {mine, foreign}
    assert tmp_path.is_dir()


@contextlib.contextmanager
def working_folder_in(folder: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        with working_folder() as found:
            yield found
