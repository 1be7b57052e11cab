"""From a source's words to codes: data files, one for everybody and one for a source that has words of its own.

A mapping says, for each list of codes, which literal means which code, and which pattern does where no literal fits.
What no mapping knows is kept as it came, with the code `other`, and counted, so that somebody can extend the file.

A pattern that fits is believed as far as it read. A negation that it did not read could turn what it says into its
contrary, and another part of the sentence could say something else: such a text has no code, unless a literal names it.
"""

from __future__ import annotations

import importlib.resources
import re
import tomllib
import unicodedata
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
_LITERAL_CHARACTERS_MAX: Final = 500  # no pattern is tried on a longer text: it is no word for anything
# What parts a text that may say several things.
_PARTED: Final = re.compile(r"\s(?:und|sowie|aber|oder|dann|danach|jedoch|[-–—])\s|[,;+/()]", re.IGNORECASE)
# The lists whose texts are sentences; in the others a comma or an `und` belongs to a name.
_SENTENCES: Final = frozenset({"role", "outcome"})
_EDGES: Final = " .,;:!?()[]+/-–—"


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
    """One list of codes.

    Attributes:
        literals: Which text means which code.
        patterns: Tried in order on what no literal fits: on the text, and on what is left of it.
        passed_over: Patterns of what says nothing about the code, and is left out of the text for that.
    """

    literals: dict[str, str] = {}
    patterns: tuple[tuple[str, str], ...] = ()
    passed_over: tuple[str, ...] = ()


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping file."""

    format: str
    body: str | None = None
    superordinated_is_inverted: bool = False
    negations: tuple[str, ...] = ()
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
        has_own: Whether the source has a file of its own.
    """

    def __init__(self, files: tuple[_File, ...]) -> None:
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self.has_own = len(files) > 1
        self.body = next((file.body for file in files if file.body is not None), None)
        self.is_inverted = any(file.superordinated_is_inverted for file in files)
        self._known: dict[tuple[str, str], StrEnum | None] = {}
        negations = [pattern for file in files for pattern in file.negations]
        self._lists = {
            name: _List(tuple(getattr(file, name) for file in files), codes, negations, parted=name in _SENTENCES)
            for name, codes in _CODES.items()
        }

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
            found = self._lists[name].find(literal)
            if len(self._known) > 10_000:  # noqa: PLR2004  # no list of words is that long
                self._known.clear()
            self._known[key] = found
        code = self._known[key]
        if code is None:
            if count:
                self.unmapped[key] += 1
            return None
        return codes(code)


class _List:
    """One list of codes, of all files together; of two that say something, the first one holds."""

    def __init__(self, tables: tuple[_Table, ...], codes: type[StrEnum], negations: list[str], *, parted: bool) -> None:
        literals = [entry for table in reversed(tables) for entry in table.literals.items()]
        self._literals = {_folded(text): codes(code) for text, code in literals}
        self._patterns = [(_compiled(p), codes(code)) for table in tables for p, code in table.patterns]
        self._passed_over = [_compiled(pattern) for table in tables for pattern in table.passed_over]
        self._negations = [_compiled(pattern) for pattern in negations]
        self._parted = parted

    def find(self, literal: str) -> StrEnum | None:
        """Give the code that a text means, or None."""
        found = self._literals.get(_folded(literal))
        if found is not None:
            return found
        text = _spaced(literal)
        return self._said(text) if len(text) <= _LITERAL_CHARACTERS_MAX else None

    def _said(self, text: str) -> StrEnum | None:
        left_out = [m.span() for pattern in self._passed_over for m in pattern.finditer(text)]
        tries = [(text, left_out)]
        if not self._negates_one(text, left_out):
            rest = text
            for pattern in self._passed_over:
                rest = pattern.sub(" ", rest)
            tries.append((_spaced(rest).strip(_EDGES), []))
        for pattern, code in self._patterns:
            for tried, known in tries:
                match = pattern.search(tried)
                if match is not None and not self._negations_in(tried, [match.span(), *known]):
                    return code if self._says_nothing_else(tried, match, code) else None
        return None

    def _negates_one(self, text: str, left_out: list[tuple[int, int]]) -> bool:
        """Tell whether what would be left out is negated: of `nicht einstimmig beschlossen` no `nicht beschlossen`."""
        begins = {begin for begin, _ in left_out}
        return any(
            text[m.end() : m.end() + 1] == " " and m.end() + 1 in begins for m in self._negations_in(text, left_out)
        )

    def _negations_in(self, text: str, read: list[tuple[int, int]]) -> list[re.Match[str]]:
        """Give the negations of a text that stand outside of what was read of it."""
        return [
            m
            for pattern in self._negations
            for m in pattern.finditer(text)
            if not any(begin <= m.start() and m.end() <= end for begin, end in read)
        ]

    def _says_nothing_else(self, text: str, match: re.Match[str], code: StrEnum) -> bool:
        """Tell whether no part of a text that a pattern did not read has another code."""
        ends = [m.span() for m in _PARTED.finditer(text)] if self._parted else []
        if not ends:
            return True
        begin = 0
        for end, next_begin in [*ends, (len(text), len(text))]:
            is_read = begin < match.end() and match.start() < end
            if not is_read and begin < end:
                other = self.find(text[begin:end])
                if other is not None and other is not code:
                    return False
            begin = next_begin
        return True


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _folded(text: str) -> str:
    """Give a literal as it is compared: case and runs of space make no difference between words."""
    return _spaced(text).casefold()


def _spaced(text: str) -> str:
    """Give a text with one blank between words, its letters composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


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
    _check_patterns(file.negations, f"{name}: negations")
    for table_name, codes in _CODES.items():
        _check(getattr(file, table_name), tuple(codes), f"{name}: {table_name}")
    return file


def _check(table: _Table, codes: tuple[str, ...], place: str) -> None:
    entries = (*table.literals.items(), *table.patterns)
    for literal, code in entries:
        if code not in codes:
            msg = f"{place}: {literal!r}: found code {code!r}, expected one of {', '.join(codes)}"
            raise InputError(msg)
    _check_patterns((*(pattern for pattern, _ in table.patterns), *table.passed_over), place)


def _check_patterns(patterns: tuple[str, ...], place: str) -> None:
    for pattern in patterns:
        try:
            if len(pattern) > _PATTERN_CHARACTERS_MAX:
                msg = f"{place}: found a pattern of {len(pattern)} characters, expected a short one"
                raise InputError(msg)
            re.compile(pattern)
        except re.error as error:
            msg = f"{place}: pattern {pattern!r}: {error}"
            raise InputError(msg) from error
