"""Make the known answers of the log.

Written apart from `archive.log` and straight from the specifications, so that the two cannot share a mistake: plain
recursion instead of frontiers, string building instead of encoders. Only the standard library and `cryptography`.

ML-DSA signatures differ each time they are made; the one that is there is kept as long as it verifies.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

HERE = Path(__file__).resolve().parent
ORIGIN = "3f2504e0-4f89-41d3-9a0c-0305e82c3301.ratsbuch.invalid"
WITNESS = "nachbar.example/gegenpruefstelle"
SIZE = 70
TIME = 1_795_430_000


def entry(number: int) -> bytes:
    """Give the entry of an invented event."""
    return hashlib.sha512(b"event %d" % number).digest()


def mth(entries: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def split(n: int) -> int:
    """Give the largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """RFC 9162, section 2.1.3.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], *, known: bool) -> list[bytes]:
    """RFC 9162, section 2.1.4.1."""
    if m == len(entries):
        return [] if known else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], known=known), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], known=False), mth(entries[:k])]


def b64(data: bytes) -> str:
    """Give standard base64."""
    return base64.b64encode(data).decode()


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """C2SP signed-note, section "Signatures"."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, kind: int, public: bytes) -> str:
    """C2SP signed-note, section "Verifier keys"."""
    return f"{name}+{key_id(name, kind, public).hex()}+{b64(bytes([kind]) + public)}"


def line(name: str, identifier: bytes, signature: bytes) -> str:
    """Give a signature line."""
    return f"\u2014 {name} {b64(identifier + signature)}\n"


def kept_mldsa(file: Path, public: MLDSA44PublicKey, message: bytes, identifier: bytes) -> bytes | None:
    """Give the signature of the file that is there, if it is one over this message."""
    if not file.exists():
        return None
    for row in file.read_text(encoding="utf-8").splitlines():
        if row.startswith(f"\u2014 {ORIGIN} "):
            blob = base64.b64decode(row.rsplit(" ", 1)[1])
            if blob[:4] == identifier:
                try:
                    public.verify(blob[12:], message)
                except InvalidSignature:
                    return None
                return blob[12:]
    return None


def main() -> None:
    """Write all files."""
    entries = [entry(number) for number in range(SIZE)]
    tree = {
        "entries": [value.hex() for value in entries],
        "roots": [b64(mth(entries[:size])) for size in range(SIZE + 1)],
        "inclusion": [
            {"index": index, "size": size, "proof": [b64(value) for value in path(index, entries[:size])]}
            for size in (1, 2, 3, 7, 8, 13, 64, SIZE)
            for index in {0, size // 2, size - 1}
        ],
        "consistency": [
            {"old": old, "size": size, "proof": [b64(value) for value in subproof(old, entries[:size], known=True)]}
            for size in (1, 2, 3, 7, 8, 13, 64, SIZE)
            for old in sorted({1, (size + 1) // 2, max(1, size - 1), size})
        ],
    }
    (HERE / "tree_70_entries.json").write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")

    ed25519 = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log ed25519").digest())
    mldsa44 = MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"log mldsa44").digest())
    witness = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"witness").digest())
    ed_public = ed25519.public_key().public_bytes_raw()
    ml_public = mldsa44.public_key().public_bytes_raw()
    wi_public = witness.public_key().public_bytes_raw()
    (HERE / "log.vkey").write_text(vkey(ORIGIN, 1, ed_public) + "\n", encoding="utf-8")
    (HERE / "log-mldsa44.vkey").write_text(vkey(ORIGIN, 6, ml_public) + "\n", encoding="utf-8")
    (HERE / "witness.vkey").write_text(vkey(WITNESS, 4, wi_public) + "\n", encoding="utf-8")

    root = mth(entries)
    text = f"{ORIGIN}\n{SIZE}\n{b64(root)}\n"
    message = b"".join(
        (
            b"subtree/v1\n\x00",
            bytes([len(ORIGIN)]) + ORIGIN.encode(),
            struct.pack(">Q", TIME),
            bytes([len(ORIGIN)]) + ORIGIN.encode(),
            struct.pack(">Q", 0),
            struct.pack(">Q", SIZE),
            root,
        )
    )
    ml_id = key_id(ORIGIN, 6, ml_public)
    file = HERE / "checkpoint_70.txt"
    ml_signature = kept_mldsa(file, mldsa44.public_key(), message, ml_id) or mldsa44.sign(message)
    cosigned = f"cosignature/v1\ntime {TIME + 1}\n{text}"
    checkpoint = (
        text
        + "\n"
        + line(ORIGIN, key_id(ORIGIN, 1, ed_public), ed25519.sign(text.encode()))
        + line(ORIGIN, ml_id, struct.pack(">Q", TIME) + ml_signature)
        + line(
            WITNESS,
            key_id(WITNESS, 4, wi_public),
            struct.pack(">Q", TIME + 1) + witness.sign(cosigned.encode()),
        )
    )
    file.write_text(checkpoint, encoding="utf-8")

    proof = "".join(f"{b64(value)}\n" for value in path(41, entries))
    receipt = f"c2sp.org/tlog-proof@v1\nextra {b64(entries[41])}\nindex 41\n{proof}\n{checkpoint}"
    (HERE / "receipt_41.tlog-proof").write_text(receipt, encoding="utf-8")

    policy = (
        "# The log of an invented register and its neighbour, who witnesses it.\n"
        f"# anchor {hashlib.sha256(b'token 1').hexdigest()}\n\n"
        f"log {vkey(ORIGIN, 1, ed_public)}\n"
        f"log {vkey(ORIGIN, 6, ml_public)} https://ratsbuch.example/log/\n"
        f"witness nachbar {vkey(WITNESS, 4, wi_public)} https://nachbar.example/\n"
        "group\tnachbarn  any nachbar\n"
        "quorum nachbarn\n"
    )
    (HERE / "policy").write_text(policy, encoding="utf-8")


if __name__ == "__main__":
    main()
