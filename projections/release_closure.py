"""Closure periods (de: Schutzfristen) and the offer to the archive, for `release`.

Promise: a day is information with its computation and its provision, and never a verdict. The periods stand in
§ 10 SächsArchivG and count for Saxon bodies alone; for others no provision is on record, and none is borrowed. The
origin is taken as for the offer (`projections.deadlines`): the last substantive event. Corrections, findings, custody
and what a source showed do not start the clock anew.

A closure period is one of archival material (de: Archivgut): what no archive has taken over is not under it yet.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from domain import events as e
from domain import vocabulary as v
from domain.body import Body
from domain.custody import Custody, covered
from domain.dates import first_day, last_day
from domain.meeting import Meeting
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.rules import PRESETS, Rests, in_force
from domain.stream import RecordedEvent
from domain.values import When, stated
from projections.deadlines import after_event, body_of, deadlines
from projections.release_shapes import Closure, OfferLine, PeriodLine
from projections.resolutions_shapes import DueKind, DueLine
from projections.shapes import RuleLine
from projections.timetravel import Placement
from projections.wording import date_text, period_text, when_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.values import Rule
    from projections.teller import Teller
    from projections.timetravel import Past

_LAW: Final = "§ 13 Abs. 4 Satz 1 SächsArchivG"
# The text in force was not read for this program; the periods are those of an undated copy of the law and of a notice
# of the Staatsarchiv. Hence they are shown, and nothing is concluded from them.
_RESTS: Final = Rests.UNREAD
GENERAL: Final = f"§ 10 Abs. 1 Satz 2 Nr. 1, {_LAW}"
SECRECY: Final = f"§ 10 Abs. 1 Satz 2 Nr. 2, {_LAW}"
PERSONAL: Final = f"§ 10 Abs. 1 Satz 2 Nr. 3, {_LAW}"
DEATH: Final = f"§ 10 Abs. 1 Satz 2 Nr. 3 Buchst. a, {_LAW}"
BIRTH: Final = f"§ 10 Abs. 1 Satz 2 Nr. 3 Buchst. b, {_LAW}"
PUBLISHED: Final = "§ 10 Abs. 2 Satz 1 SächsArchivG"
OFFICE: Final = "§ 10 Abs. 2 Satz 3 SächsArchivG"
_SAXONY: Final = frozenset({"sachsen", "freistaat sachsen", "sn", "de-sn"})
_DAY: Final = len("2021-12-08")
_ABOUT_THE_RECORD: Final = (e.RecordCorrected, e.DiscrepancyNoted)
_UNITS: Final = {v.RuleValue.DAYS: "D", v.RuleValue.WEEKS: "W", v.RuleValue.MONTHS: "M", v.RuleValue.YEARS: "Y"}


class Matter(Struct, frozen=True, kw_only=True):
    """The thing asked about, with all facts that count, its own and those of other streams."""

    stream: str
    kind: str
    records: tuple[RecordedEvent, ...]


class Told(Struct, frozen=True, kw_only=True):
    """The general closure period, and the provision on personal records where one is on record."""

    line: Closure
    personal_rule: RuleLine | None


def closure(teller: Teller, matter: Matter) -> Told:
    """Give what is known of the general closure period of a thing."""
    past = teller.past
    owner, problem = _owner(past, matter)
    body = past.whole_state(owner) if owner is not None else None
    land = _land(body) if isinstance(body, Body) else None
    is_saxon = land is not None and land.casefold() in _SAXONY
    origin = _origin(past, matter)
    public = [record for record in matter.records if past.visibility(record) is v.Visibility.PUBLIC]
    at_once = sum(record.visibility is v.Visibility.PUBLIC for record in public)
    if is_saxon:
        reason, sentence = "rule_unchecked", f"rule unchecked: {GENERAL}, the source was not read"
    else:
        whose = problem or (f"a body in {land}" if land is not None else "a body whose Land is not stated")
        reason, sentence = "no_provision", f"no provision on record for {whose}; none is borrowed from another Land"
    line = Closure(
        verdict="not_decidable",
        reason=reason,
        sentence=sentence,
        body=teller.body_name(owner) if owner is not None else None,
        land=land,
        origin_on=origin.day,
        origin_event=teller.use(origin.record) if origin.record is not None else None,
        why_no_origin=origin.why if origin.day is None else None,
        periods=tuple(_periods(origin)) if is_saxon else (),
        public_from_the_start=at_once,
        released_later=len(public) - at_once,
        not_public=len(matter.records) - len(public),
        taken_over=_taken_over(teller, matter.stream),
    )
    return Told(line=line, personal_rule=rule_line(PERSONAL) if is_saxon else None)


def rule_line(citation: str) -> RuleLine:
    """Give a provision on closure, and that its text was not read."""
    return RuleLine(topic="closure", citation=citation, rests=_RESTS.value)


def period_line(kind: str, says: str, years: int, citation: str, *, since: str | None, why_not: str) -> PeriodLine:
    """Give a closure period from an event on, with its computation; why there is no day where there is none."""
    duration = f"P{years}Y"
    period = after_event(since, duration) if since is not None else None
    day = f"{period_text(duration)} after {date_text(since[:_DAY])} ({citation})" if since is not None else ""
    return PeriodLine(
        kind=kind,
        says=says,
        years=years,
        on=period.ends if period is not None else None,
        why_no_day=why_not if period is None else None,
        computation=(day, *period.computation) if period is not None else (),
        provisions=(citation, *period.provisions) if period is not None else (),
        rule=rule_line(citation),
    )


def _periods(origin: _Origin) -> Iterator[PeriodLine]:
    yield period_line("general", "allgemeine Schutzfrist, 30 years", 30, GENERAL, since=origin.day, why_not=origin.why)
    yield period_line(
        "secrecy", "what is under a duty of secrecy, 60 years", 60, SECRECY, since=origin.day, why_not=origin.why
    )


# -- whose it is ----------------------------------------------------------------------------------


def _owner(past: Past, matter: Matter) -> tuple[str | None, str | None]:
    """Give the body that a thing belongs to, and why none is given."""
    found = tuple(dict.fromkeys(_bodies(past, matter.stream)))
    if len(found) == 1:
        return found[0], None
    return None, "records of several bodies" if found else "a body that is not recorded"


def _bodies(past: Past, stream: str) -> Iterator[str]:
    state = past.whole_state(stream)
    match state:
        case Proposal():
            names = [stated(state.body)]
        case Meeting():
            organs = [past.whole_state(organ) for organ in state.organs]
            names = [stated(organ.body) for organ in organs if isinstance(organ, Organ)]
        case Resolution():
            names = [body_of(past, state)]
        case Review():
            named = [past.whole_state(resolution) for resolution in state.resolutions]
            names = [body_of(past, one) for one in named if isinstance(one, Resolution)]
        case _:
            names = []
    yield from (name for name in names if name is not None)


def _land(body: Body) -> str | None:
    """Give the Land that is stated for a body; else that of the presets among its rules, where they agree."""
    land = stated(body.registered.event.land) if body.registered is not None else None
    if land is not None:
        return land
    keys = {stated(fact.event.preset) for fact in body.rule_sets}
    lands = {preset.land for key, preset in PRESETS.items() if key in keys}
    return lands.pop() if len(lands) == 1 else None


# -- its origin -----------------------------------------------------------------------------------


class _Origin(Struct, frozen=True, kw_only=True):
    """The last substantive event, and its day; or why that cannot be told."""

    day: str | None
    record: RecordedEvent | None
    why: str


def _origin(past: Past, matter: Matter) -> _Origin:
    dated: list[tuple[date, RecordedEvent]] = []
    for record in _substantive(past, matter):
        occurred, latest = record.occurred, None
        if isinstance(occurred, When):
            latest = stated(occurred.until) or stated(occurred.at) or stated(occurred.not_after)
        if latest is None:
            return _Origin(day=None, record=record, why="an event of it has no latest day, and may be its last")
        dated.append((last_day(latest), record))
    if not dated:
        return _Origin(day=None, record=None, why="no event of it is recorded")
    _, record = max(dated, key=lambda pair: (pair[0], pair[1].position))
    occurred = record.occurred
    exact = (stated(occurred.until) or stated(occurred.at)) if isinstance(occurred, When) else None
    if exact is None or len(exact) < _DAY:
        why = f"its last substantive event has no exact day ({when_text(occurred) or 'withheld'})"
        return _Origin(day=None, record=record, why=why)
    return _Origin(day=exact[:_DAY], record=record, why="the day lies beyond the calendar")


def _substantive(past: Past, matter: Matter) -> Iterable[RecordedEvent]:
    """Give the events that count for the origin.

    Those of the thing itself; of a proposal also what meetings, resolutions and reviews did with it, and of a
    resolution what reviews did about it.
    """
    others = {"proposal": {"meeting", "resolution", "review"}, "resolution": {"review"}}.get(matter.kind, set())
    for record in matter.records:
        if isinstance(record.event, _ABOUT_THE_RECORD) or past.place(record) is not Placement.BY_THEN:
            continue
        if record.stream == matter.stream or record.kind in others:
            yield record


# -- the archive ----------------------------------------------------------------------------------


def _files(past: Past, stream: str) -> Iterator[Custody]:
    return (custody for custody in past.states("custody", Custody) if stream in custody.objects)


def _taken_over(teller: Teller, stream: str) -> str | None:
    """Give the event by which an archive confirmed that it took a record over."""
    received = [
        fact.record
        for custody in _files(teller.past, stream)
        for fact in custody.receipts
        if stream in covered(custody, fact) and fact.event.complete is not False
    ]
    return teller.use(received[0]) if received else None


def offers(teller: Teller, matter: Matter) -> tuple[OfferLine, ...]:
    """Give when a thing must be offered, and each resolution that it has, as `resolutions` says it."""
    own = [] if matter.kind == "resolution" else [_line(teller, matter.stream, _offer(teller, matter))]
    for state in teller.past.states("resolution", Resolution):
        if _belongs(matter, state):
            due = next(one for one in deadlines(teller, state) if one.kind is DueKind.OFFER)
            own.append(_line(teller, state.stream, due))
    return tuple(own)


def _line(teller: Teller, stream: str, due: DueLine) -> OfferLine:
    return OfferLine(stream=stream, title=teller.title(stream), due=due)


def _belongs(matter: Matter, state: Resolution) -> bool:
    if state.stream == matter.stream or stated(state.proposal) == matter.stream:
        return True
    made_by = stated(state.made.event.made_by) if state.made is not None else None
    if made_by is not None and stated(made_by.meeting) == matter.stream:
        return True
    return matter.kind == "review" and any(
        state.stream in (stated(getattr(record.event, "resolutions", None)) or ())
        for record in matter.records
        if record.stream == matter.stream
    )


def _offer(teller: Teller, matter: Matter) -> DueLine:
    """Give the day by which a thing that is no resolution must be offered, by the rules of the reader's day."""
    past = teller.past
    owner, problem = _owner(past, matter)
    body = past.whole_state(owner) if owner is not None else None
    origin = _origin(past, matter)
    done = [
        fact
        for custody in _files(past, matter.stream)
        for fact in custody.offers
        if matter.stream in covered(custody, fact)
    ]
    plain = DueLine(
        kind=DueKind.OFFER,
        says="to be offered to the archive by (Anbietung)",
        on=None,
        basis=v.Basis.INFERRED.value,
        archive=stated(body.archive_of_record) if isinstance(body, Body) else None,
        settled=f"offered {when_text(done[-1].record.occurred)}".rstrip() if done else None,
        events=(teller.use(origin.record),) if origin.record is not None else (),
    )
    replace = msgspec.structs.replace
    if not isinstance(body, Body):
        return replace(plain, why_no_day=problem or "the body that it belongs to is not recorded")
    rules, lacking = _offer_rules(body, past.day)
    plain = replace(plain, rules=tuple(_rule(rule) for rule in rules))
    unit = _UNITS.get(rules[0].value) if rules and isinstance(rules[0].value, v.RuleValue) else None
    if lacking is None and (unit is None or not isinstance(rules[0].number, int)):
        lacking = f"the content of {rules[0].citation} is not covered here"
    if lacking is not None:
        return replace(plain, why_no_day=lacking)
    duration = f"P{rules[0].number}{unit}"
    period = after_event(origin.day, duration) if origin.day is not None else None
    if period is None or origin.day is None:
        return replace(plain, why_no_day=origin.why)
    counted = f"{period_text(duration)} after {date_text(origin.day)} ({rules[0].citation})"
    return replace(
        plain,
        on=period.ends,
        computation=(counted, *period.computation),
        provisions=(rules[0].citation, *period.provisions),
        days=(date.fromisoformat(period.ends) - first_day(past.day)).days,
    )


def _offer_rules(body: Body, day: str) -> tuple[tuple[Rule, ...], str | None]:
    rules = in_force([fact.event for fact in body.rule_sets], day)
    if rules.problem is not None:
        return (), rules.sentence
    found = tuple(rule for rule in rules.rules if rule.topic is v.RuleTopic.OFFER_TO_ARCHIVE)
    if not found:
        return (), f"{', '.join(rules.names)} has no rule for this"
    if unread := [rule.citation for rule in found if not rule.read]:
        return found, f"rule unchecked: {', '.join(unread)}, the source was not read"
    if len({(rule.number, rule.value) for rule in found}) > 1:
        return found, f"several rules differ: {', '.join(rule.citation for rule in found)}"
    return found, None


def _rule(rule: Rule) -> RuleLine:
    rests = Rests.READ if rule.read else Rests.UNREAD
    return RuleLine(topic=rule.topic.value, citation=rule.citation, rests=rests.value)
