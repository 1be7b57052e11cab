"""Retrospective lists of resolutions: a CSV file and a map that says what its columns mean, one batch a row.

The map names each column that has a place in the record; the others are not lost: the row as a whole is held as a
document, and the event rests on it. What is recorded is a copy (grade), by an archivist. A row that was recorded before
records nothing, so a list that has grown is given again as a whole.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from archive.batch import Batch, Command, NewDocument
from archive.errors import InputError
from archive.intake import regular
from archive.intake.naming import Ids, Recorded, clean
from archive.intake.references import nearest, shown, stream_of
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import Statement, canonical
from domain.text import TEXT_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from enum import StrEnum

FORMAT: Final = "ratsbuch-table/1"
FILE_BYTES_MAX: Final = 64 * 2**20
MAP_BYTES_MAX: Final = 2**20
ROWS_MAX: Final = 100_000
COLUMNS_MAX: Final = 200
ERRORS_SHOWN: Final = 20
SEPARATORS: Final = {"semicolon": ";", "comma": ",", "tab": "\t"}

# What a column can be; `ignored` says that it was looked at and has no place.
FieldName = Literal[
    "number",
    "decided_on",
    "organ",
    "subject",
    "text",
    "sense",
    "legal_form",
    "proposal",
    "effective_from",
    "effective_until",
    "whereabouts",
    "locator",
    "visibility",
    "ignored",
]
_CODES: Final[Mapping[str, type[StrEnum]]] = {
    "sense": v.ResolutionSense,
    "legal_form": v.LegalForm,
    "visibility": v.Visibility,
}
_DATES: Final = ("decided_on", "effective_from", "effective_until")
_REQUIRED: Final = ("sense", "organ", "visibility")
# Patterns of dates, as whoever keeps a list knows them.
_PATTERN: Final = {"YYYY": r"(?P<y>\d{4})", "MM": r"(?P<m>\d{1,2})", "DD": r"(?P<d>\d{1,2})"}

_Text = Annotated[str, Meta(min_length=1, max_length=1_000)]


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a column means.

    Attributes:
        field: The field that it goes into.
        dates: How its dates are written, such as `DD.MM.YYYY`; several are tried in turn.
        codes: The code that each of its words stands for, or for an organ the reference.
    """

    field: FieldName
    dates: tuple[_Text, ...] = ()
    codes: dict[str, _Text] = {}


class Map(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The map.

    Attributes:
        format: Always `ratsbuch-table/1`.
        list: What the list is called; with it and the key goes which resolution a row is.
        citation: What the list is and where it is kept.
        key: The columns that together tell a row from every other.
        columns: What each column means, by its heading.
        constant: Fields that are the same for every row.
        body: A reference to the body; absent where the register has only one.
        separator: What stands between columns; absent where the heading tells it.
    """

    format: str
    list: _Text
    citation: _Text
    key: Annotated[tuple[_Text, ...], Meta(min_length=1, max_length=20)]
    columns: Annotated[dict[str, Column], Meta(min_length=1, max_length=COLUMNS_MAX)]
    constant: dict[FieldName, _Text] = {}
    body: _Text | UnsetType = UNSET
    separator: Literal["semicolon", "comma", "tab"] | UnsetType = UNSET


class _Row(Struct, frozen=True):
    """A row: its number among the rows, the line on which it begins, and its cells by heading."""

    number: int
    line: int
    cells: dict[str, str]


S = TypeVar("S", bound=Struct)


def read_table(path: Path, map_path: Path, *, directory: Recorded) -> Iterator[Batch]:
    """Read a list of resolutions, and give one batch a row.

    The whole list is checked before the first batch is given.

    Args:
        path: The list: CSV in UTF-8, with headings in its first row.
        map_path: What its columns mean: TOML.
        directory: What is recorded; organs and proposals are looked up there.

    Raises:
        InputError: Map or list is not valid; one line for each fault found, up to twenty, with row and column.
    """
    mapping = _map(_load(map_path, MAP_BYTES_MAX), map_path.name)
    source = _load(path, FILE_BYTES_MAX)
    headings, rows = _rows(_decoded(source, path.name), path.name, mapping)
    reading = _Reading(mapping, path, directory=directory)
    reading.check_headings(headings)
    batches = [reading.batch(row) for row in rows]
    reading.raise_faults()
    return iter([batch for batch in batches if batch is not None])


def _load(path: Path, most: int) -> bytes:
    source = regular.read(path, bytes_max=most)
    if len(source) > most:
        raise InputError(f"{path.name}: found more than {most} bytes, expected at most that many", hint="split it")
    return source


def _decoded(source: bytes, name: str) -> str:
    try:
        return source.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}: line {line}: found byte 0x{source[error.start]:02x}, expected UTF-8",
            hint="save it as CSV UTF-8; a spreadsheet that only says CSV writes Windows-1252",
        ) from error


# -- the map --------------------------------------------------------------------------------------


def _map(source: bytes, name: str) -> Map:
    try:
        tree = tomllib.loads(_decoded(source, name))
        stated = tree.get("format")
        if stated != FORMAT:
            raise InputError(f"{name}: format: found {shown(str(stated))}, expected {shown(FORMAT)}")
        mapping = msgspec.convert(tree, Map)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise InputError(f"{name}: {error}", hint="docs/intake.md describes the map") from error
    faults = [*_double_fields(mapping), *_wrong_codes(mapping), *_wrong_dates(mapping)]
    faults += [f"key: {shown(key)} is no column of the map" for key in mapping.key if key not in mapping.columns]
    stated_fields = {column.field for column in mapping.columns.values()} | set(mapping.constant)
    faults += [f"no column and no constant for {field}" for field in _REQUIRED if field not in stated_fields]
    if faults:
        raise InputError(
            "\n".join(f"{name}: {fault}" for fault in faults[:ERRORS_SHOWN]), hint="docs/intake.md describes the map"
        )
    return mapping


def _double_fields(mapping: Map) -> Iterator[str]:
    seen: dict[str, str] = {}
    for heading, column in mapping.columns.items():
        if column.field == "ignored":
            continue
        if column.field in seen:
            yield f"columns {shown(seen[column.field])} and {shown(heading)} both give {column.field}"
        if column.field in mapping.constant:
            yield f"{column.field} is a constant, and column {shown(heading)} gives it too"
        seen[column.field] = heading


def _wrong_codes(mapping: Map) -> Iterator[str]:
    stated = [
        (f"columns.{heading}: {shown(word)}", column.field, code)
        for heading, column in mapping.columns.items()
        for word, code in column.codes.items()
    ]
    stated += [(f"constant.{field}", field, value) for field, value in mapping.constant.items()]
    for place, field, code in stated:
        allowed = tuple(_CODES[field]) if field in _CODES else None
        if allowed is not None and code not in allowed:
            yield f"{place}: found {shown(code)}, expected one of {', '.join(allowed)}"


def _wrong_dates(mapping: Map) -> Iterator[str]:
    for heading, column in mapping.columns.items():
        if column.field in _DATES and not column.dates:
            yield f"columns.{heading}: a date without dates, expected how it is written, such as DD.MM.YYYY"
        for pattern in column.dates:
            if "YYYY" not in pattern or re.search(r"[A-Za-z]", re.sub("YYYY|MM|DD", "", pattern)):
                yield f"columns.{heading}: found {shown(pattern)}, expected a pattern of YYYY, MM and DD"


# -- the rows -------------------------------------------------------------------------------------


def _rows(text: str, name: str, mapping: Map) -> tuple[tuple[str, ...], list[_Row]]:
    """Give the headings and the rows, with the line on which each begins."""
    separator = _separator(text, name, mapping)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    headings: tuple[str, ...] = ()
    rows: list[_Row] = []
    line = 1
    try:
        for cells in reader:
            begins, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not headings:
                headings = _headings(cells, name)
                continue
            if len(cells) != len(headings):
                raise InputError(
                    f"{name}: row {len(rows) + 1} (line {begins}): found {len(cells)} cells, expected {len(headings)}",
                    hint="a cell that holds the separator stands in double quotes",
                )
            if len(rows) == ROWS_MAX:
                raise InputError(f"{name}: found more than {ROWS_MAX} rows, expected at most that many")
            row = {heading: clean(cell) for heading, cell in zip(headings, cells, strict=True)}
            rows.append(_Row(len(rows) + 1, begins, row))
    except csv.Error as error:
        raise InputError(f"{name}: line {reader.line_num}: is not valid CSV: {error}") from error
    if not rows:
        raise InputError(f"{name}: found no row, expected headings in the first row and resolutions below")
    return headings, rows


def _headings(cells: list[str], name: str) -> tuple[str, ...]:
    headings = tuple(clean(cell.strip()) for cell in cells)
    doubled = next((heading for heading in headings if headings.count(heading) > 1), None)
    if len(headings) > COLUMNS_MAX or doubled is not None:
        what = f"the heading {shown(doubled)} twice" if doubled is not None else f"{len(headings)} columns"
        raise InputError(
            f"{name}: found {what}, expected at most {COLUMNS_MAX} columns, each with a heading of its own"
        )
    return headings


def _separator(text: str, name: str, mapping: Map) -> str:
    """Give what stands between columns: as the map says, or what splits the first row into the columns of the map."""
    if mapping.separator is not UNSET:
        return SEPARATORS[mapping.separator]
    first = next((line for line in text.splitlines() if line.strip()), "")
    fitting = [
        sign
        for sign in SEPARATORS.values()
        if set(mapping.columns) <= {cell.strip() for cell in next(csv.reader([first], delimiter=sign), [])}
    ]
    if len(fitting) == 1 or (fitting and len(mapping.columns) == 1):
        return fitting[0]
    missing = ", ".join(map(shown, mapping.columns))
    raise InputError(
        f"{name}: line 1: found no separator that splits it into the columns of the map ({missing})",
        hint="state separator in the map, and look whether the headings are written alike",
    )


# -- from rows to statements ------------------------------------------------------------------------


class _FaultError(Exception):
    """A cell cannot be used; says why."""


class _Reading:
    """Makes a batch of each row; faults are collected, so that all can be put right at once."""

    def __init__(self, mapping: Map, path: Path, *, directory: Recorded) -> None:
        self._map = mapping
        self._name = path.name
        self._directory = directory
        self._ids = Ids(directory.register.id, mapping.list)
        self._body = stream_of(
            "body:{}" if mapping.body is UNSET else mapping.body, directory=directory, kinds=("body",)
        )
        self._headings: dict[str, str] = {column.field: heading for heading, column in mapping.columns.items()}
        self._constants: dict[str, str] = {str(field): value for field, value in mapping.constant.items()}
        self._faults: list[str] = []
        self._hints: dict[str, None] = {}
        self._keys: dict[tuple[str, ...], int] = {}
        self._found: dict[tuple[str, str], str] = {}
        self._recorded = set(directory.streams("resolution"))

    def check_headings(self, headings: Iterable[str]) -> None:
        """Refuse a list that lacks a column of the map."""
        known = tuple(headings)
        missing = [heading for heading in self._map.columns if heading not in known]
        if missing:
            raise InputError(
                f"{self._name}: line 1: found no column {', '.join(map(shown, missing))}",
                hint=nearest(missing[0], known) or f"its columns are {', '.join(map(shown, known))}",
            )

    def raise_faults(self) -> None:
        """Refuse the list if anything in it was wrong."""
        if self._faults:
            more = len(self._faults) - ERRORS_SHOWN
            lines = [*self._faults[:ERRORS_SHOWN], *([f"{self._name}: and {more} more"] if more > 0 else [])]
            raise InputError("\n".join(lines), hint="\n".join(self._hints) or None)

    def batch(self, row: _Row) -> Batch | None:
        """Make the batch of a row; None where it has a fault."""
        place = f"{self._name}: row {row.number} (line {row.line})"
        key = tuple(row.cells[heading].strip() for heading in self._map.key)
        if not all(key) or key in self._keys:
            why = f"has the key of row {self._keys[key]}" if key in self._keys else "has no key"
            self._fault(place, self._map.key[0], f"{why} ({', '.join(map(shown, key))})")
            self._hints["name more columns in key, so that they tell every row from every other"] = None
            return None
        self._keys[key] = row.number
        count = len(self._faults)
        fields = {field: self._value(field, row, place) for field in (*self._headings, *self._constants)}
        if len(self._faults) > count:
            return None
        content = canonical(row.cells)
        new = NewDocument(
            digest_hex=hashlib.sha512(content).hexdigest(),
            size=len(content),
            media_type="application/json",
            path=Path(f"row-{row.number}.json"),
            content=content,
        )
        told = "\n".join(key)
        stream = self._ids.stream("resolution", told)
        if stream in self._recorded and not self._reads_alike(stream, new):
            self._fault(place, self._map.key[0], f"{', '.join(key)} was recorded before, and reads otherwise now")
            self._hints["correct what is recorded with record-corrected/1, and take the row out"] = None
            return None
        digest = hashlib.sha256(content).digest()
        statement = self._statement(stream, fields, row, new)
        return Batch(
            id=f"{self._map.list}\n{told}\n{digest.hex()}",
            digest=digest,
            commands=(Command(statement=statement, role=v.Role.ARCHIVIST, place=place),),
            documents=(new,),
            name=place,
        )

    def _reads_alike(self, stream: str, new: NewDocument) -> bool:
        """Whether a resolution was recorded from a row with the same cells."""
        sources = self._directory.history(stream)[0].sources
        documents = [source.document for source in sources] if isinstance(sources, tuple) else []
        return any(isinstance(known, x.Document) and known.digest == new.digest_hex for known in documents)

    def _fault(self, place: str, heading: str, text: str) -> None:
        self._faults.append(f"{place}: column {shown(heading)}: {text}")

    def _value(self, field: str, row: _Row, place: str) -> str | None:
        """Give what a row has for a field; None where the cell is empty."""
        heading = self._headings.get(field)
        if heading is None:
            return self._constant(field, self._constants[field])
        column, cell = self._map.columns[heading], row.cells[heading].strip()
        try:
            return self._read(field, column, cell)
        except _FaultError as error:
            self._fault(place, heading, str(error))
        except InputError as error:
            self._fault(place, heading, error.message)
            if error.hint:
                self._hints[error.hint] = None
        return None

    def _constant(self, field: str, value: str) -> str:
        return self._reference(field, value) if field in ("organ", "proposal") else value

    def _read(self, field: str, column: Column, cell: str) -> str | None:
        if field == "ignored":
            return None
        if not cell:
            if field in _REQUIRED:
                raise _FaultError(f"found nothing, expected {field}")
            return None
        if len(cell.encode()) > TEXT_BYTES_MAX:
            raise _FaultError(f"found {len(cell.encode())} bytes, expected at most {TEXT_BYTES_MAX}")
        value = column.codes.get(cell, cell) if column.codes else cell
        if field in _CODES and value not in tuple(_CODES[field]):
            known = ", ".join(map(shown, column.codes)) or "a code"
            raise _FaultError(f"found {shown(cell)}, expected {known}")
        if field in ("organ", "proposal"):
            return self._reference(field, value)
        if field in _DATES:
            return _date(cell, column.dates)
        return value

    def _reference(self, kind: str, value: str) -> str:
        """Give the stream that a name or number means, or a reference."""
        if (kind, value) not in self._found:
            if re.match(rf"{kind}:[0-9a-f{{]", value):
                self._found[kind, value] = stream_of(value, directory=self._directory, kinds=(kind,))
            else:
                key = "name" if kind == "organ" else "reference"
                found = self._directory.find(kind, {key: value, "body": self._body})
                if len(found) != 1:
                    raise InputError(
                        f"found {shown(value)}, which matches {len(found)} recorded {kind}s, expected exactly one",
                        hint=f"record the {kind} first, or state a reference to it in the map",
                    )
                self._found[kind, value] = found[0]
        return self._found[kind, value]

    def _statement(self, stream: str, fields: Mapping[str, str | None], row: _Row, new: NewDocument) -> Statement:
        def stated(field: str) -> str | UnsetType:
            value = fields.get(field)
            return UNSET if value is None else value

        document = x.Document(digest=new.digest_hex, held=True, media_type=new.media_type, size=new.size)
        locator = fields.get("locator")
        source = x.Source(
            citation=self._map.citation,
            document=document,
            grade=v.Grade.COPY,
            locator=f"Zeile {row.number}" if locator is None else f"Zeile {row.number}, {locator}",
            whereabouts=stated("whereabouts"),
        )
        decided = fields.get("decided_on")
        event = e.ResolutionMade(
            number=self._number(row),
            sense=v.ResolutionSense(str(fields["sense"])),
            legal_form=UNSET if fields.get("legal_form") is None else v.LegalForm(str(fields["legal_form"])),
            made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=str(fields["organ"])),
            proposal=stated("proposal"),
            subject=stated("subject"),
            text=stated("text"),
            effective_from=_when(fields.get("effective_from")),
            effective_until=_when(fields.get("effective_until")),
            occurred_literal=self._literal("decided_on", row),
        )
        return Statement(
            stream=stream,
            event=event,
            occurred=x.When(certainty=v.Certainty.UNKNOWN)
            if decided is None
            else x.When(at=decided, certainty=v.Certainty.STATED),
            sources=(source,),
            visibility=v.Visibility(str(fields["visibility"])),
        )

    def _number(self, row: _Row) -> str | None | UnsetType:
        """Give the number: an empty cell is a number left blank, a list without the column mentions none."""
        heading = self._headings.get("number")
        if heading is None:
            return self._constants.get("number", UNSET)
        return row.cells[heading].strip() or None

    def _literal(self, field: str, row: _Row) -> str | UnsetType:
        heading = self._headings.get(field)
        return row.cells[heading].strip() or UNSET if heading is not None else UNSET


def _when(value: str | None) -> x.When | UnsetType:
    return UNSET if value is None else x.When(at=value, certainty=v.Certainty.STATED)


def _date(cell: str, patterns: tuple[str, ...]) -> str:
    """Read a date in the first of some patterns that fits; gives it as exact as the pattern is."""
    for pattern in patterns:
        expression = re.escape(pattern)
        for part, group in _PATTERN.items():
            expression = expression.replace(part, group, 1)
        match = re.fullmatch(expression, cell)
        if match is None:
            continue
        parts = [match[name] for name in ("y", "m", "d") if name in match.groupdict()]
        date = "-".join((parts[0], *(part.zfill(2) for part in parts[1:])))
        try:
            return msgspec.convert(date, x.Date)
        except msgspec.ValidationError as error:
            raise _FaultError(f"found {shown(cell)}, which is no day of the calendar") from error
    raise _FaultError(f"found {shown(cell)}, expected {' or '.join(patterns)}")
