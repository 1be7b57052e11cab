"""Documents: which of them are given, under which names, and as which objects (OParl: File).

A document is given where everybody may see the event that names it and its bytes are there. A file that a city's own
web server hands out must do nothing there: only the usual formats of documents keep their ending, anything that a
server or a browser might run is given as plain bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain.meeting import minutes
from domain.stream import RecordedEvent
from domain.values import Document, stated
from domain.vocabulary import MinutesKind, Part
from projections.export.files import ExportFile, document_name
from projections.export.oparl.sheet import Sheet, Tree, tombstone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.annex import Annex
    from domain.meeting import Item, Meeting
    from domain.proposal import Proposal
    from domain.resolution import Resolution
    from projections.export.edition import Edition
    from projections.export.oparl.addresses import Addresses
    from projections.export.oparl.notes import Notes
    from projections.export.oparl.public import Public

_FOLDER: Final = "file"
_PLAIN: Final = "bin"
_ENDINGS: Final = frozenset(
    {
        "csv",
        "docx",
        "gif",
        "jpeg",
        "jpg",
        "ods",
        "odp",
        "odt",
        "pdf",
        "png",
        "pptx",
        "rtf",
        "tif",
        "tiff",
        "txt",
        "xlsx",
    }
)
_SEEN: Final = "document"


class Attachment(Struct, frozen=True, kw_only=True):
    """A document as an event names it.

    Attributes:
        record: The event.
        path: The field, such as `data.document`.
        document: What it says; not a `Document` where that is withheld or not mentioned.
        label: What it is called; the document's own title where nothing else says so.
        held: Whether the event says beside the document that it was there; None where it says nothing.
        version: The version of the proposal or minutes that it is.
        withdrawn: The event that took it back.
    """

    record: RecordedEvent
    path: str
    document: object
    label: object = None
    held: object = None
    version: int | None = None
    withdrawn: RecordedEvent | None = None


class Documents:
    """The documents of an edition.

    Args:
        edition: The edition.
        addresses: Where things lie.
        public: The public part.
        notes: Where the names of documents are kept.
    """

    def __init__(self, edition: Edition, addresses: Addresses, public: Public, notes: Notes) -> None:
        self._edition = edition
        self._addresses = addresses
        self._public = public
        self._notes = notes

    def release(self, attachments: Iterable[Attachment]) -> Iterator[ExportFile]:
        """Give the documents that were not given before, one at a time."""
        for one in attachments:
            digest = self._digest(one)
            if digest is None or self._notes.get(_SEEN, digest):
                continue
            data = self._edition.document(digest)
            if data is None:
                self._notes.put(_SEEN, digest, "")
                continue
            name = f"{_FOLDER}/{self._name(one, digest)}"
            self._notes.put(_SEEN, digest, name)
            yield ExportFile(name=name, data=data)

    def _digest(self, one: Attachment) -> str | None:
        """Give the digest of a document that may be given; None where it was taken back, erased or never there."""
        document = one.document
        if not isinstance(document, Document) or not document.held or one.held is False or one.withdrawn is not None:
            return None
        if self._public.erased_document(one.record, one.path) is not None:
            return None
        return stated(document.digest)

    def _name(self, one: Attachment, digest: str) -> str:
        document = one.document
        assert isinstance(document, Document)  # noqa: S101  # for the type checker: it has a digest
        name = document_name(
            self._edition.register.id,
            digest,
            media_type=stated(document.media_type),
            title=stated(document.title),
        )
        stem, _, found = name.rpartition(".")
        return name if found in _ENDINGS else f"{stem}.{_PLAIN}"

    # -- objects ----------------------------------------------------------------------------------

    def path(self, one: Attachment) -> str:
        """Give the path of a document's object."""
        return self._addresses.inner("File", one.record.id, one.path)

    def file(self, one: Attachment) -> Tree | None:
        """Give a document's object; None where its bytes are not given."""
        digest = self._digest(one)
        names = self._notes.get(_SEEN, digest) if digest is not None else ()
        document = one.document
        if not any(names) or not isinstance(document, Document):
            return None
        sheet = Sheet("File", self._addresses.url(self.path(one)), self._public)
        sheet.rests_on(one.record)
        sheet.say("name", _called(one))
        sheet.say("mimeType", document.media_type)
        sheet.say("size", document.size)
        sheet.say("sha512Checksum", digest)
        sheet.say("accessUrl", self._addresses.url(names[0]))
        sheet.more("fassung", one.version)
        return sheet.tree()

    def lost(self, one: Attachment) -> Tree | None:
        """Give what is left of a document's object that was taken back or erased; None where it stands."""
        if not isinstance(one.document, Document) or not one.document.held or one.held is False:
            return None
        times = [one.withdrawn.recorded_at] if one.withdrawn is not None else []
        erased = self._public.erased_document(one.record, one.path)
        times += [erased] if erased is not None else []
        if not times:
            return None
        url = self._addresses.url(self.path(one))
        return tombstone("File", url, since=max(times), created=one.record.recorded_at)

    def not_there(self, attachments: Iterable[Attachment]) -> list[str]:
        """Give what documents are called that belong there and are not given."""
        return [
            found
            for one in attachments
            if one.withdrawn is None
            and self.file(one) is None
            and self.lost(one) is None
            and (found := _called(one)) is not None
        ]


def _called(one: Attachment) -> str | None:
    """Give what a document is called; None where nothing says so."""
    if isinstance(one.label, str):
        return one.label
    return stated(one.document.title) if isinstance(one.document, Document) else None


# -- what belongs to what -------------------------------------------------------------------------


def of_annex(annex: Annex) -> Attachment:
    """Give an annex."""
    event = annex.attached.event
    return Attachment(
        record=annex.attached.record,
        path="data.document",
        document=event.document,
        label=event.label,
        held=event.held,
        withdrawn=annex.withdrawn.record if annex.withdrawn is not None else None,
    )


def of_versions(state: Proposal) -> tuple[Attachment, ...]:
    """Give the documents of a proposal's versions, the newest first; a document that a version took over is that."""
    told_by = {version.told_by.id: version for version in state.versions}
    current = state.current
    order = sorted(state.versions, key=lambda version: version is not current)
    origins = dict.fromkeys(version.origins["document"] for version in order if "document" in version.origins)
    return tuple(
        Attachment(
            record=told_by[origin].told_by.record,
            path="data.document",
            document=told_by[origin].told_by.event.document,
            version=stated(told_by[origin].number),
        )
        for origin in origins
        if origin in told_by
    )


def of_minutes(state: Meeting) -> tuple[tuple[MinutesKind | None, Attachment], ...]:
    """Give the minutes of a meeting's public part, or of the whole, the newest first; each with its kind."""
    found = [
        (
            one.kind if isinstance(one.kind, MinutesKind) else None,
            Attachment(
                record=fact.record,
                path="data.document",
                document=fact.event.document,
                held=fact.event.held,
                version=one.version if isinstance(one.version, int) else None,
            ),
        )
        for one in minutes(state)
        if one.part is not Part.NON_PUBLIC and one.filed
        for fact in one.filed[-1:]
    ]
    return tuple(sorted(found, key=lambda pair: -pair[1].record.position))


def of_item(item: Item) -> tuple[Attachment, ...]:
    """Give what belongs to an agenda item: its annexes, and the papers that were handed out for it."""
    papers: list[Attachment] = []
    agenda = item.set_by
    for index, paper in enumerate(stated(agenda.event.papers) or () if agenda is not None else ()):
        if paper.item == item.key and agenda is not None:
            papers.append(
                Attachment(
                    record=agenda.record,
                    path=f"data.papers/{index}/document",
                    document=paper.document,
                    label=paper.label,
                    version=stated(paper.version),
                )
            )
    return (*map(of_annex, item.annexes), *papers)


def of_resolution(state: Resolution) -> tuple[Attachment, ...]:
    """Give a resolution as it was engrossed, the newest first."""
    return tuple(
        Attachment(record=fact.record, path="data.document", document=fact.event.document)
        for fact in reversed(state.engrossments)
    )
