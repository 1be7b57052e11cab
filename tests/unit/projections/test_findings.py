"""What `findings` says: every finding, how it stands, and what only seems to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import karlsruhe
from support.archives import new_archive
from support.council import key, on, statement, stream
from support.demo import demo_archive
from support.memory import MemoryArchive

from archive import following
from archive.errors import InputError
from archive.intake.oparl.mapping import vocabulary
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.findings import CODES
from domain.values import WITHHELD
from projections import findings_walk
from projections.findings import Findings, findings
from projections.findings_text import findings_text
from projections.source_findings import count_findings

if TYPE_CHECKING:
    from pathlib import Path

    from domain.stream import Statement

B, M = stream("body"), stream("meeting")
COUNCIL, COMMITTEE = stream("organ", 1), stream("organ", 2)
STATUS = v.DiscrepancyStatus


def proposal(number: int, *, reference: str | None = None) -> Statement:
    event = e.ProposalRegistered(
        body=B,
        kind=v.ProposalKind.RESOLUTION_PROPOSAL,
        version=1,
        reference=reference or f"{number:04}",
        subject=f"Vorhaben {number}",
    )
    return statement(stream("proposal", number), event, occurred=on("2021-11-23"))


def annex(number: int, *, day: str = "2021-11-23", held: bool = False) -> Statement:
    event = e.DocumentAttached(label="Anlage 1", held=held, document=x.Document(held=held))
    return statement(stream("proposal", number), event, occurred=on(day))


def note(number: int, code: str, status: v.DiscrepancyStatus, *, seq: int | None = None) -> Statement:
    target = stream("proposal", number)
    facts = (x.FactReference(event=f"{target}#{seq}", path="/data/held"),) if seq is not None else ()
    return statement(target, e.DiscrepancyNoted(code=code, status=status, facts=facts, assessment="Nachgesehen."))


def planned(number: int, organ: str, *, day: str = "2021-12-08") -> Statement:
    event = e.ConsultationPlanned(
        consultation=key(100 + number),
        organ=organ,
        planned_on=day,
        role=v.ConsultationRole.DECISION,
        publicity=v.Publicity.PUBLIC,
    )
    return statement(stream("proposal", number), event, occurred=on("2021-11-23"))


def council(*statements: Statement) -> MemoryArchive:
    archive = MemoryArchive()
    archive.add(
        statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS), occurred=on("2008-08-01"))
    )
    for organ, name in ((COUNCIL, "Kreistag"), (COMMITTEE, "Ausschuss")):
        event = e.OrganRegistered(body=B, name=name, kind=v.OrganKind.COUNCIL)
        archive.add(statement(organ, event, occurred=on("2019-06-01")))
    for one in statements:
        archive.add(one)
    return archive


def found(archive: MemoryArchive, **options: str) -> Findings:
    return findings(archive.archive(), **options)  # type: ignore[arg-type]  # as a test gives them


def codes(answer: Findings) -> list[str]:
    return [line.code for line in answer.findings]


# -- how a finding stands -------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUS)
def test_note_about_a_computed_finding_says_how_it_stands(status: v.DiscrepancyStatus) -> None:
    (line,) = found(council(proposal(1), annex(1), note(1, "ANNEX_NOT_HELD", status, seq=2))).findings
    assert (line.code, line.state, line.noted) == ("ANNEX_NOT_HELD", status, False)
    assert line.explained_by is not None
    assert (line.explained_by.event, line.assessment) == (f"{stream('proposal', 1)}#3", "Nachgesehen.")
    assert [one.event for one in line.rests_on] == [f"{stream('proposal', 1)}#2"]


def test_discrepancy_that_no_detector_sees_is_given_as_noted() -> None:
    (line,) = found(council(proposal(1), note(1, "SEAL_MISSING", STATUS.EXPLAINED))).findings
    assert (line.code, line.label, line.state, line.noted) == (
        "SEAL_MISSING",
        "von einer Person festgestellt",
        "explained",
        True,
    )


def test_counts_come_first_and_tell_the_states_apart() -> None:
    archive = council(
        proposal(1), annex(1), annex(1), note(1, "ANNEX_NOT_HELD", STATUS.RESOLVED, seq=2), proposal(2), annex(2)
    )
    (count,) = found(archive).counts
    assert (count.code, count.count, count.open, count.explained, count.resolved) == ("ANNEX_NOT_HELD", 3, 2, 0, 1)


def test_number_that_several_bear_is_one_finding_which_a_note_in_one_of_them_explains() -> None:
    archive = council(
        proposal(1, reference="7"),
        proposal(2, reference="7"),
        proposal(3),
        note(2, "DUPLICATE_REFERENCE", STATUS.EXPLAINED),
    )
    (line,) = found(archive).findings
    assert (line.code, line.state, line.noted) == ("DUPLICATE_REFERENCE", "explained", False)
    assert [one.event for one in line.rests_on] == [f"{stream('proposal', n)}#1" for n in (1, 2)]


# -- what only seems to be one --------------------------------------------------------------------


def test_what_only_seems_to_be_missing_because_it_is_blocked_is_no_finding() -> None:
    agenda = e.AgendaSet(
        version=1,
        stage=v.AgendaStage.INVITATION,
        part=v.Part.WHOLE,
        items=(
            x.AgendaItem(
                item=key(8),
                order=0,
                publicity=v.Publicity.PUBLIC,
                proposal=stream("proposal", 1),
                version=2,
            ),
        ),
    )
    revised = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL)
    archive = council(
        proposal(1),
        statement(stream("proposal", 1), revised, visibility=v.Visibility.BLOCKED),
        statement(M, e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at="2021-12-08")),
        statement(M, agenda),
    )
    answer = found(archive)
    assert (codes(answer), answer.blocked) == ([], 1)


def test_finding_that_comes_to_pass_later_is_none_before(tmp_path: Path) -> None:
    with demo_archive(tmp_path).open() as archive:
        assert "TRIAL_ENDED_WITHOUT_DECISION" in codes(findings(archive, as_of="2019-07-01"))
        assert "TRIAL_ENDED_WITHOUT_DECISION" not in codes(findings(archive, as_of="2019-06-30"))


# -- filters --------------------------------------------------------------------------------------


def test_filters_narrow_and_what_cannot_be_placed_stands_apart() -> None:
    archive = council(
        proposal(1),
        annex(1, day="2021-11-24"),
        planned(1, COUNCIL),
        proposal(2),
        annex(2, day="2021-12"),
        note(2, "ANNEX_NOT_HELD", STATUS.RESOLVED),
        planned(2, COMMITTEE),
    )
    first, second = (stream("proposal", number) for number in (1, 2))
    assert [line.stream for line in found(archive, organ="Kreistag").findings] == [first]
    assert [line.stream for line in found(archive, state="resolved").findings] == [second]
    dated = found(archive, date_from="2021-11-01", date_to="2021-12-15")
    assert ([line.stream for line in dated.findings], [line.stream for line in dated.apart]) == ([first], [second])
    assert found(archive, code="BLANK_FORM").findings == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"code": "ANNEX_MISSING"}, 'code: found "ANNEX_MISSING", expected one of ADOPTED_TEXT_NOT_HELD, '),
        ({"state": "offen"}, 'state: found "offen", expected one of open, explained, resolved'),
        ({"organ": "Kreisrat"}, 'organ: found "Kreisrat", expected one of Ausschuss, Kreistag'),
        ({"date_from": "2021-02-30"}, 'from: found "2021-02-30", expected a date'),
        ({"date_from": "2022", "date_to": "2021"}, "from: found 2022, which is after the end"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, str], says: str) -> None:
    with pytest.raises(InputError) as refused:
        found(council(proposal(1), annex(1)), **options)
    assert refused.value.message.startswith(says)


def test_unknown_code_gets_the_nearest_as_its_hint() -> None:
    with pytest.raises(InputError) as refused:
        found(council(), code="annex_not_hold")
    assert refused.value.hint == 'did you mean "ANNEX_NOT_HELD"?'


def test_code_that_only_a_person_noted_may_be_asked_for() -> None:
    archive = council(proposal(1), note(1, "SEAL_MISSING", STATUS.OPEN))
    assert codes(found(archive, code="SEAL_MISSING")) == ["SEAL_MISSING"]


# -- what stands in no file -----------------------------------------------------------------------

UNFILED = "FILE_REFERENCE_MISSING"


def outcome(
    number: int, result: v.Outcome = v.Outcome.ADOPTED, *, day: str = "2021-12-08", **more: object
) -> Statement:
    event = e.OutcomeDeclared(proposal=stream("proposal", number), outcome=result, **more)  # type: ignore[arg-type]  # what a test gives
    return statement(M, event, occurred=on(day))


def resolved(number: int) -> Statement:
    event = e.ResolutionMade(
        sense=v.ResolutionSense.APPROVING,
        made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL),
        proposal=stream("proposal", number),
    )
    return statement(stream("resolution", number), event, occurred=on("2021-12-08"))


def filed(*numbers: int, day: str = "2021-12-20", visibility: v.Visibility = v.Visibility.PUBLIC) -> Statement:
    objects = tuple(stream("proposal", number) for number in numbers)
    event = e.Filed(objects=objects, file_reference="022.31", plan_unit="022", closed_on=day)
    return statement(stream("custody", numbers[0]), event, occurred=on(day), visibility=visibility)


def met(organ: str = COUNCIL) -> Statement:
    return statement(M, e.MeetingConvened(body=B, organs=(organ,), starts_at="2021-12-08"), occurred=on("2021-12-01"))


def unfiled(archive: MemoryArchive, **options: str) -> list[str]:
    return [line.stream for line in found(archive, **options).findings if line.code == UNFILED]


@pytest.mark.parametrize(
    ("decision", "place"),
    [(resolved(2), f"{stream('resolution', 2)}#1"), (outcome(2, v.Outcome.REJECTED), f"{M}#2")],
    ids=["resolution", "outcome"],
)
def test_what_was_decided_and_never_filed_is_named_at_its_decision(decision: Statement, place: str) -> None:
    archive = council(proposal(1), proposal(2), proposal(3), met(), filed(1), decision, outcome(1))
    (line,) = [one for one in found(archive).findings if one.code == UNFILED]
    assert (line.stream, "Vorhaben 2" in line.title, line.date) == (stream("proposal", 2), True, "2021-12-08")
    assert [one.event for one in line.rests_on] == [place]
    archive.add(filed(2))
    assert unfiled(archive) == []


def test_of_a_body_that_keeps_no_file_here_nothing_is_missing() -> None:
    other = stream("body", 2)
    archive = council(
        proposal(1), met(), outcome(1), statement(other, e.BodyRegistered(name="Zwo", kind=v.BodyKind.GEMEINDE))
    )
    assert unfiled(archive) == []
    elsewhere = e.ProposalRegistered(body=other, kind=v.ProposalKind.OTHER, version=1, subject="Brunnen")
    archive.add(statement(stream("proposal", 9), elsewhere, occurred=on("2021-11-23")))
    archive.add(filed(9))
    assert unfiled(archive) == []
    archive.add(proposal(2))
    archive.add(filed(2))
    assert unfiled(archive) == [stream("proposal", 1)]


@pytest.mark.parametrize("result", [v.Outcome.POSTPONED, v.Outcome.RECOMMENDED, v.Outcome.WITHDRAWN])
def test_what_was_not_decided_need_not_stand_in_a_file(result: v.Outcome) -> None:
    assert unfiled(council(proposal(1), proposal(2), met(), filed(1), outcome(2, result))) == []


def test_what_was_filed_later_was_missing_until_then() -> None:
    archive = council(proposal(1), proposal(2), met(), filed(1, day="2021-12-10"), outcome(2), filed(2))
    assert unfiled(archive, as_of="2021-12-07") == []
    assert unfiled(archive, as_of="2021-12-10") == [stream("proposal", 2)]
    assert unfiled(archive) == []


def test_what_stands_in_a_file_that_is_blocked_is_not_missing() -> None:
    archive = council(proposal(1), proposal(2), met(), filed(1), outcome(2))
    assert unfiled(archive) == [stream("proposal", 2)]
    archive.add(filed(2, visibility=v.Visibility.BLOCKED))
    assert unfiled(archive) == []


def test_withheld_filing_leaves_open_what_stands_in_it() -> None:
    hidden = statement(stream("custody", 7), e.Filed(objects=WITHHELD, file_reference="9"), occurred=on("2021-12-20"))
    assert unfiled(council(proposal(1), proposal(2), met(), filed(1), outcome(2), hidden)) == []


def test_note_about_a_missing_file_reference_says_how_it_stands() -> None:
    archive = council(proposal(1), proposal(2), met(), filed(1), outcome(2), note(2, UNFILED, STATUS.EXPLAINED))
    (line,) = [one for one in found(archive).findings if one.code == UNFILED]
    assert (line.state, line.noted, line.assessment) == ("explained", False, "Nachgesehen.")
    archive.add(filed(2))
    (line,) = [one for one in found(archive).findings if one.code == UNFILED]
    assert (line.state, line.noted) == ("explained", True)


# -- all of it ------------------------------------------------------------------------------------


def test_demo_register_gives_what_counting_gives_and_forgetting_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with demo_archive(tmp_path).open() as archive:
        answer = findings(archive)
        counted = count_findings(archive, after=0)
        monkeypatch.setattr(findings_walk, "EVENTS_MAX", 0)
        assert findings(archive) == answer
    assert {one.code: one.count for one in answer.counts} == counted
    assert set(counted) <= set(CODES)


def test_findings_of_a_real_city_are_what_its_dump_shows(tmp_path: Path) -> None:
    dump = karlsruhe.dump()
    made = new_archive(tmp_path)
    with made.open() as archive:
        how = following.Run(words=vocabulary(), signer=made.signer())
        following.follow_dump(archive, dump, how, system=karlsruhe.SYSTEM)
        answer = findings(archive)
    assert {one.code: one.count for one in answer.counts} == karlsruhe.Shown(karlsruhe.objects_of(dump)).findings()


def test_text_keeps_to_its_width_and_names_state_and_event() -> None:
    archive = council(proposal(1), *(annex(1) for _ in range(12)), note(1, "ANNEX_NOT_HELD", STATUS.EXPLAINED, seq=2))
    text = findings_text(found(archive))
    assert max(map(len, text.splitlines())) <= 80
    assert "12 findings: 11 open, 1 explained, 0 resolved" in text
    assert "     12      11          1         0  ANNEX_NOT_HELD" in text
    assert "explained, by 17 Unstimmigkeit: Nachgesehen." in text
    assert "and 2 more: `ratsbuch findings --code ANNEX_NOT_HELD` gives all" in text
    assert "more:" not in findings_text(found(archive, code="ANNEX_NOT_HELD"))
