"""A proposal as a Vorgang: its versions, its annexes, the resolutions made from it, its Beratungsfolge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.values import WITHHELD, stated
from projections.export import german
from projections.export.xdomea.beschluss import resolution_paper
from projections.export.xdomea.cases import case_uuid
from projections.export.xdomea.model import Folder, Link, Paper, PaperVersion
from projections.export.xdomea.naming import object_uuid
from projections.export.xdomea.rechtskontrolle import review_papers
from projections.export.xdomea.route import steps_of
from projections.export.xdomea.traces import traces_of
from projections.export.xdomea.values import day_of, joined, missed, told
from projections.export.xdomea.vorlage_text import version_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.proposal import Proposal, Version
    from domain.resolution import Resolution
    from projections.deliberations import Deliberations
    from projections.export.xdomea.desk import Desk
    from projections.teller import Teller

_OTHER_KIND: Final = "Vorlage"
_VERSIONS_MAX: Final = 1_000


def proposal_folder(
    desk: Desk, deliberations: Deliberations, state: Proposal, *, with_meetings: frozenset[str]
) -> Folder:
    """Give what the Vorgang of a proposal holds.

    Args:
        desk: Makes the papers.
        deliberations: What meetings did with it.
        state: The proposal.
        with_meetings: Meetings that are a Vorgang of the same message: their resolutions lie there.
    """
    teller, register = desk.teller, desk.edition.register.id
    stream = state.stream
    current = state.current
    subject = stated(state.subject)
    resolutions = tuple(_resolutions(deliberations, stream, with_meetings))
    return Folder(
        subject=" ".join(subject.split()) if subject else german.title(teller, stream),
        mark=stated(state.reference),
        kind=_kind(current),
        note=joined(
            f"Gegenstand {_missed(teller, current, 'subject')}" if state.subject is WITHHELD else None,
            "zurückgezogen" if state.withdrawals else None,
        )
        or None,
        papers=(
            _paper(desk, state),
            *_written_out(desk, state),
            *(resolution_paper(desk, resolution) for resolution in resolutions),
            *review_papers(desk, resolutions, stream),
            *desk.left(stream, kind="Beleg"),
        ),
        steps=steps_of(teller, deliberations, state, day=desk.edition.terms.day),
        route=object_uuid(register, "geschaeftsgang", stream),
        links=tuple(_links(desk, deliberations, state)),
        traces=traces_of(teller, stream),
    )


def _kind(version: Version | None) -> str:
    literal = stated(version.kind_literal) if version is not None else None
    code = stated(version.kind) if version is not None else None
    return literal or (german.code(code) if code is not None else _OTHER_KIND)


def _missed(teller: Teller, version: Version | None, name: str) -> str:
    origin = version.origins.get(name) if version is not None else None
    return missed(teller, teller.past.record(origin) if origin is not None else None, name)


def _paper(desk: Desk, state: Proposal) -> Paper:
    """Give the Vorlage itself: every version of which the file is held; of the others that there was one is said."""
    paper = desk.uuid(state.stream)
    versions: list[PaperVersion] = []
    lacking: list[str] = []
    numbers: set[str] = set()
    for version in state.versions:
        record = version.told_by.record
        number = told(desk.teller, record, "version")
        # A version may bear the number of one before it; the number of its event tells the two apart.
        number = number if number not in numbers else f"{number} (Eintrag {record.seq})"
        numbers.add(number)
        # What a version takes over from the one before it is not its own file.
        own = version.document if version.origins.get("document") == version.told_by.id else None
        found = desk.version(paper, number, own, record)
        versions.extend(found)
        if not found and not desk.is_held(own):
            lacking.append(number)
    current = state.current
    last = current.number if current is not None and isinstance(current.number, int) else 0
    # A version counts all that are known of: one that is numbered 2 says that there was a first.
    unrecorded = [str(number) for number in range(1, min(last, _VERSIONS_MAX)) if state.version(number) is None]
    reference = stated(state.reference)
    return Paper(
        uuid=paper,
        subject=f"Vorlage {reference}" if reference else "Vorlage ohne Nummer",
        kind=_kind(current),
        mark=reference,
        note=joined(
            f"Nicht als Datei vorliegende Fassungen: {', '.join(lacking)}." if lacking else None,
            f"Nicht erfasste Fassungen: {', '.join(unrecorded)}." if unrecorded else None,
            by=" ",
        )
        or None,
        dated=day_of(stated(current.document_date)) if current is not None else None,
        versions=tuple(versions),
        annexes=tuple(desk.annex(annex, number) for number, annex in enumerate(state.annexes, 1)),
    )


def _written_out(desk: Desk, state: Proposal) -> Iterator[Paper]:
    """Give the words of the versions of which no file is held."""
    for version in state.versions:
        own = version.document if version.origins.get("document") == version.told_by.id else None
        if not desk.is_held(own):
            record = version.told_by.record
            number = told(desk.teller, record, "version")
            yield desk.rendered(
                desk.uuid(record.id, "text"),
                f"Vorlage, Fassung {number} (Eintrag {record.seq})",
                version_lines(desk.teller, version),
            )


def _resolutions(deliberations: Deliberations, stream: str, with_meetings: frozenset[str]) -> Iterator[Resolution]:
    for resolution in deliberations.resolutions(stream):
        made_by = stated(resolution.made.event.made_by) if resolution.made is not None else None
        meeting = stated(made_by.meeting) if made_by is not None else None
        if meeting not in with_meetings:
            yield resolution


def _links(desk: Desk, deliberations: Deliberations, state: Proposal) -> Iterator[Link]:
    teller, register = desk.teller, desk.edition.register.id
    for treatment in deliberations.of(state.stream):
        meeting = treatment.meeting
        number = stated(meeting.convened.event.number) if meeting.convened is not None else None
        yield Link(
            uuid=case_uuid(register, meeting.stream),
            mark=number,
            note=f"beraten in: {german.title(teller, meeting.stream)}",
        )
    for fact in state.links:
        other = stated(fact.event.other)
        if other is None or not other.startswith("proposal:"):
            continue
        relation = told(teller, fact.record, "relation")
        yield Link(uuid=case_uuid(register, other), mark=None, note=f"{relation}: {german.title(teller, other)}")
