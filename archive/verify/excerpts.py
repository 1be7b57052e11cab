"""What the procedure asks of a source that may leave something out: a package, or an extract of a register.

4. each event has a proof of its own to the newest checkpoint, and each older checkpoint one that it is a prefix
3. no event of a stream that is given is left out: the last place of each is stated, and reached
6. what is withheld is listed, and counted
7. the list of documents is the one that the events give
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from archive.documents import documents_named
from archive.errors import InputError, IntegrityError
from archive.log.merkle import verify_consistency
from archive.verify.context import open_row
from archive.verify.meaning import read_history
from archive.verify.report import Verdict
from archive.verify.source import ListedDocument
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archive.erasure import Erasures
    from archive.log.head import TreeHead
    from archive.verify.logs import Kept
    from archive.verify.meaning import Mention
    from archive.verify.report import Ledger
    from archive.verify.source import Source
    from domain.values import Document

# Why a document is not given though nothing forbids it: whoever made the export had lost it.
NOT_HELD: Final = "not_held"


def newest_head(kept: Sequence[Kept]) -> TreeHead | None:
    """Give what the newest checkpoint states; None where there is none that can be read."""
    return max((k.head for k in kept if k.head is not None), key=lambda head: head.size, default=None)


def proved_roots(source: Source, kept: Sequence[Kept], roots: Mapping[int, bytes], ledger: Ledger) -> dict[int, bytes]:
    """Give the roots that are proved: the newest checkpoint's, to which every event leads, and those of its prefixes.

    Nothing is computed here that events would have to be there for; whether the log signed these roots step 4 says.
    """
    newest = newest_head(kept)
    if newest is None:
        return dict(roots)
    proved = {newest.size: bytes(newest.root)}
    proofs = dict(source.consistency())
    for each in kept:
        if each.head is None or each.head.size >= newest.size:
            continue
        ledger.checked += 1
        try:
            verify_consistency(each.head.size, newest.size, proofs.get(each.head.size, ()), each.head.root, newest.root)
        except (InputError, IntegrityError) as error:
            ledger.failed(
                "CONSISTENCY_INVALID",
                place=each.place,
                found=error.message,
                expected=f"a proof that the checkpoint over {newest.size} events continues it",
            )
        else:
            proved[each.head.size] = bytes(each.head.root)
    return proved


def check_ends(source: Source, ledger: Ledger) -> None:
    """Hold the last place of each stream against what is stated of it."""
    ends = source.ends()
    if ends is None:
        return
    found: dict[str, int] = {}
    for row in source.rows(after=0, until=2**62):
        found[row.stream] = max(found.get(row.stream, 0), row.originator_version)
    for stream in sorted(ends.keys() | found.keys()):
        if ends.get(stream) != found.get(stream):
            ledger.failed(
                "STREAM_END_DIFFERS",
                place=stream,
                found="no event" if stream not in found else f"events up to {stream}#{found[stream]}",
                expected=f"up to {stream}#{ends[stream]} as stated" if stream in ends else "a stated end of the stream",
            )
    ledger.checked += len(ends)


def name_withheld(source: Source, ledger: Ledger) -> None:
    """Say how much is left out, all of it listed."""
    disclosures, events, documents = source.withheld()
    if disclosures or events or documents:
        ledger.add(
            "WITHHELD",
            Verdict.PASSED,
            place=source.target,
            found=f"{disclosures} disclosures, {events} events and {documents} documents left out, each listed",
            expected="what may be given on the terms that are stated",
        )


def check_document_list(
    source: Source,
    listing: Mapping[str, ListedDocument],
    wanted: Mapping[str, Iterable[Mention]],
    erasures: Erasures,
    ledger: Ledger,
) -> None:
    """Hold what is listed of documents against the events that name them first."""
    expected: dict[str, ListedDocument] = {}
    for digest, mentions in wanted.items():
        first = next((m for m in mentions if not erasures.has_document(m.event, m.path)), None)
        document = None if first is None else _named(source, first)
        if document is not None:
            expected[digest] = ListedDocument(
                size=stated(document.size),
                media_type=stated(document.media_type),
                title=stated(document.title),
                missing=None if digest not in listing else listing[digest].missing,
            )
    ledger.checked += len(listing)
    for digest in sorted(listing.keys() | expected.keys()):
        if listing.get(digest) != expected.get(digest):
            ledger.failed(
                "DOCUMENT_LIST_DIFFERS",
                place=f"document {digest[:16]}..",
                found=_told(listing.get(digest)),
                expected=_told(expected.get(digest)),
            )


def _named(source: Source, mention: Mention) -> Document | None:
    stream, _, seq = mention.event.partition("#")
    for row in source.stream_rows(stream):
        if row.originator_version == int(seq):
            record = open_row(row)
            before = functools.partial(read_history, source, stream, below=row.position)
            return dict(documents_named(record, before)).get(mention.path)
    return None


def _told(document: ListedDocument | None) -> str:
    if document is None:
        return "not listed"
    return f"listed with {document.size} bytes, as {document.media_type}, called {document.title!r}"


def name_not_given(place: str, reason: str, ledger: Ledger) -> None:
    """Say that a document is listed as not given for a reason that does not lie in the terms."""
    if reason == NOT_HELD:
        ledger.add(
            "DOCUMENT_NOT_GIVEN",
            Verdict.INDETERMINATE,
            place=place,
            found="a document that an event says is held, and that whoever made the export did not have",
            expected="the document",
        )
