"""A recording process is killed, without a chance to tidy up, at points that nobody chose."""

from __future__ import annotations

import contextlib
import random
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.archives import Clock, batch, new_archive, pin_of
from support.recording import EVENTS_A_BATCH, RECORDED_AT, proposal, start

from archive.verify import ArchiveSource, Verdict, verify

if TYPE_CHECKING:
    from pathlib import Path

    from support.archives import Made

OPENING = 4


def killed(made: Made, number: str, chance: random.Random) -> list[tuple[int, str]]:
    """Let a process record and kill it; give position and id of every event that it had acknowledged."""
    lines, delay = chance.randrange(1, 4 * EVENTS_A_BATCH), chance.random() * 0.02
    with start("for-ever", made.folder, made.keys, number) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(lines)]
        with contextlib.suppress(subprocess.TimeoutExpired):  # a little more work, up to several batches
            process.wait(timeout=delay)
        process.kill()
        acknowledged += process.stdout.read().splitlines(keepends=True)
    whole = (line.split() for line in acknowledged if line.endswith("\n"))
    return [(int(position), event) for position, event in whole]


@pytest.mark.fault
@pytest.mark.parametrize("points", [8, pytest.param(200, marks=pytest.mark.long)])
def test_killed_recording_keeps_every_acknowledged_event_and_no_half_one(tmp_path: Path, points: int) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    opened = new_archive(tmp_path / "opened", clock=Clock(RECORDED_AT))
    with opened.open() as archive:
        pin = pin_of(archive.register.anchor_hex)
    for point in range(points):
        where = f"seed {seed}, point {point}"
        (tmp_path / str(point)).mkdir()
        made = opened.copy(tmp_path / str(point))
        acknowledged = killed(made, str(point), chance)
        assert len({position for position, _ in acknowledged}) == len(acknowledged) > 0, where
        with made.open() as archive:
            stored = {record.position: record.id for record in archive.events_between()}
            assert list(stored) == list(range(1, archive.size + 1)), where
            assert all(stored.get(position) == event for position, event in acknowledged), where
            assert (archive.size - OPENING) % EVENTS_A_BATCH == 0, where
            # What comes next goes on where that ended, whatever the dead process left behind.
            after = archive.record(batch(proposal(archive, "danach").statement), signer=made.signer())
            assert [event.position for event in after.events] == [archive.size], where
        source = ArchiveSource(made.folder)
        report = verify(source, pin=pin)
        source.close()
        assert report.verdict is Verdict.PASSED, (where, report)
