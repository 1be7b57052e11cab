"""A command to fill in, for every type of the catalogue: each field with what it may hold and an example.

A template is made from the same annotations that a filled-in command is checked against. Until its required
fields are filled in it is no valid TOML, so that nobody records an example value by oversight.
"""

from __future__ import annotations

import difflib
import inspect
import json
import textwrap
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.errors import InputError
from archive.intake.commands import ELSEWHERE, FORMAT, MEDIA_TYPES
from archive.intake.fields import Field, Shape, fields_of, shape_of
from archive.intake.references import nearest, shown
from domain import values as x
from domain import vocabulary as v
from domain.events import CATALOGUE, EventType
from domain.stream import ENVELOPE

if TYPE_CHECKING:
    from collections.abc import Iterator

# The types that command files record; of the others there is nothing to fill in.
OFFERED: Final = tuple(name for name in CATALOGUE if name not in ELSEWHERE)
_WIDTH: Final = 118
_COLUMN: Final = 30
# One example for each kind of reference, and for each form of text; the first that the annotation accepts is taken.
_STREAMS: Final = {
    "body": "body:{name=Musterkreis}",
    "organ": "organ:{name=Kreistag, body=Musterkreis}",
    "group": 'group:{name="Fraktion A"}',
    "person": 'person:{name="Anna Muster"}',
    "proposal": "proposal:{reference=0640}",
    "meeting": "meeting:{organ=Kreistag, on=2021-12-08}",
    "resolution": "resolution:{number=12/2021}",
    "review": 'review:{reference="22-2217/1/2"}',
    "custody": "custody:{file_reference=022.31}",
    "source": "source:{system=https://ris.example.org/oparl}",
    "register": "register:{}",
}
_INNER: Final = {
    "item": "meeting:{organ=Kreistag, on=2021-12-08}/item/8",
    "ballot": "meeting:{organ=Kreistag, on=2021-12-08}/ballot/1",
    "motion": "meeting:{organ=Kreistag, on=2021-12-08}/motion/1",
    "consultation": "proposal:{reference=0640}/consultation/2",
    "term": "body:{name=Musterkreis}/term/2019-2024",
    "hold": "custody:{file_reference=022.31}/hold/1",
}
_TEXTS: Final = (
    "2021-11-23",
    "2021-12-08T17:00:00+01:00",
    "P5Y",
    "1/2",
    "DATE_AFTER_CONSULTATION",
    "/data/subject",
    "A" * 43,
    "0" * 128,
    "MIIB",
)


def template(type_name: str) -> str:
    """Give a commented TOML command of a type, to be filled in and recorded.

    Args:
        type_name: Name and version, such as `proposal-registered/1`.

    Raises:
        InputError: There is no such type, or no command file can record it.
    """
    row = CATALOGUE.get(type_name)
    if row is None:
        near = difflib.get_close_matches(type_name, OFFERED, n=1)
        such = near[0] if near else "proposal-registered/1"
        raise InputError(
            f"found the type {shown(type_name)}, expected the name and version of an event type, such as {such}",
            hint=nearest(type_name, OFFERED) or "`ratsbuch template --list` lists the types",
        )
    if type_name in ELSEWHERE:
        raise InputError(f"found the type {type_name}, which no command file can record", hint=ELSEWHERE[type_name])
    return "\n".join((*_head(row), *_envelope(row), *_data(row), ""))


def _head(row: EventType) -> Iterator[str]:
    yield from _prose(f"{row.name}. {inspect.cleandoc(row.cls.__doc__ or '')}", "# ")
    roles = sorted({role for kind in row.roles.values() for role in kind})
    kinds = "any kind" if row.streams == x.STREAM_KINDS else f"kind {' or '.join(row.streams)}"
    yield from _prose(f"Stands in a stream of {kinds}; recorded as {' or '.join(roles)}.", "# ")
    yield "#"
    yield from _prose(
        "Fill in what has no # in front of it: it has to be stated. Of the rest take the # away where the source "
        "states something, and delete the other lines: a field left out says that the source does not mention it. "
        "{ blank = true } says that the form has the field and it was left blank. What is plain stands in the clear in "
        "a public event; what is text or personal can be withheld from a reader.",
        "# ",
    )
    yield ""
    yield f'format = "{FORMAT}"'
    yield from _line("id", '"musterkreis/2021/0640"', optional=True)
    yield ""


def _envelope(row: EventType) -> Iterator[str]:
    kind = row.streams[0]
    yield "[[commands]]"
    yield f'type = "{row.name}"'
    if row.opens:
        yield from _prose(f"Opens a {kind} and names it for the rest of the file.", "# ")
        yield from _line("new", '"@name"')
    else:
        yield from _prose("Which stream it is about: <kind>:<uuid>, <kind>:@alias or a look-up.", "# ")
        yield from _line("stream", json.dumps(_STREAMS[kind]))
    yield f"# {', '.join(v.Visibility)}"
    yield from _line("visibility", f'"{v.Visibility.PUBLIC}"')
    said = {
        "occurred": "when it happened, as exactly as that is known",
        "known": "when the recorder came to know it",
        "authority": "who could state it (not who records it)",
        "sources": "what it rests on",
    }
    for name, hint in ENVELOPE.items():
        shape = shape_of(hint)
        yield from _described(Field(name=name, shape=shape, required=name == "occurred"), said[name])
    yield "# the place in the stream after which it has to come, and the role to record it in"
    yield from _line("expected_seq", "3", optional=True)
    yield from _line("role", f'"{min(row.roles[kind])}"', optional=True)
    yield ""


def _data(row: EventType) -> Iterator[str]:
    yield "[commands.data]"
    for field in sorted(fields_of(row.cls).values(), key=lambda field: not field.required):
        yield from _described(field, f"{row.fields[field.name]}; {_wanted(field.shape)}")


def _described(field: Field, said: str) -> Iterator[str]:
    """Give a field: what it may hold, then the line to fill in."""
    shape = field.shape
    yield from _prose(f"{'required' if field.required else 'optional'}, {said}{_blank(shape)}", "# ")
    yield from _inside(shape, "#   ")
    yield from _line(field.name, _example(shape), optional=not field.required)


def _inside(shape: Shape, indent: str) -> Iterator[str]:
    """Describe the fields of a table, one a line, and of the tables in it."""
    table = shape.items if shape.form == "list" and shape.items else shape
    for field in table.fields.values():
        wanted = "" if field.required else ", optional"
        yield from _prose(f"{field.name}{wanted}: {_wanted(field.shape)}{_blank(field.shape)}", indent)
        yield from _inside(field.shape, indent + "  ")
    if table.cls is x.Document:
        kinds = ", ".join(MEDIA_TYPES)
        yield from _prose(f"file: instead of digest, held and size: a document handed in ({kinds})", indent)


def _wanted(shape: Shape) -> str:
    if shape.form == "list" and shape.items:
        return f"a list, each {_wanted(shape.items)}"
    return "a table" if shape.form == "table" else shape.expects


def _blank(shape: Shape) -> str:
    return "; may be { blank = true }" if shape.blank else ""


def _prose(text: str, indent: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from textwrap.wrap(
            " ".join(paragraph.split()),
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=indent + "  " * (len(indent) > 2),  # noqa: PLR2004  # nested fields hang
            break_long_words=False,
            break_on_hyphens=False,
        )


def _line(name: str, example: str, *, optional: bool = False) -> Iterator[str]:
    filled = f"{'#' if optional else ''}{name} ="
    yield f"{filled:<{_COLUMN}}# e.g. {example}"


def _example(shape: Shape) -> str:
    """Give an example value in TOML; of a table, the fields that have to be stated."""
    match shape.form:
        case "json":
            return '"the value, as it stands"'
        case "list":
            return f"[{_example(shape.items)}]" if shape.items else "[]"
        case "table":
            required = [f"{f.name} = {_example(f.shape)}" for f in shape.fields.values() if f.required]
            return _TABLES.get(shape.cls) or f"{{ {', '.join(required)} }}"
    return _single(shape)


# Tables whose required fields alone say too little, or nothing.
_TABLES: Final[dict[type[Struct] | None, str]] = {
    x.When: '{ at = "2021-11-23", certainty = "stated" }',
    x.Source: '{ citation = "Niederschrift vom 08.12.2021", grade = "copy" }',
    x.Document: '{ held = false, title = "Anlage 1" }',
    x.Validity: '{ duration = "P5Y", stated_in = "reasons" }',
    x.Authority: '{ function = "chair" }',
    x.Party: '{ literal = "Abteilung 2" }',
    x.BallotTarget: "{ version = 2 }",
    x.Tally: "{ yes = 24, no = 23, abstain = 1 }",
    x.VoteForm: "{ yes = { blank = true } }",
    x.Condition: '{ duration = "P2Y", kind = "trial" }',
}


def _single(shape: Shape) -> str:
    if shape.codes:
        return json.dumps(shape.codes[0])
    if shape.defines:
        return f'"@{shape.inner}1"'
    if shape.inner:
        return json.dumps(_INNER[shape.inner])
    if shape.refs:
        kind = shape.refs[0]
        return json.dumps(_STREAMS[kind] + ("#1" if "#" in shape.refs else ""))
    for value in (True, 12):
        if _accepted(value, shape):
            return json.dumps(value)
    plain = _accepted("...", shape)
    return json.dumps("..." if plain else next(text for text in _TEXTS if _accepted(text, shape)))


def _accepted(value: object, shape: Shape) -> bool:
    try:
        msgspec.convert(value, shape.hint)
    except msgspec.ValidationError:
        return False
    return True
