"""What `list` says: order, filters, states, and what cannot be placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.council import key, on, statement, stream
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import When
from projections.account import listing
from projections.listing_text import listing_text

if TYPE_CHECKING:
    from domain.stream import Statement

B, M = stream("body"), stream("meeting")
COUNCIL, COMMITTEE = stream("organ", 1), stream("organ", 2)
UNKNOWN = When(certainty=v.Certainty.UNKNOWN)


def proposal(number: int, *, date: str | None = "2021-11-23", **fields: object) -> Statement:
    given = {
        "body": B,
        "kind": v.ProposalKind.RESOLUTION_PROPOSAL,
        "version": 1,
        "reference": f"{number:04}",
        "subject": f"Vorhaben {number}",
        **({"document_date": date} if date is not None else {}),
        **fields,
    }
    event = e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives
    return statement(stream("proposal", number), event, occurred=on(date) if date is not None else UNKNOWN)


def planned(number: int, organ: str, *, role: v.ConsultationRole = v.ConsultationRole.DECISION) -> Statement:
    event = e.ConsultationPlanned(
        consultation=key(100 + number), organ=organ, planned_on="2021-12-08", role=role, publicity=v.Publicity.PUBLIC
    )
    return statement(stream("proposal", number), event, occurred=on("2021-11-23"))


def outcome(number: int, result: v.Outcome, *, day: str = "2021-12-08") -> Statement:
    return statement(M, e.OutcomeDeclared(proposal=stream("proposal", number), outcome=result), occurred=on(day))


def council(*statements: Statement) -> MemoryArchive:
    archive = MemoryArchive()
    for organ, name, kind in (
        (COUNCIL, "Kreistag", v.OrganKind.COUNCIL),
        (COMMITTEE, "Ausschuss", v.OrganKind.ADVISORY_COMMITTEE),
    ):
        archive.add(statement(organ, e.OrganRegistered(body=B, name=name, kind=kind), occurred=on("2019-06-01")))
    archive.add(
        statement(M, e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at="2021-12-08"), occurred=on("2021-11-24"))
    )
    for one in statements:
        archive.add(one)
    return archive


def numbers(archive: MemoryArchive, **filters: str) -> list[object]:
    return [row.number.value for row in listing(archive.archive(), **filters).rows]  # type: ignore[arg-type]  # as a test gives them


def test_rows_stand_by_date_then_number_with_undated_ones_last() -> None:
    archive = council(proposal(3), proposal(1, date=None), proposal(2), proposal(4, date="2020-01-01"))
    assert numbers(archive) == ["0004", "0002", "0003", "0001"]


def test_meeting_of_which_no_day_is_known_comes_last() -> None:
    undated = stream("meeting", 2)
    event = e.OutcomeDeclared(proposal=stream("proposal", 1), outcome=v.Outcome.POSTPONED)
    archive = council(
        proposal(1),
        statement(undated, e.MeetingConvened(body=B, organs=(COMMITTEE,)), occurred=UNKNOWN),
        statement(undated, event, occurred=UNKNOWN),
        outcome(1, v.Outcome.ADOPTED),
    )
    (row,) = listing(archive.archive()).rows
    assert (row.outcome.value, row.outcome_on) == ("postponed", None)


@pytest.mark.parametrize(
    ("statements", "state"),
    [
        ((), "registered"),
        ((planned(1, COUNCIL),), "planned"),
        ((planned(1, COUNCIL), outcome(1, v.Outcome.POSTPONED)), "deliberated"),
        ((planned(1, COUNCIL), outcome(1, v.Outcome.ADOPTED)), "decided"),
        ((outcome(1, v.Outcome.REJECTED),), "decided"),
        ((planned(1, COUNCIL, role=v.ConsultationRole.PRELIMINARY), outcome(1, v.Outcome.ADOPTED)), "deliberated"),
        ((planned(1, COUNCIL), outcome(1, v.Outcome.WITHDRAWN)), "withdrawn"),
        (
            (
                planned(1, COUNCIL),
                statement(stream("proposal", 1), e.ProposalWithdrawn(), occurred=on("2021-12-01")),
            ),
            "withdrawn",
        ),
        (
            (
                planned(1, COUNCIL),
                statement(stream("proposal", 1), e.ProposalWithdrawn(), occurred=on("2021-12-01")),
                outcome(1, v.Outcome.ADOPTED),
            ),
            "decided",
        ),
    ],
)
def test_state_of_a_proposal(statements: tuple[Statement, ...], state: str) -> None:
    (row,) = listing(council(proposal(1), *statements).archive()).rows
    assert row.state == state


def test_item_on_an_agenda_without_an_outcome_is_on_the_agenda() -> None:
    item = x.AgendaItem(item=key(10), order=0, publicity=v.Publicity.PUBLIC, proposal=stream("proposal", 1))
    agenda = e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=(item,))
    (row,) = listing(council(proposal(1), statement(M, agenda)).archive()).rows
    assert row.state == "on_agenda"


def test_last_outcome_is_that_of_the_latest_meeting_with_its_literal_and_organ() -> None:
    archive = council(proposal(1), outcome(1, v.Outcome.POSTPONED))
    later = stream("meeting", 2)
    archive.add(statement(later, e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at="2022-02-01")))
    event = e.OutcomeDeclared(
        proposal=stream("proposal", 1), outcome=v.Outcome.ADOPTED, outcome_literal="mit Mehrheit beschlossen"
    )
    archive.add(statement(later, event, occurred=on("2022-02-01")))
    (row,) = listing(archive.archive()).rows
    assert (row.outcome.value, row.outcome.literal) == ("adopted", "mit Mehrheit beschlossen")
    assert (row.outcome_on, row.outcome_by) == ("2022-02-01", "Kreistag")


def test_state_filter_takes_states_and_outcomes() -> None:
    archive = council(proposal(1), proposal(2), outcome(2, v.Outcome.REJECTED))
    assert numbers(archive, state="registered") == ["0001"]
    assert numbers(archive, state="decided") == ["0002"]
    assert numbers(archive, state="rejected") == ["0002"]
    assert numbers(archive, state="adopted") == []


def test_organ_filter_takes_names_of_planned_and_of_deciding_organs() -> None:
    archive = council(proposal(1), planned(1, COMMITTEE), proposal(2), outcome(2, v.Outcome.ADOPTED))
    assert numbers(archive, organ="Ausschuss") == ["0001"]
    assert numbers(archive, organ="Kreistag") == ["0002"]
    assert numbers(archive, organ=COMMITTEE) == ["0001"]


def test_date_filter_keeps_what_lies_within_and_sets_apart_what_cannot_be_told() -> None:
    archive = council(
        proposal(1, date="2021-11-23"), proposal(2, date="2021"), proposal(3, date=None), proposal(4, date="2020-05")
    )
    found = listing(archive.archive(), date_from="2021-11", date_to="2021-12-31")
    assert [row.number.value for row in found.rows] == ["0001"]
    assert [(row.number.value, row.apart) for row in found.apart] == [("0002", "straddles"), ("0003", "undated")]
    assert "CANNOT BE PLACED" in listing_text(found)


def test_as_of_lists_what_was_there_by_then_and_sets_apart_what_cannot_be_told() -> None:
    archive = council(proposal(1, date="2020-01-01"), proposal(2, date="2022-01-01"), proposal(3, date=None))
    found = listing(archive.archive(), as_of="2021-01-01")
    assert [row.number.value for row in found.rows] == ["0001"]
    assert [(row.number.value, row.apart) for row in found.apart] == [("0003", "undated")]


def test_as_recorded_lists_what_was_recorded_by_then() -> None:
    archive = council(proposal(1), proposal(2))
    assert numbers(archive, as_recorded="2026-11-23T10:37:20Z") == ["0001"]


def test_meetings_and_resolutions_have_their_own_states() -> None:
    archive = council(proposal(1), outcome(1, v.Outcome.ADOPTED))
    made = e.ResolutionMade(
        number="5/2021",
        sense=v.ResolutionSense.APPROVING,
        made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL),
        proposal=stream("proposal", 1),
    )
    archive.add(statement(stream("resolution"), made, occurred=on("2021-12-08")))
    changed = e.ResolutionStatusChanged(
        becomes=v.ResolutionStatus.IN_FORCE, effective=on("2022-01-01"), basis=v.Basis.STATED
    )
    archive.add(statement(stream("resolution"), changed, occurred=on("2022-01-01")))
    (meeting,) = listing(archive.archive(), kind="meeting").rows
    (resolution,) = listing(archive.archive(), kind="resolution").rows
    assert (meeting.state, meeting.date.value) == ("held", "2021-12-08")
    assert (resolution.state, resolution.number.value, resolution.outcome.value) == ("in_force", "5/2021", "approving")
    assert listing(archive.archive(), kind="resolution", as_of="2021-12-31").rows[0].state == "made"


@pytest.mark.parametrize(
    ("filters", "message", "hint"),
    [
        ({"kind": "propsal"}, 'kind: found "propsal", expected one of register, body, ', 'did you mean "proposal"?'),
        ({"state": "decidd"}, 'state: found "decidd", expected one of registered, ', 'did you mean "decided"?'),
        (
            {"organ": "Kreistg"},
            'organ: found "Kreistg", expected one of Ausschuss, Kreistag',
            'did you mean "Kreistag"? `ratsbuch list --kind organ` shows all',
        ),
        ({"date_from": "23.11.2021"}, 'from: found "23.11.2021", expected a date: YYYY, YYYY-MM or YYYY-MM-DD', None),
        (
            {"date_from": "2023-05", "date_to": "2023-01"},
            "from: found 2023-05, which is after the end of the time asked for, 2023-01",
            None,
        ),
        ({"date_to": "2021-02-30"}, 'to: found "2021-02-30", expected a date: YYYY, YYYY-MM or YYYY-MM-DD', None),
    ],
)
def test_what_is_no_filter_is_refused(filters: dict[str, str], message: str, hint: str | None) -> None:
    with pytest.raises(InputError) as caught:
        listing(council(proposal(1)).archive(), **filters)  # type: ignore[arg-type]  # as a test gives them
    assert caught.value.message.startswith(message)
    assert caught.value.hint == hint


def test_status_that_takes_effect_later_is_not_the_state_yet() -> None:
    archive = council(proposal(1))
    made = e.ResolutionMade(
        sense=v.ResolutionSense.APPROVING, made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL)
    )
    archive.add(statement(stream("resolution"), made, occurred=on("2021-12-08")))
    changed = e.ResolutionStatusChanged(
        becomes=v.ResolutionStatus.IN_FORCE, effective=on("2022-01-01"), basis=v.Basis.STATED
    )
    archive.add(statement(stream("resolution"), changed, occurred=on("2021-12-08")))
    for day, state in (("2021-12-31", "made"), ("2022-01-01", "in_force")):
        (row,) = listing(archive.archive(), kind="resolution", as_of=day).rows
        assert row.state == state


def test_one_body_is_not_named_beside_every_organ() -> None:
    archive = council(proposal(1), outcome(1, v.Outcome.ADOPTED))
    archive.add(statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS)))
    assert listing(archive.archive()).rows[0].outcome_by == "Kreistag"
    archive.add(statement(stream("body", 2), e.BodyRegistered(name="Musterstadt", kind=v.BodyKind.GEMEINDE)))
    assert listing(archive.archive()).rows[0].outcome_by == "Kreistag (Musterkreis)"


def test_row_without_a_number_shows_the_stream_to_ask_for() -> None:
    archive = council(proposal(1, reference=None))
    assert f"                      {stream('proposal', 1)}" in listing_text(listing(archive.archive())).splitlines()


def test_thing_whose_opening_cannot_be_placed_stands_as_it_did_by_the_day_asked_for() -> None:
    archive = council()
    undated = stream("meeting", 2)
    archive.add(statement(undated, e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at="2024-11-01")))
    opened = e.MeetingOpened(part=v.Part.PUBLIC)
    archive.add(statement(undated, opened, occurred=on("2024-11-01")))
    for day, state in (("2023-03-20", "convened"), ("2024-11-01", "held")):
        found = listing(archive.archive(), kind="meeting", as_of=day)
        assert [(row.stream, row.state, row.apart) for row in found.apart] == [(undated, state, "undated")]


def test_thing_whose_opening_cannot_be_placed_keeps_what_it_opened_with() -> None:
    archive = council(proposal(1, date=None), planned(1, COUNCIL))
    (row,) = listing(archive.archive(), as_of="2022-01-01").apart
    assert (row.number.value, row.subject.value, row.state) == ("0001", "Vorhaben 1", "planned")
