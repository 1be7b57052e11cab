"""What a list says of facts whose date does not tell whether they had come about by the day asked for."""

from __future__ import annotations

import pytest
from support.council import on, statement, stream
from support.memory import MemoryArchive

from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import When
from projections.account import listing, show
from projections.ballots import ballots_of
from projections.gatherings import meetings_of
from projections.gatherings_text import meetings_text
from projections.listing_text import listing_text
from projections.resolutions_listing import resolutions_of
from projections.resolutions_text import resolutions_text
from projections.shapes import Knowledge
from projections.text import account_text

B, COUNCIL, M = stream("body"), stream("organ"), stream("meeting")
FIRST, SECOND, R = stream("proposal", 1), stream("proposal", 2), stream("resolution")
UNDATED = When(certainty=v.Certainty.UNKNOWN)
WITHIN_2024 = When(certainty=v.Certainty.UNKNOWN, not_before="2024-01-01", not_after="2024-12-31")


def words(text: str) -> str:
    return " ".join(text.split())


def proposal(number: int, subject: str) -> e.ProposalRegistered:
    return e.ProposalRegistered(
        body=B, kind=v.ProposalKind.RESOLUTION_PROPOSAL, reference=f"{number}/2024", version=1, subject=subject
    )


@pytest.fixture
def archive() -> MemoryArchive:
    """Give a council that met on 6 March 2024, with two proposals of January."""
    made = MemoryArchive()
    made.add(statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS)))
    made.add(statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    made.add(statement(FIRST, proposal(1, "Alpha"), occurred=on("2024-01-10")))
    made.add(statement(SECOND, proposal(2, "Beta"), occurred=on("2024-01-10")))
    convened = e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at="2024-03-06")
    made.add(statement(M, convened, occurred=on("2024-02-01")))
    return made


def decided(archive: MemoryArchive, which: str, occurred: When) -> str:
    return archive.add(statement(M, e.OutcomeDeclared(proposal=which, outcome=v.Outcome.ADOPTED), occurred=occurred)).id


@pytest.mark.parametrize(("occurred", "why"), [(UNDATED, "undated"), (WITHIN_2024, "straddles")])
def test_list_names_facts_that_it_leaves_out(archive: MemoryArchive, occurred: When, why: str) -> None:
    outcome = decided(archive, FIRST, occurred)
    revised = archive.add(
        statement(SECOND, e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject="Beta 2"), occurred=occurred)
    ).id
    found = listing(archive.archive(), as_of="2024-06-01")
    first, second = found.rows
    assert [(line.event, line.why) for line in first.facts_apart] == [(outcome, why)]
    assert [(line.event, line.why) for line in second.facts_apart] == [(revised, why)]
    assert (first.state, second.subject.value) == ("registered", "Beta")
    text = words(listing_text(found))
    assert "FACTS NEITHER IN NOR OUT AS OF 01.06.2024" in text
    assert "Beratungsergebnis: adopted" in text
    assert "about 1/2024: Alpha" in text
    assert "about 2/2024: Beta" in text


def test_nothing_is_apart_where_no_day_is_asked_for(archive: MemoryArchive) -> None:
    decided(archive, FIRST, UNDATED)
    found = listing(archive.archive())
    assert not any(row.facts_apart for row in found.rows)
    assert "NEITHER IN NOR OUT" not in listing_text(found)


def test_row_that_stands_apart_does_not_name_its_own_opening_again(archive: MemoryArchive) -> None:
    archive.add(statement(stream("proposal", 3), proposal(3, "Gamma"), occurred=UNDATED))
    (row,) = listing(archive.archive(), as_of="2024-06-01").apart
    assert (row.apart, row.facts_apart) == ("undated", ())


def test_fact_under_an_agenda_item_is_about_the_proposal_of_the_item(archive: MemoryArchive) -> None:
    item = x.AgendaItem(item=stream("x", 5)[2:], number="1", order=0, publicity=v.Publicity.PUBLIC, proposal=SECOND)
    agenda = e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=(item,))
    archive.add(statement(M, agenda, occurred=on("2024-02-01")))
    outcome = e.OutcomeDeclared(item=item.item, outcome=v.Outcome.ADOPTED)
    event = archive.add(statement(M, outcome, occurred=UNDATED)).id
    first, second = listing(archive.archive(), as_of="2024-06-01").rows
    assert first.facts_apart == ()
    assert [line.event for line in second.facts_apart] == [event]


def test_meetings_do_not_say_that_nothing_is_recorded(archive: MemoryArchive) -> None:
    outcome = decided(archive, FIRST, UNDATED)
    found = meetings_of(archive.archive(), as_of="2024-06-01")
    (entry,) = found.meetings
    assert [line.event for line in entry.facts_apart] == [outcome]
    assert outcome in {told.event for told in found.events}
    text = words(meetings_text(found))
    assert "no agenda item, ballot or outcome recorded for certain by then" in text
    assert "date unknown: Beratungsergebnis: adopted (its date is unknown)" in text


def test_meetings_say_that_what_is_not_there_is_not_there_by_then(archive: MemoryArchive) -> None:
    decided(archive, FIRST, on("2024-03-06"))
    text = words(meetings_text(meetings_of(archive.archive(), as_of="2024-02-15")))
    assert "no agenda item, ballot or outcome recorded by then" in text


def made(archive: MemoryArchive, **fields: object) -> None:
    event = e.ResolutionMade(
        **{  # type: ignore[arg-type]  # what a test gives
            "number": "1/2024",
            "sense": v.ResolutionSense.APPROVING,
            "made_by": x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL),
            **fields,
        }
    )
    archive.add(statement(R, event, occurred=on("2024-03-06")))


def test_resolutions_name_facts_that_they_leave_out(archive: MemoryArchive) -> None:
    made(archive)
    published = archive.add(
        statement(R, e.ImplementationReported(status=v.ImplementationStatus.IN_PROGRESS), occurred=UNDATED)
    ).id
    found = resolutions_of(archive.archive(), as_of="2024-06-01")
    (entry,) = found.resolutions
    assert [line.event for line in entry.facts_apart] == [published]
    assert "FACTS NEITHER IN NOR OUT AS OF 01.06.2024" in resolutions_text(found)
    due = resolutions_of(archive.archive(), as_of="2024-06-01", due_within="1y")
    assert [(one.apart, one.line.number.value) for one in due.apart] == [("facts_apart", "1/2024")]
    assert due.left_out == 0
    assert "facts about it cannot be placed" in words(resolutions_text(due))


def test_what_ends_on_an_unknown_day_is_not_said_not_to_fall_due(archive: MemoryArchive) -> None:
    made(archive, effective_from=on("2024-04-01"), effective_until=UNDATED)
    found = resolutions_of(archive.archive(), due_within="1y")
    assert (found.resolutions, found.left_out) == ((), 0)
    (entry,) = found.apart
    assert (entry.apart, [due.kind.value for due in entry.due]) == ("no_day", ["ends"])
    assert "only an end without a date is recorded" in words(resolutions_text(found))


# -- ballots --------------------------------------------------------------------------------------


def test_ballots_of_a_proposal_name_no_facts_of_others(archive: MemoryArchive) -> None:
    mine, other = decided(archive, FIRST, UNDATED), decided(archive, SECOND, UNDATED)
    asked = {FIRST: [mine], SECOND: [other], M: [mine, other], COUNCIL: [mine, other], None: [mine, other]}
    for ref, events in asked.items():
        found = ballots_of(archive.archive(), ref, as_of="2024-06-01")
        assert [line.event for line in found.apart] == events, ref


# -- the day of an outcome ------------------------------------------------------------------------


@pytest.mark.parametrize(("occurred", "basis"), [(UNDATED, "inferred"), (on("2024-03-06"), "stated")])
def test_day_of_an_outcome_that_nobody_dated_is_inferred(archive: MemoryArchive, occurred: When, basis: str) -> None:
    decided(archive, FIRST, occurred)
    row = listing(archive.archive()).rows[0]
    assert row.outcome_day is not None
    assert (row.outcome_day.value, row.outcome_day.state) == ("2024-03-06", Knowledge(basis))
    marked = "06.03.2024 (inferred)"
    assert (marked in words(listing_text(listing(archive.archive())))) is (basis == "inferred")
    assert (f"adopted, {marked}" in words(account_text(show(archive.archive(), FIRST)))) is (basis == "inferred")


# -- what was dealt with before it was brought in -------------------------------------------------


def test_proposal_that_was_dealt_with_before_it_was_brought_in_is_told_of(archive: MemoryArchive) -> None:
    late = stream("proposal", 3)
    archive.add(statement(late, proposal(3, "Gamma"), occurred=on("2024-03-07")))
    decided(archive, late, on("2024-03-06"))
    account = show(archive.archive(), late, as_of="2024-03-06")
    assert (account.is_empty, account.opened_later, account.head) == (False, True, ())
    assert [one.outcome.value for line in account.consultations for one in line.outcomes] == ["adopted"]
    text = words(account_text(account))
    assert "nothing of it is recorded to have happened by then" not in text
    assert "brought in later than that, though something is recorded to have been done with it by then" in text
    found = listing(archive.archive(), as_of="2024-03-06")
    assert [(row.apart, row.number.value) for row in found.apart] == [("opened_later", "3/2024")]
    assert "BROUGHT IN LATER, THOUGH SOMETHING HAD BEEN DONE WITH IT BY THEN" in listing_text(found)
    # Before the meeting there is nothing of it at all.
    assert listing(archive.archive(), as_of="2024-03-05").apart == ()
    before = show(archive.archive(), late, as_of="2024-03-05")
    assert (before.is_empty, before.opened_later) == (True, False)


def test_first_of_the_later_facts_is_the_earliest(archive: MemoryArchive) -> None:
    decided(archive, FIRST, on("2024-03-06"))
    archive.add(statement(FIRST, e.ProposalWithdrawn(reason="erledigt"), occurred=on("2024-02-15")))
    account = show(archive.archive(), FIRST, as_of="2024-02-01")
    assert account.later_first is not None
    assert account.later_first.startswith("15.02.2024 ")
