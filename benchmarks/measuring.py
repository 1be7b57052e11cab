"""Timing as ratios: work and peer alternate in one run, medians are compared, and both are printed.

Machines differ and are noisy, so a time alone says nothing; what is reported is how much of the peer's speed the
work has, with the spread of the rounds beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Row(Struct, frozen=True, kw_only=True):
    """One line of the result.

    Attributes:
        row: Its number in the list of targets.
        work: What was done.
        peer: What it is measured against, in the same run.
        ratio: Speed of the work as a share of the peer's; for costs (`lower`) time of the work over the peer's.
        target: What is wanted.
        lower: Whether a low ratio is wanted.
        work_us: Median microseconds of the work, an event.
        peer_us: Median microseconds of the peer, an event.
        rounds: How often each was timed.
        spread: Lowest and highest ratio of single rounds.
    """

    row: str
    work: str
    peer: str
    ratio: float
    target: float
    lower: bool
    work_us: float
    peer_us: float
    rounds: int
    spread: tuple[float, float]


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(  # a measurement and everything that is said about it
    row: str,
    *,
    work: str,
    peer: str,
    target: float,
    pairs: Iterable[tuple[Callable[[], object], Callable[[], object]]],
    count: int,
    lower: bool = False,
) -> Row:
    """Time work and peer in turns.

    Args:
        row: Number of the row.
        work: What is done.
        peer: What it is measured against.
        target: What is wanted of the ratio.
        pairs: Work and peer of each round; the first round warms up and is not counted.
        count: How many events each does in a round.
        lower: Whether the ratio is time over time (a cost) instead of speed over speed.
    """
    ours, theirs = [], []
    for index, (do_work, do_peer) in enumerate(pairs):
        if index % 2:
            second, first = timed(do_peer), timed(do_work)
        else:
            first, second = timed(do_work), timed(do_peer)
        if index:
            ours.append(first)
            theirs.append(second)
    single = [a / b if lower else b / a for a, b in zip(ours, theirs, strict=True)]
    ours_median, theirs_median = statistics.median(ours), statistics.median(theirs)
    return Row(
        row=row,
        work=work,
        peer=peer,
        ratio=round(ours_median / theirs_median if lower else theirs_median / ours_median, 3),
        target=target,
        lower=lower,
        work_us=round(ours_median / count * 1e6, 1),
        peer_us=round(theirs_median / count * 1e6, 1),
        rounds=len(ours),
        spread=(round(min(single), 3), round(max(single), 3)),
    )


def report(rows: Iterable[Row], *, as_json: bool) -> None:
    """Print the rows, for people or as one JSON document."""
    every = tuple(rows)
    if as_json:
        print(json.dumps({"format": "ratsbuch-benchmark/1", "rows": to_builtins(every)}, ensure_ascii=False))
        return
    for r in every:
        wanted = f"<= {r.target}" if r.lower else f">= {r.target}"
        print(f"row {r.row}: {r.work}")
        print(f"  against {r.peer}")
        print(f"  ratio {r.ratio} (wanted {wanted}; rounds {r.spread[0]} to {r.spread[1]}, {r.rounds} of them)")
        print(f"  {r.work_us} us an event, peer {r.peer_us} us")


def options(description: str | None) -> argparse.ArgumentParser:
    """Give the options that every script has."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it runs")
    return parser
