"""The findings of a stream (de: Befunde) as far as an edition can tell them.

A detector reads what is recorded, and an edition may hold less: some streams of many, and of those some events as log
entries alone. What only seems to be missing because it is not given is no finding. So:

* a stream is there where an excerpt does not say otherwise; of a whole register its rows decide, blocked ones too;
* where only the log entry of an event is there, nothing is computed about its stream at all, because it may have
  changed anything; what people noted stands;
* where an event was erased, or every field of it is withheld, nothing is said that rests on something being absent;
* what rests on another stream of which something is not given is said only where it holds without that stream too.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain.events import DiscrepancyNoted
from domain.findings import CODES, Finding, of_register, of_stream
from domain.proposal import Proposal
from domain.source import Source
from domain.values import stated
from projections.export.gaps import gaps
from projections.shapes import FindingLine, Knowledge
from projections.source_findings import with_results_lost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.stream import State
    from projections.export.edition import Edition
    from projections.teller import Teller
    from projections.timetravel import Past

NOTED: Final = "von einer Person festgestellt"
_ADVICE: Final = "ADVISORY_BODY_SAID_ADOPTED"
# Each says that something is not there: no event, no later one, no earlier one.
_ABSENT: Final = frozenset(
    {
        "DANGLING_REFERENCE",
        "VERSION_NOT_HELD",
        "DATE_AFTER_CONSULTATION",
        "CONSULTATION_AFTER_DECISION",
        "PREDECESSOR_END_NOT_STATED",
        "TRIAL_ENDED_WITHOUT_DECISION",
        "FILE_REFERENCE_MISSING",
        "FILE_NOT_CLOSED",
        "FILE_WITHOUT_PLAN_UNIT",
        "RETENTION_NOT_SET",
        "FILE_UNDER_HOLD",
        "BODY_WITHOUT_AUTHORITY_ID",
    }
)
# Each takes the day that was planned where the meeting is not there, and that may have been moved since.
_BY_DAY: Final = frozenset({"DATE_AFTER_CONSULTATION", "CONSULTATION_AFTER_DECISION", "VERSION_NOT_HELD"})


class Detected(Struct, frozen=True):
    """The findings of a stream that had come to pass by the reader's day; and where nothing was computed, why not.

    Attributes:
        findings: The findings.
        is_computed: Whether anything was computed; where it was not, the findings are those that people noted.
        hidden: The positions of the stream that kept anything from being computed.
    """

    findings: tuple[Finding, ...]
    is_computed: bool
    hidden: tuple[int, ...]


def detected(edition: Edition, past: Past, stream: str) -> Detected:
    """Give the findings of a stream that nothing which is not given could undo."""
    own = gaps(edition, past, stream)
    # What was erased is gone for the register too, but a place that is only withheld may hold anything at all.
    hidden = [gap for gap in own if gap.is_place and gap.state is Knowledge.WITHHELD]
    positions = tuple(gap.position for gap in hidden if gap.position is not None)
    state = past.state(stream)
    if state is None:
        return Detected((), not hidden, positions)
    found = _computed(edition, past, stream, state)
    if hidden:
        found = tuple(one for one in found if is_noted(one))
    elif own:
        found = tuple(one for one in found if one.code not in _ABSENT or one.explained_by is not None)
    found = tuple(one for one in found if one.since is None or one.since <= past.day)
    return Detected(found, not hidden, positions)


def _computed(edition: Edition, past: Past, stream: str, state: State) -> tuple[Finding, ...]:
    if isinstance(state, Source):
        state = with_results_lost(past.archive, state, ask=past.state)
    asked: dict[str, None] = {}

    def lookup(other: str) -> State | None:
        asked[other] = None
        return past.state(other)

    def exists(other: str) -> bool:
        # An excerpt holds some streams of many: that something is not in it says nothing about the record.
        return not edition.terms.whole or edition.archive.exists(other)

    history = past.history(stream)
    found = of_stream(state, history, lookup, exists=exists)
    others = [other for other in asked if other != stream]
    partly = frozenset(other for other in others if gaps(edition, past, other))
    missing = frozenset(other for other in others if not edition.terms.whole and past.state(other) is None)
    if partly:
        without = of_stream(state, history, lambda one: None if one in partly else past.state(one), exists=exists)
        sure = {(one.code, one.places) for one in without}
        found = tuple(one for one in found if (one.code, one.places) in sure or is_noted(one))
    if partly or missing:
        found = tuple(one for one in found if one.explained_by is not None or not _is_open(one, partly | missing))
    if isinstance(state, Proposal):
        found += _shared(past).get(stream, ())
    return found


# Of each reader what follows from all proposals together, by proposal: telling of each must not read all of them anew.
_SHARED: Final[weakref.WeakKeyDictionary[Past, dict[str, tuple[Finding, ...]]]] = weakref.WeakKeyDictionary()


def _shared(past: Past) -> dict[str, tuple[Finding, ...]]:
    found = _SHARED.get(past)
    if found is None:
        found = _SHARED[past] = {}
        for one in of_register(past.states("proposal", Proposal)):
            for stream in dict.fromkeys(place.partition("#")[0] for place in one.places):
                found[stream] = (*found.get(stream, ()), one)
    return found


def _is_open(finding: Finding, others: Iterable[str]) -> bool:
    """Say whether a finding would read otherwise if some streams were there in whole."""
    kinds = {other.partition(":")[0] for other in others}
    details = {detail.name for detail in finding.details}
    if finding.code == _ADVICE:
        # Without the plan an organ that only advises is taken to have advised.
        return "proposal" in kinds and "role" not in details
    return "meeting" in kinds and finding.code in _BY_DAY and "consultation" in details


def is_noted(finding: Finding) -> bool:
    """Say whether a person stated it and no detector sees it."""
    return finding.explained_by is not None and finding.explained_by in finding.places


class Told(Struct, frozen=True):
    """The findings of several streams for a page, and the streams about which nothing was computed."""

    lines: tuple[FindingLine, ...]
    unseen: tuple[str, ...]


def told(edition: Edition, teller: Teller, streams: Iterable[str], *, about: frozenset[str]) -> Told:
    """Tell the findings of some streams that rest on one of some events.

    Args:
        edition: What is told of.
        teller: Tells.
        streams: The streams.
        about: The events.
    """
    lines: list[FindingLine] = []
    unseen: list[str] = []
    for stream in dict.fromkeys(streams):
        found = detected(edition, teller.past, stream)
        lines += [_line(teller, one) for one in found.findings if about & set(one.places)]
        if not found.is_computed:
            unseen.append(stream)
    return Told(tuple(lines), tuple(unseen))


def _line(teller: Teller, finding: Finding) -> FindingLine:
    code = CODES.get(finding.code)
    note = teller.past.record(finding.explained_by) if finding.explained_by is not None else None
    event = note.event if note is not None else None
    for place in finding.places:
        record = teller.past.record(place)
        if record is not None:
            teller.use(record)
    return FindingLine(
        code=finding.code,
        label=code.label if code is not None else NOTED,
        text=finding.text,
        events=finding.places,
        status=finding.status.value,
        explained_by=finding.explained_by,
        assessment=stated(event.assessment) if isinstance(event, DiscrepancyNoted) else None,
    )
