"""The history of a thing: every event, when it happened, when and by whom it was recorded, on what it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from domain import events as e
from domain.values import WITHHELD
from projections.changes import LABELS, summary
from projections.parts import apart_lines, visibility_of_stream
from projections.reader import reader
from projections.related import blocked_about, related
from projections.shapes import CorrectionLine, Entry, HiddenLine, History, Knowledge, Known
from projections.teller import NOT_MENTIONED, Teller
from projections.timetravel import Past, Placement, horizon

if TYPE_CHECKING:
    from archive.archive import Archive
    from domain.stream import RecordedEvent
    from projections.projector import Views

_ENVELOPE = ("occurred", "known", "authority", "sources")


def history(
    archive: Archive,
    ref: str,
    *,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
    views: Views | None = None,
) -> History:
    """Give every event of a thing, and those of other streams that have to do with it, in order of recording.

    Every entry says what was stated when it was recorded; a correction is an entry of its own, with what stood
    there and what stands there now.

    Args:
        archive: The archive.
        ref: A stream, an event, a look-up, or a bare Vorlagen-Nr. or Beschluss-Nr.
        as_of: Only what had happened by the end of this day; what cannot be told is given apart.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Give blocked events too (de: gesperrt), which are for archives; else they are only counted.
        views: The views, up to date: with them only what has to do with the thing is read. None reads everything.

    Raises:
        InputError: The reference matches nothing or several things, or a date is none.
    """
    teller, meant = reader(
        archive, ref, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked, views=views
    )
    past = teller.past
    about = related(past, meant.stream)
    found = [("own", record) for record in past.effective(meant.stream)]
    found += [(one.relation, one.record) for one in about]
    every = frozenset(record.id for _, record in found)
    streams = (meant.stream, *(record.stream for _, record in found))
    entries = [
        (record.position, _entry(teller, relation, record, focus=meant.event))
        for relation, record in found
        if past.place(record) is Placement.BY_THEN
    ]
    return History(
        register=teller.register(),
        horizon=teller.horizon(),
        ref=ref,
        stream=meant.stream,
        kind=meant.stream.partition(":")[0],
        title=teller.title(meant.stream),
        entries=(
            *_erased(past, meant.stream, focus=meant.event),
            *(entry for _, entry in sorted(entries, key=lambda pair: pair[0])),
        ),
        apart=apart_lines(teller, streams, about=every),
        later=sum(past.place(record) is Placement.LATER for _, record in found),
        blocked=blocked_about(past, meant.stream),
        visibility=visibility_of_stream(past, meant.stream),
    )


def _erased(past: Past, stream: str, *, focus: str | None) -> tuple[Entry, ...]:
    """Give the places whose tokens were erased; of them nothing is known any more but that they were there."""
    return tuple(
        Entry(
            relation="own",
            stream=stream,
            seq=seq,
            label="Eintrag gelöscht",
            summary="erased down to its log entry",
            told=None,
            erased_by=by,
            erased_at=past.erased_at(by),
            focus=focus == f"{stream}#{seq}",
        )
        for seq, by in sorted(past.erased_tokens(stream).items())
    )


def _entry(teller: Teller, relation: str, effective: RecordedEvent, *, focus: str | None) -> Entry:
    """Tell an event as it was first recorded; what was corrected since stands in `corrected_by`."""
    past = teller.past
    first = next(record for record in past.recorded(effective.stream) if record.seq == effective.seq)
    first = msgspec.structs.replace(first, corrected_by=effective.corrected_by)
    event = first.event
    return Entry(
        relation=relation,
        stream=first.stream,
        seq=first.seq,
        label=LABELS[event.TYPE],
        summary=summary(teller, first),
        told=teller.provenance(first),
        correction=_correction(teller, first, event) if isinstance(event, e.RecordCorrected) else None,
        hidden=_hidden(teller, first),
        focus=focus == first.id,
    )


def _correction(teller: Teller, record: RecordedEvent, event: e.RecordCorrected) -> CorrectionLine:
    return CorrectionLine(
        target=f"{record.stream}#{event.target}",
        path=str(event.path),
        kind=str(event.kind),
        old=_side(teller, record, "old"),
        new=_side(teller, record, "new"),
        reason=teller.field(record, "reason"),
    )


def _side(teller: Teller, record: RecordedEvent, name: str) -> Known:
    value = getattr(record.event, name)
    if value is UNSET:
        return NOT_MENTIONED
    if value is WITHHELD:
        return teller.known(value, record, f"data.{name}")
    found = msgspec.json.decode(value)
    if found is None:
        return Known(state=Knowledge.LEFT_BLANK, event=teller.use(record))
    plain = found if isinstance(found, str | int) else msgspec.json.encode(found).decode()
    return Known(state=Knowledge.STATED, value=plain, event=teller.use(record))


def _hidden(teller: Teller, record: RecordedEvent) -> tuple[HiddenLine, ...]:
    """Name what was recorded and cannot be shown."""
    paths = [name for name in _ENVELOPE if getattr(record, name) is WITHHELD]
    paths += [f"data.{name}" for name in record.event.__struct_fields__ if getattr(record.event, name) is WITHHELD]
    found = []
    for path in paths:
        by = teller.past.erased_by(record.id, path)
        found.append(HiddenLine(path=path, state=Knowledge.ERASED if by else Knowledge.WITHHELD, erased_by=by))
    return tuple(found)
