"""Row 4: verifying again after 1 % growth, every byte read and hashed again, against the full verification."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from archive.keys import KeyFolder
from archive.log.policy import parse_policy
from archive.log.signing import read_log_signer
from archive.verify import ArchiveSource, Verdict, verify
from benchmarks.measuring import Row, compare, options, report
from benchmarks.synthetic import batch, means, new_archive, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.log.policy import Policy
    from archive.verify.verified import Verified

ROUNDS, EVENTS = 6, 81_920
TARGET = 0.12


def run(source: ArchiveSource, pin: Policy, before: Verified | None, kept: list[Verified] | None = None) -> None:
    """Verify, from nothing or from what passed before."""
    found = verify(source, pin=pin, before=before, keep=None if kept is None else kept.append)
    if found.verdict is not Verdict.PASSED:
        raise ValueError(found.verdict)


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure in one process."""
    count, rounds = (16_384, 3) if quick else (EVENTS, ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive, signer = new_archive(folder)
        keys = KeyFolder(folder / "keys", passphrase=None, random=means().random)
        some = list(statements(count + count // 100))
        source = ArchiveSource(folder / "archive")
        pin = parse_policy(f"# anchor {archive.register.anchor_hex}\nquorum none\n".encode())
        kept: list[Verified] = []
        for part in (some[: count - archive.size], some[count - archive.size :]):
            for at in range(0, len(part), 5000):
                archive.record(batch(part[at : at + 5000], name=f"{len(part)}/{at}"), signer=signer)
            archive.checkpoint(read_log_signer(keys, archive.log_keys_at(archive.size)))
            if not kept:
                run(source, pin, None, kept)
        size = archive.size
        archive.close()
        yield compare(
            "4",
            work="verify again after 1 % growth, every byte hashed",
            peer="full verification, same process",
            target=TARGET,
            pairs=[(functools.partial(run, source, pin, kept[0]), functools.partial(run, source, pin, None))] * rounds,
            count=size,
            lower=True,
        )
        source.close()


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    report(rows(quick=arguments.quick), as_json=arguments.json)
