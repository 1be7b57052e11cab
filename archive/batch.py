"""What a recording command hands to the archive: statements, not yet recorded, with where each came from.

Everything that comes in (command files, a proposal read from its document, a council information system)
ends as a `Batch`, and the archive records a batch in whole or not at all.
"""

from __future__ import annotations

from pathlib import Path  # msgspec reads the annotations when a record class is made

from msgspec import Struct

from domain import vocabulary as v
from domain.stream import Statement


class Command(Struct, frozen=True, kw_only=True):
    """One statement to be recorded.

    Attributes:
        statement: What is stated, about which stream.
        role: The role to record it in; None where the recorder has only one that fits.
        expected_seq: The `seq` at which the stream has to stand; None where that does not matter.
        place: Where it was read, for messages: `0640.toml: command 3 (line 41)`.
    """

    statement: Statement
    role: v.Role | None = None
    expected_seq: int | None = None
    place: str


class NewDocument(Struct, frozen=True, kw_only=True):
    """A document that comes with a batch; its content is read again, and checked, when it is stored.

    Attributes:
        digest_hex: SHA-512 of the content.
        size: Bytes.
        media_type: As the event names it.
        path: Where the content lies; handed in by the caller, never read from data.
        content: The content itself, where it lies in no file; then `path` is only what messages call it.
    """

    digest_hex: str
    size: int
    media_type: str
    path: Path
    content: bytes | None = None


class Batch(Struct, frozen=True, kw_only=True):
    """What is recorded in one transaction.

    Attributes:
        id: The id that the file gives itself; the same id again records nothing.
        digest: SHA-256 of the file's bytes; the same id with another digest is refused. None for statements that
            come from no file, which nothing remembers.
        commands: In the order in which they are recorded.
        documents: Contents that the statements name and that are new with this batch.
        signer: The key to sign with; None where the recorder has only one.
        name: What the batch is called in messages, such as the file's name.
    """

    id: str | None
    digest: bytes | None
    commands: tuple[Command, ...]
    documents: tuple[NewDocument, ...] = ()
    signer: str | None = None
    name: str
