"""`ratsbuch custody`: each step recorded in its file, and what is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import pytest
from msgspec import UNSET
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

from archive.archive import Archive, Means

if TYPE_CHECKING:
    from pathlib import Path

    from domain.stream import RecordedEvent

FILE: Final = ("--file", "022.31")
ARCHIVE: Final = "Kreisarchiv Musterkreis"
NOBODY: Final = "custody:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    """An archive with a proposal."""
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL))
    return terminal


@pytest.fixture
def filed(told: Terminal) -> Terminal:
    """The same, with the proposal in a file."""
    arguments = ("--plan-unit", "022", "--title", "Nahverkehr", "--opened-on", "2026-11-02", "--visibility", "public")
    told.ok("custody", "file", "0012", *FILE, "--on", "2026-11-03", *arguments)
    return told


def step(terminal: Terminal, name: str, *arguments: object, on: str = "2026-12-01") -> dict[str, Any]:
    return terminal.json("custody", name, *arguments, *FILE, "--on", on)


def newest(terminal: Terminal) -> RecordedEvent:
    with Archive.open(terminal.archive, means=Means(clock=lambda: 0, random=bytes)) as archive:
        (record,) = archive.events_between(after=archive.size - 1)
    return record


def bag(folder: Path, register: str) -> Path:
    """Make a package as an export does: the tag manifest names the other manifest and what the package is."""
    path = folder / "paket"
    path.mkdir()
    tags = {
        "bag-info.txt": f"Ratsbuch-Register: {register}\n".encode(),
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha512.txt": b"",
    }
    for name, data in tags.items():
        (path / name).write_bytes(data)
    lines = (f"{hashlib.sha512(data).hexdigest()}  {name}\n" for name, data in tags.items())
    (path / "tagmanifest-sha512.txt").write_text("".join(lines), encoding="utf-8")
    return path


def refused(terminal: Terminal, code: int, says: str, *arguments: object) -> None:
    before = terminal.state()
    result = terminal.run("custody", *arguments)
    assert result.exit_code == code, result.output
    assert says in complaints(result)[0]
    assert terminal.state() == before


# -- the way of a file ------------------------------------------------------------------------------


def test_a_file_goes_its_way_from_filing_to_destruction(filed: Terminal) -> None:
    package = bag(filed.folder, filed.register)
    protocol = filed.folder / "protokoll.txt"
    protocol.write_text("Vernichtet.\n", encoding="utf-8")
    step(filed, "retain", "--years", "10", "--starts-on", "2027-01-01", "--schedule", "Aktenplan")
    step(filed, "hold", "0012", "--ground", "Klage")
    step(filed, "release", "--reason", "zurückgenommen")
    step(filed, "offer", "--archive", ARCHIVE, "--message-id", "p1", "--decision-due-on", "2027-06-01")
    step(filed, "appraise", "--decision", "archive", "--reason", "archivwürdig", "--message-id", "p1")
    step(filed, "transfer", package, "--message-id", "p1")
    step(filed, "receive", "--archive-id", "KA 1", "--archive-id", "KA 2", "--message-id", "p1")
    destroyed = ("--basis", "received", "--what", "Handakte", "--protocol", protocol, "--archive", ARCHIVE)
    done = step(filed, "destroy", *destroyed)
    assert done["recorded"]["events"][0]["type"] == "destroyed/1"
    record = newest(filed)
    assert record.event.protocol.digest == hashlib.sha512(protocol.read_bytes()).hexdigest()  # type: ignore[attr-defined]
    types = [row["event"]["type"] for row in history(filed)]
    assert types == [
        "filed/1",
        "retention-set/1",
        "hold-placed/1",
        "hold-lifted/1",
        "offered/1",
        "appraised/1",
        "transferred/1",
        "received/1",
        "destroyed/1",
    ]
    assert filed.run("verify").exit_code == 0


def history(terminal: Terminal) -> list[dict[str, Any]]:
    with Archive.open(terminal.archive, means=Means(clock=lambda: 0, random=bytes)) as archive:
        (stream,) = archive.streams("custody")
        return [{"event": {"type": record.event.TYPE}} for record in archive.history(stream)]


def test_a_step_says_whose_statement_it_is_and_who_may_see_it(filed: Terminal) -> None:
    letter = filed.folder / "bescheid.txt"
    letter.write_text("Das Archiv übernimmt.\n", encoding="utf-8")
    step(filed, "offer", "--archive", ARCHIVE)
    assert newest(filed).authority is UNSET
    step(filed, "appraise", "--decision", "sample", "--source", letter)
    record = newest(filed)
    assert (record.event.archive, record.event.decision) == (ARCHIVE, "sample")  # type: ignore[attr-defined]
    assert (record.authority.function, record.visibility, record.by.role) == ("archive", "public", "archivist")  # type: ignore[union-attr]
    source: Any = record.sources[0]  # type: ignore[index]
    assert (source.grade, source.document.title) == ("copy", "bescheid.txt")


def test_records_join_a_known_file_which_keeps_what_was_said_of_it(filed: Terminal) -> None:
    organ = "organ:{name=Kreistag}"
    step(filed, "file", organ, "--closed-on", "2026-12-31")
    record = newest(filed)
    event: Any = record.event
    assert (record.seq, record.by.role, event.objects[0].partition(":")[0]) == (2, "clerk", "organ")
    assert (event.plan_unit, event.title, event.opened_on) == ("022", "Nahverkehr", "2026-11-02")
    assert event.closed_on == "2026-12-31"


def test_without_a_record_all_of_the_file_is_meant(filed: Terminal) -> None:
    step(filed, "file", "--closed-on", "2026-12-31")
    event: Any = newest(filed).event
    assert [name.partition(":")[0] for name in event.objects] == ["proposal"]


def test_one_step_is_recorded_in_each_of_several_files(filed: Terminal) -> None:
    filed.ok("custody", "file", "0012", "--file", "9", "--on", "2026-11-03", "--visibility", "non_public")
    done = step(filed, "hold", "--ground", "Klage", "--file", "9")
    ids = [event["id"] for event in done["recorded"]["events"]]
    assert len({name.partition("#")[0] for name in ids}) == 2
    result = filed.run("custody", "hold", "0012", *FILE, "--file", "9", "--on", "2026-12-01", "--ground", "x")
    assert (result.exit_code, "expected the records of one file" in result.stderr) == (6, True)


def test_dry_run_records_nothing(filed: Terminal) -> None:
    before = filed.state()
    printed = filed.ok("custody", "offer", *FILE, "--on", "2026-12-01", "--archive", ARCHIVE, "--dry-run")
    assert printed.startswith("custody offer: 1 event would be recorded; nothing was")
    assert filed.state() == before


def test_json_has_its_format_and_what_was_recorded(filed: Terminal) -> None:
    document = step(filed, "hold", "--ground", "Klage")
    assert document["format"] == "ratsbuch-custody-hold/1"
    assert set(document) == {"format", "dry_run", "recorded", "size", "root", "witnesses"}
    assert document["recorded"]["package_digest"] is None


def test_findings_name_what_hinders_an_offer(filed: Terminal) -> None:
    step(filed, "hold", "--ground", "Klage")
    codes = {line["code"] for line in filed.json("findings", "--as-of", "2026-12-31")["findings"]}
    assert {"FILE_NOT_CLOSED", "FILE_UNDER_HOLD", "RETENTION_NOT_SET", "BODY_WITHOUT_AUTHORITY_ID"} <= codes
    assert "FILE_WITHOUT_PLAN_UNIT" not in codes


# -- whose archive ---------------------------------------------------------------------------------

ODD, ZWO = "Kreisarchiv Odd", "Stadtarchiv Zwo"
# What is recorded of each body: an organ, a proposal, a meeting that dealt with it, a resolution of it, a review.
OF_BODY: Final = """
[[commands]]
type = "body-registered/1"
new = "@{key}"
role = "clerk"
visibility = "public"
occurred = {{ certainty = "unknown" }}
[commands.data]
name = "{name}"
kind = "gemeinde"
{archive}
[[commands]]
type = "organ-registered/1"
new = "@{key}-rat"
role = "clerk"
visibility = "public"
occurred = {{ certainty = "unknown" }}
[commands.data]
body = "body:@{key}"
name = "Rat {name}"
kind = "council"
decides = true

[[commands]]
type = "proposal-registered/1"
new = "@{key}-vorlage"
role = "clerk"
visibility = "public"
occurred = {{ at = "2026-11-02", certainty = "stated" }}
[commands.data]
body = "body:@{key}"
kind = "resolution_proposal"
reference = "{key}/1"
version = 1
subject = "Radwege"

[[commands]]
type = "meeting-convened/1"
new = "@{key}-sitzung"
role = "clerk"
visibility = "public"
occurred = {{ at = "2026-11-10", certainty = "stated" }}
[commands.data]
body = "body:@{key}"
organs = ["organ:@{key}-rat"]
number = "{key}-S1"
starts_at = "2026-11-20"

[[commands]]
type = "resolution-made/1"
new = "@{key}-beschluss"
role = "clerk"
visibility = "public"
occurred = {{ at = "2026-11-20", certainty = "stated" }}
[commands.data]
number = "{key}-B1"
sense = "approving"
made_by = {{ kind = "organ", meeting = "meeting:@{key}-sitzung" }}

[[commands]]
type = "objection-raised/1"
new = "@{key}-widerspruch"
role = "clerk"
visibility = "public"
occurred = {{ at = "2026-11-21", certainty = "stated" }}
[commands.data]
resolutions = ["resolution:@{key}-beschluss"]
kind = "may"
"""


def bodies(told: Terminal, **archives: str | None) -> Terminal:
    """Record bodies beside the one that the archive was opened for, which states no archive."""
    for key, name in archives.items():
        line = f'archive_of_record = "{name}"\n' if name else ""
        told.ok("record", told.write(OF_BODY.format(key=key, name=key.capitalize(), archive=line), f"{key}.toml"))
    return told


def offer(told: Terminal, reference: str, file: str) -> Any:  # noqa: ANN401  # the event as recorded
    told.ok("custody", "file", reference, "--file", file, "--on", "2026-12-01", "--visibility", "public")
    told.ok("custody", "offer", reference, "--file", file, "--on", "2026-12-01")
    return newest(told).event


RECORDS: Final = (
    "{key}/1",
    "meeting:{{number={key}-S1}}",
    "resolution:{{number={key}-B1}}",
    "organ:{{name=Rat {name}}}",
)


@pytest.mark.parametrize("record", RECORDS)
def test_the_archive_is_that_of_the_body_whose_record_it_is(told: Terminal, record: str) -> None:
    bodies(told, odd=ODD, zwo=ZWO)
    named = {key: offer(told, record.format(key=key, name=key.capitalize()), key).archive for key in ("odd", "zwo")}
    assert named == {"odd": ODD, "zwo": ZWO}


def test_the_archive_of_another_body_is_never_taken(told: Terminal) -> None:
    bodies(told, odd=ODD, zwo=None)
    assert offer(told, "odd/1", "1").archive == ODD
    told.ok("custody", "file", "zwo/1", "--file", "2", "--on", "2026-12-01", "--visibility", "public")
    arguments = ("offer", "zwo/1", "--file", "2", "--on", "2026-12-01")
    refused(told, 6, 'of "Zwo": found 0 archives of record, expected one, or --archive', *arguments)
    # Nor where the file was offered to it before, when the record was not in it.
    told.ok("custody", "file", "zwo/1", "--file", "1", "--on", "2026-12-01")
    refused(told, 6, 'of "Zwo": found 0 archives of record', "offer", "zwo/1", "--file", "1", "--on", "2026-12-01")
    refused(told, 6, 'of "Zwo": found 0 archives of record', "receive", "--file", "1", "--on", "2026-12-01")
    told.ok("custody", "offer", "zwo/1", "--file", "1", "--on", "2026-12-01", "--archive", ZWO)
    told.ok("custody", "receive", "zwo/1", "--file", "1", "--on", "2026-12-01")
    assert newest(told).event.archive == ZWO  # type: ignore[attr-defined]


def test_records_of_bodies_with_different_archives_are_offered_apart(told: Terminal) -> None:
    bodies(told, odd=ODD, zwo=ZWO)
    told.ok("custody", "file", "odd/1", "zwo/1", "--file", "1", "--on", "2026-12-01", "--visibility", "public")
    says = f'found 2 archives of its records, expected one: "{ODD}", "{ZWO}"'
    refused(told, 6, says, "offer", "--file", "1", "--on", "2026-12-01")
    result = told.run("custody", "offer", "--file", "1", "--on", "2026-12-01")
    assert "give the command once for the records of each" in complaints(result)[1]
    told.ok("custody", "offer", "odd/1", "--file", "1", "--on", "2026-12-01")
    assert newest(told).event.archive == ODD  # type: ignore[attr-defined]
    refused(told, 6, says, "appraise", "--decision", "archive", "--file", "1", "--on", "2026-12-01")


def test_of_a_record_that_says_no_body_nothing_is_guessed_where_there_are_several(told: Terminal) -> None:
    bodies(told, odd=ODD)
    told.ok(
        "custody", "file", f"register:{told.register}", "--file", "1", "--on", "2026-12-01", "--visibility", "public"
    )
    says = "found nothing about the body that it belongs to, and 2 bodies"
    refused(told, 6, says, "offer", "--file", "1", "--on", "2026-12-01")


# -- the package ------------------------------------------------------------------------------------


def test_of_a_bag_the_tag_manifest_is_recorded_and_of_a_file_its_own_bytes(filed: Terminal) -> None:
    package = bag(filed.folder, filed.register)
    digest = hashlib.sha512((package / "tagmanifest-sha512.txt").read_bytes()).hexdigest()
    assert step(filed, "transfer", package, "--archive", ARCHIVE)["recorded"]["package_digest"] == digest
    assert newest(filed).event.package_digest == digest  # type: ignore[attr-defined]
    file = filed.folder / "paket.zip"
    file.write_bytes(b"PK")
    printed = filed.ok("custody", "transfer", file, *FILE, "--on", "2026-12-01")
    assert f"package    SHA-512 {hashlib.sha512(b'PK').hexdigest()}" in printed


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("tagmanifest-sha512.txt", None, "found no tagmanifest-sha512.txt, expected a package"),
        ("bag-info.txt", None, "found no bag-info.txt"),
        ("manifest-sha512.txt", b"changed", "manifest-sha512.txt: found SHA-512"),
        ("bag-info.txt", b"changed", "bag-info.txt: found SHA-512"),
        ("tagmanifest-sha512.txt", b"abc  bag-info.txt\n", "line 1: found"),
    ],
)
def test_a_folder_that_is_no_whole_package_is_refused(
    filed: Terminal, name: str, data: bytes | None, says: str
) -> None:
    package = bag(filed.folder, filed.register)
    (package / name).unlink() if data is None else (package / name).write_bytes(data)
    refused(filed, 6, says, "transfer", package, *FILE, "--on", "2026-12-01", "--archive", ARCHIVE)


def test_a_package_of_another_register_is_refused(filed: Terminal) -> None:
    package = bag(filed.folder, "00000000-0000-4000-8000-000000000000")
    says = f'found "00000000-0000-4000-8000-000000000000" as Ratsbuch-Register, expected "{filed.register}"'
    refused(filed, 6, says, "transfer", package, *FILE, "--on", "2026-12-01", "--archive", ARCHIVE)


def test_a_package_that_is_not_there_is_refused(filed: Terminal) -> None:
    refused(filed, 6, "cannot be read", "transfer", "nirgends.zip", *FILE, "--on", "2026-12-01", "--archive", ARCHIVE)


# -- what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("offer", "--file", "9", "--on", "2026"), 6, 'file "9": nothing was filed under it'),
        (("offer", *FILE, "--on", "1.12.2026", "--archive", "A"), 6, 'found "1.12.2026", expected a date'),
        (("offer", *FILE, "--on", "2026"), 6, "found 0 archives of record, expected one, or --archive"),
        (("offer", "0099", *FILE, "--on", "2026", "--archive", "A"), 6, '"0099"'),
        (("file", "--file", "9", "--on", "2026", "--visibility", "public"), 6, "found no record to file"),
        (("file", "0012", "--file", NOBODY, "--on", "2026", "--visibility", "public"), 6, "there is no such file"),
        (("file", "0012", "--file", "9", "--on", "2026"), 6, "expected --visibility when a file is opened"),
        (("release", *FILE, "--on", "2026"), 6, "expected the number of one in force: none"),
        (("destroy", *FILE, "--on", "2026", "--basis", "received", "--what", "x"), 5, "found no offered/1"),
        (("receive", *FILE, "--on", "2026", "--archive", "A", "--role", "clerk"), 5, "found role clerk"),
    ],
)
def test_what_cannot_be_recorded_is_refused(filed: Terminal, arguments: tuple[str, ...], code: int, says: str) -> None:
    refused(filed, code, says, *arguments)


def test_nothing_is_destroyed_under_a_hold(filed: Terminal) -> None:
    step(filed, "offer", "--archive", ARCHIVE)
    step(filed, "receive")
    step(filed, "hold", "--ground", "Klage")
    step(filed, "hold", "--ground", "Prüfung")
    refused(filed, 6, "expected the number of one in force: 1, 2", "release", *FILE, "--on", "2026-12-01")
    step(filed, "release", "--hold", "2")
    destroy = ("destroy", *FILE, "--on", "2026-12-01", "--basis", "received", "--what", "Handakte")
    refused(filed, 5, "is under a hold", *destroy)
    step(filed, "release")
    assert filed.run("custody", *destroy).exit_code == 0


def test_what_the_archive_did_not_get_whole_is_not_destroyed(filed: Terminal) -> None:
    step(filed, "offer", "--archive", ARCHIVE)
    step(filed, "receive", "--incomplete")
    destroy = ("destroy", *FILE, "--on", "2026-12-01", "--basis", "received", "--what", "Handakte")
    refused(filed, 5, "found no received/1", *destroy)
