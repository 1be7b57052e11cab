"""What a list can be narrowed to before anything is read: the streams that may fit, found with the views.

The views know what was recorded, whoever may see it and whenever it happened. So they only say what cannot fit, by
every value that a thing ever had; what is left is read and judged as if everything were. Where the views cannot tell
of a stream - an event of it is blocked, erased or corrected, so that this reader's values may be no row's - it is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.vocabulary import Visibility

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from projections.projector import Views
    from projections.timetravel import Past

# A list of more than this part of a kind is made faster by reading everything once.
_PART: Final = 2
_DATE: Final = (
    # Written as exactly as either is, a date lies in between or may.
    "({0} IS NULL OR (substr({0}, 1, 10) >= substr(:low, 1, length(substr({0}, 1, 10))) "
    "AND substr({0}, 1, 10) <= substr(:high, 1, length(substr({0}, 1, 10)))))"
)
_FIRST, _LAST = "0000-01-01", "9999-12-31"


def streams(  # what a list can be narrowed by
    views: Views,
    past: Past,
    kind: str,
    *,
    organs: frozenset[str] | None,
    date_from: str | None,
    date_to: str | None,
    state: str | None,
    only: Iterable[str] | None,
) -> tuple[str, ...] | None:
    """Give the streams of a kind that may fit, in the order of their first events; None where everything may as well.

    Args:
        views: The views, up to date.
        past: The reader.
        kind: The kind of stream.
        organs: Only what has to do with one of these.
        date_from: Only what is dated this day or later.
        date_to: Only what is dated this day or earlier.
        state: Only what stands there.
        only: Only some of these.
    """
    every = past.archive.streams(kind)
    left = set(every) if only is None else set(every) & set(only)
    if organs is not None:
        left &= _of_organs(views, kind, organs)
    # Of what had happened by a day, the dates are those of another day.
    if (date_from is not None or date_to is not None) and kind in _DATED and past.horizon.as_of is None:
        low, high = _edge(date_from, _FIRST), _edge(date_to, _LAST)
        left &= {*_column(views, _DATED[kind], low=low, high=high), *_untold(views, past)}
    if state is not None and kind == "proposal" and _is_present(views, past):
        left &= set(_column(views, "SELECT stream FROM standings WHERE state=:state OR outcome=:state", state=state))
    if len(left) * _PART > len(every):
        return None
    return tuple(stream for stream in every if stream in left)


def _of_organs(views: Views, kind: str, organs: frozenset[str]) -> set[str]:
    """Give what names an organ, and the proposals named by a meeting or resolution that does."""
    found = set(organs)
    for organ in organs:
        naming = set(_column(views, "SELECT DISTINCT stream FROM mentions WHERE target=:organ", organ=organ))
        found |= naming
        if kind == "proposal":
            found |= set(_column(views, _THROUGH, organ=organ))
    return found


_THROUGH: Final = (
    "SELECT DISTINCT about.target FROM mentions AS naming CROSS JOIN mentions AS about USING (stream) "
    "WHERE naming.target = :organ AND about.target GLOB 'proposal:*' "
    "AND (naming.stream GLOB 'meeting:*' OR naming.stream GLOB 'resolution:*')"
)
_OPENED: Final = "SELECT stream FROM events WHERE stream GLOB '{0}:*' AND seq = 1 AND " + _DATE.format("happened")  # noqa: S608  # names of ours
# What has no row cannot be told of either, and is left.
_WITHOUT: Final = (
    "SELECT stream FROM events WHERE stream GLOB '{0}:*' AND seq = 1 AND stream NOT IN (SELECT stream FROM {1})"
)
_DATED: Final = {
    "proposal": " UNION ".join(
        (
            "SELECT stream FROM versions WHERE document_date IS NOT NULL AND "  # noqa: S608  # names of ours
            + _DATE.format("document_date"),
            _OPENED.format("proposal"),
        )
    ),
    "meeting": " UNION ".join(
        (
            "SELECT stream FROM meetings WHERE " + _DATE.format("starts_at"),  # noqa: S608  # names of ours
            _WITHOUT.format("meeting", "meetings"),
        )
    ),
    "resolution": _OPENED.format("resolution"),
}


def _edge(date: str | None, otherwise: str) -> str:
    """Give a day that a date asked for does not lie beyond."""
    return otherwise if date is None else date[:10] + otherwise[len(date[:10]) :]


def _untold(views: Views, past: Past) -> Iterator[str]:
    """Give the streams whose values for this reader may be in no row."""
    yield from _column(views, "SELECT DISTINCT stream FROM corrections")
    yield from past.streams_of_erasures()
    if not past.with_blocked:
        yield from _blocked(views)
        yield from past.streams_of_changes()


def _blocked(views: Views) -> Iterator[str]:
    blocked = Visibility.BLOCKED.value
    return _column(views, "SELECT DISTINCT stream FROM events WHERE visibility=:blocked", blocked=blocked)


def _is_present(views: Views, past: Past) -> bool:
    """Say whether this reader looks at what holds now, all of it, and the views that follow from it are whole."""
    if past.horizon.as_of is not None or past.horizon.position is not None:
        return False
    if not past.with_blocked and (any(_blocked(views)) or past.streams_of_changes()):
        return False
    (behind,) = views.connection.execute(
        "SELECT count(*) FROM views WHERE position < ?", (past.archive.size,)
    ).fetchone()
    return not behind


def _column(views: Views, statement: str, **values: str) -> Iterator[str]:
    return (value for (value,) in views.connection.execute(statement, values).fetchall())
