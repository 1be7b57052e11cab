"""The errors of the archive: bad input, bad storage, broken evidence, failing services."""

from __future__ import annotations

from domain.errors import RatsbuchError


class InputError(RatsbuchError):
    """What was handed in is not valid (exit 6); nothing was written."""


class StorageError(RatsbuchError):
    """The archive or a key is missing, locked, unreadable or rolled back (exit 7)."""


class IntegrityError(RatsbuchError):
    """Stored bytes are not what was recorded (exit 4)."""


class EvidenceError(RatsbuchError):
    """Something asked for cannot be proved with the evidence at hand (exit 3)."""


class ServiceError(RatsbuchError):
    """A service outside Ratsbuch failed: a witness, a source, a timestamp authority (exit 8)."""
