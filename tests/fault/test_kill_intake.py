"""An intake is killed, without a chance to tidy up, at points that nobody chose; the next one goes on where it was."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner
from msgspec import Struct
from support.archives import Clock
from support.oparl import (
    ORGAN,
    SYSTEM,
    consultation,
    events_of,
    failures,
    file,
    item,
    meeting,
    paper,
    portrait,
    thing,
    url,
    write,
)
from support.oparl_server import Site, council

import cli
from archive.archive import Archive, Means
from domain import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler

    from support.oparl import Object

pytestmark = [pytest.mark.fault, pytest.mark.slow]
OPENING: Final = 4
# CI has fifteen minutes for everything; longer by hand.
POINTS: Final = 2 if os.environ.get("CI") else 8
_PROGRAM: Final = "import sys, cli; sys.argv[0] = 'ratsbuch'; cli.main()"
_PLACES: Final = {"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state"}


class Desk(Struct, frozen=True):
    """An archive with everything that belongs to it outside: keys, pin, the memory of its newest checkpoint."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of whoever sits there."""
        places = {name: str(self.folder / place) for name, place in _PLACES.items()}
        return {
            **os.environ,
            **places,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "RATSBUCH_ARCHIVE": str(self.folder / "archive"),
        }

    def copy(self, to: Path) -> Desk:
        """Give another one that stands where this does."""
        shutil.copytree(self.folder, to)
        return Desk(to)

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *map(str, arguments)],
            cwd=Path(str(cli.__file__)).parent,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> str:
        """Run a command to its end; it has to succeed."""
        with self.start(*arguments) as process:
            stdout, stderr = process.communicate()
        assert process.returncode == 0, stderr
        return stdout

    @contextlib.contextmanager
    def open(self) -> Iterator[Archive]:
        """Open the archive for reading."""
        with Archive.open(self.folder / "archive", means=Means(clock=Clock(), random=os.urandom)) as archive:
            yield archive


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    found = Desk(tmp_path / "opened")
    found.folder.mkdir()
    options = ("--name", "Musterkreis", "--kind", "landkreis", "--rules", "sn-landkreis")
    done = CliRunner().invoke(cli.main, ["init", str(found.folder / "archive"), *options], env=found.environment)
    assert done.exit_code == 0, done.output
    return found


class End(Struct, frozen=True):
    """What a register says in the end, and every fact that was recorded on the way, with how often."""

    state: dict[str, object]
    facts: Counter[str]


def end_of(desk: Desk) -> End:
    with desk.open() as archive:
        names = {
            stream.partition(":")[2]: next(
                str(r.event.source_id) for r in archive.history(stream) if isinstance(r.event, e.PersonKnown)
            )
            for stream in archive.streams("person")
            if any(isinstance(r.event, e.PersonKnown) and r.event.source_id for r in archive.history(stream))
        }
        facts: Counter[str] = Counter()
        for record in archive.events_between(after=OPENING):
            event = record.event
            # When it was looked at is the run's; everything else is the source's.
            said = (event.url, event.change, event.digest) if isinstance(event, e.SourceObserved) else event
            stream = "" if isinstance(event, e.SourceObserved) else record.stream
            text = f"{stream} {said!r}"
            for key, name in names.items():
                text = text.replace(key, name)
            facts[text] += 1
        return End(portrait(archive), facts)


def holds(desk: Desk, expected: End, *arguments: object) -> None:
    """Hold that the next run, to its end, comes to what one without interruption comes to, and no fact twice."""
    desk.run(*arguments)
    end = end_of(desk)
    assert end.state == expected.state
    assert end.facts == expected.facts
    desk.run("verify")
    with desk.open() as archive:
        size = archive.size
    assert json.loads(desk.run(*arguments, "--json"))["events"] == {}
    with desk.open() as archive:
        assert archive.size == size


def is_sound(desk: Desk) -> int:
    """Hold that what a killed process left can be read and proved; give how many events there are."""
    with desk.open() as archive:
        assert failures(archive) == []
        return archive.size


# -- a dump ---------------------------------------------------------------------------------------


def city(papers: int) -> list[Object]:
    """Give a dump of several transactions, with everything that builds on what came before."""
    objects = [thing("Organization", n, name=f"Gremium {n}") for n in range(1, 6)]
    objects.append(thing("Organization", 6, name="Fraktion", organizationType="Fraktion"))
    for n in range(30):
        member = thing("Membership", n, organization=url("organization", 1 + n % 6), role="Mitglied")
        objects.append(thing("Person", n, name=f"Person {n}", membership=[member]))
    for n in range(papers):
        plan = consultation(n, meeting=url("meeting", n // 5), agendaItem=url("agendaitem", n), organization=[ORGAN])
        more = {"originatorPerson": [url("person", n % 30)], "originatorOrganization": [url("organization", 6)]}
        objects.append(paper(n, consultation=[plan], auxiliaryFile=[file(f"{n}-{m}") for m in range(3)], **more))
        if n % 5 == 0:
            tops = [item(m, consultation=url("consultation", m), result="vertagt", order=m) for m in range(n, n + 4)]
            objects.append(meeting(n // 5, agendaItem=tops, resultsProtocol=file(f"p{n}")))
            objects.append(item(n + 4, meeting=url("meeting", n // 5), order=n + 4, result="verwiesen"))
    return objects


def killed_after(process: subprocess.Popen[str], seconds: float) -> None:
    with process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.kill()


def test_a_dump_that_was_being_recorded_goes_on_where_it_was(desk: Desk, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    command = ("intake", "oparl", write(tmp_path / "dump.jsonl", city(700)), "--system", SYSTEM)
    whole = desk.copy(tmp_path / "whole")
    began = time.monotonic()
    whole.run(*command)
    lasted = time.monotonic() - began
    expected = end_of(whole)
    full = is_sound(whole)
    sizes: list[int] = []
    point = 0
    # However fast the machine is today, some have to be killed in the middle of recording.
    while point < POINTS or (sum(OPENING < size < full for size in sizes) < 2 and point < 3 * POINTS):
        point += 1
        one = desk.copy(tmp_path / str(point))
        for _ in range(chance.randrange(1, 4)):
            killed_after(one.start(*command), chance.random() * lasted)
            sizes.append(is_sound(one))
        try:
            holds(one, expected, *command)
        except AssertionError as error:
            error.add_note(f"seed {seed}, point {point}, sizes {sizes} of {full}")
            raise
        shutil.rmtree(one.folder)
    assert sum(OPENING < size < full for size in sizes) >= 2, (seed, sizes, full)


# -- a live source, with files ---------------------------------------------------------------------

FILES: Final = 24
PIECE: Final = 8_192


class Downloads:
    """Files that come in pieces, can be continued, and tell somebody when so many bytes were sent."""

    def __init__(self, chance: random.Random) -> None:
        self.contents = {
            f"/oparl/download/{n}": f"%PDF-1.7 {n} ".encode() + chance.randbytes(chance.randrange(60_000, 200_000))
            for n in range(FILES)
        }
        self.sent = 0
        self.continued = 0
        self.alarm_at: int | None = None
        self.alarm = threading.Event()
        self.pause = threading.Event()

    @property
    def size(self) -> int:
        """How many bytes there are in all."""
        return sum(map(len, self.contents.values()))

    def digests(self) -> set[str]:
        """Give the digests of all files as they are whole."""
        return {hashlib.sha512(content).hexdigest() for content in self.contents.values()}

    def after(self, count: int) -> threading.Event:
        """Give what is set when so many bytes more were sent."""
        self.alarm.clear()
        self.alarm_at = self.sent + count
        return self.alarm

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Send a file, or the rest of it, piece by piece."""
        content = self.contents[handler.path]
        first, version = 0, f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if handler.headers["If-Range"] == version:
            first = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.continued += 1
        head = f"HTTP/1.1 {206 if first else 200} OK\r\nETag: {version}\r\nContent-Length: {len(content) - first}\r\n"
        if first:
            head += f"Content-Range: bytes {first}-{len(content) - 1}/{len(content)}\r\n"
        with contextlib.suppress(OSError):  # the other side was killed
            handler.wfile.write(head.encode() + b"\r\n")
            for start in range(first, len(content), PIECE):
                handler.wfile.write(content[start : start + PIECE])
                handler.wfile.flush()
                self.sent += PIECE
                if self.alarm_at is not None and self.sent >= self.alarm_at:
                    self.alarm_at = None
                    self.alarm.set()
                # A file takes a moment, so that the client is killed while it comes.
                self.pause.wait(0.002)


@pytest.fixture
def site() -> Iterator[Site]:
    with council() as found:
        yield found


def test_files_that_were_being_fetched_are_continued_and_no_part_is_taken_for_a_document(
    desk: Desk, site: Site, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    downloads = Downloads(chance)
    for path in downloads.contents:
        site.fails(path, downloads.serve, stays=True)
    files = [file(n, downloadUrl=url("download", n)) for n in range(FILES)]
    papers = [paper(n, auxiliaryFile=files[2 * n : 2 * n + 2]) for n in range(FILES // 2 - 2)]
    site.has([*papers, meeting(1, resultsProtocol=files[-1], invitation=files[-2], auxiliaryFile=files[-4:-2])])
    command = ("intake", "oparl", site.system, "--rate", 1000, "--complete", "--files")
    whole = desk.copy(tmp_path / "whole")
    whole.run(*command)
    expected = end_of(whole)
    served = downloads.digests()
    for point in range(POINTS):
        one = desk.copy(tmp_path / str(point))
        for _ in range(chance.randrange(1, 4)):
            reached = downloads.after(chance.randrange(1, downloads.size))
            with one.start(*command) as process:
                while not reached.wait(0.01) and process.poll() is None:
                    pass
                process.kill()
            is_sound(one)
            assert held_by(one) <= served, (seed, point)
        try:
            holds(one, expected, *command)
        except AssertionError as error:
            error.add_note(f"seed {seed}, point {point}")
            raise
        assert held_by(one) == served
        assert not [path for path in (one.folder / "cache").rglob("*") if path.suffix in {".part", ".etag"}]
        shutil.rmtree(one.folder)
    assert downloads.continued > 0, seed


def held_by(desk: Desk) -> set[str]:
    """Give the digests of the files that are said to be held, each of what is really there."""
    with desk.open() as archive:
        events = (*events_of(archive, e.DocumentAttached), *events_of(archive, e.MinutesFiled))
        stated = {str(event.document.digest) for event in events if event.held}
        found = {digest: archive.document(digest) for digest in stated}
        return {hashlib.sha512(content).hexdigest() for content in found.values() if content is not None}
