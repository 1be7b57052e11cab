"""What is not there (de: Lücken), by organ and year: agendas, outcomes, minutes, numbers, annexes, versions.

What is counted are traces: a meeting without agenda, an item under which nothing came of anything, a number between
two that are held. What left no trace is in no row; the log proves that nothing recorded was lost, and never that
everything was entered.

What is withheld is neither there nor missing, and what only seems to be missing because it is blocked is no gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from domain import vocabulary as v
from domain.body import Body
from domain.dates import first_day, is_before
from domain.findings.proposals import consultation_day
from domain.findings.resolutions import of_resolution
from domain.meeting import Item, Meeting, items, minutes
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.values import WITHHELD, When, stated
from projections.coverage_numbers import Numbered, Run, Series, ranges, series
from projections.deliberations import met_on, treatments
from projections.filters import check_dates, is_within, organs_named
from projections.findings_walk import Walk
from projections.shapes import HorizonLine, RegisterLine, Shape
from projections.teller import Teller
from projections.timetravel import Placement, horizon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.archive import Archive
    from domain.annex import Annex
    from domain.events import OutcomeDeclared
    from domain.stream import Fact, State

FORMAT: Final = "ratsbuch-coverage/1"
SAYS: Final = (
    "The log proves that nothing that was recorded was lost, never that everything was entered.",
    "What left no trace is not counted: a meeting that nobody recorded is missing from every row.",
)


class Counts(Shape, frozen=True, kw_only=True):
    """How many there are, and how many of them lack something.

    Attributes:
        meetings: Meetings, those that were cancelled and those to come included.
        cancelled: Of them cancelled.
        to_come: Of them later than the reader's day.
        without_agenda: Of the others, those of which no agenda with an item is recorded.
        items: Items on the agendas of the others.
        items_without_outcome: Items under which no outcome is recorded.
        outcomes: Outcomes declared.
        outcomes_without_minutes: Outcomes of whose part of the meeting no minutes are held.
        minutes: Versions of minutes known of.
        minutes_not_held: Of them not held.
        proposals: Proposals that the organ dealt with or was to deal with.
        versions_not_held: Versions of them that are known of and not held; a version before the oldest one held
            counts once.
        annexes: Annexes of meetings, proposals, resolutions and reviews that were not taken back.
        annexes_not_held: Of them not held.
        resolutions: Resolutions.
        texts_not_held: Of them carried and without their wording.
    """

    meetings: int = 0
    cancelled: int = 0
    to_come: int = 0
    without_agenda: int = 0
    items: int = 0
    items_without_outcome: int = 0
    outcomes: int = 0
    outcomes_without_minutes: int = 0
    minutes: int = 0
    minutes_not_held: int = 0
    proposals: int = 0
    versions_not_held: int = 0
    annexes: int = 0
    annexes_not_held: int = 0
    resolutions: int = 0
    texts_not_held: int = 0


# The columns that say what lacks; what is in one of them may turn out to be blocked.
GAPS: Final = (
    "without_agenda",
    "items_without_outcome",
    "outcomes_without_minutes",
    "minutes_not_held",
    "versions_not_held",
    "annexes_not_held",
    "texts_not_held",
)


class CoverageRow(Shape, frozen=True, kw_only=True):
    """An organ in a year; without organ what has to do with none on record, without year what is not dated.

    What several organs dealt with counts in the row of each, and once in the totals.
    """

    organ: str | None
    name: str | None
    year: int | None
    counts: Counts


class NumberRow(Shape, frozen=True, kw_only=True):
    """The numbers of a body, or of an organ of it where its organs number for themselves, in one year or term.

    Attributes:
        kind: `proposal` or `resolution`.
        scheme: How they are read, such as `yyyy/n` or `BV-n/yy`; `[BV-|IV-]n/yy` where several share one count.
        example: One of them.
        period: The year or term; empty where the numbers run on.
        first: The lowest count held.
        last: The highest count held.
        held: How many counts are held.
        only_suffixed: Counts of which only something with a suffix is held (`12/1`, but no `12`).
        missing: The counts in between of which nothing is held, those in a row as `5-8`.
        missing_count: How many these are.
        why_not: Why no gap is claimed; None where one may be.
    """

    kind: str
    body: str | None
    organ: str | None
    scheme: str
    example: str
    period: str
    first: int
    last: int
    held: int
    only_suffixed: tuple[str, ...]
    missing: tuple[str, ...]
    missing_count: int
    why_not: str | None


class UnreadRow(Shape, frozen=True, kw_only=True):
    """Numbers that no scheme reads."""

    kind: str
    body: str | None
    numbers: tuple[str, ...]


class CoverageFilters(Shape, frozen=True, kw_only=True):
    """What was asked for; `organs` are all that the name given for `organ` matched."""

    organ: str | None = None
    organs: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None


class Coverage(Shape, frozen=True, kw_only=True):
    """What is there and what is not.

    Attributes:
        day: The reader's day; what is later is still to come.
        rows: By organ and year.
        totals: The same once each.
        numbers: The numbers of each body; those of proposals belong to no organ.
        unread: Numbers that are not read.
        apart: Streams of which it cannot be told whether they belong to the days asked for.
        apart_titles: What each of these is called: its kind, and as far as known its number, day and subject.
        says: What none of this proves.
        blocked: How many blocked events of the register are not shown.
    """

    format: str = FORMAT
    register: RegisterLine
    horizon: HorizonLine
    filters: CoverageFilters
    day: str
    rows: tuple[CoverageRow, ...]
    totals: Counts
    numbers: tuple[NumberRow, ...]
    unread: tuple[UnreadRow, ...]
    apart: tuple[str, ...]
    says: tuple[str, ...] = SAYS
    blocked: int = 0
    apart_titles: tuple[str, ...] = ()


def coverage(  # each is an option of the command
    archive: Archive,
    *,
    organ: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
) -> Coverage:
    """Give what is not there, by organ and year.

    Args:
        archive: The archive.
        organ: Only what an organ has to do with: its name, its id or a look-up.
        date_from: Only what is dated this day or later: meetings, consultations planned, resolutions.
        date_to: Only what is dated this day or earlier.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt), which are for archives; else they are only counted.

    Raises:
        InputError: An unknown organ, or a date that is none.
    """
    walk = Walk(archive, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked)
    check_dates(date_from=date_from, date_to=date_to)
    teller = Teller(walk)
    organs = organs_named(teller, organ) if organ is not None else None
    book = _Book(walk, organs=organs, date_from=date_from, date_to=date_to)
    blocked = walk.blocked_count()
    whole = _Book(walk.unblocked(), organs=organs, date_from=date_from, date_to=date_to) if blocked else None
    if whole is not None:
        book.take_back(whole)
    numbers, unread = _numbers(teller, book, whole)
    years = (date_from and int(date_from[:4]), date_to and int(date_to[:4]))
    return Coverage(
        register=teller.register(),
        horizon=teller.horizon(),
        filters=CoverageFilters(
            organ=organ,
            organs=tuple(sorted(map(teller.name, organs or ()))),
            date_from=date_from,
            date_to=date_to,
        ),
        day=walk.day,
        rows=_rows(teller, book),
        totals=_counts(_merged(book.cells.values())),
        numbers=tuple(row for row in numbers if _is_asked(row, *years)),
        unread=unread,
        apart=tuple(book.apart),
        apart_titles=tuple(map(teller.title, book.apart)),
        blocked=blocked,
    )


def _rows(teller: Teller, book: _Book) -> tuple[CoverageRow, ...]:
    rows = [
        CoverageRow(
            organ=organ, name=teller.name(organ) if organ is not None else None, year=year, counts=_counts(cell)
        )
        for (organ, year), cell in book.cells.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.name is None, row.name or "", row.organ or "", row.year or 10_000)))


def _merged(cells: Iterable[dict[str, set[str]]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cell in cells:
        for name, keys in cell.items():
            found.setdefault(name, set()).update(keys)
    return found


def _counts(cell: dict[str, set[str]]) -> Counts:
    return Counts(**{name: len(keys) for name, keys in cell.items()})


# -- what there is, and what lacks ----------------------------------------------------------------

_Cell = tuple[str | None, int | None]  # organ and year


class _Dated(msgspec.Struct, frozen=True):
    """What lies before which organs, and when."""

    organs: tuple[str, ...]
    date: str | None


class _Book:
    """What a register holds, as sets of keys by column, organ and year."""

    def __init__(
        self, walk: Walk, *, organs: frozenset[str] | None, date_from: str | None, date_to: str | None
    ) -> None:
        self._walk = walk
        self._organs = organs
        self._days = (date_from, date_to)
        self.cells: dict[_Cell, dict[str, set[str]]] = {}
        self.apart: dict[str, None] = {}
        # By kind, then body and organ of what bears the number.
        self.numbers: dict[str, list[tuple[str | None, str | None, Numbered]]] = {"proposal": [], "resolution": []}
        self._meetings: dict[str, _Dated] = {}
        self._dealt: dict[str, list[_Dated]] = {}
        self._versions_named: dict[str, set[int]] = {}
        self._made: dict[str, tuple[_Cell, ...]] = {}
        self._terms = dict(self._named_terms())
        for meeting in self._states("meeting"):
            if isinstance(meeting, Meeting):
                self._meeting(meeting)
        for proposal in self._states("proposal"):
            if isinstance(proposal, Proposal):
                self._proposal(proposal)
        for resolution in self._states("resolution"):
            if isinstance(resolution, Resolution):
                self._resolution(resolution)
        for review in self._states("review"):
            if isinstance(review, Review):
                self._review(review)

    def _states(self, kind: str) -> Iterator[State]:
        """Give the states of a kind; a stream of which it cannot be told whether it was there by then stands apart."""
        for stream in self._walk.each(kind):
            if self._walk.place(self._walk.effective(stream)[0]) in {Placement.STRADDLES, Placement.UNDATED}:
                self.apart[stream] = None
            elif (state := self._walk.state(stream)) is not None:
                yield state

    def _named_terms(self) -> Iterator[tuple[str, str]]:
        for stream in self._walk.each("body"):
            body = self._walk.whole_state(stream)
            for fact in body.terms if isinstance(body, Body) else ():
                term, name, number = (stated(getattr(fact.event, field)) for field in ("term", "name", "number"))
                if term is not None:
                    yield term, str(name or number or term)

    def take_back(self, whole: _Book) -> None:
        """Take out of the gaps what is there and blocked."""
        missing = _merged(whole.cells.values())
        for cell in self.cells.values():
            for name in GAPS:
                if name in cell:
                    cell[name] &= missing.get(name, set())

    # -- organs and years -------------------------------------------------------------------------

    def _cells(self, stream: str, dates: Iterable[_Dated]) -> tuple[_Cell, ...]:
        """Give the cells of what lay before organs, as far as asked for; what cannot be placed stands apart."""
        found: dict[_Cell, None] = {}
        undecided = False
        for one in dates:
            organs: Iterable[str | None] = one.organs or (None,)
            if self._organs is not None:
                organs = [organ for organ in organs if organ in self._organs]
            where = is_within(one.date, *self._days)
            if organs and where is None:
                undecided = True
            elif where:
                year = int(one.date[:4]) if one.date is not None else None
                found.update(dict.fromkeys((organ, year) for organ in organs))
        if undecided and not found:
            self.apart[stream] = None
        return tuple(found)

    def _add(self, cells: Iterable[_Cell], column: str, *keys: str) -> None:
        for cell in cells:
            self.cells.setdefault(cell, {}).setdefault(column, set()).update(keys)

    def _annexes(self, cells: tuple[_Cell, ...], annexes: Iterable[Annex]) -> None:
        for annex in annexes:
            if annex.withdrawn is None:
                self._add(cells, "annexes", annex.attached.id)
                if annex.is_held is False:
                    self._add(cells, "annexes_not_held", annex.attached.id)

    # -- meetings ---------------------------------------------------------------------------------

    def _meeting(self, state: Meeting) -> None:
        whole = self._walk.whole_state(state.stream)
        organs = whole.organs if isinstance(whole, Meeting) else state.organs
        dated = _Dated(organs, met_on(self._walk, state, (*state.outcomes, *state.ballots)))
        self._meetings[state.stream] = dated
        for proposal, _ in treatments(state):
            self._dealt.setdefault(proposal, []).append(dated)
        every = items(state)
        for item in every:
            entry = item.entry
            named, number = (stated(entry.proposal), stated(entry.version)) if entry is not None else (None, None)
            if item.is_on_agenda and named is not None and number is not None:
                self._versions_named.setdefault(named, set()).add(number)
        cells = self._cells(state.stream, (dated,))
        if not cells:
            return
        self._add(cells, "meetings", state.stream)
        self._annexes(cells, state.annexes)
        to_come = dated.date is not None and first_day(dated.date).isoformat() > self._walk.day
        if state.cancelled is not None:
            self._add(cells, "cancelled", state.stream)
        elif to_come:
            self._add(cells, "to_come", state.stream)
        else:
            self._held(cells, state, every)
        self._outcomes(cells, state, every)

    def _held(self, cells: tuple[_Cell, ...], state: Meeting, every: tuple[Item, ...]) -> None:
        """Count what a meeting has to have that was held, as far as is known."""
        if all(fact.event.items == () for fact in state.agendas):
            self._add(cells, "without_agenda", state.stream)
        # An outcome may name its proposal and no item.
        loose = {stated(fact.event.proposal) for fact in state.outcomes if stated(fact.event.item) is None} - {None}
        for item in every:
            if not item.is_on_agenda:
                continue
            key = f"{state.stream}/{item.key}"
            self._add(cells, "items", key)
            proposal = stated(item.entry.proposal) if item.entry is not None else None
            if not item.outcomes and proposal not in loose:
                self._add(cells, "items_without_outcome", key)

    def _outcomes(self, cells: tuple[_Cell, ...], state: Meeting, every: tuple[Item, ...]) -> None:
        held: set[object] = set()
        for one in minutes(state):
            if not one.filed:
                continue
            newest = one.filed[-1]
            self._add(cells, "minutes", newest.id)
            if newest.event.held is False:
                self._add(cells, "minutes_not_held", newest.id)
            else:
                held.add(one.part)
        part_of = {item.key: _part(item) for item in every}
        for fact in state.outcomes:
            self._add(cells, "outcomes", fact.id)
            if not _is_minuted(fact, held, part_of):
                self._add(cells, "outcomes_without_minutes", fact.id)

    # -- proposals --------------------------------------------------------------------------------

    def _proposal(self, state: Proposal) -> None:
        own = _own_date(state)
        number = stated(state.reference)
        if number:
            term = stated(state.term)
            numbered = Numbered(number, _year_of(own), self._terms.get(term, term) if term is not None else "")
            self.numbers["proposal"].append((stated(state.body), None, numbered))
        dates = list(self._dealt.get(state.stream, ()))
        for one in state.consultations:
            organ, meeting = stated(one.plan.organ), stated(one.plan.meeting)
            if one.dropped is None and organ is not None:
                met = self._meetings.get(meeting) if meeting is not None else None
                dates.append(_Dated((organ,), met.date if met is not None else stated(one.plan.planned_on)))
        cells = self._cells(state.stream, dates or (_Dated((), own),))
        if not cells:
            return
        self._add(cells, "proposals", state.stream)
        self._annexes(cells, state.annexes)
        self._add(cells, "versions_not_held", *(f"{state.stream}@{one}" for one in self._versions_missing(state)))

    def _versions_missing(self, state: Proposal) -> Iterator[int | str]:
        """Give the numbers of the versions that are known of and not held; `older` for one before all of them."""
        numbered = {one.number: one for one in state.versions if isinstance(one.number, int)}
        if not numbered:
            return
        named = self._versions_named.get(state.stream, set())
        gaps = {number for number in range(1, max(numbered)) if number not in numbered}
        # What a version says of itself: a document that it takes over from the version before is that one's.
        unheld = {
            number
            for number, one in numbered.items()
            if one.origins.get("document") == one.told_by.id and getattr(stated(one.document), "held", None) is False
        }
        yield from sorted(gaps | (named - numbered.keys()) | unheld)
        dated = stated(numbered[min(numbered)].document_date)
        days = [consultation_day(one, self._walk.state) for one in state.consultations if one.dropped is None]
        if not gaps and dated is not None and any(day is not None and is_before(day, dated) for day in days):
            yield "older"

    # -- resolutions and reviews ------------------------------------------------------------------

    def _resolution(self, state: Resolution) -> None:
        made_by = stated(state.made.event.made_by) if state.made is not None else None
        organ = stated(made_by.organ) if made_by is not None else None
        opened = self._walk.effective(state.stream)[0].occurred
        date = stated(opened.at) if isinstance(opened, When) else None
        meeting = stated(made_by.meeting) if made_by is not None else None
        if date is None and meeting in self._meetings:
            date = self._meetings[str(meeting)].date
        number = stated(state.number)
        if number:
            self.numbers["resolution"].append((self._body(organ, state), organ, Numbered(number, _year_of(date))))
        cells = self._cells(state.stream, (_Dated((organ,) if organ is not None else (), date),))
        self._made[state.stream] = cells
        if cells:
            self._add(cells, "resolutions", state.stream)
            self._annexes(cells, state.annexes)
            if any(one.code == "ADOPTED_TEXT_NOT_HELD" for one in of_resolution(state)):
                self._add(cells, "texts_not_held", state.stream)

    def _body(self, organ: str | None, state: Resolution) -> str | None:
        by = self._walk.whole_state(organ) if organ is not None else None
        decided = stated(state.proposal)
        about = by if isinstance(by, Organ) else self._walk.whole_state(decided) if decided is not None else None
        return stated(about.body) if isinstance(about, Organ | Proposal) else None

    def _review(self, state: Review) -> None:
        cells = {cell: None for resolution in state.resolutions for cell in self._made.get(resolution, ())}
        self._annexes(tuple(cells), state.annexes)


def _part(item: Item) -> v.Part | None:
    """Give the part of the meeting that an item belonged to, as held, else as set."""
    publicity = item.publicity_held or (stated(item.entry.publicity) if item.entry is not None else None)
    return {v.Publicity.PUBLIC: v.Part.PUBLIC, v.Publicity.NON_PUBLIC: v.Part.NON_PUBLIC}.get(
        publicity or v.Publicity.UNKNOWN
    )


def _is_minuted(fact: Fact[OutcomeDeclared], held: set[object], part_of: dict[str, v.Part | None]) -> bool:
    """Whether minutes are held of the part in which an outcome was declared; of any where that is not known."""
    part = part_of.get(stated(fact.event.item) or "")
    return bool(held) and (part is None or bool(held & {part, v.Part.WHOLE, WITHHELD}))


def _own_date(state: Proposal) -> str | None:
    dated = stated(state.current.document_date) if state.current is not None else None
    occurred = state.registered.record.occurred if state.registered is not None else None
    return dated or (stated(occurred.at) if isinstance(occurred, When) else None)


def _year_of(date: str | None) -> int | None:
    return int(date[:4]) if date is not None else None


# -- numbers --------------------------------------------------------------------------------------


def _numbers(teller: Teller, book: _Book, whole: _Book | None) -> tuple[tuple[NumberRow, ...], tuple[UnreadRow, ...]]:
    rows: list[NumberRow] = []
    unread: list[UnreadRow] = []
    for kind, found in book.numbers.items():
        every = whole.numbers[kind] if whole is not None else found
        for (body, organ), some in _groups(found).items():
            body_name = teller.body_name(body) if body is not None else None
            read = series(some)
            known = series(_groups(every).get((body, organ), some)) if whole is not None else read
            rows += [
                NumberRow(
                    kind=kind,
                    body=body_name,
                    organ=teller.name(organ) if organ is not None else None,
                    scheme=run.scheme,
                    example=run.example,
                    period=run.period,
                    first=run.first,
                    last=run.last,
                    held=run.held,
                    only_suffixed=ranges(run.only_suffixed),
                    missing=ranges(missing := _missing(run, known)),
                    missing_count=len(missing),
                    why_not=run.why_not,
                )
                for run in read.runs
            ]
            if read.unread:
                unread.append(UnreadRow(kind=kind, body=body_name, numbers=read.unread))
    return tuple(rows), tuple(unread)


def _groups(
    numbers: Iterable[tuple[str | None, str | None, Numbered]],
) -> dict[tuple[str | None, str | None], list[Numbered]]:
    """Give numbers by body; by organ too in a body of which two organs gave the same one."""
    givers: dict[tuple[str | None, str], set[str | None]] = {}
    for body, organ, one in numbers:
        givers.setdefault((body, one.number), set()).add(organ)
    apart = {body for (body, _), organs in givers.items() if len(organs) > 1}
    found: dict[tuple[str | None, str | None], list[Numbered]] = {}
    for body, organ, one in numbers:
        found.setdefault((body, organ if body in apart else None), []).append(one)
    return found


def _missing(run: Run, known: Series) -> tuple[int, ...]:
    """Leave out of what is missing what a blocked event bears: it is there, and not shown."""
    same = next((one for one in known.runs if (one.scheme, one.period) == (run.scheme, run.period)), None)
    return tuple(sorted(set(run.missing) & set(same.missing))) if same is not None else ()


def _is_asked(row: NumberRow, first: int | str | None, last: int | str | None) -> bool:
    """Say whether a row belongs to the years asked for; what runs on through the years always does."""
    if not row.period.isdecimal():
        return True
    year = int(row.period)
    return not (isinstance(first, int) and year < first) and not (isinstance(last, int) and year > last)
