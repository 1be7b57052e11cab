"""The check (de: Rechenprobe) of ballots and quorum, with what the meeting's record says of who was there.

What follows from a count is asked of `domain.rules`; here is only which rules held that day, and how many members
were there at that moment. Nothing is filled in: what is not recorded goes to the check as not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from domain import vocabulary as v
from domain.body import Body
from domain.dates import is_before
from domain.organ import Organ
from domain.rules import (
    Check,
    Facts,
    Reason,
    RulesInForce,
    Subject,
    Verdict,
    check_ballot,
    check_chair_vote,
    check_quorum,
    check_unanimity,
    check_votes,
    facts_at_opening,
    in_force,
)
from domain.values import WITHHELD, When, stated
from projections.deliberations import met_on
from projections.shapes import CheckLine, RuleLine

if TYPE_CHECKING:
    from domain import events as e
    from domain.meeting import Meeting
    from domain.stream import Fact, RecordedEvent
    from projections.timetravel import Past


def rules_of(past: Past, meeting: Meeting) -> RulesInForce:
    """Give the rules of a body on the day of a meeting; when the register was told of them does not matter."""
    convened = meeting.convened
    body = past.whole_state(convened.event.body) if convened and isinstance(convened.event.body, str) else None
    rule_sets = [fact.event for fact in body.rule_sets] if isinstance(body, Body) else []
    day = met_on(past, meeting, (*meeting.outcomes, *meeting.ballots))
    organs = meeting.organs
    return in_force(rule_sets, day or UNSET, organ=organs[0] if len(organs) == 1 else UNSET)


def checks_of(past: Past, meeting: Meeting, ballot: Fact[e.BallotHeld]) -> tuple[CheckLine, ...]:
    """Check a ballot: the result first, then what else is said of it."""
    rules, facts, event = rules_of(past, meeting), _facts(past, meeting, ballot), ballot.event
    checks = [check_ballot(event, rules, facts=facts)]
    if event.majority is v.Majority.UNANIMOUS:
        checks.append(check_unanimity(event))
    if event.votes is not UNSET and event.votes is not WITHHELD:
        checks.append(check_votes(event))
    if event.chair_voted is not UNSET:
        checks.append(check_chair_vote(event, rules, facts=facts))
    opening = _opening(meeting)
    if opening is not None and opening.event.quorum is not UNSET:
        checks.append(check_quorum(opening.event.quorum, rules, facts=facts))
    return tuple(check_line(check) for check in checks)


def check_of_opening(past: Past, meeting: Meeting, opening: Fact[e.MeetingOpened]) -> CheckLine:
    """Check what was said of the quorum when a meeting was opened."""
    facts = facts_at_opening(opening.event)
    if facts.members_by_law is UNSET:
        facts = _with_members(facts, _seats(past, meeting))
    return check_line(
        check_quorum(opening.event.quorum, rules_of(past, meeting), facts=facts, basis=opening.event.quorum_basis)
    )


def no_ballot() -> CheckLine:
    """Say why there is nothing to check where an outcome was declared and no ballot is recorded."""
    return CheckLine(
        subject=Subject.BALLOT.value,
        verdict=Verdict.NOT_DECIDABLE.value,
        reason=Reason.NO_COUNT.value,
        sentence="no ballot is recorded, so there is no count",
    )


def check_line(check: Check) -> CheckLine:
    """Give a check as a reader sees it."""
    return CheckLine(
        subject=check.subject.value,
        verdict=check.verdict.value,
        reason=check.reason.value,
        sentence=check.sentence,
        computation=check.computation,
        rules=tuple(
            RuleLine(topic=rule.topic.value, citation=rule.citation, rests=rule.rests.value) for rule in check.rules
        ),
    )


def _facts(past: Past, meeting: Meeting, ballot: Fact[e.BallotHeld]) -> Facts:
    """Give what is known of who was there when a ballot was held."""
    opening = _opening(meeting)
    facts = facts_at_opening(opening.event) if opening is not None else Facts()
    if facts.members_by_law is UNSET:
        facts = _with_members(facts, _seats(past, meeting))
    item = stated(ballot.event.item)
    # What was said at the opening holds until somebody came or went.
    present, entitled = facts.present, facts.entitled
    for change in meeting.attendance:
        if not _is_later(change.record, ballot.record):
            present, entitled = change.event.present_count, UNSET
    named = [fact for fact in meeting.exclusions if item is not None and fact.event.item == item]
    tally = stated(ballot.event.tally)
    # That none is recorded does not say that nobody was excluded; only the ballot itself can say that.
    excluded = len(named) or (tally.excluded if tally is not None else UNSET)
    if named:
        entitled = UNSET
    calls = [fact for fact in meeting.calls if fact.event.item == item and fact.event.presiding is not UNSET]
    return Facts(
        members_by_law=facts.members_by_law,
        members_in_office=facts.members_in_office,
        present=_first(tally.present if tally is not None else UNSET, present),
        entitled=_first(tally.entitled if tally is not None else UNSET, entitled),
        excluded=excluded,
        chair=calls[-1].event.presiding if calls else facts.chair,
    )


_Count = int | None | UnsetType | object


def _first(stated_in_ballot: int | None | UnsetType, otherwise: _Count) -> int | None | UnsetType:
    if isinstance(stated_in_ballot, int) or not isinstance(otherwise, int | UnsetType | None):
        return stated_in_ballot
    return otherwise


def _with_members(facts: Facts, seats: int | UnsetType) -> Facts:
    return Facts(
        members_by_law=seats,
        members_in_office=facts.members_in_office,
        present=facts.present,
        entitled=facts.entitled,
        excluded=facts.excluded,
        chair=facts.chair,
    )


def _seats(past: Past, meeting: Meeting) -> int | UnsetType:
    organ = past.whole_state(meeting.organs[0]) if len(meeting.organs) == 1 else None
    seats = stated(organ.seats) if isinstance(organ, Organ) else None
    return UNSET if seats is None else seats


def _opening(meeting: Meeting) -> Fact[e.MeetingOpened] | None:
    """Give the opening that says how many were there: that of the whole meeting, else of its first part."""
    whole = [fact for fact in meeting.openings if fact.event.part is v.Part.WHOLE]
    found = whole or list(meeting.openings)
    return found[-1] if found else None


def _is_later(one: RecordedEvent, other: RecordedEvent) -> bool:
    """Say whether something happened after something else for certain; without two moments by order of recording."""
    first = stated(one.occurred.at) if isinstance(one.occurred, When) else None
    second = stated(other.occurred.at) if isinstance(other.occurred, When) else None
    if first is None or second is None or first == second:
        return one.seq > other.seq
    return is_before(second, first)
