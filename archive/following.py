"""Following a council information system: what it shows is read whole, then recorded object by object.

Reading and deciding is `archive.intake.oparl`; this is the half that writes. Several objects share a transaction,
because each would otherwise wait for the disk, and each stays a command file of its own.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable  # msgspec reads the annotations when a record class is made
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.oparl.dumps import read_dump
from archive.intake.oparl.follow import Following
from archive.intake.oparl.spool import Spool
from archive.intake.oparl.summary import Summary
from domain.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from archive.batch import Batch
    from archive.intake.oparl.mapping import Vocabulary
    from archive.keys import Signer

# What goes into one transaction: enough that the disk does not matter, little enough for memory.
EVENTS_A_TRANSACTION: Final = 2_000
BYTES_A_TRANSACTION: Final = 32 * 2**20
SYSTEM_CHARACTERS_MAX: Final = 500


class Progress(Struct, frozen=True):
    """How far a run is: what it is doing, how many are done, and of how many; 0 where that is not known."""

    doing: str
    done: int
    total: int


Tell = Callable[[Progress], None]


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


def follow_dump(
    archive: Archive,
    source: Path,
    *,
    system: str,
    words: Vocabulary,
    signer: Signer,
    is_complete: bool = False,
    dry_run: bool = False,
    tell: Tell = lambda _: None,
) -> Summary:
    """Record what a dump of a source shows that was not recorded before.

    Args:
        archive: The archive.
        source: A folder, a tar, JSON lines or a JSON file.
        system: The address of the system that it is from.
        words: What its words mean.
        signer: An importer's key.
        is_complete: Whether the dump has everything of the kinds that it has: what is missing is gone then.
        dry_run: Do everything but keep it.
        tell: Is told how far it is.

    Raises:
        InputError: The dump is refused; nothing was recorded.
    """
    with following(archive, system=system, words=words) as (run, spool, summary):
        count = 0

        def take(tree: object, place: str) -> None:
            nonlocal count
            run.take(tree, place=place)  # type: ignore[arg-type]  # JSON, as it was read
            count += 1
            if count % 500 == 0:
                tell(Progress("reading", count, 0))

        read_dump(source, take, summary.cannot_read)
        summary.is_complete = is_complete and not summary.unreadable_count
        finish(archive, run, spool, summary, signer=signer, dry_run=dry_run, tell=tell)
        if summary.is_complete:
            gone = _missing(run, spool, summary)
            record(archive, run, gone, summary, signer=signer, dry_run=dry_run)
        return summary


@contextlib.contextmanager
def following(archive: Archive, *, system: str, words: Vocabulary) -> Iterator[tuple[Following, Spool, Summary]]:
    """Begin a run over a source."""
    summary = Summary(system=system)
    moment = datetime.fromtimestamp(int(archive.means.clock()), tz=UTC)
    with tempfile.TemporaryDirectory(prefix="ratsbuch-intake-") as folder, Spool(Path(folder) / "spool.db") as spool:
        yield (
            Following(
                archive,
                register=archive.register.id,
                body=archive.streams("body")[0],
                system=system,
                words=words,
                spool=spool,
                summary=summary,
                retrieved_at=moment.isoformat().replace("+00:00", "Z"),
                new_key=archive.means.uuid4,
            ),
            spool,
            summary,
        )


def finish(
    archive: Archive,
    run: Following,
    spool: Spool,
    summary: Summary,
    *,
    signer: Signer,
    dry_run: bool,
    tell: Tell = lambda _: None,
) -> None:
    """Record what was read, and count it."""
    summary.shown = spool.counts()
    summary.repeated = spool.repeated
    total = spool.new_count()
    summary.changes["unchanged"] = sum(summary.shown.values()) - total
    record(archive, run, run.batches(), summary, signer=signer, dry_run=dry_run, tell=tell, total=total)
    summary.unmapped = {}
    for (table, literal), times in sorted(run.words.unmapped.items(), key=lambda entry: (entry[0][0], -entry[1])):
        summary.unmapped.setdefault(table, {})[literal] = times


def record(
    archive: Archive,
    run: Following,
    batches: Iterator[Batch],
    summary: Summary,
    *,
    signer: Signer,
    dry_run: bool,
    tell: Tell = lambda _: None,
    total: int = 0,
) -> None:
    """Record command files, several in a transaction.

    Raises:
        ConflictError: An object was recorded before, as one of another system.
    """
    waiting: list[Batch] = []
    events = size = done = 0

    def write() -> None:
        nonlocal events, size
        for batch, recorded in zip(
            waiting, archive.record_many(waiting, signer=signer, dry_run=dry_run), strict=True
        ):
            if recorded.already and not archive.exists(batch.commands[0].statement.stream):
                msg = f"{batch.name}: was recorded before as an object of another system than {summary.system}"
                raise ConflictError(msg, hint="give --system as it was given then")
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
            tell(Progress("recording", done, total))
    if waiting:
        write()
        tell(Progress("recording", done, total))


def _missing(run: Following, spool: Spool, summary: Summary) -> Iterator[Batch]:
    """Give the command files of what a complete listing no longer has, of the kinds that it lists at all."""
    for stream, key, kind in run.observed():
        if kind in summary.shown and not spool.has(key):
            batch = run.gone(stream)
            if batch is not None:
                yield batch
