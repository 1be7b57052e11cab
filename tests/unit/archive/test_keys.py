from __future__ import annotations

import base64
import datetime
import re
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa, x448
from cryptography.x509.oid import ExtensionOID, NameOID
from support.signers import OPENED_AT, REGISTER, fixed_signer, name_uuid

from archive.disclosure import base64url_encode
from archive.errors import InputError, StorageError
from archive.keys import (
    KEY_SIZE_MAX,
    KeyFolder,
    Signer,
    certificate_digest,
    certificate_key,
    encrypt_key,
    load_public_key,
    make_signer,
    public_key_bytes,
)
from domain.vocabulary import SignatureAlgorithm

if TYPE_CHECKING:
    from pathlib import Path

PERSON = name_uuid("person")
PASSPHRASE = "Straße der Einheit 1".encode()


def fixed(count: int) -> bytes:
    return bytes(range(count))


def folder(path: Path, passphrase: bytes | None = None) -> KeyFolder:
    keys = KeyFolder(path / "keys", passphrase=passphrase, random=fixed)
    keys.create()
    return keys


def signer(algorithm: SignatureAlgorithm = SignatureAlgorithm.ES256) -> Signer:
    return make_signer(person=PERSON, algorithm=algorithm, now=OPENED_AT, issuer=fixed_signer("root").signer, serial=7)


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
@pytest.mark.parametrize("algorithm", SignatureAlgorithm)
def test_signer_is_read_as_it_was_written(
    tmp_path: Path, algorithm: SignatureAlgorithm, passphrase: bytes | None
) -> None:
    made = fixed_signer(f"clerk-{algorithm}", algorithm).signer
    keys = folder(tmp_path, passphrase)

    keys.write_signer(made)

    found = keys.read_signer(made.person, person=made.person, algorithm=algorithm)
    assert (found.person, found.algorithm, found.certificate) == (made.person, algorithm, made.certificate)
    assert found.key.private_numbers() == made.key.private_numbers()
    assert keys.persons() == (made.person,)
    assert keys.has(made.person)
    assert keys.encrypted is (passphrase is not None)


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    keys = folder(tmp_path)

    keys.write_signer(signer())

    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys.path.iterdir()} == {0o600}
    assert {path.name for path in keys.path.iterdir()} == {f"{PERSON}.key.pem", f"{PERSON}.cert.pem"}


def test_key_is_never_overwritten(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.write_signer(signer())
    before = {path.name: path.read_bytes() for path in keys.path.iterdir()}

    with pytest.raises(StorageError, match=rf"^key file .*/{PERSON}\.key\.pem: exists already$") as caught:
        keys.write_signer(signer())

    assert caught.value.hint == "keys are never overwritten; move the old file away first"
    assert {path.name: path.read_bytes() for path in keys.path.iterdir()} == before


def test_encrypted_key_holds_no_part_of_the_key_in_the_clear(tmp_path: Path) -> None:
    made = signer()
    keys = folder(tmp_path, PASSPHRASE)

    keys.write_signer(made)

    text = (keys.path / f"{PERSON}.key.pem").read_bytes()
    assert text.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    plain = made.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert not set(plain.splitlines()[1:-1]) & set(text.splitlines())


def test_wrong_passphrase_is_said_so(tmp_path: Path) -> None:
    folder(tmp_path, PASSPHRASE).write_signer(signer())

    with pytest.raises(StorageError, match=r"^key file .*: wrong passphrase, or the file is damaged$"):
        folder(tmp_path, b"another").read_key(PERSON)


def test_missing_passphrase_is_said_so(tmp_path: Path) -> None:
    folder(tmp_path, PASSPHRASE).write_signer(signer())

    with pytest.raises(StorageError, match=r"^key file .*: it is encrypted and no passphrase was given$") as caught:
        folder(tmp_path).read_key(PERSON)

    assert caught.value.hint == "set RATSBUCH_PASSPHRASE_FILE, or run on a terminal to be asked"


def test_passphrase_for_a_key_that_is_not_encrypted_is_not_needed(tmp_path: Path) -> None:
    folder(tmp_path).write_signer(signer())

    assert folder(tmp_path, PASSPHRASE).read_key(PERSON) is not None


def test_missing_key_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=rf"^key file .*/{PERSON}\.key\.pem: not found$") as caught:
        folder(tmp_path).read_key(PERSON)

    assert caught.value.hint == "name the key folder with --keys, or the key with --signer"
    assert not folder(tmp_path).has(PERSON)


def test_missing_folder_holds_no_keys(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "none", passphrase=None, random=fixed)

    assert keys.persons() == ()
    assert keys.encrypted is False


def test_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")

    with pytest.raises(StorageError, match=r"^key folder .*/keys: cannot be made: File exists$") as caught:
        folder(tmp_path)

    assert caught.value.hint == "choose another folder with --keys"


def test_only_persons_are_listed(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.write_signer(fixed_signer("root").signer, name="root")
    keys.write_signer(signer())
    keys.write_key("log-ed25519", ed25519.Ed25519PrivateKey.generate())
    keys.write_key("log-mldsa44", mldsa.MLDSA44PrivateKey.generate())

    assert keys.persons() == (PERSON,)
    assert isinstance(keys.read_key("log-ed25519"), ed25519.Ed25519PrivateKey)
    assert isinstance(keys.read_key("log-mldsa44"), mldsa.MLDSA44PrivateKey)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not a private key (PKCS #8, PEM)"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key (PKCS #8, PEM)"),
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END", "wrong passphrase, or the file is damaged"),
        (b"x" * (KEY_SIZE_MAX + 1), f"over {KEY_SIZE_MAX} bytes, so it is no key"),
    ],
)
def test_file_that_is_no_key_is_said_so(tmp_path: Path, content: bytes, fault: str) -> None:
    keys = folder(tmp_path, PASSPHRASE)
    (keys.path / f"{PERSON}.key.pem").write_bytes(content)

    with pytest.raises(StorageError, match=f"^{re.escape(f'key file {keys.path}/{PERSON}.key.pem: {fault}')}$"):
        keys.read_key(PERSON)


def test_key_of_a_kind_that_is_not_used_is_refused(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    others: list[ed448.Ed448PrivateKey | x448.X448PrivateKey] = [ed448.Ed448PrivateKey.generate()]
    others.append(x448.X448PrivateKey.generate())
    for number, other in enumerate(others):
        pem = other.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (keys.path / f"{number}.key.pem").write_bytes(pem)
        with pytest.raises(StorageError, match=r": a key of a kind that is not used here$"):
            keys.read_key(str(number))


def test_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.write_signer(signer())
    other = x509.load_der_x509_certificate(fixed_signer("other").signer.certificate)
    (keys.path / f"{PERSON}.cert.pem").write_bytes(other.public_bytes(serialization.Encoding.PEM))

    with pytest.raises(StorageError, match=rf"^certificate .*: it is not the certificate of {PERSON}\.key\.pem$"):
        keys.read_signer(PERSON, person=PERSON, algorithm=SignatureAlgorithm.ES256)


def test_certificate_for_another_algorithm_is_refused(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.write_signer(signer())

    with pytest.raises(StorageError, match=r"^certificate .*: not a certificate for ES384$"):
        keys.read_signer(PERSON, person=PERSON, algorithm=SignatureAlgorithm.ES384)


# -- what other people's tools read ---------------------------------------------------------------


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("algorithm", SignatureAlgorithm)
def test_openssl_reads_the_encrypted_key(tmp_path: Path, algorithm: SignatureAlgorithm) -> None:
    made = fixed_signer(f"clerk-{algorithm}", algorithm).signer
    keys = folder(tmp_path, PASSPHRASE)
    keys.write_signer(made)
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)

    def openssl(*arguments: str) -> bytes:
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout

    file = str(keys.path / f"{made.person}.key.pem")
    public = openssl("pkey", "-in", file, "-passin", f"file:{tmp_path / 'passphrase'}", "-pubout", "-outform", "DER")
    assert public == public_key_bytes(made.key.public_key())
    described = openssl("asn1parse", "-in", file).decode()
    assert all(name in described for name in ("PBES2", "scrypt", "aes-256-cbc"))


def test_encrypted_key_names_the_costs_of_its_derivation() -> None:
    text = encrypt_key(b"\x30\x00", b"x", random=fixed)

    decoded = base64.b64decode(b"".join(text.splitlines()[1:-1]))
    assert bytes.fromhex("0410") + fixed(16) in decoded  # the salt
    assert bytes.fromhex("02024000 020108 020105 020120") in decoded  # N 16384, r 8, p 5, 32 bytes


# -- certificates ---------------------------------------------------------------------------------


def test_certificate_carries_the_person_key_and_no_name() -> None:
    made = signer()

    certificate = x509.load_der_x509_certificate(made.certificate)

    assert [(a.oid, a.value) for a in certificate.subject] == [(NameOID.COMMON_NAME, f"urn:uuid:{PERSON}")]
    assert [(a.oid, a.value) for a in certificate.issuer] == [(NameOID.COMMON_NAME, f"urn:uuid:{REGISTER}")]
    assert certificate.serial_number == 7
    assert certificate.not_valid_before_utc == datetime.datetime.fromtimestamp(OPENED_AT, tz=datetime.UTC)
    assert certificate.not_valid_after_utc == datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
    assert {extension.oid for extension in certificate.extensions} == {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    }
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(fixed_signer("root").signer.certificate))


@pytest.mark.parametrize("root", [True, False])
def test_key_usage_is_content_commitment_and_only_the_root_issues(root: bool) -> None:  # noqa: FBT001  # both kinds
    made = fixed_signer("root").signer if root else signer()

    certificate = x509.load_der_x509_certificate(made.certificate)

    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.content_commitment
    assert usage.value.key_cert_sign is root
    others = (usage.value.digital_signature, usage.value.key_agreement, usage.value.crl_sign)
    assert others == (False, False, False)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (root, 0 if root else None)


@pytest.mark.parametrize("algorithm", [SignatureAlgorithm.ES256, SignatureAlgorithm.ES384])
def test_root_issues_its_own_certificate(algorithm: SignatureAlgorithm) -> None:
    root = make_signer(person=REGISTER, algorithm=algorithm, now=OPENED_AT, serial=1)

    certificate = x509.load_der_x509_certificate(root.certificate)

    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject == certificate.issuer
    assert certificate_key(root.certificate, algorithm) == root.key.public_key()


def test_digest_of_a_certificate_is_that_of_its_der() -> None:
    made = signer()

    certificate = x509.load_der_x509_certificate(made.certificate)

    fingerprint = certificate.fingerprint(hashes.SHA256())
    assert made.certificate_digest == certificate_digest(made.certificate) == base64url_encode(fingerprint).decode()


def test_signer_shows_no_key() -> None:
    made = signer()

    assert repr(made) == f"Signer({PERSON}, ES256)"
    assert str(made) == repr(made)


def test_key_folder_shows_no_passphrase(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path, passphrase=b"secret", random=fixed)

    assert repr(keys) == f"KeyFolder({str(tmp_path)!r})"


def test_public_key_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"^ES256: not a SubjectPublicKeyInfo$"):
        load_public_key(b"\x30\x00", SignatureAlgorithm.ES256)
    with pytest.raises(InputError, match=r"^not an X\.509 certificate$"):
        certificate_key(b"\x30\x00", SignatureAlgorithm.ES256)


def test_key_of_a_type_that_nobody_knows_is_no_key() -> None:
    ec_public_key = bytes.fromhex("06072a8648ce3d0201")  # id-ecPublicKey, RFC 5480
    unknown = ec_public_key[:-1] + b"\x7f"
    made = signer()
    spki = public_key_bytes(made.key.public_key())
    with pytest.raises(InputError):
        certificate_key(made.certificate.replace(ec_public_key, unknown), SignatureAlgorithm.ES256)
    with pytest.raises(InputError):
        load_public_key(spki.replace(ec_public_key, unknown), SignatureAlgorithm.ES256)


def test_public_key_of_another_curve_is_refused() -> None:
    spki = public_key_bytes(ec.derive_private_key(5, ec.SECP384R1()).public_key())

    with pytest.raises(InputError, match=r"^ES256: the public key is not one for this algorithm$") as caught:
        load_public_key(spki, SignatureAlgorithm.ES256)
    hint = "ES256 wants a P-256 key, ES384 a P-384 key, PS256 an RSA key of 3000 bits or more"
    assert caught.value.hint == hint
    assert load_public_key(spki, SignatureAlgorithm.ES384).public_numbers().x > 0  # type: ignore[union-attr]  # EC


def test_rsa_key_under_3000_bits_is_refused() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()

    with pytest.raises(InputError, match=r"^PS256: the public key is not one for this algorithm$"):
        load_public_key(public_key_bytes(small), SignatureAlgorithm.PS256)
