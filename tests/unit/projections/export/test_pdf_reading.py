"""What the pages of a Vorlage say: every kind of nothing by its word, empty cells empty, nothing filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Raw
from msgspec.structs import replace
from support.council import key, on, statement, stream
from support.memory import MemoryArchive
from support.pdf import Pdf

from archive.excerpt import Terms
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD
from projections.export import pdf
from projections.export.edition import Edition
from projections.export.pdf.reading import reading

if TYPE_CHECKING:
    from domain.proposal import Proposal
    from projections.export.pdf.shapes import Rendering

P, M, B, ORGAN = stream("proposal"), stream("meeting"), stream("body"), stream("organ")
TERMS = Terms(day="2026-11-23", version="0.1.0", subjects=(P,))


def registered(**fields: object) -> e.ProposalRegistered:
    given = {"body": B, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "version": 1, **fields}
    return e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives


def archive_with(*events: e.Event, target: str = P, example: bool = False) -> MemoryArchive:
    archive = MemoryArchive(example=example)
    for event in events:
        archive.add(statement(target, event, occurred=on("2021-11-23")))
    return archive


def printed(archive: MemoryArchive) -> list[Rendering]:
    return list(pdf.files(Edition(archive.archive(), TERMS)))


def text_of(archive: MemoryArchive, number: int = 0) -> str:
    return Pdf(printed(archive)[number].data).text


def test_kinds_of_nothing_are_told_apart() -> None:
    archive = archive_with(
        registered(
            reference="1",
            subject="Radwege",
            product_account=None,
            reasons="geheim",
            financial_impact=v.FinancialImpact.NONE,
            financial_impact_literal="keine",
        )
    )
    first = archive.records[0]
    assert isinstance(first.event, e.ProposalRegistered)
    archive.records[0] = replace(first, event=replace(first.event, reasons=WITHHELD))
    text = text_of(archive)
    assert "Produktsachkonto leer gelassen" in text
    assert "Finanzielle Auswirkungen keine" in text
    assert "Begründung vorenthalten" in text
    assert "Beschlussvorschlag nicht erwähnt" in text
    assert "Original: liegt nicht vor" in text
    assert "geheim" not in text


def test_empty_cell_of_the_vote_table_stays_empty_and_zero_stays_zero() -> None:
    edition = Edition(archive_with(registered(vote_form=x.VoteForm(entitled=None, yes=0, no=None))).archive(), TERMS)
    teller = edition.teller(P)
    state: Proposal = teller.past.state(P)  # type: ignore[assignment]  # there is one
    table = reading(edition, teller, state, state.versions[0]).data["abstimmung"]
    assert isinstance(table, dict)
    assert table["zellen"] == [
        None,
        {"absaetze": [["0"]], "zusatz": None},
        None,
        {"fehlt": "nicht erwähnt", "zusatz": None},
    ]
    assert table["leer"] == 2
    assert "Leere Felder wurden in der Vorlage leer gelassen." in text_of(
        archive_with(registered(vote_form=x.VoteForm(entitled=None, yes=0, no=None)))
    )


def test_wholly_empty_vote_table_is_printed_with_nothing_in_it() -> None:
    form = x.VoteForm(entitled=None, yes=None, no=None, abstain=None)
    page = Pdf(printed(archive_with(registered(vote_form=form)))[0].data)
    assert "Stimmberechtigte dafür dagegen Enthaltungen Die Tabelle wurde in der Vorlage leer gelassen." in page.text
    assert page.tags.count("TD") >= 4


def test_field_of_an_earlier_version_is_said_to_be_taken_over() -> None:
    archive = archive_with(
        registered(reference="7", subject="Brücke", operative_text="Alt."),
        e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, operative_text="Neu – „so“."),
    )
    first, second, _ = printed(archive)
    assert "übernommen" not in Pdf(first.data).text
    text = Pdf(second.data).text
    assert "Neu – „so“." in text
    assert "Brücke (übernommen aus Fassung 1)" in text
    assert (first.name, second.name) == ("lesefassung-7-v1.pdf", "lesefassung-7-v2.pdf")


def test_same_number_recorded_twice_gives_two_files() -> None:
    archive = archive_with(registered(), e.ProposalRevised(version=1, mode=v.RevisionMode.FULL))
    names = [one.name for one in printed(archive)]
    assert names == [
        f"lesefassung-{key(1)}-v1.pdf",
        f"lesefassung-{key(1)}-v1-2.pdf",
        f"nachweis-{key(1)}.pdf",
    ]


@pytest.mark.parametrize(
    ("reference", "slug"), [("BV/012 ä", "bv-012-ae"), ("../../etc", "etc"), ("–", key(1)), ("Ⅳ", key(1))]
)
def test_file_name_is_plain_whatever_the_number(reference: str, slug: str) -> None:
    assert printed(archive_with(registered(reference=reference)))[0].name == f"lesefassung-{slug}-v1.pdf"


def test_two_vorlagen_of_one_number_have_names_of_their_own() -> None:
    archive = archive_with(registered(reference="1/2020"))
    other = stream("proposal", 2)
    archive.add(statement(other, registered(reference="1-2020"), occurred=on("2021-11-24")))
    terms = Terms(day="2026-11-23", version="0.1.0", whole=True)
    names = [one.name for one in pdf.files(Edition(archive.archive(), terms))]
    assert names == [
        "lesefassung-1-2020-v1.pdf",
        "nachweis-1-2020.pdf",
        f"lesefassung-1-2020-{key(2)}-v1.pdf",
        f"nachweis-1-2020-{key(2)}.pdf",
    ]


def test_register_that_is_no_example_does_not_say_so() -> None:
    assert "BEISPIEL" not in text_of(archive_with(registered()))
    assert "BEISPIEL" in text_of(archive_with(registered(), example=True))


def test_nachweis_tells_correction_with_both_sides() -> None:
    archive = archive_with(
        registered(reference="7", subject="Brüke"),
        e.RecordCorrected(
            target=1,
            path="/data/subject",
            old=Raw('"Brüke"'.encode()),
            new=Raw('"Brücke"'.encode()),
            kind=v.CorrectionKind.CLERICAL,
            reason="Schreibfehler",
        ),
    )
    text = text_of(archive, -1)
    assert "bisher: Brüke" in text
    assert "jetzt: Brücke" in text
    assert "berichtigt durch Nr. 2" in text


def test_text_is_never_read_as_markup() -> None:
    hostile = '#panic("x") *fett* $x^2$ @ref <label> #import "a" \\u{41} ` _k_ = Titel'
    text = text_of(archive_with(registered(reasons=hostile, subject=hostile)))
    assert hostile in text


def test_ballot_that_does_not_add_up_is_said_to_contradict() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="9", subject="Haus"), occurred=on("2021-11-23")))
    item = key(70)
    entry = x.AgendaItem(item=item, order=0, proposal=P, publicity=v.Publicity.PUBLIC, version=1)
    for event in (
        e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08"),
        e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=(entry,)),
        e.BallotHeld(
            ballot=key(71),
            item=item,
            method=v.BallotMethod.SHOW_OF_HANDS,
            target=x.BallotTarget(proposal=P, version=1),
            tally=x.Tally(yes=12, no=3),
            declared=v.Declared.PASSED,
            majority=v.Majority.UNANIMOUS,
        ),
    ):
        archive.add(statement(M, event, occurred=on("2021-12-08")))
    text = text_of(archive, -1)
    assert "Einstimmigkeit widerspricht Aus den Zahlen folgt das Gegenteil." in text
    assert "dafür 12" in text
    assert "dagegen 3" in text
    assert "Enthaltungen nicht erwähnt" in text


def test_outcome_without_a_ballot_is_checked_by_its_own_counts() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="9", subject="Haus"), occurred=on("2021-11-23")))
    for event in (
        e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08"),
        e.OutcomeDeclared(proposal=P, outcome=v.Outcome.ADOPTED, tally=x.Tally(yes=24, no=23, abstain=0)),
    ):
        archive.add(statement(M, event, occurred=on("2021-12-08")))
    text = text_of(archive, -1)
    assert "angenommen (24 dafür, 23 dagegen, 0 Enthaltungen)" in text
    assert "Stimmenzahlen sind nicht angegeben" not in text
    assert "Für diesen Tag ist kein Regelwerk eingetragen." in text
