from __future__ import annotations

import pytest
from msgspec import UNSET
from support.rules import MUSTERKREIS, T, V, rule

from domain import vocabulary as v
from domain.events import RuleSetAdopted
from domain.rules import Reason, in_force
from domain.values import WITHHELD, Rule, Withheld

COUNCIL = "organ:0193a000-0000-7000-8000-000000000001"
COMMITTEE = "organ:0193a000-0000-7000-8000-000000000002"


def adopted(
    name: str,
    since: str | None = None,
    until: str | Withheld | None = None,
    *,
    organ: str | Withheld | None = None,
    rules: tuple[Rule, ...] | Withheld = MUSTERKREIS,
) -> RuleSetAdopted:
    return RuleSetAdopted(
        name=name,
        valid_from=UNSET if since is None else since,
        valid_until=UNSET if until is None else until,
        organ=UNSET if organ is None else organ,
        rules=rules,
    )


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2018-01-01", ("old",)),
        ("2021-12-31", ("old",)),
        ("2022-01-01", ("new",)),
        ("2022", ("new",)),
        ("2022-01", ("new",)),
        ("2021-12-31T23:30:00+01:00", ("old",)),
        ("2030-06-15", ("new",)),
    ],
)
def test_the_set_that_holds_on_the_day_is_taken(day: str, names: tuple[str, ...]) -> None:
    sets = [adopted("new", "2022-01-01"), adopted("old", "2018-01-01", "2021-12-31")]
    found = in_force(sets, day)
    assert (found.names, found.problem, found.rules) == (names, None, MUSTERKREIS)


def test_a_later_set_replaces_an_earlier_one_without_an_end() -> None:
    sets = [adopted("old", "2018-01-01"), adopted("new", "2022-01-01")]
    assert in_force(sets, "2021-12-31").names == ("old",)
    assert in_force(sets, "2022-01-01").names == ("new",)


@pytest.mark.parametrize(
    ("sets", "day", "problem", "sentence"),
    [
        ([], "2022-01-01", Reason.NO_RULE_SET, "no rule set is recorded that held on 2022-01-01"),
        (
            [adopted("GO", "2022-01-02")],
            "2022-01-01",
            Reason.NO_RULE_SET,
            "no rule set is recorded that held on 2022-01-01",
        ),
        (
            [adopted("GO", "2018", "2021-12-31")],
            "2022-01-01",
            Reason.NO_RULE_SET,
            "no rule set is recorded that held on 2022-01-01",
        ),
        # A less exact date that straddles the day: neither in nor out.
        (
            [adopted("GO", "2022")],
            "2022-06-01",
            Reason.RULE_SET_UNCERTAIN,
            "whether the rule set GO held on 2022-06-01 does not follow from the dates stated",
        ),
        (
            [adopted("GO", "2018", "2022-06")],
            "2022-06-15",
            Reason.RULE_SET_UNCERTAIN,
            "whether the rule set GO held on 2022-06-15 does not follow from the dates stated",
        ),
        (
            [adopted("GO", "2022")],
            "2022-01-01",
            Reason.RULE_SET_UNCERTAIN,
            "whether the rule set GO held on 2022-01-01 does not follow from the dates stated",
        ),
        (
            [adopted("GO", "2018", "2022-06")],
            "2022-06-30",
            Reason.RULE_SET_UNCERTAIN,
            "whether the rule set GO held on 2022-06-30 does not follow from the dates stated",
        ),
        # A less exact day that straddles the beginning.
        (
            [adopted("GO", "2022-06-15")],
            "2022-06",
            Reason.RULE_SET_UNCERTAIN,
            "whether the rule set GO held on 2022-06 does not follow from the dates stated",
        ),
        (
            [adopted("old", "2018-01-01"), adopted("new", "2022")],
            "2022-06-01",
            Reason.RULE_SET_UNCERTAIN,
            "more than one rule set may have held on 2022-06-01: old, new",
        ),
        (
            [adopted("A", "2018-01-01"), adopted("B", "2018-01-01")],
            "2022-06-01",
            Reason.RULE_SET_UNCERTAIN,
            "more than one rule set may have held on 2022-06-01: A, B",
        ),
        # No beginning stated is not "since ever".
        (
            [adopted("GO")],
            "2022-06-01",
            Reason.RULE_SET_UNCERTAIN,
            "whether the rule set GO held on 2022-06-01 does not follow from the dates stated",
        ),
        (
            [adopted("GO", "2018-01-01", rules=WITHHELD)],
            "2022-06-01",
            Reason.WITHHELD,
            "the rules of GO are withheld",
        ),
        (
            [adopted("GO", "2018-01-01", WITHHELD)],
            "2022-06-01",
            Reason.RULE_SET_UNCERTAIN,
            "whether the rule set GO held on 2022-06-01 does not follow from the dates stated",
        ),
        (
            [adopted("GO", "2018-01-01")],
            UNSET,
            Reason.DAY_UNKNOWN,
            "the day is not stated, so no rule set can be chosen",
        ),
    ],
)
def test_where_the_dates_do_not_tell_no_rules_are_named(
    sets: list[RuleSetAdopted], day: str, problem: Reason, sentence: str
) -> None:
    found = in_force(sets, day)
    assert (found.problem, found.sentence, found.rules) == (problem, sentence, ())


def test_an_uncertain_set_that_a_certain_later_one_replaced_does_not_matter() -> None:
    sets = [adopted("old", "2010", "2023"), adopted("new", "2022-01-01")]
    assert in_force(sets, "2023-06-01").names == ("new",)


def test_what_the_organs_set_speaks_of_goes_before_the_body() -> None:
    chair_decides = rule(T.TIE, value=V.CHAIR_DECIDES)
    sets = [adopted("law", "2018-01-01"), adopted("GO", "2018-01-01", organ=COMMITTEE, rules=(chair_decides,))]
    here = in_force(sets, "2022-06-01", organ=COMMITTEE)
    assert here.names == ("GO", "law")
    assert [one for one in here.rules if one.topic is T.TIE] == [chair_decides]
    assert [one.topic for one in here.rules if one.topic is T.MAJORITY] == [T.MAJORITY]
    assert in_force(sets, "2022-06-01", organ=COUNCIL).names == ("law",)
    assert in_force(sets, "2022-06-01").names == ("law",)


def test_an_uncertain_set_of_the_organ_is_not_passed_over() -> None:
    sets = [adopted("law", "2018-01-01"), adopted("GO", "2022", organ=COMMITTEE)]
    assert in_force(sets, "2022-06-01", organ=COMMITTEE).problem is Reason.RULE_SET_UNCERTAIN
    assert in_force(sets, "2021-06-01", organ=COMMITTEE).names == ("law",)
    withheld = [adopted("law", "2018-01-01"), adopted("GO", "2022", organ=WITHHELD)]
    assert in_force(withheld, "2022-06-01", organ=COMMITTEE).problem is Reason.RULE_SET_UNCERTAIN


def test_an_organ_may_have_rules_where_the_body_has_none() -> None:
    sets = [adopted("GO", "2018-01-01", organ=COMMITTEE)]
    assert in_force(sets, "2022-06-01", organ=COMMITTEE).names == ("GO",)
    assert in_force(sets, "2022-06-01", organ=COUNCIL).problem is Reason.NO_RULE_SET


def test_an_uncertain_set_of_the_body_leaves_the_organ_without_rules() -> None:
    sets = [adopted("law", "2022"), adopted("GO", "2018-01-01", organ=COMMITTEE)]
    assert in_force(sets, "2022-06-01", organ=COMMITTEE).problem is Reason.RULE_SET_UNCERTAIN


def test_every_topic_of_the_tests_is_a_topic_of_the_code_list() -> None:
    assert {one.topic for one in MUSTERKREIS} <= set(v.RuleTopic)
