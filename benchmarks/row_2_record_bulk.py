"""Row 2: recording in bulk, 1,000 events a command file, against bare ES256 signing in one thread."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.measuring import Row, compare, options, report
from benchmarks.synthetic import batch, new_archive, statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.token import PrivateKey

ROUNDS, EVENTS = 16, 1000
TARGET = 0.45


def sign(key: PrivateKey, messages: list[bytes]) -> None:
    """Sign every message and do nothing else."""
    algorithm = ec.ECDSA(hashes.SHA256())
    for message in messages:
        key.sign(message, algorithm)  # type: ignore[call-arg, arg-type]  # the key is one on P-256


def pairs(
    folder: Path, *, rounds: int, disclosed: float
) -> Iterator[tuple[Callable[[], object], Callable[[], object]]]:
    """Give the work and the peer of each round."""
    archive, signer = new_archive(folder)
    some = list(statements(rounds * EVENTS, disclosed=disclosed))
    messages = [b"m" * 1130] * EVENTS  # what is signed of a token of 1,225 bytes, the mean here
    for at in range(0, len(some), EVENTS):
        part = batch(some[at : at + EVENTS], name=f"bulk/{at}")
        yield (
            lambda part=part: archive.record(part, signer=signer),  # type: ignore[misc]
            lambda: sign(signer.key, messages),
        )
    archive.close()


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure with disclosures on one event in ten, as the target was set, and on every event."""
    for disclosed, number in ((0.1, "2"), (1.0, "2, every event with a disclosure")):
        with tempfile.TemporaryDirectory() as name:
            yield compare(
                number,
                work=f"record {EVENTS} events a command file",
                peer="bare ES256 signing, one thread",
                target=TARGET,
                pairs=pairs(Path(name), rounds=4 if quick else ROUNDS, disclosed=disclosed),
                count=EVENTS,
            )


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    report(rows(quick=arguments.quick), as_json=arguments.json)
