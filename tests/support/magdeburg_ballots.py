"""Turns the roll-calls of one city, as its own project publishes them, into the neutral format of `intake ballots`.

Three files go in: the votes by name, the sessions and persons, and the papers with their results. What is not in the
files is not in the result: the tally is the one that the names add up to, and a declared result is given where exactly
one paper of that number has a result of the council on that day.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SYSTEM: Final = "https://ratsinfo.magdeburg.de"
# "O" is "no vote cast": absent or silent, the source does not say which.
_CHOICES: Final = {"J": "yes", "N": "no", "E": "abstain", "O": "not_cast"}
_DECLARED: Final = {
    "ungeändert beschlossen": "passed",
    "geändert beschlossen": "passed",
    "abgelehnt": "failed",
    "nicht beschlossen": "failed",
}


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read packed JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def neutral(folder: Path) -> str:
    """Give all ballots in the neutral format."""
    registry = json.loads((folder / "registry.json").read_text(encoding="utf-8"))
    persons = {person["name"]: person for person in registry["persons"]}
    factions = {faction["id"]: faction["name"] for faction in registry["factions"]}
    results = _results(folder)
    head = {
        "format": "ratsbuch-ballots/1",
        "system": SYSTEM,
        "grade": "secondary",
        "visibility": "public",
        "citation": "Abstimmungstafeln aus Videoaufzeichnungen, per Texterkennung gelesen",
    }
    written = [head]
    for ballot in lines(folder / "votes.jsonl.gz"):
        votes = [_vote(vote, persons, factions) for vote in ballot["votes"]]
        counts = Counter(vote["choice"] for vote in votes)
        subject = ballot["votingSubject"]
        row: dict[str, Any] = {
            "id": f"{ballot['session']}/{ballot['votingFilename']}",
            "meeting": {"organ": "Stadtrat", "on": ballot["session"]},
            "item": subject["agendaItem"],
            "proposal": subject["motionId"],
            "question": f"{subject['type']}: {subject['title']}",
            "method": "electronic",
            "tally": {key: counts[key] for key in ("yes", "no", "abstain", "not_cast")},
            "votes": votes,
            "locator": f"{ballot['votingFilename']}, {ballot['videoTimestamp']}",
        }
        found = results.get((subject["motionId"], ballot["session"]), ())
        if subject["type"] in ("Beschlussvorlage", "Antrag") and len(found) == 1 and found[0] in _DECLARED:
            row |= {"declared": _DECLARED[found[0]], "declared_literal": found[0]}
        written.append({key: value for key, value in row.items() if value not in (None, "")})
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in written)


def _results(folder: Path) -> dict[tuple[str, str], list[str]]:
    """Give what came of each paper in the council, by its number and the day."""
    found: dict[tuple[str, str], list[str]] = {}
    for paper in lines(folder / "papers.jsonl.gz"):
        for consultation in paper["consultations"]:
            if consultation.get("organization") == "Stadtrat" and consultation.get("result"):
                found.setdefault((paper["reference"], consultation["date"][:10]), []).append(consultation["result"])
    return found


def _vote(vote: dict[str, str], persons: dict[str, Any], factions: dict[str, str]) -> dict[str, Any]:
    """Give a vote by name; the person's id is the project's own, where the registry of the term has one."""
    person = persons.get(vote["name"])
    row: dict[str, Any] = {"choice": _CHOICES[vote["vote"]], "person": {"name": vote["name"]}}
    if person is not None:
        row["person"]["id"] = person["id"]
        if person["factionId"] in factions:
            row["group"] = factions[person["factionId"]]
    return row
