"""What an event says, in one line, and what its type is called in German."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeGuard

import msgspec
from msgspec import UNSET, Struct

from domain import events as e
from domain import values as x
from domain.values import WITHHELD, stated
from projections.wording import code_text, counted, cut, date_text, when_text, without_example

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.events import Event
    from domain.stream import RecordedEvent
    from projections.teller import Teller

LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "register-opened/1": "Ratsbuch eröffnet",
        "register-closed/1": "Ratsbuch geschlossen",
        "root-changed/1": "Wurzelschlüssel gewechselt",
        "log-key-changed/1": "Protokollschlüssel gewechselt",
        "signer-enrolled/1": "Schlüssel zugelassen",
        "signer-revoked/1": "Schlüssel gesperrt",
        "content-erased/1": "Inhalt gelöscht",
        "visibility-changed/1": "Öffentlichkeit geändert",
        "body-registered/1": "Körperschaft angelegt",
        "body-changed/1": "Körperschaft geändert",
        "rule-set-adopted/1": "Regelwerk festgelegt",
        "term-opened/1": "Wahlperiode begonnen",
        "organ-registered/1": "Gremium gebildet",
        "organ-changed/1": "Gremium geändert",
        "membership-changed/1": "Mitgliedschaft geändert",
        "group-registered/1": "Fraktion gebildet",
        "group-changed/1": "Fraktion geändert",
        "person-known/1": "Person erfasst",
        "proposal-registered/1": "Vorlage eingebracht",
        "proposal-revised/1": "Vorlage geändert",
        "proposal-endorsed/1": "Mitzeichnung",
        "document-attached/1": "Anlage beigefügt",
        "document-withdrawn/1": "Anlage entfernt oder ersetzt",
        "consultation-planned/1": "Beratung vorgesehen",
        "consultation-dropped/1": "Beratung entfallen",
        "proposals-linked/1": "Bezug hergestellt",
        "proposal-withdrawn/1": "Vorlage zurückgezogen",
        "meeting-convened/1": "Sitzung einberufen",
        "meeting-moved/1": "Sitzung verlegt",
        "meeting-cancelled/1": "Sitzung abgesagt",
        "agenda-set/1": "Tagesordnung festgestellt",
        "meeting-opened/1": "Sitzung eröffnet",
        "item-called/1": "TOP aufgerufen",
        "publicity-changed/1": "Öffentlichkeit ausgeschlossen oder hergestellt",
        "attendance-changed/1": "Anwesenheit geändert",
        "member-excluded/1": "Befangenheit",
        "motion-moved/1": "Antrag gestellt",
        "ballot-held/1": "Abstimmung durchgeführt",
        "outcome-declared/1": "Beratungsergebnis",
        "minutes-filed/1": "Niederschrift erstellt",
        "minutes-presented/1": "Niederschrift vorgelegt",
        "minutes-signed/1": "Niederschrift unterzeichnet",
        "minutes-objection-handled/1": "Einwendung gegen die Niederschrift",
        "meeting-closed/1": "Sitzung geschlossen",
        "resolution-made/1": "Beschluss gefasst",
        "urgent-decision-taken/1": "Eilentscheidung",
        "resolution-engrossed/1": "Beschluss ausgefertigt",
        "resolution-published/1": "Beschluss bekannt gemacht",
        "resolution-status-changed/1": "Rechtsstand geändert",
        "implementation-reported/1": "Umsetzungsstand",
        "objection-raised/1": "Widerspruch",
        "review-submitted/1": "der Rechtsaufsicht vorgelegt",
        "external-act-recorded/1": "Akt der Rechtsaufsicht oder eines Gerichts",
        "filed/1": "veraktet",
        "retention-set/1": "Aufbewahrungsfrist",
        "hold-placed/1": "Sperre gegen Vernichtung",
        "hold-lifted/1": "Sperre aufgehoben",
        "offered/1": "dem Archiv angeboten",
        "appraised/1": "bewertet",
        "transferred/1": "abgegeben",
        "received/1": "Übernahme bestätigt",
        "destroyed/1": "vernichtet",
        "source-observed/1": "Quelle abgerufen",
        "record-corrected/1": "Berichtigung",
        "discrepancy-noted/1": "Unstimmigkeit",
    }
)

_TEXT_LENGTH: Final = 160


def summary(teller: Teller, record: RecordedEvent) -> str:
    """Give what an event says, in one line; what is withheld or erased is said to be so."""
    event = record.event
    writer = _WRITERS.get(type(event))
    text = writer(teller, event) if writer is not None else _generic(teller, event)
    gone = [
        f"{name} {'erased' if teller.erased_by(record, f'data.{name}') else 'withheld'}"
        for name in event.__struct_fields__
        if getattr(event, name) is WITHHELD
    ]
    return "; ".join(part for part in (text, ", ".join(gone)) if part) or "nothing further stated"


def _value(value: object) -> str | None:
    """Give a plain value in words; None where there is none."""
    if value is UNSET or value is WITHHELD:
        return None
    if value is None:
        return "left blank"
    if isinstance(value, x.When):
        return when_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple) and value and all(isinstance(one, str) for one in value):
        return ", ".join(code_text(one) if isinstance(one, Enum) else str(one) for one in value)
    if isinstance(value, Struct | tuple | msgspec.Raw):
        return None
    return cut(code_text(value) if isinstance(value, Enum) else str(value), _TEXT_LENGTH)


def _parts(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _said(label: str, value: object, write: Callable[[str], str] = str) -> str | None:
    """Give `label value`, or `label left blank`; None where nothing is stated."""
    if value is None:
        return f"{label} left blank".strip()
    word = _value(value)
    return f"{label} {write(word)}".strip() if word is not None else None


def _quoted(value: object) -> str | None:
    text = stated(value) if isinstance(value, str) else None
    return f'"{cut(text, _TEXT_LENGTH)}"' if text else None


def _generic(teller: Teller, event: Event) -> str:
    """Give the fields of a type that has no sentence of its own."""
    parts = []
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name in _IDS:
            continue
        label = _FIELDS.get(name, code_text(name))
        if isinstance(value, tuple) and value and all(map(_is_stream, value)):
            parts.append(f"{label}: {'; '.join(map(teller.title, value))}".removeprefix(": "))
        elif _is_stream(value):
            parts.append(f"{label} {without_example(teller.title(value))}".lstrip())
        elif name in _PERSONS and isinstance(value, str):
            parts.append(f"{label} {teller.person(value)}".lstrip())
        elif isinstance(value, tuple) and value and all(isinstance(one, x.Party) for one in value):
            parts.append(f"{label} {teller.parties(value)}".lstrip())
        elif isinstance(value, x.Document):
            parts.append(_document(teller, value) or "")
        elif isinstance(value, bool):
            parts.append(_YES_NO.get(name, (label, f"{label}: no"))[not value])
        elif not name.endswith("_literal"):
            parts.append(_said(label, value, _as_date if name in _DATES else without_example) or "")
    return _parts(*parts)


def _as_date(text: str) -> str:
    return date_text(text) if text[:1].isdigit() else text


# What the fields of those types are called in a line; a word that the value itself says is left out.
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "archive": "",
        "archive_ids": "signatures there:",
        "archive_of_record": "archive of record:",
        "at_meeting": "in",
        "basis": "on the ground that it was",
        "begins": "from",
        "body": "of",
        "born": "born",
        "change": "",
        "decision": "decision:",
        "decision_due_on": "decision due on",
        "died": "died",
        "ends": "until",
        "ends_at": "until",
        "ends_on": "until",
        "format_version": "format",
        "function": "",
        "ground": "because of:",
        "instead": "instead:",
        "kind": "",
        "label": "",
        "land": "",
        "name": "",
        "number": "number",
        "objections_until": "objections until",
        "office": "",
        "part": "",
        "person": "",
        "raised_by": "raised by",
        "reason": "reason:",
        "register": "",
        "schedule": "by",
        "seats": "seats by law:",
        "starts_at": "to",
        "starts_on": "from",
        "text": "text:",
        "way": "by",
        "what": "",
        "years": "years:",
    }
)
# How a yes and a no of theirs read.
_YES_NO: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "archive_consented": ("the archive consented", "without consent of the archive"),
        "attached": ("attached to the minutes", "not attached to the minutes"),
        "complete": ("complete", "not complete"),
        "decides": ("decides", "only advises"),
        "dissolved": ("dissolved", "not dissolved"),
        "example": ("example, no official record", "no example"),
        "immediately_enforceable": ("immediately enforceable", "not immediately enforceable"),
        "office_holder": ("holds an office", "holds no office"),
        "permanent": ("kept for good", "not kept for good"),
    }
)
_DATES: Final = frozenset(
    {
        "begins",
        "born",
        "compromised_since",
        "decision_due_on",
        "died",
        "ends",
        "ends_at",
        "ends_on",
        "objections_until",
        "retrieved_at",
        "starts_at",
        "starts_on",
    }
)
_KINDS: Final = frozenset(x.STREAM_KINDS)


def _is_stream(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and ":" in value and value.partition(":")[0] in _KINDS


_PERSONS: Final = frozenset({"person", "presiding", "secretary", "declared_by", "substitute_for"})
# Ids inside a stream, keys and certificates: nobody reads them in a line.
_IDS: Final = frozenset(
    {
        "ballot",
        "certificate",
        "certificate_digest",
        "consultation",
        "digest",
        "hold",
        "item",
        "log_ed25519",
        "log_mldsa44",
        "motion",
        "package_digest",
        "public_key",
        "register",
        "root_certificate",
        "term",
    }
)


def _document(teller: Teller, document: object, held: object = UNSET) -> str | None:
    if not isinstance(document, x.Document):
        return "not held" if held is False else None
    title = teller.past.document_title(document)
    return f"{title} ({'held' if document.held and held is not False else 'not held'})"


# -- sentences ------------------------------------------------------------------------------------


def _registered(teller: Teller, event: e.ProposalRegistered) -> str:
    return _parts(
        _said("Vorlage", event.reference),
        _said("version", event.version),
        _said("of", event.document_date, date_text),
        _quoted(event.subject),
        f"submitted by {teller.parties(event.submitters)}" if isinstance(event.submitters, tuple) else None,
    )


def _revised(teller: Teller, event: e.ProposalRevised) -> str:
    changed = [
        code_text(name)
        for name in event.__struct_fields__
        if name in _TEXT_PARTS and getattr(event, name) not in (UNSET, WITHHELD)
    ]
    because = stated(event.because_of)
    return _parts(
        _said("version", event.version),
        _said("", event.mode),
        _said("of", event.document_date, date_text),
        f"changes {', '.join(changed)}" if changed else None,
        because_text(teller, because) if because is not None else None,
        _quoted(event.reason),
    )


def because_text(teller: Teller, because: x.Because) -> str:
    """Give why a proposal was revised, with the motion's movers where they are recorded."""
    meeting = stated(because.meeting)
    text = f"because of a {code_text(because.cause)}" if because.cause in {"motion", "ballot"} else ""
    if not text:
        text = "by the administration" if because.cause == "administration" else "cause not known"
    if meeting is None:
        return text
    state = teller.past.state(meeting)
    movers = [
        teller.parties(fact.event.moved_by)
        for fact in getattr(state, "motions", ())
        if fact.event.motion == because.motion and isinstance(fact.event.moved_by, tuple)
    ]
    by = f" of {'; '.join(filter(None, movers))}" if movers else ""
    return f"{text}{by} ({teller.title(meeting)})"


_TEXT_PARTS: Final = frozenset(
    {"subject", "operative_text", "reasons", "financial_impact", "legal_basis", "consulted", "signatories", "validity"}
)


def _attached(teller: Teller, event: e.DocumentAttached) -> str:
    return _parts(
        _value(event.label),
        _document(teller, event.document, event.held),
        "part of the decision" if event.part_of_decision is True else None,
        _said("version", event.version),
    )


def _planned(teller: Teller, event: e.ConsultationPlanned) -> str:
    organ = teller.name(event.organ) if isinstance(event.organ, str) and ":" in event.organ else None
    return _parts(
        organ or _value(event.organ_literal),
        _said("on", event.planned_on, date_text),
        _value(event.status_literal) or _parts(_value(event.publicity), _value(event.role)),
    )


def _linked(teller: Teller, event: e.ProposalsLinked) -> str:
    other = stated(event.other)
    return _parts(
        f"{_value(event.relation)} {teller.title(other)}" if other is not None else _value(event.relation),
        "inferred" if event.basis == "inferred" else None,
        _quoted(event.note),
    )


def _convened(teller: Teller, event: e.MeetingConvened) -> str:
    return _parts(
        teller.names(event.organs) if isinstance(event.organs, tuple) else None,
        _said("meeting", event.number),
        _said("on", event.starts_at, date_text),
        _value(event.name),
        _said("at", event.place),
    )


def _agenda(_: Teller, event: e.AgendaSet) -> str:
    named = event.items if isinstance(event.items, tuple) else None
    return _parts(
        _said("version", event.version),
        _value(event.stage),
        _said("", event.part),
        counted(len(named), "item") if named is not None else None,
    )


def _opened(teller: Teller, event: e.MeetingOpened) -> str:
    presiding = stated(event.presiding)
    return _parts(
        _said("", event.part),
        _said("quorum", event.quorum),
        _said("present", event.present_count),
        _said("members", event.members_by_law),
        f"presiding {teller.person(presiding)}" if presiding is not None else None,
    )


def _excluded(teller: Teller, event: e.MemberExcluded) -> str:
    person = stated(event.person)
    name = teller.person(person) if person is not None else None
    return _parts(name, _value(event.legal_basis), _quoted(event.reason))


def _motion(teller: Teller, event: e.MotionMoved) -> str:
    return _parts(
        _value(event.kind),
        f"moved by {teller.parties(event.moved_by)}" if isinstance(event.moved_by, tuple) else None,
        _quoted(event.text),
    )


def tally_text(tally: object) -> str:
    """Give the counts that are stated: "24 yes, 23 no"."""
    if not isinstance(tally, x.Tally):
        return ""
    found = []
    for name in ("yes", "no", "abstain", "invalid", "not_cast"):
        count = stated(getattr(tally, name))
        if count is not None:
            found.append(f"{count} {code_text(name)}")
    rest = stated(tally.rest_as)
    return ", ".join([*found, *([f"the rest {code_text(rest)}"] if rest is not None else [])])


def _ballot(_: Teller, event: e.BallotHeld) -> str:
    return _parts(
        _quoted(event.question),
        tally_text(event.tally) or "no count",
        _said("declared", event.declared),
        _said("", event.majority),
        _quoted(event.declared_literal),
    )


def _outcome(teller: Teller, event: e.OutcomeDeclared) -> str:
    referred, settled = stated(event.referred_to), stated(event.settled_by)
    return _parts(
        _value(event.outcome),
        _said("", event.majority) if event.majority != "not_stated" else None,
        tally_text(event.tally),
        _quoted(event.outcome_literal),
        f"to {teller.name(referred)}" if referred is not None else None,
        f"by {teller.title(settled)}" if settled is not None else None,
    )


def _minutes(teller: Teller, event: e.MinutesFiled) -> str:
    return _parts(
        _said("version", event.version),
        _value(event.kind),
        _said("", event.part),
        _document(teller, event.document, event.held),
        _said("replaces version", event.replaces),
    )


def _signed(teller: Teller, event: e.MinutesSigned) -> str:
    names = [_signatory(teller, one) for one in stated(event.signatories) or ()]
    return _parts(_said("version", event.version), _said("", event.part), ", ".join(names))


def _signatory(teller: Teller, one: x.Signatory) -> str:
    person = stated(one.person)
    return stated(one.literal) or (teller.person(person) if person is not None else "name not stated")


def signatory_text(teller: Teller, one: x.Signatory) -> str:
    """Give a name under a document, in what office it stands there, and what was seen of a signature."""
    office = "office left blank" if one.office is None else stated(one.office) or "no office stated"
    form = "printed name, no signature" if one.form == "printed_name" else f"signature: {code_text(one.form)}"
    return f"{_signatory(teller, one)}: {form}, {office}"


def _made(teller: Teller, event: e.ResolutionMade) -> str:
    proposal = stated(event.proposal)
    return _parts(
        _said("Beschluss", event.number),
        _value(event.sense),
        f"on {teller.title(proposal)}" if proposal is not None else _quoted(event.subject),
        _said("version", event.version),
        f"wording not held, presumed to be version {event.presumed_as}" if stated(event.presumed_as) else None,
    )


def _status(_: Teller, event: e.ResolutionStatusChanged) -> str:
    effective = when_text(event.effective)
    return _parts(
        _value(event.becomes),
        f"from {effective}" if effective else None,
        _value(event.basis),
        _quoted(event.reason),
    )


def _published(teller: Teller, event: e.ResolutionPublished) -> str:
    meeting = stated(event.meeting)
    return _parts(
        _value(event.medium),
        _said("issue", event.issue),
        f"in {teller.title(meeting)}" if meeting is not None else None,
        "full text" if event.full_text is True else "not the full text" if event.full_text is False else None,
        _said("defect", event.defect),
    )


def _implemented(_: Teller, event: e.ImplementationReported) -> str:
    return _parts(_said("carried out:", event.status), _quoted(event.report), _said("due on", event.due_on, date_text))


def _endorsed(_: Teller, event: e.ProposalEndorsed) -> str:
    return _parts(_value(event.office), _value(event.sense), _said("version", event.version), _quoted(event.text))


def _membership(teller: Teller, event: e.MembershipChanged) -> str:
    person, group = stated(event.person), stated(event.group)
    return _parts(
        teller.person(person) if person is not None else None,
        _value(event.function),
        "without a vote" if event.voting is False else None,
        _said("from", event.begins, date_text),
        _said("until", event.ends, date_text),
        teller.name(group) if group is not None else None,
    )


def _attendance(teller: Teller, event: e.AttendanceChanged) -> str:
    person = stated(event.person)
    return _parts(
        f"{teller.person(person) if person is not None else 'a member'} {_value(event.change) or ''}".rstrip(),
        _said("then present:", event.present_count),
    )


def _filed(teller: Teller, event: e.Filed) -> str:
    objects = stated(event.objects)
    return _parts(
        _said("Aktenzeichen", event.file_reference),
        _value(event.title),
        "; ".join(teller.title(one) for one in objects) if objects is not None else None,
        _said("closed", event.closed_on, date_text),
    )


def _objection(_: Teller, event: e.ObjectionRaised) -> str:
    named = stated(event.resolutions)
    return _parts(
        _said("round", event.round),
        f"against {counted(len(named), 'resolution')}" if named is not None else None,
        _value(event.legal_basis),
    )


def _act(_: Teller, event: e.ExternalActRecorded) -> str:
    named = stated(event.resolutions)
    return _parts(
        _value(event.authority_name),
        _value(event.act),
        f"on {counted(len(named), 'resolution')}" if named is not None else None,
        _said("reference", event.reference),
        _said("deadline", event.deadline, date_text),
    )


def _corrected(_: Teller, event: e.RecordCorrected) -> str:
    return _parts(_said("of event", event.target), _value(event.path), _value(event.kind), _quoted(event.reason))


def _erased(_: Teller, event: e.ContentErased) -> str:
    targets = stated(event.targets)
    return _parts(
        counted(len(targets), "thing") + " erased" if targets is not None else None, _quoted(event.legal_ground)
    )


def _visibility(teller: Teller, event: e.VisibilityChanged) -> str:
    target = stated(event.target)
    return _parts(
        teller.title(target.partition("#")[0]) if target is not None else None,
        f"from {_value(event.was)} to {_value(event.becomes)}",
        _said("until", event.until, date_text),
        _value(event.legal_basis),
    )


def _noted(_: Teller, event: e.DiscrepancyNoted) -> str:
    code = stated(event.code)
    return _parts(code, _value(event.status), _quoted(event.assessment))


def _adopted_rules(_: Teller, event: e.RuleSetAdopted) -> str:
    rules = stated(event.rules)
    return _parts(
        _value(event.name),
        _said("valid from", event.valid_from, date_text),
        counted(len(rules), "rule") if rules is not None else None,
    )


_WRITERS: Final[Mapping[type[Event], Callable[..., str]]] = MappingProxyType(
    {
        e.ProposalRegistered: _registered,
        e.ProposalRevised: _revised,
        e.DocumentAttached: _attached,
        e.ConsultationPlanned: _planned,
        e.ProposalsLinked: _linked,
        e.MeetingConvened: _convened,
        e.AgendaSet: _agenda,
        e.MeetingOpened: _opened,
        e.MemberExcluded: _excluded,
        e.MotionMoved: _motion,
        e.BallotHeld: _ballot,
        e.OutcomeDeclared: _outcome,
        e.MinutesFiled: _minutes,
        e.MinutesSigned: _signed,
        e.ResolutionMade: _made,
        e.ResolutionStatusChanged: _status,
        e.ResolutionPublished: _published,
        e.ImplementationReported: _implemented,
        e.ProposalEndorsed: _endorsed,
        e.MembershipChanged: _membership,
        e.AttendanceChanged: _attendance,
        e.Filed: _filed,
        e.ObjectionRaised: _objection,
        e.ExternalActRecorded: _act,
        e.RecordCorrected: _corrected,
        e.ContentErased: _erased,
        e.VisibilityChanged: _visibility,
        e.DiscrepancyNoted: _noted,
        e.RuleSetAdopted: _adopted_rules,
    }
)
