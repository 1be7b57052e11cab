"""Keeping and handing over (de: Aktenführung, Aufbewahrung, Anbietung, Übergabe)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.values import stated
from projections.views.table import (
    HAPPENED,
    HAPPENED_PATHS,
    Part,
    Row,
    Table,
    Teller,
    View,
    happened,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.custody import Custody

CUSTODY: Final = Table(
    name="custody_acts",
    says="a step of keeping and handing over (filing, retention, hold, offer, appraisal ...); a row for each object",
    columns=(
        text("act", "the type of the event"),
        text("object", "the stream it is about"),
        text("file_reference", "Aktenzeichen"),
        text("archive", "the archive"),
        text("decision", "code of the appraisal"),
        text("ends_on", "the last day of retention, or by when a decision is due"),
        text("message_id", "id of the message"),
        text("hold", "id of the hold"),
        *HAPPENED,
    ),
    indexes=(("object",), ("ends_on",)),
)
_CUSTODY: Final = (
    "filings",
    "retention",
    "holds_placed",
    "holds_lifted",
    "offers",
    "appraisals",
    "transfers",
    "receipts",
    "destructions",
)


def _custody(state: Custody, teller: Teller) -> Iterator[Row]:
    facts = [fact for name in _CUSTODY for fact in getattr(state, name)]
    names = ("file_reference", "archive", "decision", "message_id", "hold")
    for fact in sorted(facts, key=lambda fact: fact.record.seq):
        event = fact.event
        values: dict[str, object] = {name: getattr(event, name, UNSET) for name in names}
        values["act"] = event.TYPE.partition("/")[0]
        values["ends_on"] = getattr(event, "ends_on", getattr(event, "decision_due_on", UNSET))
        values |= happened(fact.record)
        objects = getattr(event, "objects", UNSET)
        for one in stated(objects) or (objects if objects is not UNSET and not isinstance(objects, tuple) else UNSET,):
            yield teller.row(
                CUSTODY, fact.record, values | {"object": one}, paths={**HAPPENED_PATHS, "object": "data.objects"}
            )


CUSTODY_VIEW: Final = View(
    name="custody", version=1, kinds=("custody",), parts=(Part(table=CUSTODY, reads=_CUSTODY, rows=_custody),)
)
