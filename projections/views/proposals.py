"""Proposals: versions, way through the organs, annexes, relations (de: Vorlagen, Beratungsfolge, Anlagen)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.values import Document
from projections.views.table import Part, Row, Table, Teller, View, flag, number, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.annex import Annex
    from domain.proposal import Consultation, Proposal, Version
    from domain.stream import RecordedEvent, State

PROPOSALS: Final = Table(
    name="proposals",
    says="a proposal (Vorlage), as its newest version has it",
    columns=(
        text("body", "the body (Körperschaft) before which it came"),
        text("term", "the term of office in which it came"),
        text("kind", "code of its kind"),
        text("reference", "Vorlagen-Nr., as printed"),
        text("subject", "what it is about"),
        text("document_date", "the date on the newest version"),
        number("version", "the number of the newest version"),
        number("versions", "how many versions are recorded, held or not"),
        flag("withdrawn", "a withdrawal is recorded"),
    ),
    indexes=(("reference",), ("body",)),
)
VERSIONS: Final = Table(
    name="versions",
    says="a version of a proposal (Fassung), spelled out: what it leaves as it was is repeated",
    columns=(
        number("version", "its number among all versions known of"),
        text("mode", "how it came: registered, or the code of the revision"),
        text("kind", "code of its kind"),
        text("reference", "Vorlagen-Nr., as printed"),
        text("document_date", "the date on it"),
        text("subject", "what it is about"),
        text("operative_text", "Beschlussvorschlag"),
        text("reasons", "Begründung"),
        text("financial_impact", "code of the financial impact"),
        text("legal_basis", "JSON: what it names as its legal basis"),
        text("submitters", "JSON: who submits it"),
        text("consulted", "JSON: with whom it was consulted"),
        text("effective_from", "when it is to take effect"),
        text("validity", "JSON: how long it is meant to hold, and where that stands"),
        text("because_of", "JSON: the motion, ballot or cause of the revision"),
        flag("held", "the archive had its document when it was recorded; NULL: no document is mentioned"),
        text("digest", "SHA-512 of its document, hex"),
    ),
    indexes=(("digest",),),
)
CONSULTATIONS: Final = Table(
    name="consultations",
    says="a consultation planned (Beratung), as last planned",
    columns=(
        text("consultation", "its id inside the proposal"),
        text("organ", "the organ (Gremium)"),
        text("organ_literal", "the organ in the words of the source"),
        text("role", "code of what it is there for"),
        flag("authoritative", "this organ decides"),
        text("planned_on", "the day planned"),
        text("meeting", "the meeting planned"),
        text("item", "the agenda item planned"),
        text("publicity", "code of publicity as planned"),
        flag("dropped", "it fell away"),
    ),
    indexes=(("organ",), ("meeting",)),
)
RELATIONS: Final = Table(
    name="relations",
    says="a relation of a proposal to another proposal or resolution; look from the other side by the index on `other`",
    columns=(
        text("relation", "code of the relation"),
        text("other", "the other stream"),
        text("basis", "code of what the relation rests on"),
        text("note", "words about it"),
    ),
    indexes=(("other",),),
)
ANNEXES: Final = Table(
    name="annexes",
    says="an annex (Anlage) of a proposal, meeting, resolution or review, held or only referred to",
    columns=(
        text("label", "how it is called"),
        text("title", "the title of its document"),
        text("item", "the agenda item it belongs to"),
        number("version", "the version it belongs to"),
        flag("part_of_decision", "it is part of what is decided"),
        flag("held", "the archive had it when it was recorded"),
        text("digest", "SHA-512 of its document, hex"),
        text("media_type", "media type"),
        number("size", "bytes"),
        text("withdrawn_by", "the event by which it was taken back or exchanged"),
    ),
    indexes=(("digest",),),
)


def _proposals(state: Proposal, teller: Teller) -> Iterator[Row]:
    current, registered = state.current, state.registered
    told_by = current.told_by if current is not None else registered
    if told_by is None:
        return
    values: dict[str, object] = {
        "body": state.body,
        "term": state.term,
        "versions": len(state.versions),
        "withdrawn": bool(state.withdrawals),
    }
    origins: dict[str, RecordedEvent] = {}
    if current is not None:
        names = ("kind", "reference", "subject", "document_date")
        values |= {"version": current.number} | {name: getattr(current, name) for name in names}
        origins = _origins(state, current.origins)
    if registered is not None:
        origins |= {"body": registered.record, "term": registered.record}
    yield teller.row(PROPOSALS, told_by.record, values, origins=origins)


def _origins(state: Proposal, named: object) -> dict[str, RecordedEvent]:
    """Give the events that stated the fields of a version."""
    by_id = {version.told_by.id: version.told_by.record for version in state.versions}
    assert hasattr(named, "items")  # noqa: S101  # for the type checker: a mapping
    return {name: by_id[event] for name, event in named.items() if event in by_id}


_VERSION: Final = (
    "kind",
    "reference",
    "document_date",
    "subject",
    "operative_text",
    "reasons",
    "financial_impact",
    "legal_basis",
    "submitters",
    "consulted",
    "effective_from",
    "validity",
)


def _versions(state: Proposal, teller: Teller) -> Iterator[Row]:
    def rows(version: Version) -> Iterator[Row]:
        event = version.told_by.event
        values: dict[str, object] = {name: getattr(version, name) for name in _VERSION}
        values |= {"version": version.number, "mode": getattr(event, "mode", "registered")}
        values |= {"because_of": getattr(event, "because_of", UNSET)} | _document(version.document)
        origins = _origins(state, version.origins)
        if "document" in origins:
            origins |= {"held": origins["document"], "digest": origins["document"]}
        yield teller.row(VERSIONS, version.told_by.record, values, origins=origins, paths=_DOCUMENT)

    for version in state.versions:
        yield from teller.once(VERSIONS, version, rows)


_DOCUMENT: Final = dict.fromkeys(("held", "digest", "title", "media_type", "size"), "data.document")


def _document(document: object, *names: str) -> dict[str, object]:
    """Give the cells of a document: whether it is held, its digest, and more of its fields."""
    wanted = ("held", "digest", *names)
    if isinstance(document, Document):
        return {name: getattr(document, name) for name in wanted}
    return dict.fromkeys(wanted, document)


def _consultations(state: Proposal, teller: Teller) -> Iterator[Row]:
    names = ("consultation", "organ", "organ_literal", "role", "authoritative", "planned_on", "meeting", "item")

    def rows(one: Consultation) -> Iterator[Row]:
        values: dict[str, object] = {name: getattr(one.plan, name) for name in (*names, "publicity")}
        yield teller.row(CONSULTATIONS, one.plans[-1].record, values | {"dropped": one.dropped is not None})

    for one in state.consultations:
        yield from teller.once(CONSULTATIONS, one, rows)


def _relations(state: Proposal, teller: Teller) -> Iterator[Row]:
    for fact in state.links:
        names = ("relation", "other", "basis", "note")
        yield teller.row(RELATIONS, fact.record, {name: getattr(fact.event, name) for name in names})


def _annexes(state: State, teller: Teller) -> Iterator[Row]:
    def rows(annex: Annex) -> Iterator[Row]:
        event = annex.attached.event
        values: dict[str, object] = {name: getattr(event, name) for name in ("label", "item", "version")}
        values |= _document(event.document, "title", "media_type", "size")
        # What the event says of the annex counts where no document is named.
        values |= {"part_of_decision": event.part_of_decision, "held": event.held}
        values["withdrawn_by"] = annex.withdrawn.id if annex.withdrawn is not None else UNSET
        yield teller.row(ANNEXES, annex.attached.record, values, paths=_ANNEX)

    annexes: tuple[Annex, ...] = getattr(state, "annexes")  # noqa: B009  # every kind of this view has them
    for annex in annexes:
        yield from teller.once(ANNEXES, annex, rows)


_ANNEX: Final = {name: path for name, path in _DOCUMENT.items() if name != "held"}

PROPOSAL_VIEW: Final = View(
    name="proposals",
    version=1,
    kinds=("proposal",),
    parts=(
        Part(table=PROPOSALS, reads=("registered", "versions", "withdrawals"), rows=_proposals),
        Part(table=VERSIONS, reads=("versions",), rows=_versions),
        Part(table=CONSULTATIONS, reads=("consultations",), rows=_consultations),
        Part(table=RELATIONS, reads=("links",), rows=_relations),
    ),
)
ANNEX_VIEW: Final = View(
    name="annexes",
    version=1,
    kinds=("proposal", "meeting", "resolution", "review"),
    parts=(Part(table=ANNEXES, reads=("annexes",), rows=_annexes),),
)
