"""What follows from several streams: where proposals stand, the checks of ballots, the findings.

A row here is a function of the recorded events as well, but of those of many streams: a proposal is decided by what a
meeting did, a ballot is checked under the rules of its body. So these tables hold the present only; what they were at
an earlier moment is told by the commands, which replay up to there. Nothing in them depends on the day on which they
are read: a finding that only holds from a day on is there from the beginning and names that day.

When a stream gets events, what has to be computed anew is found in the table `mentions`, which has every stream that
an event names. It forgets nothing, so it leads to what was named before a correction too. Each view says below what of
which streams its rows depend on; that is the only thing to be kept true when a rule or a detector asks for more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from domain import streams as domain_streams
from domain.findings import of_register, of_stream
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.source import Source
from domain.stream import RecordedEvent
from domain.values import STREAM_KINDS, stated
from projections.ballot_checks import checks_of
from projections.deliberations import Deliberations
from projections.findings_walk import Walk
from projections.life import last_outcome, state_of_proposal
from projections.source_findings import with_results_lost
from projections.timetravel import Horizon
from projections.views.table import Row, Table, flag, json, text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from archive.archive import Archive
    from domain.findings import Finding
    from domain.stream import State
    from projections.views.table import Teller

# Meetings that are computed together with their proposals and what sources said of both: some hundred streams.
_MEETINGS_A_PART: Final = 40
_STREAMS_A_PART: Final = 300
_SHARED: Final = "DUPLICATE_REFERENCE"
# What a finding says that an event names though it is not recorded: the second of its details (`domain.findings`).
_IS_DANGLING: Final = "code = 'DANGLING_REFERENCE'"
_NAMES: Final = "json_extract(details, '$[1].value')"


# -- reading --------------------------------------------------------------------------------------


Known = Callable[[str], tuple[RecordedEvent, ...] | None]


class _Near(Walk):
    """A register read in bounded memory, in which looking for streams by kind finds only those around a part."""

    def __init__(self, archive: Archive, until: int, known: Known) -> None:
        super().__init__(archive, Horizon(None, until), with_blocked=True)
        self._around: frozenset[str] = frozenset()
        self._known = known

    def recorded(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give a stream as first recorded, up to the position looked at."""
        if stream not in self._recorded and (records := self._known(stream)) is not None:
            self._recorded[stream] = records
            self._held += len(records)
        return super().recorded(stream)

    def look_around(self, streams: frozenset[str]) -> None:
        """Set what is found from now on."""
        self._around = streams

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams around of a kind, in the order of their first events, as when all are read."""
        found = [stream for stream in self._around if _kind(stream) == kind and self.recorded(stream)]
        return tuple(sorted(found, key=lambda stream: self.recorded(stream)[0].position))


class Reading:
    """Reads what rows follow from.

    Args:
        archive: The archive.
        until: The last position read.
        connection: The file, in which the views of single streams stand at that position.
        teller: Turns values into cells.
        known: Gives the events of a stream up to there where they are at hand; None where they have to be read.
    """

    def __init__(
        self,
        archive: Archive,
        until: int,
        connection: sqlite3.Connection,
        teller: Teller,
        *,
        known: Known = lambda _: None,
    ) -> None:
        self.archive = archive
        self.near = _Near(archive, until, known)
        self.teller = teller
        self._connection = connection
        self._part: tuple[str, ...] = ()
        self._deliberations: Deliberations | None = None

    def take(self, part: Sequence[str]) -> None:
        """Take up some streams, of which rows are asked for next."""
        self._part = tuple(part)
        self._deliberations = None

    def deliberations(self) -> Deliberations:
        """Give what was done with the proposals of the part."""
        if self._deliberations is None:
            proposals = [stream for stream in self._part if _kind(stream) == "proposal"]
            self.near.look_around(frozenset(self.naming(proposals, "meeting", "resolution")))
            self._deliberations = Deliberations(self.near)
        return self._deliberations

    # -- who names whom ---------------------------------------------------------------------------

    def naming(self, streams: Iterable[str], *kinds: str) -> tuple[str, ...]:
        """Give the streams of some kinds that name any of some, now or before a correction."""
        return self._column(_NAMING, streams, kinds)

    def named_by(self, streams: Iterable[str], *kinds: str) -> tuple[str, ...]:
        """Give the streams of some kinds that any of some names, now or before a correction."""
        return self._column(_NAMED, streams, kinds)

    def ever_alike(self, proposals: Iterable[str]) -> tuple[str, ...]:
        """Give the proposals that ever bore a number that any of some ever bore."""
        return self._column(_ALIKE, proposals, ("proposal",))

    def bearers(self, proposal: str) -> tuple[str, ...]:
        """Give the proposals that bear the number of a proposal now, itself among them, in any body and term."""
        return self._column(_BEARERS, (proposal,), ("proposal",))

    def missed(self, stream: str) -> tuple[str, ...]:
        """Give the streams of which a finding says that they name a stream that is not recorded."""
        return self._column(_MISSED, (stream,), STREAM_KINDS)

    def _column(self, statement: str, streams: Iterable[str], kinds: tuple[str, ...]) -> tuple[str, ...]:
        rows = self._connection.execute(statement, (json([*streams]),)).fetchall()
        return tuple(name for (name,) in rows if _kind(name) in kinds)


_EACH: Final = "(SELECT value FROM json_each(?))"
_NAMING: Final = f"SELECT DISTINCT stream FROM mentions WHERE target IN {_EACH} ORDER BY 1"  # noqa: S608  # ours
_NAMED: Final = f"SELECT DISTINCT target FROM mentions WHERE stream IN {_EACH} ORDER BY 1"  # noqa: S608  # ours
_ALIKE: Final = (
    "SELECT DISTINCT stream FROM proposals WHERE reference IN "  # noqa: S608  # ours
    f"(SELECT reference FROM proposals WHERE stream IN {_EACH}) ORDER BY 1"
)
_BEARERS: Final = (
    "SELECT DISTINCT stream FROM proposals WHERE until_position IS NULL AND reference IN "  # noqa: S608  # ours
    f"(SELECT reference FROM proposals WHERE until_position IS NULL AND stream IN {_EACH}) ORDER BY 1"
)
# A finding names the stream, or one of its events: "$" is the character after "#".
# Without being told SQLite would go through all of these findings, which are many where a register begins late.
_NAMING_NOTHING: Final = (
    "SELECT findings.stream FROM json_each(?1) AS named "  # noqa: S608  # ours
    f"CROSS JOIN findings INDEXED BY findings_names WHERE {_IS_DANGLING} AND {_NAMES}"
)
_MISSED: Final = (
    f"{_NAMING_NOTHING} = named.value UNION "
    f"{_NAMING_NOTHING} > named.value || '#' AND {_NAMES} < named.value || '$' ORDER BY 1"
)


def _kind(stream: str) -> str:
    return stream.partition(":")[0]


class Changes:
    """What was recorded since a view was computed.

    Args:
        reading: Reads what there is now.
        after: The position at which the view stands.
        touched: The streams that got events since.
    """

    def __init__(self, reading: Reading, after: int, touched: Sequence[str]) -> None:
        self.reading = reading
        self.touched = tuple(touched)
        self._after = after

    def of(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind that got events."""
        return tuple(stream for stream in self.touched if _kind(stream) == kind)

    def begun(self) -> tuple[str, ...]:
        """Give the streams that were not there before."""
        read = self.reading.near.recorded
        return tuple(stream for stream in self.touched if (found := read(stream)) and found[0].position > self._after)

    def differing(self, kind: str, what: Callable[[State], object]) -> tuple[str, ...]:
        """Give the streams of a kind of whose states something is no longer as it was.

        Nearly everything in a register names its bodies and organs, so it matters whether their new events change
        anything.
        """
        return tuple(
            stream
            for stream in self.of(kind)
            if _of(self.reading.near.state(stream), what) != _of(self._before(stream), what)
        )

    def _before(self, stream: str) -> State | None:
        history = self.reading.archive.history(stream, until=self._after)
        return domain_streams.replay(_kind(stream), history)


def _of(state: State | None, what: Callable[[State], object]) -> object:
    return what(state) if state is not None else None


class Computed(Struct, frozen=True, kw_only=True):
    """A table that follows from several streams, filled and versioned by itself.

    Attributes:
        name: Its name.
        version: Raised with every change of its table or rows; a file with another version makes it anew.
        kinds: The kinds of streams that have rows in it.
        table: The table.
        affected: Gives the streams whose rows may be others after some changes.
        rows: Gives the rows of a stream, which is of the part that was taken up.
    """

    name: str
    version: int
    kinds: tuple[str, ...]
    table: Table
    affected: Callable[[Changes], Iterable[str]]
    rows: Callable[[Reading, str], Iterable[Row]]

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its table, as a view of streams has several."""
        return (self.table,)


def every(archive: Archive, reading: Reading) -> Iterator[tuple[str, ...]]:
    """Give every stream in parts: a meeting, the proposals it names and what sources said of them stand together.

    What one of them is told by is at hand then for the others, however large the register is.
    """
    seen: set[str] = set()
    for kind in ("meeting", *(kind for kind in STREAM_KINDS if kind != "meeting")):
        size = _MEETINGS_A_PART if kind == "meeting" else _STREAMS_A_PART
        for some in _parts(archive.streams(kind), size):
            part = [stream for stream in some if stream not in seen]
            if kind == "meeting":
                part += [stream for stream in reading.named_by(part, "proposal") if stream not in seen]
            if kind in {"meeting", "proposal"}:
                part += [stream for stream in reading.naming(part, "source") if stream not in seen]
            if part:
                seen.update(part)
                yield tuple(part)


def affected(view: Computed, changes: Changes) -> Iterator[tuple[str, ...]]:
    """Give the streams whose rows have to be computed anew, in parts."""
    found = dict.fromkeys(stream for stream in view.affected(changes) if _kind(stream) in view.kinds)
    return _parts(tuple(found), _STREAMS_A_PART)


def _parts(streams: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(streams[start : start + size]) for start in range(0, len(streams), size))


# -- where proposals stand ------------------------------------------------------------------------

STANDINGS: Final = Table(
    name="standings",
    says="where a proposal stands now, and the outcome of the latest meeting that came to one",
    has_past=False,
    columns=(
        text("state", "code: registered, planned, on_agenda, deliberated, decided, withdrawn"),
        text("outcome", "code of the outcome; NULL without `event`: there is none"),
        text("outcome_literal", "the outcome in the words of the source"),
        text("outcome_on", "the day of that meeting"),
        text("meeting", "that meeting"),
        text("organs", "JSON: the organs of that meeting"),
    ),
    indexes=(("state",), ("outcome",)),
)


def _standing(reading: Reading, stream: str) -> Iterator[Row]:
    state = reading.near.state(stream)
    if not isinstance(state, Proposal):
        return
    deliberations = reading.deliberations()
    where = state_of_proposal(state, deliberations).value
    last = last_outcome(stream, deliberations)
    if last is None:
        yield (stream, where, *[None] * len(STANDINGS.columns), None)
        return
    event = last.fact.event
    meeting = last.treatment.meeting
    values: dict[str, object] = {
        "state": where,
        "outcome": event.outcome,
        "outcome_literal": event.outcome_literal,
        "meeting": meeting.stream,
        "organs": deliberations.organs(meeting),
    }
    met_on = deliberations.met_on(last.treatment)
    if met_on is not None:
        values["outcome_on"] = met_on
    yield (stream, *reading.teller.row(STANDINGS, last.fact.record, values))


def _standings_affected(changes: Changes) -> Iterator[str]:
    """A standing follows from the proposal, the meetings and resolutions that name it, and whether organs decide."""
    meetings = {*changes.of("meeting"), *_meetings_of_organs(changes)}
    yield from changes.of("proposal")
    yield from changes.reading.named_by((*meetings, *changes.of("resolution")), "proposal")


def _meetings_of_organs(changes: Changes) -> tuple[str, ...]:
    organs = changes.differing("organ", lambda organ: getattr(organ, "only_advises"))  # noqa: B009  # organs have it
    return changes.reading.naming(organs, "meeting")


# -- checks ---------------------------------------------------------------------------------------

CHECKS: Final = Table(
    name="checks",
    says="a check of a ballot (Rechenprobe) under the rules of its day; it stands beside what was declared",
    has_past=False,
    columns=(
        text("ballot", "the ballot"),
        text("subject", "code of what is checked: the result, unanimity, the votes by name, the chair's vote, quorum"),
        text("verdict", "code: agrees, contradicts, not_decidable"),
        text("reason", "code of why"),
        text("sentence", "why, in words"),
        text("computation", "JSON: the steps of the computation"),
        text("rules", "JSON: the rules looked at: topic, citation, and whether its source was read"),
    ),
    indexes=(("ballot",), ("verdict",)),
)


def _checks(reading: Reading, stream: str) -> Iterator[Row]:
    state = reading.near.state(stream)
    if not isinstance(state, Meeting):
        return
    for fact in state.ballots:
        for check in checks_of(reading.near, state, fact):
            values: dict[str, object] = {
                "ballot": fact.event.ballot,
                "subject": check.subject,
                "verdict": check.verdict,
                "reason": check.reason,
                "sentence": check.sentence,
                "computation": check.computation,
                "rules": check.rules,
            }
            yield (stream, *reading.teller.row(CHECKS, fact.record, values))


def _checks_affected(changes: Changes) -> Iterator[str]:
    """A check follows from the meeting, the rules of its body, and the seats of its organ."""
    yield from changes.of("meeting")
    bodies = changes.differing("body", lambda body: [fact.event for fact in getattr(body, "rule_sets")])  # noqa: B009
    organs = changes.differing("organ", lambda organ: getattr(organ, "seats"))  # noqa: B009  # organs have it
    yield from changes.reading.naming((*bodies, *organs), "meeting")


# -- findings -------------------------------------------------------------------------------------

FINDINGS: Final = Table(
    name="findings",
    says="a finding (Befund): what does not fit together or is not there, computed or noted by a person",
    has_past=False,
    columns=(
        text("code", "its stable code"),
        text("status", "code: open, explained, resolved"),
        flag("noted", "a person stated it, and no detector sees it"),
        text("since", "the first day from which it holds; NULL: at once"),
        text("text", "what was found, in words"),
        text("details", "JSON: the values behind that sentence"),
        text("events", "JSON: the events that it rests on, the most telling first"),
        text("explained_by", "the event that explained, resolved or stated it"),
    ),
    indexes=(("code",), ("status",)),
    more_indexes=(("findings_names", f"findings ({_NAMES}) WHERE {_IS_DANGLING}"),),
)


def _findings(reading: Reading, stream: str) -> Iterator[Row]:
    for finding in _findings_of(reading, stream):
        first = finding.places[0] if finding.places else None
        yield (
            stream,
            finding.code,
            finding.status.value,
            int(finding.explained_by in finding.places),
            finding.since,
            finding.text,
            json(finding.details),
            json(finding.places),
            finding.explained_by,
            first,
            None,
        )


def _findings_of(reading: Reading, stream: str) -> Iterator[Finding]:
    near = reading.near
    state = near.state(stream)
    if state is None:
        return
    notes: list[Finding] = []
    for finding in _own(reading, stream, state):
        if finding.code == _SHARED:
            notes.append(finding)
        else:
            yield finding
    bearing = _bearing(reading, state) if isinstance(state, Proposal) else ()
    if len(bearing) < 2:  # noqa: PLR2004  # one alone shares nothing with anybody
        yield from notes
    elif bearing[0].stream == stream:
        # What people noted about it in any of the streams is about this one finding; the last word counts.
        noted = [one for other in bearing for one in _own(reading, other.stream, other) if one.code == _SHARED]
        for finding in of_register(bearing):
            yield (
                msgspec.structs.replace(finding, status=noted[-1].status, explained_by=noted[-1].explained_by)
                if noted
                else finding
            )


def _own(reading: Reading, stream: str, state: State) -> tuple[Finding, ...]:
    near = reading.near
    if isinstance(state, Source):
        state = with_results_lost(reading.archive, state)
    return of_stream(state, near.recorded(stream), near.state, exists=near.exists)


def _bearing(reading: Reading, proposal: Proposal) -> tuple[Proposal, ...]:
    """Give the proposals that bear the same number in the same body and term, in the order of their first events."""
    near, key = reading.near, _number(proposal)
    if key is None:
        return ()
    states = (near.state(other) for other in reading.bearers(proposal.stream))
    found = [state for state in states if isinstance(state, Proposal) and _number(state) == key]
    return tuple(sorted(found, key=lambda state: near.recorded(state.stream)[0].position))


def _number(proposal: Proposal) -> tuple[str, str | None, str] | None:
    body, number = stated(proposal.body), stated(proposal.reference)
    return (body, stated(proposal.term), number) if body is not None and number else None


def _findings_affected(changes: Changes) -> Iterator[str]:
    """A finding follows from its stream, from what that names, and from who else bears its number.

    A source's object is about a proposal, whose decision is dated by the meetings that it names: two steps.
    """
    reading, meetings, proposals = changes.reading, changes.of("meeting"), changes.of("proposal")
    yield from changes.touched
    yield from reading.naming(meetings, "resolution")
    dated = reading.naming(meetings, "proposal")
    yield from dated
    yield from reading.naming((*meetings, *proposals, *dated), "source")
    yield from reading.naming(proposals, "meeting")
    yield from reading.naming(changes.of("resolution"), "proposal")
    yield from reading.ever_alike(proposals)
    yield from _meetings_of_organs(changes)
    # That something is not recorded is said of any text that is an id, and so of more than `mentions` has; but what
    # was missed stands in the table itself.
    for stream in changes.begun():
        yield from reading.missed(stream)


COMPUTED: Final = (
    Computed(
        name="standings",
        version=1,
        kinds=("proposal",),
        table=STANDINGS,
        affected=_standings_affected,
        rows=_standing,
    ),
    Computed(name="checks", version=2, kinds=("meeting",), table=CHECKS, affected=_checks_affected, rows=_checks),
    Computed(
        name="findings",
        version=1,
        kinds=STREAM_KINDS,
        table=FINDINGS,
        affected=_findings_affected,
        rows=_findings,
    ),
)
# The views of streams whose tables tell what names what and who bears which number.
NEEDED: Final = ("record", "proposals")
