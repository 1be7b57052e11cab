"""Where a German sentence ends, and where it does not."""

from __future__ import annotations

import pytest

from projections.compare.sentences import sentences


@pytest.mark.parametrize(
    "one",
    [
        "Nach Abs. 2 gilt das.",
        "Nach § 48 Abs. 2 Satz 1 Nr. 3 SächsLKrO wird widersprochen.",
        "Das gilt z. B. für Radwege.",
        "Das gilt z. B. Radwegen.",
        "Es tritt am 08.12.2021 in Kraft.",
        "Es tritt am 8. 12. 2021 in Kraft.",
        "Es tritt am 1. Januar 2022 in Kraft.",
        "Herr Dr. Muster und Frau Prof. Dr. Beispiel stimmen zu.",
        "Der 3. Nachtrag wird beschlossen.",
        "1. Der Kreistag beschließt den Plan.",
        "1.2. Der Kreistag beschließt den Plan.",
        "a) Der Plan wird beschlossen.",
        "Die Kosten betragen ca. 400.000 Euro bzw. 1,5 Mio. Euro.",
        "Veröffentlicht im SächsGVBl. S. 62, geändert.",
        "Frau Landrätin a. D. Linde war i. V. m. § 3 zuständig.",
        "Der Ausschuss\nfür Bau stimmt\nzu.",
        "Beschlossen am\n8. Dezember 2021 im Saal.",
        "Das gilt\nz. B. für Radwege.",
    ],
)
def test_sentence_stays_whole(one: str) -> None:
    assert sentences(one) == (one,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das gilt. Es gilt.", ["Das gilt.", "Es gilt."]),
        ("Er gilt bis 2026. Die Verwaltung berichtet.", ["Er gilt bis 2026.", "Die Verwaltung berichtet."]),
        ("Gültig bis 31.12.2026. Danach nicht.", ["Gültig bis 31.12.2026.", "Danach nicht."]),
        ("Es sind 12. Die Verwaltung prüft.", ["Es sind 12.", "Die Verwaltung prüft."]),
        ("Es gilt Variante B. Die Verwaltung prüft.", ["Es gilt Variante B.", "Die Verwaltung prüft."]),
        ("Radwege usw. Die Verwaltung prüft.", ["Radwege usw.", "Die Verwaltung prüft."]),
        ("„Das gilt.“ Es gilt!", ["„Das gilt.“", "Es gilt!"]),
        ("Gilt das? Ja.", ["Gilt das?", "Ja."]),
        ("1. Der Plan.\n2. Die Frist. Sie gilt.", ["1. Der Plan.", "2. Die Frist.", "Sie gilt."]),
        (
            "Der Kreistag beschließt:\na) den Plan,\nb) die Mittel.",
            ["Der Kreistag beschließt:", "a) den Plan,", "b) die Mittel."],
        ),
        ("- den Plan\n- die Mittel", ["- den Plan", "- die Mittel"]),
        ("Überschrift\n\nDer Text folgt.", ["Überschrift", "Der Text folgt."]),
    ],
)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    found = sentences(text)
    assert [one.strip() for one in found] == expected
    assert "".join(found) == text
