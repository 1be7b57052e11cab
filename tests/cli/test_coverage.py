"""`ratsbuch coverage`: the command; what it counts is tested with the projections."""

from __future__ import annotations

from typing import Final

import pytest
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

MEETING: Final = """
[[commands]]
type = "meeting-convened/1"
new = "@sitzung"
role = "clerk"
visibility = "public"
occurred = { at = "2026-10-01", certainty = "stated" }
[commands.data]
body = "body:{}"
organs = ["organ:@kreistag"]
starts_at = "2025-10-20"
"""


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    """An archive with an organ, a proposal and a meeting without agenda."""
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL + MEETING))
    return terminal


def test_coverage_counts_by_organ_and_year_and_says_what_it_does_not_prove(told: Terminal) -> None:
    lines = told.ok("coverage").splitlines()
    assert lines[lines.index("KREISTAG") + 3].split()[:3] == ["2025", "1", "1"]
    assert any(line.startswith("The log proves that nothing that was recorded was lost, never") for line in lines)
    assert "Vorlage, Musterkreis: read as n, such as 0012" in lines


def test_json_has_its_format_and_the_rows(told: Terminal) -> None:
    document = told.json("coverage", "--organ", "Kreistag", "--from", "2025", "--to", "2025")
    assert document["format"] == "ratsbuch-coverage/1"
    (row,) = document["rows"]
    assert (row["name"], row["year"], row["counts"]["without_agenda"]) == ("Kreistag", 2025, 1)
    assert told.json("coverage", "--organ", "Kreistag", "--from", "2026")["rows"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--organ", "Kreisrat"), 'organ: found "Kreisrat"'),
        (("--to", "2026-02-30"), 'to: found "2026-02-30"'),
        (("--as-recorded", "1999-01-01T00:00:00Z"), "nothing was recorded by then"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_6(told: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = told.run("coverage", *arguments)
    assert result.exit_code == 6, result.output
    assert says in complaints(result)[0]
