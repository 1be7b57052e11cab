"""The Nachweis: what happened to a Vorlage, entry by entry, whether its ballots add up, and how all of it is checked.

It prepares a certified extract: the last page has the fields that one needs (Source: VwVfG, section 33, paragraph 3),
and all of them are empty. Only a person with a seal can certify anything; nothing here says that somebody did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from domain import events as e
from domain import vocabulary as v
from domain.rules import Reason, Rests, Subject, Verdict
from domain.values import WITHHELD, When
from projections import parts, proposals
from projections.deliberations import Deliberations
from projections.export import german
from projections.export.pdf import frame, words
from projections.export.pdf.press import Sheet
from projections.export.pdf.reading import counts
from projections.related import related
from projections.shapes import Knowledge
from projections.wording import cut

if TYPE_CHECKING:
    from domain.proposal import Proposal
    from domain.stream import RecordedEvent
    from projections.export.edition import Edition
    from projections.export.pdf.glyphs import Tree
    from projections.export.pdf.shapes import ProofLines
    from projections.shapes import BallotLine, CheckLine, ConsultationLine, Field, FindingLine
    from projections.teller import Teller

TEMPLATE: Final = "nachweis.typ"
_COUNTS: Final = {"yes": "dafür", "no": "dagegen", "abstain": "Enthaltungen"}


def proof(edition: Edition, teller: Teller, state: Proposal, *, lines: ProofLines | None) -> Sheet:
    """Give the Nachweis of a Vorlage, ready to be printed."""
    past, stream = teller.past, state.stream
    # 1. What is recorded, as it counts today: corrections applied, and each correction an entry of its own.
    records = [*past.effective(stream), *(one.record for one in related(past, stream))]
    records.sort(key=lambda record: record.position)
    # 2. Whether the ballots add up, and what does not fit together.
    consultations = proposals.consultations(teller, state, Deliberations(past))
    ballots = [_ballot(teller, line, ballot) for line in consultations for ballot in line.ballots]
    without = [_without_ballot(teller, line) for line in consultations if line.outcomes and not line.ballots]
    streams = dict.fromkeys((stream, *(record.stream for record in records)))
    every = frozenset(record.id for record in records)
    findings = parts.findings(teller, streams, about=every)
    title = german.title(teller, stream)
    data: dict[str, Tree] = {
        "vorlage": cut(title, frame.TITLE_LENGTH),
        "kennung": stream,
        "verlauf": [_event(teller, stream, record) for record in records],
        "fehlend": _passed_over(edition, teller, state),
        "abstimmungen": list(ballots),
        "ohne_abstimmung": list(without),
        "befunde": [_finding(teller, one) for one in findings],
        "pruefpunkt": _checkpoint(lines),
        "schritte": [[one.name, one.outcome, one.note] for one in lines.steps] if lines is not None else [],
    }
    return Sheet(
        template=TEMPLATE,
        title=f"Nachweis: {cut(title, frame.TITLE_LENGTH)}",
        author=frame.author(edition),
        day=edition.terms.day,
        data={**frame.of(edition), **data},
    )


# -- history --------------------------------------------------------------------------------------


def _event(teller: Teller, stream: str, record: RecordedEvent) -> Tree:
    own = record.stream == stream
    contents = _correction(teller, record) if isinstance(record.event, e.RecordCorrected) else None
    return {
        **_as_dict(frame.entry(teller, record)),
        "datum": _occurred(teller, record),
        "zu": None if own else german.title(teller, record.stream),
        "inhalt": words.contents(teller, record) if contents is None else contents,
        "sichtbar": german.code(teller.past.visibility(record)),
    }


def _as_dict(tree: Tree) -> dict[str, Tree]:
    return tree if isinstance(tree, dict) else {}


def _occurred(teller: Teller, record: RecordedEvent) -> str:
    if isinstance(record.occurred, When):
        return german.when(record.occurred)
    gone = Knowledge.ERASED if teller.erased_by(record, "occurred") else Knowledge.WITHHELD
    return f"Datum {german.nothing(gone)}"


def _correction(teller: Teller, record: RecordedEvent) -> list[Tree]:
    """Tell a correction: of which entry, of which field, what stood there and what stands there now."""
    event = record.event
    assert isinstance(event, e.RecordCorrected)  # noqa: S101  # for the type checker: the caller looked
    target = f"{record.stream}#{event.target}"
    path = event.path if isinstance(event.path, str) else ""
    found: list[Tree] = [["berichtigt", f"{words.event_name(teller, target)}, {words.path(path)}"]]
    for label, value in (("bisher", event.old), ("jetzt", event.new)):
        if value is WITHHELD:
            found.append([label, german.nothing(Knowledge.WITHHELD)])
        elif isinstance(value, msgspec.Raw):
            found.append([label, words.short(words.plain(teller, path.rpartition("/")[2], value, record))])
        else:
            found.append([label, german.nothing(Knowledge.NOT_MENTIONED)])
    rest = [one for one in words.contents(teller, record) if isinstance(one, list)]
    return [*found, *(one for one in rest if one[0] in (german.field("kind"), german.field("reason")))]


def _passed_over(edition: Edition, teller: Teller, state: Proposal) -> list[Tree]:
    """Name the places of the Vorlage's own entries that cannot be told: erased, or not in this reader's hands."""
    past = teller.past
    told = {record.seq for record in past.effective(state.stream)}
    erased = past.erased_tokens(state.stream)
    return [
        {
            "position": position,
            "platz": seq,
            "grund": german.nothing(Knowledge.ERASED if seq in erased else Knowledge.WITHHELD),
        }
        for seq, position in sorted(edition.archive.positions(state.stream).items())
        if seq not in told
    ]


# -- ballots --------------------------------------------------------------------------------------


def _ballot(teller: Teller, line: ConsultationLine, ballot: BallotLine) -> Tree:
    return {
        "gremium": _organ(teller, line),
        "datum": german.when(ballot.occurred),
        "frage": words.said(ballot.question),
        "gegenstand": _target(line, ballot),
        "art": words.said(ballot.method, words.code_of(v.BallotMethod)),
        "verkuendet": words.said(ballot.declared, words.code_of(v.Declared)),
        "mehrheit": words.said(ballot.majority, words.code_of(v.Majority)),
        "zahlen": [[_count_label(one), _count(one), _share(one)] for one in ballot.tally],
        "hoechst": max((share for one in ballot.tally if (share := _share(one)) is not None), default=0),
        "wahl": [[one.label or one.key, one.votes, one.chosen] for one in ballot.options],
        "stimmen": _votes(ballot),
        "rechenprobe": [_check(one) for one in ballot.checks],
    }


def _target(line: ConsultationLine, ballot: BallotLine) -> Tree:
    """Say on what was voted: a version, or a motion with whoever moved it."""
    moved = next((one for one in line.motions if one.id == ballot.target_motion), None)
    if moved is not None:
        return words.said(moved.kind, words.code_of(v.MotionKind), note=moved.moved_by.text)
    return words.said(ballot.target_version, lambda known: f"Fassung {known.value}")


def _without_ballot(teller: Teller, line: ConsultationLine) -> Tree:
    """Tell an outcome of which no ballot is recorded."""
    outcomes = [words.said(one.outcome, words.code_of(v.Outcome), note=counts(one.tally)) for one in line.outcomes]
    return {
        "gremium": _organ(teller, line),
        "datum": german.when(line.outcomes[0].occurred),
        "ergebnis": list(outcomes),
        "rechenprobe": [_check(line.checks_missing)] if line.checks_missing is not None else [],
    }


def _organ(teller: Teller, line: ConsultationLine) -> str:
    organ = line.organ.value
    return words.title(teller, organ) if isinstance(organ, str) else f"Gremium {german.nothing(line.organ.state)}"


def _count_label(one: Field) -> str:
    return _COUNTS.get(one.name) or german.field(one.name)


def _count(one: Field) -> Tree:
    if one.name == "rest_as":
        return words.said(one.known, words.code_of(v.Choice))
    return words.said(one.known)


def _share(one: Field) -> int | None:
    """Give what a bar shows: a count of yes, no or abstentions; None where none is stated."""
    count = one.known.value
    return count if one.name in _COUNTS and isinstance(count, int) else None


def _votes(ballot: BallotLine) -> list[Tree]:
    return [[one.who, german.code(one.choice, of=v.Choice), one.count] for one in ballot.votes]


def _check(line: CheckLine) -> Tree:
    return {
        "was": german.code(line.subject, of=Subject),
        "ergebnis": german.code(line.verdict, of=Verdict),
        "zeichen": line.verdict,
        "grund": german.code(line.reason, of=Reason),
        "regeln": [f"{one.citation} ({german.code(one.rests, of=Rests)})" for one in line.rules],
    }


# -- findings, proof ------------------------------------------------------------------------------


def _finding(teller: Teller, line: FindingLine) -> Tree:
    places = []
    for event_id in line.events:
        record = teller.past.record(event_id)
        if record is not None:
            places.append(f"Nr. {record.position} ({german.event(record.event.TYPE)})")
    return {
        "code": line.code,
        "satz": german.finding(line.code),
        "eintraege": ", ".join(dict.fromkeys(places)),
        "stand": german.code(line.status, of=v.DiscrepancyStatus),
        "einschaetzung": words.cell(line.assessment) if line.assessment is not None else None,
    }


def _checkpoint(lines: ProofLines | None) -> Tree:
    if lines is None:
        return None
    signed = german.date(lines.signed_at) if lines.signed_at is not None else german.nothing(Knowledge.NOT_MENTIONED)
    found: list[Tree] = [
        ["Protokoll", lines.origin or german.nothing(Knowledge.NOT_MENTIONED)],
        ["Größe", f"{lines.size} Einträge"],
        ["Wurzel", lines.root],
        ["Anker", lines.anchor],
        ["Unterschrieben", signed],
        ["Gegenprüfstellen", ", ".join(lines.witnesses) or "keine"],
    ]
    return found
