"""What `ballots` says: what follows from each count, on which rule, and when nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from support.council import key, on, statement, stream
from support.demo import demo_archive
from support.memory import MemoryArchive
from support.rules import MUSTERKREIS, rule

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD
from projections.ballots import ballots_of
from projections.ballots_text import ballots_text
from projections.text import display_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from projections.ballots_shapes import BallotEntry, Ballots
    from projections.shapes import CheckLine

B, M, P, COUNCIL = stream("body"), stream("meeting"), stream("proposal"), stream("organ")
ANNA, BODO, CLARA = key(21), key(22), key(23)
GROUP = stream("group")


def council(
    *events: e.Event, rules: tuple[x.Rule, ...] | None = MUSTERKREIS, day: str = "2021-12-08", seats: int = 5
) -> MemoryArchive:
    archive = MemoryArchive()
    archive.add(statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS)))
    if rules is not None:
        archive.add(statement(B, e.RuleSetAdopted(name="GO", valid_from="2019-01-01", rules=rules)))
    organ = e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL, seats=seats)
    archive.add(statement(COUNCIL, organ))
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at=day), occurred=on(day)))
    for event in events:
        archive.add(statement(M, event, occurred=on(day)))
    return archive


def ballot(number: int = 1, **fields: object) -> e.BallotHeld:
    return e.BallotHeld(
        **{  # type: ignore[arg-type]  # what a test gives
            "ballot": key(number),
            "method": v.BallotMethod.SHOW_OF_HANDS,
            "tally": x.Tally(yes=3, no=1, abstain=0),
            "declared": v.Declared.PASSED,
            **fields,
        }
    )


def opened(present: int = 5, **fields: object) -> e.MeetingOpened:
    return e.MeetingOpened(
        **{  # type: ignore[arg-type]  # what a test gives
            "part": v.Part.WHOLE,
            "present_count": present,
            "quorum": v.QuorumState.ESTABLISHED,
            "presiding": ANNA,
            **fields,
        }
    )


def only(archive: MemoryArchive) -> BallotEntry:
    (entry,) = ballots_of(archive.archive()).ballots
    return entry


def check(entry: BallotEntry, subject: str) -> CheckLine:
    return next(one for one in entry.ballot.checks if one.subject == subject)


# -- verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "tally", "verdict", "reason"),
    [
        (v.Declared.PASSED, x.Tally(yes=3, no=1), "agrees", "follows"),
        (v.Declared.FAILED, x.Tally(yes=3, no=1), "contradicts", "opposite_follows"),
        (v.Declared.FAILED, x.Tally(yes=2, no=2), "agrees", "follows"),
        (v.Declared.PASSED, x.Tally(abstain=1), "not_decidable", "counts_incomplete"),
        (v.Declared.PASSED, x.Tally(yes=None, no=None), "not_decidable", "blank_count"),
    ],
)
def test_declared_result_is_held_against_the_count(
    declared: v.Declared, tally: x.Tally, verdict: str, reason: str
) -> None:
    entry = only(council(ballot(declared=declared, tally=tally)))
    assert (entry.verdict, entry.ballot.checks[0].reason) == (verdict, reason)


def test_rule_that_was_not_read_decides_nothing_whatever_the_count() -> None:
    unread = tuple(replace(one, read=False) for one in MUSTERKREIS)
    for declared in (v.Declared.PASSED, v.Declared.FAILED):
        found = ballots_of(council(opened(), ballot(declared=declared, chair_voted=True), rules=unread).archive())
        (entry,) = found.ballots
        assert {one.verdict for one in entry.ballot.checks} == {"not_decidable"}
        assert {one.reason for one in entry.ballot.checks} == {"rule_unchecked"}
        assert [(one.verdict, one.reason, one.ballots) for one in found.counts] == [
            ("not_decidable", "rule_unchecked", 1)
        ]
        text = " ".join(ballots_text(found).split())
        assert "not decidable (rule unchecked): " in text
        assert "(source not read)" in text
        assert "agrees" not in text
        assert "contradicts" not in text


def test_rule_of_another_day_is_not_used() -> None:
    entry = only(council(ballot(), day="2018-12-08"))
    assert entry.ballot.checks[0].reason == "no_rule_set"


def test_rules_that_changed_between_two_meetings_are_those_of_each_day() -> None:
    archive = council(ballot(tally=x.Tally(yes=2, no=1, abstain=2)))
    later = tuple(
        replace(one, value=v.RuleValue.COUNT_AS_NO) if one.topic is v.RuleTopic.ABSTENTIONS else one
        for one in MUSTERKREIS
    )
    archive.add(statement(B, e.RuleSetAdopted(name="GO neu", valid_from="2022-01-01", rules=later)))
    second = stream("meeting", 2)
    archive.add(statement(second, e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at="2022-02-01")))
    archive.add(statement(second, ballot(2, tally=x.Tally(yes=2, no=1, abstain=2)), occurred=on("2022-02-01")))
    assert [one.verdict for one in ballots_of(archive.archive()).ballots] == ["agrees", "contradicts"]


def test_verdict_of_a_ballot_is_contradicts_where_any_of_its_checks_does() -> None:
    entry = only(council(ballot(majority=v.Majority.UNANIMOUS)))
    assert [one.verdict for one in entry.ballot.checks[:2]] == ["agrees", "contradicts"]
    assert entry.verdict == "contradicts"


# -- votes by name --------------------------------------------------------------------------------


def votes(*choices: tuple[str, v.Choice]) -> tuple[x.Vote, ...]:
    return tuple(x.Vote(person=person, choice=choice) for person, choice in choices)


NAMED = votes((ANNA, v.Choice.YES), (BODO, v.Choice.YES), (CLARA, v.Choice.NO))


@pytest.mark.parametrize(
    ("tally", "verdict"),
    [
        (x.Tally(yes=2, no=1, abstain=0), "agrees"),
        (x.Tally(yes=1, no=1, abstain=0), "contradicts"),
        (x.Tally(yes=3, no=1, abstain=0), "contradicts"),
    ],
)
def test_roll_call_has_to_add_up_to_its_count(tally: x.Tally, verdict: str) -> None:
    entry = only(council(ballot(method=v.BallotMethod.ROLL_CALL, votes=NAMED, tally=tally)))
    assert check(entry, "votes").verdict == verdict
    assert [(one.choice, one.recorded, one.counted) for one in entry.sums] == [
        ("yes", 2, tally.yes),
        ("no", 1, 1),
        ("abstain", 0, 0),
    ]


def test_groups_are_added_up_by_their_counts_and_one_of_unknown_size_is_not() -> None:
    group = (
        x.Vote(group=GROUP, choice=v.Choice.YES, count=3),
        x.Vote(group=GROUP, choice=v.Choice.NO),
    )
    entry = only(council(ballot(votes=group)))
    assert [(one.choice, one.recorded) for one in entry.sums] == [("yes", 3), ("no", None), ("abstain", 0)]
    assert check(entry, "votes").reason == "votes_incomplete"


def test_votes_that_are_withheld_are_not_added_up_and_the_check_says_why() -> None:
    archive = council(ballot(votes=NAMED))
    archive.records[-1] = replace(archive.records[-1], event=replace(archive.records[-1].event, votes=WITHHELD))
    entry = only(archive)
    assert entry.sums == ()
    assert check(entry, "votes").reason == "withheld"
    assert "votes by name: withheld" in ballots_text(ballots_of(archive.archive()))


def test_many_names_are_listed_by_choice() -> None:
    many = tuple(x.Vote(person=key(100 + n), choice=v.Choice.YES if n % 2 else v.Choice.NO) for n in range(14))
    archive = council(ballot(votes=many, tally=x.Tally(yes=7, no=7, abstain=0), declared=v.Declared.FAILED))
    text = ballots_text(ballots_of(archive.archive()))
    assert "yes (7 named): " in text
    assert "no (7 named): " in text
    assert "added up: 7 yes, 7 no, 0 abstain" in text


# -- the chair and the quorum ---------------------------------------------------------------------


def test_chair_without_a_vote_who_voted_contradicts_the_rule() -> None:
    silent = tuple(one for one in MUSTERKREIS if one.topic is not v.RuleTopic.CHAIR_VOTE)
    rules = (*silent, rule(v.RuleTopic.CHAIR_VOTE, value=v.RuleValue.DOES_NOT_VOTE))
    entry = only(council(opened(), ballot(chair_voted=True), rules=rules))
    assert check(entry, "chair_vote").verdict == "contradicts"
    assert only(council(opened(), ballot(chair_voted=False), rules=rules)).verdict == "agrees"


def test_chairs_vote_is_found_among_the_names_where_nobody_says_it() -> None:
    entry = only(council(opened(), ballot(votes=NAMED, tally=x.Tally(yes=2, no=1, abstain=0))))
    found = check(entry, "chair_vote")
    assert found.verdict == "agrees"
    assert found.computation[0].startswith("the chair voted")
    unnamed = only(council(opened(presiding=key(99)), ballot(votes=NAMED)))
    assert "chair_vote" not in {one.subject for one in unnamed.ballot.checks}


@pytest.mark.parametrize(
    ("left", "verdict"),
    [(4, "agrees"), (3, "agrees"), (2, "contradicts")],
)
def test_quorum_is_held_against_who_was_there_when_the_ballot_was_held(left: int, verdict: str) -> None:
    leaves = e.AttendanceChanged(person=BODO, change=v.AttendanceChange.LEAVES, present_count=left)
    tally = x.Tally(yes=left, no=0, abstain=0, excluded=0)
    found = check(only(council(opened(), leaves, ballot(tally=tally))), "quorum")
    assert found.verdict == verdict
    assert found.computation[0].startswith(f"{left} present and entitled; needed: ")
    # Without that word of the ballot some of those present may have been excluded.
    unsaid = only(council(opened(), leaves, ballot(tally=x.Tally(yes=left, no=0, abstain=0))))
    assert check(unsaid, "quorum").reason == "presence_unknown"


def test_quorum_of_which_nothing_was_said_is_not_decidable() -> None:
    for archive in (council(ballot()), council(opened(quorum=UNSET), ballot())):
        assert check(only(archive), "quorum").reason == "not_declared"


# -- outcomes without a ballot --------------------------------------------------------------------


def outcome(result: v.Outcome = v.Outcome.ADOPTED, **fields: object) -> e.OutcomeDeclared:
    return e.OutcomeDeclared(outcome=result, **fields)  # type: ignore[arg-type]  # what a test gives


@pytest.mark.parametrize(
    ("event", "verdict", "reason"),
    [
        (outcome(proposal=P), "not_decidable", "no_count"),
        (outcome(proposal=P, tally=x.Tally(yes=3, no=1)), "agrees", "follows"),
        (outcome(v.Outcome.REJECTED, proposal=P, tally=x.Tally(yes=3, no=1)), "contradicts", "opposite_follows"),
        (outcome(v.Outcome.POSTPONED, proposal=P, tally=x.Tally(yes=3, no=1)), "not_decidable", "not_declared"),
        (outcome(proposal=P, tally=x.Tally(present=5)), "not_decidable", "no_count"),
    ],
)
def test_outcome_without_a_ballot_is_checked_by_its_own_count(
    event: e.OutcomeDeclared, verdict: str, reason: str
) -> None:
    found = ballots_of(council(event).archive())
    (entry,) = found.without_ballot
    assert (entry.verdict, entry.check.reason) == (verdict, reason)
    assert found.ballots == ()


def test_outcome_belongs_to_the_ballots_that_it_names_or_shares_an_item_or_proposal_with() -> None:
    item = key(7)
    archive = council(
        ballot(1),
        outcome(ballots=(key(1),)),
        ballot(2, item=item),
        outcome(item=item),
        ballot(3, target=x.BallotTarget(proposal=P)),
        outcome(proposal=P),
        outcome(proposal=stream("proposal", 2)),
    )
    found = ballots_of(archive.archive())
    assert [len(one.outcomes) for one in found.ballots] == [1, 1, 1]
    assert len(found.without_ballot) == 1


# -- what is asked for ----------------------------------------------------------------------------


def test_check_narrows_the_list_and_leaves_the_counts() -> None:
    archive = council(ballot(1), ballot(2, declared=v.Declared.FAILED), outcome(proposal=P))
    for verdict, ballots, without in (("agrees", 1, 0), ("contradicts", 1, 0), ("not_decidable", 0, 1)):
        found = ballots_of(archive.archive(), check=verdict)
        assert (len(found.ballots), len(found.without_ballot)) == (ballots, without)
        assert sum(one.ballots for one in found.counts) == 2


def test_event_of_a_ballot_is_that_ballot_alone() -> None:
    archive = council(ballot(1), ballot(2))
    found = ballots_of(archive.archive(), f"{M}#3")
    assert [one.ballot.id for one in found.ballots] == [key(2)]


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        (f"{M}#1", "which is meeting-convened/1, expected a ballot"),
        (B, "which is of kind body: it has no ballots"),
        ("0815", "which is no Vorlagen-Nr. or Beschluss-Nr. on record"),
    ],
)
def test_what_has_no_ballots_is_refused(ref: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        ballots_of(council(ballot()).archive(), ref)
    assert message in caught.value.message


def test_unknown_verdict_is_refused_with_the_three() -> None:
    with pytest.raises(InputError) as caught:
        ballots_of(council().archive(), check="contradict")
    assert caught.value.message == ('check: found "contradict", expected one of agrees, contradicts, not_decidable')
    assert caught.value.hint == 'did you mean "contradicts"?'


def test_ballot_of_a_later_day_is_out_and_an_undated_one_is_named_apart() -> None:
    archive = council(ballot(1))
    archive.add(statement(M, ballot(2)))
    found = ballots_of(archive.archive(), as_of="2021-12-08")
    assert [one.ballot.id for one in found.ballots] == [key(1)]
    assert [line.why for line in found.apart] == ["undated"]
    assert "NEITHER IN NOR OUT" in ballots_text(found)
    assert ballots_of(archive.archive(), as_of="2021-12-07").ballots == ()


def test_ballot_of_a_known_day_is_in_though_the_calling_of_its_meeting_cannot_be_placed() -> None:
    archive = council()
    second = stream("meeting", 2)
    archive.add(statement(second, e.MeetingConvened(body=B, organs=(COUNCIL,))))
    archive.add(statement(second, ballot(2), occurred=on("2021-11-01")))
    assert [one.ballot.id for one in ballots_of(archive.archive(), as_of="2021-11-01").ballots] == [key(2)]
    assert ballots_of(archive.archive(), as_of="2021-10-31").ballots == ()


def test_undated_meeting_is_named_where_dates_are_asked_for() -> None:
    archive = council(ballot(1))
    archive.add(statement(stream("meeting", 2), e.MeetingConvened(body=B, organs=(COUNCIL,))))
    found = ballots_of(archive.archive(), date_from="2021")
    assert found.unplaced == ("Sitzung, Kreistag",)
    assert "CANNOT BE PLACED" in ballots_text(found)


# -- the demo register ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        yield archive


def words(found: Ballots) -> str:
    return " ".join(ballots_text(found).split())


def test_question_5_13_2023_contradicts_its_count(demo: Archive) -> None:
    found = ballots_of(demo, "13/2023")
    (entry,) = found.ballots
    assert entry.verdict == "contradicts"
    first = entry.ballot.checks[0]
    assert first.sentence == "failed was declared, but from the count follows: passed"
    assert any("yes 24 > no 23: passed (majority: § 11 Abs. 1 Satz 1" in line for line in first.computation)
    assert [one.ballot.event for one in ballots_of(demo, check="contradicts").ballots] == [entry.ballot.event]
    assert 'declared: failed "abgelehnt"' in words(found)


def test_question_5_0640_is_not_decidable_because_there_is_no_count(demo: Archive) -> None:
    found = ballots_of(demo, "0640")
    (committee,), (council_,) = found.ballots, found.without_ballot
    assert (committee.verdict, council_.verdict) == ("not_decidable", "not_decidable")
    assert council_.check.reason == "no_count"
    assert council_.place.met_on == "2021-12-08"
    assert "no ballot is recorded, so there is no count" in words(found)


def test_every_other_ballot_of_musterkreis_agrees(demo: Archive) -> None:
    found = ballots_of(demo, organ="Kreistag (Musterkreis)")
    assert [(one.verdict, one.ballots) for one in found.counts] == [("agrees", 5), ("contradicts", 1)]
    committee = ballots_of(demo, organ="Ausschuss für Bau und Umwelt (Musterkreis)")
    assert [(one.choice, one.recorded, one.counted) for one in committee.ballots[0].sums] == [
        ("yes", 4, 4),
        ("no", 2, 2),
        ("abstain", 1, 1),
        ("excluded", 1, 1),
        ("absent", 1, None),
    ]
    assert check(committee.ballots[0], "chair_vote").verdict == "agrees"


def test_ballots_of_a_resolution_are_the_one_that_it_names(demo: Archive) -> None:
    found = ballots_of(demo, "7/2023")
    assert [one.ballot.round for one in found.ballots] == [2]
    assert found.without_ballot == ()
    organ = next(iter(demo.find("organ", {"name": "Ausschuss für Bau und Umwelt"})))
    assert len(ballots_of(demo, organ).ballots) == 2


def test_what_is_not_public_is_marked(demo: Archive) -> None:
    assert "Kauf eines Grundstücks, Vorlage 14/2023 (nichtöffentlich)" in words(ballots_of(demo, "14/2023"))


def test_every_list_fits_80_columns_and_bears_the_example_mark(demo: Archive) -> None:
    for found in (ballots_of(demo), ballots_of(demo, "0640"), ballots_of(demo, as_of="2023-03-29")):
        text = ballots_text(found)
        assert max(map(display_width, text.splitlines())) <= 80
        assert text.startswith("BEISPIEL (kein amtlicher Bestand)")
    assert max(map(display_width, ballots_text(ballots_of(demo), width=44).splitlines())) <= 44
