"""What passed before is hashed again and not verified again; a changed byte makes it be verified."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from msgspec import structs
from support.archives import Made, batch, new_archive, pin_of, statement
from support.tampering import respell

from archive.disclosure import base64url_decode, base64url_encode, canonical
from archive.genesis import stated_now
from archive.log.signing import read_log_signer
from archive.verify import ArchiveSource, Verdict, verify
from archive.verify.procedure import RANGE_SIZE
from archive.verify.verified import Verified, read_verified, write_verified
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from pathlib import Path

    from archive.verify import Report

EVENTS = RANGE_SIZE + 600


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A register of more than one range, under a checkpoint."""
    made = new_archive(tmp_path_factory.mktemp("large"))
    with made.open() as archive:
        body = archive.streams("body")[0]
        register(archive_of=made, body=body, count=EVENTS - archive.size, name="load")
    return made


def register(*, archive_of: Made, body: str, count: int, name: str) -> None:
    """Record that many proposals in one command file, and sign a checkpoint over them."""
    event = e.ProposalRegistered(body=body, kind=v.ProposalKind.MOTION, version=1, subject="Radweg")
    with archive_of.open() as archive:
        some = [statement(f"proposal:{archive_of.means.uuid7()}", event) for _ in range(count)]
        for at in range(0, count, 10_000):
            archive.record(batch(*some[at : at + 10_000], name=f"{name}/{at}"), signer=archive_of.signer())
        archive.checkpoint(read_log_signer(archive_of.key_folder(), archive.log_keys_at(archive.size)))


@pytest.fixture
def made(large: Made, tmp_path: Path) -> Made:
    return large.copy(tmp_path)


def run(made: Made, before: Verified | None = None) -> tuple[Report, Verified | None]:
    """Verify, and give what is to be kept for the next time."""
    with made.open() as archive:
        anchor = archive.register.anchor_hex
    kept: list[Verified] = []
    source = ArchiveSource(made.folder)
    try:
        report = verify(source, pin=pin_of(anchor), before=before, keep=kept.append, now=1_800_000_000)
    finally:
        source.close()
    return report, kept[0] if kept else None


def codes(report: Report) -> set[tuple[int, str]]:
    return {(s.step, f.code) for s in report.steps for f in s.findings}


def kept(made: Made) -> Verified:
    _, verified = run(made)
    assert verified is not None
    return verified


def test_full_ranges_below_a_checkpoint_are_kept(made: Made) -> None:
    verified = kept(made)
    assert [r.after for r in verified.ranges] == [0]
    assert (verified.size, verified.at) == (EVENTS, 1_800_000_000)


def test_second_run_says_what_it_did_not_verify_again(made: Made) -> None:
    first, verified = run(made)
    second, again = run(made, verified)
    assert second.verdict is Verdict.PASSED
    assert codes(second) - codes(first) == {(2, "SIGNATURES_VERIFIED_BEFORE")}
    assert second.root == first.root
    (finding,) = [f for s in second.steps for f in s.findings if f.code == "SIGNATURES_VERIFIED_BEFORE"]
    assert finding.place == f"{RANGE_SIZE} events below the checkpoint over {EVENTS}"
    assert "2027-01-15" in finding.found
    assert again == verified


def test_growth_is_verified_and_linked_to_what_was_only_hashed(made: Made) -> None:
    verified = kept(made)
    with made.open() as archive:
        stream = archive.streams("proposal")[0]
        revised = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, operative_text="Der Kreistag beschließt.")
        archive.record(batch(statement(stream, revised), name="later"), signer=made.signer())
    report, _ = run(made, verified)
    assert report.verdict is Verdict.PASSED
    assert (2, "SIGNATURES_VERIFIED_BEFORE") in codes(report)


@pytest.mark.parametrize(
    ("statement_", "code"),
    [
        ("UPDATE stored_events SET state=? WHERE rowid=100", (2, "TOKEN_SIGNATURE_INVALID")),
        ("UPDATE stored_events SET topic='agenda-set/1' WHERE rowid=100", (3, "ROW_DIFFERS")),
        ("DELETE FROM disclosures WHERE position=100", (6, "DISCLOSURE_MISSING")),
        ("DELETE FROM command_files", (3, "COMMAND_FILE_MISSING")),
        ("UPDATE command_files SET event_count=7", (3, "COMMAND_FILE_DIFFERS")),
    ],
)
def test_changed_byte_in_what_passed_before_is_found(made: Made, statement_: str, code: tuple[int, str]) -> None:
    verified = kept(made)
    with sqlite3.connect(made.folder / "record.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        state = bytes(db.execute("SELECT state FROM stored_events WHERE rowid=100").fetchone()[0])
        db.execute(statement_, (respell(state, len(state) - 20),) if "?" in statement_ else ())
    db.close()
    report, again = run(made, verified)
    assert report.verdict is Verdict.FAILED
    assert code in codes(report)
    assert again is None, "what failed is not kept"


def test_compromise_stated_since_makes_all_signatures_be_looked_at_again(made: Made) -> None:
    verified = kept(made)
    with made.open() as archive:
        root = made.root(archive.register.id)
        (signer,) = archive.trust.signers()
        revoked = e.SignerRevoked(
            person=signer.person,
            certificate_digest=signer.certificate_digest,
            reason=v.RevocationReason.KEY_COMPROMISED,
            compromised_since="2020-01-01T00:00:00Z",
        )
        stream = f"register:{archive.register.id}"
        archive.append([(stated_now(stream, revoked, seconds=made.means.clock()), v.Role.ROOT, root)])
    report, _ = run(made, verified)
    assert report.verdict is Verdict.INDETERMINATE
    assert (2, "SIGNER_LATER_DISTRUSTED") in codes(report)
    assert (2, "SIGNATURES_VERIFIED_BEFORE") not in codes(report)


def test_what_is_kept_is_read_again_and_nothing_else_is(made: Made, tmp_path: Path) -> None:
    verified, path = kept(made), tmp_path / "state" / "x.verified"
    assert read_verified(path, anchor=verified.anchor) is None
    write_verified(path, verified)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_verified(path, anchor=verified.anchor) == verified
    assert read_verified(path, anchor="0" * 64) is None, "of another register"
    write_verified(path, structs.replace(verified, procedure=0))
    assert read_verified(path, anchor=verified.anchor) is None, "of an older procedure"
    path.write_bytes(b"{")
    assert read_verified(path, anchor=verified.anchor) is None, "damaged"


WRITER: Final = """
import sys
from pathlib import Path

import msgspec

from archive.verify.verified import Verified, write_verified

path, first, second = map(Path, sys.argv[1:])
states = [msgspec.json.decode(file.read_bytes(), type=Verified) for file in (first, second)]
sys.stdin.read()
for number in range(80):
    write_verified(path, states[number % 2])
"""


def test_two_verifications_at_once_leave_what_one_of_them_found(large: Made, tmp_path: Path) -> None:
    verified = kept(large)
    (passed,) = verified.ranges
    # Of different lengths, so that the one written over the other would be neither.
    states = [structs.replace(verified, size=n, ranges=(passed,) * n) for n in (1, 2, 3, 400)]
    files = [tmp_path / str(state.size) for state in states]
    for file, state in zip(files, states, strict=True):
        file.write_bytes(msgspec.json.encode(state))
    path = tmp_path / "x.verified"
    write_verified(path, states[0])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, path, *pair], env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for pair in ((files[0], files[3]), (files[1], files[2]))
    ]
    for writer in writers:  # both begin when they are told to, and not when they have started
        assert writer.stdin is not None
        writer.stdin.close()
    while any(writer.poll() is None for writer in writers):
        assert read_verified(path, anchor=verified.anchor) in states
    for writer in writers:
        assert writer.stderr is not None
        assert (writer.wait(), writer.stderr.read()) == (0, b"")
        writer.stderr.close()
    assert read_verified(path, anchor=verified.anchor) in states


def test_what_was_recorded_together_does_not_come_back_in_a_range_that_is_verified_now(made: Made) -> None:
    """Of what came from no command file, as the first events, nothing but the tokens tells what belongs together."""
    verified = kept(made)
    state = rows(made, 1)[3]
    _, payload, _ = state.split(b".")
    txn = json.loads(base64url_decode(payload, what="payload"))["txn"]
    header, payload, _ = rows(made, EVENTS)[0].split(b".")
    members = {**json.loads(base64url_decode(payload, what="payload")), "txn": txn}
    signed = header + b"." + base64url_encode(canonical(members))
    state = signed + b"." + base64url_encode(made.signer().sign(signed))
    tampered(made, "UPDATE stored_events SET state=? WHERE rowid=(SELECT max(rowid) FROM stored_events)", state)
    report, _ = run(made, verified)
    assert (3, "TXN_NOT_CONTIGUOUS") in codes(report)
    assert (2, "SIGNATURES_VERIFIED_BEFORE") in codes(report)
    assert (2, "TOKEN_SIGNATURE_INVALID") not in codes(report)
    assert (3, "TXN_NOT_CONTIGUOUS") in codes(run(made)[0])


def rows(made: Made, first: int) -> list[bytes]:
    with sqlite3.connect(made.folder / "record.db") as db:
        found = db.execute(
            "SELECT state FROM stored_events WHERE rowid >= ? ORDER BY rowid LIMIT 4", (first,)
        ).fetchall()
    db.close()
    return [bytes(state) for (state,) in found]


def test_erased_field_that_was_put_back_is_found(made: Made) -> None:
    from archive.erasure import erase, parse_target  # noqa: PLC0415  # only here

    verified = kept(made)
    with made.open() as archive:
        row = archive.recorder.row(100)
        assert row is not None
        target = parse_target(f"{row.stream}#1/data.subject", archive)
        erase(archive, target, ground="Art. 17 DSGVO", signer=made.signer())
    tampered(made, "INSERT OR REPLACE INTO disclosures VALUES (100, ?)", row.disclosed.decode())
    report, _ = run(made, verified)
    assert (6, "ERASED_STILL_THERE") in codes(report)


def test_shorter_record_than_was_verified_is_found(made: Made) -> None:
    verified = kept(made)
    tampered(made, "DELETE FROM disclosures WHERE position = ?", EVENTS)
    tampered(made, "DELETE FROM stored_events WHERE rowid = ?", EVENTS)
    tampered(made, "DELETE FROM checkpoints WHERE size = ?", EVENTS)
    report, _ = run(made, verified)
    assert (5, "ROLLED_BACK") in codes(report)


def test_signature_respelled_by_nobody_with_a_key_is_found(made: Made) -> None:
    """Of every ECDSA signature there is a second spelling that verifies, too."""
    verified = kept(made)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    with made.open() as archive:
        row = archive.recorder.row(RANGE_SIZE)
        assert row is not None
    signed, _, signature = row.state.rpartition(b".")
    raw = base64url_decode(signature, what="signature")
    other = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    tampered(made, "DELETE FROM checkpoints WHERE size >= ?", RANGE_SIZE)
    tampered(made, "UPDATE stored_events SET state=? WHERE rowid=4096", signed + b"." + base64url_encode(other))
    report, again = run(made, verified)
    assert (5, "FORKED") in codes(report)
    assert again is None


def tampered(made: Made, statement_: str, parameter: object) -> None:
    """Do what only somebody does who drops the triggers."""
    with sqlite3.connect(made.folder / "record.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(statement_, (parameter,))
    db.close()
