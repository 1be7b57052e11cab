"""What holds for every test: bounded property tests, and nothing of the user's own is read or written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A deadline would make slow machines fail; the number of examples bounds the work instead. The order of the tests is
# random (pytest-randomly prints the seed), but in CI the examples are not: a red run must be red for what changed.
settings.register_profile("local", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None)
settings.register_profile("quick", settings.get_profile("ci"), max_examples=15)
settings.register_profile("thorough", settings.get_profile("local"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local"))

_XDG = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}


def _move_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let keys, pins and memory files of Ratsbuch fall under `home`, and forget the caller's settings."""
    for name in os.environ:
        if name.startswith("RATSBUCH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name, folder in _XDG.items():
        monkeypatch.setenv(name, str(home / folder))


@pytest.fixture(autouse=True, scope="session")
def _home_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Shelter what fixtures of wider scope do."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        _move_in(tmp_path_factory.mktemp("home"), monkeypatch)
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test a home of its own, beside its `tmp_path`, so that a test can list either."""
    path = tmp_path_factory.mktemp("home")
    _move_in(path, monkeypatch)
    return path
