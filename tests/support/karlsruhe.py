"""What a dump of a city shows by itself: findings counted from its objects, with none of the code that detects them.

Written for the fields and the words that the dump of Karlsruhe has; whoever gives it others has to look at it first.
"""

from __future__ import annotations

import json
import tarfile
import unicodedata
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final

from support.shared import shared_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from support.oparl import Object

SYSTEM: Final = "https://web1.karlsruhe.de/oparl"
_DECIDES, _INFORMS, _ADVISES, _UNKNOWN = "Entscheidung", "Kenntnisnahme", "Vorberatung", "unbekannt"
_ADOPTED: Final = frozenset({"ADOPTED", "ADOPTED_AMENDED", "PARTLY_ADOPTED", "NOTED_AND_ADOPTED"})
_REJECTED: Final = frozenset({"REJECTED", "REJECTED_TIE"})
_NOTED: Final = frozenset({"NOTED", "NOTED_AGREED"})
_CUT_AT: Final = 250


def dump() -> Path:
    """Give the dump; skip where it is not there."""
    return shared_data("karlsruhe", "oparl-until-2018.tar.xz")


def objects_of(path: Path) -> Iterator[Object]:
    """Read every object of the dump."""
    with tarfile.open(path) as tar:
        for member in tar:
            handle = tar.extractfile(member)
            if handle is not None:
                tree = json.load(handle)
                yield from tree if isinstance(tree, list) else [tree]


class Shown:
    """The objects of a dump that are not deleted, as far as findings rest on them."""

    def __init__(self, objects: Iterable[Object]) -> None:
        every = list(objects)
        self.deleted = sum(one.get("deleted") is True for one in every)
        by_kind: dict[str, dict[str, Object]] = {}
        for one in every:
            if one.get("deleted") is not True:
                by_kind.setdefault(one["type"].rpartition("/")[2], {})[one["id"]] = one
        self.papers = by_kind.get("Paper", {})
        self.meetings = by_kind.get("Meeting", {})
        self.organizations = by_kind.get("Organization", {})
        self.alone = by_kind.get("Consultation", {})
        self.paper_of: dict[str, str] = {}
        for key, paper in sorted(self.papers.items()):
            for one in paper.get("consultation", []):
                self.paper_of.setdefault(one["id"], key)

    def findings(self) -> dict[str, int]:
        """Count the findings, by code."""
        annexes = [_ids(paper, "auxiliaryFile") for paper in self.papers.values()]
        for meeting in self.meetings.values():
            parts = (meeting, *_once(meeting.get("agendaItem", [])))
            annexes.append(
                set().union(*(_ids(part, "auxiliaryFile", "invitation", "resolutionFile") for part in parts))
            )
        minutes = ("resultsProtocol", "verbatimProtocol")
        roles = [one["role"] for paper in self.papers.values() for one in _once(paper.get("consultation", []))]
        early = sum(map(self._before_the_paper, self.papers.values()))
        counts = {
            "ANNEX_NOT_HELD": sum(map(len, annexes)),
            "CONSULTATION_AFTER_DECISION": sum(map(self._after_the_decision, self.papers.values())),
            "DANGLING_REFERENCE": self._dangling(),
            "DATE_AFTER_CONSULTATION": early,
            "DUPLICATE_REFERENCE": sum(n > 1 for n in Counter(p["reference"] for p in self.papers.values()).values()),
            "END_BEFORE_START": sum(_moment(m["end"]) < _moment(m["start"]) for m in self.meetings.values()),
            "MINUTES_NOT_HELD": sum(name in meeting for meeting in self.meetings.values() for name in minutes),
            "SOURCE_GONE": self.deleted,
            "UNKNOWN_ROLE": roles.count(_UNKNOWN),
            # What lay on the table before the paper was dated is not there, each time.
            "VERSION_NOT_HELD": early,
            **self._outcomes(),
            **self._texts(),
        }
        return {code: count for code, count in sorted(counts.items()) if count}

    # -- dates ------------------------------------------------------------------------------------

    def _days(self, paper: Object) -> list[tuple[Object, str]]:
        """Give the consultations of a paper whose meeting is there, each with its moment."""
        found = ((one, self.meetings.get(one.get("meeting", ""))) for one in _once(paper.get("consultation", [])))
        return [(one, meeting["start"]) for one, meeting in found if meeting is not None]

    def _before_the_paper(self, paper: Object) -> int:
        return sum(start[:10] < paper["date"] for _, start in self._days(paper)) if "date" in paper else 0

    def _after_the_decision(self, paper: Object) -> int:
        days = [(one, _moment(start)) for one, start in self._days(paper)]
        decided = [day for one, day in days if one["role"] == _DECIDES or one.get("authoritative") is True]
        return sum(one["role"] == _ADVISES and day > max(decided) for one, day in days) if decided else 0

    # -- references -------------------------------------------------------------------------------

    def _dangling(self) -> int:
        """Count what one statement names that the dump lacks: each thing once a statement."""
        count = 0
        for paper in self.papers.values():
            count += len(self._unknown(paper.get("underDirectionOf", [])))
            for one in _once(paper.get("consultation", [])):
                count += len(self._unknown(one.get("organization", [])[:1]))
                count += "meeting" in one and one["meeting"] not in self.meetings
        count += sum(len(self._unknown(meeting["organization"])) for meeting in self.meetings.values())
        return count + sum(one["paper"] not in self.papers for one in self.alone.values())

    def _unknown(self, organizations: list[str]) -> set[str]:
        return set(organizations) - self.organizations.keys()

    # -- outcomes ---------------------------------------------------------------------------------

    def _outcomes(self) -> dict[str, int]:
        """Count results that do not fit what the organ was to do, by the vocabulary that was counted by hand."""
        codes = json.loads(shared_data("karlsruhe", "result-vocabulary.json").read_text(encoding="utf-8"))
        counts: Counter[str] = Counter()
        for meeting in self.meetings.values():
            for item in _once(meeting.get("agendaItem", [])):
                role = self._role(item.get("consultation", ""))
                code = codes.get(item.get("result"))
                if code is None or role is None:
                    continue
                mismatch = (role == _DECIDES and code in _NOTED) or (role == _INFORMS and code in _ADOPTED | _REJECTED)
                counts["ROLE_OUTCOME_MISMATCH"] += mismatch
                counts["ADVISORY_BODY_SAID_ADOPTED"] += role == _ADVISES and (
                    code in _ADOPTED or "beschlossen" in item["result"].lower()
                )
        return counts

    def _role(self, consultation: str) -> str | None:
        paper = self.papers.get(self.paper_of.get(consultation, ""))
        shown = paper["consultation"] if paper is not None else []
        return next((str(one["role"]) for one in shown if one["id"] == consultation), None)

    # -- texts ------------------------------------------------------------------------------------

    def _texts(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for titles, others in self._statements():
            texts = titles + others
            counts["TRUNCATED_TEXT"] += any(
                len(t) == _CUT_AT and unicodedata.category(t[-1])[0] in "LN" for t in titles
            )
            counts["NON_NFC"] += any(unicodedata.normalize("NFC", text) != text for text in texts)
            steers = any(unicodedata.category(c) in {"Cc", "Cf"} and c not in "\t\r\n" for t in texts for c in t)
            counts["CONTROL_CHAR"] += steers or any(c in title for title in titles for c in "\t\r\n")
            counts["REPLACED_CHARACTER"] += any("\ufffd" in text for text in texts)
        return counts

    def _statements(self) -> Iterator[tuple[list[str], list[str]]]:
        """Give the titles and the other texts of each statement that an object gives, as far as it has free text."""
        for paper in self.papers.values():
            yield [paper["name"]], [paper["reference"], paper["paperType"]]
            yield from map(_of_file, _files(paper, "auxiliaryFile"))
        for meeting in self.meetings.values():
            place = meeting.get("location", {})
            yield [meeting["name"]], [place.get("room", ""), place.get("description", "")]
            items = _once(meeting.get("agendaItem", []))
            yield [item["name"] for item in items], [item["number"] for item in items]
            yield from (([], [item["result"]]) for item in items if "result" in item)
            yield from map(_of_file, _files(meeting, "auxiliaryFile", "invitation"))
            yield from (([_of_file(one)[0][0]], []) for one in _files(meeting, "resultsProtocol", "verbatimProtocol"))
            yield from (_of_file(one) for item in items for one in _files(item, "auxiliaryFile", "resolutionFile"))
        for organization in self.organizations.values():
            yield [organization["name"]], [organization.get("classification", "")]


def _of_file(one: Object) -> tuple[list[str], list[str]]:
    return [one.get("fileName") or one["name"]], [one.get("name") or one["fileName"]]


def _files(tree: Object, *names: str) -> list[Object]:
    found = (tree.get(name, []) for name in names)
    return _once([one for some in found for one in (some if isinstance(some, list) else [some])])


def _ids(tree: Object, *names: str) -> set[str]:
    return {one["id"] for one in _files(tree, *names)}


def _once(objects: list[Object]) -> list[Object]:
    """Give objects, each id once: the first one counts."""
    found: dict[str, Object] = {}
    for one in objects:
        found.setdefault(one["id"], one)
    return list(found.values())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
