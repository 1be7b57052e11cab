"""Sentences of German administrative texts.

A sentence ends with its mark where a new one can begin behind it. A full stop does not end it after an abbreviation
("Abs. 2", "z. B.", "Dr."), after an ordinal ("1. Januar", "der 3. Nachtrag"), inside a date, or behind the number of
an enumeration; where it cannot be told, the sentence goes on, so that two may be given as one, but none in halves.
A line ends a sentence before an item of an enumeration, after a colon, a semicolon or a full stop, and before an empty
line; other line breaks are those of a page.
"""

from __future__ import annotations

import re
from typing import Final

from projections.compare.words import MONTHS

_GAP: Final = re.compile(r"\s+")
_CLOSING: Final = "\"”“»«’'\u2018)]"
_OPENING: Final = "\"„“»«\u201a\u2018'(["
# How far is looked back and ahead; words are shorter.
_WINDOW: Final = 64

_NEVER_LAST: Final = frozenset(
    re.findall(
        r"\w+",
        """
        abb abl abs abschn abt allg amtsbl anh anl anm arb art aufl az b bearb bekm beschl best betr bgbl bspw
        buchst bzgl bzw ca co dipl dr drs ebd einschl entspr erg evtl exkl frhr fr gbl gem geb gegr ges ggf gmbl
        grds gvbl hg hr hrsg hs inkl ing insb insbes jr kap kom komm konf lfd lit lt max mbl min mind mio mrd
        nachtr nr nrn od pos prof prot ref rd rn rspr sen sog sr st std stellv str tel teilw tsd tz unterabs urt
        ua usf v verf vgl vgv vorl vors wg zi ziff zit zus zzgl zzt
        """,
    )
)
_NEVER_LAST_ENDINGS: Final = ("bl", "str")  # SächsGVBl., Amtsbl., Bahnhofstr.
_SOMETIMES_LAST: Final = frozenset({"usw", "etc", "ff", "f", "dgl", "o", "ä"})
# What begins a sentence and never follows an ordinal number or a lone letter inside one.
_STARTERS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        Der Die Das Den Dem Des Ein Eine Einer Eines Er Sie Es Wir Ich Dies Diese Dieser Dieses Diesem Dabei
        Dadurch Dafür Dagegen Daher Damit Danach Darin Darüber Davon Dazu Deshalb Hierfür Hierzu Hiervon Zudem
        Außerdem Ferner Weiter Weiterhin Soweit Sofern Wenn Falls Nach Bei Zur Zum Mit Für Im In Am Auf Alle
        Jeder Jede Jedes Wird Werden Ist Sind Über Unter Um Von Vom Aus Als Auch Nur Nicht Sollte Kann Können
        Gemäß
        """,
    )
)
_ITEM: Final = re.compile(
    r"(?:[(]?(?:\d{1,3}(?:\.\d{1,3}){0,4}[.)]|[A-Za-z]{1,2}\)|[ivx]{1,5}\)|(?:[A-Z]|[IVX]{1,5})\.)\)?"
    rf"|\d{{1,3}}(?:\.\d{{1,3}}){{1,4}}|[-–•*·▪●○◦‣])\s+(?!(?:{MONTHS})(?!\w))"
)
_LABEL: Final = re.compile(r"[(]?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[A-Za-z]{1,2}|[ivxIVX]{1,5})[.)]{1,2}|[-–•*·▪●○◦‣]")
_MONTH: Final = re.compile(rf"(?:{MONTHS})(?!\w)")
_LAST_WORD: Final = re.compile(r"[^\s(\[„“\"»«/]*\Z")
_NEXT_WORD: Final = re.compile(r"\w+")
_ORDINAL_DIGITS_MAX: Final = 3


def sentences(text: str) -> tuple[str, ...]:
    """Give the sentences of a text, each with the space behind it; joined, they give the text."""
    found: list[str] = []
    begin = 0
    for gap in _GAP.finditer(text):
        if gap.start() and gap.end() < len(text) and _ends(text, begin, gap.start(), gap.end()):
            found.append(text[begin : gap.end()])
            begin = gap.end()
    if begin < len(text):
        found.append(text[begin:])
    return tuple(found)


def _ends(text: str, begin: int, start: int, end: int) -> bool:
    """Say whether the space from `start` to `end` stands between two sentences."""
    before = text[max(begin, start - _WINDOW) : start].rstrip(_CLOSING)
    after = text[end : end + _WINDOW]
    if not before or (start - begin < _WINDOW and _LABEL.fullmatch(text[begin:start].strip())):
        return False
    if "\n" in text[start:end]:
        if text.count("\n", start, end) > 1 or before[-1] in ":;!?" or _ITEM.match(after):
            return True
    elif before[-1] not in ".!?…":
        return False
    return before[-1] in ".!?…" and _is_end(before, after)


def _is_end(before: str, after: str) -> bool:
    """Say whether a mark at the end of `before` ends the sentence, where `after` follows."""
    opened = after.lstrip(_OPENING)
    if not opened or opened[0].islower():
        return False
    if before[-1] != "." or before.endswith("..."):
        return True
    match = _LAST_WORD.search(before[:-1])
    word = match[0] if match is not None else ""
    following = _NEXT_WORD.match(opened)
    starts = following is not None and following[0] in _STARTERS
    if word.isdecimal() and len(word) <= _ORDINAL_DIGITS_MAX:
        earlier = before[: -1 - len(word)].rstrip()
        return starts and earlier[-1:] not in {":", ",", ";", ""} and not _MONTH.match(opened)
    last = re.split(r"[.\-\u2010\u2011]", word)[-1]
    if len(last) == 1 and last.isalpha():
        # "Variante B. Die ..." ends, "z. B. Die ..." and "a. D. Die ..." need not.
        return starts and last.isupper() and "." not in before[:-1].rpartition(" ")[0][-2:] and "." not in word
    if last.casefold() in _SOMETIMES_LAST:
        return starts
    return last.casefold() not in _NEVER_LAST and not last.casefold().endswith(_NEVER_LAST_ENDINGS)
