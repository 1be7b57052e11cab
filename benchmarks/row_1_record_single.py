"""Rows 1 and 1b: one event a transaction, durable, against the library's recorder appending the same bytes unsigned.

Row 1 records into streams that are warm (their heads known from recording before); row 1b reads each stream first, as
a command does that looks before it decides. The peer is the event-sourcing library's SQLite recorder as it comes, in
WAL mode with synchronous=FULL, one event a transaction, given the very tokens that were just recorded.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from benchmarks.measuring import Row, compare, options, report
from benchmarks.synthetic import alone, batch, new_archive, statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.archive import Archive
    from archive.keys import Signer
    from domain.stream import Statement

ROUNDS, EVENTS = 11, 200
TARGET, TARGET_LOADED = 0.60, 0.40


def library(folder: Path) -> SQLiteApplicationRecorder:
    """Give the library's own recorder on a fresh database."""
    recorder = SQLiteApplicationRecorder(SQLiteDatastore(str(folder / "peer.db"), originator_id_type="text"))
    recorder.create_table()
    return recorder


def record(archive: Archive, signer: Signer, some: list[Statement], *, load: bool) -> None:
    """Record each statement in a transaction of its own."""
    for statement in some:
        if load:
            archive.history(statement.stream)
        archive.record(alone(statement), signer=signer)


def append(recorder: SQLiteApplicationRecorder, tokens: list[StoredEvent]) -> None:
    """Append each token in a transaction of its own."""
    for token in tokens:
        recorder.insert_events([token])


def pairs(folder: Path, *, rounds: int, load: bool) -> Iterator[tuple[Callable[[], object], Callable[[], object]]]:
    """Give the work and the peer of each round; the peer appends what an earlier recording of the same gave."""
    archive, signer = new_archive(folder)
    recorder = library(folder)
    some = list(statements(rounds * EVENTS))
    rehearsal, other = new_archive(folder / "rehearsal")
    for at in range(0, len(some), 1000):
        rehearsal.record(batch(some[at : at + 1000], name=f"rehearsal/{at}"), signer=other)
    tokens = [
        StoredEvent(r.originator_id, r.originator_version, r.topic, r.state) for r in rehearsal.recorder.rows(after=4)
    ]
    rehearsal.close()
    for at in range(0, len(some), EVENTS):
        part, same = some[at : at + EVENTS], tokens[at : at + EVENTS]
        yield (
            lambda part=part: record(archive, signer, part, load=load),  # type: ignore[misc]
            lambda same=same: append(recorder, same),  # type: ignore[misc]
        )
    archive.close()


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure both rows."""
    rounds = 4 if quick else ROUNDS
    for number, load, target in (("1", False, TARGET), ("1b", True, TARGET_LOADED)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "rehearsal").mkdir()
            yield compare(
                number,
                work="record one event a transaction" + (", its stream read first" if load else ", streams warm"),
                peer="the library's recorder, same bytes, unsigned",
                target=target,
                pairs=pairs(folder, rounds=rounds, load=load),
                count=EVENTS,
            )


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    report(rows(quick=arguments.quick), as_json=arguments.json)
