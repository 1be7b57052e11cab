"""Majorities that are a share of something: what is needed, of what, and which results the counts allow.

Exact with integers throughout: `yes` reaches `n/d` of a base when `d * yes - n * base` is not below zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, Struct

from domain import vocabulary as v
from domain.rules.checks import Facts, Reason, Rests, UndecidedError, cite, known, members, not_covered
from domain.rules.counts import Counts, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.rules.checks import Work
    from domain.values import RequiredMajority, Rule

_OF_MEMBERS = frozenset({v.MajorityBase.MEMBERS, v.MajorityBase.ENTITLED_MEMBERS})
_STATED = "as stated with the ballot"


class Need(Struct, frozen=True, kw_only=True):
    """The share that is needed; `strict` has both values where it is not known whether just the share suffices."""

    numerator: int
    denominator: int
    of: v.MajorityBase
    strict: tuple[bool, ...]
    source: str

    @property
    def words(self) -> str:
        """The need in words, such as "at least 2/3 of members"."""
        how = "" if len(self.strict) > 1 else "more than " if self.strict[0] else "at least "
        return f"{how}{self.numerator}/{self.denominator} of {self.of}"


class Results(Struct, frozen=True, kw_only=True):
    """Whether the share can be reached and missed; `why` says on what it depends where both can be."""

    possible: frozenset[bool]
    why: UndecidedError | None


def need_of(rule: Rule) -> Need:
    """Give the share that a rule asks for.

    Raises:
        UndecidedError: The rule asks for something else.
    """
    if not isinstance(rule.share, str) or not isinstance(rule.of, v.MajorityBase):
        raise not_covered(rule)
    strict = (rule.strict,) if isinstance(rule.strict, bool) else (False, True)
    return _need(rule.share, rule.of, strict, cite(rule), not_covered(rule))


def _need(share: str, of: v.MajorityBase, strict: tuple[bool, ...], source: str, no_share: UndecidedError) -> Need:
    numerator, denominator = (int(part) for part in share.split("/"))
    if numerator > denominator:
        raise no_share
    return Need(numerator=numerator, denominator=denominator, of=of, strict=strict, source=source)


def stated_need(required: RequiredMajority, work: Work) -> Need:
    """Give the share that the record says the ballot needed; the rules only fill in what it leaves out.

    Raises:
        UndecidedError: It leaves out what several rules answer differently, or none that was read.
    """
    matching = [
        rule
        for rule in work.rules_or_none(v.RuleTopic.QUALIFIED_MAJORITY)
        if required.share in (UNSET, rule.share) and required.of in (UNSET, rule.of)
    ]
    work.use(v.RuleTopic.QUALIFIED_MAJORITY, _STATED, Rests.STATED)
    if isinstance(required.share, str) and isinstance(required.of, v.MajorityBase):
        # Whether just two thirds suffice is seldom stated; a rule that was read and asks for the same may say so.
        read = [rule for rule in matching if rule.read and isinstance(rule.strict, bool)]
        strict = tuple(sorted({rule.strict for rule in read if isinstance(rule.strict, bool)}))
        for rule in read:
            work.use(rule.topic, rule.citation, Rests.READ)
        wrong = UndecidedError(Reason.NOT_COVERED, f"a share of {required.share} cannot be reached")
        return _need(required.share, required.of, strict if len(strict) == 1 else (False, True), _STATED, wrong)
    if len({(rule.share, rule.of) for rule in matching}) != 1:
        sentence = "the ballot needed a qualified majority, but the record does not say which"
        raise UndecidedError(Reason.MAJORITY_UNKNOWN, sentence)
    return need_of(work.take(matching, v.RuleTopic.QUALIFIED_MAJORITY))


def abstentions(counts: Counts, work: Work) -> tuple[v.RuleValue, ...]:
    """Give the ways in which abstentions may count; one where there are none, or where the rule was read.

    An abstention that counts as cast is one more vote that is not a yes, and so is one that counts as a no.
    Where the rule is missing or was not read both ways are given: only what holds either way follows then.
    """
    if counts.abstain == 0:
        return (v.RuleValue.IGNORED,)
    rules = work.rules_or_none(v.RuleTopic.ABSTENTIONS)
    if not rules or not all(rule.read for rule in rules):
        return (v.RuleValue.IGNORED, v.RuleValue.COUNT_AS_NO)
    rule = work.need(v.RuleTopic.ABSTENTIONS)
    if rule.value is v.RuleValue.IGNORED:
        return (v.RuleValue.IGNORED,)
    if rule.value in {v.RuleValue.COUNT_AS_NO, v.RuleValue.COUNT_AS_CAST}:
        return (v.RuleValue.COUNT_AS_NO,)
    raise not_covered(rule)


def results(need: Need, counts: Counts, facts: Facts, work: Work) -> list[Results]:
    """Give what the counts allow, once for each way in which abstentions may count.

    Raises:
        UndecidedError: What the share is taken of is not known at all.
    """
    bases: Sequence[int | None] = (None,)
    if need.of in _OF_MEMBERS:
        bases = _members(need, facts)
    ways: Sequence[v.RuleValue] = (v.RuleValue.IGNORED,)
    if need.of is v.MajorityBase.VOTES:
        ways = abstentions(counts, work)
    found = []
    for way in ways:
        margins = [_margin(need, counts, way, base) for base in bases]
        work.say(_line(need, counts, way, bases))
        found.append(_results(need, counts, margins))
    return found


def _members(need: Need, facts: Facts) -> tuple[int, ...]:
    bases = members(facts)
    if need.of is v.MajorityBase.MEMBERS:
        return bases
    excluded = known(facts.excluded)
    if excluded is None:
        raise UndecidedError(Reason.MEMBERS_UNKNOWN, "how many members were excluded is not stated")
    return tuple(max(base - excluded, 0) for base in bases)


def _margin(need: Need, counts: Counts, way: v.RuleValue, base: int | None) -> Span:
    """Give the span of `d * yes - n * base`."""
    d, n = need.denominator, need.numerator
    if need.of is v.MajorityBase.PRESENT:
        base = counts.presence.present
    elif need.of is v.MajorityBase.ENTITLED_PRESENT:
        base = counts.presence.entitled
    if base is not None:
        return counts.span(yes=d, no=0, abstain=0, constant=-n * base)
    if need.of is v.MajorityBase.VOTES:
        return counts.span(yes=d - n, no=-n, abstain=0 if way is v.RuleValue.IGNORED else -n)
    voters = counts.span(yes=d - n, no=-n, abstain=-n)
    if need.of is v.MajorityBase.VOTES_WITH_ABSTENTIONS:
        return voters
    # How many were there is not stated: no fewer than voted, and no more than were present.
    voters += Span(least=-n * (counts.invalid or 0), greatest=-n * (counts.invalid or 0))
    present = counts.presence.present
    if present is None:
        return Span(least=None, greatest=voters.greatest)
    return Span(least=counts.span(yes=d, no=0, abstain=0, constant=-n * present).least, greatest=voters.greatest)


def _results(need: Need, counts: Counts, margins: Sequence[Span]) -> Results:
    by_reading = {
        (place, strict): _reached(margin, counts, strict=strict)
        for place, margin in enumerate(margins)
        for strict in need.strict
    }
    possible = frozenset[bool]().union(*by_reading.values())
    why: UndecidedError | None = None
    if len(possible) > 1:
        if any(len(reached) > 1 for reached in by_reading.values()):
            why = counts.why_missing or UndecidedError(
                Reason.PRESENCE_UNKNOWN, f"how many the share is taken of ({need.of}) is not stated"
            )
        elif any(len({next(iter(by_reading[place, s])) for s in need.strict}) > 1 for place in range(len(margins))):
            sentence = f"the yes votes are exactly {need.words}, and whether that suffices is not known"
            why = UndecidedError(Reason.STRICTNESS_UNKNOWN, sentence)
        else:
            sentence = "the result differs between the members by law and those in office"
            why = UndecidedError(Reason.MEMBERS_AMBIGUOUS, sentence)
    return Results(possible=possible, why=why)


def _reached(margin: Span, counts: Counts, *, strict: bool) -> frozenset[bool]:
    """Say whether the share can be reached (True) and missed (False); without one yes nothing is reached."""
    can_reach = margin.can_exceed_zero or (not strict and margin.greatest == 0)
    can_miss = margin.can_fall_below_zero or (strict and margin.least == 0)
    most_yes = counts.yes if counts.yes is not None else counts.room
    return frozenset(
        ({True} if can_reach and most_yes != 0 else set()) | ({False} if can_miss or not counts.yes else set())
    )


def _line(need: Need, counts: Counts, way: v.RuleValue, bases: Sequence[int | None]) -> str:
    told = "not stated" if counts.yes is None else str(counts.yes)
    of = {
        v.MajorityBase.PRESENT: counts.presence.present,
        v.MajorityBase.ENTITLED_PRESENT: counts.presence.entitled,
    }.get(need.of)
    numbers = [str(base) for base in bases if base is not None] or ([] if of is None else [str(of)])
    base = f" = {' or '.join(numbers)}" if numbers else ""
    how = ", abstentions ignored" if need.of is v.MajorityBase.VOTES and way is v.RuleValue.IGNORED else ""
    how = ", abstentions counted" if need.of is v.MajorityBase.VOTES and way is not v.RuleValue.IGNORED else how
    return f"yes {told}; needed: {need.words}{base}{how} ({need.source})"
