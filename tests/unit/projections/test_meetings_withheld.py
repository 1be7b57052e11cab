"""Meetings, ballots and resolutions of a register of which this reader holds only a part."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace
from support.demo import demo_archive
from support.memory import MemoryArchive

from domain.values import WITHHELD
from projections.account import show
from projections.ballots import ballots_of
from projections.ballots_text import ballots_text
from projections.gatherings import meetings_of
from projections.gatherings_text import meetings_text
from projections.resolutions_listing import resolutions_of
from projections.resolutions_text import resolutions_text

if TYPE_CHECKING:
    from domain.stream import RecordedEvent


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[RecordedEvent, ...]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        return tuple(archive.events_between())


def partly(records: tuple[RecordedEvent, ...], seed: int) -> MemoryArchive:
    """Give a register with one event in thirty missing, and one field in seven withheld."""
    chance = random.Random(seed)
    found = []
    for record in records:
        if chance.random() < 1 / 30:
            continue
        event = record.event
        if not record.stream.startswith("register:"):
            names = [name for name in event.__struct_fields__ if getattr(event, name) is not UNSET]
            event = replace(event, **{name: WITHHELD for name in names if chance.random() < 1 / 7})
        occurred = WITHHELD if chance.random() < 1 / 20 else record.occurred
        found.append(replace(record, event=event, occurred=occurred))
    return MemoryArchive(found, example=True)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("as_of", [None, "2021-12-01", "2023-03-29"])
def test_whatever_is_withheld_or_missing_is_said_and_nothing_fails(
    records: tuple[RecordedEvent, ...], seed: int, as_of: str | None
) -> None:
    archive = partly(records, seed)
    meetings = meetings_of(archive.archive(), as_of=as_of)
    ballots = ballots_of(archive.archive(), as_of=as_of)
    resolutions = resolutions_of(archive.archive(), as_of=as_of)
    texts = (meetings_text(meetings), ballots_text(ballots), resolutions_text(resolutions))
    for text, document in zip(texts, (meetings, ballots, resolutions), strict=True):
        assert "Withheld" not in text
        assert msgspec.json.encode(document).startswith(b'{"format":"ratsbuch-')


def test_agenda_that_is_withheld_is_said_to_be_so(records: tuple[RecordedEvent, ...]) -> None:
    fields = {"agenda-set/1": ("items", "stage", "version")}
    held = [
        replace(one, event=replace(one.event, **dict.fromkeys(fields.get(one.event.TYPE, ()), WITHHELD)))
        for one in records
    ]
    archive = MemoryArchive(held)
    (meeting,) = archive.find("meeting", {"number": "1/2023"})
    section = next(one for one in show(archive.archive(), meeting).sections if one.name == "agenda as set and as held")
    assert section.lines[0].value == "15.03.2023 withheld, öffentlicher Teil, version withheld; items withheld"
