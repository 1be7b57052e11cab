"""What `resolutions` says: what may have been in force on a day, what falls due, and what it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.council import on, statement, stream
from support.demo import demo_archive
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import When
from projections.account import listing, show
from projections.resolutions_listing import end_of_window, resolutions_of
from projections.resolutions_shapes import DueKind
from projections.resolutions_text import resolutions_text
from projections.text import account_text, display_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from projections.resolutions_shapes import Resolutions

B, COUNCIL = stream("body"), stream("organ")
STATED = v.Certainty.STATED


def council() -> MemoryArchive:
    archive = MemoryArchive()
    archive.add(statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS)))
    archive.add(statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    return archive


def add(archive: MemoryArchive, number: int, *, day: str = "2020-03-01", **fields: object) -> str:
    event = e.ResolutionMade(
        **{  # type: ignore[arg-type]  # what a test gives
            "number": f"{number}/2020",
            "sense": v.ResolutionSense.APPROVING,
            "made_by": x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL),
            **fields,
        }
    )
    archive.add(statement(stream("resolution", number), event, occurred=on(day)))
    return stream("resolution", number)


def becomes(archive: MemoryArchive, number: int, status: v.ResolutionStatus, day: str) -> None:
    event = e.ResolutionStatusChanged(becomes=status, effective=on(day), basis=v.Basis.STATED)
    archive.add(statement(stream("resolution", number), event, occurred=on(day)))


def numbers(found: Resolutions) -> list[object]:
    return [entry.line.number.value for entry in found.resolutions]


# -- in force on a day ----------------------------------------------------------------------------


def test_in_force_are_those_of_which_one_reading_says_so() -> None:
    archive = council()
    add(archive, 1)
    becomes(archive, 1, v.ResolutionStatus.IN_FORCE, "2020-04-01")
    add(archive, 2, effective_from=on("2020-05-01"))
    add(archive, 3)
    becomes(archive, 3, v.ResolutionStatus.IN_FORCE, "2020-04-01")
    becomes(archive, 3, v.ResolutionStatus.REPEALED, "2020-06-01")
    add(archive, 4)
    add(archive, 5, sense=v.ResolutionSense.REJECTING)
    add(archive, 6, day="2021-01-01")
    early, late = (resolutions_of(archive.archive(), in_force_on=day) for day in ("2020-04-15", "2020-07-01"))
    assert (numbers(early), early.left_out) == (["1/2020", "3/2020"], 3)
    assert (numbers(late), late.left_out) == (["1/2020", "2/2020"], 3)
    for found in (early, late):
        assert [(one.line.number.value, one.apart) for one in found.apart] == [("4/2020", "nothing_recorded")]
    assert "nothing is recorded about whether it was in force" in " ".join(resolutions_text(early).split())


@pytest.mark.parametrize(("day", "held"), [("2020-04-30", []), ("2020-05-15", ["1/2020"])])
def test_suspended_resolution_is_not_in_force_until_it_is_resumed(day: str, held: list[str]) -> None:
    archive = council()
    add(archive, 1)
    becomes(archive, 1, v.ResolutionStatus.IN_FORCE, "2020-03-10")
    becomes(archive, 1, v.ResolutionStatus.SUSPENDED, "2020-04-01")
    becomes(archive, 1, v.ResolutionStatus.RESUMED, "2020-05-01")
    assert numbers(resolutions_of(archive.archive(), in_force_on=day)) == held


def test_in_force_on_and_as_of_go_together() -> None:
    archive = council()
    add(archive, 1)
    becomes(archive, 1, v.ResolutionStatus.IN_FORCE, "2020-04-01")
    becomes(archive, 1, v.ResolutionStatus.VOID, "2020-04-02")
    known_then = resolutions_of(archive.archive(), in_force_on="2021-01-01", as_of="2020-04-01")
    assert numbers(known_then) == ["1/2020"]
    assert numbers(resolutions_of(archive.archive(), in_force_on="2021-01-01")) == []


# -- due within a period --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "ends"),
    [
        ("90d", "2027-02-21"),
        ("0d", "2026-11-23"),
        ("12w", "2027-02-15"),
        ("3m", "2027-02-23"),
        ("1y", "2027-11-23"),
        ("P90D", "2027-02-21"),
        ("P1Y", "2027-11-23"),
    ],
)
def test_period_counts_from_the_readers_day_on(period: str, ends: str) -> None:
    assert end_of_window("2026-11-23", period) == ends


def test_month_without_such_a_day_ends_the_period_with_its_last() -> None:
    assert end_of_window("2026-11-30", "3m") == "2027-02-28"
    assert end_of_window("2024-02-29", "1y") == "2025-02-28"


@pytest.mark.parametrize(
    ("period", "message", "hint"),
    [
        ("90", "expected a period such as 90d, 12w, 3m or 1y", 'did you mean "90d"?'),
        ("bald", "expected a period such as 90d, 12w, 3m or 1y", None),
        ("-3d", "expected a period such as 90d, 12w, 3m or 1y", None),
        ("9999y", "ends beyond the year 9999", None),
    ],
)
def test_what_is_no_period_is_refused(period: str, message: str, hint: str | None) -> None:
    with pytest.raises(InputError) as caught:
        resolutions_of(council().archive(), due_within=period)
    assert caught.value.message.startswith("due-within: found ")
    assert message in caught.value.message
    assert caught.value.hint == hint


@pytest.mark.parametrize("day", ["2019-02-30", "gestern", "2019"])
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(InputError, match=r"in-force-on: found .* expected a day, written YYYY-MM-DD"):
        resolutions_of(council().archive(), in_force_on=day)


@pytest.mark.parametrize(
    ("as_of", "found"),
    [("2026-10-01", []), ("2026-10-02", ["1/2020"]), ("2026-12-31", ["1/2020"]), ("2027-01-01", [])],
)
def test_first_and_last_day_of_the_period_count(as_of: str, found: list[str]) -> None:
    archive = council()
    add(archive, 1, effective_until=When(at="2026-12-31", certainty=STATED))
    assert numbers(resolutions_of(archive.archive(), due_within="90d", as_of=as_of)) == found


def test_date_that_is_not_exact_falls_due_where_it_may() -> None:
    archive = council()
    report = e.ImplementationReported(status=v.ImplementationStatus.OPEN, due_on="2026-12")
    archive.add(statement(add(archive, 1), report, occurred=on("2026-01-01")))
    for as_of, period, count in (("2026-11-01", "29d", 0), ("2026-11-01", "30d", 1), ("2026-12-31", "0d", 1)):
        found = resolutions_of(archive.archive(), due_within=period, as_of=as_of)
        assert len(found.resolutions) == count, (as_of, period)


def test_what_is_settled_does_not_fall_due_and_what_is_overdue_is_counted() -> None:
    archive = council()
    add(archive, 1, effective_until=When(at="2026-12-31", certainty=STATED))
    becomes(archive, 1, v.ResolutionStatus.REPEALED, "2026-01-01")
    add(archive, 2, effective_until=When(at="2025-12-31", certainty=STATED))
    found = resolutions_of(archive.archive(), due_within="90d", as_of="2026-11-23")
    assert (numbers(found), found.left_out, found.overdue) == ([], 2, 1)
    assert "1 deadline before 23.11.2026 passed" in resolutions_text(found)


def test_resolution_whose_making_cannot_be_placed_stands_apart_without_what_came_later() -> None:
    archive = council()
    event = e.ResolutionMade(
        sense=v.ResolutionSense.APPROVING, made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL)
    )
    archive.add(statement(stream("resolution"), event, occurred=When(not_after="2021", certainty=v.Certainty.UNKNOWN)))
    becomes(archive, 1, v.ResolutionStatus.IN_FORCE, "2022-01-01")
    found = resolutions_of(archive.archive(), as_of="2020-06-01")
    (entry,) = found.apart
    assert found.resolutions == ()
    assert (entry.apart, entry.state, entry.line.timeline[-1].kind) == ("straddles", "made", "made")


def test_nothing_recorded_is_an_empty_list() -> None:
    found = resolutions_of(MemoryArchive().archive())
    assert (found.resolutions, found.apart, found.left_out, found.overdue) == ((), (), 0, 0)
    assert "0 resolutions" in resolutions_text(found)


# -- the demo register ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        yield archive


def words(found: Resolutions) -> str:
    return " ".join(resolutions_text(found).split())


def test_within_90_days_of_23_11_2026_the_five_years_of_0640_end_by_inference(demo: Archive) -> None:
    found = resolutions_of(demo, due_within="90d", as_of="2026-11-23")
    (first,) = [entry for entry in found.resolutions if entry.line.number.value is None]
    (due,) = first.due
    assert (due.says, due.on, due.basis) == ("laut Begründung vorgesehen bis", "2026-12-31", "inferred")
    assert due.provisions == ("§ 187 Abs. 2 BGB", "§ 188 Abs. 2 BGB")
    assert [(entry.line.number.value, [one.on for one in entry.due]) for entry in found.resolutions] == [
        (None, ["2026-12-31"]),
        ("5/2023", ["2026-12-31", "2026-12-31"]),
    ]
    assert (found.filters.due_from, found.filters.due_until) == ("2026-11-23", "2027-02-21")
    assert "31.12.2026 laut Begründung vorgesehen bis (inferred), in 38 days" in words(found)
    assert "5 years from it on end with 31.12.2026 (§ 188 Abs. 2 BGB)" in words(found)


def test_question_6_two_readings_on_15_08_2019_and_the_next_decision(demo: Archive) -> None:
    found = resolutions_of(demo, in_force_on="2019-08-15")
    (entry,) = found.resolutions
    assert entry.readings == (
        "in force since 01.07.2017 (stated), and no later change is recorded by then",
        "ended: the trial ran out on 30.06.2019 (inferred), and no decision about it is recorded by then",
    )
    assert "next decision on record (after 15.08.2019): Beschluss of 08.12.2021" in words(found)
    assert len(resolutions_of(demo, in_force_on="2019-06-30").resolutions[0].readings) == 1


def test_offer_to_the_archive_names_law_day_and_archive(demo: Archive) -> None:
    entries = {entry.line.number.value or entry.line.made_on.at: entry for entry in resolutions_of(demo).resolutions}
    due = next(one for one in entries["2021-12-08"].due if one.kind is DueKind.OFFER)
    assert (due.on, due.archive) == ("2052-01-01", "Kreisarchiv Erzgebirgskreis")
    assert due.provisions[0] == "§ 5 Abs. 1 Satz 2, § 13 Abs. 4 Satz 1 SächsArchivG"
    filed = {one.kind: one for one in entries["5/2023"].due}
    assert filed[DueKind.RETENTION].settled == "handed over 13.04.2026"
    assert filed[DueKind.OFFER].settled == "offered 12.01.2026"
    assert filed[DueKind.APPRAISAL].settled == "appraised 02.03.2026"


def test_rules_of_the_readers_day_set_the_offer_and_before_them_none_does(demo: Archive) -> None:
    (entry,) = resolutions_of(demo, as_of="2019-08-15").resolutions
    due = next(one for one in entry.due if one.kind is DueKind.OFFER)
    assert (due.on, due.why_no_day) == (None, "no rule set is recorded that held on 2019-08-15")


def test_every_list_fits_80_columns_and_bears_the_example_mark(demo: Archive) -> None:
    for found in (
        resolutions_of(demo),
        resolutions_of(demo, organ="Kreistag", date_from="2024"),
        resolutions_of(demo, in_force_on="2026-01-01"),
        resolutions_of(demo, due_within="30y", as_of="2026-11-23"),
    ):
        text = resolutions_text(found)
        assert max(map(display_width, text.splitlines())) <= 80
        assert text.startswith("BEISPIEL (kein amtlicher Bestand)")
    assert max(map(display_width, resolutions_text(resolutions_of(demo), width=44).splitlines())) <= 44


# -- days that are not known ----------------------------------------------------------------------


def _repealed(archive: MemoryArchive, effective: When, *, occurred: When) -> None:
    event = e.ResolutionStatusChanged(becomes=v.ResolutionStatus.REPEALED, effective=effective, basis=v.Basis.STATED)
    archive.add(statement(stream("resolution", 1), event, occurred=occurred))


def _in_force_once(effective: When, *, occurred: When) -> MemoryArchive:
    archive = council()
    add(archive, 1)
    _repealed(archive, effective, occurred=occurred)
    becomes(archive, 1, v.ResolutionStatus.IN_FORCE, "2023-05-01")
    return archive


WITHIN_2024 = When(certainty=v.Certainty.UNKNOWN, not_before="2024-01-01", not_after="2024-12-31")
UNDATED = When(certainty=v.Certainty.UNKNOWN)


@pytest.mark.parametrize(
    ("day", "held", "second"),
    [
        ("2023-12-31", True, None),
        ("2024-06-15", True, "repealed not before 01.01.2024, not after 31.12.2024 (stated), "),
        ("2024-12-30", True, "and whether by 30.12.2024 is not recorded"),
        ("2024-12-31", False, None),
    ],
)
def test_status_that_came_about_within_a_time_is_a_second_reading_of_its_days(
    day: str, *, held: bool, second: str | None
) -> None:
    archive = _in_force_once(WITHIN_2024, occurred=on("2024-05-01"))
    found = resolutions_of(archive.archive(), in_force_on=day)
    assert numbers(found) == (["1/2020"] if held else [])
    for entry in found.resolutions:
        assert len(entry.readings) == (1 if second is None else 2)
        assert second is None or second in entry.readings[1]


def test_time_within_which_a_status_came_about_is_written_with_both_ends() -> None:
    archive = _in_force_once(WITHIN_2024, occurred=on("2024-05-01"))
    words = "repealed not before 01.01.2024, not after 31.12.2024"
    page = account_text(show(archive.archive(), stream("resolution", 1), as_of="2024-06-15"))
    assert "state: in force (2 readings)" in page
    for text in (page, resolutions_text(resolutions_of(archive.archive()))):
        assert words in text
        assert "from 01.01.2024 on" not in text
    (row,) = listing(archive.archive(), kind="resolution", as_of="2024-06-15").rows
    assert (row.state, len(row.readings)) == ("in_force", 2)


@pytest.mark.parametrize("occurred", [UNDATED, on("2023-06-01")], ids=["undated", "dated"])
@pytest.mark.parametrize("as_of", [None, "2024-06-15"])
def test_repeal_of_unknown_day_is_a_second_reading_and_never_denied(occurred: When, as_of: str | None) -> None:
    archive = _in_force_once(UNDATED, occurred=occurred)
    (entry,) = resolutions_of(archive.archive(), in_force_on="2024-06-15", as_of=as_of).resolutions
    assert entry.readings == (
        "in force since 01.05.2023 (stated), if what cannot be placed had not come about by then",
        "repealed on a day not stated (stated), which cannot be placed: it may have come about by 15.06.2024",
    )
    assert "(2 readings)" in account_text(show(archive.archive(), stream("resolution", 1), as_of=as_of))


def test_end_whose_time_began_before_what_holds_may_have_come_after_it() -> None:
    archive = council()
    add(archive, 1)
    _repealed(archive, WITHIN_2024, occurred=on("2024-05-01"))
    becomes(archive, 1, v.ResolutionStatus.IN_FORCE, "2024-06-01")
    (entry,) = resolutions_of(archive.archive(), in_force_on="2025-06-15").resolutions
    assert entry.readings[1].endswith("and whether before or after 01.06.2024 is not recorded")


def _readings(day: str, **fields: object) -> list[tuple[str, ...]]:
    archive = council()
    add(archive, 1, **fields)  # type: ignore[arg-type]  # what a test gives
    found = resolutions_of(archive.archive(), in_force_on=day)
    return [entry.readings for entry in found.resolutions]


def test_resolution_that_takes_effect_within_a_time_has_two_readings_in_it() -> None:
    june = When(certainty=STATED, at="2024-06")
    assert _readings("2024-05-31", effective_from=june) == []
    assert _readings("2024-06-15", effective_from=june) == [
        (
            "not yet in force, if it took effect only after 15.06.2024",
            "in force since 06.2024 (stated), and whether by 15.06.2024 is not recorded",
        )
    ]
    (only,) = _readings("2024-06-30", effective_from=june)
    assert len(only) == 1


@pytest.mark.parametrize(
    ("day", "count", "doubt"),
    [("2024-01-01", 1, ""), ("2024-06-15", 2, ", if before 15.06.2024"), ("2025-01-01", 2, "")],
)
def test_period_that_runs_out_within_a_time_may_have_ended_in_it(day: str, count: int, doubt: str) -> None:
    (found,) = _readings(day, effective_from=on("2023-01-01"), effective_until=WITHIN_2024)
    assert len(found) == count
    assert count == 1 or found[1] == (
        f"ended: the period ran out not before 01.01.2024, not after 31.12.2024 (inferred){doubt}, "
        "and no decision about it is recorded by then"
    )
