"""The check (de: Rechenprobe) of ballots and quorum, with what the meeting's record says of who was there.

What follows from a count is asked of `domain.rules`; here is only which rules held that day, and how many members
were there at that moment. Nothing is filled in: what is not recorded goes to the check as not known.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType

from domain import vocabulary as v
from domain.body import Body
from domain.dates import is_before
from domain.events import BallotHeld
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
from domain.values import When, stated
from projections.deliberations import met_on
from projections.shapes import CheckLine, RuleLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain import events as e
    from domain.meeting import Meeting
    from domain.stream import Fact, RecordedEvent
    from domain.values import Tally
    from projections.timetravel import Past


# What an outcome says of a count of yes and no.
_DECLARED: Final = {
    v.Outcome.ADOPTED: v.Declared.PASSED,
    v.Outcome.ADOPTED_AMENDED: v.Declared.PASSED,
    v.Outcome.REJECTED: v.Declared.FAILED,
    v.Outcome.REJECTED_TIE: v.Declared.FAILED,
}


def rules_of(past: Past, meeting: Meeting) -> RulesInForce:
    """Give the rules of a body on the day of a meeting; when the register was told of them does not matter."""
    convened = meeting.convened
    body = past.whole_state(convened.event.body) if convened and isinstance(convened.event.body, str) else None
    rule_sets = [fact.event for fact in body.rule_sets] if isinstance(body, Body) else []
    day = met_on(past, meeting, (*meeting.outcomes, *meeting.ballots))
    organs = meeting.organs
    return in_force(rule_sets, day or UNSET, organ=organs[0] if len(organs) == 1 else UNSET)


def checks_of(past: Past, meeting: Meeting, ballot: Fact[e.BallotHeld]) -> tuple[CheckLine, ...]:
    """Check a ballot: the result first, then what else is said of it, and whether the organ was able to decide.

    Of the quorum something is said at the opening only; it is held against who was there when the ballot was held.
    """
    rules, facts, event = rules_of(past, meeting), _facts(past, meeting, ballot), ballot.event
    checks = [check_ballot(event, rules, facts=facts)]
    if event.majority is v.Majority.UNANIMOUS:
        checks.append(check_unanimity(event))
    if event.votes is not UNSET:
        checks.append(check_votes(event))
    if event.chair_voted is not UNSET or _is_chair_named(event, facts):
        checks.append(check_chair_vote(event, rules, facts=facts))
    opening = _opening(meeting)
    checks.append(check_quorum(opening.event.quorum if opening is not None else UNSET, rules, facts=facts))
    return tuple(check_line(check) for check in checks)


def check_of_outcome(past: Past, meeting: Meeting, outcome: Fact[e.OutcomeDeclared]) -> CheckLine:
    """Check an outcome of which no ballot is recorded, by the counts that stand with the outcome itself.

    Only adoption and rejection are results of a count of yes and no; of anything else nothing follows from one.
    """
    event = outcome.event
    tally = stated(event.tally)
    if tally is None or all(stated(getattr(tally, name)) is None for name in ("yes", "no", "abstain")):
        return no_ballot()
    declared = _DECLARED.get(event.outcome) if isinstance(event.outcome, v.Outcome) else None
    as_ballot = BallotHeld(
        ballot=outcome.id,  # never recorded as one; the check does not look at it
        method=v.BallotMethod.NOT_STATED,
        tally=event.tally,
        majority=event.majority,
        declared=UNSET if declared is None else declared,
    )
    facts = facts_at(past, meeting, outcome.record, item=stated(event.item), tally=tally)
    return check_line(check_ballot(as_ballot, rules_of(past, meeting), facts=facts))


def verdict_of(checks: Iterable[CheckLine]) -> str:
    """Give the one verdict of several checks: that of the result, unless any of them contradicts."""
    verdicts = [check.verdict for check in checks]
    return Verdict.CONTRADICTS.value if Verdict.CONTRADICTS.value in verdicts else verdicts[0]


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
    event = ballot.event
    return facts_at(past, meeting, ballot.record, item=stated(event.item), tally=stated(event.tally))


def facts_at(
    past: Past, meeting: Meeting, moment: RecordedEvent, *, item: str | None = None, tally: Tally | None = None
) -> Facts:
    """Give what is known of who was there at a moment of a meeting.

    Args:
        past: Where the organ's seats stand.
        meeting: The meeting.
        moment: The event at whose time is looked.
        item: The agenda item, for who was excluded from it.
        tally: The counts that say so themselves, which go before what was said at the opening.
    """
    opening = _opening(meeting)
    facts = facts_at_opening(opening.event) if opening is not None else Facts()
    if facts.members_by_law is UNSET:
        facts = _with_members(facts, _seats(past, meeting))
    # What was said at the opening holds until somebody came or went.
    present, entitled = facts.present, facts.entitled
    for change in changes_until(meeting, moment)[-1:]:
        present, entitled = change.event.present_count, UNSET
    named = [fact for fact in meeting.exclusions if item is not None and fact.event.item == item]
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


def changes_until(meeting: Meeting, moment: RecordedEvent) -> tuple[Fact[e.AttendanceChanged], ...]:
    """Give who came and went by a moment of a meeting, in the order in which that happened."""
    found = [change for change in meeting.attendance if not is_later(change.record, moment)]
    return tuple(sorted(found, key=functools.cmp_to_key(_in_order)))


def _in_order(one: Fact[e.AttendanceChanged], other: Fact[e.AttendanceChanged]) -> int:
    return 1 if is_later(one.record, other.record) else -1


def _is_chair_named(ballot: e.BallotHeld, facts: Facts) -> bool:
    """Say whether the votes by name tell how the chair voted."""
    chair = stated(facts.chair)
    return chair is not None and any(vote.person == chair for vote in stated(ballot.votes) or ())


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


def is_later(one: RecordedEvent, other: RecordedEvent) -> bool:
    """Say whether something happened after something else for certain; without two moments by order of recording."""
    first = stated(one.occurred.at) if isinstance(one.occurred, When) else None
    second = stated(other.occurred.at) if isinstance(other.occurred, When) else None
    if first is None or second is None or first == second:
        return one.seq > other.seq
    return is_before(second, first)
