"""What a reader asks for: `show` one thing, its `history`, or a `listing`.

`show` works for everything that has a stream. Proposals, meetings, resolutions and reviews have a layout of their
own; everything else is given fact by fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from domain.dates import first_day
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.stream import Fact, State
from domain.values import When, stated
from projections import life, meetings, parts, proposals
from projections.changes import LABELS, summary
from projections.deliberations import Deliberations, opened_later
from projections.history import history
from projections.listing import listing
from projections.reader import reader
from projections.related import blocked_about, related
from projections.resolutions import resolution
from projections.shapes import Account, Knowledge, Known, Section
from projections.timetravel import horizon
from projections.wording import code_text, when_text

if TYPE_CHECKING:
    from archive.archive import Archive
    from domain.stream import RecordedEvent
    from projections.projector import Views
    from projections.teller import Teller

__all__ = ["history", "listing", "show"]

# What an account of its own says, and what the rest of a state says twice.
_OWN: Final = frozenset({"stream", "size", "corrections", "notes", "annexes"})


def show(
    archive: Archive,
    ref: str,
    *,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
    views: Views | None = None,
) -> Account:
    """Give what is recorded about one thing.

    Args:
        archive: The archive.
        ref: A stream, an event, a look-up, or a bare Vorlagen-Nr. or Beschluss-Nr.
        as_of: Only what had happened by the end of this day; what cannot be told is given apart.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Give blocked events too (de: gesperrt), which are for archives; else they are only counted.
        views: The views, up to date: with them only what has to do with the thing is read. None reads everything.

    Raises:
        InputError: The reference matches nothing or several things, or a date is none.
    """
    teller, meant = reader(
        archive, ref, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked, views=views
    )
    past = teller.past
    stream = meant.stream
    about = related(past, stream)
    own = past.effective(stream)
    state = past.state(stream) or opened_later(past, stream)
    plain = Account(
        register=teller.register(),
        horizon=teller.horizon(),
        ref=ref,
        stream=stream,
        kind=stream.partition(":")[0],
        title=teller.title(stream),
        visibility=parts.visibility_of_stream(past, stream),
        focus=meant.event,
        is_empty=state is None and bool(own),
        opened_later=state is not None and past.state(stream) is None,
        erased=tuple(f"{stream}#{seq}" for seq in sorted(past.erased_tokens(stream))),
        erasures=parts.erasures(past, stream),
        blocked=blocked_about(past, stream),
    )
    account = _account(teller, state, plain)
    every = frozenset(record.id for record in (*own, *(one.record for one in about)))
    streams = (stream, *(one.record.stream for one in about))
    later = [record for record in (*own, *(one.record for one in about)) if past.place(record) == "later"]
    if meant.event is not None and (focused := past.record(meant.event)) is not None:
        teller.use(focused)
    account = msgspec.structs.replace(
        account,
        findings=parts.findings(teller, streams, about=every),
        apart=parts.apart_lines(teller, streams, about=every),
        later=len(later),
        later_first=_first(teller, later),
    )
    return msgspec.structs.replace(account, events=teller.events())


def _account(teller: Teller, state: State | None, plain: Account) -> Account:
    match state:
        case Proposal():
            return _proposal(teller, state, plain)
        case Meeting():
            return _meeting(teller, state, plain)
        case Resolution():
            return _resolution(teller, state, plain)
        case Review():
            return _review(teller, state, plain)
        case None:
            return plain
        case _:
            return msgspec.structs.replace(plain, sections=sections(teller, state))


def _proposal(teller: Teller, state: Proposal, plain: Account) -> Account:
    deliberations = Deliberations(teller.past)
    standing = life.standing_of_proposal(state, deliberations)
    cells, literal = proposals.vote_form(teller, state)
    if plain.opened_later:
        # What it says was not there yet: that is not the same as not being mentioned in it.
        cells, literal = (), None
    return msgspec.structs.replace(
        plain,
        state=standing.state.value,
        state_basis=standing.basis,
        head=proposals.head(teller, state) if not plain.opened_later else (),
        versions=proposals.versions(teller, state),
        annexes=parts.annexes(teller, state.annexes),
        body=proposals.body(teller, state) if not plain.opened_later else (),
        vote_form=cells,
        vote_form_literal=literal,
        consultations=proposals.consultations(teller, state, deliberations),
        links=proposals.links(teller, state.stream),
        resolutions=proposals.made_from(teller, state, deliberations),
        sections=_some_sections(teller, state, "endorsements", "withdrawals"),
    )


def _meeting(teller: Teller, state: Meeting, plain: Account) -> Account:
    made = [
        resolution(teller, one)
        for one in teller.past.states("resolution", Resolution)
        if one.made is not None and getattr(stated(one.made.event.made_by), "meeting", None) == state.stream
    ]
    standing = life.standing_of_meeting(state, teller.past)
    return msgspec.structs.replace(
        plain,
        state=standing.state.value,
        state_basis=standing.basis,
        head=meetings.head(teller, state),
        annexes=parts.annexes(teller, state.annexes),
        quorum=parts.quorum(teller, state),
        agenda=meetings.agenda(teller, state),
        minutes=parts.minutes_lines(teller, state),
        resolutions=tuple(made),
        sections=meetings.sections(teller, state),
    )


def _resolution(teller: Teller, state: Resolution, plain: Account) -> Account:
    standing = life.state_of_resolution(state, day=teller.past.day)
    return msgspec.structs.replace(
        plain,
        state=standing.state.value,
        state_basis=standing.basis,
        resolutions=(resolution(teller, state),),
        links=proposals.links(teller, state.stream),
    )


def _review(teller: Teller, state: Review, plain: Account) -> Account:
    chain = _chain(teller, state)
    return msgspec.structs.replace(
        plain,
        acts=parts.acts(teller, (state,)),
        annexes=parts.annexes(teller, state.annexes),
        resolutions=tuple(resolution(teller, one) for one in chain),
    )


def _chain(teller: Teller, state: Review) -> tuple[Resolution, ...]:
    """Give the resolutions that a review names, and those that decide them anew, in order of recording."""
    named = set(state.resolutions)
    every = teller.past.states("resolution", Resolution)
    for one in every:
        if one.made is not None and named & set(stated(one.made.event.re_decides) or ()):
            named.add(one.stream)
    return tuple(one for one in every if one.stream in named)


# -- fact by fact ---------------------------------------------------------------------------------


def sections(teller: Teller, state: State) -> tuple[Section, ...]:
    """Give every fact of a state in one line, by the field that keeps it."""
    return _some_sections(teller, state, *(name for name in state.__struct_fields__ if name not in _OWN))


def _some_sections(teller: Teller, state: State, *names: str) -> tuple[Section, ...]:
    found = []
    for name in names:
        value = getattr(state, name)
        facts = value if isinstance(value, tuple) else (value,)
        lines = tuple(_line(teller, fact) for fact in facts if isinstance(fact, Fact))
        if lines:
            found.append(Section(name=code_text(name), lines=lines))
    return tuple(found)


def _line(teller: Teller, fact: Fact[object]) -> Known:  # type: ignore[type-var]  # events of any type
    record = fact.record
    day = when_text(record.occurred)
    text = f"{LABELS[record.event.TYPE]}: {summary(teller, record)}"
    return Known(state=Knowledge.STATED, value=f"{day} {text}" if day else text, event=teller.use(record))


def _first(teller: Teller, later: list[RecordedEvent]) -> str | None:
    """Give the first of the later facts, by the earliest day on which it can have happened."""
    dated = [
        (first_day(earliest), record.position, record)
        for record in later
        if isinstance(record.occurred, When)
        and (earliest := stated(record.occurred.at) or stated(record.occurred.not_before)) is not None
    ]
    if not dated:
        return None
    record = min(dated, key=lambda one: one[:2])[2]
    return f"{when_text(record.occurred)} {LABELS[record.event.TYPE]}: {summary(teller, record)}"
