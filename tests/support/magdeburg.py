"""A reader of the papers of a second city: from the neutral lines of an open data project to OParl objects.

The lines name no meeting by an id, so organ and day make one; what they say of a consultation's result stands on the
agenda item of that meeting, where OParl has it.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from support.oparl import Object

SYSTEM: Final = "https://ratsinfo.magdeburg.de/oparl"


def _thing(kind: str, key: object, **fields: object) -> Object:
    base = {"id": f"{SYSTEM}/{kind}/{key}", "type": f"https://schema.oparl.org/1.1/{kind}"}
    return {**base, **{name: value for name, value in fields.items() if value is not None}}


def read(path: Path) -> tuple[list[Object], list[dict[str, Any]]]:
    """Give the OParl objects, and the lines that they were made from."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    organs: dict[str, Object] = {}
    meetings: dict[tuple[str, str], Object] = {}
    papers = [_paper(row, organs, meetings) for row in rows]
    return [*organs.values(), *papers, *meetings.values()], rows


def _paper(row: dict[str, Any], organs: dict[str, Object], meetings: dict[tuple[str, str], Object]) -> Object:
    planned = []
    for number, one in enumerate(row["consultations"]):
        organ = organs.setdefault(
            one["organization"], _thing("Organization", len(organs) + 1, name=one["organization"])
        )
        met = meetings.setdefault(
            (one["organization"], one["date"]),
            _thing(
                *("Meeting", len(meetings) + 1),
                name=one["meeting"],
                start=one["date"],
                organization=[organ["id"]],
                agendaItem=[],
            ),
        )
        key = f"{row['id']}-{number}"
        item = _thing(
            *("AgendaItem", key),
            number=one["agendaItem"],
            result=one["result"],
            consultation=f"{SYSTEM}/Consultation/{key}",
        )
        met["agendaItem"].append(item)
        planned.append(
            _thing(
                *("Consultation", key),
                role=one["role"],
                organization=[organ["id"]],
                meeting=met["id"],
                agendaItem=item["id"],
            )
        )
    return _thing(
        *("Paper", row["id"]),
        reference=row["reference"],
        name=row["title"],
        paperType=row["type"],
        auxiliaryFile=[
            _thing("File", f["id"], name=f["name"], size=f["size"], accessUrl=f["url"]) for f in row["files"]
        ],
        superordinatedPaper=[f"{SYSTEM}/Paper/{n}" for n in row["superOrdinatedPaperIds"]],
        subordinatedPaper=[f"{SYSTEM}/Paper/{n}" for n in row["subordinatedPaperIds"]],
        consultation=planned,
    )
