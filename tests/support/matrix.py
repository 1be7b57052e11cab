"""The tamper matrix as data: what is done, and what a verifier finds who kept this or that outside of the archive.

`tamper/test_matrix.py` does each row and holds every cell against the program; `tamper/make_matrix_doc.py` writes the
table in `docs/threat-model.md` from the same rows. Imports nothing of the project: it is what others are held against.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Outside(StrEnum):
    """What the verifier has besides the archive, as the head of a column."""

    NONE = "nothing kept"
    OWN = "memory file"
    LINE = "line"
    CHECKPOINT = "checkpoint"
    RECEIPT = "receipt"
    WITNESS = "witness quorum"
    VERIFIED = "verified before"


class Keys(StrEnum):
    """Which keys whoever does it has to hold."""

    NONE = "none"
    CLERK = "a clerk's"
    ALL = "all"


COLUMNS: Final = tuple(Outside)
MEMORIES: Final = COLUMNS[1:-1]
# Findings that say that something cannot be known; all others are deviations.
INDETERMINATE: Final = frozenset({"1 ROOT_NOT_PINNED", "5 EVIDENCE_OF_ANOTHER_LOG"})
_FORKED: Final = ("5 FORKED",) * 5
_ROLLED_BACK: Final = ("5 ROLLED_BACK",) * 5
_ANOTHER: Final = "5 EVIDENCE_OF_ANOTHER_LOG"
_OTHERS: Final = (_ANOTHER, "5 FORKED", _ANOTHER, _ANOTHER, _ANOTHER)
_GONE: Final = "5 CHECKPOINT_NOT_KEPT"
_LOG: Final = ("4 CHECKPOINT_ROOT_DIFFERS", "4 TILE_DIFFERS")


class Row(Struct, frozen=True):
    """One way to tamper.

    Attributes:
        name: Its name in the tests.
        what: What is done, in words.
        keys: The keys it takes.
        found: Step and code of what is found whatever the verifier kept.
        added: What is found besides, for each of `MEMORIES`; empty where that is nothing.
        before: What is found besides by a verifier who verified the record before and holds nothing else; None where
            that is what the memory file adds, because both know the newest checkpoint.
        harmless: Whether nothing is lost by it, so that passing is no failure.
        pinned: Whether the verifier knows the anchor.
    """

    name: str
    what: str
    keys: Keys = Keys.NONE
    found: tuple[str, ...] = ()
    added: tuple[str, str, str, str, str] = ("",) * 5
    before: str | None = None
    harmless: bool = False
    pinned: bool = True

    def addition(self, outside: Outside) -> str:
        """Give what is found besides by a verifier who has this; empty where that is nothing."""
        if outside is Outside.VERIFIED:
            return self.added[0] if self.before is None else self.before
        return dict(zip(MEMORIES, self.added, strict=True)).get(outside, "")

    def expected(self, outside: Outside) -> frozenset[str]:
        """Give step and code of everything that has to be found, and nothing else."""
        return frozenset((*self.found, *filter(None, [self.addition(outside)])))

    def verdict(self, outside: Outside) -> str:
        """Give the verdict that follows."""
        found = self.expected(outside)
        if found - INDETERMINATE:
            return "failed"
        return "indeterminate" if found else "passed"


ROWS: Final = (
    Row("nothing", "nothing", harmless=True),
    Row(
        "edit-token",
        "a count in a token edited",
        found=("2 TOKEN_SIGNATURE_INVALID", "3 PREV_DIFFERS", *_LOG),
        added=_FORKED,
    ),
    Row("edit-column", "a column beside a token edited", found=("3 ROW_DIFFERS",)),
    Row(
        "swap-tokens",
        "two tokens swapped",
        found=("3 PREV_DIFFERS", "3 ROW_DIFFERS", *_LOG, "6 DISCLOSURE_FOREIGN", "6 DISCLOSURE_MISSING"),
        added=_FORKED,
    ),
    Row(
        "insert",
        "an event inserted in the middle, signed, positions and tables made to fit",
        Keys.CLERK,
        found=_LOG,
        added=_FORKED,
    ),
    Row("delete-with-gap", "an event deleted in the middle", found=("3 POSITION_GAP", *_LOG), added=_FORKED),
    Row(
        "delete-and-close-up",
        "the last event of a stream deleted in the middle, positions closed up",
        found=("4 CHECKPOINT_BEYOND", *_LOG),
        added=("5 ROLLED_BACK", *_FORKED[1:]),
    ),
    Row(
        "delete-and-uncover",
        "the same, with the checkpoints and tiles over it taken away",
        added=("5 ROLLED_BACK", *_FORKED[1:]),
    ),
    Row(
        "rewrite-stream",
        "an event rewritten, and its stream re-signed",
        Keys.CLERK,
        found=_LOG,
        added=_FORKED,
    ),
    Row("delete-tail", "the tail deleted", found=("4 CHECKPOINT_BEYOND", "4 TILE_DIFFERS"), added=_ROLLED_BACK),
    Row("delete-tail-and-log", "the tail deleted, with the checkpoints and tiles over it", added=_ROLLED_BACK),
    Row(
        "delete-tail-after",
        "the same with what came after the last thing that was kept outside",
        added=("5 ROLLED_BACK", "", "", "", ""),
    ),
    Row(
        "append-clerk",
        "the tail deleted and other events appended, with the checkpoints and tiles over it taken away",
        Keys.CLERK,
        added=_FORKED,
    ),
    Row("append-all", "the tail deleted and other events appended, with checkpoints", Keys.ALL, added=_FORKED),
    Row(
        "append-after",
        "the same with what came after the last thing that was kept outside, and the memory file rewritten",
        Keys.ALL,
        before="5 FORKED",
    ),
    Row("restore-backup", "an old backup restored", added=_ROLLED_BACK),
    Row(
        "dump-renumbered",
        "dumped and restored by stream, so that positions are numbered anew",
        found=(
            "2 RECORDING_TIME_FELL",
            "2 SIGNER_REVOKED",
            "3 COMMAND_FILE_DIFFERS",
            "3 COMMAND_FILE_MISSING",
            "3 TXN_NOT_CONTIGUOUS",
            *_LOG,
        ),
        added=_FORKED,
    ),
    Row("dump-same", "dumped and restored with all positions", harmless=True),
    Row("insert-all", "an event inserted in the middle, and everything after it rebuilt", Keys.ALL, added=_FORKED),
    Row(
        "delete-all",
        "an event deleted in the middle, and everything after it rebuilt",
        Keys.ALL,
        added=("5 ROLLED_BACK", *_FORKED[1:]),
    ),
    Row(
        "rebuild",
        "a vote and a text rewritten, every token but the first signed again, checkpoints and tiles rebuilt",
        Keys.ALL,
        added=_FORKED,
    ),
    Row(
        "rebuild-remember",
        "the same, with the memory file rewritten",
        Keys.ALL,
        added=("", *_FORKED[1:]),
        before="5 FORKED",
    ),
    Row("flip-tile", "a bit flipped in a tile of level 0", found=("4 TILE_DIFFERS",)),
    Row("flip-upper", "a bit flipped in a tile above", found=("4 TILE_DIFFERS",)),
    Row("flip-partial", "a bit flipped in a partial tile", found=("4 TILE_DIFFERS",)),
    Row("flip-bundle", "a bit flipped in an entry bundle", found=("4 TILE_DIFFERS",)),
    Row("flip-checkpoint", "a bit flipped in `log/checkpoint`", found=("4 CHECKPOINT_ROW_MISSING",)),
    Row("remove-log", "`log/` removed", harmless=True),
    Row("swap-checkpoints", "two checkpoints of the table swapped", found=("4 CHECKPOINT_ROW_DIFFERS",)),
    Row(
        "remove-middle",
        "the checkpoint in the table removed that others were given",
        added=("", "", _GONE, _GONE, _GONE),
    ),
    Row(
        "remove-newest",
        "the newest checkpoint of the table removed",
        found=("4 CHECKPOINT_ROW_MISSING",),
        added=(_GONE, "", "", "", ""),
    ),
    Row(
        "remove-newest-and-log",
        "the newest checkpoint removed, and `log/` with it",
        added=(_GONE, "", "", "", ""),
    ),
    Row("delete-disclosures", "the disclosures of an event deleted", found=("6 DISCLOSURE_MISSING",)),
    Row("delete-document", "a document deleted", found=("7 DOCUMENT_MISSING",)),
    Row(
        "replace",
        "the whole register replaced by another under the same id, with keys of its own",
        found=("1 ANCHOR_DIFFERS",),
        added=_OTHERS,
        before="",
    ),
    Row(
        "replace-unpinned",
        "the same, for a verifier without the anchor",
        found=("1 ROOT_NOT_PINNED",),
        added=_OTHERS,
        before="",
        pinned=False,
    ),
)
