"""Signers with fixed keys for tests and vectors: what they sign is the same each time. They protect nothing.

ECDSA keys are hashes of words, and the nonces those of RFC 6979. The RSA key is written out, and PSS is computed
here, because the library has no way to give the salt.
"""

from __future__ import annotations

import functools
import hashlib
import uuid
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from msgspec import Struct

from archive.keys import Signer, certificate_builder, certificate_hash
from archive.token import PrivateKey, PublicKey
from domain.vocabulary import SignatureAlgorithm

NAMESPACE: Final = uuid.UUID("00000000-0000-4000-8000-000000000000")
OPENED_AT: Final = 1_795_430_000
ORDERS: Final = {
    SignatureAlgorithm.ES256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    SignatureAlgorithm.ES384: int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16
    ),
}
_P: Final = int(
    "fecf04057952beca59f6404091c5414f5606c9784156c570dc67a585b15baa14f747644e8bea0b1963b07dbf404dfbcc8e2ead046d346228"
    "6f22136bd63625b1b3cf282746146bfb3ad099d4dfcd6d64a9bb7cf77cb98f47dc4265bc2dcd463663eb48993e5176fc34614297a59aff4d"
    "7875947c00e369eded30a9375a293cae02c79bcc44ea490cd17284bb0f5b3daa50dada82e960c84ea6323e771defd8cb2110eda9c645c52d"
    "9f6c27b54c31fadc0b568288ac3c05fb44b3650457b86061",
    16,
)
_Q: Final = int(
    "f3dcf0f99adaf0726ebc078c64cd7de27e602d74739894260b4df5c56d4321a5f1664fb61e2396684a0a66c9fb97cc0fd881fc09b180a44f"
    "6d03ed07bb53baae6da0637177c5e06b6e2b19db967ee8f0e65d72f0a032ad3448e605fa171582e2f43757580d83378a365053ea8d9f3ad8"
    "9bc07df6ff9ea789123a8c3b3dd763944e5cab09583691cda17f6afb1c90ebfe9a8e192910ecd8a8e396b7c569adc44d21283a9c2e1fc149"
    "7732c81a7139c293d5ed40d434577ef2b78a59d3ca502efd",
    16,
)
_E: Final = 65537


def name_uuid(name: str) -> str:
    """Give the UUID that a name stands for in tests and vectors."""
    return str(uuid.uuid5(NAMESPACE, name))


REGISTER: Final = name_uuid("register")


class FixedSigner(Struct, frozen=True, kw_only=True):
    """A signer as `archive.keys` knows it, and a way to sign that gives the same bytes each time."""

    signer: Signer
    public_key: PublicKey

    @property
    def person(self) -> str:
        return self.signer.person

    @property
    def algorithm(self) -> SignatureAlgorithm:
        return self.signer.algorithm

    @property
    def certificate_digest(self) -> str:
        return self.signer.certificate_digest

    @property
    def certificate_pem(self) -> bytes:
        certificate = x509.load_der_x509_certificate(self.signer.certificate)
        return certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, data: bytes) -> bytes:
        """Sign as the header says, always with the same result."""
        key = self.signer.key
        if isinstance(key, rsa.RSAPrivateKey):
            return _pss(data)
        hashed = ec.ECDSA(certificate_hash(key), deterministic_signing=True)
        r, s = decode_dss_signature(key.sign(data, hashed))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + min(s, ORDERS[self.algorithm] - s).to_bytes(size, "big")


def _pss(data: bytes) -> bytes:
    """Sign with RSASSA-PSS, SHA-256, MGF1 with SHA-256 and a salt of 32 bytes taken from the data.

    Source: RFC 8017, sections 8.1.1 and 9.1.1.
    """
    modulus = _P * _Q
    bits = modulus.bit_length() - 1
    length = (bits + 7) // 8
    digest = hashlib.sha256(data).digest()
    salt = hashlib.sha256(b"salt" + digest).digest()
    inner = hashlib.sha256(bytes(8) + digest + salt).digest()
    block = bytes(length - 32 - 32 - 2) + b"\x01" + salt
    mask = b"".join(hashlib.sha256(inner + i.to_bytes(4, "big")).digest() for i in range(length // 32 + 1))
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=False))
    masked[0] &= 0xFF >> (8 * length - bits)
    encoded = bytes(masked) + inner + b"\xbc"
    exponent = pow(_E, -1, (_P - 1) * (_Q - 1))
    return pow(int.from_bytes(encoded, "big"), exponent, modulus).to_bytes((modulus.bit_length() + 7) // 8, "big")


def _key(name: str, algorithm: SignatureAlgorithm) -> PrivateKey:
    if algorithm is SignatureAlgorithm.PS256:
        d = pow(_E, -1, (_P - 1) * (_Q - 1))
        return rsa.RSAPrivateNumbers(
            p=_P,
            q=_Q,
            d=d,
            dmp1=d % (_P - 1),
            dmq1=d % (_Q - 1),
            iqmp=pow(_Q, -1, _P),
            public_numbers=rsa.RSAPublicNumbers(_E, _P * _Q),
        ).private_key()
    secret = int.from_bytes(hashlib.sha512(f"key {name}".encode()).digest(), "big")
    curve = ec.SECP256R1() if algorithm is SignatureAlgorithm.ES256 else ec.SECP384R1()
    return ec.derive_private_key(secret % (ORDERS[algorithm] - 1) + 1, curve)


@functools.cache
def fixed_signer(name: str, algorithm: SignatureAlgorithm = SignatureAlgorithm.ES256) -> FixedSigner:
    """Give the signer of a name; `root` and names that begin with it are root keys of the register."""
    is_root = name.startswith("root")
    person = REGISTER if is_root else name_uuid(name)
    key = _key(name, algorithm)
    issuer = None if is_root else fixed_signer("root").signer
    issuer_key = issuer.key if issuer else key
    serial = int.from_bytes(hashlib.sha256(f"serial {name}".encode()).digest()[:19], "big")
    builder = certificate_builder(key.public_key(), person=person, now=OPENED_AT, issuer=issuer, serial=serial)
    certificate = builder.sign(issuer_key, certificate_hash(issuer_key), ecdsa_deterministic=True)
    signer = Signer(
        person=person,
        algorithm=algorithm,
        certificate=certificate.public_bytes(serialization.Encoding.DER),
        key=key,
    )
    return FixedSigner(signer=signer, public_key=key.public_key())
