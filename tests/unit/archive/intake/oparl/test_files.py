from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from support.archives import Made, new_archive
from support.oparl import SYSTEM, events_of, failures, file, intake, item, meeting, paper
from support.oparl_server import Site, council, cut, status

from archive.following import FilesFrom
from archive.intake.oparl import files as fetching
from domain import events as e
from domain import values as x

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from support.oparl import Object

    from archive.archive import Archive
    from archive.intake.oparl.summary import Summary

CONTENT = b"%PDF-1.7\n" + b"Anlage\n" * 30_000
SMALL = b"%PDF-1.7 small"


@pytest.fixture
def site() -> Iterator[Site]:
    with council() as found:
        yield found


class Book:
    def __init__(self, made: Made, archive: Archive, site: Site, folder: Path) -> None:
        self.made, self.archive, self.site, self.folder = made, archive, site, folder

    def takes(self, *objects: Object, with_files: bool = True, dry_run: bool = False) -> Summary:
        self.site.has(list(objects))
        moved = list(self.site.objects.values())
        files = FilesFrom(self.site.endpoint(), self.folder) if with_files else None
        return intake(self.archive, self.made.signer(), moved, system=self.site.system, files=files, dry_run=dry_run)

    def left(self) -> list[str]:
        return sorted(path.suffix for path in self.folder.iterdir())


@pytest.fixture
def book(tmp_path: Path, site: Site) -> Iterator[Book]:
    made = new_archive(tmp_path)
    with made.open() as archive:
        yield Book(made, archive, site, tmp_path / "files")


def annex(number: int = 1, **fields: object) -> Object:
    return file(number, downloadUrl=f"{SYSTEM}/download/{number}", **fields)


def test_a_file_that_is_fetched_is_held_by_its_digest(book: Book) -> None:
    book.site.fails("/oparl/download/1", status(200, CONTENT))
    book.site.fails("/oparl/download/2", status(200, SMALL))
    book.takes(paper(1, mainFile=annex(2), auxiliaryFile=[annex(1, size=7)]))
    small, large = events_of(book.archive, e.DocumentAttached)
    digest = hashlib.sha512(CONTENT).hexdigest()
    expected = x.Document(digest=digest, held=True, media_type="application/pdf", size=len(CONTENT), title="Anlage 1")
    assert (large.held, large.document) == (True, expected)
    assert small.held
    assert book.archive.document(digest) == CONTENT
    assert book.left() == []
    assert failures(book.archive) == []


def test_minutes_and_the_files_of_agenda_items_are_fetched_too(book: Book) -> None:
    for number in (1, 2, 3):
        book.site.fails(f"/oparl/download/{number}", status(200, b"%d" % number))
    book.takes(
        meeting(1, resultsProtocol=annex(1), invitation=annex(2), agendaItem=[item(1, auxiliaryFile=[annex(3)])])
    )
    held = [m.held for m in events_of(book.archive, e.MinutesFiled)]
    assert held + [a.held for a in events_of(book.archive, e.DocumentAttached)] == [True] * 3


def test_files_come_in_later_and_only_once(book: Book) -> None:
    shown = paper(1, auxiliaryFile=[annex(1), annex(2)])
    assert book.takes(shown, with_files=False).events["document-attached/1"] == 2
    book.site.fails("/oparl/download/1", status(200, CONTENT))
    summary = book.takes(shown)
    assert dict(summary.events) == {"document-withdrawn/1": 1, "document-attached/1": 1}
    assert summary.left_out == {"files that are not there": 1}
    withdrawn = events_of(book.archive, e.DocumentWithdrawn)[0]
    assert withdrawn.reason == "the same file, which is held now"
    asked = len(book.site.asked)
    again = book.takes(shown)
    # The one that is held is not asked for again.
    assert (again.recorded, book.site.asked[asked:]) == (0, ["/oparl/download/2"])
    # Nor does a run without files take back what is held.
    assert book.takes(shown, with_files=False).recorded == 0
    assert dict(book.takes({**shown, "name": "Neu"}, with_files=False).events) == {
        "source-observed/1": 1,
        "proposal-revised/1": 1,
    }


def test_what_cannot_be_had_stays_referred_to_and_is_counted(book: Book) -> None:
    book.site.fails("/oparl/download/2", status(500), stays=True)
    elsewhere = file(3, downloadUrl="https://elsewhere.example.org/x.pdf")
    summary = book.takes(paper(1, auxiliaryFile=[annex(1), annex(2), elsewhere, file(4)]))
    assert summary.left_out == {
        "files that are not there": 1,
        "files that could not be fetched": 1,
        "files on another host": 1,
        "files without an address": 1,
    }
    assert [a.held for a in events_of(book.archive, e.DocumentAttached)] == [False] * 4


def test_a_file_over_the_limit_is_left_where_it_is(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FILE_BYTES_MAX", 1_000)
    book.site.fails("/oparl/download/1", status(200, CONTENT))
    summary = book.takes(paper(1, auxiliaryFile=[annex(1)]))
    assert summary.left_out == {"files that are too large": 1}
    assert book.left() == []


def test_a_digest_that_does_not_fit_is_counted_and_what_came_is_held(book: Book) -> None:
    book.site.fails("/oparl/download/1", status(200, CONTENT))
    summary = book.takes(paper(1, auxiliaryFile=[annex(1, sha512Checksum="0" * 128)]))
    assert summary.left_out == {"digests that a source states for a file with other bytes": 1}
    attached = events_of(book.archive, e.DocumentAttached)[0]
    assert attached.document.digest == hashlib.sha512(CONTENT).hexdigest()


def half(handler: BaseHTTPRequestHandler) -> None:
    head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {len(CONTENT)}\r\n\r\n'
    handler.wfile.write(head.encode() + CONTENT[: len(CONTENT) // 2])


def rest(version: str) -> object:
    """Serve the part that is asked for, if the version is still the same, else the whole."""

    def serve(handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        first = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if handler.headers["If-Range"] != f'"{version}"':
            return 200, {"ETag": f'"{version}"'}, CONTENT
        seen.append(first)
        return 206, {"Content-Range": f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}"}, CONTENT[first:]

    seen: list[int] = []
    serve.seen = seen  # type: ignore[attr-defined]  # what the test looks at
    return serve


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_file_that_broke_off_is_continued_if_it_is_still_the_same(book: Book, version: str) -> None:
    serve = rest(version)
    shown = paper(1, auxiliaryFile=[annex(1)])
    book.site.fails("/oparl/download/1", half, status(404))
    assert book.takes(shown).left_out == {"files that are not there": 1}
    book.site.fails("/oparl/download/1", half, half, half, half)
    # Each attempt of one run begins with what was asked for; the next run continues.
    assert book.takes(shown).left_out == {"files that could not be fetched": 1}
    assert book.left() == [".etag", ".part"]
    book.site.fails("/oparl/download/1", serve)  # type: ignore[arg-type]  # a fault with a memory
    book.takes(shown)
    attached = events_of(book.archive, e.DocumentAttached)[-1]
    assert attached.document.digest == hashlib.sha512(CONTENT).hexdigest()
    assert bool(serve.seen) == (version == "v1")  # type: ignore[attr-defined]  # see above
    assert book.left() == []


def test_a_file_without_a_version_begins_anew(book: Book) -> None:
    shown = paper(1, auxiliaryFile=[annex(1)])
    book.site.fails("/oparl/download/1", cut, cut, cut, cut)
    assert book.takes(shown).left_out == {"files that could not be fetched": 1}
    book.site.fails("/oparl/download/1", status(200, CONTENT))
    book.takes(shown)
    assert events_of(book.archive, e.DocumentAttached)[-1].document.digest == hashlib.sha512(CONTENT).hexdigest()


def test_a_dry_run_fetches_nothing(book: Book) -> None:
    book.takes(paper(1, auxiliaryFile=[annex(1)]), dry_run=True)
    assert book.site.asked == []


def test_a_file_that_was_exchanged_is_fetched_again(book: Book) -> None:
    shown = paper(1, auxiliaryFile=[annex(1, size=5)])
    minutes = meeting(1, resultsProtocol=annex(2, size=5))
    for number in (1, 2):
        book.site.fails(f"/oparl/download/{number}", status(200, b"first"), status(200, b"second"))
    book.takes(shown, minutes)
    again = (paper(1, auxiliaryFile=[annex(1, size=6)]), meeting(1, resultsProtocol=annex(2, size=6)))
    book.takes(*again)
    digests = [hashlib.sha512(content).hexdigest() for content in (b"first", b"second")]
    attached = events_of(book.archive, e.DocumentAttached)
    filed = events_of(book.archive, e.MinutesFiled)
    assert [a.document.digest for a in attached] == digests == [m.document.digest for m in filed]
    assert [a.held for a in attached] == [True, True]
    assert events_of(book.archive, e.DocumentWithdrawn)[0].replaced_by == attached[1].document
    asked = len(book.site.asked)
    assert (book.takes(*again).recorded, len(book.site.asked)) == (0, asked)
    assert failures(book.archive) == []


def test_a_file_that_changed_while_nobody_fetched_is_fetched_by_the_next_run_that_does(book: Book) -> None:
    book.site.fails("/oparl/download/1", status(200, b"first"), status(200, b"second"))
    book.takes(paper(1, auxiliaryFile=[annex(1)]))
    touched = paper(1, auxiliaryFile=[annex(1, modified="2022-02-02T00:00:00Z")])
    assert dict(book.takes(touched, with_files=False).events) == {"source-observed/1": 1}
    assert dict(book.takes(touched).events) == {"document-withdrawn/1": 1, "document-attached/1": 1}
    assert book.takes(touched).recorded == 0


def test_a_file_of_which_only_the_stamp_moved_is_asked_for_once(book: Book) -> None:
    book.site.fails("/oparl/download/1", status(200, b"first"), stays=True)
    book.takes(paper(1, auxiliaryFile=[annex(1)]))
    touched = paper(1, auxiliaryFile=[annex(1, modified="2022-02-02T00:00:00Z")])
    assert dict(book.takes(touched).events) == {"source-observed/1": 1}
    assert book.site.asked.count("/oparl/download/1") == 2
    assert book.takes(touched).recorded == 0
    assert book.site.asked.count("/oparl/download/1") == 2
    # A new name takes nothing away from what is held.
    book.takes(paper(1, auxiliaryFile=[annex(1, name="Neu")]), with_files=False)
    last = events_of(book.archive, e.DocumentAttached)[-1]
    assert (last.label, last.held, last.document.digest) == ("Neu", True, hashlib.sha512(b"first").hexdigest())


def test_an_exchanged_file_that_nobody_fetches_is_not_held_any_more(book: Book) -> None:
    book.site.fails("/oparl/download/1", status(200, b"first"), status(200, b"second"))
    book.takes(paper(1, auxiliaryFile=[annex(1, size=5)]))
    again = paper(1, auxiliaryFile=[annex(1, size=6)])
    book.takes(again, with_files=False)
    assert [a.held for a in events_of(book.archive, e.DocumentAttached)] == [True, False]
    book.takes(again)
    assert [a.held for a in events_of(book.archive, e.DocumentAttached)] == [True, False, True]


def test_the_same_bytes_that_are_described_otherwise_are_the_same_document(book: Book) -> None:
    book.site.fails("/oparl/download/1", status(200, b"first"))
    book.site.fails("/oparl/download/2", status(200, b"first"))
    book.takes(paper(1, auxiliaryFile=[annex(1)]))
    book.takes(paper(1, auxiliaryFile=[file(1, downloadUrl=f"{SYSTEM}/download/2")]))
    (withdrawn,) = events_of(book.archive, e.DocumentWithdrawn)
    assert withdrawn.reason == "the same bytes, which the source describes otherwise"
    first, second = events_of(book.archive, e.DocumentAttached)
    assert (first.document, second.held) == (second.document, True)


def test_files_that_are_named_only_are_fetched_by_their_objects(book: Book) -> None:
    named = f"{SYSTEM}/file/1"
    book.site.fails("/oparl/download/1", status(200, b"first"), status(200, b"second"))
    shown = paper(1, mainFile=named)
    assert book.takes(shown, annex(1, size=5)).left_out == {}
    book.takes(shown, annex(1, size=6))
    attached = events_of(book.archive, e.DocumentAttached)
    assert [(a.label, a.held) for a in attached] == [("Anlage 1", True), ("Anlage 1", True)]
    assert attached[1].document.digest == hashlib.sha512(b"second").hexdigest()
    assert book.takes(shown, annex(1, size=6)).recorded == 0
    assert failures(book.archive) == []
