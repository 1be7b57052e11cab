"""`ratsbuch erase`: what goes, what is said about it, and that the record still verifies."""

from __future__ import annotations

import base64
import sqlite3

import pytest
from support.terminal import PROPOSAL, Terminal, complaints

WORDS = "Die Begründung nennt Frau Beispiel."
GROUND = ("--ground", "Art. 17 DSGVO")


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    terminal.ok("record", terminal.write(PROPOSAL))
    return terminal


def event_of(terminal: Terminal) -> str:
    return str(terminal.json("show", "0012")["stream"]) + "#1"


def stored(terminal: Terminal) -> bytes:
    return b"".join(path.read_bytes() for path in terminal.archive.rglob("*") if path.is_file())


def hidden(terminal: Terminal) -> bytes:
    """Give the disclosure that holds the reasons, as it is stored."""
    connection = sqlite3.connect(terminal.archive / "record.db")
    rows = connection.execute("SELECT disclosed FROM disclosures").fetchall()
    connection.close()
    parts = [part for (row,) in rows for part in row.split("~") if part]
    (found,) = [p for p in parts if WORDS in base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)).decode()]
    return str(found).encode()


def test_erased_words_are_gone_and_the_record_verifies(told: Terminal) -> None:
    event, words = event_of(told), hidden(told)
    assert words in stored(told)
    printed = told.ok("erase", f"{event}/data.reasons", *GROUND, "--ordered-by", "Datenschutz").splitlines()
    assert printed[0].startswith(f"recorded register:{told.register}#3 at position 6; removed:")
    assert printed[1].split() == ["disclosure", f"{event}/data.reasons"]
    assert printed[2] == "cannot be reached from here:"
    assert "  backups and replicas of this archive made before the erasure" in printed
    assert words not in stored(told)
    assert told.run("verify").exit_code == 0


def test_json_has_what_went_and_what_stays(told: Terminal) -> None:
    event = event_of(told)
    document = told.json("erase", f"{event}/data.reasons", *GROUND, "--archive-consented")
    assert set(document) == {"format", "dry_run", "recorded", "removed", "remaining", "size", "root", "witnesses"}
    assert (document["format"], document["dry_run"]) == ("ratsbuch-erase/1", False)
    assert document["removed"] == [{"kind": "disclosure", "event": event, "path": "data.reasons"}]
    assert document["recorded"] == {
        "id": f"register:{told.register}#3",
        "position": 6,
        "type": "content-erased/1",
    }


def test_dry_run_removes_nothing(told: Terminal) -> None:
    event, words, before = event_of(told), hidden(told), told.state()
    printed = told.ok("erase", f"{event}/data.reasons", *GROUND, "--dry-run").splitlines()
    assert printed[0] == "would be removed; nothing was:"
    assert told.state() == before
    assert words in stored(told)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("0012", "expected EVENT/PATH, EVENT, STREAM, document:EVENT/PATH or token:EVENT"),
        ("proposal:00000000-0000-4000-8000-000000000000#1", "there is no such event"),
        ("{event}/data.motto", "nothing there to erase"),
    ],
)
def test_target_that_is_none_is_refused_with_6(told: Terminal, target: str, says: str) -> None:
    before = told.state()
    result = told.run("erase", target.format(event=event_of(told)), *GROUND)
    assert result.exit_code == 6
    assert says in complaints(result)[0]
    assert told.state() == before


def test_erasure_without_a_ground_is_wrong_usage(told: Terminal) -> None:
    result = told.run("erase", event_of(told))
    assert result.exit_code == 2
    assert "Missing option '--ground'" in result.stderr


def test_signer_who_is_no_registrar_is_refused_with_5(told: Terminal) -> None:
    told.ok("keys", "enrol", "--role", "clerk")
    clerk = told.json("keys", "list")["keys"][-1]
    before, words = told.state(), hidden(told)
    result = told.run("erase", event_of(told), *GROUND, "--signer", clerk["person"])
    assert result.exit_code == 5
    assert "is not enrolled as registrar, but as clerk" in complaints(result)[0]
    assert told.state() == before
    assert words in stored(told)
