"""Where things stand in a command file, and what is refused before it costs anything."""

from __future__ import annotations

import gc
import sys
import tomllib
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from support.directory import counter, opened

from archive.errors import InputError
from archive.intake import commands
from archive.intake.layout import KEY_DOTS_MAX, command_lines, lines_of, refuse_costly

if TYPE_CHECKING:
    from collections.abc import Callable

# -- lines ----------------------------------------------------------------------------------------


def test_line_index_knows_every_form_of_string() -> None:
    source = r'''
a = ["""x"""", """
[[commands]]
"""]
b = """\"""
[[commands]]
\\"""
[[ commands ]]
c = "\\"
d = 'it"s' # a "quote
 [[commands]] # and a comment
e = ""
'''
    assert len(tomllib.loads(source)["commands"]) == 2
    assert command_lines(source) == (8, 11)


def test_line_index_of_a_long_string_costs_no_memory() -> None:
    source = 'a = """' + '\\"b"\n' * 500_000 + '"""\n[[commands]]\n'
    tracemalloc.start()
    assert command_lines(source) == (500_002,)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


FILE = """
format = "x"  # format = 1
[[commands]]
a.b = [1, 2]
c = { d = 1, e = [{ f = 1 },
  { "g" = 2 }] }
[commands.data]
k = \"\"\"
[[commands]]
\"\"\"
[[commands.data.list]]
m = 2021-12-08T10:00:00+01:00
[commands.data.list.inner]
n = 1.5
[[commands.data.list]]
o = '''
x = 1
'''
[[commands]]
[[commands.data.list]]
p = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("format", 2),
        ("commands[0]", 3),
        ("commands[0].a", 4),
        ("commands[0].a.b[1]", 4),
        ("commands[0].c.e[1].g", 6),
        ("commands[0].c.e[1].missing", 6),
        ("commands[0].c.e[9].missing", 5),
        ("commands[0].data", 7),
        ("commands[0].data.k", 8),
        ("commands[0].data.list[0].m", 12),
        ("commands[0].data.list[0].inner.n", 14),
        ("commands", 3),
        ("commands[0].data.list", 11),
        ("commands[0].data.list[1]", 15),
        ("commands[0].data.list[1].missing", 15),
        ("commands[0].data.list[1].o", 16),
        ("commands[1].data.list[0].p", 21),
        ("commands[1].data.missing", 19),
        ("commands[2].data", 3),
        ("other", None),
    ],
)
def test_line_of_a_field_in_toml(path: str, line: int | None) -> None:
    assert len(tomllib.loads(FILE)["commands"]) == 2
    assert lines_of(FILE, [path], toml=True).get(path) == line


def test_line_of_a_field_in_json() -> None:
    source = '{"a": "\\"{[",\n "commands": [{},\n  {"b": [1,\n {"c": null}], "d": -1.5e3}]}'
    wanted = {"a": 1, "commands[0]": 2, "commands[1].b[1].c": 4, "commands[1].d": 4, "commands[1].e": 3}
    assert lines_of(source, wanted, toml=False) == wanted


# -- cost -----------------------------------------------------------------------------------------


def read_toml(source: str) -> None:
    commands.read(source.encode(), "f.toml", directory=opened(), new_id=counter(), documents={}, suffix=".toml")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (".".join(["a"] * 100_000) + " = 1", "line 1: found a key of 100000 dotted parts, expected at most 32"),
        ("\n[" + " . ".join(["'a'"] * 33) + "]", "line 2: found a key of 33 dotted parts, expected at most 32"),
        ("a = { " + ".".join(['"b.c"'] * 33) + " = 1 }", "line 1: found a key of 33 dotted parts, expected at most 32"),
        ("[[" + ".".join(["a"] * 8000) + "]]", "line 1: found a key of 8000 dotted parts, expected at most 32"),
        (
            "a = 1." + "1" * 100_000,
            "line 1: found a word of more than 1000 characters outside of quotes, expected text in quotes",
        ),
        (
            "a" * 1001 + " = 1",
            "line 1: found a word of more than 1000 characters outside of quotes, expected text in quotes",
        ),
        (
            "".join(f"b{n}.{'.'.join('a' * 30)} = 1\n" for n in range(8334)),
            ("line 8334: found more than 250000 dots in keys, expected fewer; write a file of this size as JSON lines"),
        ),
    ],
)
def test_costly_toml_is_refused_before_it_is_parsed(source: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tomllib, "loads", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(InputError) as caught:
        read_toml(source)
    assert caught.value.message == f"f.toml: {message}"


@pytest.mark.parametrize(
    "source",
    [
        ".".join(["a"] * 32) + " = 1",
        "a = '" + ".".join(["a"] * 100) + "' # " + ".".join(["a"] * 100),
        'a = """' + ".".join(["a"] * 2000) + '"""',
        'a = "' + "1" * 2000 + '"',
        "a = [" + "1.5, " * 1000 + "]",
        "a" * 1000 + " = 1",
    ],
)
def test_what_is_long_in_strings_comments_and_lists_is_no_cost(source: str) -> None:
    assert tomllib.loads(source)
    refuse_costly(source, "f")


SHAPES: dict[str, Callable[[int], str]] = {
    "arrays": lambda n: "a = [" + "[], " * n + "]",
    "nested arrays": lambda n: "a = " + "[" * n + "]" * n,
    "nested tables": lambda n: "a = " + "{ a = " * n + "1" + " }" * n,
    "open arrays": lambda n: "a = " + "[" * n,
    "headers with long prefixes": lambda n: "".join(f"[{'.'.join('a' * 30)}.b{i}]\n" for i in range(n)),
    "keys with long prefixes": lambda n: "".join(f"{'.'.join('a' * 30)}.b{i} = 1\n" for i in range(n)),
    "keys of many parts": lambda n: "".join(f"b{i}.{'.'.join('a' * 30)} = 1\n" for i in range(n)),
    "commands": lambda n: "[[commands]]\n[commands.data]\na = 1\n" * n,
    "lists in one command": lambda n: "[[commands]]\n" + "[[commands.data.items]]\na = 1\n" * n,
    "keys of one inline table": lambda n: "a = { " + ", ".join(f"b.c.d{i} = 1" for i in range(n)) + " }",
    "one table twice": lambda n: "[a]\n" * n,
    "one key twice": lambda n: "a = 1\n" * n,
    "quotes": lambda n: 'a = """' + '\\"""' * n,
    "strings": lambda n: 'a = "' + "\\n" * n + '"',
    "comments": lambda n: "a = [" + "# x\n" * n + "]",
    "long number": lambda n: "a = 0x" + "1_" * n + "1",
}


def work_and_peak(source: str) -> tuple[int, int]:
    """Count the calls of functions that reading a file makes, and the most memory it holds."""
    calls = 0

    def count(_frame: object, _event: str, _argument: object) -> None:
        nonlocal calls
        calls += 1

    # When the collector runs is chance; what is held without it is not.
    gc.collect()
    gc.disable()
    tracemalloc.start()
    sys.setprofile(count)
    try:
        with pytest.raises(InputError):
            read_toml(source)
    finally:
        sys.setprofile(None)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        gc.enable()
    return calls, peak


@pytest.mark.parametrize("shape", SHAPES)
def test_work_and_memory_grow_no_faster_than_the_file(shape: str) -> None:
    once, twice = SHAPES[shape](400), SHAPES[shape](800)
    (calls, peak), (more_calls, more_peak) = work_and_peak(once), work_and_peak(twice)
    assert more_calls <= 2.1 * calls + 1000
    assert more_peak <= 2.2 * peak + 100_000
    assert more_peak <= 250 * len(twice) + 500_000


def test_number_of_dots_leaves_room_for_every_honest_file() -> None:
    # The most commands a file can have, each with a table of data and twelve entries of a list in it.
    refuse_costly("[[commands]]\n[commands.data]\n" + "[[commands.data.items]]\n" * 12, "f")
    assert commands.EVENTS_MAX * (1 + 2 * 12) <= KEY_DOTS_MAX
