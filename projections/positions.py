"""Which events somebody means who wants receipts: an event, all events of a thing, or a position.

    proposal:0190…-…#3         an event
    0640, proposal:{...}       all events of a thing (`projections.refs`)
    17, position:17            the event at a position; a bare number only if nothing bears it as its own

Nothing is guessed: a number that is both is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from archive.errors import InputError
from archive.intake.references import shown
from projections.refs import lookup, resolve
from projections.teller import Teller
from projections.timetravel import Past

if TYPE_CHECKING:
    from archive.archive import Archive

_POSITION: Final = re.compile(r"(position:)?([1-9][0-9]{0,17})\Z")


def positions(archive: Archive, text: str) -> tuple[int, ...]:
    """Give the positions of the events that are meant, in order.

    Raises:
        InputError: It matches nothing, or several things.
    """
    number = _POSITION.match(text)
    if number is not None:
        bearers = () if number[1] else _bearers(Past(archive), text)
        if not bearers:
            return (int(number[2]),)
        if int(text) <= archive.size:
            raise InputError(
                f"found {shown(text)}, which is a position and a number that something bears; expected one of them",
                hint=f"position:{text} is the event at that position, {bearers[0]} the thing with that number",
            )
    meant = resolve(Teller(Past(archive)), text)
    places = archive.positions(meant.stream)
    if meant.event is not None:
        return (places[int(meant.event.rpartition("#")[2])],)
    return tuple(sorted(places.values()))


def _bearers(past: Past, number: str) -> tuple[str, ...]:
    return (*lookup(past, "proposal", {"reference": number}), *lookup(past, "resolution", {"number": number}))
