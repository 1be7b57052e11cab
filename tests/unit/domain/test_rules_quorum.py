from __future__ import annotations

import pytest
from msgspec import UNSET
from support.rules import B, T, V, ballot, in_force, rule, unread

from domain import vocabulary as v
from domain.events import MeetingOpened
from domain.rules import (
    Facts,
    Reason,
    Rests,
    RulesInForce,
    Verdict,
    check_chair_vote,
    check_quorum,
    facts_at_opening,
)
from domain.values import WITHHELD, Tally, Vote

AGREES, CONTRADICTS, OPEN = Verdict.AGREES, Verdict.CONTRADICTS, Verdict.NOT_DECIDABLE
S, Q = v.QuorumState, v.QuorumBasis
CHAIR, MEMBER = "0193a000-0000-7000-8000-0000000000a1", "0193a000-0000-7000-8000-0000000000b2"


@pytest.mark.parametrize(
    ("state", "facts", "verdict", "reason"),
    [
        # Half of all members.
        (S.ESTABLISHED, Facts(members_by_law=99, entitled=50), AGREES, Reason.FOLLOWS),
        (S.PRESUMED, Facts(members_by_law=99, entitled=50), AGREES, Reason.FOLLOWS),
        (S.NOT_ESTABLISHED, Facts(members_by_law=99, entitled=50), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (S.ESTABLISHED, Facts(members_by_law=100, entitled=50), AGREES, Reason.FOLLOWS),
        (
            S.ESTABLISHED,
            Facts(members_by_law=99, entitled=49, excluded=0, second_meeting=False),
            CONTRADICTS,
            Reason.OPPOSITE_FOLLOWS,
        ),
        (
            S.NOT_ESTABLISHED,
            Facts(members_by_law=99, entitled=49, excluded=0, second_meeting=False),
            AGREES,
            Reason.FOLLOWS,
        ),
        # It might have been a second meeting, or more than half might have been excluded.
        (S.ESTABLISHED, Facts(members_by_law=99, entitled=49, excluded=0), OPEN, Reason.PRESENCE_UNKNOWN),
        (S.ESTABLISHED, Facts(members_by_law=99, entitled=49, second_meeting=False), OPEN, Reason.PRESENCE_UNKNOWN),
        (
            S.ESTABLISHED,
            Facts(members_by_law=99, entitled=24, second_meeting=False),
            CONTRADICTS,
            Reason.OPPOSITE_FOLLOWS,
        ),
        # A quarter, where more than half are excluded.
        (
            S.ESTABLISHED,
            Facts(members_by_law=99, entitled=25, excluded=50, second_meeting=False),
            AGREES,
            Reason.FOLLOWS,
        ),
        (
            S.ESTABLISHED,
            Facts(members_by_law=99, entitled=25, excluded=49, second_meeting=False),
            CONTRADICTS,
            Reason.OPPOSITE_FOLLOWS,
        ),
        # Three in a second meeting.
        (S.ESTABLISHED, Facts(members_by_law=99, entitled=3, excluded=0, second_meeting=True), AGREES, None),
        (S.ESTABLISHED, Facts(members_by_law=99, entitled=2, excluded=0, second_meeting=True), CONTRADICTS, None),
        # What is not known of those present.
        (S.ESTABLISHED, Facts(members_by_law=99, present=60, excluded=0), AGREES, Reason.FOLLOWS),
        (S.ESTABLISHED, Facts(members_by_law=99, present=60, excluded=10), AGREES, Reason.FOLLOWS),
        (S.ESTABLISHED, Facts(members_by_law=99, present=60, excluded=11, second_meeting=False), OPEN, None),
        (S.ESTABLISHED, Facts(members_by_law=99, present=60, second_meeting=False), OPEN, Reason.PRESENCE_UNKNOWN),
        (S.ESTABLISHED, Facts(members_by_law=99), OPEN, Reason.PRESENCE_UNKNOWN),
        (S.ESTABLISHED, Facts(members_by_law=99, entitled=WITHHELD), OPEN, Reason.WITHHELD),
        (S.ESTABLISHED, Facts(members_by_law=99, entitled=40, excluded=WITHHELD), OPEN, Reason.WITHHELD),
        (S.ESTABLISHED, Facts(entitled=50), OPEN, Reason.MEMBERS_UNKNOWN),
        # By law 99, in office 90: 46 are half of those in office only.
        (S.ESTABLISHED, Facts(members_by_law=99, members_in_office=90, entitled=50), AGREES, Reason.FOLLOWS),
        (
            S.ESTABLISHED,
            Facts(members_by_law=99, members_in_office=90, entitled=46, excluded=0, second_meeting=False),
            OPEN,
            Reason.PRESENCE_UNKNOWN,
        ),
        (UNSET, Facts(members_by_law=99, entitled=50), OPEN, Reason.NOT_DECLARED),
        (WITHHELD, Facts(members_by_law=99, entitled=50), OPEN, Reason.WITHHELD),
    ],
)
def test_the_quorum_follows_from_who_was_there(
    state: v.QuorumState, facts: Facts, verdict: Verdict, reason: Reason | None
) -> None:
    check = check_quorum(state, in_force(), facts=facts)
    assert check.verdict is verdict, check
    assert reason is None or check.reason is reason


@pytest.mark.parametrize(
    ("state", "basis", "facts", "verdict", "reason"),
    [
        (S.ESTABLISHED, Q.HALF, Facts(members_by_law=99, entitled=30), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (S.ESTABLISHED, Q.QUARTER, Facts(members_by_law=99, entitled=30, excluded=60), AGREES, Reason.FOLLOWS),
        (S.ESTABLISHED, Q.QUARTER, Facts(members_by_law=99, entitled=60, excluded=0), CONTRADICTS, None),
        (S.ESTABLISHED, Q.SECOND_MEETING, Facts(members_by_law=99, entitled=3), AGREES, Reason.FOLLOWS),
        (S.ESTABLISHED, Q.SECOND_MEETING, Facts(members_by_law=99, entitled=2), CONTRADICTS, None),
        (
            S.NOT_ESTABLISHED,
            Q.CHAIR_INSTEAD,
            Facts(members_by_law=99, entitled=2, excluded=60, second_meeting=True),
            AGREES,
            Reason.FOLLOWS,
        ),
        (S.NOT_ESTABLISHED, Q.CHAIR_INSTEAD, Facts(members_by_law=99, entitled=60), CONTRADICTS, None),
        (S.ESTABLISHED, Q.CHAIR_INSTEAD, Facts(members_by_law=99, entitled=60), OPEN, Reason.NOT_COVERED),
    ],
)
def test_where_a_basis_is_stated_only_that_one_is_looked_at(
    state: v.QuorumState, basis: v.QuorumBasis, facts: Facts, verdict: Verdict, reason: Reason | None
) -> None:
    check = check_quorum(state, in_force(), facts=facts, basis=basis)
    assert check.verdict is verdict, check
    assert reason is None or check.reason is reason


def test_the_computation_names_numbers_and_provision() -> None:
    check = check_quorum(S.ESTABLISHED, in_force(), facts=Facts(members_by_law=99, entitled=49), basis=Q.HALF)
    assert check.sentence == (
        "the quorum was stated as established on the basis half, but from who was there follows: "
        "the organ was not able to decide"
    )
    assert check.computation == (
        (
            "49 present and entitled; needed: at least 50 (1/2 of 99 members, so the next whole number) "
            "(quorum: § 1 GO Musterkreis (erfunden))"
        ),
        "the organ was not able to decide",
    )
    assert [(used.topic, used.rests) for used in check.rules] == [(T.QUORUM, Rests.READ)]


def test_the_computation_tells_a_number_that_is_not_known_as_a_range() -> None:
    facts = Facts(members_by_law=99, members_in_office=90, present=60, excluded=20)
    check = check_quorum(S.ESTABLISHED, in_force(), facts=facts, basis=Q.HALF)
    (line,) = check.computation
    assert line == (
        "40 to 60 present and entitled; needed: at least 45 to 50 (1/2 of 90 to 99 members, so the next whole number) "
        "(quorum: § 1 GO Musterkreis (erfunden))"
    )
    assert check.reason is Reason.PRESENCE_UNKNOWN


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (unread(in_force()), Reason.RULE_UNCHECKED),
        (in_force(without=(T.QUORUM,)), Reason.RULE_MISSING),
        (in_force(without=(T.QUORUM_BIAS,)), Reason.RULE_MISSING),
        (in_force(rule(T.QUORUM_SECOND_MEETING)), Reason.RULE_NOT_COVERED),
        (in_force(rule(T.QUORUM, share="1/2", of=B.PRESENT)), Reason.RULE_NOT_COVERED),
        (RulesInForce(problem=Reason.NO_RULE_SET, sentence="none"), Reason.NO_RULE_SET),
    ],
)
def test_the_quorum_needs_rules_that_were_read(rules: RulesInForce, reason: Reason) -> None:
    facts = Facts(members_by_law=99, entitled=30, second_meeting=True, excluded=60)
    # Thirty of 99 rest on the quarter; without it, on the second meeting.
    check = check_quorum(S.ESTABLISHED, rules, facts=facts)
    assert (check.verdict, check.reason) == (OPEN, reason)


def test_a_chair_who_may_not_decide_instead_is_not_covered() -> None:
    rules = in_force(rule(T.QUORUM_CHAIR_INSTEAD, value=V.NOT_ALLOWED))
    check = check_quorum(S.NOT_ESTABLISHED, rules, facts=Facts(members_by_law=9, entitled=1), basis=Q.CHAIR_INSTEAD)
    assert check.reason is Reason.RULE_NOT_COVERED


@pytest.mark.parametrize(
    ("facts", "sentence", "lines"),
    [
        (Facts(members_by_law=99, entitled=50), "; from who was there follows: the organ was able to decide", 2),
        (
            Facts(members_by_law=99, entitled=2, excluded=0, second_meeting=False),
            "; from who was there follows: the organ was not able to decide",
            2,
        ),
        (Facts(members_by_law=99, present=60), "; whether the quorum was reached depends on what is not stated", 3),
        # Nothing can be computed.
        (Facts(members_by_law=99), "", 0),
        (Facts(entitled=50), "", 0),
    ],
)
def test_where_nothing_was_declared_what_follows_stands_beside_it(facts: Facts, sentence: str, lines: int) -> None:
    check = check_quorum(UNSET, in_force(), facts=facts)
    assert (check.verdict, check.reason) == (OPEN, Reason.NOT_DECLARED)
    assert check.sentence == f"nothing is stated of the quorum{sentence}"
    assert len(check.computation) == lines
    assert bool(check.rules) == bool(lines)


def test_the_facts_of_an_opening_know_of_no_exclusion() -> None:
    opening = MeetingOpened(part=v.Part.WHOLE, members_by_law=99, present_count=60, presiding=CHAIR)
    facts = facts_at_opening(opening, second_meeting=False)
    assert facts == Facts(members_by_law=99, present=60, excluded=0, second_meeting=False, chair=CHAIR)
    assert check_quorum(S.ESTABLISHED, in_force(), facts=facts).verdict is AGREES


# -- the chair's vote -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("voted", "value", "verdict"),
    [
        (True, V.VOTES, AGREES),
        (False, V.VOTES, AGREES),
        (False, V.DOES_NOT_VOTE, AGREES),
        (True, V.DOES_NOT_VOTE, CONTRADICTS),
        (True, V.AS_DESCRIBED, OPEN),
        (UNSET, V.VOTES, OPEN),
        (WITHHELD, V.VOTES, OPEN),
    ],
)
def test_the_chair_votes_as_the_rule_has_it(*, voted: bool, value: v.RuleValue, verdict: Verdict) -> None:
    rules = in_force(rule(T.CHAIR_VOTE, value=value))
    check = check_chair_vote(ballot(chair_voted=voted), rules)
    assert check.verdict is verdict
    assert check_chair_vote(ballot(chair_voted=voted), unread(rules)).verdict is OPEN


@pytest.mark.parametrize(
    ("casting", "tally", "verdict", "reason"),
    [
        (V.CASTING_VOTE, Tally(yes=21, no=20), OPEN, Reason.COUNTS_INCOMPLETE),
        (V.CASTING_VOTE, Tally(yes=20, no=20), OPEN, Reason.COUNTS_INCOMPLETE),
        (V.CASTING_VOTE, Tally(yes=20), OPEN, Reason.COUNTS_INCOMPLETE),
        (V.CASTING_VOTE, Tally(yes=25, no=20), CONTRADICTS, None),
        (V.NO_CASTING_VOTE, Tally(yes=20, no=20), CONTRADICTS, None),
        (V.AS_DESCRIBED, Tally(yes=20, no=20), OPEN, Reason.RULE_NOT_COVERED),
    ],
)
def test_a_chair_without_a_vote_may_have_decided_a_tie(
    casting: v.RuleValue, tally: Tally, verdict: Verdict, reason: Reason | None
) -> None:
    rules = in_force(rule(T.CHAIR_VOTE, value=V.DOES_NOT_VOTE), rule(T.CHAIR_CASTING_VOTE, value=casting))
    check = check_chair_vote(ballot(tally=tally, chair_voted=True), rules)
    assert check.verdict is verdict
    assert reason is None or check.reason is reason


@pytest.mark.parametrize(
    ("choice", "verdict"), [(v.Choice.YES, CONTRADICTS), (v.Choice.NOT_CAST, AGREES), (v.Choice.ABSENT, AGREES)]
)
def test_whether_the_chair_voted_is_found_among_the_personal_votes(choice: v.Choice, verdict: Verdict) -> None:
    rules = in_force(rule(T.CHAIR_VOTE, value=V.DOES_NOT_VOTE))
    held = ballot(votes=(Vote(choice=choice, person=CHAIR), Vote(choice=v.Choice.NO, person=MEMBER)))
    assert check_chair_vote(held, rules, facts=Facts(chair=CHAIR)).verdict is verdict
    assert check_chair_vote(held, rules).reason is Reason.CHAIR_UNKNOWN
