"""Keys and certificates: making them, keeping them outside the archive, and signing with them.

A key folder belongs to one register and holds one file a key:

* `root.key.pem`, `root.cert.pem`: the root key; it enrols and revokes signers and is to be taken offline;
* `<person>.key.pem`, `<person>.cert.pem`: a person's key; further ones are `<person>.2` and so on;
* `log-ed25519.key.pem`, `log-mldsa44.key.pem`: the keys that sign checkpoints.

Private keys are PKCS #8; with a passphrase encrypted by AES-256-CBC under a key that scrypt derives
(PBES2). Other people's tools read them: `openssl pkey -in root.key.pem`.

A certificate carries the person key and no name: names are personal data and must be erasable, while the
certificate is bound into every signature.

Source: RFC 5208, RFC 5958 (PKCS #8), RFC 8018 (PBES2), RFC 7914 (scrypt), RFC 5280 (certificates).
"""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import os
import re
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509.oid import NameOID
from msgspec import Struct

from archive.disclosure import base64url_encode
from archive.errors import InputError, StorageError
from archive.token import PrivateKey, PublicKey, header_text, require_key, sign_bytes
from domain.vocabulary import SignatureAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT: Final = "root"
LOG_ED25519: Final = "log-ed25519"
LOG_MLDSA44: Final = "log-mldsa44"
KEY_SIZE_MAX: Final = 64 * 2**10
_NAME: Final = re.compile(r"(?:root|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_CERTIFICATE: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.[1-9][0-9]{0,3})?)\.cert\.pem\Z")
# One of the parameter sets that OWASP calls equal in strength, and the strongest whose memory (16 MiB) the
# command line of OpenSSL accepts by default.
SCRYPT_N: Final = 2**14
SCRYPT_R: Final = 8
SCRYPT_P: Final = 5
# RFC 5280, 4.1.2.5: the date for "no well-defined end". Whether a key counts is decided by enrolment and
# revocation in the register, never by the clock.
_NO_END: Final = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)

AnyPrivateKey = PrivateKey | ed25519.Ed25519PrivateKey | mldsa.MLDSA44PrivateKey


class Signer(Struct, frozen=True, kw_only=True):
    """A key that signs tokens, with what a header says of it.

    Attributes:
        person: The person key of its holder; the register's UUID for the root key.
        algorithm: The algorithm it signs with.
        certificate: Its certificate, DER.
        key: The private key; never shown.
    """

    person: str
    algorithm: SignatureAlgorithm
    certificate: bytes
    key: PrivateKey

    def __repr__(self) -> str:
        """Show whose key it is, never the key."""
        return f"Signer({self.person}, {self.algorithm})"

    @property
    def certificate_digest(self) -> str:
        """The certificate's SHA-256, base64url, as headers and enrolments name it."""
        return certificate_digest(self.certificate)

    def header(self, iat: int) -> bytes:
        """Give the encoded protected header for a recording time in seconds."""
        return header_text(self.algorithm, iat, self.certificate_digest)

    def sign(self, data: bytes) -> bytes:
        """Sign bytes as the algorithm says."""
        return sign_bytes(self.algorithm, self.key, data)


@functools.lru_cache(maxsize=64)
def certificate_digest(certificate: bytes) -> str:
    """Give the SHA-256 of a certificate (DER) in base64url."""
    return base64url_encode(hashlib.sha256(certificate).digest()).decode()


def public_key_bytes(key: PublicKey) -> bytes:
    """Encode a public key as SubjectPublicKeyInfo, DER."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def load_public_key(spki: bytes, algorithm: SignatureAlgorithm) -> PublicKey:
    """Read a SubjectPublicKeyInfo (DER) as a key for the algorithm.

    Raises:
        InputError: Not a public key, or one of another kind.
    """
    try:
        key = serialization.load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"{algorithm}: not a SubjectPublicKeyInfo"
        raise InputError(msg) from error
    return require_key(algorithm, key)


def certificate_key(certificate: bytes, algorithm: SignatureAlgorithm) -> PublicKey:
    """Give the public key in a certificate (DER).

    Raises:
        InputError: Not a certificate, or its key is not one for the algorithm.
    """
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = "not an X.509 certificate"
        raise InputError(msg) from error
    return require_key(algorithm, key)


# -- making ---------------------------------------------------------------------------------------


def generate(algorithm: SignatureAlgorithm) -> PrivateKey:
    """Make a key for an algorithm."""
    if algorithm is SignatureAlgorithm.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm is SignatureAlgorithm.ES384:
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def make_signer(
    *, person: str, algorithm: SignatureAlgorithm, now: int, issuer: Signer | None = None, serial: int
) -> Signer:
    """Make a key and a certificate for it.

    Args:
        person: The person key; the register's UUID for a root key.
        algorithm: What it signs with.
        now: Begin of validity, seconds since 1970.
        issuer: The root key that issues it; None for a root key, which issues its own.
        serial: A fresh random serial number of at most 159 bits.
    """
    key = generate(algorithm)
    issuer_key = issuer.key if issuer else key
    builder = certificate_builder(key.public_key(), person=person, now=now, issuer=issuer, serial=serial)
    certificate = builder.sign(issuer_key, certificate_hash(issuer_key))
    return Signer(
        person=person,
        algorithm=algorithm,
        certificate=certificate.public_bytes(serialization.Encoding.DER),
        key=key,
    )


def certificate_hash(issuer_key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """Give the hash with which a key signs certificates: the one that fits its strength."""
    if isinstance(issuer_key, ec.EllipticCurvePrivateKey) and isinstance(issuer_key.curve, ec.SECP384R1):
        return hashes.SHA384()
    return hashes.SHA256()


def certificate_builder(
    key: PublicKey, *, person: str, now: int, issuer: Signer | None, serial: int
) -> x509.CertificateBuilder:
    """Give the certificate of a key, still to be signed; see `make_signer` for the arguments."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"urn:uuid:{person}")])
    issuer_name = x509.load_der_x509_certificate(issuer.certificate).subject if issuer else name
    issuer_key = issuer.key.public_key() if issuer else key
    root = issuer is None
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(datetime.datetime.fromtimestamp(now, tz=datetime.UTC))
        .not_valid_after(_NO_END)
        .add_extension(x509.BasicConstraints(ca=root, path_length=0 if root else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=root,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


# -- PKCS #8 under scrypt -------------------------------------------------------------------------


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:  # noqa: PLR2004  # the short form of a length
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


_OID_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")
_OID_SCRYPT: Final = bytes.fromhex("06092b06010401da47040b")
_OID_AES256_CBC: Final = bytes.fromhex("060960864801650304012a")


def encrypt_key(pkcs8: bytes, passphrase: bytes, *, random: Callable[[int], bytes]) -> bytes:
    """Encrypt a private key (PKCS #8, DER) into an EncryptedPrivateKeyInfo, PEM.

    The library's own writer derives the key with a few thousand rounds of PBKDF2, which a thief tries millions
    of times a second; scrypt makes each try cost memory. Reading needs nothing of ours.

    Source: RFC 8018, appendix A.4; RFC 7914, section 7.
    """
    salt, iv = random(16), random(16)
    derived = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(derived), modes.CBC(iv)).encryptor()
    secret = encryptor.update(padder.update(pkcs8) + padder.finalize()) + encryptor.finalize()
    parameters = _der(0x30, _der(0x04, salt), _integer(SCRYPT_N), _integer(SCRYPT_R), _integer(SCRYPT_P), _integer(32))
    scheme = _der(
        0x30,
        _der(0x30, _OID_SCRYPT, parameters),
        _der(0x30, _OID_AES256_CBC, _der(0x04, iv)),
    )
    info = _der(0x30, _der(0x30, _OID_PBES2, scheme), _der(0x04, secret))
    return _pem("ENCRYPTED PRIVATE KEY", info)


def _pem(label: str, der: bytes) -> bytes:
    text = base64.b64encode(der)
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN %s-----" % label.encode(), *lines, b"-----END %s-----" % label.encode(), b""])


# -- the key folder -------------------------------------------------------------------------------


class KeyFolder:
    """The key files of one register, in a folder outside the archive.

    Args:
        path: The folder.
        passphrase: Decrypts, and encrypts what is written; None leaves keys unencrypted.
        random: Gives that many unpredictable bytes.
    """

    def __init__(self, path: Path, *, passphrase: bytes | None, random: Callable[[int], bytes]) -> None:
        self.path = path
        self._passphrase = passphrase
        self._random = random

    def __repr__(self) -> str:
        return f"KeyFolder({str(self.path)!r})"

    def create(self) -> None:
        """Make the folder, readable by its owner only."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"key folder {self.path}: cannot be made: {error.strerror}"
            raise StorageError(msg, hint="choose another folder with --keys") from error

    def write_signer(self, signer: Signer, *, name: str | None = None) -> None:
        """Write a signer's key and certificate.

        Raises:
            StorageError: A file of that name is there already, or the disk does not take it.
        """
        name = name or signer.person
        certificate = x509.load_der_x509_certificate(signer.certificate)
        self.write_key(name, signer.key)
        self._write(f"{name}.cert.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def write_key(self, name: str, key: AnyPrivateKey) -> None:
        """Write a private key, encrypted if there is a passphrase.

        Raises:
            StorageError: A file of that name is there already, or the disk does not take it.
        """
        der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        if self._passphrase is None:
            text = _pem("PRIVATE KEY", der)
        else:
            text = encrypt_key(der, self._passphrase, random=self._random)
        self._write(f"{name}.key.pem", text)

    def _write(self, name: str, data: bytes) -> None:
        path = self.path / name
        part = path.with_name(f".{name}.{self._random(4).hex()}.part")
        try:
            file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            # A link, because it fails where the name is taken: a key that is overwritten is a key that is lost.
            os.link(part, path)
            folder = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except FileExistsError as error:
            msg = f"key file {path}: exists already"
            raise StorageError(msg, hint="keys are never overwritten; move the old file away first") from error
        except OSError as error:
            msg = f"key file {path}: cannot be written: {error.strerror}"
            raise StorageError(msg) from error
        finally:
            part.unlink(missing_ok=True)

    def _read(self, name: str) -> bytes:
        path = self.path / name
        try:
            with path.open("rb") as handle:
                data = handle.read(KEY_SIZE_MAX + 1)
        except FileNotFoundError as error:
            msg = f"key file {path}: not found"
            raise StorageError(msg, hint="name the key folder with --keys, or the key with --signer") from error
        except OSError as error:
            msg = f"key file {path}: cannot be read: {error.strerror}"
            raise StorageError(msg) from error
        if len(data) > KEY_SIZE_MAX:
            msg = f"key file {path}: over {KEY_SIZE_MAX} bytes, so it is no key"
            raise StorageError(msg)
        return data

    def persons(self) -> tuple[str, ...]:
        """Give the person keys that the folder holds a private key of, sorted."""
        suffix = ".key.pem"
        try:
            names = [p.name.removesuffix(suffix) for p in self.path.iterdir() if p.name.endswith(suffix)]
        except FileNotFoundError:
            return ()
        except OSError as error:
            msg = f"key folder {self.path}: cannot be read: {error.strerror}"
            raise StorageError(msg) from error
        return tuple(sorted(name for name in names if name != ROOT and _NAME.match(name)))

    def certificates(self) -> dict[str, bytes]:
        """Give the certificates of persons (DER) whose private key is here too, by the names of their files.

        Raises:
            StorageError: The folder or a file in it cannot be read, or is no certificate.
        """
        try:
            files = sorted(found[1] for path in self.path.iterdir() if (found := _CERTIFICATE.match(path.name)))
        except FileNotFoundError:
            return {}
        except OSError as error:
            msg = f"key folder {self.path}: cannot be read: {error.strerror}"
            raise StorageError(msg) from error
        return {name: self._certificate(name) for name in files if self.has(name)}

    def _certificate(self, name: str) -> bytes:
        try:
            certificate = x509.load_pem_x509_certificate(self._read(f"{name}.cert.pem"))
        except ValueError as error:
            msg = f"certificate {self.path / name}.cert.pem: not an X.509 certificate (PEM)"
            raise StorageError(msg) from error
        return certificate.public_bytes(serialization.Encoding.DER)

    def has(self, name: str) -> bool:
        """Say whether the folder holds that private key."""
        return (self.path / f"{name}.key.pem").exists()

    @property
    def encrypted(self) -> bool:
        """Whether any key of the folder wants a passphrase."""
        try:
            files = [p for p in self.path.iterdir() if p.name.endswith(".key.pem")]
        except OSError:
            return False
        return any(b"ENCRYPTED" in self._read(p.name)[:64] for p in files)

    def read_key(self, name: str) -> AnyPrivateKey:
        """Read a private key.

        Raises:
            StorageError: Not there, not readable, not a key of ours, or the passphrase is wrong or missing.
        """
        data = self._read(f"{name}.key.pem")
        where = self.path / f"{name}.key.pem"
        encrypted = b"ENCRYPTED" in data[:64]
        if encrypted and self._passphrase is None:
            msg = f"key file {where}: it is encrypted and no passphrase was given"
            raise StorageError(msg, hint="set RATSBUCH_PASSPHRASE_FILE, or run on a terminal to be asked")
        try:
            key = serialization.load_pem_private_key(data, self._passphrase if encrypted else None)
        except (ValueError, UnsupportedAlgorithm) as error:
            if encrypted:
                msg = f"key file {where}: wrong passphrase, or the file is damaged"
                raise StorageError(msg) from error
            msg = f"key file {where}: not a private key (PKCS #8, PEM)"
            raise StorageError(msg) from error
        if not isinstance(key, AnyPrivateKey):
            msg = f"key file {where}: a key of a kind that is not used here"
            raise StorageError(msg)
        return key

    def read_signer(self, name: str, *, person: str, algorithm: SignatureAlgorithm) -> Signer:
        """Read a signer's key and certificate and hold them against each other.

        Args:
            name: The file's name: `root` or a person key.
            person: The holder.
            algorithm: The enrolled algorithm.

        Raises:
            StorageError: A file is missing or damaged, or key and certificate do not belong together.
        """
        key = self.read_key(name)
        where = self.path / f"{name}.cert.pem"
        try:
            certificate = x509.load_pem_x509_certificate(self._read(f"{name}.cert.pem"))
            public = require_key(algorithm, certificate.public_key())
        except (ValueError, InputError, UnsupportedAlgorithm) as error:
            msg = f"certificate {where}: not a certificate for {algorithm}"
            raise StorageError(msg) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or key.public_key() != public:
            msg = f"certificate {where}: it is not the certificate of {name}.key.pem"
            raise StorageError(msg)
        return Signer(
            person=person,
            algorithm=algorithm,
            certificate=certificate.public_bytes(serialization.Encoding.DER),
            key=key,
        )
