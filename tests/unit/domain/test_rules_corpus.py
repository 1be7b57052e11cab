"""Real tallies and roll-calls, under invented rules: what the corpora are known to contain is found."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import Final

import msgspec
import pytest
from msgspec import UNSET
from support.rules import ballot, in_force
from support.shared import shared_data

from domain import vocabulary as v
from domain.rules import (
    PRESETS,
    Check,
    Facts,
    Reason,
    RulesInForce,
    Verdict,
    check_ballot,
    check_unanimity,
    check_votes,
)
from domain.values import Tally, Vote

_CHOICES: Final = {"J": v.Choice.YES, "N": v.Choice.NO, "E": v.Choice.ABSTAIN, "O": v.Choice.NOT_CAST}


class Oddity(msgspec.Struct, forbid_unknown_fields=True):
    """A tally as it was read from minutes; null is a count that the sentence does not give."""

    tags: list[str]
    file: str
    name: str
    paper: str
    ctx: str
    ja: int | None = None
    nein: int | None = None
    enth: int | None = None
    rest: str | None = None
    out: str | None = None

    @property
    def declared(self) -> v.Declared | None:
        """What the words beside the tally say."""
        if self.out is None:
            return None
        return v.Declared.FAILED if "lehn" in self.out else v.Declared.PASSED

    @property
    def tally(self) -> Tally:
        return Tally(
            yes=UNSET if self.ja is None else self.ja,
            no=UNSET if self.nein is None else self.nein,
            abstain=UNSET if self.enth is None else self.enth,
            rest_as=UNSET if self.rest is None else v.Choice.YES if self.rest == "ja" else v.Choice.NO,
        )


def oddities(tag: str) -> list[Oddity]:
    found = msgspec.json.decode(shared_data("karlsruhe", "vote-oddities.json").read_bytes(), type=list[Oddity])
    return [one for one in found if tag in one.tags]


def checked(one: Oddity, rules: RulesInForce, facts: Facts | None = None) -> Check:
    return check_ballot(ballot(one.declared, tally=one.tally), rules, facts=facts or Facts())


def test_the_contradictions_of_the_minutes_are_found() -> None:
    found = {one.file: checked(one, in_force()) for one in oddities("outcome-contradicts-counts")}
    assert set(found) == {"585560", "639876", "657295"}
    assert {check.verdict for check in found.values()} == {Verdict.CONTRADICTS}
    assert "yes 24 > no 23: passed (majority: § 5 GO Musterkreis (erfunden))" in found["585560"].computation


def test_ties_were_declared_as_rejections() -> None:
    ties = oddities("tie")
    assert {one.file for one in ties} == {"586476", "593796", "619668", "654697"}
    for one in ties:
        check = checked(one, in_force())
        expected = (Verdict.NOT_DECIDABLE, Reason.NOT_DECLARED) if one.out is None else (Verdict.AGREES, Reason.FOLLOWS)
        assert (check.verdict, check.reason) == expected


def test_unanimous_with_a_vote_against_is_found() -> None:
    (one,) = oddities("unanimous-with-no-votes")
    held = ballot(one.declared, tally=one.tally, majority=v.Majority.UNANIMOUS)
    assert check_unanimity(held).verdict is Verdict.CONTRADICTS
    assert check_ballot(held, in_force()).verdict is Verdict.AGREES


def test_a_rest_clause_alone_decides_nothing_and_with_the_presence_it_does() -> None:
    clauses = oddities("rest-clause")
    assert len(clauses) == 142
    alone = Counter(checked(one, in_force()).verdict for one in clauses)
    assert Verdict.CONTRADICTS not in alone
    assert alone[Verdict.NOT_DECIDABLE] > 100
    # The council had 48 members and the chair; nobody noted how many were there, so this is an assumption of the test.
    full = Counter(checked(one, in_force(), Facts(entitled=49)).verdict for one in clauses if one.out is not None)
    assert full[Verdict.AGREES] > 100


def test_no_preset_gives_a_verdict_that_rests_on_its_unread_rule_on_abstentions() -> None:
    bw = RulesInForce(rules=PRESETS["bw-gemeinde"].rules, names=("GemO",))
    by_file = {one.file: checked(one, bw) for one in oddities("outcome-contradicts-counts")}
    # Abstentions are not mentioned: 24 to 23 may be a tie or less if they count, 10 to 35 is lost either way.
    assert by_file["585560"].reason is Reason.RULE_UNCHECKED
    assert by_file["639876"].verdict is Verdict.CONTRADICTS
    assert all(rule.rests != "unread" for rule in by_file["639876"].rules)


def test_roll_calls_add_up_to_their_own_sums_and_to_no_others() -> None:
    path = shared_data("magdeburg", "votes.jsonl.gz")
    count, ties = 0, 0
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            names: dict[str, int] = {}
            votes = []
            for cast in json.loads(line)["votes"]:
                key = f"0193a000-0000-7000-8000-{names.setdefault(cast['name'], len(names)):012x}"
                votes.append(Vote(choice=_CHOICES[cast["vote"]], person=key))
            sums = Counter(vote.choice for vote in votes)
            tally = Tally(
                yes=sums[v.Choice.YES],
                no=sums[v.Choice.NO],
                abstain=sums[v.Choice.ABSTAIN],
                not_cast=sums[v.Choice.NOT_CAST],
            )
            tie = tally.yes == tally.no
            declared = v.Declared.PASSED if sums[v.Choice.YES] > sums[v.Choice.NO] else v.Declared.FAILED
            held = ballot(declared, tally=tally, votes=tuple(votes), method=v.BallotMethod.ROLL_CALL)
            assert check_votes(held).verdict is Verdict.AGREES
            assert check_ballot(held, in_force()).verdict is Verdict.AGREES
            one_more = msgspec.structs.replace(tally, yes=sums[v.Choice.YES] + 1)
            assert check_votes(msgspec.structs.replace(held, tally=one_more)).verdict is Verdict.CONTRADICTS
            count, ties = count + 1, ties + tie
    assert (count, ties) == (1836, 8)


@pytest.mark.parametrize("tag", ["outcome-contradicts-counts", "rest-clause", "tie", "unanimous-with-no-votes"])
def test_every_oddity_can_be_checked_without_an_exception(tag: str) -> None:
    for one in oddities(tag):
        for facts in (Facts(), Facts(present=30), Facts(entitled=49)):
            assert checked(one, in_force(), facts).computation
