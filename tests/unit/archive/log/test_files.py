"""Reading what somebody else names: a regular file, and no more of it than was asked for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from archive.errors import StorageError
from archive.log import files


def refused(path: Path, *, what: str | None = None) -> StorageError:
    with pytest.raises(StorageError) as caught:
        files.read(path, bytes_max=10, what=what)
    return caught.value


def test_pipe_is_refused_without_waiting_for_somebody_to_write(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    error = refused(tmp_path / "pipe")
    assert error.message == f"{tmp_path / 'pipe'}: found a pipe (FIFO), expected a regular file"
    assert error.hint == "name a regular file; what comes out of a pipe or a device is saved to one first"


def test_link_to_a_pipe_is_refused_and_one_to_a_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").symlink_to("pipe")
    assert "found a pipe (FIFO)" in refused(tmp_path / "a").message
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "b").symlink_to("file")
    assert files.read(tmp_path / "b", bytes_max=10) == b"x"


def test_device_directory_and_socket_are_refused_by_their_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(Path("/dev/zero")).message == "/dev/zero: found a device, expected a regular file"
    assert refused(tmp_path).message == f"{tmp_path}: found a directory, expected a regular file"
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert refused(Path("socket"), what="--trust").message == "--trust: found a socket, expected a regular file"


def test_pipe_that_comes_to_lie_there_between_two_looks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    seen = (tmp_path / "file").stat()
    monkeypatch.setattr("archive.log.files.os.stat", lambda _: seen)
    assert "found a pipe (FIFO)" in refused(tmp_path / "pipe").message


def test_no_more_is_read_than_was_asked_for_and_one_byte_by_which_that_is_known(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789abc")
    assert files.read(tmp_path / "file", bytes_max=10) == b"0123456789a"
    assert files.read(tmp_path / "nothing", bytes_max=10) is None
