"""What may be handed out: facts by their marks and what set them, closure periods as information, and no decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from support.council import key, on, statement, stream
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.rules import PRESETS
from projections.release import release
from projections.release_shapes import CLOSING, NOT_DETERMINABLE, Group, PersonLine, Release
from projections.release_text import release_text
from projections.resolutions_listing import resolutions_of
from projections.resolutions_shapes import DueKind
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from domain.stream import Statement

B, P, M, R, W = stream("body"), stream("proposal"), stream("meeting"), stream("resolution"), stream("review")
COUNCIL, FILE = stream("organ"), stream("custody")
REGISTER = f"register:{key(9_999)}"
TODAY = "2026-11-23"
MEMBER = key(71)
SAXON = PRESETS["sn-landkreis"]
PUBLIC, NON_PUBLIC, BLOCKED = v.Visibility.PUBLIC, v.Visibility.NON_PUBLIC, v.Visibility.BLOCKED
ITEM, BALLOT = key(81), key(82)


def council(*statements: Statement, land: str | None = "Sachsen") -> MemoryArchive:
    """Give a register of one Saxon district with its rules, and what else is recorded."""
    archive = MemoryArchive()
    body = e.BodyRegistered(
        name="Musterkreis",
        kind=v.BodyKind.LANDKREIS,
        archive_of_record="Kreisarchiv",
        land=UNSET if land is None else land,
    )
    archive.add(statement(B, body))
    adopted = e.RuleSetAdopted(name=SAXON.name, valid_from=SAXON.valid_from, rules=SAXON.rules)
    archive.add(statement(B, adopted))
    archive.add(statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    for one in statements:
        archive.add(one)
    return archive


def proposal(visibility: v.Visibility = PUBLIC, **fields: object) -> Statement:
    event = e.ProposalRegistered(
        **{  # type: ignore[arg-type]  # what a test gives
            "body": B,
            "kind": v.ProposalKind.RESOLUTION_PROPOSAL,
            "version": 1,
            "reference": "7",
            "subject": "Radwege",
            **fields,
        }
    )
    return statement(P, event, occurred=on("2021-11-23"), visibility=visibility)


def made(visibility: v.Visibility = PUBLIC) -> Statement:
    event = e.ResolutionMade(
        sense=v.ResolutionSense.APPROVING, proposal=P, made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL)
    )
    return statement(R, event, occurred=on("2021-12-08"), visibility=visibility)


def moved(by: str | None = MEMBER, visibility: v.Visibility = PUBLIC) -> Statement:
    event = e.MotionMoved(
        motion=key(83),
        kind=v.MotionKind.AMENDMENT,
        item=ITEM,
        proposal=P,
        moved_by=(x.Party(person=by),) if by is not None else (),
    )
    return statement(M, event, occurred=on("2021-12-08"), visibility=visibility)


def convened() -> Statement:
    return statement(M, e.MeetingConvened(body=B, organs=(COUNCIL,), starts_at="2021-12-08"), occurred=on("2021-12-01"))


def known(**fields: object) -> Statement:
    return statement(f"person:{MEMBER}", e.PersonKnown(**fields))  # type: ignore[arg-type]  # what a test gives


def changed(
    target: str, becomes: v.Visibility, *, was: v.Visibility = NON_PUBLIC, until: str | None = None
) -> Statement:
    event = e.VisibilityChanged(
        target=target,
        was=was,
        becomes=becomes,
        legal_basis="§ 9 Abs. 3 Hauptsatzung",
        reason="Der Vertrag ist geschlossen.",
        until=UNSET if until is None else until,
    )
    return statement(REGISTER, event, occurred=on("2023-05-24"))


def asked(archive: MemoryArchive, ref: str = P, *, with_blocked: bool = False) -> Release:
    return release(archive.archive(), ref, as_of=TODAY, with_blocked=with_blocked)


def group(found: Release, visibility: v.Visibility) -> Group:
    return next(one for one in found.groups if one.visibility == visibility)


def events(found: Release, visibility: v.Visibility) -> list[str]:
    return [fact.event for fact in group(found, visibility).facts]


def words(found: Release) -> str:
    return " ".join(release_text(found).split())


# -- marks ----------------------------------------------------------------------------------------


def test_facts_stand_with_those_that_the_same_people_may_see() -> None:
    found = asked(council(proposal(NON_PUBLIC), made()))
    assert (events(found, PUBLIC), events(found, NON_PUBLIC)) == ([f"{R}#1"], [f"{P}#1"])
    assert group(found, PUBLIC).facts[0].changes == ()
    assert "PUBLIC (ÖFFENTLICH): 1 FACT marked so when recorded (1):" in words(found)


def test_release_gives_the_event_its_ground_and_its_reason() -> None:
    found = asked(council(proposal(NON_PUBLIC), changed(P, PUBLIC)))
    (fact,) = (fact for fact in group(found, PUBLIC).facts if fact.event == f"{P}#1")
    (change,) = fact.changes
    assert (fact.visibility_recorded, change.was, change.becomes) == ("non_public", "non_public", "public")
    assert (change.event, change.occurred.at, change.ended) == (f"{REGISTER}#1", "2023-05-24", False)
    assert (change.legal_basis.value, change.reason.value) == (
        "§ 9 Abs. 3 Hauptsatzung",
        "Der Vertrag ist geschlossen.",
    )
    assert (
        "since 24.05.2023, no longer nichtöffentlich, on the ground of § 9 Abs. 3 Hauptsatzung, "
        "reason: Der Vertrag ist geschlossen. (1):" in words(found)
    )


def test_release_of_a_stream_leaves_what_stood_otherwise() -> None:
    note = e.ProposalWithdrawn(reason="geheim")
    blocked = statement(P, note, occurred=on("2021-12-01"), visibility=BLOCKED)
    found = asked(council(proposal(NON_PUBLIC), blocked, changed(P, PUBLIC)), with_blocked=True)
    assert events(found, BLOCKED) == [f"{P}#2"]
    assert group(found, BLOCKED).facts[0].changes == ()


def test_release_that_has_ended_is_told_and_counts_no_more() -> None:
    found = asked(council(proposal(NON_PUBLIC), changed(P, PUBLIC, until="2024-12-31")))
    assert events(found, NON_PUBLIC) == [f"{P}#1"]
    (change,) = group(found, NON_PUBLIC).facts[0].changes
    assert (change.ended, change.until, change.becomes) == (True, "2024-12-31", "public")
    assert "öffentlich until 31.12.2024, which is over, on the ground of" in words(found)


def test_blocked_events_are_counted_and_not_told() -> None:
    secret = statement(P, e.ProposalWithdrawn(reason="geheim"), occurred=on("2021-12-01"), visibility=BLOCKED)
    found = asked(council(proposal(), secret))
    assert (found.blocked, events(found, BLOCKED)) == (1, [])
    assert "geheim" not in release_text(found)
    assert "1 blocked event not shown (gesperrt)" in words(found)
    assert "the origin may be a later day" in words(found)
    assert asked(council(proposal(), secret), with_blocked=True).blocked == 0


def test_annexes_are_given_with_who_may_see_them() -> None:
    annex = e.DocumentAttached(label="Anlage 1", held=False, document=x.Document(held=False, title="Konzept"))
    found = asked(council(proposal(), statement(P, annex, occurred=on("2021-11-23"), visibility=NON_PUBLIC)))
    (line,) = found.documents
    assert (line.label, line.visibility, line.document.state) == ("Anlage 1", "non_public", Knowledge.NOT_HELD)
    assert "nichtöffentlich (1): Anlage 1: Konzept, not held" in words(found)


def test_document_without_a_title_bears_that_of_the_same_content() -> None:
    digest = "00" * 64
    titled, bare = x.Document(held=True, digest=digest, title="Plan"), x.Document(held=True, digest=digest)
    annex = e.DocumentAttached(label="Anlage 1", held=True, document=titled)
    found = asked(council(proposal(document=bare), statement(P, annex, occurred=on("2021-11-23"))))
    assert [(one.label, one.document.title) for one in found.documents] == [
        ("Vorlage eingebracht", "Plan"),
        ("Anlage 1", "Plan"),
    ]


# -- the general closure period -------------------------------------------------------------------


def test_closure_counts_from_the_last_substantive_event_and_is_no_verdict() -> None:
    found = asked(council(proposal(NON_PUBLIC), made()))
    line = found.closure
    assert (line.verdict, line.reason) == ("not_decidable", "rule_unchecked")
    assert (line.origin_on, line.origin_event) == ("2021-12-08", f"{R}#1")
    assert [(one.kind, one.years, one.on) for one in line.periods] == [
        ("general", 30, "2051-12-08"),
        ("secrecy", 60, "2081-12-08"),
    ]
    assert {one.rule.rests for one in line.periods} == {"unread"}
    assert "§ 10 Abs. 1 Satz 2 Nr. 1, § 13 Abs. 4 Satz 1 SächsArchivG" in line.periods[0].provisions
    assert (line.public_from_the_start, line.released_later, line.not_public) == (1, 0, 1)
    assert "the source was not read" in words(found)


def test_closure_and_offer_of_a_resolution_count_from_the_same_day() -> None:
    archive = council(proposal(), made())
    found = asked(archive, R)
    (entry,) = resolutions_of(archive.archive(), as_of=TODAY).resolutions
    due = next(one for one in entry.due if one.kind is DueKind.OFFER)
    assert [(one.stream, one.due) for one in found.offers] == [(R, due)]
    assert found.closure.periods[0].on == due.on == "2051-12-08"


@pytest.mark.parametrize(
    "later",
    [
        statement(P, e.DiscrepancyNoted(code="ODD_THING", status=v.DiscrepancyStatus.OPEN), occurred=on("2025-01-01")),
        statement(FILE, e.Filed(objects=(P,), file_reference="1"), occurred=on("2025-01-01")),
        changed(P, PUBLIC),
        statement(
            stream("source"),
            e.SourceObserved(
                change=v.SourceChange.CHANGED,
                retrieved_at="2025-01-01T00:00:00Z",
                url="https://x.example",
                recorded_in=P,
            ),
            occurred=on("2025-01-01"),
        ),
    ],
    ids=["finding", "custody", "release", "source"],
)
def test_what_is_about_the_record_does_not_start_the_clock_anew(later: Statement) -> None:
    found = asked(council(proposal(NON_PUBLIC), later))
    assert found.closure.origin_on == "2021-11-23"


def test_event_without_a_day_leaves_no_closure_end() -> None:
    undated = statement(P, e.ProposalWithdrawn())
    found = release(council(proposal(), undated).archive(), P)
    assert [one.on for one in found.closure.periods] == [None, None]
    assert "no day: an event of it has no latest day, and may be its last" in words(found)


@pytest.mark.parametrize("land", ["Baden-Württemberg", None])
def test_body_elsewhere_has_no_provision_on_record(land: str | None) -> None:
    found = asked(council(known(name="Anna Ahorn", died="2010-05-01"), convened(), proposal(), moved(), land=land))
    assert (found.closure.reason, found.closure.periods, found.personal_rule) == ("no_provision", (), None)
    assert [one.says for one in found.persons] == [NOT_DETERMINABLE]
    assert "not decidable (no provision on record for" in words(found)
    assert "§ 10" not in words(found)


def test_land_follows_from_the_preset_where_it_is_not_stated() -> None:
    archive = council(land=None)
    archive.add(statement(B, e.RuleSetAdopted(name=SAXON.name, preset=SAXON.key, rules=SAXON.rules)))
    archive.add(proposal())
    assert asked(archive).closure.land == "Sachsen"


def test_taking_over_by_an_archive_is_told() -> None:
    filed = statement(FILE, e.Filed(objects=(P,), file_reference="1"), occurred=on("2022-01-01"))
    taken = statement(FILE, e.Received(archive="Kreisarchiv"), occurred=on("2023-01-01"))
    assert asked(council(proposal(), filed)).closure.taken_over is None
    assert asked(council(proposal(), filed, taken)).closure.taken_over == f"{FILE}#2"


# -- persons --------------------------------------------------------------------------------------


def person(archive: MemoryArchive) -> PersonLine:
    (line,) = asked(archive).persons
    return line


@pytest.mark.parametrize(
    ("life", "kind", "ends"),
    [
        ({"died": "2010-05-01"}, "death", "2020-05-01"),
        ({"died": "2010-05-01", "born": "1930-01-01"}, "death", "2020-05-01"),
        ({"born": "1930-01-01"}, "birth", "2030-01-01"),
    ],
)
def test_period_of_a_person_follows_from_death_before_birth(life: dict[str, str], kind: str, ends: str) -> None:
    archive = council(known(name="Anna Ahorn", **life), convened(), proposal(), moved())
    line = person(archive)
    assert line.period is not None
    assert (line.period.kind, line.period.on, line.period.rule.rests) == (kind, ends, "unread")
    assert "Anna Ahorn: personenbezogen, as information" in words(asked(archive))


@pytest.mark.parametrize("life", [{}, {"died": "2010"}])
def test_period_that_does_not_follow_is_said_to_be_not_determinable(life: dict[str, str]) -> None:
    archive = council(known(name="Anna Ahorn", **life), convened(), proposal(), moved())
    assert person(archive).says == "personenbezogen: nicht bestimmbar"
    assert "personenbezogen: nicht bestimmbar (1 person): named also in what is public: Anna Ahorn" in words(
        asked(archive)
    )


def test_office_holder_is_said_to_be_one() -> None:
    archive = council(known(name="Lena Linde", office_holder=True), convened(), proposal(), moved())
    assert person(archive).office_holder.value is True
    assert "office holders in office are mostly exempt (§ 10 Abs. 2 Satz 3" in words(asked(archive))
    assert "Lena Linde (office holder)" in words(asked(archive))


def test_person_named_only_in_what_is_not_public_is_said_to_be_so() -> None:
    archive = council(known(name="Anna Ahorn"), convened(), proposal(), moved(visibility=NON_PUBLIC))
    assert person(archive).visibilities == ("non_public",)
    assert "named only in what is not public: Anna Ahorn" in words(asked(archive))


def test_name_that_is_withheld_is_not_given() -> None:
    archive = council(known(name=x.WITHHELD), convened(), proposal(), moved())
    line = person(archive)
    assert (line.person, line.name, line.name_state) == (None, None, Knowledge.WITHHELD)
    text = words(asked(archive))
    assert "1 person whose name is withheld or erased" in text
    assert MEMBER not in text.partition("PERSONAL DATA")[2]


def test_person_without_a_stream_is_counted() -> None:
    assert "1 person known by a key alone" in words(asked(council(convened(), proposal(), moved())))


def test_name_under_a_document_counts_as_a_person() -> None:
    signed = proposal(signatories=(x.Signatory(form=v.SignatureForm.PRINTED_NAME, literal="Berta Birke"),))
    line = person(council(signed))
    assert (line.person, line.name, line.says) == (None, "Berta Birke", NOT_DETERMINABLE)


def test_withheld_fields_for_persons_are_counted() -> None:
    found = asked(council(proposal(signatories=x.WITHHELD)))
    assert found.hidden_fields == 1
    assert "1 field for persons withheld or erased" in words(found)


# -- the offer, and what is asked for -------------------------------------------------------------


def test_proposal_and_its_resolutions_are_offered_to_the_archive_of_the_body() -> None:
    found = asked(council(proposal(), made()))
    assert [(one.stream, one.due.on, one.due.archive) for one in found.offers] == [
        (P, "2051-12-08", "Kreisarchiv"),
        (R, "2051-12-08", "Kreisarchiv"),
    ]
    assert "30 years after 08.12.2021 (§ 5 Abs. 1 Satz 2, § 13 Abs. 4 Satz 1 SächsArchivG)" in words(found)


@pytest.mark.parametrize("ref", [P, M, R, W])
def test_every_page_ends_with_who_decides(ref: str) -> None:
    raised = statement(W, e.ObjectionRaised(resolutions=(R,), kind=v.ObjectionKind.MUST), occurred=on("2021-12-10"))
    found = asked(council(convened(), proposal(), made(), raised), ref)
    assert found.closing == CLOSING == "Freigabe entscheidet die Stelle"
    assert "Freigabe entscheidet die Stelle." in release_text(found)
    assert found.closure.origin_on is not None
    assert max(map(len, release_text(found).splitlines())) <= 80


def test_thing_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="which is of kind organ"):
        asked(council(proposal()), COUNCIL)


def test_what_happened_later_is_counted_and_not_told() -> None:
    found = release(council(proposal(), made()).archive(), P, as_of="2021-11-30")
    assert (found.later, events(found, PUBLIC)) == (1, [f"{P}#1"])
    assert found.closure.origin_on == "2021-11-23"
