"""The tamper matrix: every way to tamper against everything that a verifier may have kept, each cell exactly.

What is expected stands in `support/matrix.py`, from which the table in `docs/threat-model.md` is made too. Here is how
each row is done. The findings have to be those of the cell and no others: a check that stopped working must not hide
behind another that still works, and what cannot be detected has to pass, with the headline that says so.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import structs
from support.forging import Forger
from support.kept import Kept, kept_archive
from support.logs import WITNESS
from support.matrix import COLUMNS, ROWS, Outside, Row
from support.tampering import flip
from tamper.make_matrix_doc import fill

from archive.log import merkle
from archive.log.folder import FOLDER
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.token import entry_of
from archive.verify import ArchiveSource, Verdict, cosigned, procedure, verify
from archive.verify.verified import RangeDigest, read_verified, write_verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.verify import Report

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "threat-model.md"


# -- without keys -----------------------------------------------------------------------------------


def edit_token(kept: Kept) -> None:
    with Forger(kept) as f:
        at = f.position("ballot-held")
        f.write(at, payload={"data": {**f.event("ballot-held").data, "tally": {"no": 23, "yes": 25}}})


def edit_column(kept: Kept) -> None:
    with Forger(kept) as f:
        at = f.position("ballot-held")
        f.db.execute("UPDATE stored_events SET topic='meeting-moved/1' WHERE rowid=?", (at,))


def swap_tokens(kept: Kept) -> None:
    with Forger(kept) as f:
        first, second = f.position("proposal-revised"), f.position("ballot-held")
        a, b = f.state(first), f.state(second)
        f.set_state(first, b)
        f.set_state(second, a)


def delete_with_gap(kept: Kept) -> None:
    with Forger(kept) as f:
        at = f.position("minutes-filed")
        f.db.execute("DELETE FROM stored_events WHERE rowid=?", (at,))
        f.db.execute("DELETE FROM disclosures WHERE position=?", (at,))


def delete_and_close_up(kept: Kept) -> None:
    with Forger(kept) as f:
        f.events.remove(f.event("minutes-filed"))
        f.save()


def delete_and_uncover(kept: Kept) -> None:
    with Forger(kept) as f:
        f.events.remove(f.event("meeting-closed"))
        f.save()
        f.forget_checkpoints(above=kept.sizes[1])
        f.lay_tiles()


def delete_tail(kept: Kept) -> None:
    with Forger(kept) as f:
        del f.events[kept.sizes[1] :]
        f.save()


def delete_tail_and_log(kept: Kept) -> None:
    with Forger(kept) as f:
        del f.events[kept.sizes[1] :]
        f.save()
        f.forget_checkpoints(above=kept.sizes[1])
        f.lay_tiles()


def delete_tail_after_notes(kept: Kept) -> None:
    with Forger(kept) as f:
        del f.events[kept.notes.size :]
        f.save()
        f.forget_checkpoints(above=kept.notes.size)
        f.lay_tiles()


def restore_backup(kept: Kept) -> None:
    shutil.rmtree(kept.folder)
    shutil.copytree(kept.old, kept.folder)


def dump_and_restore(kept: Kept) -> None:
    with Forger(kept) as f:
        f.events.sort(key=lambda each: (not each.stream.startswith("register:"), each.stream))
        f.save()


def dump_and_keep_positions(kept: Kept) -> None:
    with Forger(kept) as f:
        f.save()


def flip_in(name: str) -> Callable[[Kept], None]:
    def tamper(kept: Kept) -> None:
        path = kept.folder / FOLDER / name
        path.write_bytes(flip(path.read_bytes(), 20))

    return tamper


def flip_partial(kept: Kept) -> None:
    flip_in(f"tile/0/001.p/{kept.sizes[-1] - 256}")(kept)


def flip_checkpoint(kept: Kept) -> None:
    path = kept.folder / FOLDER / "checkpoint"
    data = path.read_bytes()
    # The last digit of the size, behind which the line ends.
    path.write_bytes(flip(data, data.index(b"\n%d\n" % kept.sizes[-1]) + len(str(kept.sizes[-1]))))


def swap_checkpoints(kept: Kept) -> None:
    with Forger(kept) as f:
        first, second = kept.sizes[0], kept.sizes[2]
        notes = dict(f.db.execute("SELECT size, note FROM checkpoints"))
        f.db.execute("UPDATE checkpoints SET note=? WHERE size=?", (notes[second], first))
        f.db.execute("UPDATE checkpoints SET note=? WHERE size=?", (notes[first], second))


def delete_disclosures(kept: Kept) -> None:
    with Forger(kept) as f:
        f.db.execute("DELETE FROM disclosures WHERE position=?", (f.position("proposal-registered"),))


def delete_document(kept: Kept) -> None:
    next(path for path in (kept.folder / "documents").rglob("*") if path.is_file()).unlink()


def remove_checkpoint(size: int) -> Callable[[Kept], None]:
    def tamper(kept: Kept) -> None:
        with Forger(kept) as f:
            f.db.execute("DELETE FROM checkpoints WHERE size=?", (kept.sizes[size],))

    return tamper


def remove_log(kept: Kept) -> None:
    shutil.rmtree(kept.folder / FOLDER)


def remove_newest_and_log(kept: Kept) -> None:
    remove_checkpoint(-1)(kept)
    remove_log(kept)


def replace_register(kept: Kept) -> None:
    # From the same seed, so that ids and contents are the same; the keys are others all the same.
    other = kept_archive(kept.folder.parent / "other")
    assert other.busy.register == kept.busy.register
    shutil.rmtree(kept.folder)
    shutil.copytree(other.folder, kept.folder)


# -- with keys --------------------------------------------------------------------------------------


def insert(f: Forger) -> None:
    """Put an event that never was into the middle, in a stream of its own."""
    new, following = f.event("meeting-convened").copy(), f.event("proposal-revised")
    new.stream = f"meeting:{uuid.UUID(int=1, version=4)}"
    new.payload["txn"] = str(uuid.UUID(int=2, version=4))
    f.events.insert(f.events.index(following), new)


def insert_with_clerks_key(kept: Kept) -> None:
    with Forger(kept) as f:
        insert(f)
        f.link()
        f.save()


def rewrite(f: Forger) -> None:
    """Let the vote and the words of a version be others."""
    f.event("ballot-held").data["tally"] = {"no": 20, "yes": 27}
    f.event("proposal-revised").say("operative_text", "Der Kreistag beschließt es nicht.", salt=bytes(16))


def rewrite_with_clerks_key(kept: Kept) -> None:
    with Forger(kept) as f:
        rewrite(f)
        f.link()
        f.save()


def append_with_clerks_key(kept: Kept) -> None:
    with Forger(kept) as f:
        f.events[kept.sizes[1]].say("operative_text", "Eine andere Fassung.", salt=bytes(16))
        f.link()
        f.save()
        f.forget_checkpoints(above=kept.sizes[1])
        f.lay_tiles()


def insert_with_all_keys(kept: Kept) -> None:
    with Forger(kept) as f:
        insert(f)
        f.rebuild(sizes=(*kept.sizes[:-1], len(f.events)))


def delete_with_all_keys(kept: Kept) -> None:
    with Forger(kept) as f:
        f.events.remove(f.event("minutes-filed"))
        f.rebuild(sizes=(*kept.sizes[:-1], len(f.events)))


def append_with_all_keys(kept: Kept) -> None:
    with Forger(kept) as f:
        f.events[kept.sizes[1]].say("operative_text", "Eine andere Fassung.", salt=bytes(16))
        f.rebuild()


def append_after_notes(kept: Kept) -> None:
    with Forger(kept) as f:
        f.events[kept.notes.size].say("operative_text", "Eine andere Fassung.", salt=bytes(16))
        f.rebuild(remember=True)


def rebuild(kept: Kept) -> None:
    with Forger(kept) as f:
        rewrite(f)
        f.rebuild(anew=True)


def rebuild_and_remember(kept: Kept) -> None:
    with Forger(kept) as f:
        rewrite(f)
        f.rebuild(anew=True, remember=True)


# -- the matrix -------------------------------------------------------------------------------------

WAYS: Final[dict[str, Callable[[Kept], None]]] = {
    "nothing": lambda _: None,
    "edit-token": edit_token,
    "edit-column": edit_column,
    "swap-tokens": swap_tokens,
    "insert": insert_with_clerks_key,
    "delete-with-gap": delete_with_gap,
    "delete-and-close-up": delete_and_close_up,
    "delete-and-uncover": delete_and_uncover,
    "rewrite-stream": rewrite_with_clerks_key,
    "delete-tail": delete_tail,
    "delete-tail-and-log": delete_tail_and_log,
    "delete-tail-after": delete_tail_after_notes,
    "append-clerk": append_with_clerks_key,
    "append-all": append_with_all_keys,
    "append-after": append_after_notes,
    "restore-backup": restore_backup,
    "dump-renumbered": dump_and_restore,
    "dump-same": dump_and_keep_positions,
    "insert-all": insert_with_all_keys,
    "delete-all": delete_with_all_keys,
    "rebuild": rebuild,
    "rebuild-remember": rebuild_and_remember,
    "flip-tile": flip_in("tile/0/000"),
    "flip-upper": flip_in("tile/1/000.p/1"),
    "flip-partial": flip_partial,
    "flip-bundle": flip_in("tile/entries/000"),
    "flip-checkpoint": flip_checkpoint,
    "remove-log": remove_log,
    "swap-checkpoints": swap_checkpoints,
    "remove-middle": remove_checkpoint(2),
    "remove-newest": remove_checkpoint(-1),
    "remove-newest-and-log": remove_newest_and_log,
    "delete-disclosures": delete_disclosures,
    "delete-document": delete_document,
    "replace": replace_register,
    "replace-unpinned": replace_register,
}


# With ranges of this size the register has one that passes and is not verified again; the log wants multiples of 256.
SMALL_RANGE: Final = 256


@contextlib.contextmanager
def small_ranges() -> Iterator[None]:
    """Let what was verified before count for ranges as small as the register."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(procedure, "RANGE_SIZE", SMALL_RANGE)
        yield


class Tampered:
    """Registers tampered with, each made when a cell of its row is first looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pristine = kept_archive(folder / "pristine")
        with small_ranges():
            self._pristine.remember_verified()
        self._made: dict[str, Kept] = {}

    def of(self, name: str) -> Kept:
        if name not in self._made:
            folder = self._folder / name
            folder.mkdir()
            kept = self._pristine.copy(folder)
            WAYS[name](kept)
            self._made[name] = kept
        return self._made[name]


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> Tampered:
    return Tampered(tmp_path_factory.mktemp("matrix"))


def found(report: Report) -> frozenset[str]:
    """Give step and code of what is not as it should be, or cannot be known."""
    return frozenset(
        f"{step.step} {finding.code}"
        for step in report.steps
        for finding in step.findings
        if finding.verdict is not Verdict.PASSED
    )


@pytest.mark.parametrize("outside", COLUMNS, ids=lambda outside: outside.value.replace(" ", "-"))
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_cell_is_what_the_table_says(row: Row, outside: Outside, tampered: Tampered) -> None:
    with small_ranges() if outside is Outside.VERIFIED else contextlib.nullcontext():
        report = tampered.of(row.name).verify(outside, pinned=row.pinned)

    assert (report.verdict.value, found(report)) == (row.verdict(outside), row.expected(outside))
    reach = report.rests_on.reach
    assert (
        report.headline()
        == {
            "failed": "deviation found: the record is not what was recorded",
            "indeterminate": "not proved: nothing was found altered, but evidence is missing",
            "passed": "consistent in itself, not secured against replacement"
            if outside in {Outside.NONE, Outside.OWN, Outside.VERIFIED}
            else "shown to be unaltered"
            if reach == report.size
            else f"shown to be unaltered up to position {reach}, consistent in itself after that",
        }[report.verdict.value]
    )


@pytest.mark.parametrize(
    ("outside", "words"),
    [
        (Outside.NONE, "none"),
        (Outside.OWN, "own (size 270)"),
        (Outside.LINE, "line of 2026-11-24 (size 268)"),
        (Outside.CHECKPOINT, "checkpoint (size 268)"),
        (Outside.RECEIPT, "receipt (size 268)"),
        (Outside.WITNESS, "1 witness (size 268), checkpoint (size 268)"),
    ],
)
def test_report_says_how_far_its_memory_reaches(outside: Outside, words: str, tampered: Tampered) -> None:
    report = tampered.of("nothing").verify(outside)

    assert (report.rests_on.memory, report.size) == (words, 270)


def test_what_an_administrator_rebuilt_is_another_record_under_the_same_anchor(tampered: Tampered) -> None:
    honest, forged = (tampered.of(name).verify(Outside.NONE) for name in ("nothing", "rebuild"))

    assert forged.anchor == honest.anchor
    assert forged.size == honest.size
    assert forged.root != honest.root


# -- what was verified before, and who can rewrite that ----------------------------------------------


def again(kept: Kept, *, full: bool = False) -> Report:
    """Verify with nothing but what was verified before; or without it, as `--full` does."""
    with small_ranges():
        return kept.verify(Outside.NONE if full else Outside.VERIFIED)


def forge_verified(kept: Kept, **changes: object) -> None:
    """Let the file say that what lies there now passed before, as whoever can write it may; no key is needed."""
    before = read_verified(kept.verified, anchor=kept.busy.anchor)
    assert before is not None
    source = ArchiveSource(kept.folder)
    try:
        digest, entries = RangeDigest(), []
        for row in source.rows(after=0, until=source.size()):
            entries.append(entry_of(row.state))
            if row.position <= SMALL_RANGE:
                digest.row(row, entries[-1])
    finally:
        source.close()
    (passed,) = before.ranges
    forged = structs.replace(
        before,
        root=merkle.root_hash(merkle.leaf_hashes(entries)).hex(),
        ranges=(structs.replace(passed, digest=digest.result()),),
    )
    write_verified(kept.verified, structs.replace(forged, **changes))


@pytest.fixture
def known(tampered: Tampered, tmp_path: Path) -> Kept:
    """A register that its verifier has verified before, to be tampered with."""
    return tampered.of("nothing").copy(tmp_path)


def test_what_was_verified_before_is_used(known: Kept) -> None:
    codes = {finding.code for step in again(known).steps for finding in step.findings}
    assert "SIGNATURES_VERIFIED_BEFORE" in codes


def test_forged_verified_file_hides_nothing_without_a_checkpoint_over_it(known: Kept) -> None:
    edit_token(known)
    forge_verified(known)

    assert found(again(known)) == {*found(again(known, full=True)), "5 CHECKPOINT_NOT_KEPT"}


def test_forged_verified_file_hides_nothing_where_all_checkpoints_were_taken_away(known: Kept) -> None:
    edit_token(known)
    with Forger(known) as f:
        f.forget_checkpoints(above=0)
    remove_log(known)
    forge_verified(known)

    assert found(again(known, full=True)) == {"2 TOKEN_SIGNATURE_INVALID", "3 PREV_DIFFERS"}
    assert found(again(known)) == {*found(again(known, full=True)), "5 CHECKPOINT_NOT_KEPT"}


def test_forged_verified_file_does_not_reach_beyond_its_checkpoint(known: Kept) -> None:
    """A checkpoint below what was changed is left, and the file says that a range above it lies below it."""
    with Forger(known) as f:
        at = known.sizes[0] + 20
        f.write(at, payload={"data": {**f.events[at - 1].data, "publicity": "non_public"}})
        f.forget_checkpoints(above=known.sizes[0])
        f.lay_tiles()
        root = parse_head(parse_note(f.newest()).text).root
    forge_verified(known, size=known.sizes[0], root=root.hex())

    assert found(again(known)) == found(again(known, full=True)) == {"2 TOKEN_SIGNATURE_INVALID", "3 PREV_DIFFERS"}


def test_forged_verified_file_and_the_logs_keys_hide_a_signature_until_all_are_verified(known: Kept) -> None:
    """What the file is believed for, and what `--full` and a memory outside are there for."""
    edit_token(known)
    with Forger(known) as f:
        f.vouch(known.sizes)
        f.lay_tiles()
    forge_verified(known)

    assert found(again(known)) == frozenset()
    assert found(again(known, full=True)) == {"2 TOKEN_SIGNATURE_INVALID", "3 PREV_DIFFERS"}
    assert found(known.verify(Outside.LINE)) == {"2 TOKEN_SIGNATURE_INVALID", "3 PREV_DIFFERS", "5 FORKED"}


def test_forged_verified_file_hides_a_document_that_is_gone(known: Kept) -> None:
    delete_document(known)
    assert found(again(known)) == {"7 DOCUMENT_MISSING"}
    before = read_verified(known.verified, anchor=known.busy.anchor)
    assert before is not None
    (passed,) = before.ranges
    forge_verified(known, ranges=(structs.replace(passed, mentions=()),))

    assert found(again(known)) == frozenset()
    assert found(again(known, full=True)) == {"7 DOCUMENT_MISSING"}


def test_verified_file_that_claims_more_than_there_was_is_a_deviation_and_no_pass(known: Kept) -> None:
    forge_verified(known, size=271)

    assert found(again(known)) == {"5 ROLLED_BACK"}
    assert found(again(known, full=True)) == frozenset()


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_verified_file_that_is_none_makes_everything_be_verified(known: Kept, data: bytes) -> None:
    edit_token(known)
    known.verified.write_bytes(data)

    assert found(again(known)) == found(again(known, full=True))


# -- cosignatures that the archive itself keeps -------------------------------------------------------


@pytest.fixture
def cosigned_archive(tampered: Tampered, tmp_path: Path) -> Kept:
    """A register that keeps what its witness added to the checkpoint over `notes.size` events."""
    kept = tampered.of("nothing").copy(tmp_path)
    line = parse_note(kept.notes.cosigned).of(WITNESS.verifier, "checkpoint")
    assert line is not None
    with Forger(kept) as f:
        row = (kept.notes.size, WITNESS.verifier.label, line.line.encode())
        f.db.execute("INSERT INTO cosignatures VALUES (?,?,?)", row)
    return kept


def looked_at(kept: Kept) -> Report:
    """Verify with nothing but what the archive itself shows to somebody who believes its witness."""
    source = ArchiveSource(kept.folder)
    try:
        pin = kept.policy(pinned=True, witness=True)
        return verify(source, pin=pin, evidence=cosigned(source, pin))
    finally:
        source.close()


def test_cosignatures_in_the_archive_are_memory_from_outside(cosigned_archive: Kept) -> None:
    report = looked_at(cosigned_archive)

    assert (report.verdict, found(report)) == (Verdict.PASSED, frozenset())
    assert (report.rests_on.memory, report.rests_on.outside) == ("1 witness (size 268)", True)


def test_cosignatures_left_beside_rebuilt_checkpoints_do_not_verify(cosigned_archive: Kept) -> None:
    rebuild(cosigned_archive)

    assert found(looked_at(cosigned_archive)) == {"5 EVIDENCE_INVALID"}


def test_cosignatures_taken_away_leave_no_memory_and_no_finding(cosigned_archive: Kept) -> None:
    rebuild(cosigned_archive)
    with Forger(cosigned_archive) as f:
        f.db.execute("DELETE FROM cosignatures")

    report = looked_at(cosigned_archive)

    assert (report.verdict, found(report), report.rests_on.memory) == (Verdict.PASSED, frozenset(), "none")
    assert report.headline() == "consistent in itself, not secured against replacement"


# -- the table ----------------------------------------------------------------------------------------


def test_every_row_is_done_and_no_other() -> None:
    assert [row.name for row in ROWS] == list(WAYS)


@pytest.mark.checkout
def test_table_in_the_document_is_that_of_the_rows() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    assert fill(text) == text
