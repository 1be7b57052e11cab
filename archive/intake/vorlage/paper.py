"""What a paper states, field by field, each with its literal words and their place; and what could not be read.

Left blank (`None`), not mentioned (`UNSET`) and stated are kept apart. A field that cannot be read without a guess is
not mentioned, and a remark says what stands there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Struct, UnsetType

from archive.intake.vorlage import wording as w
from archive.intake.vorlage.sections import (
    CONSULTATION_COLUMNS,
    LABELS,
    VOTE_COLUMNS,
    Piece,
    Remark,
    Section,
    first_paragraph,
    paragraphs,
    place_of,
    quote_of,
    squashed,
    take_apart,
    unwrapped,
)
from domain import vocabulary as v
from domain.text import TEXT_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.intake.extract import Extract

_REFERENCE_MAX: Final = 60
_NAME_MAX: Final = 80
_ROWS_MAX: Final = 100
_PARTIES_MAX: Final = 100
_REMARKS_MAX: Final = 300
# A row of the Beratungsfolge has an organ and at least one more column.
_COLUMNS_MIN: Final = 2


# What is known of other papers, and of no paper of this kind: labels, each with what it may be called.
_OTHERWISE: Final = {
    "Beschluss-Nr.": {"beschlussnr", "beschlussnummer"},
    "Tagesordnungspunkt": {"top", "tagesordnungspunkt"},
    "Sitzungs-Nr.": {"sitzungsnr", "sitzungsnummer", "sitzung"},
    "Wahlperiode": {"wahlperiode"},
    "Aktenzeichen": {"aktenzeichen", "az"},
    "Seitenzahl": {"seite"},
    "Unterschrift": {"unterschrift"},
    "Bekanntmachung": {"bekanntmachung"},
}


class Field(Struct, frozen=True, kw_only=True):
    """A field that was read.

    Attributes:
        name: The field of the event that it goes into.
        label: What the paper calls it.
        value: What was read, as text; `leer` where it was left blank.
        quote: The literal words.
        place: Where they stand.
    """

    name: str
    label: str
    value: str
    quote: str
    place: str


class Consultation(Struct, frozen=True, kw_only=True):
    """A row of the Beratungsfolge; `result` where the row has one."""

    organ: str
    day: str | None | UnsetType
    day_literal: str | None
    status: w.Status
    status_literal: str | None
    result: w.Result | None
    field: Field


class Party(Struct, frozen=True, kw_only=True):
    """Somebody who was consulted: the words, the row of the Beratungsfolge that they name, and a result they tell."""

    literal: str
    row: int | None = None
    result: w.Result | None = None
    field: Field


class Signatory(Struct, frozen=True, kw_only=True):
    """A printed name, and the office beside it."""

    literal: str
    office: str | None
    field: Field


class Annex(Struct, frozen=True, kw_only=True):
    """An annex that is referred to; whether the text to be decided names it."""

    label: str
    part_of_decision: bool
    title: str | None
    field: Field


class Validity(Struct, frozen=True, kw_only=True):
    """How long it is to hold, and whether only the reasons say so."""

    term: w.Term
    stated_in: v.TextPart
    field: Field


class Predecessor(Struct, frozen=True, kw_only=True):
    """An earlier resolution that the reasons tell of."""

    earlier: w.Earlier
    field: Field


class Paper(Struct, kw_only=True):
    """A paper as read; every field is not mentioned until it was found."""

    kind: v.ProposalKind = v.ProposalKind.OTHER
    kind_literal: str | None = None
    reference: str | None | UnsetType = UNSET
    day: str | None | UnsetType = UNSET
    day_literal: str | None = None
    submitters: tuple[str, ...] | None | UnsetType = UNSET
    consultations: tuple[Consultation, ...] = ()
    subject: str | None | UnsetType = UNSET
    legal_basis: tuple[str, ...] | None | UnsetType = UNSET
    consulted: tuple[Party, ...] | None | UnsetType = UNSET
    financial: v.FinancialImpact | None | UnsetType = UNSET
    financial_literal: str | None = None
    account: str | None | UnsetType = UNSET
    operative: str | None | UnsetType = UNSET
    reasons: str | None | UnsetType = UNSET
    signatories: tuple[Signatory, ...] | None | UnsetType = UNSET
    votes: dict[str, int | None] | UnsetType = UNSET
    votes_literal: str | None = None
    effect: w.Effect | None = None
    validity: Validity | None = None
    review: str | None = None
    annexes: tuple[Annex, ...] = ()
    predecessors: tuple[Predecessor, ...] = ()
    continues: Field | None = None
    new_edition: Field | None = None
    fields: tuple[Field, ...] = ()
    remarks: tuple[Remark, ...] = ()


class _Prose(Struct, frozen=True):
    """A text put together from lines, with where each of them begins in it."""

    label: str
    text: str
    starts: tuple[int, ...]
    pieces: tuple[Piece, ...]

    def field(self, name: str, value: str, first: int, last: int) -> Field:
        """Give a stretch of it as a field, with its place as exactly as the document knows one."""
        touched = [
            (start, found)
            for start, found, end in zip(self.starts, self.pieces, (*self.starts[1:], len(self.text) + 1), strict=True)
            if start < last and end > first and found.text
        ]
        pieces = [found for _, found in touched]
        if len(touched) == 1 and pieces[0].text == pieces[0].quote and ", Zeichen " in pieces[0].place:
            line, _, span = pieces[0].place.partition(", Zeichen ")
            at = int(span.partition("–")[0]) - touched[0][0]
            place = f"{line}, Zeichen {at + first}–{at + last - 1}"
            return Field(name=name, label=self.label, value=value, quote=self.text[first:last], place=place)
        return Field(name=name, label=self.label, value=value, quote=quote_of(pieces), place=place_of(pieces))


def read_paper(found: Extract) -> Paper:
    """Read the fields of a paper."""
    return _Reading(found).paper()


class _Reading:
    def __init__(self, found: Extract) -> None:
        self._wrapped = found.wrapped
        self._taken = take_apart(found)
        self._paper = Paper()
        self._fields: list[Field] = []
        self._remarks = [
            *(Remark(field="Dokument", place="", text=note) for note in found.notes),
            *self._taken.remarks,
        ]
        self._loose = list(self._taken.loose)
        self._operative: _Prose | None = None
        self._reasons: _Prose | None = None

    def paper(self) -> Paper:
        """Read field after field; what is mentioned in the texts comes after them."""
        self._title()
        self._reference()
        self._day()
        self._submitters()
        self._consultations()
        self._subject()
        self._legal_basis()
        self._consulted()
        self._financial()
        self._texts()
        self._votes()
        self._annexes()
        self._effect()
        self._validity()
        self._earlier()
        absent = [name for name, labels in _OTHERWISE.items() if not labels & self._taken.foreign]
        absent += [] if "annexes" in self._taken.sections else ["Anlagenverzeichnis"]
        self._remark("nicht erwähnt", "", ", ".join(absent))
        for found in self._loose:
            self._remark("ohne Feld", found.place, f"found {found.quote!r}, which belongs to no field")
        if len(self._remarks) > _REMARKS_MAX:
            more = len(self._remarks) - _REMARKS_MAX
            del self._remarks[_REMARKS_MAX:]
            self._remark("Dokument", "", f"and {more} more remarks: most of it is not read")
        self._paper.fields, self._paper.remarks = tuple(self._fields), tuple(self._remarks)
        return self._paper

    # -- what all fields need -----------------------------------------------------------------------

    def _remark(self, field: str, place: str, text: str) -> None:
        self._remarks.append(Remark(field=field, place=place, text=text))

    def _section(self, key: str, what: str) -> Section | None:
        section = self._taken.sections.get(key)
        if section is None:
            self._remark(what, "", "not mentioned: the paper has no such label")
        return section

    def _note(self, name: str, section: Section, value: str, pieces: Sequence[Piece]) -> Field:
        """Take down a field; its words are those from the label on."""
        together = (
            bool(pieces) and section.head.place.partition(", Zeichen")[0] == pieces[0].place.partition(", Zeichen")[0]
        )
        whole = (section.head, *pieces[1:]) if together or not pieces else tuple(pieces)
        field = Field(name=name, label=section.label, value=value, quote=quote_of(whole), place=place_of(whole))
        self._fields.append(field)
        return field

    def _short(self, section: Section, *, lines: bool = False) -> tuple[tuple[str, ...] | None, tuple[Piece, ...]]:
        """Give what a short field says, None where it was left blank; what stands after a blank line is no part of it.

        Lines are entries of their own where the field is a list and the document's lines mean something.
        """
        pieces, rest = first_paragraph(section)
        self._loose += rest
        if not pieces:
            return None, ()
        if lines and not self._wrapped:
            return tuple(found.text for found in pieces), pieces
        return (self._joined(pieces, section.label),), pieces

    def _joined(self, pieces: Sequence[Piece], label: str) -> str:
        text, joined = unwrapped(pieces)
        for word in joined:
            self._remark(label, place_of(pieces), f"a word broken at the end of a line was joined: {word!r}")
        return text

    def _too_long(self, text: str, label: str, place: str) -> bool:
        size = len(text.encode())
        if size > TEXT_BYTES_MAX:
            self._remark(label, place, f"found {size} bytes, more than a field holds; it stands in the document alone")
        return size > TEXT_BYTES_MAX

    # -- the short fields ---------------------------------------------------------------------------

    def _title(self) -> None:
        title = self._taken.title
        if title is None:
            self._remark("Vorlagenart", "", "not mentioned: no line says what kind of paper it is")
            return
        self._paper.kind, self._paper.kind_literal = v.ProposalKind(title.kind), title.piece.text
        self._fields.append(
            Field(
                name="kind",
                label="Überschrift",
                value=title.kind,
                quote=title.piece.quote,
                place=title.piece.place,
            )
        )

    def _reference(self) -> None:
        section = self._taken.sections.get("reference")
        title = self._taken.title
        if section is None and title is not None and title.number:
            self._paper.reference = title.number
            self._fields.append(
                Field(
                    name="reference",
                    label="Überschrift",
                    value=title.number,
                    quote=title.piece.quote,
                    place=title.piece.place,
                )
            )
            return
        section = self._section("reference", "Vorlagen-Nr.")
        if section is None:
            return
        values, pieces = self._short(section)
        if values is None:
            self._paper.reference = None
            self._note("reference", section, "leer", pieces)
        elif len(values[0]) > _REFERENCE_MAX or len(pieces) > 1:
            self._remark("Vorlagen-Nr.", place_of(pieces), f"found {quote_of(pieces)!r}, expected a number on one line")
        else:
            self._paper.reference = values[0]
            self._note("reference", section, values[0], pieces)

    def _day(self) -> None:
        section = self._section("date", "Datum")
        if section is None:
            return
        values, pieces = self._short(section)
        if values is None:
            self._paper.day = None
            self._note("document_date", section, "leer", pieces)
            return
        day = w.day_of(values[0])
        self._paper.day_literal = values[0]
        if day is None:
            self._remark("Datum", place_of(pieces), f"found {values[0]!r}, expected a day such as 23.11.2021")
        else:
            self._paper.day = day
            self._note("document_date", section, day, pieces)

    def _submitters(self) -> None:
        section = self._section("submitter", "Einreicher")
        if section is not None:
            self._paper.submitters = self._entries("submitters", section)

    def _legal_basis(self) -> None:
        section = self._section("legal_basis", "Rechtliche Grundlage")
        if section is not None:
            self._paper.legal_basis = self._entries("legal_basis", section)

    def _entries(self, name: str, section: Section) -> tuple[str, ...] | None:
        """Give the entries of a list, one a line or between semicolons."""
        values, pieces = self._short(section, lines=True)
        entries = [e.strip() for value in values or () for e in value.split(";") if e.strip()]
        self._note(name, section, "; ".join(entries) or "leer", pieces)
        return tuple(entries[:_PARTIES_MAX]) if entries else None

    def _subject(self) -> None:
        section = self._section("subject", "Gegenstand der Vorlage")
        if section is None:
            return
        values, pieces = self._short(section)
        text = values[0] if values else None
        if text is None or not self._too_long(text, section.label, place_of(pieces)):
            self._paper.subject = text
        field = self._note("subject", section, text or "leer", pieces)
        if text is not None and re.match(r"(?:\d+\.\s+)?Fortschreibung\b", text):
            self._paper.continues = field

    def _financial(self) -> None:
        section = self._taken.sections.get("financial")
        account = self._taken.sections.get("account")
        if section is None:
            self._remark("Finanzielle Auswirkungen", "", "not mentioned: the paper has no such label")
        else:
            values, pieces = self._short(section)
            self._impact(section, values[0] if values else None, pieces)
        if account is not None:
            values, pieces = self._short(account)
            self._paper.account = values[0] if values else None
            self._note("product_account", account, values[0] if values else "leer", pieces)
        elif section is not None and "produktsachkonto" in squashed(section.label):
            # Half of the label, and no half of the answer: a number of an account would stand there.
            number = re.search(r"\b\d[\d./ -]{6,}\d\b", self._paper.financial_literal or "")
            self._paper.account = number[0] if number else None
            self._note("product_account", section, number[0] if number else "leer", ())

    def _impact(self, section: Section, text: str | None, pieces: Sequence[Piece]) -> None:
        if text is None:
            self._paper.financial = None
            self._note("financial_impact", section, "leer", pieces)
            return
        self._paper.financial_literal = text
        if re.match(r"(?:keine|nein)\b", text, re.IGNORECASE):
            self._paper.financial = v.FinancialImpact.NONE
        elif re.search(r"\w\w", text) and not re.match(r"entfällt\b", text, re.IGNORECASE):
            self._paper.financial = v.FinancialImpact.STATED
        else:
            self._remark(section.label, place_of(pieces), f"found {text!r}: whether that says none is not certain")
            return
        self._note("financial_impact", section, f"{self._paper.financial} ({text})", pieces)

    # -- the Beratungsfolge -------------------------------------------------------------------------

    def _consultations(self) -> None:
        section = self._section("consultations", "Beratungsfolge")
        if section is None:
            return
        columns: tuple[str | None, ...] = ()
        rows: list[Consultation] = []
        for found in section.pieces:
            names = tuple(CONSULTATION_COLUMNS.get(squashed(cell)) for cell in found.cells)
            if not found.text:
                continue
            if not columns and "organ" in names and len(set(names)) > 1:
                columns = names
                for name, cell in zip(names, found.cells, strict=True):
                    if name is None and cell:
                        self._remark("Beratungsfolge", found.place, f"the column {cell!r} is not known, and not read")
                continue
            if len(found.cells) < _COLUMNS_MIN:
                self._remark(
                    "Beratungsfolge", found.place, f"found {found.quote!r}, expected a row with organ, day and status"
                )
                continue
            row = self._consultation(found, columns, len(rows) + 1)
            if row is not None and len(rows) < _ROWS_MAX:
                rows.append(row)
        if not rows:
            self._remark("Beratungsfolge", section.head.place, "has no row")
        self._paper.consultations = tuple(rows)

    def _consultation(self, found: Piece, columns: tuple[str | None, ...], number: int) -> Consultation | None:
        if columns and len(found.cells) > len(columns):
            self._remark("Beratungsfolge", found.place, f"found {len(found.cells)} cells under {len(columns)} columns")
            return None
        if len(found.cells) == len(columns):
            cells = {name: cell for name, cell in zip(columns, found.cells, strict=True) if name is not None}
        else:
            # Which of the columns has no cell here, only the cells themselves can tell.
            cells = _by_content(found.cells)
            if len(cells) < sum(bool(cell) for cell in found.cells):
                self._remark("Beratungsfolge", found.place, f"found {found.quote!r}, of which not all is understood")
                return None
        organ = cells.get("organ", "")
        if not organ:
            self._remark("Beratungsfolge", found.place, f"found {found.quote!r}, a row that names no organ")
            return None
        literal = cells.get("day")
        day: str | None | UnsetType = UNSET
        if literal is not None:
            day = w.day_of(literal) if literal else None
            if literal and day is None:
                day = UNSET
                self._remark("Termin", found.place, f"found {literal!r}, expected a day such as 22.11.2021")
        stated = ", ".join(cells[name] for name in ("publicity", "status") if cells.get(name))
        status = w.status_of(stated)
        if status.rest or (stated and status.publicity is v.Publicity.UNKNOWN):
            self._remark("Beratungsstatus", found.place, f"found {stated!r}, of which not all is understood")
        result = w.result_of(cells["result"]) if cells.get("result") else None
        field = Field(
            name="consultation",
            label=f"Beratungsfolge, Zeile {number}",
            value=" | ".join(found.cells),
            quote=found.quote,
            place=found.place,
        )
        self._fields.append(field)
        return Consultation(
            organ=organ,
            day=day,
            day_literal=literal or None,
            status=status,
            status_literal=stated or None,
            result=result,
            field=field,
        )

    def _consulted(self) -> None:
        section = self._section("consulted", "Vorlage beraten mit")
        if section is None:
            return
        values, pieces = self._short(section, lines=True)
        if values is None:
            self._paper.consulted = None
            self._note("consulted", section, "leer", pieces)
            return
        organs = [row.organ for row in self._paper.consultations]
        entries = [part for value in values for part in _split_before(value, organs)]
        parties: list[Party] = []
        for entry in entries[:_PARTIES_MAX]:
            where = [found for found in pieces if found.text == entry] or list(pieces)
            place, quote = place_of(where), entry if len(where) == 1 else quote_of(where)
            field = Field(name="consulted", label=section.label, value=entry, quote=quote, place=place)
            row = next((i for i, organ in enumerate(organs) if entry.startswith(organ)), None)
            result = w.result_of(entry[len(organs[row]) :].strip(" ,:;–-")) if row is not None else None
            if row is None and w.result_of(entry) is not None:
                self._remark(
                    section.label, place, f"found {entry!r}: a result of somebody who is not in the Beratungsfolge"
                )
            if result is not None and result.outcome is v.Outcome.OTHER:
                self._remark(section.label, place, f"found {result.literal!r}: no known result, recorded as other")
            parties.append(Party(literal=entry, row=row, result=result, field=field))
            self._fields.append(field)
        self._paper.consulted = tuple(parties)

    # -- the texts ----------------------------------------------------------------------------------

    def _texts(self) -> None:
        operative = self._section("operative", "Beschlussvorschlag")
        reasons = self._section("reasons", "Begründung")
        pieces = list(operative.pieces) if operative else []
        signed = self._names(pieces)
        behind = list(reasons.pieces) if reasons else []
        signed = signed or self._names(behind)
        if operative is not None:
            self._operative = self._prose(operative, pieces)
            self._paper.operative = self._text("operative_text", operative, self._operative)
            self._operative = None if self._paper.operative is UNSET else self._operative
        if reasons is not None:
            self._reasons = self._prose(reasons, behind)
            self._paper.reasons = self._text("reasons", reasons, self._reasons)
            self._reasons = None if self._paper.reasons is UNSET else self._reasons
        self._signatories(signed)

    def _prose(self, section: Section, pieces: Sequence[Piece]) -> _Prose:
        """Put a text together: lines as they are, or paragraphs where lines end with the page."""
        text = ""
        starts: list[int] = []
        kept: list[Piece] = []
        if self._wrapped:
            for paragraph in paragraphs(pieces):
                text += "\n\n" if text else ""
                base = len(text)
                joined = self._joined(paragraph, section.label)
                text += joined
                for found in paragraph:
                    # Joined lines are found again by how they end; a broken word shifts that by one letter at most.
                    at = joined.find(found.text[:40].rstrip("-"), max(0, (starts[-1] if starts else 0) - base))
                    starts.append(base + max(at, 0))
                    kept.append(found)
            return _Prose(section.label, text, tuple(starts), tuple(kept))
        trimmed = list(pieces)
        while trimmed and not trimmed[0].text:
            trimmed.pop(0)
        while trimmed and not trimmed[-1].text:
            trimmed.pop()
        for found in trimmed:
            text += "\n" if kept else ""
            starts.append(len(text))
            kept.append(found)
            text += found.text
        return _Prose(section.label, text, tuple(starts), tuple(kept))

    def _text(self, name: str, section: Section, prose: _Prose) -> str | None | UnsetType:
        pieces = [found for found in prose.pieces if found.text]
        if not prose.text:
            self._note(name, section, "leer", ())
            return None
        self._fields.append(
            Field(
                name=name,
                label=section.label,
                value=prose.text,
                quote=quote_of(prose.pieces),
                place=place_of(pieces),
            )
        )
        return UNSET if self._too_long(prose.text, section.label, place_of(pieces)) else prose.text

    def _names(self, pieces: list[Piece]) -> list[tuple[Piece, Piece | None]]:
        """Take the names under a text off its end, each with the office beside it.

        A line that could as well be two nouns stays in the text, and that is said.
        """
        found: list[tuple[Piece, Piece | None]] = []
        while True:
            filled = [index for index, other in enumerate(pieces) if other.text]
            if len(filled) < 2:  # noqa: PLR2004  # a text that is nothing but a name is no text with a name under it
                return found
            last = pieces[filled[-1]]
            before = pieces[filled[-2]]
            if len(last.text) <= _NAME_MAX and w.is_name(last.text):
                found.insert(0, (last, None))
                del pieces[filled[-1] :]
            elif w.is_title_of_office(last.text) and (w.is_name(before.text) or w.may_be_name(before.text)):
                found.insert(0, (before, last))
                del pieces[filled[-2] :]
            else:
                if len(last.text) <= _NAME_MAX and w.may_be_name(last.text) and filled[-1] - filled[-2] > 1:
                    self._remark(
                        "Unterzeichner",
                        last.place,
                        f"found {last.quote!r}: perhaps a name, left in the text",
                    )
                return found

    def _signatories(self, named: list[tuple[Piece, Piece | None]]) -> None:
        section = self._taken.sections.get("signatory")
        signatories = []
        for name, office in named:
            pieces = (name, office) if office is not None else (name,)
            field = Field(
                name="signatories",
                label="Unterzeichner",
                value=" | ".join(p.text for p in pieces),
                quote=quote_of(pieces),
                place=place_of(pieces),
            )
            self._fields.append(field)
            signatories.append(Signatory(literal=name.text, office=office.text if office else None, field=field))
        if section is not None:
            values, pieces_ = self._short(section, lines=True)
            field = self._note("signatories", section, "; ".join(values or ()) or "leer", pieces_)
            names = [value for value in values or () if not w.is_title_of_office(value)]
            offices = [value for value in values or () if w.is_title_of_office(value)]
            office_text = offices[0] if len(offices) == len(names) == 1 else None
            signatories += [Signatory(literal=value, office=office_text, field=field) for value in names]
            if not signatories:
                self._paper.signatories = None
        if signatories:
            self._paper.signatories = tuple(signatories)
        elif section is None:
            self._remark("Unterzeichner", "", "not mentioned: no name was found under the text")

    # -- the vote table -----------------------------------------------------------------------------

    def _votes(self) -> None:
        section = self._section("vote_form", "Abstimmungsergebnis")
        if section is None:
            return
        columns: tuple[str | None, ...] = ()
        read: list[Piece] = []
        form: dict[str, int | None] = {}
        for found in section.pieces:
            if not found.text and not any(found.cells):
                continue
            names = tuple(VOTE_COLUMNS.get(squashed(cell)) for cell in found.cells)
            stated = re.match(r"([^:]{2,40}):\s*(\S*)\Z", found.text)
            if not columns and sum(name is not None for name in names) > 1:
                columns = names
                form |= dict.fromkeys(name for name in names if name is not None)
                unknown = [
                    cell
                    for cell, name in zip(found.cells, names, strict=True)
                    if cell and name is None and squashed(cell) not in LABELS
                ]
                for cell in unknown:
                    self._remark("Abstimmungsergebnis", found.place, f"the column {cell!r} is not known, and not read")
            elif columns and len(found.cells) == len(columns):
                self._counts(form, columns, found)
            elif stated and squashed(stated[1]) in VOTE_COLUMNS:
                self._counts(form | dict.fromkeys((VOTE_COLUMNS[squashed(stated[1])],)), (), found)
                self._count(form, VOTE_COLUMNS[squashed(stated[1])], stated[2], found)
            else:
                self._loose.append(found)
                continue
            read.append(found)
        if not form:
            self._remark("Abstimmungsergebnis", section.head.place, "the label stands there without a table")
            return
        self._paper.votes = form
        self._paper.votes_literal = "\n".join(found.quote for found in read)
        self._fields.append(
            Field(
                name="vote_form",
                label=section.label,
                value=", ".join(f"{key}: {'leer' if count is None else count}" for key, count in form.items()),
                quote=quote_of(read),
                place=place_of(read),
            )
        )

    def _counts(self, form: dict[str, int | None], columns: tuple[str | None, ...], found: Piece) -> None:
        for name, cell in zip(columns, found.cells, strict=False):
            if name is not None:
                self._count(form, name, cell, found)

    def _count(self, form: dict[str, int | None], name: str, cell: str, found: Piece) -> None:
        number = w.count_of(cell) if cell else None
        if cell and number is None:
            self._remark("Abstimmungsergebnis", found.place, f"found {cell!r} for {name}, expected a number")
            form.pop(name, None)
        elif name in form and form[name] is not None:
            self._remark("Abstimmungsergebnis", found.place, f"a second row of numbers: {found.quote!r}, not read")
        else:
            form[name] = number

    # -- what the texts mention -----------------------------------------------------------------------

    def _annexes(self) -> None:
        found: dict[str, Annex] = {}
        for prose, decided in ((self._operative, True), (self._reasons, False)):
            for label, first, last in w.annexes_in(prose.text) if prose else ():
                if prose is not None and label not in found:
                    field = prose.field("annex", label, first, last)
                    found[label] = Annex(label=label, part_of_decision=decided, title=None, field=field)
                    self._fields.append(field)
        section = self._taken.sections.get("annexes")
        values, pieces = self._short(section, lines=True) if section else (None, ())
        for value, piece in zip(values or (), pieces, strict=False):
            match = re.match(r"(?:Anlage\s+)?(\d{1,3}|[A-Z])\s*[:.)–-]?\s+(.+)", value)
            label = f"Anlage {match[1]}" if match else value
            known = found.get(label)
            field = Field(
                name="annex",
                label=section.label if section else "",
                value=value,
                quote=piece.quote,
                place=piece.place,
            )
            self._fields.append(field)
            found[label] = Annex(
                label=label,
                part_of_decision=known.part_of_decision if known else False,
                title=match[2] if match else None,
                field=known.field if known else field,
            )
        self._paper.annexes = tuple(found.values())[:_PARTIES_MAX]

    def _effect(self) -> None:
        prose = self._operative
        if prose is None:
            return
        effects = w.effects_in(prose.text)
        if len({effect.day for effect in effects}) == 1:
            self._paper.effect = effects[0]
            at = prose.text.find(effects[0].literal)
            self._fields.append(prose.field("effective_from", effects[0].day, at, at + len(effects[0].literal)))
        elif effects or w.mentions_effect(prose.text):
            days = ", ".join(effect.day for effect in effects) or "no day"
            self._remark("Inkrafttreten", "Beschlussvorschlag", f"it speaks of coming into force, and names {days}")

    def _validity(self) -> None:
        for prose, part in ((self._operative, v.TextPart.OPERATIVE_TEXT), (self._reasons, v.TextPart.REASONS)):
            terms = w.terms_in(prose.text) if prose else ()
            if prose is None or not terms:
                continue
            if len({(term.duration, term.ends) for term in terms}) > 1:
                said = "; ".join(term.literal for term in terms)
                self._remark("Geltungsdauer", prose.label, f"several periods are named: {said}")
                break
            term = terms[0]
            at = max(prose.text.find(term.literal), 0)
            field = prose.field("validity", term.duration or term.ends or "", at, at + len(term.literal))
            self._paper.validity = Validity(term=term, stated_in=part, field=field)
            self._fields.append(field)
            break
        for prose in (self._operative, self._reasons):
            review = w.review_in(prose.text) if prose else None
            if prose is not None and review is not None:
                self._paper.review = review[0]
                self._fields.append(prose.field("review_clause", review[0], review[1], review[1] + len(review[0])))
                break

    def _earlier(self) -> None:
        prose = self._reasons
        if prose is None:
            return
        found = []
        for earlier in w.earlier_in(prose.text):
            field = prose.field("predecessor", earlier.day, earlier.place, earlier.place + len(earlier.sentence))
            found.append(Predecessor(earlier=earlier, field=field))
            self._fields.append(field)
        self._paper.predecessors = tuple(found)
        edition = w.new_edition_in(prose.text)
        if edition is not None:
            words, at = edition
            self._paper.new_edition = prose.field("replaces", words, at, at + len(words))
            self._fields.append(self._paper.new_edition)


def _by_content(cells: Sequence[str]) -> dict[str, str]:
    """Tell the columns of a table without headings by what stands in them."""
    found: dict[str, str] = {}
    for cell in cells:
        status = w.status_of(cell)
        if "day" not in found and w.day_of(cell) is not None:
            found["day"] = cell
        elif "status" not in found and cell and not status.rest:
            found["status"] = cell
        elif "organ" not in found and cell:
            found["organ"] = cell
    return found


def _split_before(text: str, names: Sequence[str]) -> Iterator[str]:
    """Split a text before each of some names; lines of a PDF do not tell where an entry begins."""
    cuts = sorted({at for name in names if name and (at := text.find(name)) > 0})
    for first, last in zip((0, *cuts), (*cuts, len(text)), strict=True):
        part = text[first:last].strip(" ,;")
        if part:
            yield part
