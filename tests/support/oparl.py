"""A small council information system, what intake makes of it, and what a register says in the end."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archive.following import Run, follow_dump
from archive.intake.oparl.mapping import vocabulary
from archive.verify import ArchiveSource, verify
from domain import events as e
from domain.meeting import Meeting, agenda, items, minutes
from domain.person import Person
from domain.proposal import Proposal
from domain.source import Source
from domain.values import stated
from domain.vocabulary import Part
from support.archives import pin_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.archive import Archive
    from archive.following import FilesFrom
    from archive.intake.oparl.mapping import Vocabulary
    from archive.intake.oparl.summary import Summary
    from archive.keys import Signer
    from archive.unfinished import Unfinished

SYSTEM: Final = "https://ris.example.org/oparl"
Object = dict[str, Any]


def url(kind: str, number: object) -> str:
    return f"{SYSTEM}/{kind}/{number}"


def thing(kind: str, key: object, /, **fields: object) -> Object:
    """Give an object of a kind: `Paper` and 7 is `https://ris.example.org/oparl/paper/7`."""
    base = {"id": url(kind.lower(), key), "type": f"https://schema.oparl.org/1.1/{kind}"}
    return {**base, "modified": "2021-11-01T08:00:00+01:00", **fields}


def paper(number: object, /, **fields: object) -> Object:
    return thing("Paper", number, **{"name": f"Vorlage {number}", "reference": f"00{number}", **fields})


def meeting(number: object, /, **fields: object) -> Object:
    start = "2021-12-08T17:00:00+01:00"
    return thing("Meeting", number, **{"name": "Kreistag", "start": start, "organization": [ORGAN], **fields})


def item(number: object, /, **fields: object) -> Object:
    return thing("AgendaItem", number, **{"name": f"TOP {number}", "number": str(number), "public": True, **fields})


def consultation(number: object, /, **fields: object) -> Object:
    return thing("Consultation", number, **{"role": "Entscheidung", **fields})


def file(number: object, /, **fields: object) -> Object:
    return thing("File", number, **{"name": f"Anlage {number}", "mimeType": "application/pdf", **fields})


ORGAN: Final = url("organization", 1)


def town() -> list[Object]:
    """Give a small dump with a bit of everything, the order and the spread of which must not matter."""
    return [
        thing("LegislativeTerm", 1, name="7. Wahlperiode", startDate="2019-08-01", endDate="2024-07-31"),
        thing("Organization", 1, name="Kreistag", organizationType="Hauptorgan"),
        thing("Organization", 2, name="Abteilung 2"),
        thing("Organization", 3, name="Fraktion Beispiel", organizationType="Fraktion", startDate="2019-08-01"),
        thing(
            "Person",
            1,
            name="Erika Beispiel",
            email="erika@example.org",
            membership=[thing("Membership", 1, organization=ORGAN, role="Mitglied", votingRight=True)],
        ),
        thing("Person", 2, name="Max Muster", phone=["0123"]),
        thing("Membership", 2, person=url("person", 2), organization=url("organization", 3), role="Vorsitzender"),
        paper(
            1,
            date="2021-11-23",
            paperType="Beschlussvorlage",
            underDirectionOf=[url("organization", 2)],
            auxiliaryFile=[file(1), file(2, name="Anlage 2")],
            consultation=[
                consultation(1, meeting=url("meeting", 1), agendaItem=url("agendaitem", 1), organization=[ORGAN]),
            ],
        ),
        paper(2, originatorPerson=[url("person", 1), url("person", 9)], relatedPaper=[url("paper", 1)]),
        paper(3, paperType="Rundbrief"),
        consultation(2, paper=url("paper", 2), meeting=url("meeting", 1), agendaItem=url("agendaitem", 2)),
        thing("Paper", 4, name="", reference="", deleted=True),
        meeting(
            1,
            agendaItem=[
                item(1, consultation=url("consultation", 1), result="einstimmig beschlossen", order=1),
                item(2, consultation=url("consultation", 2), result="verwiesen in den Kreisausschuss", order=2),
            ],
            resultsProtocol=file(3, name="Niederschrift"),
        ),
        item(3, meeting=url("meeting", 1), order=3, result="angehalten", auxiliaryFile=[file(5)]),
        meeting(2, name="Ausschuss (nichtöffentlich)", cancelled=True),
        file(4),
    ]


def write(path: Path, objects: Iterable[object]) -> Path:
    """Write a dump as JSON lines."""
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects), encoding="utf-8")
    return path


def intake(
    archive: Archive,
    signer: Signer,
    source: Path | Iterable[object],
    *,
    words: Vocabulary | None = None,
    system: str = SYSTEM,
    is_complete: bool = False,
    dry_run: bool = False,
    files: FilesFrom | None = None,
    retrieved_at: str | None = None,
    unfinished: Unfinished | None = None,
) -> Summary:
    """Follow a dump, written beside the archive where it is handed in as objects."""
    path = source if isinstance(source, Path) else write(archive.folder.parent / "dump.jsonl", source)
    how = Run(
        words=words or vocabulary(),
        signer=signer,
        dry_run=dry_run,
        files=files,
        retrieved_at=retrieved_at,
        unfinished=unfinished,
    )
    return follow_dump(archive, path, how, system=system, is_complete=is_complete)


# -- what a register says in the end --------------------------------------------------------------


def portrait(archive: Archive) -> dict[str, Any]:
    """Give what holds in a register in the end, with persons called by their objects and not by their random keys."""
    names = {}
    for stream in archive.streams("person"):
        events = [r.event for r in archive.history(stream) if isinstance(r.event, e.PersonKnown)]
        names[stream.partition(":")[2]] = str(events[-1].source_id)
    told: dict[str, Any] = {}
    for kind in ("proposal", "meeting", "source", "organ", "group", "person", "body"):
        for stream in archive.streams(kind):
            state = archive.stream(stream)
            match state:
                case Proposal():
                    told[stream] = _proposal(state)
                case Meeting():
                    told[stream] = _meeting(state)
                case Source():
                    last = state.observations[-1].event
                    told[str(last.url)] = (last.change, last.digest, last.fields_dropped)
                case Person():
                    told[stream] = state.known[-1].event
                case _:
                    # Everything else holds facts that do not build on each other.
                    told[stream] = sorted({_named(repr(r.event), names) for r in archive.history(stream)})
    return {_named(key, names): _named(repr(value), names) for key, value in told.items()}


def _named(text: str, names: dict[str, str]) -> str:
    for key, name in names.items():
        text = text.replace(key, name)
    return text


def _proposal(state: Proposal) -> object:
    current = state.current
    assert current is not None
    fields = {name: getattr(current, name) for name in ("kind", "reference", "subject", "document_date", "submitters")}
    plans = sorted((str(one.id), repr(one.plan)) for one in state.consultations if one.dropped is None)
    annexes = sorted(str(one.attached.event.source_id) for one in state.annexes if one.withdrawn is None)
    links = sorted({(str(fact.event.other), str(fact.event.note)) for fact in state.links})
    return fields, plans, annexes, links


def _meeting(state: Meeting) -> object:
    assert state.convened is not None
    found = agenda(state, Part.WHOLE)
    set_ = (found.event.items, found.event.titles) if found is not None else None
    outcomes = [(one.key, one.outcomes[-1].event) for one in items(state) if one.outcomes]
    filed = [(one.kind, one.filed[-1].event.document) for one in minutes(state) if one.filed]
    annexes = sorted(str(one.attached.event.source_id) for one in state.annexes if one.withdrawn is None)
    return state.convened.event, state.cancelled is not None, set_, outcomes, filed, annexes


def events_of(archive: Archive, cls: type[e.Event]) -> list[Any]:
    """Give every event of a type, in order of position."""
    return [record.event for record in archive.events_between() if isinstance(record.event, cls)]


def observations(archive: Archive, key: str) -> list[e.SourceObserved]:
    """Give what was observed of an object."""
    return [event for event in events_of(archive, e.SourceObserved) if stated(event.url) == key]


def failures(archive: Archive) -> list[str]:
    """Verify a register; give what failed, of what needs no checkpoint."""
    with contextlib.closing(ArchiveSource(archive.folder)) as source:
        report = verify(source, pin=pin_of(archive.register.anchor_hex))
    return [finding.code for step in report.steps for finding in step.findings if finding.verdict == "failed"]
