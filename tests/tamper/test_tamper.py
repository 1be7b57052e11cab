"""Every folder here is one way to tamper; its `expected.json` says which steps must find what, and nothing else.

A case is a `README` of one line, `tamper.py` with `tamper(t)`, and the codes expected. Exactly these: a check that
stopped working must not hide behind another that still works.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from support.archives import Busy, busy_archive, pin_of
from support.tampering import Tampering

from archive.verify import ArchiveSource, Verdict, verify

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
CASES = sorted(path.name for path in HERE.iterdir() if path.name.endswith("_fail"))


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    """A register with a bit of everything, made once."""
    return busy_archive(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def busy(pristine: Busy, tmp_path: Path) -> Busy:
    """A copy to tamper with."""
    return structs.replace(pristine, made=pristine.made.copy(tmp_path))


def _tamper_of(case: str) -> Callable[[Tampering], None]:
    spec = importlib.util.spec_from_file_location(f"tamper_{case.replace('-', '_')}", HERE / case / "tamper.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[Tampering], None] = module.tamper
    return function


def _found(busy: Busy) -> tuple[Verdict, list[list[object]]]:
    source = ArchiveSource(busy.made.folder)
    try:
        report = verify(source, pin=pin_of(busy.anchor))
    finally:
        source.close()
    codes = {(s.step, f.code) for s in report.steps for f in s.findings if f.verdict is not Verdict.PASSED}
    return report.verdict, [list(pair) for pair in sorted(codes)]


def test_untouched_register_passes(busy: Busy) -> None:
    assert _found(busy) == (Verdict.PASSED, [])


@pytest.mark.parametrize("case", CASES)
def test_tampering_is_found_by_the_named_steps_and_no_others(case: str, busy: Busy) -> None:
    tampering = Tampering(busy)
    try:
        _tamper_of(case)(tampering)
    finally:
        tampering.close()
    expected = json.loads((HERE / case / "expected.json").read_text())
    assert _found(busy) == (Verdict.FAILED, expected), (HERE / case / "README").read_text()


def test_every_case_says_in_one_line_what_was_done() -> None:
    assert CASES
    for case in CASES:
        assert (HERE / case / "README").read_text().count("\n") == 1
