"""Lists of resolutions: every row a resolution, nothing of a row lost, faults by row and column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import UNSET
from support.archives import Made, new_archive, statement
from support.archives import batch as batch_of
from support.directory import BODY, opened

from archive.errors import InputError
from archive.intake.table import read_table
from domain import events as e
from domain import values as x
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.archive import Archive

ORGAN: Final = "organ:0190c000-0000-7000-8000-000000000001"
MAP: Final = """
format = "ratsbuch-table/1"
list = "beschlussbuch-kreistag-1992"
citation = "Beschlussbuch des Kreistages 1992"
key = ["Nr."]

[columns."Nr."]
field = "number"
[columns.Datum]
field = "decided_on"
dates = ["DD.MM.YYYY", "MM/YYYY", "YYYY"]
[columns.Betreff]
field = "subject"
[columns.Ergebnis]
field = "sense"
codes = { "angenommen" = "approving", "abgelehnt" = "rejecting" }
[columns."gilt ab"]
field = "effective_from"
dates = ["DD.MM.YYYY"]

[constant]
organ = "Kreistag"
visibility = "public"
legal_form = "plain"
"""
HEADINGS: Final = "Nr.;Datum;Betreff;Ergebnis;gilt ab;Bemerkung"
ROWS: Final = (
    "12/1992;24.03.1992;Nahverkehr;angenommen;01.04.1992;siehe auch 3/1991",
    '13/1992;03/1992;"Schule; Neubau";abgelehnt;;',
    "14/1992;;Haushalt;angenommen;;",
)


class Desk:
    """A folder with a list and its map, and a register with one organ."""

    def __init__(self, folder: Path) -> None:
        self.list = folder / "liste.csv"
        self.map = folder / "map.toml"
        self.directory = opened()
        organ = e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL)
        self.directory.add(statement(ORGAN, organ), v.Role.ARCHIVIST)

    def write(self, *rows: str, headings: str = HEADINGS, mapping: str = MAP, encoding: str = "utf-8") -> None:
        self.list.write_bytes("\r\n".join((headings, *rows, "")).encode(encoding))
        self.map.write_text(mapping, encoding="utf-8")

    def resolutions(self) -> list[e.ResolutionMade]:
        events = []
        for batch in read_table(self.list, self.map, directory=self.directory):
            (record,) = self.directory.record(batch)
            assert isinstance(record.event, e.ResolutionMade)
            events.append(record.event)
        return events

    def refused(self) -> InputError:
        with pytest.raises(InputError) as refused:
            read_table(self.list, self.map, directory=self.directory)
        return refused.value


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_row_gives_a_resolution_with_what_its_columns_say(desk: Desk) -> None:
    desk.write(*ROWS)
    first, second, third = desk.resolutions()
    assert (first.number, first.subject, first.sense) == ("12/1992", "Nahverkehr", v.ResolutionSense.APPROVING)
    assert first.made_by == x.MadeBy(kind=v.DecisionPath.ORGAN, organ=ORGAN)
    assert first.legal_form is v.LegalForm.PLAIN
    assert first.effective_from == x.When(at="1992-04-01", certainty=v.Certainty.STATED)
    assert first.occurred_literal == "24.03.1992"
    assert (second.subject, second.sense) == ("Schule; Neubau", v.ResolutionSense.REJECTING)
    # Not mentioned: the cell is empty.
    assert (third.effective_from, third.occurred_literal, third.text) == (UNSET, UNSET, UNSET)
    records = [desk.directory.histories[s][0] for s in desk.directory.streams("resolution")]
    assert [record.occurred for record in records] == [
        x.When(at="1992-03-24", certainty=v.Certainty.STATED),
        x.When(at="1992-03", certainty=v.Certainty.STATED),
        x.When(certainty=v.Certainty.UNKNOWN),
    ]
    assert {record.by.role for record in records} == {v.Role.ARCHIVIST}


def test_row_is_held_as_a_document_with_every_column(desk: Desk) -> None:
    desk.write(*ROWS)
    batch = next(read_table(desk.list, desk.map, directory=desk.directory))
    (document,) = batch.documents
    assert document.content is not None
    assert json.loads(document.content) == dict(zip(HEADINGS.split(";"), ROWS[0].split(";"), strict=True))
    (command,) = batch.commands
    (source,) = command.statement.sources  # type: ignore[misc]  # one source
    assert (source.grade, source.citation, source.locator) == (
        v.Grade.COPY,
        "Beschlussbuch des Kreistages 1992",
        "Zeile 1",
    )
    assert source.document == x.Document(
        digest=document.digest_hex, held=True, media_type="application/json", size=document.size
    )


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_separator_is_told_by_the_headings(desk: Desk, separator: str) -> None:
    desk.write(ROWS[0].replace(";", separator), headings=HEADINGS.replace(";", separator))
    assert [event.number for event in desk.resolutions()] == ["12/1992"]


def test_separator_of_the_map_counts(desk: Desk) -> None:
    desk.write(ROWS[0], mapping='separator = "comma"\n' + MAP)
    assert desk.refused().message.startswith('liste.csv: line 1: found no column "Nr."')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_byte_order_mark_is_no_part_of_the_first_heading(desk: Desk, encoding: str) -> None:
    desk.write(ROWS[0], encoding=encoding)
    assert len(desk.resolutions()) == 1


def test_windows_1252_is_refused_with_the_way_out(desk: Desk) -> None:
    desk.write("15/1992;;Straße;angenommen;;", encoding="cp1252")
    error = desk.refused()
    assert error.message == "liste.csv: line 2: found byte 0xdf, expected UTF-8"
    assert error.hint == "save it as CSV UTF-8; a spreadsheet that only says CSV writes Windows-1252"


def test_faults_are_named_with_row_line_and_column(desk: Desk) -> None:
    desk.write(
        '1;24.03.1992;"zwei\nZeilen";angenommen;;',
        "2;31.02.1992;Schule;vertagt;;",
        "2;;Schule;angenommen;;",
        ";;Schule;;;",
        "5;24. März;Schule;angenommen;;",
    )
    error = desk.refused()
    assert error.message.splitlines() == [
        'liste.csv: row 2 (line 4): column "Datum": found "31.02.1992", which is no day of the calendar',
        'liste.csv: row 2 (line 4): column "Ergebnis": found "vertagt", expected "angenommen", "abgelehnt"',
        'liste.csv: row 3 (line 5): column "Nr.": has the key of row 2 ("2")',
        'liste.csv: row 4 (line 6): column "Nr.": has no key ("")',
        'liste.csv: row 5 (line 7): column "Datum": found "24. März", expected DD.MM.YYYY or MM/YYYY or YYYY',
    ]
    assert error.hint == "name more columns in key, so that they tell every row from every other"


def test_empty_cell_of_a_field_that_every_resolution_has_is_a_fault(desk: Desk) -> None:
    desk.write("2;;Schule;;;")
    assert desk.refused().message == 'liste.csv: row 1 (line 2): column "Ergebnis": found nothing, expected sense'


def test_organ_that_is_not_recorded_is_a_fault(desk: Desk) -> None:
    desk.write(ROWS[0], mapping=MAP.replace('organ = "Kreistag"', 'organ = "Rat"'))
    error = desk.refused()
    assert error.message == 'found "Rat", which matches 0 recorded organs, expected exactly one'
    assert error.hint == "record the organ first, or state a reference to it in the map"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("1;2",), "liste.csv: row 1 (line 2): found 2 cells, expected 6"),
        ((), "liste.csv: found no row, expected headings in the first row and resolutions below"),
        (('1;"a"b;c;d;e;f',), "liste.csv: line 2: is not valid CSV: ';' expected after '\"'"),
        (('1;"offen;c;d;e;f',), "liste.csv: line 2: is not valid CSV: unexpected end of data"),
    ],
)
def test_list_that_is_no_table_is_refused(desk: Desk, rows: tuple[str, ...], message: str) -> None:
    desk.write(*rows, mapping='separator = "semicolon"\n' + MAP)
    assert desk.refused().message == message


def test_heading_that_stands_twice_is_refused(desk: Desk) -> None:
    desk.write(ROWS[0], headings=HEADINGS.replace("Bemerkung", "Datum"))
    assert desk.refused().message == (
        'liste.csv: found the heading "Datum" twice, expected at most 200 columns, each with a heading of its own'
    )


def test_column_of_the_map_that_the_list_lacks_is_named(desk: Desk) -> None:
    desk.write(
        "1;2;3;4;5;6", headings=HEADINGS.replace("Betreff", "Betrefff"), mapping='separator = "semicolon"\n' + MAP
    )
    error = desk.refused()
    assert (error.message, error.hint) == (
        'liste.csv: line 1: found no column "Betreff"',
        'did you mean "Betrefff"?',
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ratsbuch-table/1", "x/1", 'format: found "x/1", expected "ratsbuch-table/1"'),
        ('key = ["Nr."]', 'key = ["Jahr"]', 'key: "Jahr" is no column of the map'),
        ('organ = "Kreistag"', "", "no column and no constant for organ"),
        ('field = "subject"', 'field = "number"', 'columns "Nr." and "Betreff" both give number'),
        ('"approving"', '"good"', 'columns.Ergebnis: "angenommen": found "good", expected one of approving'),
        ('"DD.MM.YYYY", "MM/YYYY", "YYYY"', '"T.M.YYYY"', 'columns.Datum: found "T.M.YYYY", expected a pattern of'),
        ('dates = ["DD.MM.YYYY", "MM/YYYY", "YYYY"]', "", "columns.Datum: a date without dates, expected how it is"),
        ('legal_form = "plain"', 'sense = "partly"', 'sense is a constant, and column "Ergebnis" gives it too'),
        ('legal_form = "plain"', 'mood = "good"', "Invalid enum value 'mood'"),
        ("[constant]", "[constant", "is not valid TOML: "),
        ('field = "subject"', 'field = "subject"\ncolour = 1', "Object contains unknown field `colour`"),
    ],
)
def test_map_that_is_not_valid_is_refused(desk: Desk, old: str, new: str, message: str) -> None:
    assert old in MAP
    desk.write(*ROWS, mapping=MAP.replace(old, new))
    assert desk.refused().message.startswith(f"map.toml: {message}")


# -- over and over --------------------------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path) -> Iterator[tuple[Made, Archive]]:
    made = new_archive(tmp_path / "register")
    with made.open() as archive:
        organ = e.OrganRegistered(body=archive.streams("body")[0], name="Kreistag", kind=v.OrganKind.COUNCIL)
        archive.record(batch_of(statement(ORGAN, organ)), signer=made.signer())
        yield made, archive


def test_grown_list_records_what_is_new(desk: Desk, register: tuple[Made, Archive]) -> None:
    made, archive = register

    def run() -> list[bool]:
        batches = read_table(desk.list, desk.map, directory=archive)
        return [archive.record(batch, signer=made.signer()).already for batch in batches]

    desk.write(*ROWS[:2])
    assert run() == [False, False]
    size = archive.size
    desk.write(*ROWS)
    assert run() == [True, True, False]
    assert archive.size == size + 1
    (document,) = [s.document for s in archive.history(archive.streams("resolution")[0])[0].sources or ()]  # type: ignore[union-attr]  # a tuple
    content = archive.document(document.digest)  # type: ignore[union-attr, arg-type]  # it is held
    assert content is not None
    assert json.loads(content)["Bemerkung"] == "siehe auch 3/1991"


def test_row_that_reads_otherwise_now_is_refused_with_the_way_out(desk: Desk, register: tuple[Made, Archive]) -> None:
    made, archive = register
    desk.write(*ROWS)
    for batch in read_table(desk.list, desk.map, directory=archive):
        archive.record(batch, signer=made.signer())
    desk.write(ROWS[0].replace("Nahverkehr", "Fernverkehr"), *ROWS[1:])
    with pytest.raises(InputError) as refused:
        read_table(desk.list, desk.map, directory=archive)
    assert refused.value.message == (
        'liste.csv: row 1 (line 2): column "Nr.": 12/1992 was recorded before, and reads otherwise now'
    )
    assert refused.value.hint == "correct what is recorded with record-corrected/1, and take the row out"


def test_same_number_in_another_list_is_another_resolution(desk: Desk) -> None:
    desk.write(ROWS[0])
    desk.resolutions()
    desk.write(ROWS[0], mapping=MAP.replace("beschlussbuch-kreistag-1992", "beschlussbuch-kreistag-1993"))
    desk.resolutions()
    assert len(desk.directory.streams("resolution")) == 2
