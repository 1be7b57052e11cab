"""What a check is: a verdict with its reason, its computation and the rules it rests on.

Every check does its work on a `Work`, which notes each line of the computation and each rule looked at, and
stops with `UndecidedError` where nothing follows. The error never leaves this package: each public check turns
it into a `Check` that says why.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET, Struct, UnsetType

from domain import vocabulary as v
from domain.values import WITHHELD, PersonKey, Rule, Withheld

if TYPE_CHECKING:
    from collections.abc import Iterable

X = TypeVar("X")


class Subject(StrEnum):
    """What was checked."""

    BALLOT = "ballot"
    UNANIMITY = "unanimity"
    VOTES = "votes"
    CHAIR_VOTE = "chair_vote"
    QUORUM = "quorum"


class Verdict(StrEnum):
    """What came out: what is stated follows, the opposite follows, or neither does."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    NOT_DECIDABLE = "not_decidable"


class Reason(StrEnum):
    """Why a check came out as it did. The codes are stable; the sentence beside them is not."""

    FOLLOWS = "follows"
    OPPOSITE_FOLLOWS = "opposite_follows"
    # The record does not say enough.
    WITHHELD = "withheld"
    NOT_DECLARED = "not_declared"
    NO_COUNT = "no_count"
    BLANK_COUNT = "blank_count"
    COUNTS_INCOMPLETE = "counts_incomplete"
    COUNTS_INCONSISTENT = "counts_inconsistent"
    REST_UNKNOWN = "rest_unknown"
    MEMBERS_UNKNOWN = "members_unknown"
    MEMBERS_AMBIGUOUS = "members_ambiguous"
    PRESENCE_UNKNOWN = "presence_unknown"
    ROUND_UNKNOWN = "round_unknown"
    LOT_UNKNOWN = "lot_unknown"
    CHAIR_UNKNOWN = "chair_unknown"
    VOTES_INCOMPLETE = "votes_incomplete"
    VOTES_INCONSISTENT = "votes_inconsistent"
    DAY_UNKNOWN = "day_unknown"
    # The rules do not say enough.
    NO_RULE_SET = "no_rule_set"
    RULE_SET_UNCERTAIN = "rule_set_uncertain"
    RULE_MISSING = "rule_missing"
    RULE_UNCHECKED = "rule_unchecked"
    RULE_AMBIGUOUS = "rule_ambiguous"
    RULE_NOT_COVERED = "rule_not_covered"
    STRICTNESS_UNKNOWN = "strictness_unknown"
    MAJORITY_UNKNOWN = "majority_unknown"
    NOT_COVERED = "not_covered"


class Rests(StrEnum):
    """On what an applied rule rests: a source that was read, one that was not, or the record of the ballot itself."""

    READ = "read"
    UNREAD = "unread"
    STATED = "stated"


class UsedRule(Struct, frozen=True, kw_only=True):
    """A rule that a check looked at, with its provision."""

    topic: v.RuleTopic
    citation: str
    rests: Rests


class Check(Struct, frozen=True, kw_only=True):
    """The outcome of a check (de: Rechenprobe); it stands beside what was declared and changes nothing.

    Attributes:
        subject: What was checked.
        verdict: Agrees, contradicts, or not decidable.
        reason: The code of the reason.
        sentence: The reason in words.
        computation: The computation, line by line.
        rules: The rules looked at; where the verdict is not decidable, the one that stopped it is among them.
    """

    subject: Subject
    verdict: Verdict
    reason: Reason
    sentence: str
    computation: tuple[str, ...] = ()
    rules: tuple[UsedRule, ...] = ()


class Facts(Struct, frozen=True, kw_only=True):
    """What else is known of the meeting at the moment that is checked; each only as far as stated.

    Attributes:
        members_by_law: Members that the organ has by law, the chair among them where the chair is a member.
        members_in_office: Members that it had.
        present: Members present.
        entitled: Members present and entitled to vote.
        excluded: Members excluded for bias, present or not; 0 says that there were none.
        second_meeting: Whether it was a second meeting, convened as such because the first had no quorum.
        chair: Who presided.
        chair_choice: How the chair decided where a tie is the chair's to decide.
    """

    members_by_law: int | None | UnsetType | Withheld = UNSET
    members_in_office: int | None | UnsetType | Withheld = UNSET
    present: int | None | UnsetType | Withheld = UNSET
    entitled: int | None | UnsetType | Withheld = UNSET
    excluded: int | None | UnsetType | Withheld = UNSET
    second_meeting: bool | UnsetType | Withheld = UNSET
    chair: PersonKey | UnsetType | Withheld = UNSET
    chair_choice: v.Choice | UnsetType | Withheld = UNSET


NOTHING_KNOWN = Facts()


class RulesInForce(Struct, frozen=True, kw_only=True):
    """The rules of a day; or none, and why.

    Attributes:
        rules: What holds, those for the organ first.
        names: The rule sets that they come from.
        problem: Why no rules can be named; None where they can.
        sentence: The problem in words; empty where there is none.
    """

    rules: tuple[Rule, ...] = ()
    names: tuple[str, ...] = ()
    problem: Reason | None = None
    sentence: str = ""


class UndecidedError(Exception):
    """Nothing follows; `reason` and the message say why."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


def shown(value: X | UnsetType | Withheld, what: str) -> X | None:
    """Give what is stated, None where nothing is.

    Raises:
        UndecidedError: The reader does not hold it.
    """
    if isinstance(value, Withheld):
        raise UndecidedError(Reason.WITHHELD, f"{what} withheld from this reader")
    return None if isinstance(value, UnsetType) else value


def known(value: int | None | UnsetType | Withheld) -> int | None:
    """Give a count that can be computed with; None where it is not stated, blank or withheld."""
    return value if isinstance(value, int) else None


def cite(rule: Rule) -> str:
    """Name a rule for a line of the computation."""
    return f"{rule.topic}: {rule.citation}"


class Work:
    """A check being made: the lines and rules so far."""

    def __init__(self, subject: Subject, rules: RulesInForce) -> None:
        self._subject = subject
        self._rules = rules
        self._lines: list[str] = []
        self._used: dict[UsedRule, None] = {}

    def say(self, line: str) -> None:
        """Note a line of the computation."""
        self._lines.append(line)

    def use(self, topic: v.RuleTopic, citation: str, rests: Rests) -> None:
        """Note that a rule was looked at."""
        self._used[UsedRule(topic=topic, citation=citation, rests=rests)] = None

    def rules(self, topic: v.RuleTopic) -> tuple[Rule, ...]:
        """Give all rules on a topic, without using them.

        Raises:
            UndecidedError: No rules can be named for the day.
        """
        if self._rules.problem is not None:
            raise UndecidedError(self._rules.problem, self._rules.sentence)
        return tuple(rule for rule in self._rules.rules if rule.topic is topic)

    def rules_or_none(self, topic: v.RuleTopic) -> tuple[Rule, ...]:
        """Give all rules on a topic for a check that can do without any."""
        return () if self._rules.problem is not None else self.rules(topic)

    def take(self, rules: Iterable[Rule], topic: v.RuleTopic) -> Rule:
        """Use the one rule there is, which has to have been read.

        Raises:
            UndecidedError: There is none, its source was not read, or there are several that differ.
        """
        rules = tuple(rules)
        if not rules:
            raise UndecidedError(Reason.RULE_MISSING, f"the rule set has no rule for this ({topic})")
        for rule in rules:
            self.use(topic, rule.citation, Rests.READ if rule.read else Rests.UNREAD)
        for rule in rules:
            if not rule.read:
                sentence = f"rule unchecked: {rule.citation} ({topic}), the source was not read"
                raise UndecidedError(Reason.RULE_UNCHECKED, sentence)
        if len({(rule.share, rule.of, rule.strict, rule.value, rule.number) for rule in rules}) > 1:
            citations = ", ".join(rule.citation for rule in rules)
            raise UndecidedError(Reason.RULE_AMBIGUOUS, f"several rules on {topic} differ: {citations}")
        return rules[0]

    def need(self, topic: v.RuleTopic) -> Rule:
        """Use the rule on a topic, which has to have been read."""
        return self.take(self.rules(topic), topic)

    def agrees(self, sentence: str) -> Check:
        """Conclude that what is stated follows."""
        return self._check(Verdict.AGREES, Reason.FOLLOWS, sentence)

    def contradicts(self, sentence: str) -> Check:
        """Conclude that the opposite of what is stated follows."""
        return self._check(Verdict.CONTRADICTS, Reason.OPPOSITE_FOLLOWS, sentence)

    def undecided(self, why: UndecidedError) -> Check:
        """Conclude that nothing follows."""
        return self._check(Verdict.NOT_DECIDABLE, why.reason, why.sentence)

    def _check(self, verdict: Verdict, reason: Reason, sentence: str) -> Check:
        return Check(
            subject=self._subject,
            verdict=verdict,
            reason=reason,
            sentence=sentence,
            computation=tuple(self._lines),
            rules=tuple(self._used),
        )


def not_covered(rule: Rule) -> UndecidedError:
    """Say that a rule has a content that the check does not know how to apply."""
    return UndecidedError(Reason.RULE_NOT_COVERED, f"the content of {rule.citation} ({rule.topic}) is not covered here")


def members(facts: Facts) -> tuple[int, ...]:
    """Give each number of members that is stated; a rule that names "all members" has to hold for every one.

    By law and in office are two readings of it, and which one a provision means is not decided here.

    Raises:
        UndecidedError: None is stated.
    """
    stated = tuple(sorted({n for n in (known(facts.members_by_law), known(facts.members_in_office)) if n}))
    if not stated:
        if WITHHELD in (facts.members_by_law, facts.members_in_office):
            raise UndecidedError(Reason.WITHHELD, "the number of members is withheld from this reader")
        raise UndecidedError(Reason.MEMBERS_UNKNOWN, "the number of members is not stated")
    return stated
