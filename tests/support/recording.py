"""A process that records, to be killed or raced: run with `python recording.py MODE ARCHIVE KEYS NUMBER`.

It prints a line for every event that was acknowledged, and nothing before that.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import archive
from archive.archive import Archive, Means
from archive.batch import Batch, Command, NewDocument
from archive.keys import KeyFolder, Signer
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.errors import ConflictError
from domain.stream import Statement

# Three events a batch, the third with a document that is kept as a file: a batch is there in whole or not at all.
EVENTS_A_BATCH: Final = 3
BATCHES_A_PROCESS: Final = 12
DOCUMENT_SIZE: Final = 70_000
# After the register was opened, and the same for all processes; a test has no real clock.
RECORDED_AT: Final = 1_795_440_000


def command(stream: str, event: e.Event, *, expected_seq: int | None = None) -> Command:
    """Give a command about something of an unknown day."""
    statement = Statement(
        stream=stream, event=event, occurred=x.When(certainty=v.Certainty.UNKNOWN), visibility=v.Visibility.PUBLIC
    )
    return Command(statement=statement, role=v.Role.CLERK, expected_seq=expected_seq, place="command")


def proposal(book: Archive, reference: str) -> Command:
    """Give the command that opens a proposal."""
    event = e.ProposalRegistered(
        body=book.streams("body")[0],
        kind=v.ProposalKind.RESOLUTION_PROPOSAL,
        reference=reference,
        version=1,
        subject="Nahverkehrsplan",
        operative_text="Der Kreistag beschließt den Nahverkehrsplan.",
    )
    return command(f"proposal:{book.means.uuid7()}", event)


def batch(*commands: Command, documents: tuple[NewDocument, ...] = ()) -> Batch:
    """Give a batch that comes from no file."""
    return Batch(id=None, digest=None, commands=commands, documents=documents, name="batch")


def with_document(book: Archive, folder: Path, reference: str) -> Batch:
    """Give a batch of three events and a document that is new."""
    path = folder / f"{reference}.txt"
    content = (reference + "\n").encode() * (DOCUMENT_SIZE // (len(reference) + 1) + 1)
    path.write_bytes(content)
    new = NewDocument(
        digest_hex=hashlib.sha512(content).hexdigest(), size=len(content), media_type="text/plain", path=path
    )
    opening = proposal(book, reference)
    stream = opening.statement.stream
    held = x.Document(digest=new.digest_hex, held=True, media_type=new.media_type, size=new.size)
    return batch(
        opening,
        command(stream, e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject="Nahverkehrsplan 2030")),
        command(stream, e.DocumentAttached(label="Anlage 1", held=True, document=held)),
        documents=(new,),
    )


def say(*words: object) -> None:
    """Print a line at once: whoever kills this process reads what it had come to."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def record_for_ever(book: Archive, signer: Signer, number: str) -> None:
    """Record batch after batch until something kills this process."""
    count = 0
    while True:
        count += 1
        new = with_document(book, book.folder.parent, f"{number}-{count}")
        for event in book.record(new, signer=signer).events:
            say(event.position, event.id)


def start(mode: str, folder: Path, keys: Path, number: str) -> subprocess.Popen[str]:
    """Start a process that records."""
    root = Path(str(archive.__file__)).parents[1]
    return subprocess.Popen(
        [sys.executable, __file__, mode, folder, keys, number],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )


def race(book: Archive, signer: Signer, number: str) -> None:
    """Record beside others: first all in one stream at the same place, then each in streams of its own."""
    (shared,) = book.streams("proposal")
    say("ready")
    sys.stdin.readline()
    revised = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, subject=f"by process {number}")
    try:
        for event in book.record(batch(command(shared, revised, expected_seq=1)), signer=signer).events:
            say(event.position, event.id)
    except ConflictError as error:
        say("conflict", error.message)
    for count in range(BATCHES_A_PROCESS):
        opening = proposal(book, f"{number}-{count}")
        withdrawn = command(opening.statement.stream, e.ProposalWithdrawn(reason="erledigt"))
        for event in book.record(batch(opening, withdrawn), signer=signer).events:
            say(event.position, event.id)


def main(mode: str, folder: Path, keys: Path, number: str) -> None:
    """Open the archive and begin."""
    means = Means(clock=lambda: RECORDED_AT, random=os.urandom)
    key_folder = KeyFolder(keys, passphrase=None, random=os.urandom)
    (person,) = key_folder.persons()
    signer = key_folder.read_signer(person, person=person, algorithm=v.SignatureAlgorithm.ES256)
    with Archive.open(folder, means=means) as book:
        {"for-ever": record_for_ever, "race": race}[mode](book, signer, number)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
