"""A register with a log, and what was kept of it outside: by its own user, on paper, by others."""

from __future__ import annotations

import shutil
from pathlib import Path  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, structs

from archive.log.checkpoint import with_signatures
from archive.log.cosignature import cosign
from archive.log.line import Line, format_line
from archive.log.memory import Memory
from archive.log.policy import parse_policy
from archive.log.signing import LogSigner, read_log_signer
from archive.verify import ArchiveSource, Evidence, Report, read_evidence, verify
from archive.verify.verified import read_verified, write_verified
from domain import events as e
from domain import vocabulary as v
from support.archives import Busy, Clock, batch, busy_archive, statement
from support.logs import TIME, WITNESS
from support.matrix import Outside

if TYPE_CHECKING:
    from archive.archive import Archive
    from archive.log.checkpoint import Checkpoint
    from archive.log.policy import Policy
    from domain.stream import Statement

DAY: Final = "2026-11-24"
# With them the log has a full tile, and a level above it.
_CALLS: Final = 249


class Notes(Struct, frozen=True):
    """What was handed out and kept by others, as bytes."""

    size: int
    line: bytes
    checkpoint: bytes
    receipt: bytes
    cosigned: bytes


class Kept(Struct, frozen=True):
    """A register in a folder, its memory file, and what others hold.

    Attributes:
        busy: The register.
        memory: The memory file of its own user; it knows the newest checkpoint.
        notes: What others got when the register had `notes.size` events; it grew after that.
        old: A copy of the archive from before that.
        sizes: The sizes of its checkpoints.
        verified: What a verification leaves with the verifier; not there before there was one.
    """

    busy: Busy
    memory: Path
    notes: Notes
    old: Path
    sizes: tuple[int, ...]
    verified: Path

    @property
    def folder(self) -> Path:
        return self.busy.made.folder

    def copy(self, to: Path) -> Kept:
        """Copy archive, keys, memory file and what was verified, to be tampered with."""
        memory, verified = (to / path.name for path in (self.memory, self.verified))
        shutil.copyfile(self.memory, memory)
        if self.verified.exists():
            shutil.copyfile(self.verified, verified)
        busy = structs.replace(self.busy, made=self.busy.made.copy(to))
        return structs.replace(self, busy=busy, memory=memory, verified=verified)

    def policy(self, *, pinned: bool, witness: bool) -> Policy | None:
        """Give what the verifier believes: the anchor, a witness whose cosignature is wanted, both or neither."""
        if not pinned and not witness:
            return None
        lines = [f"# anchor {self.busy.anchor}"] if pinned else []
        lines += [f"witness nachbar {WITNESS.verifier.vkey}", "quorum nachbar"] if witness else ["quorum none"]
        return parse_policy("".join(f"{line}\n" for line in lines).encode())

    def evidence(self, outside: Outside) -> tuple[Evidence, ...]:
        """Give what the verifier hands in."""
        if outside in {Outside.NONE, Outside.VERIFIED}:
            return ()
        if outside is Outside.OWN:
            return (read_evidence(self.memory.read_bytes(), name="memory", own=True),)
        notes = {
            Outside.LINE: self.notes.line,
            Outside.CHECKPOINT: self.notes.checkpoint,
            Outside.RECEIPT: self.notes.receipt,
            Outside.WITNESS: self.notes.cosigned,
        }
        return (read_evidence(notes[outside], name=outside.value),)

    def verify(self, outside: Outside, *, pinned: bool = True) -> Report:
        """Verify the archive as it lies there, with what the verifier has."""
        source = ArchiveSource(self.folder)
        try:
            pin = self.policy(pinned=pinned, witness=outside is Outside.WITNESS)
            before = read_verified(self.verified, anchor=source.anchor()) if outside is Outside.VERIFIED else None
            return verify(source, pin=pin, evidence=self.evidence(outside), before=before)
        finally:
            source.close()

    def remember_verified(self) -> Report:
        """Verify all of it and leave what passed for the next time, as `verify --full` does."""
        source = ArchiveSource(self.folder)
        try:
            pin = self.policy(pinned=True, witness=False)
            return verify(source, pin=pin, keep=lambda passed: write_verified(self.verified, passed))
        finally:
            source.close()


def log_signer(busy: Busy, archive: Archive) -> LogSigner:
    """Read the real keys of the log."""
    return read_log_signer(busy.made.key_folder(), archive.log_keys_at(archive.size))


def notes_of(archive: Archive, checkpoint: Checkpoint, *, position: int) -> Notes:
    """Give what others get of a checkpoint; the receipt is that of a position."""
    head = checkpoint.head
    line = Line(register=archive.register.id[:8], size=head.size, day=DAY, root=head.root)
    return Notes(
        size=head.size,
        line=format_line(line).encode(),
        checkpoint=checkpoint.data,
        receipt=archive.receipt(position).data,
        cosigned=with_signatures(checkpoint.data, [cosign(head, WITNESS, timestamp=TIME)]),
    )


def kept_archive(folder: Path) -> Kept:
    """Make a register with a bit of everything, grow it past its first full tile, and keep something outside of it."""
    busy = busy_archive(folder)
    clock, memory, sizes = cast("Clock", busy.made.means.clock), Memory(folder / "memory"), []

    def record(archive: Archive, name: str, *statements: Statement) -> Checkpoint:
        clock.tick(60)
        archive.record(batch(*statements, name=name), signer=busy.made.signer(busy.clerk))
        checkpoint = archive.checkpoint(log_signer(busy, archive), memory=memory).checkpoint
        sizes.append(checkpoint.head.size)
        return checkpoint

    def revised(version: int) -> Statement:
        event = e.ProposalRevised(version=version, mode=v.RevisionMode.FULL, operative_text=f"Fassung {version}.")
        return statement(busy.proposal, event)

    with busy.made.open() as archive:
        sizes.append(archive.checkpoint(log_signer(busy, archive), memory=memory).checkpoint.head.size)
        meeting = f"meeting:{archive.means.uuid7()}"
        organs = archive.streams("organ")
        calls = (
            statement(meeting, e.ItemCalled(item=archive.means.uuid7(), publicity=v.Publicity.PUBLIC))
            for _ in range(_CALLS)
        )
        record(archive, "aufrufe", statement(meeting, e.MeetingConvened(body=busy.body, organs=organs)), *calls)
    old = folder / "old"
    shutil.copytree(busy.made.folder, old)
    with busy.made.open() as archive:
        vouched = record(archive, "fassung-3", revised(3), statement(meeting, e.MeetingClosed(part=v.Part.PUBLIC)))
        notes = notes_of(archive, vouched, position=sizes[0] - 3)
        record(archive, "fassung-4", revised(4), revised(5))
    return Kept(busy, memory.path, notes, old, tuple(sizes), folder / "memory.verified")
