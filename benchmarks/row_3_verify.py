"""Rows 3 and 3b: verifying on all cores, against bare ES256 verification of the same tokens on all cores.

Row 3 is the pass over positions, which checks tokens, streams, disclosures and rules at once; row 3b the whole
procedure. The peer is given signatures in the form that the library wants and the bytes cut out already, shared over
as many processes.
"""

from __future__ import annotations

import concurrent.futures
import functools
import multiprocessing
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from archive.log.policy import parse_policy
from archive.token import parse
from archive.verify import ArchiveSource, Verdict, verify
from archive.verify.procedure import RANGE_SIZE
from archive.verify.ranges import Task, check_range
from benchmarks.measuring import Row, compare, options, report
from benchmarks.synthetic import batch, new_archive, statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from archive.log.policy import Policy

ROUNDS, EVENTS = 6, 40_000
TARGET, TARGET_WHOLE = 0.77, 0.50
Signed = tuple[bytes, bytes]


def verify_raw(spki: bytes, some: list[Signed]) -> int:
    """Verify every signature and do nothing else."""
    key = serialization.load_der_public_key(spki)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError(key)
    algorithm = ec.ECDSA(hashes.SHA256())
    for signature, message in some:
        key.verify(signature, message, algorithm)
    return len(some)


def spread_raw(executor: Executor, spki: bytes, parts: list[list[Signed]]) -> None:
    """Verify on all cores."""
    for _ in executor.map(functools.partial(verify_raw, spki), parts):
        pass


def require_passed(verdict: Verdict) -> None:
    """Refuse to time a verification that failed."""
    if verdict is not Verdict.PASSED:
        raise ValueError(verdict)


def _part(source: ArchiveSource, size: int, after: int) -> Verdict:
    result = check_range(source, after, min(after + RANGE_SIZE, size), Task(run="row 3", sizes=(size,)))
    return Verdict.worst(s.verdict for s in (result.tokens, result.streams, result.disclosures, result.meaning))


def spread_ranges(executor: Executor, source: ArchiveSource, size: int) -> None:
    """Check the positions on all cores."""
    for verdict in executor.map(functools.partial(_part, source, size), range(0, size, RANGE_SIZE)):
        require_passed(verdict)


def whole(executor: Executor, source: ArchiveSource, pin: Policy) -> None:
    """Run the procedure."""
    require_passed(verify(source, pin=pin, executor=executor).verdict)


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure both rows over one register."""
    count, rounds = (8000, 3) if quick else (EVENTS, ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        archive, signer = new_archive(Path(name))
        some = list(statements(count))
        for at in range(0, count, 5000):
            archive.record(batch(some[at : at + 5000], name=f"bulk/{at}"), signer=signer)
        size, anchor = archive.size, archive.register.anchor_hex
        signed: list[Signed] = []
        for _, state in archive.recorder.raw(after=4):
            token = parse(state)
            r, s = token.signature[:32], token.signature[32:]
            signature = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
            signed.append((signature, state[: token.signed_size]))
        archive.close()
        spki = signer.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        parts = [signed[at : at + RANGE_SIZE] for at in range(0, len(signed), RANGE_SIZE)]
        source = ArchiveSource(Path(name) / "archive")
        pin = parse_policy(f"# anchor {anchor}\nquorum none\n".encode())
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), mp_context=context) as executor:
            peer = functools.partial(spread_raw, executor, spki, parts)
            yield compare(
                "3",
                work="verify steps 2, 3, 6 and the rules of 8, which are one pass",
                peer="bare ES256 verification of the same tokens, as many processes",
                target=TARGET,
                pairs=[(functools.partial(spread_ranges, executor, source, size), peer)] * rounds,
                count=size,
            )
            yield compare(
                "3b",
                work="verify steps 1 to 8",
                peer="bare ES256 verification of the same tokens, as many processes",
                target=TARGET_WHOLE,
                pairs=[(functools.partial(whole, executor, source, pin), peer)] * rounds,
                count=size,
            )


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    report(rows(quick=arguments.quick), as_json=arguments.json)
