"""What does not fit together, and what is not there? (de: Befunde, Unstimmigkeiten).

Contradictions of a source are recorded and flagged, never refused and never smoothed. Every finding is computed
from what is recorded, by a pure function, whenever it is asked for; no detector ever writes an event. A person may
explain or resolve a finding (`discrepancy-noted`), and may state one that no detector sees.

What is withheld is neither there nor missing: a detector says nothing about what it cannot see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from domain.custody import Custody
from domain.findings.codes import CODES, Code, Detail, Finding, found
from domain.findings.custody import of_custody
from domain.findings.events import of_annexes, of_events
from domain.findings.inside import of_inner_ids
from domain.findings.lookup import Lookup
from domain.findings.meetings import of_meeting
from domain.findings.proposals import of_proposal
from domain.findings.resolutions import of_resolution
from domain.findings.sources import of_source
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.source import Source
from domain.stream import effective
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from domain.stream import RecordedEvent, State

__all__ = ["CODES", "Code", "Detail", "Finding", "Lookup", "of_register", "of_stream"]


def of_stream(
    state: State,
    history: Sequence[RecordedEvent],
    lookup: Lookup,
    *,
    exists: Callable[[str], bool] | None = None,
) -> tuple[Finding, ...]:
    """Give the findings of one stream, in the order of its events.

    Args:
        state: The state of the stream.
        history: Its events as first recorded, in order of `seq`.
        lookup: Gives the state of another stream, or None where there is none. The findings depend on this stream
            and on those that were asked for, and on nothing else.
        exists: Says whether a stream is recorded, where that is cheaper than to look its state up. A package holds
            some streams of many: it passes a function that says yes.
    """
    if exists is None:

        def exists(stream: str) -> bool:
            return lookup(stream) is not None

    computed = [*_of_kind(state, lookup), *of_inner_ids(state, lookup), *of_events(effective(history), exists)]
    return tuple(sorted(_with_notes(state, computed), key=lambda finding: _order(finding, state.stream)))


def _of_kind(state: State, lookup: Lookup) -> Iterator[Finding]:
    match state:
        case Proposal():
            yield from of_proposal(state, lookup)
            yield from of_annexes(state.annexes)
        case Meeting():
            yield from of_meeting(state, lookup)
            yield from of_annexes(state.annexes)
        case Resolution():
            yield from of_resolution(state)
            yield from of_annexes(state.annexes)
        case Review():
            yield from of_annexes(state.annexes)
        case Source():
            yield from of_source(state, lookup)
        case Custody():
            yield from of_custody(state, lookup)
        case _:
            return


def _order(finding: Finding, stream: str) -> tuple[int, str]:
    own = [int(place.rpartition("#")[2]) for place in finding.places if place.startswith(f"{stream}#")]
    return min(own, default=0), finding.code


def _with_notes(state: State, computed: list[Finding]) -> Iterator[Finding]:
    """Put together what was computed and what people noted; the newest note that fits says how it stands."""
    used: set[str] = set()
    for finding in computed:
        explained = finding
        for note in state.notes:
            events = {fact.event for fact in stated(note.event.facts) or ()}
            if note.event.code == finding.code and (not events or events & set(finding.places)):
                used.add(note.id)
                status = stated(note.event.status)
                if status is not None:
                    explained = msgspec.structs.replace(explained, status=status, explained_by=note.id)
        yield explained
    for note in state.notes:
        code, status = stated(note.event.code), stated(note.event.status)
        if note.id in used or code is None or status is None:
            continue
        known = CODES.get(code)
        yield msgspec.structs.replace(
            found(
                code,
                *(fact.event for fact in stated(note.event.facts) or ()),
                note.id,
                text=known.sentence if known is not None else "a person stated this discrepancy",
            ),
            status=status,
            explained_by=note.id,
        )


def of_register(proposals: Iterable[Proposal]) -> tuple[Finding, ...]:
    """Give the findings that only all proposals together show: numbers that several of them bear.

    A number is unique in a body and term; where no term is stated, in the body.
    """
    bearers: dict[tuple[str, str | None, str], list[Proposal]] = {}
    for proposal in proposals:
        body, reference = stated(proposal.body), stated(proposal.reference)
        if body is not None and reference:
            bearers.setdefault((body, stated(proposal.term), reference), []).append(proposal)
    return tuple(
        found(
            "DUPLICATE_REFERENCE",
            *(bearer.current.origins["reference"] for bearer in bearing if bearer.current is not None),
            text=f"{len(bearing)} proposals bear the number {reference}",
            reference=reference,
        )
        for (_, _, reference), bearing in bearers.items()
        if len(bearing) > 1
    )
