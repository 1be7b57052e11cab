"""Seats against a naive reading of the same methods: list every quotient or remainder, sort, and take from the top."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from support.rules import ballot, in_force

from domain.rules import Verdict, allot, check_ballot
from domain.values import OptionCount
from domain.vocabulary import BallotMethod, Declared, SeatsMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

M = SeatsMethod
results = st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 12), min_size=1).filter(lambda r: any(r.values()))
methods = st.sampled_from([M.DHONDT, M.SAINTE_LAGUE, M.HARE_NIEMEYER, M.MOST_VOTES])


def outcomes(claims: Sequence[tuple[Fraction, str]], seats: int, certain: dict[str, int]) -> list[dict[str, int]]:
    """Give every way to hand `seats` to the greatest claims, whichever of the equal ones the lot takes."""
    if not seats:
        return [certain]
    ranked = sorted((claim for claim, _ in claims), reverse=True)
    last = ranked[seats - 1]
    above = [key for claim, key in claims if claim > last]
    equal = [key for claim, key in claims if claim == last]
    found = []
    for drawn in combinations(equal, seats - len(above)):
        total = dict(certain)
        for key in (*above, *drawn):
            total[key] += 1
        found.append(total)
    return found


def naive(method: SeatsMethod, votes: dict[str, int], seats: int) -> list[dict[str, int]]:
    none = dict.fromkeys(votes, 0)
    if method is M.HARE_NIEMEYER:
        quotas = {key: Fraction(n * seats, sum(votes.values())) for key, n in votes.items()}
        whole = {key: int(quota) for key, quota in quotas.items()}
        left = seats - sum(whole.values())
        return outcomes([(quota - whole[key], key) for key, quota in quotas.items() if votes[key]], left, whole)
    if method is M.MOST_VOTES:
        return outcomes([(Fraction(n), key) for key, n in votes.items() if n], seats, none)
    divisors = range(1, seats + 1) if method is M.DHONDT else range(1, 2 * seats, 2)
    return outcomes([(Fraction(n, d), key) for key, n in votes.items() if n for d in divisors], seats, none)


@given(method=methods, votes=results, seats=st.integers(1, 9))
def test_an_allotment_allows_exactly_what_the_naive_reading_gives(
    method: SeatsMethod, votes: dict[str, int], seats: int
) -> None:
    allotment = allot(method, votes, seats)
    if method is M.MOST_VOTES and seats > sum(n > 0 for n in votes.values()):
        assert allotment is None
        return
    assert allotment is not None
    expected = naive(method, votes, seats)
    assert all(allotment.allows(one) for one in expected)
    assert sum(allotment.certain.values()) + allotment.by_lot == seats
    # Move one seat: it is allowed only if the naive reading gives that too.
    for one in expected:
        for giver in (key for key, n in one.items() if n):
            for taker in one:
                moved = dict(one)
                moved[giver] -= 1
                moved[taker] += 1
                assert allotment.allows(moved) is (moved in expected)


@given(method=methods, votes=results, seats=st.integers(1, 9), data=st.data())
def test_stated_seats_agree_if_and_only_if_the_naive_reading_gives_them(
    method: SeatsMethod, votes: dict[str, int], seats: int, data: st.DataObject
) -> None:
    spread = data.draw(st.lists(st.sampled_from(sorted(votes)), min_size=seats, max_size=seats))
    stated = {key: spread.count(key) for key in votes}
    options = tuple(OptionCount(key=key, votes=n, seats=stated[key]) for key, n in votes.items())
    held = ballot(
        Declared.ELECTED,
        option_counts=options,
        seats_method=method,
        method=BallotMethod.ELECTION_BY_BALLOT_PAPER,
        lot="drawn",
    )
    check = check_ballot(held, in_force())
    if method is M.MOST_VOTES and seats > sum(n > 0 for n in votes.values()):
        assert check.verdict is Verdict.NOT_DECIDABLE
    else:
        agrees = stated in naive(method, votes, seats)
        assert check.verdict is (Verdict.AGREES if agrees else Verdict.CONTRADICTS)
