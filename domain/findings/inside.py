"""Ids that are used inside streams, such as those of agenda items and ballots, and that name nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.custody import Custody
from domain.findings.codes import Finding, found
from domain.findings.lookup import Lookup, ask
from domain.meeting import Meeting, minutes
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.values import MadeBy, stated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.stream import State


def of_inner_ids(state: State, lookup: Lookup) -> Iterator[Finding]:
    """Give what an event names inside its own or a named stream and what is not there."""
    if isinstance(state, Meeting):
        yield from _items(state)
        yield from _ballots_and_motions(state, lookup)
        for version in minutes(state):
            named = [
                *(fact.id for fact in version.signed),
                *(fact.id for fact in version.presented),
                *(fact.id for fact in version.objections),
            ]
            if named and not version.filed:
                yield _dangling(named[0], f"version {version.version} of the minutes ({version.kind}), never filed")
    elif isinstance(state, Proposal):
        for drop in state.drops:
            key = stated(drop.event.consultation)
            if key is not None and state.consultation(key) is None:
                yield _dangling(drop.id, f"consultation {key}, which was never planned")
    elif isinstance(state, Custody):
        placed = {fact.event.hold for fact in state.holds_placed}
        for fact in state.holds_lifted:
            if stated(fact.event.hold) is not None and fact.event.hold not in placed:
                yield _dangling(fact.id, f"hold {fact.event.hold}, never placed in this file")
    elif isinstance(state, Resolution) and state.made is not None and isinstance(state.made.event.made_by, MadeBy):
        made_by = state.made.event.made_by
        meeting, ballot = ask(lookup, stated(made_by.meeting), Meeting), stated(made_by.ballot)
        if meeting is not None and ballot is not None and meeting.ballot(ballot) is None:
            yield _dangling(state.made.id, f"ballot {ballot}, which its meeting does not have")


def _dangling(place: str, what: str) -> Finding:
    return found("DANGLING_REFERENCE", place, text=f"the event names {what}", names=what)


def _items(state: Meeting) -> Iterator[Finding]:
    known = {entry.item for fact in state.agendas for entry in stated(fact.event.items) or ()}
    # A meeting without any agenda is a gap of its own, told by the view of coverage; naming each item adds nothing.
    if not known:
        return
    groups = (state.calls, state.publicity, state.attendance, state.exclusions, state.motions)
    facts = [fact for group in (*groups, state.ballots, state.outcomes) for fact in group]
    for fact in facts:
        item = stated(fact.event.item)
        if item is not None and item not in known:
            yield _dangling(fact.id, f"agenda item {item}, which stands on no agenda of this meeting")


def _ballots_and_motions(state: Meeting, lookup: Lookup) -> Iterator[Finding]:
    ballots = {fact.event.ballot for fact in state.ballots}
    motions = {fact.event.motion for fact in state.motions}
    for ballot in state.ballots:
        target = stated(ballot.event.target)
        motion = stated(target.motion) if target is not None else None
        if motion is not None and motion not in motions:
            yield _dangling(ballot.id, f"motion {motion}, which was not moved in this meeting")
    for outcome in state.outcomes:
        for key in stated(outcome.event.ballots) or ():
            if key not in ballots:
                yield _dangling(outcome.id, f"ballot {key}, which this meeting does not have")
        proposal = ask(lookup, stated(outcome.event.proposal), Proposal)
        consultation = stated(outcome.event.consultation)
        if proposal is not None and consultation is not None and proposal.consultation(consultation) is None:
            yield _dangling(outcome.id, f"consultation {consultation}, which its proposal does not have")
