"""A Vorlage is read field by field, with words and places; what would take a guess is said instead."""

from __future__ import annotations

import random
import re
import uuid
from typing import TYPE_CHECKING, Final

import pytest
from support import papers
from support.archives import new_archive
from support.directory import MemoryDirectory, counter, opened
from support.shared import shared_data

from archive.errors import InputError
from archive.intake.extract import LIMITS, extract, read_docx, read_pdf
from archive.intake.vorlage import read_vorlage
from archive.intake.vorlage.paper import Paper, read_paper
from archive.intake.vorlage.wording import result_of, status_of
from domain import events as e
from domain import findings, streams
from domain import values as x
from domain import vocabulary as v
from domain.errors import ConflictError
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.stream import effective

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from domain.stream import RecordedEvent, State

NEVER: Final = (
    "Beschluss-Nr., Tagesordnungspunkt, Sitzungs-Nr., Wahlperiode, Aktenzeichen, Seitenzahl, Unterschrift, "
    "Bekanntmachung, Anlagenverzeichnis"
)


def read(text: str) -> Paper:
    return read_paper(extract(text.encode(), "vorlage.txt"))


def values(paper: Paper) -> list[tuple[str, str]]:
    return sorted((field.name, field.value) for field in paper.fields)


def remarks(paper: Paper) -> list[tuple[str, str]]:
    return [(remark.field, remark.text) for remark in paper.remarks if remark.field != "nicht erwähnt"]


def recorded(path: Path, directory: MemoryDirectory) -> list[RecordedEvent]:
    draft = read_vorlage(path, directory=directory, role=v.Role.ARCHIVIST)
    return list(directory.record(draft.batch(directory=directory, new_id=counter())))


def sources_of(record: RecordedEvent) -> tuple[x.Source, ...]:
    assert isinstance(record.sources, tuple)
    return record.sources


def state_in(directory: MemoryDirectory) -> Callable[[str], State | None]:
    def look_up(stream: str) -> State | None:
        history = directory.histories.get(stream)
        return streams.replay(stream.partition(":")[0], history) if history else None

    return look_up


def codes(directory: MemoryDirectory) -> set[str]:
    look_up = state_in(directory)
    found = set()
    for stream, history in directory.histories.items():
        state = look_up(stream)
        assert state is not None
        found |= {finding.code for finding in findings.of_stream(state, history, look_up)}
    return found


# -- the seed ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seed() -> MemoryDirectory:
    """What the seed gives in an empty register."""
    directory = opened("Erzgebirgskreis")
    recorded(shared_data("seed", "vorlage-0640.txt"), directory)
    return directory


def one(directory: MemoryDirectory, kind: type[State], prefix: str) -> State:
    (stream,) = directory.streams(prefix)
    state = state_in(directory)(stream)
    assert isinstance(state, kind)
    return state


def test_seed_gives_every_row_of_the_field_table_about_the_paper(seed: MemoryDirectory) -> None:
    state = one(seed, Proposal, "proposal")
    assert isinstance(state, Proposal)
    version = state.current
    assert version is not None
    assert (version.kind, version.kind_literal) == ("resolution_proposal", "Beschlussvorlage")  # 1
    assert version.told_by.event.body_basis == "inferred"  # type: ignore[union-attr]  # 2: the version was registered
    assert version.reference == "0640"  # 3: text
    assert (version.document_date, version.document_date_literal) == ("2021-11-23", "23.11.2021")  # 4
    assert version.submitters == (x.Party(office="Abteilung 2", literal="Abteilung 2"),)  # 5
    assert version.subject == "Fortschreibung des Integrationskonzeptes Erzgebirgskreis"  # 7
    assert version.legal_basis == (  # 8: a programme, as of the day of the paper
        x.LegalBasis(
            as_of="2021-11-23",
            kind=v.LegalBasisKind.PROGRAMME,
            literal="Zuwanderungs- und Integrationskonzept II des Freistaates Sachsen (ZIK II)",
        ),
    )
    assert isinstance(version.consulted, tuple)
    assert [party.literal for party in version.consulted] == [  # 9, 10
        "Akteuren der Sozialen Betreuung, Vertretern von Kommunen, Einrichtungen und Institutionen",
        "Ausschuss für Familie, Bildung, Gesundheit und Soziales, bei einer Enthaltung einstimmig angenommen",
    ]
    assert version.financial_impact is v.FinancialImpact.NONE  # 11: a statement
    assert version.financial_impact_literal == "keine"
    assert version.product_account is None  # half of the label, left blank
    assert version.operative_text == (  # 12: without the name that stands under it
        "Der Kreistag des Erzgebirgskreises beschließt das als Anlage 1 der Beschlussvorlage beigefügte "
        "Integrationskonzept und setzt dieses zum 01.01.2022 in Kraft."
    )
    assert (version.effective_from, version.effective_from_literal) == ("2022-01-01", "zum 01.01.2022 in Kraft")  # 12b
    assert version.signatories == (x.Signatory(form=v.SignatureForm.PRINTED_NAME, literal="F. Vogel"),)  # 13
    assert version.vote_form == x.VoteForm(abstain=None, entitled=None, no=None, yes=None)  # 14: blank, not zero
    assert version.vote_form_literal == "Stimmberechtigte\tdafür\tdagegen\tEnthaltungen"
    assert isinstance(version.reasons, str)
    assert version.reasons.startswith("Mit Beschlussfassung des Kreistages am 7. Juni 2017")  # 15
    assert version.reasons.endswith("während der Gültigkeitsdauer möglich ist.")
    assert version.validity == x.Validity(duration="P5Y", stated_in=v.TextPart.REASONS)  # 17, 12c
    assert version.review_clause == (  # 19
        "wobei bei Erfordernis und Bedarf eine Evaluierung auch während der Gültigkeitsdauer möglich ist"
    )
    assert (version.number, version.base) == (2, None)  # an earlier one lay before the committee, and is not held


def test_seed_gives_both_rows_of_the_beratungsfolge(seed: MemoryDirectory) -> None:
    state = one(seed, Proposal, "proposal")
    assert isinstance(state, Proposal)
    plans = [consultation.plan for consultation in state.consultations]
    assert [(p.organ_literal, p.planned_on, p.status_literal, p.publicity, p.role, p.authoritative) for p in plans] == [
        (
            "Ausschuss für Familie, Bildung, Gesundheit und Soziales",
            "2021-11-22",
            "nichtöffentlich, vorberatend",
            v.Publicity.NON_PUBLIC,
            v.ConsultationRole.PRELIMINARY,
            False,
        ),
        (
            "Kreistag",
            "2021-12-08",
            "öffentlich, beschließend",
            v.Publicity.PUBLIC,
            v.ConsultationRole.DECISION,
            True,
        ),
    ]
    assert [seed.find("organ", {"name": str(p.organ_literal)}) for p in plans] == [(p.organ,) for p in plans]


def test_seed_gives_its_annex_as_referred_to_and_not_held(seed: MemoryDirectory) -> None:
    state = one(seed, Proposal, "proposal")
    assert isinstance(state, Proposal)
    (annex,) = state.annexes
    event = annex.attached.event
    assert (event.label, event.held, event.part_of_decision, event.version) == ("Anlage 1", False, True, 2)


def test_seed_gives_the_reported_result_of_the_committee_as_secondary(seed: MemoryDirectory) -> None:
    state = one(seed, Meeting, "meeting")
    assert isinstance(state, Meeting)
    ((outcome,), (ballot,)) = state.outcomes, state.ballots
    assert state.starts_at == "2021-11-22"
    assert outcome.event.outcome is v.Outcome.ADOPTED
    assert outcome.event.outcome_literal == "bei einer Enthaltung einstimmig angenommen"
    # One abstention is stated, and nothing else: neither yes nor no.
    assert ballot.event.tally == outcome.event.tally == x.Tally(abstain=1)
    assert (ballot.event.majority, ballot.event.method) == (v.Majority.UNANIMOUS, v.BallotMethod.NOT_STATED)
    assert isinstance(outcome.record.sources, tuple)
    assert {source.grade for source in outcome.record.sources} == {v.Grade.SECONDARY}
    assert outcome.record.known == x.When(at="2021-11-23", certainty=v.Certainty.STATED)


def test_seed_gives_the_predecessor_with_its_trial(seed: MemoryDirectory) -> None:
    state = one(seed, Resolution, "resolution")
    assert isinstance(state, Resolution)
    assert state.made is not None
    event = state.made.event
    assert state.made.record.occurred == x.When(at="2017-06-07", certainty=v.Certainty.STATED)  # 16
    assert event.occurred_literal == "am 7. Juni 2017"
    assert event.number is not None
    assert event.effective_from == x.When(at="2017-07-01", certainty=v.Certainty.STATED)
    assert event.conditions == (x.Condition(duration="P2Y", kind=v.ConditionKind.TRIAL),)  # 16a
    assert event.conditions_literal == "dessen Umsetzbarkeit innerhalb der nächsten 2 Jahre zu erproben"
    proposal = one(seed, Proposal, "proposal")
    assert isinstance(proposal, Proposal)
    assert [(link.event.relation, link.event.basis) for link in proposal.links] == [
        (v.Relation.CONTINUES, v.Basis.STATED),
        (v.Relation.REPLACES, v.Basis.INFERRED),  # 18: the paper never says that the first one ends
    ]


def test_seed_gives_the_findings_of_the_design(seed: MemoryDirectory) -> None:
    assert codes(seed) == {
        "DATE_AFTER_CONSULTATION",
        "VERSION_NOT_HELD",
        "ANNEX_NOT_HELD",
        "BLANK_FORM",
        "VALIDITY_ONLY_IN_REASONS",
        "PREDECESSOR_END_NOT_STATED",
        "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER",
        "ADVISORY_BODY_SAID_ADOPTED",
        "SIGNATORY_WITHOUT_OFFICE",
        "LEGAL_BASIS_IS_NO_NORM",
        # Of the predecessor that its reasons tell of.
        "TRIAL_ENDED_WITHOUT_DECISION",
        "ADOPTED_TEXT_NOT_HELD",
    }


def test_seed_leaves_nothing_unread_but_what_the_paper_does_not_have() -> None:
    paper = read_paper(extract(shared_data("seed", "vorlage-0640.txt").read_bytes(), "vorlage-0640.txt"))
    assert [(remark.field, remark.text) for remark in paper.remarks] == [("nicht erwähnt", NEVER)]  # 20


def test_every_quote_of_the_seed_stands_at_its_place() -> None:
    text = shared_data("seed", "vorlage-0640.txt").read_text(encoding="utf-8")
    fields = read(text).fields
    assert len(fields) == 22
    lines = text.split("\n")
    for field in fields:
        place = re.fullmatch(r"Zeile (\d+)(?:–(\d+))?, Zeichen (\d+)–(\d+)", field.place)
        assert place is not None
        assert text[int(place[3]) - 1 : int(place[4])] == field.quote
        assert field.quote in "\n".join(lines[int(place[1]) - 1 : int(place[2] or place[1])])


@pytest.mark.parametrize("kind", ["docx", "pdf", "pdf without rules"])
def test_seed_as_pdf_or_docx_says_the_same(kind: str) -> None:
    text = shared_data("seed", "vorlage-0640.txt").read_text(encoding="utf-8")
    if kind == "docx":
        found = read_docx(papers.docx(text), kind, LIMITS)
    else:
        found = read_pdf(papers.pdf(text, ruled=kind == "pdf"), kind, LIMITS)
    assert values(read_paper(found)) == values(read(text))


# -- variants -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(12))
def test_order_of_the_fields_does_not_matter(number: int) -> None:
    order = list(papers.FIELDS)
    random.Random(number).shuffle(order)
    assert values(read(papers.paper(order))) == values(read(papers.paper()))


@pytest.mark.parametrize(
    ("name", "field", "german"),
    [
        ("reference", "reference", "Vorlagen-Nr."),
        ("date", "document_date", "Datum"),
        ("submitter", "submitters", "Einreicher"),
        ("table", "consultation", "Beratungsfolge"),
        ("subject", "subject", "Gegenstand der Vorlage"),
        ("legal", "legal_basis", "Rechtliche Grundlage"),
        ("consulted", "consulted", "Vorlage beraten mit"),
        ("financial", "financial_impact", "Finanzielle Auswirkungen"),
        ("operative", "operative_text", "Beschlussvorschlag"),
        ("votes", "vote_form", "Abstimmungsergebnis"),
        ("reasons", "reasons", "Begründung"),
    ],
)
def test_missing_field_is_not_mentioned_and_said(name: str, field: str, german: str) -> None:
    paper = read(papers.paper(other for other in papers.FIELDS if other != name))
    assert field not in {found.name for found in paper.fields}
    assert (german, "not mentioned: the paper has no such label") in remarks(paper)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"reference": "VORLAGEN NR: 0042"}, "reference"),
        ({"reference": "Drucksachen-Nr. : 0042"}, "reference"),
        ({"reference": "Vorlagennummer\t0042"}, "reference"),
        ({"reference": "Vorlagen-Nr.:\n0042"}, "reference"),
        ({"reference": "Vor\u00adlagen-Nr.:\u00a00042"}, "reference"),
        ({"date": "Datum der Vorlage: 21.03.2023"}, "document_date"),
        ({"date": "DATUM: 21. März 2023"}, "document_date"),
        ({"date": "Datum: 2023-03-21"}, "document_date"),
        ({"date": "Datum: 21.3.2023"}, "document_date"),
        ({"submitter": "Eingereicht von: Amt für Mobilität"}, "submitters"),
        ({"subject": "Betreff: Fortschreibung des Radwegeplans für den Musterkreis"}, "subject"),
        ({"legal": "Rechtsgrundlagen: § 3 Absatz 2 der Hauptsatzung"}, "legal_basis"),
        ({"financial": "Finanzielle Auswirkungen/Produktsachkonto: keine"}, "financial_impact"),
        (
            {"operative": papers.FIELDS["operative"].replace("Beschlussvorschlag:", "BESCHLUSSVORSCHLAG")},
            "operative_text",
        ),
        ({"votes": papers.FIELDS["votes"].replace("-\n", "")}, "vote_form"),
        ({"votes": "Abstimmungsergebnis:\nJa-Stimmen  Nein-Stimmen"}, None),
        ({"reasons": papers.FIELDS["reasons"].replace("Begründung", "Sachverhalt / Begründung:")}, "reasons"),
        ({"table": papers.FIELDS["table"].replace("\t", "   ")}, "consultation"),
        ({"table": papers.FIELDS["table"].replace("\t", " | ")}, "consultation"),
        ({"table": papers.FIELDS["table"].replace("Beratungsfolge\t", "Gremium\t")}, "consultation"),
        ({"table": papers.FIELDS["table"].replace("20.03.2023", "20. März 2023")}, None),
    ],
)
def test_field_is_found_under_other_labels_and_notations(changed: dict[str, str], name: str | None) -> None:
    paper, plain = read(papers.paper(**changed)), read(papers.paper())
    if name is not None:
        assert [f for f in values(paper) if f[0] == name] == [f for f in values(plain) if f[0] == name]
    assert len(paper.consultations) == 2
    assert [row.day for row in paper.consultations] == ["2023-03-20", "2023-03-29"]
    assert remarks(paper) == []


def test_columns_of_the_beratungsfolge_are_told_by_their_headings() -> None:
    table = "Termin\tGremium\tÖffentlichkeit\tBehandlung\n20.03.2023\tVerkehrsausschuss\tnicht öffentlich\tVorberatung"
    (row,) = read(papers.paper(table=table, consulted=None)).consultations
    assert (row.organ, row.day) == ("Verkehrsausschuss", "2023-03-20")
    assert (row.status.publicity, row.status.role) == (v.Publicity.NON_PUBLIC, v.ConsultationRole.PRELIMINARY)
    assert row.status_literal == "nicht öffentlich, Vorberatung"


@pytest.mark.parametrize(
    ("literal", "publicity", "role"),
    [
        ("öffentlich, beschließend", v.Publicity.PUBLIC, v.ConsultationRole.DECISION),
        ("nicht-öffentlich / zur Beschlussfassung", v.Publicity.NON_PUBLIC, v.ConsultationRole.DECISION),
        ("Ö Anhörung", v.Publicity.UNKNOWN, v.ConsultationRole.HEARING),
        ("öffentlich zur Kenntnisnahme", v.Publicity.PUBLIC, v.ConsultationRole.INFORMATION),
        ("nö Beratung", v.Publicity.NON_PUBLIC, v.ConsultationRole.DELIBERATION),
        ("öffentlich, Generaldebatte", v.Publicity.PUBLIC, v.ConsultationRole.OTHER),
    ],
)
def test_status_is_split_and_what_is_not_understood_is_said(
    literal: str, publicity: v.Publicity, role: v.ConsultationRole
) -> None:
    table = f"Gremium\tTermin\tStatus\nKreistag\t29.03.2023\t{literal}"
    paper = read(papers.paper(table=table, consulted=None))
    (row,) = paper.consultations
    assert (row.status.publicity, row.status.role, row.status_literal) == (publicity, role, literal)
    said = ("Beratungsstatus", f"found {literal!r}, of which not all is understood")
    assert (said in remarks(paper)) == (publicity is v.Publicity.UNKNOWN or role is v.ConsultationRole.OTHER)


def test_blank_field_is_blank_and_not_missing() -> None:
    paper = read(papers.paper(date="Datum:", legal="Rechtliche Grundlage:", financial="Finanzielle Auswirkungen:"))
    assert (paper.day, paper.legal_basis, paper.financial) == (None, None, None)
    assert ("document_date", "leer") in values(paper)


def test_blank_day_in_the_table_is_blank() -> None:
    table = "Gremium\tTermin\tStatus\nKreistag\t\töffentlich, beschließend"
    (row,) = read(papers.paper(table=table, consulted=None)).consultations
    assert (row.organ, row.day) == ("Kreistag", None)


def test_filled_vote_table_is_counted_and_a_word_in_it_is_not() -> None:
    votes = "Abstimmungsergebnis:\nStimmberechtigte\tdafür\tdagegen\tEnthaltungen\n47\t24\t\tkeine"
    paper = read(papers.paper(votes=votes))
    assert paper.votes == {"entitled": 47, "yes": 24, "no": None}
    assert remarks(paper) == [("Abstimmungsergebnis", "found 'keine' for abstain, expected a number")]


@pytest.mark.parametrize("date", ["31.02.2023", "21.03.23", "März 2023", "gestern"])
def test_date_that_is_none_is_said_and_kept_as_words(date: str) -> None:
    paper = read(papers.paper(date=f"Datum: {date}"))
    assert ("Datum", f"found {date!r}, expected a day such as 23.11.2021") in remarks(paper)
    assert (str(paper.day), paper.day_literal) == ("UNSET", date)


def test_label_that_stands_twice_is_said_and_ends_nothing() -> None:
    reasons = papers.FIELDS["reasons"] + "\n\nDatum: unbekannt ist, wann der Plan ausläuft."
    paper = read(papers.paper(reasons=reasons))
    assert paper.day == "2023-03-21"
    assert isinstance(paper.reasons, str)
    assert paper.reasons.endswith("Datum: unbekannt ist, wann der Plan ausläuft.")
    said = "stands a second time, after Zeile 5, Zeichen 39–55; left with what it stands in"
    assert remarks(paper) == [("Datum", said)]


def test_words_that_belong_to_no_field_are_said() -> None:
    paper = read(papers.paper(submitter="Einreicher: Amt für Mobilität\nTelefon: 0123\n\nStempel", date="Az.: 12-3"))
    assert paper.submitters == ("Amt für Mobilität",)
    assert remarks(paper) == [
        ("Az.", "found '12-3'; a proposal has no field for it"),
        ("Datum", "not mentioned: the paper has no such label"),
        ("ohne Feld", "found 'Telefon: 0123', which belongs to no field"),
        ("ohne Feld", "found 'Stempel', which belongs to no field"),
    ]


def test_two_nouns_under_the_text_are_not_taken_for_a_name() -> None:
    operative = papers.FIELDS["operative"].replace("E. Beispiel", "Erika Beispiel")
    paper = read(papers.paper(operative=operative))
    assert isinstance(paper.operative, str)
    assert paper.operative.endswith("Erika Beispiel")
    assert remarks(paper) == [
        ("Unterzeichner", "found 'Erika Beispiel': perhaps a name, left in the text"),
        ("Unterzeichner", "not mentioned: no name was found under the text"),
    ]


@pytest.mark.parametrize("under", ["Erika Beispiel\nLandrätin", "gez. Beispiel", "Dr. Erika Beispiel"])
def test_name_under_the_text_is_no_part_of_it(under: str) -> None:
    operative = papers.FIELDS["operative"].replace("E. Beispiel", under)
    paper = read(papers.paper(operative=operative))
    assert isinstance(paper.operative, str)
    assert paper.operative.endswith("in Kraft.")
    assert isinstance(paper.signatories, tuple)
    name, _, office = under.partition("\n")
    assert [(s.literal, s.office) for s in paper.signatories] == [(name, office or None)]


def test_page_breaks_and_page_numbers_are_no_part_of_a_text() -> None:
    reasons = papers.FIELDS["reasons"].replace("\n\nDer Plan", "\n\nSeite 1 von 2\n\fDer Plan")
    paper = read(papers.paper(reasons=reasons))
    assert isinstance(paper.reasons, str)
    assert "Seite" not in paper.reasons
    assert remarks(paper) == [("Seitenzahl", "passed over 'Seite 1 von 2'")]
    assert [f.place for f in paper.fields if f.name == "validity"] == ["Zeile 38, Seite 2, Zeichen 942–966"]


def test_carriage_returns_end_lines() -> None:
    assert values(read(papers.paper().replace("\n", "\r\n"))) == values(read(papers.paper()))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("mit den Anlagen 1 und 2", ["Anlage 1", "Anlage 2"]),
        ("mit den Anlagen 1 bis 3 sowie Anlage A", ["Anlage 1", "Anlage 2", "Anlage 3", "Anlage A"]),
        ("ohne Anlage", []),
    ],
)
def test_annexes_that_a_text_names_are_found(text: str, labels: list[str]) -> None:
    paper = read(papers.paper(operative=f"Beschlussvorschlag:\nDer Kreistag beschließt den Plan {text}."))
    assert [annex.label for annex in paper.annexes] == labels
    assert all(annex.part_of_decision for annex in paper.annexes)


def test_list_of_annexes_gives_their_titles() -> None:
    paper = read(papers.paper() + "\nAnlagen:\nAnlage 1: Radwegeplan\nAnlage 2: Karte\n")
    assert [(a.label, a.title, a.part_of_decision) for a in paper.annexes] == [
        ("Anlage 1", "Radwegeplan", True),
        ("Anlage 2", "Karte", False),
    ]


@pytest.mark.parametrize(
    ("sentence", "duration", "ends"),
    [
        ("Der Plan gilt für fünf Jahre.", "P5Y", None),
        ("Er hat eine Laufzeit von 18 Monaten.", "P18M", None),
        ("Er gilt bis zum 31. Dezember 2027.", None, "2027-12-31"),
        ("Er gilt, solange es nötig ist.", None, None),
    ],
)
def test_period_in_the_reasons_is_read(sentence: str, duration: str | None, ends: str | None) -> None:
    validity = read(papers.paper(reasons=f"Begründung:\n{sentence}")).validity
    assert (validity.term.duration, validity.term.ends) == (duration, ends) if validity else duration is ends is None


def test_two_periods_are_said_and_none_is_taken() -> None:
    paper = read(papers.paper(reasons="Begründung:\nEr gilt für 5 Jahre. Er gilt für 7 Jahre."))
    assert paper.validity is None
    assert remarks(paper) == [
        ("Geltungsdauer", "several periods are named: Er gilt für 5 Jahre.; Er gilt für 7 Jahre."),
    ]


def test_resolution_that_is_only_mentioned_is_no_predecessor(tmp_path: Path) -> None:
    path = tmp_path / "vorlage.txt"
    path.write_text(papers.paper(subject="Gegenstand der Vorlage: Radwegeplan"), encoding="utf-8")
    draft = read_vorlage(path, directory=opened())
    assert "resolution-made/1" not in draft.toml
    assert [r.text for r in draft.unread if r.field == "Vorgänger"] == [
        "a resolution of 2017-04-05 is mentioned; nothing says that this continues it; not recorded"
    ]


# -- the draft ----------------------------------------------------------------------------------------


@pytest.fixture
def vorlage(tmp_path: Path) -> Path:
    path = tmp_path / "vorlage.txt"
    path.write_text(papers.paper(), encoding="utf-8")
    return path


def test_recorded_organs_and_meetings_are_used(vorlage: Path) -> None:
    directory = opened()
    (first,) = [r for r in recorded(vorlage, directory) if isinstance(r.event, e.MeetingConvened)]
    organs, meetings = directory.streams("organ"), directory.streams("meeting")
    vorlage.write_text(papers.paper(reference="Vorlagen-Nr.: 0043"), encoding="utf-8")
    draft = read_vorlage(vorlage, directory=directory, role=v.Role.CLERK)
    directory.record(draft.batch(directory=directory, new_id=lambda _: str(uuid.uuid4())))
    assert directory.streams("organ") == organs
    assert directory.streams("meeting") == meetings == (first.stream,)
    assert 'organ = "organ:{name=\\"Kreistag\\"}"' in draft.toml


def test_number_that_is_recorded_already_is_said(vorlage: Path) -> None:
    directory = opened()
    recorded(vorlage, directory)
    vorlage.write_text(papers.paper(date="Datum: 22.03.2023"), encoding="utf-8")
    (known,) = directory.streams("proposal")
    assert [r.text for r in read_vorlage(vorlage, directory=directory).unread if r.field == "Vorlagen-Nr."] == [
        f"0042 is recorded already ({known}); if this is another version of it, record it as proposal-revised/1 there"
    ]


def test_paper_without_a_public_consultation_is_not_public(vorlage: Path) -> None:
    table = "Gremium\tTermin\tStatus\nKreistag\t29.03.2023\tnichtöffentlich, beschließend"
    vorlage.write_text(papers.paper(table=table, consulted=None), encoding="utf-8")
    directory = opened()
    assert {r.visibility for r in recorded(vorlage, directory)} == {v.Visibility.NON_PUBLIC}


def test_paper_without_labels_is_refused(vorlage: Path) -> None:
    vorlage.write_text("Ein Brief ohne Felder.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"\Avorlage.txt: found none of the labels of a Vorlage \(Vorlagen-Nr"):
        read_vorlage(vorlage, directory=opened())


def test_document_that_changes_between_reading_and_recording_is_refused(vorlage: Path) -> None:
    directory = opened()
    draft = read_vorlage(vorlage, directory=directory)
    vorlage.write_text(papers.paper() + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"\Avorlage.txt: changed while it was read\Z"):
        draft.batch(directory=directory, new_id=counter())


def test_same_document_is_recorded_once_and_held(vorlage: Path, tmp_path: Path) -> None:
    made = new_archive(tmp_path / "register")
    with made.open() as archive:

        def apply() -> tuple[bool, int]:
            draft = read_vorlage(vorlage, directory=archive, role=v.Role.ARCHIVIST)
            batch = draft.batch(directory=archive, new_id=archive.means.new_id)
            return archive.record(batch, signer=made.signer()).already, archive.size

        first, again = apply(), apply()
        assert (first[0], again[0], first[1]) == (False, True, again[1])
        draft = read_vorlage(vorlage, directory=archive)
        assert archive.document(draft.digest_hex) == vorlage.read_bytes()
        grades = {s.grade for r in archive.events_between(after=4) for s in sources_of(r)}
        assert grades == {v.Grade.COPY, v.Grade.SECONDARY}


def test_reviewed_file_and_direct_recording_exclude_each_other(vorlage: Path, tmp_path: Path) -> None:
    made = new_archive(tmp_path / "register")
    with made.open() as archive:
        from archive.intake import commands  # noqa: PLC0415  # only here

        draft = read_vorlage(vorlage, directory=archive, role=v.Role.CLERK)
        reviewed = draft.toml.replace("Amt für Mobilität", "Amt 66")
        batch = commands.read(
            reviewed.encode(),
            "vorlage.toml",
            directory=archive,
            new_id=archive.means.new_id,
            documents={"vorlage.txt": vorlage},
            suffix=".toml",
        )
        archive.record(batch, signer=made.signer())
        again = draft.batch(directory=archive, new_id=archive.means.new_id)
        with pytest.raises(ConflictError, match="was recorded before from a file with other bytes"):
            archive.record(again, signer=made.signer())


def test_name_of_a_person_stands_in_one_field_alone(vorlage: Path) -> None:
    directory = opened()
    events = recorded(vorlage, directory)
    sources = [s for r in effective(events) for s in sources_of(r) if isinstance(s.quote, str)]
    assert [s for s in sources if "E. Beispiel" in str(s.quote)] == []


def test_pdf_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "vorlage.pdf"
    path.write_bytes(papers.pdf(papers.paper()))
    directory = opened()
    draft = read_vorlage(path, directory=directory, role=v.Role.ARCHIVIST)
    assert draft.media_type == "application/pdf"
    assert {f.place.partition(",")[0] for f in draft.fields} == {"Seite 1"}
    directory.record(draft.batch(directory=directory, new_id=counter()))
    assert len(directory.streams("proposal")) == 1


# -- negations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "outcome", "majority"),
    [
        ("nicht vertagt", v.Outcome.OTHER, v.Majority.NOT_STATED),
        ("nicht abgelehnt", v.Outcome.OTHER, v.Majority.NOT_STATED),
        ("nicht zur Kenntnis genommen", v.Outcome.OTHER, v.Majority.NOT_STATED),
        ("nicht einstimmig angenommen", v.Outcome.OTHER, v.Majority.NOT_STATED),
        ("Zustimmung verweigert, vertagt", v.Outcome.OTHER, v.Majority.NOT_STATED),
        ("einstimmig nicht angenommen", v.Outcome.REJECTED, v.Majority.UNANIMOUS),
        ("ohne Gegenstimmen angenommen", v.Outcome.ADOPTED, v.Majority.NOT_STATED),
        ("einstimmig angenommen, nicht öffentlich", v.Outcome.ADOPTED, v.Majority.UNANIMOUS),
    ],
)
def test_a_reported_result_is_not_read_from_its_negation(text: str, outcome: v.Outcome, majority: v.Majority) -> None:
    result = result_of(text)
    assert result is not None
    assert (result.literal, result.outcome, result.majority) == (text, outcome, majority)


@pytest.mark.parametrize(
    ("text", "role", "rest"),
    [
        ("nicht beschließend", v.ConsultationRole.OTHER, "nicht beschließend"),
        ("nichtöffentlich, keine Beratung", v.ConsultationRole.OTHER, "keine Beratung"),
        ("nicht öffentlich, beschließend", v.ConsultationRole.DECISION, ""),
    ],
)
def test_a_task_is_not_read_from_its_negation(text: str, role: v.ConsultationRole, rest: str) -> None:
    status = status_of(text)
    assert (status.role, status.rest) == (role, rest)
