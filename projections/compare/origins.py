"""Where each sentence of the Beschlussvorschlag comes from: version, event, recorder, motion.

1. From the version that holds, the chain goes back: to the version that it builds on, else to the one with the next
   lower number.
2. From the oldest on, the sentences of each version that states the text are held against those of the one before it:
   the same, changed (most words in common), brought or taken out. A sentence that was only moved was not changed.
3. A version of the chain whose text is not held, withheld, erased, left blank or not mentioned is passed over; what is
   new in the next one may have come with it, and that is said.

Limits: a sentence that was split or joined counts as changed, with the rest as brought or taken out. What was taken
out and came back was brought by the version in which it came back.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct

from domain import events as e
from domain import values as x
from domain.meeting import Meeting
from domain.values import WITHHELD, stated
from projections import parts, proposals
from projections.changes import because_text
from projections.compare.align import Budget
from projections.compare.sentences import sentences
from projections.compare.shapes import (
    BecauseLine,
    Missing,
    Op,
    OriginLine,
    Piece,
    RemovedLine,
    SentenceLine,
    SentenceProvenance,
    Step,
    StepKind,
)
from projections.compare.texts import differing, related
from projections.compare.versions import apart_of, proposal_of
from projections.related import blocked_about
from projections.shapes import Knowledge, Known
from projections.teller import NOT_MENTIONED, Teller
from projections.timetravel import Past, horizon
from projections.wording import code_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.archive import Archive
    from domain.proposal import Proposal, Version
    from domain.stream import RecordedEvent

_TEXT: Final = "operative_text"
_PATH: Final = "/data/operative_text"


class _Line(Struct, frozen=True):
    """A sentence on its way through the versions."""

    text: str
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        return " ".join(self.text.split())


def provenance(
    archive: Archive,
    ref: str,
    *,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
) -> SentenceProvenance:
    """Give for every sentence of the Beschlussvorschlag that holds which version brought and changed it, and why.

    Args:
        archive: The archive.
        ref: A proposal: a stream, an event, a look-up, or a bare Vorlagen-Nr.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt), which are for archives.

    Raises:
        InputError: The reference matches nothing, several things or no proposal, nothing of it had happened by then,
            or a date is none.
    """
    past = Past(archive, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked)
    teller = Teller(past)
    stream, state = proposal_of(teller, ref)
    newest = state.current
    walk = _Walk(teller, state)
    if newest is not None:
        walk.through(_chain(state, newest))
    is_readable = newest is not None and isinstance(newest.operative_text, str)
    lines = walk.lines if is_readable else ()
    removed = walk.removed if is_readable else []
    named = {step.event for line in lines for step in line.steps}
    named |= {step.event for line in removed for step in line.steps} | {line.removed_by for line in removed}
    return SentenceProvenance(
        register=teller.register(),
        horizon=teller.horizon(),
        ref=ref,
        stream=stream,
        title=teller.title(stream),
        version=teller.field(newest.told_by, "version") if newest is not None else NOT_MENTIONED,
        text=proposals.version_field(teller, newest, _TEXT),
        sentences=tuple(
            SentenceLine(number=number, text=line.text.strip(), steps=line.steps)
            for number, line in enumerate(lines, start=1)
        ),
        removed=tuple(removed),
        origins=tuple(_origin(teller, one) for one in _in_order(state) if one.told_by.id in named),
        missing=tuple(walk.missing),
        coarse=walk.budget.left <= 0,
        apart=apart_of(teller, stream),
        later=len(past.later(stream)),
        erasures=parts.erasures(past, stream),
        blocked=blocked_about(past, stream),
        visibility=parts.visibility_of_stream(past, stream),
        events=teller.events(),
    )


# -- the chain of versions ------------------------------------------------------------------------


def _rank(version: Version) -> tuple[int, int]:
    """Give what orders versions: the number, and of the same number the place of the event."""
    return (stated(version.number) or 0, version.told_by.record.seq)


def _in_order(state: Proposal) -> list[Version]:
    return sorted(state.versions, key=_rank)


def _chain(state: Proposal, newest: Version) -> list[Version]:
    """Give the version and all that it builds on, oldest first. The rank falls, so that it ends."""
    found = [newest]
    while True:
        version = found[-1]
        rank = _rank(version)
        lower = [one for one in _in_order(state) if _rank(one) < rank]
        if not lower:
            return found[::-1]
        based = [one for one in lower if isinstance(version.base, int) and one.number == version.base]
        found.append(based[-1] if based else lower[-1])


def _gaps(before: Version | None, version: Version, held: Iterable[int]) -> list[Missing]:
    """Give the versions that must have been between two, and are not held."""
    number, last = stated(version.number), stated(before.number) if before is not None else 0
    if number is None or last is None:
        return []
    between = sorted({one for one in held if last < one < number})
    return [
        Missing(
            number=Known(state=Knowledge.INFERRED, value=one + 1),
            why=Knowledge.NOT_HELD,
            last=other - 1 if other - 1 > one + 1 else None,
        )
        for one, other in itertools.pairwise((last, *between, number))
        if other - one > 1
    ]


class _Walk:
    """Goes through the versions of a chain and keeps which of them brought and changed what.

    `pending` are those passed over since the last one that could be read.
    """

    def __init__(self, teller: Teller, state: Proposal) -> None:
        self.budget = Budget()
        self.lines: tuple[_Line, ...] = ()
        self.removed: list[RemovedLine] = []
        self.missing: list[Missing] = []
        self.pending: list[Missing] = []
        self._teller = teller
        self._held = [version.number for version in state.versions if isinstance(version.number, int)]

    def through(self, chain: Iterable[Version]) -> None:
        """Take the versions in turn."""
        before: Version | None = None
        for version in chain:
            is_new = (
                before is None or version.origins.get(_TEXT) != before.origins.get(_TEXT) or _TEXT not in before.origins
            )
            # Versions that the chain leaves out although they are held are no gap.
            for gap in _gaps(before, version, self._held):
                self._pass_over(gap)
            text = version.operative_text
            if not is_new:
                # What a version leaves as it was, no version that is missing in between can have changed for it.
                self.pending = [] if isinstance(text, str) else self.pending
            elif isinstance(text, str):
                self._take(version, text)
            else:
                self._pass_over(self._unreadable(version))
            before = version

    def _pass_over(self, missing: Missing) -> None:
        self.pending.append(missing)
        self.missing.append(missing)

    def _unreadable(self, version: Version) -> Missing:
        known = proposals.version_field(self._teller, version, _TEXT)
        return Missing(
            number=self._teller.field(version.told_by, "version"),
            why=known.state,
            event=self._teller.use(version.told_by.record),
            erased_by=known.erased_by,
        )

    def _take(self, version: Version, text: str) -> None:
        event = version.origins[_TEXT]
        record = self._teller.past.record(event) or version.told_by.record
        self._teller.use(record)
        or_before, self.pending = tuple(self.pending), []
        found = [_Line(one, ()) for one in sentences(text) if one.strip()]
        put_right = _put_right(self._teller.past, record)
        old, new = [line.key for line in self.lines], [line.key for line in found]
        partner = {j: i for i, j in related(old, new, self.budget)}
        lines = []
        for j, line in enumerate(found):
            before = self.lines[partner[j]] if j in partner else None
            if before is not None and before.key == line.key:
                lines.append(_Line(line.text, before.steps))
                continue
            kind = StepKind.BROUGHT if before is None else StepKind.CHANGED
            words = (
                (Piece(op=Op.INSERT, text=line.text.strip()),)
                if before is None
                else differing(before.text.strip(), line.text.strip(), self.budget)
            )
            step = Step(
                kind=kind,
                event=event,
                pieces=words,
                or_before=or_before,
                corrected_by=put_right.get(line.key, ()),
            )
            lines.append(_Line(line.text, (*(before.steps if before is not None else ()), step)))
        kept = set(partner.values())
        self.removed += [
            RemovedLine(text=line.text.strip(), steps=line.steps, removed_by=event, or_before=or_before)
            for i, line in enumerate(self.lines)
            if i not in kept
        ]
        self.lines = tuple(lines)


def _put_right(past: Past, record: RecordedEvent) -> dict[str, tuple[str, ...]]:
    """Give the sentences of a version that it did not have as it was first recorded, with what corrected it."""
    if not record.corrected_by:
        return {}
    first = next((one for one in past.recorded(record.stream) if one.seq == record.seq), None)
    text, words = getattr(first.event if first is not None else None, _TEXT, UNSET), getattr(record.event, _TEXT, UNSET)
    if not isinstance(words, str) or text == words:
        return {}
    by = tuple(
        f"{record.stream}#{one.seq}"
        for one in past.recorded(record.stream)
        if one.seq in record.corrected_by
        and isinstance(one.event, e.RecordCorrected)
        and (one.event.path is WITHHELD or one.event.path == _PATH)
    )
    before = {" ".join(one.split()) for one in sentences(text)} if isinstance(text, str) else set()
    return {key: by for one in sentences(words) if (key := " ".join(one.split())) not in before}


# -- who and why ----------------------------------------------------------------------------------


def _origin(teller: Teller, version: Version) -> OriginLine:
    fact = version.told_by
    record, event = fact.record, fact.event
    revised = isinstance(event, e.ProposalRevised)
    told = teller.provenance(record)
    because = stated(event.because_of) if isinstance(event, e.ProposalRevised) else None
    return OriginLine(
        number=teller.field(fact, "version"),
        event=teller.use(record),
        position=record.position,
        date=teller.field(fact, "document_date"),
        occurred=told.occurred,
        mode=code_text(event.mode) if isinstance(event, e.ProposalRevised) else None,
        reason=teller.field(fact, "reason") if revised else NOT_MENTIONED,
        because=_because(teller, because, record) if because is not None else None,
        person=record.by.person,
        recorded_by=told.recorded_by,
        role=told.role,
        recorded_at=told.recorded_at,
        stated_by=told.stated_by,
    )


def _because(teller: Teller, because: x.Because, record: RecordedEvent) -> BecauseLine:
    meeting = stated(because.meeting)
    line = BecauseLine(
        cause=teller.known(because.cause, record, "data.because_of", say=code_text),
        says=because_text(teller, because),
        meeting=meeting,
        meeting_title=teller.title(meeting) if meeting is not None else None,
        motion_id=stated(because.motion),
        ballot_id=stated(because.ballot),
    )
    # Named by a version that counts, the meeting is told of whatever day was asked for.
    state = teller.past.whole_state(meeting) if meeting is not None else None
    if not isinstance(state, Meeting):
        return line
    motion = next((fact for fact in reversed(state.motions) if fact.event.motion == line.motion_id), None)
    ballot = next((fact for fact in reversed(state.ballots) if fact.event.ballot == line.ballot_id), None)
    return msgspec.structs.replace(
        line,
        met_on=stated(state.starts_at),
        motion=parts.motion(teller, motion) if motion is not None and line.motion_id is not None else None,
        ballot=parts.ballot(teller, state, ballot) if ballot is not None and line.ballot_id is not None else None,
    )
