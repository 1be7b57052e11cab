"""`ratsbuch.toml`: any name survives, and what is not valid says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from archive import settings
from archive.errors import StorageError
from archive.settings import SIZE_MAX, Settings

if TYPE_CHECKING:
    from pathlib import Path

GOOD = Settings(
    format="ratsbuch-archive/1",
    register="00000000-0000-4000-8000-000000000000",
    name="Musterkreis",
    origin="musterkreis.invalid",
    backend="sqlite",
)
RESTORE = "restore it from a copy; it holds no evidence"
VERSION = "open it with the version of Ratsbuch that wrote it, or a newer one"


def test_file_says_what_was_written(tmp_path: Path) -> None:
    with_policy = structs.replace(GOOD, policy="policy")
    settings.write(tmp_path, with_policy)
    assert settings.read(tmp_path) == with_policy
    (tmp_path / "ratsbuch.toml").unlink()
    settings.write(tmp_path, GOOD)
    assert settings.read(tmp_path) == GOOD
    assert "policy" not in (tmp_path / "ratsbuch.toml").read_text()


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("settings")
    settings.write(folder, structs.replace(GOOD, name=name))
    assert settings.read(folder).name == name


def test_file_is_not_written_over(tmp_path: Path) -> None:
    settings.write(tmp_path, GOOD)
    with pytest.raises(FileExistsError):
        settings.write(tmp_path, structs.replace(GOOD, name="anders"))
    assert settings.read(tmp_path) == GOOD


@pytest.mark.parametrize("where", ["missing", "a file"])
def test_folder_without_the_file_is_no_archive(tmp_path: Path, where: str) -> None:
    folder = tmp_path / "x"
    if where == "a file":
        folder.touch()
    with pytest.raises(StorageError) as caught:
        settings.read(folder)
    assert caught.value.message == f"{folder}: not an archive: it has no ratsbuch.toml"
    assert caught.value.hint == "name the archive with -C DIR, or open one with `ratsbuch init DIR`"


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "ratsbuch.toml").mkdir()
    with pytest.raises(StorageError) as caught:
        settings.read(tmp_path)
    assert caught.value.message == f"{tmp_path / 'ratsbuch.toml'}: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not valid: Object missing required field `format`"),
        (b"= 3", "not valid: Invalid statement (at line 1, column 1)"),
        (b"\xff", "not valid: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"format = 1", "not valid: Expected `str`, got `int` - at `$.format`"),
        (b'colour = "red"', "not valid: Object contains unknown field `colour`"),
        (b"a = " + b"[" * 40_000, "not valid: "),
        (b"#" * (SIZE_MAX + 1), "not valid: over 65536 bytes"),
    ],
    ids=["empty", "no toml", "no text", "wrong type", "unknown key", "deep", "large"],
)
def test_file_that_is_not_valid_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "ratsbuch.toml"
    path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        settings.read(tmp_path)
    assert caught.value.message.startswith(f"{path}: {message}")
    assert caught.value.hint == RESTORE


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": "ratsbuch-archive/2"}, "found format 'ratsbuch-archive/2', expected 'ratsbuch-archive/1'"),
        ({"backend": "postgres"}, "found backend 'postgres', expected 'sqlite'"),
    ],
)
def test_file_of_another_version_is_refused(tmp_path: Path, changed: dict[str, str], message: str) -> None:
    settings.write(tmp_path, structs.replace(GOOD, **changed))
    with pytest.raises(StorageError) as caught:
        settings.read(tmp_path)
    assert caught.value.message == f"{tmp_path / 'ratsbuch.toml'}: {message}"
    assert caught.value.hint == VERSION
