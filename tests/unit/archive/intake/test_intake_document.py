"""`docs/intake.md`: no finding that an intake counts stands there unexplained, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.findings import CODES

pytestmark = pytest.mark.checkout

DOCUMENT = Path(__file__).parents[4] / "docs" / "intake.md"


def test_every_code_of_a_finding_is_explained_once() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").partition("## Findings")[2]
    rows = re.findall(r"(?m)^\| `([A-Z][A-Z0-9_]+)` \| (.+) \|$", table)
    assert sorted(code for code, _ in rows) == sorted(CODES)
    assert all(len(means) > 20 for _, means in rows)
