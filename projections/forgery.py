"""What an administrator can do who holds every key of a register: rewrite it, so that it agrees with itself.

This is for the demo, and for nobody to be surprised by: it needs the clerk's key, both keys of the log, write access
to the archive and to the memory file, and nothing else. Who lacks one of the keys gets no further than the first
changed byte. It is done in a copy, in the order in which somebody would have to do it:

1. every statement that has the words is reworded, documents included
2. each token that was reworded is signed anew, and with it every later one of its stream, because it names the one
   before it
3. the checkpoints over a changed event are thrown away, a new one is signed over all, and the files of the log are
   made anew
4. the memory outside is replaced

What it cannot do is in other people's hands: a line on signed paper, a receipt, a checkpoint that was published.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs

from archive.archive import DATABASE, Archive
from archive.enrolment import choose_signer
from archive.errors import IntegrityError
from archive.log.folder import FOLDER
from archive.log.signing import read_log_signer
from archive.token import Entry, Sealed, entry_of, seal
from domain.stream import RecordedEvent, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from archive.archive import Means
    from archive.keys import KeyFolder, Signer
    from archive.log.memory import Memory

_FIELDS: Final = Statement.__struct_fields__


class Forged(Struct, frozen=True, kw_only=True):
    """What was done.

    Attributes:
        reworded: How many events say something else now.
        signed: How many tokens were signed anew, those included.
        first: The position of the first.
        size: How many events there are, as before.
    """

    reworded: int
    signed: int
    first: int
    size: int


def rewrite(folder: Path, words: Mapping[str, str], *, keys: KeyFolder, memory: Memory, means: Means) -> Forged:
    """Rewrite a copy of an archive in place.

    Args:
        folder: The copy.
        words: What stands there, and what is to stand there instead.
        keys: The register's key folder, with the clerk's key and those of the log.
        memory: The memory outside that whoever verifies the copy will look at.
        means: Clock and random source.

    Raises:
        IntegrityError: The words stand nowhere, or where other keys than these have signed.
        StorageError: A key is missing.
    """
    with Archive.open(folder, means=means) as archive:
        documents = dict(_documents(archive, words))
        signer = choose_signer(archive, keys)
        changes = tuple(_changes(archive, {**words, **documents}, signer=signer))
        size = archive.size
    if not changes:
        raise IntegrityError(f"demo: found none of {', '.join(words)} in the record, expected it")
    first = changes[0].position
    with _unguarded(folder) as connection:
        for old, new in documents.items():
            (content,) = connection.execute("SELECT content FROM documents WHERE digest=?", (old,)).fetchone()
            values = (new, _reworded_bytes(content, words), old)
            connection.execute("UPDATE documents SET digest=?, content=? WHERE digest=?", values)
        for change in changes:
            sealed, position = change.sealed, change.position
            connection.execute("UPDATE stored_events SET state=? WHERE rowid=?", (sealed.state, position))
            connection.execute(
                "UPDATE disclosures SET disclosed=? WHERE position=?", (sealed.disclosed.decode(), position)
            )
        connection.execute("DELETE FROM checkpoints WHERE size>=?", (first,))
    shutil.rmtree(folder / FOLDER)
    memory.path.unlink(missing_ok=True)
    with Archive.open(folder, means=means) as archive:
        archive.checkpoint(read_log_signer(keys, archive.log_keys_at(size)), memory=memory)
    return Forged(reworded=sum(c.is_reworded for c in changes), signed=len(changes), first=first, size=size)


class _Change(Struct, frozen=True, kw_only=True):
    position: int
    sealed: Sealed
    is_reworded: bool


def _changes(archive: Archive, words: Mapping[str, str], *, signer: Signer) -> Iterator[_Change]:
    """Give every token that has to be another, in order of position."""
    heads: dict[str, Entry] = {}
    for record in archive.events_between():
        old = Statement(**{name: getattr(record, name) for name in _FIELDS})
        new = _reworded(old, words)
        if new == old and record.stream not in heads:
            continue
        if record.by.person != signer.person:
            raise IntegrityError(f"demo: {record.id} is signed by {record.by.person}, whose key is not at hand")
        assert isinstance(new, Statement)  # noqa: S101  # for the type checker: a struct stays what it is
        sealed = seal(
            new,
            register=archive.register.id,
            txn=record.txn,
            seq=record.seq,
            prev=heads.get(record.stream) or _before(archive, record),
            by=record.by,
            header=signer.header(record.recorded_at),
            sign=signer.sign,
            random=archive.means.random,
        )
        heads[record.stream] = sealed.entry
        yield _Change(position=record.position, sealed=sealed, is_reworded=new != old)


def _before(archive: Archive, record: RecordedEvent) -> Entry | None:
    """Give the log entry of the token before one, as it is."""
    if record.seq == 1:
        return None
    position = archive.positions(record.stream)[record.seq - 1]
    row = archive.recorder.row(position)
    assert row is not None  # noqa: S101  # its position was just read
    return entry_of(row.state)


def _documents(archive: Archive, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the digests of the documents that have the words, with those that they will have."""
    for digest, content in archive.connection.execute("SELECT digest, content FROM documents WHERE content NOTNULL"):
        new = _reworded_bytes(content, words)
        if new != content:
            yield digest, hashlib.sha512(new).hexdigest()


def _reworded_bytes(content: bytes, words: Mapping[str, str]) -> bytes:
    for old, new in words.items():
        content = content.replace(old.encode(), new.encode())
    return content


def _reworded(value: object, words: Mapping[str, str]) -> object:
    """Give a value with the words replaced in every text in it."""
    if type(value) is str:  # a code of ours is a text too, and stays
        for old, new in words.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, tuple):
        return tuple(_reworded(item, words) for item in value)
    if isinstance(value, Struct):
        changed = {name: _reworded(getattr(value, name), words) for name in value.__struct_fields__}
        return structs.replace(value, **changed)
    return value


@contextlib.contextmanager
def _unguarded(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the database with its triggers out of the way; they are back afterwards, as if nothing had been."""
    with contextlib.closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, statement in triggers:
            connection.execute(statement)
        connection.execute("COMMIT")
