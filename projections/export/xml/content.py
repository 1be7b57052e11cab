"""What a document says in words: one element a stream, with every entry as it reads now and what follows from them.

`elements` gives the children of `inhalt` in document order, each a small tree of its own; nothing is kept of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.register import Register, signers
from domain.resolution import Resolution
from domain.review import Review
from domain.values import DigestB64, stated
from projections.deliberations import Deliberations
from projections.export import german
from projections.export.xml import content_meetings, content_proposals, content_resolutions, kinds
from projections.export.xml.content_findings import findings
from projections.export.xml.content_parts import annexes
from projections.export.xml.names import STREAMS
from projections.export.xml.writing import ERASED, HIDDEN, Writer, add, boolean, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from projections.export.edition import Edition
    from projections.timetravel import Past

_DIGEST: Final = kinds.of(DigestB64)


def elements(edition: Edition) -> Iterator[etree._Element]:
    """Give the children of `inhalt`, in document order."""
    making = _Making(edition)
    for kind in STREAMS:
        for stream in edition.streams(kind):
            yield making.element(stream)


class _Making:
    """Makes the elements of one edition."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        # An edition that is read whole gives the same past each time; what it adds up to is found once.
        self._deliberations: Deliberations | None = None
        self._writer: Writer | None = None

    def element(self, stream: str) -> etree._Element:
        """Make the element of a stream."""
        past = self._edition.past(stream)
        if self._writer is None or self._writer.past is not past:
            self._writer, self._deliberations = Writer(self._edition, past), None
        writer = self._writer
        made = root(STREAMS[stream.partition(":")[0]].element)
        made.set("kennung", stream)
        made.set("bezeichnung", writer.title(stream))
        records = past.effective(stream)
        for record in records:
            writer.fact(made, record)
        _not_given(writer, made, stream, frozenset(record.seq for record in records))
        self._derived(writer, made, stream)
        findings(writer, made, stream)
        return made

    def _derived(self, writer: Writer, made: etree._Element, stream: str) -> None:
        match writer.past.state(stream):
            case Proposal() as state:
                content_proposals.write(writer, made, state, self._deliberated(writer.past))
            case Meeting() as state:
                content_meetings.write(writer, made, state)
            case Resolution() as state:
                content_resolutions.write(writer, made, state)
            case Review() as state:
                annexes(writer, made, state.annexes)
            case Register() as state:
                _keys(writer, made, state)
            case _:
                pass

    def _deliberated(self, past: Past) -> Deliberations:
        if self._deliberations is None or self._deliberations.past is not past:
            self._deliberations = Deliberations(past)
        return self._deliberations


def _not_given(writer: Writer, made: etree._Element, stream: str, shown: frozenset[int]) -> None:
    """Write the places of a stream of which nothing is told."""
    erased = writer.past.erased_tokens(stream)
    for seq, position in sorted(writer.edition.archive.positions(stream).items()):
        if seq in shown:
            continue
        by = writer.position(erased[seq]) if seq in erased else None
        add(
            made,
            "nichtGegebenerEintrag",
            beruhtAuf=str(position),
            folgenummer=str(seq),
            zustand=ERASED if seq in erased else HIDDEN,
            geloeschtDurch=str(by) if by is not None else None,
        )


def _keys(writer: Writer, made: etree._Element, state: Register) -> None:
    """Tell the history of the keys in words."""
    for signer in signers(state):
        event, record = signer.enrolled.event, signer.enrolled.record
        line = add(made, "schluesselverlauf")
        positions = [record.position, *([signer.revoked.record.position] if signer.revoked is not None else [])]
        writer.rests_on(line, positions)
        writer.value(line, "person", event.person, kinds.PERSON, record=record, path="data.person")
        path = "data.certificate_digest"
        writer.value(line, "zertifikatHashwert", event.certificate_digest, _DIGEST, record=record, path=path)
        add(line, "gesperrt", boolean(signer.revoked is not None))
        roles = ", ".join(map(german.code, stated(event.roles) or ()))
        words = [f"Zugelassen mit Eintrag {record.position} als {roles or 'ohne genannte Rolle'}"]
        if signer.revoked is not None:
            reason = stated(signer.revoked.event.reason)
            why = f" ({german.code(reason)})" if reason is not None else ""
            words.append(f"gesperrt mit Eintrag {signer.revoked.record.position}{why}")
        add(line, "beschreibung", f"{'; '.join(words)}.")
