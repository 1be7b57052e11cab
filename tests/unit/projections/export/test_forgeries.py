"""What somebody could try who hands an export on: none of it passes, and none of it is only passed over."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.archives import statement
from support.excerpts import Register
from support.exports import VERSION, checked, checkpointed, exported, findings, parsed, replace, reseal, write_tree
from support.xdomea import complete

from archive.excerpt import Audience
from archive.verify import Verdict
from domain import events as e
from domain import vocabulary as v
from projections.export.package.contents import Contents
from projections.export.xml.schema import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    from support.archives import Busy, Made

N = f"{{{NAMESPACE}}}"
OTHER = "9.9.9"


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, str]:
    """The demo register with what an archive wants, under a checkpoint; and its anchor."""
    made = complete(tmp_path_factory.mktemp("filed"))
    checkpointed(made)
    with made.open() as archive:
        return made, archive.register.anchor_hex


def codes(path: Path, anchor: str, *, version: str = VERSION) -> tuple[Verdict, set[tuple[int, str]]]:
    report = checked(path, anchor, version=version)
    return report.verdict, findings(report)


def set_text(path: Path, xpath: str, text: str) -> None:
    tree = parsed(path)
    found = tree.xpath(xpath, namespaces={"x": NAMESPACE})
    assert found, xpath
    found[0].text = text
    write_tree(tree, path)


# -- the version that it says it was made by --------------------------------------------------------


def test_a_fact_is_compared_whatever_version_the_document_says_made_it(sealed: Busy, xml: Path) -> None:
    set_text(xml, "//x:vorlage/x:vorlageEingebracht/x:gegenstand", "Etwas anderes")
    assert codes(xml, sealed.anchor, version=OTHER) == (Verdict.FAILED, {(9, "READABLE_PART_DIFFERS")})


def test_a_fact_does_not_hide_behind_what_another_version_may_have_told_otherwise(sealed: Busy, xml: Path) -> None:
    set_text(xml, "//x:vorlage/x:vorlagenfassung//x:gegenstand", "Etwas anderes")
    assert codes(xml, sealed.anchor, version=OTHER) == (Verdict.INDETERMINATE, {(9, "MADE_BY_ANOTHER_VERSION")})
    set_text(xml, "//x:vorlage/x:vorlageEingebracht/x:gegenstand", "Etwas anderes")
    assert codes(xml, sealed.anchor, version=OTHER)[0] is Verdict.FAILED


@pytest.mark.parametrize("name", ["data/protokoll/checkpoint", "data/protokoll/log.vkey"])
def test_what_is_copied_from_the_evidence_is_the_same_in_every_version(sealed: Busy, package: Path, name: str) -> None:
    (package / name).write_bytes((package / name).read_bytes() + b"\n")
    reseal(package)
    assert (9, "FILE_DIFFERS") in codes(package, sealed.anchor, version=OTHER)[1]


# -- what stands beside the evidence ----------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        " (Fortsetzung) BEGLAUBIGTE ABSCHRIFT",
        "Source-Organization: Landkreis Musterhausen",
        "Ratsbuch-Anchor: " + 64 * "0",
        "Der Kreistag hat die Vorlage abgelehnt.",
    ],
)
def test_nothing_may_stand_in_bag_info_besides_what_was_written(sealed: Busy, package: Path, line: str) -> None:
    info = package / "bag-info.txt"
    info.write_text(f"{info.read_text()}{line}\n")
    reseal(package)
    assert codes(package, sealed.anchor) == (Verdict.FAILED, {(9, "READABLE_PART_DIFFERS")})


@pytest.mark.parametrize("name", ["manifest-sha512.txt", "tagmanifest-sha512.txt"])
def test_nothing_may_stand_behind_the_last_line_of_a_manifest(sealed: Busy, package: Path, name: str) -> None:
    manifest = package / name
    manifest.write_text(f"{manifest.read_text()}BEGLAUBIGT durch Notar")
    assert (0, "BAG_INVALID") in codes(package, sealed.anchor)[1]


def test_how_much_payload_there_is_is_held_against_the_files(sealed: Busy, package: Path) -> None:
    tree = parsed(package / "data/xml/auszug.xml")
    write_tree(tree, package / "data/xml/auszug.xml")  # the same in another spelling, and of another size
    reseal(package)
    assert codes(package, sealed.anchor) == (Verdict.PASSED, set())
    replace(package / "bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 1")
    info = (package / "bag-info.txt").read_text()
    reseal(package)
    (package / "bag-info.txt").write_text(info)
    assert (9, "READABLE_PART_DIFFERS") in codes(package, sealed.anchor)[1]


# -- extracts inside of containers ------------------------------------------------------------------


def change_inner(package: Path, old: bytes, new: bytes) -> None:
    """Change the extract in the package's container, and pack and seal everything anew."""
    (path,) = (package / "data/xdomea").iterdir()
    with zipfile.ZipFile(path) as archive:
        files = [(info, archive.read(info)) for info in archive.infolist()]
    assert any(b"RatsbuchAuszug" in data and old in data for _, data in files)
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in files:
            archive.writestr(info, data.replace(old, new, 1) if b"RatsbuchAuszug" in data[:4000] else data)
    reseal(package)


@pytest.fixture(scope="module")
def with_container(filed: tuple[Made, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("container") / "package"
    return exported(filed[0], target, "0640", form="package", contents=Contents(parts=("xdomea",))).path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'produktversion="0.1.0"', b'produktversion="9.9.9"'),
        (b">archiv</xrb:empfaengerkreis>", b">oeffentlichkeit</xrb:empfaengerkreis>"),
        (b"<xrb:stichtag>2026-", b"<xrb:stichtag>2027-"),
    ],
)
def test_an_extract_in_a_container_is_on_the_terms_of_the_package(
    with_container: Path, filed: tuple[Made, str], tmp_path: Path, old: bytes, new: bytes
) -> None:
    package = shutil.copytree(with_container, tmp_path / "package")
    change_inner(package, old, new)
    verdict, found = codes(package, filed[1])
    assert verdict is Verdict.FAILED
    assert (9, "READABLE_PART_DIFFERS") in found


# -- who may have what ------------------------------------------------------------------------------


def test_an_export_for_an_archive_does_not_become_one_for_the_public_by_saying_so(tmp_path: Path) -> None:
    register = Register(tmp_path / "r").registered().sealed()
    path = exported(register.made, tmp_path / "one.xml", register.proposal).path
    replace(path, ">archiv</xrb:empfaengerkreis>", ">oeffentlichkeit</xrb:empfaengerkreis>")
    assert (0, "OMISSION_NOT_IN_TERMS") in codes(path, register.anchor)[1]


def test_a_public_export_does_not_tell_by_a_correction_what_was_made_non_public(tmp_path: Path) -> None:
    register = Register(tmp_path / "r").registered(subject="GEHEIM1")
    register.corrected(1, "/data/subject", '"GEHEIM1"', '"GEHEIM2"')
    register.moved(f"{register.proposal}#1", v.Visibility.PUBLIC, v.Visibility.NON_PUBLIC).sealed()
    done = exported(
        register.made,
        tmp_path / "p",
        register.proposal,
        form="package",
        audience=Audience.PUBLIC,
        contents=Contents(parts=("ansicht",)),
    )
    everything = b"".join(path.read_bytes() for path in done.path.rglob("*") if path.is_file())
    assert b"GEHEIM" not in everything
    assert codes(done.path, register.anchor) == (Verdict.PASSED, set())


@pytest.mark.parametrize("visibility", [v.Visibility.NON_PUBLIC, v.Visibility.BLOCKED])
def test_a_public_export_does_not_tell_by_what_is_there_that_a_withheld_link_exists(
    tmp_path: Path, visibility: v.Visibility
) -> None:
    register = Register(tmp_path / "r").registered()
    other = register.new("proposal")
    register.registered(other, reference="0013")
    linked = e.ProposalsLinked(other=other, relation=v.Relation.REPLACES, basis=v.Basis.STATED)
    register.record(statement(register.proposal, linked, visibility=visibility)).sealed()

    def streams(audience: Audience) -> set[str]:
        path = exported(register.made, tmp_path / f"{audience}.xml", register.proposal, audience=audience).path
        return set(parsed(path).xpath("//x:strom/x:kennung/text()", namespaces={"x": NAMESPACE}))

    assert other in streams(Audience.ARCHIVE)
    assert other not in streams(Audience.PUBLIC)


def test_a_change_of_visibility_that_is_itself_not_public_gives_no_false_alarm(tmp_path: Path) -> None:
    register = Register(tmp_path / "r").registered()
    change = e.VisibilityChanged(
        target=f"{register.proposal}#1",
        was=v.Visibility.PUBLIC,
        becomes=v.Visibility.NON_PUBLIC,
        legal_basis="§ 9",
    )
    register.record(
        statement(f"register:{register.id}", change, visibility=v.Visibility.NON_PUBLIC), role=v.Role.REGISTRAR
    ).sealed()
    path = exported(register.made, tmp_path / "one.xml", register.proposal, audience=Audience.PUBLIC).path
    assert codes(path, register.anchor) == (Verdict.PASSED, set())


def test_the_name_of_a_file_for_the_public_has_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register = Register(tmp_path / "r").registered(reference="GEHEIM-4711", visibility=v.Visibility.NON_PUBLIC).sealed()
    monkeypatch.chdir(tmp_path)
    with register.made.open() as archive:
        from projections.export.exporting import Wanted, export  # noqa: PLC0415  # only here
        from projections.projector import Views  # noqa: PLC0415  # same

        with Views(archive) as views:
            views.update()
            wanted = Wanted(format="xml", refs=(register.proposal,), audience=Audience.PUBLIC)
            done = export(archive, views, wanted, None, day="2026-11-24", version="0.1.0")
    assert "geheim" not in done.path.name.lower()
