"""Tells values: in what way each is known, what it is called, and which event it is from.

A `Teller` serves one answer. It names things by the streams behind their ids, tells withheld from erased, and
remembers which events it told from, so that the answer can end with where everything is from.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import values as x
from domain.body import Body
from domain.custody import Custody
from domain.events import PersonKnown
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.person import Person
from domain.proposal import Proposal
from domain.register import Register
from domain.resolution import Resolution
from domain.review import Review
from domain.source import Source as SourceState
from domain.stream import RecordedEvent
from domain.values import WITHHELD, When, stated
from domain.vocabulary import FinancialImpact
from projections.shapes import (
    Dated,
    DocumentLine,
    Field,
    HorizonLine,
    Knowledge,
    Known,
    Provenance,
    RegisterLine,
    Source,
)
from projections.timetravel import moment
from projections.wording import KINDS, code_text, date_text, day_text, when_text, without_example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from projections.timetravel import Past

NOT_MENTIONED: Final = Known(state=Knowledge.NOT_MENTIONED)
COUNTS: Final = ("entitled", "present", "excluded", "yes", "no", "abstain", "invalid", "not_cast", "rest_as")


class Told(Protocol):
    """Whatever knows the event that it is from; a fact of a state does."""

    @property
    def record(self) -> RecordedEvent:
        """The event, corrections applied."""
        ...


class Teller:
    """Tells the values of one answer."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self._used: dict[str, RecordedEvent] = {}

    # -- the frame of an answer -------------------------------------------------------------------

    def register(self) -> RegisterLine:
        """Give whose record it is."""
        info = self.past.archive.register
        return RegisterLine(id=info.id, name=info.name, example=info.example, anchor=info.anchor_hex)

    def horizon(self) -> HorizonLine:
        """Give up to where was read."""
        horizon, size = self.past.horizon, self.past.archive.size
        return HorizonLine(
            as_of=horizon.as_of,
            as_recorded=horizon.as_recorded,
            position=size if horizon.position is None else horizon.position,
            size=size,
        )

    # -- values -----------------------------------------------------------------------------------

    def use(self, record: RecordedEvent) -> str:
        """Remember that something was told from an event, and give its id."""
        self._used[record.id] = record
        return record.id

    def field(
        self,
        fact: Told | RecordedEvent,
        name: str,
        *,
        say: Callable[[object], str | None] | None = None,
        literal: object = UNSET,
        inferred: bool = False,
    ) -> Known:
        """Tell a field of an event.

        Args:
            fact: The event, corrections applied.
            name: The field.
            say: Gives the value for people.
            literal: The words of the source for it; the field `<name>_literal` where there is one.
            inferred: Whether a value counts as inferred.
        """
        record = fact if isinstance(fact, RecordedEvent) else fact.record
        if literal is UNSET:
            literal = getattr(record.event, f"{name}_literal", UNSET)
        value = getattr(record.event, name)
        return self.known(value, record, f"data.{name}", say=say, literal=literal, inferred=inferred)

    def known(
        self,
        value: object,
        record: RecordedEvent,
        path: str,
        *,
        say: Callable[[object], str | None] | None = None,
        literal: object = UNSET,
        inferred: bool = False,
    ) -> Known:
        """Tell a value that an event states at a path, such as `data.subject`."""
        if value is UNSET:
            return NOT_MENTIONED
        event = self.use(record)
        words = literal if isinstance(literal, str) else None
        if value is WITHHELD:
            by = self.erased_by(record, path)
            return Known(state=Knowledge.ERASED if by else Knowledge.WITHHELD, event=event, erased_by=by, literal=words)
        if value is None:
            return Known(state=Knowledge.LEFT_BLANK, event=event, literal=words)
        state = Knowledge.INFERRED if inferred else Knowledge.STATED
        if value is FinancialImpact.NONE:
            state = Knowledge.STATED_AS_NONE
        return Known(
            state=state, value=_plain(value), shown=say(value) if say else _shown(value), literal=words, event=event
        )

    def absent(self, stream: str) -> Known:
        """Tell in what way something is not known that the first event of a stream would have stated.

        Where that event is blocked it may well be stated there, and where its token was erased it may have been; only
        where the event is shown and does not say it, it is not mentioned.
        """
        if 1 in self.past.blocked(stream):
            return Known(state=Knowledge.WITHHELD)
        by = self.past.erased_tokens(stream).get(1)
        return Known(state=Knowledge.ERASED, erased_by=by) if by is not None else NOT_MENTIONED

    def erased_by(self, record: RecordedEvent, path: str) -> str | None:
        """Give the event that erased a field, or what a correction had put there; None where it is only withheld."""
        by = self.past.erased_by(record.id, path)
        for seq in record.corrected_by:
            by = by or self.past.erased_by(f"{record.stream}#{seq}", "data.new")
        return by

    def tally(self, tally: object, record: RecordedEvent) -> tuple[Field, ...]:
        """Tell the counts of a ballot or outcome, those not mentioned included for yes, no and abstentions."""
        if not isinstance(tally, x.Tally):
            known = self.known(tally, record, "data.tally")
            return () if tally is UNSET else tuple(Field(name=name, known=known) for name in ("yes", "no", "abstain"))
        return tuple(
            Field(name=name, known=self.known(getattr(tally, name), record, "data.tally", say=code_text))
            for name in COUNTS
            if getattr(tally, name) is not UNSET or name in {"yes", "no", "abstain"}
        )

    def dated(self, when: object, record: RecordedEvent, *, path: str = "occurred", literal: object = UNSET) -> Dated:
        """Tell when something happened."""
        words = literal if isinstance(literal, str) else None
        if not isinstance(when, When):
            state = Knowledge.ERASED if self.erased_by(record, path) else Knowledge.WITHHELD
            return Dated(certainty=state.value, literal=words)
        return Dated(
            certainty=when.certainty.value,
            at=stated(when.at),
            until=stated(when.until),
            not_before=stated(when.not_before),
            not_after=stated(when.not_after),
            literal=words,
        )

    def occurred(self, record: RecordedEvent) -> Dated:
        """Tell when an event happened."""
        return self.dated(record.occurred, record, literal=record.event.occurred_literal)

    def document(self, document: object, record: RecordedEvent, path: str, *, held: object = UNSET) -> DocumentLine:
        """Tell whether a document is held, by the field that names it and, where there is one, by `held` beside it."""
        if not isinstance(document, x.Document):
            by = self.erased_by(record, path) if document is WITHHELD else None
            if document is WITHHELD:
                state = Knowledge.ERASED if by else Knowledge.WITHHELD
            else:
                state = Knowledge.NOT_MENTIONED
            return DocumentLine(state=Knowledge.NOT_HELD if held is False else state, erased_by=by)
        by = self.past.document_erased_by(record.id, path)
        is_held = document.held and held is not False
        state = Knowledge.ERASED if by else Knowledge.STATED if is_held else Knowledge.NOT_HELD
        return DocumentLine(
            state=state,
            title=stated(document.title),
            media_type=stated(document.media_type),
            size=stated(document.size),
            digest=stated(document.digest),
            erased_by=by,
        )

    # -- where it is from -------------------------------------------------------------------------

    def events(self) -> tuple[Provenance, ...]:
        """Give the events told from so far, in order of position."""
        used = sorted(self._used.values(), key=lambda record: record.position)
        return tuple(self.provenance(record) for record in used)

    def provenance(self, record: RecordedEvent) -> Provenance:
        """Tell who recorded an event, who could state it, and on what it rests."""
        sources, state = record.sources, Knowledge.STATED
        if sources is UNSET or sources == ():
            state = Knowledge.NOT_MENTIONED
        elif sources is WITHHELD:
            state = Knowledge.ERASED if self.erased_by(record, "sources") else Knowledge.WITHHELD
        return Provenance(
            event=record.id,
            position=record.position,
            type=record.event.TYPE,
            occurred=self.occurred(record),
            recorded_at=moment(record.recorded_at),
            recorded_by=self.person(record.by.person),
            role=record.by.role.value,
            stated_by=self.authority(record),
            sources=tuple(self._source(source) for source in sources) if isinstance(sources, tuple) else (),
            sources_state=state,
            visibility=self.past.visibility(record).value,
            visibility_recorded=record.visibility.value,
            corrected_by=tuple(f"{record.stream}#{seq}" for seq in record.corrected_by),
        )

    def authority(self, record: RecordedEvent) -> str | None:
        """Tell who could state an event; None where that is not mentioned."""
        authority = record.authority
        if isinstance(authority, UnsetType):
            return None
        if not isinstance(authority, x.Authority):
            return "erased" if self.erased_by(record, "authority") else "withheld"
        person, organ, function = stated(authority.person), stated(authority.organ), stated(authority.function)
        parts = [
            code_text(function) if function is not None else None,
            self.person(person) if person is not None else None,
            self.name(organ) if organ is not None else None,
        ]
        return ", ".join(part for part in parts if part) or None

    def _source(self, source: x.Source) -> Source:
        document = stated(source.document)
        return Source(
            grade=source.grade.value,
            citation=stated(source.citation),
            document=self.past.document_title(document) if document is not None else None,
            locator=stated(source.locator),
            quote=stated(source.quote),
            whereabouts=stated(source.whereabouts),
        )

    # -- names ------------------------------------------------------------------------------------

    def person(self, key: str) -> str:
        """Give the name behind a person key; the key where no name is known to this reader."""
        state = self.past.whole_state(f"person:{key}")
        if isinstance(state, Person) and (name := stated(state.name)) is not None:
            return name
        known = self.person_name(key)
        if known.state is Knowledge.NOT_MENTIONED:
            return key
        return f"{key} (name {'blocked' if self.is_name_blocked(key) else known.state.value})"

    def person_name(self, key: str) -> Known:
        """Tell the name behind a person key, by the newest event that this reader may see."""
        stream = f"person:{key}"
        state = self.past.whole_state(stream)
        newest = state.known[-1] if isinstance(state, Person) and state.known else None
        if newest is not None and newest.event.name is WITHHELD:
            gone = self.erased_by(newest.record, "data.name")
            return Known(state=Knowledge.ERASED if gone else Knowledge.WITHHELD, erased_by=gone)
        if newest is not None and isinstance(newest.event.name, str):
            return Known(state=Knowledge.STATED, value=newest.event.name)
        if self.is_name_blocked(key):
            return Known(state=Knowledge.WITHHELD)
        by = next(iter(self.past.erased_tokens(stream).values()), None) if newest is None else None
        return Known(state=Knowledge.ERASED, erased_by=by) if by is not None else NOT_MENTIONED

    def is_name_blocked(self, key: str) -> bool:
        """Say whether the newest name behind a person key stands in an event that is blocked for this reader."""
        past, stream = self.past, f"person:{key}"
        blocked = past.blocked(stream)
        if not blocked:
            return False
        shown = [record.seq for record in past.recorded(stream) if isinstance(record.event, PersonKnown)]
        return any(
            record.seq in blocked
            and record.seq > max(shown, default=0)
            and isinstance(record.event, PersonKnown)
            and record.event.name is not UNSET
            for record in past.archive.history(stream, until=past.horizon.position)
        )

    def party(self, party: x.Party) -> str:
        """Give what somebody who submits, moves or is consulted is called."""
        literal, office = stated(party.literal), stated(party.office)
        if literal is not None:
            return literal
        names = [self.name(ref) for ref in (party.group, party.organ, party.body) if isinstance(ref, str)]
        if isinstance(party.person, str):
            names.insert(0, self.person(party.person))
        return ", ".join([*names, *([office] if office else [])]) or "not named"

    def parties(self, parties: object) -> str | None:
        """Give what several are called."""
        return "; ".join(self.party(one) for one in parties) if isinstance(parties, tuple) else None

    def name(self, stream: str) -> str:
        """Give the name of a body, organ or group; the title of anything else."""
        name = self._bare_name(stream)
        return self._with_body(stream, name) if name is not None else self.title(stream)

    def _bare_name(self, stream: str) -> str | None:
        for state in (self.past.state(stream), self.past.whole_state(stream)):
            if isinstance(state, Body | Organ | Group) and (name := stated(state.name)) is not None:
                return name
        return None

    def _with_body(self, stream: str, name: str) -> str:
        """Name the body of an organ too, where the register holds several: many a Kreistag is called just that."""
        state = self.past.whole_state(stream)
        body = stated(state.body) if isinstance(state, Organ) else None
        return f"{name} ({self.body_name(body)})" if body is not None and len(self.bodies()) > 1 else name

    def bodies(self) -> tuple[str, ...]:
        """Give the bodies that the register holds."""
        return self.past.streams("body")

    def body_name(self, stream: str) -> str:
        """Give the name of a body without what stands in the head of every page already."""
        return without_example(self._bare_name(stream) or self.title(stream))

    def names(self, streams: Iterable[str]) -> str:
        """Give the names of several."""
        return ", ".join(self.name(stream) for stream in streams)

    def title(self, stream: str) -> str:  # noqa: PLR0911  # one answer a kind
        """Give what a stream is called: kind, number, day and subject, as far as known."""
        kind, _, key = stream.partition(":")
        label = KINDS[kind]
        match self.past.whole_state(stream):
            case Proposal() as state:
                number = stated(state.reference)
                lacks = self._lacks_number(state)
                head = (
                    f"{label} {number}" if number else f"{label}, number {lacks}" if lacks else f"{label} ohne Nummer"
                )
                return _title(head, self._about(state, state.subject))
            case Meeting() as state:
                number = stated(state.convened.event.number) if state.convened else None
                starts = stated(state.starts_at)
                names = self.organs_of(state)
                day = f" of {day_text(starts)}" if starts else ""
                return f"{label} {number}{day}, {names}" if number else f"{label}{day}, {names}"
            case Resolution() as state:
                number = stated(state.number)
                made = when_text(state.made.record.occurred if state.made else None)
                head = f"{label} {number}" if number else label
                return _title(f"{head} of {made}" if made else head, self._decided(state))
            case Review() as state:
                return _title(label, f"{len(state.resolutions)} resolutions")
            case Body() | Organ() | Group() as state:
                name = stated(state.name)
                return self._with_body(stream, name) if name is not None else f"{label} {key}"
            case Person() as state:
                name = self.person(key)
                return f"{name} (name not mentioned)" if name == key else name
            case Custody() as state:
                reference = stated(state.filings[-1].event.file_reference) if state.filings else None
                return f"{label} {reference or key}"
            case SourceState() as state:
                return f"{label} {stated(state.url) or key}"
            case Register():
                return self.past.archive.register.name
            case _:
                return f"{label} {key} ({self._why_nothing(stream)})"

    def organs_of(self, meeting: Meeting) -> str:
        """Give the names of the organs that met; where there are none, in what way they are not known."""
        return self.names(meeting.organs) or f"organ {code_text(self.absent(meeting.stream).state)}"

    def _lacks_number(self, state: Proposal) -> str | None:
        """Say in what way the number of a proposal is not known, where that is more than not mentioned."""
        known = self._of_version(state, "reference", state.reference)
        lacks = known.state not in {Knowledge.STATED, Knowledge.NOT_MENTIONED}
        return code_text(known.state) if lacks else None

    def _about(self, state: Proposal, subject: object) -> str | None:
        """Give the subject of a proposal, or in what way it is not known."""
        known = self._of_version(state, "subject", subject)
        if known.state in {Knowledge.STATED, Knowledge.NOT_MENTIONED}:
            return known.text
        return f"subject {code_text(known.state)}"

    def _of_version(self, state: Proposal, name: str, value: object) -> Known:
        """Tell a field of the newest version without remembering what it was told from: for titles."""
        if value is UNSET:
            return self.absent(state.stream)
        origin = state.current.origins.get(name) if state.current is not None else None
        record = self.past.record(origin) if origin is not None else None
        by = self.erased_by(record, f"data.{name}") if record is not None and value is WITHHELD else None
        if value is WITHHELD:
            return Known(state=Knowledge.ERASED if by else Knowledge.WITHHELD, erased_by=by)
        if value is None:
            return Known(state=Knowledge.LEFT_BLANK)
        return Known(state=Knowledge.STATED, value=_plain(value))

    def _why_nothing(self, stream: str) -> str:
        if self.past.blocked(stream):
            return "blocked"
        return "token erased" if self.past.erased_tokens(stream) else "not recorded"

    def _decided(self, state: Resolution) -> str | None:
        """Give what a resolution is about: its own subject, else that of the proposal it decides."""
        subject, proposal = stated(state.subject), stated(state.proposal)
        decided = self.past.whole_state(proposal) if subject is None and proposal is not None else None
        if isinstance(decided, Proposal):
            return self._about(decided, decided.subject)
        if state.subject is WITHHELD:
            made = state.made.record if state.made is not None else None
            by = self.erased_by(made, "data.subject") if made is not None else None
            return f"subject {'erased' if by else 'withheld'}"
        return subject


def _title(head: str, about: str | None) -> str:
    return f"{head}: {' '.join(about.split())}" if about else head


def _plain(value: object) -> str | int | bool:
    """Give a value as it stands in JSON: codes, texts and counts as they are, records as canonical JSON."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str | int):
        return value
    return msgspec.json.encode(value).decode()


def _shown(value: object) -> str | None:
    """Give a value for people where it is a record of its own."""
    if isinstance(value, tuple | Struct):
        return "; ".join(_words(value))
    return None


def _words(value: object) -> list[str]:
    """Give the plain values inside a record, in the order of its fields."""
    if isinstance(value, Struct):
        return [
            date_text(word) if name == "on" or name.endswith(("_on", "_at")) else word
            for name in value.__struct_fields__
            for word in _words(getattr(value, name))
        ]
    if isinstance(value, tuple):
        return [word for item in value for word in _words(item)]
    if value is UNSET or value is WITHHELD or value is None:
        return []
    return [code_text(value) if isinstance(value, Enum) else str(value)]
