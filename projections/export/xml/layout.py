"""What stands in a document besides entries and their fields: what is derived from them, and the evidence's own frame.

Tables only; the schema is made from them, and tests hold the writers against the schema.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from domain import vocabulary as v
from domain.resolution import StepKind
from domain.rules import Reason, Rests, Subject, Verdict
from projections.export.xml.code_lists import FINDINGS, LISTS

ONE: Final = (1, "1")
MAYBE: Final = (0, "1")
ANY: Final = (0, "unbounded")
MANY: Final = (1, "unbounded")


class Child(Struct, frozen=True):
    """An element inside a type: its name, its type, how often, and what it is."""

    name: str
    type: str
    occurs: tuple[int, str]
    says: str


class Derived(Struct, frozen=True):
    """A type of what is derived: its attributes (all required unless they end in `?`) and its children."""

    type: str
    says: str
    children: tuple[Child, ...]
    attributes: tuple[tuple[str, str, str], ...] = ()


def _rests(occurs: tuple[int, str] = ANY) -> Child:
    return Child("beruhtAuf", "PositionType", occurs, "Position eines Eintrags, auf dem die Aussage beruht.")


def _code(name: str, codes: type, occurs: tuple[int, str], says: str) -> Child:
    return Child(name, LISTS[codes].type, occurs, says)


DERIVED: Final = (
    Derived(
        "NichtGegebenerEintragType",
        "Eintrag des Gegenstands, der in diesem Auszug nicht offengelegt oder der gelöscht ist.",
        (),
        (
            ("beruhtAuf", "PositionType", "Position des Eintrags."),
            ("folgenummer", "NummerWert", "Platz des Eintrags im Gegenstand."),
            ("zustand", "ZustandWert", "Ob der Eintrag vorenthalten oder gelöscht ist."),
            ("geloeschtDurch?", "PositionType", "Position des Eintrags, der ihn löschte."),
        ),
    ),
    Derived(
        "StandType",
        "Wo der Gegenstand steht.",
        (
            _rests(),
            Child("stand", "StandcodeType", ONE, "Stand als Code."),
            _code("grundlage", v.Basis, ONE, "Ob der Stand angegeben ist oder nur folgt."),
        ),
    ),
    Derived(
        "RegelBezugType",
        "Regel, die eine Rechenprobe ansah.",
        (
            _code("regelungsgegenstand", v.RuleTopic, ONE, "Wovon die Regel handelt."),
            Child("fundstelle", "TextType", ONE, "Fundstelle der Regel."),
            _code("fundstelleGelesen", Rests, ONE, "Ob die Fundstelle gelesen wurde."),
        ),
    ),
    Derived(
        "RechenprobeType",
        "Ob das Angegebene aus den Zahlen und Regeln folgt; sie steht daneben und ändert nichts.",
        (
            _rests(MANY),
            _code("pruefgegenstand", Subject, ONE, "Was geprüft wurde."),
            _code("pruefergebnis", Verdict, ONE, "Was herauskam."),
            _code("pruefgrund", Reason, ONE, "Warum."),
            Child("erlaeuterung", "SprachtextType", ONE, "Begründung im Einzelnen."),
            Child("rechnung", "SprachtextType", ANY, "Eine Zeile der Rechnung."),
            Child("regel", "RegelBezugType", ANY, "Regel, die angesehen wurde."),
        ),
    ),
    Derived(
        "EinzelheitType",
        "Wert, auf dem ein Befund beruht.",
        (Child("wert", "TextType", ONE, "Der Wert."),),
        (("name", "xs:string", "Name des Wertes."),),
    ),
    Derived(
        "BefundType",
        "Etwas, das nicht zusammenpasst oder fehlt: berechnet, oder von einer Person festgestellt.",
        (
            _rests(),
            Child("befundcode", FINDINGS.type, ONE, "Code des Befunds."),
            Child("satz", "TextType", ONE, "Was der Code bedeutet."),
            Child("erlaeuterung", "SprachtextType", ONE, "Was im Einzelnen gefunden wurde."),
            Child("einzelheit", "EinzelheitType", ANY, "Wert, auf dem der Befund beruht."),
            Child("seit", "DatumType", MAYBE, "Tag, ab dem der Befund besteht."),
            _code("status", v.DiscrepancyStatus, ONE, "Ob offen, erklärt oder behoben."),
            Child("erklaertDurch", "PositionselementType", MAYBE, "Eintrag, der den Befund erklärte oder feststellte."),
            Child("einschaetzung", "TextType", MAYBE, "Einschätzung der Person, die ihn erklärte."),
        ),
        (("festgestellt", "xs:boolean", "Ob eine Person ihn feststellte und keine Berechnung ihn ergibt."),),
    ),
    Derived(
        "BefundeNichtErmitteltType",
        "Befunde sind nicht berechnet, weil diese Einträge nicht offengelegt sind.",
        (_rests(MANY),),
    ),
    Derived(
        "AbgeleiteteAnlageType",
        "Anlage, ob sie vorliegt oder nur genannt ist.",
        (
            _rests(MANY),
            Child("bezeichnung", "TextType", MAYBE, "Bezeichnung der Anlage."),
            Child("liegtVor", "WahrheitswertType", MAYBE, "Ob das Dokument vorliegt."),
            Child("titel", "TextType", MAYBE, "Titel des Dokuments."),
            Child("medientyp", "TextType", MAYBE, "Medientyp des Dokuments."),
            Child("groesseBytes", "GanzzahlType", MAYBE, "Größe in Bytes."),
            Child("hashwert", "Sha512Type", MAYBE, "SHA-512 des Dokuments."),
            Child("bestandteilDesBeschlusses", "WahrheitswertType", MAYBE, "Ob sie Bestandteil des Beschlusses ist."),
            Child("fassung", "NummerType", MAYBE, "Fassung, zu der sie gehört."),
            Child("entferntDurch", "PositionselementType", MAYBE, "Eintrag, der sie entfernte oder ersetzte."),
        ),
    ),
    Derived(
        "SchluesselverlaufType",
        "Schlüssel, der zugelassen wurde, und ob er gesperrt ist.",
        (
            _rests(MANY),
            Child("person", "VerweisType", MAYBE, "Wem der Schlüssel gehört."),
            Child("zertifikatHashwert", "Sha256Type", MAYBE, "SHA-256 des Zertifikats."),
            Child("gesperrt", "WahrheitswertType", ONE, "Ob der Schlüssel gesperrt wurde."),
            Child("beschreibung", "TextType", ONE, "Der Verlauf in Worten."),
        ),
    ),
    # -- Vorlage
    Derived(
        "FehlendeFassungType",
        "Fassungen, die es gegeben haben muss, weil spätere gezählt sind, und die nicht vorliegen.",
        (
            _rests(MANY),
            Child("von", "NummerType", ONE, "Erste fehlende Nummer."),
            Child("bis", "NummerType", ONE, "Letzte fehlende Nummer."),
        ),
    ),
    Derived(
        "BeratungType",
        "Schritt der Beratungsfolge: wie er vorgesehen war, und was davon eingetragen ist.",
        (
            _rests(),
            Child("kennung", "KennungType", MAYBE, "Kennung der Beratung."),
            Child("gremium", "VerweisType", MAYBE, "Gremium, das beriet oder beraten sollte."),
            Child("gremiumWortlaut", "TextType", MAYBE, "Gremium im Wortlaut der Quelle."),
            Child("vorgesehenAm", "DatumType", MAYBE, "Tag, der vorgesehen war."),
            _code("rolle", v.ConsultationRole, MAYBE, "Was das Gremium tun sollte."),
            _code("oeffentlichkeit", v.Publicity, MAYBE, "Ob öffentlich vorgesehen."),
            Child("statusWortlaut", "TextType", MAYBE, "Beratungsstatus im Wortlaut."),
            Child("hierWirdEntschieden", "WahrheitswertType", MAYBE, "Ob hier entschieden werden soll."),
            Child("entfallenDurch", "PositionselementType", MAYBE, "Eintrag, mit dem die Beratung entfiel."),
            Child("sitzung", "VerweisType", MAYBE, "Sitzung, in der beraten wurde."),
            Child("getagtAm", "DatumType", MAYBE, "Tag der Sitzung."),
            Child("fassung", "NummerType", MAYBE, "Fassung, die vorlag, angegeben oder erschlossen."),
            _code("ergebnis", v.Outcome, ANY, "Was dabei herauskam."),
            Child("abstimmung", "KennungType", ANY, "Kennung einer Abstimmung dazu."),
        ),
    ),
    Derived(
        "BezugType",
        "Bezug zu einer anderen Vorlage oder einem Beschluss, von hier oder von dort hergestellt.",
        (
            _rests(MANY),
            _code("bezug", v.Relation, MAYBE, "Art des Bezugs."),
            _code("grundlage", v.Basis, MAYBE, "Worauf er beruht."),
            Child("andererGegenstand", "VerweisType", MAYBE, "Der andere Gegenstand."),
            Child("bemerkung", "TextType", MAYBE, "Bemerkung."),
        ),
        (("richtung", "RichtungWert", "Ob der Bezug von hier ausgeht oder hierher führt."),),
    ),
    # -- Sitzung
    Derived(
        "PunktType",
        "Tagesordnungspunkt, wie geladen und wie behandelt.",
        (
            _rests(MANY),
            Child("nummer", "TextType", MAYBE, "Nummer des Punktes, als Text."),
            Child("titel", "TextType", MAYBE, "Titel des Punktes."),
            _code("teil", v.Part, MAYBE, "Teil der Tagesordnung, der ihn nennt."),
            Child("vorlage", "VerweisType", MAYBE, "Vorlage, um die es geht."),
            Child("fassung", "NummerType", MAYBE, "Fassung der Vorlage."),
            Child("geladen", "WahrheitswertType", MAYBE, "Ob die Ladung ihn nennt; fehlt ohne Ladung zu seinem Teil."),
            _code("standDerTagesordnung", v.AgendaStage, ANY, "Wann eine Tagesordnung ihn nennt."),
            Child("aufDerTagesordnung", "WahrheitswertType", ONE, "Ob die geltende Tagesordnung ihn nennt."),
            Child("aufgerufenAm", "ZeitangabeType", MAYBE, "Wann er aufgerufen wurde."),
            _code("oeffentlichkeitGeladen", v.Publicity, MAYBE, "Ob öffentlich vorgesehen."),
            _code("oeffentlichkeitGehalten", v.Publicity, MAYBE, "Ob öffentlich behandelt."),
            Child("anwesende", "AnzahlType", MAYBE, "Zahl der Anwesenden am Ende des Punktes."),
            Child("stimmberechtigte", "AnzahlType", MAYBE, "Zahl der anwesenden Stimmberechtigten."),
            Child("ausgeschlossen", "VerweisType", ANY, "Wegen Befangenheit ausgeschlossenes Mitglied."),
            _code("ergebnis", v.Outcome, ANY, "Was dabei herauskam."),
            Child("abstimmung", "KennungType", ANY, "Kennung einer Abstimmung dazu."),
        ),
        (("kennung", "UuidWert", "Kennung des Tagesordnungspunktes."),),
    ),
    Derived(
        "AbstimmungType",
        "Abstimmung mit Zahlen, einzelnen Stimmen und Rechenproben.",
        (
            _rests(MANY),
            Child("punkt", "KennungType", MAYBE, "Tagesordnungspunkt."),
            Child("stimmenzahlen", "ZaehlungType", MAYBE, "Stimmenzahlen, jede nur soweit angegeben."),
            Child("stimmen", "Liste.EinzelstimmeType", MAYBE, "Einzelne Stimmen."),
            _code("verkuendet", v.Declared, MAYBE, "Ergebnis, das der Vorsitz verkündete."),
            Child("rechenprobe", "RechenprobeType", MANY, "Rechenprobe."),
        ),
        (("kennung?", "UuidWert", "Kennung der Abstimmung."),),
    ),
    Derived(
        "ErgebnisprobeType",
        "Ergebnis, zu dem keine Abstimmung eingetragen ist, mit seiner Rechenprobe.",
        (
            _rests(MANY),
            Child("punkt", "KennungType", MAYBE, "Tagesordnungspunkt."),
            _code("ergebnis", v.Outcome, MAYBE, "Das Ergebnis."),
            Child("rechenprobe", "RechenprobeType", ONE, "Rechenprobe."),
        ),
    ),
    Derived(
        "BeschlussfaehigkeitType",
        "Was bei einer Eröffnung zur Beschlussfähigkeit gesagt wurde, mit seiner Rechenprobe.",
        (
            _rests(MANY),
            _code("teil", v.Part, MAYBE, "Teil der Sitzung."),
            _code("beschlussfaehigkeit", v.QuorumState, MAYBE, "Was gesagt wurde."),
            Child("rechenprobe", "RechenprobeType", ONE, "Rechenprobe."),
        ),
    ),
    Derived(
        "NiederschriftType",
        "Fassung einer Niederschrift und was mit ihr geschah.",
        (
            _rests(MANY),
            _code("art", v.MinutesKind, MAYBE, "Art der Niederschrift."),
            _code("teil", v.Part, MAYBE, "Teil der Sitzung."),
            Child("fassung", "NummerType", MAYBE, "Nummer der Fassung."),
            Child("liegtVor", "WahrheitswertType", ONE, "Ob sie vorliegt."),
            Child("hashwert", "Sha512Type", MAYBE, "SHA-512 des Dokuments."),
            Child("unterzeichnet", "WahrheitswertType", ONE, "Ob sie unterzeichnet wurde."),
        ),
    ),
    # -- Beschluss
    Derived(
        "AbschnittType",
        "Abschnitt des Rechtsstands; zwei Lesarten, die einander widersprechen, stehen beide da.",
        (
            _rests(MANY),
            _code("abschnitt", StepKind, ONE, "Was für ein Abschnitt es ist."),
            _code("rechtsstand", v.ResolutionStatus, MAYBE, "Der Rechtsstand, wo es einer ist."),
            Child("zeit", "ZeitangabeType", ONE, "Wann; an einem Ende der letzte Tag, einschließlich."),
            _code("grundlage", v.Basis, ONE, "Ob angegeben oder erschlossen."),
        ),
    ),
    Derived(
        "GueltigkeitType",
        "Ob der Beschluss am Stichtag gegolten haben kann.",
        (
            _rests(MANY),
            Child("stichtag", "DatumType", ONE, "Der Tag."),
            Child(
                "kannGelten",
                "WahrheitswertType",
                ONE,
                "Ob eine Lesart ist, dass er galt; leer, wo nichts eingetragen ist.",
            ),
        ),
    ),
    Derived(
        "KontrollaktType",
        "Akt einer Rechtskontrolle zu dem Beschluss; keiner wird gegen einen anderen gewogen.",
        (
            _rests(MANY),
            Child("rechtskontrolle", "VerweisType", ONE, "Die Rechtskontrolle."),
            Child("wortlaut", "TextType", MAYBE, "Wirkung, sonst Wortlaut oder Begründung des Aktes."),
        ),
    ),
)

# What follows the entries of a stream, by its kind; findings come last everywhere.
_ANNEXES: Final = Child("anlage", "AbgeleiteteAnlageType", ANY, "Anlage, ob sie vorliegt oder nicht.")
_STANDING: Final = Child("standDesGegenstands", "StandType", MAYBE, "Wo der Gegenstand steht.")
AFTER_ENTRIES: Final = {
    "register": (Child("schluesselverlauf", "SchluesselverlaufType", ANY, "Verlauf eines Schlüssels."),),
    "body": (),
    "organ": (),
    "group": (),
    "person": (),
    "proposal": (
        Child("vorlagenfassung", "VorlagenfassungType", ANY, "Fassung der Vorlage, ganz ausgeschrieben."),
        Child("fehlendeFassung", "FehlendeFassungType", ANY, "Fassungen, die nicht vorliegen."),
        _STANDING,
        Child("beratung", "BeratungType", ANY, "Schritt der Beratungsfolge."),
        Child("bezug", "BezugType", ANY, "Bezug zu anderem."),
        Child("ergangenerBeschluss", "VerweisType", ANY, "Beschluss, der aus der Vorlage hervorging."),
        _ANNEXES,
    ),
    "meeting": (
        _STANDING,
        Child("beschlussfaehigkeit", "BeschlussfaehigkeitType", ANY, "Beschlussfähigkeit bei einer Eröffnung."),
        Child("punkt", "PunktType", ANY, "Tagesordnungspunkt."),
        Child("abstimmung", "AbstimmungType", ANY, "Abstimmung."),
        Child("ergebnisprobe", "ErgebnisprobeType", ANY, "Ergebnis ohne eingetragene Abstimmung."),
        Child("niederschrift", "NiederschriftType", ANY, "Niederschrift."),
        _ANNEXES,
    ),
    "resolution": (
        _STANDING,
        Child("wortlautDesBeschlusses", "TextType", MAYBE, "Wortlaut; nicht vorhanden, wo er nur vermutet wird."),
        Child("abschnitt", "AbschnittType", ANY, "Abschnitt des Rechtsstands."),
        Child("gueltigkeit", "GueltigkeitType", MAYBE, "Geltung am Stichtag."),
        Child("kontrollakt", "KontrollaktType", ANY, "Akt einer Rechtskontrolle."),
        _ANNEXES,
    ),
    "review": (_ANNEXES,),
    "custody": (),
    "source": (),
}
FINDINGS_LAST: Final = (
    Child("befundeNichtErmittelt", "BefundeNichtErmitteltType", MAYBE, "Warum keine Befunde berechnet sind."),
    Child("befund", "BefundType", ANY, "Befund."),
)
