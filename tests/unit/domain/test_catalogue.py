"""The catalogue keeps what the token writer and the readers rely on."""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec
import pytest

from domain import values
from domain import vocabulary as v
from domain.events import CATALOGUE, Event, _kinds
from domain.stream import field_types
from domain.streams import EVOLVE, NEEDS_HISTORY
from domain.values import STREAM_KINDS, Personal, Plain, Value

NESTED = sorted(
    (cls for cls in vars(values).values() if isinstance(cls, type) and issubclass(cls, Value) and cls is not Value),
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize("cls", NESTED, ids=lambda cls: cls.__name__)
def test_nested_records_declare_their_fields_in_alphabetical_order(cls: type[Value]) -> None:
    assert list(cls.__struct_fields__) == sorted(cls.__struct_fields__)


@pytest.mark.parametrize("cls", NESTED, ids=lambda cls: cls.__name__)
def test_optional_fields_of_nested_records_default_to_not_mentioned(cls: type[Value]) -> None:
    for field in msgspec.structs.fields(cls):
        assert field.required or field.default is msgspec.UNSET, field.name


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_field_of_every_type_has_exactly_one_kind(name: str) -> None:
    row = CATALOGUE[name]
    assert set(row.fields) == set(row.cls.__struct_fields__)
    assert set(row.fields.values()) <= {"plain", "text", "personal"}
    assert list(row.fields) == sorted(row.fields)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_optional_field_of_every_type_defaults_to_not_mentioned(name: str) -> None:
    for field in msgspec.structs.fields(CATALOGUE[name].cls):
        assert field.required or field.default is msgspec.UNSET, field.name


@pytest.mark.parametrize("name", CATALOGUE)
def test_literals_are_text_and_are_never_required(name: str) -> None:
    row = CATALOGUE[name]
    for field in msgspec.structs.fields(row.cls):
        if field.name.endswith("_literal"):
            assert row.fields[field.name] == "text"
            assert not field.required


def test_a_field_without_a_kind_is_a_fault_of_the_catalogue() -> None:
    class Unmarked(Event, frozen=True, kw_only=True):
        TYPE: ClassVar[str] = "unmarked/1"
        name: str

    with pytest.raises(
        TypeError, match=r"^Unmarked.name: exactly one of Plain, Text, Personal is expected, found \[\]$"
    ):
        _kinds(Unmarked)


def test_a_field_with_two_kinds_is_a_fault_of_the_catalogue() -> None:
    class Twice(Event, frozen=True, kw_only=True):
        TYPE: ClassVar[str] = "twice/1"
        name: Plain[int] | Personal[str]

    with pytest.raises(TypeError, match=r"^Twice.name: exactly one of .* found \['personal', 'plain'\]$"):
        _kinds(Twice)


@pytest.mark.parametrize("name", CATALOGUE)
def test_rows_are_consistent(name: str) -> None:
    row = CATALOGUE[name]
    assert re.fullmatch("[a-z]+(-[a-z]+)*/[1-9][0-9]*", name)
    assert row.name == row.cls.TYPE == name
    assert row.opens or not row.repeats
    assert set(row.streams) <= set(STREAM_KINDS)
    assert set(row.roles) == set(row.streams)
    assert all(row.roles.values())


def test_every_kind_of_stream_can_be_opened_and_replayed() -> None:
    for kind in STREAM_KINDS:
        assert kind in EVOLVE
        assert any(row.opens and kind in row.streams for row in CATALOGUE.values()), kind


def test_only_known_types_need_their_history() -> None:
    assert set(CATALOGUE) >= NEEDS_HISTORY


def test_root_signs_only_what_the_format_names() -> None:
    root = {row.name for row in CATALOGUE.values() if any(v.Role.ROOT in roles for roles in row.roles.values())}
    assert root == {
        "register-opened/1",
        "signer-enrolled/1",
        "signer-revoked/1",
        "log-key-changed/1",
        "root-changed/1",
        "register-closed/1",
    }


def test_person_keys_are_personal_except_where_the_register_names_its_signers() -> None:
    found = 0
    for row in CATALOGUE.values():
        for name, hint in field_types(row.cls).items():
            if "'refs': ('person',)" in repr(hint):
                found += 1
                expected = "plain" if row.streams == ("register",) else "personal"
                assert row.fields[name] == expected, f"{row.name} {name}"
    assert found >= 10


@pytest.mark.parametrize("name", ["farn", "Kiefer", "A-1", "AAAA", ""])
def test_no_name_fits_into_the_key_of_an_option(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"^Expected `str` matching regex "):
        msgspec.convert(name, values.OptionKey)
    assert msgspec.convert("A1", values.OptionKey) == "A1"


@pytest.mark.parametrize("path", ["/data/subject/Emma Farn", "/data/\x1f", "subject", "/nosuch", "/data/Name"])
def test_no_text_fits_into_a_path(path: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"^Expected `str` matching regex "):
        msgspec.convert(path, values.Path)
    assert msgspec.convert("/data/tally/yes", values.Path) == "/data/tally/yes"


@pytest.mark.parametrize("path", ["votes", "/data/votes", "data.votes/a b", "data"])
def test_erasure_names_a_field_as_tokens_do(path: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"^Expected `str` matching regex "):
        msgspec.convert(path, values.ErasurePath)
    for good in ("data.votes", "sources", "data.annexes/0", "sources/0/document"):
        assert msgspec.convert(good, values.ErasurePath) == good
