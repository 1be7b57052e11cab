"""Build the wheel, see that nothing is missing in it, and run the tests against it.

The editable installation puts the whole repository on the import path, so a file that was forgotten in the wheel is
noticed only here. Nothing but `tests/` and `pyproject.toml` lies in the folder where the tests run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

from repository import ROOT, files

SHIPPED = ("archive", "cli.py", "domain", "projections", "schemas")
# What needs long, breaks processes on purpose, reads docs and README or looks at pages was run on the repository.
SELECTION = "not slow and not long and not fault and not checkout and not browser"
# Every command and every export: what uses every module and every file that is shipped.
TESTS = ("tests/cli", "tests/test_packaging.py", "tests/unit/archive/excerpt", "tests/unit/projections/export")
# A suite that collects next to nothing passes too. Well below what there is, so that it is raised seldom.
PASSED_MIN = 1_200


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> None:
    """Run one step; its output is ours."""
    subprocess.run(command, cwd=cwd, check=True, env={**os.environ, **environment})


def passed(report: Path) -> int:
    """Count the tests that passed, in a report as pytest writes it (JUnit XML)."""
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314  # written just now by our own tests
    names = ("errors", "failures", "skipped")
    return sum(int(suite.attrib["tests"]) - sum(int(suite.attrib[name]) for name in names) for suite in suites)


def missing_and_surplus(wheel: Path) -> tuple[list[str], list[str]]:
    """Compare the names in the wheel with the files of the packages."""
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    relative = (path.relative_to(ROOT) for path in files())
    expected = {path.as_posix() for path in relative if path.parts[0] in SHIPPED}
    return sorted(expected - packed), sorted(packed - expected)


def main() -> int:
    """Build, compare, install, test; give the exit code."""
    with tempfile.TemporaryDirectory(prefix="ratsbuch-wheel-") as name:
        folder = Path(name).resolve()
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
        wheel = next(folder.glob("*.whl"))
        missing, surplus = missing_and_surplus(wheel)
        if missing or surplus:
            print(f"wheel: missing: {missing}, surplus: {surplus}")
            return 1

        run(sys.executable, "-m", "venv", folder / "venv")
        python = folder / "venv" / "bin" / "python"
        install = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        run(*install, "--require-hashes", "--only-binary", ":all:", "-r", ROOT / "requirements" / "test.txt")
        run(*install, "--no-deps", "--no-index", wheel)

        checkout = folder / "checkout"
        shutil.copytree(ROOT / "tests", checkout / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", checkout)
        report = folder / "report.xml"
        # -P keeps the current folder off the import path. The last line printed is pytest's own.
        run(
            *(python, "-P", "-m", "pytest", *TESTS, "-m", SELECTION, "-p", "no:cacheprovider", "--quiet", "-n", "auto"),
            f"--junit-xml={report}",
            cwd=checkout,
            HYPOTHESIS_PROFILE="quick",
            PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            RATSBUCH_SHARED=os.environ.get("RATSBUCH_SHARED") or str(ROOT.parent / "shared" / "data"),
        )
        count = passed(report)
        if count < PASSED_MIN:
            print(f"wheel: {count} tests passed, expected at least {PASSED_MIN}")
            return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(f"wheel: {Path(error.cmd[0]).name} {' '.join(map(str, error.cmd[1:4]))}: exit {error.returncode}")
        sys.exit(1)
