"""A review as a paper: what was objected to, put before an authority and done by one, with the documents of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET
from msgspec.structs import replace

from domain.review import Review
from domain.values import stated
from projections.export import german
from projections.export.xdomea.traces import traces_of
from projections.export.xdomea.values import date, happened, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.resolution import Resolution
    from domain.review import Act
    from projections.export.xdomea.desk import Desk
    from projections.export.xdomea.model import Paper
    from projections.teller import Teller

KIND: Final = "Rechtskontrolle"
# What an act says in the order in which it is read; an act has of them what its kind has.
_PARTS: Final = (
    "kind",
    "authority_name",
    "act",
    "reference",
    "round",
    "legal_basis",
    "reasons",
    "suspensive",
    "new_meeting_by",
    "deadline",
    "immediately_enforceable",
    "effect",
    "text",
)
_DATES: Final = frozenset({"new_meeting_by", "deadline"})


def review_papers(desk: Desk, resolutions: Iterable[Resolution], within: str) -> Iterator[Paper]:
    """Give the reviews of some resolutions, each once.

    Args:
        desk: Makes the papers.
        resolutions: The resolutions.
        within: The record whose Vorgang they lie in; one review may be about resolutions of several.
    """
    names = {resolution.stream for resolution in resolutions}
    for review in desk.teller.past.states("review", Review):
        if names & set(review.resolutions):
            yield _paper(desk, review, within)


def _paper(desk: Desk, review: Review, within: str) -> Paper:
    told = desk.rendered(
        desk.uuid(review.stream, within),
        f"{KIND} ({', '.join(dict.fromkeys(german.event(act.event.TYPE) for act in review.acts))})",
        [line for act in review.acts for line in _act(desk.teller, act)],
    )
    attached = [desk.annex(annex, number, within=within) for number, annex in enumerate(review.annexes, 1)]
    left = desk.left(review.stream, kind="Beleg", within=within)
    numbered = [(str(number), paper) for number, paper in enumerate(left, len(attached) + 1)]
    # Only now, because what is asked for counts as having found its place.
    notes = [
        f"{german.event(act.event.TYPE)}: {desk.lack(act.event.document, act.record)}"
        for act in review.acts
        if act.event.document is not UNSET and not desk.is_held(act.event.document)
    ]
    return replace(
        told,
        kind=KIND,
        note=" ".join(notes) or None,
        annexes=(*attached, *numbered),
        traces=traces_of(desk.teller, review.stream),
    )


def _act(teller: Teller, act: Act) -> Iterator[str]:
    event, record = act.event, act.record
    yield f"{german.event(event.TYPE)}: {happened(teller, record)}"
    named = "; ".join(german.title(teller, stream) for stream in stated(event.resolutions) or ())
    yield f"    {german.field('resolutions')}: {named or said(teller, record, 'resolutions')}"
    for name in _PARTS:
        if name in event.__struct_fields__:
            words = said(teller, record, name, say=date if name in _DATES else None)
            if words:
                yield f"    {german.field(name)}: {words}"
