"""Documents of anybody's making: what is read, what is refused, and that a reader is bounded."""

from __future__ import annotations

import io
import sys
import zipfile

import msgspec
import pytest
from support import papers

from archive.errors import InputError
from archive.intake.extract import DOCX, LIMITS, PDF, TEXT, Extract, extract, read_docx, read_pdf

DOCUMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>"""


def docx_with(body: bytes = b"", **parts: bytes) -> bytes:
    """Write a DOCX, with its document or other parts replaced."""
    source = io.BytesIO(papers.docx("x"))
    target = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name == "word/document.xml" and body:
                new.writestr(name, DOCUMENT % body)
            elif name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return target.getvalue()


def text_of(found: Extract) -> list[str]:
    return [line.raw for line in found.lines if line.raw]


# -- plain text ---------------------------------------------------------------------------------------


def test_offsets_of_lines_are_those_of_the_text() -> None:
    text = "\ufeffeins\r\nzwei\rdrei\fvier\n\nfünf"
    found = extract(text.encode(), "t.txt")
    assert found.media_type == TEXT
    assert [line.raw for line in found.lines] == ["eins", "zwei", "drei", "vier", "", "fünf"]
    assert all(text[line.start - 1 :].startswith(line.raw) for line in found.lines)
    assert [line.place for line in found.lines][3:] == ["Zeile 3, Seite 2", "Zeile 4, Seite 2", "Zeile 5, Seite 2"]


def test_windows_1252_is_refused_with_the_byte_and_the_way_out() -> None:
    with pytest.raises(InputError) as refused:
        extract("Straße\nBegründung".encode("cp1252"), "t.txt")
    assert refused.value.message == "t.txt: line 1: found byte 0xdf, expected UTF-8"
    assert "Windows-1252" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Vorlage".encode("utf-16"), "t: found no text in UTF-8 (zero bytes)"),
        (b"\xd0\xcf\x11\xe0rest", "t: found an old or encrypted Word document, expected plain text, PDF or DOCX"),
        (b"{\\rtf1 Vorlage}", "t: found RTF, expected plain text, PDF or DOCX"),
        (b" \n\n", "t: found no text in it"),
        (b"", "t: found no text in it"),
    ],
)
def test_what_is_no_text_is_refused(source: bytes, message: str) -> None:
    with pytest.raises(InputError) as refused:
        extract(source, "t")
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file_bytes", "t: found more than 3 bytes, expected at most that many"),
        ("text_characters", "t: found 8 characters of text, expected at most 3"),
        ("lines", "t: found 5 lines, expected at most 3"),
    ],
)
def test_limits_of_a_text_hold(name: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        extract(b"ab\ncd\nef\ng\nh", "t", limits=msgspec.structs.replace(LIMITS, **{name: 3}))
    assert refused.value.message == message


# -- PDF ----------------------------------------------------------------------------------------------


def test_pdf_gives_lines_with_pages_and_tables_with_cells() -> None:
    found = read_pdf(papers.pdf("eins\n\nGremium\tTermin\nKreistag\t\n" + "zwei\n" * 60), "p", LIMITS)
    assert (found.media_type, found.wrapped, found.notes) == (PDF, True, ())
    assert found.lines[0].place == "Seite 1, Zeile 1"
    rows = [line for line in found.lines if line.cells]
    assert [(row.cells, row.place) for row in rows] == [
        (("Gremium", "Termin"), "Seite 1, Tabelle 1, Zeile 1"),
        (("Kreistag", ""), "Seite 1, Tabelle 1, Zeile 2"),
    ]
    assert {line.place.partition(",")[0] for line in found.lines} == {"Seite 1", "Seite 2"}


def test_pdf_without_rules_gives_columns_by_their_gaps() -> None:
    found = read_pdf(papers.pdf("Kreistag\t29.03.2023", ruled=False), "p", LIMITS)
    assert text_of(found) == ["Kreistag\t29.03.2023"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (papers.locked_pdf(), "p: is encrypted"),
        (b"%PDF-1.7 and nothing else", "p: is no whole PDF"),
        (papers.pdf("Vorlage")[:300], "p: is no whole PDF"),
        (papers.empty_pdf(3), "p: found 3 pages, expected at most 2"),
    ],
)
def test_pdf_that_cannot_be_read_is_refused(source: bytes, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_pdf(source, "p", msgspec.structs.replace(LIMITS, pages=2))
    assert refused.value.message == message


def test_page_without_text_is_noted() -> None:
    assert read_pdf(papers.empty_pdf(), "p", LIMITS).notes == ("Seite 1 has no text (a scan, or empty)",)


def test_pdf_of_scans_alone_is_refused_in_its_process() -> None:
    with pytest.raises(InputError, match=r"\Ap: found no text in it\Z"):
        extract(papers.empty_pdf(), "p")


def test_reader_that_takes_too_long_is_ended() -> None:
    with pytest.raises(InputError, match=r"\Ap: cannot be read: the reader took longer than 0 seconds\Z"):
        extract(papers.pdf("Vorlage"), "p", limits=msgspec.structs.replace(LIMITS, seconds=0))


def test_reader_that_needs_too_much_memory_breaks_off() -> None:
    with pytest.raises(InputError, match=r"\Ap: cannot be read: "):
        extract(
            papers.pdf("\n".join(["Vorlage"] * 5000)), "p", limits=msgspec.structs.replace(LIMITS, memory_bytes=2**20)
        )


# -- DOCX ---------------------------------------------------------------------------------------------


def test_docx_gives_paragraphs_and_tables_in_their_order() -> None:
    found = extract(papers.docx("eins\nGremium\tTermin\nzwei"), "d")
    assert found.media_type == DOCX
    assert [(line.raw, line.place) for line in found.lines if line.raw] == [
        ("eins", "Absatz 1"),
        ("Gremium\tTermin", "Tabelle 1, Zeile 1"),
        ("zwei", "Absatz 2"),
    ]


def test_insertions_and_content_controls_are_read_and_deletions_are_not() -> None:
    body = (
        b"<w:p><w:r><w:t>Wir </w:t></w:r><w:ins><w:r><w:t>sind</w:t></w:r></w:ins>"
        b"<w:del><w:r><w:delText>waren</w:delText></w:r></w:del></w:p>"
        b"<w:sdt><w:sdtContent><w:p><w:r><w:t>im</w:t><w:tab/><w:t>Feld</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        b"<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>Punkt</w:t><w:br/><w:t>zwei</w:t></w:r></w:p>"
    )
    found = read_docx(docx_with(body), "d", LIMITS)
    assert text_of(found) == ["Wir sind", "im\tFeld", "Punkt", "zwei"]
    assert found.notes == (
        "tracked changes: what was inserted is read, what was deleted is not",
        "1 paragraphs are numbered by the word processor; their numbers are not in the text",
    )


def test_parts_that_are_not_read_are_noted() -> None:
    footnotes = b'<w:footnotes xmlns:w="w"><w:t>Fu\xc3\x9fnote</w:t></w:footnotes>'
    found = read_docx(
        docx_with(**{"word/footnotes.xml": footnotes, "word/header1.xml": b"<w:t>Kopf</w:t>"}), "d", LIMITS
    )
    assert found.notes == (
        "footnotes are not read (word/footnotes.xml)",
        "page headers and footers are not read (word/header1.xml)",
    )


@pytest.mark.parametrize(
    "declaration",
    [b'<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b"<!ENTITY a 'b'>", "<?xml?>".encode("utf-16")],
)
def test_document_type_declarations_are_refused(declaration: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read_docx(docx_with(**{"customXml/item1.xml": declaration}), "d", LIMITS)
    assert refused.value.message == (
        "d: customXml/item1.xml: found a document type declaration or an encoding other than UTF-8"
    )


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = docx_with(**{"word/media/image1.png": bytes(40 * 2**20)})
    assert len(bomb) < 2**20
    with pytest.raises(InputError, match=r"\Ad: found \d+ files of 4\d{7} bytes in it, expected at most 5000 of 104"):
        read_docx(bomb, "d", msgspec.structs.replace(LIMITS, unpacked_bytes=2**20))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"PK\x03\x04 and nothing else", "d: is no whole ZIP file"),
        (papers.docx("x")[:-40], "d: is no whole ZIP file"),
        (docx_with(b"<w:p><unclosed>"), "d: is no whole Word document: XMLSyntaxError"),
    ],
)
def test_damaged_docx_is_refused(source: bytes, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_docx(source, "d", LIMITS)
    assert refused.value.message == message


def test_zip_that_is_no_docx_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("content.xml", "<odt/>")
    with pytest.raises(InputError, match=r"\Ad: is a ZIP file and no Word document\Z"):
        extract(target.getvalue(), "d")


def test_two_files_of_one_name_are_refused() -> None:
    target = io.BytesIO(papers.docx("x"))
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(InputError, match="and no name twice"):
        read_docx(target.getvalue(), "d", LIMITS)


@pytest.mark.parametrize(("read", "what"), [(read_pdf, "PDF"), (read_docx, "DOCX")])
def test_missing_extra_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch, read: object, what: str) -> None:
    source = papers.empty_pdf() if what == "PDF" else papers.docx("x")
    for name in ("pdfplumber", "docx"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError) as refused:
        read(source, "d", LIMITS)  # type: ignore[operator]  # one of the two readers
    assert refused.value.message == f"d: reading {what} needs packages that are not installed"
    assert refused.value.hint == "install Ratsbuch with its extra: pip install 'ratsbuch[documents]'"
