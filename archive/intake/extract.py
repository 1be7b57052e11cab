"""The text of a document, line by line, each line with its place: plain text, PDF and DOCX.

Nothing is interpreted here. Plain text is read in this process; PDF and DOCX are read by libraries (the extra
`documents`) in a process of its own, with bounds on memory, time and files, because their readers meet bytes of
anybody's making: one that crashes, loops or swells is ended, and the caller gets an error and nothing else.

What cannot be seen in a document's text (scans, text boxes, comments, numbers that a word processor adds) is named in
`notes`; it is never guessed.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import logging
import multiprocessing
import re
import zipfile
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

import msgspec
from msgspec import Struct

from archive.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection

TEXT: Final = "text/plain"
PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_MIB: Final = 2**20
_INSTALL: Final = "install Ratsbuch with its extra: pip install 'ratsbuch[documents]'"


class Limits(Struct, frozen=True, kw_only=True):
    """How much of a document is read before it is refused.

    Attributes:
        file_bytes: Size of the file.
        text_characters: Characters of its text.
        pages: Pages of a PDF.
        lines: Lines, paragraphs and table rows.
        cells: Cells of all tables.
        unpacked_bytes: Everything in a DOCX, unpacked.
        members: Files in a DOCX.
        seconds: How long the reader of a PDF or DOCX may take.
        memory_bytes: How much memory its process may have.
    """

    file_bytes: int = 32 * _MIB
    text_characters: int = 4 * _MIB
    pages: int = 500
    lines: int = 200_000
    cells: int = 50_000
    unpacked_bytes: int = 128 * _MIB
    members: int = 5_000
    seconds: int = 60
    memory_bytes: int = 2 * 2**30


LIMITS: Final = Limits()


class Line(Struct, frozen=True, kw_only=True):
    """A line of text, a paragraph, or a row of a table.

    Attributes:
        raw: The literal characters; the cells of a row with TAB between them.
        place: Where it stands, in German: `Zeile 7`, `Seite 1, Zeile 7`, `Absatz 7`, `Tabelle 1, Zeile 2`.
        start: Which character of the whole text its first one is, from 1; 0 where that means nothing.
        cells: The cells, where it is a row of a table that the document itself marks as one.
        table: Which table of the document it is a row of, from 1; 0 for none.
    """

    raw: str
    place: str
    start: int = 0
    cells: tuple[str, ...] = ()
    table: int = 0


class Extract(Struct, frozen=True, kw_only=True, tag="extract"):
    """What a document says.

    Attributes:
        media_type: What it is.
        lines: In reading order; an empty line separates paragraphs.
        wrapped: Whether lines end where the page does, so that a paragraph is to be put together again.
        notes: What is in the document and not in these lines.
    """

    media_type: str
    lines: tuple[Line, ...]
    wrapped: bool = False
    notes: tuple[str, ...] = ()


class _Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """What the reading process answers where it cannot read."""

    message: str
    hint: str | None = None


_Answer: Final = msgspec.json.Decoder(Extract | _Refused)


def extract(source: bytes, name: str, *, limits: Limits = LIMITS) -> Extract:
    """Give the text of a document; what it is, its first bytes say.

    Args:
        source: Its bytes.
        name: What to call it in messages.
        limits: How much is read.

    Raises:
        InputError: It is none of the three kinds, not whole, encrypted, has no text, or is over a limit; or the extra
            `documents` is not installed.
    """
    if len(source) > limits.file_bytes:
        raise InputError(f"{name}: found more than {limits.file_bytes} bytes, expected at most that many")
    media_type = _sniffed(source, name)
    if media_type == TEXT:
        return _checked(_read_text(source, name), name, limits)
    return _checked(_read_apart(source, name, media_type, limits), name, limits)


def _sniffed(source: bytes, name: str) -> str:
    if b"%PDF-" in source[:1024]:
        return PDF
    if source.startswith(b"PK\x03\x04"):
        return DOCX
    for beginning, what in ((b"\xd0\xcf\x11\xe0", "an old or encrypted Word document"), (b"{\\rtf", "RTF")):
        if source.startswith(beginning):
            raise InputError(
                f"{name}: found {what}, expected plain text, PDF or DOCX",
                hint="save it as DOCX without a password, or as PDF",
            )
    return TEXT


def _checked(found: Extract, name: str, limits: Limits) -> Extract:
    count = sum(len(line.raw) for line in found.lines)
    cells = sum(len(line.cells) for line in found.lines)
    for number, most, what in (
        (count, limits.text_characters, "characters of text"),
        (len(found.lines), limits.lines, "lines"),
        (cells, limits.cells, "table cells"),
    ):
        if number > most:
            raise InputError(f"{name}: found {number} {what}, expected at most {most}")
    if not any(line.raw.strip() for line in found.lines):
        raise InputError(
            f"{name}: found no text in it",
            hint="a scan has to be read by text recognition first; Ratsbuch does not do that",
        )
    return found


# -- plain text -----------------------------------------------------------------------------------

# Only what ends a line in a text file; U+2028 and its kind stand inside one.
_LINE: Final = re.compile("([^\r\n\f]*)(\r\n|\r|\n|\f|\\Z)")


def _read_text(source: bytes, name: str) -> Extract:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in source[:4096]:
        raise InputError(f"{name}: found no text in UTF-8 (zero bytes)", hint="save the file as UTF-8")
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}: line {line}: found byte 0x{source[error.start]:02x}, expected UTF-8",
            hint="save the file as UTF-8; where an older program wrote it, it is likely Windows-1252 now. Nothing is "
            "decoded on a guess, because a wrong one changes names",
        ) from error
    return Extract(media_type=TEXT, lines=tuple(_text_lines(text)))


def _text_lines(text: str) -> Iterator[Line]:
    paged = "\f" in text
    page, number = 1, 1
    for match in _LINE.finditer(text):
        if match.start() == len(text) and (match[1] == "" or number > 1) and match.start() != 0:
            return  # the empty rest behind the last line
        place = f"Zeile {number}, Seite {page}" if paged else f"Zeile {number}"
        raw = match[1].removeprefix("\ufeff") if number == 1 else match[1]
        yield Line(raw=raw, place=place, start=match.start() + 1 + len(match[1]) - len(raw))
        # A page break ends what is read as a line, and is none to whoever counts lines in an editor.
        number += match[2] != "\f"
        page += match[2] == "\f"


# -- a process of its own -------------------------------------------------------------------------


def _read_apart(source: bytes, name: str, media_type: str, limits: Limits) -> Extract:
    """Read in a process that can be ended, and whose memory and time are bounded."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, source, name, media_type, limits), daemon=True)
    data = b""
    try:
        with contextlib.suppress(BrokenPipeError):  # it died before it had its task; that shows below
            process.start()
        theirs.close()
        if not ours.poll(limits.seconds):
            raise InputError(
                f"{name}: cannot be read: the reader took longer than {limits.seconds} seconds",
                hint="the document is damaged or too complicated; save it anew, or as plain text",
            )
        # The answer repeats the text with its places; ten times its bound is far more than that can take.
        with contextlib.suppress(EOFError, OSError):
            data = ours.recv_bytes(10 * limits.text_characters + _MIB)
    finally:
        ours.close()
        if process.pid is not None:
            process.kill()
            process.join()
            process.close()
    if not data:
        raise InputError(
            f"{name}: cannot be read: its reader broke off",
            hint="the document is damaged, or needs more memory than allowed; save it anew, or as plain text",
        )
    answer: Extract | _Refused = _Answer.decode(data)
    if isinstance(answer, _Refused):
        raise InputError(answer.message, hint=answer.hint)
    return answer


def _work(answer: Connection, source: bytes, name: str, media_type: str, limits: Limits) -> None:
    """Read, and answer through the pipe; what runs in the process of its own."""
    # Before the bounds: what is ours to load must not look as if it were not installed, or count as the document's.
    for module in _LIBRARIES[media_type]:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    _bound(limits)
    logging.disable(logging.CRITICAL)  # the readers warn about every flaw of a file; what matters is in the notes
    result: Extract | _Refused
    try:
        found: Extract = READERS[media_type](source, name, limits)
        result = _checked(found, name, limits)
    except InputError as error:
        result = _Refused(message=error.message, hint=error.hint)
    answer.send_bytes(msgspec.json.encode(result))
    answer.close()


def _bound(limits: Limits) -> None:
    """Take from this process what a reader has no business with."""
    import resource  # noqa: PLC0415  # there is none where there are no such limits, and no such process either

    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds + 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (lowest, lowest))


def _missing(name: str, what: str, cause: ImportError) -> NoReturn:
    raise InputError(f"{name}: reading {what} needs packages that are not installed", hint=_INSTALL) from cause


# -- PDF ------------------------------------------------------------------------------------------

# Between two words that stand further apart than this, in heights of a line, lies the edge of a column; blanks of
# justified text stay well below.
_COLUMN_GAP: Final = 1.2
# Between two lines that stand further apart than this, in heights of a line, a paragraph ends.
_PARAGRAPH_GAP: Final = 0.75
# Two readers of the same page may disagree about blanks and hyphens, but not about this share of its letters.
_DISAGREEMENT: Final = 0.02


def read_pdf(source: bytes, name: str, limits: Limits) -> Extract:
    """Read a PDF: the layout by one library, and the letters of every page by another one, to compare.

    Raises:
        InputError: It is encrypted, damaged or over a limit.
    """
    try:
        import pdfplumber  # noqa: PLC0415  # an extra
        import pypdfium2  # type: ignore[import-untyped]  # noqa: PLC0415  # same
    except ImportError as error:
        _missing(name, "PDF", error)
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{name}: is encrypted", hint="save it without a password") from error
        raise InputError(f"{name}: is no whole PDF", hint="it is damaged; get it anew") from error
    if len(document) > limits.pages:
        raise InputError(f"{name}: found {len(document)} pages, expected at most {limits.pages}")
    lines: list[Line] = []
    notes: list[str] = []
    try:
        with pdfplumber.open(io.BytesIO(source)) as layout:
            if len(layout.pages) != len(document):
                notes.append(f"two readers count {len(document)} and {len(layout.pages)} pages")
            for index, page in enumerate(layout.pages):
                table = max((line.table for line in lines), default=0)
                here = tuple(_page_lines(page, index + 1, table))
                page.close()
                lines += (*here, Line(raw="", place=f"Seite {index + 1}"))
                seen = document[index].get_textpage().get_text_range() if index < len(document) else ""
                notes += _page_notes(index + 1, here, seen)
                if sum(len(line.raw) for line in lines) > limits.text_characters:
                    raise InputError(f"{name}: found more than {limits.text_characters} characters of text")
    except InputError:
        raise
    except Exception as error:  # damaged files raise anything in the reader; none of it is gone past
        raise InputError(
            f"{name}: cannot be read: {type(error).__name__}", hint="the PDF is damaged; get it anew"
        ) from error
    return Extract(media_type=PDF, lines=tuple(lines), wrapped=True, notes=tuple(notes))


def _page_notes(number: int, lines: Sequence[Line], seen: str) -> Iterator[str]:
    ours = Counter(c for line in lines for c in line.raw if c.isalnum())
    theirs = Counter(c for c in seen if c.isalnum())
    if not ours and not theirs:
        yield f"Seite {number} has no text (a scan, or empty)"
        return
    apart = (ours - theirs).total() + (theirs - ours).total()
    if apart > _DISAGREEMENT * max(ours.total(), theirs.total()):
        yield f"Seite {number}: two readers disagree about {apart} letters; compare with the page itself"


class _Box(Struct, frozen=True):
    """What stands at one height of a page: a line of words, or a row of a table."""

    top: float
    bottom: float
    raw: str
    cells: tuple[str, ...] = ()
    table: int = 0
    row: int = 0


def _page_lines(page: object, number: int, table: int) -> Iterator[Line]:
    """Give the lines and table rows of a page from top to bottom, an empty line between paragraphs."""
    boxes, frames = [], []
    for found in page.find_tables():  # type: ignore[attr-defined]  # the library's page
        rows = [tuple(cell or "" for cell in row) for row in found.extract()]
        if max(map(len, rows), default=0) < 2:  # noqa: PLR2004  # a frame around text is no table
            continue
        table += 1
        frames.append(found.bbox)
        for row, (place, cells) in enumerate(zip(found.rows, rows, strict=True), start=1):
            raw = "\t".join(cell.replace("\n", " ") for cell in cells)
            boxes.append(_Box(place.bbox[1], place.bbox[3], raw, cells, table, row))

    def outside(thing: Mapping[str, float]) -> bool:
        x, y = (thing["x0"] + thing["x1"]) / 2, (thing["top"] + thing["bottom"]) / 2
        return not any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in frames)

    words = [word for word in page.extract_words() if outside(word)]  # type: ignore[attr-defined]  # same
    boxes += _word_lines(words)
    boxes.sort(key=lambda box: box.top)
    line, bottom = 0, None
    for box in boxes:
        height = max(box.bottom - box.top, 1.0) if not box.cells else 12.0
        if bottom is not None and box.top - bottom > _PARAGRAPH_GAP * height:
            yield Line(raw="", place=f"Seite {number}")
        bottom = max(box.bottom, bottom or box.bottom)
        if box.cells:
            place = f"Seite {number}, Tabelle {box.table}, Zeile {box.row}"
            yield Line(raw=box.raw, place=place, cells=box.cells, table=box.table)
        else:
            line += 1
            yield Line(raw=box.raw, place=f"Seite {number}, Zeile {line}")


def _word_lines(words: Sequence[Mapping[str, float | str]]) -> Iterator[_Box]:
    """Put words that stand at one height together; a wide gap between two becomes a TAB."""
    rows: list[list[tuple[float, float, float, float, str]]] = []
    places = sorted(
        ((float(w["top"]), float(w["bottom"]), float(w["x0"]), float(w["x1"]), str(w["text"])) for w in words),
        key=lambda w: (w[0] + w[1]) / 2,
    )
    for word in places:
        middle = (word[0] + word[1]) / 2
        if rows and abs(middle - (rows[-1][0][0] + rows[-1][0][1]) / 2) < (word[1] - word[0]) / 2:
            rows[-1].append(word)
        else:
            rows.append([word])
    for row in rows:
        row.sort(key=lambda w: w[2])
        height = max(w[1] - w[0] for w in row)
        text = row[0][4]
        for left, right in itertools.pairwise(row):
            text += ("\t" if right[2] - left[3] > _COLUMN_GAP * height else " ") + right[4]
        yield _Box(min(w[0] for w in row), max(w[1] for w in row), text)


# -- DOCX -----------------------------------------------------------------------------------------


class _Element(Protocol):
    """An element of an XML tree, as far as it is looked at here."""

    tag: object
    text: str | None

    def __iter__(self) -> Iterator[_Element]:
        """Give its children."""
        ...

    def iter(self, tag: str = ..., /) -> Iterator[_Element]:
        """Give it and everything below it, of that tag."""
        ...


_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_UNREAD_PARTS: Final = {
    "word/footnotes.xml": "footnotes",
    "word/endnotes.xml": "endnotes",
    "word/comments.xml": "comments",
}
_HEADER: Final = re.compile(r"word/(header|footer)\d*\.xml\Z")


def read_docx(source: bytes, name: str, limits: Limits) -> Extract:
    """Read a DOCX: paragraphs and tables in their order, with what was inserted, without what was deleted.

    Raises:
        InputError: It is damaged, a bomb, no Word document, or over a limit.
    """
    texts = _parts(source, name, limits)
    try:
        import docx  # noqa: PLC0415  # an extra
        from docx.opc.exceptions import OpcError  # noqa: PLC0415  # same
        from lxml.etree import LxmlError  # noqa: PLC0415  # comes with it
    except ImportError as error:
        _missing(name, "DOCX", error)
    try:
        document = docx.Document(io.BytesIO(source))
        body = document.element.body
        lines = tuple(_docx_lines(body))
        notes = tuple(_docx_notes(body, texts))
    except (OpcError, LxmlError, KeyError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{name}: is no whole Word document: {type(error).__name__}", hint="it is damaged; get it anew"
        ) from error
    return Extract(media_type=DOCX, lines=lines, notes=notes)


def _parts(source: bytes, name: str, limits: Limits) -> dict[str, bytes]:
    """Look at everything in the file before anything parses it; gives the XML parts.

    A declared size bounds what is unpacked: the reader of ZIP files stops there. Document type declarations (entities)
    have no place in a DOCX, and are refused in the only encodings that are let pass.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            names = {member.filename for member in members}
            if len(members) > limits.members or total > limits.unpacked_bytes or len(names) != len(members):
                raise InputError(
                    f"{name}: found {len(members)} files of {total} bytes in it, expected at most {limits.members} of "
                    f"{limits.unpacked_bytes} bytes, and no name twice"
                )
            if "word/document.xml" not in names:
                raise InputError(
                    f"{name}: is a ZIP file and no Word document",
                    hint="DOCX is read; save ODT and others as DOCX or PDF",
                )
            texts = {m.filename: archive.read(m) for m in members if m.filename.endswith((".xml", ".rels"))}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise InputError(f"{name}: is no whole ZIP file", hint="it is damaged; get it anew") from error
    for part, text in texts.items():
        if b"\0" in text or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise InputError(
                f"{name}: {part}: found a document type declaration or an encoding other than UTF-8",
                hint="no word processor writes such a file; save the document anew",
            )
    return texts


def _docx_lines(body: _Element) -> Iterator[Line]:
    paragraph = table = 0
    for element in _blocks(body):
        if element.tag == f"{_W}p":
            paragraph += 1
            for text in _paragraph(element).split("\n"):
                yield Line(raw=text, place=f"Absatz {paragraph}")
            continue
        table += 1
        yield Line(raw="", place=f"Tabelle {table}")
        for row, line in enumerate(_children(element, "tr"), start=1):
            cells = tuple("\n".join(_paragraph(p) for p in cell.iter(f"{_W}p")) for cell in _children(line, "tc"))
            place = f"Tabelle {table}, Zeile {row}"
            if len(cells) == 1:  # a frame around text is no table
                yield from (Line(raw=text, place=place) for text in cells[0].split("\n"))
                continue
            raw = "\t".join(cell.replace("\n", " ") for cell in cells)
            yield Line(raw=raw, place=place, cells=cells, table=table)
        yield Line(raw="", place=f"Tabelle {table}")


def _blocks(element: _Element) -> Iterator[_Element]:
    """Give paragraphs and tables in order, those inside content controls and insertions too."""
    for child in element:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}moveTo"):
            yield from _blocks(child)


def _children(element: _Element, tag: str) -> Iterator[_Element]:
    """Give the rows of a table or the cells of a row; a content control may lie between."""
    for child in element:
        if child.tag == f"{_W}{tag}":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
            yield from _children(child, tag)


_SKIPPED: Final = frozenset(f"{_W}{tag}" for tag in ("pPr", "rPr", "del", "moveFrom", "pict", "drawing", "object")) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
_SIGNS: Final = {
    "tab": "\t",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "\u2011",
    "softHyphen": "\u00ad",
    "sym": "\ufffd",
}


def _paragraph(element: _Element) -> str:
    """Give the text of a paragraph."""
    parts = []
    for child in element:
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif str(child.tag).startswith(_W) and str(child.tag).removeprefix(_W) in _SIGNS:
            parts.append(_SIGNS[str(child.tag).removeprefix(_W)])
        elif isinstance(child.tag, str) and child.tag not in _SKIPPED:  # a comment's tag is no text
            parts.append(_paragraph(child))
    return "".join(parts)


def _docx_notes(body: _Element, texts: Mapping[str, bytes]) -> Iterator[str]:
    found = Counter(str(element.tag).removeprefix(_W) for element in body.iter())
    if found["ins"] or found["del"] or found["moveTo"]:
        yield "tracked changes: what was inserted is read, what was deleted is not"
    if found["numPr"]:
        yield f"{found['numPr']} paragraphs are numbered by the word processor; their numbers are not in the text"
    if found["txbxContent"] or found["drawing"] or found["pict"]:
        yield "text boxes and pictures are not read"
    if found["sym"]:
        yield f"{found['sym']} characters of symbol fonts are not read; U+FFFD stands for them"
    for part, text in texts.items():
        what = _UNREAD_PARTS.get(part) or (_HEADER.match(part) and "page headers and footers")
        if what and re.search(rb"<w:t[ >][^<]*[^<\s]", text):
            yield f"{what} are not read ({part})"


READERS: Final = {PDF: read_pdf, DOCX: read_docx}
_LIBRARIES: Final = {PDF: ("pdfplumber", "pypdfium2"), DOCX: ("docx", "docx.opc.exceptions", "lxml.etree")}
