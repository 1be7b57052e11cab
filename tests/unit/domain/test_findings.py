"""Every detector: what it sees, and what it leaves alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import UNSET, Raw, UnsetType, structs
from support.council import Book, key, on, stream

from domain import events as e
from domain import findings as f
from domain import vocabulary as v
from domain.proposal import Proposal
from domain.stream import State, canonical
from domain.values import (
    WITHHELD,
    AgendaItem,
    BallotTarget,
    Condition,
    Document,
    FactReference,
    Identifier,
    LegalBasis,
    MadeBy,
    Party,
    RequiredMajority,
    Signatory,
    Source,
    Tally,
    Validity,
    Vote,
    VoteForm,
)

PROPOSAL, MEETING, RESOLUTION, SOURCE = stream("proposal"), stream("meeting"), stream("resolution"), stream("source")
BODY, COUNCIL, COMMITTEE = stream("body"), stream("organ", 1), stream("organ", 2)
SIMPLE = RequiredMajority(kind=v.MajorityRule.SIMPLE)
PUBLIC, NON_PUBLIC = v.Publicity.PUBLIC, v.Publicity.NON_PUBLIC


@pytest.fixture
def book() -> Book:
    """Give a council and an advisory committee of a body."""
    book = Book()
    book.add(BODY, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS))
    book.add(COUNCIL, e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL))
    book.add(COMMITTEE, e.OrganRegistered(body=BODY, name="Ausschuss", kind=v.OrganKind.ADVISORY_COMMITTEE))
    return book


def proposal(book: Book, target: str = PROPOSAL, **fields: object) -> str:
    base = {"body": BODY, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "version": 1}
    return book.add(target, e.ProposalRegistered(**base | fields))  # type: ignore[arg-type]


def planned(book: Book, number: int = 5, **fields: object) -> str:
    base = {"consultation": key(number), "role": v.ConsultationRole.DECISION, "publicity": PUBLIC, "organ": COUNCIL}
    return book.add(PROPOSAL, e.ConsultationPlanned(**base | fields))  # type: ignore[arg-type]


def meeting(book: Book, organ: str = COUNCIL, **fields: object) -> str:
    return book.add(MEETING, e.MeetingConvened(**{"body": BODY, "organs": (organ,)} | fields))  # type: ignore[arg-type]


def ballot(book: Book, **fields: object) -> str:
    base = {"ballot": key(7), "method": v.BallotMethod.SHOW_OF_HANDS}
    return book.add(MEETING, e.BallotHeld(**base | fields))  # type: ignore[arg-type]


def outcome(book: Book, result: v.Outcome, **fields: object) -> str:
    sources = fields.pop("sources", UNSET)
    return book.add(MEETING, e.OutcomeDeclared(outcome=result, **fields), sources=sources)  # type: ignore[arg-type]


def made(book: Book, **fields: object) -> str:
    base = {
        "sense": v.ResolutionSense.APPROVING,
        "made_by": MadeBy(kind=v.DecisionPath.ORGAN),
        "text": "wird beschlossen",
    }
    return book.add(RESOLUTION, e.ResolutionMade(**base | fields), occurred="2017-06-07")  # type: ignore[arg-type]


def only(book: Book, code: str, *targets: str) -> f.Finding:
    found = [x for target in targets or (PROPOSAL,) for x in book.findings(target) if x.code == code]
    assert len(found) == 1, found
    return found[0]


def details(finding: f.Finding) -> dict[str, str]:
    return {detail.name: detail.value for detail in finding.details}


# -- the table ------------------------------------------------------------------------------------


def test_every_code_is_said_in_one_english_sentence_and_has_a_german_label() -> None:
    for code, meaning in f.CODES.items():
        assert re.fullmatch("[A-Z][A-Z0-9_]{2,63}", code)
        assert re.fullmatch(r"[A-Z][^.]*( \(Unicode NFC\))?\.", meaning.sentence), meaning.sentence
        assert meaning.label
        assert not meaning.label.endswith(".")


def test_every_code_has_a_test_here() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [code for code in f.CODES if f'"{code}"' not in text] == []


def test_a_record_without_contradictions_has_no_findings(book: Book) -> None:
    proposal(book, reference="0640", document_date="2021-10-01", subject="Konzept")
    meeting(book, starts_at="2021-12-08", number="9")
    planned(book, planned_on="2021-12-08", meeting=MEETING)
    ballot(
        book,
        required=SIMPLE,
        tally=Tally(yes=40, no=2, abstain=1, present=44, entitled=44),
        declared=v.Declared.PASSED,
        majority=v.Majority.MAJORITY,
    )
    outcome(book, v.Outcome.ADOPTED, proposal=PROPOSAL, consultation=key(5), ballots=(key(7),))
    made(book, proposal=PROPOSAL, version=1, effective_from=on("2022-01-01"))
    assert book.codes() == set()


# -- dates ----------------------------------------------------------------------------------------


def test_a_proposal_dated_after_a_consultation(book: Book) -> None:
    registered = proposal(book, version=2, document_date="2021-11-23")
    plan = planned(book, planned_on="2021-11-22")
    planned(book, 6, planned_on="2021-12-08")
    finding = only(book, "DATE_AFTER_CONSULTATION")
    assert finding.places == (registered, plan)
    assert finding.text == "the proposal is dated 2021-11-23, and the consultation lies before it, on 2021-11-22"
    assert details(finding) == {"document_date": "2021-11-23", "consultation": "2021-11-22"}


def test_the_day_of_the_meeting_goes_before_the_day_planned(book: Book) -> None:
    proposal(book, document_date="2021-11-23")
    meeting(book, starts_at="2021-11-20T17:00:00+01:00")
    planned(book, planned_on="2021-11-30", meeting=MEETING)
    assert details(only(book, "DATE_AFTER_CONSULTATION"))["consultation"] == "2021-11-20T17:00:00+01:00"


@pytest.mark.parametrize("planned_on", ["2021-11-23", "2021-11", None, UNSET])
def test_a_consultation_that_is_not_certainly_earlier_is_no_finding(book: Book, planned_on: str) -> None:
    proposal(book, document_date="2021-11-23")
    planned(book, planned_on=planned_on)
    assert book.codes(PROPOSAL) == set()


def test_a_later_version_may_be_younger_than_an_earlier_consultation(book: Book) -> None:
    proposal(book, document_date="2021-10-01")
    planned(book, planned_on="2021-11-22")
    book.add(PROPOSAL, e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, document_date="2021-11-23"))
    assert book.codes(PROPOSAL) == set()


def test_a_dropped_consultation_is_no_date(book: Book) -> None:
    proposal(book, document_date="2021-11-23")
    planned(book, planned_on="2021-11-22")
    book.add(PROPOSAL, e.ConsultationDropped(consultation=key(5)))
    assert book.codes(PROPOSAL) == set()


def test_a_preliminary_consultation_after_the_last_decision(book: Book) -> None:
    proposal(book)
    decision = planned(book, 5, planned_on="2021-12-08")
    late = planned(book, 6, planned_on="2021-12-15", role=v.ConsultationRole.PRELIMINARY)
    finding = only(book, "CONSULTATION_AFTER_DECISION")
    assert finding.places == (late, decision)
    planned(book, 7, planned_on="2022-01-20")
    assert book.codes(PROPOSAL) == set()


def test_an_authoritative_consultation_decides_whatever_its_role(book: Book) -> None:
    proposal(book)
    planned(book, 5, planned_on="2021-12-08", role=v.ConsultationRole.INFORMATION, authoritative=True)
    planned(book, 6, planned_on="2021-12-15", role=v.ConsultationRole.HEARING)
    assert book.codes(PROPOSAL) == {"CONSULTATION_AFTER_DECISION"}


@pytest.mark.parametrize(
    ("target", "event"),
    [
        (
            MEETING,
            e.MeetingConvened(
                body=BODY, organs=(), starts_at="2021-12-08T17:00:00+01:00", ends_at="2021-12-08T00:00:00+01:00"
            ),
        ),
        (stream("person"), e.PersonKnown(born="1960", died="1950")),
        (
            RESOLUTION,
            e.ResolutionMade(
                sense=v.ResolutionSense.REJECTING,
                made_by=MadeBy(kind=v.DecisionPath.ORGAN),
                effective_from=on("2022-01-01"),
                effective_until=on("2021-01-01"),
            ),
        ),
        (
            PROPOSAL,
            e.ProposalRegistered(
                body=BODY,
                kind=v.ProposalKind.OTHER,
                version=1,
                validity=Validity(begins="2022", ends="2021", stated_in=v.TextPart.OPERATIVE_TEXT),
            ),
        ),
    ],
)
def test_an_end_before_its_start(book: Book, target: str, event: e.Event) -> None:
    event_id = book.add(target, event)
    assert only(book, "END_BEFORE_START", target).places == (event_id,)


def test_an_end_that_may_be_later_is_no_finding(book: Book) -> None:
    meeting(book, starts_at="2021-12-08T17:00:00+01:00", ends_at="2021-12-08")
    assert book.codes(MEETING) == set()


def test_an_effect_before_the_decision(book: Book) -> None:
    made(book, effective_from=on("2017-01-01"))
    assert book.codes(RESOLUTION) == {"EFFECT_BEFORE_DECISION"}


# -- votes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "no", "declared", "required"),
    [
        (10, 35, "passed", UNSET),
        (10, 35, "passed", SIMPLE),
        (24, 23, "failed", SIMPLE),
        (24, 23, "tie", UNSET),
    ],
)
def test_a_declaration_that_the_count_contradicts(
    book: Book, yes: int, no: int, declared: str, required: RequiredMajority
) -> None:
    meeting(book)
    place = ballot(book, tally=Tally(yes=yes, no=no), declared=v.Declared(declared), required=required)
    finding = only(book, "OUTCOME_CONTRADICTS_TALLY", MEETING)
    assert finding.places == (place,)
    assert finding.text == f"{yes} yes and {no} no were counted, and {declared} was declared"


@pytest.mark.parametrize(
    ("tally", "declared", "required"),
    [
        (Tally(yes=24, no=23), "failed", UNSET),
        (Tally(yes=40, no=20), "failed", RequiredMajority(kind=v.MajorityRule.QUALIFIED, share="2/3")),
        (Tally(yes=23, no=23), "passed", SIMPLE),
        (Tally(yes=23, no=23), "tie", SIMPLE),
        (Tally(no=35), "passed", SIMPLE),
        (Tally(yes=None, no=35), "passed", SIMPLE),
        (Tally(yes=1, no=2, rest_as=v.Choice.YES), "passed", SIMPLE),
        (Tally(yes=10, no=35), "not_elected", SIMPLE),
    ],
)
def test_a_declaration_that_may_follow_under_some_rule_is_no_finding(
    book: Book, tally: Tally, declared: str, required: RequiredMajority
) -> None:
    meeting(book)
    ballot(book, tally=tally, declared=v.Declared(declared), required=required)
    assert book.codes(MEETING) == set()


def test_an_outcome_that_its_own_count_or_its_only_ballot_contradicts(book: Book) -> None:
    meeting(book)
    place = ballot(book, tally=Tally(yes=24, no=23), required=SIMPLE)
    rejected = outcome(book, v.Outcome.REJECTED, ballots=(key(7),))
    assert only(book, "OUTCOME_CONTRADICTS_TALLY", MEETING).places == (rejected, place)
    own = Book()
    meeting(own)
    adopted = outcome(own, v.Outcome.ADOPTED, tally=Tally(yes=1, no=2))
    assert only(own, "OUTCOME_CONTRADICTS_TALLY", MEETING).places == (adopted,)


@pytest.mark.parametrize("tally", [UNSET, Tally(yes=24, no=23, abstain=0)])
def test_a_contradiction_that_outcome_and_ballot_share_is_one_finding(book: Book, tally: Tally | UnsetType) -> None:
    meeting(book)
    count = Tally(yes=24, no=23)
    place = ballot(book, tally=count, declared=v.Declared.FAILED, required=SIMPLE)
    rejected = outcome(book, v.Outcome.REJECTED, ballots=(key(7),), tally=tally)
    assert only(book, "OUTCOME_CONTRADICTS_TALLY", MEETING).places == (rejected, place)


def test_a_contradiction_of_the_ballot_alone_stays_beside_another_outcome(book: Book) -> None:
    meeting(book)
    place = ballot(book, tally=Tally(yes=24, no=23), declared=v.Declared.FAILED, required=SIMPLE)
    outcome(book, v.Outcome.POSTPONED, ballots=(key(7),))
    assert only(book, "OUTCOME_CONTRADICTS_TALLY", MEETING).places == (place,)


def test_an_outcome_of_several_ballots_is_not_held_against_one_of_them(book: Book) -> None:
    meeting(book)
    ballot(book, tally=Tally(yes=24, no=23), required=SIMPLE)
    ballot(book, ballot=key(8), tally=Tally(yes=2, no=3))
    outcome(book, v.Outcome.REJECTED, ballots=(key(7), key(8)))
    assert book.codes(MEETING) == set()


def test_unanimous_with_votes_against(book: Book) -> None:
    meeting(book)
    place = ballot(book, tally=Tally(yes=42, no=1, abstain=3), majority=v.Majority.UNANIMOUS)
    assert only(book, "UNANIMOUS_WITH_NO_VOTES", MEETING).places == (place,)


def test_an_outcome_called_unanimous_with_votes_against(book: Book) -> None:
    meeting(book)
    place = outcome(book, v.Outcome.ADOPTED, tally=Tally(yes=42, no=1), majority=v.Majority.UNANIMOUS)
    assert only(book, "UNANIMOUS_WITH_NO_VOTES", MEETING).places == (place,)


@pytest.mark.parametrize("tally", [Tally(abstain=1), Tally(yes=42, no=0), Tally(no=None)])
def test_unanimous_with_abstentions_is_no_finding(book: Book, tally: Tally) -> None:
    meeting(book)
    ballot(book, tally=tally, majority=v.Majority.UNANIMOUS)
    assert book.codes(MEETING) == set()


@pytest.mark.parametrize("limit", ["entitled", "present"])
def test_more_votes_than_members(book: Book, limit: str) -> None:
    meeting(book)
    ballot(book, tally=structs.replace(Tally(yes=20, no=10, abstain=1, invalid=1), **{limit: 31}))
    assert details(only(book, "TALLY_EXCEEDS_ENTITLED", MEETING)) == {"counted": "32", limit: "31"}


def test_as_many_votes_as_members_is_no_finding(book: Book) -> None:
    meeting(book)
    ballot(book, tally=Tally(yes=20, no=10, abstain=1, entitled=31, present=31, not_cast=4))
    assert book.codes(MEETING) == set()


def votes(*choices: str, group: bool = False) -> tuple[Vote, ...]:
    return tuple(
        Vote(choice=v.Choice(choice), group=stream("group", number), count=5)
        if group
        else Vote(choice=v.Choice(choice), person=key(20 + number))
        for number, choice in enumerate(choices)
    )


def with_groups(book: Book) -> Book:
    for number in range(2):
        kind = v.GroupKind.PARLIAMENTARY_GROUP
        book.add(stream("group", number), e.GroupRegistered(body=BODY, name=f"Fraktion {number}", kind=kind))
    return book


def test_votes_by_name_that_do_not_add_up(book: Book) -> None:
    meeting(book)
    ballot(book, method=v.BallotMethod.ROLL_CALL, votes=votes("yes", "yes", "no"), tally=Tally(yes=2, no=2, abstain=0))
    assert details(only(book, "PERSONAL_VOTES_CONTRADICT_TALLY", MEETING)) == {
        "choice": "no",
        "listed": "1",
        "counted": "2",
    }


def test_votes_by_group_that_do_not_add_up(book: Book) -> None:
    meeting(with_groups(book))
    ballot(book, method=v.BallotMethod.ROLL_CALL, votes=votes("yes", "no", group=True), tally=Tally(yes=5, no=6))
    assert details(only(book, "PERSONAL_VOTES_CONTRADICT_TALLY", MEETING))["listed"] == "5"


def test_votes_by_name_and_by_group_in_one_ballot_are_not_added_together(book: Book) -> None:
    meeting(with_groups(book))
    both = votes("yes", "no") + votes("yes", group=True)
    ballot(book, votes=both, tally=Tally(yes=5, no=6))
    assert book.codes(MEETING) == set()


@pytest.mark.parametrize(
    ("method", "given", "tally"),
    [
        ("roll_call", votes("yes", "no", "abstain", "absent"), Tally(yes=1, no=1, abstain=1)),
        ("show_of_hands", votes("no"), Tally(yes=30, no=4)),
        ("roll_call", votes("yes"), Tally(abstain=0)),
        ("roll_call", votes("yes"), UNSET),
    ],
)
def test_votes_by_name_that_may_add_up_are_no_finding(
    book: Book, method: str, given: tuple[Vote, ...], tally: Tally
) -> None:
    meeting(book)
    ballot(book, method=v.BallotMethod(method), votes=given, tally=tally)
    assert book.codes(MEETING) == set()


def test_more_names_than_votes_contradict_whatever_the_method(book: Book) -> None:
    meeting(book)
    ballot(book, votes=votes("no", "no"), tally=Tally(yes=30, no=1))
    assert book.codes(MEETING) == {"PERSONAL_VOTES_CONTRADICT_TALLY"}


def test_choices_dropped_from_a_secret_ballot_are_told(book: Book) -> None:
    meeting(book)
    place = ballot(book, method=v.BallotMethod.SECRET, votes_dropped=56)
    assert only(book, "SECRET_BALLOT_VOTES_DROPPED", MEETING).places == (place,)


def test_a_person_with_different_choices(book: Book) -> None:
    meeting(book)
    place = ballot(book, votes=(*votes("yes"), *votes("no")))
    ballot(book, ballot=key(8), votes=(*votes("yes"), *votes("yes")))
    assert only(book, "PERSON_WITH_SEVERAL_CHOICES", MEETING).places == (place,)


def test_a_member_excluded_for_bias_who_voted(book: Book) -> None:
    meeting(book)
    excluded = book.add(MEETING, e.MemberExcluded(person=key(20), item=key(3)))
    place = ballot(book, item=key(3), votes=votes("yes", "yes"))
    ballot(book, ballot=key(8), item=key(4), votes=votes("yes"))
    ballot(book, ballot=key(9), item=key(3), votes=votes("excluded", "yes"))
    assert only(book, "EXCLUDED_MEMBER_VOTED", MEETING).places == (place, excluded)


@pytest.mark.parametrize(
    ("quorum", "expected"),
    [
        (v.QuorumState.NOT_ESTABLISHED, {"QUORUM_NOT_ESTABLISHED"}),
        (UNSET, {"QUORUM_NOT_ESTABLISHED"}),
        (v.QuorumState.ESTABLISHED, set()),
        (v.QuorumState.PRESUMED, set()),
        (WITHHELD, set()),
    ],
)
def test_votes_without_an_established_quorum(book: Book, quorum: v.QuorumState, expected: set[str]) -> None:
    meeting(book)
    book.add(MEETING, e.MeetingOpened(part=v.Part.PUBLIC, quorum=quorum))
    assert book.codes(MEETING) == set()
    ballot(book)
    assert book.codes(MEETING) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (VoteForm(entitled=None, yes=None, no=None, abstain=None), {"BLANK_FORM"}),
        (VoteForm(yes=None), {"BLANK_FORM"}),
        (VoteForm(entitled=None, yes=0, no=None), set()),
        (VoteForm(), set()),
    ],
)
def test_a_blank_vote_table(book: Book, form: VoteForm, expected: set[str]) -> None:
    proposal(book, vote_form=form)
    assert book.codes(PROPOSAL) == expected


# -- what an organ was to do ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "result", "expected"),
    [
        (v.ConsultationRole.DECISION, v.Outcome.NOTED, {"ROLE_OUTCOME_MISMATCH"}),
        (v.ConsultationRole.INFORMATION, v.Outcome.ADOPTED, {"ROLE_OUTCOME_MISMATCH"}),
        (v.ConsultationRole.INFORMATION, v.Outcome.REJECTED, {"ROLE_OUTCOME_MISMATCH"}),
        (v.ConsultationRole.INFORMATION, v.Outcome.NOTED, set()),
        (v.ConsultationRole.DECISION, v.Outcome.ADOPTED, set()),
        (v.ConsultationRole.PRELIMINARY, v.Outcome.ADOPTED, {"ADVISORY_BODY_SAID_ADOPTED"}),
        (v.ConsultationRole.HEARING, v.Outcome.ADOPTED_AMENDED, {"ADVISORY_BODY_SAID_ADOPTED"}),
        (v.ConsultationRole.PRELIMINARY, v.Outcome.RECOMMENDED, set()),
    ],
)
def test_the_outcome_is_held_against_what_the_organ_was_to_do(
    book: Book, role: v.ConsultationRole, result: v.Outcome, expected: set[str]
) -> None:
    proposal(book)
    plan = planned(book, role=role)
    meeting(book)
    place = outcome(book, result, proposal=PROPOSAL, consultation=key(5))
    assert book.codes(MEETING) == expected
    for finding in book.findings(MEETING):
        assert finding.places == (place, plan)


def test_an_advisory_committee_advises_also_where_no_role_is_planned(book: Book) -> None:
    meeting(book, COMMITTEE)
    outcome(book, v.Outcome.ADOPTED)
    assert book.codes(MEETING) == {"ADVISORY_BODY_SAID_ADOPTED"}


def test_the_words_of_the_outcome_count_where_the_code_is_right(book: Book) -> None:
    meeting(book, COMMITTEE)
    outcome(book, v.Outcome.RECOMMENDED, outcome_literal="bei einer Enthaltung einstimmig angenommen")
    assert book.codes(MEETING) == {"ADVISORY_BODY_SAID_ADOPTED"}


def test_a_deciding_consultation_in_an_advisory_committee_may_adopt(book: Book) -> None:
    proposal(book)
    planned(book, organ=COMMITTEE)
    meeting(book, COMMITTEE)
    outcome(book, v.Outcome.ADOPTED, proposal=PROPOSAL, consultation=key(5))
    assert book.codes(MEETING) == set()


def test_a_role_recorded_as_unknown(book: Book) -> None:
    proposal(book)
    plan = planned(book, role=v.ConsultationRole.UNKNOWN)
    assert only(book, "UNKNOWN_ROLE").places == (plan,)


# -- what is not held -----------------------------------------------------------------------------


def annex(*, held: bool) -> e.DocumentAttached:
    return e.DocumentAttached(label="Anlage 1", held=held, document=Document(held=held))


@pytest.mark.parametrize("target", [PROPOSAL, MEETING, RESOLUTION, stream("review")])
def test_an_annex_that_is_not_held_until_it_is_taken_back(book: Book, target: str) -> None:
    proposal(book)
    meeting(book)
    made(book)
    objection = e.ObjectionRaised(resolutions=(RESOLUTION,), kind=v.ObjectionKind.MUST)
    book.add(stream("review"), objection)
    place = book.add(target, annex(held=False))
    assert only(book, "ANNEX_NOT_HELD", target).places == (place,)
    book.add(target, e.DocumentWithdrawn(label="Anlage 1"))
    book.add(target, annex(held=True))
    assert book.codes(target) == set()


def test_versions_that_the_numbering_knows_of_are_not_held(book: Book) -> None:
    proposal(book, version=2)
    place = book.add(PROPOSAL, e.ProposalRevised(version=5, mode=v.RevisionMode.FULL))
    finding = only(book, "VERSION_NOT_HELD")
    assert finding.places == (place,)
    assert finding.text == "version 5 is recorded, and versions 1, 3, 4 before it is not"


def test_what_a_consultation_had_before_the_oldest_version_is_not_held(book: Book) -> None:
    proposal(book, document_date="2021-11-23")
    planned(book, planned_on="2021-11-22")
    finding = only(book, "VERSION_NOT_HELD")
    assert finding.text == (
        "what the organ had before it on 2021-11-22 is older than the oldest version held, of 2021-11-23"
    )


def test_a_version_whose_document_is_only_referred_to(book: Book) -> None:
    place = proposal(book, document=Document(held=False))
    book.add(PROPOSAL, e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES))
    assert only(book, "VERSION_NOT_HELD").places == (place,)


def test_a_version_named_by_an_agenda_that_is_not_recorded(book: Book) -> None:
    proposal(book)
    meeting(book)
    for version, number in ((1, 1), (2, 3)):
        items = (AgendaItem(item=key(1), order=0, publicity=PUBLIC, proposal=PROPOSAL, version=number),)
        book.add(MEETING, e.AgendaSet(version=version, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=items))
        assert len(book.findings(MEETING)) == version - 1
    assert details(only(book, "VERSION_NOT_HELD", MEETING))["missing"] == "3"


@pytest.mark.parametrize(("held", "expected"), [(False, {"MINUTES_NOT_HELD"}), (True, set())])
def test_minutes_that_are_only_known_of(book: Book, *, held: bool, expected: set[str]) -> None:
    meeting(book)
    filed = e.MinutesFiled(
        version=1, kind=v.MinutesKind.RESULTS, part=v.Part.PUBLIC, held=False, document=Document(held=False)
    )
    book.add(MEETING, filed)
    book.add(MEETING, structs.replace(filed, held=held))
    assert book.codes(MEETING) == expected


@pytest.mark.parametrize(
    ("sense", "text", "expected"),
    [
        (v.ResolutionSense.APPROVING, UNSET, {"ADOPTED_TEXT_NOT_HELD"}),
        (v.ResolutionSense.PARTLY, UNSET, {"ADOPTED_TEXT_NOT_HELD"}),
        (v.ResolutionSense.APPROVING, "wird beschlossen", set()),
        (v.ResolutionSense.APPROVING, WITHHELD, set()),
        (v.ResolutionSense.REJECTING, UNSET, set()),
    ],
)
def test_an_adopted_text_that_is_not_held(book: Book, sense: v.ResolutionSense, text: str, expected: set[str]) -> None:
    made(book, sense=sense, text=text)
    assert book.codes(RESOLUTION) == expected


def test_a_presumed_text_is_named(book: Book) -> None:
    made(book, text=UNSET, presumed_as=2)
    assert only(book, "ADOPTED_TEXT_NOT_HELD", RESOLUTION).text == (
        "the wording that was adopted is not held; it is presumed to be version 2 of the proposal"
    )


# -- references -----------------------------------------------------------------------------------


def state_of(book: Book, target: str) -> Proposal:
    found: State | None = book.state(target)
    assert isinstance(found, Proposal)
    return found


def test_numbers_borne_by_several_proposals_of_one_body_and_term(book: Book) -> None:
    first = proposal(book, stream("proposal", 1), reference="0640")
    second = proposal(book, stream("proposal", 2), reference="0640")
    proposal(book, stream("proposal", 3), reference="0640", term=key(9))
    proposal(book, stream("proposal", 4), reference="640")
    proposal(book, stream("proposal", 5), reference="0640", body=stream("body", 2))
    proposal(book, stream("proposal", 6))
    proposal(book, stream("proposal", 7))
    (finding,) = f.of_register([state_of(book, stream("proposal", number)) for number in range(1, 8)])
    assert (finding.code, finding.places) == ("DUPLICATE_REFERENCE", (first, second))


def test_streams_that_are_not_recorded(book: Book) -> None:
    place = proposal(book)
    book.add(PROPOSAL, e.ProposalsLinked(other=stream("proposal", 9), relation=v.Relation.AMENDS, basis=v.Basis.STATED))
    finding = only(book, "DANGLING_REFERENCE")
    assert finding.places == (place.replace("#1", "#2"),)
    assert finding.text == f"/data/other names {stream('proposal', 9)}, which is not recorded"


def test_a_package_need_not_hold_the_streams_it_names(book: Book) -> None:
    proposal(book)
    book.add(PROPOSAL, e.ProposalsLinked(other=stream("proposal", 9), relation=v.Relation.AMENDS, basis=v.Basis.STATED))
    state = book.state(PROPOSAL)
    assert state is not None
    assert f.of_stream(state, book.history(PROPOSAL), book.state, exists=lambda _stream: True) == ()


def test_ids_inside_a_meeting_that_name_nothing(book: Book) -> None:
    proposal(book)
    meeting(book)
    ballot(book, item=key(2))
    assert book.codes(MEETING) == set()  # without any agenda, an item on none says nothing
    items = (AgendaItem(item=key(1), order=0, publicity=PUBLIC),)
    book.add(MEETING, e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=items))
    ballot(book, ballot=key(8), item=key(1), target=BallotTarget(motion=key(41)))
    outcome(book, v.Outcome.ADOPTED, item=key(1), ballots=(key(8), key(9)), proposal=PROPOSAL, consultation=key(5))
    book.add(
        MEETING,
        e.MinutesPresented(version=1, kind=v.MinutesKind.RESULTS, part=v.Part.PUBLIC, way=v.MinutesPresentation.NOTICE),
    )
    found = [(finding.places[0][-1], finding.text) for finding in book.findings(MEETING)]
    assert found == [
        ("2", f"the event names agenda item {key(2)}, which stands on no agenda of this meeting"),
        ("4", f"the event names motion {key(41)}, which was not moved in this meeting"),
        ("5", f"the event names ballot {key(9)}, which this meeting does not have"),
        ("5", f"the event names consultation {key(5)}, which its proposal does not have"),
        ("6", "the event names version 1 of the minutes (results), never filed"),
    ]


def test_a_ballot_that_its_meeting_does_not_have(book: Book) -> None:
    meeting(book)
    ballot(book)
    made_by = MadeBy(kind=v.DecisionPath.ORGAN, meeting=MEETING, ballot=key(7))
    made(book, made_by=made_by)
    assert book.codes(RESOLUTION) == set()
    other = Book()
    meeting(other)
    made(other, made_by=structs.replace(made_by, ballot=key(8)))
    assert only(other, "DANGLING_REFERENCE", RESOLUTION).text == (
        f"the event names ballot {key(8)}, which its meeting does not have"
    )


def test_a_consultation_that_fell_away_without_having_been_planned(book: Book) -> None:
    proposal(book)
    planned(book)
    book.add(PROPOSAL, e.ConsultationDropped(consultation=key(5)))
    assert book.codes(PROPOSAL) == set()
    book.add(PROPOSAL, e.ConsultationDropped(consultation=key(6)))
    assert only(book, "DANGLING_REFERENCE").text == f"the event names consultation {key(6)}, which was never planned"


def test_a_hold_that_was_never_placed(book: Book) -> None:
    proposal(book)
    custody = stream("custody")
    book.add(custody, e.Filed(objects=(PROPOSAL,), file_reference="1"))
    book.add(custody, e.HoldPlaced(hold=key(1), ground="x"))
    book.add(custody, e.HoldLifted(hold=key(1)))
    assert "DANGLING_REFERENCE" not in book.codes(custody)
    book.add(custody, e.HoldLifted(hold=key(2)))
    assert "DANGLING_REFERENCE" in book.codes(custody)


# -- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Ärztehaus", set()),
        ("A\u0308rztehaus", {"NON_NFC"}),
        ("Haus\x7f", {"CONTROL_CHAR"}),
        ("Haus\u00ad", {"CONTROL_CHAR"}),
        ("Haus\tNord", {"CONTROL_CHAR"}),
        ("Haus \ufffd", {"REPLACED_CHARACTER"}),
        ("x" * 250, {"TRUNCATED_TEXT"}),
        ("x" * 249 + ".", set()),
        ("x" * 251, set()),
        ("„Haus“ – Nord", set()),
    ],
)
def test_odd_text_in_a_title(book: Book, subject: str, expected: set[str]) -> None:
    proposal(book, subject=subject)
    assert book.codes(PROPOSAL) == expected


def test_white_space_in_long_texts_is_no_finding(book: Book) -> None:
    proposal(book, reasons="erstens\n\tzweitens" + "x" * 250)
    assert book.codes(PROPOSAL) == set()


def test_odd_characters_are_named_with_their_places(book: Book) -> None:
    source = Source(grade=v.Grade.COPY, quote="c\x7f")
    registered = e.ProposalRegistered(
        body=BODY, kind=v.ProposalKind.OTHER, version=1, subject="a\x7f", reasons="b\u202e"
    )
    book.add(PROPOSAL, registered, sources=(source,))
    assert only(book, "CONTROL_CHAR").text == (
        "characters that do not show at /data/subject, /data/reasons, /sources/0/quote (U+007F, U+202E)"
    )


@pytest.mark.parametrize(
    ("target", "event"),
    [
        (stream("person"), e.PersonKnown(name="Mu\u2013ster")),
        (stream("organ", 3), e.OrganRegistered(body=BODY, name="Beirat \u2013 Nord", kind=v.OrganKind.OTHER)),
        (
            PROPOSAL,
            e.ProposalRegistered(
                body=BODY,
                kind=v.ProposalKind.OTHER,
                version=1,
                signatories=(Signatory(form=v.SignatureForm.INK, literal="A\u2013B", office="Landrat"),),
            ),
        ),
    ],
)
def test_names_are_held_against_din_91379(book: Book, target: str, event: e.Event) -> None:
    book.add(target, event)
    assert only(book, "CHARACTER_OUTSIDE_DIN_91379", target).text.endswith("(U+2013)")


def test_what_was_put_right_is_no_longer_found(book: Book) -> None:
    proposal(book, subject="a\x7f")
    correction = e.RecordCorrected(
        target=1,
        path="/data/subject",
        old=Raw(canonical("a\x7f")),
        new=Raw(canonical("a")),
        kind=v.CorrectionKind.CLERICAL,
        reason="x",
    )
    book.add(PROPOSAL, correction)
    assert book.codes(PROPOSAL) == set()


# -- validity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "expected"), [(v.TextPart.REASONS, {"VALIDITY_ONLY_IN_REASONS"}), (v.TextPart.OPERATIVE_TEXT, set())]
)
def test_a_validity_that_stands_only_in_the_reasons(book: Book, part: v.TextPart, expected: set[str]) -> None:
    validity = Validity(duration="P5Y", stated_in=part)
    proposal(book, validity=validity)
    made(book, validity=validity)
    assert book.codes(PROPOSAL) == expected
    assert book.codes(RESOLUTION) == expected


def ended(basis: v.Basis) -> e.ResolutionStatusChanged:
    return e.ResolutionStatusChanged(becomes=v.ResolutionStatus.SUPERSEDED, effective=on("2022-01-01"), basis=basis)


@pytest.mark.parametrize("relation", [v.Relation.CONTINUES, v.Relation.REPLACES])
def test_a_predecessor_whose_end_is_not_stated(book: Book, relation: v.Relation) -> None:
    made(book)
    proposal(book)
    link = book.add(PROPOSAL, e.ProposalsLinked(other=RESOLUTION, relation=relation, basis=v.Basis.STATED))
    assert only(book, "PREDECESSOR_END_NOT_STATED").places == (link,)
    book.add(RESOLUTION, ended(v.Basis.INFERRED))
    assert book.codes(PROPOSAL) == {"PREDECESSOR_END_NOT_STATED"}
    book.add(RESOLUTION, ended(v.Basis.STATED))
    assert book.codes(PROPOSAL) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"effective_until": on("2021-12-31")},
        {"validity": Validity(ends="2021-12-31", stated_in=v.TextPart.OPERATIVE_TEXT)},
    ],
)
def test_a_predecessor_that_says_itself_when_it_ends(book: Book, fields: dict[str, object]) -> None:
    made(book, **fields)
    proposal(book)
    book.add(PROPOSAL, e.ProposalsLinked(other=RESOLUTION, relation=v.Relation.CONTINUES, basis=v.Basis.STATED))
    assert book.codes(PROPOSAL) == set()


def test_a_predecessor_that_is_repealed_by_the_proposal(book: Book) -> None:
    made(book)
    proposal(book)
    for relation in (v.Relation.CONTINUES, v.Relation.REPEALS):
        book.add(PROPOSAL, e.ProposalsLinked(other=RESOLUTION, relation=relation, basis=v.Basis.STATED))
    assert book.codes(PROPOSAL) == set()


TRIAL = {"effective_from": on("2017-07-01"), "conditions": (Condition(kind=v.ConditionKind.TRIAL, duration="P2Y"),)}


def test_a_trial_that_ran_out_without_a_decision(book: Book) -> None:
    place = made(book, **TRIAL)
    finding = only(book, "TRIAL_ENDED_WITHOUT_DECISION", RESOLUTION)
    assert (finding.places, finding.since) == ((place,), "2019-07-01")
    assert finding.text == "the trial ended on 2019-06-30, and no decision about it by then is recorded"


@pytest.mark.parametrize(
    ("status", "day", "basis", "is_found"),
    [
        (v.ResolutionStatus.IN_FORCE, "2017-07-01", v.Basis.STATED, True),
        (v.ResolutionStatus.IN_FORCE, "2019-06-15", v.Basis.STATED, False),
        (v.ResolutionStatus.REVIEWED, "2019-06-30", v.Basis.STATED, False),
        (v.ResolutionStatus.REPEALED, "2018-01-01", v.Basis.STATED, False),
        (v.ResolutionStatus.EXPIRED, "2019-06-30", v.Basis.INFERRED, True),
        (v.ResolutionStatus.SUPERSEDED, "2021-12-08", v.Basis.STATED, True),
    ],
)
def test_a_decision_about_the_trial_in_time(
    book: Book, status: v.ResolutionStatus, day: str, basis: v.Basis, *, is_found: bool
) -> None:
    made(book, **TRIAL)
    book.add(RESOLUTION, e.ResolutionStatusChanged(becomes=status, effective=on(day), basis=basis))
    assert book.codes(RESOLUTION) == ({"TRIAL_ENDED_WITHOUT_DECISION"} if is_found else set())


def test_the_first_decision_after_a_trial_is_named(book: Book) -> None:
    made(book, **TRIAL)
    later = book.add(RESOLUTION, ended(v.Basis.STATED))
    finding = only(book, "TRIAL_ENDED_WITHOUT_DECISION", RESOLUTION)
    assert finding.places[1] == later
    assert details(finding)["next"] == "2022-01-01"


# -- what a paper says ----------------------------------------------------------------------------


def test_a_public_paper_that_prints_a_result_that_was_not_public(book: Book) -> None:
    consulted = (Party(literal="Ausschuss, einstimmig angenommen", organ=COMMITTEE),)
    registered = proposal(book, consulted=consulted)
    assert book.codes(PROPOSAL) == set()
    plan = planned(book, organ=COMMITTEE, publicity=NON_PUBLIC, role=v.ConsultationRole.PRELIMINARY)
    assert only(book, "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER").places == (registered, plan)


@pytest.mark.parametrize(
    ("literal", "publicity", "visibility"),
    [
        ("Ausschuss", NON_PUBLIC, v.Visibility.PUBLIC),
        ("Ausschuss, einstimmig angenommen", PUBLIC, v.Visibility.PUBLIC),
        ("Ausschuss, einstimmig angenommen", NON_PUBLIC, v.Visibility.NON_PUBLIC),
    ],
)
def test_a_paper_that_prints_nothing_hidden(
    book: Book, literal: str, publicity: v.Publicity, visibility: v.Visibility
) -> None:
    registered = e.ProposalRegistered(
        body=BODY, kind=v.ProposalKind.OTHER, version=1, consulted=(Party(literal=literal, organ=COMMITTEE),)
    )
    book.add(PROPOSAL, registered, visibility=visibility)
    planned(book, organ=COMMITTEE, publicity=publicity, role=v.ConsultationRole.PRELIMINARY)
    assert book.codes(PROPOSAL) == set()


PAPER = Document(digest="ab" * 64, held=True)


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        (Source(grade=v.Grade.SECONDARY, document=PAPER), True),
        (Source(grade=v.Grade.SECONDARY, citation="Vorlage 0640, Zeile „beraten mit“"), True),
        (Source(grade=v.Grade.SECONDARY, citation="Vorlage 10640"), False),
        (Source(grade=v.Grade.ORIGINAL, document=structs.replace(PAPER, digest="cd" * 64)), False),
    ],
)
def test_a_hidden_result_that_is_known_from_the_public_paper(book: Book, source: Source, *, is_found: bool) -> None:
    registered = proposal(book, reference="0640", document=PAPER)
    plan = planned(book, organ=COMMITTEE, publicity=NON_PUBLIC, role=v.ConsultationRole.PRELIMINARY)
    meeting(book, COMMITTEE)
    place = outcome(book, v.Outcome.RECOMMENDED, proposal=PROPOSAL, consultation=key(5), sources=(source,))
    found = book.findings(MEETING)
    assert [finding.places for finding in found] == ([(place, plan, registered)] if is_found else [])
    assert {finding.code for finding in found} <= {"NON_PUBLIC_RESULT_IN_PUBLIC_PAPER"}


def test_an_item_called_in_public_was_public_whatever_the_meeting(book: Book) -> None:
    proposal(book, document=PAPER)
    meeting(book, COMMITTEE, publicity=NON_PUBLIC)
    source = Source(grade=v.Grade.SECONDARY, document=PAPER)
    outcome(book, v.Outcome.RECOMMENDED, proposal=PROPOSAL, item=key(1), sources=(source,))
    assert book.codes(MEETING) == {"NON_PUBLIC_RESULT_IN_PUBLIC_PAPER"}
    book.add(MEETING, e.ItemCalled(item=key(1), publicity=PUBLIC))
    assert book.codes(MEETING) == set()


@pytest.mark.parametrize(
    ("signatory", "expected"),
    [
        (Signatory(form=v.SignatureForm.PRINTED_NAME, literal="A. Muster"), {"SIGNATORY_WITHOUT_OFFICE"}),
        (Signatory(form=v.SignatureForm.PRINTED_NAME, office=None), {"SIGNATORY_WITHOUT_OFFICE"}),
        (Signatory(form=v.SignatureForm.PRINTED_NAME, office="Landrat"), set()),
        (Signatory(form=v.SignatureForm.INK, function=v.Function.EXECUTIVE), set()),
    ],
)
def test_a_name_without_an_office(book: Book, signatory: Signatory, expected: set[str]) -> None:
    proposal(book, signatories=(signatory,))
    assert book.codes(PROPOSAL) == expected


@pytest.mark.parametrize("kind", v.LegalBasisKind)
def test_a_legal_basis_that_is_no_norm(book: Book, kind: v.LegalBasisKind) -> None:
    proposal(book, legal_basis=(LegalBasis(kind=kind, literal="x"),))
    norm = {v.LegalBasisKind.STATUTE, v.LegalBasisKind.BY_LAW, v.LegalBasisKind.OTHER}
    assert book.codes(PROPOSAL) == (set() if kind in norm else {"LEGAL_BASIS_IS_NO_NORM"})


# -- sources --------------------------------------------------------------------------------------


def look(book: Book, change: str, day: str, **fields: object) -> str:
    event = e.SourceObserved(
        change=v.SourceChange(change),
        retrieved_at=f"{day}T10:00:00+02:00",
        url="https://example.invalid",
        **fields,  # type: ignore[arg-type]
    )
    return book.add(SOURCE, event)


def test_a_source_that_changed_the_paper_after_the_decision(book: Book) -> None:
    proposal(book)
    planned(book, planned_on="2026-07-28")
    look(book, "new", "2026-07-29", recorded_in=PROPOSAL)
    look(book, "changed", "2026-07-28", fields_changed=("date",))
    look(book, "changed", "2026-07-31", fields_changed=("modified", "agendaItem/3/result"))
    assert book.codes(SOURCE) == set()
    place = look(book, "changed", "2026-07-31", fields_changed=("date", "modified"))
    finding = only(book, "SOURCE_CHANGED_AFTER_DECISION", SOURCE)
    assert finding.places == (place,)
    assert finding.text == "seen on 2026-07-31 as changed, after the decision of 2026-07-28"


def test_a_source_that_dropped_a_meeting_after_it_was_held(book: Book) -> None:
    meeting(book, starts_at="2009-04-21")
    look(book, "new", "2026-07-18", recorded_in=MEETING)
    look(book, "gone", "2026-08-05")
    assert book.codes(SOURCE) == {"SOURCE_CHANGED_AFTER_DECISION", "SOURCE_GONE"}
    look(book, "changed", "2026-08-06")
    assert "SOURCE_GONE" not in book.codes(SOURCE)


def test_a_source_of_what_is_not_decided(book: Book) -> None:
    proposal(book)
    planned(book, role=v.ConsultationRole.PRELIMINARY, planned_on="2026-07-01")
    look(book, "new", "2026-07-18", recorded_in=PROPOSAL)
    look(book, "changed", "2026-08-05")
    assert book.codes(SOURCE) == set()


# -- notes ----------------------------------------------------------------------------------------


def note(code: str, status: str, *facts: str) -> e.DiscrepancyNoted:
    references = tuple(FactReference(event=event, path="/data") for event in facts)
    return e.DiscrepancyNoted(code=code, status=v.DiscrepancyStatus(status), facts=references or UNSET)


def test_the_newest_note_that_fits_says_how_a_finding_stands(book: Book) -> None:
    proposal(book)
    first, second = (book.add(PROPOSAL, annex(held=False)) for _ in range(2))
    book.add(PROPOSAL, note("ANNEX_NOT_HELD", "explained"))
    resolved = book.add(PROPOSAL, note("ANNEX_NOT_HELD", "resolved", second))
    found = [(finding.places, finding.status, finding.explained_by) for finding in book.findings(PROPOSAL)]
    assert found == [
        ((first,), v.DiscrepancyStatus.EXPLAINED, resolved.replace("#5", "#4")),
        ((second,), v.DiscrepancyStatus.RESOLVED, resolved),
    ]


def test_a_note_on_what_no_detector_sees_is_a_finding_of_its_own(book: Book) -> None:
    registered = proposal(book)
    known = book.add(PROPOSAL, note("BLANK_FORM", "open"))
    own = book.add(PROPOSAL, note("PAGES_MISSING", "explained", registered))
    found = {finding.code: finding for finding in book.findings(PROPOSAL)}
    assert (found["BLANK_FORM"].places, found["BLANK_FORM"].text) == ((known,), f.CODES["BLANK_FORM"].sentence)
    assert found["PAGES_MISSING"].places == (registered, own)
    assert found["PAGES_MISSING"].text == "a person stated this discrepancy"
    assert found["PAGES_MISSING"].status is v.DiscrepancyStatus.EXPLAINED


def test_findings_come_in_the_order_of_the_events(book: Book) -> None:
    proposal(book, vote_form=VoteForm(yes=None), document_date="2021-11-23")
    book.add(PROPOSAL, annex(held=False))
    planned(book, planned_on="2021-11-22")
    assert [finding.code for finding in book.findings(PROPOSAL)] == [
        "BLANK_FORM",
        "DATE_AFTER_CONSULTATION",
        "VERSION_NOT_HELD",
        "ANNEX_NOT_HELD",
    ]


# -- what hinders an offer to the archive -----------------------------------------------------------

FILE = stream("custody")
HINDRANCES = {"FILE_NOT_CLOSED", "FILE_WITHOUT_PLAN_UNIT", "RETENTION_NOT_SET", "BODY_WITHOUT_AUTHORITY_ID"}


def filed(book: Book, **fields: object) -> str:
    base = {"objects": (PROPOSAL, MEETING), "file_reference": "022.31"}
    return book.add(FILE, e.Filed(**base | fields))  # type: ignore[arg-type]


@pytest.fixture
def kept(book: Book) -> Book:
    """Give a proposal and a meeting that can be filed."""
    proposal(book, reference="0640", subject="Konzept")
    meeting(book, starts_at="2021-12-08", number="9")
    return book


def test_everything_that_keeps_a_file_from_being_offered_is_named_at_the_filing(kept: Book) -> None:
    filing = filed(kept)
    found = {one.code: one for one in kept.findings(FILE)}
    assert set(found) == HINDRANCES
    assert {one.places[0] for one in found.values()} == {filing}
    assert found["BODY_WITHOUT_AUTHORITY_ID"].places == (filing, f"{BODY}#1")


def test_a_closed_file_with_all_that_a_message_needs_hinders_nothing(kept: Book) -> None:
    filed(kept, closed_on="2021-12-29")
    filed(kept, plan_unit="022")
    kept.add(FILE, e.RetentionSet(years=10))
    kept.add(BODY, e.BodyChanged(ids=(Identifier(scheme=v.IdentifierScheme.BEHOERDENKENNUNG, value="ags:1"),)))
    assert kept.codes(FILE) == set()


def test_what_was_filed_without_a_period_is_named_beside_what_has_one(kept: Book) -> None:
    filed(kept)
    kept.add(FILE, e.RetentionSet(objects=(PROPOSAL,), permanent=True))
    found = {one.code: one for one in kept.findings(FILE)}
    assert found["RETENTION_NOT_SET"].text == "no retention period is set for 1 of its records"


def test_a_hold_hinders_until_it_is_lifted(kept: Book) -> None:
    filed(kept)
    hold = kept.add(FILE, e.HoldPlaced(hold=key(1), ground="Klage"))
    found = {one.code: one for one in kept.findings(FILE)}
    assert found["FILE_UNDER_HOLD"].places == (hold,)
    kept.add(FILE, e.HoldLifted(hold=key(1)))
    assert "FILE_UNDER_HOLD" not in kept.codes(FILE)


@pytest.mark.parametrize(
    "event",
    [
        e.Offered(archive="Kreisarchiv"),
        e.Transferred(archive="Kreisarchiv"),
        e.Received(archive="Kreisarchiv"),
    ],
)
def test_once_all_was_offered_or_is_gone_nothing_hinders(kept: Book, event: e.Event) -> None:
    filed(kept)
    kept.add(FILE, structs.replace(event, objects=(PROPOSAL,)))
    assert kept.codes(FILE) == HINDRANCES
    kept.add(FILE, event)
    assert kept.codes(FILE) == set()


def test_a_record_that_was_offered_and_never_filed_has_no_file_reference(kept: Book) -> None:
    filed(kept)
    made(kept, proposal=PROPOSAL)
    offer = kept.add(FILE, e.Offered(objects=(PROPOSAL, RESOLUTION), archive="Kreisarchiv"))
    (found,) = [one for one in kept.findings(FILE) if one.code == "FILE_REFERENCE_MISSING"]
    assert found.places == (offer,)
    assert RESOLUTION in found.text
    kept.add(FILE, e.Received(objects=(RESOLUTION,), archive="Kreisarchiv"))
    assert "FILE_REFERENCE_MISSING" not in kept.codes(FILE)


def test_a_withheld_list_of_records_is_neither_complete_nor_not(kept: Book) -> None:
    filed(kept)
    kept.add(FILE, e.Offered(objects=WITHHELD, archive="Kreisarchiv"))
    assert kept.codes(FILE) == set()
