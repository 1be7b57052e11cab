from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from support.rules import B, T, V, ballot, in_force, rule, unread

from domain import vocabulary as v
from domain.rules import Allotment, Reason, RulesInForce, Verdict, allot, check_ballot
from domain.values import WITHHELD, OptionCount, RequiredMajority, Tally

if TYPE_CHECKING:
    from domain.events import BallotHeld

ELECTED, NOT_ELECTED = v.Declared.ELECTED, v.Declared.NOT_ELECTED
AGREES, CONTRADICTS, OPEN = Verdict.AGREES, Verdict.CONTRADICTS, Verdict.NOT_DECIDABLE
M = v.SeatsMethod


def options(**votes: int) -> tuple[OptionCount, ...]:
    return tuple(OptionCount(key=key, votes=n) for key, n in votes.items())


def seated(**votes_and_seats: tuple[int, int]) -> tuple[OptionCount, ...]:
    return tuple(OptionCount(key=key, votes=n, seats=seats) for key, (n, seats) in votes_and_seats.items())


def election(declared: v.Declared | None = ELECTED, **fields: object) -> BallotHeld:
    return replace(ballot(declared), method=v.BallotMethod.ELECTION_BY_BALLOT_PAPER, **fields)


# -- one seat -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "verdict", "reason"),
    [
        # First round: more than half of those present and entitled.
        ({"option_counts": options(A=21, B=15), "round": 1, "tally": Tally(entitled=40)}, AGREES, Reason.FOLLOWS),
        (
            {"option_counts": options(A=20, B=15), "round": 1, "tally": Tally(entitled=40)},
            CONTRADICTS,
            Reason.OPPOSITE_FOLLOWS,
        ),
        (
            {"option_counts": options(A=21, B=15, C=4), "round": 1, "tally": Tally(abstain=0)},
            OPEN,
            Reason.PRESENCE_UNKNOWN,
        ),
        # Half of the votes cast is never more than half of those present, however many that were.
        ({"option_counts": options(A=20, B=15, C=5), "round": 1}, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (
            {"option_counts": options(A=21, B=20), "round": 1, "tally": Tally(entitled=40)},
            OPEN,
            Reason.COUNTS_INCONSISTENT,
        ),
        # Second round: most votes, a lot between equals.
        ({"option_counts": options(A=16, B=15), "round": 2}, AGREES, Reason.FOLLOWS),
        ({"option_counts": options(A=16, B=16), "round": 2, "lot": "A"}, AGREES, Reason.FOLLOWS),
        ({"option_counts": options(A=16, B=16), "round": 2}, OPEN, Reason.LOT_UNKNOWN),
        ({"option_counts": options(A=16, B=16, C=1), "round": 2, "lot": "C"}, OPEN, Reason.LOT_UNKNOWN),
        ({"option_counts": options(A=16, B=16), "round": 2, "lot": WITHHELD}, OPEN, Reason.WITHHELD),
        ({"option_counts": seated(A=(16, 0), B=(15, 1)), "round": 2}, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        ({"option_counts": seated(A=(16, 1), B=(15, 0)), "round": 2}, AGREES, Reason.FOLLOWS),
        ({"option_counts": seated(A=(16, 0), B=(16, 1)), "round": 2, "lot": "A"}, CONTRADICTS, None),
        ({"option_counts": options(A=0, B=0), "round": 2}, OPEN, Reason.COUNTS_INCONSISTENT),
        # The round is not stated.
        ({"option_counts": options(A=21, B=15), "tally": Tally(entitled=40)}, AGREES, Reason.FOLLOWS),
        ({"option_counts": options(A=20, B=15), "tally": Tally(entitled=40)}, OPEN, Reason.ROUND_UNKNOWN),
        # One candidate.
        ({"tally": Tally(yes=21, no=10, entitled=40), "round": 1}, AGREES, Reason.FOLLOWS),
        ({"tally": Tally(yes=20, no=10, entitled=40), "round": 1}, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        ({"tally": Tally(yes=20, no=10, entitled=40), "round": 2}, AGREES, Reason.FOLLOWS),
        ({"option_counts": options(A=20), "tally": Tally(no=21), "round": 2}, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        ({"option_counts": options(A=20), "round": 2}, OPEN, Reason.COUNTS_INCOMPLETE),
        ({"tally": Tally(yes=20, no=20, entitled=40), "round": 2}, OPEN, Reason.NOT_COVERED),
        # What is not there.
        ({"round": 1}, OPEN, Reason.NO_COUNT),
        ({"tally": Tally(yes=None, no=None), "round": 1}, OPEN, Reason.BLANK_COUNT),
        ({"option_counts": WITHHELD}, OPEN, Reason.WITHHELD),
        ({"option_counts": (*options(A=3), *options(A=4)), "round": 2}, OPEN, Reason.COUNTS_INCONSISTENT),
        ({"option_counts": seated(A=(16, 2), B=(15, 1)), "round": 2}, OPEN, Reason.NOT_COVERED),
    ],
)
def test_one_seat_by_majority(fields: dict[str, object], verdict: Verdict, reason: Reason | None) -> None:
    check = check_ballot(replace(election(), **fields), in_force())
    assert check.verdict is verdict, check
    assert reason is None or check.reason is reason


@pytest.mark.parametrize(
    ("declared", "verdict", "reason"),
    [
        (NOT_ELECTED, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (v.Declared.PASSED, OPEN, Reason.NOT_COVERED),
        (None, OPEN, Reason.NOT_DECLARED),
    ],
)
def test_what_is_declared_of_a_clear_election(declared: v.Declared | None, verdict: Verdict, reason: Reason) -> None:
    held = election(declared, option_counts=options(A=30, B=1), round=2)
    check = check_ballot(held, in_force())
    assert (check.verdict, check.reason) == (verdict, reason)


def test_the_computation_of_a_lot_names_those_equal_and_the_provision() -> None:
    held = election(option_counts=options(A=16, B=16), round=2, lot="B")
    check = check_ballot(held, in_force())
    assert check.computation == (
        "votes: A 16, B 16",
        "declared: elected",
        "most votes: A and B with 16 (election_second_round: § 10 GO Musterkreis (erfunden))",
        "equal votes: the lot decides (election_tie: § 11 GO Musterkreis (erfunden)), it fell on B",
        "B is elected",
    )


def test_nobody_reached_the_majority_and_not_elected_was_declared() -> None:
    held = election(NOT_ELECTED, option_counts=options(A=20, B=20), round=1)
    assert check_ballot(held, in_force()).verdict is AGREES


def test_a_seat_given_while_not_elected_was_declared_is_two_statements() -> None:
    held = election(NOT_ELECTED, option_counts=seated(A=(20, 1), B=(10, 0)), round=2)
    assert check_ballot(held, in_force()).reason is Reason.NOT_COVERED


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (unread(in_force()), Reason.RULE_UNCHECKED),
        (in_force(without=(T.ELECTION_SECOND_ROUND,)), Reason.RULE_MISSING),
        (in_force(without=(T.ELECTION_TIE,)), Reason.RULE_MISSING),
        (in_force(rule(T.ELECTION_TIE, value=V.NEW_ROUND)), Reason.RULE_NOT_COVERED),
        (in_force(rule(T.ELECTION_SECOND_ROUND, value=V.NEW_ROUND)), Reason.RULE_NOT_COVERED),
        (RulesInForce(problem=Reason.DAY_UNKNOWN, sentence="?"), Reason.DAY_UNKNOWN),
    ],
)
def test_an_election_needs_rules_that_were_read(rules: RulesInForce, reason: Reason) -> None:
    held = election(option_counts=options(A=16, B=16), round=2, lot="A")
    check = check_ballot(held, rules)
    assert (check.verdict, check.reason) == (OPEN, reason)


def test_a_rule_for_one_candidate_goes_before_the_general_one() -> None:
    absolute = rule(T.ELECTION_SECOND_ROUND, number=1, share="1/2", of=B.ENTITLED_PRESENT, strict=True)
    rules = in_force(rule(T.ELECTION_SECOND_ROUND, value=V.MOST_VOTES), absolute)
    held = election(tally=Tally(yes=20, no=10, entitled=40), round=2)
    assert check_ballot(held, rules).verdict is CONTRADICTS
    general = in_force(rule(T.ELECTION_SECOND_ROUND, value=V.MOST_VOTES))
    assert check_ballot(held, general).reason is Reason.RULE_NOT_COVERED


def test_a_stated_qualified_majority_holds_for_an_election_too() -> None:
    required = RequiredMajority(kind=v.MajorityRule.QUALIFIED, share="2/3", of=B.VOTES)
    held = election(option_counts=options(A=20, B=11), required=required, round=1, tally=Tally(abstain=0))
    assert check_ballot(held, in_force()).verdict is CONTRADICTS


@pytest.mark.parametrize(
    ("tally", "verdict", "reason"),
    [
        (Tally(yes=21, no=20, abstain=3), OPEN, Reason.RULE_UNCHECKED),
        (Tally(yes=23, no=20, abstain=3), OPEN, Reason.RULE_UNCHECKED),
        (Tally(yes=24, no=20, abstain=3), AGREES, Reason.FOLLOWS),
        (Tally(yes=19, no=20, abstain=3), CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (Tally(yes=20, no=20, abstain=0), OPEN, Reason.NOT_COVERED),
        (Tally(yes=21, abstain=3), OPEN, Reason.COUNTS_INCOMPLETE),
    ],
)
def test_an_unread_rule_on_abstentions_stops_an_election_only_where_it_matters(
    tally: Tally, verdict: Verdict, reason: Reason
) -> None:
    rules = in_force(rule(T.ABSTENTIONS, value=V.IGNORED, read=False))
    check = check_ballot(election(tally=tally, round=2), rules)
    assert (check.verdict, check.reason) == (verdict, reason)


def test_a_share_of_the_votes_in_an_election_rests_on_the_rule_on_abstentions_where_they_matter() -> None:
    required = RequiredMajority(kind=v.MajorityRule.QUALIFIED, share="2/3", of=B.VOTES)
    rules = in_force(rule(T.ABSTENTIONS, value=V.IGNORED, read=False))
    close = election(option_counts=options(A=21, B=10), required=required, tally=Tally(abstain=3))
    assert check_ballot(close, rules).reason is Reason.RULE_UNCHECKED
    assert check_ballot(close, in_force()).verdict is AGREES
    unknown = election(option_counts=options(A=21), required=required, tally=Tally(abstain=3))
    assert check_ballot(unknown, in_force()).reason is Reason.COUNTS_INCOMPLETE
    clear = election(option_counts=options(A=29, B=10), required=required, tally=Tally(abstain=3))
    assert check_ballot(clear, rules).verdict is AGREES


# -- several seats --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "votes", "seats", "expected"),
    [
        (M.DHONDT, {"A": 416, "B": 338, "C": 246}, 10, {"A": 4, "B": 4, "C": 2}),
        (M.SAINTE_LAGUE, {"A": 416, "B": 338, "C": 246}, 10, {"A": 4, "B": 3, "C": 3}),
        (M.HARE_NIEMEYER, {"A": 416, "B": 338, "C": 246}, 10, {"A": 4, "B": 3, "C": 3}),
        (M.DHONDT, {"A": 10, "B": 0}, 3, {"A": 3, "B": 0}),
        (M.HARE_NIEMEYER, {"A": 2, "B": 1}, 3, {"A": 2, "B": 1}),
        (M.MOST_VOTES, {"A": 9, "B": 5, "C": 7}, 2, {"A": 1, "B": 0, "C": 1}),
    ],
)
def test_seats_follow_from_votes(
    method: v.SeatsMethod, votes: dict[str, int], seats: int, expected: dict[str, int]
) -> None:
    assert allot(method, votes, seats) == Allotment(certain=expected)


@pytest.mark.parametrize(
    ("method", "votes", "seats", "expected"),
    [
        (M.DHONDT, {"A": 10, "B": 10}, 3, Allotment(certain={"A": 1, "B": 1}, by_lot=1, drawn=frozenset("AB"))),
        (M.SAINTE_LAGUE, {"A": 9, "B": 3}, 2, Allotment(certain={"A": 1, "B": 0}, by_lot=1, drawn=frozenset("AB"))),
        (M.HARE_NIEMEYER, {"A": 1, "B": 1}, 1, Allotment(certain={"A": 0, "B": 0}, by_lot=1, drawn=frozenset("AB"))),
        (
            M.MOST_VOTES,
            {"A": 9, "B": 5, "C": 5},
            2,
            Allotment(certain={"A": 1, "B": 0, "C": 0}, by_lot=1, drawn=frozenset("BC")),
        ),
    ],
)
def test_equal_claims_to_the_last_seat_are_left_to_the_lot(
    method: v.SeatsMethod, votes: dict[str, int], seats: int, expected: Allotment
) -> None:
    assert allot(method, votes, seats) == expected


@pytest.mark.parametrize(
    ("method", "votes", "seats"),
    [
        (M.OTHER, {"A": 1}, 1),
        (M.DHONDT, {"A": 0}, 1),
        (M.DHONDT, {}, 1),
        (M.DHONDT, {"A": 1}, 0),
        (M.DHONDT, {"A": 1}, 10_001),
        (M.MOST_VOTES, {"A": 1, "B": 0}, 2),
    ],
)
def test_what_cannot_be_allotted_gives_nothing(method: v.SeatsMethod, votes: dict[str, int], seats: int) -> None:
    assert allot(method, votes, seats) is None


@pytest.mark.parametrize(
    ("method", "counts", "lot", "verdict", "reason"),
    [
        (M.DHONDT, seated(A=(416, 4), B=(338, 4), C=(246, 2)), UNSET, AGREES, Reason.FOLLOWS),
        (M.DHONDT, seated(A=(416, 4), B=(338, 3), C=(246, 3)), UNSET, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (M.SAINTE_LAGUE, seated(A=(416, 4), B=(338, 3), C=(246, 3)), UNSET, AGREES, Reason.FOLLOWS),
        (M.DHONDT, seated(A=(10, 2), B=(10, 1)), "A", AGREES, Reason.FOLLOWS),
        (M.DHONDT, seated(A=(10, 2), B=(10, 1)), UNSET, OPEN, Reason.LOT_UNKNOWN),
        (M.DHONDT, seated(A=(10, 3), B=(10, 0)), "A", CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (M.DHONDT, (*seated(A=(10, 3)), *options(B=3)), UNSET, OPEN, Reason.COUNTS_INCOMPLETE),
        (M.DHONDT, seated(A=(10, 0), B=(3, 0)), UNSET, OPEN, Reason.COUNTS_INCONSISTENT),
        (M.OTHER, seated(A=(10, 1), B=(3, 0)), UNSET, OPEN, Reason.NOT_COVERED),
        (WITHHELD, seated(A=(10, 1), B=(3, 0)), UNSET, OPEN, Reason.WITHHELD),
    ],
)
def test_stated_seats_are_compared_with_the_stated_method(
    method: v.SeatsMethod, counts: tuple[OptionCount, ...], lot: str, verdict: Verdict, reason: Reason
) -> None:
    held = election(option_counts=counts, seats_method=method, lot=lot)
    check = check_ballot(held, in_force())
    assert (check.verdict, check.reason) == (verdict, reason)


def test_a_lot_for_the_last_seat_rests_on_a_rule() -> None:
    held = election(option_counts=seated(A=(10, 2), B=(10, 1)), seats_method=M.DHONDT, lot="A")
    check = check_ballot(held, unread(in_force()))
    assert check.reason is Reason.RULE_UNCHECKED


def test_seats_are_not_allotted_where_nobody_was_elected() -> None:
    held = election(NOT_ELECTED, option_counts=seated(A=(10, 2), B=(3, 0)), seats_method=M.DHONDT)
    assert check_ballot(held, in_force()).reason is Reason.NOT_COVERED
