"""The archive: opening it, recording statements, reading what was recorded.

`Archive` is an application of the event-sourcing library, whose event store keeps the tokens. What the library
would do with names read from the database (resolve them to Python code) never happens here: types come from the
closed catalogue, and nothing is read from the environment.

Recording is one write transaction: under the lock the streams' heads are read, the refusing rules asked, tokens
signed and inserted. An acknowledged event is on disk; a batch is there in whole or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Callable  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Any, Final, cast

from eventsourcing.application import Application
from eventsourcing.persistence import EventStore, JSONTranscoder, Mapper, StoredEvent
from eventsourcing.utils import Environment, EnvType
from msgspec import Struct

from archive import directory, settings
from archive.batch import Command
from archive.disclosure import read, split
from archive.documents import Documents, documents_named
from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.log import signing
from archive.log.checkpoint import LogKeys, log_keys, open_own
from archive.log.cosigned import with_cosignatures
from archive.log.folder import FOLDER, LogFolder
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.log.receipts import Receipt, give_receipt, receipt_name
from archive.store.sqlite import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    CommandFileRow,
    Factory,
    Recorder,
    StoredRow,
    translated,
)
from archive.token import Entry, Sealed, entry_of, open_event, parse, read_header, seal
from archive.trust import TRUST_TYPES, Trust
from domain import streams
from domain.errors import ConflictError, RuleError
from domain.events import CATALOGUE, PersonKnown, RecordCorrected, RegisterOpened
from domain.stream import RecordedEvent, State, Statement, effective
from domain.values import Recorder as By
from domain.vocabulary import BodyKind, Role

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.batch import Batch
    from archive.keys import Signer
    from archive.log.checkpoint import Checkpoint
    from archive.log.memory import Memory
    from archive.log.signing import Checkpointed, LogSigner
    from archive.store.sqlite import Transaction

FORMAT_VERSIONS: Final = frozenset({1})
DATABASE: Final = "record.db"
DOCUMENTS: Final = "documents"
# Made by the projections from what is here, and known here because an erasure reaches it too.
VIEWS: Final = "views.db"
CLOCK_BEHIND_SECONDS_MAX: Final = 300
BATCH_COMMANDS_MAX: Final = 10_000
ERASED_SIZE: Final = 64
_HEADS_MAX: Final = 200_000


class Means(Struct, frozen=True, kw_only=True):
    """What an archive takes from outside, and only from here.

    Attributes:
        clock: Seconds since 1970, UTC.
        random: Gives that many unpredictable bytes.
    """

    clock: Callable[[], float]
    random: Callable[[int], bytes]

    def uuid4(self) -> str:
        """Give a random UUID."""
        return str(uuid.UUID(bytes=self.random(16), version=4))

    def uuid7(self) -> str:
        """Give a UUID that begins with the time, so that ids made by hand sort by it.

        Source: RFC 9562, section 5.7.
        """
        number = int(self.clock() * 1000).to_bytes(6, "big") + self.random(10)
        value = int.from_bytes(number, "big") & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62)
        return str(uuid.UUID(int=value))

    def new_id(self, kind: str) -> str:
        """Give the id of something new; a person's is random, so that it says nothing about its holder."""
        return self.uuid4() if kind == "person" else self.uuid7()


class RegisterInfo(Struct, frozen=True, kw_only=True):
    """What the genesis says about the register.

    Attributes:
        id: UUID.
        name: Its name.
        kind: Whose it is.
        example: Whether it holds examples only.
        origin: Origin line of its log's checkpoints.
        anchor_hex: SHA-256 of token 1, by which everybody can tell this register from every other.
        opened_at: Seconds since 1970.
    """

    id: str
    name: str
    kind: BodyKind
    example: bool
    origin: str
    anchor_hex: str
    opened_at: int


class RecordedId(Struct, frozen=True, kw_only=True):
    """An event that was just recorded.

    Attributes:
        stream: Its stream.
        seq: Its place in it.
        position: Its place in the register.
        type: Its type.
    """

    stream: str
    seq: int
    position: int
    type: str

    @property
    def id(self) -> str:
        """The event's identity, `stream#seq`."""
        return f"{self.stream}#{self.seq}"


class Recorded(Struct, frozen=True, kw_only=True):
    """What a batch gave.

    Attributes:
        txn: UUID of the command file.
        events: In order of position.
        already: Whether it had been recorded before, so that nothing was recorded now.
        size: How many events the register has now.
    """

    txn: str
    events: tuple[RecordedId, ...]
    already: bool
    size: int


class _RehearsedError(Exception):
    """Leaves the transaction of a dry run of several command files."""


class _DryRunError(Exception):
    """Leaves the transaction of a dry run; carries what it would have given."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__()
        self.recorded = recorded


# -- the library's parts --------------------------------------------------------------------------


def read_row(row: StoredRow) -> RecordedEvent:
    """Read a stored row as the event that was recorded.

    Raises:
        IntegrityError: The bytes are no valid token, or the row says otherwise than its token.
    """
    hint = "run `ratsbuch verify` to see what else was changed"
    try:
        token = parse(row.state, type_name=row.topic)
        record = open_event(token, map(read, split(row.disclosed)), position=row.position)
    except InputError as error:
        msg = f"position {row.position}: {error.message}"
        raise IntegrityError(msg, hint=hint) from error
    if (record.stream, record.seq) != (row.stream, row.originator_version):
        msg = f"position {row.position}: the row says {row.stream}#{row.originator_version}, its token says {record.id}"
        raise IntegrityError(msg, hint=hint)
    return record


class TokenMapper(Mapper[str]):
    """Between the library's stored events and tokens; resolves no name to code."""

    def __init__(self) -> None:
        super().__init__(transcoder=JSONTranscoder())

    def to_stored_event(self, domain_event: object) -> StoredEvent:
        """Give the row of a sealed event; anything else cannot be stored, because it is not signed."""
        if not isinstance(domain_event, Sealed):
            msg = f"only sealed events are stored, not {type(domain_event).__name__}"
            raise TypeError(msg)
        # It has the columns already; wrapping each one once more costs as much as building it did.
        return cast("StoredEvent", domain_event)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401  # the library's protocol wants mutable events
        """Give the recorded event of a row."""
        if not isinstance(stored_event, StoredRow):
            msg = f"a row of our own store is expected, not {type(stored_event).__name__}"
            raise TypeError(msg)
        return read_row(stored_event)


class TokenStore(EventStore[str]):
    """The event store over tokens; `get` passes over tokens that were erased down to their log entry."""

    recorder: Recorder

    def put(self, domain_events: Sequence[Any], **kwargs: Any) -> list[Any]:  # noqa: ANN401  # the library's signature
        """Append sealed events in the caller's transaction and give their positions."""
        return list(self.recorder.insert_events([self.mapper.to_stored_event(e) for e in domain_events], **kwargs))

    def get(
        self,
        originator_id: str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Iterator[Any]:
        """Read a stream's events in order."""
        rows = self.recorder.select_events(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)
        return (self.mapper.to_domain_event(row) for row in rows if len(row.state) != ERASED_SIZE)


# -- the archive ----------------------------------------------------------------------------------


class Archive(Application[str]):
    """One register's archive folder, open.

    Use `Archive.open` or `archive.genesis.create`; close it, or use it as a context manager.
    """

    name = "ratsbuch"
    recorder: Recorder

    def __init__(self, folder: Path, *, means: Means) -> None:
        self.folder = folder
        self.means = means
        self.settings = settings.read(folder)
        database = folder / DATABASE
        if not database.is_file():
            msg = f"{database}: not found; the archive is not complete"
            raise StorageError(msg, hint="restore it from a replica")
        super().__init__({"SQLITE_DBNAME": str(database)})
        self.documents = Documents(folder / DOCUMENTS)
        self.log_folder = LogFolder(folder / FOLDER)
        self._trust = Trust()
        self._known = 0  # up to which position trust and heads are up to date
        self._last_iat = 0
        self._heads: dict[str, tuple[int, Entry]] = {}

    @classmethod
    def open(cls, folder: Path, *, means: Means) -> Archive:
        """Open an archive.

        Raises:
            StorageError: No archive, not complete, of another version, or of another register than it says.
            IntegrityError: Its first event is not a genesis.
        """
        archive = cls(folder, means=means)
        try:
            archive._check()
        except BaseException:
            archive.close()
            raise
        return archive

    def _check(self) -> None:
        path = self.folder / DATABASE
        with translated(path):
            application = self.connection.execute("PRAGMA application_id").fetchone()[0]
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID:
            msg = f"{path}: not a database of ours: found application_id {application}, expected {APPLICATION_ID}"
            raise StorageError(msg, hint="the file was replaced or truncated; restore it from a replica")
        if version != SCHEMA_VERSION:
            msg = f"{path}: found schema version {version}, expected {SCHEMA_VERSION}"
            raise StorageError(msg, hint="open it with the version of Ratsbuch that wrote it, or a newer one")
        if self.register.id != self.settings.register:
            names = f"{settings.FILE_NAME} names register {self.settings.register}, token 1 {self.register.id}"
            msg = f"{self.folder}: {names}"
            raise StorageError(msg, hint="one of the two files belongs to another archive; run `ratsbuch verify`")

    # The library's construction hooks. None of them looks into the environment.

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Take what was handed in and nothing from the process's environment."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> Factory:  # type: ignore[override]  # its recorder is enough
        """Make the factory of our own store."""
        return Factory(env, self.folder / DATABASE)

    def construct_mapper(self) -> TokenMapper:
        """Make the mapper between rows and tokens."""
        return TokenMapper()

    def construct_event_store(self) -> TokenStore:
        """Make the event store over tokens."""
        return TokenStore(mapper=self.mapper, recorder=self.recorder)

    # -- reading ----------------------------------------------------------------------------------

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        return self.recorder.datastore.reader()

    @property
    def size(self) -> int:
        """How many events the register has."""
        return self.recorder.size()

    @property
    def register(self) -> RegisterInfo:
        """What the genesis says; read anew, because nothing else is to be believed about it.

        Raises:
            IntegrityError: There is no genesis at position 1.
            StorageError: It is of a version that is not known.
        """
        row = self.recorder.row(1)
        if row is None:
            msg = f"{self.folder / DATABASE}: no event at position 1"
            raise IntegrityError(msg, hint="restore the archive from a replica")
        record = read_row(row)
        event = record.event
        if not isinstance(event, RegisterOpened):
            msg = f"position 1: found {event.TYPE}, expected {RegisterOpened.TYPE}"
            raise IntegrityError(msg, hint="the archive was replaced or damaged; run `ratsbuch verify`")
        if event.format_version not in FORMAT_VERSIONS:
            msg = f"{self.folder}: found format version {event.format_version}, expected {min(FORMAT_VERSIONS)}"
            raise StorageError(msg, hint="open it with the version of Ratsbuch that wrote it, or a newer one")
        return RegisterInfo(
            id=str(event.register).partition(":")[2],
            name=str(event.name),
            kind=BodyKind(str(event.kind)),
            example=event.example is True,
            origin=str(event.origin),
            anchor_hex=hashlib.sha256(row.state).hexdigest(),
            opened_at=record.recorded_at,
        )

    @property
    def trust(self) -> Trust:
        """The register's keys over its positions, as of now."""
        with self.recorder.datastore.lock:
            self._catch_up(self.size)
            return self._trust

    def history(self, stream: str, *, until: int | None = None) -> tuple[RecordedEvent, ...]:
        """Give a stream's events as first recorded, in order.

        Args:
            stream: Its id.
            until: The highest position to read; None for all.

        Raises:
            IntegrityError: A row is not what was recorded.
        """
        records = cast("Iterator[RecordedEvent]", self.events.get(stream))
        return tuple(r for r in records if until is None or r.position <= until)

    def stream(self, stream: str, *, until: int | None = None) -> State | None:
        """Give a stream's state with its corrections applied; None if it does not exist."""
        return streams.replay(stream.partition(":")[0], self.history(stream, until=until))

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind in the order of their first events."""
        return self.recorder.streams(kind)

    def exists(self, stream: str) -> bool:
        """Say whether a stream has events."""
        return self.recorder.newest_position(stream) is not None

    def begins_newest(self, batch_id: str, stream: str) -> bool | None:
        """Say whether a stream's newest event is the first one that a command file gave; None if it has no events.

        By two rows of indexes, and nothing is read: it tells whether a file's statement is still the last word.
        """
        newest = self.recorder.newest_position(stream)
        return None if newest is None else self.recorder.first_position(self.txn_of(batch_id)) == newest

    def touched(self, *, after: int) -> tuple[str, ...]:
        """Give the streams that got events after a position, in the order of their ids."""
        return self.recorder.touched(after)

    def history_with_keys(self, stream: str, *, until: int) -> tuple[tuple[RecordedEvent, str], ...]:
        """Give a stream's events as first recorded, each with the digest of the certificate it was signed under.

        Args:
            stream: Its id.
            until: The highest position to read.

        Raises:
            IntegrityError: A row is not what was recorded.
        """
        rows = cast("Sequence[StoredRow]", self.recorder.select_events(stream))
        return tuple(
            (read_row(row), read_header(row.state.partition(b".")[0]).certificate_digest)
            for row in rows
            if row.position <= until and len(row.state) != ERASED_SIZE
        )

    def positions(self, stream: str) -> dict[int, int]:
        """Give the position of each event of a stream by its place in it, erased tokens included."""
        rows = cast("Sequence[StoredRow]", self.recorder.select_events(stream))
        return {row.originator_version: row.position for row in rows}

    def events_between(self, *, after: int = 0, until: int | None = None) -> Iterator[RecordedEvent]:
        """Read events in order of position; erased tokens are passed over.

        Raises:
            IntegrityError: A row is not what was recorded.
        """
        return (read_row(row) for row in self.recorder.rows(after=after, until=until) if len(row.state) != ERASED_SIZE)

    def position_at(self, seconds: float) -> int:
        """Give the highest position recorded at or before a moment, 0 if there is none.

        Recording times never fall with the position, so this is a binary search.
        """
        low, high = 0, self.size
        while low < high:
            middle = (low + high + 1) // 2
            iat = self._iat(middle)
            if iat is not None and iat <= seconds:
                low = middle
            else:
                high = middle - 1
        return low

    def _iat(self, position: int) -> int | None:
        # An erased token has no header left; its neighbour below bounds it from one side, which is enough here.
        while position > 0:
            row = self.recorder.row(position)
            if row is not None and len(row.state) != ERASED_SIZE:
                try:
                    return read_header(row.state.partition(b".")[0]).iat
                except InputError as error:
                    msg = f"position {position}: {error.message}"
                    raise IntegrityError(msg, hint="run `ratsbuch verify` to see what else was changed") from error
            position -= 1
        return None

    def document(self, digest: str) -> bytes | None:
        """Give a document's bytes, checked against its digest; None if the archive does not hold it.

        Raises:
            IntegrityError: The bytes were changed.
            StorageError: Its file cannot be read.
        """
        with translated(self.folder / DATABASE):
            return self.documents.read(self.connection, digest)

    # -- the log ----------------------------------------------------------------------------------

    def entries(self, *, after: int = 0, until: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Read positions with their log entries, in order."""
        for position, state in self.recorder.raw(after=after, until=until):
            yield position, state if len(state) == ERASED_SIZE else hashlib.sha512(state).digest()

    def newest_checkpoint(self) -> bytes | None:
        """Give the newest checkpoint of the table, as it was signed; nothing of it is checked here."""
        return self.recorder.newest_checkpoint()

    def log_keys_at(self, size: int) -> LogKeys:
        """Give the keys that sign checkpoints over that many events.

        Raises:
            IntegrityError: The register has none that could be.
        """
        known = self.trust.log_keys
        keys = next((k for k in reversed(known) if k.since <= size), None)
        try:
            if keys is None:
                msg = f"log keys at {size} events: found none, expected those of the genesis"
                raise InputError(msg)
            return log_keys(keys.ed25519, keys.mldsa44)
        except InputError as error:
            raise IntegrityError(error.message, hint="run `ratsbuch verify` to see what else was changed") from error

    def checkpoint(self, signer: LogSigner, *, memory: Memory | None = None) -> Checkpointed:
        """Sign the checkpoint that every recording command ends with, unless there is one over all events.

        Args:
            signer: The log's keys.
            memory: The memory outside; it is brought up to date, and so is `log/`.

        Raises:
            StorageError: The archive was rolled back or is a fork of what its log vouched for, the keys are not in
                force, or the database does not take it; nothing was signed.
            IntegrityError: A position is missing, or the memory is of a fork.
        """
        with self.recorder.writing() as transaction:
            step = signing.next_step(self, self.log_folder, memory, signer, timestamp=int(self.means.clock()))
            if step.new:
                transaction.add_checkpoint(step.checkpoint.head.size, step.checkpoint.data)
        return signing.settle(self, self.log_folder, memory, step)

    def signed(self) -> Checkpoint | None:
        """Give the newest checkpoint of the table with what witnesses added, opened; None if there is none.

        Raises:
            IntegrityError: It is not one of this log.
            EvidenceError: A signature of the log is missing.
        """
        data = self.newest_checkpoint()
        if data is None:
            return None
        what = f"{self.folder / DATABASE}: newest checkpoint"
        try:
            size = parse_head(parse_note(data, what=what).text, what=what).size
            data = with_cosignatures(data, self.recorder.cosignatures(size))
            return open_own(data, self.log_keys_at(size), what=what)
        except InputError as error:
            raise IntegrityError(error.message, hint="run `ratsbuch verify` to see what else was changed") from error

    def receipt(self, position: int) -> Receipt:
        """Give the receipt of an event (de: Eintragungsnachweis) against the newest checkpoint.

        Raises:
            InputError: There is no such event.
            EvidenceError: No checkpoint is over it yet.
            IntegrityError: The record does not have the checkpoint's root.
        """
        row = self.recorder.row(position)
        if row is None:
            msg = f"position {position}: there is no such event"
            raise InputError(msg)
        checkpoint = self.signed()
        if checkpoint is None:
            msg = f"{self.folder}: no checkpoint yet, so nothing vouches for position {position}"
            raise EvidenceError(msg, hint="the next recording command signs one")
        name = receipt_name(row.stream, row.originator_version)
        return Receipt(name=name, data=give_receipt(self, self.log_folder, checkpoint, position))

    # -- look-ups ---------------------------------------------------------------------------------

    def find(self, kind: str, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Give the streams of a kind that have all the keys (`archive.directory.KEYS`).

        A key that wants a stream takes its id or the name by which that stream is found.

        Raises:
            InputError: A key that this kind does not have.
        """
        allowed = directory.KEYS.get(kind, ())
        for key in keys:
            if key not in allowed:
                msg = f"{kind}: found look-up by {key!r}, expected one of {', '.join(allowed) or 'none'}"
                raise InputError(msg)
        if not keys:
            msg = f"{kind}: a look-up needs at least one key: {', '.join(allowed)}"
            raise InputError(msg)
        if kind == "person":
            return self._find_person(keys["name"])
        wanted: list[set[tuple[str, str]]] = []
        found: set[str] | None = None
        for key, value in keys.items():
            values: tuple[str, ...] = (value,)
            named = directory.NAMED_BY.get(key)
            if named is not None and not value.startswith(named[0] + ":"):
                values = self._search(named[0], named[1], value)
            wanted.append({(key, v) for v in values})
            here = {s for v in values for s in self._search(kind, key, v)}
            found = here if found is None else found & here
        # Only what fits all keys by the index is read: every meeting of an organ would be too much for one of a day.
        return tuple(sorted(stream for stream in found or () if self._has(stream, wanted)))

    def shared(self, kind: str, field: str) -> tuple[str, ...]:
        """Give the streams of a kind that have a key which another has too, as an index says, which is no evidence."""
        with translated(self.folder / DATABASE):
            return directory.shared(self.connection, kind, field)

    def _search(self, kind: str, key: str, value: str) -> tuple[str, ...]:
        with translated(self.folder / DATABASE):
            return directory.search(self.connection, kind, {key: value})

    def _has(self, stream: str, wanted: Sequence[set[tuple[str, str]]]) -> bool:
        """Say whether a stream has one of each by its events: the index may lead a reader, never a signer, astray."""
        keys = set(directory.keys_of(effective(self.history(stream))))
        return all(keys & any_of for any_of in wanted)

    def _find_person(self, name: str) -> tuple[str, ...]:
        return tuple(
            stream
            for stream in self.streams("person")
            if any(
                isinstance(r.event, PersonKnown) and name in (r.event.name, r.event.office)
                for r in effective(self.history(stream))
            )
        )

    def inner(self, stream: str, kind: str, key: str) -> tuple[str, ...]:
        """Give the ids that a number or name means inside a stream (`archive.directory.inner_ids`)."""
        return directory.inner_ids(effective(self.history(stream)), kind, key)

    # -- recording --------------------------------------------------------------------------------

    def txn_of(self, batch_id: str) -> str:
        """Give the UUID of a command file from its id (UUIDv5 in the register's namespace)."""
        return str(uuid.uuid5(uuid.UUID(self.settings.register), batch_id))

    def record(self, batch: Batch, *, signer: Signer, role: Role | None = None, dry_run: bool = False) -> Recorded:
        """Record a batch: all of it or nothing.

        Args:
            batch: What is stated.
            signer: Whose key signs.
            role: The role for commands that name none.
            dry_run: Do everything but keep it.

        Raises:
            RuleError: A refusing rule forbids it; nothing was recorded.
            ConflictError: A stream does not stand where a command takes it to stand; nothing was recorded.
            InputError: The batch is empty or too large, or says that a document is held that is not.
            StorageError: The disk or the database does not take it; nothing was recorded.
        """
        txn, digest = self._identity(batch)
        # Until it is kept in memory what was recorded, no other thread may begin from what was known before.
        with self.recorder.datastore.lock:
            try:
                with self.recorder.writing() as transaction:
                    earlier = None if digest is None else transaction.command_file(txn, digest)
                    if earlier is not None:
                        return self._recorded_before(batch, earlier)
                    session = _Session(self, transaction, txn=txn)
                    with self._documents_of(transaction, batch):
                        for command in batch.commands:
                            session.add(command, signer=signer, role=role)
                        recorded = session.finish(digest=digest)
                        if dry_run:
                            raise _DryRunError(recorded)
            except _DryRunError as rehearsal:
                return rehearsal.recorded
            session.committed()
        return recorded

    def record_many(
        self, batches: Sequence[Batch], *, signer: Signer, role: Role | None = None, dry_run: bool = False
    ) -> tuple[Recorded, ...]:
        """Record several command files in one transaction: all of them or none, each with a txn of its own.

        What comes in by the thousand, an object of a source a file, would otherwise wait for the disk once for each.

        Args:
            batches: In the order in which they are recorded; one that was recorded before records nothing.
            signer: Whose key signs.
            role: The role for commands that name none.
            dry_run: Do everything but keep it.

        Raises:
            RuleError: As for `record`, and the other errors likewise; nothing of any of them was recorded.
        """
        results: list[Recorded] = []
        with self.recorder.datastore.lock:
            try:
                with self.recorder.writing() as transaction, contextlib.ExitStack() as stack:
                    session = _Session(self, transaction, txn="")
                    for batch in batches:
                        txn, digest = self._identity(batch)
                        earlier = None if digest is None else session.command_file(txn, digest)
                        if earlier is not None:
                            results.append(self._recorded_before(batch, earlier))
                            continue
                        stack.enter_context(self._documents_of(transaction, batch))
                        session.begin(txn)
                        for command in batch.commands:
                            session.add(command, signer=signer, role=role)
                        results.append(session.end(digest=digest))
                    session.insert()
                    if dry_run:
                        raise _RehearsedError
            except _RehearsedError:
                return tuple(results)
            session.committed()
        return tuple(results)

    def _identity(self, batch: Batch) -> tuple[str, str | None]:
        """Give the txn and the digest by which a batch is remembered, after its size was looked at."""
        if len(batch.commands) > BATCH_COMMANDS_MAX:
            msg = f"{batch.name}: {len(batch.commands)} commands, at most {BATCH_COMMANDS_MAX} are allowed"
            raise InputError(msg, hint="split the file; each file is one transaction")
        if not batch.commands:
            msg = f"{batch.name}: no command in it"
            raise InputError(msg)
        digest = None if batch.digest is None else batch.digest.hex()
        # The id's own txn is for what is remembered by it.
        return self.means.uuid4() if batch.id is None or digest is None else self.txn_of(batch.id), digest

    @contextlib.contextmanager
    def _documents_of(self, transaction: Transaction, batch: Batch) -> Iterator[None]:
        """Store a batch's documents; take back the files of a batch that is refused.

        That happens under the lock still, so nobody can have come to rely on them.
        """
        written: list[str] = []
        try:
            for document in batch.documents:
                if self.documents.put(transaction, document):
                    written.append(document.digest_hex)  # noqa: PERF401  # known at once, should the next one fail
            yield
        except BaseException:
            for digest in written:
                self.documents.remove_file(digest)
            raise

    def _recorded_before(self, batch: Batch, earlier: CommandFileRow) -> Recorded:
        if batch.digest is not None and earlier.digest != batch.digest.hex():
            msg = f"{batch.name}: the id {batch.id!r} was recorded before from a file with other bytes"
            raise ConflictError(
                msg,
                hint=f"it gave the events from position {earlier.first_position}; give the new file an id of its own",
            )
        last = earlier.first_position + earlier.event_count - 1
        rows = self.recorder.rows(after=earlier.first_position - 1, until=last)
        events = tuple(
            RecordedId(stream=r.stream, seq=r.originator_version, position=r.position, type=r.topic) for r in rows
        )
        return Recorded(txn=earlier.txn, events=events, already=True, size=self.size)

    def append(
        self,
        statements: Sequence[tuple[Statement, Role, Signer]],
        *,
        within: Callable[[Transaction], None] | None = None,
    ) -> Recorded:
        """Record statements that come from no command file, such as the genesis and enrolments by the root key.

        Args:
            statements: Each with the role and the key to record it with; one transaction, in this order.
            within: Does more in the same transaction, after the statements were inserted.

        Raises:
            RuleError: As for `record`.
        """
        with self.recorder.datastore.lock:
            with self.recorder.writing() as transaction:
                session = _Session(self, transaction, txn=self.means.uuid4())
                for statement, role, signer in statements:
                    place = f"{statement.event.TYPE} in {statement.stream}"
                    session.add(Command(statement=statement, role=role, place=place), signer=signer, role=None)
                recorded = session.finish(digest=None)
                if within is not None:
                    within(transaction)
            session.committed()
        return recorded

    def _catch_up(self, size: int) -> None:
        """Bring what is kept in memory up to a position, after this or another process recorded."""
        if size == self._known:
            return
        if size < self._known:
            self._trust, self._known = Trust(), 0
        for row in self.recorder.select_events(f"register:{self.settings.register}"):
            assert isinstance(row, StoredRow)  # noqa: S101  # our recorder gives nothing else
            if self._known < row.position <= size and row.topic in TRUST_TYPES and len(row.state) != ERASED_SIZE:
                self._trust.apply(read_row(row))
        self._heads.clear()
        self._last_iat = self._iat(size) or 0
        self._known = size

    def head(self, transaction: Transaction, stream: str) -> tuple[int, Entry] | None:
        """Give the last `seq` of a stream and its log entry, inside a write transaction."""
        known = self._heads.get(stream)
        if known is not None:
            return known
        found = transaction.head(stream)
        if found is None:
            return None
        seq, state = found
        return seq, Entry(state) if len(state) == ERASED_SIZE else entry_of(state)


class _Session:
    """One write transaction's work: deciding, sealing and inserting the statements of one command file or more."""

    def __init__(self, archive: Archive, transaction: Transaction, *, txn: str) -> None:
        self._archive = archive
        self._transaction = transaction
        self._txn = txn
        archive._catch_up(transaction.size)  # noqa: SLF001  # the session is the archive's own other half
        self._trust = archive._trust  # noqa: SLF001
        last, now = archive._last_iat, archive.means.clock()  # noqa: SLF001
        if last - now > CLOCK_BEHIND_SECONDS_MAX:
            behind = f"{last - now:.0f} seconds behind the last recording"
            msg = f"the clock is {behind}, at most {CLOCK_BEHIND_SECONDS_MAX} are allowed"
            raise RuleError(msg, hint="set the clock right; recording times never fall")
        self._iat = max(int(now), last)
        self._sealed: list[Sealed] = []
        self._first = 0  # where the command file at hand begins among them
        self._files: list[CommandFileRow] = []
        self._named: dict[str, CommandFileRow] = {}  # by txn, and by digest
        self._sizes: dict[str, int] = {}  # of the documents named so far: a source is named by all that rests on it
        self._heads: dict[str, tuple[int, Entry]] = {}
        self._records: dict[str, list[RecordedEvent]] = {}
        self._count = 0
        # Who records a type in which kind of stream, asked once as long as the keys stay the same.
        self._recorders: dict[tuple[str, str, str, Role | None], By] = {}

    def add(self, command: Command, *, signer: Signer, role: Role | None) -> None:
        """Decide and seal one command.

        Raises:
            RuleError: A rule forbids it; the message says which command.
            InputError: It is too large, or says that a document is held that is not.
        """
        try:
            self._add(command, signer=signer, role=role)
        except RuleError as error:
            message = f"{command.place}: {error.message}"
            raise type(error)(message, hint=error.hint) from error
        except InputError as error:
            message = f"{command.place}: {error.message}"
            raise InputError(message, hint=error.hint) from error

    def _add(self, command: Command, *, signer: Signer, role: Role | None) -> None:
        statement = command.statement
        stream = statement.stream
        head = self._heads.get(stream) or self._archive.head(self._transaction, stream)
        seq, prev = head or (0, None)
        if command.expected_seq is not None and command.expected_seq != seq:
            msg = f"stream {stream} stands at {seq}, expected {command.expected_seq}"
            raise ConflictError(msg, hint="somebody recorded in between; look at `ratsbuch history` and decide anew")
        role = command.role or role
        question = (signer.certificate_digest, statement.kind, statement.event.TYPE, role)
        by = self._recorders.get(question)
        if by is None:
            by = self._recorders[question] = self._recorder(statement, signer=signer, role=role)
        streams.decide(
            statement,
            role=by.role,
            seq=seq,
            closed=self._trust.closed_by,
            history=lambda: self._history(stream),
            others=lambda kind: (self._history(s) for s in self._streams(kind) if s != stream),
        )
        self._require_documents(statement)
        sealed = seal(
            statement,
            register=self._archive.settings.register,
            txn=self._txn,
            seq=seq + 1,
            prev=prev,
            by=by,
            header=signer.header(self._iat),
            sign=signer.sign,
            random=self._archive.means.random,
        )
        self._sealed.append(sealed)
        self._heads[stream] = (seq + 1, sealed.entry)
        self._count += 1
        record = RecordedEvent(
            stream=stream,
            event=statement.event,
            occurred=statement.occurred,
            known=statement.known,
            authority=statement.authority,
            sources=statement.sources,
            visibility=statement.visibility,
            seq=seq + 1,
            position=self._transaction.size + self._count,
            txn=self._txn,
            recorded_at=self._iat,
            by=by,
        )
        self._records.setdefault(stream, []).append(record)
        if statement.event.TYPE in TRUST_TYPES:
            # Later commands of the same batch stand at higher positions, so the change holds for them already.
            self._trust = self._trust.after(record)
            self._recorders.clear()

    def _require_documents(self, statement: Statement) -> None:
        """Refuse to say that a document is held which is not here: verification would call it lost."""
        for path, document in documents_named(statement, lambda: self._history(statement.stream)):
            if not document.held:
                continue
            digest = document.digest
            if not isinstance(digest, str):
                msg = f"{path}: the document is said to be held, without a digest by which it could be found"
                raise InputError(msg, hint="hand the document in with the command, or say held = false")
            size = self._sizes.get(digest)
            if size is None:
                size = self._archive.documents.size(self._transaction, digest)
            if size is None:
                msg = f"{path}: document {digest[:16]}.. is said to be held, but the archive does not have it"
                raise InputError(msg, hint="hand the document in with the command, or say held = false")
            self._sizes[digest] = size
            if isinstance(document.size, int) and document.size != size:
                msg = f"{path}: document {digest[:16]}.. has {size} bytes, not {document.size}"
                raise InputError(msg, hint="leave the size out, or state the right one")

    def _recorder(self, statement: Statement, *, signer: Signer, role: Role | None) -> By:
        """Say who records and in which role; the role has to be enrolled and, if left open, the only one."""
        register = self._archive.settings.register
        if statement.event.TYPE in TRUST_TYPES:
            if self._trust.register is not None and signer.certificate_digest != self._trust.root.certificate_digest:
                msg = f"{statement.event.TYPE}: only the root key records this"
                raise RuleError(msg, hint="use `ratsbuch keys`, with the root key in the key folder")
            return By(person=register, role=Role.ROOT)
        enrolments = self._trust.enrolled(signer.certificate_digest)
        roles = {r for e in enrolments if e.person == signer.person for r in e.roles}
        if not roles:
            msg = f"the key of {signer.person} is not enrolled, or was revoked"
            raise RuleError(msg, hint="`ratsbuch keys list` shows who may record; the root key enrols")
        if role is not None:
            if role not in roles:
                msg = f"{signer.person} is not enrolled as {role}, but as {', '.join(sorted(roles))}"
                raise RuleError(msg, hint="choose another role with --role, or let the root key enrol the person in it")
            return By(person=signer.person, role=role)
        fitting = roles & CATALOGUE[statement.event.TYPE].roles.get(statement.kind, frozenset()) or roles
        if len(fitting) > 1:
            msg = f"{statement.event.TYPE}: found no role, expected one of {', '.join(sorted(fitting))}"
            raise RuleError(msg, hint="name it in the command (role = ...) or with --role")
        return By(person=signer.person, role=next(iter(fitting)))

    def _history(self, stream: str) -> tuple[RecordedEvent, ...]:
        return (*self._archive.history(stream), *self._records.get(stream, ()))

    def _streams(self, kind: str) -> Iterable[str]:
        stored = self._archive.streams(kind)
        known = set(stored)
        return (*stored, *(s for s in self._records if s.startswith(kind + ":") and s not in known))

    def command_file(self, txn: str, digest: str) -> CommandFileRow | None:
        """Give what was recorded from a command file of that id or of the same bytes, in this transaction too."""
        return self._named.get(txn) or self._named.get(digest) or self._transaction.command_file(txn, digest)

    def begin(self, txn: str) -> None:
        """Begin another command file."""
        self._txn, self._first = txn, len(self._sealed)

    def end(self, *, digest: str | None) -> Recorded:
        """End a command file, and remember it by its digest; nothing is inserted before all are ended."""
        sealed = self._sealed[self._first :]
        first = self._transaction.size + self._first + 1
        if digest is not None:
            row = CommandFileRow(txn=self._txn, digest=digest, first_position=first, event_count=len(sealed))
            self._files.append(row)
            self._named[row.txn] = self._named[row.digest] = row
        return Recorded(
            txn=self._txn,
            events=tuple(
                RecordedId(stream=s.originator_id, seq=s.originator_version, position=p, type=s.topic)
                for p, s in enumerate(sealed, start=first)
            ),
            already=False,
            size=self._transaction.size + len(self._sealed),
        )

    def insert(self) -> None:
        """Insert everything, still inside the transaction."""
        self._archive.events.put(self._sealed, transaction=self._transaction)
        self._index()
        for row in self._files:
            self._transaction.add_command_file(row)

    def finish(self, *, digest: str | None) -> Recorded:
        """Insert what one command file stated, still inside the transaction."""
        recorded = self.end(digest=digest)
        self.insert()
        return recorded

    def _index(self) -> None:
        """Add the new events' keys to the look-up index; a correction makes its stream's keys anew."""
        rows: list[tuple[str, str, str, str]] = []
        for stream, records in self._records.items():
            if any(isinstance(r.event, RecordCorrected) for r in records):
                directory.rewrite_keys(self._transaction, stream, self._history(stream))
                continue
            keyed = [r for r in records if directory.is_keyed(r.event)]
            if keyed:
                rows += directory.rows_of(stream, directory.keys_of(keyed))
        directory.write_rows(self._transaction, rows)

    def committed(self) -> None:
        """Take what was recorded into what the archive keeps in memory."""
        archive = self._archive
        if len(archive._heads) + len(self._heads) > _HEADS_MAX:  # noqa: SLF001
            archive._heads.clear()  # noqa: SLF001
        archive._heads.update(self._heads)  # noqa: SLF001
        archive._trust = self._trust  # noqa: SLF001
        archive._known = self._transaction.size  # noqa: SLF001
        archive._last_iat = self._iat  # noqa: SLF001
