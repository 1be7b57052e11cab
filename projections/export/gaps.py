"""What of the record an edition does not give: the places of a stream that say nothing to this reader.

A place says nothing where only its log entry is there (blocked, or erased), and where every field of its event is
withheld. What such an event would have said nobody knows here, so that nothing may be called "not recorded" that it
could have said: a ballot, what came of a deliberation, an annex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Struct

from domain import events as e
from domain.meeting import Meeting
from domain.values import WITHHELD, stated
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Collection

    from domain.proposal import Consultation, Proposal
    from domain.stream import RecordedEvent
    from projections.deliberations import Deliberations
    from projections.export.edition import Edition
    from projections.shapes import ConsultationLine
    from projections.timetravel import Past

# Which events say what; see `could_say`.
BALLOTS: Final = frozenset({e.BallotHeld.TYPE})
OUTCOMES: Final = frozenset({e.OutcomeDeclared.TYPE})
PLANS: Final = frozenset({e.ConsultationPlanned.TYPE})
ANNEXES: Final = frozenset({e.DocumentAttached.TYPE})
VERSIONS: Final = frozenset({e.ProposalRegistered.TYPE, e.ProposalRevised.TYPE})
AGENDAS: Final = frozenset({e.AgendaSet.TYPE})
MINUTES: Final = frozenset({e.MinutesFiled.TYPE})


class Gap(Struct, frozen=True, kw_only=True):
    """A place of which nothing is told.

    Attributes:
        stream: The stream.
        seq: Its place in the stream.
        position: Its place in the register; None where not even its row is there.
        type: The type of the event; None where it is not known.
        state: Erased or withheld.
        is_place: Whether only its log entry is there, or not even that.
    """

    stream: str
    seq: int
    position: int | None
    type: str | None
    state: Knowledge
    is_place: bool


def gaps(edition: Edition, past: Past, stream: str) -> tuple[Gap, ...]:
    """Give the places of a stream that say nothing to this reader, in order."""
    shown = {record.seq: record for record in past.recorded(stream)}
    erased = past.erased_tokens(stream)
    places = edition.archive.positions(stream)
    found = []
    for seq in range(1, max([*shown, *erased, *places, 0]) + 1):
        record = shown.get(seq)
        if record is None:
            state = Knowledge.ERASED if seq in erased else Knowledge.WITHHELD
            found.append(
                Gap(stream=stream, seq=seq, position=places.get(seq), type=None, state=state, is_place=True),
            )
        elif is_silent(record):
            state = Knowledge.ERASED if _is_erased(past, record) else Knowledge.WITHHELD
            found.append(
                Gap(
                    stream=stream,
                    seq=seq,
                    position=record.position,
                    type=record.event.TYPE,
                    state=state,
                    is_place=False,
                )
            )
    return tuple(found)


def is_silent(record: RecordedEvent) -> bool:
    """Say whether every field that an event states is withheld."""
    values = [getattr(record.event, name) for name in record.event.__struct_fields__]
    known = [value for value in values if value is not UNSET]
    return bool(known) and all(value is WITHHELD for value in known)


def _is_erased(past: Past, record: RecordedEvent) -> bool:
    return any(past.erased_by(record.id, f"data.{name}") is not None for name in record.event.__struct_fields__)


def could_say(edition: Edition, past: Past, stream: str, types: Collection[str]) -> bool:
    """Say whether an event of some types may stand in a stream that says nothing to this reader.

    Of a stream that is not in an excerpt at all, everything may stand there; of one that a whole register does not
    hold, nothing.
    """
    if not edition.archive.positions(stream) and not past.recorded(stream):
        return not edition.terms.whole
    return any(gap.type is None or gap.type in types for gap in gaps(edition, past, stream))


# -- the meetings of a proposal -------------------------------------------------------------------


def meetings_of(edition: Edition, state: Proposal, deliberations: Deliberations) -> tuple[str, ...]:
    """Give the meetings that dealt with a proposal, or of which it cannot be told that they did not.

    The second are those that a consultation names or that met where and when one was planned, and, where the excerpt is
    about this proposal alone, all those in it of which nothing can be read.
    """
    past = deliberations.past
    found = dict.fromkeys(one.meeting.stream for one in deliberations.of(state.stream))
    for consultation in state.consultations:
        found |= dict.fromkeys(_meetings_meant(consultation, deliberations))
    if not edition.terms.whole and edition.terms.subjects == (state.stream,):
        found |= dict.fromkeys(one for one in edition.streams("meeting") if past.whole_state(one) is None)
    return tuple(found)


def meetings_planned(edition: Edition, state: Proposal, key: object, deliberations: Deliberations) -> tuple[str, ...]:
    """Give the meetings that a consultation may have led to of which nothing is told.

    Where an excerpt is about the proposal alone, a meeting in it of which nothing can be read may have been any.
    """
    consultation = state.consultation(key) if isinstance(key, str) else None
    found = dict.fromkeys(_meetings_meant(consultation, deliberations) if consultation is not None else ())
    if not edition.terms.whole and edition.terms.subjects == (state.stream,):
        past = deliberations.past
        found |= dict.fromkeys(one for one in edition.streams("meeting") if past.whole_state(one) is None)
    return tuple(found)


def _meetings_meant(consultation: Consultation, deliberations: Deliberations) -> list[str]:
    past, plan = deliberations.past, consultation.plan
    named, organ, day = stated(plan.meeting), stated(plan.organ), stated(plan.planned_on)
    found = [named] if named is not None else []
    if organ is not None and day is not None:
        for stream in past.streams("meeting"):
            meeting = past.whole_state(stream)
            starts = stated(meeting.starts_at) if isinstance(meeting, Meeting) else None
            if isinstance(meeting, Meeting) and organ in meeting.organs and starts and starts[:10] == day[:10]:
                found.append(stream)
    return found


class Silence:
    """What an edition does not say of a proposal, and may not call "not recorded".

    Args:
        edition: What is told of.
        state: The proposal.
        deliberations: What meetings did with it.
    """

    def __init__(self, edition: Edition, state: Proposal, deliberations: Deliberations) -> None:
        self._edition = edition
        self._state = state
        self._deliberations = deliberations
        self._past = deliberations.past
        self._own = gaps(edition, self._past, state.stream)

    @property
    def meetings(self) -> tuple[str, ...]:
        """The meetings that dealt with it, or may have."""
        return meetings_of(self._edition, self._state, self._deliberations)

    def of_itself(self, types: Collection[str], *, before: int | None = None) -> bool:
        """Say whether an event of some types may stand in its own stream that is not given.

        Args:
            types: The types.
            before: Only places before this one.
        """
        return any(
            (gap.type is None or gap.type in types) and (before is None or gap.seq < before) for gap in self._own
        )

    def of_meetings(self, types: Collection[str]) -> bool:
        """Say whether any of its meetings may have an event of some types that is not given."""
        return any(could_say(self._edition, self._past, one, types) for one in self.meetings)

    def of_consultation(self, line: ConsultationLine, types: Collection[str]) -> bool:
        """Say whether the meeting of a consultation may have an event of some types that is not given."""
        meant = (
            meetings_planned(self._edition, self._state, line.id, self._deliberations)
            if line.meeting is None
            else (line.meeting,)
        )
        return any(could_say(self._edition, self._past, one, types) for one in meant)
