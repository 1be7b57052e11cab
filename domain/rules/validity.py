"""Which rules held on a day.

Rule sets are dated, and dates may be less exact than a day. A set that holds only on some of the days that are
meant is neither taken nor passed over: then no rules can be named, and every check says so.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct, UnsetType

from domain.dates import first_day, last_day
from domain.events import RuleSetAdopted
from domain.rules.checks import Reason, RulesInForce
from domain.values import WITHHELD, Withheld

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Span(Struct, frozen=True, kw_only=True):
    """A rule set with the first and last day on which it can have begun and ended."""

    adopted: RuleSetAdopted
    begins: tuple[date, date]
    ends: tuple[date, date]

    def holds(self, first: date, last: date) -> bool | None:
        """Say whether it holds on all days from `first` to `last`, on none, or (None) perhaps on some."""
        if self.begins[1] <= first and last <= self.ends[0]:
            return True
        if last < self.begins[0] or self.ends[1] < first:
            return False
        return None

    def is_replaced_by(self, other: _Span) -> bool:
        """Say whether the other one began later for certain."""
        return self.begins[1] < other.begins[0]


def _span(adopted: RuleSetAdopted) -> _Span:
    # No beginning stated is not "since ever"; no end stated is "until it is replaced".
    begins = (date.min, date.max)
    ends = (date.max, date.max)
    if isinstance(adopted.valid_from, str):
        begins = (first_day(adopted.valid_from), last_day(adopted.valid_from))
    if isinstance(adopted.valid_until, str):
        ends = (first_day(adopted.valid_until), last_day(adopted.valid_until))
    elif adopted.valid_until is WITHHELD:
        ends = (date.min, date.max)
    return _Span(adopted=adopted, begins=begins, ends=ends)


def in_force(
    rule_sets: Sequence[RuleSetAdopted],
    day: str | UnsetType | Withheld,
    *,
    organ: str | UnsetType = UNSET,
) -> RulesInForce:
    """Give the rules that held on a day, those for the organ before those for the whole body.

    A later set replaces the earlier ones of the same scope as a whole. A set for the organ replaces the body's
    rules topic by topic: what it does not speak of stays as it is for the body.

    Args:
        rule_sets: What was adopted for the body, corrections applied, in any order.
        day: The day, or a less exact date; an instant means the day on its own clock.
        organ: The organ that met; not given, only the body's own sets are looked at.
    """
    if not isinstance(day, str):
        return RulesInForce(problem=Reason.DAY_UNKNOWN, sentence="the day is not stated, so no rule set can be chosen")
    for_body = _chosen([s for s in rule_sets if s.organ is UNSET], day)
    if organ is UNSET:
        return for_body
    # A set whose organ is withheld may be the organ's: it must not be passed over.
    for_organ = _chosen([s for s in rule_sets if s.organ is not UNSET and s.organ in (organ, WITHHELD)], day)
    if for_organ.problem is Reason.NO_RULE_SET:
        return for_body
    if for_organ.problem is not None or for_body.problem is Reason.NO_RULE_SET:
        return for_organ
    if for_body.problem is not None:
        return for_body
    spoken_of = {rule.topic for rule in for_organ.rules}
    return RulesInForce(
        rules=(*for_organ.rules, *(rule for rule in for_body.rules if rule.topic not in spoken_of)),
        names=(*for_organ.names, *for_body.names),
    )


def _chosen(rule_sets: Sequence[RuleSetAdopted], day: str) -> RulesInForce:
    """Give the one set that held on all days that `day` can mean."""
    first, last = first_day(day), last_day(day)
    spans = [_span(adopted) for adopted in rule_sets]
    holding = [span for span in spans if span.holds(first, last)]
    possible = [
        span
        for span in spans
        if span.holds(first, last) is not False and not any(span.is_replaced_by(other) for other in holding)
    ]
    if not possible:
        return RulesInForce(problem=Reason.NO_RULE_SET, sentence=f"no rule set is recorded that held on {day}")
    names = tuple(_name(span.adopted) for span in possible)
    if len(possible) > 1:
        sentence = f"more than one rule set may have held on {day}: {', '.join(names)}"
        return RulesInForce(problem=Reason.RULE_SET_UNCERTAIN, sentence=sentence)
    (span,) = possible
    if span not in holding:
        sentence = f"whether the rule set {names[0]} held on {day} does not follow from the dates stated"
        return RulesInForce(problem=Reason.RULE_SET_UNCERTAIN, sentence=sentence)
    if not isinstance(span.adopted.rules, tuple):
        return RulesInForce(problem=Reason.WITHHELD, sentence=f"the rules of {names[0]} are withheld")
    return RulesInForce(rules=span.adopted.rules, names=names)


def _name(adopted: RuleSetAdopted) -> str:
    return adopted.name if isinstance(adopted.name, str) else "(name withheld)"
