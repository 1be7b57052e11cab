"""Steps 4 and 5: checkpoints that are none, receipts of another event, and a checkpoint that was removed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.archives import Busy, batch, pin_of, statement
from support.kept import log_signer, notes_of
from support.tampering import Tampering

from archive.log.folder import FOLDER
from archive.verify import ArchiveSource, Evidence, Report, Verdict, read_evidence, verify
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.kept import Notes

POSITION = 5
SIZE = 16


@pytest.fixture
def notes(busy: Busy) -> Notes:
    """What was handed out at a checkpoint over all events; another event was recorded after it, and a checkpoint."""
    with busy.made.open() as archive:
        checkpoint = archive.checkpoint(log_signer(busy, archive)).checkpoint
        notes = notes_of(archive, checkpoint, position=POSITION)
        revised = e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, operative_text="Fassung 3.")
        archive.record(batch(statement(busy.proposal, revised), name="later"), signer=busy.made.signer(busy.clerk))
        archive.checkpoint(log_signer(busy, archive))
    return notes


def checked(busy: Busy, *evidence: Evidence, source: ArchiveSource | None = None) -> Report:
    source = source or ArchiveSource(busy.made.folder)
    try:
        return verify(source, pin=pin_of(busy.anchor), evidence=evidence)
    finally:
        source.close()


def deviations(report: Report) -> set[tuple[int, str, str, str]]:
    """Give step, code, place and what was found of everything that did not pass."""
    return {
        (step.step, f.code, f.place, f.found)
        for step in report.steps
        for f in step.findings
        if f.verdict is not Verdict.PASSED
    }


# -- 4: checkpoints that are none -------------------------------------------------------------------


def without_last_line(note: bytes) -> bytes:
    """Take the second signature away."""
    return note[: note[:-1].rindex(b"\n") + 1]


def other_signature(note: bytes) -> bytes:
    """Change one character of the last signature."""
    at = len(note) - 40
    return note[:at] + (b"B" if note[at : at + 1] == b"A" else b"A") + note[at + 1 :]


@pytest.mark.parametrize("spoil", [lambda _: b"?", without_last_line, other_signature])
@pytest.mark.usefixtures("notes")
def test_kept_checkpoint_that_is_none_or_lacks_a_signature_is_invalid(
    busy: Busy, spoil: Callable[[bytes], bytes]
) -> None:
    tampering = Tampering(busy)
    (note,) = tampering.db.execute("SELECT note FROM checkpoints WHERE size=?", (SIZE,)).fetchone()
    tampering.db.execute("UPDATE checkpoints SET note=? WHERE size=?", (spoil(note), SIZE))
    tampering.close()
    found = deviations(checked(busy))
    assert {(step, code, place) for step, code, place, _ in found} == {(4, "CHECKPOINT_INVALID", f"checkpoint {SIZE}")}


@pytest.mark.usefixtures("notes")
def test_checkpoint_beside_the_tiles_that_is_none_is_invalid(busy: Busy) -> None:
    (busy.made.folder / FOLDER / "checkpoint").write_bytes(b"?")
    assert deviations(checked(busy)) == {(4, "CHECKPOINT_INVALID", "log/checkpoint", "no readable checkpoint")}


# -- 5: receipts of another event -------------------------------------------------------------------


class Answering(ArchiveSource, frozen=True):
    """An archive that gives another log entry, or none, when it is asked for one event, than when all are read.

    Were it the same, the root would be another; so this is a database that gives two answers.
    """

    answer: bytes | None

    def entry(self, position: int) -> bytes | None:
        return self.answer if position == POSITION else super().entry(position)


@pytest.mark.parametrize(("answer", "found"), [(bytes(64), "another event"), (None, "no event")])
def test_receipt_of_an_event_that_is_another_now_differs(
    busy: Busy, notes: Notes, answer: bytes | None, found: str
) -> None:
    receipt = read_evidence(notes.receipt, name="receipt")
    assert deviations(checked(busy, receipt)) == set()
    report = checked(busy, receipt, source=Answering(folder=busy.made.folder, answer=answer))
    assert deviations(report) == {(5, "RECEIPT_DIFFERS", f"position {POSITION}", found)}
    assert report.rests_on.memory == "none", "what contradicts the record is no support"


# -- 5: a checkpoint that was removed ---------------------------------------------------------------


def removed(busy: Busy) -> None:
    tampering = Tampering(busy)
    tampering.db.execute("DELETE FROM checkpoints WHERE size=?", (SIZE,))
    tampering.close()


@pytest.mark.parametrize(
    ("name", "own"), [("checkpoint", True), ("checkpoint", False), ("receipt", False), ("cosigned", False)]
)
def test_checkpoint_that_was_removed_is_found_by_whoever_kept_it(
    busy: Busy, notes: Notes, name: str, *, own: bool
) -> None:
    evidence = read_evidence(getattr(notes, name), name=name, own=own)
    assert deviations(checked(busy, evidence)) == set()
    removed(busy)
    report = checked(busy, evidence)
    said = "no checkpoint over 16 events in the record"
    assert deviations(report) == {(5, "CHECKPOINT_NOT_KEPT", name, said)}
    assert report.verdict is Verdict.FAILED


def test_line_is_signed_by_nobody_and_shows_no_checkpoint(busy: Busy, notes: Notes) -> None:
    removed(busy)
    assert deviations(checked(busy, read_evidence(notes.line, name="line"))) == set()


class Part(ArchiveSource, frozen=True):
    """What may leave out checkpoints, as a package does."""

    @property
    def complete(self) -> bool:
        return False


def test_what_need_not_be_whole_need_not_keep_all_checkpoints(busy: Busy, notes: Notes) -> None:
    removed(busy)
    evidence = read_evidence(notes.checkpoint, name="checkpoint")
    assert deviations(checked(busy, evidence, source=Part(folder=Path(busy.made.folder)))) == set()
