"""The procedure: the same report however it is spread, bounded, from what lies there now, and never an exception."""

from __future__ import annotations

import random
import shutil
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import structs
from support.archives import Busy, Made, batch, document, held, new_archive, pin_of, statement
from support.tampering import Tampering, flip

from archive import genesis
from archive.archive import Archive, _Session
from archive.errors import IntegrityError, StorageError
from archive.genesis import Opening, create
from archive.keys import KeyFolder
from archive.verify import ArchiveSource, Report, Verdict, procedure, verify
from archive.verify.report import FINDINGS_A_STEP_MAX, STEPS, Ledger, Step
from domain import events as e
from domain import values as x
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from archive.log.policy import Policy

# With ranges of this size the small register has several; the log wants powers of two.
SMALL_RANGE: Final = 4


def report_of(made: Made, *, pin: Policy | None, executor: Executor | None = None) -> Report:
    source = ArchiveSource(made.folder)
    try:
        return verify(source, pin=pin, executor=executor)
    finally:
        source.close()


def checked(busy: Busy, executor: Executor | None = None) -> Report:
    return report_of(busy.made, pin=pin_of(busy.anchor), executor=executor)


def codes(report: Report) -> set[tuple[int, str]]:
    return {(s.step, f.code) for s in report.steps for f in s.findings if f.code != "NO_CHECKPOINT_YET"}


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    """Processes that begin anew: what this one has open or in memory is not theirs."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


# -- the report ----------------------------------------------------------------------------------


def test_report_of_a_sound_register(busy: Busy) -> None:
    report = checked(busy)
    assert report.verdict is Verdict.PASSED
    assert (report.events, report.size, report.anchor, report.register) == (16, 16, busy.anchor, busy.register)
    assert (report.target, report.example) == (str(busy.made.folder), False)
    assert [(s.step, s.name) for s in report.steps] == [(n, STEPS[n]) for n in range(1, 9)]
    assert {s.step: s.checked for s in report.steps if s.step in (1, 2, 3, 7, 8)} == {1: 4, 2: 16, 3: 16, 7: 2, 8: 16}
    assert report.headline() == "consistent in itself, not secured against replacement"


def test_without_a_pin_the_register_is_neither_proved_nor_refuted(busy: Busy) -> None:
    report = report_of(busy.made, pin=None)
    assert report.verdict is Verdict.INDETERMINATE
    assert codes(report) == {(1, "ROOT_NOT_PINNED")}
    assert report.headline() == "not proved: nothing was found altered, but evidence is missing"


def test_worst_verdict_counts() -> None:
    assert Verdict.worst([]) is Verdict.PASSED
    assert Verdict.worst([Verdict.INDETERMINATE, Verdict.FAILED, Verdict.PASSED]) is Verdict.FAILED
    assert Verdict.worst([Verdict.PASSED, Verdict.INDETERMINATE]) is Verdict.INDETERMINATE


def test_findings_are_bounded_and_still_count() -> None:
    def full(verdict: Verdict) -> Step:
        ledger = Ledger(2)
        for number in range(FINDINGS_A_STEP_MAX + 7):
            ledger.add("X", Verdict.PASSED, place=str(number), found="", expected="")
        ledger.add("LAST", verdict, place="", found="", expected="")
        return ledger.result()

    step = full(Verdict.FAILED)
    assert (len(step.findings), step.more, step.verdict) == (1000, 8, Verdict.FAILED)
    whole = Ledger(2)
    whole.merge(full(Verdict.PASSED))
    whole.merge(step)
    assert (len(whole.result().findings), whole.result().more, whole.result().verdict) == (1000, 1016, Verdict.FAILED)


def test_thousands_of_deviations_make_no_larger_report(busy: Busy) -> None:
    tampering = Tampering(busy)
    rows = ((n, f"proposal:{n}", 1, "t/1", b"x" * 70) for n in range(17, 2500))
    tampering.db.executemany("INSERT INTO stored_events VALUES (?,?,?,?,?)", rows)
    tampering.close()
    report = checked(busy)
    (tokens,) = (s for s in report.steps if s.step == 2)
    assert (len(tokens.findings), tokens.more, tokens.verdict) == (1000, 1483, Verdict.FAILED)


# -- spread over ranges and processes ------------------------------------------------------------


def break_across_ranges(tampering: Tampering) -> None:
    """Break what only the whole can see: links, command files and times between one range and the next."""
    tampering.write(9, header={"iat": 1_795_430_000 - 5}, signer=tampering.signer(tampering.busy.revoked))
    first, second = tampering.state(7), tampering.state(12)
    tampering.set_state(7, second)
    tampering.set_state(12, first)
    tampering.db.execute("UPDATE command_files SET event_count=event_count+1")


@pytest.mark.parametrize("size", [1, 2, SMALL_RANGE, 8, 16, 4096])
def test_size_of_the_ranges_changes_nothing_in_the_report(
    busy: Busy, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    whole = checked(busy)
    monkeypatch.setattr(procedure, "RANGE_SIZE", size)
    assert checked(busy) == whole


def test_broken_register_is_broken_alike_whatever_the_ranges(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    tampering = Tampering(busy)
    break_across_ranges(tampering)
    tampering.close()
    whole = checked(busy)
    assert codes(whole) >= {
        (2, "RECORDING_TIME_FELL"),
        (3, "ROW_DIFFERS"),
        (3, "PREV_DIFFERS"),
        (3, "TXN_NOT_CONTIGUOUS"),
        (3, "COMMAND_FILE_DIFFERS"),
    }
    for size in (1, 2, SMALL_RANGE, 8):
        monkeypatch.setattr(procedure, "RANGE_SIZE", size)
        assert codes(checked(busy)) == codes(whole), size


def test_processes_find_what_one_finds(busy: Busy, monkeypatch: pytest.MonkeyPatch, executor: Executor) -> None:
    monkeypatch.setattr(procedure, "RANGE_SIZE", SMALL_RANGE)
    assert checked(busy, executor) == checked(busy)
    tampering = Tampering(busy)
    break_across_ranges(tampering)
    tampering.close()
    # The same processes, which had the sound register in their hands a moment ago.
    assert checked(busy, executor) == checked(busy)
    assert checked(busy, executor).verdict is Verdict.FAILED


def test_range_that_is_missing_altogether_is_a_gap(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procedure, "RANGE_SIZE", SMALL_RANGE)
    tampering = Tampering(busy)
    tampering.db.execute("DELETE FROM stored_events WHERE rowid BETWEEN 6 AND 13")
    tampering.close()
    gaps = [f.place for s in checked(busy).steps for f in s.findings if f.code == "POSITION_GAP"]
    assert gaps == ["positions 6 to 8", "positions 9 to 12", "position 13"]


@pytest.mark.slow
def test_large_register_is_found_the_same_by_one_and_by_many(tmp_path: Path, executor: Executor) -> None:
    made = new_archive(tmp_path)
    with made.open() as archive:
        pin, body = pin_of(archive.register.anchor_hex), archive.streams("body")[0]
        event = e.ProposalRegistered(body=body, kind=v.ProposalKind.MOTION, version=1, subject="Radweg")
        streams = [f"proposal:{made.means.uuid7()}" for _ in range(5000)]
        opening = [statement(stream, event) for stream in streams]
        revised = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject="Radweg 2")
        archive.record(batch(*opening, name="a"), signer=made.signer())
        archive.record(batch(*(statement(stream, revised) for stream in streams), name="b"), signer=made.signer())
    alone = report_of(made, pin=pin)
    assert alone.verdict is Verdict.PASSED
    assert report_of(made, pin=pin, executor=executor) == alone
    db = sqlite3.connect(made.folder / "record.db")
    db.execute("DROP TRIGGER stored_events_no_update")
    (state,) = db.execute("SELECT state FROM stored_events WHERE rowid=6000").fetchone()
    db.execute("UPDATE stored_events SET state=? WHERE rowid=6000", (flip(state, len(state) - 5),))
    db.commit()
    db.close()
    alone = report_of(made, pin=pin)
    assert alone.verdict is Verdict.FAILED
    assert report_of(made, pin=pin, executor=executor) == alone


# -- from what lies there now --------------------------------------------------------------------


def test_every_verification_reads_anew(busy: Busy) -> None:
    source = ArchiveSource(busy.made.folder)
    assert verify(source, pin=pin_of(busy.anchor)).verdict is Verdict.PASSED
    tampering = Tampering(busy)
    # The revocation is taken away: a context that was kept would still know it, and one not kept must not.
    position = tampering.position("signer-revoked")
    state = tampering.state(position)
    tampering.set_state(position, flip(state, len(state) - 5))
    tampering.close()
    assert verify(source, pin=pin_of(busy.anchor)).verdict is Verdict.FAILED
    tampering = Tampering(busy)
    tampering.set_state(position, state)
    tampering.close()
    assert verify(source, pin=pin_of(busy.anchor)).verdict is Verdict.PASSED
    source.close()


def test_archive_put_in_the_place_of_another_is_read_itself(busy: Busy, tmp_path: Path) -> None:
    assert checked(busy).verdict is Verdict.PASSED
    other = new_archive(tmp_path, seed=9)
    shutil.rmtree(busy.made.folder)
    other.folder.rename(busy.made.folder)
    assert (1, "ANCHOR_DIFFERS") in codes(checked(busy))


# -- what a signer can write past the rules of recording -----------------------------------------


def recorded_past_the_rules(busy: Busy, monkeypatch: pytest.MonkeyPatch, named: x.Document) -> Report:
    """Record an event that names a document as recording would refuse it, and verify."""
    monkeypatch.setattr(_Session, "_require_documents", lambda *_: None)
    attached = e.DocumentAttached(label="Anlage", held=True, document=named)
    with busy.made.open() as archive:
        archive.record(batch(statement(busy.proposal, attached)), signer=busy.made.signer())
    return checked(busy)


def test_size_of_a_document_that_was_stated_wrong_is_found(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    report = recorded_past_the_rules(busy, monkeypatch, x.Document(digest=busy.small, held=True, size=9))
    assert codes(report) == {(7, "DOCUMENT_SIZE_DIFFERS")}
    assert report.verdict is Verdict.FAILED


def test_document_held_without_a_digest_cannot_be_proved(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    report = recorded_past_the_rules(busy, monkeypatch, x.Document(held=True, title="Anlage 3"))
    assert codes(report) == {(7, "DOCUMENT_WITHOUT_DIGEST")}
    assert report.verdict is Verdict.INDETERMINATE


def test_document_held_that_never_was_is_missing(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    report = recorded_past_the_rules(busy, monkeypatch, x.Document(digest="ab" * 64, held=True))
    assert codes(report) == {(7, "DOCUMENT_MISSING")}


# -- documents that nothing names ----------------------------------------------------------------


def test_document_and_files_that_nothing_names_are_said_and_harm_nothing(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"liegt herum")
    with busy.made.open() as archive:
        archive.record(
            batch(statement(busy.proposal, e.ProposalWithdrawn(reason="erledigt")), documents=(new,)),
            signer=busy.made.signer(),
        )
    (busy.made.folder / "documents" / "lies-mich.txt").touch()
    (busy.made.folder / "documents" / "link").symlink_to(tmp_path)
    report = checked(busy)
    assert report.verdict is Verdict.PASSED
    surplus = {(f.code, f.place) for s in report.steps for f in s.findings if s.step == 7}
    assert surplus == {
        ("DOCUMENT_SURPLUS", f"document {new.digest_hex[:16]}.."),
        ("FILE_SURPLUS", "documents/lies-mich.txt"),
        ("FILE_SURPLUS", "documents/link"),
    }


def test_row_of_a_document_that_is_named_like_a_path_leads_nowhere(busy: Busy) -> None:
    tampering = Tampering(busy)
    tampering.db.execute("INSERT INTO documents VALUES ('../ratsbuch.toml', 3, NULL)")
    tampering.db.execute("INSERT INTO documents VALUES ('lies-mich.txt', 3, NULL)")
    tampering.close()
    (busy.made.folder / "documents" / "lies-mich.txt").touch()
    report = checked(busy)
    assert report.verdict is Verdict.PASSED
    assert codes(report) == {(7, "DOCUMENT_SURPLUS"), (7, "FILE_SURPLUS")}


# -- damage --------------------------------------------------------------------------------------


def test_empty_record_has_no_genesis(busy: Busy) -> None:
    tampering = Tampering(busy)
    for table in ("disclosures", "stored_events", "command_files"):
        tampering.db.execute(f"DELETE FROM {table}")  # noqa: S608  # our names
    tampering.close()
    report = checked(busy)
    assert codes(report) >= {(1, "GENESIS_MISSING"), (7, "DOCUMENT_SURPLUS")}
    assert (report.verdict, report.events, report.anchor, report.register) == (Verdict.FAILED, 0, None, None)


def test_format_of_a_later_version_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = new_archive(tmp_path)
    monkeypatch.setattr(genesis, "FORMAT_VERSION", 2)
    folder = tmp_path / "later"
    opening = Opening(
        name="Musterkreis", kind=v.BodyKind.LANDKREIS, rule_set=e.RuleSetAdopted(name="Regelwerk", rules=())
    )
    keys = KeyFolder(tmp_path / "later-keys", passphrase=None, random=made.means.random)
    monkeypatch.setattr(Archive, "open", classmethod(lambda *_, **__: None))
    create(folder, opening, means=made.means, keys=lambda _: keys)
    monkeypatch.undo()
    with pytest.raises(StorageError) as caught:
        Archive.open(folder, means=made.means)
    assert caught.value.message == f"{folder}: found format version 2, expected 1"
    report = report_of(structs.replace(made, folder=folder), pin=None)
    assert report.verdict is Verdict.INDETERMINATE
    assert codes(report) == {(1, "FORMAT_VERSION_UNKNOWN"), (1, "ROOT_NOT_PINNED")}


def test_folder_without_a_record_cannot_be_read_at_all(busy: Busy) -> None:
    path = busy.made.folder / "record.db"
    path.unlink()
    with pytest.raises(StorageError) as caught:
        checked(busy)
    assert caught.value.message == f"{path}: not found"


def test_truncated_record_is_damaged(busy: Busy) -> None:
    path = busy.made.folder / "record.db"
    content = path.read_bytes()
    for pages in (1, 5, len(content) // 8192 - 1):
        path.write_bytes(content[: pages * 8192])
        report = checked(busy)
        assert report.verdict is Verdict.FAILED
        assert (3, "STORE_DAMAGED") in codes(report)


@pytest.mark.parametrize(
    "order",
    [
        "UPDATE stored_events SET topic=CAST(x'FF' AS TEXT) WHERE rowid=9",
        "UPDATE command_files SET txn=CAST(x'FF' AS TEXT) WHERE event_count=3",
        "UPDATE documents SET digest=CAST(x'FF' AS TEXT) WHERE content IS NULL",
    ],
)
def test_text_that_is_none_is_damage(busy: Busy, order: str) -> None:
    tampering = Tampering(busy)
    assert tampering.db.execute(order).rowcount == 1
    tampering.close()
    report = checked(busy)
    assert report.verdict is Verdict.FAILED
    assert (3, "STORE_DAMAGED") in codes(report)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("DROP TRIGGER stored_events_no_update", "trigger stored_events_no_update is missing"),
        (
            "CREATE TRIGGER quiet AFTER INSERT ON disclosures BEGIN SELECT RAISE(IGNORE); END",
            "trigger quiet is not ours",
        ),
        ("DROP INDEX lookups_stream", "index lookups_stream is missing"),
    ],
)
def test_store_that_is_not_as_it_was_made_is_no_sound_one(busy: Busy, order: str, expected: str) -> None:
    """What keeps the next event from being altered by mistake is part of what a verified record promises."""
    with sqlite3.connect(busy.made.folder / "record.db") as db:
        db.execute(order)
    db.close()
    report = checked(busy)
    assert report.verdict is Verdict.FAILED
    assert [f.found for s in report.steps for f in s.findings if f.code == "STORE_DAMAGED"] == [expected]


def test_statistics_that_sqlite_keeps_are_no_damage(busy: Busy) -> None:
    with sqlite3.connect(busy.made.folder / "record.db") as db:
        db.execute("ANALYZE")
    db.close()
    assert checked(busy).verdict is Verdict.PASSED


def test_damage_in_what_only_writing_needs_is_found(busy: Busy) -> None:
    """SQLite resolves a table's checks when it opens a database for writing, and not when it opens it for reading."""
    path = busy.made.folder / "record.db"
    content = bytearray(path.read_bytes())
    content[content.index(b"CHECK (size > 0)") + 9] ^= 0x80
    path.write_bytes(content)
    assert evidence_of(busy.made.folder) is None
    report = checked(busy)
    assert report.verdict is Verdict.FAILED
    assert codes(report) == {(3, "STORE_DAMAGED")}


@pytest.mark.parametrize("value", ["'text'", "CAST(x'FF' AS TEXT)", "17", "1.5"])
def test_document_in_whose_place_lies_something_else_is_named(busy: Busy, value: str) -> None:
    tampering = Tampering(busy)
    sql = tampering.db.execute("SELECT sql FROM sqlite_master WHERE name='documents'").fetchone()[0]
    tampering.db.execute("PRAGMA writable_schema=ON")
    tampering.db.execute("UPDATE sqlite_master SET sql=replace(sql, 'STRICT, ', '') WHERE name='documents'")
    tampering.db.execute("PRAGMA writable_schema=RESET")
    assert tampering.db.execute(f"UPDATE documents SET content={value}").rowcount > 0  # noqa: S608  # cases of ours
    tampering.db.execute("PRAGMA writable_schema=ON")
    tampering.db.execute("UPDATE sqlite_master SET sql=? WHERE name='documents'", (sql,))
    tampering.db.execute("PRAGMA writable_schema=RESET")
    tampering.close()
    report = checked(busy)
    assert report.verdict is Verdict.FAILED
    assert (7, "DOCUMENT_UNREADABLE") in codes(report)


def evidence_of(folder: Path) -> list[object] | None:
    """Give what is evidence in a database as it can be read; None where it cannot."""
    db = sqlite3.connect(folder / "record.db")
    try:
        return [
            db.execute("SELECT * FROM stored_events ORDER BY 1").fetchall(),
            db.execute("SELECT * FROM disclosures ORDER BY 1").fetchall(),
            db.execute("SELECT * FROM documents ORDER BY 1").fetchall(),
        ]
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    finally:
        db.close()


@pytest.mark.parametrize("rounds", [120, pytest.param(4000, marks=pytest.mark.long)])
def test_flipped_bits_never_pass_and_never_crash(busy: Busy, rounds: int) -> None:
    """Wherever the bits lie: a report, or one of our own errors; and passed only if no evidence is another."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    path = busy.made.folder / "record.db"
    content, before = path.read_bytes(), evidence_of(busy.made.folder)
    assert before is not None
    failed = 0
    for number in range(rounds):
        changed = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 8))):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        try:
            verdict = checked(busy).verdict
        except (StorageError, IntegrityError):
            failed += 1
            continue
        failed += verdict is Verdict.FAILED
        assert verdict is Verdict.FAILED or evidence_of(busy.made.folder) == before, (seed, number)
    assert failed > rounds // 10


def test_signer_whose_certificate_was_damaged_is_still_known(busy: Busy) -> None:
    tampering = Tampering(busy)
    position = tampering.position("signer-enrolled")
    tampering.set_disclosed(position, "~AAAA~")
    tampering.close()
    found = {(1, "CERTIFICATE_NOT_HELD"), (6, "DISCLOSURE_FOREIGN"), (6, "DISCLOSURE_MISSING")}
    assert codes(checked(busy)) == found


def test_document_held_in_the_table_is_read_in_the_table(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"x" * 65_536)
    attached = statement(busy.proposal, e.DocumentAttached(label="Anlage", held=True, document=held(new)))
    with busy.made.open() as archive:
        archive.record(batch(attached, documents=(new,)), signer=busy.made.signer())
    assert codes(checked(busy)) == set()
    tampering = Tampering(busy)
    tampering.db.execute("UPDATE documents SET content=NULL WHERE digest=?", (new.digest_hex,))
    tampering.close()
    assert codes(checked(busy)) == {(7, "DOCUMENT_MISSING")}
