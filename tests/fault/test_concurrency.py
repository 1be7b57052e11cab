"""Several processes record in one archive at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.archives import Clock, batch, new_archive, pin_of
from support.recording import BATCHES_A_PROCESS, RECORDED_AT, proposal, start

from archive.verify import ArchiveSource, Verdict, verify

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 8
BEFORE = 5


@pytest.mark.fault
def test_eight_processes_lose_nothing_leave_no_gap_and_are_told_of_conflicts(tmp_path: Path) -> None:
    made = new_archive(tmp_path, clock=Clock(RECORDED_AT))
    with made.open() as archive:
        pin = pin_of(archive.register.anchor_hex)
        (shared,) = archive.record(batch(proposal(archive, "0012").statement), signer=made.signer()).events

    processes = [start("race", made.folder, made.keys, str(number)) for number in range(PROCESSES)]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        printed = [process.communicate()[0].splitlines() for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * PROCESSES

    conflicts = [line for lines in printed for line in lines if line.startswith("conflict ")]
    # All wanted the second place of one stream: one got it, the others were told, and wrote nothing.
    assert conflicts == [f"conflict command: stream {shared.stream} stands at 2, expected 1"] * (PROCESSES - 1)
    acknowledged = [line.split() for lines in printed for line in lines if not line.startswith("conflict ")]
    expected = 1 + PROCESSES * BATCHES_A_PROCESS * 2
    assert sorted(int(position) for position, _ in acknowledged) == list(range(BEFORE + 1, BEFORE + 1 + expected))
    with made.open() as archive:
        stored = {record.position: record.id for record in archive.events_between()}
    assert list(stored) == list(range(1, BEFORE + expected + 1))
    assert all(stored[int(position)] == event for position, event in acknowledged)
    source = ArchiveSource(made.folder)
    report = verify(source, pin=pin)
    source.close()
    assert report.verdict is Verdict.PASSED, report
