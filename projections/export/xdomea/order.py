"""What was ordered, and what is missing for it."""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from domain.vocabulary import AppraisalDecision

Version = Literal["4.0.0", "3.1.0", "3.0.0"]
MessageNumber = Literal["0501", "0503"]
By = Literal["proposal", "meeting"]


class Order(Struct, frozen=True, kw_only=True):
    """An order for xdomea containers.

    Attributes:
        version: The version of xdomea.
        message: 0501 offers (de: Anbieteverzeichnis), 0503 hands over (de: Aussonderung).
        by: What a Vorgang is first of all: with `proposal` the proposals asked for, those of the meetings asked for,
            and then these meetings; with `meeting` the other way round.
        proposed: What the office proposes to the archive (de: Bewertungsvorschlag). No event holds that; it is the
            word of whoever orders. `sample` is no such proposal.
        process: The UUID of a process that is to go on (de: ProzessID); None takes that of the recorded offer, else the
            one that follows from the records.
    """

    version: Version = "4.0.0"
    message: MessageNumber = "0503"
    by: By = "proposal"
    proposed: AppraisalDecision | None = None
    process: str | None = None


class Missing(Struct, frozen=True, kw_only=True):
    """Something mandatory that is not recorded.

    Attributes:
        stream: The record that would be a Vorgang.
        title: What it is called.
        element: The element of xdomea that would hold it.
        found: What is there instead, in words.
        supplied_by: What would supply it.
    """

    stream: str
    title: str
    element: str
    found: str
    supplied_by: str


class Rendered(Protocol):
    """What Ratsbuch rendered of a record (de: Lesefassung)."""

    @property
    def name(self) -> str:
        """Its file name, with its ending."""
        ...

    @property
    def data(self) -> bytes:
        """Its bytes."""
        ...

    @property
    def title(self) -> str:
        """What it is called."""
        ...
