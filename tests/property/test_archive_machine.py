"""Whole histories: whatever is recorded, corrected, erased, enrolled and revoked in any order, the register stands.

The model is a few plain dictionaries. After every step positions have no gap, every stream replays and reads as the
model says, what was erased is found nowhere in the files, and the procedure passes.
"""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from msgspec import Raw, json
from support.archives import Clock, batch, document, held, new_archive, pin_of, statement

from archive.erasure import erase, parse_target
from archive.genesis import enrolment_of, new_signer, stated_now
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.errors import ConflictError, RuleError
from domain.stream import effective

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.batch import NewDocument
    from archive.keys import Signer
    from domain.stream import Statement

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
VISIBILITIES = st.sampled_from(list(v.Visibility))


class Registers(RuleBasedStateMachine):
    """A register under all that people do to it, and what it ought to hold."""

    proposals: Bundle[str] = Bundle("proposals")
    documents: Bundle[str] = Bundle("documents")
    signers: Bundle[Signer] = Bundle("signers")

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.clock = Clock()
        self.made = new_archive(self.folder, clock=self.clock)
        # Two on one folder, as two processes are.
        self.archives = [self.made.open(), self.made.open()]
        register = self.archives[0].register
        self.register, self.pin = register.id, pin_of(register.anchor_hex)
        self.body = self.archives[0].streams("body")[0]
        self.size = 4
        self.subjects: dict[str, dict[int, str | x.Withheld]] = {}
        self.effective: dict[str, dict[int, str | x.Withheld]] = {}
        self.lengths: dict[str, int] = {}
        self.revoked: list[Signer] = []
        self.secrets: dict[str, str] = {}
        self.gone: list[str] = []
        self.count = 0

    def teardown(self) -> None:
        for archive in self.archives:
            archive.close()
        self.temporary.cleanup()

    # -- doing -----------------------------------------------------------------------------------

    def _text(self, text: str) -> str:
        """Make a text one that stands nowhere else."""
        self.count += 1
        return f"<{self.count:04d}|{text}|{self.count:04d}>"

    def _record(
        self, archive: Archive, signer: Signer, *said: Statement, documents: tuple[NewDocument, ...] = ()
    ) -> None:
        self.count += 1
        result = archive.record(batch(*said, name=f"n{self.count}", documents=documents), signer=signer)
        for each, recorded in zip(said, result.events, strict=True):
            self.size += 1
            self.lengths[each.stream] = self.lengths.get(each.stream, 0) + 1
            assert (recorded.position, recorded.seq) == (self.size, self.lengths[each.stream])

    def _archive(self) -> Archive:
        """Take turns."""
        return self.archives[self.count % 2]

    @initialize(target=signers)
    def first_signer(self) -> Signer:
        return self.made.signer()

    @rule(target=proposals, signer=signers, subject=TEXTS, visibility=VISIBILITIES)
    def open_proposal(self, signer: Signer, subject: str, visibility: v.Visibility) -> str:
        stream, subject = f"proposal:{self.made.means.uuid7()}", self._text(subject)
        event = e.ProposalRegistered(
            body=self.body, kind=v.ProposalKind.MOTION, version=1, subject=subject, reference=f"{self.count}"
        )
        self._record(self._archive(), signer, statement(stream, event, visibility=visibility))
        self.subjects[stream] = {1: subject}
        self.effective[stream] = {1: subject}
        return stream

    @rule(signer=signers, stream=proposals, subject=TEXTS, visibility=VISIBILITIES)
    def revise(self, signer: Signer, stream: str, subject: str, visibility: v.Visibility) -> None:
        subject = self._text(subject)
        event = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject=subject)
        self._record(self._archive(), signer, statement(stream, event, visibility=visibility))
        self.subjects[stream][self.lengths[stream]] = subject
        self.effective[stream][self.lengths[stream]] = subject

    @rule(target=documents, signer=signers, stream=proposals, content=TEXTS, large=st.booleans())
    def attach(self, signer: Signer, stream: str, content: str, *, large: bool) -> str:
        content = self._text(content)
        new = document(self.folder / "new.txt", content.encode() + b" " * (70_000 if large else 0))
        event = e.DocumentAttached(label="Anlage", held=True, document=held(new))
        self._record(self._archive(), signer, statement(stream, event), documents=(new,))
        (self.folder / "new.txt").unlink()
        name = f"document:{stream}#{self.lengths[stream]}/data.document"
        self.secrets[name] = content
        return name

    @rule(signer=signers, stream=proposals, data=st.data(), new=TEXTS)
    def correct(self, signer: Signer, stream: str, data: st.DataObject, new: str) -> None:
        seq = data.draw(st.sampled_from(sorted(self.subjects[stream])))
        now, new = self.effective[stream][seq], self._text(new)
        event = e.RecordCorrected(
            target=seq,
            path="/data/subject",
            old=Raw(json.encode(now if isinstance(now, str) else "weg")),
            new=Raw(json.encode(new)),
            kind=v.CorrectionKind.CLERICAL,
            reason="Schreibfehler",
        )
        said = statement(stream, event)
        if isinstance(now, str):
            self._record(self._archive(), signer, said)
            self.effective[stream][seq] = new
            return
        with pytest.raises(RuleError, match="withheld here, so"):
            self._record(self._archive(), signer, said)

    @rule(signer=signers, stream=proposals, data=st.data())
    def correct_what_does_not_hold(self, signer: Signer, stream: str, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.subjects[stream])))
        if not isinstance(self.effective[stream][seq], str):
            return
        event = e.RecordCorrected(
            target=seq, path="/data/subject", old=Raw(b'"nie"'), kind=v.CorrectionKind.CLERICAL, reason="x"
        )
        opening = statement(
            f"proposal:{self.made.means.uuid7()}",
            e.ProposalRegistered(body=self.body, kind=v.ProposalKind.MOTION, version=1),
        )
        with pytest.raises(ConflictError, match="old is"):
            self._record(self._archive(), signer, opening, statement(stream, event))

    @rule(stream=proposals, data=st.data(), whole=st.booleans())
    def erase_a_subject(self, stream: str, data: st.DataObject, *, whole: bool) -> None:
        seq = data.draw(st.sampled_from(sorted(self.subjects[stream])))
        text, now = self.subjects[stream][seq], self.effective[stream][seq]
        if not isinstance(text, str):
            return
        remaining = self._erase(self._archive(), f"{stream}#{seq}/data.subject")
        self.subjects[stream][seq] = x.WITHHELD
        corrections = [place.rpartition(": ")[2] for place in remaining if "correction" in place]
        # A correction holds values of its own, and says which one holds until it goes too.
        if corrections and whole:
            self._erase(self._archive(), *corrections)
        if whole or not corrections:
            self.effective[stream][seq] = x.WITHHELD
            self.gone += [gone for gone in (text, now) if isinstance(gone, str)]

    @rule(name=consumes(documents))
    def erase_a_document(self, name: str) -> None:
        self._erase(self._archive(), name)
        self.gone.append(self.secrets.pop(name))

    def _erase(self, archive: Archive, *names: str) -> tuple[str, ...]:
        targets = tuple(target for name in names for target in parse_target(name, archive))
        result = erase(archive, targets, ground="Art. 17 DSGVO", signer=self.made.signer())
        self.size += 1
        self.count += 1
        assert result.recorded is not None
        assert result.recorded.size == self.size
        return result.remaining

    @rule(target=signers)
    def enrol(self) -> Signer:
        root = self.made.root(self.register)
        signer = new_signer(
            person=self.made.means.uuid4(), algorithm=v.SignatureAlgorithm.ES256, means=self.made.means, issuer=root
        )
        enrolled = enrolment_of(signer, roles=(v.Role.CLERK,))
        said = stated_now(f"register:{self.register}", enrolled, seconds=self.clock())
        self._archive().append([(said, v.Role.ROOT, root)])
        self.size += 1
        self.count += 1
        return signer

    @rule(target=signers, signer=consumes(signers))
    def revoke(self, signer: Signer) -> Signer | MultipleResults[Signer]:
        if signer.person == self.made.person:
            return signer
        gone = e.SignerRevoked(
            person=signer.person, certificate_digest=signer.certificate_digest, reason=v.RevocationReason.LEFT
        )
        said = stated_now(f"register:{self.register}", gone, seconds=self.clock())
        self._archive().append([(said, v.Role.ROOT, self.made.root(self.register))])
        self.size += 1
        self.count += 1
        self.revoked.append(signer)
        return multiple()

    @rule(stream=proposals)
    def record_with_a_revoked_key(self, stream: str) -> None:
        for signer in self.revoked:
            for archive in self.archives:
                with pytest.raises(RuleError, match="is not enrolled, or was revoked"):
                    self._record(archive, signer, statement(stream, e.ProposalWithdrawn(reason="x")))

    @rule(seconds=st.integers(-200, 5000))
    def time_passes(self, seconds: int) -> None:
        self.clock.now = max(self.clock.now + seconds, 0)
        last = max(r.recorded_at for r in self.archives[0].events_between())
        self.clock.now = max(self.clock.now, last - 300)

    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        self.archives[which].close()
        self.archives[which] = self.made.open()

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def positions_have_no_gap_and_times_do_not_fall(self) -> None:
        for archive in self.archives:
            assert archive.size == self.size
            records = list(archive.events_between())
            assert [r.position for r in records] == list(range(1, self.size + 1))
            assert [r.recorded_at for r in records] == sorted(r.recorded_at for r in records)

    @invariant()
    def every_stream_reads_as_the_model_says(self) -> None:
        for archive in self.archives:
            assert sorted(archive.streams("proposal")) == sorted(self.subjects)
            for stream, subjects in self.subjects.items():
                history = archive.history(stream)
                assert [r.seq for r in history] == list(range(1, self.lengths[stream] + 1))
                assert {r.seq: getattr(r.event, "subject", None) for r in history if r.seq in subjects} == subjects
                now = {r.seq: getattr(r.event, "subject", None) for r in effective(history)}
                assert {seq: now[seq] for seq in subjects} == self.effective[stream]
                assert archive.stream(stream) is not None

    @invariant()
    def what_was_erased_is_nowhere(self) -> None:
        content = b"".join(path.read_bytes() for path in self.made.folder.rglob("*") if path.is_file())
        for text in self.gone:
            mark = text.partition("|")[0].encode() + b"|"
            whole = [(n, base64.urlsafe_b64encode(bytes(n) + mark)) for n in range(3)]
            coded = [spelt[-(-n * 8 // 6) : (n + len(mark)) * 8 // 6] for n, spelt in whole]
            assert not any(spelling in content for spelling in (mark, *coded)), text

    @invariant()
    def the_procedure_passes(self) -> None:
        source = ArchiveSource(self.made.folder)
        try:
            report = verify(source, pin=self.pin)
        finally:
            source.close()
        assert report.verdict is Verdict.PASSED, report
        assert report.events == self.size


TestRegisters = Registers.TestCase
TestRegisters.settings = settings(max_examples=max(settings().max_examples // 8, 3), stateful_step_count=12)
