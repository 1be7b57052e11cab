"""Writes the schema of the own XML and its code lists from the tables in `projections/export/xml`.

python tests/tools/xsd.py          writes schemas/xratsbuch-*.xsd, schemas/codelisten/*.xml, and the table in README.md
python tests/tools/xsd.py --check  fails where that would change a file
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lxml import etree

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from domain import values as x  # noqa: E402  # the project itself, wherever it is called from
from domain import vocabulary as v  # noqa: E402
from domain.events import CATALOGUE, Event  # noqa: E402
from projections.export.xml import code_lists, kinds, layout, names, schema  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.export.xml.code_lists import CodeList
    from projections.export.xml.kinds import FieldKind, Kind

FOLDER: Final = ROOT / "schemas"
BEGIN: Final = "<!-- files: begin -->"
END: Final = "<!-- files: end -->"
_XS: Final = "http://www.w3.org/2001/XMLSchema"
_GC: Final = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STREAM: Final = f"({'|'.join(x.STREAM_KINDS)}):{_UUID}"
_EVENT: Final = f"{_STREAM}#[1-9][0-9]{{0,9}}"


def _pattern(hint: object) -> str:
    """Translate the pattern of a domain type: the schema's patterns are anchored, and know no unnamed groups."""
    found: str = hint.__metadata__[0].pattern  # type: ignore[attr-defined]  # it is `Annotated`
    return found.removeprefix("^").removesuffix("\\Z").replace("(?:", "(")


# Simple types: name, base, facets, what they are. `…Wert` is the bare value, `…Type` the same as an element.
_SIMPLE: Final = (
    ("Text", "xs:string", (), "Text, wie er eingetragen ist; nichts daran wird bereinigt."),
    ("Json", "xs:string", (), "Wert in JSON, kanonisch (RFC 8785)."),
    ("Wahrheitswert", "xs:boolean", (), "Ja oder nein."),
    ("Ganzzahl", "xs:nonNegativeInteger", (("maxInclusive", str(2**53 - 1)),), "Ganze Zahl."),
    ("Anzahl", "xs:nonNegativeInteger", (("maxInclusive", "1000000"),), "Anzahl."),
    ("Nummer", "xs:positiveInteger", (("maxInclusive", "1000000"),), "Laufende Nummer."),
    ("Datum", "xs:string", (("pattern", _pattern(x.Date)),), "Jahr, Monat, Tag oder Zeitpunkt, wie angegeben."),
    ("Zeitpunkt", "xs:string", (("pattern", _pattern(x.Instant)),), "Zeitpunkt mit Abstand zu UTC (RFC 3339)."),
    (
        "Dauer",
        "xs:string",
        (("pattern", "P([0-9]{1,4}Y)?([0-9]{1,4}M)?([0-9]{1,5}W)?([0-9]{1,6}D)?"), ("minLength", "3")),
        "Periode aus Jahren, Monaten, Wochen oder Tagen (ISO 8601).",
    ),
    ("Anteil", "xs:string", (("pattern", _pattern(x.Share)),), "Anteil als Bruch."),
    ("Kennung", "xs:string", (("pattern", _UUID),), "Kennung innerhalb eines Gegenstands (UUID)."),
    ("Eintragskennung", "xs:string", (("pattern", _EVENT),), "Eintrag: Gegenstand und Folgenummer."),
    (
        "GegenstandOderEintrag",
        "xs:string",
        (("pattern", f"{_STREAM}(#[1-9][0-9]{{0,9}})?"),),
        "Gegenstand oder Eintrag.",
    ),
    ("Feldpfad", "xs:string", (("pattern", "[a-z0-9_./]{1,1100}"),), "Pfad eines Feldes."),
    ("Sha256", "xs:string", (("pattern", _pattern(x.DigestB64)),), "SHA-256, base64url ohne Auffüllung."),
    ("Sha512", "xs:string", (("pattern", _pattern(x.Sha512Hex)),), "SHA-512, hexadezimal."),
    ("Base64", "xs:string", (("pattern", _pattern(x.Base64)),), "Base64, wie es eingetragen ist."),
    ("Wahlschluessel", "xs:string", (("pattern", _pattern(x.OptionKey)),), "Schlüssel einer Wahlmöglichkeit."),
)
_BARE: Final = (
    ("PositionType", "xs:positiveInteger", (("maxInclusive", str(2**53 - 1)),), "Position eines Eintrags im Ratsbuch."),
    ("UuidWert", "xs:string", (("pattern", _UUID),), "UUID."),
    ("GegenstandWert", "xs:string", (("pattern", _STREAM),), "Kennung eines Gegenstands."),
    (
        "ZustandWert",
        "xs:string",
        tuple(("enumeration", one) for one in ("leer", "vorenthalten", "geloescht", "nichtVorhanden")),
        "Warum kein Wert da steht: leer gelassen, vorenthalten, gelöscht oder nicht vorhanden.",
    ),
    ("RichtungWert", "xs:string", (("enumeration", "vonHier"), ("enumeration", "hierher")), "Richtung eines Bezugs."),
    ("GrundlageWert", "xs:string", (("enumeration", "erschlossen"),), "Der Wert ist nicht angegeben, er folgt."),
    ("HashwertBase64", "xs:base64Binary", (("length", "32"),), "SHA-256, Base64."),
    ("ProtokolleintragWert", "xs:base64Binary", (("length", "64"),), "Protokolleintrag: SHA-512 des Eintrags, Base64."),
    ("TokenWert", "xs:base64Binary", (("minLength", "1"), ("maxLength", str(2**21))), "Signierte Bytes, Base64."),
    (
        "VorenthaltenGrund",
        "xs:string",
        tuple(("enumeration", one) for one in ("nichtOeffentlich", "personenbezogen", "gesperrt", "geloescht")),
        "Warum etwas nicht gegeben ist.",
    ),
    (
        "DokumentGrund",
        "xs:string",
        tuple(
            ("enumeration", one)
            for one in ("nurImPaket", "liegtNichtVor", "nichtOeffentlich", "personenbezogen", "gesperrt", "geloescht")
        ),
        "Warum die Bytes eines Dokuments nicht im Export sind.",
    ),
    (
        "EmpfaengerkreisWert",
        "xs:string",
        tuple(("enumeration", one) for one in ("archiv", "beteiligte", "oeffentlichkeit")),
        "Für wen der Auszug ist.",
    ),
)

# The frame: type, what it is, children (name, type, occurs, what it is).
_C: Final = layout.Child
_ONE, _MAYBE, _ANY, _MANY = layout.ONE, layout.MAYBE, layout.ANY, layout.MANY
_FRAME: Final = (
    (
        "NachrichtenkopfType",
        "Kopf der Nachricht.",
        (
            _C("identifikation.nachricht", "IdentifikationNachrichtType", _ONE, "Womit die Nachricht erkannt wird."),
            _C("autor", "AutorType", _ONE, "Wessen Ratsbuch es ist."),
            _C("hinweis", "xs:string", _ONE, "Was dieses Dokument ist und was nicht."),
        ),
    ),
    (
        "IdentifikationNachrichtType",
        "Womit die Nachricht erkannt wird.",
        (
            _C(
                "nachrichtenUUID",
                "UuidWert",
                _ONE,
                "UUID der Nachricht; gleich bei gleichem Stand und gleichen Bedingungen.",
            ),
            _C("nachrichtentyp", code_lists.MESSAGES.type, _ONE, "Typ der Nachricht."),
            _C("erstellungszeitpunkt", "ZeitpunktUtcWert", _ONE, "Zeitpunkt des neuesten enthaltenen Eintrags, UTC."),
        ),
    ),
    (
        "AutorType",
        "Wessen Ratsbuch es ist.",
        (
            _C("name", "xs:string", _ONE, "Name des Ratsbuchs."),
            _C("kennung", "UuidWert", _MAYBE, "UUID des Ratsbuchs."),
        ),
    ),
    (
        "AuszugType",
        "Bedingungen, unter denen der Auszug gemacht ist.",
        (
            _C("empfaengerkreis", "EmpfaengerkreisWert", _ONE, "Für wen."),
            _C("grund", "xs:string", _MAYBE, "Auf welcher Grundlage, in Worten."),
            _C("mitGesperrtem", "xs:boolean", _ONE, "Ob gesperrte Einträge ganz gegeben sind."),
            _C("ganzesRegister", "xs:boolean", _ONE, "Ob das ganze Ratsbuch gegeben ist."),
            _C("stichtag", "TagWert", _ONE, "Tag, nach dessen Freigaben der Auszug gemacht ist."),
            _C("gegenstand", "GegenstandWert", _ANY, "Worum es geht."),
        ),
    ),
    (
        "PruefpunktType",
        "Signierter Prüfpunkt des Protokolls.",
        (
            _C("groesse", "PositionType", _ONE, "Über wie viele Einträge er geht."),
            _C("wortlaut", "TokenWert", _ONE, "Signierter Prüfpunkt, Base64."),
            _C("konsistenznachweis", "HashpfadType", _MAYBE, "Nachweis, dass der neueste Prüfpunkt diesen fortsetzt."),
        ),
    ),
    (
        "HashpfadType",
        "Hashwerte eines Nachweises (RFC 9162).",
        (_C("pfadHashwert", "HashwertBase64", _ANY, "Ein Hashwert."),),
    ),
    (
        "StromType",
        "Gegenstand, dessen Einträge ohne Lücke enthalten sind.",
        (
            _C("kennung", "GegenstandWert", _ONE, "Kennung des Gegenstands."),
            _C("letzteFolgenummer", "NummerWert", _ONE, "Wie viele Einträge er hat."),
        ),
    ),
    (
        "VorenthaltenType",
        "Angabe, die nicht offengelegt ist.",
        (
            _C("hashwert", "Sha256Wert", _ONE, "Hashwert der Offenlegung."),
            _C("grund", "VorenthaltenGrund", _ONE, "Warum."),
        ),
    ),
    (
        "SchluesselType",
        "Schlüssel, mit dem eingetragen werden darf oder durfte.",
        (
            _C("kennung", "Sha256Wert", _ONE, "SHA-256 des Zertifikats."),
            _C("verfahren", "xs:token", _ONE, "Signaturverfahren (JOSE-Name)."),
            _C("inhaber", "UuidWert", _ONE, "Personenschlüssel des Inhabers."),
            _C("rolle", "xs:token", _ANY, "Rolle, für die er zugelassen ist."),
            _C("oeffentlicherSchluessel", "TokenWert", _ONE, "Öffentlicher Schlüssel (SPKI), Base64."),
            _C("zertifikat", "TokenWert", _MAYBE, "Zertifikat (DER), Base64."),
            _C("gueltigAb", "PositionType", _ONE, "Eintrag, der ihn zuließ."),
            _C("widerrufenAb", "PositionType", _MAYBE, "Eintrag, der ihn sperrte."),
        ),
    ),
    (
        "ProtokollschluesselType",
        "Schlüssel, die Prüfpunkte signieren.",
        (
            _C("ed25519", "xs:string", _ONE, "Schlüssel Ed25519."),
            _C("mldsa44", "xs:string", _ONE, "Schlüssel ML-DSA-44."),
            _C("gueltigAb", "PositionType", _ONE, "Eintrag, der sie einführte."),
        ),
    ),
    (
        "NachweisDokumentType",
        "Dokument, das ein Eintrag nennt.",
        (
            _C("hashwert", "Sha512Wert", _ONE, "SHA-512 seiner Bytes."),
            _C("groesseBytes", "GanzzahlWert", _MAYBE, "Größe in Bytes."),
            _C("medientyp", "xs:string", _MAYBE, "Medientyp."),
            _C("bezeichnung", "xs:string", _MAYBE, "Titel."),
            _C("dateiname", "DateinameWert", _MAYBE, "Name der Datei im Export."),
            _C("enthalten", "xs:boolean", _ONE, "Ob die Bytes im Export sind."),
            _C("grund", "DokumentGrund", _MAYBE, "Warum nicht."),
        ),
    ),
)
_EVIDENCE: Final = (
    _C("ratsbuch", "UuidWert", _ONE, "UUID des Ratsbuchs."),
    _C("anker", "AnkerWert", _ONE, "Anker: SHA-256 des ersten Eintrags."),
    _C("groesse", "PositionType", _ONE, "Über wie viele Einträge der neueste Prüfpunkt geht."),
    _C("pruefpunkt", "PruefpunktType", _MANY, "Prüfpunkt, der neueste zuerst."),
    _C("strom", "StromType", _MANY, "Gegenstand, dessen Einträge enthalten sind."),
    _C("eintrag", "EintragType", _MANY, "Eintrag als signierte Bytes, oder was von ihm gegeben ist."),
    _C("schluessel", "SchluesselType", _ANY, "Schlüssel."),
    _C("protokollschluessel", "ProtokollschluesselType", _ANY, "Protokollschlüssel."),
    _C("dokument", "NachweisDokumentType", _ANY, "Dokument."),
)
_MORE_BARE: Final = (
    (
        "ZeitpunktUtcWert",
        "xs:dateTime",
        (("pattern", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),),
        "Zeitpunkt, UTC.",
    ),
    ("TagWert", "xs:date", (("pattern", "[0-9]{4}-[0-9]{2}-[0-9]{2}"),), "Tag ohne Zeitzone."),
    ("AnkerWert", "xs:string", (("pattern", "[0-9a-f]{64}"),), "SHA-256, hexadezimal."),
    ("DateinameWert", "xs:string", (("pattern", "[A-Za-z0-9_-]{1,200}\\.[A-Za-z0-9]{1,8}"),), "Dateiname."),
    ("EintragstypWert", "xs:string", (("pattern", "[a-z][a-z-]{0,63}/[1-9][0-9]{0,3}"),), "Typ eines Eintrags."),
)


class Maker:
    """Makes the schema."""

    def __init__(self) -> None:
        self.root = etree.Element(
            f"{{{_XS}}}schema",
            nsmap={"xs": _XS, "xrb": schema.NAMESPACE},
            targetNamespace=schema.NAMESPACE,
            version=schema.SCHEMA_VERSION,
            elementFormDefault="qualified",
            attributeFormDefault="unqualified",
        )
        self._lists: dict[str, Kind] = {}

    # -- small things -----------------------------------------------------------------------------

    def put(self, parent: etree._Element, tag: str, says: str | None = None, /, **attributes: str) -> etree._Element:
        made = etree.SubElement(parent, f"{{{_XS}}}{tag}", attributes)
        if says is not None:
            note = self.put(self.put(made, "annotation"), "documentation")
            note.set("{http://www.w3.org/XML/1998/namespace}lang", "de")
            note.text = says
        return made

    def element(self, parent: etree._Element, child: layout.Child, *, nillable: bool = True) -> etree._Element:
        low, high = child.occurs
        more = {} if child.occurs == layout.ONE else {"minOccurs": str(low), "maxOccurs": high}
        if nillable and child.name != "beruhtAuf":
            more["nillable"] = "true"
        return self.put(parent, "element", child.says, name=child.name, type=_typed(child.type), **more)

    def field(self, parent: etree._Element, field: FieldKind) -> None:
        name = names.field(field.name)
        self.element(
            parent, layout.Child(name.element, self.kind(field.kind), _ONE if field.required else _MAYBE, name.says)
        )

    def kind(self, kind: Kind) -> str:
        if kind.form == "list":
            self._lists[kind.xsd] = kind
        return kind.xsd

    def group(self, parent: etree._Element) -> None:
        self.put(parent, "attributeGroup", ref="xrb:AngabeAttribute")

    # -- the schema -------------------------------------------------------------------------------

    def make(self) -> bytes:
        self._head()
        self._root()
        for kind, name in names.STREAMS.items():
            self.put(self.root, "element", name.says, name=name.element, type=f"xrb:{_stream_type(kind)}")
        for child in _EVIDENCE:
            self.put(self.root, "element", child.says, name=child.name, type=_typed(child.type))
        self.put(self.root, "element", "Kopf der Nachricht.", name="nachrichtenkopf", type="xrb:NachrichtenkopfType")
        self.put(self.root, "element", "Bedingungen des Auszugs.", name="auszug", type="xrb:AuszugType")
        self._frame()
        for kind in names.STREAMS:
            self._stream(kind)
        self._circumstances()
        for row in CATALOGUE.values():
            self._event(row.name, row.cls)
        for record, name in names.STRUCTS.items():
            self._record(name.type, name.says, kinds.fields(record))
        for derived in layout.DERIVED:
            self._derived(derived)
        self._version()
        self._simple()
        self._references()
        for codes in code_lists.EVERY:
            self._codes(codes)
        self._standing_codes()
        self._list_types()
        etree.indent(self.root, space="  ")
        return _bytes(self.root)

    def _head(self) -> None:
        annotation = self.put(self.root, "annotation")
        info = self.put(annotation, "appinfo")
        standard = etree.SubElement(info, "standard")
        for name, text in (
            ("nameLang", "RatsbuchAuszug"),
            ("nameKurz", schema.STANDARD),
            ("nameTechnisch", "xratsbuch"),
            ("kennung", schema.NAMESPACE),
            (
                "beschreibung",
                "Auszug aus einem Ratsbuch, mit Nachweisen; orientiert an XÖV, nicht zertifiziert.",
            ),
        ):
            etree.SubElement(standard, name).text = text
        version = etree.SubElement(info, "versionStandard")
        etree.SubElement(version, "version").text = schema.SCHEMA_VERSION
        etree.SubElement(version, "beschreibung").text = "Erste Fassung; orientiert an XÖV, nicht zertifiziert."
        note = self.put(annotation, "documentation")
        note.set("{http://www.w3.org/XML/1998/namespace}lang", "de")
        note.text = (
            "Ein Element, das fehlt, ist nicht erwähnt; xsi:nil mit zustand sagt, ob es leer gelassen, vorenthalten, "
            "gelöscht oder nicht vorhanden ist. Jede Aussage nennt die Einträge, auf denen sie beruht."
        )

    def _root(self) -> None:
        root = self.put(
            self.root,
            "element",
            "RatsbuchAuszug: Nachweis und lesbarer Inhalt.",
            name="archivierung.RatsbuchAuszug.0101",
        )
        complex_type = self.put(root, "complexType")
        sequence = self.put(complex_type, "sequence")
        for name in ("nachrichtenkopf", "auszug"):
            self.put(sequence, "element", ref=f"xrb:{name}")
        self.put(sequence, "element", "Signierte Einträge und Nachweise.", name="nachweis", type="xrb:NachweisType")
        self.put(sequence, "element", "Was die Einträge sagen.", name="inhalt", type="xrb:InhaltType")
        for name, use, fixed in (
            ("produkt", "required", None),
            ("produkthersteller", "required", None),
            ("produktversion", "required", None),
            ("standard", "required", schema.STANDARD),
            ("version", "required", schema.SCHEMA_VERSION),
            ("test", "optional", None),
        ):
            kind = "xs:boolean" if name == "test" else "xs:string"
            self.put(complex_type, "attribute", name=name, type=kind, use=use, **({"fixed": fixed} if fixed else {}))
        self._identity(root, "key", "Eintrag", "xrb:nachweis/xrb:eintrag", "xrb:position")
        self._identity(root, "key", "Strom", "xrb:nachweis/xrb:strom", "xrb:kennung")
        self._identity(root, "unique", "Gegenstand", "xrb:inhalt/*", "@kennung")
        self._identity(root, "keyref", "EintragDesStroms", "xrb:nachweis/xrb:eintrag", "xrb:strom", "Strom")
        self._identity(root, "keyref", "GegenstandDesInhalts", "xrb:inhalt/*", "@kennung", "Strom")
        for name in schema.REFERRING_ATTRIBUTES:
            selector = ".//*" if name == "beruhtAuf" else ".//xrb:nichtGegebenerEintrag"
            self._identity(root, "keyref", f"Attribut.{name}", selector, f"@{name}", "Eintrag")
        for name in schema.REFERRING_ELEMENTS:
            self._identity(root, "keyref", f"Element.{name}", f".//xrb:{name}", ".", "Eintrag")

    def _identity(
        self, parent: etree._Element, form: str, name: str, selector: str, field: str, refer: str | None = None
    ) -> None:
        made = self.put(parent, form, name=name, **({"refer": f"xrb:{refer}"} if refer else {}))
        self.put(made, "selector", xpath=selector)
        self.put(made, "field", xpath=field)

    def _frame(self) -> None:
        for name, says, children in _FRAME:
            self._sequence(name, says, children)
        made = self.put(
            self.root, "complexType", "Eintrag als signierte Bytes, oder sein Protokolleintrag.", name="EintragType"
        )
        sequence = self.put(made, "sequence")
        for child in (
            _C("position", "PositionType", _ONE, "Position im Ratsbuch."),
            _C("strom", "GegenstandWert", _ONE, "Gegenstand, zu dem er gehört."),
            _C("folgenummer", "NummerWert", _ONE, "Platz im Gegenstand."),
            _C("typ", "EintragstypWert", _MAYBE, "Typ des Eintrags."),
        ):
            self.element(sequence, child, nillable=False)
        choice = self.put(sequence, "choice")
        self.element(choice, _C("wert", "TokenWert", _ONE, "Der Eintrag, signiert."), nillable=False)
        log_entry = self.put(
            choice, "element", "SHA-512 des Eintrags, wo er selbst nicht gegeben ist.", name="protokolleintrag"
        )
        extension = self.put(
            self.put(self.put(log_entry, "complexType"), "simpleContent"), "extension", base="xrb:ProtokolleintragWert"
        )
        self.put(extension, "attribute", name="grund", type="xrb:VorenthaltenGrund")
        for child in (
            _C("offenlegung", "TokenWert", _ANY, "Offengelegte Angabe, Base64."),
            _C("vorenthalten", "VorenthaltenType", _ANY, "Nicht offengelegte Angabe."),
            _C("einschlussnachweis", "HashpfadType", _MAYBE, "Nachweis, dass der Prüfpunkt über den Eintrag geht."),
        ):
            self.element(sequence, child, nillable=False)
        evidence = self.put(self.put(self.root, "complexType", "Nachweis.", name="NachweisType"), "sequence")
        for child in _EVIDENCE:
            low, high = child.occurs
            self.put(evidence, "element", ref=f"xrb:{child.name}", minOccurs=str(low), maxOccurs=high)
        content = self.put(self.put(self.root, "complexType", "Inhalt.", name="InhaltType"), "sequence")
        for kind, stream in names.STREAMS.items():
            least, most = ("1", "1") if kind == "register" else ("0", "unbounded")
            self.put(content, "element", ref=f"xrb:{stream.element}", minOccurs=least, maxOccurs=most)
        for name, base, facets, says in (*_BARE, *_MORE_BARE):
            self._restricted(name, base, facets, says)

    def _sequence(self, name: str, says: str, children: Iterable[layout.Child]) -> None:
        sequence = self.put(self.put(self.root, "complexType", says, name=name), "sequence")
        for child in children:
            self.element(sequence, child, nillable=False)

    def _stream(self, kind: str) -> None:
        name = names.STREAMS[kind]
        made = self.put(self.root, "complexType", name.says, name=_stream_type(kind))
        sequence = self.put(made, "sequence")
        choice = self.put(sequence, "choice", minOccurs="0", maxOccurs="unbounded")
        for row in CATALOGUE.values():
            if kind in row.streams:
                event = names.event(row.name)
                self.put(choice, "element", event.says, name=event.element, type=f"xrb:{_event_type(row.name)}")
        hidden = "Eintrag, von dem nichts gesagt werden kann."
        self.element(sequence, _C("nichtGegebenerEintrag", "NichtGegebenerEintragType", _ANY, hidden), nillable=False)
        for child in (*layout.AFTER_ENTRIES[kind], *layout.FINDINGS_LAST):
            self.element(sequence, child)
        self.put(
            made, "attribute", "Kennung des Gegenstands.", name="kennung", type="xrb:GegenstandWert", use="required"
        )
        self.put(made, "attribute", "Bezeichnung für Menschen.", name="bezeichnung", type="xs:string", use="required")

    def _event(self, type_name: str, cls: type[Event]) -> None:
        name = names.event(type_name)
        made = self.put(self.root, "complexType", name.says, name=_event_type(type_name))
        sequence = self.put(made, "sequence")
        self.put(sequence, "group", ref="xrb:Umstaende")
        for field in kinds.fields(cls):
            self.field(sequence, field)
        for attribute, kind, says, more in (
            ("beruhtAuf", "xrb:PositionType", "Position des Eintrags.", {}),
            ("folgenummer", "xrb:NummerWert", "Platz des Eintrags im Gegenstand.", {}),
            ("typ", "xs:string", "Typ des Eintrags.", {"fixed": type_name}),
        ):
            self.put(made, "attribute", says, name=attribute, type=kind, use="required", **more)

    def _circumstances(self) -> None:
        group = self.put(self.root, "group", "Was jeder Eintrag außer seinen eigenen Angaben hat.", name="Umstaende")
        sequence = self.put(group, "sequence")
        correction = "Berichtigung oder Löschung, die in diese Angaben eingegangen ist."
        self.element(sequence, _C("beruhtAuf", "PositionType", _ANY, correction))
        self.element(
            sequence, _C("eingetragenAm", "ZeitpunktType", _ONE, "Wann eingetragen wurde, UTC."), nillable=False
        )
        recorder = names.STRUCTS[x.Recorder]
        self.element(sequence, _C("eingetragenVon", recorder.type, _ONE, recorder.says), nillable=False)
        visible = code_lists.LISTS[v.Visibility].type
        self.element(
            sequence,
            _C("sichtbarkeit", visible, _ONE, "Wer den Eintrag sehen darf, nach allen Freigaben."),
            nillable=False,
        )
        for field in kinds.CIRCUMSTANCES:
            self.field(sequence, field)

    def _record(self, name: str, says: str, fields: Iterable[FieldKind]) -> None:
        made = self.put(self.root, "complexType", says, name=name)
        sequence = self.put(made, "sequence")
        for field in fields:
            self.field(sequence, field)
        self.group(made)

    def _derived(self, derived: layout.Derived) -> None:
        made = self.put(self.root, "complexType", derived.says, name=derived.type)
        if derived.children:
            sequence = self.put(made, "sequence")
            for child in derived.children:
                self.element(sequence, child)
        for name, kind, says in derived.attributes:
            use = "optional" if name.endswith("?") else "required"
            self.put(made, "attribute", says, name=name.removesuffix("?"), type=_typed(kind), use=use)

    def _version(self) -> None:
        made = self.put(
            self.root, "complexType", "Fassung einer Vorlage, ganz ausgeschrieben.", name="VorlagenfassungType"
        )
        sequence = self.put(made, "sequence")
        held = layout.Child("liegtVor", "WahrheitswertType", _MAYBE, "Ob das Dokument der Fassung vorliegt.")
        self.element(sequence, _C("beruhtAuf", "PositionType", _MANY, "Eintrag, auf dem die Fassung beruht."))
        self.element(sequence, _C("fassung", "NummerType", _ONE, "Nummer der Fassung."))
        self.element(sequence, held)
        for name, kind in (
            ("titel", "TextType"),
            ("medientyp", "TextType"),
            ("groesseBytes", "GanzzahlType"),
            ("hashwert", "Sha512Type"),
        ):
            self.element(
                sequence,
                _C(
                    name,
                    kind,
                    _MAYBE,
                    names.field(
                        {"titel": "title", "medientyp": "media_type", "groesseBytes": "size", "hashwert": "digest"}[
                            name
                        ]
                    ).says,
                ),
            )
        for field in kinds.VERSION:
            self.field(sequence, field)

    # -- simple types -----------------------------------------------------------------------------

    def _restricted(self, name: str, base: str, facets: Iterable[tuple[str, str]], says: str) -> None:
        made = self.put(self.root, "simpleType", says, name=name)
        restriction = self.put(made, "restriction", base=base)
        for facet, value in facets:
            self.put(restriction, facet, value=value)

    def _simple(self) -> None:
        for name, base, facets, says in _SIMPLE:
            self._restricted(f"{name}Wert", base, facets, says)
            made = self.put(self.root, "complexType", says, name=f"{name}Type")
            self.group(self.put(self.put(made, "simpleContent"), "extension", base=f"xrb:{name}Wert"))
        group = self.put(
            self.root, "attributeGroup", "Was es über eine Angabe noch zu sagen gibt.", name="AngabeAttribute"
        )
        for name, kind, says in (
            ("beruhtAuf", "xrb:PositionType", "Position des Eintrags, der es sagt."),
            ("ausFassung", "xrb:NummerWert", "Nummer der Fassung, aus der die Angabe übernommen ist."),
            ("grundlage", "xrb:GrundlageWert", "Ob der Wert erschlossen ist."),
            ("zustand", "xrb:ZustandWert", "Warum kein Wert da steht."),
        ):
            self.put(group, "attribute", says, name=name, type=kind)

    def _references(self) -> None:
        made = self.put(self.root, "complexType", "Verweis auf einen Gegenstand.", name="VerweisType")
        extension = self.put(self.put(made, "simpleContent"), "extension", base="xrb:GegenstandWert")
        self.group(extension)
        self.put(extension, "attribute", "Ob der Auszug den Gegenstand enthält.", name="imAuszug", type="xs:boolean")
        made = self.put(self.root, "complexType", "Text in einer anderen Sprache als Deutsch.", name="SprachtextType")
        extension = self.put(self.put(made, "simpleContent"), "extension", base="xs:string")
        self.put(extension, "attribute", "Sprache des Textes.", name="sprache", type="xs:language", use="required")
        made = self.put(self.root, "complexType", "Eintrag, durch den es geschah.", name="PositionselementType")
        self.put(made, "attribute", "Position des Eintrags.", name="beruhtAuf", type="xrb:PositionType", use="required")

    def _codes(self, codes: CodeList) -> None:
        value = f"{codes.type.removesuffix('Type')}Wert"
        is_open = codes is code_lists.FINDINGS
        facets = (
            [("pattern", "[A-Z][A-Z0-9_]{2,63}")] if is_open else [("enumeration", code) for code, _ in codes.codes]
        )
        self._restricted(value, "xs:token", facets, f"Code: {codes.title}.")
        self._code_type(codes.type, value, codes.title, schema.code_list_uri(codes.name))

    def _code_type(self, name: str, value: str, title: str, uri: str | None) -> None:
        made = self.put(self.root, "complexType", f"{title}.", name=name)
        sequence = self.put(made, "sequence")
        self.put(sequence, "element", "Der Code.", name="code", type=f"xrb:{value}")
        self.put(sequence, "element", "Der Code in Worten.", name="name", type="xs:string", minOccurs="0")
        self.group(made)
        fixed = {"fixed": uri} if uri is not None else {}
        self.put(made, "attribute", "URI der Codeliste.", name="listURI", type="xs:anyURI", **fixed)
        self.put(
            made,
            "attribute",
            "Version der Codeliste.",
            name="listVersionID",
            type="xs:token",
            fixed=schema.CODE_LIST_VERSION,
        )

    def _standing_codes(self) -> None:
        """A standing is a code of one of two lists, and says of which."""
        self._restricted("StandcodeWert", "xs:token", (("pattern", "[a-z_]{1,40}"),), "Code eines Stands.")
        self._code_type("StandcodeType", "StandcodeWert", "Stand als Code der Liste, die dabei steht", None)

    def _list_types(self) -> None:
        done: set[str] = set()
        self._lists.setdefault(layout_list().xsd, layout_list())
        while todo := [kind for name, kind in self._lists.items() if name not in done]:
            for kind in todo:
                assert kind.inner is not None  # a list holds something
                done.add(kind.xsd)
                made = self.put(
                    self.root, "complexType", "Liste; ohne Einträge ist sie als leer angegeben.", name=kind.xsd
                )
                sequence = self.put(made, "sequence")
                says = "Ein Wert der Liste."
                if kind.inner.form == "record":
                    says = next(name.says for name in names.STRUCTS.values() if name.type == kind.inner.xsd)
                self.element(sequence, _C(kind.inner.item, self.kind(kind.inner), _ANY, says))
                self.group(made)


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def layout_list() -> Kind:
    """Give the list of votes, which a derived element names."""
    vote = kinds.of(x.Vote)
    return kinds.Kind(f"Liste.{vote.xsd}", "list", inner=vote)


def _typed(name: str) -> str:
    return name if name.startswith("xs:") else f"xrb:{name}"


def _stream_type(kind: str) -> str:
    return f"Gegenstand.{names.STREAMS[kind].type}"


def _event_type(type_name: str) -> str:
    return f"Eintrag.{names.event(type_name).type}"


# -- code lists -----------------------------------------------------------------------------------


def genericode(codes: CodeList) -> bytes:
    """Give a code list as genericode."""
    root = etree.Element(f"{{{_GC}}}CodeList", nsmap={"gc": _GC})

    def put(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
        made = etree.SubElement(parent, name, attributes)
        made.text = text
        return made

    description = put(put(root, "Annotation"), "Description")
    for name, text in (
        ("nameKurz", codes.name),
        ("beschreibung-codeliste", f"{codes.title}. Orientiert an XÖV, nicht zertifiziert."),
        ("herausgebernameKurz", "Ratsbuch"),
    ):
        etree.SubElement(description, f"{{{schema.code_list_uri('beschreibung')}}}{name}").text = text
    identification = put(root, "Identification")
    uri = schema.code_list_uri(codes.name)
    put(identification, "ShortName", codes.name)
    put(identification, "LongName", codes.title)
    put(identification, "Version", schema.CODE_LIST_VERSION)
    put(identification, "CanonicalUri", uri)
    put(identification, "CanonicalVersionUri", f"{uri}_{schema.CODE_LIST_VERSION}")
    put(put(identification, "Agency"), "ShortName", "Ratsbuch")
    columns = put(root, "ColumnSet")
    for key, title in (("code", "Code"), ("name", "Name")):
        column = put(columns, "Column", Id=key, Use="required")
        put(column, "ShortName", title)
        put(column, "Data", Type="string")
    unique = put(columns, "Key", Id="codeKey")
    put(unique, "ShortName", "CodeKey")
    put(unique, "ColumnRef", Ref="code")
    rows = put(root, "SimpleCodeList")
    for code, name in codes.codes:
        row = put(rows, "Row")
        for column_name, text in (("code", code), ("name", name)):
            put(put(row, "Value", ColumnRef=column_name), "SimpleValue", text)
    etree.indent(root, space="  ")
    return _bytes(root)


# -- files ----------------------------------------------------------------------------------------


def files() -> dict[Path, bytes]:
    """Give every file that is made."""
    made = {FOLDER / schema.SCHEMA_FILE: Maker().make()}
    for codes in code_lists.EVERY:
        made[FOLDER / schema.CODE_LISTS_FOLDER / f"{codes.name}.xml"] = genericode(codes)
    lines = ["| file | what | origin | version | SHA-256 |", "|---|---|---|---|---|"]
    titles = {f"{codes.name}.xml": f"code list: {codes.title}" for codes in code_lists.EVERY}
    for path, data in sorted(made.items()):
        what = titles.get(path.name, "own XML (RatsbuchAuszug)")
        digest = hashlib.sha256(data).hexdigest()
        name = path.relative_to(FOLDER).as_posix()
        lines.append(
            f"| `{name}` | {what} | Ratsbuch, made by `tests/tools/xsd.py` | {schema.SCHEMA_VERSION} | `{digest}` |"
        )
    readme = FOLDER / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    made[readme] = (f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}").encode()
    return made


def main() -> int:
    """Write, or check."""
    is_check = "--check" in sys.argv[1:]
    made = files()
    stale = [path for path, data in made.items() if not path.exists() or path.read_bytes() != data]
    surplus = sorted(set((FOLDER / schema.CODE_LISTS_FOLDER).glob("*")) - made.keys())
    if is_check:
        for path in (*stale, *surplus):
            print(f"{path}: not as the tables give it; run {Path(__file__).name}", file=sys.stderr)
        return 1 if stale or surplus else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(made[path])
    for path in surplus:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
