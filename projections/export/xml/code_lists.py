"""The code lists of the own XML: which lists there are, and what each is called."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import vocabulary as v
from domain.events import CATALOGUE
from domain.findings import CODES as FINDING_CODES
from domain.resolution import StepKind
from domain.rules import Reason, Rests, Subject, Verdict
from projections.export import german
from projections.life import LifeState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum


class CodeList(Struct, frozen=True):
    """A code list: the name in its URI, its German title, and its codes with their German words."""

    name: str
    title: str
    codes: tuple[tuple[str, str], ...]

    @property
    def type(self) -> str:
        """The name of its type in the schema."""
        return f"Code.{self.name[0].upper()}{self.name[1:]}Type"


_LISTS: Final[Mapping[type[StrEnum], tuple[str, str]]] = {
    v.Role: ("rolle", "Rolle beim Eintragen"),
    v.Visibility: ("sichtbarkeit", "Öffentlichkeit eines Eintrags"),
    v.Certainty: ("gewissheit", "Gewissheit einer Zeitangabe"),
    v.Grade: ("quellenwert", "Quellenwert"),
    v.Function: ("funktion", "Funktion der aussagenden Stelle"),
    v.BodyKind: ("koerperschaftsart", "Art der Körperschaft"),
    v.IdentifierScheme: ("kennungsart", "Art der amtlichen Kennung"),
    v.SignatureAlgorithm: ("signaturverfahren", "Signaturverfahren"),
    v.RevocationReason: ("sperrgrund", "Grund der Sperrung eines Schlüssels"),
    v.ErasureKind: ("loeschart", "Art der Löschung"),
    v.OrganKind: ("gremiumsart", "Art des Gremiums"),
    v.GroupKind: ("fraktionsart", "Art der Fraktion oder Gruppe"),
    v.MembershipFunction: ("mitgliedsfunktion", "Funktion eines Mitglieds"),
    v.ProposalKind: ("vorlagenart", "Vorlagenart"),
    v.TextPart: ("textteil", "Teil des Vorlagentextes"),
    v.FinancialImpact: ("finanzielleAuswirkungen", "Finanzielle Auswirkungen"),
    v.LegalBasisKind: ("rechtsgrundlagenart", "Art der Rechtsgrundlage"),
    v.RevisionMode: ("aenderungsart", "Art der Änderung einer Vorlage"),
    v.RevisionCause: ("aenderungsanlass", "Anlass der Änderung einer Vorlage"),
    v.EndorsementSense: ("mitzeichnungssinn", "Sinn der Mitzeichnung"),
    v.SignatureForm: ("unterschriftsform", "Form der Unterschrift"),
    v.Publicity: ("oeffentlichkeit", "Öffentlichkeit einer Sitzung oder Beratung"),
    v.Part: ("sitzungsteil", "Teil der Sitzung"),
    v.ConsultationRole: ("beratungsstatus", "Beratungsstatus"),
    v.Relation: ("bezugsart", "Art des Bezugs"),
    v.Basis: ("grundlage", "Grundlage einer Angabe"),
    v.AgendaStage: ("tagesordnungsstand", "Stand der Tagesordnung"),
    v.HandedOut: ("ausreichung", "Ausreichung von Unterlagen"),
    v.QuorumState: ("beschlussfaehigkeit", "Beschlussfähigkeit"),
    v.QuorumBasis: ("beschlussfaehigkeitsgrundlage", "Grundlage der Beschlussfähigkeit"),
    v.AttendanceChange: ("anwesenheitsaenderung", "Kommen und Gehen"),
    v.PublicityChange: ("oeffentlichkeitsaenderung", "Ausschluss und Wiederherstellung der Öffentlichkeit"),
    v.MotionKind: ("antragsart", "Art des Antrags"),
    v.BallotMethod: ("abstimmungsart", "Abstimmungsart"),
    v.SeatsMethod: ("sitzzuteilungsverfahren", "Sitzzuteilungsverfahren"),
    v.Choice: ("stimme", "Stimme"),
    v.Declared: ("verkuendetesErgebnis", "Verkündetes Ergebnis"),
    v.Majority: ("mehrheit", "Genannte Mehrheit"),
    v.MajorityRule: ("mehrheitsregel", "Erforderliche Mehrheit"),
    v.MajorityBase: ("mehrheitsbezug", "Bezugsgröße einer Mehrheit"),
    v.Outcome: ("beratungsergebnis", "Beratungsergebnis"),
    v.MinutesKind: ("niederschriftsart", "Art der Niederschrift"),
    v.MinutesPresentation: ("niederschriftsvorlage", "Art der Vorlage einer Niederschrift"),
    v.ObjectionDecision: ("einwendungsentscheidung", "Entscheidung über eine Einwendung"),
    v.ResolutionSense: ("beschlusssinn", "Sinn des Beschlusses"),
    v.LegalForm: ("rechtsform", "Rechtsform des Beschlusses"),
    v.DecisionPath: ("zustandekommen", "Zustandekommen des Beschlusses"),
    v.ConditionKind: ("bedingungsart", "Art der Bedingung"),
    v.ResolutionStatus: ("rechtsstand", "Rechtsstand des Beschlusses"),
    v.StatusCause: ("rechtsstandsursache", "Ursache eines Rechtsstands"),
    v.ImplementationStatus: ("umsetzungsstand", "Umsetzungsstand"),
    v.ObjectionKind: ("widerspruchsart", "Art des Widerspruchs"),
    v.ExternalAct: ("aktVonAussen", "Akt einer Behörde oder eines Gerichts"),
    v.AppraisalDecision: ("bewertungsentscheidung", "Bewertungsentscheidung"),
    v.DestructionBasis: ("vernichtungsgrundlage", "Grundlage der Vernichtung"),
    v.SourceChange: ("quellenaenderung", "Änderung der Quelle"),
    v.CorrectionKind: ("berichtigungsart", "Art der Berichtigung"),
    v.DiscrepancyStatus: ("unstimmigkeitsstand", "Stand einer Unstimmigkeit"),
    v.RuleTopic: ("regelungsgegenstand", "Regelungsgegenstand"),
    v.RuleValue: ("regelungsinhalt", "Regelungsinhalt"),
    Subject: ("pruefgegenstand", "Gegenstand einer Rechenprobe"),
    Verdict: ("pruefergebnis", "Ergebnis einer Rechenprobe"),
    Reason: ("pruefgrund", "Grund des Ergebnisses einer Rechenprobe"),
    Rests: ("regelgrundlage", "Grundlage einer angewandten Regel"),
    StepKind: ("rechtsstandsabschnitt", "Art eines Abschnitts des Rechtsstands"),
    LifeState: ("bearbeitungsstand", "Stand einer Vorlage oder Sitzung"),
}

LISTS: Final[Mapping[type[StrEnum], CodeList]] = MappingProxyType(
    {
        one: CodeList(name, title, tuple((code.value, german.code(code)) for code in one))
        for one, (name, title) in _LISTS.items()
    }
)
# A person may state a finding under a code of her own: the list names those that detectors have.
FINDINGS: Final = CodeList("befund", "Befunde", tuple((code, one.label) for code, one in FINDING_CODES.items()))
EVENT_TYPES: Final = CodeList("eintragstyp", "Typen von Einträgen", tuple((n, german.event(n)) for n in CATALOGUE))
MESSAGES: Final = CodeList("nachrichtentyp", "Nachrichtentypen", (("0101", "RatsbuchAuszug"),))
EVERY: Final = (*LISTS.values(), FINDINGS, EVENT_TYPES, MESSAGES)
