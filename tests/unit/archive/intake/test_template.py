"""Templates: each is no valid file until filled in, and a valid one with its own examples filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.directory import counter, opened

from archive.errors import InputError
from archive.intake.commands import ELSEWHERE, read
from archive.intake.template import OFFERED, template
from domain.events import CATALOGUE
from domain.values import STREAM_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

ID = "0190d000-0000-7000-8000-000000000001"


class Everything:
    """A directory in which every look-up matches one stream and every path one id."""

    register = opened().register

    def streams(self, kind: str, /) -> tuple[str, ...]:
        return (f"{kind}:{ID}",)

    def find(self, kind: str, _keys: Mapping[str, str], /) -> tuple[str, ...]:
        return (f"{kind}:{ID}",)

    def inner(self, _stream: str, _kind: str, _key: str, /) -> tuple[str, ...]:
        return (ID,)


def filled_in(text: str, *, optional: bool) -> str:
    """Take the examples for the values; with `optional` those of the optional fields too."""
    text = re.sub(r"(?m)^(\w+) =\s+# e\.g\. (.*)$", r"\1 = \2", text)
    return re.sub(r"(?m)^#(\w+) =\s+# e\.g\. (.*)$", r"\1 = \2", text) if optional else text


def read_template(text: str) -> object:
    batch = read(text.encode(), "t.toml", directory=Everything(), new_id=counter(), documents={}, suffix=".toml")
    return batch.commands[0].statement.event


@pytest.mark.parametrize("name", OFFERED)
@pytest.mark.parametrize("optional", [False, True])
def test_template_with_its_examples_filled_in_is_a_command_of_its_type(name: str, *, optional: bool) -> None:
    event = read_template(filled_in(template(name), optional=optional))
    assert isinstance(event, CATALOGUE[name].cls)


@pytest.mark.parametrize("name", OFFERED)
def test_template_as_it_is_records_nothing(name: str) -> None:
    with pytest.raises(InputError, match=r"^t\.toml: is not valid TOML: "):
        read_template(template(name))


@pytest.mark.parametrize("name", OFFERED)
def test_template_names_every_field_its_gloss_and_fits_a_page(name: str) -> None:
    row = CATALOGUE[name]
    text = template(name)
    assert all(re.search(rf"(?m)^#?{field} = +# e\.g\. ", text) for field in row.fields)
    assert (row.cls.__doc__ or "").partition("(de: ")[2].partition(")")[0] in re.sub(r"\n#? *", " ", text)
    assert all(len(line) <= 120 for line in text.split("\n") if " # e.g. " not in line)


def test_template_lists_codes_and_says_what_may_be_blank() -> None:
    text = template("consultation-planned/1")
    assert "# required, plain; one of public, non_public, mixed, unknown\npublicity =" in text
    assert re.search(r"(?m)^# optional, plain; a date: .*\n?.*; may be \{ blank = true \}$\n#planned_on =", text)


def test_unknown_type_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        template("balot-held/1")
    assert caught.value.message == (
        'found the type "balot-held/1", expected the name and version of an event type, such as ballot-held/1'
    )
    assert caught.value.hint == 'did you mean "ballot-held/1"?'
    with pytest.raises(InputError) as caught:
        template("x")
    assert caught.value.message == (
        'found the type "x", expected the name and version of an event type, such as proposal-registered/1'
    )
    assert caught.value.hint == "`ratsbuch template --list` lists the types"


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_no_command_file_records_has_no_template(name: str) -> None:
    with pytest.raises(InputError) as caught:
        template(name)
    assert caught.value.message == f"found the type {name}, which no command file can record"
    assert caught.value.hint == ELSEWHERE[name]


def test_every_other_type_is_offered() -> None:
    assert set(OFFERED) == set(CATALOGUE) - set(ELSEWHERE)


def test_examples_cover_every_kind_of_stream() -> None:
    used = {kind for row in CATALOGUE.values() for kind in row.streams}
    assert used == set(STREAM_KINDS)
