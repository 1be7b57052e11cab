"""Papers for tests: one invented Vorlage, and ways to write it as plain text, PDF and DOCX."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# An invented paper, field by field; the order is for the tests to choose.
HEAD: Final = ("Beratungsfolge", "Termin", "Beratungsstatus")
ROWS: Final = (
    ("Verkehrsausschuss", "20.03.2023", "nichtöffentlich, vorberatend"),
    ("Kreistag", "29.03.2023", "öffentlich, beschließend"),
)
FIELDS: Final = {
    "reference": "Vorlagen-Nr.: 0042",
    "date": "Datum: 21.03.2023",
    "submitter": "Einreicher: Amt für Mobilität",
    "table": "\n".join("\t".join(row) for row in (HEAD, *ROWS)),
    "subject": "Gegenstand der Vorlage: Fortschreibung des Radwegeplans für den Musterkreis",
    "legal": "Rechtliche Grundlage: § 3 Absatz 2 der Hauptsatzung",
    "consulted": "Vorlage beraten mit: Verkehrsverbund Musterland\n"
    "Verkehrsausschuss, mit zwei Gegenstimmen mehrheitlich angenommen",
    "financial": "Welche finanziellen Auswirkungen/ Produktsachkonto: keine",
    "operative": "Beschlussvorschlag:\n\nDer Kreistag beschließt den als Anlage 1 beigefügten Radwegeplan und setzt "
    "ihn zum 01.05.2023 in Kraft.\n\nE. Beispiel",
    "votes": "Abstimmungs-\nergebnis:\n\nStimmberechtigte\tdafür\tdagegen\tEnthaltungen",
    "reasons": "Begründung\n\nDer Kreistag beschloss am 5. April 2017 den ersten Radwegeplan, der zum 1. Mai 2017 in "
    "Kraft trat. Das zweite, überarbeitete Papier nimmt die Anregungen der Gemeinden auf.\n\n"
    "Der Plan gilt für 5 Jahre, wobei eine Überprüfung schon früher möglich ist.",
}
TITLE: Final = "Beschlussvorlage"


def paper(order: Iterable[str] = FIELDS, *, title: str = TITLE, **changed: str | None) -> str:
    """Give the paper as text: some fields changed, or with None left out."""
    fields = {**FIELDS, **changed}
    parts = [text for name in order if (text := fields[name]) is not None]
    return "\n\n".join((title, *parts)) + "\n"


# -- DOCX -----------------------------------------------------------------------------------------


def docx(text: str) -> bytes:
    """Write a text as DOCX; lines with TABs that follow each other become a table."""
    import docx as library  # noqa: PLC0415  # an extra

    document = library.Document()
    rows: list[list[str]] = []
    for line in (*text.split("\n"), ""):
        if "\t" in line:
            rows.append(line.split("\t"))
            continue
        if rows:
            table = document.add_table(len(rows), len(rows[0]))
            for row, cells in zip(table.rows, rows, strict=True):
                for cell, content in zip(row.cells, cells, strict=True):
                    cell.text = content
            rows = []
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


# -- PDF ------------------------------------------------------------------------------------------

_LEFT, _TOP, _LINE, _SIZE, _COLUMNS = 50, 780, 14, 10, (50, 330, 410)
_CHARACTERS = 88


class _Page(Struct):
    y: float = _TOP
    parts: list[str] = []

    def text(self, x: float, line: str) -> None:
        escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.parts.append(f"BT /F1 {_SIZE} Tf {x} {self.y} Td ({escaped}) Tj ET")

    def rule(self, x: float, y: float, until_x: float, until_y: float) -> None:
        self.parts.append(f"{x} {y} m {until_x} {until_y} l S")


def pdf(text: str, *, ruled: bool = True) -> bytes:
    """Write a text as PDF, wrapped at the edge of the page; lines with TABs become a table, with or without rules."""
    page = _Page(parts=[])
    pages = [page]
    for line in text.split("\n"):
        if page.y < 60:
            page = _Page(parts=[])
            pages.append(page)
        if "\t" in line:
            _row(page, line.split("\t"), ruled=ruled)
            continue
        for part in _wrapped(line):
            page.text(_LEFT, part)
            page.y -= _LINE
    return _file([p.parts for p in pages])


def _row(page: _Page, cells: Sequence[str], *, ruled: bool) -> None:
    columns = _COLUMNS if len(cells) == len(_COLUMNS) else tuple(50 + 120 * index for index in range(len(cells)))
    for x, cell in zip(columns, cells, strict=True):
        page.text(x + 3, cell)
    if ruled:
        top, bottom, right = page.y + 10, page.y - 4, 560
        for x in (*columns, right):
            page.rule(x, top, x, bottom)
        for y in (top, bottom):
            page.rule(columns[0], y, right, y)
    page.y -= _LINE


def _wrapped(line: str) -> list[str]:
    lines = [""]
    for word in line.split(" "):
        if len(lines[-1]) + len(word) > _CHARACTERS:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def _file(pages: Sequence[Sequence[str]], *, trailer: str = "") -> bytes:
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    for index, parts in enumerate(pages):
        content = "\n".join(parts)
        size = len(content.encode("cp1252"))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * index} 0 R >>"
        )
        objects.append(f"<< /Length {size} >>\nstream\n{content}\nendstream")
    result, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(result))
        result += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    start = len(result)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    end = f"trailer\n<< /Size {count} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    return result + f"xref\n0 {count}\n0000000000 65535 f \n{table}{end}".encode("cp1252")


def locked_pdf() -> bytes:
    """Write a PDF that wants a password which nobody has."""
    encryption = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <{'41' * 32}> /U <{'42' * 32}> >>"
    return _file([[]], trailer=f"{encryption} /ID [<{'43' * 16}> <{'43' * 16}>]")


def empty_pdf(pages: int = 1) -> bytes:
    """Write a PDF whose pages hold no text."""
    return _file([[]] * pages)
