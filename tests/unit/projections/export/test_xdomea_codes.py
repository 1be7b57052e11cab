"""Every code that is written stands in the official list, with the words of the list."""

from __future__ import annotations

import pytest
from lxml import etree
from support import xdomea as s

from projections.export.files import ending
from projections.export.xdomea import codes as c
from projections.export.xdomea.schemas import code_lists


def lists() -> dict[tuple[str, str], dict[str, str]]:
    """Give the official lists by URI and version: the words of every code."""
    found = {}
    for path in sorted((s.schemas() / "3.0.0" / "code_lists").glob("*.xml")):
        root = etree.parse(str(path)).getroot()
        rows = [[value.findtext("SimpleValue") or "" for value in row] for row in root.iter("Row")]
        key = (root.findtext("Identification/CanonicalUri"), root.findtext("Identification/Version"))
        found[key] = {row[0]: row[1] if len(row) > 1 else "" for row in rows}
    return found


@pytest.mark.parametrize("code", c.EVERY, ids=lambda code: f"{code.of.uri.rpartition(':')[2]}-{code.code}")
def test_codes_and_their_words_are_those_of_the_official_list(code: c.Code) -> None:
    official = lists()[code.of.uri, code.of.in_3]
    assert " ".join(official[code.code].split()) == code.name


@pytest.mark.parametrize(
    "code_list", tuple(dict.fromkeys(code.of for code in c.EVERY)), ids=lambda one: one.uri.rpartition(":")[2]
)
def test_the_version_of_a_list_is_the_one_that_the_schema_fixes_where_it_fixes_one(code_list: c.CodeList) -> None:
    for version, taken in (("3.0.0", code_list.in_3), ("4.0.0", code_list.in_4)):
        schema = etree.parse(str(s.schemas() / version / "xdomea-Datentypen.xsd"))
        for kind in schema.iter("{*}restriction"):
            uris = [one.get("fixed") for one in kind.findall("{*}attribute[@name='listURI']")]
            fixed = [one.get("fixed") for one in kind.findall("{*}attribute[@name='listVersionID']")]
            if uris == [code_list.uri] and fixed != [None]:
                assert fixed == [taken]


def test_all_lists_are_read_for_checking() -> None:
    found = code_lists(s.schemas())
    assert len(found) == 48
    assert all(found.values())
    assert "999" not in found[c.FILE_FORMAT.uri]


@pytest.mark.parametrize(
    ("media_type", "title", "code"),
    [
        ("application/pdf", None, "018"),
        ("text/plain", "x.pdf", "045"),
        (None, "Anlage.DOCX", "035"),
        ("text/xml", None, "030"),
        (None, "ohne Endung", "100"),
        (None, "plan.dwg", "100"),
    ],
)
def test_the_format_follows_from_the_ending(media_type: str | None, title: str | None, code: str) -> None:
    assert c.format_of(ending(media_type, title)).code == code
