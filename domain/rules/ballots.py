"""Does the declared result follow from the count, under the rules of that day?

Covers motions decided by majority, simple or qualified, and by the no-objection procedure; elections stand in
`elections`. What is missing is never guessed: a verdict is given only where it is the same for every value that
the missing counts can have, and only on rules whose source was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

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
    not_covered,
    shown,
)
from domain.rules.counts import Counts, read_counts
from domain.rules.elections import check_election, is_election
from domain.values import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.events import BallotHeld
    from domain.values import Rule

_ORDER: Final = (v.Declared.PASSED, v.Declared.FAILED, v.Declared.TIE)
_BOTH: Final = frozenset({True, False})
_CHOSEN: Final = {
    "yes": v.Declared.PASSED,
    "passed": v.Declared.PASSED,
    "no": v.Declared.FAILED,
    "failed": v.Declared.FAILED,
}


def check_ballot(ballot: BallotHeld, rules: RulesInForce, *, facts: Facts = NOTHING_KNOWN) -> Check:
    """Check whether the declared result of a ballot follows from its count (de: Rechenprobe).

    Args:
        ballot: The ballot as recorded, corrections applied.
        rules: The rules of the day of the meeting.
        facts: What is known of the meeting at that moment.
    """
    work = Work(Subject.BALLOT, rules)
    try:
        if is_election(ballot):
            return check_election(ballot, facts, work)
        if shown(ballot.method, "the method of the ballot is") is v.BallotMethod.NO_OBJECTION:
            return _check_no_objection(ballot, work)
        return _check_motion(ballot, facts, work)
    except UndecidedError as why:
        return work.undecided(why)


def check_unanimity(ballot: BallotHeld) -> Check:
    """Check whether a ballot called unanimous had no vote against it; abstentions do not stand in its way."""
    work = Work(Subject.UNANIMITY, RulesInForce())
    try:
        if shown(ballot.majority, "how the result was called is") is not v.Majority.UNANIMOUS:
            raise UndecidedError(Reason.NOT_DECLARED, "the ballot was not called unanimous")
        tally = shown(ballot.tally, "the counts are")
        no = None if tally is None else tally.no
        if not isinstance(no, int):
            reason, what = (
                (Reason.BLANK_COUNT, "left blank") if no is None and tally else (Reason.NO_COUNT, "not stated")
            )
            raise UndecidedError(reason, f"the number of votes against is {what}")
        work.say(f"no {no}; called unanimous")
        if no:
            return work.contradicts(f"called unanimous, but {no} voted no")
        return work.agrees("called unanimous, and nobody voted no")
    except UndecidedError as why:
        return work.undecided(why)


# -- the no-objection procedure -------------------------------------------------------------------


def _check_no_objection(ballot: BallotHeld, work: Work) -> Check:
    """A motion passes if nobody objects (de: Offenlegung, schriftliches oder elektronisches Verfahren)."""
    tally = shown(ballot.tally, "the counts are")
    no = UNSET if tally is None else tally.no
    if not isinstance(no, int):
        reason, what = (Reason.BLANK_COUNT, "left blank") if no is None else (Reason.NO_COUNT, "not stated")
        raise UndecidedError(reason, f"the number of objections is {what}")
    declared = _declared(ballot)
    rule = work.need(v.RuleTopic.NO_OBJECTION)
    if rule.value is not v.RuleValue.ALLOWED:
        raise not_covered(rule)
    result = v.Declared.FAILED if no else v.Declared.PASSED
    work.say(f"objections {no}: {result} ({cite(rule)})")
    if declared is v.Declared.TIE:
        raise UndecidedError(Reason.NOT_COVERED, "a tie was declared where nobody voted")
    return _conclude([{result}], declared, lambda found: found is declared, None, work)


# -- motions --------------------------------------------------------------------------------------


def _check_motion(ballot: BallotHeld, facts: Facts, work: Work) -> Check:
    """A motion decided by counting yes and no."""
    tally = shown(ballot.tally, "the counts are")
    variants = shown(ballot.option_counts, "the votes for each are")
    if tally is None and variants:
        raise UndecidedError(Reason.NOT_COVERED, "a choice between variants is not decided by yes and no")
    counts = read_counts(Tally() if tally is None else tally, facts, work)
    declared = _declared(ballot)
    required = shown(ballot.required, "the majority required is")
    if required is not None and required.kind is v.MajorityRule.QUALIFIED:
        return _check_share(shares.stated_need(required, work), counts, declared, facts, work)
    rule = work.need(v.RuleTopic.MAJORITY)
    if rule.value is v.RuleValue.MORE_YES_THAN_NO and rule.share is UNSET:
        return _check_simple(ballot, counts, declared, rule, facts, work)
    return _check_share(shares.need_of(rule), counts, declared, facts, work)


def _declared(ballot: BallotHeld) -> v.Declared:
    declared = shown(ballot.declared, "the declared result is")
    if declared is None:
        raise UndecidedError(Reason.NOT_DECLARED, "no declared result is stated")
    return declared


def _check_share(need: shares.Need, counts: Counts, declared: v.Declared, facts: Facts, work: Work) -> Check:
    """As many yes as a share of something asks for."""
    if declared is v.Declared.TIE:
        raise UndecidedError(Reason.NOT_COVERED, "a tie was declared where a share decides")
    found = shares.results(need, counts, facts, work)
    results = [{v.Declared.PASSED if reached else v.Declared.FAILED for reached in each.possible} for each in found]
    why = next((each.why for each in found if each.why is not None), None)
    return _conclude(results, declared, lambda result: result is declared, why, work)


def _check_simple(
    ballot: BallotHeld, counts: Counts, declared: v.Declared, rule: Rule, facts: Facts, work: Work
) -> Check:
    """More yes than no; the rules on abstentions and ties count as far as the result depends on them."""
    results = []
    for way in shares.abstentions(counts, work):
        results.append(_simple_results(counts, way))
        work.say(_line(counts, way, results[-1], rule))

    def agrees(result: v.Declared) -> bool:
        if result is v.Declared.TIE and declared is not v.Declared.TIE:
            return _settled(ballot, facts, work) is declared
        return result is declared

    return _conclude(results, declared, agrees, counts.why_missing, work)


def _simple_results(counts: Counts, way: v.RuleValue) -> set[v.Declared]:
    """Give every result that the counts allow, with abstentions taken in one of the two ways."""
    margin = counts.span(yes=1, no=-1, abstain=0 if way is v.RuleValue.IGNORED else -1)
    results = set()
    if margin.can_exceed_zero:
        results.add(v.Declared.PASSED)
    if margin.can_fall_below_zero:
        results.add(v.Declared.FAILED)
    if margin.can_be_zero:
        # Each missing vote moves the margin by one, so zero is reached wherever it lies between the ends.
        results.add(v.Declared.TIE)
    return results


def _line(counts: Counts, way: v.RuleValue, results: set[v.Declared], rule: Rule) -> str:
    """Tell the comparison, such as "yes 24 > no 23: passed (majority: § 7)"."""
    yes = f"yes {'?' if counts.yes is None else counts.yes}"
    no = f"no {'?' if counts.no is None else counts.no}"
    if way is not v.RuleValue.IGNORED:
        no += f" + abstentions {'?' if counts.abstain is None else counts.abstain}"
    signs = {v.Declared.PASSED: ">", v.Declared.TIE: "=", v.Declared.FAILED: "<"}
    sign = " or ".join(sign for result, sign in signs.items() if result in results)
    return f"{yes} {sign} {no}: {' or '.join(r for r in signs if r in results)} ({cite(rule)})"


def _conclude(
    ways: Sequence[set[v.Declared]],
    declared: v.Declared,
    agrees: Callable[[v.Declared], bool],
    why: UndecidedError | None,
    work: Work,
) -> Check:
    """Give a verdict where every possible result leads to the same.

    Args:
        ways: The possible results, once for each way in which abstentions may count.
        declared: The declared result.
        agrees: Whether a result is what was declared; may find that nothing follows.
        why: On what it depends where one way alone allows several results.
        work: The check so far.
    """
    work.say(f"declared: {declared}")
    by_way = [_verdicts(results, agrees) for results in ways]
    verdicts = set[bool]().union(*by_way)
    if len(verdicts) > 1:
        # Two ways stand side by side only where the rule on abstentions is missing or was not read. If one of them
        # leads to a single verdict, that rule is what is missing; otherwise it would not help.
        if len(by_way) > 1 and any(len(one) == 1 for one in by_way):
            work.need(v.RuleTopic.ABSTENTIONS)
        raise why or UndecidedError(Reason.COUNTS_INCOMPLETE, "the result depends on counts that are missing")
    if verdicts == {True}:
        return work.agrees(f"{declared} was declared, and it follows from the count")
    words = " or ".join(result for result in _ORDER if any(result in results for results in ways))
    return work.contradicts(f"{declared} was declared, but from the count follows: {words}")


def _verdicts(results: set[v.Declared], agrees: Callable[[v.Declared], bool]) -> set[bool]:
    """Say of each result whether it was declared; a tie comes last, its rule is not looked at where others differ."""
    verdicts: set[bool] = set()
    for result in sorted(results, key=_ORDER.index):
        if len(verdicts) < len(_BOTH):
            verdicts.add(agrees(result))
    return verdicts


def _settled(ballot: BallotHeld, facts: Facts, work: Work) -> v.Declared:
    """Give the result of a tie."""
    rule = work.need(v.RuleTopic.TIE)
    if rule.value is v.RuleValue.REJECTED:
        work.say(f"a tie is a rejection ({cite(rule)})")
        return v.Declared.FAILED
    if rule.value is v.RuleValue.CHAIR_DECIDES:
        choice = _chairs_choice(ballot, facts)
        work.say(f"a tie is decided by the chair ({cite(rule)}), who chose {choice}")
        return _CHOSEN[choice]
    if rule.value is v.RuleValue.LOT:
        lot = shown(ballot.lot, "the lot is")
        if lot not in _CHOSEN:
            raise UndecidedError(Reason.LOT_UNKNOWN, "a tie is decided by lot, and the lot is not stated as yes or no")
        work.say(f"a tie is decided by lot ({cite(rule)}), which fell on {lot}")
        return _CHOSEN[lot]
    raise not_covered(rule)


def _chairs_choice(ballot: BallotHeld, facts: Facts) -> v.Choice:
    """Give how the chair decided: as stated, or as the chair's own vote says."""
    choice = shown(facts.chair_choice, "the decision of the chair is")
    if choice is None:
        chair = shown(facts.chair, "who presided is")
        votes = shown(ballot.votes, "the votes are") or ()
        own = {vote.choice for vote in votes if chair is not None and vote.person == chair}
        choice = own.pop() if len(own) == 1 else None
    if choice not in {v.Choice.YES, v.Choice.NO}:
        raise UndecidedError(
            Reason.CHAIR_UNKNOWN, "a tie is decided by the chair, and how the chair chose is not stated"
        )
    return choice
