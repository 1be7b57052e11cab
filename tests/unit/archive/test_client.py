from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.witnesses import PATIENCE_SECONDS, drip, misbehaving, pour, read_request, until_cut

from archive.client import Answer, HttpTransport, Request, split_url
from archive.errors import InputError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BODY = b"old 0\n\n"
# Long enough for a machine that is busy; only the tests in which time has to run out wait for it.
PATIENT = HttpTransport(timeout_seconds=PATIENCE_SECONDS)
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


def waited_for(event: threading.Event) -> None:
    assert event.wait(PATIENCE_SECONDS)


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


def then(data: bytes, script: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.sendall(data)
        script(connection)

    return serve


SLOW = {
    "nothing": until_cut,
    "half a head": then(b"HTTP/1.1 200 OK\r\nContent-", until_cut),
    "half a body": then(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", until_cut),
    "a head byte by byte": partial(drip, data=b"HTTP/1.1 200 OK\r\nX-Long: "),
    "a body byte by byte": then(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", partial(drip, data=b"")),
    "a body of unknown length": then(b"HTTP/1.1 200 OK\r\n\r\n", partial(drip, data=b"")),
    "go on, without end": partial(pour, data=b"HTTP/1.1 100 Continue\r\n\r\n"),
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
    script = partial(drip, data=b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
    late = re.escape("found no whole answer after 0.2 seconds")
    with misbehaving(script) as port, pytest.raises(ServiceError, match=late):
        HASTY(request(f"https://127.0.0.1:{port}/w"))


def test_a_request_that_nobody_reads_is_cut_off() -> None:
    done = threading.Event()
    late = re.escape("found no whole answer after 0.2 seconds")
    with misbehaving(lambda _: waited_for(done)) as port:
        big = Request(url=f"http://127.0.0.1:{port}", body=b"x" * 2**25, content_type="text/plain", answer_bytes_max=1)
        with pytest.raises(ServiceError, match=late):
            HASTY(big)
        done.set()


def test_nobody_listening_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceError) as caught:
        PATIENT(request(f"http://127.0.0.1:{port}"))
    assert caught.value.message == f"service http://127.0.0.1:{port}: cannot be reached: Connection refused"
    assert caught.value.hint == "check the address and the network; nothing was changed here"


def test_a_service_that_hangs_up_is_told() -> None:
    with misbehaving(say(b"")) as port:
        url = f"http://127.0.0.1:{port}"
        with pytest.raises(ServiceError) as caught:
            PATIENT(request(url))
    expected = f"service {url}: cannot be reached: Remote end closed connection without response"
    assert caught.value.message == expected


BROKEN = {
    "garbage": (b"\x00\xff" * 50 + b"\r\n\r\n", "BadStatusLine"),
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


NO_HOST = "found no host behind http:// or https://"
TOO_MUCH = "found a user, a query or a fragment, expected scheme, host, port and path alone"
BAD_TEXT = "found spaces, other than ASCII characters or too many, expected an http or https address"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://a.example", NO_HOST),
        ("file:///etc/passwd", NO_HOST),
        ("witness.example", NO_HOST),
        ("http://", NO_HOST),
        ("http://a.example:0", NO_HOST),
        ("http://a.example:99999", "Port out of range 0-65535"),
        ("http://u:p@a.example", TOO_MUCH),
        ("http://a.example/?q", TOO_MUCH),
        ("http://a.example/#f", TOO_MUCH),
        ("http://a.example/a b", BAD_TEXT),
        ("http://müller.example", BAD_TEXT),
        ("http://a.example/\r\nX: y", BAD_TEXT),
        ("http://a.example/" + "a" * 2000, BAD_TEXT),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        split_url(url)
    assert caught.value.message == f"address {url[:80]!a}: {problem}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give certificate and key of 127.0.0.1, which nobody vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "witness")])
    built = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(built.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def over_tls(files: tuple[Path, Path], data: bytes) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as secured:
            assert read_request(secured) == BODY
            secured.sendall(data)

    return serve


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_over_tls_the_authorities_that_were_named_are_believed(certificate: tuple[Path, Path]) -> None:
    context = ssl.create_default_context(cafile=certificate[0])
    transport = HttpTransport(timeout_seconds=PATIENCE_SECONDS, context=context)
    with misbehaving(over_tls(certificate, OK)) as port:
        assert transport(request(f"https://127.0.0.1:{port}/w")).body == b"ok"


def test_over_tls_a_certificate_for_another_name_is_not_believed(certificate: tuple[Path, Path]) -> None:
    context = ssl.create_default_context(cafile=certificate[0])
    transport = HttpTransport(timeout_seconds=PATIENCE_SECONDS, context=context)
    with misbehaving(over_tls(certificate, OK)) as port:
        url = f"https://localhost:{port}/w"
        with pytest.raises(ServiceError, match=re.escape(f"service {url}: its certificate is not trusted: Hostname")):
            transport(request(url))


def test_over_tls_a_certificate_that_nobody_vouches_for_is_not_believed(certificate: tuple[Path, Path]) -> None:
    with misbehaving(over_tls(certificate, OK)) as port:
        url = f"https://127.0.0.1:{port}/w"
        with pytest.raises(ServiceError) as caught:
            PATIENT(request(url))
    assert caught.value.message == f"service {url}: its certificate is not trusted: self-signed certificate"
    assert caught.value.hint == "let its operator renew it, or install the authority that issued it"


@pytest.mark.parametrize("url", ["http://a..example", "http://[::1", "http://" + "a" * 64 + ".example"])
def test_an_address_that_could_not_be_looked_up_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"address {url!a}: ")):
        split_url(url)


@pytest.mark.parametrize("url", ["http://[::1]:80/w", "https://a.example", "http://127.0.0.1:1/w/"])
def test_an_address_is_taken(url: str) -> None:
    assert split_url(url).geturl() == url
