"""What changed after the decision is told so that the news is seen among what only moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.archives import new_archive
from support.oparl import intake, item, meeting, write

from projections.sources import changed_after_decision, changes_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def told(tmp_path: Path) -> Any:  # noqa: ANN401  # a function of two forms
    """Give what is told of a meeting that was seen in two forms, long after it was held."""

    def of(before: list[Any], after: list[Any]) -> str:
        made = new_archive(tmp_path)
        with made.open() as archive:
            for items in (before, after):
                shown = write(tmp_path / "seen.jsonl", [meeting(1, agendaItem=items)])
                intake(archive, made.signer(), shown)
            return changes_text(changed_after_decision(archive))

    return of


def test_places_that_moved_are_one_line(told: Any) -> None:  # noqa: ANN401  # see there
    before = [item(n, order=n) for n in range(40)]
    after = [*before[:5], item("5a", order=5), *(item(n, order=n + 1) for n in range(5, 40))]
    text = told(before, after)
    assert "  agendaItem: 40 entries -> 41 entries\n    + 5a TOP 5a\n" in text
    assert "  agendaItem: 35 entries moved, such as agendaItem [5 TOP 5]/order: 5 -> 6" in text
    assert (text.count("/order"), "fields, the first" in text) == (1, False)


def test_one_place_that_moved_is_told_as_it_is(told: Any) -> None:  # noqa: ANN401  # see there
    text = told([item(1, order=1)], [item(1, order=2)])
    assert "\n  agendaItem [1 TOP 1]/order: 1 -> 2" in text
    assert "moved" not in text


def test_an_entry_in_anothers_place_is_said_to_be_one(told: Any) -> None:  # noqa: ANN401  # see there
    text = told([item(1)], [item(2, name="TOP 1", number="1")])
    assert "1 entries -> 1 entries" not in text
    assert "  agendaItem: 1 of 1 entries replaced\n" in text
    # Both are called the same: what tells them apart is said.
    assert "    - 1 TOP 1 (https://ris.example.org/oparl/agendaitem/1)\n" in text
    assert "    + 1 TOP 1 (https://ris.example.org/oparl/agendaitem/2)" in text


def test_the_only_entry_without_an_id_is_told_field_by_field(told: Any) -> None:  # noqa: ANN401  # see there
    text = told(
        [item(1, guests=[{"name": "Amt 1", "room": "12"}])], [item(1, guests=[{"name": "Amt 1", "room": "13"}])]
    )
    assert "1 entries -> 1 entries" not in text
    assert "\n  agendaItem [1 TOP 1]/guests [Amt 1]/room: 12 -> 13" in text


def test_replaced_words_of_a_list_are_told(told: Any) -> None:  # noqa: ANN401  # see there
    text = told([item(1, keyword=["Haushalt"])], [item(1, keyword=["Straße"])])
    assert "/keyword: 1 of 1 entries replaced\n    - Haushalt\n    + Straße" in text
