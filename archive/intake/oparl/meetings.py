"""What a meeting says: when, its agenda, outcomes, minutes and annexes (OParl: Meeting, AgendaItem)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, UnsetType

from archive.intake.oparl.stating import annexes, is_exchanged, label_of, on
from domain import events as e
from domain import values as x
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.intake.oparl.objects import File, Item, Meeting
    from archive.intake.oparl.stating import Context
    from domain.stream import Statement

ITEMS_MAX: Final = 2_000
_ORGANS_MAX: Final = 100
_TITLES_CHARACTERS_MAX: Final = 1_000_000


def state(context: Context, meeting: Meeting, stream: str, *, others: Sequence[Item]) -> list[Statement]:
    """State what a meeting says that was not said before.

    Args:
        context: The object.
        meeting: What it says.
        stream: The meeting.
        others: Agenda items of it that the source shows as objects of their own.
    """
    before = context.known.shown(stream) if context.is_known else ()
    said = _convened(context, meeting, stream, before)
    embedded = {item.id for item in meeting.items}
    every = [*meeting.items, *sorted((i for i in others if i.id not in embedded), key=lambda i: i.id)]
    every.sort(key=lambda i: i.order)
    entries = [_entry(context, item) for item in every]
    said += _agenda(context, stream, before, every, entries)
    for item, entry in zip(every, entries, strict=True):
        said += _outcome(context, stream, before, item, entry, meeting.start)
    shown = dict(meeting.minutes)
    for kind in (v.MinutesKind.RESULTS, v.MinutesKind.VERBATIM):
        said += state_minutes(context, stream, before, kind, shown.get(kind))
    files: list[tuple[File, str | UnsetType]] = [(file, UNSET) for file in meeting.files]
    files += [(file, context.ids.inner("item", item.id)) for item in every for file in item.files]
    said += annexes(context, stream, before, files)
    return said


def _convened(context: Context, meeting: Meeting, stream: str, before: Sequence[Statement]) -> list[Statement]:
    name = meeting.name
    if not any(isinstance(s.event, e.MeetingConvened) for s in before):
        found = context.words.find("meeting_publicity", v.Publicity, name, count=False) if name else None
        convened = e.MeetingConvened(
            body=context.body,
            organs=tuple(context.ids.stream("organ", key) for key in meeting.organizations[:_ORGANS_MAX]),
            name=name,
            starts_at=meeting.start,
            ends_at=meeting.end,
            place=meeting.place,
            publicity=found or UNSET,
        )
        said = [context.say(stream, convened, "")]
    else:
        said = _moved(context, meeting, stream, before)
    was_cancelled = _is_cancelled(before)
    if meeting.cancelled and not was_cancelled:
        said.append(context.say(stream, e.MeetingCancelled(), "/cancelled"))
    elif was_cancelled and not meeting.cancelled:
        again = e.MeetingMoved(starts_at=meeting.start, ends_at=meeting.end, place=meeting.place, reason=_TAKES_PLACE)
        # It says when, and that it does, in one.
        said = [context.say(stream, again, "/cancelled")]
    return said


_TAKES_PLACE: Final = "the source no longer shows it as cancelled"


def _is_cancelled(before: Sequence[Statement]) -> bool:
    """Say whether the source showed the meeting as cancelled, and nothing else since."""
    for statement in reversed(before):
        if isinstance(statement.event, e.MeetingCancelled):
            return True
        if isinstance(statement.event, e.MeetingMoved) and statement.event.reason == _TAKES_PLACE:
            return False
    return False


def _moved(context: Context, meeting: Meeting, stream: str, before: Sequence[Statement]) -> list[Statement]:
    known: dict[str, object] = {}
    for statement in before:
        if isinstance(statement.event, e.MeetingConvened | e.MeetingMoved):
            for name in ("starts_at", "ends_at", "place"):
                value = getattr(statement.event, name)
                if value is not UNSET:
                    known[name] = value
    now = {"starts_at": meeting.start, "ends_at": meeting.end, "place": meeting.place}
    changed = {name: value for name, value in now.items() if value is not UNSET and known.get(name, UNSET) != value}
    if not changed:
        return []
    return [context.say(stream, msgspec.convert(changed, e.MeetingMoved), "")]


# -- agenda and outcomes --------------------------------------------------------------------------


def _agenda(
    context: Context, stream: str, before: Sequence[Statement], items: Sequence[Item], every: Sequence[x.AgendaItem]
) -> list[Statement]:
    last = newest_agenda(before)
    if last is None and not items:
        return []
    entries = tuple(every[:ITEMS_MAX])
    titles: tuple[x.ItemTitle, ...] | UnsetType = tuple(
        x.ItemTitle(item=entry.item, title=item.name)
        for item, entry in zip(items, entries, strict=False)
        if item.name is not UNSET
    )
    if not titles or sum(len(title.title) for title in titles) > _TITLES_CHARACTERS_MAX:
        titles = UNSET
    if last is not None and (last.items, last.titles) == (entries, titles):
        return []
    agenda = e.AgendaSet(
        version=_versions(context, stream, before) + 1,
        stage=v.AgendaStage.AS_SHOWN,
        part=v.Part.WHOLE,
        items=entries,
        titles=titles,
    )
    return [context.say(stream, agenda, "/agendaItem")]


def newest_agenda(before: Sequence[Statement]) -> e.AgendaSet | None:
    """Give the agenda that the source showed last."""
    return next((s.event for s in reversed(before) if isinstance(s.event, e.AgendaSet)), None)


def _versions(context: Context, stream: str, before: Sequence[Statement]) -> int:
    """Give the highest version of an agenda that anybody recorded."""
    every = context.known.statements(stream) if before else ()
    numbers = [s.event.version for s in every if isinstance(s.event, e.AgendaSet)]
    return max((n for n in numbers if isinstance(n, int)), default=0)


_PUBLICITY: Final = {True: v.Publicity.PUBLIC, False: v.Publicity.NON_PUBLIC, UNSET: v.Publicity.UNKNOWN}


def _entry(context: Context, item: Item) -> x.AgendaItem:
    consultation: str | UnsetType = UNSET
    proposal: str | UnsetType = UNSET
    if item.consultation is not UNSET:
        consultation = context.ids.inner("consultation", item.consultation)
        proposal = _proposal_of(context, item.consultation, consultation)
    return x.AgendaItem(
        consultation=consultation,
        item=context.ids.inner("item", item.id),
        number=item.number,
        order=item.order,
        proposal=proposal,
        publicity=_PUBLICITY[item.public],
    )


def _proposal_of(context: Context, key: str, consultation: str) -> str | UnsetType:
    """Give the proposal that a consultation is about, where it is recorded."""
    paper = context.paper_of(key)
    if paper is not None:
        stream = context.ids.stream("proposal", paper)
        return stream if context.known.exists(stream) else UNSET
    return context.known.proposal_of(consultation, is_first=context.is_first) or UNSET


def _outcome(
    context: Context, stream: str, before: Sequence[Statement], item: Item, entry: x.AgendaItem, start: str | UnsetType
) -> list[Statement]:
    if item.result is UNSET:
        return []
    declared = e.OutcomeDeclared(
        item=entry.item,
        proposal=entry.proposal,
        consultation=entry.consultation,
        outcome=context.words.find("outcome", v.Outcome, item.result) or v.Outcome.OTHER,
        outcome_literal=item.result,
        majority=context.words.find("majority", v.Majority, item.result, count=False) or UNSET,
    )
    if _newest_outcome(before, entry.item) == declared:
        return []
    return [context.say(stream, declared, f"{item.at}/result", occurred=on(start, v.Certainty.INFERRED))]


def _newest_outcome(before: Sequence[Statement], item: object) -> e.OutcomeDeclared | None:
    outcomes = (s.event for s in reversed(before) if isinstance(s.event, e.OutcomeDeclared))
    return next((event for event in outcomes if event.item == item), None)


def link(context: Context, plan: e.ConsultationPlanned, proposal: str, at: str) -> list[Statement]:
    """State that a meeting recorded before took a proposal up, now that the proposal is there to be named.

    Args:
        context: The object that says so: the paper, or the consultation.
        plan: The consultation.
        proposal: The proposal.
        at: The consultation's place in the object.
    """
    meeting = plan.meeting
    # In a first run there is none: meetings come after papers.
    if context.is_first or not isinstance(meeting, str) or not context.known.exists(meeting):
        return []
    before = context.known.shown(meeting)
    last = newest_agenda(before)
    if last is None or not isinstance(last.items, tuple):
        return []
    said: list[Statement] = []
    named = [entry.item for entry in last.items if entry.consultation == plan.consultation and entry.proposal is UNSET]
    if named:
        items = tuple(
            msgspec.structs.replace(entry, proposal=proposal) if entry.item in named else entry for entry in last.items
        )
        version = _versions(context, meeting, before) + 1
        said.append(context.say(meeting, msgspec.structs.replace(last, version=version, items=items), at))
    for item in named:
        outcome = _newest_outcome(before, item)
        if outcome is not None and outcome.proposal is UNSET:
            told = next(s for s in reversed(before) if s.event is outcome)
            again = msgspec.structs.replace(outcome, proposal=proposal)
            occurred = told.occurred if isinstance(told.occurred, x.When) else None
            said.append(context.say(meeting, again, at, occurred=occurred))
    # A paper may have several consultations in one meeting: each builds on what was said for the one before.
    context.known.add(said)
    return said


def state_item(context: Context, item: Item, stream: str, *, is_gone: bool, meeting: Meeting | None) -> list[Statement]:
    """State what an agenda item says that is an object of its own.

    Args:
        context: The object.
        item: What it says.
        stream: The meeting, which is recorded.
        is_gone: Whether the source dropped it.
        meeting: What the meeting itself shows: what stands there counts; None where that is not known.
    """
    before = context.known.shown(stream)
    if not before or (meeting is not None and any(own.id == item.id for own in meeting.items)):
        return []
    last = newest_agenda(before)
    key = context.ids.inner("item", item.id)
    entries = last.items if last is not None and isinstance(last.items, tuple) else ()
    titles = {
        title.item: title for title in (last.titles if last is not None and isinstance(last.titles, tuple) else ())
    }
    others = [entry for entry in entries if entry.item != key]
    if is_gone:
        titles.pop(key, None)
    else:
        others.append(_entry(context, item))
        if item.name is not UNSET:
            titles[key] = x.ItemTitle(item=key, title=item.name)
        else:
            titles.pop(key, None)
    others.sort(key=lambda entry: entry.order)
    items = tuple(others[:ITEMS_MAX])
    named = tuple(titles[entry.item] for entry in items if entry.item in titles) or UNSET
    said: list[Statement] = []
    if (items, named) != ((last.items, last.titles) if last is not None else ((), UNSET)):
        agenda = e.AgendaSet(
            version=_versions(context, stream, before) + 1,
            stage=v.AgendaStage.AS_SHOWN,
            part=v.Part.WHOLE,
            items=items,
            titles=named,
        )
        said.append(context.say(stream, agenda, ""))
    if not is_gone:
        start = meeting.start if meeting is not None else UNSET
        said += _outcome(context, stream, before, item, _entry(context, item), start)
        own = [s for s in before if isinstance(s.event, e.DocumentAttached | e.DocumentWithdrawn)]
        own = [s for s in own if getattr(s.event, "item", key) == key]
        said += annexes(context, stream, own, [(file, key) for file in item.files])
    return said


# -- minutes --------------------------------------------------------------------------------------


def state_minutes(
    context: Context, stream: str, before: Sequence[Statement], kind: v.MinutesKind, named: File | None
) -> list[Statement]:
    """State which minutes of a kind were filed, exchanged or taken away.

    Args:
        context: The object.
        stream: The meeting.
        before: What the source showed of it.
        kind: Which minutes.
        named: What the source shows as such now; None for nothing.
    """
    last: e.MinutesFiled | None = None
    rests_on: Statement | None = None
    is_standing = False
    for statement in before:
        event = statement.event
        if isinstance(event, e.MinutesFiled) and event.kind is kind:
            last, rests_on, is_standing = event, statement, True
        elif isinstance(event, e.DocumentWithdrawn) and last is not None and event.source_id == last.source_id:
            is_standing = False
    file = context.resolve(named) if named is not None else None
    if file is None:
        if last is None or not is_standing:
            return []
        return [context.say(stream, e.DocumentWithdrawn(label=_title(last), source_id=last.source_id), "")]
    is_same_id = last is not None and is_standing and last.source_id == file.id
    is_other = rests_on is not None and is_same_id and is_exchanged(context.basis(rests_on, file.id), file)
    known: x.Document | None = None
    if last is not None and is_same_id and not is_other and isinstance(last.document, x.Document):
        known = last.document
    document = context.document_of(file, known)
    document = msgspec.structs.replace(document, title=document.title or label_of(file))
    if known is not None and _same(known, document):
        return []
    number = _minutes_number(context, stream, before, kind)
    version, replaces = number + 1, number or UNSET
    is_bare = known is not None and known.title == file.id and not known.held
    if last is not None and is_bare and isinstance(last.version, int) and not _is_signed(context, stream, last):
        # So far there was nothing but an address; it is the same version, of which it is known now what it is.
        version, replaces = last.version, last.replaces if isinstance(last.replaces, int) else UNSET
    filed = e.MinutesFiled(
        version=version,
        kind=kind,
        part=v.Part.WHOLE,
        held=document.held,
        document=document,
        replaces=replaces,
        source_id=file.id,
    )
    return [context.say(stream, filed, file.at)]


def _is_signed(context: Context, stream: str, filed: e.MinutesFiled) -> bool:
    """Say whether anybody signed a version of the minutes: it is never filed again then."""
    key = (filed.kind, filed.part, filed.version)
    signed = (s.event for s in context.known.statements(stream) if isinstance(s.event, e.MinutesSigned))
    return any((event.kind, event.part, event.version) == key for event in signed)


def _title(filed: e.MinutesFiled) -> str:
    title = filed.document.title if isinstance(filed.document, x.Document) else UNSET
    return title if isinstance(title, str) else str(filed.source_id)


def _same(old: object, new: x.Document) -> bool:
    if not isinstance(old, x.Document):
        return False
    if old.held and not new.held:  # what is held stays so, whether or not this run asks for files
        return old.title == new.title
    return (old.title, old.held, old.digest) == (new.title, new.held, new.digest)


def _minutes_number(context: Context, stream: str, before: Sequence[Statement], kind: v.MinutesKind) -> int:
    """Give the highest version of minutes of a kind that anybody recorded."""
    every = context.known.statements(stream) if before else ()
    numbers = [
        s.event.version
        for s in every
        if isinstance(s.event, e.MinutesFiled) and (s.event.kind, s.event.part) == (kind, v.Part.WHOLE)
    ]
    return max((n for n in numbers if isinstance(n, int)), default=0)
