"""The vectors of the token as they lie in `tests/vectors/token`, and the way to check one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.disclosure import read, split
from archive.token import check_signature, open_event, parse
from domain.vocabulary import SignatureAlgorithm
from support.examples import CLERK
from support.signers import fixed_signer

if TYPE_CHECKING:
    from domain.stream import RecordedEvent
    from support.signers import FixedSigner

FOLDER: Final = Path(__file__).resolve().parents[1] / "vectors" / "token"
GOOD: Final = tuple(sorted(path.stem for path in (FOLDER / "good").glob("*.jws")))
BAD: Final = tuple(sorted(path.stem for path in (FOLDER / "bad").glob("*.json")))
SIGNERS: Final = {
    "root": fixed_signer("root"),
    "es256": fixed_signer(CLERK),
    "es384": fixed_signer("clerk-es384", SignatureAlgorithm.ES384),
    "ps256": fixed_signer("clerk-ps256", SignatureAlgorithm.PS256),
}
_BY_DIGEST: Final = {signer.certificate_digest: signer for signer in SIGNERS.values()}


class BadVector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bad vector; `README.md` beside them says what its members are."""

    rule: str
    why: str
    token: str
    disclosures: str = "~"
    signer: str = "es256"
    repeat: int = 1
    repeat_disclosures: int = 1

    @property
    def raw(self) -> bytes:
        return (self.token * self.repeat).encode()

    @property
    def row(self) -> bytes:
        return (self.disclosures * self.repeat_disclosures).encode()


def good(name: str) -> tuple[bytes, bytes]:
    """Give token and row of a good vector."""
    return (FOLDER / "good" / f"{name}.jws").read_bytes(), (FOLDER / "good" / f"{name}.disclosures").read_bytes()


def bad(name: str) -> BadVector:
    """Give a bad vector."""
    return msgspec.json.decode((FOLDER / "bad" / f"{name}.json").read_bytes(), type=BadVector)


def signer_of(token: bytes) -> FixedSigner:
    """Give the signer whose certificate a token names."""
    return _BY_DIGEST[parse(token).header.certificate_digest]


def check(token: bytes, row: bytes, signer: FixedSigner) -> RecordedEvent:
    """Do with a token and its disclosures all that a reader does who knows the signer."""
    parsed = parse(token)
    check_signature(parsed, signer.algorithm, signer.public_key)
    return open_event(parsed, [read(text) for text in split(row)], position=1)
