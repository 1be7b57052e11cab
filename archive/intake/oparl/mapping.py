"""From a source's words to codes: data files, one for everybody and one for a source that has words of its own.

A mapping says, for each list of codes, which literal means which code, and which pattern does where no literal fits.
What no mapping knows is kept as it came, with the code `other`, and counted, so that somebody can extend the file.
"""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct

from archive.errors import InputError
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

C = TypeVar("C", bound=StrEnum)

FILE_BYTES_MAX: Final = 1 << 20
_PATTERN_CHARACTERS_MAX: Final = 200
_LITERAL_CHARACTERS_MAX: Final = 500  # of a longer text, no more is looked at


class OrganizationKind(StrEnum):
    """What an organisation of a source is here: an organ of some kind, or a group."""

    GROUP = "group"
    COUNCIL = "council"
    DECIDING_COMMITTEE = "deciding_committee"
    ADVISORY_COMMITTEE = "advisory_committee"
    ADVISORY_BOARD = "advisory_board"
    LOCAL_COUNCIL = "local_council"
    OTHER = "other"


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    """One list: literals, and patterns that are tried in order on what no literal fits."""

    literals: dict[str, str] = {}
    patterns: tuple[tuple[str, str], ...] = ()


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping file."""

    format: str
    body: str | None = None
    superordinated_is_inverted: bool = False
    paper_kind: _Table = _Table()
    role: _Table = _Table()
    outcome: _Table = _Table()
    majority: _Table = _Table()
    organization: _Table = _Table()
    meeting_publicity: _Table = _Table()
    membership_function: _Table = _Table()


FORMAT: Final = "ratsbuch-oparl-map/1"
_CODES: Final[Mapping[str, type[StrEnum]]] = {
    "paper_kind": v.ProposalKind,
    "role": v.ConsultationRole,
    "outcome": v.Outcome,
    "majority": v.Majority,
    "organization": OrganizationKind,
    "meeting_publicity": v.Publicity,
    "membership_function": v.MembershipFunction,
}


class Vocabulary:
    """The codes of one source, and what was met that no mapping knows.

    Args:
        files: The mapping files, the source's own before the one for everybody.

    Attributes:
        unmapped: By list and literal, how often it was met.
        body: The OParl body that is the register's; None where the mapping does not say.
        is_inverted: Whether the source names the part where it should name the whole.
    """

    def __init__(self, files: tuple[_File, ...]) -> None:
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self.body = next((file.body for file in files if file.body is not None), None)
        self.is_inverted = any(file.superordinated_is_inverted for file in files)
        self._literals: dict[str, dict[str, StrEnum]] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], StrEnum]]] = {}
        self._known: dict[tuple[str, str], StrEnum | None] = {}
        for name, codes in _CODES.items():
            tables: list[_Table] = [getattr(file, name) for file in files]
            literals = [(text, code) for table in reversed(tables) for text, code in table.literals.items()]
            self._literals[name] = {_folded(text): codes(code) for text, code in literals}
            self._patterns[name] = [
                (re.compile(pattern, re.IGNORECASE), codes(code))
                for table in tables
                for pattern, code in table.patterns
            ]

    def find(self, name: str, codes: type[C], literal: str, *, count: bool = True) -> C | None:
        """Give the code that a literal means, or None.

        Args:
            name: The list.
            codes: Its codes.
            literal: The source's word.
            count: Whether a literal that no mapping knows is counted.
        """
        key = (name, literal)
        if key not in self._known:
            found = self._literals[name].get(_folded(literal))
            if found is None:
                found = next(
                    (
                        code
                        for pattern, code in self._patterns[name]
                        if pattern.search(literal[:_LITERAL_CHARACTERS_MAX])
                    ),
                    None,
                )
            if len(self._known) > 10_000:  # noqa: PLR2004  # no list of words is that long
                self._known.clear()
            self._known[key] = found
        code = self._known[key]
        if code is None:
            if count:
                self.unmapped[key] += 1
            return None
        return codes(code)


def _folded(text: str) -> str:
    """Give a literal as it is compared: case and runs of space make no difference between words."""
    return " ".join(text.split()).casefold()


def vocabulary(own: Path | None = None) -> Vocabulary:
    """Read the mapping for everybody, and a source's own.

    Raises:
        InputError: The file is none, names a code that does not exist, or a pattern that is none.
    """
    default = importlib.resources.files("archive.intake.oparl").joinpath("default.toml").read_bytes()
    files: tuple[_File, ...] = (_read(default, "default.toml"),)
    if own is not None:
        try:
            with own.open("rb") as handle:
                raw = handle.read(FILE_BYTES_MAX + 1)
        except OSError as error:
            msg = f"{own}: cannot be read: {error.strerror}"
            raise InputError(msg) from error
        files = (_read(raw, own.name), *files)
    return Vocabulary(files)


def _read(raw: bytes, name: str) -> _File:
    if len(raw) > FILE_BYTES_MAX:
        msg = f"{name}: found more than {FILE_BYTES_MAX} bytes, expected a mapping file of at most that"
        raise InputError(msg)
    try:
        file = msgspec.convert(tomllib.loads(raw.decode()), _File)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        msg = f"{name}: is no mapping file: {error}"
        raise InputError(msg, hint="docs/intake.md describes mapping files") from error
    if file.format != FORMAT:
        msg = f"{name}: found format {file.format!r}, expected {FORMAT}"
        raise InputError(msg)
    for table_name, codes in _CODES.items():
        _check(getattr(file, table_name), table_name, tuple(codes), name)
    return file


def _check(table: _Table, table_name: str, codes: tuple[str, ...], name: str) -> None:
    entries = (*table.literals.items(), *table.patterns)
    for literal, code in entries:
        if code not in codes:
            msg = f"{name}: {table_name}: {literal!r}: found code {code!r}, expected one of {', '.join(codes)}"
            raise InputError(msg)
    for pattern, _ in table.patterns:
        try:
            if len(pattern) > _PATTERN_CHARACTERS_MAX:
                msg = f"{name}: {table_name}: found a pattern of {len(pattern)} characters, expected a short one"
                raise InputError(msg)
            re.compile(pattern)
        except re.error as error:
            msg = f"{name}: {table_name}: pattern {pattern!r}: {error}"
            raise InputError(msg) from error
