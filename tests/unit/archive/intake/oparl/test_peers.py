"""A name that leads elsewhere: a resolver that lies, real connections, and a bystander who must hear nothing."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import TYPE_CHECKING, Final

import pytest
from support.archives import Made, new_archive
from support.oparl import SYSTEM, events_of, file, paper
from support.oparl_server import Site, council, status

from archive.errors import ServiceError
from archive.following import FilesFrom, Run, follow_endpoint
from archive.intake.oparl.mapping import vocabulary
from archive.intake.oparl.peers import PeerError, Peers, place_of
from domain import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.archive import Archive
    from archive.intake.oparl.summary import Summary

NAME: Final = "ris.example.org"
# The tests have no network, so the source's address stands for one that everybody can reach; the other is what it is.
SOURCE, BYSTANDER, NOBODY = "127.0.0.1", "127.0.0.2", "127.0.0.3"

UNSPECIFIED: Final = "0.0.0.0"  # noqa: S104  # nobody listens there


def place(address: str) -> str:
    return place_of(address) if address == BYSTANDER else "public"


class Bystander:
    """Somebody on the source's port of another address, who counts who comes and keeps what is said."""

    def __init__(self, port: int) -> None:
        self._came: list[int] = []
        self._knocks = threading.Condition()
        self._heard = b""
        self._port = port
        self._listener = socket.create_server((BYSTANDER, port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the end
            while True:
                connection, (_, port) = self._listener.accept()
                with connection:
                    while piece := connection.recv(2**16):
                        self._heard += piece
                with self._knocks:
                    self._came.append(port)
                    self._knocks.notify_all()

    def met(self) -> tuple[int, bytes]:
        """Give how many came and what they said.

        Whoever came waits in the order of coming until it is served; so everybody was, when a last one of ours was.
        """
        with socket.socket() as last:
            last.connect((BYSTANDER, self._port))
            port = last.getsockname()[1]
        with self._knocks:
            assert self._knocks.wait_for(lambda: port in self._came, timeout=30)
        return len(self._came) - 1, self._heard

    def leaves(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


class Names:
    """A name service: gives what it was told to, in turn; the last answer again and again."""

    def __init__(self) -> None:
        self.answers: list[list[str]] = [[SOURCE]]
        self.asked = 0

    def getaddrinfo(self, host: str, port: int, *_: object, **__: object) -> list[object]:
        assert host == NAME
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def leads_away_after(self, count: int, *addresses: str) -> None:
        """Let the name lead to the source so many times, and then elsewhere."""
        self.asked = 0
        self.answers = [*([[SOURCE]] * count), list(addresses)]


@pytest.fixture
def site() -> Iterator[Site]:
    with council() as found:
        found.origin = found.origin.replace(SOURCE, NAME)
        found.has([paper(n) for n in range(1, 8)])
        yield found


@pytest.fixture
def bystander(site: Site) -> Iterator[Bystander]:
    found = Bystander(int(site.origin.rpartition(":")[2]))
    yield found
    found.leaves()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    found = Names()
    monkeypatch.setattr(socket, "getaddrinfo", found.getaddrinfo)
    return found


class Book:
    def __init__(self, made: Made, archive: Archive) -> None:
        self.made, self.archive = made, archive

    def follows(self, site: Site, *, peers: Peers | None = None, files: Path | None = None) -> Summary:
        peers = peers or Peers(place)
        fetched = None if files is None else FilesFrom(site.endpoint(peers=peers), files)
        how = Run(words=vocabulary(), signer=self.made.signer(), files=fetched)
        return follow_endpoint(self.archive, site.endpoint(peers=peers), how)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = new_archive(tmp_path)
    with made.open() as archive:
        yield Book(made, archive)


# -- where an address lies ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", "public"),
        ("2606:2800:220:1::1", "public"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:93.184.216.34", "public"),
        ("2002:7f00:1::", "loopback"),  # 6to4, with 127.0.0.1 inside
        ("2002:a00:1::", "private"),
        ("64:ff9b::a9fe:a9fe", "link-local"),  # NAT64, with 169.254.169.254 inside
        ("64:ff9b::5db8:d822", "public"),
        ("64:ff9b:1::1", "reserved"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.32.0.1", "public"),
        ("192.168.178.1", "private"),
        ("100.64.0.1", "private"),  # shared by the customers of a provider
        ("198.18.0.1", "private"),
        ("fd00::1", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
        (UNSPECIFIED, "reserved"),
        ("::", "reserved"),
        ("224.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("ff02::1", "reserved"),
    ],
)
def test_each_address_lies_somewhere(address: str, expected: str) -> None:
    assert place_of(address) == expected


@pytest.mark.parametrize("later", ["127.0.0.1", "10.0.0.1", "169.254.169.254", UNSPECIFIED, "::1", "::ffff:10.0.0.1"])
def test_a_public_source_does_not_move_into_a_network_of_ones_own(later: str) -> None:
    peers = Peers()
    peers.admit("a.example.org", "93.184.216.34")
    peers.admit("a.example.org", "2606:2800:220:1::1")
    with pytest.raises(PeerError) as caught:
        peers.admit("a.example.org", later)
    message = f"source a.example.org: leads to {later} ({place_of(later)}), expected a public address as before"
    assert caught.value.message == message
    assert caught.value.hint == ("nothing was sent there; run it again if the source moved, or tell who runs its names")


def test_a_source_that_lies_in_ones_own_network_is_asked_there_and_nowhere_else_in_it() -> None:
    peers = Peers()
    for address in ("192.168.178.20", "10.0.0.1", "93.184.216.34", "192.168.178.20"):
        peers.admit("intranet.example.org", address)
    for address in ("127.0.0.1", "169.254.169.254"):
        with pytest.raises(PeerError, match=r"expected a private address as before\Z"):
            peers.admit("intranet.example.org", address)
    # Another host has its own first connection.
    peers.admit("localhost", "127.0.0.1")


# -- on real connections --------------------------------------------------------------------------


def test_a_name_that_stays_where_it_was_is_followed(book: Book, site: Site, names: Names) -> None:
    assert book.follows(site).shown == {"body": 1, "paper": 7, "system": 1}
    assert names.asked == len(site.asked)


@pytest.mark.parametrize("requests", [1, 2, 3, 5])
@pytest.mark.parametrize("addresses", [(BYSTANDER,), (NOBODY, BYSTANDER)])
def test_a_name_that_leads_elsewhere_later_ends_the_run_and_nothing_is_sent_there(
    book: Book, site: Site, names: Names, bystander: Bystander, requests: int, addresses: tuple[str, ...]
) -> None:
    names.leads_away_after(requests, *addresses)
    size = book.archive.size
    message = f"source {NAME}: leads to {BYSTANDER} (loopback), expected a public address as before"
    with pytest.raises(ServiceError, match=rf"\A{re.escape(message)}\Z"):
        book.follows(site)
    assert (book.archive.size, len(site.asked)) == (size, requests)
    # It is not tried again: that would only knock at the same door.
    assert bystander.met() == (1, b"")
    assert max(site.pauses) < 1


def test_a_redirect_on_the_same_host_is_looked_at_like_any_other_request(
    book: Book, site: Site, names: Names, bystander: Bystander
) -> None:
    names.leads_away_after(1, BYSTANDER)
    site.fails("/oparl", status(302, Location="/oparl/"))
    with pytest.raises(PeerError):
        book.follows(site)
    assert bystander.met() == (1, b"")


def test_a_file_is_fetched_where_the_source_lies_and_nowhere_else(
    book: Book, site: Site, names: Names, bystander: Bystander, tmp_path: Path
) -> None:
    shown = paper(1, auxiliaryFile=[file(n, downloadUrl=f"{SYSTEM}/download/{n}") for n in (1, 2)])
    site.has([shown])
    for number in (1, 2):
        site.fails(f"/oparl/download/{number}", status(200, b"%PDF-1.7"), stays=True)
    book.follows(site)
    names.leads_away_after(len(site.asked), BYSTANDER)  # as many requests again, and then the files
    summary = book.follows(site, files=tmp_path / "files")
    assert summary.left_out == {"files at an address where the source does not lie": 2}
    assert [one.held for one in events_of(book.archive, e.DocumentAttached)] == [False, False]
    assert bystander.met() == (2, b"")
    assert not any(path.suffix == "" for path in (tmp_path / "files").iterdir())
    names.leads_away_after(0, SOURCE)
    assert book.follows(site, files=tmp_path / "files").left_out == {}


def test_not_even_the_beginning_of_tls_is_sent(site: Site, names: Names, bystander: Bystander) -> None:
    peers = Peers(place)
    peers.admit(NAME, SOURCE)
    names.leads_away_after(0, BYSTANDER)
    secure = Site(site.origin.replace("http://", "https://")).endpoint(peers=peers)
    with pytest.raises(PeerError):
        secure.get(f"{secure.url}/x")
    assert bystander.met() == (1, b"")
