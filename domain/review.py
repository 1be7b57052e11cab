"""A review: acts of the chair, an authority or a court about resolutions (de: Rechtskontrolle)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import msgspec

from domain.annex import Annex, annexes_after
from domain.events import ExternalActRecorded, ObjectionRaised, ReviewSubmitted
from domain.stream import Fact, Keeps, RecordedEvent, State, advance
from domain.values import stated

Act = Fact[ObjectionRaised] | Fact[ReviewSubmitted] | Fact[ExternalActRecorded]


class Review(State, frozen=True, kw_only=True):
    """What happened in a review, in order of recording. No act is weighed against another: no winner is named."""

    acts: tuple[Act, ...] = ()
    annexes: tuple[Annex, ...] = ()

    @property
    def resolutions(self) -> tuple[str, ...]:
        """The resolutions that the acts name, each once, in the order in which they are first named."""
        named = (name for act in self.acts for name in stated(act.event.resolutions) or ())
        return tuple(dict.fromkeys(named))

    @property
    def objections(self) -> tuple[Fact[ObjectionRaised], ...]:
        """The objections of the chair."""
        return tuple(
            Fact(event=act.event, record=act.record) for act in self.acts if isinstance(act.event, ObjectionRaised)
        )


_KEEPS: Final[Keeps] = MappingProxyType({ObjectionRaised: "acts", ReviewSubmitted: "acts", ExternalActRecorded: "acts"})


def evolve(state: Review | None, record: RecordedEvent) -> Review:
    """Apply one event; the first opens the review."""
    state = advance(state or Review(stream=record.stream), record, _KEEPS)
    return msgspec.structs.replace(state, annexes=annexes_after(state.annexes, record))
