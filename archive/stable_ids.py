"""UUIDs of what is exported: the same thing has the same one in every export, so that an answer to one finds it again.

Exports write them, and what an archive answers is read by them; both sides take the rule from here.
"""

from __future__ import annotations

import uuid


def stable_uuid(register: str, *parts: str) -> str:
    """Give the UUID of something exported: the same for the same register and thing, in every export.

    Source: RFC 9562, section 5.5.
    """
    return str(uuid.uuid5(uuid.UUID(register), "\n".join(parts)))


def vorgang_uuid(register: str, stream: str) -> str:
    """Give the UUID of the Vorgang that a proposal or a meeting becomes in a message of xdomea."""
    return stable_uuid(register, "vorgang", stream)
