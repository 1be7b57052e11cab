"""A council information system on loopback: real HTTP, pages, and everything that can go wrong."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from archive.intake.oparl.endpoint import Endpoint, Pace
from archive.intake.oparl.peers import Peers, PeerTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.oparl import Object

PAGE: Final = 3
_LISTS: Final = {
    "legislativeTermList": "LegislativeTerm",
    "organization": "Organization",
    "person": "Person",
    "membership": "Membership",
    "paper": "Paper",
    "meeting": "Meeting",
}
Answer = tuple[int, dict[str, str], bytes]
Fault = "Callable[[BaseHTTPRequestHandler], Answer | None]"


class Site:
    """What the system has, and how it behaves.

    Attributes:
        objects: By address.
        faults: For an address, what happens instead, once each, in order; the last one again and again if it `stays`.
        asked: The paths that were asked for, with their queries.
        pauses: How long the client would have waited, and was not made to.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.objects: dict[str, Object] = {}
        self.faults: dict[str, list[Callable[[BaseHTTPRequestHandler], Answer | None]]] = {}
        self.stays: set[str] = set()
        self.asked: list[str] = []
        self.pauses: list[float] = []
        self.bodies = 1

    @property
    def system(self) -> str:
        """Its address."""
        return f"{self.origin}/oparl"

    def has(self, objects: list[Object]) -> None:
        """Take objects in, their addresses moved to this host."""
        text = json.dumps(objects).replace("https://ris.example.org/oparl", self.system)
        self.objects = {one["id"]: one for one in json.loads(text)}

    def fails(self, path: str, *faults: Callable[[BaseHTTPRequestHandler], Answer | None], stays: bool = False) -> None:
        """Let something else happen at a path."""
        self.faults[path] = list(faults)
        if stays:
            self.stays.add(path)

    def endpoint(self, path: str = "/oparl", *, timeout_seconds: float = 10, peers: Peers | None = None) -> Endpoint:
        """Give a client that waits for nothing."""
        pace = Pace(1000, clock=lambda: 0.0, sleep=self.pauses.append)
        transport = PeerTransport(timeout_seconds=timeout_seconds, peers=peers or Peers())
        return Endpoint(self.origin + path, transport=transport, pace=pace)

    # -- answering --------------------------------------------------------------------------------

    def answer(self, target: str) -> Answer:
        """Give the answer to a request."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        address = self.origin + parts.path
        if parts.path == "/oparl":
            return _json({"id": address, "type": _type("System"), "body": f"{address}/bodies"})
        if parts.path == "/oparl/bodies":
            return _json({"data": [self.body(n) for n in range(1, self.bodies + 1)]})
        if parts.path.startswith("/oparl/body/"):
            return _json(self.body(int(parts.path.rpartition("/")[2])))
        name = parts.path.rpartition("/")[2]
        if parts.path.startswith("/oparl/list/") and name in _LISTS:
            found = [o for o in self.objects.values() if o["type"] == _type(_LISTS[name])]
            since = query.get("modified_since", "")
            found = [o for o in found if o["modified"] >= since]
            start = int(query.get("start", 0))
            links = {}
            if start + PAGE < len(found):
                more = f"&modified_since={since}" if since else ""
                links["next"] = f"{address}?start={start + PAGE}{more}"
            return _json({"data": found[start : start + PAGE], "links": links})
        if address in self.objects:
            return _json(self.objects[address])
        return 404, {}, b"{}"

    def body(self, number: int) -> Object:
        """Give a body."""
        lists = {name: f"{self.system}/list/{name}" for name in _LISTS}
        key = f"{self.system}/body/{number}"
        return {"id": key, "type": _type("Body"), "name": "Musterkreis", "system": self.system, **lists}


def _type(kind: str) -> str:
    return f"https://schema.oparl.org/1.1/{kind}"


def _json(tree: Any) -> Answer:  # noqa: ANN401  # whatever JSON can be
    return 200, {"Content-Type": "application/json"}, json.dumps(tree).encode()


@contextlib.contextmanager
def council() -> Iterator[Site]:
    """Serve a system on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(self.path)
            path = urlsplit(self.path).path
            faults = site.faults.get(path, [])
            fault = faults[0] if faults else None
            if faults and not (len(faults) == 1 and path in site.stays):
                faults.pop(0)
            answer = fault(self) if fault is not None else site.answer(self.path)
            self.close_connection = True
            if answer is None:
                return
            status, headers, body = answer
            with contextlib.suppress(OSError):  # the client had enough
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# -- faults ---------------------------------------------------------------------------------------


def status(code: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], Answer]:
    """Answer with a status."""
    return lambda _: (code, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def says(tree: object) -> Callable[[BaseHTTPRequestHandler], Answer]:
    """Answer with something else."""
    return lambda _: _json(tree)


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than comes, and close."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"data": [')


def huge(handler: BaseHTTPRequestHandler) -> None:
    """Send two gibibytes, or as much as the other side takes."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n")
        for _ in range(2**31 // 2**20):
            handler.wfile.write(b" " * 2**20)


def dripping(done: threading.Event) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send a byte now and then, until the other side has had enough."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not done.wait(0.02):
                handler.wfile.write(b" ")

    return drip
