"""Shared data: absent is loud, and in CI a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.shared import _look_up

if TYPE_CHECKING:
    from pathlib import Path


def test_present_file_is_given(tmp_path: Path) -> None:
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "a.txt").write_text("a", encoding="utf-8")
    assert _look_up(tmp_path, ("seed", "a.txt"), required=True) == tmp_path / "seed" / "a.txt"


def test_absent_file_skips_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception) as caught:
        _look_up(tmp_path, ("seed", "a.txt"), required=False)
    assert caught.value.msg == (
        f"shared data missing: {tmp_path / 'seed' / 'a.txt'} (RATSBUCH_SHARED names the folder that holds it)"
    )


def test_absent_file_fails_where_it_is_required(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        _look_up(tmp_path, ("seed", "a.txt"), required=True)
    assert caught.value.msg == (
        f"shared data missing: {tmp_path / 'seed' / 'a.txt'} (RATSBUCH_SHARED names the folder that holds it)"
    )
