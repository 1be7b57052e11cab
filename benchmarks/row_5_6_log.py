"""Rows 5 and 6: how fast the log hashes, and how long a receipt takes.

Row 5 makes tokens of a realistic size into entries, leaves, bundles and tiles in memory, in one process, and measures
against the bare hashes that cannot be avoided, called once a token in a comprehension: SHA-512 and SHA-256 over the
same bytes. The log itself needs SHA-512 of the token and SHA-256 of the 64 bytes of its entry, so the ratio can pass 1;
what it costs beside the first hash is shown too, as entries -> tiles against SHA-512 and SHA-256 over the entries.

Row 6 reads single tiles from a log of a million events in files: inclusion proof, receipt, consistency proof, and
verifying a receipt with both signatures.

Work and reference alternate; medians are quoted. Run with `--json` for one JSON document on stdout.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from archive.log import merkle
from archive.log.checkpoint import log_keys, sign_checkpoint
from archive.log.head import TreeHead
from archive.log.note import SignatureType, SigningKey
from archive.log.proof import parse_proof, receipt, verify_receipt
from archive.log.tiles import Edge, Tile, TileTree, inclusion_proof

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ORIGIN = "3f2504e0-4f89-41d3-9a0c-0305e82c3301.ratsbuch.invalid"
BATCH = 4096
TOKEN_BYTES = 1300


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def build(entries: Sequence[bytes]) -> Edge:
    """Grow a log in batches and drop the files, as a writer would that hands them on."""
    edge = Edge()
    for at in range(0, len(entries), BATCH):
        for _ in edge.append(entries[at : at + BATCH]):
            pass
    for _ in edge.partial():
        pass
    return edge


def row_5(count: int, rounds: int) -> dict[str, float]:
    """Measure hashing, work and references interleaved."""
    rng = random.Random(5)
    tokens = [rng.randbytes(TOKEN_BYTES) for _ in range(count)]
    sha512, sha256 = hashlib.sha512, hashlib.sha256
    entries = [sha512(token).digest() for token in tokens]
    runs: dict[str, list[float]] = {}

    def measure(name: str, work: Callable[[], object]) -> None:
        runs.setdefault(name, []).append(timed(work))

    def whole() -> object:
        return build([sha512(token).digest() for token in tokens])

    for _ in range(rounds):
        measure("tokens_to_tiles", whole)
        measure("sha512_tokens", lambda: [sha512(token).digest() for token in tokens])
        measure("sha256_tokens", lambda: [sha256(token).digest() for token in tokens])
        measure("entries_to_tiles", lambda: build(entries))
        measure("sha512_entries", lambda: [sha512(entry).digest() for entry in entries])
        measure("sha256_entries", lambda: [sha256(entry).digest() for entry in entries])
    seconds = {name: statistics.median(values) for name, values in runs.items()}

    def ratio(work: str, *references: str) -> float:
        columns = [runs[name] for name in references]
        return statistics.median(sum(c[at] for c in columns) / took for at, took in enumerate(runs[work]))

    return {
        "events": count,
        "target": 0.45,
        "ratio": ratio("tokens_to_tiles", "sha512_tokens", "sha256_tokens"),
        "ratio_against_sha512_alone": ratio("tokens_to_tiles", "sha512_tokens"),
        "ratio_entries_to_tiles": ratio("entries_to_tiles", "sha512_entries", "sha256_entries"),
        "microseconds_an_event": 1e6 * seconds["tokens_to_tiles"] / count,
        "microseconds_an_entry": 1e6 * seconds["entries_to_tiles"] / count,
        "entries_a_second": count / seconds["entries_to_tiles"],
    }


def row_6(size: int, rounds: int, folder: Path) -> dict[str, float]:
    """Measure proofs from tile files, each with nothing kept from the one before."""
    seed = hashlib.sha256(b"benchmark").digest()
    ed25519 = SigningKey(name=ORIGIN, type=SignatureType.ED25519, private=Ed25519PrivateKey.from_private_bytes(seed))
    mldsa44 = SigningKey(
        name=ORIGIN, type=SignatureType.COSIGNATURE_MLDSA44, private=MLDSA44PrivateKey.from_seed_bytes(seed)
    )
    keys = log_keys(ed25519.verifier, mldsa44.verifier)
    edge = Edge()
    entry_of: dict[int, bytes] = {}
    rng = random.Random(6)
    wanted = set(rng.sample(range(size), rounds))
    for at in range(0, size, BATCH):
        entries = [hashlib.sha512(b"%d" % number).digest() for number in range(at, min(at + BATCH, size))]
        entry_of.update((number, entries[number - at]) for number in range(at, at + len(entries)) if number in wanted)
        for tile, data in edge.append(entries):
            _write(folder, tile, data)
    for tile, data in edge.partial():
        _write(folder, tile, data)
    head = TreeHead(origin=ORIGIN, size=size, root=edge.root())
    checkpoint = sign_checkpoint(head, ed25519=ed25519, mldsa44=mldsa44, timestamp=1_795_430_000)
    reads = 0

    def read(level: int, index: int, width: int) -> bytes:
        nonlocal reads
        reads += 1
        return (folder / Tile(level, index, width).path).read_bytes()

    runs: dict[str, list[float]] = {"proof": [], "proof_and_receipt": [], "consistency": [], "verify": []}
    sizes = []
    for index in sorted(wanted, key=lambda number: hashlib.sha256(b"%d" % number).digest()):
        runs["proof"].append(timed(lambda at=index: inclusion_proof(at, size, read)))  # type: ignore[misc]
        started = time.perf_counter()
        data = receipt(entry_of[index], index, inclusion_proof(index, size, read), checkpoint)
        runs["proof_and_receipt"].append(time.perf_counter() - started)
        sizes.append(len(data))
        runs["consistency"].append(timed(lambda at=index: TileTree(size, read).consistency(at)))  # type: ignore[misc]
        runs["verify"].append(timed(lambda d=data: verify_receipt(parse_proof(d), keys)))  # type: ignore[misc]
    result: dict[str, float] = {"events": size, "target_milliseconds": 1.0}
    for name, values in runs.items():
        result[f"{name}_milliseconds"] = 1e3 * statistics.median(values)
        result[f"{name}_milliseconds_p99"] = 1e3 * sorted(values)[int(len(values) * 0.99)]
    result["receipt_bytes"] = statistics.median(sizes)
    result["tiles_read_a_proof"] = reads / (3 * rounds)
    return result


def _write(folder: Path, tile: Tile, data: bytes) -> None:
    path = folder / tile.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def main() -> None:
    """Run both rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--events", type=int, default=100_000, help="tokens of row 5 (default 100000)")
    parser.add_argument("--size", type=int, default=1_000_000, help="events of the log of row 6 (default 1000000)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of row 5; row 6 takes 100 times as many proofs")
    options = parser.parse_args()
    # Trees over a few entries first: what is measured is not the first use of anything.
    merkle.root_hash(merkle.leaf_hashes([b"warm", b"up"]))
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "row_5": row_5(options.events, options.rounds),
            "row_6": row_6(options.size, min(options.size, 100 * options.rounds), Path(folder)),
        }
    if options.json:
        print(json.dumps({"format": "ratsbuch-benchmark/1", "benchmark": "log", **rows}))
        return
    for row, figures in rows.items():
        for name, value in figures.items():
            print(f"{row}  {name:32} {value:,.3f}")


if __name__ == "__main__":
    main()
