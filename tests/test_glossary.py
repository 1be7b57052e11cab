"""The glossary has one row a word, sorted, with its German word; and every word of the log is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

GLOSSARY = Path(__file__).resolve().parents[1] / "docs" / "glossary.md"
LOG = {
    "checkpoint": "Prüfpunkt",
    "cosignature": "Gegenzeichnung",
    "fork": "Abzweigung",
    "line": "Zeile unter der Niederschrift",
    "log": "Protokoll",
    "memory": "Erinnerung",
    "receipt": "Eintragungsnachweis",
    "rolled back": "zurückversetzt",
    "root hash": "Wurzel des Protokolls",
    "tile": "Kachel",
    "witness": "Gegenprüfstelle",
}


def rows() -> list[list[str]]:
    table = GLOSSARY.read_text(encoding="utf-8").partition("|---|---|---|---|\n")[2]
    return [
        [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")] for line in table.splitlines()
    ]


def words() -> list[str]:
    return [row[0].replace("`", "") for row in rows()]


def test_every_row_has_its_four_cells() -> None:
    assert [row for row in rows() if len(row) != 4 or not all(row)] == []


def test_rows_are_sorted_and_no_word_stands_twice() -> None:
    assert words() == sorted(words(), key=str.casefold)
    assert len(set(words())) == len(words())


def test_words_of_the_log_are_there_with_their_german_words() -> None:
    german = dict(zip(words(), (row[1] for row in rows()), strict=True))

    assert {word: german.get(word) for word in LOG} == LOG
