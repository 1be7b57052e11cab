"""What everybody may see of a stream on the day of the terms, asked of every event whatever the edition holds.

An event counts where its visibility on that day is public; a correction counts with the event that it corrects. A
person is shown who is known in public to hold an office, and only where nothing was recorded of that person since that
is not public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from domain import events as e
from domain import register, streams
from domain.body import Body
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.person import Person
from domain.proposal import Proposal
from domain.register import Register
from domain.stream import RecordedEvent, State
from domain.values import stated
from domain.vocabulary import ErasureKind, Visibility
from projections.export.oparl.addresses import OF_STREAM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from domain.stream import Fact
    from projections.export.edition import Edition
    from projections.export.oparl.notes import Notes

S = TypeVar("S", bound=State)

# What these say is about the record, not about the council.
_ABOUT_THE_RECORD: Final = (e.RecordCorrected, e.DiscrepancyNoted)
# Objects come in the order of their streams and name few others: a small memory is hit nearly always.
_STREAMS_MAX: Final = 256
_GIVEN: Final = "given"
# Before every end of a release, so that one that has ended counts.
_ANY_DAY: Final = "0001-01-01"


class Gone(Struct, frozen=True):
    """A stream of which nothing is shown any more, and when that was recorded."""

    stream: str
    since: int


class _Shown(Struct, frozen=True):
    records: tuple[RecordedEvent, ...]
    state: State | None


class Public:
    """The public part of an edition.

    Args:
        edition: The edition.
        notes: Where it is kept which streams are shown, so that none is read only to be named.
    """

    def __init__(self, edition: Edition, notes: Notes) -> None:
        self._notes = notes
        self._archive = edition.archive
        self._day = edition.terms.day
        self._subjects = None if edition.terms.whole else frozenset(edition.terms.subjects)
        self._register = f"register:{edition.register.id}"
        history = self._archive.history(self._register)
        state = streams.replay("register", history)
        self._changes: Mapping[str, tuple[Fact[e.VisibilityChanged], ...]] = {}
        self._touched: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._erased: dict[tuple[str, str], int] = {}
        self._once: set[str] = set()
        self._tokens_gone: dict[str, list[str]] = {}
        self._shown: dict[str, _Shown] = {}
        if isinstance(state, Register):
            self._changes = register.visibility_index(state)
            self._note(state)

    def _note(self, state: Register) -> None:
        """Note what changes of visibility and erasures did to streams, as far as they are public themselves."""
        found: list[tuple[RecordedEvent, str, bool]] = []
        for fact in state.visibility:
            changed = stated(fact.event.target)
            if changed is not None:
                was_public = fact.event.was is Visibility.PUBLIC and fact.event.becomes is not Visibility.PUBLIC
                found.append((fact.record, changed.partition("#")[0], was_public))
                if Visibility.PUBLIC in {fact.event.was, fact.event.becomes} and self._is_public(fact.record):
                    self._once.add(changed)
        for erasure in state.erasures:
            for target in stated(erasure.event.targets) or ():
                stream = target.event.partition("#")[0]
                if target.kind is ErasureKind.DOCUMENT and self._is_public(erasure.record):
                    self._erased[target.event, str(target.path)] = erasure.record.recorded_at
                if target.kind is ErasureKind.TOKEN:
                    self._tokens_gone.setdefault(stream, []).append(target.event)
                # Of a person nothing is shown without the name; of everything else only where no token is left.
                is_whole = target.kind is ErasureKind.TOKEN or stream.startswith("person:")
                found.append((erasure.record, stream, is_whole and target.kind is not ErasureKind.DOCUMENT))
        for record, stream, may_be_gone in found:
            if not self._is_public(record):
                continue
            self._touched[stream] = max(record.recorded_at, self._touched.get(stream, 0))
            if may_be_gone:
                self._gone[stream] = max(record.recorded_at, self._gone.get(stream, 0))

    def _was_shown(self, stream: str) -> bool:
        """Say whether everybody could see a thing once, by what is left of it and what the register says in public.

        Of an event of which the token is gone only a public change of visibility tells that it was public: without one
        it may never have been, and a tombstone would tell everybody that there was such a thing.
        """
        left = [record for record in self._archive.history(stream) if self._was_public(record)]
        if stream.startswith("person:"):
            # The name may be erased; whoever is not said to hold an office was never shown.
            return any(isinstance(one.event, e.PersonKnown) and one.event.office_holder is True for one in left)
        if any(not isinstance(one.event, _ABOUT_THE_RECORD) for one in left):
            return True
        gone = self._tokens_gone.get(stream, ())
        return any(event in self._once or stream in self._once for event in gone)

    def _is_public(self, record: RecordedEvent) -> bool:
        return register.visibility_of(record, self._changes, on=self._day) is Visibility.PUBLIC

    def _was_public(self, record: RecordedEvent) -> bool:
        """Say whether everybody could ever see an event: as it was recorded, or after any change, ended or not."""
        changes = (*self._changes.get(record.stream, ()), *self._changes.get(record.id, ()))
        ordered = sorted(changes, key=lambda fact: fact.record.position)
        stages = ({record.stream: tuple(ordered[:count])} for count in range(len(ordered) + 1))
        return any(register.visibility_of(record, one, on=_ANY_DAY) is Visibility.PUBLIC for one in stages)

    # -- streams ----------------------------------------------------------------------------------

    def streams(self, kind: str) -> Iterator[str]:
        """Give the streams of a kind that are shown, in the order of their first events."""
        return (stream for stream in self._archive.streams(kind) if self.is_given(stream))

    def is_given(self, stream: object) -> bool:
        """Say whether a stream is an object here; a proposal or a meeting only where the edition is about it."""
        if not isinstance(stream, str):
            return False
        kind = stream.partition(":")[0]
        if kind in {"proposal", "meeting"} and self._subjects is not None and stream not in self._subjects:
            return False
        if kind not in OF_STREAM:
            return False
        known = self._notes.get(_GIVEN, stream)
        if not known:
            known = ("yes" if self._look(stream).state is not None else "",)
            self._notes.put(_GIVEN, stream, known[0])
        return bool(known[0])

    def given(self, wanted: object) -> tuple[str, ...]:
        """Give those of some streams that are objects here, each once."""
        named = wanted if isinstance(wanted, tuple) else (wanted,)
        return tuple(dict.fromkeys(stream for stream in named if self.is_given(stream)))

    def records(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give the public events of a stream, as first recorded."""
        return self._look(stream).records

    def state(self, stream: str, wanted: type[S]) -> S | None:
        """Give what the public events of a stream add up to; None where it is not shown."""
        state = self._look(stream).state
        return state if isinstance(state, wanted) else None

    def _look(self, stream: str) -> _Shown:
        found = self._shown.get(stream)
        if found is None:
            if len(self._shown) >= _STREAMS_MAX:
                self._shown.clear()
            found = self._shown[stream] = self._read(stream)
        return found

    def _read(self, stream: str) -> _Shown:
        history = self._archive.history(stream)
        shown = {record.seq for record in history if self._is_public(record)}
        records = tuple(
            record
            for record in history
            if record.seq in shown
            and not (isinstance(record.event, e.RecordCorrected) and record.event.target not in shown)
        )
        state: State | None = None
        if not all(isinstance(record.event, _ABOUT_THE_RECORD) for record in records):
            state = streams.replay(stream.partition(":")[0], records)
        if isinstance(state, Person) and not self._is_shown(state, records):
            state = None
        return _Shown(records, state)

    def _is_shown(self, person: Person, records: tuple[RecordedEvent, ...]) -> bool:
        """Say whether a person holds an office in public, by the newest word there is of that person at all."""
        newest = person.known[-1].event if person.known else None
        if newest is None or newest.office_holder is not True or stated(newest.name) is None:
            return False
        return records[-1].seq == max(self._archive.positions(person.stream))

    # -- when -------------------------------------------------------------------------------------

    def touched(self, stream: str) -> int:
        """Give when the register last changed who may see a stream, or erased something of it; 0 for never."""
        return self._touched.get(stream, 0)

    def corrections(self, record: RecordedEvent) -> Iterator[RecordedEvent]:
        """Give the corrections that were applied to an event."""
        if record.corrected_by:
            yield from (one for one in self.records(record.stream) if one.seq in record.corrected_by)

    def erased_document(self, record: RecordedEvent, path: str) -> int | None:
        """Give when the document that a field names was erased; None where it was not."""
        return self._erased.get((record.id, path))

    def gone(self) -> Iterator[Gone]:
        """Give what was shown once and is not any more: whoever has a copy has to learn of it."""
        for stream, since in self._gone.items():
            is_asked_for = self._subjects is None or stream in self._subjects
            is_one = is_asked_for and stream.partition(":")[0] in OF_STREAM and not self.is_given(stream)
            if is_one and self._was_shown(stream):
                yield Gone(stream, since)

    # -- whose ------------------------------------------------------------------------------------

    def bodies_of(self, stream: str) -> tuple[str, ...]:
        """Give the bodies that an object belongs to: as it says, else as its organs do, else the only one there is."""
        state = self._look(stream).state
        match state:
            case Organ():
                named: Iterable[object] = (state.body,)
            case Group():
                named = (state.registered.event.body if state.registered else None,)
            case Proposal():
                named = (state.body,)
            case Meeting():
                body = state.convened.event.body if state.convened else None
                named = (body,) if self.is_given(body) else map(self._body_of_organ, state.organs)
            case Body():
                named = (stream,)
            case _:
                named = ()
        return self.given(tuple(named)) or self.only_body()

    def _body_of_organ(self, organ: str) -> object:
        state = self.state(organ, Organ)
        return state.body if state is not None else None

    def only_body(self) -> tuple[str, ...]:
        """Give the one body that there is; none where there are several."""
        every = tuple(self.streams("body"))
        return every if len(every) == 1 else ()
