"""What keeps a file from being offered to the archive (de: Anbietungshindernisse).

Asked of files of which something was not offered yet, handed over or destroyed: after that it hinders nothing any more.
A file that is still in use is not closed, and that is named too, because until then it cannot be offered. What was
decided and stands in no file only all files together show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from domain import events as e
from domain import vocabulary as v
from domain.belonging import bodies_of
from domain.body import Body
from domain.custody import Custody, covered, holds
from domain.findings.codes import Finding, found
from domain.findings.lookup import Lookup, ask
from domain.stream import Fact, newest
from domain.values import WITHHELD, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.proposal import Proposal


_Leaving = Fact[e.Transferred] | Fact[e.Received] | Fact[e.Destroyed]


def of_custody(state: Custody, lookup: Lookup) -> Iterator[Finding]:
    """Give the findings of a file."""
    left: tuple[_Leaving, ...] = (*state.transfers, *state.receipts, *state.destructions)
    if any(fact.event.objects is WITHHELD for fact in (*state.filings, *state.offers, *left)):
        return
    gone = {name for fact in left for name in covered(state, fact)}
    yield from _never_filed(state, gone)
    waiting = state.objects - gone - {name for fact in state.offers for name in covered(state, fact)}
    if not waiting:
        return
    filed = state.filings[-1].id
    closed, unit = newest(state.filings, "closed_on"), newest(state.filings, "plan_unit")
    if closed is None:
        yield found("FILE_NOT_CLOSED", filed, text="no day is stated on which the file was closed (zdA)")
    if unit is None:
        yield found("FILE_WITHOUT_PLAN_UNIT", filed, text="no unit of the filing plan is stated for the file")
    yield from _retention(state, waiting, filed)
    for hold in holds(state):
        if hold.lifted is None and hold.objects & waiting:
            yield found(
                "FILE_UNDER_HOLD",
                hold.placed.id,
                text=f"a hold on {len(hold.objects & waiting)} of its records was placed and not lifted",
            )
    yield from _bodies(waiting, lookup, filed)


def _never_filed(state: Custody, gone: set[str]) -> Iterator[Finding]:
    """Give the records that are kept or offered with the file and were not filed in it.

    A hold may name records of another file; it counts there too.
    """
    promised: tuple[Fact[e.RetentionSet] | Fact[e.Offered], ...] = (*state.retention, *state.offers)
    for fact in promised:
        missing = set(stated(fact.event.objects) or ()) - state.objects - gone - {state.stream}
        for name in sorted(missing):
            yield found(
                "FILE_REFERENCE_MISSING",
                fact.id,
                text=f"{name} was not filed in this file, so it has no file reference",
                record=name,
            )


def _retention(state: Custody, waiting: frozenset[str], filed: str) -> Iterator[Finding]:
    if any(fact.event.objects is WITHHELD for fact in state.retention):
        return
    without = waiting - {name for fact in state.retention for name in covered(state, fact)}
    if without:
        yield found(
            "RETENTION_NOT_SET",
            filed,
            text=f"no retention period is set for {len(without)} of its records",
            records=len(without),
        )


def _bodies(waiting: frozenset[str], lookup: Lookup, filed: str) -> Iterator[Finding]:
    names = {name for one in sorted(waiting) for name in bodies_of(one, lookup)}
    for name in sorted(names):
        body = ask(lookup, name, Body)
        if body is None or body.registered is None or body.ids is WITHHELD:
            continue
        if not any(one.scheme is v.IdentifierScheme.BEHOERDENKENNUNG for one in stated(body.ids) or ()):
            yield found(
                "BODY_WITHOUT_AUTHORITY_ID",
                filed,
                body.registered.id,
                text="the body has no Behördenkennung, without which no message to an archive can be made",
                body=name,
            )


# -- what stands in no file -------------------------------------------------------------------------


class Filed(Struct, frozen=True):
    """What stands in the files of a register.

    Attributes:
        records: The records that were filed.
        bodies: The bodies to which any of them belongs: those that keep their files here.
        is_whole: Whether that is all of it; where a filing is withheld nothing can be said to stand in no file.
    """

    records: frozenset[str]
    bodies: frozenset[str]
    is_whole: bool

    def lacks(self, proposal: Proposal) -> bool:
        """Say whether a proposal of a body that keeps its files here stands in none of them."""
        return self.is_whole and stated(proposal.body) in self.bodies and proposal.stream not in self.records


def filed_in(files: Iterable[Custody], lookup: Lookup) -> Filed:
    """Give what stands in files.

    Args:
        files: All files of the register.
        lookup: Gives the state of another stream.
    """
    records: set[str] = set()
    is_whole = True
    for file in files:
        records |= file.objects
        is_whole = is_whole and not any(fact.event.objects is WITHHELD for fact in file.filings)
    bodies = {body for one in sorted(records) for body in bodies_of(one, lookup)}
    return Filed(frozenset(records), frozenset(bodies), is_whole)


def of_unfiled(proposal: Proposal, decided_by: str, filed: Filed) -> Iterator[Finding]:
    """Give the finding of a proposal that was decided and stands in no file.

    Of a body that keeps none of its files here nothing is said: they may lie in another system.

    Args:
        proposal: The proposal.
        decided_by: The event that decided it.
        filed: What stands in the files of the register.
    """
    if filed.lacks(proposal):
        yield found(
            "FILE_REFERENCE_MISSING",
            decided_by,
            text="it was decided and filed in no file, so it has no file reference",
            record=proposal.stream,
        )
