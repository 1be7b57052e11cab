"""Who was there when an item of a meeting was dealt with, and in which agenda it stood.

What was said at the opening holds until somebody is recorded to have come or gone; what only follows from that is
inferred. Nothing is counted up from single comings and goings: where one says no number, none is known after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import events as e
from domain import vocabulary as v
from domain.values import stated
from projections.ballot_checks import changes_until, is_later
from projections.gatherings_shapes import PresenceLine
from projections.parts import event_line, exclusion
from projections.shapes import Knowledge, Known
from projections.teller import NOT_MENTIONED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.meeting import Item, Meeting
    from domain.stream import Fact, RecordedEvent
    from projections.teller import Teller, Told


def presence(teller: Teller, meeting: Meeting, item: Item) -> PresenceLine:
    """Give who was there at the end of an item; nothing where nothing of the item is recorded but the agenda."""
    last = _last(item)
    if last is None:
        return PresenceLine(present=NOT_MENTIONED, entitled=NOT_MENTIONED)
    opening = _opening(meeting, item, last)
    came = changes_until(meeting, last)
    own = _of_ballots(teller, item, "present")
    return PresenceLine(
        present=own if own is not None else _present(teller, opening, came, item),
        entitled=_entitled(teller, opening, came, item),
        excluded=tuple(exclusion(teller, fact) for fact in item.exclusions),
        changes=tuple(event_line(teller, fact) for fact in item.attendance),
        named=_named(teller, opening, came),
    )


def _last(item: Item) -> RecordedEvent | None:
    """Give what happened last under an item."""
    facts: tuple[Told, ...] = (
        *item.calls,
        *item.publicity,
        *item.attendance,
        *item.exclusions,
        *item.motions,
        *item.ballots,
        *item.outcomes,
    )
    found: RecordedEvent | None = None
    for record in (fact.record for fact in facts):
        if found is None or is_later(record, found):
            found = record
    return found


def _opening(meeting: Meeting, item: Item, last: RecordedEvent) -> Fact[e.MeetingOpened] | None:
    """Give the opening that holds for an item: the last before its end, of the whole meeting or of the item's part."""
    part = item.set_by.event.part if item.set_by is not None else None
    fits = {v.Part.WHOLE, part} if part is not None else set(v.Part)
    found = [fact for fact in meeting.openings if fact.event.part in fits and not is_later(fact.record, last)]
    return found[-1] if found else None


def _of_ballots(teller: Teller, item: Item, name: str) -> Known | None:
    """Give a number that the last ballot under an item states which states any."""
    for fact in reversed(item.ballots):
        tally = stated(fact.event.tally)
        if tally is not None and stated(getattr(tally, name)) is not None:
            return teller.known(getattr(tally, name), fact.record, "data.tally")
    return None


def _present(
    teller: Teller, opening: Fact[e.MeetingOpened] | None, came: tuple[Fact[e.AttendanceChanged], ...], item: Item
) -> Known:
    if came:
        is_own = stated(came[-1].event.item) == item.key
        return teller.field(came[-1], "present_count", inferred=not is_own)
    return teller.field(opening, "present_count", inferred=True) if opening is not None else NOT_MENTIONED


def _entitled(
    teller: Teller, opening: Fact[e.MeetingOpened] | None, came: tuple[Fact[e.AttendanceChanged], ...], item: Item
) -> Known:
    own = _of_ballots(teller, item, "entitled")
    if own is not None:
        return own
    # Who may vote is known from the opening only as long as nobody came, went or was excluded.
    if opening is None or came or item.exclusions:
        return NOT_MENTIONED
    return teller.field(opening, "entitled_count", inferred=True)


def _named(
    teller: Teller, opening: Fact[e.MeetingOpened] | None, came: tuple[Fact[e.AttendanceChanged], ...]
) -> tuple[str, ...]:
    present = stated(opening.event.present) if opening is not None else None
    if present is None:
        return ()
    found = dict.fromkeys(present)
    for fact in came:
        person = stated(fact.event.person)
        if person is None:
            return ()  # somebody came or went whose name is not in this reader's hands: the list would be wrong
        if fact.event.change is v.AttendanceChange.JOINS:
            found[person] = None
        else:
            found.pop(person, None)
    return tuple(map(teller.person, found))


# -- agendas --------------------------------------------------------------------------------------


def stages(meeting: Meeting, key: str) -> tuple[v.AgendaStage, ...]:
    """Give the stages at which agendas name an item, each once, in order of recording."""
    found = (stated(fact.event.stage) for fact in _naming(meeting, key))
    return tuple(dict.fromkeys(stage for stage in found if stage is not None))


def _naming(meeting: Meeting, key: str) -> Iterable[Fact[e.AgendaSet]]:
    return (fact for fact in meeting.agendas if any(entry.item == key for entry in stated(fact.event.items) or ()))


def was_invited(meeting: Meeting, item: Item) -> bool | None:
    """Say whether the invitation names an item; None where no invitation is recorded for its part of the meeting."""
    part = item.set_by.event.part if item.set_by is not None else None
    invitations = [
        fact
        for fact in meeting.agendas
        if fact.event.stage is v.AgendaStage.INVITATION and (part is None or fact.event.part in {part, v.Part.WHOLE})
    ]
    if not invitations:
        return None
    return any(entry.item == item.key for fact in invitations for entry in stated(fact.event.items) or ())


def presence_words(line: PresenceLine) -> str | None:
    """Say who was there, in one line; None where nothing of that is recorded."""
    counts = [
        f"{known.text} {name}{' (inferred)' if known.state is Knowledge.INFERRED else ''}"
        for name, known in (("present", line.present), ("entitled", line.entitled))
        if known.value is not None
    ]
    excluded = [f"{one.person.text or one.person.state.value} excluded for bias" for one in line.excluded]
    changes = [str(one.text) for one in line.changes]
    return "; ".join([*([", ".join(counts)] if counts else []), *changes, *excluded]) or None
