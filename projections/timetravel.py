"""Time travel on two axes: what had happened by a day, and what Ratsbuch had recorded by a moment.

*As recorded* cuts the register at a position: everything recorded later is not there, corrections included. What
that leaves of a stream is replayed; so the state of a past moment is the state that a reader had then, but for
what was erased since, which nobody can show any more.

*As of* a day looks at when facts happened, with their corrected dates and contents. A fact is in where it happened
on that day or before for certain, out where it happened later for certain, and otherwise set apart and named: its
date is unknown, withheld, less exact than the question, or a range that the day falls into. Corrections and noted
discrepancies say something about the record and nothing about the council; they have no place on this axis and
count whenever they were recorded.

Blocked events (de: gesperrt) are left out unless they are asked for, with the corrections that say what stands in
them. That goes by who may see them today, whatever moment is looked at: what was blocked since stays blocked when
somebody asks for the day before.

Everything here is replayed from the events, each time anew.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct

from archive.documents import documents_of
from archive.errors import InputError
from archive.intake.references import shown
from domain import events as e
from domain import register, streams
from domain import values as x
from domain.dates import first_day, last_day
from domain.stream import Fact, RecordedEvent, State, effective
from domain.values import When, stated
from domain.vocabulary import ErasureKind, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.archive import Archive

S = TypeVar("S", bound=State)

_DAY_LENGTH: Final = len("2021-12-08")
# No title stands in any event that names the document.
_UNTITLED: Final = "document (title not mentioned)"


class Horizon(Struct, frozen=True):
    """Up to where a reader looks.

    Attributes:
        as_of: The day by whose end a fact has to have happened, `YYYY-MM-DD`; None for no such limit.
        position: The highest position read; None for all.
        as_recorded: The moment that `position` was found by, as it was asked for; None where none was.
    """

    as_of: str | None
    position: int | None
    as_recorded: str | None = None


class Placement(StrEnum):
    """Where a fact stands to the day that was asked for."""

    BY_THEN = "by_then"
    LATER = "later"
    STRADDLES = "straddles"
    UNDATED = "undated"


NOW: Final = Horizon(None, None)
# What these say is about the record, not about the council.
_ABOUT_THE_RECORD: Final = (e.RecordCorrected, e.DiscrepancyNoted)


# -- what was asked for ---------------------------------------------------------------------------


def horizon(archive: Archive, *, as_of: str | None = None, as_recorded: str | None = None) -> Horizon:
    """Give the horizon that a reader asked for.

    Args:
        archive: The archive.
        as_of: A day, `YYYY-MM-DD`: it counts as a whole.
        as_recorded: A moment with its offset (RFC 3339), or a day with its offset (`2021-12-09+01:00`), which
            means the end of that day there. A day without offset is refused: recording times are instants, and
            which events an unnamed midnight cuts off would be a guess.

    Raises:
        InputError: It is no such day or moment, it is still to come, or nothing was recorded by then.
    """
    if as_of is not None:
        _check(as_of, x.Day, what="as-of", expected="a day, written YYYY-MM-DD")
    if as_recorded is None:
        return Horizon(as_of, None)
    seconds = _seconds(as_recorded)
    position = archive.position_at(seconds)
    if position == archive.size:
        _check_past(archive, as_recorded)
    if position == 0:
        opened = moment(archive.register.opened_at)
        raise InputError(
            f"as-recorded: found {shown(as_recorded)}, but nothing was recorded by then",
            hint=f"the register was opened at {opened}",
        )
    return Horizon(as_of, position, as_recorded)


def _check_past(archive: Archive, text: str) -> None:
    """Refuse a moment after now, or a day that has not begun: what will have been recorded by then nobody knows.

    A recorder's clock may be ahead of the reader's, so a moment by which something was recorded has passed.
    """
    begins = _seconds(text, time="00:00:00")
    now = archive.means.clock()
    if begins <= now:
        return
    last = next(archive.events_between(after=archive.size - 1), None)
    if last is None or begins > last.recorded_at:
        raise InputError(
            f"as-recorded: found {shown(text)}, expected a moment that has passed",
            hint=f"it is {moment(int(now))} now; without --as-recorded all that is recorded is read",
        )


def _check(text: str, wanted: object, *, what: str, expected: str, hint: str | None = None) -> None:
    try:
        msgspec.convert(text, wanted)
    except msgspec.ValidationError as error:
        raise InputError(f"{what}: found {shown(text)}, expected {expected}", hint=hint) from error


def _seconds(text: str, *, time: str = "23:59:59.999999") -> float:
    """Give the seconds of a moment; of a day with its offset those of a time there."""
    expected = "a moment with its offset, such as 2021-12-09T12:00:00+01:00, or a day with it: 2021-12-09+01:00"
    hint = None
    if len(text) == _DAY_LENGTH:
        hint = f"for the end of that day in Germany write {text}+01:00 in winter, {text}+02:00 in summer"
    whole_day = text[_DAY_LENGTH : _DAY_LENGTH + 1] not in {"T", ""}
    written = f"{text[:_DAY_LENGTH]}T{time}{text[_DAY_LENGTH:]}" if whole_day else text
    try:
        msgspec.convert(written, x.Instant)
        return dt.datetime.fromisoformat(written).timestamp()
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise InputError(f"as-recorded: found {shown(text)}, expected {expected}", hint=hint) from error


def moment(seconds: int) -> str:
    """Write a recording time, seconds since 1970, as RFC 3339 in UTC."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).isoformat().replace("+00:00", "Z")


# -- where a fact stands --------------------------------------------------------------------------


def placement(occurred: object, day: str) -> Placement:
    """Say whether something had happened by the end of a day.

    What lasted counts from its end; where only its beginning lies before the day, it straddles it.

    Args:
        occurred: A `When`, or withheld.
        day: The day, `YYYY-MM-DD`.
    """
    if not isinstance(occurred, When):
        return Placement.UNDATED
    at, until = stated(occurred.at), stated(occurred.until)
    earliest, latest = at or stated(occurred.not_before), until or at or stated(occurred.not_after)
    limit = first_day(day)
    if latest is not None and last_day(latest) <= limit:
        return Placement.BY_THEN
    if earliest is not None and first_day(earliest) > limit:
        return Placement.LATER
    return Placement.STRADDLES if earliest is not None or latest is not None else Placement.UNDATED


class Apart(Struct, frozen=True):
    """A fact that is neither in nor out, and why."""

    record: RecordedEvent
    placement: Placement


class Past:
    """A register as it stands for one reader at one horizon; nothing is read twice.

    Args:
        archive: The archive.
        horizon: Up to where to look.
        with_blocked: Whether this reader sees blocked events.
        among: The streams that are read where streams are looked for by kind; None for all. What is not among them
            can still be read by its id.
    """

    def __init__(
        self,
        archive: Archive,
        horizon: Horizon = NOW,
        *,
        with_blocked: bool = False,
        among: frozenset[str] | None = None,
    ) -> None:
        self.archive = archive
        self._among = among
        self.horizon = horizon
        self.with_blocked = with_blocked
        self._blocked: dict[str, frozenset[int]] = {}
        self._changes: Mapping[str, tuple[Fact[e.VisibilityChanged], ...]] | None = None
        self._recorded: dict[str, tuple[RecordedEvent, ...]] = {}
        self._effective: dict[str, tuple[RecordedEvent, ...]] = {}
        self._states: dict[str, State | None] = {}
        self._all_states: dict[str, State | None] = {}
        self._is_loaded = False
        self._of_kind: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._titles: dict[str, str] = {}
        self._visibility: Mapping[str, tuple[Fact[e.VisibilityChanged], ...]] | None = None
        self._register = f"register:{archive.register.id}"
        # An erasure counts whenever it was recorded: what is gone cannot be shown for any past moment.
        self._erased: dict[tuple[str, str | None], str] = {}
        self._erased_at: dict[str, int] = {}
        self._erased_documents: dict[tuple[str, str], str] = {}
        for record in archive.history(self._register):
            if isinstance(record.event, e.ContentErased):
                self._note_erasure(record)

    def _note_erasure(self, record: RecordedEvent) -> None:
        event = record.event
        assert isinstance(event, e.ContentErased)  # noqa: S101  # for the type checker: the caller looked
        self._erased_at[record.id] = record.recorded_at
        for target in stated(event.targets) or ():
            if target.kind is ErasureKind.DOCUMENT:
                self._erased_documents[target.event, str(target.path)] = record.id
            else:
                self._erased[target.event, stated(target.path)] = record.id

    # -- days -------------------------------------------------------------------------------------

    @property
    def day(self) -> str:
        """The day for whose reader this is: the one asked for, that of the moment asked for, or today."""
        if self.horizon.as_of is not None:
            return self.horizon.as_of
        if self.horizon.as_recorded is not None:
            return self.horizon.as_recorded[:_DAY_LENGTH]
        return self._today

    @property
    def _today(self) -> str:
        return moment(int(self.archive.means.clock()))[:_DAY_LENGTH]

    # -- streams ----------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the whole register up to the position looked at, in one pass: for what looks across streams."""
        if self._is_loaded:
            return
        if self._among is not None:
            for stream in sorted(self._among):
                self.recorded(stream)
            # In the order of their first events, as when all are read.
            order = sorted(self._recorded.items(), key=lambda one: one[1][0].position if one[1] else 0)
            self._recorded = dict(order)
            self._is_loaded = True
            return
        found: dict[str, list[RecordedEvent]] = {}
        for record in self.archive.events_between(until=self.horizon.position):
            found.setdefault(record.stream, []).append(record)
        self._recorded = {stream: self._shown(stream, tuple(records)) for stream, records in found.items()}
        self._is_loaded = True

    def loaded(self) -> tuple[str, ...]:
        """Give every stream read so far, in the order of their first events; all of them after `load`."""
        return tuple(self._recorded)

    def recorded(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give a stream as first recorded, up to the position looked at, whenever its facts happened."""
        if stream not in self._recorded:
            if self._is_loaded and self._among is None:
                return ()
            self._recorded[stream] = self._shown(stream, self.archive.history(stream, until=self.horizon.position))
        return self._recorded[stream]

    # -- what is blocked --------------------------------------------------------------------------

    def _shown(self, stream: str, records: tuple[RecordedEvent, ...]) -> tuple[RecordedEvent, ...]:
        """Leave out what is blocked, and the corrections of it, which say what stands there; count both."""
        if self.with_blocked:
            return records
        gone = {record.seq for record in records if self.is_blocked(record)}
        gone |= {
            record.seq
            for record in records
            if isinstance(record.event, e.RecordCorrected) and record.event.target in gone
        }
        self._blocked[stream] = frozenset(gone)
        return tuple(record for record in records if record.seq not in gone) if gone else records

    def is_blocked(self, record: RecordedEvent) -> bool:
        """Say whether an event is blocked today, by its own visibility and all changes of it ever recorded."""
        return register.visibility_of(record, self._every_change(), on=self._today) is Visibility.BLOCKED

    def _every_change(self) -> Mapping[str, tuple[Fact[e.VisibilityChanged], ...]]:
        if self._changes is None:
            self._changes = _visibility_index(self.archive.history(self._register))
        return self._changes

    def streams_of_changes(self) -> frozenset[str]:
        """Give the streams in which changes of visibility, whenever recorded, may have blocked something."""
        return frozenset(target.partition("#")[0] for target in self._every_change())

    def streams_of_erasures(self) -> frozenset[str]:
        """Give the streams of which something was erased, whenever that was recorded."""
        named = {event_id for event_id, _ in (*self._erased, *self._erased_documents)}
        return frozenset(event_id.partition("#")[0] for event_id in named)

    def blocked(self, stream: str) -> frozenset[int]:
        """Give the places of a stream whose events are blocked and left out."""
        self.recorded(stream)
        return self._blocked.get(stream, frozenset())

    def unblocked(self) -> Past:
        """Give the same with all blocked events: to count what is left out, never to show it."""
        return Past(self.archive, self.horizon, with_blocked=True, among=self._among)

    def blocked_count(self) -> int:
        """Give how many events of the register are blocked and left out."""
        self.load()
        return sum(map(len, self._blocked.values()))

    def effective(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give the same with the corrections applied that had been recorded by then."""
        found = self._effective.get(stream)
        if found is None:
            found = effective(self.recorded(stream))
            self._effective[stream] = found
        return found

    def exists(self, stream: str) -> bool:
        """Say whether anything of a stream had been recorded, be it blocked or erased since."""
        return bool(self.recorded(stream) or self.blocked(stream) or self.erased_tokens(stream))

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind of which there is something to show, in the order of their first events."""
        self.load()
        # Asked for again and again, over all streams; what was read of blocked ones meanwhile makes it be told anew.
        count, found = self._of_kind.get(kind, (-1, ()))
        if count != len(self._recorded):
            found = tuple(s for s, records in self._recorded.items() if s.startswith(f"{kind}:") and records)
            self._of_kind[kind] = len(self._recorded), found
        return found

    def record(self, event_id: str) -> RecordedEvent | None:
        """Give an event by its id, corrections applied."""
        stream, _, seq = event_id.partition("#")
        return next((record for record in self.effective(stream) if str(record.seq) == seq), None)

    # -- by when they happened --------------------------------------------------------------------

    def place(self, record: RecordedEvent) -> Placement:
        """Say where an event stands to the day asked for; corrected dates count."""
        day = self.horizon.as_of
        return Placement.BY_THEN if day is None or _is_about_record(record) else placement(record.occurred, day)

    def _seqs(self, stream: str, *wanted: Placement) -> frozenset[int]:
        return frozenset(r.seq for r in self.effective(stream) if self.place(r) in wanted)

    def history(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give the events of a stream that count, as first recorded: facts that had happened, and corrections."""
        if self.horizon.as_of is None:
            return self.recorded(stream)
        seqs = self._seqs(stream, Placement.BY_THEN)
        return tuple(record for record in self.recorded(stream) if record.seq in seqs)

    def apart(self, stream: str) -> tuple[Apart, ...]:
        """Give the facts of a stream that are neither in nor out, corrections applied."""
        return tuple(
            Apart(record, where)
            for record in self.effective(stream)
            if (where := self.place(record)) in {Placement.STRADDLES, Placement.UNDATED}
        )

    def later(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give the facts of a stream that happened later than the day asked for."""
        return tuple(record for record in self.effective(stream) if self.place(record) is Placement.LATER)

    def state(self, stream: str) -> State | None:
        """Give what a stream's counting facts add up to; None where there are none.

        Where a day was asked for, corrections of facts that do not count make no state of their own.
        """
        if stream not in self._states:
            history = self.history(stream)
            if self.horizon.as_of is not None and all(map(_is_about_record, history)):
                history = ()
            self._states[stream] = streams.replay(stream.partition(":")[0], history)
        return self._states[stream]

    def whole_state(self, stream: str) -> State | None:
        """Give the state without regard to when facts happened: for names, which a reader needs in any case."""
        if self.horizon.as_of is None:
            return self.state(stream)
        if stream not in self._all_states:
            self._all_states[stream] = streams.replay(stream.partition(":")[0], self.recorded(stream))
        return self._all_states[stream]

    def state_from(self, opened: RecordedEvent) -> State | None:
        """Give what a stream's counting facts add up to with its opening, though that cannot be placed."""
        stream, seqs = opened.stream, self._seqs(opened.stream, Placement.BY_THEN) | {opened.seq}
        history = tuple(record for record in self.recorded(stream) if record.seq in seqs)
        return streams.replay(stream.partition(":")[0], history)

    def states(self, kind: str, wanted: type[S]) -> tuple[S, ...]:
        """Give the states of all streams of a kind in which anything counts."""
        found = (self.state(stream) for stream in self.streams(kind))
        return tuple(state for state in found if isinstance(state, wanted))

    # -- what cannot be shown ---------------------------------------------------------------------

    def erased_by(self, event_id: str, path: str) -> str | None:
        """Give the event that erased a field (`data.reasons`) or the whole token; None where none did."""
        return self._erased.get((event_id, path)) or self._erased.get((event_id, None))

    def document_erased_by(self, event_id: str, path: str) -> str | None:
        """Give the event that erased the document that a field names."""
        return self._erased_documents.get((event_id, path))

    def document_title(self, document: x.Document) -> str:
        """Give what a document is called: here, or in any event read so far that names the same content."""
        title, digest = stated(document.title), stated(document.digest)
        if title is not None or digest is None:
            return title or _UNTITLED
        if digest not in self._titles:
            named = (
                stated(other.title)
                for records in self._recorded.values()
                for record in records
                for _, other in documents_of(record)
                if stated(other.digest) == digest
            )
            self._titles[digest] = next(filter(None, named), _UNTITLED)
        return self._titles[digest]

    def erased_tokens(self, stream: str) -> dict[int, str]:
        """Give the places of a stream whose tokens were erased, with the events that erased them.

        Those recorded later than the position looked at are not among them.
        """
        found = {
            int(event_id.partition("#")[2]): by
            for (event_id, path), by in self._erased.items()
            if path is None and event_id.partition("#")[0] == stream
        }
        until = self.horizon.position
        if not found or until is None:
            return found
        places = self.archive.positions(stream)
        return {seq: by for seq, by in found.items() if seq in places and places[seq] <= until}

    def is_erased_ever(self, stream: str) -> bool:
        """Say whether tokens of a stream were erased, whenever its events were recorded."""
        return any(path is None and event_id.partition("#")[0] == stream for event_id, path in self._erased)

    def erased_streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind of which nothing is left but places whose tokens were erased, of all streams."""
        named = dict.fromkeys(event_id.partition("#")[0] for event_id, path in self._erased if path is None)
        return tuple(
            stream
            for stream in named
            if stream.startswith(f"{kind}:")
            and not self.recorded(stream)
            and not self.blocked(stream)
            and self.erased_tokens(stream)
        )

    def erased_at(self, event_id: str) -> str:
        """Give when an erasure was recorded, UTC."""
        return moment(self._erased_at[event_id])

    def last_seq(self, stream: str) -> int:
        """Give the last place of a stream, be its event shown or not."""
        seqs = {record.seq for record in self.recorded(stream)}
        return max(seqs | self.blocked(stream) | set(self.erased_tokens(stream)), default=0)

    def visibility(self, record: RecordedEvent) -> Visibility:
        """Say who may see an event, after the changes that had been recorded and had not come later for certain."""
        if self._visibility is None:
            index = _visibility_index(self.archive.history(self._register, until=self.horizon.position))
            self._visibility = {
                target: tuple(fact for fact in facts if self.place(fact.record) is not Placement.LATER)
                for target, facts in index.items()
            }
        return register.visibility_of(record, self._visibility, on=self.day)


def _visibility_index(history: tuple[RecordedEvent, ...]) -> Mapping[str, tuple[Fact[e.VisibilityChanged], ...]]:
    state = streams.replay("register", history)
    return register.visibility_index(state) if state is not None else {}


def _is_about_record(record: RecordedEvent) -> bool:
    return isinstance(record.event, _ABOUT_THE_RECORD)
