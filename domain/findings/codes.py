"""The stable codes of findings, with their meaning; and what a finding is.

A code never changes its meaning and is never reused. It says what does not fit together or is not there; it says
nothing about whose fault that is, and it is no legal verdict (for that see `domain.rules`, and even there the
check stands beside the declared result).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(Struct, frozen=True):
    """What a code means, in one English sentence, and what it is called in German."""

    sentence: str
    label: str


CODES: Final[Mapping[str, Code]] = MappingProxyType(
    {
        # -- dates
        "DATE_AFTER_CONSULTATION": Code(
            "The proposal bears a later date than a consultation of it.", "Vorlage jünger als eine Beratung"
        ),
        "CONSULTATION_AFTER_DECISION": Code(
            "A preliminary consultation lies after the last deciding one.", "Vorberatung nach der Entscheidung"
        ),
        "END_BEFORE_START": Code("An end lies before its beginning.", "Ende vor Beginn"),
        "EFFECT_BEFORE_DECISION": Code(
            "A resolution takes effect before it was made; that can be meant.", "Wirkung vor der Beschlussfassung"
        ),
        # -- votes and outcomes
        "OUTCOME_CONTRADICTS_TALLY": Code(
            "The declared result and the count do not fit together.", "Ergebnis passt nicht zu den Stimmenzahlen"
        ),
        "UNANIMOUS_WITH_NO_VOTES": Code(
            "The result was called unanimous, but votes against it were counted.", "Einstimmig trotz Gegenstimmen"
        ),
        "TALLY_EXCEEDS_ENTITLED": Code(
            "More votes were counted than members were entitled or present.", "Mehr Stimmen als Stimmberechtigte"
        ),
        "PERSONAL_VOTES_CONTRADICT_TALLY": Code(
            "The votes by name or group do not add up to the count.", "Namentliche Stimmen passen nicht zur Summe"
        ),
        "SECRET_BALLOT_VOTES_DROPPED": Code(
            "A source showed votes by name for a secret ballot; they were not taken over.",
            "Einzelstimmen einer geheimen Abstimmung nicht übernommen",
        ),
        "PERSON_WITH_SEVERAL_CHOICES": Code(
            "One person is listed with different choices in one ballot.",
            "Eine Person mit verschiedenen Stimmen aufgeführt",
        ),
        "EXCLUDED_MEMBER_VOTED": Code(
            "A member who was excluded from an item for bias is listed with a vote on it.",
            "Befangenes Mitglied mit Stimme aufgeführt",
        ),
        "QUORUM_NOT_ESTABLISHED": Code(
            "Votes were taken or outcomes declared although the quorum was not established, or nothing is said of it.",
            "Beschlussfähigkeit nicht festgestellt",
        ),
        "BLANK_FORM": Code(
            "The vote table is printed and left blank; that is no count of zero.", "Abstimmungsfelder leer"
        ),
        "ROLE_OUTCOME_MISMATCH": Code(
            "What came of the consultation is not what the organ was to do.", "Ergebnis passt nicht zum Beratungszweck"
        ),
        "ADVISORY_BODY_SAID_ADOPTED": Code(
            "A consultation that only advises is said to have adopted the proposal.",
            "Vorberatendes Gremium mit „angenommen“",
        ),
        # -- holdings and references
        "ANNEX_NOT_HELD": Code("An annex is referred to and not held.", "Anlage liegt nicht vor"),
        "VERSION_NOT_HELD": Code("A version of the proposal is not held.", "Fassung liegt nicht vor"),
        "MINUTES_NOT_HELD": Code("Minutes are known of and not held.", "Niederschrift liegt nicht vor"),
        "ADOPTED_TEXT_NOT_HELD": Code(
            "The wording that was adopted is not held.", "Wortlaut des Beschlusses liegt nicht vor"
        ),
        "DUPLICATE_REFERENCE": Code("Several proposals bear the same number.", "Vorlagen-Nr. mehrfach vergeben"),
        "DANGLING_REFERENCE": Code("Something is named that is not recorded.", "Bezug ins Leere"),
        "UNKNOWN_ROLE": Code(
            "What the organ is to do with the proposal is said to be unknown.", "Beratungszweck unbekannt"
        ),
        # -- text
        "NON_NFC": Code("A text is not in the composed normal form (Unicode NFC).", "Text nicht in NFC"),
        "CHARACTER_OUTSIDE_DIN_91379": Code(
            "A name holds a character that DIN 91379 does not know.", "Name mit Zeichen außerhalb DIN 91379"
        ),
        "CONTROL_CHAR": Code(
            "A text holds characters that show as nothing or change what is shown.", "Steuerzeichen im Text"
        ),
        "REPLACED_CHARACTER": Code(
            "A text holds U+FFFD: a character of the source was lost, on the way here or before.",
            "Ersatzzeichen im Text",
        ),
        "TRUNCATED_TEXT": Code(
            "A title is exactly 250 characters long and ends in the middle of a word.", "Text abgeschnitten"
        ),
        # -- validity
        "VALIDITY_ONLY_IN_REASONS": Code(
            "How long it is to hold stands in the reasons only, not in what is decided.",
            "Geltungsdauer nur in der Begründung",
        ),
        "PREDECESSOR_END_NOT_STATED": Code(
            "It continues an earlier resolution, and nothing says that the earlier one ends.",
            "Ende des Vorgängers nicht geregelt",
        ),
        "TRIAL_ENDED_WITHOUT_DECISION": Code(
            "A trial period ran out, and no decision about it by then is recorded.",
            "Erprobung ohne Entscheidung beendet",
        ),
        # -- what a paper says
        "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER": Code(
            "A public paper tells the result of a consultation that was not public.",
            "Nichtöffentliches Ergebnis in öffentlicher Vorlage",
        ),
        "SIGNATORY_WITHOUT_OFFICE": Code(
            "A name stands under the paper without any office.", "Unterzeichner ohne Amtsbezeichnung"
        ),
        "LEGAL_BASIS_IS_NO_NORM": Code(
            "What is given as the legal basis is no statute and no by-law.", "Rechtsgrundlage ist keine Norm"
        ),
        # -- what hinders an offer to the archive
        "FILE_REFERENCE_MISSING": Code(
            "Something was decided, or was to be kept or offered, and stands in no file.",
            "Nicht veraktet",
        ),
        "FILE_NOT_CLOSED": Code("The file was not closed, so it cannot be offered.", "Akte nicht geschlossen (zdA)"),
        "FILE_WITHOUT_PLAN_UNIT": Code(
            "No unit of the filing plan is stated for the file.", "Akte ohne Aktenplaneinheit"
        ),
        "RETENTION_NOT_SET": Code(
            "No retention period is set for what is in the file.", "Aufbewahrungsfrist nicht festgesetzt"
        ),
        "FILE_UNDER_HOLD": Code("A hold keeps the file from leaving the office.", "Akte unter Sperre"),
        "BODY_WITHOUT_AUTHORITY_ID": Code(
            "The body that the file belongs to has no Behördenkennung.", "Körperschaft ohne Behördenkennung"
        ),
        # -- sources
        "SOURCE_CHANGED_AFTER_DECISION": Code(
            "The source changed or dropped the object after the day of the decision.",
            "Quelle nach der Entscheidung geändert",
        ),
        "SOURCE_GONE": Code("The source no longer shows the object.", "Quelle zeigt das Objekt nicht mehr"),
    }
)


class Detail(Struct, frozen=True):
    """A value that a finding rests on: its name and what it is, as text."""

    name: str
    value: str


class Finding(Struct, frozen=True, kw_only=True):
    """Something that does not fit together or is not there.

    Attributes:
        code: Its stable code; one that is not in `CODES` was stated by a person.
        places: The ids of the events that it rests on, the most telling first.
        text: What was found, in one English sentence.
        details: The values behind the sentence.
        since: The first day from which it holds, `YYYY-MM-DD`; None where it holds at once. The domain knows no
            clock: a reader leaves out what has not come to pass.
        status: Whether somebody explained or resolved it in the same stream.
        explained_by: The event that did, or that stated the finding.
    """

    code: str
    places: tuple[str, ...]
    text: str
    details: tuple[Detail, ...] = ()
    since: str | None = None
    status: v.DiscrepancyStatus = v.DiscrepancyStatus.OPEN
    explained_by: str | None = None


def found(code: str, *places: str, text: str, since: str | None = None, **details: object) -> Finding:
    """Make a finding; places are given once each, details only where there is a value."""
    return Finding(
        code=code,
        places=tuple(dict.fromkeys(places)),
        text=text,
        details=tuple(Detail(name, str(value)) for name, value in details.items() if value is not None),
        since=since,
    )
