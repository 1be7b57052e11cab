"""Answers of an archive for tests: messages of xdomea as an archive writes them, and a file that was offered."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.intake.xdomea import Answer, read_answer
from archive.stable_ids import vorgang_uuid
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.custody import Custody
from support.archives import Made, batch, new_archive, statement

if TYPE_CHECKING:
    from archive.archive import Recorded

PROCESS: Final = "9a75050f-323a-4e84-94c9-a889aa2b4fe8"
SENT: Final = "11111111-1111-4111-8111-111111111111"  # the message answered, from 4.0.0 on
OWN: Final = "22222222-2222-4222-8222-222222222222"
VERSIONS: Final = ("3.0.0", "3.1.0", "4.0.0")
NAMES: Final = {
    "0502": "Bewertungsverzeichnis",
    "0504": "AnbietungEmpfangBestaetigen",
    "0505": "BewertungEmpfangBestaetigen",
    "0506": "AussonderungImportBestaetigen",
    "0507": "AussonderungEmpfangBestaetigen",
}
PROPOSAL: Final = "proposal:00000000-0000-4000-8000-000000000001"
MEETING: Final = "meeting:00000000-0000-4000-8000-000000000002"
RESOLUTION: Final = "resolution:00000000-0000-4000-8000-000000000003"
FILE: Final = "custody:00000000-0000-4000-8000-000000000004"


def message(
    number: str,
    content: str = "",
    *,
    version: str = "4.0.0",
    process: str = PROCESS,
    origin: str = SENT,
    own: str = OWN,
    created: str = "2026-03-02T10:15:00+01:00",
    test: str | None = None,
    parts: tuple[int, int] = (1, 1),
    author: str = "",
) -> bytes:
    """Give a message; `content` is what it says besides its head."""
    name = f"Aussonderung.{NAMES[number]}.{number}"
    if version == "4.0.0":
        place = "<x:NameInstitution><x:Name>Kreisarchiv</x:Name></x:NameInstitution>"
        reply = "<x:Empfangsbestaetigung>0</x:Empfangsbestaetigung>" if number == "0502" else ""
        head = f"""<x:nachrichtenkopf><x:identifikation.nachricht><nachrichtenUUID>{own}</nachrichtenUUID>
<nachrichtentyp listURI="urn:xoev-de:xdomea:codeliste:nachrichtentyp" listVersionID="3.0"><code>{number}</code>
</nachrichtentyp><erstellungszeitpunkt>{created}</erstellungszeitpunkt></x:identifikation.nachricht>
<x:leser/><x:autor>{place}{author}</x:autor><x:ProzessID>{process}</x:ProzessID></x:nachrichtenkopf>{reply}
<x:UUIDUrsprungsnachricht>{origin}</x:UUIDUrsprungsnachricht>
<x:LfdNrNachrichtProTyp>{parts[0]}</x:LfdNrNachrichtProTyp>
<x:GesamtanzahlNachrichtenProTyp>{parts[1]}</x:GesamtanzahlNachrichtenProTyp>"""
        said_test = f' test="{test}"' if test is not None else ""
        attributes = f' produkt="P" produkthersteller="H" standard="xdomea" version="4.0.0"{said_test}'
    else:
        place = "<x:Institution><x:Name>Kreisarchiv</x:Name></x:Institution>"
        reply = "<x:Empfangsbestaetigung>0</x:Empfangsbestaetigung>" if number == "0502" else ""
        head = f"""<x:Kopf><x:ProzessID>{process}</x:ProzessID>
<x:Nachrichtentyp><code>{number}</code></x:Nachrichtentyp>
<x:Erstellungszeitpunkt>{created}</x:Erstellungszeitpunkt><x:Absender>{place}{author}</x:Absender><x:Empfaenger/>
{reply}</x:Kopf>"""
        attributes = ""
    text = f'<x:{name} xmlns:x="urn:xoev-de:xdomea:schema:{version}"{attributes}>{head}{content}</x:{name}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def judged(version: str, **codes: str) -> str:
    """Give what a 0502 says: a code by UUID, with `_` for `-`."""
    outer, id_name = ("BewertetesSGO", "xdomeaUUID") if version == "4.0.0" else ("BewertetesObjekt", "ID")
    return "".join(
        f"<x:{outer}><x:{id_name}>{uuid.replace('_', '-')}</x:{id_name}><x:Aussonderungsart><x:Aussonderungsart>"
        f"<code>{code}</code></x:Aussonderungsart></x:Aussonderungsart></x:{outer}>"
        for uuid, code in codes.items()
    )


def imported(
    version: str, uuid: str, *, succeeded: str = "1", archive_id: str | None = None, error: str | None = None
) -> str:
    """Give what a 0506 says about one record."""
    kept = f"<x:Archivkennung>{archive_id}</x:Archivkennung>" if archive_id is not None else ""
    failed = f"<x:Fehlermeldung>{error}</x:Fehlermeldung>" if error is not None else ""
    told = f"<x:Erfolgreich>{succeeded}</x:Erfolgreich>{failed}"
    if version == "4.0.0":
        told = f"<x:ErfolgOderMisserfolg>{told}</x:ErfolgOderMisserfolg>"
        return f"<x:AusgesondertesSGO><x:xdomeaUUID>{uuid}</x:xdomeaUUID>{told}{kept}</x:AusgesondertesSGO>"
    return f"<x:AusgesondertesSGO><x:IDSGO>{uuid}</x:IDSGO>{told}{kept}</x:AusgesondertesSGO>"


def whole(version: str, succeeded: str = "1") -> str:
    """Give what a 0506 says about all of it; before 4.0.0 it says nothing of that kind."""
    if version != "4.0.0":
        return ""
    return f"<x:ErfolgOderMisserfolg><x:Erfolgreich>{succeeded}</x:Erfolgreich></x:ErfolgOderMisserfolg>"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Give a container."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


class Office(Struct, frozen=True):
    """A register with a file in it, and what an office does with it."""

    made: Made
    folder: Path

    @property
    def register(self) -> str:
        """UUID of the register."""
        with self.made.open() as archive:
            return archive.register.id

    def uuid(self, stream: str) -> str:
        """Give the UUID of the case of a record, with `_` for `-`, as a name of an argument."""
        return vorgang_uuid(self.register, stream).replace("-", "_")

    def add(self, stream: str, event: e.Event, *, role: v.Role = v.Role.ARCHIVIST, at: str = "2026-01-12") -> Recorded:
        """Record an event."""
        with self.made.open() as archive:
            return archive.record(batch(statement(stream, event, at=at), role=role), signer=self.made.signer())

    def read(self, data: bytes, name: str = "antwort.xml", **more: v.Visibility) -> Answer:
        """Read an answer; nothing is recorded."""
        path = self.folder / name
        path.write_bytes(data)
        with self.made.open() as archive:
            return read_answer(path, archive=archive, **more)

    def take(self, data: bytes, name: str = "antwort.xml") -> Recorded:
        """Take an answer in."""
        answer = self.read(data, name)
        with self.made.open() as archive:
            return archive.record(answer.batch, signer=self.made.signer())

    @property
    def file(self) -> Custody:
        """The file as it stands."""
        with self.made.open() as archive:
            state = archive.stream(FILE)
        assert isinstance(state, Custody)
        return state

    @property
    def size(self) -> int:
        """How many events there are."""
        with self.made.open() as archive:
            return archive.size


def office(folder: Path, *, example: bool = False) -> Office:
    """Open a register with a proposal, a meeting and the resolution of both in one file."""
    made = new_archive(folder, example=example)
    with made.open() as archive:
        body = archive.streams("body")[0]
    office = Office(made, folder)
    kind = v.ProposalKind.RESOLUTION_PROPOSAL
    office.add(PROPOSAL, e.ProposalRegistered(body=body, kind=kind, reference="0640", version=1), role=v.Role.CLERK)
    office.add(MEETING, e.MeetingConvened(body=body, organs=(), starts_at="2021-12-08"), role=v.Role.CLERK)
    made_by = x.MadeBy(kind=v.DecisionPath.ORGAN, meeting=MEETING)
    resolution = e.ResolutionMade(made_by=made_by, proposal=PROPOSAL, sense=v.ResolutionSense.APPROVING)
    office.add(RESOLUTION, resolution, role=v.Role.CLERK)
    filed = e.Filed(objects=(PROPOSAL, MEETING, RESOLUTION), file_reference="022.31")
    office.add(FILE, filed, role=v.Role.CLERK)
    return office
