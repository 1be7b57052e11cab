"""A resolution as a paper: its engrossment is the version, its events stand with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.values import stated
from projections.export import german
from projections.export.xdomea.desk import NOT_HELD
from projections.export.xdomea.model import Paper
from projections.export.xdomea.traces import traces_of
from projections.export.xdomea.values import happened, one_line, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain import events as e
    from domain.resolution import Resolution
    from domain.stream import Fact, RecordedEvent
    from projections.export.xdomea.desk import Desk


def resolution_paper(desk: Desk, state: Resolution) -> Paper:
    """Give the paper of a resolution; where no engrossment is held, its wording as far as it is recorded."""
    teller = desk.teller
    paper = desk.uuid(state.stream)
    versions = tuple(
        version
        for number, fact in enumerate(state.engrossments, 1)
        for version in desk.version(paper, str(number), fact.event.document, fact.record)
    )
    first = _first(state)
    annexes = [desk.annex(annex, number) for number, annex in enumerate(state.annexes, 1)]
    seen: set[str | None] = set()
    for record, document in _named(state):
        digest = stated(document.digest) if desk.is_held(document) else None
        if desk.is_held(document) and digest not in seen:
            seen.add(digest)
            subject = one_line(teller.past.document_title(document))
            annexes.append((str(len(annexes) + 1), desk.one(document, record, subject=subject, kind="Anlage")))
    # What a statement rests on is held too.
    annexes += [
        (str(number), one) for number, one in enumerate(desk.left(state.stream, kind="Beleg"), len(annexes) + 1)
    ]
    lacking = [fact for fact in state.engrossments if not desk.is_held(fact.event.document)]
    notes = [desk.lack(fact.event.document, fact.record) for fact in lacking] if state.engrossments else [NOT_HELD]
    if first is not None:
        notes.append(f"{german.event(first.event.TYPE)}: {happened(teller, first)}.")
    wording = said(teller, first, "text") if first is not None else None
    if wording is not None:
        notes.append(f"Wortlaut: {wording}")
    presumed = stated(state.made.event.presumed_as) if state.made is not None else None
    if presumed is not None:
        notes.append(f"Der Wortlaut liegt nicht vor; vermutlich wie Fassung {presumed} der Vorlage.")
    return Paper(
        uuid=paper,
        subject=german.title(teller, state.stream),
        kind="Beschluss",
        mark=stated(state.number),
        note=" ".join(notes) or None,
        versions=versions,
        annexes=tuple(annexes),
        traces=traces_of(teller, state.stream),
    )


def _first(state: Resolution) -> RecordedEvent | None:
    fact: Fact[e.ResolutionMade] | Fact[e.UrgentDecisionTaken] | None = state.made or next(iter(state.urgent), None)
    return fact.record if fact is not None else None


def _named(state: Resolution) -> Iterator[tuple[RecordedEvent, object]]:
    """Give the documents that belong to the decision or to its publication."""
    if state.made is not None:
        for document in stated(state.made.event.annexes) or ():
            yield state.made.record, document
    for fact in state.publications:
        yield fact.record, fact.event.document
