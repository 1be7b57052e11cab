"""Opening a register: keys, genesis event, first signer, body and rule set, all of it or nothing.

The archive is made in a folder beside its place and renamed there when it is complete and on disk; the keys are
written before, because an archive without its keys would be lost, while keys without an archive are only untidy.
"""

from __future__ import annotations

import base64
import datetime
import shutil
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from msgspec import UNSET, Struct, UnsetType

from archive import settings
from archive.archive import DATABASE, DOCUMENTS, Archive, Means
from archive.documents import sync_folder
from archive.errors import InputError, StorageError
from archive.keys import (
    LOG_ED25519,
    LOG_MLDSA44,
    ROOT,
    KeyFolder,
    Signer,
    certificate_digest,
    certificate_key,
    make_signer,
    public_key_bytes,
)
from archive.log.note import SignatureType, check_name, verifier_key
from archive.store.sqlite import create_database
from domain.events import BodyRegistered, Event, RegisterOpened, RuleSetAdopted, SignerEnrolled
from domain.stream import Statement
from domain.values import Predecessor, When
from domain.vocabulary import BodyKind, Certainty, Role, SignatureAlgorithm, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from domain.rules import RuleSet

FORMAT_VERSION: Final = 1
FIRST_SIGNER_ROLES: Final = (Role.REGISTRAR, Role.CLERK, Role.ARCHIVIST, Role.IMPORTER)


class Opening(Struct, frozen=True, kw_only=True):
    """What a new register is.

    Attributes:
        name: Name of the register and of the body whose it is.
        kind: Kind of the body.
        rule_set: The rules that hold for the body from the start.
        land: The Land whose law applies, where the rule set says so.
        archive_of_record: The archive that will take the records over.
        origin: Origin of the log; a default is made from the register's UUID.
        example: Whether it will hold examples only; cannot be changed later.
        algorithm: What the root key and the first signer sign with.
        predecessor: The register that this one continues.
    """

    name: str
    kind: BodyKind
    rule_set: RuleSetAdopted
    land: str | None = None
    archive_of_record: str | None = None
    origin: str | None = None
    example: bool = False
    algorithm: SignatureAlgorithm = SignatureAlgorithm.ES256
    predecessor: Predecessor | None = None


def adopted(preset: RuleSet) -> RuleSetAdopted:
    """Give the event that makes a preset the rules of a body."""
    return RuleSetAdopted(name=preset.name, preset=preset.key, valid_from=preset.valid_from, rules=preset.rules)


def _optional(value: str | None) -> str | UnsetType:
    return UNSET if value is None else value


def _now(seconds: float) -> When:
    at = datetime.datetime.fromtimestamp(int(seconds), tz=datetime.UTC).isoformat().replace("+00:00", "Z")
    return When(at=at, certainty=Certainty.STATED)


def stated_now(stream: str, event: Event, *, seconds: float) -> Statement:
    """Give a public statement about something that happens now, by the recorder's own clock."""
    return Statement(stream=stream, event=event, occurred=_now(seconds), visibility=Visibility.PUBLIC)


def enrolment_of(signer: Signer, *, roles: tuple[Role, ...]) -> SignerEnrolled:
    """Give the event that admits a signer."""
    return admission(signer.certificate, person=signer.person, algorithm=signer.algorithm, roles=roles)


def admission(
    certificate: bytes, *, person: str, algorithm: SignatureAlgorithm, roles: tuple[Role, ...]
) -> SignerEnrolled:
    """Give the event that admits the key of a certificate (DER), whoever holds the private key.

    Raises:
        InputError: Not a certificate, or its key is not one for the algorithm.
    """
    return SignerEnrolled(
        person=person,
        roles=roles,
        algorithm=algorithm,
        public_key=base64.b64encode(public_key_bytes(certificate_key(certificate, algorithm))).decode(),
        certificate_digest=certificate_digest(certificate),
        certificate=base64.b64encode(certificate).decode(),
    )


def new_signer(*, person: str, algorithm: SignatureAlgorithm, means: Means, issuer: Signer | None = None) -> Signer:
    """Make a signer with a certificate from the root key, or a root key with its own."""
    serial = int.from_bytes(means.random(20), "big") >> 1
    return make_signer(person=person, algorithm=algorithm, now=int(means.clock()), issuer=issuer, serial=serial)


def create(folder: Path, opening: Opening, *, means: Means, keys: Callable[[str], KeyFolder]) -> Archive:
    """Open a register in a new folder.

    Args:
        folder: Where the archive will be; not there yet, or empty.
        opening: What the register is.
        means: Clock and random source.
        keys: Gives the key folder for the register's UUID.

    Returns:
        The archive, with four events: genesis, first signer, body, rule set.

    Raises:
        StorageError: The folder holds something, or the disk does not take it; nothing stays behind.
        InputError: A name or origin that cannot be one.
    """
    folder = folder.absolute()  # `.` has no name that a folder beside it could go by
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder}: exists already and is not empty"
        raise StorageError(msg, hint="choose another folder; nothing is overwritten")
    register = means.uuid4()
    origin = opening.origin or f"{register}.ratsbuch.invalid"
    if not opening.name.strip():
        msg = "name: found an empty text, expected the name of the body"
        raise InputError(msg)
    if any("\ud800" <= character <= "\udfff" for character in opening.name):
        msg = "name: found bytes that are no characters, expected UTF-8"
        raise InputError(msg)
    check_name(origin, "origin")
    key_folder = keys(register)
    root = new_signer(person=register, algorithm=opening.algorithm, means=means)
    first = new_signer(person=means.uuid4(), algorithm=opening.algorithm, means=means, issuer=root)
    log_ed25519 = ed25519.Ed25519PrivateKey.generate()
    log_mldsa44 = mldsa.MLDSA44PrivateKey.generate()

    part = folder.with_name(f".{folder.name}.{register[:8]}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
        (part / DOCUMENTS).mkdir()
        settings.write(
            part,
            settings.Settings(
                format=settings.FORMAT, register=register, name=opening.name, origin=origin, backend=settings.BACKEND
            ),
        )
        create_database(part / DATABASE)
        with Archive(part, means=means) as archive:
            archive.append(
                [
                    (statement, role, root if role is Role.ROOT else first)
                    for statement, role in _first_events(
                        opening,
                        register=register,
                        origin=origin,
                        root=root,
                        first=first,
                        log_keys=(
                            verifier_key(
                                origin, SignatureType.ED25519, log_ed25519.public_key().public_bytes_raw()
                            ).vkey,
                            verifier_key(
                                origin, SignatureType.COSIGNATURE_MLDSA44, log_mldsa44.public_key().public_bytes_raw()
                            ).vkey,
                        ),
                        means=means,
                    )
                ]
            )
        key_folder.create()
        key_folder.write_signer(root, name=ROOT)
        key_folder.write_signer(first)
        key_folder.write_key(LOG_ED25519, log_ed25519)
        key_folder.write_key(LOG_MLDSA44, log_mldsa44)
        sync_folder(part)
        part.rename(folder)
        try:
            sync_folder(folder.parent)
        except OSError:
            folder.rename(part)
            raise
    except OSError as error:
        msg = f"{folder}: cannot be made: {error.strerror}"
        raise StorageError(msg) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Archive.open(folder, means=means)


def _first_events(  # what the four events are made of
    opening: Opening,
    *,
    register: str,
    origin: str,
    root: Signer,
    first: Signer,
    log_keys: tuple[str, str],
    means: Means,
) -> tuple[tuple[Statement, Role], ...]:
    now = means.clock()
    body = f"body:{means.uuid7()}"
    genesis = RegisterOpened(
        register=f"register:{register}",
        name=opening.name,
        kind=opening.kind,
        example=opening.example,
        format_version=FORMAT_VERSION,
        origin=origin,
        root_algorithm=root.algorithm,
        root_certificate=base64.b64encode(root.certificate).decode(),
        log_ed25519=log_keys[0],
        log_mldsa44=log_keys[1],
        predecessor=UNSET if opening.predecessor is None else opening.predecessor,
    )
    registered = BodyRegistered(
        name=opening.name,
        kind=opening.kind,
        land=_optional(opening.land),
        archive_of_record=_optional(opening.archive_of_record),
    )
    return (
        (stated_now(f"register:{register}", genesis, seconds=now), Role.ROOT),
        (stated_now(f"register:{register}", enrolment_of(first, roles=FIRST_SIGNER_ROLES), seconds=now), Role.ROOT),
        (stated_now(body, registered, seconds=now), Role.REGISTRAR),
        (stated_now(body, opening.rule_set, seconds=now), Role.REGISTRAR),
    )
