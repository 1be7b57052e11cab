"""Closure periods (de: Schutzfristen) and the offer to the archive, for `release`.

Promise: a day is information with its computation and its provision, and never a verdict. The periods stand in
§ 10 SächsArchivG and count for Saxon bodies alone; for others no provision is on record, and none is borrowed. The
origin is taken as for the offer (`projections.offering`): the last substantive event. Corrections, findings, custody
and what a source showed do not start the clock anew.

A closure period is one of archival material (de: Archivgut): what no archive has taken over is not under it yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import vocabulary as v
from domain.body import Body
from domain.custody import Custody, covered
from domain.meeting import Meeting
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.rules import PRESETS, Rests
from domain.stream import RecordedEvent
from domain.values import stated
from projections.deadlines import body_of, deadlines
from projections.offering import Origin, is_substantive, offer, origin_of
from projections.periods import after_event
from projections.release_shapes import Closure, OfferLine, PeriodLine
from projections.resolutions_shapes import DueKind, DueLine
from projections.shapes import RuleLine
from projections.wording import date_text, period_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def _periods(origin: Origin) -> Iterator[PeriodLine]:
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


def _origin(past: Past, matter: Matter) -> Origin:
    return origin_of(_substantive(past, matter))


def _substantive(past: Past, matter: Matter) -> Iterable[RecordedEvent]:
    """Give the events that count for the origin.

    Those of the thing itself; of a proposal also what meetings, resolutions and reviews did with it, and of a
    resolution what reviews did about it.
    """
    others = {"proposal": {"meeting", "resolution", "review"}, "resolution": {"review"}}.get(matter.kind, set())
    for record in matter.records:
        if not is_substantive(past, record):
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
    """Give when a thing that is no resolution must be offered."""
    past = teller.past
    owner, problem = _owner(past, matter)
    offers = [
        fact
        for custody in _files(past, matter.stream)
        for fact in custody.offers
        if matter.stream in covered(custody, fact)
    ]
    return offer(teller, owner=owner, problem=problem, origin=_origin(past, matter), offers=offers)
