from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from archive.errors import InputError
from archive.intake import ballots, commands, regular, table
from archive.intake.extract import LIMITS
from archive.intake.vorlage import draft

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "read",
    [
        commands.load,
        ballots.count_ballots,
        lambda path: table._load(path, 10),
        lambda path: draft._source(path, LIMITS),
        lambda path: commands._measured(path, "text/plain"),
        regular.opened,
    ],
)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "x.jsonl"
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"\Ax\.jsonl: found (a pipe \(FIFO\)|no regular file), expected "):
        read(path)


def test_no_more_is_read_than_shows_that_there_is_more(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert regular.read(path, bytes_max=3) == b"1234"
    assert regular.read(path, bytes_max=5) == b"12345"
    with regular.opened(path) as file:
        assert file.read() == b"12345"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\Ax: cannot be read: No such file or directory\Z"):
        regular.read(tmp_path / "x", bytes_max=1)
