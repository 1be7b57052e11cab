"""`ratsbuch findings`: the command; what it says is tested with the projections."""

from __future__ import annotations

from typing import Final

import pytest
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

ANNEX: Final = """
[[commands]]
type = "document-attached/1"
stream = "@p0012"
role = "clerk"
visibility = "public"
occurred = { at = "2026-11-02", certainty = "stated" }
[commands.data]
label = "Anlage 1"
held = false
document = { held = false }
"""


@pytest.fixture
def told(terminal: Terminal) -> Terminal:
    """An archive with an organ and a proposal whose annex is not held."""
    terminal.ok("record", terminal.write(ORGAN + PROPOSAL + ANNEX.replace('"@p0012"', '"proposal:@p0012"')))
    return terminal


def test_findings_are_printed_with_their_counts_first(told: Terminal) -> None:
    lines = told.ok("findings").splitlines()
    assert "1 finding: 1 open, 0 explained, 0 resolved" in lines
    assert lines.index("      1       1          0         0  ANNEX_NOT_HELD") < lines.index("ANNEX_NOT_HELD")
    assert "02.11.2026  Vorlage 0012: Nahverkehrsplan" in lines


def test_json_has_its_format_and_every_finding(told: Terminal) -> None:
    document = told.json("findings", "--code", "ANNEX_NOT_HELD", "--as-of", "2026-11-02")
    assert document["format"] == "ratsbuch-findings/1"
    (line,) = document["findings"]
    assert (line["code"], line["state"], line["rests_on"][0]["position"]) == ("ANNEX_NOT_HELD", "open", 7)
    assert told.json("findings", "--as-of", "2026-11-01")["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--code", "ANNEX_MISSING"), 'code: found "ANNEX_MISSING"'),
        (("--state", "offen"), "expected one of open, explained, resolved"),
        (("--organ", "Kreisrat"), 'organ: found "Kreisrat"'),
        (("--from", "2026-13"), 'from: found "2026-13"'),
        (("--as-of", "1999"), "as-of"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_6(told: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = told.run("findings", *arguments)
    assert result.exit_code == 6, result.output
    assert says in complaints(result)[0]
