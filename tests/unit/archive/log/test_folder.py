from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING, Final

import pytest
from support.logs import ED25519, KEYS, MLDSA44, ORIGIN, WITNESS, signing_key, tile_files
from support.records import MemoryRecord, content, flip

from archive.errors import IntegrityError, StorageError
from archive.log.checkpoint import log_keys, open_own, sign_checkpoint, with_signatures
from archive.log.cosignature import cosign
from archive.log.folder import Difference, LogFolder, prefix_root, publish, root_of
from archive.log.head import TreeHead
from archive.log.note import SignatureType
from archive.log.sequencer import RootDiffersError
from archive.log.tiles import tiles_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = 1_000


def expected(record: MemoryRecord, size: int) -> dict[str, bytes]:
    """Give the files of a log of a size, made in one go, with its checkpoint."""
    values = [record.positions[position] for position in range(1, size + 1)]
    files = {tile.path: data for tile, data in tile_files(values).items()}
    return {**files, "checkpoint": record.signed(size).data}


def cached(folder: Path, size: int = SIZE) -> tuple[MemoryRecord, LogFolder]:
    """Give a record with a sound cache."""
    record, log = MemoryRecord(size), LogFolder(folder)
    log.update(record, record.signed())
    return record, log


# -- the cache ------------------------------------------------------------------------------------


def test_cache_holds_the_tiles_of_its_checkpoint_and_nothing_else(tmp_path: Path) -> None:
    record, _ = cached(tmp_path / "log")
    assert content(tmp_path / "log") == expected(record, SIZE)
    assert {tile.path for tile in tiles_of(SIZE)} | {"checkpoint"} == set(content(tmp_path / "log"))


def test_growing_leaves_old_partial_tiles_until_the_full_one_stands(tmp_path: Path) -> None:
    record, log = cached(tmp_path, 250)
    for size in (251, 255):
        record.add(size - record.size)
        log.update(record, record.signed())
    assert {"tile/0/000.p/250", "tile/0/000.p/251", "tile/0/000.p/255"} <= content(tmp_path).keys()
    record.add(5)
    log.update(record, record.signed())
    assert content(tmp_path) == expected(record, 260)
    assert not (tmp_path / "tile" / "0" / "000.p").exists()


@pytest.mark.parametrize("sizes", [(1, 2, 3), (255, 256, 257), (1, 1000), (256, 512, 700), (999, 1000)])
def test_stepwise_growth_gives_the_same_bytes_as_one_step(sizes: tuple[int, ...], tmp_path: Path) -> None:
    record, log = MemoryRecord(), LogFolder(tmp_path)
    for size in sizes:
        record.add(size - record.size)
        log.update(record, record.signed())
    files = content(tmp_path)
    wanted = expected(record, record.size)
    assert {path: files[path] for path in wanted} == wanted
    assert list(log.compare(record, record.size)) == []


def test_cache_is_never_moved_back(tmp_path: Path) -> None:
    record, log = cached(tmp_path, 300)
    before = content(tmp_path)
    log.update(record, record.signed(20))
    assert content(tmp_path) == before


def test_growing_by_one_event_reads_only_that_event(tmp_path: Path) -> None:
    record, log = cached(tmp_path)
    record.add(1)
    record.read = 0
    log.update(record, record.signed())
    assert record.read == 1


@pytest.mark.parametrize("damage", ["checkpoint", "tile/0/003.p/232", "tile/1/000.p/3", "tile/entries/003.p/232"])
@pytest.mark.parametrize("how", ["flipped", "emptied", "removed"])
def test_damaged_edge_is_made_anew_from_the_events(damage: str, how: str, tmp_path: Path) -> None:
    record, log = cached(tmp_path)
    path = tmp_path / damage
    flip(path, 20) if how == "flipped" else path.write_bytes(b"") if how == "emptied" else path.unlink()
    record.add(1)
    log.update(record, record.signed())
    assert content(tmp_path) == expected(record, SIZE + 1)


def test_rebuild_gives_the_same_bytes_and_removes_what_does_not_belong(tmp_path: Path) -> None:
    record, log = cached(tmp_path)
    wanted = content(tmp_path)
    for path in ("tile/0/001", "tile/entries/000", "tile/1/000.p/3", "checkpoint"):
        flip(tmp_path / path, 30)
    for path in ("tile/0/004", "tile/0/000.p/7", "tile/entries/x001/000", "tile/9/000", "tile/strange"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"?")
    log.rebuild(record, record.signed())
    assert content(tmp_path) == wanted
    shutil.rmtree(tmp_path)
    log.rebuild(record, record.signed())
    assert content(tmp_path) == wanted


def test_rebuild_from_events_that_were_changed_keeps_the_tiles_that_tell(tmp_path: Path) -> None:
    record, log = cached(tmp_path)
    signed, before = record.signed(), content(tmp_path)
    record.positions[500] = bytes(64)
    with pytest.raises(RootDiffersError):
        log.rebuild(record, signed)
    assert content(tmp_path) == before
    assert list(log.compare(record, SIZE)) == [
        Difference(path="tile/entries/001", found="another entry of position 500", expected="that of the record"),
        Difference(path="tile/0/001", found="another hash of position 500", expected="that of the record"),
        Difference(path="tile/1/000.p/3", found="another hash of positions 257 to 512", expected="that of the record"),
    ]


def test_rebuild_holds_the_record_against_every_head_it_is_given(tmp_path: Path) -> None:
    record, other = MemoryRecord(300), MemoryRecord(300, story="other")
    with pytest.raises(RootDiffersError) as caught:
        LogFolder(tmp_path / "log").rebuild(record, record.signed(), heads=[other.signed(200).head])
    assert caught.value.head.size == 200
    assert content(tmp_path / "log") == {}


# -- comparing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 255, 256, 300, 4096, 4097])
def test_sound_cache_has_no_differences(size: int, tmp_path: Path) -> None:
    record, log = cached(tmp_path, size)
    assert list(log.compare(record, size)) == []


@pytest.mark.parametrize("name", [tile.path for tile in tiles_of(SIZE)])
def test_a_flipped_bit_in_any_file_is_named(name: str, tmp_path: Path) -> None:
    record, log = cached(tmp_path)
    flip(tmp_path / name, 5)
    assert [difference.path for difference in log.compare(record, SIZE)] == [name]


def test_differences_say_what_is_there_and_what_should_be(tmp_path: Path) -> None:
    record, log = cached(tmp_path, 300)
    (tmp_path / "tile/0/000").unlink()
    (tmp_path / "tile/entries/000").write_bytes(b"short")
    (tmp_path / "tile/1/000.p/1").write_bytes(bytes(33))
    (tmp_path / "tile/1/000.p/2").write_bytes(bytes(64))
    (tmp_path / "tile/0/note.txt").write_bytes(b"")
    assert [(d.path, d.found, d.expected) for d in log.compare(record, 300)] == [
        ("tile/entries/000", "5 bytes", "16896 bytes"),
        ("tile/0/000", "no file", "8192 bytes"),
        ("tile/1/000.p/1", "more bytes", "32 bytes"),
        ("tile/0/note.txt", "a file", "none in a log of 300 events"),
        ("tile/1/000.p/2", "a file", "none in a log of 300 events"),
    ]


def test_old_partial_tiles_are_compared_too(tmp_path: Path) -> None:
    record, log = cached(tmp_path, 250)
    record.add(3)
    log.update(record, record.signed())
    flip(tmp_path / "tile/0/000.p/250", 32)
    flip(tmp_path / "tile/entries/000.p/250", 66 * 9 + 2)
    assert [(d.path, d.found) for d in log.compare(record, 253)] == [
        ("tile/entries/000.p/250", "another entry of position 10"),
        ("tile/0/000.p/250", "another hash of position 2"),
    ]


# -- roots of smaller sizes -----------------------------------------------------------------------


def test_tiles_prove_the_roots_of_all_smaller_sizes(tmp_path: Path) -> None:
    record, log = cached(tmp_path, 600)
    head = record.signed().head
    record.read = 0
    for size in (1, 2, 255, 256, 257, 511, 512, 599, 600):
        assert prefix_root(log.tree(600), head.root, size) == record.root(size)
        assert root_of(record, log, head, size) == record.root(size)
    assert record.read == 0


def test_damaged_tiles_prove_nothing_and_the_events_are_asked(tmp_path: Path) -> None:
    record, log = cached(tmp_path, 600)
    head = record.signed().head
    flip(tmp_path / "tile/0/001", 9)
    assert prefix_root(log.tree(600), head.root, 300) is None
    assert root_of(record, log, head, 300) == record.root(300)


def test_partial_tile_is_read_out_of_the_full_one(tmp_path: Path) -> None:
    record, log = cached(tmp_path, 600)
    head = record.signed(250).head
    edge = log.edge(head)
    assert edge is not None
    assert edge.root() == head.root
    assert log.edge(MemoryRecord(250, story="other").signed().head) is None


# -- publishing -----------------------------------------------------------------------------------


def test_published_log_is_whole_and_carries_its_keys(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log")
    done = publish(record, log, tmp_path / "a" / "web", record.signed(), KEYS)
    assert (done.before, done.size) == (0, SIZE)
    assert content(tmp_path / "a" / "web") == {
        **expected(record, SIZE),
        "log.vkey": f"{ED25519.verifier.vkey}\n".encode(),
        "log-mldsa44.vkey": f"{MLDSA44.verifier.vkey}\n".encode(),
    }


def test_published_files_are_readable_by_all_whatever_the_mask(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log", 300)
    web = tmp_path / "web"
    old = os.umask(0o077)
    try:
        publish(record, log, web, record.signed(), KEYS)
    finally:
        os.umask(old)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (web, *web.rglob("*")) if path.is_dir()}
    assert modes == {0o755}
    assert {stat.S_IMODE((web / name).stat().st_mode) for name in content(web)} == {0o644}


def test_publishing_again_writes_only_what_is_new(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log", 600)
    web = tmp_path / "web"
    publish(record, log, web, record.signed(), KEYS)
    before = {path: path.stat().st_mtime_ns for path in web.rglob("*") if path.is_file()}
    record.add(1)
    log.update(record, record.signed())
    record.read = 0
    done = publish(record, log, web, record.signed(), KEYS)
    assert (done.before, done.size, record.read) == (600, 601, 1)
    changed = {str(p.relative_to(web)) for p, at in before.items() if p.stat().st_mtime_ns != at}
    assert changed == {"checkpoint"}
    new = {str(p.relative_to(web)) for p in web.rglob("*") if p.is_file() and p not in before}
    assert new == {"tile/entries/002.p/89", "tile/0/002.p/89"}


def test_old_partial_tiles_are_removed_once_the_full_tile_is_published(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log", 500)
    web = tmp_path / "web"
    publish(record, log, web, record.signed(), KEYS)
    record.add(100)
    publish(record, log, web, record.signed(), KEYS)
    assert content(web).keys() == {
        *expected(record, 600),
        "log.vkey",
        "log-mldsa44.vkey",
        # The tile of level 1 is not full yet, and the checkpoint over 500 events needs this one.
        "tile/1/000.p/1",
    }


def test_published_damage_at_the_edge_is_repaired_by_the_next_publish(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log", 600)
    web = tmp_path / "web"
    publish(record, log, web, record.signed(), KEYS)
    wanted = content(web)
    flip(web / "tile/0/002.p/88", 7)
    (web / "tile/entries/001").unlink()
    publish(record, log, web, record.signed(), KEYS)
    assert content(web) == wanted


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"?")


DAMAGES: Final[dict[str, tuple[str, Callable[[Path], None], str, str]]] = {
    "tile": (
        "tile/0/000",
        lambda path: flip(path, 33),
        "another hash of position 2",
        "that of the record",
    ),
    "bundle": (
        "tile/entries/001",
        lambda path: flip(path, 70),
        "another entry of position 258",
        "that of the record",
    ),
    "upper tile": (
        "tile/1/000.p/2",
        lambda path: flip(path, 40),
        "another hash of positions 257 to 512",
        "that of the record",
    ),
    "partial tile": (
        "tile/0/002.p/88",
        lambda path: flip(path, 7),
        "another hash of position 513",
        "that of the record",
    ),
    "older partial tile": (
        "tile/0/002.p/80",
        lambda path: flip(path, 7),
        "another hash of position 513",
        "that of the record",
    ),
    "missing": ("tile/entries/000", lambda path: path.unlink(), "no file", "16896 bytes"),
    "cut": ("tile/0/001", cut, "8191 bytes", "8192 bytes"),
    "longer": ("tile/0/001", lengthen, "more bytes", "8192 bytes"),
}


def published_at(tmp_path: Path, *sizes: int) -> tuple[MemoryRecord, LogFolder, Path]:
    """Give a record that was published at each of these sizes."""
    record, log, web = MemoryRecord(), LogFolder(tmp_path / "log"), tmp_path / "web"
    for size in sizes:
        record.add(size - record.size)
        log.update(record, record.signed())
        publish(record, log, web, record.signed(), KEYS)
    return record, log, web


@pytest.mark.parametrize("grows", [0, 1, 300])
@pytest.mark.parametrize("kind", DAMAGES)
def test_published_damage_anywhere_is_written_anew_and_named(kind: str, grows: int, tmp_path: Path) -> None:
    record, log, web = published_at(tmp_path, 592, 600)
    name, damage, found, wanted = DAMAGES[kind]
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(web, undisturbed)
    damage(web / name)
    untouched = {path: path.stat().st_mtime_ns for path in (web / "tile").rglob("*") if path.is_file()}
    record.add(grows)
    log.update(record, record.signed())
    done = publish(record, log, web, record.signed(), KEYS)
    assert done.damaged == (Difference(path=name, found=found, expected=wanted),)
    publish(record, log, undisturbed, record.signed(), KEYS)
    assert content(web) == content(undisturbed)
    written = {
        path.relative_to(web).as_posix()
        for path, at in untouched.items()
        if path.exists() and path.stat().st_mtime_ns != at
    }
    assert written <= {name}, "what is sound is not touched"
    assert publish(record, log, web, record.signed(), KEYS).damaged == ()


def test_looking_for_published_damage_reads_no_event(tmp_path: Path) -> None:
    record, log, web = published_at(tmp_path, 592, 600)
    record.read = 0
    publish(record, log, web, record.signed(), KEYS)
    assert record.read == 0


def test_damage_to_the_archives_own_files_is_none_to_what_was_published(tmp_path: Path) -> None:
    record, log, web = published_at(tmp_path, 600)
    before = {path: path.stat().st_mtime_ns for path in (web / "tile").rglob("*")}
    flip(log.path / "tile/0/000", 33)
    assert publish(record, log, web, record.signed(), KEYS).damaged == ()
    assert {path: path.stat().st_mtime_ns for path in (web / "tile").rglob("*")} == before


def test_what_was_published_stays_where_the_record_itself_was_changed(tmp_path: Path) -> None:
    """The old tiles show then which event it was."""
    record, log, web = published_at(tmp_path, 600)
    flip(web / "tile/0/000", 33)
    before, signed = content(web), record.signed()
    record.positions[300] = bytes(64)
    with pytest.raises(RootDiffersError):
        publish(record, log, web, signed, KEYS)
    assert content(web) == before


def test_a_folder_is_no_witness_for_itself(tmp_path: Path) -> None:
    record, _, web = published_at(tmp_path, 600)
    flip(web / "tile/0/000", 33)
    (tmp_path / "link").symlink_to("web")
    done = publish(record, LogFolder(tmp_path / "link"), web, record.signed(), KEYS)
    assert [each.path for each in done.damaged] == ["tile/0/000"]


def test_cosignatures_that_were_published_stay(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log", 300)
    web = tmp_path / "web"
    plain = record.signed()
    cosigned = with_signatures(plain.data, [cosign(plain.head, WITNESS, timestamp=1_795_430_001)])
    publish(record, log, web, plain, KEYS)
    publish(record, log, web, open_own(cosigned, KEYS), KEYS)
    assert (web / "checkpoint").read_bytes() == cosigned
    publish(record, log, web, plain, KEYS)
    assert (web / "checkpoint").read_bytes() == cosigned


def test_new_log_keys_are_published(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log", 20)
    publish(record, log, tmp_path / "web", record.signed(), KEYS)
    changed = log_keys(signing_key(ORIGIN, SignatureType.ED25519, "new").verifier, MLDSA44.verifier)
    publish(record, log, tmp_path / "web", record.signed(), changed)
    assert (tmp_path / "web" / "log.vkey").read_text() == f"{changed.ed25519.vkey}\n"


def refused(record: MemoryRecord, tmp_path: Path, web: Path) -> StorageError:
    before = content(web)
    with pytest.raises(StorageError) as caught:
        publish(record, LogFolder(tmp_path / "log"), web, record.signed(), KEYS)
    assert content(web) == before
    return caught.value


def test_a_larger_published_log_is_refused_as_a_rollback(tmp_path: Path) -> None:
    web = tmp_path / "web"
    record, log = cached(tmp_path / "log", 300)
    publish(record, log, web, record.signed(), KEYS)
    error = refused(MemoryRecord(299), tmp_path, web)
    assert error.message == f"{web}: 300 events are published, the newest checkpoint of the archive has 299"
    assert error.hint == (
        f"the archive was rolled back; keep the file, and prove it: `ratsbuch verify --against {web / 'checkpoint'}`"
    )


@pytest.mark.parametrize("size", [300, 400])
def test_a_published_fork_is_refused(size: int, tmp_path: Path) -> None:
    web = tmp_path / "web"
    other = MemoryRecord(300, story="other")
    publish(other, LogFolder(tmp_path / "other"), web, other.signed(), KEYS)
    record, _ = cached(tmp_path / "log", size)
    error = refused(record, tmp_path, web)
    assert error.message == f"{web}: a fork: the archive has another root at the 300 events that are published"


def test_the_log_of_another_register_is_refused(tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    ed25519, mldsa44 = (signing_key("other.example", kind) for kind in (ED25519.type, MLDSA44.type))
    head = TreeHead(origin="other.example", size=3, root=MemoryRecord(3).root())
    note = sign_checkpoint(head, ed25519=ed25519, mldsa44=mldsa44, timestamp=1)
    (web / "checkpoint").write_bytes(note)
    error = refused(MemoryRecord(20), tmp_path, web)
    assert error.message == f"{web}: the log of another register: found origin 'other.example', expected '{ORIGIN}'"
    (web / "checkpoint").unlink()
    (web / "log.vkey").write_text(f"{ed25519.verifier.vkey}\n")
    error = refused(MemoryRecord(20), tmp_path, web)
    assert error.message == (
        f"{web}: the log of another register: found the key of 'other.example', expected that of '{ORIGIN}'"
    )
    assert not (web / ".lock").exists()


def test_a_log_that_other_keys_signed_is_refused(tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    stranger = signing_key(ORIGIN, SignatureType.ED25519, "stranger")
    head = MemoryRecord(3).signed().head
    (web / "checkpoint").write_bytes(sign_checkpoint(head, ed25519=stranger, mldsa44=MLDSA44, timestamp=1))
    error = refused(MemoryRecord(20), tmp_path, web)
    assert error.message.endswith("; so this is not a log that this register published")


@pytest.mark.parametrize("name", ["checkpoint", "index.html"])
def test_a_folder_that_holds_something_else_is_refused(name: str, tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    (web / name).write_text("something else\n")
    error = refused(MemoryRecord(20), tmp_path, web)
    assert error.hint == "choose another folder; nothing that was published is overwritten"
    assert sorted(path.name for path in web.iterdir()) == [name]


def test_nothing_is_published_of_a_record_that_does_not_have_the_root(tmp_path: Path) -> None:
    record, log = cached(tmp_path / "log", 300)
    signed = record.signed()
    record.positions[5] = bytes(64)
    with pytest.raises(IntegrityError):
        publish(record, log, tmp_path / "web", signed, KEYS)
    assert not (tmp_path / "web" / "checkpoint").exists()
