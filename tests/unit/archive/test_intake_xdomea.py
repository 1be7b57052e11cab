"""Answers of an archive: what they become, what is said about them, and what is refused."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from support import answers, xdomea
from support.answers import FILE, MEETING, OWN, PROCESS, PROPOSAL, RESOLUTION, SENT, VERSIONS, Office
from support.archives import batch, statement
from support.shared import shared_data

from archive.errors import InputError
from archive.intake.xdomea import read_answer, read_message
from archive.intake.xdomea.container import MEMBERS_MAX, open_container
from archive.intake.xdomea.message import DEPTH_MAX, OBJECTS_MAX
from archive.stable_ids import vorgang_uuid
from domain import events as e
from domain import vocabulary as v
from domain.custody import Custody
from domain.errors import RuleError
from projections.export.xdomea import Order
from projections.export.xdomea.cases import case_uuid
from projections.export.xdomea.schemas import schema_errors, validator

if TYPE_CHECKING:
    from pathlib import Path

    from projections.export.xdomea.order import Version

ARCHIVE = "Kreisarchiv"
OFFERED = e.Offered(archive=ARCHIVE, message_id=PROCESS, decision_due_on="2026-07-12")
HANDED_OVER = e.Transferred(archive=ARCHIVE, message_id=PROCESS)
LATER = "proposal:00000000-0000-4000-8000-000000000008"
STRANGER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with one file: a proposal, a meeting, and the resolution of both."""
    return answers.office(tmp_path)


def appraisal(office: Office, version: str, proposal: str = "A", meeting: str = "A", **more: object) -> bytes:
    content = answers.judged(version, **{office.uuid(PROPOSAL): proposal, office.uuid(MEETING): meeting})
    return answers.message("0502", content, version=version, **more)  # type: ignore[arg-type]


def confirmation(office: Office, version: str, **more: object) -> bytes:
    content = answers.whole(version) + "".join(
        answers.imported(version, vorgang_uuid(office.register, stream), archive_id=f"KA {number}")
        for number, stream in enumerate((PROPOSAL, MEETING), start=1)
    )
    return answers.message("0506", content, version=version, **more)  # type: ignore[arg-type]


def objects_of(office: Office, name: str) -> dict[tuple[str, ...], e.Event]:
    return {fact.event.objects: fact.event for fact in getattr(office.file, name)}


# -- the two procedures ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_procedure_of_four_steps(office: Office, version: str) -> None:
    office.add(FILE, OFFERED)
    office.take(answers.message("0504", version=version))
    office.take(appraisal(office, version))
    office.take(answers.message("0505", version=version, origin=OWN, own=STRANGER))
    office.add(FILE, HANDED_OVER)
    office.take(answers.message("0507", version=version))
    office.take(confirmation(office, version))
    file = office.file
    counts = [len(facts) for facts in (file.offers, file.appraisals, file.transfers, file.receipts)]
    assert counts == [2, 2, 2, 2]
    assert {fact.event.decision for fact in file.appraisals} == {v.AppraisalDecision.ARCHIVE}
    office.add(FILE, e.Destroyed(basis=v.DestructionBasis.RECEIVED, what="Handakte"))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_procedure_of_two_steps(office: Office, version: str) -> None:
    office.add(FILE, HANDED_OVER)
    office.take(confirmation(office, version))
    receipts = objects_of(office, "receipts")
    assert receipts[MEETING, RESOLUTION].archive_ids == ("KA 2",)  # type: ignore[attr-defined]
    assert receipts[PROPOSAL,].archive_ids == ("KA 1",)  # type: ignore[attr-defined]
    assert {event.complete for event in receipts.values()} == {True}  # type: ignore[attr-defined]


def test_no_receipt_lets_anything_be_destroyed(office: Office) -> None:
    office.add(FILE, OFFERED)
    office.add(FILE, HANDED_OVER)
    office.take(answers.message("0504"))
    office.take(answers.message("0507", own=STRANGER))
    assert (office.file.appraisals, office.file.receipts) == ((), ())
    with pytest.raises(RuleError, match="found no received/1"):
        office.add(FILE, e.Destroyed(basis=v.DestructionBasis.RECEIVED, what="Handakte"))


# -- what is recorded -------------------------------------------------------------------------------


def test_an_appraisal_says_who_when_and_on_which_words_it_rests(office: Office) -> None:
    office.add(FILE, OFFERED)
    office.take(appraisal(office, "4.0.0", proposal="V"))
    wanted, unwanted = sorted(office.file.appraisals, key=lambda fact: str(fact.event.decision))
    assert (wanted.event.decision, unwanted.event.decision) == ("archive", "dispose")
    assert unwanted.event.objects == (PROPOSAL,)
    source: Any = unwanted.record.sources[0]  # type: ignore[index]
    assert (source.quote, source.grade, source.document.title) == ("V", "copy", "antwort.xml")
    assert unwanted.event.message_id == OWN
    assert unwanted.record.occurred.at == "2026-03-02T10:15:00+01:00"  # type: ignore[union-attr]
    assert unwanted.record.authority.function == "archive"  # type: ignore[union-attr]
    with office.made.open() as archive:
        assert archive.document(source.document.digest) == (office.folder / "antwort.xml").read_bytes()


def test_a_resolution_is_kept_where_the_meeting_or_the_proposal_is(office: Office) -> None:
    office.add(FILE, OFFERED)
    office.take(appraisal(office, "4.0.0", proposal="V", meeting="A"))
    assert set(objects_of(office, "appraisals")) == {(PROPOSAL,), (MEETING, RESOLUTION)}


def test_a_receipt_repeats_what_it_confirms_and_keeps_its_day(office: Office) -> None:
    office.add(FILE, OFFERED, at="2026-01-12")
    office.take(answers.message("0504"))
    first, again = office.file.offers
    assert again.event.decision_due_on == first.event.decision_due_on
    assert again.event.objects == (MEETING, PROPOSAL, RESOLUTION)
    assert again.record.occurred == first.record.occurred
    assert again.record.known.at == "2026-03-02T10:15:00+01:00"  # type: ignore[union-attr]
    assert again.record.authority.function == "archive"  # type: ignore[union-attr]


def test_what_failed_to_be_imported_is_not_complete_and_says_why(office: Office) -> None:
    office.add(FILE, HANDED_OVER)
    ids = [vorgang_uuid(office.register, stream) for stream in (PROPOSAL, MEETING)]
    content = answers.imported("3.0.0", ids[0], succeeded="false", error="Datei beschädigt")
    content += answers.imported("3.0.0", ids[1], succeeded="true")
    office.take(answers.message("0506", content, version="3.0.0"))
    receipts = {fact.event.complete: fact for fact in office.file.receipts}
    assert receipts[False].event.objects == (PROPOSAL, RESOLUTION)
    source: Any = receipts[False].record.sources[0]  # type: ignore[index]
    assert source.quote == "Datei beschädigt"
    assert receipts[True].event.objects == (MEETING,)


def test_a_confirmation_of_the_whole_holds_for_every_record(office: Office) -> None:
    office.add(FILE, HANDED_OVER)
    office.take(answers.message("0506", answers.whole("4.0.0", "true")))
    assert objects_of(office, "receipts")[MEETING, PROPOSAL, RESOLUTION].complete is True  # type: ignore[attr-defined]


def test_of_a_contradicting_confirmation_nothing_is_complete(office: Office) -> None:
    office.add(FILE, HANDED_OVER)
    content = answers.whole("4.0.0", "0") + "".join(
        answers.imported("4.0.0", vorgang_uuid(office.register, stream)) for stream in (PROPOSAL, MEETING)
    )
    answer = office.read(answers.message("0506", content))
    assert [command.statement.event.complete for command in answer.batch.commands] == [False]  # type: ignore[attr-defined]
    assert "calls the whole a failure" in answer.remarks[0]


def test_a_record_that_is_still_to_be_appraised_is_left_open(office: Office) -> None:
    office.add(FILE, OFFERED)
    answer = office.read(appraisal(office, "3.1.0", proposal="B", meeting="V"))
    (command,) = answer.batch.commands
    assert command.statement.event.objects == (MEETING,)  # type: ignore[attr-defined]
    assert answer.left_open == (PROPOSAL, RESOLUTION)
    with pytest.raises(InputError, match="decides nothing"):
        office.read(appraisal(office, "3.1.0", proposal="B", meeting="B"))


def test_what_was_filed_after_the_offer_was_not_offered(office: Office) -> None:
    office.add(FILE, OFFERED)
    office.add(FILE, e.Filed(objects=(LATER,), file_reference="022.31"), role=v.Role.CLERK)
    office.take(appraisal(office, "4.0.0"))
    assert set(objects_of(office, "appraisals")) == {(MEETING, PROPOSAL, RESOLUTION)}


def test_the_message_answered_goes_before_its_process(office: Office) -> None:
    office.add(FILE, e.Offered(archive="Anderes Archiv", message_id=PROCESS))
    office.add(FILE, e.Offered(objects=(MEETING,), archive=ARCHIVE, message_id=SENT.upper()))
    office.take(answers.message("0502", answers.judged("4.0.0", **{office.uuid(MEETING): "A"})))
    (appraised,) = office.file.appraisals
    assert (appraised.event.archive, appraised.event.objects) == (ARCHIVE, (MEETING,))


def test_one_of_several_messages_may_leave_records_to_the_others(office: Office) -> None:
    office.add(FILE, OFFERED)
    content = answers.judged("4.0.0", **{office.uuid(PROPOSAL): "V"})
    answer = office.read(answers.message("0502", content, parts=(1, 2)))
    assert answer.left_open == (MEETING, RESOLUTION)


def test_the_same_message_again_records_nothing_in_whatever_container(office: Office) -> None:
    office.add(FILE, OFFERED)
    data = appraisal(office, "4.0.0")
    first = office.take(data)
    office.add(FILE, e.Filed(objects=(LATER,), file_reference="022.31"), role=v.Role.CLERK)
    again = office.take(answers.packed((f"{PROCESS}_0502_1.xml", data)), f"{PROCESS}_0502_1.zip")
    assert (again.already, again.events) == (True, first.events)


def test_a_file_name_that_is_no_text_is_kept_as_far_as_it_is_one(office: Office) -> None:
    office.add(FILE, OFFERED)
    office.take(appraisal(office, "4.0.0"), os.fsdecode(b"antwort-\xfc.xml"))
    source: Any = office.file.appraisals[0].record.sources[0]  # type: ignore[index]
    assert source.document.title == "antwort-\ufffd.xml"


def test_what_names_persons_is_not_public_unless_somebody_says_so(office: Office) -> None:
    office.add(FILE, OFFERED)
    person = "<x:NameAnsprechpartner><x:Familienname><x:Name>Beispiel</x:Name></x:Familienname></x:NameAnsprechpartner>"
    data = appraisal(office, "4.0.0", author=person)
    answer = office.read(data)
    assert {command.statement.visibility for command in answer.batch.commands} == {v.Visibility.NON_PUBLIC}
    assert any("names persons" in remark for remark in answer.remarks)
    public = office.read(data, visibility=v.Visibility.PUBLIC)
    assert {command.statement.visibility for command in public.batch.commands} == {v.Visibility.PUBLIC}


def test_the_uuid_of_a_case_is_the_one_that_exports_give_it(office: Office) -> None:
    assert vorgang_uuid(office.register, PROPOSAL) == case_uuid(office.register, PROPOSAL)


# -- what is refused, with nothing recorded -----------------------------------------------------------


def refused(office: Office, data: bytes, says: str, name: str = "antwort.xml") -> None:
    before = office.size
    with pytest.raises(InputError, match=says):
        office.read(data, name)
    assert office.size == before


@pytest.mark.parametrize("number", ["0502", "0504", "0505", "0506", "0507"])
def test_a_process_that_nobody_recorded(office: Office, number: str) -> None:
    content = answers.judged("4.0.0", **{office.uuid(PROPOSAL): "A"}) if number == "0502" else ""
    refused(office, answers.message(number, content), f"found process {PROCESS}, expected one that")


def test_a_confirmation_of_what_was_only_offered_names_the_offer(office: Office) -> None:
    office.add(FILE, OFFERED)
    refused(office, confirmation(office, "4.0.0"), f"the process is named by {FILE}#2")


def test_records_that_were_not_part_of_it(office: Office) -> None:
    office.add(FILE, e.Offered(objects=(PROPOSAL,), archive=ARCHIVE, message_id=PROCESS))
    refused(office, appraisal(office, "4.0.0"), "speaks of 1 records that were not part of it")


def test_records_that_it_says_nothing_of(office: Office) -> None:
    office.add(FILE, OFFERED)
    data = answers.message("0502", answers.judged("4.0.0", **{office.uuid(PROPOSAL): "A"}))
    refused(office, data, f"says nothing of 1 of 2 records: {MEETING}")


def test_one_record_twice(office: Office) -> None:
    office.add(FILE, OFFERED)
    one = answers.judged("4.0.0", **{office.uuid(PROPOSAL): "A"})
    refused(office, answers.message("0502", one + one.replace(">A<", ">V<")), "twice")


@pytest.mark.parametrize("literal", ["X", "a", "archivwürdig"])
def test_a_decision_that_is_no_code(office: Office, literal: str) -> None:
    office.add(FILE, OFFERED)
    refused(office, appraisal(office, "4.0.0", meeting=literal), f'found the Aussonderungsart "{literal}"')


def test_a_word_of_the_archives_own_is_not_guessed_at(office: Office) -> None:
    office.add(FILE, OFFERED)
    data = appraisal(office, "3.0.0", meeting="?").replace(
        b"<x:Aussonderungsart><code>?</code></x:Aussonderungsart>",
        b"<x:AussonderungsartKonfigurierbar>A</x:AussonderungsartKonfigurierbar>",
    )
    refused(office, data, 'found the Aussonderungsart "A", expected one of the codes')


def test_a_test_decides_nothing_but_in_an_example(office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    office.add(FILE, OFFERED)
    refused(office, appraisal(office, "4.0.0", test="true"), "says that it is a test")
    example = answers.office(tmp_path_factory.mktemp("example"), example=True)
    example.add(FILE, OFFERED)
    assert example.read(appraisal(example, "4.0.0", test="true")).message.is_test


def test_a_file_named_after_another_process(office: Office) -> None:
    office.add(FILE, OFFERED)
    refused(office, appraisal(office, "4.0.0"), "expected that of its name", f"{STRANGER}_0502_1.xml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"schema:4.0.0", b"schema:2.3.0", "found xdomea 2.3.0, expected one of 3.0.0, 3.1.0, 4.0.0"),
        (b"Bewertungsverzeichnis.0502", b"Aussonderung.0503", "expected an answer of an archive"),
        (b"urn:xoev-de:xdomea", b"urn:xoev-de:ydomea", "expected an answer of an archive"),
        (b"<x:ProzessID>9", b"<x:ProzessID>|", "expected a UUID"),
        (b"ProzessID", b"ProzessId", "found no element ProzessID"),
        (b"2026-03-02T", b"2026-02-30T", "expected a date and time"),
        (b"10:15:00", b"24:00:00", "expected a date and time"),
        (b"<x:LfdNrNachrichtProTyp>1", b"<x:LfdNrNachrichtProTyp>-1", "expected a number from 1 on"),
        (b"</x:autor>", b"</x:Autor>", "no well-formed XML"),
        (b"<?xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><?xml", "document type declaration"),
    ],
)
def test_what_is_no_answer_that_is_read(office: Office, old: bytes, new: bytes, says: str) -> None:
    office.add(FILE, OFFERED)
    data = appraisal(office, "4.0.0")
    assert old in data
    refused(office, data.replace(old, new), says)


def test_a_head_that_names_another_kind_is_said(office: Office) -> None:
    office.add(FILE, OFFERED)
    data = appraisal(office, "3.0.0").replace(b"<code>0502</code>", b"<code>0503</code>")
    assert office.read(data).remarks == ("its head says that it is a 0503, and it is a 0502",)


def test_a_moment_without_offset_is_a_day(office: Office) -> None:
    office.add(FILE, OFFERED)
    assert office.read(appraisal(office, "3.0.0", created="2026-03-02T10:15:00")).message.created == "2026-03-02"


# -- bounds -------------------------------------------------------------------------------------------


def test_entities_are_refused_in_every_encoding() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    for data in (text.encode("utf-16"), text.replace("UTF-16", "UTF-7").encode("utf-7").replace(b"<!", b"+ADwAIQ-")):
        with pytest.raises(InputError):
            read_message(data, "antwort.xml")


def test_a_message_may_not_be_nested_without_end() -> None:
    deep = answers.message("0504", "<x:a>" * DEPTH_MAX + "</x:a>" * DEPTH_MAX)
    with pytest.raises(InputError, match=f"nested more than {DEPTH_MAX} deep"):
        read_message(deep, "antwort.xml")


def test_a_message_may_not_have_tags_without_end() -> None:
    with pytest.raises(InputError, match="tags"):
        read_message(answers.message("0504", "<x:a/>" * 400_001), "antwort.xml")


def test_a_message_may_not_speak_of_records_without_end() -> None:
    content = "<x:BewertetesObjekt/>" * (OBJECTS_MAX + 1)
    with pytest.raises(InputError, match=f"expected 1 to {OBJECTS_MAX}"):
        read_message(answers.message("0502", content, version="3.0.0"), "antwort.xml")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (answers.packed(), "found 0 XML files"),
        (answers.packed(("a.xml", b"<a/>"), ("b.XML", b"<b/>")), "found 2 XML files"),
        (answers.packed(("../a.xml", b"<a/>")), "a container is flat"),
        (answers.packed(("a/b.xml", b"<a/>")), "a container is flat"),
        (answers.packed(("a\\b.xml", b"<a/>")), "a container is flat"),
        (answers.packed(("/a.xml", b"<a/>")), "a container is flat"),
        (answers.packed(("a.xml", b"<a/>"), ("A.xml", b"<a/>")), "twice"),
        (answers.packed(*((f"{n}.txt", b"") for n in range(MEMBERS_MAX + 1))), "expected at most 64"),
        (answers.packed(("a.xml", b" " * (4 * 2**20))), "times its packed size"),
        (answers.packed(("a.xml", b" " * (8 * 2**20 + 1)), method=zipfile.ZIP_STORED), "expected at most 8 MiB"),
        (answers.packed(("a.xml", b"<a/>"), method=zipfile.ZIP_BZIP2), "packed in a way that is not read"),
        (answers.packed(("a.xml", b"<a/>"))[:-8], "is no whole ZIP file"),
        (b" " * (16 * 2**20 + 1), "expected at most 16 MiB"),
        (b" " * (8 * 2**20 + 1), "expected at most 8 MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_container_is_looked_at_before_anything_is_unpacked(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        open_container(data, "antwort.zip")


@pytest.mark.parametrize("place", ["stored", "declared"])
def test_a_container_that_lies_about_what_is_in_it(place: str) -> None:
    data = bytearray(answers.packed(("a.xml", b"<abcdefgh/>"), method=zipfile.ZIP_STORED))
    if place == "stored":
        data[data.index(b"<abc") + 1] ^= 1
    else:
        at = data.index(b"PK\x01\x02") + 24  # its size, in the directory
        data[at] += 1
    with pytest.raises(InputError):
        open_container(bytes(data), "antwort.zip")


def test_what_lies_beside_the_message_is_said() -> None:
    opened = open_container(answers.packed(("a.xml", b"<a/>"), ("b.txt", b"x")), "antwort.zip")
    assert (opened.name, opened.data, opened.beside) == ("a.xml", b"<a/>", ("b.txt",))


# -- as the standard and others write them -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_messages_of_these_tests_are_valid_by_the_official_schemas(office: Office, version: str) -> None:
    schema = validator(shared_data("xdomea", "schemas"), version)
    receipts = [answers.message(number, version=version) for number in ("0504", "0505", "0507")]
    for data in (appraisal(office, version), confirmation(office, version), *receipts):
        assert schema_errors(schema, etree.fromstring(data)) == ()


@pytest.mark.parametrize(
    ("parts", "number"),
    [
        (("xdomea_toolkit", "xdomea_3.0.0", "xx_Aussonderung.Bewertungsverzeichnis.0502.xml"), "0502"),
        (("xdomea_toolkit", "xdomea_3.0.0", "xx_Aussonderung.AnbietungEmpfangBestaetigen.0504.xml"), "0504"),
        (("x-man", f"{PROCESS}_Aussonderung.BewertungEmpfangBestaetigen.0505.zip"), "0505"),
    ],
)
def test_official_examples_are_read(parts: tuple[str, ...], number: str) -> None:
    path = shared_data("xdomea", "examples", *parts)
    opened = open_container(path.read_bytes(), path.name)
    message = read_message(opened.data, opened.name)
    assert (message.number, message.version, message.created) == (number, "3.0.0", "2018-07-24")
    assert message.sender == "AbsXdomeaInstitutionName"
    assert message.names_persons
    if number == "0502":
        (one,) = message.judged
        assert (one.id, one.literal) == ("cbdbfccc-72e5-44b2-9e71-937e6f4f8ce9", "A")


@pytest.mark.parametrize("version", ["2.3.0", "2.4.0"])
def test_examples_of_versions_that_are_not_read_are_refused(version: str) -> None:
    name = "xx_Aussonderung.Bewertungsverzeichnis.0502.xml"
    path = shared_data("xdomea", "examples", "xdomea_toolkit", f"xdomea_{version}", name)
    with pytest.raises(InputError, match=f"found xdomea {version}"):
        read_message(path.read_bytes(), name)


def test_the_receipt_of_the_official_tool_is_recorded_where_its_process_was_appraised(office: Office) -> None:
    path = shared_data("xdomea", "examples", "x-man", f"{PROCESS}_Aussonderung.BewertungEmpfangBestaetigen.0505.zip")
    office.add(FILE, e.Offered(archive=ARCHIVE, message_id=PROCESS))
    office.take(appraisal(office, "3.0.0"))
    office.take(path.read_bytes(), path.name)
    first, again = office.file.appraisals
    assert (again.event.decision, again.record.authority.function) == (first.event.decision, "office")  # type: ignore[union-attr]
    assert (again.record.visibility, again.record.known.at) == (v.Visibility.NON_PUBLIC, "2018-07-24")  # type: ignore[union-attr]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_archive_confirms_the_handover_that_was_really_made(tmp_path: Path, version: Version) -> None:
    made = xdomea.complete(tmp_path)
    with made.open() as archive:
        file = archive.stream(xdomea.CUSTODY)
        assert isinstance(file, Custody)
        order = Order(version=version, message="0503")
        (container,) = xdomea.made_containers(xdomea.edition(archive, *sorted(file.objects)), order)
        sent = xdomea.tree(container)
        uuids = [one.find("{*}Identifikation")[0].text for one in sent.iter("{*}Vorgang")]
        process = next(sent.iter("{*}ProzessID")).text
        handed_over = statement(xdomea.CUSTODY, e.Transferred(archive=ARCHIVE, message_id=process))
        archive.record(batch(handed_over, role=v.Role.ARCHIVIST), signer=made.signer())
        content = answers.whole(version) + "".join(answers.imported(version, uuid) for uuid in uuids)
        path = tmp_path / "antwort.xml"
        path.write_bytes(answers.message("0506", content, version=version, process=process))
        answer = read_answer(path, archive=archive)
    (command,) = answer.batch.commands
    event: Any = command.statement.event
    assert (set(event.objects), event.complete) == (set(file.objects), True)
