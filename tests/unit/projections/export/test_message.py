"""The whole document: valid to others, the same for the same, and never released half right."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xmlschema
from lxml import etree
from support.demo import demo_archive
from support.excerpts import Register, terms
from support.exports import checked, checkpointed, excerpt_of, exported, findings, parsed, replace

from archive.excerpt import Audience
from projections.export.exporting import opened
from projections.export.xml import content, message
from projections.export.xml.schema import NAMESPACE, schema_bytes, validator

if TYPE_CHECKING:
    from support.archives import Busy, Made

N = f"{{{NAMESPACE}}}"
ROOT = Path(__file__).parents[4]
AGAIN = """
import sys
from pathlib import Path
from support.exports import exported
from support.archives import Clock, Made
from archive.archive import Means
folder, target = Path(sys.argv[1]), Path(sys.argv[2])
made = Made(folder / "archive", folder / "keys", Means(clock=Clock(), random=None), "")
exported(made, target / "all.xml")
exported(made, target / "package", "0640", form="package")
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    made = demo_archive(tmp_path_factory.mktemp("demo"))
    checkpointed(made)
    return made


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("refs", [(), ("0640",)])
def test_every_document_is_valid_to_both_validators(
    audience: Audience, refs: tuple[str, ...], demo: Made, tmp_path: Path
) -> None:
    path = exported(demo, tmp_path / "all.xml", *refs, audience=audience, ground="§ 29 VwVfG").path
    schema = validator()
    assert schema.validate(parsed(path)), schema.error_log.last_error
    if refs:
        theirs = xmlschema.XMLSchema(io.BytesIO(schema_bytes()))
        theirs.validate(str(path))


def test_a_dangling_reference_is_invalid(demo: Made, tmp_path: Path) -> None:
    path = exported(demo, tmp_path / "one.xml", "0640").path
    tree = parsed(path)
    gone = tree.getroot().findall(f"{N}nachweis/{N}eintrag")[-1]
    gone.getparent().remove(gone)
    assert not validator().validate(tree)


def test_the_example_register_says_so_and_another_does_not(demo: Made, one_xml: Path, tmp_path: Path) -> None:
    assert parsed(exported(demo, tmp_path / "one.xml", "0640").path).getroot().get("test") == "true"
    assert parsed(one_xml).getroot().get("test") is None


def test_the_same_state_on_the_same_terms_gives_the_same_bytes_in_any_process(demo: Made, tmp_path: Path) -> None:
    found = set()
    for seed in ("0", "1", "4711"):
        target = tmp_path / seed
        target.mkdir()
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))),
            "TZ": f"UTC{seed[0]}",
        }
        subprocess.run([sys.executable, "-c", AGAIN, demo.folder.parent, target], check=True, env=environment)
        files = sorted(path for path in target.rglob("*") if path.is_file())
        assert len(files) > 80
        digest = hashlib.sha256()
        for path in files:
            digest.update(str(path.relative_to(target)).encode() + path.read_bytes())
        found.add(digest.hexdigest())
    assert len(found) == 1


def test_other_terms_give_a_document_of_another_name(sealed: Busy, one_xml: Path, tmp_path: Path) -> None:
    def name(path: Path) -> str:
        return str(parsed(path).findtext(f".//{N}nachrichtenUUID"))

    names = {
        name(one_xml),
        name(exported(sealed.made, tmp_path / "a.xml", "0012a", audience=Audience.PUBLIC).path),
        name(exported(sealed.made, tmp_path / "b.xml", "0012a", ground="§ 5").path),
        name(exported(sealed.made, tmp_path / "c.xml", "0012a", with_blocked=True).path),
        name(exported(sealed.made, tmp_path / "d.xml").path),
    }
    assert len(names) == 5


def test_a_piece_that_is_not_valid_is_not_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register = Register(tmp_path / "register").registered().sealed()
    excerpt = excerpt_of(register.made, tmp_path / "excerpt", terms())

    def foreign(_: object) -> object:
        yield etree.Element(f"{N}erfunden")

    monkeypatch.setattr(content, "elements", foreign)
    with opened(excerpt, terms()) as edition, pytest.raises(message.InvalidDocumentError, match="erfunden"):
        message.write(edition, excerpt, io.BytesIO())


def test_a_reference_to_an_event_that_is_not_given_is_not_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = Register(tmp_path / "register").registered().sealed()
    excerpt = excerpt_of(register.made, tmp_path / "excerpt", terms())
    elements = content.elements

    def dangling(edition: object) -> object:
        for element in elements(edition):  # type: ignore[arg-type]  # as it is called
            for each in element.iter():
                if each.get("beruhtAuf") == "5":
                    each.set("beruhtAuf", "6")
            yield element

    monkeypatch.setattr(content, "elements", dangling)
    with opened(excerpt, terms()) as edition, pytest.raises(message.InvalidDocumentError, match="position 6"):
        message.write(edition, excerpt, io.BytesIO())


# -- what only the readable part says otherwise ---------------------------------------------------


def test_two_ballots_swapped_in_the_readable_part_alone(demo: Made, tmp_path: Path) -> None:
    with demo.open() as archive:
        anchor = archive.register.anchor_hex
    path = exported(demo, tmp_path / "all.xml").path
    tree = parsed(path)
    tallies: dict[str, etree._Element] = {}
    for tally in tree.getroot().find(f"{N}inhalt").iter(f"{N}ja"):
        if tally.text:
            tallies.setdefault(tally.text, tally)
    one, other = list(tallies.values())[:2]
    one.text, other.text = other.text, one.text
    tree.write(str(path), encoding="utf-8", xml_declaration=True)
    report = checked(path, anchor)
    assert findings(report) == {(9, "READABLE_PART_DIFFERS")}
    assert "something else than the record; what was recorded was not found altered" in report.headline()


def test_a_text_of_the_readable_part_is_compared_to_the_letter(sealed: Busy, xml: Path) -> None:
    replace(xml, "Nahverkehrsplan – „Takt 2030“<", "Nahverkehrsplan – „Takt 2031“<")
    report = checked(xml, sealed.anchor)
    assert findings(report) == {(9, "READABLE_PART_DIFFERS")}
    (finding,) = [f for s in report.steps for f in s.findings if f.code == "READABLE_PART_DIFFERS"]
    assert "Takt 2031" in finding.found
    assert "Takt 2030" in finding.expected
    assert finding.place.startswith("vorlage proposal:")


def test_white_space_in_a_text_counts(sealed: Busy, xml: Path) -> None:
    replace(xml, ">Der Kreistag beschließt.<", ">Der Kreistag  beschließt.<")
    assert findings(checked(xml, sealed.anchor)) == {(9, "READABLE_PART_DIFFERS")}


def test_what_follows_by_rules_may_be_told_otherwise_by_another_version_and_facts_may_not(
    sealed: Busy, tmp_path: Path
) -> None:
    path = exported(sealed.made, tmp_path / "one.xml", "0012a").path
    text = path.read_text()
    assert findings(checked(path, sealed.anchor, version="0.2.0")) == set()
    tree = parsed(path)
    version = next(tree.getroot().iter(f"{N}vorlagenfassung"))
    version.getparent().remove(version)
    tree.write(str(path), encoding="utf-8", xml_declaration=True)
    assert findings(checked(path, sealed.anchor, version="0.2.0")) == {(9, "MADE_BY_ANOTHER_VERSION")}
    assert findings(checked(path, sealed.anchor)) == {(9, "READABLE_PART_DIFFERS")}
    path.write_text(text.replace("Takt 2030", "Takt 2031"))
    assert (9, "READABLE_PART_DIFFERS") in findings(checked(path, sealed.anchor, version="0.2.0"))
