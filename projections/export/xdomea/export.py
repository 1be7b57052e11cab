"""Containers in the making: which records go into which, who sends them to whom, and what lies in each Vorgang."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from archive.errors import InputError
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.values import stated
from projections.deliberations import Deliberations
from projections.export import german
from projections.export.edition import EXAMPLE
from projections.export.files import ExportFile
from projections.export.xdomea.cases import archive_of, authority_of, cases, missing_of, past_of
from projections.export.xdomea.container import packed
from projections.export.xdomea.desk import RENDERED, Desk
from projections.export.xdomea.dialect import DIALECTS
from projections.export.xdomea.message import message
from projections.export.xdomea.model import Head, Party
from projections.export.xdomea.naming import IS_UUID, process_uuid, stem
from projections.export.xdomea.objects import Builder
from projections.export.xdomea.sitzung import meeting_folder
from projections.export.xdomea.vorlage import proposal_folder
from projections.teller import Teller
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from projections.export.edition import Edition
    from projections.export.xdomea.model import Case, Folder, Paper
    from projections.export.xdomea.order import Missing, Order, Rendered
    from projections.timetravel import Past

# A receiving tool reads a message whole; more records than this become several messages.
CASES_MAX: Final = 200
EVIDENCE_KIND: Final = "Ereignisprotokoll"
SCHEMA_KIND: Final = "XML-Schema"
_HANDOVER: Final = "0503"
_LISTED_MAX: Final = 20


def missing(edition: Edition, order: Order) -> tuple[Missing, ...]:
    """Give everything mandatory that is not recorded, by record, in the order in which they would be handed over."""
    return tuple(missing_of(past_of(edition), cases(edition, order), order))


def containers(
    edition: Edition,
    order: Order,
    *,
    evidence: Callable[[str], bytes],
    schema: bytes,
    renderings: Callable[[str], Sequence[Rendered]] | None = None,
) -> Iterator[ExportFile]:
    """Give the containers that were ordered: one a body, and more where there are very many records.

    Args:
        edition: What may be told.
        order: What was ordered.
        evidence: Gives the evidence file of a record (XRatsbuch, XML); asked only for a handover.
        schema: The XSD of the evidence file.
        renderings: Gives what was rendered of a record; None for nothing.

    Raises:
        InputError: Something mandatory is not recorded, or the order cannot be carried out; nothing was written.
    """
    found = cases(edition, order)
    if not found:
        raise InputError("xdomea: found no proposal and no meeting to hand over", hint="name one, or give everything")
    streams = tuple(case.stream for case in found)
    past = past_of(edition, *streams)
    _refuse_missing(tuple(missing_of(past, found, order)))
    bodies: dict[str, list[Case]] = {}
    for case in found:
        bodies.setdefault(str(case.body), []).append(case)
    batches = [
        (body, some, [some[start : start + CASES_MAX] for start in range(0, len(some), CASES_MAX)])
        for body, some in bodies.items()
    ]
    _refuse_process(order, sum(1 if order.version == "4.0.0" else len(parts) for _, _, parts in batches))
    making = _Making(edition, order, past, frozenset(streams), evidence, schema, renderings)
    for body, some, parts in batches:
        for number, part in enumerate(parts, 1):
            # A process of 3.x knows one message of a type; what does not fit into it is a process of its own.
            whole = some if order.version == "4.0.0" else part
            yield making.container(body, part, process=_process(edition, order, whole), number=number, of=len(parts))


def _refuse_missing(lacking: Sequence[Missing]) -> None:
    if lacking:
        lines = [f"{one.title}: {one.element}: {one.found}" for one in lacking[:_LISTED_MAX]]
        more = len(lacking) - len(lines)
        raise InputError(
            f"xdomea: {len(lacking)} mandatory metadata are not recorded:\n"
            + "\n".join(lines)
            + (f"\nand {more} more" if more else ""),
            hint="; ".join(dict.fromkeys(one.supplied_by for one in lacking)),
        )


def _refuse_process(order: Order, count: int) -> None:
    if order.process is None:
        return
    if not IS_UUID.match(order.process):
        raise InputError(f"xdomea: process: found {order.process!r}, expected a UUID")
    if count > 1:
        raise InputError(
            f"xdomea: process: found one for {count} processes", hint="hand over the records of one process at a time"
        )


def _process(edition: Edition, order: Order, found: Sequence[Case]) -> str:
    """Give the process: the one ordered, for a handover the one of the recorded offer, else that of the records.

    What is handed over is often less than what was offered; so the offer's own number is what joins the two.
    """
    if order.process is not None:
        return order.process
    offers = {case.filing.offer for case in found if case.filing is not None}
    offer = next(iter(offers)) if len(offers) == 1 else None
    if order.message == _HANDOVER and offer is not None and IS_UUID.match(offer):
        return offer
    return process_uuid(edition.register.id, (case.stream for case in found))


class _Making:
    """What is the same for every container of an order."""

    def __init__(
        self,
        edition: Edition,
        order: Order,
        past: Past,
        streams: frozenset[str],
        evidence: Callable[[str], bytes],
        schema: bytes,
        renderings: Callable[[str], Sequence[Rendered]] | None,
    ) -> None:
        self.edition = edition
        self.order = order
        self.past = past
        self.streams = streams
        self.evidence = evidence
        self.schema = schema
        self.renderings = renderings
        self.deliberations = Deliberations(past)
        self.resolutions: dict[str, list[Resolution]] = {}
        for resolution in past.states("resolution", Resolution):
            made_by = stated(resolution.made.event.made_by) if resolution.made is not None else None
            meeting = stated(made_by.meeting) if made_by is not None else None
            if meeting is not None:
                self.resolutions.setdefault(meeting, []).append(resolution)

    def container(self, body: str, found: Sequence[Case], *, process: str, number: int, of: int) -> ExportFile:
        """Give one container."""
        edition, order = self.edition, self.order
        register, teller = edition.register, Teller(self.past)
        sender = german.title(teller, body)
        builder = Builder(
            DIALECTS[order.version],
            register=register.id,
            sender=sender,
            is_example=edition.is_example,
            proposed=order.proposed,
        )
        head = Head(
            process=process,
            made_at=max(f"{edition.terms.day}T00:00:00Z", moment(edition.recorded_until)),
            sender=Party(name=sender, authority=authority_of(self.past, body)),
            receiver=Party(name=archive_of(self.past, body) or ""),
            note=self._note(),
            product_version=edition.terms.version,
            is_test=edition.is_example,
            number=number,
            count=of,
        )
        folders = [(case, self._folder(case)) for case in found]
        name = stem(order.version, process, order.message, number)
        data = message(builder, order.message, head, folders, register=register.id)
        files = {f"{name}.xml": lambda: data}
        for _, folder in folders:
            for paper in folder.papers:
                files.update(_files(paper))
        return ExportFile(name=f"{name}.zip", data=packed(files))

    def _note(self) -> str:
        register = self.edition.register
        parts = [
            EXAMPLE if self.edition.is_example else None,
            f"Ratsbuch {register.name}, Anker {register.anchor_hex}",
            "Der Nachweis liegt als XML-Datei mit Schema in jedem Vorgang" if self.order.message == _HANDOVER else None,
        ]
        return ". ".join(part for part in parts if part) + "."

    def _folder(self, case: Case) -> Folder:
        desk = Desk(self.edition, Teller(self.past), with_files=self.order.message == _HANDOVER)
        state = self.past.state(case.stream)
        if isinstance(state, Proposal):
            folder = proposal_folder(desk, self.deliberations, state, with_meetings=self.streams)
        else:
            assert isinstance(state, Meeting)  # noqa: S101  # for the type checker: there are no other cases
            folder = meeting_folder(desk, state, self.resolutions.get(case.stream, ()))
        return structs.replace(folder, papers=(*folder.papers, *self._made(desk, case.stream)))

    def _made(self, desk: Desk, stream: str) -> Iterator[Paper]:
        """Give what was made for the handover: renderings, the evidence, and the schema that the evidence follows.

        An offer carries none of them: they are files, and nothing but files.
        """
        if self.order.message != _HANDOVER:
            return
        for one in self.renderings(stream) if self.renderings is not None else ():
            suffix = one.name.rpartition(".")[2].lower()
            paper = desk.uuid(stream, "lesefassung", one.name)
            yield desk.made(paper, subject=one.title, kind=RENDERED, suffix=suffix, data=one.data)
        yield desk.made(
            desk.uuid(stream, "nachweis"),
            subject="Nachweis: Einträge, Schlüssel und Beweise (XRatsbuch)",
            kind=EVIDENCE_KIND,
            suffix="xml",
            data=self.evidence(stream),
        )
        yield desk.made(
            desk.uuid(stream, "schema"),
            subject="Schema des Nachweises (XRatsbuch)",
            kind=SCHEMA_KIND,
            suffix="xsd",
            data=self.schema,
        )


def _files(paper: Paper) -> Iterator[tuple[str, Callable[[], bytes]]]:
    for version in paper.versions:
        yield version.file.name, version.file.load
    for _, annex in paper.annexes:
        yield from _files(annex)
