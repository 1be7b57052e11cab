"""Row 11: taking in a real city (6,679 papers, 1,257 meetings), against signing alone of as many events.

Beside it, in the same run: recording alone of the same command files (what reading and deciding costs is the rest),
the second run over the same data, counting the findings, and peak memory. The data are looked for where the tests
look for them; without them there is nothing to measure, and the script says so.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive import following
from archive.intake.oparl.dumps import read_dump
from archive.intake.oparl.mapping import vocabulary
from benchmarks.measuring import Row, options, report, timed
from benchmarks.row_2_record_bulk import sign
from benchmarks.synthetic import new_archive
from projections.source_findings import count_findings

if TYPE_CHECKING:
    from archive.batch import Batch

ROUNDS: Final = 3
SYSTEM: Final = "https://web1.karlsruhe.de/oparl"
_HERE: Final = Path(__file__).resolve().parents[2] / "shared" / "data"
SOURCE: Final = Path(os.environ.get("RATSBUCH_SHARED") or _HERE) / "karlsruhe" / "oparl-until-2018.tar.xz"


def _row(name: str, *, work: str, peer: str, target: float, times: list[tuple[float, float]], count: int) -> Row:
    single = [ours / theirs for ours, theirs in times]
    ours, theirs = (sorted(one[side] for one in times)[len(times) // 2] for side in (0, 1))
    return Row(
        row=name,
        work=work,
        peer=peer,
        ratio=round(ours / theirs, 3),
        target=target,
        lower=True,
        work_us=round(ours / count * 1e6, 1),
        peer_us=round(theirs / count * 1e6, 1),
        rounds=len(times),
        spread=(round(min(single), 3), round(max(single), 3)),
    )


def recording_alone(folder: Path) -> tuple[float, int]:
    """Give how long recording takes of what the city gives, all read and decided before, and how many events."""
    archive, signer = new_archive(folder)
    how = following.Run(words=vocabulary(), signer=signer)
    with following.following(archive, how, system=SYSTEM) as (run, spool, summary):
        read_dump(SOURCE, lambda tree, place: run.take(tree, place=place), summary.cannot_read)
        batches = list(run.batches())

        def work() -> None:
            following.record(archive, run, iter(batches), summary, how)

        seconds = timed(work)
        del spool
    archive.close()
    return seconds, _events(batches)


def _events(batches: list[Batch]) -> int:
    return sum(len(batch.commands) for batch in batches)


def rows(*, quick: bool) -> list[Row]:
    """Measure; work and peer in turns, each round in a new archive."""
    first, again, found = [], [], []
    count = 1
    peak = 0
    for _ in range(1 if quick else ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            archive, signer = new_archive(Path(name))
            how = following.Run(words=vocabulary(), signer=signer)

            def intake() -> None:
                following.follow_dump(archive, SOURCE, how, system=SYSTEM)  # noqa: B023  # called in this round

            before = archive.size
            seconds = timed(intake)
            peak = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            count = archive.size - before
            key, messages = signer.key, [b"m" * 1130] * count
            signing = timed(lambda: sign(key, messages))  # noqa: B023  # called in this round
            second = timed(intake)
            counting = timed(lambda: count_findings(archive, after=before))  # noqa: B023  # called in this round
            archive.close()
        first.append((seconds, signing))
        again.append((second, seconds))
        found.append((counting, signing))
    with tempfile.TemporaryDirectory() as name:
        alone, events = recording_alone(Path(name))
        key = new_archive(Path(name) / "other")[1].key
        signing = timed(lambda: sign(key, [b"m" * 1130] * events))
    # RUSAGE counts kilobytes on Linux and bytes on macOS.
    megabytes = peak / (2**20 if sys.platform == "darwin" else 2**10)
    shares = ", ".join(f"{ours / theirs:.1f}" for ours, theirs in found)
    print(f"peak memory {megabytes:.0f} MB (wanted <= 400), {count} events", file=sys.stderr)
    print(f"recording alone of the same command files: {alone / signing:.1f} times signing", file=sys.stderr)
    print(f"counting the findings, which is no part of row 11: {shares} times signing", file=sys.stderr)
    return [
        _row(
            "11",
            work="intake of a real city",
            peer="signing alone of as many events",
            target=4,
            times=first,
            count=count,
        ),
        _row("11, second run", work="nothing new", peer="the first run", target=0.25, times=again, count=count),
    ]


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    if not SOURCE.is_file():
        sys.exit(f"{SOURCE}: not found; RATSBUCH_SHARED names the folder that holds it")
    report(rows(quick=arguments.quick), as_json=arguments.json)
