"""A rebuild spread over processes: the same file as without, and what comes of a process that fails or is gone."""

from __future__ import annotations

import sqlite3
from concurrent.futures import Executor
from typing import TYPE_CHECKING, NoReturn

import pytest
from support.archives import Busy, Made, busy_archive
from support.demo import demo_archive
from support.tampering import Tampering
from support.workers import end_at, fail_at, workers

from archive.errors import IntegrityError, StorageError
from domain.values import STREAM_KINDS
from projections.projecting import spreading
from projections.projector import Views
from projections.views import VIEWS
from projections.views.computed import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from archive.archive import Archive

AT_ONCE = 5


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def made(demo: Made, tmp_path: Path) -> Made:
    return demo.copy(tmp_path)


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with workers() as pool:
        yield pool


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job be of few streams, so that a small register has several."""
    monkeypatch.setattr(spreading, "STREAMS_A_JOB", AT_ONCE)


def content(views: Views) -> dict[str, list[tuple[object, ...]]]:
    """Give every table as it stands, the full-text index's own included: each row with its number."""
    with sqlite3.connect(views.path) as db:
        db.row_factory = None
        every = db.execute("SELECT name, sql FROM sqlite_master WHERE type='table' AND name NOT GLOB 'sqlite_*'")
        found = {
            name: db.execute(
                f"SELECT {'*' if 'WITHOUT ROWID' in sql or 'VIRTUAL' in sql else 'rowid, *'} FROM {name}"  # noqa: S608
            ).fetchall()
            for name, sql in every.fetchall()
        }
    db.close()
    return found


def streams_of(archive: Archive) -> list[str]:
    return [stream for kind in STREAM_KINDS for stream in archive.streams(kind)]


class _Unused(Executor):
    """Processes that must not be asked."""

    def map(self, fn: Callable[..., object], *iterables: object, **more: object) -> NoReturn:
        message = f"spread: {fn} over {iterables}, {more}"
        raise AssertionError(message)


@pytest.mark.usefixtures("few")
def test_spread_over_processes_the_file_is_the_same_row_by_row(made: Made, executor: Executor) -> None:
    told: list[tuple[int, int]] = []
    with made.open() as archive, Views(archive) as views:
        alone = views.rebuild()
        before = content(views)
        spread = views.rebuild(executor=executor, progress=lambda done, total: told.append((done, total)))
        count = len(streams_of(archive))
        assert count > 4 * AT_ONCE
        assert spread == alone
        after = content(views)
        assert after.keys() == before.keys() > {table.name for view in (*VIEWS, *COMPUTED) for table in view.tables}
        for name, rows in before.items():
            assert after[name] == rows, name
        assert sum(map(len, before.values())) > 800
        assert list(views.differences()) == []
        # Every stream is told of twice: when it is folded, and when what follows from several is computed.
        assert told.count((count, count)) == 2
        assert told[0] == (AT_ONCE, count)
    assert [path.name for path in made.folder.glob("views.db*")] == ["views.db"]


@pytest.mark.usefixtures("few")
def test_what_was_spread_is_brought_up_to_date_as_any_file(tmp_path: Path, executor: Executor) -> None:
    busy = busy_archive(tmp_path)
    with busy.made.open() as archive, Views(archive) as views:
        views.rebuild(executor=executor)
        assert views.update().rebuilt is None


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("view", ["annexes", "proposals"])
def test_view_that_fails_in_a_process_names_the_event_and_leaves_the_others(made: Made, view: str) -> None:
    with made.open() as archive, Views(archive) as views:
        views.rebuild()
        before = content(views)
        # One of the last parts, so that rows of others are copied already.
        stream = next(s for s in reversed(archive.streams("proposal")) if len(archive.history(s)) > 1)
        with workers(fail_at, view, stream, 2) as executor:
            done = views.rebuild(executor=executor)
        first, *others = done.failures
        assert (first.view, first.stream) == (view, stream)
        assert first.why == "at event #2: ValueError: this it cannot read"
        # What follows from that view is behind with it, and nothing else.
        assert [(one.view, one.stream) for one in others] == (
            [(one.name, view) for one in COMPUTED] if view == "proposals" else []
        )
        failed = {one.view for one in done.failures}
        empty = {table.name for one in (*VIEWS, *COMPUTED) if one.name in failed for table in one.tables}
        after = content(views)
        assert {name: after[name] for name in empty} == {name: [] for name in empty}
        assert any(before[name] for name in empty)
        same = before.keys() - empty - {"views"}
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        stood = dict(views.connection.execute("SELECT view, position FROM views").fetchall())
        assert {name for name, position in stood.items() if position == 0} == failed
        assert {position for name, position in stood.items() if name not in failed} == {archive.size}
        # Here nothing fails: what is behind catches up.
        assert views.update().failures == ()
        assert list(views.differences()) == []


@pytest.mark.fault
@pytest.mark.usefixtures("few")
def test_process_that_is_killed_ends_in_an_error_and_leaves_the_old_file(made: Made) -> None:
    with made.open() as archive, Views(archive) as views:
        views.rebuild()
        before = views.path.read_bytes()
        last = streams_of(archive)[-1]
        with (
            workers(end_at, last) as executor,
            pytest.raises(StorageError, match="a process that made a part of them ended before it was done") as caught,
        ):
            views.rebuild(executor=executor)
        assert caught.value.hint is not None
        assert "try again" in caught.value.hint
        assert views.path.read_bytes() == before
        assert [path.name for path in made.folder.glob("views.db*")] == ["views.db"]
        assert views.update().rebuilt is None


@pytest.mark.fault
@pytest.mark.usefixtures("few")
def test_process_that_finds_the_record_altered_says_so_as_this_one_does(tmp_path: Path, executor: Executor) -> None:
    busy = busy_archive(tmp_path)
    with busy.made.open() as archive, Views(archive) as views:
        views.rebuild()
        before = views.path.read_bytes()
    tampering = Tampering(busy)
    position = tampering.position("proposal-registered")
    tampering.set_state(position, tampering.state(position)[:-1])
    tampering.close()
    with busy.made.open() as archive, Views(archive) as views:
        with pytest.raises(IntegrityError) as alone:
            views.rebuild()
        with pytest.raises(IntegrityError) as spread:
            views.rebuild(executor=executor)
        assert (spread.value.message, spread.value.hint) == (alone.value.message, alone.value.hint)
        assert views.path.read_bytes() == before


# -- what is not spread ---------------------------------------------------------------------------


def test_what_is_too_little_for_two_jobs_is_not_spread(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with made.open() as archive, Views(archive) as views:
        alone = views.rebuild()
        before = content(views)
        count = len(streams_of(archive))
        monkeypatch.setattr(spreading, "STREAMS_A_JOB", count // 2 + 1)
        assert views.rebuild(executor=_Unused()) == alone
        assert content(views) == before
        monkeypatch.setattr(spreading, "STREAMS_A_JOB", count // 2)
        with pytest.raises(AssertionError, match="spread: "):
            views.rebuild(executor=_Unused())


@pytest.mark.usefixtures("few")
def test_views_that_processes_do_not_know_by_name_are_not_spread(tmp_path: Path) -> None:
    busy: Busy = busy_archive(tmp_path)
    with busy.made.open() as archive:
        ours = VIEWS[0]
        other = type(ours)(name="other", version=1, kinds=ours.kinds, parts=ours.parts[:0])
        with Views(archive, tmp_path / "other.db", views=(*VIEWS, other)) as views:
            assert views.rebuild(executor=_Unused()).failures == ()
