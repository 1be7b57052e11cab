"""The form in which a source's object is kept and compared: RFC 8785, after contact data were dropped.

The form is bounded before anything else looks at it: a depth and a size that no real object has. Floats, which no
token can carry, stand only here, in the document, in the one way in which RFC 8785 writes them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from archive.errors import InputError

OBJECT_BYTES_MAX: Final = 16 * 2**20
DEPTH_MAX: Final = 64
# What a person is reached by is no fact about the council.
CONTACTS: Final = frozenset(
    {"email", "phone", "streetAddress", "postalCode", "locality", "location", "photo", "life", "web"}
)
# Of a place that is a person's, also what leads to it in another way.
_PLACE: Final = CONTACTS | {"geojson", "description", "room"}
_INTEGER_MAX: Final = 2**53 - 1
_EXPONENT_MIN, _EXPONENT_MAX = -6, 21  # between these a number is written without an exponent
# Under these names a person stands, whether the object says so in `type` or not.
_PERSONS: Final = frozenset({"person", "originatorPerson", "participant", "onBehalfOfPerson"})

# What a JSON text is read as. It goes no further than `objects`, which takes out by name what it knows.
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Tree = dict[str, Json]


class Form(Struct, frozen=True, kw_only=True):
    """An object in the form that is kept.

    Attributes:
        tree: What it says, contact data dropped.
        content: Its canonical bytes.
        dropped: The names of the contact data that were dropped, in order.
        about_persons: Whether it is about persons, or holds something that is.
    """

    tree: Tree
    content: bytes
    dropped: tuple[str, ...]
    about_persons: bool


def decode(raw: bytes | bytearray | memoryview, *, what: str) -> Json:
    """Read a JSON text of bounded depth.

    Raises:
        InputError: It is none, is too deep, or holds a number or a character that JSON has no value for.
    """
    try:
        return _DECODER.decode(raw)
    except RecursionError as error:
        msg = f"{what}: found more levels than can be read, expected at most {DEPTH_MAX}"
        raise InputError(msg) from error
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        msg = f"{what}: is not valid JSON: {error}"
        raise InputError(msg) from error


_DECODER: Final[msgspec.json.Decoder[Json]] = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def form_of(tree: Tree, *, what: str) -> Form:
    """Give an object in the form that is kept; the tree that is handed in loses its contact data.

    Raises:
        InputError: It is too deep, too large, or holds a number that RFC 8785 cannot write.
    """
    dropped: set[str] = set()
    is_plain, about_persons = True, False
    stack: list[tuple[Json, int, bool]] = [(tree, 1, False)]
    while stack:
        node, depth, is_person = stack.pop()
        if depth > DEPTH_MAX:
            msg = f"{what}: found more than {DEPTH_MAX} levels, expected at most {DEPTH_MAX}"
            raise InputError(msg)
        if isinstance(node, dict):
            kind = kind_of(node)
            if is_person or kind == "Person":
                about_persons = True
                _drop(node, CONTACTS, dropped)
            elif kind == "Membership":
                about_persons = True
            elif kind == "Location" and (node.get("person") or node.get("persons")):
                about_persons = True
                _drop(node, _PLACE, dropped)
            for name, value in node.items():
                if not name.isascii():
                    is_plain = False
                if isinstance(value, dict | list):
                    stack.append((value, depth + 1, name in _PERSONS))
                elif isinstance(value, float | int):
                    is_plain = is_plain and not isinstance(value, float) and -_INTEGER_MAX <= value <= _INTEGER_MAX
        elif isinstance(node, list):
            for value in node:
                if isinstance(value, dict | list):
                    stack.append((value, depth + 1, is_person))
                elif isinstance(value, float | int):
                    is_plain = is_plain and not isinstance(value, float) and -_INTEGER_MAX <= value <= _INTEGER_MAX
    content = _ENCODER.encode(tree) if is_plain else canonical(tree, what=what)
    if len(content) > OBJECT_BYTES_MAX:
        msg = f"{what}: found an object of {len(content)} bytes, expected at most {OBJECT_BYTES_MAX}"
        raise InputError(msg)
    return Form(tree=tree, content=content, dropped=tuple(sorted(dropped)), about_persons=about_persons)


def kind_of(tree: Tree) -> str:
    """Give what an object says it is, `Paper` for `https://schema.oparl.org/1.1/Paper`; empty where it does not."""
    stated = tree.get("type")
    return stated.rpartition("/")[2] if isinstance(stated, str) else ""


def _drop(node: Tree, names: frozenset[str], dropped: set[str]) -> None:
    for name in names & node.keys():
        del node[name]
        dropped.add(name)


# -- RFC 8785 -------------------------------------------------------------------------------------


def canonical(value: Json, *, what: str) -> bytes:
    """Write a value as RFC 8785 does, floats and names beyond ASCII included.

    Raises:
        InputError: A number is beyond what a double can hold.

    Source: RFC 8785, section 3.2.
    """
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(_ENCODER.encode(n) + b":" + canonical(value[n], what=what) for n in names) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(item, what=what) for item in value) + b"]"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return _ENCODER.encode(value)
    if isinstance(value, int) and -_INTEGER_MAX <= value <= _INTEGER_MAX:
        return str(value).encode()
    try:
        return _number(float(value))
    except OverflowError as error:
        msg = f"{what}: found a number beyond what RFC 8785 can write"
        raise InputError(msg) from error


def _number(value: float) -> bytes:
    """Write a double as ECMAScript does: the shortest digits that give it back, without exponent where it is near.

    Source: RFC 8785, section 3.2.2.3; ECMA-262, Number::toString.
    """
    if value == 0:
        return b"0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + int(exponent)  # how many digits stand before the decimal point
    if len(text) <= point <= _EXPONENT_MAX:
        shown = text + "0" * (point - len(text))
    elif 0 < point <= _EXPONENT_MAX:
        shown = text[:point] + "." + text[point:]
    elif _EXPONENT_MIN < point <= 0:
        shown = "0." + "0" * -point + text
    else:
        shown = text[0] + ("." + text[1:] if text[1:] else "") + f"e{point - 1:+d}"
    return (b"-" if sign else b"") + shown.encode()
