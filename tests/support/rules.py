"""Invented rules and ballots for the tests of `domain.rules`."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from domain import vocabulary as v
from domain.events import BallotHeld
from domain.rules import RulesInForce
from domain.values import Rule, Tally, Withheld

BALLOT = "0193a000-0000-7000-8000-000000000001"
T, V, B = v.RuleTopic, v.RuleValue, v.MajorityBase


def rule(topic: v.RuleTopic, **fields: object) -> Rule:
    """Make a rule of the invented procedural order of Musterkreis; read, unless said otherwise."""
    base = Rule(topic=topic, citation=f"§ {list(v.RuleTopic).index(topic) + 1} GO Musterkreis (erfunden)", read=True)
    return replace(base, **fields)


MUSTERKREIS = (
    rule(T.QUORUM, share="1/2", of=B.MEMBERS, strict=False),
    rule(T.QUORUM_BIAS, share="1/4", of=B.MEMBERS, strict=False),
    rule(T.QUORUM_SECOND_MEETING, number=3),
    rule(T.QUORUM_CHAIR_INSTEAD, value=V.ALLOWED),
    rule(T.MAJORITY, value=V.MORE_YES_THAN_NO),
    rule(T.ABSTENTIONS, value=V.IGNORED),
    rule(T.TIE, value=V.REJECTED),
    rule(T.ELECTION_MAJORITY, share="1/2", of=B.ENTITLED_PRESENT, strict=True),
    rule(T.ELECTION_SECOND_ROUND, value=V.MOST_VOTES),
    rule(T.ELECTION_SECOND_ROUND, number=1, value=V.MORE_YES_THAN_NO),
    rule(T.ELECTION_TIE, value=V.LOT),
    rule(T.NO_OBJECTION, value=V.ALLOWED),
    rule(T.CHAIR_VOTE, value=V.VOTES),
)


def in_force(*changed: Rule, without: tuple[v.RuleTopic, ...] = ()) -> RulesInForce:
    """Give the rules of Musterkreis, with some replaced by topic and some left out."""
    gone = {one.topic for one in changed} | set(without)
    return RulesInForce(rules=(*changed, *(one for one in MUSTERKREIS if one.topic not in gone)), names=("GO",))


def unread(rules: RulesInForce) -> RulesInForce:
    """Give the same rules, none of them read."""
    return replace(rules, rules=tuple(replace(one, read=False) for one in rules.rules))


def ballot(
    declared: v.Declared | Withheld | None = None, *, tally: Tally | Withheld | None = None, **fields: object
) -> BallotHeld:
    """Make a ballot by show of hands."""
    held = BallotHeld(
        ballot=BALLOT,
        method=v.BallotMethod.SHOW_OF_HANDS,
        declared=UNSET if declared is None else declared,
        tally=UNSET if tally is None else tally,
    )
    return replace(held, **fields)
