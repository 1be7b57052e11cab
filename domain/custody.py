"""Custody: filing, retention, holds, and the way to the archive or to destruction (de: Aufbewahrung, Aussonderung).

One stream is one file. Its events name the records that they are about (`objects`); where one names none it means
all that were filed in the stream.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain import vocabulary as v
from domain.dates import is_before
from domain.errors import RuleError, WithheldError
from domain.events import (
    Appraised,
    Destroyed,
    Filed,
    HoldLifted,
    HoldPlaced,
    Offered,
    Received,
    RetentionSet,
    Transferred,
)
from domain.stream import Fact, Keeps, RecordedEvent, State, advance
from domain.values import WITHHELD, When, stated

if TYPE_CHECKING:
    from collections.abc import Iterable


class Custody(State, frozen=True, kw_only=True):
    """A file as its events tell it; every field keeps its events in order of recording."""

    filings: tuple[Fact[Filed], ...] = ()
    retention: tuple[Fact[RetentionSet], ...] = ()
    holds_placed: tuple[Fact[HoldPlaced], ...] = ()
    holds_lifted: tuple[Fact[HoldLifted], ...] = ()
    offers: tuple[Fact[Offered], ...] = ()
    appraisals: tuple[Fact[Appraised], ...] = ()
    transfers: tuple[Fact[Transferred], ...] = ()
    receipts: tuple[Fact[Received], ...] = ()
    destructions: tuple[Fact[Destroyed], ...] = ()

    @property
    def objects(self) -> frozenset[str]:
        """All records ever filed here, as far as they are not withheld."""
        return frozenset(name for fact in self.filings for name in stated(fact.event.objects) or ())


_KEEPS: Final[Keeps] = MappingProxyType(
    {
        Filed: "filings",
        RetentionSet: "retention",
        HoldPlaced: "holds_placed",
        HoldLifted: "holds_lifted",
        Offered: "offers",
        Appraised: "appraisals",
        Transferred: "transfers",
        Received: "receipts",
        Destroyed: "destructions",
    }
)


def evolve(state: Custody | None, record: RecordedEvent) -> Custody:
    """Apply one event; the first files records."""
    return advance(state or Custody(stream=record.stream), record, _KEEPS)


class Hold(Struct, frozen=True, kw_only=True):
    """A hold (de: Sperre gegen Vernichtung), what it covers, and how it ended, if it did."""

    placed: Fact[HoldPlaced]
    objects: frozenset[str]
    lifted: Fact[HoldLifted] | None


def holds(state: Custody) -> tuple[Hold, ...]:
    """Give the holds of a file, in order of placing; a hold is lifted by the first lifting after it with its id."""
    found = []
    for placed in state.holds_placed:
        lifted = next(
            (
                fact
                for fact in state.holds_lifted
                if fact.event.hold == placed.event.hold
                and fact.event.hold is not WITHHELD
                and fact.record.seq > placed.record.seq
            ),
            None,
        )
        found.append(Hold(placed=placed, objects=covered(state, placed), lifted=lifted))
    return tuple(found)


_WithObjects = (
    Fact[Filed]
    | Fact[RetentionSet]
    | Fact[HoldPlaced]
    | Fact[Offered]
    | Fact[Appraised]
    | Fact[Transferred]
    | Fact[Received]
    | Fact[Destroyed]
)


def covered(state: Custody, fact: _WithObjects) -> frozenset[str]:
    """Give the records that an event of the file is about; all of the file where it names none."""
    named = stated(fact.event.objects)
    return state.objects if named is None else _meant(state, named)


def _meant(state: Custody, named: Iterable[str]) -> frozenset[str]:
    """Give the records named; the file's own stream stands for all that is in it."""
    found = frozenset(named)
    return (found | state.objects) - {state.stream} if state.stream in found else found


# -- what is refused ------------------------------------------------------------------------------


def decide_destruction(event: Destroyed, *, occurred: object, state: Custody | None, others: Iterable[Custody]) -> None:
    """Refuse destruction under a hold, without an offer, or without what the offer led to.

    What it may rest on: an appraisal that the archive does not want it, or not all of it; a decision period that
    the offer states and that had elapsed on the day of the destruction; a confirmation that the archive received
    it. Every record to be destroyed needs it.

    Args:
        event: The destruction to be recorded.
        occurred: When it happened.
        state: The file before it; None where nothing was filed.
        others: All other files: a hold there that names the same records counts here too.

    Raises:
        RuleError: A hold, or something that is missing.
        WithheldError: What the rule looks at is withheld.

    Source: SächsArchivG § 5(1) and (6), SächsDSDG § 7.
    """
    if state is None:
        return  # such a stream does not exist; the place in the stream is refused before
    if event.objects is WITHHELD or event.basis is WITHHELD or any(_is_unclear(fact) for fact in _facts(state)):
        msg = "destroyed/1: what was filed, held, offered or destroyed is withheld here, so the rule cannot be judged"
        raise WithheldError(msg)
    named = stated(event.objects)
    objects = state.objects if named is None else _meant(state, named)
    _refuse_held(objects, state, others)
    _refuse_missing(objects, {name for fact in state.offers for name in covered(state, fact)}, "an offer", "offered/1")
    match event.basis:
        case v.DestructionBasis.APPRAISED:
            _refuse_not_appraised(objects, state)
        case v.DestructionBasis.DECISION_PERIOD_ELAPSED:
            _refuse_wanted(objects, state)
            _refuse_not_elapsed(objects, state, occurred)
        case v.DestructionBasis.RECEIVED:
            complete = [fact for fact in state.receipts if fact.event.complete is not False]
            received = {name for fact in complete for name in covered(state, fact)}
            _refuse_missing(objects, received, "the archive's confirmation that it took it over whole", "received/1")


def _facts(state: Custody) -> Iterable[_WithObjects]:
    return (*state.filings, *state.holds_placed, *state.offers, *state.appraisals, *state.receipts)


def _is_unclear(fact: _WithObjects) -> bool:
    return fact.event.objects is WITHHELD


def _refuse_held(objects: frozenset[str], state: Custody, others: Iterable[Custody]) -> None:
    for file in (state, *others):
        for hold in holds(file):
            if hold.lifted is None and (hit := hold.objects & (objects | {state.stream})):
                msg = f"destroyed/1: {_one(hit)} is under a hold placed by {hold.placed.id}"
                raise RuleError(msg, hint="a hold ends with hold-lifted; until then nothing of it is destroyed")


def _refuse_missing(objects: frozenset[str], found: set[str], what: str, type_name: str) -> None:
    missing = objects - found
    if missing:
        msg = f"destroyed/1: {_one(missing)}: found no {type_name} for it, expected {what}"
        raise RuleError(msg, hint=f"record {type_name} first; destruction is the last step")


def _appraisals(state: Custody) -> dict[str, Fact[Appraised]]:
    """Give the newest appraisal of each record."""
    return {name: fact for fact in state.appraisals for name in covered(state, fact)}


def _refuse_not_appraised(objects: frozenset[str], state: Custody) -> None:
    newest = _appraisals(state)
    _refuse_missing(objects, set(newest), "the archive's appraisal", "appraised/1")
    _refuse_wanted(objects, state)


def _refuse_wanted(objects: frozenset[str], state: Custody) -> None:
    newest = _appraisals(state)
    for name in sorted(objects):
        if name in newest and newest[name].event.decision == v.AppraisalDecision.ARCHIVE:
            msg = f"destroyed/1: {name}: the archive wants it by {newest[name].id}"
            raise RuleError(msg, hint="hand it over, and destroy it with basis = received once the archive confirmed")


def _refuse_not_elapsed(objects: frozenset[str], state: Custody, occurred: object) -> None:
    if occurred is WITHHELD:
        msg = "destroyed/1: when it happened is withheld here, so the rule cannot be judged"
        raise WithheldError(msg)
    day = stated(occurred.at) if isinstance(occurred, When) else None
    for name in sorted(objects):
        offer = [fact for fact in state.offers if name in covered(state, fact)][-1]
        due = stated(offer.event.decision_due_on)
        if due is None or day is None or not is_before(due, day):
            msg = (
                f"destroyed/1: {name}: the archive could decide until {due or '(not stated)'} by {offer.id}, "
                f"and the destruction is dated {day or '(not stated)'}"
            )
            raise RuleError(msg, hint="wait for the archive's decision, or for the end of the period it was given")


def _one(names: Iterable[str]) -> str:
    return min(names)
