"""Where papers are made: gives files their names, and remembers which documents have found their place.

A document that an event names lies in exactly one place of a Vorgang: as a version of its paper, as an annex, or, where
nothing better is known of it, as a paper of its own. So nothing that is held is left behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeGuard

from archive.documents import documents_of
from domain import values as x
from domain.values import stated
from projections.export import german
from projections.export.edition import EXAMPLE
from projections.export.files import ending
from projections.export.xdomea.codes import ARCHIVAL_PDF, format_of
from projections.export.xdomea.model import Paper, PaperVersion, PrimaryFile
from projections.export.xdomea.naming import object_uuid
from projections.export.xdomea.values import folded, happened, one_line
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.annex import Annex
    from domain.stream import RecordedEvent
    from projections.export.edition import Edition
    from projections.teller import Teller

RENDERED: Final = "Lesefassung"
NOT_HELD: Final = "Als Datei liegt das Dokument nicht vor."
NOT_INCLUDED: Final = "Das Dokument ist in diesem Auszug nicht enthalten."
_TEXT: Final = "txt"


class Desk:
    """Makes the papers of one Vorgang.

    Args:
        edition: What may be told.
        teller: Tells the values.
        with_files: Whether the message carries files; an offer does not.
    """

    def __init__(self, edition: Edition, teller: Teller, *, with_files: bool) -> None:
        self.edition = edition
        self.teller = teller
        self.with_files = with_files
        self._placed: set[str] = set()

    def uuid(self, *parts: str) -> str:
        """Give the UUID of a paper by what it stands for."""
        return object_uuid(self.edition.register.id, "dokument", *parts)

    # -- files ------------------------------------------------------------------------------------

    def is_held(self, document: object) -> TypeGuard[x.Document]:
        """Say whether a document's bytes are in the edition, and note that it has found its place."""
        digest = stated(document.digest) if isinstance(document, x.Document) else None
        if digest is None or not isinstance(document, x.Document):
            return False
        self._placed.add(digest)
        return document.held and self.edition.document(digest) is not None

    def lack(self, document: object, record: RecordedEvent, *, held: object = True) -> str:
        """Say in what way there is no file of a document that an event names as `document`."""
        state = self.teller.document(document, record, "data.document", held=held).state
        if state in {Knowledge.WITHHELD, Knowledge.ERASED}:
            return f"Das Dokument ist {german.nothing(state)}."
        return NOT_INCLUDED if state is Knowledge.STATED else NOT_HELD

    def held_file(self, paper: str, document: x.Document, record: RecordedEvent) -> PrimaryFile:
        """Give the file of a document that is held: the bytes that were held, and nothing made from them."""
        digest = stated(document.digest) or ""
        suffix = ending(stated(document.media_type), stated(document.title))

        def load() -> bytes:
            data = self.edition.document(digest)
            assert data is not None  # noqa: S101  # for the type checker: whoever asks has looked
            return data

        return PrimaryFile(
            name=f"{object_uuid(self.edition.register.id, 'datei', paper, record.id, digest)}.{suffix}",
            original=stated(document.title),
            code=format_of(suffix),
            load=load,
        )

    def made_file(self, paper: str, suffix: str, data: bytes) -> PrimaryFile:
        """Give a file of what was made for this message; one a paper."""
        return PrimaryFile(
            name=f"{object_uuid(self.edition.register.id, 'datei', paper, 'made')}.{suffix}",
            original=None,
            code=ARCHIVAL_PDF if suffix == "pdf" else format_of(suffix),
            load=lambda: data,
        )

    def version(self, paper: str, number: str, document: object, record: RecordedEvent) -> tuple[PaperVersion, ...]:
        """Give the version of a paper that a document is; none where its bytes are not here or not wanted."""
        if not self.is_held(document) or not self.with_files:
            return ()
        return (PaperVersion(number, self.held_file(paper, document, record)),)

    # -- papers -----------------------------------------------------------------------------------

    def made(self, paper: str, *, subject: str, kind: str, suffix: str, data: bytes) -> Paper:
        """Give a paper of something made for this message."""
        versions = (PaperVersion("1", self.made_file(paper, suffix, data)),) if self.with_files else ()
        return Paper(uuid=paper, subject=subject, kind=kind, versions=versions)

    def rendered(self, paper: str, subject: str, lines: Iterable[str]) -> Paper:
        """Give a paper that Ratsbuch puts together from its events, as plain text; what a line says stays in it."""
        return self.made(
            paper,
            subject=subject,
            kind=RENDERED,
            suffix=_TEXT,
            data=self._text(subject, lines).encode(),
        )

    def _text(self, subject: str, lines: Iterable[str]) -> str:
        head = [EXAMPLE] if self.edition.is_example else []
        head += [subject, "Lesefassung aus Einträgen des Ratsbuchs; sie steht für kein Original."]
        return "\n".join([*map(folded, head), "", *map(folded, lines), ""])

    def one(self, document: x.Document, record: RecordedEvent, *, subject: str, kind: str, within: str = "") -> Paper:
        """Give a paper of one document, held or not.

        Args:
            document: The document.
            record: The event that names it.
            subject: What it is called.
            kind: What it is.
            within: The record in whose Vorgang it lies, where it may lie in several.
        """
        paper = self.uuid(record.id, stated(document.digest) or subject, *filter(None, [within]))
        # The date of what is written in it is not known; that of the event is no such date.
        named = f"Genannt in Eintrag {record.id} ({german.event(record.event.TYPE)}): {happened(self.teller, record)}."
        return Paper(
            uuid=paper,
            subject=subject,
            kind=kind,
            note=" ".join([*([] if self.is_held(document) else [self.lack(document, record)]), named]),
            versions=self.version(paper, "1", document, record),
        )

    def annex(self, annex: Annex, number: int, *, within: str = "") -> tuple[str | None, Paper]:
        """Give an annex, be it there or only referred to; what became of it stands in its note."""
        event, record = annex.attached.event, annex.attached.record
        document = event.document
        paper = self.uuid(record.id, *filter(None, [within]))
        label = stated(event.label)
        is_there = event.held is True and self.is_held(document)
        notes = [] if is_there else [self.lack(document, record, held=event.held)]
        if event.part_of_decision is True:
            notes.append("Bestandteil der Entscheidung.")
        if annex.withdrawn is not None:
            notes.append(f"Zurückgenommen oder ersetzt durch Eintrag {annex.withdrawn.id}.")
        notes.append(f"Beigefügt: {happened(self.teller, record)}.")
        title = stated(document.title) if isinstance(document, x.Document) else None
        return str(number), Paper(
            uuid=paper,
            subject=": ".join(dict.fromkeys(part for part in (label, title) if part)) or "Anlage",
            kind="Anlage",
            note=" ".join(notes),
            versions=self.version(paper, "1", document, record) if is_there else (),
        )

    def left(self, stream: str, *, kind: str, within: str = "") -> Iterator[Paper]:
        """Give the documents that events of a stream name and that have found no place yet.

        What a correction took out of an event was given once, and is held all the same.
        """
        past = self.teller.past
        for record in (*past.effective(stream), *past.recorded(stream)):
            for _, document in documents_of(record):
                digest = stated(document.digest)
                if digest is not None and digest not in self._placed and self.is_held(document):
                    subject = one_line(past.document_title(document))
                    yield self.one(document, record, subject=subject, kind=kind, within=within)
