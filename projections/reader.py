"""The reader of one thing: what a reference means, and the past as far as it has to be read to tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.neighbours import neighbours
from projections.refs import Meant, resolve
from projections.teller import Teller
from projections.timetravel import Horizon, Past

if TYPE_CHECKING:
    from archive.archive import Archive
    from projections.projector import Views


def reader(
    archive: Archive, ref: str, horizon: Horizon, *, with_blocked: bool, views: Views | None
) -> tuple[Teller, Meant]:
    """Give the reader of what a reference means.

    Args:
        archive: The archive.
        ref: A stream, an event, a look-up, or a bare Vorlagen-Nr. or Beschluss-Nr.
        horizon: Up to where to look.
        with_blocked: Whether blocked events are seen.
        views: The views, up to date: with them only what has to do with the thing is read. None reads everything.

    Raises:
        InputError: The reference matches nothing or several things.
    """
    # A look-up reads what it is given by its id, and everything only to name what may have been meant.
    whole = Past(archive, horizon, with_blocked=with_blocked)
    teller = Teller(whole)
    meant = resolve(teller, ref, views=views)
    if views is None:
        return teller, meant
    near = Past(archive, horizon, with_blocked=with_blocked, among=neighbours(archive, views, (meant.stream,)))
    return Teller(near), meant
