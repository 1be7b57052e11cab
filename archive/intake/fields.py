"""What a field of a command may hold, read from the annotation that the catalogue gives it.

The classes in `domain` say it once; the reader of command files, its error messages and the templates all look
here. The last word on a value is msgspec's, against the very same annotation.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Mapping  # msgspec reads the annotations when a record class is made
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Literal, Union

import msgspec
from msgspec import Meta, Raw, Struct, UnsetType

from domain import events as e
from domain import values as x
from domain.stream import field_types

# Where an id inside a stream comes into being; everywhere else it is a reference to one.
_DEFINED_IN: Final[frozenset[tuple[type[Struct], str]]] = frozenset(
    {
        (x.AgendaItem, "item"),
        (e.BallotHeld, "ballot"),
        (e.MotionMoved, "motion"),
        (e.ConsultationPlanned, "consultation"),
        (e.TermOpened, "term"),
        (e.HoldPlaced, "hold"),
    }
)
_EXPECTS: Final[dict[type, str]] = {bool: "true or false", int: "a whole number", str: "text"}


class Shape(Struct, frozen=True, kw_only=True):
    """What may stand at one place.

    Attributes:
        form: A single value, a list, a table of fields, or any JSON value.
        hint: The annotation that a single value is checked against.
        expects: What is allowed, in words.
        blank: Whether it may be left blank (`None`).
        codes: The allowed codes, where it is a code.
        refs: The kinds of stream, where it is a reference (see `domain.values`).
        inner: The kind of id inside a stream, where it is one.
        defines: Whether such an id comes into being here.
        date: Whether it is a date.
        cls: The class of a table.
        fields: The fields of a table.
        items: What stands in a list.
        length_min: How many at least stand in a list.
        length_max: How many at most.
    """

    form: Literal["value", "list", "table", "json"]
    hint: object
    expects: str
    blank: bool = False
    codes: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    inner: str | None = None
    defines: bool = False
    date: bool = False
    cls: type[Struct] | None = None
    fields: Mapping[str, Field] = MappingProxyType({})
    items: Shape | None = None
    length_min: int = 0
    length_max: int | None = None


class Field(Struct, frozen=True, kw_only=True):
    """A field of a table: its shape, and whether it has to be stated."""

    name: str
    shape: Shape
    required: bool


def shape_of(hint: object, *, defines: bool = False) -> Shape:
    """Give the shape of an annotation."""
    base, metas, blank = _unwrapped(hint)
    extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
    # Only what msgspec checks a stated value by: the kinds of nothing are gone.
    checked = Annotated[(base, *metas)] if metas else base
    if base is Raw:
        return Shape(form="json", hint=checked, expects="any value", blank=False)
    if typing.get_origin(base) is tuple:
        items = shape_of(typing.get_args(base)[0])
        return Shape(
            form="list",
            hint=checked,
            expects=f"a list; in it {items.expects}",
            blank=blank,
            items=items,
            length_min=max((m.min_length or 0 for m in metas), default=0),
            length_max=min((m.max_length for m in metas if m.max_length is not None), default=None),
        )
    cls = typing.cast("type", base)
    if issubclass(cls, Struct):
        return Shape(
            form="table",
            hint=checked,
            expects=f"a table with {', '.join(cls.__struct_fields__)}",
            blank=blank,
            cls=cls,
            fields=fields_of(cls),
        )
    codes = tuple(cls) if issubclass(cls, StrEnum) else ()
    return Shape(
        form="value",
        hint=checked,
        expects=extra.get("expects") or (f"one of {', '.join(codes)}" if codes else _EXPECTS[cls]),
        blank=blank,
        codes=codes,
        refs=extra.get("refs", ()),
        inner=extra.get("inner"),
        defines=defines,
        date=extra.get("date", False),
    )


@functools.cache
def fields_of(cls: type[Struct]) -> Mapping[str, Field]:
    """Give the fields of an event or of a nested record, in the order of the class."""
    hints = field_types(cls) if issubclass(cls, e.Event) else typing.get_type_hints(cls, include_extras=True)
    return MappingProxyType(
        {
            field.name: Field(
                name=field.name,
                shape=shape_of(hints[field.name], defines=(cls, field.name) in _DEFINED_IN),
                required=field.required,
            )
            for field in msgspec.structs.fields(cls)
        }
    )


def _unwrapped(hint: object) -> tuple[object, tuple[Meta, ...], bool]:
    """Take the kinds of nothing and the annotations off a type: what is left, with both said apart."""
    metas: tuple[Meta, ...] = ()
    blank = False
    while True:
        if typing.get_origin(hint) is Annotated:
            metas += tuple(m for m in hint.__metadata__ if isinstance(m, Meta))  # type: ignore[attr-defined]  # it is
            hint = typing.get_args(hint)[0]
        elif typing.get_origin(hint) in (Union, types.UnionType):
            args = typing.get_args(hint)
            blank = blank or type(None) in args
            (hint,) = (a for a in args if a not in (type(None), UnsetType))
        else:
            return hint, metas, blank
