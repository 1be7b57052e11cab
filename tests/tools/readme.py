"""Run the commands that a document prints, such as the README, and compare what comes out with what is printed there.

The commands run in a copy of the repository as a stranger would clone it: no virtual environment, a space in the
path, a home folder of its own. All ```console blocks of a file form one session in the order in which they stand.
What differs from run to run (ids, digests, instants, durations, counts of tests, folders) is made equal on both
sides first. A line `...` in the document stands for any lines. A session that makes its own environment, as the
README's does, has nothing else; any other finds the commands of the environment that this runs in.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from repository import ROOT, files

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "\x1e"
SECONDS_MAX = 900

VARIABLE = (
    (r"\x1b\[[0-9;]*m", ""),
    (r"RATSBUCH [0-9A-F]{8} / (\d+) / \d{4}-\d\d-\d\d / (?:[0-9A-Z]{4} ){13}/ [0-9A-Z]{6}", r"<line over \1>"),
    (r"(?<=line of )\d{4}-\d\d-\d\d|(?<=Zeile vom )\d{4}-\d\d-\d\d", "<day>"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?", "<instant>"),
    (r"(?<![\w.])(?:~|\$\w+|…|\.\.\.)?/[^\s'\"]*ratsbuch[^\s'\":,;)]*", "<path>"),
    (r"[A-Za-z0-9_+/-]{43,}={0,2}", "<base64>"),
    (r"\b[0-9a-f]{4,}(?=\.\.|…)", "<hex>"),
    (r"\b(?=[0-9]*[a-f])[0-9a-f]{8,}\b", "<hex>"),
    (r"\b\d+(?:\.\d+)? ?(?:s|ms|seconds)\b(?: \(\d:\d\d:\d\d\))?", "<time>"),
    (r"\b\d+ (passed|skipped|deselected)\b", r"<n> \1"),
    (r"={3,}", "==="),
)


def session(text: str) -> list[tuple[str, list[str]]]:
    """Give the commands of a file with the lines printed below each."""
    steps: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif (line == ">" or line.startswith("> ")) and steps and not steps[-1][1]:
                steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", [])
            elif steps:
                steps[-1][1].append(line)
            else:
                message = f"a console block starts with output: {line}"
                raise SystemExit(message)
    return steps


def same(lines: list[str]) -> list[str]:
    """Make equal what differs from run to run; drop empty lines at both ends."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    for pattern, replacement in VARIABLE:
        text = re.sub(pattern, replacement, text)
    return text.split("\n")


def agrees(expected: list[str], actual: list[str]) -> bool:
    """Tell whether the output is as printed; a line `...` stands for any lines."""
    parts = [".*" if line.strip() == "..." else re.escape(line) for line in expected]
    return re.fullmatch("\n".join(parts), "\n".join(actual), re.DOTALL) is not None


def play(steps: list[tuple[str, list[str]]], clone: Path, home: Path) -> list[tuple[int, list[str]]]:
    """Run the commands in one shell; give exit code and output of each."""
    script = "".join(f"{command}\nprintf '{MARK}%s\\n' \"$?\"\n" for command, _ in steps)
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("RATSBUCH_", "XDG_", "MAKE"))}
    for name in ("MFLAGS", "VIRTUAL_ENV", "CI"):
        keep.pop(name, None)
    # The whole suite has just been run by `make test`; here the printed command has to work, on one file.
    environment = keep | {"XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state")}
    environment |= {"XDG_CONFIG_HOME": str(home / "config"), "TESTS": "tests/test_packaging.py", "COLUMNS": "120"}
    if not any(command.startswith("make ") for command, _ in steps):
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS_MAX,
        check=False,
    )
    results: list[tuple[int, list[str]]] = []
    pending: list[str] = []
    for line in done.stdout.decode().split("\n"):  # `splitlines` would split at the mark
        printed, mark, code = line.partition(MARK)
        if printed or not mark:
            pending.append(printed)
        if mark:
            results.append((int(code), pending))
            pending = []
    return results


def check(path: Path) -> int:
    """Play one file; print each difference and give their number."""
    steps = session(path.read_text(encoding="utf-8"))
    if not steps:
        print(f"{path.name}: no ```console block")
        return 1
    with tempfile.TemporaryDirectory(prefix="ratsbuch-readme-") as name:
        clone = Path(name).resolve() / "a clone"
        for file in files():
            target = clone / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        results = play(steps, clone, Path(name).resolve() / "home")
    failures = 0
    for index, (command, printed) in enumerate(steps):
        if index >= len(results):
            print(f"{path.name}: $ {command}\nwas not reached: the shell ended before it")
            return failures + 1
        code, output = results[index]
        expected, actual = same(printed), same(output)
        if code == 0 and agrees(expected, actual):
            continue
        failures += 1
        print(f"{path.name}: $ {command}\nexit {code}; printed in the file (-) and by the command (+):")
        print("\n".join(difflib.unified_diff(expected, actual, lineterm="", n=2)))
    if not failures:
        print(f"{path.name}: {len(steps)} commands print what is printed there")
    return failures


if __name__ == "__main__":
    sys.exit(bool(sum(check(ROOT / name) for name in sys.argv[1:] or ["README.md"])))
