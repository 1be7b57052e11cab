"""Lists: what there is of a kind, where it stands, and what last came of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from domain.values import STREAM_KINDS
from projections import life, narrowing, searching
from projections.deliberations import Deliberations
from projections.filters import check_code, check_dates, is_within, organs_named
from projections.listing_rows import row_of
from projections.neighbours import neighbours
from projections.parts import erasures
from projections.resolutions import Successions
from projections.shapes import Filters, Listing, Row
from projections.teller import Teller
from projections.timetravel import Past, horizon
from projections.unplaced import Unplaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.archive import Archive
    from projections.projector import Views
    from projections.searching import Candidate

# Streams that nobody looks for by name or date are listed by their title alone.
DEFAULT_KIND: Final = "proposal"


class _Narrowed(Struct, frozen=True):
    """What a list is narrowed to."""

    organs: frozenset[str] | None
    state: str | None
    date_from: str | None
    date_to: str | None

    def row(self, row: Row, organs: frozenset[str]) -> Row | None:
        """Give a row that fits, set apart where its date does not tell; None where it does not fit."""
        if self.organs is not None and not self.organs & organs:
            return None
        if self.state is not None and self.state not in (row.state, row.outcome.value):
            return None
        if row.apart is not None:
            return row
        date = row.date.value if isinstance(row.date.value, str) else None
        where = is_within(date, self.date_from, self.date_to)
        if where is None:
            return msgspec.structs.replace(row, apart=_why(row))
        return row if where else None


def listing(  # noqa: PLR0913  # each is an option of the command
    archive: Archive,
    *,
    kind: str | None = None,
    organ: str | None = None,
    state: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
    search: str | None = None,
    views: Views | None = None,
    only: Iterable[str] | None = None,
) -> Listing:
    """Give what there is of a kind, by date, then number.

    Args:
        archive: The archive.
        kind: A kind of stream; proposals where none is named.
        organ: Only what an organ has to do with: its name, its id or a look-up.
        state: Only what stands there: a state, a status of a resolution, or an outcome.
        date_from: Only what is dated this day or later; a month or year counts from its first day.
        date_to: Only what is dated this day or earlier; a month or year counts to its last day.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt), which are for archives; else they are only counted.
        search: Only what has these words in its texts; needs the views. Of more than `searching.THINGS_MAX` things that
            fit, those recorded last are given, and it is said.
        views: The views, up to date: with them only what can fit is read. None reads everything.
        only: Only some of these streams; None for all.

    Returns:
        The rows; those whose date is unknown, or not exact enough for the question, stand apart, and so does what is
        left of streams whose tokens were erased.

    Raises:
        InputError: An unknown kind, organ or state, a date that is none, or an end before its beginning.
    """
    wanted = kind or DEFAULT_KIND
    check_code(wanted, STREAM_KINDS, what="kind")
    looked_at = horizon(archive, as_of=as_of, as_recorded=as_recorded)
    if state is not None:
        check_code(state, life.STATES, what="state")
    check_dates(date_from=date_from, date_to=date_to)
    # Of what is looked up with the views, only what names and filters need is read here.
    named = frozenset({*archive.streams("body"), *(archive.streams("organ") if organ is not None else ())})
    past = Past(archive, looked_at, with_blocked=with_blocked, among=named if views is not None else None)
    teller = Teller(past)
    organs = organs_named(teller, organ) if organ is not None else None
    narrowed = _Narrowed(organs, state, date_from, date_to)
    more = False
    some = tuple(only) if only is not None else None
    if search is not None and views is not None:
        parts = searching.candidates(views, search, wanted, position=looked_at.position)
        fitting = _found(archive, views, parts, past, narrowed)
        found = list(itertools.islice(fitting, searching.THINGS_MAX + 1))
        more = len(found) > searching.THINGS_MAX
        found = found[: searching.THINGS_MAX]
        blocked = searching.blocked_count(views, past)
    elif (
        views is not None
        and (
            fits := narrowing.streams(
                views, past, wanted, organs=organs, date_from=date_from, date_to=date_to, state=state, only=some
            )
        )
        is not None
    ):
        found = list(_near(archive, views, fits, past, narrowed))
        blocked = searching.blocked_count(views, past)
    else:
        whole = past if views is None else Past(archive, looked_at, with_blocked=with_blocked)
        streams = whole.streams(wanted)
        found = list(_fitting(Teller(whole), streams if some is None else _of(streams, some), narrowed))
        blocked = whole.blocked_count()
    return Listing(
        register=teller.register(),
        horizon=teller.horizon(),
        filters=Filters(
            kind=wanted,
            organ=organ,
            organs=tuple(sorted(map(teller.name, organs))) if organs is not None else (),
            state=state,
            date_from=date_from,
            date_to=date_to,
            search=search,
            more=more,
        ),
        rows=tuple(sorted((row for row in found if row.apart is None), key=_order)),
        apart=tuple(sorted((row for row in found if row.apart is not None), key=_order)),
        bodies=tuple(map(teller.body_name, teller.bodies())),
        erased=tuple(line for stream in past.erased_streams(wanted) for line in erasures(past, stream)),
        blocked=blocked,
    )


def _fitting(teller: Teller, streams: Iterable[str], narrowed: _Narrowed) -> Iterator[Row]:
    """Give the rows of those of some streams that fit."""
    deliberations = Deliberations(teller.past)
    successions = Successions(teller.past)
    unplaced = Unplaced(teller)
    for stream in streams:
        found = row_of(teller, deliberations, successions, stream)
        row = narrowed.row(*found) if found is not None else None
        if row is not None:
            whole = teller.past.effective(stream)[0].id if row.apart is not None else None
            yield msgspec.structs.replace(row, facts_apart=unplaced.of(stream, but=whole))


def _found(
    archive: Archive,
    views: Views,
    parts: Iterable[tuple[Candidate, ...]],
    asked: Past,
    narrowed: _Narrowed,
) -> Iterator[Row]:
    """Give the rows of what was found and fits, reading only as much as is asked for."""
    for some in parts:
        past = _past(archive, views, [one.stream for one in some], asked)
        fields = {one.stream: searching.found_in(one, past) for one in some}
        for row in _fitting(Teller(past), (stream for stream, texts in fields.items() if texts), narrowed):
            yield msgspec.structs.replace(row, found_in=fields[row.stream])


def _near(archive: Archive, views: Views, streams: Sequence[str], asked: Past, narrowed: _Narrowed) -> Iterator[Row]:
    """Give the rows of those of some streams that fit, reading what has to do with a part of them at a time."""
    for start in range(0, len(streams), searching.THINGS_MAX):
        some = streams[start : start + searching.THINGS_MAX]
        past = _past(archive, views, some, asked)
        yield from _fitting(Teller(past), _of(past.streams(some[0].partition(":")[0]), some), narrowed)


def _past(archive: Archive, views: Views, streams: Sequence[str], asked: Past) -> Past:
    """Give the past of the same reader, as far as it has to be read to tell of some streams in a line each."""
    among = neighbours(archive, views, streams, listed=True)
    return Past(archive, asked.horizon, with_blocked=asked.with_blocked, among=among)


def _of(streams: Iterable[str], wanted: Iterable[str]) -> Iterator[str]:
    some = frozenset(wanted)
    return (stream for stream in streams if stream in some)


def _why(row: Row) -> str:
    return "undated" if row.date.value is None else "straddles"


def _order(row: Row) -> tuple[bool, str, str]:
    """By date, then number; what has neither stays in the order of recording."""
    date, number = row.date.value, row.number.value
    return date is None, str(date or ""), str(number or "")
