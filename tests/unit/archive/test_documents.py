"""Documents: once by content, small ones in the database, larger ones as files that nothing stands in for."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from support.archives import Busy, batch, document, held, pin_of, statement

from archive.documents import DOCUMENT_SIZE_MAX, INLINE_SIZE_MAX, Documents, documents_of
from archive.errors import InputError, IntegrityError, StorageError
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.errors import RuleError

if TYPE_CHECKING:
    from pathlib import Path

    from archive.archive import Archive, Recorded
    from archive.batch import NewDocument


def attach(busy: Busy, archive: Archive, *documents: NewDocument) -> Recorded:
    """Record that documents are attached."""
    return archive.record(
        batch(
            *(
                statement(busy.proposal, e.DocumentAttached(label=d.path.name, held=True, document=held(d)))
                for d in documents
            ),
            documents=documents,
        ),
        signer=busy.made.signer(),
    )


def path_of(busy: Busy, new: NewDocument) -> Path:
    return busy.made.folder / "documents" / new.digest_hex[:2] / new.digest_hex


def rows(archive: Archive, new: NewDocument) -> list[tuple[int, int | None]]:
    """Give size and inline size of the rows of a document."""
    statement_ = "SELECT size, length(content) FROM documents WHERE digest=?"
    return archive.connection.execute(statement_, (new.digest_hex,)).fetchall()


def findings(busy: Busy) -> set[str]:
    source = ArchiveSource(busy.made.folder)
    try:
        report = verify(source, pin=pin_of(busy.anchor))
    finally:
        source.close()
    assert report.verdict is Verdict.PASSED
    return {f.code for s in report.steps for f in s.findings} - {"NO_CHECKPOINT_YET"}


@pytest.mark.parametrize("size", [0, 1, INLINE_SIZE_MAX])
def test_small_document_lies_in_the_database(busy: Busy, tmp_path: Path, size: int) -> None:
    new = document(tmp_path / "a.txt", b"k" * size)
    with busy.made.open() as archive:
        attach(busy, archive, new)
        assert rows(archive, new) == [(size, size)]
        assert archive.document(new.digest_hex) == b"k" * size
    assert not path_of(busy, new).exists()
    assert findings(busy) == set()


@pytest.mark.parametrize("size", [INLINE_SIZE_MAX + 1, 3 * 2**20 + 1])
def test_larger_document_lies_in_a_file(busy: Busy, tmp_path: Path, size: int) -> None:
    new = document(tmp_path / "a.txt", b"g" * size)
    with busy.made.open() as archive:
        attach(busy, archive, new)
        assert rows(archive, new) == [(size, None)]
        assert archive.document(new.digest_hex) == b"g" * size
    assert path_of(busy, new).read_bytes() == b"g" * size
    assert [p.name for p in path_of(busy, new).parent.iterdir()] == [new.digest_hex]
    assert findings(busy) == set()


@pytest.mark.parametrize("size", [5, 70_000])
def test_same_content_is_kept_once(busy: Busy, tmp_path: Path, size: int) -> None:
    one, two = (document(tmp_path / f"{n}.txt", b"z" * size) for n in "ab")
    with busy.made.open() as archive:
        attach(busy, archive, one, two)
        attach(busy, archive, structs.replace(two, path=tmp_path / "b.txt"))
        assert len(rows(archive, one)) == 1
    assert findings(busy) == set()


@pytest.mark.parametrize("size", [5, 70_000])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.write_bytes(b"anders"), "document a.txt: it changed while it was being recorded"),
        (lambda p: p.write_bytes(p.read_bytes() + b"."), "document a.txt: it changed while it was being recorded"),
        (lambda p: p.unlink(), "document a.txt: it is no longer there"),
        (lambda p: (p.unlink(), p.mkdir()), "document a.txt: cannot be read: Is a directory"),
    ],
    ids=["another", "grown", "gone", "a folder"],
)
def test_document_that_is_no_longer_what_was_read_is_refused(
    busy: Busy, tmp_path: Path, size: int, change: object, message: str
) -> None:
    new = document(tmp_path / "a.txt", b"v" * size)
    assert callable(change)
    change(new.path)
    with busy.made.open() as archive:
        with pytest.raises(InputError) as caught:
            attach(busy, archive, new)
        assert caught.value.message == message
        assert (archive.size, rows(archive, new)) == (16, [])
    assert findings(busy) == set()


def test_size_that_was_stated_wrong_is_refused(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"v" * 70_000)
    for size in (69_999, 70_001, 5):
        with busy.made.open() as archive, pytest.raises(InputError, match="it changed while it was being recorded"):
            attach(busy, archive, structs.replace(new, size=size))
    assert findings(busy) == set()


def test_document_over_the_limit_is_refused(busy: Busy, tmp_path: Path) -> None:
    new = structs.replace(document(tmp_path / "a.txt", b""), size=DOCUMENT_SIZE_MAX + 1)
    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        attach(busy, archive, new)
    assert caught.value.message == "document a.txt: 4294967297 bytes, at most 4294967296 are allowed"


# -- what lies there already ---------------------------------------------------------------------


def test_file_that_is_there_with_the_right_bytes_is_taken(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"d" * 70_000)
    path_of(busy, new).parent.mkdir()
    path_of(busy, new).write_bytes(b"d" * 70_000)
    before = path_of(busy, new).stat().st_ino
    with busy.made.open() as archive:
        attach(busy, archive, new)
        assert rows(archive, new) == [(70_000, None)]
    assert path_of(busy, new).stat().st_ino == before
    assert findings(busy) == set()


def test_file_that_is_there_with_other_bytes_is_refused_and_kept(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"d" * 70_000)
    path_of(busy, new).parent.mkdir()
    path_of(busy, new).write_bytes(b"fremd")
    with busy.made.open() as archive:
        with pytest.raises(IntegrityError) as caught:
            attach(busy, archive, new)
        place = path_of(busy, new)
        digest = new.digest_hex[:16]
        assert caught.value.message == f"document {digest}..: the file in its place has other bytes: {place}"
        assert path_of(busy, new).read_bytes() == b"fremd"
        assert archive.size == 16
        path_of(busy, new).unlink()
        attach(busy, archive, new)
    assert findings(busy) == set()


def test_file_that_was_lost_is_written_anew_when_it_comes_again(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"d" * 70_000)
    with busy.made.open() as archive:
        attach(busy, archive, new)
        path_of(busy, new).unlink()
        refused = statement("proposal:00000000-0000-4000-8000-000000000000", e.ProposalWithdrawn(reason="x"))
        with pytest.raises(RuleError, match="does not exist"):
            archive.record(batch(refused, documents=(new,)), signer=busy.made.signer())
        assert path_of(busy, new).exists(), "an event relies on it, so it stays although the batch was refused"
    assert findings(busy) == set()


@pytest.mark.parametrize("where", ["file", "part", "folder"])
def test_link_that_somebody_planted_is_not_followed(busy: Busy, tmp_path: Path, where: str) -> None:
    new = document(tmp_path / "a.txt", b"d" * 70_000)
    target = path_of(busy, new)
    mine = tmp_path / "mine"
    if where == "folder":
        mine.mkdir()
        target.parent.symlink_to(mine)
    else:
        mine.write_bytes(b"meins")
        target.parent.mkdir()
        target.with_name(target.name + (".part" if where == "part" else "")).symlink_to(mine)
    with busy.made.open() as archive:
        if where == "part":
            attach(busy, archive, new)
            assert target.read_bytes() == b"d" * 70_000
            assert not target.is_symlink()
        else:
            with pytest.raises(StorageError) as caught:
                attach(busy, archive, new)
            digest = new.digest_hex[:16]
            assert caught.value.message == f"document {digest}..: what lies at {target} is not a file of this archive"
            assert archive.size == 16
    assert list(mine.iterdir()) == [] if where == "folder" else mine.read_bytes() == b"meins"


def test_what_a_crash_left_half_written_is_written_anew(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"d" * 70_000)
    part = path_of(busy, new).with_name(new.digest_hex + ".part")
    part.parent.mkdir()
    part.write_bytes(b"d" * 300)
    assert findings(busy) == {"FILE_SURPLUS"}
    with busy.made.open() as archive:
        attach(busy, archive, new)
    assert not part.exists()
    assert findings(busy) == set()


@pytest.mark.parametrize(
    "digest",
    ["", "ab", "../" * 40 + "etc/passwd", "A" * 128, "a" * 127 + "/", "a" * 129, "a" * 128 + "\n", "\0" * 128],
)
def test_nothing_but_a_digest_becomes_a_path(tmp_path: Path, digest: str) -> None:
    with pytest.raises(InputError) as caught:
        Documents(tmp_path).path(digest)
    assert caught.value.message == f"document {digest!r}: not a SHA-512 digest in lower-case hex"


# -- reading -------------------------------------------------------------------------------------


def test_file_that_cannot_be_read_is_neither_missing_nor_changed(busy: Busy) -> None:
    path = busy.made.folder / "documents" / busy.large[:2] / busy.large
    path.unlink()
    path.mkdir()
    with busy.made.open() as archive, pytest.raises(StorageError) as caught:
        archive.document(busy.large)
    assert caught.value.message == f"document {busy.large[:16]}..: its file cannot be read: Is a directory"


def test_folder_that_may_not_be_searched_does_not_make_a_document_missing(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with busy.made.open() as archive:
        path = archive.documents.path(busy.large)
        monkeypatch.setattr(type(path), "stat", denied)
        monkeypatch.setattr(type(path), "open", denied)
        with pytest.raises(StorageError, match="its file cannot be read: Permission denied"):
            archive.document(busy.large)


def test_file_of_a_document_is_gone_once_removed(busy: Busy) -> None:
    documents = Documents(busy.made.folder / "documents")
    assert documents.remove_file(busy.large)
    assert not documents.remove_file(busy.large)
    assert documents.open(busy.made.open().connection, busy.large) is None


def test_file_that_cannot_be_removed_is_named(busy: Busy) -> None:
    path = busy.made.folder / "documents" / busy.large[:2] / busy.large
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageError) as caught:
        Documents(busy.made.folder / "documents").remove_file(busy.large)
    assert caught.value.message.startswith(f"document {busy.large[:16]}..: its file cannot be deleted: ")


def test_every_file_is_listed_links_to_folders_too(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    assert list(Documents(folder).files()) == []
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "x").touch()
    (folder / "link").symlink_to(folder / "ab")
    (folder / "lost").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe")
    assert [p.name for p in Documents(folder).files()] == ["x", "link", "lost", "pipe"]


# -- where events name documents -----------------------------------------------------------------


def test_documents_are_found_wherever_an_event_names_them() -> None:
    def named(number: int) -> x.Document:
        return x.Document(digest=hashlib.sha512(bytes([number])).hexdigest(), held=False)

    made = e.ResolutionMade(
        sense=v.ResolutionSense.APPROVING,
        made_by=x.MadeBy(kind=v.DecisionPath.AUTHORITY),
        annexes=(named(1), named(2)),
    )
    sources = (x.Source(grade=v.Grade.COPY), x.Source(grade=v.Grade.COPY, document=named(3)))
    said = statement("resolution:00000000-0000-4000-8000-000000000000", made, sources=sources)
    assert list(documents_of(said)) == [
        ("data.annexes/0", named(1)),
        ("data.annexes/1", named(2)),
        ("sources/1/document", named(3)),
    ]
    item = "00000000-0000-4000-8000-000000000001"
    agenda = e.AgendaSet(
        version=1,
        stage=v.AgendaStage.INVITATION,
        part=v.Part.PUBLIC,
        items=(x.AgendaItem(item=item, order=1, publicity=v.Publicity.PUBLIC),),
        papers=(
            x.PaperHandedOut(item=item, label="Vorlage", handed_out=v.HandedOut.LATER, document=named(4)),
            x.PaperHandedOut(item=item, label="Anlage", handed_out=v.HandedOut.LATER),
        ),
    )
    said = statement("meeting:00000000-0000-4000-8000-000000000000", agenda)
    assert list(documents_of(said)) == [("data.papers/0/document", named(4))]
    filed = e.MinutesFiled(version=1, kind=v.MinutesKind.RESULTS, part=v.Part.WHOLE, held=False, document=named(5))
    said = statement("meeting:00000000-0000-4000-8000-000000000000", filed)
    assert list(documents_of(said)) == [("data.document", named(5))]
