"""What `meetings` says, and what `show` says of one: agendas as set and as held, who was there, minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from support.council import key, on, statement, stream
from support.demo import demo_archive
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD, When
from projections.account import show
from projections.gatherings import meetings_of
from projections.gatherings_text import meetings_text
from projections.shapes import Knowledge
from projections.text import account_text, display_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from projections.gatherings_shapes import ItemEntry, MeetingEntry, Meetings

B, M, COUNCIL, COMMITTEE = stream("body"), stream("meeting"), stream("organ", 1), stream("organ", 2)
ONE, TWO, THREE = key(11), key(12), key(13)
ANNA, BODO, CLARA = key(21), key(22), key(23)
DAY = "2023-03-29"


def at(clock: str) -> When:
    return on(f"{DAY}T{clock}:00+02:00")


def convened(organ: str = COUNCIL, day: str | None = DAY, **fields: object) -> e.MeetingConvened:
    return e.MeetingConvened(body=B, organs=(organ,), starts_at=day if day is not None else UNSET, **fields)  # type: ignore[arg-type]


def agenda(
    *keys: str,
    stage: v.AgendaStage = v.AgendaStage.INVITATION,
    part: v.Part = v.Part.PUBLIC,
    version: int = 1,
    versions: dict[str, int] | None = None,
) -> e.AgendaSet:
    numbers = {ONE: "1", TWO: "2", THREE: "3"}
    items = tuple(
        x.AgendaItem(
            item=one,
            number=numbers[one],
            order=order,
            publicity=v.Publicity.PUBLIC if part is v.Part.PUBLIC else v.Publicity.NON_PUBLIC,
            version=(versions or {}).get(one, UNSET),
        )
        for order, one in enumerate(keys)
    )
    return e.AgendaSet(version=version, stage=stage, part=part, items=items)


def called(item: str, publicity: v.Publicity = v.Publicity.PUBLIC) -> e.ItemCalled:
    return e.ItemCalled(item=item, publicity=publicity)


def opened(count: int = 5, **fields: object) -> e.MeetingOpened:
    return e.MeetingOpened(part=v.Part.WHOLE, present_count=count, entitled_count=count, **fields)  # type: ignore[arg-type]


def comes(person: str = CLARA, count: int | None = None, item: str | None = None) -> e.AttendanceChanged:
    return e.AttendanceChanged(
        person=person,
        change=v.AttendanceChange.JOINS,
        present_count=UNSET if count is None else count,
        item=UNSET if item is None else item,
    )


def council(*events: tuple[e.Event, When]) -> MemoryArchive:
    archive = MemoryArchive()
    archive.add(statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    archive.add(statement(COMMITTEE, e.OrganRegistered(body=B, name="Ausschuss", kind=v.OrganKind.ADVISORY_COMMITTEE)))
    archive.add(statement(M, convened(), occurred=on("2023-03-15")))
    for event, when in events:
        archive.add(statement(M, event, occurred=when))
    return archive


def only(archive: MemoryArchive) -> MeetingEntry:
    (entry,) = meetings_of(archive.archive()).meetings
    return entry


def item(archive: MemoryArchive, key_: str) -> ItemEntry:
    return next(one for one in only(archive).items if one.id == key_)


def lines(archive: MemoryArchive, section: str) -> list[object]:
    found = [one for one in show(archive.archive(), M).sections if one.name == section]
    return [line.value for one in found for line in one.lines]


# -- state, order, filters ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (None, "convened"),
        (e.MeetingCancelled(reason="Sturm"), "cancelled"),
        (called(ONE), "held"),
        (opened(), "held"),
    ],
)
def test_state_of_a_meeting(event: e.Event | None, state: str) -> None:
    archive = council(*([(event, at("17:00"))] if event is not None else []))
    assert only(archive).state == state
    assert f"Sitzung, {state}" in meetings_text(meetings_of(archive.archive()))


def test_meeting_that_is_given_another_time_after_it_was_cancelled_takes_place() -> None:
    cancelled, moved = e.MeetingCancelled(reason="Sturm"), e.MeetingMoved(reason="Sturm vorbei")
    assert only(council((cancelled, at("10:00")), (moved, at("11:00")))).state == "convened"
    assert only(council((moved, at("10:00")), (cancelled, at("11:00")))).state == "cancelled"


def test_meetings_stand_by_date_and_those_that_cannot_be_placed_apart() -> None:
    archive = council()
    for number, day in ((2, "2022-01-01"), (3, None), (4, "2023")):
        archive.add(statement(stream("meeting", number), convened(COMMITTEE, day), occurred=on("2022-01-01")))
    found = meetings_of(archive.archive(), date_from="2023-02", date_to="2023-04")
    assert [entry.stream for entry in found.meetings] == [M]
    assert {entry.stream: entry.apart for entry in found.apart} == {
        stream("meeting", 3): "undated",
        stream("meeting", 4): "straddles",
    }
    assert [entry.stream for entry in meetings_of(archive.archive(), organ="Kreistag").meetings] == [M]
    assert [entry.date.value for entry in meetings_of(archive.archive()).meetings] == [
        "2022-01-01",
        "2023",
        DAY,
        None,
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organ": "Kreistg"}, 'organ: found "Kreistg", expected one of Ausschuss, Kreistag'),
        ({"date_from": "2023-02-30"}, 'from: found "2023-02-30", expected a date'),
        ({"as_of": "2023"}, 'as-of: found "2023", expected a day'),
    ],
)
def test_what_is_no_option_value_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        meetings_of(council().archive(), **options)  # type: ignore[arg-type]  # as a test gives them
    assert caught.value.message.startswith(message)


def test_moved_meeting_stands_where_it_was_moved_to() -> None:
    archive = council((e.MeetingMoved(starts_at="2023-04-05", reason="Sturm"), on("2023-03-20")))
    entry = only(archive)
    assert entry.date.value == "2023-04-05"
    assert len(entry.moved) == 1
    assert meetings_of(archive.archive(), as_of="2023-03-19").meetings[0].date.value == DAY


def test_meeting_whose_calling_cannot_be_placed_says_no_more_than_that_it_was_called() -> None:
    archive = MemoryArchive()
    archive.add(statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    called_by = When(not_after="2023-03-29", certainty=v.Certainty.UNKNOWN)
    archive.add(statement(M, convened(), occurred=called_by))
    archive.add(statement(M, opened(), occurred=at("17:00")))
    archive.add(
        statement(M, e.OutcomeDeclared(proposal=stream("proposal"), outcome=v.Outcome.ADOPTED), occurred=on(DAY))
    )
    found = meetings_of(archive.archive(), as_of="2023-03-01")
    (entry,) = found.apart
    assert found.meetings == ()
    assert (entry.apart, entry.state, entry.items, entry.quorum) == ("straddles", "convened", (), ())
    assert entry.organs == ("Kreistag",)


# -- presence -------------------------------------------------------------------------------------


def test_presence_said_at_the_opening_is_inferred_for_an_item() -> None:
    archive = council((opened(), at("17:00")), (called(ONE), at("17:05")))
    there = item(archive, ONE).presence
    assert (there.present.state, there.present.value) == (Knowledge.INFERRED, 5)
    assert (there.entitled.state, there.entitled.value) == (Knowledge.INFERRED, 5)


def test_late_arrival_counts_from_its_item_on_and_is_inferred_for_the_next() -> None:
    archive = council(
        (agenda(ONE, TWO, THREE), on("2023-03-15")),
        (opened(present=(ANNA, BODO)), at("17:00")),
        (called(ONE), at("17:05")),
        (called(TWO), at("17:20")),
        (comes(count=6, item=TWO), at("17:21")),
        (called(THREE), at("17:30")),
    )
    found = [item(archive, one).presence for one in (ONE, TWO, THREE)]
    assert [(one.present.value, one.present.state) for one in found] == [
        (5, Knowledge.INFERRED),
        (6, Knowledge.STATED),
        (6, Knowledge.INFERRED),
    ]
    assert [len(one.named) for one in found] == [2, 3, 3]
    assert [len(one.changes) for one in found] == [0, 1, 0]
    # Whether who came may vote is not said, so nobody's right to vote is carried on.
    assert [one.entitled.state for one in found[1:]] == [Knowledge.NOT_MENTIONED] * 2


def test_order_of_recording_does_not_matter_where_the_times_are_known() -> None:
    archive = council(
        (comes(BODO, count=7, item=TWO), at("17:22")),
        (comes(count=6, item=TWO), at("17:21")),
        (called(TWO), at("17:20")),
        (called(ONE), at("17:05")),
        (opened(), at("17:00")),
    )
    assert (item(archive, ONE).presence.present.value, item(archive, TWO).presence.present.value) == (5, 7)


def test_coming_without_a_number_leaves_the_number_unknown() -> None:
    archive = council((opened(), at("17:00")), (comes(), at("17:02")), (called(ONE), at("17:05")))
    assert item(archive, ONE).presence.present.state is Knowledge.NOT_MENTIONED


def test_count_of_a_ballot_goes_before_what_was_said_at_the_opening() -> None:
    tally = x.Tally(present=4, entitled=3, yes=3, no=0)
    held = e.BallotHeld(ballot=key(1), item=ONE, method=v.BallotMethod.SHOW_OF_HANDS, tally=tally)
    there = item(council((opened(), at("17:00")), (held, at("17:10"))), ONE).presence
    assert [(one.value, one.state) for one in (there.present, there.entitled)] == [
        (4, Knowledge.STATED),
        (3, Knowledge.STATED),
    ]


def test_exclusion_for_bias_stands_with_its_item_alone() -> None:
    excluded = e.MemberExcluded(person=BODO, item=ONE, legal_basis="§ 7")
    archive = council(
        (opened(), at("17:00")), (called(ONE), at("17:05")), (excluded, at("17:06")), (called(TWO), at("17:20"))
    )
    assert [len(item(archive, one).presence.excluded) for one in (ONE, TWO)] == [1, 0]
    assert item(archive, ONE).presence.entitled.state is Knowledge.NOT_MENTIONED
    assert item(archive, TWO).presence.entitled.value == 5


def test_names_are_not_listed_where_one_who_came_is_withheld() -> None:
    archive = council((opened(present=(ANNA,)), at("17:00")), (comes(count=6), at("17:02")), (called(ONE), at("17:05")))
    place = next(index for index, one in enumerate(archive.records) if isinstance(one.event, e.AttendanceChanged))
    record = archive.records[place]
    archive.records[place] = replace(record, event=replace(record.event, person=WITHHELD))
    assert item(archive, ONE).presence.named == ()


def test_item_that_only_the_agenda_names_has_no_presence() -> None:
    archive = council((agenda(ONE), on("2023-03-15")), (opened(), at("17:00")))
    assert item(archive, ONE).presence.present.state is Knowledge.NOT_MENTIONED
    assert lines(archive, "presence at each item") == []


# -- agendas --------------------------------------------------------------------------------------


def test_item_says_whether_the_invitation_names_it() -> None:
    archive = council(
        (agenda(ONE, TWO), on("2023-03-15")),
        (agenda(ONE, THREE, stage=v.AgendaStage.OPENING, version=2), at("17:02")),
    )
    found = {one.id: (one.invited, one.on_agenda, one.stages) for one in only(archive).items}
    assert found == {
        ONE: (True, True, ("invitation", "opening")),
        TWO: (True, False, ("invitation",)),
        THREE: (False, True, ("opening",)),
    }
    text = meetings_text(meetings_of(archive.archive()))
    assert "taken off the agenda" in text
    assert "not in the invitation" in text
    shown = council((agenda(ONE, stage=v.AgendaStage.AS_SHOWN), on("2023-03-15")))
    assert item(shown, ONE).invited is None


def test_show_gives_each_agenda_with_what_it_changed_and_the_items_as_called() -> None:
    archive = council(
        (agenda(ONE, TWO, versions={ONE: 1}), on("2023-03-15")),
        (agenda(THREE, ONE, stage=v.AgendaStage.OPENING, version=2, versions={ONE: 2}), at("17:02")),
        (agenda(THREE, ONE, stage=v.AgendaStage.IN_SESSION, version=3, versions={ONE: 2}), at("17:03")),
        (agenda(ONE, THREE, stage=v.AgendaStage.IN_SESSION, version=4, versions={ONE: 2}), at("17:04")),
        (called(ONE), at("17:05")),
    )
    changed = "added: TOP 3; taken off: TOP 2; another version: TOP 1"
    assert lines(archive, "agenda as set and as held") == [
        "15.03.2023 invitation, öffentlicher Teil, version 1; TOP 1, TOP 2",
        f"29.03.2023 17:02 +02:00 opening, öffentlicher Teil, version 2; TOP 3, TOP 1; {changed}",
        "29.03.2023 17:03 +02:00 in session, öffentlicher Teil, version 3; TOP 3, TOP 1; the same items as before",
        "29.03.2023 17:04 +02:00 in session, öffentlicher Teil, version 4; TOP 1, TOP 3; put elsewhere: TOP 1, TOP 3",
        "29.03.2023 17:05 +02:00 called: TOP 1, öffentlich",
        "not recorded as called: TOP 3",
    ]


def test_meeting_without_an_agenda_has_no_such_section() -> None:
    archive = council((opened(), at("17:00")))
    assert lines(archive, "agenda as set and as held") == []


# -- outcomes and minutes -------------------------------------------------------------------------


def test_outcome_that_names_no_item_stands_by_its_proposal() -> None:
    proposal = stream("proposal")
    archive = council((e.OutcomeDeclared(proposal=proposal, outcome=v.Outcome.ADOPTED), at("17:30")))
    (found,) = only(archive).items
    assert (found.id, found.proposal, [one.value for one in found.outcomes]) == (None, proposal, ["adopted"])
    assert found.checks[0].reason == "no_count"
    assert "without an agenda item" in meetings_text(meetings_of(archive.archive()))


def test_minutes_say_what_was_done_to_them_and_when() -> None:
    part = {"version": 1, "kind": v.MinutesKind.RESULTS, "part": v.Part.PUBLIC}
    filed = e.MinutesFiled(**part, held=True, document=x.Document(held=True))  # type: ignore[arg-type]
    shown = e.MinutesPresented(**part, way=v.MinutesPresentation.NOTICE, objections_until="2023-05-14")  # type: ignore[arg-type]
    objected = e.MinutesObjectionHandled(**part, decision=v.ObjectionDecision.REJECTED)  # type: ignore[arg-type]
    archive = council((filed, on("2023-04-12")), (shown, on("2023-04-14")), (objected, on("2023-05-24")))
    archive.add(statement(M, opened(), occurred=at("17:00")))
    (minutes,) = only(archive).minutes
    assert [(one.act, one.date.at, one.decision, one.objections_until) for one in minutes.acts] == [
        ("filed", "2023-04-12", None, None),
        ("presented", "2023-04-14", None, "2023-05-14"),
        ("objection", "2023-05-24", "rejected", None),
    ]
    text = meetings_text(meetings_of(archive.archive()))
    assert "presented 14.04.2023, objections until 14.05.2023" in text
    early = meetings_of(archive.archive(), as_of="2023-04-01").meetings[0]
    assert early.minutes == ()


def test_held_meeting_without_minutes_and_opening_says_that_they_are_not_held() -> None:
    text = meetings_text(meetings_of(council((called(ONE), at("17:05"))).archive()))
    assert "quorum not held" in text
    assert "minutes not held" in text
    assert "minutes" not in meetings_text(meetings_of(council().archive()))


# -- the demo register ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        yield archive


def words(found: Meetings) -> str:
    return " ".join(meetings_text(found).split())


def test_question_4_able_to_decide_and_who_was_excluded(demo: Archive) -> None:
    (entry,) = meetings_of(demo, organ="Kreistag (Musterkreis)", date_from="2023-03", date_to="2023-03").meetings
    assert (entry.state, entry.number.value) == ("held", "1/2023")
    assert [(one.quorum.value, one.check.verdict) for one in entry.quorum] == [("established", "agrees")]
    first = entry.items[0]
    assert [one.person.text for one in first.presence.excluded] == ["David Esche"]
    assert (first.presence.present.value, first.presence.entitled.value) == (47, 46)
    assert [one.check.verdict for one in entry.quorum] == ["agrees"]
    assert "David Esche excluded for bias" in words(meetings_of(demo, organ="Kreistag (Musterkreis)"))


def test_question_4_of_08_12_2021_is_not_held(demo: Archive) -> None:
    found = meetings_of(demo, date_from="2021-12-08", date_to="2021-12-08")
    (entry,) = found.meetings
    assert (entry.quorum, entry.minutes) == ((), ())
    assert "quorum not held: no opening is recorded" in words(found)
    assert "minutes not held: none are recorded" in words(found)


def test_parts_and_minutes_of_musterkreis(demo: Archive) -> None:
    (entry,) = meetings_of(demo, organ="Kreistag (Musterkreis)", date_to="2023-04").meetings
    assert [(part.part, part.items) for part in entry.parts] == [("public", 3), ("non_public", 1), ("whole", 0)]
    assert [(one.part, one.version, [act.act for act in one.acts]) for one in entry.minutes] == [
        ("public", "1", ["filed", "presented", "objection", "objection"]),
        ("non_public", "1", ["filed"]),
        ("public", "2", ["filed", "signed"]),
    ]
    assert [check.verdict for check in entry.items[1].checks] == ["contradicts"]


def test_show_names_those_present_at_the_committees_item(demo: Archive) -> None:
    text = " ".join(account_text(show(demo, "meeting:{on=2023-03-06}")).split())
    assert "TOP 1: 8 present, 7 entitled; Ida Kiefer joins, then present: 8; David Esche excluded for bias" in text
    assert "by name: Anna Ahorn, Bodo Buche, Clara Distel, David Esche, Emma Farn" in text


def test_every_list_fits_80_columns_and_bears_the_example_mark(demo: Archive) -> None:
    for found in (meetings_of(demo), meetings_of(demo, as_of="2023-03-29"), meetings_of(demo, organ="Kreistag")):
        text = meetings_text(found)
        assert max(map(display_width, text.splitlines())) <= 80
        assert text.startswith("BEISPIEL (kein amtlicher Bestand)")
    assert max(map(display_width, meetings_text(meetings_of(demo), width=44).splitlines())) <= 44
