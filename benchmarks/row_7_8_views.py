"""Rows 7 and 8: making all views anew, against reading and decoding the same tokens; and does reading one thing grow?

Row 7 is given without the full text, as the target names it, with it, and with the tables that follow from several
streams; each in this process alone and with the work spread over all cores. Row 8 asks for a proposal with `show`,
`history`, as of a day and as recorded at a moment, in a register of 10,000 events and in a larger one, in turns; the
large one's time over the small one's is the result. One proposal has more events than another, so each turn asks for
the next of some that lie all over the register. Beside it: one event recorded and the views brought up to date, and
searches for a word that few proposals have, for one that a quarter of them have, and for both. CPU time is printed
beside the time that passed: where others work on the machine, it is what tells.

`--large` takes a register of a million events, of which the views are made once in this process and once spread (about
twelve minutes), else of 100,000.
"""

from __future__ import annotations

import concurrent.futures
import functools
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.measuring import Row, compare, options, report, timed
from benchmarks.synthetic import FREQUENT_WORD, alone, batch, new_archive, rare_word, statements
from projections.account import history, listing, show
from projections.projector import Views
from projections.timetravel import moment
from projections.views import VIEWS
from projections.views.search import SEARCH_VIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.archive import Archive
    from archive.keys import Signer
    from domain.stream import Statement

ROUNDS: Final = 5
SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
_PART: Final = 5_000
READINGS: Final = 21


def filled(folder: Path, count: int) -> tuple[Archive, Signer, list[Statement]]:
    """Give a register of that many events, and a few statements that are not recorded yet."""
    folder.mkdir()
    archive, signer = new_archive(folder)
    some: list[Statement] = []
    at = 0
    for statement in statements(count + 2 * READINGS, subjects=True):
        some.append(statement)
        if len(some) == _PART and archive.size + _PART <= count:
            archive.record(batch(some, name=f"fill/{at}"), signer=signer)
            at += len(some)
            some = []
    rest = count - archive.size
    if rest > 0:
        archive.record(batch(some[:rest], name="fill/last"), signer=signer)
    return archive, signer, some[max(rest, 0) :]


def rebuilding(archive: Archive, folder: Path, *, rounds: int) -> Iterator[Row]:
    """Measure row 7."""
    without = tuple(view for view in VIEWS if view is not SEARCH_VIEW)

    def read() -> None:
        for _ in archive.events_between():
            pass

    every = (
        ("7", Views(archive, folder / "measured.db", views=without, computed=())),
        ("7, with the full text", Views(archive, folder / "measured.db", computed=())),
        ("7, with what is computed from several streams", Views(archive, folder / "measured.db")),
    )
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), mp_context=context) as executor:
        for number, made in every if archive.size < LARGE else every[-1:]:
            for how, spread in (("one process", None), ("all cores", executor)):
                yield compare(
                    f"{number}, {how}",
                    work="all views made anew",
                    peer="reading and decoding the same tokens, one core",
                    target=0.45,
                    pairs=((functools.partial(made.rebuild, executor=spread), read) for _ in range(rounds + 1)),
                    count=archive.size,
                )


def readings(archive: Archive, views: Views) -> dict[str, Callable[[int], object]]:
    """Give what is asked, by the number of the turn."""
    every = archive.streams("proposal")
    asked = [every[len(every) * (turn + 1) // (READINGS + 2)] for turn in range(READINGS + 1)]
    recorded = moment(int(archive.means.clock()))
    rare = [rare_word(archive.size * (turn + 1) // (READINGS + 2)) for turn in range(READINGS + 1)]
    return {
        "show": lambda turn: show(archive, asked[turn], views=views),
        "history": lambda turn: history(archive, asked[turn], views=views),
        "show as of a day": lambda turn: show(archive, asked[turn], as_of="2020-06-30", views=views),
        "show as recorded": lambda turn: show(archive, asked[turn], as_recorded=recorded, views=views),
        "search for a rare word": lambda turn: listing(archive, search=rare[turn], views=views),
        "search for a rare and a frequent word": lambda turn: listing(
            archive, search=f"{rare[turn]} {FREQUENT_WORD}", views=views
        ),
        "search for a frequent word": lambda _: listing(archive, search=FREQUENT_WORD, views=views),
    }


def rows(*, quick: bool, large: bool) -> Iterator[Row]:
    """Measure both rows; the registers are made once."""
    size = SMALL * 3 if quick else LARGE if large else MIDDLE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        registers = [filled(folder / str(count), count) for count in (SMALL, size)]
        for archive, _, _ in registers:
            yield from rebuilding(archive, folder, rounds=1 if quick or archive.size >= LARGE else ROUNDS)
        opened = []
        for archive, _, _ in registers:
            views = Views(archive)
            views.update()
            opened.append((archive, views))
        asked = [readings(archive, views) for archive, views in opened]
        for question in asked[0]:
            yield _grown(question, [one[question] for one in asked], sizes=[a.size for a, _ in opened])
        yield _updating(registers, [views for _, views in opened])
        for archive, views in opened:
            views.close()
            archive.close()


def _grown(question: str, works: list[Callable[[int], object]], *, sizes: list[int]) -> Row:
    times: list[list[_Times]] = [[], []]
    for turn in range(READINGS + 1):
        for side in (0, 1) if turn % 2 else (1, 0):
            work = functools.partial(works[side], turn)
            work()
            found = _timed(work)
            if turn:
                times[side].append(found)
    return _row(f"8, {question}", times, sizes=sizes, work=question)


def _updating(registers: list[tuple[Archive, Signer, list[Statement]]], views: list[Views]) -> Row:
    times: list[list[_Times]] = [[], []]
    for turn in range(READINGS):
        for side, (archive, signer, more) in enumerate(registers):
            archive.record(alone(more[turn]), signer=signer)
            times[side].append(_timed(views[side].update))
    return _row(
        "8, views after one event", times, sizes=[archive.size for archive, _, _ in registers], work="an update"
    )


class _Times(NamedTuple):
    """Seconds that passed, and seconds of CPU."""

    passed: float
    cpu: float


def _timed(work: Callable[[], object]) -> _Times:
    began = time.process_time()
    passed = timed(work)
    return _Times(passed, time.process_time() - began)


def _row(row: str, times: list[list[_Times]], *, sizes: list[int], work: str) -> Row:
    small, large = (statistics.median(one.passed for one in side) for side in times)
    cpu = [statistics.median(one.cpu for one in side) * 1e3 for side in times]
    single = [b.passed / a.passed for a, b in zip(*times, strict=True)]
    print(
        f"{work}: {small * 1e3:.1f} ms ({cpu[0]:.1f} of CPU) at {sizes[0]}, "
        f"{large * 1e3:.1f} ms ({cpu[1]:.1f}) at {sizes[1]} events",
        file=sys.stderr,
    )
    return Row(
        row=row,
        work=f"{work} in a register of {sizes[1]} events",
        peer=f"the same at {sizes[0]}",
        ratio=round(large / small, 3),
        target=1.2,
        lower=True,
        work_us=round(large * 1e6, 1),
        peer_us=round(small * 1e6, 1),
        rounds=len(single),
        spread=(round(min(single), 3), round(max(single), 3)),
    )


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--large", action="store_true", help="a register of a million events")
    arguments = parser.parse_args()
    report(rows(quick=arguments.quick, large=arguments.large), as_json=arguments.json)
