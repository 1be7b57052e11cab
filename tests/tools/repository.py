"""Which files make up the repository: what the tools of `make check` look at."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(root: Path = ROOT) -> list[Path]:
    """List the files that are tracked or would be, sorted; what `.gitignore` names is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    paths = {root / name for name in listed.stdout.decode().split("\0") if name}
    return sorted(path for path in paths if path.is_file())
