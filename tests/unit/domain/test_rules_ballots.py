from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from support.rules import MUSTERKREIS, B, T, V, ballot, in_force, rule, unread

from domain import vocabulary as v
from domain.rules import Facts, Reason, Rests, RulesInForce, Verdict, check_ballot, check_unanimity
from domain.values import WITHHELD, OptionCount, RequiredMajority, Tally, Vote

if TYPE_CHECKING:
    from domain.events import BallotHeld

PASSED, FAILED, TIE = v.Declared.PASSED, v.Declared.FAILED, v.Declared.TIE
AGREES, CONTRADICTS, OPEN = Verdict.AGREES, Verdict.CONTRADICTS, Verdict.NOT_DECIDABLE
ANNA, BERND = "0193a000-0000-7000-8000-0000000000a1", "0193a000-0000-7000-8000-0000000000b2"


# -- simple majority ------------------------------------------------------------------------------


def test_24_yes_and_23_no_declared_failed_contradicts_and_shows_the_computation() -> None:
    check = check_ballot(ballot(FAILED, tally=Tally(yes=24, no=23)), in_force())
    assert (check.verdict, check.reason) == (CONTRADICTS, Reason.OPPOSITE_FOLLOWS)
    assert check.sentence == "failed was declared, but from the count follows: passed"
    assert check.computation == (
        "counted: yes 24, no 23",
        "yes 24 > no 23: passed (majority: § 5 GO Musterkreis (erfunden))",
        "declared: failed",
    )
    assert [(used.topic, used.citation, used.rests) for used in check.rules] == [
        (T.MAJORITY, "§ 5 GO Musterkreis (erfunden)", Rests.READ),
        (T.ABSTENTIONS, "§ 6 GO Musterkreis (erfunden)", Rests.READ),
    ]


@pytest.mark.parametrize(
    ("yes", "no", "abstain", "declared", "verdict"),
    [
        (24, 23, 0, PASSED, AGREES),
        (10, 35, 0, PASSED, CONTRADICTS),
        (10, 35, 0, FAILED, AGREES),
        (1, 0, 40, PASSED, AGREES),
        (23, 23, 0, FAILED, AGREES),
        (23, 23, 0, TIE, AGREES),
        (23, 23, 0, PASSED, CONTRADICTS),
        (18, 18, 5, PASSED, CONTRADICTS),
        (24, 23, 0, TIE, CONTRADICTS),
        (0, 0, 7, FAILED, AGREES),
    ],
)
def test_more_yes_than_no_passes_and_a_tie_is_a_rejection(
    yes: int, no: int, abstain: int, declared: v.Declared, verdict: Verdict
) -> None:
    check = check_ballot(ballot(declared, tally=Tally(yes=yes, no=no, abstain=abstain)), in_force())
    assert check.verdict is verdict


@pytest.mark.parametrize("value", [V.COUNT_AS_NO, V.COUNT_AS_CAST])
@pytest.mark.parametrize(
    ("yes", "no", "abstain", "declared", "verdict"),
    [
        (20, 15, 6, PASSED, CONTRADICTS),
        (20, 15, 4, PASSED, AGREES),
        (20, 15, 5, FAILED, AGREES),
    ],
)
def test_abstentions_that_count_stand_against_the_yes_votes(
    value: v.RuleValue, yes: int, no: int, abstain: int, declared: v.Declared, verdict: Verdict
) -> None:
    rules = in_force(rule(T.ABSTENTIONS, value=value))
    assert check_ballot(ballot(declared, tally=Tally(yes=yes, no=no, abstain=abstain)), rules).verdict is verdict


@pytest.mark.parametrize(
    ("choice", "declared", "verdict"),
    [
        (v.Choice.YES, PASSED, AGREES),
        (v.Choice.NO, PASSED, CONTRADICTS),
        (v.Choice.ABSTAIN, PASSED, OPEN),
        (UNSET, PASSED, OPEN),
        (UNSET, TIE, AGREES),
    ],
)
def test_a_tie_that_the_chair_decides_needs_the_choice_of_the_chair(
    choice: v.Choice, declared: v.Declared, verdict: Verdict
) -> None:
    rules = in_force(rule(T.TIE, value=V.CHAIR_DECIDES))
    held = ballot(declared, tally=Tally(yes=20, no=20))
    check = check_ballot(held, rules, facts=Facts(chair_choice=choice))
    assert check.verdict is verdict
    assert verdict is not OPEN or check.reason is Reason.CHAIR_UNKNOWN


def test_the_chairs_choice_is_found_among_the_personal_votes() -> None:
    votes = (Vote(choice=v.Choice.YES, person=BERND), Vote(choice=v.Choice.NO, person=ANNA))
    held = ballot(FAILED, tally=Tally(yes=1, no=1), votes=votes)
    rules = in_force(rule(T.TIE, value=V.CHAIR_DECIDES))
    assert check_ballot(held, rules, facts=Facts(chair=ANNA)).verdict is AGREES
    assert check_ballot(held, rules, facts=Facts(chair=BERND)).verdict is CONTRADICTS


@pytest.mark.parametrize(
    ("lot", "verdict"), [("yes", AGREES), ("no", CONTRADICTS), ("Los fiel auf B", OPEN), (UNSET, OPEN)]
)
def test_a_tie_that_a_lot_decides_needs_the_lot(lot: str, verdict: Verdict) -> None:
    held = ballot(PASSED, tally=Tally(yes=20, no=20), lot=lot)
    check = check_ballot(held, in_force(rule(T.TIE, value=V.LOT)))
    assert check.verdict is verdict
    assert verdict is not OPEN or check.reason is Reason.LOT_UNKNOWN


# -- the kinds of nothing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "reason", "sentence"),
    [
        (ballot(PASSED), Reason.NO_COUNT, "no count of the votes is stated"),
        (ballot(), Reason.NO_COUNT, "no count of the votes is stated"),
        (ballot(PASSED, tally=Tally(present=40)), Reason.NO_COUNT, "no count of the votes is stated"),
        (
            ballot(PASSED, tally=Tally(yes=None, no=None, abstain=None, entitled=None)),
            Reason.BLANK_COUNT,
            "the form was left blank: yes, no, abstentions",
        ),
        (ballot(tally=Tally(yes=3, no=2)), Reason.NOT_DECLARED, "no declared result is stated"),
        (
            ballot(PASSED, tally=Tally(yes=24)),
            Reason.COUNTS_INCOMPLETE,
            "the result depends on counts that are missing: no (not stated) and abstentions (not stated)",
        ),
        (
            ballot(PASSED, tally=Tally(yes=24, no=None, abstain=0)),
            Reason.COUNTS_INCOMPLETE,
            "the result depends on counts that are missing: no (left blank)",
        ),
        (
            ballot(PASSED, tally=Tally(abstain=1)),
            Reason.COUNTS_INCOMPLETE,
            "the result depends on counts that are missing: yes (not stated) and no (not stated)",
        ),
        (ballot(PASSED, tally=WITHHELD), Reason.WITHHELD, "the counts are withheld from this reader"),
        (
            ballot(WITHHELD, tally=Tally(yes=3, no=2)),
            Reason.WITHHELD,
            "the declared result is withheld from this reader",
        ),
        (ballot(method=WITHHELD), Reason.WITHHELD, "the method of the ballot is withheld from this reader"),
        (
            ballot(PASSED, tally=Tally(yes=30, no=20, present=40)),
            Reason.COUNTS_INCONSISTENT,
            "50 votes were counted, but only 40 could vote",
        ),
        (
            ballot(PASSED, option_counts=(OptionCount(key="A", votes=20), OptionCount(key="B", votes=3))),
            Reason.NOT_COVERED,
            "a choice between variants is not decided by yes and no",
        ),
    ],
)
def test_what_is_not_there_decides_nothing_and_says_which_kind_of_nothing(
    held: BallotHeld, reason: Reason, sentence: str
) -> None:
    check = check_ballot(held, in_force())
    assert (check.verdict, check.reason, check.sentence) == (OPEN, reason, sentence)


def test_a_blank_is_not_a_zero() -> None:
    rules = in_force(rule(T.ABSTENTIONS, value=V.COUNT_AS_NO))
    zero, blank = Tally(yes=20, no=19, abstain=0), Tally(yes=20, no=19, abstain=None)
    assert check_ballot(ballot(PASSED, tally=zero), rules).verdict is AGREES
    assert check_ballot(ballot(PASSED, tally=blank), rules).reason is Reason.COUNTS_INCOMPLETE


# -- partial tallies and rest clauses -------------------------------------------------------------


@pytest.mark.parametrize(
    ("tally", "declared", "verdict"),
    [
        (Tally(yes=30, entitled=40), PASSED, AGREES),
        (Tally(yes=30, entitled=40), FAILED, CONTRADICTS),
        (Tally(yes=20, entitled=40), PASSED, OPEN),
        (Tally(yes=21, entitled=40), PASSED, AGREES),
        (Tally(no=20, entitled=40), FAILED, AGREES),
        (Tally(no=20, entitled=40), PASSED, CONTRADICTS),
        (Tally(no=20, entitled=40), TIE, OPEN),
        (Tally(yes=30, present=40), PASSED, AGREES),
        (Tally(yes=20, invalid=1, present=40), PASSED, AGREES),
        # More entitled than present: the column counts the absent too, so only the presence bounds the votes.
        (Tally(yes=21, present=40, entitled=99), PASSED, AGREES),
    ],
)
def test_a_partial_tally_decides_only_where_the_missing_votes_cannot_change_the_result(
    tally: Tally, declared: v.Declared, verdict: Verdict
) -> None:
    check = check_ballot(ballot(declared, tally=tally), in_force())
    assert check.verdict is verdict
    assert verdict is not OPEN or check.reason is Reason.COUNTS_INCOMPLETE


def test_what_is_known_of_the_meeting_bounds_the_missing_votes() -> None:
    held = ballot(PASSED, tally=Tally(yes=30))
    assert check_ballot(held, in_force()).verdict is OPEN
    assert check_ballot(held, in_force(), facts=Facts(entitled=59)).verdict is AGREES
    assert check_ballot(held, in_force(), facts=Facts(entitled=60)).verdict is OPEN
    assert check_ballot(held, in_force(), facts=Facts(entitled=WITHHELD)).verdict is OPEN


def test_two_no_otherwise_consent_is_computed_from_those_entitled() -> None:
    check = check_ballot(ballot(PASSED, tally=Tally(no=2, rest_as=v.Choice.YES, entitled=40)), in_force())
    assert check.verdict is AGREES
    assert "the rest of 40 who could vote: yes 38" in check.computation
    assert "yes 38 > no 2: passed (majority: § 5 GO Musterkreis (erfunden))" in check.computation


@pytest.mark.parametrize(
    ("tally", "facts", "verdict", "reason"),
    [
        (Tally(no=2, rest_as=v.Choice.YES), Facts(), OPEN, Reason.REST_UNKNOWN),
        (Tally(no=2, rest_as=v.Choice.YES), Facts(present=40), AGREES, Reason.FOLLOWS),
        (Tally(no=2, rest_as=v.Choice.YES, present=40, excluded=1), Facts(), OPEN, Reason.REST_UNKNOWN),
        (Tally(no=2, rest_as=v.Choice.YES, present=40, excluded=1), Facts(entitled=39), AGREES, Reason.FOLLOWS),
        (Tally(yes=3, abstain=8, rest_as=v.Choice.NO, present=40), Facts(), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (Tally(yes=13, no=27, rest_as=v.Choice.ABSTAIN), Facts(), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (Tally(no=2, abstain=None, rest_as=v.Choice.YES, present=40), Facts(), OPEN, Reason.REST_UNKNOWN),
        (Tally(no=41, rest_as=v.Choice.YES, present=40), Facts(), OPEN, Reason.COUNTS_INCONSISTENT),
        (Tally(yes=5, no=2, rest_as=v.Choice.YES, present=40), Facts(), OPEN, Reason.COUNTS_INCONSISTENT),
        (Tally(yes=38, no=2, rest_as=v.Choice.YES, present=40), Facts(), AGREES, Reason.FOLLOWS),
        (Tally(no=2, not_cast=3, rest_as=v.Choice.YES, present=40), Facts(), AGREES, Reason.FOLLOWS),
        (Tally(no=2, rest_as=v.Choice.ABSENT, present=40), Facts(), OPEN, Reason.NOT_COVERED),
    ],
)
def test_a_rest_clause_is_resolved_only_where_it_is_known_of_how_many_it_is_the_rest(
    tally: Tally, facts: Facts, verdict: Verdict, reason: Reason
) -> None:
    check = check_ballot(ballot(PASSED, tally=tally), in_force(), facts=facts)
    assert (check.verdict, check.reason) == (verdict, reason)


# -- qualified majorities -------------------------------------------------------------------------


def qualified(share: str | None = None, of: v.MajorityBase | None = None) -> RequiredMajority:
    return RequiredMajority(
        kind=v.MajorityRule.QUALIFIED, share=UNSET if share is None else share, of=UNSET if of is None else of
    )


@pytest.mark.parametrize(
    ("need", "tally", "facts", "verdict", "reason"),
    [
        # Two thirds of all members, 60 of 66 needed or not: exact, without a division.
        (qualified("2/3", B.MEMBERS), Tally(yes=45, no=1), Facts(members_by_law=66), AGREES, Reason.FOLLOWS),
        (qualified("2/3", B.MEMBERS), Tally(yes=43), Facts(members_by_law=66), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (qualified("2/3", B.MEMBERS), Tally(yes=44), Facts(members_by_law=66), OPEN, Reason.STRICTNESS_UNKNOWN),
        (qualified("2/3", B.MEMBERS), Tally(yes=44), Facts(members_by_law=67), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (qualified("2/3", B.MEMBERS), Tally(yes=50), Facts(), OPEN, Reason.MEMBERS_UNKNOWN),
        (qualified("2/3", B.MEMBERS), Tally(yes=50), Facts(members_by_law=WITHHELD), OPEN, Reason.WITHHELD),
        (
            qualified("2/3", B.MEMBERS),
            Tally(yes=43),
            Facts(members_by_law=66, members_in_office=60),
            OPEN,
            Reason.MEMBERS_AMBIGUOUS,
        ),
        (
            qualified("2/3", B.ENTITLED_MEMBERS),
            Tally(yes=41),
            Facts(members_by_law=66, excluded=6),
            AGREES,
            Reason.FOLLOWS,
        ),
        (qualified("2/3", B.ENTITLED_MEMBERS), Tally(yes=41), Facts(members_by_law=66), OPEN, Reason.MEMBERS_UNKNOWN),
        (qualified("2/3", B.VOTES), Tally(yes=21, no=10, abstain=30), Facts(), AGREES, Reason.FOLLOWS),
        (qualified("2/3", B.VOTES), Tally(yes=20, no=11), Facts(), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (qualified("2/3", B.VOTES_WITH_ABSTENTIONS), Tally(yes=21, no=5, abstain=6), Facts(), CONTRADICTS, None),
        (qualified("2/3", B.VOTES_WITH_ABSTENTIONS), Tally(yes=21, no=5), Facts(), OPEN, Reason.COUNTS_INCOMPLETE),
        (qualified("3/4", B.PRESENT), Tally(yes=31, no=9, abstain=0, present=40), Facts(), AGREES, Reason.FOLLOWS),
        (qualified("3/4", B.PRESENT), Tally(yes=31, no=9, abstain=0), Facts(), OPEN, Reason.PRESENCE_UNKNOWN),
        (qualified("3/4", B.PRESENT), Tally(yes=29, no=11, abstain=0), Facts(), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (qualified("3/4", B.ENTITLED_PRESENT), Tally(yes=31, no=2, entitled=41), Facts(), AGREES, Reason.FOLLOWS),
        (qualified("3/4", B.ENTITLED_PRESENT), Tally(yes=31, no=2, present=41), Facts(), AGREES, Reason.FOLLOWS),
        (qualified("3/4", B.ENTITLED_PRESENT), Tally(yes=31, no=2, present=50), Facts(), OPEN, None),
        (qualified("1/1", B.VOTES), Tally(yes=31, no=0), Facts(), OPEN, Reason.STRICTNESS_UNKNOWN),
        (qualified("5/4", B.VOTES), Tally(yes=31, no=0), Facts(), OPEN, Reason.NOT_COVERED),
        (qualified("2/3"), Tally(yes=31, no=0), Facts(), OPEN, Reason.MAJORITY_UNKNOWN),
        (qualified(), Tally(yes=31, no=0), Facts(), OPEN, Reason.MAJORITY_UNKNOWN),
        (qualified("2/3", B.VOTES), Tally(yes=0, no=0, abstain=9), Facts(), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
    ],
)
def test_a_stated_qualified_majority_is_what_the_ballot_needed(
    need: RequiredMajority, tally: Tally, facts: Facts, verdict: Verdict, reason: Reason | None
) -> None:
    check = check_ballot(ballot(PASSED, tally=tally, required=need), in_force(), facts=facts)
    assert check.verdict is verdict, check
    assert reason is None or check.reason is reason
    assert (T.QUALIFIED_MAJORITY, Rests.STATED) in [(used.topic, used.rests) for used in check.rules]


@pytest.mark.parametrize(
    ("need", "facts", "line"),
    [
        (
            qualified("2/3", B.MEMBERS),
            Facts(members_by_law=66, members_in_office=60),
            "yes 31; needed: 2/3 of members = 60 or 66 (as stated with the ballot)",
        ),
        (
            qualified("3/4", B.PRESENT),
            Facts(present=40),
            "yes 31; needed: 3/4 of present = 40 (as stated with the ballot)",
        ),
        (qualified("3/4", B.PRESENT), Facts(), "yes 31; needed: 3/4 of present (as stated with the ballot)"),
        (
            qualified("3/4", B.VOTES),
            Facts(),
            "yes 31; needed: 3/4 of votes, abstentions ignored (as stated with the ballot)",
        ),
    ],
)
def test_the_computation_of_a_share_tells_of_what_it_is_taken(need: RequiredMajority, facts: Facts, line: str) -> None:
    check = check_ballot(ballot(FAILED, tally=Tally(yes=31, no=2), required=need), in_force(), facts=facts)
    assert check.computation[-2:] == (line, "declared: failed")


def test_a_share_of_the_votes_rests_on_the_rule_on_abstentions_only_where_they_matter() -> None:
    unread_rule = in_force(rule(T.ABSTENTIONS, value=V.IGNORED, read=False))
    need = qualified("2/3", B.VOTES)
    close = check_ballot(ballot(PASSED, tally=Tally(yes=21, no=10, abstain=3), required=need), unread_rule)
    assert close.reason is Reason.RULE_UNCHECKED
    assert "yes 21; needed: 2/3 of votes, abstentions counted (as stated with the ballot)" in close.computation
    clear = check_ballot(ballot(PASSED, tally=Tally(yes=29, no=10, abstain=3), required=need), unread_rule)
    assert clear.verdict is AGREES
    wrong = check_ballot(ballot(PASSED, tally=Tally(yes=5), required=qualified("5/4", B.VOTES)), unread_rule)
    assert wrong.sentence == "a share of 5/4 cannot be reached"


@pytest.mark.parametrize(("strict", "verdict"), [(False, AGREES), (True, CONTRADICTS)])
def test_whether_just_two_thirds_suffice_is_taken_from_a_rule_that_was_read(*, strict: bool, verdict: Verdict) -> None:
    rules = in_force(rule(T.QUALIFIED_MAJORITY, share="2/3", of=B.MEMBERS, strict=strict))
    held = ballot(PASSED, tally=Tally(yes=44, no=0), required=qualified("2/3", B.MEMBERS))
    assert check_ballot(held, rules, facts=Facts(members_by_law=66)).verdict is verdict
    open_again = check_ballot(held, unread(rules), facts=Facts(members_by_law=66))
    assert open_again.reason is Reason.STRICTNESS_UNKNOWN


def test_what_the_record_leaves_out_is_filled_in_by_the_only_rule_there_is_if_it_was_read() -> None:
    rules = in_force(rule(T.QUALIFIED_MAJORITY, share="2/3", of=B.MEMBERS, strict=False))
    held = ballot(PASSED, tally=Tally(yes=44, no=0), required=qualified("2/3"))
    assert check_ballot(held, rules, facts=Facts(members_by_law=66)).verdict is AGREES
    assert check_ballot(held, unread(rules), facts=Facts(members_by_law=66)).reason is Reason.RULE_UNCHECKED


def test_a_stated_share_of_members_needs_no_rule_set_at_all() -> None:
    nothing = RulesInForce(problem=Reason.NO_RULE_SET, sentence="no rule set is recorded that held on 2021-12-08")
    held = ballot(FAILED, tally=Tally(yes=40, no=20), required=qualified("2/3", B.MEMBERS))
    assert check_ballot(held, nothing, facts=Facts(members_by_law=66)).verdict is AGREES
    simple = check_ballot(ballot(PASSED, tally=Tally(yes=40, no=20)), nothing)
    assert (simple.reason, simple.sentence) == (Reason.NO_RULE_SET, nothing.sentence)


def test_a_majority_rule_may_itself_ask_for_a_share() -> None:
    rules = in_force(rule(T.MAJORITY, share="1/2", of=B.PRESENT, strict=True))
    tally = Tally(yes=20, no=10, abstain=10, present=40)
    assert check_ballot(ballot(PASSED, tally=tally), rules).verdict is CONTRADICTS
    assert check_ballot(ballot(TIE, tally=tally), rules).reason is Reason.NOT_COVERED


# -- rules that are missing, unread, or not understood --------------------------------------------


@pytest.mark.parametrize("held", [ballot(d, tally=Tally(yes=24, no=23, abstain=0)) for d in (PASSED, FAILED, TIE)])
def test_a_check_that_rests_on_an_unread_rule_is_not_decidable(held: BallotHeld) -> None:
    check = check_ballot(held, unread(in_force()))
    assert (check.verdict, check.reason) == (OPEN, Reason.RULE_UNCHECKED)
    assert check.sentence == "rule unchecked: § 5 GO Musterkreis (erfunden) (majority), the source was not read"
    assert [(used.topic, used.rests) for used in check.rules] == [(T.MAJORITY, Rests.UNREAD)]


def test_an_unread_rule_on_abstentions_stops_the_check_only_where_the_result_rests_on_it() -> None:
    rules = in_force(rule(T.ABSTENTIONS, value=V.IGNORED, read=False))
    rests = check_ballot(ballot(PASSED, tally=Tally(yes=24, no=23, abstain=2)), rules)
    assert (rests.verdict, rests.reason) == (OPEN, Reason.RULE_UNCHECKED)
    either_way = check_ballot(ballot(PASSED, tally=Tally(yes=26, no=23, abstain=2)), rules)
    assert either_way.verdict is AGREES
    assert [used.topic for used in either_way.rules] == [T.MAJORITY]
    none = check_ballot(ballot(PASSED, tally=Tally(yes=24, no=23, abstain=0)), rules)
    assert none.verdict is AGREES


def test_an_unread_rule_on_ties_stops_the_check_only_at_a_tie() -> None:
    rules = in_force(rule(T.TIE, value=V.REJECTED, read=False))
    assert check_ballot(ballot(FAILED, tally=Tally(yes=23, no=23)), rules).reason is Reason.RULE_UNCHECKED
    assert check_ballot(ballot(TIE, tally=Tally(yes=23, no=23)), rules).verdict is AGREES
    assert check_ballot(ballot(FAILED, tally=Tally(yes=22, no=23)), rules).verdict is AGREES


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (in_force(without=(T.MAJORITY,)), Reason.RULE_MISSING),
        (in_force(without=(T.TIE,)), Reason.RULE_MISSING),
        (in_force(rule(T.TIE, value=V.NEW_ROUND)), Reason.RULE_NOT_COVERED),
        (in_force(rule(T.TIE)), Reason.RULE_NOT_COVERED),
        (in_force(rule(T.MAJORITY, value=V.AS_DESCRIBED)), Reason.RULE_NOT_COVERED),
        (in_force(rule(T.ABSTENTIONS, value=V.AS_DESCRIBED)), Reason.RULE_NOT_COVERED),
        (in_force(rule(T.TIE, value=V.REJECTED), rule(T.TIE, value=V.LOT)), Reason.RULE_AMBIGUOUS),
        (RulesInForce(), Reason.RULE_MISSING),
    ],
)
def test_rules_that_cannot_be_applied_decide_nothing_and_raise_nothing(rules: RulesInForce, reason: Reason) -> None:
    check = check_ballot(ballot(FAILED, tally=Tally(yes=23, no=23, abstain=1)), rules)
    assert (check.verdict, check.reason) == (OPEN, reason)


def test_a_content_that_is_not_covered_is_named() -> None:
    rules = in_force(rule(T.TIE, value=V.NEW_ROUND))
    check = check_ballot(ballot(FAILED, tally=Tally(yes=23, no=23)), rules)
    assert check.sentence == "the content of § 7 GO Musterkreis (erfunden) (tie) is not covered here"


def test_a_missing_rule_on_abstentions_is_treated_as_not_known() -> None:
    rules = in_force(without=(T.ABSTENTIONS,))
    check = check_ballot(ballot(PASSED, tally=Tally(yes=24, no=23, abstain=2)), rules)
    assert (check.reason, check.sentence) == (
        Reason.RULE_MISSING,
        "the rule set has no rule for this (abstentions)",
    )


# -- no objection, unanimity ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("no", "declared", "verdict", "reason"),
    [
        (0, PASSED, AGREES, Reason.FOLLOWS),
        (0, FAILED, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (1, PASSED, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (1, FAILED, AGREES, Reason.FOLLOWS),
        (UNSET, PASSED, OPEN, Reason.NO_COUNT),
        (None, PASSED, OPEN, Reason.BLANK_COUNT),
        (0, TIE, OPEN, Reason.NOT_COVERED),
        (0, None, OPEN, Reason.NOT_DECLARED),
    ],
)
def test_without_a_vote_a_motion_passes_if_nobody_objects(
    no: int | None, declared: v.Declared | None, verdict: Verdict, reason: Reason
) -> None:
    held = ballot(declared, tally=Tally(no=no), method=v.BallotMethod.NO_OBJECTION)
    check = check_ballot(held, in_force())
    assert (check.verdict, check.reason) == (verdict, reason)
    assert check_ballot(held, unread(in_force())).verdict is OPEN


@pytest.mark.parametrize(("no", "what"), [(UNSET, "not stated"), (None, "left blank")])
def test_objections_that_are_not_counted_are_told_apart(no: int | None, what: str) -> None:
    held = ballot(PASSED, tally=Tally(no=no), method=v.BallotMethod.NO_OBJECTION)
    assert check_ballot(held, in_force()).sentence == f"the number of objections is {what}"
    called = ballot(PASSED, tally=Tally(no=no), majority=v.Majority.UNANIMOUS)
    assert check_unanimity(called).sentence == f"the number of votes against is {what}"


def test_a_procedure_that_the_rules_do_not_allow_decides_nothing() -> None:
    held = ballot(PASSED, tally=Tally(no=0), method=v.BallotMethod.NO_OBJECTION)
    assert check_ballot(held, in_force(rule(T.NO_OBJECTION, value=V.NOT_ALLOWED))).reason is Reason.RULE_NOT_COVERED
    assert check_ballot(held, in_force(without=(T.NO_OBJECTION,))).reason is Reason.RULE_MISSING


@pytest.mark.parametrize(
    ("majority", "tally", "verdict", "reason"),
    [
        (v.Majority.UNANIMOUS, Tally(yes=42, no=1, abstain=3), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (v.Majority.UNANIMOUS, Tally(yes=42, no=0, abstain=3), AGREES, Reason.FOLLOWS),
        (v.Majority.UNANIMOUS, Tally(abstain=1), OPEN, Reason.NO_COUNT),
        (v.Majority.UNANIMOUS, Tally(no=None), OPEN, Reason.BLANK_COUNT),
        (v.Majority.UNANIMOUS, None, OPEN, Reason.NO_COUNT),
        (v.Majority.MAJORITY, Tally(no=1), OPEN, Reason.NOT_DECLARED),
        (WITHHELD, Tally(no=1), OPEN, Reason.WITHHELD),
    ],
)
def test_unanimous_means_that_nobody_voted_no(
    majority: v.Majority, tally: Tally | None, verdict: Verdict, reason: Reason
) -> None:
    check = check_unanimity(ballot(PASSED, tally=tally, majority=majority))
    assert (check.verdict, check.reason) == (verdict, reason)


def test_the_rules_of_the_tests_are_all_read() -> None:
    assert all(one.read for one in MUSTERKREIS)
