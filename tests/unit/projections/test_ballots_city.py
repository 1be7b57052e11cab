"""The roll-calls of a real city read as `ballots`: sums equal to counts, and the contradictions that are there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from support import magdeburg_ballots as magdeburg
from support.council import on, statement
from support.directory import BODY, counter, opened
from support.memory import MemoryArchive
from support.rules import MUSTERKREIS
from support.shared import shared_data

from archive.intake.ballots import read_ballots
from domain import events as e
from projections.ballots import ballots_of
from projections.gatherings import meetings_of

if TYPE_CHECKING:
    from pathlib import Path

    from domain.stream import RecordedEvent
    from domain.values import Rule
    from projections.ballots_shapes import Ballots


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[RecordedEvent, ...]:
    path: Path = tmp_path_factory.mktemp("magdeburg") / "ballots.jsonl"
    path.write_text(magdeburg.neutral(shared_data("magdeburg")), encoding="utf-8")
    directory = opened("Magdeburg")
    for batch in read_ballots(path, directory=directory, new_id=counter()):
        directory.record(batch)
    return tuple(sorted((r for h in directory.histories.values() for r in h), key=lambda r: r.position))


def archive(city: tuple[RecordedEvent, ...], rules: tuple[Rule, ...] | None) -> MemoryArchive:
    """Give the city as it was read, with an invented rule set of its body or none."""
    made = MemoryArchive(city)
    if rules is not None:
        event = e.RuleSetAdopted(name="GO (erfunden)", valid_from="2000-01-01", rules=rules)
        made.add(statement(BODY, event, occurred=on("2000-01-01")))
    return made


@pytest.fixture(scope="module")
def checked(city: tuple[RecordedEvent, ...]) -> Ballots:
    return ballots_of(archive(city, MUSTERKREIS).archive())


def test_votes_by_name_add_up_to_every_count(checked: Ballots) -> None:
    assert len(checked.ballots) == 1_836
    verdicts = Counter(
        one.verdict for entry in checked.ballots for one in entry.ballot.checks if one.subject == "votes"
    )
    assert verdicts == {"agrees": 1_836}
    for entry in checked.ballots:
        assert {one.choice for one in entry.sums} >= {"yes", "no", "abstain"}
        assert all(one.recorded == one.counted for one in entry.sums)


def test_results_that_contradict_their_count_are_found_under_a_simple_majority(checked: Ballots) -> None:
    found = []
    for entry in checked.ballots:
        tally = {field.name: field.known.value for field in entry.ballot.tally}
        yes, no = tally["yes"], tally["no"]
        assert isinstance(yes, int)
        assert isinstance(no, int)
        declared = entry.ballot.declared.value
        expected = "not_decidable" if declared is None else "agrees"
        if (declared == "passed" and yes <= no) or (declared == "failed" and yes > no):
            expected = "contradicts"
        assert entry.verdict == expected, (yes, no, declared)
        found += [(declared, yes < no)] if entry.verdict == "contradicts" else []
    assert found == [("passed", True)] * 5


def test_without_a_rule_that_was_read_no_result_of_the_city_gets_a_verdict(city: tuple[RecordedEvent, ...]) -> None:
    none = ballots_of(archive(city, None).archive())
    unread = ballots_of(archive(city, tuple(replace(one, read=False) for one in MUSTERKREIS)).archive())
    for found, reason in ((none, "no_rule_set"), (unread, "rule_unchecked")):
        assert {line.verdict for line in found.counts} == {"not_decidable"}
        assert {line.reason for line in found.counts} == {reason, "not_declared"}


def test_every_meeting_of_the_city_is_held_with_all_its_ballots(city: tuple[RecordedEvent, ...]) -> None:
    found = meetings_of(archive(city, None).archive())
    assert len(found.meetings) == 35
    assert {entry.state for entry in found.meetings} == {"held"}
    assert sum(len(item.ballots) for entry in found.meetings for item in entry.items) == 1_836
