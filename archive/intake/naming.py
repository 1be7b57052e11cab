"""What imported things are called in the record, so that the same thing is the same when it comes again.

And what an import asks of the record: which things there are, and what was stated about one.
"""

from __future__ import annotations

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


def imported_id(register: str, kind: str, system: str, object_id: str) -> str:
    """Give the UUID of an imported thing: UUIDv5 in the register's namespace.

    Args:
        register: UUID of the register.
        kind: Kind of the stream, or of the id inside one.
        system: The system or list that it comes from, as configured; a trailing slash does not count.
        object_id: What it is called there. Alone it would let one system claim a thing of another.

    Source: RFC 9562, section 5.5.
    """
    return str(uuid.uuid5(uuid.UUID(register), f"{kind}\n{system.rstrip('/')}\n{object_id}"))


def clean(text: str) -> str:
    """Give a source's text as a record can hold it: characters that no export could carry become U+FFFD."""
    return _FORBIDDEN.sub(REPLACEMENT, text)


def organ_kind(name: str) -> v.OrganKind:
    """Give the kind of an organ of which nothing but its name is known; only the names of councils tell one."""
    return v.OrganKind.COUNCIL if name in _COUNCILS else v.OrganKind.OTHER
