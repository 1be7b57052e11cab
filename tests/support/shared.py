"""Data that tests read but that is no part of the repository: real corpora and foreign known-answer files.

They lie beside the repository (`../shared/data`) or where `RATSBUCH_SHARED` says. On a machine without them the
tests that need them skip and name the file; where `CI` is set a missing file is a failure, so that no run passes
because it looked at nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Read once, before any test changes the environment.
_ROOT = Path(os.environ.get("RATSBUCH_SHARED") or Path(__file__).resolve().parents[3] / "shared" / "data")
_REQUIRED = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def shared_data(*parts: str) -> Path:
    """Give the path of a shared file or folder; skip the calling test, or in CI fail it, when it is not there."""
    return _look_up(_ROOT, parts, required=_REQUIRED)


def _look_up(root: Path, parts: tuple[str, ...], *, required: bool) -> Path:
    path = root.joinpath(*parts)
    if path.exists():
        return path
    message = f"shared data missing: {path} (RATSBUCH_SHARED names the folder that holds it)"
    if required:
        pytest.fail(message, pytrace=False)
    raise pytest.skip.Exception(message, allow_module_level=True)
