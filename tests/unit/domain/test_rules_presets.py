from __future__ import annotations

import msgspec
import pytest
from support.rules import ballot

from domain import vocabulary as v
from domain.events import RuleSetAdopted
from domain.rules import PRESETS, Reason, RuleSet, RulesInForce, Verdict, check_ballot, check_quorum, in_force
from domain.rules import Facts as MeetingFacts
from domain.values import Tally

T, V = v.RuleTopic, v.RuleValue


def adopted(preset: RuleSet) -> RuleSetAdopted:
    return RuleSetAdopted(name=preset.name, preset=preset.key, valid_from=preset.valid_from, rules=preset.rules)


def of_today(key: str) -> RulesInForce:
    return in_force([adopted(PRESETS[key])], "2026-11-23")


def test_the_presets_are_these_three() -> None:
    assert set(PRESETS) == {"sn-landkreis", "sn-gemeinde", "bw-gemeinde"}
    assert all(key == preset.key for key, preset in PRESETS.items())


@pytest.mark.parametrize("key", sorted(PRESETS))
def test_a_preset_can_be_recorded_as_it_is(key: str) -> None:
    event = adopted(PRESETS[key])
    assert msgspec.convert(msgspec.to_builtins(event), RuleSetAdopted) == event


@pytest.mark.parametrize("key", sorted(PRESETS))
def test_every_rule_names_its_provision_and_has_a_content(key: str) -> None:
    for rule in PRESETS[key].rules:
        assert rule.citation
        assert {rule.share, rule.value, rule.number} != {msgspec.UNSET}
        # A share says of what it is taken, and whether just it suffices.
        assert rule.share is msgspec.UNSET or (isinstance(rule.of, v.MajorityBase) and isinstance(rule.strict, bool))


@pytest.mark.parametrize(
    ("key", "law"), [("sn-landkreis", "SächsLKrO"), ("sn-gemeinde", "SächsGemO"), ("bw-gemeinde", "GemO BW")]
)
def test_no_rule_is_borrowed_from_the_law_of_another_body(key: str, law: str) -> None:
    others = {"SächsLKrO", "SächsGemO", "GemO BW"} - {law}
    citations = [rule.citation for rule in PRESETS[key].rules]
    assert not [c for c in citations if any(other in c for other in others) and not c.startswith("DVO")]
    assert sum(law in c for c in citations) > len(citations) // 2


def test_of_the_saxon_gemeindeordnung_nothing_was_read() -> None:
    assert not [rule for rule in PRESETS["sn-gemeinde"].rules if rule.read and "SächsGemO" in rule.citation]
    check = check_ballot(ballot(v.Declared.FAILED, tally=Tally(yes=24, no=23, abstain=0)), of_today("sn-gemeinde"))
    assert (check.verdict, check.reason) == (Verdict.NOT_DECIDABLE, Reason.RULE_UNCHECKED)


def test_the_wording_of_the_gemeindeordnung_of_bw_says_nothing_of_abstentions() -> None:
    (rule,) = (rule for rule in PRESETS["bw-gemeinde"].rules if rule.topic is T.ABSTENTIONS)
    assert not rule.read
    rules = of_today("bw-gemeinde")
    close = ballot(v.Declared.PASSED, tally=Tally(yes=24, no=23, abstain=1))
    assert check_ballot(close, rules).reason is Reason.RULE_UNCHECKED
    none = ballot(v.Declared.FAILED, tally=Tally(yes=24, no=23, abstain=0))
    assert check_ballot(none, rules).verdict is Verdict.CONTRADICTS


def test_in_a_saxon_landkreis_abstentions_are_not_counted() -> None:
    rules = of_today("sn-landkreis")
    held = ballot(v.Declared.PASSED, tally=Tally(yes=24, no=23, abstain=30))
    assert check_ballot(held, rules).verdict is Verdict.AGREES
    tie = ballot(v.Declared.PASSED, tally=Tally(yes=23, no=23))
    check = check_ballot(tie, rules)
    assert check.verdict is Verdict.CONTRADICTS
    assert "a tie is a rejection (tie: § 35 Abs. 6 Satz 4 SächsLKrO)" in check.computation


def test_a_preset_says_nothing_of_a_day_before_its_text() -> None:
    sets = [adopted(PRESETS["sn-landkreis"])]
    held = ballot(v.Declared.PASSED, tally=Tally(yes=24, no=23))
    assert check_ballot(held, in_force(sets, "2021-12-08")).reason is Reason.NO_RULE_SET
    assert check_ballot(held, in_force(sets, "2025-06-01")).reason is Reason.RULE_SET_UNCERTAIN


def test_the_objection_periods_of_the_two_laender_differ() -> None:
    def period(key: str, topic: v.RuleTopic) -> tuple[object, object, bool]:
        (rule,) = (rule for rule in PRESETS[key].rules if rule.topic is topic)
        return rule.number, rule.value, rule.read

    assert period("sn-landkreis", T.OBJECTION_DEADLINE) == (2, V.WEEKS, True)
    assert period("sn-landkreis", T.OBJECTION_NEW_MEETING) == (4, V.WEEKS, True)
    assert period("bw-gemeinde", T.OBJECTION_DEADLINE) == (1, V.WEEKS, True)
    assert period("bw-gemeinde", T.OBJECTION_NEW_MEETING) == (3, V.WEEKS, True)
    assert not [rule for rule in PRESETS["sn-gemeinde"].rules if rule.topic is T.OBJECTION_DEADLINE]


@pytest.mark.parametrize("key", ["sn-landkreis", "bw-gemeinde"])
def test_half_of_all_members_is_the_quorum_where_it_was_read(key: str) -> None:
    facts = MeetingFacts(members_by_law=99, entitled=50)
    check = check_quorum(v.QuorumState.ESTABLISHED, of_today(key), facts=facts)
    assert check.verdict is Verdict.AGREES
    unread = check_quorum(v.QuorumState.ESTABLISHED, of_today("sn-gemeinde"), facts=facts)
    assert unread.reason is Reason.RULE_UNCHECKED
