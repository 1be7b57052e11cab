"""Every finding of a register (de: Befund): computed from the record, or noted by a person, and how it stands.

Computed are those that the detectors of `domain.findings` see in each stream, the numbers that several proposals bear,
and what was decided and stands in no file. A person may state a discrepancy that no detector sees, and may explain or
resolve one (`discrepancy-noted`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from archive.errors import InputError
from archive.intake.references import nearest, shown
from domain.custody import Custody
from domain.events import DiscrepancyNoted
from domain.findings import CODES, of_register, of_stream
from domain.meeting import Meeting
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.source import Source
from domain.values import STREAM_KINDS, When, stated
from domain.vocabulary import DiscrepancyStatus
from projections.changes import LABELS
from projections.deliberations import treatments
from projections.filters import check_code, check_dates, is_within, organs_named
from projections.findings_files import Unfiled
from projections.findings_walk import Walk
from projections.shapes import HorizonLine, RegisterLine, Shape
from projections.source_findings import with_results_lost
from projections.teller import Teller
from projections.timetravel import horizon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from domain.findings import Finding
    from domain.stream import RecordedEvent, State

FORMAT: Final = "ratsbuch-findings/1"
STATES: Final = tuple(state.value for state in DiscrepancyStatus)
_NOTED: Final = "von einer Person festgestellt"
_SHARED: Final = "DUPLICATE_REFERENCE"


class EventLine(Shape, frozen=True, kw_only=True):
    """An event that something rests on; without position where it cannot be shown."""

    event: str
    position: int | None
    label: str | None


class ValueLine(Shape, frozen=True, kw_only=True):
    """A value behind a finding."""

    name: str
    value: str


class FoundLine(Shape, frozen=True, kw_only=True):
    """A finding.

    Attributes:
        code: Its stable code.
        label: The code in German.
        stream: Where it was found.
        title: What that is called.
        date: The day that it is about: of the meeting, else of the event that it rests on first.
        text: What was found.
        details: The values behind that sentence.
        rests_on: The events, the most telling first.
        state: `open`, `explained` or `resolved`.
        noted: Whether a person stated it and no detector sees it.
        explained_by: The event that explained, resolved or stated it.
        assessment: What that event says about it.
    """

    code: str
    label: str
    stream: str
    title: str
    date: str | None
    text: str
    details: tuple[ValueLine, ...]
    rests_on: tuple[EventLine, ...]
    state: str
    noted: bool
    explained_by: EventLine | None = None
    assessment: str | None = None


class CodeCount(Shape, frozen=True, kw_only=True):
    """How many findings bear a code, in all and by state."""

    code: str
    label: str
    sentence: str
    count: int
    open: int
    explained: int
    resolved: int


class FindingFilters(Shape, frozen=True, kw_only=True):
    """What was asked for; `organs` are all that the name given for `organ` matched."""

    code: str | None = None
    state: str | None = None
    organ: str | None = None
    organs: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None


class Findings(Shape, frozen=True, kw_only=True):
    """The findings of a register, by code, then date.

    Attributes:
        counts: How many there are of each code, the most frequent first; those in `apart` are not among them.
        findings: The findings.
        apart: Those of which it cannot be told whether they lie between the days asked for.
        blocked: How many blocked events of the register are not shown.
    """

    format: str = FORMAT
    register: RegisterLine
    horizon: HorizonLine
    filters: FindingFilters
    counts: tuple[CodeCount, ...]
    findings: tuple[FoundLine, ...]
    apart: tuple[FoundLine, ...] = ()
    blocked: int = 0


def findings(  # noqa: PLR0913  # each is an option of the command
    archive: Archive,
    *,
    code: str | None = None,
    state: str | None = None,
    organ: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
) -> Findings:
    """Give every finding that has come to pass by the reader's day.

    Args:
        archive: The archive.
        code: Only those of this code.
        state: Only those that are open, explained or resolved.
        organ: Only what an organ has to do with: its name, its id or a look-up.
        date_from: Only what is about this day or later.
        date_to: Only what is about this day or earlier.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt), which are for archives; else they are only counted.

    Raises:
        InputError: An unknown code, state or organ, or a date that is none.
    """
    walk = Walk(archive, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked)
    if state is not None:
        check_code(state, STATES, what="state")
    check_dates(date_from=date_from, date_to=date_to)
    reader = _Reader(walk)
    organs = organs_named(reader.teller, organ) if organ is not None else None
    deals_with = _Organs(walk) if organs is not None else None
    inside: list[FoundLine] = []
    apart: list[FoundLine] = []
    codes: set[str] = set()
    for stream, finding in reader.every():
        codes.add(finding.code)
        if (code is not None and finding.code != code) or (state is not None and finding.status != state):
            continue
        if organs is not None and deals_with is not None and not organs & deals_with.of(stream):
            continue
        line = reader.line(stream, finding)
        where = is_within(line.date, date_from, date_to)
        if where is not False:
            (inside if where else apart).append(line)
    if code is not None and code not in codes:
        _check_known(code, codes)
    return Findings(
        register=reader.teller.register(),
        horizon=reader.teller.horizon(),
        filters=FindingFilters(
            code=code,
            state=state,
            organ=organ,
            organs=tuple(sorted(map(reader.teller.name, organs or ()))),
            date_from=date_from,
            date_to=date_to,
        ),
        counts=_counts(inside),
        findings=tuple(sorted(inside, key=_order)),
        apart=tuple(sorted(apart, key=_order)),
        blocked=walk.blocked_count(),
    )


def _check_known(code: str, noted: set[str]) -> None:
    """Refuse a code that no detector has and nobody noted."""
    allowed = tuple(sorted(CODES.keys() | noted))
    if code not in allowed:
        raise InputError(
            f"code: found {shown(code)}, expected one of {', '.join(allowed)}", hint=nearest(code.upper(), allowed)
        )


def _order(line: FoundLine) -> tuple[str, bool, str, int]:
    position = line.rests_on[0].position if line.rests_on else None
    return line.code, line.date is None, line.date or "", position or 0


def _counts(lines: list[FoundLine]) -> tuple[CodeCount, ...]:
    by_code: dict[str, list[FoundLine]] = {}
    for line in lines:
        by_code.setdefault(line.code, []).append(line)
    found = [
        CodeCount(
            code=code,
            label=some[0].label,
            sentence=CODES[code].sentence if code in CODES else "A person stated this discrepancy.",
            count=len(some),
            open=sum(one.state == DiscrepancyStatus.OPEN for one in some),
            explained=sum(one.state == DiscrepancyStatus.EXPLAINED for one in some),
            resolved=sum(one.state == DiscrepancyStatus.RESOLVED for one in some),
        )
        for code, some in by_code.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.code)))


# -- what is found --------------------------------------------------------------------------------


class _Reader:
    """Reads the findings of a register, stream by stream."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.teller = Teller(walk)
        self._whole: Walk | None = None
        # The events of one stream: most findings rest on events of the stream that they were found in.
        self._events: tuple[str, dict[str, RecordedEvent]] = ("", {})

    def every(self) -> Iterator[tuple[str, Finding]]:
        """Give each finding with the stream that it was found in."""
        walk, day = self._walk, self._walk.day
        bearers: dict[tuple[str, str | None, str], list[str]] = {}
        notes: list[tuple[str, Finding]] = []
        unfiled = Unfiled(walk)
        for kind in STREAM_KINDS:
            for stream in walk.each(kind):
                state = walk.state(stream)
                if state is None:
                    continue
                for finding in self._of_stream(stream, state):
                    if finding.since is not None and finding.since > day:
                        continue
                    if finding.code == _SHARED:
                        notes.append((stream, finding))
                    elif not unfiled.keep(stream, finding):
                        yield stream, finding
                unfiled.take(state)
                if isinstance(state, Proposal):
                    body, number = stated(state.body), stated(state.reference)
                    if body is not None and number:
                        bearers.setdefault((body, stated(state.term), number), []).append(stream)
        yield from self._shared([stream for some in bearers.values() if len(some) > 1 for stream in some], notes)
        yield from unfiled.findings()

    def _of_stream(self, stream: str, state: State) -> tuple[Finding, ...]:
        found, asked = _computed(self._walk, stream, state)
        if found and any(map(self._walk.blocked, asked)):
            # What only seems to be missing because it is blocked is no finding.
            whole = self._whole = self._whole or self._walk.unblocked()
            state_of_all = whole.state(stream)
            with_all = _computed(whole, stream, state_of_all)[0] if state_of_all is not None else ()
            known = {(one.code, one.places) for one in with_all}
            found = tuple(one for one in found if (one.code, one.places) in known)
        return found

    def _shared(self, streams: list[str], notes: list[tuple[str, Finding]]) -> Iterator[tuple[str, Finding]]:
        """Give the numbers that several bear, with what people noted about them in one of the streams.

        The note of a stream stands for itself where it is about no such number: nobody else says it.
        """
        states = [state for stream in streams if isinstance(state := self._walk.state(stream), Proposal)]
        used: set[str | None] = set()
        for finding in of_register(states):
            bearing = {place.partition("#")[0] for place in finding.places}
            explained = finding
            for stream, note in notes:
                if stream in bearing:
                    used.add(note.explained_by)
                    explained = msgspec.structs.replace(finding, status=note.status, explained_by=note.explained_by)
            yield finding.places[0].partition("#")[0], explained
        yield from (pair for pair in notes if pair[1].explained_by not in used)

    # -- told -------------------------------------------------------------------------------------

    def line(self, stream: str, finding: Finding) -> FoundLine:
        """Tell a finding."""
        code = CODES.get(finding.code)
        note = self._event(finding.explained_by) if finding.explained_by is not None else None
        event = note.event if note is not None else None
        return FoundLine(
            code=finding.code,
            label=code.label if code is not None else _NOTED,
            stream=stream,
            title=self.teller.title(stream),
            date=self._date(stream, finding),
            text=finding.text,
            details=tuple(ValueLine(name=one.name, value=one.value) for one in finding.details),
            rests_on=tuple(map(self._event_line, finding.places)),
            state=finding.status.value,
            noted=finding.explained_by in finding.places,
            explained_by=self._event_line(finding.explained_by) if finding.explained_by is not None else None,
            assessment=stated(event.assessment) if isinstance(event, DiscrepancyNoted) else None,
        )

    def _event(self, event_id: str) -> RecordedEvent | None:
        stream = event_id.partition("#")[0]
        if self._events[0] != stream:
            self._events = (stream, {record.id: record for record in self._walk.effective(stream)})
        return self._events[1].get(event_id)

    def _event_line(self, event_id: str) -> EventLine:
        record = self._event(event_id)
        if record is None:
            return EventLine(event=event_id, position=None, label=None)
        return EventLine(event=event_id, position=record.position, label=LABELS[record.event.TYPE])

    def _date(self, stream: str, finding: Finding) -> str | None:
        if finding.since is not None:
            return finding.since
        state = self._walk.whole_state(stream)
        met = stated(state.starts_at) if isinstance(state, Meeting) else None
        if met is not None:
            return met
        record = self._event(finding.places[0]) if finding.places else None
        return stated(record.occurred.at) if record is not None and isinstance(record.occurred, When) else None


def _computed(walk: Walk, stream: str, state: State) -> tuple[tuple[Finding, ...], set[str]]:
    """Give the findings of a stream, and the streams that they depend on."""
    asked = {stream}

    def lookup(other: str) -> State | None:
        asked.add(other)
        return walk.state(other)

    def exists(other: str) -> bool:
        asked.add(other)
        return walk.exists(other)

    if isinstance(state, Source):
        state = with_results_lost(walk.archive, state)
    return of_stream(state, walk.history(stream), lookup, exists=exists), asked


# -- what organs have to do with ------------------------------------------------------------------


class _Organs:
    """Which organs have to do with a stream."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._of_proposals: dict[str, set[str]] = {}
        for stream in walk.each("meeting"):
            state = walk.whole_state(stream)
            if isinstance(state, Meeting):
                for proposal, _ in treatments(state):
                    self._of_proposals.setdefault(proposal, set()).update(state.organs)

    def of(self, stream: str, *, depth: int = 2) -> frozenset[str]:
        """Give the organs of a stream; what refers to something else has to do with what that has to do with."""
        state = self._walk.whole_state(stream)
        named: set[str | None] = set()
        others: tuple[str, ...] = ()
        match state:
            case Organ():
                named = {stream}
            case Meeting():
                named = set(state.organs)
            case Proposal():
                named = {stated(one.plan.organ) for one in state.consultations} | self._of_proposals.get(stream, set())
            case Resolution():
                made_by = stated(state.made.event.made_by) if state.made is not None else None
                named = {stated(made_by.organ)} if made_by is not None else set()
            case Review():
                others = tuple(state.resolutions)
            case Source():
                about = stated(state.recorded_in)
                others = (about,) if about is not None else ()
            case Custody():
                others = tuple(one for fact in state.filings for one in stated(fact.event.objects) or ())
            case _:
                pass
        found = {organ for organ in named if organ is not None}
        if depth:
            found |= {organ for other in others for organ in self.of(other, depth=depth - 1)}
        return frozenset(found)
