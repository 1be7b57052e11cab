"""What imported things are called in the record, so that the same thing is the same when it comes again.

And what an import asks of the record: which things there are, and what was stated about one.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import TYPE_CHECKING, Final, Protocol

from archive.intake.references import Directory
from domain import vocabulary as v
from domain.text import REPLACEMENT

if TYPE_CHECKING:
    from domain.stream import RecordedEvent

# Refused before signing; what a source shows of them becomes U+FFFD, and a finding says so.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_COUNCILS: Final = frozenset(
    {"Kreistag", "Stadtrat", "Gemeinderat", "Stadtverordnetenversammlung", "Gemeindevertretung"}
)


class Recorded(Directory, Protocol):
    """What is recorded already; an open archive is one."""

    def history(self, stream: str, /) -> tuple[RecordedEvent, ...]:
        """Give a stream's events as first recorded, in order."""
        ...


class Ids:
    """The ids of what a system or list holds: UUIDv5 of kind, system and id, in the register's namespace.

    Never of the object's id alone: one system could claim a thing of another.

    Args:
        register: UUID of the register.
        system: The system or list that they come from, as configured; a trailing slash does not count.

    Source: RFC 9562, section 5.5.
    """

    def __init__(self, register: str, system: str) -> None:
        self.system = system.rstrip("/")
        self._namespace = uuid.UUID(register).bytes
        self._middle = f"\n{self.system}\n"

    def inner(self, kind: str, key: str) -> str:
        """Give the UUID of something.

        By hand, because a large source asks for hundreds of thousands: `uuid.uuid5` takes more than twice as long
        (2.9 against 1.2 microseconds).

        Args:
            kind: Kind of the stream, or of the id inside one.
            key: What it is called there.
        """
        name = (kind + self._middle + key).encode()
        raw = bytearray(hashlib.sha1(self._namespace + name, usedforsecurity=False).digest()[:16])
        raw[6] = raw[6] & 0x0F | 0x50  # version 5
        raw[8] = raw[8] & 0x3F | 0x80
        text = raw.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def stream(self, kind: str, key: str) -> str:
        """Give the stream of something."""
        return f"{kind}:{self.inner(kind, key)}"


def clean(text: str) -> str:
    """Give a source's text as a record can hold it: characters that no export could carry become U+FFFD."""
    return _FORBIDDEN.sub(REPLACEMENT, text)


def organ_kind(name: str) -> v.OrganKind:
    """Give the kind of an organ of which nothing but its name is known; only the names of councils tell one."""
    return v.OrganKind.COUNCIL if name in _COUNCILS else v.OrganKind.OTHER
