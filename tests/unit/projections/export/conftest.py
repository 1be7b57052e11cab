"""A small register under a checkpoint, made once, and what is exported of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.archives import Busy, busy_archive
from support.exports import checkpointed, exported


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    """A register with a bit of everything, under a checkpoint; nobody writes into it."""
    busy = busy_archive(tmp_path_factory.mktemp("sealed"))
    checkpointed(busy.made)
    return busy


@pytest.fixture(scope="session")
def whole_xml(sealed: Busy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole register as XML; nobody writes into it."""
    return exported(sealed.made, tmp_path_factory.mktemp("whole") / "all.xml").path


@pytest.fixture(scope="session")
def one_xml(sealed: Busy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One proposal as XML; nobody writes into it."""
    return exported(sealed.made, tmp_path_factory.mktemp("one") / "one.xml", "0012a").path


@pytest.fixture(scope="session")
def one_package(sealed: Busy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of one proposal without renderings; nobody writes into it."""
    return exported(sealed.made, tmp_path_factory.mktemp("package") / "package", "0012a", form="package").path


@pytest.fixture
def xml(one_xml: Path, tmp_path: Path) -> Path:
    """A copy of the XML of one proposal, to be changed."""
    return Path(shutil.copy(one_xml, tmp_path / "one.xml"))


@pytest.fixture
def package(one_package: Path, tmp_path: Path) -> Path:
    """A copy of the package, to be changed."""
    return shutil.copytree(one_package, tmp_path / "package")
