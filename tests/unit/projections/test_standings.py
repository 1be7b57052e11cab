"""Whether a state is stated or only follows, for proposals and meetings, in `list`, `meetings` and `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.council import key, on, statement, stream
from support.memory import MemoryArchive

from domain import events as e
from domain import vocabulary as v
from projections.account import listing, show
from projections.gatherings import meetings_of
from projections.gatherings_text import meetings_text
from projections.listing_text import listing_text
from projections.shapes import Knowledge
from projections.text import account_text

if TYPE_CHECKING:
    from domain.stream import Statement

B, M, P, COUNCIL = stream("body"), stream("meeting"), stream("proposal"), stream("organ")
CONSULTATION = key(101)
OUTCOME = e.OutcomeDeclared(proposal=P, outcome=v.Outcome.ADOPTED)
OPENED = e.MeetingOpened(part=v.Part.WHOLE, quorum=v.QuorumState.ESTABLISHED)


def council(*more: Statement) -> MemoryArchive:
    archive = MemoryArchive()
    archive.add(statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    registered = e.ProposalRegistered(
        body=B, kind=v.ProposalKind.RESOLUTION_PROPOSAL, version=1, reference="0001", subject="Radwege"
    )
    archive.add(statement(P, registered, occurred=on("2021-11-23")))
    called = e.MeetingConvened(body=B, organs=(COUNCIL,), number="9", starts_at="2021-12-08")
    archive.add(statement(M, called, occurred=on("2021-11-24")))
    for one in more:
        archive.add(one)
    return archive


def planned(role: v.ConsultationRole = v.ConsultationRole.DECISION) -> Statement:
    event = e.ConsultationPlanned(
        consultation=CONSULTATION, organ=COUNCIL, planned_on="2021-12-08", role=role, publicity=v.Publicity.PUBLIC
    )
    return statement(P, event, occurred=on("2021-11-23", certainty=v.Certainty.INFERRED))


def declared(**fields: object) -> Statement:
    event = e.OutcomeDeclared(proposal=P, outcome=v.Outcome.ADOPTED, **fields)  # type: ignore[arg-type]  # what a test gives
    return statement(M, event, occurred=on("2021-12-08"))


@pytest.mark.parametrize(
    ("more", "state", "basis"),
    [
        ((), "registered", Knowledge.STATED),
        ((planned(),), "planned", Knowledge.STATED),
        # No plan says that the council was to decide: it is only not known to advise.
        ((declared(),), "decided", Knowledge.INFERRED),
        # Plan and outcome go together by organ and day alone.
        ((planned(), declared()), "decided", Knowledge.INFERRED),
        ((planned(), declared(consultation=CONSULTATION)), "decided", Knowledge.STATED),
        ((planned(v.ConsultationRole.PRELIMINARY), declared()), "deliberated", Knowledge.STATED),
    ],
)
def test_state_of_a_proposal_is_inferred_where_nobody_says_it(
    more: tuple[Statement, ...], state: str, basis: Knowledge
) -> None:
    archive = council(*more).archive()
    (row,) = listing(archive).rows
    account = show(archive, P)
    assert (row.state, row.state_basis) == (account.state, account.state_basis) == (state, basis)
    is_marked = basis is Knowledge.INFERRED
    assert (f"{state} (inferred)" in listing_text(listing(archive))) is is_marked
    assert (f"state: {state} (inferred)" in account_text(account)) is is_marked


@pytest.mark.parametrize(
    ("more", "state", "basis"),
    [
        ((), "convened", Knowledge.STATED),
        ((declared(),), "held", Knowledge.INFERRED),
        ((statement(M, OPENED, occurred=on("2021-12-08")), declared()), "held", Knowledge.STATED),
        ((statement(M, e.MeetingCancelled(), occurred=on("2021-12-07")),), "cancelled", Knowledge.STATED),
    ],
)
def test_meeting_that_nobody_says_was_opened_is_inferred_to_have_been_held(
    more: tuple[Statement, ...], state: str, basis: Knowledge
) -> None:
    archive = council(*more).archive()
    (row,) = listing(archive, kind="meeting").rows
    found = meetings_of(archive)
    account = show(archive, M)
    (entry,) = found.meetings
    assert (row.state, row.state_basis) == (state, basis)
    assert (account.state, account.state_basis) == (state, basis)
    assert (entry.state, entry.state_basis) == (state, basis)
    is_marked = basis is Knowledge.INFERRED
    for text in (listing_text(listing(archive, kind="meeting")), meetings_text(found), account_text(account)):
        assert (f"{state} (inferred)" in text) is is_marked


def test_state_as_of_a_day_is_inferred_where_its_date_is() -> None:
    archive = council(planned()).archive()
    (row,) = listing(archive, as_of="2021-12-01").rows
    assert (row.state, row.state_basis) == ("planned", Knowledge.INFERRED)
