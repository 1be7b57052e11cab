"""What everybody who writes objects needs: the public part, addresses, documents and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.export.oparl.sheet import Sheet
from projections.export.oparl.thing import Thing

if TYPE_CHECKING:
    from projections.export.oparl.addresses import Addresses
    from projections.export.oparl.documents import Attachment, Documents
    from projections.export.oparl.notes import Notes
    from projections.export.oparl.public import Public
    from projections.export.oparl.sheet import Tree


class Desk:
    """The tools of one export.

    Attributes:
        public: The public part.
        addresses: Where things lie.
        documents: The documents.
        notes: What has to be remembered.
    """

    def __init__(self, public: Public, addresses: Addresses, documents: Documents, notes: Notes) -> None:
        self.public = public
        self.addresses = addresses
        self.documents = documents
        self.notes = notes

    def url(self, stream: str) -> str:
        """Give the address of a stream's object."""
        return self.addresses.url(self.addresses.stream(stream))

    def urls(self, wanted: object) -> list[str]:
        """Give the addresses of those of some streams that are objects here."""
        return [self.url(stream) for stream in self.public.given(wanted)]

    def one_url(self, wanted: object) -> str | None:
        """Give the address of a stream that is an object here."""
        return next(iter(self.urls(wanted)), None)

    def inner_url(self, kind: str, *parts: str) -> str:
        """Give the address of an object inside of another one."""
        return self.addresses.url(self.addresses.inner(kind, *parts))

    def term_url(self, term: object, bodies: tuple[str, ...]) -> str | None:
        """Give the address of a term of one of some bodies."""
        if not isinstance(term, str):
            return None
        return next(
            (self.inner_url("LegislativeTerm", b, term) for b in bodies if self.notes.get("term", b + term)), None
        )

    def sheet(self, stream: str, kind: str) -> Sheet:
        """Begin the object of a stream, which rests on all public events of it."""
        sheet = Sheet(kind, self.url(stream), self.public)
        sheet.rests_on(*self.public.records(stream))
        sheet.changed_at([self.public.touched(stream)])
        sheet.more("strom", stream)
        return sheet


class Collected:
    """The files of one object: embedded where they belong, and standing alone with what they belong to.

    Args:
        desk: The tools.
        bodies: The bodies of the object.
    """

    def __init__(self, desk: Desk, bodies: tuple[str, ...]) -> None:
        self._desk = desk
        self._bodies = bodies
        self.alone: list[Thing] = []

    def file(self, one: Attachment, **belongs_to: str) -> Tree | None:
        """Give a document's object for embedding; None where it is not given."""
        documents = self._desk.documents
        tree = documents.file(one)
        alone = documents.lost(one) if tree is None else {**tree, **{name: [url] for name, url in belongs_to.items()}}
        if alone is not None:
            self.alone.append(Thing(kind="File", path=documents.path(one), tree=alone, bodies=self._bodies))
        return tree

    def files(self, attachments: tuple[Attachment, ...], **belongs_to: str) -> list[Tree]:
        """Give the objects of several."""
        return [tree for one in attachments if (tree := self.file(one, **belongs_to)) is not None]
