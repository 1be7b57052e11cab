"""Following a council information system: what it shows is read whole, then recorded object by object.

Reading and deciding is `archive.intake.oparl`; this is the half that writes. Several objects share a transaction,
because each would otherwise wait for the disk, and each stays a command file of its own.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.batch import Batch, Command
from archive.errors import InputError, StorageError
from archive.intake.naming import Ids
from archive.intake.oparl.dumps import read_dump
from archive.intake.oparl.endpoint import Endpoint, missing_parts
from archive.intake.oparl.files import Files
from archive.intake.oparl.follow import Following
from archive.intake.oparl.mapping import Vocabulary
from archive.intake.oparl.rehearsal import Rehearsal
from archive.intake.oparl.spool import Spool
from archive.intake.oparl.stating import Known
from archive.intake.oparl.summary import Summary
from archive.intake.references import shown
from archive.keys import Signer
from archive.taking import Progress, Tell  # msgspec reads the annotations when a record class is made
from archive.unfinished import Unfinished, working_folder
from domain.errors import ConflictError
from domain.values import Instant
from domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive

# What goes into one transaction: enough that the disk does not matter, little enough for memory.
EVENTS_A_TRANSACTION: Final = 2_000
BYTES_A_TRANSACTION: Final = 32 * 2**20
SYSTEM_CHARACTERS_MAX: Final = 500
_KEEPS_CODES: Final = (
    "objects unchanged, with the codes that they got when they were recorded: --map holds for what is new or changed"
)


class FilesFrom(Struct, frozen=True):
    """Where files are fetched from, and the folder in which they lie until they are recorded."""

    endpoint: Endpoint
    folder: Path


class Run(Struct, frozen=True, kw_only=True):
    """What holds for a run, whatever the source is.

    Attributes:
        words: What the source's words mean.
        signer: An importer's key.
        files: Where files are fetched from; None where they are only referred to.
        dry_run: Do everything but keep it; files are not fetched.
        retrieved_at: When a dump was made; None where that is not known, and for a live source.
        unfinished: Where it is noted how far the run is; None for nowhere.
        tell: Is told how far it is.
    """

    words: Vocabulary
    signer: Signer
    files: FilesFrom | None = None
    dry_run: bool = False
    retrieved_at: str | None = None
    unfinished: Unfinished | None = None
    tell: Tell = lambda _: None


def system_of(text: str) -> str:
    """Give the address of a system as it is kept: without the slash at its end.

    Raises:
        InputError: It is none.
    """
    system = text.rstrip("/")
    if not system.isascii() or not system.isprintable() or " " in system or len(system) > SYSTEM_CHARACTERS_MAX:
        msg = f"--system {text[:80]!a}: expected an address without spaces, such as https://ris.example.org/oparl"
        raise InputError(msg)
    if not system.startswith(("http://", "https://")):
        msg = f"--system {text[:80]!a}: found no http:// or https:// in front"
        raise InputError(msg)
    return system


def instant_of(text: str, *, clock: float) -> str:
    """Give the moment at which a dump was made, as it is stated.

    Args:
        text: What was given.
        clock: Seconds since 1970: what is later has not been yet.

    Raises:
        InputError: It is no moment with its offset, or lies in the future.
    """
    try:
        moment = datetime.fromisoformat(msgspec.convert(text, Instant))
    except (msgspec.ValidationError, ValueError) as error:
        msg = f"--retrieved-at: found {shown(text)}, expected a moment with its offset"
        raise InputError(msg, hint="such as 2026-07-18T18:45:48+02:00") from error
    if moment.timestamp() > clock:
        now = datetime.fromtimestamp(int(clock), tz=UTC).isoformat().replace("+00:00", "Z")
        msg = f"--retrieved-at: found {shown(text)}, expected a moment that has been; it is {now} now"
        raise InputError(msg, hint="give the moment at which the dump was made, with its offset")
    return text


def follow_dump(archive: Archive, source: Path, how: Run, *, system: str, is_complete: bool = False) -> Summary:
    """Record what a dump of a source shows that was not recorded before.

    Args:
        archive: The archive.
        source: A folder, a tar, JSON lines or a JSON file.
        how: What holds for the run.
        system: The address of the system that it is from.
        is_complete: Whether the dump has everything of the kinds that it has: what is missing is gone then.

    Raises:
        InputError: The dump is refused; nothing was recorded.
    """
    with following(archive, how, system=system, is_dated=how.retrieved_at is not None) as (run, spool, summary):
        count = 0

        def take(tree: object, place: str) -> None:
            nonlocal count
            run.take(tree, place=place)  # type: ignore[arg-type]  # JSON, as it was read
            count += 1
            if count % 500 == 0:
                how.tell(Progress("reading", count, 0))

        read_dump(source, take, summary.cannot_read)
        summary.is_complete = is_complete and not summary.unreadable_count
        finish(archive, run, spool, summary, how)
        if summary.is_complete:
            record(archive, run, _missing(run, spool, summary), summary, how)
        return summary


@contextlib.contextmanager
def following(
    archive: Archive, how: Run, *, system: str, is_dated: bool = True
) -> Iterator[tuple[Following, Spool, Summary]]:
    """Begin a run over a source.

    Args:
        archive: The archive.
        how: What holds for the run.
        system: The address of the system.
        is_dated: Whether it is known when the source showed what is read: now, or when the run says. Else it is only
            known that it was by now.
    """
    moment = datetime.fromtimestamp(int(archive.means.clock()), tz=UTC).isoformat().replace("+00:00", "Z")
    looked_at = how.retrieved_at or moment
    summary = Summary(system=system, retrieved_at=looked_at, is_dated=is_dated)
    if how.unfinished is not None:
        how.unfinished.open(system, moment=moment, size=archive.size)
        summary.unfinished_since = how.unfinished.since
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(working_folder())
        spool = stack.enter_context(Spool(folder / "spool.db"))
        rehearsal = stack.enter_context(Rehearsal(folder / "rehearsal.db")) if how.dry_run else None
        run = Following(
            Known(archive, rehearsal=rehearsal),
            ids=Ids(archive.register.id, system),
            body=archive.streams("body")[0],
            words=how.words,
            spool=spool,
            summary=summary,
            retrieved_at=looked_at,
            new_key=archive.means.uuid4,
        )
        run.is_dated = is_dated
        if how.files is not None and not how.dry_run:
            run.fetch = Files(how.files.endpoint, how.files.folder, summary).fetch
        yield run, spool, summary
        if how.files is not None:
            summary.requests += how.files.endpoint.requests


def finish(archive: Archive, run: Following, spool: Spool, summary: Summary, how: Run) -> None:
    """Record what was read, and count it."""
    summary.shown = spool.counts()
    summary.repeated = spool.repeated
    total = spool.new_count()
    summary.changes["unchanged"] += sum(summary.shown.values()) - total
    record(archive, run, run.batches(), summary, how, total=total)
    if how.words.has_own and summary.changes["unchanged"]:
        summary.left_out[_KEEPS_CODES] += summary.changes["unchanged"]
    summary.unmapped = {}
    # A dry run counts what it would record, and nothing of what was recorded.
    before = Counter() if how.unfinished is None or how.dry_run else how.unfinished.words
    words = before + run.words.unmapped
    for (table, literal), times in sorted(words.items(), key=lambda entry: (entry[0][0], -entry[1])):
        summary.unmapped.setdefault(table, {})[literal] = times


def record(
    archive: Archive, run: Following, batches: Iterator[Batch], summary: Summary, how: Run, *, total: int = 0
) -> None:
    """Record command files, several in a transaction.

    Raises:
        ConflictError: An object was recorded before, as one of another system.
    """
    waiting: list[Batch] = []
    events = size = done = 0

    def write() -> None:
        nonlocal events, size
        before = _before(run, waiting)
        if how.unfinished is not None and not how.dry_run:
            how.unfinished.note(size=archive.size, words=run.words.unmapped)
        given = archive.record_many([*before, *waiting], signer=how.signer, dry_run=how.dry_run)
        for batch, recorded in zip(waiting, given[len(before) :], strict=True):
            if recorded.already and not archive.exists(batch.commands[0].statement.stream):
                msg = f"{batch.name}: was recorded before as an object of another system than {summary.system}"
                raise ConflictError(msg, hint="give --system as it was given then")
            for document in batch.documents:
                if document.content is None:
                    document.path.unlink(missing_ok=True)
            if not recorded.already:
                summary.events.update(event.type for event in recorded.events)
        waiting.clear()
        events = size = 0
        run.settled()

    for batch in batches:
        waiting.append(batch)
        events += len(batch.commands)
        size += sum(document.size for document in batch.documents)
        done += 1
        if events >= EVENTS_A_TRANSACTION or size >= BYTES_A_TRANSACTION:
            write()
            how.tell(Progress("recording", done, total))
    if waiting:
        write()
        how.tell(Progress("recording", done, total))


def _before(run: Following, waiting: list[Batch]) -> list[Batch]:
    """Give what has to stand before command files of a dry run: what opens the streams that earlier ones would have.

    Each transaction of a dry run is taken back, so the next one finds none of these. Nothing for a run that records.
    """
    streams = (command.statement.stream for batch in waiting for command in batch.commands)
    # The documents on which they rest were taken back too.
    openings = (msgspec.structs.replace(one, sources=msgspec.UNSET) for one in run.known.rehearsed_openings(streams))
    commands = tuple(Command(statement=one, role=Role.IMPORTER, place="rehearsal") for one in openings)
    return [Batch(id=None, digest=None, commands=commands, documents=(), name="rehearsal")] if commands else []


def _missing(run: Following, spool: Spool, summary: Summary) -> Iterator[Batch]:
    """Give the command files of what a complete listing no longer has, of the kinds that it lists at all."""
    for stream, key, kind in run.observed():
        if kind in summary.shown and not spool.has(key):
            batch = run.gone(stream)
            if batch is not None:
                yield batch


# -- live sources ---------------------------------------------------------------------------------


def follow_endpoint(
    archive: Archive, endpoint: Endpoint, how: Run, *, system: str | None = None, since: str | None = None
) -> Summary:
    """Record what a live source shows that was not recorded before.

    Args:
        archive: The archive.
        endpoint: The source.
        how: What holds for the run.
        system: The address of the system; None for the one that the source names.
        since: Only what changed since this moment; None for everything, and then what is missing may be gone.

    Raises:
        ServiceError: The source fails; what is recorded is whole.
        InputError: The source has several bodies and none was named.
    """
    named, first = endpoint.start(body=how.words.body)
    with following(archive, how, system=system_of(system or named)) as (run, spool, summary):
        parts: dict[str, None] = {}
        for tree in first:
            run.take(tree, place=endpoint.url)
        for count, (kind, entry) in enumerate(endpoint.lists(first[-1], since=since), start=1):
            if isinstance(entry, dict):
                parts.update(dict.fromkeys(missing_parts(entry)))
            run.take(entry, place=f"{endpoint.url}: {kind} {count}", listed=kind)
            if count % 100 == 0:
                how.tell(Progress("fetching", count, 0))
        gone = _parts(endpoint, run, spool, summary, parts, how)
        summary.is_complete = since is None and not summary.unreadable_count
        gone += _gone(endpoint, run, spool, summary, known=set(gone)) if summary.is_complete else []
        finish(archive, run, spool, summary, how)
        record(archive, run, (b for s in gone if (b := run.gone(s))), summary, how)
        summary.requests += endpoint.requests
        return summary


def _parts(
    endpoint: Endpoint, run: Following, spool: Spool, summary: Summary, parts: dict[str, None], how: Run
) -> list[str]:
    """Fetch what objects only name, and what that only names; give the streams of what is gone by its own address."""
    gone: list[str] = []
    waiting = list(parts)
    for done, url in enumerate(waiting, start=1):
        how.tell(Progress("fetching what lists only name", done, len(waiting)))
        if spool.has(url):
            continue
        if not endpoint.is_own(url):
            summary.left_out["parts on another host"] += 1
            continue
        part = endpoint.part(url)
        if part is None:
            summary.left_out["parts that are not there"] += 1
            lost = run.lost(url)
            gone += [lost] if lost is not None else []
            continue
        if isinstance(part, dict):
            more = [address for address in missing_parts(part) if address not in parts]
            parts.update(dict.fromkeys(more))
            waiting += dict.fromkeys(more)
        run.take(part, place=url)
    return gone


def _gone(endpoint: Endpoint, run: Following, spool: Spool, summary: Summary, *, known: set[str]) -> list[str]:
    """Give the streams of objects that a complete listing no longer shows and whose own address says so too.

    A list that changes while it is read can lose an object between two pages; its address tells. So it does where a
    list shows nothing at all any more. Those that are known to be gone are not asked for again.
    """
    gone: list[str] = []
    for stream, key, _ in run.observed():
        if spool.has(key) or stream in known:
            continue
        if not endpoint.is_own(key):
            summary.left_out["missing objects of another host"] += 1
            continue
        tree = endpoint.get(key)
        if tree is None:
            gone.append(stream)
        else:
            run.take(tree, place=key)
    return gone


# -- when a source was last followed to its end ----------------------------------------------------

_NOTE_BYTES_MAX: Final = 1 << 20
# Clocks differ, and what changed while the last run read is asked for again: it costs nothing to be shown it twice.
_OVERLAP: Final = timedelta(days=1)


def since_of(path: Path, url: str) -> str | None:
    """Give the moment from which on a source has to be asked for changes; None where everything has to be.

    The note is a convenience: without it, or with one that cannot be read, everything is asked for.

    Args:
        path: The note, outside the archive.
        url: The source.
    """
    stated = _notes(path).get(url)
    try:
        moment = datetime.fromisoformat(stated) if stated is not None else None
    except ValueError:
        return None
    return None if moment is None else (moment - _OVERLAP).isoformat().replace("+00:00", "Z")


def note_losses(path: Path, url: str, summary: Summary, *, dry_run: bool) -> None:
    """Say when losses were last looked for at a source: now, if this was a complete listing, else as it is noted.

    Args:
        path: The note, outside the archive.
        url: The source.
        summary: The run; it is told.
        dry_run: Whether nothing is noted.

    Raises:
        StorageError: The note cannot be written.
    """
    if summary.is_complete and not dry_run:
        note_run(path, url, summary.retrieved_at)
    summary.losses_looked_for_at = summary.retrieved_at if summary.is_complete else _notes(path).get(url)


def note_run(path: Path, url: str, moment: str) -> None:
    """Note that a source was followed to its end.

    Raises:
        StorageError: The note cannot be written.
    """
    notes = {**_notes(path), url: moment}
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.encode(notes, order="sorted"))
        part.replace(path)
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise StorageError(msg, hint="all is recorded; the next run asks for everything again") from error


def _notes(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as handle:
            return msgspec.json.decode(handle.read(_NOTE_BYTES_MAX), type=dict[str, str])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}
