"""`ratsbuch record` and `ratsbuch template`: what goes in, and that nothing of what is refused does."""

from __future__ import annotations

import sqlite3
import tomllib
from typing import TYPE_CHECKING

import pytest
from support.archives import OPENED_AT, Clock
from support.terminal import HEAD, ORGAN, PROPOSAL, Terminal, complaints

import cli
from archive.archive import Means
from archive.intake.commands import ELSEWHERE, FILE_BYTES_MAX
from archive.intake.template import OFFERED
from archive.store import sqlite
from domain.events import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ID = 'id = "beispiel/1"\n'


def refused(terminal: Terminal, *arguments: object, exit_code: int, stdin: str | bytes | None = None) -> list[str]:
    """Give a command that has to be refused with nothing written; give what it complained of."""
    before = terminal.state()
    result = terminal.run(*arguments, stdin=stdin)
    assert result.exit_code == exit_code, result.output
    assert terminal.state() == before
    assert complaints(result)[0].startswith("ratsbuch: error: ")
    assert "Traceback" not in result.output
    return complaints(result)


# -- what goes in ---------------------------------------------------------------------------------


def test_events_are_printed_with_identity_and_position(terminal: Terminal) -> None:
    printed = terminal.ok("record", terminal.write(ID + ORGAN + PROPOSAL)).splitlines()
    assert printed[0] == "commands.toml: 2 events recorded"
    first, second = (line.split() for line in printed[1:3])
    assert (first[0], first[2]) == ("5", "organ-registered/1")
    assert (second[0], second[2]) == ("6", "proposal-registered/1")
    assert first[1].startswith("organ:")
    assert first[1].endswith("#1")


def test_json_has_what_was_recorded(terminal: Terminal) -> None:
    path = terminal.write(ID + ORGAN)
    document = terminal.json("record", path)
    (file,) = document["files"]
    assert set(document) == {"format", "dry_run", "files", "size", "root", "witnesses"}
    assert (document["format"], document["dry_run"]) == ("ratsbuch-record/1", False)
    assert set(file) == {"name", "txn", "already", "events", "size"}
    assert (file["name"], file["already"], file["size"]) == ("commands.toml", False, 5)
    assert [set(event) for event in file["events"]] == [{"id", "position", "type"}]


def test_same_file_again_records_nothing_and_says_so(terminal: Terminal) -> None:
    path = terminal.write(ID + ORGAN)
    first = terminal.ok("record", path).splitlines()
    before = terminal.state()
    again = terminal.ok("record", path).splitlines()
    assert again == ["commands.toml: recorded before: 1 event; nothing was recorded now", *first[1:]]
    assert terminal.state() == before


def test_standard_input_is_read(terminal: Terminal) -> None:
    assert terminal.ok("record", "-", stdin=HEAD + ORGAN).splitlines()[0] == "standard input: 1 event recorded"


def test_files_are_recorded_in_the_order_given(terminal: Terminal) -> None:
    printed = terminal.ok("record", terminal.write(ORGAN, "a.toml"), terminal.write(PROPOSAL, "b.toml"))
    assert [line for line in printed.splitlines() if "recorded" in line] == [
        "a.toml: 1 event recorded",
        "b.toml: 1 event recorded",
    ]


def test_document_is_stored_with_the_event_that_names_it(terminal: Terminal) -> None:
    document = terminal.folder / "vorlage.txt"
    document.write_text("Vorlage 0012\n", encoding="utf-8")
    path = terminal.write(PROPOSAL + 'document = { file = "vorlage.txt" }\n')
    terminal.ok("record", path, "--document", document)
    assert terminal.state().documents == 1


def test_dry_run_does_everything_and_keeps_nothing(terminal: Terminal) -> None:
    before = terminal.state()
    printed = terminal.ok("record", terminal.write(ORGAN), "--dry-run").splitlines()
    assert printed[0] == "commands.toml: 1 event would be recorded; nothing was"
    assert len(printed) == 2
    assert terminal.state() == before


def test_file_before_a_bad_one_stays_and_is_told(terminal: Terminal) -> None:
    bad = terminal.write("[[commands]]\n", "bad.toml")
    result = terminal.run("record", terminal.write(ORGAN, "good.toml"), bad)
    assert result.exit_code == 6
    assert result.stdout.splitlines()[0] == "good.toml: 1 event recorded"
    assert complaints(result)[0].startswith("ratsbuch: error: bad.toml: command 1 (line 2): type: missing, expected")
    assert terminal.state().events == 5
    document = terminal.json("record", terminal.write(PROPOSAL, "better.toml"), bad)
    assert [file["name"] for file in document["files"]] == ["better.toml"]


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            ORGAN.replace("organ-registered/1", "organ-registred/1"),
            [
                'command 1 (line 4): type: found "organ-registred/1", expected the name and version of an event type',
                'hint: did you mean "organ-registered/1"?',
            ],
        ),
        (
            ORGAN + 'motto = "x"\n',
            ["command 1 (line 14): data.motto: unknown field, expected for this table one of"],
        ),
        (ORGAN.replace("decides = true", 'decides = "ja"'), ['data.decides: found "ja", expected true or false']),
        (
            ORGAN.replace('certainty = "unknown"', 'at = "31.02.2021", certainty = "stated"'),
            ['occurred.at: found "31.02.2021", expected a date: YYYY, YYYY-MM, YYYY-MM-DD', "hint: write 2021-02-31"],
        ),
        (
            ORGAN.replace('certainty = "unknown"', 'at = "2021-02-30", certainty = "stated"'),
            ['occurred.at: found "2021-02-30", expected a date'],
        ),
        (
            ORGAN.replace('name = "Kreistag"', 'name = "Kreis\\u0007tag"'),
            ["data.name: found the character U+0007 at 6, expected none that no export could carry"],
        ),
        (ORGAN.replace('name = "Kreistag"\n', ""), ["data.name: missing, expected text"]),
        (
            ORGAN.replace("body:{}", "body:{name=Nirgends}"),
            ["which matches nothing recorded; expected exactly one body"],
        ),
        ("[[commands]\n", ["is not valid TOML"]),
    ],
    ids=["type", "field", "kind", "german-date", "no-date", "control", "missing", "look-up", "toml"],
)
def test_bad_input_is_named_with_place_and_refused_with_6(terminal: Terminal, text: str, says: list[str]) -> None:
    said = "\n".join(refused(terminal, "record", terminal.write(text), exit_code=6))
    assert "ratsbuch: error: commands.toml: " in said
    for part in says:
        assert part in said


def test_file_over_the_limit_is_refused_with_6(terminal: Terminal) -> None:
    path = terminal.write("")
    with path.open("r+b") as file:
        file.truncate(FILE_BYTES_MAX + 1)
    assert refused(terminal, "record", path, exit_code=6) == [
        "ratsbuch: error: commands.toml: found more than 67108864 bytes, expected at most 64 MiB",
        "ratsbuch: hint: split it into several files, or hand in long texts as documents",
    ]


def test_file_that_is_not_there_is_refused_with_6(terminal: Terminal) -> None:
    said = refused(terminal, "record", terminal.folder / "nothing.toml", exit_code=6)
    assert said == ["ratsbuch: error: nothing.toml: cannot be read: No such file or directory"]


def test_document_that_was_not_handed_in_is_refused_with_6(terminal: Terminal) -> None:
    path = terminal.write(PROPOSAL + 'document = { file = "/etc/passwd" }\n')
    said = refused(terminal, "record", path, exit_code=6)
    assert 'data.document.file: found "/etc/passwd", expected the base name of a document handed in (none)' in said[0]


@pytest.mark.parametrize("more", [("--dry-run",), ("--role", "legal")], ids=["rehearsed", "refused"])
def test_file_of_a_document_goes_with_what_was_not_recorded(terminal: Terminal, more: tuple[str, ...]) -> None:
    document = terminal.folder / "large.txt"
    document.write_bytes(b"x" * 70_000)
    before = terminal.state()
    path = terminal.write(PROPOSAL.replace('role = "clerk"\n', "") + 'document = { file = "large.txt" }\n')
    role = () if "--role" in more else ("--role", "clerk")
    terminal.run("record", path, "--document", document, *role, *more)
    after = terminal.state()
    assert [name for name in after.files if len(name) > 100] == []
    assert (after.events, after.documents) == (before.events, before.documents)


def test_two_documents_of_one_name_are_refused_with_6(terminal: Terminal) -> None:
    (terminal.folder / "other").mkdir()
    documents = [terminal.folder / "a.txt", terminal.folder / "other" / "a.txt"]
    for document in documents:
        document.touch()
    options = [part for document in documents for part in ("--document", document)]
    said = refused(terminal, "record", terminal.write(PROPOSAL), *options, exit_code=6)
    assert said == [
        f"ratsbuch: error: --document {documents[1]}: found a second document of the name a.txt, expected one"
    ]


def test_control_characters_of_bad_input_do_not_reach_the_terminal(terminal: Terminal) -> None:
    path = terminal.write("", "\x1b[2Jx.toml")
    said = refused(terminal, "record", path, exit_code=6)
    assert said[0].startswith("ratsbuch: error: \\u001b[2Jx.toml: ")


# -- what a rule forbids --------------------------------------------------------------------------


def test_several_roles_and_none_named_is_refused_with_5(terminal: Terminal) -> None:
    path = terminal.write(PROPOSAL.replace('role = "clerk"\n', ""))
    said = refused(terminal, "record", path, exit_code=5)
    assert said == [
        (
            "ratsbuch: error: commands.toml: command 1 (line 3): proposal-registered/1: found no role, "
            "expected one of archivist, clerk, importer"
        ),
        "ratsbuch: hint: name it in the command (role = ...) or with --role",
    ]
    assert "1 event recorded" in terminal.ok("record", path, "--role", "clerk")


def test_role_that_the_signer_has_not_is_refused_with_5(terminal: Terminal) -> None:
    path = terminal.write(ORGAN.replace('role = "clerk"\n', ""))
    said = refused(terminal, "record", path, "--role", "legal", exit_code=5)
    assert "is not enrolled as legal, but as archivist, clerk, importer, registrar" in said[0]


def test_stream_that_moved_on_is_refused_with_5(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL))
    changed = """
[[commands]]
type = "proposal-revised/1"
stream = "proposal:{reference=0012}"
role = "clerk"
expected_seq = 3
visibility = "public"
occurred = { certainty = "unknown" }
[commands.data]
version = 2
mode = "full"
"""
    said = refused(terminal, "record", terminal.write(changed), exit_code=5)
    assert "stands at 1, expected 3" in said[0]
    assert said[1] == "ratsbuch: hint: somebody recorded in between; look at `ratsbuch history` and decide anew"


def test_same_id_with_other_bytes_is_refused_with_5(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ID + ORGAN))
    said = refused(terminal, "record", terminal.write(ID + PROPOSAL), exit_code=5)
    assert said[0] == (
        "ratsbuch: error: commands.toml: the id 'beispiel/1' was recorded before from a file with other bytes"
    )


def test_clock_far_behind_is_refused_with_5(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_means", lambda: Means(clock=Clock(OPENED_AT - 10**8), random=bytes))
    said = refused(terminal, "record", terminal.write(ORGAN), exit_code=5)
    assert "seconds behind the last recording, at most 300 are allowed" in said[0]
    assert said[1] == "ratsbuch: hint: set the clock right; recording times never fall"


# -- archives that are not whole --------------------------------------------------------------------


def failed(result: Result, exit_code: int) -> list[str]:
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    return complaints(result)


def test_folder_that_is_no_archive_ends_with_7(terminal: Terminal) -> None:
    said = failed(terminal.run("-C", terminal.folder, "record", terminal.write(ORGAN)), 7)
    assert said == [
        f"ratsbuch: error: {terminal.folder}: not an archive: it has no ratsbuch.toml",
        "ratsbuch: hint: name the archive with -C DIR, or open one with `ratsbuch init DIR`",
    ]


def test_half_written_archive_ends_with_7(terminal: Terminal) -> None:
    (terminal.archive / "record.db").unlink()
    said = failed(terminal.run("record", terminal.write(ORGAN)), 7)
    assert said[0] == (f"ratsbuch: error: {terminal.archive / 'record.db'}: not found; the archive is not complete")
    assert not (terminal.archive / "record.db").exists()


def test_database_that_was_overwritten_ends_with_7(terminal: Terminal) -> None:
    (terminal.archive / "record.db").write_bytes(b"not a database" * 1000)
    said = failed(terminal.run("record", terminal.write(ORGAN)), 7)
    assert said[0] == f"ratsbuch: error: {terminal.archive / 'record.db'}: not a database"


def test_database_that_was_cut_off_ends_with_4(terminal: Terminal) -> None:
    path = terminal.archive / "record.db"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    said = failed(terminal.run("record", terminal.write(ORGAN)), 4)
    assert said[0].startswith(f"ratsbuch: error: {path}: the database is damaged: ")


def test_settings_that_are_not_valid_end_with_7(terminal: Terminal) -> None:
    (terminal.archive / "ratsbuch.toml").write_text("format = 1\n", encoding="utf-8")
    said = failed(terminal.run("record", terminal.write(ORGAN)), 7)
    assert said[0].startswith(f"ratsbuch: error: {terminal.archive / 'ratsbuch.toml'}: not valid: ")


def test_locked_archive_ends_with_7(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LOCK_TIMEOUT_SECONDS", 0)
    other = sqlite3.connect(terminal.archive / "record.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        said = refused(terminal, "record", terminal.write(ORGAN), exit_code=7)
    finally:
        other.close()
    assert "record.db: locked by another process for over 0 seconds" in said[0]
    assert said[1] == "ratsbuch: hint: wait until the other recording is done and try again"


def test_archive_that_is_not_the_pinned_one_is_not_recorded_in(terminal: Terminal) -> None:
    text = terminal.pin.read_text(encoding="utf-8")
    anchor = text.splitlines()[1].removeprefix("# anchor ")
    terminal.pin.write_text(text.replace(anchor, "0" * 64), encoding="utf-8")
    said = refused(terminal, "record", terminal.write(ORGAN), exit_code=7)
    assert said[0] == f"ratsbuch: error: the archive's anchor is {anchor}, {terminal.pin} has {'0' * 64}"


def test_archive_without_a_pin_is_recorded_in(terminal: Terminal) -> None:
    terminal.pin.unlink()
    terminal.ok("record", terminal.write(ORGAN))


# -- keys -------------------------------------------------------------------------------------------


def test_missing_key_ends_with_7(terminal: Terminal, tmp_path: Path) -> None:
    said = refused(terminal, "record", terminal.write(ORGAN), "--keys", tmp_path / "nowhere", exit_code=7)
    assert said == [
        f"ratsbuch: error: key folder {tmp_path / 'nowhere'}: found no key that may record",
        "ratsbuch: hint: name the key folder with --keys; `ratsbuch keys list` shows which keys may record",
    ]


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """An archive whose keys have the passphrase "richtig"."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("richtig\n", encoding="utf-8")
    monkeypatch.setenv("RATSBUCH_PASSPHRASE_FILE", str(passphrase))
    guarded = Terminal(tmp_path / "guarded", tmp_path)
    guarded.ok("init", guarded.archive, "--name", "x", "--kind", "gemeinde", "--rules", "sn-gemeinde")
    return guarded


def test_right_passphrase_from_a_file_opens_the_key(guarded: Terminal) -> None:
    guarded.ok("record", guarded.write(ORGAN))


def test_wrong_passphrase_ends_with_7(guarded: Terminal) -> None:
    (guarded.folder / "passphrase").write_text("falsch\n", encoding="utf-8")
    said = refused(guarded, "record", guarded.write(ORGAN), exit_code=7)
    assert said[0].endswith(".key.pem: wrong passphrase, or the file is damaged")
    assert "falsch" not in "\n".join(said)


def test_missing_passphrase_ends_with_7(guarded: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RATSBUCH_PASSPHRASE_FILE")
    said = refused(guarded, "record", guarded.write(ORGAN), exit_code=7)
    assert said[0].endswith(".key.pem: it is encrypted and no passphrase was given")
    assert said[1] == "ratsbuch: hint: set RATSBUCH_PASSPHRASE_FILE, or run on a terminal to be asked"


def test_passphrase_is_asked_for_on_a_terminal_and_not_shown(
    guarded: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RATSBUCH_PASSPHRASE_FILE")
    monkeypatch.setattr(cli, "_at_terminal", lambda: True)
    result = guarded.run("record", guarded.write(ORGAN), stdin="richtig\n")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == ["Passphrase: "]
    assert "richtig" not in result.output


# -- template ---------------------------------------------------------------------------------------


def test_template_is_a_command_of_its_type(terminal: Terminal) -> None:
    printed = terminal.ok("template", "organ-registered/1")
    assert 'type = "organ-registered/1"' in printed.splitlines()
    with pytest.raises(tomllib.TOMLDecodeError):  # until it is filled in
        tomllib.loads(printed)
    document = terminal.json("template", "organ-registered/1")
    assert (document["format"], document["type"]) == ("ratsbuch-template/1", "organ-registered/1")
    assert str(document["template"]).rstrip() == printed.rstrip()


def test_template_list_has_every_type_that_a_command_file_records(terminal: Terminal) -> None:
    assert [line.split()[0] for line in terminal.ok("template", "--list").splitlines()] == list(OFFERED)
    types = terminal.json("template", "--list")["types"]
    assert [row["type"] for row in types] == list(OFFERED)
    assert set(CATALOGUE) - set(OFFERED) == set(ELSEWHERE)


def test_template_of_an_unknown_type_is_refused_with_6(terminal: Terminal) -> None:
    said = failed(terminal.run("template", "organ-registered"), 6)
    assert said[0] == (
        'ratsbuch: error: found the type "organ-registered", expected the name and version of an event type, such as '
        "organ-registered/1"
    )
    assert said[1] == 'ratsbuch: hint: did you mean "organ-registered/1"?'


@pytest.mark.parametrize("arguments", [("template",), ("template", "organ-registered/1", "--list")])
def test_template_wants_a_type_or_the_list(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    result = terminal.run(*arguments)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: give a TYPE, or --list")
