"""Which records become a Vorgang, how each was filed, and what mandatory metadata are missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from domain.body import Body
from domain.custody import Custody, covered
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.values import stated
from domain.vocabulary import AppraisalDecision, IdentifierScheme
from projections.deliberations import Deliberations, treatments
from projections.export import german
from projections.export.xdomea.codes import DISPOSALS, PROPOSALS
from projections.export.xdomea.model import Case, Filing
from projections.export.xdomea.naming import object_uuid
from projections.export.xdomea.order import Missing
from projections.export.xdomea.values import day_of
from projections.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain import events as e
    from domain.stream import Fact
    from projections.export.edition import Edition
    from projections.export.xdomea.order import Order
    from projections.timetravel import Past

# As in the Deutsches Verwaltungsdiensteverzeichnis: a prefix that says what the key is, a colon, the key.
_AUTHORITY: Final = re.compile(r"([a-z]{2,8}):([A-Za-z0-9][A-Za-z0-9._-]{0,63})\Z")
_BODY_CHANGED: Final = "body-changed/1"
_FILED: Final = "filed/1"


# -- which records --------------------------------------------------------------------------------


def past_of(edition: Edition, *streams: str) -> Past:
    """Give the record as far as it is needed for what was asked for, and for some streams more."""
    if edition.terms.whole:
        return edition.past()
    return edition.past(*edition.subjects("proposal"), *edition.subjects("meeting"), *streams)


def cases(edition: Edition, order: Order) -> tuple[Case, ...]:
    """Give the records that become a Vorgang, those first that the order asks for first."""
    past = past_of(edition)
    teller = Teller(past)
    filings = _filings(edition, past)
    # Of the whole register that is left out of which no event is given; what is asked for by name is missed.
    return tuple(
        _case(edition.register.id, teller, stream, filings.get(stream))
        for stream in _wanted(edition, past, order)
        if not edition.terms.whole or past.state(stream) is not None
    )


def has_cases(edition: Edition, order: Order) -> bool:
    """Say whether there is anything that becomes a Vorgang: a resolution, review or file alone becomes none."""
    return bool(cases(edition, order))


def _wanted(edition: Edition, past: Past, order: Order) -> tuple[str, ...]:
    """Give the streams: what was asked for, and of the leading kind what it was asked for with."""
    proposals, meetings = edition.subjects("proposal"), edition.subjects("meeting")
    if order.by == "proposal":
        found = dict.fromkeys(proposals)
        for meeting in meetings:
            found.update(dict.fromkeys(name for name in _treated(past, meeting) if past.exists(name)))
        return (*found, *meetings)
    deliberations = Deliberations(past)
    found = dict.fromkeys(meetings)
    for proposal in proposals:
        found.update(dict.fromkeys(one.meeting.stream for one in deliberations.of(proposal)))
    return (*found, *proposals)


def _treated(past: Past, meeting: str) -> Iterator[str]:
    state = past.state(meeting)
    if isinstance(state, Meeting):
        yield from (proposal for proposal, _ in treatments(state))


def _case(register: str, teller: Teller, stream: str, filing: Filing | None) -> Case:
    state = teller.past.state(stream)
    body: str | None = None
    if isinstance(state, Proposal):
        body = stated(state.body)
    elif isinstance(state, Meeting) and state.convened is not None:
        body = stated(state.convened.event.body)
    return Case(
        stream=stream,
        uuid=case_uuid(register, stream),
        title=german.title(teller, stream),
        body=body,
        filing=filing,
    )


def case_uuid(register: str, stream: str) -> str:
    """Give the UUID of the Vorgang that a record becomes, in this message or in another one."""
    return object_uuid(register, "vorgang", stream)


# -- how they were filed --------------------------------------------------------------------------


def _filings(edition: Edition, past: Past) -> dict[str, Filing]:
    """Give the newest filing of each record."""
    newest: dict[str, tuple[int, Filing]] = {}
    for stream in edition.streams("custody"):
        state = past.state(stream)
        if not isinstance(state, Custody):
            continue
        for fact in state.filings:
            for name in covered(state, fact):
                if fact.record.position > newest.get(name, (0, None))[0]:
                    newest[name] = (fact.record.position, _filing(state, fact, name))
    return {name: filing for name, (_, filing) in newest.items()}


def _filing(state: Custody, filed: Fact[e.Filed], name: str) -> Filing:
    event = filed.event
    retention = next((fact.event for fact in reversed(state.retention) if name in covered(state, fact)), None)
    appraisal = next((fact.event for fact in reversed(state.appraisals) if name in covered(state, fact)), None)
    offer = next((fact.event for fact in reversed(state.offers) if name in covered(state, fact)), None)
    return Filing(
        custody=state.stream,
        reference=stated(event.file_reference),
        plan_unit=stated(event.plan_unit),
        title=stated(event.title),
        responsible=stated(event.responsible),
        opened_on=stated(event.opened_on),
        closed_on=stated(event.closed_on),
        retention_years=stated(retention.years) if retention is not None else None,
        permanent=retention is not None and retention.permanent is True,
        retention_ends_on=stated(retention.ends_on) if retention is not None else None,
        appraised=stated(appraisal.decision) if appraisal is not None else None,
        offer=stated(offer.message_id) if offer is not None else None,
    )


# -- who hands over -------------------------------------------------------------------------------


def authority_of(past: Past, body: str) -> tuple[str, str] | None:
    """Give the Behördenkennung of a body, prefix and key; None where none of that form is recorded."""
    state = past.state(body)
    for one in (stated(state.ids) or ()) if isinstance(state, Body) else ():
        found = _AUTHORITY.match(one.value) if one.scheme is IdentifierScheme.BEHOERDENKENNUNG else None
        if found is not None:
            return found[1], found[2]
    return None


def archive_of(past: Past, body: str) -> str | None:
    """Give the archive that takes over the records of a body."""
    state = past.state(body)
    return stated(state.archive_of_record) if isinstance(state, Body) else None


# -- what is missing ------------------------------------------------------------------------------


def missing_of(past: Past, found: Iterable[Case], order: Order) -> Iterator[Missing]:
    """Give what is mandatory and not recorded, by record."""
    for case in found:
        for element, there, supplied_by in (*_of_body(past, case), *_of_filing(case), *_of_appraisal(case, order)):
            yield Missing(stream=case.stream, title=case.title, element=element, found=there, supplied_by=supplied_by)


_Lack = tuple[str, str, str]


def _of_body(past: Past, case: Case) -> Iterator[_Lack]:
    if case.body is None:
        yield "Absender", "no body", "the body in the first event of the proposal or meeting"
        return
    if authority_of(past, case.body) is None:
        yield (
            "Behördenkennung",
            "none written prefix:key",
            f"{_BODY_CHANGED}: ids with scheme = behoerdenkennung, such as ags:14521000",
        )
    if archive_of(past, case.body) is None:
        yield "Empfänger", "no archive", f"{_BODY_CHANGED}: archive_of_record"


def _of_filing(case: Case) -> Iterator[_Lack]:
    filing = case.filing
    if filing is None or filing.reference is None:
        yield "Aktenzeichen", "not filed", f"{_FILED}: file_reference"
    if filing is None or filing.plan_unit is None:
        yield "Aktenplaneinheit", "none", f"{_FILED}: plan_unit"
    for element, value, name in (
        ("Laufzeit/Beginn", filing and filing.opened_on, "opened_on"),
        ("Laufzeit/Ende", filing and filing.closed_on, "closed_on"),
    ):
        if day_of(value) is None:
            yield element, f"only {value}" if value else "none", f"{_FILED}: {name}, exact to the day"


def _of_appraisal(case: Case, order: Order) -> Iterator[_Lack]:
    appraised = case.filing.appraised if case.filing is not None else None
    if order.message == "0501":
        # What is offered is to be appraised; only the office's own word can be missing.
        if order.proposed not in PROPOSALS:
            yield "Bewertungsvorschlag", "none", "whoever orders: the proposal to archive or to dispose of it"
    elif appraised is None:
        yield "Aussonderungsart", "not appraised", "appraised/1: the decision of the archive"
    elif appraised not in DISPOSALS:
        yield (
            "Aussonderungsart",
            "only part of a sample",
            "appraised/1: the decision on this very record",
        )
    elif appraised is AppraisalDecision.DISPOSE:
        yield (
            "Aussonderungsart",
            "to be disposed of",
            "nothing: only what the archive wants is handed over; leave this record out of the order",
        )
