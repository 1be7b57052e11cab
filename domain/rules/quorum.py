"""Was the organ able to decide, and did the chair vote as the rules have it?

The quorum can be reached in three ways: half of all members; a quarter, where more than half are excluded for
bias; three or so in a second meeting. Where none is, the chair may decide instead. What is not known of the
meeting is taken both ways, and a verdict is given only where both lead to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from domain import vocabulary as v
from domain.rules import shares
from domain.rules.checks import (
    NOTHING_KNOWN,
    Check,
    Facts,
    Reason,
    RulesInForce,
    Subject,
    UndecidedError,
    Work,
    cite,
    known,
    members,
    not_covered,
    shown,
)
from domain.rules.counts import presence
from domain.values import WITHHELD, Withheld

if TYPE_CHECKING:
    from domain.events import BallotHeld, MeetingOpened
    from domain.values import Rule

_BOTH = frozenset({True, False})
_NO = frozenset({False})


def facts_at_opening(opening: MeetingOpened, *, second_meeting: bool | UnsetType = UNSET) -> Facts:
    """Give what an opening says of who was there.

    Nobody is excluded for bias at the opening: that is a matter of a single item.
    """
    return Facts(
        members_by_law=opening.members_by_law,
        members_in_office=opening.members_in_office,
        present=opening.present_count,
        entitled=opening.entitled_count,
        excluded=0,
        second_meeting=second_meeting,
        chair=opening.presiding,
    )


def check_quorum(
    stated: v.QuorumState | UnsetType | Withheld,
    rules: RulesInForce,
    *,
    facts: Facts,
    basis: v.QuorumBasis | UnsetType | Withheld = UNSET,
) -> Check:
    """Check what was said of the quorum (de: Beschlussfähigkeit) against who was there.

    Args:
        stated: What was said: established, presumed, or not established.
        rules: The rules of the day of the meeting.
        facts: Who was there at the moment that is checked.
        basis: On which rule the quorum was taken to rest; then only that one is looked at.
    """
    work = Work(Subject.QUORUM, rules)
    try:
        state = shown(stated, "what was said of the quorum is")
        if state is None:
            return _undeclared(facts, rules)
        return _check(state, shown(basis, "the basis of the quorum is"), facts, work)
    except UndecidedError as why:
        return work.undecided(why)


def _undeclared(facts: Facts, rules: RulesInForce) -> Check:
    """Say that nothing was declared, and beside it what follows from who was there, where anything does.

    That is no verdict: there is nothing that it could agree with or contradict.
    """
    sentence = "nothing is stated of the quorum"
    work = Work(Subject.QUORUM, rules)
    try:
        follows = _follows(able=_able(None, facts, work))
    except UndecidedError as why:
        found = work.undecided(UndecidedError(Reason.NOT_DECLARED, f"{sentence}; {why.sentence}"))
        if found.computation:
            return found
        # Nothing could even be begun: why not does not matter where there is nothing to check.
        return Work(Subject.QUORUM, rules).undecided(UndecidedError(Reason.NOT_DECLARED, sentence))
    work.say(follows)
    return work.undecided(UndecidedError(Reason.NOT_DECLARED, f"{sentence}; from who was there follows: {follows}"))


def _follows(*, able: bool) -> str:
    return f"the organ was {'' if able else 'not '}able to decide"


def _check(state: v.QuorumState, basis: v.QuorumBasis | None, facts: Facts, work: Work) -> Check:
    said = f"the quorum was stated as {state}" + ("" if basis is None else f" on the basis {basis}")
    if basis is v.QuorumBasis.CHAIR_INSTEAD:
        rule = work.need(v.RuleTopic.QUORUM_CHAIR_INSTEAD)
        if rule.value is not v.RuleValue.ALLOWED:
            raise not_covered(rule)
        if state is not v.QuorumState.NOT_ESTABLISHED:
            raise UndecidedError(Reason.NOT_COVERED, "where the chair decides instead, no quorum can be established")
        basis = None
    able = _able(basis, facts, work)
    follows = _follows(able=able)
    work.say(follows)
    if able is (state is not v.QuorumState.NOT_ESTABLISHED):
        return work.agrees(f"{said}, and it follows from who was there")
    return work.contradicts(f"{said}, but from who was there follows: {follows}")


def _able(basis: v.QuorumBasis | None, facts: Facts, work: Work) -> bool:
    """Say whether a quorum is reached in any of the ways that are looked at.

    Raises:
        UndecidedError: It may or may not.
    """
    entitled = _entitled(facts, work)
    found: list[frozenset[bool]] = []
    if basis in {None, v.QuorumBasis.HALF}:
        found.append(_half(entitled, facts, work))
        if found[0] == {True}:
            return True  # the other ways do not matter, nor whether their rules were read
    if basis in {None, v.QuorumBasis.QUARTER}:
        found.append(_quarter(entitled, facts, work))
    if basis in {None, v.QuorumBasis.SECOND_MEETING}:
        found.append(_second(entitled, facts, work, is_second=None if basis is None else True))
    if any(way == {True} for way in found):
        return True
    if all(way == {False} for way in found):
        return False
    raise UndecidedError(Reason.PRESENCE_UNKNOWN, "whether the quorum was reached depends on what is not stated")


def _entitled(facts: Facts, work: Work) -> tuple[int, int]:
    """Give the least and greatest number of those present and entitled to vote."""
    there = presence(None, facts, work)
    if there.entitled is not None:
        return there.entitled, there.entitled
    if there.present is None:
        if WITHHELD in (facts.present, facts.entitled):
            raise UndecidedError(Reason.WITHHELD, "who was there is withheld from this reader")
        raise UndecidedError(Reason.PRESENCE_UNKNOWN, "how many were present and entitled to vote is not stated")
    excluded = known(facts.excluded)
    return 0 if excluded is None else max(there.present - excluded, 0), there.present


def _half(entitled: tuple[int, int], facts: Facts, work: Work) -> frozenset[bool]:
    rule = work.need(v.RuleTopic.QUORUM)
    return _reaches(rule, entitled, members(facts), work)


def _quarter(entitled: tuple[int, int], facts: Facts, work: Work) -> frozenset[bool]:
    """The way that opens where more than half of all members are excluded for bias."""
    if facts.excluded is WITHHELD:
        raise UndecidedError(Reason.WITHHELD, "how many were excluded is withheld from this reader")
    excluded, everybody = known(facts.excluded), members(facts)
    opens = _BOTH if excluded is None else frozenset(2 * excluded > n for n in everybody)
    if opens == _NO:
        return _NO
    reached = _reaches(work.need(v.RuleTopic.QUORUM_BIAS), entitled, everybody, work)
    return reached if opens == {True} else reached | _NO


def _second(entitled: tuple[int, int], facts: Facts, work: Work, *, is_second: bool | None) -> frozenset[bool]:
    """The way that opens in a second meeting; where it is stated as the basis, it was one."""
    if is_second is None:
        is_second = shown(facts.second_meeting, "whether it was a second meeting is")
    if is_second is False:
        return _NO
    rule = work.need(v.RuleTopic.QUORUM_SECOND_MEETING)
    if not isinstance(rule.number, int):
        raise not_covered(rule)
    reached = frozenset(n >= rule.number for n in entitled)
    work.say(f"second meeting: {_range(entitled)} entitled, needed: {rule.number} ({cite(rule)})")
    return reached if is_second else reached | _NO


def _reaches(rule: Rule, entitled: tuple[int, int], everybody: tuple[int, ...], work: Work) -> frozenset[bool]:
    need = shares.need_of(rule)
    if need.of is not v.MajorityBase.MEMBERS:
        raise not_covered(rule)
    needed = _least(need, everybody)
    work.say(f"{_range(entitled)} present and entitled; needed: {needed} ({need.source})")
    return frozenset(
        margin > 0 or (margin == 0 and not strict)
        for count in entitled
        for total in everybody
        for strict in need.strict
        for margin in (count * need.denominator - total * need.numerator,)
    )


def _least(need: shares.Need, everybody: tuple[int, ...]) -> str:
    """Say how many are needed at the least, and by what share; the share alone where the rule leaves open which."""
    share = need.words.removesuffix(" of members")
    if len(need.strict) > 1:
        return f"{share} of {_range(everybody)} members"
    (strict,) = need.strict
    exact = [total * need.numerator for total in everybody]
    least = tuple(n // need.denominator + 1 if strict else -(-n // need.denominator) for n in exact)
    is_rounded = not strict and any(n % need.denominator for n in exact)
    rounded = ", so the next whole number" if is_rounded else ""
    return f"at least {_range(least)} ({share.removeprefix('at least ')} of {_range(everybody)} members{rounded})"


def _range(numbers: tuple[int, ...]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


# -- the chair's vote -----------------------------------------------------------------------------


def check_chair_vote(ballot: BallotHeld, rules: RulesInForce, *, facts: Facts = NOTHING_KNOWN) -> Check:
    """Check whether the chair voted as the rules allow; a chair who may vote need not.

    Args:
        ballot: The ballot as recorded.
        rules: The rules of the day of the meeting.
        facts: `chair` lets the chair's vote be found among the personal votes.
    """
    work = Work(Subject.CHAIR_VOTE, rules)
    try:
        voted = _chair_voted(ballot, facts)
        rule = work.need(v.RuleTopic.CHAIR_VOTE)
        work.say(f"the chair {'voted' if voted else 'did not vote'}; by rule: {rule.value} ({cite(rule)})")
        if rule.value is v.RuleValue.VOTES or (rule.value is v.RuleValue.DOES_NOT_VOTE and not voted):
            return work.agrees("the chair kept to the rule")
        if rule.value is not v.RuleValue.DOES_NOT_VOTE:
            raise not_covered(rule)
        return _casting_vote(ballot, work)
    except UndecidedError as why:
        return work.undecided(why)


def _chair_voted(ballot: BallotHeld, facts: Facts) -> bool:
    voted = shown(ballot.chair_voted, "whether the chair voted is")
    if voted is None:
        chair, votes = shown(facts.chair, "who presided is"), shown(ballot.votes, "the votes are")
        own = {vote.choice for vote in votes or () if chair is not None and vote.person == chair}
        if len(own) != 1:
            raise UndecidedError(Reason.CHAIR_UNKNOWN, "whether the chair voted is not stated")
        voted = own <= {v.Choice.YES, v.Choice.NO, v.Choice.ABSTAIN, v.Choice.INVALID}
    return voted


def _casting_vote(ballot: BallotHeld, work: Work) -> Check:
    """A chair without a vote may still decide a tie, if the rules say so."""
    rules = work.rules(v.RuleTopic.CHAIR_CASTING_VOTE)
    if rules:
        rule = work.need(v.RuleTopic.CHAIR_CASTING_VOTE)
        if rule.value is v.RuleValue.CASTING_VOTE:
            tally = shown(ballot.tally, "the counts are")
            yes, no = (None, None) if tally is None else (known(tally.yes), known(tally.no))
            # One vote apart may be a tie that the chair's own vote, counted in, has decided.
            if yes is None or no is None or abs(yes - no) <= 1:
                raise UndecidedError(Reason.COUNTS_INCOMPLETE, "the chair may have decided a tie")
        elif rule.value is not v.RuleValue.NO_CASTING_VOTE:
            raise not_covered(rule)
    return work.contradicts("the chair voted, and by rule the chair does not")
