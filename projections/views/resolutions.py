"""Resolutions, what became of them, and their control (de: Beschlüsse, Rechtskontrolle)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.resolution import timeline
from domain.values import stated
from projections.views.table import (
    HAPPENED,
    HAPPENED_PATHS,
    Part,
    Row,
    Table,
    Teller,
    View,
    day,
    flag,
    happened,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.resolution import Resolution
    from domain.review import Review
    from domain.stream import Fact

RESOLUTIONS: Final = Table(
    name="resolutions",
    says="a resolution (Beschluss); a rejection is one too",
    columns=(
        text("number", "Beschluss-Nr., as printed"),
        text("subject", "what it is about"),
        text("sense", "code of what was resolved: approving, rejecting, elected ..."),
        text("legal_form", "code of its legal form"),
        text("proposal", "the proposal it decides"),
        number("version", "the version of that proposal"),
        text("path", "code of how it came about"),
        text("organ", "the organ that made it"),
        text("meeting", "the meeting in which it was made"),
        text("ballot", "the ballot"),
        text("text", "the wording as made; NULL: not held"),
        number("presumed_as", "the version it is taken to follow, where the wording is not held"),
        text("re_decides", "JSON: the resolutions it decides anew"),
        flag("urgent", "it was an urgent decision (Eilentscheidung)"),
        *HAPPENED,
    ),
    indexes=(("number",), ("proposal",), ("meeting",), ("organ",)),
)
STATUSES: Final = Table(
    name="resolution_steps",
    says="a step of what became of a resolution: a status, or a day on which something begins or runs out",
    columns=(
        text("step", "made, begins, status, trial_ends, ends"),
        text("status", "code of the status, for a status"),
        text("at", "when; the last day, inclusive, where something ends"),
        text("not_before", "the earliest, where no day is known"),
        text("not_after", "the latest, where no day is known"),
        text("certainty", "of that date: stated, inferred, unknown"),
        text("basis", "stated, or inferred: it only follows from what is recorded"),
    ),
    indexes=(("at",), ("status",)),
)
REVIEWS: Final = Table(
    name="review_acts",
    says="an objection, a submission or an act of an authority about a resolution; a row for each that it names",
    columns=(
        text("act", "the type of the event, or the code of an authority's act"),
        text("resolution", "the resolution"),
        text("authority", "the authority"),
        text("reference", "its reference"),
        text("deadline", "by when something has to be done"),
        *HAPPENED,
    ),
    indexes=(("resolution",),),
)


def _resolutions(state: Resolution, teller: Teller) -> Iterator[Row]:
    made = state.made
    fact: Fact[object] | None = made if made is not None else (state.urgent[-1] if state.urgent else None)  # type: ignore[type-var,assignment]
    if fact is None:
        return
    values: dict[str, object] = {
        "number": state.number,
        "subject": state.subject,
        "proposal": state.proposal,
        "text": state.text,
        "urgent": bool(state.urgent),
    }
    paths: dict[str, str] = dict(HAPPENED_PATHS)
    if made is not None:
        event = made.event
        values |= {n: getattr(event, n) for n in ("sense", "legal_form", "version", "presumed_as", "re_decides")}
        by = stated(event.made_by)
        for name in ("organ", "meeting", "ballot"):
            values[name] = getattr(by, name) if by is not None else event.made_by
        values["path"] = by.kind if by is not None else event.made_by
        paths |= dict.fromkeys(("organ", "meeting", "ballot", "path"), "data.made_by")
    yield teller.row(RESOLUTIONS, fact.record, values | happened(fact.record), paths=paths)


def _steps(state: Resolution, teller: Teller) -> Iterator[Row]:
    every = (state.made, *state.statuses)
    records = {fact.id: fact.record for fact in every if fact is not None}
    for step in timeline(state):
        values: dict[str, object] = {
            "step": step.kind,
            "status": step.status or UNSET,
            "at": step.when.at,
            "not_before": step.when.not_before,
            "not_after": step.when.not_after,
            "certainty": step.when.certainty,
            "basis": step.basis,
        }
        yield teller.row(STATUSES, records[step.told_by], values)


def _acts(state: Review, teller: Teller) -> Iterator[Row]:
    for act in state.acts:
        event = act.event
        authority = getattr(event, "authority_name", UNSET)
        for resolution in stated(event.resolutions) or ():
            values: dict[str, object] = {
                "act": stated(getattr(event, "act", UNSET)) or event.TYPE.partition("/")[0],
                "resolution": resolution,
                "authority": authority,
                "reference": getattr(event, "reference", UNSET),
                "deadline": day(getattr(event, "deadline", UNSET)),
            }
            yield teller.row(REVIEWS, act.record, values | happened(act.record), paths=HAPPENED_PATHS)


RESOLUTION_VIEW: Final = View(
    name="resolutions",
    version=1,
    kinds=("resolution",),
    parts=(
        Part(table=RESOLUTIONS, reads=("made", "urgent"), rows=_resolutions),
        Part(table=STATUSES, reads=("made", "statuses"), rows=_steps),
    ),
)
REVIEW_VIEW: Final = View(
    name="reviews", version=1, kinds=("review",), parts=(Part(table=REVIEWS, reads=("acts",), rows=_acts),)
)
