"""What may be handed to a citizen today (de: Freigabe)? What the record says of it, and no decision.

Every fact is given by who may see it, with what marked it so: its recording, or a change with its legal basis. What
follows of closure periods and of the offer to the archive stands in `projections.release_closure`, what follows for
persons in `projections.release_persons`. Marks are those on record: whether they are right is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from archive.documents import documents_of
from archive.errors import InputError
from archive.intake.references import shown
from domain import register, streams
from domain import vocabulary as v
from domain.dates import is_before
from domain.values import WITHHELD, stated
from projections import parts
from projections.changes import LABELS, summary
from projections.reader import reader
from projections.related import blocked_about, related
from projections.release_closure import Matter, closure, offers
from projections.release_persons import hidden_fields, persons
from projections.release_shapes import ChangeLine, FactLine, Group, Release, ReleaseDocument
from projections.shapes import Knowledge, Known
from projections.teller import NOT_MENTIONED
from projections.timetravel import Placement, horizon

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archive.archive import Archive
    from domain.events import VisibilityChanged
    from domain.stream import Fact, RecordedEvent
    from projections.projector import Views
    from projections.teller import Teller

KINDS: Final = ("proposal", "meeting", "resolution", "review")
_GROUPS: Final = (v.Visibility.PUBLIC, v.Visibility.NON_PUBLIC, v.Visibility.BLOCKED)


def release(
    archive: Archive,
    ref: str,
    *,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
    views: Views | None = None,
) -> Release:
    """Give what is marked public of a thing and why, and what is known of closure periods and of the offer.

    Args:
        archive: The archive.
        ref: A proposal, meeting, resolution or review: a stream, an event, a look-up, or a bare number.
        as_of: Only what had happened by the end of this day; what cannot be told is given apart.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Give blocked events too (de: gesperrt); else they are only counted.
        views: The views, up to date: with them only what has to do with the thing is read. None reads everything.

    Raises:
        InputError: The reference matches nothing, several things, or a thing of another kind, or a date is none.
    """
    teller, meant = reader(
        archive, ref, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked, views=views
    )
    past, stream = teller.past, meant.stream
    kind = stream.partition(":")[0]
    if kind not in KINDS:
        raise InputError(
            f"found {shown(ref)}, which is of kind {kind}: nothing is released by it",
            hint="expected a proposal, meeting, resolution or review, or an event of one",
        )
    found = [("own", record) for record in past.effective(stream)]
    found += [(one.relation, one.record) for one in related(past, stream)]
    found.sort(key=lambda pair: pair[1].position)
    counting = [pair for pair in found if past.place(pair[1]) is Placement.BY_THEN]
    records = tuple(record for _, record in counting)
    changes = _Changes(teller)
    groups = tuple(
        Group(
            visibility=visibility.value,
            facts=tuple(
                _fact(teller, changes, relation, record)
                for relation, record in counting
                if past.visibility(record) is visibility
            ),
        )
        for visibility in _GROUPS
    )
    matter = Matter(stream=stream, kind=kind, records=records)
    told = closure(teller, matter)
    return Release(
        register=teller.register(),
        horizon=teller.horizon(),
        ref=ref,
        stream=stream,
        kind=kind,
        title=teller.title(stream),
        visibility=parts.visibility_of_stream(past, stream),
        focus=meant.event,
        day=past.day,
        groups=groups,
        documents=tuple(_documents(teller, records)),
        closure=told.line,
        persons=persons(teller, records, has_provision=told.personal_rule is not None),
        hidden_fields=hidden_fields(records),
        personal_rule=told.personal_rule,
        offers=offers(teller, matter),
        apart=parts.apart_lines(
            teller,
            (stream, *(record.stream for _, record in found)),
            about=frozenset(record.id for _, record in found),
        ),
        later=sum(past.place(record) is Placement.LATER for _, record in found),
        erased=parts.erasures(past, stream),
        blocked=blocked_about(past, stream),
        events=teller.events(),
    )


def _fact(teller: Teller, changes: _Changes, relation: str, record: RecordedEvent) -> FactLine:
    return FactLine(
        event=teller.use(record),
        relation=relation,
        type=record.event.TYPE,
        label=LABELS[record.event.TYPE],
        summary=summary(teller, record),
        occurred=teller.occurred(record),
        visibility_recorded=record.visibility.value,
        changes=tuple(changes.of(record)),
    )


# -- what marked it so ----------------------------------------------------------------------------


class _Changes:
    """The changes of visibility that had been recorded, and which of them moved a fact."""

    def __init__(self, teller: Teller) -> None:
        past = teller.past
        stream = f"register:{past.archive.register.id}"
        state = streams.replay("register", past.archive.history(stream, until=past.horizon.position))
        self._teller = teller
        self._index: Mapping[str, tuple[Fact[VisibilityChanged], ...]] = (
            register.visibility_index(state) if isinstance(state, register.Register) else {}
        )

    def of(self, record: RecordedEvent) -> Iterator[ChangeLine]:
        """Give what moved a fact, oldest first, by the rule of `domain.register.visibility_of`.

        A change moved it where the fact is marked otherwise with it than without, or where it names the fact. One
        that has ended is given too: it moved it while it counted.
        """
        day = self._teller.past.day
        about = (*self._index.get(record.stream, ()), *self._index.get(record.id, ()))
        before: tuple[Fact[VisibilityChanged], ...] = ()
        for fact in sorted(about, key=lambda one: one.record.position):
            until = stated(fact.event.until)
            ended = until is not None and is_before(until, day)
            on = until if ended and until is not None else day
            was = register.visibility_of(record, {record.id: before}, on=on)
            becomes = register.visibility_of(record, {record.id: (*before, fact)}, on=on)
            if was is not becomes or fact.event.target == record.id:
                yield self._line(fact, was, becomes, until=until, ended=ended)
            before = (*before, fact)

    def _line(
        self,
        fact: Fact[VisibilityChanged],
        was: v.Visibility,
        becomes: v.Visibility,
        *,
        until: str | None,
        ended: bool,
    ) -> ChangeLine:
        teller = self._teller
        told = teller.past.record(fact.id)  # None where the change is blocked itself: then its basis is not told
        hidden = Known(state=Knowledge.WITHHELD)
        return ChangeLine(
            event=fact.id if told is None else teller.use(told),
            occurred=teller.occurred(fact.record if told is None else told),
            was=was.value,
            becomes=becomes.value,
            until=until,
            ended=ended,
            legal_basis=hidden if told is None else teller.field(told, "legal_basis"),
            reason=NOT_MENTIONED if told is None else teller.field(told, "reason"),
        )


# -- documents ------------------------------------------------------------------------------------


def _documents(teller: Teller, records: tuple[RecordedEvent, ...]) -> Iterator[ReleaseDocument]:
    """Give the documents that facts name, each once a fact; the same source of several facts by its first.

    A document that is withheld or erased has a line too: that there is one was said. One without a title bears that
    by which another of the facts calls the same content.
    """
    past = teller.past
    every = [document for record in records for _, document in documents_of(record)]
    titles = {
        digest: stated(one.title)
        for one in reversed(every)
        if (digest := stated(one.digest)) is not None and stated(one.title) is not None
    }
    seen: set[tuple[str, str]] = set()
    for record in records:
        event, visibility = record.event, past.visibility(record).value
        label = stated(getattr(event, "label", UNSET)) or LABELS[event.TYPE]
        held = getattr(event, "held", UNSET)
        for path, document in documents_of(record):
            is_source = not path.startswith("data.")
            key = (stated(document.digest) or stated(document.title) or path, visibility)
            if is_source and key in seen:
                continue
            seen.add(key)
            line = teller.document(document, record, path, held=UNSET if is_source else held)
            yield ReleaseDocument(
                label="source" if is_source else label,
                document=msgspec.structs.replace(line, title=line.title or titles.get(line.digest or "")),
                visibility=visibility,
                is_source=is_source,
                event=teller.use(record),
            )
        if getattr(event, "document", UNSET) is WITHHELD:
            yield ReleaseDocument(
                label=label,
                document=teller.document(WITHHELD, record, "data.document", held=held),
                visibility=visibility,
                is_source=False,
                event=teller.use(record),
            )
