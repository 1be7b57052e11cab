"""The PDF as a file: what it claims, whether its bytes are the same every time, and what stands on every page."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from support.demo import demo_archive
from support.pdf import Pdf

from archive.archive import Archive
from archive.errors import StorageError
from archive.excerpt import Terms
from projections.export import pdf
from projections.export.edition import EXAMPLE, Edition
from projections.export.pdf import press
from projections.export.pdf.shapes import ProofLines, ProofStep, Rendering, RenderingKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.archives import Made

DAY = "2026-11-23"
TERMS = Terms(day=DAY, version="0.1.0", whole=True)
PROOF = ProofLines(
    size=181,
    root="d3VyemVs" * 5,
    anchor="ab" * 32,
    origin="ratsbuch.invalid/erzgebirgskreis",
    signed_at="2026-11-22T10:00:00Z",
    steps=(ProofStep(name="Unterschriften", outcome="bestanden"),),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def renderings(made: Made) -> Iterator[Mapping[str, Rendering]]:
    with Archive.open(made.folder, means=made.means) as archive:
        yield {one.name: one for one in pdf.files(Edition(archive, TERMS), proof=PROOF)}


@pytest.fixture(scope="module")
def pages(renderings: Mapping[str, Rendering]) -> Mapping[str, Pdf]:
    return {name: Pdf(one.data) for name, one in renderings.items()}


def test_every_version_has_its_lesefassung_and_every_vorlage_its_nachweis(renderings: Mapping[str, Rendering]) -> None:
    named = [name for name in renderings if "/" not in name and name[:1].isalpha()]
    assert {"lesefassung-0640-v2.pdf", "nachweis-0640.pdf"} <= set(named)
    assert {"lesefassung-12-2023-v1.pdf", "lesefassung-12-2023-v2.pdf", "nachweis-12-2023.pdf"} <= set(named)
    streams = {one.stream for one in renderings.values()}
    proofs = [one.stream for one in renderings.values() if one.kind is RenderingKind.PROOF]
    assert sorted(streams) == sorted(proofs)
    assert all(name.isascii() and name.endswith(".pdf") for name in renderings)
    assert renderings["lesefassung-12-2023-v1.pdf"].version == 1


def test_pdf_claims_what_archives_ask_for(pages: Mapping[str, Pdf]) -> None:
    for name, page in pages.items():
        assert page.claims == {"pdfaid:part": "2", "pdfaid:conformance": "A", "pdfuaid:part": "1"}, name
        assert page.language.lower() in {"de", "de-de"}, name
        assert page.fonts, name
        assert all(page.fonts.values()), f"{name}: a font is not embedded"


def test_pdf_is_tagged_with_headings_and_tables(pages: Mapping[str, Pdf]) -> None:
    tags = pages["lesefassung-0640-v2.pdf"].tags
    assert tags[0] == "Document"
    assert tags.count("H1") == 1
    assert {"H2", "Table", "TR", "TH", "TD", "P"} <= set(tags)
    # Three tables (Beratungsfolge, votes, annexes) with their heads, and one for what it rests on.
    assert tags.count("Table") == 4
    assert tags.count("TH") == 5 + 4 + 4 + 4


def test_document_says_whose_it_is_and_of_which_day(pages: Mapping[str, Pdf]) -> None:
    info = pages["lesefassung-0640-v2.pdf"].info
    assert info["Title"].startswith("Lesefassung: Beschlussvorlage 0640, Fassung 2: Fortschreibung")
    assert "Erzgebirgskreis" in info["Author"]
    assert info["CreationDate"].startswith("D:20261123")


def test_every_page_says_that_it_is_an_example_and_not_the_vorlage(
    pages: Mapping[str, Pdf], renderings: Mapping[str, Rendering]
) -> None:
    for name, page in pages.items():
        for text in page.pages:
            assert EXAMPLE in text, name
            assert "Anker" in text, name
            if renderings[name].kind is RenderingKind.READING:
                assert "Lesefassung aus Einträgen, nicht die Vorlage; Original: " in text, name
    held = pages["lesefassung-0640-v2.pdf"].pages
    assert all("Original: liegt vor (SHA-512 " in text for text in held)
    assert "Seite 1 von 2" in held[0]
    assert "Seite 2 von 2" in held[1]
    assert "Original: liegt nicht vor" in pages["lesefassung-13-2023-v1.pdf"].pages[0]


def test_nothing_says_that_it_was_certified(pages: Mapping[str, Pdf]) -> None:
    for name, page in pages.items():
        assert "beglaubigt" not in page.text.lower(), name
    form = pages["nachweis-0640.pdf"].pages[-1]
    for field in ("Bezeichnung des Schriftstücks", "Ort", "Datum", "Unterschrift", "Dienstsiegel"):
        assert field in form


def test_words_come_out_as_they_went_in(pages: Mapping[str, Pdf]) -> None:
    text = pages["lesefassung-0640-v2.pdf"].text
    assert "Fortschreibung des Integrationskonzeptes für den Erzgebirgskreis" in text
    assert "Das Konzept soll fünf Jahre gelten; bei Bedarf kann es schon vorher überprüft werden." in text
    assert "\u00ad" not in text
    assert "\u200b" not in text


def test_same_edition_gives_the_same_bytes_in_another_process(made: Made, renderings: Mapping[str, Rendering]) -> None:
    code = (
        "import hashlib, pathlib, random, sys\n"
        "from archive.archive import Archive, Means\n"
        "from archive.excerpt import Terms\n"
        "from projections.export import pdf\n"
        "from projections.export.edition import Edition\n"
        "means = Means(clock=lambda: float(sys.argv[2]), random=random.Random(7).randbytes)\n"
        "with Archive.open(pathlib.Path(sys.argv[1]), means=means) as archive:\n"
        f"    edition = Edition(archive, Terms(day={DAY!r}, version='0.1.0', whole=True))\n"
        "    for one in pdf.files(edition):\n"
        "        print(one.name, hashlib.sha256(one.data).hexdigest())\n"
    )
    with Archive.open(made.folder, means=made.means) as archive:
        here = {one.name: one.data for one in pdf.files(Edition(archive, TERMS))}
    command = [sys.executable, "-c", code, str(made.folder), str(made.means.clock())]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert dict(line.split(" ") for line in done.stdout.splitlines()) == {
        name: hashlib.sha256(data).hexdigest() for name, data in here.items()
    }


def test_one_vorlage_alone_has_the_bytes_that_it_has_among_others(
    made: Made, renderings: Mapping[str, Rendering]
) -> None:
    stream = renderings["nachweis-12-2023.pdf"].stream
    with Archive.open(made.folder, means=made.means) as archive:
        alone = list(pdf.of_proposal(Edition(archive, TERMS), stream, proof=PROOF))
    assert alone == [one for one in renderings.values() if one.stream == stream]


def test_proof_tells_checkpoint_and_how_to_check(made: Made, pages: Mapping[str, Pdf]) -> None:
    text = pages["nachweis-0640.pdf"].text
    assert "ratsbuch.invalid/erzgebirgskreis" in text
    assert "181 Einträge" in text
    assert "d3VyemVs" in text
    assert "ab" * 8 in text
    assert "Unterschriften bestanden" in text
    assert "LIESMICH.txt" in text
    with Archive.open(made.folder, means=made.means) as archive:
        (*_, bare) = pdf.files(Edition(archive, TERMS))
    assert "kein Prüfpunkt beigegeben" in Pdf(bare.data).text


def test_proof_says_when_the_checkpoint_was_signed_only_where_something_states_it(
    made: Made, pages: Mapping[str, Pdf], renderings: Mapping[str, Rendering]
) -> None:
    assert "Unterschrieben 22.11.2026" in pages["nachweis-0640.pdf"].text
    stream = renderings["nachweis-0640.pdf"].stream
    steps = (ProofStep(name="Anker", outcome="unverändert nachgewiesen", note="1 geprüft"),)
    with Archive.open(made.folder, means=made.means) as archive:
        untimed = replace(PROOF, signed_at=None, steps=steps)
        (*_, bare) = pdf.of_proposal(Edition(archive, TERMS), stream, proof=untimed)
    text = Pdf(bare.data).text
    assert "Unterschrieben" not in text
    assert "Ergebnis der Prüfung vor der Ausgabe" in text
    assert "Anker unverändert nachgewiesen 1 geprüft" in text


def test_proof_names_what_each_entry_rests_on_with_its_grade_and_the_words_of_the_source(
    pages: Mapping[str, Pdf],
) -> None:
    text = pages["nachweis-0640.pdf"].text
    told = {number: text.partition(f" {number} ")[2] for number in ("19 22.11.2021", "20 22.11.2021", "22 08.12.2021")}
    paper = "Quelle: Bericht: Beschlussvorlage 0640, nacherzählt, Vorlage beraten mit, Zeile 2, "
    quote = "„bei einer Enthaltung einstimmig angenommen“"
    for number in ("19 22.11.2021", "20 22.11.2021"):
        assert paper + quote in told[number].partition("Rolle beim Eintragen")[0]
    assert f"Beratungsergebnis im Wortlaut: {quote}" in told["20 22.11.2021"].partition("Quelle")[0]
    assert "Stimmenzahlen im Wortlaut: „bei einer Enthaltung“" in told["19 22.11.2021"].partition("Quelle")[0]
    press = told["22 08.12.2021"].partition("Rolle beim Eintragen")[0]
    assert "Quelle: Bericht: Pressemitteilung des Landkreises vom 09.12.2021" in press


def test_checks_say_nothing_that_the_table_above_them_contradicts(pages: Mapping[str, Pdf]) -> None:
    text = pages["nachweis-0640.pdf"].text
    assert "Enthaltungen 1 Rechenprobe" in text
    assert "Es gibt keine Stimmenzahlen" not in text
    assert "Einstimmigkeit nicht entscheidbar Die nötigen Stimmenzahlen sind nicht angegeben." in text
    # Rules are adopted, but later ones than that day's.
    assert "kein Regelwerk festgelegt" not in text
    assert "Abstimmungsergebnis nicht entscheidbar Für diesen Tag ist kein Regelwerk eingetragen." in text


def test_meeting_gives_the_lesefassungen_of_its_vorlagen_and_a_nachweis_of_its_own(made: Made) -> None:
    with Archive.open(made.folder, means=made.means) as archive:
        meeting, proposal = archive.streams("meeting")[0], archive.streams("proposal")[0]
        terms = Terms(day=DAY, version="0.1.0", subjects=(meeting,))
        found = list(pdf.files(Edition(archive, terms), proof=PROOF))
        both = list(pdf.files(Edition(archive, replace(terms, subjects=(meeting, proposal)))))
    assert [one.name for one in found] == ["lesefassung-0640-v2.pdf", "nachweis-sitzung-2021-11-22.pdf"]
    assert [one.stream for one in found] == [proposal, meeting]
    text = Pdf(found[1].data).text
    assert "Kennung der Sitzung" in text
    assert "Nachweis aus Einträgen, nicht die Niederschrift" in text
    assert "Abgestimmt über nicht erwähnt (Vorlage 0640: Fortschreibung" in text
    assert "ADVISORY_BODY_SAID_ADOPTED" in text
    assert [one.name for one in both] == [
        "lesefassung-0640-v2.pdf",
        "nachweis-0640.pdf",
        "nachweis-sitzung-2021-11-22.pdf",
    ]


def test_what_there_is_nothing_to_render_of_gives_nothing(made: Made) -> None:
    with Archive.open(made.folder, means=made.means) as archive:
        about = (archive.streams("resolution")[0], archive.streams("custody")[0])
        terms = Terms(day=DAY, version="0.1.0", subjects=about)
        assert list(pdf.files(Edition(archive, terms))) == []


def test_without_the_extra_the_error_says_what_to_install(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    press._compiler.cache_clear()
    with (
        Archive.open(made.folder, means=made.means) as archive,
        pytest.raises(StorageError, match="typst is not installed") as found,
    ):
        next(pdf.files(Edition(archive, TERMS)))
    assert "ratsbuch[pdf]" in str(found.value.hint)


def test_available_says_whether_the_extra_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pdf.available()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert not pdf.available()
