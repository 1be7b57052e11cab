"""Row 9: the start of a command, `ratsbuch --version`, against `python -c "import click"`, both as whole processes."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import Row, compare, options, report

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 40
TARGET = 1.3


def run(*command: str) -> None:
    """Run a command to its end."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure the installed command."""
    beside = Path(sys.executable).with_name("ratsbuch")
    command = str(beside) if beside.exists() else shutil.which("ratsbuch")
    if command is None:
        message = "ratsbuch is not installed in this environment"
        raise SystemExit(message)
    yield compare(
        "9",
        work="ratsbuch --version",
        peer='python -c "import click"',
        target=TARGET,
        pairs=[
            (functools.partial(run, command, "--version"), functools.partial(run, sys.executable, "-c", "import click"))
        ]
        * (6 if quick else ROUNDS),
        count=1,
        lower=True,
    )


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    report(rows(quick=arguments.quick), as_json=arguments.json)
