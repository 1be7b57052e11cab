"""What an answer can answer: the events of a file that bear the id of a message or a process, and their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from domain import events as e
from domain.resolution import Resolution
from domain.review import Review
from domain.stream import Fact
from domain.values import stated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from domain.custody import Custody

# The kinds of record that become a case (de: Vorgang) of their own in a message.
CASES: Final = ("proposal:", "meeting:")

Answered = Fact[e.Offered] | Fact[e.Appraised] | Fact[e.Transferred]


class Asked(NamedTuple):
    """What one file asked: of each record the newest event that the message answers."""

    state: Custody
    facts: dict[str, Answered]


def asked_by(state: Custody, wanted: type[e.Event], key: str) -> Asked:
    """Give of each record the newest event of a type that bears an id."""
    facts = {
        name: fact
        for fact in asking(state)
        if isinstance(fact.event, wanted) and bears(fact, key)
        for name in objects_of(state, fact)
    }
    return Asked(state, facts)


def asking(state: Custody) -> tuple[Answered, ...]:
    """Give the events of a file that an archive can answer, and the answers that a receipt can confirm."""
    return (*state.offers, *state.appraisals, *state.transfers)


def bears(fact: Answered, key: str) -> bool:
    """Say whether an event names a message or process."""
    return (stated(fact.event.message_id) or "").strip().lower() == key


def objects_of(state: Custody, fact: Answered) -> Iterator[str]:
    """Name the records of an event; where it means all of the file, those that were filed by then.

    `domain.custody.covered` would add what was filed later, which nobody sent.
    """
    named = stated(fact.event.objects)
    if named is None or state.stream in named:
        for filing in state.filings:
            if filing.record.position < fact.record.position:
                yield from stated(filing.event.objects) or ()
    yield from (name for name in named or () if name != state.stream)


def carriers(archive: Archive, name: str, *, depth: int = 1) -> Iterator[str]:
    """Name the proposals and meetings whose cases a record lies in."""
    match archive.stream(name):
        case Resolution() as resolution:
            made_by = stated(resolution.made.event.made_by) if resolution.made is not None else None
            yield from filter(None, (stated(made_by.meeting) if made_by else None, stated(resolution.proposal)))
        case Review() as review if depth:
            for one in review.resolutions:
                yield from carriers(archive, one, depth=depth - 1)
        case _:
            return
