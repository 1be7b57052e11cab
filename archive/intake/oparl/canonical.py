"""The form in which a source's object is kept and compared: RFC 8785, after contact data were dropped.

The form is bounded before anything else looks at it: a depth and a size that no real object has. Floats, which no
token can carry, stand only here, in the document, in the one way in which RFC 8785 writes them.
"""

from __future__ import annotations

import json
import re
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
# How a source calls such fields beside those that OParl has; names are compared in lower case and without signs.
# Whoever can be called or written to is somebody, so these are dropped wherever no institution stands ...
_REACHED: Final = re.compile("mail(?!ing)|phone|telefon|^tel(?:nr|nummer)?$|fax|^mobile?(?:nr|nummer)?$|handy|^cell")
# ... and these of whoever is known to be a person.
_PRIVATE: Final = re.compile(
    "^(?:home|private?)?(?:location|address|adresse|anschrift|street|stra(?:ss|\u00df)e|plz|postal|postleitzahl|zip)"
    "|^wohn|^(?:sub)?locality$|^(?:city|ort|photo|foto|bild|web|homepage|website)$"
)
_PLACED: Final = re.compile("^(?:raum|sublocality|beschreibung)$")
_SIGNS: Final = re.compile("[^a-z\u00e4\u00f6\u00fc\u00df]+")
# What only a person has, in the same spelling.
_NAME_PARTS: Final = frozenset(
    {
        *("familyname", "givenname", "firstname", "lastname", "surname", "formofaddress"),
        *("nachname", "vorname", "familienname", "anrede"),
    }
)
_INTEGER_MAX: Final = 2**53 - 1
_EXPONENT_MIN, _EXPONENT_MAX = -6, 21  # between these a number is written without an exponent
# Under these names a person stands, whether the object says so in `type` or not.
_PERSONS: Final = frozenset({"person", "originatorPerson", "participant", "onBehalfOfPerson"})
# Under these one stands where the object does not say that it is something else.
_PERSON_LIKE: Final = re.compile(
    "person(?!al)|participant|^(?:vice|deputy)?chair|creator|author(?!i)|editor|speaker|member(?!ship)"
    "|vorsitz|verfasser|bearbeiter|ansprechpartner|teilnehmer|mitglied(?!schaft)"
)
# The types of OParl, by their names in lower case.
_TYPES: Final = {
    name.lower(): name
    for name in (
        *("System", "Body", "LegislativeTerm", "Organization", "Person", "Membership"),
        *("Paper", "Meeting", "AgendaItem", "Consultation", "File", "Location"),
    )
}
# These have an address of their own, which everybody may know.
_INSTITUTIONS: Final = frozenset({"System", "Body", "Organization", "Location"})
# What a place that stands alone names where it is the place of something else than a person.
_PLACE_OF: Final = ("bodies", "organizations", "meetings", "papers", "body", "organization", "meeting", "paper")

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


class Unread(Struct, frozen=True):
    """What stands in a list where an object should, and cannot be read as one; `reason` says why."""

    reason: str


def decode(raw: bytes | bytearray | memoryview, *, what: str) -> Json:
    """Read a JSON text of bounded depth.

    Raises:
        InputError: It is none, is too deep, holds a number or a character that JSON has no value for, or names
            something twice in one object: which of the two was meant nobody can tell.
    """
    try:
        tree = _DECODER.decode(raw)
        twice = _named_twice(raw, tree)
    except RecursionError as error:
        msg = f"{what}: found more levels than can be read, expected at most {DEPTH_MAX}"
        raise InputError(msg) from error
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        msg = f"{what}: is not valid JSON: {error}"
        raise InputError(msg) from error
    if twice is not None:
        msg = f"{what}: found the name {twice[:80]!a} twice in one object, expected it once"
        raise InputError(msg)
    return tree


_DECODER: Final[msgspec.json.Decoder[Json]] = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_PLAIN_ENCODER: Final = msgspec.json.Encoder()
# Where these are not, every name ends in `":` and nothing else that is written so can be told from one.
_ODD_NAMES: Final = re.compile(rb'"[ \t\r\n]+:|\\u0022')


class _TwiceError(Exception):
    """A name stands twice in one object."""


def _named_twice(raw: bytes | bytearray | memoryview, tree: Json) -> str | None:
    """Give a name that stands twice in one object of a valid text; the reader takes the last and says nothing.

    What was read is written again, and its names are counted: a name that got lost is missing there. Only a text
    where that does not tell is read once more, object by object.
    """
    text = bytes(raw)
    if text.count(b'":') == _PLAIN_ENCODER.encode(tree).count(b'":') and _ODD_NAMES.search(text) is None:
        return None
    try:
        json.loads(text.decode(), object_pairs_hook=_once, parse_int=len, parse_float=len)
    except _TwiceError as error:
        return str(error)
    return None


def _once(pairs: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise _TwiceError(name)
        seen.add(name)


def form_of(tree: Tree, *, what: str, listed: str = "") -> Form:
    """Give an object in the form that is kept; the tree that is handed in loses its contact data.

    Contact data are dropped from persons and their places, and whoever can be called or written to is taken for a
    person unless the object says that it is an institution. A place that stands alone and does not say what it is
    the place of counts as a person's: it may be where somebody lives.

    Args:
        tree: The object.
        what: What to call it in an error.
        listed: The OParl type of the list that it stands in, such as `Person`; empty where it stands in none.

    Raises:
        InputError: It is too deep, too large, or holds a number that RFC 8785 cannot write.
    """
    dropped: set[str] = set()
    is_plain, about_persons = True, False
    root = _Place(listed == "Person", listed == "Person", kind_of(tree, listed=listed))
    stack: list[tuple[Json, int, _Place]] = [(tree, 1, root)]
    while stack:
        node, depth, place = stack.pop()
        if depth > DEPTH_MAX:
            msg = f"{what}: found more than {DEPTH_MAX} levels, expected at most {DEPTH_MAX}"
            raise InputError(msg)
        if isinstance(node, dict):
            is_private, is_about = _drop(node, place, dropped, is_alone=depth == 1)
            about_persons = about_persons or is_about
            for name, value in node.items():
                if not name.isascii():
                    is_plain = False
                if isinstance(value, dict | list):
                    stack.append((value, depth + 1, _below(name, is_private=is_private)))
                elif isinstance(value, float | int):
                    is_plain = is_plain and not isinstance(value, float) and -_INTEGER_MAX <= value <= _INTEGER_MAX
        elif isinstance(node, list):
            for value in node:
                if isinstance(value, dict | list):
                    stack.append((value, depth + 1, place))
                elif isinstance(value, float | int):
                    is_plain = is_plain and not isinstance(value, float) and -_INTEGER_MAX <= value <= _INTEGER_MAX
    content = _ENCODER.encode(tree) if is_plain else canonical(tree, what=what)
    if len(content) > OBJECT_BYTES_MAX:
        msg = f"{what}: found an object of {len(content)} bytes, expected at most {OBJECT_BYTES_MAX}"
        raise InputError(msg)
    names = sorted(dropped)
    if len(names) > _DROPPED_MAX:
        names = sorted({*names[: _DROPPED_MAX - 1], "other"})
    return Form(tree=tree, content=content, dropped=tuple(names), about_persons=about_persons)


class _Place(Struct, frozen=True):
    """Where in an object another one stands: what the names above it say that it is.

    Attributes:
        is_person: It is a person, whatever it says.
        is_like_person: It is a person unless it says that it is something else.
        kind: What the whole object is; empty below it.
        is_private: It belongs to a person.
    """

    is_person: bool
    is_like_person: bool
    kind: str = ""
    is_private: bool = False


def _below(name: str, *, is_private: bool) -> _Place:
    key = (name, is_private)
    found = _BELOW.get(key)
    if found is None:
        is_like = name in _PERSONS or _PERSON_LIKE.search(_plain(name)) is not None
        found = _Place(name in _PERSONS, is_like, "", is_private)
        if len(_BELOW) < _NAMES_KEPT_MAX and len(name) <= _NAME_CHARACTERS_MAX:
            _BELOW[key] = found
    return found


def _drop(node: Tree, place: _Place, dropped: set[str], *, is_alone: bool) -> tuple[bool, bool]:
    """Drop the contact data that stand in an object itself.

    Returns:
        Whether it is a person's, so that what stands in it is too, and whether it is about persons.
    """
    kind = place.kind if is_alone else kind_of(node)
    noted = _noted(node)
    is_person, is_private = _standing(node, kind, place, noted, is_alone=is_alone)
    names: set[str] = set()
    if is_person:
        names = {*CONTACTS & node.keys()}
    elif is_private:
        names = {*_PLACE & node.keys()}
    if noted:
        names |= _own_names(kind, noted, is_person=is_person, is_private=is_private)
    for name in names:
        del node[name]
        dropped.add(name if _PRINTABLE.fullmatch(name) else "other")
    return is_person or is_private, is_person or is_private or kind == "Membership"


def _standing(
    node: Tree, kind: str, place: _Place, noted: tuple[tuple[str, str], ...], *, is_alone: bool
) -> tuple[bool, bool]:
    """Say whether an object is a person, and whether it is what belongs to one, such as the place where one lives."""
    is_known = kind in _KNOWN
    is_person = place.is_person or kind == "Person" or (place.is_like_person and not is_known)
    if noted and not is_person:
        # Whatever it says that it is: nothing but a person has a first name, and what has a name and can be called
        # is one unless it says that it is something else.
        notes = {note for _, note in noted}
        is_person = "part" in notes or ("reached" in notes and not is_known and "name" in node)
    if kind == "Location":
        is_private = bool(node.get("person") or node.get("persons") or place.is_private)
        is_private = is_private or (is_alone and not any(node.get(name) for name in _PLACE_OF))
        return is_person, is_private
    return is_person, place.is_private and not is_known


def _own_names(kind: str, noted: tuple[tuple[str, str], ...], *, is_person: bool, is_private: bool) -> set[str]:
    """Give the names under which a source has contact data in its own way."""
    if is_private:
        wanted = {"reached", "private", "placed"}
    elif is_person:
        wanted = {"reached", "private"}
    else:
        wanted = set() if kind in _INSTITUTIONS else {"reached"}
    return {name for name, note in noted if note in wanted}


def _noted(node: Tree) -> tuple[tuple[str, str], ...]:
    """Give the names of an object's fields that mean something here, with what they mean."""
    shape = tuple(node)
    found = _SHAPES.get(shape)
    if found is None:
        found = tuple((name, note) for name in shape if (note := _note(name)))
        is_small = len(shape) <= _SHAPE_NAMES_MAX and sum(map(len, shape)) <= _SHAPE_SIZE_MAX
        if is_small and len(_SHAPES) < _SHAPES_KEPT_MAX:
            _SHAPES[shape] = found
    return found


def _note(name: str) -> str:
    """Say what a field's name means here: `reached`, `private`, `placed`, `part`, or nothing."""
    plain = _plain(name)
    if plain in _NAME_PARTS:
        return "part"
    if _REACHED.search(plain):
        return "reached"
    if _PRIVATE.search(plain):
        return "private"
    return "placed" if _PLACED.search(plain) else ""


def _plain(name: str) -> str:
    """Give a field's name in lower case, without a vendor's prefix and without signs."""
    return _SIGNS.sub("", name[:_NAME_CHARACTERS_MAX].rpartition(":")[2].lower())


_KNOWN: Final = frozenset(_TYPES.values())
_DROPPED_MAX: Final = 64  # names that are noted; a source may call its fields what it likes
_PRINTABLE: Final = re.compile("[A-Za-z][A-Za-z0-9_:.-]{0,63}")
_NAME_CHARACTERS_MAX: Final = 200
# Which fields objects have is much the same everywhere, and looked at again and again.
_NAMES_KEPT_MAX: Final = 2_000
_SHAPES_KEPT_MAX, _SHAPE_NAMES_MAX, _SHAPE_SIZE_MAX = 2_000, 100, 4_000
_SHAPES: Final[dict[tuple[str, ...], tuple[tuple[str, str], ...]]] = {}
_BELOW: Final[dict[tuple[str, bool], _Place]] = {}


def kind_of(tree: Tree, *, listed: str = "") -> str:
    """Give what an object is, `Paper` for `https://schema.oparl.org/1.1/Paper`; empty where nothing says so.

    A slash at the end and the case of the letters do not matter. What has no type that OParl knows is what the list
    is of that it stands in; without one, what has no type at all and the fields of a person is a person.

    Args:
        tree: The object.
        listed: The OParl type of the list that it stands in.
    """
    stated = tree.get("type")
    last = stated.strip().rstrip("/#").rpartition("/")[2].rpartition("#")[2] if isinstance(stated, str) else ""
    known = _TYPES.get(last.lower())
    if known is not None:
        return known
    if listed:
        return listed
    if not last and _looks_like_person(tree):
        return "Person"
    return last


def _looks_like_person(tree: Tree) -> bool:
    notes = {note for _, note in _noted(tree)}
    return "part" in notes or ("reached" in notes and "name" in tree)


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
