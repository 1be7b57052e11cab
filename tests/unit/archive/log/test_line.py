from __future__ import annotations

import hashlib

import pytest

from archive.errors import InputError
from archive.log import line as module
from archive.log.line import ALPHABET, Line, format_line, parse_line
from archive.log.merkle import RootHash

LINE = Line(register="3f2504e0", size=4711, day="2026-11-24", root=RootHash(hashlib.sha256(b"root").digest()))
TEXT = format_line(LINE)
GROUPS = TEXT.split(" / ")[3].split()


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_line(text)
    assert caught.value.hint
    return caught.value.message


def test_the_line_is_short_plain_and_always_the_same() -> None:
    assert TEXT == (
        "RATSBUCH 3F2504E0 / 4711 / 2026-11-24 / "
        "909M JK8K FRB3 3EX3 07AT SAVE FEVT MX6E 262X 8NJP BVTH TWVP EYS0 / 4D18HG"
    )


def test_the_checksum_is_that_of_bech32m() -> None:
    # BIP 350, "Test vectors": A1LQFN3A; the human-readable part "a" expands to 3, 0, 1.
    charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    assert module._polymod([3, 0, 1, *map(charset.index, "lqfn3a")]) == module._BECH32M


def test_a_printed_line_is_read_again() -> None:
    assert parse_line(TEXT) == LINE


@pytest.mark.parametrize("size", [1, 7, 10**15 - 1])
def test_sizes_of_one_to_fifteen_digits_fit(size: int) -> None:
    line = Line(register="00000000", size=size, day="2028-02-29", root=RootHash(b"\xff" * 32))
    assert parse_line(format_line(line)) == line


@pytest.mark.parametrize(
    "typed",
    [
        TEXT.lower(),
        TEXT.replace(" / ", " "),
        TEXT.replace(" ", "\n"),
        TEXT.replace("/", "|"),
        TEXT.replace("-", "\u2013"),
        TEXT.replace("2026-11-24", "20261124"),
        TEXT.removeprefix("RATSBUCH "),
        TEXT.replace(" ".join(GROUPS), "".join(GROUPS)),
        TEXT.replace(" ".join(GROUPS), "-".join(GROUPS)),
        TEXT.replace(" ".join(GROUPS), " ".join("".join(GROUPS)[at : at + 5] for at in range(0, 52, 5))),
        TEXT[8:].replace("0", "O").replace("1", "l"),
        f"  {TEXT}.\n",
    ],
)
def test_how_it_was_typed_does_not_matter(typed: str) -> None:
    assert parse_line(typed) == LINE


def _places() -> list[tuple[int, str]]:
    """Give the place of every character that carries something, with the part it belongs to."""
    parts = TEXT.removeprefix("RATSBUCH ").replace("-", "").split()
    names = ["register", None, "number of events", None, "day", None]
    names += [f"group {n}" for n in range(1, 14)] + [None, "check group"]
    compact = "RATSBUCH " + " ".join(parts)
    at, found = len("RATSBUCH "), []
    for name, part in zip(names, parts, strict=True):
        found += [(at + i, name) for i in range(len(part)) if name]
        at += len(part) + 1
    assert len(compact) == at - 1
    return [(place, name) for place, name in found if name]


COMPACT = "RATSBUCH " + " ".join(TEXT.removeprefix("RATSBUCH ").replace("-", "").split())


@pytest.mark.parametrize(("place", "name"), _places())
def test_one_wrong_character_is_found_and_its_group_named(place: int, name: str) -> None:
    digits = name in {"register", "number of events", "day"}
    for character in "0123456789" if digits else ALPHABET:
        if character != COMPACT[place]:
            message = refusal(COMPACT[:place] + character + COMPACT[place + 1 :])
            assert message.startswith(f"line: {name}: found ")
            assert message.endswith(", which does not fit the check group")


def test_two_characters_that_changed_places_are_named() -> None:
    first, second = GROUPS[6][0], GROUPS[6][1]
    assert first != second
    swapped = TEXT.replace(GROUPS[6], second + first + GROUPS[6][2:])
    assert refusal(swapped) == (
        f"line: group 7: found '{second + first + GROUPS[6][2:]}', which does not fit the check group"
    )


def test_two_groups_that_changed_places_are_found() -> None:
    swapped = TEXT.replace(f"{GROUPS[1]} {GROUPS[2]}", f"{GROUPS[2]} {GROUPS[1]}")
    assert refusal(swapped) == "line: the check group does not fit, and more than one character is wrong"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            TEXT.replace(GROUPS[3], GROUPS[3][:3]),
            f"line: group 4: found '{GROUPS[3][:3]}' with 3 characters, expected 4",
        ),
        (
            TEXT.replace(GROUPS[3], GROUPS[3] + "7"),
            f"line: group 4: found '{GROUPS[3]}7' with 5 characters, expected 4",
        ),
        (
            TEXT.replace(GROUPS[0], "U" + GROUPS[0][1:]),
            f"line: group 1: found 'U' in 'U{GROUPS[0][1:]}', which does not occur in it",
        ),
        (
            TEXT.replace(GROUPS[0], "Ü" + GROUPS[0][1:]),
            f"line: group 1: found '\\xdc' in '\\xdc{GROUPS[0][1:]}', which does not occur in it",
        ),
        (TEXT.replace("3F25", "3G25"), "line: register: found 'G' in '3G2504E0', which does not occur in it"),
        (TEXT.replace("4711", "47A1"), "line: number of events: found 'A' in '47A1', which does not occur in it"),
        (TEXT.replace("4711", "1" * 16), f"line: number of events: found '{'1' * 16}' with 16 characters, expected 15"),
        (TEXT.replace("2026-11-24", "2026-11-2"), "line: day: found '2026112' with 7 characters, expected 8"),
        (
            TEXT.replace(f" {GROUPS[12]}", ""),
            "line: found 54 characters in 13 groups after the day, expected 13 groups of 4 and the check group of 6",
        ),
        (
            TEXT[:40],
            "line: found 0 characters in 0 groups after the day, expected 13 groups of 4 and the check group of 6",
        ),
        (
            "",
            "line: found 0 characters in 0 groups after the day, expected 13 groups of 4 and the check group of 6",
        ),
        ("A" * 1001, "line: found 1001 characters, expected at most 1000"),
    ],
)
def test_a_part_that_cannot_be_right_is_named(typed: str, message: str) -> None:
    assert refusal(typed) == message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("3F2504E0", 1, "2026-11-24", b""), "line: found register '3F2504E0', expected eight hex digits"),
        (("3f2504e0", 0, "2026-11-24", bytes(32)), "line: found size 0, expected 1 to 999999999999999"),
        (("3f2504e0", 10**15, "2026-11-24", bytes(32)), f"line: found size {10**15}, expected 1 to {10**15 - 1}"),
        (("3f2504e0", 1, "2026-02-30", bytes(32)), "line: found day '2026-02-30', expected a day, YYYY-MM-DD"),
        (("3f2504e0", 1, "20260201", bytes(32)), "line: found day '20260201', expected a day, YYYY-MM-DD"),
        (("3f2504e0", 1, "2026-02-01", bytes(31)), "line: found a root of 31 bytes, expected 32"),
    ],
)
def test_what_cannot_be_printed_is_refused(line: tuple[str, int, str, bytes], message: str) -> None:
    register, size, day, root = line
    with pytest.raises(InputError) as caught:
        format_line(Line(register=register, size=size, day=day, root=RootHash(root)))
    assert caught.value.message == message
