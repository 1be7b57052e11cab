"""What a field can hold, read from its annotation: the writer and the schema derive from the same reading."""

from __future__ import annotations

import enum
import functools
import types
import typing
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Raw, Struct, UnsetType

from domain import values as x
from domain.events import ProposalRegistered
from domain.proposal import FIELDS as VERSION_FIELDS
from domain.stream import ENVELOPE
from projections.export.xml.code_lists import LISTS
from projections.export.xml.names import STRUCTS

if typing.TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Struct, frozen=True):
    """What a value is.

    Attributes:
        xsd: The name of its type in the schema.
        form: `text`, `boolean`, `integer`, `json`, `code`, `reference`, `person`, `record` or `list`.
        cls: The class of a code or record.
        inner: What a list holds.
    """

    xsd: str
    form: str
    cls: type | None = None
    inner: Kind | None = None

    @property
    def item(self) -> str:
        """What an entry of a list is called."""
        return STRUCTS[self.cls].element if self.form == "record" and self.cls is not None else "wert"


class FieldKind(Struct, frozen=True):
    """A field: its name, what it holds, and whether it is always there."""

    name: str
    kind: Kind
    required: bool


TEXT: Final = Kind("TextType", "text")
INSTANT: Final = Kind("ZeitpunktType", "text")
INTEGER: Final = Kind("GanzzahlType", "integer")
BOOLEAN: Final = Kind("WahrheitswertType", "boolean")
REFERENCE: Final = Kind("VerweisType", "reference")
INNER: Final = Kind("KennungType", "text")
DATE: Final = Kind("DatumType", "text")
PERSON: Final = Kind("VerweisType", "person")

# The named types of values, by the constraint that makes them one: it is the same object wherever the type is used.
_NAMED: Final[Mapping[int, Kind]] = {
    id(typing.get_args(hint)[1]): kind
    for hint, kind in (
        (x.EventId, Kind("EintragskennungType", "text")),
        (x.StreamOrEventId, Kind("GegenstandOderEintragType", "text")),
        (x.Path, Kind("FeldpfadType", "text")),
        (x.ErasurePath, Kind("FeldpfadType", "text")),
        (x.Date, DATE),
        (x.Day, DATE),
        (x.Instant, INSTANT),
        (x.Duration, Kind("DauerType", "text")),
        (x.Share, Kind("AnteilType", "text")),
        (x.Count, Kind("AnzahlType", "integer")),
        (x.Number, Kind("NummerType", "integer")),
        (x.DigestB64, Kind("Sha256Type", "text")),
        (x.Sha512Hex, Kind("Sha512Type", "text")),
        (x.Base64, Kind("Base64Type", "text")),
        (x.OptionKey, Kind("WahlschluesselType", "text")),
        (x.PersonKey, PERSON),
    )
}


def of(hint: object) -> Kind:
    """Read what a value is from an annotation; the kinds of nothing in it are passed over."""
    metas: list[Meta] = []
    while typing.get_origin(hint) is Annotated:
        hint, *extra = typing.get_args(hint)
        metas += [meta for meta in extra if isinstance(meta, Meta)]
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        found = [part for part in typing.get_args(hint) if part not in {UnsetType, type(None), x.Withheld}]
        return of(found[0])
    for meta in metas:
        if id(meta) in _NAMED:
            return _NAMED[id(meta)]
        extra_ = meta.extra or {}
        if "inner" in extra_:
            return INNER
        if "refs" in extra_:
            return REFERENCE
    if typing.get_origin(hint) is tuple:
        inner = of(typing.get_args(hint)[0])
        return Kind(f"Liste.{inner.xsd}", "list", inner=inner)
    return _plain(hint)


def _plain(hint: object) -> Kind:
    if hint is str:
        return TEXT
    if hint is bool:
        return BOOLEAN
    if hint is int:
        return INTEGER
    if hint is Raw:
        return Kind("JsonType", "json")
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return Kind(LISTS[hint].type, "code", cls=hint)
    if isinstance(hint, type) and issubclass(hint, x.Value):
        return Kind(STRUCTS[hint].type, "record", cls=hint)
    msg = f"{hint!r}: no kind of value in the own XML; teach this module the new type"
    raise TypeError(msg)


@functools.cache
def fields(cls: type[Struct]) -> tuple[FieldKind, ...]:
    """Read the fields of an event or record, in their order."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(FieldKind(one.name, of(hints[one.name]), one.required) for one in msgspec.structs.fields(cls))


# What every entry carries besides its own fields; who recorded it stands beside it.
CIRCUMSTANCES: Final = tuple(FieldKind(name, of(hint), name == "occurred") for name, hint in ENVELOPE.items())

# A version of a proposal, spelled out, has the fields of a registration; any of them may be missing.
VERSION: Final = tuple(
    FieldKind(one.name, one.kind, required=False) for one in fields(ProposalRegistered) if one.name in VERSION_FIELDS
)
