"""One request to a service outside Ratsbuch, bounded in time and in size whatever the service does.

A time limit on each read is none on the whole: a service that sends one byte a second keeps such a client for days.
So the exchange runs in a thread of its own, and whoever asked waits for the whole answer or the deadline, whichever
comes first; looking up the name, connecting, TLS, head and body all count. At the deadline the connection is cut.

Promise: nothing but `ServiceError` comes out of a service that fails, and no more of its answer is held than was
asked for. Redirects are not followed: where a record is sent is decided here, not there.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct, structs

from archive.errors import InputError, ServiceError

TIMEOUT_SECONDS: Final = 10.0
_URL_CHARACTERS_MAX: Final = 2000
_PORTS: Final = {"http": 80, "https": 443}
_GOOD: Final = range(200, 300)
_PIECE: Final = 64 * 2**10
_KEPT: Final = ("content-range", "etag", "retry-after")


class Answer(Struct, frozen=True, kw_only=True):
    """What came back.

    Attributes:
        status: The HTTP status.
        content_type: As stated; empty where it is not.
        location: Where a redirect points; empty where it does not.
        body: The body, or its beginning.
        complete: Whether `body` is all of it.
        headers: What it said about when to ask again, and about the version and the part of what it gave.
    """

    status: int
    content_type: str
    location: str
    body: bytes
    complete: bool
    headers: tuple[tuple[str, str], ...] = ()


class Request(Struct, frozen=True, kw_only=True):
    """What is asked: a POST where there is a body, else a GET.

    Attributes:
        url: Where; http or https. Only a GET may have a query.
        body: What is sent; None for nothing.
        content_type: Of the body.
        answer_bytes_max: How much of the answer's body is read.
        headers: What else is said.
        sink: Is given a good answer (2xx) without its body, and gives what takes the body piece by piece, which is then
            in no answer; None to have it there.
    """

    url: str
    body: bytes | None
    content_type: str = ""
    answer_bytes_max: int
    headers: tuple[tuple[str, str], ...] = ()
    sink: Callable[[Answer], Callable[[bytes], object]] | None = None


# How a request is made; tests hand in services that exist in memory only.
Transport = Callable[[Request], Answer]


def split_url(url: str, *, allows_query: bool = False) -> SplitResult:
    """Take the address of a service apart.

    Raises:
        InputError: It is not an http or https address in ASCII, or carries a user, a query or a fragment.
    """
    what = f"address {url[:80]!a}"
    if len(url) > _URL_CHARACTERS_MAX or not all("!" <= character <= "~" for character in url):
        msg = f"{what}: found spaces, other than ASCII characters or too many, expected an http or https address"
        raise InputError(msg, hint="a name with umlauts has an ASCII form that begins with xn--")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
        # What would fail only when the name is looked up.
        (host or "").encode("idna")
    except ValueError as error:
        msg = f"{what}: {error}"
        raise InputError(msg) from error
    if parts.scheme not in _PORTS or not host or port == 0:
        msg = f"{what}: found no host behind http:// or https://"
        raise InputError(msg)
    if "@" in parts.netloc or ("?" in url and not allows_query) or "#" in url:
        msg = f"{what}: found a user, a query or a fragment, expected scheme, host, port and path alone"
        raise InputError(msg)
    return parts


class _Wire:
    """A connection that another thread can cut, also while TLS is being agreed on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end: socket.socket | None = None
        self._cut = False

    def hold(self, connection: socket.socket) -> None:
        with self._lock:
            if self._cut:
                raise TimeoutError
            # A second handle on the same connection: TLS takes the first one over, and hides it while it begins.
            self._end = connection.dup()

    def cut(self) -> None:
        with self._lock:
            self._cut = True
            if self._end is not None:
                with contextlib.suppress(OSError):  # the other side was faster
                    self._end.shutdown(socket.SHUT_RDWR)
        self.drop()

    def drop(self) -> None:
        with self._lock:
            if self._end is not None:
                self._end.close()
                self._end = None


class HttpTransport:
    """Makes requests over HTTP/1.1, one connection each.

    Args:
        timeout_seconds: How long one exchange may take in all.
        context: Which authorities are believed for https; by default those of the system.
    """

    def __init__(self, *, timeout_seconds: float = TIMEOUT_SECONDS, context: ssl.SSLContext | None = None) -> None:
        self._timeout_seconds = timeout_seconds
        self._context = context

    def __call__(self, request: Request) -> Answer:
        """Make the request and give the answer, whatever its status.

        Raises:
            InputError: The address is none.
            ServiceError: No answer came, not in time, or it is not HTTP.
        """
        parts = split_url(request.url, allows_query=request.body is None)
        what = f"service {request.url}"
        wire, answered = _Wire(), Future[Answer]()
        # A daemon: looking up a name cannot be broken off, and must not keep the program from ending.
        threading.Thread(target=self._work, args=(request, parts, wire, answered), daemon=True).start()
        try:
            return answered.result(self._timeout_seconds)
        except TimeoutError as error:
            msg = f"{what}: found no whole answer after {self._timeout_seconds:g} seconds"
            raise ServiceError(msg, hint="try again later; nothing was changed here") from error
        except ssl.SSLCertVerificationError as error:
            msg = f"{what}: its certificate is not trusted: {error.verify_message}"
            raise ServiceError(
                msg, hint="let its operator renew it, or install the authority that issued it"
            ) from error
        except OSError as error:
            msg = f"{what}: cannot be reached: {error.strerror or error}"
            raise ServiceError(msg, hint="check the address and the network; nothing was changed here") from error
        except http.client.HTTPException as error:
            msg = f"{what}: found {type(error).__name__} ({str(error)[:80]!a}), expected an HTTP answer"
            raise ServiceError(msg, hint="check the address; something else may be listening there") from error
        finally:
            wire.cut()

    def _work(self, request: Request, parts: SplitResult, wire: _Wire, answered: Future[Answer]) -> None:
        try:
            answered.set_result(self._exchange(request, parts, wire))
        except BaseException as error:  # noqa: BLE001  # it is raised again, in the thread that waits
            answered.set_exception(error)
        finally:
            wire.drop()

    def _exchange(self, request: Request, parts: SplitResult, wire: _Wire) -> Answer:
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = self._context or ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, context=context)
        else:
            context = None
            connection = http.client.HTTPConnection(host, port)
        plain = socket.create_connection((host, port), timeout=self._timeout_seconds)
        with contextlib.ExitStack() as stack:
            stack.callback(plain.close)
            wire.hold(plain)
            # http.client takes a connection that is there, and would make one that nobody can cut.
            connection.sock = context.wrap_socket(plain, server_hostname=host) if context else plain
            stack.callback(connection.close)
            headers = {"User-Agent": "ratsbuch", "Connection": "close", **dict(request.headers)}
            if request.body is not None:
                headers["Content-Type"] = request.content_type
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if request.body is None else "POST", path, body=request.body, headers=headers)
            with connection.getresponse() as response:
                head = Answer(
                    status=response.status,
                    content_type=response.getheader("Content-Type") or "",
                    location=response.getheader("Location") or "",
                    body=b"",
                    complete=False,
                    headers=tuple((name, value) for name in _KEPT if (value := response.getheader(name))),
                )
                body, complete = _read(response, request, head)
                return structs.replace(head, body=body, complete=complete)


def _read(response: http.client.HTTPResponse, request: Request, head: Answer) -> tuple[bytes, bool]:
    """Read an answer's body as far as it is wanted, and say whether that is all of it."""
    if request.sink is None or response.status not in _GOOD:
        body = response.read(request.answer_bytes_max + 1)
        complete = len(body) <= request.answer_bytes_max
        if complete and response.length:
            raise http.client.IncompleteRead(body, response.length)
        return body[: request.answer_bytes_max], complete
    left, write = request.answer_bytes_max, request.sink(head)
    while piece := response.read(min(_PIECE, left + 1)):
        if len(piece) > left:
            return b"", False
        write(piece)
        left -= len(piece)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"", True
