"""What `provenance` says: who brought each sentence, on whose motion, and what cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Raw
from msgspec.structs import replace
from support.council import CLERK, key, on, statement, stream
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD
from projections.compare.origins import provenance
from projections.compare.printing import provenance_text
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from projections.compare.shapes import SentenceLine, SentenceProvenance

P, B, M = stream("proposal"), stream("body"), stream("meeting")
PLAN, TERM, LATER = "Der Kreistag beschließt den Plan.", "Er gilt bis zum 31.12.2028.", "Die Verwaltung berichtet."


def registered(text: object, **fields: object) -> e.ProposalRegistered:
    given = {"body": B, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "version": 1, "operative_text": text, **fields}
    return e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives


def revised(version: int, text: object = None, **fields: object) -> e.ProposalRevised:
    given = {"version": version, "mode": v.RevisionMode.PAGES, **fields}
    if text is not None:
        given["operative_text"] = text
    return e.ProposalRevised(**given)  # type: ignore[arg-type]  # what a test gives


def recorded(*events: e.Event) -> MemoryArchive:
    archive = MemoryArchive()
    for month, event in enumerate(events, start=1):
        archive.add(statement(P, event, occurred=on(f"2023-{month:02}-01")))
    return archive


def told(line: SentenceLine) -> list[tuple[str, str]]:
    """Give the steps of a sentence by kind and place of the event, oldest first."""
    return [(step.kind.value, step.event.partition("#")[2]) for step in line.steps]


def sentences(found: SentenceProvenance) -> dict[str, list[tuple[str, str]]]:
    return {line.text: told(line) for line in found.sentences}


def test_sentence_is_told_by_the_version_that_brought_it_whatever_came_after() -> None:
    found = provenance(
        recorded(registered(PLAN), revised(2, f"{PLAN} {LATER}"), revised(3, f"{LATER} {PLAN}")).archive(), P
    )
    assert sentences(found) == {LATER: [("brought", "2")], PLAN: [("brought", "1")]}
    assert found.removed == ()


def test_changed_sentence_names_who_changed_and_who_brought_it() -> None:
    found = provenance(
        recorded(registered(f"{PLAN} {TERM}"), revised(2, f"{PLAN} {TERM}".replace("2028", "2026"))).archive(), P
    )
    assert sentences(found)["Er gilt bis zum 31.12.2026."] == [("brought", "1"), ("changed", "2")]
    text = provenance_text(found)
    assert "(2) Er gilt bis zum [-31.12.2028-]{+31.12.2026+}." in text


def test_sentence_taken_out_is_listed_apart_with_who_took_it_out() -> None:
    found = provenance(recorded(registered(f"{PLAN} {TERM}"), revised(2, PLAN), revised(3, PLAN)).archive(), P)
    (gone,) = found.removed
    assert (gone.text, gone.removed_by, gone.steps[0].event) == (TERM, f"{P}#2", f"{P}#1")
    text = provenance_text(found)
    assert text.index("TAKEN OUT") < text.index(f"[-{TERM}-]")
    assert "taken out by version 2" in text


def test_version_that_leaves_the_text_as_it_is_brings_nothing() -> None:
    found = provenance(recorded(registered(PLAN), revised(2, reasons="Weil.")).archive(), P)
    assert (found.version.value, sentences(found)) == (2, {PLAN: [("brought", "1")]})


def test_version_missing_in_between_did_nothing_to_what_a_later_one_leaves_as_it_was() -> None:
    found = provenance(recorded(registered(PLAN), revised(3, reasons="Weil.")).archive(), P)
    assert sentences(found) == {PLAN: [("brought", "1")]}
    assert found.sentences[0].steps[0].or_before == ()
    assert [one.number.value for one in found.missing] == [2]


def test_other_spacing_or_another_place_is_no_step() -> None:
    found = provenance(recorded(registered(f"{PLAN} {LATER}"), revised(2, f"{LATER}\n\n{PLAN}")).archive(), P)
    assert sentences(found) == {LATER: [("brought", "1")], PLAN: [("brought", "1")]}


def test_version_that_is_not_held_may_have_brought_the_sentence() -> None:
    found = provenance(recorded(registered(PLAN, version=3)).archive(), P)
    (step,) = found.sentences[0].steps
    assert [(one.number.value, one.last, one.why) for one in step.or_before] == [(1, 2, Knowledge.NOT_HELD)]
    assert "or by versions 1 to 2 (not held)" in " ".join(provenance_text(found).split())


def test_version_whose_text_is_withheld_may_have_brought_or_taken_out_a_sentence() -> None:
    archive = recorded(registered(f"{PLAN} {TERM}"), revised(2, "geheim"), revised(3, f"{PLAN} {LATER}"))
    archive.records[1] = replace(archive.records[1], event=replace(archive.records[1].event, operative_text=WITHHELD))
    found = provenance(archive.archive(), P)
    assert sentences(found) == {PLAN: [("brought", "1")], LATER: [("brought", "3")]}
    assert [one.why for one in found.sentences[1].steps[0].or_before] == [Knowledge.WITHHELD]
    assert [(one.text, one.or_before[0].number.value) for one in found.removed] == [(TERM, 2)]
    assert "version 2: Beschlussvorschlag withheld" in provenance_text(found)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (revised(2, mode=v.RevisionMode.FULL), Knowledge.NOT_MENTIONED),
        (replace(revised(2), operative_text=None), Knowledge.LEFT_BLANK),
        (replace(revised(2), operative_text=WITHHELD), Knowledge.WITHHELD),
    ],
)
def test_text_that_is_not_there_has_no_sentences_and_is_not_taken_for_empty(
    second: e.ProposalRevised, why: Knowledge
) -> None:
    archive = recorded(registered(PLAN), revised(2))
    archive.records[1] = replace(archive.records[1], event=second)
    found = provenance(archive.archive(), P)
    assert (found.text.state, found.sentences, found.removed) == (why, (), ())
    assert "there is no sentence to be told of" in provenance_text(found)


def test_revision_is_held_against_the_version_that_it_builds_on() -> None:
    found = provenance(
        recorded(
            registered(PLAN), revised(2, f"{PLAN} {TERM}"), revised(3, f"{PLAN} {LATER}", base_version=1)
        ).archive(),
        P,
    )
    assert sentences(found) == {PLAN: [("brought", "1")], LATER: [("brought", "3")]}
    assert found.removed == ()


def test_two_events_of_one_version_number_are_two_steps() -> None:
    found = provenance(recorded(registered(PLAN), revised(1, f"{PLAN} {LATER}")).archive(), P)
    assert sentences(found) == {PLAN: [("brought", "1")], LATER: [("brought", "2")]}


def test_sentence_that_a_correction_put_right_names_it() -> None:
    archive = recorded(registered(f"{PLAN} {TERM}"))
    wrong = f"{PLAN} {TERM.replace('2028', '2082')}"
    archive.records[0] = replace(archive.records[0], event=registered(wrong))
    correction = e.RecordCorrected(
        target=1,
        path="/data/operative_text",
        old=Raw(f'"{wrong}"'.encode()),
        new=Raw(f'"{PLAN} {TERM}"'.encode()),
        kind=v.CorrectionKind.CLERICAL,
        reason="Schreibfehler",
    )
    archive.add(statement(P, correction, occurred=on("2023-06-01")))
    found = provenance(archive.archive(), P)
    assert [line.steps[0].corrected_by for line in found.sentences] == [(), (f"{P}#2",)]
    assert "put right on record since" in " ".join(provenance_text(found).split())


def test_motion_and_ballot_are_those_that_the_version_names() -> None:
    archive = recorded(registered(f"{PLAN} {TERM}"))
    archive.add(
        statement(M, e.MeetingConvened(body=B, organs=(), number="2/2023", starts_at="2023-03-06T17:00:00+01:00"))
    )
    moved_by = (x.Party(literal="Fraktion B"),)
    motion = e.MotionMoved(motion=key(1), kind=v.MotionKind.AMENDMENT, moved_by=moved_by, text="2026 statt 2028")
    archive.add(statement(M, motion))
    archive.add(statement(M, replace(motion, motion=key(2), moved_by=(x.Party(literal="Fraktion A"),))))
    archive.add(
        statement(
            M,
            e.BallotHeld(
                ballot=key(3),
                method=v.BallotMethod.SHOW_OF_HANDS,
                tally=x.Tally(yes=4, no=2, abstain=1),
                declared=v.Declared.PASSED,
            ),
        )
    )
    because = x.Because(cause=v.RevisionCause.MOTION, meeting=M, motion=key(1), ballot=key(3))
    text = f"{PLAN} {TERM}".replace("2028", "2026")
    archive.add(statement(P, revised(2, text, because_of=because), occurred=on("2023-03-10")))
    found = provenance(archive.archive(), P)
    origin = found.origins[1]
    assert origin.person == CLERK
    assert origin.because is not None
    assert origin.because.motion is not None
    assert origin.because.ballot is not None
    assert (origin.because.met_on, origin.because.motion.text.value) == (
        "2023-03-06T17:00:00+01:00",
        "2026 statt 2028",
    )
    page = " ".join(provenance_text(found).split())
    assert "changed by version 2, on the motion of Fraktion B" in page
    assert "4 yes, 2 no, 1 abstain; declared passed" in page
    assert "Fraktion A" not in page


def test_motion_that_is_not_on_record_is_said_not_to_be_held() -> None:
    because = x.Because(cause=v.RevisionCause.MOTION, meeting=M, motion=key(1))
    found = provenance(recorded(registered(PLAN), revised(2, LATER, because_of=because)).archive(), P)
    assert found.origins[-1].because is not None
    assert found.origins[-1].because.motion is None
    assert "motion: not held, or not shown" in provenance_text(found)


def test_horizon_counts() -> None:
    archive = recorded(registered(PLAN), revised(2, f"{PLAN} {LATER}")).archive()
    found = provenance(archive, P, as_of="2023-01-15")
    assert (found.version.value, list(sentences(found)), found.later) == (1, [PLAN], 1)
    with pytest.raises(InputError, match=r"no version of .* is certain to have been there by the end of 31.12.2022"):
        provenance(archive, P, as_of="2022-12-31")


def test_thing_without_versions_is_refused() -> None:
    archive = MemoryArchive()
    archive.add(statement(M, e.MeetingConvened(body=B, organs=()), occurred=on("2023-01-01")))
    with pytest.raises(InputError, match="expected a proposal: nothing else has versions"):
        provenance(archive.archive(), M)
