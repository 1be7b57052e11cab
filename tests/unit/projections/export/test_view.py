"""The pages of the demo register: complete, self-contained, and nothing but what is recorded."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.demo import demo_archive
from support.view import DAY, cells, edition_of, hrefs, ids, levels, page, pages, parsed, part, rows, words

import projections
from projections.export.edition import EXAMPLE
from projections.export.files import document_name
from projections.export.view import Proof, files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement
    from support.archives import Made

    from archive.archive import Archive

_LOADING = {"src", "srcset", "data", "action", "poster", "background", "style"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def archive(made: Made) -> Iterator[Archive]:
    with made.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(archive: Archive) -> dict[str, HtmlElement]:
    return {name: parsed(data) for name, data in pages(archive).items()}


def found(archive: Archive, reference: str) -> str:
    (stream,) = archive.find("proposal", {"reference": reference})
    return stream


def every_page(archive: Archive) -> Iterator[tuple[str, dict[str, HtmlElement]]]:
    """Give the pages of all kinds: one proposal, all of them on a page, a meeting, the whole register."""
    proposals = archive.streams("proposal")
    yield "alle Vorlagen", {"index.html": page(archive, *proposals)}
    for kind in ("proposal", "meeting", "resolution", "review"):
        for stream in archive.streams(kind):
            yield stream, {"index.html": page(archive, stream)}
    yield "Register", {name: parsed(data) for name, data in pages(archive).items()}


# -- self-contained -------------------------------------------------------------------------------


def test_nothing_runs_and_nothing_is_loaded(archive: Archive) -> None:
    for name, some in every_page(archive):
        for root in some.values():
            assert not list(root.iter("script", "img", "iframe", "object", "embed", "link", "form", "base")), name
            for node in root.iter("*"):
                attributes = {str(key).lower() for key in node.attrib}
                assert not attributes & _LOADING, (name, node.tag)
                assert not [key for key in attributes if key.startswith("on")], (name, node.tag)


def test_policy_allows_the_style_sheet_of_the_page_and_nothing_else(archive: Archive) -> None:
    root = page(archive, found(archive, "0640"))
    (style,) = root.iter("style")
    digest = base64.b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    for word in ("url(", "@import", "http"):
        assert word not in (style.text or "")


def test_every_link_leads_to_a_place_on_these_pages_or_to_a_held_document(archive: Archive) -> None:
    held = {
        f"../dokumente/{document_name(archive.register.id, digest, media_type='text/plain', title=None)}"
        for (digest,) in archive.connection.execute("SELECT digest FROM documents")
    }
    assert len(held) > 5
    seen = set()
    for name, some in every_page(archive):
        places = {page_name: set(ids(root)) for page_name, root in some.items()}
        for here, root in some.items():
            for href in hrefs(root):
                if href.startswith("../"):
                    assert href in held, (name, href)
                    seen.add(href)
                    continue
                there, _, key = href.partition("#")
                assert there in places or not there, (name, href)
                assert not key or key in places[there or here], (name, href)
    assert seen


def test_every_document_that_the_register_holds_of_a_proposal_is_linked_with_its_digest(archive: Archive) -> None:
    root = page(archive, found(archive, "12/2023"))
    attached = part(root, "Anlagen")
    (link,) = attached.xpath(".//a[starts-with(@href, '../')]")
    digest = words(attached.xpath(".//div[@class='dokument']//code")[0])
    assert hashlib.sha512(archive.document(digest) or b"").hexdigest() == digest
    assert document_name(archive.register.id, digest, media_type="text/plain", title=None) in link.get("href")


def test_a_document_has_the_name_that_the_package_gives_it(archive: Archive) -> None:
    stream = found(archive, "12/2023")
    digest = words(part(page(archive, stream), "Anlagen").xpath(".//div[@class='dokument']//code")[0])
    root = page(archive, stream, proof=Proof(documents=((digest, "anders.txt"),)))
    assert part(root, "Anlagen").xpath(".//a[starts-with(@href, '../')]/@href") == ["../dokumente/anders.txt"]


# -- structure ------------------------------------------------------------------------------------


def test_pages_have_one_title_landmarks_language_and_headings_in_order(archive: Archive) -> None:
    for name, some in every_page(archive):
        for root in some.values():
            assert root.get("lang") == "de", name
            for tag in ("header", "main", "footer", "title", "h1"):
                found_here = [node for node in root.iter(tag) if node.getparent().tag != "svg"]
                assert len(found_here) == 1, (name, tag)
            order = levels(root)
            assert order[0] == 1, name
            assert all(after - before <= 1 for before, after in itertools.pairwise(order)), (name, order)
            keys = ids(root)
            assert len(keys) == len(set(keys)), name
            assert root.xpath("//a[@class='sprung']/@href") == ["#inhalt"]


def test_tables_have_captions_and_headers_with_scope(archive: Archive) -> None:
    count = 0
    for name, some in every_page(archive):
        for root in some.values():
            for table in root.iter("table"):
                count += 1
                assert table.find("caption") is not None, name
                assert all(cell.get("scope") in {"col", "row"} for cell in table.iter("th")), name
    assert count


def test_every_chart_has_a_table_with_the_same_numbers_beside_it(archive: Archive) -> None:
    root = page(archive, *archive.streams("proposal"))
    charts = list(root.iter("svg"))
    assert len(charts) == 5
    for drawn in charts:
        bars = [words(node) for node in drawn.iter("text")]
        (table,) = [node for node in drawn.getparent() if node.tag == "table"]
        told = {row[0].lower(): row[1] for row in cells(table)}
        assert {label.lower(): told[label.lower()] for label in bars[::2]} == {
            label.lower(): number for label, number in zip(bars[::2], bars[1::2], strict=True)
        }


def test_example_register_is_named_so_on_every_page(whole: dict[str, HtmlElement]) -> None:
    for root in whole.values():
        header = next(root.iter("header"))
        assert EXAMPLE in words(header)
        assert words(next(root.iter("title"))).startswith(EXAMPLE)


def test_more_than_twenty_subjects_have_a_list_by_year_and_a_page_each(whole: dict[str, HtmlElement]) -> None:
    index = whole["index.html"]
    assert len(whole) > 21
    assert set(hrefs(index)) >= set(whole) - {"index.html"}
    proposals = part(index, "Vorlage (7)")
    assert [words(node) for node in proposals.iter("h3")] == ["2023", "2021", "ohne Jahr"]
    assert "index.html" in hrefs(whole[hrefs(proposals)[0]])


# -- what it says ---------------------------------------------------------------------------------


def test_what_is_not_known_of_0640_is_said_in_words(archive: Archive) -> None:
    root = page(archive, found(archive, "0640"))
    assert words(next(root.iter("h1"))) == (
        "Vorlage 0640: Fortschreibung des Integrationskonzeptes für den Erzgebirgskreis"
    )
    (form,) = [table for table in root.iter("table") if "auf der Vorlage" in words(table.find("caption"))]
    assert [row[1] for row in cells(form)[1:]] == ["leer gelassen"] * 4
    committee = part(root, "Ausschuss für Familie")
    assert "nichtöffentlich" in words(next(committee.iter("h3")))
    assert "1 Enthaltung; nicht festgestellt: dafür (nicht erwähnt), dagegen (nicht erwähnt)." in words(committee)
    assert not list(committee.iter("svg"))
    assert "eine Fassung, die hier nicht vorliegt" in words(committee)
    council = part(root, "Kreistag")
    assert "Eine Abstimmung mit Stimmenzahlen ist nicht festgestellt" in words(council)
    told = dict(rows(part(root, "Weitere Angaben")))
    assert told["Produktsachkonto"].startswith("leer gelassen")
    assert told["Finanzielle Auswirkungen"].startswith("ausdrücklich keine „keine“")
    assert "Fassung 1 liegt nicht vor" in words(part(root, "Fassungen"))
    assert "Integrationskonzept · liegt nicht vor" in words(part(root, "Anlagen"))
    assert "Vermutlich folgt er Fassung 2 der Vorlage. Belegt ist das nicht." in words(part(root, "Beschlüsse"))
    assert words(part(root, "Befunde (13)")).count("Beruht auf:") == 13


def test_ballot_is_told_in_a_sentence_with_its_check_and_the_provision(archive: Archive) -> None:
    root = page(archive, found(archive, "12/2023"))
    council = part(root, "Kreistag")
    assert "32 dafür, 9 dagegen, 4 Enthaltungen." in words(council)
    assert words(next(council.iter("desc"))) == "32 dafür, 9 dagegen, 4 Enthaltungen."
    check = words(council.xpath(".//ul[@class='proben']/li")[0])
    assert check == (
        "Abstimmungsergebnis: stimmt überein Das Angegebene folgt aus den Zahlen. Gezählt: 32 dafür > 9 dagegen; "
        "verkündet: angenommen. Maßstab: § 11 Abs. 1 Satz 1 Hauptsatzung Musterkreis (erfunden) (Mehrheit, Fundstelle "
        "gelesen); § 11 Abs. 1 Satz 2 Hauptsatzung Musterkreis (erfunden) (Enthaltungen, Fundstelle gelesen)."
    )
    votes = [table for table in council.iter("table") if "nach Namen" in words(table.find("caption"))]
    assert ["Fraktion A", "Ja", "17"] in cells(votes[0])


def test_versions_stand_side_by_side_with_the_words_that_changed(archive: Archive) -> None:
    compared = part(page(archive, found(archive, "12/2023")), "Fassung 1 und Fassung 2")
    (changed,) = [row for row in compared.xpath(".//div[@class='zeile']") if "Verwaltung" in words(row)]
    assert [words(node) for node in changed.iter("del")] == ["entfernt: 31.12.2028 (Ende)"]
    assert [words(node) for node in changed.iter("ins")] == [
        "eingefügt: 31.12.2026 (Ende)",
        "eingefügt: Sie berichtet dem Kreistag jährlich. (Ende)",
    ]
    same = compared.xpath(".//div[@class='zeile gleich']")
    assert [words(row).partition(" ")[0] for row in same] == ["unverändert"] * 2


def test_history_names_every_event_with_its_recorder_authority_and_source(archive: Archive) -> None:
    stream = found(archive, "0640")
    root = page(archive, stream)
    entries = root.xpath("//ol[@class='verlauf']/li")
    own = [f"eintrag-{record.position}" for record in archive.history(stream)]
    assert [key for key in (entry.get("id") for entry in entries) if key in own] == own
    told = dict(rows(entries[0]))
    assert told["Ausgesagt von"] == "Landrat oder Bürgermeister"
    assert told["Quelle"] == "Kopie: Beschlussvorlage 0640, nacherzählt"
    assert told["Kennung"] == f"{stream}#1"
    assert "Archiv" in told["Eingetragen"]
    for entry in entries:
        assert {"Geschehen", "Eingetragen", "Ausgesagt von", "Quelle", "Kennung"} <= {label for label, _ in rows(entry)}


def test_correction_is_an_event_of_its_own_and_is_named_where_it_was_made(archive: Archive) -> None:
    texts = [words(entry) for root in (page(archive, *archive.streams("meeting")),) for entry in root.xpath("//ol/li")]
    corrections = [text for text in texts if "Berichtigung" in text.partition("Geschehen")[0][:60]]
    assert corrections
    assert any("Berichtigt durch Eintrag" in text for text in texts)


def test_acts_of_a_review_stand_beside_each_other(archive: Archive) -> None:
    (stream,) = archive.streams("review")
    told = words(page(archive, stream))
    assert "keiner wird gegen einen anderen abgewogen" in told


def test_how_to_check_names_anchor_command_and_checkpoint(archive: Archive) -> None:
    root = page(archive, found(archive, "0640"), proof=Proof(size=181, checkpoint="ursprung\n181\nwurzel=\n"))
    told = words(part(root, "Selbst prüfen"))
    for piece in (archive.register.anchor_hex, "ratsbuch verify PAKET", "verify.sh", "LIESMICH.txt", "181", "wurzel="):
        assert piece in told
    assert "Was sich damit nicht beweisen lässt" in words(part(root, "Was diese Seite ist"))


def test_no_english_word_of_a_code_and_no_python_word_is_left(archive: Archive) -> None:
    for name, some in every_page(archive):
        for root in some.values():
            told = words(next(root.iter("body")))
            for word in (
                "UNSET",
                "WITHHELD",
                "Withheld",
                "None",
                "not_",
                "not mentioned",
                "stated",
                " of ",
                "withheld",
            ):
                assert word not in told, (name, word, told[max(0, told.find(word) - 60) :][:120])


# -- the same bytes -------------------------------------------------------------------------------

_SCRIPT = """
import hashlib, sys
from pathlib import Path
from archive.archive import Archive, Means
from archive.excerpt import Terms
from projections.export.edition import Edition
from projections.export.view import files
means = Means(clock=lambda: 1_800_000_000, random=bytes)
with Archive.open(Path(sys.argv[1]), means=means) as archive:
    edition = Edition(archive, Terms(day=sys.argv[2], version="0.1.0", whole=True))
    for file in files(edition):
        print(file.name, hashlib.sha256(file.data).hexdigest())
"""


def test_two_processes_write_the_same_bytes(made: Made) -> None:
    root = Path(str(projections.__file__)).parents[1]
    found_here = []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONPATH": str(root), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", _SCRIPT, str(made.folder), DAY]
        found_here.append(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    assert found_here[0] == found_here[1]
    assert len(found_here[0].splitlines()) > 21


def test_pages_come_one_at_a_time(archive: Archive) -> None:
    stream = files(edition_of(archive))
    assert next(stream).name == "index.html"
    assert next(stream).name.startswith("vorlage-")
