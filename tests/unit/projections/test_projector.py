"""The views' file: brought up to date, rebuilt, compared; never wrong because it is damaged, old or another's."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from support.archives import Busy, Made, batch, busy_archive, new_archive, statement
from support.demo import demo_archive, demo_steps

from archive.erasure import erase, parse_target
from archive.errors import StorageError
from domain import events as e
from domain import vocabulary as v
from projections.projecting import file, folding
from projections.projector import Updated, Views
from projections.views import VIEWS
from projections.views.computed import COMPUTED
from projections.views.search import query
from projections.views.table import Part, Table, View, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from domain.stream import State
    from projections.views.table import Row, Teller

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def made(demo: Made, tmp_path: Path) -> Made:
    return demo.copy(tmp_path)


@pytest.fixture
def busy(tmp_path: Path) -> Busy:
    return busy_archive(tmp_path / "busy")


def counts(views: Views) -> dict[str, int]:
    names = [table.name for view in (*VIEWS, *COMPUTED) for table in view.tables] + ["events"]
    return {name: views.connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608


def found(views: Views, words: str) -> set[str]:
    rows = views.connection.execute(
        "SELECT stream FROM words_index JOIN words ON words.rowid = words_index.rowid WHERE words_index MATCH ?",
        (query(words),),
    )
    return {stream for (stream,) in rows}


# -- bringing up to date --------------------------------------------------------------------------


def test_first_update_makes_the_file_and_the_next_does_nothing(made: Made) -> None:
    with made.open() as archive, Views(archive) as views:
        first = views.update()
        assert (first.position, first.rebuilt, first.failures) == (archive.size, "there was none", ())
        assert views.update() == Updated(position=archive.size, streams=0)
        assert views.connection.execute("SELECT DISTINCT position FROM views").fetchall() == [(archive.size,)]
        assert counts(views)["events"] == archive.size
        assert list(views.differences()) == []


def test_file_brought_up_to_date_file_by_file_is_the_one_made_at_once(tmp_path: Path) -> None:
    size = 0
    for archive, _ in demo_steps(tmp_path):
        with Views(archive) as views:
            done = views.update()
            assert done.position == archive.size
            assert (done.rebuilt is None) == (size > 0)
            size = archive.size
            assert list(views.differences()) == []
    assert size > 100  # the examples were recorded


def test_only_streams_that_got_events_are_folded(busy: Busy) -> None:
    with busy.made.open() as archive, Views(archive) as views:
        views.update()
        event = e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, operative_text="Neu beschlossen wird nichts.")
        archive.record(batch(statement(busy.proposal, event), name="neu"), signer=busy.made.signer(busy.clerk))
        done = views.update()
        assert (done.streams, done.rebuilt, done.position) == (1, None, archive.size)
        assert list(views.differences()) == []
        assert busy.proposal in found(views, "nichts beschlossen")


def test_rows_name_what_holds_and_until_when_the_others_did(busy: Busy) -> None:
    with busy.made.open() as archive, Views(archive) as views:
        views.update()
        rows = views.connection.execute(
            "SELECT version, from_position, until_position FROM proposals WHERE stream=? ORDER BY 2", (busy.proposal,)
        ).fetchall()
        assert len({row[1] for row in rows}) == len(rows) > 1
        assert [row[2] for row in rows] == [*(row[1] for row in rows[1:]), None]


# -- a file that is not to be believed ------------------------------------------------------------


def _garbage(path: Path) -> None:
    path.write_bytes(b"\0nonsense" * 5_000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9_000])


def _version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()


def _view_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE views SET version=99 WHERE view='ballots'")
    db.close()


def _column(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE ballots ADD COLUMN more TEXT")
    db.close()


def _trigger(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER words_insert")
    db.close()


def _foreign_trigger(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TRIGGER quiet AFTER INSERT ON ballots BEGIN DELETE FROM ballots; END")
    db.close()


def _ahead(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE views SET position=position+1")
    db.close()


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (_garbage, "it was damaged"),
        (_empty, "it was no file of views"),
        (_cut, "it was damaged"),
        (_version, "it was of another version"),
        (_view_version, "these views are new: ballots"),
        (_column, "its tables were changed"),
        (_trigger, "its tables were changed"),
        (_foreign_trigger, "its tables were changed"),
        (_ahead, "the record was rolled back"),
    ],
)
def test_file_that_is_not_to_be_believed_is_made_anew(made: Made, harm: Any, why: str) -> None:  # noqa: ANN401
    with made.open() as archive:
        with Views(archive) as views:
            views.update()
            before = counts(views)
        harm(views.path)
        with Views(archive) as views:
            assert next(iter(views.differences())).startswith(f"views.db: {why}")
            assert views.update().rebuilt == why
            assert counts(views) == before
            assert list(views.differences()) == []


def test_file_of_another_register_is_made_anew(made: Made, busy: Busy) -> None:
    with made.open() as archive, Views(archive) as views:
        views.update()
        shutil.copyfile(views.path, busy.made.folder / "views.db")
    with busy.made.open() as archive, Views(archive) as views:
        assert views.update().rebuilt == "it was of another register"
        assert list(views.differences()) == []


@pytest.mark.parametrize("rounds", [40, pytest.param(800, marks=pytest.mark.long)])
def test_flipped_bits_are_made_good_or_named(made: Made, rounds: int) -> None:
    """Whatever bit of the file is another: comparing says so, or nothing that is read from it is another."""
    chance = random.Random(seed := random.randrange(2**32))
    with made.open() as archive:
        with Views(archive) as views:
            views.update()
            good, path = views.path.read_bytes(), views.path
            before = {name: rows(views, name) for name in counts(views)}
        named = 0
        for number in range(rounds):
            bad = bytearray(good)
            for _ in range(chance.choice((1, 1, 2, 8))):
                bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
            path.write_bytes(bad)
            with Views(archive) as views:
                if list(views.differences()):
                    named += 1
                else:
                    assert {name: rows(views, name) for name in before} == before, (seed, number)
        assert named > rounds // 10


def rows(views: Views, name: str) -> list[tuple[object, ...]]:
    return views.connection.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()  # noqa: S608


def test_changed_row_is_named(made: Made) -> None:
    with made.open() as archive, Views(archive) as views:
        views.update()
        connection = views.connection
        connection.execute("UPDATE outcomes SET outcome='adopted' WHERE outcome='rejected'")
        connection.execute("DELETE FROM votes WHERE rowid=1")
        differences = list(views.differences())
        assert any(one.startswith("table outcomes: ") and "rows too many" in one for one in differences)
        assert any(one.startswith("table votes: 1 rows missing") for one in differences)


def test_row_that_stands_there_twice_is_named(made: Made) -> None:
    with made.open() as archive, Views(archive) as views:
        views.update()
        views.connection.execute("INSERT INTO votes SELECT * FROM votes LIMIT 1")
        assert [one.partition(":")[0] for one in views.differences()] == ["table votes"]


def test_full_text_index_that_is_not_that_of_its_texts_is_named(made: Made) -> None:
    with made.open() as archive, Views(archive) as views:
        views.update()
        row = views.connection.execute("SELECT rowid, folded FROM words LIMIT 1").fetchone()
        views.connection.execute("INSERT INTO words_index (words_index, rowid, folded) VALUES ('delete', ?, ?)", row)
        assert any("full-text index" in one for one in views.differences())


def test_file_that_is_behind_is_no_other_than_it_should_be(busy: Busy) -> None:
    with busy.made.open() as archive, Views(archive) as views:
        views.update()
        _record(archive, busy, 3)
        before = views.path.read_bytes()
        assert list(views.differences()) == []
        assert views.path.read_bytes() == before
        views.connection.execute("UPDATE organs SET name='Anderer Kreistag'")
        assert any(one.startswith("table organs: ") for one in views.differences())


def test_file_of_another_continuation_of_the_register_is_made_anew(busy: Busy, tmp_path: Path) -> None:
    """A copy that went on by itself has the same beginning, and may have as many events."""
    other = structs.replace(busy, made=busy.made.copy(tmp_path / "other"))
    for one, word in ((busy, "Apfelmus"), (other, "Quittenbrot")):
        with one.made.open() as archive, Views(archive) as views:
            event = e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, operative_text=word)
            archive.record(batch(statement(busy.proposal, event), name=word), signer=busy.made.signer(busy.clerk))
            views.update()
    shutil.copyfile(other.made.folder / "views.db", busy.made.folder / "views.db")
    with busy.made.open() as archive, Views(archive) as views:
        assert views.update().rebuilt == "it was of another continuation of this register"
        assert (found(views, "apfelmus"), found(views, "quittenbrot")) == ({busy.proposal}, set())


@pytest.mark.parametrize("table", ["words", "mentions", "events", "words_index_data", "standings"])
def test_page_that_was_overwritten_is_named_and_made_good_where_it_is_written(busy: Busy, table: str) -> None:
    with busy.made.open() as archive:
        with Views(archive) as views:
            views.update()
            root = views.connection.execute("SELECT rootpage FROM sqlite_master WHERE name=?", (table,)).fetchone()[0]
        content = bytearray(views.path.read_bytes())
        content[(root - 1) * file.PAGE_SIZE : root * file.PAGE_SIZE] = b"\xa5" * file.PAGE_SIZE
        views.path.write_bytes(content)
        with Views(archive) as views:
            assert list(views.differences())
            _record(archive, busy, 3)
            views.update()
            if table in ("words", "mentions", "events"):
                assert list(views.differences()) == []


def test_what_a_killed_rebuild_left_goes_with_the_next(made: Made) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    left = made.folder / f"views.db.new-{child.pid}"
    left.write_text("x")
    running = made.folder / "views.db.new-1"
    running.write_text("x")
    with made.open() as archive, Views(archive) as views:
        views.rebuild()
    assert (left.exists(), running.exists()) == (False, True)


def test_no_room_to_compare_says_nothing_against_the_views(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with made.open() as archive, Views(archive) as views:
        views.update()
        monkeypatch.setattr(folding, "insert", full)
        with pytest.raises(StorageError, match=r"cannot be made here to be compared: database or disk is full"):
            list(views.differences())


# -- in the way -----------------------------------------------------------------------------------


def test_file_that_another_process_holds_is_said_to_be_locked(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "LOCK_TIMEOUT_SECONDS", 0.1)
    with busy.made.open() as archive, Views(archive) as views:
        views.update()
        event = e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, operative_text="Text.")
        archive.record(batch(statement(busy.proposal, event), name="neu"), signer=busy.made.signer(busy.clerk))
        views.close()
        other = sqlite3.connect(views.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="locked by another process"):
            views.update()
        other.execute("ROLLBACK")
        other.close()
        assert views.update().position == archive.size


def test_what_stands_in_the_file_s_place_is_named(made: Made) -> None:
    (made.folder / "views.db").mkdir()
    with made.open() as archive, Views(archive) as views, pytest.raises(StorageError, match=r"views\.db: cannot be"):
        views.update()
    assert [path.name for path in made.folder.glob("views.db*")] == ["views.db"]


def test_full_disk_leaves_the_old_file(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with made.open() as archive, Views(archive) as views:
        views.update()
        before = views.path.read_bytes()

        def full(*_: object) -> None:
            message = "database or disk is full"
            raise sqlite3.OperationalError(message)

        monkeypatch.setattr(folding, "insert", full)
        with pytest.raises(StorageError, match="cannot be written: database or disk is full"):
            views.rebuild()
        monkeypatch.undo()
        assert views.path.read_bytes() == before
        assert [path.name for path in made.folder.glob("views.db*")] == ["views.db"]


# -- a view that fails ----------------------------------------------------------------------------

FRAGILE = Table(name="fragile", says="a row of a view that cannot read everything", columns=(text("word", "a word"),))


def _fragile(state: State, teller: Teller) -> Iterator[Row]:
    record = state.registered.record  # type: ignore[attr-defined]
    if state.size > 2:  # the proposal grew
        message = "this it cannot read"
        raise ValueError(message)
    yield teller.row(FRAGILE, record, {"word": "x"})


FRAGILE_VIEW = View(
    name="fragile",
    version=1,
    kinds=("proposal",),
    parts=(Part(table=FRAGILE, reads=("size",), rows=_fragile),),
)


def _record(archive: Archive, busy: Busy, number: int) -> None:
    event = e.ProposalRevised(version=number, mode=v.RevisionMode.FULL, operative_text=f"Fassung {number}.")
    archive.record(batch(statement(busy.proposal, event), name=f"neu{number}"), signer=busy.made.signer(busy.clerk))


def test_view_that_fails_names_the_event_and_leaves_the_others_working(busy: Busy) -> None:
    views_kept = (*VIEWS, FRAGILE_VIEW)
    with busy.made.open() as archive, Views(archive, views=views_kept) as views:
        done = views.update()
        (failure,) = done.failures
        assert (failure.view, failure.stream) == ("fragile", busy.proposal)
        assert failure.why == "at event #3: ValueError: this it cannot read"
        _record(archive, busy, 3)
        again = views.update()
        assert [one.view for one in again.failures] == ["fragile"]
        stood = dict(views.connection.execute("SELECT view, position FROM views").fetchall())
        assert stood.pop("fragile") == 0
        assert set(stood.values()) == {archive.size}
        assert views.connection.execute("SELECT failed FROM views WHERE view='fragile'").fetchone() == (
            f"{busy.proposal}: at event #3: ValueError: this it cannot read",
        )
        assert any(one.startswith("view fragile: ") for one in views.differences())


def test_view_that_fails_no_more_catches_up(busy: Busy) -> None:
    mended = structs.replace(
        FRAGILE_VIEW,
        parts=(structs.replace(FRAGILE_VIEW.parts[0], rows=lambda s, t: [t.row(FRAGILE, s.registered.record, {})]),),
    )
    with busy.made.open() as archive:
        with Views(archive, views=(*VIEWS, FRAGILE_VIEW)) as views:
            views.update()
        with Views(archive, views=(*VIEWS, mended)) as views:
            done = views.update()
            assert (done.rebuilt, done.failures) == (None, ())
            assert views.connection.execute("SELECT count(*) FROM fragile").fetchone()[0] > 0
            assert list(views.differences()) == []


# -- what was erased ------------------------------------------------------------------------------


def test_erased_text_is_gone_from_the_views_and_said_to_be(busy: Busy) -> None:
    words = "beschließt den Nahverkehrsplan"
    with busy.made.open() as archive:
        with Views(archive) as views:
            views.update()
            assert busy.proposal in found(views, words)
        targets = parse_target(f"{busy.proposal}#1/data.operative_text", archive)
        erase(archive, targets, ground="Art. 17 DSGVO", signer=busy.made.signer())
        assert not views.path.exists()
        with Views(archive) as views:
            views.update()
            assert found(views, words) == set()
            assert b"nahverkehrsplan" not in b"".join(
                line for line in views.path.read_bytes().split(b"\0") if b"beschliesst den" in line
            )
            told = views.connection.execute(
                "SELECT operative_text, unstated FROM versions WHERE stream=? AND version=1", (busy.proposal,)
            ).fetchall()
            assert {row[0] for row in told} == {None}
            assert all('"operative_text":"erased"' in row[1] for row in told)
            assert list(views.differences()) == []


def test_views_kept_elsewhere_are_made_anew_after_an_erasure(busy: Busy, tmp_path: Path) -> None:
    """Exchanging rows would leave what they held in free pages and in the full-text index."""
    path = tmp_path / "anderswo.db"
    with busy.made.open() as archive:
        with Views(archive, path) as views:
            views.update()
        targets = parse_target(f"{busy.proposal}#1/data.operative_text", archive)
        erase(archive, targets, ground="Art. 17 DSGVO", signer=busy.made.signer())
        with Views(archive, path) as views:
            assert views.update().rebuilt == "content was erased"
    assert b"beschliesst den nahverkehrsplan" not in path.read_bytes()


# -- killed ---------------------------------------------------------------------------------------

CHILD = """
import random, sys
from pathlib import Path
from archive.archive import Archive, Means
from projections.projector import Views
means = Means(clock=lambda: 1_800_000_000.0, random=random.Random(1).randbytes)
with Archive.open(Path(sys.argv[1]), means=means) as a:
    while True:
        with Views(a) as views:
            print("x", flush=True)
            views.rebuild() if sys.argv[2] == "rebuild" else (views.path.unlink(missing_ok=True), views.update())
"""


@pytest.mark.parametrize("times", [5, pytest.param(40, marks=pytest.mark.long)])
@pytest.mark.parametrize("what", ["rebuild", "update"])
def test_killed_anywhere_the_views_are_whole_or_made_anew(made: Made, what: str, times: int) -> None:
    chance = random.Random(640)
    with made.open() as archive:
        for _ in range(times):
            child = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(made.folder), what], cwd=ROOT, stdout=subprocess.PIPE
            )
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.random() * 0.15)
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
            with Views(archive) as views:
                views.update()
                assert list(views.differences()) == []
        assert {path.suffix for path in made.folder.glob("views.db")} == {".db"}


def test_two_processes_at_once_do_not_harm_each_other(made: Made) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(made.folder), what],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for what in ("rebuild", "rebuild")
    ]
    time.sleep(1.5)
    for child in children:
        assert child.poll() is None, child.stderr.read() if child.stderr else ""
        child.kill()
        child.wait()
        if child.stderr is not None:
            child.stderr.close()
    with made.open() as archive, Views(archive) as views:
        views.update()
        assert list(views.differences()) == []


def test_register_without_anything_but_its_opening_has_views(tmp_path: Path) -> None:
    with new_archive(tmp_path / "neu").open() as archive, Views(archive) as views:
        assert views.update().failures == ()
        assert counts(views)["events"] == archive.size
        assert counts(views)["proposals"] == 0
