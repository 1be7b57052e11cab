"""When a record began to count, and when it must be offered to the archive: one room for `resolutions` and `release`.

A record must be offered so many years after its origin at the latest. Its origin is taken to be the last substantive
event on record: corrections, noted discrepancies, custody and what a source showed do not start the clock anew. A rule
whose source was not read sets no day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from domain import events as e
from domain import vocabulary as v
from domain.body import Body
from domain.dates import first_day, last_day
from domain.rules import Rests, in_force
from domain.stream import RecordedEvent
from domain.values import Rule, When, stated
from projections.periods import after_event
from projections.resolutions_shapes import DueKind, DueLine
from projections.shapes import RuleLine
from projections.timetravel import Placement
from projections.wording import date_text, period_text, when_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from domain.stream import Fact
    from projections.teller import Teller
    from projections.timetravel import Past

_DAY: Final = len("2021-12-08")
_ABOUT_THE_RECORD: Final = (e.RecordCorrected, e.DiscrepancyNoted)
_UNITS: Final = {v.RuleValue.DAYS: "D", v.RuleValue.WEEKS: "W", v.RuleValue.MONTHS: "M", v.RuleValue.YEARS: "Y"}


# -- the origin -----------------------------------------------------------------------------------


class Origin(Struct, frozen=True, kw_only=True):
    """The last substantive event, and its day; or why that cannot be told."""

    day: str | None
    record: RecordedEvent | None
    why: str


def is_substantive(past: Past, record: RecordedEvent) -> bool:
    """Say whether an event counts for the origin: it had happened by then, and is about more than the record."""
    return not isinstance(record.event, _ABOUT_THE_RECORD) and past.place(record) is Placement.BY_THEN


def origin_of(records: Iterable[RecordedEvent]) -> Origin:
    """Give the last of some substantive events, and its day."""
    dated: list[tuple[date, RecordedEvent]] = []
    for record in records:
        occurred, latest = record.occurred, None
        if isinstance(occurred, When):
            latest = stated(occurred.until) or stated(occurred.at) or stated(occurred.not_after)
        if latest is None:
            return Origin(day=None, record=record, why="an event of it has no latest day, and may be its last")
        dated.append((last_day(latest), record))
    if not dated:
        return Origin(day=None, record=None, why="no event of it is recorded")
    _, record = max(dated, key=lambda pair: (pair[0], pair[1].position))
    occurred = record.occurred
    exact = (stated(occurred.until) or stated(occurred.at)) if isinstance(occurred, When) else None
    if exact is None or len(exact) < _DAY:
        why = f"its last substantive event has no exact day ({when_text(occurred) or 'withheld'})"
        return Origin(day=None, record=record, why=why)
    return Origin(day=exact[:_DAY], record=record, why="the day lies beyond the calendar")


# -- the offer ------------------------------------------------------------------------------------


def offer(
    teller: Teller, *, owner: str | None, problem: str | None, origin: Origin, offers: Iterable[Fact[e.Offered]]
) -> DueLine:
    """Give the day by which a record must be offered to the archive of its body, by the rules of the reader's day.

    Args:
        teller: Tells.
        owner: The body that it belongs to.
        problem: Why no body is given, where that is more than that none is recorded.
        origin: Its origin.
        offers: The offers of it that are recorded.
    """
    body = teller.past.whole_state(owner) if owner is not None else None
    done = max(offers, key=lambda fact: fact.record.position, default=None)
    plain = DueLine(
        kind=DueKind.OFFER,
        says="to be offered to the archive by (Anbietung)",
        on=None,
        basis=v.Basis.INFERRED.value,
        archive=stated(body.archive_of_record) if isinstance(body, Body) else None,
        settled=f"offered {when_text(done.record.occurred)}".rstrip() if done is not None else None,
        events=(teller.use(origin.record),) if origin.record is not None else (),
    )
    if problem is not None:
        return msgspec.structs.replace(plain, why_no_day=problem)
    return by_rule(teller.past, owner, plain, v.RuleTopic.OFFER_TO_ARCHIVE, since=origin.day, why_not=origin.why)


def by_rule(
    past: Past, owner: str | None, plain: DueLine, topic: v.RuleTopic, *, since: str | None, why_not: str
) -> DueLine:
    """Give a day that a rule of a body sets, counted from an event; or why there is none.

    Args:
        past: The reader, whose day decides which rules hold.
        owner: The body.
        plain: The line without the day.
        topic: What the rule is about.
        since: The day of the event.
        why_not: Why there is no such day.
    """
    replace = msgspec.structs.replace
    rules, problem = _rules(past, owner, topic)
    plain = replace(plain, basis=v.Basis.INFERRED.value, rules=tuple(_rule_line(rule) for rule in rules))
    if problem is not None:
        return replace(plain, why_no_day=problem)
    rule = rules[0]
    unit = _UNITS.get(rule.value) if isinstance(rule.value, v.RuleValue) else None
    if unit is None or not isinstance(rule.number, int):
        return replace(plain, why_no_day=f"the content of {rule.citation} is not covered here")
    duration = f"P{rule.number}{unit}"
    period = after_event(since, duration) if since is not None else None
    if since is None or period is None:
        return replace(plain, why_no_day=why_not)
    counted = f"{period_text(duration)} after {date_text(since[:_DAY])} ({rule.citation})"
    return replace(
        plain,
        on=period.ends,
        computation=(counted, *period.computation),
        provisions=(rule.citation, *period.provisions),
        days=(first_day(period.ends) - first_day(past.day)).days,
    )


def _rules(past: Past, owner: str | None, topic: v.RuleTopic) -> tuple[tuple[Rule, ...], str | None]:
    """Give the rules on a topic that hold on the reader's day, and why none of them can be applied."""
    body = past.whole_state(owner) if owner is not None else None
    if not isinstance(body, Body):
        return (), "the body that it belongs to is not recorded"
    rules = in_force([fact.event for fact in body.rule_sets], past.day)
    if rules.problem is not None:
        return (), rules.sentence
    found = tuple(rule for rule in rules.rules if rule.topic is topic)
    if not found:
        return (), f"{', '.join(rules.names)} has no rule for this"
    if unread := [rule.citation for rule in found if not rule.read]:
        return found, f"rule unchecked: {', '.join(unread)}, the source was not read"
    if len({(rule.number, rule.value) for rule in found}) > 1:
        return found, f"several rules differ: {', '.join(rule.citation for rule in found)}"
    return found, None


def _rule_line(rule: Rule) -> RuleLine:
    rests = Rests.READ if rule.read else Rests.UNREAD
    return RuleLine(topic=rule.topic.value, citation=rule.citation, rests=rests.value)
