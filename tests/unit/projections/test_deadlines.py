"""What falls due for a resolution: each day with what it rests on, and no day where none follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.council import key, on, statement, stream
from support.memory import MemoryArchive

from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import When
from projections.periods import after_event, from_first_day
from projections.resolutions_listing import resolutions_of
from projections.resolutions_shapes import DueKind, DueLine

if TYPE_CHECKING:
    from domain.stream import Statement

B, R, P, F = stream("body"), stream("resolution"), stream("proposal"), stream("custody")
COUNCIL = stream("organ")
TODAY = "2026-11-23"
OFFER = x.Rule(
    topic=v.RuleTopic.OFFER_TO_ARCHIVE, citation="§ 16 (erfunden)", read=True, number=30, value=v.RuleValue.YEARS
)
APPRAISAL = x.Rule(
    topic=v.RuleTopic.APPRAISAL_DEADLINE, citation="§ 17 (erfunden)", read=True, number=6, value=v.RuleValue.MONTHS
)


def made(day: str = "2021-12-08", **fields: object) -> Statement:
    event = e.ResolutionMade(
        **{  # type: ignore[arg-type]  # what a test gives
            "sense": v.ResolutionSense.APPROVING,
            "made_by": x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL),
            **fields,
        }
    )
    return statement(R, event, occurred=on(day))


def council(*statements: Statement, rules: tuple[x.Rule, ...] = (OFFER, APPRAISAL)) -> MemoryArchive:
    archive = MemoryArchive()
    archive.add(
        statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS, archive_of_record="Kreisarchiv"))
    )
    if rules:
        archive.add(statement(B, e.RuleSetAdopted(name="Satzung", valid_from="2019-01-01", rules=rules)))
    archive.add(statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    for one in statements:
        archive.add(one)
    return archive


def due(archive: MemoryArchive, kind: DueKind, *, as_of: str = TODAY) -> DueLine:
    (entry,) = resolutions_of(archive.archive(), as_of=as_of).resolutions
    return next(one for one in entry.due if one.kind is kind)


def kinds(archive: MemoryArchive) -> list[DueKind]:
    (entry,) = resolutions_of(archive.archive(), as_of=TODAY).resolutions
    return [one.kind for one in entry.due]


# -- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "duration", "ends"),
    [
        ("2022-01-01", "P5Y", "2026-12-31"),
        ("2017-07-01", "P2Y", "2019-06-30"),
        ("2022-03-15", "P1M", "2022-04-14"),
        ("2022-01-31", "P1M", "2022-02-28"),
        ("2022-01-01", "P14D", "2022-01-14"),
    ],
)
def test_period_whose_first_day_counts_ends_on_the_eve(begins: str, duration: str, ends: str) -> None:
    period = from_first_day(begins, duration)
    assert period is not None
    assert period.ends == ends
    assert period.provisions[0] == "§ 187 Abs. 2 BGB"


@pytest.mark.parametrize(
    ("day", "duration", "ends", "provisions"),
    [
        ("2022-01-01", "P30Y", "2052-01-01", ("§ 187 Abs. 1 BGB", "§ 188 Abs. 2 BGB")),
        ("2026-02-28", "P6M", "2026-08-28", ("§ 187 Abs. 1 BGB", "§ 188 Abs. 2 BGB")),
        ("2026-08-31", "P6M", "2027-02-28", ("§ 187 Abs. 1 BGB", "§ 188 Abs. 2 BGB", "§ 188 Abs. 3 BGB")),
        ("2024-02-29", "P1Y", "2025-02-28", ("§ 187 Abs. 1 BGB", "§ 188 Abs. 2 BGB", "§ 188 Abs. 3 BGB")),
        ("2026-01-12", "P14D", "2026-01-26", ("§ 187 Abs. 1 BGB", "§ 188 Abs. 1 BGB")),
        ("2026-01-12T10:00:00+01:00", "P2W", "2026-01-26", ("§ 187 Abs. 1 BGB", "§ 188 Abs. 2 BGB")),
    ],
)
def test_period_that_an_event_starts_does_not_count_its_day(
    day: str, duration: str, ends: str, provisions: tuple[str, ...]
) -> None:
    period = after_event(day, duration)
    assert period is not None
    assert (period.ends, period.provisions) == (ends, provisions)


@pytest.mark.parametrize(("day", "duration"), [("2022", "P5Y"), ("2022-05", "P5Y"), ("9999-12-31", "P2D")])
def test_day_that_is_not_exact_or_beyond_the_calendar_gives_no_end(day: str, duration: str) -> None:
    assert from_first_day(day, duration) is None
    assert after_event(day, duration) is None


# -- the end it was meant to have -----------------------------------------------------------------


def test_validity_in_the_reasons_is_intended_and_inferred_with_its_computation() -> None:
    validity = x.Validity(begins="2022-01-01", duration="P5Y", stated_in=v.TextPart.REASONS)
    found = due(council(made(validity=validity)), DueKind.ENDS)
    assert (found.says, found.on, found.basis, found.days) == (
        "laut Begründung vorgesehen bis",
        "2026-12-31",
        "inferred",
        38,
    )
    assert found.computation == (
        "the first day, 01.01.2022, counts (§ 187 Abs. 2 BGB)",
        "5 years from it on end with 31.12.2026 (§ 188 Abs. 2 BGB)",
    )
    assert found.settled is None


def test_end_that_is_stated_needs_no_computation() -> None:
    until = When(at="2026-12-31", certainty=v.Certainty.STATED)
    found = due(council(made(effective_until=until)), DueKind.ENDS)
    assert (found.says, found.basis, found.computation) == ("holds until", "stated", ())


def test_period_without_an_exact_first_day_gives_the_reason_and_no_day() -> None:
    validity = x.Validity(begins="2022", duration="P5Y", stated_in=v.TextPart.OPERATIVE_TEXT)
    found = due(council(made(validity=validity)), DueKind.ENDS)
    assert (found.on, found.days) == (None, None)
    assert found.why_no_day == "it is to hold for 5 years, and its first day is stated as 2022 only"


def test_validity_of_the_version_presumed_is_intended_where_the_resolution_says_nothing() -> None:
    proposal = e.ProposalRegistered(
        body=B,
        kind=v.ProposalKind.RESOLUTION_PROPOSAL,
        version=2,
        effective_from="2022-01-01",
        validity=x.Validity(duration="P5Y", stated_in=v.TextPart.REASONS),
        validity_literal="soll fünf Jahre gelten",
        review_clause="nach drei Jahren",
    )
    archive = council(statement(P, proposal, occurred=on("2021-11-23")), made(proposal=P, presumed_as=2))
    found = due(archive, DueKind.ENDS)
    assert (found.says, found.on, found.basis) == ("laut Begründung vorgesehen bis", "2026-12-31", "inferred")
    assert found.literal == "soll fünf Jahre gelten"
    review = due(archive, DueKind.REVIEW)
    assert (review.on, review.literal, review.basis) == (None, "nach drei Jahren", "inferred")


def test_proposal_says_nothing_of_a_rejection() -> None:
    proposal = e.ProposalRegistered(
        body=B,
        kind=v.ProposalKind.RESOLUTION_PROPOSAL,
        version=1,
        review_clause="nach drei Jahren",
        validity=x.Validity(begins="2022-01-01", duration="P5Y", stated_in=v.TextPart.REASONS),
    )
    rejected = made(proposal=P, version=1, sense=v.ResolutionSense.REJECTING)
    found = kinds(council(statement(P, proposal, occurred=on("2021-11-23")), rejected))
    assert found == [DueKind.OFFER, DueKind.RETENTION]


def test_resolution_that_ended_is_settled_from_the_day_on_which_it_did() -> None:
    until = When(at="2026-12-31", certainty=v.Certainty.STATED)
    repealed = e.ResolutionStatusChanged(
        becomes=v.ResolutionStatus.REPEALED, effective=on("2025-01-01"), basis=v.Basis.STATED
    )
    archive = council(made(effective_until=until), statement(R, repealed, occurred=on("2024-12-01")))
    assert due(archive, DueKind.ENDS).settled == "repealed 01.01.2025"
    assert due(archive, DueKind.ENDS, as_of="2024-12-15").settled is None


def test_implementation_is_due_on_the_day_last_named_until_it_is_done() -> None:
    first = e.ImplementationReported(status=v.ImplementationStatus.IN_PROGRESS, due_on="2026-06-30")
    second = e.ImplementationReported(status=v.ImplementationStatus.IN_PROGRESS, due_on="2026-12-31")
    done = e.ImplementationReported(status=v.ImplementationStatus.DONE)
    archive = council(made(), statement(R, first, occurred=on("2024-01-01")))
    archive.add(statement(R, second, occurred=on("2025-01-01")))
    found = due(archive, DueKind.IMPLEMENTATION)
    assert (found.on, found.note, found.settled) == ("2026-12-31", "last reported as in progress", None)
    archive.add(statement(R, done, occurred=on("2026-03-01")))
    assert due(archive, DueKind.IMPLEMENTATION).settled == "reported as done 01.03.2026"


def test_days_that_a_review_set_fall_due_until_it_was_decided_anew() -> None:
    objection = e.ObjectionRaised(resolutions=(R,), kind=v.ObjectionKind.MUST, new_meeting_by="2022-01-05")
    order = e.ExternalActRecorded(
        resolutions=(R,), authority_name="Landesdirektion", act=v.ExternalAct.ORDER, deadline="2022-02-01"
    )
    review = stream("review")
    archive = council(made(), statement(review, objection, occurred=on("2021-12-15")))
    archive.add(statement(review, order, occurred=on("2022-01-10")))
    (entry,) = resolutions_of(archive.archive(), as_of=TODAY).resolutions
    acts = [(one.says, one.on, one.settled) for one in entry.due if one.kind is DueKind.ACT]
    assert acts == [
        ("new meeting after the objection by", "2022-01-05", None),
        ("deadline set by Landesdirektion", "2022-02-01", None),
    ]
    again = e.ResolutionMade(
        sense=v.ResolutionSense.REJECTING, made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL), re_decides=(R,)
    )
    archive.add(statement(stream("resolution", 2), again, occurred=on("2022-01-04")))
    first = resolutions_of(archive.archive(), as_of=TODAY).resolutions[0]
    assert next(one for one in first.due if one.kind is DueKind.ACT).settled == "decided anew 04.01.2022"


# -- retention and the archive --------------------------------------------------------------------


def filed(day: str = "2022-01-10") -> Statement:
    return statement(F, e.Filed(objects=(R,), file_reference="022.31"), occurred=on(day))


def test_retention_that_nobody_set_has_no_day() -> None:
    assert due(council(made()), DueKind.RETENTION).why_no_day == "none is recorded: it is not filed"
    found = due(council(made(), filed()), DueKind.RETENTION)
    assert (found.on, found.why_no_day) == (None, "none is recorded: its file has no retention period")


@pytest.mark.parametrize(
    ("fields", "day", "basis", "why"),
    [
        ({"ends_on": "2031-12-31", "schedule": "Aktenplan"}, "2031-12-31", "stated", None),
        ({"years": 10, "starts_on": "2022-01-01"}, "2031-12-31", "inferred", None),
        ({"permanent": True}, None, "stated", "kept for good (dauernd)"),
        ({"years": 10}, None, "stated", "neither its end nor an exact first day is stated"),
    ],
)
def test_retention_ends_as_set_or_as_counted(
    fields: dict[str, object], day: str | None, basis: str, why: str | None
) -> None:
    event = e.RetentionSet(**fields)  # type: ignore[arg-type]  # what a test gives
    found = due(council(made(), filed(), statement(F, event, occurred=on("2022-01-10"))), DueKind.RETENTION)
    assert (found.on, found.basis, found.why_no_day) == (day, basis, why)


def test_hold_stands_in_the_way_and_destruction_settles_retention() -> None:
    archive = council(made(), filed(), statement(F, e.RetentionSet(ends_on="2025-12-31"), occurred=on("2022-01-10")))
    archive.add(statement(F, e.HoldPlaced(hold=key(5), ground="Klage"), occurred=on("2024-02-19")))
    assert due(archive, DueKind.RETENTION).note == "under a hold since 19.02.2024"
    archive.add(statement(F, e.HoldLifted(hold=key(5)), occurred=on("2025-02-19")))
    archive.add(statement(F, e.Destroyed(basis=v.DestructionBasis.APPRAISED, what="Akte"), occurred=on("2026-06-01")))
    found = due(archive, DueKind.RETENTION)
    assert (found.note, found.settled) == (None, "destroyed 01.06.2026")


def test_offer_is_due_by_the_rule_from_the_last_substantive_event_on() -> None:
    status = e.ResolutionStatusChanged(
        becomes=v.ResolutionStatus.IN_FORCE, effective=on("2022-01-01"), basis=v.Basis.STATED
    )
    archive = council(made(), statement(R, status, occurred=on("2022-01-01")))
    note = e.DiscrepancyNoted(code="OTHER", facts=(), status=v.DiscrepancyStatus.OPEN, assessment="später bemerkt")
    archive.add(statement(R, note, occurred=on("2025-05-05")))
    found = due(archive, DueKind.OFFER)
    assert (found.on, found.basis, found.archive) == ("2052-01-01", "inferred", "Kreisarchiv")
    assert found.provisions == ("§ 16 (erfunden)", "§ 187 Abs. 1 BGB", "§ 188 Abs. 2 BGB")
    assert [(rule.citation, rule.rests) for rule in found.rules] == [("§ 16 (erfunden)", "read")]


def test_offer_rests_on_no_rule_that_is_missing_unread_or_two_things() -> None:
    unread = x.Rule(**{name: getattr(OFFER, name) for name in OFFER.__struct_fields__} | {"read": False})
    other = x.Rule(**{name: getattr(OFFER, name) for name in OFFER.__struct_fields__} | {"number": 10})
    for rules, why in (
        ((), "no rule set is recorded that held on 2026-11-23"),
        ((APPRAISAL,), "Satzung has no rule for this"),
        ((unread,), "rule unchecked: § 16 (erfunden), the source was not read"),
        ((OFFER, other), "several rules differ: § 16 (erfunden), § 16 (erfunden)"),
    ):
        found = due(council(made(), rules=rules), DueKind.OFFER)
        assert (found.on, found.why_no_day, found.computation) == (None, why, ())


def test_origin_without_an_exact_day_gives_no_day_of_the_offer() -> None:
    reviewed = e.ResolutionStatusChanged(
        becomes=v.ResolutionStatus.REVIEWED,
        effective=When(not_before="2023", certainty=v.Certainty.STATED),
        basis=v.Basis.STATED,
    )
    when = When(not_before="2023", not_after="2024-11-23", certainty=v.Certainty.STATED)
    found = due(council(made(), statement(R, reviewed, occurred=when)), DueKind.OFFER)
    assert found.why_no_day == "its last substantive event has no exact day (not before 2023, not after 23.11.2024)"


def test_offer_and_appraisal_are_settled_by_what_was_done() -> None:
    archive = council(made(), filed(), statement(F, e.Offered(archive="Kreisarchiv"), occurred=on("2026-01-12")))
    offer, appraisal = due(archive, DueKind.OFFER), due(archive, DueKind.APPRAISAL)
    assert offer.settled == "offered 12.01.2026"
    assert (appraisal.on, appraisal.basis, appraisal.settled) == ("2026-07-12", "inferred", None)
    assert appraisal.computation[0] == "6 months after 12.01.2026 (§ 17 (erfunden))"
    decided = e.Appraised(archive="Kreisarchiv", decision=v.AppraisalDecision.ARCHIVE)
    archive.add(statement(F, decided, occurred=on("2026-03-02")))
    assert due(archive, DueKind.APPRAISAL).settled == "appraised 02.03.2026"


def test_appraisal_is_due_as_stated_with_the_offer_whatever_the_rule_says() -> None:
    offered = e.Offered(archive="Kreisarchiv", decision_due_on="2026-05-01")
    found = due(council(made(), filed(), statement(F, offered, occurred=on("2026-01-12"))), DueKind.APPRAISAL)
    assert (found.on, found.basis, found.rules) == ("2026-05-01", "stated", ())
