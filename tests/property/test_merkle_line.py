from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.errors import InputError
from archive.log.line import ALPHABET, Line, format_line, parse_line
from archive.log.merkle import RootHash

LINES = st.builds(
    lambda register, size, day, root: Line(
        register=f"{register:08x}", size=size, day=day.isoformat(), root=RootHash(root)
    ),
    st.integers(0, 2**32 - 1),
    st.integers(1, 10**15 - 1),
    st.dates(min_value=dt.date(2000, 1, 1)),
    st.binary(min_size=32, max_size=32),
)


@given(LINES)
def test_reading_a_line_inverts_printing_it(line: Line) -> None:
    text = format_line(line)
    assert parse_line(text) == line
    assert text.isascii()
    assert text.isprintable()


@given(LINES, st.lists(st.tuples(st.integers(0, 57), st.sampled_from(ALPHABET)), min_size=1, max_size=4))
def test_up_to_four_wrong_characters_of_root_and_check_group_are_never_taken(
    line: Line, errors: list[tuple[int, str]]
) -> None:
    *head, groups, check = format_line(line).split(" / ")
    symbols = list(groups.replace(" ", "") + check)
    typed = symbols.copy()
    for place, character in errors:
        typed[place] = character
    assume(typed != symbols)
    with pytest.raises(InputError):
        parse_line(" / ".join([*head, "".join(typed)]))


@given(st.text(max_size=200))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(InputError):
        parse_line(text)
