from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InputError
from archive.intake.oparl.canonical import DEPTH_MAX, canonical, decode, form_of, kind_of

if TYPE_CHECKING:
    from archive.intake.oparl.canonical import Json, Tree

# What I-JSON allows: RFC 8785 takes nothing else.
_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(value=_JSON)
def test_the_form_is_that_of_an_independent_implementation(value: Json) -> None:
    assert canonical(value, what="object") == rfc8785.dumps(value)


@given(value=st.dictionaries(_TEXT, _JSON, max_size=4))
def test_the_quick_way_and_the_thorough_one_give_the_same_form(value: Tree) -> None:
    expected = rfc8785.dumps(value)
    assert form_of(value, what="object").content == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, b"0"),
        (-0.0, b"0"),
        (1.5, b"1.5"),
        (1e21, b"1e+21"),
        (1e20, b"100000000000000000000"),
        (1e-6, b"0.000001"),
        (1e-7, b"1e-7"),
        (-123.456, b"-123.456"),
        (5e-324, b"5e-324"),
        (333333333.33333329, b"333333333.3333333"),
        (2**53 + 1, b"9007199254740992"),
    ],
)
def test_numbers_are_written_as_ecmascript_does(value: float, text: bytes) -> None:
    assert canonical({"n": value}, what="object") == b'{"n":' + text + b"}"
    assert float(text) == pytest.approx(value, rel=1e-15, abs=0)


def test_names_are_sorted_by_utf_16_units() -> None:
    expected = '{"a":3,"\U0001f600":2,"\ufb33":1}'.encode()
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "a": 3}, what="object") == expected


def test_a_number_that_no_double_holds_is_refused() -> None:
    with pytest.raises(InputError, match=r"\Ax\.json: found a number beyond what RFC 8785 can write\Z"):
        form_of({"id": "x", "n": 10**400}, what="x.json")


@pytest.mark.parametrize("text", [b'{"a":1e999}', b'{"a":NaN}', b'{"a"', b'"\\ud800"', b"\xff", b'{"a":1}}'])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(InputError, match=r"\Ax: is not valid JSON: "):
        decode(text, what="x")


def test_ten_thousand_levels_are_refused_and_sixty_four_are_not() -> None:
    with pytest.raises(InputError, match=r"\Ax: found more levels than can be read, expected at most 64\Z"):
        decode(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, what="x")
    deep: Tree = {}
    for _ in range(DEPTH_MAX - 1):
        deep = {"a": deep}
    form_of(deep, what="x")
    with pytest.raises(InputError, match=r"\Ax: found more than 64 levels, expected at most 64\Z"):
        form_of({"a": deep}, what="x")


def test_contact_data_of_persons_are_dropped_wherever_a_person_stands() -> None:
    person: Tree = {
        "type": "https://schema.oparl.org/1.1/Person",
        "name": "Erika Beispiel",
        "email": ["e@example.org"],
        "phone": None,
        "streetAddress": "Weg 1",
        "postalCode": "00000",
        "locality": "Ort",
        "location": {"id": "x"},
        "photo": "p",
        "life": "l",
        "web": "w",
    }
    tree: Tree = {
        "id": "x",
        "vendor:list": [{"deep": dict(person)}],
        "originatorPerson": [{"name": "Max", "email": "m"}],
    }
    form = form_of(tree, what="x")
    assert form.about_persons
    assert form.dropped == (
        *("email", "life", "locality", "location", "phone"),
        *("photo", "postalCode", "streetAddress", "web"),
    )
    kept = {"type": person["type"], "name": "Erika Beispiel"}
    assert json.loads(form.content) == {
        "id": "x",
        "vendor:list": [{"deep": kept}],
        "originatorPerson": [{"name": "Max"}],
    }


def test_what_is_not_about_persons_keeps_its_addresses() -> None:
    tree: Tree = {
        "id": "x",
        "type": "https://schema.oparl.org/1.1/Meeting",
        "location": {"streetAddress": "Markt 1"},
        "web": "w",
    }
    form = form_of(tree, what="x")
    assert (form.about_persons, form.dropped) == (False, ())
    assert b"Markt 1" in form.content


def test_a_place_of_a_person_says_nothing_but_that() -> None:
    tree: Tree = {
        "id": "x",
        "type": "https://schema.oparl.org/1.1/Location",
        "persons": ["p"],
        "description": "Weg 1",
        "geojson": {},
    }
    form = form_of(tree, what="x")
    assert form.about_persons
    assert json.loads(form.content) == {"id": "x", "type": tree["type"], "persons": ["p"]}


# -- persons in whatever dress --------------------------------------------------------------------

TYPE = "https://schema.oparl.org/1.1/"


def kept(tree: Tree, *, listed: str = "") -> tuple[str, bool, tuple[str, ...]]:
    form = form_of(tree, what="x", listed=listed)
    return form.content.decode(), form.about_persons, form.dropped


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": TYPE + "Person/"},
        {"type": TYPE + "person"},
        {"type": "Person"},
        {"type": TYPE + "Person#"},
        {"type": "https://vendor.example.org/Ratsmitglied", "familyName": "Muster"},
    ],
)
def test_a_person_is_one_however_it_is_typed(fields: Tree) -> None:
    tree: Tree = {
        "id": "x",
        "name": "Erika Beispiel",
        "email": "e@example.org",
        "phone": "1",
        "membership": [],
        **fields,
    }
    if "familyName" not in fields:
        assert kind_of(tree) == "Person"
    text, about_persons, dropped = kept(tree)
    assert (about_persons, dropped) == (True, ("email", "phone"))
    assert "e@example.org" not in text


def test_what_stands_in_the_list_of_persons_is_about_persons() -> None:
    tree: Tree = {"id": "x", "name": "Erika", "web": "w"}
    assert kind_of(tree, listed="Person") == "Person"
    assert kept(tree, listed="Person") == ('{"id":"x","name":"Erika"}', True, ("web",))
    # Also where it says that it is something else.
    other: Tree = {"id": "x", "type": TYPE + "Paper", "photo": "p"}
    assert kind_of(other, listed="Person") == "Paper"
    assert kept(other, listed="Person")[1:] == (True, ("photo",))


def test_what_a_source_calls_contact_data_is_dropped_too() -> None:
    tree: Tree = {
        "id": "x",
        "type": TYPE + "Person",
        "name": "Anna",
        "formOfAddress": "Ratsfrau",
        "title": ["Dr."],
        "mobile": "0171",
        "fax": "1",
        "Telefon-Nr.": "1",
        "vendor:privateEmail": "a@example.org",
        "strasse": "Weg 9",
        "PLZ": "1",
        "wohnort": "Ort",
        "locationObject": {"id": "l", "type": TYPE + "Location", "streetAddress": "Weg 9"},
        "vendor:home": {"streetAddress": "Weg 9", "description": "Weg 9", "raum": "9"},
        "vendor:at": {"type": TYPE + "Location", "streetAddress": "Weg 9", "sub": [{"geojson": {}, "room": "9"}]},
    }
    text, about_persons, dropped = kept(tree)
    assert json.loads(text) == {
        "id": "x",
        "type": TYPE + "Person",
        "name": "Anna",
        "formOfAddress": "Ratsfrau",
        "title": ["Dr."],
        "vendor:home": {},
        "vendor:at": {"type": TYPE + "Location", "sub": [{}]},
    }
    assert about_persons
    assert "locationObject" in dropped


@pytest.mark.parametrize(
    ("kind", "field", "value", "left", "about_persons"),
    [
        ("Organization", "chair", {"id": "p", "name": "Emil", "email": "e"}, {"id": "p", "name": "Emil"}, True),
        ("Paper", "creator", {"familyName": "S", "email": "e", "phone": "1"}, {"familyName": "S"}, True),
        ("Paper", "vendor:x", [{"phone": "1", "x": 1}], [{"x": 1}], False),
        ("Meeting", "contactPerson", [{"label": "S", "location": "l"}], [{"label": "S"}], True),
        ("Organization", "vendor:x", {"name": "Amt", "telefon": "1"}, {"name": "Amt"}, True),
    ],
)
def test_whoever_can_be_called_loses_the_number(
    kind: str, field: str, value: Json, left: Json, *, about_persons: bool
) -> None:
    tree: Tree = {"id": "x", "type": TYPE + kind, field: value}
    text, found, _ = kept(tree)
    assert json.loads(text) == {"id": "x", "type": TYPE + kind, field: left}
    assert found is about_persons


@pytest.mark.parametrize("kind", ["Organization", "Body", "System"])
def test_an_institution_keeps_its_address(kind: str) -> None:
    tree: Tree = {
        "id": "x",
        "type": TYPE + kind,
        "name": "Stadt",
        "contactEmail": "post@example.org",
        "phone": "115",
        "location": {"id": "l", "type": TYPE + "Location", "streetAddress": "Markt 1", "fax": "1"},
    }
    before = json.loads(json.dumps(tree))
    text, about_persons, dropped = kept(tree)
    assert (json.loads(text), about_persons, dropped) == (before, False, ())


def test_a_place_that_does_not_say_whose_it_is_may_be_a_persons() -> None:
    place: Tree = {"id": "x", "type": TYPE + "Location", "streetAddress": "Weg 1", "subLocality": "Dorf", "v:x": 1}
    assert kept(dict(place)) == (
        f'{{"id":"x","type":"{TYPE}Location","v:x":1}}',
        True,
        ("streetAddress", "subLocality"),
    )
    assert kept({**place, "meetings": [], "persons": []})[1]
    public = kept({**place, "meetings": ["m"]})
    assert (public[1], public[2]) == (False, ())
    assert kept({**place, "meetings": ["m"], "persons": ["p"]})[1]
    assert kept({"id": "l", "streetAddress": "Weg 1"}, listed="Location") == ('{"id":"l"}', True, ("streetAddress",))


def test_many_names_of_contact_data_are_noted_as_far_as_an_event_holds_them() -> None:
    names = [f"phone{n}" for n in range(100)]
    _, _, dropped = kept({"id": "x", "type": TYPE + "Person", **dict.fromkeys(names, "1")})
    assert len(dropped) == 64
    assert dropped == kept({"type": TYPE + "Person", "id": "x", **dict.fromkeys(reversed(names), "1")})[2]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b'{"a":1,"a":1}', "a"),
        (b'[{"a" : {"b":1, "b":2}}]', "b"),
        (b'{"a":"\\u0022:","b":1,"b":2}', "b"),
        (b'{"a":1,"\\u0061":2}', "a"),
    ],
)
def test_a_name_that_stands_twice_is_no_object(text: bytes, name: str) -> None:
    with pytest.raises(InputError, match=rf"\Ax: found the name '{name}' twice in one object, expected it once\Z"):
        decode(text, what="x")


@given(value=_JSON, gap=st.sampled_from(["", " ", "\n"]))
def test_no_other_object_has_a_name_twice(value: Json, gap: str) -> None:
    text = json.dumps(value, separators=(",", gap + ":" + gap)).encode()
    assert decode(text, what="x") == value
