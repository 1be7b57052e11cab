from __future__ import annotations

import gzip
import io
import json
import lzma
import re
import tarfile
from typing import TYPE_CHECKING

import pytest
from support.archives import Made, new_archive
from support.oparl import SYSTEM, intake, paper

from archive.errors import InputError
from archive.intake.oparl import dumps
from archive.intake.oparl.dumps import read_dump

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.intake.oparl.canonical import Json

ONE, TWO = json.dumps(paper(1)).encode(), json.dumps(paper(2)).encode()


def found(path: Path) -> tuple[dict[str, Json], dict[str, str]]:
    objects: dict[str, Json] = {}
    complaints: dict[str, str] = {}

    def take(tree: Json, place: str) -> None:
        objects[place] = tree["id"] if isinstance(tree, dict) else tree

    read_dump(path, take, complaints.__setitem__)
    return objects, complaints


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]  # a mode is a mode
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def member(name: str, data: bytes = ONE, **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def test_a_folder_gives_its_json_files_and_follows_no_link(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    (folder / "papers").mkdir(parents=True)
    (folder / "papers" / "1.json").write_bytes(b"\xef\xbb\xbf" + ONE)
    (folder / "list.json").write_bytes(b"[" + TWO + b", 5]")
    (folder / "page.json").write_bytes(b'{"data":[' + TWO + b'],"links":{}}')
    (folder / "readme.txt").write_bytes(b"no object")
    (folder / "broken.json").write_bytes(b"{")
    outside = tmp_path / "outside.json"
    outside.write_bytes(TWO)
    (folder / "link.json").symlink_to(outside)
    objects, complaints = found(folder)
    assert objects == {
        "papers/1.json": f"{SYSTEM}/paper/1",
        "list.json: object 1": f"{SYSTEM}/paper/2",
        "list.json: object 2": 5,
        "page.json: object 1": f"{SYSTEM}/paper/2",
    }
    assert complaints == {"broken.json": "broken.json: is not valid JSON: Input data was truncated"}


@pytest.mark.parametrize(
    ("name", "mode"), [("d.tar", "w:"), ("d.tar.gz", "w:gz"), ("d.tgz", "w:gz"), ("d.tar.xz", "w:xz")]
)
def test_a_tar_gives_its_json_files(tmp_path: Path, name: str, mode: str) -> None:
    folder = member("papers", b"", type=tarfile.DIRTYPE)
    members = (folder, member("papers/1.json"), member("papers/2.json", TWO), member("x.txt", b"x"))
    objects, complaints = found(tarred(tmp_path / name, *members, mode=mode))
    assert objects == {"papers/1.json": f"{SYSTEM}/paper/1", "papers/2.json": f"{SYSTEM}/paper/2"}
    assert complaints == {}


@pytest.mark.parametrize(
    ("name", "pack"),
    [("d.jsonl", bytes), ("d.ndjson", bytes), ("d.jsonl.gz", gzip.compress), ("d.jsonl.xz", lzma.compress)],
)
def test_json_lines_give_an_object_a_line(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / name
    path.write_bytes(pack(ONE + b"\r\n\n{broken\n" + TWO))
    objects, complaints = found(path)
    assert objects == {f"{name}: line 1": f"{SYSTEM}/paper/1", f"{name}: line 4": f"{SYSTEM}/paper/2"}
    assert list(complaints) == [f"{name}: line 3"]


def test_xz_in_several_streams_with_padding_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl.xz"
    path.write_bytes(lzma.compress(ONE + b"\n") + b"\0" * 8 + lzma.compress(TWO + b"\n"))
    assert len(found(path)[0]) == 2


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (member("../x.json"), "d.tar.xz: member '../x.json' leads out of the archive"),
        (member("a/../../x.json"), "d.tar.xz: member 'a/../../x.json' leads out of the archive"),
        (member("/x.json"), "d.tar.xz: member '/x.json' leads out of the archive"),
        (member("a\\x.json"), "d.tar.xz: member 'a\\\\x.json' leads out of the archive"),
        (member("x.json", b"", type=tarfile.SYMTYPE, linkname="y"), "d.tar.xz: member 'x.json' is a link"),
        (member("x.json", b"", type=tarfile.LNKTYPE, linkname="y"), "d.tar.xz: member 'x.json' is a link"),
        (member("x", b"", type=tarfile.CHRTYPE), "d.tar.xz: member 'x' is neither a file nor a folder"),
        (member("x", b"", type=tarfile.FIFOTYPE), "d.tar.xz: member 'x' is neither a file nor a folder"),
    ],
)
def test_an_archive_with_a_member_that_no_dump_has_is_refused_whole(
    tmp_path: Path, made: Made, bad: tuple[tarfile.TarInfo, bytes], message: str
) -> None:
    path = tarred(tmp_path / "d.tar.xz", member("papers/1.json"), bad)
    with made.open() as archive:
        size = archive.size
        with pytest.raises(InputError, match=rf"\A{re.escape(message)}\Z"):
            intake(archive, made.signer(), path)
        assert archive.size == size


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return new_archive(tmp_path)


def test_an_archive_that_unpacks_without_end_is_refused(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tarred(tmp_path / "d.tar.xz", member("papers/1.json"), member("zeros.json", b"\0" * 3_000_000))
    monkeypatch.setattr(dumps, "TOTAL_BYTES_MAX", 1_000_000)
    with made.open() as archive:
        size = archive.size
        expected = r"\Ad\.tar\.xz: (unpacks to more than|member 'zeros\.json' claims 3000000 bytes, at most) 1000000"
        with pytest.raises(InputError, match=expected):
            intake(archive, made.signer(), path)
        assert archive.size == size


def test_a_file_too_large_for_an_object_is_told_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "FILE_BYTES_MAX", 1_000)
    path = tarred(tmp_path / "d.tar.xz", member("zeros.json", b" " * 1_001), member("papers/1.json"))
    objects, complaints = found(path)
    assert list(objects) == ["papers/1.json"]
    assert complaints == {"zeros.json": "zeros.json: found 1001 bytes, expected a file of at most 1000"}


def test_a_line_too_long_for_an_object_is_told_once_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "OBJECT_BYTES_MAX", 200_000)
    path = tmp_path / "d.jsonl"
    path.write_bytes(b'{"x":"' + b"x" * 900_000 + b'"}\n' + ONE + b"\n")
    objects, complaints = found(path)
    assert objects == {"d.jsonl: line 2": f"{SYSTEM}/paper/1"}
    assert complaints == {"d.jsonl: line 1": "d.jsonl: line 1: found more than 200000 bytes, expected one object"}


def test_a_header_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 2**40
    path = tmp_path / "d.tar"
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024)
    with pytest.raises(InputError, match=r"\Atar: found a header of 1099511627776 bytes, expected at most 65536\Z"):
        found(path)


@pytest.mark.parametrize("name", ["d.tar.xz", "d.tar.gz", "d.jsonl.xz", "d.jsonl.gz"])
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, name: str) -> None:
    pack = lzma.compress if name.endswith("xz") else gzip.compress
    whole = tarred(tmp_path / "whole.tar", member("a.json"), member("b.json"), mode="w:").read_bytes()
    data = pack(whole if ".tar" in name else (ONE + b"\n") * 50)
    path = tmp_path / name
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=rf"\A{re.escape(name)}: (cannot be unpacked|is no whole tar): "):
        found(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "missing: not found, expected a folder, a tar, JSON lines or an address"),
        ("d.zip", "d.zip: found .zip, expected a folder, .tar, .tar.gz, .tgz, .tar.xz, .txz, .jsonl, "),
    ],
)
def test_what_is_no_dump_is_refused(tmp_path: Path, name: str, message: str) -> None:
    if name != "missing":
        (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(InputError, match=re.escape(message)):
        found(tmp_path / name)
