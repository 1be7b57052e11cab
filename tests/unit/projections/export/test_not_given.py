"""What an export does not give is said to be not given, in every room, and passes nowhere for what was not recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree
from msgspec import UNSET
from msgspec.structs import replace
from support.archives import statement
from support.council import key, on, stream
from support.council import statement as spoken
from support.excerpts import Register, terms
from support.exports import excerpt_of, exported
from support.own_xml import Held, read, valid
from support.pdf import Pdf
from support.view import parsed, part, words

from archive.excerpt import Audience, Terms
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD
from projections.export import german, pdf, view
from projections.export.edition import Edition
from projections.export.exporting import opened
from projections.export.package.contents import VIEW, Contents
from projections.export.pdf.proof import proof
from projections.export.xml import content
from projections.export.xml.schema import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from domain.stream import RecordedEvent

P, M, B, ORGAN, R = stream("proposal"), stream("meeting"), stream("body"), stream("organ"), stream("resolution")
OTHER = stream("proposal", 2)
DANGLING = "DANGLING_REFERENCE"


# -- the rooms ------------------------------------------------------------------------------------


def codes_in_xml(edition: Edition, about: str) -> set[str]:
    found = set()
    for element in content.elements(edition):
        assert valid(read(etree.tostring(element))) is None
        if element.get("kennung") == about:
            found |= {str(code[0].text) for code in element.iter(f"{{{NAMESPACE}}}befundcode")}
    return found


def codes_in_pdf(edition: Edition, about: str) -> set[str]:
    teller = edition.teller(about)
    state = teller.past.state(about)
    found = proof(edition, teller, state, lines=None).data["befunde"]  # type: ignore[arg-type]  # a proposal or meeting
    assert isinstance(found, list)
    return {str(one["code"]) for one in found if isinstance(one, dict)}


def codes_in_html(edition: Edition, about: str) -> set[str]:
    only = Edition(edition.archive, replace(edition.terms, whole=False, subjects=(about,)))
    only = edition if edition.terms.whole else only
    (page, *_) = view.files(only)
    return {words(code) for code in parsed(page.data).xpath("//section//ul[contains(@class, 'befunde')]//code")}


ROOMS = pytest.mark.parametrize("codes", [codes_in_xml, codes_in_pdf, codes_in_html])


def edition(
    *spoken_events: tuple[str, e.Event], whole: bool = True, hidden: frozenset[int] = frozenset(), about: str = P
) -> Edition:
    held = Held()
    for target, event in spoken_events:
        held.add(spoken(target, event, occurred=on("2021-11-23")))
    held.hidden = hidden
    given = Terms(day="2026-11-24", version="0.1.0", whole=whole, subjects=() if whole else (about,))
    return Edition(held.archive(), given)


def registered(**more: object) -> e.ProposalRegistered:
    given = {"body": B, "kind": v.ProposalKind.MOTION, "version": 1, "reference": "7", "subject": "Radwege", **more}
    return e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives


def silent(record: RecordedEvent) -> RecordedEvent:
    """The event as somebody has it who may not see it."""
    event = record.event
    gone = {name: WITHHELD for name in event.__struct_fields__ if getattr(event, name) is not UNSET}
    return replace(record, event=replace(event, **gone), occurred=WITHHELD)


def silence(made: Edition, *positions: int) -> Edition:
    """Withhold every field of some events."""
    held: Held = made.archive  # type: ignore[assignment]  # it is one
    held.records = [silent(one) if one.position in positions else one for one in held.records]
    return Edition(held.archive(), made.terms)


# -- point to what is not there -------------------------------------------------------------------

LINK = e.ProposalsLinked(relation=v.Relation.CONTINUES, other=OTHER, basis=v.Basis.STATED)
BODY = e.BodyRegistered(kind=v.BodyKind.LANDKREIS, name="Musterkreis")


@ROOMS
def test_what_is_named_and_not_in_an_excerpt_is_no_finding(codes: Callable[[Edition, str], set[str]]) -> None:
    assert DANGLING not in codes(edition((P, registered()), (P, LINK), whole=False), P)


@ROOMS
def test_what_is_named_and_in_no_stream_of_a_whole_register_is_a_finding(
    codes: Callable[[Edition, str], set[str]],
) -> None:
    assert DANGLING in codes(edition((B, BODY), (P, registered()), (P, LINK)), P)


@ROOMS
def test_what_is_named_and_blocked_is_no_finding_of_a_whole_register(
    codes: Callable[[Edition, str], set[str]],
) -> None:
    made = edition((B, BODY), (P, registered()), (P, LINK), (OTHER, registered(reference="8")), hidden=frozenset({4}))
    assert made.past().state(OTHER) is None
    assert DANGLING not in codes(made, P)


def test_blocked_stream_of_a_real_register_is_no_finding_and_named_as_not_given(tmp_path: Path) -> None:
    register = Register(tmp_path / "register")
    register.registered()
    other = register.new("proposal")
    register.registered(other, reference="0013", subject="Gesperrtes")
    register.record(
        statement(
            register.proposal, e.ProposalsLinked(relation=v.Relation.CONTINUES, other=other, basis=v.Basis.STATED)
        )
    )
    register.moved(f"{other}#1", v.Visibility.PUBLIC, v.Visibility.BLOCKED).sealed()
    asked = terms()
    excerpt = excerpt_of(register.made, tmp_path / "excerpt", asked)
    with opened(excerpt, asked) as made:
        for codes in (codes_in_xml, codes_in_pdf, codes_in_html):
            assert DANGLING not in codes(made, register.proposal)
        assert german.title(made.teller(), other).endswith("(nicht gegeben)")


def test_stream_outside_an_excerpt_is_said_to_be_outside() -> None:
    made = edition((P, registered()), whole=False)
    assert german.title(made.teller(), OTHER).endswith("(nicht im Auszug)")


# -- what rests on something being absent ---------------------------------------------------------

ITEM = x.AgendaItem(item=key(70), order=0, proposal=P, publicity=v.Publicity.PUBLIC, version=1)
LATER = x.AgendaItem(item=key(72), order=1, proposal=P, publicity=v.Publicity.NON_PUBLIC)


def agenda(version: int, *items: x.AgendaItem) -> e.AgendaSet:
    return e.AgendaSet(version=version, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=items)


MEETING = (
    (B, BODY),
    (P, registered()),
    (M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08")),
    (M, agenda(1, ITEM)),
    (M, e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.NON_PUBLIC, items=(LATER,))),
)


@ROOMS
@pytest.mark.parametrize("withheld", [False, True])
def test_item_that_stands_on_a_withheld_agenda_is_no_finding(
    codes: Callable[[Edition, str], set[str]], *, withheld: bool
) -> None:
    made = edition(*MEETING, (M, e.ItemCalled(item=key(99), publicity=v.Publicity.PUBLIC)), whole=False, about=M)
    assert DANGLING in codes(made, M)
    if withheld:
        assert DANGLING not in codes(silence(made, 5), M)


@ROOMS
def test_version_that_stands_in_a_withheld_event_is_not_missing(codes: Callable[[Edition, str], set[str]]) -> None:
    revised = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject="Radwege")
    made = edition((P, e.ProposalRevised(version=1, mode=v.RevisionMode.FULL)), (P, revised), whole=False)
    assert "VERSION_NOT_HELD" not in codes(made, P)
    held: Held = made.archive  # type: ignore[assignment]  # it is one
    only = edition((P, revised), whole=False)
    assert "VERSION_NOT_HELD" in codes(only, P)
    assert "VERSION_NOT_HELD" not in codes(silence(Edition(held.archive(), made.terms), 1), P)


@ROOMS
@pytest.mark.parametrize("withheld", [False, True])
def test_end_that_a_withheld_event_of_another_stream_may_state_is_not_missing(
    codes: Callable[[Edition, str], set[str]], *, withheld: bool
) -> None:
    ended = e.ResolutionStatusChanged(
        becomes=v.ResolutionStatus.REPEALED,
        effective=on("2021-12-31"),
        cause=v.StatusCause.RESOLUTION,
        basis=v.Basis.INFERRED,
    )
    link = e.ProposalsLinked(relation=v.Relation.CONTINUES, other=R, basis=v.Basis.STATED)
    made = edition(
        (
            R,
            e.ResolutionMade(
                sense=v.ResolutionSense.APPROVING, subject="Alt", made_by=x.MadeBy(kind=v.DecisionPath.ORGAN)
            ),
        ),
        (R, ended),
        (P, registered()),
        (P, link),
        whole=False,
    )
    if withheld:
        assert "PREDECESSOR_END_NOT_STATED" not in codes(silence(made, 2), P)
    else:
        assert "PREDECESSOR_END_NOT_STATED" in codes(made, P)


def test_where_a_place_may_hold_anything_nothing_is_computed_and_every_room_says_so() -> None:
    made = edition((P, registered(version=2)), (P, LINK), whole=False, hidden=frozenset({2}))
    for codes in (codes_in_xml, codes_in_pdf, codes_in_html):
        assert codes(made, P) == set()
    text = Pdf(list(pdf.files(made))[-1].data).text
    assert german.NO_FINDINGS_OF in text
    assert "Kein Befund." not in text
    (page,) = view.files(made)
    told = words(part(parsed(page.data), "Befunde"))
    assert german.NO_FINDINGS_OF in told
    assert "Es gibt keine Befunde." not in told


# -- ballots and outcomes that are not given --------------------------------------------------------

PLAN = e.ConsultationPlanned(
    consultation=key(80),
    organ=ORGAN,
    meeting=M,
    planned_on="2021-12-08",
    role=v.ConsultationRole.DECISION,
    publicity=v.Publicity.PUBLIC,
)
BALLOT = e.BallotHeld(
    ballot=key(71),
    method=v.BallotMethod.SHOW_OF_HANDS,
    target=x.BallotTarget(proposal=P, version=1),
    tally=x.Tally(yes=12, no=3, abstain=0),
    declared=v.Declared.PASSED,
)
OUTCOME = e.OutcomeDeclared(proposal=P, consultation=key(80), outcome=v.Outcome.ADOPTED, tally=x.Tally(yes=12, no=3))
DELIBERATED = (
    (P, registered()),
    (P, PLAN),
    (M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08")),
    (M, BALLOT),
    (M, OUTCOME),
)


def texts(made: Edition) -> tuple[str, str, str]:
    """Give the words of Lesefassung, Nachweis and page."""
    reading, *_, proved = pdf.files(made)
    (page,) = view.files(made)
    return Pdf(reading.data).text, Pdf(proved.data).text, words(parsed(page.data))


def test_ballot_and_outcome_that_are_withheld_are_not_said_to_be_unrecorded() -> None:
    made = silence(edition(*DELIBERATED, whole=False), 4, 5)
    made = Edition(made.archive, replace(made.terms, audience=Audience.PUBLIC))
    reading, proved, page = texts(made)
    assert german.NOT_GIVEN in reading
    assert f"Abstimmungen oder Ergebnisse: {german.NOT_GIVEN}." in proved
    assert "Es ist keine Abstimmung eingetragen" not in proved
    assert "Abstimmung durchgeführt): vorenthalten" in proved
    assert f"Das Beratungsergebnis ist {german.NOT_GIVEN}." in page
    assert "eine Sitzung ist hierzu nicht eingetragen" not in page
    assert "(Beratungsergebnis) – vorenthalten" in page


def test_outcome_whose_token_was_erased_is_not_said_to_be_unrecorded() -> None:
    erased = e.ContentErased(targets=(x.ErasureTarget(kind=v.ErasureKind.TOKEN, event=f"{M}#3"),), legal_ground="§ 7")
    register = f"register:{key(9_999)}"
    made = edition(*DELIBERATED, (register, erased), whole=False, hidden=frozenset({5}))
    reading, proved, page = texts(made)
    assert german.NOT_GIVEN in reading
    assert f"Weitere Abstimmungen oder Ergebnisse: {german.NOT_GIVEN}." in proved
    assert "Eintrag 3): gelöscht" in proved
    assert f"Das Beratungsergebnis ist {german.NOT_GIVEN}." in page
    assert "gelöscht durch" in page


def test_ballot_that_is_withheld_is_not_missing_beside_an_outcome_that_is_given() -> None:
    _, proved, page = texts(silence(edition(*DELIBERATED, whole=False), 4))
    assert f"Ergebnis, Abstimmung {german.NOT_GIVEN}" in proved
    assert f"Die Abstimmung ist {german.NOT_GIVEN}." in proved
    assert "ohne eingetragene Abstimmung" not in proved
    assert f"Die Abstimmung ist {german.NOT_GIVEN}." in page
    assert "Eingetragen ist nur das Ergebnis" not in page


def test_outcome_with_counts_of_its_own_is_not_said_to_have_none() -> None:
    _, _, page = texts(edition(*DELIBERATED[:3], DELIBERATED[4], whole=False))
    assert "Eine Abstimmung ist nicht eingetragen; die Stimmenzahlen stehen bei dem Ergebnis." in page
    assert "Eingetragen ist nur das Ergebnis" not in page


def test_meeting_that_is_not_in_the_excerpt_may_have_said_it() -> None:
    reading, proved, page = texts(edition(*DELIBERATED[:2], whole=False))
    assert german.NOT_GIVEN in reading
    assert german.NOT_GIVEN in proved
    assert german.NOT_GIVEN in page


def test_what_nobody_recorded_is_still_said_to_be_unrecorded() -> None:
    reading, proved, page = texts(edition(*DELIBERATED[:3], whole=False))
    assert german.NOT_GIVEN not in reading + proved + page
    assert "Es ist keine Abstimmung eingetragen." in proved
    assert "Anlagen nicht erwähnt" in reading
    assert "Anlagen sind nicht eingetragen." in page


def test_public_excerpt_does_not_say_that_no_ballot_is_recorded() -> None:
    made = edition(*DELIBERATED[:1], whole=False)
    _, proved, _ = texts(Edition(made.archive, replace(made.terms, audience=Audience.PUBLIC)))
    assert "In diesem Auszug steht keine Abstimmung." in proved
    assert "Es ist keine Abstimmung eingetragen." not in proved


def test_plans_annexes_and_fields_that_a_withheld_place_may_say_are_not_unrecorded() -> None:
    revised = e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, operative_text="Neu.")
    reading, _, page = texts(
        edition((P, registered()), (P, registered()), (P, revised), whole=False, hidden=frozenset({1, 2}))
    )
    assert f"Beratungsfolge {german.NOT_GIVEN}" in reading
    assert f"Anlagen {german.NOT_GIVEN}" in reading
    assert f"Begründung {german.NOT_GIVEN}" in reading
    assert f"Anlagen sind {german.NOT_GIVEN}." in page
    assert f"Eine Beratungsfolge ist {german.NOT_GIVEN}." in page
    assert "nicht eingetragen" not in page


def test_public_package_of_a_real_register_tells_withheld_from_unrecorded(tmp_path: Path) -> None:
    register = Register(tmp_path / "register")
    register.registered()
    meeting = register.new("meeting")
    plan = replace(PLAN, organ=UNSET, meeting=meeting, consultation=register.made.means.uuid7())
    ballot = replace(BALLOT, ballot=register.made.means.uuid7(), target=x.BallotTarget(proposal=register.proposal))
    register.record(statement(meeting, e.MeetingConvened(body=register.body, organs=(), starts_at="2021-12-08")))
    register.record(statement(register.proposal, plan))
    register.record(statement(meeting, ballot, visibility=v.Visibility.NON_PUBLIC)).sealed()
    exported(register.made, tmp_path / "out", register.proposal, form="pdf", audience=Audience.PUBLIC)
    (proved,) = (tmp_path / "out").glob("nachweis-*.pdf")
    text = Pdf(proved.read_bytes()).text
    assert f"Abstimmungen oder Ergebnisse: {german.NOT_GIVEN}." in text
    assert "Es ist keine Abstimmung eingetragen" not in text


# -- persons --------------------------------------------------------------------------------------


@pytest.mark.parametrize("audience", [Audience.ARCHIVE, Audience.PUBLIC])
def test_page_for_an_archive_names_who_voted_and_one_for_the_public_nobody(tmp_path: Path, audience: Audience) -> None:
    register = Register(tmp_path / "register")
    register.registered()
    meeting, person = register.new("meeting"), register.made.means.uuid4()
    ballot = e.BallotHeld(
        ballot=register.made.means.uuid7(),
        method=v.BallotMethod.ROLL_CALL,
        target=x.BallotTarget(proposal=register.proposal, version=1),
        votes=(x.Vote(person=person, choice=v.Choice.NO),),
    )
    register.record(statement(f"person:{person}", e.PersonKnown(name="Berta Beispiel")))
    register.record(statement(meeting, e.MeetingConvened(body=register.body, organs=(), starts_at="2021-12-08")))
    register.record(statement(meeting, ballot)).sealed()
    wanted = Contents(parts=(VIEW,))
    made = exported(
        register.made, tmp_path / "out", register.proposal, form="package", audience=audience, contents=wanted
    )
    page = words(parsed((made.path / "data" / "ansicht" / "index.html").read_bytes()))
    assert ("Berta BeispielNein" in page) == (audience is Audience.ARCHIVE)
    assert ("Berta Beispiel" in page) == (audience is Audience.ARCHIVE)
    # Who recorded it has no name in this register; whether anybody has one an excerpt without persons cannot say.
    assert f"Person {register.made.person} (Name nicht im Auszug)" in page
    assert "Name nicht erwähnt" not in page
