"""The rules by their codes; the codes are for programs and never change."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Problem(Struct, frozen=True, kw_only=True):
    """A rule that a container breaks.

    Attributes:
        rule: The number of the rule.
        code: Its code.
        place: Where: a file, an element, a line.
        text: What was found, and what is expected.
    """

    rule: int
    code: str
    place: str
    text: str


# Rules 1 to 17 in the order in which a receiving tool goes through them; from 18 on they are ours.
RULES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "NAME_UNKNOWN": 1,
        "NAME_OF_OTHER_VERSION": 2,
        "NAME_NOT_EXACT": 3,
        "CONTAINER_EMPTY": 4,
        "ZIP_UNREADABLE": 5,
        "ENTRY_IN_FOLDER": 5,
        "ENTRY_NAME_ENCODING": 5,
        "MESSAGE_MISSING": 6,
        "MESSAGE_UNREADABLE": 7,
        "XSD_INVALID": 8,
        "PROCESS_DIFFERS": 10,
        "MESSAGE_DIFFERS": 10,
        "AUTHORITY_MISSING": 11,
        "AUTHORITY_DIFFERS": 11,
        "NESTING_TOO_DEEP": 12,
        "DOCUMENT_AT_ROOT": 13,
        "FILE_MISSING": 14,
        "FILE_NAMED_TWICE": 14,
        "RECORD_MISSING": 15,
        "RECORD_SURPLUS": 15,
        "FORMAT_DIFFERS": 16,
        "FILE_UNNAMED": 17,
        "CONTAINER_TOO_LARGE": 18,
        "ENTRIES_TOO_MANY": 18,
        "ENTRY_TOO_LARGE": 18,
        "ENTRY_PACKED_TOO_TIGHT": 18,
        "ENTRY_NAME_UNSAFE": 18,
        "ENTRY_NAMED_TWICE": 18,
        "ENTRY_NOT_PLAIN": 18,
        "ENTRY_DAMAGED": 18,
        "DTD_FOUND": 19,
        "CODE_UNKNOWN": 20,
        "HASH_DIFFERS": 21,
        "TIME_WITHOUT_ZONE": 22,
        "PREFIX_WRONG": 23,
        "VERSION_WITHOUT_ONE_FILE": 24,
        "FILE_NAME_WRONG": 25,
        "METADATA_MISSING": 26,
        "OFFER_WITH_FILES": 26,
    }
)


def problem(code: str, place: str, text: str) -> Problem:
    """Give a problem with the number of its rule."""
    return Problem(rule=RULES[code], code=code, place=place, text=text)
