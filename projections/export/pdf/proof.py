"""The Nachweis of a Vorlage or a Sitzung: what happened, entry by entry, whether ballots add up, how it is checked.

It prepares a certified extract: the last page has the fields that one needs (Source: VwVfG, section 33, paragraph 3),
and all of them are empty. Only a person with a seal can certify anything; nothing here says that somebody did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from domain import events as e
from domain import vocabulary as v
from domain.proposal import Proposal
from domain.values import WITHHELD, When
from projections.deliberations import Deliberations
from projections.export import detected, german
from projections.export.gaps import Silence, gaps
from projections.export.pdf import frame, votes, words
from projections.export.pdf.press import Sheet
from projections.related import related
from projections.shapes import Knowledge
from projections.wording import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from domain.meeting import Meeting
    from domain.stream import RecordedEvent
    from projections.export.edition import Edition
    from projections.export.pdf.glyphs import Tree
    from projections.export.pdf.shapes import ProofLines
    from projections.shapes import FindingLine
    from projections.teller import Teller

TEMPLATE: Final = "nachweis.typ"


def proof(edition: Edition, teller: Teller, state: Proposal | Meeting, *, lines: ProofLines | None) -> Sheet:
    """Give the Nachweis of a Vorlage or a Sitzung, ready to be printed."""
    past, stream = teller.past, state.stream
    # 1. What is recorded, as it counts today: corrections applied, and each correction an entry of its own.
    records = [*past.effective(stream), *(one.record for one in related(past, stream))]
    records.sort(key=lambda record: record.position)
    every = frozenset(record.id for record in records)
    # 2. Whether the ballots add up, and what does not fit together.
    if isinstance(state, Proposal):
        silence = Silence(edition, state, Deliberations(past))
        told, streams = votes.of_proposal(edition, teller, state, silence), (stream, *silence.meetings)
    else:
        told, streams = votes.of_meeting(edition, teller, state), (stream,)
    found = detected.told(edition, teller, (stream, *(record.stream for record in records)), about=every)
    title, titles = german.title(teller, stream), words.titles(records)
    data: dict[str, Tree] = {
        "vorlage": cut(title, frame.TITLE_LENGTH),
        "gegenstand": german.kind(stream.partition(":")[0]),
        "kennung": stream,
        "verlauf": [_event(teller, stream, record, titles) for record in records],
        "fehlend": _not_given(edition, teller, streams, every),
        **told,
        "befunde": [_finding(teller, one) for one in found.lines],
        "ohne_befunde": _unseen(teller, found.unseen),
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


def _event(teller: Teller, stream: str, record: RecordedEvent, titles: Mapping[str, str]) -> Tree:
    own = record.stream == stream
    contents = _correction(teller, record) if isinstance(record.event, e.RecordCorrected) else None
    return {
        **_as_dict(frame.entry(teller, record)),
        "datum": _occurred(teller, record),
        "zu": None if own else german.title(teller, record.stream),
        "inhalt": words.contents(teller, record) if contents is None else contents,
        "sichtbar": german.code(teller.past.visibility(record)),
        "quellen": words.sources(teller, record, titles),
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


def _not_given(edition: Edition, teller: Teller, streams: Iterable[str], shown: frozenset[str]) -> list[Tree]:
    """Name the places of what it is about, and of its meetings, that are not told: erased, or withheld."""
    missing = [gap for stream in streams for gap in gaps(edition, teller.past, stream) if gap.position is not None]
    return [
        {
            "position": gap.position,
            "platz": gap.seq,
            "zu": german.title(teller, gap.stream),
            "ereignis": german.event(gap.type) if gap.type is not None else None,
            "grund": german.nothing(gap.state),
        }
        for gap in sorted(missing, key=lambda gap: gap.position or 0)
        if f"{gap.stream}#{gap.seq}" not in shown
    ]


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


def _unseen(teller: Teller, streams: Iterable[str]) -> Tree:
    """Say about what nothing was computed; None where all was."""
    named = ", ".join(german.title(teller, stream) for stream in streams)
    return f"{german.NO_FINDINGS_OF}: {named}." if named else None


def _checkpoint(lines: ProofLines | None) -> Tree:
    if lines is None:
        return None
    # A note bears no time; whoever cosigned it may have stated one.
    signed: list[Tree] = [["Unterschrieben", german.date(lines.signed_at)]] if lines.signed_at is not None else []
    found: list[Tree] = [
        ["Protokoll", lines.origin or german.nothing(Knowledge.NOT_MENTIONED)],
        ["Größe", f"{lines.size} Einträge"],
        ["Wurzel", lines.root],
        ["Anker", lines.anchor],
        *signed,
        ["Gegenprüfstellen", ", ".join(lines.witnesses) or "keine"],
    ]
    return found
