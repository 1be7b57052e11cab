"""The line under the minutes: a checkpoint that fits on paper and can be typed in again.

    RATSBUCH 3F2504E0 / 4711 / 2026-11-24 / 7K3D 9QXM ... 4TB0 / 8ZC4QK

Register (the first eight digits of its id), number of events, day, the root in thirteen groups of four, and a check
group. Printed under minutes that are then signed, it anchors the log with no server at all.

The root stands there in full. Whoever writes the record also chooses what is printed, so it is not enough that nobody
finds a second record for a given line; nobody may find two records with one line beforehand, and that takes half the
bits: 160 would leave 80. The full 256 leave 128, and a truncated root would need the log to be recomputed where a full
one can be compared. The register's eight digits only tell which register is meant; the log's root decides.

The alphabet is Crockford's base 32: no I, L, O and U, and these three confusions are read as what they look like. The
check group is the checksum of Bech32m over all that stands before it, in values of five bits: up to fifteen digits of
size it finds any four wrong characters, and one wrong character, or two that changed places, can be told by the group
they are in. It guards against typing errors, not against forgery.

Source: BIP 350 (checksum), D. Crockford, Base 32 (alphabet).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from msgspec import Struct

from archive.errors import InputError
from archive.log.merkle import HASH_BYTES, RootHash

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WORD: Final = "RATSBUCH"
TEXT_CHARACTERS_MAX: Final = 1000
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_REGISTER: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
_SEPARATORS: Final = re.compile(r"[^\w]+|_")
_SIZE_DIGITS_MAX: Final = 15
_GROUP: Final = 4
_GROUPS: Final = 13
_ROOT: Final = _GROUP * _GROUPS
_CHECK: Final = 6
_REGISTER_DIGITS: Final = 8
_DAY_DIGITS: Final = 8
_PADDING_BITS: Final = 5 * _ROOT - 8 * HASH_BYTES
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32M: Final = 0x2BC830A3
_HINT: Final = "compare it with the paper, group by group; capital or small letters, spaces and dashes do not matter"


class Line(Struct, frozen=True, kw_only=True):
    """What a line states.

    Attributes:
        register: The first eight hex digits of the register's id, in lower case.
        size: How many events the log had.
        day: The day it was printed for, YYYY-MM-DD; by the clock of whoever printed it.
        root: The root over them.
    """

    register: str
    size: int
    day: str
    root: RootHash


# -- checksum -------------------------------------------------------------------------------------


def _polymod(values: list[int]) -> int:
    """Give the checksum state after these values of five bits; the last six are the check group's."""
    state = 1
    for value in values:
        state = _step(state) ^ value
    return state


def _step(state: int) -> int:
    top = state >> 25
    state = (state & 0x1FFFFFF) << 5
    for bit, generator in enumerate(_GENERATOR):
        if top >> bit & 1:
            state ^= generator
    return state


def _check_values(values: list[int]) -> list[int]:
    rest = _polymod([*values, *[0] * _CHECK]) ^ _BECH32M
    return [rest >> 5 * (_CHECK - 1 - place) & 31 for place in range(_CHECK)]


# -- printing -------------------------------------------------------------------------------------


def format_line(line: Line) -> str:
    """Give the line as it is printed: one line, ASCII.

    Raises:
        InputError: It states what cannot be printed so: a register that is no eight hex digits, a size of 0 or with
            more than fifteen digits, a day that there is not.
    """
    if not _REGISTER.fullmatch(line.register):
        msg = f"line: found register {line.register[:40]!a}, expected eight hex digits"
        raise InputError(msg)
    if not 1 <= line.size < 10**_SIZE_DIGITS_MAX:
        msg = f"line: found size {line.size}, expected 1 to {10**_SIZE_DIGITS_MAX - 1}"
        raise InputError(msg)
    _day(line.day)
    if len(line.root) != HASH_BYTES:
        msg = f"line: found a root of {len(line.root)} bytes, expected {HASH_BYTES}"
        raise InputError(msg)
    number = int.from_bytes(line.root) << _PADDING_BITS
    root = [number >> 5 * (_ROOT - 1 - place) & 31 for place in range(_ROOT)]
    digits = line.register.upper() + str(line.size) + line.day.replace("-", "")
    values = [_VALUES[character] for character in digits] + root
    text = "".join(ALPHABET[value] for value in root)
    groups = " ".join(text[at : at + _GROUP] for at in range(0, _ROOT, _GROUP))
    check = "".join(ALPHABET[value] for value in _check_values(values))
    return f"{WORD} {line.register.upper()} / {line.size} / {line.day} / {groups} / {check}"


def _day(text: str) -> None:
    try:
        good = dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        good = False
    if not good:
        msg = f"line: found day {text[:40]!a}, expected a day, YYYY-MM-DD"
        raise InputError(msg, hint=_HINT)


# -- reading --------------------------------------------------------------------------------------


def parse_line(text: str) -> Line:
    """Read a line that was typed in.

    Capital and small letters, spaces, dashes, other separators and line breaks do not matter, nor does 0 for O, or 1
    for I and L. Nothing is corrected: a typing error is named, as near as the check group can tell.

    Raises:
        InputError: It is not such a line; the message names the group where that can be told.
    """
    register, size, day, *groups = _fields(text)
    check = groups.pop()
    # 1. Each part by itself: length and characters.
    values = [
        *_read(register, "register", _REGISTER_DIGITS, base=16),
        *_read(size, "number of events", min(len(size), _SIZE_DIGITS_MAX), base=10),
        *_read(day, "day", _DAY_DIGITS, base=10),
    ]
    for number, group in enumerate(groups, start=1):
        values += _read(group, f"group {number}", _GROUP)
    values += _read(check, "check group", _CHECK)
    # 2. All together: the check group.
    difference = _polymod(values) ^ _BECH32M
    if difference:
        raise _typing_error(values, difference, len(size))
    # 3. What it states.
    symbols = "".join(ALPHABET[value] for value in values)
    after_size = _REGISTER_DIGITS + len(size)
    after_day = after_size + _DAY_DIGITS
    root = 0
    for value in values[after_day : after_day + _ROOT]:
        root = root << 5 | value
    compact = symbols[after_size:after_day]
    line = Line(
        register=symbols[:_REGISTER_DIGITS].lower(),
        size=int(symbols[_REGISTER_DIGITS:after_size]),
        day=f"{compact[:4]}-{compact[4:6]}-{compact[6:]}",
        root=RootHash((root >> _PADDING_BITS).to_bytes(HASH_BYTES)),
    )
    # Printing it again finds what the checksum cannot know: a day that there is not, zeros in front of the number,
    # bits behind the root.
    if "".join(filter(str.isalnum, format_line(line).removeprefix(WORD))) != symbols:
        msg = "line: the check group fits, but no line is printed like that"
        raise InputError(msg, hint=_HINT)
    return line


def _fields(text: str) -> list[str]:
    """Give register, size, day, the groups of the root and the check group, in capitals, whatever separated them."""
    if len(text) > TEXT_CHARACTERS_MAX:
        msg = f"line: found {len(text)} characters, expected at most {TEXT_CHARACTERS_MAX}"
        raise InputError(msg, hint=_HINT)
    items = [item for item in _SEPARATORS.split(text.upper()) if item]
    if items[:1] == [WORD]:
        del items[0]
    if items[2:] and len(items[2]) == len("YYYY"):
        items[2:5] = ["".join(items[2:5])]
    register, size, day, *groups = [*items, "", "", ""] if len(items) < 3 else items  # noqa: PLR2004  # the three
    lengths = [_GROUP] * _GROUPS + [_CHECK]
    if len(groups) != len(lengths):
        # Typed without spaces, or with others: the characters count, not where the spaces are.
        joined = "".join(groups)
        if len(joined) != sum(lengths):
            msg = (
                f"line: found {len(joined)} characters in {len(groups)} groups after the day, "
                f"expected {_GROUPS} groups of {_GROUP} and the check group of {_CHECK}"
            )
            raise InputError(msg, hint=_HINT)
        groups = [joined[at : at + _GROUP] for at in range(0, _ROOT, _GROUP)] + [joined[_ROOT:]]
    return [register, size, day, *groups]


def _read(text: str, name: str, length: int, *, base: int = 32) -> list[int]:
    if len(text) != length or not text:
        msg = f"line: {name}: found {text[:40]!a} with {len(text)} characters, expected {length or 'a number'}"
        raise InputError(msg, hint=_HINT)
    values = [_VALUES.get(character, base) for character in text]
    if max(values) >= base:
        bad = text[next(place for place, value in enumerate(values) if value >= base)]
        msg = f"line: {name}: found {bad!a} in {text!a}, which does not occur in it"
        raise InputError(msg, hint=_HINT)
    return values


def _typing_error(values: list[int], difference: int, size_digits: int) -> InputError:
    """Give the error for a check group that does not fit, with the one group that can be wrong, if there is one.

    The checksum is linear: a wrong character changes it by what the difference alone would have become on its way.
    """
    suspects: set[str] = set()
    names = _names(size_digits)
    # By the difference of a character, what it makes of the checksum when it stands as near to the end as `place`.
    effects = list(range(32))
    after: list[int] = []
    for place in reversed(range(len(values))):
        if difference in effects[1:]:
            suspects.add(names[place])
        if after:
            swapped = values[place] ^ values[place + 1]
            if swapped and effects[swapped] ^ after[swapped] == difference:
                suspects.add(names[place])
        after = effects
        effects = [_step(effect) for effect in effects]
    if len(suspects) != 1:
        msg = "line: the check group does not fit, and more than one character is wrong"
        return InputError(msg, hint=_HINT)
    name = suspects.pop()
    shown = "".join(ALPHABET[value] for value, owner in zip(values, names, strict=True) if owner == name)
    return InputError(f"line: {name}: found {shown!a}, which does not fit the check group", hint=_HINT)


def _names(size_digits: int) -> list[str]:
    """Give the part that each value belongs to."""
    parts = [("register", _REGISTER_DIGITS), ("number of events", size_digits), ("day", _DAY_DIGITS)]
    parts += [(f"group {number}", _GROUP) for number in range(1, _GROUPS + 1)]
    parts += [("check group", _CHECK)]
    return [name for name, length in parts for _ in range(length)]
