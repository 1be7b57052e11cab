"""Annexes (de: Anlagen): what was attached to a stream, and what became of it.

An annex that is only referred to is one too; `held` says that it was not there. Nothing disappears: what was
taken back stays, with the event that took it back.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from domain.events import DocumentAttached, DocumentWithdrawn
from domain.stream import Fact, RecordedEvent
from domain.values import Document, stated


class Annex(Struct, frozen=True, kw_only=True):
    """An annex: how it was attached, and how it was taken back or exchanged, if it was."""

    attached: Fact[DocumentAttached]
    withdrawn: Fact[DocumentWithdrawn] | None = None

    @property
    def is_held(self) -> bool | None:
        """Whether the archive had it when it was recorded; None where that is withheld."""
        return stated(self.attached.event.held)


def annexes_after(annexes: tuple[Annex, ...], record: RecordedEvent) -> tuple[Annex, ...]:
    """Apply an event to the annexes: one more, one taken back or exchanged, or nothing.

    What takes an annex back names it best by the source's own id, then by the document's digest, then by the
    label; the newest that fits is meant.
    """
    event = record.event
    if isinstance(event, DocumentAttached):
        return (*annexes, Annex(attached=Fact(event=event, record=record)))
    if isinstance(event, DocumentWithdrawn):
        fact = Fact(event=event, record=record)
        for same in (_same_source, _same_document, _same_label):
            for index in range(len(annexes) - 1, -1, -1):
                annex = annexes[index]
                if annex.withdrawn is None and same(annex.attached.event, event):
                    return (*annexes[:index], msgspec.structs.replace(annex, withdrawn=fact), *annexes[index + 1 :])
    return annexes


def _same_source(attached: DocumentAttached, withdrawn: DocumentWithdrawn) -> bool:
    source_id = stated(withdrawn.source_id)
    return source_id is not None and stated(attached.source_id) == source_id


def _same_document(attached: DocumentAttached, withdrawn: DocumentWithdrawn) -> bool:
    digest = digest_of(withdrawn.document)
    return digest is not None and digest_of(attached.document) == digest


def _same_label(attached: DocumentAttached, withdrawn: DocumentWithdrawn) -> bool:
    label = stated(withdrawn.label)
    return label is not None and stated(attached.label) == label


def digest_of(document: object) -> str | None:
    """Give the digest of a document where both are stated."""
    return stated(document.digest) if isinstance(document, Document) else None
