"""How single values are worded for people: dates, codes, sizes.

Dates are written as German papers write them, and only as exactly as they were recorded. Every code has one word:
what a German document or meeting calls by a German word is called so here, everything else is English. The words of
the source stand beside them wherever there are any.
"""

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from domain import vocabulary as v
from domain.values import When, stated
from domain.vocabulary import Certainty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.shapes import Dated

EXAMPLE: Final = "BEISPIEL (kein amtlicher Bestand)"

_YEAR, _MONTH, _DAY = 4, 7, 10  # lengths of the three forms; anything longer is an instant
_MINUTE: Final = 16
_OFFSET: Final = 6
KINDS: Final = {
    "register": "Ratsbuch",
    "body": "Körperschaft",
    "organ": "Gremium",
    "group": "Fraktion",
    "person": "Person",
    "proposal": "Vorlage",
    "meeting": "Sitzung",
    "resolution": "Beschluss",
    "review": "Rechtskontrolle",
    "custody": "Akte",
    "source": "Quelle",
}

# The words of codes, by code list: the same code may mean another thing in another list.
WORDS: Final[Mapping[type[StrEnum], Mapping[str, str]]] = MappingProxyType(
    {
        v.Visibility: {"public": "öffentlich", "non_public": "nichtöffentlich", "blocked": "gesperrt"},
        v.ProposalKind: {
            "resolution_proposal": "Beschlussvorlage",
            "information": "Informationsvorlage",
            "motion": "Antrag",
            "amendment": "Änderungsantrag",
            "inquiry": "Anfrage",
            "statement": "Stellungnahme",
            "budget": "Haushaltsvorlage",
            "report": "Bericht",
            "other": "sonstige Vorlage",
        },
        v.TextPart: {
            "subject": "Gegenstand",
            "operative_text": "Beschlussvorschlag",
            "reasons": "Begründung",
            "financial_impact": "Finanz. Auswirkungen",
            "legal_basis": "Rechtliche Grundlage",
            "other": "anderer Teil",
        },
        v.LegalBasisKind: {
            "statute": "Gesetz",
            "by_law": "Satzung",
            "contract": "Vertrag",
            "programme": "Programm",
            "resolution": "Beschluss",
            "other": "sonstige Grundlage",
        },
        v.LegalForm: {
            "by_law": "Satzung",
            "plain": "einfacher Beschluss",
            "election": "Wahl",
            "recommendation": "Empfehlung",
        },
        v.Publicity: {
            "public": "öffentlich",
            "non_public": "nichtöffentlich",
            "mixed": "teils öffentlich",
            "unknown": "Öffentlichkeit nicht bekannt",
        },
        v.Part: {"public": "öffentlicher Teil", "non_public": "nichtöffentlicher Teil", "whole": "ganze Sitzung"},
        v.ConsultationRole: {
            "hearing": "Anhörung",
            "preliminary": "vorberatend",
            "deliberation": "Beratung",
            "decision": "beschließend",
            "information": "zur Kenntnis",
            "statement": "Stellungnahme",
            "executive_approval": "Zustimmung der Verwaltungsspitze",
            "reserved_decision": "vorbehaltene Entscheidung",
            "unknown": "Beratungsstatus nicht bekannt",
            "other": "sonstiger Beratungsstatus",
        },
        v.OrganKind: {
            "council": "Vertretung",
            "deciding_committee": "beschließender Ausschuss",
            "advisory_committee": "beratender Ausschuss",
            "advisory_board": "Beirat",
            "local_council": "Ortschafts- oder Stadtbezirksvertretung",
            "other": "sonstiges Gremium",
        },
        v.GroupKind: {
            "parliamentary_group": "Fraktion",
            "loose_group": "Gruppe",
            "other": "sonstige Vereinigung",
        },
        v.BodyKind: {"landkreis": "Landkreis", "gemeinde": "Gemeinde", "other": "sonstige Körperschaft"},
        v.MotionKind: {
            "amendment": "Änderungsantrag",
            "procedure": "Geschäftsordnungsantrag",
            "oral": "mündlicher Antrag",
            "other": "sonstiger Antrag",
        },
        v.MinutesKind: {
            "results": "Ergebnisniederschrift",
            "verbatim": "Wortprotokoll",
            "extract": "Auszug",
        },
    }
)
_PERIOD: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?\Z")


def date_text(value: str) -> str:
    """Write a date of any precision: 2021, 11.2021, 23.11.2021, or 23.11.2021 17:00 +01:00."""
    if len(value) == _YEAR:
        return value
    if len(value) == _MONTH:
        return f"{value[5:7]}.{value[:4]}"
    day = f"{value[8:10]}.{value[5:7]}.{value[:4]}"
    if len(value) == _DAY:
        return day
    offset = "UTC" if value.endswith("Z") else value[-_OFFSET:]
    return f"{day} {value[11:_MINUTE]} {offset}"


def day_text(value: str) -> str:
    """Write a date without its time of day."""
    return date_text(value[:_DAY])


def range_text(
    *, at: str | None, until: str | None = None, not_before: str | None = None, not_after: str | None = None
) -> str:
    """Write a date with its range; empty where nothing is known."""
    parts = []
    if at is not None:
        parts.append(date_text(at) if until is None else f"{date_text(at)} to {date_text(until)}")
    if not_before is not None:
        parts.append(f"not before {date_text(not_before)}")
    if not_after is not None:
        parts.append(f"not after {date_text(not_after)}")
    return ", ".join(parts)


def dated_text(dated: Dated) -> str:
    """Write when something happened, with what is not stated about it."""
    text = range_text(at=dated.at, until=dated.until, not_before=dated.not_before, not_after=dated.not_after)
    if not text:
        return {"unknown": "date unknown", "stated": "no date", "inferred": "no date"}.get(
            dated.certainty, f"date {dated.certainty}"
        )
    return text if dated.certainty == Certainty.STATED or dated.at is None else f"{text} ({dated.certainty})"


def when_text(when: object) -> str:
    """Write a `When`; empty where it is withheld or says nothing."""
    if not isinstance(when, When):
        return ""
    return range_text(
        at=stated(when.at),
        until=stated(when.until),
        not_before=stated(when.not_before),
        not_after=stated(when.not_after),
    )


def code_text(code: object) -> str:
    """Give the word of a code; one without a word of its own is English, and is written with spaces."""
    words = WORDS.get(type(code), {}) if isinstance(code, StrEnum) else {}
    return words.get(str(code), str(code).replace("_", " "))


def visibility_text(code: str) -> str:
    """Give the word of a visibility that is given by its code."""
    return code_text(v.Visibility(code))


def without_example(text: str) -> str:
    """Leave out what stands in the head of every page already."""
    return text.removeprefix(f"{EXAMPLE}: ")


def period_text(duration: str) -> str:
    """Write a period such as P5Y in words: 5 years; one that is written otherwise stays as it is."""
    found = _PERIOD.match(duration)
    if found is None:
        return duration
    units = zip(found.groups(), ("year", "month", "week", "day"), strict=True)
    return " ".join(counted(int(number), unit) for number, unit in units if number is not None) or duration


def cut(text: str, length: int) -> str:
    """Give the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"
