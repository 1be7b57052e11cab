"""A log of ours for tests: its keys, a neighbour who witnesses it, checkpoints and tiles in memory."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from archive.log.checkpoint import log_keys, sign_checkpoint
from archive.log.head import TreeHead
from archive.log.note import SignatureType, SigningKey
from archive.log.tiles import Edge, Tile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.log.merkle import RootHash
    from archive.log.tiles import Reader

VECTORS: Final = Path(__file__).resolve().parents[1] / "vectors" / "log"
ORIGIN: Final = "3f2504e0-4f89-41d3-9a0c-0305e82c3301.ratsbuch.invalid"
TIME: Final = 1_795_430_000


def signing_key(name: str, kind: SignatureType, secret: str | None = None) -> SigningKey:
    """Give a key made from a word (by default from its name and type)."""
    seed = hashlib.sha256((secret or f"{name} {kind}").encode()).digest()
    private = (
        MLDSA44PrivateKey.from_seed_bytes(seed)
        if kind is SignatureType.COSIGNATURE_MLDSA44
        else Ed25519PrivateKey.from_private_bytes(seed)
    )
    return SigningKey(name=name, type=kind, private=private)


ED25519: Final = signing_key(ORIGIN, SignatureType.ED25519)
MLDSA44: Final = signing_key(ORIGIN, SignatureType.COSIGNATURE_MLDSA44)
KEYS: Final = log_keys(ED25519.verifier, MLDSA44.verifier)
WITNESS: Final = signing_key("nachbar.example/w1", SignatureType.COSIGNATURE_ED25519)
WITNESS_MLDSA44: Final = signing_key("nachbar.example/w1", SignatureType.COSIGNATURE_MLDSA44)


def entry(number: int) -> bytes:
    """Give the entry of an invented event."""
    return hashlib.sha512(b"event %d" % number).digest()


def entries(count: int) -> list[bytes]:
    """Give the entries of invented events."""
    return [entry(number) for number in range(count)]


def checkpoint(size: int, root: RootHash, *, origin: str = ORIGIN, timestamp: int = TIME) -> bytes:
    """Give a checkpoint with both signatures of the log."""
    head = TreeHead(origin=origin, size=size, root=root)
    return sign_checkpoint(head, ed25519=ED25519, mldsa44=MLDSA44, timestamp=timestamp)


def tile_files(values: Sequence[bytes]) -> dict[Tile, bytes]:
    """Give all bundles and tiles of a log."""
    edge = Edge()
    return dict([*edge.append(values), *edge.partial()])


def reader(files: Mapping[Tile, bytes]) -> Reader:
    """Give what reads tiles and bundles out of a mapping."""
    return lambda level, index, width: files[Tile(level, index, width)]
