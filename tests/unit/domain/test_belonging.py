"""To which bodies a record belongs, by what it says and by what it hangs on."""

from __future__ import annotations

import pytest
from support.council import Book, stream

from domain import events as e
from domain import vocabulary as v
from domain.belonging import bodies_of
from domain.values import MadeBy

ODD, ZWO = stream("body", 1), stream("body", 2)
COUNCIL, OTHER = stream("organ", 1), stream("organ", 2)
PROPOSAL, MEETING, FILE = stream("proposal"), stream("meeting"), stream("custody")
BALLOT, URGENT, LOOSE, BOTH = (stream("resolution", number) for number in (1, 2, 3, 4))


@pytest.fixture
def book() -> Book:
    """Give two bodies with an organ each, and records that name no body themselves."""
    book = Book()
    for body, organ in ((ODD, COUNCIL), (ZWO, OTHER)):
        book.add(body, e.BodyRegistered(name="Ort", kind=v.BodyKind.GEMEINDE))
        book.add(organ, e.OrganRegistered(body=body, name="Rat", kind=v.OrganKind.COUNCIL))
    book.add(stream("group"), e.GroupRegistered(body=ZWO, name="Fraktion", kind=v.GroupKind.OTHER))
    book.add(PROPOSAL, e.ProposalRegistered(body=ODD, kind=v.ProposalKind.OTHER, version=1, subject="Wege"))
    book.add(MEETING, e.MeetingConvened(body=ZWO, organs=(OTHER,)))
    approving, organ = v.ResolutionSense.APPROVING, v.DecisionPath.ORGAN
    made = {BALLOT: MadeBy(kind=organ, meeting=MEETING), LOOSE: MadeBy(kind=organ), BOTH: MadeBy(kind=organ)}
    for target, made_by in made.items():
        more = {"proposal": PROPOSAL} if target == BOTH else {}
        book.add(target, e.ResolutionMade(sense=approving, made_by=made_by, **more))  # type: ignore[arg-type]
    book.add(URGENT, e.UrgentDecisionTaken(instead_of=OTHER, proposal=PROPOSAL))
    for number, resolutions in enumerate(((BALLOT,), (LOOSE,), (BALLOT, BOTH)), start=1):
        event = e.ObjectionRaised(resolutions=resolutions, kind=v.ObjectionKind.MAY)
        book.add(stream("review", number), event)
    book.add(FILE, e.Filed(objects=(PROPOSAL, stream("group"), FILE), file_reference="1"))
    return book


@pytest.mark.parametrize(
    ("record", "bodies"),
    [
        (ODD, {ODD}),
        (OTHER, {ZWO}),
        (stream("group"), {ZWO}),
        (PROPOSAL, {ODD}),
        (MEETING, {ZWO}),
        (BALLOT, {ZWO}),
        (URGENT, {ZWO}),
        (BOTH, {ODD}),
        (LOOSE, set()),
        (stream("review", 1), {ZWO}),
        (stream("review", 2), set()),
        (stream("review", 3), {ODD, ZWO}),
        (FILE, {ODD, ZWO}),
        (stream("person"), set()),
    ],
)
def test_a_record_belongs_to_the_body_that_it_names_or_hangs_on(book: Book, record: str, bodies: set[str]) -> None:
    assert bodies_of(record, book.state) == bodies
