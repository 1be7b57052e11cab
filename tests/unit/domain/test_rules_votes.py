from __future__ import annotations

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from support.rules import ballot

from domain import vocabulary as v
from domain.rules import Reason, Verdict, check_votes
from domain.values import WITHHELD, OptionCount, Tally, Vote

AGREES, CONTRADICTS, OPEN = Verdict.AGREES, Verdict.CONTRADICTS, Verdict.NOT_DECIDABLE
YES, NO, ABSTAIN, NOT_CAST = v.Choice.YES, v.Choice.NO, v.Choice.ABSTAIN, v.Choice.NOT_CAST


def person(number: int, choice: v.Choice, **fields: object) -> Vote:
    return replace(Vote(choice=choice, person=f"0193a000-0000-7000-8000-{number:012x}"), **fields)


def group(number: int, choice: v.Choice, count: int | None = None) -> Vote:
    key = f"group:0193a000-0000-7000-8000-{number:012x}"
    return Vote(choice=choice, group=key, count=UNSET if count is None else count)


THREE_TO_ONE = (person(1, YES), person(2, YES), person(3, YES), person(4, NO))


@pytest.mark.parametrize(
    ("votes", "tally", "method", "verdict", "reason"),
    [
        (THREE_TO_ONE, Tally(yes=3, no=1), v.BallotMethod.ROLL_CALL, AGREES, Reason.FOLLOWS),
        (THREE_TO_ONE, Tally(yes=3, no=1, abstain=0), v.BallotMethod.ROLL_CALL, AGREES, Reason.FOLLOWS),
        (THREE_TO_ONE, Tally(yes=2, no=2), v.BallotMethod.ROLL_CALL, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        # A roll-call names all who vote; elsewhere only those may be named who asked for it.
        (THREE_TO_ONE, Tally(yes=4, no=1), v.BallotMethod.ROLL_CALL, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        (THREE_TO_ONE, Tally(yes=3, no=1, abstain=2), v.BallotMethod.ROLL_CALL, CONTRADICTS, None),
        (THREE_TO_ONE, Tally(yes=3, no=1, not_cast=2), v.BallotMethod.ROLL_CALL, OPEN, Reason.VOTES_INCOMPLETE),
        (THREE_TO_ONE, Tally(yes=4, no=1), v.BallotMethod.SHOW_OF_HANDS, OPEN, Reason.VOTES_INCOMPLETE),
        (THREE_TO_ONE, Tally(yes=2, no=1), v.BallotMethod.SHOW_OF_HANDS, CONTRADICTS, Reason.OPPOSITE_FOLLOWS),
        # By group, with how many.
        ((group(1, YES, 20), group(2, NO, 8)), Tally(yes=20, no=8), v.BallotMethod.ROLL_CALL, AGREES, None),
        ((group(1, YES, 20), group(1, NO, 2)), Tally(yes=20, no=2), v.BallotMethod.ROLL_CALL, AGREES, None),
        ((group(1, YES, 21), group(2, NO, 8)), Tally(yes=20, no=8), v.BallotMethod.ROLL_CALL, CONTRADICTS, None),
        ((group(1, YES), group(2, NO, 8)), Tally(yes=20, no=8), v.BallotMethod.ROLL_CALL, OPEN, None),
        ((group(1, YES), group(2, NO, 8)), Tally(yes=1, no=8), v.BallotMethod.ROLL_CALL, OPEN, Reason.VOTES_INCOMPLETE),
        ((group(1, YES), group(2, NO, 9)), Tally(yes=20, no=8), v.BallotMethod.ROLL_CALL, CONTRADICTS, None),
        # What may be counted twice is not added up.
        (
            (person(1, YES), person(1, NO)),
            Tally(yes=1, no=1),
            v.BallotMethod.ROLL_CALL,
            OPEN,
            Reason.VOTES_INCONSISTENT,
        ),
        (
            (group(1, YES, 20), person(2, NO, group="group:0193a000-0000-7000-8000-000000000001")),
            Tally(yes=20, no=1),
            v.BallotMethod.ROLL_CALL,
            OPEN,
            Reason.VOTES_INCONSISTENT,
        ),
        # The kinds of nothing.
        (UNSET, Tally(yes=3, no=1), v.BallotMethod.ROLL_CALL, OPEN, Reason.NO_COUNT),
        ((), Tally(yes=3, no=1), v.BallotMethod.ROLL_CALL, OPEN, Reason.NO_COUNT),
        (WITHHELD, Tally(yes=3, no=1), v.BallotMethod.ROLL_CALL, OPEN, Reason.WITHHELD),
        (THREE_TO_ONE, Tally(yes=None, no=None), v.BallotMethod.ROLL_CALL, OPEN, Reason.NO_COUNT),
        (THREE_TO_ONE, None, v.BallotMethod.ROLL_CALL, OPEN, Reason.NO_COUNT),
        (THREE_TO_ONE, WITHHELD, v.BallotMethod.ROLL_CALL, OPEN, Reason.WITHHELD),
        (THREE_TO_ONE, Tally(yes=3, no=None), v.BallotMethod.ROLL_CALL, AGREES, Reason.FOLLOWS),
    ],
)
def test_recorded_votes_add_up_to_the_counts(
    votes: tuple[Vote, ...], tally: Tally, method: v.BallotMethod, verdict: Verdict, reason: Reason | None
) -> None:
    check = check_votes(ballot(tally=tally, votes=votes, method=method))
    assert check.verdict is verdict, check
    assert reason is None or check.reason is reason
    assert check.rules == ()


def test_votes_for_options_are_compared_with_the_votes_of_each() -> None:
    votes = (person(1, YES, option="A"), person(2, YES, option="A"), person(3, YES, option="B"))
    right = (OptionCount(key="A", votes=2), OptionCount(key="B", votes=1))
    wrong = (OptionCount(key="A", votes=1), OptionCount(key="B", votes=2))
    assert check_votes(ballot(votes=votes, option_counts=right, method=v.BallotMethod.ROLL_CALL)).verdict is AGREES
    check = check_votes(ballot(votes=votes, option_counts=wrong, method=v.BallotMethod.ROLL_CALL))
    assert (check.verdict, check.sentence) == (CONTRADICTS, "2 are recorded with option A, but 1 were counted")
