"""What containers tell of a record: nothing public that was not, nothing lost, nothing made up, and no line forged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Raw, json
from msgspec.structs import replace
from support import xdomea as s
from support.archives import batch, document, held, statement
from support.exports import checkpointed, excerpt_of
from support.memory import MemoryArchive

from archive.archive import Archive
from archive.excerpt import Terms
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.proposal import FIELDS, Proposal
from domain.values import WITHHELD
from projections.export import german
from projections.export.edition import Edition
from projections.export.xdomea import Order, check_container, containers, has_cases, read_message
from projections.export.xdomea.tagesordnung import ELSEWHERE
from projections.export.xdomea.values import folded, said, tally
from projections.export.xdomea.vorlage_text import PARTS, version_lines
from projections.teller import Teller
from projections.timetravel import Past

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree
    from support.archives import Made

    from domain.stream import Statement
    from projections.export.files import ExportFile

ITEM, OTHER_ITEM = "0190f6a0-0000-7000-8000-0000000000b1", "0190f6a0-0000-7000-8000-0000000000b2"
BALLOT = "0190f6a0-0000-7000-8000-0000000000b3"
CONSULTATION = "0190f6a0-0000-7000-8000-0000000000b4"
PUBLIC, NON_PUBLIC = v.Visibility.PUBLIC, v.Visibility.NON_PUBLIC
PUBLIC_AGENDA = "Tagesordnung, wie abgehandelt (öffentlicher Teil)"
OTHER_AGENDA = "Tagesordnung, wie abgehandelt (nichtöffentlicher Teil)"
BY_MEETING, BY_PROPOSAL = Order(by="meeting"), Order()


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return s.complete(tmp_path_factory.mktemp("xdomea"))


@pytest.fixture
def made(complete: Made, tmp_path: Path) -> Made:
    return complete.copy(tmp_path)


@pytest.fixture
def body(complete: Made) -> Iterator[str]:
    with complete.open() as archive:
        yield s.musterkreis(archive)


def convened(body: str, **more: object) -> Statement:
    return statement(s.MEETING, e.MeetingConvened(**{"body": body, "organs": (), "starts_at": "2021-12-08", **more}))  # type: ignore[arg-type]


def registered(body: str, **more: object) -> Statement:
    told = {"body": body, "kind": v.ProposalKind.OTHER, "version": 1, "reference": "77/2021", **more}
    return statement(s.PROPOSAL, e.ProposalRegistered(**told))  # type: ignore[arg-type]


def agenda(*titles: str, items: tuple[str, ...] = (ITEM, OTHER_ITEM)) -> Statement:
    every = tuple(
        x.AgendaItem(item=item, number=str(number), order=number, publicity=v.Publicity.PUBLIC)
        for number, (item, _) in enumerate(zip(items, titles, strict=False), 1)
    )
    names = tuple(x.ItemTitle(item=item, title=title) for item, title in zip(items, titles, strict=False))
    event = e.AgendaSet(version=1, stage=v.AgendaStage.IN_SESSION, part=v.Part.PUBLIC, items=every, titles=names)
    return statement(s.MEETING, event)


def outcome(literal: str, *, item: str | None = ITEM, visibility: v.Visibility = PUBLIC, **more: object) -> Statement:
    named = {} if item is None else {"item": item}
    event = e.OutcomeDeclared(outcome=v.Outcome.ADOPTED, outcome_literal=literal, **named, **more)  # type: ignore[arg-type]
    return statement(s.MEETING, event, visibility=visibility)


def valid(file: ExportFile) -> ExportFile:
    assert check_container(file.name, file.data, schemas=s.schemas()) == ()
    return file


def papers(file: ExportFile) -> dict[str, etree._Element]:
    return {
        str(one.findtext("{*}AllgemeineMetadaten/{*}Betreff")): one
        for one in s.tree(file).iter()
        if str(one.tag).endswith(("}Dokument", "}Anlage")) and one.find("{*}AllgemeineMetadaten") is not None
    }


def note(paper: etree._Element) -> str:
    return str(paper.findtext("{*}AllgemeineMetadaten/{*}Bemerkung"))


# -- what is public -------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", [PUBLIC, NON_PUBLIC])
def test_what_was_dealt_with_in_camera_stands_in_no_paper_of_the_public_part(
    made: Made, body: str, visibility: v.Visibility
) -> None:
    excluded = e.PublicityDecided(item=ITEM, change=v.PublicityChange.EXCLUDED, ground="Verhandlungsstand")
    file = s.told_in(
        made,
        BY_MEETING,
        convened(body),
        agenda("Ankauf", "Bericht"),
        statement(s.MEETING, excluded, visibility=visibility),
        outcome("dem Ankauf zugestimmt", visibility=visibility),
        outcome("den Bericht angenommen", item=OTHER_ITEM),
    )
    told = s.readings(valid(file))
    assert f"TOP 1, „Ankauf“, {ELSEWHERE}" in told[PUBLIC_AGENDA]
    assert "Verhandlungsstand" not in told[PUBLIC_AGENDA]
    assert "dem Ankauf zugestimmt" not in told[PUBLIC_AGENDA]
    assert "TOP 1, „Ankauf“, nichtöffentlich" in told[OTHER_AGENDA]
    assert "Verhandlungsstand" in told[OTHER_AGENDA]
    assert "dem Ankauf zugestimmt" in told[OTHER_AGENDA]
    # What was public in everything stays where it was.
    assert "den Bericht angenommen" in told[PUBLIC_AGENDA]
    assert "Bericht" not in told[OTHER_AGENDA]


def test_an_outcome_that_is_not_public_is_enough(made: Made, body: str) -> None:
    file = s.told_in(
        made, BY_MEETING, convened(body), agenda("Ankauf"), outcome("dem Ankauf zugestimmt", visibility=NON_PUBLIC)
    )
    told = s.readings(file)
    assert "dem Ankauf zugestimmt" not in told[PUBLIC_AGENDA]
    assert "dem Ankauf zugestimmt" in told[OTHER_AGENDA]


def test_an_item_that_votes_on_a_proposal_that_is_not_public_is_not_public(made: Made, body: str) -> None:
    voted = e.BallotHeld(
        ballot=BALLOT,
        item=ITEM,
        method=v.BallotMethod.SHOW_OF_HANDS,
        target=x.BallotTarget(proposal=s.PROPOSAL),
    )
    hidden = replace(registered(body, subject="Vergleich mit der Baufirma"), visibility=NON_PUBLIC)
    told = s.readings(
        s.told_in(made, BY_MEETING, convened(body), agenda("Bericht"), hidden, statement(s.MEETING, voted))
    )
    assert "Vergleich mit der Baufirma" not in told[PUBLIC_AGENDA]
    assert "Vergleich mit der Baufirma" in told[OTHER_AGENDA]


def test_an_item_called_in_camera_and_restored_was_public_in_part(made: Made, body: str) -> None:
    called = e.ItemCalled(item=ITEM, publicity=v.Publicity.NON_PUBLIC)
    restored = e.PublicityDecided(item=ITEM, change=v.PublicityChange.RESTORED)
    file = s.told_in(
        made, BY_MEETING, convened(body), agenda("Ankauf"), *(statement(s.MEETING, one) for one in (called, restored))
    )
    assert "TOP 1, „Ankauf“, teils öffentlich" in s.readings(file)[OTHER_AGENDA]


def test_that_an_item_was_public_is_not_said_where_it_was_only_planned_so(made: Made, body: str) -> None:
    file = s.told_in(made, BY_MEETING, convened(body), agenda("Ankauf"))
    assert "TOP 1, „Ankauf“, öffentlich vorgesehen\n" in s.readings(file)[PUBLIC_AGENDA]


def test_what_names_no_item_is_told_apart_by_whether_it_is_public(made: Made, body: str) -> None:
    told = s.readings(
        s.told_in(
            made,
            BY_MEETING,
            convened(body),
            outcome("offen gesagt", item=None),
            outcome("vertraulich", item=None, visibility=NON_PUBLIC),
        )
    )
    loose = "Abgehandelt ohne Platz auf einer Tagesordnung"
    assert "offen gesagt" in told[loose]
    assert "vertraulich" not in told[loose]
    assert "vertraulich" in told[f"{loose} (nichtöffentlich)"]


# -- nothing is lost ------------------------------------------------------------------------------


def decided(source: x.Document) -> Statement:
    made_by = x.MadeBy(kind=v.DecisionPath.ORGAN, meeting=s.MEETING)
    event = e.ResolutionMade(number="9", sense=v.ResolutionSense.APPROVING, made_by=made_by, proposal=s.PROPOSAL)
    return statement(
        s.RESOLUTION, event, sources=(x.Source(grade=v.Grade.CERTIFIED_COPY, document=source, citation="Auszug"),)
    )


@pytest.mark.parametrize("subject", ["meeting", "proposal"])
@pytest.mark.parametrize("version", s.VERSIONS)
def test_documents_of_a_resolution_and_of_reviews_of_it_go_along(
    made: Made, body: str, tmp_path: Path, subject: str, version: str
) -> None:
    extract, letter = (
        document(tmp_path / name, data) for name, data in (("a", b"Auszug\n"), ("b", b"Widerspruchsschreiben\n"))
    )
    objected = e.ObjectionRaised(
        resolutions=(s.RESOLUTION,),
        kind=v.ObjectionKind.MUST,
        reasons="verstößt gegen § 5",
        document=held(letter),
    )
    first = convened(body) if subject == "meeting" else registered(body)
    more = (registered(body),) if subject == "meeting" else (convened(body),)
    order = Order(version=version, by=subject)  # type: ignore[arg-type]
    file = valid(
        s.told_in(
            made,
            order,
            first,
            *more,
            decided(held(extract)),
            statement(s.REVIEW, objected),
            documents=(extract, letter),
        )
    )
    data = list(s.entries(file.data).values())
    assert (data.count(b"Auszug\n"), data.count(b"Widerspruchsschreiben\n")) == (1, 1)
    (told,) = (text for name, text in s.readings(file).items() if name.startswith("Rechtskontrolle"))
    assert "verstößt gegen § 5" in told
    assert "Beschluss 9 vom 08.12.2021" in told
    (paper,) = (one for name, one in papers(file).items() if name.startswith("Rechtskontrolle"))
    assert paper.findtext("{*}Typ") == "Rechtskontrolle"
    assert f"Eintrag {s.REVIEW}#1," in s.texts(paper, "Bemerkung")[0]


@pytest.mark.parametrize("version", s.VERSIONS)
def test_a_review_of_resolutions_in_two_records_lies_in_both_with_names_of_its_own(
    made: Made, body: str, tmp_path: Path, version: str
) -> None:
    letter = document(tmp_path / "b", b"Widerspruchsschreiben\n")
    other = "resolution:0190f6a0-0000-7000-8000-0000000000c3"
    objected = e.ObjectionRaised(resolutions=(s.RESOLUTION, other), kind=v.ObjectionKind.MUST, document=held(letter))
    by_meeting = e.ResolutionMade(
        sense=v.ResolutionSense.APPROVING, made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, meeting=s.MEETING)
    )
    of_proposal = e.ResolutionMade(
        sense=v.ResolutionSense.APPROVING, made_by=x.MadeBy(kind=v.DecisionPath.ORGAN), proposal=s.PROPOSAL
    )
    file = valid(
        s.told_in(
            made,
            Order(version=version),  # type: ignore[arg-type]
            registered(body),
            convened(body),
            statement(s.RESOLUTION, by_meeting),
            statement(other, of_proposal),
            statement(s.REVIEW, objected),
            documents=(letter,),
            subjects=(s.PROPOSAL, s.MEETING),
        )
    )
    assert list(s.entries(file.data).values()).count(b"Widerspruchsschreiben\n") == 2
    names = [one.uuid for one in read_message(s.message_in(file)).objects]
    assert len(names) == len(set(names))


def test_a_document_that_a_correction_took_out_is_held_and_goes_along(made: Made, body: str, tmp_path: Path) -> None:
    wrong, right = (document(tmp_path / name, data) for name, data in (("a", b"falsch\n"), ("b", b"richtig\n")))
    correction = e.RecordCorrected(
        target=1,
        path="/data/document",
        old=Raw(json.encode(held(wrong))),
        new=Raw(json.encode(held(right))),
        kind=v.CorrectionKind.CLERICAL,
        reason="verwechselt",
    )
    file = s.told_in(
        made,
        BY_PROPOSAL,
        registered(body, document=held(wrong)),
        statement(s.PROPOSAL, correction),
        documents=(wrong, right),
    )
    data = list(s.entries(valid(file).data).values())
    assert (data.count(b"falsch\n"), data.count(b"richtig\n")) == (1, 1)


def test_a_ballot_that_stands_alone_is_told_with_its_question_and_its_counts(made: Made, body: str) -> None:
    event = e.BallotHeld(
        ballot=BALLOT,
        question="Wer ist dafür?",
        method=v.BallotMethod.SHOW_OF_HANDS,
        tally=x.Tally(yes=21, no=3),
        declared=v.Declared.PASSED,
    )
    file = s.told_in(made, BY_MEETING, convened(body), statement(s.MEETING, event))
    (told,) = (text for text in s.readings(valid(file)).values() if "Wer ist dafür?" in text)
    assert "Ja: 21, Nein: 3" in told


def test_an_election_is_told_with_who_stood_and_how_many_votes_each_got(made: Made) -> None:
    with made.open() as archive:
        (file,) = s.made_containers(s.edition(archive, s.kreistag(archive)), BY_MEETING)
    told = s.readings(file)[PUBLIC_AGENDA]
    assert "Vorschlag A: Emma Farn, „Vorschlag der Fraktion B“, Stimmen: 23\n" in told
    assert "Vorschlag B: Ida Kiefer, Stimmen: 23, gewählt, durch Los\n" in told


def step_of(file: ExportFile) -> etree._Element:
    (found,) = s.tree(file).iter("{*}Beteiligungsschritt")
    return found


@pytest.mark.parametrize("version", s.VERSIONS)
def test_a_result_without_a_day_stands_in_the_note_of_its_step(made: Made, body: str, version: str) -> None:
    file = s.told_in(
        made,
        Order(version=version),  # type: ignore[arg-type]
        registered(body),
        convened(body, starts_at="2024-03"),
        outcome("mit Mehrheit", item=None, proposal=s.PROPOSAL),
    )
    step = step_of(valid(file))
    assert step.find("{*}Bearbeitung") is None
    (told,) = s.texts(step, "Notiz")
    assert "behandelt: 03.2024" in told
    assert "Beratungsergebnis: angenommen, „mit Mehrheit“" in told


# -- nothing is made up ---------------------------------------------------------------------------


def test_no_date_is_given_for_that_of_a_letter_but_the_one_that_it_bears(made: Made, body: str, tmp_path: Path) -> None:
    paper = document(tmp_path / "a", b"Anlage\n")
    attached = e.DocumentAttached(label="Anlage 1", held=True, document=held(paper))
    minutes = e.MinutesFiled(
        version=1, kind=v.MinutesKind.RESULTS, part=v.Part.WHOLE, held=False, document=x.Document(held=False)
    )
    file = s.told_in(
        made,
        BY_PROPOSAL,
        registered(body, document_date="2021-11-03"),
        statement(s.PROPOSAL, attached),
        documents=(paper,),
    )
    assert s.texts(s.tree(file), "DatumDesSchreibens") == ["2021-11-03"]
    assert "Beigefügt: 08.12.2021." in note(papers(file)["Anlage 1"])
    with made.open() as archive:
        archive.record(batch(statement(s.kreistag(archive), minutes)), signer=made.signer())
        (other,) = s.made_containers(s.edition(archive, s.kreistag(archive)), BY_MEETING)
    assert s.texts(s.tree(other), "DatumDesSchreibens") == []


def test_an_inferred_day_is_said_to_be_inferred(complete: Made) -> None:
    with complete.open() as archive:
        (file,) = s.made_containers(s.edition(archive, s.vorlage(archive)), BY_PROPOSAL)
    assert "Beigefügt: 23.11.2021 (erschlossen)." in note(papers(file)["Anlage 1: Integrationskonzept"])
    first = next(s.tree(file).iter("{*}Beteiligungsschritt"))
    assert s.texts(first, "Erstellungsdatum") == ["2021-11-23"]
    assert s.texts(first, "Notiz") == ["Datum der Verfügung: 23.11.2021 (erschlossen)"]


def test_an_inferred_day_of_dealing_with_it_is_said_to_be_inferred(made: Made, body: str) -> None:
    when = x.When(at="2021-12-10", certainty=v.Certainty.INFERRED)
    dealt = replace(outcome("mit Mehrheit", item=None, proposal=s.PROPOSAL), occurred=when)
    meeting = statement(s.MEETING, e.MeetingConvened(body=body, organs=()))
    step = step_of(valid(s.told_in(made, BY_PROPOSAL, registered(body), meeting, dealt)))
    assert s.texts(step, "Datum") == ["2021-12-10"]
    assert s.texts(step, "Notiz")[1] == "Datum: 10.12.2021 (erschlossen)"


def test_a_file_has_no_moment_of_its_making_that_nobody_knows(complete: Made) -> None:
    with complete.open() as archive:
        (file,) = s.made_containers(s.edition(archive, s.kreistag(archive)), BY_MEETING)
    assert [one for paper in s.tree(file).iter("{*}Primaerdokument") for one in s.texts(paper, "DatumUhrzeit")] == []


def test_of_what_no_entry_plans_no_more_is_said_than_that(made: Made, body: str) -> None:
    file = s.told_in(
        made, BY_PROPOSAL, registered(body), convened(body), outcome("mit Mehrheit", item=None, proposal=s.PROPOSAL)
    )
    order = step_of(valid(file)).find("{*}Verfuegung")
    assert order is not None
    assert (
        order.findtext("{*}Verfuegung") == "beraten; kein hier gegebener Eintrag sieht das in einer Beratungsfolge vor"
    )
    assert order.find("{*}TerminDatum") is None
    assert "eine Verfügung ist nicht gegeben; als ihr Datum steht hier der Tag der Behandlung" in str(
        order.findtext("{*}Notiz")
    )


def test_what_is_planned_for_no_day_is_said_in_the_note(made: Made, body: str) -> None:
    planned = e.ConsultationPlanned(
        consultation=CONSULTATION,
        planned_on="2024-03",
        role=v.ConsultationRole.DECISION,
        publicity=v.Publicity.PUBLIC,
    )
    unknown = x.When(certainty=v.Certainty.UNKNOWN)
    plan = replace(statement(s.PROPOSAL, planned), occurred=unknown)
    order = step_of(valid(s.told_in(made, BY_PROPOSAL, registered(body), plan))).find("{*}Verfuegung")
    assert order is not None
    told = str(order.findtext("{*}Notiz"))
    assert "vorgesehen: 03.2024" in told
    assert "Datum der Verfügung: Tag der Erfassung, denn geplant wurde: Datum unbekannt" in told


def test_there_is_no_invitation_where_nothing_is_known_of_one(made: Made, body: str) -> None:
    unknown = x.When(certainty=v.Certainty.UNKNOWN)
    bare = replace(statement(s.MEETING, e.MeetingConvened(body=body, organs=())), occurred=unknown)
    assert s.readings(s.told_in(made, BY_MEETING, bare)) == {}
    with made.open() as archive:
        meetings = s.meetings_of(archive, s.vorlage(archive))
        files = s.made_containers(s.edition(archive, *meetings), BY_MEETING)
    for file in files:
        assert "Einladung" not in s.readings(file)
        assert "Gremium: " in s.readings(file)["Angaben zur Sitzung"]


# -- in what way something is not there -----------------------------------------------------------


def test_an_event_that_is_blocked_for_the_reader_has_a_line(made: Made, body: str, tmp_path: Path) -> None:
    blocked = statement(s.MEETING, e.MeetingClosed(part=v.Part.WHOLE), visibility=v.Visibility.BLOCKED)
    s.told_in(made, BY_MEETING, convened(body), blocked)
    checkpointed(made)
    with made.open() as archive:
        kinds = ("body", "organ", "group", "person", "custody")
        given = (s.MEETING, *(stream for kind in kinds for stream in archive.streams(kind)))
    terms = Terms(day=s.DAY, version="0.1.0", subjects=(s.MEETING,))
    excerpt = excerpt_of(made, tmp_path / "excerpt", terms, given)
    with Archive.open(excerpt.folder, means=made.means) as archive:
        (file,) = s.made_containers(Edition(archive, terms), BY_MEETING)
    lines = next(s.tree(valid(file)).iter("{*}Vorgang")).findall("{*}HistorienProtokollInformation")
    assert [one.findtext("{*}Aktion") for one in lines] == ["Sitzung einberufen", "Eintrag gesperrt"]
    assert f"Eintrag {s.MEETING}#2" in str(lines[1].findtext("{*}Bemerkung"))
    assert "nicht der Erfassung" in str(lines[1].findtext("{*}Bemerkung"))


P, M = s.PROPOSAL, s.MEETING


def told_of(archive: MemoryArchive, *targets: tuple[str, str]) -> Teller:
    """Give a teller over an archive from which some fields were erased."""
    named = tuple(x.ErasureTarget(event=one, kind=v.ErasureKind.DISCLOSURE, path=path) for one, path in targets)
    erased = e.ContentErased(targets=named, legal_ground="Art. 17 DSGVO")
    archive.add(statement(f"register:{archive.register.id}", erased))
    return Teller(Past(archive))  # type: ignore[arg-type]


def test_the_day_of_the_invitation_is_something_known_of_one(made: Made, body: str) -> None:
    file = s.told_in(made, BY_MEETING, convened(body))
    assert "Einberufen: 08.12.2021\n" in s.readings(file)["Einladung"]


def test_what_was_erased_of_a_version_is_not_called_withheld() -> None:
    archive = MemoryArchive()
    body = "body:0190f6a0-0000-7000-8000-0000000000c1"
    archive.add(registered(body, subject=WITHHELD, reasons=WITHHELD, product_account=None))
    teller = told_of(archive, (f"{P}#1", "data.subject"))
    state = teller.past.state(P)
    assert isinstance(state, Proposal)
    lines = list(version_lines(teller, state.versions[0]))
    assert "Gegenstand: gelöscht" in lines
    assert "Begründung: vorenthalten" in lines
    assert f"{german.field('product_account')}: leer gelassen" in lines


def test_counts_and_codes_that_were_erased_are_not_called_withheld() -> None:
    archive = MemoryArchive()
    for _ in range(2):
        event = e.BallotHeld(ballot=BALLOT, method=v.BallotMethod.SECRET, tally=WITHHELD, declared=WITHHELD)
        archive.add(statement(M, event))
    teller = told_of(archive, (f"{M}#1", "data.tally"), (f"{M}#1", "data.declared"))
    first, second = teller.past.recorded(M)
    assert (tally(teller, first), said(teller, first, "declared")) == ("Stimmenzahlen gelöscht", "gelöscht")
    assert (tally(teller, second), said(teller, second, "declared")) == ("Stimmenzahlen vorenthalten", "vorenthalten")
    assert said(teller, first, "majority") is None


def test_the_text_of_a_version_leaves_out_no_part_of_the_form() -> None:
    assert set(PARTS) == set(FIELDS) - {"document"}


def test_parties_legal_basis_signatures_and_the_empty_table_of_votes_are_in_the_text(made: Made, body: str) -> None:
    told = s.readings(
        s.told_in(
            made,
            BY_PROPOSAL,
            registered(
                body,
                submitters=(x.Party(literal="Kämmerei"),),
                legal_basis=(x.LegalBasis(kind=v.LegalBasisKind.STATUTE, literal="§ 28 SächsGemO"),),
                consulted=(x.Party(literal="Jugendamt"),),
                signatories=(x.Signatory(form=v.SignatureForm.PRINTED_NAME, literal="Ute Muster"),),
                vote_form=x.VoteForm(yes=None, no=None),
            ),
        )
    )
    (text,) = told.values()
    for words in ("Kämmerei", "§ 28 SächsGemO", "Jugendamt", "Ute Muster", "Ja leer gelassen"):
        assert words in text


# -- no line is forged ----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029"])
def test_no_text_of_a_record_passes_for_a_line_of_its_own(made: Made, body: str, end: str) -> None:
    forged = f"Ankauf{end}TOP 9, „Anderes“, öffentlich"
    file = s.told_in(made, BY_MEETING, convened(body), agenda(forged), outcome(f"so{end}    Beratungsergebnis: nein"))
    lines = s.readings(file)[PUBLIC_AGENDA].splitlines()
    assert [line for line in lines if line.lstrip().startswith("TOP")] == ["TOP 1, „Ankauf"]
    assert sum(line.lstrip().startswith("Beratungsergebnis") for line in lines) == 1
    assert any(line.startswith("        | TOP 9") for line in lines)


def test_a_line_without_an_end_in_it_stays_as_it_is() -> None:
    assert folded("    Beratungsergebnis: angenommen\t„so“") == "    Beratungsergebnis: angenommen\t„so“"


# -- whether there is anything to hand over -------------------------------------------------------


def test_only_proposals_and_meetings_are_something_to_hand_over(complete: Made) -> None:
    with complete.open() as archive:
        resolution = archive.streams("resolution")[0]
        for of, is_some in (
            (s.edition(archive, s.vorlage(archive)), True),
            (s.edition(archive, s.kreistag(archive)), True),
            (s.edition(archive, resolution, archive.streams("review")[0], s.CUSTODY), False),
            (Edition(archive, Terms(day=s.DAY, version="0.1.0", whole=True)), True),
        ):
            assert has_cases(of, Order()) is is_some
            if not is_some:
                with pytest.raises(Exception, match="no proposal and no meeting"):
                    next(containers(of, Order(), evidence=s.evidence, schema=s.SCHEMA))
