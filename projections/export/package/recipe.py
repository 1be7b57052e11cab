"""The recipe in a package: what lies in it, how it is checked with ordinary tools, and what that shows."""

from __future__ import annotations

import textwrap
from importlib import resources
from typing import TYPE_CHECKING, Final

from archive.excerpt import Audience
from projections.export import german
from projections.export.edition import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from projections.export.edition import Edition
    from projections.export.pdf import ProofLines
    from projections.export.xdomea import Missing

WIDTH: Final = 78
_AUDIENCES: Final = {
    Audience.ARCHIVE: "ein Archiv",
    Audience.PARTICIPANT: "Beteiligte",
    Audience.PUBLIC: "die Öffentlichkeit",
}
_FILES: Final = (
    ("", "data/xml/auszug.xml", "der Auszug: signierte Einträge mit Beweisen, und was aus ihnen folgt"),
    ("", "data/schemata/", "das Schema des Auszugs und seine Codelisten"),
    ("", "data/dokumente/", "die Originale, soweit sie vorliegen und herausgegeben werden; unverändert"),
    ("", "data/protokoll/", "Prüfpunkte, Schlüssel des Protokolls und Eintragungsnachweise (C2SP)"),
    ("", "data/schluessel/, data/zertifikate/", "die Schlüssel, mit denen Einträge signiert sind"),
    ("pdf", "data/pdf/", "Lesefassungen und Nachweise (PDF/A-2a); keine Originale"),
    ("ansicht", "data/ansicht/index.html", "dasselbe für den Browser, ohne Netz und ohne Programm"),
    ("xdomea", "data/xdomea/", "die Aussonderungsnachricht 0503 für das Archivsystem"),
)


def script() -> bytes:
    """Give `verify.sh`."""
    return (resources.files("projections.export.package") / "verify.sh").read_bytes()


def readme(edition: Edition, parts: Sequence[str], missing: Sequence[Missing], proof: ProofLines) -> str:
    """Give `LIESMICH.txt`."""
    return "\n".join((*_lines(edition, parts, missing, proof), ""))


def _lines(edition: Edition, parts: Sequence[str], missing: Sequence[Missing], proof: ProofLines) -> Iterator[str]:
    terms = edition.terms
    yield "RATSBUCH-PAKET"
    yield "=" * len("RATSBUCH-PAKET")
    yield ""
    if edition.is_example:
        yield from (EXAMPLE, "")
    yield f"Register     {edition.register.name}"
    yield f"Kennung      {edition.register.id}"
    yield f"Anker        {proof.anchor}"
    yield f"Prüfpunkt    {proof.size} Einträge"
    yield f"Wurzel       {proof.root}"
    yield f"Stichtag     {german.date(terms.day)}"
    yield f"Für          {_AUDIENCES[terms.audience]}"
    if terms.ground is not None:
        yield from _wrapped(f"Grund        {terms.ground}", indent=13)
    yield ""
    yield "GEGENSTAND"
    if terms.whole:
        yield "  das ganze Register"
    else:
        teller = edition.teller()
        for subject in terms.subjects:
            yield from _wrapped(f"  {german.title(teller, subject)}", indent=4)
    yield ""
    yield "WAS IN DIESEM PAKET LIEGT"
    for part, place, what in _FILES:
        if part and (part not in parts or (part == "xdomea" and missing)):
            continue
        yield f"  {place}"
        yield from _wrapped(f"      {what}", indent=6)
    if missing:
        yield ""
        yield from _wrapped(
            "  Eine xdomea-Nachricht liegt nicht bei, weil Pflichtangaben nicht erfasst sind:", indent=2
        )
        for one in dict.fromkeys(f"{one.element}: {one.title}" for one in missing):
            yield from _wrapped(f"    - {one}", indent=6)
    yield ""
    yield "WIE GEPRÜFT WIRD"
    yield from _wrapped(
        "  Mit Ratsbuch: `ratsbuch verify ORDNER`. Dabei wird jede lesbare Aussage aus den Einträgen neu berechnet und "
        "mit diesem Paket verglichen.",
        indent=2,
    )
    yield from _wrapped(
        "  Ohne Ratsbuch: `sh verify.sh` mit openssl (ab 3.0), sha512sum, xmllint, awk und od. Das Skript ist kurz und "
        "zum Lesen gedacht; es tut Folgendes:",
        indent=2,
    )
    for number, step in enumerate(_STEPS, start=1):
        yield from _wrapped(f"   {number}. {step}", indent=6)
    yield ""
    yield "WAS DAS ZEIGT, UND WAS NICHT"
    for line in _SHOWS:
        yield from _wrapped(f"  {line}", indent=2)
        yield ""
    yield "WAS WEGGELASSEN IST"
    yield from _wrapped(
        "  Kein Eintrag eines beiliegenden Stroms fehlt. Was der Empfänger nicht erhalten darf, steht als Hashwert im "
        "Auszug (vorenthalten, protokolleintrag); ein Dokument, das nicht beiliegt, wird durch den Hashwert des Feldes "
        "vertreten, das es nennt. Alles bleibt prüfbar, und nichts davon lässt sich daraus erraten.",
        indent=2,
    )


_STEPS: Final = (
    "sha512sum prüft jede Datei gegen manifest-sha512.txt und tagmanifest-sha512.txt.",
    "xmllint prüft den Auszug gegen sein Schema.",
    "openssl prüft die Ed25519-Unterschrift unter dem Prüfpunkt (data/protokoll/checkpoint).",
    (
        "Je Eintrag: das Token (wert, in Base64) besteht aus Kopf, Inhalt und Unterschrift, durch Punkte getrennt "
        "(JWS, RFC 7515). Die Unterschrift wird mit dem Schlüssel geprüft, den der Kopf nennt."
    ),
    "SHA-512 des Tokens ist der Protokolleintrag; der folgende Eintrag desselben Stroms nennt ihn als prev.",
    "SHA-256 jeder Offenlegung steht im Token (SD-JWT, RFC 9901).",
    (
        "SHA-256 von Nullbyte und Protokolleintrag ist das Blatt; der Pfad (einschlussnachweis) führt zur Wurzel im "
        "Prüfpunkt (RFC 9162). Liegen alle Einträge bei, entsteht die Wurzel aus ihnen."
    ),
)
_SHOWS: Final = (
    (
        "Die Prüfung zeigt, dass die Einträge so beiliegen, wie sie unter den genannten Schlüsseln erfasst wurden, und "
        "an welcher Stelle des Protokolls sie stehen."
    ),
    (
        "Sie zeigt für sich allein nicht, dass es das richtige Register ist: wer alle Schlüssel hat, kann ein anderes "
        "herstellen, das in sich stimmt. Dagegen hilft, was anderswo aufbewahrt wird: der Anker, eine Zeile unter "
        "einer Niederschrift, ein früherer Prüfpunkt oder Nachweis."
    ),
    (
        "Eine Unterschrift unter einem Eintrag beweist, wer ihn erfasst hat. Sie ersetzt keine Unterschrift, keine "
        "Ausfertigung und keine Beglaubigung."
    ),
    "Dass etwas geschehen ist und nie eingetragen wurde, kann kein Protokoll zeigen.",
)


def _wrapped(text: str, *, indent: int) -> Iterable[str]:
    lead = len(text) - len(text.lstrip())
    return textwrap.wrap(
        text.strip(),
        WIDTH,
        initial_indent=" " * lead,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
