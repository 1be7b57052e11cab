"""A paper taken apart into its fields: which words belong to which label, and where they stand.

A label counts where it begins a line or a cell and is followed by a colon, or is the whole of it. Case, blanks, dots
and hyphens in it do not count, nor does a break in the middle of it (`Abstimmungs-` / `ergebnis:`). A label that
stands a second time begins nothing: its words stay with the field in which they stand, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain.text import is_visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.intake.extract import Extract, Line

# What is there for the layout only: soft hyphens (also as PDF readers give them), joiners, marks of byte order.
_LAYOUT: Final = re.compile("[\x02\u00ad\u200b-\u200d\u2060\ufeff\ufffe\uffff]")
_BLANK: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PAGE_NUMBER: Final = re.compile(r"(?:- ?)?Seite \d+(?: ?(?:von|/) ?\d+)?(?: ?-)?\Z", re.IGNORECASE)
_COLUMNS: Final = re.compile(r"\t| {2,}|\s*\|\s*")
_LABEL_MAX: Final = 80

# What the labels are called, without blanks and punctuation, in small letters.
LABELS: Final[Mapping[str, str]] = {
    label: key
    for key, labels in {
        "reference": "vorlagennr vorlagennummer vorlagenr vorlagenummer drucksachennr drucksachenr drucksachennummer "
        "drucksachenummer drucksache dsnr beschlussvorlagenr beschlussvorlagennr nrdervorlage nummerdervorlage",
        "date": "datum vorlagendatum datumdervorlage",
        "submitter": "einreicher einreicherin einreichende einreichendestelle eingereichtvon eingereichtdurch "
        "einbringer einbringerin eingebrachtvon eingebrachtdurch antragsteller antragstellerin",
        "consultations": "beratungsfolge beratungsgang gremienfolge",
        "subject": "gegenstanddervorlage gegenstand betreff betrifft titel titeldervorlage",
        "legal_basis": "rechtlichegrundlage rechtlichegrundlagen rechtsgrundlage rechtsgrundlagen gesetzlichegrundlage "
        "gesetzlichegrundlagen",
        "consulted": "vorlageberatenmit beratenmit vorlagevorberatenmit vorberatenmit",
        "financial": "welchefinanziellenauswirkungenproduktsachkonto welchefinanziellenauswirkungen "
        "finanzielleauswirkungenproduktsachkonto finanzielleauswirkungen finanzielleauswirkung",
        "account": "produktsachkonto produktkonto sachkonto haushaltsstelle",
        "operative": "beschlussvorschlag beschlussentwurf beschlussantrag beschlusstext",
        "signatory": "unterzeichner unterzeichnerin unterschrift gezeichnet",
        "vote_form": "abstimmungsergebnis abstimmung ergebnisderabstimmung",
        "reasons": "begründung begründungdervorlage sachverhalt sachverhaltbegründung begründungsachverhalt "
        "sachverhaltundbegründung begründungundsachverhalt sachdarstellung",
        "annexes": "anlagen anlage anlagenverzeichnis verzeichnisderanlagen",
        # Labels that papers bear and for which a proposal has no field.
        "foreign": "beschlussnr beschlussnummer top tagesordnungspunkt sitzungsnr sitzungsnummer sitzung wahlperiode "
        "aktenzeichen az mitzeichnung mitgezeichnet bearbeiter bearbeiterin federführung bekanntmachung",
    }.items()
    for label in labels.split()
}
# What the columns of the Beratungsfolge and of the vote table are called.
CONSULTATION_COLUMNS: Final[Mapping[str, str]] = {
    label: key
    for key, labels in {
        "organ": "beratungsfolge gremium gremien ausschuss organ beratungsgremium beratendesgremium",
        "day": "termin datum sitzungstermin sitzungsdatum sitzung sitzungam beratungam beratungstermin",
        "status": "beratungsstatus status behandlung zuständigkeit beratungsart artderberatung beratungsform beratung",
        "publicity": "öffentlichkeit öffentlichkeitsstatus",
        "result": "ergebnis beratungsergebnis",
    }.items()
    for label in labels.split()
}
VOTE_COLUMNS: Final[Mapping[str, str]] = {
    label: key
    for key, labels in {
        "entitled": "stimmberechtigte stimmberechtigt anzahlderstimmberechtigten",
        "yes": "dafür ja jastimmen",
        "no": "dagegen nein neinstimmen gegenstimmen",
        "abstain": "enthaltungen enthaltung stimmenthaltungen stimmenthaltung",
    }.items()
    for label in labels.split()
}
# A paper's title, as a line of its own; what may stand before the number that often follows it.
KINDS: Final[Mapping[str, str]] = {
    "beschlussvorlage": "resolution_proposal",
    "informationsvorlage": "information",
    "mitteilungsvorlage": "information",
    "antrag": "motion",
    "änderungsantrag": "amendment",
    "anfrage": "inquiry",
    "stellungnahme": "statement",
    "berichtsvorlage": "report",
}
_TITLE: Final = re.compile(
    rf"(?:(?:öffentliche|nichtöffentliche|nicht öffentliche)\s+)?({'|'.join(KINDS)})"
    r"(?:\s+(?:Nr\.?|Nummer)\s*:?\s*(\S+))?\Z",
    re.IGNORECASE,
)
# Texts of which only the next known label is the end.
PROSE: Final = frozenset({"operative", "reasons"})
# Where a line with a colon is as likely as any other.
_MANY_COLONS: Final = PROSE | {"annexes", "vote_form"}
# A label that is none of ours, before a value on the same line.
_UNKNOWN_LABEL: Final = re.compile(r"[A-ZÄÖÜ][^:.;,]{1,40}:\s")


class Piece(Struct, frozen=True, kw_only=True):
    """A stretch of a line.

    Attributes:
        text: What is read of it: blanks are blanks, and nothing stands in it for the layout only.
        quote: The literal words.
        place: Where they stand.
        cells: What is read of the cells of a row; empty where it has no columns.
        table: Which table of the document it is a row of; 0 for none.
    """

    text: str
    quote: str
    place: str
    cells: tuple[str, ...] = ()
    table: int = 0


class Section(Struct, frozen=True, kw_only=True):
    """A field of the paper.

    Attributes:
        key: Which one.
        label: Its label, as it stands there.
        head: The label with what stands behind it.
        pieces: What stands there, blank lines included; the first is what stands behind the label.
    """

    key: str
    label: str
    head: Piece
    pieces: tuple[Piece, ...]


class Title(Struct, frozen=True, kw_only=True):
    """The line that says what kind of paper it is; `number` where it names one."""

    kind: str
    number: str | None
    piece: Piece


class Remark(Struct, frozen=True, kw_only=True):
    """Something that could not be read, or that whoever reviews has to know.

    Attributes:
        field: Which field it is about, by its German name.
        place: Where in the document; empty where it is about the whole.
        text: What was found, and why it was not read.
    """

    field: str
    place: str
    text: str


class Taken(Struct, frozen=True, kw_only=True):
    """A paper taken apart: its sections by key, its title, what belongs to no field, and what has to be said.

    `foreign` are the labels found for which a proposal has no field, as `squashed` gives them.
    """

    sections: Mapping[str, Section]
    title: Title | None
    loose: tuple[Piece, ...]
    remarks: tuple[Remark, ...]
    foreign: frozenset[str]


def squashed(text: str) -> str:
    """Give the letters and digits of a label, in small letters."""
    return "".join(c for c in text.lower() if c.isalnum())


def readable(text: str) -> str:
    """Give a text without what is there for the layout only, and with plain blanks; nothing where none of it shows."""
    read = _FORBIDDEN.sub("\ufffd", _BLANK.sub(" ", _LAYOUT.sub("", text)))
    return read if is_visible(read) else ""


def quotable(text: str) -> str:
    """Give literal words as a record can hold them: what no export could carry is replaced."""
    return _FORBIDDEN.sub("\ufffd", text)


def piece(line: Line, first: int = 0, last: int | None = None) -> Piece:
    """Give a stretch of a line, by its characters."""
    raw = line.raw[first:last]
    stripped = raw.strip()
    start = line.start + first + len(raw) - len(raw.lstrip()) if line.start else 0
    many = f", Zeichen {start}–{start + len(stripped) - 1}" if start and stripped else ""
    cells = line.cells if first == 0 and last is None else ()
    text = readable(stripped)
    return Piece(
        text=text,
        quote=quotable(stripped),
        place=line.place + many,
        cells=tuple(_one_line(cell) for cell in cells) or _columns(readable(raw)),
        table=line.table,
    )


def _one_line(cell: str) -> str:
    return " ".join(readable(cell).split())


def _columns(text: str) -> tuple[str, ...]:
    """Give the columns of a line: between TABs where there are any, else between wide gaps or bars."""
    text = text.strip(" ")
    parts = text.split("\t") if "\t" in text else _COLUMNS.split(text.removeprefix("|").removesuffix("|").strip())
    return tuple(part.strip() for part in parts) if len(parts) > 1 else ()


def take_apart(found: Extract) -> Taken:
    """Find the labels of a paper, and what stands under each."""
    return _Taking(found).taken()


class _Open(Struct):
    """The section at hand."""

    key: str
    label: str
    head: Piece
    pieces: list[Piece]


class _Taking:
    def __init__(self, found: Extract) -> None:
        self._lines = found.lines
        self._sections: dict[str, Section] = {}
        self._title: Title | None = None
        self._loose: list[Piece] = []
        self._remarks: list[Remark] = []
        self._open: _Open | None = None
        self._foreign: set[str] = set()

    def taken(self) -> Taken:
        """Read line after line."""
        index = 0
        while index < len(self._lines):
            index += self._line(index)
        self._close()
        return Taken(
            sections=self._sections,
            title=self._title,
            loose=tuple(self._loose),
            remarks=tuple(self._remarks),
            foreign=frozenset(self._foreign),
        )

    def _line(self, index: int) -> int:
        """Read one line, or the two that a label is broken over; give how many."""
        line = self._lines[index]
        whole = piece(line)
        if _PAGE_NUMBER.match(whole.text):
            self._remark("Seitenzahl", whole, f"passed over {whole.quote!r}")
            self._foreign.add("seite")
            return 1
        if self._is_title(whole):
            return 1
        if self._is_head_row(whole):
            return 1
        if line.cells:
            keys = [LABELS.get(squashed(cell.partition(":")[0])) for cell in whole.cells]
            if keys[0] is not None:
                self._row_of_labels(line, whole, keys)
            else:
                self._add(whole)
            return 1
        key, end = _label(line.raw)
        if key is None and index + 1 < len(self._lines) and line.raw.rstrip().endswith(("-", "/", "\u00ad", "\x02")):
            following = self._lines[index + 1]
            joined, _ = _label(line.raw.rstrip() + following.raw)
            if joined is not None and not following.cells:
                rest = following.raw.find(":") + 1 or len(following.raw)
                label = f"{whole.quote} {quotable(following.raw[:rest].strip())}"
                self._begin(joined, label, piece(following), piece(following, rest), whole)
                return 2
        if key is not None:
            self._begin(key, quotable(line.raw[:end].strip()), whole, piece(line, end), whole)
        else:
            self._add(whole)
        return 1

    def _row_of_labels(self, line: Line, whole: Piece, keys: Sequence[str | None]) -> None:
        """Read a row in which labels stand beside their values."""
        for index, (cell, key) in enumerate(zip(line.cells, keys, strict=True)):
            label, colon, rest = cell.partition(":")
            column = f"{line.place}, Spalte {index + 1}"
            if key is not None and len(label) <= _LABEL_MAX:
                values = rest.split("\n") if colon else [""]
                pieces = [Piece(text=readable(t.strip()), quote=quotable(t.strip()), place=column) for t in values]
                head = Piece(text=whole.text, quote=quotable(line.raw.strip()), place=line.place)
                self._begin(key, quotable(" ".join(label.split())), head, pieces[0], whole)
                for more in pieces[1:]:
                    self._add(more)
            else:
                for text in cell.split("\n"):
                    self._add(Piece(text=readable(text.strip()), quote=quotable(text.strip()), place=column))

    def _is_title(self, whole: Piece) -> bool:
        if self._open is not None and self._open.key in PROSE:
            return False
        match = _TITLE.match(whole.text)
        if match is None:
            return False
        if self._title is None:
            self._title = Title(kind=KINDS[match[1].lower()], number=match[2], piece=whole)
            self._close()
            return True
        return False

    def _is_head_row(self, whole: Piece) -> bool:
        """Whether a row has the headings of the Beratungsfolge or of the vote table; it then begins that section."""
        names = [squashed(cell) for cell in whole.cells]
        columns = {CONSULTATION_COLUMNS.get(name) for name in names}
        if "organ" in columns and columns & {"day", "status"}:
            key, label = "consultations", next(c for c in whole.cells if CONSULTATION_COLUMNS.get(squashed(c)))
        elif sum(name in VOTE_COLUMNS for name in names) >= 2:  # noqa: PLR2004  # one alone may be a word of a text
            key, label = "vote_form", "Abstimmungsergebnis"
        else:
            return False
        if self._open is not None and self._open.key == key:
            self._add(whole)
            return True
        blank = Piece(text="", quote="", place=whole.place)
        if self._begin(key, label, whole, blank, whole):
            self._add(whole)
        return True

    def _begin(self, key: str, label: str, head: Piece, first: Piece, whole: Piece) -> bool:
        """Begin a section, unless that label had its turn."""
        inside_prose = self._open is not None and self._open.key in PROSE
        if key == "foreign" and inside_prose:
            self._add(whole)
            return False
        taken = self._sections.get(key) or (self._open if self._open is not None and self._open.key == key else None)
        if taken is not None and key != "foreign":
            said = f"stands a second time, after {taken.head.place}; left with what it stands in"
            self._remark(label.removesuffix(":").rstrip(), whole, said)
            self._add(whole)
            return False
        self._close()
        self._open = _Open(key, label.removesuffix(":").rstrip(), head, [first])
        return True

    def _add(self, found: Piece) -> None:
        """Put a line to the section at hand, unless it cannot belong to it."""
        if self._open is None:
            self._leave(found)
        elif self._open.key not in _MANY_COLONS and _UNKNOWN_LABEL.match(found.text) and not found.cells:
            self._close()
            self._leave(found)
        else:
            self._open.pieces.append(found)

    def _leave(self, found: Piece) -> None:
        if found.text:
            self._loose.append(found)

    def _close(self) -> None:
        if self._open is None:
            return
        section = Section(
            key=self._open.key, label=self._open.label, head=self._open.head, pieces=tuple(self._open.pieces)
        )
        if section.key == "foreign":
            self._foreign.add(squashed(section.label))
            said = " ".join(p.text for p in section.pieces if p.text)
            if said:
                self._remark(section.label, section.head, f"found {said!r}; a proposal has no field for it")
        else:
            self._sections[section.key] = section
        self._open = None

    def _remark(self, field: str, found: Piece, text: str) -> None:
        self._remarks.append(Remark(field=field, place=found.place, text=text))


def _label(raw: str) -> tuple[str | None, int]:
    """Give which label a line begins with, and where in it what follows begins."""
    colon = raw.find(":", 0, _LABEL_MAX + 1)
    if colon >= 0:
        key = LABELS.get(squashed(readable(raw[:colon])))
        if key is not None:
            return key, colon + 1
    text = raw.strip()
    if len(text) <= _LABEL_MAX and squashed(readable(text)) in LABELS:
        return LABELS[squashed(readable(text))], len(raw)
    columns = re.match(r"\s*([^\t:]{2,80}?)(?:\t| {2,})", raw)
    if columns and squashed(readable(columns[1])) in LABELS:
        return LABELS[squashed(readable(columns[1]))], columns.end()
    return None, 0


# -- what stands in a section ---------------------------------------------------------------------


def first_paragraph(section: Section) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Give the lines of a short field, up to the first blank one, and what stands after that."""
    pieces = list(section.pieces)
    while pieces and not pieces[0].text:
        pieces.pop(0)
    end = next((index for index, found in enumerate(pieces) if not found.text), len(pieces))
    return tuple(pieces[:end]), tuple(found for found in pieces[end:] if found.text)


def paragraphs(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Give the paragraphs of a text."""
    held: list[Piece] = []
    for found in pieces:
        if found.text:
            held.append(found)
        elif held:
            yield tuple(held)
            held = []
    if held:
        yield tuple(held)


def unwrapped(pieces: Sequence[Piece]) -> tuple[str, tuple[str, ...]]:
    """Put the lines of a paragraph together; give the text, and the words that a hyphen at a line's end broke.

    A hyphen that the document itself marks as one of the layout is gone already. A hard one may belong to the word
    (`Bau- und Verkehrsausschuss`): it goes only where a small letter follows that begins no `und`, `oder` or `bzw.`.
    """
    text, soft = "", False
    joined: list[str] = []
    for found in pieces:
        if not text or soft:
            text += found.text
        elif text.endswith("-") and re.match(r"(?!(?:und|oder|bzw|sowie)\b)[a-zäöüß]", found.text):
            before = text.rpartition(" ")[2]
            joined.append(before[:-1] + re.split(r"\W", found.text, maxsplit=1)[0])
            text = text[:-1] + found.text
        else:
            text += " " + found.text
        # The mark itself is not in what is read; U+FFFD is what stands for one that no record can hold.
        soft = found.quote.endswith(("\u00ad", "\ufffd"))
    return text, tuple(joined)


def place_of(pieces: Sequence[Piece]) -> str:
    """Give the place of several lines: where the first begins, and where the last ends."""
    if not pieces:
        return ""
    first, last = pieces[0].place, pieces[-1].place
    if first == last:
        return first
    if ", Zeichen " in first and ", Zeichen " in last:
        line, _, begin = first.partition(", Zeichen ")
        until, _, end = last.partition(", Zeichen ")
        span = f"{line} bis {until}, Zeichen {begin.partition('–')[0]}–{end.partition('–')[2]}"
        return span.replace(" bis Zeile ", "–") if line.startswith("Zeile") else span
    return f"{first} bis {last}"


def quote_of(pieces: Sequence[Piece]) -> str:
    """Give the literal words of several lines."""
    return "\n".join(found.quote for found in pieces)
