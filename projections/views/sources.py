"""What the sources showed, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.views.table import (
    Part,
    Row,
    Table,
    Teller,
    View,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.events import SourceObserved
    from domain.source import Source
    from domain.stream import Fact

OBSERVATIONS: Final = Table(
    name="observations",
    says="what a source showed of an object, each time it was another",
    columns=(
        text("system", "the source"),
        text("url", "the object's address there"),
        text("object_kind", "code of the kind of object"),
        text("change", "code: new, changed, gone ..."),
        text("fields_changed", "JSON: the fields that are others than before"),
        text("retrieved_at", "when it was retrieved"),
        text("digest", "SHA-256 of what was shown, base64url"),
        text("recorded_in", "the stream into which its facts went"),
    ),
    indexes=(("url",), ("recorded_in",)),
)


def _observations(state: Source, teller: Teller) -> Iterator[Row]:
    names = ("system", "url", "object_kind", "change", "fields_changed", "retrieved_at", "digest", "recorded_in")

    def rows(fact: Fact[SourceObserved]) -> Iterator[Row]:
        yield teller.row(OBSERVATIONS, fact.record, {name: getattr(fact.event, name) for name in names})

    for fact in state.observations:
        yield from teller.once(OBSERVATIONS, fact, rows)


SOURCE_VIEW: Final = View(
    name="sources",
    version=1,
    kinds=("source",),
    parts=(Part(table=OBSERVATIONS, reads=("observations",), rows=_observations),),
)
