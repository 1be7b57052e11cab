"""Whose signature counts, and for what, at which position (de: zugelassene Schlüssel).

Trust is read from the register's own stream and from nothing else: the genesis names the root key, the root key
enrols and revokes signers. A token counts if its signer is the holder named in it, in an enrolled role, the
enrolment stands at a lower and no revocation at a lower position. A clock decides nothing.

Source: `docs/format.md` 2.
"""

from __future__ import annotations

import base64
import copy
import datetime
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, structs

from archive.keys import certificate_digest, certificate_key, load_public_key
from archive.token import PublicKey, Token
from domain.events import (
    CATALOGUE,
    LogKeyChanged,
    RegisterClosed,
    RegisterOpened,
    RootChanged,
    SignerEnrolled,
    SignerRevoked,
)
from domain.vocabulary import Role, SignatureAlgorithm

if TYPE_CHECKING:
    from domain.stream import RecordedEvent

TRUST_TYPES: Final = frozenset(
    cls.TYPE for cls in (RegisterOpened, RegisterClosed, RootChanged, LogKeyChanged, SignerEnrolled, SignerRevoked)
)


class Enrolment(Struct, frozen=True, kw_only=True):
    """A key that was admitted.

    Attributes:
        person: Its holder; the register's UUID for a root key.
        roles: The roles it may record in.
        algorithm: Fixed here; a header that says otherwise is refused.
        certificate_digest: SHA-256 of the certificate, base64url.
        key: The public key.
        since: Position of the enrolment; tokens count at higher positions (at 1 itself for the first root).
        until: Position of the revocation or of the change of root; tokens count up to it.
        distrusted_since: Seconds since 1970 from which a stated compromise casts doubt; None for none.
    """

    person: str
    roles: tuple[Role, ...]
    algorithm: SignatureAlgorithm
    certificate_digest: str
    key: PublicKey
    since: int
    until: int | None = None
    distrusted_since: float | None = None


class Doubt(Struct, frozen=True, kw_only=True):
    """Why a signature does not count, or counts no more for certain."""

    code: str
    certain: bool
    found: str
    expected: str


class LogKeys(Struct, frozen=True, kw_only=True):
    """The keys that sign checkpoints from a position on, as C2SP verifier keys."""

    ed25519: str
    mldsa44: str
    since: int


def _seconds(instant: str) -> float:
    """Give the seconds since 1970 of an instant."""
    return datetime.datetime.fromisoformat(instant).timestamp()


class Trust:
    """The register's keys over its positions, built by applying its events in order."""

    def __init__(self) -> None:
        self.register: str | None = None
        self.closed_by: str | None = None
        self.log_keys: tuple[LogKeys, ...] = ()
        self._roots: list[Enrolment] = []
        self._signers: dict[str, list[Enrolment]] = {}
        # Who was found to count in what, so that the same question is answered once.
        self._clear: dict[tuple[str, str, str, str, str], Enrolment] = {}

    def apply(self, record: RecordedEvent) -> None:
        """Take in an event; those that say nothing about keys are passed over.

        Raises:
            InputError: A certificate or key in it cannot be read.
        """
        event = record.event
        self._clear = {}
        # The fields read here are plain, and the parser refuses events of the root key that are not public; so
        # none of them can be withheld.
        if isinstance(event, RegisterOpened):
            if self._roots:  # only the first is a genesis; another one in the stream must not bring a root along
                return
            self.register = cast("str", event.register).partition(":")[2]
            self._add_root(event, record)
            self._add_log_keys(cast("str", event.log_ed25519), cast("str", event.log_mldsa44), record)
        elif isinstance(event, RootChanged):
            self._roots[-1] = structs.replace(self._roots[-1], until=record.position)
            self._add_root(event, record)
        elif isinstance(event, LogKeyChanged):
            self._add_log_keys(cast("str", event.log_ed25519), cast("str", event.log_mldsa44), record)
        elif isinstance(event, SignerEnrolled):
            algorithm = cast("SignatureAlgorithm", event.algorithm)
            digest = cast("str", event.certificate_digest)
            # A certificate that was revoked never counts again, whoever enrols it once more.
            revoked = [e.until for e in self._signers.get(digest, ()) if e.until is not None]
            enrolment = Enrolment(
                person=cast("str", event.person),
                roles=cast("tuple[Role, ...]", event.roles),
                algorithm=algorithm,
                certificate_digest=digest,
                key=load_public_key(base64.b64decode(cast("str", event.public_key)), algorithm),
                since=record.position,
                until=revoked[0] if revoked else None,
            )
            self._signers[digest] = [*self._signers.get(digest, ()), enrolment]
        elif isinstance(event, SignerRevoked):
            digest = cast("str", event.certificate_digest)
            since = event.compromised_since
            moment = _seconds(since) if isinstance(since, str) else None
            # A second revocation may state a compromise later or earlier, but takes none back.
            self._signers[digest] = [
                structs.replace(
                    e,
                    until=record.position if e.until is None else e.until,
                    distrusted_since=min((m for m in (e.distrusted_since, moment) if m is not None), default=None),
                )
                for e in self._signers.get(digest, [])
            ]
        elif isinstance(event, RegisterClosed):
            self.closed_by = record.id

    def after(self, record: RecordedEvent) -> Trust:
        """Give a copy with an event taken in, so that a transaction that is rolled back leaves nothing behind."""
        # Lists and tuples are replaced and never changed in place, but for these two.
        other = copy.copy(self)
        vars(other).update(_roots=list(self._roots), _signers=dict(self._signers))
        other.apply(record)
        return other

    def _add_root(self, event: RegisterOpened | RootChanged, record: RecordedEvent) -> None:
        certificate = base64.b64decode(cast("str", event.root_certificate))
        algorithm = cast("SignatureAlgorithm", event.root_algorithm)
        self._roots.append(
            Enrolment(
                person=cast("str", self.register),
                roles=(Role.ROOT,),
                algorithm=algorithm,
                certificate_digest=certificate_digest(certificate),
                key=certificate_key(certificate, algorithm),
                since=record.position,
            )
        )

    def _add_log_keys(self, ed25519: str, mldsa44: str, record: RecordedEvent) -> None:
        self.log_keys = (*self.log_keys, LogKeys(ed25519=ed25519, mldsa44=mldsa44, since=record.position))

    @property
    def root(self) -> Enrolment:
        """The root key in force."""
        return self._roots[-1]

    def signers(self) -> tuple[Enrolment, ...]:
        """Give all enrolments in order of position, revoked ones included."""
        return tuple(sorted((e for group in self._signers.values() for e in group), key=lambda e: e.since))

    def distrusted(self) -> tuple[tuple[str, float], ...]:
        """Give the certificates with a stated compromise, and since when, sorted."""
        every = {(e.certificate_digest, e.distrusted_since) for group in self._signers.values() for e in group}
        return tuple(sorted((digest, since) for digest, since in every if since is not None))

    def enrolled(self, digest: str) -> tuple[Enrolment, ...]:
        """Give the enrolments of a certificate that are not revoked."""
        return tuple(e for e in self._signers.get(digest, ()) if e.until is None)

    def key_of(self, digest: str) -> Enrolment | None:
        """Give the first enrolment of a certificate, root certificates included, whatever its positions."""
        for root in self._roots:
            if root.certificate_digest == digest:
                return root
        group = self._signers.get(digest)
        return group[0] if group else None

    def judge(self, token: Token, position: int) -> Doubt | None:
        """Say why the signer of a token does not count at a position; None if it counts.

        Whether the signature itself verifies is not looked at here.
        """
        payload, digest = token.payload, token.header.certificate_digest
        question = (digest, payload.by.person, payload.by.role, payload.type, payload.sub.partition(":")[0])
        known = self._clear.get(question)
        if known is not None and known.since < position and (known.until is None or position <= known.until):
            return None
        if payload.by.role is Role.ROOT:
            return self._judge_root(token, position)
        doubt, standing = self._judge_signer(token, position)
        if doubt is None and standing is not None and standing.distrusted_since is None:
            self._clear[question] = standing
        return doubt

    def _judge_signer(self, token: Token, position: int) -> tuple[Doubt | None, Enrolment | None]:
        payload, digest = token.payload, token.header.certificate_digest
        by = payload.by
        group = self._signers.get(digest)
        if not group:
            doubt = Doubt(
                code="SIGNER_UNKNOWN",
                certain=True,
                found=f"certificate {digest}",
                expected="a certificate that the register enrolled",
            )
            return doubt, None
        earlier = [e for e in group if e.since < position]
        if not earlier:
            doubt = Doubt(
                code="SIGNER_NOT_YET_ENROLLED",
                certain=True,
                found=f"enrolment at position {group[0].since}",
                expected=f"an enrolment below position {position}",
            )
            return doubt, None
        standing = [e for e in earlier if e.until is None or e.until >= position]
        if not standing:
            doubt = Doubt(
                code="SIGNER_REVOKED",
                certain=True,
                found=f"revocation at position {earlier[-1].until}",
                expected=f"no revocation below position {position}",
            )
            return doubt, None
        holders = [e for e in standing if e.person == by.person]
        if not holders:
            doubt = Doubt(
                code="SIGNER_NOT_HOLDER",
                certain=True,
                found=f"recorded by {by.person}",
                expected=f"the holder of the certificate, {standing[0].person}",
            )
            return doubt, None
        fitting = [e for e in holders if by.role in e.roles]
        if not fitting:
            doubt = Doubt(
                code="SIGNER_WITHOUT_ROLE",
                certain=True,
                found=f"role {by.role}",
                expected="one of " + ", ".join(sorted({r for e in holders for r in e.roles})),
            )
            return doubt, None
        return self._judge_type(token) or _judge_compromise(holders, token.header.iat), fitting[0]

    def _judge_root(self, token: Token, position: int) -> Doubt | None:
        payload = token.payload
        standing = [
            r
            for r in self._roots
            if (r.since < position or r.since == position == 1) and (r.until is None or r.until >= position)
        ]
        if not any(r.certificate_digest == token.header.certificate_digest for r in standing):
            return Doubt(
                code="SIGNER_NOT_ROOT",
                certain=True,
                found=f"certificate {token.header.certificate_digest}",
                expected="the root certificate in force at this position",
            )
        if payload.by.person != self.register:
            return Doubt(
                code="SIGNER_NOT_HOLDER",
                certain=True,
                found=f"recorded by {payload.by.person}",
                expected=f"the register itself, {self.register}",
            )
        return self._judge_type(token)

    def _judge_type(self, token: Token) -> Doubt | None:
        payload = token.payload
        row = CATALOGUE[payload.type]
        allowed = row.roles.get(payload.sub.partition(":")[0], frozenset())
        if payload.by.role in allowed:
            return None
        return Doubt(
            code="ROLE_MAY_NOT_RECORD",
            certain=True,
            found=f"{payload.type} recorded as {payload.by.role}",
            expected="one of " + ", ".join(sorted(allowed)),
        )


def _judge_compromise(holders: list[Enrolment], iat: int) -> Doubt | None:
    for enrolment in holders:
        since = enrolment.distrusted_since
        if since is not None and iat >= since:
            return Doubt(
                code="SIGNER_LATER_DISTRUSTED",
                certain=False,
                found="recorded after the stated compromise of the key",
                expected="a key that was in no other hands",
            )
    return None
