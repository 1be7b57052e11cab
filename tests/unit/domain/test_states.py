"""What the events of each kind of stream add up to."""

from __future__ import annotations

from typing import TypeVar

import pytest
from msgspec import UNSET, Raw, structs
from support.council import Book, key, on, stream

from domain import events as e
from domain import streams
from domain import vocabulary as v
from domain.body import Body
from domain.custody import Custody, holds
from domain.errors import RuleError
from domain.group import Group
from domain.meeting import Meeting, agenda, items, minutes
from domain.organ import Organ, members_on
from domain.person import Person
from domain.proposal import FIELDS, Proposal
from domain.register import Register, signers, visibility_index, visibility_of
from domain.resolution import Resolution, StepKind, timeline
from domain.review import Review
from domain.source import Source
from domain.stream import RecordedEvent, State, canonical
from domain.values import (
    WITHHELD,
    AgendaItem,
    Because,
    Condition,
    Document,
    ItemTitle,
    MadeBy,
    PaperHandedOut,
    Signatory,
    Tally,
    Validity,
    When,
)

S = TypeVar("S", bound=State)
PROPOSAL, MEETING, RESOLUTION = stream("proposal"), stream("meeting"), stream("resolution")
BODY, COUNCIL, COMMITTEE = stream("body"), stream("organ", 1), stream("organ", 2)
DIGEST = "ab" * 64


def state(book: Book, kind: type[S], target: str) -> S:
    found = book.state(target)
    assert isinstance(found, kind)
    return found


def registered(**fields: object) -> e.ProposalRegistered:
    base = {"body": BODY, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "version": 1}
    return e.ProposalRegistered(**base | fields)  # type: ignore[arg-type]


# -- proposal -------------------------------------------------------------------------------------


def test_fields_that_a_revision_does_not_mention_are_as_in_its_base() -> None:
    book = Book()
    first = book.add(PROPOSAL, registered(reference="0640", subject="Konzept", operative_text="alt", reasons=None))
    second = book.add(
        PROPOSAL,
        e.ProposalRevised(
            version=2, mode=v.RevisionMode.PAGES, operative_text="neu", because_of=Because(cause=v.RevisionCause.MOTION)
        ),
    )
    version = state(book, Proposal, PROPOSAL).version(2)
    assert version is not None
    assert (version.reference, version.subject, version.operative_text, version.reasons) == (
        "0640",
        "Konzept",
        "neu",
        None,
    )
    assert version.document is UNSET
    assert version.base == 1
    assert dict(version.origins) == {
        "kind": first,
        "reference": first,
        "subject": first,
        "reasons": first,
        "operative_text": second,
    }


def test_a_revision_of_the_whole_text_leaves_nothing_of_its_base_but_its_identity() -> None:
    book = Book()
    book.add(PROPOSAL, registered(reference="0640", kind_literal="Beschlussvorlage", subject="Konzept", reasons="weil"))
    book.add(PROPOSAL, e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject="Neues Konzept"))
    version = state(book, Proposal, PROPOSAL).version(2)
    assert version is not None
    assert (version.reference, version.kind_literal, version.subject) == ("0640", "Beschlussvorlage", "Neues Konzept")
    assert version.reasons is UNSET


def test_a_revision_builds_on_the_version_it_names() -> None:
    book = Book()
    book.add(PROPOSAL, registered(subject="eins", reasons="r1"))
    book.add(PROPOSAL, e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, reasons="r2"))
    book.add(PROPOSAL, e.ProposalRevised(version=3, mode=v.RevisionMode.PAGES, base_version=1, subject="drei"))
    version = state(book, Proposal, PROPOSAL).version(3)
    assert version is not None
    assert (version.subject, version.reasons, version.base) == ("drei", "r1", 1)


@pytest.mark.parametrize("base", [7, WITHHELD])
def test_a_revision_of_a_version_that_is_not_here_has_only_its_own_fields(base: int) -> None:
    book = Book()
    book.add(PROPOSAL, registered(subject="eins"))
    book.add(PROPOSAL, e.ProposalRevised(version=8, mode=v.RevisionMode.PAGES, base_version=base, reasons="r"))
    version = state(book, Proposal, PROPOSAL).version(8)
    assert version is not None
    assert (version.subject, version.reasons, version.base) == (UNSET, "r", None)


def test_old_words_for_a_code_do_not_survive_a_new_code() -> None:
    book = Book()
    book.add(PROPOSAL, registered(document_date="2021-11-23", document_date_literal="23.11.2021"))
    book.add(PROPOSAL, e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, document_date="2021-12-01"))
    version = state(book, Proposal, PROPOSAL).version(2)
    assert version is not None
    assert (version.document_date, version.document_date_literal) == ("2021-12-01", UNSET)


def test_the_current_version_is_the_one_with_the_highest_number() -> None:
    book = Book()
    book.add(PROPOSAL, registered(version=2, subject="zwei"))
    book.add(PROPOSAL, e.ProposalRevised(version=1, mode=v.RevisionMode.FULL, subject="nachgetragen"))
    proposal = state(book, Proposal, PROPOSAL)
    assert proposal.subject == "zwei"
    assert [version.number for version in proposal.versions] == [2, 1]


def test_versions_share_all_fields_of_registration_and_revision() -> None:
    shared = set(e.ProposalRegistered.__struct_fields__) & set(e.ProposalRevised.__struct_fields__)
    assert set(FIELDS) == shared - {"occurred_literal", "known_literal", "version"}


def test_a_consultation_planned_again_keeps_its_earlier_plans() -> None:
    book = Book()
    plan = e.ConsultationPlanned(
        consultation=key(5),
        organ=COUNCIL,
        planned_on="2021-12-01",
        role=v.ConsultationRole.DECISION,
        publicity=v.Publicity.PUBLIC,
    )
    book.add(PROPOSAL, registered())
    first = book.add(PROPOSAL, plan)
    book.add(PROPOSAL, structs.replace(plan, consultation=key(6)))
    dropped = book.add(PROPOSAL, e.ConsultationDropped(consultation=key(5)))
    consultation = state(book, Proposal, PROPOSAL).consultations[0]
    assert consultation.dropped is not None
    assert consultation.dropped.id == dropped
    second = book.add(PROPOSAL, structs.replace(plan, planned_on="2021-12-08"))
    proposal = state(book, Proposal, PROPOSAL)
    assert [consultation.id for consultation in proposal.consultations] == [key(5), key(6)]
    assert [fact.id for fact in proposal.consultations[0].plans] == [first, second]
    assert proposal.consultations[0].plan.planned_on == "2021-12-08"
    assert proposal.consultations[0].dropped is None
    assert proposal.consultation(key(6)) == proposal.consultations[1]
    assert proposal.consultation(key(7)) is None


def test_links_endorsements_and_withdrawals_are_kept() -> None:
    book = Book()
    book.add(PROPOSAL, registered())
    link = book.add(PROPOSAL, e.ProposalsLinked(other=RESOLUTION, relation=v.Relation.CONTINUES, basis=v.Basis.STATED))
    endorsed = book.add(PROPOSAL, e.ProposalEndorsed(office="Kämmerei", sense=v.EndorsementSense.RESERVATION))
    withdrawn = book.add(PROPOSAL, e.ProposalWithdrawn(), occurred="2021-12-01")
    proposal = state(book, Proposal, PROPOSAL)
    assert [fact.id for fact in proposal.links] == [link]
    assert [fact.id for fact in proposal.endorsements] == [endorsed]
    assert [fact.id for fact in proposal.withdrawals] == [withdrawn]
    assert proposal.withdrawals[0].record.occurred == on("2021-12-01")
    assert proposal.size == 4
    assert (proposal.body, proposal.term) == (BODY, UNSET)


# -- annexes --------------------------------------------------------------------------------------


def attached(label: str, *, digest: str | None = None, source_id: str | None = None) -> e.DocumentAttached:
    document = Document(held=digest is not None, digest=digest or UNSET)
    return e.DocumentAttached(label=label, held=digest is not None, document=document, source_id=source_id or UNSET)


def withdrawn_annexes(*withdrawals: e.DocumentWithdrawn) -> list[bool]:
    book = Book()
    book.add(PROPOSAL, registered())
    book.add(PROPOSAL, attached("Anlage", source_id="f/1"))
    book.add(PROPOSAL, attached("Anlage", digest=DIGEST, source_id="f/2"))
    book.add(PROPOSAL, attached("Anlage", source_id="f/3"))
    for withdrawal in withdrawals:
        book.add(PROPOSAL, withdrawal)
    return [annex.withdrawn is not None for annex in state(book, Proposal, PROPOSAL).annexes]


def test_an_annex_is_taken_back_by_source_id_then_digest_then_label() -> None:
    by_digest = e.DocumentWithdrawn(label="Anlage", document=Document(held=True, digest=DIGEST))
    assert withdrawn_annexes(e.DocumentWithdrawn(label="Anlage", source_id="f/1")) == [True, False, False]
    assert withdrawn_annexes(by_digest) == [False, True, False]
    assert withdrawn_annexes(e.DocumentWithdrawn(label="Anlage")) == [False, False, True]
    assert withdrawn_annexes(*[e.DocumentWithdrawn(label="Anlage")] * 2) == [False, True, True]
    assert withdrawn_annexes(e.DocumentWithdrawn(label="Anlage 9")) == [False, False, False]


def test_annexes_say_whether_they_are_held() -> None:
    book = Book()
    book.add(PROPOSAL, registered())
    book.add(PROPOSAL, attached("Anlage 1"))
    book.add(PROPOSAL, attached("Anlage 2", digest=DIGEST))
    annexes = state(book, Proposal, PROPOSAL).annexes
    assert [annex.is_held for annex in annexes] == [False, True]


# -- meeting --------------------------------------------------------------------------------------


def convened(book: Book) -> Book:
    book.add(MEETING, e.MeetingConvened(body=BODY, organs=(COUNCIL,), starts_at="2021-12-08", place="Burkhardtsdorf"))
    return book


def entry(number: int, *, order: int | None = None) -> AgendaItem:
    return AgendaItem(
        item=key(number), number=str(number), order=number if order is None else order, publicity=v.Publicity.PUBLIC
    )


def agenda_set(version: int, *numbers: int, part: v.Part = v.Part.PUBLIC) -> e.AgendaSet:
    return e.AgendaSet(
        version=version,
        stage=v.AgendaStage.INVITATION,
        part=part,
        items=tuple(entry(number) for number in numbers),
        titles=tuple(ItemTitle(item=key(number), title=f"TOP {number} v{version}") for number in numbers),
        papers=(PaperHandedOut(handed_out=v.HandedOut.AT_TABLE, item=key(numbers[0]), label="Tischvorlage"),),
    )


def test_a_moved_meeting_keeps_what_the_move_does_not_mention() -> None:
    book = convened(Book())
    book.add(MEETING, e.MeetingMoved(starts_at="2021-12-09T17:00:00+01:00", ends_at=None))
    meeting = state(book, Meeting, MEETING)
    assert (meeting.starts_at, meeting.ends_at, meeting.place) == ("2021-12-09T17:00:00+01:00", None, "Burkhardtsdorf")
    assert meeting.organs == (COUNCIL,)


def test_the_newest_agenda_of_each_part_holds() -> None:
    book = convened(Book())
    book.add(MEETING, agenda_set(1, 1, 2))
    secret = book.add(MEETING, agenda_set(1, 9, part=v.Part.NON_PUBLIC))
    second = book.add(MEETING, agenda_set(2, 1, 3))
    meeting = state(book, Meeting, MEETING)
    public, hidden = agenda(meeting, v.Part.PUBLIC), agenda(meeting, v.Part.NON_PUBLIC)
    assert public is not None
    assert hidden is not None
    assert (public.id, hidden.id, agenda(meeting, v.Part.WHOLE)) == (second, secret, None)
    found = items(meeting)
    assert [(item.title, item.is_on_agenda) for item in found] == [
        ("TOP 1 v2", True),
        ("TOP 3 v2", True),
        ("TOP 9 v1", True),
        ("TOP 2 v1", False),
    ]
    assert [paper.label for paper in found[0].papers] == ["Tischvorlage"]
    assert found[1].papers == ()


def test_items_gather_what_happened_under_them() -> None:
    book = convened(Book())
    book.add(MEETING, agenda_set(1, 1, 2))
    book.add(MEETING, e.ItemCalled(item=key(1), publicity=v.Publicity.NON_PUBLIC))
    book.add(MEETING, e.AttendanceChanged(person=key(21), change=v.AttendanceChange.JOINS, item=key(1)))
    book.add(MEETING, e.MemberExcluded(person=key(22), item=key(1)))
    book.add(MEETING, e.MotionMoved(motion=key(41), kind=v.MotionKind.AMENDMENT, item=key(1)))
    book.add(MEETING, e.BallotHeld(ballot=key(51), item=key(1), method=v.BallotMethod.SHOW_OF_HANDS))
    book.add(MEETING, e.BallotHeld(ballot=key(52), item=key(1), method=v.BallotMethod.SHOW_OF_HANDS))
    book.add(MEETING, e.OutcomeDeclared(item=key(1), outcome=v.Outcome.ADOPTED, ballots=(key(52),)))
    book.add(MEETING, e.OutcomeDeclared(item=key(77), outcome=v.Outcome.NOTED))
    book.add(MEETING, e.OutcomeDeclared(outcome=v.Outcome.NOTED))
    book.add(MEETING, structs.replace(attached("Liste"), item=key(1)))
    meeting = state(book, Meeting, MEETING)
    one, two, stray = items(meeting)
    assert one.publicity_held is v.Publicity.NON_PUBLIC
    assert one.entry == entry(1)
    assert [len(group) for group in (one.calls, one.attendance, one.exclusions, one.motions)] == [1, 1, 1, 1]
    assert [fact.event.ballot for fact in one.ballots] == [key(51), key(52)]
    assert [len(one.outcomes), len(one.annexes)] == [1, 1]
    assert (two.outcomes, two.publicity_held) == ((), None)
    assert (stray.key, stray.entry, stray.is_on_agenda, len(stray.outcomes)) == (key(77), None, False, 1)
    assert len(meeting.outcomes) == 3
    found = meeting.ballot(key(52))
    assert found is not None
    assert found.event.ballot == key(52)
    assert meeting.ballot(key(53)) is None


def test_a_withheld_title_is_not_a_missing_one() -> None:
    book = convened(Book())
    book.add(MEETING, structs.replace(agenda_set(1, 1), titles=WITHHELD))
    assert items(state(book, Meeting, MEETING))[0].title is WITHHELD


def test_minutes_are_gathered_by_kind_part_and_version() -> None:
    book = convened(Book())
    named = {"version": 1, "kind": v.MinutesKind.RESULTS, "part": v.Part.PUBLIC}
    first = book.add(MEETING, e.MinutesFiled(**named, held=True, document=Document(held=True)))  # type: ignore[arg-type]
    book.add(MEETING, e.MinutesPresented(**named, way=v.MinutesPresentation.NOTICE))  # type: ignore[arg-type]
    book.add(MEETING, e.MinutesObjectionHandled(**named, decision=v.ObjectionDecision.ACCEPTED))  # type: ignore[arg-type]
    second = book.add(
        MEETING,
        e.MinutesFiled(
            version=2,
            kind=v.MinutesKind.RESULTS,
            part=v.Part.PUBLIC,
            held=True,
            document=Document(held=True),
            replaces=1,
        ),
    )
    signed = book.add(
        MEETING,
        e.MinutesSigned(
            version=2,
            kind=v.MinutesKind.RESULTS,
            part=v.Part.PUBLIC,
            signatories=(Signatory(form=v.SignatureForm.INK),),
        ),
    )
    one, two = minutes(state(book, Meeting, MEETING))
    assert ([fact.id for fact in one.filed], len(one.presented), len(one.objections), one.signed) == ([first], 1, 1, ())
    assert ([fact.id for fact in two.filed], [fact.id for fact in two.signed]) == ([second], [signed])


# -- resolution and review ------------------------------------------------------------------------


def made(**fields: object) -> e.ResolutionMade:
    base = {"sense": v.ResolutionSense.APPROVING, "made_by": MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL)}
    return e.ResolutionMade(**base | fields)  # type: ignore[arg-type]


def test_the_timeline_tells_what_is_stated_from_what_follows() -> None:
    book = Book()
    book.add(
        RESOLUTION,
        made(
            effective_from=on("2017-07-01"),
            conditions=(Condition(kind=v.ConditionKind.TRIAL, duration="P2Y"),),
            validity=Validity(duration="P5Y", stated_in=v.TextPart.REASONS),
        ),
        occurred="2017-06-07",
    )
    book.add(
        RESOLUTION,
        e.ResolutionStatusChanged(
            becomes=v.ResolutionStatus.SUPERSEDED,
            effective=on("2022-01-01", certainty=v.Certainty.INFERRED),
            basis=v.Basis.INFERRED,
        ),
    )
    steps = timeline(state(book, Resolution, RESOLUTION))
    assert [(step.kind, step.when.at, step.basis, step.told_by[-2:]) for step in steps] == [
        (StepKind.MADE, "2017-06-07", v.Basis.STATED, "#1"),
        (StepKind.BEGINS, "2017-07-01", v.Basis.STATED, "#1"),
        (StepKind.TRIAL_ENDS, "2019-06-30", v.Basis.INFERRED, "#1"),
        (StepKind.STATUS, "2022-01-01", v.Basis.INFERRED, "#2"),
        (StepKind.ENDS, "2022-06-30", v.Basis.INFERRED, "#1"),
    ]


def test_an_end_stated_in_the_text_decided_is_stated_and_in_the_reasons_inferred() -> None:
    for part, basis in ((v.TextPart.OPERATIVE_TEXT, v.Basis.STATED), (v.TextPart.REASONS, v.Basis.INFERRED)):
        book = Book()
        book.add(RESOLUTION, made(validity=Validity(ends="2026-12-31", stated_in=part)))
        (_, end) = sorted(timeline(state(book, Resolution, RESOLUTION)), key=lambda step: step.kind is StepKind.ENDS)
        assert (end.when.at, end.basis) == ("2026-12-31", basis)


def test_steps_without_a_date_come_last() -> None:
    book = Book()
    book.add(RESOLUTION, made(effective_until=on("2030-12-31")))
    steps = timeline(state(book, Resolution, RESOLUTION))
    assert [step.kind for step in steps] == [StepKind.ENDS, StepKind.MADE]


def test_an_urgent_decision_recorded_again_adds_to_it() -> None:
    book = Book()
    book.add(
        RESOLUTION, e.UrgentDecisionTaken(number="E 1", subject="Deich", text="wird beschlossen", proposal=PROPOSAL)
    )
    book.add(RESOLUTION, e.UrgentDecisionTaken(reported_to=MEETING))
    resolution = state(book, Resolution, RESOLUTION)
    assert (resolution.number, resolution.subject, resolution.text, resolution.proposal) == (
        "E 1",
        "Deich",
        "wird beschlossen",
        PROPOSAL,
    )
    assert [fact.event.reported_to for fact in resolution.urgent] == [UNSET, MEETING]


def test_a_review_names_each_of_its_resolutions_once() -> None:
    book, review = Book(), stream("review")
    three = tuple(stream("resolution", number) for number in (1, 2, 3))
    book.add(review, e.ObjectionRaised(resolutions=three, kind=v.ObjectionKind.MUST, round=1))
    book.add(review, e.ReviewSubmitted(resolutions=three[1:], authority_name="Landesdirektion"))
    book.add(
        review,
        e.ExternalActRecorded(
            resolutions=(stream("resolution", 4), three[0]), authority_name="Landesdirektion", act=v.ExternalAct.ORDER
        ),
    )
    found = state(book, Review, review)
    assert found.resolutions == (*three, stream("resolution", 4))
    assert [fact.event.round for fact in found.objections] == [1]
    assert len(found.acts) == 3


# -- register -------------------------------------------------------------------------------------

REGISTER = stream("register")


def register() -> Book:
    book = Book()
    book.add(
        REGISTER,
        e.RegisterOpened(
            register=REGISTER,
            name="Musterkreis",
            kind=v.BodyKind.LANDKREIS,
            example=True,
            format_version=1,
            origin="example.invalid",
            root_algorithm=v.SignatureAlgorithm.ES256,
            root_certificate="MIIB",
            log_ed25519="a",
            log_mldsa44="b",
        ),
    )
    return book


def enrol(digest: str) -> e.SignerEnrolled:
    return e.SignerEnrolled(
        person=key(1),
        roles=(v.Role.CLERK,),
        algorithm=v.SignatureAlgorithm.ES256,
        public_key="MIIB",
        certificate_digest=digest * 43,
        certificate="MIIB",
    )


def revoke(digest: str) -> e.SignerRevoked:
    return e.SignerRevoked(person=key(1), certificate_digest=digest * 43, reason=v.RevocationReason.LEFT)


def test_a_revocation_belongs_to_the_enrolment_before_it() -> None:
    book = register()
    for event in (enrol("A"), enrol("B"), revoke("A"), enrol("A")):
        book.add(REGISTER, event)
    found = signers(state(book, Register, REGISTER))
    assert [(signer.enrolled.id[-1], signer.revoked and signer.revoked.id[-1]) for signer in found] == [
        ("2", "4"),
        ("3", None),
        ("5", None),
    ]


def visible(book: Book, event_id: str, day: str = "2026-11-23") -> v.Visibility:
    target, _, seq = event_id.partition("#")
    record = book.history(target)[int(seq) - 1]
    return visibility_of(record, visibility_index(state(book, Register, REGISTER)), on=day)


def changed(target: str, was: str, becomes: str, until: str | None = None) -> e.VisibilityChanged:
    return e.VisibilityChanged(
        target=target,
        was=v.Visibility(was),
        becomes=v.Visibility(becomes),
        until=until if until is not None else UNSET,
        legal_basis="announced in public",
    )


def test_releasing_a_stream_moves_what_stood_at_that_step_before_it_and_nothing_else() -> None:
    book = register()
    hidden = book.add(MEETING, e.MeetingConvened(body=BODY, organs=()), visibility=v.Visibility.NON_PUBLIC)
    blocked = book.add(MEETING, e.MeetingCancelled(), visibility=v.Visibility.BLOCKED)
    book.add(REGISTER, changed(MEETING, "non_public", "public"))
    later = book.add(MEETING, e.MeetingMoved(), visibility=v.Visibility.NON_PUBLIC)
    assert [visible(book, event) for event in (hidden, blocked, later)] == ["public", "blocked", "non_public"]


def test_the_newest_change_of_visibility_holds_until_its_end() -> None:
    book = register()
    event = book.add(MEETING, e.MeetingConvened(body=BODY, organs=()), visibility=v.Visibility.NON_PUBLIC)
    book.add(REGISTER, changed(event, "non_public", "public"))
    book.add(REGISTER, changed(event, "public", "blocked", until="2030-12-31"))
    assert visible(book, event, "2030-12-31") == "blocked"
    assert visible(book, event, "2031-01-01") == "public"


# -- the others -----------------------------------------------------------------------------------


def test_a_body_bears_what_was_stated_last() -> None:
    book = Book()
    book.add(BODY, e.BodyRegistered(name="Alt", kind=v.BodyKind.LANDKREIS, archive_of_record="Kreisarchiv"))
    book.add(BODY, e.BodyChanged(merged_into=stream("body", 2)))
    book.add(BODY, e.BodyChanged(name="Neu"))
    book.add(BODY, e.RuleSetAdopted(name="Geschäftsordnung", rules=()))
    book.add(BODY, e.TermOpened(term=key(9)))
    body = state(book, Body, BODY)
    assert (body.name, body.archive_of_record, body.ids) == ("Neu", "Kreisarchiv", UNSET)
    assert [len(body.changes), len(body.rule_sets), len(body.terms)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("kind", "decides", "expected"),
    [
        (v.OrganKind.COUNCIL, UNSET, False),
        (v.OrganKind.ADVISORY_COMMITTEE, UNSET, True),
        (v.OrganKind.ADVISORY_BOARD, UNSET, True),
        (v.OrganKind.ADVISORY_COMMITTEE, True, False),
        (v.OrganKind.OTHER, False, True),
    ],
)
def test_an_organ_that_only_advises(kind: v.OrganKind, *, decides: bool, expected: bool) -> None:
    book = Book()
    book.add(COMMITTEE, e.OrganRegistered(body=BODY, name="Ausschuss", kind=kind, decides=decides))
    organ = state(book, Organ, COMMITTEE)
    assert organ.only_advises is expected
    assert (organ.name, organ.body, organ.seats) == ("Ausschuss", BODY, UNSET)


def test_an_organ_bears_what_was_stated_last() -> None:
    book = Book()
    book.add(COUNCIL, e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL, seats=98))
    book.add(COUNCIL, e.OrganChanged(seats=100, kind=v.OrganKind.ADVISORY_BOARD))
    organ = state(book, Organ, COUNCIL)
    assert (organ.name, organ.seats, organ.kind, organ.only_advises) == ("Kreistag", 100, "advisory_board", True)


def test_members_on_a_day_follow_from_the_newest_entry_of_each_person() -> None:
    book = Book()
    book.add(COUNCIL, e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL))

    def member(person: int, function: str = "member", **dates: str) -> None:
        event = e.MembershipChanged(person=key(person), function=v.MembershipFunction(function), **dates)  # type: ignore[arg-type]
        book.add(COUNCIL, event)

    member(1, begins="2019-07-01")
    member(2, begins="2019-07-01", ends="2020-12-31")
    member(3, begins="2022-01-01")
    member(1, "chair", begins="2021-01-01")
    member(4)
    member(4, "none", begins="2023-01-01")
    book.add(COUNCIL, e.MembershipChanged(person=WITHHELD, function=v.MembershipFunction.MEMBER))
    memberships = state(book, Organ, COUNCIL).memberships

    def on_day(day: str) -> list[tuple[object, object]]:
        return [(fact.event.person, fact.event.function) for fact in members_on(memberships, day)]

    assert on_day("2020-06-01") == [(key(1), "member"), (key(2), "member"), (key(4), "member")]
    assert on_day("2021-06-01") == [(key(1), "chair"), (key(4), "member")]
    assert on_day("2023-06-01") == [(key(3), "member"), (key(1), "chair")]


def test_a_group_and_its_members() -> None:
    book, group = Book(), stream("group")
    book.add(group, e.GroupRegistered(body=BODY, name="Fraktion A", kind=v.GroupKind.PARLIAMENTARY_GROUP))
    book.add(group, e.MembershipChanged(person=key(1), function=v.MembershipFunction.CHAIR))
    assert state(book, Group, group).name == "Fraktion A"
    book.add(group, e.GroupChanged(dissolved=True))
    book.add(group, e.GroupChanged(name="Fraktion B"))
    found = state(book, Group, group)
    assert (found.name, len(found.memberships), len(found.changes)) == ("Fraktion B", 1, 2)


def test_a_person_is_what_was_recorded_last_and_nothing_earlier_disappears() -> None:
    book, person = Book(), stream("person", 5)
    book.add(person, e.PersonKnown(name="A. Muster", office="Landrat"))
    book.add(person, e.PersonKnown(name="A. Muster-Beispiel"))
    found = state(book, Person, person)
    assert (found.key, found.name, found.office) == (key(5), "A. Muster-Beispiel", UNSET)
    assert [fact.event.name for fact in found.known] == ["A. Muster", "A. Muster-Beispiel"]


def test_a_source_tells_what_its_last_look_found() -> None:
    book, source = Book(), stream("source")

    def look(change: str, **fields: object) -> None:
        event = e.SourceObserved(
            change=v.SourceChange(change),
            retrieved_at="2026-07-18T10:00:00+02:00",
            url=f"https://example.invalid/{change}",
            **fields,  # type: ignore[arg-type]
        )
        book.add(source, event)

    look("new", recorded_in=PROPOSAL)
    assert not state(book, Source, source).is_gone
    look("tombstone")
    found = state(book, Source, source)
    assert (found.is_gone, found.recorded_in, found.url) == (True, PROPOSAL, "https://example.invalid/tombstone")
    look("changed")
    assert not state(book, Source, source).is_gone


def test_a_hold_covers_what_it_names_or_all_of_the_file() -> None:
    book, custody = Book(), stream("custody")
    book.add(custody, e.Filed(objects=(PROPOSAL,), file_reference="1"))
    book.add(custody, e.Filed(objects=(MEETING,), file_reference="1"))
    book.add(custody, e.HoldPlaced(hold=key(1), ground="x"))
    book.add(custody, e.HoldPlaced(hold=key(2), ground="x", objects=(RESOLUTION,)))
    lifted = book.add(custody, e.HoldLifted(hold=key(1)))
    first, second = holds(state(book, Custody, custody))
    assert (first.objects, first.lifted and first.lifted.id) == (frozenset({PROPOSAL, MEETING}), lifted)
    assert (second.objects, second.lifted) == (frozenset({RESOLUTION}), None)


# -- corrections ----------------------------------------------------------------------------------


def test_a_state_shows_what_was_corrected_and_by_which_events() -> None:
    book = Book()
    book.add(PROPOSAL, registered(subject="Konzpet"))
    correction = e.RecordCorrected(
        target=1,
        path="/data/subject",
        old=Raw(canonical("Konzpet")),
        new=Raw(canonical("Konzept")),
        kind=v.CorrectionKind.CLERICAL,
        reason="Tippfehler",
    )
    corrected_by = book.add(PROPOSAL, correction)
    proposal = state(book, Proposal, PROPOSAL)
    assert proposal.subject == "Konzept"
    assert [fact.id for fact in proposal.corrections] == [corrected_by]
    assert proposal.registered is not None
    assert proposal.registered.record.corrected_by == (2,)
    first = book.history(PROPOSAL)[0].event
    assert isinstance(first, e.ProposalRegistered)
    assert first.subject == "Konzpet"


def corrected(path: str, old: object, new: object, target: int = 1) -> e.RecordCorrected:
    return e.RecordCorrected(
        target=target,
        path=path,
        old=UNSET if old is UNSET else Raw(canonical(old)),
        new=Raw(canonical(new)),
        kind=v.CorrectionKind.FACTUAL,
        reason="x",
    )


def ballot_corrected_twice() -> Book:
    book = convened(Book())
    book.add(MEETING, e.BallotHeld(ballot=key(51), method=v.BallotMethod.SHOW_OF_HANDS))
    book.add(MEETING, corrected("/data/tally", UNSET, {"yes": 1}, target=2))
    book.add(MEETING, corrected("/data/tally/yes", 1, 2, target=2))
    return book


def tally_after(history: tuple[RecordedEvent, ...]) -> object:
    meeting = streams.replay("meeting", history)
    assert meeting is not None
    return meeting.ballots[0].event.tally


def test_a_correction_inside_what_an_earlier_one_brought_in() -> None:
    assert tally_after(ballot_corrected_twice().history(MEETING)) == Tally(yes=2)


def test_what_a_correction_builds_on_is_not_here_so_the_field_is_not_known() -> None:
    history = ballot_corrected_twice().history(MEETING)
    assert tally_after((*history[:2], history[3])) is WITHHELD


@pytest.mark.parametrize("name", ["target", "path"])
def test_what_a_correction_builds_on_is_withheld_so_the_field_is_not_known(name: str) -> None:
    history = list(ballot_corrected_twice().history(MEETING))
    history[2] = structs.replace(history[2], event=structs.replace(history[2].event, **{name: WITHHELD}))
    assert tally_after(tuple(history)) is WITHHELD


def test_a_correction_that_cannot_be_applied_to_a_whole_stream_is_a_breach() -> None:
    history = list(ballot_corrected_twice().history(MEETING))
    history[2] = structs.replace(history[2], event=e.MeetingMoved())
    with pytest.raises(RuleError, match=r"^path /data/tally/yes: nothing stands at 'yes'$"):
        tally_after(tuple(history))


def test_a_correction_reaches_the_envelope() -> None:
    book = Book()
    book.add(MEETING, e.MeetingConvened(body=BODY, organs=()), occurred="2021-12-01")
    correction = e.RecordCorrected(
        target=1,
        path="/occurred/at",
        old=Raw(canonical("2021-12-01")),
        new=Raw(canonical("2021-12-02")),
        kind=v.CorrectionKind.FACTUAL,
        reason="x",
    )
    book.add(MEETING, correction)
    meeting = state(book, Meeting, MEETING)
    assert meeting.convened is not None
    occurred = meeting.convened.record.occurred
    assert isinstance(occurred, When)
    assert occurred.at == "2021-12-02"
