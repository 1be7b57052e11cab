"""What a source did after the decision (de: Quelle nach der Entscheidung geändert)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import vocabulary as v
from domain.dates import is_before, last_day
from domain.findings.codes import Finding, found
from domain.findings.proposals import consultation_day, decides
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.findings.lookup import Lookup
    from domain.source import Source
    from domain.stream import State

# A result that is filled in, and the stamp that moves with everything: what happens after every meeting.
_EXPECTED: Final = frozenset({"modified", "result"})


def of_source(state: Source, lookup: Lookup) -> Iterator[Finding]:
    """Give the findings of one object of a source."""
    about = stated(state.recorded_in)
    decided = _decided_on(lookup(about) if about is not None else None, lookup)
    for fact in state.observations:
        change, seen = stated(fact.event.change), stated(fact.event.retrieved_at)
        if change is None or change is v.SourceChange.NEW:
            continue
        fields = stated(fact.event.fields_changed) or ()
        expected = bool(fields) and all(name.rpartition("/")[2] in _EXPECTED for name in fields)
        if decided is not None and seen is not None and is_before(decided, seen) and not expected:
            yield found(
                "SOURCE_CHANGED_AFTER_DECISION",
                fact.id,
                text=f"seen on {seen[:10]} as {change}, after the decision of {decided[:10]}",
                decided=decided,
                seen=seen,
                fields=", ".join(fields) or None,
            )
    if state.is_gone:
        last = state.observations[-1]
        yield found("SOURCE_GONE", last.id, text=f"the last look found it {last.event.change}")


def _decided_on(about: State | None, lookup: Lookup) -> str | None:
    """Give the day of the decision: the last deciding consultation of a proposal, or the day of a meeting."""
    if isinstance(about, Meeting):
        return stated(about.starts_at)
    if not isinstance(about, Proposal):
        return None
    days = [
        day
        for consultation in about.consultations
        if consultation.dropped is None and decides(consultation)
        if (day := consultation_day(consultation, lookup)) is not None
    ]
    return max(days, key=last_day, default=None)
