"""Admitting and revoking keys, and choosing the one that signs (de: Schlüssel zulassen und sperren).

The root key signs both, from the key folder; whoever takes it offline puts it back for the length of one command.
A person may hold several keys. No key signs because it was the first one found: where several could, the person
who records names one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import UNSET, Struct

from archive.archive import Archive, Recorded
from archive.errors import InputError, StorageError
from archive.genesis import admission, new_signer, stated_now
from archive.intake.references import References, shown
from archive.keys import KEY_SIZE_MAX, ROOT, KeyFolder, Signer, certificate_digest, certificate_key
from archive.trust import Enrolment
from domain.errors import RuleError
from domain.events import Event, SignerRevoked
from domain.person import Person
from domain.values import Instant
from domain.vocabulary import RevocationReason, Role, SignatureAlgorithm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.store.sqlite import Transaction

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# Shorter beginnings of a digest would name the wrong key too easily.
PREFIX_LENGTH_MIN: Final = 6
KEYS_A_PERSON_MAX: Final = 999


class KeyLine(Struct, frozen=True, kw_only=True):
    """A key that was admitted, as `keys list` shows it.

    Attributes:
        person: The person key; the register's UUID for the root key.
        name: The name or office of the person, where one is recorded and at hand.
        roles: The roles it may record in.
        algorithm: What it signs with.
        certificate_digest: SHA-256 of its certificate, base64url.
        since: Position of the enrolment.
        until: Position of the revocation; None while it counts.
        here: Whether its private key lies in the key folder.
    """

    person: str
    name: str | None
    roles: tuple[Role, ...]
    algorithm: SignatureAlgorithm
    certificate_digest: str
    since: int
    until: int | None
    here: bool


class Enrolled(Struct, frozen=True, kw_only=True):
    """A key that was admitted just now.

    Attributes:
        person: Its person key.
        roles: The roles it may record in.
        algorithm: What it signs with.
        certificate_digest: SHA-256 of its certificate, base64url.
        files: The name of the key file in the folder; None for a certificate that came from elsewhere, and for a
            rehearsal.
        recorded: The event; None for a rehearsal.
    """

    person: str
    roles: tuple[Role, ...]
    algorithm: SignatureAlgorithm
    certificate_digest: str
    files: str | None
    recorded: Recorded | None


class Revoked(Struct, frozen=True, kw_only=True):
    """Keys that were revoked just now; `recorded` is None for a rehearsal."""

    keys: tuple[Enrolment, ...]
    recorded: Recorded | None


class _RehearsedError(Exception):
    """Leaves the transaction of a rehearsal."""


# -- who may record -------------------------------------------------------------------------------


def keys_of(archive: Archive, folder: KeyFolder) -> tuple[KeyLine, ...]:
    """Give the keys of a register, the root key first, then in order of enrolment, revoked ones included."""
    here = {certificate_digest(der) for der in folder.certificates().values()}
    root = archive.trust.root
    signers = (
        _line(e, here=e.certificate_digest in here, name=_name(archive, e.person)) for e in archive.trust.signers()
    )
    return (_line(root, here=folder.has(ROOT), name=None), *signers)


def _line(enrolment: Enrolment, *, here: bool, name: str | None) -> KeyLine:
    return KeyLine(
        person=enrolment.person,
        name=name,
        roles=enrolment.roles,
        algorithm=enrolment.algorithm,
        certificate_digest=enrolment.certificate_digest,
        since=enrolment.since,
        until=enrolment.until,
        here=here,
    )


def _name(archive: Archive, person: str) -> str | None:
    state = archive.stream(f"person:{person}")
    said = (state.name, state.office) if isinstance(state, Person) else ()
    return next((text for text in said if isinstance(text, str)), None)


def choose_signer(archive: Archive, folder: KeyFolder, wanted: str | None = None) -> Signer:
    """Give the key to record with: the only one in the folder that may record, or the one that is named.

    Args:
        archive: The archive.
        folder: Where the keys lie.
        wanted: A person key, or how the digest of a certificate begins; None for the only one.

    Raises:
        StorageError: The folder holds no such key, or it cannot be read.
        RuleError: Several fit, and none is named.
    """
    trust = archive.trust
    fitting: list[tuple[str, Enrolment]] = []
    revoked: list[str] = []
    for name, certificate in folder.certificates().items():
        digest = certificate_digest(certificate)
        standing = trust.enrolled(digest)
        if standing:
            fitting.append((name, standing[0]))
        elif trust.key_of(digest) is not None:
            revoked.append(digest)
    chosen = [(name, e) for name, e in fitting if wanted is None or _is_meant(e, wanted)]
    if not chosen:
        what = "no key that may record" if wanted is None else f"no key {shown(wanted)} that may record"
        also = f"; of those there, {len(revoked)} were revoked" if revoked else ""
        msg = f"key folder {folder.path}: found {what}{also}"
        raise StorageError(msg, hint=_way_to_a_key(trust.signers(), fitting))
    if len(chosen) > 1:
        told = "\n".join(f"  {_told(e, trust.enrolled(e.certificate_digest))}" for _, e in chosen)
        msg = f"key folder {folder.path}: {len(chosen)} keys may record, expected one to be named:\n{told}"
        raise RuleError(msg, hint=f"name it with --signer, such as --signer {chosen[0][1].certificate_digest[:10]}")
    name, enrolment = chosen[0]
    return folder.read_signer(name, person=enrolment.person, algorithm=enrolment.algorithm)


def _is_meant(enrolment: Enrolment, wanted: str) -> bool:
    if _UUID.match(wanted):
        return enrolment.person == wanted
    return len(wanted) >= PREFIX_LENGTH_MIN and enrolment.certificate_digest.startswith(wanted)


def _told(enrolment: Enrolment, standing: Sequence[Enrolment]) -> str:
    roles = sorted({role for e in standing for role in e.roles})
    return f"{enrolment.certificate_digest[:10]}  person {enrolment.person}  as {', '.join(roles)}"


def _way_to_a_key(signers: Sequence[Enrolment], fitting: Sequence[tuple[str, Enrolment]]) -> str:
    if fitting:
        return "those there are " + ", ".join(f"{e.certificate_digest[:10]} of {e.person}" for _, e in fitting)
    if any(signer.until is None for signer in signers):
        return "name the key folder with --keys; `ratsbuch keys list` shows which keys may record"
    return "let the root key enrol one with `ratsbuch keys enrol`"


# -- admitting ------------------------------------------------------------------------------------


def enrol(
    archive: Archive,
    folder: KeyFolder,
    roles: tuple[Role, ...],
    *,
    person: str | None = None,
    certificate: Path | None = None,
    algorithm: SignatureAlgorithm | None = None,
    dry_run: bool = False,
) -> Enrolled:
    """Admit a key: a new one that is written to the folder, or that of a certificate from elsewhere.

    Args:
        archive: The archive.
        folder: Where the root key lies, and where a new key goes.
        roles: What it may record as.
        person: The holder, a person key or a look-up such as `person:{name="..."}`; None for somebody new.
        certificate: A file with a certificate (PEM or DER) whose private key is held elsewhere.
        algorithm: What it will sign with; by default ES256, or what fits the certificate.
        dry_run: Do everything but keep it.

    Raises:
        InputError: The file is no certificate, or does not fit the algorithm; a person that is not found.
        RuleError: The certificate was revoked, or is another person's; a role that nobody is given.
        StorageError: The root key is not in the folder, or a file cannot be written.
    """
    if Role.ROOT in roles or not roles:
        msg = f"keys enrol: found the roles {', '.join(roles) or 'none'}, expected at least one, and not root"
        raise RuleError(msg)
    roles = tuple(dict.fromkeys(roles))
    root = _root(archive, folder)
    holder = archive.means.uuid4() if person is None else References(archive).person(person)
    signer: Signer | None = None
    if certificate is None:
        algorithm = algorithm or SignatureAlgorithm.ES256
        signer = new_signer(person=holder, algorithm=algorithm, means=archive.means, issuer=root)
        der = signer.certificate
    else:
        der = _read_certificate(certificate)
        algorithm = _algorithm(der, algorithm, str(certificate))
        _check_standing(archive, der, holder)
    files = None
    if signer is not None and not dry_run:
        # Before the event: a key that is enrolled and on no disk would be lost, one that is not is only untidy.
        files = _free_name(folder, holder)
        folder.write_signer(signer, name=files)
    event = admission(der, person=holder, algorithm=algorithm, roles=roles)
    return Enrolled(
        person=holder,
        roles=roles,
        algorithm=algorithm,
        certificate_digest=certificate_digest(der),
        files=files,
        recorded=_append(archive, [event], root, dry_run=dry_run),
    )


def _root(archive: Archive, folder: KeyFolder) -> Signer:
    standing = archive.trust.root
    if not folder.has(ROOT):
        msg = f"key folder {folder.path}: found no root key, which alone admits and revokes keys"
        raise StorageError(
            msg, hint="put root.key.pem and root.cert.pem back for this command, or name their folder with --keys"
        )
    root = folder.read_signer(ROOT, person=standing.person, algorithm=standing.algorithm)
    if root.certificate_digest != standing.certificate_digest:
        msg = f"key folder {folder.path}: its root key is not the one of register {standing.person}"
        raise StorageError(msg, hint="name the key folder of this register with --keys")
    return root


def _free_name(folder: KeyFolder, person: str) -> str:
    """Give a name for the files of one more key of a person."""
    names = (person, *(f"{person}.{number}" for number in range(2, KEYS_A_PERSON_MAX + 1)))
    for name in names:
        if not folder.has(name) and not (folder.path / f"{name}.cert.pem").exists():
            return name
    msg = f"key folder {folder.path}: {KEYS_A_PERSON_MAX} keys of {person} are there already"
    raise StorageError(msg, hint="move those away that were revoked")


def _read_certificate(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            data = handle.read(KEY_SIZE_MAX + 1)
    except OSError as error:
        msg = f"certificate {path}: cannot be read: {error.strerror}"
        raise InputError(msg) from error
    load = x509.load_pem_x509_certificate if data.lstrip().startswith(b"-----") else x509.load_der_x509_certificate
    try:
        return load(data).public_bytes(Encoding.DER)
    except ValueError as error:
        msg = f"certificate {path}: not an X.509 certificate (PEM or DER)"
        raise InputError(msg) from error


def _algorithm(certificate: bytes, wanted: SignatureAlgorithm | None, where: str) -> SignatureAlgorithm:
    for algorithm in SignatureAlgorithm if wanted is None else (wanted,):
        try:
            certificate_key(certificate, algorithm)
        except InputError:
            continue
        return algorithm
    expected = wanted or " or ".join(SignatureAlgorithm)
    msg = f"certificate {where}: its key is none for {expected}"
    raise InputError(msg, hint="ES256 wants a P-256 key, ES384 a P-384 key, PS256 an RSA key of 3000 bits or more")


def _check_standing(archive: Archive, certificate: bytes, person: str) -> None:
    digest = certificate_digest(certificate)
    for enrolment in archive.trust.signers():
        if enrolment.certificate_digest != digest:
            continue
        if enrolment.until is not None:
            msg = f"certificate {digest}: it was revoked at position {enrolment.until}, and never counts again"
            raise RuleError(msg, hint="enrol another key")
        if enrolment.person != person:
            msg = f"certificate {digest}: it is enrolled as that of person {enrolment.person}"
            raise RuleError(msg, hint=f"to give it further roles name its holder: --person {enrolment.person}")


# -- revoking -------------------------------------------------------------------------------------


def revoke(
    archive: Archive,
    folder: KeyFolder,
    wanted: Sequence[str],
    *,
    reason: RevocationReason,
    compromised_since: str | None = None,
    dry_run: bool = False,
) -> Revoked:
    """Revoke keys; what they signed before stays valid.

    Args:
        archive: The archive.
        folder: Where the root key lies.
        wanted: For each key the person key of its holder, or how the digest of its certificate begins.
        reason: Why.
        compromised_since: The moment (RFC 3339) from which what they signed is doubted.
        dry_run: Do everything but keep it.

    Raises:
        InputError: No key, or not exactly one, is meant by a name; the moment is none.
        StorageError: The root key is not in the folder.
    """
    if compromised_since is not None:
        _check_instant(compromised_since)
    root = _root(archive, folder)
    standing = {e.certificate_digest: e for e in archive.trust.signers() if e.until is None}
    found: dict[str, Enrolment] = {}
    for name in wanted:
        meant = [e for e in standing.values() if _is_meant(e, name)]
        if len(meant) != 1:
            msg = f"keys revoke: found {shown(name)}, which means {len(meant)} keys that stand, expected one"
            listed = ", ".join(e.certificate_digest[:10] for e in meant)
            raise InputError(msg, hint=f"name each by its digest: {listed}" if meant else "see `ratsbuch keys list`")
        found[meant[0].certificate_digest] = meant[0]
    events: list[Event] = [
        SignerRevoked(
            person=e.person,
            certificate_digest=e.certificate_digest,
            reason=reason,
            compromised_since=UNSET if compromised_since is None else compromised_since,
        )
        for e in found.values()
    ]
    return Revoked(keys=tuple(found.values()), recorded=_append(archive, events, root, dry_run=dry_run))


def _check_instant(text: str) -> None:
    try:
        msgspec.convert(text, Instant)
    except msgspec.ValidationError as error:
        msg = f"keys revoke: compromised since: found {shown(text)}, expected a moment with its offset"
        raise InputError(msg, hint="such as 2026-11-23T08:00:00+01:00") from error


def _append(archive: Archive, events: Sequence[Event], root: Signer, *, dry_run: bool) -> Recorded | None:
    """Record events by the root key; a rehearsal does the same and rolls it back."""
    stream, now = f"register:{archive.register.id}", archive.means.clock()
    statements = [(stated_now(stream, event, seconds=now), Role.ROOT, root) for event in events]
    try:
        return archive.append(statements, within=_rehearsed if dry_run else None)
    except _RehearsedError:
        return None


def _rehearsed(_: Transaction) -> None:
    raise _RehearsedError
