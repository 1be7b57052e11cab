"""All kinds of streams in one table: how each is replayed, and what is refused in it.

Recording and verification call the same functions: what a signer got past the first must not get past the second.
"""

from __future__ import annotations

import typing
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from domain import body, custody, group, meeting, organ, person, proposal, register, resolution, review, source
from domain.dates import decide_dates
from domain.events import BallotHeld, ContentErased, Destroyed, MinutesFiled, RecordCorrected
from domain.stream import (
    RecordedEvent,
    State,
    Statement,
    decide_correction,
    decide_place,
    decide_recorder,
    effective,
    pointer,
)
from domain.text import decide_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from domain import vocabulary as v

    History = Sequence[RecordedEvent]

EVOLVE: Final[Mapping[str, Callable[..., State]]] = MappingProxyType(
    {
        "register": register.evolve,
        "body": body.evolve,
        "organ": organ.evolve,
        "group": group.evolve,
        "person": person.evolve,
        "proposal": proposal.evolve,
        "meeting": meeting.evolve,
        "resolution": resolution.evolve,
        "review": review.evolve,
        "custody": custody.evolve,
        "source": source.evolve,
    }
)

# The types whose rules look at the stream before them; all others are decided without loading it.
NEEDS_HISTORY: Final = frozenset({RecordCorrected.TYPE, MinutesFiled.TYPE, Destroyed.TYPE})


# -- replay ---------------------------------------------------------------------------------------


# fmt: off
@typing.overload
def replay(kind: Literal["register"], history: History) -> register.Register | None: ...
@typing.overload
def replay(kind: Literal["body"], history: History) -> body.Body | None: ...
@typing.overload
def replay(kind: Literal["organ"], history: History) -> organ.Organ | None: ...
@typing.overload
def replay(kind: Literal["group"], history: History) -> group.Group | None: ...
@typing.overload
def replay(kind: Literal["person"], history: History) -> person.Person | None: ...
@typing.overload
def replay(kind: Literal["proposal"], history: History) -> proposal.Proposal | None: ...
@typing.overload
def replay(kind: Literal["meeting"], history: History) -> meeting.Meeting | None: ...
@typing.overload
def replay(kind: Literal["resolution"], history: History) -> resolution.Resolution | None: ...
@typing.overload
def replay(kind: Literal["review"], history: History) -> review.Review | None: ...
@typing.overload
def replay(kind: Literal["custody"], history: History) -> custody.Custody | None: ...
@typing.overload
def replay(kind: Literal["source"], history: History) -> source.Source | None: ...
@typing.overload
def replay(kind: str, history: History) -> State | None: ...
# fmt: on


def replay(kind: str, history: History) -> State | None:
    """Give the state of a stream after its corrections were applied; None for a stream without events.

    Args:
        kind: The kind of the stream.
        history: Its events as first recorded, in order of `seq`. Events may be missing and fields withheld; what
            they would have said is missing from the state then, and nothing fails.
    """
    evolve = EVOLVE[kind]
    state: State | None = None
    for record in effective(history):
        state = evolve(state, record)
    return state


# -- what is refused ------------------------------------------------------------------------------


def decide(
    statement: Statement,
    *,
    role: v.Role,
    seq: int,
    closed: str | None,
    history: Callable[[], History],
    others: Callable[[str], Iterable[History]],
) -> None:
    """Hold every refusing rule of the domain against a statement.

    Args:
        statement: What is to be recorded next, or what was recorded.
        role: The role in which it is recorded.
        seq: The number of events that the stream has so far.
        closed: The event that closed the register, if one stands before this one.
        history: Loads the stream so far, as first recorded; called only for the types in `NEEDS_HISTORY`.
        others: Loads the histories of all other streams of a kind; called only for destructions.

    Raises:
        RuleError: A rule forbids it.
        ConflictError: The stream does not stand where the statement takes it to stand.
        WithheldError: A rule cannot be judged, because something is withheld or missing.
    """
    register.decide_open(statement, closed)
    decide_place(statement, seq=seq)
    decide_recorder(statement, role=role)
    decide_alone(statement)
    if statement.event.TYPE not in NEEDS_HISTORY:
        return
    before = effective(history())
    match statement.event:
        case RecordCorrected() as correction:
            _decide_corrected(correction, before, others, size=seq)
        case MinutesFiled() as filed:
            meeting.decide_minutes(filed, before)
        case Destroyed() as destroyed:
            _decide_destruction(destroyed, statement, before, others)


def decide_alone(statement: Statement) -> None:
    """Hold the rules that need nothing but the statement: characters, sizes, dates, votes on a secret ballot.

    Raises:
        RuleError: A rule forbids it.
    """
    decide_text(statement)
    decide_dates(statement)
    if isinstance(statement.event, BallotHeld):
        meeting.decide_ballot(statement.event)
    elif isinstance(statement.event, ContentErased):
        register.decide_erasure(statement.event)


def _decide_corrected(
    correction: RecordCorrected, before: History, others: Callable[[str], Iterable[History]], *, size: int
) -> None:
    """Hold the rules of the corrected event against what it would become."""
    corrected = decide_correction(correction, before, size=size)
    decide_alone(corrected)
    path = typing.cast("str", correction.path)  # a withheld one cannot be judged, and never comes here
    target = next(record for record in before if record.seq == corrected.seq)
    meeting.decide_minutes_correction(target.event, corrected.event, path, before)
    if isinstance(corrected.event, Destroyed) and pointer(path)[:2] in {("data", "objects"), ("data", "basis")}:
        earlier = [record for record in before if record.seq < corrected.seq]
        _decide_destruction(corrected.event, corrected, earlier, others)


def _decide_destruction(
    event: Destroyed, statement: Statement, before: History, others: Callable[[str], Iterable[History]]
) -> None:
    state: custody.Custody | None = None
    for record in before:
        state = custody.evolve(state, record)
    files = (replay("custody", history) for history in others("custody"))
    custody.decide_destruction(
        event, occurred=statement.occurred, state=state, others=[file for file in files if file is not None]
    )
