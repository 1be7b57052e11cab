"""Where everything lies: an object's id is the address of its file, built from the base address and UUIDs alone.

What a stream is called by is its own UUID. What lies inside a stream is called by it and its own id together, since an
id inside a stream need not be the only one of its kind.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from archive.client import split_url
from archive.errors import InputError
from projections.export.files import stable_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "https://schema.oparl.org/1.1/"
SYSTEM: Final = "system.json"
BODIES: Final = "bodies"
# The kinds of streams that are objects of their own, with what OParl calls them and the folder in which they lie.
OF_STREAM: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "body": ("Body", "body"),
        "organ": ("Organization", "organ"),
        "group": ("Organization", "group"),
        "person": ("Person", "person"),
        "proposal": ("Paper", "paper"),
        "meeting": ("Meeting", "meeting"),
    }
)
_INNER: Final = MappingProxyType(
    {
        "LegislativeTerm": "term",
        "Membership": "membership",
        "Consultation": "consultation",
        "AgendaItem": "item",
        "Location": "location",
        "File": "file",
    }
)
# The lists of a body: by the field that leads there, what stands in them.
LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agendaItem": "AgendaItem",
        "consultation": "Consultation",
        "file": "File",
        "legislativeTermList": "LegislativeTerm",
        "locationList": "Location",
        "meeting": "Meeting",
        "membership": "Membership",
        "organization": "Organization",
        "paper": "Paper",
        "person": "Person",
    }
)
LIST_OF: Final[Mapping[str, str]] = MappingProxyType({kind: name for name, kind in LISTS.items()})
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~:/\[\]%-]+")


class Addresses:
    """Addresses under one base.

    Args:
        register: UUID of the register.
        base_url: Where the folder will be published.

    Raises:
        InputError: The base is no plain http or https address.
    """

    def __init__(self, register: str, base_url: str) -> None:
        split_url(base_url)
        if _PLAIN.fullmatch(base_url) is None:
            msg = f"address {base_url[:80]!a}: found characters that would have to be escaped, expected none"
            raise InputError(msg, hint="such as https://ris.example.org/oparl")
        self._register = register
        self.base = base_url.rstrip("/")

    def url(self, path: str) -> str:
        """Give the address of a file of the folder."""
        return f"{self.base}/{path}"

    def stream(self, stream: str) -> str:
        """Give the path of a stream's object."""
        kind, _, key = stream.partition(":")
        return f"{OF_STREAM[kind][1]}/{key}.json"

    def inner(self, kind: str, *parts: str) -> str:
        """Give the path of an object inside of another one, by what tells it from all others of its kind."""
        return f"{_INNER[kind]}/{stable_uuid(self._register, kind, *parts)}.json"

    def listing(self, body: str | None, name: str, page: int = 1) -> str:
        """Give the path of a page of a body's list; of the list of bodies where none is named."""
        folder = "" if body is None else f"{self.stream(body).removesuffix('.json')}/"
        return f"{folder}{name}.json" if page == 1 else f"{folder}{name}-{page}.json"
