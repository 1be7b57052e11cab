"""The closed list of what is refused (design: everything else is flagged)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET, Raw, structs
from support.council import UNKNOWN, Book, key, on, statement, stream

from domain import streams
from domain import vocabulary as v
from domain.errors import ConflictError, RuleError, WithheldError
from domain.events import (
    AgendaSet,
    Appraised,
    BallotHeld,
    Destroyed,
    DiscrepancyNoted,
    Filed,
    HoldLifted,
    HoldPlaced,
    MeetingConvened,
    MinutesFiled,
    MinutesSigned,
    Offered,
    OrganRegistered,
    PersonKnown,
    ProposalRegistered,
    Received,
    RecordCorrected,
)
from domain.stream import canonical
from domain.values import WITHHELD, Document, Signatory, Source, Tally, Vote, When

if TYPE_CHECKING:
    from domain.stream import RecordedEvent, Statement

PROPOSAL, MEETING, CUSTODY = stream("proposal"), stream("meeting"), stream("custody")
REGISTERED = ProposalRegistered(body=stream("body"), kind=v.ProposalKind.OTHER, version=1, reference="0640")
CONVENED = MeetingConvened(body=stream("body"), organs=(stream("organ"),))


def correction(target: int, path: str, old: object, new: object) -> RecordCorrected:
    return RecordCorrected(
        target=target,
        path=path,
        old=UNSET if old is UNSET else Raw(canonical(old)),
        new=UNSET if new is UNSET else Raw(canonical(new)),
        kind=v.CorrectionKind.CLERICAL,
        reason="written wrongly",
    )


def refused(message: str) -> pytest.RaisesExc[RuleError]:
    return pytest.raises(RuleError, match=f"^{re.escape(message)}$")


# -- place and role -------------------------------------------------------------------------------


def test_an_event_in_a_stream_of_another_kind_is_refused() -> None:
    with refused(f"meeting-convened/1: found stream {PROPOSAL}, expected one of kind meeting"):
        Book().add(PROPOSAL, CONVENED)


def test_an_event_in_a_stream_that_does_not_exist_is_refused() -> None:
    message = f"agenda-set/1: stream {MEETING} does not exist"
    with refused(message) as caught:
        Book().add(MEETING, AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=()))
    assert caught.value.hint == "a stream of kind meeting is opened by meeting-convened/1"


def test_opening_a_stream_twice_is_a_conflict() -> None:
    book = Book()
    book.add(PROPOSAL, REGISTERED)
    with pytest.raises(
        ConflictError, match=rf"^proposal-registered/1: stream {PROPOSAL} exists already \(it has 1 events\)$"
    ):
        book.add(PROPOSAL, REGISTERED)


def test_an_opening_type_that_repeats_may_stand_again() -> None:
    book = Book()
    book.add(stream("person"), PersonKnown(name="A"))
    assert book.add(stream("person"), PersonKnown(name="B")) == f"{stream('person')}#2"


def test_a_role_that_may_not_record_the_type_is_refused() -> None:
    with refused("proposal-registered/1: found role legal, expected archivist, clerk, importer"):
        Book().add(PROPOSAL, REGISTERED, role=v.Role.LEGAL)


@pytest.mark.parametrize(
    ("role", "grade"),
    [(v.Role.ARCHIVIST, v.Grade.ORIGINAL), (v.Role.IMPORTER, v.Grade.ORIGINAL), (v.Role.IMPORTER, v.Grade.COPY)],
)
def test_a_grade_that_the_role_cannot_have_is_refused(role: v.Role, grade: v.Grade) -> None:
    with refused(f"proposal-registered/1: found a source of grade {grade} recorded as {role}"):
        Book().add(PROPOSAL, REGISTERED, role=role, sources=(Source(grade=grade),))


def test_grades_that_the_role_can_have_are_recorded() -> None:
    for number, (role, grade) in enumerate(
        [
            (v.Role.CLERK, v.Grade.ORIGINAL),
            (v.Role.ARCHIVIST, v.Grade.COPY),
            (v.Role.IMPORTER, v.Grade.SECONDARY),
        ]
    ):
        Book().add(stream("proposal", number), REGISTERED, role=role, sources=(Source(grade=grade),))


def test_nothing_is_recorded_after_the_register_was_closed() -> None:
    book = Book()
    book.closed = f"{stream('register')}#9"
    with refused(f"the register was closed by {stream('register')}#9; nothing is recorded after it") as caught:
        book.add(PROPOSAL, REGISTERED)
    assert caught.value.hint == "open its successor with `ratsbuch init --successor-of`"


def test_ordinary_events_are_decided_without_loading_the_stream() -> None:
    def never(*_: object) -> tuple[()]:
        pytest.fail("loaded")

    streams.decide(statement(PROPOSAL, REGISTERED), role=v.Role.CLERK, seq=0, closed=None, history=never, others=never)
    streams.decide(statement(MEETING, ballot()), role=v.Role.CLERK, seq=9, closed=None, history=never, others=never)


# -- corrections ----------------------------------------------------------------------------------


def test_a_correction_whose_old_is_not_effective_is_a_conflict() -> None:
    book = Book()
    book.add(PROPOSAL, REGISTERED)
    book.add(PROPOSAL, correction(1, "/data/reference", "0640", "0641"))
    message = 'record-corrected/1: path /data/reference of event 1: old is "0640", but the effective value is "0641"'
    with pytest.raises(ConflictError, match=f"^{re.escape(message)}$"):
        book.add(PROPOSAL, correction(1, "/data/reference", "0640", "0642"))


def test_a_correction_of_a_field_not_mentioned_states_no_old() -> None:
    book = Book()
    book.add(PROPOSAL, REGISTERED)
    message = 'record-corrected/1: path /data/subject of event 1: old is "x", but the effective value is not mentioned'
    with refused(message):
        book.add(PROPOSAL, correction(1, "/data/subject", "x", "y"))
    book.add(PROPOSAL, correction(1, "/data/subject", UNSET, "y"))


@pytest.mark.parametrize(
    ("target", "path", "old", "new", "message"),
    [
        (9, "/data/subject", UNSET, "x", "record-corrected/1: found target 9, but the stream ends at 2"),
        (2, "/data/reason", "written wrongly", "x", "record-corrected/1: event 2 is itself a correction"),
        (1, "/data", UNSET, "x", "path /data: names no field; a correction names one field, such as /data/subject"),
        (1, "/data/nosuch", UNSET, "x", "path /data/nosuch: proposal-registered/1 has no field 'nosuch'"),
        (1, "/data/version/0", UNSET, "x", "path /data/version/0: nothing stands at '0'"),
        (
            1,
            "/data/version",
            1,
            UNSET,
            "path /data/version: proposal-registered/1 always has this field; it cannot be taken away",
        ),
        (
            1,
            "/data/version",
            1,
            "two",
            "path /data/version: the corrected value is not valid: Expected `int`, got `str`",
        ),
        (
            1,
            "/occurred",
            {"certainty": "unknown"},
            UNSET,
            "path /occurred: every event has it; correct it to certainty = unknown instead",
        ),
    ],
)
def test_a_correction_that_cannot_be_applied_is_refused(
    target: int, path: str, old: object, new: object, message: str
) -> None:
    book = Book()
    book.add(PROPOSAL, REGISTERED)
    book.add(PROPOSAL, correction(1, "/data/reference", "0640", "0641"))
    with refused(message):
        book.add(PROPOSAL, correction(target, path, old, new))


def test_a_correction_may_not_bring_in_a_forbidden_character() -> None:
    book = Book()
    book.add(PROPOSAL, REGISTERED)
    with pytest.raises(RuleError, match=r"^record-corrected/1: field /data/new: found U\+0007 at character 2, "):
        book.add(PROPOSAL, correction(1, "/data/subject", UNSET, "a\x07"))


def test_a_correction_of_what_is_withheld_cannot_be_judged() -> None:
    book = Book()
    book.add(PROPOSAL, structs.replace(REGISTERED, subject="x"))
    withheld = [hide(record, subject=WITHHELD) for record in book.history(PROPOSAL)]
    with pytest.raises(WithheldError, match=r"^path /data/subject: the field is withheld here, so its value cannot be"):
        judge(statement(PROPOSAL, correction(1, "/data/subject", "x", "y")), withheld)


@pytest.mark.parametrize("name", ["target", "path", "old", "new"])
def test_a_withheld_correction_cannot_be_judged(name: str) -> None:
    book = Book()
    book.add(PROPOSAL, REGISTERED)
    event = structs.replace(correction(1, "/data/subject", UNSET, "y"), **{name: WITHHELD})
    with pytest.raises(WithheldError, match=r"^record-corrected/1: target, path, old or new is withheld here,"):
        judge(statement(PROPOSAL, event), book.history(PROPOSAL))


def test_a_correction_of_an_event_that_is_not_here_cannot_be_judged() -> None:
    book = Book()
    book.add(PROPOSAL, REGISTERED)
    book.add(PROPOSAL, correction(1, "/data/subject", UNSET, "y"))
    with pytest.raises(WithheldError, match=r"^record-corrected/1: event 1 is not here, so the correction cannot be"):
        judge(statement(PROPOSAL, correction(1, "/data/subject", "y", "z")), book.history(PROPOSAL)[1:])


def hide(record: RecordedEvent, **fields: object) -> RecordedEvent:
    return structs.replace(record, event=structs.replace(record.event, **fields))


def judge(stated: Statement, history: list[RecordedEvent] | tuple[RecordedEvent, ...], role: str = "clerk") -> None:
    size = history[-1].seq
    streams.decide(
        stated, role=v.Role(role), seq=size, closed=None, history=lambda: tuple(history), others=lambda _kind: ()
    )


# -- secret ballots -------------------------------------------------------------------------------


def ballot(**fields: object) -> BallotHeld:
    return BallotHeld(**{"ballot": key(7), "method": v.BallotMethod.ROLL_CALL} | fields)  # type: ignore[arg-type]


VOTES = (Vote(choice=v.Choice.YES, person=key(21)),)


@pytest.mark.parametrize("method", [v.BallotMethod.SECRET, v.BallotMethod.ELECTION_BY_BALLOT_PAPER])
@pytest.mark.parametrize("votes", [VOTES, (Vote(choice=v.Choice.YES, group=stream("group"), count=3),), ()])
def test_votes_on_a_secret_ballot_are_refused(method: v.BallotMethod, votes: tuple[Vote, ...]) -> None:
    book = Book()
    book.add(MEETING, CONVENED)
    with refused(f"ballot-held/1: found votes by person or group on a ballot of method {method}, expected none"):
        book.add(MEETING, ballot(method=method, votes=votes))
    book.add(MEETING, ballot(method=method, tally=Tally(yes=3, no=2)))


@pytest.mark.parametrize("method", sorted(set(v.BallotMethod) - {"secret", "election_by_ballot_paper"}))
def test_votes_on_an_open_ballot_are_recorded(method: v.BallotMethod) -> None:
    book = Book()
    book.add(MEETING, CONVENED)
    book.add(MEETING, ballot(method=method, votes=VOTES))


def test_a_correction_may_not_make_a_ballot_with_votes_secret() -> None:
    book = Book()
    book.add(MEETING, CONVENED)
    book.add(MEETING, ballot(votes=VOTES))
    with refused("ballot-held/1: found votes by person or group on a ballot of method secret, expected none"):
        book.add(MEETING, correction(2, "/data/method", "roll_call", "secret"))


def test_a_correction_may_not_add_votes_to_a_secret_ballot() -> None:
    book = Book()
    book.add(MEETING, CONVENED)
    book.add(MEETING, ballot(method=v.BallotMethod.SECRET))
    with refused("ballot-held/1: found votes by person or group on a ballot of method secret, expected none"):
        book.add(MEETING, correction(2, "/data/votes", UNSET, [{"choice": "yes", "person": key(21)}]))


def test_withheld_votes_on_a_secret_ballot_are_votes() -> None:
    event = ballot(method=v.BallotMethod.SECRET, votes=WITHHELD)
    with refused("ballot-held/1: found votes by person or group on a ballot of method secret, expected none"):
        streams.decide_alone(statement(MEETING, event))


# -- signed minutes -------------------------------------------------------------------------------

SIGNED = MinutesSigned(
    version=1,
    kind=v.MinutesKind.RESULTS,
    part=v.Part.PUBLIC,
    signatories=(Signatory(form=v.SignatureForm.INK, function=v.Function.CHAIR),),
)


def filed(version: int = 1, part: v.Part = v.Part.PUBLIC, title: str = "Niederschrift") -> MinutesFiled:
    document = Document(held=True, title=title)
    return MinutesFiled(version=version, kind=v.MinutesKind.RESULTS, part=part, held=True, document=document)


@pytest.fixture
def signed() -> Book:
    book = Book()
    book.add(MEETING, CONVENED)
    book.add(MEETING, filed())
    book.add(MEETING, filed(version=2))
    book.add(MEETING, SIGNED)
    return book


def test_minutes_may_be_exchanged_until_they_are_signed() -> None:
    book = Book()
    book.add(MEETING, CONVENED)
    book.add(MEETING, filed())
    book.add(MEETING, filed(title="exchanged"))


def test_a_signed_version_of_the_minutes_is_not_filed_again(signed: Book) -> None:
    message = (
        f"minutes-filed/1: version 1 (results, part public) was signed by {MEETING}#4; a signed version is never edited"
    )
    with refused(message) as caught:
        signed.add(MEETING, filed(title="changed"))
    assert caught.value.hint == "file the new text as the next version and name the signed one in `replaces`"


def test_other_versions_parts_and_kinds_may_be_filed_after_signing(signed: Book) -> None:
    signed.add(MEETING, filed(version=3))
    signed.add(MEETING, filed(part=v.Part.NON_PUBLIC))
    signed.add(MEETING, structs.replace(filed(), kind=v.MinutesKind.EXTRACT))


@pytest.mark.parametrize(
    ("target", "path", "old", "new", "version"),
    [
        (2, "/data/document/title", "Niederschrift", "changed", 1),
        (2, "/data/document", {"held": True, "title": "Niederschrift"}, {"held": True}, 1),
        (2, "/data/version", 1, 9, 1),
        (2, "/data/part", "public", "whole", 1),
        (3, "/data/version", 2, 1, 1),
    ],
)
def test_a_correction_may_not_edit_or_replace_a_signed_version(
    signed: Book, target: int, path: str, old: object, new: object, version: int
) -> None:
    message = (
        f"record-corrected/1: path {path}: version {version} (results, part public) of the minutes was signed by "
        f"{MEETING}#4; a signed version is never edited"
    )
    with refused(message):
        signed.add(MEETING, correction(target, path, old, new))


@pytest.mark.parametrize(("path", "old", "new"), [("/data/version", 1, 9), ("/data/document", UNSET, {"held": True})])
def test_a_correction_may_not_move_the_signature(signed: Book, path: str, old: object, new: object) -> None:
    with refused(f"record-corrected/1: path {path}: what a signature under minutes covers is never corrected"):
        signed.add(MEETING, correction(4, path, old, new))


def test_what_a_signature_does_not_cover_may_be_corrected(signed: Book) -> None:
    signed.add(MEETING, correction(2, "/data/source_id", UNSET, "4711"))
    signed.add(MEETING, correction(2, "/occurred/certainty", "unknown", "inferred"))
    signed.add(MEETING, correction(3, "/data/document/title", "Niederschrift", "Niederschrift 2"))
    signed.add(MEETING, correction(4, "/data/signatories/0/form", "ink", "qualified"))


@pytest.mark.parametrize("hidden", ["filing", "signature"])
def test_minutes_whose_version_is_withheld_cannot_be_judged(signed: Book, hidden: str) -> None:
    history = list(signed.history(MEETING))
    event = filed(version=3)
    if hidden == "filing":
        event = structs.replace(event, version=WITHHELD)
    else:
        history[3] = hide(history[3], version=WITHHELD)
    with pytest.raises(WithheldError, match=r"^minutes-filed/1: which version was filed or signed is withheld here,"):
        judge(statement(MEETING, event), history)


# -- destruction ----------------------------------------------------------------------------------

ARCHIVE = "Kreisarchiv Musterkreis"
RECORDS = (stream("proposal", 1), stream("meeting", 2))


def destroyed(basis: v.DestructionBasis, objects: tuple[str, ...] | None = None) -> Destroyed:
    event = Destroyed(basis=basis, what="the content; tokens and log stay")
    return event if objects is None else structs.replace(event, objects=objects)


def file(number: int = 1, *, book: Book | None = None, objects: tuple[str, ...] = RECORDS) -> Book:
    book = book or Book()
    book.add(stream("custody", number), Filed(objects=objects, file_reference=f"10.2/{number}"))
    return book


def test_destruction_after_offer_and_appraisal_is_recorded() -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE))
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.DISPOSE))
    book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))


def test_destruction_after_offer_and_receipt_is_recorded() -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE))
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.ARCHIVE))
    book.add(CUSTODY, Received(archive=ARCHIVE, complete=True))
    book.add(CUSTODY, destroyed(v.DestructionBasis.RECEIVED))


def test_destruction_after_the_decision_period_elapsed_is_recorded() -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE, decision_due_on="2026-06-30"))
    book.add(CUSTODY, destroyed(v.DestructionBasis.DECISION_PERIOD_ELAPSED), occurred="2026-07-01")


@pytest.mark.parametrize("basis", v.DestructionBasis)
def test_destruction_without_offer_is_refused(basis: v.DestructionBasis) -> None:
    book = file()
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.DISPOSE))
    book.add(CUSTODY, Received(archive=ARCHIVE))
    message = f"destroyed/1: {RECORDS[1]}: found no offered/1 for it, expected an offer"
    with refused(message) as caught:
        book.add(CUSTODY, destroyed(basis), occurred="2026-07-01")
    assert caught.value.hint == "record offered/1 first; destruction is the last step"


def test_every_record_has_to_be_offered() -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE, objects=RECORDS[:1]))
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.DISPOSE))
    with refused(f"destroyed/1: {RECORDS[1]}: found no offered/1 for it, expected an offer"):
        book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))
    book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED, RECORDS[:1]))


def test_destruction_without_appraisal_is_refused() -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE))
    with refused(f"destroyed/1: {RECORDS[1]}: found no appraised/1 for it, expected the archive's appraisal"):
        book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))


@pytest.mark.parametrize("basis", [v.DestructionBasis.APPRAISED, v.DestructionBasis.DECISION_PERIOD_ELAPSED])
def test_destruction_of_what_the_archive_wants_is_refused(basis: v.DestructionBasis) -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE, decision_due_on="2026-06-30"))
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.DISPOSE))
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.ARCHIVE, objects=RECORDS[1:]))
    with refused(f"destroyed/1: {RECORDS[1]}: the archive wants it by {CUSTODY}#4"):
        book.add(CUSTODY, destroyed(basis), occurred="2026-07-01")


@pytest.mark.parametrize(
    ("due", "occurred", "shown_due", "shown_day"),
    [
        ("2026-06-30", on("2026-06-30"), "2026-06-30", "2026-06-30"),
        ("2026-06-30", on("2026-06"), "2026-06-30", "2026-06"),
        ("2026-06-30", UNKNOWN, "2026-06-30", "(not stated)"),
        (UNSET, on("2026-07-01"), "(not stated)", "2026-07-01"),
    ],
)
def test_destruction_before_the_decision_period_elapsed_is_refused(
    due: str, occurred: When, shown_due: str, shown_day: str
) -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE, decision_due_on=due))
    message = (
        f"destroyed/1: {RECORDS[1]}: the archive could decide until {shown_due} by {CUSTODY}#2, "
        f"and the destruction is dated {shown_day}"
    )
    with refused(message):
        book.add(CUSTODY, destroyed(v.DestructionBasis.DECISION_PERIOD_ELAPSED), occurred=occurred)


def test_destruction_after_an_incomplete_receipt_is_refused() -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE))
    book.add(CUSTODY, Received(archive=ARCHIVE, complete=False))
    message = (
        f"destroyed/1: {RECORDS[1]}: found no received/1 for it, "
        "expected the archive's confirmation that it took it over whole"
    )
    with refused(message):
        book.add(CUSTODY, destroyed(v.DestructionBasis.RECEIVED))


def appraised(book: Book) -> Book:
    book.add(CUSTODY, Offered(archive=ARCHIVE))
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.DISPOSE))
    return book


def test_destruction_under_a_hold_is_refused_until_it_is_lifted() -> None:
    book = appraised(file())
    book.add(CUSTODY, HoldPlaced(hold=key(31), ground="a lawsuit is pending"))
    with refused(f"destroyed/1: {RECORDS[1]} is under a hold placed by {CUSTODY}#4") as caught:
        book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))
    assert caught.value.hint == "a hold ends with hold-lifted; until then nothing of it is destroyed"
    book.add(CUSTODY, HoldLifted(hold=key(32)))
    with refused(f"destroyed/1: {RECORDS[1]} is under a hold placed by {CUSTODY}#4"):
        book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))
    book.add(CUSTODY, HoldLifted(hold=key(31)))
    book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))


def test_a_hold_placed_again_holds_again() -> None:
    book = appraised(file())
    book.add(CUSTODY, HoldPlaced(hold=key(31), ground="first"))
    book.add(CUSTODY, HoldLifted(hold=key(31)))
    book.add(CUSTODY, HoldPlaced(hold=key(31), ground="second"))
    with refused(f"destroyed/1: {RECORDS[1]} is under a hold placed by {CUSTODY}#6"):
        book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))


def test_a_hold_on_other_records_of_the_file_holds_only_those() -> None:
    book = appraised(file())
    book.add(CUSTODY, HoldPlaced(hold=key(31), ground="x", objects=RECORDS[:1]))
    book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED, RECORDS[1:]))
    with refused(f"destroyed/1: {RECORDS[0]} is under a hold placed by {CUSTODY}#4"):
        book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))


@pytest.mark.parametrize("objects", [RECORDS[:1], (CUSTODY,)])
def test_a_hold_in_another_file_that_names_the_same_records_counts(objects: tuple[str, ...]) -> None:
    book = appraised(file())
    file(2, book=book, objects=(stream("review"),))
    book.add(stream("custody", 2), HoldPlaced(hold=key(31), ground="x", objects=objects))
    with refused(f"destroyed/1: {objects[0]} is under a hold placed by {stream('custody', 2)}#2"):
        book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))


def test_a_hold_in_another_file_on_other_records_does_not_count() -> None:
    book = appraised(file())
    file(2, book=book, objects=(stream("review"),))
    book.add(stream("custody", 2), HoldPlaced(hold=key(31), ground="x"))
    book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED))


def test_a_correction_may_not_extend_a_destruction_to_what_was_never_offered() -> None:
    book = file()
    book.add(CUSTODY, Offered(archive=ARCHIVE, objects=RECORDS[:1]))
    book.add(CUSTODY, Appraised(archive=ARCHIVE, decision=v.AppraisalDecision.DISPOSE))
    book.add(CUSTODY, destroyed(v.DestructionBasis.APPRAISED, RECORDS[:1]))
    with refused(f"destroyed/1: {RECORDS[1]}: found no offered/1 for it, expected an offer"):
        book.add(CUSTODY, correction(4, "/data/objects", list(RECORDS[:1]), list(RECORDS)))
    book.add(CUSTODY, correction(4, "/data/what", "the content; tokens and log stay", "the content"))


def test_destruction_of_a_file_whose_holds_are_withheld_cannot_be_judged() -> None:
    book = appraised(file())
    book.add(CUSTODY, HoldPlaced(hold=key(31), ground="x", objects=RECORDS))
    history = list(book.history(CUSTODY))
    history[3] = hide(history[3], objects=WITHHELD)
    with pytest.raises(WithheldError, match=r"^destroyed/1: what was filed, held, offered or destroyed is withheld"):
        judge(statement(CUSTODY, destroyed(v.DestructionBasis.APPRAISED)), history, role="archivist")


# -- and nothing else -----------------------------------------------------------------------------


def test_contradictions_are_recorded() -> None:
    book = Book()
    book.add(stream("organ"), OrganRegistered(body=stream("body"), name="Kreistag", kind=v.OrganKind.COUNCIL))
    book.add(MEETING, CONVENED)
    book.add(
        MEETING,
        ballot(declared=v.Declared.FAILED, majority=v.Majority.UNANIMOUS, tally=Tally(yes=24, no=23, entitled=5)),
    )
    note = DiscrepancyNoted(code="SOMETHING_ELSE", status=v.DiscrepancyStatus.OPEN)
    assert book.add(MEETING, note) == f"{MEETING}#3"
