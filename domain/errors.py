"""The errors of the domain, and the root of all errors of Ratsbuch.

Every error carries what happened and where, and, where there is one, the way out (`hint`).
`cli.py` maps the classes to exit codes in one table; nothing else does.
"""

from __future__ import annotations


class RatsbuchError(Exception):
    """An expected failure: something outside the program was not as it has to be.

    Args:
        message: What, where, found and expected; one sentence, no full stop.
        hint: The way out, if there is one.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RuleError(RatsbuchError):
    """One of the few refusing rules forbids it (exit 5)."""


class ConflictError(RuleError):
    """Somebody recorded in the same stream in between (exit 5)."""


class WithheldError(RuleError):
    """A rule cannot be judged, because what it looks at is withheld, erased or missing.

    Whoever records is refused. Whoever verifies has found no breach: such a rule is not judged, which is neither
    passed nor failed.
    """
