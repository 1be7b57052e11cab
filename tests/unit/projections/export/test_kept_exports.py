"""Exports that were handed out by earlier versions still verify."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.exports import VERSION, checked, findings, replace

from archive.verify import Verdict

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "export"
KEPT = re.findall(r"\| `([a-z0-9.-]+)` \| `([0-9a-f]{64})` \|", (VECTORS / "README.md").read_text(encoding="utf-8"))


def test_every_kept_export_is_in_the_table() -> None:
    assert sorted(name for name, _ in KEPT) == sorted(path.name for path in VECTORS.glob("*.xml"))


@pytest.mark.parametrize(("name", "anchor"), KEPT)
def test_kept_export_verifies_for_good(name: str, anchor: str) -> None:
    report = checked(VECTORS / name, anchor)

    assert report.events == 28
    assert findings(report) == set(), "raise the version where something is told otherwise than before"


@pytest.mark.parametrize(("name", "anchor"), KEPT)
def test_kept_export_is_never_called_altered_by_a_later_version(name: str, anchor: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes((VECTORS / name).read_bytes())
    assert checked(path, anchor, version=f"{VERSION}.1").verdict is Verdict.PASSED
    replace(path, "<xrb:erlaeuterung", "<!-- --><xrb:erlaeuterung")
    assert checked(path, anchor).verdict is Verdict.FAILED
