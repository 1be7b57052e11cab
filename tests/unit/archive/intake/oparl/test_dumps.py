from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import re
import tarfile
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from support.archives import Made, new_archive
from support.oparl import SYSTEM, intake, paper, write

from archive.errors import InputError
from archive.intake.oparl import dumps
from archive.intake.oparl.dumps import read_dump
from domain import events as e
from domain import vocabulary as v

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
    assert complaints == {
        "broken.json": "broken.json: is not valid JSON: Input data was truncated",
        "link.json": "link.json: is a link; what it leads to is not read",
    }


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


# -- what is not whole, or not all ----------------------------------------------------------------


def two(path: Path) -> bytes:
    return tarred(path, member("1.json"), member("2.json", TWO), mode="w:").read_bytes()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:1024], "tar: is no whole tar: empty header"),
        (lambda data: data[:1300], "tar: is no whole tar: truncated header"),
        (lambda data: data[:2048], "tar: is no whole tar: empty header"),
        (lambda data: data[: 2048 + 512], "d.tar: is no whole tar: it breaks off before its end"),
        (lambda data: data[:1024] + b"garbage" * 200, "tar: is no whole tar: "),
        (lambda data: data[: 2048 + 1024] + b"x" * 512, "d.tar: is no whole tar: found something behind its end"),
        (lambda data: data + data, "d.tar: is no whole tar: found something behind its end"),
        (lambda _: b"", "tar: is no whole tar: empty header"),
    ],
)
def test_a_tar_that_is_not_whole_is_refused(
    tmp_path: Path, made: Made, damage: Callable[[bytes], bytes], message: str
) -> None:
    path = tmp_path / "d.tar"
    whole = two(path)
    path.write_bytes(damage(whole))
    with made.open() as archive:
        size = archive.size
        with pytest.raises(InputError, match=rf"\A{re.escape(message)}"):
            intake(archive, made.signer(), path, is_complete=True)
        assert archive.size == size


def test_nothing_is_gone_because_it_was_passed_over(tmp_path: Path, made: Made) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "1.json").write_bytes(ONE)
    (folder / "2.json").write_bytes(TWO)
    with made.open() as archive:
        intake(archive, made.signer(), folder)
        (folder / "2.json").rename(tmp_path / "2.json")
        (folder / "2.json").symlink_to(tmp_path / "2.json")
        summary = intake(archive, made.signer(), folder, is_complete=True)
    assert (summary.is_complete, summary.unreadable_count, summary.changes["gone"]) == (False, 1, 0)


@pytest.mark.parametrize("name", ["b.json.gz", "b.jsonl", "b.JSON.bak", "b.tar", "b.zip", "b", "deep/b.json.part"])
def test_what_may_hold_objects_and_is_not_read_is_told(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "dump"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(ONE)
    assert found(folder) == ({}, {name: f"{name}: is not read: of a folder only files whose names end in .json are"})
    packed = tarred(tmp_path / "d.tar", member(name), mode="w:")
    assert found(packed) == ({}, {name: f"{name}: is not read: of a tar only files whose names end in .json are"})


def test_what_holds_no_objects_is_passed_over(tmp_path: Path) -> None:
    for name in ("readme.txt", "README", "SHA256SUMS", "1.pdf", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    assert found(tmp_path) == ({}, {})


def test_links_to_folders_and_pipes_are_told_and_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "papers").symlink_to(tmp_path)
    os.mkfifo(folder / "x.json")
    os.mkfifo(folder / "pipe.txt")
    assert found(folder) == (
        {},
        {
            "papers": "papers: is a link; what it leads to is not read",
            "pipe.txt": "pipe.txt: is neither a file nor a folder and is not read",
            "x.json": "x.json: is neither a file nor a folder and is not read",
        },
    )


@pytest.mark.parametrize("name", ["d.json", "d.jsonl", "d.tar", "d.jsonl.gz"])
def test_a_pipe_in_place_of_a_dump_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="found neither a file nor a folder"):
        found(tmp_path / name)


def test_folders_without_end_are_refused(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1_100):
            os.mkdir("a", dir_fd=here)  # the path is longer than a path may be
            inner = os.open("a", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
    finally:
        os.close(here)
    try:
        with pytest.raises(InputError, match=r": found folders more than 64 deep, expected at most that\Z"):
            found(tmp_path)
    finally:
        # Whoever clears the folder away goes down into it, too.
        while (tmp_path / "a" / "a").exists():
            (tmp_path / "a" / "a").rename(tmp_path / "b")
            (tmp_path / "a").rmdir()
            (tmp_path / "b").rename(tmp_path / "a")


# -- bombs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_lines_that_unpack_to_far_more_than_any_dump_are_refused(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / ("d.jsonl.gz" if pack is gzip.compress else "d.jsonl.xz")
    path.write_bytes(pack(b" " * 40_000_000))
    with pytest.raises(InputError, match=r"unpacks to more than 200 times its size, expected at most that\Z"):
        found(path)


def test_a_tar_that_unpacks_to_far_more_than_any_dump_is_refused(tmp_path: Path, made: Made) -> None:
    path = tarred(tmp_path / "d.tar.xz", member("1.json"), member("2.json", b" " * 40_000_000))
    with made.open() as archive:
        size = archive.size
        with pytest.raises(InputError, match="unpacks to more than 200 times its size"):
            intake(archive, made.signer(), path)
        assert archive.size == size


def test_a_line_is_put_together_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "_CHUNK", 1_000)
    path = tmp_path / "d.jsonl"
    long = json.dumps({"id": "x", "name": "x" * 8_000_000}).encode()
    path.write_bytes(ONE + b"\n" + long + b"\n" + b" " * 5_000 + b"\n" + TWO)
    tracemalloc.start()
    try:
        objects, complaints = found(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (list(objects), complaints) == (["d.jsonl: line 1", "d.jsonl: line 2", "d.jsonl: line 4"], {})
    assert peak < 6 * len(long)


# -- one bad object -------------------------------------------------------------------------------

DEEP = b'{"a":' * 10_000 + b"1" + b"}" * 10_000


@pytest.mark.parametrize("page", [b"[%s]", b'{"data":[%s],"links":{}}'])
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (DEEP, "found more levels than can be read, expected at most 64"),
        (b'{"id":"\\ud800"}', "is not valid JSON"),
        (b'{"id":"a\tb]}{[\\""}', "is not valid JSON"),
        (b'{"id":"x","id":"y"}', "found the name 'id' twice in one object, expected it once"),
        (b'{"id":"x","a":{"n":1,"m":"\\":","n" :2}}', "found the name 'n' twice in one object, expected it once"),
    ],
)
def test_an_object_that_cannot_be_read_takes_no_other_with_it(
    tmp_path: Path, page: bytes, bad: bytes, reason: str
) -> None:
    path = tmp_path / "d.json"
    path.write_bytes(page % b" , ".join((ONE, bad, TWO)))
    objects, complaints = found(path)
    assert sorted(map(str, objects.values())) == [f"{SYSTEM}/paper/1", f"{SYSTEM}/paper/2"]
    assert reason in next(iter(complaints.values()))


@pytest.mark.parametrize(
    "text",
    [
        b'[%s,{"a": "b',
        b"[%s,[1",
        b"[%s",
        b"[%s,]",
        b"[%s]x",
        b"[%s %s]",
        b"[%s,{]}",
        b'{"data":[%s,{"x": "},{"id":1}]}',
    ],
)
def test_what_follows_where_a_list_breaks_off_is_told_to_be_lost(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "d.json"
    path.write_bytes(text.replace(b"%s", ONE))
    _, complaints = found(path)
    assert "object 3" in [*complaints][-1] if text == b"[%s,{]}" else len(complaints) == 1


def test_a_list_is_read_object_by_object(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    size = path.write_bytes(b"[" + b",".join(b'{"id":"x%d"}' % n for n in range(200_000)) + b"]")
    count = 0

    def take(*_: object) -> None:
        nonlocal count
        count += 1

    tracemalloc.start()
    try:
        read_dump(path, take, lambda _, reason: pytest.fail(reason))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 200_000
    assert peak < 64 * 2**20 + 3 * size  # what a file may have is set aside before it is read


def test_no_contact_data_are_anywhere_however_a_person_is_dressed(tmp_path: Path, made: Made) -> None:
    base = "https://schema.oparl.org/1.1/"

    def key(kind: str, number: int) -> str:
        return f"{SYSTEM}/{kind}/{number}"

    home = {"id": key("location", 9), "type": base + "Location", "streetAddress": "Privatweg 9"}
    objects = [
        {
            "id": key("person", 1),
            "type": base + "Person",
            "name": "Anna Muster",
            "email": "anna@example.org",
            "locationObject": home,
            "location": key("location", 1),
            "mobile": "0171-123",
            "fax": "0721-1",
        },
        {"id": key("location", 1), "type": base + "Location", "streetAddress": "Privatweg 1"},
        {"id": key("person", 2), "name": "Bert", "email": "bert@example.org", "phone": "0721-2", "membership": []},
        {"id": key("person", 3), "type": base + "Person/", "name": "Carla", "email": "carla@example.org"},
        {"id": key("person", 4), "type": base + "person", "name": "Dora", "email": "dora@example.org"},
        {
            "id": key("organization", 1),
            "type": base + "Organization",
            "name": "Gemeinderat",
            "chair": {"id": key("person", 7), "name": "Emil", "email": "emil@example.org"},
        },
        paper(1, creator={"familyName": "Muster", "email": "sb@example.org", "phone": "1"}),
    ]
    with made.open() as archive:
        summary = intake(archive, made.signer(), write(tmp_path / "d.jsonl", objects))
        assert (summary.shown["person"], summary.unreadable_count) == (4, 0)
        seen = [r.visibility for r in archive.events_between() if isinstance(r.event, e.SourceObserved)]
        assert seen == [v.Visibility.NON_PUBLIC] * 7
    data = b"".join(p.read_bytes() for p in archive.folder.rglob("*") if p.is_file())
    for found in (b"@example.org", b"Privatweg", b"0171-123", b"0721-"):
        assert found not in data
