from __future__ import annotations

import re
import socket
from functools import partial
from typing import TYPE_CHECKING

import pytest
from support.witnesses import drip, misbehaving, pour, read_request, until_cut

from archive.client import Answer, HttpTransport, Request, split_url
from archive.errors import InputError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = b"old 0\n\n"
# Long enough for a machine that is busy; only the tests in which time has to run out wait for it.
PATIENT = HttpTransport(timeout_seconds=10)
HASTY = HttpTransport(timeout_seconds=0.2)


def request(url: str, *, most: int = 1000) -> Request:
    return Request(url=url, body=BODY, content_type="text/plain", answer_bytes_max=most)


def behave(script: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        assert read_request(connection) == BODY
        script(connection)

    return serve


def say(data: bytes) -> Callable[[socket.socket], None]:
    return behave(lambda connection: connection.sendall(data))


def test_an_answer_is_given_whatever_its_status() -> None:
    data = b"HTTP/1.1 418 I'm a teapot\r\nContent-Type: text/x\r\nLocation: /y\r\nContent-Length: 3\r\n\r\nabc"
    with misbehaving(say(data)) as port:
        found = PATIENT(request(f"http://127.0.0.1:{port}/w"))
    assert found == Answer(status=418, content_type="text/x", location="/y", body=b"abc", complete=True)


def test_the_request_is_a_post_with_length_and_host() -> None:
    heads: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heads.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with misbehaving(serve) as port:
        PATIENT(request(f"http://127.0.0.1:{port}/w/add"))
    lines = heads[0].split(b"\r\n\r\n")[0].split(b"\r\n")
    assert lines[0] == b"POST /w/add HTTP/1.1"
    assert set(lines[1:]) == {
        b"Host: 127.0.0.1:%d" % port,
        b"Accept-Encoding: identity",
        b"Content-Length: 7",
        b"Content-Type: text/plain",
        b"User-Agent: ratsbuch",
        b"Connection: close",
    }


def test_chunks_are_put_together() -> None:
    with misbehaving(
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    ) as port:
        assert PATIENT(request(f"http://127.0.0.1:{port}")).body == b"abc"


def test_of_two_gigabytes_only_the_beginning_is_read() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n")
        pour(connection, b"x" * 65536)

    with misbehaving(behave(serve)) as port:
        found = PATIENT(request(f"http://127.0.0.1:{port}"))
    assert (found.body, found.complete) == (b"x" * 1000, False)


def test_of_chunks_without_end_only_the_beginning_is_read() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        pour(connection, b"1\r\nx\r\n")

    with misbehaving(behave(serve)) as port:
        found = PATIENT(request(f"http://127.0.0.1:{port}"))
    assert (found.body, found.complete) == (b"x" * 1000, False)


def test_a_body_as_long_as_allowed_is_whole() -> None:
    with misbehaving(say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde")) as port:
        found = PATIENT(request(f"http://127.0.0.1:{port}", most=5))
    assert (found.body, found.complete) == (b"abcde", True)


SLOW = {
    "nothing": until_cut,
    "half a head": lambda connection: (connection.sendall(b"HTTP/1.1 200 OK\r\nContent-"), until_cut(connection)),
    "half a body": lambda c: (c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), until_cut(c)),
    "a head byte by byte": lambda connection: drip(connection, b"HTTP/1.1 200 OK\r\nX-Long: "),
    "a body byte by byte": lambda c: (c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"), drip(c, b"")),
    "a body of unknown length": lambda c: (c.sendall(b"HTTP/1.1 200 OK\r\n\r\n"), drip(c, b"")),
    "go on, without end": lambda connection: pour(connection, b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_a_service_that_stalls_is_cut_off_at_the_deadline(script: Callable[[socket.socket], None]) -> None:
    with misbehaving(behave(script)) as port:
        url = f"http://127.0.0.1:{port}/w"
        with pytest.raises(ServiceError) as caught:
            HASTY(request(url))
    assert caught.value.message == f"service {url}: found no whole answer after 0.2 seconds"
    assert caught.value.hint == "try again later; nothing was changed here"


def test_a_service_that_never_finishes_agreeing_on_tls_is_cut_off() -> None:
    # The beginning of a handshake record of 16 KiB, and then its bytes one by one.
    with misbehaving(partial(drip, data=b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")) as port:
        with pytest.raises(ServiceError, match=re.escape("found no whole answer after 0.2 seconds")):
            HASTY(request(f"https://127.0.0.1:{port}/w"))


def test_a_request_that_nobody_reads_is_cut_off() -> None:
    held: list[socket.socket] = []
    with misbehaving(held.append) as port, pytest.raises(ServiceError, match="after 0.2 seconds|cannot be reached"):
        big = Request(url=f"http://127.0.0.1:{port}", body=b"x" * 2**25, content_type="text/plain", answer_bytes_max=1)
        HASTY(big)


def test_nobody_listening_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceError) as caught:
        PATIENT(request(f"http://127.0.0.1:{port}"))
    assert caught.value.message == f"service http://127.0.0.1:{port}: cannot be reached: Connection refused"
    assert caught.value.hint == "check the address and the network; nothing was changed here"


BROKEN = {
    "garbage": (b"\x00\xff" * 50 + b"\r\n\r\n", "BadStatusLine"),
    "nothing": (b"", "RemoteDisconnected"),
    "endless status": (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", "LineTooLong"),
    "too many headers": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "HTTPException"),
    "cut off": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "IncompleteRead"),
    "cut off in a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "IncompleteRead"),
    "no chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", "IncompleteRead"),
}


@pytest.mark.parametrize(("data", "name"), BROKEN.values(), ids=BROKEN)
def test_what_is_not_http_is_told(data: bytes, name: str) -> None:
    with misbehaving(say(data)) as port:
        url = f"http://127.0.0.1:{port}/w"
        with pytest.raises(ServiceError) as caught:
            PATIENT(request(url))
    assert caught.value.message.startswith(f"service {url}: found {name} (")
    assert caught.value.message.endswith("), expected an HTTP answer")
    assert caught.value.hint == "check the address; something else may be listening there"


def test_plain_text_where_tls_is_expected_is_told() -> None:
    with misbehaving(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        url = f"https://127.0.0.1:{port}"
        with pytest.raises(ServiceError, match=re.escape(f"service {url}: cannot be reached: ")):
            PATIENT(request(url))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://a.example", "address 'ftp://a.example': found no host behind http:// or https://"),
        ("file:///etc/passwd", "address 'file:///etc/passwd': found no host behind http:// or https://"),
        ("witness.example", "address 'witness.example': found no host behind http:// or https://"),
        ("http://", "address 'http://': found no host behind http:// or https://"),
        ("http://a.example:0", "address 'http://a.example:0': found no host behind http:// or https://"),
        (
            "http://a.example:99999",
            "address 'http://a.example:99999': Port out of range 0-65535",
        ),
        (
            "http://u:p@a.example",
            "address 'http://u:p@a.example': found a user, a query or a fragment,"
            " expected scheme, host, port and path alone",
        ),
        (
            "http://a.example/?q",
            "address 'http://a.example/?q': found a user, a query or a fragment,"
            " expected scheme, host, port and path alone",
        ),
        (
            "http://a.example/a b",
            "address 'http://a.example/a b': found spaces, other than ASCII characters or too many,"
            " expected an http or https address",
        ),
        (
            "http://müller.example",
            "address 'http://m\\xfcller.example': found spaces, other than ASCII characters or too many,"
            " expected an http or https address",
        ),
        (
            "http://a.example/\r\nX: y",
            "address 'http://a.example/\\r\\nX: y': found spaces, other than ASCII characters or too many,"
            " expected an http or https address",
        ),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        split_url(url)
    assert caught.value.message == message


@pytest.mark.parametrize("url", ["http://a..example", "http://[::1", "http://" + "a" * 64 + ".example"])
def test_an_address_that_could_not_be_looked_up_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"address {url!a}: ")):
        split_url(url)


@pytest.mark.parametrize("url", ["http://[::1]:80/w", "https://a.example", "http://127.0.0.1:1/w/"])
def test_an_address_is_taken(url: str) -> None:
    assert split_url(url).geturl() == url
