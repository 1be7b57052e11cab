"""Partial tallies: a verdict is given if and only if every completion leads to it, and only on rules that were read."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from support.rules import MUSTERKREIS, B, T, V, ballot, in_force, rule

from domain import vocabulary as v
from domain.rules import Facts, Reason, Rests, RulesInForce, Verdict, check_ballot, check_quorum
from domain.values import OptionCount, RequiredMajority, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.events import BallotHeld

_MOST: Final = 9  # small enough to try every completion
_MEMBERS: Final = 15
_NAMES: Final = ("yes", "no", "abstain")
_PASSED, _FAILED, _TIE = v.Declared.PASSED, v.Declared.FAILED, v.Declared.TIE
_OF_VOTES: Final = (B.VOTES, B.VOTES_WITH_ABSTENTIONS)

counts = st.one_of(st.integers(0, _MOST), st.sampled_from([None, UNSET]))
caps = st.one_of(st.integers(0, 3 * _MOST), st.just(UNSET))
tallies = st.builds(Tally, yes=counts, no=counts, abstain=counts, invalid=st.sampled_from([UNSET, 0, 2]), entitled=caps)
declared = st.sampled_from([_PASSED, _FAILED, _TIE])


def completions(tally: Tally) -> Iterator[dict[str, int]]:
    """Try everything that the missing counts can be; without a cap, as far as any share below could depend on it."""
    stated = {name: getattr(tally, name) for name in _NAMES}
    invalid = tally.invalid if isinstance(tally.invalid, int) else 0
    cap = tally.entitled if isinstance(tally.entitled, int) else None
    known = sum(n for n in stated.values() if isinstance(n, int)) + invalid
    most = (cap - known) if cap is not None else 4 * known + 2 * _MEMBERS
    ranges = [[n] if isinstance(n, int) else range(max(most, 0) + 1) for n in stated.values()]
    for values in product(*ranges):
        if cap is None or sum(values) + invalid <= cap:
            yield dict(zip(_NAMES, values, strict=True))


def is_readable(tally: Tally) -> bool:
    """Whether anything was counted, and no more than could vote."""
    return any(isinstance(getattr(tally, name), int) for name in _NAMES) and any(True for _ in completions(tally))


def simple(one: dict[str, int], way: v.RuleValue) -> v.Declared:
    against = one["no"] + (one["abstain"] if way is V.COUNT_AS_NO else 0)
    return _PASSED if one["yes"] > against else _TIE if one["yes"] == against else _FAILED


def expected(results: set[v.Declared], said: v.Declared) -> Verdict:
    """A tie is a rejection here, so it agrees with both words."""
    agrees = {said is result or (result is _TIE and said is _FAILED) for result in results}
    return one_of_two(agrees)


def one_of_two(agrees: set[bool]) -> Verdict:
    if len(agrees) > 1:
        return Verdict.NOT_DECIDABLE
    return Verdict.AGREES if True in agrees else Verdict.CONTRADICTS


@given(tally=tallies, said=declared, way=st.sampled_from([V.IGNORED, V.COUNT_AS_NO, V.COUNT_AS_CAST]))
def test_a_simple_majority_is_decided_if_and_only_if_every_completion_agrees(
    tally: Tally, said: v.Declared, way: v.RuleValue
) -> None:
    check = check_ballot(ballot(said, tally=tally), in_force(rule(T.ABSTENTIONS, value=way)))
    if not is_readable(tally):
        assert check.verdict is Verdict.NOT_DECIDABLE
        return
    as_no = V.IGNORED if way is V.IGNORED else V.COUNT_AS_NO
    results = {simple(one, as_no) for one in completions(tally)}
    assert check.verdict is expected(results, said), (results, check)


@given(tally=tallies, said=declared)
def test_without_a_read_rule_on_abstentions_only_what_holds_either_way_follows(tally: Tally, said: v.Declared) -> None:
    rules = in_force(rule(T.ABSTENTIONS, value=V.IGNORED, read=False))
    check = check_ballot(ballot(said, tally=tally), rules)
    if not is_readable(tally):
        assert check.verdict is Verdict.NOT_DECIDABLE
        return
    results = {simple(one, way) for one in completions(tally) for way in (V.IGNORED, V.COUNT_AS_NO)}
    assert check.verdict is expected(results, said), (results, check)


@given(
    tally=tallies,
    said=st.sampled_from([_PASSED, _FAILED]),
    share=st.sampled_from(["1/2", "2/3", "3/4", "3/5", "1/1"]),
    of=st.sampled_from([*_OF_VOTES, B.ENTITLED_PRESENT, B.MEMBERS]),
    strict=st.booleans(),
    members=st.integers(1, _MEMBERS),
)
def test_a_qualified_majority_is_decided_if_and_only_if_every_completion_agrees(
    *,
    tally: Tally,
    said: v.Declared,
    share: str,
    of: v.MajorityBase,
    strict: bool,
    members: int,
) -> None:
    needed = RequiredMajority(kind=v.MajorityRule.QUALIFIED, share=share, of=of)
    rules = in_force(rule(T.QUALIFIED_MAJORITY, share=share, of=of, strict=strict))
    check = check_ballot(ballot(said, tally=tally, required=needed), rules, facts=Facts(members_by_law=members))
    if not is_readable(tally):
        assert check.verdict is Verdict.NOT_DECIDABLE
        return
    results = set()
    for one in completions(tally):
        for base in bases(one, tally, of, members):
            margin = int(share[2]) * one["yes"] - int(share[0]) * base
            reached = margin > 0 or (margin == 0 and not strict)
            results.add(_PASSED if reached and one["yes"] else _FAILED)
    assert check.verdict is expected(results, said), (results, check)


def bases(one: dict[str, int], tally: Tally, of: v.MajorityBase, members: int) -> list[int]:
    """Give everything that the share can be taken of."""
    if of is B.VOTES:
        return [one["yes"] + one["no"]]
    if of is B.VOTES_WITH_ABSTENTIONS:
        return [sum(one.values())]
    if of is B.MEMBERS:
        return [members]
    if isinstance(tally.entitled, int):
        return [tally.entitled]
    voted = sum(one.values()) + (tally.invalid if isinstance(tally.invalid, int) else 0)
    return [voted, voted + 100 * _MOST]


rests = st.sampled_from([v.Choice.YES, v.Choice.NO, v.Choice.ABSTAIN])


@given(parts=st.tuples(*[st.integers(0, _MOST)] * 3), rest=rests, said=declared)
def test_a_rest_clause_says_the_same_as_the_full_count(
    parts: tuple[int, int, int], rest: v.Choice, said: v.Declared
) -> None:
    full = dict(zip(_NAMES, parts, strict=True))
    clause = replace(Tally(rest_as=rest, entitled=sum(parts)), **{**full, str(rest): UNSET})
    by_rest = check_ballot(ballot(said, tally=clause), in_force())
    by_count = check_ballot(ballot(said, tally=replace(Tally(), **full)), in_force())
    assert by_rest.verdict is by_count.verdict is not Verdict.NOT_DECIDABLE


# -- never a verdict from a rule that was not read ------------------------------------------------

some_rules = st.lists(st.booleans(), min_size=len(MUSTERKREIS), max_size=len(MUSTERKREIS)).map(
    lambda read: RulesInForce(
        rules=tuple(replace(one, read=yes) for one, yes in zip(MUSTERKREIS, read, strict=True)), names=("GO",)
    )
)
elections = st.builds(
    lambda said, votes, number, lot: ballot(
        said,
        option_counts=tuple(OptionCount(key=key, votes=n) for key, n in votes.items()),
        round=number,
        lot=lot,
        method=v.BallotMethod.ELECTION_BY_BALLOT_PAPER,
    ),
    st.sampled_from([v.Declared.ELECTED, v.Declared.NOT_ELECTED]),
    st.dictionaries(st.sampled_from("ABC"), st.integers(0, _MOST), min_size=1),
    st.sampled_from([1, 2, UNSET]),
    st.sampled_from(["A", "B", UNSET]),
)
motions = st.builds(
    lambda said, tally, method: ballot(said, tally=tally, method=method),
    declared,
    tallies,
    st.sampled_from([v.BallotMethod.SHOW_OF_HANDS, v.BallotMethod.NO_OBJECTION]),
)


@given(held=st.one_of(motions, elections), rules=some_rules)
def test_a_verdict_names_only_rules_that_were_read(held: BallotHeld, rules: RulesInForce) -> None:
    check = check_ballot(held, rules)
    if check.verdict is not Verdict.NOT_DECIDABLE:
        assert check.rules
        assert {used.rests for used in check.rules} == {Rests.READ}
        # The rules it does not name change nothing: without them it comes to the same.
        named = {(used.topic, used.citation) for used in check.rules}
        alone = RulesInForce(rules=tuple(one for one in rules.rules if (one.topic, one.citation) in named))
        assert check_ballot(held, alone).verdict is check.verdict


@given(held=st.one_of(motions, elections))
def test_unread_rules_give_no_verdict(held: BallotHeld) -> None:
    nothing_read = RulesInForce(rules=tuple(replace(one, read=False) for one in MUSTERKREIS))
    assert check_ballot(held, nothing_read).verdict is Verdict.NOT_DECIDABLE


# -- the quorum -----------------------------------------------------------------------------------

numbers = st.one_of(st.integers(0, 12), st.just(UNSET))


@given(
    members=st.integers(1, 12),
    entitled=st.integers(0, 12),
    excluded=numbers,
    second=st.sampled_from([True, False, UNSET]),
    state=st.sampled_from([v.QuorumState.ESTABLISHED, v.QuorumState.NOT_ESTABLISHED]),
)
def test_the_quorum_is_decided_if_and_only_if_every_completion_agrees(
    *,
    members: int,
    entitled: int,
    excluded: int | UnsetType,
    second: bool | UnsetType,
    state: v.QuorumState,
) -> None:
    facts = Facts(members_by_law=members, entitled=entitled, excluded=excluded, second_meeting=second)
    check = check_quorum(state, in_force(), facts=facts)
    able = {
        2 * entitled >= members or (2 * out > members and 4 * entitled >= members) or (again and entitled >= 3)
        for out in ([excluded] if isinstance(excluded, int) else range(members + 1))
        for again in ([second] if isinstance(second, bool) else (True, False))
    }
    said = state is v.QuorumState.ESTABLISHED
    assert check.verdict is one_of_two({one is said for one in able})
    assert check.verdict is not Verdict.NOT_DECIDABLE or check.reason is Reason.PRESENCE_UNKNOWN
