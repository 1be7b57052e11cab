"""A meeting: invitation, agenda, presence, ballots, outcomes, minutes (de: Sitzung).

The state keeps the facts flat, in order of recording. `items` and `minutes` put them together for a reader; that
is done once, on asking, and not again for every event.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import vocabulary as v
from domain.annex import Annex, annexes_after
from domain.errors import RuleError, WithheldError
from domain.events import (
    AgendaSet,
    AttendanceChanged,
    BallotHeld,
    ItemCalled,
    MeetingCancelled,
    MeetingClosed,
    MeetingConvened,
    MeetingMoved,
    MeetingOpened,
    MemberExcluded,
    MinutesFiled,
    MinutesObjectionHandled,
    MinutesPresented,
    MinutesSigned,
    MotionMoved,
    OutcomeDeclared,
    PublicityDecided,
)
from domain.stream import E, Fact, Keeps, RecordedEvent, State, advance, newest, pointer
from domain.values import WITHHELD, AgendaItem, PaperHandedOut, Said, Withheld, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.events import Event

SECRET: Final = frozenset({v.BallotMethod.SECRET, v.BallotMethod.ELECTION_BY_BALLOT_PAPER})


class Meeting(State, frozen=True, kw_only=True):
    """A meeting as its events tell it; every field keeps its events in order of recording.

    A part of a meeting, public or not, is opened, set, minuted and closed by events of its own.
    """

    convened: Fact[MeetingConvened] | None = None
    moves: tuple[Fact[MeetingMoved], ...] = ()
    cancelled: Fact[MeetingCancelled] | None = None
    agendas: tuple[Fact[AgendaSet], ...] = ()
    openings: tuple[Fact[MeetingOpened], ...] = ()
    calls: tuple[Fact[ItemCalled], ...] = ()
    publicity: tuple[Fact[PublicityDecided], ...] = ()
    attendance: tuple[Fact[AttendanceChanged], ...] = ()
    exclusions: tuple[Fact[MemberExcluded], ...] = ()
    motions: tuple[Fact[MotionMoved], ...] = ()
    ballots: tuple[Fact[BallotHeld], ...] = ()
    outcomes: tuple[Fact[OutcomeDeclared], ...] = ()
    minutes_filed: tuple[Fact[MinutesFiled], ...] = ()
    minutes_presented: tuple[Fact[MinutesPresented], ...] = ()
    minutes_signed: tuple[Fact[MinutesSigned], ...] = ()
    minutes_objections: tuple[Fact[MinutesObjectionHandled], ...] = ()
    closings: tuple[Fact[MeetingClosed], ...] = ()
    annexes: tuple[Annex, ...] = ()

    @property
    def organs(self) -> tuple[str, ...]:
        """The organs that met; none where that is withheld."""
        return (stated(self.convened.event.organs) or ()) if self.convened else ()

    @property
    def starts_at(self) -> Said[str]:
        """When it begins, as last set."""
        moved = newest(self.moves, "starts_at")
        if moved is not None:
            return moved.event.starts_at
        return self.convened.event.starts_at if self.convened else UNSET

    @property
    def ends_at(self) -> Said[str]:
        """When it ends, as last set."""
        moved = newest(self.moves, "ends_at")
        if moved is not None:
            return moved.event.ends_at
        return self.convened.event.ends_at if self.convened else UNSET

    @property
    def place(self) -> Said[str]:
        """Where it takes place, as last set."""
        moved = newest(self.moves, "place")
        if moved is not None:
            return moved.event.place
        return self.convened.event.place if self.convened else UNSET

    def ballot(self, key: str) -> Fact[BallotHeld] | None:
        """Give a ballot by its id, the one recorded last."""
        return next((fact for fact in reversed(self.ballots) if fact.event.ballot == key), None)


_KEEPS: Final[Keeps] = MappingProxyType(
    {
        MeetingConvened: "convened",
        MeetingMoved: "moves",
        MeetingCancelled: "cancelled",
        AgendaSet: "agendas",
        MeetingOpened: "openings",
        ItemCalled: "calls",
        PublicityDecided: "publicity",
        AttendanceChanged: "attendance",
        MemberExcluded: "exclusions",
        MotionMoved: "motions",
        BallotHeld: "ballots",
        OutcomeDeclared: "outcomes",
        MinutesFiled: "minutes_filed",
        MinutesPresented: "minutes_presented",
        MinutesSigned: "minutes_signed",
        MinutesObjectionHandled: "minutes_objections",
        MeetingClosed: "closings",
    }
)


def evolve(state: Meeting | None, record: RecordedEvent) -> Meeting:
    """Apply one event; the first calls the meeting."""
    state = advance(state or Meeting(stream=record.stream), record, _KEEPS)
    if isinstance(record.event, MeetingMoved) and state.cancelled is not None:
        # What is given another time after it was cancelled takes place after all.
        state = msgspec.structs.replace(state, cancelled=None)
    annexes = annexes_after(state.annexes, record)
    return state if annexes is state.annexes else msgspec.structs.replace(state, annexes=annexes)


# -- put together for a reader --------------------------------------------------------------------


class Item(Struct, frozen=True, kw_only=True):
    """An agenda item with everything that happened under it.

    Attributes:
        key: Its id.
        entry: How it stands in the newest agenda that names it; None where no agenda held names it.
        set_by: The agenda that `entry` is from.
        is_on_agenda: Whether the agenda that holds for its part names it; an item taken off stays here.
        title: Its title; not mentioned where the agenda states none.
        papers: What was handed out for it, and when.
    """

    key: str
    entry: AgendaItem | None
    set_by: Fact[AgendaSet] | None
    is_on_agenda: bool
    title: str | UnsetType | Withheld
    papers: tuple[PaperHandedOut, ...]
    calls: tuple[Fact[ItemCalled], ...]
    publicity: tuple[Fact[PublicityDecided], ...]
    attendance: tuple[Fact[AttendanceChanged], ...]
    exclusions: tuple[Fact[MemberExcluded], ...]
    motions: tuple[Fact[MotionMoved], ...]
    ballots: tuple[Fact[BallotHeld], ...]
    outcomes: tuple[Fact[OutcomeDeclared], ...]
    annexes: tuple[Annex, ...]

    @property
    def publicity_held(self) -> v.Publicity | None:
        """Whether it was public as held: what was said on calling it; None where that is not recorded."""
        return stated(self.calls[-1].event.publicity) if self.calls else None


def agenda(state: Meeting, part: v.Part) -> Fact[AgendaSet] | None:
    """Give the agenda that holds for a part: the newest one set for it."""
    return next((fact for fact in reversed(state.agendas) if fact.event.part == part), None)


class _Entry(Struct, frozen=True):
    entry: AgendaItem
    set_by: Fact[AgendaSet]
    title: str | UnsetType | Withheld
    papers: tuple[PaperHandedOut, ...]


def items(state: Meeting) -> tuple[Item, ...]:
    """Give every agenda item that any event names, in the order of the agenda; those on none come last.

    An event that names no item, or whose item is withheld, stands only in the state's own fields.
    """
    holding = {id(fact) for part in v.Part if (fact := agenda(state, part)) is not None}
    entries = {entry.entry.item: entry for fact in state.agendas for entry in _entries(fact)}
    calls, publicity = _by_item(state.calls), _by_item(state.publicity)
    attendance, exclusions = _by_item(state.attendance), _by_item(state.exclusions)
    motions, ballots, outcomes = _by_item(state.motions), _by_item(state.ballots), _by_item(state.outcomes)
    annexes: dict[str, tuple[Annex, ...]] = {}
    for annex in state.annexes:
        item = stated(annex.attached.event.item)
        if item is not None:
            annexes[item] = (*annexes.get(item, ()), annex)
    # Items taken off the agenda after those that are on it, and items that no agenda names at the very end.
    order = sorted(entries, key=lambda key: (id(entries[key].set_by) not in holding, entries[key].entry.order))
    keys: dict[str, None] = dict.fromkeys(order)
    for named in (calls, publicity, attendance, exclusions, motions, ballots, outcomes, annexes):
        keys.update(dict.fromkeys(named))
    return tuple(
        Item(
            key=key,
            entry=found.entry if (found := entries.get(key)) else None,
            set_by=found.set_by if found else None,
            is_on_agenda=found is not None and id(found.set_by) in holding,
            title=found.title if found else UNSET,
            papers=found.papers if found else (),
            calls=calls.get(key, ()),
            publicity=publicity.get(key, ()),
            attendance=attendance.get(key, ()),
            exclusions=exclusions.get(key, ()),
            motions=motions.get(key, ()),
            ballots=ballots.get(key, ()),
            outcomes=outcomes.get(key, ()),
            annexes=annexes.get(key, ()),
        )
        for key in keys
    )


def _entries(fact: Fact[AgendaSet]) -> Iterable[_Entry]:
    titles = {title.item: title.title for title in stated(fact.event.titles) or ()}
    papers: dict[str, list[PaperHandedOut]] = {}
    for paper in stated(fact.event.papers) or ():
        papers.setdefault(paper.item, []).append(paper)
    absent: UnsetType | Withheld = WITHHELD if fact.event.titles is WITHHELD else UNSET
    for entry in stated(fact.event.items) or ():
        yield _Entry(entry, fact, titles.get(entry.item, absent), tuple(papers.get(entry.item, ())))


def _by_item(facts: Sequence[Fact[E]]) -> dict[str, tuple[Fact[E], ...]]:
    found: dict[str, list[Fact[E]]] = {}
    for fact in facts:
        item = stated(getattr(fact.event, "item"))  # noqa: B009  # every type that is passed here has it
        if item is not None:
            found.setdefault(item, []).append(fact)
    return {item: tuple(named) for item, named in found.items()}


# -- minutes --------------------------------------------------------------------------------------

MinutesKey = tuple[v.MinutesKind | Withheld, v.Part | Withheld, int | Withheld]
_MinutesFact = Fact[MinutesFiled] | Fact[MinutesPresented] | Fact[MinutesSigned] | Fact[MinutesObjectionHandled]


class Minutes(Struct, frozen=True, kw_only=True):
    """One version of the minutes of one kind and part, with all that was done to it (de: Niederschrift).

    A version filed more than once was exchanged before it was signed; the document filed last is the one in force.
    """

    kind: v.MinutesKind | Withheld
    part: v.Part | Withheld
    version: int | Withheld
    filed: tuple[Fact[MinutesFiled], ...]
    presented: tuple[Fact[MinutesPresented], ...]
    signed: tuple[Fact[MinutesSigned], ...]
    objections: tuple[Fact[MinutesObjectionHandled], ...]


def minutes(state: Meeting) -> tuple[Minutes, ...]:
    """Give the versions of the minutes, by kind, part and number, in the order in which they are first named."""
    every: list[_MinutesFact] = [
        *state.minutes_filed,
        *state.minutes_presented,
        *state.minutes_signed,
        *state.minutes_objections,
    ]
    keys = dict.fromkeys(_key(fact.event) for fact in sorted(every, key=lambda fact: fact.record.seq))
    return tuple(
        Minutes(
            kind=key[0],
            part=key[1],
            version=key[2],
            filed=tuple(fact for fact in state.minutes_filed if _key(fact.event) == key),
            presented=tuple(fact for fact in state.minutes_presented if _key(fact.event) == key),
            signed=tuple(fact for fact in state.minutes_signed if _key(fact.event) == key),
            objections=tuple(fact for fact in state.minutes_objections if _key(fact.event) == key),
        )
        for key in keys
    )


def _key(event: MinutesFiled | MinutesPresented | MinutesSigned | MinutesObjectionHandled) -> MinutesKey:
    return event.kind, event.part, event.version


# -- what is refused ------------------------------------------------------------------------------


def decide_ballot(event: BallotHeld) -> None:
    """Refuse votes by name or group on a secret ballot.

    Even an empty list is refused, so that `votes` among the withheld fields of a secret ballot is proof enough
    that somebody recorded what must not be known.

    Raises:
        RuleError: The ballot was secret and says who voted how.
    """
    if event.votes is not UNSET and event.method in SECRET:
        msg = f"ballot-held/1: found votes by person or group on a ballot of method {event.method}, expected none"
        raise RuleError(msg, hint="leave out `votes`; the counts stand in `tally` and `option_counts`")


def decide_minutes(event: MinutesFiled, history: Sequence[RecordedEvent]) -> None:
    """Refuse to file a version of the minutes again that was signed.

    Args:
        event: The minutes to be filed.
        history: The stream so far, with corrections applied.

    Raises:
        RuleError: That version, of that kind and part, was signed.
        WithheldError: Which version it is, or was signed, is withheld.
    """
    signed_by = _signed(_key(event), history)
    if signed_by is not None:
        msg = (
            f"minutes-filed/1: version {event.version} ({event.kind}, part {event.part}) was signed by {signed_by}; "
            f"a signed version is never edited"
        )
        raise RuleError(msg, hint="file the new text as the next version and name the signed one in `replaces`")


# What of minutes a signature covers, as fields of the events: which version it is, and the document.
_COVERED: Final = frozenset({"version", "kind", "part", "document", "held"})


def decide_minutes_correction(before: Event, after: Event, path: str, history: Sequence[RecordedEvent]) -> None:
    """Refuse a correction that edits a signed version, makes another one pass for it, or takes the signature off.

    Args:
        before: The event as it holds now.
        after: The event as it would read.
        path: What is corrected.
        history: The stream so far, with corrections applied.

    Raises:
        RuleError: The version was signed.
        WithheldError: Which version it is, or was signed, is withheld.
    """
    section, *rest = pointer(path)
    if section != "data" or not rest or rest[0] not in _COVERED:
        return
    if isinstance(before, MinutesSigned):
        msg = f"record-corrected/1: path {path}: what a signature under minutes covers is never corrected"
        raise RuleError(msg, hint="record the signature again as it was, and note the discrepancy (discrepancy-noted)")
    if isinstance(before, MinutesFiled) and isinstance(after, MinutesFiled):
        for event in (before, after):
            signed_by = _signed(_key(event), history)
            if signed_by is not None:
                msg = (
                    f"record-corrected/1: path {path}: version {event.version} ({event.kind}, part {event.part}) of "
                    f"the minutes was signed by {signed_by}; a signed version is never edited"
                )
                raise RuleError(msg, hint="file the corrected text as the next version")


def _signed(key: MinutesKey, history: Sequence[RecordedEvent]) -> str | None:
    """Give the event that signed a version of the minutes, or None."""
    signatures = [record for record in history if isinstance(record.event, MinutesSigned)]
    unclear = WITHHELD in key and bool(signatures)
    for record in signatures:
        signed = _key(record.event) if isinstance(record.event, MinutesSigned) else key
        if signed == key and WITHHELD not in key:
            return record.id
        unclear = unclear or WITHHELD in signed
    if unclear:
        msg = "minutes-filed/1: which version was filed or signed is withheld here, so the rule cannot be judged"
        raise WithheldError(msg)
    return None
