"""What has to be read to tell of a thing: the streams that name it, or that it names, found with the views.

An account of a proposal tells of the meetings that dealt with it, the resolutions made from it, the reviews of those.
All of them name one another, and the table `mentions` knows who names whom; so an account needs a few streams, however
large the register is. It has to be the account that reading the whole register gives (tests compare the two).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.proposal import Proposal
from domain.values import STREAM_KINDS, stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.archive import Archive
    from projections.projector import Views

_EVERY: Final = frozenset(STREAM_KINDS)
# From a stream of a kind that an account came to: the kinds gone on to, of streams that it names and that name it. A
# meeting leads to all its proposals, a proposal to all its meetings; so that not everything is reached in the end, what
# is far from the thing leads on only to what is told of it.
_NAMED: Final = {
    "resolution": _EVERY - {"custody"},
    "review": _EVERY,
    "meeting": frozenset({"body", "organ", "group"}),
    "proposal": frozenset({"body", "organ"}),
    "custody": frozenset({"body"}),
    "organ": frozenset({"body"}),
    "group": frozenset({"body"}),
}
_NAMING: Final = {
    "resolution": _EVERY,
    "review": frozenset({"resolution"}),
    "proposal": frozenset({"resolution"}),
}
_STEPS_MAX: Final = 6
# CROSS keeps the order: few meetings are on a day, and all of a council's are of one organ.
_MEETINGS: Final = (
    "SELECT meetings.stream FROM meetings CROSS JOIN meeting_organs USING (stream) "
    "WHERE starts_at >= ? AND starts_at < ? AND organ = ?"
)


def neighbours(archive: Archive, views: Views, streams: Sequence[str], *, listed: bool = False) -> frozenset[str]:
    """Give the streams to be read to tell of some.

    Args:
        archive: The archive.
        views: Its views, up to date.
        streams: What is told of.
        listed: Whether a line each is told, and no account.
    """
    found = set(streams) | set(archive.streams("body"))
    reached = set(streams)
    for stream in streams:
        reached.update(_named_by(views, stream))
        reached.update(_naming(views, stream))
        if _kind(stream) == "proposal" and not listed:
            reached.update(_alike(archive, views, stream))
    for _ in range(_STEPS_MAX):
        new = reached - found
        if not new:
            break
        found |= new
        reached = set()
        for stream in new:
            # Thousands of streams name an organ, so what leads nowhere is not even looked up.
            if named := _NAMED.get(_kind(stream)):
                reached.update(name for name in _named_by(views, stream) if _kind(name) in named)
            if naming := _NAMING.get(_kind(stream)):
                reached.update(name for name in _naming(views, stream) if _kind(name) in naming)
    return frozenset(found)


def _kind(stream: str) -> str:
    return stream.partition(":")[0]


def _named_by(views: Views, stream: str) -> Iterator[str]:
    return _column(views, "SELECT DISTINCT target FROM mentions WHERE stream=?", (stream,))


def _naming(views: Views, stream: str) -> Iterator[str]:
    return _column(views, "SELECT DISTINCT stream FROM mentions WHERE target=?", (stream,))


def _column(views: Views, statement: str, values: tuple[str, ...]) -> Iterator[str]:
    return (name for (name,) in views.connection.execute(statement, values).fetchall())


def _alike(archive: Archive, views: Views, proposal: str) -> Iterator[str]:
    """Give what an account of a proposal is compared with, though neither names the other.

    Proposals with the same number, meetings of the same organ on a day planned, and what has the same document.
    """
    state = archive.stream(proposal)
    if isinstance(state, Proposal):
        for version in state.versions:
            number = stated(version.reference)
            if number is not None:
                yield from archive.find("proposal", {"reference": number})
        for consultation in state.consultations:
            for plan in consultation.plans:
                organ, day = stated(plan.event.organ), stated(plan.event.planned_on)
                if organ is not None and day is not None:
                    yield from _column(views, _MEETINGS, (day[:10], f"{day[:10]}~", organ))
    for table in ("annexes", "versions", "minutes"):
        yield from _column(
            views,
            f"SELECT DISTINCT stream FROM {table} WHERE digest IN "  # noqa: S608  # names of ours
            "(SELECT digest FROM annexes WHERE stream=?1 UNION SELECT digest FROM versions WHERE stream=?1)",
            (proposal,),
        )
