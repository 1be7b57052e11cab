"""For whom an export is made, on what terms, and why something in it is withheld."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Audience(StrEnum):
    """For whom an export is made.

    `archive` gets everything but what is blocked, `participant` (de: Beteiligte) what is public and what is not,
    `public` what is public alone; both without personal data.
    """

    ARCHIVE = "archive"
    PARTICIPANT = "participant"
    PUBLIC = "public"


class Reason(StrEnum):
    """Why something is not given: it is not public, personal, blocked (de: gesperrt), or was erased."""

    NON_PUBLIC = "non_public"
    PERSONAL = "personal"
    BLOCKED = "blocked"
    ERASED = "erased"


class Terms(Struct, frozen=True, kw_only=True):
    """On what terms an export is made; they stand in it.

    Attributes:
        audience: For whom.
        ground: On what legal ground, in words.
        with_blocked: Whether blocked events are given in whole; only to archives.
        whole: Whether the whole register is given.
        subjects: The streams that it is about, in the order asked for; empty for the whole register.
        day: The day on whose visibility it rests, `YYYY-MM-DD`.
        version: The version of Ratsbuch that made it.
    """

    audience: Audience = Audience.ARCHIVE
    ground: str | None = None
    with_blocked: bool = False
    whole: bool = False
    subjects: tuple[str, ...] = ()
    day: str
    version: str
