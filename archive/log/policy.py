"""Whom a verifier believes: logs, witnesses and the quorum, in one file that the verifier keeps.

The file is a C2SP tlog-policy, so other tools read it unchanged. Ratsbuch reads one comment line of it too,
`# anchor <64 hex digits>`: the SHA-256 of the register's first token, which pins the register itself.

Ratsbuch asks for a little more than the specification: where keys of several types are listed for the checkpoint's
origin, a signature of each type has to be there, because our own logs sign with Ed25519 and ML-DSA-44. Of several
keys of one type (an old one and its successor) one is enough.

Source: C2SP tlog-policy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import EvidenceError, InputError
from archive.log.checkpoint import Checkpoint, open_checkpoint
from archive.log.head import parse_head
from archive.log.note import SignatureType, VerifierKey, parse_note, parse_vkey

if TYPE_CHECKING:
    from collections.abc import Collection

# The specification wants at least 32 logs, 32 witnesses and 32 groups taken.
POLICY_BYTES_MAX: Final = 2**20
ITEMS_MAX: Final = 256
NONE: Final = "none"
_LOG_TYPES: Final = frozenset({SignatureType.ED25519, SignatureType.COSIGNATURE_MLDSA44})
_WITNESS_TYPES: Final = frozenset({SignatureType.COSIGNATURE_ED25519, SignatureType.COSIGNATURE_MLDSA44})
_FORBIDDEN: Final = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
# Python's other spaces are part of names.
_SPACE: Final = re.compile(r"[ \t]+")
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_ANCHOR: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Log(Struct, frozen=True, kw_only=True):
    """A key that may sign checkpoints of the log it is named after."""

    key: VerifierKey
    url: str | None


class Witness(Struct, frozen=True, kw_only=True):
    """A witness (de: Gegenprüfstelle); its name means something inside the file only."""

    name: str
    key: VerifierKey
    url: str | None


class Group(Struct, frozen=True, kw_only=True):
    """Witnesses and groups of which at least `threshold` have to have seen a checkpoint."""

    name: str
    threshold: int
    members: tuple[str, ...]


class Policy(Struct, frozen=True, kw_only=True):
    """A trust policy.

    Attributes:
        logs: Keys of logs; may be empty where they are known from elsewhere.
        witnesses: In the order of the file.
        groups: In the order of the file, so that members come before the groups they are in.
        quorum: A witness, a group, or `none`.
        anchor_hex: The SHA-256 of token 1 of the register, if the file pins it.
    """

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str
    anchor_hex: str | None = None


class Trusted(Struct, frozen=True, kw_only=True):
    """A checkpoint that satisfies a policy.

    Attributes:
        checkpoint: The checkpoint; `verified` holds the signatures of logs and witnesses.
        witnesses: The names of the witnesses that cosigned it, each with the time it states, if it states one.
    """

    checkpoint: Checkpoint
    witnesses: tuple[tuple[str, int | None], ...]


# -- reading --------------------------------------------------------------------------------------


class _Reader:
    """Collects the lines of one file; every method reads one kind of line."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self.anchor_hex: str | None = None
        self.at = ""
        self._names: set[str] = {NONE}
        self._members: set[str] = set()

    def refuse(self, found: str, expected: str) -> InputError:
        return InputError(f"{self.at}: found {found}, expected {expected}")

    def line(self, number: int, text: str) -> None:
        self.at = f"{self.what}: line {number}"
        items = [item for item in _SPACE.split(text) if item]
        if not items:
            return
        if items[0].startswith("#"):
            # Also when the word follows the sign at once: a pin must not be lost by a missing space.
            words = " ".join(items).removeprefix("#").split()
            if words[:1] == ["anchor"]:
                self._anchor(words[1:])
            return
        match items[0]:
            case "log":
                self._log(items[1:])
            case "witness":
                self._witness(items[1:])
            case "group":
                self._group(items[1:])
            case "quorum":
                self._quorum(items[1:])
            case other:
                raise self.refuse(f"{other[:40]!a}", "log, witness, group, quorum or a comment")

    def _anchor(self, items: list[str]) -> None:
        if len(items) != 1 or not _ANCHOR.fullmatch(items[0]):
            raise self.refuse("an anchor that is none", "# anchor and 64 hex digits in lower case")
        if self.anchor_hex is not None:
            raise self.refuse("a second anchor", "one")
        self.anchor_hex = items[0]

    def _log(self, items: list[str]) -> None:
        if len(items) not in {1, 2}:
            raise self.refuse(f"{len(items)} items", "log <vkey> [<url>]")
        key = self._key(items[0], _LOG_TYPES, [log.key for log in self.logs])
        self.logs.append(Log(key=key, url=items[1] if items[1:] else None))

    def _witness(self, items: list[str]) -> None:
        if len(items) not in {2, 3}:
            raise self.refuse(f"{len(items)} items", "witness <name> <vkey> [<url>]")
        key = self._key(items[1], _WITNESS_TYPES, [witness.key for witness in self.witnesses])
        self._define(items[0])
        self.witnesses.append(Witness(name=items[0], key=key, url=items[2] if items[2:] else None))

    def _group(self, items: list[str]) -> None:
        name, *rest = items or [""]
        if len(rest) < 2:  # noqa: PLR2004  # a threshold and one member
            raise self.refuse(f"{len(items)} items", "group <name> <all, any or a number> <name>...")
        kind, *members = rest
        for member in members:
            if member not in self._names or member == NONE:
                raise self.refuse(f"member {_printable(member)}", "a witness or group of a line above")
            if member in self._members:
                raise self.refuse(f"member {_printable(member)} a second time", "each name in one group only")
            self._members.add(member)
        shorthand = {"all": len(members), "any": 1}
        if kind not in shorthand and not (_THRESHOLD.fullmatch(kind) and int(kind) <= len(members)):
            raise self.refuse(f"threshold {_printable(kind)}", f"all, any or 1 to {len(members)}")
        self._define(name)
        self.groups.append(Group(name=name, threshold=shorthand.get(kind) or int(kind), members=tuple(members)))

    def _quorum(self, items: list[str]) -> None:
        if len(items) != 1:
            raise self.refuse(f"{len(items)} items", "quorum <name>")
        if self.quorum is not None:
            raise self.refuse("a second quorum", "one")
        if items[0] not in self._names:
            raise self.refuse(f"quorum {_printable(items[0])}", "none, or a witness or group of a line above")
        self.quorum = items[0]

    def _define(self, name: str) -> None:
        if name in self._names:
            raise self.refuse(f"name {_printable(name)} a second time", "a new one")
        if max(len(self.witnesses), len(self.groups)) >= ITEMS_MAX:
            raise self.refuse(f"more than {ITEMS_MAX} witnesses or groups", "fewer")
        self._names.add(name)

    def _key(self, text: str, kinds: frozenset[SignatureType], known: list[VerifierKey]) -> VerifierKey:
        if len(known) >= ITEMS_MAX:
            raise self.refuse(f"more than {ITEMS_MAX} keys", "fewer")
        try:
            key = parse_vkey(text)
        except InputError as error:
            raise InputError(f"{self.at}: {error.message}", hint=error.hint) from error
        if key.type not in kinds:
            names = " or ".join(f"{kind:#04x}" for kind in sorted(kinds))
            raise self.refuse(f"a key of type {key.type:#04x}", names)
        if any(key.public == other.public for other in known):
            raise self.refuse(f"the public key of {key.label} a second time", "each key once")
        return key


def parse_policy(data: bytes, *, what: str = "policy") -> Policy:
    """Read a trust policy.

    Args:
        data: The file.
        what: What it is, for messages.

    Raises:
        InputError: It is not a policy in every byte, or too large.
    """
    if len(data) > POLICY_BYTES_MAX:
        msg = f"{what}: found {len(data)} bytes, expected at most {POLICY_BYTES_MAX}"
        raise InputError(msg)
    if bad := _FORBIDDEN.search(data):
        number = data.count(b"\n", 0, bad.start()) + 1
        msg = f"{what}: line {number}: found byte {bad[0][0]:#04x}, expected no control characters but tab and newline"
        raise InputError(msg)
    # A name is a string of bytes; this way of decoding loses none and makes none equal.
    *lines, rest = data.decode("utf-8", "surrogateescape").split("\n")
    if rest:
        msg = f"{what}: line {len(lines) + 1}: found no newline at the end, expected one; the file may be cut off"
        raise InputError(msg)
    reader = _Reader(what)
    for number, line in enumerate(lines, start=1):
        reader.line(number, line)
    if reader.quorum is None:
        msg = f"{what}: found no quorum line, expected one"
        raise InputError(msg, hint="a policy that wants no witnesses says `quorum none`")
    return Policy(
        logs=tuple(reader.logs),
        witnesses=tuple(reader.witnesses),
        groups=tuple(reader.groups),
        quorum=reader.quorum,
        anchor_hex=reader.anchor_hex,
    )


def _printable(name: str) -> str:
    return ascii(name[:64])


# -- judging --------------------------------------------------------------------------------------


def satisfied(policy: Policy, cosigned: Collection[str]) -> frozenset[str]:
    """Give the names of the witnesses and groups that have seen a checkpoint, `none` among them.

    Args:
        policy: The policy.
        cosigned: The names of the witnesses whose cosignatures verify.
    """
    names = {NONE, *(witness.name for witness in policy.witnesses if witness.name in cosigned)}
    for group in policy.groups:
        if len(names.intersection(group.members)) >= group.threshold:
            names.add(group.name)
    return frozenset(names)


def open_trusted(
    policy: Policy, data: bytes, *, log_keys: Collection[VerifierKey] = (), what: str = "checkpoint"
) -> Trusted:
    """Read a checkpoint and check it against a policy.

    Args:
        policy: The policy.
        data: The checkpoint.
        log_keys: Keys of the log that are known from elsewhere, such as the register's first event.
        what: What it is, for messages.

    Raises:
        InputError: It is not a checkpoint.
        IntegrityError: A signature of a known key does not verify.
        EvidenceError: The log is unknown, a signature of it is missing, or the quorum of witnesses is.
    """
    head = parse_head(parse_note(data, what=what).text, what=what)
    # A key vouches for the log it is named after and for no other.
    logs = [key for key in (*log_keys, *(log.key for log in policy.logs)) if key.name == head.origin]
    if not logs:
        msg = f"{what}: found origin {head.origin[:200]!a}, which the policy does not list"
        raise EvidenceError(msg, hint="add a `log` line with the log's verifier key")
    checkpoint = open_checkpoint(data, [*logs, *(witness.key for witness in policy.witnesses)], what=what)
    have = {entry.key: entry.timestamp for entry in checkpoint.verified}
    for kind in sorted({key.type for key in logs}):
        wanted = [key for key in logs if key.type is kind]
        if not any(key in have for key in wanted):
            msg = f"{what}: found no signature of the log by {' or '.join(key.label for key in wanted)}"
            raise EvidenceError(msg, hint="a checkpoint counts only with the signatures of its log")
    witnesses = tuple((w.name, have[w.key]) for w in policy.witnesses if w.key in have)
    if policy.quorum not in satisfied(policy, [name for name, _ in witnesses]):
        found = ", ".join(_printable(name) for name, _ in witnesses) or "none"
        msg = f"{what}: found cosignatures of {found}, expected the quorum {_printable(policy.quorum)}"
        raise EvidenceError(msg, hint="ask the witnesses for their cosignatures: `ratsbuch log witness URL`")
    return Trusted(checkpoint=checkpoint, witnesses=witnesses)
