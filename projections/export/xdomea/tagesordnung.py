"""Agenda items as they were dealt with: which of them may stand in the public part's paper, and what it says of them.

What is on the public agenda need not have been dealt with in public. So an item goes into the paper of the public part
with all that is recorded of it only where all of that is public; of any other one stands there no more than the agenda
that is public itself says, and the rest goes into the paper of the other part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from domain import events as e
from domain import vocabulary as v
from domain.meeting import Item  # msgspec reads the annotations when a record class is made
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.stream import Fact
from domain.values import WITHHELD, stated
from projections.export import german
from projections.export.xdomea.abstimmung import ballot_lines, outcome_line
from projections.export.xdomea.values import happened, joined, missed, quoted, said, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from domain.meeting import Meeting
    from domain.stream import RecordedEvent
    from projections.teller import Teller

ELSEWHERE: Final = "was dazu erfasst ist, steht in der Lesefassung des nichtöffentlichen Teils"
_Dealt: TypeAlias = (
    Fact[e.ItemCalled] | Fact[e.PublicityDecided] | Fact[e.MotionMoved] | Fact[e.BallotHeld] | Fact[e.OutcomeDeclared]
)


class Agendas(Struct, frozen=True, kw_only=True):
    """The items of a meeting by the paper in which they stand.

    Attributes:
        parts: By part; those of the public agenda that were not public in everything stand in the non-public part too.
        heads: The ids of these: the paper of the public part says no more of them than that they were on the agenda.
        loose: Those that no agenda names, or of whose agenda the part is not known.
    """

    parts: dict[v.Part, tuple[Item, ...]]
    heads: frozenset[str]
    loose: tuple[Item, ...]


def agendas(teller: Teller, every: Sequence[Item]) -> Agendas:
    """Sort the items of a meeting by the paper in which they stand."""
    parts: dict[v.Part, list[Item]] = {part: [] for part in (v.Part.WHOLE, v.Part.PUBLIC, v.Part.NON_PUBLIC)}
    heads: set[str] = set()
    loose: list[Item] = []
    for item in every:
        part = item.set_by.event.part if item.set_by is not None else WITHHELD
        if part is WITHHELD:
            loose.append(item)
        elif part is v.Part.PUBLIC and not is_public(teller, item):
            parts[v.Part.NON_PUBLIC].append(item)
            if item.set_by is not None and _is_seen(teller, item.set_by.record):
                parts[v.Part.PUBLIC].append(item)
                heads.add(item.key)
        else:
            parts[part].append(item)
    return Agendas(
        parts={part: tuple(some) for part, some in parts.items()}, heads=frozenset(heads), loose=tuple(loose)
    )


def is_public(teller: Teller, item: Item) -> bool:
    """Say whether an item was set, called and dealt with in public, and every event and title of it is public."""
    planned = item.entry.publicity if item.entry is not None else v.Publicity.UNKNOWN
    if planned in {v.Publicity.NON_PUBLIC, v.Publicity.MIXED}:
        return False
    if any(call.event.publicity is not v.Publicity.PUBLIC for call in item.calls):
        return False
    if any(decided.event.change is not v.PublicityChange.RESTORED for decided in item.publicity):
        return False
    proposal = stated(item.entry.proposal) if item.entry is not None else None
    records = [fact.record for fact in (item.set_by,) if fact is not None]
    records += [change.record for change in item.attendance] + [excluded.record for excluded in item.exclusions]
    records += [annex.attached.record for annex in item.annexes]
    return (
        all(_is_seen(teller, record) for record in records)
        and all(_is_open(teller, fact) for fact in _dealt(item))
        and _is_title_seen(teller, proposal)
    )


def _is_seen(teller: Teller, record: RecordedEvent) -> bool:
    return teller.past.visibility(record) is v.Visibility.PUBLIC


def _is_open(teller: Teller, fact: _Dealt) -> bool:
    """Say whether what was done is public, and the titles of what it names too."""
    event = fact.event
    named: str | None = None
    if isinstance(event, e.BallotHeld):
        target = stated(event.target)
        named = stated(target.proposal) if target is not None else None
    elif isinstance(event, e.OutcomeDeclared):
        named = stated(event.settled_by)
    return _is_seen(teller, fact.record) and _is_title_seen(teller, named)


def _is_title_seen(teller: Teller, stream: str | None) -> bool:
    """Say whether what a proposal or resolution is called stands in public entries alone."""
    state = teller.past.whole_state(stream) if stream is not None else None
    if isinstance(state, Proposal):
        return all(_is_seen(teller, version.told_by.record) for version in state.versions)
    if isinstance(state, Resolution):
        made = [state.made.record] if state.made is not None else []
        made += [fact.record for fact in state.urgent]
        return all(_is_seen(teller, record) for record in made) and _is_title_seen(teller, stated(state.proposal))
    return True


# -- text -----------------------------------------------------------------------------------------


def agenda_lines(teller: Teller, found: Iterable[Item], heads: AbstractSet[str] = frozenset()) -> Iterator[str]:
    """Give agenda items as they were dealt with, in the order of the agenda.

    Args:
        teller: Tells the values.
        found: The items.
        heads: The ids of those among them of which only that they were on the agenda is told.
    """
    for item in found:
        yield from [_head(teller, item, ELSEWHERE)] if item.key in heads else _item(teller, item)


def _head(teller: Teller, item: Item, said_of_it: str | None) -> str:
    number = stated(item.entry.number) if item.entry is not None else None
    title = quoted(stated(item.title))
    if item.title is WITHHELD:
        title = f"Titel {missed(teller, item.set_by.record if item.set_by is not None else None, 'titles')}"
    return joined(
        f"TOP {number}" if number else "TOP ohne Nummer",
        title or "ohne Titel",
        said_of_it,
        None if item.is_on_agenda or item.entry is None else "von der Tagesordnung genommen",
    )


def _item(teller: Teller, item: Item) -> Iterator[str]:
    entry = item.entry
    yield _head(teller, item, _held(item))
    proposal = stated(entry.proposal) if entry is not None else None
    if entry is not None and proposal is not None:
        version = stated(entry.version)
        yield joined(f"    {german.title(teller, proposal)}", f"Fassung {version}" if version is not None else None)
    yield from (f"    {line}" for line in dealt_lines(teller, _dealt(item)))


def _held(item: Item) -> str | None:
    """Say whether an item was public as held; where nothing says that, how it was set."""
    called = [stated(call.event.publicity) for call in item.calls]
    for decided in item.publicity:
        change = stated(decided.event.change)
        if change is not None:
            is_excluded = change is v.PublicityChange.EXCLUDED
            called.append(v.Publicity.NON_PUBLIC if is_excluded else v.Publicity.PUBLIC)
    found = {one for one in called if one is not None and one is not v.Publicity.UNKNOWN}
    if found:
        return german.code(found.pop() if len(found) == 1 else v.Publicity.MIXED)
    if item.entry is None or item.entry.publicity is v.Publicity.UNKNOWN:
        return None
    return f"{german.code(item.entry.publicity)} vorgesehen"


# -- what happened --------------------------------------------------------------------------------


def _dealt(found: Item | Meeting) -> tuple[_Dealt, ...]:
    """Give what was done under an item, or in a meeting, in order of recording."""
    every: tuple[_Dealt, ...] = (*found.calls, *found.publicity, *found.motions, *found.ballots, *found.outcomes)
    return tuple(sorted(every, key=lambda fact: fact.record.seq))


def loose_facts(teller: Teller, state: Meeting, *, public: bool) -> tuple[_Dealt, ...]:
    """Give what was done in a meeting without a word of the item, apart by whether it is public."""
    return tuple(fact for fact in _dealt(state) if stated(fact.event.item) is None and _is_open(teller, fact) is public)


def dealt_lines(teller: Teller, facts: Iterable[_Dealt]) -> Iterator[str]:
    """Give a line, or several, for each thing that was done."""
    for fact in facts:
        yield from _lines(teller, fact)


def _lines(teller: Teller, fact: _Dealt) -> Iterator[str]:
    event, record = fact.event, fact.record
    if isinstance(event, e.BallotHeld):
        yield from ballot_lines(teller, Fact(event=event, record=record))
    elif isinstance(event, e.OutcomeDeclared):
        yield outcome_line(teller, Fact(event=event, record=record))
    elif isinstance(event, e.PublicityDecided):
        yield joined(told(teller, record, "change"), quoted(said(teller, record, "ground")))
    elif isinstance(event, e.MotionMoved):
        yield joined(
            told(teller, record, "kind"),
            quoted(said(teller, record, "kind_literal")),
            said(teller, record, "moved_by"),
            quoted(said(teller, record, "text")),
        )
    else:
        yield f"aufgerufen: {happened(teller, record)}"
