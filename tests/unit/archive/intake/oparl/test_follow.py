from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from support.archives import Clock, Made, batch, new_archive, statement
from support.oparl import (
    ORGAN,
    SYSTEM,
    consultation,
    events_of,
    failures,
    file,
    intake,
    item,
    meeting,
    observations,
    paper,
    portrait,
    thing,
    town,
    url,
)

from archive import following
from archive.errors import InputError
from archive.following import system_of
from archive.intake.oparl import follow
from archive.intake.oparl.mapping import vocabulary
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.errors import ConflictError
from domain.proposal import Proposal
from domain.values import stated
from projections.source_findings import count_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from support.oparl import Object

    from archive.archive import Archive, Recorded
    from archive.batch import Batch
    from archive.intake.oparl.mapping import Vocabulary
    from archive.intake.oparl.summary import Summary
    from archive.keys import Signer
    from domain.stream import RecordedEvent


class Town:
    """A register that follows a source."""

    def __init__(self, made: Made, clock: Clock) -> None:
        self.made, self.clock = made, clock
        self.archive: Archive = made.open()

    def sees(
        self,
        *objects: object,
        words: Vocabulary | None = None,
        system: str = SYSTEM,
        is_complete: bool = False,
        dry_run: bool = False,
        is_dated: bool = False,
    ) -> Summary:
        self.clock.tick(60)
        return intake(
            self.archive,
            self.made.signer(),
            objects,
            words=words,
            system=system,
            is_complete=is_complete,
            dry_run=dry_run,
            retrieved_at=_instant(self.clock.now) if is_dated else None,
        )

    def proposal(self) -> Proposal:
        state = self.archive.stream(self.archive.streams("proposal")[0])
        assert isinstance(state, Proposal)
        return state

    def newest(self) -> RecordedEvent:
        return list(self.archive.events_between())[-1]


@pytest.fixture
def ris(tmp_path: Path) -> Iterator[Town]:
    clock = Clock()
    found = Town(new_archive(tmp_path, clock=clock), clock)
    yield found
    found.archive.close()


def names(summary: Summary) -> dict[str, int]:
    return {name.partition("/")[0]: count for name, count in summary.events.items()}


# -- the first look -------------------------------------------------------------------------------


def test_a_paper_gives_the_proposal_its_consultations_and_annexes(ris: Town) -> None:
    summary = ris.sees(*town())
    assert summary.shown == {
        "agenda_item": 1,
        "consultation": 1,
        "file": 1,
        "meeting": 2,
        "membership": 1,
        "organization": 3,
        "paper": 4,
        "person": 2,
        "term": 1,
    }
    assert {**summary.changes} == {"unchanged": 0, "new": 15, "tombstone": 1}
    assert names(summary) == {
        "source-observed": 16,
        "term-opened": 1,
        "organ-registered": 2,
        "group-registered": 1,
        "person-known": 3,
        "membership-changed": 2,
        "proposal-registered": 3,
        "consultation-planned": 2,
        "document-attached": 3,
        "proposals-linked": 1,
        "meeting-convened": 2,
        "agenda-set": 2,
        "outcome-declared": 3,
        "minutes-filed": 1,
        "meeting-cancelled": 1,
    }
    assert summary.unmapped == {"outcome": {"angehalten": 1}, "paper_kind": {"Rundbrief": 1}}
    registered = next(r for r in events_of(ris.archive, e.ProposalRegistered) if r.reference == "001")
    assert (registered.kind, registered.kind_literal) == (v.ProposalKind.RESOLUTION_PROPOSAL, "Beschlussvorlage")
    assert (registered.document_date, registered.version) == ("2021-11-23", 1)


def test_each_statement_names_its_document_and_the_place_in_it(ris: Town) -> None:
    ris.sees(paper(1, auxiliaryFile=[file(1), file(2)]))
    observed, *said = [r for r in ris.archive.events_between() if r.by.role is v.Role.IMPORTER]
    assert isinstance(observed.event, e.SourceObserved)
    document = observed.event.document
    assert isinstance(document, x.Document)
    sources = [r.sources[0] for r in said if isinstance(r.sources, tuple)]
    assert [s.document for s in sources] == [document] * 3
    assert [stated(s.locator) for s in sources] == [None, "/auxiliaryFile/0", "/auxiliaryFile/1"]
    assert {s.grade for s in sources} == {v.Grade.SYSTEM_OF_RECORD}
    assert {r.visibility for r in said} == {v.Visibility.PUBLIC}
    assert isinstance(document.digest, str)
    content = ris.archive.document(document.digest)
    assert content is not None
    assert json.loads(content)["auxiliaryFile"][1]["name"] == "Anlage 2"


def test_all_of_an_object_is_one_command_file(ris: Town) -> None:
    ris.sees(paper(1, auxiliaryFile=[file(1)]), paper(2))
    records = [r for r in ris.archive.events_between() if r.by.role is v.Role.IMPORTER]
    assert len({r.txn for r in records}) == 2
    assert [r.txn for r in records[:3]] == [records[0].txn] * 3


def test_ids_come_from_register_system_and_object(ris: Town) -> None:
    ris.sees(paper(1))
    register = uuid.UUID(ris.archive.register.id)
    expected = uuid.uuid5(register, f"proposal\n{SYSTEM}\n{url('paper', 1)}")
    assert ris.archive.streams("proposal") == (f"proposal:{expected}",)


# -- nothing new ----------------------------------------------------------------------------------


def test_the_same_again_records_nothing_and_says_so(ris: Town) -> None:
    ris.sees(*town())
    size = ris.archive.size
    again = ris.sees(*town())
    assert (again.recorded, ris.archive.size) == (0, size)
    assert {**again.changes} == {"unchanged": 16}


def test_a_change_of_nothing_but_modified_is_observed_and_states_nothing(ris: Town) -> None:
    ris.sees(paper(1, consultation=[consultation(1)]))
    again = ris.sees(
        paper(
            1,
            modified="2025-03-03T14:30:18+01:00",
            consultation=[consultation(1, modified="2025-03-03T14:30:18+01:00")],
        )
    )
    assert names(again) == {"source-observed": 1}
    assert observations(ris.archive, url("paper", 1))[-1].fields_changed == ("consultation/modified", "modified")


def test_a_form_that_comes_back_is_observed_again(ris: Town) -> None:
    first, second = paper(1, name="Erste Fassung"), paper(1, name="Zweite Fassung")
    for shown in (first, second, first, first, second):
        ris.sees(shown)
    seen = observations(ris.archive, url("paper", 1))
    assert [o.change for o in seen] == ["new", "changed", "changed", "changed"]
    assert seen[0].digest == seen[2].digest != seen[1].digest == seen[3].digest
    assert [version.subject for version in ris.proposal().versions] == ["Erste Fassung", "Zweite Fassung"] * 2


# -- what changed ---------------------------------------------------------------------------------


def test_a_moved_date_is_a_version_of_which_nobody_says_how_it_came_about(ris: Town) -> None:
    ris.sees(paper(1, date="2026-07-13"), is_dated=True)
    before = ris.clock.now
    ris.sees(paper(1, date="2026-07-31"), is_dated=True)
    revised = ris.newest().event
    assert isinstance(revised, e.ProposalRevised)
    assert (revised.version, revised.mode, revised.document_date) == (2, v.RevisionMode.AS_SHOWN, "2026-07-31")
    assert revised.subject is UNSET
    occurred = ris.newest().occurred
    assert isinstance(occurred, x.When)
    assert (occurred.certainty, occurred.at) == (v.Certainty.INFERRED, UNSET)
    assert occurred.not_before == _instant(before)
    assert occurred.not_after == _instant(ris.clock.now)
    assert ris.proposal().current is not None
    assert ris.proposal().current.subject == "Vorlage 1"  # type: ignore[union-attr]  # looked at above


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat().replace("+00:00", "Z")


def test_a_field_that_disappears_is_left_blank(ris: Town) -> None:
    ris.sees(paper(1, date="2026-07-13"))
    shown = paper(1)
    del shown["reference"]
    ris.sees(shown)
    revised = ris.newest().event
    assert isinstance(revised, e.ProposalRevised)
    assert (revised.reference, revised.document_date) == (None, None)
    assert names(ris.sees({**shown, "vendor:x": 1})) == {"source-observed": 1}


def test_what_a_clerk_recorded_beside_it_is_not_taken_for_the_sources(ris: Town) -> None:
    ris.sees(paper(1))
    stream = ris.archive.streams("proposal")[0]
    corrected = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject="Wie beschlossen", operative_text="x")
    ris.archive.record(batch(statement(stream, corrected), name="clerk"), signer=ris.made.signer())
    assert names(ris.sees(paper(1, modified="2022-01-01T00:00:00Z"))) == {"source-observed": 1}
    ris.sees(paper(1, name="Neu", modified="2022-01-02T00:00:00Z"))
    revised = ris.newest().event
    assert isinstance(revised, e.ProposalRevised)
    assert (revised.version, revised.base_version, revised.subject) == (3, 1, "Neu")


def test_consultations_come_change_and_fall_away(ris: Town) -> None:
    ris.sees(paper(1, consultation=[consultation(1), consultation(2, role="Vorberatung")]))
    summary = ris.sees(paper(1, consultation=[consultation(1, authoritative=True), consultation(3, role="Rundlauf")]))
    assert names(summary) == {"source-observed": 1, "consultation-planned": 2, "consultation-dropped": 1}
    plans = {str(c.plan.status_literal): (c.plan.role, c.dropped is None) for c in ris.proposal().consultations}
    assert plans == {
        "Entscheidung": (v.ConsultationRole.DECISION, True),
        "Vorberatung": (v.ConsultationRole.PRELIMINARY, False),
        "Rundlauf": (v.ConsultationRole.OTHER, True),
    }
    assert summary.unmapped == {"role": {"Rundlauf": 1}}


def test_a_consultation_listed_twice_is_planned_once(ris: Town) -> None:
    summary = ris.sees(paper(1, consultation=[consultation(1), consultation(1)]))
    assert names(summary)["consultation-planned"] == 1


def test_annexes_come_are_exchanged_and_go(ris: Town) -> None:
    ris.sees(paper(1, auxiliaryFile=[file(1), file(2)]))
    summary = ris.sees(paper(1, auxiliaryFile=[file(1, name="Anlage 1 neu"), file(3)]))
    assert names(summary) == {"source-observed": 1, "document-attached": 2, "document-withdrawn": 2}
    annexes = {(stated(a.attached.event.label), a.withdrawn is None) for a in ris.proposal().annexes}
    assert annexes == {("Anlage 1", False), ("Anlage 2", False), ("Anlage 1 neu", True), ("Anlage 3", True)}
    assert names(ris.sees(paper(1, auxiliaryFile=[file(3), file(1, name="Anlage 1 neu")]))) == {"source-observed": 1}


def test_only_the_stamp_of_a_file_moved_so_nothing_happened_to_it(ris: Town) -> None:
    ris.sees(paper(1, auxiliaryFile=[file(1)]))
    assert names(ris.sees(paper(1, auxiliaryFile=[file(1, modified="2026-01-01T00:00:00Z", date="2026-01-01")]))) == {
        "source-observed": 1
    }


def test_minutes_are_filed_taken_away_and_filed_again(ris: Town) -> None:
    minutes = file(9, name="Protokoll")
    ris.sees(meeting(1, resultsProtocol=minutes))
    assert names(ris.sees(meeting(1))) == {"source-observed": 1, "document-withdrawn": 1}
    assert names(ris.sees(meeting(1, vendor=1))) == {"source-observed": 1}
    ris.sees(meeting(1, resultsProtocol=minutes))
    ris.sees(meeting(1, resultsProtocol=file(10, name="Protokoll")))
    filed = events_of(ris.archive, e.MinutesFiled)
    assert [(m.version, m.replaces, m.source_id) for m in filed] == [
        (1, UNSET, minutes["id"]),
        (2, 1, minutes["id"]),
        (3, 2, url("file", 10)),
    ]


def test_a_meeting_moves_is_cancelled_and_loses_its_agenda(ris: Town) -> None:
    ris.sees(meeting(1, agendaItem=[item(1), item(2)]))
    ris.sees(meeting(1, agendaItem=[item(1), item(2)], start="2021-12-15T17:00:00+01:00"))
    moved = ris.newest().event
    assert isinstance(moved, e.MeetingMoved)
    assert (moved.starts_at, moved.ends_at) == ("2021-12-15T17:00:00+01:00", UNSET)
    assert names(ris.sees(meeting(1, start="2021-12-15T17:00:00+01:00", cancelled=True))) == {
        "source-observed": 1,
        "agenda-set": 1,
        "meeting-cancelled": 1,
    }
    assert [(a.version, len(a.items)) for a in events_of(ris.archive, e.AgendaSet)] == [(1, 2), (2, 0)]


def test_an_outcome_is_declared_again_only_when_it_changed(ris: Town) -> None:
    ris.sees(meeting(1, agendaItem=[item(1)]))
    ris.sees(meeting(1, agendaItem=[item(1, result="vertagt")]))
    ris.sees(meeting(1, agendaItem=[item(1, result="vertagt", name="Neu")]))
    ris.sees(meeting(1, agendaItem=[item(1, result="mehrheitlich abgelehnt", name="Neu")]))
    found = [(o.outcome, o.outcome_literal, o.majority) for o in events_of(ris.archive, e.OutcomeDeclared)]
    assert found == [
        (v.Outcome.POSTPONED, "vertagt", UNSET),
        (v.Outcome.REJECTED, "mehrheitlich abgelehnt", v.Majority.MAJORITY),
    ]


def test_an_outcome_happened_when_the_meeting_began_by_inference(ris: Town) -> None:
    ris.sees(meeting(1, agendaItem=[item(1, result="vertagt")]))
    assert ris.newest().occurred == x.When(at="2021-12-08T17:00:00+01:00", certainty=v.Certainty.INFERRED)


def test_an_organ_is_renamed_and_dissolved(ris: Town) -> None:
    ris.sees(thing("Organization", 1, name="Ausschuss", classification="Beschließender Ausschuss"))
    ris.sees(thing("Organization", 1, name="Kreisausschuss", endDate="2024-07-31"))
    assert names(ris.sees(thing("Organization", 1, name="Kreisausschuss", endDate="2024-07-31", x=1))) == {
        "source-observed": 1
    }
    registered, *changed = [r.event for r in ris.archive.history(ris.archive.streams("organ")[0])]
    assert isinstance(registered, e.OrganRegistered)
    assert (registered.kind, registered.kind_literal) == (v.OrganKind.DECIDING_COMMITTEE, "Beschließender Ausschuss")
    assert changed == [e.OrganChanged(name="Kreisausschuss"), e.OrganChanged(dissolved=True)]


def test_relations_say_that_they_rest_on_a_field_of_the_source(ris: Town, tmp_path: Path) -> None:
    ris.sees(paper(1, superordinatedPaper=[url("paper", 2)], relatedPaper=url("paper", 3)))
    own = tmp_path / "own.toml"
    own.write_text('format = "ratsbuch-oparl-map/1"\nsuperordinated_is_inverted = true\n')
    ris.sees(paper(4, superordinatedPaper=[url("paper", 1)]), words=vocabulary(own))
    links = [(str(link.note), link.basis) for link in events_of(ris.archive, e.ProposalsLinked)]
    assert links == [
        ("relatedPaper", v.Basis.SOURCE_FIELD),
        ("superordinatedPaper", v.Basis.SOURCE_FIELD),
        ("superordinatedPaper, which this source uses inverted", v.Basis.SOURCE_FIELD),
    ]


def test_a_mapping_that_is_given_afterwards_says_for_what_it_holds(ris: Town, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('format = "ratsbuch-oparl-map/1"\n[paper_kind.literals]\n"Tischvorlage" = "information"\n')
    first, second = paper(1, paperType="Tischvorlage"), paper(2, paperType="Tischvorlage")
    kept = (
        "objects unchanged, with the codes that they got when they were recorded: "
        "--map holds for what is new or changed"
    )
    assert ris.sees(first).left_out[kept] == 0
    assert ris.sees(first, second, words=vocabulary(own)).left_out[kept] == 1
    kinds = [event.kind for event in events_of(ris.archive, e.ProposalRegistered)]
    assert kinds == [v.ProposalKind.RESOLUTION_PROPOSAL, v.ProposalKind.INFORMATION]
    assert ris.sees(first, second).left_out[kept] == 0


# -- gone -----------------------------------------------------------------------------------------


def test_what_is_missing_from_a_part_of_the_source_is_not_gone(ris: Town) -> None:
    ris.sees(paper(1), paper(2))
    assert ris.sees(paper(1)).recorded == 0


def test_what_is_missing_from_a_complete_listing_is_gone_once(ris: Town) -> None:
    ris.sees(paper(1), paper(2), meeting(1))
    summary = ris.sees(paper(1), is_complete=True)
    assert {**summary.changes} == {"unchanged": 1, "gone": 1}
    assert observations(ris.archive, url("paper", 2))[-1].change is v.SourceChange.GONE
    # Of meetings it shows none at all, so it is no listing of them.
    assert [o.change for o in observations(ris.archive, url("meeting", 1))] == ["new"]
    assert ris.sees(paper(1), is_complete=True).recorded == 0
    back = ris.sees(paper(1), paper(2), is_complete=True)
    assert {**back.changes} == {"unchanged": 1, "changed": 1}
    assert names(back) == {"source-observed": 1}


def test_what_was_gone_and_comes_back_is_stated_again(ris: Town) -> None:
    plan = consultation(7, paper=url("paper", 1), meeting=url("meeting", 1))
    top = item(7, meeting=url("meeting", 1), number="7", order=7)
    rest = [paper(1), meeting(1), consultation(8, paper=url("paper", 1)), item(8, meeting=url("meeting", 1), order=8)]
    ris.sees(*rest, plan, top, is_complete=True)
    lost = ris.sees(*rest, is_complete=True)
    assert names(lost) == {"source-observed": 2, "consultation-dropped": 1, "agenda-set": 1}
    back = ris.sees(*rest, plan, top, is_complete=True)
    assert names(back) == {"source-observed": 2, "consultation-planned": 1, "agenda-set": 1}
    assert [o.change for o in observations(ris.archive, top["id"])] == ["new", "gone", "changed"]
    assert [len(agenda.items) for agenda in events_of(ris.archive, e.AgendaSet)][-3:] == [2, 1, 2]
    assert ris.sees(*rest, plan, top, is_complete=True).recorded == 0


def test_a_listing_that_could_not_be_read_whole_is_not_complete(ris: Town) -> None:
    ris.sees(paper(1), paper(2))
    summary = ris.sees(paper(1), {"id": 7}, is_complete=True)
    assert (summary.recorded, summary.is_complete, summary.unreadable_count) == (0, False, 1)


def test_a_tombstone_is_kept_and_takes_nothing_back(ris: Town) -> None:
    ris.sees(paper(1, consultation=[consultation(1)]))
    summary = ris.sees(thing("Paper", 1, name="", reference="", deleted=True))
    assert names(summary) == {"source-observed": 1}
    assert observations(ris.archive, url("paper", 1))[-1].change is v.SourceChange.TOMBSTONE
    assert ris.proposal().subject == "Vorlage 1"


# -- objects of their own -------------------------------------------------------------------------


def test_a_consultation_without_its_paper_waits_for_it(ris: Town) -> None:
    alone = consultation(7, paper=url("paper", 1), meeting=url("meeting", 1))
    assert names(ris.sees(alone)) == {"source-observed": 1}
    assert names(ris.sees(paper(1))) == {"source-observed": 1, "proposal-registered": 1, "consultation-planned": 1}
    assert names(ris.sees({**alone, "deleted": True})) == {"source-observed": 1, "consultation-dropped": 1}


def test_what_a_paper_says_of_its_consultation_counts(ris: Town) -> None:
    ris.sees(paper(1, consultation=[consultation(7, role="Vorberatung")]))
    assert names(ris.sees(consultation(7, paper=url("paper", 1)))) == {"source-observed": 1}


@pytest.mark.parametrize("events", [1, 2_000])
def test_what_is_embedded_counts_also_in_the_same_run(ris: Town, monkeypatch: pytest.MonkeyPatch, events: int) -> None:
    monkeypatch.setattr(following, "EVENTS_A_TRANSACTION", events)
    plan, entry = consultation(7, role="Vorberatung"), item(7, meeting=url("meeting", 1), result="vertagt")
    alone = [consultation(7, paper=url("paper", 1)), {**entry, "result": "abgelehnt", "name": "Anders"}]
    summary = ris.sees(paper(1, consultation=[plan]), meeting(1, agendaItem=[entry]), *alone)
    assert names(summary) == {
        "source-observed": 4,
        "proposal-registered": 1,
        "consultation-planned": 1,
        "meeting-convened": 1,
        "agenda-set": 1,
        "outcome-declared": 1,
    }
    assert [p.status_literal for p in events_of(ris.archive, e.ConsultationPlanned)] == ["Vorberatung"]
    assert [o.outcome_literal for o in events_of(ris.archive, e.OutcomeDeclared)] == ["vertagt"]


def test_an_agenda_item_without_its_meeting_waits_for_it(ris: Town) -> None:
    alone = item(7, meeting=url("meeting", 1), result="vertagt")
    assert names(ris.sees(alone)) == {"source-observed": 1}
    assert names(ris.sees(meeting(1))) == {
        "source-observed": 1,
        "meeting-convened": 1,
        "agenda-set": 1,
        "outcome-declared": 1,
    }
    assert names(ris.sees({**alone, "result": "abgelehnt"})) == {"source-observed": 1, "outcome-declared": 1}
    assert names(ris.sees({**alone, "result": "abgelehnt", "deleted": True})) == {"source-observed": 1, "agenda-set": 1}


def test_a_proposal_that_comes_after_its_meeting_is_named_there(ris: Town) -> None:
    ris.sees(meeting(1, agendaItem=[item(1, consultation=url("consultation", 1), result="vertagt")]))
    plan = consultation(1, meeting=url("meeting", 1), agendaItem=url("agendaitem", 1))
    summary = ris.sees(paper(1, consultation=[plan]))
    assert names(summary)["agenda-set"] == names(summary)["outcome-declared"] == 1
    stream = ris.archive.streams("proposal")[0]
    assert [o.proposal for o in events_of(ris.archive, e.OutcomeDeclared)] == [UNSET, stream]
    assert events_of(ris.archive, e.AgendaSet)[-1].items[0].proposal == stream


def test_a_group_that_is_shown_after_what_it_brought_in_is_named_as_a_group_then(ris: Town) -> None:
    group = thing("Organization", 3, name="Fraktion Beispiel", organizationType="Fraktion")
    office = thing("Organization", 2, name="Abteilung 2")
    brought = {"originatorOrganization": [group["id"]], "underDirectionOf": [office["id"]]}
    ris.sees(paper(1, **brought), paper(2, **brought), paper(3, underDirectionOf=[office["id"]]))
    # Until then it is named as an organ, and a finding says that there is none.
    assert count_findings(ris.archive, after=4)["DANGLING_REFERENCE"] == 5
    summary = ris.sees(office, group)
    assert names(summary) == {
        "source-observed": 2,
        "organ-registered": 1,
        "group-registered": 1,
        "proposal-revised": 2,
    }
    # The versions that named it so stay as they were recorded, with their finding.
    assert count_findings(ris.archive, after=4)["DANGLING_REFERENCE"] == 2
    organ, stream = ris.archive.streams("organ")[0], ris.archive.streams("group")[0]
    states = (ris.archive.stream(proposal) for proposal in ris.archive.streams("proposal"))
    brought_in = {s.reference: s.current.submitters for s in states if isinstance(s, Proposal) and s.current}
    both = (x.Party(group=stream), x.Party(organ=organ))
    assert brought_in == {"001": both, "002": both, "003": (x.Party(organ=organ),)}
    # It rests on the place where the source says so, and is not said again.
    revised = next(r for r in ris.archive.events_between() if isinstance(r.event, e.ProposalRevised))
    assert isinstance(revised.sources, tuple)
    assert revised.sources[0].locator == "/organizationType"
    assert ris.sees(paper(1, **brought), paper(2, **brought), group, office).recorded == 0
    assert names(ris.sees(paper(1, name="Neu", **brought))) == {"source-observed": 1, "proposal-revised": 1}
    assert failures(ris.archive) == []


def test_more_proposals_of_a_group_than_a_command_file_can_hold_are_counted(
    ris: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "BROUGHT_IN_MAX", 2)
    group = thing("Organization", 3, name="Fraktion Beispiel", organizationType="Fraktion")
    ris.sees(*(paper(n, originatorOrganization=[group["id"]]) for n in range(5)))
    summary = ris.sees(group)
    assert names(summary) == {"source-observed": 1, "group-registered": 1, "proposal-revised": 2}
    assert summary.left_out == {"proposals that name a group as an organ, beyond those of one command file": 3}


def test_a_group_that_is_shown_in_the_same_run_is_named_as_a_group(ris: Town) -> None:
    group = thing("Organization", 3, name="Fraktion Beispiel", organizationType="Fraktion")
    ris.sees(paper(1, originatorOrganization=[group["id"]]), group)
    (registered,) = events_of(ris.archive, e.ProposalRegistered)
    assert registered.submitters == (x.Party(group=ris.archive.streams("group")[0]),)


# -- persons --------------------------------------------------------------------------------------


def test_persons_have_random_keys_and_stay_out_of_public(ris: Town) -> None:
    ris.sees(*town())
    persons = ris.archive.streams("person")
    assert len(persons) == 3
    assert all(stream.split("-")[2][0] == "4" for stream in persons)
    observed = [r for r in ris.archive.events_between() if isinstance(r.event, e.SourceObserved)]
    hidden = {getattr(r.event, "url", None) for r in observed if r.visibility is v.Visibility.NON_PUBLIC}
    assert hidden == {url("person", 1), url("person", 2), url("membership", 2)}
    about = [r for r in ris.archive.events_between() if isinstance(r.event, e.PersonKnown | e.MembershipChanged)]
    assert {r.visibility for r in about} == {v.Visibility.NON_PUBLIC}


def test_contact_data_are_dropped_and_the_drop_is_recorded(ris: Town) -> None:
    shown = thing("Person", 1, name="Erika Beispiel", email=["erika@example.org"], locality="Ort", life="1970")
    ris.sees(shown)
    seen = observations(ris.archive, url("person", 1))[0]
    assert seen.fields_dropped == ("email", "life", "locality")
    document = seen.document
    assert isinstance(document, x.Document)
    assert isinstance(document.digest, str)
    content = ris.archive.document(document.digest)
    assert content is not None
    assert b"erika@" not in content
    # What was dropped makes no difference to what is compared.
    assert ris.sees({**shown, "email": ["neu@example.org"]}).recorded == 0


def test_nothing_in_the_clear_leads_from_a_persons_key_to_the_source(ris: Town) -> None:
    ris.sees(thing("Person", 1, name="Erika Beispiel"))
    records = [r for r in ris.archive.events_between() if r.by.role is v.Role.IMPORTER]
    assert url("person", 1) in {str(r.event.url) for r in records if isinstance(r.event, e.SourceObserved)}
    by_url = ris.archive.txn_of(url("person", 1))
    assert by_url not in {r.txn for r in records}
    rows = ris.archive.connection.execute("SELECT value FROM lookups WHERE value LIKE 'person:%'").fetchall()
    assert rows == []
    # The key is random, so a second register knows the same person by another one.
    assert records[0].stream.startswith("source:")


def test_a_public_event_does_not_name_a_document_that_says_something_about_persons(ris: Town) -> None:
    ris.sees(paper(1, originatorPerson=[thing("Person", 1, name="Erika Beispiel")]))
    registered = next(r for r in ris.archive.events_between() if isinstance(r.event, e.ProposalRegistered))
    assert registered.visibility is v.Visibility.PUBLIC
    assert isinstance(registered.sources, tuple)
    assert (registered.sources[0].document, registered.sources[0].citation) == (UNSET, url("paper", 1))
    seen = next(r for r in ris.archive.events_between() if isinstance(r.event, e.SourceObserved))
    assert seen.visibility is v.Visibility.NON_PUBLIC


# -- what is odd ----------------------------------------------------------------------------------


def test_control_characters_become_a_mark_in_the_event_and_stay_in_the_document(ris: Town) -> None:
    ris.sees(paper(1, name="Ein\x01Titel\x7f\tmit \ufffe"))
    registered = events_of(ris.archive, e.ProposalRegistered)[0]
    assert registered.subject == "Ein\ufffdTitel\x7f\tmit \ufffd"
    document = observations(ris.archive, url("paper", 1))[0].document
    assert isinstance(document, x.Document)
    content = ris.archive.document(str(document.digest))
    assert content is not None
    assert json.loads(content)["name"] == "Ein\x01Titel\x7f\tmit \ufffe"


@pytest.mark.parametrize(
    "odd",
    [
        {"_sd": ["x"], "_sd_alg": "sha-256", "...": "y"},
        {"vendor:number": 1.5, "big": 2**70, "Ünicode": {"€": [1e300]}},
        {
            "name": {"_sd": ["x"]},
            "reference": ["0001"],
            "date": 20211123,
            "consultation": "x",
            "auxiliaryFile": {"a": 1},
        },
        {
            "body": "https://elsewhere.example.org/oparl/body/9",
            "consultation": [{"id": "https://elsewhere.example.org/c"}],
        },
        {"name": "x" * 70_000},
        {"consultation": [None, 5, [], {"id": ""}, {"id": "a b"}], "paperType": "", "date": "0000-00-00"},
    ],
)
def test_what_a_source_puts_in_cannot_disturb_the_record(ris: Town, odd: Object) -> None:
    summary = ris.sees(paper(1, **odd))
    assert (summary.unreadable_count, names(summary)["proposal-registered"]) == (0, 1)
    assert failures(ris.archive) == []
    assert ris.sees(paper(1, **odd)).recorded == 0


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (
            {"type": "x"},
            "dump.jsonl: line 1: found no id that is an address, expected one without spaces, up to 2000 long",
        ),
        (
            {"id": "a\nb"},
            "dump.jsonl: line 1: found no id that is an address, expected one without spaces, up to 2000 long",
        ),
        ([paper(1)], None),
        (7, "dump.jsonl: line 1: found int, expected an object"),
    ],
)
def test_what_is_no_object_is_told_with_its_place(ris: Town, odd: object, reason: str | None) -> None:
    summary = ris.sees(odd, paper(2))
    assert [found.reason for found in summary.unreadable] == ([] if reason is None else [reason])
    assert summary.shown["paper"] == (1 if reason is not None else 2)


def test_ten_thousand_levels_are_told_and_everything_else_is_recorded(ris: Town, tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text('{"id":"x","a":' + "[" * 10_000 + "]" * 10_000 + "}\n" + json.dumps(paper(1)) + "\n")
    summary = intake(ris.archive, ris.made.signer(), path)
    assert (summary.unreadable_count, summary.shown) == (1, {"paper": 1})


def test_another_hosts_object_does_not_stand_in_for_its_own_systems(ris: Town) -> None:
    foreign = "https://other.example.org/oparl"
    claimed = {**paper(1), "id": f"{foreign}/paper/1"}
    ris.sees(claimed)
    assert names(ris.sees(claimed, system=foreign)) == {"source-observed": 1, "proposal-registered": 1}
    assert len(ris.archive.streams("proposal")) == 2
    assert ris.sees(claimed).recorded == ris.sees(claimed, system=foreign).recorded == 0


def test_the_same_objects_as_of_another_system_on_the_same_host_are_refused(ris: Town) -> None:
    ris.sees(paper(1))
    message = f"{url('paper', 1)}: was recorded before as an object of another system than https://ris.example.org"
    with pytest.raises(ConflictError, match=rf"\A{re.escape(message)}\Z"):
        ris.sees(paper(1), system="https://ris.example.org")


def test_of_two_forms_in_one_run_the_one_with_the_later_stamp_counts(ris: Town) -> None:
    old, new = paper(1, name="alt"), paper(1, name="neu", modified="2022-01-01T00:00:00+01:00")
    summary = ris.sees(new, old)
    assert (summary.repeated, ris.proposal().subject, ris.archive.size) == (1, "neu", 6)


def test_papers_of_another_body_are_observed_only(ris: Town, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(f'format = "ratsbuch-oparl-map/1"\nbody = "{url("body", 1)}"\n')
    words = vocabulary(own)
    summary = ris.sees(paper(1, body=url("body", 1)), paper(2, body=url("body", 2)), words=words)
    assert names(summary) == {"source-observed": 2, "proposal-registered": 1}
    assert summary.left_out == {"paper of another body": 1}


def test_a_local_time_gets_its_zone(ris: Town) -> None:
    ris.sees(meeting(1, start="2021-07-08T17:00:00", end="2021-12-08 19:00"))
    convened = events_of(ris.archive, e.MeetingConvened)[0]
    assert (convened.starts_at, convened.ends_at) == ("2021-07-08T17:00:00+02:00", "2021-12-08T19:00:00+01:00")


def test_a_date_that_is_none_stays_a_literal(ris: Town) -> None:
    ris.sees(paper(1, date="23.11.2021"))
    registered = events_of(ris.archive, e.ProposalRegistered)[0]
    assert (registered.document_date, registered.document_date_literal) == (UNSET, "23.11.2021")


def test_more_items_than_an_agenda_can_have_are_cut_and_told(ris: Town) -> None:
    summary = ris.sees(meeting(1, agendaItem=[item(n) for n in range(2_001)]))
    assert summary.left_out == {"agenda items beyond the first two thousand": 1}
    assert len(events_of(ris.archive, e.AgendaSet)[0].items) == 2_000
    assert failures(ris.archive) == []


# -- recording ------------------------------------------------------------------------------------


def test_a_dry_run_keeps_nothing(ris: Town) -> None:
    size = ris.archive.size
    summary = ris.sees(*town(), dry_run=True)
    assert names(summary)["proposal-registered"] == 3
    assert ris.archive.size == size


@pytest.mark.parametrize("events", [1, 3, 2_000])
def test_a_dry_run_counts_what_a_run_records(ris: Town, monkeypatch: pytest.MonkeyPatch, events: int) -> None:
    # However little goes into a transaction: later objects build on what earlier ones would have recorded.
    monkeypatch.setattr(following, "EVENTS_A_TRANSACTION", events)
    group = thing("Organization", 4, name="Fraktion Zwei", organizationType="Fraktion")
    more = [
        group,
        paper(8, originatorOrganization=[group["id"]], originatorPerson=[url("person", 1)]),
        consultation(8, paper=url("paper", 8), meeting=url("meeting", 2), agendaItem=url("agendaitem", 8)),
        item(8, meeting=url("meeting", 2), consultation=url("consultation", 8), result="vertagt"),
        thing("Membership", 8, person=url("person", 1), organization=group["id"], role="Mitglied"),
    ]
    size = ris.archive.size
    for objects, is_complete in ((town(), False), ([*town(), *more], False), ([paper(1), meeting(2)], True)):
        told = ris.sees(*objects, dry_run=True, is_complete=is_complete)
        assert ris.archive.size == size
        done = ris.sees(*objects, is_complete=is_complete)
        assert told.recorded > 0
        assert (told.events, told.changes, told.left_out) == (done.events, done.changes, done.left_out)
        assert told.unmapped == done.unmapped
        size = ris.archive.size


def test_a_run_broken_off_goes_on_where_it_was(ris: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVENTS_A_TRANSACTION", 3)
    real, left = ris.archive.record_many, [2]

    def breaks(batches: Sequence[Batch], *, signer: Signer, dry_run: bool) -> tuple[Recorded, ...]:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(batches, signer=signer, dry_run=dry_run)

    monkeypatch.setattr(ris.archive, "record_many", breaks)
    with pytest.raises(KeyboardInterrupt):
        ris.sees(*town())
    done = ris.archive.size
    monkeypatch.setattr(ris.archive, "record_many", real)
    rest = ris.sees(*town())
    assert 0 < done - 4 < rest.recorded
    # No fact stands there twice.
    total = len([r for r in ris.archive.events_between() if r.by.role is v.Role.IMPORTER])
    assert total == done - 4 + rest.recorded
    assert ris.sees(*town()).recorded == 0
    assert portrait(ris.archive)


@pytest.mark.parametrize("text", ["ris.example.org", "ftp://x", "https://a b", "https://ä", "https://x/" + "y" * 500])
def test_a_system_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"\A--system "):
        system_of(text)


def test_the_slash_at_the_end_of_a_system_makes_no_difference() -> None:
    assert system_of("https://ris.example.org/oparl/") == SYSTEM
    assert ORGAN.startswith(SYSTEM)


# -- files that are exchanged ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"size": 9_000},
        {"downloadUrl": url("download", 2)},
        {"sha512Checksum": "b" * 128},
        {"mimeType": "text/plain"},
    ],
)
def test_a_file_that_is_another_under_the_same_id_and_name_is_exchanged(ris: Town, other: Object) -> None:
    shown = {"size": 7, "downloadUrl": url("download", 1), "sha512Checksum": "a" * 128}
    ris.sees(paper(1, auxiliaryFile=[file(1, **shown)]), meeting(1, resultsProtocol=file(2, **shown)))
    again = (
        paper(1, auxiliaryFile=[file(1, **{**shown, **other})]),
        meeting(1, resultsProtocol=file(2, **{**shown, **other})),
    )
    summary = ris.sees(*again)
    assert names(summary) == {
        "source-observed": 2,
        "document-withdrawn": 1,
        "document-attached": 1,
        "minutes-filed": 1,
    }
    withdrawn = events_of(ris.archive, e.DocumentWithdrawn)[-1]
    attached = events_of(ris.archive, e.DocumentAttached)[-1]
    assert withdrawn.replaced_by == attached.document
    assert [m.version for m in events_of(ris.archive, e.MinutesFiled)] == [1, 2]
    assert ris.sees(*again).recorded == 0
    assert names(ris.sees(*({**one, "vendor": 1} for one in again))) == {"source-observed": 2}


def test_what_a_source_states_of_its_files_only_now_is_no_exchange(ris: Town) -> None:
    ris.sees(paper(1, auxiliaryFile=[file(1)]))
    more = file(1, size=7, downloadUrl=url("download", 1))
    assert names(ris.sees(paper(1, auxiliaryFile=[more]))) == {"source-observed": 1}


def test_what_is_embedded_and_marked_as_deleted_is_not_there(ris: Town) -> None:
    plans = [consultation(1), consultation(2)]
    ris.sees(
        paper(1, auxiliaryFile=[file(1), file(2)], consultation=plans),
        meeting(1, agendaItem=[item(1), item(2)], resultsProtocol=file(3)),
    )
    summary = ris.sees(
        paper(
            1,
            auxiliaryFile=[file(1, deleted=True), file(2)],
            consultation=[consultation(1, deleted=True), consultation(2)],
        ),
        meeting(1, agendaItem=[item(1, deleted=True), item(2)], resultsProtocol=file(3, deleted=True)),
    )
    events = names(summary)
    # The second consultation is the first one now.
    assert events.pop("consultation-planned") == 1
    assert events == {"source-observed": 2, "document-withdrawn": 2, "consultation-dropped": 1, "agenda-set": 1}
    assert {w.source_id for w in events_of(ris.archive, e.DocumentWithdrawn)} == {url("file", 1), url("file", 3)}


# -- named in one direction only ------------------------------------------------------------------


def one_way() -> list[Object]:
    """Give a paper and a meeting that name by address what belongs into them, and nothing that names them back."""
    return [
        paper(1, mainFile=url("file", 1), consultation=[url("consultation", 1)]),
        meeting(1, agendaItem=[url("agendaitem", 1)], resultsProtocol=url("file", 2)),
        consultation(1, meeting=url("meeting", 1), agendaItem=url("agendaitem", 1)),
        item(1, consultation=url("consultation", 1), result="vertagt", resolutionFile=url("file", 3)),
        file(1, name="Vorlage", size=7),
        file(2, name="Niederschrift"),
        file(3, name="Beschluss"),
    ]


def whole_of(ris: Town) -> tuple[object, ...]:
    """Give what there is of it in the end."""
    (proposal,) = ris.archive.streams("proposal")
    agenda = events_of(ris.archive, e.AgendaSet)[-1]
    annexes = {stated(a.attached.event.label) for a in ris.proposal().annexes if a.withdrawn is None}
    outcome = events_of(ris.archive, e.OutcomeDeclared)[-1]
    minutes = events_of(ris.archive, e.MinutesFiled)[-1].document.title
    plans = [p.status_literal for p in events_of(ris.archive, e.ConsultationPlanned)]
    attached = {a.label for a in events_of(ris.archive, e.DocumentAttached) if a.item is not UNSET}
    of_proposal = [entry.proposal for entry in agenda.items] == [proposal] == [outcome.proposal]
    return annexes, minutes, plans, outcome.outcome_literal, "Beschluss" in attached, of_proposal


@pytest.mark.parametrize("runs", ["together", "apart", "backwards"])
def test_what_is_named_in_one_direction_only_is_put_together(ris: Town, runs: str) -> None:
    shown = one_way()
    if runs == "together":
        summary = ris.sees(*shown)
        assert summary.left_out == {}
    else:
        for one in shown if runs == "apart" else reversed(shown):
            ris.sees(one)
    assert whole_of(ris) == ({"Vorlage"}, "Niederschrift", ["Entscheidung"], "vertagt", True, True)
    assert ris.sees(*shown).recorded == 0
    assert failures(ris.archive) == []


@pytest.mark.parametrize(("is_signed", "versions"), [(False, [1, 1]), (True, [1, 2])])
def test_minutes_that_are_described_later_are_the_same_version_unless_it_was_signed(
    ris: Town, *, is_signed: bool, versions: list[int]
) -> None:
    ris.sees(meeting(1, resultsProtocol=url("file", 2)))
    if is_signed:
        (stream,) = ris.archive.streams("meeting")
        name = x.Signatory(form=v.SignatureForm.PRINTED_NAME, literal="F. Vogel")
        signed = e.MinutesSigned(version=1, kind=v.MinutesKind.RESULTS, part=v.Part.WHOLE, signatories=(name,))
        ris.archive.record(batch(statement(stream, signed), name="clerk"), signer=ris.made.signer())
    assert names(ris.sees(file(2, name="Niederschrift"))) == {"source-observed": 1, "minutes-filed": 1}
    assert [m.version for m in events_of(ris.archive, e.MinutesFiled)] == versions
    assert events_of(ris.archive, e.MinutesFiled)[-1].document.title == "Niederschrift"


def test_what_belongs_to_nothing_that_was_shown_is_counted(ris: Town) -> None:
    summary = ris.sees(consultation(1), item(1), file(1), consultation(2, paper=url("paper", 2)))
    assert summary.left_out == {
        "consultations whose paper was not shown": 2,
        "agenda items whose meeting was not shown": 1,
        "files that nothing shown refers to": 1,
    }


def test_a_file_of_its_own_is_exchanged_withdrawn_and_comes_back(ris: Town) -> None:
    ris.sees(*one_way())
    assert names(ris.sees(file(1, name="Vorlage", size=8))) == {
        "source-observed": 1,
        "document-withdrawn": 1,
        "document-attached": 1,
    }
    lost = ris.sees(file(1, deleted=True), file(2, deleted=True))
    assert names(lost) == {"source-observed": 2, "document-withdrawn": 2}
    # The paper names it still; there is nothing to be attached.
    still = paper(1, mainFile=url("file", 1), consultation=[url("consultation", 1)], name="Neu")
    assert names(ris.sees(still)) == {"source-observed": 1, "proposal-revised": 1}
    assert names(ris.sees(file(1, name="Vorlage", size=8))) == {"source-observed": 1, "document-attached": 1}
    assert failures(ris.archive) == []


@pytest.mark.parametrize("events", [1, 2_000])
def test_a_dry_run_counts_what_is_named_in_one_direction_too(
    ris: Town, monkeypatch: pytest.MonkeyPatch, events: int
) -> None:
    monkeypatch.setattr(following, "EVENTS_A_TRANSACTION", events)
    first = one_way()
    then = [file(1, name="Vorlage", size=8), file(2, deleted=True), item(1, result="abgelehnt"), paper(2)]
    for objects in (first[:4], first, then, [paper(1), meeting(1)]):
        told = ris.sees(*objects, dry_run=True)
        done = ris.sees(*objects)
        assert told.recorded > 0
        assert (told.events, told.changes, told.left_out) == (done.events, done.changes, done.left_out)


def test_what_is_not_named_any_more_falls_away(ris: Town) -> None:
    ris.sees(*one_way())
    summary = ris.sees(paper(1), meeting(1))
    assert names(summary) == {
        "source-observed": 2,
        "document-withdrawn": 3,
        "consultation-dropped": 1,
        "agenda-set": 1,
    }


# -- which form holds -----------------------------------------------------------------------------


@pytest.mark.parametrize("runs", ["ab", "ba", "together"])
def test_the_form_that_its_source_changed_last_holds_whichever_was_looked_at_first(ris: Town, runs: str) -> None:
    old = paper(1, name="alt", modified="2020-01-01T00:00:00Z", consultation=[consultation(1)])
    new = paper(1, name="neu", modified="2021-01-01T00:00:00Z")
    shown = {"ab": ((old,), (new,)), "ba": ((new,), (old,)), "together": ((old, new),)}[runs]
    summaries = [ris.sees(*objects) for objects in shown]
    assert ris.proposal().subject == "neu"
    assert [c for c in ris.proposal().consultations if c.dropped is None] == []
    if runs == "ba":
        assert names(summaries[-1]) == {"source-observed": 1}
        assert summaries[-1].left_out == {"objects in a form older than one seen before: observed only": 1}
        assert ris.sees(old).recorded == 0
        # What belongs into it is read of the form that holds.
        assert names(ris.sees(consultation(1, paper=url("paper", 1))))["consultation-planned"] == 1


def test_a_part_that_is_marked_as_deleted_stays_so_whatever_its_stamp(ris: Town) -> None:
    alone = consultation(7, paper=url("paper", 1))
    ris.sees(paper(1), alone)
    gone = {"id": alone["id"], "type": alone["type"], "deleted": True}
    assert names(ris.sees(gone)) == {"source-observed": 1, "consultation-dropped": 1}
    assert names(ris.sees(paper(1, name="Neu"))) == {"source-observed": 1, "proposal-revised": 1}


def test_a_stamp_that_lies_in_the_future_does_not_hold_up_what_comes_later(ris: Town) -> None:
    ris.sees(paper(1, name="alt", modified="2999-01-01T00:00:00Z"))
    now = datetime.fromtimestamp(ris.clock.now + 30, tz=UTC).isoformat()
    ris.sees(paper(1, name="neu", modified=now))
    assert ris.proposal().subject == "neu"


def test_a_cancelled_meeting_takes_place_after_all_and_is_cancelled_again(ris: Town) -> None:
    ris.sees(meeting(1, cancelled=True))
    back = ris.sees(meeting(1, cancelled=False))
    assert names(back) == {"source-observed": 1, "meeting-moved": 1}
    moved = ris.newest().event
    assert isinstance(moved, e.MeetingMoved)
    assert moved.reason == "the source no longer shows it as cancelled"
    assert names(ris.sees(meeting(1, vendor=1))) == {"source-observed": 1}
    assert names(ris.sees(meeting(1, cancelled=True))) == {"source-observed": 1, "meeting-cancelled": 1}
    assert failures(ris.archive) == []
