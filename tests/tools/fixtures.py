"""Run every script that makes fixtures, and see that none of them changes a file.

A fixture that cannot be made again is a claim nobody can check. Such a script is called `make_*.py`, stands beside
what it makes, takes no arguments and gives the same bytes each time.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys

from repository import ROOT, files


def digests() -> dict[str, str]:
    """Give the SHA-256 of every file of the repository by its name."""
    return {path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files()}


def main() -> int:
    """Regenerate and compare; give the exit code."""
    makers = [path for path in files() if path.name.startswith("make_") and path.suffix == ".py"]
    before = digests()
    for maker in makers:
        subprocess.run([sys.executable, maker], cwd=ROOT, check=True)
    after = digests()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    for name in changed:
        print(f"fixtures: {name}: differs from what its script makes; look at it with `git diff` and commit it")
    if not changed:
        print(f"fixtures: {len(makers)} scripts make what is there")
    return bool(changed)


if __name__ == "__main__":
    sys.exit(main())
