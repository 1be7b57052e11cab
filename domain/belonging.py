"""To which bodies does a record belong? (de: Körperschaft, deren Unterlage es ist).

A register may hold several bodies; whose a record is says which archive takes it over, and who hands it over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from domain.body import Body
from domain.custody import Custody
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.review import Review
from domain.stream import State
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Iterable

_Lookup = Callable[[str], State | None]


def bodies_of(stream: str, lookup: _Lookup) -> frozenset[str]:
    """Give the bodies that a record belongs to; none where nothing says so.

    A meeting belongs to the body that it names, else to those of its organs; a resolution to that of the organ that
    made it, else to that of its proposal or meeting; a review to those of its resolutions, a file to those of what
    was filed in it.

    Args:
        stream: The record.
        lookup: Gives the state of a stream, or None where there is none.
    """
    found: frozenset[str] = frozenset()
    match lookup(stream):
        case Body():
            found = frozenset((stream,))
        case Organ() | Proposal() as state:
            found = _named(state.body)
        case Group() as group:
            found = _named(group.registered.event.body if group.registered is not None else None)
        case Meeting() as meeting:
            own = _named(meeting.convened.event.body if meeting.convened is not None else None)
            found = own or _of_all(meeting.organs, lookup)
        case Resolution() as resolution:
            found = _of_resolution(resolution, lookup)
        case Review() as review:
            found = _of_all(review.resolutions, lookup)
        case Custody() as file:
            found = _of_all((one for one in file.objects if not one.startswith("custody:")), lookup)
    return found


def _of_resolution(resolution: Resolution, lookup: _Lookup) -> frozenset[str]:
    made_by = stated(resolution.made.event.made_by) if resolution.made is not None else None
    instead_of = (stated(fact.event.instead_of) for fact in resolution.urgent)
    leads = (
        stated(made_by.organ) if made_by is not None else None,
        *instead_of,
        stated(resolution.proposal),
        stated(made_by.meeting) if made_by is not None else None,
    )
    return next((found for one in leads if one is not None and (found := bodies_of(one, lookup))), frozenset())


def _of_all(streams: Iterable[str], lookup: _Lookup) -> frozenset[str]:
    return frozenset(body for one in streams for body in bodies_of(one, lookup))


def _named(body: object) -> frozenset[str]:
    name = stated(body)
    return frozenset((name,)) if isinstance(name, str) else frozenset()
