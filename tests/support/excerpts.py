"""Excerpts for tests: a register with a clerk's statements, checkpoints where they are asked for, and what is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archive.archive import ERASED_SIZE, read_row
from archive.disclosure import read, split
from archive.excerpt import ExcerptSource, Terms
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.verify.source import ArchiveSource
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from support.archives import batch, new_archive, statement
from support.exports import DAY, VERSION, checkpointed

if TYPE_CHECKING:
    from pathlib import Path

    from archive.batch import NewDocument
    from archive.excerpt import Excerpt
    from domain.stream import RecordedEvent, Statement
    from support.archives import Made


class Register:
    """A register that is recorded into, and exported from."""

    def __init__(self, folder: Path, *, seed: int = 1) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.made: Made = new_archive(folder, seed=seed)
        self._count = 0
        with self.made.open() as archive:
            self.id = archive.register.id
            self.anchor = archive.register.anchor_hex
            self.body = archive.streams("body")[0]
        self.proposal = self.new("proposal")

    def new(self, kind: str) -> str:
        """Give the id of a new stream."""
        return f"{kind}:{self.made.means.uuid7()}"

    def record(
        self, *statements: Statement, documents: tuple[NewDocument, ...] = (), role: v.Role = v.Role.CLERK
    ) -> Register:
        """Record statements together."""
        self._count += 1
        with self.made.open() as archive:
            archive.record(
                batch(*statements, name=f"file-{self._count}", documents=documents, role=role),
                signer=self.made.signer(),
            )
        return self

    def registered(
        self, stream: str | None = None, *, visibility: v.Visibility = v.Visibility.PUBLIC, **more: object
    ) -> Register:
        """Record a proposal with a subject, a text and a signatory."""
        fields: dict[str, object] = {
            "body": self.body,
            "kind": v.ProposalKind.MOTION,
            "version": 1,
            "reference": "0012",
            "subject": "Nahverkehrsplan",
            "operative_text": "Der Kreistag beschließt.",
            "signatories": (x.Signatory(form=v.SignatureForm.PRINTED_NAME, literal="Erika Musterfrau"),),
            **more,
        }
        event = e.ProposalRegistered(**fields)  # type: ignore[arg-type]  # what a test gives
        return self.record(statement(stream or self.proposal, event, visibility=visibility))

    def revised(self, *, visibility: v.Visibility = v.Visibility.PUBLIC, version: int = 2, **more: object) -> Register:
        """Record another version of the proposal."""
        fields = {"mode": v.RevisionMode.FULL, "operative_text": f"Fassung {version}", **more}
        event = e.ProposalRevised(version=version, **fields)  # type: ignore[arg-type]  # what a test gives
        return self.record(statement(self.proposal, event, visibility=visibility))

    def corrected(self, target: int, path: str, old: str, new: str) -> Register:
        """Record a correction of a public field or another."""
        from msgspec import Raw  # noqa: PLC0415  # only here

        event = e.RecordCorrected(
            target=target,
            path=path,
            old=Raw(old.encode()),
            new=Raw(new.encode()),
            kind=v.CorrectionKind.CLERICAL,
            reason="Schreibfehler",
        )
        return self.record(statement(self.proposal, event))

    def moved(self, target: str, was: v.Visibility, becomes: v.Visibility, *, until: str | None = None) -> Register:
        """Record a change of visibility."""
        more = {} if until is None else {"until": until}
        event = e.VisibilityChanged(target=target, was=was, becomes=becomes, legal_basis="§ 9", **more)
        return self.record(statement(f"register:{self.id}", event), role=v.Role.REGISTRAR)

    def sealed(self) -> Register:
        """Sign a checkpoint over all events."""
        checkpointed(self.made)
        return self


def terms(*subjects: str, day: str = DAY, **more: object) -> Terms:
    """Give terms; for the whole register where no subject is named."""
    return Terms(day=day, version=VERSION, whole=not subjects, subjects=subjects, **more)  # type: ignore[arg-type]


def given(excerpt: Excerpt, stream: str) -> list[RecordedEvent | None]:
    """Give the events of a stream as its reader has them; None for one of which there is only the log entry."""
    source = ArchiveSource(excerpt.folder)
    try:
        rows = source.stream_rows(stream)
    finally:
        source.close()
    return [None if len(row.state) == ERASED_SIZE else read_row(row) for row in rows]


def omitted(excerpt: Excerpt) -> list[tuple[int, str]]:
    """Give position and reason of every disclosure that is left out."""
    return [(entry.row.position, reason) for entry in excerpt.entries() for _, reason in entry.omitted]


def texts(excerpt: Excerpt) -> str:
    """Give everything that the disclosures of an excerpt say."""
    found = []
    for entry in excerpt.entries():
        found += [json.dumps(str(read(text)), ensure_ascii=False) for text in split(entry.row.disclosed)]
    return "\n".join(found)


def source_of(excerpt: Excerpt) -> ExcerptSource:
    """Give an excerpt as what is verified."""
    size = parse_head(parse_note(excerpt.checkpoints()[0].note).text).size
    return ExcerptSource(folder=excerpt.folder, name="the excerpt", log_size=int(size))
