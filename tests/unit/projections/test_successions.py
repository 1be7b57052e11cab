"""What took the place of a resolution: an inferred reading with its days, and a next decision that comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.demo import demo_archive

from projections.account import listing, show
from projections.resolutions_listing import resolutions_of
from projections.resolutions_text import resolutions_text
from projections.text import account_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from projections.resolutions_shapes import ResolutionEntry

REPLACED = (
    "ended: replaced by Beschluss of 08.12.2021, which takes effect 01.01.2022 (inferred): Vorlage 0640 replaces it "
    "(inferred), and nobody is recorded to have said that it ended"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as opened:
        yield opened


def of_2017(archive: Archive, day: str) -> ResolutionEntry:
    found = resolutions_of(archive, in_force_on=day)
    return next(entry for entry in found.resolutions if entry.line.made_on.at == "2017-06-07")


@pytest.mark.parametrize(
    ("day", "readings", "is_replaced"),
    [
        ("2018-01-01", 1, False),
        ("2019-08-15", 2, False),
        ("2021-12-31", 2, False),
        ("2022-01-01", 3, True),
        ("2023-06-01", 3, True),
    ],
)
def test_replacement_is_a_reading_from_the_day_on_which_it_takes_effect(
    archive: Archive, day: str, readings: int, *, is_replaced: bool
) -> None:
    entry = of_2017(archive, day)
    assert len(entry.readings) == readings
    assert (REPLACED in entry.readings) is is_replaced


def test_replacement_stands_in_lists_and_accounts_too(archive: Archive) -> None:
    row = next(row for row in listing(archive, kind="resolution").rows if row.date.value == "2017-06-07")
    assert REPLACED in row.readings
    account = show(archive, row.stream, as_of="2023-06-01")
    assert REPLACED in account.resolutions[0].readings
    before = show(archive, row.stream, as_of="2021-11-30")
    assert REPLACED not in before.resolutions[0].readings


@pytest.mark.parametrize(("day", "is_after"), [("2019-08-15", True), ("2021-12-07", True), ("2021-12-08", False)])
def test_next_decision_after_the_day_asked_for_says_so(archive: Archive, day: str, *, is_after: bool) -> None:
    line = of_2017(archive, day).line
    assert line.followed_by is not None
    assert line.followed_after == (day if is_after else None)
    account = show(archive, line.stream, as_of=day)
    assert account.resolutions[0].followed_after == line.followed_after
    words = f"next decision on record (after {day[8:]}.{day[5:7]}.{day[:4]}): Beschluss of 08.12.2021"
    for text in (account_text(account), resolutions_text(resolutions_of(archive, in_force_on=day))):
        assert (words in " ".join(text.split())) is is_after
