"""Who answers: the address that a name leads to is looked at on the connection itself, before anything is sent over it.

A name proves nothing. Whoever has the name of a source can let it lead to another machine between two requests (DNS
rebinding), such as one inside the clerk's own network, and would have us ask there. Looking the name up first and
connecting then would leave the gap between the two; what is examined is therefore the other end of the connection
that is there, after TCP and before TLS, and every connection of a run, those for files included.

A source that lies in such a place itself is followed: its first connection says what it is.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from archive.client import HttpTransport, _Wire
from archive.errors import ServiceError

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from archive.client import Answer, Request

PUBLIC: Final = "public"
# Addresses of the other version that have one of this inside: whoever sends there reaches the inner one.
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_LOW_32: Final = 2**32 - 1


class PeerError(ServiceError):
    """A name leads to an address where the source does not lie; asking again would only ask there again."""


def place_of(address: str) -> str:
    """Give in which part of the network an address lies: `public`, `loopback`, `link-local`, `private`, `reserved`."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & _LOW_32)
        if inner is not None:
            return place_of(str(inner))
    if found.is_loopback:
        return "loopback"
    if found.is_link_local:
        return "link-local"
    if found.is_multicast or found.is_reserved or found.is_unspecified:
        return "reserved"
    return PUBLIC if found.is_global else "private"


class Peers:
    """Where the hosts of a run lie; one for all its connections, so that none of them begins anew.

    Args:
        place: Gives in which part of the network an address lies; None for `place_of`.
    """

    def __init__(self, place: Callable[[str], str] | None = None) -> None:
        self._place = place or place_of
        self._first: dict[str, str] = {}

    def admit(self, host: str, address: str) -> None:
        """Hold the address that a host led to against where that host lay first.

        A public address is always admitted: leaving one's own network for the one that everybody can reach gives
        nobody anything.

        Raises:
            PeerError: It lies in another part of the network, and that is not the public one.
        """
        place = self._place(address)
        first = self._first.setdefault(host, place)
        if place not in {PUBLIC, first}:
            msg = f"source {host}: leads to {address} ({place}), expected a {first} address as before"
            raise PeerError(
                msg,
                hint="nothing was sent there; run it again if the source moved, or tell who runs its names",
            )


class _Examined(_Wire):
    """A connection that is handed on once its other end was admitted."""

    def __init__(self, wire: _Wire, peers: Peers, host: str) -> None:
        super().__init__()
        self._inner, self._peers, self._host = wire, peers, host

    def hold(self, connection: socket.socket) -> None:
        self._peers.admit(self._host, str(connection.getpeername()[0]))
        self._inner.hold(connection)


class PeerTransport(HttpTransport):
    """Makes requests as `HttpTransport` does, and sends none before the other end was admitted.

    Args:
        timeout_seconds: How long one exchange may take in all.
        peers: Where hosts lie.
        context: Which authorities are believed for https; by default those of the system.
    """

    def __init__(self, *, timeout_seconds: float, peers: Peers, context: ssl.SSLContext | None = None) -> None:
        super().__init__(timeout_seconds=timeout_seconds, context=context)
        self._peers = peers

    def _exchange(self, request: Request, parts: SplitResult, wire: _Wire) -> Answer:
        return super()._exchange(request, parts, _Examined(wire, self._peers, parts.hostname or ""))
