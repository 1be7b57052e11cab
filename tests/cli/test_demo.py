"""`ratsbuch demo`: the scenes tell what is so."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.archives import Clock
from support.terminal import complaints

import cli
from archive.archive import Archive, Means
from archive.errors import IntegrityError, StorageError
from archive.keys import KeyFolder
from archive.store.sqlite import schema_differences
from archive.verify import ArchiveSource, verify
from projections import account, demo

if TYPE_CHECKING:
    from pathlib import Path


def stage(folder: Path) -> demo.Stage:
    return demo.Stage(
        archive=folder / "archive",
        home=folder,
        program="ratsbuch",
        means=Means(clock=Clock(), random=os.urandom),
        progress=lambda *_: None,
        version=cli.VERSION,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The demo in a folder, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(cli.main, ["demo", str(folder / "archive")], env={"TMPDIR": str(folder)})
    assert (result.exit_code, result.stderr) == (0, "")
    return folder, result.stdout.splitlines()


def between(lines: list[str], start: str, end: str) -> list[str]:
    first = next(i for i, line in enumerate(lines) if line.startswith(start))
    last = next(i for i, line in enumerate(lines) if line.startswith(end))
    return lines[first:last]


def test_scene_1_shows_the_proposal_with_what_is_inferred_and_not_held(told: tuple[Path, list[str]]) -> None:
    scene = between(told[1], "-- (1) ", "-- (1b) ")
    screen = "\n".join(between(scene, "  $ ratsbuch show 0640", "  $ ratsbuch verify"))
    for part in ("BEISPIEL (kein amtlicher Bestand)", "Vorlage 0640", "(inferred)", "not held", "31.12.2026"):
        assert part in screen


def test_scene_1_ends_with_a_verification_that_claims_no_more_than_it_shows(told: tuple[Path, list[str]]) -> None:
    scene = between(told[1], "-- (1) ", "-- (1b) ")
    assert "verdict    passed: consistent in itself, not secured against replacement" in scene


def test_scene_1b_finds_the_changed_byte_in_step_2(told: tuple[Path, list[str]]) -> None:
    scene = between(told[1], "-- (1b) ", "-- (2) ")
    assert '  "effective_from":"2022-01-01"  ->  "effective_from":"2022-02-01"' in scene
    assert "verdict    failed: deviation found: the record is not what was recorded" in scene
    assert any(line.startswith("step 2  TOKEN_SIGNATURE_INVALID  position ") for line in scene)
    assert scene[-2:] == ["4", ""]


def test_scene_2_is_consistent_in_itself_and_says_that_this_is_all(told: tuple[Path, list[str]]) -> None:
    scene = between(told[1], "-- (2) ", "-- (3) ")
    assert "verdict    passed: consistent in itself, not secured against replacement" in scene
    assert [line.split()[4] for line in scene if line.startswith("step ")][:8] == ["passed"] * 8
    assert next(line for line in scene if line.startswith("rests on")).startswith("rests on   memory: own (size ")


def test_scene_3_fails_in_step_5_alone_against_the_line_of_scene_0(told: tuple[Path, list[str]]) -> None:
    (line,) = (text for text in between(told[1], "-- (0) ", "-- (1) ") if text.startswith("RATSBUCH "))
    scene = between(told[1], "-- (3) ", "-- (4) ")
    assert any(line in text for text in scene)
    assert "verdict    failed: deviation found: the record is not what was recorded" in scene
    assert [text.split()[1] for text in scene if text.startswith("step ") and "  failed  " in text] == ["5"]
    assert any(text.startswith("step 5  FORKED  line of ") for text in scene)


def test_scene_4_names_the_event_the_field_and_the_word(told: tuple[Path, list[str]]) -> None:
    scene = between(told[1], "-- (4) ", "-- (5) ")
    place = next(number for number, text in enumerate(scene) if "EVENT_DIFFERS" in text and "effective_from  " in text)

    assert scene[place + 1 : place + 3] == [
        "        found     2022-02-01",
        "        expected  2022-01-01, as in handed-out",
    ]
    assert {text.split()[1] for text in scene if text.startswith("step ") and "  failed  " in text} == {"5"}
    assert scene[-4] == "4"


def test_scene_5_follows_the_recipe_and_gets_the_anchor_confirmed(told: tuple[Path, list[str]]) -> None:
    scene = between(told[1], "-- (5) ", "-- The archive is yours")

    if shutil.which("xmllint") is None and not os.environ.get("CI"):
        assert any("cannot run" in text for text in scene)
        return
    assert "ERGEBNIS    in sich stimmig; nichts wurde verändert gefunden" in scene
    assert "            Der Anker stimmt mit dem genannten überein." in scene


def test_rewritten_copy_says_the_other_day_everywhere_and_keeps_its_first_event(tmp_path: Path) -> None:
    play = stage(tmp_path)
    list(demo.SCENES[0](play))
    list(demo.SCENES[3](play))
    copy = tmp_path / demo.REWRITTEN

    def tokens(folder: Path) -> tuple[list[bytes], bytes]:
        source = ArchiveSource(folder)
        try:
            rows = list(source.rows(after=0, until=10_000))
            documents = b"".join(b"".join(source.document(digest) or ()) for digest, _ in source.documents())
            return [row.state for row in rows], documents
        finally:
            source.close()

    (before, texts), (after, rewritten) = tokens(play.archive), tokens(copy)
    assert before[0] == after[0]
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) > 1
    assert b"01.01.2022" in texts
    assert b"01.01.2022" not in rewritten
    with Archive.open(copy, means=play.means) as archive:
        shown = repr(account.show(archive, demo.REFERENCE))
    assert "01.02.2022" in shown
    assert "01.01.2022" not in shown
    with Archive.open(play.archive, means=play.means) as archive:
        assert "01.01.2022" in repr(account.show(archive, demo.REFERENCE))


def test_rewriting_without_the_keys_of_the_log_gets_nowhere(tmp_path: Path) -> None:
    play = stage(tmp_path)
    list(demo.SCENES[0](play))
    (key,) = (tmp_path / "data").rglob("log-mldsa44.key.pem")
    key.unlink()
    with pytest.raises(StorageError, match=r"log-mldsa44\.key\.pem: not found"):
        list(demo.SCENES[3](play))


def test_rewriting_leaves_the_triggers_as_they_were(tmp_path: Path) -> None:
    play = stage(tmp_path)
    list(demo.SCENES[0](play))
    list(demo.SCENES[3](play))
    with contextlib.closing(sqlite3.connect(tmp_path / demo.REWRITTEN / "record.db")) as connection:
        assert schema_differences(connection) == ()


def test_commands_proposed_at_the_end_do_what_they_say(
    told: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = told[1][told[1].index(next(line for line in told[1] if line.startswith("export RATSBUCH_ARCHIVE"))) :]
    for line in lines[:2]:
        for setting in line.removeprefix("export ").split():
            monkeypatch.setenv(*setting.split("="))
    commands = [line.partition("   # ")[0].split()[1:] for line in lines if line.startswith("ratsbuch ")]
    assert len(commands) == 10
    codes = [CliRunner().invoke(cli.main, command).exit_code for command in commands]
    assert codes == [0, 0, 0, 0, 0, 0, 4, 4, 0, 4]


def test_archive_lies_where_it_was_asked_for_and_nothing_of_the_users_is_touched(
    told: tuple[Path, list[str]], home: Path
) -> None:
    assert (told[0] / "archive" / "record.db").is_file()
    assert list(home.iterdir()) == []


def test_folder_that_holds_something_is_refused_with_7(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(cli.main, ["demo", str(tmp_path)], env={"TMPDIR": str(tmp_path)})
    assert (result.exit_code, complaints(result)[0]) == (
        7,
        f"ratsbuch: error: {tmp_path}: exists already and is not empty",
    )


def test_exactly_one_byte_of_the_copy_differs(tmp_path: Path) -> None:
    play = stage(tmp_path)
    list(demo.SCENES[0](play))
    copy = play.copy("copy")
    position = demo._forge(copy)

    def tokens(folder: Path) -> list[bytes]:
        source = ArchiveSource(folder)
        try:
            return [row.state for row in source.rows(after=0, until=10_000)]
        finally:
            source.close()

    pairs = list(zip(tokens(play.archive), tokens(copy), strict=True))
    assert [n for n, (old, new) in enumerate(pairs, start=1) if old != new] == [position]
    old, new = pairs[position - 1]
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1


def test_demo_that_would_claim_what_is_not_so_fails(tmp_path: Path) -> None:
    play = stage(tmp_path)
    list(demo.SCENES[0](play))
    demo._forge(play.archive)
    with pytest.raises(IntegrityError, match=r"demo: verify of .* gave failed, expected passed"):
        list(demo.SCENES[1](play))


def test_progress_is_told_file_by_file(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    plain = stage(tmp_path)
    noting = demo.Stage(
        archive=plain.archive,
        home=plain.home,
        program=plain.program,
        means=plain.means,
        progress=lambda *at: seen.append(at),
        version=plain.version,
    )
    list(demo.SCENES[0](noting))
    assert [done for done, _ in seen] == list(range(1, seen[-1][1] + 1))


def test_keys_of_the_demo_are_enough_to_verify_without_it(tmp_path: Path) -> None:
    play = stage(tmp_path)
    list(demo.SCENES[0](play))
    shutil.rmtree(tmp_path / "data")
    source = ArchiveSource(play.archive)
    assert {step.verdict for step in verify(source, pin=None).steps} == {"passed", "indeterminate"}
    source.close()
    assert isinstance(play.keys("x"), KeyFolder)
