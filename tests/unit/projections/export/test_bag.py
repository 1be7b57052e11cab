"""The bag: what is written others read, and what is read may hold anything."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import bagit
import pytest
from support.exports import reseal

from archive.errors import InputError
from projections.export.package import bag

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def sealed_bag(folder: Path) -> Path:
    """Write a small bag."""
    folder.mkdir()
    made = bag.Bag(folder)
    made.add("xml/auszug.xml", b"<a/>")
    made.add("dokumente/ein.pdf", b"%PDF")
    made.tag("LIESMICH.txt", "Größe\n".encode())
    made.tag("verify.sh", b"#!/bin/sh\n", is_program=True)
    made.seal({"Bagging-Date": "2026-11-24"})
    return folder


def faults(folder: Path) -> set[tuple[str, str]]:
    return {(fault.code, fault.place) for fault in bag.faults_of(folder)}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return sealed_bag(tmp_path / "bag")


def test_a_bag_is_sound_and_others_take_it_for_bagit_1_0(made: Path) -> None:
    assert faults(made) == set()
    theirs = bagit.Bag(str(made))
    theirs.validate()
    assert theirs.version_info == (1, 0)
    assert theirs.algorithms == ["sha512"]
    assert theirs.info["Payload-Oxum"] == "8.2"
    assert os.access(made / "verify.sh", os.X_OK)


def test_the_same_files_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    other = sealed_bag(tmp_path / "other")
    for path in sorted(made.rglob("*")):
        if path.is_file():
            assert (other / path.relative_to(made)).read_bytes() == path.read_bytes()
    assert bag.digest_of_package(made) == bag.digest_of_package(other)


def test_a_large_file_is_copied_and_its_digest_given(made: Path, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 3_000_000)
    folder = tmp_path / "another"
    folder.mkdir()
    writing = bag.Bag(folder)
    digest = writing.copy("dokumente/large.bin", tmp_path / "large")
    writing.seal({})
    assert digest == bag.file_digest(tmp_path / "large")
    assert faults(folder) == set()


@pytest.mark.parametrize("name", ["../x", "/x", "a/../x", ".x", "a/.x", "ä", "a b", "a\nb", "", "a//b", "a" * 201])
def test_no_file_gets_a_name_that_means_something_else_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name of a file"):
        bag.Bag(tmp_path).add(name, b"")


def change_payload(made: Path) -> None:
    (made / "data/xml/auszug.xml").write_bytes(b"<b/>")


def change_tag_file(made: Path) -> None:
    (made / "LIESMICH.txt").write_bytes(b"anders")


def drop_payload(made: Path) -> None:
    (made / "data/dokumente/ein.pdf").unlink()


def drop_manifest(made: Path) -> None:
    (made / bag.MANIFEST).unlink()


def drop_tag_manifest(made: Path) -> None:
    (made / bag.TAG_MANIFEST).unlink()


def surplus_payload(made: Path) -> None:
    (made / "data/mehr.txt").write_bytes(b"")


def surplus_tag_file(made: Path) -> None:
    (made / "mehr.txt").write_bytes(b"")


def other_version(made: Path) -> None:
    (made / "bagit.txt").write_text("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")


def link(made: Path) -> None:
    (made / "data/dokumente/ein.pdf").unlink()
    (made / "data/dokumente/ein.pdf").symlink_to("/etc/passwd")


def linked_folder(made: Path) -> None:
    shutil.move(made / "data/dokumente", made.parent / "dokumente")
    (made / "data/dokumente").symlink_to(made.parent / "dokumente")


def pipe(made: Path) -> None:
    os.mkfifo(made / "data/rohr")


def manifest_is_a_pipe(made: Path) -> None:
    (made / bag.MANIFEST).unlink()
    os.mkfifo(made / bag.MANIFEST)


def odd_name(made: Path) -> None:
    (made / "data/\x1b[2Jböse").write_bytes(b"")


def capitals(made: Path) -> None:
    (made / "data/XML").mkdir()
    (made / "data/XML/auszug.xml").write_bytes(b"")
    reseal(made)


def deep(made: Path) -> None:
    (made / "data" / "/".join("d" * 9)).mkdir(parents=True)
    (made / "data" / "/".join("d" * 9) / "x").write_bytes(b"")


def absolute(made: Path) -> None:
    with (made / bag.MANIFEST).open("a") as handle:
        handle.write(f"{'0' * 128}  /etc/passwd\n")


def above(made: Path) -> None:
    with (made / bag.MANIFEST).open("a") as handle:
        handle.write(f"{'0' * 128}  data/../../x\n")


def named_twice(made: Path) -> None:
    text = (made / bag.MANIFEST).read_text()
    (made / bag.MANIFEST).write_text(text + text.splitlines(keepends=True)[0])


def no_manifest_at_all(made: Path) -> None:
    (made / bag.MANIFEST).write_bytes(os.urandom(1000))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (change_payload, "BAG_FILE_CHANGED", "data/xml/auszug.xml"),
        (change_tag_file, "BAG_FILE_CHANGED", "LIESMICH.txt"),
        (drop_payload, "BAG_FILE_MISSING", "data/dokumente/ein.pdf"),
        (drop_manifest, "BAG_FILE_MISSING", bag.MANIFEST),
        (drop_tag_manifest, "BAG_FILE_MISSING", bag.TAG_MANIFEST),
        (surplus_payload, "BAG_FILE_SURPLUS", "data/mehr.txt"),
        (surplus_tag_file, "BAG_FILE_SURPLUS", "mehr.txt"),
        (other_version, "BAG_INVALID", "bagit.txt"),
        (link, "BAG_INVALID", "data/dokumente/ein.pdf"),
        (linked_folder, "BAG_INVALID", "data/dokumente"),
        (pipe, "BAG_INVALID", "data/rohr"),
        (manifest_is_a_pipe, "BAG_INVALID", bag.MANIFEST),
        (odd_name, "BAG_INVALID", "'data/\\x1b[2Jb\\xf6se'"),
        (capitals, "BAG_INVALID", "data/xml/auszug.xml"),
        (deep, "BAG_INVALID", "'d'"),
        (absolute, "BAG_INVALID", f"{bag.MANIFEST}, line 3"),
        (above, "BAG_INVALID", f"{bag.MANIFEST}, line 3"),
        (named_twice, "BAG_INVALID", f"{bag.MANIFEST}, line 3"),
        (no_manifest_at_all, "BAG_FILE_SURPLUS", "data/xml/auszug.xml"),
    ],
)
def test_what_is_wrong_with_a_bag_is_named(change: Callable[[Path], None], code: str, place: str, made: Path) -> None:
    change(made)
    assert (code, place) in faults(made)


def test_a_tag_file_that_is_a_pipe_or_a_link_is_not_opened(made: Path) -> None:
    (made / bag.INFO).unlink()
    os.mkfifo(made / bag.INFO)
    with pytest.raises(InputError, match="expected a file"):
        bag.info_of(made)
    (made / bag.INFO).unlink()
    (made / bag.INFO).symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="expected a file"):
        bag.info_of(made)


def test_tag_files_and_the_number_of_files_are_bounded(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (made / bag.INFO).write_bytes(b"A: b\n" * 20_000)
    with pytest.raises(InputError, match="over 65536 bytes"):
        bag.info_of(made)
    for number in range(3000):
        (made / f"data/{number}.txt").write_bytes(b"")
    assert len([code for code, _ in faults(made) if code == "BAG_FILE_SURPLUS"]) == 3000
    monkeypatch.setattr(bag, "FILES_MAX", 1000)
    assert ("BAG_INVALID", "the folder") in faults(made)
