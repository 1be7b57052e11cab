"""Row 10: does exporting a whole register need more memory when it is larger, and how long do packages take?

The peak of memory is that of a process of its own that exports the whole register as XML; of a register of 10,000
events and of a larger one, and the larger one's over the small one's is the result. Beside it: a package of one
proposal out of the larger register, PDF included, against 1.5 seconds; and a package of the whole register verified
without renderings, against `verify --full` of the archive, both in one process.

`--large` takes a register of a million events, else of 100,000; a register of 10,000 is what packages of the whole are
verified of.
"""

from __future__ import annotations

import multiprocessing
import re
import resource
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from archive.archive import Archive
from archive.keys import KeyFolder
from archive.log.signing import read_log_signer
from archive.verify import ArchiveSource, verify
from benchmarks.measuring import Row, compare, options, report, timed
from benchmarks.row_7_8_views import LARGE, MIDDLE, SMALL, filled
from benchmarks.synthetic import means
from projections.export import pdf
from projections.export.checking import Verifier
from projections.export.exporting import Wanted, export
from projections.export.package.contents import OPTIONAL, Contents
from projections.projector import Views

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS: Final = 5
DAY: Final = "2026-11-24"
VERSION: Final = "0"
SECONDS: Final = 1.5
_KIB: Final = 1024


def made(folder: Path, count: int) -> Path:
    """Make a register of that many events, under a checkpoint, with its views; gives its folder."""
    archive, _, _ = filled(folder, count)
    keys = KeyFolder(folder / "keys", passphrase=None, random=archive.means.random)
    archive.checkpoint(read_log_signer(keys, archive.log_keys_at(archive.size)))
    with Views(archive) as views:
        views.update()
    archive.close()
    return folder / "archive"


def exported(folder: Path, target: Path, wanted: Wanted) -> None:
    """Export as a command does."""
    with Archive.open(folder, means=means()) as archive, Views(archive) as views:
        views.update()
        export(archive, views, wanted, target, day=DAY, version=VERSION)


class _Peak(NamedTuple):
    """The highest memory of a process in KiB, and the seconds that it took."""

    kib: int
    seconds: float


def peak(folder: Path, target: Path) -> _Peak:
    """Export the whole register as XML in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak, (folder, target))


def _peak(folder: Path, target: Path) -> _Peak:
    seconds = timed(lambda: exported(folder, target, Wanted(format="xml")))
    return _Peak(_highest(), seconds)


def _highest() -> int:
    """Give the highest memory of this process in KiB.

    What Linux gives for the whole life of a process begins with the memory of whoever started it, so it is asked for
    what this program had alone.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        if found is not None:
            return int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def memory(folders: tuple[Path, Path], sizes: tuple[int, int], scratch: Path) -> Row:
    """Measure the peak of memory at two sizes."""
    small, large = (peak(folder, scratch / f"{size}.xml") for folder, size in zip(folders, sizes, strict=True))
    print(
        f"peak of memory: {small.kib // _KIB} MiB at {sizes[0]}, {large.kib // _KIB} MiB at {sizes[1]} events",
        file=sys.stderr,
    )
    ratio = round(large.kib / small.kib, 3)
    return Row(
        row="10",
        work=f"XML of a whole register of {sizes[1]} events, peak of memory (times are those of the export)",
        peer=f"the same at {sizes[0]}",
        ratio=ratio,
        target=1.2,
        lower=True,
        work_us=round(large.seconds / sizes[1] * 1e6, 1),
        peer_us=round(small.seconds / sizes[0] * 1e6, 1),
        rounds=1,
        spread=(ratio, ratio),
    )


def one_package(folder: Path, size: int, scratch: Path, *, rounds: int) -> Row:
    """Measure a package of one proposal, PDF included; each turn asks for another."""
    with Archive.open(folder, means=means()) as archive:
        every = archive.streams("proposal")
    asked = [every[len(every) * (turn + 1) // (rounds + 2)] for turn in range(rounds + 1)]
    parts = OPTIONAL if pdf.available() else tuple(part for part in OPTIONAL if part != "pdf")
    times = []
    for turn, stream in enumerate(asked):
        wanted = Wanted(format="package", refs=(stream,), contents=Contents(parts=parts))
        seconds = timed(lambda w=wanted, t=turn: exported(folder, scratch / f"one-{t}", w))  # type: ignore[misc]
        if turn:
            times.append(seconds)
    middle = statistics.median(times)
    return Row(
        row="10, a package",
        work=f"a package of one proposal of a register of {size} events, with {', '.join(parts)}",
        peer=f"{SECONDS} seconds",
        ratio=round(middle / SECONDS, 3),
        target=1.0,
        lower=True,
        work_us=round(middle * 1e6, 1),
        peer_us=SECONDS * 1e6,
        rounds=len(times),
        spread=(round(min(times) / SECONDS, 3), round(max(times) / SECONDS, 3)),
    )


def whole_package(folder: Path, size: int, scratch: Path, *, rounds: int) -> Row:
    """Measure verifying a package of a whole register against verifying the register."""
    target = scratch / "whole"
    exported(folder, target, Wanted(format="package", contents=Contents(parts=())))
    verifier = Verifier(version=VERSION, find_pin=lambda _: None, evidence=lambda _, __: ())

    def archive() -> None:
        source = ArchiveSource(folder)
        verify(source, pin=None)
        source.close()

    return compare(
        "10, verifying a package",
        work=f"a package of a whole register of {size} events verified, every readable statement made again",
        peer="the register verified in full, one process",
        target=0.5,
        pairs=((lambda: verifier.verify(target), archive) for _ in range(rounds + 1)),
        count=size,
    )


def rows(*, quick: bool, large: bool) -> Iterator[Row]:
    """Measure all; the registers are made once."""
    sizes = (SMALL, SMALL * 3 if quick else LARGE if large else MIDDLE)
    rounds = 1 if quick else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        small, other = (made(scratch / str(size), size) for size in sizes)
        yield memory((small, other), sizes, scratch)
        yield one_package(other, sizes[1], scratch, rounds=rounds)
        yield whole_package(small, sizes[0], scratch, rounds=rounds)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--large", action="store_true", help="a register of a million events")
    arguments = parser.parse_args()
    report(rows(quick=arguments.quick, large=arguments.large), as_json=arguments.json)
