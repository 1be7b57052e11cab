"""What do the rules of a body say of what was counted and declared?

Promise: rules are data, dated and per body, each with its provision. A check (de: Rechenprobe) stands beside what
was declared and never changes it; it gives a verdict only where the same follows for everything that is not
known, and only on rules whose source was read. Exact with integers, pure, without a clock.
What may not come in: a rule that stands in code alone, and a value borrowed from another law.
"""

from __future__ import annotations

from domain.rules.ballots import check_ballot, check_unanimity
from domain.rules.checks import NOTHING_KNOWN, Check, Facts, Reason, Rests, RulesInForce, Subject, UsedRule, Verdict
from domain.rules.presets import PRESETS, RuleSet
from domain.rules.quorum import check_chair_vote, check_quorum, facts_at_opening
from domain.rules.seats import Allotment, allot
from domain.rules.validity import in_force
from domain.rules.votes import check_votes

__all__ = [
    "NOTHING_KNOWN",
    "PRESETS",
    "Allotment",
    "Check",
    "Facts",
    "Reason",
    "Rests",
    "RuleSet",
    "RulesInForce",
    "Subject",
    "UsedRule",
    "Verdict",
    "allot",
    "check_ballot",
    "check_chair_vote",
    "check_quorum",
    "check_unanimity",
    "check_votes",
    "facts_at_opening",
    "in_force",
]
