from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.archives import Made, new_archive
from support.oparl import intake, portrait, town

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return new_archive(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def expected(empty: Made, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    made = empty.copy(tmp_path_factory.mktemp("whole"))
    with made.open() as archive:
        intake(archive, made.signer(), town())
        return portrait(archive)


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_and_spread_over_runs_do_not_matter(
    data: st.DataObject, empty: Made, expected: dict[str, object], tmp_path: Path
) -> None:
    objects = data.draw(st.permutations(town()))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(objects) - 1), max_size=4)))
    folder = tmp_path / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = empty.copy(folder)
    with made.open() as archive:
        for start, end in zip([0, *cuts], [*cuts, len(objects)], strict=True):
            intake(archive, made.signer(), objects[start:end])
        assert portrait(archive) == expected
        size = archive.size
        again = intake(archive, made.signer(), objects)
        assert (again.recorded, archive.size) == (0, size)
