"""Logs that grow and fork, a witness of ours with or without a socket, and services that misbehave."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.client import Answer
from archive.log import merkle
from archive.log.witness import encode_submission, parse_submission
from archive.log.witness_server import WitnessServer, create_app
from archive.log.witness_store import WitnessStore
from support.logs import KEYS, TIME, WITNESS, WITNESS_MLDSA44, checkpoint, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from wsgiref.types import WSGIApplication

    from archive.client import Request
    from archive.log.note import VerifierKey
    from archive.log.witness import Submission

WITNESS_KEYS: Final = (WITNESS, WITNESS_MLDSA44)
WITNESS_VERIFIERS: Final = tuple(key.verifier for key in WITNESS_KEYS)
# How long a test waits for what should be there at once.
PATIENCE_SECONDS: Final = 10


class GrowingLog:
    """A log of invented events; from `fork_at` on its entries are others than those of its siblings."""

    def __init__(self, size: int, *, fork_at: int | None = None, name: bytes = b"fork") -> None:
        here = size if fork_at is None else fork_at
        values = [entry(number) for number in range(here)]
        values += [entry(number) + name for number in range(here, size)]
        self.leaves = merkle.leaf_hashes(values)

    def forked(self, at: int, name: bytes) -> GrowingLog:
        """Give a log of the same length that is the same up to here."""
        fork = GrowingLog(len(self.leaves), fork_at=at, name=name)
        fork.leaves[:at] = self.leaves[:at]
        return fork

    def root(self, size: int) -> merkle.RootHash:
        return merkle.root_hash(self.leaves[:size])

    def checkpoint(self, size: int) -> bytes:
        return checkpoint(size, self.root(size))

    def prove(self, old: int, size: int) -> tuple[bytes, ...]:
        return merkle.prove(merkle.consistency_ranges(old, size), merkle.range_hash(self.leaves))

    def submission(self, old: int, size: int) -> bytes:
        proof = self.prove(old, size) if 0 < old <= size else ()
        return encode_submission(old, proof, self.checkpoint(size))


# -- a witness of ours ----------------------------------------------------------------------------


class Operated:
    """A witness of ours with its memory in a folder; what it reports is kept."""

    def __init__(self, folder: Path, *, logs: Sequence[VerifierKey] = KEYS.both) -> None:
        self.path = folder / "witness.db"
        if not self.path.exists():
            WitnessStore.create(self.path)
        self.store = WitnessStore(self.path, lock_timeout_seconds=0.05)
        self.now = TIME
        self.reports: list[str] = []
        self.app = create_app(
            self.store, keys=WITNESS_KEYS, logs=logs, clock=lambda: self.now, report=self.reports.append
        )

    def post(self, body: bytes) -> Called:
        return call(self.app, "POST", "/add-checkpoint", body)


@contextlib.contextmanager
def operated(folder: Path, *, logs: Sequence[VerifierKey] = KEYS.both) -> Iterator[Operated]:
    witness = Operated(folder, logs=logs)
    try:
        yield witness
    finally:
        witness.store.close()


class Called(Struct, frozen=True):
    """What an application answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def call(app: WSGIApplication, method: str, path: str, body: bytes = b"") -> Called:
    """Call an application without a socket."""
    seen: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        seen.append((status, dict(headers)))
        return lambda _: None

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    content = b"".join(app(environ, start_response))
    ((status, headers),) = seen
    return Called(int(status.split()[0]), headers, content)


class InMemory:
    """A transport that ends at an application, whatever the prefix of its address; the requests are kept."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        self.requests.append(request)
        called = call(self._app, "POST", "/" + request.url.rpartition("/")[2], request.body or b"")
        return answer(called.status, called.body, called.headers["Content-Type"])


def answer(status: int, body: bytes = b"", content_type: str = "text/plain", *, location: str = "") -> Answer:
    return Answer(status=status, content_type=content_type, location=location, body=body, complete=True)


class Scripted:
    """A transport that gives prepared answers; what it was asked is kept."""

    def __init__(self, *answers: Answer | Callable[[Submission], Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[Submission] = []

    def __call__(self, request: Request) -> Answer:
        self.asked.append(parse_submission(request.body or b""))
        following = self._answers.pop(0)
        return following if isinstance(following, Answer) else following(self.asked[-1])


@contextlib.contextmanager
def listening(app: WSGIApplication) -> Iterator[tuple[str, WitnessServer]]:
    """Run a server on a free port of this machine, and give its address."""
    server = WitnessServer(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        ((host, port),) = server.addresses
        yield f"http://{host}:{port}", server
    finally:
        server.stop()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


# -- services that misbehave ----------------------------------------------------------------------


def read_request(connection: socket.socket) -> bytes:
    """Read one request with Content-Length and give its body."""

    def more() -> bytes:
        part = connection.recv(65536)
        if not part:
            # A client whose time ran out before it had asked: on a machine that is busy with other things.
            raise ConnectionError
        return part

    data = b""
    while b"\r\n\r\n" not in data:
        data += more()
    head, _, body = data.partition(b"\r\n\r\n")
    (length,) = (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += more()
    return body


@contextlib.contextmanager
def misbehaving(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """Accept one connection, behave badly on it, and give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_SECONDS)

        def run() -> None:
            connection, _ = listener.accept()
            connection.settimeout(PATIENCE_SECONDS)
            with connection, contextlib.suppress(ConnectionError):
                behave(connection)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


def until_cut(connection: socket.socket) -> None:
    """Say nothing until the other side ends the connection."""
    while connection.recv(65536):
        pass


def drip(connection: socket.socket, data: bytes) -> None:
    """Send byte by byte, as long as the other side listens; that it listens too long is an error."""
    connection.settimeout(0.02)
    for number in range(250):
        connection.sendall(data[number : number + 1] or b"x")
        with contextlib.suppress(TimeoutError):
            if not connection.recv(65536):
                return
    raise AssertionError("the client went on listening")


def pour(connection: socket.socket, data: bytes) -> None:
    """Send the same again and again until the other side ends the connection."""
    while True:
        connection.sendall(data)
