"""Recording is all or nothing, once, in the right role and order; reading gives what was recorded or says it cannot."""

from __future__ import annotations

import hashlib
import importlib
import sqlite3
import threading
from typing import TYPE_CHECKING

import eventsourcing.application
import eventsourcing.persistence
import eventsourcing.sqlite
import eventsourcing.utils
import pytest
from eventsourcing.persistence import StoredEvent
from msgspec import Raw, structs
from support.archives import OPENED_AT, Busy, Clock, Made, batch, document, held, new_archive, pin_of, statement
from support.tampering import Tampering, flip, respell

from archive.archive import BATCH_COMMANDS_MAX, Archive, Means, TokenMapper
from archive.batch import Batch, Command
from archive.errors import InputError, IntegrityError, StorageError
from archive.genesis import enrolment_of, new_signer, stated_now
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.errors import ConflictError, RuleError

if TYPE_CHECKING:
    from pathlib import Path

    from archive.keys import Signer
    from domain.stream import Statement

WITHDRAWN = e.ProposalWithdrawn(reason="erledigt")


def proposal(made: Made, body: str, reference: str = "0100") -> Statement:
    """Give a statement that opens a proposal."""
    event = e.ProposalRegistered(
        body=body, kind=v.ProposalKind.RESOLUTION_PROPOSAL, reference=reference, version=1, subject="Radweg"
    )
    return statement(f"proposal:{made.means.uuid7()}", event)


def withdrawn(busy: Busy, reason: str) -> Statement:
    """Give a statement that is like no other."""
    return statement(busy.proposal, e.ProposalWithdrawn(reason=reason))


def state_of(made: Made) -> tuple[list[object], list[str]]:
    """Give all rows of all tables, and all files of documents."""
    db = sqlite3.connect(made.folder / "record.db")
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")]
    rows = [(table, db.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]  # noqa: S608  # our names
    db.close()
    files = sorted(str(p.relative_to(made.folder)) for p in (made.folder / "documents").rglob("*") if p.is_file())
    return list(rows), files


def passes(busy: Busy) -> bool:
    """Say whether the register verifies."""
    source = ArchiveSource(busy.made.folder)
    try:
        report = verify(source, pin=pin_of(busy.anchor))
    finally:
        source.close()
    return report.verdict is Verdict.PASSED


def enrol(busy: Busy, archive: Archive, *roles: v.Role) -> Signer:
    """Enrol a new person."""
    root = busy.made.root(busy.register)
    signer = new_signer(
        person=busy.made.means.uuid4(), algorithm=v.SignatureAlgorithm.ES256, means=busy.made.means, issuer=root
    )
    enrolled = stated_now(f"register:{busy.register}", enrolment_of(signer, roles=roles), seconds=OPENED_AT)
    archive.append([(enrolled, v.Role.ROOT, root)])
    return signer


def revoke(busy: Busy, archive: Archive, signer: Signer) -> None:
    """Revoke a person's key."""
    gone = e.SignerRevoked(
        person=signer.person, certificate_digest=signer.certificate_digest, reason=v.RevocationReason.LEFT
    )
    statement_ = stated_now(f"register:{busy.register}", gone, seconds=OPENED_AT)
    archive.append([(statement_, v.Role.ROOT, busy.made.root(busy.register))])


# -- a batch is there in whole or not at all ------------------------------------------------------


def test_batch_with_a_refused_command_in_the_middle_leaves_nothing(busy: Busy, tmp_path: Path) -> None:
    small, large = document(tmp_path / "s.txt", b"klein"), document(tmp_path / "l.txt", b"g" * 70_000)
    before = state_of(busy.made)
    opening = proposal(busy.made, busy.body)
    attached = [e.DocumentAttached(label="Anlage", held=True, document=held(d)) for d in (small, large)]
    refused = batch(
        opening,
        *(statement(opening.stream, event) for event in attached),
        statement(f"proposal:{busy.made.means.uuid7()}", WITHDRAWN),
        statement(opening.stream, WITHDRAWN),
        name="mitten",
        documents=(small, large),
    )
    with busy.made.open() as archive:
        with pytest.raises(RuleError, match=r"\Acommand 4: proposal-withdrawn/1: stream proposal:.* does not exist\Z"):
            archive.record(refused, signer=busy.made.signer())
        assert state_of(busy.made) == before
        # What the refused batch left in memory must not count either.
        (first,) = archive.record(batch(opening, name="danach"), signer=busy.made.signer()).events
        assert (first.seq, first.position) == (1, 17)
        assert archive.find("proposal", {"reference": "0100"}) == (opening.stream,)
    assert passes(busy)


def test_rehearsed_batch_gives_its_result_and_leaves_nothing(busy: Busy, tmp_path: Path) -> None:
    large = document(tmp_path / "l.txt", b"g" * 70_000)
    opening = proposal(busy.made, busy.body)
    attached = statement(opening.stream, e.DocumentAttached(label="Anlage", held=True, document=held(large)))
    before = state_of(busy.made)
    with busy.made.open() as archive:
        rehearsed = archive.record(
            batch(opening, attached, name="probe", documents=(large,)), signer=busy.made.signer(), dry_run=True
        )
        assert [(r.id, r.position, r.type) for r in rehearsed.events] == [
            (f"{opening.stream}#1", 17, "proposal-registered/1"),
            (f"{opening.stream}#2", 18, "document-attached/1"),
        ]
        assert (rehearsed.already, rehearsed.size, archive.size) == (False, 18, 16)
        assert state_of(busy.made) == before
        again = archive.record(
            batch(opening, attached, name="probe", documents=(large,)), signer=busy.made.signer(), dry_run=False
        )
        assert again.events == rehearsed.events
        assert not again.already


def test_same_file_again_records_nothing_and_gives_the_first_result(busy: Busy) -> None:
    new = batch(proposal(busy.made, busy.body), name="0100")
    with busy.made.open() as archive:
        first = archive.record(new, signer=busy.made.signer())
        archive.record(batch(proposal(busy.made, busy.body, "0101"), name="0101"), signer=busy.made.signer())
        before = state_of(busy.made)
        second = archive.record(new, signer=busy.made.signer())
        assert second == structs.replace(first, already=True, size=18)
        assert state_of(busy.made) == before


def test_same_bytes_without_an_id_record_nothing(busy: Busy) -> None:
    new = batch(proposal(busy.made, busy.body))
    with busy.made.open() as archive:
        first = archive.record(new, signer=busy.made.signer())
        second = archive.record(new, signer=busy.made.signer())
        assert (second.txn, second.events, second.already) == (first.txn, first.events, True)
        assert archive.size == 17


def test_same_id_with_other_bytes_is_a_conflict(busy: Busy) -> None:
    with busy.made.open() as archive:
        archive.record(batch(proposal(busy.made, busy.body), name="0100"), signer=busy.made.signer())
        before = state_of(busy.made)
        with pytest.raises(ConflictError) as caught:
            archive.record(batch(proposal(busy.made, busy.body), name="0100"), signer=busy.made.signer())
        assert caught.value.message == "0100: the id '0100' was recorded before from a file with other bytes"
        assert caught.value.hint == "it gave the events from position 17; give the new file an id of its own"
        assert state_of(busy.made) == before


def test_statements_from_no_file_get_a_random_txn_even_with_an_id(busy: Busy) -> None:
    with busy.made.open() as archive:
        made = structs.replace(batch(proposal(busy.made, busy.body), name="0100"), digest=None)
        first = archive.record(made, signer=busy.made.signer())
        assert first.txn != archive.txn_of("0100")
        assert not archive.record(
            structs.replace(made, commands=batch(proposal(busy.made, busy.body)).commands), signer=busy.made.signer()
        ).already
    assert passes(busy)


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "datei: no command in it"),
        (BATCH_COMMANDS_MAX + 1, "datei: 10001 commands, at most 10000 are allowed"),
    ],
)
def test_batch_of_no_command_or_too_many_is_refused(busy: Busy, count: int, message: str) -> None:
    command = Command(statement=statement(busy.proposal, WITHDRAWN), place="command")
    before = state_of(busy.made)
    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        archive.record(Batch(id="x", digest=b"x", commands=(command,) * count, name="datei"), signer=busy.made.signer())
    assert caught.value.message == message
    assert state_of(busy.made) == before


def test_stream_elsewhere_than_expected_is_a_conflict(busy: Busy) -> None:
    def at(seq: int) -> Batch:
        one = Command(statement=statement(busy.proposal, WITHDRAWN), role=v.Role.CLERK, expected_seq=seq, place="c 1")
        return Batch(id=None, digest=bytes([seq]), commands=(one,), name="x")

    with busy.made.open() as archive:
        with pytest.raises(ConflictError) as caught:
            archive.record(at(3), signer=busy.made.signer())
        assert caught.value.message == f"c 1: stream {busy.proposal} stands at 4, expected 3"
        assert archive.record(at(4), signer=busy.made.signer()).events[0].seq == 5


def test_command_over_a_limit_names_its_place(busy: Busy) -> None:
    too_long = e.ProposalWithdrawn(reason="x" * (64 * 1024 + 1))
    with busy.made.open() as archive, pytest.raises(RuleError, match=r"\Acommand 2: .*reason"):
        archive.record(
            batch(statement(busy.proposal, WITHDRAWN), statement(busy.proposal, too_long)), signer=busy.made.signer()
        )


# -- documents that are said to be held ----------------------------------------------------------


def test_document_said_to_be_held_has_to_be_there(busy: Busy) -> None:
    absent = x.Document(digest=hashlib.sha512(b"fort").hexdigest(), held=True, size=4)
    attached = statement(busy.proposal, e.DocumentAttached(label="Anlage", held=True, document=absent))
    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        archive.record(batch(attached), signer=busy.made.signer())
    found = f"document {str(absent.digest)[:16]}.. is said to be held, but the archive does not have it"
    assert caught.value.message == f"command 1: data.document: {found}"
    assert caught.value.hint == "hand the document in with the command, or say held = false"


def test_document_said_to_be_held_without_a_digest_is_refused(busy: Busy) -> None:
    source = x.Source(grade=v.Grade.COPY, document=x.Document(held=True, title="Niederschrift"))
    named = statement(busy.proposal, WITHDRAWN, sources=(source,))
    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        archive.record(batch(named), signer=busy.made.signer())
    said = "the document is said to be held, without a digest by which it could be found"
    assert caught.value.message == f"command 1: sources/0/document: {said}"


@pytest.mark.parametrize(("which", "size"), [("small", 22), ("large", 140_000)])
def test_size_of_a_held_document_has_to_be_its_own(busy: Busy, which: str, size: int) -> None:
    digest = getattr(busy, which)
    wrong = x.Document(digest=digest, held=True, size=size + 1)
    attached = statement(busy.proposal, e.DocumentAttached(label="Anlage", held=True, document=wrong))
    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        archive.record(batch(attached), signer=busy.made.signer())
    found = f"document {digest[:16]}.. has {size} bytes, not {size + 1}"
    assert caught.value.message == f"command 1: data.document: {found}"


@pytest.mark.parametrize("which", ["small", "large"])
def test_document_that_is_held_already_may_be_named_again(busy: Busy, which: str) -> None:
    known = x.Document(digest=getattr(busy, which), held=True)
    attached = statement(busy.proposal, e.DocumentAttached(label="Anlage", held=True, document=known))
    with busy.made.open() as archive:
        archive.record(batch(attached), signer=busy.made.signer())
    assert passes(busy)


def test_document_whose_file_was_lost_is_not_held(busy: Busy) -> None:
    (busy.made.folder / "documents" / busy.large[:2] / busy.large).unlink()
    known = x.Document(digest=busy.large, held=True)
    attached = statement(busy.proposal, e.DocumentAttached(label="Anlage", held=True, document=known))
    with busy.made.open() as archive, pytest.raises(InputError, match="but the archive does not have it"):
        archive.record(batch(attached), signer=busy.made.signer())


# -- who may record ------------------------------------------------------------------------------


def test_key_that_is_not_enrolled_records_nothing(busy: Busy) -> None:
    stranger = new_signer(person=busy.clerk, algorithm=v.SignatureAlgorithm.ES256, means=busy.made.means)
    with busy.made.open() as archive, pytest.raises(RuleError) as caught:
        archive.record(batch(statement(busy.proposal, WITHDRAWN)), signer=stranger)
    assert caught.value.message == f"command 1: the key of {busy.clerk} is not enrolled, or was revoked"


def test_revoked_key_records_nothing(busy: Busy) -> None:
    with busy.made.open() as archive, pytest.raises(RuleError) as caught:
        archive.record(batch(statement(busy.proposal, WITHDRAWN)), signer=busy.made.signer(busy.revoked))
    assert caught.value.message == f"command 1: the key of {busy.revoked} is not enrolled, or was revoked"


def test_role_that_was_not_enrolled_is_refused(busy: Busy) -> None:
    with busy.made.open() as archive, pytest.raises(RuleError) as caught:
        archive.record(
            batch(statement(busy.proposal, WITHDRAWN), role=v.Role.LEGAL), signer=busy.made.signer(busy.clerk)
        )
    assert caught.value.message == f"command 1: {busy.clerk} is not enrolled as legal, but as clerk"


def test_several_fitting_roles_want_one_named(busy: Busy) -> None:
    open_role = Batch(
        id=None,
        digest=b"x",
        commands=(Command(statement=statement(busy.proposal, WITHDRAWN), place="command 1"),),
        name="x",
    )
    with busy.made.open() as archive:
        with pytest.raises(RuleError) as caught:
            archive.record(open_role, signer=busy.made.signer())
        assert caught.value.message == (
            "command 1: proposal-withdrawn/1: found no role, expected one of archivist, clerk, importer"
        )
        (recorded,) = archive.record(open_role, signer=busy.made.signer(), role=v.Role.ARCHIVIST).events
        assert archive.history(busy.proposal)[-1].by == x.Recorder(person=busy.made.person, role=v.Role.ARCHIVIST)
        assert recorded.seq == 5


def test_only_enrolled_role_need_not_be_named(busy: Busy) -> None:
    one = Command(statement=statement(busy.proposal, WITHDRAWN), place="command 1")
    with busy.made.open() as archive:
        archive.record(Batch(id=None, digest=b"x", commands=(one,), name="x"), signer=busy.made.signer(busy.clerk))
        assert archive.history(busy.proposal)[-1].by.role is v.Role.CLERK


def test_keys_are_enrolled_by_the_root_key_alone(busy: Busy) -> None:
    other = new_signer(person=busy.made.means.uuid4(), algorithm=v.SignatureAlgorithm.ES256, means=busy.made.means)
    enrolled = stated_now(f"register:{busy.register}", enrolment_of(other, roles=(v.Role.CLERK,)), seconds=OPENED_AT)
    with busy.made.open() as archive, pytest.raises(RuleError) as caught:
        archive.append([(enrolled, v.Role.ROOT, busy.made.signer())])
    assert caught.value.message.endswith("signer-enrolled/1: only the root key records this")


def test_enrolment_and_revocation_of_another_process_count_at_once(busy: Busy) -> None:
    """Two open archives stand for two processes: neither sees the other's memory."""
    with busy.made.open() as one, busy.made.open() as two:
        one.record(batch(withdrawn(busy, "a")), signer=busy.made.signer())
        signer = enrol(busy, two, v.Role.CLERK)
        assert one.record(batch(withdrawn(busy, "b")), signer=signer).events[0].seq == 6
        revoke(busy, two, signer)
        with pytest.raises(RuleError, match="is not enrolled, or was revoked"):
            one.record(batch(withdrawn(busy, "c")), signer=signer)
        assert one.trust.enrolled(signer.certificate_digest) == two.trust.enrolled(signer.certificate_digest) == ()
    assert passes(busy)


def test_two_archives_on_one_folder_take_turns_in_one_stream(busy: Busy) -> None:
    with busy.made.open() as one, busy.made.open() as two:
        for number, archive in enumerate((one, two, one, one, two, two, one)):
            (recorded,) = archive.record(batch(withdrawn(busy, f"{number}")), signer=busy.made.signer()).events
            assert (recorded.seq, recorded.position) == (5 + number, 17 + number)
    assert passes(busy)


def test_closed_register_takes_no_more(busy: Busy) -> None:
    closed = stated_now(f"register:{busy.register}", e.RegisterClosed(reason="Kreisreform"), seconds=OPENED_AT)
    with busy.made.open() as archive:
        (closing,) = archive.append([(closed, v.Role.ROOT, busy.made.root(busy.register))]).events
        with pytest.raises(RuleError) as caught:
            archive.record(batch(statement(busy.proposal, WITHDRAWN)), signer=busy.made.signer())
    assert caught.value.message == f"command 1: the register was closed by {closing.id}; nothing is recorded after it"
    with busy.made.open() as archive, pytest.raises(RuleError, match="the register was closed"):
        archive.record(batch(statement(busy.proposal, WITHDRAWN)), signer=busy.made.signer())
    assert passes(busy)


# -- time ----------------------------------------------------------------------------------------


def test_clock_far_behind_the_last_recording_is_refused(tmp_path: Path) -> None:
    clock = Clock()
    made = new_archive(tmp_path, clock=clock)
    with made.open() as archive:
        body = archive.streams("body")[0]
        clock.tick(-300)
        archive.record(batch(proposal(made, body), name="a"), signer=made.signer())
        clock.tick(-1)
        with pytest.raises(RuleError) as caught:
            archive.record(batch(proposal(made, body), name="b"), signer=made.signer())
        assert caught.value.message == "the clock is 301 seconds behind the last recording, at most 300 are allowed"
        assert archive.size == 5


def test_recording_time_never_falls_though_the_clock_does(tmp_path: Path) -> None:
    clock = Clock()
    made = new_archive(tmp_path, clock=clock)
    with made.open() as one, made.open() as two:
        body = one.streams("body")[0]
        for number, (archive, now) in enumerate([(one, 100), (two, -50), (one, 99), (two, 100.9), (one, 101)]):
            clock.now = OPENED_AT + now
            archive.record(batch(proposal(made, body), name=str(number)), signer=made.signer())
        assert [r.recorded_at - OPENED_AT for r in one.events_between(after=4)] == [100, 100, 100, 100, 101]


def test_position_at_finds_the_last_event_of_a_moment(busy: Busy) -> None:
    with busy.made.open() as archive:
        times = {r.position: r.recorded_at for r in archive.events_between()}
        for moment in {t + d for t in times.values() for d in (-0.5, 0, 0.5)}:
            expected = max((p for p, t in times.items() if t <= moment), default=0)
            assert archive.position_at(moment) == expected, moment
        assert archive.position_at(0) == 0
        assert archive.position_at(2**40) == archive.size


def test_position_at_over_a_damaged_header_is_an_integrity_error(busy: Busy) -> None:
    tampering = Tampering(busy)
    tampering.set_state(9, b"e30." + tampering.state(9).split(b".", 1)[1])
    tampering.close()
    with busy.made.open() as archive, pytest.raises(IntegrityError, match=r"\Aposition 9: TOKEN_HEADER: "):
        archive.position_at(OPENED_AT + 90)


# -- reading -------------------------------------------------------------------------------------


def test_history_can_end_at_a_position(busy: Busy) -> None:
    with busy.made.open() as archive:
        whole = archive.history(busy.proposal)
        assert [r.seq for r in whole] == [1, 2, 3, 4]
        for position in range(archive.size + 1):
            expected = [r for r in whole if r.position <= position]
            assert list(archive.history(busy.proposal, until=position)) == expected
        assert archive.history("proposal:00000000-0000-4000-8000-000000000000") == ()
        assert archive.stream("proposal:00000000-0000-4000-8000-000000000000") is None


def test_state_has_the_corrections_and_the_history_what_was_recorded(busy: Busy) -> None:
    with busy.made.open() as archive:
        first = archive.history(busy.proposal)[0].event
        assert isinstance(first, e.ProposalRegistered)
        assert first.reference == "0012"
        assert archive.find("proposal", {"reference": "0012"}) == ()
        assert archive.find("proposal", {"reference": "0012a"}) == (busy.proposal,)


def test_find_takes_names_and_ids_and_gives_all_that_fit(busy: Busy) -> None:
    with busy.made.open() as archive:
        twins = [proposal(busy.made, busy.body, "0200") for _ in range(2)]
        archive.record(batch(*twins, name="zwei"), signer=busy.made.signer())
        streams = tuple(sorted(s.stream for s in twins))
        assert archive.find("proposal", {"reference": "0200"}) == streams
        assert archive.find("proposal", {"reference": "0200", "body": "Musterkreis"}) == streams
        assert archive.find("proposal", {"reference": "0200", "body": busy.body}) == streams
        assert archive.find("proposal", {"reference": "0200", "body": "Nachbarkreis"}) == ()
        assert archive.find("meeting", {"organ": "Kreistag", "on": "2021-12-08"}) == (busy.meeting,)
        assert archive.find("meeting", {"organ": "Kreistag", "on": "2021-12-09"}) == ()
        assert archive.find("group", {"name": "' OR 1=1 --"}) == ()


@pytest.mark.parametrize(
    ("kind", "keys", "message"),
    [
        ("body", {"colour": "red"}, "body: found look-up by 'colour', expected one of name, id"),
        ("body", {}, "body: a look-up needs at least one key: name, id"),
        ("register", {"name": "x"}, "register: found look-up by 'name', expected one of none"),
    ],
)
def test_find_names_the_keys_that_there_are(busy: Busy, kind: str, keys: dict[str, str], message: str) -> None:
    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        archive.find(kind, keys)
    assert caught.value.message == message


def test_person_is_found_by_name_and_no_name_stands_in_the_index(busy: Busy) -> None:
    stream = f"person:{busy.made.means.uuid4()}"
    known = statement(stream, e.PersonKnown(name="Erika Muster"), visibility=v.Visibility.NON_PUBLIC)
    with busy.made.open() as archive:
        archive.record(batch(known), signer=busy.made.signer())
        assert archive.find("person", {"name": "Erika Muster"}) == (stream,)
        assert archive.find("person", {"name": "Erika"}) == ()
    db = sqlite3.connect(busy.made.folder / "record.db")
    assert db.execute("SELECT count(*) FROM lookups WHERE value LIKE '%Erika%'").fetchone() == (0,)
    db.close()


def test_number_inside_a_stream_means_the_order_of_recording(busy: Busy) -> None:
    with busy.made.open() as archive:
        (ballot,) = (r.event.ballot for r in archive.history(busy.meeting) if isinstance(r.event, e.BallotHeld))
        assert archive.inner(busy.meeting, "ballot", "1") == (ballot,)
        for key in ("0", "2", "-1", "01", "\u0661", "x", "", "9" * 5000):
            assert archive.inner(busy.meeting, "ballot", key) == ()


@pytest.mark.parametrize("which", ["small", "large"])
def test_document_with_changed_bytes_is_not_given(busy: Busy, which: str) -> None:
    digest = getattr(busy, which)
    with busy.made.open() as archive:
        content = archive.document(digest)
        assert content is not None
        assert hashlib.sha512(content).hexdigest() == digest
        assert archive.document(hashlib.sha512(b"nie").hexdigest()) is None
    tampering = Tampering(busy)
    if which == "small":
        tampering.db.execute("UPDATE documents SET content=? WHERE digest=?", (flip(content, 3), digest))
    else:
        (busy.made.folder / "documents" / digest[:2] / digest).write_bytes(flip(content, 3))
    tampering.close()
    with busy.made.open() as archive, pytest.raises(IntegrityError) as caught:
        archive.document(digest)
    assert caught.value.message.startswith(f"document {digest[:16]}..: its bytes were changed: found SHA-512 ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("originator_version=9", r"position 7: the row says proposal:.*#9, its token says proposal:.*#1"),
        ("originator_id='proposal:00000000-0000-4000-8000-000000000000'", r"position 7: the row says .*#1, its token"),
        ("topic='proposal-revised/1'", r"position 7: TOKEN_PAYLOAD: "),
        ("topic='os.system'", r"position 7: TOKEN_TYPE_UNKNOWN: "),
    ],
)
def test_row_that_disagrees_with_its_token_is_not_read(busy: Busy, change: str, message: str) -> None:
    tampering = Tampering(busy)
    (position,) = tampering.db.execute(
        "SELECT rowid FROM stored_events WHERE originator_id=? AND originator_version=1", (busy.proposal,)
    ).fetchone()
    tampering.db.execute(f"UPDATE stored_events SET {change} WHERE rowid={position}")  # noqa: S608  # our own words
    tampering.close()
    with busy.made.open() as archive, pytest.raises(IntegrityError, match=message.replace("7", str(position), 1)):
        list(archive.events_between())


def test_token_that_was_changed_is_not_read(busy: Busy) -> None:
    tampering = Tampering(busy)
    tampering.set_state(10, respell(tampering.state(10), 300))
    tampering.close()
    with busy.made.open() as archive, pytest.raises(IntegrityError, match=r"\Aposition 10: TOKEN_"):
        list(archive.events_between())


# -- nothing is taken from data or environment to be run -----------------------------------------


def test_no_name_of_the_database_is_ever_resolved_to_code(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    tampering = Tampering(busy)
    tampering.db.execute("UPDATE stored_events SET topic='antigravity:geohash' WHERE rowid=12")
    tampering.close()

    def forbidden(*args: object, **_: object) -> None:
        pytest.fail(f"resolved {args}")

    # Everything that reading needs is imported by now.
    with busy.made.open() as archive:
        list(archive.events_between(until=6))
        monkeypatch.setattr(importlib, "import_module", forbidden)
        for module in (eventsourcing.utils, eventsourcing.application, eventsourcing.persistence, eventsourcing.sqlite):
            if hasattr(module, "resolve_topic"):
                monkeypatch.setattr(module, "resolve_topic", forbidden)
        with pytest.raises(IntegrityError, match=r"\Aposition 12: TOKEN_TYPE_UNKNOWN: "):
            list(archive.events_between())


LIBRARY_VARIABLES = {
    "PERSISTENCE_MODULE": "eventsourcing.popo",
    "APPLICATION_RECORDER_TOPIC": "os:getcwd",
    "MAPPER_TOPIC": "os:getcwd",
    "TRANSCODER_TOPIC": "os:getcwd",
    "CIPHER_TOPIC": "os:getcwd",
    "CIPHER_KEY": "AAAA",
    "COMPRESSOR_TOPIC": "zlib",
    "SQLITE_DBNAME": ":memory:",
    "SQLITE_LOCK_TIMEOUT": "no number",
    "ORIGINATOR_ID_TYPE": "uuid",
    "CREATE_TABLE": "y",
    "IS_SNAPSHOTTING_ENABLED": "y",
    "AGGREGATE_CACHE_MAXSIZE": "no number",
}


def test_variables_of_the_library_change_nothing(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LIBRARY_VARIABLES.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(f"RATSBUCH_{name}", value)
    with busy.made.open() as archive:
        archive.record(batch(statement(busy.proposal, WITHDRAWN)), signer=busy.made.signer())
        assert len(archive.history(busy.proposal)) == 5
        assert type(archive.mapper) is TokenMapper
        assert archive.recorder.datastore.path == busy.made.folder / "record.db"
        assert archive.env == {"SQLITE_DBNAME": str(busy.made.folder / "record.db")}
    assert passes(busy)


def test_what_is_not_sealed_cannot_be_stored(busy: Busy) -> None:
    foreign = StoredEvent(originator_id=busy.proposal, originator_version=9, topic="t", state=b"{}")
    before = state_of(busy.made)
    with busy.made.open() as archive:
        with pytest.raises(TypeError, match="only sealed events are stored, not StoredEvent"):
            archive.events.put([foreign])  # type: ignore[list-item]  # that is the point
        with pytest.raises(TypeError, match="a row of our own store is expected, not StoredEvent"):
            archive.mapper.to_domain_event(foreign)
    assert state_of(busy.made) == before


# -- opening -------------------------------------------------------------------------------------


def test_folder_without_a_database_is_not_complete(busy: Busy) -> None:
    path = busy.made.folder / "record.db"
    path.unlink()
    with pytest.raises(StorageError) as caught:
        busy.made.open()
    assert caught.value.message == f"{path}: not found; the archive is not complete"
    path.mkdir()
    with pytest.raises(StorageError, match="not found; the archive is not complete"):
        busy.made.open()


def test_database_of_another_register_is_refused(busy: Busy, tmp_path: Path) -> None:
    other = new_archive(tmp_path, seed=7)
    (other.folder / "record.db").replace(busy.made.folder / "record.db")
    for suffix in ("-wal", "-shm"):
        (busy.made.folder / f"record.db{suffix}").unlink(missing_ok=True)
    with pytest.raises(StorageError, match=f"ratsbuch.toml names register {busy.register}, token 1 "):
        busy.made.open()


def test_first_event_that_is_no_genesis_is_an_integrity_error(busy: Busy) -> None:
    tampering = Tampering(busy)
    tampering.db.execute("DELETE FROM stored_events WHERE rowid=1")
    tampering.close()
    with pytest.raises(IntegrityError, match="no event at position 1"):
        busy.made.open()
    tampering = Tampering(busy)
    tampering.db.execute("UPDATE stored_events SET rowid=1 WHERE rowid=3")
    tampering.close()
    with pytest.raises(IntegrityError) as caught:
        busy.made.open()
    assert caught.value.message == "position 1: found body-registered/1, expected register-opened/1"


# -- threads -------------------------------------------------------------------------------------


def test_threads_of_one_process_record_without_conflict_or_gap(busy: Busy) -> None:
    """One stream, four threads: whoever saw an old head would collide, whoever saw old keys would be refused."""
    faults: list[BaseException] = []
    seen: list[int] = []
    start = threading.Barrier(4)

    def work(archive: Archive, number: int) -> None:
        try:
            start.wait()
            for count in range(6):
                assert archive.trust.register == busy.register
                new = batch(withdrawn(busy, f"{number}/{count}"))
                seen.append(archive.record(new, signer=busy.made.signer()).events[0].seq)
        except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
            faults.append(error)

    with busy.made.open() as archive:
        threads = [threading.Thread(target=work, args=(archive, number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert sorted(seen) == list(range(5, 29))
        assert [r.position for r in archive.events_between()] == list(range(1, 41))
    assert passes(busy)


def test_ids_made_by_hand_sort_by_time_but_those_of_persons_do_not_tell_it() -> None:
    clock = Clock()
    drawn = iter([b"\xff" * 10, b"\x00" * 10, b"\xff" * 16])
    means = Means(clock=clock, random=lambda size: next(drawn)[:size])
    first = means.new_id("proposal")
    clock.tick(0.001)
    second = means.new_id("meeting")
    assert first < second
    assert (first[14], second[14], first[19]) == ("7", "7", "b")
    assert means.new_id("person") == "ffffffff-ffff-4fff-bfff-ffffffffffff"


def test_correction_moves_the_look_up_in_the_same_batch(busy: Busy) -> None:
    opening = proposal(busy.made, busy.body, "0300")
    corrected = e.RecordCorrected(
        target=1,
        path="/data/reference",
        old=Raw(b'"0300"'),
        new=Raw(b'"0301"'),
        kind=v.CorrectionKind.CLERICAL,
        reason="Schreibfehler",
    )
    with busy.made.open() as archive:
        archive.record(batch(opening, statement(opening.stream, corrected)), signer=busy.made.signer())
        assert archive.find("proposal", {"reference": "0300"}) == ()
        assert archive.find("proposal", {"reference": "0301"}) == (opening.stream,)
    assert passes(busy)
