"""What everything is called in the own XML: one table, from which writer, schema and documentation are derived.

A name is a contract like a code: it is added, never changed, because documents are read long after they were written.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import values as x
from domain.events import CATALOGUE
from projections.export.xml.names_fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_LITERAL: Final = "_literal"


class Name(Struct, frozen=True):
    """What something is called, and what it is, in one German sentence."""

    element: str
    says: str

    @property
    def type(self) -> str:
        """The name of its type in the schema."""
        return f"{self.element[0].upper()}{self.element[1:]}Type"


# The streams, in the order in which they stand in a document.
STREAMS: Final[Mapping[str, Name]] = MappingProxyType(
    {
        "register": Name("register", "Das Ratsbuch selbst: Eröffnung, Schlüssel, Löschungen und Freigaben."),
        "body": Name("koerperschaft", "Körperschaft (Landkreis, Gemeinde) mit Regelwerken und Wahlperioden."),
        "organ": Name("gremium", "Gremium einer Körperschaft mit seinen Mitgliedschaften."),
        "group": Name("fraktion", "Fraktion, Gruppe oder Wählervereinigung."),
        "person": Name("person", "Person, soweit sie für den Empfänger sichtbar ist."),
        "proposal": Name("vorlage", "Vorlage mit allen Fassungen, Anlagen, Beratungen und Bezügen."),
        "meeting": Name("sitzung", "Sitzung mit Tagesordnung, Anwesenheit, Abstimmungen und Niederschriften."),
        "resolution": Name("beschluss", "Beschluss mit Wortlaut, Rechtsstand und Umsetzung."),
        "review": Name(
            "rechtskontrolle", "Rechtskontrolle: Widerspruch, Vorlage an die Rechtsaufsicht, Akte von außen."
        ),
        "custody": Name("akte", "Akte: Veraktung, Aufbewahrung, Anbietung, Abgabe und Vernichtung."),
        "source": Name("quelle", "Objekt eines Quellsystems, wie es im Lauf der Zeit vorgefunden wurde."),
    }
)

EVENTS: Final[Mapping[str, Name]] = MappingProxyType(
    {
        "register-opened/1": Name("ratsbuchEroeffnet", "Das Ratsbuch wurde eröffnet (Eröffnungseintrag)."),
        "register-closed/1": Name("ratsbuchGeschlossen", "Das Ratsbuch wurde geschlossen."),
        "root-changed/1": Name("wurzelschluesselGewechselt", "Der Wurzelschlüssel wurde gewechselt."),
        "log-key-changed/1": Name("protokollschluesselGewechselt", "Die Protokollschlüssel wurden gewechselt."),
        "signer-enrolled/1": Name("schluesselZugelassen", "Der Schlüssel einer Person wurde für Rollen zugelassen."),
        "signer-revoked/1": Name("schluesselGesperrt", "Ein Schlüssel darf nichts mehr eintragen."),
        "content-erased/1": Name(
            "inhaltGeloescht", "Inhalte wurden endgültig gelöscht; Einträge und Nachweise bleiben."
        ),
        "visibility-changed/1": Name(
            "freigabeGeaendert", "Wer einen Eintrag oder Gegenstand sehen darf, wurde geändert."
        ),
        "body-registered/1": Name("koerperschaftAngelegt", "Eine Körperschaft wurde angelegt."),
        "body-changed/1": Name("koerperschaftGeaendert", "Name, Kennungen oder Archiv der Körperschaft änderten sich."),
        "rule-set-adopted/1": Name("regelwerkFestgelegt", "Ein Regelwerk gilt von einem Tag an."),
        "term-opened/1": Name("wahlperiodeBegonnen", "Eine Wahlperiode begann."),
        "organ-registered/1": Name("gremiumGebildet", "Ein Gremium wurde gebildet."),
        "organ-changed/1": Name("gremiumGeaendert", "Ein Gremium wurde geändert oder aufgelöst."),
        "membership-changed/1": Name(
            "mitgliedschaftGeaendert", "Eine Mitgliedschaft begann, änderte sich oder endete."
        ),
        "group-registered/1": Name("fraktionGebildet", "Eine Fraktion oder Gruppe wurde gebildet."),
        "group-changed/1": Name("fraktionGeaendert", "Eine Fraktion oder Gruppe wurde umbenannt oder aufgelöst."),
        "person-known/1": Name("personErfasst", "Wer hinter einem Personenschlüssel steht, wurde erfasst."),
        "proposal-registered/1": Name("vorlageEingebracht", "Eine Vorlage wurde eingebracht."),
        "proposal-revised/1": Name("vorlageGeaendert", "Eine Vorlage bekam eine weitere Fassung."),
        "proposal-endorsed/1": Name("mitzeichnung", "Ein Amt zeichnete mit oder tat es nicht."),
        "document-attached/1": Name("anlageBeigefuegt", "Eine Anlage oder ein anderes Dokument gehört dazu."),
        "document-withdrawn/1": Name("anlageEntfernt", "Eine Anlage wurde entfernt oder ersetzt."),
        "consultation-planned/1": Name("beratungVorgesehen", "Eine Beratung wurde vorgesehen."),
        "consultation-dropped/1": Name("beratungEntfallen", "Eine vorgesehene Beratung entfiel."),
        "proposals-linked/1": Name("bezugHergestellt", "Die Vorlage steht in einem Bezug zu etwas anderem."),
        "proposal-withdrawn/1": Name("vorlageZurueckgezogen", "Die Vorlage wurde zurückgezogen."),
        "meeting-convened/1": Name("sitzungEinberufen", "Die Sitzung wurde einberufen."),
        "meeting-moved/1": Name("sitzungVerlegt", "Die Sitzung wurde verlegt."),
        "meeting-cancelled/1": Name("sitzungAbgesagt", "Die Sitzung fand nicht statt."),
        "agenda-set/1": Name("tagesordnungFestgestellt", "Eine Tagesordnung wurde aufgestellt oder geändert."),
        "meeting-opened/1": Name("sitzungEroeffnet", "Die Sitzung wurde eröffnet und ihre Beschlussfähigkeit geprüft."),
        "item-called/1": Name("topAufgerufen", "Ein Tagesordnungspunkt wurde aufgerufen."),
        "publicity-changed/1": Name(
            "oeffentlichkeitBeschlossen", "Die Öffentlichkeit wurde ausgeschlossen oder zugelassen."
        ),
        "attendance-changed/1": Name("anwesenheitGeaendert", "Ein Mitglied kam oder ging."),
        "member-excluded/1": Name("mitgliedAusgeschlossen", "Ein Mitglied war befangen und ausgeschlossen."),
        "motion-moved/1": Name("antragGestellt", "Ein Antrag wurde in der Sitzung gestellt."),
        "ballot-held/1": Name("abstimmungDurchgefuehrt", "Es wurde abgestimmt oder gewählt."),
        "outcome-declared/1": Name("ergebnisFestgestellt", "Das Ergebnis einer Beratung wurde festgestellt."),
        "minutes-filed/1": Name("niederschriftErstellt", "Eine Niederschrift wurde erstellt oder ausgetauscht."),
        "minutes-presented/1": Name("niederschriftVorgelegt", "Eine Niederschrift wurde dem Gremium vorgelegt."),
        "minutes-signed/1": Name("niederschriftUnterzeichnet", "Eine Niederschrift wurde unterzeichnet."),
        "minutes-objection-handled/1": Name("einwendungBehandelt", "Eine Einwendung wurde erhoben oder entschieden."),
        "meeting-closed/1": Name("sitzungGeschlossen", "Die Sitzung oder einer ihrer Teile wurde geschlossen."),
        "resolution-made/1": Name("beschlussGefasst", "Ein Beschluss wurde gefasst; auch eine Ablehnung ist einer."),
        "urgent-decision-taken/1": Name("eilentscheidungGetroffen", "Anstelle des Gremiums wurde eilig entschieden."),
        "resolution-engrossed/1": Name("beschlussAusgefertigt", "Der Beschluss wurde ausgefertigt."),
        "resolution-published/1": Name("beschlussBekanntGemacht", "Der Beschluss wurde öffentlich bekannt gemacht."),
        "resolution-status-changed/1": Name("rechtsstandGeaendert", "Der Rechtsstand des Beschlusses änderte sich."),
        "implementation-reported/1": Name(
            "umsetzungBerichtet", "Es wurde berichtet, wie weit der Beschluss umgesetzt ist."
        ),
        "objection-raised/1": Name("widerspruchErhoben", "Der Vorsitz widersprach Beschlüssen."),
        "review-submitted/1": Name(
            "rechtsaufsichtVorgelegt", "Beschlüsse wurden einer Behörde oder einem Gericht vorgelegt."
        ),
        "external-act-recorded/1": Name("aktVonAussen", "Eine Behörde oder ein Gericht handelte zu Beschlüssen."),
        "filed/1": Name("veraktet", "Unterlagen wurden zu einer Akte genommen."),
        "retention-set/1": Name("aufbewahrungsfristGesetzt", "Eine Aufbewahrungsfrist wurde gesetzt."),
        "hold-placed/1": Name("vernichtungssperreGesetzt", "Bis auf Weiteres darf nichts vernichtet werden."),
        "hold-lifted/1": Name("vernichtungssperreAufgehoben", "Eine Sperre gegen Vernichtung endete."),
        "offered/1": Name("angeboten", "Unterlagen wurden dem Archiv angeboten."),
        "appraised/1": Name("bewertet", "Das Archiv entschied, was mit den Unterlagen wird."),
        "transferred/1": Name("abgegeben", "Unterlagen wurden abgegeben."),
        "received/1": Name("uebernahmeBestaetigt", "Das Archiv bestätigte die Übernahme."),
        "destroyed/1": Name("vernichtet", "Unterlagen wurden nachweislich vernichtet."),
        "source-observed/1": Name("quelleAbgerufen", "Was eine Quelle zeigte, wurde festgehalten."),
        "record-corrected/1": Name(
            "berichtigung", "Eine eingetragene Angabe wurde berichtigt; das Beschlossene bleibt."
        ),
        "discrepancy-noted/1": Name(
            "unstimmigkeitFestgehalten", "Eine Person stellte eine Unstimmigkeit fest oder erklärte sie."
        ),
    }
)

# Nested records: what an entry of a list of them is called, and what it is.
STRUCTS: Final[Mapping[type[x.Value], Name]] = MappingProxyType(
    {
        x.When: Name("zeitangabe", "Zeitangabe, so genau wie sie bekannt ist und nicht genauer."),
        x.Authority: Name("aussagendeStelle", "Wer die Tatsache bezeugen konnte; nicht, wer sie eintrug."),
        x.Recorder: Name("eintragende", "Wer den Eintrag signierte, und in welcher Rolle."),
        x.Document: Name("dokument", "Dokument nach seinem Inhalt; liegt vor oder ist nur genannt."),
        x.Source: Name("beleg", "Worauf eine Aussage beruht, mit Fundstelle, Zitat und Quellenwert."),
        x.Party: Name("beteiligter", "Wer einreicht, beantragt oder beteiligt ist."),
        x.Signatory: Name("unterzeichner", "Name unter einem Dokument und was von einer Unterschrift zu sehen war."),
        x.Identifier: Name("amtlicheKennung", "Amtliche Kennung einer Körperschaft."),
        x.LegalBasis: Name("grundlageDerVorlage", "Was eine Vorlage als rechtliche Grundlage nennt."),
        x.VoteForm: Name(
            "abstimmungstabelle", "Auf der Vorlage abgedruckte Abstimmungstabelle; eine leere Zelle ist keine Null."
        ),
        x.Validity: Name("geltung", "Wie lange etwas gelten soll, und in welchem Teil des Textes das steht."),
        x.Condition: Name("bedingung", "Bedingung eines Beschlusses, etwa eine Erprobung."),
        x.Because: Name("anlassDerAenderung", "Warum eine Vorlage geändert wurde."),
        x.AgendaItem: Name("tagesordnungspunkt", "Tagesordnungspunkt, wie er festgestellt wurde."),
        x.ItemTitle: Name("titelEinesPunktes", "Titel eines Tagesordnungspunktes."),
        x.PaperHandedOut: Name(
            "unterlage", "Unterlage zu einem Tagesordnungspunkt, und wann die Mitglieder sie bekamen."
        ),
        x.BallotTarget: Name("abstimmungsgegenstand", "Worüber abgestimmt wurde."),
        x.Tally: Name("zaehlung", "Stimmenzahlen einer Abstimmung, jede nur soweit angegeben."),
        x.RequiredMajority: Name("noetigeMehrheit", "Mehrheit, die nötig war."),
        x.Option: Name("moeglichkeit", "Was zur Wahl stand, wo es nicht um Ja oder Nein ging."),
        x.OptionCount: Name("auszaehlung", "Stimmen für eine Wahlmöglichkeit."),
        x.Vote: Name("einzelstimme", "Stimme eines Mitglieds oder einer Fraktion."),
        x.Absence: Name("abwesenheit", "Mitglied, das fehlte."),
        x.Announcement: Name("bekanntgabe", "Wo und wann etwas bekannt gegeben wurde."),
        x.MadeBy: Name("entstehung", "Wie ein Beschluss zustande kam."),
        x.ErasureTarget: Name("loeschgegenstand", "Was eine Löschung entfernte."),
        x.FactReference: Name("betroffeneAngabe", "Feld eines Eintrags, um das es geht."),
        x.Predecessor: Name("vorgaengerRegister", "Ratsbuch, das dieses fortsetzt."),
        x.Rule: Name("regel", "Regel eines Regelwerks mit ihrer Fundstelle."),
    }
)


def event(type_name: str) -> Name:
    """Give what an event type is called."""
    return EVENTS[type_name]


def field(name: str) -> Name:
    """Give what a field is called; the words of a source are called after what they are the words for."""
    found = FIELDS.get(name)
    if found is not None:
        return Name(*found)
    base = FIELDS[name.removesuffix(_LITERAL)]
    return Name(f"{base[0]}Wortlaut", f"Wortlaut der Quelle zu {base[0]}.")


def of_stream(stream: str) -> Name:
    """Give what a stream is called by its kind."""
    return STREAMS[stream.partition(":")[0]]


def missing() -> tuple[str, ...]:
    """Name the event types, nested records and fields that have no name."""
    records = [
        one for one in vars(x).values() if isinstance(one, type) and issubclass(one, x.Value) and one is not x.Value
    ]
    names = {field_name for row in CATALOGUE.values() for field_name in row.fields}
    names |= {field_name for record in records for field_name in record.__struct_fields__}
    return (
        *(type_name for type_name in CATALOGUE if type_name not in EVENTS),
        *(record.__name__ for record in records if record not in STRUCTS),
        *sorted(name for name in names if name not in FIELDS and name.removesuffix(_LITERAL) not in FIELDS),
    )
