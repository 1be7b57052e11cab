"""A version of a proposal as plain text, where no file of it is held: its words are recorded, and have to go along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.values import WITHHELD
from projections.export import german
from projections.export.pdf.words import plain
from projections.export.xdomea.values import date, missed
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.proposal import Version
    from projections.teller import Teller

# All that a Vorlage says, in the order of the form.
PARTS: Final = (
    "reference",
    "kind",
    "kind_literal",
    "document_date",
    "document_date_literal",
    "subject",
    "submitters",
    "operative_text",
    "reasons",
    "financial_impact",
    "financial_impact_literal",
    "product_account",
    "legal_basis",
    "consulted",
    "signatories",
    "effective_from",
    "effective_from_literal",
    "validity",
    "validity_literal",
    "review_clause",
    "vote_form",
    "vote_form_literal",
)
_DATES: Final = frozenset({"document_date", "effective_from"})


def version_lines(teller: Teller, version: Version) -> Iterator[str]:
    """Give what a version says; what was left blank, is withheld or was erased is said to be so."""
    for name in PARTS:
        value = getattr(version, name)
        if value is not UNSET:
            yield f"{german.field(name)}: {_word(teller, version, name, value)}"
            yield ""


def _word(teller: Teller, version: Version, name: str, value: object) -> str:
    origin = version.origins.get(name)
    record = teller.past.record(origin) if origin is not None else None
    if value is WITHHELD:
        return missed(teller, record, name)
    if value is None:
        return german.nothing(Knowledge.LEFT_BLANK)
    if name in _DATES:
        return date(value)
    is_word = type(value) is str
    return str(value) if is_word else plain(teller, name, value, record or version.told_by.record)
