"""The pin: written once, read by other tools, and found by whatever a source says it is."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from support.tampering import Tampering

from archive.errors import InputError, StorageError
from archive.pin import find_pin, pin_path, read_pin, require_pin, write_pin
from archive.verify import ArchiveSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.archives import Busy

ANCHOR = "ab" * 32
OTHER = "cd" * 32


@pytest.fixture
def keys(busy: Busy) -> tuple[str, str]:
    """The verifier keys of a real log."""
    with busy.made.open() as archive:
        newest = archive.trust.log_keys[-1]
    return newest.ed25519, newest.mldsa44


@pytest.fixture
def source(busy: Busy) -> Iterator[ArchiveSource]:
    made = ArchiveSource(busy.made.folder)
    yield made
    made.close()


@pytest.mark.parametrize("name", ["Musterkreis", "Kreis\n# anchor " + OTHER, "Kreis\u2028quorum x\r\x0b\x85", ""])
def test_pin_is_read_as_it_was_written_whatever_the_name(tmp_path: Path, keys: tuple[str, str], name: str) -> None:
    path = tmp_path / "config" / "ratsbuch" / "x.policy"
    write_pin(path, name=name, anchor_hex=ANCHOR, log_keys=keys)
    pin = read_pin(path)
    assert pin is not None
    assert pin.anchor_hex == ANCHOR
    assert len(pin.logs) == 2
    assert pin.quorum == "none"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_pin_is_never_overwritten(tmp_path: Path, keys: tuple[str, str]) -> None:
    path = tmp_path / "x.policy"
    write_pin(path, name="Musterkreis", anchor_hex=ANCHOR, log_keys=keys)
    with pytest.raises(StorageError) as caught:
        write_pin(path, name="Musterkreis", anchor_hex=OTHER, log_keys=keys)
    assert caught.value.message == f"{path}: exists already"
    assert caught.value.hint == "a pin is never overwritten; look at it and move it away by hand"
    pin = read_pin(path)
    assert pin is not None
    assert pin.anchor_hex == ANCHOR


def test_half_a_pin_does_not_stand_in_the_way(
    tmp_path: Path, keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "x.policy"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError) as caught:
            write_pin(path, name="Musterkreis", anchor_hex=ANCHOR, log_keys=keys)
    assert caught.value.message == f"{path}: cannot be written: No space left on device"
    assert not path.exists()
    write_pin(path, name="Musterkreis", anchor_hex=ANCHOR, log_keys=keys)
    assert read_pin(path) is not None


def test_pin_whose_folder_cannot_be_made_is_named(tmp_path: Path, keys: tuple[str, str]) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "x.policy"
    with pytest.raises(StorageError, match="cannot be written: "):
        write_pin(path, name="Musterkreis", anchor_hex=ANCHOR, log_keys=keys)


def test_pin_that_is_not_there_is_none_and_one_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    assert read_pin(tmp_path / "x.policy") is None
    (tmp_path / "x.policy").mkdir()
    with pytest.raises(StorageError) as caught:
        read_pin(tmp_path / "x.policy")
    assert caught.value.message == f"{tmp_path / 'x.policy'}: found a directory, expected a regular file"


def test_pin_that_is_no_policy_is_input_that_is_not_valid(tmp_path: Path) -> None:
    path = tmp_path / "x.policy"
    path.write_text("garbage\n")
    with pytest.raises(InputError, match=str(path)):
        read_pin(path)


def test_nothing_is_recorded_in_another_registers_place(tmp_path: Path, keys: tuple[str, str]) -> None:
    path = tmp_path / "x.policy"
    require_pin(path, anchor_hex=ANCHOR)
    write_pin(path, name="Musterkreis", anchor_hex=ANCHOR, log_keys=keys)
    require_pin(path, anchor_hex=ANCHOR)
    with pytest.raises(StorageError) as caught:
        require_pin(path, anchor_hex=OTHER)
    assert caught.value.message == f"the archive's anchor is {OTHER}, {path} has {ANCHOR}"


def test_pin_is_found_by_settings_or_by_the_first_event(
    tmp_path: Path, busy: Busy, keys: tuple[str, str], source: ArchiveSource
) -> None:
    assert find_pin(tmp_path, source) is None
    write_pin(pin_path(tmp_path, busy.register), name="Musterkreis", anchor_hex=ANCHOR, log_keys=keys)
    found = find_pin(tmp_path, source)
    assert found is not None
    assert found.anchor_hex == ANCHOR
    (busy.made.folder / "ratsbuch.toml").write_text("garbage")
    assert find_pin(tmp_path, source) == found
    (busy.made.folder / "ratsbuch.toml").unlink()
    assert find_pin(tmp_path, source) == found


def test_archive_that_goes_by_the_old_name_is_held_against_the_old_pin(
    tmp_path: Path, busy: Busy, keys: tuple[str, str], source: ArchiveSource
) -> None:
    write_pin(pin_path(tmp_path, busy.register), name="Musterkreis", anchor_hex=ANCHOR, log_keys=keys)
    tampering = Tampering(busy)
    tampering.db.execute("UPDATE stored_events SET originator_id='register:' || ? WHERE rowid=1", ("0" * 36,))
    tampering.close()
    found = find_pin(tmp_path, source)
    assert found is not None
    assert found.anchor_hex == ANCHOR


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "A" * 36, "a/b", "\0"])
def test_what_a_source_says_of_itself_becomes_no_path_unless_it_is_a_uuid(
    tmp_path: Path, busy: Busy, source: ArchiveSource, name: str
) -> None:
    planted = tmp_path / "config"
    planted.mkdir()
    for place in (tmp_path / "passwd.policy", planted / ".policy", planted / "...policy", tmp_path / "..policy"):
        place.write_text(f"# anchor {OTHER}\nquorum none\n")
    tampering = Tampering(busy)
    tampering.db.execute("UPDATE stored_events SET originator_id='register:' || ? WHERE rowid=1", (name,))
    tampering.close()
    (busy.made.folder / "ratsbuch.toml").unlink()
    assert find_pin(planted, source) is None
