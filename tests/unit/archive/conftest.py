"""A register with a bit of everything, made once for all tests of the archive, and a copy of it for each."""

from __future__ import annotations

import pytest
from msgspec import structs
from support.archives import Busy, busy_archive


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    """The register; nobody writes into it."""
    return busy_archive(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def busy(pristine: Busy, tmp_path_factory: pytest.TempPathFactory) -> Busy:
    """A copy to record in and to break."""
    return structs.replace(pristine, made=pristine.made.copy(tmp_path_factory.mktemp("busy")))
