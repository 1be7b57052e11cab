"""Making an excerpt out of an archive, on somebody's terms.

Only what a checkpoint is over goes out, because nothing vouches for the rest yet. Damaged events are not handed out:
the excerpt is then not made at all.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from archive.archive import ERASED_SIZE
from archive.documents import DIGEST, documents_named
from archive.erasure import Erasures
from archive.errors import EvidenceError, IntegrityError
from archive.excerpt.kept import Excerpt, KeptDocument
from archive.excerpt.proofs import Proofs
from archive.excerpt.release import Release
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.store.sqlite import StoredRow
from archive.token import entry_of
from domain import register, streams
from domain.events import ContentErased, VisibilityChanged
from domain.register import Register
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from archive.archive import Archive
    from archive.excerpt.release import Released
    from archive.excerpt.terms import Terms

# Why a document's bytes are not there, besides the reasons of `Reason`.
ONLY_IN_PACKAGE: Final = "only_in_package"
NOT_HELD: Final = "not_held"


def make_excerpt(
    archive: Archive,
    folder: Path,
    terms: Terms,
    given: Iterable[str],
    *,
    with_documents: bool,
    progress: Callable[[int, int], None] | None = None,
) -> Excerpt:
    """Make an excerpt.

    Args:
        archive: The archive.
        folder: Empty, and the caller's to remove.
        terms: On what terms.
        given: The streams that are given; the register's own and the bodies are in any case. Not looked at where the
            terms want the whole register.
        with_documents: Whether the bytes of documents are given, too.
        progress: Told how many of how many positions have been read.

    Raises:
        EvidenceError: No checkpoint is over the record, or not over all that is asked for.
        IntegrityError: Something that would go out is damaged.
        StorageError: The disk does not take it.
    """
    checkpoint = archive.signed()
    if checkpoint is None:
        msg = f"{archive.folder}: no checkpoint yet, so nothing vouches for what would go out"
        raise EvidenceError(msg, hint="the next recording command signs one")
    size = checkpoint.head.size
    _refuse_not_vouched(archive, terms, size)
    info = archive.register
    wanted = None if terms.whole else _wanted(archive, info.id, given)
    excerpt = Excerpt.create(folder, register=info.id)
    try:
        maker = _Maker(archive, excerpt, terms, f"register:{info.id}", with_documents=with_documents)
        proofs = None if terms.whole else Proofs(archive, checkpoint.head)
        covering: set[int] = set()
        for row in _rows(archive, wanted, size):
            released = maker.release.of(row)
            entry = row.state if len(row.state) == ERASED_SIZE else entry_of(row.state)
            excerpt.add(
                StoredRow(
                    position=row.position,
                    originator_id=row.originator_id,
                    originator_version=row.originator_version,
                    topic=row.topic,
                    state=released.state,
                    disclosed=released.disclosed,
                ),
                reason=released.entry_reason,
                omitted=released.omitted,
                proof=() if proofs is None else proofs.inclusion(row.position, entry),
            )
            maker.take(row, released)
            covering.add(row.position)
            if progress is not None and row.position % 1000 == 0:
                progress(row.position, size)
        maker.finish()
        excerpt.checkpoint(size, checkpoint.data, ())
        if proofs is not None:
            for old_size, note in _covering(archive, covering, below=size):
                excerpt.checkpoint(old_size, note, proofs.consistency(parse_head(parse_note(note).text)))
        excerpt.settle()
    except BaseException:
        excerpt.close()
        raise
    return excerpt


def _refuse_not_vouched(archive: Archive, terms: Terms, size: int) -> None:
    """Refuse to leave out the end of a stream without a word: what was asked for reaches beyond the checkpoint."""
    if archive.size <= size:
        return
    subjects = () if terms.whole else terms.subjects
    register_stream = f"register:{archive.register.id}"
    for stream in archive.touched(after=size):
        # What was erased or blocked is so already; without the event that says so it would be missing for no reason.
        has_lost = stream == register_stream and any(
            isinstance(record.event, ContentErased | VisibilityChanged) and record.position > size
            for record in archive.history(stream)
        )
        if terms.whole or stream in subjects or has_lost:
            msg = f"{stream}: its newest event lies above position {size}, up to which the newest checkpoint reaches"
            raise EvidenceError(msg, hint="the next recording command signs a checkpoint over it")


def _wanted(archive: Archive, register_id: str, given: Iterable[str]) -> tuple[str, ...]:
    names = {f"register:{register_id}", *archive.streams("body"), *given}
    return tuple(sorted(name for name in names if archive.exists(name)))


def _rows(archive: Archive, wanted: tuple[str, ...] | None, size: int) -> Iterator[StoredRow]:
    """Read the rows in order of position."""
    if wanted is None:
        yield from archive.recorder.rows(after=0, until=size)
        return
    # Positions first, so that not all that is given has to be held at once.
    positions = sorted(
        position for stream in wanted for position in archive.positions(stream).values() if position <= size
    )
    for position in positions:
        row = archive.recorder.row(position)
        if row is not None:
            yield row


def _covering(archive: Archive, positions: set[int], *, below: int) -> Iterator[tuple[int, bytes]]:
    """Give the checkpoint that was the first over each event: lines under minutes and receipts are of these."""
    left = sorted(positions)
    at = 0
    for size, note in archive.recorder.checkpoints():
        if size >= below:
            return
        if at < len(left) and left[at] <= size:
            yield size, note
            while at < len(left) and left[at] <= size:
                at += 1


def release_of(archive: Archive, terms: Terms) -> Release:
    """Give what decides about the events of an archive, which have to be given to it in the order of positions.

    Raises:
        IntegrityError: The register's own stream cannot be read.
    """
    stream = f"register:{archive.register.id}"
    state = streams.replay("register", archive.history(stream))
    if not isinstance(state, Register):
        msg = f"{stream}: found no state of a register"
        raise IntegrityError(msg, hint="run `ratsbuch verify`")

    def type_of(name: str, seq: int) -> str | None:
        rows = archive.recorder.select_events(name, gt=seq - 1, lte=seq)
        return rows[0].topic if rows else None

    return Release(terms, register.visibility_index(state), type_of)


class _Maker:
    """Keeps what is noted besides the events: documents and the ends of streams."""

    def __init__(
        self, archive: Archive, excerpt: Excerpt, terms: Terms, register_stream: str, *, with_documents: bool
    ) -> None:
        self._archive = archive
        self._excerpt = excerpt
        self._with_documents = with_documents
        self._erasures = Erasures()
        for record in archive.history(register_stream):
            if isinstance(record.event, ContentErased):
                self._erasures.apply(record)
        self.release = release_of(archive, terms)
        self._ends: dict[str, int] = {}
        self._documents: set[str] = set()

    def take(self, row: StoredRow, released: Released) -> None:
        """Note what an event says of documents, and where its stream stands."""
        self._ends[row.stream] = row.originator_version
        record = released.record
        if record is None:
            return
        # What its reader has before it, and no more: a correction must not tell what is withheld of what it corrects.
        before = functools.partial(self._excerpt.history, record.stream, below=record.position)
        for path, document in documents_named(record, before):
            digest = stated(document.digest)
            if digest is None or not document.held or digest in self._documents:
                continue
            if self._erasures.has_document(record.id, path):
                continue
            self._documents.add(digest)
            self._document(digest, stated(document.size), stated(document.media_type), stated(document.title))

    def _document(self, digest: str, size: int | None, media_type: str | None, title: str | None) -> None:
        reason = None if self._with_documents else ONLY_IN_PACKAGE
        if reason is None and not self._put(digest):
            reason = NOT_HELD
        self._excerpt.document(
            KeptDocument(
                digest=digest,
                size=-1 if size is None else size,
                media_type=media_type,
                title=title,
                included=reason is None,
                reason=reason,
            )
        )

    def _put(self, digest: str) -> bool:
        if not DIGEST.match(digest):
            return False
        path = self._archive.documents.path(digest)
        if path.is_file() and not path.is_symlink():
            self._excerpt.content(digest, path)
            return True
        content = self._archive.document(digest)
        if content is None:
            return False
        self._excerpt.inline(digest, content)
        return True

    def finish(self) -> None:
        """Note the ends of the streams."""
        for stream, last in sorted(self._ends.items()):
            self._excerpt.end(stream, last)
