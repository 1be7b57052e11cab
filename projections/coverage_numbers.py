"""Which numbers of a series are not held (de: Lücken in Vorlagen- und Beschluss-Nummern)?

A number such as `0640`, `5/2023`, `2022/123` or `BV-0031/24` is read by the scheme that its body evidently uses:
years are taken for years only where they agree with the dates of what bears them, and no gap is claimed in a series
that is mostly gaps, because then the numbers are shared with something that is not recorded here. Nothing is claimed
below the first and above the last number held, nor about suffixes (`2016/0249/1` says that 249 was given).
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Of the numbers that could be read so, this share has to agree with the dates, give or take a year: papers of
# December are numbered for January, and a paper of the year before is brought in again.
_AGREEING_MIN: Final = 0.8
# Below these nobody can tell a series from single numbers, or a gap from a number that something else bears.
_NUMBERS_MIN: Final = 3
_HELD_SHARE_MIN: Final = 0.5
_PIVOT: Final = 70  # two digits from here on are years of the twentieth century

_PREFIX: Final = r"(?P<prefix>\D*?)"
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_COUNT: Final = r"(?P<count>\d{1,6})"
_INNER: Final = r"(?P<inner>(?:[-.]\d{1,3}|[a-z])?)"
# What may stand after a number: another version, a supplement, a part.
_SUFFIX: Final = r"(?P<suffix>(?:\s*[/.\-–_ ]\s*\w{1,4})*|[a-z])"
# How a number may be read, the most telling first; a year that is not borne out by the dates is none.
_FORMS: Final = (
    ("yyyy{}n", re.compile(rf"{_PREFIX}{_YEAR}(?P<sep>[/\-.]){_COUNT}{_SUFFIX}")),
    ("n{}yyyy", re.compile(rf"{_PREFIX}{_COUNT}{_INNER}(?P<sep>[/\-.]){_YEAR}{_SUFFIX}")),
    ("n{}yy", re.compile(rf"{_PREFIX}{_COUNT}{_INNER}(?P<sep>[/\-.])(?P<year>\d\d)(?!\d){_SUFFIX}")),
    ("yy{}n", re.compile(rf"{_PREFIX}(?P<year>\d\d)(?P<sep>[/\-.]){_COUNT}{_SUFFIX}")),
    ("n", re.compile(rf"{_PREFIX}{_COUNT}(?!\d){_SUFFIX}")),
)
_PLAIN: Final = "n"


class Numbered(Struct, frozen=True):
    """Something that bears a number.

    Attributes:
        number: As it is written.
        year: The year that it is dated with; None where it is not dated.
        period: What a series without years begins anew with, such as a term; empty where there is nothing.
    """

    number: str
    year: int | None
    period: str = ""


class Run(Struct, frozen=True, kw_only=True):
    """The numbers of one scheme and period.

    Attributes:
        scheme: How they are read: `yyyy/n`, `n/yyyy`, `n/yy`, `yy/n` or `n`, with what stands before.
        example: One of them.
        period: The year, or what was given as the period.
        first: The lowest count held.
        last: The highest count held.
        held: How many counts are held.
        only_suffixed: Counts of which only something with a suffix is held.
        missing: The counts in between of which nothing is held; empty where no gap is claimed.
        why_not: Why no gap is claimed; None where the scheme is evident.
    """

    scheme: str
    example: str
    period: str
    first: int
    last: int
    held: int
    only_suffixed: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    why_not: str | None = None


class Series(Struct, frozen=True, kw_only=True):
    """The runs of a set of numbers, and those that no scheme reads."""

    runs: tuple[Run, ...]
    unread: tuple[str, ...]


class _Read(Struct, frozen=True):
    form: str
    prefix: str
    year: int | None
    count: int
    is_bare: bool
    of: Numbered


def series(numbers: Iterable[Numbered]) -> Series:
    """Read numbers by the schemes that they evidently follow, and give the gaps.

    Args:
        numbers: Those of one body; the same number may be borne by several things.
    """
    open_ = [Numbered(one.number.strip(), one.year, one.period) for one in numbers]
    candidates = [(one, _readings(one)) for one in open_]
    accepted, refuted = _forms(candidates)
    reads: dict[str, list[_Read]] = {}
    unread: list[str] = []
    for one, readings in candidates:
        form = next((form for form in accepted if form in readings), None)
        # Where no date tells whether part of it is a year, it is not known what the count is.
        if form is None and readings.keys() - refuted <= {_PLAIN}:
            form = _PLAIN if _PLAIN in readings else None
        if form is None:
            unread.append(one.number)
        else:
            reads.setdefault(form, []).append(readings[form])
    runs = [run for form in sorted(reads) for run in _runs(form, reads[form])]
    return Series(runs=tuple(runs), unread=tuple(sorted(set(unread))))


def _readings(one: Numbered) -> dict[str, _Read]:
    found = {}
    for form, pattern in _FORMS:
        match = pattern.fullmatch(one.number)
        if match is None:
            continue
        parts = match.groupdict()
        year = _year(parts["year"]) if "year" in parts else None
        found[form.format(parts.get("sep", ""))] = _Read(
            form=form.format(parts.get("sep", "")),
            prefix=parts["prefix"],
            year=year,
            count=int(parts["count"]),
            is_bare=not parts["suffix"] and not parts.get("inner"),
            of=one,
        )
    return found


def _year(digits: str) -> int:
    number = int(digits)
    if len(digits) > 2:  # noqa: PLR2004  # four digits are the year
        return number
    return 1900 + number if number >= _PIVOT else 2000 + number


def _forms(
    candidates: Iterable[tuple[Numbered, Mapping[str, _Read]]],
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give the forms with a year that read numbers, the one with the most agreeing dates first, and those refuted.

    Without any date four digits are a year, and two may be anything.
    """
    agreeing: Counter[str] = Counter()
    dated: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for one, readings in candidates:
        for form, read in readings.items():
            if read.year is not None:
                seen[form] += 1
                if one.year is not None:
                    dated[form] += 1
                    agreeing[form] += abs(read.year - one.year) <= 1
    accepted = [form for form in seen if _is_borne_out(form, agreeing[form], dated[form])]
    refuted = frozenset(form for form in seen if dated[form] and form not in accepted)
    return tuple(sorted(accepted, key=lambda form: (-agreeing[form], form))), refuted


def _is_borne_out(form: str, agreeing: int, dated: int) -> bool:
    return agreeing >= _AGREEING_MIN * dated if dated else "yyyy" in form


def _runs(form: str, reads: list[_Read]) -> Iterable[Run]:
    """Give the runs of a form, one a prefix and period; prefixes that share one count are one run."""
    shares = _share_a_count(reads)
    groups: dict[tuple[str, str], list[_Read]] = {}
    sizes: Counter[str] = Counter()
    for read in reads:
        prefix = "" if shares else read.prefix
        period = str(read.year) if read.year is not None else read.of.period
        groups.setdefault((prefix, period), []).append(read)
    for (prefix, _), some in groups.items():
        sizes[prefix] += len({(read.year, read.count) for read in some})
    for (prefix, period), some in sorted(groups.items()):
        yield _run(form, prefix if not shares else _joined(reads), period, some, is_series=sizes[prefix])


def _joined(reads: list[_Read]) -> str:
    prefixes = sorted({read.prefix for read in reads})
    return prefixes[0] if len(prefixes) == 1 else f"[{'|'.join(prefixes)}]"


def _share_a_count(reads: list[_Read]) -> bool:
    """Say whether all prefixes draw on one count: no two bear the same number, and in some period they interlock."""
    spans: dict[tuple[object, str], dict[str, set[int]]] = {}
    for read in reads:
        spans.setdefault((read.year, read.of.period), {}).setdefault(read.prefix, set()).add(read.count)
    if len({read.prefix for read in reads}) == 1:
        return True
    interlock = False
    for by_prefix in spans.values():
        every = list(by_prefix.values())
        if sum(map(len, every)) > len(set().union(*every)):
            return False
        ordered = sorted((min(counts), max(counts)) for counts in every)
        interlock = interlock or any(low < end for (_, end), (low, _) in itertools.pairwise(ordered))
    return interlock


def _run(form: str, prefix: str, period: str, reads: list[_Read], *, is_series: int) -> Run:
    counts = {read.count for read in reads}
    bare = {read.count for read in reads if read.is_bare}
    first, last = min(counts), max(counts)
    why_not = None
    if is_series < _NUMBERS_MIN:
        why_not = "too few numbers to tell a scheme"
    elif len(counts) < _HELD_SHARE_MIN * (last - first + 1):
        why_not = "fewer than half of the numbers are held: others may bear them"
    missing = tuple(n for n in range(first, last + 1) if n not in counts) if why_not is None else ()
    return Run(
        scheme=f"{prefix}{form}",
        example=min(reads, key=lambda read: (read.count, read.of.number)).of.number,
        period=period,
        first=first,
        last=last,
        held=len(counts),
        only_suffixed=tuple(sorted(counts - bare)),
        missing=missing,
        why_not=why_not,
    )


def ranges(numbers: Iterable[int]) -> tuple[str, ...]:
    """Write numbers with those that follow each other drawn together: 3, 5-8."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return tuple(str(low) if low == high else f"{low}-{high}" for low, high in found)
