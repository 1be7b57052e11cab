"""Not mentioned, left blank, withheld or blocked, erased, stated as none: told apart in `list` and `audit --about`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import UNSET
from support.archives import batch, new_archive
from support.council import key, on, statement, stream
from support.memory import MemoryArchive

from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD, When
from projections.account import listing, show
from projections.audit import audit
from projections.audit_text import audit_text
from projections.listing_text import listing_text
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from pathlib import Path

    from domain.stream import Statement
    from projections.shapes import Row

B, M, P, COUNCIL, ANNA = stream("body"), stream("meeting"), stream("proposal"), stream("organ"), key(7)
UNKNOWN = When(certainty=v.Certainty.UNKNOWN)
BLOCKED = v.Visibility.BLOCKED


def proposal(*, occurred: object = UNKNOWN, **fields: object) -> Statement:
    given = {"body": B, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "version": 1, **fields}
    said = statement(P, e.ProposalRegistered(**given))  # type: ignore[arg-type]  # what a test gives
    return msgspec.structs.replace(said, occurred=occurred)


def listed(*statements: Statement, kind: str = "proposal") -> tuple[Row, str]:
    archive = MemoryArchive()
    for one in statements:
        archive.add(one)
    found = listing(archive.archive(), kind=kind)
    (row,) = found.rows
    return row, listing_text(found)


@pytest.mark.parametrize(
    ("number", "state", "column"),
    [
        (UNSET, Knowledge.NOT_MENTIONED, "-         "),
        (None, Knowledge.LEFT_BLANK, "left blank"),
        (WITHHELD, Knowledge.WITHHELD, "withheld  "),
        ("0640", Knowledge.STATED, "0640      "),
    ],
)
def test_number_column_says_in_what_way_there_is_no_number(number: object, state: Knowledge, column: str) -> None:
    row, text = listed(proposal(reference=number, subject="Radwege"))
    assert row.number.state is state
    assert text.splitlines()[4].startswith(column)
    assert ("- number not mentioned" in text) is (state is Knowledge.NOT_MENTIONED)


@pytest.mark.parametrize(
    ("occurred", "column"),
    [
        (on("2021-11-23"), " 23.11.2021"),
        (on("2021-11-23", certainty=v.Certainty.INFERRED), "~23.11.2021"),
        (UNKNOWN, " undated"),
        (WITHHELD, " withheld"),
        (When(certainty=v.Certainty.STATED, not_after="2021-11-23"), " not exact"),
    ],
)
def test_date_column_marks_an_inferred_day_and_names_what_is_none(occurred: object, column: str) -> None:
    row, text = listed(proposal(occurred=occurred, reference="0640", subject="Radwege"))
    assert text.splitlines()[4].startswith(f"0640      {column} ")
    assert ("~ date inferred" in text) is (row.date.state is Knowledge.INFERRED)
    assert ("not after 23.11.2021" in text) is (" not exact" in column)


@pytest.mark.parametrize(
    ("date", "words"), [(None, "Datum left blank"), (WITHHELD, "Datum withheld"), (UNSET, "Datum not mentioned")]
)
def test_day_that_stands_for_the_date_of_a_document_is_said_to(date: object, words: str) -> None:
    row, text = listed(proposal(occurred=on("2021-11-23"), reference="0640", subject="Radwege", document_date=date))
    assert row.document_date is not None
    assert f"brought in that day, {words}" in " ".join(text.split())


@pytest.mark.parametrize(("subject", "words"), [(UNSET, "subject not mentioned"), (WITHHELD, "subject withheld")])
def test_subject_column_says_in_what_way_there_is_none(subject: object, words: str) -> None:
    _, text = listed(proposal(reference="0640", subject=subject))
    assert words in text


def test_day_of_a_meeting_taken_from_what_happened_there_is_as_certain_as_that() -> None:
    _, text = listed(
        statement(M, e.MeetingConvened(body=B, organs=(COUNCIL,), number="9")),
        statement(
            M,
            e.OutcomeDeclared(outcome=v.Outcome.ADOPTED),
            occurred=on("2021-12-08", certainty=v.Certainty.INFERRED),
        ),
        kind="meeting",
    )
    assert "9         ~08.12.2021" in text


def test_outcome_that_is_withheld_is_said_to_be() -> None:
    archive = MemoryArchive()
    archive.add(proposal(reference="0640", subject="Radwege"))
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(), number="9")))
    hidden = e.OutcomeDeclared(proposal=P, outcome=WITHHELD)  # as it is read without disclosure
    archive.add(statement(M, hidden))
    text = " ".join(listing_text(listing(archive.archive())).split())
    assert "outcome withheld on a day not mentioned, organ not mentioned" in text


def test_what_stands_in_a_blocked_event_is_withheld_and_not_unmentioned() -> None:
    archive = MemoryArchive()
    archive.add(
        msgspec.structs.replace(proposal(reference="0640", subject="Radwege"), visibility=BLOCKED),
    )
    plan = e.ConsultationPlanned(
        consultation=key(5), organ=COUNCIL, role=v.ConsultationRole.DECISION, publicity=v.Publicity.PUBLIC
    )
    archive.add(statement(P, plan, occurred=on("2021-11-23")))
    (row,) = listing(archive.archive()).rows
    assert (row.number.state, row.subject.state) == (Knowledge.WITHHELD, Knowledge.WITHHELD)
    account = show(archive.archive(), P)
    assert account.title == "Vorlage, number withheld: subject withheld"


@pytest.mark.parametrize("newer", [False, True])
def test_name_in_a_blocked_event_is_blocked_in_lists_and_in_what_is_recorded_about_the_person(
    tmp_path: Path, *, newer: bool
) -> None:
    person = f"person:{ANNA}"
    known = [statement(person, e.PersonKnown(name="Anna Ahorn"), visibility=BLOCKED)]
    known.insert(0, statement(person, e.PersonKnown(office="Kreisrätin" if newer else UNSET)))
    here = new_archive(tmp_path)
    with here.open() as archive:
        archive.record(batch(*known), signer=here.signer())
    with here.open() as archive:
        text = listing_text(listing(archive, kind="person"))
        answer = audit(archive, about=ANNA)
        assert answer.about is not None
        assert (answer.about.name_state, answer.about.name_blocked) == (Knowledge.WITHHELD, True)
        assert f"{ANNA} (name blocked)" in " ".join(text.split())
        assert "name blocked (gesperrt)" in audit_text(answer)
        shown = audit(archive, about=ANNA, with_blocked=True)
        assert shown.about is not None
        assert (shown.about.name_state, shown.about.name_blocked) == (Knowledge.STATED, False)


def test_audit_says_when_something_happened_and_how_certain_that_is(tmp_path: Path) -> None:
    person = f"person:{ANNA}"
    known = statement(
        person, e.PersonKnown(name="Anna Ahorn"), occurred=on("2021-11-23", certainty=v.Certainty.INFERRED)
    )
    here = new_archive(tmp_path)
    with here.open() as archive:
        archive.record(batch(known), signer=here.signer())
        assert "23.11.2021 (inferred); recorded" in " ".join(audit_text(audit(archive, about=ANNA)).split())


def test_document_without_a_title_says_in_what_way() -> None:
    archive = MemoryArchive()
    archive.add(proposal(reference="0640"))
    archive.add(statement(P, e.DocumentAttached(label="Anlage 9", held=False, document=x.Document(held=False))))
    (line,) = show(archive.archive(), P, as_of="2021-12-08").apart[-1:]
    assert "document (title not mentioned)" in line.summary
