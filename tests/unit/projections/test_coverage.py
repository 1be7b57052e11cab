"""What `coverage` counts, and what it does not claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import UNSET
from msgspec.structs import asdict
from support import karlsruhe
from support.archives import new_archive
from support.council import key, on, statement, stream
from support.demo import demo_archive
from support.memory import MemoryArchive

from archive import following
from archive.errors import InputError
from archive.intake.oparl.mapping import vocabulary
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from projections.coverage import SAYS, Coverage, coverage
from projections.coverage_text import coverage_text

if TYPE_CHECKING:
    from pathlib import Path

    from domain.stream import Statement

B, M, P = stream("body"), stream("meeting"), stream("proposal")
COUNCIL, COMMITTEE = stream("organ", 1), stream("organ", 2)
ITEM, OTHER_ITEM = key(81), key(82)
BLOCKED = v.Visibility.BLOCKED


def convened(meeting: str = M, *, day: str | None = "2021-12-08", organs: tuple[str, ...] = (COUNCIL,)) -> Statement:
    event = e.MeetingConvened(body=B, organs=organs, starts_at=day if day is not None else UNSET)
    return statement(meeting, event, occurred=on("2021-11-24"))


def agenda(*items: tuple[str, v.Publicity, str | None], meeting: str = M, **more: Any) -> Statement:  # noqa: ANN401
    entries = tuple(
        x.AgendaItem(item=item, order=order, publicity=publicity, proposal=named or UNSET)
        for order, (item, publicity, named) in enumerate(items)
    )
    event = e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.WHOLE, items=entries)
    return statement(meeting, event, occurred=on("2021-11-24"), **more)


def outcome(item: str | None = ITEM, *, proposal: str | None = None, meeting: str = M) -> Statement:
    event = e.OutcomeDeclared(item=item or UNSET, proposal=proposal or UNSET, outcome=v.Outcome.ADOPTED)
    return statement(meeting, event, occurred=on("2021-12-08"))


def minutes(part: v.Part, *, held: bool = True, version: int = 1) -> Statement:
    event = e.MinutesFiled(
        version=version, kind=v.MinutesKind.RESULTS, part=part, held=held, document=x.Document(held=held)
    )
    return statement(M, event, occurred=on("2021-12-20"))


def proposal(target: str = P, *, version: int = 1, reference: str = "0640", day: str = "2021-11-23") -> Statement:
    event = e.ProposalRegistered(
        body=B,
        kind=v.ProposalKind.RESOLUTION_PROPOSAL,
        version=version,
        reference=reference,
        subject="Radwege",
        document_date=day,
    )
    return statement(target, event, occurred=on(day))


def planned(organ: str = COUNCIL, *, day: str = "2021-12-08", number: int = 1, target: str = P) -> Statement:
    event = e.ConsultationPlanned(
        consultation=key(100 + number),
        organ=organ,
        planned_on=day,
        role=v.ConsultationRole.DECISION,
        publicity=v.Publicity.PUBLIC,
    )
    return statement(target, event, occurred=on("2021-11-23"))


def annex(target: str = P, *, held: bool = False, **more: Any) -> Statement:  # noqa: ANN401
    event = e.DocumentAttached(label="Anlage 1", held=held, document=x.Document(held=held))
    return statement(target, event, occurred=on("2021-11-23"), **more)


def council(*statements: Statement) -> MemoryArchive:
    archive = MemoryArchive()
    archive.add(
        statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS), occurred=on("2008-08-01"))
    )
    for organ, name in ((COUNCIL, "Kreistag"), (COMMITTEE, "Ausschuss")):
        event = e.OrganRegistered(body=B, name=name, kind=v.OrganKind.COUNCIL)
        archive.add(statement(organ, event, occurred=on("2019-06-01")))
    for one in statements:
        archive.add(one)
    return archive


def covered(*statements: Statement, **options: Any) -> Coverage:  # noqa: ANN401  # as a test gives them
    return coverage(council(*statements).archive(), **options)


def counted(answer: Coverage) -> dict[str, int]:
    return {name: count for name, count in asdict(answer.totals).items() if count}


def rows(answer: Coverage) -> list[tuple[str | None, int | None]]:
    return [(row.name, row.year) for row in answer.rows]


PUBLIC, NON_PUBLIC = v.Publicity.PUBLIC, v.Publicity.NON_PUBLIC


# -- meetings -------------------------------------------------------------------------------------


def test_meeting_without_agenda_is_counted_by_organ_and_year() -> None:
    answer = covered(convened(), convened(stream("meeting", 2), day="2022-01-10", organs=(COUNCIL, COMMITTEE)))
    assert rows(answer) == [("Ausschuss", 2022), ("Kreistag", 2021), ("Kreistag", 2022)]
    assert [row.counts.without_agenda for row in answer.rows] == [1, 1, 1]
    assert counted(answer) == {"meetings": 2, "without_agenda": 2}


def test_agenda_without_an_item_is_none() -> None:
    assert covered(convened(), agenda()).totals.without_agenda == 1


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((statement(M, e.MeetingCancelled()),), {"meetings": 1, "cancelled": 1}),
        ((statement(M, e.MeetingMoved(starts_at="2999-01-01")),), {"meetings": 1, "to_come": 1}),
    ],
)
def test_meeting_cancelled_or_to_come_misses_nothing(
    statements: tuple[Statement, ...], expected: dict[str, int]
) -> None:
    assert counted(covered(convened(), agenda((ITEM, PUBLIC, None)), *statements)) == expected


def test_item_without_outcome_is_counted_and_an_outcome_of_its_proposal_is_its_own() -> None:
    items = ((ITEM, PUBLIC, None), (OTHER_ITEM, PUBLIC, P), (key(83), PUBLIC, None))
    answer = covered(convened(), agenda(*items), outcome(), outcome(None, proposal=P))
    assert (answer.totals.items, answer.totals.items_without_outcome) == (3, 1)


def test_minutes_count_for_the_part_that_they_are_of() -> None:
    told = (convened(), agenda((ITEM, PUBLIC, None), (OTHER_ITEM, NON_PUBLIC, None)), outcome(), outcome(OTHER_ITEM))
    unknown = outcome(None)
    lacking = {
        (): 3,
        (minutes(v.Part.PUBLIC),): 1,
        (minutes(v.Part.NON_PUBLIC),): 1,
        (minutes(v.Part.WHOLE),): 0,
        (minutes(v.Part.WHOLE, held=False),): 3,
    }
    for filed, count in lacking.items():
        assert covered(*told, unknown, *filed).totals.outcomes_without_minutes == count
    answer = covered(*told, minutes(v.Part.PUBLIC), minutes(v.Part.PUBLIC, held=False, version=2))
    assert (answer.totals.minutes, answer.totals.minutes_not_held) == (2, 1)


# -- papers ---------------------------------------------------------------------------------------


def test_paper_counts_in_the_row_of_every_organ_and_once_in_all() -> None:
    answer = covered(proposal(), annex(), annex(held=True), planned(), planned(COMMITTEE, number=2, day="2022-01-10"))
    assert rows(answer) == [("Ausschuss", 2022), ("Kreistag", 2021)]
    assert [(row.counts.annexes, row.counts.annexes_not_held) for row in answer.rows] == [(2, 1), (2, 1)]
    assert (answer.totals.proposals, answer.totals.annexes_not_held) == (1, 1)


@pytest.mark.parametrize(
    ("version", "consulted", "missing"), [(1, "2021-12-08", 0), (3, "2021-12-08", 2), (1, "2021-11-01", 1)]
)
def test_versions_that_are_known_of_are_missed(version: int, consulted: str, missing: int) -> None:
    assert covered(proposal(version=version), planned(day=consulted)).totals.versions_not_held == missing


def test_paper_of_no_organ_has_a_row_of_its_own() -> None:
    assert rows(covered(proposal())) == [(None, 2021)]


def test_numbers_are_given_for_the_body_with_their_scheme() -> None:
    papers = [proposal(stream("proposal", n), reference=f"{n}/2021") for n in (1, 2, 4)]
    (row,) = covered(*papers).numbers
    assert (row.kind, row.body, row.scheme, row.period) == ("proposal", "Musterkreis", "n/yyyy", "2021")
    assert (row.first, row.last, row.held, row.missing, row.missing_count) == (1, 4, 3, ("3",), 1)
    assert covered(*papers, date_from="2022").numbers == ()


def test_organs_that_give_the_same_number_number_for_themselves() -> None:
    made = [
        statement(
            stream("resolution", 10 * position + number),
            e.ResolutionMade(
                number=f"{number}/2021",
                sense=v.ResolutionSense.REJECTING,
                made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=organ),
            ),
            occurred=on("2021-12-08"),
        )
        for position, (organ, numbers) in enumerate(((COUNCIL, (1, 2, 4)), (COMMITTEE, (1, 2, 3))))
        for number in numbers
    ]
    assert [(row.organ, row.missing) for row in covered(*made).numbers] == [("Kreistag", ("3",)), ("Ausschuss", ())]


# -- blocked, filters, time -----------------------------------------------------------------------


def test_what_only_seems_to_be_missing_because_it_is_blocked_is_no_gap() -> None:
    papers = [proposal(stream("proposal", n), reference=f"{n}/2021") for n in (1, 2, 4)]
    hidden = statement(
        stream("proposal", 3), proposal(reference="3/2021").event, occurred=on("2021-11-23"), visibility=BLOCKED
    )
    answer = covered(convened(), agenda((ITEM, PUBLIC, None), visibility=BLOCKED), *papers, hidden)
    assert (answer.blocked, answer.totals.without_agenda, answer.numbers[0].missing) == (2, 0, ())
    assert (answer.totals.proposals, answer.totals.items) == (3, 0)
    seen = covered(convened(), agenda((ITEM, PUBLIC, None), visibility=BLOCKED), *papers, hidden, with_blocked=True)
    assert (seen.blocked, seen.totals.proposals, seen.totals.items) == (0, 4, 1)


def test_organ_and_days_narrow_and_what_cannot_be_placed_stands_apart() -> None:
    second, third = stream("meeting", 2), stream("meeting", 3)
    told = (convened(), convened(second, day="2022", organs=(COMMITTEE,)), convened(third, day=None))
    assert rows(covered(*told, organ="Kreistag")) == [("Kreistag", 2021), ("Kreistag", None)]
    answer = covered(*told, date_from="2021-06-01", date_to="2022-06-30")
    assert (rows(answer), answer.apart) == ([("Kreistag", 2021)], (second, third))


def test_as_of_a_day_what_comes_after_it_is_to_come() -> None:
    answer = covered(convened(), as_of="2021-12-01")
    assert (answer.day, counted(answer)) == ("2021-12-01", {"meetings": 1, "to_come": 1})


@pytest.mark.parametrize("options", [{"organ": "Kreisrat"}, {"date_to": "gestern"}, {"as_of": "2021"}])
def test_what_cannot_be_asked_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(InputError):
        covered(convened(), **options)


# -- the question of the design, and a real city --------------------------------------------------


def test_coverage_of_the_demo_register(tmp_path: Path) -> None:
    with demo_archive(tmp_path).open() as archive:
        answer = coverage(archive)
    found = {(row.name, row.year): row.counts for row in answer.rows}
    decided = found["Kreistag (Erzgebirgskreis)", 2021]
    assert (decided.meetings, decided.without_agenda, decided.outcomes_without_minutes) == (1, 1, 1)
    assert (decided.versions_not_held, decided.annexes, decided.annexes_not_held) == (1, 1, 1)
    objected = found["Kreistag (Erzgebirgskreis)", 2024]
    assert (objected.meetings, objected.outcomes_without_minutes, objected.resolutions) == (3, 9, 9)
    complete = found["Kreistag (Musterkreis)", 2023]
    assert (complete.meetings, complete.without_agenda, complete.annexes_not_held) == (2, 0, 0)
    assert [(row.body, row.scheme, row.example, row.missing_count) for row in answer.numbers] == [
        ("Erzgebirgskreis", "n", "0640", 0),
        ("Musterkreis", "n/yyyy", "12/2023", 0),
        ("Musterkreis", "n/yyyy", "5/2023", 0),
    ]
    assert answer.says == SAYS
    text = coverage_text(answer)
    assert max(map(len, text.splitlines())) <= 80
    for line in (
        "2021    1       1     0       0     1       1      1       1       1    1      1",
        "  640, 1 held, no gap is claimed: too few numbers to tell a scheme",
        "The log proves that nothing that was recorded was lost, never that everything",
    ):
        assert line in text.splitlines()


def test_coverage_of_a_real_city_is_what_its_dump_shows(tmp_path: Path) -> None:
    dump = karlsruhe.dump()
    shown = karlsruhe.Shown(karlsruhe.objects_of(dump))
    made = new_archive(tmp_path)
    with made.open() as archive:
        how = following.Run(words=vocabulary(), signer=made.signer())
        following.follow_dump(archive, dump, how, system=karlsruhe.SYSTEM)
        answer = coverage(archive)
    items = [item for meeting in shown.meetings.values() for item in meeting.get("agendaItem", [])]
    codes = shown.findings()
    assert answer.totals.meetings == len(shown.meetings) == 1_257
    assert answer.totals.without_agenda == sum(not m.get("agendaItem") for m in shown.meetings.values()) == 597
    assert answer.totals.items == len({item["id"] for item in items})
    assert answer.totals.proposals == len(shown.papers)
    assert answer.totals.annexes_not_held == codes["ANNEX_NOT_HELD"]
    assert answer.totals.minutes_not_held == codes["MINUTES_NOT_HELD"]
    assert answer.totals.outcomes_without_minutes == answer.totals.outcomes
    assert {(row.scheme, row.period) for row in answer.numbers} == {
        ("n", ""),
        *(("yyyy/n", str(year)) for year in range(2013, 2020)),
    }
    sixteen = next(row for row in answer.numbers if row.period == "2016")
    numbers = {int(p["reference"][5:]) for p in shown.papers.values() if p["reference"].startswith("2016/")}
    assert sixteen.missing_count == max(numbers) - min(numbers) + 1 - len(numbers)
