"""The demo register: its files are readable as commands, hold against every rule, and tell what they promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from support.directory import BODY, MemoryDirectory, counter, opened

from archive import examples
from archive.intake.commands import read_path
from domain import events as e
from domain import findings, rules, streams
from domain import vocabulary as v
from domain.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.batch import Batch
    from domain.findings import Finding
    from domain.stream import RecordedEvent, State

PRINTED = examples.documents()["vorlage-0640.txt"].read_text(encoding="utf-8")


class Demo:
    """The demo register in memory, recorded file by file."""

    def __init__(self) -> None:
        self.directory: MemoryDirectory = opened(examples.NAME)
        # The register's own stream is opened by `init`; what stands in it is not looked at here.
        opening = self.directory.histories[BODY][0]
        self.directory.histories[f"register:{self.directory.register.id}"] = [opening]
        new_id, documents = counter(), examples.documents()
        self.batches: dict[str, Batch] = {}
        for path in examples.files():
            batch = read_path(path, directory=self.directory, new_id=new_id, documents=documents)
            self.directory.record(batch)
            self.batches[path.name] = batch

    def records(self, cls: type[e.Event] | None = None, *, of: str = "") -> Iterator[RecordedEvent]:
        for stream, history in self.directory.histories.items():
            if not of or stream == of:
                yield from (record for record in history if cls is None or isinstance(record.event, cls))

    def state(self, stream: str) -> State | None:
        history = self.directory.histories.get(stream)
        return streams.replay(stream.partition(":")[0], history) if history else None

    def find(self, kind: str, **keys: str) -> str:
        (stream,) = self.directory.find(kind, keys)
        return stream

    def findings(self, stream: str) -> list[Finding]:
        state = self.state(stream)
        assert state is not None
        return list(findings.of_stream(state, self.directory.histories[stream], self.state))

    def codes(self, stream: str) -> set[str]:
        return {finding.code for finding in self.findings(stream)}


@pytest.fixture(scope="module")
def demo() -> Demo:
    return Demo()


# -- all of it ------------------------------------------------------------------------------------


def test_files_are_recorded_in_order_and_each_has_an_id_of_its_own(demo: Demo) -> None:
    names = [path.name for path in examples.files()]
    assert names == sorted(names)
    assert [name[:2] for name in names] == [f"{number:02}" for number in range(1, len(names) + 1)]
    ids = [batch.id for batch in demo.batches.values()]
    assert len(set(ids)) == len(names)
    assert all(file_id and file_id.startswith("beispiel/") for file_id in ids)


def test_every_file_and_document_says_that_it_is_an_example() -> None:
    assert examples.NAME.startswith("BEISPIEL (kein amtlicher Bestand)")
    for path in (*examples.files(), *examples.documents().values()):
        first = path.read_text(encoding="utf-8").split("\n")[0]
        assert "BEISPIEL (kein amtlicher Bestand)" in first or '"id": "beispiel/' in first, path.name


def test_every_document_is_named_by_some_event(demo: Demo) -> None:
    named = {document.path.name for batch in demo.batches.values() for document in batch.documents}
    assert named == set(examples.documents())


def test_every_command_states_its_role(demo: Demo) -> None:
    assert all(command.role is not None for batch in demo.batches.values() for command in batch.commands)


# -- 1: Vorlage 0640 ------------------------------------------------------------------------------


def test_quotes_and_fields_of_vorlage_0640_are_the_words_of_the_paper(demo: Demo) -> None:
    quotes = [
        source.quote
        for record in demo.records()
        if isinstance(record.sources, tuple)
        for source in record.sources
        if source.quote is not UNSET
    ]
    assert len(quotes) >= 10
    proposal = next(demo.records(e.ProposalRegistered, of=demo.find("proposal", reference="0640"))).event
    assert isinstance(proposal, e.ProposalRegistered)
    consulted = [party.literal for party in proposal.consulted or ()]  # type: ignore[union-attr]  # it is a tuple
    literals = [
        proposal.document_date_literal,
        proposal.subject,
        proposal.operative_text,
        proposal.reasons,
        proposal.financial_impact_literal,
        proposal.effective_from_literal,
        proposal.validity_literal,
        proposal.review_clause,
        *consulted,
    ]
    for text in (*quotes, *literals):
        assert isinstance(text, str)
        assert text in PRINTED


def test_every_line_of_vorlage_0640_is_in_a_field(demo: Demo) -> None:
    """Walk the other way: what the paper prints, label or value, is said by some event."""
    stream = demo.find("proposal", reference="0640")
    said = "\n".join(repr(record.event) for record in demo.records(of=stream))
    labels = ("Gegenstand der Vorlage: ", "Rechtliche Grundlage: ", "Einreicher: ", "Datum: ", "Vorlagen-Nr.: ")
    paragraphs = PRINTED.split("\n\n")
    for line in (line for paragraph in paragraphs[1:] for line in paragraph.split("\n")):
        text = line.strip()
        for label in labels:
            text = text.removeprefix(label)
        if text in {"", "Begründung", "Beschlussvorschlag:", "Abstimmungs-", "ergebnis:"} or text.startswith(
            "Beratungsf"
        ):
            continue  # headings
        for part in text.removeprefix("Vorlage beraten mit: ").replace("\t", ", ").split(", "):
            value = part.removeprefix("Welche finanziellen Auswirkungen/ Produktsachkonto: ")
            assert value in said, value


def test_vorlage_0640_gives_the_findings_promised(demo: Demo) -> None:
    assert demo.codes(demo.find("proposal", reference="0640")) == {
        "ANNEX_NOT_HELD",
        "BLANK_FORM",
        "DATE_AFTER_CONSULTATION",
        "LEGAL_BASIS_IS_NO_NORM",
        "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER",
        "PREDECESSOR_END_NOT_STATED",
        "SIGNATORY_WITHOUT_OFFICE",
        "VALIDITY_ONLY_IN_REASONS",
        "VERSION_NOT_HELD",
    }


def test_committee_that_only_advises_is_said_to_have_adopted(demo: Demo) -> None:
    meeting = demo.find("meeting", on="2021-11-22")
    assert demo.codes(meeting) == {"ADVISORY_BODY_SAID_ADOPTED"}
    (ballot,) = demo.records(e.BallotHeld, of=meeting)
    assert isinstance(ballot.event, e.BallotHeld)
    tally = ballot.event.tally
    assert (tally.abstain, tally.yes, tally.no) == (1, UNSET, UNSET)  # type: ignore[union-attr]  # it is stated
    assert ballot.event.target.version is UNSET  # type: ignore[union-attr]  # which one, nobody knows
    assert ballot.sources[0].grade is v.Grade.SECONDARY  # type: ignore[index]  # it is a tuple


def test_resolution_of_2021_is_presumed_and_its_end_inferred(demo: Demo) -> None:
    resolution = demo.find("resolution", proposal=demo.find("proposal", reference="0640"))
    assert demo.codes(resolution) == {"ADOPTED_TEXT_NOT_HELD", "VALIDITY_ONLY_IN_REASONS"}
    made = next(demo.records(e.ResolutionMade, of=resolution)).event
    assert isinstance(made, e.ResolutionMade)
    assert (made.text, made.presumed_as) == (UNSET, 2)
    until = made.effective_until
    assert (until.at, until.certainty) == ("2026-12-31", v.Certainty.INFERRED)  # type: ignore[union-attr]


def test_trial_of_2017_ended_without_a_decision(demo: Demo) -> None:
    (linked,) = {
        record.event.other for record in demo.records(e.ProposalsLinked) if isinstance(record.event, e.ProposalsLinked)
    }
    (found,) = (f for f in demo.findings(str(linked)) if f.code == "TRIAL_ENDED_WITHOUT_DECISION")
    assert {detail.name: detail.value for detail in found.details}["ended"] == "2019-06-30"


# -- 2: the objection cycle -----------------------------------------------------------------------


def test_objection_cycle_has_nine_rejections_two_objections_and_one_order(demo: Demo) -> None:
    by_day: dict[str, list[str]] = {}
    again: set[str] = set()
    for record in demo.records(e.ResolutionMade):
        made = record.event
        assert isinstance(made, e.ResolutionMade)
        day = str(record.occurred.at)  # type: ignore[union-attr]  # it is stated
        if day.startswith("2024"):
            assert made.sense is v.ResolutionSense.REJECTING
            by_day.setdefault(day, []).append(record.stream)
            again.update(made.re_decides if isinstance(made.re_decides, tuple) else ())
    assert {day: len(made) for day, made in by_day.items()} == {"2024-10-23": 3, "2024-11-13": 3, "2024-12-10": 3}
    first, second, _ = by_day.values()
    assert again == {*first, *second}
    (review,) = demo.directory.streams("review")
    acts = [(type(record.event), record.event.resolutions) for record in demo.records(of=review)]  # type: ignore[attr-defined]
    assert acts == [
        (e.ObjectionRaised, tuple(first)),
        (e.ObjectionRaised, tuple(second)),
        (e.ExternalActRecorded, tuple(second)),
    ]


# -- 3: Musterkreis -------------------------------------------------------------------------------


def test_checks_of_musterkreis_speak(demo: Demo) -> None:
    body = demo.find("body", id="99999")
    adopted = [record.event for record in demo.records(e.RuleSetAdopted, of=body)]
    verdicts: list[Verdict] = []
    for meeting in demo.directory.find("meeting", {"body": body}):
        convened = next(demo.records(e.MeetingConvened, of=meeting)).event
        (opening,) = (record.event for record in demo.records(e.MeetingOpened, of=meeting))
        assert isinstance(convened, e.MeetingConvened)
        assert isinstance(opening, e.MeetingOpened)
        day = str(convened.starts_at)[:10]
        held = rules.in_force([a for a in adopted if isinstance(a, e.RuleSetAdopted)], day)
        facts = rules.facts_at_opening(opening)
        assert (
            rules.check_quorum(opening.quorum, held, facts=facts, basis=opening.quorum_basis).verdict is Verdict.AGREES
        )
        for record in demo.records(e.BallotHeld, of=meeting):
            ballot = record.event
            assert isinstance(ballot, e.BallotHeld)
            verdicts.append(rules.check_ballot(ballot, held).verdict)
            if ballot.votes is not UNSET:
                assert rules.check_votes(ballot).verdict is Verdict.AGREES
    # All follow but one: 24 to 23, declared rejected.
    assert sorted(verdicts) == [Verdict.AGREES] * 7 + [Verdict.CONTRADICTS]


def test_one_contradiction_of_musterkreis_is_found_and_no_other(demo: Demo) -> None:
    found = [
        (finding.code, finding.places[0].partition("#")[0])
        for stream in demo.directory.histories
        if stream.partition(":")[0] in {"proposal", "meeting"}
        for finding in demo.findings(stream)
        if demo.find("body", id="99999") in repr(demo.state(stream))
    ]
    meeting = demo.find("meeting", on="2023-03-29")
    assert set(found) == {("OUTCOME_CONTRADICTS_TALLY", meeting)}


def test_operative_text_changed_because_of_a_motion_and_its_ballot(demo: Demo) -> None:
    (revised,) = demo.records(e.ProposalRevised)
    assert isinstance(revised.event, e.ProposalRevised)
    because = revised.event.because_of
    (motion,) = demo.records(e.MotionMoved)
    assert isinstance(motion.event, e.MotionMoved)
    assert because.motion == motion.event.motion  # type: ignore[union-attr]  # it is stated
    assert because.meeting == motion.stream  # type: ignore[union-attr]
    assert because.ballot == demo.directory.inner(motion.stream, "ballot", "1")[0]  # type: ignore[union-attr]


def test_musterkreis_covers_every_step_of_the_example(demo: Demo) -> None:
    types = {record.event.TYPE for record in demo.records()}
    assert types >= {
        "rule-set-adopted/1",
        "proposal-endorsed/1",
        "motion-moved/1",
        "attendance-changed/1",
        "member-excluded/1",
        "membership-changed/1",
        "publicity-changed/1",
        "visibility-changed/1",
        "minutes-presented/1",
        "minutes-objection-handled/1",
        "minutes-signed/1",
        "resolution-engrossed/1",
        "resolution-published/1",
        "implementation-reported/1",
        "record-corrected/1",
        "filed/1",
        "retention-set/1",
        "hold-placed/1",
        "hold-lifted/1",
        "offered/1",
        "appraised/1",
        "transferred/1",
        "received/1",
        "destroyed/1",
    }
    lots = [r.event.lot for r in demo.records(e.BallotHeld) if isinstance(r.event, e.BallotHeld) and r.event.lot]
    assert lots == ["B"]


def test_non_public_item_is_kept_apart_and_its_resolution_released(demo: Demo) -> None:
    resolution = demo.find("resolution", number="8/2023")
    made, published = demo.records(of=resolution)
    assert (made.visibility, published.visibility) == (v.Visibility.NON_PUBLIC, v.Visibility.PUBLIC)
    (released,) = demo.records(e.VisibilityChanged)
    assert isinstance(released.event, e.VisibilityChanged)
    assert (released.event.target, released.event.becomes) == (resolution, v.Visibility.PUBLIC)


def test_corrected_place_is_what_a_reader_sees(demo: Demo) -> None:
    meeting = demo.state(demo.find("meeting", on="2023-03-29"))
    assert meeting is not None
    assert meeting.place == "Kulturhaus Musterstadt"  # type: ignore[attr-defined]  # it is a meeting
