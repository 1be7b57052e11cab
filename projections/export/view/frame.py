"""The frame of every page: what it is, what it proves and what not, and how to check it."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Final

from projections.export import german
from projections.export.edition import EXAMPLE, PRODUCT
from projections.export.view.desk import definitions, section
from projections.export.view.html import document, el
from projections.wording import without_example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.export.edition import Edition
    from projections.export.view.desk import Proof

_POLICY: Final = "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@functools.cache
def style() -> str:
    """Give the style sheet, which stands in every page: nothing is loaded."""
    return (resources.files("projections.export.view") / "style.css").read_text(encoding="utf-8")


@functools.cache
def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return _POLICY.format(digest=digest)


def page(edition: Edition, title: str, content: object, *, contents: Sequence[tuple[str, str]], back: bool) -> bytes:
    """Write a page.

    Args:
        edition: What is told.
        title: Of the page.
        content: What stands in its main part, its first heading included.
        contents: The parts of the page: place and name.
        back: Whether it leads back to the list of all pages.
    """
    name = without_example(edition.register.name)
    banner = el("p", EXAMPLE, class_="beispiel") if edition.is_example else None
    nav = el(
        "nav",
        el("ul", [el("li", el("a", label, href=f"#{key}")) for key, label in contents]),
        aria_label="Auf dieser Seite",
    )
    head = el(
        "header",
        banner,
        el(
            "p",
            el("strong", "Ratsbuch"),
            f" · {name}",
            [" · ", el("a", "Übersicht aller Gegenstände", href="index.html")] if back else None,
        ),
    )
    foot = el(
        "footer",
        el(
            "p",
            f"Lesefassung aus Einträgen, erzeugt mit {PRODUCT} {edition.terms.version}, Stichtag ",
            el("time", german.date(edition.terms.day), datetime=edition.terms.day),
            ". Kein amtliches Dokument, keine Beglaubigung.",
        ),
        banner and el("p", EXAMPLE, class_="beispiel"),
    )
    root = el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", http_equiv="Content-Security-Policy", content=_policy()),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="referrer", content="no-referrer"),
            el("title", f"{EXAMPLE}: " if edition.is_example else "", title, f" – Ratsbuch {name}"),
            el("style", style()),
        ),
        el(
            "body",
            el("a", "Zum Inhalt springen", href="#inhalt", class_="sprung"),
            head,
            nav if contents else None,
            el("main", content, id="inhalt", tabindex="-1"),
            foot,
        ),
        lang="de",
    )
    return document(root)


def about(edition: Edition, *, level: int) -> object:
    """Say what the page is, for whom, and what it proves and what not."""
    terms = edition.terms
    rows: list[tuple[str, object]] = [
        ("Register", edition.register.name),
        ("Für", german.code(terms.audience)),
        ("Rechtsgrund der Abgabe", terms.ground if terms.ground is not None else "nicht angegeben"),
        ("Stichtag", el("time", german.date(terms.day), datetime=terms.day)),
        ("Gesperrtes", "ist enthalten" if terms.with_blocked else "ist nicht enthalten"),
    ]
    return section(
        level,
        "Was diese Seite ist",
        el(
            "p",
            "Eine Lesefassung: Jede Angabe ist aus den unterzeichneten Einträgen des Registers hergeleitet. Hinter ",
            "den Angaben steht, aus welchem Eintrag sie stammen (zum Beispiel „E\u00a012“). Maßgeblich sind die ",
            "Einträge selbst, die dem Paket unverändert beiliegen, und die Originale, soweit sie vorliegen.",
        ),
        el(
            "p",
            el("strong", "Was sich damit beweisen lässt: "),
            "dass diese Einträge so, mit diesen Schlüsseln und in dieser Reihenfolge eingetragen und seither nicht ",
            "verändert wurden.",
        ),
        el(
            "p",
            el("strong", "Was sich damit nicht beweisen lässt: "),
            "dass stimmt, was jemand eingetragen hat; dass alles eingetragen wurde, was geschah; wer den Schlüssel in ",
            "der Hand hielt; und, ohne eine unabhängige Gegenprüfstelle, dass dies das einzige Register ist.",
        ),
        definitions(rows, class_="angaben"),
        key="was-ist-das",
    )


def checking(edition: Edition, proof: Proof, *, level: int) -> object:
    """Say how to check the package, with Ratsbuch and without."""
    register = edition.register
    rows: list[tuple[str, object]] = [
        ("Kennung des Registers", el("code", register.id)),
        ("Anker (SHA-256 des ersten Eintrags)", el("code", register.anchor_hex)),
    ]
    if proof.size is not None:
        rows.append(("Einträge bis zum Prüfpunkt", str(proof.size)))
    note = None
    if proof.checkpoint is not None:
        note = el(
            "div",
            el("p", "Prüfpunkt im Wortlaut:"),
            el("pre", proof.checkpoint, tabindex="0", aria_label="Prüfpunkt", role="region"),
        )
    return section(
        level,
        "Selbst prüfen",
        el(
            "ol",
            el(
                "li",
                "Den Anker unten mit dem vergleichen, den die Körperschaft selbst bekannt gibt. Nicht mit einem aus ",
                "demselben Paket: Wer ein Paket fälscht, fälscht ihn mit.",
            ),
            el("li", "Mit Ratsbuch: ", el("code", "ratsbuch verify PAKET"), " im Ordner über dem Paket aufrufen."),
            el(
                "li",
                "Ohne Ratsbuch: dem Rezept in ",
                el("code", "LIESMICH.txt"),
                " folgen oder ",
                el("code", "sh verify.sh"),
                " im Paket aufrufen; es braucht nur openssl, sha512sum und xmllint.",
            ),
            el(
                "li",
                "Ein Dokument einzeln: ",
                el("code", "sha512sum DATEI"),
                " aufrufen und das Ergebnis mit der Prüfsumme vergleichen, die hier bei dem Dokument steht.",
            ),
        ),
        el(
            "p",
            "Bei der Prüfung wird auch diese Seite aus den Einträgen neu hergestellt und Byte für Byte verglichen. ",
            "Sagt sie etwas anderes als die Einträge, schlägt die Prüfung fehl.",
        ),
        definitions(rows, class_="angaben"),
        note,
        key="pruefen",
    )
