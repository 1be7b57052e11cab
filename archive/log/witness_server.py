"""A witness (de: Gegenprüfstelle) of our own, so that two authorities can witness each other: C2SP tlog-witness.

It answers `POST /add-checkpoint` and `GET /<SHA-256 of the origin>/checkpoint`. It sees sizes and hashes of a log and
nothing of the record. It cosigns a checkpoint only when that extends every checkpoint of the same log that it cosigned
before, and keeps it before the cosignature leaves (`witness_store`); whatever fails, fails to "not cosigned".

Three parts: `Witness` decides, from bytes to an answer; `create_app` is the WSGI application around it, which needs no
socket; `WitnessServer` and `serve` listen. It speaks plain HTTP: signatures authenticate what is said, and whoever
wants TLS puts the web server in front that the house has anyway.

Source: C2SP tlog-witness, tlog-cosignature.
"""

from __future__ import annotations

import logging
import re
import threading
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

# The library brings no types, and those that others published for it are wrong where we need them.
from waitress import wasyncore  # type: ignore[import-untyped]  # above
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]  # above
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]  # above
from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]  # above

from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.log.checkpoint import only_signatures, with_signatures
from archive.log.cosignature import cosign
from archive.log.head import parse_head
from archive.log.merkle import EMPTY_ROOT, verify_consistency
from archive.log.note import NoteSignature, SignatureType, SigningKey, VerifierKey
from archive.log.policy import NONE, Log, Policy, open_trusted
from archive.log.witness import PATH, REQUEST_BYTES_MAX, SIZE_TYPE, origin_digest, parse_submission
from archive.log.witness_store import LOCK_TIMEOUT_SECONDS, Fork, Held, WitnessStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from archive.log.checkpoint import Checkpoint
    from archive.log.witness import Submission

TEXT_TYPE: Final = "text/plain; charset=utf-8"
# The same bound as for recording: a clock that fell behind by more is wrong, not late.
CLOCK_BEHIND_SECONDS_MAX: Final = 300
# Nobody needs longer to send 128 KiB, and a connection that idles can be opened again.
CONNECTION_SECONDS_MAX: Final = 60
HEADER_BYTES_MAX: Final = 16 * 2**10
CONNECTIONS_MAX: Final = 100
THREADS: Final = 4
_REPORT_CHARACTERS_MAX: Final = 500
_LOG_TYPES: Final = frozenset({SignatureType.ED25519, SignatureType.COSIGNATURE_MLDSA44})
_WITNESS_TYPES: Final = frozenset({SignatureType.COSIGNATURE_ED25519, SignatureType.COSIGNATURE_MLDSA44})
_CHECKPOINT_PATH: Final = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)


class Reply(Struct, frozen=True, kw_only=True):
    """What is answered."""

    status: HTTPStatus
    body: bytes
    content_type: str = TEXT_TYPE
    allow: str = ""


class _RefusalError(Exception):
    """A request is refused; raised inside the transaction, so that nothing is kept."""

    def __init__(self, status: HTTPStatus, message: str, *, content_type: str = TEXT_TYPE) -> None:
        super().__init__(message)
        self.reply = Reply(status=status, body=f"{message}\n".encode(), content_type=content_type)


class _ForkError(_RefusalError):
    """The log signed two roots for one size."""

    def __init__(self, message: str, held: Held, found: Checkpoint) -> None:
        super().__init__(HTTPStatus.CONFLICT, message)
        self.held = held
        self.found = found


# -- deciding -------------------------------------------------------------------------------------


class Witness:
    """Decides what is cosigned.

    Args:
        store: What was cosigned before.
        keys: The witness's keys, of type 0x04 or 0x06; it cosigns with all of them.
        logs: The logs that it knows: keys of type 0x01 or 0x06, whose names are the origins. Where keys of both
            types are listed for a log, a checkpoint needs a signature of each, as everywhere in Ratsbuch.
        clock: Gives the seconds since 1970.
        report: Takes one line for each request that was decided; for the operator.

    Raises:
        InputError: No key or no log is given, one is of another type, or two cosigners share a public key.
    """

    def __init__(
        self,
        store: WitnessStore,
        *,
        keys: Sequence[SigningKey],
        logs: Sequence[VerifierKey],
        clock: Callable[[], int],
        report: Callable[[str], None],
    ) -> None:
        _check_keys([key.verifier for key in keys], _WITNESS_TYPES, "witness key")
        _check_keys(logs, _LOG_TYPES, "log key")
        self._store = store
        self._keys = tuple(keys)
        self._policy = Policy(logs=tuple(Log(key=key, url=None) for key in logs), witnesses=(), groups=(), quorum=NONE)
        self._origins = {origin_digest(key.name): key.name for key in logs}
        self._clock = clock
        self._report = report

    def latest(self, digest_hex: str) -> Reply:
        """Give the newest checkpoint that was cosigned, by the SHA-256 of the origin in lower-case hex."""
        origin = self._origins.get(digest_hex)
        try:
            held = None if origin is None else self._store.latest(origin)
        except StorageError as error:
            return self._failed(error)
        if held is None:
            return Reply(status=HTTPStatus.NOT_FOUND, body=b"no checkpoint of such a log was cosigned here\n")
        return Reply(status=HTTPStatus.OK, body=held.checkpoint)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Decide about a checkpoint; the cosignatures that a reply holds are of what is on disk.

        The order of the checks is the specification's: (1) form, (2) a known log, (3) its signatures, (4) sizes in
        order, (5) the size that we know, (6) its root, (7) the proof.
        """
        try:
            submission = parse_submission(body)
            opened = self._opened(submission)
            lines, held = self._cosign(submission, opened)
        except InputError as error:
            return self._refused(_RefusalError(HTTPStatus.BAD_REQUEST, error.message))
        except _ForkError as error:
            return self._forked(error)
        except _RefusalError as error:
            return self._refused(error)
        except StorageError as error:
            return self._failed(error)
        self._report(f"cosigned {held.head.origin!a} at size {held.head.size}")
        return Reply(status=HTTPStatus.OK, body="".join(line.line for line in lines).encode())

    def _opened(self, submission: Submission) -> Checkpoint:
        # 2. The log.
        head = parse_head(submission.note.text, what="request: checkpoint")
        if origin_digest(head.origin) not in self._origins:
            msg = f"origin {head.origin[:200]!a} is not known here"
            raise _RefusalError(HTTPStatus.NOT_FOUND, msg)
        # 3. Its signatures.
        try:
            opened = open_trusted(self._policy, submission.checkpoint, what="request: checkpoint").checkpoint
        except (EvidenceError, IntegrityError) as error:
            raise _RefusalError(HTTPStatus.FORBIDDEN, error.message) from error
        # 4. The sizes.
        if submission.old > head.size:
            msg = f"request: found old size {submission.old}, expected at most the checkpoint's {head.size}"
            raise _RefusalError(HTTPStatus.BAD_REQUEST, msg)
        return opened

    def _cosign(self, submission: Submission, opened: Checkpoint) -> tuple[list[NoteSignature], Held]:
        head, lines = opened.head, list[NoteSignature]()

        def decide(held: Held | None) -> Held:
            _check_growth(submission, opened, held)
            timestamp = self._now(held)
            lines.extend(cosign(head, key, timestamp=timestamp) for key in self._keys)
            return Held(head=head, checkpoint=with_signatures(_log_lines(opened), lines), cosigned_at=timestamp)

        held = self._store.advance(head.origin, decide)
        return lines, held

    def _now(self, held: Held | None) -> int:
        """Give the time to state, which never falls: a larger size must not seem older than a smaller one."""
        now = self._clock()
        last = held.cosigned_at if held else 0
        if last > now + CLOCK_BEHIND_SECONDS_MAX:
            msg = f"clock of the witness: found {now}, expected {last - CLOCK_BEHIND_SECONDS_MAX} or later"
            raise StorageError(msg, hint="set the clock; it cosigned at that time already")
        return max(now, last, 1)

    def _forked(self, error: _ForkError) -> Reply:
        head = error.found.head
        fork = Fork(held=error.held.checkpoint, found=_log_lines(error.found), seen_at=self._clock())
        try:
            self._store.keep_fork(head.origin, fork)
        except StorageError as failure:
            return self._failed(failure)
        self._report(f"FORK: log {head.origin!a} signed two roots for size {head.size}; both are kept")
        return error.reply

    def _refused(self, error: _RefusalError) -> Reply:
        # A stranger's words, for somebody's terminal: names in signature lines may hold nearly anything.
        shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(error)[:_REPORT_CHARACTERS_MAX])
        self._report(f"refused with {error.reply.status.value}: {shown}")
        return error.reply

    def _failed(self, error: StorageError) -> Reply:
        # Paths are the operator's business.
        self._report(f"failed: {error.message}")
        return Reply(status=HTTPStatus.SERVICE_UNAVAILABLE, body=b"the witness cannot answer now\n")


def _check_keys(keys: Sequence[VerifierKey], kinds: frozenset[SignatureType], what: str) -> None:
    if not keys:
        msg = f"{what}: found none, expected at least one"
        raise InputError(msg)
    for number, key in enumerate(keys):
        if key.type not in kinds:
            names = " or ".join(f"{kind:#04x}" for kind in sorted(kinds))
            msg = f"{what} {key.label}: found signature type {key.type:#04x}, expected {names}"
            raise InputError(msg)
        # An Ed25519 cosignature does not name its cosigner, so one key must not stand for two.
        if any(key.public == other.public for other in keys[:number]):
            msg = f"{what} {key.label}: found its public key a second time, expected each key once"
            raise InputError(msg)


def _log_lines(checkpoint: Checkpoint) -> bytes:
    """Give a checkpoint without the lines of unknown keys: what nobody checked is not kept, and so never shown."""
    return only_signatures(checkpoint.data, [entry.key for entry in checkpoint.verified])


def _check_growth(submission: Submission, opened: Checkpoint, held: Held | None) -> None:
    """Refuse what does not extend the checkpoint that is held."""
    head = opened.head
    size, root = (held.head.size, held.head.root) if held else (0, EMPTY_ROOT)
    # 5. The size that we know.
    if submission.old != size:
        raise _RefusalError(HTTPStatus.CONFLICT, str(size), content_type=SIZE_TYPE)
    # 6. Its root. The specification says 409 here, too, and not with the type of a size: there is none to begin from.
    if head.size == size and head.root != root and held is not None:
        msg = f"another root of size {size} was cosigned here; a log that signs two has forked"
        raise _ForkError(msg, held, opened)
    # 7. The proof. From nothing nothing has to be proved, and nothing may be claimed.
    if size == 0 < head.size:
        if submission.proof:
            msg = f"consistency proof: found {len(submission.proof)} hashes, expected none from size 0"
            raise _RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, msg)
        return
    try:
        verify_consistency(size, head.size, submission.proof, root, head.root)
    except (InputError, IntegrityError) as error:
        raise _RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message) from error


# -- the application ------------------------------------------------------------------------------


def create_app(
    store: WitnessStore,
    *,
    keys: Sequence[SigningKey],
    logs: Sequence[VerifierKey],
    clock: Callable[[], int],
    report: Callable[[str], None],
) -> WSGIApplication:
    """Give the WSGI application of a witness; the arguments are those of `Witness`.

    The server around it has to end the request body itself (`wsgi.input_terminated`), also for chunked requests.

    Raises:
        InputError: As `Witness`.
    """
    witness = Witness(store, keys=keys, logs=logs, clock=clock, report=report)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reply = _route(witness, environ)
        headers = [("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body)))]
        if reply.allow:
            headers.append(("Allow", reply.allow))
        start_response(f"{reply.status.value} {reply.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    return app


def _route(witness: Witness, environ: WSGIEnvironment) -> Reply:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    if path == f"/{PATH}":
        if method != "POST":
            return Reply(status=HTTPStatus.METHOD_NOT_ALLOWED, body=b"expected POST\n", allow="POST")
        body = environ["wsgi.input"].read(REQUEST_BYTES_MAX + 1)
        if len(body) > REQUEST_BYTES_MAX:
            text = f"found more than {REQUEST_BYTES_MAX} bytes\n"
            return Reply(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, body=text.encode())
        return witness.add_checkpoint(body)
    match = _CHECKPOINT_PATH.fullmatch(path)
    if match is None:
        return Reply(status=HTTPStatus.NOT_FOUND, body=b"nothing is here\n")
    if method not in {"GET", "HEAD"}:
        return Reply(status=HTTPStatus.METHOD_NOT_ALLOWED, body=b"expected GET\n", allow="GET, HEAD")
    return witness.latest(match[1])


# -- listening ------------------------------------------------------------------------------------


class _Listener(TcpWSGIServer):  # type: ignore[misc]  # above, at the import
    """Bounds the whole life of a connection: a client that sends a byte now and then is never idle."""

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in self.active_channels.values():
            if not channel.requests and channel.creation_time < now - CONNECTION_SECONDS_MAX:
                channel.will_close = True


class WitnessServer:
    """Listens, from the moment it is made; `run` answers.

    Args:
        app: The application.
        host: Name or address to listen on.
        port: 0 takes a free one.

    Raises:
        InputError: It is not possible to listen there.
    """

    def __init__(self, app: WSGIApplication, *, host: str, port: int) -> None:
        self._stopping = threading.Event()
        # Reentrant, because a signal handler may come while its own thread is in here.
        self._lock = threading.RLock()
        self._channels: dict[int, wasyncore.dispatcher] = {}
        self._dispatcher = ThreadedTaskDispatcher()
        self._listeners: list[_Listener] = []
        try:
            adjustments = Adjustments(
                listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                ident="ratsbuch",
                threads=THREADS,
                connection_limit=CONNECTIONS_MAX,
                channel_timeout=CONNECTION_SECONDS_MAX // 2,
                cleanup_interval=5,
                max_request_header_size=HEADER_BYTES_MAX,
                # It refuses what is as large as this.
                max_request_body_size=REQUEST_BYTES_MAX + 1,
                log_socket_errors=False,
            )
            for address in adjustments.listen:
                listener = _Listener(
                    app,
                    map=self._channels,
                    dispatcher=self._dispatcher,
                    adj=adjustments,
                    sockinfo=address,
                )
                self._listeners.append(listener)
        except (OSError, ValueError) as error:
            wasyncore.close_all(self._channels)
            msg = f"witness: cannot listen on {host!a} port {port}: {error}"
            raise InputError(msg, hint="choose another --host or --port") from error

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Where it listens."""
        return tuple((listener.effective_host, int(listener.effective_port)) for listener in self._listeners)

    def run(self) -> None:
        """Answer until `stop`; requests that are under way are finished, and then nothing listens any more."""
        self._dispatcher.set_thread_count(THREADS)
        try:
            while not self._stopping.is_set():
                wasyncore.loop(timeout=1, use_poll=True, map=self._channels, count=1)
        finally:
            self.close()

    def stop(self) -> None:
        """Make `run` return; from any thread, and from a signal handler."""
        with self._lock:
            self._stopping.set()
            for listener in self._listeners:
                listener.pull_trigger()

    def close(self) -> None:
        """Stop listening, also where `run` never ran; once is enough."""
        with self._lock:
            self._stopping.set()
            listeners, self._listeners = self._listeners, []
        # Every thread may have to wait for those before it, and each of these for a lock on the memory.
        self._dispatcher.shutdown(timeout=LOCK_TIMEOUT_SECONDS * (THREADS + 1))
        for listener in listeners:
            listener.close()
        wasyncore.close_all(self._channels)


class WitnessConfig(Struct, frozen=True, kw_only=True):
    """What a witness is.

    Attributes:
        store: Its memory, made by `WitnessStore.create`.
        keys: Its keys, of type 0x04 and 0x06.
        logs: The keys of the logs that it witnesses.
    """

    store: Path
    keys: tuple[SigningKey, ...]
    logs: tuple[VerifierKey, ...]


def serve(
    config: WitnessConfig,
    *,
    host: str,
    port: int,
    clock: Callable[[], int],
    report: Callable[[str], None],
    started: Callable[[WitnessServer], None],
) -> None:
    """Be a witness until somebody stops it.

    Args:
        config: Whose witness, with which memory and keys.
        host: Name or address to listen on.
        port: 0 takes a free one.
        clock: Gives the seconds since 1970.
        report: Takes one line for each request that was decided.
        started: Is told once it listens, to print the address and to tie signals to `stop`.

    Raises:
        InputError: Keys are missing or of the wrong type, or it is not possible to listen there.
        StorageError: The memory is missing or unreadable.
    """
    # A request that waits for a moment is no news to the operator.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    store = WitnessStore(config.store)
    try:
        app = create_app(store, keys=config.keys, logs=config.logs, clock=clock, report=report)
        server = WitnessServer(app, host=host, port=port)
        try:
            started(server)
            server.run()
        finally:
            server.close()
    finally:
        store.close()
