"""An account read with the views is the account that reading the whole register gives."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from support.demo import demo_archive
from support.shared import shared_data

from archive import following
from archive.intake.oparl.mapping import vocabulary
from domain.values import STREAM_KINDS
from projections.account import history, listing, show
from projections.projector import Views

if TYPE_CHECKING:
    from pathlib import Path

    from support.archives import Made

    from archive.archive import Archive


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


def every_stream(archive: Archive) -> list[str]:
    return [stream for kind in STREAM_KINDS for stream in archive.streams(kind)]


@pytest.mark.parametrize(
    ("as_of", "back", "blocked"),
    [(None, 0, False), (None, 0, True), ("2021-12-08", 0, False), ("2024-11-01", 0, False), (None, 4, False)],
)
def test_demo_register(demo: Made, as_of: str | None, back: int, *, blocked: bool) -> None:
    """On both axes of time; `back` days before the last file was recorded."""
    with demo.open() as archive, Views(archive) as views:
        views.update()
        day = None
        if back:
            from projections.timetravel import moment  # noqa: PLC0415  # only here

            day = moment(int(archive.means.clock()) - back * 86_400)
        told = 0
        for stream in every_stream(archive):
            if day is not None and archive.history(stream, until=archive.position_at(_seconds(archive, back))) == ():
                continue
            for tell in (show, history):
                whole = tell(archive, stream, as_of=as_of, as_recorded=day, with_blocked=blocked)
                near = tell(archive, stream, as_of=as_of, as_recorded=day, with_blocked=blocked, views=views)
                assert near == whole, stream
                told += 1
        assert told > 40  # the register was read


def test_what_is_looked_up_does_not_grow_with_how_often_an_organ_met(demo: Made) -> None:
    """Every table is entered by what is asked for, and of an organ only the meetings of the day are looked at."""
    with demo.open() as archive, Views(archive) as views:
        views.update()
        asked: set[str] = set()
        views.connection.set_trace_callback(asked.add)
        for stream in archive.streams("proposal"):
            show(archive, stream, views=views)
        views.connection.set_trace_callback(None)
        plans = {
            statement: [row[3] for row in views.connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            for statement in asked
            if statement.startswith("SELECT")
        }
        steps = [step for plan in plans.values() for step in plan]
        assert [step for step in steps if step.startswith("SCAN")] == []
        assert any("meetings_starts_at_stream (starts_at>? AND starts_at<?)" in step for step in steps)
        assert {step.partition(" INDEX ")[2] for step in steps if step.startswith("SEARCH meeting_organs ")} == {
            "meeting_organs_organ_stream (organ=? AND stream=?)"
        }


def _seconds(archive: Archive, back: int) -> float:
    return archive.means.clock() - back * 86_400


def test_list_of_what_was_found(demo: Made) -> None:
    with demo.open() as archive, Views(archive) as views:
        views.update()
        for kind in ("proposal", "resolution", "meeting"):
            every = {row.stream: row for row in listing(archive, kind=kind).rows}
            for words in ("der", "kreistag", "verein", "k", "2"):
                for row in listing(archive, kind=kind, search=words, views=views).rows:
                    assert row.found_in
                    assert _bare(row) == _bare(every[row.stream])


def _bare(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__ if name != "found_in"}  # type: ignore[attr-defined]


@pytest.mark.long
def test_real_register(tmp_path: Path, demo: Made) -> None:
    """A sample of a real city; which streams, chance says and the message names."""
    source = shared_data("karlsruhe", "oparl-until-2018.tar.xz")
    from benchmarks.synthetic import new_archive  # noqa: PLC0415  # it opens a register as an intake finds it

    archive, signer = new_archive(tmp_path)
    with archive:
        how = following.Run(words=vocabulary(), signer=signer)
        following.follow_dump(archive, source, how, system="https://web1.karlsruhe.de/oparl")
        with Views(archive) as views:
            views.update()
            chance = random.Random(seed := random.randrange(2**32))
            sample = [s for kind in ("proposal", "meeting") for s in chance.sample(archive.streams(kind), 4)]
            for stream in sample:
                assert show(archive, stream, views=views) == show(archive, stream), (seed, stream)
