"""Containers: valid in every version, complete, the same each time; refused where something mandatory is missing."""

from __future__ import annotations

import functools
import io
import uuid
import zipfile
from typing import TYPE_CHECKING

import pytest
import xmlschema
from lxml import etree
from support import xdomea as s
from support.archives import batch, statement
from support.demo import demo_archive
from support.exports import checkpointed, excerpt_of

from archive.archive import Archive
from archive.errors import InputError
from archive.excerpt import Audience, Terms
from archive.stable_ids import stable_uuid
from domain import events as e
from domain import vocabulary as v
from projections.export.edition import EXAMPLE, Edition
from projections.export.xdomea import Missing, Order, check_container, containers, missing, read_message
from projections.export.xdomea.dialect import SCHEMA
from projections.export.xdomea.schemas import schema_errors, validator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.archives import Made

    from projections.export.files import ExportFile

HANDOVER, OFFER = "0503", "0501"
QUOTED = "Vergabe „Radwege – Nord“, 2. Abschnitt (1.500 €) … e\u0301 \u00ad \U0001f6b2"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return s.complete(tmp_path_factory.mktemp("xdomea"))


@pytest.fixture
def archive(made: Made) -> Iterator[Archive]:
    with made.open() as archive:
        yield archive


def order(version: str = "4.0.0", message: str = HANDOVER, **more: object) -> Order:
    proposed = v.AppraisalDecision.ARCHIVE
    return Order(version=version, message=message, proposed=proposed, **more)  # type: ignore[arg-type]


def every(archive: Archive, version: str, message: str) -> list[ExportFile]:
    """Give containers of proposals and meetings, led by either."""
    found: list[ExportFile] = []
    for subject, by in (
        (s.vorlage(archive), "proposal"),
        (s.vorlage(archive), "meeting"),
        (s.vorlage(archive, "12/2023"), "proposal"),
        (s.kreistag(archive), "meeting"),
        (s.kreistag(archive), "proposal"),
    ):
        found += s.made_containers(s.edition(archive, subject), order(version, message, by=by))
    return found


@functools.cache
def second_engine(folder: Path, version: str) -> xmlschema.XMLSchema:
    """Give the official schema in an engine of its own, with what it imports taken from the folder."""

    def local(uri: str) -> str:
        name = uri.rpartition("/")[2]
        places = (folder / version / name, folder / "xoev" / name)
        return next((place.as_uri() for place in places if "://xoev.de" in uri and place.is_file()), uri)

    return xmlschema.XMLSchema(str(folder / version / SCHEMA), uri_mapper=local, allow="local")


# -- valid ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", s.VERSIONS)
@pytest.mark.parametrize("message", s.MESSAGES)
def test_messages_are_valid_against_the_official_schemas_in_two_engines(
    archive: Archive, version: str, message: str
) -> None:
    first, second = validator(s.schemas(), version), second_engine(s.schemas(), version)
    for file in every(archive, version, message):
        assert schema_errors(first, s.tree(file)) == ()
        assert [str(error) for error in second.iter_errors(s.message_in(file).decode())] == []


@pytest.mark.parametrize("version", s.VERSIONS)
def test_both_engines_find_a_message_invalid_that_is(archive: Archive, version: str) -> None:
    (file,) = s.made_containers(s.edition(archive, s.vorlage(archive)), order(version))
    root = s.tree(file)
    next(root.iter("{*}Betreff")).tag = root.tag
    assert schema_errors(validator(s.schemas(), version), root)
    assert not second_engine(s.schemas(), version).is_valid(etree.tostring(root).decode())


@pytest.mark.parametrize("version", s.VERSIONS)
@pytest.mark.parametrize("message", s.MESSAGES)
def test_a_receiving_tool_finds_nothing_wrong(archive: Archive, version: str, message: str) -> None:
    for file in every(archive, version, message):
        assert check_container(file.name, file.data, schemas=s.schemas()) == ()


# -- names and bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "message", "tail"),
    [
        ("4.0.0", HANDOVER, "_0503_1"),
        ("4.0.0", OFFER, "_0501_1"),
        ("3.1.0", HANDOVER, "_Aussonderung.Aussonderung.0503"),
        ("3.0.0", OFFER, "_Aussonderung.Anbieteverzeichnis.0501"),
    ],
)
def test_containers_are_named_by_the_rule_of_their_version(
    archive: Archive, version: str, message: str, tail: str
) -> None:
    (file,) = s.made_containers(s.edition(archive, s.vorlage(archive)), order(version, message, process=s.PROCESS))
    assert file.name == f"{s.PROCESS}{tail}.zip"
    assert f"{s.PROCESS}{tail}.xml" in s.entries(file.data)


def test_the_zip_file_is_flat_sorted_dated_1980_marked_as_utf_8_and_stored(archive: Archive) -> None:
    (file,) = s.made_containers(s.edition(archive, s.kreistag(archive)), order())
    with zipfile.ZipFile(io.BytesIO(file.data)) as packed:
        assert packed.testzip() is None
        infos = packed.infolist()
    names = [info.filename for info in infos]
    assert names == sorted(names)
    assert not any("/" in name for name in names)
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
    assert all(info.flag_bits & 0x800 for info in infos)


@pytest.mark.parametrize("version", s.VERSIONS)
def test_the_same_order_twice_gives_the_same_bytes(made: Made, version: str) -> None:
    found = []
    for _ in range(2):
        with made.open() as archive:
            found.append([(file.name, file.data) for file in every(archive, version, HANDOVER)])
    assert found[0] == found[1]


def test_ids_of_records_are_the_same_in_every_message_and_for_whoever_reads_the_answer(archive: Archive) -> None:
    proposal = s.vorlage(archive)
    found = []
    for version, message in (("4.0.0", HANDOVER), ("3.0.0", OFFER)):
        (file,) = s.made_containers(s.edition(archive, proposal), order(version, message))
        read = read_message(s.message_in(file))
        found.append([one.uuid for one in read.objects if one.kind == "Vorgang"])
    assert found[0] == found[1] == [stable_uuid(archive.register.id, "vorgang", proposal)]


def test_a_message_that_differs_has_a_uuid_of_its_own_and_one_sent_again_the_same(archive: Archive) -> None:
    def number(day: str) -> str:
        (file,) = s.made_containers(s.edition(archive, s.vorlage(archive), day=day), order())
        return s.tree(file)[0][0][0].text or ""

    assert number("2027-01-01") == number("2027-01-01")
    assert number("2027-01-01") != number("2027-01-02")
    assert uuid.UUID(number("2027-01-01")).version == 5


# -- the process ----------------------------------------------------------------------------------


def test_a_handover_goes_on_with_the_process_of_the_recorded_offer(archive: Archive) -> None:
    (file,) = s.made_containers(s.edition(archive, s.vorlage(archive)), order())
    assert file.name.startswith(s.PROCESS)


def test_an_offer_and_a_handover_of_the_same_records_share_a_process_where_no_offer_names_one(
    archive: Archive,
) -> None:
    of = s.edition(archive, s.vorlage(archive, "12/2023"))
    (offered,), (handed_over,) = (s.made_containers(of, order(message=message)) for message in (OFFER, HANDOVER))
    assert offered.name[:36] == handed_over.name[:36]


def test_what_is_handed_over_after_an_offer_is_told_from_what_was_offered(archive: Archive) -> None:
    meeting = s.kreistag(archive)
    (offered,) = s.made_containers(s.edition(archive, meeting), order(message=OFFER, process=s.PROCESS, by="meeting"))
    before = read_message(s.message_in(offered))
    for by, codes in (("meeting", set()), ("proposal", {"RECORD_SURPLUS"})):
        (file,) = s.made_containers(s.edition(archive, meeting), order(process=s.PROCESS, by=by))
        assert {one.code for one in check_container(file.name, file.data, offered=before)} == codes


@pytest.mark.parametrize("process", ["beispiel-1", s.PROCESS + "x"])
def test_a_process_that_is_no_uuid_is_refused(archive: Archive, process: str) -> None:
    with pytest.raises(InputError, match="expected a UUID"):
        s.made_containers(s.edition(archive, s.vorlage(archive)), order(process=process))


# -- what lies in them ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", s.VERSIONS)
def test_a_proposal_is_a_vorgang_with_its_versions_its_annexes_and_its_route(archive: Archive, version: str) -> None:
    (file,) = s.made_containers(s.edition(archive, s.vorlage(archive, "12/2023")), order(version))
    root, files = s.tree(file), s.entries(file.data)
    paper = next(
        one
        for one in root.iter("{*}Dokument")
        if one.findtext("{*}AllgemeineMetadaten/{*}Betreff") == "Vorlage 12/2023"
    )
    versions = paper.findall("{*}Version")
    assert [one.findtext("{*}Nummer") for one in versions] == ["1", "2"]
    for one, example in zip(versions, ("musterkreis-vorlage-12-1.txt", "musterkreis-vorlage-12-2.txt"), strict=True):
        (name,) = s.texts(one, "Dateiname")
        assert files[name] == s.example_document(example)
    assert len(paper.findall("{*}Anlage")) == 1
    steps = root.findall(".//{*}Beteiligungsschritt")
    assert [one.findtext("{*}Nummer") for one in steps] == ["1", "2"]
    assert [one.findtext("{*}Status/code") for one in steps] == ["003", "003"]
    assert "Ja: 32" in s.texts(steps[1], "Vermerk")[0]


@pytest.mark.parametrize("version", s.VERSIONS)
def test_every_event_has_a_line_with_who_recorded_it_and_when(archive: Archive, version: str) -> None:
    proposal = s.vorlage(archive, "12/2023")
    (file,) = s.made_containers(s.edition(archive, proposal), order(version))
    vorgang = next(s.tree(file).iter("{*}Vorgang"))
    lines = vorgang.findall("{*}HistorienProtokollInformation")
    history = archive.history(proposal)
    assert [
        f"Eintrag {record.id}," in s.texts(line, "Bemerkung")[0] for line, record in zip(lines, history, strict=True)
    ]
    assert all(s.texts(line, "Akteur")[0] for line in lines)
    assert all(s.texts(line, "DatumUhrzeit")[0].endswith("Z") for line in lines)


def test_a_correction_names_what_stood_there_and_what_stands_there_now(archive: Archive) -> None:
    (file,) = s.made_containers(s.edition(archive, s.kreistag(archive)), order(by="meeting"))
    root = s.tree(file)
    assert "Kulturhaus Musterstad" in s.texts(root, "MetadatumAlterWert")
    assert "Kulturhaus Musterstadt" in s.texts(root, "MetadatumNeuerWert")


@pytest.mark.parametrize("version", s.VERSIONS)
def test_a_meeting_is_a_vorgang_with_minutes_of_each_part_apart(archive: Archive, version: str) -> None:
    (file,) = s.made_containers(s.edition(archive, s.kreistag(archive)), order(version, by="meeting"))
    root, files = s.tree(file), s.entries(file.data)
    (vorgang,) = root.iter("{*}Vorgang")
    papers = {str(one.findtext("{*}AllgemeineMetadaten/{*}Betreff")): one for one in vorgang.findall(".//{*}Dokument")}
    for subject in (
        "Einladung",
        "Tagesordnung, wie abgehandelt (öffentlicher Teil)",
        "Tagesordnung, wie abgehandelt (nichtöffentlicher Teil)",
        "Anwesenheit",
    ):
        assert papers[subject].findtext("{*}Typ") == "Lesefassung"
    public = papers["Niederschrift, öffentlicher Teil (Ergebnisniederschrift)"]
    other = papers["Niederschrift, nichtöffentlicher Teil (Ergebnisniederschrift)"]
    texts = [[files[name] for name in s.texts(one, "Dateiname")] for one in (public, other)]
    assert texts[0] == [s.example_document(f"musterkreis-niederschrift-{number}.txt") for number in (1, 2)]
    assert texts[1] == [s.example_document("musterkreis-niederschrift-nichtoeffentlich.txt")]
    assert sum(one.findtext("{*}Typ") == "Beschluss" for one in papers.values()) == 4


def test_proposals_and_meetings_are_joined_by_references_to_the_ids_they_have(archive: Archive) -> None:
    meeting = s.kreistag(archive)
    (file,) = s.made_containers(s.edition(archive, meeting), order(by="proposal"))
    root = s.tree(file)
    of_marks = {str(one.findtext("{*}AllgemeineMetadaten/{*}Kennzeichen")): one for one in root.iter("{*}Vorgang")}
    assert list(of_marks) == ["12/2023", "13/2023", "14/2023", "1/2023"]
    ids = {mark: str(one.findtext("{*}Identifikation/{*}xdomeaUUID")) for mark, one in of_marks.items()}
    for mark in ("12/2023", "13/2023", "14/2023"):
        assert ids["1/2023"] in [one.findtext("{*}xdomeaUUID") for one in of_marks[mark].findall("{*}Verweis")]
        assert ids[mark] in [one.findtext("{*}xdomeaUUID") for one in of_marks["1/2023"].findall("{*}Verweis")]
    # A resolution lies with its meeting where that goes along, and nowhere twice.
    names = [one.uuid for one in read_message(s.message_in(file)).objects]
    assert len(names) == len(set(names))


def test_what_is_known_of_and_not_held_is_said_to_be_so(archive: Archive) -> None:
    (file,) = s.made_containers(s.edition(archive, s.vorlage(archive)), order())
    notes = s.texts(s.tree(file), "Bemerkung")
    assert "Nicht erfasste Fassungen: 1." in notes
    assert any(note.startswith("Als Datei liegt das Dokument nicht vor.") for note in notes)


def test_words_of_a_proposal_without_a_file_go_along_as_text(archive: Archive) -> None:
    (file,) = s.made_containers(s.edition(archive, s.vorlage(archive, "13/2023")), order())
    assert any(
        b"Beitritt zum Verkehrsverbund" in data for name, data in s.entries(file.data).items() if name.endswith(".txt")
    )


@pytest.mark.parametrize("version", s.VERSIONS)
def test_evidence_schema_and_renderings_are_documents_of_their_own_and_nothing_else_goes_along(
    archive: Archive, version: str
) -> None:
    subject = s.vorlage(archive)
    rendered = s.Rendering(name="vorlage-0640.pdf", data=b"%PDF-1.7 ...", title="Vorlage 0640, Fassung 2")
    (file,) = s.made_containers(s.edition(archive, subject), order(version), renderings=lambda _: [rendered])
    root, files = s.tree(file), s.entries(file.data)
    found = {}
    for paper in root.iter("{*}Dokument"):
        for name in (one.findtext(".//{*}Dateiname") for one in paper.findall("{*}Version")):
            found[str(paper.findtext("{*}Typ"))] = (files[str(name)], str(name).rpartition(".")[2])
    assert found["Ereignisprotokoll"] == (s.evidence(subject), "xml")
    assert found["XML-Schema"] == (s.SCHEMA, "xsd")
    assert found["Lesefassung"] == (rendered.data, "pdf")
    assert set(files) == {*s.primary_names(file), f"{file.name.removesuffix('.zip')}.xml"}
    assert {name.rpartition(".")[2] for name in files} == {"xml", "xsd", "pdf", "txt"}


def test_an_offer_carries_no_files_and_asks_for_no_evidence(archive: Archive) -> None:
    of = s.edition(archive, s.kreistag(archive))
    asked: list[str] = []

    def evidence(stream: str) -> bytes:
        asked.append(stream)
        return b""

    (file,) = containers(of, order(message=OFFER), evidence=evidence, schema=s.SCHEMA)
    assert list(s.entries(file.data)) == [f"{file.name.removesuffix('.zip')}.xml"]
    assert asked == []


@pytest.mark.parametrize("version", s.VERSIONS)
def test_the_example_register_says_so(archive: Archive, version: str) -> None:
    (file,) = s.made_containers(s.edition(archive, s.vorlage(archive)), order(version))
    root = s.tree(file)
    subject = root.findtext(".//{*}Vorgang/{*}AllgemeineMetadaten/{*}Betreff")
    if version == "4.0.0":
        assert root.get("test") == "true"
    else:
        assert str(subject).startswith(f"{EXAMPLE}: ")
    assert EXAMPLE in s.texts(root, "Hinweis")[0]


@pytest.mark.parametrize("version", s.VERSIONS)
def test_free_text_goes_through_as_it_was_recorded(made: Made, tmp_path: Path, version: str) -> None:
    copy = made.copy(tmp_path)
    with copy.open() as archive:
        (body,) = archive.find("body", {"id": "14521"})
        proposal = "proposal:0190f6a0-0000-7000-8000-000000000001"
        opened = e.ProposalRegistered(
            body=body, kind=v.ProposalKind.OTHER, version=1, reference="7", subject=QUOTED, reasons=QUOTED
        )
        filed = e.Filed(
            objects=(proposal,),
            file_reference="1 – „2“",
            plan_unit="1",
            title=QUOTED,
            opened_on="2021-01-01",
            closed_on="2022-01-01",
        )
        custody = "custody:0190f6a0-0000-7000-8000-000000000002"
        archive.record(batch(statement(proposal, opened), statement(custody, filed)), signer=copy.signer())
        (file,) = s.made_containers(s.edition(archive, proposal), order(version, OFFER))
    assert check_container(file.name, file.data, schemas=s.schemas()) == ()
    subject = s.tree(file).findtext(".//{*}Vorgang/{*}AllgemeineMetadaten/{*}Betreff")
    assert str(subject).removeprefix(f"{EXAMPLE}: ") == QUOTED


# -- what is missing ------------------------------------------------------------------------------


def test_everything_that_is_missing_is_listed_before_anything_is_written(tmp_path: Path) -> None:
    made = demo_archive(tmp_path)
    with made.open() as archive:
        of = s.edition(archive, s.vorlage(archive))
        found = missing(of, Order())
        assert [one.element for one in found] == [
            "Behördenkennung",
            "Aktenzeichen",
            "Aktenplaneinheit",
            "Laufzeit/Beginn",
            "Laufzeit/Ende",
            "Aussonderungsart",
        ]
        assert found[1] == Missing(
            stream=s.vorlage(archive),
            title="Vorlage 0640: Fortschreibung des Integrationskonzeptes für den Erzgebirgskreis",
            element="Aktenzeichen",
            found="not filed",
            supplied_by="filed/1: file_reference",
        )
        with pytest.raises(InputError, match="6 mandatory metadata are not recorded") as caught:
            containers(of, Order(), evidence=_never, schema=s.SCHEMA).__next__()
        assert "Vorlage 0640" in str(caught.value)


def _never(stream: str) -> bytes:
    raise AssertionError(stream)


def test_the_filed_records_of_the_demo_register_lack_nothing(tmp_path: Path) -> None:
    made = demo_archive(tmp_path)
    with made.open() as archive:
        of = s.edition(archive, s.vorlage(archive, "12/2023"))
        assert missing(of, Order()) == ()


def test_nothing_is_missing_where_everything_is_recorded(archive: Archive) -> None:
    assert missing(s.edition(archive, s.vorlage(archive)), order()) == ()


@pytest.mark.parametrize("proposed", [None, v.AppraisalDecision.SAMPLE])
def test_an_offer_needs_the_word_of_the_office(archive: Archive, proposed: v.AppraisalDecision | None) -> None:
    of = s.edition(archive, s.vorlage(archive))
    found = missing(of, Order(message="0501", proposed=proposed))
    assert [one.element for one in found] == ["Bewertungsvorschlag"]


def test_what_the_archive_does_not_want_is_not_handed_over(archive: Archive) -> None:
    (disposed,) = archive.find("meeting", {"on": "2023-03-06"})
    found = missing(s.edition(archive, disposed), order(by="meeting"))
    assert ("Aussonderungsart", "to be disposed of") in [(one.element, one.found) for one in found]


def test_an_order_for_nothing_is_refused(archive: Archive) -> None:
    with pytest.raises(InputError, match="no proposal and no meeting"):
        s.made_containers(s.edition(archive), order())


def test_offering_names_what_is_still_to_be_appraised(archive: Archive, made: Made, tmp_path: Path) -> None:
    (decided,) = s.made_containers(s.edition(archive, s.vorlage(archive)), order(message=OFFER))
    assert [one.findtext("code") for one in s.tree(decided).findall(".//{*}Aussonderungsart/{*}Aussonderungsart")] == [
        "A"
    ]
    copy = made.copy(tmp_path)
    with copy.open() as other:
        proposal = s.vorlage(other, "12/2023")
        filed = e.Filed(
            objects=(proposal,), file_reference="2", plan_unit="2", opened_on="2023-01-01", closed_on="2023-12-31"
        )
        custody = "custody:0190f6a0-0000-7000-8000-000000000003"
        other.record(batch(statement(custody, filed)), signer=copy.signer())
        (file,) = s.made_containers(s.edition(other, proposal), order(message=OFFER))
    found = s.tree(file).findall(".//{*}Aussonderungsart/{*}Aussonderungsart")
    assert [one.findtext("code") for one in found] == ["B"]
    assert s.texts(s.tree(file), "Aktenbetreff") == ["2"]


# -- what a reader may not have -------------------------------------------------------------------


def test_the_same_document_twice_is_two_files_with_names_of_their_own(made: Made, tmp_path: Path) -> None:
    copy = made.copy(tmp_path)
    with copy.open() as archive:
        proposal = s.vorlage(archive, "12/2023")
        registered = archive.history(proposal)[0].event
        assert isinstance(registered, e.ProposalRegistered)
        again = e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, document=registered.document)
        archive.record(batch(statement(proposal, again)), signer=copy.signer())
        (file,) = s.made_containers(s.edition(archive, proposal), order())
    assert check_container(file.name, file.data, schemas=s.schemas()) == ()
    names = list(s.primary_names(file))
    assert len(names) == len(set(names))
    data = [s.entries(file.data)[name] for name in names]
    assert data.count(s.example_document("musterkreis-vorlage-12-1.txt")) == 2


@pytest.mark.parametrize("version", s.VERSIONS)
def test_what_the_public_may_not_have_is_said_to_be_withheld(made: Made, tmp_path: Path, version: str) -> None:
    copy = made.copy(tmp_path)
    checkpointed(copy)
    with copy.open() as archive:
        meeting = s.kreistag(archive)
        kinds = ("body", "organ", "group", "person", "proposal", "resolution", "custody")
        given = (meeting, *(stream for kind in kinds for stream in archive.streams(kind)))
    terms = Terms(audience=Audience.PUBLIC, ground="§ 1", day=s.DAY, version="0.1.0", subjects=(meeting,))
    excerpt = excerpt_of(copy, tmp_path / "excerpt", terms, given)
    with Archive.open(excerpt.folder, means=copy.means) as archive:
        (file,) = s.made_containers(Edition(archive, terms), order(version, by="meeting"))
    assert check_container(file.name, file.data, schemas=s.schemas()) == ()
    told = b"\n".join(s.entries(file.data).values()).decode()
    assert "Lena Linde" not in told
    assert "Kauf eines Grundstücks, Vorlage 14/2023" not in told
    assert "Das Dokument ist vorenthalten" in told
    assert s.example_document("musterkreis-niederschrift-nichtoeffentlich.txt").decode() not in told
    assert s.example_document("musterkreis-niederschrift-2.txt").decode() in told
