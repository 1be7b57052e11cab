"""The schema of the own XML: complete, documented in German, and refusing what is wrong."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import xmlschema
from lxml import etree
from support.exports import DAY, VERSION, demo_export_archive, excerpt_of
from support.own_xml import valid

from archive.excerpt import Audience, Terms
from domain.events import CATALOGUE
from projections.export.edition import Edition
from projections.export.xml import code_lists, kinds, message, names
from projections.export.xml.schema import (
    NAMESPACE,
    SCHEMA_VERSION,
    code_list_files,
    code_list_uri,
    references,
    schema_bytes,
    validator,
)

if TYPE_CHECKING:
    from pathlib import Path

    from support.archives import Made

XS = "{http://www.w3.org/2001/XMLSchema}"
R = f"{{{NAMESPACE}}}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_export_archive(tmp_path_factory.mktemp("demo"))


def document(made: Made, folder: Path, audience: Audience = Audience.ARCHIVE) -> etree._Element:
    terms = Terms(day=DAY, version=VERSION, whole=True, audience=audience)
    excerpt = excerpt_of(made, folder / f"excerpt-{audience}", terms)
    out = io.BytesIO()
    try:
        with excerpt.open(terms) as archive:
            message.write(Edition(archive, terms), excerpt, out)
    finally:
        excerpt.close()
    return etree.fromstring(out.getvalue())


@pytest.fixture(scope="module")
def whole(made: Made, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return bytes(etree.tostring(document(made, tmp_path_factory.mktemp("whole"))))


# -- tables ---------------------------------------------------------------------------------------


def test_every_event_type_record_and_field_has_a_name() -> None:
    assert names.missing() == ()


def test_no_two_things_beside_each_other_have_the_same_name() -> None:
    assert len({name.element for name in names.EVENTS.values()}) == len(CATALOGUE)
    for cls in (*(row.cls for row in CATALOGUE.values()), *names.STRUCTS):
        more = kinds.CIRCUMSTANCES if cls not in names.STRUCTS else ()
        elements = [names.field(field.name).element for field in (*more, *kinds.fields(cls))]
        assert len(set(elements)) == len(elements), cls


def test_names_are_german_lower_camel_case_without_umlauts() -> None:
    every = [*names.EVENTS.values(), *names.STRUCTS.values(), *names.STREAMS.values()]
    for name in (*every, *(names.field(field) for row in CATALOGUE.values() for field in row.fields)):
        assert name.element.isascii()
        assert name.element[0].islower()
        assert name.element.isalnum()
        assert name.says.endswith(".")


# -- the schema -----------------------------------------------------------------------------------


def test_every_element_and_type_is_documented_in_german_and_nothing_is_imported() -> None:
    schema = etree.fromstring(schema_bytes())
    described = 0
    for tag in ("element", "complexType", "simpleType", "attributeGroup"):
        for one in schema.iter(f"{XS}{tag}"):
            if one.get("name") is None:
                continue
            note = one.find(f"{XS}annotation/{XS}documentation")
            assert note is not None, etree.tostring(one)[:200]
            assert note.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
            assert note.text
            described += 1
    assert described > 1_000
    assert not list(schema.iter(f"{XS}import", f"{XS}include", f"{XS}redefine"))
    assert b"urn:xoev-de" not in schema_bytes()
    assert "nicht zertifiziert" in schema_bytes().decode()


def test_every_child_of_both_halves_can_be_checked_alone() -> None:
    schema = etree.fromstring(schema_bytes())
    alone = {one.get("name") for one in schema.findall(f"{XS}element")}
    for half in ("NachweisType", "InhaltType"):
        holder = next(one for one in schema.findall(f"{XS}complexType") if one.get("name") == half)
        wanted = {str(one.get("ref")).removeprefix("xrb:") for one in holder.iter(f"{XS}element")}
        assert wanted
        assert wanted <= alone


def test_every_code_list_is_shipped_as_genericode_with_its_uri_and_all_its_codes() -> None:
    shipped = dict(code_list_files())
    assert shipped.keys() == {f"{codes.name}.xml" for codes in code_lists.EVERY}
    for codes in code_lists.EVERY:
        root = etree.fromstring(shipped[f"{codes.name}.xml"])
        assert root.findtext("Identification/CanonicalUri") == code_list_uri(codes.name)
        assert root.findtext("Identification/CanonicalVersionUri") == f"{code_list_uri(codes.name)}_{SCHEMA_VERSION}"
        assert (
            tuple(
                (str(row.findtext("Value[@ColumnRef='code']/SimpleValue")), str(row.findtext("Value[2]/SimpleValue")))
                for row in root.iter("Row")
            )
            == codes.codes
        )


# -- documents ------------------------------------------------------------------------------------


def test_the_whole_demo_register_is_valid(whole: bytes) -> None:
    assert valid(etree.fromstring(whole)) is None


def test_a_public_document_is_valid_and_says_what_is_withheld(made: Made, tmp_path: Path) -> None:
    found = document(made, tmp_path, Audience.PUBLIC)
    assert valid(found) is None
    assert found.xpath("count(//*[@zustand='vorenthalten'])") > 0
    assert found.xpath("count(//*[@zustand='geloescht'])") == 0


@pytest.mark.slow
def test_another_engine_finds_it_valid_too_and_a_dangling_reference_not(made: Made, tmp_path: Path) -> None:
    other = xmlschema.XMLSchema(io.BytesIO(schema_bytes()))
    found = document(made, tmp_path, Audience.PUBLIC)
    assert [str(error) for error in other.iter_errors(etree.tostring(found).decode())] == []
    next(found.iter(f"{R}beratung")).set("beruhtAuf", "99999")
    next(found.iter(f"{R}beruhtAuf")).text = "99999"
    assert list(other.iter_errors(etree.tostring(found).decode()))


@pytest.mark.parametrize(
    ("path", "attribute", "value"),
    [
        (f".//{R}vorlageEingebracht", "beruhtAuf", "99999"),
        (f".//{R}beratung/{R}gremium", "beruhtAuf", "99999"),
        (f".//{R}befund/{R}beruhtAuf", None, "99999"),
        (f".//{R}rechenprobe/{R}beruhtAuf", None, "99999"),
        (f".//{R}vorlagenfassung/{R}beschlussvorschlag", "beruhtAuf", "99999"),
        (f".//{R}schluessel/{R}gueltigAb", None, "99999"),
        (f".//{R}eintrag/{R}strom", None, "proposal:00000000-0000-4000-8000-000000000001"),
        (f".//{R}inhalt/{R}vorlage", "kennung", "proposal:00000000-0000-4000-8000-000000000001"),
    ],
)
def test_a_reference_into_nothing_is_invalid(whole: bytes, path: str, attribute: str | None, value: str) -> None:
    found = etree.fromstring(whole)
    element = found.find(path)
    assert element is not None
    if attribute is None:
        element.text = value
    else:
        element.set(attribute, value)
    assert "key" in str(valid(found)).lower()


@pytest.mark.parametrize(
    ("path", "attribute", "value"),
    [
        (f".//{R}vorlageEingebracht", "typ", "proposal-revised/1"),
        (f".//{R}vorlageEingebracht/{R}art/{R}code", None, "no_such_kind"),
        (f".//{R}vorlageEingebracht/{R}art", "listURI", "https://ratsbuch.invalid/codeliste/sonst"),
        (f".//{R}vorlageEingebracht/{R}datumDerVorlage", None, "2021-02-30"),
        (f".//{R}vorlageEingebracht/{R}koerperschaft", None, "body:1"),
        (f".//{R}dokument/{R}hashwert", None, "00"),
        (f".//{R}eintrag/{R}wert", None, "%%%"),
        (".", "standard", "XSonst"),
    ],
)
def test_what_is_no_value_of_its_type_is_invalid(whole: bytes, path: str, attribute: str | None, value: str) -> None:
    found = etree.fromstring(whole)
    element = found.find(path)
    assert element is not None
    if attribute is None:
        element.text = value
    else:
        element.set(attribute, value)
    assert valid(found) is not None


def test_references_of_a_piece_are_those_that_the_whole_is_checked_for(whole: bytes) -> None:
    found = etree.fromstring(whole)
    positions = {int(str(one.text)) for one in found.iterfind(f".//{R}eintrag/{R}position")}
    named = {position for piece in found.iterfind(f"{R}inhalt/*") for position in references(piece)}
    assert named == positions
    element = found.find(f".//{R}befund/{R}beruhtAuf")
    assert element is not None
    element.text = "99999"
    assert 99999 in set(references(found))


def test_the_validator_is_made_once() -> None:
    assert validator() is validator()
