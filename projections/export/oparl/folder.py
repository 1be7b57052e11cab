"""The folder: every object as a file of its own, and the lists of each body in pages.

Every object is written with the documents that it refers to before it, and noted for the lists in which it stands; the
pages are made of these notes. So a page can say how many there are, and nothing but one page is held.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Final

import msgspec

from domain.body import Body
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.resolution import Resolution
from domain.values import stated
from projections.export.edition import EXAMPLE, PRODUCT
from projections.export.files import ExportFile
from projections.export.oparl import papers, people, sittings
from projections.export.oparl.addresses import BODIES, LIST_OF, LISTS, OF_STREAM, SYSTEM, VERSION, Addresses
from projections.export.oparl.desk import Desk
from projections.export.oparl.documents import Documents
from projections.export.oparl.notes import Notes
from projections.export.oparl.public import Public
from projections.export.oparl.sheet import PREFIX, Tree, tombstone
from projections.export.oparl.thing import Thing
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from projections.export.edition import Edition

PAGE: Final = 100
_NOTICE: Final = (
    "Lesefassung der öffentlichen Einträge; den Nachweis trägt der Auszug desselben Ratsbuchs als XML oder Paket."
)
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_LISTED: Final = "listed"
_Key = tuple[str | None, str]


def files(edition: Edition, base_url: str, *, checkpoint: bytes | None = None) -> Iterator[ExportFile]:
    """Give every file of the folder.

    Args:
        edition: What is told; of it only what is public on the day of its terms.
        base_url: The address under which the folder will be published.
        checkpoint: The newest checkpoint over the edition, as it was signed; None for the one that its archive has,
            if any: an excerpt keeps its checkpoints beside the record.

    Raises:
        InputError: That is no plain http or https address.
    """
    addresses = Addresses(edition.register.id, base_url)
    return _written(edition, addresses, checkpoint or edition.archive.newest_checkpoint())


def _written(edition: Edition, addresses: Addresses, checkpoint: bytes | None) -> Iterator[ExportFile]:
    with Notes() as notes:
        public = Public(edition, notes)
        desk = Desk(public, addresses, Documents(edition, addresses, public, notes), notes)
        _prepare(desk, edition)
        folder = _Folder(desk, edition, checkpoint)
        yield from folder.objects()
        yield from folder.pages()


def _key_text(key: _Key) -> str:
    return "/".join(filter(None, key))


def _file(path: str, tree: Tree) -> ExportFile:
    return ExportFile(name=path, data=_ENCODER.encode(tree) + b"\n")


def _prepare(desk: Desk, edition: Edition) -> None:
    """Note what leads from one object to another the other way round."""
    notes, public = desk.notes, desk.public
    for stream in public.streams("body"):
        state = public.state(stream, Body)
        for fact in people.terms_of(state) if state is not None else ():
            notes.put("term", f"{stream}{fact.event.term}", stream)
    for kind in ("organ", "group"):
        for stream in public.streams(kind):
            owner = public.state(stream, Organ) or public.state(stream, Group)
            for member in owner.memberships if owner is not None else ():
                if isinstance(member.event.person, str):
                    notes.put("membership", f"person:{member.event.person}", stream)
    for stream in public.streams("meeting"):
        meeting = public.state(stream, Meeting)
        for item in sittings.items_of(meeting) if meeting is not None else ():
            notes.put("item", f"{stream}/{item.key}", stream)
            if item.entry is not None and isinstance(item.entry.consultation, str):
                notes.put("agenda", f"{item.entry.proposal}/{item.entry.consultation}", f"{stream} {item.key}")
    for stream in edition.streams("resolution"):
        resolution = public.state(stream, Resolution)
        made = resolution.made.event if resolution is not None and resolution.made is not None else None
        by = stated(made.made_by) if made is not None else None
        if by is not None and isinstance(by.meeting, str):
            notes.put("resolution", by.meeting, stream)


class _Folder:
    def __init__(self, desk: Desk, edition: Edition, checkpoint: bytes | None) -> None:
        self._desk = desk
        self._checkpoint = checkpoint
        self._edition = edition
        self._bodies = tuple(desk.public.streams("body"))
        self._counts: dict[_Key, int] = {}

    # -- objects ----------------------------------------------------------------------------------

    def objects(self) -> Iterator[ExportFile]:
        """Give the system, then every document and every object."""
        yield _file(SYSTEM, self._system())
        for thing in self._things():
            if isinstance(thing, ExportFile):
                yield thing
                continue
            file = _file(thing.path, thing.tree)
            for key in self._keys(thing):
                self._counts[key] = self._counts.get(key, 0) + 1
                self._desk.notes.put(_LISTED, _key_text(key), file.data[:-1].decode())
            yield file

    def _things(self) -> Iterator[Thing | ExportFile]:
        desk, public = self._desk, self._desk.public
        for stream in self._bodies:
            yield from people.body(desk, stream)
        for kind in ("organ", "group"):
            for stream in public.streams(kind):
                yield from people.organization(desk, stream)
        for stream in public.streams("person"):
            yield from people.person(desk, stream)
        for stream in public.streams("proposal"):
            yield from desk.documents.release(papers.attachments(desk, stream))
            yield from papers.paper(desk, stream)
        for stream in public.streams("meeting"):
            yield from desk.documents.release(sittings.attachments(desk, stream))
            yield from sittings.meeting(desk, stream)
        for gone in public.gone():
            kind = OF_STREAM[gone.stream.partition(":")[0]][0]
            # Whose it was is gone with it: whoever reads the list of any body has to learn of it.
            bodies = (gone.stream,) if kind == "Body" else self._bodies
            tree = tombstone(kind, desk.url(gone.stream), since=gone.since)
            yield Thing(kind=kind, path=desk.addresses.stream(gone.stream), tree=tree, bodies=bodies)

    def _system(self) -> Tree:
        register, addresses = self._edition.register, self._desk.addresses
        name = register.name
        if register.example and EXAMPLE not in name:
            name = f"{EXAMPLE}: {name}"
        tree: Tree = {
            "id": addresses.url(SYSTEM),
            "type": f"{VERSION}System",
            "oparlVersion": VERSION,
            "body": addresses.url(addresses.listing(None, BODIES)),
            "name": name,
            "created": moment(register.opened_at),
            "modified": moment(self._edition.recorded_until),
            f"{PREFIX}register": register.id,
            f"{PREFIX}anker": register.anchor_hex,
            f"{PREFIX}stichtag": self._edition.terms.day,
            f"{PREFIX}software": f"{PRODUCT} {self._edition.terms.version}",
            f"{PREFIX}hinweis": _NOTICE,
        }
        if register.example:
            tree[f"{PREFIX}beispiel"] = True
        if self._checkpoint is not None:
            tree[f"{PREFIX}pruefpunkt"] = self._checkpoint.decode()
        return tree

    # -- lists ------------------------------------------------------------------------------------

    @staticmethod
    def _keys(thing: Thing) -> Iterator[_Key]:
        """Give the lists in which an object stands."""
        if thing.kind == "Body":
            yield None, BODIES
        else:
            yield from ((body, LIST_OF[thing.kind]) for body in thing.bodies)

    def pages(self) -> Iterator[ExportFile]:
        """Give every page of every list; a list of nothing has one page, too."""
        every: list[_Key] = [(None, BODIES), *((body, name) for body in self._bodies for name in LISTS)]
        for key in every:
            noted = self._desk.notes.each(_LISTED, _key_text(key))
            for number in range(1, max(1, -(-self._counts.get(key, 0) // PAGE)) + 1):
                yield self._page(key, number, [msgspec.Raw(text.encode()) for text in itertools.islice(noted, PAGE)])

    def _page(self, key: _Key, number: int, data: list[msgspec.Raw]) -> ExportFile:
        total = self._counts.get(key, 0)
        last = max(1, -(-total // PAGE))
        path: Callable[[int], str] = functools.partial(self._desk.addresses.listing, *key)
        links = {"first": 1, "last": last, "next": number + 1, "prev": number - 1, "self": number}
        tree: Tree = {
            "data": data,
            "links": {name: self._desk.addresses.url(path(n)) for name, n in links.items() if 1 <= n <= last},
            "pagination": {
                "currentPage": number,
                "elementsPerPage": PAGE,
                "totalElements": total,
                "totalPages": last,
            },
        }
        return _file(path(number), tree)
