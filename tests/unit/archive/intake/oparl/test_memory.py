"""How much memory an intake takes: as much as its largest objects and its caches, however long the dump is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner
from msgspec import Struct
from support.oparl import SYSTEM, paper

import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORT: Final = 1_000
LONG: Final = 8 * SHORT
# A dump that is long, and not only of many objects: if its content stayed in memory, that would be seen.
TEXT_BYTES: Final = 20_000
MIB: Final = 2**20
# At the end the process says what it took at most. What the parent took before does not count: /proc has it since exec.
_PROGRAM: Final = """
import sys, cli
sys.argv[0] = "ratsbuch"
try:
    cli.main()
finally:
    with open("/proc/self/status") as status:
        (peak,) = (line.split()[1] for line in status if line.startswith("VmHWM:"))
    sys.stderr.write(f"peak {peak}")
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says what a process took at most"),
]


class Took(Struct, frozen=True):
    """What a run took at most, and what it did."""

    peak_bytes: int
    dump_bytes: int
    events: int


def took(folder: Path, count: int, *options: str) -> Took:
    """Take a dump of so many objects in, in a process of its own and a register of its own."""
    folder.mkdir()
    places = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("DATA", "CONFIG", "STATE", "CACHE")}
    environment = {**os.environ, **places, "RATSBUCH_ARCHIVE": str(folder / "archive")}
    opening = ["init", str(folder / "archive"), "--name", "Musterkreis", "--kind", "landkreis"]
    done = CliRunner().invoke(cli.main, [*opening, "--rules", "sn-landkreis"], env=environment)
    assert done.exit_code == 0, done.output
    source = folder / "dump.jsonl"
    with source.open("w", encoding="utf-8") as lines:
        lines.writelines(_lines(count))
    command = [sys.executable, "-c", _PROGRAM, "intake", "oparl", str(source), "--system", SYSTEM, "--json", *options]
    ran = subprocess.run(
        command, cwd=Path(str(cli.__file__)).parent, env=environment, capture_output=True, text=True, check=True
    )
    events = sum(json.loads(ran.stdout)["events"].values())
    return Took(1024 * int(ran.stderr.split()[-1]), source.stat().st_size, events)


def _lines(count: int) -> Iterator[str]:
    for number in range(count):
        word = f"Sachverhalt {number} "  # unlike each other, so that nothing is kept once for all
        yield json.dumps(paper(number, vendorText=word * (TEXT_BYTES // len(word)))) + "\n"


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["recorded", "rehearsed"])
def test_eight_times_the_dump_takes_little_more_memory(
    tmp_path: Path, options: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    short, long = took(tmp_path / "short", SHORT, *options), took(tmp_path / "long", LONG, *options)
    assert (short.events, long.events) == (2 * SHORT, 2 * LONG)
    more, longer = long.peak_bytes - short.peak_bytes, long.dump_bytes - short.dump_bytes
    told = (
        f"{SHORT} objects, {short.dump_bytes / MIB:.0f} MiB: {short.peak_bytes / MIB:.0f} MiB of memory; "
        f"{LONG} objects, {long.dump_bytes / MIB:.0f} MiB: {long.peak_bytes / MIB:.0f} MiB of memory"
    )
    record_property("memory", told)
    # The caches of the databases fill up; the dump itself is several times what they hold.
    assert longer > 120 * MIB, told
    assert more < 16 * MIB, told
