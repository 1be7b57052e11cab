"""The Lesefassung: what one version of a Vorlage says, as far as its entries tell it.

It is laid out like the paper, but is not the paper: it says on every page whether the original is held. Nothing is
filled in. A field that was left blank is blank in its table and said to be so, and a field that nothing was recorded
about is named as not mentioned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from archive.excerpt import Audience
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import stated
from projections import parts, proposals
from projections.deliberations import Deliberations
from projections.export import gaps, german
from projections.export.gaps import Silence
from projections.export.pdf import frame, words
from projections.export.pdf.press import Sheet
from projections.shapes import DocumentLine, Knowledge, Known
from projections.wording import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from domain.proposal import Proposal, Version
    from projections.export.edition import Edition
    from projections.export.pdf.glyphs import Tree
    from projections.export.pdf.words import Cell
    from projections.shapes import AnnexLine, ConsultationLine, Field, OutcomeLine
    from projections.teller import Teller

TEMPLATE: Final = "lesefassung.typ"
_HEAD: Final = ("reference", "document_date", "subject", "submitters")
_FURTHER: Final = (
    "financial_impact",
    "product_account",
    "legal_basis",
    "consulted",
    "effective_from",
    "validity",
    "review_clause",
    "signatories",
)
_LABELS: Final = {
    "reference": "Vorlagen-Nr.",
    "document_date": "Datum",
    "subject": "Gegenstand",
    "submitters": "Einreicher",
    "financial_impact": "Finanzielle Auswirkungen",
    "product_account": "Produktsachkonto",
    "legal_basis": "Rechtliche Grundlage",
    "signatories": "Namen und Unterschriften",
}
_WHOLE: Final = frozenset({v.RevisionMode.FULL, v.RevisionMode.REISSUE})
_ONE_ABSTENTION: Final = "Enthaltung"
_KIND_LENGTH: Final = 80
_VOTE_FORM: Final = ("Stimmberechtigte", "dafür", "dagegen", "Enthaltungen")


def reading(edition: Edition, teller: Teller, state: Proposal, version: Version) -> Sheet:
    """Give the Lesefassung of a version, ready to be printed."""
    number = version.number if isinstance(version.number, int) else None
    named = f"Fassung {number}" if number is not None else "Fassung ohne erkennbare Nummer"
    reference = proposals.version_field(teller, version, "reference")
    kind = _kind(teller, version)
    heading = (
        cut(f"{kind} {reference.value}", frame.TITLE_LENGTH)
        if isinstance(reference.value, str)
        else f"{kind} ohne bekannte Nummer"
    )
    original = _original(teller, version)
    deliberations = Deliberations(teller.past)
    silence = Silence(edition, state, deliberations)
    lines = proposals.consultations(teller, state, deliberations)

    def field(name: str) -> Cell:
        return _field(teller, version, name, silence)

    data: dict[str, Tree] = {
        "art": kind,
        "ueberschrift": heading,
        "fassung": named,
        "original": frame.original(original),
        "original_hash": original.digest if original.state is Knowledge.STATED else None,
        "kopf": _body(teller, state) + [[_label(name), field(name)] for name in _HEAD],
        "beratungsfolge": [_consultation(edition, teller, line, silence) for line in lines],
        "ohne_beratungsfolge": _none(silence.of_itself(gaps.PLANS)),
        "beschlussvorschlag": field("operative_text"),
        "abstimmung": _vote_form(teller, version),
        "ohne_abstimmung": _none(_is_silent(version, silence)),
        "begruendung": field("reasons"),
        "weiteres": [[_label(name), field(name)] for name in _FURTHER],
        "anlagen": [_annex(one) for one in parts.annexes(teller, state.annexes)],
        "ohne_anlagen": _none(silence.of_itself(gaps.ANNEXES)),
        "grundlage": _basis(teller, state, version),
    }
    subject = proposals.version_field(teller, version, "subject").value
    title = f"Lesefassung: {heading}, {named}"
    return Sheet(
        template=TEMPLATE,
        title=cut(f"{title}: {subject}" if isinstance(subject, str) else title, frame.TITLE_LENGTH),
        author=frame.author(edition),
        day=edition.terms.day,
        data={**frame.of(edition), **data},
    )


def _label(name: str) -> str:
    return _LABELS.get(name) or german.field(name)


def _kind(teller: Teller, version: Version) -> str:
    known = proposals.version_field(teller, version, "kind")
    if known.literal:
        return cut(known.literal, _KIND_LENGTH)
    return german.code(str(known.value), of=v.ProposalKind) if known.value is not None else "Vorlage"


# -- fields ---------------------------------------------------------------------------------------


def _none(is_silent: bool) -> str:  # noqa: FBT001  # its one question
    """Say in what way there is nothing: nobody said it, or what may say it is not given."""
    return german.NOT_GIVEN if is_silent else german.nothing(Knowledge.NOT_MENTIONED)


def _is_silent(version: Version, silence: Silence) -> bool:
    """Say whether a field that the version does not state may be one that it took over from an earlier one."""
    event = version.told_by.event
    if isinstance(event, e.ProposalRevised) and event.mode in _WHOLE:
        return False
    return silence.of_itself(gaps.VERSIONS, before=version.told_by.record.seq)


def _field(teller: Teller, version: Version, name: str, silence: Silence) -> Cell:
    known = proposals.version_field(teller, version, name)
    if known.state is Knowledge.NOT_MENTIONED and _is_silent(version, silence):
        return words.not_given()
    return words.said(known, _sayer(teller, version, name), note=_origin(teller, version, name))


def _sayer(teller: Teller, version: Version, name: str) -> Callable[[Known], str | None] | None:
    value = getattr(version, name)
    if isinstance(value, tuple):
        texts = [_item(teller, one) for one in value]
        return lambda _: "\n".join(texts) or german.nothing(Knowledge.STATED_AS_NONE)
    if name in {"document_date", "effective_from"}:
        return words.date_of
    if name == "financial_impact":
        return _financial_impact
    if isinstance(value, x.Validity):
        return lambda _: words.validity(value)
    return None


def _item(teller: Teller, one: x.LegalBasis | x.Signatory | x.Party) -> str:
    match one:
        case x.LegalBasis():
            return words.legal_basis(one)
        case x.Signatory():
            return words.signatory(teller, one)
        case _:
            return words.party(teller, one)


def _financial_impact(known: Known) -> str:
    return known.literal or german.code(str(known.value), of=v.FinancialImpact)


def _origin(teller: Teller, version: Version, name: str) -> str | None:
    """Say from which version a field was taken over, where the version does not state it itself."""
    origin = version.origins.get(name)
    if origin is None or origin == version.told_by.id:
        return None
    record = teller.past.record(origin)
    number = getattr(record.event, "version", None) if record is not None else None
    return f"übernommen aus Fassung {number}" if isinstance(number, int) else "übernommen aus einer früheren Fassung"


def _body(teller: Teller, state: Proposal) -> list[Tree]:
    registered = state.registered
    if registered is None:
        return []
    known = teller.field(registered, "body", inferred=registered.event.body_basis == "inferred")
    return [["Körperschaft", words.said(known, words.stream_of(teller))]]


def _vote_form(teller: Teller, version: Version) -> Tree:
    """Give the printed vote table cell by cell; None where the version is not known to have one."""
    record = teller.past.record(version.origins["vote_form"]) if "vote_form" in version.origins else None
    if record is None:
        return None
    form = version.vote_form
    knowns = [teller.known(getattr(form, name, form), record, "data.vote_form") for name in proposals.VOTE_FORM]
    blank = [known.state is Knowledge.LEFT_BLANK for known in knowns]
    return {
        "spalten": list(_VOTE_FORM),
        # What the form left blank stays blank: a word in it would be filled in.
        "zellen": [None if is_blank else words.said(known) for known, is_blank in zip(knowns, blank, strict=True)],
        "leer": sum(blank),
        "zusatz": _origin(teller, version, "vote_form"),
    }


# -- tables ---------------------------------------------------------------------------------------


def _consultation(edition: Edition, teller: Teller, line: ConsultationLine, silence: Silence) -> Tree:
    day = line.planned_on if line.planned_on.value is not None else line.met_on
    return {
        "gremium": words.said(line.organ, words.stream_of(teller)),
        "termin": words.said(day, words.date_of) if day.value is not None else words.said(line.planned_on),
        "oeffentlichkeit": words.said(line.publicity, words.code_of(v.Publicity)),
        "rolle": words.said(line.role, words.code_of(v.ConsultationRole)),
        "ergebnis": _result(edition, line, silence),
        "lage": _text_before(line),
    }


def _result(edition: Edition, line: ConsultationLine, silence: Silence) -> list[Tree]:
    if line.dropped_by is not None:
        return [words.cell("Beratung entfallen")]
    if line.outcomes:
        return [_outcome(one) for one in line.outcomes]
    if silence.of_consultation(line, gaps.OUTCOMES):
        return [words.not_given()]
    if line.meeting is None and edition.terms.audience is not Audience.ARCHIVE:
        # What hangs together with the Vorlage by withheld statements alone is not there, so nobody knows.
        return [words.absent("nicht im Auszug")]
    return [words.nothing(Knowledge.NOT_MENTIONED)]


def _outcome(line: OutcomeLine) -> Cell:
    known = line.outcome
    notes = [_majority(line.majority), counts(line.tally), *_details(line.details)]
    return words.said(known, words.code_of(v.Outcome), note="; ".join(filter(None, notes)) or None)


def _majority(known: Known) -> str | None:
    if known.value is None or known.value == v.Majority.NOT_STATED:
        return None
    return german.code(str(known.value), of=v.Majority)


def _details(details: Iterable[Field]) -> list[str]:
    return [
        f"{german.field(one.name)}: {' '.join(str(one.known.value).split())}"
        for one in details
        if one.name == "postponed_to" and one.known.value is not None
    ]


def counts(tally: Iterable[Field]) -> str | None:
    """Give the counts that are stated: 24 dafür, 23 dagegen, 1 Enthaltung."""
    named = {"yes": "dafür", "no": "dagegen", "abstain": "Enthaltungen", "invalid": "ungültig"}
    found = [
        f"{one.known.value} {_ONE_ABSTENTION if one.name == 'abstain' and one.known.value == 1 else named[one.name]}"
        for one in tally
        if one.name in named and one.known.value is not None and one.known.state is Knowledge.STATED
    ]
    return ", ".join(found) or None


def _text_before(line: ConsultationLine) -> str | None:
    """Say which version lay before an organ."""
    text = line.text
    if isinstance(text.value, int):
        inferred = f" ({german.nothing(text.state)})" if text.state is Knowledge.INFERRED else ""
        return f"Fassung {text.value} lag vor{inferred}"
    if text.state is Knowledge.NOT_HELD:
        return "die beratene Fassung liegt nicht vor"
    return None


def _annex(line: AnnexLine) -> Tree:
    document = line.document
    return {
        "bezeichnung": words.said(line.label),
        "titel": words.cell(document.title) if document.title else words.nothing(Knowledge.NOT_MENTIONED),
        "fassung": words.said(line.version),
        "bestand": "entfernt oder ersetzt" if line.withdrawn_by is not None else frame.original(document),
        "hash": document.digest,
        "beschlussbestandteil": line.part_of_decision.value is True,
    }


def _original(teller: Teller, version: Version) -> DocumentLine:
    """Give the document of the version itself; that of an earlier version is not its original."""
    fact = version.told_by
    document = fact.event.document
    if document is UNSET:
        return DocumentLine(state=Knowledge.NOT_MENTIONED)
    return teller.document(document, fact.record, "data.document")


def _basis(teller: Teller, state: Proposal, version: Version) -> list[Tree]:
    """Give the entries that the version rests on."""
    ids = dict.fromkeys((version.told_by.id, *version.origins.values()))
    if state.registered is not None:
        ids.setdefault(state.registered.id)
    records = [record for one in ids if (record := teller.past.record(one)) is not None]
    return [frame.entry(teller, record) for record in sorted(records, key=lambda record: record.position)]


def version_number(version: Version) -> int | None:
    """Give the number of a version; None where it is withheld."""
    return stated(version.number)
