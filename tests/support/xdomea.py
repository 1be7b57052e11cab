"""xdomea for tests: the demo register with the metadata that an archive wants, its containers, and bad ones."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Final, NamedTuple

from lxml import etree

from archive import examples
from archive.excerpt import Terms
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from projections.deliberations import Deliberations
from projections.export.edition import Edition
from projections.export.xdomea import Order, containers
from projections.timetravel import Past
from support.archives import batch, statement
from support.demo import demo_archive
from support.shared import shared_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.archive import Archive
    from archive.batch import NewDocument
    from domain.stream import Statement
    from projections.export.files import ExportFile
    from support.archives import Made

DAY: Final = "2026-11-24"
VERSIONS: Final = ("4.0.0", "3.1.0", "3.0.0")
MESSAGES: Final = ("0503", "0501")
AUTHORITY: Final = {"14521": "ags:14521000", "99999": "xbs:99999000"}
PROCESS: Final = "0b8ae5ba-1c55-4d0b-8b0c-1f4a3a0d9a11"
CUSTODY: Final = "custody:5d1c1f52-4b9e-4c35-9d0f-0f6d8f4a6c01"
# What an evidence file and its schema may be, as far as a container cares.
EVIDENCE: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<nachweis strom="{}">„–“</nachweis>\n'
SCHEMA: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n<schema xmlns="http://www.w3.org/2001/XMLSchema"/>\n'


def schemas() -> Path:
    """Give the folder of the official schemas and code lists."""
    return shared_data("xdomea", "schemas")


def example(*parts: str) -> Path:
    """Give an official example."""
    return shared_data("xdomea", "examples", *parts)


def vorlage(archive: Archive, reference: str = "0640") -> str:
    """Give the stream of a proposal."""
    (found,) = archive.find("proposal", {"reference": reference})
    return found


def kreistag(archive: Archive) -> str:
    """Give the stream of the meeting of Musterkreis that has everything."""
    (body,) = archive.find("body", {"id": "99999"})
    (found,) = archive.find("meeting", {"number": "1/2023", "body": body})
    return found


def complete(folder: Path) -> Made:
    """Record the demo register, and then what it lacks: Behördenkennungen, and the file of Vorlage 0640."""
    made = demo_archive(folder)
    with made.open() as archive:
        changes = []
        for number, authority in AUTHORITY.items():
            (body,) = archive.find("body", {"id": number})
            scheme = v.IdentifierScheme.OTHER
            ids = (
                x.Identifier(scheme=scheme, value=number),
                x.Identifier(scheme=v.IdentifierScheme.BEHOERDENKENNUNG, value=authority),
            )
            changes.append(statement(body, e.BodyChanged(ids=ids)))
        archive.record(batch(*changes, name="test/kennungen"), signer=made.signer())
        proposal = vorlage(archive)
        objects = (proposal, *meetings_of(archive, proposal))
        archive.record(
            batch(
                statement(
                    CUSTODY,
                    e.Filed(
                        objects=objects,
                        file_reference="022.31-9/2021",
                        plan_unit="022.31",
                        title="Integrationskonzept",
                        responsible="Kreistagsbüro",
                        opened_on="2021-11-01",
                        closed_on="2022-01-31",
                    ),
                ),
                name="test/akte",
            ),
            signer=made.signer(),
        )
        archive.record(
            batch(
                statement(CUSTODY, e.RetentionSet(permanent=True)),
                statement(CUSTODY, e.Offered(archive="Kreisarchiv", message_id=PROCESS)),
                statement(CUSTODY, e.Appraised(archive="Kreisarchiv", decision=v.AppraisalDecision.ARCHIVE)),
                name="test/archiv",
                role=v.Role.ARCHIVIST,
            ),
            signer=made.signer(),
        )
    return made


def meetings_of(archive: Archive, proposal: str) -> tuple[str, ...]:
    """Give the meetings that dealt with a proposal."""
    return tuple(one.meeting.stream for one in Deliberations(Past(archive)).of(proposal))


def edition(archive: Archive, *subjects: str, day: str = DAY) -> Edition:
    """Give an edition about some records."""
    return Edition(archive, Terms(day=day, version="0.1.0", subjects=subjects))


def evidence(stream: str) -> bytes:
    """Give what stands for the evidence of a record."""
    return EVIDENCE.format(stream).encode()


def made_containers(of: Edition, order: Order, **more: object) -> tuple[ExportFile, ...]:
    """Give the containers of an order, with what stands for evidence and schema."""
    return tuple(containers(of, order, evidence=evidence, schema=SCHEMA, **more))  # type: ignore[arg-type]


class Rendering(NamedTuple):
    """What stands for a rendering."""

    name: str
    data: bytes
    title: str


def example_document(name: str) -> bytes:
    """Give a document of the demo register."""
    return examples.documents()[name].read_bytes()


# -- what is in them ------------------------------------------------------------------------------


def entries(data: bytes) -> dict[str, bytes]:
    """Give the entries of a container."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def message_in(file: ExportFile) -> bytes:
    """Give the message in a container."""
    return entries(file.data)[f"{file.name.removesuffix('.zip')}.xml"]


def tree(file: ExportFile) -> etree._Element:
    """Give the message in a container, parsed."""
    return etree.fromstring(message_in(file))


def texts(root: etree._Element, name: str) -> list[str]:
    """Give the texts of all elements of a name, in whatever namespace."""
    return [str(one.text or "") for one in root.iter(f"{{*}}{name}")]


# -- bad ones -------------------------------------------------------------------------------------


def packed(files: Mapping[str, bytes] | Sequence[tuple[str, bytes]], *, method: int = zipfile.ZIP_STORED) -> bytes:
    """Give a container of files; a sequence may name one twice."""
    out = io.BytesIO()
    pairs = files.items() if hasattr(files, "items") else files
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in pairs:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def rewritten(file: ExportFile, change: Callable[[bytes], bytes]) -> bytes:
    """Give a container with its message changed; a change that changes nothing is a fault of the test."""
    files = entries(file.data)
    name = f"{file.name.removesuffix('.zip')}.xml"
    before = files[name]
    files[name] = change(before)
    assert files[name] != before
    return packed(files)


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    """Give a change that puts one pattern's first hit another way."""
    return lambda data: re.sub(old.encode(), new.encode(), data, count=1, flags=re.DOTALL)


def primary_names(file: ExportFile) -> Iterator[str]:
    """Give the names of the primary documents."""
    yield from texts(tree(file), "Dateiname")


# -- records of a test's own ----------------------------------------------------------------------

MEETING: Final = "meeting:0190f6a0-0000-7000-8000-0000000000a1"
PROPOSAL: Final = "proposal:0190f6a0-0000-7000-8000-0000000000a2"
RESOLUTION: Final = "resolution:0190f6a0-0000-7000-8000-0000000000a3"
REVIEW: Final = "review:0190f6a0-0000-7000-8000-0000000000a4"
_OTHER_CUSTODY: Final = "custody:0190f6a0-0000-7000-8000-0000000000a5"


def musterkreis(archive: Archive) -> str:
    """Give the body of the invented records."""
    (body,) = archive.find("body", {"id": "99999"})
    return body


def told_in(
    made: Made,
    order: Order,
    *statements: Statement,
    documents: tuple[NewDocument, ...] = (),
    subjects: tuple[str, ...] = (),
) -> ExportFile:
    """Record statements of a test's own, file and appraise their meetings and proposals, and hand them over.

    Where no subjects are named it is the first of these that is handed over.
    """
    objects = tuple(dict.fromkeys(one.stream for one in statements if one.stream.startswith(("meeting:", "proposal:"))))
    with made.open() as archive:
        filed = e.Filed(
            objects=objects,
            file_reference="022.1",
            plan_unit="022",
            opened_on="2021-11-01",
            closed_on="2022-01-31",
        )
        appraised = e.Appraised(archive="Kreisarchiv", decision=v.AppraisalDecision.ARCHIVE)
        archive.record(
            batch(*statements, statement(_OTHER_CUSTODY, filed), name="test/eigenes", documents=documents),
            signer=made.signer(),
        )
        archive.record(
            batch(statement(_OTHER_CUSTODY, appraised), name="test/bewertet", role=v.Role.ARCHIVIST),
            signer=made.signer(),
        )
        (file,) = made_containers(edition(archive, *(subjects or objects[:1])), order)
    return file


def readings(file: ExportFile) -> dict[str, str]:
    """Give the plain texts that were made from entries, by what they are called."""
    files, found = entries(file.data), {}
    for paper in tree(file).iter("{*}Dokument"):
        subject = str(paper.findtext("{*}AllgemeineMetadaten/{*}Betreff"))
        for name in (one.findtext(".//{*}Dateiname") for one in paper.findall("{*}Version")):
            if str(name).endswith(".txt") and b"Lesefassung aus" in files[str(name)]:
                found[subject] = files[str(name)].decode()
    return found
