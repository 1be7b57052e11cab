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

from msgspec import Struct

from archive.errors import InputError, ServiceError

TIMEOUT_SECONDS: Final = 10.0
_URL_CHARACTERS_MAX: Final = 2000
_PORTS: Final = {"http": 80, "https": 443}


class Request(Struct, frozen=True, kw_only=True):
    """What is asked; a POST, because that is all our services need so far.

    Attributes:
        url: Where; http or https.
        body: What is sent.
        content_type: Of the body.
        answer_bytes_max: How much of the answer's body is read.
    """

    url: str
    body: bytes
    content_type: str
    answer_bytes_max: int


class Answer(Struct, frozen=True, kw_only=True):
    """What came back.

    Attributes:
        status: The HTTP status.
        content_type: As stated; empty where it is not.
        location: Where a redirect points; empty where it does not.
        body: The body, or its beginning.
        complete: Whether `body` is all of it.
    """

    status: int
    content_type: str
    location: str
    body: bytes
    complete: bool


# How a request is made; tests hand in services that exist in memory only.
Transport = Callable[[Request], Answer]


def split_url(url: str) -> SplitResult:
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
    if "@" in parts.netloc or "?" in url or "#" in url:
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
        parts = split_url(request.url)
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
            headers = {"Content-Type": request.content_type, "User-Agent": "ratsbuch", "Connection": "close"}
            connection.request("POST", parts.path or "/", body=request.body, headers=headers)
            with connection.getresponse() as response:
                body = response.read(request.answer_bytes_max + 1)
                complete = len(body) <= request.answer_bytes_max
                if complete and response.length:
                    raise http.client.IncompleteRead(body, response.length)
                return Answer(
                    status=response.status,
                    content_type=response.getheader("Content-Type") or "",
                    location=response.getheader("Location") or "",
                    body=body[: request.answer_bytes_max],
                    complete=complete,
                )
