"""Writing values as elements: a value, or in which way there is none.

    absent                              not mentioned
    xsi:nil, zustand="leer"             the form has it, and it was left blank
    xsi:nil, zustand="vorenthalten"     recorded, and not in this reader's hands
    xsi:nil, zustand="geloescht"        recorded, and destroyed; what is around names the entry that did
    xsi:nil, zustand="nichtVorhanden"   known to exist, and not held

An element without a value always names the entry that it rests on: readers of schemas do not agree whether such an
element takes part in a key reference at all, so none is ever left without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from lxml import etree
from msgspec import UNSET, Struct

from domain.values import WITHHELD
from projections.export import german
from projections.export.xml import names
from projections.export.xml.code_lists import LISTS
from projections.export.xml.kinds import CIRCUMSTANCES, Kind, fields
from projections.export.xml.schema import CODE_LIST_VERSION, NAMESPACE, XSI, code_list_uri
from projections.shapes import Knowledge
from projections.teller import Teller
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from enum import StrEnum

    from domain.stream import RecordedEvent
    from projections.export.edition import Edition
    from projections.export.xml.code_lists import CodeList
    from projections.shapes import Known
    from projections.teller import Told
    from projections.timetravel import Past

_NIL: Final = f"{{{XSI}}}nil"
_NSMAP: Final = {"xrb": NAMESPACE, "xsi": XSI}
_ENVELOPE: Final = ("occurred", "known", "authority", "sources")
BLANK: Final = "leer"
HIDDEN: Final = "vorenthalten"
ERASED: Final = "geloescht"
NOT_HELD: Final = "nichtVorhanden"
_STATES: Final = {
    Knowledge.LEFT_BLANK: BLANK,
    Knowledge.WITHHELD: HIDDEN,
    Knowledge.ERASED: ERASED,
    Knowledge.NOT_HELD: NOT_HELD,
}


def root(name: str) -> etree._Element:
    """Begin a piece of the document."""
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_NSMAP)


def add(parent: etree._Element, tag: str, text: str | None = None, /, **attributes: str | None) -> etree._Element:
    """Append an element; an attribute that is None is left out."""
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    for key, value in attributes.items():
        if value is not None:
            made.set(key, value)
    made.text = text
    return made


def boolean(value: bool) -> str:  # noqa: FBT001  # it is what is written
    """Write a truth value."""
    return "true" if value else "false"


class Citing(Teller):
    """A teller that gives the positions of all events told from, so that what is derived can name them."""

    def take(self, *facts: Told | None) -> None:
        """Remember that something was told from some facts; None is passed over."""
        for fact in facts:
            if fact is not None:
                self.use(fact.record)

    def cited(self) -> tuple[int, ...]:
        """Give the positions told from so far, corrections that took part included, ascending."""
        found = set()
        for record in self._used.values():
            found.add(record.position)
            found.update(corrections(self.past, record))
        return tuple(sorted(found))


def corrections(past: Past, record: RecordedEvent) -> tuple[int, ...]:
    """Give the positions of the corrections that took part in how an event reads."""
    if not record.corrected_by:
        return ()
    places = {one.seq: one.position for one in past.recorded(record.stream)}
    return tuple(places[seq] for seq in record.corrected_by if seq in places)


class Writer:
    """Writes what is told from one record of events."""

    def __init__(self, edition: Edition, past: Past) -> None:
        self.edition = edition
        self.past = past
        self._teller = Teller(past)
        self._here: dict[str, bool] = {}

    # -- references -------------------------------------------------------------------------------

    def holds(self, stream: str) -> bool:
        """Say whether the export holds a stream."""
        if stream not in self._here:
            self._here[stream] = not self.edition.missing(frozenset({stream}))
        return self._here[stream]

    def position(self, event_id: str) -> int | None:
        """Give the position of an event by its id, shown or not; None where the export does not hold it."""
        stream, _, seq = event_id.partition("#")
        return self.edition.archive.positions(stream).get(int(seq))

    def rests_on(self, parent: etree._Element, positions: Iterable[int]) -> None:
        """Name the entries that something rests on."""
        for position in sorted(set(positions)):
            add(parent, "beruhtAuf", str(position))

    # -- values -----------------------------------------------------------------------------------

    def value(  # each says one thing about the value
        self,
        parent: etree._Element,
        name: str,
        value: object,
        kind: Kind,
        *,
        record: RecordedEvent | None = None,
        path: str = "",
        at: int | None = None,
        **attributes: str | None,
    ) -> None:
        """Write a value under a name, by what it is.

        Args:
            parent: Takes the element.
            name: Of the element.
            value: The value, or what stands for none.
            kind: What it is.
            record: The event that states it, to tell withheld from erased.
            path: Where in the event it stands, such as `data.subject`.
            at: The position of the entry that it is from, where the event itself is not given.
            attributes: More about it; None is left out.
        """
        if value is UNSET:
            return
        made = add(parent, name, **attributes)
        position = record.position if record is not None else at
        if value is not None and value is not WITHHELD:
            self._fill(made, value, kind, position)
            return
        by = self._teller.erased_by(record, path) if record is not None and value is WITHHELD else None
        self._nothing(made, BLANK if value is None else ERASED if by is not None else HIDDEN, position)

    def _nothing(self, made: etree._Element, state: str, position: int | None) -> None:
        """Say in which way there is no value."""
        made.set(_NIL, "true")
        made.set("zustand", state)
        if position is not None:
            made.set("beruhtAuf", str(position))

    def _fill(self, made: etree._Element, value: object, kind: Kind, position: int | None = None) -> None:
        match kind.form:
            case "boolean":
                made.text = boolean(bool(value))
            case "json":
                made.text = bytes(value).decode() if isinstance(value, msgspec.Raw) else None
            case "code":
                assert isinstance(kind.cls, type)  # noqa: S101  # for the type checker: a code has a list
                self._code(made, LISTS[kind.cls], str(value))
            case "reference" | "person":
                stream = f"person:{value}" if kind.form == "person" else str(value)
                made.set("imAuszug", boolean(self.holds(stream)))
                made.text = stream
            case "record":
                self.record(made, value, at=position)
            case "list":
                assert kind.inner is not None  # noqa: S101  # for the type checker: a list holds something
                for one in value if isinstance(value, tuple) else ():
                    self.value(made, kind.inner.item, one, kind.inner, at=position)
            case _:
                made.text = str(value)

    def record(self, made: etree._Element, value: object, *, at: int | None = None) -> None:
        """Write the fields of a nested record."""
        assert isinstance(value, Struct)  # noqa: S101  # for the type checker: a record is one
        for field in fields(type(value)):
            self.value(made, names.field(field.name).element, getattr(value, field.name), field.kind, at=at)

    def _code(self, made: etree._Element, codes: CodeList, code: str) -> None:
        made.set("listURI", code_list_uri(codes.name))
        made.set("listVersionID", CODE_LIST_VERSION)
        add(made, "code", code)
        word = dict(codes.codes).get(code)
        if word is not None:
            add(made, "name", word)

    def code(self, parent: etree._Element, name: str, code: StrEnum, **attributes: str | None) -> None:
        """Write a code."""
        self._code(add(parent, name, **attributes), LISTS[type(code)], code.value)

    def listed(self, parent: etree._Element, name: str, codes: CodeList, code: str) -> None:
        """Write a code of a list that is not one of the vocabulary's."""
        self._code(add(parent, name), codes, code)

    def reference(self, parent: etree._Element, name: str, stream: str, **attributes: str | None) -> None:
        """Write a reference to a stream."""
        add(parent, name, stream, imAuszug=boolean(self.holds(stream)), **attributes)

    def known(self, parent: etree._Element, name: str, known: Known, kind: Kind, *, at: int | None = None) -> None:
        """Write a value that was told, with the entry that states it, and whether it was inferred.

        Args:
            parent: Takes the element.
            name: Of the element.
            known: The value.
            kind: What it is.
            at: The position of the entry to name where the value names none.
        """
        if known.state is Knowledge.NOT_MENTIONED:
            return
        position = self.position(known.event) if known.event is not None else None
        made = add(parent, name, beruhtAuf=str(position) if position is not None else None)
        state = _STATES.get(known.state)
        if state is not None:
            self._nothing(made, state, position if position is not None else at)
            return
        if known.state is Knowledge.INFERRED:
            made.set("grundlage", "erschlossen")
        self._fill(made, known.value, kind)

    def erasures(self, record: RecordedEvent) -> Iterator[int]:
        """Give the positions of the entries that erased fields of an event."""
        paths = [name for name in _ENVELOPE if getattr(record, name) is WITHHELD]
        event = record.event
        paths += [f"data.{name}" for name in event.__struct_fields__ if getattr(event, name) is WITHHELD]
        for path in paths:
            by = self._teller.erased_by(record, path)
            if by is not None and (position := self.position(by)) is not None:
                yield position

    # -- facts ------------------------------------------------------------------------------------

    def fact(self, parent: etree._Element, record: RecordedEvent) -> None:
        """Write an event as it reads now, with everything around it."""
        made = add(
            parent,
            names.event(record.event.TYPE).element,
            beruhtAuf=str(record.position),
            folgenummer=str(record.seq),
            typ=record.event.TYPE,
        )
        self.rests_on(made, (*corrections(self.past, record), *self.erasures(record)))
        add(made, "eingetragenAm", moment(record.recorded_at))
        self.record(add(made, "eingetragenVon"), record.by)
        self.code(made, "sichtbarkeit", self.past.visibility(record))
        for field in CIRCUMSTANCES:
            value = getattr(record, field.name)
            self.value(made, names.field(field.name).element, value, field.kind, record=record, path=field.name)
        for field in fields(type(record.event)):
            name, path = names.field(field.name).element, f"data.{field.name}"
            self.value(made, name, getattr(record.event, field.name), field.kind, record=record, path=path)

    def title(self, stream: str) -> str:
        """Give what a stream is called."""
        return german.title(self._teller, stream)
