"""The look-up index: derived from effective events, former names included, names of persons never."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec import Raw
from support.archives import Busy, batch, statement
from support.examples import example_statement

from archive import directory
from archive.directory import KEYS, inner_ids, keys_of, rows_of
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.events import CATALOGUE
from domain.stream import RecordedEvent, Statement, effective

if TYPE_CHECKING:
    from archive.archive import Archive

BODY = "body:00000000-0000-4000-8000-000000000001"
MEETING = "meeting:00000000-0000-4000-8000-000000000002"
ORGAN = "organ:00000000-0000-4000-8000-000000000003"
ITEMS = [f"00000000-0000-4000-8000-{n:012d}" for n in range(10)]


def recorded(*statements: Statement) -> tuple[RecordedEvent, ...]:
    """Give statements as one stream's history."""
    return tuple(
        RecordedEvent(
            **{name: getattr(said, name) for name in Statement.__struct_fields__},
            seq=seq,
            position=seq,
            txn=ITEMS[0],
            recorded_at=0,
            by=x.Recorder(person=ITEMS[0], role=v.Role.CLERK),
        )
        for seq, said in enumerate(statements, start=1)
    )


def rebuilt(archive: Archive) -> set[tuple[str, str, str, str]]:
    """Make the index of a whole register from its events."""
    return {
        row
        for kind in KEYS
        for stream in archive.streams(kind)
        for row in rows_of(stream, keys_of(effective(archive.history(stream))))
    }


def stored(busy: Busy) -> set[tuple[str, str, str, str]]:
    db = sqlite3.connect(busy.made.folder / "record.db")
    rows = set(db.execute("SELECT kind, field, value, stream FROM lookups").fetchall())
    db.close()
    return rows


def test_index_is_what_its_events_make_of_it(busy: Busy) -> None:
    with busy.made.open() as archive:
        assert stored(busy) == rebuilt(archive) != set()
        corrected = e.RecordCorrected(
            target=1,
            path="/data/starts_at",
            old=Raw(b'"2021-12-08T16:00:00+01:00"'),
            new=Raw(b'"2021-12-09T16:00:00+01:00"'),
            kind=v.CorrectionKind.CLERICAL,
            reason="Schreibfehler",
        )
        archive.record(
            batch(
                statement(busy.meeting, e.MeetingMoved(starts_at="2021-12-15", reason="Schnee")),
                statement(busy.meeting, corrected),
            ),
            signer=busy.made.signer(),
        )
        assert stored(busy) == rebuilt(archive)
        assert archive.find("meeting", {"on": "2021-12-08"}) == ()
        assert archive.find("meeting", {"on": "2021-12-09"}) == (busy.meeting,)
        assert archive.find("meeting", {"on": "2021-12-15"}) == (busy.meeting,)


def test_former_name_stays_a_key() -> None:
    history = recorded(
        statement(BODY, e.BodyRegistered(name="Altkreis", kind=v.BodyKind.LANDKREIS)),
        statement(BODY, e.BodyChanged(name="Neukreis")),
    )
    assert [value for key, value in keys_of(history) if key == "name"] == ["Altkreis", "Neukreis"]


def test_withheld_and_unstated_fields_give_no_key() -> None:
    history = recorded(
        statement(MEETING, e.MeetingConvened(body=x.WITHHELD, organs=(ORGAN,), number=None)),
    )
    assert list(keys_of(history)) == [("organ", ORGAN)]


@pytest.mark.parametrize("type_name", sorted(CATALOGUE))
def test_no_type_puts_anything_but_plain_fields_into_the_index(type_name: str) -> None:
    said = example_statement(type_name)
    plain = {name for name, kind in CATALOGUE[type_name].fields.items() if kind == "plain"}
    paths = [path for _, path in directory._KEYED.get(type(said.event), ())]
    assert {path.partition(".")[0] for path in paths} <= plain
    keys = {key for key, _ in keys_of(recorded(said))}
    assert keys <= set(KEYS.get(said.kind, ()))


def test_rows_are_given_once_each() -> None:
    keys = [("name", "a"), ("body", BODY), ("name", "a")]
    assert rows_of(ORGAN, keys) == [("organ", "name", "a", ORGAN), ("organ", "body", BODY, ORGAN)]


def test_item_goes_by_its_printed_number_and_keeps_all_ids_it_had() -> None:
    def agenda(*items: tuple[str, str | None]) -> Statement:
        rows = tuple(
            x.AgendaItem(item=item, number=number, order=n, publicity=v.Publicity.PUBLIC)
            for n, (item, number) in enumerate(items)
        )
        return statement(
            MEETING, e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=rows)
        )

    history = recorded(agenda((ITEMS[1], "1"), (ITEMS[2], "2a"), (ITEMS[3], None)), agenda((ITEMS[4], "1")))
    assert inner_ids(history, "item", "1") == (ITEMS[1], ITEMS[4])
    assert inner_ids(history, "item", "2a") == (ITEMS[2],)
    assert inner_ids(history, "item", "2") == ()


def test_others_go_by_the_order_of_their_first_recording() -> None:
    def ballot(number: int) -> Statement:
        return statement(MEETING, e.BallotHeld(ballot=ITEMS[number], method=v.BallotMethod.NOT_STATED))

    history = recorded(ballot(5), ballot(3), ballot(5))
    assert inner_ids(history, "ballot", "1") == (ITEMS[5],)
    assert inner_ids(history, "ballot", "2") == (ITEMS[3],)
    for key in ("0", "3", "01", "1.0", "-1", "", "\u0661", "\xb2", "1" * 10_000):
        assert inner_ids(history, "ballot", key) == ()
    assert inner_ids(history, "motion", "1") == ()
