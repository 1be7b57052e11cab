"""A version of a proposal as plain text, where no file of it is held: its words are recorded, and have to go along."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.values import WITHHELD
from projections.export import german
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.proposal import Version

# The parts of a Vorlage that are words, in the order of the form; what the words stand for is in the evidence.
_PARTS: Final = (
    "reference",
    "kind",
    "kind_literal",
    "document_date",
    "document_date_literal",
    "subject",
    "operative_text",
    "reasons",
    "financial_impact",
    "financial_impact_literal",
    "product_account",
    "effective_from",
    "effective_from_literal",
    "validity_literal",
    "review_clause",
    "vote_form_literal",
)
_DATES: Final = frozenset({"document_date", "effective_from"})


def version_text(version: Version) -> str:
    """Give the words of a version; what was left blank or is withheld is said to be so."""
    return "\n\n".join(_lines(version))


def _lines(version: Version) -> Iterator[str]:
    for name in _PARTS:
        value = getattr(version, name)
        if value is not UNSET:
            yield f"{german.field(name)}: {_word(name, value)}"


def _word(name: str, value: object) -> str:
    if value is None:
        return german.nothing(Knowledge.LEFT_BLANK)
    if value is WITHHELD:
        return german.nothing(Knowledge.WITHHELD)
    if isinstance(value, StrEnum):
        return german.code(value)
    return german.date(str(value)) if name in _DATES else str(value)
