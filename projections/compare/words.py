"""Words of German administrative texts: what belongs together stays one token.

Dates, amounts with their unit, references to law, file numbers and hyphenated words are one token each, so that a
comparison shows `31.12.2028` and `31.12.2026`, and not `8` and `6`. The tokens joined give the text.

Every repetition in the pattern is possessive or bounded: the time is linear in the text, whatever it holds.
"""

from __future__ import annotations

import re
from typing import Final

# A letter may be written in two parts, and a word may hold a soft hyphen.
_LETTER: Final = r"[\w\u0300-\u036f\u00ad]"
_SPACE: Final = r"[ \u00a0\u202f\u2009]"
_NOT_ON: Final = rf"(?!{_LETTER})"
MONTHS: Final = (
    "Januar|Jänner|Februar|März|Ma\u0308rz|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
    r"|Jan\.|Febr?\.|Mrz\.|Apr\.|Jun\.|Jul\.|Aug\.|Sept?\.|Okt\.|Nov\.|Dez\."
)
_DATES: Final = (
    rf"\d{{4}}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{{1,9}}+)?+)?+(?:Z|[+-]\d\d:\d\d)?+)?+{_NOT_ON}",
    rf"\d{{1,2}}\.{_SPACE}?+\d{{1,2}}\.{_SPACE}?+(?:\d{{4}}|\d\d){_NOT_ON}",
    rf"\d{{1,2}}\.{_SPACE}?+(?:{MONTHS})(?:{_SPACE}\d{{4}})?+{_NOT_ON}",
)
# § 48 Abs. 2 Satz 1 SächsLKrO; §§ 187 Abs. 2, 188 Abs. 2 BGB; Art. 28 GG. A list of them is only taken together where
# the name of the law ends it: in "§ 5, 12 Stimmen" the 12 counts votes.
_NUMBER: Final = rf"\d{{1,5}}+[a-z]?+{_NOT_ON}"
_PLACES: Final = (
    r"Abs\.|Absatz|Absätze|Satz|Sätze|S\.|Nrn?\.|Nummern?|Halbsatz|Hs\.|Alt\.|UAbs\.|Unterabs\.|Ziff\.|Ziffern?"
)
_PART: Final = (
    rf"(?:{_SPACE}?+(?:{_PLACES}){_SPACE}?+{_NUMBER}"
    rf"|{_SPACE}?+(?:Buchst\.|Buchstabe|lit\.){_SPACE}?+[a-z]{{1,2}}{_NOT_ON}\)?+"
    rf"|{_SPACE}?+\(\d{{1,3}}\)|{_SPACE}?+ff?+\.)"
)
_PARAGRAPH: Final = rf"(?:§§?+|Art\.|Artikels?+|Artikeln){_SPACE}?+{_NUMBER}{_PART}{{0,6}}+"
_AND: Final = rf"(?:,|{_SPACE}(?:und|bis|oder|sowie|i\.{_SPACE}?+V\.{_SPACE}?+m\.)|[–-])"
_MORE: Final = rf"(?:{_AND}{_SPACE}?+(?:§§?+{_SPACE}?+)?+(?:(?:{_PLACES}){_SPACE}?+)?+{_NUMBER}{_PART}{{0,6}}+)"
_CAPITAL, _ANY = "[A-ZÄÖÜ]", "[A-Za-zÄÖÜäöüß]"
_LAW: Final = (
    rf"{_SPACE}{_CAPITAL}{_ANY}{{0,30}}{_CAPITAL}{_ANY}{{0,30}}+(?:-[A-Z]{{1,4}}+)?+"
    rf"(?:{_SPACE}(?:[IVX]{{1,5}}+|[A-Z]-[A-Z]){_NOT_ON})?+{_NOT_ON}"
)
_LAWS: Final = (rf"{_PARAGRAPH}{_MORE}{{1,6}}+{_LAW}", rf"{_PARAGRAPH}(?:{_LAW})?+")
# 1 BvR 16/13, 8 C 12.19: file numbers of courts are written with spaces.
_COURT: Final = rf"\d{{1,3}}{_SPACE}[A-ZÄÖÜ][A-Za-z]{{0,4}}{_SPACE}\d{{1,6}}[/.]\d\d(?:\d\d)?+{_NOT_ON}"
_UNIT: Final = rf"(?:EUR|Euro|Cent|TEUR|T€|€|%|‰|v\.{_SPACE}?+H\.|Prozent)"
_FIGURE: Final = r"\d++(?:[.,\u00a0\u202f]\d++){0,6}+"
_AMOUNTS: Final = (
    (
        rf"(?:(?<!\S)[-\u2212+])?+{_FIGURE}(?:,[-–]{{1,2}}+)?+{_SPACE}?+"
        rf"(?:(?:Mio\.|Mrd\.|Tsd\.|Millionen?|Milliarden?){_SPACE})?+{_UNIT}{_NOT_ON}"
    ),
    rf"(?:EUR|€){_SPACE}?+{_FIGURE}{_NOT_ON}",
)
# 12/2023, 022.31, Bau- und Umweltausschuss, 2022–2026, 17:05, 1.234,56.
_WORD: Final = (
    rf"(?:(?<!\S)[-\u2212+](?=\d))?+{_LETTER}++"
    rf"(?:[-\u2010\u2011/_&’'+]{_LETTER}++|(?<=\d)[.,:–](?=\d){_LETTER}++)*+(?:[-\u2010\u2011](?!\S))?+"
)
_SHORT: Final = rf"(?:[A-Za-zÄÖÜäöü]\.){{2,8}}+{_NOT_ON}"  # z.B., i.V.m.
_TOKEN: Final = re.compile(
    "|".join((*_DATES, *_LAWS, _COURT, *_AMOUNTS, _SHORT, _WORD, r"\s++", r"([^\w\s])\1*+", r".")), re.DOTALL
)
_SPACES: Final = re.compile(r"\s*+")


def tokens(text: str) -> list[str]:
    """Give the words, marks and spaces of a text; joined, they give the text."""
    return [match[0] for match in _TOKEN.finditer(text)]


def units(text: str) -> list[tuple[str, str]]:
    """Give the words and marks of a text, each with the space behind it; a space at the beginning has no word."""
    found: list[tuple[str, str]] = []
    begin = _SPACES.match(text)
    start = begin.end() if begin is not None else 0
    if start:
        found.append(("", text[:start]))
    while start < len(text):
        match = _TOKEN.match(text, start)
        if match is None:  # pragma: no cover  # the pattern takes any character
            break
        space = _SPACES.match(text, match.end())
        end = space.end() if space is not None else match.end()
        found.append((match[0], text[match.end() : end]))
        start = end
    return found
