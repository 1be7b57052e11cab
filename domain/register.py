"""The register's own stream: keys, signers, erasures, visibility (de: Ratsbuch einer Körperschaft).

Whether a key was rightly used is a question of signatures and stands in `archive.verify`; here is only what the
register says about its keys.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import vocabulary as v
from domain.dates import is_before
from domain.errors import RuleError
from domain.events import (
    ContentErased,
    LogKeyChanged,
    RegisterClosed,
    RegisterOpened,
    RootChanged,
    SignerEnrolled,
    SignerRevoked,
    VisibilityChanged,
)
from domain.stream import Fact, Keeps, RecordedEvent, State, Statement, advance
from domain.values import WITHHELD, Withheld, stated

if TYPE_CHECKING:
    from collections.abc import Mapping


class EnrolledSigner(Struct, frozen=True, kw_only=True):
    """A key that was admitted, and how it was revoked, if it was."""

    enrolled: Fact[SignerEnrolled]
    revoked: Fact[SignerRevoked] | None = None


class Register(State, frozen=True, kw_only=True):
    """What the register says about itself."""

    opened: Fact[RegisterOpened] | None = None
    closed: Fact[RegisterClosed] | None = None
    roots: tuple[Fact[RootChanged], ...] = ()
    log_keys: tuple[Fact[LogKeyChanged], ...] = ()
    enrolled: tuple[Fact[SignerEnrolled], ...] = ()
    revoked: tuple[Fact[SignerRevoked], ...] = ()
    erasures: tuple[Fact[ContentErased], ...] = ()
    visibility: tuple[Fact[VisibilityChanged], ...] = ()


_KEEPS: Final[Keeps] = MappingProxyType(
    {
        RegisterOpened: "opened",
        RegisterClosed: "closed",
        RootChanged: "roots",
        LogKeyChanged: "log_keys",
        SignerEnrolled: "enrolled",
        SignerRevoked: "revoked",
        ContentErased: "erasures",
        VisibilityChanged: "visibility",
    }
)


def evolve(state: Register | None, record: RecordedEvent) -> Register:
    """Apply one event; the first opens the register."""
    return advance(state or Register(stream=record.stream), record, _KEEPS)


def signers(state: Register) -> tuple[EnrolledSigner, ...]:
    """Give the keys admitted, in order of enrolment, each with the revocation that names its certificate.

    A key may be admitted again after it was revoked, hence a revocation belongs to the enrolment before it.
    """
    found = [EnrolledSigner(enrolled=fact) for fact in state.enrolled]
    for fact in state.revoked:
        digest = stated(fact.event.certificate_digest)
        for index, signer in enumerate(found):
            if (
                digest is not None
                and signer.revoked is None
                and signer.enrolled.event.certificate_digest == digest
                and signer.enrolled.record.seq < fact.record.seq
            ):
                found[index] = EnrolledSigner(enrolled=signer.enrolled, revoked=fact)
    return tuple(found)


# -- what is refused ------------------------------------------------------------------------------


# What an erasure says about itself: with these gone, nobody could tell any more why something is missing.
_STAYS: Final = frozenset({"data.legal_ground", "data.ordered_by", "data.copies_remaining"})


def decide_erasure(event: ContentErased) -> None:
    """Refuse to erase what the register needs to be judged by: its own tokens, and the grounds of erasures.

    Raises:
        RuleError: Such a thing is named.
    """
    if event.targets is WITHHELD:
        return
    for target in event.targets:
        if not target.event.startswith("register:"):
            continue
        if target.kind is v.ErasureKind.TOKEN:
            msg = f"{event.TYPE}: found the token {target.event}, expected none of the register's own"
            raise RuleError(msg, hint="erase the disclosures of the event instead")
        if target.path in _STAYS:
            msg = f"{event.TYPE}: found {target.event}/{target.path}, expected no ground of an earlier erasure"
            raise RuleError(msg, hint="why something was erased stays readable for good")


# -- what may be released -------------------------------------------------------------------------


def visibility_index(state: Register) -> Mapping[str, tuple[Fact[VisibilityChanged], ...]]:
    """Give the changes of visibility by what they name, a stream or an event, oldest first."""
    index: dict[str, list[Fact[VisibilityChanged]]] = {}
    for fact in state.visibility:
        if not isinstance(fact.event.target, Withheld):
            index.setdefault(fact.event.target, []).append(fact)
    return {target: tuple(facts) for target, facts in index.items()}


def visibility_of(
    record: RecordedEvent, index: Mapping[str, tuple[Fact[VisibilityChanged], ...]], *, on: str
) -> v.Visibility:
    """Give who may see an event on a day.

    A change that names a stream moves the events recorded in it before the change, and of these only those that
    stood at `was`: releasing a meeting does not release what was blocked in it. A change with an end counts up to
    that day, inclusive.

    Args:
        record: The event.
        index: The changes, from `visibility_index`.
        on: The day, `YYYY-MM-DD`.
    """
    visibility = record.visibility
    changes = (*index.get(record.stream, ()), *index.get(record.id, ()))
    for fact in sorted(changes, key=lambda change: change.record.position):
        event = fact.event
        until = stated(event.until)
        if event.becomes is WITHHELD or event.was is WITHHELD or (until is not None and is_before(until, on)):
            continue
        if event.target == record.id or (fact.record.position > record.position and event.was == visibility):
            visibility = event.becomes
    return visibility


# -- what is refused ------------------------------------------------------------------------------


# A right to erasure (Art. 17 DSGVO) does not end with the register: erasing goes on, and with it what it rests on. A
# key that was stolen must still be revocable, or its thief could erase for ever, and somebody must be there to erase.
AFTER_CLOSING: Final = frozenset({ContentErased.TYPE, SignerEnrolled.TYPE, SignerRevoked.TYPE})


def decide_open(statement: Statement, closed: str | None) -> None:
    """Refuse what the council did, and all else but what becomes of the records, after the register was closed.

    Erasures, the keys that they need, and custody (offering, handing over, destroying, holds that stand in the way of
    an erasure) go on: none of it adds to what was decided.

    Args:
        statement: What is to be recorded.
        closed: The event that closed the register, or None.

    Raises:
        RuleError: It is closed.
    """
    if closed is None or statement.kind == "custody" or statement.event.TYPE in AFTER_CLOSING:
        return
    msg = f"the register was closed by {closed}; nothing is recorded after it"
    raise RuleError(msg, hint="open its successor with `ratsbuch init --successor-of`")
