"""The own XML for tests: an edition over a register in memory, and its elements, written and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from archive.excerpt import Terms
from projections.export.edition import Edition
from projections.export.xml import content
from projections.export.xml.schema import NAMESPACE, validator
from support.memory import MemoryArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.stream import RecordedEvent

NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
DAY: Final = "2026-11-24"


class Held(MemoryArchive):
    """A register in memory that can be asked whether it holds a stream, and that may hold events nobody is shown."""

    hidden: frozenset[int] = frozenset()

    def exists(self, stream: str) -> bool:
        return any(record.stream == stream for record in self.records)

    def document(self, _: str) -> bytes | None:
        return None

    def positions(self, stream: str) -> dict[int, int]:
        return {record.seq: record.position for record in self.records if record.stream == stream}

    def events_between(self, *, after: int = 0, until: int | None = None) -> Iterator[RecordedEvent]:
        every = super().events_between(after=after, until=until)
        return (record for record in every if record.position not in self.hidden)


def edition_of(archive: MemoryArchive, *, whole: bool = True, hidden: frozenset[int] = frozenset()) -> Edition:
    """Give an edition over a register in memory, without the events at some positions."""
    held = Held()
    held.records, held.hidden = archive.records, hidden
    return Edition(held.archive(), Terms(day=DAY, version="0.1.0", whole=whole))


def written(edition: Edition) -> list[bytes]:
    """Give the elements as they are written, indented as a document has them."""
    found = []
    for element in content.elements(edition):
        etree.indent(element)
        found.append(bytes(etree.tostring(element, encoding="utf-8")))
    return found


def read(data: bytes) -> etree._Element:
    """Read an element as any parser does."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def valid(element: etree._Element) -> str | None:
    """Say why an element is not valid; None where it is."""
    schema = validator()
    return None if schema.validate(element) else str(schema.error_log.last_error)


def fact_of(elements: list[etree._Element], record: RecordedEvent) -> etree._Element:
    """Find the element of an event."""
    stream = next(element for element in elements if element.get("kennung") == record.stream)
    return next(
        child for child in stream if child.get("beruhtAuf") == str(record.position) and child.get("typ") is not None
    )


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Give the child of a name; None where there is none."""
    return element.find(f"{{{NAMESPACE}}}{name}")
