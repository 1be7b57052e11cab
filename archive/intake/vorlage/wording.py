"""What words of a paper stand for: dates, counts, results, what an organ is to do, what is mentioned in the reasons.

Everything here is a pure function over text. What a function does not know it gives as nothing; the words themselves
are kept by the caller.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# More mentions of one kind than this are no text of a paper; each costs a look at its sentence.
MENTIONS_MAX: Final = 100

_MONTHS: Final = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
_MONTH: Final[Mapping[str, int]] = {
    name.lower(): number
    for number, month in enumerate(_MONTHS, start=1)
    for name in (month, month[:3], f"{month[:3]}.", f"{month[:4]}.")
} | {"jänner": 1, "mrz": 3, "mrz.": 3}
_WORDS: Final = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf")
_NAMES: Final = "(?i:" + "|".join(sorted(map(re.escape, _MONTH), key=len, reverse=True)) + ")"
DATE: Final = (
    rf"(?:\d{{1,2}}\.\s?\d{{1,2}}\.\s?\d{{4}}|\d{{1,2}}\.\s?(?:{_NAMES})\s\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}})(?!\d)"
)
_DATE: Final = re.compile(
    rf"(?:(?P<d>\d{{1,2}})\.\s?(?:(?P<m>\d{{1,2}})\.\s?|(?P<name>{_NAMES})\s)(?P<y>\d{{4}})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2}))\Z",
    re.IGNORECASE,
)
_NUMBER: Final = rf"(?:\d{{1,4}}|{'|'.join(_WORDS)})(?:e[rnms]?)?"


def day_of(text: str) -> str | None:
    """Give a day as `YYYY-MM-DD`; None where the text is none of the three notations, or no day of the calendar."""
    match = _DATE.match(text.strip())
    if match is None:
        return None
    if match["iso"]:
        parts = [int(part) for part in match["iso"].split("-")]
    else:
        month = int(match["m"]) if match["m"] else _MONTH[match["name"].lower()]
        parts = [int(match["y"]), month, int(match["d"])]
    try:
        return dt.date(*parts).isoformat()
    except ValueError:
        return None


def count_of(text: str) -> int | None:
    """Give a whole number written in digits or as a word up to twelve; None for anything else."""
    if re.fullmatch(r"[0-9]{1,6}", text):
        return int(text)
    word = re.sub(r"e[rnms]?\Z", "", text.lower()) if text.lower().startswith("ein") else text.lower()
    return _WORDS.index(word) + 1 if word in _WORDS else None


# -- the Beratungsfolge -----------------------------------------------------------------------------

_PUBLICITY: Final = (
    (re.compile(r"\bnicht[- ]?öff(?:entlich(?:e[rnms]?)?|\.|\b)|\bnö\b", re.IGNORECASE), v.Publicity.NON_PUBLIC),
    (re.compile(r"\böff(?:entlich(?:e[rnms]?)?|\.|\b)", re.IGNORECASE), v.Publicity.PUBLIC),
)
# What turns a word into its contrary, unless the pattern read it too; that nobody was against it does not.
_NEGATION: Final = re.compile(
    r"\b(?:nicht(?![- ]?öff)\w*|kein\w*|ohne|weder|niemand\w*|entgegen)\b"
    r"(?!\s+(?:Gegenstimmen?|(?:Stimm)?enthaltung(?:en)?|Nein-?\s?Stimmen?|Änderung(?:en)?|Aussprache|Diskussion)\b)"
    r"|\w*verweiger\w*",
    re.IGNORECASE,
)
_ROLES: Final = tuple(
    (re.compile(rf"\b(?:zur\s+)?(?:{pattern})\b", re.IGNORECASE), role)
    for pattern, role in (
        (r"vorberatend|vorberatung", v.ConsultationRole.PRELIMINARY),
        (r"beschlie(?:ß|ss)end|beschlussfassung|beschluss|entscheidung|entscheidend", v.ConsultationRole.DECISION),
        (r"anhörung", v.ConsultationRole.HEARING),
        (r"kenntnisnahme|kenntnis|information", v.ConsultationRole.INFORMATION),
        (r"stellungnahme", v.ConsultationRole.STATEMENT),
        (r"beratend|beratung|behandlung", v.ConsultationRole.DELIBERATION),
    )
)


def _is_negated(text: str, read: re.Match[str]) -> bool:
    """Tell whether a negation stands in a text outside of what was read of it."""
    return any(m.start() < read.start() or m.end() > read.end() for m in _NEGATION.finditer(text))


class Status(Struct, frozen=True):
    """What a Beratungsstatus says: whether in public, what for, and the words that are neither."""

    publicity: v.Publicity
    role: v.ConsultationRole
    rest: str


def status_of(text: str) -> Status:
    """Split a Beratungsstatus such as `nichtöffentlich, vorberatend`; an unknown task is `other`, none is `unknown`."""
    rest, publicity, role = text, v.Publicity.UNKNOWN, None
    for pattern, code in _PUBLICITY:
        if publicity is v.Publicity.UNKNOWN and pattern.search(rest):
            publicity, rest = code, pattern.sub(" ", rest, count=1)
    for pattern, task in _ROLES:
        found = pattern.search(rest)
        if role is None and found is not None and not _is_negated(rest, found):
            role, rest = task, pattern.sub(" ", rest, count=1)
    rest = rest.strip(" ,;/-()")
    return Status(publicity, role or (v.ConsultationRole.OTHER if rest else v.ConsultationRole.UNKNOWN), rest)


# -- results --------------------------------------------------------------------------------------

_OUTCOMES: Final = tuple(
    (re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), outcome)
    for pattern, outcome in (
        (r"nicht empfohlen", v.Outcome.NOT_RECOMMENDED),
        (r"(?:mit Änderungen|geändert) empfohlen", v.Outcome.RECOMMENDED_AMENDED),
        (r"empfohlen|befürwortet", v.Outcome.RECOMMENDED),
        (r"zur Kenntnis genommen|Kenntnisnahme", v.Outcome.NOTED),
        (r"(?:mit Änderungen|geändert) (?:angenommen|beschlossen)", v.Outcome.ADOPTED_AMENDED),
        (r"nicht (?:angenommen|zugestimmt|beschlossen)|abgelehnt", v.Outcome.REJECTED),
        (r"angenommen|beschlossen|zugestimmt", v.Outcome.ADOPTED),
        (r"vertagt", v.Outcome.POSTPONED),
        (r"zurückgestellt", v.Outcome.DEFERRED),
        (r"zurückgezogen", v.Outcome.WITHDRAWN),
    )
)
_SAID: Final = re.compile(
    r"\b(?:einstimmig|mehrheitlich|angenommen|abgelehnt|zugestimmt|beschlossen|empfohlen|befürwortet|vertagt|"
    r"zurückgestellt|zurückgezogen|zur Kenntnis genommen|Enthaltung(?:en)?|Gegenstimmen?)\b",
    re.IGNORECASE,
)
_COUNTS: Final = (
    ("abstain", re.compile(rf"\b({_NUMBER})\s+(?:Stimm)?enthaltung(?:en)?\b", re.IGNORECASE)),
    ("no", re.compile(rf"\b({_NUMBER})\s+(?:Gegenstimmen?|Nein-?\s?Stimmen?)\b", re.IGNORECASE)),
    ("yes", re.compile(rf"\b({_NUMBER})\s+(?:Ja-?\s?Stimmen?|Fürstimmen?)\b", re.IGNORECASE)),
)


class Result(Struct, frozen=True, kw_only=True):
    """What a paper says came of a consultation; counts only as far as stated."""

    literal: str
    outcome: v.Outcome
    majority: v.Majority
    counts: tuple[tuple[str, int], ...]
    tally_literal: str | None


def result_of(text: str) -> Result | None:
    """Read a reported result such as `bei einer Enthaltung einstimmig angenommen`; None where the text tells none."""
    if not _SAID.search(text):
        return None
    tried = ((pattern.search(text), code) for pattern, code in _OUTCOMES)
    outcome = next((code for m, code in tried if m is not None and not _is_negated(text, m)), v.Outcome.OTHER)
    majority = v.Majority.NOT_STATED
    # What a result was not does not say what it was.
    called = re.sub(
        r"\b(?:nicht|keineswegs)\s+(?:einstimmig|mehrheitlich|mit Mehrheit)\b", "", text, flags=re.IGNORECASE
    )
    if re.search(r"\beinstimmig\b", called, re.IGNORECASE):
        majority = v.Majority.UNANIMOUS
    elif re.search(r"\bmehrheitlich\b|\bmit Mehrheit\b", called, re.IGNORECASE):
        majority = v.Majority.MAJORITY
    found = [(name, match) for name, pattern in _COUNTS if (match := pattern.search(text))]
    counts = tuple((name, number) for name, match in found if (number := count_of(match[1])) is not None)
    literal = None
    if counts:
        first, last = min(m.start() for _, m in found), max(m.end() for _, m in found)
        literal = re.sub(r"\A.*?((?:bei|mit)\s+\Z)", r"\1", text[:first]) if first else ""
        literal = (literal if literal in ("bei ", "mit ") else "") + text[first:last]
    return Result(literal=text, outcome=outcome, majority=majority, counts=counts, tally_literal=literal)


# -- what a paper rests on --------------------------------------------------------------------------

_BASES: Final = (
    (re.compile(r"satzung\b|geschäftsordnung", re.IGNORECASE), v.LegalBasisKind.BY_LAW),
    (
        re.compile(r"§|\bArt\.|gesetz|\w+GemO\b|\w+LKrO\b|\bGO\b|\bSGB\b|\bBGB\b|verordnung", re.IGNORECASE),
        v.LegalBasisKind.STATUTE,
    ),
    (re.compile(r"beschluss", re.IGNORECASE), v.LegalBasisKind.RESOLUTION),
    (re.compile(r"vertrag|vereinbarung", re.IGNORECASE), v.LegalBasisKind.CONTRACT),
    (re.compile(r"konzept|programm|strategie", re.IGNORECASE), v.LegalBasisKind.PROGRAMME),
)
_OFFICE: Final = re.compile(
    r"(?:Abteilung|Amt|Dezernat|Fachbereich|Fachdienst|Geschäftsbereich|Geschäftskreis|Referat|Sachgebiet|Stabsstelle|"
    r"Büro|Eigenbetrieb|Landratsamt|Landrat|Landrätin|Oberbürgermeister|Oberbürgermeisterin|Bürgermeister|"
    r"Bürgermeisterin|Beigeordnete[r]?)\b|\w+amt\b",
)


def legal_kind(text: str) -> v.LegalBasisKind:
    """Give what kind of thing is named as legal basis, by its name; `other` where the name does not say."""
    return next((kind for pattern, kind in _BASES if pattern.search(text)), v.LegalBasisKind.OTHER)


def is_office(text: str) -> bool:
    """Whether the words name a unit of the administration or an office."""
    return _OFFICE.match(text) is not None


# -- annexes --------------------------------------------------------------------------------------

_ANNEX: Final = re.compile(r"\bAnlagen?\s+(\d{1,3}(?:\s*(?:,|und|bis|-|–)\s*\d{1,3})*|[A-Z]\b)")
_ANNEXES_MAX: Final = 100


def annexes_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Give the annexes that a text names by number or letter, each with where the words stand."""
    for match in itertools.islice(_ANNEX.finditer(text), MENTIONS_MAX):
        for number in _spread(match[1]):
            yield f"Anlage {number}", match.start(), match.end()


def _spread(numbers: str) -> Iterator[str]:
    last: int | None = None
    through = False
    for part in re.findall(r"\d+|[A-Z]|bis|-|–", numbers):
        if not part.isdecimal():
            through = part in ("bis", "-", "–")
            if part.isupper():
                yield part
            continue
        number = int(part)
        if through and last is not None and last < number <= last + _ANNEXES_MAX:
            yield from map(str, range(last + 1, number + 1))
        else:
            yield part
        last, through = number, False


# -- when it is to hold ---------------------------------------------------------------------------

_EFFECT: Final = re.compile(
    rf"(?:tritt\s+)?(?:mit Wirkung (?:vom|zum)|rückwirkend (?:zum|ab)|zum|ab(?: dem)?|am)\s+(?P<day>{DATE})"
    r"(?:\s+\w+){0,2}?\s+(?:in Kraft|wirksam)",
)
_IN_FORCE: Final = re.compile(r"\bin Kraft\b")
_TERM: Final = re.compile(
    rf"(?:Gültigkeitsdauer|Geltungsdauer|Laufzeit)\s+von\s+(?P<count>{_NUMBER})\s+(?P<unit>Jahr|Monat)(?:en|e|s)?"
    rf"|(?:gilt|gelten|befristet)\s+(?:auf|für)\s+(?:die Dauer von\s+)?(?P<count2>{_NUMBER})\s+"
    rf"(?P<unit2>Jahr|Monat)(?:en|e|s)?"
    rf"|(?:gilt|gelten|gültig|befristet)\s+bis\s+(?:zum\s+)?(?P<day>{DATE})"
)


class Effect(Struct, frozen=True):
    """A day from which something takes effect, and the words that say so."""

    day: str
    literal: str


def effects_in(text: str) -> tuple[Effect, ...]:
    """Give the days on which something takes effect according to a text."""
    found = ((day_of(match["day"]), match[0]) for match in itertools.islice(_EFFECT.finditer(text), MENTIONS_MAX))
    return tuple(Effect(day, literal) for day, literal in found if day is not None)


def mentions_effect(text: str) -> bool:
    """Whether a text speaks of coming into force at all."""
    return _IN_FORCE.search(text) is not None


class Term(Struct, frozen=True):
    """How long something is to hold: a period (ISO 8601) or a last day, and the sentence that says so."""

    duration: str | None
    ends: str | None
    literal: str
    place: int


def terms_in(text: str) -> tuple[Term, ...]:
    """Give the periods of validity that a text names."""
    terms = []
    for match in itertools.islice(_TERM.finditer(text), MENTIONS_MAX):
        number = count_of(match["count"] or match["count2"] or "")
        unit = "Y" if (match["unit"] or match["unit2"]) == "Jahr" else "M"
        day = day_of(match["day"]) if match["day"] else None
        if number is not None or day is not None:
            period = f"P{number}{unit}" if number is not None else None
            terms.append(Term(period, day, clause_of(text, match.start(), match.end()), match.start()))
    return tuple(terms)


# The end of a sentence: not after a day's or month's number, an initial or a common abbreviation.
_SENTENCE: Final = re.compile(r"(?<!\d)(?<!\b[A-ZÄÖÜ])(?<!\bNr)(?<!\bDr)(?<!\bAbs)(?<!\bbzw)(?<!\bvgl)[.!?](?=\s|\Z)")


# What has no end for so long is cut; nothing that is looked for stands further away.
_SENTENCE_MAX: Final = 1_000


def sentence_of(text: str, first: int, last: int) -> str:
    """Give the sentence in which a stretch of a text stands, inside its paragraph."""
    begin = max(text.rfind("\n", 0, first) + 1, first - _SENTENCE_MAX)
    for match in _SENTENCE.finditer(text, begin, first):
        begin = match.end()
    stop = min(len(text), last + _SENTENCE_MAX)
    end = _SENTENCE.search(text, last, stop)
    line = text.find("\n", last, stop)
    stop = min(end.end() if end else stop, line if line >= 0 else stop)
    return text[begin:stop].strip()


def clause_of(text: str, first: int, last: int) -> str:
    """Give the sentence of a stretch, without the clauses that a comma and `wobei`, `so dass` or `und` begin."""
    sentence = sentence_of(text, first, last)
    offset = text.find(sentence, max(0, first - len(sentence)))
    cut = re.compile(r",\s+(?=wobei|sodass|so dass)").search(sentence, max(0, last - offset))
    return sentence[: cut.start()] if cut else sentence


_REVIEW: Final = re.compile(r"\b(?:Evaluierung|Evaluation|Überprüfung|evaluiert|überprüft)\b")
_MODAL: Final = re.compile(r"\b(?:möglich|kann|können|soll|sollen|wird|werden|ist zu|sind zu)\b")


def review_in(text: str) -> tuple[str, int] | None:
    """Give the clause that says that something may or must be reviewed, and where it begins."""
    for match in itertools.islice(_REVIEW.finditer(text), MENTIONS_MAX):
        sentence = sentence_of(text, match.start(), match.end())
        begin = text.find(sentence, max(0, match.start() - len(sentence)))
        inside = match.start() - begin
        starts = [m.end() for m in re.finditer(r"[,;]\s+(?=wobei|und|jedoch|doch)", sentence) if m.end() <= inside]
        clause = sentence[max(starts, default=0) :]
        if _MODAL.search(clause):
            return clause.rstrip(".").strip(), begin + max(starts, default=0)
    return None


# -- the predecessor --------------------------------------------------------------------------------

_EARLIER: Final = re.compile(
    rf"(?:Beschlussfassung|Beschluss)(?:\s+Nr\.\s*(?P<number>\S+))?\s+(?:des|der)\s+(?P<organ>[A-ZÄÖÜ][\w-]+)\s+"
    rf"(?:am|vom)\s+(?P<day>{DATE})"
    rf"|(?:Der\s+|der\s+)?(?P<organ2>[A-ZÄÖÜ][\w-]+)\s+(?:beschloss|hat)\s+(?:am|mit Beschluss vom)\s+(?P<day2>{DATE})"
)
_FORCE: Final = re.compile(
    rf"(?:zum|ab(?: dem)?|am|seit(?: dem)?)\s+(?P<day>{DATE})(?=.{{0,300}}?\b(?:in Kraft|galt|gilt)\b)"
)
_TRIAL: Final = re.compile(
    rf"(?:(?P<count>{_NUMBER})\s+Jahren?\b[^.;–]{{0,40}}?\bzu erproben|(?:zu erproben|Erprobung|erprobt)[^.;–]{{0,60}}?"
    rf"\b(?P<count2>{_NUMBER})\s+Jahre)"
)


class Earlier(Struct, frozen=True, kw_only=True):
    """A resolution that the reasons mention: its day and organ, and what is said of it in the same sentence."""

    organ: str
    day: str
    day_literal: str
    number: str | None
    in_force: str | None
    trial: str | None
    trial_literal: str | None
    sentence: str
    place: int


def earlier_in(text: str) -> tuple[Earlier, ...]:
    """Give the resolutions that a text mentions with organ and day, in order."""
    found = []
    for match in itertools.islice(_EARLIER.finditer(text), MENTIONS_MAX):
        literal = match["day"] or match["day2"]
        day = day_of(literal)
        if day is None:
            continue
        sentence = sentence_of(text, match.start(), match.end())
        begin = text.find(sentence, max(0, match.start() - len(sentence)))
        rest = sentence[match.end() - begin :]
        force, trial = _FORCE.search(rest), _TRIAL.search(sentence)
        years = count_of(trial["count"] or trial["count2"]) if trial else None
        found.append(
            Earlier(
                organ=match["organ"] or match["organ2"],
                day=day,
                day_literal=match[0][match[0].find(literal) - 3 :].strip() if literal else "",
                number=match["number"],
                in_force=day_of(force["day"]) if force else None,
                trial=f"P{years}Y" if years else None,
                trial_literal=_aside(sentence, trial) if trial and years else None,
                sentence=sentence,
                place=begin,
            )
        )
    return tuple(found)


def _aside(sentence: str, match: re.Match[str]) -> str:
    """Give what stands around a stretch, as far as dashes or commas fence it in."""
    begin = max(sentence.rfind(sign, 0, match.start()) for sign in ("– ", ", ")) + 2
    ends = [at for sign in (" –", ", ") if (at := sentence.find(sign, match.end())) >= 0]
    return sentence[max(begin, 0) if begin > 1 else 0 : min(ends, default=len(sentence))].strip()


_NEW_EDITION: Final = re.compile(
    r"\b(?:Das|Die|Der|das|die|der)\s+(?:zweite|dritte|vierte|fünfte|neue),?\s+(?:überarbeitete|fortgeschriebene|"
    r"aktualisierte)\s+[A-ZÄÖÜ][\w-]+"
)


def new_edition_in(text: str) -> tuple[str, int] | None:
    """Give the words that call what is proposed a second, revised edition, and where they stand."""
    match = _NEW_EDITION.search(text)
    return (match[0], match.start()) if match else None


def nominative(word: str) -> tuple[str, ...]:
    """Give what a name in the genitive may be called: `Kreistages` is `Kreistag`."""
    forms = [word]
    forms += [word.removesuffix(ending) for ending in ("es", "s") if word.endswith(ending)]
    return tuple(dict.fromkeys(forms))


# -- the name under it ------------------------------------------------------------------------------

_PERSON = r"[A-ZÄÖÜ][a-zäöüßéèáç]+(?:-[A-ZÄÖÜ][a-zäöüß]+)*"
_DEGREE = r"(?:(?:Prof|Dr|Dipl)\.(?:[- ]?(?:Ing|med|jur|habil|phil|rer|nat|pol|h\.\s?c)\.?)*\s*)"
_SIGNED: Final = re.compile(
    rf"(?:gez\.?:?\s+{_DEGREE}?(?:(?:[A-ZÄÖÜ]\.\s?)+|(?:{_PERSON}\s+){{0,3}}){_PERSON}"
    rf"|{_DEGREE}(?:(?:[A-ZÄÖÜ]\.\s?)+|(?:{_PERSON}\s+){{0,3}}){_PERSON}"
    rf"|(?:[A-ZÄÖÜ]\.\s?)+(?:(?:von|van|de|zu)\s+)?{_PERSON})\Z"
)
_PERHAPS: Final = re.compile(rf"{_PERSON}(?:\s+{_PERSON}){{1,2}}\Z")
_IN_OFFICE: Final = re.compile(
    r"(?:Landrat|Landrätin|Oberbürgermeister(?:in)?|Bürgermeister(?:in)?|(?:Erste[r]?\s+)?Beigeordnete[r]?|"
    r"Amtsleiter(?:in)?|Abteilungsleiter(?:in)?|Dezernent(?:in)?|Fachbereichsleiter(?:in)?)\Z"
)


def is_name(text: str) -> bool:
    """Whether a line is a name as it stands under a paper: with initials, a degree or `gez.`."""
    return _SIGNED.match(text) is not None


def may_be_name(text: str) -> bool:
    """Whether a line could be a name, or two nouns."""
    return _PERHAPS.match(text) is not None


def is_title_of_office(text: str) -> bool:
    """Whether a line is what somebody is called in office, as it stands under a name."""
    return _IN_OFFICE.match(text) is not None
